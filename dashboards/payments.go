package dashboards

import (
	"cmp"
	"context"
	"slices"

	"pingxin/budget/execution"
	"pingxin/pipelines/store"
)

// aheadOfEvaluation is the state of payments by which more was paid than may be before the evaluation.
const aheadOfEvaluation = "ahead"

// paidStage is one payment of a contract with what is to be said of it.
type paidStage struct {
	*store.ExecutionContract
	execution.Payment
	timing execution.Timing
	days   int  // after the day on which it was due; before it: negative
	ahead  bool // with it more was paid than may be before the evaluation
}

// is says whether the payment has a state by which the list is filtered.
func (s *paidStage) is(state string) bool {
	return state == "" || state == string(s.timing) || state == aheadOfEvaluation && s.ahead
}

// stages lists the payments of the wanted contracts, the latest after its day first.
func (k *executionBook) stages(w wanted) []paidStage {
	var all []paidStage
	for _, i := range k.wanted(w) {
		c := &k.contracts[i]
		before, _, ahead := k.rules.AheadOfEvaluation(&c.Contract, k.asOf)
		for _, pay := range c.Payments {
			s := paidStage{ExecutionContract: c, Payment: pay, ahead: ahead && pay.Stage == before.Stage}
			s.timing, s.days = k.rules.Timing(pay, k.asOf)
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b paidStage) int { return cmp.Compare(b.days, a.days) })
	return all
}

// paymentStates are what payments can be filtered by.
func paymentStates() []string {
	states := []string{aheadOfEvaluation}
	for _, t := range execution.Timings {
		states = append(states, string(t))
	}
	return states
}

func (s *Server) payments(ctx context.Context, v *store.View, b *base) (any, error) {
	p, book, w, err := s.ledgerOf(ctx, v, b, "payments")
	if book == nil || err != nil {
		return p, err
	}
	state := b.query.Get("state")
	if state != "" && !slices.Contains(paymentStates(), state) {
		return nil, &badFilter{Name: "state", Found: state, Expected: "tab"}
	}
	all := book.stages(w)
	var choices []store.Choice
	for _, id := range paymentStates() {
		choices = append(choices, store.Choice{ID: id, Name: b.T("plan.timing." + id)})
	}
	p.filter(book, w.year, field{Name: "state", Choices: choices})
	b.paymentSummary(p, w, all)
	wantedOnes := slices.DeleteFunc(all, func(s paidStage) bool { return !s.is(state) })
	shown, err := cut(p, wantedOnes)
	if err != nil {
		return nil, err
	}
	p.List = table{Caption: b.Title, Empty: b.T("plan.empty"), Head: b.columns("col.contract", "col.purchaser", "plan.col.stage", "plan.col.due_on", "plan.col.paid_on", "#plan.col.days",
		"$col.amount", "plan.col.timing?execution")}
	p.List.Head[0].Name = true
	for _, one := range shown {
		p.List.Rows = append(p.List.Rows, b.paymentRow(p, book, &one))
	}
	var fen int64
	for i := range wantedOnes {
		fen += wantedOnes[i].Payment.AmountFen
	}
	p.List.Foot = []cell{text(b.T("plan.total_payments", "Count", b.CountInt(len(wantedOnes)))), {}, {}, {}, {}, {}, text(b.Money(fen)), {}}
	return p, nil
}

// paymentRow is one payment of the list.
func (b *base) paymentRow(p *ledgerPage, k *executionBook, s *paidStage) []cell {
	timing := cell{Text: b.T("plan.timing." + string(s.timing)), Strong: s.timing == execution.Overdue || s.timing == execution.Late}
	if s.ahead {
		timing.Sub = b.T("plan.timing." + aheadOfEvaluation)
	}
	days := ""
	if s.days != 0 {
		days = signed(float64(s.days), 0)
	}
	return []cell{p.contractCell(s.ExecutionContract), {Text: k.name(s.Purchaser), Sub: k.name(s.Item)}, text(s.Stage), text(day(s.DueOn)), text(day(s.PaidOn)), text(days),
		text(b.Money(s.Payment.AmountFen)), timing}
}

// paymentSummary counts payments by their timing, and says how timely they were.
func (b *base) paymentSummary(p *ledgerPage, w wanted, all []paidStage) {
	if len(all) == 0 {
		p.Answers = []string{b.T("plan.payments.none", "Year", w.year)}
		return
	}
	type sum struct {
		n   int
		fen int64
	}
	sums := map[string]sum{}
	for i := range all {
		for _, id := range paymentStates() {
			if all[i].is(id) {
				sums[id] = sum{sums[id].n + 1, sums[id].fen + all[i].Payment.AmountFen}
			}
		}
	}
	t := table{Caption: b.T("plan.timings"), Head: b.columns("plan.col.timing?execution", "#plan.col.payments", "$col.amount", "#col.share")}
	for _, id := range paymentStates() {
		if s := sums[id]; s.n > 0 {
			t.Rows = append(t.Rows, []cell{link(b.T("plan.timing."+id), b.Toggle("state", id)), text(b.CountInt(s.n)), text(b.Money(s.fen)), text(rate(ratio(int64(s.n), int64(len(all)))))})
		}
	}
	p.Sections = append(p.Sections, ledgerSection{Title: b.T("plan.timings"), Note: b.T("plan.timings.note"), Table: t})
	due := sums[string(execution.InTime)].n + sums[string(execution.Early)].n + sums[string(execution.Late)].n + sums[string(execution.Overdue)].n
	p.Answers = []string{b.T("plan.payments.answer", "Year", w.year, "N", due, "Due", b.CountInt(due), "InTime", rate(ratio(int64(sums[string(execution.InTime)].n), int64(due))),
		"Late", b.CountInt(sums[string(execution.Late)].n), "Overdue", b.CountInt(sums[string(execution.Overdue)].n), "Money", b.Money(sums[string(execution.Overdue)].fen),
		"Unit", b.UnitName(), "Ahead", b.CountInt(sums[aheadOfEvaluation].n))}
}
