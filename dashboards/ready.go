package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/backstage"
	"pingxin/pipelines/store"
)

// What is made ready before readers are shown a run.
const (
	slowAnswer  = 50 * time.Millisecond // an answer that took so long is asked for again of the next run
	slowAnswers = 200                   // of those asked for last, by whoever sees the same
	readyTime   = time.Minute           // after which readers are shown the run whatever is still missing
)

// readiness is which run readers are shown, and what is asked of the next one before they are shown that. The zero value shows the
// published run.
type readiness struct {
	held atomic.Pointer[heldRun]

	mu   sync.Mutex
	slow []slowAsking // that which was asked for last behind
}

// heldRun is the run that readers go on seeing while the one that was published after it is made ready.
type heldRun struct {
	run         int
	publishedAt time.Time
}

// slowAsking is a page that somebody asked for and that took long.
type slowAsking struct {
	who access.Identity
	url string
}

type latestKey struct{}

// shown is the view of the run that readers are shown: the published one, or while that is made ready the one before.
func (s *Server) shown(ctx context.Context, r *store.Reader, scope store.Scope) (*store.View, error) {
	held := s.ready.held.Load()
	if held == nil || ctx.Value(latestKey{}) != nil {
		return store.NewView(ctx, r, scope)
	}
	v, err := store.ViewOf(ctx, r, scope, held.run)
	if err == nil && v.Run.ID == held.run {
		v.PublishedAt = held.publishedAt
	}
	return v, err
}

// Replace makes a run, and lets readers go on seeing the published one until what they asked for last and took long is there of the new
// one: else the first of them would wait for it, and the others behind. All that gives way to the readers.
func (s *Server) Replace(ctx context.Context, run func(context.Context) error) error {
	err := s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err == nil {
			s.ready.held.Store(&heldRun{v.Run.ID, v.PublishedAt})
		}
		return nil // without a run readers are shown the first at once
	})
	defer s.ready.held.Store(nil)
	if err != nil {
		return err
	}
	return backstage.Do(ctx, func(ctx context.Context) error {
		err := run(ctx)
		if err == nil {
			s.MakeReady(ctx)
		}
		return err
	})
}

// MakeReady asks the published run for every page that needs no choice, and then for what readers asked for last and took long.
func (s *Server) MakeReady(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, latestKey{}, true), readyTime)
	defer cancel()
	s.ready.mu.Lock()
	asked := slices.Clone(s.ready.slow)
	s.ready.mu.Unlock()
	slices.Reverse(asked)
	for _, a := range slices.Concat(s.plainPages(), asked) {
		if ctx.Err() != nil {
			return
		}
		request, err := http.NewRequestWithContext(access.With(ctx, a.who), http.MethodGet, a.url, http.NoBody)
		if err != nil {
			s.config.Logger.ErrorContext(ctx, "make ready", "error", err)
			continue
		}
		s.mux.ServeHTTP(&nobody{}, request)
	}
}

// plainPages are the pages that need no choice, as somebody of the finance bureau asks for them.
func (s *Server) plainPages() (all []slowAsking) {
	for _, r := range s.routes {
		path, get := strings.CutPrefix(r.pattern, http.MethodGet+" ")
		path = strings.TrimSuffix(path, "{$}")
		if get && r.body == smallBody && r.action != access.ReadPublic && !strings.ContainsAny(path, "{.") {
			if who := (access.Identity{Role: access.Finance}); who.May(r.action) {
				all = append(all, slowAsking{who, path})
			}
		}
	}
	return all
}

// noted takes down which pages took long.
func (s *Server) noted(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		h(w, r)
		if r.Method == http.MethodGet && time.Since(began) >= slowAnswer && r.Context().Value(latestKey{}) == nil && !r.URL.Query().Has(drawingKey) && !r.URL.Query().Has(pdfKey) {
			s.ready.note(slowAsking{access.From(r.Context()), (&url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}).String()})
		}
	}
}

func (m *readiness) note(a slowAsking) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.slow = slices.DeleteFunc(m.slow, func(b slowAsking) bool { return a.url == b.url && a.who.Role == b.who.Role && a.who.Org == b.who.Org })
	m.slow = append(m.slow, a)
	m.slow = m.slow[max(0, len(m.slow)-slowAnswers):]
}

// nobody is who reads an answer that is only made ready.
type nobody struct{ header http.Header }

func (n *nobody) Header() http.Header {
	if n.header == nil {
		n.header = http.Header{}
	}
	return n.header
}
func (n *nobody) Write(b []byte) (int, error) { return len(b), nil }
func (n *nobody) WriteHeader(int)             {}
