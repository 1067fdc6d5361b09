package dashboards

import (
	"cmp"
	"context"
	"math"
	"net/url"
	"slices"
	"strconv"

	"pingxin/budget/execution"
	"pingxin/dashboards/access"
	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// The ways in which the page of execution lists, from the whole to the single contract.
var executionTabs = []string{"purchaser", "item", byContract}

// flowGroup is what became of the money of one department or item.
type flowGroup struct {
	ID, Name string
	execution.Flow
}

func (s *Server) execution(ctx context.Context, v *store.View, b *base) (any, error) {
	p, book, w, err := s.ledgerOf(ctx, v, b, "execution")
	if book == nil || err != nil {
		return p, err
	}
	by, err := b.executionBy()
	if err != nil {
		return nil, err
	}
	if w.money, err = b.moneyState(); err != nil {
		return nil, err
	}
	p.filter(book, w.year, b.moneyField())
	for _, name := range executionTabs {
		p.Tabs = append(p.Tabs, tab{Label: b.T("plan.by." + name), URL: b.Here("by", name, "sort", "", "dir", ""), Current: name == by})
	}
	whole := book.flow(w)
	p.Answers = b.flowInWords(w.year, &whole)
	p.Figures = b.flowFigures(&whole)
	chart, err := b.flowChart(w.year, &whole, book.flowSteps(w))
	if err != nil {
		return nil, err
	}
	p.Charts = append(p.Charts, chart)
	if by == byContract {
		return p, p.listExecution(book, w)
	}
	return p, p.listFlows(book, w, by, &whole)
}

// executionBy is the chosen way to list; a department leads on to its items.
func (b *base) executionBy() (string, error) {
	by := orText(b.query.Get("by"), executionTabs[0])
	if !slices.Contains(executionTabs, by) {
		return "", &badFilter{Name: "by", Found: by, Expected: "tab"}
	}
	return by, nil
}

// flow sums up the wanted part of the book.
func (k *executionBook) flow(w wanted) execution.Flow {
	var whole execution.Flow
	for _, g := range k.flows(w, "") {
		whole.Add(&g.Flow)
	}
	return whole
}

// byCell sums up by department and item at once.
const byCell = "cell"

// flows sums the wanted part up by department, by item or by both, the largest budget first; by nothing it is one group.
func (k *executionBook) flows(w wanted, by string) []flowGroup {
	at := map[string]int{}
	var all []flowGroup
	group := func(purchaser, item string) *execution.Flow {
		id := map[string]string{"purchaser": purchaser, "item": item, byCell: purchaser + "\n" + item}[by]
		i, known := at[id]
		if !known {
			i = len(all)
			at[id] = i
			all = append(all, flowGroup{ID: id, Name: k.name(id)})
		}
		return &all[i].Flow
	}
	for _, i := range k.wanted(w) {
		c := &k.contracts[i]
		group(c.Purchaser, c.Item).AddContract(k.rules, &c.Contract, k.asOf)
	}
	if !w.ofContracts() {
		for i := range k.plans {
			if plan := &k.plans[i]; w.cell(plan.Year, plan.Purchaser, plan.Item) {
				group(plan.Purchaser, plan.Item).AddPlan(&plan.PlanItem)
			}
		}
		for _, l := range k.budgets {
			if w.cell(l.Year, l.Purchaser, l.Item) {
				group(l.Purchaser, l.Item).BudgetFen += l.Fen
			}
		}
	}
	slices.SortFunc(all, func(a, b flowGroup) int {
		return cmp.Or(cmp.Compare(b.BudgetFen, a.BudgetFen), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// flowInWords says what became of the money of a year.
func (b *base) flowInWords(year int, f *execution.Flow) []string {
	said := []string{b.T("plan.execution.answer", "Year", year, "Budget", b.Money(f.BudgetFen), "Plan", b.Money(f.PlanFen), "Contracted", b.Money(f.ContractFen), "N", f.Contracts,
		"Shown", b.CountInt(f.Contracts), "Paid", b.Money(f.PaidFen), "Unit", b.UnitName(), "Rate", rate(f.ExecutionRate()), "Evaluated", rate(f.EvaluatedRate()))}
	if f.BudgetFen == 0 {
		said = append(said, b.T("plan.execution.unbudgeted"))
	}
	if f.PaidFen == 0 && f.ContractFen > 0 {
		said = append(said, b.T("plan.execution.unpaid"))
	}
	if f.Unready+f.Overdue+f.Late+f.AheadOfJudgment > 0 {
		said = append(said, b.T("plan.execution.attention", "Unready", b.CountInt(f.Unready), "Late", b.CountInt(f.Late), "Overdue", b.CountInt(f.Overdue),
			"Ahead", b.CountInt(f.AheadOfJudgment)))
	}
	if f.UnplannedFen > 0 {
		said = append(said, b.T("plan.execution.unplanned", "Money", b.Money(f.UnplannedFen), "Unit", b.UnitName()))
	}
	return said
}

// flowFigures are the steps of the way with their shares.
func (b *base) flowFigures(f *execution.Flow) []stat {
	unit, how := b.UnitName(), b.how("execution")
	figure := func(key string, fen int64, share float64, url string) stat {
		s := stat{Value: b.Money(fen), Unit: unit, Label: b.T(key), URL: url, How: how}
		if !math.IsNaN(share) {
			s.Unit = unit + " · " + rate(share)
		}
		return s
	}
	return []stat{figure("plan.step.plan", f.PlanFen, ratio(f.PlanFen, f.BudgetFen), b.To("/plans", "year", b.query.Get("year"))),
		figure("plan.step.contract", f.ContractFen, f.ContractRate(), b.Here("by", byContract)),
		figure("plan.step.paid", f.PaidFen, f.PaymentRate(), b.To("/payments", "year", b.query.Get("year"))),
		figure("plan.step.evaluated", f.EvaluatedFen, f.EvaluatedRate(), b.To("/evaluations", "year", b.query.Get("year"))),
		figure("plan.step.unevaluated", f.PaidFen-f.PaidEvaluatedFen, ratio(f.PaidFen-f.PaidEvaluatedFen, f.PaidFen), b.Here("by", byContract, "money", unevaluated)+"#list")}
}

// ratio is a part of a whole as a share of one; NaN of nothing.
func ratio(part, of int64) float64 {
	if of == 0 {
		return math.NaN()
	}
	return float64(part) / float64(of)
}

// flowStep is one flow of the chart: from one step to the next, or out of the way.
type flowStep struct {
	from, to string // keys of nodes
	fen      int64
}

// flowSteps are the flows of money of the wanted part from the budget to the evaluation, added up over the items of each
// department: what one has left of its budget does not pay for what another planned beyond its own. A search and a state of money want
// contracts whatever was budgeted and planned, so that the way begins with them.
func (k *executionBook) flowSteps(w wanted) []flowStep {
	var all []flowStep
	for _, g := range k.flows(w, byCell) {
		for i, step := range stepsOf(&g.Flow) {
			if i == len(all) {
				all = append(all, flowStep{from: step.from, to: step.to})
			}
			all[i].fen += step.fen
		}
	}
	if w.ofContracts() {
		all = slices.DeleteFunc(all, func(s flowStep) bool { return s.from != "plan.node.contract" && s.from != "plan.node.paid" })
	}
	return all
}

// stepsOf are the flows of the money of one department and item. At every step the money of the step before divides into what
// went on and what did not; what has no step before comes in from outside.
func stepsOf(f *execution.Flow) []flowStep {
	budgeted := min(f.BudgetFen, f.PlanFen)
	planned := min(f.PlannedFen(), f.PlanFen)
	paid := f.ContractFen - f.UnpaidFen
	return []flowStep{
		{"plan.node.budget", "plan.node.plan", budgeted}, {"plan.node.budget", "plan.node.unplanned_budget", f.BudgetFen - budgeted},
		{"plan.node.above_budget", "plan.node.plan", f.PlanFen - budgeted},
		{"plan.node.plan", "plan.node.contract", planned}, {"plan.node.plan", "plan.node.not_contracted", f.PlanFen - planned},
		{"plan.node.outside_plan", "plan.node.contract", f.ContractFen - planned},
		{"plan.node.contract", "plan.node.paid", paid}, {"plan.node.contract", "plan.node.unpaid", f.UnpaidFen}, {"plan.node.above_contract", "plan.node.paid", f.PaidFen - paid},
		{"plan.node.paid", "plan.node.evaluated", f.PaidEvaluatedFen}, {"plan.node.paid", "plan.node.unevaluated", f.PaidFen - f.PaidEvaluatedFen},
	}
}

// nodeDepths is where each node stands, from left to right, and its colour.
var nodeDepths = []struct {
	key, color string
	depth      int
}{
	{"plan.node.budget", "@accent", 0}, {"plan.node.above_budget", "@g3", 0}, {"plan.node.plan", "@accent", 1}, {"plan.node.outside_plan", "@g3", 1},
	{"plan.node.unplanned_budget", "@gx", 1}, {"plan.node.contract", "@accent", 2}, {"plan.node.not_contracted", "@gx", 2}, {"plan.node.above_contract", "@g3", 2}, {"plan.node.paid", "@g0", 3},
	{"plan.node.unpaid", "@gx", 3}, {"plan.node.evaluated", "@g0", 4}, {"plan.node.unevaluated", "@g3", 4},
}

// nodePage is where the contracts, plans or payments of a year behind a node are listed.
func (b *base) nodePage(year, key string) string {
	switch key {
	case "plan.node.budget", "plan.node.above_budget", "plan.node.plan", "plan.node.unplanned_budget", "plan.node.not_contracted":
		return b.To("/plans", "year", year)
	case "plan.node.above_contract", "plan.node.paid":
		return b.To("/payments", "year", year)
	case "plan.node.unpaid":
		return b.Here("by", byContract, "money", unpaid)
	case "plan.node.unevaluated":
		return b.Here("by", byContract, "money", unevaluated)
	case "plan.node.evaluated":
		return b.open(access.ReadResults, b.To("/evaluations", "year", year))
	}
	return b.Here("by", byContract)
}

// flowChart draws the flows.
func (b *base) flowChart(year int, f *execution.Flow, steps []flowStep) (*figure, error) {
	data := table{Head: b.columns("plan.flow.from", "plan.flow.to", "$col.amount")}
	into, out, shown := map[string]int64{}, map[string]int64{}, strconv.Itoa(year)
	var flows []charts.Flow
	for _, step := range steps {
		if step.fen <= 0 {
			continue
		}
		from, to := b.T(step.from), b.T(step.to)
		data.Rows = append(data.Rows, []cell{text(from), text(to), text(b.Money(step.fen))})
		flows = append(flows, charts.Flow{From: from, To: to, Value: b.inUnit(step.fen), URL: b.nodePage(shown, step.to), Tip: from + " → " + to + "\n" + b.Money(step.fen) + " " + b.UnitName()})
		out[step.from], into[step.to] = out[step.from]+step.fen, into[step.to]+step.fen
	}
	var nodes []charts.Node
	for _, n := range nodeDepths {
		if fen := max(into[n.key], out[n.key]); fen > 0 {
			nodes = append(nodes, charts.Node{Name: b.T(n.key), Amount: b.Money(fen) + " " + b.UnitName(), Color: n.color, Depth: n.depth, Tip: b.T(n.key), URL: b.nodePage(shown, n.key)})
		}
	}
	summary := b.T("plan.flow.summary", "Budget", b.Money(f.BudgetFen), "Paid", b.Money(f.PaidFen), "Unit", b.UnitName())
	option, err := charts.Sankey(summary, nodes, flows)
	return b.newFigure("flow", b.T("plan.flow"), summary, "medium", option, err, data)
}

// flowOrders are the ways to order groups.
var flowOrders = []struct {
	key   string
	order func(a, b *flowGroup) int
}{
	{"name", func(a, b *flowGroup) int { return cmp.Compare(a.Name, b.Name) }},
	{"budget", func(a, b *flowGroup) int { return cmp.Compare(a.BudgetFen, b.BudgetFen) }},
	{"plan", func(a, b *flowGroup) int { return cmp.Compare(a.PlanFen, b.PlanFen) }},
	{"contracted", func(a, b *flowGroup) int { return cmp.Compare(a.ContractFen, b.ContractFen) }},
	{"paid", func(a, b *flowGroup) int { return cmp.Compare(a.PaidFen, b.PaidFen) }},
	{"evaluated", func(a, b *flowGroup) int { return cmp.Compare(a.EvaluatedFen, b.EvaluatedFen) }},
	{"rate", func(a, b *flowGroup) int { return cmp.Compare(a.ExecutionRate(), b.ExecutionRate()) }},
	{"unready", func(a, b *flowGroup) int { return cmp.Compare(a.Unready, b.Unready) }},
	{"late", func(a, b *flowGroup) int { return cmp.Compare(a.Late+a.Overdue, b.Late+b.Overdue) }},
	{"ahead", func(a, b *flowGroup) int { return cmp.Compare(a.AheadOfJudgment, b.AheadOfJudgment) }},
}

// listFlows lists departments or items; each leads on to what it consists of.
func (p *ledgerPage) listFlows(k *executionBook, w wanted, by string, whole *execution.Flow) error {
	groups := k.flows(w, by)
	known := map[string]string{}
	for _, o := range flowOrders {
		known[o.key] = o.key
	}
	key, descending, err := sortOf(p.query, known)
	if err != nil {
		return err
	}
	p.List = table{Caption: p.T("plan.by." + by), Empty: p.T("plan.empty"), Head: p.base.columns("filter."+by, "$plan.step.budget", "$plan.step.plan", "$plan.step.contract", "$plan.step.paid",
		"$plan.step.evaluated", "#plan.col.rate?execution", "#plan.col.unready", "#plan.col.late", "#plan.col.ahead")}
	p.List.Head[0].Name = true
	for i, o := range flowOrders {
		p.base.sortable(&p.List.Head[i], o.key, key, direction(descending), map[bool]string{true: "desc", false: "asc"}[p.List.Head[i].Number])
		if o.key == key {
			slices.SortStableFunc(groups, func(a, b flowGroup) int {
				if descending {
					return o.order(&b, &a)
				}
				return o.order(&a, &b)
			})
		}
	}
	if groups, p.Pages, err = cutWhereLong(p.base, groups); err != nil {
		return err
	}
	next := map[string]string{"purchaser": "item", "item": byContract}[by]
	for i := range groups {
		g := &groups[i]
		p.List.Rows = append(p.List.Rows, p.base.flowRow(link(g.Name, p.Here("by", next, by, g.ID, "sort", "", "dir", "")), &g.Flow))
	}
	p.List.Foot = p.base.flowRow(text(p.T("table.total")), whole)
	return nil
}

// flowRow is a line of the list.
func (b *base) flowRow(name cell, f *execution.Flow) []cell {
	share := func(v float64) string {
		if math.IsNaN(v) {
			return ""
		}
		return rate(v)
	}
	return []cell{name, text(b.Money(f.BudgetFen)), {Text: b.Money(f.PlanFen), Sub: share(ratio(f.PlanFen, f.BudgetFen))}, {Text: b.Money(f.ContractFen), Sub: share(f.ContractRate())},
		{Text: b.Money(f.PaidFen), Sub: share(f.PaymentRate())}, {Text: b.Money(f.EvaluatedFen), Sub: share(f.EvaluatedRate())}, {Text: rate(f.ExecutionRate()), Strong: true},
		text(countOrBlank(f.Unready)), text(countOrBlank(f.Late + f.Overdue)), text(countOrBlank(f.AheadOfJudgment))}
}

// listExecution lists contracts one by one.
func (p *ledgerPage) listExecution(k *executionBook, w wanted) error {
	places := k.wanted(w)
	shown, err := cut(p, places)
	if err != nil {
		return err
	}
	p.List = table{Caption: p.T("plan.by.contract"), Empty: p.T("plan.empty"), Head: p.base.columns("col.contract", "col.purchaser", "plan.col.plan", "$plan.step.contract", "$plan.step.paid",
		"plan.col.evaluated_on", "plan.col.findings")}
	p.List.Head[0].Name, p.List.Head[6].Name = true, true
	for _, i := range shown {
		c := &k.contracts[i]
		var one execution.Flow
		one.AddContract(k.rules, &c.Contract, k.asOf)
		found := k.rules.Findings(&c.Contract, k.asOf)
		p.List.Rows = append(p.List.Rows, []cell{p.contractCell(c), {Text: k.name(c.Purchaser), Sub: k.name(c.Item)}, link(c.Plan, p.base.planURL(c.Plan)), text(p.Money(c.AmountFen)),
			{Text: p.Money(one.PaidFen), Sub: rate(one.PaymentRate())}, text(day(c.EvaluatedOn)), {Text: p.T("plan.findings", "N", len(found)), List: p.Notes(found)}})
	}
	return nil
}

// planURL is the address of a plan item; no address for a contract without one.
func (b *base) planURL(no string) string {
	if no == "" {
		return ""
	}
	return b.To("/plans/" + url.PathEscape(no))
}
