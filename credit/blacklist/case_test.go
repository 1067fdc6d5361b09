package blacklist_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pingxin/credit/blacklist"
	"pingxin/scoring/workdays"
)

// shippedCase has the numbers of [blacklist.case] in pipelines/policy/shipped/jiangbei-2015.toml.
func shippedCase() *blacklist.CasePolicy {
	calendar := func(days int) workdays.Window { return workdays.Window{Days: days, Unit: workdays.CalendarDays} }
	working := func(days int) workdays.Window { return workdays.Window{Days: days, Unit: workdays.WorkingDays} }
	return &blacklist.CasePolicy{Statement: calendar(30), HearingAsked: working(5), HearingAhead: working(7), Decision: working(30), Publication: working(7),
		TermMinYears: 1, TermMaxYears: 3, RepairAfterMonths: 6, WatchMaxMonths: 12, Sufficient: []string{blacklist.FinalDocument, blacklist.Conclusive},
		Authority: "重庆市江北区财政局"}
}

// The people of these tests.
var (
	opener   = blacklist.Person{Account: "opener", Role: "supervision"}
	first    = blacklist.Person{Account: "first", Role: "supervision"}
	second   = blacklist.Person{Account: "second", Role: "supervision"}
	third    = blacklist.Person{Account: "third", Role: "supervision"}
	uploader = blacklist.Person{Account: "uploader", Role: "supervision"}
	supplier = blacklist.Person{Account: "s", Role: blacklist.SupplierRole, Org: "S"}
	other    = blacklist.Person{Account: "a", Role: blacklist.SupplierRole, Org: "A"}
)

var involved = []blacklist.Involvement{{Account: "uploader", How: blacklist.UploadedIt, Ref: "batch:3"}, {Account: "scorer", How: blacklist.ScoredIt, Ref: "batch:4"},
	{Account: "watcher", How: blacklist.FlaggedIt, Ref: "watch:1"}}

// begun is the day on which the cases of these tests are opened: a Monday with no holiday near.
var begun = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func rules() blacklist.Rules {
	return blacklist.Rules{Policy: shippedCase(), Calendar: workdays.Shipped(), Involved: involved}
}

func step(kind blacklist.StepKind, by blacklist.Person, days int) blacklist.Step {
	day := begun.AddDate(0, 0, days)
	return blacklist.Step{Kind: kind, By: by, Day: day, On: day, Party: "S", Reason: "because", Grounds: []string{"fraud"}, Evidence: []string{"credit_event:X1"},
		Service: "direct", DocumentNo: "no 1", Relation: "same_control"}
}

func forParty(s blacklist.Step, party string) blacklist.Step {
	s.Party = party
	return s
}

func withPaper(s blacklist.Step) blacklist.Step {
	s.Documents = []blacklist.Document{{Name: "proof.pdf"}}
	return s
}

// deciding is a step that proposes to list the parties for two years from its day.
func deciding(by blacklist.Person, days int, parties ...string) blacklist.Step {
	s := step(blacklist.Proposed, by, days)
	s.Decision = &blacklist.Decision{List: len(parties) > 0, Parties: parties, Until: s.Day.AddDate(2, 0, 0), Standard: blacklist.Conclusive, Findings: "the facts",
		Answer: "the statement was weighed", DocumentNo: "no 2"}
	return s
}

// take takes the steps, all of which must be allowed.
func take(t *testing.T, steps ...blacklist.Step) blacklist.Case {
	t.Helper()
	var c blacklist.Case
	var err error
	for _, s := range steps {
		if c, err = rules().Take(c, s); err != nil {
			t.Fatalf("%s on %s: %v", s.Kind, s.Day.Format(time.DateOnly), err)
		}
	}
	return c
}

// noticed is a case that was opened and of which S was noticed on its second day, 3 March. Its window of 30 days runs
// to 2 April, the 31st day of the case.
func noticed() []blacklist.Step {
	return []blacklist.Step{step(blacklist.Opened, opener, 0), step(blacklist.Noticed, opener, 1)}
}

