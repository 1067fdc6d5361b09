package weights

import (
	"fmt"
	"math"
	"slices"
)

// Entropy holds weights by Shannon's entropy; slices are in the order of the criteria.
type Entropy struct {
	Weights  []float64 // (1-E) over the sum of all 1-E
	Entropy  []float64 // E, from 0 (one object has everything) to 1 (all alike)
	Constant []string  // criteria that tell no objects apart; their weight is 0
}

// Entropy weighs each criterion by how unevenly its total is spread over the objects (Shannon 1948; Hwang and Yoon
// 1981): p = x/sum(x), E = -sum(p ln p)/ln(n), with 0 ln 0 = 0. Benefit or cost makes no difference. It asks for shares,
// so a negative value is ErrValue, naming object and criterion; ErrNoDifference when all criteria are constant.
//
// It follows from the definition that adding points to every object of a criterion lowers its weight: the method speaks
// of relative spread, not of importance.
func (t *Table) Entropy() (Entropy, error) {
	e := Entropy{Entropy: make([]float64, len(t.criteria)), Constant: t.constant()}
	if len(e.Constant) == len(t.criteria) {
		return Entropy{}, fmt.Errorf("%w: every criterion has the same value for all objects: %q", ErrNoDifference, e.Constant)
	}
	spread := make([]float64, len(t.criteria))
	for j, column := range t.columns {
		if at := slices.IndexFunc(column, func(v float64) bool { return v < 0 }); at >= 0 {
			return Entropy{}, fmt.Errorf("%w: object %q, criterion %q: found %g, expected a number from 0, of which a share can be taken", ErrValue, t.ids[at], t.criteria[j].ID, column[at])
		}
		if !slices.Contains(e.Constant, t.criteria[j].ID) {
			spread[j] = divergence(column)
		}
		e.Entropy[j] = 1 - spread[j]
	}
	e.Weights = normalised(spread)
	return e, nil
}

// divergence is 1-E, as the sum of (1+d)ln(1+d) - d over n ln(n) with d = x/mean - 1: the d add up to 0, every term is
// positive, and nothing cancels where all values are nearly equal, as 1-E would.
func divergence(column []float64) float64 {
	m := mean(column)
	var sum float64
	for _, x := range column {
		d := (x - m) / m
		if x > 0 {
			sum += float64((1+d)*math.Log1p(d)) - d
		} else {
			sum++
		}
	}
	n := float64(len(column))
	return sum / float64(n*math.Log(n))
}

// Critic holds weights by CRITIC; slices are in the order of the criteria.
type Critic struct {
	Weights     []float64 // information over the sum of all information
	Deviation   []float64 // standard deviation (n-1) after scaling to 0..1
	Information []float64 // deviation times the sum of 1-r with the other criteria
	Constant    []string  // criteria that tell no objects apart; their weight is 0
}

// leastInformation is where the sum of all information is rounding and no information: values scaled to 0..1 have
// deviations of the order of 1.
const leastInformation = 1e-12

// Critic weighs each criterion by its spread and by how little the others say the same (Diakoulaki, Mavrotas and
// Papayannakis 1995). Columns are scaled to 0..1, costs turned round; r is Pearson's correlation, taken as 0 with a
// constant criterion. ErrNoDifference when all criteria are constant or say the same.
func (t *Table) Critic() (Critic, error) {
	c := Critic{Deviation: make([]float64, len(t.criteria)), Information: make([]float64, len(t.criteria)), Constant: t.constant()}
	scaled := make([][]float64, len(t.criteria)) // minus their mean
	for j, column := range t.columns {
		scaled[j] = unitScaled(column, t.criteria[j].Cost)
		c.Deviation[j] = math.Sqrt(dot(scaled[j], scaled[j]) / float64(len(column)-1))
	}
	var total float64
	for j := range scaled {
		for k := range scaled {
			if j != k {
				c.Information[j] += 1 - correlation(scaled[j], scaled[k])
			}
		}
		c.Information[j] *= c.Deviation[j]
		total += c.Information[j]
	}
	if total < leastInformation {
		return Critic{}, fmt.Errorf("%w: the criteria %q are constant or say the same of all objects", ErrNoDifference, t.criterionIDs())
	}
	c.Weights = normalised(c.Information)
	return c, nil
}

// unitScaled scales a column to 0..1, 1 the best, and takes the mean off; zeros for a constant column.
func unitScaled(column []float64, cost bool) []float64 {
	low, span := slices.Min(column), slices.Max(column)-slices.Min(column)
	scaled := make([]float64, len(column))
	if span == 0 {
		return scaled
	}
	for i, v := range column {
		scaled[i] = (v - low) / span
		if cost {
			scaled[i] = 1 - scaled[i]
		}
	}
	m := mean(scaled)
	for i := range scaled {
		scaled[i] -= m
	}
	return scaled
}

func dot(a, b []float64) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i] * b[i])
	}
	return sum
}

// correlation of two columns whose means are 0; 0 when either is constant.
func correlation(a, b []float64) float64 {
	scale := math.Sqrt(dot(a, a)) * math.Sqrt(dot(b, b))
	if scale == 0 {
		return 0
	}
	return max(-1, min(1, dot(a, b)/scale))
}
