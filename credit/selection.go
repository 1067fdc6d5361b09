package credit

import (
	"slices"

	"pingxin/scoring"
)

// Why a supplier cannot be chosen now; each is a fact that somebody decided or recorded, never a score.
const (
	ExcludedListed    = "selection_listed"    // on the blacklist by a decision
	ExcludedDissolved = "selection_dissolved" // its registration has ended
)

// Bidder is what a choice of suppliers uses of one.
type Bidder struct {
	Status    Status // of the rating
	Stars     int
	Listed    bool
	Dissolved bool
}

// Choice is what whoever compares bids is advised of a supplier. A supplier without a rating loses no points: being new is
// no fault.
type Choice struct {
	Excluded  []scoring.Note
	BidPoints float64 // added to the score of its bid, of 100
	Rated     bool
}

// Choose advises on a bidder.
func (p *Policy) Choose(b Bidder) Choice {
	var c Choice
	for _, x := range []struct {
		holds bool
		code  string
	}{{b.Listed, ExcludedListed}, {b.Dissolved, ExcludedDissolved}} {
		if x.holds {
			c.Excluded = append(c.Excluded, scoring.Note{Code: x.code})
		}
	}
	at := slices.IndexFunc(p.Stars, func(s Star) bool { return s.Stars == b.Stars })
	if c.Rated = b.Status == Rated && at >= 0; c.Rated {
		c.BidPoints = p.Stars[at].BidPoints
	}
	return c
}
