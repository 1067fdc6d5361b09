package scoring

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// A value that rests on thin evidence is drawn toward the mean of its peer group, the further the larger its standard
// error beside the spread of the group (empirical Bayes: Efron and Morris 1973). The group's mean and variance are
// estimated once for all, by FitPeersREML or FitPeersDL, and kept by a calibration.

// Peer is what a calibration keeps of a peer group: the mean and the variance of the true values of its members, and how
// many members it was estimated from.
type Peer struct {
	Mean     float64
	Variance float64
	N        int
}

// Shrink returns the value drawn toward the group's mean, mean + weight*(value-mean), and the weight of the value's own
// evidence, Variance/(Variance+se^2), between 0 and 1. The result never lies outside value and mean. A value without
// error (se 0) stays what it is, also where the group has no spread; with se infinite, or without spread, it becomes the
// mean. NaN, NaN for a NaN, a negative standard error or a negative variance.
func (p Peer) Shrink(value, se float64) (shrunken, weight float64) {
	if math.IsNaN(value) || math.IsNaN(p.Mean) || !(se >= 0) || !(p.Variance >= 0) {
		return math.NaN(), math.NaN()
	}
	switch {
	case se == 0:
		return value, 1
	case p.Variance == 0 || math.IsInf(se, 1):
		return p.Mean, 0
	}
	weight = 1 / (1 + float64(se/p.Variance*se))
	shrunken = p.Mean + float64(weight*(value-p.Mean))
	return min(max(shrunken, min(value, p.Mean)), max(value, p.Mean)), weight
}

// MinPeers is the smallest peer group that is estimated. Shrinking toward an estimated mean beats the raw values, whatever
// the true ones are, only from four members on (Efron and Morris 1973).
const MinPeers = 4

// What keeps a peer group from being estimated.
var (
	ErrTooFewPeers = errors.New("a peer group needs at least 4 members")
	ErrBadEstimate = errors.New("an estimate is a finite value, of which the square is finite too, with a finite standard error from 0")
	ErrZeroError   = errors.New("a value without error has no finite weight for DerSimonian and Laird; estimate by REML")
)

// Estimate is the value of one member of a peer group with its standard error, which is taken as known.
type Estimate struct{ Value, SE float64 }

// PeerFit is an estimated peer group. MeanSE is the standard error of its mean.
type PeerFit struct {
	Peer
	MeanSE float64
}

// PosteriorSE is the standard error of the value that Shrink returns for a standard error se, with the error of the
// group's mean: sqrt(weight*se^2 + (1-weight)^2*MeanSE^2) (metafor::blup; the error of the variance is not in it).
func (f PeerFit) PosteriorSE(se float64) float64 {
	_, weight := f.Shrink(f.Mean, se)
	own, toMean := math.Sqrt(weight)*se, (1-weight)*f.MeanSE
	if weight == 0 { // se may be infinite
		own = 0
	}
	return math.Sqrt(float64(own*own) + float64(toMean*toMean))
}

// FitPeersREML estimates a peer group by restricted maximum likelihood with known standard errors (Viechtbauer
// 2005). Members come in any order. A standard error of 0 is allowed. The error is ErrTooFewPeers or
// ErrBadEstimate.
func FitPeersREML(members []Estimate) (PeerFit, error) {
	g, err := newPeerGroup(members)
	if err != nil {
		return PeerFit{}, err
	}
	return g.fit(maximise(Variance(g.values()), g.score, g.likelihood))
}

// FitPeersDL estimates a peer group in closed form from Cochran's Q, the variance held at 0 or above (DerSimonian and
// Laird 1986). Members come in any order. The error is ErrTooFewPeers, ErrBadEstimate or, for a standard error of 0,
// ErrZeroError.
func FitPeersDL(members []Estimate) (PeerFit, error) {
	g, err := newPeerGroup(members)
	if err != nil {
		return PeerFit{}, err
	}
	for _, m := range g {
		if m.SE == 0 {
			return PeerFit{}, fmt.Errorf("value %g with standard error 0: %w", m.Value, ErrZeroError)
		}
	}
	s := g.sums(0)
	return g.fit(max(0, (s.q-float64(len(g)-1))/(s.w-s.ww/s.w)))
}

// peerGroup holds the members in ascending order, so that the order in which they came cannot change a sum.
type peerGroup []Estimate

func newPeerGroup(members []Estimate) (peerGroup, error) {
	for i, m := range members {
		if !(math.Abs(m.Value) <= math.MaxFloat64 && m.SE >= 0 && m.SE <= math.MaxFloat64) {
			return nil, fmt.Errorf("member %d: found value %g with standard error %g: %w", i, m.Value, m.SE, ErrBadEstimate)
		}
	}
	if len(members) < MinPeers {
		return nil, fmt.Errorf("found %d: %w", len(members), ErrTooFewPeers)
	}
	return slices.SortedFunc(slices.Values(members), func(a, b Estimate) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.SE, b.SE))
	}), nil
}

func (g peerGroup) values() []float64 {
	values := make([]float64, len(g))
	for i, m := range g {
		values[i] = m.Value
	}
	return values
}

// weight of a member at a variance between the members. Where both variances are 0 the member outweighs all others; fit
// sees to that.
func (m Estimate) weight(variance float64) float64 { return 1 / (variance + float64(m.SE*m.SE)) }

// weighted are the sums over the members that the likelihood rests on.
type weighted struct {
	w, ww  float64 // of the weights and their squares
	mean   float64
	q, wwd float64 // of weight*deviation^2 and weight^2*deviation^2
	logs   float64 // of the logarithm of the weights
}

func (g peerGroup) sums(variance float64) weighted {
	var s weighted
	var wv float64
	for _, m := range g {
		w := m.weight(variance)
		s.w += w
		s.ww += float64(w * w)
		s.logs += math.Log(w)
		wv += float64(w * (m.Value - g[0].Value)) // from the lowest value on, to lose no digits
	}
	s.mean = g[0].Value + wv/s.w
	for _, m := range g {
		w, d := m.weight(variance), m.Value-s.mean
		s.q += float64(w * d * d)
		s.wwd += float64(w * w * d * d)
	}
	return s
}

// score is twice the slope of the restricted log likelihood at a variance above 0.
func (g peerGroup) score(variance float64) float64 {
	s := g.sums(variance)
	return s.wwd - s.w + s.ww/s.w
}

// likelihood is twice the restricted log likelihood at a variance above 0, but for a constant.
func (g peerGroup) likelihood(variance float64) float64 {
	s := g.sums(variance)
	return s.logs - math.Log(s.w) - s.q
}

// fit completes a group whose variance is known. It refuses one that is no number, which values make whose squares are none.
func (g peerGroup) fit(variance float64) (PeerFit, error) {
	if !(variance <= math.MaxFloat64) {
		return PeerFit{}, fmt.Errorf("values from %g to %g: %w", g[0].Value, g[len(g)-1].Value, ErrBadEstimate)
	}
	f := PeerFit{Peer: Peer{Variance: variance, N: len(g)}}
	exact := slices.DeleteFunc(slices.Clone(g), func(m Estimate) bool { return m.SE > 0 })
	if variance == 0 && len(exact) > 0 { // then they are equal, and the mean is theirs
		f.Mean = exact[0].Value
		return f, nil
	}
	s := g.sums(variance)
	f.Mean, f.MeanSE = s.mean, math.Sqrt(1/s.w)
	return f, nil
}
