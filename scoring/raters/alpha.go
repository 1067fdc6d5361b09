package raters

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Metric is how Krippendorff's alpha measures the difference of two values.
type Metric int

// The metrics.
const (
	Nominal  Metric = iota // 0 when equal, 1 when not
	Ordinal                // values between them, by rank
	Interval               // difference
	Ratio                  // difference over sum, for values from 0
)

// Conditions of Krippendorff's alpha, for errors.Is.
var (
	ErrNotPairable = errors.New("no object has values of two raters")
	ErrDuplicate   = errors.New("a rater has two values for one object")
	ErrTooMany     = errors.New("too many distinct values for the ratio metric")
	// ErrUnknownMetric is a Metric that is none of the four.
	ErrUnknownMetric = errors.New("unknown metric")
)

// mostRatioValues bounds the distinct values of the ratio metric, whose pairs have no closed form: 50,000 values are
// 1.25e9 pairs, a few seconds. Scores to a hundredth of a point have 10,001.
const mostRatioValues = 50_000

// Alpha is Krippendorff's alpha = 1 - Observed/Expected.
type Alpha struct {
	Value    float64
	Observed float64 // mean squared difference of two values of one object
	Expected float64 // of any two values
	Objects  int     // with at least two values
	Values   int     // of these objects; those of other objects do not count
}

// KrippendorffAlpha measures how far raters agree on objects (Krippendorff 2011), from cells in any order; a missing
// value has no cell. A rater has at most one value for an object. Values that do not vary give ErrNoVariation, since
// nothing then could have disagreed. Time grows as n log n, except that the ratio metric takes all pairs of distinct
// values. Cells in another order, and raters or objects with other IDs, give the same bits.
func KrippendorffAlpha(cells []Cell, metric Metric) (Alpha, error) {
	objects, err := pairable(cells)
	if err != nil {
		return Alpha{}, err
	}
	all := slices.Concat(objects...)
	slices.Sort(all)
	if all[0] == all[len(all)-1] {
		return Alpha{}, fmt.Errorf("all %d values are %g: %w", len(all), all[0], ErrNoVariation)
	}
	if metric == Ratio {
		if err := checkRatio(all); err != nil {
			return Alpha{}, err
		}
	}
	if metric == Ordinal {
		objects, all = midRanks(objects, all)
	}
	difference := map[Metric]func([]float64) float64{Nominal: unequal, Ordinal: squares, Interval: squares, Ratio: ratio}[metric]
	if difference == nil {
		return Alpha{}, fmt.Errorf("found metric %d, expected one from Nominal to Ratio: %w", metric, ErrUnknownMetric)
	}
	n := float64(len(all))
	terms := make([]float64, len(objects))
	for i, values := range objects {
		terms[i] = difference(values) / float64(len(values)-1)
	}
	a := Alpha{Observed: sum(terms) / n, Expected: difference(all) / (n * (n - 1)), Objects: len(objects), Values: len(all)}
	a.Value = 1 - a.Observed/a.Expected
	return a, nil
}

// pairable returns the values of each object that has at least two, ascending within an object.
func pairable(cells []Cell) ([][]float64, error) {
	if err := checkFinite(cells); err != nil {
		return nil, err
	}
	sorted := slices.Clone(cells)
	slices.SortFunc(sorted, func(a, b Cell) int { return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Rater, b.Rater)) })
	values := make([]float64, len(sorted))
	var objects [][]float64
	for from := 0; from < len(sorted); {
		to := from
		for ; to < len(sorted) && sorted[to].Object == sorted[from].Object; to++ {
			if to > from && sorted[to].Rater == sorted[to-1].Rater {
				return nil, fmt.Errorf("rater %d, object %d: found two values, expected one: %w", sorted[to].Rater, sorted[to].Object, ErrDuplicate)
			}
			values[to] = sorted[to].Value
		}
		if to > from+1 {
			slices.Sort(values[from:to])
			objects = append(objects, values[from:to])
		}
		from = to
	}
	if objects == nil {
		return nil, fmt.Errorf("found %d values, expected two of one object: %w", len(cells), ErrNotPairable)
	}
	return objects, nil
}

func checkRatio(sorted []float64) error {
	if sorted[0] < 0 {
		return fmt.Errorf("found %g, expected values from 0 with the ratio metric: %w", sorted[0], ErrNegative)
	}
	if distinct := len(slices.Compact(slices.Clone(sorted))); distinct > mostRatioValues {
		return fmt.Errorf("found %d, expected at most %d; round the values or take the interval metric: %w", distinct, mostRatioValues, ErrTooMany)
	}
	return nil
}

// midRanks replaces values by their mid-ranks among all: the ordinal difference of two values, the values from one to
// the other less half of those equal to either, is the difference of their mid-ranks.
func midRanks(objects [][]float64, all []float64) (ranked [][]float64, ranks []float64) {
	rank := func(v float64) float64 {
		from, _ := slices.BinarySearch(all, v)
		to, _ := slices.BinarySearch(all, math.Nextafter(v, math.Inf(1)))
		return float64(from+to+1) / 2
	}
	replace := func(values []float64) []float64 {
		out := make([]float64, len(values))
		for i, v := range values {
			if i > 0 && v == values[i-1] {
				out[i] = out[i-1]
			} else {
				out[i] = rank(v)
			}
		}
		return out
	}
	for _, values := range objects {
		ranked = append(ranked, replace(values))
	}
	return ranked, replace(all)
}

// unequal is the number of ordered pairs that differ, values ascending.
func unequal(sorted []float64) float64 {
	equal := 0.0
	for value := range runs(sorted) {
		equal += float64(value.count * value.count)
	}
	n := float64(len(sorted))
	return n*n - equal
}

// squares is the sum over ordered pairs of the squared difference: 2n times the squares around the mean.
func squares(sorted []float64) float64 {
	n := float64(len(sorted))
	var shift, total float64
	for _, v := range sorted {
		shift += v - sorted[0]
	}
	shift /= n
	for _, v := range sorted {
		d := v - sorted[0] - shift
		total += float64(d * d)
	}
	return 2 * n * total
}

// ratio is the sum over ordered pairs of ((a-b)/(a+b))^2, values from 0 ascending.
func ratio(sorted []float64) (total float64) {
	values := slices.Collect(runs(sorted))
	for i, a := range values {
		for _, b := range values[:i] {
			share := (a.value - b.value) / (a.value + b.value)
			total += 2 * a.count * b.count * float64(share*share)
		}
	}
	return total
}

// run is a value with the number of times it occurs.
type run struct{ value, count float64 }

// runs yields the distinct values of a sorted slice.
func runs(sorted []float64) func(yield func(run) bool) {
	return func(yield func(run) bool) {
		for from := 0; from < len(sorted); {
			to := from
			for to < len(sorted) && sorted[to] == sorted[from] {
				to++
			}
			if !yield(run{sorted[from], float64(to - from)}) {
				return
			}
			from = to
		}
	}
}
