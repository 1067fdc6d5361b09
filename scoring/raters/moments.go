package raters

import (
	"fmt"
	"math"
)

const (
	// singular is the determinant of equations scaled to lie between 0 and 1 below which they count as singular: far
	// above rounding error (1e-15), far below a usable design.
	singular = 1e-9
	// leastRatio and mostRatio hold the start of the likelihood's climb inside the range where it is well curved.
	leastRatio, mostRatio = 1e-3, 1e3
)

// moments estimates the ratios of the variances of both sides to the residual variance by equating three sums of
// squares with their expectations: around the means of the raters, of the objects, and around the whole mean
// (Gao and Owen 2017, here with several values per pair). They start the likelihood's climb. A singular system
// means that the design cannot tell the three variances apart.
func (d *design) moments() (ratios, error) {
	out, keptShare := d.out.around(d.square)
	kept, outShare := d.kept.around(d.square)
	nOut, nKept := float64(len(d.out.n)), float64(len(d.kept.n))
	if d.total == nOut || d.total == nKept {
		return ratios{}, fmt.Errorf("found one value for each rater or for each object, expected raters with several objects and objects with several raters: %w", ErrNoReplication)
	}
	// With o, k and r the variances out, kept and residual: r + a*k = y1, r + b*o = y2, r + c*o + e*k = y3.
	a := keptShare / (d.total - nOut)
	b := outShare / (d.total - nKept)
	c, e := d.out.ownShare()/(d.total-1), d.kept.ownShare()/(d.total-1)
	y1, y2, y3 := out/(d.total-nOut), kept/(d.total-nKept), d.square/(d.total-1)
	determinant := float64(a*c) + float64(b*e) - float64(a*b)
	if math.Abs(determinant) < singular {
		return ratios{}, fmt.Errorf("found %d raters and %d objects that do not cross, expected objects shared by raters: %w", len(d.raters), len(d.objects), ErrNoReplication)
	}
	r := (float64(c*float64(y2*a)) + float64(e*float64(y1*b)) - float64(y3*float64(a*b))) / determinant
	o, k := (y2-r)/b, (y1-r)/a
	if a == 0 {
		k = (y3 - r - float64(c*o)) / e
	}
	if b == 0 {
		o = (y3 - r - float64(e*k)) / c
	}
	r = max(r, y3/mostRatio)
	return ratios{min(max(o/r, leastRatio), mostRatio), min(max(k/r, leastRatio), mostRatio)}, nil
}

// around returns the sum of squares around the means of the levels, and the coefficient of the other side's variance
// in its expectation: sum over levels of n - (sum of squared pair counts)/n.
func (s *side) around(square float64) (within, otherShare float64) {
	within = square
	for i, n := range s.n {
		within -= float64(s.y[i]*s.y[i]) / n
		otherShare += n
		for _, c := range s.count[s.start[i]:s.start[i+1]] {
			otherShare -= float64(c*c) / n
		}
	}
	return within, otherShare
}

// ownShare is the coefficient of the side's own variance in the expected sum of squares around the whole mean.
func (s *side) ownShare() float64 {
	var total, squares float64
	for _, n := range s.n {
		total += n
		squares += float64(n * n)
	}
	return total - squares/total
}
