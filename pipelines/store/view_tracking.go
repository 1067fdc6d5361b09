package store

import (
	"context"
	"database/sql"
	"time"

	"pingxin/scoring/tracking"
)

// TrackingFilter says which running services to follow.
type TrackingFilter struct {
	Search    string // part of the contract's number or name, or of a party's name
	Purchaser string
	Supplier  string
	Item      string
}

// Tracked is a service that runs on the day of the run, with its targets and their latest readings.
type Tracked struct {
	ContractNo, Name           string
	PurchaserID, PurchaserName string
	SupplierID, SupplierName   string
	ItemName                   string
	AmountFen                  int64
	StartOn, EndOn             time.Time
	Targets                    []tracking.Target
}

// Tracked lists the services that run on the day of the run, those that end first in front.
func (v *View) Tracked(ctx context.Context, f TrackingFilter) ([]Tracked, error) {
	where, err := v.meeting(ctx, "e", EvaluationFilter{Search: f.Search, Purchaser: f.Purchaser, Supplier: f.Supplier, Item: f.Item})
	if err != nil {
		return nil, err
	}
	text := v.with() + `, running AS (SELECT e.contract_key, e.contract_no, coalesce(e.name, '') AS name, e.purchaser_id, coalesce(p.name, e.purchaser_id) AS purchaser_name,
		e.supplier_id, coalesce(s.name, e.supplier_id) AS supplier_name, coalesce(item.name, e.item_code) AS item_name, e.amount_fen, e.start_on, e.end_on FROM e LEFT JOIN org p ON p.org_id = e.purchaser_id
		LEFT JOIN org s ON s.org_id = e.supplier_id LEFT JOIN item USING (item_code) WHERE e.start_on <= ? AND e.end_on >= ? AND ` + where + `),
	goal AS (SELECT contract_key, indicator, target, unit, direction FROM target SEMI JOIN running USING (contract_key) WHERE batch_id <= ?
		QUALIFY row_number() OVER (PARTITION BY contract_key, indicator ORDER BY batch_id DESC, row_no DESC) = 1),
	reading AS (SELECT contract_key, indicator, actual, as_of_on FROM progress SEMI JOIN running USING (contract_key) WHERE batch_id <= ? AND as_of_on <= ?
		QUALIFY row_number() OVER (PARTITION BY contract_key, indicator ORDER BY as_of_on DESC, batch_id DESC, row_no DESC) = 1)
	SELECT running.* EXCLUDE (contract_key), coalesce(goal.indicator, ''), coalesce(goal.target, 0), coalesce(goal.unit, ''), coalesce(goal.direction = 'higher', true),
		coalesce(reading.actual, 0), reading.as_of_on
	FROM running LEFT JOIN goal USING (contract_key) LEFT JOIN reading USING (contract_key, indicator) ORDER BY running.end_on, running.contract_no, goal.indicator`
	mark := int32(v.Run.Watermark)
	args := []any{v.Run.AsOf, v.Run.AsOf, mark, mark, v.Run.AsOf}
	rows, err := list(ctx, v.ofRun(), "running services", text, args, scanTracked)
	var all []Tracked
	for _, row := range rows {
		if last := len(all) - 1; last < 0 || all[last].ContractNo != row.ContractNo {
			all = append(all, row.Tracked)
		}
		if row.target.Indicator != "" {
			of := &all[len(all)-1]
			of.Targets = append(of.Targets, row.target)
		}
	}
	return all, err
}

// trackedTarget is a service with one of its targets, whose indicator is empty where it has none.
type trackedTarget struct {
	Tracked
	target tracking.Target
}

func scanTracked(rows *sql.Rows, c *trackedTarget) error {
	t := &c.target
	var read sql.NullTime
	err := rows.Scan(&c.ContractNo, &c.Name, &c.PurchaserID, &c.PurchaserName, &c.SupplierID, &c.SupplierName, &c.ItemName, &c.AmountFen, &c.StartOn, &c.EndOn,
		&t.Indicator, &t.Attainment.Target, &t.Unit, &t.Higher, &t.Actual, &read)
	t.ReadOn, t.Reached = read.Time, read.Valid
	return err
}
