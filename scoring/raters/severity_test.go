package raters

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// readCells reads a case of raters and objects by name.
func readCells(t *testing.T, name string, expected any) (cells []Cell, raters, objects numbering) {
	t.Helper()
	raters, objects = numbering{}, numbering{}
	for _, row := range readRows(t, name, expected) {
		cells = append(cells, Cell{raters.id(row["rater"]), objects.id(row["object"]), number(t, row["y"])})
	}
	return cells, raters, objects
}

func fitted(t reporter, cells []Cell) Severity {
	t.Helper()
	s, err := FitSeverity(cells)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSeverityAgainstLme4(t *testing.T) {
	var want struct {
		Intercept   float64
		VarRater    float64 `json:"var_rater"`
		VarObject   float64 `json:"var_object"`
		VarResidual float64 `json:"var_residual"`
		Criterion   float64 `json:"reml_criterion"`
		Rater       map[string]float64
		Object      map[string]float64
	}
	cells, raters, objects := readCells(t, "rater-severity", &want)
	s := fitted(t, cells)
	near(t, "intercept", s.Intercept, want.Intercept, 1e-5)
	near(t, "rater variance", s.VarRater, want.VarRater, 1e-5)
	near(t, "object variance", s.VarObject, want.VarObject, 1e-5)
	near(t, "residual variance", s.VarResidual, want.VarResidual, 1e-5)
	near(t, "criterion", s.Criterion, want.Criterion, 1e-9) // flat at its optimum
	for name, effect := range want.Rater {
		near(t, name, s.Raters[raters[name]].Severity, effect, 1e-5)
	}
	for name, effect := range want.Object {
		near(t, name, s.Objects[objects[name]].Adjusted, want.Intercept+effect, 1e-5)
	}
}

func TestSeverityOfPenicillin(t *testing.T) {
	var want struct {
		Mu          float64
		SE          float64            `json:"se_mu"`
		VarRater    float64            `json:"var_rater"`
		VarObject   float64            `json:"var_object"`
		VarResidual float64            `json:"var_resid"`
		Criterion   float64            `json:"reml_criterion"`
		Rater       map[string]float64 `json:"rater_effect"`
		RaterSD     map[string]float64 `json:"rater_cond_sd"`
		Raw         map[string]float64 `json:"object_raw_mean"`
		Adjusted    map[string]float64 `json:"object_adjusted_mean"`
	}
	cells, raters, objects := readCells(t, "crossed-rater-penicillin", &want)
	s := fitted(t, cells)
	near(t, "intercept", s.Intercept, want.Mu, 1e-9)
	near(t, "error of the intercept", s.InterceptSE, want.SE, 1e-7)
	near(t, "rater variance", s.VarRater/want.VarRater, 1, 1e-7)
	near(t, "object variance", s.VarObject/want.VarObject, 1, 1e-7)
	near(t, "residual variance", s.VarResidual/want.VarResidual, 1, 1e-7)
	near(t, "criterion", s.Criterion-want.Criterion, 0, 1e-6)
	for name, effect := range want.Rater {
		r := s.Raters[raters[name]]
		near(t, name, r.Severity, effect, 1e-7)
		// In a complete table the severity is h times the rater's mean less the whole mean, with h = 6 VarRater/(6
		// VarRater+VarResidual), so that its error has the variance VarRater - h*VarRater*(1-1/24).
		h := 6 * want.VarRater / (6*want.VarRater + want.VarResidual)
		near(t, name+" error", r.SE, math.Sqrt(want.VarRater*(1-h*23/24)), 1e-7)
	}
	for name, adjusted := range want.Adjusted {
		near(t, name, s.Objects[objects[name]].Adjusted, adjusted, 1e-7)
		near(t, name, s.Objects[objects[name]].Raw, want.Raw[name], 1e-12)
	}
	for name, sd := range want.RaterSD {
		near(t, name+" with the intercept known", interceptKnown(t, cells)[raters[name]], sd, 1e-7)
	}
}

// interceptKnown returns the standard errors that lme4 calls condVar: the whole error with the intercept's left out.
func interceptKnown(t *testing.T, cells []Cell) []float64 {
	t.Helper()
	d, err := newDesign(cells)
	if err != nil {
		t.Fatal(err)
	}
	s := newExact(d)
	start, err := d.moments()
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := climb(d, s, start)
	if err != nil {
		t.Fatal(err)
	}
	spread, _ := s.spread(d.ratersOut)
	rater, object := p.kept, p.out
	if d.ratersOut {
		rater, object = p.out, p.kept
	}
	for i := range spread {
		spread[i] = math.Sqrt(p.variance * raterError(d, rater, object.ratio, i, spread[i], math.Inf(1)))
	}
	return spread
}

// severityWant is the layout of the cases made for this package.
type severityWant struct {
	Intercept   float64
	InterceptSE float64   `json:"intercept_se"`
	VarRater    float64   `json:"var_rater"`
	VarObject   float64   `json:"var_object"`
	VarResidual float64   `json:"var_residual"`
	Criterion   float64   `json:"reml_criterion"`
	RaterID     []int32   `json:"rater_id"`
	Rater       []float64 `json:"rater"`
	RaterSE     []float64 `json:"rater_se"`
	ObjectID    []int32   `json:"object_id"`
	Object      []float64 `json:"object"`
}

func readMade(t *testing.T, name string) (cells []Cell, want severityWant) {
	for _, row := range readRows(t, name, &want) {
		cells = append(cells, Cell{int32(number(t, row["rater"])), int32(number(t, row["object"])), number(t, row["y"])})
	}
	return cells, want
}

func TestSeverityAgainstDenseAlgebra(t *testing.T) {
	for name, warnings := range map[string][]Warning{
		"severity-unbalanced":     nil,
		"severity-more-objects":   nil,
		"severity-zero-rater":     {RaterVarianceZero},
		"severity-two-components": {Disconnected},
	} {
		t.Run(name, func(t *testing.T) {
			cells, want := readMade(t, name)
			s := fitted(t, cells)
			near(t, "intercept", s.Intercept, want.Intercept, 1e-9)
			near(t, "error of the intercept", s.InterceptSE, want.InterceptSE, 1e-7)
			near(t, "rater variance", s.VarRater, want.VarRater, 1e-7)
			near(t, "object variance", s.VarObject, want.VarObject, 1e-7)
			near(t, "residual variance", s.VarResidual, want.VarResidual, 1e-7)
			near(t, "criterion", s.Criterion, want.Criterion, 1e-11)
			for i, r := range s.Raters {
				if r.ID != want.RaterID[i] {
					t.Fatalf("rater %d: got ID %d, want %d", i, r.ID, want.RaterID[i])
				}
				near(t, "severity", r.Severity, want.Rater[i], 1e-7)
				near(t, "error", r.SE, want.RaterSE[i], 1e-7)
			}
			for i, o := range s.Objects {
				near(t, "object", o.Adjusted, want.Intercept+want.Object[i], 1e-7)
			}
			if !slices.Equal(s.Warnings, warnings) {
				t.Errorf("warnings: got %v, want %v", s.Warnings, warnings)
			}
		})
	}
}

// chained returns n values of raters who each saw three neighbouring objects of a row, the design in which sampling errs
// most of those tried: what one rater tells of another passes through all between them.
func chained(raters, objects, n int) []Cell {
	return drawnCells(5, raters, objects, n, 5, func(rater int, r *rand.Rand) int {
		return min(rater*objects/raters+r.IntN(3), objects-1)
	})
}

// TestSampledAgreesWithExact states how near the sampled fit comes to the exact one: variances within a tenth of their
// own standard error (sqrt(2/levels), the residual's sqrt(2/values)), or 0.3 in a chain, severities within a tenth of
// their standard error, and standard errors within a tenth, one fiftieth on average.
func TestSampledAgreesWithExact(t *testing.T) {
	for name, c := range map[string]struct {
		cells  []Cell
		within float64
	}{
		"more raters":    {crossed(5, 300, 60, 1500), 0.1},
		"more objects":   {crossed(5, 80, 400, 2000), 0.1},
		"larger":         {crossed(5, 600, 300, 4500), 0.1},
		"sparse":         {crossed(5, 400, 350, 1200), 0.1},
		"chain":          {chained(500, 200, 2000), 0.3},
		"residual small": {drawnCells(5, 500, 200, 3000, 0.2, func(_ int, r *rand.Rand) int { return r.IntN(200) }), 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := newDesign(c.cells)
			if err != nil {
				t.Fatal(err)
			}
			exact, sampled := fitBy(t, d, newExact(d)), fitBy(t, d, newSampled(d))
			within := func(what string, a, b float64, n int) {
				if !(math.Abs(a/b-1) <= math.Sqrt(2/float64(n))*c.within) {
					t.Errorf("%s: sampled %g, exact %g", what, a, b)
				}
			}
			within("rater variance", sampled.VarRater, exact.VarRater, len(d.raters))
			within("object variance", sampled.VarObject, exact.VarObject, len(d.objects))
			within("residual variance", sampled.VarResidual, exact.VarResidual, len(c.cells))
			near(t, "criterion", sampled.Criterion, exact.Criterion, 1e-3)
			var mean float64
			for i, r := range exact.Raters {
				got := sampled.Raters[i]
				if math.Abs(got.Severity-r.Severity) > r.SE/10 {
					t.Errorf("severity of %d: sampled %g, exact %g with error %g", r.ID, got.Severity, r.Severity, r.SE)
				}
				off := math.Abs(got.SE/r.SE - 1)
				if off > 0.1 {
					t.Errorf("error of %d: sampled %g, exact %g", r.ID, got.SE, r.SE)
				}
				mean += off / float64(len(exact.Raters))
			}
			if mean > 0.02 {
				t.Errorf("standard errors are off by %g on average", mean)
			}
			t.Logf("variances off by %.2g %.2g %.2g, criterion by %.2g, standard errors by %.2g", sampled.VarRater/exact.VarRater-1,
				sampled.VarObject/exact.VarObject-1, sampled.VarResidual/exact.VarResidual-1, sampled.Criterion-exact.Criterion, mean)
		})
	}
}

