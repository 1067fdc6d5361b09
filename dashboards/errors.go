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
	switch {
	case errors.As(err, &refused):
		p.Title, p.Sentence = b.T("problem.role.title"), b.T("problem.role.sentence", "Action", b.named("access.action", string(refused.action)), "Roles",
			b.roles(refused.action), "Role", b.named("role", string(b.Who.Role)))
		return http.StatusForbidden, p
	case errors.Is(err, errNoPage) || errors.Is(err, access.ErrUnknown):
		p.Title, p.Sentence = b.T("problem.page.title"), b.T("problem.page.sentence", "Path", r.URL.Path)
		return http.StatusNotFound, p
	case errors.Is(err, store.ErrNotInRun):
		p.Title, p.Sentence = b.T("problem.missing.title"), b.T("problem.missing.sentence")
		return http.StatusNotFound, p
	case errors.Is(err, store.ErrNoView):
		p.Title, p.Sentence = b.T("problem.view.title"), b.T("problem.view.sentence")
		return http.StatusNotFound, p
	case errors.Is(err, errNoPrinter):
		p.Title, p.Sentence = b.T("problem.printer.title"), b.T("problem.printer.sentence")
		return http.StatusNotFound, p
	case errors.Is(err, pdf.ErrBusy):
		p.Title, p.Sentence = b.T("problem.printer_busy.title"), b.T("problem.printer_busy.sentence")
		return http.StatusServiceUnavailable, p
	case errors.Is(err, ErrRunUnderWay):
		p.Title, p.Sentence = b.T("problem.running.title"), b.T("problem.running.sentence")
		return http.StatusConflict, p
	case errors.Is(err, ErrNothingToRun):
		p.Title, p.Sentence = b.T("problem.nothing_to_run.title"), b.T("problem.nothing_to_run.sentence")
		return http.StatusConflict, p
	case errors.Is(err, ErrNothingPublic):
		p.Title, p.Sentence = b.T("problem.nothing_public.title"), b.T("problem.nothing_public.sentence")
		return http.StatusConflict, p
	case errors.Is(err, ErrNothingNew):
		p.Title, p.Sentence = b.T("problem.nothing_new.title"), b.T("problem.nothing_new.sentence")
		return http.StatusConflict, p
	case errors.Is(err, ErrNotReproduced):
		s.config.Logger.ErrorContext(r.Context(), "not reproduced", "request", requestID(r.Context()), "error", err)
		p.Title, p.Sentence = b.T("problem.not_reproduced.title"), b.T("problem.not_reproduced.sentence")
		return http.StatusConflict, p
	case errors.Is(err, store.ErrOutdated):
		p.Title, p.Sentence = b.T("problem.outdated.title"), b.T("problem.outdated.sentence")
		return http.StatusConflict, p
	case errors.Is(err, store.ErrClueChanged):
		p.Title, p.Sentence = b.T("problem.clue_changed.title"), b.T("problem.clue_changed.sentence")
		return http.StatusConflict, p
	case errors.Is(err, store.ErrAdopted):
		p.Title, p.Sentence = b.T("problem.adopted.title"), b.T("problem.adopted.sentence")
		return http.StatusConflict, p
	case errors.Is(err, errUnanswered):
		p.Title, p.Sentence = b.T("problem.unanswered.title"), b.T("problem.unanswered.sentence")
		return http.StatusConflict, p
	case errors.Is(err, errForeignHost):
		p.Title, p.Sentence = b.T("problem.host.title"), b.T("problem.host.sentence", "Host", r.Host)
		return http.StatusMisdirectedRequest, p
	case errors.Is(err, errInsecure):
		p.Title, p.Sentence = b.T("problem.insecure.title"), b.T("problem.insecure.sentence")
		return http.StatusForbidden, p
	case errors.Is(err, errCrossSite):
		p.Title, p.Sentence = b.T("problem.cross_site.title"), b.T("problem.cross_site.sentence")
		return http.StatusForbidden, p
	case errors.As(err, &large):
		p.Title, p.Sentence = b.T("problem.large.title"), b.T("problem.large.sentence", "Most", b.Count(large.Limit>>10))
		return http.StatusRequestEntityTooLarge, p
	case errors.As(err, &bad):
		p.Title, p.Sentence = b.T("problem.filter.title"), b.T("problem.filter.sentence", "Name", bad.Name, "Found", bad.Found, "Expected",
			b.T("expected."+bad.Expected))
		return http.StatusBadRequest, p
	}
	if known, status := uploadProblem(err); known != "" {
		p.Title, p.Sentence = b.T("problem.upload."+known+".title"), b.T("problem.upload."+known+".sentence")
		return status, p
	}
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return statusGone, p // nobody is left to read it
	}
	p.RequestID = requestID(r.Context())
	s.config.Logger.ErrorContext(r.Context(), "page failed", "request", p.RequestID, "route", r.Pattern, "error", err)
	if errors.Is(err, pdf.ErrFailed) {
		p.Title, p.Sentence = b.T("problem.printer_failed.title"), b.T("problem.printer_failed.sentence")
		return http.StatusInternalServerError, p
	}
	if errors.Is(err, context.DeadlineExceeded) {
		p.Title, p.Sentence = b.T("problem.slow.title"), b.T("problem.slow.sentence")
		return http.StatusServiceUnavailable, p
	}
	if errors.Is(err, store.ErrNoRoom) {
		p.Title, p.Sentence = b.T("problem.room.title"), b.T("problem.room.sentence")
		return http.StatusInsufficientStorage, p
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
