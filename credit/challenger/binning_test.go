package challenger

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestEmptyClass by hand: 8 good and 4 bad. Bin p has 4 good and no bad: woe = ln((4.5/8) / (0.5/4)) = ln 4.5, iv =
// (0.5625-0.125) ln 4.5. Bin q has 4 good and 3 bad: ln((4/8) / (3/4)) = ln(2/3). Missing: one bad: ln((0.5/8) / (1.5/4))
// = ln(1/6).
func TestEmptyClass(t *testing.T) {
	labels := strings.Split("p p p p q q q q q q q", " ")
	b, warnings, err := Categories("c", append(labels, ""), ones(strings.Split("000000001111", "")))
	if err != nil {
		t.Fatal(err)
	}
	want := []Warning{{Code: EmptyClass, Input: "c", Bin: "p"}, {Code: EmptyClass, Input: "c", Bin: "(missing)"}}
	if !slices.Equal(warnings, want) {
		t.Errorf("warnings %v, want %v", warnings, want)
	}
	for i, woe := range []float64{math.Log(4.5), math.Log(2. / 3), math.Log(1. / 6)} {
		near(t, b.Bins[i].Name, b.Bins[i].WOE, woe, 1e-14)
	}
	near(t, "iv of p", b.Bins[0].IV, 0.4375*math.Log(4.5), 1e-14)
	if last := b.Bins[2]; !last.Missing || !last.Adjusted || b.Bins[1].Adjusted {
		t.Errorf("bins %+v", b.Bins)
	}
}

// TestMonotoneByHand: bad of ten records at 1, 2, ... 6 are 1, 3, 2, 6, 6, 9. The second and third violate the rise and
// are pooled to 5 of 20; of equal shares the fourth and fifth are pooled too. Chi-square of neighbours is then 0.94 of
// 1/10 and 5/20, 6.1 of 5/20 and 12/20 and 2.7 of 12/20 and 9/10; with a threshold of 0.9 nothing more is joined, with
// 3.84 the first pair (to 6/30), then, at 8.4 and 2.8, the last.
func TestMonotoneByHand(t *testing.T) {
	var values []float64
	var bad []bool
	for i, n := range []int{1, 3, 2, 6, 6, 9} {
		for k := range 10 {
			values, bad = append(values, float64(i+1)), append(bad, k < n)
		}
	}
	p := DefaultPolicy()
	for _, c := range []struct {
		threshold float64
		cuts      []float64
		bad       []int
		names     []string
	}{
		{0.9, []float64{2, 4, 6}, []int{1, 5, 12, 9}, []string{"< 2", "[2, 4)", "[4, 6)", ">= 6"}},
		{3.84, []float64{4}, []int{6, 21}, []string{"< 4", ">= 4"}},
		{1000, nil, []int{27}, []string{"any"}},
	} {
		p.MergeBelow = c.threshold
		b, _, err := p.Monotone("x", values, bad)
		if err != nil {
			t.Fatal(err)
		}
		var counts []int
		var names []string
		for _, bin := range b.Bins {
			counts, names = append(counts, bin.Bad), append(names, bin.Name)
		}
		if !slices.Equal(b.Cuts, c.cuts) || !slices.Equal(counts, c.bad) || !slices.Equal(names, c.names) {
			t.Errorf("threshold %g: cuts %v, bad %v, names %q, want %v, %v, %q", c.threshold, b.Cuts, counts, names, c.cuts, c.bad, c.names)
		}
	}
}

// numbersAndOutcomes makes a number with ties and missing values that has to do with the outcome, or not.
func numbersAndOutcomes(t *rapid.T) ([]float64, []bool) {
	n := rapid.IntRange(20, 300).Draw(t, "records")
	slope := rapid.Float64Range(-2, 2).Draw(t, "slope")
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
	values, bad := make([]float64, n), make([]bool, n)
	for i := range n {
		v := float64(random.IntN(40)) / 8
		bad[i] = random.Float64() < Probability(slope*(v-2.5))
		values[i] = v
		if random.IntN(10) == 0 {
			values[i] = math.NaN()
		}
	}
	bad[0], bad[1] = true, false
	return values, bad
}

