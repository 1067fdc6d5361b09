package scoring

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	today = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	began = time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC)
	ended = time.Date(2025, 12, 20, 0, 0, 0, 0, time.UTC)
)

// smallPolicy has two dimensions of which the numbers can be followed by hand.
func smallPolicy() Policy {
	return Policy{
		Scale: Scale{0, 100}, Decimals: 2, Confidence: 0.9, Combine: "arithmetic", RaterError: RaterError{SD: 5, DF: 4},
		Indicators: []Indicator{
			{ID: "quality", Weight: 60},
			{ID: "care", Parent: "quality", Weight: 100, Kind: KindScore, Parties: map[string]float64{"purchaser": 40, "recipient": 30, "third_party": 30}},
			{ID: "use", Weight: 40},
			{ID: "attained", Parent: "use", Weight: 50, Kind: KindAttainment, Ceiling: 120},
			{ID: "paid", Parent: "use", Weight: 50, Kind: KindMoney, Ceiling: 100},
		},
		Missing: Missing{One: "cap", Two: "hold", Cap: "good"},
		Bands:   []Band{{ID: "excellent", From: 90}, {ID: "good", From: 80}, {ID: "fair", From: 60}, {ID: "poor", From: 0}},
		Caps:    []CapRule{{ID: "safety", Cause: "safety_incident", Grade: "fair", While: "open"}},
	}
}

