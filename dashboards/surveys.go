package dashboards

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/pipelines/survey"
)

// registerSurveys lists the routes of those who send the survey out.
func (s *Server) registerSurveys() {
	s.still("/surveys", access.Survey, s.surveys)
	s.still("/surveys/{contract}", access.Survey, s.survey)
	s.bulky("POST /surveys/links", access.Survey, formBytes, s.posted(s.issueLinks, s.linksForm))
	s.form("/surveys/{contract}/replace", access.Survey, s.replaceLinks, s.survey)
	s.form("/surveys/{contract}/remind", access.Survey, s.remindSurvey, s.survey)
	s.form("/surveys/{contract}/close", access.Survey, s.closeSurvey, s.survey)
	s.handle("GET /surveys/issued/{id}", access.Survey, s.issuedPage)
	s.handle("GET /surveys/issued/{id}/sheet", access.Survey, s.issuedSheet)
	s.handle("GET /surveys/issued/{id}/links.csv", access.Survey, s.issuedCSV)
	s.handle("GET /surveys/issued/{id}/links.zip", access.Survey, s.issuedZip)
}

// surveysPage lists contracts with how far their surveys have come.
type surveysPage struct {
	*basis
	Filters filters
	Pages   pages
	Rows    []surveyRow
	Form    issueForm
	Asks    bool // the policy asks recipients something
	Answer  string
}

// surveyRow is one contract in the list.
type surveyRow struct {
	No, Name, URL, Purchaser, Supplier string
	Asked, Answered, Frame             string
	Rate, Returned, Waiting, Until     string
}

// issueForm is the form that makes links.
type issueForm struct {
	Channels           []store.Choice
	Links, Days        int // as filled in
	MaxLinks, MaxDays  int
	Contract           string // of the one contract; empty: the list's boxes name them
	Recipients, Action string
}

// newIssueForm is the form for one contract, or for the chosen ones of a list.
func (b *base) newIssueForm(contract string, recipients int) issueForm {
	f := issueForm{Days: survey.DefaultDays, MaxLinks: survey.MaxLinks, MaxDays: survey.MaxDays, Contract: contract, Action: b.To("/surveys/links")}
	if recipients > 0 {
		f.Recipients = strconv.Itoa(recipients)
		f.Links = min(recipients, survey.DefaultLinks)
	}
	for _, c := range survey.Channels {
		f.Channels = append(f.Channels, store.Choice{ID: c, Name: b.T("survey.channel." + c)})
	}
	return f
}

func (s *Server) surveys(r *http.Request, b *base) (string, any, error) {
	b.name("surveys", b.T("asks.surveys"))
	p, err := s.surveyList(r.Context(), b)
	return "surveys.html", p, err
}

func (s *Server) surveyList(ctx context.Context, b *base) (*surveysPage, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	p := &surveysPage{basis: b.basis, Form: b.newIssueForm("", 0), Asks: len(s.config.Survey.Questions()) > 0}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	purchasers, err := s.config.Survey.Purchasers(ctx, b.Who.Scope())
	if err != nil {
		return nil, err
	}
	p.Filters = b.newFilters(field{Name: "q"}, field{Name: "purchaser", Choices: purchasers}, field{Name: "asked", Choices: []store.Choice{{ID: "yes", Name: b.T("filter.asked.yes")}}})
	all, total, err := s.config.Survey.Contracts(ctx, store.SurveyQuery{Scope: b.Who.Scope(), Search: strings.TrimSpace(b.query.Get("q")), Purchaser: b.query.Get("purchaser"), Asked: b.query.Get("asked") != "",
		First: (page - 1) * pageSize, Limit: pageSize})
	if err != nil {
		return nil, err
	}
	p.Pages = b.paging(page, total)
	for _, c := range all {
		p.Rows = append(p.Rows, b.surveyRow(c))
	}
	p.Answer, err = s.surveyAnswer(ctx, b)
	return p, err
}

// surveyAnswer says of how many contracts the recipients were asked.
func (s *Server) surveyAnswer(ctx context.Context, b *base) (string, error) {
	count := func(asked bool) (int, error) {
		_, total, err := s.config.Survey.Contracts(ctx, store.SurveyQuery{Scope: b.Who.Scope(), Asked: asked, Limit: 1})
		return total, err
	}
	all, err := count(false)
	if err != nil {
		return "", err
	}
	asked, err := count(true)
	return b.T("surveys.answer", "N", asked, "All", b.CountInt(all)), err
}

// surveyRow says of a contract in one line how far its survey has come.
func (b *base) surveyRow(c survey.Standing) surveyRow {
	r := surveyRow{No: c.No, Name: c.Name, URL: b.survey(c.No), Purchaser: c.Purchaser, Supplier: c.Supplier, Rate: none, Returned: none, Frame: none, Asked: none, Answered: none,
		Waiting: none, Until: none}
	if c.Recipients > 0 {
		r.Frame = b.CountInt(c.Recipients)
	}
	if len(c.Issues) == 0 {
		return r
	}
	b.fillResponse(&r, c.Response)
	until := c.Issues[0].ExpiresOn
	for _, i := range c.Issues {
		if i.Open > 0 && i.ExpiresOn.After(until) {
			until = i.ExpiresOn
		}
	}
	r.Until = day(until)
	return r
}

// fillResponse writes out how many answered.
func (b *base) fillResponse(r *surveyRow, n survey.Response) {
	r.Asked, r.Answered, r.Waiting, r.Frame = b.CountInt(n.Asked), b.CountInt(n.Answered), b.CountInt(n.Waiting), none
	if n.Frame > 0 {
		r.Frame = b.CountInt(n.Frame)
	}
	r.Rate, r.Returned = share(n.Rate()), share(n.Return())
}

