package scoring

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

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
	near(t, "effective n", math.Sqrt(Variance(x)/EffectiveN(len(x), want.Population)), se*CochranFactor(len(x), want.Population), 1e-12)
}

func TestIntervalSetsAgainstR(t *testing.T) {
	var want map[string]struct {
		Mean, SD     *float64
		SE           *float64 `json:"se"`
		FPC          *float64 `json:"fpc"`
		FiniteFactor *float64 `json:"fpc_alt_Nminus1"`
		Low          *float64 `json:"ci_low"`
		High         *float64 `json:"ci_high"`
		WilsonLow    *float64 `json:"wilson_low"`
		WilsonHigh   *float64 `json:"wilson_high"`
		Kind         string
	}
	type sample struct {
		confidence float64
		n, N       int
		x          []float64
	}
	samples := map[string]*sample{}
	for _, row := range readRows(t, "interval-sets", &want) {
		s := samples[row["set"]]
		if s == nil {
			s = &sample{confidence: number(row["conf"])}
			samples[row["set"]] = s
		}
		s.x = append(s.x, number(row["x"]))
		if row["N"] != "" {
			s.N = int(number(row["N"]))
		}
		if row["n"] != "" {
			s.n = int(number(row["n"]))
		}
	}
	for set, s := range samples {
		w := want[set]
		if w.Kind == "rate" {
			low, high := WilsonInterval(int(s.x[0]), s.n, s.confidence)
			nearOrNone(t, set+" Wilson low", low, w.WilsonLow, 1e-10)
			nearOrNone(t, set+" Wilson high", high, w.WilsonHigh, 1e-10)
			if low < -1e-15 || high > 1+1e-15 {
				t.Errorf("%s: got %g to %g, want within 0 to 1", set, low, high)
			}
			continue
		}
		slices.Sort(s.x)
		n := len(s.x)
		nearOrNone(t, set+" mean", Mean(s.x), w.Mean, 1e-12)
		nearOrNone(t, set+" deviation", math.Sqrt(Variance(s.x)), w.SD, 1e-12)
		nearOrNone(t, set+" Cochran's factor", CochranFactor(n, s.N), w.FPC, 1e-12)
		nearOrNone(t, set+" finite factor", FiniteFactor(n, s.N), w.FiniteFactor, 1e-12)
		se := math.Sqrt(Variance(s.x)/float64(n)) * CochranFactor(n, s.N)
		nearOrNone(t, set+" standard error", se, w.SE, 1e-12)
		low, high := StudentInterval(Mean(s.x), se, n, s.confidence)
		nearOrNone(t, set+" low", low, w.Low, 1e-10)
		nearOrNone(t, set+" high", high, w.High, 1e-10)
	}
}

func TestNoInterval(t *testing.T) {
	for name, f := range map[string]func() (float64, float64){
		"one value":         func() (float64, float64) { return StudentInterval(80, 1, 1, 0.9) },
		"confidence 1":      func() (float64, float64) { return StudentInterval(80, 1, 9, 1) },
		"confidence NaN":    func() (float64, float64) { return WilsonInterval(1, 2, math.NaN()) },
		"nobody":            func() (float64, float64) { return WilsonInterval(0, 0, 0.9) },
		"more than all":     func() (float64, float64) { return WilsonInterval(3, 2, 0.9) },
		"less than nothing": func() (float64, float64) { return WilsonInterval(-1, 2, 0.9) },
	} {
		if low, high := f(); !math.IsNaN(low) || !math.IsNaN(high) {
			t.Errorf("%s: got %g to %g, want NaN", name, low, high)
		}
	}
}

// TestErrorsScale: a standard error stretches with the values and does not see where they lie; every value given twice
// makes the variance (n-1)*2/(2n-1) times as large.
func TestErrorsScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawScores(t)
		moved, twice := make([]float64, len(x)), slices.Repeat(x, 2)
		for i, v := range x {
			moved[i] = 3*v + 11
		}
		if a, b := 9*Variance(x), Variance(moved); len(x) > 1 && math.Abs(a-b) > 1e-9*max(1, a) {
			t.Fatalf("variance: got %g, want %g", b, a)
		}
		n := float64(len(x))
		if a, b := Variance(x)*(n-1)*2/(2*n-1), Variance(twice); len(x) > 1 && math.Abs(a-b) > 1e-9*max(1, a) {
			t.Fatalf("variance of twice the values: got %g, want %g", b, a)
		}
	})
}

// TestMoreAnswers: with more answers the factors fall, the effective number rises, and Wilson's interval narrows.
func TestMoreAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		population := rapid.IntRange(2, 500).Draw(t, "population")
		n := rapid.IntRange(1, population-1).Draw(t, "n")
		if FiniteFactor(n+1, population) >= FiniteFactor(n, population) || CochranFactor(n+1, population) >= CochranFactor(n, population) ||
			EffectiveN(n+1, population) <= EffectiveN(n, population) {
			t.Fatalf("%d and %d of %d", n, n+1, population)
		}
		if a, b := FiniteFactor(n, population)*math.Sqrt(1-1/float64(population)), CochranFactor(n, population); math.Abs(a-b) > 1e-12 {
			t.Fatalf("the factors of %d of %d are not sqrt(N/(N-1)) apart: %g and %g", n, population, a, b)
		}
		k := rapid.IntRange(0, n).Draw(t, "k")
		low, high := WilsonInterval(k, n, 0.9)
		nearer, further := WilsonInterval(2*k, 2*n, 0.9)
		if share := float64(k) / float64(n); !(further-nearer < high-low) || low > share+1e-12 || high < share-1e-12 {
			t.Fatalf("%d of %d: %g to %g, twice as many %g to %g", k, n, low, high, nearer, further)
		}
	})
}