const afterWindow = 32 // 3 April

// TestTheWay: an ordinary case from the opening to the end of its term, with its state in between.
func TestTheWay(t *testing.T) {
	steps := append(noticed(), withPaper(step(blacklist.Stated, supplier, 10)), deciding(first, afterWindow, "S"), step(blacklist.Confirmed, second, afterWindow+4),
		step(blacklist.Published, opener, afterWindow+6))
	states := []blacklist.State{blacklist.AwaitsNotice, blacklist.AwaitsStatement, blacklist.AwaitsStatement, blacklist.AwaitsSecond, blacklist.AwaitsPublic, blacklist.InTerm}
	for i, want := range states {
		c := take(t, steps[:i+1]...)
		if got := c.State(steps[i].Day); got != want {
			t.Errorf("after %s: %s, want %s", steps[i].Kind, got, want)
		}
	}
	c := take(t, steps...)
	if got := c.Parties[0].Until.Format(time.DateOnly); got != "2026-04-02" {
		t.Errorf("the window ends on %s", got)
	}
	from, until := begun.AddDate(0, 0, afterWindow+4), begun.AddDate(0, 0, afterWindow).AddDate(2, 0, 0)
	if l := c.Party("S").Listing; !l.From.Equal(from) || !l.Until.Equal(until) {
		t.Errorf("listed %+v, want from %s until %s", l, from, until)
	}
	for day, want := range map[time.Time]blacklist.State{until.AddDate(0, 0, -1): blacklist.InTerm, until: blacklist.Ended} {
		if got := c.State(day); got != want {
			t.Errorf("on %s: %s, want %s", day.Format(time.DateOnly), got, want)
		}
	}
	again, err := blacklist.Replay("", c.Steps)
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Errorf("replayed: %v\n%+v\nwant\n%+v", err, again, c)
	}
}

