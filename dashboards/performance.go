package dashboards

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// yearly is what every page about the contracts of one budget year has: the year that the address names, or the latest.
type yearly struct {
	*basis
	Year  int
	Years []tab
}

// yearOf reads the year of the page. A year without contracts is shown as what it is: nothing was bought.
func (b *base) yearOf(ctx context.Context, v *store.View) (yearly, error) {
	y := yearly{basis: b.basis}
	years, err := v.Years(ctx)
	if err != nil {
		return y, err
	}
	if y.Year, err = wholeOf(b.query, "year"); err != nil {
		return y, err
	}
	all := make([]int, len(years))
	for i, year := range years {
		if all[i], err = strconv.Atoi(year.ID); err != nil {
			return y, err
		}
	}
	if y.Year == 0 {
		y.Year = begun(all, v.Run.AsOf)
	}
	y.Years = b.yearTabs(all, y.Year)
	return y, err
}

// Text is the year as it stands in an address.
func (y *yearly) Text() string { return strconv.Itoa(y.Year) }

// filter asks the store for the year's contracts.
func (y *yearly) filter() store.PerformanceFilter {
	return store.PerformanceFilter{Year: y.Year, Poor: y.worst()}
}

// worstBelow is the value below which a contract has the worst grade; NaN under a policy with fewer than two.
func (l *labels) worstBelow() float64 {
	if len(l.bands) < 2 {
		return math.NaN()
	}
	return l.bands[len(l.bands)-2].From
}

// total sums up groups of contracts; the means are weighted by money.
func total(groups []store.Performance) store.Performance {
	all := store.Performance{Mean: math.NaN(), MeanBefore: math.NaN()}
	var weighted, weight, weightedBefore, weightBefore float64
	for _, g := range groups {
		all.Contracts, all.Graded, all.AmountFen = all.Contracts+g.Contracts, all.Graded+g.Graded, all.AmountFen+g.AmountFen
		all.Poor, all.PoorFen = all.Poor+g.Poor, all.PoorFen+g.PoorFen
		all.ContractsBefore, all.PoorBefore = all.ContractsBefore+g.ContractsBefore, all.PoorBefore+g.PoorBefore
		if !math.IsNaN(g.Mean) {
			weighted, weight = weighted+g.Mean*float64(g.ValuedFen), weight+float64(g.ValuedFen)
		}
		if !math.IsNaN(g.MeanBefore) {
			weightedBefore, weightBefore = weightedBefore+g.MeanBefore*float64(g.ValuedBeforeFen), weightBefore+float64(g.ValuedBeforeFen)
		}
	}
	if weight > 0 {
		all.Mean = weighted / weight
	}
	if weightBefore > 0 {
		all.MeanBefore = weightedBefore / weightBefore
	}
	return all
}

// whole names all contracts that the reader sees: those of the district, or of its own scope.
func (b *base) whole(v *store.View) string {
	if v.Scope().All {
		return b.T("market.district")
	}
	return b.T("market.own")
}

// inWords answers how contracts did: how many of how many are poor, the money at stake, and against the year before.
func (y *yearly) inWords(name string, p *store.Performance) []string {
	if y.Year == 0 {
		return []string{y.T("market.answer.nothing", "Name", name)}
	}
	if p.Contracts == 0 {
		return []string{y.T("market.answer.none", "Name", name, "Year", y.Text())}
	}
	if p.Graded == 0 {
		return []string{y.T("market.answer.ungraded", "Name", name, "Year", y.Text(), "Total", y.CountInt(p.Contracts), "N", p.Contracts, "Money", y.Money(p.AmountFen), "Unit", y.UnitName())}
	}
	first := y.T("market.answer.poor", "Name", name, "Year", y.Text(), "Poor", y.CountInt(p.Poor), "Total", y.CountInt(p.Contracts), "N", p.Contracts, "Grade", y.Grade(y.worst()),
		"Line", number(y.worstBelow(), 0), "Money", y.Money(p.PoorFen), "Unit", y.UnitName())
	compared := y.T("market.answer.first", "Year", y.Text())
	if p.ContractsBefore > 0 {
		compared = y.against(p.Poor-p.PoorBefore, p.ContractsBefore)
	}
	second := y.T("market.answer.mean", "Mean", number(p.Mean, 1), "Change", y.meanChange(p), "Graded", y.CountInt(p.Graded), "Total", y.CountInt(p.Contracts), "Money", y.Money(p.AmountFen),
		"Unit", y.UnitName())
	return []string{first + y.T("market.answer.join") + compared, second}
}

