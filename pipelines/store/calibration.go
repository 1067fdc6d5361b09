package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"pingxin/scoring/calibration"
)

// Calibration is the head of one calibration as it is kept: what it was made from and what it says of all together.
type Calibration struct {
	ID         int       `json:"calibration"` // 0: none
	AsOf       time.Time `json:"as_of"`
	Watermark  int       `json:"watermark"`
	PolicyID   string    `json:"policy"`
	PolicyHash string    `json:"policy_hash"`
	Hash       string    `json:"hash"`
	Program    string    `json:"program"`
	MadeAt     time.Time `json:"made_at"`
	Summary    string    `json:"-"` // JSON
}

// CalibrationSummary is what a calibration says of all together.
type CalibrationSummary struct {
	Contracts   int                     `json:"contracts"`   // that have a value
	SmallGroups int                     `json:"small_peers"` // peer groups with too few contracts to be estimated
	Raters      int                     `json:"raters"`      // purchasers and third parties who scored within the window
	Severities  calibration.Severities  `json:"severities"`
	Agreements  []calibration.Agreement `json:"agreements"`
	Flags       map[string]int          `json:"flag_counts"` // by rule
}

const calibrationFields = `calibration_id, as_of, watermark, policy_id, policy_hash, hash, program, made_at, summary`

// LatestCalibration returns the calibration made last; its ID is 0 when there is none.
func LatestCalibration(ctx context.Context, r *Reader) (Calibration, error) {
	return oneCalibration(ctx, r, `SELECT `+calibrationFields+` FROM calibration ORDER BY calibration_id DESC LIMIT 1`)
}

// CalibrationBefore returns the calibration made last of those for a day up to day and from batches up to watermark; its ID
// is 0 when there is none.
func CalibrationBefore(ctx context.Context, r *Reader, day time.Time, watermark int) (Calibration, error) {
	return oneCalibration(ctx, r, `SELECT `+calibrationFields+` FROM calibration WHERE as_of <= ? AND watermark <= ? ORDER BY calibration_id DESC LIMIT 1`,
		day, int32(watermark))
}

// CalibrationByID returns the calibration of that number; 0 is the one that holds nothing.
func CalibrationByID(ctx context.Context, r *Reader, id int) (Calibration, error) {
	if id == 0 {
		return Calibration{}, nil
	}
	c, err := oneCalibration(ctx, r, `SELECT `+calibrationFields+` FROM calibration WHERE calibration_id = ?`, int32(id))
	if err == nil && c.ID == 0 {
		err = fmt.Errorf("no calibration has the number %d: `pingxin calibrate` makes the next one", id)
	}
	return c, err
}

func oneCalibration(ctx context.Context, r *Reader, text string, args ...any) (c Calibration, err error) {
	rows, err := r.Query(ctx, text, args...)
	if err != nil {
		return c, fmt.Errorf("read a calibration: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scanCalibration(rows, &c); err != nil {
			return c, fmt.Errorf("read a calibration: %w", err)
		}
	}
	return c, rows.Err()
}

func scanCalibration(rows *sql.Rows, c *Calibration) error {
	return rows.Scan(&c.ID, &c.AsOf, &c.Watermark, &c.PolicyID, &c.PolicyHash, &c.Hash, &c.Program, &c.MadeAt, &c.Summary)
}

// AddCalibration writes the head of a calibration; its rows belong to the same transaction.
func AddCalibration(ctx context.Context, w *Writer, c Calibration) error {
	_, err := w.Exec(ctx, `INSERT INTO calibration VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, int32(c.ID), c.AsOf, int32(c.Watermark), c.PolicyID,
		c.PolicyHash, c.Hash, c.Program, c.MadeAt, c.Summary)
	if err != nil {
		return fmt.Errorf("write calibration %d: %w", c.ID, err)
	}
	return nil
}
