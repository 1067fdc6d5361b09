package credit_test

import (
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
	"pgregory.net/rapid"

	"pingxin/credit"
	"pingxin/scoring"
)

// shippedPolicy has the numbers of [credit] in pipelines/policy/shipped/jiangbei-2015.toml, on which the expected values
// of these tests are computed by hand.
func shippedPolicy() credit.Policy {
	return credit.Policy{
		MinEvaluations: 3, MinCases: 25, PerformancePct: 60, ConductPct: 40, WindowDays: 1095, Ageing: credit.ByDay, AmountUnitYuan: 10000, LargestShare: 0.5,
		ConductStart: 100, General: 5, Serious: 50, GeneralDays: 1095, Commendation: 2, CommendationMax: 6, RepairDays: 180,
		StaleDays: 730, StaleCap: "A", SeriousCap: "B", ListedCap: "D",
		Levels: []credit.Level{{ID: "AAA", From: 90}, {ID: "AA", From: 80}, {ID: "A", From: 70}, {ID: "BBB", From: 60},
			{ID: "BB", From: 50}, {ID: "B", From: 40}, {ID: "C", From: 20}, {ID: "D", From: 0}},
		Stars: []credit.Star{{Stars: 5, From: 100}, {Stars: 4, From: 80}, {Stars: 3, From: 60, BidPoints: -2},
			{Stars: 2, From: 30, BidPoints: -3}, {Stars: 1, From: 0, BidPoints: -4}},
	}
}

// TestNumbersAreTheShippedOnes: whoever changes a number of the shipped policy has to compute these tests anew.
func TestNumbersAreTheShippedOnes(t *testing.T) {
	text, err := os.ReadFile("../pipelines/policy/shipped/jiangbei-2015.toml")
	if err != nil {
		t.Fatal(err)
	}
	var shipped struct {
		Credit     credit.Policy           `toml:"credit"`
		Assessment credit.AssessmentPolicy `toml:"assessment"`
	}
	if err := toml.Unmarshal(text, &shipped); err != nil {
		t.Fatal(err)
	}
	want := shippedPolicy()
	want.Ageing = credit.ByMonth // by hand ages are counted to the day
	if !reflect.DeepEqual(shipped.Credit, want) {
		t.Errorf("the shipped file has\n%+v\nthe tests reckon with\n%+v", shipped.Credit, want)
	}
	if want := shippedAssessment(); !reflect.DeepEqual(shipped.Assessment, want) {
		t.Errorf("the shipped file has\n%+v\nthe tests reckon with\n%+v", shipped.Assessment, want)
	}
}

// today is the day for which these tests rate.
var today = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)

// ago is so many days before today; negative numbers lie ahead.
func ago(days int) time.Time { return today.AddDate(0, 0, -days) }

// evaluated is an evaluation so many days old of a contract of so many yuan, with no cases.
func evaluated(contract string, value float64, days int, yuan int64) credit.Evaluated {
	return credit.Evaluated{Contract: contract, Value: value, On: ago(days), AmountFen: yuan * 100}
}

// alike are three evaluations of one value, day and amount, which make that value the performance.
func alike(value float64, days int) []credit.Evaluated {
	return []credit.Evaluated{evaluated("C1", value, days, 10000), evaluated("C2", value, days, 10000), evaluated("C3", value, days, 10000)}
}

func withCases(e credit.Evaluated, cases int64) credit.Evaluated {
	e.Cases = cases
	return e
}

func rate(evaluations []credit.Evaluated, events ...credit.Event) credit.Rating {
	p := shippedPolicy()
	return p.Rate(credit.Evidence{Supplier: "S", Evaluations: evaluations, Events: events}, today)
}

// same compares floats bit for bit except that all NaNs are one.
func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestTooLittleEvidence(t *testing.T) {
	none := math.NaN()
	for _, c := range []struct {
		name        string
		evaluations []credit.Evaluated
		status      credit.Status
		counted     int
		cases       int64
		performance float64
		score       float64
	}{
		{"no evaluation", nil, credit.Unrated, 0, 0, none, none},
		{"one with 24 cases", []credit.Evaluated{withCases(evaluated("C1", 80, 0, 10000), 24)}, credit.Unrated, 1, 24, 80, none},
		// 0.6*80 + 0.4*100
		{"one with 25 cases", []credit.Evaluated{withCases(evaluated("C1", 80, 0, 10000), 25)}, credit.Rated, 1, 25, 80, 88},
		{"two with 24 cases together", []credit.Evaluated{withCases(evaluated("C1", 80, 0, 10000), 12), withCases(evaluated("C2", 90, 0, 10000), 12)}, credit.Unrated, 2, 24, 85, none},
		// (80 + 90)/2 = 85; 0.6*85 + 40
		{"two with 25 cases together", []credit.Evaluated{withCases(evaluated("C1", 80, 0, 10000), 12), withCases(evaluated("C2", 90, 0, 10000), 13)}, credit.Rated, 2, 25, 85, 91},
		{"three without cases", alike(80, 0), credit.Rated, 3, 0, 80, 88},
		{"three of which one is out of the window", []credit.Evaluated{evaluated("C1", 80, 0, 10000), evaluated("C2", 80, 0, 10000), evaluated("C3", 80, 1095, 10000)}, credit.Unrated, 2, 0, 80, none},
		{"many cases, all out of the window", []credit.Evaluated{withCases(evaluated("C1", 80, 1095, 10000), 400)}, credit.Unrated, 0, 0, none, none},
		{"many cases, all tomorrow", []credit.Evaluated{withCases(evaluated("C1", 80, -1, 10000), 400)}, credit.Unrated, 0, 0, none, none},
	} {
		got := rate(c.evaluations)
		if got.Supplier != "S" || got.Status != c.status || got.Evaluations != c.counted || got.Cases != c.cases || !same(got.Performance, c.performance) || !same(got.Score, c.score) {
			t.Errorf("%s: got %+v, want %s with %d evaluations, %d cases, performance %g, score %g", c.name, got, c.status, c.counted, c.cases, c.performance, c.score)
		}
		if c.status == credit.Rated {
			if len(got.Warnings) > 0 {
				t.Errorf("%s: got warnings %+v, want none", c.name, got.Warnings)
			}
			continue
		}
		want := []scoring.Note{{Code: "too_few_evaluations", Have: float64(c.counted), Need: 3}}
		if !slices.Equal(got.Warnings, want) || got.Level != "" || got.Uncapped != "" || got.Stars != 0 || got.Caps != nil || got.Reasons != nil || got.Lift != nil {
			t.Errorf("%s: got %+v, want warnings %+v and no level, stars, caps, reasons or lift", c.name, got, want)
		}
	}
}

