package budget_test

import (
	"errors"
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

// grades are the bands of the shipped policy.
var grades = &scoring.Policy{Scale: scoring.Scale{Low: 0, High: 100}, Bands: []scoring.Band{{ID: "excellent", From: 90}, {ID: "good", From: 80},
	{ID: "fair", From: 60}, {ID: "poor", From: 0}}}

func plan(t *testing.T, s budget.Scenario, items ...budget.Item) *budget.Plan {
	t.Helper()
	if faults := s.Check(); len(faults) > 0 {
		t.Fatal(faults)
	}
	got, err := s.Plan(items)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// said is a proposal as the tests below write it.
func said(p budget.Proposal) string {
	return fmt.Sprintf("%s %s %d %s", p.Contract, p.Action, p.NextFen(), p.Reasons[len(p.Reasons)-1].Code)
}

// district is one contract of 10,000 fen of each kind. The policy proposes 10,500 for C1 (95: plus 5 percent), 10,000 for
// C2 and C5, 8,200 for C3 (72: minus 18), 0 for C4: 38,700 of 50,000.
func district() []budget.Item {
	return []budget.Item{item("C1", 10_000, 95, "excellent"), item("C2", 10_000, 85, "good"), item("C3", 10_000, 72, "fair"),
		item("C4", 10_000, 40, "poor"), between(item("C5", 10_000, 91, "excellent"), 88, 94)}
}

func TestScenarioByHand(t *testing.T) {
	for _, c := range []struct {
		name     string
		scenario budget.Scenario
		want     []string
		next     int64
	}{
		{"untouched", budget.Scenario{}, []string{"C1 raise 10500 by_grade", "C2 keep 10000 by_grade", "C3 cut 8200 by_grade", "C4 pause 0 by_grade",
			"C5 hold 10000 interval_not_clear"}, 38_700},
		// C5 keeps 10,000, C4 claims nothing; 10,500 + 10,000 + 8,200 = 28,700 would have to be 40,000 but the largest move holds
		// C1 and C2 at 12,000 and the quality floor C3 at 10,000
		{"as far as it goes", budget.Scenario{Pool: budget.Exactly, PoolFen: 44_000}, []string{"C1 raise 12000 at_ceiling", "C2 raise 12000 at_ceiling",
			"C3 keep 10000 quality_floor", "C4 pause 0 by_grade", "C5 hold 10000 interval_not_clear"}, 44_000},
		// 35,000 less C5's 10,000 are 25,000 of 28,700 claimed: 0.87108; 9146.3, 8710.8, and 7142.9 is below 80 percent, so C3 keeps
		// 8,000 and 17,000 of 20,500 are shared: 8707.3 and 8292.7
		{"a smaller total", budget.Scenario{Pool: budget.Exactly, PoolFen: 35_000}, []string{"C1 cut 8707 pool_share", "C2 cut 8293 pool_share",
			"C3 cut 8000 at_floor", "C4 pause 0 by_grade", "C5 hold 10000 interval_not_clear"}, 35_000},
		{"a total that does not bind", budget.Scenario{Pool: budget.AtMost, PoolFen: 38_701}, []string{"C1 raise 10500 by_grade", "C2 keep 10000 by_grade",
			"C3 cut 8200 by_grade", "C4 pause 0 by_grade", "C5 hold 10000 interval_not_clear"}, 38_700},
		{"a limit that binds", budget.Scenario{Pool: budget.AtMost, PoolFen: 35_000}, []string{"C1 cut 8707 pool_share", "C2 cut 8293 pool_share",
			"C3 cut 8000 at_floor", "C4 pause 0 by_grade", "C5 hold 10000 interval_not_clear"}, 35_000},
		{"floor and ceiling", budget.Scenario{FloorPct: 90, CeilingPct: 104}, []string{"C1 raise 10400 at_ceiling", "C2 keep 10000 by_grade",
			"C3 cut 9000 at_floor", "C4 cut 9000 at_floor", "C5 hold 10000 interval_not_clear"}, 48_400},
		// 50,000 less C5's 10,000 and C4's floor of 9,000, as it claims nothing, are 31,000 of 28,700 claimed: C3 would have 8857.1,
		// so it keeps 9,000 and 22,000 of 20,500 are shared: 11268.3 and 10731.7
		{"neutral with a floor", budget.Scenario{Pool: budget.Neutral, FloorPct: 90}, []string{"C1 raise 11268 pool_share", "C2 raise 10732 pool_share",
			"C3 cut 9000 at_floor", "C4 cut 9000 at_floor", "C5 hold 10000 interval_not_clear"}, 50_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.scenario.Policy = shippedPolicy()
			got := plan(t, c.scenario, district()...)
			var lines []string
			for _, p := range got.Proposals() {
				lines = append(lines, said(p))
			}
			if !slices.Equal(lines, c.want) || got.NextFen != c.next || got.BaseFen != 50_000 {
				t.Errorf("got %q, %d of %d, want %q, %d", lines, got.NextFen, got.BaseFen, c.want, c.next)
			}
		})
	}
}

// TestInfeasibleScenarios: C5 keeps 10,000; the others have at least 8,000 each, C4 nothing, and at most 12,000, 12,000
// and 10,000.
func TestInfeasibleScenarios(t *testing.T) {
	for _, c := range []struct {
		pool int64
		want budget.InfeasibleError
	}{
		{33_999, budget.InfeasibleError{Clash: budget.BelowFloors, TotalFen: 33_999, LeastFen: 34_000, MostFen: 44_000, Fixed: 1, FixedFen: 10_000}},
		{44_001, budget.InfeasibleError{Clash: budget.AboveCeilings, TotalFen: 44_001, LeastFen: 34_000, MostFen: 44_000, Fixed: 1, FixedFen: 10_000}},
	} {
		s := budget.Scenario{Policy: shippedPolicy(), Pool: budget.Exactly, PoolFen: c.pool}
		got, err := s.Plan(district())
		var infeasible *budget.InfeasibleError
		if got != nil || !errors.As(err, &infeasible) || *infeasible != c.want {
			t.Errorf("got %v and %+v, want %+v", got, err, c.want)
		}
	}
}

func TestDispute(t *testing.T) {
	capped := between(item("C1", 10_000, 95, "fair"), 93, 97)
	held := item("C1", 10_000, math.NaN(), "")
	held.Status = scoring.Held
	wide := between(item("C1", 10_000, 95, "excellent"), 91, 98)
	disputed := item("C1", 10_000, 95, "excellent")
	disputed.Dispute = "YY2025-0001"
	for _, c := range []struct {
		name    string
		item    budget.Item
		dispute budget.Dispute
		want    string
	}{
		{"another value of the grade", item("C1", 10_000, 95, "excellent"), budget.Dispute{Value: 92}, "C1 raise 10200 by_grade"},
		{"another grade", item("C1", 10_000, 95, "excellent"), budget.Dispute{Value: 72}, "C1 cut 8200 by_grade"},
		{"the interval goes along", wide, budget.Dispute{Value: 93}, "C1 hold 10000 interval_not_clear"}, // 89 to 96
		{"the interval ends at the scale", wide, budget.Dispute{Value: 99}, "C1 raise 10900 by_grade"},   // 95 to 100
		{"a cap stays", capped, budget.Dispute{Value: 91}, "C1 cut 9000 by_grade"},
		{"worse than the cap", capped, budget.Dispute{Value: 30}, "C1 pause 0 by_grade"},
		{"an open dispute is decided", disputed, budget.Dispute{Value: 92}, "C1 raise 10200 by_grade"},
		{"held", item("C1", 10_000, 95, "excellent"), budget.Dispute{Held: true}, "C1 hold 10000 not_rated"},
		{"an unrated contract is given a value", held, budget.Dispute{Value: 95}, "C1 raise 10500 by_grade"},
	} {
		c.dispute.Contract = "C1"
		items := []budget.Item{c.item, item("C2", 10_000, 85, "good")}
		before := slices.Clone(items)
		got := plan(t, budget.Scenario{Policy: shippedPolicy(), Disputed: &c.dispute, Grades: grades}, items...)
		if said(got.Proposals()[0]) != c.want {
			t.Errorf("%s: got %s, want %s", c.name, said(got.Proposals()[0]), c.want)
		}
		if fmt.Sprint(items) != fmt.Sprint(before) {
			t.Errorf("%s: the items were changed to %+v", c.name, items)
		}
	}
	unknown := budget.Scenario{Policy: shippedPolicy(), Disputed: &budget.Dispute{Contract: "C9"}, Grades: grades}
	if got, err := unknown.Plan(district()); got != nil || err == nil || !strings.Contains(err.Error(), `found "C9"`) {
		t.Errorf("got %v and %v, want an error that names C9", got, err)
	}
}

func TestScenarioCheck(t *testing.T) {
	for _, c := range []struct {
		scenario budget.Scenario
		want     string
	}{
		{budget.Scenario{Pool: "some"}, `pool: found "some"`},
		{budget.Scenario{Pool: budget.Exactly, PoolFen: -1}, "pool: found -1 fen"},
		{budget.Scenario{FloorPct: 101}, "floor: found 101 percent"},
		{budget.Scenario{FloorPct: math.NaN()}, "floor: found NaN percent"},
		{budget.Scenario{CeilingPct: 99}, "ceiling: found 99 percent"},
		{budget.Scenario{CeilingPct: 301}, "ceiling: found 301 percent"},
		{budget.Scenario{Disputed: &budget.Dispute{Value: 50}}, "found no policy that grades"},
		{budget.Scenario{Disputed: &budget.Dispute{Value: 101}, Grades: grades}, "found the value 101, expected 0 to 100"},
	} {
		c.scenario.Policy = shippedPolicy()
		if faults := c.scenario.Check(); len(faults) != 1 || !strings.Contains(faults[0].Error(), c.want) {
			t.Errorf("got %v, want one fault with %q", faults, c.want)
		}
	}
}

// anyScenario draws a scenario of either method; its total may be impossible.
func anyScenario(t *rapid.T, items []budget.Item) budget.Scenario {
	s := budget.Scenario{Policy: rapid.SampledFrom([]budget.Policy{shippedPolicy(), exchangePolicy()}).Draw(t, "policy")}
	s.Pool = rapid.SampledFrom([]budget.Pool{budget.Open, budget.Neutral, budget.Exactly, budget.AtMost}).Draw(t, "pool")
	var base int64
	for _, i := range items {
		base += i.BaseFen
	}
	s.PoolFen = base/100*rapid.Int64Range(60, 130).Draw(t, "percent of this year") + rapid.Int64Range(0, 99).Draw(t, "fen")
	s.FloorPct = float64(rapid.IntRange(0, 100).Draw(t, "floor"))
	if rapid.Bool().Draw(t, "a ceiling") {
		s.CeilingPct = float64(rapid.IntRange(100, 130).Draw(t, "ceiling"))
	}
	return s
}

// TestPlansHoldTogether: every fen of a total is given out, floors and ceilings hold, nobody gains who may not, and nobody
// moves whose move is not certain.
func TestPlansHoldTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := anyItems(t)
		s := anyScenario(t, items)
		got, err := s.Plan(items)
		var infeasible *budget.InfeasibleError
		if errors.As(err, &infeasible) {
			if infeasible.TotalFen >= infeasible.LeastFen && infeasible.TotalFen <= infeasible.MostFen {
				t.Fatalf("%v, and yet it lies between the limits", infeasible)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var base, next int64
		for k, i := range items {
			p := got.Proposals()[k]
			base, next = base+p.BaseFen, next+p.NextFen()
			unclear := i.Low < i.BandLow || i.High > i.BandHigh && i.Value < i.BandHigh
			unrated := i.Status == scoring.Held || i.Status == scoring.NoEvidence || s.Policy.Method == budget.Exchange && i.Status == scoring.Provisional
			share := float64(p.NextFen()) / float64(i.BaseFen) * 100
			fen := 100/float64(i.BaseFen) + 1e-9 // one fen in percent
			switch {
			case p.Contract != i.Contract || p.BaseFen != i.BaseFen || p.NextFen() < 0:
				t.Fatalf("%+v does not belong to %+v", p, i)
			case (unclear || unrated) && p.ChangeFen != 0:
				t.Fatalf("%+v moves, and nothing about it is certain: %+v", p, i)
			case p.ChangeFen > 0 && (slices.Contains(s.Policy.NoGain, i.Grade) || i.MissingParty || i.Candidate || i.Listed):
				t.Fatalf("%+v gains and may not: %+v", p, i)
			case i.BaseFen > 0 && share < s.FloorPct-fen:
				t.Fatalf("%+v falls below the floor of %g percent", p, s.FloorPct)
			case i.BaseFen > 0 && s.CeilingPct > 0 && share > s.CeilingPct+fen:
				t.Fatalf("%+v rises above the ceiling of %g percent", p, s.CeilingPct)
			case s.Policy.Method == budget.GradeTable && i.Grade != "poor" && math.Abs(float64(p.ChangeFen)) > float64(i.BaseFen)*s.Policy.LargestMove/100+0.5:
				t.Fatalf("%+v moves too far", p)
			case (p.Action == budget.Raise) && p.ChangeFen < 0 || p.Action == budget.Cut && p.ChangeFen > 0 || p.Action == budget.Hold && p.ChangeFen != 0:
				t.Fatalf("%+v does not do what it says", p)
			}
		}
		if got.BaseFen != base || got.NextFen != next {
			t.Fatalf("the plan says %d to %d, its proposals %d to %d", got.BaseFen, got.NextFen, base, next)
		}
		total := map[budget.Pool]int64{budget.Open: next, budget.Neutral: base, budget.Exactly: s.PoolFen, budget.AtMost: min(next, s.PoolFen)}[s.Pool]
		if next != total {
			t.Fatalf("%s: %d given out, expected %d", s.Pool, next, total)
		}
	})
}

