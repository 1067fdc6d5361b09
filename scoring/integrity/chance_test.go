package integrity

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestBinomialTail against R 4.2.2, pbinom(k-1, n, p, lower.tail = FALSE).
func TestBinomialTail(t *testing.T) {
	for _, c := range []struct {
		k, n    int
		p, want float64
	}{
		{12, 20, 0.1, 5.81491798478202e-08}, {20, 40, 0.1, 1.87185793541741e-10}, {3, 999_999, 1e-9, 1.66540717903860e-10},
		{30, 1_000_000, 2e-6, 5.85310026783574e-25}, {500, 1000, 0.5, 5.12612509089180e-01}, {18, 99, 0.01, 1.16402735539200e-17},
		{0, 5, 0.5, 1}, {6, 5, 0.5, 0}, {1, 5, 0, 0}, {5, 5, 1, 1}, {-1, 5, 0, 1}, {1, 5, 1.5, math.NaN()}, {1, 5, math.NaN(), math.NaN()},
	} {
		near(t, "tail", BinomialTail(c.k, c.n, c.p), &c.want, 1e-8)
	}
}

// TestHypergeometric against R 4.2.2, dhyper(0:5, 5, 195, 12), and against exact fractions.
func TestHypergeometric(t *testing.T) {
	want := []float64{7.31528737301619e-01, 2.38541979554876e-01, 2.83671543254447e-02, 1.52511582394864e-03, 3.67006481698870e-05, 3.12345941871379e-07}
	for k, p := range hypergeometric(200, 5, 12) {
		near(t, "probability", p, &want[k], 1e-11)
	}
	rapid.Check(t, func(t *rapid.T) {
		population := rapid.IntRange(1, 5000).Draw(t, "population")
		marked, drawn := rapid.IntRange(0, population).Draw(t, "marked"), rapid.IntRange(0, min(population, 50)).Draw(t, "drawn")
		all := new(big.Int).Binomial(int64(population), int64(drawn))
		for k, p := range hypergeometric(population, marked, drawn) {
			ways := new(big.Int).Binomial(int64(marked), int64(k))
			if drawn-k > population-marked {
				ways.SetInt64(0)
			} else {
				ways.Mul(ways, new(big.Int).Binomial(int64(population-marked), int64(drawn-k)))
			}
			if want, _ := new(big.Rat).SetFrac(ways, all).Float64(); math.Abs(p-want) > 1e-9*want {
				t.Fatalf("P(%d): got %g, want %g", k, p, want)
			}
		}
	})
}

// TestAdjusted against R 4.2.2, p.adjust(p, method, n).
func TestAdjusted(t *testing.T) {
	p := []float64{0.01, 0.04, 0.03, 0.005, 0.5}
	for _, c := range []struct {
		way   string
		tests int
		want  []float64
	}{
		{AdjustBenjamini, 5, []float64{0.025, 0.05, 0.05, 0.025, 0.5}},
		{AdjustBenjamini, 20, []float64{0.1, 0.2, 0.2, 0.1, 1}},
		{AdjustBonferroni, 20, []float64{0.2, 0.8, 0.6, 0.1, 1}},
	} {
		got := adjust(c.way, p, c.tests)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-15 }) {
			t.Errorf("%s over %d tests: got %v, want %v", c.way, c.tests, got, c.want)
		}
	}
	if got := BenjaminiHochberg(nil, 3); len(got) != 0 {
		t.Errorf("no p-values: got %v", got)
	}
}
