package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"pingxin/budget"
	"pingxin/scoring"
)

// BudgetFilter says which proposals to list; the zero value lists none: set Limit.
type BudgetFilter struct {
	Search        string
	Purchaser     string
	Item          string
	Action        string
	Grade         string
	Sort          string // a key of BudgetSorts; empty: largest change first
	Descending    bool
	Limit, Offset int
}

// BudgetSorts maps what proposals can be sorted by to its columns.
var BudgetSorts = map[string]string{
	"contract": "b.contract_no", "base": "b.base_fen", "change": "b.change_fen", "size": "abs(b.change_fen)", "value": "e.value",
}

// Proposal is next year's proposal for one contract.
type Proposal struct {
	ContractNo, Name           string
	PurchaserID, PurchaserName string
	SupplierID, SupplierName   string
	ItemCode, ItemName         string
	Grade                      string // or status
	Value                      float64
	BaseFen, ChangeFen         int64
	Action                     string
	Reasons                    []scoring.Note
}

// NextFen is the proposed amount.
func (p Proposal) NextFen() int64 { return p.BaseFen + p.ChangeFen }

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
		coalesce(e.grade, ''), coalesce(e.status, ''), coalesce(e.missing <> '[]', false), b.supplier_id IN (SELECT supplier_id FROM blacklist_candidate WHERE %s)
		FROM (SELECT * FROM budget_proposal WHERE %s) b LEFT JOIN e ON e.contract_no = b.contract_no LEFT JOIN org p ON p.org_id = b.purchaser_id
		LEFT JOIN org s ON s.org_id = b.supplier_id LEFT JOIN place ON place.org_id = b.purchaser_id LEFT JOIN item ON item.item_code = b.item_code
		ORDER BY b.contract_no`, v.Run.Watermark, run, run)
	return list(ctx, v, "budget", text, nil, func(rows *sql.Rows, i *BudgetItem) error {
		return rows.Scan(&i.Contract, &i.Name, &i.Purchaser, &i.PurchaserName, &i.Division, &i.Supplier, &i.SupplierName, &i.SupplierType, &i.ItemCode,
			&i.ItemName, &i.Year, &i.BaseFen, &i.ChangeFen, &i.Action, &i.Value, &i.Low, &i.High, &i.Grade, &i.Status, &i.MissingParty, &i.Candidate)
	})
}

// PurchaseMethods are the ways of purchase of the contracts, as the run saw them.
func (v *View) PurchaseMethods(ctx context.Context) (map[string]string, error) {
	type way struct{ contract, method string }
	ways, err := list(ctx, v, "ways of purchase", `SELECT contract_no, arg_max(method, batch_id) FROM contract WHERE batch_id <= ? GROUP BY contract_no`,
		[]any{int32(v.Run.Watermark)}, func(rows *sql.Rows, w *way) error { return rows.Scan(&w.contract, &w.method) })
	all := make(map[string]string, len(ways))
	for _, w := range ways {
		all[w.contract] = w.method
	}
	return all, err
}

// BudgetTotals sums up proposals, exact to the fen.
type BudgetTotals struct {
	Contracts                 int
	BaseFen, ChangeFen        int64
	RaisedFen, CutFen         int64 // sums of the positive and the negative changes
	Raised, Unchanged, Lessen int
}

// NextFen is the proposed amount.
func (t BudgetTotals) NextFen() int64 { return t.BaseFen + t.ChangeFen }

// budgetFrom joins on the contract's number, which identifies a contract.
func (v *View) budgetFrom() string {
	return ` FROM (SELECT * FROM budget_proposal WHERE ` + holds(v.Run.ID) + `) b LEFT JOIN e ON e.contract_no = b.contract_no
		LEFT JOIN org p ON p.org_id = b.purchaser_id LEFT JOIN org s ON s.org_id = b.supplier_id LEFT JOIN item ON item.item_code = b.item_code WHERE `
}

func (f BudgetFilter) where() (string, []any) {
	conditions, args := []string{"true"}, []any{}
	add := func(value, condition string) {
		if value != "" {
			conditions, args = append(conditions, condition), append(args, value)
		}
	}
	if s := strings.ToLower(strings.TrimSpace(f.Search)); s != "" {
		conditions = append(conditions, "(contains(lower(b.contract_no), ?) OR contains(lower(coalesce(e.name, '')), ?) OR contains(lower(coalesce(s.name, '')), ?))")
		args = append(args, s, s, s)
	}
	add(f.Purchaser, "b.purchaser_id = ?")
	add(f.Item, "b.item_code = ?")
	add(f.Action, "b.action = ?")
	add(f.Grade, "coalesce(nullif(e.grade, ''), e.status) = ?")
	return strings.Join(conditions, " AND "), args
}

func (f BudgetFilter) order() string {
	column, known := BudgetSorts[f.Sort]
	if !known {
		column, f.Descending = BudgetSorts["size"], true
	}
	direction := " ASC"
	if f.Descending {
		direction = " DESC"
	}
	return " ORDER BY " + column + direction + " NULLS LAST, b.contract_no LIMIT ? OFFSET ?"
}

// Proposals lists proposals.
func (v *View) Proposals(ctx context.Context, f BudgetFilter) ([]Proposal, error) {
	where, args := f.where()
	text := v.with() + `SELECT b.contract_no, coalesce(e.name, ''), b.purchaser_id, coalesce(p.name, b.purchaser_id), b.supplier_id, coalesce(s.name, b.supplier_id),
		b.item_code, coalesce(item.name, b.item_code), coalesce(nullif(e.grade, ''), e.status, ''), coalesce(e.value, 'NaN'::DOUBLE), b.base_fen, b.change_fen,
		b.action, b.reasons` + v.budgetFrom() + where + f.order()
	return list(ctx, v, "proposals", text, append(args, f.Limit, f.Offset), func(rows *sql.Rows, p *Proposal) error {
		var reasons string
		err := rows.Scan(&p.ContractNo, &p.Name, &p.PurchaserID, &p.PurchaserName, &p.SupplierID, &p.SupplierName, &p.ItemCode, &p.ItemName, &p.Grade, &p.Value,
			&p.BaseFen, &p.ChangeFen, &p.Action, &reasons)
		if err == nil {
			p.Reasons, err = fromJSON[scoring.Note]("reasons", reasons)
		}
		return err
	})
}

const budgetSums = `count(*), coalesce(sum(b.base_fen), 0)::BIGINT, coalesce(sum(b.change_fen), 0)::BIGINT,
	coalesce(sum(b.change_fen) FILTER (b.change_fen > 0), 0)::BIGINT, coalesce(sum(b.change_fen) FILTER (b.change_fen < 0), 0)::BIGINT,
	count(*) FILTER (b.change_fen > 0), count(*) FILTER (b.change_fen = 0), count(*) FILTER (b.change_fen < 0)`

// BudgetTotals sums up what the filter matches, whatever its limit.
func (v *View) BudgetTotals(ctx context.Context, f BudgetFilter) (BudgetTotals, error) {
	where, args := f.where()
	var t BudgetTotals
	err := v.scan(ctx, t.fields(), v.with()+`SELECT `+budgetSums+v.budgetFrom()+where, args...)
	if err != nil {
		return t, fmt.Errorf("sum up proposals: %w", err)
	}
	return t, nil
}

func (t *BudgetTotals) fields() []any {
	return []any{&t.Contracts, &t.BaseFen, &t.ChangeFen, &t.RaisedFen, &t.CutFen, &t.Raised, &t.Unchanged, &t.Lessen}
}

// BudgetGroup is the proposal for one department or catalogue item.
type BudgetGroup struct {
	ID, Name string
	BudgetTotals
}

// BudgetByPurchaser sums proposals up by department, largest first.
func (v *View) BudgetByPurchaser(ctx context.Context, f BudgetFilter) ([]BudgetGroup, error) {
	return v.budgetBy(ctx, f, "b.purchaser_id", "p.name")
}

// BudgetByItem sums proposals up by catalogue item, largest first.
func (v *View) BudgetByItem(ctx context.Context, f BudgetFilter) ([]BudgetGroup, error) {
	return v.budgetBy(ctx, f, "b.item_code", "item.name")
}

func (v *View) budgetBy(ctx context.Context, f BudgetFilter, key, name string) ([]BudgetGroup, error) {
	where, args := f.where()
	text := v.with() + `SELECT ` + key + ` AS k, coalesce(any_value(` + name + `), k), ` + budgetSums + v.budgetFrom() + where +
		` GROUP BY k ORDER BY sum(b.base_fen) DESC, k`
	return list(ctx, v, "proposals by "+key, text, args, func(rows *sql.Rows, g *BudgetGroup) error {
		return rows.Scan(append([]any{&g.ID, &g.Name}, g.fields()...)...)
	})
}

// BudgetFlow sums proposals up by grade and action: what flows where.
func (v *View) BudgetFlow(ctx context.Context, f BudgetFilter) ([]Group, error) {
	where, args := f.where()
	text := v.with() + `SELECT coalesce(nullif(e.grade, ''), e.status, '') AS g, b.action, count(*), sum(b.base_fen)::BIGINT, sum(b.change_fen)::BIGINT` +
		v.budgetFrom() + where + ` GROUP BY g, b.action ORDER BY g, b.action`
	return list(ctx, v, "money flow", text, args, func(rows *sql.Rows, g *Group) error {
		return rows.Scan(&g.Grade, &g.Action, &g.Contracts, &g.AmountFen, &g.ChangeFen)
	})
}
