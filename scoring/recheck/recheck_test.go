package recheck_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pingxin/scoring"
	"pingxin/scoring/recheck"
	"pingxin/scoring/recheck/exact"
)

func judge(t interface{ Fatal(...any) }, p scoring.Policy, c *scoring.Calibration) *scoring.Judge {
	j, err := scoring.Compile(p, c)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func clone(ev scoring.Evidence) scoring.Evidence {
	ev.Cells = slices.Clone(ev.Cells)
	for i := range ev.Cells {
		ev.Cells[i].Values, ev.Cells[i].Raters = slices.Clone(ev.Cells[i].Values), slices.Clone(ev.Cells[i].Raters)
	}
	return ev
}

// TestJudgeAgrees: what the judge says of any evidence by any policy is what the policy means.
func TestJudgeAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		ev, c := drawEvidence(t, &p), drawCalibration(t, &p)
		asOf := drawDay(t, "as of")
		again := clone(ev) // the judge sorts the cells in place
		if err := recheck.Evaluation(&p, c, again, asOf, judge(t, p, c).Evaluate(ev, asOf)); err != nil {
			t.Fatal(err)
		}
	})
}

var today = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)

func points(values ...float64) []int32 {
	var all []int32
	for _, v := range values {
		all = append(all, int32(math.Round(v*1e4)))
	}
	return all
}

// handPolicy and handEvidence can be followed by hand: of care the third party says nothing, which leaves (0.4*90 +
// 0.3*82)/0.7 = 86.571428...; attained is 90, so that the value is 0.6*86.571428... + 0.4*90 = 87.942857...
func handPolicy() scoring.Policy {
	return scoring.Policy{
		Scale: scoring.Scale{High: 100}, Decimals: 2, Confidence: 0.9, Combine: "arithmetic", RaterError: scoring.RaterError{SD: 5, DF: 4},
		Indicators: []scoring.Indicator{
			{ID: "care", Weight: 60, Kind: scoring.KindScore, Parties: map[string]float64{"purchaser": 40, "recipient": 30, "third_party": 30}},
			{ID: "attained", Weight: 40, Kind: scoring.KindAttainment, Ceiling: 120},
		},
		Missing: scoring.Missing{One: "cap", Two: "hold", Cap: "good"},
		Bands:   []scoring.Band{{ID: "excellent", From: 90}, {ID: "good", From: 80}, {ID: "fair", From: 60}, {ID: "poor", From: 0}},
		Caps:    []scoring.CapRule{{ID: "safety", Cause: "incident", Grade: "fair", While: "open"}},
	}
}

func handEvidence() scoring.Evidence {
	return scoring.Evidence{Contract: "C", StartOn: began, EndOn: ended,
		Attainments: []scoring.Attainment{{Indicator: "attained", Target: 200, Actual: 180, Reached: true, Higher: true}},
		Events:      []scoring.Event{{ID: "E", Kind: "incident", OccurredOn: began, EndsOn: today.AddDate(0, 1, 0)}},
		Cells:       []scoring.Cell{{Indicator: "care", Party: scoring.Purchaser, Values: points(90)}, {Indicator: "care", Party: scoring.Recipient, Values: points(80, 84)}}}
}

// TestEveryFieldIsCompared: a slip in any field is noticed and named.
func TestEveryFieldIsCompared(t *testing.T) {
	p, ev := handPolicy(), handEvidence()
	right := judge(t, p, nil).Evaluate(ev, today)
	if right.Value != 87.94 || right.Uncapped != "good" || right.Grade != "fair" || len(right.Caps) != 2 {
		t.Fatalf("by hand 87.94, good, capped to fair twice: got %+v", right)
	}
	if err := recheck.Evaluation(&p, nil, ev, today, right); err != nil {
		t.Fatal(err)
	}
	for field, slip := range map[string]func(*scoring.Evaluation){
		"contract":        func(e *scoring.Evaluation) { e.Contract = "D" },
		"status":          func(e *scoring.Evaluation) { e.Status = scoring.Provisional },
		"counts":          func(e *scoring.Evaluation) { e.Counts[scoring.Recipient]++ },
		"missing parties": func(e *scoring.Evaluation) { e.Missing = nil },
		"plain value":     func(e *scoring.Evaluation) { e.Plain *= 1 + 2e-9 },
		"standard error":  func(e *scoring.Evaluation) { e.SE *= 1 - 2e-9 },
		"value":           func(e *scoring.Evaluation) { e.Value += 0.01 },
		"low":             func(e *scoring.Evaluation) { e.Low = math.NaN() },
		"high":            func(e *scoring.Evaluation) { e.High += 1e-6 },
		"uncapped grade":  func(e *scoring.Evaluation) { e.Uncapped = "excellent" },
		"grade":           func(e *scoring.Evaluation) { e.Grade = "good" },
		"caps":            func(e *scoring.Evaluation) { e.Caps[1].Until = today },
	} {
		wrong := right
		wrong.Caps = slices.Clone(right.Caps)
		slip(&wrong)
		err := recheck.Evaluation(&p, nil, ev, today, wrong)
		var found *exact.DifferenceError
		if !errors.As(err, &found) || len(found.Differences) != 1 || found.Differences[0].Field != field || !strings.Contains(err.Error(), field) {
			t.Errorf("slip in %s: got %v", field, err)
		}
	}
}

