package scoring

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// The expected numbers in testdata/cases come from R 4.2.2, as the README of each case says.

// readRows returns the rows of a case's input by column name and decodes its expected numbers.
func readRows(t *testing.T, name string, expected any) []map[string]string {
	t.Helper()
	dir := filepath.Join("testdata", "cases", name)
	f, err := os.Open(filepath.Join(dir, "input.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, expected); err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
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
