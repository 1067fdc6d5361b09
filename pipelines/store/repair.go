package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Actions of repairs in the audit log.
const (
	RepairApplied  = "repair_applied"
	RepairAccepted = "repair_accepted"
	RepairRefused  = "repair_refused"
)

// Why an application is not taken or decided.
var (
	ErrRepairWaits   = errors.New("an application for the same offence waits already")
	ErrRepairDecided = errors.New("the application was decided already")
	ErrRecorder      = errors.New("whoever recorded the offence does not decide on its repair")
)

// Proof is a file that came with an application; the archive has it.
type Proof struct {
	Place     int // 1, 2, 3 ... in its application
	FileName  string
	MediaType string
	Bytes     int64
	SHA256    string
}

// Repair is an application for the repair of an offence with what became of it.
type Repair struct {
	ID                   int
	SupplierID, Supplier string // name as its latest batch has it
	EventID              string
	Statement            string
	MendedOn             time.Time
	DecideBy             time.Time // zero: not known
	AppliedBy            string    // name of the account, as DecidedBy
	AppliedAt            time.Time

	Decided, Accepted bool
	RepairedOn        time.Time // zero: refused or not decided
	Reason            string
	DecidedBy         string
	DecidedAt         time.Time

	Offence Offence
	Proofs  int
}

// Offence is a credit event as its latest batch has it, whatever run has seen it.
type Offence struct {
	ID, SupplierID, Kind, Severity string
	OccurredOn, EndsOn, RepairedOn time.Time // zero: none
	Authority, DocumentNo          string
	ContractNo                     string
}

// Cells are the cells of the event as a row of its kind of file, by column.
func (o *Offence) Cells() map[string]string {
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.DateOnly)
	}
	return map[string]string{"supplier_id": o.SupplierID, "event_id": o.ID, "kind": o.Kind, "severity": o.Severity, "occurred_on": day(o.OccurredOn), "authority": o.Authority,
		"document_no": o.DocumentNo, "ends_on": day(o.EndsOn), "repaired_on": day(o.RepairedOn), "contract_no": o.ContractNo}
}

const latestEvent = `(SELECT * FROM credit_event QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY batch_id DESC, row_no DESC) = 1)`

const offenceColumns = `coalesce(o.event_id, ''), coalesce(o.supplier_id, ''), coalesce(o.kind, ''), coalesce(o.severity, ''), coalesce(o.occurred_on, DATE '0001-01-01'),
	o.ends_on, o.repaired_on, coalesce(o.authority, ''), coalesce(o.document_no, ''), coalesce(o.contract_no, '')`

// dest is where offenceColumns are scanned to; set is called after.
func (o *Offence) dest() (dest []any, set func()) {
	var ends, repaired sql.NullTime
	return []any{&o.ID, &o.SupplierID, &o.Kind, &o.Severity, &o.OccurredOn, &ends, &repaired, &o.Authority, &o.DocumentNo, &o.ContractNo},
		func() { o.EndsOn, o.RepairedOn = ends.Time, repaired.Time }
}

// Offence reads a credit event of the scope by its id as it was accepted last, or ErrNotInRun.
func (v *View) Offence(ctx context.Context, id string) (Offence, error) {
	rows, err := list(ctx, v, "credit event "+id, `SELECT `+offenceColumns+` FROM `+latestEvent+` o WHERE event_id = ?`, []any{id}, func(rows *sql.Rows, o *Offence) error {
		dest, set := o.dest()
		err := rows.Scan(dest...)
		set()
		return err
	})
	return one(rows, err, "credit event", id)
}

// RepairFilter says which applications to list; the zero value lists none: set Limit.
type RepairFilter struct {
	Supplier string // id; empty: all
	Event    string // likewise
	State    string // a key of repairStates; empty: all
	Search   string // part of the supplier's name or id, or of the event's id
	ID       int    // 0: all
	Limit    int
	Offset   int
}

// The states of an application.
const (
	RepairWaiting = "waiting"
	RepairDone    = "accepted"
	RepairNo      = "refused"
)

var repairStates = map[string]string{"": "true", RepairWaiting: "d.application_id IS NULL", RepairDone: "d.accepted", RepairNo: "NOT d.accepted"}

// RepairStates are the states of an application, in the order of the list.
var RepairStates = []string{RepairWaiting, RepairDone, RepairNo}

