package dashboards

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"pingxin/dashboards/access"
	"pingxin/dashboards/limit"
	"pingxin/pipelines/store"
	"pingxin/scoring/dueprocess"
	"pingxin/scoring/workdays"
)

// How often one address may ask or look up. The form needs no account, and a neighbourhood may share an address.
const (
	// askBurst lets a family that shares a telephone line ask at one evening, askEvery one more in an hour.
	askBurst = 5
	askEvery = time.Hour
	// lookUpBurst and lookUpEvery let somebody mistype, and nobody try codes.
	lookUpBurst = 20
	lookUpEvery = time.Minute
	// askAddresses is how many addresses are remembered.
	askAddresses = 20_000
)

// askLimits are the limits of the public form.
type askLimits struct{ ask, lookUp *limit.Limiter }

func newAskLimits(now func() time.Time) askLimits {
	return askLimits{limit.New(limit.Rate{Burst: askBurst, Every: askEvery}, askAddresses, now), limit.New(limit.Rate{Burst: lookUpBurst, Every: lookUpEvery}, askAddresses, now)}
}

// registerQuestions lists the routes of the public. A form that was handed in is answered with a page and no redirect:
// the code is shown once, and stands in no address.
func (s *Server) registerQuestions() {
	s.still("/public/questions", access.ReadPublic, s.questionsPage)
	s.still("/public/questions/ask", access.ReadPublic, s.askPage)
	s.form("/public/questions/ask", access.ReadPublic, s.ask, s.askPage)
	s.still("/public/questions/own", access.ReadPublic, s.ownPage)
	s.form("/public/questions/own", access.ReadPublic, s.lookUp, s.ownPage)
}

// public begins a page of questions in the shell of the pages for everybody. It speaks of no release.
func (b *base) public(title string) *publicPage {
	b.name("public", title)
	p := &publicPage{basis: b.basis}
	p.tabs()
	return p
}

// questionsData lists what the bureau published of questions and complaints.
type questionsData struct {
	*publicPage
	Answer  string
	Filters filters
	List    []questionView
	Pages   pages
}

// questionView is a published question with its answer.
type questionView struct {
	No, Kind, Subject, Contract, Question, Answer, Outcome, By, Asked, Answered string
}

func (s *Server) questionsPage(r *http.Request, b *base) (string, any, error) {
	p := &questionsData{publicPage: b.public(b.T("question.title"))}
	page, err := b.pageOf()
	if err != nil {
		return "", nil, err
	}
	f := store.InquiryFilter{Search: b.query.Get("q"), Kind: b.query.Get("kind"), Limit: pageSize, Offset: (page - 1) * pageSize}
	p.Filters = b.newFilters(field{Name: "q"}, field{Name: "kind", Choices: b.choices("inquiry.kind.", []string{store.Question, store.Complaint})})
	err = s.config.Store.Read(r.Context(), func(ctx context.Context, r *store.Reader) error {
		all, total, err := store.ReleasedInquiries(ctx, r, f)
		p.Pages = b.paging(page, total)
		p.Answer = b.T("question.answer", "N", total, "Shown", b.CountInt(total))
		for _, q := range all {
			p.List = append(p.List, b.question(q))
		}
		return err
	})
	return "questions.html", p, err
}

func (b *base) question(q store.Inquiry) questionView {
	v := questionView{No: q.No, Kind: b.T("inquiry.kind." + q.Kind), Subject: b.T("inquiry.subject." + q.Subject), Contract: orText(q.Contract, q.ContractNo), Question: q.Published,
		Answer: q.Answer, By: orText(q.Purchaser, b.Bureau), Asked: b.Day(q.ReceivedOn), Answered: b.Day(q.AnsweredOn)}
	if q.Outcome != "" {
		v.Outcome = b.T("inquiry.outcome." + q.Outcome)
	}
	return v
}

// askData is the public form.
type askData struct {
	*publicPage
	Kinds, Subjects, Channels []store.Choice // channels: only for the bureau, which notes what came otherwise
	Contract                  string         // about which the page was opened; empty: none
	Number, Code              string         // of what was handed in; empty: nothing yet
	Action                    string
}

func (s *Server) askPage(r *http.Request, b *base) (string, any, error) {
	return "ask.html", s.askForm(b.public(b.T("question.ask.title")), "/public/questions/ask"), nil
}

func (s *Server) askForm(b *publicPage, action string) *askData {
	return &askData{publicPage: b, Kinds: b.base.choices("inquiry.kind.", []string{store.Question, store.Complaint}), Subjects: b.base.choices("inquiry.subject.", inquirySubjects),
		Contract: b.query.Get("contract"), Action: b.To(action)}
}

