package calibration

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"pingxin/scoring"
)

// Given is the value of one party on one leaf of one contract, in points, as it counted in the contract's evaluation.
type Given struct {
	scoring.QuartileKey
	Value float64
}

// Quartile is what may stand for a missing value, and for which.
type Quartile struct {
	scoring.QuartileKey
	scoring.Quartile
}

// Quartiles finds what may stand for the value of a missing party, from what the party gave on each leaf to the contracts
// of each peer group. Values come in any order; the outcome is in the order of peer group, indicator and party. Fewer
// than scoring.MinPeers values say too little and are left out.
func Quartiles(given []Given) (all []Quartile) {
	groups := map[scoring.QuartileKey][]float64{}
	for _, g := range given {
		groups[g.QuartileKey] = append(groups[g.QuartileKey], g.Value)
	}
	for _, key := range slices.SortedFunc(maps.Keys(groups), byGroup) {
		if values := groups[key]; len(values) >= scoring.MinPeers {
			slices.Sort(values)
			all = append(all, Quartile{key, lowerQuartile(values)})
		}
	}
	return all
}

func byGroup(a, b scoring.QuartileKey) int {
	return cmp.Or(cmp.Compare(a.Peer, b.Peer), cmp.Compare(a.Indicator, b.Indicator), cmp.Compare(a.Party, b.Party))
}

// lowerQuartile is of sorted values. The mean squared distance from the quartile is the variance and the square of what
// lies between quartile and mean.
func lowerQuartile(sorted []float64) scoring.Quartile {
	value := scoring.Quantile(sorted, 0.25)
	aside := scoring.Mean(sorted) - value
	return scoring.Quartile{Value: value, Spread: math.Sqrt(scoring.Variance(sorted) + float64(aside*aside)), N: len(sorted)}
}
