package scoring

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// The statistics of one party's scores. Every function takes the values sorted in ascending order, does not change
// them, and returns NaN for no values. Whole numbers (scores are whole ten-thousandths) add up exactly in a float64, so
// that the order in which they came cannot change a result.

// Mean is the arithmetic mean.
func Mean(sorted []float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	var sum float64
	for _, v := range sorted {
		sum += v
	}
	return sum / float64(len(sorted))
}

// Median is the middle value, or the mean of the two.
func Median(sorted []float64) float64 { return Quantile(sorted, 0.5) }

// Quantile is the quantile of type 7 (Hyndman and Fan 1996; the default of R): linear between the order statistics at
// 1 + (n-1)p.
func Quantile(sorted []float64, p float64) float64 {
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	h := float64(n-1) * p
	low := int(math.Floor(h))
	if low+1 >= n {
		return sorted[n-1]
	}
	return sorted[low] + float64((h-float64(low))*(sorted[low+1]-sorted[low]))
}

// cut is how many values a trim drops, or a winsorisation replaces, at each end: floor(n*trim), as R's mean(trim=).
func cut(n int, trim float64) int { return min(int(math.Floor(float64(n)*trim)), (n-1)/2) }

// TrimmedMean is the mean without the floor(n*trim) lowest and highest values; a trim of half or more is the median.
func TrimmedMean(sorted []float64, trim float64) float64 {
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	if trim >= 0.5 {
		return Median(sorted)
	}
	g := cut(n, trim)
	return Mean(sorted[g : n-g])
}

// WinsorisedMean is the mean with the floor(n*trim) values at each end replaced by the nearest value that is kept.
func WinsorisedMean(sorted []float64, trim float64) float64 {
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	g := cut(n, trim)
	sum := float64(float64(g)*sorted[g]) + float64(float64(g)*sorted[n-1-g])
	for _, v := range sorted[g : n-g] {
		sum += v
	}
	return sum / float64(n)
}

// HodgesLehmann is the median of the means of all pairs, each value paired with itself too (Hodges and Lehmann 1963).
// It takes n(n+1)/2 numbers of memory.
func HodgesLehmann(sorted []float64) float64 {
	pairs := make([]float64, 0, len(sorted)*(len(sorted)+1)/2)
	for i, a := range sorted {
		for _, b := range sorted[i:] {
			pairs = append(pairs, (a+b)/2)
		}
	}
	slices.Sort(pairs)
	return Median(pairs)
}

// madScale makes the median absolute deviation an estimate of a normal standard deviation.
const madScale = 1.4826

// MAD is the median absolute deviation from the median, times 1.4826.
func MAD(sorted []float64) float64 {
	m := Median(sorted)
	deviations := make([]float64, len(sorted))
	for i, v := range sorted {
		deviations[i] = math.Abs(v - m)
	}
	slices.Sort(deviations)
	return madScale * Median(deviations)
}

// The tuning of Huber's estimate: 1.5 keeps 96 percent efficiency on normal data (MASS::huber).
const (
	huberK         = 1.5
	huberTolerance = 1e-12 // relative to the scale
	huberSteps     = 500
)

// Huber is Huber's M-estimate of location with k = 1.5 and the scale fixed at the MAD, iterated from the median; the
// median itself where the MAD is zero (MASS::huber refuses there).
func Huber(sorted []float64) float64 {
	mu, scale := Median(sorted), MAD(sorted)
	if len(sorted) == 0 || scale == 0 {
		return mu
	}
	for range huberSteps {
		var sum float64
		for _, v := range sorted {
			sum += min(max(mu-huberK*scale, v), mu+huberK*scale)
		}
		next := sum / float64(len(sorted))
		if math.Abs(next-mu) < huberTolerance*scale {
			return next
		}
		mu = next
	}
	return mu
}

// Variance divides by n-1; it is NaN for fewer than two values.
func Variance(sorted []float64) float64 {
	if len(sorted) < 2 {
		return math.NaN()
	}
	m := Mean(sorted)
	var sum float64
	for _, v := range sorted {
		d := v - m
		sum += float64(d * d)
	}
	return sum / float64(len(sorted)-1)
}

