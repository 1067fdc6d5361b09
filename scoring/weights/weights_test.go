package weights

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// says checks that an error matches its condition and says all of it.
func says(t *testing.T, err, condition error, words ...string) {
	t.Helper()
	if !errors.Is(err, condition) {
		t.Errorf("got %v, want %v", err, condition)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("got %q, want %q in it", err, w)
		}
	}
}

func TestUnusableMatrices(t *testing.T) {
	ab := []string{"a", "b"}
	for _, c := range []struct {
		name  string
		ids   []string
		cells [][]float64
		is    error
		words []string
	}{
		{"empty", nil, nil, ErrSize, []string{"found 0 things"}},
		{"eleven", strings.Split("abcdefghijk", ""), nil, ErrSize, []string{"found 11 things to compare, expected 1 to 10"}},
		{"no id", []string{"a", ""}, nil, ErrIdentity, []string{`number 2 has the id ""`}},
		{"id twice", []string{"a", "a"}, nil, ErrIdentity, []string{`number 2 has the id "a"`}},
		{"rows", ab, [][]float64{{1, 2}}, ErrSize, []string{"found 1 rows"}},
		{"columns", ab, [][]float64{{1, 2}, {1}}, ErrSize, []string{"row 2 (b) has 1 columns"}},
		{"diagonal", ab, [][]float64{{1, 2}, {0.5, 2}}, ErrJudgement, []string{"row 2 (b), column 2 (b): found 2, expected 1"}},
		{"not reciprocal", ab, [][]float64{{1, 2}, {0.4, 1}}, ErrJudgement, []string{"row 2 (b), column 1 (a): found 0.4, expected 0.5, the reciprocal of the 2 in row 1 (a), column 2 (b)"}},
		{"zero", ab, [][]float64{{1, 0}, {0.5, 1}}, ErrJudgement, []string{"row 1 (a), column 2 (b): found 0"}},
		{"negative", ab, [][]float64{{1, 2}, {-0.5, 1}}, ErrJudgement, []string{"row 2 (b), column 1 (a): found -0.5"}},
		{"NaN", ab, [][]float64{{1, math.NaN()}, {0.5, 1}}, ErrJudgement, []string{"found NaN"}},
		{"off the scale", ab, [][]float64{{1, 10}, {0.1, 1}}, ErrJudgement, []string{"found 10, expected a number from 1/9 to 9"}},
	} {
		_, err := NewMatrix(c.ids, c.cells)
		t.Run(c.name, func(t *testing.T) { says(t, err, c.is, c.words...) })
	}
}

func TestUnusableComparisons(t *testing.T) {
	ids := []string{"a", "b", "c"}
	_, err := FromComparisons(ids, []Comparison{{"a", "b", 2, 2}, {"b", "a", 0.5, 3}, {"a", "d", 2, 4}, {"c", "c", 1, 5}, {"b", "c", 12, 6}})
	says(t, err, ErrJudgement, "row 3 (b against a): found the pair again after row 2 (a against b)", `row 4 (a against d), column b: found "d", expected one of ["a" "b" "c"]`,
		"row 5 (c against c): found the same twice", "row 6 (b against c), column ratio: found 12", "found none of a against c, expected one; add it")
	if got := strings.Count(err.Error(), "\n") + 1; got != 5 {
		t.Errorf("%d faults, want 5:\n%v", got, err)
	}
	_, err = FromComparisons(ids[:2], []Comparison{{A: "a", B: "b", Ratio: math.Inf(1)}})
	says(t, err, ErrJudgement, "a against b, column ratio: found +Inf")
	_, err = Aggregate(nil)
	says(t, err, ErrSize, "found no judge")
	_, err = Aggregate([]*Matrix{one(ids), one([]string{"a", "c", "b"})})
	says(t, err, ErrIdentity, "judge 2 compared")
}

