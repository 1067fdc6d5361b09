package budget_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
	"pgregory.net/rapid"

	"pingxin/budget"
	"pingxin/scoring"
)

// shippedPolicy has the numbers of [budget] in pipelines/policy/shipped/jiangbei-2015.toml, on which the expected values
// of these tests are computed by hand.
func shippedPolicy() budget.Policy {
	return budget.Policy{Method: "grade_table", Withhold: 2, LargestMove: 20, NoGain: []string{"fair", "poor"}, ClearInterval: true,
		Rows: []budget.Row{
			{Grade: "excellent", Action: "raise", FromPct: 0, ToPct: 10},
			{Grade: "good", Action: "keep", FromPct: 0, ToPct: 0},
			{Grade: "fair", Action: "cut", FromPct: -30, ToPct: -10},
			{Grade: "poor", Action: "pause", FromPct: -100, ToPct: -100, Exempt: true},
		}}
}

// exchangePolicy is the same with the other method.
func exchangePolicy() budget.Policy {
	p := shippedPolicy()
	p.Method = "linear_exchange"
	return p
}

// TestNumbersAreTheShippedOnes: whoever changes a number of the shipped policy has to compute these tests anew.
func TestNumbersAreTheShippedOnes(t *testing.T) {
	text, err := os.ReadFile("../pipelines/policy/shipped/jiangbei-2015.toml")
	if err != nil {
		t.Fatal(err)
	}
	var shipped struct {
		Budget budget.Policy `toml:"budget"`
	}
	if err := toml.Unmarshal(text, &shipped); err != nil {
		t.Fatal(err)
	}
	if want := shippedPolicy(); !reflect.DeepEqual(shipped.Budget, want) {
		t.Errorf("the shipped file has\n%+v\nthe tests reckon with\n%+v", shipped.Budget, want)
	}
}

// bands are the lines of the shipped grades.
var bands = map[string][2]float64{"excellent": {90, 100}, "good": {80, 90}, "fair": {60, 80}, "poor": {0, 60}, "": {math.NaN(), math.NaN()}}

// item is a rated contract with a certain value.
func item(contract string, base int64, value float64, grade string) budget.Item {
	return budget.Item{Contract: contract, Purchaser: "P", Supplier: "S", ItemCode: "A01", BaseFen: base, Value: value, Low: value, High: value, Grade: grade,
		Status: scoring.Rated, BandLow: bands[grade][0], BandHigh: bands[grade][1]}
}

// between gives an item an interval.
func between(i budget.Item, low, high float64) budget.Item {
	i.Low, i.High = low, high
	return i
}

