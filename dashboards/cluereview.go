package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
	"pingxin/scoring/dueprocess"
	"pingxin/scoring/workdays"
)

// The ends of the addresses by which a review is ordered on a clue, and by which the supervision office takes its steps.
const (
	reviewPath   = "/review"
	askAgainPath = "/ask-again"
	concludePath = "/conclude"
)

// registerReviews lists the routes of reviews: the inquiries by which the supervision office asks about a clue.
func (s *Server) registerReviews() {
	s.form("/clues/{id}"+reviewPath, access.JudgeClues, s.orderReview, s.onRun("clue.html", s.clue))
	s.form("/inquiries/{inquiry}"+askAgainPath, access.JudgeClues, s.advanceReview(dueprocess.Return), s.inquiryPage)
	s.form("/inquiries/{inquiry}"+concludePath, access.JudgeClues, s.advanceReview(dueprocess.Conclude), s.inquiryPage)
}

// reviewWays are the codes of the ways in which something is looked into.
var reviewWays = []string{"in_writing", "on_site"}

// clueReviews are the inquiries about a clue, and the form by which one is ordered.
type clueReviews struct {
	List    table
	Parties []store.Choice // who can be asked; empty: there is no form
	Ways    []store.Choice
	Due     string // that the policy's window gives; empty: its calendar does not reach so far
	Action  string
	Why     string // why there is no form; empty: there is one, or who is asking orders none
}

func (s *Server) clueReviews(ctx context.Context, v *store.View, b *base, c *store.ClueRow) (r clueReviews, err error) {
	asked, err := v.ReviewsOf(ctx, c.ID)
	if err != nil {
		return r, err
	}
	r.List = table{Caption: b.T("review.title"), Empty: b.T("review.none"), Head: b.columns("process.col.inquiry", "review.col.whom", "review.col.way", "process.col.progress", "col.deadline", "process.col.answered_on")}
	for i := range asked {
		q := &asked[i]
		r.List.Rows = append(r.List.Rows, []cell{{Text: q.No, URL: b.open(access.ReadInquiries, b.inquiry(q.No)), Strong: true}, text(q.Purchaser), text(b.T("inquiry.channel." + q.Channel)),
			text(b.T("inquiry.state." + string(q.State))), b.inquiryDue(q, v.Today), text(day(q.AnsweredOn))})
	}
	if !b.May(access.JudgeClues) {
		return r, nil
	}
	parties, err := v.ClueParties(ctx, c)
	r.Parties = slices.DeleteFunc(parties, func(p store.Choice) bool {
		return slices.ContainsFunc(asked, func(q store.Inquiry) bool { return q.PurchaserID == p.ID && !q.State.Closed() })
	})
	r.Ways, r.Action = b.choices("inquiry.channel.", reviewWays), b.To("/clues/"+c.ID+reviewPath)
	if len(r.Parties) == 0 {
		r.Why = b.T("review.nobody")
	}
	if due, unknown := s.lastDay(ctx, b.process, func(p *dueprocess.Policy) workdays.Window { return p.Answer }); unknown == nil {
		r.Due = day(due)
	}
	return r, err
}

// orderReview asks somebody about a clue.
func (s *Server) orderReview(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	o := store.ReviewOrder{Clue: r.PathValue("id"), Whom: r.PostFormValue("whom"), Way: r.PostFormValue("way"), By: b.signer(), At: s.config.Now()}
	if !slices.Contains(reviewWays, o.Way) {
		return "", refuse("review_way")
	}
	var err error
	if o.DueOn, err = time.Parse(time.DateOnly, r.PostFormValue("due")); err != nil {
		return "", refuse("review_due")
	}
	if o.Wording, err = wording(r, "wording"); err != nil {
		return "", err
	}
	number, err := s.config.Store.OrderReview(r.Context(), o)
	return b.done("/inquiries/"+url.PathEscape(number), "review_ordered"), err
}

// advanceReview takes a step of the supervision office with a review.
func (s *Server) advanceReview(step dueprocess.InquiryStep) func(http.ResponseWriter, *http.Request, *base) (string, error) {
	return func(_ http.ResponseWriter, r *http.Request, b *base) (_ string, err error) {
		t := store.InquiryStep{InquiryNo: r.PathValue("inquiry"), Step: step, Review: true, By: b.signer(), Scope: b.Who.Scope(), At: s.config.Now()}
		if t.Wording, err = wording(r, "wording"); err != nil {
			return "", err
		}
		if step == dueprocess.Conclude {
			if t.Outcome, t.Figures = r.PostFormValue("verdict"), r.PostFormValue("figures"); !clues.Verdict(t.Outcome).Known() {
				return "", inField("verdict", refuse("no_outcome"))
			}
		}
		_, err = s.config.Store.AdvanceInquiry(r.Context(), t)
		return b.done("/inquiries/"+url.PathEscape(t.InquiryNo), "inquiry_stepped"), err
	}
}

// reviewData is what a review has beyond another inquiry, for who looks into clues.
type reviewData struct {
	About       *store.ClueRow // nil: whoever reads does not see clues
	Verdicts    []store.Choice // to conclude with; empty: it cannot be concluded, or not by who reads
	MayAskAgain bool
}

// mayReview says what whoever reads a review may do.
func (p *inquiryData) mayReview(ctx context.Context, v *store.View) error {
	if !p.May(access.ReadClues) {
		return nil
	}
	c, err := v.ReviewedClue(ctx, p.Q.No)
	if p.About = &c; err != nil || !p.May(access.JudgeClues) {
		return err
	}
	p.OwnAnswer = p.Q.State.Allows(dueprocess.Return) && dueprocess.MayCheck(p.Who.Account, p.Q.AnsweredBy) != nil
	p.MayAskAgain = p.Q.State.Allows(dueprocess.Return) && !p.OwnAnswer
	if p.MayAskAgain || p.Q.State == dueprocess.Routed && p.Q.Late(v.Today) {
		p.Verdicts = p.base.verdictChoices()
	}
	return nil
}

// reviewTodos lists the reviews that wait for who is asking, and returns the inquiries of other kinds.
func (p *homeData) reviewTodos(rows []store.Inquiry, today time.Time) (others []store.Inquiry) {
	late, answer, conclude := 0, 0, 0
	oversees := p.May(access.JudgeClues)
	for _, q := range rows {
		asked := q.PurchaserID == p.base.answersFor()
		switch {
		case q.Kind != store.Review:
			others = append(others, q)
		case (asked || oversees) && q.State == dueprocess.Routed && q.Late(today):
			late++
		case asked && q.State == dueprocess.Routed:
			answer++
		case oversees && q.State == dueprocess.Answered:
			conclude++
		}
	}
	address := func(state dueprocess.InquiryState) string {
		return p.To("/inquiries", "kind", store.Review, "state", string(state))
	}
	p.add(late, true, "review.todo.late", address(dueprocess.Routed))
	p.add(answer, false, "review.todo.answer", address(dueprocess.Routed))
	p.add(conclude, false, "review.todo.conclude", address(dueprocess.Answered))
	return others
}
