package validation

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pingxin/scoring"
)

var (
	threeLevels = []string{"AAA", "A", "C"}
	asOf        = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	until       = time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC)
)

func penalty(day time.Time) Outcome { return Outcome{"penalty", day} }

// six are five rated suppliers and one that is not.
func six() Window {
	return Window{asOf, until, []Supplier{
		{ID: "a", Rated: true, Score: 95, Level: "AAA", LevelAfter: "AAA", Outcomes: []Outcome{penalty(asOf)}}, // too early by a day
		{ID: "b", Rated: true, Score: 85, Level: "A", LevelAfter: "C", Outcomes: []Outcome{penalty(until)}},
		{ID: "c", Rated: true, Score: 80, Level: "A", LevelAfter: "AAA"},
		{ID: "d", Rated: true, Score: 40, Level: "C", Outcomes: []Outcome{penalty(asOf.AddDate(0, 0, 1)), penalty(until), {"complaint", until}}},
		{ID: "e", Rated: true, Score: 30, Level: "C", LevelAfter: "C"},
		{ID: "f", Outcomes: []Outcome{penalty(until)}, LevelAfter: "A"},
	}}
}

func codes(notes []scoring.Note) (all []string) {
	for _, n := range notes {
		all = append(all, strings.TrimPrefix(n.Code, "validation_"))
	}
	return all
}

// Events are b (85) and d (40), others a (95), c (80) and e (30). A lower score is a higher risk: b lies below a only,
// d below a and c: three of six pairs, AUC 0.5. At or above 85 are half of the events and a third of the others, at or
// above 80 half and two thirds, at or above 40 all and two thirds; at or above 95 none and a third: KS 1/3, first there.
func TestValidateByHand(t *testing.T) {
	r := must(Validate(threeLevels, six(), nil))(t)
	if r.Suppliers != 6 || r.Rated != 5 || r.Events != 2 || r.Outcomes != 5 || r.Unrated.N != 1 || r.Unrated.Events != 1 {
		t.Errorf("numbers: got %+v", r)
	}
	if want := []KindCount{{"complaint", 1, 1, 1}, {"penalty", 4, 3, 2}}; !slices.Equal(r.Kinds, want) {
		t.Errorf("kinds: got %v, want %v", r.Kinds, want)
	}
	if d := r.Discrimination; d.AUC != 0.5 || math.Abs(d.KS-1.0/3) > 1e-15 || d.KSAt != 95 {
		t.Errorf("discrimination: got %+v", d)
	}
	want := []ROCPoint{{30, 0, 1.0 / 3}, {40, 0.5, 1.0 / 3}, {80, 0.5, 2.0 / 3}, {85, 1, 2.0 / 3}, {95, 1, 1}}
	if !reflect.DeepEqual(r.ROC, want) {
		t.Errorf("curve: got %v, want %v", r.ROC, want)
	}
	if r.Levels[1].N != 2 || r.Levels[1].Events != 1 || !r.Monotone { // rates 0, 1/2, 1/2
		t.Errorf("levels: got %+v, monotone %t", r.Levels, r.Monotone)
	}
	if m := r.Transition; m.Withdrawn[2] != 1 || m.Entered[1] != 1 || m.Mobility.Up != 1 || m.Mobility.Down != 1 || m.Mobility.Same != 2 {
		t.Errorf("transition: got %+v", m)
	}
	if r.Forecast.Source != FromSample || r.Forecast.Model.N != 5 || r.Calibration.Brier.Reference != 0.24 { // 2/5 * 3/5
		t.Errorf("forecast %+v, calibration %+v", r.Forecast, r.Calibration)
	}
	wantCodes := []string{"outcomes_outside", "unrated", "too_few_events", "small_level", "small_level", "small_level", "chance", "in_sample", "no_earlier"}
	if got := codes(r.Warnings); !slices.Equal(got, wantCodes) {
		t.Errorf("warnings: got %v, want %v", got, wantCodes)
	}
}

