package scoring

import (
	"cmp"
	"math"
	"slices"
)

// Quantile is the quantile of type 7 (Hyndman and Fan 1996; the default of R): linear between the order statistics at
// 1 + (n-1)p. It takes the values sorted in ascending order and returns NaN for no values, for a NaN among them and for
// a p outside 0..1.
func Quantile[T numeric](sorted []T, p float64) float64 {
	n := len(sorted)
	if unusable(sorted) || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	h := float64(n-1) * p
	low := int(math.Floor(h))
	if low+1 >= n {
		return float64(sorted[n-1])
	}
	from, to := float64(sorted[low]), float64(sorted[low+1])
	return from + float64((h-float64(low))*(to-from))
}

// MidRanks returns the rank of each value, from 1, ties sharing the mean of their ranks. The values come in any order;
// a NaN has no rank (NaN) and takes none from the others.
func MidRanks(values []float64) []float64 {
	order := make([]int, 0, len(values))
	ranks := make([]float64, len(values))
	for i, v := range values {
		if ranks[i] = math.NaN(); !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && values[order[j]] == values[order[i]] {
			j++
		}
		for _, at := range order[i:j] {
			ranks[at] = float64(i+j+1) / 2
		}
		i = j
	}
	return ranks
}

// PercentileRank turns a mid-rank among n into (rank-0.5)/n; NaN for n = 0.
func PercentileRank(rank float64, n int) float64 { return (rank - 0.5) / float64(n) }

// PercentileOf is the share of the sorted values below v plus half the share equal to it: the percentile rank of a value
// whether or not it is one of them. NaN where there are no values, or a NaN among them or for v.
func PercentileOf(sorted []float64, v float64) float64 {
	if unusable(sorted) || math.IsNaN(v) {
		return math.NaN()
	}
	below, _ := slices.BinarySearch(sorted, v)
	equal, _ := slices.BinarySearch(sorted[below:], math.Nextafter(v, math.Inf(1)))
	return (float64(below) + float64(equal)/2) / float64(len(sorted))
}
