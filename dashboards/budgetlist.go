package dashboards

import (
	"cmp"
	"slices"

	"pingxin/budget"
)

// contractOrders are the ways to order contracts.
var contractOrders = map[string]func(o *outcome, a, b int) int{
	"contract": func(_ *outcome, a, b int) int { return cmp.Compare(a, b) }, // the rows stand in that order
	"value":    func(o *outcome, a, b int) int { return cmp.Compare(o.rows[a].Value, o.rows[b].Value) },
	"base":     func(o *outcome, a, b int) int { return cmp.Compare(o.rows[a].BaseFen, o.rows[b].BaseFen) },
	"before":   func(o *outcome, a, b int) int { return cmp.Compare(o.before(a), o.before(b)) },
	"next":     func(o *outcome, a, b int) int { return cmp.Compare(o.next(a), o.next(b)) },
	"change":   func(o *outcome, a, b int) int { return cmp.Compare(o.change(a), o.change(b)) },
	"against":  func(o *outcome, a, b int) int { return cmp.Compare(o.against(a), o.against(b)) },
}

func (o *outcome) before(at int) int64  { return o.published[at] }
func (o *outcome) next(at int) int64    { return o.nextFen[at] }
func (o *outcome) change(at int) int64  { return o.nextFen[at] - o.thisYear[at] }
func (o *outcome) against(at int) int64 { return o.next(at) - o.before(at) }

// ordered are places in the order of the address; without one, what differs most from the published proposals comes
// first, then what changes most against this year.
func (o *outcome) ordered(places []int) (sorted []int, key string, descending bool, err error) {
	known := map[string]string{}
	for name := range contractOrders {
		known[name] = name
	}
	if key, descending, err = sortOf(o.query, known); err != nil {
		return nil, key, descending, err
	}
	order, chosen := contractOrders[key]
	sorted = slices.SortedFunc(slices.Values(places), func(a, b int) int {
		if !chosen {
			return cmp.Or(cmp.Compare(distance(o.against(b)), distance(o.against(a))), cmp.Compare(distance(o.change(b)), distance(o.change(a))), cmp.Compare(a, b))
		}
		by := order(o, a, b)
		if descending {
			by = -by
		}
		return cmp.Or(by, cmp.Compare(a, b))
	})
	return sorted, key, descending, nil
}

func distance(fen int64) int64 { return max(fen, -fen) }

// listContracts lists the contracts at some places, with their amounts before and after, and why.
func (p *budgetPage) listContracts(places []int) error {
	page, err := p.base.pageOf()
	if err != nil {
		return err
	}
	places, key, descending, err := p.ordered(places)
	if err != nil {
		return err
	}
	shown := p.base.paging(page, len(places))
	p.Pages = &shown
	p.List = table{Caption: p.T("whatif.by.contract"), Empty: p.T("whatif.empty"), Head: p.base.columns("col.contract", "#col.grade?grade_bands", "$col.base", "$whatif.published",
		"$whatif.scenario", "$whatif.change?"+p.BudgetMethod(), "$col.against", "col.reasons", "whatif.suppose")}
	p.List.Head[0].Name, p.List.Head[7].Name = true, true
	for i, by := range []string{"contract", "value", "base", "before", "next", "change", "against"} {
		p.base.sortable(&p.List.Head[i], by, key, direction(descending), "desc")
	}
	var whole budget.Effect
	for _, at := range places {
		p.count(&whole, at)
	}
	for _, at := range places[min((page-1)*pageSize, len(places)):min(page*pageSize, len(places))] {
		p.List.Rows = append(p.List.Rows, p.contractRow(at))
	}
	p.List.Foot = []cell{text(p.T("table.total_all", "Count", p.CountInt(len(places)))), {}, text(p.Money(whole.BaseFen)), text(p.Money(whole.BeforeFen)),
		{Text: p.Money(whole.NextFen), Strong: true}, {Text: p.Change(whole.ChangeFen()), Sub: shareOf(whole.ChangeFen(), whole.BaseFen)}, text(p.Change(whole.AgainstFen())), {}, {}}
	return nil
}

// contractRow is one contract of the list.
func (p *budgetPage) contractRow(at int) []cell {
	row, proposed := &p.rows[at], p.Plan.Proposal(at)
	grade := p.base.grade(gradeOrStatus(row.Grade, row.Status))
	grade.Sub = number(row.Value, 2)
	suppose := link(p.T("whatif.suppose.held"), p.Here("dispute", row.Contract, "verdict", "held", "value", ""))
	if d := p.Scenario.Disputed; d != nil && d.Contract == row.Contract {
		grade.Sub = p.T("whatif.supposed", "Was", grade.Sub)
		suppose = link(p.T("whatif.suppose.undo"), p.Here("dispute", "", "verdict", "", "value", ""))
	}
	reasons := cell{Text: p.base.named("action", proposed.Action), List: p.Notes(proposed.Reasons)}
	return []cell{{Text: orText(row.Name, row.Contract), Sub: row.Contract + " · " + row.PurchaserName, URL: p.Contract(row.Contract)}, grade,
		text(p.Money(row.BaseFen)), text(p.Money(p.before(at))), {Text: p.Money(p.next(at)), Strong: true},
		{Text: p.Change(p.change(at)), Sub: shareOf(p.change(at), row.BaseFen)}, text(p.Change(p.against(at))), reasons, suppose}
}
