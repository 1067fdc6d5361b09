package challenger

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// table makes n records of two numbers and a switch, of small whole numbers so that rows repeat.
func table(t *rapid.T) ([]Column, []bool) {
	n := rapid.IntRange(60, 200).Draw(t, "records")
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	columns := []Column{{"a", make([]float64, n)}, {"b", make([]float64, n)}, {"c", make([]float64, n)}}
	bad := make([]bool, n)
	for i := range n {
		for j := range columns {
			columns[j].Values[i] = float64(random.IntN(7))
		}
		columns[2].Values[i] = float64(random.IntN(2))
		bad[i] = random.Float64() < Probability(columns[0].Values[i]/4-columns[1].Values[i]/5)
	}
	bad[0], bad[1] = true, false
	return columns, bad
}

func fitted(t rapid.TB, columns []Column, bad []bool) *Regression {
	t.Helper()
	r, err := Regress(columns, bad, 1)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func alike(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance*(1+math.Abs(b)) }

// TestRowOrder: any order of the records gives the same regression to the bit.
func TestRowOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns, bad := table(t)
		order := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 2)).Perm(len(bad))
		other := make([]Column, len(columns))
		outcomes := make([]bool, len(bad))
		for j, c := range columns {
			other[j] = Column{c.Name, make([]float64, len(bad))}
			for i, from := range order {
				other[j].Values[i], outcomes[i] = c.Values[from], bad[from]
			}
		}
		a := fitted(t, columns, bad)
		if b := fitted(t, other, outcomes); !reflect.DeepEqual(a, b) {
			t.Fatalf("got %+v and %+v", a, b)
		}
	})
}

// TestManyBlocks: sums over several blocks do not depend on the number of goroutines.
func TestManyBlocks(t *testing.T) {
	columns, bad := synthetic(3*blockRows, 3)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	alone := fitted(t, columns, bad)
	runtime.GOMAXPROCS(7)
	if together := fitted(t, columns, bad); !reflect.DeepEqual(alone, together) {
		t.Errorf("got %+v alone and %+v together", alone, together)
	}
}

// TestDuplicates: every record twice leaves the coefficients and halves their variances.
func TestDuplicates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns, bad := table(t)
		once := fitted(t, columns, bad)
		for j := range columns {
			columns[j].Values = slices.Repeat(columns[j].Values, 2)
		}
		twice := fitted(t, columns, slices.Repeat(bad, 2))
		if once.Ridge > 0 {
			t.Skip("a ridge weighs less against more records")
		}
		if !alike(twice.Deviance, 2*once.Deviance, 1e-10) {
			t.Errorf("deviance %g of twice the records, %g of once", twice.Deviance, once.Deviance)
		}
		for i, c := range once.Coefficients {
			if d := twice.Coefficients[i]; !alike(d.Value, c.Value, 1e-9) || !alike(2*d.SE*d.SE, c.SE*c.SE, 1e-9) {
				t.Errorf("%+v of twice the records, %+v of once", d, c)
			}
		}
	})
}

// TestScale: a column times s has its coefficient divided by s; an added constant moves the intercept alone.
func TestScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns, bad := table(t)
		scale := rapid.Float64Range(0.001, 1000).Draw(t, "scale")
		shift := rapid.Float64Range(-100, 100).Draw(t, "shift")
		before := fitted(t, columns, bad)
		moved := slices.Clone(columns)
		moved[0].Values = slices.Clone(columns[0].Values)
		for i, v := range moved[0].Values {
			moved[0].Values[i] = v*scale + shift
		}
		after := fitted(t, moved, bad)
		a, b := before.Coefficients[1], after.Coefficients[1]
		if !alike(b.Value*scale, a.Value, 1e-8) || !alike(b.SE*scale, a.SE, 1e-8) || !alike(after.Coefficients[2].Value, before.Coefficients[2].Value, 1e-8) {
			t.Errorf("scaled by %g: %+v, before %+v", scale, b, a)
		}
		if !alike(after.Coefficients[0].Value+b.Value*shift, before.Coefficients[0].Value, 1e-7) || !alike(after.Deviance, before.Deviance, 1e-9) {
			t.Errorf("intercept %g, before %g", after.Coefficients[0].Value, before.Coefficients[0].Value)
		}
	})
}

