package blacklist_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
	"pgregory.net/rapid"

	"pingxin/credit"
	"pingxin/credit/blacklist"
)

// shippedPolicy has the numbers of [blacklist] in pipelines/policy/shipped/jiangbei-2015.toml.
func shippedPolicy() blacklist.Policy {
	return blacklist.Policy{Fraud: []string{"false_claim", "false_report"}, Article77: []string{"bribery", "collusion", "false_tender"},
		PoorGrade: "poor", PoorYears: 2, ConductBelow: 30, Case: shippedCase()}
}

// TestNumbersAreTheShippedOnes: whoever changes a number of the shipped policy has to look at these tests anew.
func TestNumbersAreTheShippedOnes(t *testing.T) {
	text, err := os.ReadFile("../../pipelines/policy/shipped/jiangbei-2015.toml")
	if err != nil {
		t.Fatal(err)
	}
	var shipped struct {
		Blacklist blacklist.Policy `toml:"blacklist"`
	}
	if err := toml.Unmarshal(text, &shipped); err != nil {
		t.Fatal(err)
	}
	if want := shippedPolicy(); !reflect.DeepEqual(shipped.Blacklist, want) {
		t.Errorf("the shipped file has\n%+v\nthe tests reckon with\n%+v", shipped.Blacklist, want)
	}
}

// today is the day for which these tests look.
var today = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)

// ago is so many days before today; negative numbers lie ahead.
func ago(days int) time.Time { return today.AddDate(0, 0, -days) }

// event is an entry of ten days ago with no end and no repair.
func event(id, kind, severity string) credit.Event {
	return credit.Event{ID: id, Kind: kind, Severity: severity, OccurredOn: ago(10)}
}

func occurring(e credit.Event, days int) credit.Event {
	e.OccurredOn = ago(days)
	return e
}

func ending(e credit.Event, days int) credit.Event {
	e.EndsOn = ago(days)
	return e
}

func repaired(e credit.Event, days int) credit.Event {
	e.RepairedOn = ago(days)
	return e
}

// ground is a candidate S with the ids of its evidence.
func ground(name string, evidence ...string) blacklist.Candidate {
	return blacklist.Candidate{Supplier: "S", Ground: name, Evidence: evidence}
}

func equal(a, b []blacklist.Candidate) bool {
	return slices.EqualFunc(a, b, func(x, y blacklist.Candidate) bool { return reflect.DeepEqual(x, y) })
}

// clean is a supplier with full conduct, so that no ground comes from the rating.
func clean(events ...credit.Event) blacklist.Evidence {
	return blacklist.Evidence{Supplier: "S", Events: events, Rating: credit.Rating{Status: credit.Rated, Conduct: 100}}
}

