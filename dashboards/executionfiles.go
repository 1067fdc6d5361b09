package dashboards

import (
	"context"
	"math"
	"strconv"

	"pingxin/budget/execution"
	"pingxin/pipelines/store"
)

// bookFile begins a file of the book, which says of which year it is and by which further fields it is filtered; the book is nil
// under a policy without rules for it.
func (s *Server) bookFile(ctx context.Context, v *store.View, b *base, nav string, more ...field) (*sheet, *executionBook, wanted, error) {
	book, err := s.bookOf(ctx, v, b.labels)
	if err != nil {
		return nil, nil, wanted{}, err
	}
	opens := 0
	if book != nil {
		opens = begun(book.years, book.asOf)
	}
	w, err := b.wantedOf(opens)
	said := b.newFilters(append([]field{{Name: "q"}, {Name: "purchaser"}, {Name: "item"}}, more...)...)
	return &sheet{Name: b.T("nav." + nav), About: append(b.about(b.T("nav."+nav), said), [2]string{b.T("filter.year"), strconv.Itoa(w.year)})}, book, w, err
}

// exportExecution lists every wanted contract from plan to evaluation.
func (s *Server) exportExecution(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	out, book, w, err := s.bookFile(ctx, v, b, "execution", b.moneyField())
	if book == nil || err != nil {
		return out, err
	}
	if w.money, err = b.moneyState(); err != nil {
		return nil, err
	}
	planned := map[string]int64{}
	for i := range book.plans {
		planned[book.plans[i].No] = book.plans[i].PlannedFen()
	}
	out.Head = b.titles("col.contract_no", "col.contract", "col.purchaser", "col.item", "col.year", "plan.col.no", "plan.col.planned_yuan", "col.amount_yuan", "plan.col.paid_yuan",
		"plan.col.signed_on", "plan.col.evaluated_on", "plan.col.findings")
	for _, i := range book.wanted(w) {
		c := &book.contracts[i]
		out.Rows = append(out.Rows, []any{c.No, c.Name, book.name(c.Purchaser), book.name(c.Item), int64(c.Year), c.Plan, fen(planned[c.Plan]), fen(c.AmountFen), fen(c.PaidFen(book.asOf)),
			dayOrEmpty(c.SignedOn), dayOrEmpty(c.EvaluatedOn), b.sentences(b.Notes(book.rules.Findings(&c.Contract, book.asOf)))})
	}
	return out, nil
}

// sentences joins sentences in one cell.
func (b *base) sentences(all []string) string {
	text := ""
	for i, s := range all {
		if i > 0 {
			text += " "
		}
		text += s
	}
	return text
}

func (s *Server) exportReadiness(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	out, book, w, err := s.bookFile(ctx, v, b, "readiness", field{Name: "lack", Choices: b.namedChoices("plan.lack", []string{b.query.Get("lack")})})
	if book == nil || err != nil {
		return out, err
	}
	out.Head = b.titles("col.contract_no", "col.contract", "col.purchaser", "col.item", "col.year", "plan.col.signed_on", "col.amount_yuan", "plan.col.lacks")
	all, _, _ := book.unready(w, b.query.Get("lack"))
	for _, u := range all {
		out.Rows = append(out.Rows, []any{u.No, u.Name, book.name(u.Purchaser), book.name(u.Item), int64(u.Year), dayOrEmpty(u.SignedOn), fen(u.AmountFen), b.sentences(b.Notes(u.lacks))})
	}
	return out, nil
}

func (s *Server) exportPayments(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	out, book, w, err := s.bookFile(ctx, v, b, "payments", field{Name: "state", Choices: b.namedChoices("plan.timing", paymentStates())})
	if book == nil || err != nil {
		return out, err
	}
	out.Head = b.titles("col.contract_no", "col.contract", "col.purchaser", "col.item", "col.year", "plan.col.stage", "plan.col.due_on", "plan.col.paid_on", "plan.col.days", "col.amount_yuan", "plan.col.timing",
		"plan.timing.ahead")
	for _, one := range book.stages(w) {
		if !one.is(b.query.Get("state")) {
			continue
		}
		ahead := ""
		if one.ahead {
			ahead = b.T("plan.timing.ahead")
		}
		out.Rows = append(out.Rows, []any{one.No, one.Name, book.name(one.Purchaser), book.name(one.Item), int64(one.Year), one.Stage, dayOrEmpty(one.DueOn), dayOrEmpty(one.PaidOn), int64(one.days),
			fen(one.Payment.AmountFen), b.T("plan.timing." + string(one.timing)), ahead})
	}
	return out, nil
}

