package raters

import (
	"fmt"
	"math"
)

const (
	// ratioLimit is the ratio of a variance to the residual's from which the residual counts as zero: the fit then
	// rests on differences at the last digits.
	ratioLimit = 1e8
	// maxSteps ends a climb that does not settle. Of 38,553 small random designs half took 10 steps or fewer, 99 in 100 at
	// most 27; those that did not settle had 4 to 11 values.
	maxSteps = 100
	// maxGrowth is the factor by which one step may raise a ratio.
	maxGrowth = 10
	// criterionSlack is the rise of the criterion, relative to its size, that rounding may cause (by a margin of 1e4).
	criterionSlack = 1e-11
	// leastHalving ends the halving of a step that lowers the criterion no more.
	leastHalving = 1e-10
)

// ratios are the variances of the eliminated and the kept side over the residual variance.
type ratios struct{ out, kept float64 }

// solver does the algebra that costs: S = I + kept*L with L = n - N'WN, the kept side's equations after the out side is
// eliminated, where N holds the counts of the pairs and W = out/(1+out*n). With H the covariance over the residual
// variance, L is Z'H0^-1 Z of the kept side, H0 being H without it.
type solver interface {
	// set chooses the ratios for the calls that follow.
	set(ratios)
	// solve replaces each right side r by S^-1 r.
	solve(right ...[]float64) error
	// traces returns tr(Z'H^-1 Z) of the out and of the kept side; all calls of solve come before.
	traces() ratios
	// logDet is log|S|.
	logDet() float64
	// spread returns, for each level of the side asked, the diagonal of N S^-1 N' (out) or of S^-1 (kept).
	spread(out bool) ([]float64, error)
	// tolerance is the relative change of a ratio at which the climb ends.
	tolerance() float64
	// smooth says that logDet is exact, so that steps can be judged by the criterion.
	smooth() bool
}

// effect is one side at a point: with P = H^-1 - H^-1 1 1'H^-1/(1'H^-1 1), its predictions are ratio*score.
type effect struct {
	ratio float64
	score []float64 // Z'P y
	one   []float64 // Z'H^-1 1
	slope float64   // derivative of the criterion by ratio
}

// point is the restricted likelihood, with the residual variance and the intercept at their best, for given ratios.
type point struct {
	out, kept   effect
	beta        float64 // intercept, from the mean of all values
	information float64 // 1'H^-1 1
	variance    float64 // residual
	criterion   float64 // -2 log restricted likelihood; NaN until asked for unless the solver is smooth
	// Average information of the two ratios (Gilmour, Thompson and Cullis 1995), the residual profiled out.
	infoOut, infoKept, infoBoth float64
}

// at solves the model for given ratios.
func at(d *design, s solver, r ratios) (*point, error) {
	s.set(r)
	p := &point{out: effect{ratio: r.out}, kept: effect{ratio: r.kept}, criterion: math.NaN()}
	if err := p.predict(d, s); err != nil {
		return nil, err
	}
	p.variance = p.penalised(d) / (d.total - 1)
	if err := p.average(d, s); err != nil {
		return nil, err
	}
	t := s.traces()
	p.out.slope = p.slope(&p.out, t.out)
	p.kept.slope = p.slope(&p.kept, t.kept)
	if s.smooth() {
		p.judge(d, s)
	}
	return p, nil
}

// eliminated returns the right side for a vector with sums out and kept over the levels: kept - N'W out.
func eliminated(d *design, r ratios, out, kept []float64) []float64 {
	weighted := make([]float64, len(out))
	for i, v := range out {
		weighted[i] = float64(r.out*v) / (1 + float64(r.out*d.out.n[i]))
	}
	right := d.kept.times(weighted)
	for i, v := range kept {
		right[i] = v - right[i]
	}
	return right
}

// restored returns the out side's Z'H^-1 v from the kept side's: (out - kept ratio*N*kept)/(1+out ratio*n).
func restored(d *design, r ratios, out, kept []float64) []float64 {
	back := d.out.times(kept)
	for i, v := range out {
		back[i] = (v - float64(r.kept*back[i])) / (1 + float64(r.out*d.out.n[i]))
	}
	return back
}

