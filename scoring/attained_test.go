package scoring

import (
	"math"
	"testing"
)

// TestAttained: by hand; each target counts up to all of it.
func TestAttained(t *testing.T) {
	read := func(target, actual float64, higher bool) Attainment {
		return Attainment{Target: target, Actual: actual, Higher: higher, Reached: true}
	}
	for _, c := range []struct {
		name    string
		targets []Attainment
		pct     float64
		unread  int
	}{
		{"none", nil, math.NaN(), 0},
		{"half", []Attainment{read(100, 50, true)}, 50, 0},
		{"beyond", []Attainment{read(100, 150, true)}, 100, 0},
		{"beyond does not make up", []Attainment{read(100, 150, true), read(100, 50, true)}, 75, 0},
		{"less is better", []Attainment{read(10, 20, false)}, 50, 0},
		{"nothing of what should be little", []Attainment{read(10, 0, false)}, 100, 0},
		{"below zero", []Attainment{read(10, -5, true)}, 0, 0},
		{"unread", []Attainment{{Target: 10, Higher: true}}, math.NaN(), 1},
		{"one unread", []Attainment{{Target: 10, Higher: true}, read(10, 8, true)}, 80, 1},
		{"no target to hold against", []Attainment{read(0, 8, true)}, math.NaN(), 1},
	} {
		e := Evidence{Attainments: c.targets}
		pct, unread := e.Attained()
		if unread != c.unread || pct != c.pct && !(math.IsNaN(pct) && math.IsNaN(c.pct)) {
			t.Errorf("%s: got %g with %d unread, want %g with %d", c.name, pct, unread, c.pct, c.unread)
		}
	}
}