// TestNothingIsNeverRated: not even by a policy that asks for no minimum.
func TestNothingIsNeverRated(t *testing.T) {
	p := shippedPolicy()
	p.MinEvaluations, p.MinCases = 0, 0
	if got := p.Rate(credit.Evidence{}, today); got.Status != credit.Unrated {
		t.Errorf("without evidence: got %+v, want %s", got, credit.Unrated)
	}
	if got := p.Rate(credit.Evidence{Evaluations: alike(80, 0)[:1]}, today); got.Status != credit.Rated || got.Score != 88 { // 48 + 40
		t.Errorf("one evaluation: got %+v, want %s with 88", got, credit.Rated)
	}
}

// TestPerformance: an evaluation weighs (1095-age)/1095 * ln(1 + yuan/10000). Amounts of 10,000, 30,000, 70,000 and
// 150,000 yuan weigh ln 2 times 1, 2, 3 and 4; ages of 0, 365 and 730 days weigh 3, 2 and 1 thirds.
func TestPerformance(t *testing.T) {
	for _, c := range []struct {
		name        string
		evaluations []credit.Evaluated
		want        float64
		held        string // contract held at the largest share
	}{
		// 3:2:2, so (3*91 + 2*77 + 2*84)/7 = 595/7
		{"age", []credit.Evaluated{evaluated("C1", 91, 0, 10000), evaluated("C2", 77, 365, 10000), evaluated("C3", 84, 365, 10000)}, 85, ""},
		// 3 of 3+1+1 is held at a half: 0.5*90 + 0.25*50 + 0.25*30
		{"age of one holds it", []credit.Evaluated{evaluated("C1", 90, 0, 10000), evaluated("C2", 50, 730, 10000), evaluated("C3", 30, 730, 10000)}, 65, "C1"},
		// the last day in the window: weights 1095:1, held at a half each
		{"last day of the window", []credit.Evaluated{withCases(evaluated("C1", 80, 0, 10000), 25), evaluated("C2", 20, 1094, 10000)}, 50, "C1"},
		{"first day after the window", []credit.Evaluated{withCases(evaluated("C1", 80, 0, 10000), 25), evaluated("C2", 20, 1095, 10000)}, 80, ""},
		{"today counts, tomorrow does not", []credit.Evaluated{withCases(evaluated("C1", 80, 0, 10000), 25), evaluated("C2", 20, -1, 10000)}, 80, ""},
		// 1:2:2, so 0.2*50 + 0.4*80 + 0.4*90
		{"amount", []credit.Evaluated{evaluated("C1", 50, 0, 10000), evaluated("C2", 80, 0, 30000), evaluated("C3", 90, 0, 30000)}, 78, ""},
		// 2*(2/3) : 1 : 4*(1/3) = 4:3:4, so (4*88 + 3*66 + 4*77)/11 = 858/11
		{"age and amount", []credit.Evaluated{evaluated("C1", 88, 365, 30000), evaluated("C2", 66, 0, 10000), evaluated("C3", 77, 730, 150000)}, 78, ""},
		// 4 of 4+1+1 is held at a half: 0.5*100 + 0.25*60 + 0.25*40
		{"largest share", []credit.Evaluated{evaluated("C1", 60, 0, 10000), evaluated("C2", 100, 0, 150000), evaluated("C3", 40, 0, 10000)}, 75, "C2"},
		// 4 of 4+3+2: just under a half, so (4*90 + 3*60 + 2*45)/9 = 630/9
		{"just under the largest share", []credit.Evaluated{evaluated("C1", 90, 0, 150000), evaluated("C2", 60, 0, 70000), evaluated("C3", 45, 0, 30000)}, 70, ""},
		{"alone it has all", []credit.Evaluated{withCases(evaluated("C1", 73, 0, 150000), 25)}, 73, ""},
		{"two alike have just the largest share", []credit.Evaluated{withCases(evaluated("C1", 70, 0, 10000), 25), evaluated("C2", 60, 0, 10000)}, 65, ""},
		{"two of unlike amounts", []credit.Evaluated{withCases(evaluated("C1", 100, 0, 150000), 25), evaluated("C2", 60, 0, 10000)}, 80, "C1"},
		// contracts without an amount weigh the same, whatever their age: (90 + 60 + 60)/3
		{"no amounts at all", []credit.Evaluated{evaluated("C1", 90, 0, 0), evaluated("C2", 60, 365, 0), evaluated("C3", 60, 730, 0)}, 70, ""},
		// nobody else has a weight that could take the rest
		{"one amount among none", []credit.Evaluated{evaluated("C1", 30, 0, 0), evaluated("C2", 90, 0, 10000), evaluated("C3", 30, 0, 0)}, 90, ""},
		// 241/3 = 80.333...
		{"rounded down", []credit.Evaluated{evaluated("C1", 80, 0, 10000), evaluated("C2", 80, 0, 10000), evaluated("C3", 81, 0, 10000)}, 80.33, ""},
		// 242/3 = 80.666...
		{"rounded up", []credit.Evaluated{evaluated("C1", 80, 0, 10000), evaluated("C2", 81, 0, 10000), evaluated("C3", 81, 0, 10000)}, 80.67, ""},
	} {
		got := rate(c.evaluations)
		if got.Status != credit.Rated || got.Performance != c.want {
			t.Errorf("%s: got %s with performance %v, want %v", c.name, got.Status, got.Performance, c.want)
		}
		for _, part := range got.Parts {
			if held := part.Note == "held_at_largest_share"; held != (c.held != "" && part.Ref == c.held) || held && part.Share != 0.5 {
				t.Errorf("%s: part %+v, want %q held at 0.5", c.name, part, c.held)
			}
		}
	}
}