// predict finds the intercept and the scores of both sides.
func (p *point) predict(d *design, s solver) error {
	r := ratios{p.out.ratio, p.kept.ratio}
	one := eliminated(d, r, d.out.n, d.kept.n)
	y := eliminated(d, r, d.out.y, d.kept.y)
	if err := s.solve(one, y); err != nil {
		return err
	}
	p.kept.one, p.kept.score = one, y
	p.out.one, p.out.score = restored(d, r, d.out.n, one), restored(d, r, d.out.y, y)
	p.information = d.total - float64(r.out*dot(d.out.n, p.out.one)) - float64(r.kept*dot(d.kept.n, p.kept.one))
	// The values are centred, so that 1'y is 0.
	p.beta = (float64(-r.out*dot(d.out.y, p.out.one)) - float64(r.kept*dot(d.kept.y, p.kept.one))) / p.information
	for _, e := range []*effect{&p.out, &p.kept} {
		for i := range e.score {
			e.score[i] -= float64(p.beta * e.one[i])
		}
	}
	return nil
}

// penalised is y'Py, added up from the residuals and the predictions so that nothing cancels.
func (p *point) penalised(d *design) float64 {
	sum := d.within + float64(p.out.ratio*dot(p.out.score, p.out.score)) + float64(p.kept.ratio*dot(p.kept.score, p.kept.score))
	for i, score := range p.out.score {
		base := p.beta + float64(p.out.ratio*score)
		for c := d.out.start[i]; c < d.out.start[i+1]; c++ {
			n := d.out.count[c]
			rest := d.sum[c] - float64(n*(base+float64(p.kept.ratio*p.kept.score[d.out.other[c]])))
			sum += float64(rest*rest) / n
		}
	}
	return sum
}

// slope is the derivative of the criterion: tr(Z'PZ) - y'PZZ'Py/variance.
func (p *point) slope(e *effect, trace float64) float64 {
	return trace - dot(e.one, e.one)/p.information - dot(e.score, e.score)/p.variance
}

// average finds the average information: f'Pg/variance of the working vectors f = Z score of both sides, less what the
// residual variance takes of it.
func (p *point) average(d *design, s solver) error {
	r := ratios{p.out.ratio, p.kept.ratio}
	ofOut := weigh(d.out.n, p.out.score)
	ofKept := d.out.times(p.kept.score)
	byOut := eliminated(d, r, ofOut, d.kept.times(p.out.score))
	byKept := eliminated(d, r, ofKept, weigh(d.kept.n, p.kept.score))
	if err := s.solve(byOut, byKept); err != nil {
		return err
	}
	one := ratios{dot(p.out.score, p.out.one), dot(p.kept.score, p.kept.one)}
	square := ratios{dot(p.out.score, p.out.score), dot(p.kept.score, p.kept.score)}
	profile := p.variance * p.variance * (d.total - 1)
	info := func(fHg, oneF, oneG, squareF, squareG float64) float64 {
		return (fHg-float64(oneF*oneG)/p.information)/p.variance - float64(squareF*squareG)/profile
	}
	p.infoOut = info(dot(p.out.score, restored(d, r, ofOut, byOut)), one.out, one.out, square.out, square.out)
	p.infoKept = info(dot(p.kept.score, byKept), one.kept, one.kept, square.kept, square.kept)
	p.infoBoth = info(dot(p.kept.score, byOut), one.out, one.kept, square.out, square.kept)
	return nil
}

func weigh(n, v []float64) []float64 {
	out := make([]float64, len(n))
	for i := range n {
		out[i] = float64(n[i] * v[i])
	}
	return out
}

// judge computes the criterion: log|H| + log(1'H^-1 1) + (n-1)(1 + log(2 pi variance)) (Bates et al. 2015).
func (p *point) judge(d *design, s solver) {
	sum := s.logDet() + math.Log(p.information) + float64((d.total-1)*(1+math.Log(2*math.Pi*p.variance)))
	for _, n := range d.out.n {
		sum += math.Log1p(float64(p.out.ratio * n))
	}
	p.criterion = sum
}

