package dashboards

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"pingxin/budget"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// registerBudget lists the routes of next year's budget.
func (s *Server) registerBudget() {
	s.kept("GET /budget", access.ReadProgramme, "budget.html", s.budget)
	s.export("budget", access.ReadProgramme, s.exportBudget)
	s.export("budget-plan", access.ReadProgramme, s.exportPlan)
	s.page("GET /budget/scenarios", access.ReadProgramme, "scenarios.html", s.scenarios)
	s.page("GET /budget/compare", access.ReadProgramme, "compare.html", s.compareScenarios)
	s.page("GET /budget/scenarios/{id}/adopt", access.DecideBudget, "adopt.html", s.adoption)
	s.form("/budget/scenarios", access.DecideBudget, s.saveScenario, s.askedAgain)
	s.form("/budget/scenarios/{id}/adopt", access.DecideBudget, s.adoptScenario, s.onRun("adopt.html", s.adoption))
}

// budgetPage asks how next year's money is shared, and shows what would be proposed.
type budgetPage struct {
	*basis
	*outcome
	Question *question
	Keep     map[string]string // filters that the form of the question keeps
	Reset    string            // leads back to what the policy says
	Refused  string            // why there is no such scenario; the published proposals are shown in its place
	Apart    string            // says that the published proposals are of other rules; empty: they are not
	Answers  []string
	Check    *reconciled
	Summary  table
	Flow     *figure
	Tabs     []tab
	Filters  filters
	List     table
	Pages    *pages // nil: the whole list is shown
}

// tab leads to one of some pages that belong together, or to one way to group a list.
type tab struct {
	Label, URL string
	Current    bool
}

func (s *Server) budget(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("budget", b.T("nav.budget"))
	p := &budgetPage{basis: b.basis}
	by, err := b.by()
	if err != nil {
		return nil, err
	}
	programme, err := s.programmeOf(ctx, v, b.labels)
	if err != nil || programme == nil || len(programme.rows) == 0 {
		return p, err // under a policy that proposes nothing, or with nothing to propose, the page says so
	}
	p.Question = b.assume(programme, b.query)
	p.Keep = b.Kept(p.Question.keys()...)
	p.Reset = b.without(p.Question.keys())
	if p.outcome, p.Refused, err = b.answer(programme, p.Question); err != nil {
		return nil, err
	}
	if n := programme.apart; n > 0 {
		p.Apart = b.T("whatif.apart", "N", n, "Shown", b.CountInt(n))
	}
	p.Answers = p.inWords()
	p.Summary = p.summary()
	choice := p.chosen()
	p.Filters = p.budgetFilters()
	if p.Flow, err = p.sankey(choice); err != nil {
		return nil, err
	}
	p.Tabs, p.Check = b.groupings(by), p.reconcile(by)
	if by != byContract {
		return p, p.listGroups(by, choice)
	}
	return p, p.listContracts(choice)
}

// groupings are the tabs that lead to the ways to group.
func (b *base) groupings(by string) []tab {
	var tabs []tab
	for _, name := range budgetTabs() {
		tabs = append(tabs, tab{Label: b.T("whatif.by." + name), URL: b.Here("by", name, "sort", "", "dir", ""), Current: name == by})
	}
	return tabs
}

// outcome is what a scenario comes to.
type outcome struct {
	*basis
	*programme
	Scenario *budget.Scenario
	Plan     *budget.Plan
	Whole    budget.Effect

	nextFen []int64  // of each contract by the plan
	actions *parting // of the contracts by the plan; nil: not asked for yet
}

// answer plans by a question. Where that is impossible it says why, and the outcome is that of the untouched scenario.
func (b *base) answer(p *programme, q *question) (*outcome, string, error) {
	if q.Faults {
		o, err := b.plan(p, p.scenario())
		return o, b.T("whatif.faults"), err
	}
	o, err := b.plan(p, q.Scenario)
	var infeasible *budget.InfeasibleError
	if errors.As(err, &infeasible) {
		o, err = b.plan(p, p.scenario())
		return o, b.infeasible(infeasible), err
	}
	return o, "", err
}

