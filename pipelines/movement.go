package pipelines

import (
	"math"
	"slices"

	"pingxin/pipelines/reduce"
)

// explainMovement says what differs from the published run and why.
func (n *night) explainMovement() {
	if n.last.ID == 0 {
		return
	}
	moved := n.contractMovements()
	n.result.movements = append(n.result.movements, n.supplierMovements(moved)...)
}

// contractMovements lists the evaluations that changed and returns the suppliers concerned.
func (n *night) contractMovements() map[string]bool {
	suppliers := map[string]bool{}
	n.changed(func(was, now *reduce.Standing) {
		suppliers[now.Supplier] = true
		m := movement{run: n.id, subject: "contract", id: now.Contract, after: now.Value, gradeAfter: orElse(now.Grade, string(now.Status)), before: math.NaN()}
		if was != nil {
			m.before, m.gradeBefore = was.Value, orElse(was.Grade, string(was.Status))
		}
		if was == nil || !sameNumber(m.before, m.after) || m.gradeBefore != m.gradeAfter {
			m.cause = n.causeOf(now.Key, was == nil)
			n.result.movements = append(n.result.movements, m)
		}
	})
	return suppliers
}

// causeOf says why an evaluation differs from the published one.
func (n *night) causeOf(key int32, isNew bool) string {
	in := func(keys []int32) bool { _, found := slices.BinarySearch(keys, key); return found }
	switch {
	case isNew:
		return "new_contract"
	case n.last.PolicyHash != n.Policy.Hash:
		return "policy"
	case in(n.corrected):
		return "correction"
	case in(n.evidence):
		return "new_evidence"
	default:
		return "date" // a cap began or ended, the service ended
	}
}

// supplierMovements lists the ratings whose score or level changed. moved are the suppliers with a changed evaluation.
func (n *night) supplierMovements(moved map[string]bool) []movement {
	var all []movement
	for i := range n.result.ratings.all {
		now := &n.result.ratings.all[i]
		was, known := n.ratingsBefore[now.Supplier]
		m := movement{run: n.id, subject: "supplier", id: now.Supplier, before: math.NaN(), after: now.valued(now.Score),
			gradeBefore: was.Level, gradeAfter: orElse(now.Level, string(now.Status))}
		if known {
			m.before = was.Score
			if sameNumber(m.before, m.after) && m.gradeBefore == m.gradeAfter {
				continue
			}
		}
		switch {
		case !known:
			m.cause = "new_supplier"
		case n.last.PolicyHash != n.Policy.Hash:
			m.cause = "policy"
		case moved[now.Supplier] || n.newConduct[now.Supplier]:
			m.cause = "new_evidence"
		default:
			m.cause = "ageing"
		}
		all = append(all, m)
	}
	return all
}

// sameNumber takes two missing numbers for equal.
func sameNumber(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
