package recheck

import (
	"slices"

	"pingxin/scoring"
	"pingxin/scoring/recheck/exact"
)

// hear collects the opinions on every leaf, finds who is missing, and puts the lower quartile of the peers in for them if
// the policy says so: for all that is missing, or for nothing where the calibration does not reach.
func (r *reckoning) hear() {
	for _, n := range r.all {
		if n.Kind != "" {
			n.opinions = r.opinionsOn(n)
		}
	}
	r.findMissing()
	if r.missingRule() != "impute" || !r.heard {
		return
	}
	missing := map[*opinion]*scoring.Quartile{}
	for _, n := range r.all {
		for i := range n.opinions {
			if o := &n.opinions[i]; slices.Contains(r.result.missing, o.party) {
				missing[o] = r.quartile(n.ID, o.party)
				r.unimputed = r.unimputed || missing[o] == nil
			}
		}
	}
	if r.unimputed {
		return
	}
	for o, q := range missing {
		off := exact.Larger(exact.Decimal(q.Spread), exact.Decimal(r.policy.RaterError.SD))
		o.value, o.weight, o.variance = exact.Decimal(q.Value), o.asked, exact.Times(off, off)
		o.raw, o.adjusted = o.value, nil
	}
}

// quartile is what the calibration keeps of a party on a leaf among the contract's peers; nil for nothing.
func (r *reckoning) quartile(indicator string, party scoring.Party) *scoring.Quartile {
	if r.calibration == nil {
		return nil
	}
	q, known := r.calibration.Quartiles[scoring.QuartileKey{Peer: r.ev.Peer, Indicator: indicator, Party: party}]
	if !known {
		return nil
	}
	return &q
}
