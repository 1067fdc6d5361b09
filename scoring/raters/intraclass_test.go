package raters

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"
)

// readTable reads the named columns of a case as a table.
func readTable(t *testing.T, name string, expected any, columns ...string) (table [][]float64) {
	t.Helper()
	for _, row := range readRows(t, name, expected) {
		var line []float64
		for _, c := range columns {
			line = append(line, number(t, row[c]))
		}
		table = append(table, line)
	}
	return table
}

func icc(t reporter, table [][]float64) Intraclass {
	t.Helper()
	c, err := IntraclassCorrelations(table, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestIntraclassAgainstPsych(t *testing.T) {
	var want map[string]struct{ ICC, F, DF1, DF2, Low, High float64 }
	c := icc(t, readTable(t, "icc", &want, "j1", "j2", "j3", "j4"))
	if len(want) != 6 {
		t.Fatalf("the case has %d coefficients, want 6", len(want))
	}
	for name, got := range map[string]Coefficient{
		"ICC1_1": c.Single.OneWay, "ICC2_1": c.Single.TwoWayRandom, "ICC3_1": c.Single.TwoWayMixed,
		"ICC1_k": c.Average.OneWay, "ICC2_k": c.Average.TwoWayRandom, "ICC3_k": c.Average.TwoWayMixed,
	} {
		w := want[name]
		near(t, name, got.Value, w.ICC, 1e-10)
		near(t, name+" F", got.F, w.F, 1e-10)
		near(t, name+" df1", got.DF1, w.DF1, 0)
		near(t, name+" df2", got.DF2, w.DF2, 0)
		near(t, name+" low", got.Low, w.Low, 1e-10)
		near(t, name+" high", got.High, w.High, 1e-10)
	}
}

func TestIntraclassPolished(t *testing.T) {
	var raw map[string]json.RawMessage
	c := icc(t, readTable(t, "icc-polished", &raw, "J1", "J2", "J3", "J4"))
	for name, got := range map[string]float64{"MSB": c.MSObject, "MSW": c.MSWithin, "MSJ": c.MSRater, "MSE": c.MSResidual, "v_satterthwaite": c.satterthwaite(c.Single.TwoWayRandom.Value)} {
		var want float64
		if err := json.Unmarshal(raw[name], &want); err != nil {
			t.Fatal(err)
		}
		near(t, name, got/want, 1, 1e-11)
	}
	for name, got := range map[string]Coefficient{
		"ICC(1,1)": c.Single.OneWay, "ICC(2,1)": c.Single.TwoWayRandom, "ICC(3,1)": c.Single.TwoWayMixed,
		"ICC(1,k)": c.Average.OneWay, "ICC(2,k)": c.Average.TwoWayRandom, "ICC(3,k)": c.Average.TwoWayMixed,
	} {
		var w struct{ ICC, F, P, Lower, Upper float64 }
		if err := json.Unmarshal(raw[name], &w); err != nil {
			t.Fatal(err)
		}
		near(t, name, got.Value/w.ICC, 1, 1e-11)
		near(t, name+" F", got.F/w.F, 1, 1e-11)
		near(t, name+" p", got.P/w.P, 1, 1e-8)
		near(t, name+" low", got.Low, w.Lower, 1e-9)
		near(t, name+" high", got.High, w.Upper, 1e-9)
	}
}

// TestIntraclassMissing: an object with a missing value counts as if it were not there.
func TestIntraclassMissing(t *testing.T) {
	table := [][]float64{{9, 2, 5}, {6, 1, 3}, {8, 4, 6}, {7, 1, 2}}
	want := icc(t, table)
	got := icc(t, append(slices.Clone(table), []float64{3, math.NaN(), 4}))
	if want.Dropped = 1; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestIntraclassPerfect: raters who agree wholly have every coefficient and every bound at 1.
func TestIntraclassPerfect(t *testing.T) {
	c := icc(t, [][]float64{{1, 1, 1}, {2, 2, 2}, {5, 5, 5}})
	for _, f := range []Forms{c.Single, c.Average} {
		for _, got := range []Coefficient{f.OneWay, f.TwoWayRandom, f.TwoWayMixed} {
			if got.Value != 1 || got.Low != 1 || got.High != 1 || !math.IsInf(got.F, 1) || got.P != 0 {
				t.Errorf("got %+v", got)
			}
		}
	}
}

// TestBalanced: of two objects with two values, two with three and three with one, those with three.
func TestBalanced(t *testing.T) {
	cells := []Cell{{0, 0, 3}, {1, 0, 1}, {2, 1, 5}, {3, 1, 4}, {0, 2, 9}, {1, 2, 8}, {2, 2, 7}, {3, 3, 6}, {4, 3, 5}, {5, 3, 4}, {0, 4, 1}, {0, 5, 1}, {0, 6, 1}}
	got := Balanced(cells)
	slices.SortFunc(got, slices.Compare[[]float64])
	if want := [][]float64{{4, 5, 6}, {7, 8, 9}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := Balanced(cells[10:]); len(got) != 0 {
		t.Errorf("one value each: got %v, want none", got)
	}
}
