package dashboards

import (
	"context"
	"slices"

	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// transitionFigure is a matrix of what was before against what is now, shaded by the share of its row. order lists what can be,
// the best first; what is not in it stands at the end. name writes one of them, to leads to those of a cell.
func (b *base) transitionFigure(id, title, summary string, all []store.Transition, order []string, name func(string) cell, to func(before, after string) string) (*figure, error) {
	var before, after []string
	counts, sums := map[[2]string]int{}, map[string]int{}
	for _, t := range all {
		before, after = append(before, t.Before), append(after, t.After)
		counts[[2]string{t.Before, t.After}] += t.Count
		sums[t.Before] += t.Count
	}
	before, after = inOrderOf(order, before), inOrderOf(order, after)
	data := table{Head: b.columns("col.before")}
	rows, columns, cells := make([]string, len(before)), make([]string, len(after)), make([][]charts.Point, len(before))
	for j, a := range after {
		columns[j] = name(a).Text
		data.Head = append(data.Head, head{Label: columns[j], Number: true})
	}
	for i, from := range before {
		rows[i] = name(from).Text
		line := []cell{name(from)}
		for j, a := range after {
			n := counts[[2]string{from, a}]
			share := float64(n) / float64(sums[from])
			point := charts.Point{Value: share}
			if n > 0 {
				point.Label, point.URL = b.CountInt(n), to(from, a)
				point.Tip = rows[i] + " → " + columns[j] + "\n" + b.T("tip.count", "N", n) + "  " + percent(share, 1)
			}
			cells[i], line = append(cells[i], point), append(line, cell{Text: b.CountInt(n), URL: point.URL})
		}
		data.Rows = append(data.Rows, line)
	}
	option, err := charts.Heat(summary, rows, columns, cells)
	f, err := b.newFigure(id, title, summary, "medium", option, err, data)
	if f != nil {
		f.Note = summary
	}
	return f, err
}

// inOrderOf are the different names in an order; those that it does not list come last, by themselves.
func inOrderOf(order, names []string) []string {
	place := func(name string) int {
		if at := slices.Index(order, name); at >= 0 {
			return at
		}
		return len(order)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	slices.SortStableFunc(names, func(a, b string) int { return place(a) - place(b) })
	return names
}

// levelChanges shows how the levels of suppliers changed since an earlier run.
func (b *base) levelChanges(earlier store.Earlier, changes []store.Transition) (*figure, error) {
	summary := b.T("suppliers.changes.summary", "Before", day(earlier.AsOf), "After", day(b.Run.AsOf))
	return b.transitionFigure("changes", b.T("suppliers.changes"), summary, changes, b.levels, b.orNew(b.level), func(_, after string) string { return b.To("/suppliers", "level", after) })
}

// climbs counts the suppliers that rose and that fell from one level to another.
func (l *labels) climbs(changes []store.Transition) (up, down int) {
	for _, c := range changes {
		before, rated := l.levelRank(c.Before)
		after, stillRated := l.levelRank(c.After)
		switch {
		case !rated || !stillRated:
		case after < before:
			up += c.Count
		case after > before:
			down += c.Count
		}
	}
	return up, down
}

// orNew is a grade or level by its name; without one the contract or supplier was not there yet.
func (b *base) orNew(name func(string) cell) func(string) cell {
	return func(id string) cell {
		if id == "" {
			return text(b.T("transition.new"))
		}
		return name(id)
	}
}

// gradeChanges shows which grades, and which levels, the run moved.
func (p *runPage) gradeChanges(ctx context.Context, v *store.View, id int) error {
	grades, err := v.MovementGrades(ctx, id, "contract")
	if err != nil {
		return err
	}
	if p.Grades, err = p.base.transitionFigure("grades", p.T("run.grades"), p.T("run.grades.summary"), grades, p.gradesOf(), p.base.orNew(p.base.grade), p.movedFrom("contract")); err != nil {
		return err
	}
	levels, err := v.MovementGrades(ctx, id, "supplier")
	if err != nil {
		return err
	}
	p.Levels, err = p.base.transitionFigure("levels", p.T("run.levels"), p.T("run.levels.summary"), levels, p.levels, p.base.orNew(p.base.level), p.movedFrom("supplier"))
	return err
}

// movedFrom leads to the movements from one grade or level to another.
func (p *runPage) movedFrom(subject string) func(before, after string) string {
	return func(before, after string) string {
		if before == "" { // those that are new have no grade before to ask for, but a cause of their own
			return p.Here("subject", subject, "cause", "new_"+subject, "before", "", "after", after)
		}
		return p.Here("subject", subject, "cause", "", "before", before, "after", after)
	}
}