// TestUntouchedScenarioIsThePolicy: without an assumption of its own a scenario proposes what the policy does.
func TestUntouchedScenarioIsThePolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := anyItems(t)
		s := budget.Scenario{Policy: rapid.SampledFrom([]budget.Policy{shippedPolicy(), exchangePolicy()}).Draw(t, "policy")}
		want, err := s.Policy.Propose(items)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Plan(items)
		if err != nil || !reflect.DeepEqual(got.Proposals(), want) || got.Bound || got.PoolFen != got.NextFen {
			t.Fatalf("got %+v and %v, want %+v", got, err, want)
		}
	})
}

// TestGroundIsKept: on a ground that others planned on before a scenario comes to what it does alone, also where it changes
// the policy or disputes an evaluation.
func TestGroundIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := anyItems(t)
		ground, err := budget.NewGround(shippedPolicy(), items)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			s := anyScenario(t, items)
			if len(items) > 0 && rapid.Bool().Draw(t, "a dispute") {
				s.Disputed = &budget.Dispute{Contract: items[0].Contract, Held: true}
			}
			want, wrong := s.Plan(items)
			got, err := ground.Plan(&s)
			if fmt.Sprint(err) != fmt.Sprint(wrong) {
				t.Fatalf("got %v, want %v", err, wrong)
			}
			if err == nil && (!reflect.DeepEqual(got.Proposals(), want.Proposals()) || got.Level != want.Level || got.NextFen != want.NextFen || got.PoolFen != want.PoolFen) {
				t.Fatalf("got %+v, want %+v", got.Proposals(), want.Proposals())
			}
		}
	})
}

