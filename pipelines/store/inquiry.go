package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"pingxin/scoring/dueprocess"
)

// Actions of inquiries in the audit log.
const (
	InquiryReceived = "inquiry_received"
	InquiryStepped  = "inquiry_stepped"
)

// The kinds of inquiries.
const (
	Question  = "question"
	Complaint = "complaint"
)

// Inquiry is a question or complaint of the public, or a review by which the supervision office asks, with what became of it.
type Inquiry struct {
	No, Kind    string
	Subject     string // code
	ContractNo  string // empty: of none
	Contract    string // its name
	Wording     string // as it came
	Channel     string
	ReceivedOn  time.Time
	RouteBy     time.Time // last day for routing; zero: not known
	State       dueprocess.InquiryState
	PurchaserID string // to whom it is routed, of a review any organisation; empty: to nobody yet, or to the bureau
	Purchaser   string // name
	Answer      string // the latest; empty: none yet
	AnsweredBy  string // account
	AnsweredOn  time.Time
	Published   string // the question as it is published
	Outcome     string // of a complaint: founded, partly or unfounded; of a review the verdict; empty: none
	Reason      string // of the latest step, where it is not an answer
	DueOn       time.Time
	Buyer       string // purchaser of the contract that it is about; empty without one
}

// Late says whether what is to be done next was due before the day.
func (q *Inquiry) Late(today time.Time) bool {
	due := q.DueOn
	if q.State == dueprocess.Received {
		due = q.RouteBy
	}
	return !q.State.Closed() && !due.IsZero() && due.Before(today)
}

// codeLength is how many characters of a random text a look-up code has: 60 bits, which nobody guesses at the rate that
// the form allows.
const codeLength = 12