// TestTwoByTwo by hand: 30 bad and 10 good without the sign, 12 bad and 36 good with it. Intercept ln(30/10), slope
// ln(12/36) - ln(30/10) = ln(1/9); variances 1/30+1/10 and 1/30+1/10+1/12+1/36 (Woolf 1955).
func TestTwoByTwo(t *testing.T) {
	sign := Column{"sign", slices.Concat(make([]float64, 40), slices.Repeat([]float64{1}, 48))}
	bad := slices.Concat(slices.Repeat([]bool{true}, 30), slices.Repeat([]bool{false}, 10), slices.Repeat([]bool{true}, 12), slices.Repeat([]bool{false}, 36))
	r := fitted(t, []Column{sign}, bad)
	near(t, "intercept", r.Coefficients[0].Value, math.Log(3), 1e-12)
	near(t, "slope", r.Coefficients[1].Value, -math.Log(9), 1e-12)
	near(t, "intercept error", r.Coefficients[0].SE, math.Sqrt(1./30+1./10), 1e-12)
	near(t, "slope error", r.Coefficients[1].SE, math.Sqrt(1./30+1./10+1./12+1./36), 1e-12)
}

// TestLeftOut: columns that never vary or that others determine are named.
func TestLeftOut(t *testing.T) {
	columns, bad := synthetic(500, 3)
	sum, fixed := Column{"sum", make([]float64, 500)}, Column{"fixed", slices.Repeat([]float64{0.1}, 500)}
	for i := range 500 {
		sum.Values[i] = 2*columns[0].Values[i] - columns[2].Values[i] + 5
	}
	with := fitted(t, append(slices.Clone(columns), fixed, sum), bad)
	want := []Warning{{Code: Constant, Input: "fixed"}, {Code: Collinear, Input: "sum", Detail: "x0, x2"}}
	if !slices.Equal(with.Warnings, want) {
		t.Errorf("warnings %v, want %v", with.Warnings, want)
	}
	with.Warnings = nil
	if without := fitted(t, columns, bad); !reflect.DeepEqual(with, without) {
		t.Errorf("got %+v, want as without the columns %+v", with, without)
	}
}

// TestSeparation: a column that divides the classes is named, and the ridge fit is where its gradient is zero.
func TestSeparation(t *testing.T) {
	noise := []float64{1, 3, 2, 5, 4, 2, 3, 1, 5, 4}
	for _, c := range []struct {
		name    string
		columns []Column
		bad     string
		degree  string
		names   string
	}{
		{"complete", []Column{{"x", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}}, "0000011111", "complete", "x"},
		{"one tie", []Column{{"x", []float64{1, 2, 3, 4, 5, 5, 7, 8, 9, 10}}}, "0000011111", "quasi-complete", "x"},
		{"a level of one class", []Column{{"noise", noise}, {"level", []float64{1, 1, 1, 0, 0, 0, 0, 0, 0, 0}}}, "1110100101", "quasi-complete", "level"},
		{"a pair", []Column{{"a", []float64{1, 2, 3, 4, 5, 1, 2, 3, 4, 5}}, {"b", []float64{2, 3, 4, 5, 6, 0, 1, 2, 3, 4}}}, "0000011111", "complete", "a, b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := ones(strings.Split(c.bad, ""))
			r := fitted(t, c.columns, bad)
			want := []Warning{{Code: Separation, Bin: c.degree, Detail: c.names, Have: 1}}
			if !slices.Equal(r.Warnings, want) || r.Ridge != 1 {
				t.Fatalf("ridge %g, warnings %v, want %v", r.Ridge, r.Warnings, want)
			}
			odds, err := r.LogOdds(c.columns, len(bad))
			if err != nil {
				t.Fatal(err)
			}
			for j, column := range c.columns { // sum of residuals times the standardised column = the standardised coefficient
				n := float64(len(bad))
				var mean, square, gradient float64
				for _, v := range column.Values {
					mean += v / n
					square += v * v / n
				}
				deviation := math.Sqrt(square - mean*mean)
				for i, v := range column.Values {
					residual := -Probability(odds[i])
					if bad[i] {
						residual++
					}
					gradient += residual * (v - mean) / deviation
				}
				if !alike(gradient, r.Coefficients[j+1].Value*deviation, 1e-9) {
					t.Errorf("%s: gradient %g, penalty %g", column.Name, gradient, r.Coefficients[j+1].Value*deviation)
				}
			}
		})
	}
}

