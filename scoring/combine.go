package scoring

import (
	"math"
	"time"
)

// combine gives every node its readings, from the leaves up, and its share of the whole, from the top down; it returns
// the unrounded readings of the contract, NaN where there is none.
func (w *judgement) combine() readings {
	for at := len(w.nodes) - 1; at >= 0; at-- { // children stand behind their parent
		if !w.nodes[at].leaf {
			n := &w.worths[at]
			n.readings, n.weights = w.above(w.nodes[at].children, w.nodes[at].MinPresent)
		}
	}
	if w.policy.Combine == "steps" {
		value := w.steps()
		return readings{value, math.NaN(), value, math.NaN()}
	}
	all, weights := w.above(w.top, 0)
	w.spread(w.top, weights, 1)
	return all
}

// above combines the readings of sibling nodes; fewer than minPresent with a value give none.
func (w *judgement) above(nodes []int, minPresent int) (all readings, weights []float64) {
	values, plains, raws, adjusted := w.floats(len(nodes)), w.floats(len(nodes)), w.floats(len(nodes)), w.floats(len(nodes))
	weights = w.floats(len(nodes))
	present, known := 0, false
	for i, at := range nodes {
		n := &w.worths[at]
		values[i], plains[i], raws[i], adjusted[i], weights[i] = n.value, n.plain, n.raw, orValue(n.adjusted, n.value), w.nodes[at].Weight
		known = known || !math.IsNaN(n.adjusted)
		if !math.IsNaN(values[i]) {
			present++
		}
	}
	all = readings{math.NaN(), w.mean(plains, weights), math.NaN(), math.NaN()}
	if present >= minPresent {
		all.value, all.raw = w.mean(values, weights), w.mean(raws, weights)
		if known {
			all.adjusted = w.mean(adjusted, weights)
		}
	}
	normalise(values, weights)
	return all, weights
}

// spread hands a share of the whole down to sibling nodes and what is below them.
func (w *judgement) spread(nodes []int, weights []float64, share float64) {
	for i, at := range nodes {
		w.worths[at].share = float64(share * weights[i])
		if !w.nodes[at].leaf {
			w.spread(w.nodes[at].children, w.worths[at].weights, w.worths[at].share)
		}
	}
}

// stepDecimals is how finely indicators are compared with the lines of steps, so that a mean on a line, which no float may
// hold exactly, is on it.
const stepDecimals = 9

// steps is the value of a policy that starts from one indicator and steps up or down by the others, as the US
// Five-Star rating does. The starting indicator has the whole share; what the others add is not a share.
func (w *judgement) steps() float64 {
	scale, value, start := w.policy.Scale, math.NaN(), math.NaN()
	for _, s := range w.policy.Steps {
		at := w.byID[s.Indicator]
		v := Round(w.worths[at].value, stepDecimals)
		switch {
		case s.Start:
			value, start = v, v
			w.worths[at].share = 1
		case math.IsNaN(v) || math.IsNaN(value) || !s.applies(v, start):
		default:
			value = min(max(value+s.Add, scale.Low), scale.High)
		}
	}
	for _, l := range w.policy.Limits {
		if Round(w.worths[w.byID[l.Indicator]].value, stepDecimals) <= l.AtMost && value > l.Value {
			value = l.Value
			w.warn(Note{Code: "held_by_limit", Indicator: l.Indicator, Need: l.Value})
		}
	}
	return value
}

// applies says whether an indicator's value makes the step.
func (s *Step) applies(v, start float64) bool {
	return (s.AtLeast == nil || v >= *s.AtLeast) && (s.AtMost == nil || v <= *s.AtMost) && (!s.AboveStart || v > start)
}

// missingParties finds the parties that the tree asks and that gave nothing usable.
func (w *judgement) missingParties() {
	var usable [4]bool
	for at := range w.worths {
		for _, t := range w.worths[at].terms {
			if t.weight > 0 && !math.IsNaN(t.value) {
				usable[t.party] = true
			}
		}
	}
	for _, party := range Parties() {
		if w.asked[party] && !usable[party] {
			w.out.Missing = append(w.out.Missing, party)
		}
	}
}

// missingRule is what the policy says for the number of missing parties; empty when none is missing.
func (w *judgement) missingRule() string {
	switch len(w.out.Missing) {
	case 0:
		return ""
	case 1:
		return w.policy.Missing.One
	}
	return w.policy.Missing.Two
}

// state says why a contract cannot be graded; empty when it can.
func (w *judgement) state(value float64) Status {
	if w.nothing() {
		return NoEvidence
	}
	held := math.IsNaN(value) || w.missingRule() == "hold" || w.unimputed
	for at := range w.nodes {
		if w.nodes[at].Required && math.IsNaN(w.worths[at].value) {
			w.warn(Note{Code: "required_missing", Indicator: w.nodes[at].ID})
			held = true
		}
	}
	if held {
		return Held
	}
	return ""
}

// nothing says that no leaf has a value.
func (w *judgement) nothing() bool {
	for at := range w.nodes {
		if w.nodes[at].leaf && !math.IsNaN(w.worths[at].value) {
			return false
		}
	}
	return true
}

