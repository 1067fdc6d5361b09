package integrity

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// BinomialTail is P(X >= k) for X of Binomial(n, p), as the regularised incomplete beta function I_p(k, n-k+1)
// (Abramowitz and Stegun 1964, 26.5.24). It is NaN when p is no probability.
func BinomialTail(k, n int, p float64) float64 {
	switch {
	case !(p >= 0 && p <= 1):
		return math.NaN()
	case k <= 0:
		return 1
	case k > n || p == 0:
		return 0
	case p == 1:
		return 1
	}
	return mathext.RegIncBeta(float64(k), float64(n-k+1), p)
}

// hypergeometric returns the probabilities of 0, 1, ... min(drawn, marked) marked ones among those drawn without
// replacement from a population.
func hypergeometric(population, marked, drawn int) []float64 {
	probabilities := make([]float64, min(drawn, marked)+1)
	all := logChoose(population, drawn)
	for k := max(0, drawn-(population-marked)); k < len(probabilities); k++ {
		probabilities[k] = math.Exp(logChoose(marked, k) + logChoose(population-marked, drawn-k) - all)
	}
	return probabilities
}

// logChoose is the logarithm of the binomial coefficient, 0 <= k <= n.
func logChoose(n, k int) float64 {
	return -math.Log(float64(n+1)) - mathext.Lbeta(float64(n-k+1), float64(k+1))
}

// convolve returns the probabilities of the sum of two independent counts.
func convolve(a, b []float64) []float64 {
	sum := make([]float64, len(a)+len(b)-1)
	for i, p := range a {
		for j, q := range b {
			sum[i+j] += float64(p * q)
		}
	}
	return sum
}

// The ways in which a rule allows for the number of its tests.
const (
	AdjustBonferroni = "bonferroni"         // at most alpha that any flag is by chance
	AdjustBenjamini  = "benjamini_hochberg" // at most alpha of the flags, in expectation, are by chance
)

// Bonferroni returns the p-values times the number of tests, at most 1. Tests may be more than the p-values; those left
// out are taken to be 1.
func Bonferroni(p []float64, tests int) []float64 {
	adjusted := make([]float64, len(p))
	for i, v := range p {
		adjusted[i] = min(1, v*float64(max(tests, len(p))))
	}
	return adjusted
}

// BenjaminiHochberg returns the adjusted p-values of the step-up procedure (Benjamini and Hochberg 1995), in the order
// given: the least of p_(j)*tests/j over the ranks j from its own. Tests may be more than the p-values; those left out
// are taken to be 1.
func BenjaminiHochberg(p []float64, tests int) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted := make([]float64, len(p))
	least := 1.0
	for rank := len(p); rank > 0; rank-- {
		at := order[rank-1]
		least = min(least, p[at]*float64(max(tests, len(p)))/float64(rank))
		adjusted[at] = least
	}
	return adjusted
}

// adjust allows for the number of tests in the way that the word names.
func adjust(way string, p []float64, tests int) []float64 {
	if way == AdjustBonferroni {
		return Bonferroni(p, tests)
	}
	return BenjaminiHochberg(p, tests)
}