func propose(t *testing.T, p budget.Policy, items ...budget.Item) []budget.Proposal {
	t.Helper()
	got, err := p.Propose(items)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestGradeTable: excellent gains 0 at 90 to 10 percent at 100, good keeps, fair loses 30 at 60 to 10 percent at 80 but
// 20 at most, poor loses all.
func TestGradeTable(t *testing.T) {
	for _, c := range []struct {
		name   string
		item   budget.Item
		action string
		pct    float64
		change int64
		held   bool // at the largest move
	}{
		{"excellent at its line", item("C", 1_000_000, 90, "excellent"), "raise", 0, 0, false},
		{"excellent in the middle", item("C", 1_000_000, 95, "excellent"), "raise", 5, 50_000, false},
		{"excellent at the top", item("C", 1_000_000, 100, "excellent"), "raise", 10, 100_000, false},
		{"a hundredth of a point", item("C", 1_234_567, 90.01, "excellent"), "raise", 0.01, 123, false},              // 123.4567
		{"just under half a fen", item("C", 49, 91, "excellent"), "raise", 1, 0, false},                              // 0.49
		{"half a fen up", item("C", 50, 91, "excellent"), "raise", 1, 1, false},                                      // 0.5
		{"one and a half", item("C", 150, 91, "excellent"), "raise", 1, 2, false},                                    // 1.5
		{"good", item("C", 1_000_000, 85, "good"), "keep", 0, 0, false},                                              //
		{"fair at the upper end", item("C", 1_000_000, 79.99, "fair"), "cut", -10.01, -100_100, false},               // -30 + 20*19.99/20
		{"fair at 72", item("C", 1_000_000, 72, "fair"), "cut", -18, -180_000, false},                                // -30 + 20*12/20
		{"half a fen down", item("C", 25, 72, "fair"), "cut", -18, -5, false},                                        // -4.5, away from zero
		{"just under half a fen down", item("C", 24, 72, "fair"), "cut", -18, -4, false},                             // -4.32
		{"fair at 70", item("C", 1_000_000, 70, "fair"), "cut", -20, -200_000, false},                                // just the largest move
		{"fair at 69", item("C", 1_000_000, 69, "fair"), "cut", -21, -200_000, true},                                 // held at 20
		{"fair at its line", item("C", 1_000_000, 60, "fair"), "cut", -30, -200_000, true},                           // held at 20
		{"poor", item("C", 12_345, 45, "poor"), "pause", -100, -12_345, false},                                       // exempt from the largest move
		{"lowered to fair by a cap", between(item("C", 1_000_000, 95, "fair"), 93, 97), "cut", -10, -100_000, false}, // counts at 80
		{"lowered to fair by a cap from its upper line", between(item("C", 1_000_000, 80, "fair"), 78, 82), "cut", -10, -100_000, false},
		{"no base", item("C", 0, 100, "excellent"), "raise", 10, 0, false},
		{"more fen than a float holds", item("C", 1<<53+1, 45, "poor"), "pause", -100, -(1<<53 + 1), false},
		{"a tenth of more fen than a float holds", item("C", 1<<53+1, 100, "excellent"), "raise", 10, 900_719_925_474_099, false}, // 900719925474099.3
	} {
		want := budget.Proposal{Contract: "C", Purchaser: "P", Supplier: "S", ItemCode: "A01", BaseFen: c.item.BaseFen, ChangeFen: c.change, Action: c.action,
			Reasons: []scoring.Note{{Code: "by_grade", Ref: c.item.Grade, Have: c.pct}}}
		if c.held {
			want.Reasons = append(want.Reasons, scoring.Note{Code: "largest_move", Have: c.pct, Need: 20})
		}
		if got := propose(t, shippedPolicy(), c.item); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, want)
		}
	}
}

