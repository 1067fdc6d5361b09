package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"pingxin/credit/validation"
)

// The rows of a validation, and how they are kept.

type validatedSupplier struct {
	id int
	*validation.Row
}

var validatedSuppliers = Table[validatedSupplier]{Name: "validation_supplier", Columns: []Column[validatedSupplier]{
	Whole("validation_id", func(s *validatedSupplier) int64 { return int64(s.id) }),
	Flag("earlier", func(s *validatedSupplier) bool { return s.Earlier }),
	Text("supplier_id", false, func(s *validatedSupplier) string { return s.ID }),
	Text("level", false, func(s *validatedSupplier) string { return s.Level }),
	Real("score", func(s *validatedSupplier) float64 { return s.score() }),
	Real("predicted", func(s *validatedSupplier) float64 { return s.Predicted }),
	Whole("calibration_group", func(s *validatedSupplier) int64 { return int64(s.Group) }),
	Text("level_after", false, func(s *validatedSupplier) string { return s.LevelAfter }),
	Whole("outcomes", func(s *validatedSupplier) int64 { return int64(len(s.Outcomes)) }),
}}

// score is NaN for the unrated.
func (s *validatedSupplier) score() float64 {
	if !s.Rated {
		return math.NaN()
	}
	return s.Score
}

type validatedOutcome struct {
	*validatedSupplier
	validation.Outcome
}

var validatedOutcomes = Table[validatedOutcome]{Name: "validation_outcome", Columns: []Column[validatedOutcome]{
	Whole("validation_id", func(o *validatedOutcome) int64 { return int64(o.id) }),
	Flag("earlier", func(o *validatedOutcome) bool { return o.Earlier }),
	Text("supplier_id", false, func(o *validatedOutcome) string { return o.ID }),
	Text("kind", false, func(o *validatedOutcome) string { return o.Kind }),
	Day("occurred_on", func(o *validatedOutcome) time.Time { return o.On }),
}}

type validatedValue struct {
	*validatedSupplier
	validation.PlacedValue
}

var validatedValues = Table[validatedValue]{Name: "validation_value", Columns: []Column[validatedValue]{
	Whole("validation_id", func(v *validatedValue) int64 { return int64(v.id) }),
	Flag("earlier", func(v *validatedValue) bool { return v.Earlier }),
	Text("supplier_id", false, func(v *validatedValue) string { return v.ID }),
	Text("input", false, func(v *validatedValue) string { return v.Of }),
	Real("value", func(v *validatedValue) float64 { return v.Value }),
	Text("bin", false, func(v *validatedValue) string { return v.Bin }),
}}

func keepValidationRows(ctx context.Context, w *Writer, id int, rows []validation.Row) error {
	suppliers, outcomes, values := NewRows(&validatedSuppliers), NewRows(&validatedOutcomes), NewRows(&validatedValues)
	for i := range rows {
		s := &validatedSupplier{id, &rows[i]}
		suppliers.Add(s)
		for _, o := range s.Outcomes {
			outcomes.Add(&validatedOutcome{s, o})
		}
		for _, v := range s.Values {
			values.Add(&validatedValue{s, v})
		}
	}
	_, suppliersErr := Insert(ctx, w, suppliers)
	_, outcomesErr := Insert(ctx, w, outcomes)
	_, valuesErr := Insert(ctx, w, values)
	if err := errors.Join(suppliersErr, outcomesErr, valuesErr); err != nil {
		return fmt.Errorf("write the rows of validation %d: %w", id, err)
	}
	return nil
}

// Unrated stands in a filter for suppliers without a level.
const Unrated = "unrated"

// ValidatedFilter says which rows of a validation to list; the zero value lists none: set Validation and Limit.
type ValidatedFilter struct {
	Validation    int
	Earlier       bool     // those of the earlier window instead
	Search        string   // part of the id or name
	Level, After  string   // Unrated: those without; empty: all
	Outcome       string   // a kind, or WithOutcome or WithoutOutcome; empty: all
	Group         int      // of the calibration; 0: all
	Most          *float64 // score at most; nil: all
	Of            *string  // values of this input, empty for the score: only suppliers that have one; nil: none is read
	Bin           string   // in which its value is counted; empty: all
	Sort          string   // a key of ValidatedSorts; empty: by score, the lowest first
	Descending    bool
	Limit, Offset int
}

// What a filter by outcome may say instead of a kind.
const (
	WithOutcome    = "with"
	WithoutOutcome = "without"
)

// ValidatedSorts maps what the rows of a validation can be sorted by to its columns.
var ValidatedSorts = map[string]string{"supplier": "coalesce(nullif(name, ''), supplier_id)", "score": "score", "predicted": "predicted", "outcomes": "outcomes", "value": "value"}

// ValidatedRow is a supplier as a validation counts it.
type ValidatedRow struct {
	ID, Name         string
	Level, After     string  // empty: unrated
	Score, Predicted float64 // NaN: none
	Value            float64 // of the input of the filter; NaN: missing
	Bin              string
	Outcomes         []validation.Outcome
}

// ValidatedTotals are how many rows a filter lists, and how many of them had an outcome.
type ValidatedTotals struct{ Suppliers, Events int }

