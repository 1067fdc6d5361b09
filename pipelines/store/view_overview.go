package store

import (
	"context"
	"database/sql"
)

// Group is a number of contracts that share some keys, with their money and mean value.
type Group struct {
	Key, Name   string // of the year, department or item
	Parent      string // item: code of the parent
	Grade       string // grade, or status of contracts without one
	Contracts   int
	AmountFen   int64
	Mean        float64 // mean value weighted by amount; NaN without a rated contract
	Provisional int
}

// gradeOf is the grade of an evaluation, or its status without one, where the database is asked.
const gradeOf = `coalesce(nullif(grade, ''), status)`

// ByGrade counts contracts and money by grade.
func (v *View) ByGrade(ctx context.Context) ([]Group, error) {
	return ofRoll(ctx, v, "by grade", nil, func(r *roll) []Group {
		grades, _ := r.graded(r.every())
		return grades
	})
}

// GradesAt counts contracts by grade as an earlier run published them; run must have been published.
func (v *View) GradesAt(ctx context.Context, run int) ([]Group, error) {
	return list(ctx, v.ofRun(), "grades of an earlier run", `SELECT `+gradeOf+` AS g, count(*), sum(amount_fen)::BIGINT FROM evaluation
		WHERE `+holds(run)+` GROUP BY g ORDER BY g`, nil,
		func(rows *sql.Rows, g *Group) error { return rows.Scan(&g.Grade, &g.Contracts, &g.AmountFen) })
}

// ByYear counts contracts and money by budget year and grade; every row of a year carries the year's mean.
func (v *View) ByYear(ctx context.Context) ([]Group, error) { return v.ByYearOf(ctx, "", "") }

// ByYearOf is ByYear of one purchaser's contracts or of one catalogue item's; empty: all.
func (v *View) ByYearOf(ctx context.Context, purchaser, item string) ([]Group, error) {
	f := EvaluationFilter{Purchaser: purchaser, Item: item}
	_, found, err := v.found(ctx, f)
	if err != nil {
		return nil, err
	}
	return ofRoll(ctx, v, "by year", f, func(r *roll) []Group { return r.byYear(found) })
}

// ByItem counts contracts and money by catalogue item, largest first.
func (v *View) ByItem(ctx context.Context) ([]Group, error) {
	return ofRoll(ctx, v, "by item", nil, (*roll).byItem)
}

// ByDepartment counts contracts and money by purchaser and grade, departments with most money first; every row of a department
// carries the department's mean.
func (v *View) ByDepartment(ctx context.Context) ([]Group, error) {
	return ofRoll(ctx, v, "by department", nil, (*roll).byDepartment)
}
