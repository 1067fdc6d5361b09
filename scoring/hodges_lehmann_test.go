package scoring

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// medianOfAllPairs is the definition: every pair made, sorted, and the middle taken.
func medianOfAllPairs(sorted []float64) float64 {
	var pairs []float64
	for i, a := range sorted {
		for _, b := range sorted[i:] {
			pairs = append(pairs, (a+b)/2)
		}
	}
	slices.Sort(pairs)
	return Median(pairs)
}

// TestHodgesLehmannToTheLastBit: the selection gives the very number of the definition, which published runs rest on.
func TestHodgesLehmannToTheLastBit(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, x []float64) {
		slices.Sort(x)
		if got, want := HodgesLehmann(x), medianOfAllPairs(x); got != want {
			t.Fatalf("%v: got %v, want %v", x, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 60).Draw(t, "floats"))
	})
	rapid.Check(t, func(t *rapid.T) {
		var x []float64
		for _, v := range rapid.SliceOfN(rapid.IntRange(1, 30), 1, 60).Draw(t, "whole") { // many ties
			x = append(x, float64(v*1e4))
		}
		check(t, x)
	})
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.SliceOfN(rapid.SampledFrom([]float64{1e-300, 3e-300, 1, 2, 5e-324, 1e300, -1e-5}), 1, 30).Draw(t, "far apart"))
	})
}

// BenchmarkHodgesLehmann shows the growth of the cost: 100,000 values have five billion pairs.
func BenchmarkHodgesLehmann(b *testing.B) {
	for _, n := range []int{500, 1e4, 1e5, 1e6} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			x := make([]float64, n)
			for i := range x {
				x[i] = float64(rng.IntN(100 * e4))
			}
			slices.Sort(x)
			b.ReportAllocs()
			for b.Loop() {
				HodgesLehmann(x)
			}
		})
	}
}
