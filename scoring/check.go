package scoring

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// weightTolerance is how far weights written as decimals may be from 100 percent after adding them as floats.
const weightTolerance = 1e-9

// checker collects what is wrong with a policy.
type checker struct{ faults []error }

// fault records one fault: where, what was found, what was expected.
func (c *checker) fault(key, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
}

// oneOf records a fault when a word is not among those allowed.
func (c *checker) oneOf(key, found string, allowed ...string) {
	if !slices.Contains(allowed, found) {
		c.fault(key, "found %q, expected one of %s", found, strings.Join(allowed, ", "))
	}
}

// Check returns everything that is wrong with the policy, each with the key, what was found and what was expected; nil
// means that it is sound.
func (p *Policy) Check() []error {
	c := &checker{}
	if !(p.Scale.Low < p.Scale.High) {
		c.fault("evaluation.scale", "found low %g and high %g, expected low below high", p.Scale.Low, p.Scale.High)
	}
	if p.Combine == "geometric" && p.Scale.Low < 0 {
		c.fault("evaluation.scale", "found low %g with combine \"geometric\", expected 0 or more", p.Scale.Low)
	}
	if p.Decimals < 0 || p.Decimals > 9 {
		c.fault("evaluation.decimals", "found %d, expected 0 to 9", p.Decimals)
	}
	if !(p.Confidence > 0.5 && p.Confidence < 1) {
		c.fault("evaluation.confidence", "found %g, expected more than 0.5 and less than 1, such as 0.9", p.Confidence)
	}
	if p.RaterError.SD < 0 || p.RaterError.DF < 0 {
		c.fault("evaluation.rater_error", "found sd %g and df %g, expected numbers from 0", p.RaterError.SD, p.RaterError.DF)
	}
	c.oneOf("evaluation.combine", p.Combine, "arithmetic", "geometric", "steps")
	p.checkTree(c)
	p.checkRaters(c)
	p.checkBands(c)
	p.checkCaps(c)
	p.checkSteps(c)
	p.checkCalibration(c)
	return c.faults
}

func (p *Policy) checkTree(c *checker) {
	if len(p.Indicators) == 0 {
		c.fault("evaluation.indicator", "found none, expected at least one")
	}
	seen := map[string]*Indicator{}
	sums := map[string]float64{}
	for i := range p.Indicators {
		n := &p.Indicators[i]
		key := fmt.Sprintf("evaluation.indicator %q", n.ID)
		if n.ID == "" || seen[n.ID] != nil {
			c.fault(key, "found an id that is empty or used twice, expected one of its own")
		}
		if parent := seen[n.Parent]; n.Parent != "" && (parent == nil || parent.Kind != "") {
			c.fault(key+".parent", "found %q, expected a dimension that stands above it in the file", n.Parent)
		}
		seen[n.ID] = n
		sums[n.Parent] += n.Weight
		p.checkIndicator(c, key, n)
	}
	for i := range p.Indicators {
		n := &p.Indicators[i]
		children := p.countChildren(n.ID)
		if (n.Kind == "") != (children > 0) {
			c.fault(fmt.Sprintf("evaluation.indicator %q", n.ID), "found kind %q and %d indicators below it, expected either a kind or indicators", n.Kind, children)
		}
		if n.MinPresent > children {
			c.fault(fmt.Sprintf("evaluation.indicator %q.min_present", n.ID), "found %d, expected at most the %d indicators below it", n.MinPresent, children)
		}
	}
	if p.Combine == "steps" {
		return // steps add points; they have no weights
	}
	for i := range p.Indicators { // in the order of the file, each group once
		parent := p.Indicators[i].Parent
		if sum, due := sums[parent]; due && math.Abs(sum-100) > weightTolerance {
			c.fault("evaluation.indicator.weight_pct", "the weights below %s add up to %g, expected 100", orTop(parent), sum)
		}
		delete(sums, parent)
	}
}

func orTop(id string) string {
	if id == "" {
		return "the top"
	}
	return id
}

func (p *Policy) countChildren(id string) (children int) {
	for i := range p.Indicators {
		if p.Indicators[i].Parent == id {
			children++
		}
	}
	return children
}

func (p *Policy) checkIndicator(c *checker, key string, n *Indicator) {
	c.oneOf(key+".kind", string(n.Kind), "", string(KindScore), string(KindAttainment), string(KindMoney), string(KindRate))
	if p.Combine != "steps" && !(n.Weight > 0 && n.Weight <= 100) {
		c.fault(key+".weight_pct", "found %g, expected more than 0 and at most 100", n.Weight)
	}
	asksParties := n.Kind == KindScore || n.Kind == KindRate
	if !asksParties && len(n.Parties) > 0 {
		c.fault(key+".parties", "found %d parties, expected none for kind %q", len(n.Parties), n.Kind)
	}
	if (n.Kind == KindAttainment || n.Kind == KindMoney) && n.Ceiling < 100 {
		c.fault(key+".ceiling_pct", "found %g, expected 100 or more", n.Ceiling)
	}
	if n.Kind == KindRate && !(n.Pass > p.Scale.Low && n.Pass <= p.Scale.High) {
		c.fault(key+".pass", "found %g, expected a score on the scale above its bottom", n.Pass)
	}
	if !asksParties {
		return
	}
	var sum float64
	for word, weight := range n.Parties {
		if party, err := ParseParty(word); err != nil || party == None {
			c.fault(key+".parties", "found %q, expected purchaser, recipient or third_party", word)
		}
		if weight <= 0 {
			c.fault(key+".parties."+word, "found %g, expected more than 0", weight)
		}
		sum += weight
	}
	if math.Abs(sum-100) > weightTolerance {
		c.fault(key+".parties", "the weights add up to %g, expected 100", sum)
	}
}