// TestRefusals: each rule refuses by its own code; the steps before are allowed.
func TestRefusals(t *testing.T) {
	listed := append(noticed(), deciding(first, afterWindow, "S"), step(blacklist.Confirmed, second, afterWindow))
	hearing := append(noticed(), step(blacklist.HearingRequested, supplier, 8)) // 10 March, the fifth working day after the notice
	set := step(blacklist.HearingSet, opener, 10)
	set.Until, set.Place = begun.AddDate(0, 0, 22), "Room 305" // told on 12 March; the seventh working day is 23 March, so 24 March at the earliest
	affiliate := append(noticed(), forParty(step(blacklist.PartyAdded, opener, 2), "A"))
	change := func(s blacklist.Step, f func(*blacklist.Step)) blacklist.Step {
		if s.Decision != nil {
			d := *s.Decision
			s.Decision = &d
		}
		f(&s)
		return s
	}
	proposal := deciding(first, afterWindow, "S")
	for name, test := range map[string]struct {
		before []blacklist.Step
		step   blacklist.Step
		code   string
	}{
		"opened twice":               {noticed(), step(blacklist.Opened, opener, 3), "state"},
		"without a reason":           {noticed(), change(proposal, func(s *blacklist.Step) { s.Reason = " " }), "reason"},
		"opened without evidence":    {nil, change(step(blacklist.Opened, opener, 0), func(s *blacklist.Step) { s.Evidence = nil }), "grounds"},
		"a supplier opens":           {nil, step(blacklist.Opened, supplier, 0), "bureau_only"},
		"noticed twice":              {noticed(), step(blacklist.Noticed, opener, 2), "state"},
		"notice before the opening":  {noticed()[:1], change(step(blacklist.Noticed, opener, 1), func(s *blacklist.Step) { s.On = begun.AddDate(0, 0, -1) }), "day_order"},
		"notice of tomorrow":         {noticed()[:1], change(step(blacklist.Noticed, opener, 1), func(s *blacklist.Step) { s.On = begun.AddDate(0, 0, 2) }), "day_order"},
		"notice without service":     {noticed()[:1], change(step(blacklist.Noticed, opener, 1), func(s *blacklist.Step) { s.Service = "" }), "service"},
		"notice without number":      {noticed()[:1], change(step(blacklist.Noticed, opener, 1), func(s *blacklist.Step) { s.DocumentNo = "" }), "document_no"},
		"statement before a notice":  {noticed()[:1], step(blacklist.Stated, supplier, 1), "state"},
		"statement of another":       {affiliate, forParty(step(blacklist.Stated, supplier, 3), "A"), "not_own"},
		"bureau speaks for a party":  {noticed(), step(blacklist.Stated, opener, 3), "not_own"},
		"nothing said":               {noticed(), change(step(blacklist.Stated, supplier, 3), func(s *blacklist.Step) { s.Reason = "" }), "statement_empty"},
		"hearing too late":           {noticed(), step(blacklist.HearingRequested, supplier, 9), "hearing_late"},
		"hearing twice":              {hearing, step(blacklist.HearingRequested, supplier, 8), "hearing_again"},
		"hearing unasked":            {noticed(), set, "hearing_none"},
		"hearing too soon":           {hearing, change(set, func(s *blacklist.Step) { s.Until = begun.AddDate(0, 0, 21) }), "hearing_soon"},
		"hearing after the decision": {hearing, change(set, func(s *blacklist.Step) { s.Until = time.Date(2026, 5, 20, 0, 0, 0, 0, time.UTC) }), "hearing_far"}, // which is due by 2026-05-19: TestClocks
		"hearing before its day":     {append(slices.Clone(hearing), set), withPaper(step(blacklist.HearingHeld, third, 21)), "hearing_before"},
		"hearing without record":     {append(slices.Clone(hearing), set), step(blacklist.HearingHeld, third, 22), "hearing_record"},
		"opener presides":            {append(slices.Clone(hearing), set), withPaper(step(blacklist.HearingHeld, opener, 22)), "duty_opened"},
		"proposal over a hearing":    {hearing, proposal, "hearing_open"},
		"proposal without notice":    {noticed()[:1], proposal, "notice_missing"},
		"proposal in the window":     {noticed(), deciding(first, afterWindow-1, "S"), "window_open"},
		"affiliate without notice":   {affiliate, deciding(first, afterWindow, "S", "A"), "notice_missing"},
		"affiliate in its window":    {append(slices.Clone(affiliate), forParty(step(blacklist.Noticed, opener, 8), "A")), deciding(first, afterWindow, "S", "A"), "window_open"},
		"affiliate twice":            {affiliate, forParty(step(blacklist.PartyAdded, opener, 2), "A"), "party_known"},
		"affiliate unbound":          {noticed(), change(forParty(step(blacklist.PartyAdded, opener, 2), "A"), func(s *blacklist.Step) { s.Relation = "" }), "relation"},
		"no party":                   {noticed(), deciding(first, afterWindow, "S", "B"), "party_unknown"},
		"opener proposes":            {noticed(), deciding(opener, afterWindow, "S"), "duty_opened"},
		"uploader proposes":          {noticed(), deciding(uploader, afterWindow, "S"), "duty_uploaded"},
		"scorer proposes":            {noticed(), deciding(blacklist.Person{Account: "scorer"}, afterWindow, "S"), "duty_scored"},
		"who flagged proposes":       {noticed(), deciding(blacklist.Person{Account: "watcher"}, afterWindow, "S"), "duty_flagged"},
		"one person decides":         {listed[:3], step(blacklist.Confirmed, first, afterWindow), "second_person"},
		"uploader confirms":          {listed[:3], step(blacklist.Confirmed, uploader, afterWindow), "duty_uploaded"},
		"confirmed without proposal": {noticed(), step(blacklist.Confirmed, second, afterWindow), "state"},
		"statement unread":           {append(slices.Clone(listed[:3]), step(blacklist.Stated, supplier, afterWindow)), step(blacklist.Confirmed, second, afterWindow), "statement_unread"},
		"statement unanswered": {append(noticed(), step(blacklist.Stated, supplier, 3)), change(proposal, func(s *blacklist.Step) { s.Decision.Answer = "" }),
			"answer"},
		"under a year": {noticed(), change(proposal, func(s *blacklist.Step) { s.Decision.Until = s.Day.AddDate(1, 0, -1) }), "term"},
		"over three years": {noticed(), change(proposal, func(s *blacklist.Step) { s.Decision.Until = s.Day.AddDate(3, 0, 1) }),
			"term"},
		"a year that shrank": {append(noticed(), change(proposal, func(s *blacklist.Step) { s.Decision.Until = s.Day.AddDate(1, 0, 0) })),
			step(blacklist.Confirmed, second, afterWindow+1), "term"},
		"weak proof":              {noticed(), change(proposal, func(s *blacklist.Step) { s.Decision.Standard = blacklist.Preponderance }), "proof_weak"},
		"no standard":             {noticed(), change(proposal, func(s *blacklist.Step) { s.Decision.Standard = "" }), "standard"},
		"no findings":             {noticed(), change(proposal, func(s *blacklist.Step) { s.Decision.Findings = "" }), "findings"},
		"unknown circumstance":    {noticed(), change(proposal, func(s *blacklist.Step) { s.Decision.Mitigating = []string{"a friend"} }), "factor"},
		"nobody to list":          {noticed(), change(proposal, func(s *blacklist.Step) { s.Decision.Parties = nil }), "decision_parties"},
		"published undecided":     {noticed(), step(blacklist.Published, opener, 3), "state"},
		"discontinued afterwards": {listed, step(blacklist.Discontinued, opener, afterWindow), "state"},
		"grounds under a proposal": {listed[:3], step(blacklist.GroundsAdded, opener, afterWindow),
			"state"},
		"repair without proof": {listed, step(blacklist.RepairRequested, supplier, 100), "repair_proof"},
		"repair unasked":       {listed, step(blacklist.RepairGranted, third, 300), "repair_none"},
		"repair too early":     {append(slices.Clone(listed), withPaper(step(blacklist.RepairRequested, supplier, 100))), step(blacklist.RepairGranted, third, 214), "repair_early"},
		"repair by whom entered it": {append(slices.Clone(listed), withPaper(change(step(blacklist.RepairRequested, third, 100), func(s *blacklist.Step) { s.OnPaper = true }))),
			step(blacklist.RepairGranted, third, 300), "repair_recorder"},
		"revoked by a decider":  {listed, withPaper(step(blacklist.Revoked, second, 100)), "same_decider"},
		"revoked without paper": {listed, step(blacklist.Revoked, third, 100), "document_no"},
		"lifted unlisted":       {noticed(), withPaper(step(blacklist.Revoked, third, 100)), "not_listed"},
		"days backwards":        {noticed(), step(blacklist.Discontinued, opener, 0), "day_order"},
	} {
		c := take(t, test.before...)
		_, err := rules().Take(c, test.step)
		var refused *blacklist.Refusal
		if !errors.As(err, &refused) || refused.Rule != test.code {
			t.Errorf("%s: %v; want %s", name, err, test.code)
		} else if _, known := blacklist.Refusals()[refused.Rule]; !known {
			t.Errorf("%s: the code %s has no sentence", name, refused.Rule)
		}
	}
}

