package store

import (
	"context"
	"math"
)

// Performance is how the contracts of a department or of a catalogue item did in a budget year, beside the year before.
type Performance struct {
	Key, Name, Parent           string // Parent: name of an item's group
	Contracts, Graded           int
	AmountFen, ValuedFen        int64   // ValuedFen: of the contracts that have a value
	Mean                        float64 // weighted by amount; NaN without a value
	Poor                        int     // contracts with the poor grade
	PoorFen                     int64
	ContractsBefore, PoorBefore int // of the year before
	ValuedBeforeFen             int64
	MeanBefore                  float64
}

// MeanChange is the change of the mean against the year before; NaN where either is missing.
func (p *Performance) MeanChange() float64 {
	if p.ContractsBefore == 0 {
		return math.NaN()
	}
	return p.Mean - p.MeanBefore
}

// PerformanceFilter says of which contracts; the zero value of all of no year.
type PerformanceFilter struct {
	Year            int
	Poor            string // id of the grade that counts as poor
	Purchaser, Item string // empty: all
	Group           string // code of an item's group; empty: all
}

// The things by which performance is grouped, each the column of its key.
const (
	ByPurchaser = "purchaser_id"
	ByItemCode  = "item_code"
)

// Performance groups the contracts of a year by department or item, those with most money first. by is ByPurchaser or
// ByItemCode.
func (v *View) Performance(ctx context.Context, by string, f PerformanceFilter) ([]Performance, error) {
	_, found, err := v.found(ctx, EvaluationFilter{Purchaser: f.Purchaser, Item: f.Item})
	if err != nil {
		return nil, err
	}
	return ofRoll(ctx, v, "performance by "+by, f, func(r *roll) []Performance { return r.performance(found, by, f) })
}

// Crossing is what one department bought of one item, or of one group of items, in a budget year.
type Crossing struct {
	Purchaser, Key, Name string // Key and Name of the item or group
	Contracts, Poor      int
	AmountFen            int64
	Mean                 float64
}

// Crossings lists what each department bought of each group of items, or with a group of each item in it.
func (v *View) Crossings(ctx context.Context, f PerformanceFilter) ([]Crossing, error) {
	return ofRoll(ctx, v, "crossings", f, func(r *roll) []Crossing { return r.crossings(f) })
}

// YearMean is the mean of what has a value in one budget year, and the quartiles between which its middle half lies.
type YearMean struct {
	Year, Contracts    int // Contracts: those with a value
	Mean, Lower, Upper float64
}

// BySupplier is the column of a supplier's contracts, beside those of a department and of an item.
const BySupplier = "supplier_id"

// MeansByYear lists the means of one department's, item's or supplier's contracts by budget year; by is the column of its key.
// Years without a value are left out.
func (v *View) MeansByYear(ctx context.Context, by, key string) ([]YearMean, error) {
	return ofRoll(ctx, v, "means by year of "+by, key, func(r *roll) []YearMean { return r.meansByYear(r.of(by, key)) })
}
