package scoring

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// quartilesByHand are kept of care among the peers of ratedEvidence: third parties gave them 60, 70, 80, 90 and 100, of
// which the lower quartile (type 7) is 70 and the mean squared distance from it 250 + (80-70)^2 = 350. Recipients all gave
// 81.
func quartilesByHand() *Calibration {
	return &Calibration{Quartiles: map[QuartileKey]Quartile{
		{"home care/2025", "care", ThirdParty}: {Value: 70, Spread: math.Sqrt(350), N: 5},
		{"home care/2025", "care", Recipient}:  {Value: 81, N: 5},
	}}
}

// imputingPolicy is smallPolicy that imputes, whatever is missing.
func imputingPolicy() Policy {
	p := smallPolicy()
	p.Missing = Missing{One: "impute", Two: "impute"}
	return p
}

// without is ratedEvidence in which some parties said nothing.
func without(parties ...Party) Evidence {
	ev := ratedEvidence()
	ev.Cells = slices.DeleteFunc(ev.Cells, func(c Cell) bool { return slices.Contains(parties, c.Party) })
	return ev
}

// TestOnePartyImputed: care = 0.4*90 + 0.3*82 + 0.3*70 = 81.6, the whole 0.6*81.6 + 36 = 84.96, and what stands for the
// third parties is off by sqrt(350). The value earns its grade, no cap is put on.
func TestOnePartyImputed(t *testing.T) {
	e := calibrated(t, imputingPolicy(), quartilesByHand()).Evaluate(without(ThirdParty), today)
	if e.Status != Rated || e.Value != 84.96 || e.Raw != 84.96 || !math.IsNaN(e.Adjusted) || e.Grade != "good" || len(e.Caps) != 0 {
		t.Errorf("got %s, value %g, raw %g, adjusted %g, grade %q, caps %v; want rated, 84.96 twice, NaN, good and none", e.Status, e.Value, e.Raw, e.Adjusted, e.Grade, e.Caps)
	}
	near(t, "standard error", e.SE, 0.6*math.Sqrt(math.Pow(0.4*5, 2)+math.Pow(0.3, 2)*(108.0/10)+math.Pow(0.3, 2)*350), 1e-12)
	near(t, "plain, of what was given", e.Plain, 0.6*(0.4*90+0.3*82)/0.7+36, 1e-12)
	part := e.Parts[slices.IndexFunc(e.Parts, func(p Part) bool { return p.Party == ThirdParty })]
	if part.Note != "imputed" || part.Value != 70 || part.N != 0 || part.SE != math.Sqrt(350) || !math.IsNaN(part.Plain) {
		t.Errorf("the slip has %+v, want 70 with note imputed and no answer", part)
	}
	near(t, "contribution", part.Contribution, 0.6*0.3*70, 1e-12)
	if !slices.Equal(e.Missing, []Party{ThirdParty}) || e.Counts[ThirdParty] != 0 {
		t.Errorf("missing %v, counts %v: who is imputed is missing still", e.Missing, e.Counts)
	}
	if want := []Note{{Code: "party_imputed", Party: ThirdParty, Have: 1}}; !slices.Equal(e.Warnings[:1], want) {
		t.Errorf("got the warnings %+v, want %+v first", e.Warnings, want)
	}
}

// TestTwoPartiesImputed: care = 0.4*90 + 0.3*81 + 0.3*70 = 81.3. Recipients who all gave the same have no spread; what
// stands for them is then as sure as one rater, who is off by 5.
func TestTwoPartiesImputed(t *testing.T) {
	e := calibrated(t, imputingPolicy(), quartilesByHand()).Evaluate(without(Recipient, ThirdParty), today)
	if e.Status != Rated || e.Value != Round(0.6*81.3+36, 2) {
		t.Errorf("got %s %g, want rated 84.78", e.Status, e.Value)
	}
	near(t, "standard error", e.SE, 0.6*math.Sqrt(math.Pow(0.4*5, 2)+math.Pow(0.3*5, 2)+math.Pow(0.3, 2)*350), 1e-12)
	p := imputingPolicy()
	p.Missing.Two = "hold"
	if e := calibrated(t, p, quartilesByHand()).Evaluate(without(Recipient, ThirdParty), today); e.Status != Held || e.Warnings != nil {
		t.Errorf("two missing under hold: got %s with %v", e.Status, e.Warnings)
	}
}

