package dashboards

import (
	"context"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// departmentsPage asks which departments buy badly, and what it costs.
type departmentsPage struct {
	yearly
	Answer  []string
	Groups  []tab // of items, that the heat map can be opened by
	Heat    *figure
	List    table
	Pages   *pages // of the list; nil: it is shown whole
	Filters filters
}

func (b *base) departmentPage(id string, pairs ...string) string {
	return b.To("/departments/"+url.PathEscape(id), pairs...)
}

func (b *base) itemPage(code string, pairs ...string) string {
	return b.To("/items/"+url.PathEscape(code), pairs...)
}

func (s *Server) departments(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("departments", b.T("market.departments.title"))
	y, err := b.yearOf(ctx, v)
	if err != nil {
		return nil, err
	}
	p := &departmentsPage{yearly: y}
	groups, err := v.Performance(ctx, store.ByPurchaser, y.filter())
	if err != nil {
		return nil, err
	}
	all := total(groups)
	p.Answer = append(y.inWords(b.whole(v), &all), p.concentrated(groups, &all))
	p.Filters = b.newFilters(field{Name: "q"})
	if p.Heat, p.Groups, err = y.heat(ctx, v, groups, b.query.Get("group")); err != nil {
		return nil, err
	}
	p.List, p.Pages, err = y.departmentTable(groups)
	return p, err
}

// concentrated says on how many departments half of the poor money falls.
func (p *departmentsPage) concentrated(groups []store.Performance, all *store.Performance) string {
	if all.PoorFen == 0 {
		return p.T("market.departments.clean")
	}
	byMoney := slices.Clone(groups)
	slices.SortStableFunc(byMoney, func(a, b store.Performance) int { return nanLast(float64(a.PoorFen), float64(b.PoorFen), true) })
	var sum int64
	for i, g := range byMoney {
		if sum += g.PoorFen; 2*sum >= all.PoorFen {
			return p.T("market.departments.half", "N", i+1, "Shown", p.CountInt(i+1), "Total", p.CountInt(len(groups)), "First", byMoney[0].Name, "Money", p.Money(byMoney[0].PoorFen), "Unit", p.UnitName())
		}
	}
	return ""
}

// departmentTable lists the departments that the search finds, a page of them.
func (y *yearly) departmentTable(groups []store.Performance) (table, *pages, error) {
	groups = found(groups, y.query.Get("q"))
	key, descending, err := y.base.sorted(groups)
	t := y.performanceTable(y.T("nav.departments"), "col.purchaser", groups, func(g *store.Performance) string { return y.base.departmentPage(g.Key, "year", y.query.Get("year")) },
		func(g *store.Performance) []string { return []string{"purchaser", g.Key} })
	y.base.sortableBy(&t, performanceKeys, key, descending)
	if err != nil {
		return t, nil, err
	}
	var shown *pages
	t.Rows, shown, err = cutWhereLong(y.base, t.Rows) // the total stays that of all
	return t, shown, err
}

// found are the groups whose name, key or parent holds what is searched for.
func found(groups []store.Performance, search string) []store.Performance {
	search = strings.ToLower(strings.TrimSpace(search))
	return slices.DeleteFunc(slices.Clone(groups), func(g store.Performance) bool {
		return !strings.Contains(strings.ToLower(g.Name+"\n"+g.Key+"\n"+g.Parent), search)
	})
}

// departmentData answers how one department bought.
type departmentData struct {
	yearly
	ID       string
	Answer   []string
	Figures  []stat
	Means    *figure
	Trend    *figure
	Boxes    *figure // of its raters
	Items    table
	Poor     table
	AllPoor  string
	Market   []string // how concentrated its purchases are, in words; nil where that is not for whoever asks
	MarketAt string
}

func (s *Server) department(ctx context.Context, v *store.View, b *base) (any, error) {
	y, err := b.yearOf(ctx, v)
	if err != nil {
		return nil, err
	}
	p := &departmentData{yearly: y, ID: b.pathValue("/departments/")}
	f := y.filter()
	f.Purchaser = p.ID
	groups, err := v.Performance(ctx, store.ByPurchaser, f)
	if err != nil {
		return nil, err
	}
	choices, err := v.Choices(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, c := range choices.Purchasers {
		names[c.ID] = c.Name
	}
	own, name, err := only(groups, p.ID, names)
	if err != nil {
		return nil, err
	}
	b.name("departments", b.T("market.department.title", "Name", name, "Year", y.Text()))
	p.Answer, p.Figures = y.inWords(name, own), y.stats(own, "purchaser", p.ID)
	if p.Means, err = b.meansOf(ctx, v, store.ByPurchaser, p.ID, "purchaser"); err != nil {
		return nil, err
	}
	if p.Trend, err = y.trendOf(ctx, v, "purchaser", p.ID); err != nil {
		return nil, err
	}
	if p.Boxes, err = b.departmentRaters(ctx, v, p.ID); err != nil {
		return nil, err
	}
	items, err := v.Performance(ctx, store.ByItemCode, f)
	if err != nil {
		return nil, err
	}
	key, descending, err := y.base.sorted(items)
	if err != nil {
		return nil, err
	}
	p.Items = y.performanceTable(y.T("market.department.items"), "col.item", items, func(g *store.Performance) string { return y.base.itemPage(g.Key, "year", y.query.Get("year")) },
		func(g *store.Performance) []string { return []string{"purchaser", p.ID, "item", g.Key} })
	y.base.sortableBy(&p.Items, performanceKeys, key, descending)
	p.AllPoor = y.To("/evaluations", "purchaser", p.ID, "year", y.Text(), "grade", y.worst())
	if p.Poor, err = y.poorContracts(ctx, v, store.EvaluationFilter{Purchaser: p.ID}); err != nil {
		return nil, err
	}
	p.Market, p.MarketAt, err = s.marketOf(ctx, v, &y, "department", p.ID)
	return p, err
}

// only is the one group of a page, with the name of what it is about: one of names, by their keys.
func only(groups []store.Performance, key string, names map[string]string) (*store.Performance, string, error) {
	name, known := names[key]
	switch {
	case !known:
		return nil, "", store.ErrNotInRun
	case len(groups) == 1:
		return &groups[0], name, nil
	}
	return &store.Performance{Key: key, Name: name, Mean: math.NaN(), MeanBefore: math.NaN()}, name, nil
}

// stats are the figures of a department or an item; what is the filter that its contracts have.
func (y *yearly) stats(p *store.Performance, what, id string) []stat {
	all := func(more ...string) string {
		return y.To("/evaluations", append([]string{what, id, "year", y.Text()}, more...)...)
	}
	return []stat{
		{Value: y.CountInt(p.Contracts), Label: y.T("col.contracts"), URL: all()},
		{Value: y.Money(p.AmountFen), Unit: y.UnitName(), Label: y.T("col.amount"), URL: all("sort", "amount", "dir", "desc")},
		{Value: number(p.Mean, 2), Label: y.T("col.mean"), URL: all("sort", "value"), How: y.base.how("weighted_mean")},
		{Value: y.CountInt(p.Poor), Unit: y.Money(p.PoorFen) + " " + y.UnitName(), Label: y.T("overview.stat.poor", "Grade", y.Grade(y.worst())), URL: all("grade", y.worst()), How: y.base.how("grade_bands")},
	}
}

// trendOf draws the grades of a department's or an item's contracts over the years, where there are two.
func (y *yearly) trendOf(ctx context.Context, v *store.View, what, id string) (*figure, error) {
	purchaser, item := id, ""
	if what == "item" {
		purchaser, item = "", id
	}
	groups, err := v.ByYearOf(ctx, purchaser, item)
	if err != nil || len(groups) == 0 || groups[0].Key == groups[len(groups)-1].Key {
		return nil, err
	}
	return y.base.trend(groups, y.T("overview.trend"), what, id)
}

// meansOf draws the mean of a department's, an item's or a supplier's contracts by year with the band of the middle half; by is
// the column of its key, filter that of the list of its contracts. It is nil where nothing has a value.
func (b *base) meansOf(ctx context.Context, v *store.View, by, key, filter string) (*figure, error) {
	years, err := v.MeansByYear(ctx, by, key)
	if err != nil {
		return nil, err
	}
	data := table{Head: b.columns("col.year", "#col.values", "#col.mean?weighted_mean", "#col.lower?quantile", "#col.upper?quantile")}
	moments, bands := make([]string, len(years)), make([]charts.Band, len(years))
	for i, y := range years {
		year := strconv.Itoa(y.Year)
		url := b.To("/evaluations", filter, key, "year", year)
		moments[i] = year
		bands[i] = charts.Band{Low: y.Lower, High: y.Upper, Point: charts.Point{Value: y.Mean, Label: number(y.Mean, 1), URL: url,
			Tip: year + "  " + number(y.Mean, 2) + "\n" + number(y.Lower, 2) + " – " + number(y.Upper, 2) + "\n" + b.inContracts(y.Contracts)}}
		data.Rows = append(data.Rows, []cell{link(year, url), text(b.CountInt(y.Contracts)), text(number(y.Mean, 2)), text(number(y.Lower, 2)), text(number(y.Upper, 2))})
	}
	summary := b.T("market.means.summary", "N", len(years))
	option, err := charts.History(summary, moments, b.T("unit.points"), bands)
	f, err := b.newFigure("means", b.T("market.means"), summary, "small", option, err, data)
	if len(years) == 1 { // which has no line
		return f.noted(b.T("market.means.note.one")), err
	}
	return f.noted(b.T("market.means.note")), err
}

func (s *Server) exportDepartments(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	y, err := b.yearOf(ctx, v)
	if err != nil {
		return nil, err
	}
	groups, err := v.Performance(ctx, store.ByPurchaser, y.filter())
	if err != nil {
		return nil, err
	}
	groups = found(groups, b.query.Get("q"))
	if _, _, err := y.base.sorted(groups); err != nil {
		return nil, err
	}
	return y.performanceSheet(b.T("nav.departments"), "market.col.purchaser_id", "col.purchaser", groups), nil
}
