package scoring

import (
	"math"
	"slices"
)

// Where the scores of one party lie. Every function takes the values sorted in ascending order (as slices.Sort does,
// NaN first), does not change them, and returns NaN for no values, for a NaN among them and for a trim that is not a
// share. Whole numbers (scores are whole ten-thousandths) add up exactly in a float64, so that the order in which they
// came cannot change a result, nor whether they come as they are stored or as floats.

// numeric is what locations are of: scores as they are stored, or anything else as floats.
type numeric interface{ int32 | float64 }

// unusable says that no location exists: there is nothing, or a NaN, which sorts first.
func unusable[T numeric](sorted []T) bool { return len(sorted) == 0 || math.IsNaN(float64(sorted[0])) }

// total adds values up. Scores are added as integers, in which the processor need not wait for one sum before the next.
func total[T numeric](values []T) float64 {
	if scores, ok := any(values).([]int32); ok {
		var sum int64
		for _, v := range scores {
			sum += int64(v)
		}
		return float64(sum)
	}
	var sum float64
	for _, v := range values {
		sum += float64(v)
	}
	return sum
}

// Mean is the arithmetic mean.
func Mean[T numeric](sorted []T) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return total(sorted) / float64(len(sorted))
}

// Median is the middle value, or the mean of the two.
func Median[T numeric](sorted []T) float64 { return Quantile(sorted, 0.5) }

// cut is how many values a trim drops, or a winsorisation replaces, at each end: floor(n*trim), as R's mean(trim=).
func cut(n int, trim float64) int { return int(min(math.Floor(float64(n)*trim), float64((n-1)/2))) }

// TrimmedMean is the mean without the floor(n*trim) lowest and highest values; a trim of half or more is the median.
func TrimmedMean[T numeric](sorted []T, trim float64) float64 {
	n := len(sorted)
	if unusable(sorted) || !(trim >= 0) {
		return math.NaN()
	}
	if trim >= 0.5 {
		return Median(sorted)
	}
	g := cut(n, trim)
	return Mean(sorted[g : n-g])
}

// WinsorisedMean is the mean with the floor(n*trim) values at each end replaced by the nearest value that is kept; one
// or two values are always kept, so that a trim of half or more is the median.
func WinsorisedMean[T numeric](sorted []T, trim float64) float64 {
	n := len(sorted)
	if unusable(sorted) || !(trim >= 0) {
		return math.NaN()
	}
	g := cut(n, trim)
	ends := float64(float64(g)*float64(sorted[g])) + float64(float64(g)*float64(sorted[n-1-g]))
	return (ends + total(sorted[g:n-g])) / float64(n)
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
	if unusable(sorted) || scale == 0 {
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
