package blacklist

import (
	"reflect"
	"testing"
	"time"

	"pingxin/credit"
)

// defaults are the numbers of the policy jiangbei-2015.
var defaults = Policy{Fraud: []string{"false_claim", "false_report"}, Article77: []string{"bribery", "collusion", "false_tender"}, PoorGrade: "poor", PoorYears: 2, ConductBelow: 30}

var today = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func daysAgo(n int) time.Time { return today.AddDate(0, 0, -n) }

func TestCandidates(t *testing.T) {
	clean := credit.Rating{Conduct: 100}
	event := func(id, kind, severity string) credit.Event {
		return credit.Event{ID: id, Kind: kind, Severity: severity, OccurredOn: daysAgo(10)}
	}
	ended := event("E1", "safety_incident", "serious")
	ended.EndsOn = daysAgo(1)
	repaired := event("E1", "false_claim", "serious")
	repaired.RepairedOn = today
	tomorrow := event("E1", "false_claim", "serious")
	tomorrow.OccurredOn = daysAgo(-1)
	for _, c := range []struct {
		name string
		ev   Evidence
		want []Candidate
	}{
		{"nothing", Evidence{Rating: clean}, nil},
		{"fraud", Evidence{Rating: clean, Events: []credit.Event{event("E2", "false_claim", "general"), event("E1", "false_report", "general"), event("E3", "late_report", "general")}},
			[]Candidate{{"S1", "fraud", []string{"credit_event:E1", "credit_event:E2"}}}},
		{"fraud repaired today", Evidence{Rating: clean, Events: []credit.Event{repaired}}, nil},
		{"fraud of tomorrow", Evidence{Rating: clean, Events: []credit.Event{tomorrow}}, nil},
		{"article 77", Evidence{Rating: clean, Events: []credit.Event{event("E1", "bribery", "serious")}}, []Candidate{{"S1", "article_77", []string{"credit_event:E1"}}}},
		{"poor in the last two years", Evidence{Rating: clean, Evaluations: []Evaluated{{"C3", 2025, "poor"}, {"C1", 2024, "poor"}, {"C2", 2024, "good"}}},
			[]Candidate{{"S1", "poor_years", []string{"evaluation:C1", "evaluation:C3"}}}},
		{"poor once", Evidence{Rating: clean, Evaluations: []Evaluated{{"C1", 2024, "good"}, {"C3", 2025, "poor"}}}, nil},
		{"poor with a year between", Evidence{Rating: clean, Evaluations: []Evaluated{{"C1", 2023, "poor"}, {"C3", 2025, "poor"}}}, nil},
		{"poor two years, better since", Evidence{Rating: clean, Evaluations: []Evaluated{{"C1", 2023, "poor"}, {"C2", 2024, "poor"}, {"C3", 2025, "fair"}}}, nil},
		{"conduct just below the line", Evidence{Rating: credit.Rating{Conduct: 29.99, Parts: []credit.Part{{Term: "serious", Ref: "E1", Contribution: -50}, {Term: "commendation", Ref: "E2", Contribution: 2}}}},
			[]Candidate{{"S1", "conduct", []string{"credit_event:E1", "rating:S1#conduct=29.99"}}}},
		{"conduct on the line", Evidence{Rating: credit.Rating{Conduct: 30}}, nil},
		{"sanction over, not repaired", Evidence{Rating: clean, Events: []credit.Event{ended}}, []Candidate{{"S1", "serious_unrepaired", []string{"credit_event:E1"}}}},
		{"sanction still running", Evidence{Rating: clean, Events: []credit.Event{event("E1", "safety_incident", "serious")}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.ev.Supplier = "S1"
			if found := defaults.Candidates(c.ev, today); !reflect.DeepEqual(found, c.want) {
				t.Errorf("found %+v, expected %+v", found, c.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	if faults := defaults.Check(); len(faults) > 0 {
		t.Error(faults)
	}
	if faults := (&Policy{PoorYears: 0, ConductBelow: 101}).Check(); len(faults) != 2 {
		t.Errorf("found %v, expected two faults", faults)
	}
}