func fitBy(t reporter, d *design, s solver) Severity {
	t.Helper()
	out, err := fit(d, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSeverityRefuses(t *testing.T) {
	grid := func(value func(r, o int32) float64) (cells []Cell) {
		for r := range int32(4) {
			for o := range int32(5) {
				cells = append(cells, Cell{r, o, value(r, o)})
			}
		}
		return cells
	}
	for name, c := range map[string]struct {
		cells []Cell
		want  error
	}{
		"nothing":             {nil, ErrTooFewRaters},
		"one rater":           {[]Cell{{1, 1, 3}, {1, 2, 4}}, ErrTooFewRaters},
		"one object":          {[]Cell{{1, 1, 3}, {2, 1, 4}}, ErrTooFewObjects},
		"not a number":        {[]Cell{{1, 1, 3}, {2, 1, math.NaN()}}, ErrNotFinite},
		"infinite":            {[]Cell{{1, 1, 3}, {2, 1, math.Inf(1)}}, ErrNotFinite},
		"all the same":        {grid(func(int32, int32) float64 { return 0.1 }), ErrNoVariation},
		"squares overflow":    {grid(func(r, o int32) float64 { return 1e200 * float64((r*o)%3) }), ErrNotFinite},
		"squares underflow":   {grid(func(r, o int32) float64 { return 1e-200 * float64((r*o)%3) }), ErrNotFinite},
		"one value per rater": {[]Cell{{1, 1, 3}, {2, 1, 4}, {3, 2, 5}, {4, 2, 7}}, ErrNoReplication},
		"each its own object": {[]Cell{{1, 1, 3}, {1, 1, 4}, {2, 2, 5}, {2, 2, 7}}, ErrNoReplication},
		"nothing left over":   {grid(func(r, o int32) float64 { return float64(r*r) + float64(3*o) }), ErrNoResidual},
	} {
		if _, err := FitSeverity(c.cells); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// TestBothVariancesZero: a checkerboard has neither rater nor object effects, so that every severity is 0.
func TestBothVariancesZero(t *testing.T) {
	var cells []Cell
	for r := range int32(4) {
		for o := range int32(4) {
			cells = append(cells, Cell{r, o, float64((r + o) % 2)})
		}
	}
	s := fitted(t, cells)
	if s.VarRater != 0 || s.VarObject != 0 || !slices.Equal(s.Warnings, []Warning{RaterVarianceZero, ObjectVarianceZero}) {
		t.Errorf("got variances %g and %g, warnings %v", s.VarRater, s.VarObject, s.Warnings)
	}
	near(t, "residual variance", s.VarResidual, 4.0/15, 1e-12) // eight 0 and eight 1: 16 * 0.25 / 15
	for _, r := range s.Raters {
		if r.Severity != 0 || r.SE != 0 {
			t.Errorf("rater %d: got %g with error %g, want 0", r.ID, r.Severity, r.SE)
		}
	}
}

// TestBalancedByHand: in a complete table the estimates are those of the analysis of variance. Rows are raters:
//
//	10 14 12
//	 8 13  9
//	 9 15 12
//
// Means of rows 12, 10, 12; of columns 9, 14, 11; of all 34/3. Squares: raters 3*(4/9+16/9+4/9) = 8, 2 df, mean 4;
// objects 3*(49/9+64/9+1/9) = 38, 2 df, mean 19; all 10^2+...+12^2 - 102^2/9 = 1204-1156 = 48; residual 48-8-38 = 2,
// 4 df, mean 0.5. Hence VarRater = (4-0.5)/3, VarObject = (19-0.5)/3, severity = (mean of row - 34/3)*(4-0.5)/4.
func TestBalancedByHand(t *testing.T) {
	var cells []Cell
	for r, row := range [][]float64{{10, 14, 12}, {8, 13, 9}, {9, 15, 12}} {
		for o, v := range row {
			cells = append(cells, Cell{int32(r), int32(o), v})
		}
	}
	s := fitted(t, cells)
	near(t, "rater variance", s.VarRater, 3.5/3, 1e-9)
	near(t, "object variance", s.VarObject, 18.5/3, 1e-9)
	near(t, "residual variance", s.VarResidual, 0.5, 1e-9)
	for i, mean := range []float64{12, 10, 12} {
		near(t, "severity", s.Raters[i].Severity, (mean-34.0/3)*3.5/4, 1e-9)
	}
}

// smallTable draws a table that can be fitted, with values enough that the residual does not vanish by chance: where it
// does, the likelihood has no inner maximum and rounding decides where the climb ends.
func smallTable(t *rapid.T) []Cell {
	raters, objects := rapid.IntRange(2, 9).Draw(t, "raters"), rapid.IntRange(2, 9).Draw(t, "objects")
	n := rapid.IntRange(raters+objects+8, 80).Draw(t, "n")
	cells := crossed(rapid.Uint64().Draw(t, "seed"), raters, objects, n)
	switch _, err := FitSeverity(cells); {
	case errors.Is(err, ErrNoReplication): // too few pairs shared
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return cells
}

func shuffled(t *rapid.T, cells []Cell) []Cell {
	out := slices.Clone(cells)
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func TestSeverityKnowsNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := smallTable(t)
		if a, b := fitted(t, cells), fitted(t, shuffled(t, cells)); !reflect.DeepEqual(a, b) {
			t.Fatalf("got %v, shuffled %v", a, b)
		}
	})
}

// TestSeverityRenamed: IDs renamed in the same order give the same bits, in any other way the same numbers.
func TestSeverityRenamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := smallTable(t)
		was := fitted(t, cells)
		for _, factor := range []int32{7, -7} {
			renamed := slices.Clone(cells)
			for i := range renamed {
				renamed[i].Rater = renamed[i].Rater*factor + 100
			}
			now := fitted(t, renamed)
			tolerance := 0.0
			if factor < 0 {
				slices.Reverse(now.Raters)
				tolerance = 1e-6
			}
			near(t, "rater variance", now.VarRater, was.VarRater, tolerance)
			near(t, "intercept", now.Intercept, was.Intercept, tolerance)
			for i, r := range was.Raters {
				near(t, "severity", now.Raters[i].Severity, r.Severity, tolerance)
				near(t, "error", now.Raters[i].SE, r.SE, tolerance)
			}
		}
	})
}

