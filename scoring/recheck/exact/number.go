// Package exact holds numbers exactly and says where floats that should be them are not. It is what the second computations
// of evaluations and ratings rest on; which numbers are compared, and what they mean, is left to those.
package exact

import (
	"math"
	"math/big"
	"strconv"
)

// Number is a fraction, exact wherever the rule is; nil is a number that does not exist. Square roots, logarithms and powers
// of e are carried to 256 bits, far beyond the nine decimals that are compared. No function changes what it is given.
type Number = *big.Rat

const (
	precision = 256
	guard     = 64 // bits that a series may lose on its way
)

// Whole is a whole number.
func Whole(n int) Number { return new(big.Rat).SetInt64(int64(n)) }

// Ratio is a/b; b is not 0.
func Ratio(a, b int64) Number { return big.NewRat(a, b) }

// Decimal reads a float as the decimal that a file shows: 0.1 is a tenth. It is nil for a float that is not Finite.
func Decimal(f float64) Number {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	if !ok {
		return nil
	}
	return r
}

// Power is a whole number to a power from 0.
func Power(base int64, exponent int) Number {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(base), big.NewInt(int64(exponent)), nil))
}

// Finite says that a float is neither NaN nor infinite.
func Finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// Plus is a + b.
func Plus(a, b Number) Number { return new(big.Rat).Add(a, b) }

// Minus is a - b.
func Minus(a, b Number) Number { return new(big.Rat).Sub(a, b) }

// Times is a * b.
func Times(a, b Number) Number { return new(big.Rat).Mul(a, b) }

// Over is a / b; b is not 0.
func Over(a, b Number) Number { return new(big.Rat).Quo(a, b) }

// Below says that a < b.
func Below(a, b Number) bool { return a.Cmp(b) < 0 }

// Smaller is the smaller of two numbers.
func Smaller(a, b Number) Number {
	if Below(a, b) {
		return a
	}
	return b
}

// Larger is the larger of two numbers.
func Larger(a, b Number) Number {
	if Below(a, b) {
		return b
	}
	return a
}

// Float is a number for a sum that no fraction holds.
func Float(x Number) *big.Float {
	return new(big.Float).SetPrec(precision + guard).SetRat(x)
}

// Fraction takes a float back to a fraction, at 256 bits.
func Fraction(x *big.Float) Number {
	r, _ := new(big.Float).SetPrec(precision).Set(x).Rat(nil)
	return r
}

// Root is the square root of a number from 0.
func Root(x Number) Number { return Fraction(new(big.Float).SetPrec(precision + guard).Sqrt(Float(x))) }

// twiceArtanh is 2*artanh(z) = ln((1+z)/(1-z)) = 2*(z + z^3/3 + z^5/5 + ...), for |z| of at most 1/3.
func twiceArtanh(z *big.Float) *big.Float {
	zz := new(big.Float).Mul(z, z)
	power, sum := new(big.Float).Set(z), new(big.Float).Set(z)
	for k := int64(3); power.Sign() != 0 && power.MantExp(nil) > sum.MantExp(nil)-precision-guard; k += 2 {
		power.Mul(power, zz)
		sum.Add(sum, new(big.Float).Quo(power, new(big.Float).SetInt64(k)))
	}
	return sum.Add(sum, sum)
}

var ln2 = twiceArtanh(Float(Ratio(1, 3)))

// Logarithm is the natural logarithm of a number above 0: x = m*2^e with m in [1/2, 1).
func Logarithm(x Number) *big.Float {
	mantissa := new(big.Float)
	exponent := Float(x).MantExp(mantissa)
	one := Float(Whole(1))
	z := new(big.Float).Quo(new(big.Float).Sub(mantissa, one), new(big.Float).Add(mantissa, one))
	return new(big.Float).Add(twiceArtanh(z), new(big.Float).Mul(ln2, Float(Whole(exponent))))
}

// Exponential is e^x, by its series at x/2^halvings, squared so often.
func Exponential(x *big.Float) Number {
	const halvings = 32
	small := new(big.Float).SetMantExp(x, -halvings)
	term, sum := Float(Whole(1)), Float(Whole(1))
	for k := int64(1); term.Sign() != 0 && term.MantExp(nil) > -precision-guard; k++ {
		term.Mul(term, small)
		term.Quo(term, new(big.Float).SetInt64(k))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return Fraction(sum)
}

// Rounded is a number to some decimals, half up.
func Rounded(x Number, decimals int) Number {
	unit := Power(10, decimals)
	up := Plus(Times(x, unit), Ratio(1, 2))
	floor := new(big.Int).Div(up.Num(), up.Denom()) // Euclidean: rounds down, the divisor being positive
	return Over(new(big.Rat).SetInt(floor), unit)
}
