package validation

import (
	"math"
	"slices"
	"testing"
)

// Every number of the report is among the figures, with the interval that stands beside it.
func TestFigures(t *testing.T) {
	earlier := district(300, 1, asOf.AddDate(0, 0, -365), asOf)
	r := must(Validate(threeLevels, district(300, 2, asOf, until), &earlier))(t)
	all := r.Figures()
	find := func(metric, of string) Figure {
		at := slices.IndexFunc(all, func(f Figure) bool { return f.Metric == metric && f.Of == of })
		if at < 0 {
			t.Fatalf("there is no %s of %q", metric, of)
		}
		return all[at]
	}
	for _, c := range []struct {
		metric, of string
		want       float64
		interval   *Interval
	}{
		{"suppliers", "", 300, nil}, {"events", "", float64(r.Events), nil}, {"outcomes_of_kind", "penalty", float64(r.Kinds[0].Outcomes), nil},
		{"suppliers_of_level", "A", float64(r.Levels[1].N), nil}, {"event_rate", "C", *r.Levels[2].Rate, r.Levels[2].Interval},
		{"auc", "", r.Discrimination.AUC, &r.Discrimination.DeLong.Logit},
		{"gini", "", 2*r.Discrimination.AUC - 1, &Interval{2*r.Discrimination.DeLong.Logit.Low - 1, 2*r.Discrimination.DeLong.Logit.High - 1}},
		{"ks_at_score", "", r.Discrimination.KSAt, nil}, {"brier", "", r.Calibration.Brier.Score, nil}, {"hosmer_lemeshow_p", "", r.Calibration.HosmerLemeshow.P, nil},
		{"calibration_slope", "", r.Calibration.Line.Slope, nil}, {"psi", "score", r.Score.PSI, nil}, {"psi", "performance", r.Inputs[1].PSI, nil},
		{"moved", "A -> C", float64(r.Transition.Counts[1][2]), nil}, {"moved", "AAA -> unrated", 0, nil},
	} {
		f := find(c.metric, c.of)
		if f.Value != c.want || (f.Low == nil) != (c.interval == nil) || c.interval != nil && (*f.Low != c.interval.Low || *f.High != c.interval.High) {
			t.Errorf("%s of %q: got %v [%v %v], want %v %v", c.metric, c.of, f.Value, f.Low, f.High, c.want, c.interval)
		}
	}
	groups := 0
	for _, f := range all {
		if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) {
			t.Errorf("%+v is no number", f)
		}
		if f.Metric == "observed" {
			groups++
		}
	}
	if groups != len(r.Calibration.Groups) {
		t.Errorf("%d groups, want %d", groups, len(r.Calibration.Groups))
	}
	bare := must(Validate(threeLevels, Window{asOf, until, nil}, nil))(t)
	if got := len(bare.Figures()); got != 4+2*len(threeLevels) {
		t.Errorf("%d figures of nobody, want four counts and two of each level", got)
	}
}