// against says how many poor contracts more or fewer there are than in the year before.
func (y *yearly) against(difference, before int) string {
	key := "market.answer.same"
	switch {
	case difference > 0:
		key = "market.answer.more"
	case difference < 0:
		key = "market.answer.fewer"
	}
	size := max(difference, -difference)
	return y.T(key, "N", size, "Shown", y.CountInt(size), "Before", strconv.Itoa(y.Year-1), "Contracts", y.CountInt(before))
}

// meanChange says how the mean changed against the year before.
func (y *yearly) meanChange(p *store.Performance) string {
	if math.IsNaN(p.MeanChange()) {
		return ""
	}
	if scoring.Round(p.MeanChange(), 1) == 0 {
		return y.T("market.answer.level", "Before", strconv.Itoa(y.Year-1))
	}
	return y.T("market.answer.change", "Before", strconv.Itoa(y.Year-1), "Change", signed(p.MeanChange(), 1))
}

// performanceSorts are what a list of departments or items can be sorted by.
var performanceSorts = map[string]string{"name": "", "contracts": "", "amount": "", "mean": "", "change": "", "poor": "", "poor_money": ""}

// performanceKeys are the sort keys of the list's columns, in their order.
var performanceKeys = []string{"name", "contracts", "amount", "mean", "change", "poor", "poor_money"}

// sorted puts groups into the order that the address asks for; without one, those with most poor money first.
func (b *base) sorted(groups []store.Performance) (key string, descending bool, err error) {
	key, descending, err = sortOf(b.query, performanceSorts)
	if err != nil {
		return key, descending, err
	}
	if key == "" {
		key, descending = "poor_money", true
	}
	slices.SortStableFunc(groups, func(x, y store.Performance) int {
		if key == "name" {
			return turned(strings.Compare(x.Name, y.Name), descending)
		}
		return nanLast(performanceValue(&x, key), performanceValue(&y, key), descending)
	})
	return key, descending, nil
}

func performanceValue(p *store.Performance, key string) float64 {
	switch key {
	case "contracts":
		return float64(p.Contracts)
	case "amount":
		return float64(p.AmountFen)
	case "mean":
		return p.Mean
	case "change":
		return p.MeanChange()
	case "poor":
		return float64(p.Poor)
	}
	return float64(p.PoorFen)
}

// performanceTable lists departments or items; to is the address of one of them, first the key of the first column.
func (y *yearly) performanceTable(title, first string, groups []store.Performance, to func(*store.Performance) string, contracts func(*store.Performance) []string) table {
	t := table{Caption: title, Empty: y.T("market.none", "Year", y.Text()), Head: y.base.columns(first, "#col.contracts", "$col.amount", "#col.mean?weighted_mean", "#market.col.change", "#market.col.poor?grade_bands",
		"$market.col.poor_money")}
	for i := range groups {
		g := &groups[i]
		if g.Contracts == 0 { // it only bought in the year before
			continue
		}
		poor := link(y.CountInt(g.Poor), y.To("/evaluations", append(contracts(g), "year", y.Text(), "grade", y.worst())...))
		if g.Poor == 0 {
			poor = text("0")
		}
		poor.Sub = y.before(g)
		t.Rows = append(t.Rows, []cell{{Text: g.Name, Sub: g.Parent, URL: to(g), Strong: true}, link(y.CountInt(g.Contracts), y.To("/evaluations", append(contracts(g), "year", y.Text())...)),
			text(y.Money(g.AmountFen)), text(number(g.Mean, 2)), text(signed(g.MeanChange(), 2)), poor, text(y.Money(g.PoorFen))})
	}
	if all := total(groups); len(t.Rows) > 1 {
		t.Foot = []cell{text(y.T("table.total")), text(y.CountInt(all.Contracts)), text(y.Money(all.AmountFen)), text(number(all.Mean, 2)), text(signed(all.MeanChange(), 2)),
			text(y.CountInt(all.Poor)), text(y.Money(all.PoorFen))}
	}
	return t
}

// before says how many were poor in the year before.
func (y *yearly) before(g *store.Performance) string {
	if g.Poor == 0 && g.PoorBefore == 0 {
		return ""
	}
	return y.T("market.before", "Year", strconv.Itoa(y.Year-1), "N", y.CountInt(g.PoorBefore))
}

// sortableBy makes the columns of a list sort it.
func (b *base) sortableBy(t *table, keys []string, key string, descending bool) {
	for i, k := range keys {
		first := "asc"
		if t.Head[i].Number {
			first = "desc"
		}
		if k != "" {
			b.sortable(&t.Head[i], k, key, direction(descending), first)
		}
	}
}

