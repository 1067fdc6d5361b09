package clues_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"pingxin/budget/execution"
	"pingxin/pipelines/clues"
	"pingxin/scoring"
	"pingxin/scoring/integrity"
)

// The rules by the numbers of the tests, which are those of the shipped policy where the test does not say otherwise.
var (
	bought = &execution.Policy{BeforeEvaluationPct: 90, Limits: []execution.Limit{{FromYear: 2018, TenderYuan: 2_000_000, ProcedureYuan: 500_000}},
		Tenders: []string{"open_tender"}, Reasoned: []string{"single_source"}, Dispersed: "dispersed", SingleSource: "single_source", SingleSourcePct: 30, LeastContracts: 5}
	rules = clues.Policy{Retirement: clues.Retirement{MinN: 20, Below: 0.1, Confidence: 0.9}, SplitContracts: clues.Splitting{Use: true},
		SingleSourceShare: clues.SingleSource{Use: true}, SupplierConcentration: clues.Concentration{MinN: 5, Years: 3, Share: 0.8, Others: 2},
		BoughtAndStaffed: clues.Twice{MinN: 1, Staff: 1}, PaidBeforeEvaluation: clues.Prepaid{Use: true, Days: 14}, EvaluationMissing: clues.Missing{MinN: 1, Days: 30},
		RiseBeforeRenewal: clues.Rise{MinN: 20, Days: 120, Fence: 1.5, Points: 10}, SharedContact: clues.Reach{MinN: 1, Most: 5},
		ContentYetComplaints: clues.Content{MinN: 30, Value: 90, Complaints: 1, Days: 30}, AlikeNarratives: clues.Alike{MinN: 2, Characters: 120, Line: 0.8, Most: 5}}
	today = day(2026, 2, 28)
)

func day(year, month, d int) time.Time {
	return time.Date(year, time.Month(month), d, 0, 0, 0, 0, time.UTC)
}

// contract is one of 2025, tendered, evaluated in time and paid after that; change says what is otherwise.
func contract(no string, change ...func(*clues.Contract)) *clues.Contract {
	c := &clues.Contract{Contract: execution.Contract{No: no, Purchaser: "P1", Item: "A1", Method: "open_tender", Year: 2025, AmountFen: 500_000_00, SignedOn: day(2025, 1, 10),
		StartOn: day(2025, 2, 1), EndOn: day(2025, 11, 30), EvaluatedOn: day(2025, 12, 10), Payments: []execution.Payment{{Stage: "1", AmountFen: 500_000_00, PaidOn: day(2025, 12, 20)}}},
		Supplier: "S1", Status: scoring.Rated, Value: 85, Low: 83, High: 87, Grade: "good", Scores: 40}
	for _, f := range change {
		f(c)
	}
	return c
}

// several are n contracts with numbers that begin alike.
func several(prefix string, n int, change ...func(*clues.Contract)) (all []*clues.Contract) {
	for i := range n {
		all = append(all, contract(fmt.Sprintf("%s%02d", prefix, i), change...))
	}
	return all
}

func method(m string) func(*clues.Contract)     { return func(c *clues.Contract) { c.Method = m } }
func supplier(id string) func(*clues.Contract)  { return func(c *clues.Contract) { c.Supplier = id } }
func purchaser(id string) func(*clues.Contract) { return func(c *clues.Contract) { c.Purchaser = id } }
func worth(yuan int64) func(*clues.Contract) {
	return func(c *clues.Contract) { c.AmountFen = yuan * 100 }
}
func year(y int) func(*clues.Contract)        { return func(c *clues.Contract) { c.Year = y } }
func held(c *clues.Contract)                  { c.Status, c.Grade, c.Value = scoring.Held, "", math.NaN() }
func ended(t time.Time) func(*clues.Contract) { return func(c *clues.Contract) { c.EndOn = t } }
func paidOn(t time.Time) func(*clues.Contract) {
	return func(c *clues.Contract) { c.Payments[0].PaidOn = t }
}
func paid(share float64) func(*clues.Contract) {
	return func(c *clues.Contract) { c.Payments[0].AmountFen = int64(share * float64(c.AmountFen)) }
}

