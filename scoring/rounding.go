package scoring

import "math"

// roundingUnit is the last decimal in which two ways of computing the same value may differ.
const roundingUnit = 1e9

// Round rounds a value half up to some decimals, 0 to 9, as one does on paper: the float is first taken to nine
// decimals, so that 79.995, which no float holds exactly, becomes 80.00. The value lies within ±9e9.
func Round(v float64, decimals int) float64 {
	if math.IsNaN(v) {
		return v
	}
	whole := int64(math.Round(v * roundingUnit))
	unit := int64(1)
	for range 9 - decimals {
		unit *= 10
	}
	floor := (whole + unit/2) / unit
	if rest := (whole + unit/2) % unit; rest < 0 {
		floor--
	}
	return float64(floor) / (roundingUnit / float64(unit))
}
