package dashboards

import (
	"cmp"
	"context"
	"slices"

	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
)

// clueGroupsPage lists what the rules found, one line for each rule, which opens to whom it concerns: many clues with one cause
// are one piece of work.
type clueGroupsPage struct {
	*basis
	Tabs   []tab
	Answer string
	leftOut
	Rules   []ruleGroup // the one in front of which most waits first
	Total   ruleGroup
	Open    string // address that opens every rule; empty: they are open
	Filters filters
}

// ruleGroup is one rule with whom its clues concern.
type ruleGroup struct {
	Name string
	List table
	All  string // address of all whom it concerns; empty: they are listed
	Open bool

	rule      clues.Rule
	sum       store.ClueGroup
	groups    []store.ClueGroup
	precision cell
}

// whomShown is how many of those whom the clues of a rule concern are listed below it, beside those of other rules.
const whomShown = 20

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
	p.rules(groups, records)
	return p, nil
}

// rules makes one line for each rule, which lists whom it concerns. All are open where the address says so, and a rule that is
// asked for alone is, with everybody.
func (p *clueGroupsPage) rules(groups []store.ClueGroup, records map[clues.Rule]store.RuleRecord) {
	var sum store.ClueGroup
	for _, g := range groups {
		sum.Add(g)
		at := slices.IndexFunc(p.Rules, func(r ruleGroup) bool { return r.rule == g.Rule })
		if at < 0 {
			at = len(p.Rules)
			p.Rules = append(p.Rules, ruleGroup{rule: g.Rule})
		}
		p.Rules[at].sum.Add(g)
		p.Rules[at].groups = append(p.Rules[at].groups, g)
	}
	slices.SortStableFunc(p.Rules, func(a, b ruleGroup) int {
		return cmp.Or(cmp.Compare(b.sum.Waiting, a.sum.Waiting), cmp.Compare(b.sum.AmountFen, a.sum.AmountFen))
	})
	alone, open := p.query.Get("clue") != "", p.query.Get("open") == "all"
	for i := range p.Rules {
		r := &p.Rules[i]
		r.Name, r.precision, r.Open = p.ClueRule(r.rule), p.precisionOf(r.rule, records), alone || open
		shown := r.groups
		if len(shown) > whomShown && !alone {
			shown, r.All = shown[:whomShown], p.Here("clue", string(r.rule))
		}
		r.List = p.whom(shown)
	}
	p.Total = ruleGroup{Name: p.T("table.total"), sum: sum, groups: groups}
	if !alone && !open && len(p.Rules) > 0 {
		p.Open = p.Here("open", "all")
	}
	p.Answer = p.T("clue.groups.answer", "N", len(groups), "Groups", p.CountInt(len(groups)), "Count", p.CountInt(sum.Clues), "Waiting", p.CountInt(sum.Waiting))
}

// whom makes one line for each of those whom the clues of a rule concern, with the way to the clues.
func (p *clueGroupsPage) whom(groups []store.ClueGroup) table {
	list := table{Caption: p.T("clue.tab.groups"), Head: p.base.columns("clue.col.whom", "#clue.col.found", "#clue.col.waiting", "#clue.col.confirmed", "#clue.col.explained", "#clue.col.unclear", "#$clue.col.amount")}
	list.Head[0].Name = true
	for i := range groups {
		g := &groups[i]
		all, waiting := p.groupClues(g, ""), p.groupClues(g, store.ClueWaiting)
		list.Rows = append(list.Rows, []cell{p.organisationOr(g), link(p.CountInt(g.Clues), all), {Text: p.CountInt(g.Waiting), URL: map[bool]string{true: waiting}[g.Waiting > 0], Strong: g.Waiting > 0},
			text(p.CountInt(g.Confirmed)), text(p.CountInt(g.Explained)), text(p.CountInt(g.Unclear)), text(p.base.moneyOr(g.AmountFen))})
	}
	return list
}

// ruleLine are the name of a rule and its figures with their titles, as one line says them.
type ruleLine struct {
	Name    string
	Figures [][2]string
}

// Figures is the line of a rule.
func (p *clueGroupsPage) Figures(r ruleGroup) ruleLine {
	line := ruleLine{r.Name, [][2]string{{p.T("clue.col.waiting"), p.CountInt(r.sum.Waiting)}, {p.T("clue.col.found"), p.CountInt(r.sum.Clues)}, {p.T("clue.col.whom"), p.CountInt(len(r.groups))},
		{p.InUnitOf(p.T("clue.col.amount")), p.base.moneyOr(r.sum.AmountFen)}}}
	if r.precision.Text != "" {
		line.Figures = append(line.Figures, [2]string{p.T("clue.col.precision"), r.precision.Text + " " + r.precision.Sub})
	}
	return line
}

// None says that there is no clue.
func (p *clueGroupsPage) None() table { return table{Empty: p.T("clue.empty")} }

// How explains the rule.
func (p *clueGroupsPage) How(r ruleGroup) *methodLink { return p.base.how(shownRule(r.rule).Method) }

// Clues leads to all clues of the rule.
func (p *clueGroupsPage) Clues(r ruleGroup) string {
	return p.To("/clues", "clue", string(r.rule), "year", p.query.Get("year"), "item", p.query.Get("item"), "purchaser", p.query.Get("purchaser"), "state", p.query.Get("state"))
}

// precisionOf is how often a rule was right, in short: its interval stands on the page of rules.
func (p *clueGroupsPage) precisionOf(rule clues.Rule, records map[clues.Rule]store.RuleRecord) cell {
	measured := p.base.precision(records[rule].Record)
	if measured.N == 0 {
		return text("")
	}
	return cell{Text: percent(measured.Value, 0), Sub: p.T("clue.of_verdicts", "N", measured.N)}
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
