package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"pingxin/scoring"
)

// Parts reads the calculation slip of an evaluation in tree order.
func (v *View) Parts(ctx context.Context, e *Evaluation) ([]scoring.Part, error) {
	return termsOf(ctx, v, &SlipTerms, "slip of "+e.ContractNo, fmt.Sprintf(`SELECT parts FROM evaluation WHERE from_run = %d AND contract_key = %d`, e.FromRun, e.Key))
}

// EachSlip calls f with the slip of every contract that has a value, in the order of the contracts' numbers. It holds one
// slip at a time.
func (v *View) EachSlip(ctx context.Context, f func(contractNo string, parts []scoring.Part) error) error {
	rows, err := v.query(ctx, v.with()+`SELECT contract_no, parts FROM e WHERE value IS NOT NULL ORDER BY contract_no`)
	if err != nil {
		return fmt.Errorf("read slips: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var contractNo string
		var packed []byte
		if err := rows.Scan(&contractNo, &packed); err != nil {
			return fmt.Errorf("read slips: %w", err)
		}
		parts, err := SlipTerms.Unpack(packed)
		if err != nil {
			return fmt.Errorf("read slip of %s: %w", contractNo, err)
		}
		if err := f(contractNo, parts); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read slips: %w", err)
	}
	return nil
}

// Dimension is the value of one dimension of a contract.
type Dimension struct {
	Indicator string
	Value     float64
}

// DimensionTerms are the dimensions of an evaluation, in the order of the tree, those without a value left out: a small part of
// its slip, for whoever compares many contracts.
var DimensionTerms = Terms[Dimension]{fields: []field[Dimension]{
	textField("indicator", func(d *Dimension) *string { return &d.Indicator }),
	realField("value", func(d *Dimension) *float64 { return &d.Value }),
}}

// AppendDimensions appends those of a slip.
func AppendDimensions(all []Dimension, parts []scoring.Part) []Dimension {
	for i := range parts {
		if p := &parts[i]; p.Parent == "" && p.Party == scoring.None && !math.IsNaN(p.Value) {
			all = append(all, Dimension{p.Indicator, p.Value})
		}
	}
	return all
}

// Judged is an evaluation of a contract as one run wrote it.
type Judged struct {
	FromRun, UntilRun int
	AsOf              time.Time
	Status            scoring.Status
	Value, Low, High  float64
	Grade             string
}

// History lists the evaluations of a contract in the order of the runs that wrote them.
func (v *View) History(ctx context.Context, contractNo string) ([]Judged, error) {
	keys, err := v.keyOf(ctx, contractNo)
	if err != nil {
		return nil, err
	}
	return list(ctx, v, "history of "+contractNo, `SELECT from_run, until_run, as_of, status, coalesce(value, 'NaN'::DOUBLE), coalesce(low, 'NaN'::DOUBLE),
		coalesce(high, 'NaN'::DOUBLE), coalesce(grade, '') FROM evaluation JOIN run ON run.run_id = from_run
		WHERE `+keyed("contract_key", keys)+` AND from_run <= ? ORDER BY from_run`, []any{int32(v.Run.ID)},
		func(rows *sql.Rows, j *Judged) error {
			return rows.Scan(&j.FromRun, &j.UntilRun, &j.AsOf, &j.Status, &j.Value, &j.Low, &j.High, &j.Grade)
		})
}

// SourceFilter says which scores of a contract to list.
type SourceFilter struct {
	Indicator     string        // empty: all
	Party         scoring.Party // None: all
	Limit, Offset int
}

// Source is one score as it came, with the file and the row it came from.
type Source struct {
	Indicator string
	Party     scoring.Party
	Evaluator string
	ScoreE4   int64
	ScoredOn  time.Time
	Batch     int
	Row       int
	File      string
	SHA256    string
}

// Sources lists the scores that the run saw of a contract, and says how many match. A score corrected after the run is
// shown as the run saw it, and one that counts again since a withdrawal with the file that it came in.
func (v *View) Sources(ctx context.Context, e *Evaluation, f SourceFilter) ([]Source, int, error) {
	where, args := fmt.Sprintf("contract_key = %d AND s.batch_id <= ? AND scored_on <= ?", e.Key), []any{int32(v.Run.Watermark), v.Run.AsOf}
	const columns = `contract_key, indicator_key, party, rater_key, score_e4, scored_on, batch_id, row_no`
	from := ` FROM (SELECT ` + columns + ` FROM score UNION ALL SELECT ` + columns + ` FROM score_superseded WHERE by_batch > ?) s
		JOIN indicator USING (indicator_key) WHERE `
	args = append([]any{int32(v.Run.Watermark)}, args...)
	if f.Indicator != "" {
		where, args = where+" AND indicator = ?", append(args, f.Indicator)
	}
	if f.Party != scoring.None {
		where, args = where+" AND party = ?", append(args, int32(f.Party))
	}
	text := `WITH page AS (SELECT indicator, contract_key, indicator_key, party, rater_key, score_e4, scored_on, s.batch_id, row_no` + from + where +
		` ORDER BY indicator, party, s.batch_id, row_no LIMIT ? OFFSET ?)
		SELECT indicator, party, coalesce(evaluator_id, ''), score_e4, scored_on, b.batch_id, row_no, file_name, sha256
		FROM page LEFT JOIN rater USING (rater_key) LEFT JOIN score_restored o USING (batch_id, contract_key, indicator_key, party, rater_key)
		JOIN batch b ON b.batch_id = coalesce(o.origin_batch, page.batch_id) ORDER BY indicator, party, b.batch_id, row_no`
	rows, err := list(ctx, v, "scores of "+e.ContractNo, text, append(args, f.Limit, f.Offset), func(rows *sql.Rows, s *Source) error {
		return rows.Scan(&s.Indicator, &s.Party, &s.Evaluator, &s.ScoreE4, &s.ScoredOn, &s.Batch, &s.Row, &s.File, &s.SHA256)
	})
	if total := len(rows); err != nil || f.Offset == 0 && total < f.Limit { // they are all
		return rows, total, err
	}
	var total int
	if err := v.scan(ctx, []any{&total}, `SELECT count(*)`+from+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count scores of %s: %w", e.ContractNo, err)
	}
	return rows, total, nil
}
