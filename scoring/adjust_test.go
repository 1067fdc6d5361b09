package scoring

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// calibratedPolicy is smallPolicy with everything that a calibration serves.
func calibratedPolicy(use string) Policy {
	p := smallPolicy()
	p.Shrinkage = Shrinkage{Use: use}
	p.Severity = SeverityRule{Use: use, Parties: []string{"third_party"}, Limit: 5}
	return p
}

// calibrationByHand: third party 1 gives 8 points too few, which counts as 5, and 2 gives 2 too many; 3 is not joined
// with the others. Rater 4 is a recipient with a flag.
func calibrationByHand() *Calibration {
	return &Calibration{
		Peers: map[string]Peer{"home care/2025": {Mean: 80, Variance: 4, N: 12}},
		Raters: map[int32]Rater{1: {Severity: -80000, Comparable: true}, 2: {Severity: 20000, Comparable: true}, 3: {Severity: 90000},
			4: {Flags: []string{"same_answer_run"}}},
	}
}

// ratedEvidence is fullEvidence with the names of the raters and of the peers.
func ratedEvidence() Evidence {
	e := fullEvidence()
	e.Peer = "home care/2025"
	e.Cells[0].Raters, e.Cells[1].Raters, e.Cells[2].Raters = []int32{10}, []int32{4, 11}, []int32{1, 2}
	return e
}

