package dashboards

import (
	"context"
	"slices"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// suppliersPage lists the suppliers with their ratings.
type suppliersPage struct {
	*basis
	List    table
	Pages   pages
	Filters filters
	Levels  []levelCount
	Answer  []string
	Changes *figure // of the levels since an earlier run; nil: there is none
}

// levelCount is the number of suppliers of one level; its address filters by it.
type levelCount struct {
	Name, Class, URL, Count string
	Length                  int // in thousandths of the longest
	Set                     bool
}

func (s *Server) suppliers(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("suppliers", b.T("asks.suppliers"))
	p := &suppliersPage{basis: b.basis}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	filter, err := b.supplierFilter()
	if err != nil {
		return nil, err
	}
	var levels []store.Choice
	if p.Filters, levels, err = b.supplierFilters(ctx, v); err != nil {
		return nil, err
	}
	p.Levels = b.levelCounts(levels)
	filter.Limit, filter.Offset = pageSize, (page-1)*pageSize
	rows, total, err := v.Suppliers(ctx, filter)
	if err != nil {
		return nil, err
	}
	p.Pages = b.paging(page, total)
	p.List = b.supplierTable(rows, filter)
	err = p.answer(ctx, v, levels)
	b.ofAll(p.Filters, p.Changes)
	return p, err
}

// answer says how many suppliers are rated, how many of them below the middle of the levels, and how that has changed.
func (p *suppliersPage) answer(ctx context.Context, v *store.View, levels []store.Choice) error {
	all, rated, best := 0, 0, 0
	for _, l := range levels {
		all += l.Count
		if rank, ranked := p.levelRank(l.ID); ranked {
			rated += l.Count
			if rank == 0 {
				best = l.Count
			}
		}
	}
	if all == 0 {
		return nil
	}
	p.Answer = []string{p.T("suppliers.answer", "N", all, "Shown", p.CountInt(all), "Rated", p.CountInt(rated), "Unrated", p.CountInt(all-rated), "Best", p.CountInt(best), "Level", p.base.named("level", p.levels[0]))}
	earlier, err := v.EarlierRun(ctx)
	if err != nil || earlier.ID == 0 {
		return err
	}
	changes, err := v.LevelsSince(ctx, earlier.ID)
	if err != nil {
		return err
	}
	up, down := p.climbs(changes)
	p.Answer = append(p.Answer, p.T("suppliers.answer.changes", "Before", day(earlier.AsOf), "Up", p.CountInt(up), "Down", p.CountInt(down)))
	p.Changes, err = p.base.levelChanges(earlier, changes)
	return err
}

func (b *base) supplierFilter() (store.SupplierFilter, error) {
	f := store.SupplierFilter{Search: b.query.Get("q"), Level: b.query.Get("level"), Type: b.query.Get("type"),
		Candidates: b.query.Get("candidate") != ""}
	var err error
	f.Sort, f.Descending, err = sortOf(b.query, store.SupplierSorts)
	return f, err
}

// supplierFilters are the filters of the list and of its files, and the levels that there are.
func (b *base) supplierFilters(ctx context.Context, v *store.View) (filters, []store.Choice, error) {
	levels, err := v.SupplierLevels(ctx)
	if err != nil {
		return filters{}, nil, err
	}
	types, err := b.supplierTypes(ctx, v)
	levels = b.namedLevels(levels)
	return b.newFilters(field{Name: "q"}, field{Name: "level", Choices: levels}, types,
		field{Name: "candidate", Choices: []store.Choice{{ID: "yes", Name: b.T("filter.candidate.yes")}}}), levels, err
}

// supplierTypes is the filter by the type of the supplier.
func (b *base) supplierTypes(ctx context.Context, v *store.View) (field, error) {
	types, err := v.SupplierTypes(ctx)
	if id := b.query.Get("type"); b.Has("supplier_type."+id) && !slices.ContainsFunc(types, func(c store.Choice) bool { return c.ID == id }) {
		types = append(types, store.Choice{ID: id}) // nobody is of it now
	}
	b.nameAll("supplier_type", types)
	return field{Name: "type", Choices: types}, err
}

// namedLevels puts the levels in the order of the policy, those without a level last.
func (b *base) namedLevels(levels []store.Choice) []store.Choice {
	levels = slices.DeleteFunc(levels, func(c store.Choice) bool { return c.ID == "" })
	place := func(c store.Choice) int {
		if rank, ranked := b.levelRank(c.ID); ranked {
			return rank
		}
		return len(b.levels)
	}
	slices.SortStableFunc(levels, func(x, y store.Choice) int { return place(x) - place(y) })
	for i := range levels {
		levels[i].Name = b.named("level", levels[i].ID)
	}
	return levels
}

func (b *base) levelCounts(levels []store.Choice) []levelCount {
	most := 1
	for _, l := range levels {
		most = max(most, l.Count)
	}
	counts := make([]levelCount, len(levels))
	for i, l := range levels {
		counts[i] = levelCount{Name: l.Name, Class: b.LevelClass(l.ID), URL: b.Toggle("level", l.ID), Count: b.CountInt(l.Count),
			Length: max(l.Count*1000/most, 4), Set: b.query.Get("level") == l.ID}
	}
	return counts
}

func (b *base) supplierTable(rows []store.SupplierRow, f store.SupplierFilter) table {
	t := table{Caption: b.T("nav.suppliers"), Empty: b.T("suppliers.empty"),
		Head: b.columns("col.supplier", "col.level", "#col.score?credit_rating", "#col.performance", "#col.conduct", "col.assessment?assessment",
			"#col.contracts", "$col.amount", "col.attention?blacklist_candidate")}
	for i, key := range []string{"name", "", "score", "performance", "conduct", "", "contracts", "amount", ""} {
		first := "desc"
		if key == "name" {
			first = "asc"
		}
		if key != "" {
			b.sortable(&t.Head[i], key, f.Sort, direction(f.Descending), first)
		}
	}
	for _, r := range rows {
		level := b.ratingCell(r)
		attention := cell{}
		if r.Grounds > 0 {
			attention = cell{Text: b.T("supplier.grounds", "N", r.Grounds), URL: b.open(access.ReadCases, b.To("/blacklist", "supplier", r.ID))}
		}
		t.Rows = append(t.Rows, []cell{{Text: r.Name, Sub: r.USCC, URL: b.Supplier(r.ID), Strong: true}, level, text(number(r.Score, 1)),
			text(number(r.Performance, 1)),
			text(number(r.Conduct, 1)), text(b.named("assessment",
				r.Assessment)), text(b.CountInt(r.Contracts)), text(b.Money(r.AmountFen)), attention})
	}
	return t
}

// ratingCell says below the level when it was capped.
func (b *base) ratingCell(r store.SupplierRow) cell {
	level := b.level(orText(r.Level, r.Status))
	if r.Uncapped != "" && r.Uncapped != r.Level {
		level.Sub = b.T("evaluation.capped_from", "Grade", b.named("level", r.Uncapped))
	}
	return level
}
