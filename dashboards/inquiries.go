package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring/dueprocess"
	"pingxin/scoring/workdays"
)

// registerInquiries lists the routes of questions and complaints: those of the public, and those of who answers.
func (s *Server) registerInquiries() {
	s.page("GET /inquiries", access.ReadInquiries, "inquiries.html", s.inquiries)
	s.export("inquiries", access.ReadInquiries, s.exportInquiries)
	s.still("/inquiries/{inquiry}", access.ReadInquiries, s.inquiryPage)
	s.registerReviews()
	for _, step := range dueprocess.InquirySteps {
		if step == dueprocess.Conclude {
			continue // with reviews alone
		}
		action := access.RouteInquiries
		if step == dueprocess.Answer {
			action = access.AnswerInquiries
		}
		s.form("/inquiries/{inquiry}/"+string(step), action, s.advanceInquiry(step), s.inquiryPage)
	}
	s.still("/inquiries/note", access.RouteInquiries, s.notePage)
	s.form("/inquiries/note", access.RouteInquiries, s.noteInquiry, s.notePage)
	s.registerQuestions()
}

// The codes of what an inquiry is about, of the outcome of a complaint, and of the ways by which the bureau comes to know
// of one.
var (
	inquirySubjects = []string{"quality", "quantity", "conduct", "fees", "evaluation", "other"}
	inquiryOutcomes = []string{"founded", "partly", "unfounded"}
	inquiryChannels = []string{"hotline", "letter", "visit", "other_office"}
)

// choices are codes with their words.
func (b *base) choices(family string, ids []string) []store.Choice {
	all := make([]store.Choice, len(ids))
	for i, id := range ids {
		all[i] = store.Choice{ID: id, Name: b.T(family + id)}
	}
	return all
}

// inquiriesPage lists questions and complaints.
type inquiriesPage struct {
	*basis
	Answer  string
	Filters filters
	List    table
	Pages   pages
}

func (s *Server) inquiries(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("inquiries", b.T("asks.inquiries"))
	p := &inquiriesPage{basis: b.basis, Filters: b.inquiryFilters()}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	_, open, err := v.Inquiries(ctx, store.InquiryFilter{Open: true})
	if err != nil {
		return nil, err
	}
	p.Answer = b.T("inquiry.answer", "N", open, "Shown", b.CountInt(open))
	f := b.inquiryFilter()
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	rows, total, err := v.Inquiries(ctx, f)
	p.Pages = b.paging(page, total)
	p.List = b.inquiryTable(rows, v.Today)
	return p, err
}

func (b *base) inquiryFilter() store.InquiryFilter {
	q := b.query
	return store.InquiryFilter{Search: q.Get("q"), Kind: q.Get("kind"), State: dueprocess.InquiryState(q.Get("state")), Contract: q.Get("contract")}
}

func (b *base) inquiryFilters() filters {
	var states []store.Choice
	for _, state := range dueprocess.InquiryStates {
		states = append(states, store.Choice{ID: string(state), Name: b.T("inquiry.state." + string(state))})
	}
	return b.newFilters(field{Name: "q"}, field{Name: "kind", Choices: b.choices("inquiry.kind.", []string{store.Question, store.Complaint, store.Review})}, field{Name: "state", Choices: states})
}

func (b *base) inquiryTable(rows []store.Inquiry, today time.Time) table {
	t := table{Caption: b.T("inquiry.title"), Empty: b.T("inquiry.empty"),
		Head: b.columns("process.col.inquiry", "process.col.asked_about", "clue.col.whom", "process.col.received_on", "process.col.progress", "col.deadline")}
	for _, q := range rows {
		t.Rows = append(t.Rows, []cell{{Text: b.T("inquiry.kind." + q.Kind), Sub: q.No, URL: b.inquiry(q.No), Strong: true},
			{Text: b.T("inquiry.subject." + q.Subject), Sub: orText(q.Contract, q.ContractNo)}, text(q.Purchaser), text(b.Day(q.ReceivedOn)),
			text(b.T("inquiry.state." + string(q.State))), b.inquiryDue(&q, today)})
	}
	return t
}

