package recheck

import (
	"math/big"
	"time"

	"pingxin/scoring"
)

// reckoning is one evaluation computed anew.
type reckoning struct {
	policy       *scoring.Policy
	ev           *scoring.Evidence
	asOf         time.Time
	bottom, span number // of the scale
	z            number
	top          []*node
	all          []*node // in the order of the policy
	byID         map[string]*node
	counts       [4]int
	result       result
}

// result is what an evaluation must say. value is unrounded; all numbers are nil where there is none.
type result struct {
	status                      scoring.Status
	value, low, high, se, plain number
	missing                     []scoring.Party
}

func reckon(p *scoring.Policy, ev *scoring.Evidence, asOf time.Time) (*reckoning, error) {
	r := &reckoning{policy: p, ev: ev, asOf: asOf, bottom: decimal(p.Scale.Low), byID: map[string]*node{}, z: normalQuantile(p.Confidence)}
	r.span = minus(decimal(p.Scale.High), r.bottom)
	for _, i := range p.Indicators {
		n := &node{Indicator: i, share: whole(0)}
		r.byID[i.ID] = n
		r.all = append(r.all, n)
		if parent := r.byID[i.Parent]; parent != nil {
			parent.children = append(parent.children, n)
		} else {
			r.top = append(r.top, n)
		}
	}
	for _, n := range r.top {
		if err := r.assess(n); err != nil {
			return nil, err
		}
	}
	if err := r.conclude(); err != nil {
		return nil, err
	}
	return r, nil
}

// assess gives a node its value, after those below it.
func (r *reckoning) assess(n *node) error {
	var values, plains, weights, asked []number
	for _, child := range n.children {
		if err := r.assess(child); err != nil {
			return err
		}
		values, plains = append(values, child.value), append(plains, child.plain)
		weights, asked = append(weights, decimal(child.Weight)), append(asked, decimal(child.Weight))
	}
	if n.Kind != "" {
		n.opinions = r.opinionsOn(n)
		for _, o := range n.opinions {
			values, plains, weights, asked = append(values, o.value), append(plains, o.plain), append(weights, o.weight), append(asked, o.asked)
		}
	}
	return r.settle(n, values, plains, weights, asked)
}

func (r *reckoning) settle(n *node, values, plains, weights, asked []number) (err error) {
	if n.plain, err = r.mean(plains, asked); err != nil {
		return err
	}
	if n.Kind == "" && present(values) < n.MinPresent {
		return nil
	}
	n.value, err = r.mean(values, weights)
	return err
}

func present(values []number) (count int) {
	for _, v := range values {
		if v != nil {
			count++
		}
	}
	return count
}

// mean combines what is present and has weight, as the policy says; nil when nothing does.
func (r *reckoning) mean(values, weights []number) (number, error) {
	total := whole(0)
	for i, v := range values {
		if v != nil {
			total = plus(total, weights[i])
		}
	}
	if total.Sign() == 0 {
		return nil, nil
	}
	if r.policy.Combine == "geometric" {
		return geometric(values, weights, total)
	}
	sum := whole(0)
	for i, v := range values {
		if v != nil {
			sum = plus(sum, times(weights[i], v))
		}
	}
	return over(sum, total), nil
}

func geometric(values, weights []number, total number) (number, error) {
	sum, zero := new(big.Float).SetPrec(precision+guard), false
	for i, v := range values {
		switch {
		case v == nil || weights[i].Sign() == 0:
		case v.Sign() < 0:
			return nil, ErrNegative
		case v.Sign() == 0:
			zero = true
		default:
			sum.Add(sum, new(big.Float).Mul(float(over(weights[i], total)), logarithm(v)))
		}
	}
	if zero {
		return whole(0), nil
	}
	return exponential(sum), nil
}

// conclude finds the value of the whole and its error, and whether the contract can be graded.
func (r *reckoning) conclude() error {
	value, plain, err := r.total()
	if err != nil {
		return err
	}
	r.result.plain = plain
	r.findMissing()
	if r.result.status = r.status(value); r.result.status == scoring.NoEvidence || r.result.status == scoring.Held {
		return nil
	}
	ceiling := plus(r.bottom, r.span)
	value = smaller(value, ceiling)
	r.result.value, r.result.se = value, r.standardError(value)
	half := times(r.z, r.result.se)
	r.result.low, r.result.high = larger(r.bottom, minus(value, half)), smaller(ceiling, plus(value, half))
	return nil
}

