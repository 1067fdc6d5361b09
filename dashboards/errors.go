package dashboards

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"

	"pingxin/pipelines/store"
)

// errNoPage says that no page has the address asked for.
var errNoPage = errors.New("no such page")

// ErrRunUnderWay is what Config.StartRun returns while another run has not ended.
var ErrRunUnderWay = errors.New("a run is under way already")

// errForeignHost says that a page of this machine was asked for under another machine's name.
var errForeignHost = errors.New("the host name is not this machine's")

// badFilter says that a part of the address cannot be read.
type badFilter struct{ Name, Found, Expected string }

func (e *badFilter) Error() string {
	return fmt.Sprintf("filter %s: found %q, expected %s", e.Name, e.Found, e.Expected)
}

// problem is what a reader is told of an error.
type problem struct {
	*base
	Title, Sentence string
	RequestID       string // empty unless the log knows more
}

// fail is the one door through which an error becomes a response.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	b := s.newBase(r)
	if errors.Is(err, store.ErrUnpublished) {
		b.Title = b.T("empty.title")
		s.mustRender(w, r, http.StatusOK, "empty.html", b)
		return
	}
	status, p := s.describe(r, b, err)
	b.Title = p.Title
	s.mustRender(w, r, status, "problem.html", p)
}

// describe finds the status and the sentence of an error.
func (s *Server) describe(r *http.Request, b *base, err error) (int, *problem) {
	var bad *badFilter
	p := &problem{base: b}
	if status := describeSurvey(p, err); status != 0 {
		return status, p
	}
	switch {
	case errors.Is(err, errNoPage):
		p.Title, p.Sentence = b.T("problem.page.title"), b.T("problem.page.sentence", "Path", r.URL.Path)
		return http.StatusNotFound, p
	case errors.Is(err, store.ErrNotInRun):
		p.Title, p.Sentence = b.T("problem.missing.title"), b.T("problem.missing.sentence")
		return http.StatusNotFound, p
	case errors.Is(err, ErrRunUnderWay):
		p.Title, p.Sentence = b.T("problem.running.title"), b.T("problem.running.sentence")
		return http.StatusConflict, p
	case errors.Is(err, errForeignHost):
		p.Title, p.Sentence = b.T("problem.host.title"), b.T("problem.host.sentence", "Host", r.Host)
		return http.StatusMisdirectedRequest, p
	case errors.As(err, &bad):
		p.Title, p.Sentence = b.T("problem.filter.title"), b.T("problem.filter.sentence", "Name", bad.Name, "Found", bad.Found, "Expected",
			b.T("expected."+bad.Expected))
		return http.StatusBadRequest, p
	}
	p.RequestID = requestID(r.Context())
	s.config.Logger.ErrorContext(r.Context(), "page failed", "request", p.RequestID, "path", loggedPath(r.URL.Path), "error", err)
	if errors.Is(err, context.DeadlineExceeded) {
		p.Title, p.Sentence = b.T("problem.slow.title"), b.T("problem.slow.sentence")
		return http.StatusServiceUnavailable, p
	}
	p.Title, p.Sentence = b.T("problem.internal.title"), b.T("problem.internal.sentence")
	return http.StatusInternalServerError, p
}

// mustRender shows a page that has no other to fall back on.
func (s *Server) mustRender(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	if err := s.render(w, status, name, data); err != nil {
		s.config.Logger.ErrorContext(r.Context(), "page failed", "request", requestID(r.Context()), "error", err)
		plain(w, http.StatusInternalServerError, "internal error, request "+requestID(r.Context())+"\n")
	}
}

// survive turns a panic into an internal error, so that the reader gets a page and the log the place.
func (s *Server) survive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch cause := recover(); cause {
			case nil:
			case http.ErrAbortHandler:
				panic(cause)
			default:
				s.fail(w, r, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// ownHost refuses a request that reached a loopback address under a foreign name: a page elsewhere could otherwise
// make its own name point here and read what has no sign-in.
func (s *Server) ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
		if local != nil && local.IP.IsLoopback() && !isLoopback(r.Host) {
			s.fail(w, r, errForeignHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = strings.Trim(hostPort, "[]")
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

type requestKey struct{}

// identify gives each request an id, which the log and the reader share.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:10]
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