// exportPurchase lists the wanted contracts by their way of purchase, with what does not go with the amount.
func (s *Server) exportPurchase(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	out, book, w, err := s.bookFile(ctx, v, b, "purchase")
	if book == nil || err != nil {
		return out, err
	}
	split := map[string]bool{}
	for _, one := range book.rules.Splits(execution.Each(book.chosen(w))) {
		for _, no := range one.Contracts {
			split[no] = true
		}
	}
	out.Head = b.titles("col.contract_no", "col.contract", "col.purchaser", "col.item", "col.year", "plan.col.method", "col.amount_yuan", "plan.col.findings", "plan.splits")
	for _, i := range book.wanted(w) {
		c := &book.contracts[i]
		together := ""
		if split[c.No] {
			together = b.T("plan.splits")
		}
		out.Rows = append(out.Rows, []any{c.No, c.Name, book.name(c.Purchaser), book.name(c.Item), int64(c.Year), b.PurchaseMethod(c.Method), fen(c.AmountFen),
			b.sentences(b.Notes(book.rules.Method(c.Year, c.Method, c.AmountFen, true))), together})
	}
	return out, nil
}

func (s *Server) exportRollout(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	out, book, _, err := s.bookFile(ctx, v, b, "rollout")
	if book == nil || err != nil {
		return out, err
	}
	out.About = b.about(b.T("nav.rollout"), filters{}) // it has every year
	out.Head = b.titles("col.year", "plan.aim.departments", "plan.col.of_departments", "plan.aim.items", "plan.col.of_items", "col.contracts", "col.amount_yuan", "plan.col.evaluated_yuan", "plan.col.purchased_share_pct")
	for _, y := range book.rolloutYears() {
		out.Rows = append(out.Rows, []any{int64(y.Year), int64(y.Departments), int64(y.OfDepartments), int64(y.Items), int64(y.OfItems), int64(y.Contracts), fen(y.ContractFen), fen(y.EvaluatedFen),
			math.Round(y.PurchasedShare()*1000) / 10})
	}
	return out, nil
}

func (s *Server) exportPlans(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	book, err := s.plansOf(ctx, v, b)
	out := &sheet{Name: b.T("nav.plans"), About: b.about(b.T("nav.plans"), b.newFilters(field{Name: "q"}, field{Name: "purchaser"}, field{Name: "item"}, field{Name: "status"}, field{Name: "look"}))}
	if err != nil || book == nil {
		return out, err
	}
	f, err := b.planFilterOf(book)
	if err != nil {
		return nil, err
	}
	out.About = append(out.About, [2]string{b.T("filter.year"), strconv.Itoa(f.year)})
	all, _, _, err := book.listed(b, f)
	if err != nil {
		return nil, err
	}
	out.Head = b.titles("plan.col.no", "plan.col.project", "col.purchaser", "col.item", "col.year", "plan.col.method", "plan.col.method_reason", "plan.col.asked_yuan", "plan.col.planned_yuan", "col.contracts",
		"plan.col.contracted_yuan", "plan.col.status", "plan.col.reason", "plan.col.look")
	for _, i := range all {
		reason := ""
		if n := len(i.Reviews); n > 0 {
			reason = i.Reviews[n-1].Reason
		}
		out.Rows = append(out.Rows, []any{i.No, i.Project, i.PurchaserName, i.ItemName, int64(i.Year), b.PurchaseMethod(i.Method), i.Reason, fen(i.AmountFen), fen(i.ApprovedFen()), int64(i.Contracts), fen(i.ContractFen),
			b.T("plan.status." + string(i.Status())), reason, b.sentences(b.Notes(book.examine(i)))})
	}
	return out, nil
}
