package budget

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"pingxin/scoring"
)

// Pool says how much money there is for next year.
type Pool string

// The pools.
const (
	Open    Pool = ""        // as much as the proposals come to
	Neutral Pool = "neutral" // as much as this year, all of it given out
	Exactly Pool = "exactly" // PoolFen, all of it given out
	AtMost  Pool = "at_most" // PoolFen; where the proposals come to less, the rest is not given out
)

// Scenario asks what would be proposed if. The zero value but for the policy asks for what the policy proposes: its Plan
// has the proposals of Policy.Propose.
type Scenario struct {
	Policy     Policy
	Pool       Pool
	PoolFen    int64           // for Exactly and AtMost
	FloorPct   float64         // of its base that every contract keeps; 0: no floor
	CeilingPct float64         // of its base that a contract gets at most; 0: no ceiling
	Disputed   *Dispute        // nil: none
	Grades     *scoring.Policy // whose lines grade a disputed value; needed only for that
}

// Dispute replaces the evaluation of one contract.
type Dispute struct {
	Contract string
	Held     bool    // it counts as not rated
	Value    float64 // else this value counts, with an interval as wide as it was
}

// Plan is what a scenario proposes for each contract, in the order of contracts.
type Plan struct {
	Amounts          []int64 // of each contract next year, in fen
	BaseFen, NextFen int64   // sums
	PoolFen          int64   // the total that was to be given out; NextFen where the pool is open
	Bound            bool    // the total was shared out, because the proposals alone do not come to it
	Level            float64 // by which every claim between its limits was multiplied, where Bound; 0: all are at a limit

	scenario Scenario
	ground   *Ground
}

// LargestCeilingPct is the most that a ceiling can be, and the ceiling of a total's shares where none is set.
const LargestCeilingPct = 100 + LargestPct

// Check returns everything that is wrong with the scenario; nil means that it is sound. It may still be infeasible.
func (s *Scenario) Check() []error {
	faults := s.Policy.Check()
	if !slices.Contains([]Pool{Open, Neutral, Exactly, AtMost}, s.Pool) {
		faults = append(faults, fmt.Errorf("pool: found %q, expected nothing, neutral, exactly or at_most", s.Pool))
	}
	if s.PoolFen < 0 {
		faults = append(faults, fmt.Errorf("pool: found %d fen, expected 0 or more", s.PoolFen))
	}
	if !(s.FloorPct >= 0 && s.FloorPct <= 100) {
		faults = append(faults, fmt.Errorf("floor: found %g percent of the base, expected 0 to 100", s.FloorPct))
	}
	if s.CeilingPct != 0 && !(s.CeilingPct >= 100 && s.CeilingPct <= LargestCeilingPct) {
		faults = append(faults, fmt.Errorf("ceiling: found %g percent of the base, expected 100 to %d", s.CeilingPct, LargestCeilingPct))
	}
	if d := s.Disputed; d != nil && s.Grades == nil {
		faults = append(faults, errors.New("disputed contract: found no policy that grades its value, expected one"))
	} else if d != nil && !d.Held && !(d.Value >= s.Grades.Scale.Low && d.Value <= s.Grades.Scale.High) {
		faults = append(faults, fmt.Errorf("disputed contract: found the value %g, expected %g to %g", d.Value, s.Grades.Scale.Low, s.Grades.Scale.High))
	}
	return faults
}

// Plan proposes by the scenario. Each contract gets what the policy proposes, held between floor and ceiling. Where that
// does not come to a total that is given, the total is shared in proportion to what the policy proposes (see Share) among
// the contracts that may move. The guards hold as in every proposal: a contract whose move is not certain keeps its base,
// one that may not gain gets its base at most, and by the grade table nobody moves further than the largest move.
//
// The error is an *InfeasibleError where no sharing is possible.
func (s *Scenario) Plan(items []Item) (*Plan, error) {
	items, err := s.settled(items)
	if err != nil {
		return nil, err
	}
	g, err := NewGround(s.Policy, items)
	if err != nil {
		return nil, err
	}
	return s.on(g)
}

// on plans on a ground of the scenario's policy.
func (s *Scenario) on(g *Ground) (plan *Plan, err error) {
	n := len(g.items)
	all := make([]int64, 3*n)
	amounts, floors, ceilings := all[:n], all[n:2*n], all[2*n:]
	plan = &Plan{Amounts: amounts, BaseFen: g.baseFen, scenario: *s, ground: g}
	for i, proposed := range g.proposed {
		r := s.room(g, i)
		amounts[i], floors[i], ceilings[i] = r.hold(proposed), r.floor, r.ceiling
		plan.NextFen += amounts[i]
	}
	plan.PoolFen = s.total(plan)
	if plan.NextFen != plan.PoolFen && (s.Pool != AtMost || plan.NextFen > plan.PoolFen) {
		plan.Amounts, plan.Level, err = Share(plan.PoolFen, g.proposed, floors, ceilings)
		plan.Bound, plan.NextFen = true, plan.PoolFen
	}
	var infeasible *InfeasibleError
	if errors.As(err, &infeasible) {
		s.countFixed(g, infeasible)
	}
	if err != nil {
		return nil, err
	}
	return plan, nil
}

// countFixed counts the contracts that keep their base whatever is shared.
func (s *Scenario) countFixed(g *Ground, e *InfeasibleError) {
	for i := range g.items {
		if r := s.room(g, i); r.floorPct == 100 && r.ceilingPct == 100 {
			e.Fixed++
			e.FixedFen += r.floor
		}
	}
}

