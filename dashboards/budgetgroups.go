package dashboards

import (
	"cmp"
	"slices"
	"strings"

	"pingxin/budget"
	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// byContract is the way to list contracts one by one.
const byContract = "contract"

// dimension is a way to group contracts: the id of a contract's group, and how it is called. It is a filter of the same
// name.
type dimension struct {
	id    string
	group func(p *programme, at int) string // nil: by what the scenario does to it
	name  func(b *base, row *store.BudgetItem, id string) string
}

var dimensions = []dimension{
	{"purchaser", func(p *programme, at int) string { return p.rows[at].Purchaser }, func(_ *base, row *store.BudgetItem, _ string) string { return row.PurchaserName }},
	{"item", func(p *programme, at int) string { return p.rows[at].ItemCode }, func(_ *base, row *store.BudgetItem, _ string) string { return row.ItemName }},
	{"type", func(p *programme, at int) string { return orText(p.rows[at].SupplierType, unknownGroup) }, func(b *base, _ *store.BudgetItem, id string) string {
		if id == unknownGroup {
			return b.T("whatif.unknown")
		}
		return b.named("supplier_type", id)
	}},
	{"size", func(p *programme, at int) string { return p.sizes[p.rows[at].Supplier] }, func(b *base, _ *store.BudgetItem, id string) string { return b.T("whatif.size." + id) }},
	{"grade", func(p *programme, at int) string { return gradeOrStatus(p.rows[at].Grade, p.rows[at].Status) }, func(b *base, _ *store.BudgetItem, id string) string { return b.Grade(id) }},
	{"division", func(p *programme, at int) string { return orText(p.rows[at].Division, unknownGroup) }, func(b *base, _ *store.BudgetItem, id string) string {
		if id == unknownGroup {
			return b.T("whatif.unknown")
		}
		return id
	}},
	{"action", nil, func(b *base, _ *store.BudgetItem, id string) string { return b.named("action", id) }},
}

// dimensionOf is the dimension of an id that there is.
func dimensionOf(id string) *dimension {
	return &dimensions[slices.IndexFunc(dimensions, func(d dimension) bool { return d.id == id })]
}

// unknownGroup is the group of contracts of which nothing is recorded.
const unknownGroup = "unknown"

// budgetTabs are the ways to list: by each dimension, and by contract.
func budgetTabs() []string {
	var names []string
	for _, d := range dimensions {
		names = append(names, d.id)
	}
	return append(names, byContract)
}

// group is a group of contracts with what the scenario does to it.
type group struct {
	ID, Name string
	budget.Effect
}

// rise is the change of a group against this year, per yuan.
func (g *group) rise() float64 {
	if g.BaseFen == 0 {
		return 0
	}
	return float64(g.ChangeFen()) / float64(g.BaseFen)
}

// parting is how a dimension parts contracts into groups.
type parting struct {
	ids       []string // of the groups, those with most money this year first
	first     []int    // place of the first contract of each group
	contracts []int    // of each group
	of        []int32  // the group of each contract, as its place in ids
}

// partingOf parts contracts, whose fen of this year are given, by the ids of their groups.
func partingOf(thisYear []int64, id func(at int) string) *parting {
	type part struct {
		id        string
		met       int32 // how many groups were met before
		first     int
		contracts int
		fen       int64
	}
	var parts []part
	p, known := &parting{of: make([]int32, len(thisYear))}, map[string]int32{}
	for at := range p.of {
		name := id(at)
		met, there := known[name]
		if !there {
			met = int32(len(parts))
			known[name] = met
			parts = append(parts, part{id: name, met: met, first: at})
		}
		p.of[at] = met
		parts[met].contracts++
		parts[met].fen += thisYear[at]
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Or(cmp.Compare(b.fen, a.fen), cmp.Compare(a.id, b.id)) })
	place := make([]int32, len(parts))
	for i := range parts {
		place[parts[i].met] = int32(i)
		p.ids, p.first, p.contracts = append(p.ids, parts[i].id), append(p.first, parts[i].first), append(p.contracts, parts[i].contracts)
	}
	for at := range p.of {
		p.of[at] = place[p.of[at]]
	}
	return p
}

// parting is how a dimension parts the contracts of the scenario.
func (o *outcome) parting(d *dimension) *parting {
	if p, fixed := o.partings[d.id]; fixed {
		return p
	}
	if o.actions == nil {
		o.actions = partingOf(o.thisYear, o.Plan.Action)
	}
	return o.actions
}

