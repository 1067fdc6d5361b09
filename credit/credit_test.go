package credit

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pingxin/scoring"
)

// defaults are the numbers of the policy jiangbei-2015.
func defaults() *Policy {
	return &Policy{MinEvaluations: 3, MinCases: 25, PerformancePct: 60, ConductPct: 40, WindowDays: 1095, AmountUnitYuan: 10000, LargestShare: 0.5,
		ConductStart: 100, General: 5, Serious: 50, GeneralDays: 1095, Commendation: 2, CommendationMax: 6, RepairDays: 180,
		StaleDays: 730, StaleCap: "A", SeriousCap: "B", ListedCap: "D",
		Levels: []Level{{"AAA", 90}, {"AA", 80}, {"A", 70}, {"BBB", 60}, {"BB", 50}, {"B", 40}, {"C", 20}, {"D", 0}},
		Stars:  []Star{{5, 100, 0}, {4, 80, 0}, {3, 60, -2}, {2, 30, -3}, {1, 0, -4}}}
}

var today = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func daysAgo(n int) time.Time { return today.AddDate(0, 0, -n) }

// done is an evaluation of a contract of 10,000 yuan, whose amount weighs ln 2, n days ago.
func done(contract string, value float64, n int) Evaluated {
	return Evaluated{Contract: contract, Value: value, Grade: "good", On: daysAgo(n), AmountFen: 1_000_000, Cases: 30}
}

func TestDefaultsAreSound(t *testing.T) {
	if faults := defaults().Check(); len(faults) > 0 {
		t.Error(faults)
	}
	broken := defaults()
	broken.ConductPct, broken.WindowDays, broken.StaleCap, broken.LargestShare = 50, 0, "E", 1.5
	broken.Levels[1].From = 95
	if faults := broken.Check(); len(faults) != 5 {
		t.Errorf("%d faults, expected 5: %v", len(faults), faults)
	}
}

