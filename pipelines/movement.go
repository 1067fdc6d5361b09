package pipelines

import (
	"context"
	"math"

	"pingxin/credit"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// point is a result at the end of a stage: its official value, NaN for none, and its grade, or its state without one.
type point struct {
	value float64
	grade string
}

// explainMovement says what differs from the published run, by how much, and which part of it comes from what.
func (n *night) explainMovement(ctx context.Context, readers []*store.Reader) error {
	if n.last.ID > 0 {
		paths, err := n.paths(ctx, readers)
		if err != nil {
			return err
		}
		n.contractMovements(paths)
		if n.Policy.Credit != nil {
			if err := n.supplierMovements(ctx, readers[0], paths); err != nil {
				return err
			}
		}
	}
	n.step("compare with the published run", len(n.result.movements))
	return nil
}

// moved adds a movement when there is one; was is nil for what is new, of which fresh is the cause.
func (n *night) moved(subject, id, fresh string, was *point, ends [stages]point) {
	now := ends[byPolicy]
	m := movement{run: n.id, subject: subject, id: id, cause: fresh, before: math.NaN(), after: now.value, gradeAfter: now.grade}
	for s := range m.parts {
		m.parts[s] = math.NaN()
	}
	if was != nil {
		if sameNumber(was.value, now.value) && was.grade == now.grade {
			return
		}
		m.before, m.gradeBefore = was.value, was.grade
		m.split(*was, ends)
	}
	n.result.movements = append(n.result.movements, m)
}

// split finds the parts of a movement and names its main cause: the stage with the largest part, or, where no value
// moved, the first with another grade. A stage without a value passes the one before on, so that the parts still add up;
// where the whole has no difference there are none.
func (m *movement) split(was point, ends [stages]point) {
	main, value, grade := -1, was.value, was.grade
	var largest float64
	for s, end := range ends {
		next := end.value
		if math.IsNaN(next) {
			next = value
		}
		part := scoring.Round(next-value, store.MovementDecimals)
		if math.Abs(part) > largest {
			main, largest = s, math.Abs(part)
		}
		m.parts[s], value = part, next
	}
	for s, end := range ends {
		if main < 0 && end.grade != grade {
			main = s
		}
	}
	if math.IsNaN(m.before) || math.IsNaN(m.after) {
		for s := range m.parts {
			m.parts[s] = math.NaN()
		}
	}
	m.cause = stageNames[max(main, 0)]
}

// sameNumber takes two missing numbers for equal.
func sameNumber(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// pointOf is a contract's evaluation at the end of a stage.
func pointOf(s *reduce.Standing) point {
	if s == nil {
		return point{value: math.NaN()}
	}
	return point{s.Value, orElse(s.Grade, string(s.Status))}
}

// contractMovements lists the evaluations whose value or grade changed.
func (n *night) contractMovements(paths []*path) {
	for _, p := range paths {
		var was *point
		if p.was != nil {
			before := pointOf(p.was)
			was = &before
		}
		var ends [stages]point
		for s, end := range p.ends {
			ends[s] = pointOf(end)
		}
		n.moved("contract", p.ends[byPolicy].Contract, store.NewContract, was, ends)
	}
}

// supplierMovements lists the ratings whose score or level changed.
func (n *night) supplierMovements(ctx context.Context, r *store.Reader, paths []*path) error {
	w, err := n.newRatingWays(ctx, r, paths)
	if err != nil {
		return err
	}
	ends := make([][stages]point, len(n.suppliers))
	n.inParts(len(n.suppliers), func(i int) { ends[i] = w.ends(i) })
	for i := range n.suppliers {
		id := n.suppliers[i].ID
		var was *point
		if before, known := n.ratingsBefore[id]; known {
			was = &point{before.Score, before.Level}
		}
		n.moved("supplier", id, store.NewSupplier, was, ends[i])
	}
	return nil
}

// ratingWays finds the ways of the suppliers' ratings from the published run to this one.
type ratingWays struct {
	*night
	byKey  map[int32]*path
	moving map[string][]*path        // the changed contracts that a supplier held at any stage
	then   map[string][]credit.Event // as they stood for the published run; only after a change of program
}

func (n *night) newRatingWays(ctx context.Context, r *store.Reader, paths []*path) (*ratingWays, error) {
	w := &ratingWays{night: n, byKey: make(map[int32]*path, len(paths)), moving: map[string][]*path{}}
	for _, p := range paths {
		w.byKey[p.key] = p
		held := map[string]bool{}
		for _, s := range append(p.ends[:], p.was) {
			if s != nil && !held[s.Supplier] {
				held[s.Supplier] = true
				w.moving[s.Supplier] = append(w.moving[s.Supplier], p)
			}
		}
	}
	if !n.newProgram() {
		return w, nil
	}
	var err error
	w.then, err = n.eventsAt(ctx, r, byProgram)
	return w, err
}

// conduct is a supplier with its credit events and listings as they stood at the end of a stage.
func (w *ratingWays) conduct(i int, s stage) *reduce.Supplier {
	supplier := w.suppliers[i]
	if s > byAge {
		return &supplier
	}
	supplier.Listings = listedBy(&supplier, w.last.Watermark)
	if s == byProgram {
		supplier.Events = w.then[supplier.ID]
	} else {
		supplier.Events = knownBy(&supplier, w.last.Watermark)
	}
	return &supplier
}

// ends rates a supplier at the end of every stage. Where only the day has changed there is nothing to rate again.
func (w *ratingWays) ends(i int) (ends [stages]point) {
	id := w.suppliers[i].ID
	now := pointOfRating(w.result.ratings.all[i].Rating)
	before, known := w.ratingsBefore[id]
	for s := range ends {
		ends[s] = now
		if known && stage(s) < byAge {
			ends[s] = point{before.Score, before.Level}
		}
	}
	sameRules := !w.newProgram() && w.last.PolicyHash == w.Policy.Hash
	if w.was.credit == nil || sameRules && len(w.moving[id]) == 0 && !w.newConduct[id] {
		return ends
	}
	first := byProgram
	if !w.newProgram() {
		first = byCorrection
	}
	for s := first; s < byPolicy; s++ {
		day := w.last.AsOf
		if s >= byAge {
			day = w.AsOf
		}
		ends[s] = pointOfRating(w.was.credit.Rate(creditEvidence(w.conduct(i, s), w.standingsAt(id, s)), day))
	}
	return ends
}

// standingsAt are a supplier's evaluations as they stood at the end of a stage.
func (w *ratingWays) standingsAt(id string, s stage) []*reduce.Standing {
	var all []*reduce.Standing
	for _, now := range w.bySupplier[id] {
		if w.byKey[now.Key] == nil {
			all = append(all, now)
		}
	}
	for _, p := range w.moving[id] {
		if then := p.ends[s]; then != nil && then.Supplier == id {
			all = append(all, then)
		}
	}
	return all
}

func pointOfRating(r credit.Rating) point {
	if r.Status != credit.Rated {
		return point{math.NaN(), string(r.Status)}
	}
	return point{r.Score, r.Level}
}
