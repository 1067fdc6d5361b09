package dashboards

import (
	"context"
	"math"
	"slices"

	"pingxin/dashboards/charts"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
	"pingxin/scoring/dueprocess"
)

// How much of a long list the overview shows; the rest is one click away.
const (
	heatRows     = 15
	moverRows    = 8
	wholePercent = 100
)

// overviewPage answers in words first, then shows.
type overviewPage struct {
	*basis
	Answer      []string // sentences
	Alarm       *alarm   // open incidents; nil: none
	Figures     []stat
	Grades      []gradeBar
	GradeTable  table
	Trend       *figure
	Items       *figure
	Heat        *figure
	Groups      []tab // of items, that the heat map can be opened by
	Departments *figure
	Movers      table
	Moved       int
	Fresh       store.Freshness
}

// stat is one number of the overview with its name.
type stat struct {
	Value, Unit, Label, URL, Class string
	How                            *methodLink
}

// gradeBar is a bar of shares: of contracts, or of money.
type gradeBar struct {
	Label string
	Parts []gradeShare
}

// gradeShare is one part of a bar in thousandths of its length.
type gradeShare struct {
	From, Length      int
	Class, Name, Text string
	URL               string
}

func (s *Server) overview(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("overview", b.T("overview.question"))
	p := &overviewPage{basis: b.basis}
	groups, err := v.ByGrade(ctx)
	if err != nil {
		return nil, err
	}
	if p.Fresh, err = v.Freshness(ctx); err != nil {
		return nil, err
	}
	if p.Alarm, err = b.alarm(ctx, v); err != nil {
		return nil, err
	}
	total, err := v.BudgetTotals(ctx)
	if err != nil {
		return nil, err
	}
	groups = b.inOrder(groups)
	p.Grades = []gradeBar{b.gradeBar("overview.by_contracts", groups, contractsOf), b.gradeBar("overview.by_money", groups, moneyOf)}
	p.GradeTable = b.gradeTable(groups)
	if err := p.movers(ctx, v); err != nil {
		return nil, err
	}
	p.answer(groups, total)
	if err := p.disputes(ctx, v); err != nil {
		return nil, err
	}
	if err := p.thisYear(ctx, v); err != nil {
		return nil, err
	}
	return p, p.draw(ctx, v)
}

// thisYear says how the contracts of the latest year did against the year before, and shows where its money went.
func (p *overviewPage) thisYear(ctx context.Context, v *store.View) error {
	y, err := p.base.yearOf(ctx, v)
	if err != nil {
		return err
	}
	departments, err := v.Performance(ctx, store.ByPurchaser, y.filter())
	if err != nil {
		return err
	}
	all := total(departments)
	p.Answer = append(y.inWords(p.base.whole(v), &all)[:1], p.Answer...)
	if p.Heat, p.Groups, err = y.heat(ctx, v, departments, ""); err != nil {
		return err
	}
	items, err := v.Performance(ctx, store.ByItemCode, y.filter())
	if err != nil {
		return err
	}
	p.Items, err = y.tiles(items)
	return err
}

// disputes counts the evaluations that are in dispute: their figures may change.
func (p *overviewPage) disputes(ctx context.Context, v *store.View) error {
	counts, err := v.StateCounts(ctx)
	if n := counts[dueprocess.Disputed]; n > 0 {
		p.Answer = append(p.Answer, p.T("process.overview", "N", n, "Shown", p.CountInt(n)))
	}
	p.Figures = append(p.Figures, stat{Value: p.CountInt(counts[dueprocess.Disputed]), Label: p.T("process.disputes"), URL: p.To("/process", "state", string(dueprocess.Disputed))})
	return err
}

// inOrder sorts groups from the best grade to those without one.
func (b *base) inOrder(groups []store.Group) []store.Group {
	order := b.gradesOf()
	place := func(g store.Group) int {
		if at := slices.Index(order, g.Grade); at >= 0 {
			return at
		}
		return len(order)
	}
	return slices.SortedStableFunc(slices.Values(groups), func(a, b store.Group) int { return place(a) - place(b) })
}

func contractsOf(g store.Group) int64 { return int64(g.Contracts) }

func moneyOf(g store.Group) int64 { return g.AmountFen }

// worst is the last grade of the policy; empty when it has none.
func (l *labels) worst() string {
	if len(l.bands) == 0 {
		return ""
	}
	return l.bands[len(l.bands)-1].ID
}

