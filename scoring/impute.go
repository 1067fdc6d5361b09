package scoring

import (
	"iter"
	"math"
	"slices"
)

// QuartileKey says of whose values a Quartile is: those that one party gave on one leaf to the contracts of a peer group.
type QuartileKey struct {
	Peer      string // as in Evidence
	Indicator string
	Party     Party
}

// Quartile is what may stand for a missing value.
type Quartile struct {
	Value float64 // lower quartile (type 7), in points: so that a party's absence does not pay
	// Spread is the root of the mean squared distance of the values from Value, in points: how far off Value is where it
	// stands for the one that is missing. It is no smaller than their standard deviation, because Value is not their mean.
	Spread float64
	N      int // contracts
}

// Imputes says whether the policy puts the peers' lower quartile in for a missing party.
func (p *Policy) Imputes() bool { return p.Missing.One == "impute" || p.Missing.Two == "impute" }

// missingTerms are the terms of the missing parties, each with the number of its leaf.
func (w *judgement) missingTerms() iter.Seq2[int, *term] {
	return func(yield func(int, *term) bool) {
		for at := range w.worths {
			terms := w.worths[at].terms
			for i := range terms {
				if slices.Contains(w.out.Missing, terms[i].party) && !yield(at, &terms[i]) {
					return
				}
			}
		}
	}
}

// impute puts the peers' lower quartile in for every term of the missing parties, if the policy says so. It puts in all of
// them or none: without a quartile for one the contract is held. Where nobody gave and nothing was measured there is no
// evidence that could be completed.
func (w *judgement) impute() {
	if w.missingRule() != "impute" || w.nothing() {
		return
	}
	for at, t := range w.missingTerms() {
		if _, known := w.quartiles[QuartileKey{w.ev.Peer, w.nodes[at].ID, t.party}]; !known {
			w.warn(Note{Code: "nothing_to_impute", Indicator: w.nodes[at].ID, Party: t.party, Need: MinPeers})
			w.unimputed = true
		}
	}
	if w.unimputed {
		return
	}
	var imputed [4]int
	for at, t := range w.missingTerms() {
		n := &w.nodes[at]
		w.put(n, t, w.quartiles[QuartileKey{w.ev.Peer, n.ID, t.party}])
		imputed[t.party]++
		w.combineTerms(n, &w.worths[at])
	}
	for _, party := range w.out.Missing {
		w.warn(Note{Code: "party_imputed", Party: party, Have: float64(imputed[party])})
	}
}

// put gives a term the value of others and the full weight of its party. Its error is their spread, and at least what the
// policy assumes of one rater, or peers who are all alike would make a value that nobody gave surer than one that somebody
// did. The answers, when there were a few, stay to be seen in the plain mean.
func (w *judgement) put(n *node, t *term, q Quartile) {
	t.raw, t.adjusted, t.value = q.Value, math.NaN(), q.Value
	t.se = max(q.Spread, w.policy.RaterError.SD)
	t.weight, t.note = n.parties[t.party], "imputed"
}
