package dashboards

import (
	"context"
	"net/url"
	"strings"
	"time"

	"pingxin/budget"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// registerSettlements lists the routes of the advice on settling service fees.
func (s *Server) registerSettlements() {
	s.kept("GET /settlement", access.ReadSettlement, "settlements.html", s.settlements)
	s.page("GET /settlement/{contract}", access.ReadSettlement, "settlement.html", s.settlement)
	s.export("settlement", access.ReadSettlement, s.exportSettlements)
}

// settlementActions are what an advice can say, in the order of the filter.
var settlementActions = budget.SettlementActions()

// settlementHolds are the reasons that hold money back, in the order of the filter.
var settlementHolds = []string{budget.SettleDispute, budget.SettleUngraded, budget.SettleMissing, budget.SettlePaidAhead, budget.SettleUnread, budget.SettleUnruled}

// settlementsPage lists the advice on every contract.
type settlementsPage struct {
	*basis
	Answer  []string
	Figures []stat
	Filters filters
	List    table
	Pages   pages
}

func (s *Server) settlements(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("settlement", b.T("asks.settlement"))
	p := &settlementsPage{basis: b.basis}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	filter, err := b.settlementFilter()
	if err != nil {
		return nil, err
	}
	totals, err := v.SettlementTotals(ctx, filter)
	if err != nil {
		return nil, err
	}
	p.answer(totals)
	if p.Filters, err = b.settlementFilters(ctx, v); err != nil {
		return nil, err
	}
	filter.Limit, filter.Offset = pageSize, (page-1)*pageSize
	rows, err := v.Settlements(ctx, filter)
	if err != nil {
		return nil, err
	}
	p.Pages = b.paging(page, totals.Contracts)
	p.List = b.settlementTable(rows, filter)
	p.List.Foot = []cell{text(b.T("table.total_all", "Count", b.CountInt(totals.Contracts))), {}, {}, text(b.Money(totals.AmountFen)), text(b.Money(totals.PaidFen)), {},
		{Text: b.Money(totals.DueFen), Strong: true}, {}, {}}
	return p, nil
}

// answer says in words what can be paid, what waits, and what was paid too much.
func (p *settlementsPage) answer(t store.SettlementTotals) {
	p.Answer = []string{p.T("settle.answer.due", "N", t.Due, "Shown", p.CountInt(t.Due), "Money", p.Money(t.DueFen), "Unit", p.UnitName()),
		p.T("settle.answer.held", "N", t.Held, "Shown", p.CountInt(t.Held), "Money", p.Money(t.HeldFen), "Unit", p.UnitName()),
		p.T("settle.answer.paid_up", "N", t.PaidUp, "Shown", p.CountInt(t.PaidUp), "Money", p.Money(t.OpenFen), "Unit", p.UnitName()),
		p.T("settle.answer.overpaid", "N", t.Overpaid, "Shown", p.CountInt(t.Overpaid), "Money", p.Money(t.OverpaidFen), "Unit", p.UnitName())}
	figure := func(fen int64, key string, pairs ...string) {
		p.Figures = append(p.Figures, stat{Value: p.Money(fen), Unit: p.UnitName(), Label: p.T(key), URL: p.Here(pairs...)})
	}
	figure(t.DueFen, "settle.stat.due", "sort", "due", "dir", "desc")
	figure(t.HeldFen, "settle.stat.held", "advice", budget.Hold)
	figure(t.OpenFen, "settle.stat.open", "advice", budget.PaidUp)
	figure(t.ReducedFen, "settle.stat.reduced", "sort", "payable", "dir", "asc")
	figure(t.OverpaidFen, "settle.stat.overpaid", "advice", budget.Recover)
}

// settlementFilter reads the filters of the list from the address.
func (b *base) settlementFilter() (store.SettlementFilter, error) {
	q := b.query
	f := store.SettlementFilter{Search: q.Get("q"), Purchaser: q.Get("purchaser"), Item: q.Get("item"), Supplier: q.Get("supplier"), Grade: q.Get("grade"), Action: q.Get("advice"), Reason: q.Get("hold")}
	var err error
	if f.Year, err = wholeOf(q, "year"); err != nil {
		return f, err
	}
	f.Sort, f.Descending, err = sortOf(q, store.SettlementSorts)
	return f, err
}

func (b *base) settlementFilters(ctx context.Context, v *store.View) (filters, error) {
	choices, err := v.Choices(ctx)
	if err != nil {
		return filters{}, err
	}
	return b.newFilters(field{Name: "q"}, field{Name: "year", Choices: choices.Years}, field{Name: "purchaser", Choices: choices.Purchasers},
		field{Name: "item", Choices: choices.Items}, field{Name: "grade", Choices: b.gradeChoices()}, field{Name: "advice", Choices: b.namedChoices("settle.action", settlementActions)},
		field{Name: "hold", Choices: b.namedChoices("settle.hold", settlementHolds)}), nil
}

// namedChoices are ids with their names in a family of keys.
func (b *base) namedChoices(family string, ids []string) []store.Choice {
	all := make([]store.Choice, len(ids))
	for i, id := range ids {
		all[i] = store.Choice{ID: id, Name: b.named(family, id)}
	}
	return all
}

// nameAll names choices that were read by a family of keys.
func (b *base) nameAll(family string, choices []store.Choice) {
	for i := range choices {
		choices[i].Name = b.named(family, choices[i].ID)
	}
}

func (b *base) settlementTable(rows []store.SettlementRow, f store.SettlementFilter) table {
	t := table{Caption: b.T("nav.settlement"), Empty: b.T("settle.empty"), Head: b.columns("col.contract", "col.supplier", "col.grade?grade_bands", "$col.amount", "$col.settle_paid",
		"$col.settle_payable?settlement", "$col.settle_due?settlement", "col.settle_advice", "col.reasons")}
	for i, key := range []string{"contract", "supplier", "", "amount", "paid", "payable", "due"} {
		first := "asc"
		if t.Head[i].Number {
			first = "desc"
		}
		if key != "" {
			b.sortable(&t.Head[i], key, f.Sort, direction(f.Descending), first)
		}
	}
	for i := range rows {
		t.Rows = append(t.Rows, b.settlementCells(&rows[i]))
	}
	return t
}

func (b *base) settlementCells(r *store.SettlementRow) []cell {
	payable := cell{Text: b.Money(r.PayableFen), Sub: brief(r.PayablePct) + "%"}
	due := cell{Text: b.Money(r.DueFen), Strong: r.DueFen > 0}
	if over := r.OverpaidFen(); over > 0 {
		if due.Sub = b.T("settle.over.open", "Money", b.Money(over)); r.Action == budget.Recover {
			due.Sub = b.T("settle.over", "Money", b.Money(over))
		}
	}
	return []cell{{Text: orText(r.Name, r.Contract), Sub: r.Contract + " · " + r.PurchaserName, URL: b.Settlement(r.Contract), Strong: true}, link(r.SupplierName, b.Supplier(r.Supplier)),
		b.grade(gradeOrStatus(r.Grade, r.Status)), text(b.Money(r.AmountFen)), text(b.Money(r.PaidFen)), payable, due,
		{Text: b.named("settle.action", r.Action), Class: adviceClass(r.Action)}, {List: b.inShort(r.Reasons)}}
}

// inShort says in a word each what holds money back or takes some off; the sentences stand on the sheet.
func (b *base) inShort(reasons []scoring.Note) (all []string) {
	for _, n := range reasons {
		switch {
		case budget.Holds(n.Code):
			all = append(all, b.named("settle.hold", n.Code))
		case n.Code == budget.SettleByTargets && n.Need < wholePercent:
			all = append(all, b.T("settle.short.targets", "Have", brief(n.Have), "Need", brief(n.Need)))
		case n.Code == budget.SettleByGrade && n.Have < wholePercent:
			all = append(all, b.T("settle.short.grade", "Ref", b.Grade(n.Ref), "Have", brief(n.Have)))
		case n.Code == budget.SettleUnclear:
			all = append(all, b.T("settle.short.unclear"))
		}
	}
	return all
}

// adviceClass is the colour class of an advice: what can be paid is good, what waits or was paid too much is not.
func adviceClass(action string) string {
	switch action {
	case budget.Pay, budget.Settled:
		return "g0"
	case budget.Reduce, budget.PaidUp:
		return "g2"
	case budget.Hold, budget.Recover:
		return "g4"
	}
	return "gx"
}

// Settlement is the address of the advice on a contract.
func (b *basis) Settlement(no string) string {
	return b.base.open(access.ReadSettlement, b.To("/settlement/"+url.PathEscape(no)))
}

func (s *Server) exportSettlements(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	filter, err := b.settlementFilter()
	if err != nil {
		return nil, err
	}
	said, err := b.settlementFilters(ctx, v)
	if err != nil {
		return nil, err
	}
	filter.Limit = allRows
	rows, err := v.Settlements(ctx, filter)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.settlement"), About: b.about(b.T("nav.settlement"), said), Head: b.titles("col.contract_no", "col.contract", "col.purchaser", "col.supplier_id", "col.supplier",
		"col.item", "col.year", "col.end_on", "col.grade", "col.settle_attained_pct", "col.amount_yuan", "col.settle_paid_yuan", "col.settle_payable_pct", "col.settle_payable_yuan", "col.settle_due_yuan", "col.settle_held_yuan",
		"col.settle_overpaid_yuan", "col.settle_advice", "col.reasons", "col.settle_clauses")}
	for i := range rows {
		r := &rows[i]
		out.Rows = append(out.Rows, []any{r.Contract, r.Name, r.PurchaserName, r.Supplier, r.SupplierName, r.ItemName, int64(r.Year), dayOrEmpty(r.EndOn),
			b.Grade(gradeOrStatus(r.Grade, r.Status)), r.Attained, fen(r.AmountFen), fen(r.PaidFen), r.PayablePct, fen(r.PayableFen), fen(r.DueFen), fen(r.HeldFen()), fen(r.OverpaidFen()),
			b.named("settle.action", r.Action), strings.Join(b.Notes(r.Reasons), " "), strings.Join(b.clauses(r), "; ")})
	}
	return out, nil
}