func TestGroundsOfEvents(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []credit.Event
		want   []blacklist.Candidate
	}{
		{"nothing recorded", nil, nil},
		{"false claim", []credit.Event{event("E1", "false_claim", "serious")}, []blacklist.Candidate{ground("fraud", "credit_event:E1")}},
		{"false report", []credit.Event{event("E1", "false_report", "general")}, []blacklist.Candidate{ground("fraud", "credit_event:E1")}},
		{"two frauds", []credit.Event{event("E2", "false_report", "serious"), event("E1", "false_claim", "serious")},
			[]blacklist.Candidate{ground("fraud", "credit_event:E1", "credit_event:E2")}},
		{"bribery", []credit.Event{event("E1", "bribery", "serious")}, []blacklist.Candidate{ground("article_77", "credit_event:E1")}},
		{"collusion", []credit.Event{event("E1", "collusion", "serious")}, []blacklist.Candidate{ground("article_77", "credit_event:E1")}},
		{"false tender", []credit.Event{event("E1", "false_tender", "serious")}, []blacklist.Candidate{ground("article_77", "credit_event:E1")}},
		{"fraud and bribery", []credit.Event{event("E1", "bribery", "serious"), event("E2", "false_claim", "serious")},
			[]blacklist.Candidate{ground("fraud", "credit_event:E2"), ground("article_77", "credit_event:E1")}},
		{"another kind", []credit.Event{event("E1", "tax_violation", "serious"), event("E2", "late_report", "general"), event("E3", "commendation", "commendation")}, nil},
		{"fraud of today", []credit.Event{occurring(event("E1", "false_claim", "serious"), 0)}, []blacklist.Candidate{ground("fraud", "credit_event:E1")}},
		{"fraud of tomorrow", []credit.Event{occurring(event("E1", "false_claim", "serious"), -1)}, nil},
		{"fraud repaired today", []credit.Event{repaired(event("E1", "false_claim", "serious"), 0)}, nil},
		{"fraud repaired tomorrow", []credit.Event{repaired(event("E1", "false_claim", "serious"), -1)}, []blacklist.Candidate{ground("fraud", "credit_event:E1")}},
		{"serious offence whose sanction runs", []credit.Event{ending(event("E1", "tax_violation", "serious"), -1)}, nil},
		{"serious offence whose sanction ends today", []credit.Event{ending(event("E1", "tax_violation", "serious"), 0)}, []blacklist.Candidate{ground("serious_unrepaired", "credit_event:E1")}},
		{"serious offence repaired before its end", []credit.Event{repaired(ending(event("E1", "tax_violation", "serious"), 0), 5)}, nil},
		{"serious offence repaired after its end", []credit.Event{repaired(ending(event("E1", "tax_violation", "serious"), 5), 0)}, nil},
		{"serious offence to be repaired tomorrow", []credit.Event{repaired(ending(event("E1", "tax_violation", "serious"), 5), -1)}, []blacklist.Candidate{ground("serious_unrepaired", "credit_event:E1")}},
		{"serious offence without known end", []credit.Event{event("E1", "tax_violation", "serious")}, nil},
		{"general offence that ended", []credit.Event{ending(event("E1", "late_report", "general"), 1)}, nil},
		// a fraud whose sanction ran out unrepaired is two grounds
		{"fraud at term", []credit.Event{ending(event("E1", "false_claim", "serious"), 1)},
			[]blacklist.Candidate{ground("fraud", "credit_event:E1"), ground("serious_unrepaired", "credit_event:E1")}},
	} {
		p := shippedPolicy()
		if got := p.Candidates(clean(c.events...), today); !equal(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

// graded are evaluations written as "year grade", of contracts C0, C1 and so on.
func graded(entries ...string) (all []blacklist.Evaluated) {
	for i, entry := range entries {
		e := blacklist.Evaluated{Contract: fmt.Sprintf("C%d", i)}
		if _, err := fmt.Sscan(entry, &e.Year, &e.Grade); err != nil {
			panic(err)
		}
		all = append(all, e)
	}
	return all
}

// TestPoorYears: the latest budget year with a final evaluation and the year before it must each have a poor one. A year
// without a final evaluation proves nothing, so it breaks the row.
func TestPoorYears(t *testing.T) {
	for _, c := range []struct {
		name        string
		years       int
		evaluations []blacklist.Evaluated
		want        []string
	}{
		{"no evaluation", 2, nil, nil},
		{"poor once", 2, graded("2025 poor"), nil},
		{"poor twice in a year", 2, graded("2025 poor", "2025 poor"), nil},
		{"poor two years running", 2, graded("2024 poor", "2025 poor"), []string{"evaluation:C0", "evaluation:C1"}},
		{"the last year first", 2, graded("2025 poor", "2024 poor"), []string{"evaluation:C0", "evaluation:C1"}},
		{"fair and poor", 2, graded("2024 fair", "2025 poor"), nil},
		{"poor and fair", 2, graded("2024 poor", "2025 fair"), nil},
		{"poor beside good ones in each year", 2, graded("2024 good", "2024 poor", "2025 excellent", "2025 poor"), []string{"evaluation:C1", "evaluation:C3"}},
		{"a year between without evaluation", 2, graded("2023 poor", "2025 poor"), nil},
		{"a year between that was not poor", 2, graded("2023 poor", "2024 good", "2025 poor"), nil},
		{"poor two years running, then better", 2, graded("2023 poor", "2024 poor", "2025 good"), nil},
		{"poor two years running, nothing final since", 2, graded("2022 poor", "2023 poor"), []string{"evaluation:C0", "evaluation:C1"}},
		{"poor in every year names the last two", 2, graded("2023 poor", "2024 poor", "2025 poor"), []string{"evaluation:C1", "evaluation:C2"}},
		{"all poor contracts of the two years", 2, graded("2024 poor", "2025 poor", "2024 poor", "2023 poor"), []string{"evaluation:C0", "evaluation:C1", "evaluation:C2"}},
		{"a policy of one year", 1, graded("2024 good", "2025 poor"), []string{"evaluation:C1"}},
		{"a policy of three years, two poor", 3, graded("2024 poor", "2025 poor"), nil},
		{"a policy of three years, all poor", 3, graded("2023 poor", "2024 poor", "2025 poor"), []string{"evaluation:C0", "evaluation:C1", "evaluation:C2"}},
	} {
		p := shippedPolicy()
		p.PoorYears = c.years
		ev := clean()
		ev.Evaluations = c.evaluations
		var want []blacklist.Candidate
		if c.want != nil {
			want = []blacklist.Candidate{ground("poor_years", c.want...)}
		}
		if got := p.Candidates(ev, today); !equal(got, want) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, want)
		}
	}
}

// TestLowConduct: conduct under 30 is a ground, on 30 it is none; the evidence names what took points off.
func TestLowConduct(t *testing.T) {
	parts := []credit.Part{{Term: "evaluation", Ref: "C1", Contribution: 12}, {Term: "conduct_start", Contribution: 100}, {Term: "serious", Ref: "E2", Contribution: -50},
		{Term: "general", Ref: "E1", Contribution: -5}, {Term: "commendation", Ref: "E3", Contribution: 2}, {Term: "general", Ref: "E4"}}
	for _, c := range []struct {
		conduct float64
		want    []blacklist.Candidate
	}{
		{100, nil},
		{30, nil},
		{29.99, []blacklist.Candidate{ground("conduct", "credit_event:E1", "credit_event:E2", "rating:S#conduct=29.99")}},
		{0, []blacklist.Candidate{ground("conduct", "credit_event:E1", "credit_event:E2", "rating:S#conduct=0")}},
	} {
		p := shippedPolicy()
		// A supplier without a rating has conduct all the same.
		ev := blacklist.Evidence{Supplier: "S", Rating: credit.Rating{Status: credit.Unrated, Conduct: c.conduct, Parts: parts}}
		if got := p.Candidates(ev, today); !equal(got, c.want) {
			t.Errorf("conduct %v: got %+v, want %+v", c.conduct, got, c.want)
		}
	}
}