// TestGuards: what holds a move back, and which moves it does not touch.
func TestGuards(t *testing.T) {
	const base = 1_000_000
	without := func(i budget.Item, status scoring.Status) budget.Item {
		i.Status, i.Grade = status, ""
		return i
	}
	with := func(i budget.Item, missing, candidate bool) budget.Item {
		i.MissingParty, i.Candidate = missing, candidate
		return i
	}
	disputed := func(i budget.Item) budget.Item {
		i.Dispute = "YY2025-0001"
		return i
	}
	provisional := item("C", base, 95, "excellent")
	provisional.Status = scoring.Provisional
	generous := func(p *budget.Policy) { p.Rows[2].FromPct, p.Rows[2].ToPct = 5, 5 } // fair would gain
	for _, c := range []struct {
		name   string
		change func(*budget.Policy)
		item   budget.Item
		action string
		fen    int64
		code   string // of the last reason
	}{
		{"held", nil, without(item("C", base, 95, ""), scoring.Held), "hold", 0, "not_rated"},
		{"no evidence", nil, without(item("C", base, 0, ""), scoring.NoEvidence), "hold", 0, "not_rated"},
		// A table moves each contract's money alone, and most services of a year still run when the next is planned.
		{"provisional", nil, provisional, "raise", 50_000, "by_grade"},
		{"grade without a row", nil, item("C", base, 95, ""), "hold", 0, "grade_without_rule"},
		{"quality floor", generous, item("C", base, 70, "fair"), "hold", 0, "quality_floor"},
		{"above the quality floor", func(p *budget.Policy) { generous(p); p.NoGain = []string{"poor"} }, item("C", base, 70, "fair"), "cut", 50_000, "by_grade"},
		{"gain with a party missing", nil, with(item("C", base, 95, "excellent"), true, false), "hold", 0, "no_gain_party_missing"},
		{"loss with a party missing", nil, with(item("C", base, 75, "fair"), true, false), "cut", -150_000, "by_grade"}, // -30 + 15
		{"nothing to gain with a party missing", nil, with(item("C", base, 90, "excellent"), true, false), "raise", 0, "by_grade"},
		{"gain of a candidate", nil, with(item("C", base, 95, "excellent"), false, true), "hold", 0, "no_gain_candidate"},
		{"loss of a candidate", nil, with(item("C", base, 45, "poor"), false, true), "pause", -base, "by_grade"},
		{"a party missing is said before the candidate", nil, with(item("C", base, 95, "excellent"), true, true), "hold", 0, "no_gain_party_missing"},
		{"quality floor is said first", generous, with(item("C", base, 70, "fair"), true, true), "hold", 0, "quality_floor"},
		{"gain in dispute", nil, disputed(item("C", base, 95, "excellent")), "hold", 0, "in_dispute"},
		{"pause in dispute", nil, disputed(item("C", base, 45, "poor")), "hold", 0, "in_dispute"},
		{"good does not move, in dispute or not", nil, disputed(item("C", base, 85, "good")), "keep", 0, "by_grade"},
		{"held and in dispute", nil, disputed(without(item("C", base, 95, ""), scoring.Held)), "hold", 0, "not_rated"},
		{"interval from the line", nil, between(item("C", base, 95, "excellent"), 90, 100), "raise", 50_000, "by_grade"},
		{"interval from under the line", nil, between(item("C", base, 95, "excellent"), 89.99, 100), "hold", 0, "interval_not_clear"},
		{"full marks, interval in the band", nil, between(item("C", base, 100, "excellent"), 92, 100), "raise", 100_000, "by_grade"},
		{"full marks, interval from under the line", nil, between(item("C", base, 100, "excellent"), 85, 100), "hold", 0, "interval_not_clear"},
		{"fair, interval in the band", nil, between(item("C", base, 75, "fair"), 60, 80), "cut", -150_000, "by_grade"},
		{"fair, interval beyond the upper line", nil, between(item("C", base, 75, "fair"), 70, 80.01), "hold", 0, "interval_not_clear"},
		{"fair, interval from under the lower line", nil, between(item("C", base, 75, "fair"), 59.99, 79), "hold", 0, "interval_not_clear"},
		{"poor, interval beyond the line", nil, between(item("C", base, 58, "poor"), 55, 61), "hold", 0, "interval_not_clear"},
		{"good does not move whatever the interval", nil, between(item("C", base, 85, "good"), 70, 95), "keep", 0, "by_grade"},
		{"intervals not asked", func(p *budget.Policy) { p.ClearInterval = false }, between(item("C", base, 95, "excellent"), 70, 100), "raise", 50_000, "by_grade"},
		{"raise beyond the largest move", func(p *budget.Policy) { p.Rows[0].FromPct, p.Rows[0].ToPct = 30, 30 }, item("C", base, 95, "excellent"), "raise", 200_000, "largest_move"},
		{"exempt from the largest move", func(p *budget.Policy) {
			p.Rows[0] = budget.Row{Grade: "excellent", Action: "raise", FromPct: 30, ToPct: 30, Exempt: true}
		},
			item("C", base, 95, "excellent"), "raise", 300_000, "by_grade"},
	} {
		p := shippedPolicy()
		if c.change != nil {
			c.change(&p)
		}
		got := propose(t, p, c.item)[0]
		if got.Action != c.action || got.ChangeFen != c.fen || got.Reasons[len(got.Reasons)-1].Code != c.code {
			t.Errorf("%s: got %+v, want %s %d for %s", c.name, got, c.action, c.fen, c.code)
		}
	}
}

