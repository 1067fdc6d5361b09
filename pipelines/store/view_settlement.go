package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"pingxin/budget"
	"pingxin/scoring"
)

// SettlementFilter says which advice to list; the zero value lists the first none: set Limit.
type SettlementFilter struct {
	Search        string // part of the contract's number or name, or of a party's name
	Contract      string // exactly this number
	Year          int    // 0: all
	Purchaser     string
	Supplier      string
	Item          string
	Grade         string // a grade; or a status for contracts without a grade
	Action        string
	Reason        string // code of one of the reasons
	Sort          string // a key of SettlementSorts; empty: contract number
	Descending    bool
	Limit, Offset int
}

// SettlementSorts maps what the list can be sorted by to its columns.
var SettlementSorts = map[string]string{"contract": "a.contract_no", "supplier": "coalesce(s.name, a.supplier_id)", "purchaser": "coalesce(p.name, a.purchaser_id)", "amount": "a.amount_fen",
	"paid": "a.paid_fen", "payable": "a.payable_fen", "due": "a.due_fen", "end": "e.end_on"}

// SettlementRow is the advice on one contract, with its names.
type SettlementRow struct {
	budget.Advice
	Name, PurchaserName, SupplierName, ItemName string
	Year                                        int
	StartOn, EndOn                              time.Time
	Status                                      scoring.Status
	Value                                       float64
	Grade, Uncapped                             string
	FromRun                                     int
	RowHash                                     string
	key                                         int32
}

// SettlementTotals sums up advice, exact to the fen.
type SettlementTotals struct {
	Contracts, Due, Held, PaidUp, Overpaid int // contracts with money of that kind
	AmountFen, PaidFen, DueFen, HeldFen    int64
	OpenFen                                int64 // of those paid up, beyond what is payable: to be had back when the reasons go and the result stands
	OverpaidFen                            int64 // to be had back
	ReducedFen                             int64
}

// from reads the advice of the run, with what else the filter and the order ask for.
func (f SettlementFilter) from() string {
	from := " FROM a"
	if f.Year != 0 || f.Grade != "" || f.Sort == "end" {
		from += " LEFT JOIN e ON e.contract_key = a.contract_key"
	}
	switch f.Sort {
	case "purchaser":
		from += " LEFT JOIN org p ON p.org_id = a.purchaser_id"
	case "supplier":
		from += " LEFT JOIN org s ON s.org_id = a.supplier_id"
	}
	return from + " WHERE "
}

// advised are the named queries of View.with and a, the advice of the run.
func (v *View) advised() string {
	return v.with() + `, a AS NOT MATERIALIZED (SELECT * FROM settlement_advice WHERE ` + holds(v.Run.ID) + `) `
}

