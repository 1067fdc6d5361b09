package validation

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"
)

// The customary reading of a population stability index (Siddiqi 2006; Lewis 1994): below 0.10 nothing to do, from 0.25
// on another population.
const (
	StableBelow  = 0.10
	ShiftedFrom  = 0.25
	shareFloor   = 1e-4 // stands for a smaller share in its term, so that an empty bin counts heavily and not for ever
	baselineBins = 10   // of equal size in the baseline, as is customary
	chanceLevel  = 0.95
)

// The verdicts on a shift.
const (
	Stable   = "stable"
	Moderate = "moderate"
	Shifted  = "shifted"
)

// BinCount is how many observations of two populations fall into a bin.
type BinCount struct {
	Name     string
	Baseline int
	Current  int
}

// Bin is one term of a stability index. Floored says that a share below 0.0001 was replaced by that in the term.
type Bin struct {
	Name          string  `json:"name"`
	Baseline      int     `json:"baseline"`
	Current       int     `json:"current"`
	BaselineShare float64 `json:"baseline_share"`
	CurrentShare  float64 `json:"current_share"`
	Term          float64 `json:"term"`
	Floored       bool    `json:"floored"`
}

// Shift is how far a population has moved from its baseline.
type Shift struct {
	Of       string  `json:"of,omitempty"` // the name of an input; empty for the score
	PSI      float64 `json:"psi"`
	Verdict  string  `json:"verdict"`
	Chance   float64 `json:"chance"` // what 19 of 20 indexes of two samples of one population stay below
	Baseline int     `json:"baseline"`
	Current  int     `json:"current"`
	Bins     []Bin   `json:"bins"`
}

// PSI is the population stability index, the sum of (current-baseline) ln(current/baseline) over the shares of bins
// (Kullback and Leibler 1951, their symmetric J; the same on an input is called characteristic stability index). In a bin
// that one population leaves empty, or with a share below 0.0001, 0.0001 stands for it in the term; shares are not
// renormalised, and the bin is marked Floored. A bin empty in both adds nothing. Chance is the 95th percentile of the
// index without any shift, (1/n+1/m) times that of a chi-square of one less than the bins in use (Yurdakul 2018):
// with few suppliers it lies above the customary limits.
//
// Bins keep their order. Errors: ErrEmpty where either population has nobody, ErrCount.
func PSI(counts []BinCount) (Shift, error) {
	var s Shift
	for _, c := range counts {
		if c.Baseline < 0 || c.Current < 0 {
			return Shift{}, at(ErrCount, "bin %q has %d and %d", c.Name, c.Baseline, c.Current)
		}
		s.Baseline += c.Baseline
		s.Current += c.Current
	}
	if s.Baseline == 0 || s.Current == 0 {
		return Shift{}, at(ErrEmpty, "%d observations in the baseline, %d now", s.Baseline, s.Current)
	}
	used := 0
	for _, c := range counts {
		b := s.bin(c)
		if c.Baseline+c.Current > 0 {
			used++
		}
		s.PSI += b.Term
		s.Bins = append(s.Bins, b)
	}
	s.Verdict = verdict(s.PSI)
	if used > 1 {
		s.Chance = (1/float64(s.Baseline) + 1/float64(s.Current)) * distuv.ChiSquared{K: float64(used - 1)}.Quantile(chanceLevel)
	}
	return s, nil
}

func (s *Shift) bin(c BinCount) Bin {
	b := Bin{Name: c.Name, Baseline: c.Baseline, Current: c.Current,
		BaselineShare: float64(c.Baseline) / float64(s.Baseline), CurrentShare: float64(c.Current) / float64(s.Current)}
	if c.Baseline+c.Current == 0 {
		return b
	}
	expected, actual := max(b.BaselineShare, shareFloor), max(b.CurrentShare, shareFloor)
	b.Floored = expected != b.BaselineShare || actual != b.CurrentShare
	b.Term = float64((actual - expected) * math.Log(actual/expected))
	return b
}

func verdict(psi float64) string {
	switch {
	case psi < StableBelow:
		return Stable
	case psi < ShiftedFrom:
		return Moderate
	}
	return Shifted
}