// district draws suppliers with scores from 0 to 100 of whom the lower had outcomes more often, by the logistic model with
// slope -0.06.
func district(n int, seed uint64, from, to time.Time) Window {
	random := rand.New(rand.NewPCG(seed, 1))
	w := Window{AsOf: from, Until: to}
	for i := range n {
		score := float64(random.IntN(10001)) / 100
		s := Supplier{ID: fmt.Sprintf("s%05d", i), Rated: true, Score: score, Level: levelFor(score), LevelAfter: levelFor(random.Float64() * 100),
			Inputs: map[string]float64{"performance": score, "conduct": float64(random.IntN(5))}}
		if random.Float64() < 1/(1+math.Exp(0.06*score-2)) {
			s.Outcomes = []Outcome{penalty(to)}
		}
		w.Suppliers = append(w.Suppliers, s)
	}
	return w
}

func levelFor(score float64) string {
	switch {
	case score >= 90:
		return "AAA"
	case score >= 60:
		return "A"
	}
	return "C"
}

// The model of the earlier year is used on the later one, whose outcomes it has not seen.
func TestValidateWithAnEarlierCohort(t *testing.T) {
	earlier := district(2000, 1, asOf.AddDate(0, 0, -365), asOf)
	r := must(Validate(threeLevels, district(2000, 2, asOf, asOf.AddDate(0, 0, 365)), &earlier))(t)
	if r.Forecast.Source != FromEarlier || math.Abs(r.Forecast.Model.Slope+0.06) > 4*r.Forecast.Model.SlopeSE {
		t.Errorf("forecast: got %+v, want a slope near -0.06", r.Forecast)
	}
	if h := r.Calibration.HosmerLemeshow; h.Groups != 10 || h.DF != 10 || h.P < 0.001 {
		t.Errorf("Hosmer-Lemeshow: got %+v, want 10 groups and degrees of freedom and no surprise", h)
	}
	if l := r.Calibration.Line; math.Abs(l.Slope-1) > 0.3 || math.Abs(l.InTheLarge) > 0.3 {
		t.Errorf("calibration line: got %+v", l)
	}
	if r.Score.Verdict != Stable || len(r.Inputs) != 2 || r.Inputs[0].Of != "conduct" || r.Inputs[1].Of != "performance" || len(r.Inputs[0].Bins) != 5 {
		t.Errorf("stability: got %+v, %+v", r.Score, r.Inputs)
	}
	if d := r.Discrimination; !(d.DeLong.Logit.Low > 0.7) || !r.Monotone || len(r.Warnings) != 0 {
		t.Errorf("discrimination %+v, monotone %t, warnings %v", d, r.Monotone, r.Warnings)
	}
}

