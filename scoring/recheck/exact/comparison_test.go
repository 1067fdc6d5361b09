package exact

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// TestWhatAgrees: each case compares one pair; want is whether it agrees.
func TestWhatAgrees(t *testing.T) {
	third, tie := Ratio(1, 3), Ratio(80005, 1000) // 80.005 lies between 80.00 and 80.01
	nearTie := Plus(tie, Ratio(1, 2_000_000_000))
	for _, c := range []struct {
		name    string
		compare func(*Comparison)
		agrees  bool
	}{
		{"a third", func(c *Comparison) { c.Float("x", 1.0/3, third) }, true},
		{"relative 1e-10 off", func(c *Comparison) { c.Float("x", (1+1e-10)/3, third) }, true},
		{"relative 1e-8 off", func(c *Comparison) { c.Float("x", (1+1e-8)/3, third) }, false},
		{"hardly anything for nothing", func(c *Comparison) { c.Float("x", 1e-13, Whole(0)) }, true},
		{"little for nothing", func(c *Comparison) { c.Float("x", 1e-9, Whole(0)) }, false},
		{"none for none", func(c *Comparison) { c.Float("x", math.NaN(), nil) }, true},
		{"a number for none", func(c *Comparison) { c.Float("x", 0, nil) }, false},
		{"none for a number", func(c *Comparison) { c.Float("x", math.NaN(), third) }, false},
		{"infinite", func(c *Comparison) { c.Official("x", math.Inf(1), third, 2) }, false},
		{"rounded", func(c *Comparison) { c.Official("x", 0.33, third, 2) }, true},
		{"not rounded", func(c *Comparison) { c.Official("x", 1.0/3, third, 2) }, false},
		{"a tie goes up", func(c *Comparison) { c.Official("x", 80.01, tie, 2) }, true},
		{"a tie does not go down", func(c *Comparison) { c.Official("x", 80, tie, 2) }, false},
		{"near a tie, up", func(c *Comparison) { c.Official("x", 80.01, nearTie, 2) }, true},
		{"near a tie, down", func(c *Comparison) { c.Official("x", 80, nearTie, 2) }, true},
		{"near a tie, far", func(c *Comparison) { c.Official("x", 80.02, nearTie, 2) }, false},
		{"a tie in the tenth decimal, down", func(c *Comparison) { c.Official("x", 0.000162337, Ratio(1623375, 10_000_000_000), 9) }, true},
		{"no official value", func(c *Comparison) { c.Official("x", math.NaN(), nil, 2) }, true},
		{"words", func(c *Comparison) { Equal(c, "x", "good", "good") }, true},
		{"other words", func(c *Comparison) { Equal(c, "x", "good", "fair") }, false},
	} {
		var all Comparison
		c.compare(&all)
		err := all.Err("subject")
		var found *DifferenceError
		if (err == nil) != c.agrees || err != nil && (!errors.As(err, &found) || !strings.HasPrefix(err.Error(), "subject: x: found ")) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

// TestWhatRestsOnAnOfficialValue: on the found one where it may be official, else on the exact one.
func TestWhatRestsOnAnOfficialValue(t *testing.T) {
	var c Comparison
	if got := c.Official("x", 0.33, Ratio(1, 3), 2); got.Cmp(Ratio(33, 100)) != 0 {
		t.Errorf("right: got %s", got)
	}
	if got := c.Official("x", 0.34, Ratio(1, 3), 2); got.Cmp(Ratio(33, 100)) != 0 {
		t.Errorf("wrong: got %s", got)
	}
}

func TestNotFinite(t *testing.T) {
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if Finite(f) || Decimal(f) != nil {
			t.Errorf("%g: got a number", f)
		}
	}
	if got := Decimal(0.1); got.Cmp(Ratio(1, 10)) != 0 {
		t.Errorf("0.1: got %s", got)
	}
}
