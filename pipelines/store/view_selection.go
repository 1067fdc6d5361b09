package store

import (
	"context"
	"database/sql"
	"fmt"

	"pingxin/credit"
)

// SelectionItem is a catalogue item with those who have performed it.
type SelectionItem struct {
	Code, Name, Group        string
	Suppliers, Rated, Listed int
	Contracts                int
	AmountFen                int64
}

// SelectionItems lists the items of which there are contracts, with the numbers of those who perform them.
func (v *View) SelectionItems(ctx context.Context) ([]SelectionItem, error) {
	run := holds(v.Run.ID)
	text := v.with() + fmt.Sprintf(`SELECT e.item_code, coalesce(any_value(item.name), e.item_code), coalesce(any_value(parent.name), ''), count(DISTINCT e.supplier_id),
		count(DISTINCT e.supplier_id) FILTER (r.status = 'rated'), count(DISTINCT e.supplier_id) FILTER (e.supplier_id IN (SELECT supplier_id FROM (%s))), count(*), sum(e.amount_fen)::BIGINT
		FROM e LEFT JOIN item ON item.item_code = e.item_code LEFT JOIN item parent ON parent.item_code = item.parent_code
		LEFT JOIN (SELECT supplier_id, status FROM rating WHERE %s) r ON r.supplier_id = e.supplier_id GROUP BY e.item_code ORDER BY e.item_code`, listedOn(v.Run.AsOf, v.Run.Watermark), run)
	return list(ctx, v, "items to choose for", text, nil, func(rows *sql.Rows, i *SelectionItem) error {
		return rows.Scan(&i.Code, &i.Name, &i.Group, &i.Suppliers, &i.Rated, &i.Listed, &i.Contracts, &i.AmountFen)
	})
}

// SelectionRow is a supplier that has performed an item, with what speaks for and against it.
type SelectionRow struct {
	credit.Bidder
	ID, Name, Type string
	Level          string
	Score          float64
	Evaluations    int // that the rating stands on
	Assessment     string
	Registration   string // active, dissolved or revoked; empty: not known
	ItemContracts  int    // of the item
	ItemFen        int64
	ItemMean       float64 // of its final evaluations of the item, weighted by amount; NaN: none
	Poor           int     // contracts of the item with the worst grade
	Running        int     // contracts of any item that run on the day
	RunningFen     int64
	LargestFen     int64 // largest contract of any item so far
	LastYear       int   // budget year of its latest contract of the item
}

// Selection lists those who have performed an item, best rated first. worst is the policy's worst grade.
func (v *View) Selection(ctx context.Context, item, worst string) ([]SelectionRow, error) {
	text := v.suppliers() + fmt.Sprintf(`, own AS (SELECT supplier_id, count(*) AS n, sum(amount_fen)::BIGINT AS fen, count(*) FILTER (grade = $2) AS poor, max(budget_year) AS last_year,
		coalesce(sum(value * amount_fen) FILTER (status = 'rated') / nullif(sum(amount_fen) FILTER (status = 'rated'), 0), 'NaN'::DOUBLE) AS mean FROM e WHERE item_code = $1 GROUP BY supplier_id),
	load AS (SELECT supplier_id, count(*) FILTER (start_on <= $3 AND end_on >= $3) AS running, coalesce(sum(amount_fen) FILTER (start_on <= $3 AND end_on >= $3), 0)::BIGINT AS running_fen,
		max(amount_fen) AS largest FROM e WHERE supplier_id IN (SELECT supplier_id FROM own) GROUP BY supplier_id),
	registration AS (SELECT supplier_id, status FROM supplier_registration WHERE batch_id <= $4 QUALIFY row_number() OVER (PARTITION BY supplier_id ORDER BY batch_id DESC, row_no DESC) = 1)
	SELECT org_id, name, supplier_type, supplier.status, stars, org_id IN (SELECT supplier_id FROM (%s)), coalesce(registration.status, '') IN ('dissolved', 'revoked'), supplier.level, coalesce(score, 'NaN'::DOUBLE), n_evaluations,
		assessment, coalesce(registration.status, ''), own.n, own.fen, own.mean, own.poor, load.running, load.running_fen, load.largest, own.last_year
	FROM supplier JOIN own ON own.supplier_id = org_id JOIN load ON load.supplier_id = org_id LEFT JOIN registration ON registration.supplier_id = org_id
	ORDER BY score DESC NULLS LAST, org_id`, listedOn(v.Run.AsOf, v.Run.Watermark))
	return list(ctx, v.ofRun(), "suppliers of "+item, text, []any{item, worst, v.Run.AsOf, int32(v.Run.Watermark)}, func(rows *sql.Rows, r *SelectionRow) error {
		return rows.Scan(&r.ID, &r.Name, &r.Type, &r.Status, &r.Stars, &r.Listed, &r.Dissolved, &r.Level, &r.Score, &r.Evaluations, &r.Assessment, &r.Registration, &r.ItemContracts, &r.ItemFen,
			&r.ItemMean, &r.Poor, &r.Running, &r.RunningFen, &r.LargestFen, &r.LastYear)
	})
}
