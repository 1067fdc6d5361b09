package scoring

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// How sure a value is: variances, standard errors, the correction for a population of which many answered, intervals.

// Variance divides by n-1; it is NaN for fewer than two values. Equal values have a variance of 0.
func Variance[T numeric](sorted []T) float64 {
	if len(sorted) < 2 {
		return math.NaN()
	}
	return addSquares(0, sorted, Mean(sorted)) / float64(len(sorted)-1)
}

// addSquares adds the squared distances from m to a sum, one after the other.
func addSquares[T numeric](sum float64, values []T, m float64) float64 {
	for _, v := range values {
		d := float64(v) - m
		sum += float64(d * d)
	}
	return sum
}

// winsorisedVariance is the variance of the winsorised values, on which the standard error of a trimmed mean rests
// (Tukey and McLaughlin 1963).
func winsorisedVariance[T numeric](sorted []T, trim float64) float64 {
	n := len(sorted)
	if n < 2 {
		return math.NaN()
	}
	g := cut(n, trim)
	m := WinsorisedMean(sorted, trim)
	var sum float64
	for range g {
		sum = addSquares(sum, sorted[g:g+1], m)
	}
	sum = addSquares(sum, sorted[g:n-g], m)
	for range g {
		sum = addSquares(sum, sorted[n-1-g:n-g], m)
	}
	return sum / float64(n-1)
}

// FiniteFactor is the factor on a standard error when n of a population of N answered and the population's deviation is
// known, sqrt((N-n)/(N-1)); 1 when N is unknown (0), 0 when all answered. The evaluation estimates the deviation from the
// answers and uses CochranFactor, which is smaller by sqrt((N-1)/N).
func FiniteFactor(n, population int) float64 {
	switch {
	case population == 0:
		return 1
	case n >= population:
		return 0
	}
	return math.Sqrt(float64(population-n) / float64(population-1))
}

// CochranFactor is the factor on the standard error s/sqrt(n), s with divisor n-1, when n of a population of N were drawn
// without replacement: sqrt(1-n/N), which makes the squared error unbiased (Cochran 1977). It is 1 when N is unknown (0), 0
// when all answered.
func CochranFactor(n, population int) float64 {
	switch {
	case population == 0:
		return 1
	case n >= population:
		return 0
	}
	return math.Sqrt(1 - float64(n)/float64(population))
}

// EffectiveN is the number of answers that would give the same standard error in an endless population,
// n/(1-n/N) by CochranFactor; n itself when N is unknown (0), infinite when all answered.
func EffectiveN(n, population int) float64 {
	switch {
	case n == 0:
		return 0
	case population == 0:
		return float64(n)
	case n >= population:
		return math.Inf(1)
	}
	return float64(n) * float64(population) / float64(population-n)
}

// StudentInterval is the t interval around a mean with standard error se of n values; NaN for fewer than two values and
// for a confidence that is not between 0 and 1.
func StudentInterval(mean, se float64, n int, confidence float64) (low, high float64) {
	if n < 2 || !(confidence > 0 && confidence < 1) {
		return math.NaN(), math.NaN()
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}.Quantile(0.5 + confidence/2)
	return mean - float64(t*se), mean + float64(t*se)
}

// WilsonInterval is Wilson's interval (1927) for a share of k among n, without continuity correction; NaN for n = 0, for a
// k that is not among 0..n and for a confidence that is not between 0 and 1.
func WilsonInterval(k, n int, confidence float64) (low, high float64) {
	if n <= 0 || k < 0 || k > n || !(confidence > 0 && confidence < 1) {
		return math.NaN(), math.NaN()
	}
	z := distuv.UnitNormal.Quantile(0.5 + confidence/2)
	p, nn, zz := float64(k)/float64(n), float64(n), float64(z*z)
	middle := (p + zz/(2*nn)) / (1 + zz/nn)
	half := z / (1 + zz/nn) * math.Sqrt(p*(1-p)/nn+zz/(4*float64(nn*nn)))
	return middle - half, middle + half
}
