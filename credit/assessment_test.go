package credit_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pingxin/credit"
	"pingxin/scoring"
)

// shippedAssessment has the numbers of [assessment] in pipelines/policy/shipped/jiangbei-2015.toml.
func shippedAssessment() credit.AssessmentPolicy {
	return credit.AssessmentPolicy{
		Points: 1000, ValidYears: 5, MinimumYears: 2, SupplierTypes: []string{"social_group", "private_non_enterprise", "foundation"},
		InvestigatedBy: []string{"investigation"},
		Grades:         []credit.AssessmentGrade{{ID: "5A", Above: 950}, {ID: "4A", Above: 900}, {ID: "3A", Above: 800}, {ID: "2A", Above: 700}, {ID: "1A", Above: 600}},
	}
}

// assessedOn is the day on which the items of these tests were assessed.
var assessedOn = time.Date(2024, 10, 15, 0, 0, 0, 0, time.UTC)

func item(section, name string, points, most float64) credit.Item {
	return credit.Item{Section: section, Item: name, Points: points, MaxPoints: most, On: assessedOn}
}

// organisation may hold a grade: registered long ago, inspected and without events. Its items have 1,000 full marks.
func organisation(points float64) credit.AssessmentEvidence {
	return credit.AssessmentEvidence{Supplier: "S", SupplierType: "foundation", RegisteredOn: time.Date(2010, 5, 1, 0, 0, 0, 0, time.UTC),
		Items:       []credit.Item{item("work_performance", "a", points/2, 500), item("basic_conditions", "b", points/2, 500)},
		Inspections: []credit.Inspection{{Year: 2025, Result: "passed"}, {Year: 2024, Result: "passed"}, {Year: 2023, Result: "passed"}}, Inspected: []int{2023, 2024, 2025}}
}

// TestPointsToGrade: a grade is earned above its line, 950, 900, 800, 700 or 600, not on it.
func TestPointsToGrade(t *testing.T) {
	for _, c := range []struct {
		points float64
		status credit.AssessmentStatus
		grade  string
	}{
		{1000, credit.Graded, "5A"}, {950.01, credit.Graded, "5A"}, {950, credit.Graded, "4A"},
		{900.01, credit.Graded, "4A"}, {900, credit.Graded, "3A"}, {800.01, credit.Graded, "3A"}, {800, credit.Graded, "2A"},
		{700.01, credit.Graded, "2A"}, {700, credit.Graded, "1A"}, {600.01, credit.Graded, "1A"}, {600, credit.BelowGrade, ""}, {0, credit.BelowGrade, ""},
	} {
		p := shippedAssessment()
		got := p.Assess(organisation(c.points), today)
		if got.Supplier != "S" || got.Status != c.status || got.Grade != c.grade || got.Points != c.points || got.Reasons != nil {
			t.Errorf("%v points: got %+v, want %s %s without reasons", c.points, got, c.status, c.grade)
		}
		if want := time.Date(2029, 10, 15, 0, 0, 0, 0, time.UTC); !got.AssessedOn.Equal(assessedOn) || !got.ValidUntil.Equal(want) {
			t.Errorf("%v points: got %s to %s, want %s to %s", c.points, got.AssessedOn, got.ValidUntil, assessedOn, want)
		}
	}
}

