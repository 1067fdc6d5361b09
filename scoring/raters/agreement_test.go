package raters

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAgreementAgainstR(t *testing.T) {
	var want struct {
		Kendall struct{ W, ChiSq, P float64 } `json:"kendall_w"`
		Fleiss  float64                       `json:"fleiss_kappa"`
		Cohen   struct{ Unweighted, Linear, Quadratic float64 }
	}
	table := readTable(t, "agreement", &want, "j1", "j2", "j3", "j4", "j5")
	w, err := KendallW(table)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "W", w.W, want.Kendall.W, 1e-12)
	near(t, "chi-square", w.ChiSquare, want.Kendall.ChiSq, 1e-12)
	near(t, "p", w.P, want.Kendall.P, 1e-12)
	counts := countCategories(table)
	near(t, "Fleiss", fleiss(t, counts).Value, want.Fleiss, 1e-12)
	var a, b []float64
	for _, row := range table {
		a, b = append(a, row[0]), append(b, row[1])
	}
	cross, _, err := CrossTable(a, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "unweighted", cohen(t, cross, Unweighted).Value, want.Cohen.Unweighted, 1e-12)
	near(t, "linear", cohen(t, cross, Linear).Value, want.Cohen.Linear, 1e-12)
	near(t, "quadratic", cohen(t, cross, Quadratic).Value, want.Cohen.Quadratic, 1e-12)
}

func fleiss(t reporter, counts [][]int) Kappa {
	t.Helper()
	k, err := FleissKappa(counts)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func cohen(t reporter, table [][]int, d Disagreement) Kappa {
	t.Helper()
	k, err := CohenKappa(table, d)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// publishedSets reads case 08: of each set a table by object and rater.
func publishedSets(t *testing.T, expected any) map[string][][]float64 {
	t.Helper()
	sets := map[string][][]float64{}
	objects, columns := map[string]numbering{}, map[string]numbering{}
	for _, row := range readRows(t, "agreement-published", expected) {
		set := row["set"]
		if objects[set] == nil {
			objects[set], columns[set] = numbering{}, numbering{}
		}
		o, c := int(objects[set].id(row["object"])), int(columns[set].id(row["rater"]))
		for len(sets[set]) <= o {
			sets[set] = append(sets[set], nil)
		}
		for len(sets[set][o]) <= c {
			sets[set][o] = append(sets[set][o], math.NaN())
		}
		sets[set][o][c] = number(t, row["value"])
	}
	return sets
}

// published is what the sets of case 08 want.
type published struct {
	Type          string
	W, ChiSq, P   *float64
	Kappa, PO, PE float64
	Linear        float64            `json:"kappa_linear"`
	Quadratic     float64            `json:"kappa_quadratic"`
	Custom        float64            `json:"kappa_custom"`
	Weights       [][]float64        `json:"custom_weights"`
	Levels        []float64          `json:"levels"`
	Table         [][]int            `json:"table"`
	SE            map[string]float64 `json:"se_vcd"`
	PBar          float64
}

func TestAgreementPublished(t *testing.T) {
	var want map[string]published
	sets := publishedSets(t, &want)
	for set, w := range want {
		switch w.Type {
		case "kendall":
			checkKendall(t, set, sets[set], w)
		case "cohen":
			checkCohen(t, sets[set], w)
		case "fleiss":
			var counts [][]int
			for _, row := range sets[set] {
				var line []int
				for _, v := range row {
					line = append(line, int(v))
				}
				counts = append(counts, line)
			}
			k := fleiss(t, counts)
			near(t, set, k.Value, w.Kappa, 1e-12)
			near(t, set, k.Observed, w.PBar, 1e-12)
		default:
			t.Errorf("%s: unknown type %q", set, w.Type)
		}
	}
}

func checkKendall(t *testing.T, set string, table [][]float64, w published) {
	t.Helper()
	got, err := KendallW(table)
	if w.W == nil {
		if !errors.Is(err, ErrNoVariation) {
			t.Errorf("%s: got %v", set, err)
		}
		return
	}
	near(t, set, got.W, *w.W, 1e-12)
	near(t, set+" chi-square", got.ChiSquare, *w.ChiSq, 1e-12)
	near(t, set+" p", got.P, *w.P, 1e-10)
}

func checkCohen(t *testing.T, pairs [][]float64, w published) {
	t.Helper()
	var a, b []float64
	for _, row := range pairs {
		a, b = append(a, row[0]), append(b, row[1])
	}
	table, _, err := CrossTable(a, b, w.Levels)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(table) != fmt.Sprint(w.Table) {
		t.Errorf("table: got %v, want %v", table, w.Table)
	}
	k := cohen(t, table, Unweighted)
	near(t, "kappa", k.Value, w.Kappa, 1e-12)
	near(t, "observed", k.Observed, w.PO, 1e-12)
	near(t, "expected", k.Expected, w.PE, 1e-12)
	near(t, "error", k.SE, w.SE["kappa"], 1e-10)
	near(t, "linear", cohen(t, table, Linear).Value, w.Linear, 1e-12)
	near(t, "linear error", cohen(t, table, Linear).SE, w.SE["linear"], 1e-10)
	near(t, "quadratic", cohen(t, table, Quadratic).Value, w.Quadratic, 1e-12)
	near(t, "quadratic error", cohen(t, table, Quadratic).SE, w.SE["quadratic"], 1e-10)
	near(t, "custom", cohen(t, table, func(i, j, _ int) float64 { return w.Weights[i][j] }).Value, w.Custom, 1e-12)
}

// drawTable draws a complete table of grades from 0 to 4.
func drawTable(t *rapid.T) [][]float64 {
	table := make([][]float64, rapid.IntRange(2, 8).Draw(t, "objects"))
	raters := rapid.IntRange(2, 6).Draw(t, "raters")
	for i := range table {
		for range raters {
			table[i] = append(table[i], float64(rapid.IntRange(0, 4).Draw(t, "value")))
		}
	}
	return table
}

// turned returns a table with rows and columns in another order.
func turned(t *rapid.T, table [][]float64) [][]float64 {
	rows, columns := rapid.Permutation(table).Draw(t, "rows"), make([]int, len(table[0]))
	for i := range columns {
		columns[i] = i
	}
	columns = rapid.Permutation(columns).Draw(t, "columns")
	out := make([][]float64, len(rows))
	for i, row := range rows {
		for _, c := range columns {
			out[i] = append(out[i], row[c])
		}
	}
	return out
}

// TestAgreementRenamed: raters and objects in another order do not change a bit of any measure.
func TestAgreementRenamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t)
		other := turned(t, table)
		same := func(what string, a, b any, errA, errB error) {
			if fmt.Sprint(a) != fmt.Sprint(b) || (errA == nil) != (errB == nil) {
				t.Fatalf("%s: got %v %v, turned %v %v", what, a, errA, b, errB)
			}
		}
		a, errA := IntraclassCorrelations(table, 0.9)
		b, errB := IntraclassCorrelations(other, 0.9)
		same("intraclass", a, b, errA, errB)
		c, errC := KendallW(table)
		d, errD := KendallW(other)
		same("Kendall", c, d, errC, errD)
		e := countCategories(table)
		f := countCategories(other)
		g, errG := FleissKappa(e)
		h, errH := FleissKappa(f)
		same("Fleiss", g, h, errG, errH)
	})
}

