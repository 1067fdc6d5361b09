package exact

import (
	"fmt"
	"math"
	"math/big"
	"strings"
)

// Difference is one field that is not what the rules make of the evidence.
type Difference struct{ Field, Got, Want string }

// DifferenceError lists every difference of one result.
type DifferenceError struct {
	Subject     string // such as: evaluation of contract "C1"
	Differences []Difference
}

// Error names every difference.
func (e *DifferenceError) Error() string {
	var all []string
	for _, d := range e.Differences {
		all = append(all, fmt.Sprintf("%s: found %s, expected %s", d.Field, d.Got, d.Want))
	}
	return e.Subject + ": " + strings.Join(all, "; ")
}

// tolerance is how far a float may be from the exact number: relative before rounding, and absolute to the line between two
// rounded values, nearer to which either may be official.
var tolerance = big.NewRat(1, 1_000_000_000)

const (
	// nothing is how large the float of a number may be that is exactly 0.
	nothing = 1e-12
	// tieDecimals is the most decimals of an official value at which a float still tells that a value lies exactly between
	// two of them: it has some nine decimals that can be relied on.
	tieDecimals = 8
	// shownDecimals are enough to see what differs.
	shownDecimals = 15
)

// Comparison collects the differences of one result; the zero value is ready.
type Comparison struct{ differences []Difference }

// Differ records a difference.
func (c *Comparison) Differ(field string, got, want any) {
	c.differences = append(c.differences, Difference{field, fmt.Sprint(got), fmt.Sprint(want)})
}

// Equal compares words, whole numbers and the like.
func Equal[T comparable](c *Comparison, field string, got, want T) {
	if got != want {
		c.Differ(field, got, want)
	}
}

// Err is nil without differences, a *DifferenceError with them.
func (c *Comparison) Err(subject string) error {
	if len(c.differences) == 0 {
		return nil
	}
	return &DifferenceError{subject, c.differences}
}

// Float compares a number before rounding, which agrees within 1e-9 relative; NaN stands for nil.
func (c *Comparison) Float(field string, got float64, want Number) {
	switch {
	case want == nil && math.IsNaN(got):
	case want == nil:
		c.Differ(field, got, "none")
	case !Finite(got):
		c.Differ(field, got, shown(want))
	case want.Sign() == 0 && math.Abs(got) <= nothing:
	default:
		off := Minus(new(big.Rat).SetFloat64(got), want)
		if Below(Times(tolerance, new(big.Rat).Abs(want)), off.Abs(off)) {
			c.Differ(field, got, shown(want))
		}
	}
}

// Official compares a rounded value with the exact number that it should be rounded from, half up; within 1e-9 of the line
// between two values, but not on it, either is right. It returns the value on which further rules rest: got where that
// is right, else what it should be. NaN stands for nil.
func (c *Comparison) Official(field string, got float64, want Number, decimals int) Number {
	if want == nil {
		c.Float(field, got, nil)
		return nil
	}
	official := Rounded(want, decimals)
	lowest, highest := official, official
	if decimals > tieDecimals || !tie(want, decimals) {
		lowest, highest = Rounded(Minus(want, tolerance), decimals), Rounded(Plus(want, tolerance), decimals)
	}
	if Finite(got) {
		if read := Decimal(got); Rounded(read, decimals).Cmp(read) == 0 && !Below(read, lowest) && !Below(highest, read) {
			return read
		}
	}
	c.Differ(field, got, fmt.Sprintf("%s (exactly %s)", official.FloatString(decimals), shown(want)))
	return official
}

// tie says whether a number lies exactly between two rounded ones.
func tie(x Number, decimals int) bool {
	return Rounded(x, decimals).Cmp(Plus(x, Over(Ratio(1, 2), Power(10, decimals)))) == 0
}

func shown(x Number) string { return x.FloatString(shownDecimals) }
