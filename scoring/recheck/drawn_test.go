package recheck_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"pingxin/scoring"
)

// Policies of the whole policy language and evidence for them, drawn at random.

var (
	began = time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC)
	ended = time.Date(2025, 12, 20, 0, 0, 0, 0, time.UTC)
	words = []string{"purchaser", "recipient", "third_party"}
)

func oneOf[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

// drawWeights draws n percentages above 0 that add up to 100.
func drawWeights(t *rapid.T, n int) []float64 {
	weights := make([]float64, n)
	left := 1000 - n // tenths, one of which everybody has
	for i := range n - 1 {
		tenths := rapid.IntRange(0, left/2).Draw(t, "tenths")
		weights[i] = float64(1+tenths) / 10
		left -= tenths
	}
	weights[n-1] = float64(1+left) / 10
	return weights
}

// drawParties draws the parties that score a leaf: one alone for steps, so that leaves with the same scores have the same
// float, which is compared.
func drawParties(t *rapid.T, p *scoring.Policy) map[string]float64 {
	if p.Combine == "steps" {
		return map[string]float64{oneOf(t, "party", words...): 100}
	}
	asked := rapid.Permutation(words).Draw(t, "parties")[:rapid.IntRange(1, 3).Draw(t, "asked")]
	parties := map[string]float64{}
	for i, w := range drawWeights(t, len(asked)) {
		parties[asked[i]] = w
	}
	return parties
}

func drawLeaf(t *rapid.T, p *scoring.Policy, id, parent string, weight float64) scoring.Indicator {
	n := scoring.Indicator{ID: id, Parent: parent, Weight: weight, Required: oneOf(t, "required", false, false, false, true)}
	n.Kind = oneOf(t, "kind", scoring.KindScore, scoring.KindScore, scoring.KindScore, scoring.KindRate, scoring.KindAttainment, scoring.KindMoney)
	switch n.Kind {
	case scoring.KindScore, scoring.KindRate:
		n.Parties = drawParties(t, p)
		n.Pass = p.Scale.Low + float64(rapid.IntRange(1, int(100*(p.Scale.High-p.Scale.Low))).Draw(t, "pass"))/100
	default:
		n.Ceiling = oneOf(t, "ceiling", 100.0, 110, 120)
	}
	return n
}

func drawTree(t *rapid.T, p *scoring.Policy) {
	for i, weight := range drawWeights(t, rapid.IntRange(1, 4).Draw(t, "top")) {
		id := fmt.Sprintf("d%d", i)
		if oneOf(t, "flat", true, false, false) {
			p.Indicators = append(p.Indicators, drawLeaf(t, p, id, "", weight))
			continue
		}
		below := drawWeights(t, rapid.IntRange(1, 4).Draw(t, "leaves"))
		p.Indicators = append(p.Indicators, scoring.Indicator{ID: id, Weight: weight, MinPresent: rapid.IntRange(0, len(below)).Draw(t, "present")})
		for k, w := range below {
			p.Indicators = append(p.Indicators, drawLeaf(t, p, fmt.Sprintf("%s_%d", id, k), id, w))
		}
	}
}

func drawSteps(t *rapid.T, p *scoring.Policy) {
	var leaves []string
	for _, n := range p.Indicators {
		if n.Kind != "" {
			leaves = append(leaves, n.ID)
		}
	}
	line := func() *float64 {
		if oneOf(t, "open", true, false) {
			return nil
		}
		v := p.Scale.Low + (p.Scale.High-p.Scale.Low)*float64(rapid.IntRange(0, 20).Draw(t, "line"))/20
		return &v
	}
	p.Steps = append(p.Steps, scoring.Step{Indicator: oneOf(t, "start", leaves...), Start: true})
	for range rapid.IntRange(0, 4).Draw(t, "steps") {
		p.Steps = append(p.Steps, scoring.Step{Indicator: oneOf(t, "step", leaves...), AtLeast: line(), AtMost: line(),
			AboveStart: oneOf(t, "above start", true, false), Add: float64(rapid.IntRange(-20, 20).Draw(t, "add")) / 10})
	}
	for range rapid.IntRange(0, 2).Draw(t, "limits") {
		if at, to := line(), line(); at != nil && to != nil {
			p.Limits = append(p.Limits, scoring.Limit{Indicator: oneOf(t, "limit", leaves...), AtMost: *at, Value: *to})
		}
	}
}

func drawPolicy(t *rapid.T) scoring.Policy {
	p := scoring.Policy{
		Scale:      oneOf(t, "scale", scoring.Scale{High: 100}, scoring.Scale{High: 100}, scoring.Scale{Low: 1, High: 5}, scoring.Scale{High: 10}),
		Decimals:   oneOf(t, "decimals", 0, 1, 2, 2, 3, 9),
		Confidence: oneOf(t, "confidence", 0.8, 0.9, 0.95, 0.99),
		Combine:    oneOf(t, "combine", "arithmetic", "arithmetic", "geometric", "steps"),
		RaterError: scoring.RaterError{SD: oneOf(t, "sd", 0, 0.3, 5.0), DF: oneOf(t, "df", 0, 4, 2.5)},
	}
	drawTree(t, &p)
	if p.Combine == "steps" {
		drawSteps(t, &p)
	}
	for _, word := range words {
		if oneOf(t, "located", true, false) {
			p.Location = append(p.Location, scoring.Location{Party: word, From: oneOf(t, "from", 0, 5, 20), Trim: oneOf(t, "trim", 0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.49),
				Method: oneOf(t, "method", "mean", "trimmed", "winsorised", "median", "hodges_lehmann", "huber")})
		}
		if p.Combine != "steps" && oneOf(t, "sampled", true, false) {
			shown := rapid.IntRange(0, 10).Draw(t, "shown")
			p.Sample = append(p.Sample, scoring.Sample{Party: word, Shown: shown, Full: shown + rapid.IntRange(0, 30).Draw(t, "full")})
		}
	}
	drawBands(t, &p)
	drawCalibrationRules(t, &p)
	return p
}

func drawCalibrationRules(t *rapid.T, p *scoring.Policy) {
	use := func(label string) string {
		return oneOf(t, label, scoring.UseNot, scoring.UseShow, scoring.UseApply)
	}
	if p.Combine != "steps" { // which have no standard error
		p.Shrinkage.Use = use("shrinkage")
	}
	if p.Combine == "arithmetic" { // elsewhere adjusted scores might have no mean
		if p.Severity.Use = use("severity"); p.Severity.Use != scoring.UseNot {
			p.Severity.Parties = rapid.Permutation(words).Draw(t, "adjusted")[:rapid.IntRange(1, 3).Draw(t, "how many")]
			p.Severity.Limit = oneOf(t, "limit", 0.5, 1, 2.5)
		}
	}
	if oneOf(t, "flags count", false, true) {
		p.Flags = []scoring.FlagRule{{Flag: "run", Weight: oneOf(t, "weight of run", 0, 0.5)}, {Flag: "burst", Weight: oneOf(t, "weight of burst", 0.25, 0.1)}}
	}
}

// raterCount is how many raters a calibration knows; one more is a stranger to it.
const raterCount = 12

// drawCalibration draws what is known of peers and raters.
func drawCalibration(t *rapid.T, p *scoring.Policy) *scoring.Calibration {
	if oneOf(t, "no calibration", false, true) {
		return nil
	}
	mean := p.Scale.Low + (p.Scale.High-p.Scale.Low)*float64(rapid.IntRange(0, 100).Draw(t, "mean"))/100
	c := &scoring.Calibration{Peers: map[string]scoring.Peer{"P": {Mean: mean, Variance: float64(rapid.IntRange(0, 400).Draw(t, "variance")) / 8, N: 9}},
		Raters: map[int32]scoring.Rater{}}
	for id := range int32(raterCount) {
		c.Raters[id] = scoring.Rater{Severity: int32(rapid.IntRange(-40_000, 40_000).Draw(t, "severity")), Comparable: oneOf(t, "comparable", true, true, false),
			Flags: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"run", "burst", "other"}), 0, 2, rapid.ID).Draw(t, "flags")}
	}
	drawQuartiles(t, p, c)
	return c
}

