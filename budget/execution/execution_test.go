package execution

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pingxin/scoring"
)

// rules are those of the tests; the amounts of the limits are small so that cases can be read.
func rules() *Policy {
	return &Policy{LateDays: 14, EarlyDays: 10, BeforeEvaluationPct: 90, Heard: []string{Recipients, ThirdParty},
		Limits:  []Limit{{FromYear: 2015, TenderYuan: 1000, ProcedureYuan: 200}, {FromYear: 2018, TenderYuan: 2000, ProcedureYuan: 500}},
		Tenders: []string{"open_tender"}, Reasoned: []string{"single_source", "entrustment"}, Dispersed: "dispersed", SingleSource: "single_source", SingleSourcePct: 30, LeastContracts: 2,
		Negative: []Boundary{{ID: "staff", Words: []string{"劳务派遣"}}},
		Stages:   []Stage{{ID: "trial", FromYear: 2015, DepartmentsPct: 30, EvaluatedPct: 50}, {ID: "everywhere", FromYear: 2016, DepartmentsPct: 90}}}
}

func day(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

func codes(notes []scoring.Note) string {
	var all []string
	for _, n := range notes {
		all = append(all, n.Code)
	}
	return strings.Join(all, " ")
}

// ready is a contract that lacks nothing, signed on 10 January and running from 1 February.
func ready() Contract {
	return Contract{No: "C1", Purchaser: "P1", Item: "A1", Method: "inquiry", Year: 2025, AmountFen: 1000_00, SignedOn: day("2025-01-10"), StartOn: day("2025-02-01"), EndOn: day("2025-12-20"),
		Plan: "J1", Contents: Complete, Targets: 1, Heard: []string{Recipients, ThirdParty}, TargetsOn: day("2025-01-10")}
}

// TestTiming counts days by hand: 30 June to 14 July is 14 days, to 15 July 15; 20 June is 10 days before it.
func TestTiming(t *testing.T) {
	for _, c := range []struct {
		due, paid, asOf string
		want            Timing
		days            int
	}{
		{"2025-06-30", "2025-06-30", "2025-12-31", InTime, 0},
		{"2025-06-30", "2025-07-14", "2025-12-31", InTime, 14},
		{"2025-06-30", "2025-07-15", "2025-12-31", Late, 15},
		{"2025-06-30", "2025-06-20", "2025-12-31", InTime, -10},
		{"2025-06-30", "2025-06-19", "2025-12-31", Early, -11},
		{"2025-06-30", "", "2025-07-14", Pending, 0},
		{"2025-06-30", "", "2025-07-15", Overdue, 15},
		{"2025-06-30", "", "2025-06-01", Pending, -29},
		{"2025-06-30", "2025-08-01", "2025-07-20", Overdue, 20}, // on that day it was not paid yet
		{"", "2025-07-01", "2025-12-31", NoDue, 0},
		{"", "", "2025-12-31", Pending, 0},
	} {
		got, days := rules().Timing(Payment{DueOn: day(c.due), PaidOn: day(c.paid)}, day(c.asOf))
		if got != c.want || days != c.days {
			t.Errorf("due %q, paid %q, as of %s: %s by %d days, expected %s by %d", c.due, c.paid, c.asOf, got, days, c.want, c.days)
		}
	}
}

// TestAheadOfEvaluation: of 1,000 yuan at most 900 may be paid before the evaluation of 15 December.
func TestAheadOfEvaluation(t *testing.T) {
	for _, c := range []struct {
		name          string
		first, second int64 // fen; paid on 1 and on 10 December
		evaluated     string
		want          string // stage with which it was too much; empty: none
		paid          int64
	}{
		{"exactly the limit", 400_00, 500_00, "2025-12-15", "", 0},
		{"a fen more", 400_00, 500_01, "2025-12-15", "2", 900_01},
		{"all at once", 1000_00, 0, "2025-12-15", "1", 1000_00},
		{"the second on the day of the evaluation", 400_00, 600_00, "2025-12-10", "", 0},
		{"never evaluated", 400_00, 600_00, "", "2", 1000_00},
	} {
		contract := ready()
		contract.Evaluated, contract.EvaluatedOn = c.evaluated != "", day(c.evaluated)
		contract.Payments = []Payment{{Stage: "2", PaidOn: day("2025-12-10"), AmountFen: c.second}, {Stage: "1", PaidOn: day("2025-12-01"), AmountFen: c.first}}
		pay, paid, ahead := rules().AheadOfEvaluation(&contract, day("2026-01-31"))
		if ahead != (c.want != "") || pay.Stage != c.want || paid != c.paid {
			t.Errorf("%s: stage %q with %d fen, expected %q with %d", c.name, pay.Stage, paid, c.want, c.paid)
		}
	}
}

func TestReadiness(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Contract)
		want   string
	}{
		{"nothing is lacking", func(*Contract) {}, ""},
		{"targets on the day of signing are before the purchase", func(c *Contract) { c.TargetsOn = day("2025-01-10") }, ""},
		{"a day later they are not", func(c *Contract) { c.TargetsOn = day("2025-01-11") }, "targets_after_signing"},
		{"without a day of signing nothing is after it", func(c *Contract) { c.SignedOn, c.TargetsOn = time.Time{}, day("2025-05-01") }, ""},
		{"no plan", func(c *Contract) { c.Plan = "" }, "no_plan_item"},
		{"no targets: nobody was to be heard on them", func(c *Contract) { c.Targets, c.Heard = 0, nil }, "no_targets"},
		{"nobody was heard", func(c *Contract) { c.Heard = nil }, "recipients_unheard third_party_unheard"},
		{"a standard replaces nobody", func(c *Contract) { c.Heard = []string{Recipients, Standard} }, "third_party_unheard"},
		{"signed on the first day of service", func(c *Contract) { c.SignedOn = c.StartOn }, ""},
		{"signed a day after", func(c *Contract) { c.SignedOn = day("2025-02-02") }, "signed_after_start"},
		{"two contents are lacking", func(c *Contract) { c.Contents = Complete &^ (Quality | Liability) }, "contract_lacks_quality contract_lacks_liability"},
		{"nothing is known of contents", func(c *Contract) { c.Contents = 0 }, "contract_unchecked"},
	} {
		contract := ready()
		c.change(&contract)
		if got := codes(rules().Readiness(&contract)); got != c.want {
			t.Errorf("%s: %q, expected %q", c.name, got, c.want)
		}
	}
}