func TestPointsOfItems(t *testing.T) {
	on := func(i credit.Item, day time.Time) credit.Item {
		i.On = day
		return i
	}
	scaled := func(most float64) []scoring.Note {
		return []scoring.Note{{Code: "points_scaled", Have: most, Need: 1000}}
	}
	newer := assessedOn.AddDate(1, 0, 0)
	for _, c := range []struct {
		name     string
		items    []credit.Item
		status   credit.AssessmentStatus
		grade    string
		points   float64
		assessed time.Time
		reasons  []scoring.Note
	}{
		{"none", nil, credit.NotAssessed, "", 0, time.Time{}, nil},
		{"all of tomorrow", []credit.Item{on(item("a", "x", 960, 1000), ago(-1))}, credit.NotAssessed, "", 0, time.Time{}, nil},
		{"full marks of 0", []credit.Item{item("a", "x", 0, 0)}, credit.NotAssessed, "", 0, time.Time{}, nil},
		// 480*1000/500 = 960
		{"half the full marks", []credit.Item{item("a", "x", 300, 310), item("b", "y", 180, 190)}, credit.Graded, "5A", 960, assessedOn, scaled(500)},
		// 1900*1000/2000 = 950, on the line
		{"twice the full marks", []credit.Item{item("a", "x", 1900, 2000)}, credit.Graded, "4A", 950, assessedOn, scaled(2000)},
		// 200*1000/300 = 666.666...
		{"rounded", []credit.Item{item("a", "x", 200, 300)}, credit.Graded, "1A", 666.67, assessedOn, scaled(300)},
		{"the item of tomorrow is left out", []credit.Item{item("a", "x", 960, 1000), on(item("a", "y", 0, 100), ago(-1))}, credit.Graded, "5A", 960, assessedOn, nil},
		{"the item of today counts", []credit.Item{item("a", "x", 500, 500), on(item("b", "x", 410, 500), today)}, credit.Graded, "4A", 910, today, nil},
		// Full marks in tenths: 229.8+154+53.4+108.8+257.4+109.8+86.8 = 1000, in floats 999.9999999999999. Points 10 less each: 930.
		{"tenths", []credit.Item{item("a", "1", 219.8, 229.8), item("a", "2", 144, 154), item("a", "3", 43.4, 53.4), item("a", "4", 98.8, 108.8),
			item("a", "5", 247.4, 257.4), item("a", "6", 99.8, 109.8), item("a", "7", 76.8, 86.8)}, credit.Graded, "4A", 930, assessedOn, nil},
		// assessed twice: 700 the first time, 960 the second; the first is history
		{"assessed anew", []credit.Item{item("a", "x", 400, 500), item("b", "x", 300, 500), on(item("a", "x", 490, 500), newer), on(item("b", "x", 470, 500), newer)},
			credit.Graded, "5A", 960, newer, nil},
		{"assessed anew tomorrow", []credit.Item{item("a", "x", 400, 500), item("b", "x", 310, 500), on(item("a", "x", 490, 500), ago(-1)), on(item("b", "x", 470, 500), ago(-1))},
			credit.Graded, "2A", 710, assessedOn, nil},
	} {
		p := shippedAssessment()
		ev := organisation(0)
		ev.Items = c.items
		got := p.Assess(ev, today)
		if got.Status != c.status || got.Grade != c.grade || got.Points != c.points || !got.AssessedOn.Equal(c.assessed) || !slices.Equal(got.Reasons, c.reasons) {
			t.Errorf("%s: got %+v, want %s %s with %v points of %s and reasons %+v", c.name, got, c.status, c.grade, c.points, c.assessed, c.reasons)
		}
	}
}

func TestOnlySocialOrganisationsAreAssessed(t *testing.T) {
	for kind, want := range map[string]credit.AssessmentStatus{"social_group": credit.Graded, "private_non_enterprise": credit.Graded, "foundation": credit.Graded,
		"enterprise": credit.NotAssessed, "institution": credit.NotAssessed, "": credit.NotAssessed} {
		p := shippedAssessment()
		ev := organisation(960)
		ev.SupplierType = kind
		got := p.Assess(ev, today)
		if got.Status != want || (want == credit.NotAssessed) != got.AssessedOn.IsZero() {
			t.Errorf("%q: got %+v, want %s", kind, got, want)
		}
	}
}

// TestValidity: a grade of a day is good for five years and ends on that day.
func TestValidity(t *testing.T) {
	for _, c := range []struct {
		on    time.Time
		want  credit.AssessmentStatus
		grade string
	}{
		{today, credit.Graded, "5A"},
		{time.Date(2021, 2, 1, 0, 0, 0, 0, time.UTC), credit.Graded, "5A"}, // until tomorrow
		{time.Date(2021, 1, 31, 0, 0, 0, 0, time.UTC), credit.Expired, ""}, // until today
		{time.Date(2015, 1, 31, 0, 0, 0, 0, time.UTC), credit.Expired, ""},
	} {
		p := shippedAssessment()
		ev := organisation(960)
		for i := range ev.Items {
			ev.Items[i].On = c.on
		}
		if got := p.Assess(ev, today); got.Status != c.want || got.Grade != c.grade || got.Points != 960 {
			t.Errorf("assessed on %s: got %+v, want %s %s", c.on.Format(time.DateOnly), got, c.want, c.grade)
		}
	}
}

