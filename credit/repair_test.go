package credit

import (
	"testing"
	"time"

	"pingxin/scoring"
	"pingxin/scoring/workdays"
)

// numbers are those of the shipped policy that the tests below reckon with.
func numbers() *Policy {
	return &Policy{MinEvaluations: 3, MinCases: 25, PerformancePct: 60, ConductPct: 40, WindowDays: 1095, Ageing: ByMonth, AmountUnitYuan: 10000, LargestShare: 0.5,
		ConductStart: 100, General: 5, Serious: 50, GeneralDays: 1095, Commendation: 2, CommendationMax: 6, RepairDays: 180, StaleDays: 730, StaleCap: "A",
		SeriousCap: "B", ListedCap: "D", Levels: []Level{{"AAA", 90}, {"AA", 80}, {"A", 70}, {"BBB", 60}, {"BB", 50}, {"B", 40}, {"C", 20}, {"D", 0}}, Stars: []Star{{Stars: 1}}}
}

func onDay(text string) time.Time {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return day
}

var repairRule = RepairPolicy{GeneralWaitDays: 90, SeriousWaitDays: 365, AgainDays: 90, Proofs: 1, Barred: []string{"bribery"}, Decide: workdays.Window{Days: 10, Unit: workdays.WorkingDays}}

// Each line just before and on the day from which it may be applied.
func TestAdmit(t *testing.T) {
	general := Event{ID: "E1", Kind: "late_report", Severity: "general", OccurredOn: onDay("2025-01-01")}
	severe, barred, praise, done := general, general, general, general
	severe.Severity, barred.Kind, praise.Severity, done.RepairedOn = "serious", "bribery", "commendation", onDay("2025-02-01")
	for _, c := range []struct {
		name    string
		event   Event
		earlier []Application
		asOf    string
		want    []scoring.Note
	}{
		{"a day too early", general, nil, "2025-03-31", []scoring.Note{{Code: "repair_too_early", Ref: "E1", Have: 90, Need: 1}}}, // 1 January + 90 days = 1 April
		{"on the first day", general, nil, "2025-04-01", nil},
		{"a serious one, a day too early", severe, nil, "2025-12-31", []scoring.Note{{Code: "repair_too_early", Ref: "E1", Have: 365, Need: 1}}},
		{"a serious one, on the first day", severe, nil, "2026-01-01", nil},
		{"barred", barred, nil, "2026-01-01", []scoring.Note{{Code: "repair_barred", Ref: "E1"}}},
		{"no offence", praise, nil, "2026-01-01", []scoring.Note{{Code: "repair_no_offence", Ref: "E1"}}},
		{"repaired already", done, nil, "2026-01-01", []scoring.Note{{Code: "repair_done", Ref: "E1"}}},
		{"another waits", general, []Application{{On: onDay("2025-05-01")}}, "2025-06-01", []scoring.Note{{Code: "repair_waiting", Ref: "E1"}}},
		{"refused, a day too early", general, []Application{{On: onDay("2025-05-01"), DecidedOn: onDay("2025-05-10")}}, "2025-08-07",
			[]scoring.Note{{Code: "repair_refused_lately", Ref: "E1", Have: 90, Need: 1}}}, // 10 May + 90 days = 8 August
		{"refused, on the first day", general, []Application{{On: onDay("2025-05-01"), DecidedOn: onDay("2025-05-10")}}, "2025-08-08", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := repairRule.Admit(c.event, c.earlier, onDay(c.asOf))
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("got %+v, want %+v", got[i], c.want[i])
				}
			}
		})
	}
}

func TestRepairCheck(t *testing.T) {
	if faults := repairRule.Check(); faults != nil {
		t.Errorf("the sound policy has faults: %v", faults)
	}
	bad := repairRule
	bad.AgainDays, bad.Decide.Unit = -1, "weeks"
	if faults := bad.Check(); len(faults) != 2 {
		t.Errorf("found %v, want two faults", faults)
	}
}

