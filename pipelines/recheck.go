package pipelines

import (
	"fmt"
	"hash/fnv"
	"slices"

	"pingxin/credit"
	creditrecheck "pingxin/credit/recheck"
	"pingxin/pipelines/reduce"
	"pingxin/scoring"
	"pingxin/scoring/recheck"
)

// How many results of a run are computed a second time, in exact arithmetic and by code that shares nothing with the
// first: a mistake that concerns one result in a hundred is found in the first full run with a chance of four in ten, and
// within a month of ordinary nights almost surely, for a hundredth of their time.
const (
	recheckFull     = 48 // contracts, and as many suppliers, in a full run
	recheckOrdinary = 8  // in an ordinary night
)

// sampled says whether a result belongs to the run's sample out of some; which do changes from day to day, and is the same
// for whoever computes the run.
func (n *night) sampled(id string, of int) bool {
	want := recheckOrdinary
	if n.full {
		want = recheckFull
	}
	if want >= of {
		return true
	}
	h := fnv.New64a()
	fmt.Fprint(h, id, n.AsOf.Unix())
	return h.Sum64()%uint64(of) < uint64(want)
}

// judged judges a contract, its slip in the memory of another that is not needed any more, and makes sure of it when it
// belongs to the sample.
func (n *night) judged(c *reduce.Contract, memory []scoring.Part) (scoring.Evaluation, error) {
	if !n.sampled(c.Evidence.Contract, len(n.keys)) {
		return n.judge.EvaluateIn(memory, c.Evidence, n.AsOf), nil
	}
	again := c.Evidence // judging sorts the cells
	again.Cells = slices.Clone(again.Cells)
	for i := range again.Cells {
		cell := &again.Cells[i]
		cell.Values, cell.Raters = slices.Clone(cell.Values), slices.Clone(cell.Raters)
	}
	e := n.judge.EvaluateIn(memory, c.Evidence, n.AsOf)
	if err := recheck.Evaluation(&n.Policy.Evaluation, n.calibrated, again, n.AsOf, e); err != nil {
		return e, fmt.Errorf("check: %w; nothing was published: this is a mistake in the program, report it with the contract's number", err)
	}
	return e, nil
}

// rate rates a supplier, and makes sure of it when it belongs to the sample.
func (n *night) rate(ev credit.Evidence) (credit.Rating, error) {
	r := n.Policy.Credit.Rate(ev, n.AsOf)
	if !n.sampled(ev.Supplier, len(n.suppliers)) {
		return r, nil
	}
	if err := creditrecheck.Rating(n.Policy.Credit, ev, n.AsOf, r); err != nil {
		return r, fmt.Errorf("check: %w; nothing was published: this is a mistake in the program, report it with the supplier's id", err)
	}
	return r, nil
}
