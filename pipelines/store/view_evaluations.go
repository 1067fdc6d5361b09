package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
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
	Sort          string           // a key of EvaluationSorts; empty: contract number
	Descending    bool
	Limit, Offset int
}

// EvaluationSorts maps what a list can be sorted by to its columns.
var EvaluationSorts = map[string]string{
	"contract": "e.contract_no", "supplier": "coalesce(s.name, e.supplier_id)", "purchaser": "coalesce(p.name, e.purchaser_id)", "item": "coalesce(item.name, e.item_code)",
	"year": "e.budget_year", "amount": "e.amount_fen", "value": "e.value", "answers": "(e.n_purchaser + e.n_recipient + e.n_third_party)",
}

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

// nameSorts are the names that a list can be sorted by, with what they are read from.
var nameSorts = map[string]string{"purchaser": " LEFT JOIN org p ON p.org_id = e.purchaser_id", "supplier": " LEFT JOIN org s ON s.org_id = e.supplier_id",
	"item": " LEFT JOIN item ON item.item_code = e.item_code"}

// from reads the contracts of the run, with where they stand if the filter asks for it.
func (f EvaluationFilter) from() string {
	if f.State == "" {
		return " FROM e"
	}
	return " FROM e JOIN stands ON stands.contract_key = e.contract_key"
}

