package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
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

type benchOptions struct {
	scores, contracts, repeat int
	csvRows, sheetRows        int           // of the files that are benchImport; 0: none
	serving                   time.Duration // of each measurement of the pages; 0: they are not measured
	memory, dir               string
	log                       io.Writer
}

// benchResult holds medians; times in seconds.
type benchResult struct {
	Scores        int              `json:"scores"`
	Contracts     int              `json:"contracts"`
	Repeat        int              `json:"repeat"`
	BareSeconds   float64          `json:"bare_group_by_s"`
	FullSeconds   float64          `json:"full_run_s"`
	FullOverBare  float64          `json:"full_over_bare"`
	NightSeconds  float64          `json:"ordinary_night_s"`
	NightOverFull float64          `json:"night_over_full"`
	NightTouched  int64            `json:"ordinary_night_contracts"`
	Imports       []benchImport    `json:"imports"`
	PeakMiB       int64            `json:"peak_resident_mib"`
	FullSteps     []pipelines.Step `json:"full_run_steps"`
	NightSteps    []pipelines.Step `json:"ordinary_night_steps"`
	Served        *servings        `json:"served,omitempty"` // nil: not measured
	Samples       []timings        `json:"samples"`
}

// timings are every measurement of one figure, in seconds, in their order.
type timings struct {
	Name    string    `json:"name"`
	Seconds []float64 `json:"seconds"`
}

// bench is one benchmark under way.
type bench struct {
	benchOptions
	policy *policy.Policy
	day    time.Time // of the next run
	result benchResult
}

// measure makes the scores and measures; every figure is the median of o.repeat.
func measure(ctx context.Context, o benchOptions) (benchResult, error) {
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		return benchResult{}, err
	}
	b := &bench{benchOptions: o, policy: p, day: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)}
	if o.contracts == 0 {
		o.contracts = max(1000, o.scores/scoresPerContract)
	}
	b.result = benchResult{Scores: o.scores, Contracts: o.contracts, Repeat: o.repeat}
	data := settings{data: filepath.Join(o.dir, "data"), memory: o.memory}
	parts := []func(context.Context, *store.Store) error{b.make, b.bare, b.full, b.night, b.imports}
	if o.serving > 0 {
		parts = append(parts, b.serve)
	}
	for _, part := range parts {
		if err := data.with(ctx, func(st *store.Store) error { return part(ctx, st) }); err != nil {
			return benchResult{}, err
		}
	}
	b.result.PeakMiB, err = peakMiB()
	return b.result, err
}

// median runs f several times and returns the median of its times in seconds.
func (b *bench) median(what string, f func() error) (float64, error) {
	times := make([]float64, 0, b.repeat)
	for range b.repeat {
		began := time.Now()
		if err := f(); err != nil {
			return 0, fmt.Errorf("%s: %w", what, err)
		}
		times = append(times, time.Since(began).Seconds())
	}
	return b.keep(what, times), nil
}

// keep keeps the measurements of a figure and returns their median.
func (b *bench) keep(what string, seconds []float64) float64 {
	b.result.Samples = append(b.result.Samples, timings{what, seconds})
	sorted := slices.Sorted(slices.Values(seconds))
	middle := sorted[len(sorted)/2]
	fmt.Fprintf(b.log, "%-20s %.3f s of %v\n", what, middle, seconds)
	return middle
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
func (b *bench) bare(ctx context.Context, st *store.Store) (err error) {
	b.result.BareSeconds, err = b.median("bare GROUP BY", func() error {
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
	return err
}

// full measures runs that judge and write every contract: the results are removed after each, so that nothing can be
// skipped as known.
func (b *bench) full(ctx context.Context, st *store.Store) error {
	var seconds []float64
	for range b.repeat {
		report, err := b.run(ctx, st, true)
		if err != nil {
			return fmt.Errorf("full run: %w", err)
		}
		seconds = append(seconds, report.FinishedAt.Sub(report.StartedAt).Seconds())
		b.result.FullSteps = report.Steps
		if err := forget(ctx, st); err != nil {
			return err
		}
	}
	if _, err := b.run(ctx, st, true); err != nil { // what the ordinary nights start from
		return err
	}
	b.result.FullSeconds = b.keep("full run", seconds)
	b.result.FullOverBare = b.result.FullSeconds / b.result.BareSeconds
	return nil
}

// run starts from a collected heap, so that no run pays for what the one before left.
func (b *bench) run(ctx context.Context, st *store.Store, full bool) (pipelines.Report, error) {
	runtime.GC()
	b.day = b.day.AddDate(0, 0, 1)
	return pipelines.Run(ctx, st, pipelines.Options{AsOf: b.day, Policy: b.policy, Full: full, Program: program()})
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
	var seconds []float64
	for i := range b.repeat {
		if err := b.newScores(ctx, st, i); err != nil {
			return err
		}
		report, err := b.run(ctx, st, false)
		if err != nil {
			return fmt.Errorf("ordinary night: %w", err)
		}
		if report.Full {
			return fmt.Errorf("the ordinary night judged every contract")
		}
		seconds = append(seconds, report.FinishedAt.Sub(report.StartedAt).Seconds())
		b.result.NightTouched, b.result.NightSteps = report.Touched, report.Steps
	}
	b.result.NightSeconds = b.keep("ordinary night", seconds)
	b.result.NightOverFull = b.result.NightSeconds / b.result.FullSeconds
	return nil
}

// peakMiB is the most memory that the process ever held, from the kernel; 0 where the kernel does not say.
func peakMiB() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, nil
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib / 1024, err
		}
	}
	return 0, nil
}