// clauses are what the reasons of an advice rest on, each once.
func (b *base) clauses(r *store.SettlementRow) (all []string) {
	for _, n := range r.Reasons {
		all = addOnce(all, b.clause(n.Code))
	}
	return all
}

func addOnce(all []string, s string) []string {
	for _, known := range all {
		if known == s {
			return all
		}
	}
	return append(all, s)
}

// clause is what a reason rests on, by the policy of the run.
func (b *base) clause(reason string) string {
	if b.settlement == nil {
		return none
	}
	return b.inLanguage(b.settlement.ClauseOf(reason), "")
}

// settlementPage is the advice on one contract, made to be printed and signed.
type settlementPage struct {
	*basis
	R        store.SettlementRow
	Answer   string
	Advice   cell
	Facts    [][2]string
	Capital  string // the amount due, written out
	Sums     table
	Reasons  table
	Stages   table
	Slip     string // the slip of the evaluation; empty where it is not open
	Open     bool   // something holds it back
	IssuedOn time.Time
}

func (s *Server) settlement(ctx context.Context, v *store.View, b *base) (any, error) {
	p := &settlementPage{basis: b.basis}
	var err error
	if p.R, err = v.Settlement(ctx, b.pathValue("/settlement/")); err != nil {
		return nil, err
	}
	b.name("settlement", b.T("settle.sheet"))
	stages, err := v.Stages(ctx, p.R.Contract)
	if err != nil {
		return nil, err
	}
	p.head()
	p.sums()
	p.reasons()
	p.stages(stages)
	return p, nil
}