// infeasible says why there is no such plan, and which two numbers clash.
func (b *base) infeasible(e *budget.InfeasibleError) string {
	key, limit := "whatif.infeasible.below_floors", e.LeastFen
	if e.Clash == budget.AboveCeilings {
		key, limit = "whatif.infeasible.above_ceilings", e.MostFen
	}
	return b.T(key, "Total", exactYuan(e.TotalFen), "Limit", exactYuan(limit), "Apart", exactYuan(max(e.TotalFen-limit, limit-e.TotalFen)),
		"Fixed", b.CountInt(e.Fixed), "FixedFen", exactYuan(e.FixedFen))
}

// plan plans by a scenario.
func (b *base) plan(p *programme, s *budget.Scenario) (*outcome, error) {
	if faults := s.Check(); len(faults) > 0 {
		return nil, fmt.Errorf("scenario: %w", errors.Join(faults...))
	}
	plan, err := p.ground.Plan(s)
	if err != nil {
		return nil, err
	}
	o := &outcome{basis: b.basis, programme: p, Scenario: s, Plan: plan, nextFen: plan.Amounts}
	for i := range p.rows {
		o.count(&o.Whole, i)
	}
	return o, nil
}

// BudgetMethod is the method by which the scenario proposes money.
func (o *outcome) BudgetMethod() string { return budgetMethod(o.Scenario.Policy.Method) }

// count adds the contract at a place to an effect.
func (o *outcome) count(e *budget.Effect, at int) {
	e.Add(o.thisYear[at], o.published[at], o.nextFen[at])
}

// exactYuan is an amount in yuan to the fen, which is how the page reconciles.
func exactYuan(fen int64) string { return baseOf(basis{Unit: yuan}).Money(fen) }

// inWords answers in sentences: what the scenario comes to, how it differs from what was published, and how a total was
// shared.
func (o *outcome) inWords() []string {
	b, w := o.base, &o.Whole
	said := []string{b.T("whatif.answer", "Year", o.year, "After", o.year+1, "N", w.Contracts, "Shown", b.CountInt(w.Contracts), "Next", b.Money(w.NextFen), "Base", b.Money(w.BaseFen), "Change",
		b.Change(w.ChangeFen()), "Unit", b.UnitName(), "Gaining", b.CountInt(w.Gaining), "Losing", b.CountInt(w.Losing), "Moved", shareText(w.MovedFen(), w.BaseFen))}
	differing := 0
	for i, next := range o.nextFen {
		if next != o.published[i] {
			differing++
		}
	}
	if differing == 0 {
		said = append(said, b.T("whatif.answer.same"))
	} else {
		said = append(said, b.T("whatif.answer.other", "N", differing, "Shown", b.CountInt(differing), "Against", b.Change(w.AgainstFen()), "Unit", b.UnitName()))
	}
	if base := budget.BaseYear(b.Run.AsOf); o.year < base {
		said = append(said, b.T("whatif.answer.older", "Year", o.year, "Base", base))
	}
	switch plan := o.Plan; {
	case plan.Bound && plan.Level > 0:
		said = append(said, b.T("whatif.answer.level", "Level", number(plan.Level, 4)))
	case plan.NextFen < plan.PoolFen:
		said = append(said, b.T("whatif.answer.left", "Left", b.Money(plan.PoolFen-plan.NextFen), "Unit", b.UnitName()))
	}
	return said
}

// shareText is a part of a whole in percent, without a sign.
func shareText(part, of int64) string {
	if of == 0 {
		return none
	}
	return percent(float64(part)/float64(of), 1)
}

// shareOf is a change in percent of its base.
func shareOf(change, of int64) string {
	if of == 0 {
		return none
	}
	return signed(float64(change)/float64(of)*100, 1) + "%"
}

