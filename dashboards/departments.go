package dashboards

import (
	"context"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"

	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// departmentsPage asks which departments buy badly, and what it costs.
type departmentsPage struct {
	yearly
	Answer  []string
	Group   string // name of the group of items that the heat map shows; empty: all groups
	Ungroup string // address without it
	Heat    *figure
	List    table
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
	if p.Heat, err = p.heat(ctx, v, groups); err != nil {
		return nil, err
	}
	p.List, err = y.departmentTable(groups)
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

// departmentTable lists the departments that the search finds.
func (y *yearly) departmentTable(groups []store.Performance) (table, error) {
	groups = found(groups, y.query.Get("q"))
	key, descending, err := y.base.sorted(groups)
	t := y.performanceTable(y.T("nav.departments"), "col.purchaser", groups, func(g *store.Performance) string { return y.base.departmentPage(g.Key, "year", y.query.Get("year")) },
		func(g *store.Performance) []string { return []string{"purchaser", g.Key} })
	y.base.sortableBy(&t, performanceKeys, key, descending)
	return t, err
}

// found are the groups whose name, key or parent holds what is searched for.
func found(groups []store.Performance, search string) []store.Performance {
	search = strings.ToLower(strings.TrimSpace(search))
	return slices.DeleteFunc(slices.Clone(groups), func(g store.Performance) bool {
		return !strings.Contains(strings.ToLower(g.Name+"\n"+g.Key+"\n"+g.Parent), search)
	})
}

// crossings are what the departments bought of each group of items, or of each item of one group.
type crossings struct {
	group     string
	names     map[string]string // of the columns, by their keys
	cells     map[[2]string]store.Crossing
	low, high float64 // least and most of the means
}

func (p *departmentsPage) crossings(ctx context.Context, v *store.View) (*crossings, error) {
	f := p.filter()
	f.Group = p.query.Get("group")
	all, err := v.Crossings(ctx, f)
	x := &crossings{f.Group, map[string]string{}, map[[2]string]store.Crossing{}, math.Inf(1), math.Inf(-1)}
	for _, c := range all {
		x.names[c.Key], x.cells[[2]string{c.Purchaser, c.Key}] = c.Name, c
		if !math.IsNaN(c.Mean) {
			x.low, x.high = min(x.low, c.Mean), max(x.high, c.Mean)
		}
	}
	return x, err
}

// at is what a department bought of a column, and its shade: the darker, the lower the mean.
func (x *crossings) at(department, key string) (store.Crossing, float64) {
	c, bought := x.cells[[2]string{department, key}]
	if !bought {
		c.Mean = math.NaN()
	}
	return c, (x.high - c.Mean) / math.Max(x.high-x.low, 1)
}

// heat shows the mean of what each of the departments with most money bought of each group of items, or of each item of
// the group that the address names.
func (p *departmentsPage) heat(ctx context.Context, v *store.View, groups []store.Performance) (*figure, error) {
	x, err := p.crossings(ctx, v)
	if err != nil {
		return nil, err
	}
	if x.group != "" {
		p.Ungroup = p.Here("group", "")
		if p.Group, err = groupName(ctx, v, x.group); err != nil {
			return nil, err
		}
	}
	keys := slices.Sorted(maps.Keys(x.names))
	columns, data := make([]string, len(keys)), table{Head: p.base.columns("col.purchaser")}
	for i, key := range keys {
		columns[i] = x.names[key]
		data.Head = append(data.Head, head{Label: columns[i], Number: true, URL: p.columnURL(x.group, key)})
	}
	var rows []string
	var points [][]charts.Point
	for _, g := range groups {
		if len(rows) == heatRows || g.Contracts == 0 {
			break
		}
		line, row := make([]charts.Point, len(keys)), []cell{link(g.Name, p.base.departmentPage(g.Key, "year", p.query.Get("year")))}
		for i, key := range keys {
			c, shade := x.at(g.Key, key)
			line[i] = p.heatPoint(&g, columns[i], p.crossingURL(x.group, g.Key, key), &c, shade)
			row = append(row, cell{Text: orNone(line[i].Label), Sub: p.base.inContracts(c.Contracts)})
		}
		rows, points, data.Rows = append(rows, g.Name), append(points, line), append(data.Rows, row)
	}
	summary := p.T("market.heat.summary", "Shown", p.CountInt(len(rows)), "Total", p.CountInt(len(groups)))
	option, err := charts.Heat(summary, rows, columns, points)
	figure, err := p.base.newFigure("heat", p.T("market.heat"), summary, "wide", option, err, data)
	if figure != nil {
		figure.Note = summary
	}
	return figure, err
}

// heatPoint is one cell of the heat map.
func (p *departmentsPage) heatPoint(g *store.Performance, column, url string, c *store.Crossing, shade float64) charts.Point {
	if math.IsNaN(c.Mean) {
		return charts.Point{Value: 0, Tip: g.Name + "\n" + column + "\n" + p.base.inContracts(c.Contracts)}
	}
	return charts.Point{Value: shade, Label: number(c.Mean, 1), URL: url, Tip: g.Name + "\n" + column + "\n" + p.T("col.mean") + " " + number(c.Mean, 2) + "\n" + p.base.inContracts(c.Contracts) + "  " +
		p.Money(c.AmountFen) + " " + p.UnitName() + "\n" + p.T("market.tip.poor", "Grade", p.Grade(p.worst()), "N", p.CountInt(c.Poor))}
}

// inContracts is a number of contracts in words.
func (b *base) inContracts(n int) string { return b.T("tip.contracts", "N", n) }

// columnURL leads from a group to its items, and from an item to its page.
func (p *departmentsPage) columnURL(group, key string) string {
	if group == "" {
		return p.Here("group", key)
	}
	return p.base.itemPage(key, "year", p.query.Get("year"))
}

// crossingURL leads from a group to its items, and from an item to the contracts.
func (p *departmentsPage) crossingURL(group, department, key string) string {
	if group == "" {
		return p.Here("group", key)
	}
	return p.To("/evaluations", "purchaser", department, "item", key, "year", p.Text())
}

// departmentData answers how one department bought.
type departmentData struct {
	yearly
	ID       string
	Answer   []string
	Figures  []stat
	Trend    *figure
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
	if p.Trend, err = y.trendOf(ctx, v, "purchaser", p.ID); err != nil {
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
