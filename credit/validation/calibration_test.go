package validation

import (
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// predictions draws probabilities on a grid of 20ths, strictly between 0 and 1, with both classes.
func predictions(t *rapid.T) (p []float64, events []bool) {
	risk, events := observations(t)
	return mapped(risk, func(v float64) float64 { return (v + 10) / 20 }), events
}

// Predictions 0.2, 0.2, 0.8; the second and third come true. Score (0.04+0.64+0.04)/3 = 0.24; rate 2/3, reference 2/9.
// Groups {0.2, 0.2} with rate 1/2 and {0.8} with rate 1: reliability 2/3*0.3^2 + 1/3*0.2^2 = 0.0733333,
// resolution 2/3*(1/6)^2 + 1/3*(1/3)^2 = 0.0555556; 0.0733333-0.0555556+0.2222222 = 0.24, nothing is left within.
// In one group: mean prediction 0.4, reliability (2/3-0.4)^2 = 0.0711111, resolution 0, variance within
// (0.04+0.04+0.16)/3 = 0.08, covariance (-0.2*(-2/3) - 0.2/3 + 0.4/3)/3 = 0.0666667, within 0.08-0.1333333 = -0.0533333.
func TestBrierByHand(t *testing.T) {
	p, events := []float64{0.2, 0.2, 0.8}, []bool{false, true, true}
	for groups, want := range map[int]BrierScore{
		10: {0.24, 2.0 / 9, 0.22 / 3, 1.0 / 18, 0},
		1:  {0.24, 2.0 / 9, 16.0 / 225, 0, -0.16 / 3},
	} {
		b := must(Brier(p, events, groups))(t)
		absolute(t, "score", b.Score, want.Score, 1e-15)
		absolute(t, "reference", b.Reference, want.Reference, 1e-15)
		absolute(t, "reliability", b.Reliability, want.Reliability, 1e-15)
		absolute(t, "resolution", b.Resolution, want.Resolution, 1e-15)
		absolute(t, "within", b.Within, want.Within, 1e-15)
	}
}

// Four at 0.1, 0.5 and 0.9 each, one, two and four events. Expected 0.4, 2, 3.6: (0.6^2)/0.4 + (0.6^2)/3.6 = 1,
// 0, (0.4^2)/3.6 + (0.4^2)/0.4 = 0.4444444. Chi-square 1.4444444 with one degree of freedom when two coefficients were
// fitted, p = erfc(sqrt(1.4444444/2)) = 0.2294; three degrees when none was.
func TestHosmerLemeshowByHand(t *testing.T) {
	p := []float64{0.1, 0.1, 0.1, 0.1, 0.5, 0.5, 0.5, 0.5, 0.9, 0.9, 0.9, 0.9}
	events := []bool{true, false, false, false, true, true, false, false, true, true, true, true}
	h := must(GoodnessOfFit(p, events, 10, 2))(t)
	absolute(t, "statistic", h.Statistic, 13.0/9, 1e-12)
	absolute(t, "p", h.P, math.Erfc(math.Sqrt(13.0/18)), 1e-12)
	if h.Groups != 3 || h.DF != 1 {
		t.Errorf("got %+v, want 3 groups and 1 degree of freedom", h)
	}
	if h := must(GoodnessOfFit(p, events, 10, 0))(t); h.DF != 3 {
		t.Errorf("nothing fitted: got %d degrees of freedom, want 3", h.DF)
	}
}

// What was held impossible and did not happen is no surprise.
func TestHosmerLemeshowWithCertainties(t *testing.T) {
	h := must(GoodnessOfFit([]float64{0, 0, 0.5, 0.5, 1, 1}, []bool{false, false, true, false, true, true}, 3, 0))(t)
	if h.Statistic != 0 || h.P != 1 {
		t.Errorf("got %+v, want 0 and 1", h)
	}
}

// Equal predictions stay together: one group, whatever was asked.
func TestEqualPredictionsAreOneGroup(t *testing.T) {
	g := must(CalibrationGroups([]float64{0.3, 0.3, 0.3}, []bool{true, false, false}, 10, 0.95))(t)
	if len(g) != 1 || g[0].N != 3 || g[0].Events != 1 || g[0].Low != 0.3 || g[0].High != 0.3 {
		t.Errorf("got %+v, want one group of three", g)
	}
	// Wilson's interval for 1 of 3 by the formula, z = 1.959964: (1/3 + zz/6 ± z sqrt(2/27 + zz/36)) / (1 + zz/3)
	absolute(t, "low", g[0].Interval.Low, 0.0614919, 1e-6)
	absolute(t, "high", g[0].Interval.High, 0.7923404, 1e-6)
}

func TestCalibrationProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, events := predictions(t)
		groups := rapid.IntRange(1, 12).Draw(t, "groups")
		b, err := Brier(p, events, groups)
		if err != nil {
			t.Fatal(err)
		}
		if rest := b.Reliability - b.Resolution + b.Reference + b.Within - b.Score; math.Abs(rest) > 1e-12 {
			t.Fatalf("the parts of %+v miss the score by %g", b, rest)
		}
		otherP, otherEvents := shuffled(t, p, events)
		if other, err := Brier(otherP, otherEvents, groups); err != nil || other != b {
			t.Fatalf("another order: got %+v, %v, want %+v", other, err, b)
		}
		if double, err := Brier(twice(p), twice(events), groups); err != nil || math.Abs(double.Score-b.Score) > 1e-15 || double.Reference != b.Reference {
			t.Fatalf("everybody twice: got %+v, %v, want the score of %+v", double, err, b)
		}
		table, err := CalibrationGroups(p, events, groups, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if other, err := CalibrationGroups(otherP, otherEvents, groups, 0.95); err != nil || !reflect.DeepEqual(other, table) {
			t.Fatalf("another order: got %+v, %v, want %+v", other, err, table)
		}
		n := 0
		for i, g := range table {
			n += g.N
			if g.N == 0 || !(g.Low <= g.Predicted+1e-15 && g.Predicted <= g.High+1e-15) || i > 0 && g.Low < table[i-1].High {
				t.Fatalf("group %d of %+v is empty, or its predictions lie outside it, or it overlaps", i, table)
			}
			if !(0 <= g.Interval.Low && g.Interval.Low <= g.Observed && g.Observed <= g.Interval.High && g.Interval.High <= 1) {
				t.Fatalf("interval of %+v", g)
			}
		}
		if n != len(p) || len(table) > groups {
			t.Fatalf("%d groups hold %d, want at most %d that hold %d", len(table), n, groups, len(p))
		}
		h, err := GoodnessOfFit(p, events, groups, 0)
		other, otherErr := GoodnessOfFit(otherP, otherEvents, groups, 0)
		if (err == nil) != (otherErr == nil) || h != other || err == nil && !(h.Statistic >= 0 && h.P >= 0 && h.P <= 1) {
			t.Fatalf("test of calibration: %+v, %v; another order %+v, %v", h, err, other, otherErr)
		}
	})
}

