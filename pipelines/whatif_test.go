package pipelines_test

import (
	"context"
	"slices"
	"testing"
	"time"

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
	rows := budgetItems(t, st)
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
	for i, proposed := range plan.Proposals() {
		if row := rows[i]; proposed.Contract != row.Contract || proposed.ChangeFen != row.ChangeFen || proposed.Action != row.Action {
			t.Errorf("the scenario proposes %+v, the run published %s %d for %s", proposed, row.Action, row.ChangeFen, row.Contract)
		}
	}
	more := budget.Scenario{Policy: *p.Budget, Pool: budget.Exactly, PoolFen: plan.NextFen + 1}
	if shared, err := more.Plan(items); err != nil || shared.NextFen != plan.NextFen+1 {
		t.Errorf("a fen more: %+v, error %v", shared, err)
	}
}

// budgetItems are the contracts for which the published run proposes money.
func budgetItems(t *testing.T, st *store.Store) (rows []store.BudgetItem) {
	t.Helper()
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
	return rows
}

// TestNoMoneyMovesInDispute: what a run proposes for a contract waits for the review of its evaluation and comes back with the
// decision, on the day itself; each night ends where a full run ends.
func TestNoMoneyMovesInDispute(t *testing.T) {
	m := sampleNights(t)
	st := filledStore(t, 2)
	day := m.Nights[len(m.Nights)-1].AsOf
	runFor(t, st, pipelines.Options{AsOf: day})
	rows := budgetItems(t, st)
	at := slices.IndexFunc(rows, func(row store.BudgetItem) bool { return row.ChangeFen < 0 && row.Dispute == "" })
	if at < 0 {
		t.Fatal("the run cuts no money: the district is too small for this test")
	}
	before := rows[at]
	row := func(days int) string { return day.AddDate(0, 0, days).Format(time.DateOnly) }
	importText(t, st, "objection", "objection_no,contract_no,filed_on,outcome,decided_on\nYY1,"+before.Contract+","+row(1)+",rejected,"+row(3)+"\n")
	for night, want := range []string{before.Action, budget.Hold, budget.Hold, before.Action} {
		on := pipelines.Options{AsOf: day.AddDate(0, 0, night)}
		ordinary := runFor(t, st, on)
		got := budgetItems(t, st)[at]
		if got.Contract != before.Contract || got.Action != want || (got.ChangeFen == before.ChangeFen) != (want == before.Action) || (got.Dispute == "YY1") != (want == budget.Hold) {
			t.Errorf("night %d: got %+v, want %s", night, got, want)
		}
		on.Full = true
		if full := runFor(t, st, on); ordinary.Full || full.Hash != ordinary.Hash {
			t.Errorf("night %d: ordinary run %s, full run %s", night, ordinary.Hash, full.Hash)
		}
	}
}