// TestPartsOfPerformance: weights 4*ln 2 = 2.772588722 and ln 2 * 2/3 = 0.462098120 to nine decimals.
func TestPartsOfPerformance(t *testing.T) {
	got := rate([]credit.Evaluated{evaluated("C2", 70, 365, 10000), evaluated("C3", 50, 365, 10000), evaluated("C1", 90, 0, 150000)})
	want := []credit.Part{
		{Term: "evaluation", Ref: "C1", Value: 90, Weight: 2.772588722, Share: 0.5, Contribution: 45, Note: "held_at_largest_share"},
		{Term: "evaluation", Ref: "C2", Value: 70, AgeDays: 365, Weight: 0.46209812, Share: 0.25, Contribution: 17.5},
		{Term: "evaluation", Ref: "C3", Value: 50, AgeDays: 365, Weight: 0.46209812, Share: 0.25, Contribution: 12.5},
		{Term: "conduct_start", Value: 100, Contribution: 100},
	}
	for i := range got.Parts { // to the last bit the shares of a half are not quarters
		part := &got.Parts[i]
		part.Share, part.Contribution = scoring.Round(part.Share, 9), scoring.Round(part.Contribution, 9)
	}
	if !slices.Equal(got.Parts, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got.Parts, want)
	}
}

func general(id string, days int) credit.Event {
	return credit.Event{ID: id, Severity: "general", OccurredOn: ago(days)}
}

func serious(id string, days int) credit.Event {
	return credit.Event{ID: id, Severity: "serious", OccurredOn: ago(days)}
}

func praise(id string, days int) credit.Event {
	return credit.Event{ID: id, Severity: "commendation", OccurredOn: ago(days)}
}

func repaired(e credit.Event, days int) credit.Event {
	e.RepairedOn = ago(days)
	return e
}

func ending(e credit.Event, days int) credit.Event {
	e.EndsOn = ago(days)
	return e
}

