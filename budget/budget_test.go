package budget

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"pingxin/scoring"
)

// defaults are the numbers of the policy jiangbei-2015.
func defaults() *Policy {
	return &Policy{Method: "grade_table", Withhold: 2, LargestMove: 20, NoGain: []string{"fair", "poor"}, ClearInterval: true,
		Rows: []Row{{"excellent", "raise", 0, 10, false}, {"good", "keep", 0, 0, false}, {"fair", "cut", -30, -10, false}, {"poor", "pause", -100, -100, true}}}
}

// excellent is a contract of 100,000.01 yuan in the middle of the best band, with an interval inside it.
func excellent() Item {
	return Item{Contract: "C1", BaseFen: 10_000_001, Value: 95, Low: 93, High: 97, Grade: "excellent", Status: scoring.Rated, BandLow: 90, BandHigh: 100}
}

func fair(value float64) Item {
	return Item{Contract: "C1", BaseFen: 10_000_000, Value: value, Low: value, High: value, Grade: "fair", Status: scoring.Rated, BandLow: 60, BandHigh: 75}
}

// Expected changes by hand: base times the percentage at the value's place in its band.
func TestGradeTable(t *testing.T) {
	with := func(i Item, change func(*Item)) Item { change(&i); return i }
	for _, c := range []struct {
		name   string
		item   Item
		change int64
		action string
		codes  []string
	}{
		{"half of the way to 10 percent: 500,000.05 fen", excellent(), 500_000, "raise", []string{"by_grade"}},
		{"at the lower line nothing", with(excellent(), func(i *Item) { i.Value, i.Low = 90, 90 }), 0, "raise", []string{"by_grade"}},
		{"at the top the whole: 1,000,000.1 fen", with(excellent(), func(i *Item) { i.Value, i.High = 100, 100 }), 1_000_000, "raise", []string{"by_grade"}},
		{"fair at its upper line: -10 percent", fair(75), -1_000_000, "cut", []string{"by_grade"}},
		{"fair half way: -20 percent, the largest move", fair(67.5), -2_000_000, "cut", []string{"by_grade"}},
		{"fair at its lower line: -30, held at -20", fair(60), -2_000_000, "cut", []string{"by_grade", "largest_move"}},
		{"poor pauses all, beyond the largest move", with(fair(30), func(i *Item) { i.Grade, i.BandLow, i.BandHigh = "poor", 0, 60 }), -10_000_000, "pause", []string{"by_grade"}},
		{"held: no number, no move", with(excellent(), func(i *Item) { i.Status, i.Value, i.Grade = scoring.Held, math.NaN(), "" }), 0, "hold", []string{"not_rated"}},
		{"a grade that the table does not have", with(excellent(), func(i *Item) { i.Grade = "superb" }), 0, "hold", []string{"grade_without_rule"}},
		{"no gain with a party missing", with(excellent(), func(i *Item) { i.MissingParty = true }), 0, "hold", []string{"by_grade", "no_gain_party_missing"}},
		{"no gain for a candidate", with(excellent(), func(i *Item) { i.Candidate = true }), 0, "hold", []string{"by_grade", "no_gain_candidate"}},
		{"a candidate's cut stands", with(fair(75), func(i *Item) { i.Candidate = true }), -1_000_000, "cut", []string{"by_grade"}},
		{"interval reaches into the next band", with(excellent(), func(i *Item) { i.Low = 89.99 }), 0, "hold", []string{"by_grade", "interval_not_clear"}},
		{"a capped grade counts at the upper line of its band", with(fair(95), func(i *Item) { i.Low = 70 }), -1_000_000, "cut", []string{"by_grade"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := defaults().Propose([]Item{c.item})
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, r := range all[0].Reasons {
				codes = append(codes, r.Code)
			}
			if all[0].ChangeFen != c.change || all[0].Action != c.action || !reflect.DeepEqual(codes, c.codes) {
				t.Errorf("found %+v", all[0])
			}
		})
	}
	floor := defaults()
	floor.Rows[2] = Row{"fair", "raise", 5, 5, false}
	if all, err := floor.Propose([]Item{fair(70)}); err != nil || all[0].ChangeFen != 0 || all[0].Reasons[1].Code != "quality_floor" {
		t.Errorf("a fair grade gained: %+v, %v", all, err)
	}
	if _, err := defaults().Propose([]Item{{Contract: "C7", BaseFen: -1}}); err == nil {
		t.Error("a negative base was accepted")
	}
}

