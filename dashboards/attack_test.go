package dashboards

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/access"
	"pingxin/dashboards/api"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// The attacks go over s.routes, so that a route that somebody adds is attacked without a line here.

// attacker sends requests to the district's server as somebody who may do everything but is not obeyed blindly.
type attacker struct {
	*testing.T
	server *Server
	web    *httptest.Server
	log    *bytes.Buffer
}

func newAttacker(t *testing.T) *attacker {
	t.Helper()
	a := &attacker{T: t, log: &bytes.Buffer{}}
	a.serve(districtStore(t))
	return a
}

// serve makes a server of the store with everything that can be switched on.
func (a *attacker) serve(st *store.Store) {
	a.Helper()
	a.server, a.web = newServer(a.T, st, a.log)
	config := a.server.config
	p, err := policy.Load("jiangbei-2015")
	if err != nil {
		a.Fatal(err)
	}
	config.Policy = p
	if config.Desk, err = desk.Open(st, a.TempDir(), desk.Options{Indicators: func(string) ([]string, bool, string) { return nil, false, "" }}); err != nil {
		a.Fatal(err)
	}
	if a.server, err = New(config); err != nil {
		a.Fatal(err)
	}
	a.as(access.Identity{Account: "a1", Name: "管理员", Role: access.Admin})
}

// as makes whoever asks from now on the identity.
func (a *attacker) as(who access.Identity) {
	a.server.recognise = as(who)
	a.web.Config.Handler = a.server.Handler()
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request that follows nowhere; change may spoil it first.
func (a *attacker) ask(method, address string, body io.Reader, change func(*http.Request)) answer {
	a.Helper()
	request, err := http.NewRequest(method, a.web.URL+address, body)
	if err != nil {
		a.Fatal(err)
	}
	if change != nil {
		change(request)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		a.Fatalf("%s %s: %v", method, address, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		a.Fatalf("%s %s: %v", method, address, err)
	}
	return answer{response.StatusCode, response.Header, string(content)}
}

var pathParameter = regexp.MustCompile(`\{[^}$]+\}`)

// split is the method and the path of a route, with every parameter filled in.
func (r route) split(value string) (method, path string) {
	method, path, found := strings.Cut(r.pattern, " ")
	if !found {
		method, path = http.MethodGet, r.pattern
	}
	return method, strings.ReplaceAll(pathParameter.ReplaceAllLiteralString(path, value), "{$}", "")
}

// harmful are values of path parameters.
var harmful = map[string]string{
	"up":      "..%2f..%2f..%2f..%2fetc%2fpasswd",
	"windows": "..%5c..%5cwindows%5cwin.ini",
	"dots":    "%2e%2e",
	"zero":    "a%00b",
	"script":  url.PathEscape(hostileScript),
	"quotes":  `%22%27%20OR%201=1--`,
	"lines":   "a%0d%0aSet-Cookie:%20x=1",
	"format":  "%25s%25n%7B%7B.%7D%7D",
	"no text": "%ff%fe",
	"long":    strings.Repeat("9", 6000),
	"number":  "-99999999999999999999",
}

func TestHarmfulPaths(t *testing.T) {
	a := newAttacker(t)
	for _, r := range a.server.routes {
		if !pathParameter.MatchString(r.pattern) {
			continue
		}
		for name, value := range harmful {
			method, path := r.split(value)
			got := a.ask(method, path, nil, sameOrigin)
			if got.status >= 500 {
				t.Errorf("%s with %s: status %d", r.pattern, name, got.status)
			}
			if strings.Contains(got.body, "root:") || strings.Contains(got.body, hostileScript) {
				t.Errorf("%s with %s: the answer holds a file of the machine or a script", r.pattern, name)
			}
			if got.header.Get("Set-Cookie") == "x=1" || got.header.Get("Content-Security-Policy") != policyOfContent {
				t.Errorf("%s with %s: headers %v", r.pattern, name, got.header)
			}
		}
	}
	for _, query := range []string{"q=%ff", "q=a%00b", "year=%c3%28", "%zz=1", "page=%2d1"} {
		if got := a.ask(http.MethodGet, "/evaluations?"+query, nil, nil); got.status >= 500 {
			t.Errorf("query %s: status %d", query, got.status)
		}
	}
	for name, value := range harmful {
		if strings.Contains(a.log.String(), value) {
			t.Errorf("the log holds the value %s", name)
		}
	}
}

func sameOrigin(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }

// No other site can make a reader's browser change anything.
func TestCrossSite(t *testing.T) {
	a := newAttacker(t)
	for _, r := range a.server.routes {
		method, path := r.split("1")
		if method == http.MethodGet {
			continue
		}
		for name, spoil := range map[string]func(*http.Request){
			"cross-site":           func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"same site":            func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
			"origin of an old one": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
			"no origin":            func(r *http.Request) { r.Header.Set("Origin", "null") },
		} {
			if got := a.ask(method, path, nil, spoil); got.status != http.StatusForbidden {
				t.Errorf("%s, %s: status %d, want 403", r.pattern, name, got.status)
			}
		}
	}
}

// A name that is not the server's reaches no route.
func TestForeignHosts(t *testing.T) {
	a := newAttacker(t)
	for _, r := range a.server.routes {
		method, path := r.split("1")
		for _, host := range []string{"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "evil.example:127.0.0.1"} {
			got := a.ask(method, path, nil, func(r *http.Request) { r.Host = host; sameOrigin(r) })
			if got.status != http.StatusMisdirectedRequest && got.status != http.StatusBadRequest {
				t.Errorf("%s as %s: status %d, want 421", r.pattern, host, got.status)
			}
			if strings.Contains(got.header.Get("Location"), "evil") {
				t.Errorf("%s as %s: leads to %s", r.pattern, host, got.header.Get("Location"))
			}
		}
	}
}

func TestNamedHosts(t *testing.T) {
	a := newAttacker(t)
	a.server.config.Hosts = []string{"pingxin.example"}
	for host, want := range map[string]int{"pingxin.example": 200, "PINGXIN.example:443": 200, "pingxin.example.": 200, "localhost": 200, "other.example": 421} {
		if got := a.ask(http.MethodGet, "/healthz", nil, func(r *http.Request) { r.Host = host }); got.status != want {
			t.Errorf("host %s: status %d, want %d", host, got.status, want)
		}
	}
}

// stricter are values of headers that keep more to the reader than the usual ones.
var stricter = map[string][]string{"Cache-Control": {"no-store"}, "Referrer-Policy": {"no-referrer"}}

// Every answer, errors included, carries the headers; a private page is kept by nobody.
func TestHeadersOfEveryRoute(t *testing.T) {
	a := newAttacker(t)
	for _, r := range a.server.routes {
		method, path := r.split("1")
		if method != http.MethodGet {
			continue
		}
		got := a.ask(method, path, nil, nil)
		for name, want := range headers {
			found := got.header.Get(name)
			if strings.HasPrefix(path, api.Prefix) && found == "private, no-cache" || slices.Contains(stricter[name], found) {
				found = want // programs ask the API whether what they have still holds
			}
			if found != want {
				t.Errorf("%s: %s is %q, want %q", r.pattern, name, found, want)
			}
		}
		if got.header.Get("Strict-Transport-Security") != "" || got.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: headers %v", r.pattern, got.header)
		}
		if file := got.header.Get("Content-Disposition"); file != "" && !regexp.MustCompile(`^attachment; filename="?[a-z0-9._-]+"?(; filename\*=utf-8''[A-Za-z0-9._%-]+)?$`).MatchString(file) {
			t.Errorf("%s: the file is named by %q", r.pattern, file)
		}
	}
}

// A body beyond a route's limit is refused, said in advance or not.
func TestLargeBodies(t *testing.T) {
	a := newAttacker(t)
	for _, r := range a.server.routes {
		who := access.Identity{Account: "a1", Name: "某人", Role: r.action.Roles()[0]}
		if who.Role == access.Supplier {
			who.Org = "S05"
		}
		a.as(who)
		method, path := r.split("1")
		if got := a.announce(method, path, r.body+1); got != http.StatusRequestEntityTooLarge {
			t.Errorf("%s with %d bytes announced: status %d, want 413", r.pattern, r.body+1, got)
		}
	}
	h := a.server.limited(10, func(_ http.ResponseWriter, r *http.Request) {
		var large *http.MaxBytesError
		if n, err := io.Copy(io.Discard, r.Body); n != 10 || !errors.As(err, &large) {
			t.Errorf("read %d bytes, error %v", n, err)
		}
	})
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("01234567890123456789"))
	request.ContentLength = -1
	h(httptest.NewRecorder(), request)
}

