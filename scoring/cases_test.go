package scoring

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"pingxin/testdata/cases"
)

// The expected numbers in testdata/cases come from R 4.2.2, as the README of each case says.

// readRows returns the rows of a case's input by column name and decodes its expected numbers.
func readRows(t *testing.T, name string, expected any) []map[string]string {
	t.Helper()
	return cases.ReadMaps(t, name, expected)
}

// number reads a cell, NaN for one that is blank or NA.
func number(cell string) float64 {
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// readCase returns the columns of a case's input (NaN for NA) and decodes its expected numbers.
func readCase(t *testing.T, name string, expected any) map[string][]float64 {
	t.Helper()
	columns := map[string][]float64{}
	for _, row := range readRows(t, name, expected) {
		for column, cell := range row {
			columns[column] = append(columns[column], number(cell))
		}
	}
	return columns
}

// readSets returns the values that a case's input holds for each set, in ascending order and without the blank ones.
func readSets(t *testing.T, name string, expected any) map[string][]float64 {
	t.Helper()
	sets := map[string][]float64{}
	for _, row := range readRows(t, name, expected) {
		sets[row["set"]] = slices.DeleteFunc(append(sets[row["set"]], number(row["x"])), math.IsNaN)
	}
	for _, x := range sets {
		slices.Sort(x)
	}
	return sets
}

// nearOrNone is near, where null stands for NaN.
func nearOrNone(t *testing.T, what string, got float64, want *float64, tolerance float64) {
	t.Helper()
	if want != nil {
		near(t, what, got, *want, tolerance)
	} else if !math.IsNaN(got) {
		t.Errorf("%s: got %g, want none", what, got)
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: got %.15g, want %.15g", what, got, want)
	}
}
