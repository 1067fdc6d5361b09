package recheck

import (
	"math/big"
	"slices"
	"sort"

	"pingxin/scoring/recheck/exact"
)

// The scores of one party on one indicator are whole ten-thousandths, in ascending order.
type scores []int64

const tenThousand = 10_000

func sortedScores(values []int32) scores {
	s := make(scores, len(values))
	for i, v := range values {
		s[i] = int64(v)
	}
	return s.sorted()
}

func (s scores) sorted() scores {
	slices.Sort(s)
	return s
}

func (s scores) sum() *big.Int {
	sum, x := new(big.Int), new(big.Int)
	for _, v := range s {
		sum.Add(sum, x.SetInt64(v))
	}
	return sum
}

func (s scores) mean() exact.Number { return new(big.Rat).SetFrac(s.sum(), big.NewInt(int64(len(s)))) }

// variance is (n*sum(x^2) - sum(x)^2)/(n(n-1)); 0 for one score, of which nothing can be said.
func (s scores) variance() exact.Number {
	n := int64(len(s))
	if n < 2 {
		return exact.Whole(0)
	}
	squares, x, xx := new(big.Int), new(big.Int), new(big.Int)
	for _, v := range s {
		x.SetInt64(v)
		squares.Add(squares, xx.Mul(x, x))
	}
	squares.Mul(squares, big.NewInt(n))
	sum := s.sum()
	squares.Sub(squares, sum.Mul(sum, sum))
	return new(big.Rat).SetFrac(squares, big.NewInt(n*(n-1)))
}

// ends is how many scores a trim takes at each end: as many whole scores as it makes, leaving one or two.
func (s scores) ends(trim exact.Number) int {
	share := exact.Times(trim, exact.Whole(len(s)))
	return min(int(new(big.Int).Quo(share.Num(), share.Denom()).Int64()), (len(s)-1)/2)
}

func (s scores) withoutEnds(g int) scores { return s[g : len(s)-g] }

func (s scores) endsPulledIn(g int) scores {
	pulled := append(scores(nil), s...)
	for i := range g {
		pulled[i], pulled[len(s)-1-i] = s[g], s[len(s)-1-g]
	}
	return pulled
}

func (s scores) median() exact.Number {
	n := len(s)
	return exact.Ratio(s[(n-1)/2]+s[n/2], 2)
}

// pairMedian is Hodges and Lehmann's estimate: half the median of the sums of all pairs, each score with itself too.
func (s scores) pairMedian() exact.Number {
	pairs := int64(len(s)) * int64(len(s)+1) / 2
	return exact.Ratio(s.pairSum((pairs+1)/2)+s.pairSum(pairs/2+1), 4)
}

// pairSum is the sum of the pair at a rank, from 1: the least whole number that at least so many sums do not exceed.
func (s scores) pairSum(rank int64) int64 {
	low, high := 2*s[0], 2*s[len(s)-1]
	for low < high {
		middle := low + (high-low)/2
		var upTo int64
		partner := len(s) - 1
		for i := 0; i <= partner; i++ {
			for partner >= i && s[i]+s[partner] > middle {
				partner--
			}
			upTo += int64(max(0, partner-i+1))
		}
		if upTo >= rank {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// Huber's estimate holds scores further than huberK scales from it at that distance; the scale is the median absolute
// deviation times madScale.
var (
	huberK   = exact.Ratio(3, 2)
	madScale = exact.Ratio(14826, 10_000)
)

// stillBits says when Huber's estimate stands still: at steps of 2^-128 of the distance at which scores are held.
const stillBits = 128

// deviation is the median absolute deviation from the median. Twice a score less twice the median is a whole number.
func (s scores) deviation() exact.Number {
	twiceMedian := s[(len(s)-1)/2] + s[len(s)/2]
	var away scores
	for _, v := range s {
		d := 2*v - twiceMedian
		away = append(away, max(d, -d))
	}
	return exact.Over(away.sorted().median(), exact.Whole(2))
}

// huber iterates from the median until the estimate stands still.
func (s scores) huber() exact.Number {
	reach := exact.Times(huberK, exact.Times(madScale, s.deviation()))
	at := s.median()
	if reach.Sign() == 0 {
		return at
	}
	upTo := []int64{0} // sums of the lowest scores
	for _, v := range s {
		upTo = append(upTo, upTo[len(upTo)-1]+v)
	}
	still := exact.Over(reach, exact.Power(2, stillBits))
	for {
		next := exact.Fraction(exact.Float(s.held(exact.Minus(at, reach), exact.Plus(at, reach), upTo)))
		moved := exact.Minus(next, at)
		if at = next; exact.Below(moved.Abs(moved), still) {
			return at
		}
	}
}

// held is the mean of the scores, each held between two limits.
func (s scores) held(low, high exact.Number, upTo []int64) exact.Number {
	first := sort.Search(len(s), func(i int) bool { return !exact.Below(exact.Ratio(s[i], 1), low) })
	end := sort.Search(len(s), func(i int) bool { return exact.Below(high, exact.Ratio(s[i], 1)) })
	sum := exact.Plus(exact.Times(exact.Whole(first), low), exact.Times(exact.Whole(len(s)-end), high))
	return exact.Over(exact.Plus(sum, exact.Ratio(upTo[end]-upTo[first], 1)), exact.Whole(len(s)))
}
