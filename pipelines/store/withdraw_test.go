package store

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestWithdrawnScoresDoNotCountAndEarlierOnesDoAgain(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	first := accept(t, s, scores(score("C1", "E1", 10, "2025-03-01"), score("C2", "E1", 20, "2025-03-01")))
	second := accept(t, s, scores(score("C1", "E1", 11, "2025-04-01"), score("C3", "E1", 30, "2025-04-01")))
	r, err := s.Withdraw(t.Context(), second.Receipt.Batch, Uploader{"me", "I"}, "sent by mistake")
	if err != nil {
		t.Fatal(err)
	}
	if r.Batch != second.Receipt.Batch+1 || r.Kind != "withdrawal" || r.Rows != 1 || r.Number != r.Batch {
		t.Errorf("receipt %+v", r)
	}
	row := `contract_no || ' ' || score_e4 || ' ' || s.batch_id || ' ' || s.row_no`
	from := ` s JOIN contract USING (contract_key) ORDER BY 1`
	if now := texts(t, s, `SELECT `+row+` FROM score`+from); !slices.Equal(now, []string{fmt.Sprintf("C1 10 %d 2", r.Batch), fmt.Sprintf("C2 20 %d 3", first.Receipt.Batch)}) {
		t.Errorf("scores %v", now)
	}
	if touched := texts(t, s, fmt.Sprintf(`SELECT contract_no || ' ' || coalesce(last_on::VARCHAR, 'none') FROM batch_contract b JOIN contract USING (contract_key) WHERE b.batch_id = %d ORDER BY 1`, r.Batch)); !slices.Equal(touched, []string{"C1 2025-03-01", "C3 none"}) {
		t.Errorf("touched %v", touched)
	}
	for batch, want := range map[int]error{second.Receipt.Batch: ErrWithdrawn, 999: ErrNoBatch, 1: ErrOnlyScores, r.Batch: ErrOnlyScores} {
		if _, err := s.Withdraw(t.Context(), batch, Uploader{}, "again"); !errors.Is(err, want) {
			t.Errorf("batch %d: %v, expected %v", batch, err, want)
		}
	}
	if _, err := s.Withdraw(t.Context(), first.Receipt.Batch, Uploader{}, " "); err == nil {
		t.Error("withdrawn without a reason")
	}
	sound(t, s)
}

// TestWithdrawalsKeepEveryWatermark: whatever is accepted and withdrawn in whatever order, at every batch number the scores
// that count are, key by key, those of the latest batch up to it that was not withdrawn up to it. The expected ones
// are found by going through the history from its beginning, which knows nothing of how the store keeps them.
func TestWithdrawalsKeepEveryWatermark(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	type fact struct {
		key   string
		value int
	}
	type step struct {
		batch    int
		facts    []fact // of a batch of scores
		withdraw int    // or the batch withdrawn
	}
	var history []step
	value := 0
	expected := func(mark int) map[string]int {
		withdrawn := map[int]bool{}
		for _, h := range history {
			if h.batch <= mark && h.withdraw > 0 {
				withdrawn[h.withdraw] = true
			}
		}
		all := map[string]int{}
		for _, h := range history {
			if h.batch > mark || withdrawn[h.batch] {
				continue
			}
			for _, f := range h.facts {
				all[f.key] = f.value
			}
		}
		return all
	}
	rapid.Check(t, func(r *rapid.T) {
		for range rapid.IntRange(1, 5).Draw(r, "steps") {
			var open []int
			for _, h := range history {
				if h.withdraw == 0 && !slices.ContainsFunc(history, func(o step) bool { return o.withdraw == h.batch }) {
					open = append(open, h.batch)
				}
			}
			if len(open) > 0 && rapid.Bool().Draw(r, "withdraw") {
				batch := rapid.SampledFrom(open).Draw(r, "batch")
				receipt, err := s.Withdraw(t.Context(), batch, Uploader{}, "a reason")
				if err != nil {
					r.Fatal(err)
				}
				history = append(history, step{batch: receipt.Batch, withdraw: batch})
				continue
			}
			keys := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"C1 E1", "C1 E2", "C2 E1", "C3 E1"}), 1, 4, rapid.ID).Draw(r, "keys")
			var rows [][]any
			h := step{}
			for _, key := range keys {
				value++
				var contract, rater string
				fmt.Sscan(key, &contract, &rater) //nolint:errcheck // two words
				rows, h.facts = append(rows, score(contract, rater, value, "2025-03-01")), append(h.facts, fact{key, value})
			}
			h.batch = accept(t, s, scores(rows...)).Receipt.Batch
			history = append(history, h)
		}
		all := lives(t, s)
		for _, h := range history {
			found := map[string]int{}
			for _, l := range all {
				if l.from > h.batch || l.until <= h.batch {
					continue
				}
				if _, twice := found[l.key]; twice {
					r.Fatalf("at %d: %s counts twice", h.batch, l.key)
				}
				found[l.key] = l.value
			}
			if want := expected(h.batch); !maps.Equal(found, want) {
				r.Fatalf("at %d: %v, expected %v; history %+v", h.batch, found, want, history)
			}
		}
	})
	slices.SortFunc(history, func(a, b step) int { return cmp.Compare(a.batch, b.batch) })
	sound(t, s)
}

// life is a score with the batch from which and the one until which it counts.
type life struct {
	key                string
	value, from, until int
}

// lives reads those of all scores.
func lives(t *testing.T, s *Store) (all []life) {
	t.Helper()
	for _, text := range texts(t, s, `SELECT concat_ws(' ', contract_no, evaluator_id, score_e4, batch_id, until) FROM (
		SELECT contract_key, rater_key, score_e4, batch_id, 2147483647 AS until FROM score
		UNION ALL SELECT contract_key, rater_key, score_e4, batch_id, by_batch FROM score_superseded)
		JOIN (SELECT DISTINCT contract_key, contract_no FROM contract) USING (contract_key) JOIN rater USING (rater_key)`) {
		var contract, rater string
		var l life
		if _, err := fmt.Sscan(text, &contract, &rater, &l.value, &l.from, &l.until); err != nil {
			t.Fatal(err)
		}
		l.key = contract + " " + rater
		all = append(all, l)
	}
	return all
}