// TestReasonsNameTheirCause: the ids and numbers that a sentence needs.
func TestReasonsNameTheirCause(t *testing.T) {
	held := item("C1", 1, 0, "")
	held.Status = scoring.Held
	got := propose(t, shippedPolicy(), held, item("C2", 1, 50, "superb"), between(item("C3", 1, 95, "excellent"), 80, 99))
	want := [][]scoring.Note{
		{{Code: "not_rated", Ref: "held"}},
		{{Code: "grade_without_rule", Ref: "superb"}},
		{{Code: "by_grade", Ref: "excellent", Have: 5}, {Code: "interval_not_clear"}},
	}
	for i, reasons := range want {
		if !slices.Equal(got[i].Reasons, reasons) {
			t.Errorf("%s: got %+v, want %+v", got[i].Contract, got[i].Reasons, reasons)
		}
	}
}

func TestNegativeBase(t *testing.T) {
	for _, p := range []budget.Policy{shippedPolicy(), exchangePolicy()} {
		got, err := p.Propose([]budget.Item{item("C1", 100, 95, "excellent"), item("C2", -1, 95, "excellent")})
		if got != nil || err == nil || !strings.Contains(err.Error(), "contract C2: found a base of -1 fen") {
			t.Errorf("%s: got %+v and %v, want an error that names C2", p.Method, got, err)
		}
	}
}