func (f ValidatedFilter) where() (string, []any) {
	text, args := "s.validation_id = ? AND s.earlier = ?", []any{int32(f.Validation), f.Earlier}
	add := func(condition string, values ...any) { text, args = text+" AND "+condition, append(args, values...) }
	if s := strings.ToLower(strings.TrimSpace(f.Search)); s != "" {
		add("(contains(lower(s.supplier_id), ?) OR contains(lower(coalesce(org.name, '')), ?))", s, s)
	}
	if f.Level != "" {
		add("level = ?", ratedOr(f.Level))
	}
	if f.After != "" {
		add("level_after = ?", ratedOr(f.After))
	}
	switch f.Outcome {
	case "":
	case WithOutcome:
		add("outcomes > 0")
	case WithoutOutcome:
		add("outcomes = 0")
	default:
		add(`s.supplier_id IN (SELECT supplier_id FROM validation_outcome WHERE validation_id = ? AND earlier = ? AND kind = ?)`, int32(f.Validation), f.Earlier, f.Outcome)
	}
	if f.Group != 0 {
		add("calibration_group = ?", int32(f.Group))
	}
	if f.Most != nil {
		add("score <= ?", *f.Most)
	}
	if f.Of != nil {
		add("s.supplier_id IN (SELECT supplier_id FROM chosen)")
	}
	if f.Bin != "" {
		add("bin = ?", f.Bin)
	}
	return text, args
}

// ratedOr is the level of a filter as it is kept.
func ratedOr(level string) string {
	if level == Unrated {
		return ""
	}
	return level
}

func (f ValidatedFilter) order() string {
	column, known := ValidatedSorts[f.Sort]
	if !known {
		column = ValidatedSorts["score"]
	}
	direction := " ASC"
	if f.Descending {
		direction = " DESC"
	}
	return " ORDER BY " + column + direction + " NULLS LAST, supplier_id LIMIT ? OFFSET ?"
}

// found are the named queries of a filter, the last of which, found, is its rows, and what they are asked with. The values of
// the chosen input stand beside the suppliers, none where there is none.
func (f ValidatedFilter) found(v *View) (string, []any) {
	of := ""
	if f.Of != nil {
		of = *f.Of
	}
	where, conditions := f.where()
	return v.with() + `, chosen AS (SELECT supplier_id, value, bin FROM validation_value WHERE validation_id = ? AND earlier = ? AND input = ? AND ?),
		found AS (SELECT s.*, coalesce(org.name, '') AS name, value, coalesce(bin, '') AS bin
			FROM validation_supplier s LEFT JOIN org ON org_id = s.supplier_id LEFT JOIN chosen USING (supplier_id) WHERE ` + where + `)`,
		append([]any{int32(f.Validation), f.Earlier, of, f.Of != nil}, conditions...)
}

// Validated lists rows of a validation and counts those that match.
func (v *View) Validated(ctx context.Context, f ValidatedFilter) ([]ValidatedRow, ValidatedTotals, error) {
	found, args := f.found(v)
	var totals ValidatedTotals
	if err := v.scan(ctx, []any{&totals.Suppliers, &totals.Events}, found+` SELECT count(*), count(*) FILTER (outcomes > 0) FROM found`, args...); err != nil {
		return nil, totals, fmt.Errorf("count suppliers of validation %d: %w", f.Validation, err)
	}
	args = append(args, f.Limit, f.Offset)
	outcomes, err := v.outcomesOf(ctx, f, found, args)
	if err != nil {
		return nil, totals, err
	}
	rows, err := list(ctx, v, "suppliers of a validation", found+` SELECT supplier_id, name, level, level_after, coalesce(score, 'NaN'::DOUBLE), coalesce(predicted, 'NaN'::DOUBLE),
		coalesce(value, 'NaN'::DOUBLE), bin FROM found`+f.order(), args, func(rows *sql.Rows, r *ValidatedRow) error {
		return rows.Scan(&r.ID, &r.Name, &r.Level, &r.After, &r.Score, &r.Predicted, &r.Value, &r.Bin)
	})
	for i := range rows {
		rows[i].Outcomes = outcomes[rows[i].ID]
	}
	return rows, totals, err
}

// outcomesOf are the outcomes of the suppliers that a filter lists, by supplier, in the order of time.
func (v *View) outcomesOf(ctx context.Context, f ValidatedFilter, found string, args []any) (map[string][]validation.Outcome, error) {
	type outcome struct {
		supplier string
		validation.Outcome
	}
	all, err := list(ctx, v, "outcomes of a validation", found+`, page AS (SELECT * FROM found`+f.order()+`)
		SELECT o.supplier_id, o.kind, o.occurred_on FROM validation_outcome o JOIN page USING (validation_id, earlier, supplier_id)
		ORDER BY o.supplier_id, o.occurred_on, o.kind`, args, func(rows *sql.Rows, o *outcome) error {
		return rows.Scan(&o.supplier, &o.Kind, &o.On)
	})
	by := map[string][]validation.Outcome{}
	for _, o := range all {
		by[o.supplier] = append(by[o.supplier], o.Outcome)
	}
	return by, err
}