// announce sends the head of a request with so many bytes to come, and none of them.
func (a *attacker) announce(method, path string, bytes int64) int {
	a.Helper()
	conn, err := net.Dial("tcp", a.web.Listener.Addr().String())
	if err != nil {
		a.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Length: %d\r\n\r\n", method, path, bytes)
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		a.Fatalf("%s %s: %v", method, path, err)
	}
	response.Body.Close()
	return response.StatusCode
}

// A body may take as long as it comes at a bearable rate, beyond the server's own limit, and no longer.
func TestSlowBodies(t *testing.T) {
	const limit, pause = 150 * time.Millisecond, 50 * time.Millisecond
	for _, c := range []struct {
		name   string
		paced  bool
		early  time.Duration // how much of the grace is over when the request comes
		pauses int
		whole  bool
	}{
		{"small route, quick", false, 0, 0, true},
		{"small route, slow", false, 0, 8, false},
		{"bulky route, slow", true, 0, 8, true},
		{"bulky route, too slow", true, bodyGrace - limit, 8, false},
	} {
		read := make(chan error, 1)
		h := func(_ http.ResponseWriter, r *http.Request) {
			_, err := io.Copy(io.Discard, r.Body)
			read <- err
		}
		var handler http.HandlerFunc = h
		if c.paced {
			handler = paced(func() time.Time { return time.Now().Add(-c.early) }, h)
		}
		web := httptest.NewUnstartedServer(compress(handler))
		web.Config.ReadTimeout = limit
		web.Start()
		conn, err := net.Dial("tcp", web.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", c.pauses+1)
		for range c.pauses {
			time.Sleep(pause)
			_, _ = conn.Write([]byte("x")) // a connection that was cut off takes none
		}
		_, _ = conn.Write([]byte("x"))
		if err := <-read; (err == nil) != c.whole || err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the body ended with %v", c.name, err)
		}
		conn.Close()
		web.Close()
	}
}

