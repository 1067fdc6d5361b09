package budget_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pingxin/budget"
	"pingxin/scoring"
)

// settlementPolicy has the numbers of the shipped policy.
func settlementPolicy() budget.Settlement {
	name := scoring.Name{ZH: "依据", EN: "clause"}
	return budget.Settlement{InterimPct: 70,
		Grades: []budget.GradeShare{{Grade: "excellent", PayablePct: 100}, {Grade: "good", PayablePct: 100}, {Grade: "fair", PayablePct: 90}, {Grade: "poor", PayablePct: 70}},
		Attained: []budget.AttainedShare{{FromPct: 95, PayablePct: 100}, {FromPct: 90, PayablePct: 95}, {FromPct: 80, PayablePct: 90}, {FromPct: 60, PayablePct: 80},
			{FromPct: 0, PayablePct: 60}},
		Clauses: []budget.Clause{{Cite: name, Reasons: []string{"settle_by_grade", "settle_by_targets", "settle_interim", "settle_not_clear", "settle_paid_ahead", "settle_party_missing",
			"settle_in_dispute", "settle_not_graded", "settle_without_rule", "settle_target_unread", "settle_no_targets"}}}}
}

// rated is a service of 1,000 yuan that has ended with all of its targets attained, of which 700 were paid.
func rated(grade string) budget.Service {
	return budget.Service{Contract: "C1", AmountFen: 100_000, PaidFen: 70_000, Ended: true, Status: scoring.Rated, Grade: grade, Attained: 100, Targets: 1}
}

func changed(s budget.Service, change func(s *budget.Service)) budget.Service {
	change(&s)
	return s
}

