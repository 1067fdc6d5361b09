package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
)

// Performance is how the contracts of a department or of a catalogue item did in a budget year, beside the year before.
type Performance struct {
	Key, Name, Parent           string // Parent: name of an item's group
	Contracts, Graded           int
	AmountFen, ValuedFen        int64   // ValuedFen: of the contracts that have a value
	Mean                        float64 // weighted by amount; NaN without a value
	Poor                        int     // contracts with the poor grade
	PoorFen                     int64
	ContractsBefore, PoorBefore int // of the year before
	ValuedBeforeFen             int64
	MeanBefore                  float64
}

// MeanChange is the change of the mean against the year before; NaN where either is missing.
func (p *Performance) MeanChange() float64 {
	if p.ContractsBefore == 0 {
		return math.NaN()
	}
	return p.Mean - p.MeanBefore
}

// PerformanceFilter says of which contracts; the zero value of all of no year.
type PerformanceFilter struct {
	Year            int
	Poor            string // id of the grade that counts as poor
	Purchaser, Item string // empty: all
	Group           string // code of an item's group; empty: all
}

// The things by which performance is grouped, each the column of its key.
const (
	ByPurchaser = "purchaser_id"
	ByItemCode  = "item_code"
)

// meanWhere is meanByAmount of the contracts that meet a condition.
func meanWhere(condition string) string {
	return fmt.Sprintf(`coalesce(sum(value * amount_fen) FILTER (%[1]s) / nullif(sum(amount_fen) FILTER (value IS NOT NULL AND %[1]s), 0),
		avg(value) FILTER (%[1]s), 'NaN'::DOUBLE)`, condition)
}

// Performance groups the contracts of a year by department or item, those with most money first. by is ByPurchaser or
// ByItemCode.
func (v *View) Performance(ctx context.Context, by string, f PerformanceFilter) ([]Performance, error) {
	name, parent := `coalesce(any_value(org.name), purchaser_id)`, `''`
	if by == ByItemCode {
		name, parent = `coalesce(any_value(item.name), e.item_code)`, `coalesce(any_value(parent.name), '')`
	} else {
		by = ByPurchaser
	}
	const now, before = "budget_year = $1", "budget_year = $1 - 1"
	where, args := "budget_year BETWEEN $1 - 1 AND $1", []any{int32(f.Year), f.Poor}
	for _, c := range []struct{ column, is string }{{ByPurchaser, f.Purchaser}, {"e.item_code", f.Item}, {"item.parent_code", f.Group}} {
		if c.is != "" {
			args = append(args, c.is)
			where += fmt.Sprintf(" AND %s = $%d", c.column, len(args))
		}
	}
	text := v.with() + `SELECT e.` + by + `, ` + name + `, ` + parent + `, count(*) FILTER (` + now + `), count(nullif(grade, '')) FILTER (` + now + `),
		coalesce(sum(amount_fen) FILTER (` + now + `), 0)::BIGINT AS money, ` + meanWhere(now) + `, count(*) FILTER (grade = $2 AND ` + now + `),
		coalesce(sum(amount_fen) FILTER (grade = $2 AND ` + now + `), 0)::BIGINT, count(*) FILTER (` + before + `), count(*) FILTER (grade = $2 AND ` + before + `),
		` + meanWhere(before) + `,
		coalesce(sum(amount_fen) FILTER (value IS NOT NULL AND ` + now + `), 0)::BIGINT, coalesce(sum(amount_fen) FILTER (value IS NOT NULL AND ` + before + `), 0)::BIGINT
		FROM e LEFT JOIN org ON org_id = purchaser_id LEFT JOIN item USING (item_code) LEFT JOIN item parent ON parent.item_code = item.parent_code
		WHERE ` + where + ` GROUP BY e.` + by + ` ORDER BY money DESC, 1`
	return list(ctx, v.ofRun(), "performance", text, args, func(rows *sql.Rows, p *Performance) error {
		return rows.Scan(&p.Key, &p.Name, &p.Parent, &p.Contracts, &p.Graded, &p.AmountFen, &p.Mean, &p.Poor, &p.PoorFen, &p.ContractsBefore, &p.PoorBefore,
			&p.MeanBefore, &p.ValuedFen, &p.ValuedBeforeFen)
	})
}

// Crossing is what one department bought of one item, or of one group of items, in a budget year.
type Crossing struct {
	Purchaser, Key, Name string // Key and Name of the item or group
	Contracts, Poor      int
	AmountFen            int64
	Mean                 float64
}

// Crossings lists what each department bought of each group of items, or with a group of each item in it.
func (v *View) Crossings(ctx context.Context, f PerformanceFilter) ([]Crossing, error) {
	key, name := `coalesce(nullif(item.parent_code, ''), e.item_code)`, `coalesce(any_value(parent.name), any_value(item.name))`
	if f.Group != "" {
		key, name = `e.item_code`, `any_value(item.name)`
	}
	return list(ctx, v.ofRun(), "departments and items", v.with()+`SELECT purchaser_id, `+key+` AS k, coalesce(`+name+`, k), count(*), count(*) FILTER (grade = $2), sum(amount_fen)::BIGINT, `+
		meanByAmount+` FROM e LEFT JOIN item USING (item_code) LEFT JOIN item parent ON parent.item_code = item.parent_code
		WHERE budget_year = $1 AND ($3 = '' OR item.parent_code = $3) GROUP BY purchaser_id, k ORDER BY purchaser_id, k`, []any{int32(f.Year), f.Poor, f.Group},
		func(rows *sql.Rows, c *Crossing) error {
			return rows.Scan(&c.Purchaser, &c.Key, &c.Name, &c.Contracts, &c.Poor, &c.AmountFen, &c.Mean)
		})
}

// YearMean is the mean of what has a value in one budget year, and the quartiles between which its middle half lies.
type YearMean struct {
	Year, Contracts    int // Contracts: those with a value
	Mean, Lower, Upper float64
}

// BySupplier is the column of a supplier's contracts, beside those of a department and of an item.
const BySupplier = "supplier_id"

// MeansByYear lists the means of one department's, item's or supplier's contracts by budget year; by is the column of its key.
// Years without a value are left out.
func (v *View) MeansByYear(ctx context.Context, by, key string) ([]YearMean, error) {
	if by != BySupplier && by != ByItemCode {
		by = ByPurchaser
	}
	return list(ctx, v.ofRun(), "means by year", v.with()+`SELECT budget_year, count(value), `+meanByAmount+`, quantile_cont(value, 0.25), quantile_cont(value, 0.75)
		FROM e WHERE value IS NOT NULL AND `+by+` = ? GROUP BY budget_year ORDER BY budget_year`, []any{key},
		func(rows *sql.Rows, m *YearMean) error {
			return rows.Scan(&m.Year, &m.Contracts, &m.Mean, &m.Lower, &m.Upper)
		})
}
