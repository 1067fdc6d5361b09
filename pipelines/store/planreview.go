package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"pingxin/budget/execution"
)

// PlanReviewed is the action of the audit log: the bureau decided on a plan item.
const PlanReviewed = "plan_reviewed"

// The errors of a review.
var (
	ErrReviewed = errors.New("somebody decided on the plan item since it was shown")
	ErrOwnPlan  = errors.New("who brought a plan item does not decide on it")
)

// PlanReview is a decision on a plan item on its way in.
type PlanReview struct {
	Plan     string
	No       int // the next one after those that whoever decides has seen
	Decision execution.Status
	Approved string // yuan, of an approval; empty: as much as was submitted
	Reason   string
	On       time.Time
	Reviewer string // name, as pages show it
}

// Cells are the decision as a row of the kind plan_review, which is how it is kept.
func (r PlanReview) Cells() map[string]string {
	return map[string]string{"plan_no": r.Plan, "review_no": strconv.Itoa(r.No), "decision": string(r.Decision), "approved_yuan": r.Approved, "reason": r.Reason,
		"reviewed_on": r.On.Format(time.DateOnly), "reviewer": r.Reviewer}
}

// ReviewPlan enters a decision, which a batch holds as soon as what was entered is collected. It is refused with ErrReviewed
// where the number is not the next one, with ErrOwnPlan where who acts brought the item, and with ErrNotInRun without one.
func (s *Store) ReviewPlan(ctx context.Context, review PlanReview) error {
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		var items, reviews, waiting int
		var own bool
		err := w.Scan(ctx, []any{&items, &reviews, &waiting, &own}, `SELECT count(*), (SELECT count(DISTINCT review_no) FROM plan_review WHERE plan_no = $1),
			(SELECT count(*) FROM entry WHERE kind = 'plan_review' AND batch_id = 0 AND refused = '' AND json_extract_string(cells, '$.plan_no') = $1),
			coalesce(arg_max(u.account, i.batch_id) IN (SELECT account_id FROM account WHERE login = $2), false)
			FROM plan_item i LEFT JOIN batch_upload u USING (batch_id) WHERE plan_no = $1`, review.Plan, actorOf(ctx).Name)
		switch {
		case err != nil:
			return fmt.Errorf("review plan item %s: %w", review.Plan, err)
		case items == 0:
			return fmt.Errorf("plan item %s: %w", review.Plan, ErrNotInRun)
		case review.No != reviews+waiting+1:
			return fmt.Errorf("plan item %s: %w", review.Plan, ErrReviewed)
		case own:
			return fmt.Errorf("plan item %s: %w", review.Plan, ErrOwnPlan)
		}
		if err := w.Enter(ctx, "plan_review", review.Cells(), review.Reason); err != nil {
			return err
		}
		return w.Audit(ctx, AuditEntry{Action: PlanReviewed, Subject: "plan_item:" + review.Plan, Detail: string(review.Decision)})
	})
}