func TestConduct(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []credit.Event
		want   float64
		notes  string // of the events in the order of their ids
	}{
		{"nothing recorded", nil, 100, ""},
		{"general offence of today", []credit.Event{general("E1", 0)}, 95, ""},
		{"general offence of tomorrow", []credit.Event{general("E1", -1)}, 100, ""},
		{"general offence on its last day", []credit.Event{general("E1", 1094)}, 95, ""},
		{"general offence after three years", []credit.Event{general("E1", 1095)}, 100, "no_longer_counts"},
		{"general offence repaired today", []credit.Event{repaired(general("E1", 300), 0)}, 95, "repaired"},                 // 5*180/180
		{"general offence repaired 90 days ago", []credit.Event{repaired(general("E1", 300), 90)}, 97.5, "repaired"},        // 5*90/180
		{"general offence repaired 179 days ago", []credit.Event{repaired(general("E1", 300), 179)}, 99.97, "repaired"},     // 5*1/180 = 0.0278
		{"general offence repaired 180 days ago", []credit.Event{repaired(general("E1", 300), 180)}, 100, "repaired"},       // nothing left
		{"general offence repaired tomorrow", []credit.Event{repaired(general("E1", 300), -1)}, 95, ""},                     // not yet
		{"general offence repaired long after", []credit.Event{repaired(general("E1", 1095), 10)}, 100, "no_longer_counts"}, // 5 are gone already
		{"serious offence", []credit.Event{serious("E1", 10)}, 50, ""},                                                      // no end known
		{"serious offence of eleven years ago", []credit.Event{serious("E1", 4000)}, 50, ""},                                // no end known: it does not age
		{"serious offence that ends tomorrow", []credit.Event{ending(serious("E1", 300), -1)}, 50, ""},                      // the sanction still runs
		{"serious offence that ends today", []credit.Event{ending(serious("E1", 300), 0)}, 100, "sanction_ended"},           // it has run out
		{"serious offence repaired 45 days ago", []credit.Event{repaired(serious("E1", 300), 45)}, 62.5, "repaired"},        // 50*135/180 = 37.5
		{"serious offence repaired, then ended", []credit.Event{ending(repaired(serious("E1", 300), 45), 1)}, 100, "sanction_ended"},
		{"commendation cannot lift above full", []credit.Event{praise("E1", 10)}, 100, ""},
		{"commendation does not age", []credit.Event{praise("E1", 5000), general("E2", 0)}, 97, " "},                                               // 100 + 2 - 5
		{"commendation of tomorrow", []credit.Event{praise("E1", -1), general("E2", 0)}, 95, ""},                                                   // 100 - 5
		{"three commendations", []credit.Event{praise("E1", 1), praise("E2", 1), praise("E3", 1), general("E4", 0), general("E5", 0)}, 96, "    "}, // 100 + 6 - 10
		{"four commendations", []credit.Event{praise("E1", 1), praise("E2", 1), praise("E3", 1), praise("E4", 1), general("E5", 0), general("E6", 0)}, 96, "     "},
		{"one of each", []credit.Event{serious("E1", 9), general("E2", 9), praise("E3", 9)}, 47, "  "}, // 100 - 50 - 5 + 2
		{"just nothing left", []credit.Event{serious("E1", 9), serious("E2", 9)}, 0, " "},              // 100 - 100
	} {
		got := rate(alike(80, 0), c.events...)
		if got.Conduct != c.want {
			t.Errorf("%s: got conduct %v, want %v", c.name, got.Conduct, c.want)
		}
		if want := (60*80 + 40*c.want) / 100; math.Abs(got.Score-want) > 0.005+1e-9 {
			t.Errorf("%s: got score %v, want %v", c.name, got.Score, want)
		}
		var notes []string
		for _, part := range got.Parts[4:] { // after three evaluations and the start
			notes = append(notes, part.Note)
			if math.Signbit(part.Contribution) && part.Contribution == 0 {
				t.Errorf("%s: part %+v is worth minus nothing", c.name, part)
			}
		}
		if text := strings.Join(notes, " "); text != c.notes {
			t.Errorf("%s: got notes %q, want %q", c.name, text, c.notes)
		}
		if len(got.Warnings) > 0 {
			t.Errorf("%s: got warnings %+v, want none", c.name, got.Warnings)
		}
	}
}

// TestConductBelowZero: 100 - 3*50 = -50, which is shown as 0 with a warning.
func TestConductBelowZero(t *testing.T) {
	got := rate(alike(80, 0), serious("E1", 1), serious("E2", 1), serious("E3", 1))
	want := []scoring.Note{{Code: "conduct_below_zero", Have: -50}}
	if got.Conduct != 0 || !slices.Equal(got.Warnings, want) || got.Score != 48 { // 0.6*80
		t.Errorf("got conduct %v, score %v, warnings %+v; want 0, 48 and %+v", got.Conduct, got.Score, got.Warnings, want)
	}
}

// TestCommendationsStopAtTheirMaximum: with 5 points at most, the third of 2 brings 1 and the fourth nothing.
func TestCommendationsStopAtTheirMaximum(t *testing.T) {
	p := shippedPolicy()
	p.CommendationMax = 5
	got := p.Rate(credit.Evidence{Evaluations: alike(80, 0), Events: []credit.Event{praise("E4", 1), praise("E2", 1), praise("E3", 1), praise("E1", 1), serious("E5", 1)}}, today)
	var points []float64
	for _, part := range got.Parts[4:] {
		points = append(points, part.Contribution)
	}
	if want := []float64{2, 2, 1, 0, -50}; !slices.Equal(points, want) || got.Conduct != 55 {
		t.Errorf("got %v and conduct %v, want %v and 55", points, got.Conduct, want)
	}
}

