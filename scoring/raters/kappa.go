package raters

import (
	"fmt"
	"math"
	"slices"
)

// Kappa is an agreement on categories beyond chance.
type Kappa struct {
	Value    float64
	SE       float64 // asymptotic, of a kappa that is not 0; NaN for Fleiss' kappa
	Observed float64 // agreement
	Expected float64 // agreement by chance
	N        int     // objects
}

// Disagreement is how far categories i and j of so many (0-based, in order) are apart: 0 for i = j, at most 1.
type Disagreement func(i, j, categories int) float64

// Unweighted counts every disagreement alike.
func Unweighted(i, j, _ int) float64 {
	if i == j {
		return 0
	}
	return 1
}

// Linear grows with the distance of the categories (Cicchetti and Allison 1971).
func Linear(i, j, categories int) float64 {
	return math.Abs(float64(i-j)) / float64(categories-1)
}

// Quadratic grows with its square (Fleiss and Cohen 1973).
func Quadratic(i, j, categories int) float64 {
	d := Linear(i, j, categories)
	return d * d
}

// CrossTable counts the pairs of values that two raters gave the same objects: table[i][j] objects have a at level i and
// b at level j. Levels are ascending and distinct, used or not; nil means those that occur. Pairs with a NaN are
// dropped and counted.
func CrossTable(a, b, levels []float64) (table [][]int, dropped int, err error) {
	if len(a) != len(b) {
		return nil, 0, fmt.Errorf("found %d and %d values, expected as many of both raters: %w", len(a), len(b), ErrRagged)
	}
	if levels == nil {
		levels = occurring(a, b)
	}
	table = make([][]int, len(levels))
	for i := range table {
		table[i] = make([]int, len(levels))
	}
	for at := range a {
		if math.IsNaN(a[at]) || math.IsNaN(b[at]) {
			dropped++
			continue
		}
		i, known := slices.BinarySearch(levels, a[at])
		j, also := slices.BinarySearch(levels, b[at])
		if !known || !also {
			return nil, 0, fmt.Errorf("pair %d: found %g and %g, expected values among the levels %v: %w", at, a[at], b[at], levels, ErrUnknownLevel)
		}
		table[i][j]++
	}
	return table, dropped, nil
}

// occurring returns the distinct values of the pairs without NaN, ascending.
func occurring(a, b []float64) []float64 {
	var levels []float64
	for i := range a {
		if !math.IsNaN(a[i]) && !math.IsNaN(b[i]) {
			levels = append(levels, a[i], b[i])
		}
	}
	slices.Sort(levels)
	return slices.Compact(levels)
}

// CohenKappa measures the agreement of two raters from a square table of counts, as CrossTable gives. Raters who put
// every object into one same category give ErrNoVariation. Kappa: Cohen (1968); with d the disagreements and m the sum
// of the margins' mean disagreements, SE^2 = Var(d - (1-kappa)m)/(n E(d)^2), which is Fleiss, Cohen and Everitt (1969)
// written shortly.
func CohenKappa(table [][]int, disagreement Disagreement) (Kappa, error) {
	n, err := checkCounts(table)
	if err != nil {
		return Kappa{}, err
	}
	if len(table) == 0 || len(table) != len(table[0]) {
		return Kappa{}, fmt.Errorf("found %d rows, expected as many as columns: %w", len(table), ErrRagged)
	}
	if n < 2 {
		return Kappa{}, fmt.Errorf("found %d objects, expected at least 2: %w", n, ErrTooFewObjects)
	}
	size, total := len(table), float64(n)
	rows, columns := margins(table)
	byRow, byColumn := make([]float64, size), make([]float64, size)
	var observed, expected float64 // disagreement, times n and n^2
	for i := range size {
		for j := range size {
			d := disagreement(i, j, size)
			observed += float64(d * float64(table[i][j]))
			expected += float64(d * float64(rows[i]*columns[j]))
			byRow[i] += float64(d*columns[j]) / total
			byColumn[j] += float64(d*rows[i]) / total
		}
	}
	observed, expected = observed/total, expected/float64(total*total)
	if !(expected > 0) { // NaN with one category
		return Kappa{}, fmt.Errorf("all %d objects are in one category: %w", n, ErrNoVariation)
	}
	rest := observed / expected // 1-kappa
	var variance float64
	for i := range size {
		for j := range size {
			x := disagreement(i, j, size) - float64(rest*(byRow[i]+byColumn[j])) + observed // has mean 0
			variance += float64(float64(table[i][j])/total) * float64(x*x)
		}
	}
	return Kappa{1 - rest, math.Sqrt(variance/total) / expected, 1 - observed, 1 - expected, n}, nil
}

// checkCounts returns the sum of a table of counts.
func checkCounts(table [][]int) (total int, err error) {
	for i, row := range table {
		if len(row) != len(table[0]) {
			return 0, fmt.Errorf("row %d: found %d counts, expected %d as in the first row: %w", i, len(row), len(table[0]), ErrRagged)
		}
		for j, n := range row {
			if n < 0 {
				return 0, fmt.Errorf("row %d, column %d: found %d, expected a count from 0: %w", i, j, n, ErrNegative)
			}
			total += n
		}
	}
	return total, nil
}

func margins(table [][]int) (rows, columns []float64) {
	rows, columns = make([]float64, len(table)), make([]float64, len(table[0]))
	for i, row := range table {
		for j, n := range row {
			rows[i] += float64(n)
			columns[j] += float64(n)
		}
	}
	return rows, columns
}

// FleissKappa measures the agreement of several raters (Fleiss 1971) from counts[i][j], how many put object i into
// category j. Every object has the same number of ratings, at least two, though not of the same raters. One category
// for all gives ErrNoVariation. Objects or categories in another order give the same bits.
func FleissKappa(counts [][]int) (Kappa, error) {
	total, err := checkCounts(counts)
	if err != nil {
		return Kappa{}, err
	}
	if len(counts) < 2 {
		return Kappa{}, fmt.Errorf("found %d objects, expected at least 2: %w", len(counts), ErrTooFewObjects)
	}
	rows, columns := margins(counts)
	for i, n := range rows {
		if n != rows[0] {
			return Kappa{}, fmt.Errorf("object %d: found %g ratings, expected %g as of the first: %w", i, n, rows[0], ErrUnequal)
		}
	}
	if rows[0] < 2 {
		return Kappa{}, fmt.Errorf("found %g ratings of each object, expected at least 2: %w", rows[0], ErrTooFewRaters)
	}
	var agreeing, chance float64 // whole numbers: exact
	for _, row := range counts {
		for _, n := range row {
			agreeing += float64(n * (n - 1))
		}
	}
	for _, n := range columns {
		chance += float64(n * n)
	}
	k := Kappa{SE: math.NaN(), N: len(counts)}
	k.Observed = agreeing / (float64(total) * (rows[0] - 1))
	k.Expected = chance / (float64(total) * float64(total))
	if k.Expected == 1 {
		return Kappa{}, fmt.Errorf("all %d ratings are in one category: %w", total, ErrNoVariation)
	}
	k.Value = (k.Observed - k.Expected) / (1 - k.Expected)
	return k, nil
}