// Proposals are all proposals, in the order of contracts.
func (p *Plan) Proposals() []Proposal {
	all := make([]Proposal, len(p.Amounts))
	for i := range all {
		all[i] = p.Proposal(i)
	}
	return all
}

// Proposal is the proposal for the contract at a place, with the reason why it is not what the policy proposes.
func (p *Plan) Proposal(at int) Proposal {
	proposal := p.ground.proposals[at]
	if p.Amounts[at] == p.ground.proposed[at] {
		return proposal
	}
	between := scoring.Note{}
	if p.Bound {
		between = scoring.Note{Code: "pool_share", Have: scoring.Round(p.Level, 6)}
	}
	r, i := p.scenario.room(p.ground, at), &p.ground.items[at]
	proposal.ChangeFen, proposal.Action = p.Amounts[at]-i.BaseFen, p.Action(at)
	proposal.Reasons = append(slices.Clip(proposal.Reasons), p.scenario.reason(&r, i, p.Amounts[at], between)) // those of the ground stay
	return proposal
}

// Action is the action of the proposal for the contract at a place.
func (p *Plan) Action(at int) string {
	action, next, base := p.ground.proposals[at].Action, p.Amounts[at], p.ground.items[at].BaseFen
	switch {
	case next == p.ground.proposed[at] || action == exchanged:
		return action
	case next > base:
		return Raise
	case next < base:
		return Cut
	}
	return Keep
}

// total is the sum that the pool asks for.
func (s *Scenario) total(p *Plan) int64 {
	switch s.Pool {
	case Open:
		return p.NextFen
	case Neutral:
		return p.BaseFen
	}
	return s.PoolFen
}

// settled are the items in the order of contracts, with the disputed one replaced.
func (s *Scenario) settled(items []Item) ([]Item, error) {
	items = inOrder(items)
	if s.Disputed == nil {
		return items, nil
	}
	at := slices.IndexFunc(items, func(i Item) bool { return i.Contract == s.Disputed.Contract })
	if at < 0 {
		return nil, fmt.Errorf("disputed contract: found %q, expected one for which money is proposed", s.Disputed.Contract)
	}
	items = slices.Clone(items)
	items[at] = s.Disputed.replace(items[at], s.Grades)
	return items, nil
}

// replace is the item as the dispute would leave it. A grade that a cap lowered stays lowered.
func (d *Dispute) replace(i Item, grades *scoring.Policy) Item {
	i.Dispute = ""
	if d.Held {
		i.Status, i.Grade, i.Value, i.Low, i.High = scoring.Held, "", math.NaN(), math.NaN(), math.NaN()
		i.BandLow, i.BandHigh = math.NaN(), math.NaN()
		return i
	}
	grade := grades.GradeOf(d.Value)
	if i.Grade != "" && i.Grade != grades.GradeOf(i.Value) {
		grade = grades.Worse(grade, i.Grade)
	}
	low, high := d.Value, d.Value
	if i.Grade != "" {
		low, high = max(d.Value-(i.Value-i.Low), grades.Scale.Low), min(d.Value+(i.High-i.Value), grades.Scale.High)
	} else {
		i.Status = scoring.Rated
	}
	i.Value, i.Low, i.High, i.Grade = d.Value, low, high, grade
	i.BandLow, i.BandHigh = grades.BandOf(grade)
	return i
}

// room is how far a contract's amount may go, and why not further.
type room struct {
	floor, ceiling int64
	floorPct       float64 // of the base; the ceiling's likewise
	ceilingPct     float64
	guarded        bool // a guard against gains puts the ceiling at the base
}

// room is where the guards and the scenario's limits leave the contract at a place to move. It always holds the base, and
// without limits of the scenario what is proposed.
func (s *Scenario) room(g *Ground, at int) room {
	r := room{floorPct: s.FloorPct, ceilingPct: s.CeilingPct}
	if r.ceilingPct == 0 {
		r.ceilingPct = LargestCeilingPct
	}
	guards, base := &g.guards[at], g.items[at].BaseFen
	if guards.fixed {
		r.floorPct, r.ceilingPct = 100, 100
	} else if guards.limited {
		r.floorPct, r.ceilingPct = max(r.floorPct, 100-s.Policy.LargestMove), min(r.ceilingPct, 100+s.Policy.LargestMove)
	}
	if guards.gainless && r.ceilingPct > 100 {
		r.ceilingPct, r.guarded = 100, true
	}
	r.floor, r.ceiling = base+percentOf(base, r.floorPct-100), base+percentOf(base, r.ceilingPct-100)
	if s.CeilingPct == 0 {
		r.ceiling = max(r.ceiling, g.proposed[at])
	}
	return r
}

// hold keeps an amount within the room.
func (r *room) hold(amount int64) int64 { return min(max(amount, r.floor), r.ceiling) }

// reason says why an amount is what it is: the limit that it lies at, else the given note.
func (s *Scenario) reason(r *room, i *Item, next int64, between scoring.Note) scoring.Note {
	switch {
	case next == r.floor:
		return scoring.Note{Code: "at_floor", Have: r.floorPct}
	case next == r.ceiling && r.guarded:
		note, _ := s.Policy.noGain(i)
		return note
	case next == r.ceiling:
		return scoring.Note{Code: "at_ceiling", Have: r.ceilingPct}
	}
	return between
}
