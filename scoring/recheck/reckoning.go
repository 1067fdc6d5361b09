package recheck

import (
	"math/big"
	"time"

	"pingxin/scoring"
	"pingxin/scoring/recheck/exact"
)

// reckoning is one evaluation computed anew.
type reckoning struct {
	policy       *scoring.Policy
	ev           *scoring.Evidence
	asOf         time.Time
	bottom, span exact.Number // of the scale
	z            exact.Number
	top          []*node
	all          []*node // in the order of the policy
	byID         map[string]*node
	counts       [4]int
	result       result
}

// result is what an evaluation must say. value is unrounded; all numbers are nil where there is none.
type result struct {
	status                      scoring.Status
	value, low, high, se, plain exact.Number
	missing                     []scoring.Party
}

func reckon(p *scoring.Policy, ev *scoring.Evidence, asOf time.Time) (*reckoning, error) {
	r := &reckoning{policy: p, ev: ev, asOf: asOf, bottom: exact.Decimal(p.Scale.Low), byID: map[string]*node{}, z: normalQuantile(p.Confidence)}
	r.span = exact.Minus(exact.Decimal(p.Scale.High), r.bottom)
	for _, i := range p.Indicators {
		n := &node{Indicator: i, share: exact.Whole(0)}
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
	var values, plains, weights, asked []exact.Number
	for _, child := range n.children {
		if err := r.assess(child); err != nil {
			return err
		}
		values, plains = append(values, child.value), append(plains, child.plain)
		weights, asked = append(weights, exact.Decimal(child.Weight)), append(asked, exact.Decimal(child.Weight))
	}
	if n.Kind != "" {
		n.opinions = r.opinionsOn(n)
		for _, o := range n.opinions {
			values, plains, weights, asked = append(values, o.value), append(plains, o.plain), append(weights, o.weight), append(asked, o.asked)
		}
	}
	return r.settle(n, values, plains, weights, asked)
}

func (r *reckoning) settle(n *node, values, plains, weights, asked []exact.Number) (err error) {
	if n.plain, err = r.mean(plains, asked); err != nil {
		return err
	}
	if n.Kind == "" && present(values) < n.MinPresent {
		return nil
	}
	n.value, err = r.mean(values, weights)
	return err
}

func present(values []exact.Number) (count int) {
	for _, v := range values {
		if v != nil {
			count++
		}
	}
	return count
}

// mean combines what is present and has weight, as the policy says; nil when nothing does.
func (r *reckoning) mean(values, weights []exact.Number) (exact.Number, error) {
	total := exact.Whole(0)
	for i, v := range values {
		if v != nil {
			total = exact.Plus(total, weights[i])
		}
	}
	if total.Sign() == 0 {
		return nil, nil
	}
	if r.policy.Combine == "geometric" {
		return geometric(values, weights, total)
	}
	sum := exact.Whole(0)
	for i, v := range values {
		if v != nil {
			sum = exact.Plus(sum, exact.Times(weights[i], v))
		}
	}
	return exact.Over(sum, total), nil
}

func geometric(values, weights []exact.Number, total exact.Number) (exact.Number, error) {
	sum, zero := exact.Float(exact.Whole(0)), false
	for i, v := range values {
		switch {
		case v == nil || weights[i].Sign() == 0:
		case v.Sign() < 0:
			return nil, ErrNegative
		case v.Sign() == 0:
			zero = true
		default:
			sum.Add(sum, new(big.Float).Mul(exact.Float(exact.Over(weights[i], total)), exact.Logarithm(v)))
		}
	}
	if zero {
		return exact.Whole(0), nil
	}
	return exact.Exponential(sum), nil
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
	ceiling := exact.Plus(r.bottom, r.span)
	value = exact.Smaller(value, ceiling)
	r.result.value, r.result.se = value, r.standardError(value)
	half := exact.Times(r.z, r.result.se)
	r.result.low, r.result.high = exact.Larger(r.bottom, exact.Minus(value, half)), exact.Smaller(ceiling, exact.Plus(value, half))
	return nil
}

func (r *reckoning) total() (value, plain exact.Number, err error) {
	if r.policy.Combine == "steps" {
		return r.stepped(), nil, nil
	}
	root := &node{children: r.top}
	var values, plains, weights []exact.Number
	for _, n := range r.top {
		values, plains, weights = append(values, n.value), append(plains, n.plain), append(weights, exact.Decimal(n.Weight))
	}
	if err := r.settle(root, values, plains, weights, weights); err != nil {
		return nil, nil, err
	}
	share(root, exact.Whole(1))
	return root.value, root.plain, nil
}

// share divides a node's share among the children that have a value.
func share(n *node, of exact.Number) {
	n.share = of
	total := exact.Whole(0)
	for _, child := range n.children {
		if child.value != nil {
			total = exact.Plus(total, exact.Decimal(child.Weight))
		}
	}
	for _, child := range n.children {
		if child.value != nil {
			share(child, exact.Times(of, exact.Over(exact.Decimal(child.Weight), total)))
		}
	}
}

// stepped is the value of a policy of steps: that of the first indicator, moved by the steps that apply and never off the
// scale, then held by the limits.
func (r *reckoning) stepped() exact.Number {
	start := r.byID[r.policy.Steps[0].Indicator]
	start.share = exact.Whole(1)
	value := start.value
	if value == nil {
		return nil
	}
	for _, s := range r.policy.Steps[1:] {
		if v := r.byID[s.Indicator].value; v != nil && reaches(v, s, start.value) {
			moved := exact.Plus(value, exact.Decimal(s.Add))
			value = exact.Smaller(exact.Larger(moved, r.bottom), exact.Plus(r.bottom, r.span))
		}
	}
	for _, l := range r.policy.Limits {
		if v := r.byID[l.Indicator].value; v != nil && !exact.Below(exact.Decimal(l.AtMost), v) {
			value = exact.Smaller(value, exact.Decimal(l.Value))
		}
	}
	return value
}

func reaches(v exact.Number, s scoring.Step, start exact.Number) bool {
	switch {
	case s.AtLeast != nil && exact.Below(v, exact.Decimal(*s.AtLeast)):
		return false
	case s.AtMost != nil && exact.Below(exact.Decimal(*s.AtMost), v):
		return false
	}
	return !s.AboveStart || exact.Below(start, v)
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

func (r *reckoning) status(value exact.Number) scoring.Status {
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
func (r *reckoning) standardError(value exact.Number) exact.Number {
	byParty := map[scoring.Party]exact.Number{}
	for _, n := range r.all {
		total := exact.Whole(0)
		for _, o := range n.opinions {
			if o.value != nil {
				total = exact.Plus(total, o.weight)
			}
		}
		for _, o := range n.opinions {
			if o.value == nil || o.party == scoring.None || total.Sign() == 0 {
				continue
			}
			part := exact.Times(exact.Times(n.share, exact.Over(o.weight, total)), exact.Root(o.variance))
			if r.policy.Combine == "geometric" && o.value.Sign() > 0 {
				part = exact.Times(part, exact.Over(value, o.value))
			}
			if byParty[o.party] == nil {
				byParty[o.party] = exact.Whole(0)
			}
			byParty[o.party] = exact.Plus(byParty[o.party], part)
		}
	}
	sum := exact.Whole(0)
	for _, se := range byParty {
		sum = exact.Plus(sum, exact.Times(se, se))
	}
	return exact.Root(sum)
}