// TestExclusions: assessed on 31 January 2026, the last year is 2025.
func TestExclusions(t *testing.T) {
	inspected := func(results ...credit.Inspection) func(*credit.AssessmentEvidence) {
		return func(ev *credit.AssessmentEvidence) { ev.Inspections = results }
	}
	registered := func(year, month, day int) func(*credit.AssessmentEvidence) {
		return func(ev *credit.AssessmentEvidence) {
			ev.RegisteredOn = time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		}
	}
	events := func(all ...credit.Event) func(*credit.AssessmentEvidence) {
		return func(ev *credit.AssessmentEvidence) { ev.Events = all }
	}
	investigation := func(id string, days int) credit.Event {
		return credit.Event{ID: id, Kind: "investigation", Severity: "general", OccurredOn: ago(days)}
	}
	inYear := func(id string, year int) credit.Event {
		return credit.Event{ID: id, Kind: "tax_violation", Severity: "serious", OccurredOn: time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC)}
	}
	for _, c := range []struct {
		name   string
		change func(*credit.AssessmentEvidence)
		want   []scoring.Note // nil: graded
	}{
		{"registered two years ago today", registered(2024, 1, 31), nil},
		{"registered two years ago tomorrow", registered(2024, 2, 1), []scoring.Note{{Code: "registered_too_recently", Need: 2}}},
		{"day of registration unknown", func(ev *credit.AssessmentEvidence) { ev.RegisteredOn = time.Time{} }, nil},
		{"never inspected", inspected(), []scoring.Note{{Code: "no_inspection", Need: 2024}}},
		{"last year's result not in yet", inspected(credit.Inspection{Year: 2024, Result: "passed"}), nil},
		{"two years without a result", inspected(credit.Inspection{Year: 2023, Result: "passed"}), []scoring.Note{{Code: "no_inspection", Need: 2024}}},
		{"failed", inspected(credit.Inspection{Year: 2025, Result: "failed"}), []scoring.Note{{Code: "inspection_failed", Have: 2025}}},
		{"failed in the last year that is known", inspected(credit.Inspection{Year: 2024, Result: "failed"}), []scoring.Note{{Code: "inspection_failed", Have: 2024}}},
		{"failed, then passed", inspected(credit.Inspection{Year: 2024, Result: "failed"}, credit.Inspection{Year: 2025, Result: "passed"}), nil},
		{"basic once", inspected(credit.Inspection{Year: 2025, Result: "basic"}, credit.Inspection{Year: 2024, Result: "passed"}), nil},
		{"basic once, the year before unknown", inspected(credit.Inspection{Year: 2025, Result: "basic"}), nil},
		{"basic, passed, basic", inspected(credit.Inspection{Year: 2025, Result: "basic"}, credit.Inspection{Year: 2024, Result: "passed"}, credit.Inspection{Year: 2023, Result: "basic"}), nil},
		{"basic twice", inspected(credit.Inspection{Year: 2024, Result: "basic"}, credit.Inspection{Year: 2025, Result: "basic"}), []scoring.Note{{Code: "two_basic_inspections", Have: 2025}}},
		{"basic twice, last year's result not in yet", inspected(credit.Inspection{Year: 2024, Result: "basic"}, credit.Inspection{Year: 2023, Result: "basic"}),
			[]scoring.Note{{Code: "two_basic_inspections", Have: 2024}}},
		{"basic twice, then passed", inspected(credit.Inspection{Year: 2025, Result: "passed"}, credit.Inspection{Year: 2024, Result: "basic"}, credit.Inspection{Year: 2023, Result: "basic"}), nil},
		{"under investigation", events(investigation("E1", 10)), []scoring.Note{{Code: "under_investigation", Ref: "E1"}}},
		{"investigation that ends tomorrow", events(ending(investigation("E1", 10), -1)), []scoring.Note{{Code: "under_investigation", Ref: "E1"}}},
		{"investigation that ends today", events(ending(investigation("E1", 10), 0)), nil},
		{"investigation from tomorrow", events(investigation("E1", -1)), nil},
		{"punished last year", events(inYear("E1", 2025)), []scoring.Note{{Code: "punished_last_year", Ref: "E1"}}},
		{"punished the year before", events(inYear("E1", 2024)), nil},
		{"punished this year", events(serious("E1", 1)), nil},
		{"general offence last year", events(general("E1", 60)), nil},
		{"several at once", func(ev *credit.AssessmentEvidence) {
			registered(2025, 1, 1)(ev)
			inspected()(ev)
			events(inYear("E3", 2025), investigation("E2", 400), inYear("E1", 2025))(ev)
		}, []scoring.Note{{Code: "registered_too_recently", Need: 2}, {Code: "no_inspection", Need: 2024}, {Code: "punished_last_year", Ref: "E1"},
			{Code: "under_investigation", Ref: "E2"}, {Code: "punished_last_year", Ref: "E3"}}},
	} {
		p := shippedAssessment()
		ev := organisation(960)
		for i := range ev.Items {
			ev.Items[i].On = today
		}
		c.change(&ev)
		got := p.Assess(ev, today)
		status, grade := credit.Graded, "5A"
		if c.want != nil {
			status, grade = credit.Excluded, ""
		}
		if got.Status != status || got.Grade != grade || got.Points != 960 || !slices.Equal(got.Reasons, c.want) {
			t.Errorf("%s: got %+v, want %s with reasons %+v", c.name, got, status, c.want)
		}
	}
}

