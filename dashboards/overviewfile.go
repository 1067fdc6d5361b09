package dashboards

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"pingxin/pipelines/store"
)

// overviewBook answers with everything that the overview shows as one workbook, and the movements whole.
func (s *Server) overviewBook(w http.ResponseWriter, r *http.Request) {
	b := s.newBase(r)
	var file []byte
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
		sheets, err := s.overviewSheets(ctx, v, b)
		if err != nil {
			return err
		}
		file, err = writeBook(b.about(b.T("nav.overview"), b.newFilters()), sheets...)
		return err
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", workbookType)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="overview-run%d.xlsx"`, b.Run.ID))
	_, _ = w.Write(file) // the reader has gone: nobody is left to tell
}

func (s *Server) overviewSheets(ctx context.Context, v *store.View, b *base) ([]*sheet, error) {
	grades, err := v.ByGrade(ctx)
	if err != nil {
		return nil, err
	}
	years, err := v.ByYear(ctx)
	if err != nil {
		return nil, err
	}
	items, err := v.ByItem(ctx)
	if err != nil {
		return nil, err
	}
	departments, err := v.ByDepartment(ctx)
	if err != nil {
		return nil, err
	}
	moved, err := s.exportMovements(ctx, v, b)
	if err != nil {
		return nil, err
	}
	grades = b.inOrder(grades)
	return []*sheet{b.groupSheet(b.T("overview.sheet.grades"), grades, gradeColumn, meanColumn), b.groupSheet(b.T("overview.sheet.years"), years, yearColumn, gradeColumn),
		b.groupSheet(b.T("overview.sheet.items"), items, codeColumn, nameColumn, parentColumn, meanColumn),
		b.groupSheet(b.T("overview.sheet.departments"), departments, codeColumn, nameColumn, gradeColumn), moved}, nil
}

// groupColumn is a column of a sheet of groups of contracts.
type groupColumn struct {
	title string
	value func(*base, store.Group) any
}

var (
	gradeColumn  = groupColumn{"col.grade", func(b *base, g store.Group) any { return b.Grade(g.Grade) }}
	yearColumn   = groupColumn{"col.year", func(_ *base, g store.Group) any { return g.Key }}
	codeColumn   = groupColumn{"col.id", func(_ *base, g store.Group) any { return g.Key }}
	nameColumn   = groupColumn{"col.named", func(_ *base, g store.Group) any { return g.Name }}
	parentColumn = groupColumn{"col.item_group", func(_ *base, g store.Group) any { return g.Parent }}
	countColumn  = groupColumn{"col.contracts", func(_ *base, g store.Group) any { return int64(g.Contracts) }}
	moneyColumn  = groupColumn{"col.amount_yuan", func(_ *base, g store.Group) any { return fen(g.AmountFen) }}
	meanColumn   = groupColumn{"col.mean", func(_ *base, g store.Group) any { return g.Mean }}
)

// groupSheet is a sheet of groups: the columns that name them, their contracts and money, and what more there is of them.
func (b *base) groupSheet(name string, groups []store.Group, columns ...groupColumn) *sheet {
	more := slices.IndexFunc(columns, func(c groupColumn) bool { return c.title == meanColumn.title })
	if more < 0 {
		more = len(columns)
	}
	columns = slices.Insert(columns, more, countColumn, moneyColumn)
	out := &sheet{Name: name}
	for _, c := range columns {
		out.Head = append(out.Head, b.T(c.title))
	}
	for _, g := range groups {
		row := make([]any, len(columns))
		for i, c := range columns {
			row[i] = c.value(b, g)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
