package dueprocess

import (
	"errors"
	"testing"

	"pingxin/scoring/workdays"
)

// TestStates walks the way of an evaluation, with what turns it aside.
func TestStates(t *testing.T) {
	for _, c := range []struct {
		what  string
		facts Facts
		want  State
	}{
		{"computed by a run", Facts{}, Draft},
		{"the window runs", Facts{Announced: true}, Open},
		{"the window has run out", Facts{Announced: true, Over: true}, Due},
		{"objected to within the window", Facts{Announced: true, Disputed: true}, Disputed},
		{"the window has run out during the review", Facts{Announced: true, Disputed: true, Over: true}, Disputed},
		{"corrected by a run before the review", Facts{Disputed: true}, Disputed},
		{"upheld, no correction shown yet", Facts{Announced: true, Upheld: true, Over: true}, Correcting},
		{"upheld, and the correction is shown", Facts{}, Draft},
		{"rejected within the window", Facts{Announced: true}, Open},
		{"made final", Facts{Announced: true, Over: true, Final: true}, Final},
		{"published", Facts{Announced: true, Over: true, Final: true, Public: true}, Public},
		{"changed by a later run", Facts{Over: true, Final: false}, Draft},
		{"an objection on paper to what is public", Facts{Announced: true, Over: true, Final: true, Public: true, Disputed: true}, Disputed},
	} {
		if got := c.facts.State(); got != c.want {
			t.Errorf("%s: found %s, expected %s", c.what, got, c.want)
		}
	}
}

// TestTableIsTheRule: the places of the table are the facts, the first fact in the lowest bit.
func TestTableIsTheRule(t *testing.T) {
	table := Table()
	for place, want := range map[int]State{0: Draft, 1: Open, 1 | 8: Due, 1 | 2 | 8: Disputed, 1 | 4: Correcting, 1 | 8 | 16: Final, 1 | 8 | 16 | 32: Public} {
		if table[place] != want {
			t.Errorf("place %06b: found %s, expected %s", place, table[place], want)
		}
	}
	if len(table) != 64 {
		t.Errorf("found %d places, expected one for each combination of six facts", len(table))
	}
}

// TestActs: each act is possible in its states alone, and every other state says why.
func TestActs(t *testing.T) {
	codes := map[Act]map[State]string{ // "": allowed
		Announce: {Draft: "", Open: "announced_already", Due: "announced_already", Disputed: "in_dispute", Correcting: "", Final: "announced_already", Public: "announced_already"},
		Comment:  {Draft: "not_announced", Open: "", Due: "window_over", Disputed: "", Correcting: "correction_awaited", Final: "window_over", Public: "window_over"},
		Object:   {Draft: "not_announced", Open: "", Due: "window_over", Disputed: "objected_already", Correcting: "correction_awaited", Final: "window_over", Public: "window_over"},
		Review:   {Draft: "no_objection", Open: "no_objection", Due: "no_objection", Disputed: "", Correcting: "no_objection", Final: "no_objection", Public: "no_objection"},
		Finalise: {Draft: "not_announced", Open: "window_open", Due: "", Disputed: "in_dispute", Correcting: "correction_awaited", Final: "final_already", Public: "final_already"},
		Publish:  {Draft: "not_announced", Open: "window_open", Due: "not_final", Disputed: "in_dispute", Correcting: "correction_awaited", Final: "", Public: "public_already"},
	}
	for act, of := range codes {
		for _, s := range States {
			err := s.Allows(act)
			var refused *RefusedError
			if of[s] == "" && err != nil {
				t.Errorf("%s in %s: found %v, expected that it is allowed", act, s, err)
			} else if of[s] != "" && (!errors.As(err, &refused) || refused.Code != of[s]) {
				t.Errorf("%s in %s: found %v, expected %s", act, s, err, of[s])
			}
		}
	}
}