// groups sums the contracts at some places up by a dimension, largest first; grades stand in their own order.
func (o *outcome) groups(by string, places []int) []group {
	d := dimensionOf(by)
	parts := o.parting(d)
	sums := make([]budget.Effect, len(parts.ids))
	for _, place := range places {
		o.count(&sums[parts.of[place]], place)
	}
	var all []group
	for i, id := range parts.ids {
		if sums[i].Contracts > 0 {
			all = append(all, group{ID: id, Name: d.name(o.base, &o.rows[parts.first[i]], id), Effect: sums[i]})
		}
	}
	slices.SortFunc(all, func(a, b group) int { return cmp.Or(cmp.Compare(b.BaseFen, a.BaseFen), cmp.Compare(a.ID, b.ID)) })
	return inGradeOrder(o, by, all, func(g *group) string { return g.ID })
}

// inGradeOrder puts what is grouped by grade in the order of grades, and leaves what is grouped by another dimension.
func inGradeOrder[T any](o *outcome, by string, all []T, id func(*T) string) []T {
	if by == "grade" {
		order := o.gradesOf()
		slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(placeIn(order, id(&a)), placeIn(order, id(&b))) })
	}
	return all
}

// choices are all groups of a dimension.
func (o *outcome) choices(d *dimension) []store.Choice {
	parts := o.parting(d)
	all := make([]store.Choice, len(parts.ids))
	for i, id := range parts.ids {
		all[i] = store.Choice{ID: id, Name: d.name(o.base, &o.rows[parts.first[i]], id), Count: parts.contracts[i]}
	}
	return inGradeOrder(o, d.id, all, func(c *store.Choice) string { return c.ID })
}

// placeIn is the place of an id in a list; what is not in it comes last.
func placeIn(order []string, id string) int {
	if at := slices.Index(order, id); at >= 0 {
		return at
	}
	return len(order)
}

// effectHead is the head of a table of groups.
func (o *outcome) effectHead(title string) []head {
	return o.base.columns(title, "#col.contracts", "$col.base", "$whatif.published", "$whatif.scenario", "$whatif.change?"+o.BudgetMethod(), "#col.change_pct",
		"#whatif.gaining", "#whatif.losing", "#whatif.moved")
}

// effectRow is a line of a table of groups.
func (b *base) effectRow(name cell, e *budget.Effect) []cell {
	return []cell{name, text(b.CountInt(e.Contracts)), text(b.Money(e.BaseFen)), {Text: b.Money(e.BeforeFen)},
		{Text: b.Money(e.NextFen), Strong: true, Sub: b.differs(e.AgainstFen())}, text(b.Change(e.ChangeFen())), text(shareOf(e.ChangeFen(), e.BaseFen)),
		text(countOrBlank(e.Gaining)), text(countOrBlank(e.Losing)), text(shareText(e.MovedFen(), e.BaseFen))}
}

// differs says how far an amount is from the published one; nothing where it is the same.
func (b *base) differs(fen int64) string {
	if fen == 0 {
		return ""
	}
	return b.T("whatif.differs", "Change", b.Change(fen))
}

// listGroups lists the groups of a dimension; each leads to its contracts. The total is that of all groups, whatever the page.
func (p *budgetPage) listGroups(by string, places []int) (err error) {
	b := p.base
	p.List = table{Caption: b.T("whatif.by." + by), Empty: b.T("whatif.empty"), Head: p.effectHead("filter." + by)}
	var whole budget.Effect
	for _, place := range places {
		p.count(&whole, place)
	}
	var shown []group
	if shown, p.Pages, err = cutWhereLong(b, p.groups(by, places)); err != nil {
		return err
	}
	for _, g := range shown {
		name := link(g.Name, b.Here("by", byContract, by, g.ID))
		if by == "grade" {
			name.Class = b.GradeClass(g.ID)
		}
		p.List.Rows = append(p.List.Rows, b.effectRow(name, &g.Effect))
	}
	p.List.Foot = b.effectRow(text(b.T("table.total")), &whole)
	return nil
}

// chosen is the places of the contracts that the filters of the address leave. It is not to be changed.
func (o *outcome) chosen() []int {
	search, wanted := strings.ToLower(strings.TrimSpace(o.query.Get("q"))), o.wanted()
	if search == "" && len(wanted) == 0 {
		return o.every
	}
	var places []int
	for at := range o.rows {
		row := &o.rows[at]
		if search != "" && !strings.Contains(strings.ToLower(row.Contract), search) && !strings.Contains(strings.ToLower(row.Name), search) &&
			!strings.Contains(strings.ToLower(row.SupplierName), search) {
			continue
		}
		if !slices.ContainsFunc(wanted, func(w wantedGroup) bool { return w.of[at] != w.group }) {
			places = append(places, at)
		}
	}
	return places
}