// By hand: 30 s for the first bytes, then a second for each 4 KiB.
func TestDeadlineOfABody(t *testing.T) {
	began := on("2026-03-01")
	for received, want := range map[int64]time.Duration{0: 30 * time.Second, 4095: 30 * time.Second, 40 << 10: 40 * time.Second, 1 << 20: 286 * time.Second} {
		b := pacedBody{began: began, received: received}
		if got := b.deadline().Sub(began); got != want {
			t.Errorf("after %d bytes: %v, want %v", received, got, want)
		}
	}
}

// No form leads away from the server, whatever its fields and its address say. Those that read where to go on to are given
// every address; the others two of them in turn, and every one with PINGXIN_LONG=1.
func TestNoOpenRedirect(t *testing.T) {
	away := []string{"//evil.example", "https://evil.example/", `\\evil.example`, "/\\evil.example", "javascript:alert(1)", "/%0d%0aLocation:%20https://evil.example", "///evil.example", "https:evil.example"}
	for _, who := range []access.Identity{access.Anyone, {Account: "a1", Role: access.Admin}} {
		a := newAttacker(t)
		a.as(who)
		for i, r := range a.server.routes {
			for k, next := range away {
				method, path := r.split("1")
				if os.Getenv("PINGXIN_LONG") == "" && !strings.HasPrefix(path, "/sign-in") && k%4 != i%4 {
					continue
				}
				var body io.Reader
				if method != http.MethodGet {
					body = strings.NewReader(url.Values{"next": {next}, "return": {next}}.Encode())
				}
				got := a.ask(method, path+"?next="+url.QueryEscape(next), body, func(r *http.Request) {
					sameOrigin(r)
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				})
				to, err := url.Parse(got.header.Get("Location"))
				if err != nil || to.Host != "" || to.Scheme != "" || strings.HasPrefix(to.Path, "//") || strings.Contains(to.Path, `\`) {
					t.Errorf("%s as %q with %s: leads to %q", r.pattern, who.Role, next, got.header.Get("Location"))
				}
			}
		}
	}
}

// Beyond this machine only TLS counts, here or at a named proxy; then browsers are told to stay with it.
func TestUnderTLS(t *testing.T) {
	s, _ := newServer(t, emptyStore(t), io.Discard)
	s.config.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.7/32")}
	for _, c := range []struct {
		name, remote, protocol string
		status                 int
		transport              bool
	}{
		{"this machine", "127.0.0.1:5", "", 200, false},
		{"a stranger", "192.0.2.1:5", "", 403, false},
		{"a stranger who claims", "192.0.2.1:5", "https", 403, false},
		{"through the proxy", "10.0.0.7:5", "https", 200, true},
		{"through the proxy in the open", "10.0.0.7:5", "http", 403, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost/healthz", nil)
		r.RemoteAddr = c.remote
		if c.protocol != "" {
			r.Header.Set("X-Forwarded-Proto", c.protocol)
			r.Header.Set("X-Forwarded-For", "198.51.100.4")
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != c.status || (w.Header().Get("Strict-Transport-Security") == policyOfTransport) != c.transport {
			t.Errorf("%s: status %d, want %d; headers %v", c.name, w.Code, c.status, w.Header())
		}
	}
}

// The log of a server that fails at everything holds nothing of what it was asked and of what is stored.
func TestLogsHoldNoCells(t *testing.T) {
	const canary = "Kanarienvogel"
	a := newAttacker(t)
	st := emptyStore(t)
	a.serve(st)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range a.server.routes {
		value := canary
		if strings.Contains(r.pattern, "{contract}") { // numbers of contracts may stand in the log
			value = "HT1"
		}
		method, path := r.split(value)
		got := a.ask(method, path+"?q="+canary+"&next=/"+canary, strings.NewReader("a="+canary), func(r *http.Request) {
			sameOrigin(r)
			r.Header.Set("Cookie", "session="+canary)
			r.Header.Set("Authorization", "Bearer "+canary)
		})
		if got.status == http.StatusInternalServerError && !strings.Contains(got.body, got.header.Get("X-Request-Id")) {
			t.Errorf("%s: the page of an internal error does not name the request", r.pattern)
		}
	}
	if a.log.Len() == 0 || strings.Contains(a.log.String(), canary) {
		t.Errorf("the log has %d bytes, or holds what was asked:\n%s", a.log.Len(), a.log.String())
	}
}