// TestLinearExchangeByHand: a change is base*p*(value/mean - 1), mean = sum(base*value)/sum(base).
func TestLinearExchangeByHand(t *testing.T) {
	for _, c := range []struct {
		name   string
		bases  []int64
		values []float64
		p      float64
		want   []int64
	}{
		// mean 380/6 = 63.33: 200*0.42105 = 84.21, 400*0.10526 = 42.11, 600*-0.21053 = -126.32; the last has the largest rest
		{"100, 200 and 300 yuan", []int64{10000, 20000, 30000}, []float64{90, 70, 50}, 0.02, []int64{84, 42, -126}},
		// mean 200/3: 50.5*-0.25 = -12.625 twice and 50.5*0.5 = 25.25; the fen left goes to the first of the alike
		{"ties to the earlier", []int64{101, 101, 101}, []float64{50, 50, 100}, 0.5, []int64{-12, -13, 25}},
		{"all alike", []int64{333, 777, 1}, []float64{61, 61, 61}, 0.02, []int64{0, 0, 0}},
		{"alone", []int64{12345}, []float64{37}, 0.02, []int64{0}},
		// mean 50: 100*(0/50 - 1)*0.5 and 100*(100/50 - 1)*0.5
		{"nothing and all", []int64{100, 100}, []float64{0, 100}, 0.5, []int64{-50, 50}},
		{"a base of 0 gains nothing", []int64{0, 100, 100}, []float64{100, 0, 100}, 0.5, []int64{0, -50, 50}},
		{"all without value", []int64{100, 200}, []float64{0, 0}, 0.02, []int64{0, 0}},
		{"no money", []int64{0, 0}, []float64{50, 90}, 0.02, []int64{0, 0}},
		{"nobody", nil, nil, 0.02, []int64{}},
	} {
		if got := budget.LinearExchange(c.bases, c.values, c.p); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestLinearExchangeAgainstPublished compares with testdata/cases/linear-exchange, whose README names the source. The
// bases are taken in units of 10^12 fen, so that a fen is far below the case's tolerance.
func TestLinearExchangeAgainstPublished(t *testing.T) {
	const unit, tolerance = 1_000_000_000_000, 1e-12
	dir := filepath.Join("testdata", "cases", "linear-exchange")
	f, err := os.Open(filepath.Join(dir, "input.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var bases []int64
	var values []float64
	for _, row := range rows[1:] {
		base, err := strconv.ParseInt(row[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		value, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		bases, values = append(bases, base*unit), append(values, value)
	}
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Withheld, Total float64
		Factor, Payment []float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	changes := budget.LinearExchange(bases, values, want.Withheld)
	if len(changes) != len(want.Factor) || len(changes) != len(want.Payment) {
		t.Fatalf("got %d changes, want %d", len(changes), len(want.Factor))
	}
	var total int64
	for i, change := range changes {
		total += bases[i] + change
		if factor := 1 + float64(change)/float64(bases[i]); math.Abs(factor-want.Factor[i]) > tolerance*want.Factor[i] {
			t.Errorf("row %d: got factor %.15g, want %.15g", i+1, factor, want.Factor[i])
		}
		if payment := float64(bases[i]+change) / unit; math.Abs(payment-want.Payment[i]) > tolerance*want.Payment[i] {
			t.Errorf("row %d: got payment %.15g, want %.15g", i+1, payment, want.Payment[i])
		}
	}
	if total != int64(want.Total)*unit {
		t.Errorf("got a total of %d fen, want %d", total, int64(want.Total)*unit)
	}
}

// TestExchangeGuards: bases of 100 yuan with 2 percent in the pool, so a change is 200 fen * (value/mean - 1).
func TestExchangeGuards(t *testing.T) {
	const base = 10000
	provisional := item("C2", base, 20, "poor")
	provisional.Status = scoring.Provisional
	missing, candidate := item("C2", base, 95, "excellent"), item("C2", base, 95, "excellent")
	missing.MissingParty, candidate.Candidate = true, true
	disputed := item("C3", base, 40, "poor")
	disputed.Dispute = "YY2025-0001"
	for _, c := range []struct {
		name  string
		items []budget.Item
		want  []string // action, fen and code of each, in the order of contracts
	}{
		// mean 220/3: 59.09, 31.82 and -90.91; the rest of C2 is the largest
		{"all move", []budget.Item{item("C1", base, 95, "excellent"), item("C2", base, 85, "good"), item("C3", base, 40, "poor")},
			[]string{"exchange 59 linear_exchange", "exchange 32 linear_exchange", "exchange -91 linear_exchange"}},
		// mean 65: fair would gain and is taken out; mean 62.5: 200*0.36 = 72
		{"fair never gains", []budget.Item{item("C1", base, 85, "good"), item("C2", base, 70, "fair"), item("C3", base, 40, "poor")},
			[]string{"exchange 72 linear_exchange", "hold 0 quality_floor", "exchange -72 linear_exchange"}},
		// mean 77.5: fair pays 200*7.5/77.5 = 19.35, as poor would
		{"fair pays", []budget.Item{item("C1", base, 85, "good"), item("C2", base, 70, "fair")}, []string{"exchange 19 linear_exchange", "exchange -19 linear_exchange"}},
		// mean 61.25 takes out C2, then 58.33 takes out C3, then 57.5: 200*27.5/57.5 = 95.65
		{"one after the other", []budget.Item{item("C1", base, 85, "good"), item("C2", base, 70, "fair"), item("C3", base, 60, "fair"), item("C4", base, 30, "poor")},
			[]string{"exchange 96 linear_exchange", "hold 0 quality_floor", "hold 0 quality_floor", "exchange -96 linear_exchange"}},
		// C3 does not move at all, so it must not pull the mean down to where C2 would gain: 19.35 as above
		{"interval not clear", []budget.Item{item("C1", base, 85, "good"), item("C2", base, 70, "fair"), between(item("C3", base, 40, "poor"), 30, 61)},
			[]string{"exchange 19 linear_exchange", "exchange -19 linear_exchange", "hold 0 interval_not_clear"}},
		{"in dispute", []budget.Item{item("C1", base, 85, "good"), item("C2", base, 70, "fair"), disputed}, // likewise
			[]string{"exchange 19 linear_exchange", "exchange -19 linear_exchange", "hold 0 in_dispute"}},
		{"provisional", []budget.Item{item("C1", base, 95, "excellent"), provisional, item("C3", base, 95, "excellent")},
			[]string{"exchange 0 linear_exchange", "hold 0 not_rated", "exchange 0 linear_exchange"}},
		{"party missing", []budget.Item{item("C1", base, 95, "excellent"), missing, item("C3", base, 85, "good")}, // mean 90: 200*5/90 = 11.11
			[]string{"exchange 11 linear_exchange", "hold 0 no_gain_party_missing", "exchange -11 linear_exchange"}},
		{"candidate", []budget.Item{item("C1", base, 95, "excellent"), candidate, item("C3", base, 85, "good")},
			[]string{"exchange 11 linear_exchange", "hold 0 no_gain_candidate", "exchange -11 linear_exchange"}},
		{"a candidate pays", []budget.Item{item("C1", base, 100, "excellent"), candidate}, // mean 97.5: 200*2.5/97.5 = 5.13
			[]string{"exchange 5 linear_exchange", "exchange -5 linear_exchange"}},
		{"nobody may gain", []budget.Item{item("C1", base, 70, "fair"), item("C2", base, 40, "poor")},
			[]string{"hold 0 quality_floor", "exchange 0 linear_exchange"}},
	} {
		var got []string
		for _, p := range propose(t, exchangePolicy(), c.items...) {
			got = append(got, fmt.Sprintf("%s %d %s", p.Action, p.ChangeFen, p.Reasons[0].Code))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// anyItem draws a contract whose grade fits its value, or is lowered by a cap.
func anyItem(t *rapid.T, contract string) budget.Item {
	value := float64(rapid.IntRange(0, 10000).Draw(t, "value")) / 100
	grades := []string{"excellent", "good", "fair", "poor"}
	at := slices.IndexFunc(grades, func(g string) bool { return value >= bands[g][0] })
	if rapid.IntRange(0, 5).Draw(t, "capped") == 0 {
		at = rapid.IntRange(at, 3).Draw(t, "lowered to")
	}
	i := item(contract, rapid.Int64Range(0, 1_000_000_000_000).Draw(t, "base"), value, grades[at])
	if rapid.Bool().Draw(t, "small base") {
		i.BaseFen %= 200
	}
	half := float64(rapid.IntRange(0, 400).Draw(t, "half an interval")) / 100
	i.Low, i.High = max(0, value-half), min(100, value+half)
	i.Status = rapid.SampledFrom([]scoring.Status{scoring.Rated, scoring.Rated, scoring.Rated, scoring.Provisional, scoring.Held, scoring.NoEvidence}).Draw(t, "status")
	i.MissingParty = rapid.IntRange(0, 4).Draw(t, "missing") == 0
	i.Candidate, i.Listed = rapid.IntRange(0, 4).Draw(t, "candidate") == 0, rapid.IntRange(0, 9).Draw(t, "listed") == 0
	return i
}

func anyItems(t *rapid.T) []budget.Item {
	items := make([]budget.Item, rapid.IntRange(0, 20).Draw(t, "items"))
	for i := range items {
		items[i] = anyItem(t, fmt.Sprintf("C%02d", i))
	}
	return items
}

// TestProposalsHoldTogether checks what holds of every proposal by either method: nobody falls below nothing, whoever may
// not gain does not, the largest move holds, only what is rated moves, and an exchange is balanced to the fen.
func TestProposalsHoldTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := anyItems(t)
		p := rapid.SampledFrom([]budget.Policy{shippedPolicy(), exchangePolicy()}).Draw(t, "policy")
		got, err := p.Propose(items)
		if err != nil || len(got) != len(items) {
			t.Fatalf("got %d proposals and %v for %d items", len(got), err, len(items))
		}
		var sum int64
		for k, i := range items {
			change := got[k].ChangeFen
			sum += change
			exchange := p.Method == "linear_exchange"
			switch noGain := slices.Contains(p.NoGain, i.Grade) || i.MissingParty || i.Candidate || i.Listed; {
			case got[k].Contract != i.Contract || got[k].BaseFen != i.BaseFen || len(got[k].Reasons) == 0:
				t.Fatalf("%+v does not belong to %+v", got[k], i)
			case i.BaseFen+change < 0:
				t.Fatalf("%+v leaves less than nothing", got[k])
			case noGain && change > 0:
				t.Fatalf("%+v gains but may not: %+v", got[k], i)
			case (got[k].Action == "hold" || i.Status == scoring.Held || i.Status == scoring.NoEvidence || exchange && i.Status == scoring.Provisional) && change != 0:
				t.Fatalf("%+v moves but is held: %+v", got[k], i)
			case !exchange && i.Grade != "poor" && math.Abs(float64(change)) > float64(i.BaseFen)*p.LargestMove/100+0.5:
				t.Fatalf("%+v moves too far", got[k])
			case exchange && float64(-change) > float64(i.BaseFen)*p.Withhold/100+1:
				t.Fatalf("%+v loses more than is withheld", got[k])
			}
		}
		if p.Method == "linear_exchange" && sum != 0 {
			t.Fatalf("the changes of an exchange add up to %d: %+v", sum, got)
		}
	})
}

func TestOrderOfItemsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := anyItems(t)
		p := rapid.SampledFrom([]budget.Policy{shippedPolicy(), exchangePolicy()}).Draw(t, "policy")
		want, err := p.Propose(items)
		if err != nil {
			t.Fatal(err)
		}
		shuffled := rapid.Permutation(items).Draw(t, "other order")
		before := slices.Clone(shuffled)
		got, err := p.Propose(shuffled)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v and %v, want %+v", got, err, want)
		}
		if !slices.Equal(shuffled, before) {
			t.Fatalf("the items were changed from %+v to %+v", before, shuffled)
		}
	})
}

// TestExchangeIsExact compares with fractions: no change is a fen away from base*p*(value/mean - 1), all add up to zero,
// and of two contracts with one base the better never gets less.
func TestExchangeIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "contracts")
		bases, values := make([]int64, n), make([]float64, n)
		total, weighted := new(big.Rat), new(big.Rat)
		exactly := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
		for i := range n {
			bases[i] = rapid.Int64Range(0, 1_000_000_000_000).Draw(t, "base")
			if i > 0 && rapid.Bool().Draw(t, "same base") {
				bases[i] = bases[i-1]
			}
			values[i] = float64(rapid.IntRange(0, 10000).Draw(t, "value")) / 100
			base := new(big.Rat).SetInt64(bases[i])
			total.Add(total, base)
			weighted.Add(weighted, base.Mul(base, exactly(values[i])))
		}
		p := float64(rapid.IntRange(1, 99).Draw(t, "percent")) / 100
		changes := budget.LinearExchange(bases, values, p)
		var sum int64
		for i, change := range changes {
			sum += change
			exact := new(big.Rat)
			if weighted.Sign() > 0 {
				exact.Mul(exactly(values[i]), total).Quo(exact, weighted).Sub(exact, big.NewRat(1, 1))
				exact.Mul(exact, exactly(p)).Mul(exact, new(big.Rat).SetInt64(bases[i]))
			}
			if off, _ := exact.Sub(exact, new(big.Rat).SetInt64(change)).Float64(); math.Abs(off) > 1.01 { // a hundredth for the floats
				t.Fatalf("contract %d of %v with %v: got %d, which is %v off", i, bases, values, change, off)
			}
			for k := range i {
				if bases[k] == bases[i] && (values[k] > values[i] && changes[k] < change || values[k] < values[i] && changes[k] > change) {
					t.Fatalf("contracts %d and %d of %v with %v: got %v", k, i, bases, values, changes)
				}
			}
		}
		if sum != 0 {
			t.Fatalf("%v of %v with %v add up to %d", changes, bases, values, sum)
		}
	})
}

