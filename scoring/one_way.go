package scoring

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Group is what the one-way model needs of the replicates of one group: their number, mean and sum of squared deviations
// from the mean.
type Group struct {
	N        int
	Mean, SS float64
}

// OneWay is the model y = Intercept + group + residual with the variances of the two random parts. InterceptSE is the
// standard error of the intercept with the variances taken as known.
type OneWay struct {
	Intercept, InterceptSE float64
	VarGroup, VarResidual  float64
}

// minGroups is the smallest number of groups that can differ.
const minGroups = 2

// What keeps the one-way model from being estimated.
var (
	ErrTooFewGroups   = errors.New("the spread between groups needs at least 2 groups")
	ErrBadGroup       = errors.New("a group has at least one replicate, a finite mean and a finite sum of squares from 0")
	ErrNoReplicates   = errors.New("the spread within groups needs a group with two replicates")
	ErrNoSpreadWithin = errors.New("no group has any spread within: nothing bounds the ratio of the variances; estimate by moments")
)

// FitOneWayREML estimates the model by restricted maximum likelihood (Patterson and Thompson 1971), profiled to the ratio
// of the variances, from 0 on. Groups come in any order. The error is ErrTooFewGroups, ErrBadGroup, ErrNoReplicates or
// ErrNoSpreadWithin.
func FitOneWayREML(groups []Group) (OneWay, error) {
	o, err := newOneWayData(groups)
	if err != nil {
		return OneWay{}, err
	}
	ratio := math.Inf(1)
	if o.within > 0 {
		ratio = maximise(1, o.score, o.likelihood)
	}
	if math.IsInf(ratio, 1) {
		return OneWay{}, ErrNoSpreadWithin
	}
	residual := o.sums(ratio).q / float64(o.n-1)
	return o.fit(float64(ratio*residual), residual), nil
}

// FitOneWayMoments estimates the model in closed form from the mean squares between and within groups, with n0 = (N -
// sum n^2/N)/(k-1), the variance between groups held at 0 or above (Searle, Casella and McCulloch 1992). The intercept is the mean by generalised least squares. Groups come in any order. The error is ErrTooFewGroups, ErrBadGroup
// or ErrNoReplicates.
func FitOneWayMoments(groups []Group) (OneWay, error) {
	o, err := newOneWayData(groups)
	if err != nil {
		return OneWay{}, err
	}
	var squares float64
	for _, g := range o.groups {
		squares += float64(g.N) * float64(g.N)
	}
	n, k := float64(o.n), float64(len(o.groups))
	within := o.within / (n - k)
	between := o.sums(0).q - o.within // at ratio 0 the weights are the numbers of replicates
	n0 := (n - squares/n) / (k - 1)
	return o.fit(max(0, (between/(k-1)-within)/n0), within), nil
}

// Shrink returns the best linear unbiased prediction of a group's mean and its reliability, VarGroup/(VarGroup +
// VarResidual/n): the intercept and 0 for a group without replicates.
func (m OneWay) Shrink(g Group) (shrunken, reliability float64) {
	if g.N < 1 {
		return m.Intercept, 0
	}
	return Peer{Mean: m.Intercept, Variance: m.VarGroup}.Shrink(g.Mean, math.Sqrt(m.VarResidual/float64(g.N)))
}

// ConditionalSD is the standard deviation of a group's true mean around the value that Shrink returns, the intercept and
// the variances taken as known.
func (m OneWay) ConditionalSD(g Group) float64 {
	_, reliability := m.Shrink(g)
	return math.Sqrt(m.VarGroup * (1 - reliability))
}

// oneWayData holds the groups in a fixed order, so that the order in which they came cannot change a sum.
type oneWayData struct {
	groups []Group
	n      int     // of all replicates
	within float64 // sum of squares within groups
}

func newOneWayData(groups []Group) (oneWayData, error) {
	o := oneWayData{groups: slices.SortedFunc(slices.Values(groups), func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Mean, b.Mean), cmp.Compare(a.N, b.N), cmp.Compare(a.SS, b.SS))
	})}
	for i, g := range groups {
		if g.N < 1 || !(math.Abs(g.Mean) <= math.MaxFloat64 && g.SS >= 0 && g.SS <= math.MaxFloat64) {
			return o, fmt.Errorf("group %d: found %d replicates with mean %g and sum of squares %g: %w", i, g.N, g.Mean, g.SS, ErrBadGroup)
		}
	}
	for _, g := range o.groups {
		o.n += g.N
		o.within += g.SS
	}
	switch {
	case len(groups) < minGroups:
		return o, fmt.Errorf("found %d: %w", len(groups), ErrTooFewGroups)
	case o.n == len(groups):
		return o, ErrNoReplicates
	}
	return o, nil
}

func (o *oneWayData) means() []float64 {
	means := make([]float64, len(o.groups))
	for i, g := range o.groups {
		means[i] = g.Mean
	}
	return means
}

// sums are the weighted sums at a ratio of the variance between groups to that within, of which the weights are
// n/(1+n*ratio). To q they add the squares within groups.
func (o *oneWayData) sums(ratio float64) weighted {
	var s weighted
	var wv float64
	first := o.groups[0].Mean
	for _, g := range o.groups {
		w := float64(g.N) / (1 + float64(float64(g.N)*ratio))
		s.w += w
		s.ww += float64(w * w)
		s.logs += math.Log(w / float64(g.N))
		wv += float64(w * (g.Mean - first)) // from the lowest mean on, to lose no digits
	}
	s.mean = first + wv/s.w
	for _, g := range o.groups {
		w, d := float64(g.N)/(1+float64(float64(g.N)*ratio)), g.Mean-s.mean
		s.q += float64(w * d * d)
		s.wwd += float64(w * w * d * d)
	}
	s.q += o.within
	return s
}

// score is twice the slope of the profiled restricted log likelihood in the ratio.
func (o *oneWayData) score(ratio float64) float64 {
	s := o.sums(ratio)
	return float64(o.n-1)*s.wwd/s.q - s.w + s.ww/s.w
}

// likelihood is twice the profiled restricted log likelihood, but for a constant.
func (o *oneWayData) likelihood(ratio float64) float64 {
	s := o.sums(ratio)
	return s.logs - math.Log(s.w) - float64(float64(o.n-1)*math.Log(s.q))
}

// fit completes a model whose variances are known.
func (o *oneWayData) fit(between, within float64) OneWay {
	m := OneWay{VarGroup: between, VarResidual: within}
	if within == 0 { // then the groups weigh the same
		m.Intercept, m.InterceptSE = Mean(o.means()), math.Sqrt(between/float64(len(o.groups)))
		return m
	}
	s := o.sums(between / within)
	m.Intercept, m.InterceptSE = s.mean, math.Sqrt(within/s.w)
	return m
}
