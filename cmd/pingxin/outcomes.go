package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"

	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/weights"
)

// errNoOutcomes says that there are no contracts on which weights could be tried.
var errNoOutcomes = errors.New("no contracts to try the weights on")

// outcomes are the contracts of the published run whose value the weights decide.
type outcomes struct {
	run      store.Run
	all      []weights.Outcome
	complete int // those with a value for every indicator
	leftOut  int // rated contracts that have no value for any of the indicators
}

// published reads the outcomes of the published run, which has to be one by the same policy.
func (w *weigher) published(ctx context.Context, p *policy.Policy, group []scoring.Indicator) (*outcomes, error) {
	if _, err := os.Stat(w.settings.data); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: found no data directory %s; give --data, or start with `pingxin import` and `pingxin run`", errNoOutcomes, w.settings.data)
	}
	var read *outcomes
	err := w.settings.with(ctx, func(st *store.Store) error {
		return st.Read(ctx, func(ctx context.Context, r *store.Reader) (err error) {
			read, err = readOutcomes(ctx, r, p, group, w.parent)
			return err
		})
	})
	return read, err
}

func readOutcomes(ctx context.Context, r *store.Reader, p *policy.Policy, group []scoring.Indicator, parent string) (*outcomes, error) {
	v, err := store.NewView(ctx, r, store.Everything)
	if errors.Is(err, store.ErrUnpublished) {
		return nil, fmt.Errorf("%w: %w; start one with `pingxin run`", errNoOutcomes, err)
	}
	if err != nil {
		return nil, err
	}
	if v.Run.PolicyHash != p.Hash {
		return nil, fmt.Errorf("%w: found run %d by policy %s (hash %.12s), expected one by %s (hash %.12s); give that policy with --policy, or run by this one first",
			errNoOutcomes, v.Run.ID, v.Run.PolicyID, v.Run.PolicyHash, p.ID, p.Hash)
	}
	read := &outcomes{run: v.Run}
	err = v.EachSlip(ctx, func(contractNo string, parts []scoring.Part) error {
		o, ok := outcomeOf(contractNo, parts, group, parent)
		if !ok {
			read.leftOut++
			return nil
		}
		read.all = append(read.all, o)
		if complete(o) {
			read.complete++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(read.all) == 0 {
		return nil, fmt.Errorf("%w: found none with a value in run %d, expected at least one", errNoOutcomes, v.Run.ID)
	}
	return read, nil
}

// outcomeOf takes from a slip the values that the group's weights combine, and what else makes up the contract's value;
// false when the slip has no value for any of them.
func outcomeOf(contractNo string, parts []scoring.Part, group []scoring.Indicator, parent string) (weights.Outcome, bool) {
	o := weights.Outcome{ID: contractNo, Share: 1, Values: slices.Repeat([]float64{math.NaN()}, len(group))}
	var others float64 // contributions of the top dimensions less that of the group
	for _, part := range parts {
		if part.Party != scoring.None {
			continue
		}
		if part.Parent == "" && parent != "" {
			others += part.Contribution
		}
		if part.Indicator == parent {
			o.Share = part.Share
			o.Rest = -part.Contribution
		}
		if at := slices.IndexFunc(group, func(n scoring.Indicator) bool { return n.ID == part.Indicator }); at >= 0 {
			o.Values[at] = part.Value
		}
	}
	o.Rest += others
	valued := slices.ContainsFunc(o.Values, func(v float64) bool { return !math.IsNaN(v) })
	return o, valued && o.Share > 0
}

func complete(o weights.Outcome) bool { return !slices.ContainsFunc(o.Values, math.IsNaN) }

// table takes the contracts with a value for every indicator; more is better in all of them.
func (data *outcomes) table(group []scoring.Indicator) (*weights.Table, error) {
	var criteria []weights.Criterion
	for _, n := range group {
		criteria = append(criteria, weights.Criterion{ID: n.ID})
	}
	var objects []weights.Object
	for _, o := range data.all {
		if complete(o) {
			objects = append(objects, weights.Object{ID: o.ID, Values: o.Values})
		}
	}
	return weights.NewTable(criteria, objects)
}

// sensitivity is what hangs on the weights.
type sensitivity struct {
	Run       int
	Contracts int // with a value that the weights decide
	LeftOut   int // with a value, but for none of the indicators
	Adoption  weights.Shift
	Stability weights.Stability
	Flips     []weights.Flip
}

// study compares the present weights with the proposed ones as they would be adopted, and moves those.
func (w *weigher) study(p *policy.Policy, data *outcomes, indicators []weighed) (*sensitivity, error) {
	var ids []string
	var present, proposed []float64
	for _, n := range indicators {
		ids, present, proposed = append(ids, n.ID), append(present, n.Present/100), append(proposed, n.Proposed/100)
	}
	before, err := weights.NewStudy(ids, present, data.all, p.Evaluation.Bands, p.Evaluation.Decimals)
	if err != nil {
		return nil, fmt.Errorf("present weights: %w", err)
	}
	after, err := weights.NewStudy(ids, proposed, data.all, p.Evaluation.Bands, p.Evaluation.Decimals)
	if err != nil {
		return nil, fmt.Errorf("proposed weights: %w", err)
	}
	found := &sensitivity{Run: data.run.ID, Contracts: len(data.all), LeftOut: data.leftOut, Flips: after.Flips()}
	if found.Adoption, err = before.Shift(proposed); err != nil {
		return nil, fmt.Errorf("proposed weights: %w", err)
	}
	found.Stability, err = after.Perturb(weights.Perturbation{Seed: w.seed, Draws: w.draws, Spread: w.spreadPct / 100})
	if err != nil {
		return nil, fmt.Errorf("--draws or --spread-pct: %w", err)
	}
	return found, nil
}
