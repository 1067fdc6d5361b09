package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Official is what the published run says of a contract, with what is public of the contract itself. Numbers that it does
// not have are NaN.
type Official struct {
	Key                     int32
	ContractNo, Name        string
	PurchaserID, SupplierID string
	ItemCode, Method        string
	Year                    int
	AmountFen               int64
	SignedOn                time.Time // zero: not known
	Status, Grade, Uncapped string
	Value, Low, High        float64
}

// Officials lists the evaluations of the run with their contracts, in the order of contract numbers.
func (v *View) Officials(ctx context.Context) ([]Official, error) {
	text := v.with() + `, described AS (SELECT contract_key, arg_max(method, (batch_id, row_no)) AS method, arg_max(struct_pack(d := signed_on), (batch_id, row_no)).d AS signed_on
		FROM contract WHERE batch_id <= ? GROUP BY contract_key)
	SELECT contract_key, contract_no, coalesce(e.name, ''), purchaser_id, supplier_id, item_code, coalesce(method, ''), budget_year, amount_fen, signed_on, status,
		coalesce(grade, ''), coalesce(uncapped_grade, ''), coalesce(value, 'NaN'::DOUBLE), coalesce(low, 'NaN'::DOUBLE), coalesce(high, 'NaN'::DOUBLE)
	FROM e LEFT JOIN described USING (contract_key) ORDER BY contract_no`
	return list(ctx, v, "evaluations to publish", text, []any{int32(v.Run.Watermark)}, func(rows *sql.Rows, o *Official) error {
		var signed sql.NullTime
		err := rows.Scan(&o.Key, &o.ContractNo, &o.Name, &o.PurchaserID, &o.SupplierID, &o.ItemCode, &o.Method, &o.Year, &o.AmountFen, &signed, &o.Status,
			&o.Grade, &o.Uncapped, &o.Value, &o.Low, &o.High)
		o.SignedOn = signed.Time
		return err
	})
}

// Registered is one entry of the register of organisations.
type Registered struct {
	ID, Name, Kind, USCC, Type string
	RegisteredOn               time.Time // zero: not known
}

// Register lists the purchasers and suppliers as the run saw them, in the order of ids. Evaluators are left out: who
// judges is not for everybody to read.
func (v *View) Register(ctx context.Context) ([]Registered, error) {
	return list(ctx, v, "organisations", v.with()+`SELECT org_id, name, kind, uscc, supplier_type, registered_on FROM org WHERE kind IN ('purchaser', 'supplier') ORDER BY org_id`,
		nil, func(rows *sql.Rows, o *Registered) error {
			var registered sql.NullTime
			err := rows.Scan(&o.ID, &o.Name, &o.Kind, &o.USCC, &o.Type, &registered)
			o.RegisteredOn = registered.Time
			return err
		})
}

// CatalogueItem is one item of the guidance catalogue.
type CatalogueItem struct {
	Code, Name, Parent, Nature string
	Purchasable                bool
}

// Catalogue lists the items of the guidance catalogue as the run saw it, in the order of codes.
func (v *View) Catalogue(ctx context.Context) ([]CatalogueItem, error) {
	return list(ctx, v, "catalogue", `SELECT item_code, arg_max(name, batch_id), coalesce(arg_max(parent_code, batch_id), ''), coalesce(arg_max(nature, batch_id), ''),
		arg_max(purchasable, batch_id) FROM catalog_item WHERE batch_id <= ? GROUP BY item_code ORDER BY item_code`, []any{int32(v.Run.Watermark)},
		func(rows *sql.Rows, i *CatalogueItem) error {
			return rows.Scan(&i.Code, &i.Name, &i.Parent, &i.Nature, &i.Purchasable)
		})
}

// Causes lists why contracts and suppliers moved in the runs after one up to that of the view, by subject and id with a
// slash between them: the causes of movement in order, with commas between them.
func (v *View) Causes(ctx context.Context, after int) (map[string]string, error) {
	type moved struct{ key, causes string }
	rows, err := list(ctx, v, "causes of movement", `SELECT subject || '/' || id, string_agg(DISTINCT cause, ',' ORDER BY cause) FROM movement
		WHERE run_id > ? AND run_id <= ? GROUP BY ALL`, []any{int32(after), int32(v.Run.ID)}, func(rows *sql.Rows, m *moved) error { return rows.Scan(&m.key, &m.causes) })
	causes := make(map[string]string, len(rows))
	for _, m := range rows {
		causes[m.key] = m.causes
	}
	return causes, err
}

// PublicChange is what a release says otherwise than the one before of a contract or a supplier. Numbers that there are not,
// or that were withheld, are NaN.
type PublicChange struct {
	Subject, ID             string // "contract" or "supplier"
	Change                  string // Added, Changed or Removed
	Cause                   string // causes of movement, with commas between them; empty: no run names one
	GradeBefore, GradeAfter string
	Before, After           float64
	release                 int
}

// The kinds of PublicChange.
const (
	Added   = "added"
	Changed = "changed"
	Removed = "removed"
)

// PublicChanges lists what a release changed, contracts first, each in the order of ids.
func PublicChanges(ctx context.Context, r *Reader, release int) ([]PublicChange, error) {
	return listFrom(ctx, r, "changes of a release", `SELECT subject, id, change, cause, grade_before, grade_after, coalesce(value_before, 'NaN'::DOUBLE), coalesce(value_after, 'NaN'::DOUBLE)
		FROM release_change WHERE release = ? ORDER BY subject, id`, func(rows *sql.Rows, c *PublicChange) error {
		return rows.Scan(&c.Subject, &c.ID, &c.Change, &c.Cause, &c.GradeBefore, &c.GradeAfter, &c.Before, &c.After)
	}, int32(release))
}

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
	all, args := []string{"release = (SELECT max(number) FROM release)"}, []any{}
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
	if err := r.Scan(ctx, []any{&total}, `SELECT count(*) FROM public_supplier WHERE `+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count public ratings: %w", err)
	}
	rows, err := listFrom(ctx, r, "public ratings", `SELECT supplier_id, uscc, name, supplier_type, status, level, stars, coalesce(score, 'NaN'::DOUBLE), evaluations, withheld
		FROM public_supplier WHERE `+where+f.order(PublicSupplierSorts, "name, supplier_id"), func(rows *sql.Rows, s *PublicSupplier) error {
		return rows.Scan(&s.ID, &s.USCC, &s.Name, &s.Type, &s.Status, &s.Level, &s.Stars, &s.Score, &s.Evaluations, &s.Withheld)
	}, append(args, f.Limit, f.Offset)...)
	return rows, total, err
}
