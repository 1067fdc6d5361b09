package dashboards

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"pingxin/dashboards/access"
	"pingxin/dashboards/api"
	"pingxin/dashboards/locale"
	"pingxin/dashboards/pdf"
	"pingxin/pipelines/store"
)

// errNoPage says that no page has the address asked for.
var errNoPage = errors.New("no such page")

// statusGone is what a response is that nobody waits for any more, as other servers count it.
const statusGone = 499

// ErrRunUnderWay is what Config.StartRun returns while another run has not ended.
var ErrRunUnderWay = errors.New("a run is under way already")

// ErrNothingToRun is what Config.StartRun returns while no contract was accepted.
var ErrNothingToRun = errors.New("no contract to judge")

// ErrNotReproduced is what Config.PublishRelease returns where a result does not come out as its run published it.
var ErrNotReproduced = errors.New("a result comes out otherwise than its run published it")

// ErrNothingPublic is what Config.PublishRelease returns while no evaluation is public.
var ErrNothingPublic = errors.New("no evaluation is public yet")

// ErrNothingNew is what Config.PublishRelease returns where the last release says the same: no release is added.
var ErrNothingNew = errors.New("nothing that is public changed since the last release")

// badFilter says that a part of the address cannot be read.
type badFilter struct{ Name, Found, Expected string }

func (e *badFilter) Error() string {
	return fmt.Sprintf("filter %s: found %q, expected %s", e.Name, e.Found, e.Expected)
}

// problem is what a reader is told of an error.
type problem struct {
	*basis
	Title, Sentence string
	RequestID       string // empty unless the log knows more
}

// fail is the one door through which an error becomes a response.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	b := s.newBase(r)
	if errors.Is(err, store.ErrUnpublished) {
		b.Title, b.keeps, b.pdf = b.T("empty.title"), false, false
		s.mustRender(w, r, http.StatusOK, "empty.html", b)
		return
	}
	if strings.HasPrefix(r.URL.Path, api.Prefix+"/") { // a program asks: in the language of its documentation
		b.Texts = s.texts[locale.English]
		status, p := s.describe(r, b, err)
		s.api.Refuse(w, r, status, p.Title, p.Sentence)
		return
	}
	status, p := s.describe(r, b, err)
	s.tell(w, r, status, p)
}

// tell answers with the page of a problem.
func (s *Server) tell(w http.ResponseWriter, r *http.Request, status int, p *problem) {
	p.basis.Title, p.keeps, p.pdf = p.Title, false, false // neither is of what is no page
	s.mustRender(w, r, status, "problem.html", p)
}

// plainProblem is an error of which everything is said by its name: the status, and the sentences problem.name.title and .sentence.
type plainProblem struct {
	err    error
	name   string
	status int
}

// plainProblems are those that somebody can do something about, failures those whose cause stands in the log.
var (
	plainProblems = []plainProblem{
		{store.ErrNotInRun, "missing", http.StatusNotFound},
		{store.ErrNoView, "view", http.StatusNotFound},
		{errNoPrinter, "printer", http.StatusNotFound},
		{pdf.ErrBusy, "printer_busy", http.StatusServiceUnavailable},
		{ErrRunUnderWay, "running", http.StatusConflict},
		{ErrNothingToRun, "nothing_to_run", http.StatusConflict},
		{ErrNothingPublic, "nothing_public", http.StatusConflict},
		{ErrNothingNew, "nothing_new", http.StatusConflict},
		{store.ErrOutdated, "outdated", http.StatusConflict},
		{store.ErrClueChanged, "clue_changed", http.StatusConflict},
		{store.ErrAdopted, "adopted", http.StatusConflict},
		{errUnanswered, "unanswered", http.StatusConflict},
		{errInsecure, "insecure", http.StatusForbidden},
		{errCrossSite, "cross_site", http.StatusForbidden},
	}
	failures = []plainProblem{
		{pdf.ErrFailed, "printer_failed", http.StatusInternalServerError},
		{context.DeadlineExceeded, "slow", http.StatusServiceUnavailable},
		{store.ErrNoRoom, "room", http.StatusInsufficientStorage},
	}
)

// among finds an error among problems and says it; 0 where it is none of them.
func (p *problem) among(all []plainProblem, err error) (status int) {
	for _, one := range all {
		if errors.Is(err, one.err) {
			p.call(one.name)
			return one.status
		}
	}
	return 0
}

// call says a problem by its name.
func (p *problem) call(name string) {
	p.Title, p.Sentence = p.T("problem."+name+".title"), p.T("problem."+name+".sentence")
}

// describe finds the status and the sentence of an error.
func (s *Server) describe(r *http.Request, b *base, err error) (int, *problem) {
	var bad *badFilter
	var refused *refusedAction
	var large *http.MaxBytesError
	p := &problem{basis: b.basis}
	if status := describeSurvey(p, err); status != 0 {
		return status, p
	}
	if status := describeCredit(p, err); status != 0 {
		return status, p
	}
	for _, all := range [][]plainProblem{plainProblems, uploadProblems} {
		if status := p.among(all, err); status != 0 {
			return status, p
		}
	}
	switch {
	case errors.As(err, &refused):
		p.Title, p.Sentence = b.T("problem.role.title"), b.T("problem.role.sentence", "Action", b.named("access.action", string(refused.action)), "Roles",
			b.roles(refused.action), "Role", b.named("role", string(b.Who.Role)))
		return http.StatusForbidden, p
	case errors.Is(err, errNoPage) || errors.Is(err, access.ErrUnknown):
		p.Title, p.Sentence = b.T("problem.page.title"), b.T("problem.page.sentence", "Path", r.URL.Path)
		return http.StatusNotFound, p
	case errors.Is(err, ErrNotReproduced):
		s.config.Logger.ErrorContext(r.Context(), "not reproduced", "request", requestID(r.Context()), "error", err)
		p.call("not_reproduced")
		return http.StatusConflict, p
	case errors.Is(err, errForeignHost):
		p.Title, p.Sentence = b.T("problem.host.title"), b.T("problem.host.sentence", "Host", r.Host)
		return http.StatusMisdirectedRequest, p
	case errors.As(err, &large):
		p.Title, p.Sentence = b.T("problem.large.title"), b.T("problem.large.sentence", "Most", b.Count(large.Limit>>10))
		return http.StatusRequestEntityTooLarge, p
	case errors.As(err, &bad):
		p.Title, p.Sentence = b.T("problem.filter.title"), b.T("problem.filter.sentence", "Name", bad.Name, "Found", bad.Found, "Expected",
			b.T("expected."+bad.Expected))
		return http.StatusBadRequest, p
	}
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return statusGone, p // nobody is left to read it
	}
	p.RequestID = requestID(r.Context())
	s.config.Logger.ErrorContext(r.Context(), "page failed", "request", p.RequestID, "route", r.Pattern, "error", err)
	if status := p.among(failures, err); status != 0 {
		return status, p
	}
	p.call("internal")
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