// Each of the eight contents has its own sentence, and all of them are complete.
func TestContents(t *testing.T) {
	if n := len(required); n != 8 || Complete != 255 {
		t.Fatalf("%d contents and %b, expected 8 and 11111111", n, Complete)
	}
	for _, r := range required {
		if got := (Complete &^ r.part).Missing(); len(got) != 1 || got[0] != r.note {
			t.Errorf("without %b: %v", r.part, got)
		}
	}
}

func TestMethod(t *testing.T) {
	for _, c := range []struct {
		name     string
		year     int
		method   string
		fen      int64
		reasoned bool
		want     string
	}{
		{"below the limit for tenders", 2025, "inquiry", 1999_99, false, ""},
		{"at the limit", 2025, "inquiry", 2000_00, false, "tender_limit"},
		{"tendered", 2025, "open_tender", 9000_00, false, ""},
		{"the limit of an earlier year was lower", 2017, "inquiry", 1000_00, false, "tender_limit"},
		{"before the first year its limit holds", 2014, "inquiry", 1000_00, false, "tender_limit"},
		{"dispersed below the limit of procedure", 2025, "dispersed", 499_99, false, ""},
		{"dispersed at it", 2025, "dispersed", 500_00, false, "procedure_limit"},
		{"special without a reason", 2025, "single_source", 100_00, false, "method_without_reason"},
		{"special with a reason, whatever the amount", 2025, "single_source", 9000_00, true, ""},
	} {
		if got := codes(rules().Method(c.year, c.method, c.fen, c.reasoned)); got != c.want {
			t.Errorf("%s: %q, expected %q", c.name, got, c.want)
		}
	}
}

