package integrity

import (
	"math"

	"pingxin/scoring"
)

// PartiesApart looks for contracts on which two parties differ far more, or in the other direction, than they do
// elsewhere.
type PartiesApart struct {
	MinN  int     `toml:"min_n"`      // contracts to compare; 0 turns the rule off
	Fence float64 `toml:"fence"`      // interquartile ranges beyond the quartiles
	Apart float64 `toml:"min_points"` // from the median at least, so that a hair is not a sign where all agree
}

// Fences returns the quartiles (type 7) moved out by k interquartile ranges (Tukey 1977), of values in ascending order.
// They are NaN where the quartiles coincide, and where there is no value: such values have no width to measure by.
func Fences(sorted []float64, k float64) (low, high float64) {
	first, third := scoring.Quantile(sorted, 0.25), scoring.Quantile(sorted, 0.75)
	if !(first < third) {
		return math.NaN(), math.NaN()
	}
	reach := float64(k * (third - first))
	return first - reach, third + reach
}

// Flags finds the contracts whose difference between two parties, in points, lies beyond a fence and the policy's points
// or more from the median. Where the quartiles of the differences coincide, nothing is flagged. Statistic is the
// difference, Threshold the fence that it passed, N the number of contracts with a difference.
func (r PartiesApart) Flags(differences []Reading) ([]Flag, error) {
	if err := unsound(r.check); err != nil || r.MinN == 0 {
		return nil, err
	}
	kept, values, err := present(differences)
	if err != nil || len(kept) < r.MinN {
		return nil, err
	}
	low, high := Fences(values, r.Fence)
	median := scoring.Median(values)
	var flags []Flag
	for _, k := range kept {
		if !(k.Value < low || k.Value > high) || math.Abs(k.Value-median) < r.Apart {
			continue
		}
		passed := high
		if k.Value < low {
			passed = low
		}
		flags = append(flags, Flag{Rule: RulePartiesApart, Subject: k.Subject, Ref: k.Ref, Statistic: k.Value, Threshold: passed, N: len(kept)})
	}
	return flags, nil
}

func (r PartiesApart) check(c *checker) {
	const key = "integrity.parties_apart"
	if c.enabled(key, r.MinN, 4) { // quartiles of fewer are the values themselves
		c.between(key+".fence", r.Fence, 1, 10)
		c.between(key+".min_points", r.Apart, 0, math.MaxFloat64)
	}
}
