// Package dashboards is the web server: pages rendered on the server from the published run, their charts as data,
// their tables as files. It decides what a reader sees and how a filter is written in the address; it computes no
// result and starts no run but through the function that it is given. Every route names the action that it is; package
// access decides who may do it, and the store answers only within the asker's scope.
package dashboards

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"pingxin/dashboards/access"
	"pingxin/dashboards/api"
	"pingxin/dashboards/limit"
	"pingxin/dashboards/pdf"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/pipelines/survey"
)

// Config connects the server with the rest of the program. Only Store and Access are required.
type Config struct {
	Store     *store.Store
	Access    *access.Keeper
	Desk      *desk.Desk                  // takes files; nil: no uploads
	Policy    *policy.Policy              // by which files are checked; templates ask for its indicators; nil: for none
	Now       func() time.Time            // nil: that of the store
	Demo      bool                        // accounts are chosen without a password, by a browser on this machine only
	Logger    *slog.Logger                // nil: slog.Default()
	Status    func() RunStatus            // state of the nightly loop; nil: not shown
	Survey    *survey.Desk                // nil: there is no survey
	Publisher string                      // who publishes, as pages, papers and sheets name it; empty: the finance bureau
	Public    string                      // address under which recipients reach the server, as https://pj.example.gov.cn; needed for Survey
	StartRun  func(context.Context) error // makes a run by hand and returns at its end, or at once with ErrRunUnderWay while another runs, or ErrNothingToRun; nil: no button
	RunSoon   func()                      // asks for a run within a minute; nil: what was entered shows after the next run
	Version   string                      // of the program, for the foot of the pages
	Printer   *pdf.Printer                // makes PDFs of pages; nil: no such link

	PublishRelease func(ctx context.Context, reason string) error // releases the results of the published run to the public; nil: no form

	// How it is reached and watched.
	Hosts   []string                        // names under which it may be asked for, in small letters; loopback names need none
	Proxies []netip.Prefix                  // networks of the proxies whose forwarding headers are believed; none: nobody's
	Measure func(http.Handler) http.Handler // measures what the routes answer; nil: nobody does
}

// RunStatus is the state of the nightly loop.
type RunStatus struct {
	Running   bool
	LastAt    time.Time // end of the last run that this process made; zero: none yet
	LastError string    // of the last run; empty: it went well
	NextAt    time.Time // zero: no run is planned
}

// readTimeout is how long one page may read; a page of a district of a million contracts takes well below one second.
const readTimeout = 20 * time.Second

// route is an address of the server and the action that asking for it is.
type route struct {
	pattern string
	action  access.Action
	body    int64 // most bytes of a request
}

// Server serves the pages. Make it with New.
type Server struct {
	*kit
	config    Config
	api       *api.API
	mux       *http.ServeMux
	routes    []route                         // every one that is registered
	recognise func(http.Handler) http.Handler // puts who is asking into the context
	labels    sync.Map                        // policy hash -> *labels
	checks    checks
	budgets   store.PerRun[*programme]
	books     store.PerRun[*executionBook]
	markets   store.PerRun[*marketBook]
	ready     readiness
	chain     chainMemo
	views     savedViews

	surveyLimits surveyLimits
	issued       issuedLinks
	lookups      *limit.Limiter // of the public's look-up
	askLimits    askLimits
}