// TestSplits: the limit of 2025 is 2,000 yuan, and the law speaks of more than it (Implementing Regulations, article 28).
func TestSplits(t *testing.T) {
	contract := func(no, purchaser, item, method string, fen int64) Contract {
		return Contract{No: no, Purchaser: purchaser, Item: item, Method: method, Year: 2025, AmountFen: fen}
	}
	for _, c := range []struct {
		name      string
		contracts []Contract
		want      []string
	}{
		{"two that come to the limit", []Contract{contract("a", "P", "A", "inquiry", 1000_00), contract("b", "P", "A", "inquiry", 1000_00)}, nil},
		{"a fen more", []Contract{contract("b", "P", "A", "inquiry", 1000_00), contract("a", "P", "A", "dispersed", 1000_01)}, []string{"a", "b"}},
		{"one alone", []Contract{contract("a", "P", "A", "inquiry", 1999_99)}, nil},
		{"one at the limit is no part of a split", []Contract{contract("a", "P", "A", "inquiry", 2000_00), contract("b", "P", "A", "inquiry", 500_00)}, nil},
		{"tendered ones do not count", []Contract{contract("a", "P", "A", "open_tender", 1500_00), contract("b", "P", "A", "inquiry", 1500_00)}, nil},
		{"nor what needs a reason", []Contract{contract("a", "P", "A", "single_source", 1500_00), contract("b", "P", "A", "inquiry", 1500_00)}, nil},
		{"other items", []Contract{contract("a", "P", "A", "inquiry", 1500_00), contract("b", "P", "B", "inquiry", 1500_00)}, nil},
		{"other purchasers", []Contract{contract("a", "P", "A", "inquiry", 1500_00), contract("b", "Q", "A", "inquiry", 1500_00)}, nil},
	} {
		var got []string
		for _, s := range rules().Splits(Each(c.contracts)) {
			got = append(got, s.Contracts...)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, expected %v", c.name, got, c.want)
		}
	}
}

// By hand: 30 of 100 yuan is 30 percent, which is on the line and not above it.
func TestSingleSource(t *testing.T) {
	group := []Contract{{Method: "single_source", AmountFen: 30_00}, {Method: "inquiry", AmountFen: 70_00}}
	if s := rules().SingleSourceIn(Each(group)); s.Pct() != 30 || rules().Conspicuous(s) {
		t.Errorf("%+v is %g percent, conspicuous %v", s, s.Pct(), rules().Conspicuous(s))
	}
	group[0].AmountFen++
	if s := rules().SingleSourceIn(Each(group)); !rules().Conspicuous(s) {
		t.Errorf("%+v lies above the line", s)
	}
	if s := rules().SingleSourceIn(Each(group[:1])); rules().Conspicuous(s) {
		t.Errorf("%+v: one contract is no share", s)
	}
	if s := (&Share{}); s.Pct() != 0 {
		t.Error("nothing has a share")
	}
}

func TestPlanStatus(t *testing.T) {
	approved, returned := Review{No: 1, Decision: Approved, ApprovedFen: 80_00}, Review{No: 1, Decision: Returned}
	for _, c := range []struct {
		name     string
		item     PlanItem
		want     Status
		planned  int64
		approved int64
	}{
		{"nobody decided", PlanItem{SubmittedAs: Submitted, AmountFen: 100_00}, Submitted, 100_00, 0},
		{"approved in the file", PlanItem{SubmittedAs: Approved, AmountFen: 100_00}, Approved, 100_00, 100_00},
		{"approved with less", PlanItem{SubmittedAs: Submitted, AmountFen: 100_00, Reviews: []Review{approved}}, Approved, 80_00, 80_00},
		{"changed since", PlanItem{SubmittedAs: Submitted, AmountFen: 100_00, Reviews: []Review{approved}, Changed: true}, Submitted, 100_00, 0},
		{"returned, then approved", PlanItem{SubmittedAs: Submitted, AmountFen: 100_00, Reviews: []Review{returned, approved}}, Approved, 80_00, 80_00},
		{"returned", PlanItem{SubmittedAs: Submitted, AmountFen: 100_00, Reviews: []Review{returned}}, Returned, 100_00, 0},
		{"rejected", PlanItem{SubmittedAs: Submitted, AmountFen: 100_00, Reviews: []Review{{Decision: Rejected}}}, Rejected, 0, 0},
		{"cancelled after an approval", PlanItem{SubmittedAs: Cancelled, AmountFen: 100_00, Reviews: []Review{approved}}, Cancelled, 0, 0},
	} {
		if got, planned, approved := c.item.Status(), c.item.PlannedFen(), c.item.ApprovedFen(); got != c.want || planned != c.planned || approved != c.approved {
			t.Errorf("%s: %s with %d planned and %d approved, expected %s, %d, %d", c.name, got, planned, approved, c.want, c.planned, c.approved)
		}
	}
}

