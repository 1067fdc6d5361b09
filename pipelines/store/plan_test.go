package store

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pingxin/budget/execution"
)

// The columns of the kinds from plan to payment.
const (
	planColumns     = "plan_no:text year:whole purchaser_id:text item_code:text project:text amount_fen:whole method:text method_reason:text status:text submitted_on:day"
	reviewColumns   = "plan_no:text review_no:whole decision:text approved_fen:whole reason:text reviewed_on:day"
	paymentColumns  = "contract_no:text stage:text due_on:day paid_on:day amount_fen:whole"
	incidentColumns = "contract_no:text incident_id:text kind:text severity:text occurred_on:day status:text closed_on:day summary:text measures:text"
	progressColumns = "contract_no:text indicator:text actual:real as_of_on:day"
	scheduleColumns = "contract_no:text stage:text due_on:day amount_fen:whole payable:text"
	contentColumns  = "contract_no:text scope:text subject:text quantity:text quality:text term:text payment_terms:text rights_duties:text breach_liability:text"
)

func planItem(no, purchaser string, year, fen int, status string) []any {
	return []any{no, year, purchaser, "A1", "project of " + no, fen, "inquiry", nil, status, "2024-12-10"}
}

// openWithPlans is a store with the contracts C1 to C3 of P1 over 100 yuan each, signed on 15 December 2024, D1 of P2, and the
// plan items J1 of P1 and J2 of P2 for 2025.
func openWithPlans(t *testing.T) *Store {
	t.Helper()
	s := openTwoPurchasers(t)
	signed := sheet{"contract", contractColumns + " signed_on:day", nil}
	for _, row := range contracts(2025, "C1", "C2", "C3").rows {
		signed.rows = append(signed.rows, append(row, "2024-12-15"))
	}
	accept(t, s, signed)
	accept(t, s, sheet{"plan_item", planColumns, [][]any{planItem("J1", "P1", 2025, 500_00, "submitted"), planItem("J2", "P2", 2025, 500_00, "submitted")}})
	return s
}