// TestAllowed: the same steps one day or one person further are taken.
func TestAllowed(t *testing.T) {
	listed := append(noticed(), deciding(first, afterWindow, "S"), step(blacklist.Confirmed, second, afterWindow)) // listed from 3 April
	repair := append(slices.Clone(listed), withPaper(step(blacklist.RepairRequested, supplier, 100)))
	c := take(t, append(repair, step(blacklist.RepairGranted, third, 215))...) // 3 October, six months later
	if day := begun.AddDate(0, 0, 215); c.State(day) != blacklist.EndedByRepair || !c.Party("S").Listing.Holds(day.AddDate(0, 0, -1)) {
		t.Errorf("repaired: %s, %+v", c.State(day), c.Party("S").Listing)
	}
	c = take(t, append(slices.Clone(listed), withPaper(step(blacklist.Revoked, opener, 100)))...)
	if c.State(begun.AddDate(0, 0, 100)) != blacklist.EndedByRevoking || c.Party("S").Listing.Holds(begun.AddDate(0, 0, 50)) {
		t.Errorf("what was revoked held nevertheless: %+v", c.Party("S").Listing)
	}
	c = take(t, append(noticed(), deciding(first, afterWindow), step(blacklist.Confirmed, second, afterWindow))...)
	if c.State(begun.AddDate(0, 0, 50)) != blacklist.NotListed {
		t.Errorf("decided not to list: %s", c.State(begun.AddDate(0, 0, 50)))
	}
	more := append(noticed(), step(blacklist.GroundsAdded, opener, 5))
	if c = take(t, more...); c.State(begun.AddDate(0, 0, 5)) != blacklist.AwaitsNotice {
		t.Errorf("more grounds need a new notice: %s", c.State(begun.AddDate(0, 0, 5)))
	}
	set := step(blacklist.HearingSet, opener, 10)
	set.Until, set.Place = begun.AddDate(0, 0, 22), "Room 305"
	take(t, append(noticed(), step(blacklist.HearingRequested, supplier, 8), set, withPaper(step(blacklist.HearingHeld, third, 22)), deciding(first, afterWindow, "S"))...)
	set.Until = time.Date(2026, 5, 19, 0, 0, 0, 0, time.UTC) // the last day for the decision: TestClocks
	take(t, append(noticed(), step(blacklist.HearingRequested, supplier, 8), set)...)
	take(t, append(noticed(), step(blacklist.HearingRequested, supplier, 8), step(blacklist.HearingWithdrawn, supplier, 9), deciding(first, afterWindow, "S"))...)
}

