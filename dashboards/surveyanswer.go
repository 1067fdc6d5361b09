package dashboards

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"pingxin/dashboards/access"
	"pingxin/dashboards/client"
	"pingxin/dashboards/limit"
	"pingxin/pipelines/survey"
)

// How often one address may ask for answering pages. A whole neighbourhood may stand behind one address, in a community
// centre or behind a mobile network's gateway, so these keep the server alive and keep nobody out who has a link.
const (
	// surveyBurst lets 300 people open a sheet and hand it in at the same moment.
	surveyBurst = 600
	// surveyEvery lets five people a second go on doing so.
	surveyEvery = 100 * time.Millisecond
	// strangeBurst and strangeEvery slow down whoever tries tokens: only those that no link has count, so that a neighbour
	// who guesses keeps nobody out.
	strangeBurst = 60
	strangeEvery = 10 * time.Second
	// surveyAddresses is how many addresses are remembered: those of a large district's households at a few hundred bytes.
	surveyAddresses = 50_000
	// handInTimeout is how long handing in may wait for the store, which another upload may hold.
	handInTimeout = 30 * time.Second
)

// surveyLimits are the limits of the answering pages, for everybody and for those who have no link.
type surveyLimits struct{ all, strangers *limit.Limiter }

func newSurveyLimits(now func() time.Time) surveyLimits {
	return surveyLimits{limit.New(limit.Rate{Burst: surveyBurst, Every: surveyEvery}, surveyAddresses, now),
		limit.New(limit.Rate{Burst: strangeBurst, Every: strangeEvery}, surveyAddresses, now)}
}

// errTooMany says that an address asks too often.
type errTooMany struct{ wait time.Duration }

func (e *errTooMany) Error() string { return "too many requests" }

// registerAnswers lists the routes of whoever answers.
func (s *Server) registerAnswers() {
	s.handle("GET /s/{token}", access.ReadPublic, s.sheetPage)
	s.handle("POST /s/{token}", access.ReadPublic, s.handIn)
	s.handle("GET /s/thanks", access.ReadPublic, s.thanks)
}

// sheetForm is the page with the questions.
type sheetForm struct {
	*basis
	Sheet     survey.Sheet
	Questions []askedQuestion
	Missing   int // questions that were left out
}

// askedQuestion is a question with the answers to choose from.
type askedQuestion struct {
	Field, Number, Text string
	Choices             []answerChoice
	Missing             bool
}

// answerChoice is one answer.
type answerChoice struct {
	Code, Text string
	Chosen     bool
	Apart      bool // gives no score: drawn apart from the others
}

// sheetPage shows the questions of a link.
func (s *Server) sheetPage(w http.ResponseWriter, r *http.Request) {
	sheet, err := s.look(r)
	if err != nil {
		s.refuseAnswer(w, r, err)
		return
	}
	b := s.newBase(r)
	s.mustRender(w, r, http.StatusOK, "survey_form.html", b.form(sheet, nil, nil))
}

// look reads what a link asks, within the limits of its address.
func (s *Server) look(r *http.Request) (sheet survey.Sheet, err error) {
	if ok, wait := s.surveyLimits.all.Allow(clientKey(r)); !ok {
		return sheet, &errTooMany{wait}
	}
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	sheet, err = s.config.Survey.Look(ctx, r.PathValue("token"))
	if errors.Is(err, survey.ErrUnknown) {
		if ok, wait := s.surveyLimits.strangers.Allow(clientKey(r)); !ok {
			return sheet, &errTooMany{wait}
		}
	}
	return sheet, err
}

// clientKey is what the limits know a client by.
func clientKey(r *http.Request) string { return limit.Address(client.From(r.Context()).Address) }

