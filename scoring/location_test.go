package scoring

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestLocationAgainstR(t *testing.T) {
	var want struct {
		Mean       float64
		Median     float64
		Trimmed10  float64 `json:"trimmed_0.1"`
		Trimmed20  float64 `json:"trimmed_0.2"`
		Winsorised float64 `json:"winsorised_0.1"`
		HL         float64 `json:"hodges_lehmann"`
		Huber      float64 `json:"huber_k1.5"`
		MAD        float64
		Var        float64
		Q          map[string]float64
	}
	x := readCase(t, "location", &want)["x"]
	slices.Sort(x)
	near(t, "mean", Mean(x), want.Mean, 1e-12)
	near(t, "median", Median(x), want.Median, 1e-12)
	near(t, "trimmed 0.1", TrimmedMean(x, 0.1), want.Trimmed10, 1e-12)
	near(t, "trimmed 0.2", TrimmedMean(x, 0.2), want.Trimmed20, 1e-12)
	near(t, "winsorised", WinsorisedMean(x, 0.1), want.Winsorised, 1e-12)
	near(t, "Hodges-Lehmann", HodgesLehmann(x), want.HL, 1e-12)
	near(t, "Huber", Huber(x), want.Huber, 1e-9)
	near(t, "MAD", MAD(x), want.MAD, 1e-12)
	near(t, "variance", Variance(x), want.Var, 1e-12)
	if len(want.Q) == 0 {
		t.Fatal("the case has no quantiles")
	}
	for name, q := range want.Q {
		p, err := strconv.Atoi(name[1:])
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, Quantile(x, float64(p)/100), q, 1e-12)
	}
}

func TestEdges(t *testing.T) {
	one := []float64{7}
	for name, f := range map[string]func([]float64) float64{
		"mean": Mean[float64], "median": Median[float64], "Hodges-Lehmann": HodgesLehmann, "Huber": Huber,
		"trimmed":    func(x []float64) float64 { return TrimmedMean(x, 0.1) },
		"winsorised": func(x []float64) float64 { return WinsorisedMean(x, 0.1) },
	} {
		if got := f(one); got != 7 {
			t.Errorf("%s of one value: got %g", name, got)
		}
		if got := f([]float64{3, 3, 3, 3}); got != 3 {
			t.Errorf("%s of equal values: got %g", name, got)
		}
		if got := f(nil); !math.IsNaN(got) {
			t.Errorf("%s of no values: got %g, want NaN", name, got)
		}
	}
	if got := Variance(one); !math.IsNaN(got) {
		t.Errorf("variance of one value: got %g, want NaN", got)
	}
	if got := FiniteFactor(40, 40); got != 0 {
		t.Errorf("factor when everybody answered: got %g, want 0", got)
	}
}

func TestLocationSetsAgainstR(t *testing.T) {
	var want map[string]struct {
		Mean, Median *float64
		Trim         map[string]float64
		Winsorised   map[string]float64 `json:"winsor_count"`
		MAD          *float64           `json:"mad_1.4826"`
		HL           *float64           `json:"hodges_lehmann"`
		Huber        *float64           `json:"huber_mu_converged"`
	}
	for set, x := range readSets(t, "location-sets", &want) {
		w := want[set]
		nearOrNone(t, set+" mean", Mean(x), w.Mean, 1e-12)
		nearOrNone(t, set+" median", Median(x), w.Median, 1e-12)
		nearOrNone(t, set+" MAD", MAD(x), w.MAD, 1e-12)
		nearOrNone(t, set+" Hodges-Lehmann", HodgesLehmann(x), w.HL, 1e-12)
		if w.Huber != nil { // null where the MAD is 0 and R refuses
			near(t, set+" Huber", Huber(x), *w.Huber, 1e-10)
		} else if len(x) > 0 && Huber(x) != Median(x) {
			t.Errorf("%s: Huber without spread: got %g, want the median %g", set, Huber(x), Median(x))
		}
		for trim, m := range w.Trim {
			near(t, set+" trimmed "+trim, TrimmedMean(x, number(trim)), m, 1e-12)
		}
		for trim, m := range w.Winsorised {
			near(t, set+" winsorised "+trim, WinsorisedMean(x, number(trim)), m, 1e-12)
		}
	}
}

// locations are the estimates that move with the values.
var locations = map[string]func([]float64) float64{
	"mean": Mean[float64], "median": Median[float64], "Hodges-Lehmann": HodgesLehmann, "Huber": Huber,
	"trimmed":    func(x []float64) float64 { return TrimmedMean(x, 0.1) },
	"winsorised": func(x []float64) float64 { return WinsorisedMean(x, 0.2) },
}