// TestLevelsAndStars: the score is 0.6*performance + 0.4*conduct, rounded to two decimals before it meets a line, so that
// print and level agree: 83.33 gives 49.998 + 40 = 89.998, printed 90.00, and so AAA.
func TestLevelsAndStars(t *testing.T) {
	bad := []credit.Event{serious("E1", 1)}                     // conduct 50
	worse := []credit.Event{serious("E1", 1), serious("E2", 1)} // conduct 0
	fading := []credit.Event{repaired(serious("E1", 300), 0)}   // conduct 50, no cap
	for _, c := range []struct {
		value           float64
		events          []credit.Event
		score           float64
		uncapped, level string
		stars           int
	}{
		{100, nil, 100, "AAA", "AAA", 5},
		{99.98, nil, 99.99, "AAA", "AAA", 4}, // 59.988 + 40
		{83.33, nil, 90, "AAA", "AAA", 4},    // 49.998 + 40
		{83.32, nil, 89.99, "AA", "AA", 4},   // 49.992 + 40
		{66.66, nil, 80, "AA", "AA", 4},      // 39.996 + 40
		{66.65, nil, 79.99, "A", "A", 3},     // 39.99 + 40
		{50, nil, 70, "A", "A", 3},           // 30 + 40
		{49.99, nil, 69.99, "BBB", "BBB", 3}, // 29.994 + 40
		{33.33, nil, 60, "BBB", "BBB", 3},    // 19.998 + 40
		{33.32, nil, 59.99, "BB", "BB", 2},   // 19.992 + 40
		{16.66, nil, 50, "BB", "BB", 2},      // 9.996 + 40
		{16.65, nil, 49.99, "B", "B", 2},     // 9.99 + 40
		{0, nil, 40, "B", "B", 2},
		{33.33, fading, 40, "B", "B", 2},    // 19.998 + 20
		{33.32, fading, 39.99, "C", "C", 2}, // 19.992 + 20
		{16.66, fading, 30, "C", "C", 2},    // 9.996 + 20
		{16.65, fading, 29.99, "C", "C", 1}, // 9.99 + 20
		{0, fading, 20, "C", "C", 1},
		{100, bad, 80, "AA", "B", 4},       // 60 + 20, at most B
		{33.33, worse, 20, "C", "C", 1},    // 19.998 + 0, worse than the cap already
		{33.32, worse, 19.99, "D", "D", 1}, // 19.992 + 0
		{0, worse, 0, "D", "D", 1},
	} {
		got := rate(alike(c.value, 0), c.events...)
		if got.Score != c.score || got.Uncapped != c.uncapped || got.Level != c.level || got.Stars != c.stars {
			t.Errorf("value %v with %d events: got %v, %s, %s, %d stars; want %v, %s, %s, %d stars", c.value, len(c.events),
				got.Score, got.Uncapped, got.Level, got.Stars, c.score, c.uncapped, c.level, c.stars)
		}
	}
}

func TestCaps(t *testing.T) {
	capOf := func(rule, event, grade string, bites bool) scoring.Cap {
		return scoring.Cap{Rule: rule, Event: event, Grade: grade, Bites: bites}
	}
	during := func(c scoring.Cap, from, until time.Time) scoring.Cap {
		c.From, c.Until = from, until
		return c
	}
	for _, c := range []struct {
		name     string
		value    float64
		days     int
		listed   bool
		events   []credit.Event
		uncapped string
		level    string
		caps     []scoring.Cap
	}{
		{"none", 100, 0, false, nil, "AAA", "AAA", nil},
		// 60 + 20 = 80
		{"serious offence open", 100, 0, false, []credit.Event{ending(serious("E1", 30), -30)}, "AA", "B",
			[]scoring.Cap{during(capOf("serious_offence_open", "E1", "B", true), ago(30), ago(-30))}},
		{"serious offence without known end", 100, 0, false, []credit.Event{serious("E1", 30)}, "AA", "B",
			[]scoring.Cap{during(capOf("serious_offence_open", "E1", "B", true), ago(30), time.Time{})}},
		{"serious offence of today", 100, 0, false, []credit.Event{serious("E1", 0)}, "AA", "B",
			[]scoring.Cap{during(capOf("serious_offence_open", "E1", "B", true), ago(0), time.Time{})}},
		{"serious offence of tomorrow", 100, 0, false, []credit.Event{serious("E1", -1)}, "AAA", "AAA", nil},
		{"serious offence ended today", 100, 0, false, []credit.Event{ending(serious("E1", 30), 0)}, "AAA", "AAA", nil},
		{"serious offence repaired today", 100, 0, false, []credit.Event{repaired(serious("E1", 30), 0)}, "AA", "AA", nil},
		{"general offence", 100, 0, false, []credit.Event{general("E1", 30)}, "AAA", "AAA", nil}, // 60 + 38 = 98
		// 0.6*0 + 20 = 20: C is below B
		{"serious offence of one who is worse already", 0, 0, false, []credit.Event{serious("E1", 30)}, "C", "C",
			[]scoring.Cap{during(capOf("serious_offence_open", "E1", "B", false), ago(30), time.Time{})}},
		{"listed", 100, 0, true, nil, "AAA", "D", []scoring.Cap{during(capOf("listed", "H1", "D", true), ago(30), ago(-700))}},
		{"newest evaluation of two years ago", 100, 730, false, nil, "AAA", "AAA", nil},
		{"newest evaluation older by a day", 100, 731, false, nil, "AAA", "A", []scoring.Cap{capOf("stale_evidence", "", "A", true)}},
		{"old and not better than A anyway", 50, 731, false, nil, "A", "A", []scoring.Cap{capOf("stale_evidence", "", "A", false)}},
		{"all at once", 100, 731, true, []credit.Event{serious("E2", 3), serious("E1", 2)}, "BBB", "D", []scoring.Cap{ // 60 + 0 = 60
			during(capOf("serious_offence_open", "E1", "B", true), ago(2), time.Time{}), during(capOf("serious_offence_open", "E2", "B", true), ago(3), time.Time{}),
			during(capOf("listed", "H1", "D", true), ago(30), ago(-700)), capOf("stale_evidence", "", "A", false)}},
	} {
		p := shippedPolicy()
		got := p.Rate(credit.Evidence{Evaluations: alike(c.value, c.days), Events: c.events, Listings: listings(c.listed)}, today)
		if got.Uncapped != c.uncapped || got.Level != c.level || !slices.Equal(got.Caps, c.caps) {
			t.Errorf("%s: got %s, %s, %+v; want %s, %s, %+v", c.name, got.Uncapped, got.Level, got.Caps, c.uncapped, c.level, c.caps)
		}
	}
}

// listings is one of thirty days ago for two years, or none.
func listings(listed bool) []credit.Listing {
	if !listed {
		return nil
	}
	return []credit.Listing{{Case: "H1", From: ago(30), Until: ago(-700)}}
}

