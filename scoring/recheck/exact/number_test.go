package exact

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
		if got, _ := Logarithm(x).Float64(); math.Abs(got-math.Log(f)) > 1e-13*max(1, math.Abs(got)) {
			t.Fatalf("ln %g: got %g, want %g", f, got, math.Log(f))
		}
		if got, _ := Root(x).Float64(); math.Abs(got-math.Sqrt(f)) > 1e-15*got {
			t.Fatalf("root of %g: got %g, want %g", f, got, math.Sqrt(f))
		}
		off := Minus(Over(Exponential(Logarithm(x)), x), Whole(1))
		if Below(Over(Whole(1), Power(2, 240)), off.Abs(off)) {
			t.Fatalf("e^ln(%g) is off by %s", f, off.FloatString(90))
		}
	})
}

// TestLogarithmOfTwo: the digits are those of OEIS A002162.
func TestLogarithmOfTwo(t *testing.T) {
	if got := Logarithm(Whole(2)).Text('f', 50); got != "0.69314718055994530941723212145817656807550013436026" {
		t.Errorf("got %s", got)
	}
}

func TestRoundedHalfUp(t *testing.T) { // by hand
	for _, c := range []struct {
		x, want  float64
		decimals int
	}{{79.995, 80, 2}, {79.9949, 79.99, 2}, {-1.005, -1, 2}, {-1.006, -1.01, 2}, {89.5, 90, 0}, {0, 0, 2}} {
		if got := Rounded(Decimal(c.x), c.decimals); got.Cmp(Decimal(c.want)) != 0 {
			t.Errorf("%g to %d decimals: got %s, want %g", c.x, c.decimals, got.FloatString(4), c.want)
		}
	}
}
