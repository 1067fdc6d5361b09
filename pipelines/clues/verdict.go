package clues

import (
	"math"
	"slices"

	"pingxin/scoring"
)

// Verdict is what a person found of a clue.
type Verdict string

// The verdicts. An unclear one counts neither for nor against the rule.
const (
	Confirmed Verdict = "confirmed" // there was something to put right
	Explained Verdict = "explained" // there was a good reason
	Unclear   Verdict = "unclear"
)

// Verdicts lists them in the order in which readers see them.
var Verdicts = []Verdict{Confirmed, Explained, Unclear}

// Known says whether the word is a verdict.
func (v Verdict) Known() bool { return slices.Contains(Verdicts, v) }

// Retirement says when a rule is no longer worth a person's time.
type Retirement struct {
	MinN       int     `toml:"min_n"`      // verdicts that say yes or no, before a rule is measured; 0: no rule is retired
	Below      float64 `toml:"below"`      // precision below which a rule is retired
	Confidence float64 `toml:"confidence"` // of the interval around a precision, which has to lie below as a whole
}

// Record is how the clues of a rule turned out, by the last verdict on each.
type Record struct{ Confirmed, Explained, Unclear int }

// Precision is the share of confirmed clues among those with a verdict that says yes or no, with its Wilson interval; N
// is their number. All are NaN without any.
type Precision struct {
	N                int
	Value, Low, High float64
	Retired          bool // by the policy: enough verdicts, and the whole interval below the line
}

// Of measures a rule by its record.
func (r Retirement) Of(record Record) Precision {
	p := Precision{N: record.Confirmed + record.Explained, Value: math.NaN()}
	p.Low, p.High = scoring.WilsonInterval(record.Confirmed, p.N, r.Confidence)
	if p.N > 0 {
		p.Value = float64(record.Confirmed) / float64(p.N)
	}
	p.Retired = r.MinN > 0 && p.N >= r.MinN && p.High < r.Below
	return p
}

func (r Retirement) check(c *checker) {
	const key = "retirement"
	if c.enabled(key, r.MinN, 5) { // the interval of fewer reaches across all
		c.between(key+".below", r.Below, 0, 1)
	}
	if !(r.Confidence > 0 && r.Confidence < 1) { // by which a precision is shown, too
		c.fault(key+".confidence", "found %g, expected more than 0 and less than 1, such as 0.9", r.Confidence)
	}
}