func (f EvaluationFilter) where() (string, []any) {
	conditions, args := []string{"true"}, []any{}
	add := func(given bool, condition string, values ...any) {
		if given {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	s := strings.ToLower(strings.TrimSpace(f.Search))
	add(s != "", fmt.Sprintf(bySearch, "e"), s)
	add(f.Year != 0, "e.budget_year = ?", int32(f.Year))
	add(f.Purchaser != "", "e.purchaser_id = ?", f.Purchaser)
	add(f.Supplier != "", "e.supplier_id = ?", f.Supplier)
	add(f.SupplierType != "", "e.supplier_id IN (SELECT org_id FROM org WHERE supplier_type = ?)", f.SupplierType)
	add(f.Item != "", "e.item_code = ?", f.Item)
	add(f.Group != "", "coalesce((SELECT nullif(parent_code, '') FROM item WHERE item.item_code = e.item_code), e.item_code) = ?", f.Group)
	add(f.Grade != "", "coalesce(nullif(e.grade, ''), e.status) = ?", f.Grade)
	add(f.Status != "", "e.status = ?", f.Status)
	add(f.Missing != 0, "contains(e.missing, ?)", strconv.Quote(f.Missing.String()))
	add(f.State != "", "stands.state = ?", string(f.State))
	add(f.Contract != "", "e.contract_no = ?", f.Contract)
	return strings.Join(conditions, " AND "), args
}

func (f EvaluationFilter) order() string {
	column, known := EvaluationSorts[f.Sort]
	if !known {
		column = EvaluationSorts["contract"]
	}
	direction := " ASC"
	if f.Descending {
		direction = " DESC"
	}
	return " ORDER BY " + column + direction + " NULLS LAST, e.contract_no"
}

// page finds which contracts are on the page of the list, from what the filter and the order read.
func (v *View) page(ctx context.Context, f EvaluationFilter) ([]int32, error) {
	where, args := f.where()
	if f.State == "" {
		v = v.ofRun()
	}
	return v.keys(ctx, v.with()+f.standing(v)+`SELECT e.contract_key`+f.from()+nameSorts[f.Sort]+` WHERE `+where+f.order()+` LIMIT ? OFFSET ?`, append(args, f.Limit, f.Offset)...)
}

// Evaluations lists evaluations.
func (v *View) Evaluations(ctx context.Context, f EvaluationFilter) ([]EvaluationRow, error) {
	keys, err := v.page(ctx, f)
	if err != nil {
		return nil, err
	}
	text := v.with() + v.paged("e", keys) + v.standing(keyed(keys)) + `SELECT e.contract_no, coalesce(e.name, ''), e.purchaser_id, coalesce(p.name, e.purchaser_id), e.supplier_id,
		coalesce(s.name, e.supplier_id), e.item_code, coalesce(item.name, e.item_code), e.budget_year, e.amount_fen, e.status,
		coalesce(e.value, 'NaN'::DOUBLE), coalesce(e.low, 'NaN'::DOUBLE), coalesce(e.high, 'NaN'::DOUBLE), coalesce(e.grade, ''),
		coalesce(e.uncapped_grade, ''), e.n_purchaser, e.n_recipient, e.n_third_party, e.warnings <> '[]', ` + standingColumns + evaluationFrom + f.order()
	return list(ctx, v, "evaluations", text, nil, func(rows *sql.Rows, r *EvaluationRow) error {
		dest, set := r.dest()
		err := rows.Scan(append([]any{&r.ContractNo, &r.Name, &r.PurchaserID, &r.PurchaserName, &r.SupplierID, &r.SupplierName, &r.ItemCode, &r.ItemName, &r.Year,
			&r.AmountFen, &r.Status, &r.Value, &r.Low, &r.High, &r.Grade, &r.Uncapped, &r.Purchasers, &r.Recipients, &r.ThirdParties, &r.Warned}, dest...)...)
		set()
		return err
	})
}

// standing are the named queries that from reads beside those of View.with.
func (f EvaluationFilter) standing(v *View) string {
	if f.State == "" {
		return ""
	}
	return v.standing("true")
}

// EvaluationTotals sums up what the filter matches, whatever its limit.
func (v *View) EvaluationTotals(ctx context.Context, f EvaluationFilter) (EvaluationTotals, error) {
	where, args := f.where()
	var t EvaluationTotals
	if f.State == "" {
		v = v.ofRun()
	}
	err := v.scan(ctx, []any{&t.Contracts, &t.Rated, &t.AmountFen, &t.Mean}, v.with()+f.standing(v)+`SELECT count(*), count(value),
		coalesce(sum(amount_fen), 0)::BIGINT, `+meanByAmount+f.from()+` WHERE `+where, args...)
	if err != nil {
		return t, fmt.Errorf("sum up evaluations: %w", err)
	}
	return t, nil
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
	keys, err := v.keyOf(ctx, contractNo)
	if err != nil {
		return Evaluation{}, err
	}
	text := v.with() + v.paged("e", keys) + v.standing(keyed(keys)) + `SELECT e.from_run, e.contract_key, e.contract_no, coalesce(e.name, ''), e.purchaser_id, coalesce(p.name, e.purchaser_id), e.supplier_id,
		coalesce(s.name, e.supplier_id), e.item_code, coalesce(item.name, e.item_code), e.budget_year, e.amount_fen, e.status,
		coalesce(e.value, 'NaN'::DOUBLE), coalesce(e.low, 'NaN'::DOUBLE), coalesce(e.high, 'NaN'::DOUBLE), coalesce(e.grade, ''), coalesce(e.uncapped_grade, ''),
		e.n_purchaser, e.n_recipient, e.n_third_party, e.start_on, e.end_on, coalesce(e.recipients, 0), coalesce(e.se, 'NaN'::DOUBLE),
		coalesce(e.plain, 'NaN'::DOUBLE), coalesce(e.raw, 'NaN'::DOUBLE), coalesce(e.adjusted, 'NaN'::DOUBLE), coalesce(e.shrunken, 'NaN'::DOUBLE),
		coalesce(e.reliability, 'NaN'::DOUBLE), e.missing, e.caps, e.warnings, e.last_on, e.good_until, e.row_hash, ` + standingColumns + evaluationFrom
	rows, err := list(ctx, v, "evaluation "+contractNo, text, nil, scanEvaluation)
	return one(rows, err, "contract", contractNo)
}

func scanEvaluation(rows *sql.Rows, e *Evaluation) error {
	var missing, caps, warnings string
	var last, good sql.NullTime
	dest, set := e.dest()
	err := rows.Scan(append([]any{&e.FromRun, &e.Key, &e.ContractNo, &e.Name, &e.PurchaserID, &e.PurchaserName, &e.SupplierID, &e.SupplierName, &e.ItemCode, &e.ItemName,
		&e.Year, &e.AmountFen, &e.Status, &e.Value, &e.Low, &e.High, &e.Grade, &e.Uncapped, &e.Purchasers, &e.Recipients, &e.ThirdParties, &e.StartOn,
		&e.EndOn, &e.Served, &e.SE, &e.Plain, &e.Raw, &e.Adjusted, &e.Shrunken, &e.Reliability,
		&missing, &caps, &warnings, &last, &good, &e.RowHash}, dest...)...)
	if err != nil {
		return err
	}
	set()
	e.LastOn, e.GoodUntil = last.Time, good.Time
	if e.Missing, err = fromJSON[scoring.Party]("missing parties", missing); err != nil {
		return err
	}
	if e.Caps, err = fromJSON[scoring.Cap]("caps", caps); err != nil {
		return err
	}
	e.Warnings, err = fromJSON[scoring.Note]("warnings", warnings)
	e.Warned = len(e.Warnings) > 0
	return err
}