// found are the clues of one rule in facts whose contracts are put into order.
func found(rule clues.Rule, f clues.Facts) (all []clues.Clue) {
	f.AsOf, f.Execution = today, bought
	slices.SortFunc(f.Contracts, func(a, b *clues.Contract) int {
		if a.No < b.No {
			return -1
		}
		return 1
	})
	for _, c := range rules.Find(&f) {
		if c.Rule == rule {
			all = append(all, c)
		}
	}
	return all
}

// Each rule on both sides of each of its lines. The expected numbers are counted by hand in the names.
func TestLines(t *testing.T) {
	competitive := method("competitive_negotiation")
	for _, c := range []struct {
		name  string
		rule  clues.Rule
		facts clues.Facts
		want  int
	}{
		{"two of 1.2 million are above the limit of two", clues.SplitContracts, clues.Facts{Contracts: several("C", 2, competitive, worth(1_200_000))}, 1},
		{"two of one million reach the limit and do not pass it", clues.SplitContracts, clues.Facts{Contracts: several("C", 2, competitive, worth(1_000_000))}, 0},
		{"one above the limit was not split", clues.SplitContracts, clues.Facts{Contracts: several("C", 1, competitive, worth(2_400_000))}, 0},
		{"tendered contracts may add up", clues.SplitContracts, clues.Facts{Contracts: several("C", 3, worth(1_200_000))}, 0},
		{"another year is another sum", clues.SplitContracts, clues.Facts{Contracts: append(several("C", 1, competitive, worth(1_200_000)), several("D", 1, competitive, worth(1_200_000), year(2024))...)}, 0},

		{"two of five from a single source are 40 percent", clues.SingleSourceShare, clues.Facts{Contracts: append(several("C", 3), several("D", 2, method("single_source"))...)}, 1},
		{"three of ten are 30 percent, which is the line", clues.SingleSourceShare, clues.Facts{Contracts: append(several("C", 7), several("D", 3, method("single_source"))...)}, 0},
		{"two of four are too few", clues.SingleSourceShare, clues.Facts{Contracts: append(several("C", 2), several("D", 2, method("single_source"))...)}, 0},

		{"four of five are 80 percent, and two others offer it", clues.SupplierConcentration, clues.Facts{Contracts: slices.Concat(several("C", 4), several("D", 1, supplier("S2")), several("E", 1, supplier("S3"), purchaser("P2")))}, 1},
		{"three of five are 60 percent", clues.SupplierConcentration, clues.Facts{Contracts: slices.Concat(several("C", 3), several("D", 2, supplier("S2")), several("E", 1, supplier("S3"), purchaser("P2")))}, 0},
		{"all of four are too few", clues.SupplierConcentration, clues.Facts{Contracts: slices.Concat(several("C", 4), several("D", 1, supplier("S2"), purchaser("P2")), several("E", 1, supplier("S3"), purchaser("P2")))}, 0},
		{"only one other offers it", clues.SupplierConcentration, clues.Facts{Contracts: slices.Concat(several("C", 5), several("E", 1, supplier("S3"), purchaser("P2")))}, 0},
		{"years before the window do not count", clues.SupplierConcentration, clues.Facts{Contracts: slices.Concat(several("C", 5, year(2023)), several("D", 1, supplier("S2")), several("E", 1, supplier("S3")))}, 0},

		{"staff of the same year for the same item", clues.BoughtAndStaffed, clues.Facts{Contracts: several("C", 1), Functions: []execution.Function{{Purchaser: "P1", Item: "A1", Name: "f", Year: 2025, Staff: 1}}}, 1},
		{"staff of another year", clues.BoughtAndStaffed, clues.Facts{Contracts: several("C", 1), Functions: []execution.Function{{Purchaser: "P1", Item: "A1", Name: "f", Year: 2024, Staff: 6}}}, 0},
		{"a function without anybody", clues.BoughtAndStaffed, clues.Facts{Contracts: several("C", 1), Functions: []execution.Function{{Purchaser: "P1", Item: "A1", Name: "f", Year: 2025}}}, 0},

		{"paid 15 days before the last score", clues.PaidBeforeEvaluation, clues.Facts{Contracts: several("C", 1, paidOn(day(2025, 11, 25)))}, 1},
		{"paid 14 days before it", clues.PaidBeforeEvaluation, clues.Facts{Contracts: several("C", 1, paidOn(day(2025, 11, 26)))}, 0},
		{"nine tenths paid before it", clues.PaidBeforeEvaluation, clues.Facts{Contracts: several("C", 1, paidOn(day(2025, 10, 1)), paid(0.9))}, 0},
		{"a fen more than nine tenths", clues.PaidBeforeEvaluation, clues.Facts{Contracts: several("C", 1, paidOn(day(2025, 10, 1)), paid(0.90001))}, 1},
		{"paid 15 days ago and still without an evaluation", clues.PaidBeforeEvaluation, clues.Facts{Contracts: several("C", 1, held, paidOn(day(2026, 2, 13)))}, 1},
		{"paid 14 days ago", clues.PaidBeforeEvaluation, clues.Facts{Contracts: several("C", 1, held, paidOn(day(2026, 2, 14)))}, 0},

		{"ended 31 days ago without an evaluation", clues.EvaluationMissing, clues.Facts{Contracts: several("C", 1, held, ended(day(2026, 1, 28)))}, 1},
		{"ended 30 days ago", clues.EvaluationMissing, clues.Facts{Contracts: several("C", 1, held, ended(day(2026, 1, 29)))}, 0},
		{"evaluated", clues.EvaluationMissing, clues.Facts{Contracts: several("C", 1)}, 0},

		{"a complaint of 31 days and 30 recipients at 90", clues.ContentYetComplaints, complained("C00", day(2026, 1, 28), time.Time{}, clues.Answers{N: 30, Mean: 90}), 1},
		{"a complaint of 30 days", clues.ContentYetComplaints, complained("C00", day(2026, 1, 29), time.Time{}, clues.Answers{N: 30, Mean: 90}), 0},
		{"one that was answered", clues.ContentYetComplaints, complained("C00", day(2026, 1, 1), day(2026, 2, 27), clues.Answers{N: 30, Mean: 90}), 0},
		{"29 recipients", clues.ContentYetComplaints, complained("C00", day(2026, 1, 1), time.Time{}, clues.Answers{N: 29, Mean: 95}), 0},
		{"a mean of 89.99", clues.ContentYetComplaints, complained("C00", day(2026, 1, 1), time.Time{}, clues.Answers{N: 30, Mean: 89.99}), 0},
		{"a contract that there is not", clues.ContentYetComplaints, complained("X", day(2026, 1, 1), time.Time{}, clues.Answers{N: 30, Mean: 95}), 0},
	} {
		if got := found(c.rule, c.facts); len(got) != c.want {
			t.Errorf("%s: %s: got %+v, want %d", c.rule, c.name, got, c.want)
		}
	}
}