func (r *reckoning) total() (value, plain number, err error) {
	if r.policy.Combine == "steps" {
		return r.stepped(), nil, nil
	}
	whole100 := &node{children: r.top}
	var values, plains, weights []number
	for _, n := range r.top {
		values, plains, weights = append(values, n.value), append(plains, n.plain), append(weights, decimal(n.Weight))
	}
	if err := r.settle(whole100, values, plains, weights, weights); err != nil {
		return nil, nil, err
	}
	share(whole100, whole(1))
	return whole100.value, whole100.plain, nil
}

// share divides a node's share among the children that have a value.
func share(n *node, of number) {
	n.share = of
	total := whole(0)
	for _, child := range n.children {
		if child.value != nil {
			total = plus(total, decimal(child.Weight))
		}
	}
	for _, child := range n.children {
		if child.value != nil {
			share(child, times(of, over(decimal(child.Weight), total)))
		}
	}
}

// stepped is the value of a policy of steps: that of the first indicator, moved by the steps that apply and never off the
// scale, then held by the limits.
func (r *reckoning) stepped() number {
	start := r.byID[r.policy.Steps[0].Indicator]
	start.share = whole(1)
	value := start.value
	if value == nil {
		return nil
	}
	for _, s := range r.policy.Steps[1:] {
		if v := r.byID[s.Indicator].value; v != nil && reaches(v, s, start.value) {
			moved := plus(value, decimal(s.Add))
			value = smaller(larger(moved, r.bottom), plus(r.bottom, r.span))
		}
	}
	for _, l := range r.policy.Limits {
		if v := r.byID[l.Indicator].value; v != nil && !below(decimal(l.AtMost), v) {
			value = smaller(value, decimal(l.Value))
		}
	}
	return value
}

func reaches(v number, s scoring.Step, start number) bool {
	switch {
	case s.AtLeast != nil && below(v, decimal(*s.AtLeast)):
		return false
	case s.AtMost != nil && below(decimal(*s.AtMost), v):
		return false
	}
	return !s.AboveStart || below(start, v)
}

// findMissing lists the parties that some leaf asks and that carry no weight on any.
func (r *reckoning) findMissing() {
	var asked, heard [4]bool
	for _, n := range r.all {
		for _, o := range n.opinions {
			asked[o.party] = true
			heard[o.party] = heard[o.party] || o.value != nil && o.weight.Sign() > 0
		}
	}
	for _, party := range []scoring.Party{scoring.Purchaser, scoring.Recipient, scoring.ThirdParty} {
		if asked[party] && !heard[party] {
			r.result.missing = append(r.result.missing, party)
		}
	}
}

// missingRule is the policy's word for so many missing parties; empty for none.
func (r *reckoning) missingRule() string {
	return []string{"", r.policy.Missing.One, r.policy.Missing.Two, r.policy.Missing.Two}[len(r.result.missing)]
}

func (r *reckoning) status(value number) scoring.Status {
	known, held := false, value == nil || r.missingRule() == "hold"
	for _, n := range r.all {
		known = known || n.Kind != "" && n.value != nil
		held = held || n.Required && n.value == nil
	}
	switch {
	case !known:
		return scoring.NoEvidence
	case held:
		return scoring.Held
	case r.asOf.After(r.ev.EndOn):
		return scoring.Rated
	}
	return scoring.Provisional
}

// standardError adds the errors of one party on all leaves, which the same people made, and squares only the sums of
// different parties. In a geometric mean an error counts by the derivative of the product.
func (r *reckoning) standardError(value number) number {
	byParty := map[scoring.Party]number{}
	for _, n := range r.all {
		total := whole(0)
		for _, o := range n.opinions {
			if o.value != nil {
				total = plus(total, o.weight)
			}
		}
		for _, o := range n.opinions {
			if o.value == nil || o.party == scoring.None || total.Sign() == 0 {
				continue
			}
			part := times(times(n.share, over(o.weight, total)), root(o.variance))
			if r.policy.Combine == "geometric" && o.value.Sign() > 0 {
				part = times(part, over(value, o.value))
			}
			if byParty[o.party] == nil {
				byParty[o.party] = whole(0)
			}
			byParty[o.party] = plus(byParty[o.party], part)
		}
	}
	sum := whole(0)
	for _, se := range byParty {
		sum = plus(sum, times(se, se))
	}
	return root(sum)
}
