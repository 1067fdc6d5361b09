package recheck

import (
	"math"
	"math/big"
	"slices"

	"pingxin/scoring"
	"pingxin/scoring/recheck/exact"
)

// reading is a value and what it would be by another reading of the scores; nil where there is none.
type reading struct {
	value    exact.Number // the one that is used
	plain    exact.Number // from plain means
	raw      exact.Number // from the scores as they were given
	adjusted exact.Number // with severities taken out
}

// opinion is what one party, or a measurement (party None), says of a leaf.
type opinion struct {
	reading
	party    scoring.Party
	variance exact.Number // of value
	weight   exact.Number // beside the other opinions on the leaf, after the sample rule
	asked    exact.Number // the same as the policy has it
}

// node is an indicator of the tree with its worth.
type node struct {
	scoring.Indicator
	reading
	children []*node
	opinions []opinion
	share    exact.Number // of the whole
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
	o.plain, o.raw = o.value, o.value
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
	at := slices.IndexFunc(r.ev.Cells, func(c scoring.Cell) bool { return c.Indicator == n.ID && c.Party == party && len(c.Values) > 0 })
	if at < 0 {
		return o
	}
	cell := &r.ev.Cells[at]
	answers := len(cell.Values)
	r.counts[party] = max(r.counts[party], answers)
	o.plain = exact.Over(sortedScores(cell.Values).mean(), exact.Whole(tenThousand))
	counted := r.read(&o, n, cell)
	if counted.Sign() == 0 {
		return o
	}
	population := 0
	if party == scoring.Recipient && r.ev.Recipients >= answers {
		population = r.ev.Recipients
	}
	if population > 0 { // of N people n were asked: the error is that of (N-n)/N of the variance
		o.variance = exact.Times(o.variance, exact.Ratio(int64(population-answers), int64(population)))
	}
	o.weight = exact.Times(weight, r.sampleShare(party, answers, population, counted))
	return o
}

// read finds the readings of a cell and the share of its scores that count. Severities are taken out of scores, not of the
// share of those who pass.
func (r *reckoning) read(o *opinion, n *node, cell *scoring.Cell) (counted exact.Number) {
	strata, known := r.strata(cell)
	locate := func(s scores) (value, variance exact.Number) {
		if n.Kind == scoring.KindRate {
			return r.shareAbove(s, exact.Decimal(n.Pass))
		}
		return r.located(s, o.party)
	}
	o.raw, o.variance, counted = pool(strata, func(s *stratum) (value, variance exact.Number) { return locate(s.given) })
	o.value = o.raw
	if known && n.Kind == scoring.KindScore && counted.Sign() > 0 {
		adjusted, variance, _ := pool(strata, func(s *stratum) (value, variance exact.Number) { return locate(s.unbiased) })
		if o.adjusted = adjusted; r.policy.Severity.Use == scoring.UseApply {
			o.value, o.variance = adjusted, variance
		}
	}
	return counted
}

// sampleShare is the share of its weight that a party keeps with n answers, of which a share counts: none below Shown, all
// from Full. Everybody's answers are as good as Full of them.
func (r *reckoning) sampleShare(party scoring.Party, n, population int, counted exact.Number) exact.Number {
	at := slices.IndexFunc(r.policy.Sample, func(s scoring.Sample) bool { return s.Party == party.String() })
	if at < 0 {
		return exact.Whole(1)
	}
	rule := r.policy.Sample[at]
	answers := exact.Whole(n)
	switch {
	case population > 0 && n == population:
		answers = exact.Whole(max(n, rule.Full))
	case population > 0:
		answers = exact.Ratio(int64(n)*int64(population), int64(population-n))
	}
	answers = exact.Times(answers, counted)
	switch {
	case exact.Below(answers, exact.Whole(rule.Shown)):
		return exact.Whole(0)
	case exact.Below(answers, exact.Whole(rule.Full)):
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
	case "winsorised": // Dixon and Tukey: about that of the trimmed mean
		value = s.endsPulledIn(g).mean()
		kept := exact.Ratio(int64(len(s)-2*g), int64(len(s)))
		single = exact.Over(s.endsPulledIn(g).variance(), exact.Times(kept, kept))
	case "median": // on normal data the variance of a mean over 2/pi
		value, single = s.median(), exact.Times(s.variance(), new(big.Rat).SetFloat64(math.Pi/2))
	case "hodges_lehmann": // over 3/pi
		value, single = s.pairMedian(), exact.Times(s.variance(), new(big.Rat).SetFloat64(math.Pi/3))
	case "huber": // over the efficiency of k = 1.5
		value, single = s.huber(), exact.Over(s.variance(), exact.Ratio(9642, 10_000))
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
	at := slices.IndexFunc(r.policy.Location, func(l scoring.Location) bool { return l.Party == party.String() })
	if at < 0 || n < r.policy.Location[at].From {
		return scoring.Location{Method: "mean"}
	}
	return r.policy.Location[at]
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
