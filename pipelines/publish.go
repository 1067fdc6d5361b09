package pipelines

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// check refuses to publish an outcome that does not hang together.
func (n *night) check() error {
	o := &n.result
	if o.judged != len(n.keys) {
		return fmt.Errorf("check: %d contracts were to be judged and %d have an evaluation; nothing was published", len(n.keys), o.judged)
	}
	if n.Policy.Credit != nil && len(o.ratings.all) != len(n.suppliers) {
		return fmt.Errorf("check: %d suppliers were to be rated and %d have a rating; nothing was published", len(n.suppliers), len(o.ratings.all))
	}
	for i := range o.proposals.all {
		if p := &o.proposals.all[i]; p.BaseFen+p.ChangeFen < 0 {
			return fmt.Errorf("check: contract %s would get %d fen; nothing was published", p.Contract, p.BaseFen+p.ChangeFen)
		}
	}
	for i := range o.settlements.all {
		if s := &o.settlements.all[i]; s.PayableFen > s.AmountFen || s.DueFen < 0 || s.DueFen > 0 && s.PaidFen+s.DueFen > s.PayableFen {
			return fmt.Errorf("check: of contract %s with %d fen, %d would be payable and, beside %d paid, %d due; nothing was published", s.Contract, s.AmountFen,
				s.PayableFen, s.PaidFen, s.DueFen)
		}
	}
	unused := map[string]int{}
	for i := range n.slots {
		for id, rows := range n.slots[i].unused {
			unused[id] += rows
		}
	}
	for _, id := range slices.Sorted(maps.Keys(unused)) {
		o.notes = append(o.notes, scoring.Note{Code: "scores_without_indicator", Indicator: id, Have: float64(unused[id])})
	}
	n.step("check", len(o.standings))
	return nil
}

// publish writes the outcome under the run's number and moves the pointer, all in one transaction.
func (n *night) publish(ctx context.Context, st *store.Store) (report Report, err error) {
	err = st.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		if err := n.unmoved(ctx, w); err != nil {
			return err
		}
		if err := n.writeResults(ctx, w); err != nil {
			return err
		}
		if report, err = n.report(ctx, &w.Reader); err != nil {
			return err
		}
		n.step("write", n.result.judged)
		report.FinishedAt = n.Now().UTC()
		report.Steps = n.steps
		report.Run.Steps, report.Run.Notes = store.JSONList(n.steps), store.JSONList(n.result.notes)
		return store.Publish(ctx, w, report.Run)
	})
	return report, err
}

// unmoved makes sure that no other run was published since this one read its snapshot.
func (n *night) unmoved(ctx context.Context, w *store.Writer) error {
	var last int
	if err := w.Scan(ctx, []any{&last}, `SELECT coalesce(max(run_id), 0) FROM published`); err != nil {
		return err
	}
	if last != n.last.ID {
		return fmt.Errorf("run %d was published while this run was computing; start it again", last)
	}
	return nil
}

func (n *night) writeResults(ctx context.Context, w *store.Writer) error {
	rows := make([]*store.Rows[evaluation], len(n.slots))
	for i := range n.slots {
		rows[i], n.slots[i].rows = n.slots[i].rows, nil // they are let go of once they are written
	}
	if err := store.CloseEvaluations(ctx, w, n.id, n.result.endedKeys); err != nil {
		return err
	}
	if _, err := store.Insert(ctx, w, rows...); err != nil {
		return err
	}
	o := &n.result
	if err := writeSettled(ctx, w, n.id, &ratings, &o.ratings); err != nil {
		return err
	}
	if err := writeSettled(ctx, w, n.id, &assessments, &o.assessments); err != nil {
		return err
	}
	if err := writeSettled(ctx, w, n.id, &candidates, &o.candidates); err != nil {
		return err
	}
	if err := writeSettled(ctx, w, n.id, &proposals, &o.proposals); err != nil {
		return err
	}
	if err := writeSettled(ctx, w, n.id, &settlements, &o.settlements); err != nil {
		return err
	}
	if err := writeSettled(ctx, w, n.id, &clueRows, &o.clues); err != nil {
		return err
	}
	moved := store.NewRows(&movements)
	for i := range o.movements {
		moved.Add(&o.movements[i])
	}
	_, err := store.Insert(ctx, w, moved)
	return err
}

func writeSettled[T any](ctx context.Context, w *store.Writer, run int, t *store.Table[T], s *settled[T]) error {
	if err := store.Close(ctx, w, t.Name, run, s.ended); err != nil {
		return err
	}
	_, err := store.Insert(ctx, w, s.fresh...)
	return err
}

// report sums the run up for whoever started it, from what the database holds after it; it refuses to publish when some
// contract has no evaluation, or two.
func (n *night) report(ctx context.Context, r *store.Reader) (Report, error) {
	o := &n.result
	t, err := reduce.TotalsOf(ctx, r, n.id)
	if err != nil {
		return Report{}, err
	}
	if t.Evaluations != n.contracts {
		return Report{}, fmt.Errorf("check: %d contracts exist and %d evaluations would hold; nothing was published: run `pingxin doctor`", n.contracts, t.Evaluations)
	}
	return Report{Grades: t.Grades, Levels: t.Levels, Candidates: t.Candidates, Clues: t.Clues, BaseFen: t.BaseFen, ChangeFen: t.ChangeFen, Notes: o.notes, Moved: len(o.movements),
		Run: store.Run{ID: n.id, AsOf: n.AsOf, PolicyID: n.Policy.ID, PolicyHash: n.Policy.Hash, PolicyText: n.Policy.Text,
			Calibration: n.basis.ID, CalibrationHash: n.basis.Hash, Watermark: n.mark, Full: n.full,
			Contracts: int64(n.contracts), Touched: int64(o.judged), Hash: n.hash(), RowSet: o.rows.bytes(), Program: n.Program, StartedAt: n.began.UTC()}}, nil
}

func orElse(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return name
}
