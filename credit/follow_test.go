package credit

import (
	"slices"
	"testing"
	"time"

	"pingxin/scoring"
)

func TestEffects(t *testing.T) {
	name := scoring.Name{ZH: "某", EN: "some"}
	p := EffectPolicy{Effects: []Effect{{ID: "a", On: OnLevel, Values: []string{"AAA", "AA"}, Area: "purchase", Text: name, Clause: name},
		{ID: "b", On: OnAssessment, Values: []string{"4A"}, Area: "inspection", Text: name, Clause: name},
		{ID: "c", On: OnList, Values: []string{Listed}, Area: "purchase", Text: name, Clause: name},
		{ID: "d", On: OnConduct, Values: []string{Commended}, Area: "budget", Text: name, Clause: name}}}
	known := map[string][]string{OnLevel: {"AAA", "AA", "A"}, OnAssessment: {"5A", "4A"}}
	if faults := p.Check(known); faults != nil {
		t.Fatalf("the sound table has faults: %v", faults)
	}
	ids := func(holds map[string][]string) (all []string) {
		for _, e := range p.Of(holds) {
			all = append(all, e.ID)
		}
		return all
	}
	for _, c := range []struct {
		name  string
		holds map[string][]string
		want  []string
	}{
		{"nothing", Standing("", "", false, nil, nil), nil},
		{"level and grade", Standing("AA", "4A", false, nil, nil), []string{"a", "b"}},
		{"another level", Standing("A", "5A", false, nil, nil), nil},
		{"listed", Standing("D", "", true, []scoring.Cap{{Rule: "listed"}}, nil), []string{"c"}},
		{"listed and unrated", Standing("", "", true, nil, nil), []string{"c"}},
		{"commended", Standing("A", "", false, nil, []Part{{Term: "commendation", Value: 2}}), []string{"d"}},
		{"a stale evidence is no list", Standing("A", "", false, []scoring.Cap{{Rule: "stale_evidence"}}, nil), nil},
	} {
		if got := ids(c.holds); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	bad := EffectPolicy{Effects: []Effect{{ID: "a", On: "mood", Values: []string{"x"}}, {ID: "a", On: OnLevel, Values: []string{"ZZ"}, Area: "kitchen", Text: name, Clause: name},
		{ID: "b", On: OnList, Area: "budget", Text: name, Clause: name}}}
	if faults := bad.Check(known); len(faults) != 5 { // mood; the id twice, kitchen, ZZ; no values
		t.Errorf("found %d faults, want 5: %v", len(faults), faults)
	}
}

// Just below and on each line.
func TestDeserves(t *testing.T) {
	p, asOf := RewardPolicy{Levels: []string{"AAA"}, Grade: "excellent", Contracts: 3, CleanDays: 365, RestDays: 100}, onDay("2025-07-01")
	good := Merit{Level: "AAA", Contracts: 3}
	for _, c := range []struct {
		name   string
		change func(*Merit)
		want   bool
	}{
		{"on every line", func(*Merit) {}, true},
		{"another level", func(m *Merit) { m.Level = "AA" }, false},
		{"one contract too few", func(m *Merit) { m.Contracts = 2 }, false},
		{"an offence 364 days ago", func(m *Merit) { m.LastOffence = asOf.AddDate(0, 0, -364) }, false},
		{"an offence 365 days ago", func(m *Merit) { m.LastOffence = asOf.AddDate(0, 0, -365) }, true},
		{"praised 99 days ago", func(m *Merit) { m.LastPraise = asOf.AddDate(0, 0, -99) }, false},
		{"praised 100 days ago", func(m *Merit) { m.LastPraise = asOf.AddDate(0, 0, -100) }, true},
	} {
		m := good
		c.change(&m)
		if got := p.Deserves(m, asOf); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
	if faults := p.Check([]string{"AAA"}, []string{"excellent"}); faults != nil {
		t.Errorf("the sound policy has faults: %v", faults)
	}
	if faults := (&RewardPolicy{Levels: []string{"Z"}, Grade: "z"}).Check([]string{"AAA"}, []string{"excellent"}); len(faults) != 3 {
		t.Errorf("found %v, want three faults", faults)
	}
}

var (
	graded = AssessmentPolicy{Points: 1000, ValidYears: 5, MinimumYears: 2, SupplierTypes: []string{"foundation"}, Grades: []AssessmentGrade{{"5A", 950}, {"4A", 900}, {"3A", 800}}}
	after  = ReassessmentPolicy{RemindMonths: 6, Downgraded: []string{"down"}, Withdrawn: []string{"gone"}, DowngradedYears: 2, WithdrawnYears: 3, WithdrawalCauses: []string{"false_report"}}
)

func assessed(points float64, events ...Event) AssessmentEvidence {
	return AssessmentEvidence{Supplier: "S1", SupplierType: "foundation", Items: []Item{{Section: "s", Item: "i", Points: points, MaxPoints: 1000, On: onDay("2024-10-15")}},
		Inspections: []Inspection{{2024, "passed"}}, Events: events}
}

func TestApplyDecisions(t *testing.T) {
	asOf := onDay("2025-07-01")
	event := func(id, kind, on string) Event {
		return Event{ID: id, Kind: kind, Severity: "general", OccurredOn: onDay(on)}
	}
	for _, c := range []struct {
		name   string
		points float64
		events []Event
		status AssessmentStatus
		grade  string
	}{
		{"none", 960, nil, Graded, "5A"},
		{"one lowering", 960, []Event{event("A1", "down", "2025-01-01")}, Graded, "4A"},
		{"two lowerings", 960, []Event{event("A1", "down", "2025-01-01"), event("A2", "down", "2025-02-01")}, Graded, "3A"},
		{"below the lowest", 810, []Event{event("A1", "down", "2025-01-01")}, BelowGrade, ""},
		{"withdrawn", 960, []Event{event("A1", "gone", "2025-01-01")}, Withdrawn, ""},
		{"withdrawn after a lowering", 960, []Event{event("A1", "down", "2025-01-01"), event("A2", "gone", "2025-02-01")}, Withdrawn, ""},
		{"on the day of the assessment", 960, []Event{event("A1", "down", "2024-10-15")}, Graded, "5A"},
		{"not yet", 960, []Event{event("A1", "down", "2025-07-02")}, Graded, "5A"},
		{"something else", 960, []Event{event("A1", "late_report", "2025-01-01")}, Graded, "5A"},
	} {
		ev := assessed(c.points, c.events...)
		got := after.Apply(&graded, graded.Assess(ev, asOf), ev.Events, asOf)
		if got.Status != c.status || got.Grade != c.grade {
			t.Errorf("%s: got %s %q, want %s %q", c.name, got.Status, got.Grade, c.status, c.grade)
		}
	}
}

func TestGrounds(t *testing.T) {
	asOf := onDay("2025-07-01")
	codes := func(ev AssessmentEvidence) (all []string) {
		for _, g := range after.Grounds(&graded, ev, asOf) {
			code := g.Note.Code
			if g.Withdraw {
				code += " withdraw"
			}
			all = append(all, code)
		}
		return all
	}
	if got := codes(assessed(960)); got != nil {
		t.Errorf("a sound organisation has the grounds %v", got)
	}
	failed := assessed(960, Event{ID: "X", Kind: "false_report", Severity: "general", OccurredOn: onDay("2025-03-01")})
	failed.Inspections = []Inspection{{2024, "failed"}}
	if got := codes(failed); !slices.Equal(got, []string{"withdrawal_cause withdraw", "inspection_failed"}) {
		t.Errorf("got %v", got)
	}
	before := assessed(960, Event{ID: "X", Kind: "false_report", Severity: "general", OccurredOn: onDay("2024-10-01")})
	if got := codes(before); got != nil {
		t.Errorf("what came before the assessment is a ground: %v", got)
	}
}

func TestAfterADecision(t *testing.T) {
	events := []Event{{Kind: "down", OccurredOn: onDay("2024-01-10")}, {Kind: "gone", OccurredOn: onDay("2023-06-01")}}
	for asOf, want := range map[string]string{"2025-07-01": "2026-06-01", "2026-05-31": "2026-06-01", "2026-06-01": "", "2024-01-09": "2026-06-01"} { // three years from the withdrawal, the later one
		wanted := time.Time{}
		if want != "" {
			wanted = onDay(want)
		}
		if got := after.BarredUntil(events, onDay(asOf)); got != wanted {
			t.Errorf("on %s barred until %s, want %s", asOf, got, wanted)
		}
	}
	if got := after.RemindOn(onDay("2029-10-15")); got != onDay("2029-04-15") {
		t.Errorf("reminds from %s", got)
	}
	sections := graded.Sections([]Item{{"a", "1", 10, 20, onDay("2024-01-01")}, {"a", "2", 5, 10, onDay("2024-01-02")}, {"b", "1", 1, 2, onDay("2024-01-01")},
		{"a", "1", 12, 20, onDay("2024-02-01")}, {"b", "1", 2, 2, onDay("2026-01-01")}}, onDay("2025-01-01"))
	if len(sections) != 2 || sections[0].Points != 17 || sections[0].MaxPoints != 30 || sections[0].On != onDay("2024-02-01") || sections[1].Points != 1 {
		t.Errorf("got %+v", sections)
	}
	bad := after
	bad.RemindMonths, bad.Withdrawn = 0, []string{"down"}
	if faults := bad.Check(); len(faults) != 2 || after.Check() != nil {
		t.Errorf("found %v, want two faults; of the sound one %v", faults, after.Check())
	}
}