// TestPlansAndMoneyAreRefused: what contradicts what is stored, just above and just below each line.
func TestPlansAndMoneyAreRefused(t *testing.T) {
	s := openWithPlans(t)
	accept(t, s, sheet{"payment", paymentColumns, [][]any{{"C1", "1", nil, "2025-03-01", 60_00}}})
	accept(t, s, sheet{"payment_schedule", scheduleColumns, [][]any{{"C1", "1", "2025-03-01", 60_00, "progress"}}})
	all := func(*Acceptance) {}
	p1 := func(a *Acceptance) { a.Scope = Scope{Purchaser: "P1"} }
	link := func(contract, plan string) sheet {
		return sheet{"contract_plan", "contract_no:text plan_no:text", [][]any{{contract, plan}}}
	}
	review := func(plan string, approved any) sheet {
		return sheet{"plan_review", reviewColumns, [][]any{{plan, 1, "approved", approved, "as budgeted", "2024-12-20"}}}
	}
	for _, c := range []struct {
		name string
		f    sheet
		as   func(*Acceptance)
		want map[string]int
	}{
		{"a payment that reaches the contract", sheet{"payment", paymentColumns, [][]any{{"C1", "2", nil, "2025-04-01", 40_00}}}, all, nil},
		{"a fen more", sheet{"payment", paymentColumns, [][]any{{"C1", "3", nil, "2025-05-01", 1}}}, all, map[string]int{"payment_above_contract": 1}},
		{"two stages of a file together", sheet{"payment", paymentColumns, [][]any{{"C2", "1", nil, "2025-05-01", 60_00}, {"C2", "2", nil, "2025-06-01", 40_01}}}, all, map[string]int{"payment_above_contract": 2}},
		{"a stage that is corrected counts once", sheet{"payment", paymentColumns, [][]any{{"C1", "1", nil, "2025-03-02", 59_00}}}, all, nil},
		{"a schedule that comes to more", sheet{"payment_schedule", scheduleColumns, [][]any{{"C1", "2", "2025-06-01", 40_01, "evaluation"}}}, all, map[string]int{"schedule_above_contract": 1}},
		{"a schedule that comes to the contract", sheet{"payment_schedule", scheduleColumns, [][]any{{"C1", "2", "2025-06-01", 40_00, "evaluation"}}}, all, nil},
		{"due on the day of signing", sheet{"payment_schedule", scheduleColumns, [][]any{{"C2", "1", "2024-12-15", 10_00, "signing"}}}, all, nil},
		{"due the day before", sheet{"payment_schedule", scheduleColumns, [][]any{{"C2", "2", "2024-12-14", 10_00, "signing"}}}, all, map[string]int{"before_signing": 1}},
		{"an incident on the day of signing", sheet{"incident", incidentColumns, [][]any{{"C2", "I1", "safety", "large", "2024-12-15", "open", nil, "a fall", nil}}}, all, nil},
		{"an incident of the day before", sheet{"incident", incidentColumns, [][]any{{"C2", "I2", "safety", "large", "2024-12-14", "open", nil, "a fall", nil}}}, all, map[string]int{"before_signing": 1}},
		{"progress before the contract", sheet{"progress", progressColumns, [][]any{{"C2", "visits", 1.0, "2024-12-14"}}}, all, map[string]int{"before_signing": 1}},
		{"a contract with a plan", link("C1", "J1"), all, nil},
		{"a plan that is not there", link("C2", "J9"), all, map[string]int{"unknown_plan_no": 1}},
		{"another purchaser's plan", link("C2", "J2"), all, map[string]int{"plan_of_another": 1}},
		{"the plan of another year", sheet{"plan_item", planColumns, [][]any{planItem("J3", "P1", 2026, 1, "submitted")}}, all, nil},
		{"and its contract", link("C2", "J3"), all, map[string]int{"plan_of_another_year": 1}},
		{"as much as was asked for", review("J1", 500_00), all, nil},
		{"more than was asked for", review("J2", 500_01), all, map[string]int{"approved_above_plan": 1}},
		{"one's own plan", sheet{"plan_item", planColumns, [][]any{planItem("J4", "P1", 2026, 2, "submitted")}}, p1, nil},
		{"approved by oneself", sheet{"plan_item", planColumns, [][]any{planItem("J5", "P1", 2026, 3, "approved")}}, p1, map[string]int{"approval_not_yours": 1}},
		{"another's plan", sheet{"plan_item", planColumns, [][]any{planItem("J6", "P2", 2026, 4, "submitted")}}, p1, map[string]int{"outside_scope": 1}},
		{"another's plan taken over", sheet{"plan_item", planColumns, [][]any{planItem("J2", "P1", 2025, 5, "submitted")}}, p1, map[string]int{"outside_scope": 1}},
		{"a decision of one's own", sheet{"plan_review", reviewColumns, [][]any{{"J1", 2, "approved", nil, "as I like", "2024-12-21"}}}, p1, map[string]int{"outside_scope": 1}},
		{"one's own contract's contents", sheet{"contract_content", contentColumns, [][]any{{"C1", "1", "2", "3", "4", "5", "6", "7", "8"}}}, p1, nil},
		{"another's contract's contents", sheet{"contract_content", contentColumns, [][]any{{"D1", "1", "2", "3", "4", "5", "6", "7", "8"}}}, p1, map[string]int{"outside_scope": 1}},
	} {
		if got := causesOf(t, s, c.f, c.as); !maps.Equal(got, c.want) {
			t.Errorf("%s: refused with %v, expected %v", c.name, got, c.want)
		}
	}
	sound(t, s)
}

