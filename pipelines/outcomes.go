package pipelines

import (
	"math"
	"slices"
	"time"

	"pingxin/credit"
	"pingxin/credit/validation"
	"pingxin/pipelines/reduce"
	"pingxin/scoring"
)

// What was known of a supplier on the day of a rating, and what counts against the rating of what came after.

// outcomePoor is the kind of an evaluation that became final with a poor grade; credit events have their own kinds.
const outcomePoor = "poor_evaluation"

// The inputs of a supplier: what its rating rests on, and a little of what it leaves out.
const (
	inputPerformance = "performance"
	inputConduct     = "conduct"
	inputEvaluations = "evaluations"            // that count on the day
	inputCases       = "cases"                  // answers behind them
	inputNewest      = "newest_evaluation_days" // age of the latest of them; missing without any
	inputOffences    = "offences_last_year"
	inputWeak        = "weak_share" // of them, with a weak grade; missing without any
	inputAmount      = "log_amount" // ln(1 + yuan) of their contracts
)

// inputNames lists the inputs in the order of a scorecard.
var inputNames = []string{inputPerformance, inputConduct, inputEvaluations, inputCases, inputNewest, inputOffences, inputWeak, inputAmount}

// window is the suppliers as rated on one night with what came until another. Suppliers who registered after the first
// are not in it.
func window(from, to *night, p *validation.Policy) validation.Window {
	w := validation.Window{AsOf: from.AsOf, Until: to.AsOf}
	levels, events := map[string]string{}, map[string][]credit.Event{}
	for i := range to.suppliers {
		s := &to.suppliers[i]
		levels[s.ID], events[s.ID] = to.result.ratings.all[i].Level, s.Events
	}
	for i := range from.suppliers {
		s := &from.suppliers[i]
		if s.RegisteredOn.After(from.AsOf) {
			continue
		}
		rated := &from.result.ratings.all[i].Rating
		row := validation.Supplier{ID: s.ID, Rated: rated.Level != "", Level: rated.Level, LevelAfter: levels[s.ID], Inputs: from.inputs(s, rated, p)}
		if row.Rated {
			row.Score = rated.Score
		}
		row.Outcomes = append(offences(events[s.ID], w, p), poorEvaluations(from.bySupplier[s.ID], to.bySupplier[s.ID], w, p)...)
		w.Suppliers = append(w.Suppliers, row)
	}
	return w
}

// offences are the credit events of a window that count.
func offences(events []credit.Event, w validation.Window, p *validation.Policy) (all []validation.Outcome) {
	for _, e := range events {
		if p.Counts(e.Kind, e.Severity) && e.OccurredOn.After(w.AsOf) && !e.OccurredOn.After(w.Until) {
			all = append(all, validation.Outcome{Kind: e.Kind, On: e.OccurredOn})
		}
	}
	return all
}

// poorEvaluations are the evaluations that were not final at the beginning of a window and are at its end, with a poor
// grade. One becomes final on the day after the service ended or with its last score, whichever is later; where neither
// lies in the window (a report of progress made it final), on the window's first day.
func poorEvaluations(before, after []*reduce.Standing, w validation.Window, p *validation.Policy) (all []validation.Outcome) {
	final := map[string]bool{}
	for _, s := range before {
		final[s.Contract] = s.Status == scoring.Rated
	}
	for _, s := range after {
		if s.Status != scoring.Rated || final[s.Contract] || !slices.Contains(p.PoorGrades, s.Grade) {
			continue
		}
		on := slices.MaxFunc([]time.Time{s.EndOn.AddDate(0, 0, 1), s.LastOn, w.AsOf.AddDate(0, 0, 1)}, time.Time.Compare)
		all = append(all, validation.Outcome{Kind: outcomePoor, On: on})
	}
	return all
}

// inputs are what was known of a supplier on the night.
func (n *night) inputs(s *reduce.Supplier, r *credit.Rating, p *validation.Policy) map[string]float64 {
	in := map[string]float64{inputPerformance: r.Performance, inputConduct: r.Conduct, inputEvaluations: float64(r.Evaluations),
		inputCases: float64(r.Cases), inputOffences: float64(n.offencesLastYear(s.Events))}
	counted := map[string]bool{}
	newest := math.NaN()
	for _, part := range r.Parts {
		if part.Term != "evaluation" {
			continue
		}
		counted[part.Ref] = true
		if age := float64(part.AgeDays); !(age >= newest) { // also where there is none yet
			newest = age
		}
	}
	weak, amount := 0, int64(0)
	for _, v := range n.bySupplier[s.ID] {
		if !counted[v.Contract] {
			continue
		}
		amount += v.AmountFen
		if slices.Contains(p.WeakGrades, v.Grade) {
			weak++
		}
	}
	in[inputNewest], in[inputWeak] = newest, float64(weak)/float64(len(counted)) // 0/0 is missing
	in[inputAmount] = math.Log1p(float64(amount) / fenPerYuan)
	return in
}

// fenPerYuan turns amounts into yuan.
const fenPerYuan = 100

// offencesLastYear counts offences of the year that ends with the night's day.
func (n *night) offencesLastYear(events []credit.Event) (count int) {
	since := n.AsOf.AddDate(-1, 0, 0)
	for _, e := range events {
		if e.Severity != "commendation" && e.OccurredOn.After(since) && !e.OccurredOn.After(n.AsOf) {
			count++
		}
	}
	return count
}