// TestScaling: times as much money moves times as much. A change is rounded to the fen, so between times a rounded
// change and the change of times the base lie half a fen times over and half a fen in the table, whole fen in an exchange.
// Halving every value changes nothing in an exchange, where only their ratios count.
func TestScaling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.Int64Range(1, 50).Draw(t, "times")
		one := anyItem(t, "C")
		many := one
		many.BaseFen *= times
		p := shippedPolicy()
		got, err := p.Propose([]budget.Item{many})
		if err != nil {
			t.Fatal(err)
		}
		want, err := p.Propose([]budget.Item{one})
		if err != nil {
			t.Fatal(err)
		}
		if off := got[0].ChangeFen - times*want[0].ChangeFen; 2*max(off, -off) > times+1 {
			t.Fatalf("%d times the base: got %d, once %d", times, got[0].ChangeFen, want[0].ChangeFen)
		}

		n := rapid.IntRange(1, 12).Draw(t, "contracts")
		bases, larger, values, halves := make([]int64, n), make([]int64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			bases[i] = rapid.Int64Range(0, 1_000_000_000).Draw(t, "base")
			larger[i] = times * bases[i]
			values[i] = float64(rapid.IntRange(0, 10000).Draw(t, "value")) / 100
			halves[i] = values[i] / 2
		}
		once, often := budget.LinearExchange(bases, values, 0.02), budget.LinearExchange(larger, values, 0.02)
		for i := range n {
			if off := often[i] - times*once[i]; max(off, -off) > times+1 {
				t.Fatalf("%d times %v with %v: got %v, once %v", times, bases, values, often, once)
			}
		}
		if got := budget.LinearExchange(bases, halves, 0.02); !slices.Equal(got, once) {
			t.Fatalf("halves of %v: got %v, want %v", values, got, once)
		}
	})
}

