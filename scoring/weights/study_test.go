package weights

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"pingxin/scoring"
)

var (
	bands = []scoring.Band{{ID: "excellent", From: 90}, {ID: "good", From: 80}, {ID: "fair", From: 60}, {ID: "poor", From: 0}}
	nan   = math.NaN()
)

func study(t interface{ Fatal(...any) }, weights []float64, outcomes []Outcome) *Study {
	criteria := []string{"a", "b", "c", "d"}[:len(weights)]
	s, err := NewStudy(criteria, weights, outcomes, bands, 2)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestUnusableStudies(t *testing.T) {
	ab, half := []string{"a", "b"}, []float64{0.5, 0.5}
	good := Outcome{ID: "x", Values: []float64{1, 2}, Share: 1}
	for _, c := range []struct {
		name     string
		criteria []string
		weights  []float64
		outcomes []Outcome
		decimals int
		is       error
		words    string
	}{
		{"nothing", nil, nil, nil, 2, ErrSize, "found 0 criteria, 0 outcomes"},
		{"decimals", ab, half, []Outcome{good}, 10, ErrSetting, "found 10 decimals"},
		{"criterion twice", []string{"a", "a"}, half, []Outcome{good}, 2, ErrIdentity, `criterion 2 has the id "a"`},
		{"weights", ab, []float64{0.5, 0.6}, []Outcome{good}, 2, ErrWeights, "add up to 1.1"},
		{"outcome twice", ab, half, []Outcome{good, good}, 2, ErrIdentity, `the id "x"`},
		{"short", ab, half, []Outcome{{ID: "x", Values: []float64{1}, Share: 1}}, 2, ErrSize, `outcome "x" has 1 values`},
		{"no share", ab, half, []Outcome{{ID: "x", Values: []float64{1, 2}}}, 2, ErrValue, "found share 0"},
		{"no rest", ab, half, []Outcome{{ID: "x", Values: []float64{1, 2}, Share: 1, Rest: nan}}, 2, ErrValue, "rest NaN"},
		{"too large", ab, half, []Outcome{{ID: "x", Values: []float64{1, math.Inf(1)}, Share: 1}}, 2, ErrValue, `outcome "x", criterion "b": found +Inf`},
		{"no value", ab, half, []Outcome{{ID: "x", Values: []float64{nan, nan}, Share: 1}}, 2, ErrValue, `outcome "x" has no value of positive weight`},
		{"no weight", ab, []float64{0, 1}, []Outcome{{ID: "x", Values: []float64{1, nan}, Share: 1}}, 2, ErrValue, `outcome "x" has no value of positive weight`},
	} {
		_, err := NewStudy(c.criteria, c.weights, c.outcomes, bands, c.decimals)
		t.Run(c.name, func(t *testing.T) { says(t, err, c.is, c.words) })
	}
	s := study(t, half, []Outcome{{ID: "x", Values: []float64{1, nan}, Share: 1}})
	for _, p := range []Perturbation{{Draws: 0, Spread: 0.2}, {Draws: mostDraws + 1, Spread: 0.2}, {Draws: 1}, {Draws: 1, Spread: 1}, {Draws: 1, Spread: nan}} {
		_, err := s.Perturb(p)
		says(t, err, ErrSetting)
	}
	_, err := s.Shift([]float64{0, 1})
	says(t, err, ErrWeights, `outcome "x" has no value of positive weight`)
	_, err = s.Shift([]float64{1})
	says(t, err, ErrWeights, "found 1 weights")
}

// By hand, weights 0.6 and 0.4: x is 0.6*90 + 0.4*70 = 82, good. To reach 89.995, which rounds up to 90, the weight of a
// would have to be (89.995-70)/20 = 0.99975, a change of 0.39975; to fall below 79.995 it needs (79.995-70)/20 = 0.49975, a
// change of 0.10025. The weight of b is 1 minus that of a: no smaller, and the first criterion counts. y is 85 whatever
// the weights. z has a alone. v is 45 + half of the mean of 60 and 80 (68), 79: 79.995 needs a mean of 69.99, weight of a
// (80-69.99)/20 = 0.5005.
func TestFlipsByHand(t *testing.T) {
	s := study(t, []float64{0.6, 0.4}, []Outcome{
		{ID: "x", Values: []float64{90, 70}, Share: 1},
		{ID: "y", Values: []float64{85, 85}, Share: 1},
		{ID: "z", Values: []float64{50, nan}, Share: 1},
		{ID: "v", Values: []float64{60, 80}, Rest: 45, Share: 0.5},
	})
	want := []Flip{{"y", "", nan, nan, ""}, {"x", "a", 0.6, 0.49975, "fair"}, {"v", "a", 0.6, 0.5005, "good"}, {"z", "", nan, nan, ""}}
	for i, f := range s.Flips() {
		w := want[i]
		if f.ID != w.ID || f.Criterion != w.Criterion || f.Grade != w.Grade || math.Abs(f.To-w.To) > 1e-9 || math.IsNaN(f.To) != math.IsNaN(w.To) {
			t.Errorf("got %+v, want %+v", f, w)
		}
	}
}

// By hand, from 0.6 and 0.4 to 0.4 and 0.6: x 82 to 78, from good to fair; y stays 85; v 79 to 81, from fair to good; u 70
// as z is. Of the pairs (y 85, x 82, v 79, u 70, z 70) only x and v turn round; u and z tie: 9 pairs of unequal value.
func TestShiftByHand(t *testing.T) {
	s := study(t, []float64{0.6, 0.4}, []Outcome{
		{ID: "x", Values: []float64{90, 70}, Share: 1},
		{ID: "y", Values: []float64{85, 85}, Share: 1},
		{ID: "z", Values: []float64{70, nan}, Share: 1},
		{ID: "u", Values: []float64{60, 85}, Share: 1},
		{ID: "v", Values: []float64{71, 91}, Share: 1},
	})
	got, err := s.Shift([]float64{0.4, 0.6})
	want := Shift{Outcomes: 5, Changed: 2, Moves: []Move{{"good", "fair", 1}, {"fair", "good", 1}}, Pairs: 9, Swapped: 1}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// By hand, equal weights: the share of a is p/(p+q) with p, q uniform on 1-s to 1+s. y beats x where b weighs more, that
// is in half of the draws; z is better than both whatever the weights. x, 80.01, is good unless a weighs less than
// 0.499 ((79.995-70)/20.02 = 0.49925).
func TestPerturbByHand(t *testing.T) {
	s := study(t, []float64{0.5, 0.5}, []Outcome{
		{ID: "x", Values: []float64{90.02, 70}, Share: 1},
		{ID: "y", Values: []float64{70, 90}, Share: 1},
		{ID: "z", Values: []float64{95, 95}, Share: 1},
	})
	got, err := s.Perturb(Perturbation{Seed: 1, Draws: 4000, Spread: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Pairs; len(p) != 3 || p[0].Better != "z" || p[0].Kept != 1 || p[1].Kept != 1 || p[2].Better != "x" || p[2].Worse != "y" || math.Abs(p[2].Gap-0.01) > 1e-9 || math.Abs(p[2].Kept-0.5) > 0.03 {
		t.Errorf("pairs %+v", p)
	}
	x, z := got.Outcomes[1], got.Outcomes[0]
	if z != (Standing{"z", 95, "excellent", 1, 1, 1, 1}) {
		t.Errorf("got %+v", z)
	}
	if x.ID != "x" || x.Value != 80.01 || x.Grade != "good" || x.Rank != 2 || x.Best != 2 || x.Worst != 3 || math.Abs(x.GradeKept-0.5) > 0.03 {
		t.Errorf("got %+v", x)
	}
	near(t, "order kept", got.OrderKept, (2+got.Pairs[2].Kept)/3, 1e-12)
	near(t, "worst order", got.OrderWorst, 2.0/3, 1e-12)
}

// drawOutcomes draws outcomes with whole values, some missing, some below one dimension of several.
func drawOutcomes(t *rapid.T, criteria int) []Outcome {
	outcomes := make([]Outcome, rapid.IntRange(1, 30).Draw(t, "outcomes"))
	for i := range outcomes {
		o := Outcome{ID: fmt.Sprint("HT", i), Share: 1}
		if rapid.Bool().Draw(t, "below") {
			o.Share, o.Rest = 0.25, 60
		}
		for j := range criteria {
			v := float64(rapid.IntRange(0, 100).Draw(t, "value"))
			if j > 0 && rapid.IntRange(0, 5).Draw(t, "missing") == 0 {
				v = nan
			}
			o.Values = append(o.Values, v)
		}
		outcomes[i] = o
	}
	return outcomes
}

func drawWeights(t *rapid.T, criteria int) []float64 {
	return normalised(rapid.SliceOfN(rapid.Float64Range(0.05, 1), criteria, criteria).Draw(t, "weights"))
}

// TestGradesAreThoseOfAnEvaluation: a study grades as a judge does, by the value rounded half up.
func TestGradesAreThoseOfAnEvaluation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decimals := rapid.IntRange(0, 9).Draw(t, "decimals")
		value := rapid.OneOf(rapid.Float64Range(0, 100), rapid.SampledFrom([]float64{89.995, 89.9949999999, 59.5, 79.95, 0, 90})).Draw(t, "value")
		s, err := NewStudy([]string{"a"}, []float64{1}, []Outcome{{ID: "x", Values: []float64{value}, Share: 1}}, bands, decimals)
		if err != nil {
			t.Fatal(err)
		}
		rounded := scoring.Round(value, decimals)
		want := bands[slices.IndexFunc(bands, func(b scoring.Band) bool { return rounded >= b.From })].ID
		if got := bands[s.band(s.base[0])].ID; got != want || s.rounded(s.base[0]) != rounded {
			t.Fatalf("%g is %g, %s; want %g, %s", value, s.rounded(s.base[0]), got, rounded, want)
		}
	})
}

// moved returns the weights with one set and the others rescaled in proportion.
func moved(weights []float64, j int, to float64) []float64 {
	out := slices.Clone(weights)
	for k := range out {
		out[k] *= (1 - to) / (1 - weights[j])
	}
	out[j] = to
	return out
}

// TestFlipsAreExactAndSmallest: a hair beyond the weight the grade is the named one, a hair before it the old one, and no
// smaller move of any weight on a fine grid changes the grade.
func TestFlipsAreExactAndSmallest(t *testing.T) {
	const hair = 1e-7
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 4).Draw(t, "criteria")
		weights := drawWeights(t, n)
		s := study(t, weights, drawOutcomes(t, n))
		values := make([]nano, len(s.outcomes))
		grade := func(i, j int, to float64) string {
			s.values(moved(weights, j, to), values)
			return bands[s.band(values[i])].ID
		}
		for i, f := range s.Flips() {
			now, change := bands[s.band(s.base[i])].ID, 1.0
			if f.Criterion != "" {
				j := slices.Index(s.criteria, f.Criterion)
				way := math.Copysign(hair, f.To-f.From)
				change = f.Change()
				beyond, before := f.To+way, f.To-way
				if beyond > hair && beyond < 1-hair && grade(i, j, beyond) != f.Grade {
					t.Fatalf("%+v: %s beyond the line", f, grade(i, j, beyond))
				}
				if change > 2*hair && grade(i, j, before) != now {
					t.Fatalf("%+v: %s before the line, want %s", f, grade(i, j, before), now)
				}
			}
			for j := range s.criteria {
				for step := range 40 {
					to := weights[j] + (2*float64(step)/39-1)*(change-2*hair)
					if to > hair && to < 1-hair && change > 2*hair && grade(i, j, to) != now {
						t.Fatalf("%+v: %s at %g of %s already, which is nearer", f, grade(i, j, to), to, s.criteria[j])
					}
				}
			}
		}
	})
}

