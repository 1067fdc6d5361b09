package market_test

import (
	"math"
	"testing"
	"time"

	"pingxin/budget/market"
)

var policy = market.Policy{MinContracts: 5, ModerateFrom: 1000, HighFrom: 1800}

func day(year, month, d int) time.Time {
	return time.Date(year, time.Month(month), d, 0, 0, 0, 0, time.UTC)
}

// deals are one contract of a supplier for each amount.
func deals(year int, amounts map[string][]int64) (all []market.Deal) {
	for _, supplier := range []string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J"} {
		for _, amount := range amounts[supplier] {
			all = append(all, market.Deal{Supplier: supplier, Social: supplier < "C", Year: year, AmountFen: amount})
		}
	}
	return all
}

// The suppliers of three years: A stays, B leaves and comes back, C is new in the second year. By hand.
func TestWhoCameAndWent(t *testing.T) {
	all := deals(2023, map[string][]int64{"A": {30}, "B": {10}})
	all = append(all, deals(2024, map[string][]int64{"A": {10}, "C": {5, 5}})...)
	all = append(all, deals(2025, map[string][]int64{"A": {10}, "B": {10}})...)
	type count struct{ suppliers, entrants, exits, social int }
	for name, c := range map[string]struct {
		first int
		asOf  time.Time
		want  []count
	}{
		"the last year has ended":        {2023, day(2025, 12, 31), []count{{2, market.Unknown, market.Unknown, 2}, {2, 1, 1, 1}, {2, 0, 1, 2}}},
		"the last year runs":             {2023, day(2025, 12, 30), []count{{2, market.Unknown, market.Unknown, 2}, {2, 1, 1, 1}, {2, 0, market.Unknown, 2}}},
		"the data begin before the item": {2022, day(2026, 2, 28), []count{{2, 2, 0, 2}, {2, 1, 1, 1}, {2, 0, 1, 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			years := market.Years(all, c.first, 2025, c.asOf)
			if len(years) != len(c.want) {
				t.Fatalf("%d years, want %d", len(years), len(c.want))
			}
			for i, y := range years {
				if got := (count{y.Suppliers, y.Entrants, y.Exits, y.Social}); got != c.want[i] {
					t.Errorf("%d: %+v, want %+v", y.Year, got, c.want[i])
				}
			}
		})
	}
}

// A year without a contract stands between, and all who were there left.
func TestAYearWithoutContracts(t *testing.T) {
	all := append(deals(2023, map[string][]int64{"A": {30}, "B": {10}}), deals(2025, map[string][]int64{"A": {1}})...)
	years := market.Years(all, 2023, 2025, day(2026, 1, 1))
	if len(years) != 3 || years[1].Contracts != 0 || years[1].Exits != 2 || years[2].Entrants != 0 || years[2].Exits != 0 {
		t.Errorf("got %+v", years)
	}
	if !math.IsNaN(years[1].Index) || !math.IsNaN(years[1].SocialShare()) || !math.IsNaN(years[1].PerSupplier()) {
		t.Errorf("a year without money has an index or a share: %+v", years[1])
	}
	if got := market.Years(nil, 2023, 2025, day(2026, 1, 1)); got != nil {
		t.Errorf("no contract has years %v", got)
	}
}

// Shares of 50, 30 and 20 percent: 2500 + 900 + 400. Two contracts of A instead of one: the least possible is 25² + 25² + 30² + 20².
// Without the contract of B: 71.43² + 28.57², the most; without one of A's: 33.33² + 40² + 26.67², the least. By hand.
func TestConcentration(t *testing.T) {
	y := market.Years(deals(2025, map[string][]int64{"A": {25, 25}, "B": {30}, "C": {20}}), 2025, 2025, day(2026, 1, 1))[0]
	for _, c := range []struct {
		what      string
		got, want float64
	}{{"index", y.Index, 3800}, {"least", y.Least, 2550}, {"low", y.Low, 3422.222}, {"high", y.High, 5918.367}, {"effective", y.Effective(), 2.632}, {"social", y.SocialShare(), 0.8}, {"largest", y.LargestShare(), 0.5},
		{"per supplier", y.PerSupplier(), 4.0 / 3}} {
		if math.Abs(c.got-c.want) > 0.001*c.want {
			t.Errorf("%s is %g, want %g", c.what, c.got, c.want)
		}
	}
	if y.Largest != "A" {
		t.Errorf("the largest is %s", y.Largest)
	}
	alone := market.Years(deals(2025, map[string][]int64{"B": {7}}), 2025, 2025, day(2026, 1, 1))[0]
	if alone.Index != market.Monopoly || !math.IsNaN(alone.Low) || !math.IsNaN(alone.High) {
		t.Errorf("one contract: %+v", alone.Concentration)
	}
}

// n suppliers of one size have the index 10,000/n: just on and beside the lines of 1,000 and 1,800.
func TestReading(t *testing.T) {
	equal := func(n int) map[string][]int64 {
		all := map[string][]int64{}
		for i := range n {
			all[string(rune('A'+i))] = []int64{100}
		}
		return all
	}
	for name, c := range map[string]struct {
		amounts map[string][]int64
		band    market.Band
		certain bool
	}{
		"ten of one size are on the line, nine above it": {equal(10), market.Moderate, true},
		"six of one size are below 1,800, five above it": {equal(6), market.Moderate, false},
		"five of one size":                               {equal(5), market.High, true},
		"four contracts are too few":                     {equal(4), market.TooFew, false},
		"one holds nearly all":                           {map[string][]int64{"A": {90, 90, 90, 90}, "B": {1}}, market.High, true},
		"ten, of which one is small, are above the line": {map[string][]int64{"A": {100}, "B": {100}, "C": {100}, "D": {100}, "E": {100}, "F": {100}, "G": {100}, "H": {100}, "I": {100}, "J": {90}}, market.Moderate, true},
	} {
		t.Run(name, func(t *testing.T) {
			y := market.Years(deals(2025, c.amounts), 2025, 2025, day(2026, 1, 1))[0]
			if band, certain := policy.Read(&y); band != c.band || certain != c.certain {
				t.Errorf("index %.0f (%.0f to %.0f) is read as %s, certain %v; want %s, %v", y.Index, y.Low, y.High, band, certain, c.band, c.certain)
			}
		})
	}
}

func TestPolicyCheck(t *testing.T) {
	if faults := policy.Check(); faults != nil {
		t.Errorf("a sound policy has %v", faults)
	}
	for _, p := range []market.Policy{{MinContracts: 1, ModerateFrom: 1000, HighFrom: 1800}, {MinContracts: 5, ModerateFrom: 1800, HighFrom: 1000}, {MinContracts: 5, ModerateFrom: 0, HighFrom: 1000},
		{MinContracts: 5, ModerateFrom: 1000, HighFrom: 10_000}} {
		if len(p.Check()) == 0 {
			t.Errorf("%+v is taken", p)
		}
	}
}
