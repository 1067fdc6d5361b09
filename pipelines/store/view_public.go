package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
)

// MinRecipients is the smallest number of recipients of whom anything is published together. Five is what the statistical
// offices of several countries ask of a cell before they show it: with four, three of them know what the fourth said.
const MinRecipients = 5

// lastRelease is the condition that a row is of the last release.
const lastRelease = "release = (SELECT max(number) FROM release)"

// PublicFilter says which rows of a release to list; the zero value lists none: set Limit.
type PublicFilter struct {
	Search        string // part of a number, name or code
	Year          int    // of contracts; 0: all
	Purchaser     string // of contracts
	Item          string // of contracts
	Grade         string // grade or level, or the status of those without one
	Sort          string // a key of PublicContractSorts or PublicSupplierSorts; empty: by number or name
	Descending    bool
	Limit, Offset int
}

// PublicContractSorts and PublicSupplierSorts map what a list can be sorted by to its columns.
var (
	PublicContractSorts = map[string]string{"contract": "contract_no", "purchaser": "purchaser", "supplier": "supplier", "item": "item", "year": "budget_year", "amount": "amount_fen", "value": "value"}
	PublicSupplierSorts = map[string]string{"name": "name", "score": "score", "contracts": "evaluations"}
)

// conditions are what a row has to meet; search names the columns that are searched.
func (f PublicFilter) conditions(grade string, search ...string) (string, []any) {
	all, args := []string{lastRelease}, []any{}
	add := func(given bool, condition string, value any) {
		if given {
			all, args = append(all, condition), append(args, value)
		}
	}
	if s := strings.ToLower(strings.TrimSpace(f.Search)); s != "" {
		all, args = append(all, "contains(lower("+strings.Join(search, " || chr(10) || ")+"), ?)"), append(args, s)
	}
	add(f.Year != 0, "budget_year = ?", int32(f.Year))
	add(f.Purchaser != "", "purchaser_id = ?", f.Purchaser)
	add(f.Item != "", "item_code = ?", f.Item)
	add(f.Grade != "", "coalesce(nullif("+grade+", ''), status) = ?", f.Grade)
	return strings.Join(all, " AND "), args
}

func (f PublicFilter) order(sorts map[string]string, otherwise string) string {
	column, direction := sorts[f.Sort], " ASC"
	if column == "" {
		column = otherwise
	}
	if f.Descending {
		direction = " DESC"
	}
	return " ORDER BY " + column + direction + " NULLS LAST, " + otherwise + " LIMIT ? OFFSET ?"
}

// PublicTotals sum up what a filter matches. Mean is over the values that are not withheld, weighted by amount, so that no
// withheld one follows from it; NaN where there is none.
type PublicTotals struct {
	Contracts, Valued, Withheld int
	AmountFen                   int64
	Mean                        float64
}

// PublicContracts lists evaluations of the last release, and sums up all that match.
func PublicContracts(ctx context.Context, r *Reader, f PublicFilter) ([]PublicContract, PublicTotals, error) {
	where, args := f.conditions("grade", "contract_no", "name", "purchaser", "supplier")
	var t PublicTotals
	err := r.Scan(ctx, []any{&t.Contracts, &t.Valued, &t.Withheld, &t.AmountFen, &t.Mean}, `SELECT count(*), count(value), count(*) FILTER (withheld <> ''), coalesce(sum(amount_fen), 0)::BIGINT,
		coalesce(sum(value * amount_fen) / nullif(sum(amount_fen) FILTER (value IS NOT NULL), 0), 'NaN'::DOUBLE) FROM public_contract WHERE `+where, args...)
	if err != nil {
		return nil, t, fmt.Errorf("sum up public results: %w", err)
	}
	rows, err := listFrom(ctx, r, "public results", `SELECT contract_no, name, purchaser_id, purchaser, supplier_id, supplier, item_code, item, budget_year, amount_fen, status, grade,
		coalesce(value, 'NaN'::DOUBLE), coalesce(low, 'NaN'::DOUBLE), coalesce(high, 'NaN'::DOUBLE), withheld FROM public_contract WHERE `+where+f.order(PublicContractSorts, "contract_no"),
		func(rows *sql.Rows, c *PublicContract) error {
			return rows.Scan(&c.ContractNo, &c.Name, &c.PurchaserID, &c.Purchaser, &c.SupplierID, &c.Supplier, &c.ItemCode, &c.Item, &c.Year, &c.AmountFen, &c.Status, &c.Grade,
				&c.Value, &c.Low, &c.High, &c.Withheld)
		}, append(args, f.Limit, f.Offset)...)
	return rows, t, err
}