// Expected values by hand: a weight is (1095-age)/1095 * ln(1 + amount/10000), score = 0.6 performance + 0.4 conduct.
func TestRate(t *testing.T) {
	three := []Evaluated{done("C1", 90, 0), done("C2", 60, 365), done("C3", 30, 730)}
	for _, c := range []struct {
		name                        string
		ev                          Evidence
		performance, conduct, score float64
		level, uncapped             string
		stars, evaluations          int
		caps                        []string
	}{
		{"one with enough answers: 0.6*80 + 0.4*100 = 88", Evidence{Evaluations: []Evaluated{done("C1", 80, 0)}}, 80, 100, 88, "AA", "AA", 4, 1, nil},
		{"weights 3:2:1: 90/2 + 60/3 + 30/6 = 70; 0.6*70 + 40 = 82", Evidence{Evaluations: three}, 70, 100, 82, "AA", "AA", 4, 3, nil},
		{"weights 3:2, the larger held at a half: (90+60)/2 = 75; 45 + 40 = 85", Evidence{Evaluations: three[:2]}, 75, 100, 85, "AA", "AA", 4, 2, nil},
		{"an evaluation of 1,095 days counts for nothing: 48 + 40", Evidence{Evaluations: []Evaluated{done("C1", 80, 0), done("C2", 0, 1095)}}, 80, 100, 88, "AA", "AA", 4, 1, nil},
		{"one of tomorrow does not count", Evidence{Evaluations: []Evaluated{done("C1", 80, 0), done("C2", 0, -1)}}, 80, 100, 88, "AA", "AA", 4, 1, nil},
		{"five general offences: 100 - 25 = 75; 0.6*100 + 30 = 90, on the line of AAA",
			Evidence{Evaluations: []Evaluated{done("C1", 100, 0)}, Events: offences(5)}, 100, 75, 90, "AAA", "AAA", 4, 1, nil},
		{"a hair below: 0.6*99.98 + 30 = 89.988, rounded 89.99",
			Evidence{Evaluations: []Evaluated{done("C1", 99.98, 0)}, Events: offences(5)}, 99.98, 75, 89.99, "AA", "AA", 4, 1, nil},
		{"an open serious offence: 100 - 50 = 50; 57 + 20 = 77, capped at B",
			Evidence{Evaluations: []Evaluated{done("C1", 95, 0)}, Events: []Event{{ID: "E1", Severity: "serious", OccurredOn: daysAgo(100)}}}, 95, 50, 77, "B", "A", 3, 1, []string{"serious_offence_open"}},
		{"its sanction ended today: nothing off, no cap",
			Evidence{Evaluations: []Evaluated{done("C1", 95, 0)}, Events: []Event{{ID: "E1", Severity: "serious", OccurredOn: daysAgo(100), EndsOn: today}}}, 95, 100, 97, "AAA", "AAA", 4, 1, nil},
		{"a general offence repaired 90 days ago: 5*90/180 = 2.5 off; 57 + 39 = 96",
			Evidence{Evaluations: []Evaluated{done("C1", 95, 0)}, Events: []Event{{ID: "E1", Severity: "general", OccurredOn: daysAgo(200), RepairedOn: daysAgo(90)}}}, 95, 97.5, 96, "AAA", "AAA", 4, 1, nil},
		{"a general offence of 1,095 days no longer counts",
			Evidence{Evaluations: []Evaluated{done("C1", 95, 0)}, Events: []Event{{ID: "E1", Severity: "general", OccurredOn: daysAgo(1095)}}}, 95, 100, 97, "AAA", "AAA", 4, 1, nil},
		{"four commendations give 6 at most, and conduct ends at 100: 50+6 = 56; 57 + 22.4 = 79.4",
			Evidence{Evaluations: []Evaluated{done("C1", 95, 0)}, Events: append(commendations(4), Event{ID: "E9", Severity: "serious", OccurredOn: daysAgo(1)})}, 95, 56, 79.4, "B", "A", 3, 1, []string{"serious_offence_open"}},
		{"newest evaluation of 731 days: at most A", Evidence{Evaluations: []Evaluated{done("C1", 95, 731)}}, 95, 100, 97, "A", "AAA", 4, 1, []string{"stale_evidence"}},
		{"of 730 days: not yet", Evidence{Evaluations: []Evaluated{done("C1", 95, 730)}}, 95, 100, 97, "AAA", "AAA", 4, 1, nil},
		{"listed: at most D", Evidence{Evaluations: []Evaluated{done("C1", 95, 0)}, Listed: true}, 95, 100, 97, "D", "AAA", 4, 1, []string{"listed"}},
		{"conduct below nothing ends at 0: 0.6*50", Evidence{Evaluations: []Evaluated{done("C1", 50, 0)}, Events: offences(21)}, 50, 0, 30, "C", "C", 2, 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := defaults().Rate(c.ev, today)
			if r.Status != Rated || r.Performance != c.performance || r.Conduct != c.conduct || r.Score != c.score || r.Level != c.level || r.Uncapped != c.uncapped ||
				r.Stars != c.stars || r.Evaluations != c.evaluations {
				t.Errorf("found %+v", r)
			}
			var caps []string
			for _, limit := range r.Caps {
				caps = append(caps, limit.Rule)
			}
			if !slices.Equal(caps, c.caps) {
				t.Errorf("caps %v, expected %v", caps, c.caps)
			}
		})
	}
}

func offences(n int) (events []Event) {
	for i := range n {
		events = append(events, Event{ID: "G" + string(rune('a'+i)), Severity: "general", OccurredOn: daysAgo(i + 1)})
	}
	return events
}

func commendations(n int) (events []Event) {
	for i := range n {
		events = append(events, Event{ID: "K" + string(rune('a'+i)), Severity: "commendation", OccurredOn: daysAgo(i + 1)})
	}
	return events
}