// By hand: a is worth 2 b and b is worth 2 c, but a is called 9 c. Row products 18, 1 and 1/18, cube roots r = 18^(1/3),
// 1 and 1/r. Largest a_ij w_j/w_i: of a against c 9/r^2 = 1.310, of a against b 2/r, below 1, turned round r/2 = 1.310 as
// well: with three things all are equally far off, so the first of the upper triangle is named, in its direction.
func TestWorstOfThree(t *testing.T) {
	m, err := FromComparisons([]string{"a", "b", "c"}, []Comparison{{A: "a", B: "b", Ratio: 2}, {A: "b", B: "c", Ratio: 2}, {A: "a", B: "c", Ratio: 9}})
	if err != nil {
		t.Fatal(err)
	}
	p, r := m.Priorities(), math.Cbrt(18)
	nearAll(t, "weights", p.Weights, normalised([]float64{r, 1, 1 / r}), 1e-15)
	near(t, "lambda", p.LambdaMax, 1+2/r+9/r/r, 1e-14) // first row of A w over w_a
	near(t, "given over implied", p.Worst.Given/p.Worst.Implied, r/2, 1e-14)
}

// With four things one wrong judgement stands out: all others follow from weights 8, 4, 2, 1.
func TestWorstOfFour(t *testing.T) {
	judged := []Comparison{{A: "a", B: "b", Ratio: 2}, {A: "a", B: "c", Ratio: 4}, {A: "a", B: "d", Ratio: 8}, {A: "b", B: "c", Ratio: 2}, {A: "b", B: "d", Ratio: 4}, {A: "d", B: "c", Ratio: 5}}
	m, err := FromComparisons([]string{"a", "b", "c", "d"}, judged)
	if err != nil {
		t.Fatal(err)
	}
	p := m.Priorities()
	if p.Consistent() || p.Worst.A != "d" || p.Worst.B != "c" || p.Worst.Given != 5 || p.Worst.Implied > 2.5 {
		t.Errorf("CR %.3f, worst %+v; want d against c, given 5, more than twice what is implied", p.CR, p.Worst)
	}
}