// TestSeparationOfDuties: a reviewer stands above everybody who scored, and has done nothing of what is reviewed.
func TestSeparationOfDuties(t *testing.T) {
	involved := Involved{Scorers: []Person{{Account: "p1", Role: "purchaser"}, {Account: "e1", Role: "evaluator"}}, Announcer: "f1", Objector: "s1"}
	paper := involved
	paper.Scorers = append(paper.Scorers, Person{Account: "f2", Role: "finance"}) // who brought in sheets of recipients
	for _, c := range []struct {
		what string
		in   Involved
		p    Person
		code string
	}{
		{"another account of the bureau", involved, Person{Account: "f3", Role: "finance"}, ""},
		{"the supervision office", involved, Person{Account: "v1", Role: "supervision"}, ""},
		{"who announced", involved, Person{Account: "f1", Role: "finance"}, "reviewer_announced"},
		{"who scored", involved, Person{Account: "e1", Role: "evaluator"}, "reviewer_scored"},
		{"who scored, with a higher role since", involved, Person{Account: "e1", Role: "supervision"}, "reviewer_scored"},
		{"a colleague of who scored", involved, Person{Account: "p2", Role: "purchaser"}, "reviewer_not_above"},
		{"who objected", involved, Person{Account: "s1", Role: "supplier"}, "reviewer_objected"},
		{"another supplier", involved, Person{Account: "s2", Role: "supplier"}, "reviewer_not_above"},
		{"the administrator", involved, Person{Account: "a1", Role: "admin"}, "reviewer_not_above"},
		{"the bureau, where the bureau scored", paper, Person{Account: "f3", Role: "finance"}, "reviewer_not_above"},
		{"supervision, where the bureau scored", paper, Person{Account: "v1", Role: "supervision"}, ""},
		{"scores of the operator at the console", Involved{Scorers: []Person{{}}, Announcer: "f1"}, Person{Account: "f3", Role: "finance"}, ""},
	} {
		err := c.in.MayReview(c.p)
		var refused *RefusedError
		if c.code == "" && err != nil || c.code != "" && (!errors.As(err, &refused) || refused.Code != c.code) {
			t.Errorf("%s: found %v, expected %q", c.what, err, c.code)
		}
	}
	if err := MaySpeak(Object, Person{Role: "purchaser"}); err == nil {
		t.Error("a purchaser objected for a supplier")
	}
	if err := MayCheck("a", "a"); err == nil {
		t.Error("an account checked its own answer")
	}
	if err := MayCheck("a", "b"); err != nil {
		t.Errorf("found %v, expected that another account may check", err)
	}
}

// TestInquiries: a question is routed, answered and checked, in this order.
func TestInquiries(t *testing.T) {
	way := []struct {
		step InquiryStep
		want InquiryState
	}{{RouteTo, Routed}, {RouteTo, Routed}, {Answer, Answered}, {Return, Routed}, {Answer, Answered}, {Release, Released}}
	at := Received
	for _, w := range way {
		next, err := at.After(w.step)
		if err != nil || next != w.want {
			t.Fatalf("%s in %s: found %s, %v, expected %s", w.step, at, next, err, w.want)
		}
		at = next
	}
	for _, c := range []struct {
		in   InquiryState
		step InquiryStep
		code string
	}{
		{Received, Answer, "inquiry_not_answer"}, {Received, Release, "inquiry_not_release"}, {Routed, Release, "inquiry_not_release"}, {Routed, Decline, "inquiry_not_decline"},
		{Answered, RouteTo, "inquiry_not_route"}, {Answered, Answer, "inquiry_not_answer"}, {Released, Return, "inquiry_closed"}, {Kept, Release, "inquiry_closed"}, {Kept, Conclude, "inquiry_closed"}, {Received, Conclude, "inquiry_not_conclude"}, {Declined, RouteTo, "inquiry_closed"},
	} {
		var refused *RefusedError
		if _, err := c.in.After(c.step); !errors.As(err, &refused) || refused.Code != c.code {
			t.Errorf("%s in %s: found %v, expected %s", c.step, c.in, err, c.code)
		}
	}
}

func TestPolicy(t *testing.T) {
	week := workdays.Window{Days: 7, Unit: workdays.WorkingDays}
	sound := Policy{Comment: week, Review: week, Route: week, Answer: week, EvidenceFiles: 5, EvidenceMB: 10}
	if faults := sound.Check(); faults != nil {
		t.Errorf("found %v, expected none", faults)
	}
	sound.EvidenceMB = MostEvidenceMB / sound.EvidenceFiles
	if faults := sound.Check(); faults != nil {
		t.Errorf("at the limit: found %v, expected none", faults)
	}
	broken := Policy{Comment: week, Review: week, Route: week, EvidenceFiles: 5, EvidenceMB: MostEvidenceMB/5 + 1}
	if faults := broken.Check(); len(faults) != 3 { // days and unit of the answer, size
		t.Errorf("found %v, expected three faults", faults)
	}
}
