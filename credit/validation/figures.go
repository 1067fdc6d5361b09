package validation

import "fmt"

// Figure is one number of a report, for files: a long list that a spreadsheet can take apart.
type Figure struct {
	Metric string
	Of     string // level, input, kind or group; empty: of all
	Value  float64
	Low    *float64 // of the interval; nil: none
	High   *float64
}

// Figures lists every number of the report in a fixed order: counts, outcomes by level and kind, discrimination,
// calibration, stability, transitions.
func (r *Report) Figures() []Figure {
	var f figures
	f.counts(r)
	f.discrimination(r)
	f.calibration(r)
	if r.Score != nil {
		f.add("psi", "score", r.Score.PSI)
		f.add("psi_by_chance", "score", r.Score.Chance)
	}
	for _, s := range r.Inputs {
		f.add("psi", s.Of, s.PSI)
		f.add("psi_by_chance", s.Of, s.Chance)
	}
	f.transition(r)
	return f.all
}

// figures collects them.
type figures struct{ all []Figure }

func (f *figures) add(metric, of string, value float64) {
	f.all = append(f.all, Figure{Metric: metric, Of: of, Value: value})
}

func (f *figures) count(metric, of string, n int) { f.add(metric, of, float64(n)) }

func (f *figures) between(metric, of string, value float64, i *Interval) {
	f.add(metric, of, value)
	if i != nil {
		last := &f.all[len(f.all)-1]
		last.Low, last.High = &i.Low, &i.High
	}
}

func (f *figures) counts(r *Report) {
	f.count("suppliers", "", r.Suppliers)
	f.count("rated", "", r.Rated)
	f.count("outcomes", "", r.Outcomes)
	f.count("events", "", r.Events)
	for _, k := range r.Kinds {
		f.count("outcomes_of_kind", k.Kind, k.Outcomes)
	}
	for _, l := range r.Levels {
		f.count("suppliers_of_level", l.Level, l.N)
		f.count("events_of_level", l.Level, l.Events)
		if l.Rate != nil {
			f.between("event_rate", l.Level, *l.Rate, l.Interval)
		}
	}
}

func (f *figures) discrimination(r *Report) {
	d := r.Discrimination
	if d == nil {
		return
	}
	var auc, gini *Interval
	if d.DeLong != nil {
		auc, gini = &d.DeLong.Logit, &Interval{2*d.DeLong.Logit.Low - 1, 2*d.DeLong.Logit.High - 1}
	}
	f.between("auc", "", d.AUC, auc)
	f.between("gini", "", d.Gini, gini)
	f.add("ks", "", d.KS)
	f.add("ks_at_score", "", d.KSAt)
}

func (f *figures) calibration(r *Report) {
	c := r.Calibration
	if c == nil {
		return
	}
	f.add("brier", "", c.Brier.Score)
	f.add("brier_reference", "", c.Brier.Reference)
	if h := c.HosmerLemeshow; h != nil {
		f.add("hosmer_lemeshow", "", h.Statistic)
		f.count("hosmer_lemeshow_df", "", h.DF)
		f.add("hosmer_lemeshow_p", "", h.P)
	}
	if l := c.Line; l != nil {
		f.add("calibration_in_the_large", "", l.InTheLarge)
		f.add("calibration_slope", "", l.Slope)
	}
	for _, g := range c.Groups {
		of := fmt.Sprintf("%.4f..%.4f", g.Low, g.High)
		f.add("predicted", of, g.Predicted)
		f.between("observed", of, g.Observed, &g.Interval)
	}
}

func (f *figures) transition(r *Report) {
	t := r.Transition
	if t == nil {
		return
	}
	for i, from := range t.Levels {
		for j, to := range t.Levels {
			f.count("moved", from+" -> "+to, t.Counts[i][j])
		}
		f.count("moved", from+" -> unrated", t.Withdrawn[i])
	}
}
