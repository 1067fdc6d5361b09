package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"pingxin/scoring/dueprocess"
)

// Evidence is a file that an objection brings; the archive has its bytes under the hash.
type Evidence struct {
	Place     int // in its objection, from 1
	FileName  string
	MediaType string
	Bytes     int64
	SHA256    string
	AddedAt   time.Time
}

// Filing is an objection as its supplier raises it.
type Filing struct {
	ContractNo string
	Indicator  string // that it is about; empty: the whole
	Grounds    string
	Evidence   []Evidence // archived already
	By         dueprocess.Person
	Scope      Scope // of who objects
	FiledOn    time.Time
	ReviewBy   time.Time // last day for the decision
}

// Object raises an objection and returns its number. It is refused with a *dueprocess.RefusedError before the
// announcement, after the window and while another is open, and with ErrNotInRun for a contract that is not the scope's.
func (s *Store) Object(ctx context.Context, f Filing) (number string, err error) {
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		st, err := w.standingFor(ctx, dueprocess.Object, f.ContractNo, f.Scope, f.FiledOn)
		if err != nil {
			return err
		}
		if number, err = w.nextNumber(ctx, "YY", "objection_no", "objection_filing", f.FiledOn); err != nil {
			return err
		}
		at := s.now().UTC()
		if _, err := w.Exec(ctx, `INSERT INTO objection_filing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, number, f.ContractNo, int32(st.Announcement), f.Indicator, f.Grounds,
			f.By.Account, f.FiledOn, at, f.ReviewBy); err != nil {
			return fmt.Errorf("object to %s: %w", f.ContractNo, err)
		}
		for i, e := range f.Evidence {
			if _, err := w.Exec(ctx, `INSERT INTO objection_evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, number, f.ContractNo, int32(i+1), e.FileName, e.MediaType, e.Bytes,
				e.SHA256, f.By.Account, at); err != nil {
				return fmt.Errorf("object to %s: %w", f.ContractNo, err)
			}
		}
		if err := w.Enter(ctx, "objection", objectionFact(number, f.ContractNo, f.FiledOn, Ruling{}), ""); err != nil {
			return err
		}
		return w.Audit(ctx, AuditEntry{Action: ObjectionFiled, Subject: "objection:" + number, Detail: fmt.Sprintf("%s, %d files", f.ContractNo, len(f.Evidence))})
	})
	return number, err
}

// nextNumber is a prefix with the year of a day and the next number of that year in a table's column.
func (w *Writer) nextNumber(ctx context.Context, prefix, column, table string, on time.Time) (string, error) {
	prefix += strconv.Itoa(on.Year()) + "-"
	var last int
	if err := w.Scan(ctx, []any{&last}, fmt.Sprintf(`SELECT coalesce(max(substr(%[1]s, %[3]d)::INTEGER), 0) FROM %[2]s WHERE starts_with(%[1]s, ?)`, column, table, len(prefix)+1), prefix); err != nil {
		return "", fmt.Errorf("number a row of %s: %w", table, err)
	}
	return fmt.Sprintf("%s%04d", prefix, last+1), nil
}

// objectionFact is the row of the kind of file by which runs know of an objection.
func objectionFact(number, contractNo string, filedOn time.Time, r Ruling) map[string]string {
	cells := map[string]string{"objection_no": number, "contract_no": contractNo, "filed_on": filedOn.Format(time.DateOnly)}
	if r.Outcome != dueprocess.Pending {
		cells["outcome"], cells["decided_on"] = string(r.Outcome), r.On.Format(time.DateOnly)
	}
	if r.Batch != 0 {
		cells["correction_batch"] = strconv.Itoa(r.Batch)
	}
	return cells
}

// Ruling is how an objection is decided.
type Ruling struct {
	ObjectionNo string
	Outcome     dueprocess.Outcome
	Reasons     string
	Batch       int // that superseded or withdrew scores of the contract; 0: none had to
	By          dueprocess.Person
	On          time.Time
}

// ErrNoCorrection says that the batch of a ruling corrects nothing of the contract since the objection, or that one was
// named with a ruling that corrects nothing.
var ErrNoCorrection = errors.New("not a correction of the contract since the objection")

// Rule decides an objection. It is refused with a *dueprocess.RefusedError where the objection is not open or the person
// may not review it, with ErrNoCorrection for a batch that is none, and with ErrNotInRun for a number that is not known.
func (s *Store) Rule(ctx context.Context, r Ruling) error {
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		o, err := w.openObjection(ctx, r.ObjectionNo)
		if err != nil {
			return err
		}
		involved, err := w.involved(ctx, &o)
		if err != nil {
			return err
		}
		if err := involved.MayReview(r.By); err != nil {
			return err
		}
		if err := w.correction(ctx, &o, r); err != nil {
			return err
		}
		return s.keepRuling(ctx, w, &o, r, ObjectionDecided)
	})
}