func TestAgreementRefuses(t *testing.T) {
	nan := math.NaN()
	table := func(rows ...[]float64) [][]float64 { return rows }
	for name, c := range map[string]struct {
		err  func() error
		want error
	}{
		"icc confidence": {func() error { _, err := IntraclassCorrelations(table([]float64{1, 2}, []float64{2, 3}), 1); return err }, ErrConfidence},
		"icc one object": {func() error { _, err := IntraclassCorrelations(table([]float64{1, 2}), 0.9); return err }, ErrTooFewObjects},
		"icc one complete": {func() error {
			_, err := IntraclassCorrelations(table([]float64{1, 2}, []float64{nan, 2}), 0.9)
			return err
		}, ErrTooFewObjects},
		"icc one rater": {func() error { _, err := IntraclassCorrelations(table([]float64{1}, []float64{2}), 0.9); return err }, ErrTooFewRaters},
		"icc infinite": {func() error {
			_, err := IntraclassCorrelations(table([]float64{1, 2}, []float64{math.Inf(1), 2}), 0.9)
			return err
		}, ErrNotFinite},
		"icc ragged": {func() error { _, err := IntraclassCorrelations(table([]float64{1, 2}, []float64{2}), 0.9); return err }, ErrRagged},
		"icc constant": {func() error {
			_, err := IntraclassCorrelations(table([]float64{1, 1}, []float64{1, 1}), 0.9)
			return err
		}, ErrNoVariation},
		"Kendall missing":    {func() error { _, err := KendallW(table([]float64{1, 2}, []float64{nan, 2})); return err }, ErrNotFinite},
		"Kendall one object": {func() error { _, err := KendallW(table([]float64{1, 2})); return err }, ErrTooFewObjects},
		"alpha twice":        {func() error { _, err := KrippendorffAlpha([]Cell{{1, 1, 2}, {1, 1, 3}}, Nominal); return err }, ErrDuplicate},
		"alpha not a number": {func() error { _, err := KrippendorffAlpha([]Cell{{1, 1, 2}, {2, 1, nan}}, Nominal); return err }, ErrNotFinite},
		"alpha nothing":      {func() error { _, err := KrippendorffAlpha(nil, Nominal); return err }, ErrNotPairable},
		"alpha negative":     {func() error { _, err := KrippendorffAlpha([]Cell{{1, 1, 2}, {2, 1, -3}}, Ratio); return err }, ErrNegative},
		"alpha metric":       {func() error { _, err := KrippendorffAlpha([]Cell{{1, 1, 2}, {2, 1, 3}}, 9); return err }, ErrUnknownMetric},
		"alpha ratio of many": {func() error {
			var cells []Cell
			for i := range int32(mostRatioValues + 2) {
				cells = append(cells, Cell{i % 2, i / 2, float64(i)})
			}
			_, err := KrippendorffAlpha(cells, Ratio)
			return err
		}, ErrTooMany},
		"Cohen one category": {func() error { _, err := CohenKappa([][]int{{9}}, Linear); return err }, ErrNoVariation},
		"Cohen unused":       {func() error { _, err := CohenKappa([][]int{{9, 0}, {0, 0}}, Linear); return err }, ErrNoVariation},
		"Cohen oblong":       {func() error { _, err := CohenKappa([][]int{{9, 1}}, Linear); return err }, ErrRagged},
		"Cohen empty":        {func() error { _, err := CohenKappa([][]int{{0, 0}, {0, 0}}, Linear); return err }, ErrTooFewObjects},
		"Cohen negative":     {func() error { _, err := CohenKappa([][]int{{1, -1}, {0, 2}}, Linear); return err }, ErrNegative},
		"Cohen nothing":      {func() error { _, err := CohenKappa(nil, Linear); return err }, ErrRagged},
		"cross lengths":      {func() error { _, _, err := CrossTable([]float64{1}, nil, nil); return err }, ErrRagged},
		"cross level":        {func() error { _, _, err := CrossTable([]float64{1}, []float64{2}, []float64{1}); return err }, ErrUnknownLevel},
		"Fleiss unequal":     {func() error { _, err := FleissKappa([][]int{{1, 1}, {2, 1}}); return err }, ErrUnequal},
		"Fleiss one rater":   {func() error { _, err := FleissKappa([][]int{{1, 0}, {0, 1}}); return err }, ErrTooFewRaters},
		"Fleiss one object":  {func() error { _, err := FleissKappa([][]int{{1, 1}}); return err }, ErrTooFewObjects},
		"Fleiss constant":    {func() error { _, err := FleissKappa([][]int{{2, 0}, {2, 0}}); return err }, ErrNoVariation},
	} {
		if err := c.err(); !errors.Is(err, c.want) || !strings.Contains(err.Error(), ":") {
			t.Errorf("%s: got %v, want %v with what was found", name, err, c.want)
		}
	}
}

// TestCrossTableDrops: by hand, of four pairs one has no value of b.
func TestCrossTableDrops(t *testing.T) {
	table, dropped, err := CrossTable([]float64{1, 2, 2, 1}, []float64{1, 1, 2, math.NaN()}, nil)
	if err != nil || dropped != 1 || fmt.Sprint(table) != "[[1 0] [1 1]]" {
		t.Errorf("got %v, %d dropped, %v", table, dropped, err)
	}
}

// countCategories counts of a table of one row per object and one column per rater how often each object was put into
// each category that occurs.
func countCategories(table [][]float64) (counts [][]int) {
	categories := slices.Concat(table...)
	slices.Sort(categories)
	categories = slices.Compact(categories)
	for _, row := range table {
		line := make([]int, len(categories))
		for _, v := range row {
			at, _ := slices.BinarySearch(categories, v)
			line[at]++
		}
		counts = append(counts, line)
	}
	return counts
}