func (b *base) inquiry(no string) string { return b.To("/inquiries/" + url.PathEscape(no)) }

// inquiryDue is the day by which the next step is due.
func (b *base) inquiryDue(q *store.Inquiry, today time.Time) cell {
	switch q.State {
	case dueprocess.Received:
		return b.until(q.RouteBy, today)
	case dueprocess.Routed, dueprocess.Answered:
		return b.until(q.DueOn, today)
	}
	return text("")
}

func (s *Server) exportInquiries(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	f := b.inquiryFilter()
	f.Limit = allRows
	rows, _, err := v.Inquiries(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("inquiry.title"), About: b.about(b.T("inquiry.title"), b.inquiryFilters()), Head: b.titles("process.col.inquiry", "process.col.kind", "process.col.asked_about", "col.contract_no",
		"clue.col.whom", "process.col.received_on", "process.col.progress", "col.deadline", "process.col.answered_on", "process.col.outcome")}
	for _, q := range rows {
		outcome := ""
		if q.Outcome != "" {
			outcome = b.T("inquiry.outcome." + q.Outcome)
		}
		out.Rows = append(out.Rows, []any{q.No, b.T("inquiry.kind." + q.Kind), b.T("inquiry.subject." + q.Subject), q.ContractNo, q.Purchaser, day(q.ReceivedOn),
			b.T("inquiry.state." + string(q.State)), day(q.DueOn), day(q.AnsweredOn), outcome})
	}
	return out, nil
}

// inquiryData is one question or complaint with what whoever reads it may do.
type inquiryData struct {
	*basis
	Q          store.Inquiry
	Heading    string
	Due        cell
	Moments    []momentView
	Purchasers []store.Choice
	Outcomes   []store.Choice // of a complaint

	MayRoute, MayDecline, MayAnswer, MayCheck bool
	OwnAnswer                                 bool // whoever reads answered, and may not check
	reviewData
}

func (s *Server) inquiryPage(r *http.Request, b *base) (string, any, error) {
	p := &inquiryData{basis: b.basis}
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
		var err error
		if p.Q, err = v.Inquiry(ctx, r.PathValue("inquiry")); err != nil {
			return err
		}
		b.name("inquiries", b.T("inquiry.one", "Kind", b.T("inquiry.kind."+p.Q.Kind), "No", p.Q.No))
		p.Due = b.inquiryDue(&p.Q, v.Today)
		moments, err := v.InquiryMoments(ctx, p.Q.No)
		for _, m := range moments {
			p.Moments = append(p.Moments, b.step(p.Q.Kind, m))
		}
		if err != nil {
			return err
		}
		return p.may(ctx, v)
	})
	return "inquiry.html", p, err
}

// may says what whoever reads may do.
func (p *inquiryData) may(ctx context.Context, v *store.View) error {
	q := &p.Q
	p.MayAnswer = p.May(access.AnswerInquiries) && q.State.Allows(dueprocess.Answer) && q.PurchaserID == p.base.answersFor()
	if q.Kind == store.Complaint {
		p.Outcomes = p.base.choices("inquiry.outcome.", inquiryOutcomes)
	}
	if q.Kind == store.Review {
		return p.mayReview(ctx, v)
	}
	if !p.May(access.RouteInquiries) {
		return nil
	}
	p.MayRoute, p.MayDecline = q.State.Allows(dueprocess.RouteTo), q.State.Allows(dueprocess.Decline)
	p.OwnAnswer = q.State.Allows(dueprocess.Release) && dueprocess.MayCheck(p.Who.Account, q.AnsweredBy) != nil
	p.MayCheck = q.State.Allows(dueprocess.Release) && !p.OwnAnswer
	choices, err := v.Choices(ctx)
	p.Purchasers = choices.Purchasers
	return err
}

// answersFor is the organisation for which somebody answers: the own one, the bureau for what is routed to none.
func (b *base) answersFor() string {
	if b.Who.Role == access.Finance {
		return ""
	}
	return b.Who.Org
}

