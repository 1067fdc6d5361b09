package store

import (
	"context"
	"database/sql"
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
	return listFrom(ctx, r, "open disputes", `SELECT objection_no, contract_no, filed_on FROM objection WHERE batch_id <= $1
		QUALIFY row_number() OVER (PARTITION BY objection_no ORDER BY batch_id DESC, row_no DESC) = 1
			AND filed_on <= $2 AND (outcome IS NULL OR decided_on > $2) ORDER BY contract_no, objection_no`,
		func(rows *sql.Rows, d *Dispute) error { return rows.Scan(&d.ObjectionNo, &d.ContractNo, &d.FiledOn) }, int32(watermark), asOf)
}

// Grievance is a complaint as the facts have it.
type Grievance struct {
	ComplaintNo, ContractNo, Subject string
	ReceivedOn                       time.Time
}

// OpenGrievances lists the complaints that were not resolved at the end of a day, by what was accepted up to a
// watermark, in the order of contracts and numbers.
func OpenGrievances(ctx context.Context, r *Reader, watermark int, asOf time.Time) ([]Grievance, error) {
	return listFrom(ctx, r, "open complaints", `SELECT complaint_no, contract_no, subject, received_on FROM complaint WHERE batch_id <= $1
		QUALIFY row_number() OVER (PARTITION BY complaint_no ORDER BY batch_id DESC, row_no DESC) = 1
			AND received_on <= $2 AND (outcome IS NULL OR answered_on > $2) ORDER BY contract_no, complaint_no`,
		func(rows *sql.Rows, g *Grievance) error {
			return rows.Scan(&g.ComplaintNo, &g.ContractNo, &g.Subject, &g.ReceivedOn)
		}, int32(watermark), asOf)
}
