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

const gradeOf = `coalesce(nullif(grade, ''), status)`

// meanByAmount is the mean of the values weighted by money; NaN where nothing has a value.
const meanByAmount = `coalesce(sum(value * amount_fen) / nullif(sum(amount_fen) FILTER (value IS NOT NULL), 0), avg(value), 'NaN'::DOUBLE)`

// ByGrade counts contracts and money by grade.
func (v *View) ByGrade(ctx context.Context) ([]Group, error) {
	return list(ctx, v.ofRun(), "grades", v.with()+`SELECT `+gradeOf+` AS g, count(*), sum(amount_fen)::BIGINT, `+meanByAmount+`,
		count(*) FILTER (status = 'provisional') FROM e GROUP BY g ORDER BY g`, nil,
		func(rows *sql.Rows, g *Group) error {
			return rows.Scan(&g.Grade, &g.Contracts, &g.AmountFen, &g.Mean, &g.Provisional)
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
	r, found, err := v.found(ctx, EvaluationFilter{Purchaser: purchaser, Item: item})
	if err != nil {
		return nil, err
	}
	return r.byYear(found), nil
}

// ByItem counts contracts and money by catalogue item, largest first.
func (v *View) ByItem(ctx context.Context) ([]Group, error) {
	return list(ctx, v.ofRun(), "catalogue items", v.with()+`SELECT e.item_code, coalesce(any_value(item.name), e.item_code), coalesce(any_value(parent.name), ''),
		count(*), sum(amount_fen)::BIGINT AS money, `+meanByAmount+`
		FROM e LEFT JOIN item USING (item_code) LEFT JOIN item parent ON parent.item_code = item.parent_code
		GROUP BY e.item_code ORDER BY money DESC, e.item_code`, nil,
		func(rows *sql.Rows, g *Group) error {
			return rows.Scan(&g.Key, &g.Name, &g.Parent, &g.Contracts, &g.AmountFen, &g.Mean)
		})
}

// ByDepartment counts contracts and money by purchaser and grade, departments with most money first.
func (v *View) ByDepartment(ctx context.Context) ([]Group, error) {
	return list(ctx, v.ofRun(), "departments", v.with()+`, d AS (SELECT purchaser_id, sum(amount_fen) AS money, `+meanByAmount+` AS mean FROM e GROUP BY purchaser_id)
		SELECT purchaser_id, coalesce(any_value(org.name), purchaser_id), `+gradeOf+` AS g, count(*), sum(amount_fen)::BIGINT, any_value(mean)
		FROM e JOIN d USING (purchaser_id) LEFT JOIN org ON org_id = purchaser_id
		GROUP BY purchaser_id, g ORDER BY any_value(money) DESC, purchaser_id, g`, nil,
		func(rows *sql.Rows, g *Group) error {
			return rows.Scan(&g.Key, &g.Name, &g.Grade, &g.Contracts, &g.AmountFen, &g.Mean)
		})
}