// Half a fen goes away from zero, whatever the sign; a float's last bits do not decide.
func TestPercentOf(t *testing.T) {
	for _, c := range []struct {
		fen  int64
		pct  float64
		want int64
	}{{1, 50, 1}, {1, -50, -1}, {3, 50, 2}, {1, 49.999999, 0}, {100, 0.3, 0}, {1_000, 0.25, 3}, {math.MaxInt64 / 4, 100, math.MaxInt64 / 4}, {0, 10, 0}, {333_333_333_333_333, 30, 100_000_000_000_000}} {
		if got := percentOf(c.fen, c.pct); got != c.want {
			t.Errorf("%g percent of %d fen: %d, expected %d", c.pct, c.fen, got, c.want)
		}
	}
}

// The case was computed with R; its source stands beside it.
func TestLinearExchangeAgainstR(t *testing.T) {
	var want struct {
		Withheld float64
		Factor   []float64
	}
	text, err := os.ReadFile("testdata/cases/linear-exchange/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("testdata/cases/linear-exchange/input.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const unit = 1e12 // fen for each of the case's units, so that rounding to fen lies below its tolerance
	var bases []int64
	var values []float64
	for _, row := range rows[1:] {
		base, err1 := strconv.ParseFloat(row[0], 64)
		value, err2 := strconv.ParseFloat(row[1], 64)
		if err1 != nil || err2 != nil {
			t.Fatal(row)
		}
		bases, values = append(bases, int64(base*unit)), append(values, value)
	}
	for i, change := range LinearExchange(bases, values, want.Withheld) {
		if got := 1 + float64(change)/float64(bases[i]); math.Abs(got-want.Factor[i]) > 1e-12 {
			t.Errorf("factor %d is %.15f, R has %.15f", i, got, want.Factor[i])
		}
	}
	// The same in 100 fen for a unit, by hand: 84.2105, 42.1053 and -126.3158; the floors 84, 42, -127 lack one fen, which
	// goes to the largest remainder, 0.6842.
	if got := LinearExchange([]int64{10_000, 20_000, 30_000}, []float64{90, 70, 50}, 0.02); !reflect.DeepEqual(got, []int64{84, 42, -126}) {
		t.Errorf("in fen %v", got)
	}
	if got := LinearExchange([]int64{100, 200}, []float64{0, 0}, 0.02); !reflect.DeepEqual(got, []int64{0, 0}) {
		t.Errorf("without any value %v", got)
	}
}

// Whatever the items: the exchange adds up to zero, nobody loses more than was withheld or ends below zero, the order of
// the items changes nothing, and a better value never gets less for the same base.
func TestExchangeProperties(t *testing.T) {
	p := defaults()
	p.Method = "linear_exchange"
	rapid.Check(t, func(t *rapid.T) {
		var items []Item
		for i := range rapid.IntRange(1, 40).Draw(t, "items") {
			v := rapid.Float64Range(0, 100).Draw(t, "value")
			items = append(items, Item{Contract: "C" + strconv.Itoa(100+i), BaseFen: rapid.Int64Range(0, 1e12).Draw(t, "base"), Value: v, Low: v, High: v, Grade: "good",
				Status: rapid.SampledFrom([]scoring.Status{scoring.Rated, scoring.Rated, scoring.Held}).Draw(t, "status"), BandLow: 0, BandHigh: 100})
		}
		all, err := p.Propose(items)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for _, v := range all {
			sum += v.ChangeFen
			if v.ChangeFen < -(v.BaseFen*2/100+1) || v.BaseFen+v.ChangeFen < 0 {
				t.Fatalf("%s loses %d of %d fen", v.Contract, -v.ChangeFen, v.BaseFen)
			}
		}
		if sum != 0 {
			t.Fatalf("the changes add up to %d fen", sum)
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		random.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		again, err := p.Propose(items)
		if err != nil || !reflect.DeepEqual(all, again) {
			t.Fatalf("in another order: %v, %v", again, err)
		}
	})
}

func TestCheck(t *testing.T) {
	if faults := defaults().Check(); len(faults) > 0 {
		t.Error(faults)
	}
	broken := &Policy{Method: "lottery", LargestMove: 0, Rows: []Row{{"good", "", -200, 0, false}}}
	if faults := broken.Check(); len(faults) != 3 {
		t.Errorf("%d faults, expected 3: %v", len(faults), faults)
	}
}