// winsorisedVariance is the variance of the winsorised values, on which the standard error of a trimmed mean rests
// (Tukey and McLaughlin 1963).
func winsorisedVariance(sorted []float64, trim float64) float64 {
	n := len(sorted)
	if n < 2 {
		return math.NaN()
	}
	g := cut(n, trim)
	m := WinsorisedMean(sorted, trim)
	var sum float64
	for i := range sorted {
		d := sorted[min(max(i, g), n-1-g)] - m
		sum += float64(d * d)
	}
	return sum / float64(n-1)
}

// FiniteFactor is the factor on a standard error when n of a population of N answered, sqrt((N-n)/(N-1)); 1 when N is
// unknown (0), 0 when all answered.
func FiniteFactor(n, population int) float64 {
	switch {
	case population == 0:
		return 1
	case n >= population:
		return 0
	}
	return math.Sqrt(float64(population-n) / float64(population-1))
}

// EffectiveN is the number of answers that would give the same standard error in an endless population,
// n(N-1)/(N-n); n itself when N is unknown (0), infinite when all answered.
func EffectiveN(n, population int) float64 {
	switch {
	case n == 0:
		return 0
	case population == 0:
		return float64(n)
	case n >= population:
		return math.Inf(1)
	}
	return float64(n) * float64(population-1) / float64(population-n)
}

// StudentInterval is the t interval around a mean with standard error se of n values; NaN for fewer than two values.
func StudentInterval(mean, se float64, n int, confidence float64) (low, high float64) {
	if n < 2 {
		return math.NaN(), math.NaN()
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}.Quantile(0.5 + confidence/2)
	return mean - float64(t*se), mean + float64(t*se)
}

// WilsonInterval is Wilson's interval (1927) for a share of k among n, without continuity correction; NaN for n = 0.
func WilsonInterval(k, n int, confidence float64) (low, high float64) {
	if n == 0 {
		return math.NaN(), math.NaN()
	}
	z := distuv.UnitNormal.Quantile(0.5 + confidence/2)
	p, nn, zz := float64(k)/float64(n), float64(n), float64(z*z)
	middle := (p + zz/(2*nn)) / (1 + zz/nn)
	half := z / (1 + zz/nn) * math.Sqrt(p*(1-p)/nn+zz/(4*float64(nn*nn)))
	return middle - half, middle + half
}

// WeightedMean is sum(w*v)/sum(w) over the values that are present (not NaN); NaN when none is or their weights are 0.
func WeightedMean(values, weights []float64) float64 {
	var sum, total float64
	for i, v := range values {
		if !math.IsNaN(v) && weights[i] > 0 {
			sum += float64(weights[i] * v)
			total += weights[i]
		}
	}
	if total == 0 {
		return math.NaN()
	}
	return sum / total
}

// WeightedGeometricMean is exp(sum(w*ln v)/sum(w)) over the values that are present; a value of 0 makes it 0.
func WeightedGeometricMean(values, weights []float64) float64 {
	logs := make([]float64, len(values))
	for i, v := range values {
		logs[i] = math.Log(v)
	}
	return math.Exp(WeightedMean(logs, weights))
}

// MidRanks returns the rank of each value, from 1, ties sharing the mean of their ranks; values come in any order.
func MidRanks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	ranks := make([]float64, len(values))
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

// PercentileRank turns a mid-rank among n into (rank-0.5)/n.
func PercentileRank(rank float64, n int) float64 { return (rank - 0.5) / float64(n) }

// roundingUnit is the last decimal in which two ways of computing the same value may differ.
const roundingUnit = 1e9

// Round rounds a value half up to some decimals, 0 to 9, as one does on paper: the float is first taken to nine
// decimals, so that 79.995, which no float holds exactly, becomes 80.00. The value lies within ±9e9.
func Round(v float64, decimals int) float64 {
	if math.IsNaN(v) {
		return v
	}
	whole := int64(math.Round(v * roundingUnit))
	unit := int64(1)
	for range 9 - decimals {
		unit *= 10
	}
	floor := (whole + unit/2) / unit
	if rest := (whole + unit/2) % unit; rest < 0 {
		floor--
	}
	return float64(floor) / (roundingUnit / float64(unit))
}
