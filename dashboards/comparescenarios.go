package dashboards

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"pingxin/budget"
	"pingxin/pipelines/store"
)

// comparePage shows two scenarios side by side.
type comparePage struct {
	*basis
	Choices []store.Choice
	Sides   []compared
	Summary table
	Tabs    []tab
	List    table
	Refused []string // sides that have no answer on the published run, each with why
	Note    string   // a side was saved on another run
}

// Choice is the field that chooses one side.
func (p *comparePage) Choice(name string) field { return p.base.sideField(name, p.Choices) }

// compared is one side of a comparison.
type compared struct {
	*outcome
	Name, Assumes string
}

func (s *Server) compareScenarios(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("budget", b.T("whatif.compare"))
	p := &comparePage{basis: b.basis}
	by, err := b.by()
	if err != nil {
		return nil, err
	}
	programme, err := s.programmeOf(ctx, v, b.labels)
	if err != nil || programme == nil {
		return p, err
	}
	kept, err := v.Scenarios(ctx)
	if err != nil {
		return nil, err
	}
	p.Choices = b.scenarioChoices(kept)
	for _, name := range []string{"a", "b"} {
		if err := p.side(programme, kept, name); err != nil {
			return nil, err
		}
	}
	if len(p.Refused) > 0 {
		return p, nil
	}
	p.Tabs, p.Summary = b.groupings(by), p.summary()
	p.List = p.groupsBeside(by)
	return p, nil
}

// side computes the scenario that the address names for one side.
func (p *comparePage) side(programme *programme, kept []store.Scenario, name string) error {
	side := compared{Name: p.T("whatif.published.long")}
	asked := ""
	if id := p.query.Get(name); id != "" {
		found := false
		for _, k := range kept {
			if strconv.Itoa(k.ID) == id {
				found, side.Name, asked = true, k.Name, k.Question
				if k.Run != p.Run.ID {
					p.Note = p.T("whatif.recomputed")
				}
			}
		}
		if !found {
			return &badFilter{Name: name, Found: id, Expected: "scenario"}
		}
	}
	q, err := p.base.questionOf(programme, asked)
	if err != nil {
		return err
	}
	side.Assumes = q.said(p.base)
	var refused string
	if side.outcome, refused, err = p.base.answer(programme, q); refused != "" {
		p.Refused = append(p.Refused, side.Name+": "+refused)
	}
	p.Sides = append(p.Sides, side)
	return err
}

// summary is both sides beside this year.
func (p *comparePage) summary() table {
	a, b := &p.Sides[0].Whole, &p.Sides[1].Whole
	t := table{Caption: p.T("whatif.compare"), Head: []head{{Label: p.T("whatif.measure")}, {Label: p.Sides[0].Name, Number: true}, {Label: p.Sides[1].Name, Number: true},
		{Label: p.T("whatif.b_less_a"), Number: true}}}
	money := func(name string, show func(int64) string, a, b int64) {
		t.Rows = append(t.Rows, []cell{text(p.InUnitOf(name)), text(show(a)), text(show(b)), {Text: p.Change(b - a), Strong: true}})
	}
	count := func(name string, a, b int) {
		t.Rows = append(t.Rows, []cell{text(name), text(p.CountInt(a)), text(p.CountInt(b)), {Text: signed(float64(b-a), 0), Strong: true}})
	}
	money(p.T("col.next"), p.Money, a.NextFen, b.NextFen)
	money(p.T("whatif.change"), p.Change, a.ChangeFen(), b.ChangeFen())
	money(p.T("col.raised"), p.Change, a.GainFen, b.GainFen)
	money(p.T("col.cut"), p.Money, a.LossFen, b.LossFen)
	count(p.T("whatif.gaining.count"), a.Gaining, b.Gaining)
	count(p.T("whatif.losing.count"), a.Losing, b.Losing)
	t.Rows = append(t.Rows, []cell{text(p.T("whatif.moved")), text(shareText(a.MovedFen(), a.BaseFen)), text(shareText(b.MovedFen(), b.BaseFen)), text(none)})
	return t
}

// beside is a group or a contract with its money on both sides.
type beside struct {
	name cell
	a, b budget.Effect
}

// groupsBeside lists the groups of a dimension, or the contracts that differ most, with both sides.
func (p *comparePage) groupsBeside(by string) table {
	one, other := p.Sides[0].outcome, p.Sides[1].outcome
	var rows []beside
	if by == byContract {
		rows = contractsBeside(one, other)
	} else {
		rows = p.dimensionBeside(by, one, other)
	}
	t := table{Caption: p.T("whatif.by." + by), Empty: p.T("whatif.compare.same"), Head: p.base.columns("filter."+by, "#col.contracts", "$col.base")}
	for _, side := range p.Sides {
		t.Head = append(t.Head, head{Label: p.InUnitOf(side.Name), Number: true})
	}
	t.Head = append(t.Head, head{Label: p.InUnitOf(p.T("whatif.b_less_a")), Number: true})
	row := func(r *beside) []cell {
		return []cell{r.name, text(p.CountInt(max(r.a.Contracts, r.b.Contracts))), text(p.Money(r.a.BaseFen)), {Text: p.Money(r.a.NextFen), Sub: shareOf(r.a.ChangeFen(), r.a.BaseFen)},
			{Text: p.Money(r.b.NextFen), Sub: shareOf(r.b.ChangeFen(), r.b.BaseFen)}, {Text: p.Change(r.b.NextFen - r.a.NextFen), Strong: true}}
	}
	for i := range rows {
		t.Rows = append(t.Rows, row(&rows[i]))
	}
	t.Foot = row(&beside{text(p.T("table.total_all", "Count", p.CountInt(one.Whole.Contracts))), one.Whole, other.Whole})
	return t
}

// dimensionBeside joins the groups of both sides by their ids; what a group holds may differ, as actions do.
func (p *comparePage) dimensionBeside(by string, one, other *outcome) []beside {
	var rows []beside
	at := map[string]int{}
	for _, g := range one.groups(by, one.every) {
		at[g.ID] = len(rows)
		rows = append(rows, beside{name: text(g.Name), a: g.Effect})
	}
	for _, g := range other.groups(by, other.every) {
		k, known := at[g.ID]
		if !known {
			k = len(rows)
			rows = append(rows, beside{name: text(g.Name)})
		}
		rows[k].b = g.Effect
	}
	return rows
}

// contractsBeside lists the contracts that differ, most first, as many as a page shows.
func contractsBeside(one, other *outcome) []beside {
	var places []int
	for at := range one.rows {
		if one.next(at) != other.next(at) {
			places = append(places, at)
		}
	}
	slices.SortFunc(places, func(a, b int) int {
		return cmp.Or(cmp.Compare(distance(other.next(b)-one.next(b)), distance(other.next(a)-one.next(a))), cmp.Compare(a, b))
	})
	var rows []beside
	for _, at := range places[:min(pageSize, len(places))] {
		row := &one.rows[at]
		r := beside{name: cell{Text: orText(row.Name, row.Contract), Sub: row.Contract + " · " + row.PurchaserName, URL: one.Contract(row.Contract)}}
		one.count(&r.a, at)
		other.count(&r.b, at)
		rows = append(rows, r)
	}
	return rows
}