// head fills in what stands above the tables.
func (p *settlementPage) head() {
	r := &p.R
	p.Open, p.Slip, p.IssuedOn = r.Action == budget.Hold || r.Action == budget.PaidUp, p.Contract(r.Contract), p.Run.AsOf
	p.Advice = cell{Text: p.base.named("settle.action", r.Action), Class: adviceClass(r.Action)}
	p.Capital = CapitalYuan(r.DueFen)
	p.Answer = p.T("settle.sheet."+saidOf(r), "Due", exactYuan(r.DueFen), "Held", exactYuan(r.HeldFen()), "Over", exactYuan(r.OverpaidFen()), "Reduced", exactYuan(r.ReducedFen()),
		"Rest", exactYuan(r.AmountFen-r.PaidFen), "Share", brief(r.PayablePct))
	p.Facts = [][2]string{{p.T("col.contract_no"), r.Contract}, {p.T("col.contract"), orNone(r.Name)}, {p.T("col.purchaser"), r.PurchaserName}, {p.T("col.supplier"), r.SupplierName},
		{p.T("col.item"), r.ItemName}, {p.T("evaluation.period"), day(r.StartOn) + " – " + day(r.EndOn)}, {p.T("col.value"), number(r.Value, 2)},
		{p.T("col.grade"), p.Grade(gradeOrStatus(r.Grade, r.Status))}, {p.T("col.settle_attained_pct"), percent(r.Attained/wholePercent, 2)},
		{p.T("evaluation.run"), whole(int64(r.FromRun))}, {p.T("evaluation.row_hash"), brokenHash(r.RowHash)}}
}

