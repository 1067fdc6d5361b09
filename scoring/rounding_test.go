package scoring

import "testing"

func TestRoundHalfUp(t *testing.T) { // by hand
	for _, c := range []struct {
		v        float64
		decimals int
		want     float64
	}{{79.995, 2, 80}, {79.9949, 2, 79.99}, {1.005, 2, 1.01}, {-1.005, 2, -1}, {-1.006, 2, -1.01}, {89.5, 0, 90}, {12.345678912, 9, 12.345678912}, {0, 2, 0}} {
		if got := Round(c.v, c.decimals); got != c.want {
			t.Errorf("Round(%g, %d): got %g, want %g", c.v, c.decimals, got, c.want)
		}
	}
}
