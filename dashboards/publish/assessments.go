package publish

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pingxin/credit"
	"pingxin/pipelines/store"
)

// writeAssessments grades every social organisation that was assessed, and writes the grades with what they rest on: the
// annual inspections, and the points of every item.
func (b *bundle) writeAssessments() error {
	var yearly, points, grades [][]string
	var inspected []int
	for i := range b.facts {
		for _, result := range b.facts[i].Inspections {
			inspected = append(inspected, result.Year)
		}
	}
	for i := range b.facts {
		s := &b.facts[i]
		rows := b.judge.assess(s.AssessmentEvidence(inspected))
		if given := b.assessed[s.ID]; len(rows) > 0 && !slices.Equal(rows[0][1:3], []string{given.Status, given.Grade}) {
			return fmt.Errorf("the grade of supplier %s %w", s.ID, ErrNotReproduced)
		}
		grades = append(grades, rows...)
		for _, inspected := range s.Inspections {
			yearly = append(yearly, []string{s.ID, wholeCell(inspected.Year), inspected.Result})
		}
		for _, item := range inSections(s.Items) {
			points = append(points, []string{s.ID, item.Section, item.Item, dayCell(item.On), realCell(item.Points), realCell(item.MaxPoints)})
		}
	}
	for _, t := range []struct {
		of   *table
		rows [][]string
	}{{&inspections, yearly}, {&assessmentItems, points}, {&assessments, grades}} {
		if err := b.rows(t.of, t.rows); err != nil {
			return err
		}
	}
	return nil
}

// inSections orders items as their table has them.
func inSections(items []credit.Item) []credit.Item {
	return slices.SortedFunc(slices.Values(items), func(x, y credit.Item) int {
		return cmp.Or(cmp.Compare(x.Section, y.Section), cmp.Compare(x.Item, y.Item), x.On.Compare(y.On))
	})
}

// readAssessments reads the grades that the run gave, by supplier.
func (b *bundle) readAssessments(ctx context.Context) error {
	all, _, err := b.view.Assessments(ctx, store.AssessmentFilter{Limit: everyRow})
	b.assessed = make(map[string]store.Assessment, len(all))
	for _, a := range all {
		b.assessed[a.SupplierID] = a.Assessment
	}
	return err
}

// assessments grades every supplier of the folder by its published items and inspections.
func (c *checker) assessments() error {
	inspected, err := c.inspected()
	if err != nil {
		return err
	}
	var readers [4]*tableReader
	for i, t := range []*table{&organisations, &inspections, &assessmentItems, &assessments} {
		r, err := openReader(c.dir, t)
		if err != nil {
			return err
		}
		defer r.close()
		readers[i] = r
	}
	for !readers[0].ended {
		if err := c.assessment(inspected, readers[0], readers[1], readers[2], readers[3]); err != nil {
			return err
		}
	}
	for _, r := range readers[1:] {
		if err := r.end(); err != nil {
			return err
		}
	}
	return nil
}

// inspected are the years of which the folder holds the inspection of any supplier.
func (c *checker) inspected() ([]int, error) {
	r, err := openReader(c.dir, &inspections)
	if err != nil {
		return nil, err
	}
	defer r.close()
	known := map[int]bool{}
	for !r.ended {
		row := rowReader{table: r.table, cells: r.kept(), row: r.row}
		known[row.whole("year")] = true
		if row.err != nil {
			return nil, row.err
		}
		if err := r.next(); err != nil {
			return nil, err
		}
	}
	return slices.Collect(maps.Keys(known)), nil
}

// assessment grades the next organisation.
func (c *checker) assessment(inspected []int, register, yearly, points, published *tableReader) error {
	row := rowReader{table: register.table, cells: register.kept(), row: register.row}
	id, supplier := row.text("org_id"), row.text("kind") == "supplier"
	ev := credit.AssessmentEvidence{Supplier: id, SupplierType: row.text("supplier_type"), RegisteredOn: row.day("registered_on"), Inspected: inspected, Events: c.conduct[id].events}
	if row.err != nil {
		return row.err
	}
	if err := register.next(); err != nil || !supplier {
		return err
	}
	err := yearly.of(id, func(r *rowReader) {
		ev.Inspections = append(ev.Inspections, credit.Inspection{Year: r.whole("year"), Result: strings.Clone(r.text("result"))})
	})
	if err != nil {
		return err
	}
	err = points.of(id, func(r *rowReader) {
		ev.Items = append(ev.Items, credit.Item{Section: strings.Clone(r.text("section")), Item: strings.Clone(r.text("item")), On: r.day("assessed_on"), Points: r.real("points"),
			MaxPoints: r.real("max_points")})
	})
	if err != nil {
		return err
	}
	rows := c.judge.assess(ev)
	c.v.Assessments += len(rows)
	return published.same(id, rows)
}
