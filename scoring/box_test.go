package scoring

import (
	"math"
	"testing"
)

// By hand: of 50 70 72 74 76 78 99 the quartiles (type 7) are 71, 74 and 77, and the fences 1.5 times 6 beyond them lie at 62
// and 86: 50 and 99 are outside, the whiskers end at 70 and 78. R's boxplot.stats has 71 and 77 as hinges, too, and the same
// whiskers and outliers. A value on the fence belongs to the whisker: of 62 70 72 74 76 78 86 the quartiles are the same.
func TestBox(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Box
	}{
		{[]float64{50, 70, 72, 74, 76, 78, 99}, Box{N: 7, Outside: 2, Least: 50, Low: 70, Lower: 71, Median: 74, Upper: 77, High: 78, Most: 99}},
		{[]float64{62, 70, 72, 74, 76, 78, 86}, Box{N: 7, Least: 62, Low: 62, Lower: 71, Median: 74, Upper: 77, High: 86, Most: 86}},
		{[]float64{80, 90, 90, 90, 100}, Box{N: 5, Outside: 2, Least: 80, Low: 90, Lower: 90, Median: 90, Upper: 90, High: 90, Most: 100}},
		{[]float64{60}, Box{N: 1, Least: 60, Low: 60, Lower: 60, Median: 60, Upper: 60, High: 60, Most: 60}},
	} {
		if got := BoxOf(c.values); got != c.want {
			t.Errorf("box of %v is %+v, want %+v", c.values, got, c.want)
		}
	}
	for _, values := range [][]float64{nil, {1, math.NaN()}} {
		if got := BoxOf(values); got.N != len(values) || !math.IsNaN(got.Low) || !math.IsNaN(got.Median) || !math.IsNaN(got.Most) {
			t.Errorf("box of %v is %+v, want no numbers", values, got)
		}
	}
}