// TestMonotoneProperties: the shares of bad rise or fall, every bin has its share, there are not too many, each record
// finds the bin that counted it, and neither order nor doubling nor an increasing scale changes who is together.
func TestMonotoneProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values, bad := numbersAndOutcomes(t)
		p := DefaultPolicy()
		b, _, err := p.Monotone("x", values, bad)
		if err != nil {
			t.Fatal(err)
		}
		checkMonotone(t, p, b)
		counts := make([]tally, len(b.Bins))
		for i, v := range values {
			at, seen := b.find(Value{Number: v})
			if !seen {
				t.Fatalf("%g finds no bin", v)
			}
			counts[at].count(bad[i])
		}
		for i, bin := range b.Bins {
			if counts[i].good != bin.Good || counts[i].bad != bin.Bad {
				t.Fatalf("bin %s holds %+v, counted %+v", bin.Name, counts[i], bin)
			}
		}
		backwards, outcomes := slices.Clone(values), slices.Clone(bad)
		slices.Reverse(backwards)
		slices.Reverse(outcomes)
		if again, _, err := p.Monotone("x", backwards, outcomes); err != nil || !reflect.DeepEqual(again, b) {
			t.Errorf("backwards: %v, got %+v, want %+v", err, again, b)
		}
		for i := range backwards {
			backwards[i] = 4*backwards[i] + 1 // exact
		}
		if scaled, _, err := p.Monotone("x", backwards, outcomes); err != nil || scaled.IV != b.IV || len(scaled.Cuts) > 0 && scaled.Cuts[0] != 4*b.Cuts[0]+1 {
			t.Errorf("scaled: %v, got %+v, want as %+v", err, scaled, b)
		}
	})
}

func checkMonotone(t *rapid.T, p Policy, b Binning) {
	t.Helper()
	present := slices.DeleteFunc(slices.Clone(b.Bins), func(bin Bin) bool { return bin.Missing })
	records := 0
	for _, bin := range present {
		records += bin.Good + bin.Bad
	}
	var rises, falls bool
	for i, bin := range present {
		n := bin.Good + bin.Bad
		if float64(n) < p.MinShare*float64(records) {
			t.Fatalf("bin %s has %d of %d records", bin.Name, n, records)
		}
		if i > 0 {
			before := present[i-1]
			c := ratio(tally{good: before.Good, bad: before.Bad}, tally{good: bin.Good, bad: bin.Bad})
			rises, falls = rises || c < 0, falls || c > 0
		}
	}
	if rises && falls || len(present) > p.MaxBins || len(present) != len(b.Cuts)+1 {
		t.Fatalf("bins %+v", b)
	}
}

// TestRelabelling: other names of the levels leave what each of them weighs, and the information value but for the
// order of its sum.
func TestRelabelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values, bad := numbersAndOutcomes(t)
		names := rapid.Permutation([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "names")
		plain, renamed := make([]string, len(values)), make([]string, len(values))
		for i, v := range values {
			if !math.IsNaN(v) {
				plain[i], renamed[i] = string(rune('a'+int(v))), names[int(v)]
			}
		}
		a, _, err := Categories("c", plain, bad)
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := Categories("c", renamed, bad)
		if err != nil || !alike(a.IV, b.IV, 1e-12) {
			t.Fatalf("%v, information value %g and %g", err, a.IV, b.IV)
		}
		for i := range plain {
			x, _ := a.find(Value{Label: plain[i]})
			y, _ := b.find(Value{Label: renamed[i]})
			if a.Bins[x].WOE != b.Bins[y].WOE {
				t.Fatalf("%s weighs %g, as %s %g", plain[i], a.Bins[x].WOE, renamed[i], b.Bins[y].WOE)
			}
		}
	})
}

func TestOnlyMissing(t *testing.T) {
	b, _, err := DefaultPolicy().Monotone("x", []float64{math.NaN(), math.NaN()}, []bool{true, false})
	if err != nil || len(b.Bins) != 1 || !b.Bins[0].Missing || b.IV != 0 {
		t.Errorf("%v, got %+v, want one bin that tells nothing", err, b)
	}
	if _, seen := b.find(Value{Number: 1}); seen {
		t.Error("a number has no bin here, yet finds one")
	}
}

func TestRefusedValues(t *testing.T) {
	p := DefaultPolicy()
	for _, c := range []struct {
		name   string
		values []float64
		bad    []bool
		want   error
		says   string
	}{
		{"infinite", []float64{1, math.Inf(1)}, []bool{true, false}, ErrNotFinite, "input x, record 2"},
		{"single class", []float64{1, 2}, []bool{true, true}, ErrSingleClass, "input x"},
		{"lengths", []float64{1}, []bool{true, false}, ErrShape, "1 values for 2 outcomes"},
		{"nothing", nil, nil, ErrNoRecords, "input x"},
	} {
		if _, _, err := p.Monotone("x", c.values, c.bad); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %v with %q", c.name, err, c.want, c.says)
		}
	}
	if _, _, err := Categories("c", []string{"a"}, nil); !errors.Is(err, ErrShape) {
		t.Errorf("got %v, want %v", err, ErrShape)
	}
}