// TestEveryLeafOrNone: quality is care and food alike, both of which the third parties are asked for. Silent on food alone they
// are not missing, and food is (40*80)/40 = 80. Silent on both, 70 and 50 stand for them: care 81.6, food 0.4*80 + 0.6*50 =
// 62, the whole 0.6*71.8 + 36 = 79.08, and the errors of the two leaves, of one party, add up. Without a quartile for food
// nothing is put in for care either.
func TestEveryLeafOrNone(t *testing.T) {
	p, c := imputingPolicy(), quartilesByHand()
	p.Indicators[1].Weight = 50
	p.Indicators = append(p.Indicators, Indicator{ID: "food", Parent: "quality", Weight: 50, Kind: KindScore, Parties: map[string]float64{"purchaser": 40, "third_party": 60}})
	food := Cell{Indicator: "food", Party: Purchaser, Values: points(80)}
	evidence := func(parties ...Party) Evidence {
		ev := without(parties...)
		ev.Cells = append(ev.Cells, food)
		return ev
	}
	e := calibrated(t, p, c).Evaluate(evidence(), today)
	if e.Value != Round(0.6*(83.1+80)/2+36, 2) || e.Missing != nil {
		t.Errorf("silent on one leaf: got %g, missing %v", e.Value, e.Missing)
	}
	if e := calibrated(t, p, c).Evaluate(evidence(ThirdParty), today); e.Status != Held || e.Warnings[0].Indicator != "food" || len(e.Warnings) != 1 {
		t.Errorf("one leaf without a quartile: got %s with %+v", e.Status, e.Warnings)
	}
	c.Quartiles[QuartileKey{"home care/2025", "food", ThirdParty}] = Quartile{Value: 50, Spread: 10, N: 4}
	e = calibrated(t, p, c).Evaluate(evidence(ThirdParty), today)
	if e.Value != 79.08 || e.Warnings[0] != (Note{Code: "party_imputed", Party: ThirdParty, Have: 2}) {
		t.Errorf("silent on both: got %g with %+v", e.Value, e.Warnings)
	}
	purchaser, recipients, third := 0.4*5+0.4*5, 0.3*math.Sqrt(108.0/10), 0.3*math.Sqrt(350)+0.6*10
	near(t, "standard error", e.SE, 0.3*math.Sqrt(purchaser*purchaser+recipients*recipients+third*third), 1e-12)
}

// TestFewAnswersImputed: two recipients where thirty are asked are set aside, and seen in the plain mean.
func TestFewAnswersImputed(t *testing.T) {
	p := imputingPolicy()
	p.Sample = []Sample{{"recipient", 30, 100}}
	e := calibrated(t, p, quartilesByHand()).Evaluate(ratedEvidence(), today)
	part := e.Parts[slices.IndexFunc(e.Parts, func(p Part) bool { return p.Party == Recipient })]
	if part.Value != 81 || part.Plain != 82 || part.N != 2 || part.Note != "imputed" || part.Share != 0.6*0.3 {
		t.Errorf("got %+v, want 81 in full, beside the plain 82 of two answers", part)
	}
	if e.Value != Round(0.6*(0.4*90+0.3*81+0.3*75)+36, 2) || e.Warnings[0].Code != "too_few_answers" || e.Warnings[1].Code != "party_imputed" {
		t.Errorf("got %g with %+v", e.Value, e.Warnings)
	}
}

