package weights

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// maxDecimals keeps a hundred percent in whole units of the last decimal well within an int64 and a float64.
const maxDecimals = 6

// Percent rounds weights to percentages with so many decimals (0 to 6) that add up to exactly 100 in decimals, by the
// largest remainder; of equal remainders the first in order wins. A weight may come out as 0.
func Percent(weights []float64, decimals int) ([]float64, error) {
	if err := checkWeights(len(weights), weights); err != nil {
		return nil, err
	}
	if decimals < 0 || decimals > maxDecimals {
		return nil, fmt.Errorf("%w: found %d decimals, expected 0 to %d", ErrSetting, decimals, maxDecimals)
	}
	unit := math.Pow10(decimals)
	units, remainders, order := make([]float64, len(weights)), make([]float64, len(weights)), make([]int, len(weights))
	left := 100 * unit
	for i, w := range weights {
		exact := float64(w * 100 * unit)
		units[i] = math.Floor(exact)
		remainders[i], order[i] = exact-units[i], i
		left -= units[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainders[b], remainders[a]) })
	for _, at := range order[:int(left)] {
		units[at]++
	}
	for i := range units {
		units[i] /= unit
	}
	return units, nil
}
