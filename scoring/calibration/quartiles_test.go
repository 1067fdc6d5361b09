package calibration

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"pingxin/scoring"
)

// TestQuartilesByHand: of 60, 70, 80, 90 and 100 the lower quartile of type 7 is the second, and the squared distances from
// it are 250 (the variance) and 100 (the square of 80-70). Of 60, 70, 80 and 90 it lies at 67.5; the variance is 500/3 and the
// mean 7.5 above. Three values say too little.
func TestQuartilesByHand(t *testing.T) {
	key := func(peer, indicator string, party scoring.Party) scoring.QuartileKey {
		return scoring.QuartileKey{Peer: peer, Indicator: indicator, Party: party}
	}
	five, four, three := key("B", "care", scoring.Purchaser), key("A", "food", scoring.ThirdParty), key("A", "care", scoring.ThirdParty)
	var given []Given
	for i, v := range []float64{100, 60, 90, 70, 80} {
		given = append(given, Given{five, v})
		if i > 0 {
			given = append(given, Given{four, v})
		}
		if i > 1 {
			given = append(given, Given{three, v})
		}
	}
	got := Quartiles(given)
	want := []Quartile{{four, scoring.Quartile{Value: 67.5, Spread: math.Sqrt(500.0/3 + 56.25), N: 4}}, {five, scoring.Quartile{Value: 70, Spread: math.Sqrt(350), N: 5}}}
	if len(got) != len(want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	for i, q := range got {
		if w := want[i]; q.QuartileKey != w.QuartileKey || q.Value != w.Value || q.N != w.N || math.Abs(q.Spread-w.Spread) > 1e-12 {
			t.Errorf("got %+v, want %+v", q, w)
		}
	}
	if got := Quartiles(nil); got != nil {
		t.Errorf("of nothing: got %+v", got)
	}
}

// TestQuartilesOfAnyOrder: values in any order give the same to the bit, in the order of the keys.
func TestQuartilesOfAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Given {
			return Given{scoring.QuartileKey{Peer: rapid.SampledFrom([]string{"A", "B"}).Draw(t, "peer"), Indicator: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "indicator"),
				Party: rapid.SampledFrom(scoring.Parties()).Draw(t, "party")}, rapid.Float64Range(0, 100).Draw(t, "value")}
		})).Draw(t, "given")
		shuffled := rapid.Permutation(given).Draw(t, "shuffled")
		a, b := Quartiles(given), Quartiles(shuffled)
		if !reflect.DeepEqual(a, b) || !slices.IsSortedFunc(a, func(x, y Quartile) int { return byGroup(x.QuartileKey, y.QuartileKey) }) {
			t.Fatalf("got %+v and %+v", a, b)
		}
	})
}