// Ask keeps an inquiry, and returns its number and the code by which whoever asked can look it up. The code is kept as a
// hash and cannot be told again.
func (s *Store) Ask(ctx context.Context, q Inquiry, by dueprocess.Person, at time.Time) (number, code string, err error) {
	code = strings.ToLower(rand.Text()[:codeLength])
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		if q.ContractNo != "" {
			if unknown, err := UnknownContract(ctx, &w.Reader, []string{q.ContractNo}); err != nil || unknown != "" {
				return errors.Join(err, unknownContract(unknown))
			}
		}
		prefix := map[string]string{Question: "WD", Complaint: "TS"}[q.Kind]
		if prefix == "" {
			return fmt.Errorf("kind of an inquiry: found %q, expected %s or %s", q.Kind, Question, Complaint)
		}
		if number, err = w.nextNumber(ctx, prefix, `SELECT inquiry_no FROM inquiry UNION ALL SELECT complaint_no FROM complaint`, DayOf(at)); err != nil {
			return err
		}
		if _, err := w.Exec(ctx, `INSERT INTO inquiry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, number, q.Kind, q.Subject, q.ContractNo, q.Wording, hashCode(code), q.Channel,
			by.Account, DayOf(at), at.UTC(), orNull(q.RouteBy)); err != nil {
			return fmt.Errorf("keep an inquiry: %w", err)
		}
		return w.Audit(ctx, AuditEntry{Action: InquiryReceived, Subject: "inquiry:" + number, Detail: q.Channel})
	})
	return number, code, err
}

// ErrNoContract says that no accepted contract has the number.
var ErrNoContract = errors.New("no accepted contract has this number")

func unknownContract(number string) error {
	if number == "" {
		return nil
	}
	return fmt.Errorf("contract %q: %w", number, ErrNoContract)
}

func hashCode(code string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(code))))
	return hex.EncodeToString(sum[:])
}

// InquiryStep is what somebody does with an inquiry.
type InquiryStep struct {
	InquiryNo string
	Step      dueprocess.InquiryStep
	Purchaser string // to whom it is routed; empty: to the bureau itself
	Wording   string // the answer, or the reason
	Published string // with Release: the question as it is published
	Outcome   string // with an answer to a complaint; with Conclude: the verdict
	Figures   string // with Conclude: hash of the clue's figures that were looked at
	Review    bool   // taken by the supervision office, with a review; an answer is anybody's
	DueOn     time.Time
	By        dueprocess.Person
	Scope     Scope
	At        time.Time
}

// checks are the steps by which an office checks an answer, which nobody does with his own.
var checks = map[dueprocess.InquiryStep]bool{dueprocess.Return: true, dueprocess.Release: true, dueprocess.Keep: true, dueprocess.Conclude: true}

// AdvanceInquiry takes an inquiry one step on, and says whether that entered a fact. It is refused with a *dueprocess.RefusedError where its state does not allow the
// step or the person checks an own answer, and with ErrNotInRun for an inquiry that is not of the scope.
func (s *Store) AdvanceInquiry(ctx context.Context, t InquiryStep) (entered bool, err error) {
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		v, err := NewView(ctx, &w.Reader, t.Scope)
		if err != nil {
			return err
		}
		q, err := v.Inquiry(ctx, t.InquiryNo)
		if err != nil {
			return err
		}
		if _, err := q.State.After(t.Step); err != nil {
			return err
		}
		if checks[t.Step] {
			if err := dueprocess.MayCheck(t.By.Account, q.AnsweredBy); err != nil {
				return err
			}
		}
		if t.Step != dueprocess.Answer && t.Review != (q.Kind == Review) {
			return dueprocess.Refuse(dueprocess.Act(t.Step), "inquiry_other_office")
		}
		if t.Step == dueprocess.Conclude {
			if err := w.conclude(ctx, v, &q, t); err != nil {
				return err
			}
		}
		if t.Step != dueprocess.RouteTo {
			t.Purchaser = q.PurchaserID
		}
		if cells := complaintFact(&q, t); cells != nil {
			entered = true
			if err := w.Enter(ctx, "complaint", cells, ""); err != nil {
				return err
			}
		}
		return w.step(ctx, t)
	})
	return entered, err
}

// step keeps a step that was checked, with its entry in the audit log.
func (w *Writer) step(ctx context.Context, t InquiryStep) error {
	if _, err := w.Exec(ctx, `INSERT INTO inquiry_step SELECT coalesce(max(entry), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM inquiry_step`, t.InquiryNo, string(t.Step),
		t.Purchaser, t.Wording, t.Published, t.Outcome, orNull(t.DueOn), t.By.Account, t.By.Name, t.By.Role, t.At.UTC()); err != nil {
		return fmt.Errorf("take a step with inquiry %s: %w", t.InquiryNo, err)
	}
	return w.Audit(ctx, AuditEntry{Action: InquiryStepped, Subject: "inquiry:" + t.InquiryNo, Detail: string(t.Step)})
}

// complaintFact is the row of the kind of file by which runs know of a complaint about a contract: when the bureau takes it
// up, and when its answer is checked; nil at any other step. What whoever complained wrote stays out of it.
func complaintFact(q *Inquiry, t InquiryStep) map[string]string {
	resolved := t.Step == dueprocess.Release || t.Step == dueprocess.Keep
	if q.Kind != Complaint || q.ContractNo == "" || !resolved && (t.Step != dueprocess.RouteTo || q.State != dueprocess.Received) {
		return nil
	}
	cells := map[string]string{"complaint_no": q.No, "contract_no": q.ContractNo, "received_on": q.ReceivedOn.Format(time.DateOnly), "subject": q.Subject, "channel": q.Channel}
	if resolved {
		cells["outcome"], cells["answered_on"] = q.Outcome, DayOf(t.At).Format(time.DateOnly)
	}
	return cells
}

// InquiryFilter says which inquiries to list; the zero value lists none: set Limit.
type InquiryFilter struct {
	Search   string // part of the number, the wording, the contract or the purchaser
	Kind     string
	State    dueprocess.InquiryState
	Contract string
	Clue     string // reviews of it
	Open     bool   // only those that wait for something
	Limit    int
	Offset   int
}

func (f InquiryFilter) where() (string, []any) {
	text, args := "true", []any{}
	add := func(given bool, condition string, values ...any) {
		if given {
			text, args = text+" AND "+condition, append(args, values...)
		}
	}
	wording := "q.wording"
	if f.State == dueprocess.Released {
		wording = "q.released" // nobody finds by what is not public
	}
	s := strings.ToLower(strings.TrimSpace(f.Search))
	add(s != "", `(contains(lower(q.inquiry_no), ?) OR contains(lower(`+wording+`), ?) OR contains(lower(q.contract_no), ?) OR contains(lower(coalesce(p.name, '')), ?))`, s, s, s, s)
	add(f.Kind != "", "q.kind = ?", f.Kind)
	add(f.State != "", "q.state = ?", string(f.State))
	add(f.Contract != "", "q.contract_no = ?", f.Contract)
	add(f.Clue != "", "q.inquiry_no IN (SELECT inquiry_no FROM clue_review WHERE clue_id = ?)", f.Clue)
	add(f.Open, "q.state IN ('received', 'routed', 'answered')")
	return text, args
}

// inquiries is the query for inquiries with what became of them: q and the names of what they are about.
var inquiries = `q AS (SELECT i.*, s.purchaser_id, s.answer, s.answered_by, s.answered_at, coalesce(s.released, '') AS released, coalesce(s.outcome, '') AS outcome,
		coalesce(s.reason, '') AS reason, s.due_on, ` + inquiryState + ` AS state
	FROM inquiry i LEFT JOIN (SELECT inquiry_no, arg_max(t.step, t.entry) AS step, arg_max(t.purchaser_id, t.entry) AS purchaser_id,
		arg_max(t.wording, t.entry) FILTER (t.step = 'answer') AS answer, arg_max(t.account, t.entry) FILTER (t.step = 'answer') AS answered_by,
		arg_max(t.done_at, t.entry) FILTER (t.step = 'answer') AS answered_at, arg_max(t.published, t.entry) FILTER (t.step = 'release') AS released,
		arg_max(t.outcome, t.entry) FILTER (t.step IN ('answer', 'conclude')) AS outcome, arg_max(t.wording, t.entry) FILTER (t.step <> 'answer') AS reason,
		arg_max(t.due_on, t.entry) FILTER (t.step = 'route') AS due_on FROM inquiry_step t GROUP BY inquiry_no) s USING (inquiry_no)),
	p AS (SELECT org_id, arg_max(name, batch_id) AS name FROM main.organisation WHERE org_id IN (SELECT purchaser_id FROM inquiry_step) GROUP BY org_id),
	c AS (SELECT contract_no, arg_max(name, batch_id) AS name, arg_max(purchaser_id, batch_id) AS purchaser_id FROM main.contract
		WHERE contract_no IN (SELECT contract_no FROM inquiry) GROUP BY contract_no)
`

// inquiryState is the state to which the latest step s.step led.
var inquiryState = func() string {
	text := "CASE"
	for _, step := range dueprocess.InquirySteps {
		for _, from := range dueprocess.InquiryStates {
			if to, err := from.After(step); err == nil {
				text += fmt.Sprintf(" WHEN s.step = %s THEN %s", quote(string(step)), quote(string(to)))
				break // a step leads to one state, wherever it begins
			}
		}
	}
	return text + " ELSE " + quote(string(dueprocess.Received)) + " END"
}()

const (
	inquiryColumns = `q.inquiry_no, q.kind, q.subject, q.contract_no, coalesce(c.name, ''), q.wording, q.channel, q.received_on, q.route_by, q.state, coalesce(q.purchaser_id, ''),
	coalesce(p.name, q.purchaser_id, ''), coalesce(q.answer, ''), coalesce(q.answered_by, ''), q.answered_at, q.released, q.outcome, q.reason, q.due_on,
	coalesce(c.purchaser_id, '')`
	inquiryFrom = ` FROM q LEFT JOIN c USING (contract_no) LEFT JOIN p ON p.org_id = q.purchaser_id WHERE `
)

func scanInquiry(rows *sql.Rows, q *Inquiry) error {
	var route, answered, due sql.NullTime
	err := rows.Scan(&q.No, &q.Kind, &q.Subject, &q.ContractNo, &q.Contract, &q.Wording, &q.Channel, &q.ReceivedOn, &route, &q.State, &q.PurchaserID, &q.Purchaser, &q.Answer,
		&q.AnsweredBy, &answered, &q.Published, &q.Outcome, &q.Reason, &due, &q.Buyer)
	q.RouteBy, q.DueOn = route.Time, due.Time
	if answered.Valid {
		q.AnsweredOn = DayOf(answered.Time)
	}
	return err
}

// Inquiries lists inquiries of the scope, what is due first in front, and says how many match.
func (v *View) Inquiries(ctx context.Context, f InquiryFilter) ([]Inquiry, int, error) {
	where, args := f.where()
	var total int
	if err := v.scan(ctx, []any{&total}, "WITH "+inquiries+`SELECT count(*)`+inquiryFrom+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count inquiries: %w", err)
	}
	all, err := list(ctx, v, "inquiries", "WITH "+inquiries+`SELECT `+inquiryColumns+inquiryFrom+where+`
		ORDER BY q.state IN ('released', 'kept', 'declined'), coalesce(q.due_on, q.route_by, q.received_on), q.inquiry_no LIMIT ? OFFSET ?`, append(args, f.Limit, f.Offset), scanInquiry)
	return all, total, err
}

// Inquiry reads one inquiry of the scope, or ErrNotInRun.
func (v *View) Inquiry(ctx context.Context, number string) (Inquiry, error) {
	rows, err := list(ctx, v, "inquiry "+number, "WITH "+inquiries+`SELECT `+inquiryColumns+inquiryFrom+`q.inquiry_no = ?`, []any{number}, scanInquiry)
	return one(rows, err, "inquiry", number)
}

// InquiryMoments lists the steps of an inquiry, the latest first.
func (v *View) InquiryMoments(ctx context.Context, number string) ([]Moment, error) {
	return list(ctx, v, "steps of inquiry "+number, `WITH p AS (SELECT org_id, arg_max(name, batch_id) AS purchaser FROM main.organisation GROUP BY org_id)
		SELECT done_at, step, coalesce(purchaser, purchaser_id), wording, name, role, due_on FROM inquiry_step LEFT JOIN p ON org_id = purchaser_id WHERE inquiry_no = ? ORDER BY entry DESC`,
		[]any{number}, func(rows *sql.Rows, m *Moment) error {
			var due sql.NullTime
			err := rows.Scan(&m.At, &m.Kind, &m.Ref, &m.Wording, &m.By, &m.Role, &due)
			m.Until = due.Time
			return err
		})
}

// ReleasedInquiries lists what the bureau published, the latest answer first, and says how many match.
func ReleasedInquiries(ctx context.Context, r *Reader, f InquiryFilter) ([]Inquiry, int, error) {
	f.State = dueprocess.Released
	where, args := f.where()
	var total int
	if err := scanFrom(ctx, r, []any{&total}, "WITH "+inquiries+`SELECT count(*)`+inquiryFrom+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count published inquiries: %w", err)
	}
	all, err := listFrom(ctx, r, "published inquiries", "WITH "+inquiries+`SELECT `+inquiryColumns+inquiryFrom+where+` ORDER BY q.answered_at DESC, q.inquiry_no LIMIT ? OFFSET ?`,
		scanInquiry, append(args, f.Limit, f.Offset)...)
	for i := range all {
		all[i].Wording = "" // only what was checked is public
	}
	return all, total, err
}

// OwnInquiry reads an inquiry for whoever asked, by its number and code; ErrNotInRun when either is wrong.
func OwnInquiry(ctx context.Context, r *Reader, number, code string) (Inquiry, error) {
	all, err := listFrom(ctx, r, "own inquiry", "WITH "+inquiries+`SELECT `+inquiryColumns+inquiryFrom+`q.inquiry_no = ? AND q.code_hash = ?`, scanInquiry,
		strings.ToUpper(strings.TrimSpace(number)), hashCode(code))
	return one(all, err, "inquiry", "")
}
