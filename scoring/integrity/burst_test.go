package integrity

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// evenly spreads n answers over the first days of a window.
func evenly(n, days int) []int {
	on := make([]int, n)
	for i := range on {
		on[i] = i % days
	}
	return on
}

// TestLateAnswers, by hand: 20 of 40 answers came in the last 3 of 30 days. P(X >= 20), X of Binomial(40, 0.1), is
// 1.87185793541741e-10 (R 4.2.2); two contracts are tested, so that the first p-value doubles under either adjustment.
func TestLateAnswers(t *testing.T) {
	late := Arrivals{"late", 30, append(evenly(20, 20), slices.Repeat([]int{27, 28, 29, 29}, 5)...)}
	contracts := []Arrivals{{"even", 30, evenly(60, 30)}, late, {"few", 30, slices.Repeat([]int{29}, 19)}, {"short", 11, slices.Repeat([]int{10}, 40)}}
	for _, way := range []string{AdjustBenjamini, AdjustBonferroni} {
		r := Default().LateAnswers
		r.Adjustment = way
		flags, err := r.LateFlags(contracts)
		wantSubjects(t, flags, err, "late")
		near(t, "p", *flags[0].PValue, new(2*1.87185793541741e-10), 1e-8)
		if f := flags[0]; f.Rule != RuleLateAnswers || f.Statistic != 0.5 || f.Threshold != 0.5 || f.N != 40 || f.Ref != "27" {
			t.Errorf("got %+v, want 0.5 of 40 from day 27", f)
		}
	}
	flags, err := Default().DenseAnswers.DenseFlags(contracts)
	wantSubjects(t, flags, err) // the burst is at the end, where the other rule looks
}

// TestDenseAnswers: the same burst from day 10 to 12, which is one of 28 windows that it might have come in.
func TestDenseAnswers(t *testing.T) {
	dense := Arrivals{"dense", 30, append([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22}, slices.Repeat([]int{10, 11, 12, 12}, 5)...)}
	flags, err := Default().DenseAnswers.DenseFlags([]Arrivals{dense})
	wantSubjects(t, flags, err, "dense")
	near(t, "p", *flags[0].PValue, new(28*1.87185793541741e-10), 1e-8)
	if f := flags[0]; f.Rule != RuleDenseAnswers || f.Ref != "10" || f.Statistic != 0.5 {
		t.Errorf("got %+v, want half the answers from day 10", f)
	}
	flags, err = Default().LateAnswers.LateFlags([]Arrivals{dense})
	wantSubjects(t, flags, err)
}

// TestBurstsByChance: under the null hypothesis, with no share asked, at most alpha of the nights show any flag. The
// bound is 400 * (0.05 + 4 * 0.0109), four standard errors above it.
func TestBurstsByChance(t *testing.T) {
	const nights, contracts, most = 400, 50, 37
	for _, way := range []string{AdjustBenjamini, AdjustBonferroni} {
		r := Default().LateAnswers
		r.Share, r.Alpha, r.Adjustment = 0, 0.05, way
		random := rand.New(rand.NewPCG(5, 6))
		late, dense := 0, 0
		for range nights {
			all := make([]Arrivals, contracts)
			for i := range all {
				all[i] = Arrivals{fmt.Sprint(i), 20 + random.IntN(40), make([]int, 20+random.IntN(100))}
				for j := range all[i].On {
					all[i].On[j] = random.IntN(all[i].Days)
				}
			}
			if flags, err := r.LateFlags(all); err != nil || len(flags) > 0 {
				late++
			}
			if flags, err := r.DenseFlags(all); err != nil || len(flags) > 0 {
				dense++
			}
		}
		if max(late, dense) > most {
			t.Errorf("%s: flags on %d and %d of %d nights without a burst, want at most %d", way, late, dense, nights, most)
		}
	}
}

// TestBurstProperties: neither the order of contracts nor that of answers matters, and the busiest window holds as many
// answers as any.
func TestBurstProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Default().DenseAnswers
		r.MinN, r.MinDays, r.Share, r.Alpha = 2, 4, 0, 0.9
		all := make([]Arrivals, rapid.IntRange(1, 5).Draw(t, "contracts"))
		for i := range all {
			days := rapid.IntRange(4, 30).Draw(t, "days")
			all[i] = Arrivals{fmt.Sprint(i), days, rapid.SliceOfN(rapid.IntRange(0, days-1), 0, 40).Draw(t, "on")}
			on := slices.Sorted(slices.Values(all[i].On))
			found := within(on, r.busiest(on, days), r.Days)
			for first := range days - r.Days + 1 {
				if k := within(on, first, r.Days); k > found {
					t.Fatalf("from day %d came %d answers, more than the %d of the busiest window", first, k, found)
				}
			}
		}
		moved := rapid.Permutation(all).Draw(t, "order")
		for i := range moved {
			moved[i].On = rapid.Permutation(moved[i].On).Draw(t, "answers")
		}
		for _, flags := range []func([]Arrivals) ([]Flag, error){r.LateFlags, r.DenseFlags} {
			want, err := flags(all)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := flags(moved); encoded(t, got) != encoded(t, want) {
				t.Fatalf("another order gave %v, want %v", got, want)
			}
		}
	})
}

func TestBadArrivals(t *testing.T) {
	r := Default().LateAnswers
	for name, c := range map[string]struct {
		contracts []Arrivals
		want      error
	}{
		"after the window":  {[]Arrivals{{"a", 30, []int{3, 30}}}, ErrOutsideWindow},
		"before the window": {[]Arrivals{{"a", 30, []int{-1, 3}}}, ErrOutsideWindow},
		"twice":             {[]Arrivals{{"a", 30, nil}, {"a", 30, nil}}, ErrRepeated},
		"no key":            {[]Arrivals{{"", 30, nil}}, ErrNoKey},
	} {
		if _, err := r.LateFlags(c.contracts); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if _, err := r.DenseFlags(c.contracts); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}
