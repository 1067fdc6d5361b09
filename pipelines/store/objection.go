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
	if err := dueprocess.MaySpeak(dueprocess.Object, f.By); err != nil {
		return "", err
	}
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		st, err := w.standingFor(ctx, dueprocess.Object, f.ContractNo, f.Scope, f.FiledOn)
		if err != nil {
			return err
		}
		if number, err = w.nextNumber(ctx, "YY", "objection_no", "objection_filing", f.FiledOn); err != nil {
			return err
		}
		at := s.now().UTC()
		if _, err := w.Exec(ctx, `INSERT INTO objection_filing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, number, f.ContractNo, int32(st.Announcement), f.Indicator, f.Grounds,
			f.By.Account, f.By.Name, f.FiledOn, at, f.ReviewBy); err != nil {
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
		v, err := NewView(ctx, &w.Reader, Everything)
		if err != nil {
			return err
		}
		o, err := v.openObjection(ctx, r.ObjectionNo)
		if err != nil {
			return err
		}
		if err := v.MayReview(ctx, &o, r.By); err != nil {
			return err
		}
		if err := v.isCorrection(ctx, &o, r); err != nil {
			return err
		}
		return s.keepRuling(ctx, w, &o, r, ObjectionDecided)
	})
}

// TakeBack withdraws an objection for the supplier of a scope, who raised it. Refusals are as for Rule.
func (s *Store) TakeBack(ctx context.Context, scope Scope, r Ruling) error {
	if err := dueprocess.MaySpeak(dueprocess.Review, r.By); err != nil {
		return err
	}
	r.Outcome = dueprocess.Withdrawn
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		v, err := NewView(ctx, &w.Reader, scope)
		if err != nil {
			return err
		}
		o, err := v.openObjection(ctx, r.ObjectionNo)
		if err != nil {
			return err
		}
		return s.keepRuling(ctx, w, &o, r, ObjectionWithdrawn)
	})
}

func (s *Store) keepRuling(ctx context.Context, w *Writer, o *Objection, r Ruling, action string) error {
	batch := sql.NullInt32{Int32: int32(r.Batch), Valid: r.Batch != 0}
	if _, err := w.Exec(ctx, `INSERT INTO objection_decision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, o.No, o.ContractNo, string(r.Outcome), r.Reasons, batch, r.By.Account, r.By.Name,
		r.By.Role, r.On, s.now().UTC()); err != nil {
		return fmt.Errorf("decide objection %s: %w", o.No, err)
	}
	if err := w.Enter(ctx, "objection", objectionFact(o.No, o.ContractNo, o.FiledOn, r), ""); err != nil {
		return err
	}
	return w.Audit(ctx, AuditEntry{Action: action, Subject: "objection:" + o.No, Detail: string(r.Outcome)})
}

// openObjection is an objection that waits for its review.
func (v *View) openObjection(ctx context.Context, number string) (Objection, error) {
	o, err := v.Objection(ctx, number)
	if err == nil && o.Outcome != dueprocess.Pending {
		err = &dueprocess.RefusedError{Code: "decided_already", Act: dueprocess.Review}
	}
	return o, err
}

// MayReview says whether somebody may review an objection: nil, or a *dueprocess.RefusedError. Involved are who brought
// scores of its contract, announced its evaluation or raised it; a batch of the operator at the console counts as what
// its scores are, those of a purchaser or an evaluator.
func (v *View) MayReview(ctx context.Context, o *Objection, p dueprocess.Person) error {
	scorers, err := list(ctx, v, "who scored "+o.ContractNo, `SELECT DISTINCT u.account, coalesce(a.role, '') FROM batch_upload u JOIN batch USING (batch_id)
		JOIN batch_contract USING (batch_id) JOIN contract USING (contract_key) LEFT JOIN account a ON a.account_id = u.account
		WHERE contract_no = ? AND u.account <> '' AND batch.kind IN ('score', 'progress')`, []any{o.ContractNo},
		func(rows *sql.Rows, p *dueprocess.Person) error { return rows.Scan(&p.Account, &p.Role) })
	if err != nil {
		return err
	}
	return dueprocess.Involved{Scorers: scorers, Announcer: o.Announcer, Objector: o.Account}.MayReview(p)
}

// isCorrection checks the batch of a ruling.
func (v *View) isCorrection(ctx context.Context, o *Objection, r Ruling) error {
	if !r.Outcome.Corrects() {
		if r.Batch != 0 {
			return fmt.Errorf("objection %s, %s with batch %d: %w", o.No, r.Outcome, r.Batch, ErrNoCorrection)
		}
		return nil
	}
	corrections, err := v.Corrections(ctx, o)
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
func (v *View) Corrections(ctx context.Context, o *Objection) ([]Correction, error) {
	return list(ctx, v, "corrections of "+o.ContractNo, `SELECT DISTINCT b.batch_id, b.kind, b.accepted_at, coalesce(u.name, '') FROM batch b JOIN batch_contract t USING (batch_id)
		JOIN contract c USING (contract_key) LEFT JOIN batch_upload u USING (batch_id)
		WHERE c.contract_no = ? AND b.accepted_at >= ? AND b.kind NOT IN ('objection', 'complaint')
			AND (b.batch_id IN (SELECT batch_id FROM withdrawal) OR b.superseded > 0 AND (b.kind <> 'score'
				OR EXISTS (SELECT 1 FROM score_superseded old WHERE old.by_batch = b.batch_id AND old.contract_key = c.contract_key)))
		ORDER BY b.batch_id DESC`, []any{o.ContractNo, o.FiledAt}, func(rows *sql.Rows, c *Correction) error {
		return rows.Scan(&c.Batch, &c.Kind, &c.AcceptedAt, &c.Uploader)
	})
}
