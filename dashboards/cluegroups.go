package dashboards

import (
	"context"

	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
)

// clueGroupsPage lists what the rules found, one line for each rule and whom it concerns: many clues with one cause are one
// piece of work.
type clueGroupsPage struct {
	*basis
	Tabs   []tab
	Answer string
	leftOut
	List    table
	Filters filters
}

func (s *Server) clueGroups(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("clues", b.T("clue.tab.groups"))
	p := &clueGroupsPage{basis: b.basis, Tabs: b.clueTabs()}
	records, err := v.RuleRecords(ctx)
	if err != nil {
		return nil, err
	}
	f, retired, err := b.clueFilter(records)
	if err != nil {
		return nil, err
	}
	groups, err := v.ClueGroups(ctx, f)
	if err != nil {
		return nil, err
	}
	if p.Filters, err = b.clueFilters(ctx, v, records); err != nil {
		return nil, err
	}
	p.leftOut = b.leavesOut(retired)
	p.list(groups, records)
	return p, nil
}

// list makes one line for each group, with the precision of its rule and the way to its clues.
func (p *clueGroupsPage) list(groups []store.ClueGroup, records map[clues.Rule]store.RuleRecord) {
	p.List = table{Caption: p.T("clue.tab.groups"), Empty: p.T("clue.empty"), Head: p.base.columns("clue.col.rule", "clue.col.whom", "#clue.col.found", "#clue.col.waiting", "#clue.col.confirmed",
		"#clue.col.explained", "#clue.col.unclear", "#$clue.col.amount", "#clue.col.precision?clue_precision")}
	p.List.Head[0].Name, p.List.Head[1].Name = true, true
	var sum store.ClueGroup
	for i := range groups {
		g := &groups[i]
		sum.Add(*g)
		all, waiting := p.groupClues(g, ""), p.groupClues(g, store.ClueWaiting)
		p.List.Rows = append(p.List.Rows, []cell{{Text: p.ClueRule(g.Rule), URL: all, How: p.base.how(shownRule(g.Rule).Method)}, p.organisationOr(g), link(p.CountInt(g.Clues), all),
			{Text: p.CountInt(g.Waiting), URL: map[bool]string{true: waiting}[g.Waiting > 0], Strong: g.Waiting > 0}, text(p.CountInt(g.Confirmed)), text(p.CountInt(g.Explained)), text(p.CountInt(g.Unclear)),
			text(p.Money(g.AmountFen)), p.precisionOf(g.Rule, records)})
	}
	if len(groups) > 0 {
		p.List.Foot = []cell{text(p.T("table.total")), {}, text(p.CountInt(sum.Clues)), text(p.CountInt(sum.Waiting)), text(p.CountInt(sum.Confirmed)), text(p.CountInt(sum.Explained)),
			text(p.CountInt(sum.Unclear)), text(p.Money(sum.AmountFen)), {}}
	}
	p.Answer = p.T("clue.groups.answer", "N", len(groups), "Groups", p.CountInt(len(groups)), "Count", p.CountInt(sum.Clues), "Waiting", p.CountInt(sum.Waiting))
}

// precisionOf is how often a rule was right, in short: its interval stands on the page of rules.
func (p *clueGroupsPage) precisionOf(rule clues.Rule, records map[clues.Rule]store.RuleRecord) cell {
	measured := p.base.precision(records[rule].Record)
	if measured.N == 0 {
		return text("")
	}
	return cell{Text: percent(measured.Value, 0), URL: p.To("/clues/rules"), Sub: p.T("clue.of_verdicts", "N", measured.N)}
}

// groupClues is the address of the list of a group's clues in a state; empty: in any.
func (p *clueGroupsPage) groupClues(g *store.ClueGroup, state string) string {
	whom := "q"
	if g.About == clues.AboutPurchaser {
		whom = "purchaser"
	}
	return p.To("/clues", "clue", string(g.Rule), whom, g.ID, "year", p.query.Get("year"), "item", p.query.Get("item"), "state", orText(state, p.query.Get("state")))
}

// organisationOr leads to whom a group concerns: an organisation, a rater or a contract.
func (p *clueGroupsPage) organisationOr(g *store.ClueGroup) cell {
	if g.About == clues.AboutContract {
		return p.base.contractCell(g.ID, g.Name)
	}
	return p.base.organisation(g.About, g.ID, g.Name)
}

func (s *Server) exportClueGroups(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	records, err := v.RuleRecords(ctx)
	if err != nil {
		return nil, err
	}
	f, _, err := b.clueFilter(records)
	if err != nil {
		return nil, err
	}
	choices, err := b.clueFilters(ctx, v, records)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("clue.tab.groups"), Head: b.titles("clue.col.rule_id", "clue.col.rule", "clue.col.whom", "col.named", "clue.col.found", "clue.col.waiting", "clue.col.confirmed",
		"clue.col.explained", "clue.col.unclear", "clue.col.amount_yuan", "clue.col.precision")}
	out.About = b.about(out.Name, choices)
	groups, err := v.ClueGroups(ctx, f)
	for _, g := range groups {
		out.Rows = append(out.Rows, []any{string(g.Rule), b.ClueRule(g.Rule), g.ID, g.Name, int64(g.Clues), int64(g.Waiting), int64(g.Confirmed), int64(g.Explained), int64(g.Unclear),
			fen(g.AmountFen), b.precision(records[g.Rule].Record).Value})
	}
	return out, err
}
