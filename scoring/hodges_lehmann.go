package scoring

import "math"

// HodgesLehmann is the median of the means of all pairs, each value paired with itself too (Hodges and Lehmann 1963). It
// finds it among the n(n+1)/2 pairs without making them: the pairs form a matrix that ascends along its rows and columns,
// in which the pairs up to a limit are counted in one walk of 2n steps (Johnson and Mizoguchi 1978), and the limit is
// bisected over the floats between the lowest and the highest pair, at most 64 times. The result is the same to the last
// bit as that of sorting all pairs; the cost is at most 130n steps and no memory. NaN besides where a sum of two is infinite.
func HodgesLehmann(sorted []float64) float64 {
	if unusable(sorted) || math.IsInf(2*sorted[0], 0) || math.IsInf(2*sorted[len(sorted)-1], 0) { // no sum of two is infinite
		return math.NaN()
	}
	n := len(sorted)
	pairs := n * (n + 1) / 2
	low, upTo := pairOfRank(sorted, (pairs+1)/2)
	if pairs%2 == 1 || upTo > pairs/2 {
		return low
	}
	_, _, high := countPairs(sorted, low)
	return low + float64(0.5*(high-low))
}

// pairOfRank is the mean of the pair at a rank, from 1, and how many pairs have at most this mean.
func pairOfRank(sorted []float64, rank int) (mean float64, upTo int) {
	low, high := sorted[0], sorted[len(sorted)-1]
	for {
		limit := between(low, high)
		count, below, above := countPairs(sorted, limit)
		switch {
		case count < rank:
			low = above
		case below == low || low == high: // no pair lies between low and below
			return below, count
		default:
			high = below
		}
	}
}

// countPairs counts the pairs with a mean of at most limit, and returns the largest of their means and the smallest of
// the others; infinite where there is none.
func countPairs(sorted []float64, limit float64) (count int, below, above float64) {
	below, above = math.Inf(-1), math.Inf(1)
	end := len(sorted) // of row i, the first column above the limit
	for i, a := range sorted {
		for end > i && (a+sorted[end-1])/2 > limit {
			end--
		}
		if end < len(sorted) {
			above = min(above, (a+sorted[max(end, i)])/2)
		}
		if end <= i {
			break // further rows begin higher
		}
		below = max(below, (a+sorted[end-1])/2)
		count += end - i
	}
	return count, below, above
}

// between is the float half way from low to high in the order of all floats, rounded down.
func between(low, high float64) float64 {
	a, b := place(low), place(high)
	return floatAt(a + (b-a)/2)
}

const signBit = 1 << 63

// place numbers the floats in ascending order.
func place(f float64) uint64 {
	bits := math.Float64bits(f)
	if bits&signBit != 0 {
		return ^bits
	}
	return bits | signBit
}

// floatAt is the inverse of place.
func floatAt(at uint64) float64 {
	if at&signBit == 0 {
		return math.Float64frombits(^at)
	}
	return math.Float64frombits(at &^ signBit)
}