func calibrated(t *testing.T, p Policy, c *Calibration) *Judge {
	t.Helper()
	j, err := Compile(p, c)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestShownBesideTheValue: the third parties' 70 and 80 become 75 and 78, so care = 0.4*90 + 0.3*82 + 0.3*76.5 = 83.55 and
// the whole 0.6*83.55 + 36 = 86.13; the value stays at 85.86 and its error at se. Shrunken: 80 + 4/(4+se^2)*5.86.
func TestShownBesideTheValue(t *testing.T) {
	e := calibrated(t, calibratedPolicy(UseShow), calibrationByHand()).Evaluate(ratedEvidence(), today)
	se := 0.6 * math.Sqrt(math.Pow(0.4*5, 2)+math.Pow(0.3, 2)*(108.0/10)+math.Pow(0.3, 2)*15) // as TestByHand
	reliability := 4 / (4 + se*se)
	if e.Value != 85.86 || e.Raw != 85.86 || e.Adjusted != 86.13 {
		t.Errorf("got value %g, raw %g, adjusted %g; want 85.86, 85.86 and 86.13", e.Value, e.Raw, e.Adjusted)
	}
	near(t, "reliability", e.Reliability, reliability, 1e-12)
	near(t, "shrunken", e.Shrunken, Round(80+reliability*5.86, 2), 1e-12)
	near(t, "standard error", e.SE, se, 1e-12)
	at := slices.IndexFunc(e.Parts, func(p Part) bool { return p.Party == ThirdParty })
	if p := e.Parts[at]; p.Raw != 75 || p.Adjusted != 76.5 || p.Value != 75 {
		t.Errorf("the slip shows raw %g, adjusted %g and value %g, want 75, 76.5 and 75", p.Raw, p.Adjusted, p.Value)
	}
}

// TestApplied: the same numbers where the policy uses them. The adjusted 75 and 78 have a variance of 4.5:
// se^2 of the third parties (4*25 + 4.5)/5/2 = 10.45; the posterior error is se*sqrt(reliability).
func TestApplied(t *testing.T) {
	e := calibrated(t, calibratedPolicy(UseApply), calibrationByHand()).Evaluate(ratedEvidence(), today)
	se := 0.6 * math.Sqrt(math.Pow(0.4*5, 2)+math.Pow(0.3, 2)*(108.0/10)+math.Pow(0.3, 2)*10.45)
	reliability := 4 / (4 + se*se)
	value := Round(80+reliability*6.13, 2)
	if e.Value != value || e.Shrunken != value || e.Raw != 85.86 || e.Adjusted != 86.13 {
		t.Errorf("got value %g, shrunken %g, raw %g, adjusted %g; want %g twice, 85.86 and 86.13", e.Value, e.Shrunken, e.Raw, e.Adjusted, value)
	}
	near(t, "standard error", e.SE, se*math.Sqrt(reliability), 1e-12)
	if e.Grade != "good" {
		t.Errorf("grade %s, want that of the value used", e.Grade)
	}
}

// TestStrangersCountAsTheyAre: a rater without a comparable severity is not adjusted, and said to be one of two.
func TestStrangersCountAsTheyAre(t *testing.T) {
	ev := ratedEvidence()
	ev.Cells[2].Raters = []int32{3, 2} // 70 as it is, 80 becomes 78
	e := calibrated(t, calibratedPolicy(UseShow), calibrationByHand()).Evaluate(ev, today)
	if want := Round(0.6*(0.4*90+0.3*82+0.3*74)+36, 2); e.Adjusted != want {
		t.Errorf("adjusted %g, want %g", e.Adjusted, want)
	}
	if want := (Note{Code: "raters_not_calibrated", Indicator: "care", Party: ThirdParty, Have: 1, Need: 2}); !slices.Contains(e.Warnings, want) {
		t.Errorf("got the warnings %+v, want %+v", e.Warnings, want)
	}
	ev = ratedEvidence()
	ev.Cells[2].Raters = []int32{3, 3}
	if e := calibrated(t, calibratedPolicy(UseShow), calibrationByHand()).Evaluate(ev, today); !math.IsNaN(e.Adjusted) {
		t.Errorf("adjusted %g where no severity is known, want none", e.Adjusted)
	}
}

// TestFlaggedRaters: the flagged recipient's 80 counts a quarter beside the other's 84: (0.25*80 + 84)/1.25 = 83.2, and
// nothing at 0. All set aside, the recipients are missing.
func TestFlaggedRaters(t *testing.T) {
	care := func(e Evaluation) Part {
		return e.Parts[slices.IndexFunc(e.Parts, func(p Part) bool { return p.Party == Recipient })]
	}
	for weight, want := range map[float64]float64{0.25: 83.2, 0: 84} {
		p := calibratedPolicy(UseNot)
		p.Flags = []FlagRule{{Flag: "same_answer_run", Weight: weight}, {Flag: "another", Weight: 0}}
		e := calibrated(t, p, calibrationByHand()).Evaluate(ratedEvidence(), today)
		got := care(e)
		near(t, "recipients", got.Value, want, 1e-12)
		if got.N != 2 || got.NEffective != 1+weight || got.Plain != 82 {
			t.Errorf("weight %g: got n %d, effective %g, plain %g; want 2, %g and 82", weight, got.N, got.NEffective, got.Plain, 1+weight)
		}
		if note := (Note{Code: "flagged_raters", Indicator: "care", Party: Recipient, Have: 1, Need: 2}); !slices.Contains(e.Warnings, note) {
			t.Errorf("got the warnings %+v, want %+v", e.Warnings, note)
		}
	}
	p := calibratedPolicy(UseNot)
	p.Flags = []FlagRule{{Flag: "same_answer_run", Weight: 0}}
	ev := ratedEvidence()
	ev.Cells[1].Raters = []int32{4, 4}
	e := calibrated(t, p, calibrationByHand()).Evaluate(ev, today)
	if part := care(e); !math.IsNaN(part.Value) || part.Note != "all_raters_set_aside" || !slices.Contains(e.Missing, Recipient) {
		t.Errorf("got %+v and missing %v, want no value and the recipients missing", part, e.Missing)
	}
}

// TestOrderOfScoresDoesNotMatter: scores and their raters in another order give the same evaluation to the bit.
func TestOrderOfScoresDoesNotMatter(t *testing.T) {
	p := calibratedPolicy(UseApply)
	p.Flags = []FlagRule{{Flag: "same_answer_run", Weight: 0.3}}
	j := calibrated(t, p, calibrationByHand())
	first, second := ratedEvidence(), ratedEvidence()
	for i := range second.Cells {
		slices.Reverse(second.Cells[i].Values)
		slices.Reverse(second.Cells[i].Raters)
	}
	slices.Reverse(second.Cells)
	a, b := j.Evaluate(first, today), j.Evaluate(second, today)
	slices.SortFunc(a.Warnings, func(x, y Note) int { return strings.Compare(x.Code, y.Code) })
	slices.SortFunc(b.Warnings, func(x, y Note) int { return strings.Compare(x.Code, y.Code) })
	if a.Value != b.Value || a.SE != b.SE || a.Adjusted != b.Adjusted || a.Shrunken != b.Shrunken || len(a.Warnings) != len(b.Warnings) {
		t.Errorf("got %+v and %+v", a, b)
	}
}

// TestWithoutCalibrationNothingChanges: a policy that would use a calibration gives the same without one.
func TestWithoutCalibrationNothingChanges(t *testing.T) {
	plain := compile(t, smallPolicy()).Evaluate(fullEvidence(), today)
	e := calibrated(t, calibratedPolicy(UseApply), nil).Evaluate(ratedEvidence(), today)
	if e.Value != plain.Value || e.SE != plain.SE || !math.IsNaN(e.Adjusted) || !math.IsNaN(e.Shrunken) || e.Raw != plain.Value {
		t.Errorf("got %+v, want %+v", e, plain)
	}
}

func TestCalibrationRulesAreChecked(t *testing.T) {
	for want, change := range map[string]func(*Policy){
		"evaluation.shrinkage.use":                  func(p *Policy) { p.Shrinkage.Use = "sometimes" },
		"evaluation.severity.use":                   func(p *Policy) { p.Severity.Use = "sometimes" },
		"evaluation.severity.parties":               func(p *Policy) { p.Severity.Parties = []string{"press"} },
		"evaluation.severity.limit":                 func(p *Policy) { p.Severity.Limit = 0 },
		"evaluation.flag_rule":                      func(p *Policy) { p.Flags = []FlagRule{{Flag: "x", Weight: 1}} },
		"found \"show\" with combine \"steps\"":     func(p *Policy) { p.Combine = "steps" },
		"found \"show\" with combine \"geometric\"": func(p *Policy) { p.Combine = "geometric" },
	} {
		p := calibratedPolicy(UseShow)
		change(&p)
		if _, err := Compile(p, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want a fault of %s", err, want)
		}
	}
}
