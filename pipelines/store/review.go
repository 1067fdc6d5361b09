package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"pingxin/pipelines/clues"
	"pingxin/scoring/dueprocess"
)

// Review is the kind of an inquiry by which the supervision office asks somebody about a clue.
const Review = "review"

// ReviewOrder is what the supervision office asks about a clue, and whom.
type ReviewOrder struct {
	Clue    string
	Whom    string // organisation that the clue concerns
	Way     string // code: in writing, or on site
	Wording string
	DueOn   time.Time // last day for the answer
	By      dueprocess.Person
	At      time.Time
}

// longestReview is how many days somebody may be given to answer: what takes longer is no longer about the clue.
const longestReview = 180

// OrderReview asks somebody about a clue, and returns the number of the inquiry. It is refused with ErrNotInRun where
// there never was such a clue, and with a *dueprocess.RefusedError where the clue does not concern whom it asks, the day is none to
// come, or they have been asked and did not answer yet.
func (s *Store) OrderReview(ctx context.Context, o ReviewOrder) (number string, err error) {
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		v, err := NewView(ctx, &w.Reader, Everything)
		if err != nil {
			return err
		}
		c, err := v.Clue(ctx, o.Clue)
		if err != nil {
			return err
		}
		if err := v.mayAsk(ctx, &c, o); err != nil {
			return err
		}
		number, err = w.keepReview(ctx, &c, o)
		return err
	})
	return number, err
}

// mayAsk refuses a review that cannot be ordered.
func (v *View) mayAsk(ctx context.Context, c *ClueRow, o ReviewOrder) error {
	concerned, err := v.ClueParties(ctx, c)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(concerned, func(p Choice) bool { return p.ID == o.Whom }) {
		return dueprocess.Refuse("", "review_whom")
	}
	if today := DayOf(o.At); !o.DueOn.After(today) || o.DueOn.After(today.AddDate(0, 0, longestReview)) {
		return dueprocess.Refuse("", "review_due")
	}
	asked, err := v.ReviewsOf(ctx, c.ID)
	if slices.ContainsFunc(asked, func(q Inquiry) bool { return q.PurchaserID == o.Whom && !q.State.Closed() }) {
		return dueprocess.Refuse("", "review_open")
	}
	return err
}

// keepReview keeps an inquiry of kind review, which is routed from the start.
func (w *Writer) keepReview(ctx context.Context, c *ClueRow, o ReviewOrder) (string, error) {
	number, err := w.nextNumber(ctx, "HC", `SELECT inquiry_no FROM inquiry`, DayOf(o.At))
	if err != nil {
		return "", err
	}
	contract := ""
	if c.About == clues.AboutContract {
		contract = c.Subject
	}
	for _, one := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO inquiry VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, NULL)`, []any{number, Review, "clue", contract, o.Wording, o.Way, o.By.Account, DayOf(o.At), o.At.UTC()}}, // no code: nobody looks it up
		{`INSERT INTO clue_review VALUES (?, ?)`, []any{number, c.ID}},
	} {
		if _, err := w.Exec(ctx, one.text, one.args...); err != nil {
			return "", fmt.Errorf("keep a review of clue %s: %w", c.ID, err)
		}
	}
	if err := w.Audit(ctx, AuditEntry{Action: InquiryReceived, Subject: "inquiry:" + number, Detail: "clue " + c.ID}); err != nil {
		return "", err
	}
	return number, w.step(ctx, InquiryStep{InquiryNo: number, Step: dueprocess.RouteTo, Purchaser: o.Whom, DueOn: o.DueOn, By: o.By, At: o.At})
}

// ReviewsOf lists the inquiries about a clue, what is due first in front.
func (v *View) ReviewsOf(ctx context.Context, clue string) ([]Inquiry, error) {
	all, _, err := v.Inquiries(ctx, InquiryFilter{Clue: clue, Limit: 1000})
	return all, err
}

// ReviewedClue is the clue that an inquiry of kind review is about; ErrNotInRun for any other.
func (v *View) ReviewedClue(ctx context.Context, inquiry string) (ClueRow, error) {
	ids, err := list(ctx, v, "clue of inquiry "+inquiry, `SELECT clue_id FROM clue_review WHERE inquiry_no = ?`, []any{inquiry}, func(rows *sql.Rows, id *string) error { return rows.Scan(id) })
	id, err := one(ids, err, "clue of inquiry", inquiry)
	if err != nil {
		return ClueRow{}, err
	}
	return v.Clue(ctx, id)
}

// conclude gives the verdict on the clue of a review, once whom it asks has answered or let the day pass.
func (w *Writer) conclude(ctx context.Context, v *View, q *Inquiry, t InquiryStep) error {
	if q.State == dueprocess.Routed && !q.Late(DayOf(t.At)) {
		return dueprocess.Refuse(dueprocess.Act(t.Step), "review_waits")
	}
	c, err := v.ReviewedClue(ctx, q.No)
	if err != nil {
		return err
	}
	return w.judge(ctx, SeenClue{ID: c.ID, Hash: t.Figures}, clues.Verdict(t.Outcome), t.Wording, t.At.UTC())
}

// ClueParties are the organisations that a clue concerns, who can be asked about it: its purchaser, its suppliers and the
// evaluators among its evidence.
func (v *View) ClueParties(ctx context.Context, c *ClueRow) ([]Choice, error) {
	suppliers, err := v.ClueSuppliers(ctx, c)
	if err != nil {
		return nil, err
	}
	ids := []string{c.Purchaser, c.Subject}
	for _, s := range suppliers {
		ids = append(ids, s.ID)
	}
	for _, e := range c.Evidence {
		switch e.Kind {
		case clues.AboutRater, clues.AboutPurchaser:
			ids = append(ids, e.ID)
		case "narrative":
			ids = append(ids, e.Note)
		}
	}
	for _, id := range ids { // who scores or writes for an organisation has its id and a hyphen in front
		for at, r := range id {
			if r == '-' {
				ids = append(ids, id[:at])
			}
		}
	}
	return list(ctx, v, "parties of a clue", `SELECT org_id, arg_max(name, batch_id) AS name, 0 FROM organisation WHERE org_id IN `+among(ids)+`
		GROUP BY org_id ORDER BY arg_max(kind, batch_id) = 'purchaser' DESC, name, org_id`, nil, func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Name, &c.Count) })
}