// TestExclusionsAreOfTheDayOfAssessment: what comes to light afterwards is no fault of a grade that was given, though it is a ground
// to decide on it; and no year without any inspection at all is held against one organisation.
func TestExclusionsAreOfTheDayOfAssessment(t *testing.T) {
	after := credit.ReassessmentPolicy{RemindMonths: 6}
	inYear := func(year int) time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name    string
		change  func(*credit.AssessmentEvidence)
		asOf    time.Time
		status  credit.AssessmentStatus
		reasons string
		grounds string
	}{
		{"nothing", func(*credit.AssessmentEvidence) {}, inYear(2026), credit.Graded, "", ""},
		{"an inspection failed afterwards", func(ev *credit.AssessmentEvidence) { ev.Inspections[0].Result = "failed" }, inYear(2026), credit.Graded, "", "inspection_failed"},
		{"an investigation afterwards", func(ev *credit.AssessmentEvidence) {
			ev.Events = []credit.Event{{ID: "E", Kind: "investigation", OccurredOn: inYear(2025)}}
		}, inYear(2026), credit.Graded, "", "under_investigation"},
		{"an investigation on that day", func(ev *credit.AssessmentEvidence) {
			ev.Events = []credit.Event{{ID: "E", Kind: "investigation", OccurredOn: assessedOn, EndsOn: inYear(2025)}}
		}, inYear(2026), credit.Excluded, "under_investigation", ""},
		{"the inspection before it failed", func(ev *credit.AssessmentEvidence) { ev.Inspections[2].Result = "failed" }, inYear(2026), credit.Excluded, "inspection_failed", ""},
		{"two years later nobody's inspections are known", func(*credit.AssessmentEvidence) {}, inYear(2028), credit.Graded, "", ""},
		{"but those of others are", func(ev *credit.AssessmentEvidence) { ev.Inspected = append(ev.Inspected, 2026) }, inYear(2028), credit.Graded, "", "no_inspection"},
		{"those of others are of the last year only, whose results still come in", func(ev *credit.AssessmentEvidence) { ev.Inspected = append(ev.Inspected, 2027) }, inYear(2028), credit.Graded, "", ""},
		{"none is known of the years before the assessment", func(ev *credit.AssessmentEvidence) { ev.Inspections, ev.Inspected = nil, nil }, inYear(2026), credit.Graded, "inspections_unknown", ""},
	} {
		p, ev := shippedAssessment(), organisation(960)
		c.change(&ev)
		got := p.Assess(ev, c.asOf)
		if said := codes(got.Reasons); got.Status != c.status || said != c.reasons {
			t.Errorf("%s: %s for %q, want %s for %q", c.name, got.Status, said, c.status, c.reasons)
		}
		var grounds []scoring.Note
		for _, g := range after.Grounds(&p, ev, c.asOf) {
			grounds = append(grounds, g.Note)
		}
		if said := codes(grounds); said != c.grounds {
			t.Errorf("%s: the grounds are %q, want %q", c.name, said, c.grounds)
		}
	}
}