// listedWithout says what a listing of the party on the day lacks, by the history alone; empty: nothing, or it is not
// listed. It shares no code with the rules.
func listedWithout(c *blacklist.Case, party string) string {
	from := c.Party(party).Listing.From
	if from.IsZero() {
		return ""
	}
	var notice, proposal, confirmation *blacklist.Step
	barred := map[string]bool{"uploader": true, "scorer": true, "watcher": true}
	waiting := map[string]bool{} // parties with a hearing that is still to be held
	for i := range c.Steps {
		s := &c.Steps[i]
		switch s.Kind {
		case blacklist.Opened, blacklist.PartyAdded:
			barred[s.By.Account] = true
		case blacklist.GroundsAdded:
			barred[s.By.Account], notice = true, nil
		case blacklist.Noticed:
			if s.Party == party {
				notice = s
			}
		case blacklist.HearingRequested:
			waiting[s.Party] = confirmation == nil
		case blacklist.HearingHeld, blacklist.HearingWithdrawn:
			delete(waiting, s.Party)
		case blacklist.Proposed:
			proposal = s
		case blacklist.Confirmed:
			confirmation = s
		}
	}
	switch until := c.Party(party).Listing.Until; {
	case notice == nil || notice.On.Before(c.Steps[0].Day):
		return "notice"
	case proposal == nil || confirmation == nil || proposal.By.Account == confirmation.By.Account:
		return "two persons"
	case barred[proposal.By.Account] || barred[confirmation.By.Account]:
		return "separation of duties"
	case proposal.By.Role == blacklist.SupplierRole || confirmation.By.Role == blacklist.SupplierRole:
		return "the bureau"
	case proposal.Day.Sub(notice.On) <= 30*24*time.Hour || confirmation.Day.Before(proposal.Day):
		return "the window"
	case waiting[party]:
		return "the hearing"
	case !from.Equal(confirmation.Day) || until.Before(from.AddDate(1, 0, 0)) || until.After(from.AddDate(3, 0, 0)):
		return "the term"
	case !slices.Contains(proposal.Decision.Parties, party) || proposal.Decision.Standard != blacklist.Conclusive && proposal.Decision.Standard != blacklist.FinalDocument:
		return "the proof"
	}
	return ""
}