// TakeBack withdraws an objection for the supplier of a scope, who raised it. Refusals are as for Rule.
func (s *Store) TakeBack(ctx context.Context, scope Scope, r Ruling) error {
	r.Outcome = dueprocess.Withdrawn
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		o, err := w.openObjection(ctx, r.ObjectionNo)
		if err != nil {
			return err
		}
		if _, err := w.standingFor(ctx, dueprocess.Review, o.ContractNo, scope, r.On); err != nil {
			return err
		}
		return s.keepRuling(ctx, w, &o, r, ObjectionWithdrawn)
	})
}

func (s *Store) keepRuling(ctx context.Context, w *Writer, o *Objection, r Ruling, action string) error {
	batch := sql.NullInt32{Int32: int32(r.Batch), Valid: r.Batch != 0}
	if _, err := w.Exec(ctx, `INSERT INTO objection_decision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, o.No, o.ContractNo, string(r.Outcome), r.Reasons, batch, r.By.Account,
		r.By.Role, r.On, s.now().UTC()); err != nil {
		return fmt.Errorf("decide objection %s: %w", o.No, err)
	}
	if err := w.Enter(ctx, "objection", objectionFact(o.No, o.ContractNo, o.FiledOn, r), ""); err != nil {
		return err
	}
	return w.Audit(ctx, AuditEntry{Action: action, Subject: "objection:" + o.No, Detail: string(r.Outcome)})
}

// openObjection is an objection that waits for its review.
func (r *Reader) openObjection(ctx context.Context, number string) (Objection, error) {
	all, err := listFrom(ctx, r, "objection "+number, objectionQuery+` WHERE f.objection_no = ?`, scanObjection, number)
	o, err := one(all, err, "objection", number)
	if err == nil && o.Outcome != dueprocess.Pending {
		err = &dueprocess.RefusedError{Code: "decided_already", Act: dueprocess.Review}
	}
	return o, err
}

// involved are those who may not review an objection: who brought scores of its contract, announced its evaluation or
// raised it. A batch of the operator at the console counts as what its scores are: those of a purchaser or an evaluator.
func (r *Reader) involved(ctx context.Context, o *Objection) (dueprocess.Involved, error) {
	in := dueprocess.Involved{Announcer: o.Announcer, Objector: o.Account}
	var err error
	in.Scorers, err = listFrom(ctx, r, "who scored "+o.ContractNo, `SELECT DISTINCT u.account, coalesce(a.role, '') FROM batch_upload u JOIN batch USING (batch_id)
		JOIN batch_contract USING (batch_id) JOIN contract USING (contract_key) LEFT JOIN account a ON a.account_id = u.account
		WHERE contract_no = ? AND u.account <> '' AND batch.kind IN ('score', 'progress')`,
		func(rows *sql.Rows, p *dueprocess.Person) error { return rows.Scan(&p.Account, &p.Role) }, o.ContractNo)
	return in, err
}

// correction checks the batch of a ruling.
func (w *Writer) correction(ctx context.Context, o *Objection, r Ruling) error {
	if !r.Outcome.Corrects() {
		if r.Batch != 0 {
			return fmt.Errorf("objection %s, %s with batch %d: %w", o.No, r.Outcome, r.Batch, ErrNoCorrection)
		}
		return nil
	}
	corrections, err := w.Corrections(ctx, o)
	for _, c := range corrections {
		if c.Batch == r.Batch {
			return nil
		}
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("objection %s, batch %d: %w", o.No, r.Batch, ErrNoCorrection)
}

// Correction is a batch that superseded or withdrew something of a contract.
type Correction struct {
	Batch      int
	Kind       string
	AcceptedAt time.Time
	Uploader   string // name of the account then; empty: the operator at the console
}

// Corrections lists the batches that corrected something of the objection's contract since it was raised, latest first.
func (r *Reader) Corrections(ctx context.Context, o *Objection) ([]Correction, error) {
	return listFrom(ctx, r, "corrections of "+o.ContractNo, `SELECT DISTINCT b.batch_id, b.kind, b.accepted_at, coalesce(u.name, '') FROM batch b JOIN batch_contract t USING (batch_id)
		JOIN contract c USING (contract_key) LEFT JOIN batch_upload u USING (batch_id)
		WHERE c.contract_no = ? AND b.accepted_at >= ? AND b.kind NOT IN ('objection', 'complaint') AND (b.superseded > 0 OR b.batch_id IN (SELECT batch_id FROM withdrawal))
		ORDER BY b.batch_id DESC`, func(rows *sql.Rows, c *Correction) error {
		return rows.Scan(&c.Batch, &c.Kind, &c.AcceptedAt, &c.Uploader)
	}, o.ContractNo, o.FiledAt)
}