func complained(no string, made, answered time.Time, said clues.Answers) clues.Facts {
	return clues.Facts{Contracts: several("C", 1), Complaints: []clues.Complaint{{ID: "T1", Contract: no, MadeOn: made, AnsweredOn: answered}}, Answers: map[string]clues.Answers{no: said}}
}

// renewed are three contracts in a row of one purchaser and supplier, whose evaluations rose by so much before the third.
func renewed(n int, rise float64, signed time.Time) (all []*clues.Contract) {
	p := "P" + strconv.Itoa(n)
	for i, y := range []int{2023, 2024, 2025} {
		c := contract(fmt.Sprintf("%s-%d", p, y), purchaser(p), year(y))
		c.StartOn, c.EndOn, c.EvaluatedOn, c.SignedOn = day(y, 2, 1), day(y, 11, 30), day(y, 12, 10), day(y, 1, 10)
		c.Value, c.Grade = 70, "fair"
		if i == 1 {
			c.Value, c.Grade = 70+rise, "good"
		}
		if i == 2 {
			c.SignedOn = signed
		}
		c.Low, c.High = c.Value-2, c.Value+2
		all = append(all, c)
	}
	return all
}

// TestRiseBeforeRenewal: of twenty renewals nineteen rose by 0 to 4.5 points, so that the quartiles are 1.125 and 3.375 and the
// fence is 6.75 with them alone (type 7, as R's quantile); the twentieth is unusual from ten points on.
func TestRiseBeforeRenewal(t *testing.T) {
	soon := day(2025, 1, 10)
	for _, c := range []struct {
		name   string
		others int
		rise   float64
		signed time.Time
		change func(*clues.Contract) // of the contract before the renewal
		want   int
	}{
		{"ten points", 19, 10, soon, nil, 1},
		{"a little less", 19, 9.9, soon, nil, 0},
		{"nineteen renewals in all", 18, 20, soon, nil, 0},
		{"renewed 121 days after the last score", 19, 20, day(2025, 4, 10), nil, 0},
		{"renewed 120 days after", 19, 20, day(2025, 4, 9), nil, 1},
		{"the intervals touch", 19, 20, soon, func(c *clues.Contract) { c.Low = 72 }, 0},
		{"the grade is the same", 19, 20, soon, func(c *clues.Contract) { c.Grade = "fair" }, 0},
	} {
		var f clues.Facts
		for i := range c.others {
			f.Contracts = append(f.Contracts, renewed(100+i, float64(i)/4, soon)...)
		}
		mine := renewed(1, c.rise, c.signed)
		if c.change != nil {
			c.change(mine[1])
		}
		f.Contracts = append(f.Contracts, mine...)
		got := found(clues.RiseBeforeRenewal, f)
		if len(got) != c.want || len(got) == 1 && (got[0].Subject != "P1-2024" || got[0].N != 20 || len(got[0].Evidence) != 3) {
			t.Errorf("%s: %+v, want %d", c.name, got, c.want)
		}
	}
	var same clues.Facts // all rises are equal: a distribution without width says nothing
	for i := range 20 {
		same.Contracts = append(same.Contracts, renewed(100+i, 15, soon)...)
	}
	if got := found(clues.RiseBeforeRenewal, same); len(got) > 0 {
		t.Errorf("equal rises: %+v", got)
	}
	same.Contracts = append(same.Contracts, renewed(1, 30, soon)...) // the quartiles coincide, the range does not
	if got := found(clues.RiseBeforeRenewal, same); len(got) != 1 || got[0].Subject != "P1-2024" {
		t.Errorf("one among equal rises: %+v", got)
	}
}

