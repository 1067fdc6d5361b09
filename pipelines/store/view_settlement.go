package store

import (
	"context"
	"database/sql"
	"fmt"
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
}

// SettlementTotals sums up advice, exact to the fen.
type SettlementTotals struct {
	Contracts, Due, Held, PaidUp, Overpaid int // contracts with money of that kind
	AmountFen, PaidFen, DueFen, HeldFen    int64
	OpenFen                                int64 // of those paid up, beyond what is payable: to be had back when the reasons go and the result stands
	OverpaidFen                            int64 // to be had back
	ReducedFen                             int64
}

// settlementFrom reads the advice of a page with all that is shown of it.
const settlementFrom = ` FROM page a LEFT JOIN (SELECT * FROM e WHERE contract_key IN (SELECT contract_key FROM page)) e ON e.contract_key = a.contract_key LEFT JOIN named p ON p.org_id = a.purchaser_id
	LEFT JOIN named s ON s.org_id = a.supplier_id LEFT JOIN item ON item.item_code = a.item_code`

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

func (f SettlementFilter) where() (string, []any) {
	conditions, args := []string{"true"}, []any{}
	add := func(given bool, condition string, values ...any) {
		if given {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	s := strings.ToLower(strings.TrimSpace(f.Search))
	add(s != "", fmt.Sprintf(bySearch, "a"), s)
	add(f.Contract != "", "a.contract_no = ?", f.Contract)
	add(f.Year != 0, "e.budget_year = ?", int32(f.Year))
	add(f.Purchaser != "", "a.purchaser_id = ?", f.Purchaser)
	add(f.Supplier != "", "a.supplier_id = ?", f.Supplier)
	add(f.Item != "", "a.item_code = ?", f.Item)
	add(f.Grade != "", "coalesce(nullif(e.grade, ''), e.status) = ?", f.Grade)
	add(f.Action != "", "a.action = ?", f.Action)
	add(f.Reason != "", "contains(a.reasons, ?)", `"code":"`+f.Reason+`"`)
	return strings.Join(conditions, " AND "), args
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
	where, args := f.where()
	v = v.ofRun()
	keys, err := v.keys(ctx, v.advised()+`SELECT a.contract_key`+f.from()+where+f.order()+` LIMIT ? OFFSET ?`, append(args, f.Limit, f.Offset)...)
	if err != nil {
		return nil, err
	}
	text := v.advised() + v.paged("a", keys) + `SELECT a.contract_no, coalesce(e.name, ''), a.purchaser_id, coalesce(p.name, a.purchaser_id), a.supplier_id,
		coalesce(s.name, a.supplier_id), a.item_code, coalesce(item.name, a.item_code), coalesce(e.budget_year, 0), e.start_on, e.end_on, e.status,
		coalesce(e.value, 'NaN'::DOUBLE), coalesce(e.grade, ''), coalesce(e.uncapped_grade, ''), a.amount_fen, a.paid_fen, a.payable_pct, a.payable_fen, a.due_fen,
		coalesce(a.attained_pct, 'NaN'::DOUBLE), a.action, a.final, a.reasons, a.from_run, a.row_hash` + settlementFrom + f.order()
	return list(ctx, v, "settlements", text, nil, scanSettlement)
}

func scanSettlement(rows *sql.Rows, r *SettlementRow) error {
	var reasons string
	err := rows.Scan(&r.Contract, &r.Name, &r.Purchaser, &r.PurchaserName, &r.Supplier, &r.SupplierName, &r.ItemCode, &r.ItemName, &r.Year, &r.StartOn, &r.EndOn, &r.Status,
		&r.Value, &r.Grade, &r.Uncapped, &r.AmountFen, &r.PaidFen, &r.PayablePct, &r.PayableFen, &r.DueFen, &r.Attained, &r.Action, &r.Final, &reasons, &r.FromRun, &r.RowHash)
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
	where, args := f.where()
	var t SettlementTotals
	err := v.ofRun().scan(ctx, []any{&t.Contracts, &t.Due, &t.Held, &t.PaidUp, &t.Overpaid, &t.AmountFen, &t.PaidFen, &t.DueFen, &t.HeldFen, &t.OpenFen, &t.OverpaidFen,
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
	return list(ctx, v.ofRun(), "payments of "+contractNo, `SELECT stage, due_on, CASE WHEN paid_on <= ? THEN paid_on END, amount_fen FROM payment WHERE `+keyed(keys)+` AND batch_id <= ?
		QUALIFY row_number() OVER (PARTITION BY stage ORDER BY batch_id DESC, row_no DESC) = 1 ORDER BY due_on NULLS LAST, stage`,
		[]any{v.Run.AsOf, int32(v.Run.Watermark)}, func(rows *sql.Rows, s *Stage) error {
			var due, paid sql.NullTime
			err := rows.Scan(&s.Stage, &due, &paid, &s.AmountFen)
			s.DueOn, s.PaidOn = due.Time, paid.Time
			return err
		})
}
