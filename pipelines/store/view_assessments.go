package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Actions of whoever records what follows from a credit file, in the audit log.
const (
	Commended         = "commended"
	AssessmentDecided = "assessment_decided"
)

// AssessmentFilter says which grade assessments to list; the zero value lists none: set Limit.
type AssessmentFilter struct {
	Search        string // part of the name, id or code
	Grade         string // a grade, or the status of those without one
	Type          string // of the supplier; empty: all
	EndsBefore    time.Time
	EndsFrom      time.Time // with EndsBefore: grades that end from the one day up to before the other; zero: any
	Supplier      string    // id; empty: all
	Sort          string    // a key of AssessmentSorts; empty: by the day on which grades end
	Descending    bool
	Limit, Offset int
}

// AssessmentSorts maps what a list can be sorted by to its columns.
var AssessmentSorts = map[string]string{"name": "name", "points": "points", "assessed": "assessed_on", "until": "valid_until"}

// AssessmentRow is the grade assessment of one organisation.
type AssessmentRow struct {
	SupplierID, Supplier, USCC, Type string
	Assessment
}

// assessments are the assessments of the run but those of organisations that were never assessed.
func (v *View) assessments() string {
	return v.with() + `, a AS (SELECT g.*, coalesce(org.name, supplier_id) AS name, coalesce(uscc, '') AS uscc, coalesce(supplier_type, '') AS supplier_type
		FROM assessment_grade g LEFT JOIN org ON org_id = supplier_id WHERE ` + holds(v.Run.ID) + ` AND status <> 'not_assessed') `
}

func (f AssessmentFilter) where() (string, []any) {
	return `contains(lower(name || chr(10) || supplier_id || chr(10) || uscc), lower(?)) AND (? = '' OR coalesce(nullif(grade, ''), status) = ?) AND (? = '' OR supplier_type = ?) AND (? = '' OR supplier_id = ?)
		AND (? OR status = 'graded' AND valid_until >= ? AND valid_until < ?)`,
		[]any{f.Search, f.Grade, f.Grade, f.Type, f.Type, f.Supplier, f.Supplier, f.EndsBefore.IsZero(), f.EndsFrom, f.EndsBefore}
}

// Assessments lists grade assessments and says how many match.
func (v *View) Assessments(ctx context.Context, f AssessmentFilter) ([]AssessmentRow, int, error) {
	where, args := f.where()
	var total int
	if err := v.scan(ctx, []any{&total}, v.assessments()+`SELECT count(*) FROM a WHERE `+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count grade assessments: %w", err)
	}
	column, known := AssessmentSorts[f.Sort]
	if !known {
		column = AssessmentSorts["until"]
	}
	direction := " ASC"
	if f.Descending {
		direction = " DESC"
	}
	all, err := list(ctx, v, "grade assessments", v.assessments()+`SELECT supplier_id, name, uscc, supplier_type, status, coalesce(grade, ''), coalesce(points, 'NaN'::DOUBLE),
		assessed_on, valid_until, reasons FROM a WHERE `+where+` ORDER BY `+column+direction+` NULLS LAST, supplier_id LIMIT ? OFFSET ?`, append(args, f.Limit, f.Offset),
		func(rows *sql.Rows, a *AssessmentRow) error {
			return scanAssessmentInto(rows, []any{&a.SupplierID, &a.Supplier, &a.USCC, &a.Type}, &a.Assessment)
		})
	return all, total, err
}

// AssessmentTypes counts the assessments by the type of the supplier.
func (v *View) AssessmentTypes(ctx context.Context) ([]Choice, error) {
	return list(ctx, v, "types of assessed suppliers", v.assessments()+`SELECT supplier_type, count(*) FROM a WHERE supplier_type <> '' GROUP BY supplier_type ORDER BY supplier_type`, nil,
		func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Count) })
}

// AssessmentGrades counts the assessments by grade, those without one by status.
func (v *View) AssessmentGrades(ctx context.Context) ([]Choice, error) {
	return list(ctx, v, "grades of assessments", v.assessments()+`SELECT coalesce(nullif(grade, ''), status) AS g, count(*) FROM a GROUP BY g ORDER BY g DESC`, nil,
		func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Count) })
}
