package raters

import (
	"fmt"

	"gonum.org/v1/gonum/mathext"

	"pingxin/scoring"
)

// Concordance is Kendall's W with Friedman's chi-square test of no concordance.
type Concordance struct {
	W         float64 // 0 none, 1 all raters rank alike
	ChiSquare float64
	DF        int
	P         float64
}

// KendallW measures how far raters rank objects alike, corrected for ties (Kendall 1948, chapter 6), from a complete
// table of one row per object and one column per rater, at least two of each. Raters who each tie all objects give
// ErrNoVariation. Rows or columns in another order give the same bits.
func KendallW(table [][]float64) (Concordance, error) {
	if err := checkTable(table, false); err != nil {
		return Concordance{}, err
	}
	n, k := float64(len(table)), float64(len(table[0]))
	rankSums, column := make([]float64, len(table)), make([]float64, len(table))
	var ties float64
	for j := range table[0] {
		for i, row := range table {
			column[i] = row[j]
		}
		for i, rank := range scoring.MidRanks(column) {
			rankSums[i] += rank // halves: exact
		}
		ties += tied(column)
	}
	var s float64
	for _, r := range rankSums {
		d := r - k*(n+1)/2
		s += float64(d * d)
	}
	most := float64(k*k*(n*n*n-n)) - float64(k*ties)
	if most == 0 {
		return Concordance{}, fmt.Errorf("every rater ties all %d objects: %w", len(table), ErrNoVariation)
	}
	w := 12 * s / most
	c := Concordance{W: w, ChiSquare: k * (n - 1) * w, DF: len(table) - 1}
	c.P = mathext.GammaIncRegComp((n-1)/2, c.ChiSquare/2)
	return c, nil
}

// tied is the sum of t^3-t over groups of t equal values; it sorts them.
func tied(values []float64) (total float64) {
	sum(values)
	for v := range runs(values) {
		total += float64(v.count*v.count*v.count) - v.count
	}
	return total
}