// missingBin holds the observations without a value.
const missingBin = "missing"

// Stability is the PSI of a variable between two populations. A value lies in the bin (edge, next edge]; the first and
// the last bin are open, so that values beyond the baseline's find a place. NaN is a missing value and has a bin of its
// own, last, where there is any. Edges nil stands for those of BaselineEdges.
//
// Errors: ErrEdges, ErrNotFinite for infinite values, ErrEmpty, and ErrConstantBaseline where edges are nil and the
// baseline has fewer than two different values.
func Stability(baseline, current, edges []float64) (Shift, error) {
	if edges == nil {
		var err error
		if edges, err = BaselineEdges(baseline); err != nil {
			return Shift{}, err
		}
	}
	if err := checkEdges(edges); err != nil {
		return Shift{}, err
	}
	before, err := countBins(baseline, edges)
	if err != nil {
		return Shift{}, fmt.Errorf("baseline: %w", err)
	}
	now, err := countBins(current, edges)
	if err != nil {
		return Shift{}, fmt.Errorf("current: %w", err)
	}
	counts := make([]BinCount, 0, len(before))
	for i, name := range binNames(edges) {
		if name != missingBin || before[i]+now[i] > 0 {
			counts = append(counts, BinCount{name, before[i], now[i]})
		}
	}
	return PSI(counts)
}

func checkEdges(edges []float64) error {
	if len(edges) == 0 {
		return at(ErrEdges, "found none")
	}
	for i, e := range edges {
		if !finite(e) || i > 0 && e <= edges[i-1] {
			return at(ErrEdges, "edge %d is %g", i, e)
		}
	}
	return nil
}

// countBins counts the values up to each edge, above the last, and those missing.
func countBins(values, edges []float64) ([]int, error) {
	counts := make([]int, len(edges)+2)
	for i, v := range values {
		if math.IsInf(v, 0) {
			return nil, at(ErrNotFinite, "value %d is %g", i, v)
		}
		counts[binOf(edges, v)]++
	}
	return counts, nil
}

// binOf is the place among binNames at which a value is counted.
func binOf(edges []float64, v float64) int {
	if math.IsNaN(v) {
		return len(edges) + 1
	}
	bin, _ := slices.BinarySearch(edges, v)
	return bin
}

// edgeDigits are the significant digits of an edge in a bin's name.
const edgeDigits = 10

// binNames are the names of the bins of countBins, free of any language but that of missingBin.
func binNames(edges []float64) []string {
	var names []string
	before := ""
	for i, e := range edges {
		text := strconv.FormatFloat(e, 'g', edgeDigits, 64)
		if i == 0 {
			names = append(names, "≤"+text)
		} else {
			names = append(names, "("+before+","+text+"]")
		}
		before = text
	}
	return append(names, ">"+before, missingBin)
}

// BaselineEdges makes bins from a baseline, NaN left out: one for each value where there are at most ten different ones,
// otherwise about equal ones that end at the inner deciles of type 1 (Hyndman and Fan 1996: the smallest value that a
// share k/10 does not exceed). Such deciles are values that occur, so that no bin of the baseline is empty, and are the
// same when everybody comes twice. Equal deciles cut once; one that is the largest value does not cut, and where all are,
// the next smaller value does. Error: ErrConstantBaseline with fewer than two different values.
func BaselineEdges(baseline []float64) ([]float64, error) {
	present := slices.DeleteFunc(slices.Clone(baseline), math.IsNaN)
	slices.Sort(present)
	different := slices.Compact(slices.Clone(present))
	if len(different) < 2 {
		return nil, ErrConstantBaseline
	}
	if len(different) <= baselineBins {
		return different[:len(different)-1], nil
	}
	var edges []float64
	for k := 1; k < baselineBins; k++ {
		upTo := (len(present)*k + baselineBins - 1) / baselineBins // k tenths of them, rounded up
		if edge := present[upTo-1]; edge < present[len(present)-1] {
			edges = append(edges, edge)
		}
	}
	if len(edges) == 0 {
		return different[len(different)-2 : len(different)-1], nil
	}
	return slices.Compact(edges), nil
}