// New returns the server. It fails only on a mistake in what is embedded.
func New(config Config) (*Server, error) {
	if config.Store == nil || config.Access == nil {
		return nil, errors.New("dashboards: no store or no keeper of accounts given")
	}
	if config.Survey != nil && config.Public == "" {
		return nil, errors.New("dashboards: no public address given, which the links of the survey begin with")
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Now == nil {
		config.Now = config.Store.Now
	}
	shared, err := theKit()
	if err != nil {
		return nil, err
	}
	s := &Server{kit: shared, config: config, mux: http.NewServeMux(), recognise: config.Access.Recognise(underTLS), surveyLimits: newSurveyLimits(config.Now), askLimits: newAskLimits(config.Now),
		lookups: newLookupLimit(config.Now)}
	if s.api, err = s.newAPI(); err != nil {
		return nil, err
	}
	s.register()
	return s, s.checkRoutes()
}

// Handler returns the handler of all routes.
func (s *Server) Handler() http.Handler {
	var routes http.Handler = s.mux
	if s.config.Measure != nil {
		routes = s.config.Measure(routes)
	}
	return s.guard(s.recognise(attribute(routes)))
}

// register lists every route.
func (s *Server) register() {
	s.kept("GET /overview", access.ReadProgramme, "overview.html", s.overview)
	s.kept("GET /evaluations", access.ReadResults, "evaluations.html", s.evaluations)
	s.page("GET /evaluations/{contract}", access.ReadResults, "evaluation.html", s.evaluation)
	s.kept("GET /suppliers", access.ReadCredit, "suppliers.html", s.suppliers)
	s.page("GET /suppliers/{supplier}", access.ReadCredit, "supplier.html", s.supplier)
	s.page("GET /evaluators", access.ReadRaters, "evaluators.html", s.evaluators)
	s.page("GET /evaluators/{id}", access.ReadRaters, "evaluator.html", s.evaluator)
	s.page("GET /flags", access.ReadRaters, "flags.html", s.flags)
	s.page("GET /runs", access.ReadProgramme, "runs.html", s.runs)
	s.page("GET /runs/{run}", access.ReadProgramme, "run.html", s.run)
	s.page("GET /validation", access.ReadProgramme, "validation.html", s.validation)
	s.page("GET "+validatedPath, access.ReadProgramme, "validated.html", s.validated)
	s.standing("GET /methods", access.ReadPublic, "methods.html", s.methodIndex)
	s.standing("GET /design", access.ReadPublic, "design.html", s.design)
	s.standing("GET /methods/{id}", access.ReadPublic, "method.html", s.method)
	s.bulky("GET /overview.xlsx", access.ReadProgramme, smallBody, s.overviewBook)
	s.export("evaluators", access.ReadRaters, s.exportEvaluators)
	s.export("agreement", access.ReadRaters, s.exportAgreement)
	s.export("flags", access.ReadRaters, s.exportFlags)
	s.export("movements", access.ReadProgramme, s.exportMovements)
	s.export("evaluations", access.ReadResults, s.exportEvaluations)
	s.export("suppliers", access.ReadCredit, s.exportSuppliers)
	s.export("validation", access.ReadProgramme, s.exportValidation)
	s.export("validation-suppliers", access.ReadProgramme, s.exportValidated)
	if s.config.Desk != nil {
		s.registerUploads()
	}
	s.registerSignIn()
	s.registerAccounts()
	s.registerAssignments()
	s.registerViews()
	for _, method := range api.Methods {
		s.bulky(method+" "+api.Prefix+"/", access.ReadPublic, api.MaxBody, s.api.ServeHTTP) // which has its own door
	}
	s.bulky("POST /runs", access.RunNight, smallBody, s.posted(s.startRun, s.onRun("runs.html", s.runs)))
	s.registerAudit()
	s.registerCases()
	s.registerPublic()
	s.registerBudget()
	s.registerCreditFile()
	s.registerProcess()
	s.registerInquiries()
	s.registerExecution()
	s.registerMarket()
	s.registerClues()
	s.registerSettlements()
	s.registerTracking()
	s.registerIncidents()
	s.registerHolidays()
	s.registerSelection()
	if s.config.Survey != nil {
		s.registerAnswers()
		s.registerSurveys()
	}
	s.handle("GET /healthz", access.ReadPublic, s.healthz)
	s.handle("GET /readyz", access.ReadPublic, s.readyz)
	s.handle("GET /static/{hash}/{file...}", access.ReadPublic, s.static)
	s.handle("GET /", access.ReadPublic, func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, errNoPage) })
}

// newAPI is the interface for programs.
func (s *Server) newAPI() (*api.API, error) {
	return api.New(api.Config{Store: s.config.Store, Desk: s.config.Desk, Logger: s.config.Logger, Now: s.config.Now,
		Authenticate: func(ctx context.Context, bearer string) (access.Identity, []access.Action, error) {
			identity, grant, err := s.config.Access.Token(ctx, bearer)
			return identity, grant.Actions, err
		}})
}

// handle registers a route behind its door and its limits; there is no other way to register one but bulky.
func (s *Server) handle(pattern string, action access.Action, h http.HandlerFunc) {
	s.routes = append(s.routes, route{pattern, action, smallBody})
	if action != access.ReadPublic { // what everybody reads is the same for everybody
		h = s.withViews(s.noted(h))
	}
	s.mux.HandleFunc(pattern, s.limited(smallBody, s.door(action, arranged(h))))
}

// bulky registers a route that takes a body of up to so many bytes, or gives a long answer, and the time for it.
func (s *Server) bulky(pattern string, action access.Action, body int64, h http.HandlerFunc) {
	s.routes = append(s.routes, route{pattern, action, body})
	s.mux.HandleFunc(pattern, s.door(action, paced(time.Now, s.limited(body, h))))
}

// checkRoutes makes sure that the matrix says of every route who may ask for it.
func (s *Server) checkRoutes() error {
	for _, r := range s.routes {
		if !r.action.Known() {
			return fmt.Errorf("dashboards: route %q names the action %q, which the matrix of package access does not have", r.pattern, r.action)
		}
	}
	return nil
}

// page registers a page: read runs on one snapshot of the store and returns what the template shows.
func (s *Server) page(pattern string, action access.Action, name string, read func(context.Context, *store.View, *base) (any, error)) {
	s.handle(pattern, action, func(w http.ResponseWriter, r *http.Request) {
		s.answerWithin(w, r, access.From(r.Context()).Scope(), name, read)
	})
}

// answerWithin answers with a page within a scope.
func (s *Server) answerWithin(w http.ResponseWriter, r *http.Request, scope store.Scope, name string, read func(context.Context, *store.View, *base) (any, error)) {
	var data any
	_, err := s.recall(r, scope, func(ctx context.Context, v *store.View, b *base) (err error) {
		data, err = read(ctx, v, b)
		return err
	})
	s.answer(w, r, name, data, err)
}

