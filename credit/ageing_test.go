package credit_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pingxin/credit"
)

func monthly() credit.Policy {
	p := shippedPolicy()
	p.Ageing = credit.ByMonth
	return p
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// TestAgeingByMonth: on every day of January 2026 ages are counted to the 1st, by hand.
func TestAgeingByMonth(t *testing.T) {
	p := monthly()
	ev := credit.Evidence{Supplier: "S", Evaluations: alike(80, 0), Events: []credit.Event{general("E1", 0)}}
	for i, on := range []time.Time{day(2025, 12, 1), day(2026, 1, 1), day(2026, 1, 20)} {
		ev.Evaluations[i].On = on
	}
	ev.Events[0].OccurredOn, ev.Events[0].RepairedOn = day(2025, 11, 1), day(2025, 12, 2)
	for _, c := range []struct {
		asOf        time.Time
		evaluations int
		ages        []int // of the evaluations and, behind the start of the conduct, of the offence
		conduct     float64
	}{
		{day(2026, 1, 1), 2, []int{31, 0, 0, 61}, 95.83},     // 30 days after the repair: 100 - 5*150/180
		{day(2026, 1, 19), 2, []int{31, 0, 0, 61}, 95.83},    // nothing is older
		{day(2026, 1, 20), 3, []int{31, 0, 0, 0, 61}, 95.83}, // what is of the 20th is new on the 20th, and no younger than that
		{day(2026, 1, 31), 3, []int{31, 0, 0, 0, 61}, 95.83},
		{day(2026, 2, 1), 3, []int{62, 31, 12, 0, 92}, 96.69}, // 61 days after the repair: 100 - 5*119/180
	} {
		r := p.Rate(ev, c.asOf)
		var ages []int
		for _, part := range r.Parts {
			ages = append(ages, part.AgeDays)
		}
		if r.Evaluations != c.evaluations || fmt.Sprint(ages) != fmt.Sprint(c.ages) || r.Conduct != c.conduct {
			t.Errorf("%s: got %d evaluations, ages %v, conduct %v, want %d, %v, %v", c.asOf.Format(time.DateOnly), r.Evaluations, ages, r.Conduct, c.evaluations, c.ages, c.conduct)
		}
	}
}

// TestGoodUntilByHand: the next first of a month, or a day on which something of the evidence begins or ends.
func TestGoodUntilByHand(t *testing.T) {
	p, byDay := monthly(), shippedPolicy()
	for _, c := range []struct {
		name          string
		ev            credit.Evidence
		month, byDate time.Time
	}{
		{"nothing", credit.Evidence{}, time.Time{}, time.Time{}},
		{"evaluations", credit.Evidence{Evaluations: alike(80, 10)}, day(2026, 2, 1), day(2026, 2, 1)},
		{"an evaluation to come", credit.Evidence{Evaluations: alike(80, -20)}, day(2026, 2, 1), day(2026, 2, 1)},
		{"an offence", credit.Evidence{Events: []credit.Event{ending(general("E", 10), 5)}}, day(2026, 2, 1), day(2026, 2, 1)},
	} {
		if got := p.Rate(c.ev, today).GoodUntil; !got.Equal(c.month) {
			t.Errorf("%s by month: good until %v, want %v", c.name, got, c.month)
		}
		if got := byDay.Rate(c.ev, today).GoodUntil; !got.Equal(c.byDate) {
			t.Errorf("%s by day: good until %v, want %v", c.name, got, c.byDate)
		}
	}
	ev := credit.Evidence{Events: []credit.Event{{ID: "E", Severity: "serious", OccurredOn: day(2025, 1, 1), EndsOn: day(2026, 1, 20)}}}
	if got, want := p.Rate(ev, day(2026, 1, 5)).GoodUntil, day(2026, 1, 20); !got.Equal(want) {
		t.Errorf("a sanction that ends within the month: good until %v, want %v", got, want)
	}
}

// TestRatingsAreGoodUntilThen: up to the day before, the same evidence gives the same rating, whatever the day.
func TestRatingsAreGoodUntilThen(t *testing.T) {
	p := monthly()
	rapid.Check(t, func(t *rapid.T) {
		ev, asOf := anyEvidence(t, "S"), today.AddDate(0, 0, rapid.IntRange(-40, 40).Draw(t, "as of"))
		want := p.Rate(ev, asOf)
		for later := asOf; later.Before(want.GoodUntil); later = later.AddDate(0, 0, 1) {
			if got := p.Rate(ev, later); text(got) != text(want) {
				t.Fatalf("good until %v, but on %v\n%s\nafter\n%s", want.GoodUntil, later, text(got), text(want))
			}
		}
	})
}

// TestAssessmentsAreGoodUntilThen likewise.
func TestAssessmentsAreGoodUntilThen(t *testing.T) {
	p := shippedAssessment()
	rapid.Check(t, func(t *rapid.T) {
		asOf := today.AddDate(0, 0, rapid.IntRange(-400, 400).Draw(t, "as of"))
		ev := organisation(float64(rapid.IntRange(600, 1000).Draw(t, "points")))
		ev.RegisteredOn = asOf.AddDate(-2, 0, rapid.IntRange(-30, 60).Draw(t, "registered"))
		for i := range ev.Items {
			ev.Items[i].On = asOf.AddDate(-rapid.IntRange(0, 5).Draw(t, "years ago"), 0, rapid.IntRange(-30, 60).Draw(t, "assessed"))
		}
		for _, year := range []int{asOf.Year() - 1, asOf.Year()} {
			ev.Inspections = append(ev.Inspections, credit.Inspection{Year: year, Result: rapid.SampledFrom([]string{"passed", "basic", "failed"}).Draw(t, "inspected")})
		}
		ev.Events = []credit.Event{{ID: "E", Kind: rapid.SampledFrom([]string{"investigation", "other"}).Draw(t, "kind"), Severity: "serious",
			OccurredOn: asOf.AddDate(0, 0, rapid.IntRange(-400, 100).Draw(t, "occurred")), EndsOn: asOf.AddDate(0, 0, rapid.IntRange(-100, 100).Draw(t, "ends"))}}
		want := p.Assess(ev, asOf)
		for later := asOf; later.Before(want.GoodUntil); later = later.AddDate(0, 0, 1) {
			if got := p.Assess(ev, later); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Fatalf("good until %v, but on %v\n%+v\nafter\n%+v", want.GoodUntil, later, got, want)
			}
		}
	})
}