// PublicSuppliers lists ratings of the last release, and says how many match. Search also finds a whole unified social
// credit code.
func PublicSuppliers(ctx context.Context, r *Reader, f PublicFilter) ([]PublicSupplier, int, error) {
	where, args := f.conditions("level", "supplier_id", "uscc", "name")
	var total int
	if err := scanFrom(ctx, r, []any{&total}, `SELECT count(*) FROM public_supplier WHERE `+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count public ratings: %w", err)
	}
	rows, err := listFrom(ctx, r, "public ratings", `SELECT supplier_id, uscc, name, supplier_type, status, level, stars, coalesce(score, 'NaN'::DOUBLE), evaluations, withheld
		FROM public_supplier WHERE `+where+f.order(PublicSupplierSorts, "name, supplier_id"), func(rows *sql.Rows, s *PublicSupplier) error {
		return rows.Scan(&s.ID, &s.USCC, &s.Name, &s.Type, &s.Status, &s.Level, &s.Stars, &s.Score, &s.Evaluations, &s.Withheld)
	}, append(args, f.Limit, f.Offset)...)
	return rows, total, err
}

// PublicGrades counts the contracts of the last release by grade, those without one by status, and sums them up.
func PublicGrades(ctx context.Context, r *Reader) (map[string]int, PublicTotals, error) {
	_, totals, err := PublicContracts(ctx, r, PublicFilter{})
	if err != nil {
		return nil, totals, err
	}
	groups, err := listFrom(ctx, r, "public grades", `SELECT coalesce(nullif(grade, ''), status) AS g, '', count(*) FROM public_contract WHERE `+lastRelease+` GROUP BY g`, scanChoice)
	counts := map[string]int{}
	for _, g := range groups {
		counts[g.ID] = g.Count
	}
	return counts, totals, err
}

func scanChoice(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Name, &c.Count) }

// PublicChoices lists what the contracts of the last release can be filtered by.
func PublicChoices(ctx context.Context, r *Reader) (c Choices, err error) {
	read := func(columns, group string) ([]Choice, error) {
		return listFrom(ctx, r, "filters", `SELECT `+columns+`, count(*) FROM public_contract WHERE `+lastRelease+` GROUP BY `+group, scanChoice)
	}
	if c.Years, err = read("budget_year::VARCHAR, budget_year::VARCHAR", "budget_year ORDER BY budget_year DESC"); err != nil {
		return c, err
	}
	if c.Purchasers, err = read("purchaser_id, any_value(purchaser) AS n", "purchaser_id ORDER BY n, purchaser_id"); err != nil {
		return c, err
	}
	c.Items, err = read("item_code, any_value(item) AS n", "item_code ORDER BY n, item_code")
	return c, err
}

// PublicItem is an item of the guidance catalogue with what was bought by it. Mean is over the values that are not withheld.
type PublicItem struct {
	CatalogueItem
	Contracts int
	AmountFen int64
	Mean      float64
}

// PublicCatalogue lists the catalogue as the run of the last release saw it, in the order of codes; none before the first.
func PublicCatalogue(ctx context.Context, r *Reader) ([]PublicItem, error) {
	last, released, err := LastRelease(ctx, r)
	if err != nil || !released {
		return nil, err
	}
	v, err := ViewOf(ctx, r, Everything, last.Run)
	if err != nil {
		return nil, err
	}
	items, err := v.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	all, at := make([]PublicItem, len(items)), map[string]int{}
	for i := range items {
		all[i], at[items[i].Code] = PublicItem{CatalogueItem: items[i], Mean: math.NaN()}, i
	}
	bought, err := listFrom(ctx, r, "what was bought by the public catalogue", `SELECT item_code, count(*), sum(amount_fen)::BIGINT,
		coalesce(sum(value * amount_fen) / nullif(sum(amount_fen) FILTER (value IS NOT NULL), 0), 'NaN'::DOUBLE) FROM public_contract WHERE `+lastRelease+` GROUP BY item_code`,
		func(rows *sql.Rows, i *PublicItem) error {
			return rows.Scan(&i.Code, &i.Contracts, &i.AmountFen, &i.Mean)
		})
	for _, b := range bought {
		if place, known := at[b.Code]; known {
			b.CatalogueItem = all[place].CatalogueItem
			all[place] = b
		}
	}
	return all, err
}

// PublicPlans lists the plan items of the last release, the latest year first, and says how many there are and what they come
// to.
func PublicPlans(ctx context.Context, r *Reader, limit, offset int) (all []PublicPlan, total int, fen int64, err error) {
	if err := scanFrom(ctx, r, []any{&total, &fen}, `SELECT count(*), coalesce(sum(amount_fen), 0)::BIGINT FROM public_plan WHERE `+lastRelease); err != nil {
		return nil, 0, 0, fmt.Errorf("sum up public plans: %w", err)
	}
	all, err = listFrom(ctx, r, "public plans", `SELECT plan_no, plan_year, purchaser, item, project, amount_fen, method FROM public_plan WHERE `+lastRelease+
		` ORDER BY plan_year DESC, plan_no LIMIT ? OFFSET ?`, func(rows *sql.Rows, p *PublicPlan) error {
		return rows.Scan(&p.No, &p.Year, &p.Purchaser, &p.Item, &p.Project, &p.AmountFen, &p.Method)
	}, limit, offset)
	return all, total, fen, err
}