// TestWhatACalibrationAddsIsCompared: the purchaser gives 2 points too many, so that adjusted are 88 of 90 and the whole is
// 0.6*(0.4*88 + 0.3*82)/0.7 + 36 = 87.257142...; the group has a mean of 80.
func TestWhatACalibrationAddsIsCompared(t *testing.T) {
	p, ev := handPolicy(), handEvidence()
	p.Shrinkage.Use, p.Severity = scoring.UseShow, scoring.SeverityRule{Use: scoring.UseShow, Parties: words[:1], Limit: 5}
	ev.Peer, ev.Cells[0].Raters = "P", []int32{1}
	c := &scoring.Calibration{Peers: map[string]scoring.Peer{"P": {Mean: 80, Variance: 9, N: 12}}, Raters: map[int32]scoring.Rater{1: {Severity: 20_000, Comparable: true}}}
	right := judge(t, p, c).Evaluate(ev, today)
	if right.Raw != 87.94 || right.Adjusted != 87.26 || !(right.Shrunken > 80 && right.Shrunken < 87.94) {
		t.Fatalf("by hand raw 87.94, adjusted 87.26, shrunken between 80 and 87.94: got %+v", right)
	}
	if err := recheck.Evaluation(&p, c, ev, today, right); err != nil {
		t.Fatal(err)
	}
	for field, slip := range map[string]func(*scoring.Evaluation){
		"raw value":      func(e *scoring.Evaluation) { e.Raw = math.NaN() },
		"adjusted value": func(e *scoring.Evaluation) { e.Adjusted = e.Raw },
		"shrunken value": func(e *scoring.Evaluation) { e.Shrunken += 0.01 },
		"reliability":    func(e *scoring.Evaluation) { e.Reliability = 1 },
	} {
		wrong := right
		slip(&wrong)
		var found *exact.DifferenceError
		if err := recheck.Evaluation(&p, c, ev, today, wrong); !errors.As(err, &found) || len(found.Differences) != 1 || found.Differences[0].Field != field {
			t.Errorf("slip in %s: got %v", field, err)
		}
	}
	var found *exact.DifferenceError
	if err := recheck.Evaluation(&p, nil, ev, today, right); !errors.As(err, &found) || len(found.Differences) != 3 {
		t.Errorf("without the calibration: got %v, want three values that nothing gives", err)
	}
	c.Peers["P"] = scoring.Peer{Variance: -1}
	if err := recheck.Evaluation(&p, c, ev, today, right); !errors.Is(err, recheck.ErrNegativeVariance) {
		t.Errorf("negative variance: got %v", err)
	}
}

// TestImputedIsCompared: 70 stands for the third party, so that care is 0.4*90 + 0.3*82 + 0.3*70 = 81.6 and the whole
// 0.6*81.6 + 36 = 84.96. With another quartile, without one, or with one that has no meaning the same evaluation differs.
func TestImputedIsCompared(t *testing.T) {
	p, ev := handPolicy(), handEvidence()
	p.Missing, ev.Peer = scoring.Missing{One: "impute", Two: "impute"}, "P"
	key := scoring.QuartileKey{Peer: "P", Indicator: "care", Party: scoring.ThirdParty}
	keeping := func(q scoring.Quartile) *scoring.Calibration {
		return &scoring.Calibration{Quartiles: map[scoring.QuartileKey]scoring.Quartile{key: q}}
	}
	c := keeping(scoring.Quartile{Value: 70, Spread: 18, N: 5})
	right := judge(t, p, c).Evaluate(ev, today)
	if right.Value != 84.96 || right.Status != scoring.Rated {
		t.Fatalf("by hand 84.96: got %+v", right)
	}
	if err := recheck.Evaluation(&p, c, ev, today, right); err != nil {
		t.Fatal(err)
	}
	for field, other := range map[string]*scoring.Calibration{"value": keeping(scoring.Quartile{Value: 71, Spread: 18}), "standard error": keeping(scoring.Quartile{Value: 70, Spread: 19}), "status": nil} {
		var found *exact.DifferenceError
		if err := recheck.Evaluation(&p, other, ev, today, right); !errors.As(err, &found) || !slices.ContainsFunc(found.Differences, func(d exact.Difference) bool { return d.Field == field }) {
			t.Errorf("got %v, want a difference of the %s", err, field)
		}
	}
	if err := recheck.Evaluation(&p, keeping(scoring.Quartile{Spread: -1}), ev, today, right); !errors.Is(err, recheck.ErrNegativeSpread) {
		t.Errorf("negative spread: got %v", err)
	}
	if err := recheck.Evaluation(&p, keeping(scoring.Quartile{Value: math.NaN()}), ev, today, right); !errors.Is(err, recheck.ErrNotFinite) {
		t.Errorf("no number: got %v", err)
	}
}