func TestExamine(t *testing.T) {
	staff := []Function{{Purchaser: "P1", Item: "A1", Year: 2026, Name: "f", Staff: 3}, {Purchaser: "P2", Item: "A1", Year: 2026}, {Purchaser: "P1", Item: "A1", Year: 2025}, {Purchaser: "P1", Item: "A2", Year: 2026}}
	sound := func() PlanItem {
		return PlanItem{Purchaser: "P1", Item: "A1", Project: "居家养老服务", Year: 2026, Method: "inquiry", AmountFen: 100_00, Purchasable: true}
	}
	for _, c := range []struct {
		name      string
		change    func(*PlanItem)
		functions []Function
		budget    int64
		want      string
	}{
		{"sound", func(*PlanItem) {}, staff[1:], 100_00, ""},
		{"the budget is a fen short", func(*PlanItem) {}, nil, 99_99, "plan_above_budget"},
		{"no budget", func(*PlanItem) {}, nil, 0, "no_budget"},
		{"staff is kept for it", func(*PlanItem) {}, staff, 100_00, "staff_kept"},
		{"not to be bought", func(i *PlanItem) { i.Purchasable = false }, nil, 100_00, "item_not_purchasable"},
		{"a word points to a boundary", func(i *PlanItem) { i.Project = "编外劳务派遣" }, nil, 100_00, "boundary_word"},
		{"a single source without a reason", func(i *PlanItem) { i.Method = "single_source" }, nil, 100_00, "method_without_reason"},
		{"and with one", func(i *PlanItem) { i.Method, i.Reason = "single_source", "only one can" }, nil, 100_00, ""},
	} {
		item := sound()
		c.change(&item)
		if got := codes(rules().Examine(&item, c.functions, c.budget, 100_00)); got != c.want {
			t.Errorf("%s: %q, expected %q", c.name, got, c.want)
		}
	}
}

// TestFlow adds up by hand two contracts and a plan: 1,000 yuan paid with 400, not planned; 500 yuan paid in full, planned and
// evaluated, of a plan of 600 and a budget of 2,000.
func TestFlow(t *testing.T) {
	asOf := day("2026-01-31")
	a, b := ready(), ready()
	a.Plan, a.Payments = "", []Payment{{Stage: "1", DueOn: day("2025-06-30"), PaidOn: day("2025-08-01"), AmountFen: 400_00}, {Stage: "2", DueOn: day("2025-12-20"), AmountFen: 600_00}}
	b.No, b.AmountFen, b.Evaluated, b.EvaluatedOn = "C2", 500_00, true, day("2025-12-01")
	b.Payments = []Payment{{Stage: "1", DueOn: day("2025-12-10"), PaidOn: day("2025-12-10"), AmountFen: 500_00}}
	f := Flow{BudgetFen: 2000_00}
	f.AddContract(rules(), &a, asOf)
	f.AddContract(rules(), &b, asOf)
	f.AddPlan(&PlanItem{SubmittedAs: Approved, AmountFen: 600_00})
	f.AddPlan(&PlanItem{SubmittedAs: Cancelled, AmountFen: 900_00})
	want := Flow{PlanItems: 1, Contracts: 2, Evaluated: 1, BudgetFen: 2000_00, PlanFen: 600_00, ContractFen: 1500_00, UnplannedFen: 1000_00, PaidFen: 900_00, EvaluatedFen: 500_00,
		UnpaidFen: 600_00, PaidEvaluatedFen: 500_00, Unready: 1, Late: 1, Overdue: 1}
	if f != want {
		t.Errorf("flow %+v, expected %+v", f, want)
	}
	for name, c := range map[string][2]float64{"execution": {f.ExecutionRate(), 0.45}, "contract": {f.ContractRate(), 500.0 / 600}, "payment": {f.PaymentRate(), 0.6}, "evaluated": {f.EvaluatedRate(), 1.0 / 3}} {
		if math.Abs(c[0]-c[1]) > 1e-12 {
			t.Errorf("rate of %s: %g, expected %g", name, c[0], c[1])
		}
	}
	if !math.IsNaN((&Flow{}).ExecutionRate()) {
		t.Error("without a budget there is no rate")
	}
	var twice Flow
	twice.Add(&f)
	twice.Add(&Flow{})
	if twice != f {
		t.Errorf("added to nothing it is %+v", twice)
	}
}