// wantedGroup is a group that the address asks for; -1 is one that no contract is in.
type wantedGroup struct {
	of    []int32
	group int32
}

// wanted are the groups that the address asks for.
func (o *outcome) wanted() (all []wantedGroup) {
	for i := range dimensions {
		if id := o.query.Get(dimensions[i].id); id != "" {
			parts := o.parting(&dimensions[i])
			all = append(all, wantedGroup{parts.of, int32(slices.Index(parts.ids, id))})
		}
	}
	return all
}

// budgetFilters is the form of the filters, with the number of contracts in each group.
func (o *outcome) budgetFilters() filters {
	fields := []field{{Name: "q"}}
	for i := range dimensions {
		f := field{Name: dimensions[i].id, Choices: o.choices(&dimensions[i])}
		if len(f.Choices) > 1 || o.query.Get(f.Name) != "" {
			fields = append(fields, f)
		}
	}
	return o.base.newFilters(fields...)
}

// sankey shows how this year's money of each grade goes to what is proposed.
func (o *outcome) sankey(places []int) (*figure, error) {
	b := o.base
	data := table{Head: b.columns("col.grade", "col.action", "#col.contracts", "$col.base", "$whatif.change?"+o.BudgetMethod(), "$col.next")}
	var nodes []charts.Node
	var flows []charts.Flow
	var whole budget.Effect
	actions := o.groups("action", places)
	slices.SortStableFunc(actions, func(a, b group) int { return cmp.Compare(b.rise(), a.rise()) }) // as grades stand, so that few flows cross
	byAction := o.byAction(places)
	for _, place := range places {
		o.count(&whole, place)
	}
	for _, g := range o.groups("grade", places) {
		nodes = append(nodes, charts.Node{Name: g.Name, Color: "@" + b.GradeClass(g.ID), URL: b.Here("by", byContract, "grade", g.ID), Amount: b.Money(g.BaseFen) + " " + b.UnitName(),
			Tip: g.Name + "\n" + b.Money(g.BaseFen) + " " + b.UnitName() + "\n" + b.T("tip.contracts", "N", g.Contracts)})
	}
	for _, a := range actions {
		nodes = append(nodes, charts.Node{Name: a.Name, Amount: b.Money(a.NextFen) + " " + b.UnitName(), Color: "@muted", Depth: 1, URL: b.Here("by", byContract, "action", a.ID), Tip: a.Name + "\n" + b.fromTo(&a.Effect)})
		for _, g := range o.groups("grade", byAction[a.ID]) {
			data.Rows = append(data.Rows, []cell{b.grade(g.ID), text(a.Name), text(b.CountInt(g.Contracts)), text(b.Money(g.BaseFen)), text(b.Change(g.ChangeFen())),
				text(b.Money(g.NextFen))})
			if g.BaseFen > 0 {
				flows = append(flows, charts.Flow{From: g.Name, To: a.Name, Value: b.inUnit(g.BaseFen), URL: b.Here("by", byContract, "grade", g.ID, "action", a.ID),
					Tip: g.Name + " → " + a.Name + "\n" + b.fromTo(&g.Effect)})
			}
		}
	}
	nodes = slices.DeleteFunc(nodes, func(n charts.Node) bool {
		return !slices.ContainsFunc(flows, func(f charts.Flow) bool { return f.From == n.Name || f.To == n.Name })
	})
	data.Foot = []cell{text(b.T("table.total")), {}, text(b.CountInt(whole.Contracts)), text(b.Money(whole.BaseFen)), text(b.Change(whole.ChangeFen())), text(b.Money(whole.NextFen))}
	summary := b.T("whatif.flow.summary")
	option, err := charts.Sankey(summary, nodes, flows)
	f, err := b.newFigure("flow", b.T("whatif.flow"), summary, "medium", option, err, data)
	return f.noted(summary), err
}

// byAction parts the contracts at some places by what the scenario does to them.
func (o *outcome) byAction(places []int) map[string][]int {
	parts := o.parting(dimensionOf("action"))
	of, all := make([][]int, len(parts.ids)), make([]int, len(o.rows))
	for i, n := range parts.contracts {
		of[i], all = all[:0:n], all[n:]
	}
	for _, place := range places {
		of[parts.of[place]] = append(of[parts.of[place]], place)
	}
	by := map[string][]int{}
	for i, id := range parts.ids {
		by[id] = of[i]
	}
	return by
}

// fromTo is this year's and next year's money of some contracts.
func (b *base) fromTo(e *budget.Effect) string {
	return b.Money(e.BaseFen) + " → " + b.Money(e.NextFen) + " " + b.UnitName() + "\n" + b.T("tip.contracts", "N", e.Contracts)
}