// TestNoGradeIsExpected where nothing can be graded.
func TestNoGradeIsExpected(t *testing.T) {
	p, ev := handPolicy(), handEvidence()
	ev.Cells = nil // two parties and more missing: held
	held := judge(t, p, nil).Evaluate(ev, today)
	if err := recheck.Evaluation(&p, nil, ev, today, held); err != nil || held.Status != scoring.Held {
		t.Fatalf("held: got %s, %v", held.Status, err)
	}
	for field, slip := range map[string]func(*scoring.Evaluation){
		"grade":          func(e *scoring.Evaluation) { e.Grade = "poor" },
		"uncapped grade": func(e *scoring.Evaluation) { e.Uncapped = "poor" },
		"number of caps": func(e *scoring.Evaluation) { e.Caps = make([]scoring.Cap, 1) },
		"plain value":    func(e *scoring.Evaluation) { e.Plain = math.NaN() },
		"status":         func(e *scoring.Evaluation) { e.Status = scoring.NoEvidence },
	} {
		wrong := held
		slip(&wrong)
		var found *exact.DifferenceError
		if err := recheck.Evaluation(&p, nil, ev, today, wrong); !errors.As(err, &found) || found.Differences[0].Field != field {
			t.Errorf("slip in %s: got %v", field, err)
		}
	}
}

// TestTies: a value exactly between two official ones is rounded half up, and nothing else will do.
func TestTies(t *testing.T) {
	p, ev := handPolicy(), handEvidence()
	p.Indicators = []scoring.Indicator{{ID: "care", Weight: 100, Kind: scoring.KindScore, Parties: map[string]float64{"purchaser": 50, "recipient": 50}}}
	ev.Cells = []scoring.Cell{{Indicator: "care", Party: scoring.Purchaser, Values: points(79.99)}, {Indicator: "care", Party: scoring.Recipient, Values: points(80)}}
	e := judge(t, p, nil).Evaluate(ev, today)
	if err := recheck.Evaluation(&p, nil, ev, today, e); err != nil || e.Value != 80 {
		t.Fatalf("79.995: got %g, %v", e.Value, err)
	}
	e.Value, e.Uncapped = 79.99, "fair"
	var found *exact.DifferenceError
	if err := recheck.Evaluation(&p, nil, ev, today, e); !errors.As(err, &found) || found.Differences[0].Field != "value" {
		t.Errorf("79.995 as 79.99: got %v", err)
	}
}

func TestWhatCannotBeRecomputed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*scoring.Policy, *scoring.Evidence)
		want   error
	}{
		"target NaN":    {func(_ *scoring.Policy, ev *scoring.Evidence) { ev.Attainments[0].Target = math.NaN() }, recheck.ErrNotFinite},
		"line infinite": {func(p *scoring.Policy, _ *scoring.Evidence) { p.Bands[0].From = math.Inf(1) }, recheck.ErrNotFinite},
		"a cell twice":  {func(_ *scoring.Policy, ev *scoring.Evidence) { ev.Cells = append(ev.Cells, ev.Cells[0]) }, recheck.ErrTwice},
		"a target twice": {func(_ *scoring.Policy, ev *scoring.Evidence) {
			ev.Attainments = append(ev.Attainments, ev.Attainments[0])
		}, recheck.ErrTwice},
		"negative in a geometric mean": {func(p *scoring.Policy, ev *scoring.Evidence) {
			p.Combine = "geometric"
			ev.Cells[0].Values = points(-1)
		}, recheck.ErrNegative},
	} {
		p, ev := handPolicy(), handEvidence()
		c.change(&p, &ev)
		if err := recheck.Evaluation(&p, nil, ev, today, scoring.Evaluation{}); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func BenchmarkEvaluation(b *testing.B) {
	for _, method := range []string{"trimmed", "hodges_lehmann", "huber"} {
		b.Run(method, func(b *testing.B) {
			p, ev := handPolicy(), handEvidence()
			p.Location = []scoring.Location{{Party: "recipient", Method: method, Trim: 0.1}}
			ev.Cells[1].Values = nil
			for i := range 500 {
				ev.Cells[1].Values = append(ev.Cells[1].Values, int32(i*i%100)*1e4)
			}
			got := judge(b, p, nil).Evaluate(ev, today)
			for b.Loop() {
				if err := recheck.Evaluation(&p, nil, ev, today, got); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