// step says in words what was done with an inquiry of a kind.
func (b *base) step(kind string, m store.Moment) momentView {
	family := "inquiry.moment."
	if kind == store.Review {
		family = "review.moment."
	}
	return momentView{When: b.Moment(m.At), Who: m.By + b.T("process.as", "Role", b.named("role", m.Role)), Wording: m.Wording,
		What: b.T(family+m.Kind, "Purchaser", orText(m.Ref, b.Bureau), "Day", b.Day(m.Until))}
}

// advanceInquiry takes an inquiry one step on.
func (s *Server) advanceInquiry(step dueprocess.InquiryStep) func(http.ResponseWriter, *http.Request, *base) (string, error) {
	return func(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
		t := store.InquiryStep{InquiryNo: r.PathValue("inquiry"), Step: step, By: b.signer(), Scope: b.Who.Scope(), At: s.config.Now()}
		if err := s.fillStep(r, b, &t); err != nil {
			return "", err
		}
		entered, err := s.config.Store.AdvanceInquiry(r.Context(), t)
		if err == nil && entered {
			err = s.bringIn(r.Context())
		}
		return b.done("/inquiries/"+url.PathEscape(t.InquiryNo), "inquiry_stepped"), err
	}
}

// fillStep reads what the form of a step brings.
func (s *Server) fillStep(r *http.Request, b *base, t *store.InquiryStep) (err error) {
	if t.Wording, err = wording(r, "wording"); err != nil {
		return err
	}
	switch t.Step {
	case dueprocess.RouteTo:
		t.Purchaser = r.PostFormValue("purchaser")
		err = s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
			choices, err := v.Choices(ctx)
			if err == nil && t.Purchaser != "" && !slices.ContainsFunc(choices.Purchasers, func(c store.Choice) bool { return c.ID == t.Purchaser }) {
				err = refuse("no_purchaser")
			}
			return err
		})
		if err == nil {
			t.DueOn, err = s.lastDay(r.Context(), b.process, func(p *dueprocess.Policy) workdays.Window { return p.Answer })
		}
	case dueprocess.Answer:
		t.Outcome = r.PostFormValue("outcome")
		return s.mayAnswer(r, b, t)
	case dueprocess.Release:
		t.Published, err = wording(r, "published")
	}
	return err
}

// mayAnswer makes sure that whoever answers is asked, and that the answer to a complaint says whether it is founded.
func (s *Server) mayAnswer(r *http.Request, b *base, t *store.InquiryStep) error {
	return s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
		q, err := v.Inquiry(ctx, t.InquiryNo)
		switch {
		case err != nil:
			return err
		case q.State.Allows(dueprocess.Answer) && q.PurchaserID != b.answersFor():
			return refuse("not_routed_to_you")
		case q.Kind == store.Complaint && !slices.Contains(inquiryOutcomes, t.Outcome):
			return refuse("no_outcome")
		case q.Kind != store.Complaint:
			t.Outcome = ""
		}
		return nil
	})
}

// inquiryTodos lists the questions and complaints that wait for who is asking.
func (p *homeData) inquiryTodos(ctx context.Context, v *store.View) error {
	if !p.May(access.ReadInquiries) {
		return nil
	}
	rows, _, err := v.Inquiries(ctx, store.InquiryFilter{Open: true, Limit: allRows})
	late, waiting := 0, map[dueprocess.InquiryState]int{}
	for _, q := range p.reviewTodos(rows, v.Today) {
		if q.Late(v.Today) {
			late++
		} else if q.State != dueprocess.Routed || q.PurchaserID == p.base.answersFor() {
			waiting[q.State]++
		}
	}
	p.add(late, true, "process.todo.inquiries_late", p.To("/inquiries"))
	if p.May(access.RouteInquiries) {
		p.add(waiting[dueprocess.Received], false, "process.todo.route", p.To("/inquiries", "state", string(dueprocess.Received)))
		p.add(waiting[dueprocess.Answered], false, "process.todo.check", p.To("/inquiries", "state", string(dueprocess.Answered)))
	}
	if p.May(access.AnswerInquiries) {
		p.add(waiting[dueprocess.Routed], false, "process.todo.answer", p.To("/inquiries", "state", string(dueprocess.Routed)))
	}
	return err
}
