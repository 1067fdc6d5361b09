// Package recheck computes a supplier's rating a second time, from the policy and the evidence alone and in exact
// arithmetic, and says where the first one differs. It shares no arithmetic with package credit, so that a slip in either
// shows. It decides nothing: what to do about a difference is left to the caller.
package recheck

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"pingxin/credit"
	"pingxin/scoring/recheck"
	"pingxin/scoring/recheck/exact"
)

// What keeps a rating from being recomputed.
var (
	ErrNotFinite      = errors.New("every number of a policy and of the evidence is finite")
	ErrNegativeAmount = errors.New("the amount of a contract is not negative")
)

// Rating recomputes the rating of the evidence by a policy that its Check finds sound, on the day asOf, and compares it with
// got: status, numbers of evaluations and cases, performance, conduct, score, level, level by the score alone, stars and
// caps. A rounded value must be the exact one rounded half up, unless that lies within 1e-9 of the line between two. It
// changes nothing.
//
// The error is nil when all agree, an *exact.DifferenceError when not, and ErrNotFinite or ErrNegativeAmount where policy and
// evidence cannot be computed.
func Rating(p *credit.Policy, ev credit.Evidence, asOf time.Time, got credit.Rating) error {
	if err := checkNumbers(p, &ev); err != nil {
		return fmt.Errorf("supplier %q: %w", ev.Supplier, err)
	}
	r := reckoning{policy: p, ev: &ev, asOf: asOf}
	r.perform()
	return r.compare(&got).Err(fmt.Sprintf("rating of supplier %q", ev.Supplier))
}

func checkNumbers(p *credit.Policy, ev *credit.Evidence) error {
	all := []float64{p.PerformancePct, p.ConductPct, p.AmountUnitYuan, p.LargestShare, p.ConductStart, p.General, p.Serious, p.Commendation, p.CommendationMax}
	for _, l := range p.Levels {
		all = append(all, l.From)
	}
	for _, s := range p.Stars {
		all = append(all, s.From)
	}
	for _, e := range ev.Evaluations {
		if all = append(all, e.Value); e.AmountFen < 0 {
			return fmt.Errorf("contract %q: found %d fen: %w", e.Contract, e.AmountFen, ErrNegativeAmount)
		}
	}
	if at := slices.IndexFunc(all, func(f float64) bool { return !exact.Finite(f) }); at >= 0 {
		return fmt.Errorf("found %g: %w", all[at], ErrNotFinite)
	}
	return nil
}

// compare finds where a rating differs from the reckoning. What rests on a rounded value rests on the one that got has, where
// that is right.
func (r *reckoning) compare(got *credit.Rating) *exact.Comparison {
	c := &exact.Comparison{}
	exact.Equal(c, "supplier", got.Supplier, r.ev.Supplier)
	exact.Equal(c, "number of evaluations", got.Evaluations, r.evaluations)
	exact.Equal(c, "cases", got.Cases, r.cases)
	performance := c.Official("performance", got.Performance, r.performance, decimals)
	conduct := c.Official("conduct", got.Conduct, r.conduct(), decimals)
	if !r.enough() {
		exact.Equal(c, "status", got.Status, credit.Unrated)
		c.Official("score", got.Score, nil, decimals)
		exact.Equal(c, "level", got.Level, "")
		exact.Equal(c, "level by the score", got.Uncapped, "")
		exact.Equal(c, "number of caps", len(got.Caps), 0)
		return c
	}
	exact.Equal(c, "status", got.Status, credit.Rated)
	score := c.Official("score", got.Score, r.score(performance, conduct), decimals)
	byScore, stars := r.levelOf(score), r.starsOf(score)
	caps, level := r.caps(byScore)
	exact.Equal(c, "level by the score", got.Uncapped, byScore)
	exact.Equal(c, "level", got.Level, level)
	exact.Equal(c, "stars", got.Stars, stars)
	recheck.CompareCaps(c, got.Caps, caps)
	return c
}