func (v *View) advisedWhere(ctx context.Context, f SettlementFilter) (string, []any, error) {
	sought, err := v.meeting(ctx, "a", EvaluationFilter{Search: f.Search, Contract: f.Contract})
	conditions, args := []string{sought}, []any{}
	add := func(given bool, condition string, values ...any) {
		if given {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	add(f.Year != 0, "e.budget_year = ?", int32(f.Year))
	add(f.Purchaser != "", "a.purchaser_id = ?", f.Purchaser)
	add(f.Supplier != "", "a.supplier_id = ?", f.Supplier)
	add(f.Item != "", "a.item_code = ?", f.Item)
	add(f.Grade != "", "coalesce(nullif(e.grade, ''), e.status) = ?", f.Grade)
	add(f.Action != "", "a.action = ?", f.Action)
	add(f.Reason != "", "contains(a.reasons, ?)", `"code":"`+f.Reason+`"`)
	return strings.Join(conditions, " AND "), args, err
}

func (f SettlementFilter) order() string {
	column, known := SettlementSorts[f.Sort]
	if !known {
		column = SettlementSorts["contract"]
	}
	direction := " ASC"
	if f.Descending {
		direction = " DESC"
	}
	return " ORDER BY " + column + direction + " NULLS LAST, a.contract_no"
}

// Settlements lists advice on settlements.
func (v *View) Settlements(ctx context.Context, f SettlementFilter) ([]SettlementRow, error) {
	v = v.ofRun()
	where, args, err := v.advisedWhere(ctx, f)
	if err != nil {
		return nil, err
	}
	keys, err := v.keys(ctx, v.advised()+`SELECT a.contract_key`+f.from()+where+f.order()+` LIMIT ? OFFSET ?`, append(args, f.Limit, f.Offset)...)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	r, err := v.roll(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := list(ctx, v, "settlements", `SELECT contract_key, contract_no, purchaser_id, supplier_id, item_code, amount_fen, paid_fen, payable_pct, payable_fen, due_fen,
		coalesce(attained_pct, 'NaN'::DOUBLE), action, final, reasons, from_run, row_hash FROM settlement_advice WHERE `+keyed("contract_key", keys)+` AND `+holds(v.Run.ID), nil, scanSettlement)
	place := make(map[int32]int, len(keys))
	for i, key := range keys {
		place[key] = i
	}
	slices.SortFunc(rows, func(a, b SettlementRow) int { return cmp.Compare(place[a.key], place[b.key]) })
	for i := range rows {
		if at, there := r.find(rows[i].Contract); there {
			rows[i].judged(r, &r.rows[at])
		}
	}
	return rows, err
}

// judged adds what the evaluation of the contract says.
func (s *SettlementRow) judged(r *roll, e *enrolled) {
	row := r.row(e)
	s.Name, s.PurchaserName, s.SupplierName, s.ItemName, s.Year = row.Name, row.PurchaserName, row.SupplierName, row.ItemName, row.Year
	s.StartOn, s.EndOn, s.Status, s.Value, s.Grade, s.Uncapped = dayAt(e.startOn), dayAt(e.endOn), row.Status, row.Value, row.Grade, row.Uncapped
}

func scanSettlement(rows *sql.Rows, r *SettlementRow) error {
	var reasons string
	err := rows.Scan(&r.key, &r.Contract, &r.Purchaser, &r.Supplier, &r.ItemCode, &r.AmountFen, &r.PaidFen, &r.PayablePct, &r.PayableFen, &r.DueFen, &r.Attained, &r.Action, &r.Final, &reasons,
		&r.FromRun, &r.RowHash)
	if err == nil {
		r.Reasons, err = fromJSON[scoring.Note]("reasons", reasons)
	}
	return err
}

// Settlement reads the advice on one contract, or ErrNotInRun.
func (v *View) Settlement(ctx context.Context, contractNo string) (SettlementRow, error) {
	rows, err := v.Settlements(ctx, SettlementFilter{Contract: contractNo, Limit: 1})
	return one(rows, err, "settlement", contractNo)
}

// SettlementTotals sums up what the filter matches, whatever its limit. The amounts are those of budget.Advice.
func (v *View) SettlementTotals(ctx context.Context, f SettlementFilter) (SettlementTotals, error) {
	var t SettlementTotals
	where, args, err := v.advisedWhere(ctx, f)
	if err != nil {
		return t, err
	}
	err = v.ofRun().scan(ctx, []any{&t.Contracts, &t.Due, &t.Held, &t.PaidUp, &t.Overpaid, &t.AmountFen, &t.PaidFen, &t.DueFen, &t.HeldFen, &t.OpenFen, &t.OverpaidFen,
		&t.ReducedFen},
		v.advised()+`SELECT count(*), count(*) FILTER (a.due_fen > 0), count(*) FILTER (a.action = 'hold'), count(*) FILTER (a.action = 'paid_up'), count(*) FILTER (a.action = 'recover'),
		coalesce(sum(a.amount_fen), 0)::BIGINT, coalesce(sum(a.paid_fen), 0)::BIGINT, coalesce(sum(a.due_fen), 0)::BIGINT,
		coalesce(sum(greatest(a.payable_fen - a.paid_fen, 0)) FILTER (a.action = 'hold'), 0)::BIGINT,
		coalesce(sum(greatest(a.paid_fen - a.payable_fen, 0)) FILTER (a.action = 'paid_up'), 0)::BIGINT, coalesce(sum(a.paid_fen - a.payable_fen) FILTER (a.action = 'recover'), 0)::BIGINT,
		coalesce(sum(a.amount_fen - a.payable_fen) FILTER (a.final), 0)::BIGINT`+f.from()+where, args...)
	if err != nil {
		return t, fmt.Errorf("sum up settlements: %w", err)
	}
	return t, nil
}

// Stage is one stage of a contract's payments.
type Stage struct {
	Stage         string
	DueOn, PaidOn time.Time // zero: no day is known, or not paid
	AmountFen     int64
}

// Stages lists the payments of a contract as they stood for the run, those due first in front.
func (v *View) Stages(ctx context.Context, contractNo string) ([]Stage, error) {
	keys, err := v.keyOf(ctx, contractNo)
	if err != nil {
		return nil, err
	}
	return list(ctx, v.ofRun(), "payments of "+contractNo, `SELECT stage, due_on, CASE WHEN paid_on <= ? THEN paid_on END, amount_fen FROM payment WHERE `+keyed("contract_key", keys)+` AND batch_id <= ?
		QUALIFY row_number() OVER (PARTITION BY stage ORDER BY batch_id DESC, row_no DESC) = 1 ORDER BY due_on NULLS LAST, stage`,
		[]any{v.Run.AsOf, int32(v.Run.Watermark)}, func(rows *sql.Rows, s *Stage) error {
			var due, paid sql.NullTime
			err := rows.Scan(&s.Stage, &due, &paid, &s.AmountFen)
			s.DueOn, s.PaidOn = due.Time, paid.Time
			return err
		})
}
