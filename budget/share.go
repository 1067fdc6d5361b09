package budget

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
)

// The clashes that make a sharing impossible.
const (
	BelowFloors   = "below_floors"
	AboveCeilings = "above_ceilings"
)

// InfeasibleError says that no sharing keeps within a scenario's limits, and which two numbers clash: the total and the
// sum of all floors, or of all ceilings.
type InfeasibleError struct {
	Clash             string // BelowFloors or AboveCeilings
	TotalFen          int64  // that was to be given out
	LeastFen, MostFen int64  // that can be given out
	Fixed             int    // contracts that keep their base whatever is shared, as Scenario.Plan counts them
	FixedFen          int64  // their money
}

func (e *InfeasibleError) Error() string {
	if e.Clash == BelowFloors {
		return fmt.Sprintf("the total of %d fen is below the %d fen that the floors come to", e.TotalFen, e.LeastFen)
	}
	return fmt.Sprintf("the total of %d fen is above the %d fen that the ceilings come to", e.TotalFen, e.MostFen)
}

// Share divides a total among claims in proportion to them, each amount between its floor and its ceiling:
//
//	amount = min(ceiling, max(floor, level*claim))
//
// with the one level at which the amounts add up to the total (water-filling: Boyd and Vandenberghe, Convex Optimization,
// 2004, section 5.5). Among those between their limits the fen that are left go to the largest remainders (Hamilton's
// method: Balinski and Young, Fair Representation, 1982), ties to the earlier one, so the sum is exact and all of it is
// computed in whole numbers. A claim of zero stays at its floor.
//
// All four are in fen, none below zero, every floor at most its ceiling, and the slices of one length. The level is 0
// when every amount is at a limit. The error is an *InfeasibleError.
func Share(total int64, claims, floors, ceilings []int64) (amounts []int64, level float64, err error) {
	var least, most int64
	for i := range claims {
		least += floors[i]
		if claims[i] == 0 {
			most += floors[i]
		} else {
			most += ceilings[i]
		}
	}
	switch {
	case total < least:
		return nil, 0, &InfeasibleError{Clash: BelowFloors, TotalFen: total, LeastFen: least, MostFen: most}
	case total > most:
		return nil, 0, &InfeasibleError{Clash: AboveCeilings, TotalFen: total, LeastFen: least, MostFen: most}
	}
	amounts = slices.Clone(floors)
	free, rest, claimed := rise(total-least, amounts, claims, ceilings)
	if claimed == 0 {
		return amounts, 0, nil
	}
	apportion(rest, claimed, free, claims, amounts)
	return amounts, float64(rest) / float64(claimed), nil
}

// edge is a level, as the fraction fen/claim, at which an item leaves its floor or reaches its ceiling.
type edge struct {
	fen, claim int64
	item       int32
	top        bool
}

// passed is what is left to share, and the claims to it, once the level has passed the edge.
func (e *edge) passed(rest, claimed int64) (int64, int64) {
	if e.top {
		return rest - e.fen, claimed - e.claim
	}
	return rest + e.fen, claimed + e.claim
}

// byLevel compares two edges by their level, exactly.
func byLevel(a, b *edge) int { return compareProducts(a.fen, b.claim, b.fen, a.claim) }

// compareProducts compares a*b with c*d, none of them below zero.
func compareProducts(a, b, c, d int64) int {
	high, low := bits.Mul64(uint64(a), uint64(b))
	otherHigh, otherLow := bits.Mul64(uint64(c), uint64(d))
	if high != otherHigh {
		return cmp.Compare(high, otherHigh)
	}
	return cmp.Compare(low, otherLow)
}

// rise lets the level rise from zero until what lies above the floors is given out. It sets the amounts of those that end
// at their ceiling, and returns the others that left their floor, what they share, and the sum of their claims.
func rise(above int64, amounts, claims, ceilings []int64) (free []int, rest, claimed int64) {
	edges := make([]edge, 0, 2*len(claims))
	for i, claim := range claims {
		if claim > 0 && amounts[i] < ceilings[i] {
			edges = append(edges, edge{amounts[i], claim, int32(i), false}, edge{ceilings[i], claim, int32(i), true})
		}
	}
	passed, rest, claimed := pass(edges, above)
	rising := make([]bool, len(claims))
	for _, e := range edges[:passed] {
		rising[e.item] = !rising[e.item] // who is past both edges rises no more
		if e.top {
			amounts[e.item] = e.fen
		}
	}
	for i := range rising {
		if rising[i] {
			free = append(free, i)
		}
	}
	return free, rest, claimed
}

// pass puts the edges first that the level passes before all is given out, in no order of their own, and returns how many
// they are, what those between their edges then share, and the sum of their claims. What is given out grows with the level,
// so edges are put in order only around the one where it ends (Hoare, Algorithm 65: Find, 1961).
func pass(edges []edge, above int64) (passed int, rest, claimed int64) {
	rest = above
	for end := len(edges); passed < end; {
		pivot := edges[passed+(end-passed)/2]
		below, same := part(edges[passed:end], pivot)
		restBelow, claimedBelow := passAll(edges[passed:passed+below], rest, claimed)
		if restBelow < 0 || compareProducts(restBelow, pivot.claim, pivot.fen, claimedBelow) <= 0 { // the free items would take all that is left
			end = passed + below
			continue
		}
		rest, claimed = passAll(edges[passed+below:passed+below+same], restBelow, claimedBelow)
		passed += below + same
	}
	return passed, rest, claimed
}

// passAll is what is left, and the claims to it, past some edges.
func passAll(edges []edge, rest, claimed int64) (int64, int64) {
	for i := range edges {
		rest, claimed = edges[i].passed(rest, claimed)
	}
	return rest, claimed
}

// part puts the edges below a pivot's level first, then those of the same level, and counts both.
func part(edges []edge, pivot edge) (below, same int) {
	at, above := 0, len(edges)
	for at < above {
		switch order := byLevel(&edges[at], &pivot); {
		case order < 0:
			edges[at], edges[below] = edges[below], edges[at]
			below++
			at++
		case order > 0:
			above--
			edges[at], edges[above] = edges[above], edges[at]
		default:
			at++
		}
	}
	return below, at - below
}

// apportion shares rest among the free items in proportion to their claims, which add up to claimed.
func apportion(rest, claimed int64, free []int, claims, amounts []int64) {
	remainders := make([]uint64, len(claims))
	left := rest
	for _, i := range free {
		high, low := bits.Mul64(uint64(rest), uint64(claims[i]))
		quota, remainder := bits.Div64(high, low, uint64(claimed)) // a quota is at most its ceiling, so it fits
		amounts[i], remainders[i] = int64(quota), remainder
		left -= int64(quota)
	}
	slices.SortFunc(free, func(a, b int) int { return cmp.Or(cmp.Compare(remainders[b], remainders[a]), cmp.Compare(a, b)) })
	for _, i := range free[:left] { // fewer than there are free items
		amounts[i]++
	}
}