// TestBetterNeverGetsLess: of two contracts that differ in nothing but the value, each certain, the better gets no less,
// whatever the total.
func TestBetterNeverGetsLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []budget.Item
		names := []string{"excellent", "good", "fair", "poor"}
		for k := range rapid.IntRange(2, 12).Draw(t, "contracts") {
			value := float64(rapid.IntRange(0, 10000).Draw(t, "value")) / 100
			at := slices.IndexFunc(names, func(g string) bool { return value >= bands[g][0] })
			items = append(items, item(fmt.Sprintf("C%02d", k), 1_000_000, value, names[at]))
		}
		s := anyScenario(t, items)
		s.Policy.LargestMove, s.FloorPct = 100, 0
		got, err := s.Plan(items)
		if err != nil {
			return
		}
		for a := range items {
			for b := range items {
				gained := s.Policy.Method == budget.Exchange && slices.Contains(s.Policy.NoGain, items[a].Grade) // held at its base by the guard
				if items[a].Value > items[b].Value && got.Proposals()[a].NextFen() < got.Proposals()[b].NextFen() && !gained {
					t.Fatalf("%g gets %d and %g gets %d", items[a].Value, got.Proposals()[a].NextFen(), items[b].Value, got.Proposals()[b].NextFen())
				}
			}
		}
	})
}

