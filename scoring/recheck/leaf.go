package recheck

import (
	"math"
	"math/big"

	"pingxin/scoring"
	"pingxin/scoring/recheck/exact"
)

// opinion is what one party, or a measurement (party None), says of a leaf.
type opinion struct {
	party    scoring.Party
	value    exact.Number // nil: nothing was said
	plain    exact.Number
	variance exact.Number // of value
	weight   exact.Number // beside the other opinions on the leaf, after the sample rule
	asked    exact.Number // the same as the policy has it
}

// node is an indicator of the tree with its worth.
type node struct {
	scoring.Indicator
	children     []*node
	opinions     []opinion
	value, plain exact.Number // nil: none
	share        exact.Number // of the whole
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
			all = append(all, r.scored(n, party, exact.Decimal(weight)))
		}
	}
	return all
}

// measured puts a share of what was due on the scale, where the ceiling ends it.
func (r *reckoning) measured(n *node, share exact.Number) opinion {
	o := opinion{variance: exact.Whole(0), weight: exact.Whole(1), asked: exact.Whole(1)}
	if share == nil {
		return o
	}
	ceiling := exact.Over(exact.Decimal(n.Ceiling), exact.Whole(100))
	o.value = exact.Plus(r.bottom, exact.Times(r.span, exact.Larger(exact.Whole(0), exact.Smaller(share, ceiling))))
	o.plain = o.value
	return o
}

// attained is the share of the target reached, of less where lower is better; nil without reading or sense. Nothing of
// what should be little earns the ceiling, which is more than any share counts.
func (r *reckoning) attained(n *node) exact.Number {
	for _, a := range r.ev.Attainments {
		switch {
		case a.Indicator != n.ID:
			continue
		case !a.Reached || a.Higher && a.Target <= 0:
			return nil
		case a.Higher:
			return exact.Over(exact.Decimal(a.Actual), exact.Decimal(a.Target))
		case a.Actual <= 0:
			return exact.Over(exact.Decimal(n.Ceiling), exact.Whole(100))
		}
		return exact.Over(exact.Decimal(a.Target), exact.Decimal(a.Actual))
	}
	return nil
}

func (r *reckoning) paid() exact.Number {
	if r.ev.Payments == 0 || r.ev.AmountFen <= 0 {
		return nil
	}
	return exact.Ratio(r.ev.PaidFen, r.ev.AmountFen)
}

// scored is the opinion of a party that gives scores.
func (r *reckoning) scored(n *node, party scoring.Party, weight exact.Number) opinion {
	o := opinion{party: party, weight: exact.Whole(0), asked: weight}
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
	o.plain = exact.Over(s.mean(), exact.Whole(tenThousand))
	if n.Kind == scoring.KindRate {
		o.value, o.variance = r.shareAbove(s, exact.Decimal(n.Pass))
	} else {
		o.value, o.variance = r.located(s, party)
	}
	population := 0
	if party == scoring.Recipient && r.ev.Recipients >= len(s) {
		population = r.ev.Recipients
	}
	if population > 0 { // of N people n were asked: the error is that of (N-n)/(N-1) of the variance
		left, all := int64(population-len(s)), int64(max(1, population-1))
		o.variance = exact.Times(o.variance, exact.Ratio(left, all))
	}
	o.weight = exact.Times(weight, r.sampleShare(party, len(s), population))
	return o
}

// sampleShare is the share of its weight that a party keeps with n answers: none below Shown, all from Full or when
// everybody answered.
func (r *reckoning) sampleShare(party scoring.Party, n, population int) exact.Number {
	answers := exact.Whole(n)
	if population > 0 {
		if n == population {
			answers = nil
		} else {
			answers = exact.Ratio(int64(n)*int64(population-1), int64(population-n))
		}
	}
	for i := len(r.policy.Sample) - 1; i >= 0; i-- {
		rule := r.policy.Sample[i]
		if rule.Party != party.String() {
			continue
		}
		switch {
		case answers == nil || !exact.Below(answers, exact.Whole(rule.Full)):
			return exact.Whole(1)
		case exact.Below(answers, exact.Whole(rule.Shown)):
			return exact.Whole(0)
		}
		return exact.Over(answers, exact.Whole(rule.Full))
	}
	return exact.Whole(1)
}

// located is the location of a party's scores, in points, and its variance: that of single scores, pooled with what the
// policy assumes of raters, over their number.
func (r *reckoning) located(s scores, party scoring.Party) (value, variance exact.Number) {
	rule := r.locationOf(party, len(s))
	g := s.ends(exact.Decimal(rule.Trim))
	var single exact.Number
	switch rule.Method {
	case "trimmed": // Tukey and McLaughlin: the winsorised variance over the square of the share kept
		value = s.withoutEnds(g).mean()
		kept := exact.Ratio(int64(len(s)-2*g), int64(len(s)))
		single = exact.Over(s.endsPulledIn(g).variance(), exact.Times(kept, kept))
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
	unit := exact.Whole(tenThousand)
	single = r.pooled(exact.Over(single, exact.Times(unit, unit)), len(s))
	return exact.Over(value, unit), exact.Over(single, exact.Whole(len(s)))
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

func (r *reckoning) pooled(observed exact.Number, n int) exact.Number {
	sd, df := exact.Decimal(r.policy.RaterError.SD), exact.Decimal(r.policy.RaterError.DF)
	freedom := exact.Plus(df, exact.Whole(n-1))
	if freedom.Sign() == 0 {
		return exact.Whole(0)
	}
	return exact.Over(exact.Plus(exact.Times(df, exact.Times(sd, sd)), exact.Times(exact.Whole(n-1), observed)), freedom)
}

// shareAbove puts the share of scores at or above the pass line on the scale; its error is half of Wilson's interval over z:
// the variance is (p(1-p)/n + z^2/(4n^2)) / (1 + z^2/n)^2.
func (r *reckoning) shareAbove(s scores, pass exact.Number) (value, variance exact.Number) {
	line, passed := exact.Times(pass, exact.Whole(tenThousand)), 0
	for _, v := range s {
		if !exact.Below(exact.Ratio(v, 1), line) {
			passed++
		}
	}
	n := exact.Whole(len(s))
	p := exact.Over(exact.Whole(passed), n)
	zz := exact.Times(r.z, r.z)
	spread := exact.Plus(exact.Over(exact.Times(p, exact.Minus(exact.Whole(1), p)), n), exact.Over(zz, exact.Times(exact.Whole(4), exact.Times(n, n))))
	shrink := exact.Plus(exact.Whole(1), exact.Over(zz, n))
	value = exact.Plus(r.bottom, exact.Times(r.span, p))
	return value, exact.Times(exact.Times(r.span, r.span), exact.Over(spread, exact.Times(shrink, shrink)))
}

// normalQuantile is the z of a two-sided interval. A float is enough: nine decimals are compared.
func normalQuantile(confidence float64) exact.Number {
	return new(big.Rat).SetFloat64(math.Sqrt2 * math.Erfinv(confidence))
}