// By hand: two judges who say 2 and 8 together say 4; reciprocal opinions cancel.
func TestAggregateByHand(t *testing.T) {
	ids := []string{"a", "b"}
	judge := func(ratio float64) *Matrix {
		m, err := FromComparisons(ids, []Comparison{{A: "a", B: "b", Ratio: ratio}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, c := range []struct{ x, y, want float64 }{{2, 8, 0.8}, {5, 1.0 / 5, 0.5}} {
		m, err := Aggregate([]*Matrix{judge(c.x), judge(c.y)})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "weight of a", m.Priorities().Weights[0], c.want, 1e-15)
	}
	if alone, err := Aggregate([]*Matrix{judge(3)}); err != nil || alone.a[0][1] != 3 {
		t.Errorf("one judge alone: %v, %v", alone, err)
	}
}

// drawMatrix draws judgements of all pairs on Saaty's scale.
func drawMatrix(t *rapid.T, ids []string) *Matrix {
	steps := []float64{1. / 9, 1. / 8, 1. / 7, 1. / 6, 1. / 5, 1. / 4, 1. / 3, 1. / 2, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	var judged []Comparison
	for i := range ids {
		for j := range i {
			judged = append(judged, Comparison{A: ids[i], B: ids[j], Ratio: rapid.SampledFrom(steps).Draw(t, "ratio")})
		}
	}
	m, err := FromComparisons(ids, rapid.Permutation(judged).Draw(t, "judged"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMatrixProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := strings.Split("abcdefghij", "")[:rapid.IntRange(1, 10).Draw(t, "n")]
		m := drawMatrix(t, ids)
		p := m.Priorities()
		for i, row := range m.a { // A w = lambda w, to the last digits whatever the contradictions
			if got := dot(row, p.Weights); math.Abs(got-p.LambdaMax*p.Weights[i]) > 1e-13 {
				t.Fatalf("row %d: A w is %g, lambda w %g", i, got, p.LambdaMax*p.Weights[i])
			}
		}
		if p.LambdaMax < float64(len(ids))-1e-12 || p.CI < 0 || p.Worst.Given < p.Worst.Implied*(1-1e-12) {
			t.Fatalf("got %+v", p)
		}
		order := rapid.Permutation(ids).Draw(t, "order")
		cells := make([][]float64, len(ids))
		for i, a := range order {
			for _, b := range order {
				cells[i] = append(cells[i], m.a[slices.Index(ids, a)][slices.Index(ids, b)])
			}
		}
		other, err := NewMatrix(order, cells)
		if err != nil {
			t.Fatal(err)
		}
		q := other.Priorities()
		for i, id := range order { // other names, same weights
			if math.Abs(q.Weights[i]-p.Weights[slices.Index(ids, id)]) > 1e-13 {
				t.Fatalf("%s weighs %g in another order, %g before", id, q.Weights[i], p.Weights[slices.Index(ids, id)])
			}
		}
		judges := []*Matrix{m, drawMatrix(t, ids), drawMatrix(t, ids)}
		one, err := Aggregate(judges)
		two, err2 := Aggregate(rapid.Permutation(judges).Draw(t, "judges"))
		if err != nil || err2 != nil || !reflect.DeepEqual(one, two) {
			t.Fatalf("the order of judges counts: %v, %v", err, err2)
		}
	})
}

func TestUnusableTables(t *testing.T) {
	ab := []Criterion{{ID: "a"}, {ID: "b"}}
	for _, c := range []struct {
		name     string
		criteria []Criterion
		objects  []Object
		is       error
		words    string
	}{
		{"no criteria", nil, []Object{{ID: "x"}, {ID: "y"}}, ErrSize, "found 0 criteria and 2 objects"},
		{"one object", ab, []Object{{"x", []float64{1, 2}}}, ErrSize, "found 2 criteria and 1 objects"},
		{"criterion twice", []Criterion{{ID: "a"}, {ID: "a"}}, []Object{{ID: "x"}, {ID: "y"}}, ErrIdentity, `criterion 2 has the id "a"`},
		{"object twice", ab, []Object{{"x", []float64{1, 2}}, {"x", []float64{1, 2}}}, ErrIdentity, `object 2 has the id "x"`},
		{"short row", ab, []Object{{"x", []float64{1, 2}}, {"y", []float64{1}}}, ErrSize, `object "y" has 1 values`},
		{"NaN", ab, []Object{{"x", []float64{1, math.NaN()}}, {"y", []float64{1, 2}}}, ErrValue, `object "x", criterion "b": found NaN`},
		{"infinite", ab, []Object{{"x", []float64{1, math.Inf(-1)}}, {"y", []float64{1, 2}}}, ErrValue, `criterion "b": found -Inf`},
	} {
		_, err := NewTable(c.criteria, c.objects)
		t.Run(c.name, func(t *testing.T) { says(t, err, c.is, c.words) })
	}
}

func TestNothingToWeighBy(t *testing.T) {
	table := func(rows ...[]float64) *Table {
		objects := make([]Object, len(rows))
		for i, row := range rows {
			objects[i] = Object{string(rune('x' + i)), row}
		}
		made, err := NewTable([]Criterion{{ID: "a"}, {ID: "b"}}, objects)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	constant := table([]float64{3, 0}, []float64{3, 0})
	_, err := constant.Entropy()
	says(t, err, ErrNoDifference, `["a" "b"]`)
	_, err = constant.Critic()
	says(t, err, ErrNoDifference, `["a" "b"]`)
	_, err = constant.TOPSIS([]float64{0.5, 0.5})
	says(t, err, ErrNoDifference)
	_, err = table([]float64{1, 2}, []float64{2, 4}, []float64{3, 6}).Critic()
	says(t, err, ErrNoDifference, "say the same")
	_, err = table([]float64{1, 2}, []float64{2, -4}).Entropy()
	says(t, err, ErrValue, `object "y", criterion "b": found -4`)
	for _, w := range [][]float64{{1}, {0.5, 0.6}, {1.5, -0.5}, {math.NaN(), 1}} {
		_, err := constant.TOPSIS(w)
		says(t, err, ErrWeights)
	}
}

// By hand: nearly equal shares leave 1-E = sum(d^2)/(2 n ln n) to first order, d the relative deviations; from 1-E itself
// only five digits would be left here.
func TestEntropyOfNearlyEqualShares(t *testing.T) {
	d := 1e-6
	near(t, "1-E", divergence([]float64{1 - d, 1 + d})/(d*d/(2*math.Ln2)), 1, 1e-9)
}

// drawTable draws a small table of whole numbers.
func drawTable(t *rapid.T) ([]Criterion, []Object) {
	criteria := []Criterion{{ID: "a"}, {ID: "b", Cost: true}, {ID: "c"}}
	objects := make([]Object, rapid.IntRange(2, 12).Draw(t, "n"))
	for i := range objects {
		objects[i].ID = string(rune('a' + i))
		for range criteria {
			objects[i].Values = append(objects[i].Values, float64(rapid.IntRange(0, 100).Draw(t, "x")))
		}
	}
	return criteria, objects
}

func TestTableProperties(t *testing.T) {
	weigh := func(t *rapid.T, criteria []Criterion, objects []Object) (e Entropy, c Critic, places []Place, err error) {
		table, err := NewTable(criteria, objects)
		if err != nil {
			t.Fatal(err)
		}
		e, err1 := table.Entropy()
		c, err2 := table.Critic()
		places, err3 := table.TOPSIS([]float64{0.5, 0.3, 0.2})
		return e, c, places, errors.Join(err1, err2, err3)
	}
	rapid.Check(t, func(t *rapid.T) {
		criteria, objects := drawTable(t)
		e, c, places, err := weigh(t, criteria, objects)
		e2, c2, places2, err2 := weigh(t, criteria, rapid.Permutation(objects).Draw(t, "order"))
		if !reflect.DeepEqual(e, e2) || !reflect.DeepEqual(c, c2) || !reflect.DeepEqual(places, places2) || (err == nil) != (err2 == nil) {
			t.Fatal("the order of the objects counts")
		}
		if err != nil {
			return
		}
		scaled := make([]Object, 0, 2*len(objects))
		for _, o := range objects { // everybody twice, and the second criterion in eighths: no other weights
			v := slices.Clone(o.Values)
			v[1] *= 8
			scaled = append(scaled, Object{o.ID, v}, Object{o.ID + "'", v})
		}
		e3, c3, places3, err := weigh(t, criteria, scaled)
		if err != nil {
			t.Fatal(err)
		}
		for j := range criteria {
			if math.Abs(e3.Weights[j]-e.Weights[j]) > 1e-12 || math.Abs(c3.Weights[j]-c.Weights[j]) > 1e-12 {
				t.Fatalf("weights %v and %v of everybody twice, scaled; want %v and %v", e3.Weights, c3.Weights, e.Weights, c.Weights)
			}
		}
		for i, p := range places {
			if math.Abs(places3[2*i].Closeness-p.Closeness) > 1e-12 {
				t.Fatalf("closeness %g of everybody twice, scaled; want %g", places3[2*i].Closeness, p.Closeness)
			}
		}
	})
}

func TestPercentByHand(t *testing.T) {
	third := 1.0 / 3
	for _, c := range []struct {
		weights  []float64
		decimals int
		want     []float64
	}{
		{[]float64{third, third, third}, 0, []float64{34, 33, 33}}, // equal remainders: the first
		{[]float64{third, third, third}, 2, []float64{33.34, 33.33, 33.33}},
		{[]float64{0.286, 0.357, 0.357}, 0, []float64{28, 36, 36}}, // remainders 0.6, 0.7, 0.7; two are left
		{[]float64{0.29, 0.71}, 1, []float64{29, 71}},              // 0.29*100 lies below 29 as a float
		{[]float64{0.999, 0.001}, 0, []float64{100, 0}},
		{[]float64{1}, 6, []float64{100}},
	} {
		got, err := Percent(c.weights, c.decimals)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%v to %d decimals: got %v, %v, want %v", c.weights, c.decimals, got, err, c.want)
		}
	}
	_, err := Percent([]float64{0.5, 0.4}, 1)
	says(t, err, ErrWeights, "add up to 0.9, expected 1")
	_, err = Percent([]float64{1}, 7)
	says(t, err, ErrSetting, "found 7 decimals")
}

func TestPercentProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Float64Range(0.001, 1), 1, 12).Draw(t, "weights")
		weights, decimals := normalised(raw), rapid.IntRange(0, 6).Draw(t, "decimals")
		percent, err := Percent(weights, decimals)
		if err != nil {
			t.Fatal(err)
		}
		unit := math.Pow10(decimals)
		var units int
		for i, v := range percent {
			units += int(math.Round(v * unit))
			if math.Abs(v-100*weights[i]) >= 1/unit {
				t.Fatalf("%g percent for the weight %g: more than a unit off", v, weights[i])
			}
		}
		if units != int(100*unit) {
			t.Fatalf("%v add up to %d units, want %g", percent, units, 100*unit)
		}
	})
}