// State is the state of the application.
func (r *Repair) State() string {
	switch {
	case !r.Decided:
		return RepairWaiting
	case r.Accepted:
		return RepairDone
	}
	return RepairNo
}

var repairFrom = ` FROM repair_application a LEFT JOIN repair_decision d USING (application_id) LEFT JOIN ` + latestOrganisation + ` s ON s.org_id = a.supplier_id
	LEFT JOIN ` + latestEvent + ` o USING (event_id) WHERE `

func (f RepairFilter) where() (string, []any, error) {
	where, known := repairStates[f.State]
	if !known {
		return "", nil, fmt.Errorf("state of an application: found %q, expected one of %v", f.State, RepairStates)
	}
	return where + ` AND (? = '' OR a.supplier_id = ?) AND (? = '' OR a.event_id = ?) AND (? = 0 OR a.application_id = ?)
		AND (contains(lower(coalesce(s.name, '')), lower(?)) OR contains(lower(a.supplier_id), lower(?)) OR contains(lower(a.event_id), lower(?)))`,
		[]any{f.Supplier, f.Supplier, f.Event, f.Event, int32(f.ID), int32(f.ID), f.Search, f.Search, f.Search}, nil
}

// Repairs lists applications, those that wait longest first and then the latest, and says how many match.
func (v *View) Repairs(ctx context.Context, f RepairFilter) ([]Repair, int, error) {
	if f.Supplier != "" {
		if there, err := v.among(ctx, f.Supplier, suppliersIn("repair_application")); err != nil || !there {
			return nil, 0, err
		}
	}
	where, args, err := f.where()
	if err != nil {
		return nil, 0, err
	}
	var total int
	if err := v.scan(ctx, []any{&total}, `SELECT count(*)`+repairFrom+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count applications for repair: %w", err)
	}
	all, err := list(ctx, v, "applications for repair", `SELECT a.application_id, a.supplier_id, coalesce(s.name, a.supplier_id), a.event_id, statement, mended_on, decide_by,
		`+nameOf("applied_by")+`, applied_at, d.application_id IS NOT NULL, coalesce(accepted, false), d.repaired_on, coalesce(reason, ''),
		coalesce(`+nameOf("decided_by")+`, ''), decided_at, (SELECT count(*) FROM repair_proof p WHERE p.application_id = a.application_id), `+offenceColumns+repairFrom+where+`
		ORDER BY d.application_id IS NOT NULL, CASE WHEN d.application_id IS NULL THEN applied_at END, a.application_id DESC LIMIT ? OFFSET ?`,
		append(args, f.Limit, f.Offset), scanRepair)
	return all, total, err
}

func scanRepair(rows *sql.Rows, r *Repair) error {
	var by, repaired, decided sql.NullTime
	offence, set := r.Offence.dest()
	err := rows.Scan(append([]any{&r.ID, &r.SupplierID, &r.Supplier, &r.EventID, &r.Statement, &r.MendedOn, &by, &r.AppliedBy, &r.AppliedAt, &r.Decided, &r.Accepted, &repaired,
		&r.Reason, &r.DecidedBy, &decided, &r.Proofs}, offence...)...)
	r.DecideBy, r.RepairedOn, r.DecidedAt = by.Time, repaired.Time, decided.Time
	set()
	return err
}

// Repair reads one application, or ErrNotInRun.
func (v *View) Repair(ctx context.Context, id int) (Repair, error) {
	rows, _, err := v.Repairs(ctx, RepairFilter{ID: id, Limit: 1})
	if id < 1 {
		rows = nil
	}
	return one(rows, err, "application for repair", strconv.Itoa(id))
}

// Proofs lists the files of an application in their order.
func (v *View) Proofs(ctx context.Context, id int) ([]Proof, error) {
	return list(ctx, v, "proofs", `SELECT place, file_name, media_type, bytes, sha256 FROM repair_proof WHERE application_id = ? ORDER BY place`, []any{int32(id)},
		func(rows *sql.Rows, p *Proof) error {
			return rows.Scan(&p.Place, &p.FileName, &p.MediaType, &p.Bytes, &p.SHA256)
		})
}