// grade rounds the value, finds its interval and grade, and applies the caps.
func (w *judgement) grade(value float64) {
	o, scale := &w.out, w.policy.Scale
	o.SE = w.standardError(value)
	value = w.shrink(value)
	if value > scale.High {
		w.warn(Note{Code: "held_at_scale_top", Have: Round(value, w.policy.Decimals), Need: scale.High})
		value = scale.High
	}
	half := float64(w.z * o.SE)
	o.Value = Round(value, w.policy.Decimals)
	o.Low = Round(max(scale.Low, value-half), w.policy.Decimals)
	o.High = Round(min(scale.High, value+half), w.policy.Decimals)
	o.Uncapped = w.GradeOf(o.Value)
	o.Grade = o.Uncapped
	for _, end := range []float64{o.Low, o.High} {
		if other := w.GradeOf(end); other != o.Uncapped {
			w.warn(Note{Code: "interval_crosses_band", Ref: other, Have: end})
		}
	}
	w.caps()
	o.Status = Rated
	if !w.asOf.After(w.ev.EndOn) {
		o.Status = Provisional
		w.watch(w.ev.EndOn.AddDate(0, 0, 1))
	}
}

// standardError adds the errors of one party's terms, which the same people made, as fully correlated, and those of
// different parties as independent.
func (w *judgement) standardError(value float64) float64 {
	var byParty [4]float64
	for at := range w.worths {
		n := &w.worths[at]
		for i, t := range n.terms {
			if math.IsNaN(t.value) || n.weights == nil || n.weights[i] == 0 || t.party == None {
				continue
			}
			se := float64(n.share*n.weights[i]) * t.se
			if w.policy.Combine == "geometric" && t.value > 0 { // by the derivative of the product
				se *= value / t.value
			}
			byParty[t.party] += se
		}
	}
	var sum float64
	for _, se := range byParty {
		sum += float64(se * se)
	}
	return math.Sqrt(sum)
}

// caps lowers the grade as far as the caps that stand on the day say.
func (w *judgement) caps() {
	if w.missingRule() == "cap" {
		w.limit(Cap{Rule: "missing_party", Grade: w.policy.Missing.Cap})
	}
	for _, rule := range w.policy.Caps {
		for _, e := range w.ev.Events {
			if e.Kind != rule.Cause || !w.concerns(e) {
				continue
			}
			c := Cap{Rule: rule.ID, Event: e.ID, Grade: rule.Grade, From: e.OccurredOn}
			if rule.While == "open" {
				c.Until = earlier(e.EndsOn, e.RepairedOn)
			}
			w.watch(c.From)
			w.watch(c.Until)
			if !w.asOf.Before(c.From) && (c.Until.IsZero() || w.asOf.Before(c.Until)) {
				w.limit(c)
			}
		}
	}
}

// concerns says whether an event was recorded against this contract, or against its supplier during its service.
func (w *judgement) concerns(e Event) bool {
	return e.Contract || !e.OccurredOn.Before(w.ev.StartOn) && !e.OccurredOn.After(w.ev.EndOn)
}

func (w *judgement) limit(c Cap) {
	c.Bites = w.worse(w.out.Uncapped, c.Grade) != w.out.Uncapped
	w.out.Grade = w.worse(w.out.Grade, c.Grade)
	w.out.Caps = append(w.out.Caps, c)
}

// watch keeps the first day after the as-of day on which the judgement may change by itself.
func (w *judgement) watch(day time.Time) {
	if day.After(w.asOf) && (w.out.GoodUntil.IsZero() || day.Before(w.out.GoodUntil)) {
		w.out.GoodUntil = day
	}
}

// earlier returns the earlier of two days, of which the zero time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (w *judgement) warn(n Note) { w.out.Warnings = append(w.out.Warnings, n) }

// parts writes the slip: every node in tree order, each leaf followed by its parties.
func (w *judgement) parts() {
	for at := range w.nodes {
		n, v := &w.nodes[at], &w.worths[at]
		p := Part{Indicator: n.ID, Parent: n.Parent, Plain: v.plain, Raw: beside(v.raw, v.adjusted), Adjusted: v.adjusted, Value: v.value, SE: math.NaN(), Weight: n.Weight, Share: v.share,
			Contribution: contribution(v.share, v.value)}
		if len(v.terms) == 1 && v.terms[0].party == None {
			t := v.terms[0]
			p.N, p.NEffective, p.Plain, p.Note = t.n, t.effective, t.plain, t.note
		}
		w.out.Parts = append(w.out.Parts, p)
		for i, t := range v.terms {
			if t.party == None {
				continue
			}
			share := float64(v.share * v.weights[i])
			w.out.Parts = append(w.out.Parts, Part{Indicator: n.ID, Parent: n.Parent, Party: t.party, N: t.n, NEffective: t.effective, Plain: t.plain,
				Raw: beside(t.raw, t.adjusted), Adjusted: t.adjusted, Value: t.value, SE: t.se, Weight: n.parties[t.party], Share: share, Contribution: contribution(share, t.value), Note: t.note})
		}
	}
}

// beside is the raw reading, where there is an adjusted one to put it beside.
func beside(raw, adjusted float64) float64 {
	if math.IsNaN(adjusted) {
		return math.NaN()
	}
	return raw
}

// contribution is 0 for a term that has no share, whatever its value.
func contribution(share, value float64) float64 {
	if share == 0 {
		return 0
	}
	return float64(share * value)
}
