package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"pingxin/scoring/dueprocess"
)

// Dispute is an objection as the facts have it.
type Dispute struct {
	ObjectionNo, ContractNo string
	FiledOn                 time.Time
	Outcome                 dueprocess.Outcome // Pending while it is open
	DecidedOn               time.Time          // zero while it is open
}

// OpenDisputes lists the objections that were open at the end of a day, by what was accepted up to a watermark: what a
// run for that day may know. They come in the order of contracts and numbers.
func OpenDisputes(ctx context.Context, r *Reader, watermark int, asOf time.Time) ([]Dispute, error) {
	return listFrom(ctx, r, "open disputes", disputedOn(asOf, watermark)+" ORDER BY contract_no, objection_no",
		func(rows *sql.Rows, d *Dispute) error { return rows.Scan(&d.ObjectionNo, &d.ContractNo, &d.FiledOn) })
}

// disputedOn is the query of the objections that were open at the end of a day, by what was accepted up to a watermark: one row each.
func disputedOn(day time.Time, watermark int) string {
	on := quote(day.Format(time.DateOnly)) + "::DATE"
	return fmt.Sprintf(`SELECT objection_no, contract_no, filed_on FROM objection WHERE batch_id <= %d
		QUALIFY row_number() OVER (PARTITION BY objection_no ORDER BY batch_id DESC, row_no DESC) = 1
			AND filed_on <= %s AND (outcome IS NULL OR decided_on > %s)`, watermark, on, on)
}

// outcomeWithDay: an outcome has its day, and a day its outcome.
func outcomeWithDay(day string) rule {
	return rule{fmt.Sprintf(`SELECT row_no, coalesce(outcome, '') AS found, NULL AS more FROM staging WHERE (outcome IS NULL) <> (%s IS NULL)`, day),
		func(found, _ string) Fault {
			return Fault{Column: "outcome", Cause: "outcome_without_day", Found: found, Expected: "an outcome together with its day, or neither", Mend: "fill in both, or leave both empty"}
		}}
}