// ask takes in what somebody asks without an account.
func (s *Server) ask(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	q, err := s.readInquiry(r, "web")
	if err != nil {
		return "", err
	}
	if ok, wait := s.askLimits.ask.Allow(clientKey(r)); !ok {
		return "", &access.ThrottledError{Wait: wait}
	}
	number, code, err := s.config.Store.Ask(r.Context(), q, dueprocess.Person{}, s.config.Now())
	if err != nil {
		return "", err
	}
	p := s.askForm(b.public(b.T("question.asked.title")), "/public/questions/ask")
	p.Number, p.Code = number, code
	return "", s.render(w, http.StatusOK, "asked.html", p)
}

// readInquiry reads an inquiry from its form. The day by which it is to be routed stays open where the holidays until then are
// not known yet: a citizen is not sent away for that.
func (s *Server) readInquiry(r *http.Request, channel string) (store.Inquiry, error) {
	q := store.Inquiry{Kind: r.PostFormValue("kind"), Subject: r.PostFormValue("subject"), ContractNo: strings.TrimSpace(r.PostFormValue("contract")), Channel: channel}
	var err error
	switch {
	case q.Kind != store.Question && q.Kind != store.Complaint:
		return q, refuse("no_kind")
	case !slices.Contains(inquirySubjects, q.Subject):
		return q, refuse("no_subject")
	}
	if q.Wording, err = wording(r, "wording"); err != nil {
		return q, err
	}
	if p := s.config.Policy; p != nil && p.Process != nil {
		var unknown *workdays.MissingYearError
		if q.RouteBy, err = s.lastDay(r.Context(), p.Process, func(p *dueprocess.Policy) workdays.Window { return p.Route }); errors.As(err, &unknown) {
			q.RouteBy, err = time.Time{}, nil
		}
	}
	return q, err
}

// notePage is the form by which the bureau notes what came by telephone, letter or from another office.
func (s *Server) notePage(r *http.Request, b *base) (string, any, error) {
	b.name("inquiries", b.T("inquiry.note.title"))
	p := s.askForm(&publicPage{basis: b.basis}, "/inquiries/note")
	p.Channels = b.choices("inquiry.channel.", inquiryChannels)
	return "ask.html", p, nil
}

func (s *Server) noteInquiry(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	channel := r.PostFormValue("channel")
	if !slices.Contains(inquiryChannels, channel) {
		return "", refuse("no_channel")
	}
	q, err := s.readInquiry(r, channel)
	if err != nil {
		return "", err
	}
	number, _, err := s.config.Store.Ask(r.Context(), q, b.signer(), s.config.Now())
	if err != nil {
		return "", err
	}
	return b.done("/inquiries/"+number, "inquiry_noted"), nil
}

// ownData lets whoever asked see what became of it.
type ownData struct {
	*publicPage
	Number string
	Q      *questionView // nil: not looked up
	State  string
	Reason string // why it was not taken up; empty: it was
}

func (s *Server) ownPage(r *http.Request, b *base) (string, any, error) {
	return "ownquestion.html", &ownData{publicPage: b.public(b.T("question.own.title")), Number: r.PostFormValue("number")}, nil
}

// lookUp shows an inquiry to whoever has its number and code.
func (s *Server) lookUp(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	if ok, wait := s.askLimits.lookUp.Allow(clientKey(r)); !ok {
		return "", &access.ThrottledError{Wait: wait}
	}
	var q store.Inquiry
	err := s.config.Store.Read(r.Context(), func(ctx context.Context, reader *store.Reader) (err error) {
		q, err = store.OwnInquiry(ctx, reader, r.PostFormValue("number"), r.PostFormValue("code"))
		return err
	})
	if errors.Is(err, store.ErrNotInRun) {
		return "", refuse("unknown_code")
	}
	if err != nil {
		return "", err
	}
	q.Published = q.Wording // to whoever wrote it
	if q.State != dueprocess.Released && q.State != dueprocess.Kept {
		q.Answer, q.Outcome, q.AnsweredOn = "", "", time.Time{} // an answer counts when it is checked
	}
	shown := b.question(q)
	p := &ownData{publicPage: b.public(b.T("question.own.title")), Number: q.No, Q: &shown, State: b.T("inquiry.state." + string(q.State))}
	if q.State == dueprocess.Declined {
		p.Reason = q.Reason
	}
	return "", s.render(w, http.StatusOK, "ownquestion.html", p)
}
