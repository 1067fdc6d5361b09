package scoring

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestMidRanksAgainstR(t *testing.T) {
	var want []struct {
		RankMid    float64 `json:"rank_mid"`
		Percentile float64
	}
	x := readCase(t, "percentile-rank", &want)["x"]
	for i, rank := range MidRanks(x) {
		near(t, "rank", rank, want[i].RankMid, 1e-12)
		near(t, "percentile", PercentileRank(rank, len(x)), want[i].Percentile, 1e-12)
	}
}

// TestQuantileSetsAgainstR: of the percentile ranks in the case the one that counts half of the ties is used here, in shares.
func TestQuantileSetsAgainstR(t *testing.T) {
	var want map[string]struct {
		Quantiles  map[string]float64
		Percentile []struct {
			Value float64
			Mean  *float64
		} `json:"percentile_rank"`
		MidRank []float64 `json:"mid_rank_ascending"`
	}
	inFileOrder := map[string][]float64{}
	for _, row := range readRows(t, "quantile-sets", &want) {
		inFileOrder[row["set"]] = append(inFileOrder[row["set"]], number(row["x"]))
	}
	for set, x := range inFileOrder {
		ranks := slices.DeleteFunc(MidRanks(x), math.IsNaN)
		if !slices.Equal(ranks, want[set].MidRank) {
			t.Errorf("%s: got ranks %v, want %v", set, ranks, want[set].MidRank)
		}
		x = slices.DeleteFunc(x, math.IsNaN)
		slices.Sort(x)
		for p, q := range want[set].Quantiles {
			near(t, set+" quantile "+p, Quantile(x, number(p)), q, 1e-12)
		}
		for _, p := range want[set].Percentile {
			nearOrNone(t, set+" percentile of "+strconv.FormatFloat(p.Value, 'g', -1, 64), 100*PercentileOf(x, p.Value), p.Mean, 1e-12)
		}
	}
}

// TestRanksOfAnyValues: ranks add up to n(n+1)/2, go with the values and not with their places, and agree with the share
// below a value; NaN has none.
func TestRanksOfAnyValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawScores(t)
		ranks := MidRanks(x)
		var sum float64
		for i, rank := range ranks {
			sum += rank
			if a, b := PercentileRank(rank, len(x)), PercentileOf(x, x[i]); math.Abs(a-b) > 1e-12 {
				t.Fatalf("%g: percentile %g by its rank, %g by counting", x[i], a, b)
			}
		}
		if n := float64(len(x)); sum != n*(n+1)/2 {
			t.Fatalf("ranks of %g values add up to %g", n, sum)
		}
		shuffled := rapid.Permutation(append(slices.Clone(x), math.NaN())).Draw(t, "shuffled")
		for i, rank := range MidRanks(shuffled) {
			if math.IsNaN(shuffled[i]) != math.IsNaN(rank) {
				t.Fatalf("rank of %g: got %g", shuffled[i], rank)
			}
			if !math.IsNaN(rank) && rank != ranks[slices.Index(x, shuffled[i])] {
				t.Fatalf("rank of %g changed with its place", shuffled[i])
			}
		}
	})
	if got := PercentileOf(nil, 1); !math.IsNaN(got) {
		t.Errorf("percentile among none: got %g, want NaN", got)
	}
}

// TestQuantilesRise with p, from the lowest value to the highest.
func TestQuantilesRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawScores(t)
		a, b := rapid.Float64Range(0, 1).Draw(t, "a"), rapid.Float64Range(0, 1).Draw(t, "b")
		if Quantile(x, min(a, b)) > Quantile(x, max(a, b))+1e-12 || Quantile(x, 0) != x[0] || Quantile(x, 1) != x[len(x)-1] {
			t.Fatalf("quantiles %g and %g of %v", a, b, x)
		}
	})
}
