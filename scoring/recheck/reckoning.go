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
	calibration  *scoring.Calibration // nil: none
	ev           *scoring.Evidence
	asOf         time.Time
	bottom, span exact.Number // of the scale
	z            exact.Number
	top          []*node
	all          []*node // in the order of the policy
	byID         map[string]*node
	counts       [4]int
	heard        bool // whether anybody gave anything, or anything was measured
	unimputed    bool // whether a missing party should be imputed and cannot
	result       result
}

// result is what an evaluation must say. Numbers are unrounded, and nil where there is none.
type result struct {
	reading
	status                scoring.Status
	low, high, se         exact.Number
	shrunken, reliability exact.Number
	missing               []scoring.Party
}

// plant builds the tree.
func (r *reckoning) plant() {
	r.byID = map[string]*node{}
	for _, i := range r.policy.Indicators {
		n := &node{Indicator: i, share: exact.Whole(0)}
		r.byID[i.ID] = n
		r.all = append(r.all, n)
		if parent := r.byID[i.Parent]; parent != nil {
			parent.children = append(parent.children, n)
		} else {
			r.top = append(r.top, n)
		}
	}
}

func (r *reckoning) reckon() error {
	r.bottom, r.z = exact.Decimal(r.policy.Scale.Low), normalQuantile(r.policy.Confidence)
	r.span = exact.Minus(exact.Decimal(r.policy.Scale.High), r.bottom)
	r.plant()
	r.hear()
	whole := &node{children: r.top}
	if err := r.assess(whole); err != nil {
		return err
	}
	if r.policy.Combine == "steps" {
		value := r.stepped()
		whole.reading = reading{value: value, raw: value}
	} else {
		share(whole, exact.Whole(1))
	}
	r.conclude(whole.reading)
	return nil
}

// assess gives a node its readings, after those below it.
func (r *reckoning) assess(n *node) error {
	var parts []reading
	var weights, asked []exact.Number
	for _, child := range n.children {
		if err := r.assess(child); err != nil {
			return err
		}
		weight := exact.Decimal(child.Weight)
		parts, weights, asked = append(parts, child.reading), append(weights, weight), append(asked, weight)
	}
	for _, o := range n.opinions {
		parts, weights, asked = append(parts, o.reading), append(weights, o.weight), append(asked, o.asked)
	}
	return r.settle(n, parts, weights, asked)
}

// settle combines the readings of the parts of a node. A part without one of the other readings stands in it with its value;
// the plain means have the weights that were asked.
func (r *reckoning) settle(n *node, parts []reading, weights, asked []exact.Number) (err error) {
	var values, plains, raws, adjusted []exact.Number
	known := false
	for _, p := range parts {
		values, plains, raws, adjusted = append(values, p.value), append(plains, p.plain), append(raws, p.raw), append(adjusted, p.adjusted)
		if known = known || p.adjusted != nil; p.adjusted == nil {
			adjusted[len(adjusted)-1] = p.value
		}
	}
	if n.plain, err = r.mean(plains, asked); err != nil || present(values) < n.MinPresent {
		return err
	}
	if n.value, err = r.mean(values, weights); err != nil {
		return err
	}
	if n.raw, err = r.mean(raws, weights); err != nil || !known {
		return err
	}
	n.adjusted, err = r.mean(adjusted, weights)
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

// conclude finds the error of the whole and its interval, and whether the contract can be graded.
func (r *reckoning) conclude(whole reading) {
	o := &r.result
	o.plain = whole.plain
	if o.status = r.status(whole.value); o.status == scoring.NoEvidence || o.status == scoring.Held {
		return
	}
	o.reading = whole
	o.se = r.standardError(whole.value)
	if o.shrunken, o.reliability = r.drawn(whole.value, o.se); o.shrunken != nil && r.policy.Shrinkage.Use == scoring.UseApply {
		o.value, o.se = o.shrunken, exact.Times(o.se, exact.Root(o.reliability))
	}
	ceiling := exact.Plus(r.bottom, r.span)
	o.value = exact.Smaller(o.value, ceiling)
	half := exact.Times(r.z, o.se)
	o.low, o.high = exact.Larger(r.bottom, exact.Minus(o.value, half)), exact.Smaller(ceiling, exact.Plus(o.value, half))
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

// findMissing lists the parties that some leaf asks and that carry no weight on any; heard says whether anything at all does.
func (r *reckoning) findMissing() {
	var asked, heard [4]bool
	for _, n := range r.all {
		for _, o := range n.opinions {
			asked[o.party] = true
			if o.value != nil && o.weight.Sign() > 0 {
				heard[o.party], r.heard = true, true
			}
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
	held := value == nil || r.missingRule() == "hold" || r.unimputed
	for _, n := range r.all {
		held = held || n.Required && n.value == nil
	}
	switch {
	case !r.heard:
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