// saidOf is the key of the sentence that says what is to be done.
func saidOf(r *store.SettlementRow) string {
	switch {
	case r.Action == budget.Hold && r.HeldFen() == 0:
		return "hold_nothing" // what is payable was paid before there was a reason
	case r.Action == budget.PaidUp && !r.Final:
		return "paid_up_early"
	case r.Action == budget.PaidUp && r.OverpaidFen() > 0:
		return "paid_up_over"
	}
	return r.Action
}

// sums is the amount from what was agreed to what is due, in yuan to the fen.
func (p *settlementPage) sums() {
	r := &p.R
	p.Sums = table{Caption: p.T("settle.sums"), Head: p.base.columns("col.settle_sum", "#col.amount_yuan")}
	add := func(key string, fen int64, strong bool) {
		p.Sums.Rows = append(p.Sums.Rows, []cell{text(p.T(key, "Share", brief(r.PayablePct))), {Text: exactYuan(fen), Strong: strong}})
	}
	add("settle.sum.amount", r.AmountFen, false)
	add("settle.sum.payable", r.PayableFen, false)
	add("settle.sum.paid", r.PaidFen, false)
	switch {
	case r.OverpaidFen() > 0 && p.Open:
		add("settle.sum.open", r.OverpaidFen(), true)
	case r.OverpaidFen() > 0:
		add("settle.sum.overpaid", r.OverpaidFen(), true)
	case p.Open:
		add("settle.sum.held", r.HeldFen(), true)
	default:
		add("settle.sum.due", r.DueFen, true)
	}
}

// reasons are the sentences of the advice, each with what it rests on.
func (p *settlementPage) reasons() {
	p.Reasons = table{Caption: p.T("settle.reasons"), Head: p.base.columns("col.settle_reason", "col.settle_clause")}
	for _, n := range p.R.Reasons {
		p.Reasons.Rows = append(p.Reasons.Rows, []cell{{Text: p.Note(n), Strong: p.Open && budget.Holds(n.Code)}, text(p.base.clause(n.Code))})
	}
}

func (p *settlementPage) stages(stages []store.Stage) {
	p.Stages = table{Caption: p.T("settle.stages"), Empty: p.T("settle.stages.none"), Head: p.base.columns("col.settle_stage", "col.settle_due_on", "col.settle_paid_on", "#col.amount_yuan")}
	for _, s := range stages {
		p.Stages.Rows = append(p.Stages.Rows, []cell{text(s.Stage), text(day(s.DueOn)), text(day(s.PaidOn)), text(exactYuan(s.AmountFen))})
	}
}

// Signers are who signs the sheet, in the order of signing.
func (p *settlementPage) Signers() []string {
	return []string{p.T("settle.sign.purchaser"), p.T("settle.sign.checker"), p.T("settle.sign.supplier"), p.T("settle.sign.finance", "Bureau", p.Bureau)}
}