// Too little to say anything: fewer than three evaluations with fewer than 25 answers, or none.
func TestUnrated(t *testing.T) {
	thin := done("C1", 80, 0)
	thin.Cases = 12
	for name, ev := range map[string]Evidence{"nothing": {}, "two with 24 answers": {Evaluations: []Evaluated{thin, {Contract: "C2", Value: 90, On: today, Cases: 12, AmountFen: 1}}},
		"only old": {Evaluations: []Evaluated{done("C1", 80, 2000)}}} {
		r := defaults().Rate(ev, today)
		if r.Status != Unrated || r.Level != "" || !math.IsNaN(r.Score) || len(r.Warnings) == 0 || r.Warnings[0].Code != "too_few_evaluations" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	third := append([]Evaluated{thin}, Evaluated{Contract: "C2", Value: 80, On: today}, Evaluated{Contract: "C3", Value: 80, On: today})
	if r := defaults().Rate(Evidence{Evaluations: third}, today); r.Status != Rated {
		t.Errorf("three evaluations with few answers: %+v", r)
	}
}

// What cost most comes first, and what would lift the level is said.
func TestReasonsAndLift(t *testing.T) {
	ev := Evidence{Evaluations: []Evaluated{done("C1", 90, 0), done("C2", 40, 0)}, Events: []Event{{ID: "E1", Severity: "serious", OccurredOn: daysAgo(5)}}}
	r := defaults().Rate(ev, today)
	// By hand: E1 costs 50*0.4 = 20 points, C2 0.5*60*0.6 = 18, C1 0.5*10*0.6 = 3; score 0.6*65 + 0.4*50 = 59, next level BBB from 60.
	want := []scoring.Note{{Code: "cost_offence", Ref: "E1", Have: 20}, {Code: "cost_evaluation", Ref: "C2", Have: 18}, {Code: "cost_evaluation", Ref: "C1", Have: 3}}
	if !reflect.DeepEqual(r.Reasons, want) {
		t.Errorf("reasons %+v", r.Reasons)
	}
	lift := []scoring.Note{{Code: "lift_cap", Ref: "serious_offence_open"}, {Code: "lift_score", Ref: "BBB", Have: 59, Need: 60}}
	if !reflect.DeepEqual(r.Lift, lift) {
		t.Errorf("lift %+v", r.Lift)
	}
}

// The shares of the evaluations add up to 1, their contributions to the performance, and no order of the evidence
// changes a bit of the rating.
func TestRateProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ev Evidence
		for i := range rapid.IntRange(1, 12).Draw(t, "evaluations") {
			ev.Evaluations = append(ev.Evaluations, Evaluated{Contract: string(rune('A' + i)), Value: rapid.Float64Range(0, 100).Draw(t, "value"),
				On: daysAgo(rapid.IntRange(0, 1200).Draw(t, "age")), AmountFen: rapid.Int64Range(1, 1e12).Draw(t, "amount"), Cases: 30})
		}
		ev.Events = append(offences(rapid.IntRange(0, 5).Draw(t, "offences")), commendations(rapid.IntRange(0, 5).Draw(t, "commendations"))...)
		r := defaults().Rate(ev, today)
		var shares, sum float64
		for _, p := range r.Parts {
			if p.Term == "evaluation" {
				shares, sum = shares+p.Share, sum+p.Contribution
			}
		}
		if r.Status == Rated && (math.Abs(shares-1) > 1e-9 || math.Abs(sum-r.Performance) > 0.005+1e-9) {
			t.Fatalf("shares add up to %v, contributions to %v, performance %v", shares, sum, r.Performance)
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		random.Shuffle(len(ev.Evaluations), func(i, j int) { ev.Evaluations[i], ev.Evaluations[j] = ev.Evaluations[j], ev.Evaluations[i] })
		random.Shuffle(len(ev.Events), func(i, j int) { ev.Events[i], ev.Events[j] = ev.Events[j], ev.Events[i] })
		again := defaults().Rate(ev, today)
		if r.Status == Rated && !reflect.DeepEqual(r, again) || r.Status != again.Status {
			t.Fatalf("in another order %+v, before %+v", again, r)
		}
	})
}

