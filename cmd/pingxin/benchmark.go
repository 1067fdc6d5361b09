package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"pingxin/pipelines"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// The shape of the synthetic scores: what a district's programme looks like at a hundred million scores.
const (
	scoresPerContract = 500
	raterCount        = 100_000
	touchedShare      = 0.001 // contracts with new scores on an ordinary night
)

// firstDay is the day before the first run.
var firstDay = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)

type benchOptions struct {
	scores, contracts, raters, repeat int
	suppliers                         int           // that are registered; those that have contracts are never left out
	threads                           int           // of the database; 0: one per processor
	csvRows, sheetRows                int           // of the files that are imported; 0: none
	serving                           time.Duration // of each measurement of the pages; 0: they are not measured
	memory, dir                       string
	log                               io.Writer
}

// benchResult holds medians; times in seconds.
type benchResult struct {
	Scores        int              `json:"scores"`
	Contracts     int              `json:"contracts"`
	Repeat        int              `json:"repeat"`
	BareSeconds   float64          `json:"bare_group_by_s"`
	FullSeconds   float64          `json:"full_run_s"`
	FullOverBare  float64          `json:"full_over_bare"`
	BareProcessor float64          `json:"bare_group_by_processor_s"` // of all processors, whatever else the machine did
	FullProcessor float64          `json:"full_run_processor_s"`
	NightSeconds  float64          `json:"ordinary_night_s"`
	NightOverFull float64          `json:"night_over_full"`
	NightTouched  int64            `json:"ordinary_night_contracts"`
	Imports       []benchImport    `json:"imports"`
	PeakMiB       int64            `json:"peak_resident_mib"` // while full runs computed
	FullSteps     []pipelines.Step `json:"full_run_steps"`
	NightSteps    []pipelines.Step `json:"ordinary_night_steps"`
	Served        *servings        `json:"served,omitempty"` // nil: not measured
	Samples       []timings        `json:"samples"`
}

// timings are every measurement of one figure, in seconds, in their order.
type timings struct {
	Name      string    `json:"name"`
	Seconds   []float64 `json:"seconds"`
	Processor []float64 `json:"processor_seconds"` // that the process used of all processors
}

// measured is how long something took.
type measured struct{ seconds, processor float64 }

// timed measures f.
func timed(f func() error) (measured, error) {
	began, used := time.Now(), processorSeconds()
	err := f()
	return measured{time.Since(began).Seconds(), processorSeconds() - used}, err
}

// bench is one benchmark under way.
type bench struct {
	benchOptions
	policy *policy.Policy
	day    time.Time        // of the last run
	now    func() time.Time // clock of the runs; nil: the time
	result benchResult

	replace func(context.Context, func(context.Context) error) error // makes a run while pages are served
}

// measure makes the scores and measures; every figure is the median of o.repeat.
func measure(ctx context.Context, o benchOptions) (benchResult, error) {
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		return benchResult{}, err
	}
	if o.contracts == 0 {
		o.contracts = max(1000, o.scores/scoresPerContract)
	}
	o.raters = cmp.Or(o.raters, raterCount)
	b := &bench{benchOptions: o, policy: p, day: firstDay}
	b.result = benchResult{Scores: o.scores, Contracts: o.contracts, Repeat: o.repeat}
	data := settings{data: filepath.Join(o.dir, "data"), threads: o.threads, memory: o.memory}
	for _, part := range []func(context.Context, *store.Store) error{b.make, b.bare, b.full, b.night, b.imports} {
		if err := data.with(ctx, func(st *store.Store) error { return part(ctx, st) }); err != nil {
			return benchResult{}, err
		}
	}
	if o.serving > 0 {
		data.threads = servedThreads(data.threads)
		err = data.with(ctx, func(st *store.Store) error { return b.serve(ctx, st) })
	}
	return b.result, err
}

// median measures f several times and returns the medians.
func (b *bench) median(what string, f func() error) (measured, error) {
	all := make([]measured, 0, b.repeat)
	for range b.repeat {
		m, err := timed(f)
		if err != nil {
			return measured{}, fmt.Errorf("%s: %w", what, err)
		}
		all = append(all, m)
	}
	return b.keep(what, all), nil
}