// checkRaters checks the rules on locations, samples and missing parties.
func (p *Policy) checkRaters(c *checker) {
	for i, l := range p.Location {
		key := fmt.Sprintf("evaluation.location[%d]", i)
		if slices.IndexFunc(p.Location, func(o Location) bool { return o.Party == l.Party }) != i {
			c.fault(key+".party", "found %q, which another rule is of, expected one rule for each party", l.Party)
		}
		c.oneOf(key+".party", l.Party, "purchaser", "recipient", "third_party")
		c.oneOf(key+".method", l.Method, "mean", "trimmed", "winsorised", "median", "hodges_lehmann", "huber")
		if l.Trim < 0 || l.Trim >= 0.5 {
			c.fault(key+".trim", "found %g, expected a share from 0 and below 0.5", l.Trim)
		}
	}
	for i, s := range p.Sample {
		key := fmt.Sprintf("evaluation.sample[%d]", i)
		if slices.IndexFunc(p.Sample, func(o Sample) bool { return o.Party == s.Party }) != i {
			c.fault(key+".party", "found %q, which another rule is of, expected one rule for each party", s.Party)
		}
		c.oneOf(key+".party", s.Party, "purchaser", "recipient", "third_party")
		if s.Shown < 0 || s.Full < s.Shown {
			c.fault(key, "found shown %d and full %d, expected 0 <= shown <= full", s.Shown, s.Full)
		}
	}
	c.oneOf("evaluation.missing_party.one", p.Missing.One, "hold", "cap", "impute", "renormalise")
	c.oneOf("evaluation.missing_party.two", p.Missing.Two, "hold", "cap", "impute", "renormalise")
	if p.Missing.One == "cap" || p.Missing.Two == "cap" {
		c.oneOf("evaluation.missing_party.cap", p.Missing.Cap, p.gradeIDs()...)
	}
}

func (p *Policy) gradeIDs() []string {
	ids := make([]string, len(p.Bands))
	for i, b := range p.Bands {
		ids[i] = b.ID
	}
	return ids
}

func (p *Policy) checkBands(c *checker) {
	if len(p.Bands) == 0 {
		c.fault("evaluation.band", "found none, expected the grades from the best to the worst")
		return
	}
	for i, b := range p.Bands {
		key := fmt.Sprintf("evaluation.band %q", b.ID)
		if b.ID == "" || slices.Index(p.gradeIDs(), b.ID) != i {
			c.fault(key, "found an id that is empty or used twice, expected one of its own")
		}
		if i > 0 && b.From >= p.Bands[i-1].From {
			c.fault(key+".from", "found %g, expected less than the %g of the better grade, or the grade could not be reached", b.From, p.Bands[i-1].From)
		}
	}
	if best := p.Bands[0]; best.From > p.Scale.High {
		c.fault(fmt.Sprintf("evaluation.band %q.from", best.ID), "found %g, above the top of the scale %g: the grade could not be reached", best.From, p.Scale.High)
	}
	if worst := p.Bands[len(p.Bands)-1]; worst.From != p.Scale.Low {
		c.fault(fmt.Sprintf("evaluation.band %q.from", worst.ID), "found %g, expected the bottom of the scale %g, or some values would have no grade", worst.From, p.Scale.Low)
	}
}

func (p *Policy) checkCaps(c *checker) {
	for i, rule := range p.Caps {
		key := fmt.Sprintf("evaluation.cap %q", rule.ID)
		if rule.ID == "" || rule.Cause == "" || slices.IndexFunc(p.Caps, func(r CapRule) bool { return r.ID == rule.ID }) != i {
			c.fault(key, "found an id that is empty or used twice, or no cause; expected both")
		}
		c.oneOf(key+".grade", rule.Grade, p.gradeIDs()...)
		c.oneOf(key+".while", rule.While, "open", "always")
	}
}

func (p *Policy) checkSteps(c *checker) {
	if p.Combine != "steps" {
		if len(p.Steps)+len(p.Limits) > 0 {
			c.fault("evaluation.step", "found steps or limits, expected none with combine %q", p.Combine)
		}
		return
	}
	leaf := func(key, id string) {
		at := slices.IndexFunc(p.Indicators, func(n Indicator) bool { return n.ID == id && n.Kind != "" })
		if at < 0 {
			c.fault(key+".indicator", "found %q, expected a leaf indicator", id)
		}
	}
	for i, s := range p.Steps {
		key := fmt.Sprintf("evaluation.step[%d]", i)
		leaf(key, s.Indicator)
		if s.Start != (i == 0) {
			c.fault(key+".start", "found %t, expected true for the first step alone", s.Start)
		}
	}
	for i, l := range p.Limits {
		leaf(fmt.Sprintf("evaluation.limit[%d]", i), l.Indicator)
	}
	if len(p.Steps) == 0 {
		c.fault("evaluation.step", "found none, expected the step that starts the value")
	}
}