// standing registers a page that is there before the first run too.
func (s *Server) standing(pattern string, action access.Action, name string, read func(*base) (any, error)) {
	s.handle(pattern, action, func(w http.ResponseWriter, r *http.Request) {
		b, err := s.recall(r, access.From(r.Context()).Scope(), func(context.Context, *store.View, *base) error { return nil })
		var data any
		if err == nil || errors.Is(err, store.ErrUnpublished) {
			data, err = read(b)
		}
		s.answer(w, r, name, data, err)
	})
}

// answer writes a page, or a chart or a PDF of it where the address asks for that, or the error that kept it from being read.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, name string, data any, err error) {
	switch {
	case err != nil:
	case r.URL.Query().Has(drawingKey):
		err = s.draw(w, r, name, data)
	case r.URL.Query().Has(pdfKey):
		err = s.printed(w, r, name, data)
	default:
		err = s.render(w, http.StatusOK, name, data)
	}
	if err != nil {
		s.fail(w, r, err)
	}
}

// view runs f on one snapshot of the published run, within the scope of who is asking.
func (s *Server) view(ctx context.Context, b *base, f func(context.Context, *store.View) error) error {
	return s.viewWithin(ctx, b, access.From(ctx).Scope(), f)
}

// viewWithin runs f on one snapshot of the published run, within a scope.
func (s *Server) viewWithin(ctx context.Context, b *base, scope store.Scope, f func(context.Context, *store.View) error) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		v, err := s.viewed(ctx, r, b, scope)
		if err != nil {
			return err
		}
		return f(ctx, v)
	})
}

// recall runs f on one version of the published run, from memory as far as that goes, and returns the basis of the page that it makes.
// f may be called a second time, with another basis.
func (s *Server) recall(r *http.Request, scope store.Scope, f func(context.Context, *store.View, *base) error) (b *base, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	err = s.config.Store.Recall(ctx, func(ctx context.Context, reader *store.Reader) error {
		b = s.newBase(r)
		v, err := s.viewed(ctx, reader, b, scope)
		if err != nil {
			return err
		}
		return f(ctx, v, b)
	})
	if b == nil { // the store did not come to ask
		b = s.newBase(r)
	}
	return b, err
}

// viewed is the view that a page is made of, whose basis says which run that is.
func (s *Server) viewed(ctx context.Context, r *store.Reader, b *base, scope store.Scope) (*store.View, error) {
	v, err := s.shown(ctx, r, scope)
	if err != nil {
		return nil, err
	}
	v.Today = dayOf(s.config.Now())
	b.Run, b.PublishedAt = &v.Run, v.PublishedAt
	b.labels = s.labelsOf(&v.Run)
	return v, nil
}

// render writes a page, or nothing at all when its template fails.
func (s *Server) render(w http.ResponseWriter, status int, name string, data any) error {
	page, err := s.filled(name, data)
	if err == nil {
		send(w, status, page)
	}
	return err
}

// filled is a page as its template makes it.
func (s *Server) filled(name string, data any) ([]byte, error) {
	page, err := Fill(s.templates[name], "layout", data)
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return page, nil
}

func send(w http.ResponseWriter, status int, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page) // the reader has gone: nobody is left to tell
}

// bringIn makes batches of what was entered on pages, and asks for a run that shows them. It follows an act that entered a
// fact by store.Writer.Enter.
func (s *Server) bringIn(ctx context.Context) error {
	if _, err := intake.Collect(ctx, s.config.Store); err != nil {
		return err
	}
	if s.config.RunSoon != nil {
		s.config.RunSoon()
	}
	return nil
}

// startRun starts a run by hand and leads back to the runs.
func (s *Server) startRun(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	if s.config.StartRun == nil {
		return "", errNoPage
	}
	if err := s.config.Store.Audit(r.Context(), store.AuditEntry{Action: store.RunStarted}); err != nil {
		return "", fmt.Errorf("start a run: %w", err)
	}
	err := s.config.StartRun(context.WithoutCancel(r.Context()))
	switch {
	case err == nil:
	case errors.Is(err, ErrRunUnderWay) || errors.Is(err, ErrNothingToRun) || s.config.Status == nil || s.config.Status().LastError == "":
		return "", fmt.Errorf("start a run: %w", err)
	default: // the run itself: the page that it leads to says so
		s.config.Logger.ErrorContext(r.Context(), "run failed", "request", requestID(r.Context()), "error", err)
	}
	return b.To("/runs"), nil
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") }

// readyz answers ok when the store answers and a run is published.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	err := s.view(r.Context(), s.newBase(r), func(context.Context, *store.View) error { return nil })
	switch {
	case err == nil:
		plain(w, http.StatusOK, "ok\n")
	case errors.Is(err, store.ErrUnpublished):
		plain(w, http.StatusServiceUnavailable, "not ready: no run has been published yet\n")
	default:
		s.config.Logger.ErrorContext(r.Context(), "readiness", "request", requestID(r.Context()), "error", err)
		plain(w, http.StatusServiceUnavailable, "not ready: the store does not answer\n")
	}
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}
