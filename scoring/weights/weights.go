// Package weights decides how much the indicators of a policy are to weigh, and how much hangs on it: weights from
// judgements of pairs (the analytic hierarchy process), weights from the spread of the data (entropy, CRITIC), TOPSIS as
// a second ranking beside the weighted mean, and how far order and grades of the objects stand when the weights move.
// It proposes. Adopting weights is the act of a person who puts them into a policy; where judgements and values come
// from, and how they are shown, is left to others: the package knows no file, storage or clock.
package weights

import (
	"errors"
	"fmt"
	"math"
)

// The conditions that an error of this package names, for errors.Is.
var (
	ErrJudgement    = errors.New("unusable judgement")       // a ratio, pair or cell of a matrix of judgements
	ErrSize         = errors.New("unusable size")            // too few or too many of something, or lengths that differ
	ErrIdentity     = errors.New("unusable id")              // an id that is empty, used twice, or differs between judges
	ErrValue        = errors.New("unusable value")           // NaN, infinite, negative where a share is taken, or too large
	ErrWeights      = errors.New("unusable weights")         // negative, not finite, or not adding up to 1
	ErrNoDifference = errors.New("nothing tells them apart") // all columns constant, or all saying the same
	ErrSetting      = errors.New("unusable setting")         // of a rounding or a simulation
)

// sumTolerance is how far weights may be from 1 after adding them as floats.
const sumTolerance = 1e-9

// checkWeights asks one weight per criterion, none negative, which add up to 1.
func checkWeights(criteria int, w []float64) error {
	if len(w) != criteria {
		return fmt.Errorf("%w: found %d weights, expected one for each of the %d criteria", ErrWeights, len(w), criteria)
	}
	var sum float64
	for i, v := range w {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%w: found %g in place %d, expected a number from 0 to 1", ErrWeights, v, i+1)
		}
		sum += v
	}
	if math.Abs(sum-1) > sumTolerance {
		return fmt.Errorf("%w: they add up to %g, expected 1", ErrWeights, sum)
	}
	return nil
}

// checkIDs asks ids that are there and used once each; what names them in the error.
func checkIDs(what string, ids []string) error {
	seen := make(map[string]bool, len(ids))
	for i, id := range ids {
		if id == "" || seen[id] {
			return fmt.Errorf("%w: %s %d has the id %q, expected one of its own", ErrIdentity, what, i+1, id)
		}
		seen[id] = true
	}
	return nil
}

// normalised divides by the sum.
func normalised(v []float64) []float64 {
	var sum float64
	for _, x := range v {
		sum += x
	}
	shares := make([]float64, len(v))
	for i, x := range v {
		shares[i] = x / sum
	}
	return shares
}