// TestPlanReviews: an item waits, is approved, waits again when it was changed, and each decision stays; one is entered only
// with the number that follows, and not by who brought the item.
func TestPlanReviews(t *testing.T) {
	s := openWithPlans(t)
	write(t, s, `INSERT INTO run VALUES (1, '2026-01-01', 'p', 'ph', '', 0, true, 4, 4, 'h1', 'x', '2026-01-01', '2026-01-01', '[]', '[]', 0, '', DEFAULT)`,
		`INSERT INTO published VALUES (1, 1, '2026-01-02')`)
	item := func(no string) PlanItem {
		t.Helper()
		var found PlanItem
		err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
			v, err := NewView(ctx, r, Everything)
			if err != nil {
				return err
			}
			all, err := v.PlanItems(ctx)
			found = all[slices.IndexFunc(all, func(i PlanItem) bool { return i.No == no })]
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if i := item("J1"); i.Status() != execution.Submitted || i.Changed || !i.Purchasable || i.ItemName != "home care" {
		t.Errorf("before a decision: %+v", i)
	}
	accept(t, s, sheet{"plan_review", reviewColumns, [][]any{{"J1", 1, "approved", 400_00, "as budgeted", "2024-12-20"}}})
	if i := item("J1"); i.Status() != execution.Approved || i.ApprovedFen() != 400_00 {
		t.Errorf("approved: %+v", i)
	}
	accept(t, s, sheet{"plan_item", planColumns, [][]any{planItem("J1", "P1", 2025, 500_00, "submitted"), planItem("J2", "P2", 2025, 500_00, "submitted"), planItem("J7", "P1", 2025, 1, "submitted")}})
	if i := item("J1"); i.Status() != execution.Approved {
		t.Errorf("sent again as it was: %+v", i)
	}
	accept(t, s, sheet{"plan_item", planColumns, [][]any{planItem("J1", "P1", 2025, 600_00, "submitted")}})
	if i := item("J1"); i.Status() != execution.Submitted || !i.Changed || i.PlannedFen() != 600_00 || len(i.Reviews) != 1 {
		t.Errorf("changed since: %+v", i)
	}
	review := PlanReview{Plan: "J1", No: 2, Decision: execution.Returned, Reason: "say why", On: time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC), Reviewer: "Li"}
	for _, c := range []struct {
		plan string
		no   int
		want error
	}{{"J1", 1, ErrReviewed}, {"J1", 3, ErrReviewed}, {"J9", 1, ErrNotInRun}, {"J1", 2, nil}, {"J1", 2, ErrReviewed}} {
		review.Plan, review.No = c.plan, c.no
		if err := s.ReviewPlan(t.Context(), review); !errors.Is(err, c.want) {
			t.Errorf("decision %d on %s: %v, expected %v", c.no, c.plan, err, c.want)
		}
	}
	var waiting []Entry
	if err := s.Read(t.Context(), func(ctx context.Context, r *Reader) (err error) { waiting, err = r.Entries(ctx); return err }); err != nil {
		t.Fatal(err)
	}
	if len(waiting) != 1 || waiting[0].Kind != "plan_review" || waiting[0].Reason != "say why" || !reflect.DeepEqual(waiting[0].Cells, PlanReview{Plan: "J1", No: 2, Decision: execution.Returned,
		Reason: "say why", On: review.On, Reviewer: "Li"}.Cells()) {
		t.Errorf("entered %+v", waiting)
	}
	if n := number(t, s, `SELECT count(*) FROM audit WHERE action = 'plan_reviewed' AND subject = 'plan_item:J1'`); n != 1 {
		t.Errorf("%d decisions in the audit log, expected 1", n)
	}
}

// TestOwnPlan: who brought the latest version of an item does not decide on it.
func TestOwnPlan(t *testing.T) {
	s := openWithPlans(t)
	write(t, s, `UPDATE batch_upload SET account = 'a1' WHERE batch_id = (SELECT max(batch_id) FROM plan_item)`)
	if err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		return PutAccount(ctx, w, Account{ID: "a1", Login: "li", Name: "Li", Role: "finance"})
	}); err != nil {
		t.Fatal(err)
	}
	ctx := As(t.Context(), Actor{Name: "li", Role: "finance"})
	review := PlanReview{Plan: "J1", No: 1, Decision: execution.Approved, Reason: "mine", On: time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)}
	if err := s.ReviewPlan(ctx, review); !errors.Is(err, ErrOwnPlan) {
		t.Errorf("one's own: %v", err)
	}
	if err := s.ReviewPlan(As(t.Context(), Actor{Name: "wang", Role: "finance"}), review); err != nil {
		t.Errorf("another's: %v", err)
	}
}