// keep keeps the measurements of a figure and returns their medians.
func (b *bench) keep(what string, all []measured) measured {
	t := timings{Name: what}
	for _, m := range all {
		t.Seconds, t.Processor = append(t.Seconds, m.seconds), append(t.Processor, m.processor)
	}
	b.result.Samples = append(b.result.Samples, t)
	middle := measured{middleOf(t.Seconds), middleOf(t.Processor)}
	fmt.Fprintf(b.log, "%-20s %.3f s of %v\n", what, middle.seconds, t.Seconds)
	return middle
}

// middleOf is the median, the higher of two.
func middleOf(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// make fills an empty store with synthetic facts, straight in the database.
func (b *bench) make(ctx context.Context, st *store.Store) error {
	began := time.Now()
	if err := b.fill(ctx, st); err != nil {
		return fmt.Errorf("make scores: %w", err)
	}
	if _, err := st.Compact(ctx); err != nil {
		return err
	}
	fmt.Fprintf(b.log, "%-20s %.1f s\n", "make scores", time.Since(began).Seconds())
	return nil
}

// bare is what the database alone needs to read every score once.
func (b *bench) bare(ctx context.Context, st *store.Store) error {
	m, err := b.median("bare GROUP BY", func() error {
		return st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
			rows, err := r.Arrow(ctx, `SELECT contract_key, party, indicator_key, count(*) AS n, sum(score_e4) AS total, sum(score_e4::BIGINT * score_e4) AS squares
				FROM score GROUP BY contract_key, party, indicator_key`)
			if err != nil {
				return err
			}
			defer rows.Release()
			for rows.Next() {
			}
			return rows.Err()
		})
	})
	b.result.BareSeconds, b.result.BareProcessor = m.seconds, m.processor
	return err
}

// full measures runs that judge and write every contract: the results are removed after each, so that nothing can be
// skipped as known.
func (b *bench) full(ctx context.Context, st *store.Store) error {
	forgetPeak()
	all := make([]measured, 0, b.repeat)
	for range b.repeat {
		m, report, err := b.run(ctx, st, true)
		if err != nil {
			return fmt.Errorf("full run: %w", err)
		}
		all = append(all, m)
		b.result.FullSteps = report.Steps
		if err := forget(ctx, st); err != nil {
			return err
		}
	}
	var err error
	if b.result.PeakMiB, err = peakMiB(); err != nil {
		return err
	}
	if _, _, err := b.run(ctx, st, true); err != nil { // what the ordinary nights start from
		return err
	}
	m := b.keep("full run", all)
	b.result.FullSeconds, b.result.FullProcessor = m.seconds, m.processor
	b.result.FullOverBare = b.result.FullSeconds / b.result.BareSeconds
	return nil
}

// run starts from a collected heap, so that no run pays for what the one before left.
func (b *bench) run(ctx context.Context, st *store.Store, full bool) (m measured, report pipelines.Report, err error) {
	runtime.GC()
	b.day = b.day.AddDate(0, 0, 1)
	m, err = timed(func() (err error) {
		report, err = pipelines.Run(ctx, st, pipelines.Options{AsOf: b.day, Policy: b.policy, Full: full, Program: program(), Now: b.now})
		return err
	})
	return m, report, err
}

// forget removes every result, so that the next full run writes all rows again.
func forget(ctx context.Context, st *store.Store) error {
	return st.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		for _, table := range []string{"published", "run", "evaluation", "rating", "assessment_grade",
			"blacklist_candidate", "budget_proposal", "settlement_advice", "clue", "movement"} {
			if _, err := w.Exec(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		return nil
	})
}

// night measures runs after a thousandth of the contracts got new scores.
func (b *bench) night(ctx context.Context, st *store.Store) error {
	all := make([]measured, 0, b.repeat)
	for i := range b.repeat {
		if err := b.newScores(ctx, st, i); err != nil {
			return err
		}
		m, report, err := b.run(ctx, st, false)
		if err != nil {
			return fmt.Errorf("ordinary night: %w", err)
		}
		if report.Full {
			return fmt.Errorf("the ordinary night judged every contract")
		}
		all = append(all, m)
		b.result.NightTouched, b.result.NightSteps = report.Touched, report.Steps
	}
	b.result.NightSeconds = b.keep("ordinary night", all).seconds
	b.result.NightOverFull = b.result.NightSeconds / b.result.FullSeconds
	return nil
}
