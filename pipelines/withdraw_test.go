package pipelines_test

import (
	"context"
	"strings"
	"testing"

	"pingxin/pipelines"
	"pingxin/pipelines/store"
)

// TestANightAfterAWithdrawal: a batch with a correction and a new score is accepted, judged and withdrawn. The night after
// it touches only that contract, puts what moved down to a correction, and every evaluation is what it was before the
// batch; each of the nights, with the batch and without, comes out again to the same hash.
func TestANightAfterAWithdrawal(t *testing.T) {
	m := sampleNights(t)
	st := openStore(t, 2)
	importNight(t, st, m, 1)
	asOf := m.Nights[0].AsOf
	first := runFor(t, st, pipelines.Options{AsOf: asOf})
	var contract, indicator, rater, day string
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&contract, &indicator, &rater, &day}, `SELECT e.contract_no, indicator, evaluator_id, strftime(scored_on, '%Y-%m-%d') FROM score
			JOIN indicator USING (indicator_key) JOIN rater USING (rater_key) JOIN evaluation e USING (contract_key) WHERE party = 3 AND e.status = 'rated' ORDER BY ALL LIMIT 1`)
	})
	if err != nil {
		t.Fatal(err)
	}
	importText(t, st, "score", "contract_no,indicator,party,evaluator_id,score,scored_on\n"+
		strings.Join([]string{contract, indicator, "third_party", rater, "1", day}, ",")+"\n"+strings.Join([]string{contract, indicator, "third_party", "another", "2", day}, ",")+"\n")
	second := runFor(t, st, pipelines.Options{AsOf: asOf})
	receipts, err := st.Receipts()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Withdraw(t.Context(), receipts[len(receipts)-1].Batch, store.Uploader{Account: "e1"}, "sent for another contract"); err != nil {
		t.Fatal(err)
	}
	third := runFor(t, st, pipelines.Options{AsOf: asOf})
	if third.Touched != 1 {
		t.Errorf("the night after the withdrawal touched %d contracts, expected 1", third.Touched)
	}
	all := movementsOf(t, st, third.ID)
	checkParts(t, all)
	found := false
	for _, v := range all {
		if v.subject == "contract" {
			found = v.id == contract && v.cause == "correction" && v.after > v.before
			if !found || v.parts["correction"] <= 0 || v.parts["new_evidence"] != 0 {
				t.Errorf("moved %+v, expected only %s by a correction", v, contract)
			}
		}
	}
	if !found {
		t.Error("no contract moved")
	}
	var differ int
	err = st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&differ}, `SELECT count(*) FROM (SELECT contract_key, row_hash FROM evaluation WHERE from_run <= $1 AND until_run > $1) a
			FULL JOIN (SELECT contract_key, row_hash FROM evaluation WHERE from_run <= $2 AND until_run > $2) b USING (contract_key) WHERE a.row_hash IS DISTINCT FROM b.row_hash`,
			int32(first.ID), int32(third.ID))
	})
	if err != nil || differ != 0 {
		t.Errorf("%d evaluations differ from those before the batch, %v", differ, err)
	}
	for _, id := range []int{first.ID, second.ID, third.ID} {
		v, err := pipelines.Verify(t.Context(), st, id, pipelines.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !v.Holds || len(v.Differences) > 0 {
			t.Errorf("run %d was published as %s and is computed as %s: %v", id, v.Hash, v.Again, v.Differences)
		}
	}
}