// TestSharedContact: what is written differently is the same telephone, and what many share is nobody's.
func TestSharedContact(t *testing.T) {
	scored := []clues.Scored{{Evaluator: "E1", Contract: "C00"}}
	pair := func(kind, a, b string) []clues.Contact {
		return []clues.Contact{{Org: "E1", Kind: kind, Value: a}, {Org: "S1", Kind: kind, Value: b, Supplier: true}}
	}
	for _, c := range []struct {
		name     string
		contacts []clues.Contact
		scored   []clues.Scored
		want     int
	}{
		{"one telephone", pair("phone", "023-67001234", "023-67001234"), scored, 1},
		{"written otherwise", pair("phone", "（023）6700 1234", "+86 23 67001234"), scored, 1},
		{"a mobile with the code of the country", pair("phone", "+86 138 0000 1234", "13800001234"), scored, 1},
		{"full width and marks", pair("address", "江北区建新北路１号 3-2", "江北区建新北路1号3－2"), scored, 1},
		{"capitals", pair("email", "Info@Example.cn", "info@example.cn"), scored, 1},
		{"of another kind", []clues.Contact{{Org: "E1", Kind: "person", Value: "李明"}, {Org: "S1", Kind: "address", Value: "李明", Supplier: true}}, scored, 0},
		{"nobody scored", pair("phone", "023-67001234", "023-67001234"), nil, 0},
		{"a number of an emergency service", pair("phone", "12345", "12345"), scored, 0},
		{"shared by six", append(pair("phone", "023-67001234", "023-67001234"), clues.Contact{Org: "S3", Kind: "phone", Value: "02367001234", Supplier: true},
			clues.Contact{Org: "S4", Kind: "phone", Value: "02367001234", Supplier: true}, clues.Contact{Org: "S5", Kind: "phone", Value: "02367001234", Supplier: true},
			clues.Contact{Org: "S6", Kind: "phone", Value: "02367001234", Supplier: true}), scored, 0},
		{"of the purchaser itself", []clues.Contact{{Org: "P1", Kind: "person", Value: "李明"}, {Org: "S1", Kind: "person", Value: "李明", Supplier: true}}, nil, 1},
	} {
		got := found(clues.SharedContact, clues.Facts{Contracts: several("C", 1), Contacts: c.contacts, Scored: c.scored})
		if len(got) != c.want {
			t.Errorf("%s: %+v, want %d", c.name, got, c.want)
		}
	}
}

