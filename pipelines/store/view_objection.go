package store

import (
	"context"
	"database/sql"
	"time"

	"pingxin/scoring/dueprocess"
)

// Objection is an objection with what became of it.
type Objection struct {
	No, ContractNo    string
	Indicator         string // that it is about; empty: the whole
	Grounds           string
	Account, FiledBy  string // who raised it: account, and its name
	FiledOn, ReviewBy time.Time
	FiledAt           time.Time
	Announcer         string // account that announced the evaluation
	Outcome           dueprocess.Outcome
	Reasons           string
	Batch             int // that corrected scores; 0: none
	DecidedBy         string
	DecidedRole       string
	DecidedOn         time.Time // zero while it is open
	Evidence          []Evidence
}

const objectionQuery = `SELECT f.objection_no, f.contract_no, f.indicator, f.grounds, f.account, f.name, f.filed_on, f.review_by, f.filed_at,
	coalesce(a.account, ''), coalesce(d.outcome, ''), coalesce(d.reasons, ''), coalesce(d.batch_id, 0), coalesce(d.name, ''), coalesce(d.role, ''), d.decided_on
	FROM objection_filing f LEFT JOIN announcement a USING (announcement_id) LEFT JOIN objection_decision d ON d.objection_no = f.objection_no`

func scanObjection(rows *sql.Rows, o *Objection) error {
	var decided sql.NullTime
	err := rows.Scan(&o.No, &o.ContractNo, &o.Indicator, &o.Grounds, &o.Account, &o.FiledBy, &o.FiledOn, &o.ReviewBy, &o.FiledAt, &o.Announcer, &o.Outcome, &o.Reasons,
		&o.Batch, &o.DecidedBy, &o.DecidedRole, &decided)
	o.DecidedOn = decided.Time
	return err
}

// Objections lists the objections to a contract's evaluation with their evidence, the latest first.
func (v *View) Objections(ctx context.Context, contractNo string) ([]Objection, error) {
	all, err := list(ctx, v, "objections to "+contractNo, objectionQuery+` WHERE f.contract_no = ? ORDER BY f.filed_at DESC, f.objection_no DESC`, []any{contractNo}, scanObjection)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Evidence, err = v.Evidence(ctx, all[i].No); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Objection reads one objection of the scope, or ErrNotInRun.
func (v *View) Objection(ctx context.Context, number string) (Objection, error) {
	all, err := list(ctx, v, "objection "+number, objectionQuery+` WHERE f.objection_no = ?`, []any{number}, scanObjection)
	return one(all, err, "objection", number)
}

// Evidence lists the files of an objection.
func (v *View) Evidence(ctx context.Context, objectionNo string) ([]Evidence, error) {
	return list(ctx, v, "evidence of "+objectionNo, `SELECT place, file_name, media_type, bytes, sha256, added_at FROM objection_evidence WHERE objection_no = ? ORDER BY place`,
		[]any{objectionNo}, func(rows *sql.Rows, e *Evidence) error {
			return rows.Scan(&e.Place, &e.FileName, &e.MediaType, &e.Bytes, &e.SHA256, &e.AddedAt)
		})
}

// Moment is something that happened with a contract's evaluation on its way to the public.
type Moment struct {
	At      time.Time
	Kind    string // announce, comment, object, finalise, publish, or an outcome of an objection
	Ref     string // objection or announcement
	Wording string
	By      string // name of the account
	Role    string
	Grade   string // that was announced
	Value   float64
	Until   time.Time // end of the window that it began; zero: none
	Run     int       // whose result was announced; 0: of something else
	Batch   int       // that corrected scores; 0: none
}

// Moments lists what happened with a contract's evaluation, the latest first.
func (v *View) Moments(ctx context.Context, contractNo string) ([]Moment, error) {
	return list(ctx, v, "what happened with "+contractNo, `SELECT done_at, kind, ref, wording, name, role, grade, value, until, run_id, batch_id FROM (
		SELECT announced_at AS done_at, 'announce' AS kind, announcement_id::VARCHAR AS ref, '' AS wording, name, '' AS role, grade, coalesce(value, 'NaN'::DOUBLE) AS value,
			closes_on AS until, run_id, 0 AS batch_id, contract_no FROM announcement
		UNION ALL SELECT done_at, step, announcement_id::VARCHAR, reason, name, '', '', 'NaN', NULL, 0, 0, contract_no FROM announcement_step
		UNION ALL SELECT done_at, 'comment', '', wording, name, role, '', 'NaN', NULL, 0, 0, contract_no FROM process_comment
		UNION ALL SELECT filed_at, 'object', objection_no, grounds, name, '', '', 'NaN', review_by, 0, 0, contract_no FROM objection_filing
		UNION ALL SELECT decided_at, outcome, objection_no, reasons, name, role, '', 'NaN', NULL, 0, coalesce(batch_id, 0), contract_no FROM objection_decision)
		WHERE contract_no = ? ORDER BY done_at DESC, kind`, []any{contractNo}, func(rows *sql.Rows, m *Moment) error {
		var until sql.NullTime
		err := rows.Scan(&m.At, &m.Kind, &m.Ref, &m.Wording, &m.By, &m.Role, &m.Grade, &m.Value, &until, &m.Run, &m.Batch)
		m.Until = until.Time
		return err
	})
}
