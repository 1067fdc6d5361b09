package recheck

import (
	"math/big"
	"slices"
	"sort"
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

func (s scores) mean() number { return new(big.Rat).SetFrac(s.sum(), big.NewInt(int64(len(s)))) }

// variance is (n*sum(x^2) - sum(x)^2)/(n(n-1)); 0 for one score, of which nothing can be said.
func (s scores) variance() number {
	n := int64(len(s))
	if n < 2 {
		return whole(0)
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
func (s scores) ends(trim number) int {
	share := times(trim, whole(len(s)))
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

func (s scores) median() number {
	n := len(s)
	return ratio(s[(n-1)/2]+s[n/2], 2)
}

// pairMedian is Hodges and Lehmann's estimate: half the median of the sums of all pairs, each score with itself too.
func (s scores) pairMedian() number {
	pairs := int64(len(s)) * int64(len(s)+1) / 2
	return ratio(s.pairSum((pairs+1)/2)+s.pairSum(pairs/2+1), 4)
}

// pairSum is the sum of the pair at a rank: the least whole number that so many pairs do not exceed.
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
	huberK   = ratio(3, 2)
	madScale = ratio(14826, 10_000)
)

// deviation is the median absolute deviation from the median. Twice a score less twice the median is a whole number.
func (s scores) deviation() number {
	twiceMedian := s[(len(s)-1)/2] + s[len(s)/2]
	var away scores
	for _, v := range s {
		d := 2*v - twiceMedian
		away = append(away, max(d, -d))
	}
	return over(away.sorted().median(), whole(2))
}

// huber iterates from the median until the estimate stands still to half the precision.
func (s scores) huber() number {
	reach := times(huberK, times(madScale, s.deviation()))
	at := s.median()
	if reach.Sign() == 0 {
		return at
	}
	upTo := []int64{0} // sums of the lowest scores
	for _, v := range s {
		upTo = append(upTo, upTo[len(upTo)-1]+v)
	}
	still := over(reach, power(2, precision/2))
	for {
		next := fraction(float(s.held(minus(at, reach), plus(at, reach), upTo)))
		moved := minus(next, at)
		if at = next; below(moved.Abs(moved), still) {
			return at
		}
	}
}

// held is the mean of the scores, each held between two limits.
func (s scores) held(low, high number, upTo []int64) number {
	first := sort.Search(len(s), func(i int) bool { return !below(ratio(s[i], 1), low) })
	end := sort.Search(len(s), func(i int) bool { return below(high, ratio(s[i], 1)) })
	sum := plus(times(whole(first), low), times(whole(len(s)-end), high))
	return over(plus(sum, ratio(upTo[end]-upTo[first], 1)), whole(len(s)))
}