// The curve is the line of the policy: 5 points, fading over 180 days from the day of the repair.
func TestCourse(t *testing.T) {
	p := numbers()
	p.Ageing = ByDay
	events := []Event{{ID: "E1", Severity: "general", OccurredOn: onDay("2025-01-01")}}
	days := []time.Time{onDay("2025-06-30"), onDay("2025-07-01"), onDay("2025-09-29"), onDay("2025-12-28")} // the day before, the day, +90, +180
	standing, mended := p.Course(events, "E1", onDay("2025-07-01"), days)
	for i, want := range []float64{95, 95, 97.5, 100} {
		if mended[i].Conduct != want || mended[i].On != days[i] {
			t.Errorf("day %d: got %+v, want conduct %g", i, mended[i], want)
		}
		if standing[i].Conduct != 95 || standing[i].Part != -5 {
			t.Errorf("day %d: without the repair got %+v, want 95", i, standing[i])
		}
	}
	if events[0].RepairedOn != (time.Time{}) {
		t.Error("the events that were handed in were changed")
	}
	if standing, mended := p.Course(events, "E9", days[0], days); standing != nil || mended != nil {
		t.Error("an unknown event has a course")
	}
}

// Every way is what Rate says of the changed evidence, raises something, and the best level comes first.
func TestWays(t *testing.T) {
	p, asOf := numbers(), onDay("2025-07-01")
	ev := Evidence{Supplier: "S1", Events: []Event{{ID: "E1", Severity: "general", OccurredOn: onDay("2024-01-01")},
		{ID: "E2", Severity: "serious", OccurredOn: onDay("2025-01-01"), EndsOn: onDay("2026-01-01")}, {ID: "E3", Severity: "commendation", OccurredOn: onDay("2025-02-01")},
		{ID: "E4", Severity: "general", OccurredOn: onDay("2019-01-01")}}} // too old to count
	for i, v := range []float64{80, 82, 84} {
		ev.Evaluations = append(ev.Evaluations, Evaluated{Contract: string(rune('A' + i)), Value: v, On: onDay("2025-05-01"), AmountFen: 100_000_000})
	}
	now := p.Rate(ev, asOf)
	ways := p.Ways(ev, asOf)
	seen := map[string]Way{}
	for i, w := range ways {
		seen[w.Kind+" "+w.Ref] = w
		if w.Score <= now.Score && p.rank(w.Level) >= p.rank(now.Level) {
			t.Errorf("%+v raises nothing above %g %s", w, now.Score, now.Level)
		}
		if i > 0 && p.rank(w.Level) < p.rank(ways[i-1].Level) {
			t.Errorf("%+v stands behind a worse level", w)
		}
	}
	for _, want := range []string{"repair E1", "age E1", "repair E2", "age E2", "serve "} {
		if _, there := seen[want]; !there {
			t.Errorf("no way %q among %v", want, ways)
		}
	}
	if len(ways) != 5 {
		t.Errorf("got %d ways, want 5: %v", len(ways), ways)
	}
	if got := seen["age E2"].From; got != onDay("2026-01-01") {
		t.Errorf("the sanction counts until %s", got)
	}
	if got := seen["repair E1"].From; got != asOf.AddDate(0, 0, p.RepairDays) {
		t.Errorf("the repair has its whole effect on %s", got)
	}
	without := ev
	without.Events = []Event{ev.Events[0], ev.Events[2], ev.Events[3]}
	if r := p.Rate(without, asOf); seen["repair E2"].Score != r.Score || seen["repair E2"].Level != r.Level {
		t.Errorf("got %+v, the rating without E2 is %g %s", seen["repair E2"], r.Score, r.Level)
	}
	if got := p.Ways(Evidence{Supplier: "S1"}, asOf); got != nil {
		t.Errorf("an unrated supplier has the ways %v", got)
	}
}
