package challenger

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestCompareByHand: four records, two bad. Rule scores 4 3 2 1 with the second and the fourth bad: the bad are worse in
// 3 of 4 pairs, AUC 0.75, KS 0.5. The challenger takes good, good, poor, poor: log odds ln(2/18) and ln 3, so a pair tied
// to 1/2 twice, one won, one lost: AUC 0.5, KS 0; Brier (0.1² + 0.9² + 0.75² + 0.25²)/4 = 0.36125. Its ranks are 3.5 3.5
// 1.5 1.5 against 4 3 2 1: correlation 4/sqrt(5*4) = 0.894427. After a logistic regression on a score that tells nothing
// every probability is 1/2, and Brier 0.25.
func TestCompareByHand(t *testing.T) {
	design, records := small()
	m, err := Fit(DefaultPolicy(), "later offence", design, records)
	if err != nil {
		t.Fatal(err)
	}
	var later []Record
	for i, label := range []string{"good", "good", "poor", "poor"} {
		later = append(later, Record{ID: string(rune('a' + i)), Values: []Value{{Label: label}}, Bad: i%2 == 1, Rule: float64(4 - i)})
	}
	later = append(later, Record{ID: "unrated", Values: []Value{{Label: "good"}}, Rule: math.NaN()})
	c, err := Compare(m, later)
	if err != nil {
		t.Fatal(err)
	}
	if c.Records != 4 || c.Bad != 2 || c.Rule.AUC != 0.75 || c.Rule.KS != 0.5 || c.Challenger.AUC != 0.5 || c.Challenger.KS != 0 || c.Rule.Brier != nil {
		t.Errorf("got %+v", c)
	}
	near(t, "Brier", *c.Challenger.Brier, 0.36125, 1e-9)
	near(t, "Brier calibrated", *c.Challenger.Calibrated, 0.25, 1e-9)
	near(t, "rank correlation", *c.RankCorrelation, 4/math.Sqrt(20), 1e-12)
	if !slices.Equal(c.Warnings, []Warning{{Code: Unrated, Have: 1, Need: 5}}) {
		t.Errorf("warnings %v", c.Warnings)
	}
	if worst := c.Cases[3]; worst.RuleRank != 1 || worst.ChallengerRank != 1.5 || len(worst.Reasons) != 1 || worst.Reasons[0].Bin != "poor" {
		t.Errorf("got %+v", worst)
	}
	slices.Reverse(later)
	if again, err := Compare(m, later); err != nil || !reflect.DeepEqual(again, c) {
		t.Errorf("backwards: %v, got %+v, want %+v", err, again, c)
	}
}

// TestCompareInSample: the records of the fit are known again, in any order.
func TestCompareInSample(t *testing.T) {
	m, design, records := germanModel(t)
	all := chosen(m, design, records)
	slices.Reverse(all)
	c, err := Compare(m, all)
	if err != nil || !slices.Equal(c.Warnings, []Warning{{Code: InSample}}) {
		t.Fatalf("%v, warnings %v", err, c.Warnings)
	}
	if c.Challenger.AUC <= c.Rule.AUC || *c.Challenger.Calibrated >= *c.Rule.Calibrated || !alike(*c.Challenger.Brier, *c.Challenger.Calibrated, 1e-6) {
		t.Errorf("challenger %+v, rule %+v: want the fitted one ahead, and calibrated on its own records", c.Challenger, c.Rule)
	}
}

// TestCompareExtremes: scores that separate or never vary have no calibration, and say so by having none.
func TestCompareExtremes(t *testing.T) {
	design, records := small()
	m, err := Fit(DefaultPolicy(), "later offence", design, records)
	if err != nil {
		t.Fatal(err)
	}
	all := chosen(m, design, records)
	for i := range all {
		all[i].Rule = 50
	}
	c, err := Compare(m, all)
	if err != nil || c.Rule.Calibrated != nil || c.RankCorrelation != nil || c.Rule.AUC != 0.5 {
		t.Errorf("%v: a rule score that never varies gives %+v", err, c)
	}
	for i, r := range all {
		all[i].Rule = 1
		if r.Bad {
			all[i].Rule = 0
		}
	}
	if c, err = Compare(m, all); err != nil || c.Rule.Calibrated != nil || c.Rule.AUC != 1 {
		t.Errorf("%v: a rule score that separates gives %+v", err, c)
	}
}

func TestRefusedComparisons(t *testing.T) {
	design, records := small()
	m, err := Fit(DefaultPolicy(), "later offence", design, records)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Compare(m, records); !errors.Is(err, ErrShape) {
		t.Errorf("got %v, want %v", err, ErrShape)
	}
	all := chosen(m, design, records)
	all[3].Rule = math.Inf(1)
	if _, err := Compare(m, all); !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), `record "D"`) {
		t.Errorf("got %v, want %v of record D", err, ErrNotFinite)
	}
	for i := range all {
		all[i].Rule = math.NaN()
	}
	if _, err := Compare(m, all); !errors.Is(err, ErrNoRecords) {
		t.Errorf("got %v, want %v", err, ErrNoRecords)
	}
}
