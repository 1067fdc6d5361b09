package raters

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

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