// share writes a share in percent, or that there is none.
func share(v float64) string {
	if math.IsNaN(v) {
		return none
	}
	return percent(v, 1)
}

// survey is the address of the survey of one contract.
func (b *base) survey(no string) string { return b.To("/surveys/" + url.PathEscape(no)) }

// surveyPage is the survey of one contract.
type surveyPage struct {
	*basis
	Row     surveyRow
	Batches []surveyBatch
	Form    issueForm
	Open    int // links that closing would end
	Asks    bool
	Closed  int    // links that were just closed, as the address says; -1: it does not
	Ended   bool   // the evaluation of the contract is closed: no links any more
	Act     string // where its actions go
}

// surveyBatch is one batch of links.
type surveyBatch struct {
	surveyRow
	ID                                int
	Label, Channel, Issued, By, Spent string
	Void, Reminders                   string
	Unused                            int
}

func (s *Server) survey(r *http.Request, b *base) (string, any, error) {
	return s.surveyOf(r.Context(), b, r.PathValue("contract"))
}

func (s *Server) surveyOf(ctx context.Context, b *base, no string) (string, any, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	c, err := s.config.Survey.Contract(ctx, b.Who.Scope(), no)
	if err != nil {
		return "", nil, err
	}
	b.name("surveys", c.Name)
	p := &surveyPage{basis: b.basis, Row: b.surveyRow(c), Form: b.newIssueForm(c.No, c.Recipients), Asks: len(s.config.Survey.Questions()) > 0, Closed: -1, Ended: c.Closed, Act: "/surveys/" + url.PathEscape(c.No)}
	if n, err := strconv.Atoi(b.query.Get("closed")); err == nil && n >= 0 {
		p.Closed = n
	}
	for i, batch := range c.Issues {
		p.Batches = append(p.Batches, b.surveyBatch(batch, c.Batches[i]))
		p.Open += batch.Open
	}
	return "survey.html", p, nil
}

// surveyBatch writes out one batch of links.
func (b *base) surveyBatch(i store.SurveyIssue, n survey.Response) surveyBatch {
	row := surveyBatch{ID: i.ID, Label: orText(i.Label, b.T("survey.everyone")), Channel: b.T("survey.channel." + i.Channel), Issued: day(i.IssuedOn), By: i.IssuedBy,
		Void: b.CountInt(i.Void), Reminders: b.CountInt(i.Reminders), Unused: i.Open}
	b.fillResponse(&row.surveyRow, n)
	row.Until = day(i.ExpiresOn)
	switch {
	case n.Expired > 0:
		row.Spent = b.T("survey.batch.expired", "N", n.Expired)
	case i.Closed > 0:
		row.Spent = b.T("survey.batch.closed", "N", i.Closed)
	}
	return row
}

// remindSurvey counts a reminder and leads back.
func (s *Server) remindSurvey(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	no := r.PathValue("contract")
	issue, err := issueOf(r)
	if err == nil {
		err = s.config.Survey.Remind(r.Context(), b.Who.Scope(), no, issue)
	}
	return b.survey(no), err
}

// closeSurvey ends the unused links of a contract and leads back.
func (s *Server) closeSurvey(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	no := r.PathValue("contract")
	n, err := s.config.Survey.Close(r.Context(), b.Who.Scope(), no)
	return b.To("/surveys/"+url.PathEscape(no), "closed", strconv.Itoa(n)), err
}

// issueOf reads the number of a batch of links from a form.
func issueOf(r *http.Request) (int, error) {
	n, err := strconv.ParseInt(r.PostFormValue("issue"), 10, 32)
	if err != nil {
		return 0, survey.ErrNoIssue
	}
	return int(n), nil
}

// wholeOfForm reads a whole number from a form, 0 when it was left empty.
func wholeOfForm(r *http.Request, name string, low, high int) (int, error) {
	text := strings.TrimSpace(r.PostFormValue(name))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, &survey.InvalidError{Field: name, Found: text, Low: low, High: high}
	}
	return n, nil
}

// describeSurvey says what keeps a survey from being sent out; it returns 0 for an error that is none of its own.
func describeSurvey(p *problem, err error) (status int) {
	var invalid *survey.InvalidError
	switch {
	case errors.Is(err, survey.ErrNoContract):
		p.Title, p.Sentence = p.T("survey.problem.contract.title"), p.T("survey.problem.contract.sentence")
		return http.StatusNotFound
	case errors.Is(err, survey.ErrNoIssue):
		p.Title, p.Sentence = p.T("survey.problem.batch.title"), p.T("survey.problem.batch.sentence")
		return http.StatusNotFound
	case errors.Is(err, survey.ErrClosed):
		p.Title, p.Sentence = p.T("survey.problem.closed.title"), p.T("survey.problem.closed.sentence")
		return http.StatusConflict
	case errors.Is(err, errHandedOut):
		p.Title, p.Sentence = p.T("survey.problem.gone.title"), p.T("survey.problem.gone.sentence")
		return http.StatusGone
	case errors.As(err, &invalid):
		p.Title = p.T("survey.problem.invalid.title")
		p.Sentence = p.T("survey.invalid."+invalid.Field, "Found", invalid.Found, "Low", invalid.Low, "High", invalid.High)
		return http.StatusUnprocessableEntity
	}
	return 0
}