// drawQuartiles draws what the calibration keeps of most leaves, or of all.
func drawQuartiles(t *rapid.T, p *scoring.Policy, c *scoring.Calibration) {
	c.Quartiles = map[scoring.QuartileKey]scoring.Quartile{}
	kept := oneOf(t, "quartiles kept", 10, 10, 9)
	for _, n := range p.Indicators {
		for party, word := range words {
			if n.Parties[word] > 0 && rapid.IntRange(1, 10).Draw(t, "kept") <= kept {
				c.Quartiles[scoring.QuartileKey{Peer: "P", Indicator: n.ID, Party: scoring.Party(party + 1)}] = scoring.Quartile{
					Value: p.Scale.Low + (p.Scale.High-p.Scale.Low)*float64(rapid.IntRange(0, 300).Draw(t, "quartile"))/300, N: 9,
					Spread: (p.Scale.High - p.Scale.Low) * float64(rapid.IntRange(0, 100).Draw(t, "spread")) / 700}
			}
		}
	}
}

func drawBands(t *rapid.T, p *scoring.Policy) {
	lines := []float64{p.Scale.Low}
	for _, twentieth := range rapid.SliceOfNDistinct(rapid.IntRange(1, 20), 0, 4, rapid.ID).Draw(t, "lines") {
		lines = append(lines, scoring.Round(p.Scale.Low+(p.Scale.High-p.Scale.Low)*float64(twentieth)/20, 4))
	}
	slices.Sort(lines)
	slices.Reverse(lines)
	var ids []string
	for i, from := range lines {
		ids = append(ids, fmt.Sprintf("grade%d", i))
		p.Bands = append(p.Bands, scoring.Band{ID: ids[i], From: from})
	}
	rule := func(label string) string {
		if p.Combine == "steps" { // which cannot show what a value put in is worth
			return oneOf(t, label, "hold", "cap", "renormalise")
		}
		return oneOf(t, label, "hold", "cap", "renormalise", "impute", "impute")
	}
	p.Missing = scoring.Missing{One: rule("one"), Two: rule("two"), Cap: oneOf(t, "missing cap", ids...)}
	for i := range rapid.IntRange(0, 3).Draw(t, "caps") {
		p.Caps = append(p.Caps, scoring.CapRule{ID: fmt.Sprintf("cap%d", i), Cause: oneOf(t, "cause", "incident", "order"), Grade: oneOf(t, "cap", ids...), While: oneOf(t, "while", "open", "always")})
	}
}