// handIn takes a sheet in and leads to the thanks, so that neither a reload nor the way back sends it again.
func (s *Server) handIn(w http.ResponseWriter, r *http.Request) {
	sheet, err := s.look(r)
	if err != nil {
		s.refuseAnswer(w, r, err)
		return
	}
	chosen := map[string]string{}
	for _, q := range sheet.Questions {
		chosen[q.Indicator] = r.PostFormValue(fieldOf(q)) // of a form that cannot be read: empty
	}
	ctx, cancel := context.WithTimeout(r.Context(), handInTimeout)
	defer cancel()
	err = s.config.Survey.Answer(ctx, r.PathValue("token"), chosen)
	b := s.newBase(r)
	var missing *survey.UnansweredError
	switch {
	case errors.As(err, &missing):
		s.mustRender(w, r, http.StatusUnprocessableEntity, "survey_form.html", b.form(sheet, chosen, missing.Indicators))
	case err != nil:
		s.refuseAnswer(w, r, err)
	default:
		http.Redirect(w, r, b.To("/s/thanks"), http.StatusSeeOther)
	}
}

// fieldOf is the name of a question's field.
func fieldOf(q survey.Question) string { return "q-" + q.Indicator }

// form fills the page with the questions; chosen and missing are what came back incomplete, nil for a new sheet.
func (b *base) form(sheet survey.Sheet, chosen map[string]string, missing []string) *sheetForm {
	b.Title = b.T("survey.form.title")
	f := &sheetForm{basis: b.basis, Sheet: sheet, Missing: len(missing)}
	for i, q := range sheet.Questions {
		asked := askedQuestion{Field: fieldOf(q), Text: b.inLanguage(q.Text, q.Indicator), Missing: slices.Contains(missing, q.Indicator),
			Number: b.T("survey.form.number", "At", strconv.Itoa(i+1), "Of", strconv.Itoa(len(sheet.Questions)))}
		for _, step := range survey.Steps {
			asked.Choices = append(asked.Choices, answerChoice{step.Code, b.T("survey.step." + step.Code), chosen[q.Indicator] == step.Code, !step.Counts})
		}
		f.Questions = append(f.Questions, asked)
	}
	return f
}

// surveyNote is a page of one message to whoever answers.
type surveyNote struct {
	*basis
	Good      bool
	Sentences []string
	RequestID string // empty unless the log knows more
}

func (s *Server) thanks(w http.ResponseWriter, r *http.Request) {
	b := s.newBase(r)
	b.Title = b.T("survey.thanks.title")
	s.mustRender(w, r, http.StatusOK, "survey_note.html", &surveyNote{basis: b.basis, Good: true, Sentences: []string{b.T("survey.thanks.sentence"), b.T("survey.thanks.close")}})
}

// refuseAnswer says kindly why a link cannot be used, or what went wrong. It shows no address and logs no token.
func (s *Server) refuseAnswer(w http.ResponseWriter, r *http.Request, err error) {
	b := s.newBase(r)
	n := &surveyNote{basis: b.basis}
	say := func(status int, title string, sentences ...string) {
		b.Title, n.Sentences = title, sentences
		s.mustRender(w, r, status, "survey_note.html", n)
	}
	var tooMany *errTooMany
	switch {
	case errors.Is(err, survey.ErrUsed):
		n.Good = true
		say(http.StatusGone, b.T("survey.used.title"), b.T("survey.used.sentence"), b.T("survey.used.once"))
	case errors.Is(err, survey.ErrExpired):
		say(http.StatusGone, b.T("survey.expired.title"), b.T("survey.expired.sentence"))
	case errors.Is(err, survey.ErrVoid):
		say(http.StatusGone, b.T("survey.void.title"), b.T("survey.void.sentence"))
	case errors.Is(err, survey.ErrClosed):
		say(http.StatusGone, b.T("survey.closed.title"), b.T("survey.closed.sentence"))
	case errors.Is(err, survey.ErrUnknown):
		say(http.StatusNotFound, b.T("survey.unknown.title"), b.T("survey.unknown.sentence"))
	case errors.As(err, &tooMany):
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(tooMany.wait.Seconds()))))
		say(http.StatusTooManyRequests, b.T("survey.many.title"), b.T("survey.many.sentence"))
	default:
		n.RequestID = requestID(r.Context())
		s.config.Logger.ErrorContext(r.Context(), "sheet of a recipient failed", "request", n.RequestID, "error", err)
		w.Header().Set("Retry-After", strconv.Itoa(int(handInTimeout.Seconds())))
		say(http.StatusServiceUnavailable, b.T("survey.busy.title"), b.T("survey.busy.sentence"))
	}
}