func compile(t *testing.T, p Policy) *Judge {
	t.Helper()
	j, err := Compile(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func points(values ...float64) []int32 {
	var all []int32
	for _, v := range values {
		all = append(all, int32(math.Round(v*e4)))
	}
	return all
}

func fullEvidence() Evidence {
	return Evidence{Contract: "C", StartOn: began, EndOn: ended, AmountFen: 1000, PaidFen: 900, Payments: 2, LastOn: ended,
		Attainments: []Attainment{{Indicator: "attained", Target: 200, Actual: 180, Reached: true, Higher: true}},
		Cells: []Cell{{Indicator: "care", Party: Purchaser, Values: points(90)}, {Indicator: "care", Party: Recipient, Values: points(80, 84)},
			{Indicator: "care", Party: ThirdParty, Values: points(70, 80)}}}
}

// TestByHand: care = 0.4*90 + 0.3*82 + 0.3*75 = 83.1; use = (90 + 90)/2; 0.6*83.1 + 0.4*90 = 85.86.
// Errors with sd 5 worth 4: one score 5; 80 and 84 sqrt((100+8)/5/2); 70 and 80 sqrt((100+50)/5/2).
func TestByHand(t *testing.T) {
	e := compile(t, smallPolicy()).Evaluate(fullEvidence(), today)
	if e.Status != Rated || e.Value != 85.86 || e.Grade != "good" || e.Uncapped != "good" {
		t.Errorf("got %s %g %s, want rated 85.86 good", e.Status, e.Value, e.Grade)
	}
	se := 0.6 * math.Sqrt(math.Pow(0.4*5, 2)+math.Pow(0.3, 2)*(108.0/10)+math.Pow(0.3, 2)*15)
	near(t, "standard error", e.SE, se, 1e-12)
	const z = 1.6448536269514722 // qnorm(0.95), R
	near(t, "low", e.Low, Round(85.86-z*se, 2), 1e-12)
	near(t, "high", e.High, Round(85.86+z*se, 2), 1e-12)
	var sum float64
	for _, p := range e.Parts {
		if p.Party != None || p.Indicator == "attained" || p.Indicator == "paid" {
			sum += p.Contribution
		}
	}
	near(t, "sum of the slip", sum, 85.86, 1e-9)
}

func TestMissingParties(t *testing.T) {
	j := compile(t, smallPolicy())
	one := fullEvidence()
	one.Cells = []Cell{{Indicator: "care", Party: Purchaser, Values: points(100)}, {Indicator: "care", Party: Recipient, Values: points(99)}}
	one.Attainments[0].Actual, one.PaidFen = 240, 1000
	e := j.Evaluate(one, today)
	if e.Uncapped != "excellent" || e.Grade != "good" || len(e.Caps) != 1 || !e.Caps[0].Bites || !slices.Equal(e.Missing, []Party{ThirdParty}) {
		t.Errorf("one party missing: got %+v", e)
	}
	two := one
	two.Cells = one.Cells[:1]
	if e := j.Evaluate(two, today); e.Status != Held || e.Grade != "" {
		t.Errorf("two parties missing: got %s %q, want held without grade", e.Status, e.Grade)
	}
	if e := j.Evaluate(Evidence{Contract: "C"}, today); e.Status != NoEvidence {
		t.Errorf("nothing known: got %s", e.Status)
	}
}

func TestSampleRule(t *testing.T) {
	p := smallPolicy()
	p.Sample = []Sample{{"recipient", 30, 100}}
	j := compile(t, p)
	ev := fullEvidence()
	e := j.Evaluate(ev, today) // two answers: set aside, so the recipients are missing
	if !slices.Equal(e.Missing, []Party{Recipient}) || e.Warnings[0].Code != "too_few_answers" {
		t.Errorf("two answers: got %+v", e)
	}
	ev.Recipients = 2 // both of two recipients answered
	if e := j.Evaluate(ev, today); len(e.Missing) != 0 {
		t.Errorf("everybody answered: got %v missing", e.Missing)
	}
	ev.Recipients = 0
	ev.Cells[1].Values = points(slices.Repeat([]float64{80}, 50)...)
	e = j.Evaluate(ev, today) // half weight: (40*90 + 15*80 + 30*75)/85 = 82.94117...
	near(t, "half weight", e.Value, Round(0.6*(40*90+15*80+30*75)/85+0.4*90, 2), 1e-12)
}

func TestCapStandsAndEnds(t *testing.T) {
	j := compile(t, smallPolicy())
	ev := fullEvidence()
	until := today.AddDate(0, 2, 0)
	ev.Events = []Event{{ID: "X1", Kind: "safety_incident", OccurredOn: began.AddDate(0, 3, 0), EndsOn: until}}
	e := j.Evaluate(ev, today)
	if e.Grade != "fair" || e.Uncapped != "good" || !e.GoodUntil.Equal(until) {
		t.Errorf("open: got %s from %s, good until %v", e.Grade, e.Uncapped, e.GoodUntil)
	}
	if e := j.Evaluate(ev, until); e.Grade != "good" || len(e.Caps) != 0 {
		t.Errorf("on the day it ends: got %s with %v", e.Grade, e.Caps)
	}
	ev.Events[0].OccurredOn = ended.AddDate(0, 0, 1) // after the service, against the supplier in general
	if e := j.Evaluate(ev, today); e.Grade != "good" {
		t.Errorf("not of this service: got %s", e.Grade)
	}
}

func TestProvisionalUntilServiceEnds(t *testing.T) {
	e := compile(t, smallPolicy()).Evaluate(fullEvidence(), ended)
	if e.Status != Provisional || !e.GoodUntil.Equal(ended.AddDate(0, 0, 1)) {
		t.Errorf("got %s good until %v", e.Status, e.GoodUntil)
	}
}

// TestOrderDoesNotMatter: neither of the scores in a cell nor of the cells.
func TestOrderDoesNotMatter(t *testing.T) {
	p := smallPolicy()
	p.Location = []Location{{Party: "recipient", Method: "trimmed", Trim: 0.1, From: 20}}
	j := compile(t, p)
	rng := rand.New(rand.NewPCG(1, 2))
	ev := fullEvidence()
	ev.Cells[1].Values = nil
	for range 200 {
		ev.Cells[1].Values = append(ev.Cells[1].Values, int32(rng.IntN(100*e4)))
	}
	first := j.Evaluate(ev, today)
	for range 20 {
		rng.Shuffle(len(ev.Cells), func(a, b int) { ev.Cells[a], ev.Cells[b] = ev.Cells[b], ev.Cells[a] })
		for _, c := range ev.Cells {
			rng.Shuffle(len(c.Values), func(a, b int) { c.Values[a], c.Values[b] = c.Values[b], c.Values[a] })
		}
		if e := j.Evaluate(ev, today); e.Value != first.Value || e.SE != first.SE || e.Plain != first.Plain {
			t.Fatalf("got %v ± %v, before %v ± %v", e.Value, e.SE, first.Value, first.SE)
		}
	}
}

// TestStepsOfFiveStar: the overall star of the US rating in force 2019 to 2022, by hand.
func TestStepsOfFiveStar(t *testing.T) {
	four, one, five := 4.0, 1.0, 5.0
	leaf := func(id string) Indicator {
		return Indicator{ID: id, Kind: KindScore, Parties: map[string]float64{"third_party": 100}}
	}
	p := Policy{Scale: Scale{1, 5}, Confidence: 0.9, Combine: "steps", Missing: Missing{One: "hold", Two: "hold"}, Bands: []Band{{ID: "star", From: 1}},
		Indicators: []Indicator{leaf("inspection"), leaf("staffing"), leaf("quality")},
		Steps: []Step{{Indicator: "inspection", Start: true}, {Indicator: "staffing", AtLeast: &four, AboveStart: true, Add: 1}, {Indicator: "staffing", AtMost: &one, Add: -1},
			{Indicator: "quality", AtLeast: &five, Add: 1}, {Indicator: "quality", AtMost: &one, Add: -1}},
		Limits: []Limit{{Indicator: "inspection", AtMost: 1, Value: 2}}}
	j := compile(t, p)
	for _, c := range []struct{ h, s, q, want float64 }{{4, 5, 5, 5}, {4, 4, 3, 4}, {3, 4, 5, 5}, {1, 5, 5, 2}, {2, 1, 1, 1}, {5, 1, 3, 4}, {3, 0, 5, 4}} {
		ev := Evidence{Cells: []Cell{{Indicator: "inspection", Party: ThirdParty, Values: points(c.h)}, {Indicator: "quality", Party: ThirdParty, Values: points(c.q)}}}
		if c.s > 0 { // 0: not reported
			ev.Cells = append(ev.Cells, Cell{Indicator: "staffing", Party: ThirdParty, Values: points(c.s)})
		}
		if e := j.Evaluate(ev, today); e.Value != c.want {
			t.Errorf("h %g s %g q %g: got %g, want %g", c.h, c.s, c.q, e.Value, c.want)
		}
	}
}

func TestCheckNamesTheFault(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Policy)
		want   string
	}{
		{"weights", func(p *Policy) { p.Indicators[0].Weight = 61 }, "add up to 101"},
		{"unreachable grade", func(p *Policy) { p.Bands[1].From = 90 }, "could not be reached"},
		{"bottom without grade", func(p *Policy) { p.Bands[3].From = 10 }, "no grade"},
		{"party without weight", func(p *Policy) { p.Indicators[1].Parties = nil }, "expected 100"},
		{"dimension without leaves", func(p *Policy) { p.Indicators = append(p.Indicators, Indicator{ID: "empty", Weight: 10}) }, "either a kind or indicators"},
		{"confidence", func(p *Policy) { p.Confidence = 1.2 }, "evaluation.confidence"},
	} {
		p := smallPolicy()
		c.change(&p)
		if _, err := Compile(p, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	p := smallPolicy()
	p.Location = []Location{{Party: "recipient", Method: "trimmed", Trim: 0.1, From: 20}}
	j, err := Compile(p, nil)
	if err != nil {
		b.Fatal(err)
	}
	ev := fullEvidence()
	for i := range 500 {
		ev.Cells[1].Values = append(ev.Cells[1].Values, int32(i%100)*e4)
	}
	for b.Loop() {
		j.Evaluate(ev, today)
	}
}
