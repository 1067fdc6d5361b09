package dashboards

import (
	"context"
	"slices"

	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// budgetPage shows next year's proposals.
type budgetPage struct {
	*base
	Tabs    []tab
	List    table
	Pages   *pages // nil: the whole list is shown
	Filters filters
	Totals  store.BudgetTotals
	Flow    *figure
	Answer  string
}

// tab leads to one of some pages that belong together, or to one way to group a list.
type tab struct {
	Label, URL string
	Current    bool
}

// The ways to group the proposals; the first is the default.
var budgetTabs = []string{"purchaser", "item", "contract"}

func (s *Server) budget(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("budget", b.T("nav.budget"))
	p := &budgetPage{base: b}
	filter, err := b.budgetFilter()
	if err != nil {
		return nil, err
	}
	if p.Totals, err = v.BudgetTotals(ctx, filter); err != nil {
		return nil, err
	}
	p.Answer = b.T("budget.answer", "N", p.Totals.Contracts, "Shown", b.CountInt(p.Totals.Contracts), "Base", b.Money(p.Totals.BaseFen), "Next",
		b.Money(p.Totals.NextFen()),
		"Change", b.Change(p.Totals.ChangeFen), "Unit", b.UnitName(), "Raised", b.CountInt(p.Totals.Raised), "Cut", b.CountInt(p.Totals.Lessen))
	flows, err := v.BudgetFlow(ctx, filter)
	if err != nil {
		return nil, err
	}
	if p.Flow, err = p.sankey(flows); err != nil {
		return nil, err
	}
	if p.Filters, err = b.budgetFilters(ctx, v, flows); err != nil {
		return nil, err
	}
	return p, p.listBy(ctx, v, filter)
}

func (b *base) budgetFilter() (store.BudgetFilter, error) {
	q := b.query
	f := store.BudgetFilter{Search: q.Get("q"), Purchaser: q.Get("purchaser"), Item: q.Get("item"), Action: q.Get("action"), Grade: q.Get("grade")}
	var err error
	if by := b.by(); !slices.Contains(budgetTabs, by) {
		return f, &badFilter{Name: "by", Found: by, Expected: "tab"}
	}
	f.Sort, f.Descending, err = sortOf(q, store.BudgetSorts)
	return f, err
}

// by is the chosen way to group.
func (b *base) by() string { return orText(b.query.Get("by"), budgetTabs[0]) }

func (b *base) budgetFilters(ctx context.Context, v *store.View, flows []store.Group) (filters, error) {
	choices, err := v.Choices(ctx)
	if err != nil {
		return filters{}, err
	}
	var actions []store.Choice
	for _, f := range flows {
		actions = addChoice(actions, f.Action, b.named("action", f.Action), f.Contracts)
	}
	return b.newFilters(field{Name: "q"}, field{Name: "purchaser", Choices: choices.Purchasers}, field{Name: "item", Choices: choices.Items},
		field{Name: "grade", Choices: b.gradeChoices()}, field{Name: "action", Choices: actions}), nil
}

// listBy lists the proposals by the chosen tab.
func (p *budgetPage) listBy(ctx context.Context, v *store.View, f store.BudgetFilter) error {
	by := p.by()
	for _, name := range budgetTabs {
		p.Tabs = append(p.Tabs, tab{Label: p.T("budget.by." + name), URL: p.Here("by", name, "sort", "", "dir", ""), Current: name == by})
	}
	switch by {
	case "contract":
		return p.listContracts(ctx, v, f)
	case "item":
		groups, err := v.BudgetByItem(ctx, f)
		p.List = p.groupTable(groups, "col.item", "item")
		return err
	default:
		groups, err := v.BudgetByPurchaser(ctx, f)
		p.List = p.groupTable(groups, "col.purchaser", "purchaser")
		return err
	}
}

func (p *budgetPage) groupTable(groups []store.BudgetGroup, title, filter string) table {
	t := table{Caption: p.T("nav.budget"), Empty: p.T("budget.empty"),
		Head: p.columns(title, "#col.contracts", "$col.base", "$col.raised", "$col.cut", "$col.change?"+p.BudgetMethod(), "$col.next", "#col.change_pct")}
	row := func(name cell, g store.BudgetTotals) []cell {
		return []cell{name, text(p.CountInt(g.Contracts)), text(p.Money(g.BaseFen)), text(p.Change(g.RaisedFen)), text(p.Money(g.CutFen)),
			text(p.Change(g.ChangeFen)),
			{Text: p.Money(g.NextFen()), Strong: true}, text(shareOf(g.ChangeFen, g.BaseFen))}
	}
	for _, g := range groups {
		t.Rows = append(t.Rows, row(link(g.Name, p.Here("by", "contract", filter, g.ID)), g.BudgetTotals))
	}
	t.Foot = row(text(p.T("table.total")), p.Totals)
	return t
}

// shareOf is a change in percent of its base.
func shareOf(change, of int64) string {
	if of == 0 {
		return none
	}
	return signed(float64(change)/float64(of)*100, 1) + "%"
}

func (p *budgetPage) listContracts(ctx context.Context, v *store.View, f store.BudgetFilter) error {
	page, err := p.pageOf()
	if err != nil {
		return err
	}
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	rows, err := v.Proposals(ctx, f)
	if err != nil {
		return err
	}
	shown := p.paging(page, p.Totals.Contracts)
	p.Pages = &shown
	p.List = table{Caption: p.T("nav.budget"), Empty: p.T("budget.empty"),
		Head: p.columns("col.contract", "col.purchaser", "col.grade?grade_bands", "#col.value?evaluation", "$col.base",
			"$col.change?"+p.BudgetMethod(), "$col.next", "col.action",
			"col.reasons")}
	for i, key := range []string{"contract", "", "", "value", "base", "change", "", "", ""} {
		if key != "" {
			p.sortable(&p.List.Head[i], key, f.Sort, direction(f.Descending), "desc")
		}
	}
	for _, r := range rows {
		p.List.Rows = append(p.List.Rows, []cell{{Text: orText(r.Name, r.ContractNo), Sub: r.ContractNo, URL: p.Contract(r.ContractNo),
			Strong: true}, text(r.PurchaserName), p.grade(r.Grade),
			text(number(r.Value, 2)), text(p.Money(r.BaseFen)), {Text: p.Change(r.ChangeFen), Sub: shareOf(r.ChangeFen,
				r.BaseFen)}, {Text: p.Money(r.NextFen()), Strong: true},
			text(p.named("action", r.Action)), {List: p.Notes(r.Reasons)}})
	}
	p.List.Foot = []cell{text(p.T("table.total_all", "Count", p.CountInt(p.Totals.Contracts))), {}, {}, {}, text(p.Money(p.Totals.BaseFen)),
		text(p.Change(p.Totals.ChangeFen)), {Text: p.Money(p.Totals.NextFen()), Strong: true}, {}, {}}
	return nil
}

// sankey shows how money flows from the grades to what is proposed.
func (p *budgetPage) sankey(groups []store.Group) (*figure, error) {
	groups = p.inOrder(groups)
	data := table{Head: p.columns("col.grade", "col.action", "#col.contracts", "$col.base", "$col.change?"+p.BudgetMethod(), "$col.next")}
	var nodes []charts.Node
	var flows []charts.Flow
	add := func(n charts.Node) {
		if !slices.ContainsFunc(nodes, func(known charts.Node) bool { return known.Name == n.Name }) {
			nodes = append(nodes, n)
		}
	}
	for _, g := range groups {
		grade, action := p.Grade(g.Grade), p.named("action", g.Action)
		from, to := grade, p.T("budget.flow.to", "Action", action)
		tip := grade + " → " + action + "\n" + p.Money(g.AmountFen) + " → " + p.Money(g.AmountFen+g.ChangeFen) + " " + p.UnitName() +
			"\n" + p.T("tip.contracts", "N", g.Contracts)
		data.Rows = append(data.Rows, []cell{p.grade(g.Grade), text(action), text(p.CountInt(g.Contracts)), text(p.Money(g.AmountFen)),
			text(p.Change(g.ChangeFen)), text(p.Money(g.AmountFen + g.ChangeFen))})
		if g.AmountFen <= 0 {
			continue
		}
		add(charts.Node{Name: from, Color: "@" + p.GradeClass(g.Grade), Tip: grade, URL: p.Here("by", "contract", "grade", g.Grade)})
		add(charts.Node{Name: to, Color: "@muted", Depth: 1, Tip: action, URL: p.Here("by", "contract", "action", g.Action)})
		flows = append(flows, charts.Flow{From: from, To: to, Value: p.inUnit(g.AmountFen), Tip: tip, URL: p.Here("by", "contract", "grade",
			g.Grade, "action", g.Action)})
	}
	data.Foot = []cell{text(p.T("table.total")), {}, text(p.CountInt(p.Totals.Contracts)), text(p.Money(p.Totals.BaseFen)),
		text(p.Change(p.Totals.ChangeFen)), text(p.Money(p.Totals.NextFen()))}
	summary := p.T("budget.flow.summary")
	option, err := charts.Sankey(summary, nodes, flows)
	return p.newFigure("flow", p.T("budget.flow"), summary, "medium", option, err, data)
}
