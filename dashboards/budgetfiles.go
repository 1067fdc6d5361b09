package dashboards

import (
	"context"
	"strings"

	"pingxin/pipelines/store"
)

// exportBudget is the contracts of a scenario as the page lists them, with its filters.
func (s *Server) exportBudget(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	if _, err := b.by(); err != nil {
		return nil, err
	}
	o, q, err := s.asked(ctx, v, b)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.budget"), About: append(b.about(b.T("whatif.title"), o.budgetFilters()), [2]string{b.T("whatif.assumes"), q.said(b)}),
		Head: b.titles("col.contract_no", "col.contract", "col.purchaser", "col.supplier", "col.item", "col.grade", "col.value", "col.base_yuan",
			"col.published_yuan", "col.next_yuan", "col.change_yuan", "col.against_yuan", "col.action", "col.reasons")}
	places, _, _, err := o.ordered(o.chosen())
	if err != nil {
		return nil, err
	}
	for _, at := range places {
		r, p := &o.rows[at], o.Plan.Proposal(at)
		out.Rows = append(out.Rows, []any{r.Contract, r.Name, r.PurchaserName, r.SupplierName, r.ItemName, b.Grade(gradeOrStatus(r.Grade, r.Status)), r.Value,
			fen(r.BaseFen), fen(o.before(at)), fen(o.next(at)), fen(o.change(at)), fen(o.against(at)), b.named("action", p.Action), strings.Join(b.Notes(p.Reasons), " ")})
	}
	return out, nil
}

// asked is the outcome of the address's question; a question without an answer is an error.
func (s *Server) asked(ctx context.Context, v *store.View, b *base) (*outcome, *question, error) {
	p, err := s.programmeOf(ctx, v, b.labels)
	if err != nil {
		return nil, nil, err
	}
	if p == nil {
		return nil, nil, errUnanswered
	}
	q := b.assume(p, b.query)
	o, refused, err := b.answer(p, q)
	if err == nil && refused != "" {
		err = errUnanswered
	}
	return o, q, err
}

// planHead are the columns of a file of the annual purchase plan, as an upload of it is read.
var planHead = []string{"year", "purchaser_id", "item_code", "project", "amount_yuan", "method", "status"}

// The status of a line of an exported plan.
const (
	planned = "proposed"
	decided = "adopted"
)

// exportPlan is a scenario as a template of next year's plan: that of the address, or with adopted=yes the one that
// stands, as it was adopted. A contract that gets nothing has no line.
func (s *Server) exportPlan(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	status, about, year := planned, [2]string{b.T("whatif.assumes"), ""}, 0
	var amounts []store.Amount
	if b.query.Get("adopted") != "" {
		stands, err := standing(ctx, v)
		if err != nil {
			return nil, err
		}
		if amounts, err = v.Amounts(ctx, stands.Adoption); err != nil {
			return nil, err
		}
		status, about[1], year = decided, stands.Name, stands.Year
	} else {
		o, q, err := s.asked(ctx, v, b)
		if err != nil {
			return nil, err
		}
		amounts, about[1], year = o.amounts(), q.said(b), o.year+1
	}
	rows, err := s.planRows(ctx, v, b, amounts, year, status)
	return &sheet{Name: b.T("whatif.plan.export"), About: append(b.about(b.T("whatif.plan"), filters{}), about), Plain: true, Head: planHead, Rows: rows}, err
}

// standing is the scenario that was adopted last.
func standing(ctx context.Context, v *store.View) (store.Scenario, error) {
	all, err := v.Scenarios(ctx)
	if err != nil {
		return store.Scenario{}, err
	}
	for _, k := range all {
		if k.Stands {
			return k, nil
		}
	}
	return store.Scenario{}, store.ErrNotInRun
}

// planRows is a line for each contract that gets something. Two contracts of one name are told apart by their numbers.
func (s *Server) planRows(ctx context.Context, v *store.View, b *base, amounts []store.Amount, year int, status string) ([][]any, error) {
	programme, err := s.programmeOf(ctx, v, b.labels)
	if err != nil {
		return nil, err
	}
	if programme == nil {
		return nil, errUnanswered
	}
	ways, err := v.PurchaseMethods(ctx)
	if err != nil {
		return nil, err
	}
	names, seen := map[string]string{}, map[string]int{}
	project := func(a *store.Amount) string {
		return a.PurchaserID + "\x00" + a.ItemCode + "\x00" + names[a.ContractNo]
	}
	for _, r := range programme.rows {
		names[r.Contract] = orText(r.Name, r.Contract)
	}
	for i := range amounts {
		seen[project(&amounts[i])]++
	}
	var rows [][]any
	for i := range amounts {
		a := &amounts[i]
		if a.NextFen == 0 {
			continue
		}
		name := orText(names[a.ContractNo], a.ContractNo)
		if seen[project(a)] > 1 && name != a.ContractNo {
			name += " " + a.ContractNo
		}
		rows = append(rows, []any{int64(year), a.PurchaserID, a.ItemCode, name, fen(a.NextFen), ways[a.ContractNo], status})
	}
	return rows, nil
}