// choices are the steps that anybody might try on a day.
func choices(day time.Time) (all []blacklist.Step) {
	n := int(day.Sub(begun).Hours() / 24)
	whole := []blacklist.StepKind{blacklist.GroundsAdded, blacklist.Returned, blacklist.Confirmed, blacklist.Published, blacklist.Discontinued}
	for _, by := range []blacklist.Person{opener, first, second, uploader, supplier, other} {
		for _, kind := range blacklist.StepKinds() {
			for _, party := range []string{"S", "A"} {
				s := withPaper(forParty(step(kind, by, n), party))
				switch {
				case kind == blacklist.Proposed:
					s = deciding(by, n, "S", "A")
					if party == "S" {
						s = deciding(by, n, "S")
					}
				case kind == blacklist.HearingSet:
					s.Until, s.Place = day.AddDate(0, 0, 14), "Room 305"
				case kind == blacklist.PartyAdded && party == "S", slices.Contains(whole, kind) && party == "A":
					continue
				}
				all = append(all, s)
			}
		}
	}
	return all
}

// key says all of a case that later steps can depend on.
func key(c *blacklist.Case, day time.Time) string {
	var b strings.Builder
	fmt.Fprint(&b, day.Unix(), c.Published, c.Closed, len(c.Steps) == 0)
	for _, p := range c.Parties {
		p.Statements = min(p.Statements, 1)
		p.Repair = min(p.Repair, 1)
		fmt.Fprint(&b, p)
	}
	if c.Proposal != nil {
		d := c.Proposal.Decision
		fmt.Fprint(&b, c.Proposal.By.Account, d.Parties, d.List, d.Until.Unix())
		for _, s := range c.Steps[c.Proposal.Number:] {
			fmt.Fprint(&b, s.Kind == blacklist.Stated || s.Kind == blacklist.HearingRequested)
		}
	}
	deciders := map[string]bool{}
	for _, s := range c.Steps {
		switch s.Kind {
		case blacklist.Opened, blacklist.PartyAdded, blacklist.GroundsAdded:
			deciders["opened "+s.By.Account] = true
		case blacklist.Proposed, blacklist.Confirmed:
			deciders["decided "+s.By.Account] = true
		}
	}
	fmt.Fprint(&b, slices.Sorted(maps.Keys(deciders)))
	return b.String()
}

// TestNoWayAround walks every way of six steps after the opening that anybody can take, on the days at which something changes, and asks
// of every case that it comes to whether somebody is listed without notice, window, hearing or two persons apart.
func TestNoWayAround(t *testing.T) {
	r := rules()
	var days [][]blacklist.Step // a window of 30 days that begins on 2 March is open on 1 April and over on 2 April
	for _, n := range []int{0, 30, 31} {
		days = append(days, choices(begun.AddDate(0, 0, n)))
	}
	opened, err := r.Take(blacklist.Case{}, step(blacklist.Opened, opener, 0))
	if err != nil {
		t.Fatal(err)
	}
	level := map[string]blacklist.Case{"": opened}
	seen, listed := map[string]bool{}, 0
	for depth := range 6 {
		next := map[string]blacklist.Case{}
		for _, c := range level {
			for _, tried := range days {
				day := tried[0].Day
				if day.Before(c.Steps[len(c.Steps)-1].Day) {
					continue
				}
				for _, s := range tried {
					after, err := r.Take(c, s)
					if err != nil {
						continue
					}
					if k := key(&after, day); !seen[k] {
						seen[k] = true
						next[k] = after
					}
					for _, p := range after.Parties {
						if lacks := listedWithout(&after, p.Supplier); lacks != "" {
							t.Fatalf("%s is listed without %s:\n%s", p.Supplier, lacks, history(&after))
						}
						if !p.Listing.From.IsZero() {
							listed++
						}
					}
				}
			}
		}
		t.Logf("%d cases after %d more steps", len(next), depth+1)
		level = next
	}
	if listed == 0 {
		t.Error("no way lists anybody, so the walk shows nothing")
	}
}