// TestWarnings: each way in which a number misleads or is not there has its warning.
func TestWarnings(t *testing.T) {
	year := func(suppliers ...Supplier) Window { return Window{asOf, until, suppliers} }
	before := func(suppliers ...Supplier) *Window { return &Window{asOf.AddDate(0, 0, -365), asOf, suppliers} }
	rated := func(id string, score float64, event bool) Supplier {
		s := Supplier{ID: id, Rated: true, Score: score, Level: levelFor(score)}
		if event {
			s.Outcomes = []Outcome{penalty(until), penalty(asOf)} // in either window
		}
		return s
	}
	mixed := []Supplier{rated("a", 90, false), rated("b", 70, true), rated("c", 50, false), rated("d", 30, true)}
	shifted := district(300, 1, asOf, until)
	for i := range shifted.Suppliers {
		shifted.Suppliers[i].Score = 95
	}
	steady := district(300, 1, asOf.AddDate(0, 0, -365), asOf)
	split := func(low, high int) (all []Supplier) {
		for i := range low + high {
			score := 10.0
			if i >= low {
				score = 90
			}
			all = append(all, rated(fmt.Sprint(i), score, i%2 == 0))
		}
		return all
	}
	inverted := district(300, 4, asOf, until)
	for i := range inverted.Suppliers {
		s := &inverted.Suppliers[i]
		s.Score = 100 - s.Score
		s.Level = levelFor(s.Score)
	}
	for name, c := range map[string]struct {
		window  Window
		earlier *Window
		want    []string
	}{
		"nobody":        {year(), nil, []string{"one_class", "no_earlier", "no_transition"}},
		"no event":      {year(rated("a", 90, false), rated("b", 10, false)), nil, []string{"one_class", "no_forecast:one_class"}},
		"only events":   {year(rated("a", 90, true), rated("b", 10, true)), nil, []string{"one_class", "no_forecast:one_class"}},
		"perfect":       {year(rated("a", 90, false), rated("b", 10, true)), nil, []string{"separated", "no_forecast:separation"}},
		"all alike":     {year(rated("a", 90, false), rated("b", 90, true)), nil, []string{"no_interval", "no_forecast:constant"}},
		"the wrong way": {year(rated("a", 10, false), rated("b", 90, true), rated("c", 95, false), rated("d", 99, true)), nil, []string{"reversed", "inversion_by_chance:AAA"}},
		"two scores":    {year(rated("a", 10, false), rated("b", 90, true), rated("c", 10, true), rated("d", 90, false)), nil, []string{"no_goodness_of_fit:too_few_groups", "no_calibration_line:constant"}},
		"no use in the earlier": {year(mixed...), before(rated("a", 90, false), rated("b", 10, false)),
			[]string{"earlier_no_forecast:one_class", "in_sample"}},
		"few events in the earlier": {year(mixed...), before(mixed...), []string{"earlier_too_few_events", "earlier_outcomes_outside"}},
		"earlier of another length": {year(mixed...), &Window{asOf.AddDate(0, 0, -90), asOf, mixed}, []string{"earlier_horizon"}},
		"baseline without spread":   {year(mixed...), before(rated("a", 90, false)), []string{"no_stability:baseline_constant"}},
		"small and shifted":         {year(split(7, 3)...), before(split(5, 5)...), []string{"shift_within_chance"}},
		"an empty bin":              {year(mixed...), before(rated("a", 10, false), rated("b", 11, true)), []string{"empty_bin:≤10", "shift"}},
		"clearly inverted":          {inverted, nil, []string{"inversion:A", "worse_than_chance", "reversed"}},
		"shifted":                   {shifted, &steady, []string{"shift"}},
		"some events":               {district(150, 3, asOf, until), nil, []string{"few_events"}},
	} {
		r := must(Validate(threeLevels, c.window, c.earlier))(t)
		var got []string
		for _, n := range r.Warnings {
			code := strings.TrimPrefix(n.Code, "validation_")
			got = append(got, code, code+":"+n.Ref)
		}
		for _, code := range c.want {
			if !slices.Contains(got, code) {
				t.Errorf("%s: got %v, want %s among them", name, codes(r.Warnings), code)
			}
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	ok := Supplier{ID: "a", Rated: true, Score: 50, Level: "C"}
	with := func(change func(*Supplier)) Window {
		s := ok
		change(&s)
		return Window{asOf, until, []Supplier{s}}
	}
	good := Window{asOf, until, []Supplier{ok}}
	for name, c := range map[string]struct {
		levels  []string
		window  Window
		earlier *Window
		want    *Condition
	}{
		"no levels":                    {nil, good, nil, ErrLevels},
		"window that is none":          {threeLevels, Window{until, asOf, nil}, nil, ErrWindow},
		"earlier that sees the future": {threeLevels, good, &Window{asOf.AddDate(-1, 0, 0), asOf.AddDate(0, 0, 1), nil}, ErrWindow},
		"earlier that is no window":    {threeLevels, good, &Window{asOf, asOf, nil}, ErrWindow},
		"same supplier twice":          {threeLevels, Window{asOf, until, []Supplier{ok, ok}}, nil, ErrSupplier},
		"supplier without id":          {threeLevels, with(func(s *Supplier) { s.ID = "" }), nil, ErrSupplier},
		"rated without level":          {threeLevels, with(func(s *Supplier) { s.Level = "" }), nil, ErrStatus},
		"unrated with level":           {threeLevels, with(func(s *Supplier) { s.Rated = false }), nil, ErrStatus},
		"unknown level":                {threeLevels, with(func(s *Supplier) { s.Level = "Z" }), nil, ErrUnknownLevel},
		"unknown later level":          {threeLevels, with(func(s *Supplier) { s.LevelAfter = "Z" }), nil, ErrUnknownLevel},
		"score that is NaN":            {threeLevels, with(func(s *Supplier) { s.Score = math.NaN() }), nil, ErrScore},
		"score above 100":              {threeLevels, with(func(s *Supplier) { s.Score = 100.01 }), nil, ErrScore},
		"infinite input":               {threeLevels, with(func(s *Supplier) { s.Inputs = map[string]float64{"x": math.Inf(1)} }), nil, ErrNotFinite},
	} {
		if r, err := Validate(c.levels, c.window, c.earlier); !isCondition(err, c.want) || !reflect.DeepEqual(r, Report{}) {
			t.Errorf("%s: got %v, want %v and no report", name, err, c.want)
		}
	}
}

// anyWindow draws windows of every kind: nobody, unrated suppliers, one class, equal scores, missing inputs.
func anyWindow(t *rapid.T, from, to time.Time) Window {
	w := Window{AsOf: from, Until: to}
	for i := range rapid.IntRange(0, 25).Draw(t, "n") {
		s := Supplier{ID: fmt.Sprint("s", i), LevelAfter: rapid.SampledFrom([]string{"", "AAA", "A", "C"}).Draw(t, "after")}
		if s.Rated = rapid.IntRange(0, 5).Draw(t, "rated") > 0; s.Rated {
			s.Score = float64(rapid.IntRange(0, 10).Draw(t, "score")) * 10
			s.Level = levelFor(s.Score)
		}
		if v := rapid.IntRange(-2, 20).Draw(t, "input"); v >= 0 {
			s.Inputs = map[string]float64{"x": float64(v)}
		} else if v == -1 {
			s.Inputs = map[string]float64{"x": math.NaN()}
		}
		for range rapid.IntRange(0, 2).Draw(t, "outcomes") {
			s.Outcomes = append(s.Outcomes, Outcome{rapid.SampledFrom([]string{"penalty", "complaint"}).Draw(t, "kind"), to})
		}
		w.Suppliers = append(w.Suppliers, s)
	}
	return w
}

// TestReportProperties: the same suppliers in any order, or under other ids, give the same bytes; no number is NaN, which
// JSON does not have; everybody twice leaves what does not depend on the number of suppliers.
func TestReportProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := anyWindow(t, asOf, until)
		var earlier *Window
		if rapid.Bool().Draw(t, "earlier") {
			w := anyWindow(t, asOf.AddDate(-1, 0, 0), asOf)
			earlier = &w
		}
		report := func(now Window, earlier *Window) (Report, string) {
			r, err := Validate(threeLevels, now, earlier)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			return r, string(text)
		}
		r, text := report(now, earlier)
		other := now
		other.Suppliers = slices.Clone(now.Suppliers)
		slices.Reverse(other.Suppliers)
		for i := range other.Suppliers {
			other.Suppliers[i].ID = fmt.Sprint("t", i)
		}
		if _, again := report(other, earlier); again != text {
			t.Fatalf("another order, other ids: got\n%s\nwant\n%s", again, text)
		}
		other.Suppliers = append(other.Suppliers, now.Suppliers...)
		double, _ := report(other, earlier)
		if (r.Discrimination == nil) != (double.Discrimination == nil) || r.Events*2 != double.Events || r.Outcomes*2 != double.Outcomes {
			t.Fatalf("everybody twice: got %+v, want twice %+v", double, r)
		}
		if d, e := r.Discrimination, double.Discrimination; d != nil && (d.AUC != e.AUC || d.KS != e.KS || d.KSAt != e.KSAt || !reflect.DeepEqual(r.ROC, double.ROC)) {
			t.Fatalf("everybody twice: got %+v, want %+v", e, d)
		}
		if c, e := r.Calibration, double.Calibration; c != nil && math.Abs(c.Brier.Score-e.Brier.Score) > 1e-9 {
			t.Fatalf("everybody twice: got a Brier score of %g, want %g", e.Brier.Score, c.Brier.Score)
		}
		if s, e := r.Score, double.Score; s != nil && math.Abs(s.PSI-e.PSI) > 1e-12 {
			t.Fatalf("everybody twice: got a PSI of %g, want %g", e.PSI, s.PSI)
		}
	})
}

// The window and its suppliers are not changed.
func TestValidateChangesNothing(t *testing.T) {
	w := six()
	slices.Reverse(w.Suppliers)
	must(Validate(threeLevels, w, nil))(t)
	want := six()
	slices.Reverse(want.Suppliers)
	if !reflect.DeepEqual(w, want) {
		t.Errorf("got %+v, want %+v", w, want)
	}
}
