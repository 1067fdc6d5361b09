package dashboards

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pingxin/dashboards/access"
	"pingxin/dashboards/client"
	"pingxin/pipelines/store"
)

// Errors of requests that do not reach a page.
var (
	// errForeignHost says that a page was asked for under a name that is not the server's.
	errForeignHost = errors.New("the host name is not the server's")
	// errInsecure says that somebody elsewhere asked without TLS.
	errInsecure = errors.New("the request did not come through TLS")
	// errCrossSite says that a page of another site sent a form here.
	errCrossSite = errors.New("the request comes from another site")
)

// Limits of a request, each with its reason.
const (
	// smallBody is plenty for a form of fields; only routes registered by bulky take more.
	smallBody = 64 << 10
	// bodyGrace is how long a client may take before its first bytes have to have come.
	bodyGrace = 30 * time.Second
	// bodyRate is the least number of bytes in a second after that: the slowest line that is still a line.
	bodyRate = 4 << 10
	// answerTimeout is how long a bulky route may take for its answer after the last byte: a large file is checked and stored.
	answerTimeout = 15 * time.Minute
)

// policyOfContent is the content security policy of every response: nothing but our own files, no inline code or style.
const policyOfContent = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// policyOfTransport tells browsers for two years to come back under TLS only.
const policyOfTransport = "max-age=63072000"

// headers go with every response; a route may say otherwise of how long it is kept.
var headers = map[string]string{
	"Content-Security-Policy":      policyOfContent,
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY", // for browsers that do not know frame-ancestors
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
	"Cache-Control":                "private, no-store",
}

// guard is what every request passes before its route is looked for.
func (s *Server) guard(next http.Handler) http.Handler {
	crossSite := http.NewCrossOriginProtection()
	crossSite.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, errCrossSite) }))
	next = s.ownHost(s.underTLS(s.readable(crossSite.Handler(next))))
	return client.Recognise(s.config.Proxies, s.identify(secure(compress(s.survive(next)))))
}

// secure sets the headers that keep a page to its own files and to its reader.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, value := range headers {
			h.Set(name, value)
		}
		if client.From(r.Context()).Secure {
			h.Set("Strict-Transport-Security", policyOfTransport)
		}
		next.ServeHTTP(w, r)
	})
}

// ownHost refuses a request under a foreign name: a page elsewhere could otherwise make its own name point here and
// read as if it were of this site. The names of the machine itself are always its own on a loopback address.
func (s *Server) ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
		onLoopback := local == nil || local.IP.IsLoopback()
		if name := hostName(r.Host); !slices.Contains(s.config.Hosts, name) && !(onLoopback && isLoopback(name)) {
			s.fail(w, r, errForeignHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostName is the name in a Host header, in small letters, without port and brackets.
func hostName(hostPort string) string {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = strings.Trim(hostPort, "[]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func isLoopback(name string) bool {
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.IsLoopback()
}

// underTLS refuses who is not on this machine and does not come through TLS, here or at a proxy: the session's cookie
// would pass in the open.
func (s *Server) underTLS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := client.From(r.Context()); !c.Secure && !c.Local() {
			s.fail(w, r, errInsecure)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// readable refuses an address that is no text: no page has it, and the store takes none.
func (s *Server) readable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.QueryUnescape(r.URL.RawQuery)
		if err != nil || !utf8.ValidString(query) || !utf8.ValidString(r.URL.Path) || strings.ContainsRune(query+r.URL.Path, 0) {
			s.fail(w, r, errNoPage)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// attribute makes the audit log name who is asking, with the request.
func attribute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		actor := access.From(r.Context()).Actor(requestID(r.Context()))
		next.ServeHTTP(w, r.WithContext(store.As(r.Context(), actor)))
	})
}

// limited bounds the body of a request. A route with a small body has the server's own time limits.
func (s *Server) limited(body int64, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > body {
			w.Header().Set("Connection", "close") // or the server would wait for some of it
			s.fail(w, r, &http.MaxBytesError{Limit: body})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, body)
		h(w, r)
	}
}

// paced lets a request take as long as its body needs at a bearable rate, and its answer as long as a large file needs.
func paced(now func() time.Time, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		_ = control.SetWriteDeadline(now().Add(answerTimeout)) // a writer without deadlines, as in a test, has no slow client
		r.Body = &pacedBody{ReadCloser: r.Body, control: control, began: now(), now: now}
		h(w, r)
	}
}

// pacedBody moves the deadlines of a connection on with what comes: a client that sends too slowly is cut off.
type pacedBody struct {
	io.ReadCloser
	control  *http.ResponseController
	began    time.Time
	received int64
	now      func() time.Time
}

func (b *pacedBody) Read(p []byte) (int, error) {
	_ = b.control.SetReadDeadline(b.deadline())
	n, err := b.ReadCloser.Read(p)
	b.received += int64(n)
	_ = b.control.SetWriteDeadline(b.now().Add(answerTimeout))
	return n, err
}

// deadline is when the next byte has to have come.
func (b *pacedBody) deadline() time.Time {
	return b.began.Add(bodyGrace + time.Duration(b.received/bodyRate)*time.Second)
}
