package dashboards

import (
	"context"

	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/dueprocess"
)

// evaluationsPage lists evaluations.
type evaluationsPage struct {
	*basis
	List    table
	Pages   pages
	Filters filters
	Totals  store.EvaluationTotals
}

func (s *Server) evaluations(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("evaluations", b.T("asks.evaluations"))
	p := &evaluationsPage{basis: b.basis}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	filter, err := b.evaluationFilter()
	if err != nil {
		return nil, err
	}
	if p.Totals, err = v.EvaluationTotals(ctx, filter); err != nil {
		return nil, err
	}
	if p.Filters, err = b.evaluationFilters(ctx, v); err != nil {
		return nil, err
	}
	filter.Limit, filter.Offset = pageSize, (page-1)*pageSize
	rows, err := v.Evaluations(ctx, filter)
	if err != nil {
		return nil, err
	}
	p.Pages = b.paging(page, p.Totals.Contracts)
	p.List = b.evaluationTable(rows, filter)
	p.List.Foot = []cell{text(b.T("table.total_all", "Count", b.CountInt(p.Totals.Contracts))), {}, {}, {}, {},
		text(b.Money(p.Totals.AmountFen)), text(number(p.Totals.Mean, 2)), {}, {}}
	return p, nil
}

// evaluationFilter reads the filters of the list from the address.
func (b *base) evaluationFilter() (store.EvaluationFilter, error) {
	q := b.query
	f := store.EvaluationFilter{Search: q.Get("q"), Purchaser: q.Get("purchaser"), Supplier: q.Get("supplier"), SupplierType: q.Get("type"), Item: q.Get("item"), Group: q.Get("group"),
		Grade: q.Get("grade"), Status: q.Get("status"), State: dueprocess.State(q.Get("state"))}
	var err error
	if f.Year, err = wholeOf(q, "year"); err != nil {
		return f, err
	}
	if f.Missing, err = partyOf(q, "missing"); err != nil {
		return f, err
	}
	f.Sort, f.Descending, err = sortOf(q, store.EvaluationSorts)
	return f, err
}

func (b *base) evaluationFilters(ctx context.Context, v *store.View) (filters, error) {
	fields, err := b.evaluationFields(ctx, v)
	return b.newFilters(append(fields, field{Name: "state", Label: b.T("nav.process"), Choices: b.stateChoices()})...), err
}

// evaluationFields are what evaluations are filtered by but where they stand: what evaluationFilter reads has its chip.
func (b *base) evaluationFields(ctx context.Context, v *store.View) ([]field, error) {
	choices, err := v.Choices(ctx)
	if err != nil {
		return nil, err
	}
	types, err := b.supplierTypes(ctx, v)
	if err != nil {
		return nil, err
	}
	fields := []field{{Name: "q"}, {Name: "year", Choices: choices.Years}, {Name: "purchaser", Choices: choices.Purchasers}, {Name: "item",
		Choices: choices.Items}, types,
		{Name: "grade", Choices: b.gradeChoices()}, {Name: "status", Choices: b.statusChoices()}, {Name: "missing", Choices: b.partyChoices()}}
	if code := b.query.Get("group"); code != "" {
		name, err := groupName(ctx, v, code)
		if err != nil {
			return nil, err
		}
		fields = append(fields, field{Name: "group", Choices: []store.Choice{{ID: code, Name: orText(name, code)}}})
	}
	if id := b.query.Get("supplier"); id != "" {
		name := id
		if supplier, err := v.Supplier(ctx, id); err == nil {
			name = supplier.Name
		}
		fields = append(fields, field{Name: "supplier", Choices: []store.Choice{{ID: id, Name: name}}})
	}
	return fields, nil
}

func (b *base) gradeChoices() []store.Choice {
	var all []store.Choice
	for _, id := range b.gradesOf() {
		all = append(all, store.Choice{ID: id, Name: b.Grade(id)})
	}
	return all
}

func (b *base) statusChoices() []store.Choice {
	var all []store.Choice
	for _, status := range []scoring.Status{scoring.Rated, scoring.Provisional, scoring.Held, scoring.NoEvidence} {
		all = append(all, store.Choice{ID: string(status), Name: b.named("status", string(status))})
	}
	return all
}

// stateChoices are the states on the way to the public.
func (b *base) stateChoices() []store.Choice {
	var all []store.Choice
	for _, state := range dueprocess.States {
		all = append(all, store.Choice{ID: string(state), Name: b.State(state)})
	}
	return all
}

func (b *base) evaluationTable(rows []store.EvaluationRow, f store.EvaluationFilter) table {
	t := table{Caption: b.T("nav.evaluations"), Empty: b.T("evaluations.empty"),
		Head: b.columns("col.contract", "col.supplier", "col.purchaser", "col.item", "#col.year", "$col.amount", "#col.value?evaluation",
			"col.grade?grade_bands", "#col.answers?sample_size")}
	for i, key := range []string{"contract", "supplier", "purchaser", "item", "year", "amount", "value", "", "answers"} {
		first := "asc"
		if t.Head[i].Number {
			first = "desc"
		}
		if key != "" {
			b.sortable(&t.Head[i], key, f.Sort, direction(f.Descending), first)
		}
	}
	for _, r := range rows {
		t.Rows = append(t.Rows, b.evaluationCells(r))
	}
	return t
}

func (b *base) evaluationCells(r store.EvaluationRow) []cell {
	name := cell{Text: r.Name, Sub: r.ContractNo, URL: b.Contract(r.ContractNo), Strong: true}
	if r.Name == "" {
		name.Text, name.Sub = r.ContractNo, ""
	}
	value := cell{Text: number(r.Value, 2), Bar: b.spanOf(r.Value, r.Low, r.High)}
	return []cell{name, link(r.SupplierName, b.Supplier(r.SupplierID)), text(r.PurchaserName), text(r.ItemName), text(whole(int64(r.Year))),
		text(b.Money(r.AmountFen)), value, b.gradeWithStatus(r), {Text: b.CountInt(r.Answers()), Sub: b.answersBy(r)}}
}

// gradeWithStatus says below the grade when it was capped, or may still change.
func (b *base) gradeWithStatus(r store.EvaluationRow) cell {
	c := b.grade(gradeOrStatus(r.Grade, r.Status))
	c.Tag = b.contested(r.State)
	switch {
	case r.Grade != "" && r.Uncapped != "" && r.Uncapped != r.Grade:
		c.Sub = b.T("evaluation.capped_from", "Grade", b.Grade(r.Uncapped))
	case r.Status == scoring.Provisional:
		c.Sub = b.T("status.provisional")
	}
	return c
}

func (b *base) answersBy(r store.EvaluationRow) string {
	return b.CountInt(r.Purchasers) + " · " + b.CountInt(r.Recipients) + " · " + b.CountInt(r.ThirdParties)
}