// assessed are the numbers of the policy jiangbei-2015 (order 39 of the Ministry of Civil Affairs).
func assessed() *AssessmentPolicy {
	return &AssessmentPolicy{Points: 1000, ValidYears: 5, MinimumYears: 2, SupplierTypes: []string{"social_group"}, InvestigatedBy: []string{"investigation"},
		Grades: []AssessmentGrade{{"5A", 950}, {"4A", 900}, {"3A", 800}, {"2A", 700}, {"1A", 600}}}
}

func TestAssess(t *testing.T) {
	day := func(y int) time.Time { return time.Date(y, 6, 1, 0, 0, 0, 0, time.UTC) }
	good := func() AssessmentEvidence {
		return AssessmentEvidence{SupplierType: "social_group", RegisteredOn: day(2010), Items: []Item{{"a", "1", 600, 600, day(2024)}, {"b", "1", 351, 400, day(2024)}},
			Inspections: []Inspection{{2025, "passed"}}}
	}
	for _, c := range []struct {
		name    string
		change  func(*AssessmentEvidence)
		status  AssessmentStatus
		grade   string
		points  float64
		reasons []string
	}{
		{"951 of 1,000 is above 950", func(*AssessmentEvidence) {}, Graded, "5A", 951, nil},
		{"950 is not", func(e *AssessmentEvidence) { e.Items[1].Points = 350 }, Graded, "4A", 950, nil},
		{"600 is above nothing", func(e *AssessmentEvidence) { e.Items[1].Points = 0 }, BelowGrade, "", 600, nil},
		{"half the full marks: 475.5 of 500 count as 951", func(e *AssessmentEvidence) {
			e.Items = []Item{{"a", "1", 475.5, 500, day(2024)}}
		}, Graded, "5A", 951, []string{"points_scaled"}},
		{"a company is not assessed", func(e *AssessmentEvidence) { e.SupplierType = "enterprise" }, NotAssessed, "", 0, nil},
		{"no items", func(e *AssessmentEvidence) { e.Items = nil }, NotAssessed, "", 0, nil},
		{"five years are over", func(e *AssessmentEvidence) {
			for i := range e.Items {
				e.Items[i].On = day(2020)
			}
		}, Expired, "", 951, nil},
		{"registered last year", func(e *AssessmentEvidence) { e.RegisteredOn = day(2025) }, Excluded, "", 951, []string{"registered_too_recently"}},
		{"inspection failed", func(e *AssessmentEvidence) { e.Inspections[0].Result = "failed" }, Excluded, "", 951, []string{"inspection_failed"}},
		{"twice basic", func(e *AssessmentEvidence) { e.Inspections = []Inspection{{2024, "basic"}, {2025, "basic"}} }, Excluded, "", 951, []string{"two_basic_inspections"}},
		{"once basic", func(e *AssessmentEvidence) { e.Inspections = []Inspection{{2024, "passed"}, {2025, "basic"}} }, Graded, "5A", 951, nil},
		{"last year's result is not in yet", func(e *AssessmentEvidence) { e.Inspections = []Inspection{{2024, "passed"}} }, Graded, "5A", 951, nil},
		{"no inspection for two years", func(e *AssessmentEvidence) { e.Inspections = []Inspection{{2023, "passed"}} }, Excluded, "", 951, []string{"no_inspection"}},
		{"under investigation", func(e *AssessmentEvidence) {
			e.Events = []Event{{ID: "I1", Kind: "investigation", Severity: "general", OccurredOn: daysAgo(10)}}
		}, Excluded, "", 951, []string{"under_investigation"}},
		{"punished last year", func(e *AssessmentEvidence) {
			e.Events = []Event{{ID: "P1", Severity: "serious", OccurredOn: day(2025)}}
		}, Excluded, "", 951, []string{"punished_last_year"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev := good()
			c.change(&ev)
			a := assessed().Assess(ev, today)
			var reasons []string
			for _, r := range a.Reasons {
				reasons = append(reasons, r.Code)
			}
			if a.Status != c.status || a.Grade != c.grade || a.Points != c.points || !slices.Equal(reasons, c.reasons) {
				t.Errorf("found %+v", a)
			}
		})
	}
}
