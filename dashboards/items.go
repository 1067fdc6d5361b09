package dashboards

import (
	"context"
	"slices"

	"pingxin/pipelines/store"
)

// itemsPage asks what the money buys, and which services are bought badly.
type itemsPage struct {
	yearly
	Answer  []string
	Map     *figure
	List    table
	Pages   pages
	Filters filters
}

func (s *Server) items(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("items", b.T("market.items.title"))
	y, err := b.yearOf(ctx, v)
	if err != nil {
		return nil, err
	}
	p := &itemsPage{yearly: y}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	groups, err := v.Performance(ctx, store.ByItemCode, y.filter())
	if err != nil {
		return nil, err
	}
	all := total(groups)
	p.Answer = y.inWords(b.whole(v), &all)
	if worst := y.worstItem(groups); worst != "" {
		p.Answer = append(p.Answer, worst)
	}
	if p.Map, err = y.tiles(groups); err != nil {
		return nil, err
	}
	p.Filters = b.newFilters(field{Name: "q"})
	groups = found(groups, b.query.Get("q"))
	key, descending, err := y.base.sorted(groups)
	if err != nil {
		return nil, err
	}
	p.Pages = b.paging(page, len(groups))
	from := min((page-1)*pageSize, len(groups))
	p.List = y.performanceTable(b.T("nav.items"), "col.item", groups[from:min(from+pageSize, len(groups))], func(g *store.Performance) string { return y.base.itemPage(g.Key, "year", b.query.Get("year")) },
		func(g *store.Performance) []string { return []string{"item", g.Key} })
	y.base.sortableBy(&p.List, performanceKeys, key, descending)
	return p, nil
}

// leastOfItem is how many contracts an item needs to be named as the worst: the least sample of every clue.
const leastOfItem = 5

// worstItem names the item with the lowest mean among those with enough graded contracts.
func (y *yearly) worstItem(groups []store.Performance) string {
	var worst *store.Performance
	for i := range groups {
		if g := &groups[i]; g.Graded >= leastOfItem && (worst == nil || nanLast(g.Mean, worst.Mean, false) < 0) {
			worst = g
		}
	}
	if worst == nil {
		return ""
	}
	return y.T("market.items.worst", "Name", worst.Name, "Mean", number(worst.Mean, 1), "Graded", y.CountInt(worst.Graded), "Least", y.CountInt(leastOfItem))
}

func (s *Server) exportItems(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	y, err := b.yearOf(ctx, v)
	if err != nil {
		return nil, err
	}
	groups, err := v.Performance(ctx, store.ByItemCode, y.filter())
	if err != nil {
		return nil, err
	}
	groups = found(groups, b.query.Get("q"))
	if _, _, err := y.base.sorted(groups); err != nil {
		return nil, err
	}
	return y.performanceSheet(b.T("nav.items"), "col.item_code", "col.item", groups), nil
}

// itemData answers how one service was bought, from whom, and what the catalogue says of it.
type itemData struct {
	yearly
	Code        string
	Answer      []string
	Figures     []stat
	Means       *figure
	Trend       *figure
	Departments table
	Pages       *pages // of the departments; nil: they are shown whole
	Poor        table
	AllPoor     string
	Market      []string
	MarketAt    string
	Suppliers   *figure
	Listed      table
	Advice      *adviceView
}

func (s *Server) item(ctx context.Context, v *store.View, b *base) (any, error) {
	y, err := b.yearOf(ctx, v)
	if err != nil {
		return nil, err
	}
	p := &itemData{yearly: y, Code: b.pathValue("/items/")}
	f := y.filter()
	f.Item = p.Code
	groups, err := v.Performance(ctx, store.ByItemCode, f)
	if err != nil {
		return nil, err
	}
	names, err := v.ItemNames(ctx)
	if err != nil {
		return nil, err
	}
	own, name, err := only(groups, p.Code, names)
	if err != nil {
		return nil, err
	}
	b.name("items", b.T("market.item.title", "Name", name, "Year", y.Text()))
	p.Answer, p.Figures = y.inWords(name, own), y.stats(own, "item", p.Code)
	if p.Means, err = b.meansOf(ctx, v, store.ByItemCode, p.Code, "item"); err != nil {
		return nil, err
	}
	if p.Trend, err = y.trendOf(ctx, v, "item", p.Code); err != nil {
		return nil, err
	}
	departments, err := v.Performance(ctx, store.ByPurchaser, f)
	if err != nil {
		return nil, err
	}
	key, descending, err := y.base.sorted(departments)
	if err != nil {
		return nil, err
	}
	p.Departments = y.performanceTable(y.T("market.item.departments"), "col.purchaser", departments, func(g *store.Performance) string { return y.base.departmentPage(g.Key, "year", y.query.Get("year")) },
		func(g *store.Performance) []string { return []string{"purchaser", g.Key, "item", p.Code} })
	y.base.sortableBy(&p.Departments, performanceKeys, key, descending)
	if p.Departments.Rows, p.Pages, err = cutWhereLong(b, p.Departments.Rows); err != nil { // the total stays that of all
		return nil, err
	}
	p.AllPoor = y.To("/evaluations", "item", p.Code, "year", y.Text(), "grade", y.worst())
	if p.Poor, err = y.poorContracts(ctx, v, store.EvaluationFilter{Item: p.Code}); err != nil {
		return nil, err
	}
	return p, s.placeItem(ctx, v, p)
}

// placeItem adds what the market and the catalogue say of the item.
func (s *Server) placeItem(ctx context.Context, v *store.View, p *itemData) (err error) {
	if p.Market, p.MarketAt, err = s.marketOf(ctx, v, &p.yearly, "item", p.Code); err != nil {
		return err
	}
	if p.Listed, err = p.base.listings(ctx, v, p.Code); err != nil {
		return err
	}
	book, err := s.marketsOf(ctx, v, p.labels)
	if err != nil || book == nil {
		return err
	}
	if p.Suppliers, err = p.base.trendOfMarket(book.items[p.Code]); err != nil {
		return err
	}
	if a := book.adviceOn(p.Code); a != nil {
		p.Advice = p.base.adviceView(a, p.Title)
	}
	return nil
}

// listings is what each adopted version says of an item, the latest first.
func (b *base) listings(ctx context.Context, v *store.View, code string) (table, error) {
	t := table{Caption: b.T("market.item.listed"), Empty: b.T("catalogue.none"), Head: b.columns("catalogue.col.version", "catalogue.col.in_force", "catalogue.col.listing", "catalogue.col.reason")}
	versions, err := v.CatalogVersions(ctx)
	if err != nil {
		return t, err
	}
	entries, err := v.ItemListings(ctx, code)
	for _, e := range entries {
		at := slices.IndexFunc(versions, func(c store.CatalogVersion) bool { return c.ID == e.Version })
		version := &versions[at]
		t.Rows = append(t.Rows, []cell{link(orText(version.Title, version.ID), b.cataloguePage(version.ID)), text(b.inForce(version)), b.listing(e.Listing), {Text: orNone(e.Reason), Sub: e.Authority}})
	}
	return t, err
}

// groupName is the name of a group of items.
func groupName(ctx context.Context, v *store.View, code string) (string, error) {
	names, err := v.ItemNames(ctx)
	return orText(names[code], code), err
}
