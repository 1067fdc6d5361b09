package recheck

import (
	"errors"
	"fmt"
	"slices"

	"pingxin/scoring"
	"pingxin/scoring/recheck/exact"
)

// What keeps an evaluation from being recomputed.
var (
	ErrNotFinite = errors.New("every number of a policy and of the evidence is finite")
	ErrTwice     = errors.New("one party's scores of one indicator, and one target of it, stand in the evidence once")
	ErrNegative  = errors.New("negative values have no geometric mean")
	// ErrNegativeVariance is that of a calibration.
	ErrNegativeVariance = errors.New("the variance of a peer group is not negative")
	// ErrNegativeSpread likewise.
	ErrNegativeSpread = errors.New("the spread of what peers got is not negative")
)

// checkNumbers refuses what cannot be written as a fraction.
func (r *reckoning) checkNumbers() error {
	p := r.policy
	all := []float64{p.Scale.Low, p.Scale.High, p.Confidence, p.RaterError.SD, p.RaterError.DF, p.Severity.Limit}
	for _, n := range p.Indicators {
		all = append(all, n.Weight, n.Ceiling, n.Pass)
		for _, w := range n.Parties {
			all = append(all, w)
		}
	}
	for _, l := range p.Location {
		all = append(all, l.Trim)
	}
	for _, b := range p.Bands {
		all = append(all, b.From)
	}
	for _, s := range p.Steps {
		all = append(all, s.Add)
		for _, line := range []*float64{s.AtLeast, s.AtMost} {
			if line != nil {
				all = append(all, *line)
			}
		}
	}
	for _, l := range p.Limits {
		all = append(all, l.AtMost, l.Value)
	}
	for _, a := range r.ev.Attainments {
		all = append(all, a.Target, a.Actual)
	}
	for _, f := range p.Flags {
		all = append(all, f.Weight)
	}
	if r.calibration != nil {
		peer := r.calibration.Peers[r.ev.Peer]
		if all = append(all, peer.Mean, peer.Variance); peer.Variance < 0 {
			return fmt.Errorf("peer group %q: found %g: %w", r.ev.Peer, peer.Variance, ErrNegativeVariance)
		}
	}
	for _, n := range p.Indicators {
		for _, party := range scoring.Parties() {
			q := r.quartile(n.ID, party)
			if q == nil {
				continue
			}
			if all = append(all, q.Value, q.Spread); q.Spread < 0 {
				return fmt.Errorf("indicator %q %s in peer group %q: found %g: %w", n.ID, party, r.ev.Peer, q.Spread, ErrNegativeSpread)
			}
		}
	}
	if at := slices.IndexFunc(all, func(f float64) bool { return !exact.Finite(f) }); at >= 0 {
		return fmt.Errorf("found %g: %w", all[at], ErrNotFinite)
	}
	return nil
}

// checkOnce refuses evidence of which the order of its rows would decide what counts.
func (r *reckoning) checkOnce() error {
	type key struct {
		indicator string
		party     scoring.Party
	}
	seen := map[key]bool{}
	add := func(k key) error {
		if seen[k] {
			return fmt.Errorf("indicator %q %s: %w", k.indicator, k.party, ErrTwice)
		}
		seen[k] = true
		return nil
	}
	for _, c := range r.ev.Cells {
		if err := add(key{c.Indicator, c.Party}); err != nil {
			return err
		}
	}
	for _, a := range r.ev.Attainments {
		if err := add(key{a.Indicator, scoring.None}); err != nil {
			return err
		}
	}
	return nil
}