// TestCountedTwice: ranks and reversals by the merge agree with counting pairs.
func TestCountedTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := study(t, drawWeights(t, 3), drawOutcomes(t, 3))
		d := newDrawing(s)
		s.values(drawWeights(t, 3), d.values)
		var turned, pairs int64
		ranks := make([]int32, len(s.base))
		for i := range s.base {
			ranks[i] = 1
			for j := range s.base {
				if d.values[j] > d.values[i] {
					ranks[i]++
				}
				if s.base[i] > s.base[j] {
					pairs++
					if d.values[i] < d.values[j] {
						turned++
					}
				}
			}
		}
		if got := d.reversed(); got != turned || s.pairs != pairs {
			t.Fatalf("%d of %d pairs turned, want %d of %d", got, s.pairs, turned, pairs)
		}
		d.ranks(func(at, rank int32) {
			if rank != ranks[at] {
				t.Fatalf("rank %d, want %d", rank, ranks[at])
			}
		})
	})
}

// TestSameBytes: the order of the outcomes and the number of processors change nothing, the seed does.
func TestSameBytes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	outcomes := synthetic(300)
	perturbed := func(seed uint64, processors int, outcomes []Outcome) string {
		runtime.GOMAXPROCS(processors)
		s := study(t, []float64{0.3, 0.2, 0.3, 0.2}, outcomes)
		got, err := s.Perturb(Perturbation{Seed: seed, Draws: 101, Spread: 0.3})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%v %v", got, s.Flips())
	}
	first := perturbed(1, 1, outcomes)
	slices.Reverse(outcomes)
	for _, processors := range []int{1, 2, 7} {
		if perturbed(1, processors, outcomes) != first {
			t.Errorf("%d processors give something else", processors)
		}
	}
	if perturbed(2, 1, outcomes) == first {
		t.Error("another seed gives the same")
	}
}

