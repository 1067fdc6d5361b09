package integrity

import (
	"math"
	"slices"

	"pingxin/scoring"
)

// UnusualValue looks for values far from the middle of all, such as the mean of one rater among raters.
type UnusualValue struct {
	MinN   int     `toml:"min_n"`      // values to compare; 0 turns the rule off
	Cutoff float64 `toml:"cutoff"`     // modified z that is passed
	Apart  float64 `toml:"min_points"` // from the median at least, so that a hair is not a sign where all agree
}

// The constants of the modified z (Iglewicz and Hoaglin 1993): 0.6745 is the third quartile of the standard normal
// distribution, 1.253314 is sqrt(pi/2), its standard deviation over its mean absolute deviation.
const (
	normalQuartile = 0.6745
	normalMeanAD   = 1.253314
)

// The ways in which a modified z was computed.
const (
	ByMAD    = "mad"      // 0.6745 (x - median)/MAD, MAD the median absolute deviation, unscaled
	ByMeanAD = "mean_ad"  // (x - median)/(1.253314 * mean absolute deviation from the median), where MAD is 0
	Constant = "constant" // all values are equal; every z is 0
	None     = "none"     // there is no value
)

// Deviations is how far each of some values lies from their middle.
type Deviations struct {
	Method string
	Median float64
	MAD    float64
	MeanAD float64
	Z      []float64 // for each value, in the order given; NaN for NaN
}

// ModifiedZ returns the modified z of each value (Iglewicz and Hoaglin 1993). Values come in any order; NaN stands for
// none. All results are NaN when there is no value.
func ModifiedZ(values []float64) Deviations {
	known := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) {
			known = append(known, v)
		}
	}
	slices.Sort(known)
	d := Deviations{Median: scoring.Median(known), Z: make([]float64, len(values))}
	off := make([]float64, len(known))
	for i, v := range known {
		off[i] = math.Abs(v - d.Median)
	}
	slices.Sort(off)
	d.MAD, d.MeanAD = scoring.Median(off), scoring.Mean(off)
	var unit float64 // what a z of 1 is worth
	switch {
	case len(known) == 0:
		d.Method, unit = None, math.NaN()
	case d.MAD > 0:
		d.Method, unit = ByMAD, d.MAD/normalQuartile
	case d.MeanAD > 0:
		d.Method, unit = ByMeanAD, normalMeanAD*d.MeanAD
	default:
		d.Method, unit = Constant, 1
	}
	for i, v := range values {
		d.Z[i] = (v - d.Median) / unit
	}
	return d
}

// Flags finds the readings, in points, whose modified z passes the cutoff and that lie the policy's points or more from
// the median. Equal values give none. Statistic is the modified z with its sign, Threshold the cutoff with the same
// sign, N the number of values.
func (r UnusualValue) Flags(readings []Reading) ([]Flag, error) {
	if err := unsound(r.check); err != nil || r.MinN == 0 {
		return nil, err
	}
	kept, _, err := present(readings)
	if err != nil || len(kept) < r.MinN {
		return nil, err
	}
	values := make([]float64, len(kept))
	for i, k := range kept {
		values[i] = k.Value
	}
	d := ModifiedZ(values)
	var flags []Flag
	for i, z := range d.Z {
		if math.Abs(z) > r.Cutoff && math.Abs(values[i]-d.Median) >= r.Apart {
			flags = append(flags, Flag{Rule: RuleUnusualValue, Subject: kept[i].Subject, Ref: kept[i].Ref,
				Statistic: z, Threshold: math.Copysign(r.Cutoff, z), N: len(kept)})
		}
	}
	return flags, nil
}

func (r UnusualValue) check(c *checker) {
	const key = "integrity.unusual_value"
	if c.enabled(key, r.MinN, 3) { // of two values neither is unusual
		c.between(key+".cutoff", r.Cutoff, 1, math.MaxFloat64)
		c.between(key+".min_points", r.Apart, 0, math.MaxFloat64)
	}
}
