package scoring

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// answers are the scores of one party on one leaf in ascending order, with what a calibration says of who gave them.
type answers struct {
	values   []int32
	adjusted []int32 // the scores with severities taken out, in ascending order; nil when no severity is known
	// weighed are the scores by what they count, where some count less than others; nil otherwise.
	weighed []weighed
}

// weighed are scores that count alike, each reading in ascending order.
type weighed struct {
	weight           float64
	values, adjusted []int32
}

// answers sorts the scores of a cell, each with its rater, and brings in what the calibration says of the raters.
func (w *judgement) answers(c *Cell) answers {
	var a answers
	if len(c.Raters) != len(c.Values) {
		slices.Sort(c.Values)
	} else {
		if len(w.raters) > 0 {
			a = w.rated(c)
		}
		sort.Sort(byScore{c})
	}
	a.values = c.Values
	return a
}

// byScore orders the scores of a cell with their raters.
type byScore struct{ *Cell }

func (b byScore) Len() int { return len(b.Values) }
func (b byScore) Swap(i, k int) {
	b.Values[i], b.Values[k] = b.Values[k], b.Values[i]
	b.Raters[i], b.Raters[k] = b.Raters[k], b.Raters[i]
}
func (b byScore) Less(i, k int) bool {
	return b.Values[i] < b.Values[k] || b.Values[i] == b.Values[k] && b.Raters[i] < b.Raters[k]
}

// rated takes severities out of scores and groups them by what they count. Strangers to the calibration are counted in a
// warning; they count in full, as they are.
func (w *judgement) rated(c *Cell) answers {
	var a answers
	adjusted, strangers := make([]int32, len(c.Values)), 0
	for i, v := range c.Values {
		known := false
		if adjusted[i], known = w.unbiased(v, c.Raters[i]); !known {
			strangers++
		}
	}
	if !w.severity[c.Party] || strangers == len(adjusted) {
		adjusted = nil
	} else if strangers > 0 {
		w.warn(Note{Code: "raters_not_calibrated", Indicator: c.Indicator, Party: c.Party, Have: float64(strangers), Need: float64(len(adjusted))})
	}
	if len(w.policy.Flags) > 0 {
		a.weighed = w.weighed(c, adjusted)
	}
	slices.Sort(adjusted)
	a.adjusted = adjusted
	return a
}

// weighed groups the scores of a cell by what they count, the fullest first; nil when all count in full.
func (w *judgement) weighed(c *Cell, adjusted []int32) []weighed {
	var groups []weighed
	for i, v := range c.Values {
		weight := w.weightOf(c.Raters[i])
		at := slices.IndexFunc(groups, func(g weighed) bool { return g.weight == weight })
		if at < 0 {
			at, groups = len(groups), append(groups, weighed{weight: weight})
		}
		groups[at].values = append(groups[at].values, v)
		if adjusted != nil {
			groups[at].adjusted = append(groups[at].adjusted, adjusted[i])
		}
	}
	if len(groups) == 1 && groups[0].weight == 1 {
		return nil
	}
	slices.SortFunc(groups, func(a, b weighed) int { return cmp.Compare(b.weight, a.weight) })
	less := 0
	for _, g := range groups {
		slices.Sort(g.values)
		slices.Sort(g.adjusted)
		if g.weight < 1 {
			less += len(g.values)
		}
	}
	w.warn(Note{Code: "flagged_raters", Indicator: c.Indicator, Party: c.Party, Have: float64(less), Need: float64(len(c.Values))})
	return groups
}

// locateAll finds the readings of a term, and the share of its answers that count.
func (w *judgement) locateAll(n *node, t *term, a answers) (counted float64) {
	raw, counted := w.pool(n, t.party, a.values, a.weighed, func(g *weighed) []int32 { return g.values })
	t.raw, t.value, t.se = raw.value, raw.value, raw.se
	if a.adjusted != nil && n.Kind != KindRate {
		adjusted, _ := w.pool(n, t.party, a.adjusted, a.weighed, func(g *weighed) []int32 { return g.adjusted })
		t.adjusted = adjusted.value
		if w.policy.Severity.Use == UseApply {
			t.value, t.se = adjusted.value, adjusted.se
		}
	}
	return counted
}

// pool is the location of the scores of one party on a leaf. Of groups that count differently it combines the locations by
// their numbers and weights, as of independent strata: for means it is the weighted mean. Without any weight the location is
// NaN.
func (w *judgement) pool(n *node, party Party, all []int32, groups []weighed, of func(*weighed) []int32) (_ located, counted float64) {
	if groups == nil {
		return w.locateOn(n, party, all), 1
	}
	var sum, squares, total float64
	for i := range groups {
		g := &groups[i]
		if g.weight == 0 {
			continue
		}
		l, weight := w.locateOn(n, party, of(g)), g.weight*float64(len(g.values))
		sum += float64(weight * l.value)
		squares += float64(float64(weight*l.se) * float64(weight*l.se))
		total += weight
	}
	if total == 0 {
		return located{math.NaN(), math.NaN()}, 0
	}
	return located{sum / total, math.Sqrt(squares) / total}, total / float64(len(all))
}

// locateOn is the location of sorted scores of one party on a leaf, or the share of them that passed.
func (w *judgement) locateOn(n *node, party Party, sorted []int32) located {
	if n.Kind == KindRate {
		return w.rate(n, sorted)
	}
	return w.locate(party, sorted)
}

// compare puts the other readings of the value beside it.
func (w *judgement) compare(all readings) {
	o, decimals := &w.out, w.policy.Decimals
	o.Raw, o.Adjusted = Round(all.raw, decimals), Round(all.adjusted, decimals)
}

// shrink draws the value toward its peer group as far as its standard error asks, and returns the one of the two that
// the policy uses.
func (w *judgement) shrink(value float64) float64 {
	o := &w.out
	o.Shrunken, o.Reliability = math.NaN(), math.NaN()
	peer, known := w.peers[w.ev.Peer]
	if !known || w.policy.Shrinkage.Use == UseNot {
		return value
	}
	shrunken, weight := peer.Shrink(value, o.SE)
	o.Shrunken, o.Reliability = Round(shrunken, w.policy.Decimals), weight
	if w.policy.Shrinkage.Use != UseApply {
		return value
	}
	o.SE = float64(o.SE * math.Sqrt(weight)) // of the posterior, the group taken as known
	return shrunken
}
