package pipelines_test

import (
	"context"
	"testing"

	"pingxin/budget"
	"pingxin/pipelines"
	"pingxin/pipelines/store"
)

// TestUntouchedScenarioIsTheRun: on the small district the scenario that changes nothing, made from what the store shows of
// the run, proposes what the run published, contract by contract to the fen. One with a fen more
// gives that out too.
func TestUntouchedScenarioIsTheRun(t *testing.T) {
	m := sampleNights(t)
	st := filledStore(t, 2)
	runFor(t, st, pipelines.Options{AsOf: m.Nights[len(m.Nights)-1].AsOf, Workers: 2})
	p := loadPolicy(t)
	var rows []store.BudgetItem
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err == nil {
			rows, err = v.BudgetItems(ctx)
		}
		return err
	})
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, error %v", len(rows), err)
	}
	items := make([]budget.Item, len(rows))
	moves := 0
	for i, row := range rows {
		items[i] = row.Item
		items[i].BandLow, items[i].BandHigh = p.Evaluation.BandOf(row.Grade)
		if row.ChangeFen != 0 {
			moves++
		}
	}
	if moves == 0 {
		t.Fatal("the run moves no money: the district is too small for this test")
	}
	untouched := budget.Scenario{Policy: *p.Budget}
	plan, err := untouched.Plan(items)
	if err != nil {
		t.Fatal(err)
	}
	for i, proposed := range plan.Proposals {
		if row := rows[i]; proposed.Contract != row.Contract || proposed.ChangeFen != row.ChangeFen || proposed.Action != row.Action {
			t.Errorf("the scenario proposes %+v, the run published %s %d for %s", proposed, row.Action, row.ChangeFen, row.Contract)
		}
	}
	more := budget.Scenario{Policy: *p.Budget, Pool: budget.Exactly, PoolFen: plan.NextFen + 1}
	if shared, err := more.Plan(items); err != nil || shared.NextFen != plan.NextFen+1 {
		t.Errorf("a fen more: %+v, error %v", shared, err)
	}
}