// TestSigns: the findings of the calibration are taken over as they are, but those about single recipients.
func TestSigns(t *testing.T) {
	p := 0.001
	signs := []integrity.Flag{{Rule: integrity.RuleTopToAll, Subject: "P1-01", Statistic: 1, Threshold: 1, N: 12}, {Rule: integrity.RulePartiesApart, Subject: "C00", Statistic: 31, Threshold: 12, N: 40},
		{Rule: integrity.RuleMostlyOneSupplier, Subject: "E1", Ref: "S1", Statistic: 0.9, Threshold: 0.5, N: 10, PValue: &p}, {Rule: integrity.RuleAlikeAnswers, Subject: "R1", Ref: "C00", Others: []string{"R2", "R3"}, Statistic: 3, Threshold: 3, N: 30, PValue: &p},
		{Rule: integrity.RuleSameAnswerRun, Subject: "R1", Ref: "C00", Statistic: 1, Threshold: 0.9, N: 12}, {Rule: integrity.RuleFlatAnswers, Subject: "R1", Ref: "C00"},
		{Rule: integrity.RuleLateAnswers, Subject: "gone", Ref: "12", Statistic: 0.8, Threshold: 0.5, N: 40, PValue: &p}}
	got := rules.Find(&clues.Facts{AsOf: today, Execution: bought, Contracts: several("C", 1), Signs: signs})
	if len(got) != 5 {
		t.Fatalf("%d clues of %+v", len(got), got)
	}
	for _, c := range got {
		switch c.Rule {
		case "parties_apart":
			if c.Subject != "C00" || c.Purchaser != "P1" || c.Supplier != "S1" || c.Seen != 31 || c.Line != 12 || c.N != 40 || c.AmountFen != 500_000_00 || !math.IsNaN(c.PValue) {
				t.Errorf("%+v", c)
			}
		case "alike_answers":
			if c.About != clues.AboutContract || c.Subject != "C00" || len(c.Evidence) != 4 || c.PValue != p {
				t.Errorf("%+v", c)
			}
		case "mostly_one_supplier":
			if c.About != clues.AboutRater || c.Subject != "E1" || c.Supplier != "S1" {
				t.Errorf("%+v", c)
			}
		case "late_answers": // of a contract that the run does not know
			if c.Subject != "gone" || c.Purchaser != "" || c.Evidence[0].Note != "12" {
				t.Errorf("%+v", c)
			}
		}
	}
}