// TestNobodyElse: an outcome beside the others changes neither the grades nor the order of those.
func TestNobodyElse(t *testing.T) {
	p, outcomes := Perturbation{Seed: 3, Draws: 50, Spread: 0.2}, synthetic(18)
	grades := func(outcomes []Outcome) map[string]any {
		got, err := study(t, []float64{0.3, 0.2, 0.3, 0.2}, outcomes).Perturb(p)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]any{}
		for _, o := range got.Outcomes {
			all[o.ID] = [3]any{o.Value, o.Grade, o.GradeKept}
		}
		for _, pair := range got.Pairs {
			all[pair.Better+">"+pair.Worse] = pair
		}
		return all
	}
	more := grades(append(slices.Clone(outcomes), Outcome{ID: "other", Values: []float64{85, 85, 85, 85}, Share: 1}))
	for key, was := range grades(outcomes) {
		if more[key] != was {
			t.Errorf("%s: got %v, want %v", key, more[key], was)
		}
	}
}

// synthetic makes outcomes with values about 83, as a district has them.
func synthetic(n int) []Outcome {
	random := rand.New(rand.NewPCG(7, 7))
	outcomes := make([]Outcome, n)
	for i := range outcomes {
		o := Outcome{ID: fmt.Sprintf("HT%06d", i), Share: 1}
		quality := 83 + 5*random.NormFloat64()
		for range 4 {
			o.Values = append(o.Values, min(100, max(0, quality+6*random.NormFloat64())))
		}
		outcomes[i] = o
	}
	return outcomes
}

// The cost of a perturbation by outcomes times draws: 100 draws of 100, 1,000 and 10,000 outcomes.
func BenchmarkPerturb(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprintf("cells=%d", 100*n), func(b *testing.B) {
			s, err := NewStudy([]string{"a", "b", "c", "d"}, []float64{0.3, 0.2, 0.3, 0.2}, synthetic(n), bands, 2)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.Perturb(Perturbation{Seed: 1, Draws: 100, Spread: DefaultSpread}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(100*n), "ns/cell")
		})
	}
}

// The cost of the flips by outcomes.
func BenchmarkFlips(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("outcomes=%d", n), func(b *testing.B) {
			s, err := NewStudy([]string{"a", "b", "c", "d"}, []float64{0.3, 0.2, 0.3, 0.2}, synthetic(n), bands, 2)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				s.Flips()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/outcome")
		})
	}
}