// TestAlmostSeparated: one record on the wrong side leaves a maximum, which is found.
func TestAlmostSeparated(t *testing.T) {
	x := make([]float64, 2000)
	bad := make([]bool, 2000)
	for i := range x {
		x[i], bad[i] = float64(i), i >= 1000
	}
	bad[990] = true
	if r := fitted(t, []Column{{"x", x}}, bad); r.Ridge != 0 || len(r.Warnings) > 0 {
		t.Errorf("ridge %g, warnings %v, want a fit of maximum likelihood", r.Ridge, r.Warnings)
	}
}

// TestHeavyTails: extreme values make a step too long, and it is halved until the likelihood rises. At the maximum the
// residuals add up to nothing, alone and times each column.
func TestHeavyTails(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	for range 500 {
		columns := []Column{{"x", make([]float64, 25)}, {"y", make([]float64, 25)}, {"z", make([]float64, 25)}}
		bad := make([]bool, 25)
		for i := range bad {
			for _, c := range columns {
				c.Values[i] = math.Exp(4 * random.NormFloat64())
			}
			bad[i] = random.IntN(5) == 0
		}
		bad[0], bad[1] = true, false
		r := fitted(t, columns, bad)
		if r.Ridge > 0 {
			continue
		}
		odds, err := r.LogOdds(columns, len(bad))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range append(columns, Column{"one", slices.Repeat([]float64{1}, 25)}) {
			var sum, size float64
			for i, v := range c.Values {
				residual := -Probability(odds[i])
				if bad[i] {
					residual++
				}
				sum, size = sum+residual*v, size+math.Abs(residual*v)
			}
			if math.Abs(sum) > 1e-8*size {
				t.Fatalf("%s: residuals add up to %g, their sizes to %g", c.Name, sum, size)
			}
		}
	}
}

func TestRefusedColumns(t *testing.T) {
	good, bad := []float64{1, 2, 3, 4}, []bool{true, false, true, false}
	for _, c := range []struct {
		name    string
		columns []Column
		bad     []bool
		ridge   float64
		want    error
		says    string
	}{
		{"nothing", nil, nil, 1, ErrNoRecords, ""},
		{"single class", []Column{{"x", good}}, make([]bool, 4), 1, ErrSingleClass, "0 bad of 4"},
		{"lengths", []Column{{"x", good[:3]}}, bad, 1, ErrShape, "column x: "},
		{"not a number", []Column{{"x", []float64{1, 2, math.NaN(), 4}}}, bad, 1, ErrNotFinite, "column x, record 3"},
		{"infinite", []Column{{"x", []float64{1, 2, 3, math.Inf(-1)}}}, bad, 1, ErrNotFinite, "record 4"},
		{"too large to square", []Column{{"x", []float64{1, 2, 3, 1e200}}}, bad, 1, ErrNotFinite, "record 4"},
		{"name twice", []Column{{"x", good}, {"x", good}}, bad, 1, ErrDuplicate, "column 2"},
		{"name of the intercept", []Column{{Intercept, good}}, bad, 1, ErrDuplicate, "column 1"},
		{"no ridge", []Column{{"x", good}}, bad, 0, ErrNotFinite, "ridge"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Regress(c.columns, c.bad, c.ridge); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v with %q", err, c.want, c.says)
			}
		})
	}
	r := fitted(t, []Column{{"x", []float64{1, 2, 2, 1}}}, bad)
	if _, err := r.LogOdds([]Column{{"y", good}}, 4); !errors.Is(err, ErrShape) {
		t.Errorf("got %v, want a refusal of a missing column", err)
	}
}

// TestNoColumns: the intercept alone is the log odds of the share.
func TestNoColumns(t *testing.T) {
	r := fitted(t, nil, []bool{true, false, false, false})
	near(t, "intercept", r.Coefficients[0].Value, -math.Log(3), 1e-12)
	near(t, "deviance", r.Deviance, r.NullDeviance, 1e-12)
}
