package budget

import "reflect"

// Ground is what the policy alone says of some items: what it proposes and how far its guards let each contract move. All
// scenarios that leave policy and items as they are plan on the same ground. It does not change, so it can be kept.
type Ground struct {
	policy    Policy
	items     []Item // in the order of contracts, as all that follows
	proposals []Proposal
	proposed  []int64 // amounts of the proposals, in fen
	guards    []guards
	baseFen   int64 // of all items
}

// guards are what holds a contract back whatever a scenario asks for.
type guards struct {
	fixed    bool // it keeps its base
	limited  bool // it moves no further than the policy's largest move
	gainless bool // it gets its base at most
}

// NewGround is the ground of items, in whatever order they come. Neither these nor what the policy holds may change after it.
func NewGround(p Policy, items []Item) (*Ground, error) {
	items = inOrder(items)
	proposals, err := p.Propose(items)
	if err != nil {
		return nil, err
	}
	g := &Ground{policy: p, items: items, proposals: proposals, proposed: make([]int64, len(items)), guards: make([]guards, len(items))}
	for i := range items {
		g.proposed[i], g.guards[i] = proposals[i].NextFen(), p.guardsOf(&items[i])
		g.baseFen += items[i].BaseFen
	}
	return g, nil
}

// guardsOf is what holds a contract back.
func (p *Policy) guardsOf(i *Item) guards {
	if p.fixed(i) {
		return guards{fixed: true}
	}
	row := p.row(i.Grade)
	_, gainless := p.noGain(i)
	return guards{limited: p.Method == GradeTable && !row.Exempt, gainless: gainless}
}

// Plan plans by a scenario as its own Plan does of the ground's items, without proposing anew where the ground serves.
func (g *Ground) Plan(s *Scenario) (*Plan, error) {
	if s.Disputed != nil || !reflect.DeepEqual(s.Policy, g.policy) {
		return s.Plan(g.items)
	}
	return s.on(g)
}
