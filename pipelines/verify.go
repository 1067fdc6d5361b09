package pipelines

import (
	"context"
	"fmt"
	"slices"

	"pingxin/pipelines/policy"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
)

// Verification says what came of computing a published run again.
type Verification struct {
	store.Run
	Again       string       `json:"hash_again"` // of the run computed now from the same day, policy and batches
	Holds       bool         `json:"holds"`      // the two hashes are the same
	Differences []Difference `json:"differences"`
}

// Difference is one published result that comes out otherwise now.
type Difference struct {
	Table     string `json:"table"`
	ID        string `json:"id"`        // of the contract; empty for the other tables, whose rows are known by their hashes
	Published string `json:"published"` // hash of the row; empty when the run had none
	Again     string `json:"again"`     // hash of the row as it comes out now; empty when there is none
}

// Verify computes a published run again, for its day, by its policy and from the batches that it saw, and compares
// every result with what was published. It publishes nothing.
func Verify(ctx context.Context, st *store.Store, run int, o Options) (v Verification, err error) {
	err = st.Read(ctx, func(ctx context.Context, r *store.Reader) (err error) {
		v.Run, err = store.RunByID(ctx, r, run)
		return err
	})
	if err != nil {
		return v, fmt.Errorf("verify run %d: %w", run, err)
	}
	if o.Policy, err = policy.Parse(v.PolicyID, []byte(v.PolicyText)); err != nil {
		return v, fmt.Errorf("verify run %d: this program does not understand the policy that was kept with it; use the version that made it, %s: %w", run, v.Program, err)
	}
	if o.Policy.Hash != v.PolicyHash {
		return v, fmt.Errorf("verify run %d: this program reads the policy that was kept with it as %s and the run was made by %s; use the version that made it, %s",
			run, o.Policy.Hash, v.PolicyHash, v.Program)
	}
	o.AsOf, o.Full = v.AsOf, true
	n := newNight(o.of(st))
	n.id, n.mark = v.ID, v.Watermark
	err = st.ReadMany(ctx, n.Workers, func(ctx context.Context, readers []*store.Reader) error { return n.again(ctx, readers, &v) })
	if err != nil {
		return v, fmt.Errorf("verify run %d: %w", run, err)
	}
	v.Again = n.hash()
	v.Holds = v.Again == v.Hash
	return v, nil
}

// again computes the run and compares the rows.
func (n *night) again(ctx context.Context, readers []*store.Reader, v *Verification) (err error) {
	if n.basis, err = store.CalibrationByID(ctx, readers[0], v.Calibration); err != nil {
		return err
	}
	if err = n.judgeAnew(ctx, readers); err != nil {
		return err
	}
	published, err := reduce.Published(ctx, readers[0], v.Run, nil)
	if err != nil {
		return err
	}
	v.Differences = append(v.Differences, differingEvaluations(published, n.result.standings)...)
	held, err := reduce.Held(ctx, readers[0], v.ID, nil, reduce.Every)
	if err != nil {
		return err
	}
	if held[clueRows.Name], err = reduce.HeldClues(ctx, readers[0], v.ID, nil); err != nil {
		return err
	}
	for table, d := range n.result.differences() {
		if table != evaluations.Name { // which are known by their contracts
			v.Differences = append(v.Differences, differingRows(table, held[table], d.hashes)...)
		}
	}
	slices.SortStableFunc(v.Differences, func(a, b Difference) int { return compareTables(a.Table, b.Table) })
	return nil
}

// judgeAnew judges every contract and concludes on every supplier from the facts alone, on n's day, with its batches and
// its calibration; no published run is looked at.
func (n *night) judgeAnew(ctx context.Context, readers []*store.Reader) (err error) {
	n.full = true
	if n.judge, n.calibrated, err = compileJudge(ctx, readers[0], n.Policy, n.basis.ID); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return n.plan(ctx, readers) },
		func() error { return n.gather(ctx, readers) },
		func() error { return n.evaluate(ctx, readers) },
		func() error { return n.conclude(ctx, readers) },
		n.check,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// compareTables orders tables as results follow from each other.
func compareTables(a, b string) int {
	order := []string{evaluations.Name, ratings.Name, assessments.Name, candidates.Name, proposals.Name, settlements.Name, clueRows.Name}
	return slices.Index(order, a) - slices.Index(order, b)
}

// differingEvaluations compares two lists in the order of contract numbers.
func differingEvaluations(published, again []reduce.Standing) (all []Difference) {
	for len(published)+len(again) > 0 {
		d := Difference{Table: evaluations.Name}
		if len(again) == 0 || len(published) > 0 && published[0].Contract <= again[0].Contract {
			d.ID, d.Published = published[0].Contract, published[0].Hash
		}
		if len(again) > 0 && (d.ID == "" || d.ID == again[0].Contract) {
			d.ID, d.Again, again = again[0].Contract, again[0].Hash, again[1:]
		}
		if d.Published != "" {
			published = published[1:]
		}
		if d.Published != d.Again {
			all = append(all, d)
		}
	}
	return all
}

// differingRows compares the hashes of a table's rows.
func differingRows(table string, published map[string]bool, again []string) (all []Difference) {
	for _, h := range again {
		if !published[h] {
			all = append(all, Difference{Table: table, Again: h})
		}
		delete(published, h)
	}
	var gone []string
	for h := range published {
		gone = append(gone, h)
	}
	slices.Sort(gone)
	for _, h := range gone {
		all = append(all, Difference{Table: table, Published: h})
	}
	return all
}
