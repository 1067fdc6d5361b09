package recheck

import (
	"math"
	"math/big"

	"pingxin/scoring"
)

// opinion is what one party, or a measurement (party None), says of a leaf.
type opinion struct {
	party    scoring.Party
	value    number // nil: nothing was said
	plain    number
	variance number // of value
	weight   number // beside the other opinions on the leaf, after the sample rule
	asked    number // the same as the policy has it
}

// node is an indicator of the tree with its worth.
type node struct {
	scoring.Indicator
	children     []*node
	opinions     []opinion
	value, plain number // nil: none
	share        number // of the whole
}

func (r *reckoning) opinionsOn(n *node) []opinion {
	switch n.Kind {
	case scoring.KindAttainment:
		return []opinion{r.measured(n, r.attained(n))}
	case scoring.KindMoney:
		return []opinion{r.measured(n, r.paid())}
	}
	var all []opinion
	for _, party := range []scoring.Party{scoring.Purchaser, scoring.Recipient, scoring.ThirdParty} {
		if weight, asks := n.Parties[party.String()]; asks {
			all = append(all, r.scored(n, party, decimal(weight)))
		}
	}
	return all
}

// measured puts a share of what was due on the scale, where the ceiling ends it.
func (r *reckoning) measured(n *node, share number) opinion {
	o := opinion{variance: whole(0), weight: whole(1), asked: whole(1)}
	if share == nil {
		return o
	}
	ceiling := over(decimal(n.Ceiling), whole(100))
	o.value = plus(r.bottom, times(r.span, larger(whole(0), smaller(share, ceiling))))
	o.plain = o.value
	return o
}

// attained is the share of the target reached, of less where lower is better; nil without reading or sense. Nothing of
// what should be little earns the ceiling, which is more than any share counts.
func (r *reckoning) attained(n *node) number {
	for _, a := range r.ev.Attainments {
		switch {
		case a.Indicator != n.ID:
			continue
		case !a.Reached || a.Higher && a.Target <= 0:
			return nil
		case a.Higher:
			return over(decimal(a.Actual), decimal(a.Target))
		case a.Actual <= 0:
			return over(decimal(n.Ceiling), whole(100))
		}
		return over(decimal(a.Target), decimal(a.Actual))
	}
	return nil
}

func (r *reckoning) paid() number {
	if r.ev.Payments == 0 || r.ev.AmountFen <= 0 {
		return nil
	}
	return ratio(r.ev.PaidFen, r.ev.AmountFen)
}

// scored is the opinion of a party that gives scores.
func (r *reckoning) scored(n *node, party scoring.Party, weight number) opinion {
	o := opinion{party: party, weight: whole(0), asked: weight}
	var s scores
	for _, c := range r.ev.Cells {
		if c.Indicator == n.ID && c.Party == party {
			s = sortedScores(c.Values)
		}
	}
	if len(s) == 0 {
		return o
	}
	r.counts[party] = max(r.counts[party], len(s))
	o.plain = over(s.mean(), whole(tenThousand))
	if n.Kind == scoring.KindRate {
		o.value, o.variance = r.shareAbove(s, decimal(n.Pass))
	} else {
		o.value, o.variance = r.located(s, party)
	}
	population := 0
	if party == scoring.Recipient && r.ev.Recipients >= len(s) {
		population = r.ev.Recipients
	}
	if population > 0 { // of N people n were asked: the error is that of (N-n)/(N-1) of the variance
		left, all := int64(population-len(s)), int64(max(1, population-1))
		o.variance = times(o.variance, ratio(left, all))
	}
	o.weight = times(weight, r.sampleShare(party, len(s), population))
	return o
}

// sampleShare is the share of its weight that a party keeps with n answers: none below Shown, all from Full or when
// everybody answered.
func (r *reckoning) sampleShare(party scoring.Party, n, population int) number {
	answers := whole(n)
	if population > 0 {
		if n == population {
			answers = nil
		} else {
			answers = ratio(int64(n)*int64(population-1), int64(population-n))
		}
	}
	for i := len(r.policy.Sample) - 1; i >= 0; i-- {
		rule := r.policy.Sample[i]
		if rule.Party != party.String() {
			continue
		}
		switch {
		case answers == nil || !below(answers, whole(rule.Full)):
			return whole(1)
		case below(answers, whole(rule.Shown)):
			return whole(0)
		}
		return over(answers, whole(rule.Full))
	}
	return whole(1)
}

// located is the location of a party's scores, in points, and its variance: that of single scores, pooled with what the
// policy assumes of raters, over their number.
func (r *reckoning) located(s scores, party scoring.Party) (value, variance number) {
	rule := r.locationOf(party, len(s))
	g := s.ends(decimal(rule.Trim))
	var single number
	switch rule.Method {
	case "trimmed": // Tukey and McLaughlin: the winsorised variance over the square of the share kept
		value = s.withoutEnds(g).mean()
		kept := ratio(int64(len(s)-2*g), int64(len(s)))
		single = over(s.endsPulledIn(g).variance(), times(kept, kept))
	case "winsorised":
		value = s.endsPulledIn(g).mean()
	case "median":
		value = s.median()
	case "hodges_lehmann":
		value = s.pairMedian()
	case "huber":
		value = s.huber()
	default:
		value = s.mean()
	}
	if single == nil {
		single = s.variance()
	}
	unit := whole(tenThousand)
	single = r.pooled(over(single, times(unit, unit)), len(s))
	return over(value, unit), over(single, whole(len(s)))
}

func (r *reckoning) locationOf(party scoring.Party, n int) scoring.Location {
	for i := len(r.policy.Location) - 1; i >= 0; i-- {
		if rule := r.policy.Location[i]; rule.Party == party.String() && n >= rule.From {
			return rule
		} else if rule.Party == party.String() {
			break
		}
	}
	return scoring.Location{Method: "mean"}
}

func (r *reckoning) pooled(observed number, n int) number {
	sd, df := decimal(r.policy.RaterError.SD), decimal(r.policy.RaterError.DF)
	freedom := plus(df, whole(n-1))
	if freedom.Sign() == 0 {
		return whole(0)
	}
	return over(plus(times(df, times(sd, sd)), times(whole(n-1), observed)), freedom)
}

// shareAbove puts the share of scores at or above the pass line on the scale; its error is half of Wilson's interval over z:
// the variance is (p(1-p)/n + z^2/(4n^2)) / (1 + z^2/n)^2.
func (r *reckoning) shareAbove(s scores, pass number) (value, variance number) {
	line, passed := times(pass, whole(tenThousand)), 0
	for _, v := range s {
		if !below(ratio(v, 1), line) {
			passed++
		}
	}
	n := whole(len(s))
	p := over(whole(passed), n)
	zz := times(r.z, r.z)
	spread := plus(over(times(p, minus(whole(1), p)), n), over(zz, times(whole(4), times(n, n))))
	shrink := plus(whole(1), over(zz, n))
	value = plus(r.bottom, times(r.span, p))
	return value, times(times(r.span, r.span), over(spread, times(shrink, shrink)))
}

// normalQuantile is the z of a two-sided interval. A float is enough: nine decimals are compared.
func normalQuantile(confidence float64) number {
	return new(big.Rat).SetFloat64(math.Sqrt2 * math.Erfinv(confidence))
}
