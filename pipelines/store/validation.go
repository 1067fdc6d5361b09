package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"pingxin/credit/validation"
)

// Validation is the head of one validation: what it was made from.
type Validation struct {
	ID               int       `json:"validation"` // 0: not kept
	AsOf             time.Time `json:"as_of"`
	HorizonDays      int       `json:"horizon_days"`
	PolicyID         string    `json:"policy"`
	PolicyHash       string    `json:"policy_hash"`
	Watermark        int       `json:"watermark"`         // last batch of which the ratings knew
	OutcomeWatermark int       `json:"outcome_watermark"` // last batch of which the outcomes are
	Calibration      int       `json:"calibration"`       // 0: none
	CalibrationHash  string    `json:"calibration_hash"`
	Hash             string    `json:"hash"` // of all of the above but the number, and of the report
	Program          string    `json:"program"`
	MadeAt           time.Time `json:"made_at"`
}

// KeptValidation is a validation with its report, as it is kept.
type KeptValidation struct {
	Validation
	Report validation.Report `json:"report"`
	Rows   []validation.Row  `json:"-"` // that the report counts; nil as it is read: see View.Validated
}

const validationFields = `validation_id, as_of, horizon_days, policy_id, policy_hash, watermark, outcome_watermark, calibration_id,
	calibration_hash, hash, program, made_at`

func scanValidation(rows *sql.Rows, v *Validation, more ...any) error {
	return rows.Scan(append([]any{&v.ID, &v.AsOf, &v.HorizonDays, &v.PolicyID, &v.PolicyHash, &v.Watermark, &v.OutcomeWatermark, &v.Calibration,
		&v.CalibrationHash, &v.Hash, &v.Program, &v.MadeAt}, more...)...)
}

// KeepValidation keeps a validation under the next number and returns that; one with the same hash that was kept last
// keeps its own, and gets its rows if it was kept without.
func KeepValidation(ctx context.Context, w *Writer, v KeptValidation) (id int, err error) {
	var last sql.NullString
	var rows int
	err = w.Scan(ctx, []any{&id, &last, &rows}, `WITH last AS (SELECT coalesce(max(validation_id), 0) AS id, arg_max(hash, validation_id) AS hash FROM validation)
		SELECT id, hash, (SELECT count(*) FROM validation_supplier WHERE validation_id = last.id) FROM last`)
	switch {
	case err != nil:
		return 0, fmt.Errorf("read the last validation: %w", err)
	case last.String != v.Hash:
		id++
		err = keepReport(ctx, w, id, v)
	case rows > 0:
		return id, nil
	}
	if err == nil {
		err = keepValidationRows(ctx, w, id, v.Rows)
	}
	return id, err
}

func keepReport(ctx context.Context, w *Writer, id int, v KeptValidation) error {
	report, err := json.Marshal(v.Report)
	if err != nil {
		return fmt.Errorf("write validation %d: %w", id, err)
	}
	_, err = w.Exec(ctx, `INSERT INTO validation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, int32(id), v.AsOf, int32(v.HorizonDays), v.PolicyID,
		v.PolicyHash, int32(v.Watermark), int32(v.OutcomeWatermark), int32(v.Calibration), v.CalibrationHash, v.Hash, v.Program, v.MadeAt, string(report))
	if err != nil {
		return fmt.Errorf("write validation %d: %w", id, err)
	}
	for place, f := range v.Report.Figures() {
		_, err := w.Exec(ctx, `INSERT INTO validation_figure VALUES (?, ?, ?, ?, ?, ?, ?)`, int32(id), int32(place), f.Metric, f.Of, f.Value, f.Low, f.High)
		if err != nil {
			return fmt.Errorf("write the figures of validation %d: %w", id, err)
		}
	}
	return nil
}

// Validations lists the kept validations, latest first.
func (v *View) Validations(ctx context.Context, limit int) ([]Validation, error) {
	return list(ctx, v, "validations", `SELECT `+validationFields+` FROM validation ORDER BY validation_id DESC LIMIT ?`, []any{int32(limit)},
		func(rows *sql.Rows, row *Validation) error { return scanValidation(rows, row) })
}

// Validation reads a kept validation with its report.
func (v *View) Validation(ctx context.Context, id int) (KeptValidation, error) {
	rows, err := list(ctx, v, "validation", `SELECT `+validationFields+`, report FROM validation WHERE validation_id = ?`, []any{int32(id)},
		func(rows *sql.Rows, row *KeptValidation) error {
			var report string
			if err := scanValidation(rows, &row.Validation, &report); err != nil {
				return err
			}
			return json.Unmarshal([]byte(report), &row.Report)
		})
	return one(rows, err, "validation", fmt.Sprint(id))
}