// answer says in words what the night found.
func (p *overviewPage) answer(groups []store.Group, total store.BudgetTotals) {
	contracts, graded, poor := 0, 0, store.Group{}
	var money int64
	for _, g := range groups {
		contracts += g.Contracts
		money += g.AmountFen
		if p.isGrade(g.Grade) {
			graded += g.Contracts
		}
		if g.Grade == p.worst() {
			poor = g
		}
	}
	poorName := p.Grade(p.worst())
	unit := p.UnitName()
	p.Answer = append(p.Answer, p.T("overview.answer.contracts", "Total", p.CountInt(contracts), "Graded", p.CountInt(graded), "Money",
		p.Money(money), "Unit", unit))
	if graded > 0 { // without a grade nothing is poor, and nothing is well
		p.Answer = append(p.Answer, p.T("overview.answer.poor", "N", poor.Contracts, "Shown", p.CountInt(poor.Contracts), "Grade", poorName,
			"Money", p.Money(poor.AmountFen), "Unit", unit))
	}
	if p.Run.ID > 1 {
		p.Answer = append(p.Answer, p.T("overview.answer.moved", "N", p.Moved, "Shown", p.CountInt(p.Moved)))
	}
	p.Figures = []stat{
		{Value: p.CountInt(graded), Unit: "/ " + p.CountInt(contracts), Label: p.T("overview.stat.graded"), URL: p.To("/evaluations"),
			How: p.base.how("evaluation")},
		{Value: p.CountInt(poor.Contracts), Label: p.T("overview.stat.poor", "Grade", poorName), URL: p.To("/evaluations", "grade", p.worst()),
			Class: "g4", How: p.base.how("grade_bands")},
		{Value: p.Money(poor.AmountFen), Unit: unit, Label: p.T("overview.stat.poor_money", "Grade", poorName), URL: p.To("/evaluations",
			"grade", p.worst(), "sort", "amount", "dir", "desc"), How: p.base.how("grade_bands")},
		{Value: p.Change(total.ChangeFen), Unit: unit, Label: p.T("overview.stat.proposed"), URL: p.To("/budget"),
			How: p.base.how(p.BudgetMethod())},
	}
}

func (b *base) gradeBar(key string, groups []store.Group, measure func(store.Group) int64) gradeBar {
	var sum, before int64
	for _, g := range groups {
		sum += measure(g)
	}
	bar := gradeBar{Label: b.T(key)}
	if sum == 0 {
		return bar
	}
	for _, g := range groups {
		from := int(before * 1000 / sum)
		before += measure(g)
		share := float64(measure(g)) / float64(sum)
		length := int(before*1000/sum) - from
		bar.Parts = append(bar.Parts, gradeShare{From: from, Length: length, Class: b.GradeClass(g.Grade), Name: b.Grade(g.Grade),
			Text: percent(share, 1), URL: b.To("/evaluations", "grade", g.Grade)})
	}
	return bar
}

func (b *base) gradeTable(groups []store.Group) table {
	t := table{Caption: b.T("overview.grades"), Head: b.columns("col.grade", "#col.contracts", "#col.share", "$col.amount", "#col.share_money",
		"#col.mean?weighted_mean")}
	var contracts int
	var money int64
	for _, g := range groups {
		contracts += g.Contracts
		money += g.AmountFen
	}
	for _, g := range groups {
		mark := b.grade(g.Grade)
		mark.URL = b.To("/evaluations", "grade", g.Grade)
		t.Rows = append(t.Rows, []cell{mark, link(b.CountInt(g.Contracts), mark.URL), text(percent(float64(g.Contracts)/float64(contracts), 1)),
			text(b.Money(g.AmountFen)), text(percent(float64(g.AmountFen)/math.Max(float64(money), 1), 1)), text(number(g.Mean, 2))})
	}
	t.Foot = []cell{text(b.T("table.total")), text(b.CountInt(contracts)), text("100%"), text(b.Money(money)), text("100%"), {}}
	return t
}

func (p *overviewPage) movers(ctx context.Context, v *store.View) error {
	rows, _, err := v.Movements(ctx, store.MovementFilter{Run: v.Run.ID, Subject: "contract", Limit: moverRows})
	if err != nil {
		return err
	}
	counts, err := v.MovementCounts(ctx, v.Run.ID)
	if err != nil {
		return err
	}
	for _, c := range counts {
		if c.Subject == "contract" {
			p.Moved += c.Count
		}
	}
	p.Movers = p.base.movementTable(rows, nil)
	return nil
}

// draw makes the charts.
func (p *overviewPage) draw(ctx context.Context, v *store.View) error {
	years, err := v.ByYear(ctx)
	if err != nil {
		return err
	}
	if p.Trend, err = p.base.trend(years, p.T("overview.trend")); err != nil {
		return err
	}
	departments, err := v.ByDepartment(ctx)
	if err != nil {
		return err
	}
	p.Departments, err = p.heat(departments)
	return err
}

