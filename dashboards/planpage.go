package dashboards

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pingxin/budget/execution"
	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// planItemPage is one plan item: what is asked for, what the bureau should look at, what it decided, and what was bought.
type planItemPage struct {
	*basis
	Item      *store.PlanItem
	State     cell
	Facts     [][2]string
	Look      []string
	History   table
	Contracts table
	Review    *planReviewForm // nil: who asks decides nothing
}

// planReviewForm is the form of a decision.
type planReviewForm struct {
	Action    string
	No        int // of the decision to come
	Decisions []store.Choice
	Longest   int
}

// planPage shows the plan item that the path names.
func (s *Server) planPage(r *http.Request, b *base) (string, any, error) {
	p := &planItemPage{basis: b.basis}
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
		book, item, err := s.planItem(ctx, v, b)
		if err != nil {
			return err
		}
		b.name("plans", item.Project)
		p.fill(book, item)
		return nil
	})
	if p.Item != nil && b.May(access.ReviewPlans) && p.Item.Status() != execution.Cancelled {
		p.Review = b.reviewForm(p.Item)
	}
	return "planitem.html", p, err
}

// planItem finds the item that the path names.
func (s *Server) planItem(ctx context.Context, v *store.View, b *base) (*planBook, *store.PlanItem, error) {
	book, err := s.plansOf(ctx, v, b)
	if err != nil {
		return nil, nil, err
	}
	no := b.pathValue("/plans/")
	if book != nil {
		if at := slices.IndexFunc(book.items, func(i store.PlanItem) bool { return i.No == no }); at >= 0 {
			return book, &book.items[at], nil
		}
	}
	return nil, nil, store.ErrNotInRun
}

func (p *planItemPage) fill(k *planBook, item *store.PlanItem) {
	p.Item, p.State = item, p.base.statusCell(item)
	at := planCell{item.Year, item.Purchaser, item.Item}
	p.Facts = [][2]string{{p.T("plan.col.no"), item.No}, {p.T("col.purchaser"), item.PurchaserName}, {p.T("col.item"), item.ItemName + " (" + item.Item + ")"}, {p.T("col.year"), whole(int64(item.Year))},
		{p.InUnitOf(p.T("plan.col.asked")), p.Money(item.AmountFen)}, {p.InUnitOf(p.T("plan.col.planned")), orNone(p.base.moneyOrNone(item.ApprovedFen()))}, {p.T("plan.col.method"), p.PurchaseMethod(item.Method)},
		{p.T("plan.col.method_reason"), orNone(item.Reason)}, {p.T("plan.col.submitted_on"), day(item.SubmittedOn)}, {p.InUnitOf(p.T("plan.col.item_budget")), p.Money(k.budget[at])},
		{p.InUnitOf(p.T("plan.col.item_planned")), p.Money(k.planned[at])}, {p.InUnitOf(p.T("plan.step.contract")), orNone(p.base.moneyOrNone(item.ContractFen))}}
	p.Look = p.Notes(k.examine(item))
	p.History = table{Caption: p.T("plan.history"), Empty: p.T("plan.history.none"), Head: p.base.columns("#plan.col.review_no", "plan.col.reviewed_on", "plan.col.decision", "$plan.col.approved", "plan.col.reason", "plan.col.reviewer")}
	for _, r := range item.Reviews {
		approved := ""
		if r.Decision == execution.Approved {
			approved = p.Money(r.ApprovedFen)
		}
		p.History.Rows = append(p.History.Rows, []cell{text(whole(int64(r.No))), text(day(r.On)), {Text: p.T("plan.status." + string(r.Decision)), Strong: true}, text(approved), text(r.Reason), text(r.By)})
	}
	p.Contracts = table{Caption: p.T("plan.contracts"), Empty: p.T("plan.contracts.none"), Head: p.base.columns("col.contract", "$plan.step.contract", "$plan.step.paid", "plan.col.evaluated_on")}
	for i := range k.contracts {
		if c := &k.contracts[i]; c.Plan == item.No {
			p.Contracts.Rows = append(p.Contracts.Rows, []cell{{Text: orText(c.Name, c.No), Sub: c.No, URL: p.Contract(c.No)}, text(p.Money(c.AmountFen)), text(p.Money(c.PaidFen(k.asOf))), text(day(c.EvaluatedOn))})
		}
	}
}

// reviewForm is the form of a decision.
func (b *base) reviewForm(item *store.PlanItem) *planReviewForm {
	f := &planReviewForm{Action: b.planURL(item.No), No: len(item.Reviews) + 1, Longest: longestReason}
	for _, d := range execution.Decisions {
		if d == execution.Approved && item.Barred() {
			continue
		}
		f.Decisions = append(f.Decisions, store.Choice{ID: string(d), Name: b.T("plan.decide." + string(d))})
	}
	return f
}

// reviewPlan enters the decision of the form.
func (s *Server) reviewPlan(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	var item store.PlanItem
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
		_, found, err := s.planItem(ctx, v, b)
		if err == nil {
			item = *found
		}
		return err
	})
	if err != nil {
		return "", err
	}
	review, err := s.decisionOf(r, b, &item)
	if err != nil {
		return "", err
	}
	if err := intake.CheckEntry(r.Context(), s.config.Store, "plan_review", review.Cells(), intake.As{Scope: store.Everything}); err != nil {
		return "", err
	}
	switch err := s.config.Store.ReviewPlan(r.Context(), review); {
	case errors.Is(err, store.ErrReviewed):
		return "", &access.Refusal{Code: "plan_stale"}
	case errors.Is(err, store.ErrOwnPlan):
		return "", &access.Refusal{Code: "plan_own"}
	case err != nil:
		return "", err
	}
	return b.done("/plans/"+b.pathValue("/plans/"), "plan_reviewed"), s.bringIn(r.Context())
}

// decisionOf reads a decision from a form; it refuses what is no decision, has no reason, or is not allowed on the item.
func (s *Server) decisionOf(r *http.Request, b *base, item *store.PlanItem) (store.PlanReview, error) {
	no, err := strconv.Atoi(r.PostFormValue("review"))
	if err != nil {
		return store.PlanReview{}, &badFilter{Name: "review", Found: r.PostFormValue("review"), Expected: "number"}
	}
	review := store.PlanReview{Plan: item.No, No: no, Decision: execution.Status(r.PostFormValue("decision")), Reason: strings.TrimSpace(r.PostFormValue("reason")),
		On: dayOf(s.config.Now()), Reviewer: b.Who.Name}
	n := utf8.RuneCountInString(review.Reason)
	switch {
	case item.Status() == execution.Cancelled:
		return review, &access.Refusal{Code: "plan_cancelled"}
	case !review.Decision.Known():
		return review, &access.Refusal{Code: "plan_decision"}
	case review.Decision == execution.Approved && item.Barred():
		return review, &access.Refusal{Code: "plan_barred"}
	case n == 0 || n > longestReason:
		return review, &access.Refusal{Code: "plan_reason", Expected: strconv.Itoa(longestReason)}
	}
	if review.Decision == execution.Approved {
		review.Approved = strings.TrimSpace(r.PostFormValue("approved"))
	}
	return review, nil
}