// performanceSheet is the list as a file.
func (y *yearly) performanceSheet(title, code, name string, groups []store.Performance) *sheet {
	out := &sheet{Name: title, About: append(y.base.about(title, filters{}), [2]string{y.T("filter.year"), y.Text()}), Head: y.base.titles(code, name, "col.item_group", "col.contracts", "market.col.graded",
		"col.amount_yuan", "col.mean", "market.col.mean_before", "market.col.poor", "market.col.poor_yuan", "market.col.contracts_before", "market.col.poor_before")}
	for _, g := range groups {
		out.Rows = append(out.Rows, []any{g.Key, g.Name, g.Parent, int64(g.Contracts), int64(g.Graded), fen(g.AmountFen), rounded(g.Mean), rounded(g.MeanBefore), int64(g.Poor), fen(g.PoorFen),
			int64(g.ContractsBefore), int64(g.PoorBefore)})
	}
	return out
}

// rounded is a mean as a file shows it.
func rounded(v float64) float64 { return math.Round(v*100) / 100 }

// poorContracts lists the poor contracts of a year with most money.
func (y *yearly) poorContracts(ctx context.Context, v *store.View, f store.EvaluationFilter) (table, error) {
	f.Year, f.Grade, f.Sort, f.Descending, f.Limit = y.Year, y.worst(), "amount", true, fileRows
	rows, err := v.Evaluations(ctx, f)
	t := table{Caption: y.T("market.poor.title", "Grade", y.Grade(y.worst())), Empty: y.T("market.poor.none", "Grade", y.Grade(y.worst())),
		Head: y.base.columns("col.contract", "col.supplier", "col.purchaser", "col.item", "$col.amount", "#col.value?evaluation")}
	for _, r := range rows {
		c := y.base.evaluationCells(r)
		t.Rows = append(t.Rows, []cell{c[0], c[1], c[2], c[3], c[5], c[6]})
	}
	return t, err
}

// tiles are the treemap of the money of catalogue items: the darker, the lower the mean.
func (y *yearly) tiles(groups []store.Performance) (*figure, error) {
	bySize := slices.DeleteFunc(slices.Clone(groups), func(g store.Performance) bool { return g.Contracts == 0 })
	slices.SortStableFunc(bySize, func(a, b store.Performance) int { return nanLast(float64(a.AmountFen), float64(b.AmountFen), true) })
	means := make([]float64, len(bySize))
	for i := range bySize {
		means[i] = bySize[i].Mean
	}
	shade := shades(means)
	var tiles []charts.Tile
	data := table{Head: y.base.columns("col.item", "col.item_group", "#col.contracts", "$col.amount", "#col.mean?weighted_mean")}
	for i := range bySize {
		g := &bySize[i]
		url := y.base.itemPage(g.Key, "year", y.Text())
		data.Rows = append(data.Rows, []cell{link(g.Name, url), text(g.Parent), text(y.CountInt(g.Contracts)), text(y.Money(g.AmountFen)), text(number(g.Mean, 2))})
		tip := g.Name + "\n" + y.T("col.mean") + " " + number(g.Mean, 2) + " (" + y.Grade(y.gradeOf(g.Mean)) + ")\n" + y.Money(g.AmountFen) + " " + y.UnitName() + "\n" + y.base.inContracts(g.Contracts)
		tiles = append(tiles, charts.Tile{Name: g.Name, Shade: shade(g.Mean), Point: charts.Point{Value: y.base.inUnit(g.AmountFen), Label: g.Name + "\n" + number(g.Mean, 1), URL: url, Tip: tip}})
	}
	summary := y.T("overview.items.summary", "Items", y.CountInt(len(data.Rows)))
	option, err := charts.Treemap(summary, tiles, func(n int) charts.Tile { return y.otherTiles(bySize[len(bySize)-n:]) })
	f, err := y.base.newFigure("items", y.T("market.items.map", "Year", y.Text()), summary, "tall", option, err, data)
	if f != nil {
		f.Note = y.T("overview.items.note")
	}
	return f, err
}

// otherTiles is the one tile of groups that are too small for tiles of their own.
func (y *yearly) otherTiles(groups []store.Performance) charts.Tile {
	var fen int64
	for i := range groups {
		fen += groups[i].AmountFen
	}
	name := y.T("market.items.others", "N", y.CountInt(len(groups)))
	return charts.Tile{Name: name, Point: charts.Point{Value: y.base.inUnit(fen), Label: name, URL: y.To("/items", "year", y.Text(), "sort", "amount", "dir", "asc"),
		Tip: name + "\n" + y.Money(fen) + " " + y.UnitName()}}
}

// shades says how dark a mean is drawn beside the others, from 0 for the highest to 1 for the lowest; one without a value is
// not shaded.
func shades(means []float64) func(mean float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, mean := range means {
		if !math.IsNaN(mean) {
			low, high = min(low, mean), max(high, mean)
		}
	}
	return func(mean float64) float64 {
		if math.IsNaN(mean) || high <= low {
			return 0
		}
		return (high - mean) / (high - low)
	}
}
