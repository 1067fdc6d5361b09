package raters

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Conditions of tables, for errors.Is.
var (
	ErrRagged       = errors.New("the rows of the table have different lengths")
	ErrUnequal      = errors.New("the objects have different numbers of ratings")
	ErrNegative     = errors.New("a number is negative")
	ErrUnknownLevel = errors.New("a value is not among the declared levels")
	ErrConfidence   = errors.New("the confidence is not between 0 and 1")
)

// checkTable checks a table of one row per object and one column per rater; NaN is a missing value where it may be.
func checkTable(table [][]float64, missing bool) error {
	if len(table) < 2 {
		return fmt.Errorf("found %d rows, expected at least 2: %w", len(table), ErrTooFewObjects)
	}
	for i, row := range table {
		if len(row) != len(table[0]) {
			return fmt.Errorf("row %d: found %d values, expected %d as in the first row: %w", i, len(row), len(table[0]), ErrRagged)
		}
		for j, v := range row {
			if math.IsInf(v, 0) || math.IsNaN(v) && !missing {
				return fmt.Errorf("row %d, column %d: found %g, expected a finite number: %w", i, j, v, ErrNotFinite)
			}
		}
	}
	if len(table[0]) < 2 {
		return fmt.Errorf("found %d columns, expected at least 2: %w", len(table[0]), ErrTooFewRaters)
	}
	return nil
}

// sum adds terms from the smallest to the largest, so that the order in which they come cannot change a bit; it sorts
// them in place.
func sum(terms []float64) (total float64) {
	slices.Sort(terms)
	for _, v := range terms {
		total += v
	}
	return total
}

// sumOfSquares is sum with the terms squared.
func sumOfSquares(terms []float64) float64 {
	for i, v := range terms {
		terms[i] = v * v
	}
	return sum(terms)
}
