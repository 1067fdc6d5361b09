package raters

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
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

// readSets reads the cells of case 07 by set.
func readSets(t *testing.T, name string, expected any) map[string][]Cell {
	t.Helper()
	sets, raters, objects := map[string][]Cell{}, numbering{}, numbering{}
	for _, row := range readRows(t, name, expected) {
		if row["value"] != "" {
			sets[row["set"]] = append(sets[row["set"]], Cell{raters.id(row["rater"]), objects.id(row["unit"]), number(t, row["value"])})
		}
	}
	return sets
}

var metrics = map[string]Metric{"nominal": Nominal, "ordinal": Ordinal, "interval": Interval, "ratio": Ratio}

func TestAlphaOfKrippendorff(t *testing.T) {
	var want map[string]float64
	cells := readSets(t, "krippendorff-alpha", &want)[""]
	for name, metric := range metrics {
		got, err := KrippendorffAlpha(cells, metric)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, got.Value/want[name], 1, 1e-12)
	}
}

func TestAlphaDegenerate(t *testing.T) {
	var want map[string]struct {
		Values  int `json:"pairable_values"`
		Objects int `json:"n_units_pairable"`
		Metrics map[string]struct{ Alpha, Do, De *float64 }
	}
	sets := readSets(t, "krippendorff-alpha-degenerate", &want)
	for set, w := range want {
		for name, metric := range metrics {
			got, err := KrippendorffAlpha(sets[set], metric)
			switch m := w.Metrics[name]; {
			case m.De == nil:
				if !errors.Is(err, ErrNotPairable) {
					t.Errorf("%s: got %v", set, err)
				}
			case m.Alpha == nil:
				if !errors.Is(err, ErrNoVariation) {
					t.Errorf("%s: got %v", set, err)
				}
			default:
				near(t, set+" "+name, got.Value, *m.Alpha, 1e-12)
				near(t, set+" "+name+" observed", got.Observed, *m.Do, 1e-12)
				near(t, set+" "+name+" expected", got.Expected, *m.De, 1e-12)
				if got.Values != w.Values || got.Objects != w.Objects {
					t.Errorf("%s: got %d values of %d objects, want %d of %d", set, got.Values, got.Objects, w.Values, w.Objects)
				}
			}
		}
	}
}

// TestAlphaByDefinition compares the closed forms with the sums over all pairs of the definition.
func TestAlphaByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := drawRatings(t)
		objects, err := pairable(cells)
		if err != nil {
			t.Skip()
		}
		all := slices.Concat(objects...)
		slices.Sort(all)
		for name, metric := range metrics {
			got, err := KrippendorffAlpha(cells, metric)
			if err != nil {
				t.Skip()
			}
			var observed, expected float64
			for _, values := range objects {
				observed += pairwise(values, all, metric) / float64(len(values)-1)
			}
			n := float64(len(all))
			expected = pairwise(all, all, metric) / (n * (n - 1))
			near(t, name, got.Value, 1-observed/n/expected, 1e-12)
		}
	})
}

// pairwise is the sum of squared differences over ordered pairs, as Krippendorff (2011) defines them.
func pairwise(values, all []float64, metric Metric) (total float64) {
	for _, a := range values {
		for _, b := range values {
			switch low, high := min(a, b), max(a, b); {
			case a == b:
			case metric == Nominal:
				total++
			case metric == Interval:
				total += (a - b) * (a - b)
			case metric == Ratio:
				total += (a - b) * (a - b) / ((a + b) * (a + b))
			default:
				var between float64
				for _, v := range all {
					if v == low || v == high {
						between += 0.5
					} else if v > low && v < high {
						between++
					}
				}
				total += between * between
			}
		}
	}
	return total
}

// drawRatings draws up to six raters on up to eight objects, some values missing, in grades from 0 to 4.
func drawRatings(t *rapid.T) (cells []Cell) {
	for o := range int32(rapid.IntRange(2, 8).Draw(t, "objects")) {
		for r := range int32(6) {
			if v := rapid.IntRange(-2, 4).Draw(t, "value"); v >= 0 {
				cells = append(cells, Cell{r, o, float64(v)})
			}
		}
	}
	return cells
}

// TestAlphaRenamed: order and IDs do not change a bit; nor do the names of categories the nominal alpha.
func TestAlphaRenamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := drawRatings(t)
		renamed := shuffled(t, cells)
		for i, c := range renamed {
			renamed[i] = Cell{5 - c.Rater*3, c.Object * -7, c.Value}
		}
		for name, metric := range metrics {
			was, errWas := KrippendorffAlpha(cells, metric)
			now, errNow := KrippendorffAlpha(renamed, metric)
			if was != now || (errWas == nil) != (errNow == nil) {
				t.Fatalf("%s: got %v %v, renamed %v %v", name, was, errWas, now, errNow)
			}
		}
		was, _ := KrippendorffAlpha(cells, Nominal)
		for i := range renamed {
			renamed[i].Value = []float64{3, -100, 7.5, 0, 1e9}[int(renamed[i].Value)]
		}
		if now, _ := KrippendorffAlpha(renamed, Nominal); was != now {
			t.Fatalf("got %v, with categories renamed %v", was, now)
		}
	})
}

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
	counts, _, err := CountCategories(table)
	if err != nil {
		t.Fatal(err)
	}
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
		e, _, _ := CountCategories(table)
		f, _, _ := CountCategories(other)
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
		"categories missing": {func() error { _, _, err := CountCategories(table([]float64{1, 2}, []float64{nan, 2})); return err }, ErrNotFinite},
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