// TestListed: a listing holds from its first day to the day before its end, and the rating is good until the next of them.
func TestListed(t *testing.T) {
	p := shippedPolicy()
	for _, c := range []struct {
		name               string
		from, until, ended int // days ago; ended 9999: it was not
		level              string
	}{
		{"from tomorrow", -1, -400, 9999, "AAA"},
		{"from today", 0, -400, 9999, "D"},
		{"its last day", 400, -1, 9999, "D"},
		{"over today", 400, 0, 9999, "AAA"},
		{"ended today", 400, -400, 0, "AAA"},
		{"ends tomorrow by repair", 400, -400, -1, "D"},
		{"set aside", 400, -400, 400, "AAA"},
	} {
		l := credit.Listing{Case: "H1", From: ago(c.from), Until: ago(c.until)}
		if c.ended != 9999 {
			l.EndedOn = ago(c.ended)
		}
		got := p.Rate(credit.Evidence{Evaluations: alike(100, 0), Listings: []credit.Listing{l}}, today)
		if got.Level != c.level || got.Uncapped != "AAA" {
			t.Errorf("%s: got %s of %s, want %s", c.name, got.Level, got.Uncapped, c.level)
		}
	}
	monthly := p
	monthly.Ageing = credit.ByMonth
	mid := today.AddDate(0, 0, -20) // 11 January: nothing ages before February
	l := credit.Listing{Case: "H1", From: ago(400), Until: mid.AddDate(0, 0, 3)}
	if got := monthly.Rate(credit.Evidence{Evaluations: alike(100, 30), Listings: []credit.Listing{l}}, mid); !got.GoodUntil.Equal(l.Until) {
		t.Errorf("the rating is good until %s, want the end of the listing, %s", got.GoodUntil, l.Until)
	}
	if got := p.Rate(credit.Evidence{Listings: listings(true)}, today); got.Status != credit.Unrated || len(got.Warnings) != 2 || got.Warnings[1].Code != "listed_unrated" {
		t.Errorf("listed without evidence: %+v", got)
	}
}

// TestOneNewEvaluationIsNotStale: the cap asks for the newest evaluation.
func TestOneNewEvaluationIsNotStale(t *testing.T) {
	got := rate([]credit.Evaluated{evaluated("C1", 100, 1000, 10000), evaluated("C2", 100, 730, 10000), evaluated("C3", 100, 1000, 10000)})
	if got.Level != "AAA" || got.Caps != nil {
		t.Errorf("got %s with %+v, want AAA without caps", got.Level, got.Caps)
	}
}

// TestReasonsAndLift: four evaluations alike in weight have a quarter each, so that one of value v costs
// 0.25*(100-v)*0.6; an offence costs its points times 0.4.
func TestReasonsAndLift(t *testing.T) {
	four := func(a, b, c, d float64) []credit.Evaluated {
		return []credit.Evaluated{evaluated("C1", a, 0, 10000), evaluated("C2", b, 0, 10000), evaluated("C3", c, 0, 10000), evaluated("C4", d, 0, 10000)}
	}
	cost := func(code, ref string, points float64) scoring.Note {
		return scoring.Note{Code: code, Ref: ref, Have: points}
	}
	for _, c := range []struct {
		name          string
		evaluations   []credit.Evaluated
		events        []credit.Event
		reasons, lift []scoring.Note
	}{
		{"perfect", four(100, 100, 100, 100), nil, nil, nil},
		// 6, 4.5 and 3; C4 costs nothing. Performance 77.5, score 86.5.
		{"evaluations", four(60, 70, 80, 100), nil,
			[]scoring.Note{cost("cost_evaluation", "C1", 6), cost("cost_evaluation", "C2", 4.5), cost("cost_evaluation", "C3", 3)},
			[]scoring.Note{{Code: "lift_score", Ref: "AAA", Have: 86.5, Need: 90}}},
		// 50*0.4 = 20, then 6 and 4.5; the general offence with 2 and C3 with 3 are left out. 46.5 + 0.4*45 = 64.5 is
		// BBB, held at B.
		{"the three that cost most", four(60, 70, 80, 100), []credit.Event{general("E1", 5), serious("E2", 5)},
			[]scoring.Note{cost("cost_offence", "E2", 20), cost("cost_evaluation", "C1", 6), cost("cost_evaluation", "C2", 4.5)},
			[]scoring.Note{{Code: "lift_cap", Ref: "serious_offence_open"}, {Code: "lift_score", Ref: "A", Have: 64.5, Need: 70}}},
		// 0.25*10*0.6 = 1.5 each; the score of 54 + 40 = 94 is on the best level already
		{"ties in the order of contracts", four(90, 90, 90, 90), nil,
			[]scoring.Note{cost("cost_evaluation", "C1", 1.5), cost("cost_evaluation", "C2", 1.5), cost("cost_evaluation", "C3", 1.5)}, nil},
		// 0.25*50*0.6 = 7.5 each; 30 + 40 = 70 is A, which the cap on what is older than two years leaves: it lifts nothing
		{"a cap that does not bite", []credit.Evaluated{evaluated("C1", 50, 731, 10000), evaluated("C2", 50, 731, 10000), evaluated("C3", 50, 731, 10000), evaluated("C4", 50, 731, 10000)}, nil,
			[]scoring.Note{cost("cost_evaluation", "C1", 7.5), cost("cost_evaluation", "C2", 7.5), cost("cost_evaluation", "C3", 7.5)},
			[]scoring.Note{{Code: "lift_score", Ref: "AA", Have: 70, Need: 80}}},
		// 5*0.4 = 2, and 5*90/180*0.4 = 1; commendations cost nothing: 60 + 0.4*(100 - 5 - 2.5 + 2) = 97.8
		{"offences and praise", four(100, 100, 100, 100), []credit.Event{repaired(general("E1", 100), 90), praise("E2", 9), general("E3", 9), general("E4", 2000)},
			[]scoring.Note{cost("cost_offence", "E3", 2), cost("cost_offence", "E1", 1)}, nil},
	} {
		got := rate(c.evaluations, c.events...)
		if !slices.Equal(got.Reasons, c.reasons) || !slices.Equal(got.Lift, c.lift) {
			t.Errorf("%s: got reasons %+v and lift %+v, want %+v and %+v", c.name, got.Reasons, got.Lift, c.reasons, c.lift)
		}
	}
}