func history(c *blacklist.Case) string {
	var b strings.Builder
	for _, s := range c.Steps {
		fmt.Fprintf(&b, "%d %s %s by %s about %s\n", s.Number, s.Day.Format(time.DateOnly), s.Kind, s.By.Account, s.Party)
	}
	return b.String()
}

// TestNoWayAroundAtRandom walks longer ways on any days.
func TestNoWayAroundAtRandom(t *testing.T) {
	r := rules()
	rapid.Check(t, func(t *rapid.T) {
		var c blacklist.Case
		day := begun
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			day = day.AddDate(0, 0, rapid.SampledFrom([]int{0, 0, 0, 1, 7, 31}).Draw(t, "days"))
			s := rapid.SampledFrom(choices(day)).Draw(t, "step")
			if after, err := r.Take(c, s); err == nil {
				c = after
			}
			for _, p := range c.Parties {
				if lacks := listedWithout(&c, p.Supplier); lacks != "" {
					t.Fatalf("%s is listed without %s:\n%s", p.Supplier, lacks, history(&c))
				}
			}
		}
		again, err := blacklist.Replay("", c.Steps)
		if len(c.Steps) > 0 && (err != nil || !reflect.DeepEqual(again, c)) {
			t.Fatalf("replayed it is another case: %v", err)
		}
	})
}

func TestReplayRefuses(t *testing.T) {
	steps := take(t, noticed()...).Steps
	for name, broken := range map[string][]blacklist.Step{"a gap": {steps[1]}, "twice": {steps[0], steps[0]}, "backwards": {steps[1], steps[0]},
		"a stranger": {steps[0], func() blacklist.Step { s := steps[1]; s.Party = "X"; return s }()}} {
		if c, err := blacklist.Replay("C1", broken); err == nil {
			t.Errorf("%s: replayed as %+v", name, c)
		}
	}
}

func TestClocks(t *testing.T) {
	r := rules()
	c := take(t, noticed()...)
	clocks, err := r.Clocks(&c, begun.AddDate(0, 0, 9))
	want := []blacklist.Clock{{What: blacklist.HearingClock, Party: "S", On: begun.AddDate(0, 0, 8), Over: true}, {What: blacklist.StatementClock, Party: "S", On: begun.AddDate(0, 0, 31)},
		{What: blacklist.DecisionClock, On: time.Date(2026, 5, 19, 0, 0, 0, 0, time.UTC)}} // 30 working days after 2 April: 19 in April (6 April is off), 11 in May with the worked 9 May
	if err != nil || !reflect.DeepEqual(clocks, want) {
		t.Errorf("%v\n%+v\nwant\n%+v", err, clocks, want)
	}
	late := step(blacklist.Opened, opener, 270) // 27 November 2026
	notice := step(blacklist.Noticed, opener, 270)
	c = take(t, late, notice)
	var missing *workdays.MissingYearError
	if clocks, err = r.Clocks(&c, notice.Day); !errors.As(err, &missing) || missing.Year != 2027 || len(clocks) != 2 {
		t.Errorf("a decision that is due in 2027: %+v, %v", clocks, err)
	}
}

