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

	"pgregory.net/rapid"
)

// The expected numbers in testdata/cases come from R 4.2.2, as the README of each case says.

// readCase returns the columns of a case's input (NaN for NA) and decodes its expected numbers.
func readCase(t *testing.T, name string, expected any) map[string][]float64 {
	t.Helper()
	dir := filepath.Join("testdata", "cases", name)
	f, err := os.Open(filepath.Join(dir, "input.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]float64{}
	for _, row := range rows[1:] {
		for i, cell := range row {
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				v = math.NaN()
			}
			columns[rows[0][i]] = append(columns[rows[0][i]], v)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, expected); err != nil {
		t.Fatal(err)
	}
	return columns
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: got %.15g, want %.15g", what, got, want)
	}
}

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

func TestIntervalAgainstR(t *testing.T) {
	var want struct {
		Population, Satisfied int
		Confidence, Mean, SE  float64
		SEFPC                 float64 `json:"se_fpc"`
		TLow                  float64 `json:"t_low"`
		THigh                 float64 `json:"t_high"`
		WilsonLow             float64 `json:"wilson_low"`
		WilsonHigh            float64 `json:"wilson_high"`
	}
	x := readCase(t, "interval", &want)["x"]
	slices.Sort(x)
	se := math.Sqrt(Variance(x) / float64(len(x)))
	near(t, "standard error", se, want.SE, 1e-12)
	near(t, "finite population", se*FiniteFactor(len(x), want.Population), want.SEFPC, 1e-12)
	low, high := StudentInterval(Mean(x), se, len(x), want.Confidence)
	near(t, "t low", low, want.TLow, 1e-12)
	near(t, "t high", high, want.THigh, 1e-12)
	low, high = WilsonInterval(want.Satisfied, len(x), want.Confidence)
	near(t, "Wilson low", low, want.WilsonLow, 1e-12)
	near(t, "Wilson high", high, want.WilsonHigh, 1e-12)
	// n* is defined by giving the corrected error: s/sqrt(n*) = s/sqrt(n) * factor.
	near(t, "effective n", math.Sqrt(Variance(x)/EffectiveN(len(x), want.Population)), want.SEFPC, 1e-12)
}

func TestWeightedMeanAgainstR(t *testing.T) {
	var want struct{ Renormalised, Geometric float64 }
	c := readCase(t, "weighted-mean", &want)
	near(t, "arithmetic", WeightedMean(c["value"], c["weight"]), want.Renormalised, 1e-12)
	near(t, "geometric", WeightedGeometricMean(c["value"], c["weight"]), want.Geometric, 1e-12)
}

func TestMidRanksAgainstR(t *testing.T) {
	var want []struct {
		RankMid    float64 `json:"rank_mid"`
		Percentile float64
	}
	x := readCase(t, "percentile-rank", &want)["x"]
	for i, rank := range MidRanks(x) {
		near(t, "rank", rank, want[i].RankMid, 1e-12)
		near(t, "percentile", PercentileRank(rank, len(x)), want[i].Percentile, 1e-12)
	}
}

func TestEdges(t *testing.T) {
	one := []float64{7}
	for name, f := range map[string]func([]float64) float64{
		"mean": Mean, "median": Median, "Hodges-Lehmann": HodgesLehmann, "Huber": Huber,
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

func TestRoundHalfUp(t *testing.T) { // by hand
	for _, c := range []struct {
		v        float64
		decimals int
		want     float64
	}{{79.995, 2, 80}, {79.9949, 2, 79.99}, {1.005, 2, 1.01}, {-1.005, 2, -1}, {-1.006, 2, -1.01}, {89.5, 0, 90}, {12.345678912, 9, 12.345678912}, {0, 2, 0}} {
		if got := Round(c.v, c.decimals); got != c.want {
			t.Errorf("Round(%g, %d): got %g, want %g", c.v, c.decimals, got, c.want)
		}
	}
}

// TestShiftAndScale: every location moves with the values.
func TestShiftAndScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfN(rapid.IntRange(0, 100), 1, 40).Draw(t, "x")
		shift := float64(rapid.IntRange(-50, 50).Draw(t, "shift"))
		x := make([]float64, len(whole))
		for i, v := range whole {
			x[i] = float64(v)
		}
		slices.Sort(x)
		moved := make([]float64, len(x))
		for i, v := range x {
			moved[i] = v + shift
		}
		for name, f := range map[string]func([]float64) float64{"mean": Mean, "median": Median, "Hodges-Lehmann": HodgesLehmann, "Huber": Huber,
			"trimmed": func(x []float64) float64 { return TrimmedMean(x, 0.1) }, "winsorised": func(x []float64) float64 { return WinsorisedMean(x, 0.2) }} {
			if a, b := f(x)+shift, f(moved); math.Abs(a-b) > 1e-9 {
				t.Fatalf("%s: %g moved by %g is %g", name, f(x), shift, b)
			}
		}
	})
}