// ApplyRepair takes an application with its files, which the archive has, and returns its number. Who applies is who acts
// in the context. It is refused with ErrRepairWaits while another application for the offence waits.
func (s *Store) ApplyRepair(ctx context.Context, a Repair, proofs []Proof) (id int, err error) {
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		var waiting int
		err := w.Scan(ctx, []any{&id, &waiting}, `SELECT coalesce(max(application_id), 0) + 1, count(*) FILTER (event_id = ?
			AND application_id NOT IN (SELECT application_id FROM repair_decision)) FROM repair_application`, a.EventID)
		if err != nil {
			return fmt.Errorf("number an application: %w", err)
		}
		if waiting > 0 {
			return ErrRepairWaits
		}
		if _, err := w.Exec(ctx, `INSERT INTO repair_application VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, int32(id), a.SupplierID, a.EventID, a.Statement, a.MendedOn, orNull(a.DecideBy),
			actorOf(ctx).Name, s.now().UTC()); err != nil {
			return fmt.Errorf("take an application: %w", err)
		}
		for i, p := range proofs {
			if _, err := w.Exec(ctx, `INSERT INTO repair_proof VALUES (?, ?, ?, ?, ?, ?)`, int32(id), int32(i+1), p.FileName, p.MediaType, p.Bytes, p.SHA256); err != nil {
				return fmt.Errorf("take the proof of an application: %w", err)
			}
		}
		return w.Audit(ctx, AuditEntry{Action: RepairApplied, Subject: repairSubject(id), Detail: fmt.Sprintf("credit event %s, %d files", a.EventID, len(proofs))})
	})
	return id, err
}

func repairSubject(id int) string { return "repair:" + strconv.Itoa(id) }

// RepairDecision is what somebody decided on an application.
type RepairDecision struct {
	ID         int
	Accepted   bool
	RepairedOn time.Time // of an accepted one; must not be zero
	Reason     string
	Account    string // id of who decides
}

// DecideRepair decides an application. An accepted one enters the credit event with the day of its repair, in the same
// transaction. It is refused with ErrRepairDecided when it was decided before, with ErrRecorder when the account is one by
// which the offence was recorded, and with ErrNotInRun when there is no such application.
func (s *Store) DecideRepair(ctx context.Context, d RepairDecision) error {
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		event, err := w.decidable(ctx, d)
		if err != nil {
			return err
		}
		action, repaired := RepairRefused, time.Time{}
		if d.Accepted {
			action, repaired = RepairAccepted, d.RepairedOn
			event.RepairedOn = repaired
			if err := w.Enter(ctx, "credit_event", event.Cells(), d.Reason); err != nil {
				return err
			}
		}
		if _, err := w.Exec(ctx, `INSERT INTO repair_decision VALUES (?, ?, ?, ?, ?, ?)`, int32(d.ID), d.Accepted, orNull(repaired), d.Reason, actorOf(ctx).Name,
			s.now().UTC()); err != nil {
			return fmt.Errorf("decide application %d: %w", d.ID, err)
		}
		return w.Audit(ctx, AuditEntry{Action: action, Subject: repairSubject(d.ID), Detail: "credit event " + event.ID})
	})
}

// decidable reads the offence of an application that may be decided by the account, or says why it may not.
func (w *Writer) decidable(ctx context.Context, d RepairDecision) (Offence, error) {
	var o Offence
	var decided bool
	dest, set := o.dest()
	err := w.Scan(ctx, append([]any{&decided}, dest...), `SELECT application_id IN (SELECT application_id FROM repair_decision), `+offenceColumns+`
		FROM repair_application JOIN `+latestEvent+` o USING (event_id) WHERE application_id = ?`, int32(d.ID))
	set()
	if errors.Is(err, sql.ErrNoRows) {
		return o, fmt.Errorf("application %d: %w", d.ID, ErrNotInRun)
	}
	if err != nil {
		return o, fmt.Errorf("read application %d: %w", d.ID, err)
	}
	if decided {
		return o, ErrRepairDecided
	}
	recorders, err := Recorders(ctx, &w.Reader, o.ID)
	if err == nil && d.Account != "" && slices.Contains(recorders, d.Account) {
		err = ErrRecorder
	}
	return o, err
}

// Recorders are the ids of the accounts that recorded a credit event or corrected it, in order; what came from the console
// has none.
func Recorders(ctx context.Context, r *Reader, event string) ([]string, error) {
	return listFrom(ctx, r, "who recorded "+event, `SELECT DISTINCT account FROM credit_event JOIN batch_upload USING (batch_id) WHERE event_id = ? AND account <> '' ORDER BY 1`,
		func(rows *sql.Rows, account *string) error { return rows.Scan(account) }, event)
}
