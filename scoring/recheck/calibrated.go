package recheck

import (
	"slices"

	"pingxin/scoring"
	"pingxin/scoring/recheck/exact"
)

// stratum are the scores of one party on one leaf that count alike: as they were given, and with the severity of those who
// gave them taken out.
type stratum struct {
	weight          exact.Number
	given, unbiased scores
}

// strata divides the scores of a cell by what they count; known says whether any severity is.
func (r *reckoning) strata(c *scoring.Cell) (all []stratum, known bool) {
	named := len(c.Raters) == len(c.Values) && r.calibration != nil
	adjusts := r.policy.Severity.Use != scoring.UseNot && slices.Contains(r.policy.Severity.Parties, c.Party.String())
	for i, v := range c.Values {
		given, unbiased, weight := int64(v), int64(v), exact.Whole(1)
		if named {
			rater := r.calibration.Raters[c.Raters[i]]
			weight = r.weightOf(rater)
			if adjusts && rater.Comparable {
				known = true
				unbiased -= r.within(int64(rater.Severity))
			}
		}
		at := slices.IndexFunc(all, func(s stratum) bool { return s.weight.Cmp(weight) == 0 })
		if at < 0 {
			at, all = len(all), append(all, stratum{weight: weight})
		}
		all[at].given, all[at].unbiased = append(all[at].given, given), append(all[at].unbiased, unbiased)
	}
	for _, s := range all {
		s.given.sorted()
		s.unbiased.sorted()
	}
	return all, known
}

// weightOf is the smallest weight that a rule gives the flags of a rater.
func (r *reckoning) weightOf(rater scoring.Rater) exact.Number {
	weight := exact.Whole(1)
	for _, rule := range r.policy.Flags {
		if slices.Contains(rater.Flags, rule.Flag) {
			weight = exact.Smaller(weight, exact.Decimal(rule.Weight))
		}
	}
	return weight
}

// within holds a severity to the most that the policy moves a score by, in whole ten-thousandths.
func (r *reckoning) within(severity int64) int64 {
	most := exact.Times(exact.Decimal(r.policy.Severity.Limit), exact.Whole(tenThousand))
	limit := most.Num().Int64() / most.Denom().Int64()
	return max(-limit, min(limit, severity))
}

// pool combines the locations of strata, each by its number and what it counts, as of independent samples; nil when none
// counts. counted is the share of the scores that do.
func pool(all []stratum, locate func(*stratum) (value, variance exact.Number)) (value, variance, counted exact.Number) {
	total, n := exact.Whole(0), 0
	value, variance = exact.Whole(0), exact.Whole(0)
	for i := range all {
		s := &all[i]
		n += len(s.given)
		if s.weight.Sign() == 0 {
			continue
		}
		v, e := locate(s)
		weight := exact.Times(s.weight, exact.Whole(len(s.given)))
		total = exact.Plus(total, weight)
		value = exact.Plus(value, exact.Times(weight, v))
		variance = exact.Plus(variance, exact.Times(exact.Times(weight, weight), e))
	}
	if total.Sign() == 0 {
		return nil, nil, total
	}
	return exact.Over(value, total), exact.Over(variance, exact.Times(total, total)), exact.Over(total, exact.Whole(n))
}

// drawn is the value drawn toward the mean of its peers by the weight variance/(variance + se^2) of its own evidence; nil
// when the policy or the calibration knows of none.
func (r *reckoning) drawn(value, se exact.Number) (shrunken, weight exact.Number) {
	if r.policy.Shrinkage.Use == scoring.UseNot || r.calibration == nil {
		return nil, nil
	}
	peer, known := r.calibration.Peers[r.ev.Peer]
	if !known {
		return nil, nil
	}
	mean, between, own := exact.Decimal(peer.Mean), exact.Decimal(peer.Variance), exact.Times(se, se)
	weight = exact.Whole(1)
	if own.Sign() > 0 {
		weight = exact.Over(between, exact.Plus(between, own))
	}
	return exact.Plus(mean, exact.Times(weight, exact.Minus(value, mean))), weight
}