func codes(notes []scoring.Note) string {
	var all []string
	for _, n := range notes {
		all = append(all, n.Code)
	}
	return strings.Join(all, " ")
}

// TestExclusionComesBeforeExpiry: whoever may not hold a grade learns that, with scaled points said first.
func TestExclusionComesBeforeExpiry(t *testing.T) {
	p := shippedAssessment()
	ev := organisation(0)
	ev.Items = []credit.Item{{Section: "a", Item: "x", Points: 90, MaxPoints: 100, On: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)}}
	ev.Inspections, ev.Inspected = nil, []int{2013}
	got := p.Assess(ev, today)
	want := []scoring.Note{{Code: "points_scaled", Have: 100, Need: 1000}, {Code: "no_inspection", Need: 2013}}
	if got.Status != credit.Excluded || got.Points != 900 || !slices.Equal(got.Reasons, want) {
		t.Errorf("got %+v, want %s with 900 points and %+v", got, credit.Excluded, want)
	}
}

func TestOrderOfItemsDoesNotMatter(t *testing.T) {
	p := shippedAssessment()
	rapid.Check(t, func(t *rapid.T) {
		ev := organisation(0)
		ev.Items = nil
		var points, most float64 // the newest of each item, in tenths
		for i := range rapid.IntRange(1, 9).Draw(t, "items") {
			for round := range rapid.IntRange(1, 3).Draw(t, "times assessed") {
				full := rapid.IntRange(1, 2000).Draw(t, "full marks")
				got := rapid.IntRange(0, full).Draw(t, "points")
				ev.Items = append(ev.Items, credit.Item{Section: fmt.Sprintf("part%d", i%3), Item: fmt.Sprint(i), Points: float64(got) / 10, MaxPoints: float64(full) / 10, On: ago(900 - 300*round)})
				if round > 0 {
					last := ev.Items[len(ev.Items)-2]
					points, most = points-last.Points, most-last.MaxPoints
				}
				points, most = points+float64(got)/10, most+float64(full)/10
			}
		}
		want := p.Assess(ev, today)
		ev.Items = rapid.Permutation(ev.Items).Draw(t, "other order")
		if got := p.Assess(ev, today); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Fatalf("got\n%+v\nwant\n%+v", got, want)
		}
		if sum := points * 1000 / most; math.Abs(want.Points-sum) > 0.005+1e-6 {
			t.Fatalf("got %v points, want %v", want.Points, sum)
		}
	})
}

func TestAssessmentCheckFindsFaults(t *testing.T) {
	sound := shippedAssessment()
	if faults := sound.Check(); faults != nil {
		t.Fatalf("the shipped numbers: got %v, want no fault", faults)
	}
	for _, c := range []struct {
		name  string
		spoil func(p *credit.AssessmentPolicy)
		want  string
	}{
		{"no years of validity", func(p *credit.AssessmentPolicy) { p.ValidYears = 0 }, "assessment: "},
		{"negative minimum", func(p *credit.AssessmentPolicy) { p.MinimumYears = -1 }, "assessment: "},
		{"no grades", func(p *credit.AssessmentPolicy) { p.Grades = nil }, "assessment.grade: "},
		{"line at the full marks", func(p *credit.AssessmentPolicy) { p.Grades[0].Above = 1000 }, `assessment.grade "5A".above: `},
		{"grades out of order", func(p *credit.AssessmentPolicy) { p.Grades[2].Above = 900 }, `assessment.grade "3A".above: `},
		{"grade without id", func(p *credit.AssessmentPolicy) { p.Grades[4].ID = "" }, `assessment.grade "".above: `},
	} {
		p := shippedAssessment()
		c.spoil(&p)
		if faults := p.Check(); len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), c.want) {
			t.Errorf("%s: got %v, want one fault that begins with %q", c.name, faults, c.want)
		}
	}
}