func TestCasePolicyCheck(t *testing.T) {
	if faults := shippedCase().Check(); faults != nil {
		t.Errorf("the shipped table: %v", faults)
	}
	for key, spoil := range map[string]func(*blacklist.CasePolicy){
		"statement.days": func(p *blacklist.CasePolicy) { p.Statement.Days = 0 }, "term_min_years": func(p *blacklist.CasePolicy) { p.TermMinYears = 4 },
		"repair_after_months": func(p *blacklist.CasePolicy) { p.RepairAfterMonths = 13 }, "watch_max_months": func(p *blacklist.CasePolicy) { p.WatchMaxMonths = 0 },
		"sufficient_proof": func(p *blacklist.CasePolicy) { p.Sufficient = []string{blacklist.Insufficient} }, "expected one or more": func(p *blacklist.CasePolicy) { p.Sufficient = nil },
		"authority": func(p *blacklist.CasePolicy) { p.Authority = "" }, "publication.unit": func(p *blacklist.CasePolicy) { p.Publication.Unit = "moons" },
	} {
		p := shippedCase()
		spoil(p)
		faults := p.Check()
		if len(faults) != 1 || !strings.Contains(faults[0].Error(), key) {
			t.Errorf("%s: %v", key, faults)
		}
	}
}

// TestOffers: what a page offers is taken when it is filled in well, and who is barred is told why.
func TestOffers(t *testing.T) {
	r := rules()
	steps := append(noticed(), step(blacklist.Stated, supplier, 10), deciding(first, afterWindow, "S"), step(blacklist.Confirmed, second, afterWindow+1),
		step(blacklist.Published, opener, afterWindow+2), withPaper(step(blacklist.RepairRequested, supplier, 230)))
	var c blacklist.Case
	for i, s := range steps {
		var err error
		if c, err = r.Take(c, s); err != nil {
			t.Fatal(err)
		}
		next := s.Day
		if i+1 < len(steps) {
			next = steps[i+1].Day
		}
		for _, who := range []blacklist.Person{opener, first, second, third, supplier} {
			offered, _ := r.Offers(&c, who, next)
			for _, tried := range choices(next) {
				if tried.By.Account != who.Account || tried.Party == "A" && tried.Kind != blacklist.PartyAdded || tried.Kind == blacklist.Proposed && len(tried.Decision.Parties) > 1 {
					continue
				}
				tried.OnPaper = who.Role != blacklist.SupplierRole
				if _, err := r.Take(c, tried); err == nil && !slices.Contains(offered, tried.Kind) {
					t.Errorf("after %s %s may take %s, which is not offered", s.Kind, who.Account, tried.Kind)
				}
			}
		}
	}
	c = take(t, steps[:3]...)
	var refused *blacklist.Refusal
	if offered, barred := r.Offers(&c, uploader, begun.AddDate(0, 0, afterWindow)); slices.Contains(offered, blacklist.Proposed) || !errors.As(barred, &refused) || refused.Rule != "duty_uploaded" {
		t.Errorf("who brought the evidence is offered %v, %v", offered, barred)
	}
}

// TestSeenBy: a party sees nothing before its notice, then its own part; the deliberation stays inside.
func TestSeenBy(t *testing.T) {
	steps := []blacklist.Step{step(blacklist.Opened, opener, 0), forParty(step(blacklist.PartyAdded, opener, 0), "A"), step(blacklist.Noticed, opener, 1), step(blacklist.Stated, supplier, 2),
		deciding(first, afterWindow, "S"), step(blacklist.Confirmed, second, afterWindow)}
	c := take(t, steps...)
	if seen := c.SeenBy("A"); seen != nil {
		t.Errorf("an affiliate without notice sees %v", seen)
	}
	var kinds []blacklist.StepKind
	for _, s := range c.SeenBy("S") {
		kinds = append(kinds, s.Kind)
		if s.Kind == blacklist.Opened && s.By != (blacklist.Person{}) || s.Kind == blacklist.Confirmed && s.Decision == nil {
			t.Errorf("it sees %+v", s)
		}
	}
	if want := []blacklist.StepKind{blacklist.Opened, blacklist.Noticed, blacklist.Stated, blacklist.Confirmed}; !slices.Equal(kinds, want) {
		t.Errorf("it sees %v, want %v", kinds, want)
	}
}
