package pipelines

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"pingxin/credit"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/reduce"
	"pingxin/scoring"
	"pingxin/scoring/recheck/exact"
)

// mistaken is a night whose judge and rates follow other numbers than its policy: what a mistake in the program would do.
func mistaken(t *testing.T) *night {
	t.Helper()
	p, err := policy.Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	n := newNight(Options{Policy: p, AsOf: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), Now: time.Now})
	other := p.Evaluation
	other.RaterError.SD++
	if n.judge, err = scoring.Compile(other, nil); err != nil {
		t.Fatal(err)
	}
	n.full = true
	n.keys, n.suppliers = make([]int32, 1), make([]reduce.Supplier, 1)
	return n
}

// TestMistakesStopTheNight: a judge with another assumption on raters gives another standard error, which the second
// computation names with both numbers.
func TestMistakesStopTheNight(t *testing.T) {
	n := mistaken(t)
	c := &reduce.Contract{Evidence: scoring.Evidence{Contract: "C1", StartOn: n.AsOf.AddDate(-1, 0, 0), EndOn: n.AsOf.AddDate(0, -1, 0)}}
	for _, party := range scoring.Parties() {
		for _, indicator := range []string{"quality_attitude", "satisfaction_service", "target_outcome"} {
			cell := scoring.Cell{Indicator: indicator, Party: party}
			for i := range 40 {
				cell.Values = append(cell.Values, int32(800_000+1000*i))
			}
			c.Evidence.Cells = append(c.Evidence.Cells, cell)
		}
	}
	_, err := n.judged(c, nil)
	var differences *exact.DifferenceError
	if !errors.As(err, &differences) || !strings.Contains(err.Error(), "C1") || !strings.Contains(err.Error(), "standard error") || !strings.Contains(err.Error(), "nothing was published") {
		t.Errorf("got %v, want a difference of the standard error of C1", err)
	}
	if n.judge, err = scoring.Compile(n.Policy.Evaluation, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := n.judged(c, nil); err != nil {
		t.Errorf("the judge of the policy itself: %v", err)
	}
	if _, err := n.rate(credit.Evidence{Supplier: "S1", Evaluations: []credit.Evaluated{{Contract: "C1", Value: 80, On: n.AsOf, AmountFen: 1_000_000, Cases: 30}}}); err != nil {
		t.Errorf("a rating by the policy itself: %v", err)
	}
}

// TestSample: a full run looks at some sixty results, a small night at all or eight, and another day at others.
func TestSample(t *testing.T) {
	n := mistaken(t)
	count := func(of int) (some int, ids string) {
		for i := range of {
			if id := "HT2025-" + strconv.Itoa(i); n.sampled(id, of) {
				some, ids = some+1, ids+id
			}
		}
		return some, ids
	}
	for of, want := range map[int][2]int{5: {5, 5}, 48: {48, 48}, 100: {32, 64}, 20_000: {28, 70}} {
		if got, _ := count(of); got < want[0] || got > want[1] {
			t.Errorf("of %d results %d are looked at, want %d to %d", of, got, want[0], want[1])
		}
	}
	_, today := count(20_000)
	n.AsOf = n.AsOf.AddDate(0, 0, 1)
	if _, tomorrow := count(20_000); tomorrow == today {
		t.Error("two days look at the same results")
	}
}