func TestCheckFindsFaults(t *testing.T) {
	for _, p := range []budget.Policy{shippedPolicy(), exchangePolicy()} {
		if faults := p.Check(); faults != nil {
			t.Fatalf("the shipped numbers with %s: got %v, want no fault", p.Method, faults)
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(p *budget.Policy)
		want  string
	}{
		{"unknown method", func(p *budget.Policy) { p.Method = "by_lot" }, "budget.method: "},
		{"no move", func(p *budget.Policy) { p.LargestMove = 0 }, "budget.largest_move_pct: "},
		{"more than all", func(p *budget.Policy) { p.LargestMove = 101 }, "budget.largest_move_pct: "},
		{"nothing withheld", func(p *budget.Policy) { p.Method, p.Withhold = "linear_exchange", 0 }, "budget.withhold_pct: "},
		{"all withheld", func(p *budget.Policy) { p.Method, p.Withhold = "linear_exchange", 100 }, "budget.withhold_pct: "},
		{"loss of more than all", func(p *budget.Policy) { p.Rows[3].FromPct = -100.01 }, "budget.grade[3]: "},
		{"loss of more than all at the end", func(p *budget.Policy) { p.Rows[2].ToPct = -101 }, "budget.grade[2]: "},
		{"row without action", func(p *budget.Policy) { p.Rows[1].Action = "" }, "budget.grade[1]: "},
	} {
		p := shippedPolicy()
		c.spoil(&p)
		if faults := p.Check(); len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), c.want) {
			t.Errorf("%s: got %v, want one fault that begins with %q", c.name, faults, c.want)
		}
	}
}

// TestBaseYear: departments prepare from July on.
func TestBaseYear(t *testing.T) {
	for day, want := range map[string]int{"2026-12-31": 2026, "2027-01-01": 2026, "2027-06-30": 2026, "2027-07-01": 2027} {
		on, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := budget.BaseYear(on); got != want {
			t.Errorf("on %s: %d, want %d", day, got, want)
		}
	}
}
