package weights

import (
	"fmt"
	"math"
	"slices"
)

// closenessUnit is the last decimal in which two closenesses may differ and still tie: twelve of the fifteen that a
// float holds.
const closenessUnit = 1e12

// Place is where TOPSIS puts an object.
type Place struct {
	ID        string
	ToBest    float64 // distance from the ideal
	ToWorst   float64 // distance from its opposite
	Closeness float64 // ToWorst/(ToBest+ToWorst), from 0 to 1
	Rank      int     // from 1; objects that tie in twelve decimals share the best
}

// TOPSIS ranks the objects by their closeness to the best value of every criterion (Hwang and Yoon 1981), in the order
// of their ids: columns divided by the root of their sum of squares, times weight, Euclidean distances. It is a
// cross-check of the weighted mean: another order under the same weights says that the order hangs on the method.
// ErrWeights for unusable weights, ErrNoDifference when no criterion of positive weight tells the objects apart.
func (t *Table) TOPSIS(weights []float64) ([]Place, error) {
	if err := checkWeights(len(t.criteria), weights); err != nil {
		return nil, err
	}
	places := make([]Place, len(t.ids))
	for j, column := range t.columns {
		scale := weights[j] / math.Sqrt(dot(column, column))
		if weights[j] == 0 || slices.Min(column) == slices.Max(column) {
			continue // adds nothing to a distance; a column of zeros has no scale
		}
		best, worst := slices.Max(column), slices.Min(column)
		if t.criteria[j].Cost {
			best, worst = worst, best
		}
		for i, v := range column {
			up, down := (v-best)*scale, (v-worst)*scale
			places[i].ToBest += float64(up * up)
			places[i].ToWorst += float64(down * down)
		}
	}
	for i := range places {
		p := &places[i]
		p.ID, p.ToBest, p.ToWorst = t.ids[i], math.Sqrt(p.ToBest), math.Sqrt(p.ToWorst)
		p.Closeness = p.ToWorst / (p.ToBest + p.ToWorst)
	}
	if math.IsNaN(places[0].Closeness) { // then of all: the ideal and its opposite are one point
		return nil, fmt.Errorf("%w: all objects have the same values wherever the weight is positive", ErrNoDifference)
	}
	rank(places)
	return places, nil
}

// rank gives each place its rank: 1 and the number of those that are closer.
func rank(places []Place) {
	rounded := func(p *Place) float64 { return math.Round(p.Closeness * closenessUnit) }
	sorted := make([]float64, len(places))
	for i := range places {
		sorted[i] = -rounded(&places[i])
	}
	slices.Sort(sorted)
	for i := range places {
		at, _ := slices.BinarySearch(sorted, -rounded(&places[i]))
		places[i].Rank = at + 1
	}
}
