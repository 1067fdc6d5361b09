package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"pingxin/scoring"
	"pingxin/scoring/calibration"
)

// CalibrationRecord is one calibration with what it says of all together.
type CalibrationRecord struct {
	Calibration
	Said CalibrationSummary
}

// Calibrations lists the calibrations, latest first.
func (v *View) Calibrations(ctx context.Context) ([]CalibrationRecord, error) {
	return list(ctx, v, "calibrations", `SELECT `+calibrationFields+` FROM calibration ORDER BY calibration_id DESC`, nil, func(rows *sql.Rows, c *CalibrationRecord) error {
		if err := scanCalibration(rows, &c.Calibration); err != nil {
			return err
		}
		return json.Unmarshal([]byte(c.Summary), &c.Said)
	})
}

// RaterFilter says which raters of a calibration to list; the zero value lists none: set Calibration and Limit.
type RaterFilter struct {
	Calibration   int
	Search        string        // part of the id or name
	ID            string        // empty: all
	Organisation  string        // that they score for, or are; empty: all
	Party         scoring.Party // None: all
	Flag          string        // name of a rule that they met; empty: all
	Comparable    bool          // only those whose severity can be compared with those of most
	Sort          string        // a key of RaterSorts; empty: severity, strictest first
	Descending    bool
	Limit, Offset int
}

// RaterSorts maps what a list of raters can be sorted by to its columns.
var RaterSorts = map[string]string{
	"rater": "coalesce(nullif(org.name, ''), evaluator_id)", "scores": "n", "contracts": "contracts", "mean": "mean", "severity": "severity", "last": "last_on",
}

// RaterRow is one rater of a calibration: a purchaser or a third party, or a recipient with a flag.
type RaterRow struct {
	ID, Name     string
	Party        scoring.Party
	N, Contracts int // N: scores
	Mean, SD     float64
	LastOn       time.Time
	Severity, SE float64 // NaN: none was estimated
	Comparable   bool
	Flags        []string // rules
}

func (f RaterFilter) where() (string, []any) {
	text, args := "calibration_id = ?", []any{int32(f.Calibration)}
	if s := strings.ToLower(strings.TrimSpace(f.Search)); s != "" {
		text, args = text+" AND (contains(lower(evaluator_id), ?) OR contains(lower(coalesce(org.name, '')), ?))", append(args, s, s)
	}
	if f.ID != "" {
		text, args = text+" AND evaluator_id = ?", append(args, f.ID)
	}
	if f.Organisation != "" {
		text, args = text+" AND (evaluator_id = ? OR starts_with(evaluator_id, ?))", append(args, f.Organisation, f.Organisation+raterOf)
	}
	if f.Party != scoring.None {
		text, args = text+" AND party = ?", append(args, int32(f.Party))
	}
	if f.Flag != "" {
		text, args = text+" AND contains(flags, ?)", append(args, `"`+f.Flag+`"`)
	}
	if f.Comparable {
		text += " AND comparable"
	}
	return text, args
}

func (f RaterFilter) order() string {
	column, known := RaterSorts[f.Sort]
	if !known {
		column = RaterSorts["severity"]
	}
	direction := " ASC"
	if f.Descending {
		direction = " DESC"
	}
	return " ORDER BY " + column + direction + " NULLS LAST, evaluator_id, party LIMIT ? OFFSET ?"
}

const raterFrom = ` FROM calibration_rater LEFT JOIN org ON org_id = evaluator_id WHERE `

// Raters lists raters of a calibration and says how many match.
func (v *View) Raters(ctx context.Context, f RaterFilter) ([]RaterRow, int, error) {
	where, args := f.where()
	var total int
	if err := v.scan(ctx, []any{&total}, v.with()+`SELECT count(*)`+raterFrom+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count raters: %w", err)
	}
	text := v.with() + `SELECT evaluator_id, coalesce(org.name, ''), party, n, contracts, mean, coalesce(sd, 'NaN'::DOUBLE), last_on,
		coalesce(severity, 'NaN'::DOUBLE), coalesce(severity_se, 'NaN'::DOUBLE), comparable, flags` + raterFrom + where + f.order()
	rows, err := list(ctx, v, "raters", text, append(args, f.Limit, f.Offset), func(rows *sql.Rows, r *RaterRow) error {
		var last sql.NullTime
		var flags string
		err := rows.Scan(&r.ID, &r.Name, &r.Party, &r.N, &r.Contracts, &r.Mean, &r.SD, &last, &r.Severity, &r.SE, &r.Comparable, &flags)
		if err == nil {
			r.LastOn = last.Time
			r.Flags, err = fromJSON[string]("flags", flags)
		}
		return err
	})
	return rows, total, err
}

// RaterSpread is how the scores lie that one rater gave, or all of the party.
type RaterSpread struct {
	calibration.Spread
	Name string // of the rater; empty: none is on record
}

