package recheck

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestNumbersAgainstFloats: the series agree with the floats as far as those reach, and with each other far beyond.
func TestNumbersAgainstFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := math.Exp(rapid.Float64Range(-30, 30).Draw(t, "ln"))
		x := new(big.Rat).SetFloat64(f)
		if got, _ := logarithm(x).Float64(); math.Abs(got-math.Log(f)) > 1e-13*max(1, math.Abs(got)) {
			t.Fatalf("ln %g: got %g, want %g", f, got, math.Log(f))
		}
		if got, _ := root(x).Float64(); math.Abs(got-math.Sqrt(f)) > 1e-15*got {
			t.Fatalf("root of %g: got %g, want %g", f, got, math.Sqrt(f))
		}
		off := minus(over(exponential(logarithm(x)), x), whole(1))
		if below(over(whole(1), power(2, 240)), off.Abs(off)) {
			t.Fatalf("e^ln(%g) is off by %s", f, off.FloatString(90))
		}
	})
}

// TestLogarithmOfTwo: the digits are those of OEIS A002162.
func TestLogarithmOfTwo(t *testing.T) {
	if got := logarithm(whole(2)).Text('f', 50); got != "0.69314718055994530941723212145817656807550013436026" {
		t.Errorf("got %s", got)
	}
}

func TestRoundedHalfUp(t *testing.T) { // by hand
	for _, c := range []struct {
		x, want  float64
		decimals int
	}{{79.995, 80, 2}, {79.9949, 79.99, 2}, {-1.005, -1, 2}, {-1.006, -1.01, 2}, {89.5, 90, 0}, {0, 0, 2}} {
		if got := rounded(decimal(c.x), c.decimals); got.Cmp(decimal(c.want)) != 0 {
			t.Errorf("%g to %d decimals: got %s, want %g", c.x, c.decimals, got.FloatString(4), c.want)
		}
	}
}

// TestLocationsByHand: of 1, 2, 3, 4, 100 the sums of pairs are 2 3 4 4 5 5 6 6 7 8 101 to 104 200: the eighth is 6. The median
// deviation is 1, so that Huber holds scores within 2.2239 of it: (1+2+3+4+mu+2.2239)/5 = mu gives (10+2.2239)/4.
func TestLocationsByHand(t *testing.T) {
	s := scores{1, 2, 3, 4, 100}
	for name, c := range map[string]struct{ got, want number }{
		"mean":           {s.mean(), whole(22)},
		"variance":       {s.variance(), ratio(19025, 10)}, // (441+400+361+324+6084)/4
		"trimmed":        {s.withoutEnds(s.ends(ratio(1, 5))).mean(), whole(3)},
		"winsorised":     {s.endsPulledIn(s.ends(ratio(1, 5))).mean(), whole(3)}, // 2 2 3 4 4
		"Hodges-Lehmann": {s.pairMedian(), whole(3)},
		"deviation":      {s.deviation(), whole(1)},
	} {
		if c.got.Cmp(c.want) != 0 {
			t.Errorf("%s: got %s, want %s", name, c.got, c.want)
		}
	}
	off := minus(s.huber(), decimal(3.055975))
	if below(over(whole(1), power(2, 100)), off.Abs(off)) {
		t.Errorf("Huber: got %s", s.huber().FloatString(20))
	}
	if got := (scores{7, 7, 7, 7, 90}).huber(); got.Cmp(whole(7)) != 0 {
		t.Errorf("Huber without spread: got %s, want the median", got)
	}
	if got := (scores{7}).variance(); got.Sign() != 0 {
		t.Errorf("variance of one score: got %s", got)
	}
}