func TestSeverityShiftedAndScaled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := smallTable(t)
		shift, scale := rapid.Float64Range(-100, 100).Draw(t, "shift"), rapid.Float64Range(0.1, 10).Draw(t, "scale")
		moved := slices.Clone(cells)
		for i := range moved {
			moved[i].Value = shift + float64(scale*moved[i].Value)
		}
		was, now := fitted(t, cells), fitted(t, moved)
		near(t, "intercept", now.Intercept, shift+scale*was.Intercept, 1e-6)
		near(t, "rater variance", now.VarRater/(scale*scale), was.VarRater, 1e-5)
		near(t, "object variance", now.VarObject/(scale*scale), was.VarObject, 1e-5)
		near(t, "residual variance", now.VarResidual/(scale*scale), was.VarResidual, 1e-5)
		for i, r := range was.Raters {
			near(t, "severity", now.Raters[i].Severity/scale, r.Severity, 1e-5)
			near(t, "error", now.Raters[i].SE/scale, r.SE, 1e-5)
		}
	})
}

// TestNeutralRater: with the variances held, a rater whose values equal the adjusted values of the others' fit has a
// severity of 0 and moves no other prediction, since the old solution satisfies the new equations. (With the
// variances estimated anew, all shrink a little: the residual falls.)
func TestNeutralRater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := smallTable(t)
		was := fitted(t, cells)
		with := slices.Clone(cells)
		for _, o := range was.Objects {
			with = append(with, Cell{1000, o.ID, o.Adjusted})
		}
		d, err := newDesign(with)
		if err != nil {
			t.Fatal(err)
		}
		rater, object := was.VarRater/was.VarResidual, was.VarObject/was.VarResidual
		r := ratios{rater, object}
		if !d.ratersOut {
			r = ratios{object, rater}
		}
		p, err := at(d, newExact(d), r)
		if err != nil {
			t.Fatal(err)
		}
		now := Severity{Components: d.components}
		now.fill(d, p, make([]float64, len(d.raters)))
		near(t, "neutral rater", now.Raters[len(now.Raters)-1].Severity, 0, 1e-8)
		near(t, "intercept", now.Intercept, was.Intercept, 1e-8)
		for i, r := range was.Raters {
			near(t, "severity", now.Raters[i].Severity, r.Severity, 1e-8)
		}
	})
}

// TestSampledIsDeterministic: the sampled fit gives the same bits in any order of rows and on one processor.
func TestSampledIsDeterministic(t *testing.T) {
	cells := crossed(9, 300, 200, 2500)
	sampledFit := func(cells []Cell) Severity {
		d, err := newDesign(cells)
		if err != nil {
			t.Fatal(err)
		}
		return fitBy(t, d, newSampled(d))
	}
	was := sampledFit(cells)
	slices.Reverse(cells)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if now := sampledFit(cells); !reflect.DeepEqual(was, now) {
		t.Error("another order of rows on one processor gave another result")
	}
}