// TestAdvise: what is payable and due of 1,000 yuan, by hand from the percentages above.
func TestAdvise(t *testing.T) {
	p := settlementPolicy()
	for _, c := range []struct {
		name         string
		service      budget.Service
		action       string
		payable, due int64
		reasons      []string
	}{
		{"good", rated("good"), "pay", 100_000, 30_000, []string{"by_grade", "by_targets"}},
		{"fair loses a tenth", rated("fair"), "reduce", 90_000, 20_000, []string{"by_grade", "by_targets"}},
		{"poor has been paid", rated("poor"), "settled", 70_000, 0, []string{"by_grade", "by_targets"}},
		{"poor was paid too much", changed(rated("poor"), func(s *budget.Service) { s.PaidFen = 70_001 }), "recover", 70_000, 0, []string{"by_grade", "by_targets", "paid_ahead"}},
		{"paid more than the amount", changed(rated("good"), func(s *budget.Service) { s.PaidFen = 100_001 }), "recover", 100_000, 0, []string{"by_grade", "by_targets", "paid_ahead"}},
		{"nothing paid", changed(rated("good"), func(s *budget.Service) { s.PaidFen = 0 }), "pay", 100_000, 100_000, []string{"by_grade", "by_targets"}},
		{"targets on the line", changed(rated("good"), func(s *budget.Service) { s.Attained = 95 }), "pay", 100_000, 30_000, []string{"by_grade", "by_targets"}},
		{"targets below the line", changed(rated("good"), func(s *budget.Service) { s.Attained = 94.99 }), "reduce", 95_000, 25_000, []string{"by_grade", "by_targets"}},
		{"the grade is lower than the targets", changed(rated("fair"), func(s *budget.Service) { s.Attained = 92 }), "reduce", 90_000, 20_000, []string{"by_grade", "by_targets"}},
		{"the targets are lower than the grade", changed(rated("fair"), func(s *budget.Service) { s.Attained = 79.99 }), "reduce", 80_000, 10_000, []string{"by_grade", "by_targets"}},
		{"nothing attained", changed(rated("good"), func(s *budget.Service) { s.Attained, s.PaidFen = 0, 0 }), "reduce", 60_000, 60_000, []string{"by_grade", "by_targets"}},
		{"no targets", changed(rated("good"), func(s *budget.Service) { s.Attained, s.Targets = math.NaN(), 0 }), "pay", 100_000, 30_000, []string{"by_grade", "no_targets"}},
		{"a better grade within the interval", changed(rated("fair"), func(s *budget.Service) { s.Better = "good" }), "reduce", 90_000, 20_000,
			[]string{"by_grade", "by_targets", "not_clear"}},
		{"a better grade changes nothing", changed(rated("good"), func(s *budget.Service) { s.Better = "excellent" }), "pay", 100_000, 30_000, []string{"by_grade", "by_targets"}},

		{"running", changed(rated("good"), func(s *budget.Service) { s.Ended, s.Status, s.PaidFen = false, scoring.Provisional, 50_000 }), "interim", 70_000, 20_000, []string{"interim"}},
		{"running and paid up to the share", changed(rated("good"), func(s *budget.Service) { s.Ended, s.Status = false, scoring.Provisional }), "interim", 70_000, 0, []string{"interim"}},
		{"running and paid ahead", changed(rated("good"), func(s *budget.Service) { s.Ended, s.Status, s.PaidFen = false, scoring.Provisional, 70_001 }), "hold", 70_000, 0,
			[]string{"interim", "paid_ahead"}},
		{"running without scores", changed(rated(""), func(s *budget.Service) { s.Ended, s.Status, s.PaidFen = false, scoring.NoEvidence, 0 }), "interim", 70_000, 70_000, []string{"interim"}},
		{"running and a party has not scored yet", changed(rated("good"), func(s *budget.Service) {
			s.Ended, s.Status, s.PaidFen, s.MissingParty = false, scoring.Provisional, 0, true
		}),
			"interim", 70_000, 70_000, []string{"interim"}},

		{"a party missing", changed(rated("good"), func(s *budget.Service) { s.MissingParty = true }), "hold", 100_000, 0, []string{"by_grade", "by_targets", "party_missing"}},
		{"in dispute", changed(rated("good"), func(s *budget.Service) { s.Dispute = "YY1" }), "hold", 100_000, 0, []string{"by_grade", "by_targets", "in_dispute"}},
		{"in dispute while running", changed(rated("good"), func(s *budget.Service) {
			s.Ended, s.Status, s.PaidFen, s.Dispute = false, scoring.Provisional, 0, "YY1"
		}), "hold", 70_000, 0,
			[]string{"interim", "in_dispute"}},
		{"ended without grade", changed(rated(""), func(s *budget.Service) { s.Status, s.PaidFen, s.MissingParty = scoring.Held, 0, true }), "hold", 70_000, 0,
			[]string{"interim", "not_graded", "party_missing"}},
		{"a party missing and a fen short of all paid", changed(rated("good"), func(s *budget.Service) { s.MissingParty, s.PaidFen = true, 99_999 }), "hold", 100_000, 0,
			[]string{"by_grade", "by_targets", "party_missing"}},
		{"a party missing and all paid", changed(rated("good"), func(s *budget.Service) { s.MissingParty, s.PaidFen = true, 100_000 }), "paid_up", 100_000, 0,
			[]string{"by_grade", "by_targets", "party_missing"}},
		{"in dispute and more than all paid", changed(rated("fair"), func(s *budget.Service) { s.Dispute, s.PaidFen = "YY1", 100_001 }), "paid_up", 90_000, 0,
			[]string{"by_grade", "by_targets", "in_dispute"}},
		{"all paid without a grade", changed(rated(""), func(s *budget.Service) { s.Status, s.PaidFen = scoring.Held, 100_000 }), "paid_up", 70_000, 0,
			[]string{"interim", "not_graded", "paid_ahead"}},
		{"a grade without rule", rated("splendid"), "hold", 70_000, 0, []string{"interim", "without_rule"}},
		{"a target without reading", changed(rated("good"), func(s *budget.Service) { s.Targets, s.Unread = 2, 1 }), "hold", 100_000, 0, []string{"by_grade", "by_targets", "target_unread"}},
		{"no target with a reading", changed(rated("good"), func(s *budget.Service) { s.Attained, s.Unread = math.NaN(), 1 }), "hold", 100_000, 0, []string{"by_grade", "target_unread"}},
	} {
		a := p.Advise(c.service)
		var reasons []string
		for _, r := range a.Reasons {
			reasons = append(reasons, strings.TrimPrefix(r.Code, "settle_"))
		}
		if a.Action != c.action || a.PayableFen != c.payable || a.DueFen != c.due || !slices.Equal(reasons, c.reasons) {
			t.Errorf("%s: got %s, %d payable, %d due, %q; want %s, %d, %d, %q", c.name, a.Action, a.PayableFen, a.DueFen, reasons, c.action, c.payable, c.due, c.reasons)
		}
	}
}

// TestAmountsOfAnAdvice: what is taken off, held and overpaid.
func TestAmountsOfAnAdvice(t *testing.T) {
	for _, c := range []struct {
		advice                  budget.Advice
		reduced, held, overpaid int64
	}{
		{budget.Advice{AmountFen: 100, PayableFen: 90, PaidFen: 70, Final: true, Action: "reduce"}, 10, 0, 0},
		{budget.Advice{AmountFen: 100, PayableFen: 90, PaidFen: 95, Final: true, Action: "recover"}, 10, 0, 5},
		{budget.Advice{AmountFen: 100, PayableFen: 90, PaidFen: 70, Final: true, Action: "hold"}, 10, 20, 0},
		{budget.Advice{AmountFen: 100, PayableFen: 70, PaidFen: 80, Action: "hold"}, 0, 0, 10}, // nothing is taken off for good yet
		{budget.Advice{AmountFen: 100, PayableFen: 90, PaidFen: 100, Final: true, Action: "paid_up"}, 10, 0, 10},
	} {
		if a := c.advice; a.ReducedFen() != c.reduced || a.HeldFen() != c.held || a.OverpaidFen() != c.overpaid {
			t.Errorf("%+v: got %d, %d, %d; want %d, %d, %d", a, a.ReducedFen(), a.HeldFen(), a.OverpaidFen(), c.reduced, c.held, c.overpaid)
		}
	}
}