func TestFindings(t *testing.T) {
	c := ready()
	c.Payments = []Payment{{Stage: "1", DueOn: day("2025-06-30"), PaidOn: day("2025-08-01"), AmountFen: 1000_01}, {Stage: "2", DueOn: day("2025-12-01"), AmountFen: 1}}
	if got, want := codes(rules().Findings(&c, day("2026-01-31"))), "payment_late payment_overdue paid_before_evaluation paid_above_contract"; got != want {
		t.Errorf("found %q, expected %q", got, want)
	}
	c = ready()
	if got := rules().Findings(&c, day("2026-01-31")); got != nil {
		t.Errorf("found %v of a contract without fault", got)
	}
}

// By hand: 3 of 10 departments are 30 percent; 49 of 100 fen evaluated is below 50.
func TestAims(t *testing.T) {
	got := rules().Aims(&Year{Year: 2015, Departments: 3, OfDepartments: 10, ContractFen: 100, EvaluatedFen: 49})
	want := []Aim{{"departments", 30, 30, true}, {"evaluated", 49, 50, false}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("aims %+v, expected %+v", got, want)
	}
	if got := rules().Aims(&Year{Year: 2014}); got != nil {
		t.Errorf("before the first stage there is no aim: %v", got)
	}
	if s := rules().StageOf(2030); s == nil || s.ID != "everywhere" {
		t.Errorf("2030 is in stage %v", s)
	}
	if a := rules().Aims(&Year{Year: 2016}); len(a) != 1 || a[0].Attained || !math.IsNaN(a[0].Have) {
		t.Errorf("of no departments nothing is attained: %+v", a)
	}
}

func TestRising(t *testing.T) {
	for _, c := range []struct {
		before, after Year
		rising, known bool
	}{
		{Year{PurchasedFen: 10, BudgetFen: 100}, Year{PurchasedFen: 11, BudgetFen: 100}, true, true},
		{Year{PurchasedFen: 10, BudgetFen: 100}, Year{PurchasedFen: 10, BudgetFen: 100}, false, true},
		{Year{PurchasedFen: 10, BudgetFen: 100}, Year{PurchasedFen: 10}, false, false},
	} {
		if rising, known := Rising(&c.before, &c.after); rising != c.rising || known != c.known {
			t.Errorf("%+v to %+v: rising %v, known %v", c.before, c.after, rising, known)
		}
	}
}

func TestCheck(t *testing.T) {
	if faults := rules().Check(); faults != nil {
		t.Fatalf("the rules of the tests: %v", faults)
	}
	for name, spoil := range map[string]func(*Policy){
		"late_days":             func(p *Policy) { p.LateDays = -1 },
		"before_evaluation_pct": func(p *Policy) { p.BeforeEvaluationPct = 101 },
		"single_source_pct":     func(p *Policy) { p.SingleSourcePct = math.NaN() },
		"least_contracts":       func(p *Policy) { p.LeastContracts = 0 },
		"heard_before":          func(p *Policy) { p.Heard = []string{"nobody"} },
		"limit: found none":     func(p *Policy) { p.Limits = nil },
		"limit[1].from_year":    func(p *Policy) { p.Limits[1].FromYear = 2015 },
		"limit[0]: found":       func(p *Policy) { p.Limits[0].TenderYuan = 100 },
		"stage[1].from_year":    func(p *Policy) { p.Stages[1].FromYear = 2015 },
		"stage[0]: found":       func(p *Policy) { p.Stages[0].ItemsPct = 101 },
	} {
		p := rules()
		spoil(p)
		if faults := p.Check(); len(faults) != 1 || !strings.Contains(faults[0].Error(), name) {
			t.Errorf("%s: %v", name, faults)
		}
	}
}