// summary is this year, the published proposals and the scenario side by side.
func (o *outcome) summary() table {
	b := o.base
	var published budget.Effect
	for i, before := range o.published {
		published.Add(o.thisYear[i], before, before)
	}
	w := &o.Whole
	t := table{Caption: b.T("whatif.summary"), Head: b.columns("whatif.measure", "#whatif.published", "#whatif.scenario", "#col.against")}
	money := func(name string, show func(int64) string, before, after int64) {
		t.Rows = append(t.Rows, []cell{text(b.InUnitOf(name)), text(show(before)), {Text: show(after), Strong: true}, text(b.Change(after - before))})
	}
	count := func(name string, before, after int) {
		t.Rows = append(t.Rows, []cell{text(name), text(b.CountInt(before)), {Text: b.CountInt(after), Strong: true}, text(signed(float64(after-before), 0))})
	}
	money(b.T("col.base"), b.Money, published.BaseFen, w.BaseFen)
	money(b.T("col.next"), b.Money, published.NextFen, w.NextFen)
	money(b.T("whatif.change"), b.Change, published.ChangeFen(), w.ChangeFen())
	money(b.T("col.raised"), b.Change, published.GainFen, w.GainFen)
	money(b.T("col.cut"), b.Money, published.LossFen, w.LossFen)
	count(b.T("whatif.gaining.count"), published.Gaining, w.Gaining)
	count(b.T("whatif.losing.count"), published.Losing, w.Losing)
	t.Rows = append(t.Rows, []cell{text(b.T("whatif.moved")), text(shareText(published.MovedFen(), published.BaseFen)),
		{Text: shareText(w.MovedFen(), w.BaseFen), Strong: true}, text(none)})
	return t
}

// reconciled holds sums of the same money that were made in different ways, exact to the fen.
type reconciled struct {
	Sums  [][2]string
	Agree bool
}

// reconcile adds the scenario up by contract, by group, from this year and its changes, and against the total that was given.
func (o *outcome) reconcile(by string) *reconciled {
	if by == byContract {
		by = budgetTabs()[0]
	}
	var contracts, groups int64
	for _, next := range o.nextFen {
		contracts += next
	}
	for _, g := range o.groups(by, o.every) {
		groups += g.NextFen
	}
	b := o.base
	changes := o.Whole.BaseFen + o.Whole.GainFen + o.Whole.LossFen
	r := &reconciled{Agree: contracts == groups && contracts == changes && contracts == o.Plan.NextFen,
		Sums: [][2]string{{b.T("whatif.sum.contracts"), exactYuan(contracts)}, {b.T("whatif.sum.groups", "By", b.T("whatif.by."+by)), exactYuan(groups)},
			{b.T("whatif.sum.changes"), exactYuan(changes)}}}
	if o.Scenario.Pool != budget.Open {
		given := o.Plan.PoolFen
		r.Sums = append(r.Sums, [2]string{b.T("whatif.sum.pool"), exactYuan(given)})
		r.Agree = r.Agree && (given == contracts || o.Scenario.Pool == budget.AtMost && given > contracts)
	}
	return r
}

// questionOf reads a question that was saved.
func (b *base) questionOf(p *programme, asked string) (*question, error) {
	query, err := url.ParseQuery(asked)
	if err != nil {
		return nil, fmt.Errorf("read a saved question: %w", err)
	}
	return b.assume(p, query), nil
}

// without is the address of this page without some of what it asks.
func (b *base) without(keys []string) string {
	var pairs []string
	for _, key := range keys {
		pairs = append(pairs, key, "")
	}
	return b.Here(pairs...)
}

// said are the assumptions in words, for a file or a list.
func (q *question) said(b *base) string {
	if len(q.Chips) == 0 {
		return b.T("whatif.untouched")
	}
	return filters{Chips: q.Chips}.said()
}

// by is the chosen way to group.
func (b *base) by() (string, error) {
	by := orText(b.query.Get("by"), budgetTabs()[0])
	if !slices.Contains(budgetTabs(), by) {
		return "", &badFilter{Name: "by", Found: by, Expected: "tab"}
	}
	return by, nil
}
