package scoring

import "math"

// The search for a variance that maximises a restricted likelihood. Likelihoods of this kind mostly have one peak but may
// have two (Viechtbauer 2005), and often the highest lies at the boundary 0.
const (
	// searchHalvings is how many times the upper end of the search is halved: 2^-60 of it is taken as 0.
	searchHalvings = 60
	// searchDoublings bounds the search for an upper end, beyond which a ratio of variances is not a number to work with.
	searchDoublings = 200
)

// maximise returns the variance from 0 at which a likelihood is highest, given its slope (up to a positive factor) and
// itself, both for variances above 0; scale is the order of magnitude of the variance. It is 0 for scale 0, and +Inf when
// the likelihood still rises after 200 doublings of scale.
func maximise(scale float64, slope, likelihood func(float64) float64) float64 {
	if scale == 0 {
		return 0
	}
	top := scale
	for range searchDoublings {
		if slope(top) < 0 {
			break
		}
		top *= 2
	}
	if !(slope(top) < 0) {
		return math.Inf(1)
	}
	best, highest := 0.0, math.Inf(-1)
	consider := func(at, from float64) {
		if l := likelihood(from); l >= highest {
			best, highest = at, l
		}
	}
	high, falling := top, true
	for range searchHalvings { // from the top down: each place where the slope turns from rising to falling is a peak
		low := high / 2
		rising := slope(low) > 0
		if rising && falling {
			peak := peakBetween(low, high, slope)
			consider(peak, peak)
		}
		high, falling = low, !rising
	}
	if falling {
		consider(0, high)
	}
	return best
}

// peakBetween bisects to the place where a slope turns from above 0 at low to 0 or less at high, to the last bit.
func peakBetween(low, high float64, slope func(float64) float64) float64 {
	for {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			return high
		}
		if slope(middle) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
}