// TestIDs: a clue keeps its id when its figures change, and no two have one.
func TestIDs(t *testing.T) {
	split := func(yuan int64) clues.Facts {
		return clues.Facts{Contracts: several("C", 3, method("inquiry"), worth(yuan))}
	}
	a, b := found(clues.SplitContracts, split(900_000)), found(clues.SplitContracts, split(800_000))
	if a[0].ID != b[0].ID || a[0].Seen != 2_700_000 || b[0].Seen != 2_400_000 || a[0].Line != 2_000_000 || len(a[0].ID) != 16 {
		t.Errorf("%+v and %+v", a, b)
	}
	f := clues.Facts{AsOf: today, Execution: bought, Contracts: slices.Concat(several("C", 40, held, method("inquiry"), worth(100_000)), several("D", 5, year(2024), method("inquiry"), worth(600_000)))}
	seen := map[string]bool{}
	for _, c := range rules.Find(&f) {
		if seen[c.ID] {
			t.Errorf("two clues have the id %s", c.ID)
		}
		seen[c.ID] = true
	}
	if len(seen) < 80 {
		t.Errorf("only %d clues", len(seen))
	}
}

// TestRulesThatAreOff find nothing.
func TestRulesThatAreOff(t *testing.T) {
	f := clues.Facts{AsOf: today, Execution: bought, Contracts: several("C", 40, held, method("single_source")), Functions: []execution.Function{{Purchaser: "P1", Item: "A1", Year: 2025, Staff: 3}}}
	if got := (&clues.Policy{}).Find(&f); len(got) > 0 {
		t.Errorf("%+v", got)
	}
	for _, rule := range clues.Own {
		if !rules.Uses(rule) || (&clues.Policy{}).Uses(rule) {
			t.Errorf("%s: in use %v by a policy that has it, %v by one that has not", rule, rules.Uses(rule), (&clues.Policy{}).Uses(rule))
		}
	}
}

// TestRetirement by the Wilson interval at 90 percent, z = 1.644854: for 0 of 24 its upper end is z²/(n+z²) = 2.705543/26.705543
// = 0.10131, for 0 of 25 it is 2.705543/27.705543 = 0.09765, for 3 of 25 (0.12+0.054111+1.644854*0.072844)/1.108222 = 0.26523.
func TestRetirement(t *testing.T) {
	r := rules.Retirement
	for _, c := range []struct {
		record  clues.Record
		high    float64
		retired bool
	}{
		{clues.Record{Explained: 24}, 0.10131, false}, {clues.Record{Explained: 25}, 0.09765, true}, {clues.Record{Explained: 25, Unclear: 90}, 0.09765, true},
		{clues.Record{Confirmed: 3, Explained: 22}, 0.26523, false},
	} {
		p := r.Of(c.record)
		if math.Abs(p.High-c.high) > 1e-4 || p.Retired != c.retired || p.N != c.record.Confirmed+c.record.Explained {
			t.Errorf("%+v: %+v, want up to %g, retired %v", c.record, p, c.high, c.retired)
		}
	}
	if p := (clues.Retirement{MinN: 30, Below: 0.1, Confidence: 0.9}).Of(clues.Record{Explained: 29}); p.Retired {
		t.Error("retired before enough verdicts")
	}
	if p := r.Of(clues.Record{Unclear: 5}); !math.IsNaN(p.Value) || p.N != 0 || p.Retired {
		t.Errorf("of unclear verdicts alone: %+v", p)
	}
}

// TestCheck: a number out of its range is named with its key.
func TestCheck(t *testing.T) {
	if faults := rules.Check(); len(faults) > 0 {
		t.Errorf("the rules of the tests: %v", faults)
	}
	bad := clues.Policy{Retirement: clues.Retirement{MinN: 4, Below: 2}, SupplierConcentration: clues.Concentration{MinN: 1}, BoughtAndStaffed: clues.Twice{MinN: 1},
		PaidBeforeEvaluation: clues.Prepaid{Use: true, Days: -1}, EvaluationMissing: clues.Missing{MinN: 1, Days: -1}, RiseBeforeRenewal: clues.Rise{MinN: 3},
		SharedContact: clues.Reach{MinN: 1, Most: 1}, ContentYetComplaints: clues.Content{MinN: 4, Value: 101, Complaints: 0, Days: -1},
		AlikeNarratives: clues.Alike{MinN: 1, Line: 0.5}}
	// retirement: min_n, below, confidence; concentration: min_n, years, share, min_others; staffed: min_staff; prepaid: days;
	// missing: days; rise: min_n, days, fence; contact: most; complaints: min_n, value, complaints, days; narratives: all four
	if faults := bad.Check(); len(faults) != 22 {
		t.Errorf("%d faults: %v", len(faults), faults)
	}
}

