package integrity

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"pingxin/testdata/cases"
)

// readCase returns the rows of a case's input below its head, and decodes its expected numbers.
func readCase(t *testing.T, name string, expected any) [][]string {
	t.Helper()
	_, rows := cases.Read(t, name, expected)
	return rows
}

// number reads a cell; an empty one is NaN.
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

// answer turns a whole number of a case into an answer; NaN is Missing.
func answer(v float64) int32 {
	if math.IsNaN(v) {
		return Missing
	}
	return int32(v)
}

// near compares within a relative tolerance; a wanted nil is NaN.
func near(t *testing.T, what string, got float64, want *float64, tolerance float64) {
	t.Helper()
	if want == nil {
		want = new(math.NaN())
	}
	if math.IsNaN(got) != math.IsNaN(*want) || math.Abs(got-*want) > tolerance*math.Abs(*want) {
		t.Errorf("%s: got %.16g, want %.16g", what, got, *want)
	}
}

// TestIntegrityCase: runs, variability and modified z of the means, from R 4.2.2.
func TestIntegrityCase(t *testing.T) {
	var want []struct {
		Longstring int
		IRV, Mean  *float64
		ModifiedZ  *float64 `json:"modified_z"`
	}
	rows := readCase(t, "integrity", &want)
	var means []float64
	for i, row := range rows {
		var answers []int32
		for _, cell := range row {
			answers = append(answers, answer(number(t, cell)))
		}
		if got := LongestRun(answers); got != want[i].Longstring {
			t.Errorf("row %d, longest run: got %d, want %d", i, got, want[i].Longstring)
		}
		near(t, "variability", Variability(answers), want[i].IRV, 1e-12)
		near(t, "mean", meanOf(answers), want[i].Mean, 1e-12)
		means = append(means, meanOf(answers))
	}
	for i, z := range ModifiedZ(means).Z {
		near(t, "modified z", z, want[i].ModifiedZ, 1e-12)
	}
}

// TestOutliersCarelessCase: the second reference set, from R 4.2.2.
func TestOutliersCarelessCase(t *testing.T) {
	var want map[string]struct {
		Median, MAD    *float64
		MeanAD         *float64 `json:"mean_abs_dev"`
		Method         string
		Z              []*float64
		Outlier        []*bool
		Longstring     int
		LongstringGaps int `json:"longstring_na_skipped"`
		IRV            *float64
		N              int
	}
	sets := map[string][]float64{}
	kind := map[string]string{}
	for _, row := range readCase(t, "outliers-careless", &want) {
		kind[row[1]] = row[0]
		sets[row[1]] = append(sets[row[1]], number(t, row[3]))
	}
	for name, w := range want {
		if kind[name] == "z" {
			d := ModifiedZ(sets[name])
			near(t, name+" median", d.Median, w.Median, 1e-12)
			near(t, name+" MAD", d.MAD, w.MAD, 1e-12)
			near(t, name+" mean deviation", d.MeanAD, w.MeanAD, 1e-12)
			if d.Method != w.Method {
				t.Errorf("%s: got method %q, want %q", name, d.Method, w.Method)
			}
			for i, z := range d.Z {
				near(t, name+" z", z, w.Z[i], 1e-12)
				if outlier := w.Outlier[i] != nil && *w.Outlier[i]; (math.Abs(z) > 3.5) != outlier {
					t.Errorf("%s: value %d: z %g, want outlier %t", name, i, z, outlier)
				}
			}
			continue
		}
		var answers []int32
		for _, v := range sets[name] {
			answers = append(answers, answer(v))
		}
		if got := [3]int{LongestRun(answers), LongestRun(Answered(answers)), len(Answered(answers))}; got != [3]int{w.Longstring, w.LongstringGaps, w.N} {
			t.Errorf("%s: got run, run without gaps, answers %v, want %d, %d, %d", name, got, w.Longstring, w.LongstringGaps, w.N)
		}
		near(t, name+" variability", Variability(answers), w.IRV, 1e-12)
	}
	if len(sets) != len(want) {
		t.Errorf("the case has %d sets, want %d", len(sets), len(want))
	}
}

// subjects lists whom flags concern.
func subjects(flags []Flag) (names []string) {
	for _, f := range flags {
		names = append(names, f.Subject)
	}
	return names
}

// wantSubjects fails unless the flags concern exactly these, in this order.
func wantSubjects(t *testing.T, flags []Flag, err error, want ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got := subjects(flags); !slices.Equal(got, want) {
		t.Errorf("got flags on %q, want %q", got, want)
	}
}