// At the optimum the residuals add up to nothing, and to nothing when weighted with the values; the model is calibrated
// on its own sample.
func TestLogisticProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, events := observations(t)
		l, err := FitLogistic(x, events)
		if err != nil {
			if !isCondition(err, ErrSeparation) && !isCondition(err, ErrConstant) {
				t.Fatal(err)
			}
			return
		}
		var rest, weighted float64
		for i := range x {
			y := 0.0
			if events[i] {
				y = 1
			}
			rest += y - l.Probability(x[i])
			weighted += (y - l.Probability(x[i])) * x[i]
		}
		if math.Abs(rest) > 1e-9 || math.Abs(weighted) > 1e-8 {
			t.Fatalf("%+v leaves residuals %g and %g", l, rest, weighted)
		}
		if other, err := FitLogistic(shuffled(t, x, events)); err != nil || other != l {
			t.Fatalf("another order: got %+v, %v, want %+v", other, err, l)
		}
		moved, err := FitLogistic(mapped(x, func(v float64) float64 { return 3*v + 7 }), events)
		if err != nil || math.Abs(moved.Slope-l.Slope/3) > 1e-8*(1+math.Abs(l.Slope)) || math.Abs(moved.SlopeSE-l.SlopeSE/3) > 1e-8*(1+l.SlopeSE) ||
			math.Abs(moved.Intercept-(l.Intercept-7*l.Slope/3)) > 1e-7*(1+math.Abs(l.Intercept)) {
			t.Fatalf("3x+7: got %+v, %v from %+v", moved, err, l)
		}
		double, err := FitLogistic(twice(x), twice(events))
		if err != nil || math.Abs(double.Slope-l.Slope) > 1e-8*(1+math.Abs(l.Slope)) || math.Abs(double.SlopeSE*math.Sqrt2-l.SlopeSE) > 1e-8*(1+l.SlopeSE) {
			t.Fatalf("everybody twice: got %+v, %v from %+v", double, err, l)
		}
		if math.Abs(l.Slope) < 1e-9 {
			return // equal predictions have no line
		}
		line, err := FitCalibration(mapped(x, l.Probability), events)
		if err != nil || math.Abs(line.InTheLarge) > 1e-8 || math.Abs(line.Intercept) > 1e-6 || math.Abs(line.Slope-1) > 1e-6 {
			t.Fatalf("calibration of %+v on its own sample: got %+v, %v", l, line, err)
		}
	})
}

// Values far apart need small steps, and values far from zero centring.
func TestLogisticOnAwkwardValues(t *testing.T) {
	for name, x := range map[string][]float64{
		"one far away":   {0, 1, 2, 3, 1e6},
		"far from zero":  {1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4},
		"close together": {1e-9, 2e-9, 3e-9, 4e-9, 5e-9},
	} {
		events := []bool{false, true, false, true, false}
		l := must(FitLogistic(x, events))(t)
		var predicted float64
		for _, v := range x {
			predicted += l.Probability(v)
		}
		absolute(t, name, predicted, 2, 1e-5)
	}
}

func TestOutcomesByLevelByHand(t *testing.T) {
	levels := []string{"A", "B", "C", "D"}
	// A 1 of 2, B nobody, C 0 of 40, D 1 of 1: A is worse than C, its interval 0.0945 to 0.9055 above C's 0 to 0.0876.
	level, events := []string{"D", "A", "A"}, []bool{true, true, false}
	for range 40 {
		level, events = append(level, "C"), append(events, false)
	}
	rows, inversions, err := OutcomesByLevel(levels, level, events, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Inversion{{"A", "C", true}}; !reflect.DeepEqual(inversions, want) {
		t.Errorf("inversions: got %v, want %v", inversions, want)
	}
	if b := rows[1]; b.Rate != nil || b.Interval != nil || b.N != 0 {
		t.Errorf("a level without suppliers: got %+v", b)
	}
	if c := rows[2]; *c.Rate != 0 || c.Small || c.Interval.Low != 0 {
		t.Errorf("C: got %+v", c)
	}
	absolute(t, "high of C", rows[2].Interval.High, 0.0876216, 1e-6) // zz/(n+zz), z = 1.959964
	absolute(t, "low of A", rows[0].Interval.Low, 0.0945312, 1e-6)
	if !rows[0].Small || *rows[3].Rate != 1 {
		t.Errorf("A and D: got %+v and %+v", rows[0], rows[3])
	}
}