// TestEffectsAddUp: the effects of groups add up to that of the whole.
func TestEffectsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var whole, sum budget.Effect
		groups := make([]budget.Effect, 4)
		for range rapid.IntRange(0, 30).Draw(t, "contracts") {
			base, before, next := rapid.Int64Range(0, 1e12).Draw(t, "base"), rapid.Int64Range(0, 1e12).Draw(t, "before"), rapid.Int64Range(0, 1e12).Draw(t, "next")
			whole.Add(base, before, next)
			groups[rapid.IntRange(0, 3).Draw(t, "group")].Add(base, before, next)
		}
		for _, g := range groups {
			sum = budget.Effect{Contracts: sum.Contracts + g.Contracts, Gaining: sum.Gaining + g.Gaining, Losing: sum.Losing + g.Losing, BaseFen: sum.BaseFen + g.BaseFen,
				BeforeFen: sum.BeforeFen + g.BeforeFen, NextFen: sum.NextFen + g.NextFen, GainFen: sum.GainFen + g.GainFen, LossFen: sum.LossFen + g.LossFen}
			if g.ChangeFen() != g.GainFen+g.LossFen || g.MovedFen() < max(g.ChangeFen(), -g.ChangeFen()) {
				t.Fatalf("%+v does not hold together", g)
			}
		}
		if sum != whole {
			t.Fatalf("the groups come to %+v, the whole to %+v", sum, whole)
		}
	})
}

// BenchmarkPlan plans for a large district with a total that binds.
func BenchmarkPlan(b *testing.B) {
	const contracts = 20_000
	items := make([]budget.Item, contracts)
	var base int64
	for k := range items {
		value := float64(k*7919%10001) / 100
		grade := grades.GradeOf(value)
		items[k] = between(item(fmt.Sprintf("C%05d", k), int64(k*104729%50_000_000), value, grade), max(value-1, 0), min(value+1, 100))
		base += items[k].BaseFen
	}
	for _, s := range []budget.Scenario{{Policy: shippedPolicy()}, {Policy: shippedPolicy(), Pool: budget.Exactly, PoolFen: base / 100 * 75, FloorPct: 60},
		{Policy: exchangePolicy(), Pool: budget.Neutral, FloorPct: 99}} {
		b.Run(s.Policy.Method+" "+string(s.Pool), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Plan(items); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
