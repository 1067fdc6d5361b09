package raters

import (
	"math"
	"strconv"
	"testing"

	"pingxin/testdata/cases"
)

// The expected numbers in testdata/cases come from R, as the README of each case says.

// readRows returns the rows of a case's input as maps by column, and decodes its expected numbers.
func readRows(t *testing.T, name string, expected any) []map[string]string {
	t.Helper()
	return cases.ReadMaps(t, name, expected)
}

// number reads a cell; NaN for an empty one.
func number(t *testing.T, cell string) float64 {
	t.Helper()
	if cell == "" {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// numbering gives names the IDs 0, 1, 2... in the order in which they come.
type numbering map[string]int32

func (n numbering) id(name string) int32 {
	if _, ok := n[name]; !ok {
		n[name] = int32(len(n))
	}
	return n[name]
}

// near allows an error relative to the wanted number, or absolute where that is below 1.
func near(t reporter, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: got %.15g, want %.15g", what, got, want)
	}
}

// reporter is what *testing.T and *rapid.T share.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
}