// TestFindOfSome: of some contracts the rules that look at contracts one by one find what they find of them among all, and no
// other rule is asked.
func TestFindOfSome(t *testing.T) {
	missing, early := several("M", 2, held, ended(day(2026, 1, 28))), several("P", 2, paidOn(day(2025, 11, 25)))
	facts := func(contracts ...*clues.Contract) *clues.Facts {
		return &clues.Facts{AsOf: today, Execution: bought, Contracts: contracts}
	}
	split := several("C", 2, method("competitive_negotiation"), worth(1_200_000))
	all := rules.Find(facts(slices.Concat(split, missing, early)...))
	some := rules.FindOfSome(facts(split[0], split[1], missing[0], early[1]))
	if len(all) != 7 || len(some) != 3 { // what is missing was paid for, too
		t.Fatalf("%d clues of all and %d of some, want a split, two on each that is missing and one on each that was paid early, and of some the latter of one each", len(all), len(some))
	}
	for _, c := range some {
		if !slices.Contains(clues.EachContract, c.Rule) || !slices.ContainsFunc(all, func(other clues.Clue) bool { return other.ID == c.ID }) {
			t.Errorf("%+v is not among those of all, or of another rule", c)
		}
	}
}

// TestSameRenewals on both sides of what the rule looks at: the middle one of three was evaluated 120 days before the last was signed.
func TestSameRenewals(t *testing.T) {
	renewals := func(change ...func(*clues.Contract)) *clues.Facts {
		f := &clues.Facts{AsOf: today, Execution: bought}
		for i, year := range []int{2023, 2024, 2025} {
			c := contract(fmt.Sprintf("C%d", year), func(c *clues.Contract) {
				c.Year, c.StartOn, c.SignedOn, c.EvaluatedOn = year, day(year, 2, 1), day(year, 1, 10), day(year, 9, 12)
			})
			if i == 1 {
				for _, f := range change {
					f(c)
				}
			}
			f.Contracts = append(f.Contracts, c)
		}
		return f
	}
	evaluatedOn := func(on time.Time) func(*clues.Contract) { return func(c *clues.Contract) { c.EvaluatedOn = on } }
	for _, c := range []struct {
		what string
		then func(*clues.Contract)
		now  func(*clues.Contract)
		same bool
	}{
		{"nothing", worth(1), worth(1), true},
		{"more scores of the same day and value", worth(1), func(c *clues.Contract) { c.Scores++ }, true},
		{"another value", worth(1), func(c *clues.Contract) { c.Value += 0.01 }, false},
		{"another interval", worth(1), func(c *clues.Contract) { c.Low -= 0.01 }, false},
		{"no evaluation any more", worth(1), held, false},
		{"a last score a day later", worth(1), evaluatedOn(day(2024, 9, 13)), true},
		{"a last score after the signature", worth(1), evaluatedOn(day(2025, 1, 11)), false},
		{"a last score 121 days before it", evaluatedOn(day(2024, 9, 11)), evaluatedOn(day(2024, 9, 12)), false},
		{"none was near enough, another value", evaluatedOn(day(2024, 9, 11)), func(c *clues.Contract) { c.EvaluatedOn, c.Value = day(2024, 9, 10), 1 }, true},
	} {
		if got := rules.SameRenewals(renewals(c.then), renewals(c.now)); got != c.same {
			t.Errorf("%s: same %t, want %t", c.what, got, c.same)
		}
	}
}