// drawScores draws the scores of a cell, on a coarse or on the finest scale, mostly few.
func drawScores(t *rapid.T, p *scoring.Policy) []int32 {
	step := oneOf(t, "step", 1, 5_000, 10_000, 100)
	low, high := int(p.Scale.Low*1e4), int(p.Scale.High*1e4)
	if oneOf(t, "alike", false, false, true) {
		low = high - (high-low)/10
	}
	var values []int32
	for range rapid.IntRange(0, oneOf(t, "many", 3, 12, 60)).Draw(t, "n") {
		values = append(values, int32(low+rapid.IntRange(0, (high-low)/step).Draw(t, "score")*step))
	}
	return values
}

func drawDay(t *rapid.T, label string) time.Time {
	return began.AddDate(0, 0, rapid.IntRange(-100, 500).Draw(t, label))
}

func drawEvidence(t *rapid.T, p *scoring.Policy) scoring.Evidence {
	ev := scoring.Evidence{Contract: "C", Peer: oneOf(t, "peer", "P", "P", "unknown"), StartOn: began, EndOn: ended, Recipients: oneOf(t, "recipients", 0, 1, 5, 12, 60, 500),
		AmountFen: oneOf[int64](t, "amount", 0, 1, 300, 1_000_000), Payments: rapid.IntRange(0, 2).Draw(t, "payments"), PaidFen: rapid.Int64Range(0, 400).Draw(t, "paid")}
	absent := rapid.SliceOfNDistinct(rapid.SampledFrom(words), 0, oneOf(t, "absent", 0, 1, 3), rapid.ID).Draw(t, "who")
	for _, n := range p.Indicators {
		for party, word := range words {
			if n.Parties[word] > 0 && !slices.Contains(absent, word) && oneOf(t, "answered", true, true, true, false) {
				c := scoring.Cell{Indicator: n.ID, Party: scoring.Party(party + 1), Values: drawScores(t, p)}
				if oneOf(t, "named", true, false) {
					c.Raters = rapid.SliceOfN(rapid.Int32Range(0, raterCount), len(c.Values), len(c.Values)).Draw(t, "raters")
				}
				ev.Cells = append(ev.Cells, c)
			}
		}
		if n.Kind == scoring.KindAttainment && oneOf(t, "target", true, true, false) {
			ev.Attainments = append(ev.Attainments, scoring.Attainment{Indicator: n.ID, Target: float64(rapid.IntRange(-1, 200).Draw(t, "target")) / 4,
				Actual: float64(rapid.IntRange(-1, 200).Draw(t, "actual")) / 4, Reached: oneOf(t, "reached", true, true, false), Higher: oneOf(t, "higher", true, false)})
		}
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "events") {
		e := scoring.Event{ID: fmt.Sprintf("E%d", i), Kind: oneOf(t, "kind", "incident", "order", "other"), OccurredOn: drawDay(t, "occurred"), Contract: oneOf(t, "own", true, false)}
		if oneOf(t, "ends", true, false) {
			e.EndsOn = drawDay(t, "end")
		}
		if oneOf(t, "repaired", true, false) {
			e.RepairedOn = drawDay(t, "repair")
		}
		ev.Events = append(ev.Events, e)
	}
	return ev
}
