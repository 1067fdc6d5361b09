// Package scoring turns the scores of purchasers, recipients and third parties on one contract into an evaluation with
// interval, caps, warnings and a slip of every term. It decides how scores of one party become one value, how parties
// and indicators are weighted, what happens when a party or answers are missing, and which grade a value earns. Where
// the scores come from, what a supplier's evaluations add up to and what they cost is left to others: the package
// knows no storage, clock or file.
package scoring

import (
	"errors"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"
)

// Judge evaluates contracts by one policy and one calibration. It is made by Compile and safe for concurrent use.
type Judge struct {
	policy    Policy
	nodes     []node         // in tree order: a dimension, its leaves, the next dimension
	byID      map[string]int // node by indicator id
	top       []int          // the nodes without parent
	asked     [4]bool        // parties that some leaf asks
	location  [4]Location
	sample    [4]Sample
	severity  [4]bool                  // parties whose scores are adjusted
	peers     map[string]Peer          // of the calibration; nil for none
	raters    map[int32]Rater          // likewise
	quartiles map[QuartileKey]Quartile // likewise
	z         float64                  // normal quantile of the interval
	// termCount is the number of terms of all leaves; idle keeps judgements whose memory can be used again.
	termCount int
	idle      sync.Pool
}

// node is one indicator of the tree.
type node struct {
	Indicator
	children []int
	parties  [4]float64 // weights by party; all 0 for a leaf that nobody scores
	leaf     bool
}

// Compile checks a policy and prepares it for judging by a calibration, nil for none. The error joins everything that
// Check found.
func Compile(p Policy, c *Calibration) (*Judge, error) {
	if faults := p.Check(); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	j := &Judge{policy: p, byID: map[string]int{}, z: distuv.UnitNormal.Quantile(0.5 + p.Confidence/2)}
	if c != nil {
		j.peers, j.raters, j.quartiles = c.Peers, c.Raters, c.Quartiles
	}
	j.plant("")
	for _, l := range p.Location {
		party, _ := ParseParty(l.Party) // checked
		j.location[party] = l
	}
	for _, s := range p.Sample {
		party, _ := ParseParty(s.Party) // checked
		j.sample[party] = s
	}
	if p.Severity.Use != UseNot && len(j.raters) > 0 {
		for _, word := range p.Severity.Parties {
			party, _ := ParseParty(word) // checked
			j.severity[party] = true
		}
	}
	return j, nil
}

// plant appends the indicators below parent, each followed by what is below it, and returns their node numbers.
func (j *Judge) plant(parent string) []int {
	var planted []int
	for _, i := range j.policy.Indicators {
		if i.Parent != parent {
			continue
		}
		at := len(j.nodes)
		j.byID[i.ID] = at
		n := node{Indicator: i, leaf: i.Kind != ""}
		for word, weight := range i.Parties {
			party, _ := ParseParty(word) // checked
			n.parties[party] = weight
			j.asked[party] = true
		}
		if n.leaf {
			j.termCount += max(1, len(i.Parties))
		}
		j.nodes = append(j.nodes, n)
		planted = append(planted, at)
		j.nodes[at].children = j.plant(i.ID)
	}
	if parent == "" {
		j.top = planted
	}
	return planted
}

// Leaf returns the leaf indicator of that id.
func (j *Judge) Leaf(id string) (Indicator, bool) {
	at, known := j.byID[id]
	if !known || !j.nodes[at].leaf {
		return Indicator{}, false
	}
	return j.nodes[at].Indicator, true
}

// Leaves lists the leaf indicators in tree order.
func (j *Judge) Leaves() []Indicator {
	var leaves []Indicator
	for i := range j.nodes {
		if j.nodes[i].leaf {
			leaves = append(leaves, j.nodes[i].Indicator)
		}
	}
	return leaves
}

// GradeOf is the grade of an official (rounded) value.
func (j *Judge) GradeOf(value float64) string { return j.policy.GradeOf(value) }

// GradeRank is the place of a grade, 0 for the best; -1 when the policy has no such grade.
func (j *Judge) GradeRank(id string) int { return j.policy.GradeRank(id) }

// BandOf returns the lines of a grade's band, [low, high); NaN for an unknown grade, for the empty one too.
func (j *Judge) BandOf(id string) (low, high float64) { return j.policy.BandOf(id) }

// worse returns the worse of two grades.
func (j *Judge) worse(a, b string) string { return j.policy.Worse(a, b) }

// GradeOf is the grade of an official (rounded) value.
func (p *Policy) GradeOf(value float64) string {
	for _, b := range p.Bands {
		if value >= b.From {
			return b.ID
		}
	}
	return p.Bands[len(p.Bands)-1].ID // Low is the lowest band's line, and no value lies below it
}

// GradeRank is the place of a grade, 0 for the best; -1 when the policy has no such grade.
func (p *Policy) GradeRank(id string) int {
	return slices.IndexFunc(p.Bands, func(b Band) bool { return b.ID == id })
}

// BandOf returns the lines of a grade's band, [low, high); NaN for an unknown grade, for the empty one too.
func (p *Policy) BandOf(id string) (low, high float64) {
	at := p.GradeRank(id)
	switch {
	case at < 0:
		return math.NaN(), math.NaN()
	case at == 0:
		return p.Bands[0].From, p.Scale.High
	}
	return p.Bands[at].From, p.Bands[at-1].From
}

// Worse is the worse of two grades.
func (p *Policy) Worse(a, b string) string {
	if p.GradeRank(a) > p.GradeRank(b) {
		return a
	}
	return b
}
