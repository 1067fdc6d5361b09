package tracking_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/scoring"
	"pingxin/scoring/tracking"
)

var policy = tracking.Policy{BehindPct: 90, FarBehindPct: 70, FromPct: 10, StaleDays: 92}

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

// TestLook: a service of 200 days from the first of January to the 19th of July 2025 with a target of 1,000; by hand. On
// the 10th of April 100 days have passed, half of them.
func TestLook(t *testing.T) {
	const half = "2025-04-10"
	reading := func(actual float64, on string) tracking.Target {
		return tracking.Target{Attainment: scoring.Attainment{Target: 1000, Actual: actual, Reached: true, Higher: true}, ReadOn: day(on)}
	}
	little := func(actual float64) tracking.Target {
		return tracking.Target{Attainment: scoring.Attainment{Target: 10, Actual: actual, Reached: true}, ReadOn: day(half)}
	}
	none := tracking.Target{Attainment: scoring.Attainment{Target: 1000, Higher: true}}
	for _, c := range []struct {
		name                string
		target              tracking.Target
		asOf                string
		signal              tracking.Signal
		expected, projected float64
		silent              int
	}{
		{"as time passes", reading(500, half), half, tracking.OnTrack, 50, 100, 0},
		{"on the line", reading(450, half), half, tracking.OnTrack, 50, 90, 0},
		{"below the line", reading(449, half), half, tracking.Behind, 50, 89.8, 0},
		{"on the lower line", reading(350, half), half, tracking.Behind, 50, 70, 0},
		{"below the lower line", reading(349, half), half, tracking.FarBehind, 50, 69.8, 0},
		{"nothing done", reading(0, half), half, tracking.FarBehind, 50, 0, 0},
		{"early", reading(0, "2025-01-19"), "2025-01-19", tracking.Early, 9.5, 0, 0},
		{"early no longer", reading(0, "2025-01-20"), "2025-01-20", tracking.FarBehind, 10, 0, 0},
		{"met before the end", reading(1000, half), half, tracking.Attained, 50, 200, 0},
		{"read long ago, and still held against its own day", reading(500, half), "2025-07-11", tracking.OnTrack, 50, 100, 92},
		{"read too long ago", reading(500, half), "2025-07-12", tracking.Stale, 50, 100, 93},
		{"behind and read too long ago", reading(449, half), "2025-07-12", tracking.Behind, 50, 89.8, 93},
		{"never read", none, "2025-04-03", tracking.Early, 46.5, math.NaN(), 92},
		{"never read for too long", none, "2025-04-04", tracking.Stale, 47, math.NaN(), 93},
		{"ended and met", reading(1000, "2025-07-19"), "2025-07-20", tracking.Attained, 100, 100, 0},
		{"ended and not met", reading(999, "2025-07-19"), "2025-07-20", tracking.Missed, 100, 99.9, 0},
		{"the last day", reading(999, "2025-07-19"), "2025-07-19", tracking.OnTrack, 100, 99.9, 0},
		{"ended and never read", none, "2025-07-20", tracking.Missed, 100, math.NaN(), 199},
		{"little is kept", little(10), half, tracking.OnTrack, 100, math.NaN(), 0},
		{"nothing of what should be little", little(0), half, tracking.OnTrack, 100, math.NaN(), 0},
		{"a little too much", little(11.2), half, tracking.Behind, 100, math.NaN(), 0},
		{"far too much", little(15), half, tracking.FarBehind, 100, math.NaN(), 0},
	} {
		f := policy.Look(c.target, day("2025-01-01"), day("2025-07-19"), day(c.asOf))
		same := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b) }
		if f.Signal != c.signal || !same(f.ExpectedPct, c.expected) || !same(f.ProjectedPct, c.projected) || f.SilentDays != c.silent {
			t.Errorf("%s: got %+v, want %s, %g expected, %g projected, %d days silent", c.name, f, c.signal, c.expected, c.projected, c.silent)
		}
	}
}

func TestWorst(t *testing.T) {
	found := func(signals ...tracking.Signal) (all []tracking.Finding) {
		for _, s := range signals {
			all = append(all, tracking.Finding{Signal: s})
		}
		return all
	}
	for want, of := range map[tracking.Signal][]tracking.Finding{
		tracking.NoTarget:  nil,
		tracking.FarBehind: found(tracking.Attained, tracking.FarBehind, tracking.Behind),
		tracking.Stale:     found(tracking.Stale, tracking.OnTrack),
		tracking.OnTrack:   found(tracking.Attained, tracking.OnTrack),
	} {
		if got := tracking.Worst(of); got != want {
			t.Errorf("%v: got %s, want %s", of, got, want)
		}
	}
	if !slices.IsSortedFunc(tracking.Signals(), func(a, b tracking.Signal) int { // those that warn come first
		switch {
		case a.Warns() == b.Warns():
			return 0
		case a.Warns():
			return -1
		}
		return 1
	}) {
		t.Error("a signal that warns comes behind one that does not")
	}
}

func TestCheck(t *testing.T) {
	if faults := policy.Check(); faults != nil {
		t.Fatalf("got %v, want no fault", faults)
	}
	for want, spoil := range map[string]func(p *tracking.Policy){
		"tracking.behind_pct: ":     func(p *tracking.Policy) { p.BehindPct = 101 },
		"tracking.far_behind_pct: ": func(p *tracking.Policy) { p.FarBehindPct = 90 },
		"tracking.from_pct: ":       func(p *tracking.Policy) { p.FromPct = 100 },
		"tracking.stale_days: ":     func(p *tracking.Policy) { p.StaleDays = 0 },
	} {
		p := policy
		spoil(&p)
		if faults := p.Check(); len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), want) {
			t.Errorf("got %v, want one fault that begins with %q", faults, want)
		}
	}
}
