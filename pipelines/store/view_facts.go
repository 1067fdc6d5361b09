package store

import (
	"context"
	"database/sql"
	"time"
)

// Fact is the row of a file, other than of scores, that an evaluation rests on.
type Fact struct {
	Kind  string    // of the file: contract, target, progress or payment
	What  string    // the indicator, or the stage of a payment; empty for the contract
	On    time.Time // of a payment when it was paid, of progress when it was read; zero: no such day
	Fen   int64     // of a contract or payment
	Value float64   // of a target or of progress; 0 elsewhere

	Batch, Row int
	File       string
}

// factsOf finds the rows in force of a contract ($1) among the batches that a run saw ($2) by the day it is as of ($3): of each
// key the latest row.
const factsOf = `WITH fact AS (
	SELECT 1 AS place, 'contract' AS kind, '' AS what, NULL::DATE AS day, amount_fen AS fen, 0::DOUBLE AS value, batch_id, row_no FROM contract WHERE contract_key = $1 AND batch_id <= $2
	UNION ALL SELECT 2, 'target', indicator, NULL, 0, target, batch_id, row_no FROM target WHERE contract_key = $1 AND batch_id <= $2
	UNION ALL SELECT 3, 'progress', indicator, as_of_on, 0, actual, batch_id, row_no FROM progress WHERE contract_key = $1 AND batch_id <= $2 AND as_of_on <= $3
	UNION ALL SELECT 4, 'payment', stage, paid_on, amount_fen, 0, batch_id, row_no FROM payment WHERE contract_key = $1 AND batch_id <= $2)
	SELECT fact.kind, what, day, fen, value, batch_id, row_no, file_name FROM fact JOIN batch USING (batch_id)
	QUALIFY row_number() OVER (PARTITION BY place, what, CASE place WHEN 3 THEN day END ORDER BY batch_id DESC, row_no DESC) = 1 ORDER BY place, what, day, batch_id, row_no`

// Facts lists the rows of files, other than of scores, that an evaluation rests on: the contract first, then its targets, their
// readings and the payments.
func (v *View) Facts(ctx context.Context, e *Evaluation) ([]Fact, error) {
	return list(ctx, v, "facts of "+e.ContractNo, factsOf, []any{e.Key, int32(v.Run.Watermark), v.Run.AsOf}, func(rows *sql.Rows, f *Fact) error {
		var on sql.NullTime
		err := rows.Scan(&f.Kind, &f.What, &on, &f.Fen, &f.Value, &f.Batch, &f.Row, &f.File)
		f.On = on.Time
		return err
	})
}
