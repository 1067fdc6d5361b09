package dashboards

import (
	"context"
	"maps"
	"math"
	"slices"

	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// crossings are what the departments bought of each group of items, or of each item of one group.
type crossings struct {
	group string            // code; empty: all groups
	names map[string]string // of the columns, by their keys
	cells map[[2]string]store.Crossing
	shade func(mean float64) float64
}

func (y *yearly) crossings(ctx context.Context, v *store.View, group string) (*crossings, error) {
	f := y.filter()
	f.Group = group
	all, err := v.Crossings(ctx, f)
	x := &crossings{group, map[string]string{}, map[[2]string]store.Crossing{}, nil}
	means := make([]float64, len(all))
	for i, c := range all {
		x.names[c.Key], x.cells[[2]string{c.Purchaser, c.Key}], means[i] = c.Name, c, c.Mean
	}
	x.shade = shades(means)
	return x, err
}

// at is what a department bought of a column, and its shade.
func (x *crossings) at(department, key string) (store.Crossing, float64) {
	c, bought := x.cells[[2]string{department, key}]
	if !bought {
		c.Mean = math.NaN()
	}
	return c, x.shade(c.Mean)
}

// heat shows the mean of what each of the departments with most money bought of each group of items, or of each item of one
// group. Beside it are the groups, as what the chart can be opened by; none while it is open.
func (y *yearly) heat(ctx context.Context, v *store.View, departments []store.Performance, group string) (*figure, []tab, error) {
	x, err := y.crossings(ctx, v, group)
	if err != nil {
		return nil, nil, err
	}
	keys := slices.Sorted(maps.Keys(x.names))
	columns, data := make([]string, len(keys)), table{Head: y.base.columns("col.purchaser")}
	for i, key := range keys {
		columns[i] = x.names[key]
		data.Head = append(data.Head, head{Label: columns[i], Number: true, URL: y.columnURL(group, key)})
	}
	var rows []string
	var points [][]charts.Point
	for _, g := range departments {
		if len(rows) == heatRows || g.Contracts == 0 {
			break
		}
		line, row := make([]charts.Point, len(keys)), []cell{link(g.Name, y.base.departmentPage(g.Key, "year", y.Text()))}
		for i, key := range keys {
			c, shade := x.at(g.Key, key)
			line[i] = y.heatPoint(&g, columns[i], y.crossingURL(group, g.Key, key), &c, shade)
			row = append(row, cell{Text: orNone(line[i].Label), URL: line[i].URL, Sub: y.base.inContracts(c.Contracts)})
		}
		rows, points, data.Rows = append(rows, g.Name), append(points, line), append(data.Rows, row)
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(x.cells)), func(c store.Crossing) bool { return !math.IsNaN(c.Mean) }) {
		return nil, y.groupTabs(x, keys), nil // nothing is evaluated
	}
	summary := y.T("market.heat.summary", "Shown", y.CountInt(len(rows)), "Total", y.CountInt(len(departments)))
	option, err := charts.Heat(summary, rows, columns, points)
	f, err := y.base.newFigure("heat", y.T("market.heat", "Year", y.Text()), summary, "wide", option, err, data)
	if f != nil {
		f.Note = summary
	}
	return f, y.groupTabs(x, keys), err
}

// groupTabs lead from all groups of items into each, and back.
func (y *yearly) groupTabs(x *crossings, keys []string) []tab {
	tabs := []tab{{y.T("market.heat.all"), y.To("/departments", "year", y.query.Get("year")), x.group == ""}}
	if x.group != "" {
		return tabs
	}
	for _, key := range keys {
		tabs = append(tabs, tab{x.names[key], y.columnURL("", key), false})
	}
	return tabs
}

// heatPoint is one cell of the heat map.
func (y *yearly) heatPoint(g *store.Performance, column, url string, c *store.Crossing, shade float64) charts.Point {
	switch {
	case c.Contracts == 0: // nothing to lead to
		return charts.Point{}
	case math.IsNaN(c.Mean):
		return charts.Point{URL: url, Tip: g.Name + "\n" + column + "\n" + y.base.inContracts(c.Contracts)}
	}
	return charts.Point{Value: shade, Label: number(c.Mean, 1), URL: url, Tip: g.Name + "\n" + column + "\n" + y.T("col.mean") + " " + number(c.Mean, 2) + "\n" + y.base.inContracts(c.Contracts) + "  " +
		y.Money(c.AmountFen) + " " + y.UnitName() + "\n" + y.T("market.tip.poor", "Grade", y.Grade(y.worst()), "N", y.CountInt(c.Poor))}
}

// inContracts is a number of contracts in words.
func (b *base) inContracts(n int) string { return b.T("tip.contracts", "N", n) }

// columnURL leads from a group to its items, and from an item to its page.
func (y *yearly) columnURL(group, key string) string {
	if group == "" {
		return y.To("/departments", "group", key, "year", y.query.Get("year"))
	}
	return y.base.itemPage(key, "year", y.query.Get("year"))
}

// crossingURL leads to the contracts of a department for a group of items, or for one item of it.
func (y *yearly) crossingURL(group, department, key string) string {
	what := "item"
	if group == "" {
		what = "group"
	}
	return y.To("/evaluations", "purchaser", department, what, key, "year", y.Text())
}
