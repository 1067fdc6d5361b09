package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"pingxin/pipelines"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// growthPoint is what one size costs, in seconds of all processors; tools/growth draws a line of them.
type growthPoint struct {
	Axis      string           `json:"axis"` // what grows: scores, contracts or raters
	Scores    int              `json:"scores"`
	Contracts int              `json:"contracts"`
	Raters    int              `json:"raters"`
	Bare      float64          `json:"bare_group_by_s"`
	Calibrate float64          `json:"calibrate_s,omitempty"` // of the axis of raters only
	Full      float64          `json:"full_run_s"`
	Steps     []pipelines.Step `json:"full_run_steps"`
	PeakMiB   int64            `json:"peak_resident_mib"` // while full runs computed
	Bytes     int64            `json:"database_bytes"`    // with the results of one run
}

// What the axes hold fixed, and between which sizes they go in steps of ten.
const (
	growthScores   = 1_000_000 // of the axes of contracts and raters
	growthSmallest = 1_000     // contracts or raters
	growthLargest  = 100_000   // contracts or raters
	growthFewest   = 100_000   // scores
)

// growthSizes are the sizes to measure: scores up to the most asked for with as many contracts as usual, and contracts and
// raters alone.
func growthSizes(most int) (all []growthPoint) {
	for scores := growthFewest; scores <= most; scores *= 10 {
		all = append(all, growthPoint{Axis: "scores", Scores: scores, Contracts: scores / scoresPerContract, Raters: raterCount})
	}
	for n := growthSmallest; n <= growthLargest; n *= 10 {
		all = append(all, growthPoint{Axis: "contracts", Scores: growthScores, Contracts: n, Raters: raterCount})
	}
	for n := growthSmallest; n <= growthLargest; n *= 10 {
		all = append(all, growthPoint{Axis: "raters", Scores: growthScores, Contracts: growthScores / scoresPerContract, Raters: n})
	}
	return all
}

// grow measures every size and writes a line of JSON for each.
func grow(ctx context.Context, o benchOptions, path string) (err error) {
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("--growth: %w", err)
	}
	w := bufio.NewWriter(f)
	defer func() { err = errors.Join(err, w.Flush(), f.Close()) }()
	for _, point := range growthSizes(o.scores) {
		b := &bench{benchOptions: o, policy: p, day: firstDay, now: processorClock}
		b.scores, b.contracts, b.raters = point.Scores, point.Contracts, point.Raters
		if err := b.grow(ctx, &point); err != nil {
			return fmt.Errorf("%d scores of %d contracts by %d raters: %w", point.Scores, point.Contracts, point.Raters, err)
		}
		if err := json.NewEncoder(w).Encode(point); err != nil {
			return err
		}
		if err := w.Flush(); err != nil { // what is measured stays, whatever happens to the next
			return err
		}
	}
	return nil
}

// processorClock is a clock that runs as the process uses processors, so that a run says of each of its steps what it cost.
func processorClock() time.Time {
	return firstDay.Add(time.Duration(processorSeconds() * float64(time.Second)))
}

// grow measures one size in a directory of its own.
func (b *bench) grow(ctx context.Context, point *growthPoint) error {
	dir, err := os.MkdirTemp(b.dir, "growth-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.result = benchResult{Scores: b.scores, Contracts: b.contracts}
	data := settings{data: filepath.Join(dir, "data"), memory: b.memory}
	for _, part := range []func(context.Context, *store.Store) error{b.make, b.bare, b.full} {
		if err := data.with(ctx, func(st *store.Store) error { return part(ctx, st) }); err != nil {
			return err
		}
	}
	if point.Axis == "raters" {
		if err := data.with(ctx, func(st *store.Store) error { return b.calibrate(ctx, st, point) }); err != nil {
			return err
		}
	}
	point.Bare, point.Full, point.Steps, point.PeakMiB = b.result.BareProcessor, b.result.FullProcessor, b.result.FullSteps, b.result.PeakMiB
	file, err := os.Stat(filepath.Join(dir, "data", "pingxin.db"))
	if err != nil {
		return err
	}
	point.Bytes = file.Size()
	return nil
}

// calibrate measures one calibration: it costs as much as many runs, and is made once a month.
func (b *bench) calibrate(ctx context.Context, st *store.Store, point *growthPoint) error {
	m, err := timed(func() error {
		_, err := pipelines.Calibrate(ctx, st, pipelines.Options{AsOf: b.day, Policy: b.policy, Program: program()})
		return err
	})
	point.Calibrate = m.processor
	return err
}
