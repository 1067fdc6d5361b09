package scoring

import (
	"math"
	"slices"
)

// Calibration is what was estimated from everybody, an input of a run beside its policy: an evaluation rests on its own
// evidence, the policy and the calibration, and one new score elsewhere does not move it. It is not changed once made.
type Calibration struct {
	Peers  map[string]Peer // by the peer group of an Evidence
	Raters map[int32]Rater // by the numbers in Cell.Raters
	// Quartiles are what may stand for a missing party; none where too few contracts were estimated from.
	Quartiles map[QuartileKey]Quartile
}

// Rater is what a calibration says of one rater.
type Rater struct {
	// Severity is how much more or less than others the rater gives, in ten-thousandths of a point: negative is strict.
	Severity   int32
	Comparable bool     // whether Severity means anything: the rater is joined with the others through common contracts
	Flags      []string // names of the integrity rules that the rater met
}

// The uses of an estimate: not at all, shown beside the value, or as the value.
const (
	UseNot   = ""
	UseShow  = "show"
	UseApply = "apply"
)

// Shrinkage says what is done with the value drawn toward its peer group.
type Shrinkage struct {
	Use string `toml:"use"` // "show" or "apply"
}

// SeverityRule says what is done with the severity of raters.
type SeverityRule struct {
	Use     string   `toml:"use"`     // "show" or "apply"
	Parties []string `toml:"parties"` // whose scores are adjusted
	Limit   float64  `toml:"limit"`   // most points by which a score is moved
}

// FlagRule lets the scores of raters with a flag count less. Without such a rule flags change nothing.
type FlagRule struct {
	Flag   string  `toml:"flag"`   // name of the integrity rule
	Weight float64 `toml:"weight"` // of their scores beside those of others; 0 sets them aside
}

// AsksRaters says whether the judge has to know who gave a score.
func (j *Judge) AsksRaters() bool {
	return len(j.raters) > 0 && (j.policy.Severity.Use != UseNot || len(j.policy.Flags) > 0)
}

// weightOf is what a rater's scores count, by the strictest of the rules that apply.
func (j *Judge) weightOf(rater int32) float64 {
	weight := 1.0
	for _, rule := range j.policy.Flags {
		if rule.Weight < weight && slices.Contains(j.raters[rater].Flags, rule.Flag) {
			weight = rule.Weight
		}
	}
	return weight
}

// unbiased is a score with the severity of its rater taken out, moved by at most the policy's limit; known is false
// when the severity is not, and the score then comes back as it is.
func (j *Judge) unbiased(score, rater int32) (adjusted int32, known bool) {
	r := j.raters[rater]
	if !r.Comparable {
		return score, false
	}
	limit := int32(math.Round(j.policy.Severity.Limit * e4))
	return score - min(max(r.Severity, -limit), limit), true
}

// checkCalibration checks the rules on what is estimated from everybody.
func (p *Policy) checkCalibration(c *checker) {
	c.oneOf("evaluation.shrinkage.use", p.Shrinkage.Use, UseNot, UseShow, UseApply)
	c.oneOf("evaluation.severity.use", p.Severity.Use, UseNot, UseShow, UseApply)
	if p.Severity.Use != UseNot {
		if len(p.Severity.Parties) == 0 {
			c.fault("evaluation.severity.parties", "found none, expected the parties whose scores are adjusted")
		}
		if !(p.Severity.Limit > 0 && p.Severity.Limit <= p.Scale.High-p.Scale.Low) {
			c.fault("evaluation.severity.limit", "found %g, expected points above 0 and within the scale", p.Severity.Limit)
		}
	}
	for _, word := range p.Severity.Parties {
		c.oneOf("evaluation.severity.parties", word, "purchaser", "recipient", "third_party")
	}
	for i, rule := range p.Flags {
		if rule.Flag == "" || !(rule.Weight >= 0 && rule.Weight < 1) {
			c.fault("evaluation.flag_rule", "found flag %q with weight %g in rule %d, expected the name of an integrity rule and a weight from 0 and below 1", rule.Flag, rule.Weight, i+1)
		}
	}
	if p.Combine == "steps" && p.Imputes() {
		c.fault("evaluation.missing_party", "found \"impute\" with combine \"steps\", expected another word: steps have no standard error to show what a value put in is worth")
	}
	if p.Combine == "steps" && p.Shrinkage.Use != UseNot {
		c.fault("evaluation.shrinkage.use", "found %q with combine \"steps\", expected none: steps have no standard error", p.Shrinkage.Use)
	}
	if p.Combine != "arithmetic" && p.Severity.Use != UseNot {
		c.fault("evaluation.severity.use", "found %q with combine %q, expected none: an adjusted score may lie outside the scale", p.Severity.Use, p.Combine)
	}
}