// text prints every bit of a rating; %+v gives the shortest decimals that come back as the same float.
func text(r credit.Rating) string { return fmt.Sprintf("%+v", r) }

// TestWhatComesLaterDoesNotCount: evidence after the day changes nothing, and a repair or end after it is as if unknown
// to the conduct.
func TestWhatComesLaterDoesNotCount(t *testing.T) {
	base := credit.Evidence{Supplier: "S", Evaluations: alike(77, 100), Events: []credit.Event{general("E1", 10), serious("E2", 10)}}
	later := base
	later.Evaluations = append(slices.Clone(base.Evaluations), withCases(evaluated("A0", 1, -1, 900000), 500))
	later.Events = append(slices.Clone(base.Events), serious("E0", -1), praise("E3", -1), general("E4", -400))
	p := shippedPolicy()
	got, want := p.Rate(later, today), p.Rate(base, today)
	want.GoodUntil = got.GoodUntil // which the later evidence may bring nearer
	if got, want := text(got), text(want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := p.Rate(later, today.AddDate(0, 0, 1)); got.Evaluations != 4 || got.Cases != 500 {
		t.Errorf("a day later: got %d evaluations and %d cases, want 4 and 500", got.Evaluations, got.Cases)
	}
}

// anyEvidence draws evidence with distinct contracts and event ids.
func anyEvidence(t *rapid.T, supplier string) credit.Evidence {
	ev := credit.Evidence{Supplier: supplier, Listings: listings(rapid.Bool().Draw(t, "listed"))}
	for i := range rapid.IntRange(0, 8).Draw(t, "evaluations") {
		e := evaluated(fmt.Sprintf("C%d", i), float64(rapid.IntRange(0, 10000).Draw(t, "value"))/100, rapid.IntRange(-30, 1200).Draw(t, "age"), rapid.Int64Range(0, 8_000_000).Draw(t, "yuan"))
		ev.Evaluations = append(ev.Evaluations, withCases(e, rapid.Int64Range(0, 60).Draw(t, "cases")))
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "events") {
		e := credit.Event{ID: fmt.Sprintf("E%d", i), Severity: rapid.SampledFrom([]string{"commendation", "general", "serious"}).Draw(t, "severity"), OccurredOn: ago(rapid.IntRange(-30, 1500).Draw(t, "occurred"))}
		if rapid.Bool().Draw(t, "ends") {
			e = ending(e, rapid.IntRange(-400, 400).Draw(t, "end"))
		}
		if rapid.Bool().Draw(t, "is repaired") {
			e = repaired(e, rapid.IntRange(-30, 300).Draw(t, "repair"))
		}
		ev.Events = append(ev.Events, e)
	}
	return ev
}

func TestOrderOfEvidenceDoesNotMatter(t *testing.T) {
	p := shippedPolicy()
	rapid.Check(t, func(t *rapid.T) {
		ev := anyEvidence(t, "S")
		shuffled := ev
		shuffled.Evaluations = rapid.Permutation(ev.Evaluations).Draw(t, "other order of evaluations")
		shuffled.Events = rapid.Permutation(ev.Events).Draw(t, "other order of events")
		before := fmt.Sprintf("%+v", shuffled)
		if got, want := text(p.Rate(shuffled, today)), text(p.Rate(ev, today)); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
		if after := fmt.Sprintf("%+v", shuffled); after != before {
			t.Fatalf("the evidence was changed from\n%s\nto\n%s", before, after)
		}
	})
}

// TestAloneAsInABatch rates suppliers side by side, as a night does, and each alone.
func TestAloneAsInABatch(t *testing.T) {
	shared := shippedPolicy()
	rapid.Check(t, func(t *rapid.T) {
		batch := make([]credit.Evidence, rapid.IntRange(1, 12).Draw(t, "suppliers"))
		for i := range batch {
			batch[i] = anyEvidence(t, fmt.Sprintf("S%d", i))
		}
		together := make([]credit.Rating, len(batch))
		var group sync.WaitGroup
		for i := range batch {
			group.Go(func() { together[i] = shared.Rate(batch[i], today) })
		}
		group.Wait()
		for i, ev := range batch {
			own := shippedPolicy()
			if got, want := text(own.Rate(ev, today)), text(together[i]); got != want {
				t.Fatalf("alone\n%s\nin the batch\n%s", got, want)
			}
		}
	})
}

// TestRatingHoldsTogether checks what holds of every rating: the parts add up to what is shown, no contract has more than
// its largest share, caps only lower, and commendations stay under their maximum.
func TestRatingHoldsTogether(t *testing.T) {
	p := shippedPolicy()
	rank := func(id string) int {
		return slices.IndexFunc(p.Levels, func(l credit.Level) bool { return l.ID == id })
	}
	rapid.Check(t, func(t *rapid.T) {
		got := p.Rate(anyEvidence(t, "S"), today)
		var shares, performance, conduct, praised float64
		weighing := 0
		for _, part := range got.Parts {
			switch part.Term {
			case "evaluation":
				shares, performance = shares+part.Share, performance+part.Contribution
				if part.Weight > 0 {
					weighing++
				}
			case "commendation":
				praised += part.Contribution
				fallthrough
			default:
				conduct += part.Contribution
			}
		}
		if got.Evaluations > 0 && (math.Abs(shares-1) > 1e-9 || math.Abs(performance-got.Performance) > 0.005+1e-9) {
			t.Fatalf("shares add up to %v, contributions to %v: %+v", shares, performance, got)
		}
		for _, part := range got.Parts {
			if weighing > 1 && part.Share > p.LargestShare+1e-9 {
				t.Fatalf("part %+v has more than %v", part, p.LargestShare)
			}
		}
		if praised > p.CommendationMax+1e-9 || math.Abs(min(max(conduct, 0), 100)-got.Conduct) > 0.005+1e-9 {
			t.Fatalf("conduct adds up to %v with %v of praise: %+v", conduct, praised, got)
		}
		if got.Status == credit.Rated && (!(got.Score >= 0 && got.Score <= 100) || rank(got.Level) < rank(got.Uncapped) || len(got.Reasons) > 3) {
			t.Fatalf("score out of its range, level above the uncapped one or too many reasons: %+v", got)
		}
	})
}

// TestBetterEvidenceNeverHurts: a better evaluation never lowers the score, an offence more never raises it.
func TestBetterEvidenceNeverHurts(t *testing.T) {
	p := shippedPolicy()
	rapid.Check(t, func(t *rapid.T) {
		ev := anyEvidence(t, "S")
		ev.Evaluations = append(ev.Evaluations, withCases(evaluated("C9", 50, 10, 20000), 25)) // always rated
		before := p.Rate(ev, today)
		better := ev
		better.Evaluations = slices.Clone(ev.Evaluations)
		for i := range better.Evaluations {
			better.Evaluations[i].Value = min(100, better.Evaluations[i].Value+float64(rapid.IntRange(0, 20).Draw(t, "more")))
		}
		if after := p.Rate(better, today); after.Score < before.Score {
			t.Fatalf("better evaluations took the score from %v to %v", before.Score, after.Score)
		}
		worse := ev
		worse.Events = append(slices.Clone(ev.Events), credit.Event{ID: "E9", Severity: rapid.SampledFrom([]string{"general", "serious"}).Draw(t, "offence"), OccurredOn: ago(5)})
		if after := p.Rate(worse, today); after.Score > before.Score {
			t.Fatalf("an offence took the score from %v to %v", before.Score, after.Score)
		}
	})
}

func TestCheckFindsFaults(t *testing.T) {
	sound := shippedPolicy()
	if faults := sound.Check(); faults != nil {
		t.Fatalf("the shipped numbers: got %v, want no fault", faults)
	}
	for _, c := range []struct {
		name  string
		spoil func(p *credit.Policy)
		want  string // start of the only fault
	}{
		{"parts that are not the whole", func(p *credit.Policy) { p.ConductPct = 39 }, "credit.performance_pct: "},
		{"no window", func(p *credit.Policy) { p.WindowDays = 0 }, "credit.window_days: "},
		{"no days of a general offence", func(p *credit.Policy) { p.GeneralDays = 0 }, "credit.general_days: "},
		{"no days of a repair", func(p *credit.Policy) { p.RepairDays = 0 }, "credit.repair_days: "},
		{"no days until stale", func(p *credit.Policy) { p.StaleDays = -1 }, "credit.stale_days: "},
		{"no unit", func(p *credit.Policy) { p.AmountUnitYuan = 0 }, "credit.largest_share: "},
		{"share above all", func(p *credit.Policy) { p.LargestShare = 1.01 }, "credit.largest_share: "},
		{"share that the rest could exceed", func(p *credit.Policy) { p.LargestShare = 0.49 }, "credit.largest_share: "},
		{"share that is no number", func(p *credit.Policy) { p.LargestShare = math.NaN() }, "credit.largest_share: "},
		{"levels out of order", func(p *credit.Policy) { p.Levels[1].From = 90 }, "credit.level: AA begins at 90"},
		{"worst level not from 0", func(p *credit.Policy) { p.Levels[7].From = 1 }, "credit.level: "},
		{"unknown level of a cap", func(p *credit.Policy) { p.SeriousCap = "E" }, "credit.serious_cap: "},
		{"no stars", func(p *credit.Policy) { p.Stars = nil }, "credit.star: "},
	} {
		p := shippedPolicy()
		c.spoil(&p)
		if faults := p.Check(); len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), c.want) {
			t.Errorf("%s: got %v, want one fault that begins with %q", c.name, faults, c.want)
		}
	}
}