// TestNothingToImpute: without a calibration, for other peers, or with a quartile for one of two parties only, nothing is
// put in, the contract is held, and every gap is named.
func TestNothingToImpute(t *testing.T) {
	stranger := without(ThirdParty)
	stranger.Peer = "home care/2026"
	half := quartilesByHand()
	delete(half.Quartiles, QuartileKey{"home care/2025", "care", Recipient})
	for name, c := range map[string]struct {
		calibration *Calibration
		ev          Evidence
		gap         Party
	}{
		"no calibration": {nil, without(ThirdParty), ThirdParty},
		"other peers":    {quartilesByHand(), stranger, ThirdParty},
		"one of two":     {half, without(Recipient, ThirdParty), Recipient},
	} {
		e := calibrated(t, imputingPolicy(), c.calibration).Evaluate(c.ev, today)
		if want := []Note{{Code: "nothing_to_impute", Indicator: "care", Party: c.gap, Need: MinPeers}}; e.Status != Held || e.Grade != "" || !slices.Equal(e.Warnings, want) {
			t.Errorf("%s: got %s %q with %+v, want held with %+v", name, e.Status, e.Grade, e.Warnings, want)
		}
		if slices.ContainsFunc(e.Parts, func(p Part) bool { return p.Note == "imputed" }) {
			t.Errorf("%s: something was put in: %+v", name, e.Parts)
		}
	}
}

// TestNothingIsImputedToNothing: where nobody gave anything and nothing was measured there is no evidence to complete.
func TestNothingIsImputedToNothing(t *testing.T) {
	e := calibrated(t, imputingPolicy(), quartilesByHand()).Evaluate(Evidence{Contract: "C", Peer: "home care/2025"}, today)
	if e.Status != NoEvidence || e.Warnings != nil {
		t.Errorf("got %s with %+v, want no evidence", e.Status, e.Warnings)
	}
}

// TestImputedIsForgotten: a judgement that is used again knows nothing of the one before.
func TestImputedIsForgotten(t *testing.T) {
	j := calibrated(t, imputingPolicy(), nil)
	for range 3 {
		if held := j.Evaluate(without(ThirdParty), today); held.Status != Held {
			t.Fatalf("got %s, want held", held.Status)
		}
		if e := j.Evaluate(ratedEvidence(), today); e.Status != Rated || e.Value != 85.86 {
			t.Fatalf("got %s %g, want rated 85.86", e.Status, e.Value)
		}
	}
}

// TestQuartilesChangeNothingElse: a policy that does not impute gives the same with and without quartiles, and one that does
// gives the same where nobody is missing.
func TestQuartilesChangeNothingElse(t *testing.T) {
	bits := func(e Evaluation) string { return fmt.Sprintf("%+v", e) } // shortest digits that tell floats apart; NaN is not equal to itself
	plain := calibrated(t, smallPolicy(), nil)
	for _, missing := range [][]Party{nil, {ThirdParty}, {Recipient, ThirdParty}} {
		want := bits(plain.Evaluate(without(missing...), today))
		if got := bits(calibrated(t, smallPolicy(), quartilesByHand()).Evaluate(without(missing...), today)); got != want {
			t.Errorf("missing %v: got %s, want %s", missing, got, want)
		}
	}
	if got, want := bits(calibrated(t, imputingPolicy(), quartilesByHand()).Evaluate(ratedEvidence(), today)), bits(plain.Evaluate(ratedEvidence(), today)); got != want {
		t.Errorf("nobody missing: got %s, want %s", got, want)
	}
}

func TestImputeIsChecked(t *testing.T) {
	p := imputingPolicy()
	if faults := p.Check(); faults != nil {
		t.Errorf("got %v, want no fault", faults)
	}
	p.Combine, p.Steps = "steps", []Step{{Indicator: "care", Start: true}}
	if _, err := Compile(p, nil); err == nil || !strings.Contains(err.Error(), `found "impute" with combine "steps"`) {
		t.Errorf("got %v, want steps refused", err)
	}
	p = imputingPolicy()
	p.Missing.One = "guess"
	if _, err := Compile(p, nil); err == nil || !strings.Contains(err.Error(), "expected one of hold, cap, impute, renormalise") {
		t.Errorf("got %v, want the four words", err)
	}
}
