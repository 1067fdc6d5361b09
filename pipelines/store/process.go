package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pingxin/scoring/dueprocess"
)

// Actions of the way of an evaluation to the public, in the audit log.
const (
	EvaluationsAnnounced = "evaluations_announced"
	EvaluationsFinal     = "evaluations_final"
	EvaluationsPublic    = "evaluations_public"
	EvaluationCommented  = "evaluation_commented"
	ObjectionFiled       = "objection_filed"
	ObjectionDecided     = "objection_decided"
	ObjectionWithdrawn   = "objection_withdrawn"
)

// ErrChanged says that an act was to be done with other evaluations, or other results, than were shown before.
var ErrChanged = errors.New("the evaluations have changed since they were shown")

// bulkActions are the acts that can be done with many evaluations at once.
var bulkActions = map[dueprocess.Act]string{
	dueprocess.Announce: EvaluationsAnnounced, dueprocess.Finalise: EvaluationsFinal, dueprocess.Publish: EvaluationsPublic,
}

// Bulk is an act with all evaluations that a filter finds and whose state allows it: announce, finalise or publish. It is
// for somebody whose scope is everything.
type Bulk struct {
	Act      dueprocess.Act
	Filter   EvaluationFilter // its limit does not count
	Seen     string           // digest of the preview: what was shown is what is done
	ClosesOn time.Time        // last day of the window that an announcement begins
	Reason   string
	By       dueprocess.Person
	At       time.Time
}

// BulkPreview says what an act would be done with.
type BulkPreview struct {
	Ready     int // evaluations
	Suppliers int // of them
	AmountFen int64
	Grades    map[string]int           // of those that are ready
	States    map[dueprocess.State]int // of the others that the filter finds: whose state does not allow the act
	Running   int                      // the service still runs, so that the result can change by itself
	Ungraded  int                      // they have no grade
	Awaiting  int                      // an objection was upheld, and no run has seen the correction
	Digest    string                   // of run, contracts and results
}

// readiness says of an evaluation e with its standing why an act is not done with it; 'ready' when it is.
func (v *View) readiness(act dueprocess.Act) string {
	var in []string
	for _, s := range dueprocess.States {
		if s.Allows(act) == nil {
			in = append(in, quote(string(s)))
		}
	}
	allowed := "stands.state IN (" + strings.Join(in, ", ") + ")"
	if act != dueprocess.Announce {
		return "CASE WHEN " + allowed + " THEN 'ready' ELSE 'state' END"
	}
	return fmt.Sprintf(`CASE WHEN NOT %s THEN 'state' WHEN e.status = 'provisional' THEN 'running' WHEN e.grade IS NULL THEN 'ungraded'
		WHEN coalesce((SELECT max(batch_id) FROM objection_decision o WHERE o.contract_no = e.contract_no AND outcome IN ('upheld', 'partly')), 0) > %d THEN 'awaiting'
		ELSE 'ready' END`, allowed, v.Run.Watermark)
}

// chosen is the query for the evaluations that a filter finds, with whether the act can be done: to follow View.with.
func (v *View) chosen(ctx context.Context, act dueprocess.Act, f EvaluationFilter) (string, error) {
	condition, err := v.meeting(ctx, "e", f)
	return v.standing("true") + `, chosen AS (SELECT e.*, stands.state, stands.announcement_id, ` + v.readiness(act) + ` AS readiness
		FROM e JOIN stands ON stands.contract_no = e.contract_no WHERE ` + condition + ")\n", err
}

// Preview says what an act with all evaluations that a filter finds would be done with.
func (v *View) Preview(ctx context.Context, act dueprocess.Act, f EvaluationFilter) (BulkPreview, error) {
	p := BulkPreview{Grades: map[string]int{}, States: map[dueprocess.State]int{}}
	chosen, err := v.chosen(ctx, act, f)
	if err != nil {
		return p, err
	}
	rows, err := v.query(ctx, v.with()+chosen+`SELECT readiness, CASE readiness WHEN 'state' THEN state WHEN 'ready' THEN coalesce(grade, '') ELSE '' END, count(*),
		coalesce(sum(amount_fen), 0)::BIGINT FROM chosen GROUP BY ALL`)
	if err != nil {
		return p, fmt.Errorf("preview %s: %w", act, err)
	}
	defer rows.Close()
	for rows.Next() {
		var readiness, group string
		var n int
		var amount int64
		if err := rows.Scan(&readiness, &group, &n, &amount); err != nil {
			return p, fmt.Errorf("preview %s: %w", act, err)
		}
		p.add(readiness, group, n, amount)
	}
	if err := rows.Err(); err != nil {
		return p, fmt.Errorf("preview %s: %w", act, err)
	}
	err = v.scan(ctx, []any{&p.Suppliers, &p.Digest}, v.with()+chosen+`SELECT count(DISTINCT supplier_id),
		sha256(coalesce(string_agg(contract_no || ':' || row_hash, chr(10) ORDER BY contract_no), '')) FROM chosen WHERE readiness = 'ready'`)
	if err != nil {
		return p, fmt.Errorf("preview %s: %w", act, err)
	}
	return p, nil
}