// TestAdviceHoldsTogether: whatever comes in, nobody is to be paid beyond what is payable, nothing while something holds it
// back, and every reason rests on a clause.
func TestAdviceHoldsTogether(t *testing.T) {
	p := settlementPolicy()
	rapid.Check(t, func(t *rapid.T) {
		targets := rapid.IntRange(0, 3).Draw(t, "targets")
		s := budget.Service{AmountFen: rapid.Int64Range(0, 1e15).Draw(t, "amount"), PaidFen: rapid.Int64Range(0, 1e15).Draw(t, "paid"), Ended: rapid.Bool().Draw(t, "ended"),
			Status: rapid.SampledFrom([]scoring.Status{scoring.Rated, scoring.Provisional, scoring.Held, scoring.NoEvidence}).Draw(t, "status"),
			Grade:  rapid.SampledFrom([]string{"", "excellent", "good", "fair", "poor", "splendid"}).Draw(t, "grade"), MissingParty: rapid.Bool().Draw(t, "missing"),
			Dispute: rapid.SampledFrom([]string{"", "YY1"}).Draw(t, "dispute"), Targets: targets, Attained: math.NaN()}
		if s.Unread = rapid.IntRange(0, targets).Draw(t, "unread"); s.Unread < targets {
			s.Attained = rapid.Float64Range(0, 100).Draw(t, "attained")
		}
		a := p.Advise(s)
		holds := slices.ContainsFunc(a.Reasons, func(n scoring.Note) bool { return budget.Holds(n.Code) })
		switch {
		case a.PayableFen < 0 || a.PayableFen > a.AmountFen || a.DueFen < 0:
			t.Fatalf("%+v pays outside the amount", a)
		case a.DueFen > 0 && a.DueFen+a.PaidFen != a.PayableFen:
			t.Fatalf("%+v does not come to what is payable", a)
		case (a.Action == "hold" || a.Action == "paid_up") && (a.DueFen != 0 || !holds):
			t.Fatalf("%+v is held and pays, or has no reason", a)
		case holds && a.Action != "recover" && (a.Action == "paid_up") != (a.PaidFen >= a.AmountFen): // to recover has a reason of the same name
			t.Fatalf("%+v holds what has been paid, or does not hold what is left", a)
		case a.Final != (a.Action == "pay" || a.Action == "reduce" || a.Action == "recover" || a.Action == "settled") && a.Action != "hold" && a.Action != "paid_up":
			t.Fatalf("%+v says what only a final evaluation says", a)
		}
		for _, n := range a.Reasons {
			if p.ClauseOf(n.Code) == (scoring.Name{}) {
				t.Fatalf("%s rests on nothing", n.Code)
			}
		}
		if again := p.Advise(s); fmt.Sprint(again) != fmt.Sprint(a) {
			t.Fatalf("got %+v, then %+v", a, again)
		}
	})
}

func TestSettlementCheck(t *testing.T) {
	sound := settlementPolicy()
	if faults := sound.Check(); faults != nil {
		t.Fatalf("the shipped numbers: got %v, want no fault", faults)
	}
	for _, c := range []struct {
		name  string
		spoil func(p *budget.Settlement)
		want  string
	}{
		{"more than all", func(p *budget.Settlement) { p.InterimPct = 100.5 }, "settlement.interim_pct: "},
		{"less than nothing", func(p *budget.Settlement) { p.Grades[2].PayablePct = -1 }, "settlement.grade[2].payable_pct: "},
		{"no number", func(p *budget.Settlement) { p.Attained[1].PayablePct = math.NaN() }, "settlement.attained[1].payable_pct: "},
		{"two rows of one line", func(p *budget.Settlement) { p.Attained[1].FromPct = 95 }, "settlement.attained[1].from_pct: "},
		{"a gap at the bottom", func(p *budget.Settlement) { p.Attained[4].FromPct = 1 }, "settlement.attained[4].from_pct: "},
		{"a reason without clause", func(p *budget.Settlement) { p.Clauses[0].Reasons = p.Clauses[0].Reasons[1:] }, "settlement.clause: "},
		{"an unknown reason", func(p *budget.Settlement) { p.Clauses[0].Reasons = append(p.Clauses[0].Reasons, "settle_by_lot") }, "settlement.clause[0].reasons: "},
		{"a clause in one language", func(p *budget.Settlement) { p.Clauses[0].Cite.EN = "" }, "settlement.clause[0].cite: "},
	} {
		p := settlementPolicy()
		c.spoil(&p)
		if faults := p.Check(); len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), c.want) {
			t.Errorf("%s: got %v, want one fault that begins with %q", c.name, faults, c.want)
		}
	}
	if none := (&budget.Settlement{}).Advise(rated("good")); none.Action != "hold" || !reflect.DeepEqual(none.Reasons[len(none.Reasons)-2].Code, budget.SettleUnruled) {
		t.Errorf("a policy without grades: got %+v", none)
	}
}
