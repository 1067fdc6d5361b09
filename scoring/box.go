package scoring

import (
	"math"
	"slices"
)

// whiskerReach is how far the whiskers of a box reach beyond the quartiles at most, in interquartile ranges: the inner fence
// of Tukey (Exploratory Data Analysis, 1977), beyond which some seven in a thousand of a normal distribution lie.
const whiskerReach = 1.5

// Box is what a box plot draws of values. Low and High are the ends of the whiskers: the outermost values within
// whiskerReach of the quartiles.
type Box struct {
	N, Outside           int // values, and those beyond the whiskers
	Least, Most          float64
	Lower, Median, Upper float64 // quantiles of type 7
	Low, High            float64
}

// BoxOf sums values in ascending order up. Of no values, or with a NaN among them, the numbers of the box are NaN.
func BoxOf[T numeric](sorted []T) Box {
	b := Box{N: len(sorted), Least: Quantile(sorted, 0), Lower: Quantile(sorted, 0.25), Median: Quantile(sorted, 0.5), Upper: Quantile(sorted, 0.75), Most: Quantile(sorted, 1),
		Low: math.NaN(), High: math.NaN()}
	if math.IsNaN(b.Median) {
		return b
	}
	reach := float64(whiskerReach * (b.Upper - b.Lower))
	first := slices.IndexFunc(sorted, func(v T) bool { return float64(v) >= b.Lower-reach })
	end := len(sorted)
	for float64(sorted[end-1]) > b.Upper+reach {
		end--
	}
	b.Low, b.High, b.Outside = float64(sorted[first]), float64(sorted[end-1]), first+len(sorted)-end
	return b
}
