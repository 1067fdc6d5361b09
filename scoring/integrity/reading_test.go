package integrity

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// readings names values r00, r01, ... in their order.
func readings(values ...float64) []Reading {
	all := make([]Reading, len(values))
	for i, v := range values {
		all[i] = Reading{Subject: fmt.Sprintf("r%02d", i), Ref: "c", Value: v}
	}
	return all
}

// TestUnusualValue, by hand: of 80 to 89 and 20 the median is 84 and the deviations are 0 1 1 2 2 3 3 4 4 5 64, MAD 3.
// z(20) = 0.6745 * -64/3 = -14.389; z(89) = 0.6745 * 5/3 = 1.124.
func TestUnusualValue(t *testing.T) {
	r := Default().UnusualValue
	flags, err := r.Flags(readings(20, 80, 81, 82, 83, math.NaN(), 84, 85, 86, 87, 88, 89))
	wantSubjects(t, flags, err, "r00")
	near(t, "z", flags[0].Statistic, new(0.6745*-64/3), 1e-12)
	if f := flags[0]; f.Threshold != -3.5 || f.N != 11 || f.Ref != "c" {
		t.Errorf("got %+v, want threshold -3.5, n 11", f)
	}
	flags, err = r.Flags(readings(20, 80, 81, 82, 83, 84, 85, 86, 87)) // nine are too few
	wantSubjects(t, flags, err)
	flags, err = r.Flags(readings(90, 90, 90, 90, 90, 90, 90, 90, 90, 90.1, 70)) // z of 90.1 is small beside that of 70
	wantSubjects(t, flags, err, "r10")
	flags, err = r.Flags(readings(90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 91)) // z 11.2, but a hair
	wantSubjects(t, flags, err)
	flags, err = r.Flags(readings(90, 90, 90, 90, 90, 90, 90, 90, 90, 90))
	wantSubjects(t, flags, err)
}

// TestPartiesApart: quartiles 0.125 and 2.375 (R 4.2.2, quantile type 7), so that the inner fence is at 2.375 + 1.5*2.25 =
// 5.75 and the outer at 9.125.
func TestPartiesApart(t *testing.T) {
	values := []float64{-3, -1, 0, 0.5, 1, 1.5, 2, 2.5, 4, 30}
	low, high := Fences(values, 1.5)
	if low != 0.125-3.375 || high != 5.75 {
		t.Errorf("got fences %g and %g, want -3.25 and 5.75", low, high)
	}
	r := Default().PartiesApart
	r.MinN = 10
	flags, err := r.Flags(readings(values...))
	wantSubjects(t, flags, err, "r09")
	if want := (Flag{Rule: RulePartiesApart, Subject: "r09", Ref: "c", Statistic: 30, Threshold: 9.125, N: 10}); !reflect.DeepEqual(flags[0], want) {
		t.Errorf("got %+v, want %+v", flags[0], want)
	}
	values[0] = -30
	flags, err = r.Flags(readings(values...))
	wantSubjects(t, flags, err, "r00", "r09")
	if flags[0].Threshold != 0.125-3*2.25 {
		t.Errorf("got threshold %g, want the lower fence -6.625", flags[0].Threshold)
	}
	r.MinN = 11
	flags, err = r.Flags(readings(values...))
	wantSubjects(t, flags, err)
	r.MinN = 5
	flags, err = r.Flags(readings(0, 0, 0, 0, 0, 0, 0, 50)) // the quartiles coincide
	wantSubjects(t, flags, err)
	if low, high := Fences(nil, 3); !math.IsNaN(low) || !math.IsNaN(high) {
		t.Errorf("fences of nothing: got %g and %g, want NaN", low, high)
	}
}

// readingRules are the rules that compare values.
var readingRules = map[Rule]func([]Reading) ([]Flag, error){
	RuleUnusualValue: Default().UnusualValue.Flags,
	RulePartiesApart: Default().PartiesApart.Flags,
}

// TestHonestReadings: of normal values 4.6 in ten thousand have |z| > 3.5, 2.3 in a million lie beyond the outer fence.
func TestHonestReadings(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	bounds := map[Rule]float64{RuleUnusualValue: 0.002, RulePartiesApart: 0.0002}
	values := make([]float64, 20_000)
	for i := range values {
		values[i] = 80 + 8*random.NormFloat64()
	}
	for rule, flags := range readingRules {
		found, err := flags(readings(values...))
		if share := float64(len(found)) / float64(len(values)); err != nil || share > bounds[rule] {
			t.Errorf("%s: flagged %g (%v) of normal values, want at most %g", rule, share, err, bounds[rule])
		}
	}
}

// TestReadingProperties: the order of rows does not matter, and values moved by the same amount give the same flags.
func TestReadingProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfN(rapid.IntRange(0, 100), 0, 40).Draw(t, "values")
		shift := float64(rapid.IntRange(-50, 50).Draw(t, "shift"))
		values, moved := make([]float64, len(whole)), make([]float64, len(whole))
		for i, v := range whole {
			values[i], moved[i] = float64(v), float64(v)+shift
		}
		rows := readings(values...)
		for rule, flags := range readingRules {
			want, err := flags(rows)
			if err != nil {
				t.Fatal(err)
			}
			shuffled := rapid.Permutation(rows).Draw(t, "order")
			if got, _ := flags(shuffled); encoded(t, got) != encoded(t, want) {
				t.Fatalf("%s: another order gave %v, want %v", rule, got, want)
			}
			if got, _ := flags(readings(moved...)); !reflect.DeepEqual(subjects(got), subjects(want)) {
				t.Fatalf("%s: moved values gave %v, want %v", rule, got, want)
			}
		}
	})
}

func TestBadReadings(t *testing.T) {
	for rule, flags := range readingRules {
		if _, err := flags(append(readings(1, 2), readings(3)...)); !errors.Is(err, ErrRepeated) {
			t.Errorf("%s: a subject twice: got %v", rule, err)
		}
		if _, err := flags([]Reading{{Value: 1}}); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: no subject: got %v", rule, err)
		}
		if _, err := flags(readings(1, math.Inf(1))); !errors.Is(err, ErrNotFinite) {
			t.Errorf("%s: an infinite value: got %v", rule, err)
		}
	}
}
