package calibration

import (
	"errors"
	"maps"
	"slices"

	"pingxin/scoring"
)

// Member is the value of one contract before it is drawn anywhere, with its standard error.
type Member struct {
	Peer      string
	Value, SE float64
}

// Peer is one peer group as it was estimated.
type Peer struct {
	ID string
	scoring.Peer
}

// Peers estimates every peer group by restricted maximum likelihood, in the order of ids. A group too small to be
// estimated is left out, and small says how many were: their contracts keep their values as they are.
func Peers(members []Member) (all []Peer, small int, err error) {
	groups := map[string][]scoring.Estimate{}
	for _, m := range members {
		groups[m.Peer] = append(groups[m.Peer], scoring.Estimate{Value: m.Value, SE: m.SE})
	}
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		fit, err := scoring.FitPeersREML(groups[id])
		switch {
		case errors.Is(err, scoring.ErrTooFewPeers):
			small++
		case err != nil:
			return nil, 0, err
		default:
			all = append(all, Peer{id, fit.Peer})
		}
	}
	return all, small, nil
}