// drawScores draws whole scores in ascending order.
func drawScores(t *rapid.T) []float64 {
	whole := rapid.SliceOfN(rapid.IntRange(0, 100), 1, 40).Draw(t, "x")
	slices.Sort(whole)
	x := make([]float64, len(whole))
	for i, v := range whole {
		x[i] = float64(v)
	}
	return x
}

func TestNoNumberNoLocation(t *testing.T) {
	withNaN := []float64{1, 2, math.NaN(), 4}
	slices.Sort(withNaN)
	for name, f := range locations {
		if got := f(withNaN); !math.IsNaN(got) {
			t.Errorf("%s with a NaN: got %g, want NaN", name, got)
		}
	}
	x := []float64{1, 2, 3, 10}
	for name, got := range map[string]float64{
		"trim below 0": TrimmedMean(x, -0.1), "trim NaN": TrimmedMean(x, math.NaN()), "winsorised below 0": WinsorisedMean(x, -0.1),
		"p below 0": Quantile(x, -0.1), "p above 1": Quantile(x, 1.1), "p NaN": Quantile(x, math.NaN()),
		"infinite sum": HodgesLehmann([]float64{-math.MaxFloat64, 0, math.Inf(1)}),
	} {
		if !math.IsNaN(got) {
			t.Errorf("%s: got %g, want NaN", name, got)
		}
	}
	if got := TrimmedMean(x, math.Inf(1)); got != 2.5 {
		t.Errorf("everything trimmed: got %g, want the median", got)
	}
	if got := WinsorisedMean(x, math.Inf(1)); got != 2.5 {
		t.Errorf("everything winsorised: got %g, want the median", got)
	}
}

// TestShiftAndScale: every location moves and stretches with the values, and turns with their sign.
func TestShiftAndScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawScores(t)
		shift := float64(rapid.IntRange(-50, 50).Draw(t, "shift"))
		scale := float64(rapid.SampledFrom([]int{-3, -1, 2, 7}).Draw(t, "scale"))
		moved := make([]float64, len(x))
		for i, v := range x {
			moved[i] = float64(scale*v) + shift
		}
		slices.Sort(moved)
		for name, f := range locations {
			if a, b := float64(scale*f(x))+shift, f(moved); math.Abs(a-b) > 1e-9 {
				t.Fatalf("%s: %g times %g and moved by %g is %g", name, f(x), scale, shift, b)
			}
		}
	})
}

// TestRaisingAScore: a higher score never lowers a location, and no location leaves the range of the scores. Huber is left
// out of the first: its scale moves with the scores.
func TestRaisingAScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawScores(t)
		raised := slices.Clone(x)
		raised[rapid.IntRange(0, len(x)-1).Draw(t, "which")] += float64(rapid.IntRange(1, 60).Draw(t, "by"))
		slices.Sort(raised)
		for name, f := range locations {
			before, after := f(x), f(raised)
			if name != "Huber" && after < before-1e-12 {
				t.Fatalf("%s fell from %g to %g", name, before, after)
			}
			if before < x[0]-1e-12 || before > x[len(x)-1]+1e-12 {
				t.Fatalf("%s: %g lies outside %g to %g", name, before, x[0], x[len(x)-1])
			}
		}
	})
}

// TestTwiceTheSameScores: every score given twice leaves the mean, the median and the scale as they were, and the trimmed
// and winsorised means where the trim is a whole number of scores. The Hodges-Lehmann estimate may move:
// the pairs of a score with itself then are a smaller part of all pairs.
func TestTwiceTheSameScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawScores(t)
		twice := slices.Repeat(x, 2)
		slices.Sort(twice)
		for name, f := range locations {
			trims := name == "trimmed" && len(x)%10 != 0 || name == "winsorised" && len(x)%5 != 0
			if a, b := f(x), f(twice); name != "Hodges-Lehmann" && !trims && math.Abs(a-b) > 1e-9 {
				t.Fatalf("%s: %g, twice the scores %g", name, a, b)
			}
		}
	})
	once, twice := []float64{0, 1, 10}, []float64{0, 0, 1, 1, 10, 10}
	// Pairs 0, 0.5, 1, 5, 5.5, 10, and twice three 0, four 0.5, three 1, four 5 and more, of which the 11th is in the middle.
	if a, b := HodgesLehmann(once), HodgesLehmann(twice); a != 3 || b != 5 {
		t.Errorf("Hodges-Lehmann: got %g and %g, want 3 and 5", a, b)
	}
}