// TestConductOfARating goes through package credit: two serious offences take 100 off 100.
func TestConductOfARating(t *testing.T) {
	rates := credit.Policy{WindowDays: 1095, ConductStart: 100, General: 5, Serious: 50, GeneralDays: 1095, RepairDays: 180}
	events := []credit.Event{event("E2", "tax_violation", "serious"), event("E1", "tax_violation", "serious")}
	ev := clean(events...)
	ev.Rating = rates.Rate(credit.Evidence{Supplier: "S", Events: events}, today)
	p := shippedPolicy()
	want := []blacklist.Candidate{ground("conduct", "credit_event:E1", "credit_event:E2", "rating:S#conduct=0")}
	if got := p.Candidates(ev, today); !equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestOrderOfGrounds: every ground at once, in the fixed order.
func TestOrderOfGrounds(t *testing.T) {
	ev := clean(ending(event("E3", "tax_violation", "serious"), 1), event("E2", "bribery", "serious"), event("E1", "false_claim", "serious"))
	ev.Evaluations = graded("2025 poor", "2024 poor")
	ev.Rating.Conduct = 12.5
	p := shippedPolicy()
	want := []blacklist.Candidate{ground("fraud", "credit_event:E1"), ground("article_77", "credit_event:E2"), ground("poor_years", "evaluation:C0", "evaluation:C1"),
		ground("conduct", "rating:S#conduct=12.5"), ground("serious_unrepaired", "credit_event:E3")}
	if got := p.Candidates(ev, today); !equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOrderOfEvidenceDoesNotMatter(t *testing.T) {
	p := shippedPolicy()
	rapid.Check(t, func(t *rapid.T) {
		ev := clean()
		for i := range rapid.IntRange(0, 8).Draw(t, "evaluations") {
			ev.Evaluations = append(ev.Evaluations, blacklist.Evaluated{Contract: fmt.Sprintf("C%d", i), Year: rapid.IntRange(2022, 2025).Draw(t, "year"),
				Grade: rapid.SampledFrom([]string{"poor", "poor", "fair"}).Draw(t, "grade")})
		}
		for i := range rapid.IntRange(0, 6).Draw(t, "events") {
			e := event(fmt.Sprintf("E%d", i), rapid.SampledFrom([]string{"false_claim", "bribery", "tax_violation"}).Draw(t, "kind"), rapid.SampledFrom([]string{"general", "serious"}).Draw(t, "severity"))
			if rapid.Bool().Draw(t, "ends") {
				e = ending(e, rapid.IntRange(-5, 5).Draw(t, "end"))
			}
			ev.Events = append(ev.Events, e)
		}
		want := p.Candidates(ev, today)
		ev.Evaluations = rapid.Permutation(ev.Evaluations).Draw(t, "other order of evaluations")
		ev.Events = rapid.Permutation(ev.Events).Draw(t, "other order of events")
		if got := p.Candidates(ev, today); !equal(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		for _, c := range want {
			if len(c.Evidence) == 0 || c.Supplier != "S" {
				t.Fatalf("candidate %+v has no evidence or supplier", c)
			}
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
		spoil func(p *blacklist.Policy)
		want  string
	}{
		{"no years", func(p *blacklist.Policy) { p.PoorYears = 0 }, "blacklist.poor_years: "},
		{"line below 0", func(p *blacklist.Policy) { p.ConductBelow = -1 }, "blacklist.conduct_below: "},
		{"line above 100", func(p *blacklist.Policy) { p.ConductBelow = 101 }, "blacklist.conduct_below: "},
	} {
		p := shippedPolicy()
		c.spoil(&p)
		if faults := p.Check(); len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), c.want) {
			t.Errorf("%s: got %v, want one fault that begins with %q", c.name, faults, c.want)
		}
	}
}

// TestDealtWith: nothing new was found where a case had every row; a score of another day is nothing new beside them, but is alone.
func TestDealtWith(t *testing.T) {
	c := blacklist.Case{Evidence: []string{"credit_event:E1", "rating:S#conduct=29"}}
	for _, one := range []struct {
		evidence []string
		want     bool
	}{
		{[]string{"credit_event:E1"}, true},
		{[]string{"credit_event:E1", "rating:S#conduct=12"}, true},
		{[]string{"rating:S#conduct=29"}, true},
		{[]string{"rating:S#conduct=12"}, false},
		{[]string{"credit_event:E1", "credit_event:E2"}, false},
		{nil, false},
	} {
		if got := c.DealtWith(one.evidence); got != one.want {
			t.Errorf("%v: %t, want %t", one.evidence, got, one.want)
		}
	}
}