// climb maximises the restricted likelihood from a start by average-information steps over ratios from 0; with a smooth solver a
// step that does not lower the criterion is halved. It returns the number of points solved.
func climb(d *design, s solver, start ratios) (*point, int, error) {
	now, err := at(d, s, start)
	if err != nil {
		return nil, 0, err
	}
	for steps := 1; steps <= maxSteps; {
		from, to := ratios{now.out.ratio, now.kept.ratio}, now.step()
		if change(from, to) <= s.tolerance() {
			now.judge(d, s)
			return now, steps, nil
		}
		next, err := at(d, s, to)
		for steps++; err == nil && next.criterion > now.criterion+criterionSlack*math.Abs(now.criterion); steps++ {
			to = ratios{(from.out + to.out) / 2, (from.kept + to.kept) / 2}
			if change(from, to) < leastHalving { // nothing lower nearby
				return now, steps, nil
			}
			next, err = at(d, s, to)
		}
		if err != nil {
			return nil, steps, err
		}
		next.learn(now)
		if now = next; max(now.out.ratio, now.kept.ratio) > ratioLimit {
			return nil, steps, fmt.Errorf("residual variance below %g of another: %w", 1/ratioLimit, ErrNoResidual)
		}
	}
	return nil, maxSteps, fmt.Errorf("after %d steps of the likelihood: %w", maxSteps, ErrNotConverged)
}

// learn corrects the information, along the step that led here, by the change of the slopes that was seen (the
// symmetric rank-one update), unless that leaves no positive definite matrix. On small samples, where the average
// information is far from the curvature, it saves most of the steps.
func (p *point) learn(from *point) {
	out, kept := p.out.ratio-from.out.ratio, p.kept.ratio-from.kept.ratio
	restOut := p.out.slope - from.out.slope - float64(p.infoOut*out) - float64(p.infoBoth*kept)
	restKept := p.kept.slope - from.kept.slope - float64(p.infoBoth*out) - float64(p.infoKept*kept)
	along := float64(restOut*out) + float64(restKept*kept)
	a := p.infoOut + float64(restOut*restOut)/along
	b := p.infoKept + float64(restKept*restKept)/along
	both := p.infoBoth + float64(restOut*restKept)/along
	if a > 0 && b > 0 && float64(a*b)-float64(both*both) > singular*a*b {
		p.infoOut, p.infoKept, p.infoBoth = a, b, both
	}
}

// change is the larger relative change of the two ratios.
func change(from, to ratios) float64 {
	return max(relative(from.out, to.out), relative(from.kept, to.kept))
}

func relative(from, to float64) float64 {
	if from == to {
		return 0
	}
	return math.Abs(to-from) / max(from, to)
}

// step is the next point: the minimum, over ratios from 0, of the parabola that slopes and information describe, with no
// ratio growing too fast.
func (p *point) step() ratios {
	determinant := float64(p.infoOut*p.infoKept) - float64(p.infoBoth*p.infoBoth)
	by := ratios{
		(float64(p.infoBoth*p.kept.slope) - float64(p.infoKept*p.out.slope)) / determinant,
		(float64(p.infoBoth*p.out.slope) - float64(p.infoOut*p.kept.slope)) / determinant,
	}
	if !(determinant > singular*p.infoOut*p.infoKept) || p.out.ratio+by.out < 0 || p.kept.ratio+by.kept < 0 {
		by = p.edge()
	}
	return ratios{grown(p.out.ratio, by.out), grown(p.kept.ratio, by.kept)}
}

// edge is the lower of the two points where one ratio is 0 and the other the best that it can then be.
func (p *point) edge() ratios {
	noOut, noKept := ratios{out: -p.out.ratio}, ratios{kept: -p.kept.ratio}
	noOut.kept = max(-p.kept.ratio, -(p.kept.slope+float64(p.infoBoth*noOut.out))/p.infoKept)
	noKept.out = max(-p.out.ratio, -(p.out.slope+float64(p.infoBoth*noKept.kept))/p.infoOut)
	if p.parabola(noOut) < p.parabola(noKept) {
		return noOut
	}
	return noKept
}

func (p *point) parabola(by ratios) float64 {
	return float64(by.out*p.out.slope) + float64(by.kept*p.kept.slope) + float64(by.out*by.kept*p.infoBoth) +
		(float64(by.out*by.out*p.infoOut)+float64(by.kept*by.kept*p.infoKept))/2
}

func grown(ratio, by float64) float64 { return min(ratio+by, float64(maxGrowth*ratio)+1) }
