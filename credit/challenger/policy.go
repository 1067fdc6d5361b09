// Package challenger fits the statistical scorecard that stands beside the rule score: weights of evidence in monotone
// bins, a logistic regression on them, and points. It decides how records of the past become such a scorecard, what a
// record scores by it and why, and how it does beside the rule score on the same records. It leaves to others where the
// records come from, and it never replaces a rating: a challenger is shown next to the rule score or not at all.
package challenger

import (
	"fmt"
	"math"
)

// Policy is the numbers of a fit. A model carries the policy that it was made by.
type Policy struct {
	BaseScore float64 `json:"base_score"` // points at the base odds
	BaseOdds  float64 `json:"base_odds"`  // good to bad
	PDO       float64 `json:"pdo"`        // points that double the odds
	Decimals  int     `json:"decimals"`   // of the points of a bin, 0 to 9

	FineBins   int     `json:"fine_bins"`   // most bins by quantiles that a number is cut into before they are pooled
	MaxBins    int     `json:"max_bins"`    // most bins of a number in the end, without the one of missing values
	MinShare   float64 `json:"min_share"`   // of the records, in a bin of a number
	MergeBelow float64 `json:"merge_below"` // neighbouring bins whose chi-square is less become one

	Ridge      float64 `json:"ridge"`        // penalty on standardised coefficients where the classes separate
	BadPerTerm float64 `json:"bad_per_term"` // fewer bad records (or good ones, if rarer) for each coefficient are warned of
}

// DefaultPolicy is what a fit uses where nothing else is asked.
func DefaultPolicy() Policy {
	return Policy{
		BaseScore: 600, BaseOdds: 50, PDO: 20, // usual in the trade (Siddiqi 2006), and far from 0 to 100: nobody takes such a number for a rule score
		Decimals: 0, // points that a person can add up; what rounding costs stands in the model

		FineBins: 20, MinShare: 0.05, // five in a hundred: the usual least share of an attribute (Siddiqi 2006)
		MaxBins:    6,                 // what fits on a page and in a memory (ours)
		MergeBelow: 3.841458820694124, // chi-square with one degree of freedom at 5 percent, as ChiMerge stops (Kerber 1992)

		Ridge:      1,  // a normal prior of deviation 1: a standard deviation of an input changes the odds by about e (ours)
		BadPerTerm: 10, // Peduzzi et al. 1996: fewer events for each coefficient bias it
	}
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p Policy) Check() []error {
	var faults []error
	fault := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("challenger.%s: %s", key, fmt.Sprintf(format, args...)))
	}
	above := func(key string, v float64) {
		if !(v > 0) || math.IsInf(v, 1) {
			fault(key, "found %g, expected a number above 0", v)
		}
	}
	if math.IsNaN(p.BaseScore) || math.Abs(p.BaseScore) > 1e6 {
		fault("base_score", "found %g, expected a number within a million of 0", p.BaseScore)
	}
	above("base_odds", p.BaseOdds)
	above("pdo", p.PDO)
	if p.Decimals < 0 || p.Decimals > 9 {
		fault("decimals", "found %d, expected 0 to 9", p.Decimals)
	}
	if p.MaxBins < 2 || p.FineBins < p.MaxBins {
		fault("max_bins", "found %d of %d fine bins, expected at least 2 and at most as many as there are fine bins", p.MaxBins, p.FineBins)
	}
	if !(p.MinShare >= 0 && p.MinShare <= 0.5) {
		fault("min_share", "found %g, expected a share from 0 to 0.5", p.MinShare)
	}
	if !(p.MergeBelow >= 0) || math.IsInf(p.MergeBelow, 1) {
		fault("merge_below", "found %g, expected a chi-square from 0", p.MergeBelow)
	}
	above("ridge", p.Ridge)
	if !(p.BadPerTerm >= 0) || math.IsInf(p.BadPerTerm, 1) {
		fault("bad_per_term", "found %g, expected a number from 0", p.BadPerTerm)
	}
	return faults
}

// factor is what a natural logarithm of the odds is worth in points.
func (p Policy) factor() float64 { return p.PDO / math.Ln2 }

// offset is the score at odds of one to one.
func (p Policy) offset() float64 { return p.BaseScore - float64(p.factor()*math.Log(p.BaseOdds)) }

// Score is the score, not rounded, of the log odds of being bad: offset - factor*logOdds.
func (p Policy) Score(logOddsBad float64) float64 { return p.offset() - float64(p.factor()*logOddsBad) }
