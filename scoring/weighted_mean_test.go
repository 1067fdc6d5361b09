package scoring

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestWeightedMeanAgainstR(t *testing.T) {
	var want struct{ Renormalised, Geometric float64 }
	c := readCase(t, "weighted-mean", &want)
	near(t, "arithmetic", WeightedMean(c["value"], c["weight"]), want.Renormalised, 1e-12)
	near(t, "geometric", WeightedGeometricMean(c["value"], c["weight"]), want.Geometric, 1e-12)
}

func TestMissingPartiesAgainstR(t *testing.T) {
	var want map[string]struct {
		Score       *float64
		WeightsUsed map[string]float64 `json:"weights_used"`
	}
	type subject struct {
		parties         []string
		values, weights []float64
	}
	subjects := map[string]*subject{}
	for _, row := range readRows(t, "weighted-mean-missing", &want) {
		s := subjects[row["subject"]]
		if s == nil {
			s = &subject{}
			subjects[row["subject"]] = s
		}
		s.parties = append(s.parties, row["party"])
		s.values, s.weights = append(s.values, number(row["score"])), append(s.weights, number(row["weight"]))
	}
	for id, s := range subjects {
		nearOrNone(t, id, WeightedMean(s.values, s.weights), want[id].Score, 1e-12)
		normalise(s.values, s.weights)
		for i, party := range s.parties {
			near(t, id+" weight of "+party, s.weights[i], want[id].WeightsUsed[party], 1e-12)
		}
	}
}

func TestBadTermsOfAMean(t *testing.T) {
	for name, c := range map[string]struct {
		values, weights []float64
		want            error
	}{
		"negative weight": {[]float64{1, 2}, []float64{1, -1}, ErrBadWeight},
		"weight NaN":      {[]float64{1, 2}, []float64{1, math.NaN()}, ErrBadWeight},
		"weight infinite": {[]float64{1, 2}, []float64{1, math.Inf(1)}, ErrBadWeight},
		"value infinite":  {[]float64{1, math.Inf(-1)}, []float64{1, 1}, ErrInfiniteValue},
		"unpaired":        {[]float64{1, 2}, []float64{1}, ErrUnpaired},
	} {
		if _, err := ArithmeticMean(c.values, c.weights); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if _, err := GeometricMean(c.values, c.weights); !errors.Is(err, c.want) {
			t.Errorf("%s, geometric: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := GeometricMean([]float64{4, -1}, []float64{1, 1}); !errors.Is(err, ErrNegativeFactor) {
		t.Errorf("negative value: got %v", err)
	}
	for name, c := range map[string]struct{ values, weights []float64 }{
		"nothing": {}, "all missing": {[]float64{math.NaN()}, []float64{1}}, "no weight": {[]float64{5}, []float64{0}},
	} {
		if got, err := ArithmeticMean(c.values, c.weights); !math.IsNaN(got) || err != nil {
			t.Errorf("%s: got %g, %v, want NaN without an error", name, got, err)
		}
	}
}

// TestMeansOfTerms: a mean lies between its values, the geometric one never above the arithmetic; weights count only
// beside each other; a missing value, or one without weight, is as good as none; both stretch with the values.
func TestMeansOfTerms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0.5, 100), 1, 8).Draw(t, "values")
		weights := rapid.SliceOfN(rapid.Float64Range(0.01, 10), len(values), len(values)).Draw(t, "weights")
		arithmetic, err := ArithmeticMean(values, weights)
		geometric, err2 := GeometricMean(values, weights)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if geometric > arithmetic+1e-9 {
			t.Fatalf("geometric %g above arithmetic %g", geometric, arithmetic)
		}
		stretched, heavier := make([]float64, len(values)), make([]float64, len(values))
		for i := range values {
			stretched[i], heavier[i] = 2.5*values[i], 7*weights[i]
		}
		for name, got := range map[string][2]float64{
			"stretched":            {WeightedMean(stretched, weights), 2.5 * arithmetic},
			"stretched, geometric": {WeightedGeometricMean(stretched, weights), 2.5 * geometric},
			"heavier":              {WeightedMean(values, heavier), arithmetic},
			"heavier, geometric":   {WeightedGeometricMean(values, heavier), geometric},
			"missing":              {WeightedMean(append(values, math.NaN()), append(weights, 3)), arithmetic},
			"without weight":       {WeightedGeometricMean(append(values, 77), append(weights, 0)), geometric},
		} {
			if math.Abs(got[0]-got[1]) > 1e-9 {
				t.Fatalf("%s: got %g, want %g", name, got[0], got[1])
			}
		}
	})
}
