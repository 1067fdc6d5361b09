package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"pingxin/scoring"
	"pingxin/scoring/dueprocess"
)

// EvaluationFilter says which evaluations to list; the zero value lists the first none: set Limit.
type EvaluationFilter struct {
	Search        string // part of the contract's number or name, or of a party's name
	Year          int    // 0: all
	Purchaser     string
	Supplier      string
	SupplierType  string
	Item          string
	Group         string // code of an item's group
	Grade         string // a grade; or a status for contracts without a grade
	Status        string
	Missing       scoring.Party    // a party that was to score and did not; 0: all
	State         dueprocess.State // on the way to the public; empty: all
	Contract      string           // one number, exactly
	Sort          string           // a key of EvaluationSorts; else: contract number
	Descending    bool
	Limit, Offset int
}

// EvaluationSorts are what a list can be sorted by.
var EvaluationSorts = rollSorts

// EvaluationRow is one evaluation in a list.
type EvaluationRow struct {
	ContractNo, Name           string
	PurchaserID, PurchaserName string
	SupplierID, SupplierName   string
	ItemCode, ItemName         string
	Year                       int
	AmountFen                  int64
	Status                     scoring.Status
	Value, Low, High           float64
	Grade, Uncapped            string
	Purchasers, Recipients     int // numbers of answers
	ThirdParties               int
	Warned                     bool
	Standing
}

// Answers is the number of answers of all parties.
func (r EvaluationRow) Answers() int { return r.Purchasers + r.Recipients + r.ThirdParties }

// EvaluationTotals sums up all evaluations that a filter matches.
type EvaluationTotals struct {
	Contracts, Rated int
	AmountFen        int64
	Mean             float64 // weighted by amount
}

// evaluationFrom reads the contracts of a page with all that is shown of them.
const evaluationFrom = ` FROM page e LEFT JOIN named p ON p.org_id = e.purchaser_id LEFT JOIN named s ON s.org_id = e.supplier_id
	LEFT JOIN item ON item.item_code = e.item_code JOIN stands ON stands.contract_key = e.contract_key`

// Evaluations lists evaluations.
func (v *View) Evaluations(ctx context.Context, f EvaluationFilter) ([]EvaluationRow, error) {
	r, found, err := v.found(ctx, f)
	if err != nil {
		return nil, err
	}
	page := found[min(f.Offset, len(found)):min(f.Offset+f.Limit, len(found))]
	standings, err := v.standingsOf(ctx, r, page)
	rows := make([]EvaluationRow, len(page))
	for i, at := range page {
		rows[i] = r.row(&r.rows[at])
		rows[i].Standing = standings.of(r.rows[at].key)
	}
	return rows, err
}

// EvaluationTotals sums up what the filter matches, whatever its limit.
func (v *View) EvaluationTotals(ctx context.Context, f EvaluationFilter) (EvaluationTotals, error) {
	f.Sort, f.Descending = "", false // so that the sum is the same in every order
	r, found, err := v.found(ctx, f)
	if err != nil {
		return EvaluationTotals{}, fmt.Errorf("sum up evaluations: %w", err)
	}
	return r.totals(found), nil
}

// Evaluation is one evaluation with all that its slip shows.
type Evaluation struct {
	EvaluationRow
	FromRun           int
	Key               int32
	StartOn, EndOn    time.Time
	Served            int // recipients of the service, 0 when unknown
	SE, Plain         float64
	Raw, Adjusted     float64 // what the calibration makes of it, as in scoring.Evaluation
	Shrunken          float64
	Reliability       float64
	Missing           []scoring.Party
	Caps              []scoring.Cap
	Warnings          []scoring.Note
	LastOn, GoodUntil time.Time
	RowHash           string
}

// Evaluation reads one evaluation by the contract's number.
func (v *View) Evaluation(ctx context.Context, contractNo string) (Evaluation, error) {
	r, err := v.roll(ctx)
	if err != nil {
		return Evaluation{}, err
	}
	at, there := r.find(contractNo)
	if !there {
		return Evaluation{}, fmt.Errorf("contract %q: %w", contractNo, ErrNotInRun)
	}
	row := &r.rows[at]
	text := `SELECT from_run, contract_key, start_on, end_on, coalesce(recipients, 0), coalesce(se, 'NaN'::DOUBLE), coalesce(plain, 'NaN'::DOUBLE), coalesce(raw, 'NaN'::DOUBLE),
		coalesce(adjusted, 'NaN'::DOUBLE), coalesce(shrunken, 'NaN'::DOUBLE), coalesce(reliability, 'NaN'::DOUBLE), missing, caps, warnings, last_on, good_until, row_hash
		FROM evaluation WHERE ` + keyed("contract_key", []int32{row.key}) + ` AND ` + holds(v.Run.ID)
	found, err := list(ctx, v.ofRun(), "evaluation "+contractNo, text, nil, scanEvaluation)
	e, err := one(found, err, "contract", contractNo)
	if err != nil {
		return e, err
	}
	standings, err := v.standingsOf(ctx, r, []int32{int32(at)})
	e.EvaluationRow = r.row(row)
	e.Standing = standings.of(row.key)
	return e, err
}

func scanEvaluation(rows *sql.Rows, e *Evaluation) error {
	var missing, caps, warnings string
	var last, good sql.NullTime
	err := rows.Scan(&e.FromRun, &e.Key, &e.StartOn, &e.EndOn, &e.Served, &e.SE, &e.Plain, &e.Raw, &e.Adjusted, &e.Shrunken, &e.Reliability, &missing, &caps, &warnings, &last, &good, &e.RowHash)
	if err != nil {
		return err
	}
	e.LastOn, e.GoodUntil = last.Time, good.Time
	if e.Missing, err = fromJSON[scoring.Party]("missing parties", missing); err != nil {
		return err
	}
	if e.Caps, err = fromJSON[scoring.Cap]("caps", caps); err != nil {
		return err
	}
	e.Warnings, err = fromJSON[scoring.Note]("warnings", warnings)
	return err
}