// RaterSpreads are the spreads of the raters that Raters lists, in its order, before them those of all raters of their parties;
// with those by indicator or without. A calibration made before they were kept has none.
func (v *View) RaterSpreads(ctx context.Context, f RaterFilter, byIndicator bool) ([]RaterSpread, error) {
	where, args := f.where()
	text := v.with() + `, chosen AS (SELECT evaluator_id, party, coalesce(org.name, '') AS name` + raterFrom + where + f.order() + `),
		placed AS (SELECT *, row_number() OVER () AS place FROM chosen),
		drawn AS (SELECT * FROM placed UNION ALL SELECT '', party, '', 0 FROM (SELECT DISTINCT party FROM placed))
		SELECT evaluator_id, drawn.name, indicator, party, n, outside, least, low, lower, median, upper, high, most
		FROM calibration_spread JOIN drawn USING (evaluator_id, party) WHERE calibration_id = ? AND (indicator = '' OR ?) ORDER BY place, party, indicator`
	return list(ctx, v, "spreads of raters", text, append(args, f.Limit, f.Offset, int32(f.Calibration), byIndicator), func(rows *sql.Rows, s *RaterSpread) error {
		return rows.Scan(&s.Rater, &s.Name, &s.Indicator, &s.Party, &s.N, &s.Outside, &s.Least, &s.Low, &s.Lower, &s.Median, &s.Upper, &s.High, &s.Most)
	})
}

// RaterName is the name of somebody who scored, empty when none is on record, or ErrNotInRun for an id that never scored.
func (v *View) RaterName(ctx context.Context, id string) (name string, err error) {
	err = v.scan(ctx, []any{&name}, v.with()+`SELECT coalesce(org.name, '') FROM rater LEFT JOIN org ON org_id = evaluator_id WHERE evaluator_id = ?`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("rater %q: %w", id, ErrNotInRun)
	}
	if err != nil {
		return "", fmt.Errorf("read rater %q: %w", id, err)
	}
	return name, nil
}

// ScoredContract is what one rater gave one contract, beside what the contract is worth.
type ScoredContract struct {
	ContractNo, Name string
	Party            scoring.Party // as whom the rater scored
	N                int           // scores
	Mean             float64       // of them, in points, over all indicators alike
	LastOn           time.Time
	Value            float64 // of the contract; NaN for none
	Grade            string  // or the status without one
}

// ScoredSorts maps what a list of scored contracts can be sorted by to its columns.
var ScoredSorts = map[string]string{"contract": "e.contract_no", "scores": "n", "mean": "mean", "value": "value", "difference": "(mean - value)"}

// ScoredFilter says which contracts of a rater to list; the zero value lists none: set Rater and Limit.
type ScoredFilter struct {
	Rater         string
	Indicator     string // empty: all alike
	Sort          string // a key of ScoredSorts; empty: contract number
	Descending    bool
	Limit, Offset int
}

// scoredFrom sums up what the run saw of one rater's scores, by contract. Its arguments are those of scoredArgs.
const scoredFrom = `, given AS (SELECT contract_key, indicator_key, party, score_e4, scored_on, batch_id, rater_key FROM score
		UNION ALL SELECT contract_key, indicator_key, party, score_e4, scored_on, batch_id, rater_key FROM score_superseded WHERE by_batch > $1),
	scored AS (SELECT contract_key, party, count(*) AS n, avg(score_e4) / 10000 AS mean, max(scored_on) AS last_scored FROM given
		WHERE batch_id <= $1 AND scored_on <= $2 AND rater_key IN (SELECT rater_key FROM rater WHERE evaluator_id = $3)
			AND ($4 = '' OR indicator_key IN (SELECT indicator_key FROM indicator WHERE indicator = $4)) GROUP BY contract_key, party)
`

func (v *View) scoredArgs(f ScoredFilter) []any {
	return []any{int32(v.Run.Watermark), v.Run.AsOf, f.Rater, f.Indicator}
}

// Scored lists the contracts of the run that a rater scored, and says how many there are.
func (v *View) Scored(ctx context.Context, f ScoredFilter) ([]ScoredContract, int, error) {
	var total int
	err := v.scan(ctx, []any{&total}, v.with()+scoredFrom+`SELECT count(*) FROM scored JOIN e USING (contract_key)`, v.scoredArgs(f)...)
	if err != nil {
		return nil, 0, fmt.Errorf("count contracts that %q scored: %w", f.Rater, err)
	}
	column, known := ScoredSorts[f.Sort]
	if !known {
		column = ScoredSorts["contract"]
	}
	if f.Descending {
		column += " DESC"
	}
	text := v.with() + scoredFrom + `SELECT e.contract_no, coalesce(e.name, ''), party, n, mean, last_scored, coalesce(value, 'NaN'::DOUBLE), ` + gradeOf +
		` FROM scored JOIN e USING (contract_key) ORDER BY ` + column + ` NULLS LAST, e.contract_no, party LIMIT $5 OFFSET $6`
	rows, err := list(ctx, v, "contracts that "+f.Rater+" scored", text, append(v.scoredArgs(f), f.Limit, f.Offset), func(rows *sql.Rows, c *ScoredContract) error {
		return rows.Scan(&c.ContractNo, &c.Name, &c.Party, &c.N, &c.Mean, &c.LastOn, &c.Value, &c.Grade)
	})
	return rows, total, err
}
