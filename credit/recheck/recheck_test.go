package recheck_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pingxin/credit"
	"pingxin/credit/recheck"
	"pingxin/scoring/recheck/exact"
)

var today = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)

func ago(days int) time.Time { return today.AddDate(0, 0, -days) }

func oneOf[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

func handPolicy() credit.Policy {
	return credit.Policy{
		MinEvaluations: 3, MinCases: 25, PerformancePct: 60, ConductPct: 40, WindowDays: 1095, Ageing: credit.ByDay, AmountUnitYuan: 10000, LargestShare: 0.5,
		ConductStart: 100, General: 5, Serious: 50, GeneralDays: 1095, Commendation: 2, CommendationMax: 6, RepairDays: 180,
		StaleDays: 730, StaleCap: "A", SeriousCap: "B", ListedCap: "D",
		Levels: []credit.Level{{ID: "AAA", From: 90}, {ID: "A", From: 70}, {ID: "B", From: 40}, {ID: "D", From: 0}},
		Stars:  []credit.Star{{Stars: 5, From: 100}, {Stars: 3, From: 60}, {Stars: 1, From: 0}},
	}
}

func drawPolicy(t *rapid.T) credit.Policy {
	p := handPolicy()
	p.PerformancePct = oneOf(t, "performance_pct", 60.0, 50, 62.5)
	p.ConductPct = 100 - p.PerformancePct
	p.MinEvaluations, p.MinCases = rapid.IntRange(0, 4).Draw(t, "min"), rapid.Int64Range(0, 30).Draw(t, "cases")
	p.Ageing = oneOf(t, "ageing", credit.ByDay, credit.ByMonth)
	p.WindowDays, p.StaleDays = rapid.IntRange(1, 1200).Draw(t, "window"), rapid.IntRange(1, 1200).Draw(t, "stale")
	p.AmountUnitYuan, p.LargestShare = oneOf(t, "unit", 10000, 0.5, 333.33), oneOf(t, "share", 0.5, 0.55, 1)
	p.General, p.Serious = oneOf(t, "general", 5, 3.3), oneOf(t, "serious", 50, 17.25)
	p.Commendation, p.CommendationMax = oneOf(t, "commendation", 2, 2.5), oneOf(t, "at most", 6, 0.7)
	p.GeneralDays, p.RepairDays = rapid.IntRange(1, 1200).Draw(t, "general days"), rapid.IntRange(1, 400).Draw(t, "repair days")
	p.ConductStart = oneOf(t, "start", 100.0, 80, 60)
	return p
}

func drawDay(t *rapid.T, label string) time.Time {
	return ago(rapid.IntRange(-60, 1300).Draw(t, label)).Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "half days")) * 12 * time.Hour)
}

func drawEvidence(t *rapid.T) credit.Evidence {
	ev := credit.Evidence{Supplier: "S"}
	for i := range rapid.IntRange(0, 2).Draw(t, "listings") {
		l := credit.Listing{Case: fmt.Sprintf("H%d", i), From: drawDay(t, "listed"), Until: drawDay(t, "until")}
		if oneOf(t, "ended", true, false, false) {
			l.EndedOn = drawDay(t, "ended on")
		}
		ev.Listings = append(ev.Listings, l)
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "evaluations") {
		ev.Evaluations = append(ev.Evaluations, credit.Evaluated{Contract: fmt.Sprintf("C%d", i), Value: float64(rapid.IntRange(0, 10000).Draw(t, "value")) / 100,
			On: drawDay(t, "on"), AmountFen: oneOf[int64](t, "amount", 0, 10_000, 33_333, 1_000_000, 55_555_555, 100_000_000_000), Cases: rapid.Int64Range(0, 20).Draw(t, "cases")})
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "events") {
		e := credit.Event{ID: fmt.Sprintf("E%d", i), Severity: oneOf(t, "severity", "commendation", "general", "serious"), OccurredOn: drawDay(t, "occurred")}
		if oneOf(t, "ends", true, false) {
			e.EndsOn = drawDay(t, "end")
		}
		if oneOf(t, "repaired", true, false) {
			e.RepairedOn = drawDay(t, "repair")
		}
		ev.Events = append(ev.Events, e)
	}
	return ev
}

// TestRateAgrees: what the policy rates of any evidence is what it means.
func TestRateAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, ev := drawPolicy(t), drawEvidence(t)
		if faults := p.Check(); len(faults) > 0 {
			t.Fatal(faults)
		}
		if err := recheck.Rating(&p, ev, today, p.Rate(ev, today)); err != nil {
			t.Fatal(err)
		}
	})
}