// trend stacks the shares of the grades by budget year, by money; the pairs are the filters of the contracts that it leads to.
func (b *base) trend(groups []store.Group, title string, pairs ...string) (*figure, error) {
	years, totals, cells := []string{}, map[string]store.Group{}, map[string]store.Group{}
	for _, g := range groups {
		if !slices.Contains(years, g.Key) {
			years = append(years, g.Key)
		}
		t := totals[g.Key]
		t.Contracts, t.AmountFen, t.Mean = t.Contracts+g.Contracts, t.AmountFen+g.AmountFen, g.Mean
		totals[g.Key], cells[g.Key+"|"+g.Grade] = t, g
	}
	data := table{Head: b.columns("col.year", "#col.contracts", "$col.amount", "#col.mean?weighted_mean")}
	rows := map[string][]cell{}
	for _, y := range years {
		t := totals[y]
		rows[y] = []cell{link(y, b.To("/evaluations", append(pairs, "year", y)...)), text(b.CountInt(t.Contracts)), text(b.Money(t.AmountFen)),
			text(number(t.Mean, 2))}
	}
	var series []charts.Series
	for _, grade := range b.gradesOf() {
		s := charts.Series{Name: b.Grade(grade), Color: "@" + b.GradeClass(grade)}
		data.Head = append(data.Head, head{Label: b.T("overview.share_of", "Grade", b.Grade(grade)), Number: true})
		seen := false
		for _, y := range years {
			g, there := cells[y+"|"+grade]
			seen = seen || there
			share := float64(g.AmountFen) / math.Max(float64(totals[y].AmountFen), 1)
			s.Points = append(s.Points, charts.Point{Value: math.Round(share*1000) / 10, URL: b.To("/evaluations", append(pairs, "year", y, "grade", grade)...),
				Tip: y + "  " + b.Grade(grade) + "\n" + percent(share,
					1) + "  " + b.Money(g.AmountFen) + " " + b.UnitName() + "\n" + b.T("tip.contracts", "N", g.Contracts)})
			rows[y] = append(rows[y], text(percent(share, 1)))
		}
		if seen {
			series = append(series, s)
		}
	}
	for _, y := range years {
		data.Rows = append(data.Rows, rows[y])
	}
	summary := b.T("overview.trend.summary", "Years", b.CountInt(len(years)))
	option, err := charts.Stacked(summary, years, "%", wholePercent, series)
	return b.newFigure("trend", title, summary, "medium", option, err, data)
}

// gradeOf is the grade that a value alone would have; empty without a value.
func (l *labels) gradeOf(value float64) string {
	for _, band := range l.bands {
		if value >= band.From {
			return band.ID
		}
	}
	return ""
}

// countOrBlank leaves out the zeros, so that the eye finds the rest.
func countOrBlank(n int) string {
	if n == 0 {
		return ""
	}
	return locale.Count(int64(n))
}

// department is one purchaser with its contracts by grade.
type department struct {
	store.Group
	byGrade map[string]int
}

// departments joins the groups of each purchaser.
func departments(groups []store.Group) []*department {
	var all []*department
	for _, g := range groups {
		if len(all) == 0 || all[len(all)-1].Key != g.Key {
			all = append(all, &department{Group: store.Group{Key: g.Key, Name: g.Name, Mean: g.Mean}, byGrade: map[string]int{}})
		}
		d := all[len(all)-1]
		d.Contracts, d.AmountFen = d.Contracts+g.Contracts, d.AmountFen+g.AmountFen
		d.byGrade[g.Grade] += g.Contracts
	}
	return all
}

// heat shows how the contracts of the departments with most money are graded.
func (p *overviewPage) heat(groups []store.Group) (*figure, error) {
	all := departments(groups)
	grades := slices.DeleteFunc(p.gradesOf(), func(grade string) bool {
		return !slices.ContainsFunc(groups, func(g store.Group) bool { return g.Grade == grade })
	})
	data := table{Head: p.base.columns("col.purchaser", "#col.contracts", "$col.amount", "#col.mean?weighted_mean")}
	var columns, names []string
	for _, grade := range grades {
		columns = append(columns, p.Grade(grade))
		data.Head = append(data.Head, head{Label: p.Grade(grade), Number: true})
	}
	var cells [][]charts.Point
	for _, d := range all[:min(len(all), heatRows)] {
		row, points := p.departmentRow(d, grades)
		data.Rows = append(data.Rows, row)
		names, cells = append(names, d.Name), append(cells, points)
	}
	summary := p.T("overview.departments.summary", "Shown", p.CountInt(len(names)), "Total", p.CountInt(len(all)))
	option, err := charts.Heat(summary, names, columns, cells)
	f, err := p.base.newFigure("departments", p.T("overview.departments"), summary, "tall", option, err, data)
	if f != nil {
		f.Note = summary
	}
	return f, err
}

// departmentRow is one department in the table and in the chart.
func (p *overviewPage) departmentRow(d *department, grades []string) ([]cell, []charts.Point) {
	row := []cell{link(d.Name, p.base.departmentPage(d.Key)), text(p.CountInt(d.Contracts)), text(p.Money(d.AmountFen)),
		text(number(d.Mean, 2))}
	points := make([]charts.Point, len(grades))
	for i, grade := range grades {
		n := d.byGrade[grade]
		share := float64(n) / float64(d.Contracts)
		url := p.To("/evaluations", "purchaser", d.Key, "grade", grade)
		row = append(row, link(p.CountInt(n), url))
		points[i] = charts.Point{Value: share, Label: countOrBlank(n), URL: url,
			Tip: d.Name + "\n" + p.Grade(grade) + "  " + p.T("tip.contracts", "N", n) + "  " + percent(share, 0)}
	}
	return row, points
}