func (p *BulkPreview) add(readiness, group string, n int, amount int64) {
	switch readiness {
	case "ready":
		p.Ready += n
		p.AmountFen += amount
		p.Grades[group] += n
	case "state":
		p.States[dueprocess.State(group)] += n
	case "running":
		p.Running += n
	case "ungraded":
		p.Ungraded += n
	case "awaiting":
		p.Awaiting += n
	}
}

// Perform does an act with every evaluation that the filter finds and whose state allows it, and returns how many those
// were. It is refused with ErrChanged where they are not those of the preview; where there is none, with a
// *dueprocess.RefusedError that names the state, if one contract was asked for.
func (s *Store) Perform(ctx context.Context, b Bulk) (n int64, err error) {
	action, known := bulkActions[b.Act]
	if !known {
		return 0, fmt.Errorf("act: found %q, expected announce, finalise or publish", b.Act)
	}
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		v, err := NewView(ctx, &w.Reader, Everything)
		if err != nil {
			return err
		}
		v.Today = DayOf(b.At)
		p, err := v.Preview(ctx, b.Act, b.Filter)
		if err != nil {
			return err
		}
		if p.Ready == 0 {
			return p.refusal(b.Act)
		}
		if p.Digest != b.Seen {
			return fmt.Errorf("%s: %w", b.Act, ErrChanged)
		}
		if n, err = v.perform(ctx, w, b, b.At.UTC()); err != nil {
			return fmt.Errorf("%s: %w", b.Act, err)
		}
		return w.Audit(ctx, AuditEntry{Action: action, Subject: "evaluations", Detail: fmt.Sprintf("%d of run %d, %s", n, v.Run.ID, p.Digest)})
	})
	return n, err
}

// refusal is why nothing can be done.
func (p *BulkPreview) refusal(act dueprocess.Act) error {
	switch {
	case p.Running > 0:
		return dueprocess.Refuse(act, "service_running")
	case p.Ungraded > 0:
		return dueprocess.Refuse(act, "ungraded")
	case p.Awaiting > 0:
		return dueprocess.Refuse(act, "correction_awaited")
	}
	for _, s := range dueprocess.States {
		if p.States[s] > 0 {
			return s.Allows(act)
		}
	}
	return dueprocess.Refuse(act, "none_found")
}

// perform writes what was previewed.
func (v *View) perform(ctx context.Context, w *Writer, b Bulk, at time.Time) (int64, error) {
	chosen, err := v.chosen(ctx, b.Act, b.Filter)
	if err != nil {
		return 0, err
	}
	if b.Act == dueprocess.Announce {
		return w.Exec(ctx, `INSERT INTO announcement `+v.with()+chosen+`SELECT (SELECT coalesce(max(announcement_id), 0) FROM announcement)
			+ row_number() OVER (ORDER BY contract_no), contract_no, `+strconv.Itoa(v.Run.ID)+`, row_hash, `+officialResult+`, value, coalesce(grade, ''), ?, ?, ?, ?, ?
			FROM chosen e WHERE readiness = 'ready'`, b.ClosesOn, b.Reason, b.By.Account, b.By.Name, at)
	}
	return w.Exec(ctx, `INSERT INTO announcement_step `+v.with()+chosen+`SELECT (SELECT coalesce(max(entry), 0) FROM announcement_step)
		+ row_number() OVER (ORDER BY contract_no), announcement_id, contract_no, ?, ?, ?, ?, ? FROM chosen WHERE readiness = 'ready'`,
		string(b.Act), b.Reason, b.By.Account, b.By.Name, at)
}

// Remark is a supplier's comment on an announced evaluation.
type Remark struct {
	ContractNo, Wording string
	By                  dueprocess.Person
	Scope               Scope // of who comments
	At                  time.Time
}

// Comment keeps a comment. It is refused with a *dueprocess.RefusedError outside the window, and with ErrNotInRun for a
// contract that is not the scope's.
func (s *Store) Comment(ctx context.Context, c Remark) error {
	if err := dueprocess.MaySpeak(dueprocess.Comment, c.By); err != nil {
		return err
	}
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		st, err := w.standingFor(ctx, dueprocess.Comment, c.ContractNo, c.Scope, DayOf(c.At))
		if err != nil {
			return err
		}
		if _, err := w.Exec(ctx, `INSERT INTO process_comment SELECT coalesce(max(comment_id), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM process_comment`,
			c.ContractNo, int32(st.Announcement), c.Wording, c.By.Account, c.By.Name, c.By.Role, c.At.UTC()); err != nil {
			return fmt.Errorf("comment on %s: %w", c.ContractNo, err)
		}
		return w.Audit(ctx, AuditEntry{Action: EvaluationCommented, Subject: "evaluation:" + c.ContractNo})
	})
}

// standingFor is where an evaluation of a scope stands, if its state allows the act.
func (w *Writer) standingFor(ctx context.Context, act dueprocess.Act, contractNo string, scope Scope, today time.Time) (Standing, error) {
	v, err := NewView(ctx, &w.Reader, scope)
	if err != nil {
		return Standing{}, err
	}
	v.Today = today
	st, err := v.Standing(ctx, contractNo)
	if err == nil {
		err = st.State.Allows(act)
	}
	return st, err
}