// handEvidence: three like contracts of 90 make the performance, a general offence and an open serious one leave 45 of the
// conduct: 0.6*90 + 0.4*45 = 72.
func handEvidence() credit.Evidence {
	ev := credit.Evidence{Supplier: "S", Events: []credit.Event{{ID: "E1", Severity: "general", OccurredOn: ago(10)}, {ID: "E2", Severity: "serious", OccurredOn: ago(20)}}}
	for _, id := range []string{"C1", "C2", "C3"} {
		ev.Evaluations = append(ev.Evaluations, credit.Evaluated{Contract: id, Value: 90, On: ago(30), AmountFen: 1_000_000})
	}
	return ev
}

// TestEveryFieldIsCompared: a slip in any field is noticed and named, and no other with it.
func TestEveryFieldIsCompared(t *testing.T) {
	p, ev := handPolicy(), handEvidence()
	right := p.Rate(ev, today)
	if right.Score != 72 || right.Uncapped != "A" || right.Level != "B" || right.Stars != 3 {
		t.Fatalf("by hand 72, A, capped to B, three stars: got %+v", right)
	}
	if err := recheck.Rating(&p, ev, today, right); err != nil {
		t.Fatal(err)
	}
	for field, slip := range map[string]func(*credit.Rating){
		"supplier":              func(r *credit.Rating) { r.Supplier = "T" },
		"status":                func(r *credit.Rating) { r.Status = credit.Unrated },
		"number of evaluations": func(r *credit.Rating) { r.Evaluations-- },
		"cases":                 func(r *credit.Rating) { r.Cases++ },
		"performance":           func(r *credit.Rating) { r.Performance += 0.01 },
		"conduct":               func(r *credit.Rating) { r.Conduct = math.NaN() },
		"score":                 func(r *credit.Rating) { r.Score -= 0.01 },
		"level by the score":    func(r *credit.Rating) { r.Uncapped = "AAA" },
		"level":                 func(r *credit.Rating) { r.Level = "A" },
		"stars":                 func(r *credit.Rating) { r.Stars = 5 },
		"caps":                  func(r *credit.Rating) { r.Caps[0].Bites = false },
	} {
		wrong := right
		wrong.Caps = slices.Clone(right.Caps)
		slip(&wrong)
		err := recheck.Rating(&p, ev, today, wrong)
		var found *exact.DifferenceError
		if !errors.As(err, &found) || len(found.Differences) != 1 || found.Differences[0].Field != field {
			t.Errorf("slip in %s: got %v", field, err)
		}
	}
}

// TestUnratedStaysUnrated: a rating where there is too little evidence is noticed.
func TestUnratedStaysUnrated(t *testing.T) {
	p, ev := handPolicy(), handEvidence()
	rated := p.Rate(ev, today)
	ev.Evaluations = ev.Evaluations[:2]
	unrated := p.Rate(ev, today)
	if err := recheck.Rating(&p, ev, today, unrated); err != nil || unrated.Status != credit.Unrated {
		t.Fatalf("got %s, %v", unrated.Status, err)
	}
	var found *exact.DifferenceError
	if err := recheck.Rating(&p, ev, today, rated); !errors.As(err, &found) || len(found.Differences) != 6 { // evaluations, status, score, levels, caps
		t.Errorf("rated with two evaluations: got %v", err)
	}
}

func TestWhatCannotBeRecomputed(t *testing.T) {
	p, ev := handPolicy(), handEvidence()
	ev.Evaluations[0].Value = math.NaN()
	if err := recheck.Rating(&p, ev, today, credit.Rating{}); !errors.Is(err, recheck.ErrNotFinite) {
		t.Errorf("value NaN: got %v", err)
	}
	ev = handEvidence()
	ev.Evaluations[1].AmountFen = -1
	if err := recheck.Rating(&p, ev, today, credit.Rating{}); !errors.Is(err, recheck.ErrNegativeAmount) {
		t.Errorf("negative amount: got %v", err)
	}
}

func BenchmarkRating(b *testing.B) {
	p, ev := handPolicy(), handEvidence()
	got := p.Rate(ev, today)
	for b.Loop() {
		if err := recheck.Rating(&p, ev, today, got); err != nil {
			b.Fatal(err)
		}
	}
}
