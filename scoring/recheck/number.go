package recheck

import (
	"math"
	"math/big"
	"strconv"
)

// Numbers are fractions, exact wherever the rule is; a nil number is one that does not exist. Square roots, logarithms and
// powers are carried to precision bits, far beyond the nine decimals that are compared.
type number = *big.Rat

const (
	precision = 256
	guard     = 64 // bits that a series may lose on its way
)

func whole(n int) number { return new(big.Rat).SetInt64(int64(n)) }

func ratio(a, b int64) number { return big.NewRat(a, b) }

// decimal reads a float as the decimal that a file shows: 0.1 is a tenth. Evaluation has made sure that it is finite.
func decimal(f float64) number {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	if !ok {
		return nil
	}
	return r
}

func power(base int64, exponent int) number {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(base), big.NewInt(int64(exponent)), nil))
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func plus(a, b number) number  { return new(big.Rat).Add(a, b) }
func minus(a, b number) number { return new(big.Rat).Sub(a, b) }
func times(a, b number) number { return new(big.Rat).Mul(a, b) }
func over(a, b number) number  { return new(big.Rat).Quo(a, b) }

func below(a, b number) bool { return a.Cmp(b) < 0 }

func smaller(a, b number) number {
	if below(a, b) {
		return a
	}
	return b
}

func larger(a, b number) number {
	if below(a, b) {
		return b
	}
	return a
}

func float(x number) *big.Float {
	return new(big.Float).SetPrec(precision + guard).SetRat(x)
}

func fraction(x *big.Float) number {
	r, _ := new(big.Float).SetPrec(precision).Set(x).Rat(nil)
	return r
}

// root is the square root of a number from 0.
func root(x number) number { return fraction(new(big.Float).SetPrec(precision + guard).Sqrt(float(x))) }

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

// logarithm is the natural logarithm of a number above 0: x = m*2^e with m in [1/2, 1).
func logarithm(x number) *big.Float {
	mantissa := new(big.Float)
	exponent := float(x).MantExp(mantissa)
	one := float(whole(1))
	z := new(big.Float).Quo(new(big.Float).Sub(mantissa, one), new(big.Float).Add(mantissa, one))
	two := twiceArtanh(float(ratio(1, 3)))
	return new(big.Float).Add(twiceArtanh(z), two.Mul(two, float(whole(exponent))))
}

// exponential is e^x by its series at x/2^halvings, squared so often.
func exponential(x *big.Float) number {
	const halvings = 32
	small := new(big.Float).SetMantExp(x, -halvings)
	term, sum := float(whole(1)), float(whole(1))
	for k := int64(1); term.Sign() != 0 && term.MantExp(nil) > -precision-guard; k++ {
		term.Mul(term, small)
		term.Quo(term, new(big.Float).SetInt64(k))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return fraction(sum)
}

// rounded is a number to some decimals, half up.
func rounded(x number, decimals int) number {
	unit := power(10, decimals)
	up := plus(times(x, unit), ratio(1, 2))
	floor := new(big.Int).Div(up.Num(), up.Denom()) // Euclidean: rounds down, the divisor being positive
	return over(new(big.Rat).SetInt(floor), unit)
}
