package store

import (
	"context"
	"database/sql"
	"fmt"

	"pingxin/budget"
)

// BudgetItem is a contract for which money is proposed: what the proposal is made from, but for the lines of the grade's
// band, and what the run proposed.
type BudgetItem struct {
	budget.Item
	Name                       string
	PurchaserName, Division    string // of the purchaser; Division is a code of GB/T 2260
	SupplierName, SupplierType string
	ItemName                   string
	Year                       int
	ChangeFen                  int64
	Action                     string
}

// BudgetItems lists every contract for which the run proposes money, in the order of contracts.
func (v *View) BudgetItems(ctx context.Context) ([]BudgetItem, error) {
	run := holds(v.Run.ID)
	text := v.with() + fmt.Sprintf(`, place AS (SELECT org_id, coalesce(arg_max(division, batch_id), '') AS division FROM organisation WHERE batch_id <= %d GROUP BY org_id)
		SELECT b.contract_no, coalesce(e.name, ''), b.purchaser_id, coalesce(p.name, b.purchaser_id), coalesce(place.division, ''),
		b.supplier_id, coalesce(s.name, b.supplier_id), coalesce(s.supplier_type, ''), b.item_code, coalesce(item.name, b.item_code),
		coalesce(e.budget_year, 0), b.base_fen, b.change_fen, b.action, coalesce(e.value, 'NaN'::DOUBLE), coalesce(e.low, 'NaN'::DOUBLE), coalesce(e.high, 'NaN'::DOUBLE),
		coalesce(e.grade, ''), coalesce(e.status, ''), coalesce(e.missing <> '[]', false), b.supplier_id IN (SELECT supplier_id FROM blacklist_candidate WHERE %s),
		b.supplier_id IN (SELECT supplier_id FROM (%s)), coalesce(o.objection_no, '')
		FROM (SELECT * FROM budget_proposal WHERE %s) b LEFT JOIN e ON e.contract_no = b.contract_no LEFT JOIN org p ON p.org_id = b.purchaser_id
		LEFT JOIN org s ON s.org_id = b.supplier_id LEFT JOIN place ON place.org_id = b.purchaser_id LEFT JOIN item ON item.item_code = b.item_code
		LEFT JOIN (SELECT contract_no, min(objection_no) AS objection_no FROM (%s) GROUP BY contract_no) o ON o.contract_no = b.contract_no
		ORDER BY b.contract_no`, v.Run.Watermark, run, listedOn(v.Run.AsOf, v.Run.Watermark), run, disputedOn(v.Run.AsOf, v.Run.Watermark))
	return list(ctx, v, "budget", text, nil, func(rows *sql.Rows, i *BudgetItem) error {
		return rows.Scan(&i.Contract, &i.Name, &i.Purchaser, &i.PurchaserName, &i.Division, &i.Supplier, &i.SupplierName, &i.SupplierType, &i.ItemCode,
			&i.ItemName, &i.Year, &i.BaseFen, &i.ChangeFen, &i.Action, &i.Value, &i.Low, &i.High, &i.Grade, &i.Status, &i.MissingParty, &i.Candidate, &i.Listed, &i.Dispute)
	})
}

// PurchaseMethods are the ways of purchase of the contracts, as the run saw them.
func (v *View) PurchaseMethods(ctx context.Context) (map[string]string, error) {
	type way struct{ contract, method string }
	ways, err := list(ctx, v.ofRun(), "ways of purchase", `SELECT contract_no, arg_max(method, batch_id) FROM contract WHERE batch_id <= ? GROUP BY contract_no`,
		[]any{int32(v.Run.Watermark)}, func(rows *sql.Rows, w *way) error { return rows.Scan(&w.contract, &w.method) })
	all := make(map[string]string, len(ways))
	for _, w := range ways {
		all[w.contract] = w.method
	}
	return all, err
}

// BudgetTotals sums up proposals, exact to the fen.
type BudgetTotals struct {
	Contracts          int
	BaseFen, ChangeFen int64
}

// BudgetTotals sums up what the run proposes.
func (v *View) BudgetTotals(ctx context.Context) (BudgetTotals, error) {
	var t BudgetTotals
	err := v.ofRun().scan(ctx, []any{&t.Contracts, &t.BaseFen, &t.ChangeFen}, `SELECT count(*), coalesce(sum(base_fen), 0)::BIGINT, coalesce(sum(change_fen), 0)::BIGINT
		FROM budget_proposal WHERE `+holds(v.Run.ID))
	if err != nil {
		return t, fmt.Errorf("sum up proposals: %w", err)
	}
	return t, nil
}
