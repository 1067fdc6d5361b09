package weights

import (
	"fmt"
	"math"
	"slices"

	"pingxin/scoring"
)

// CrossCheck holds the order of objects by their weighted mean against that by TOPSIS under the same weights.
type CrossCheck struct {
	Objects int
	// RankCorrelation is Spearman's, ties sharing the mean of their ranks: 1 when both order alike.
	RankCorrelation float64
	// Farthest is the object whose two ranks lie farthest apart, the first of equals; ties share the mean of their ranks,
	// and 1 is the best.
	Farthest         string
	ByMean, ByTOPSIS float64
}

// CrossCheck compares the two orders. Values of a cost count against an object in the mean. ErrWeights for unusable
// weights, ErrNoDifference when either way tells no objects apart.
func (t *Table) CrossCheck(weights []float64) (CrossCheck, error) {
	places, err := t.TOPSIS(weights)
	if err != nil {
		return CrossCheck{}, err
	}
	means, closeness := make([]float64, len(places)), make([]float64, len(places))
	for i, p := range places {
		for j, column := range t.columns {
			part := float64(weights[j] * column[i])
			if t.criteria[j].Cost {
				part = -part
			}
			means[i] -= part // the best first
		}
		means[i] = math.Round(means[i]*closenessUnit) / closenessUnit
		closeness[i] = -math.Round(p.Closeness*closenessUnit) / closenessUnit
	}
	if slices.Min(means) == slices.Max(means) || slices.Min(closeness) == slices.Max(closeness) {
		return CrossCheck{}, fmt.Errorf("%w: all objects come out alike", ErrNoDifference)
	}
	byMean, byTOPSIS := scoring.MidRanks(means), scoring.MidRanks(closeness)
	c := CrossCheck{Objects: len(places), RankCorrelation: correlation(centred(byMean), centred(byTOPSIS))}
	for i, p := range places {
		if c.Farthest == "" || math.Abs(byMean[i]-byTOPSIS[i]) > math.Abs(c.ByMean-c.ByTOPSIS) {
			c.Farthest, c.ByMean, c.ByTOPSIS = p.ID, byMean[i], byTOPSIS[i]
		}
	}
	return c, nil
}

// centred takes the mean of n mid-ranks, (n+1)/2, off each.
func centred(ranks []float64) []float64 {
	all := make([]float64, len(ranks))
	for i, r := range ranks {
		all[i] = r - float64(len(ranks)+1)/2
	}
	return all
}
