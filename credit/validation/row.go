package validation

import (
	"math"
	"slices"
)

// Row is one supplier of a window with the places at which the figures of a Report count it, so that each figure can be
// followed to the suppliers that it is made of.
type Row struct {
	Earlier   bool          // of the window that ended by the day of the ratings
	Supplier                // its outcomes are those that lie in the window
	Predicted float64       // by the Forecast, 0..1; NaN where the supplier is unrated or there is no forecast
	Group     int           // of the calibration, from 1; 0: none, as for all of the earlier window
	Values    []PlacedValue // the score and each input by name; nil where the supplier is unrated
}

// PlacedValue is a value that a stability index counts. What has no index has none.
type PlacedValue struct {
	Of    string  // as in Shift
	Value float64 // NaN: missing
	Bin   string  // the name of its bin
}

// Rows lists the suppliers of both windows as Validate, given the same windows, counted them in the report: those of the
// earlier window first, each in the order of their ids. Errors are those of Validate for a window.
func (r *Report) Rows(levels []string, window Window, earlier *Window) ([]Row, error) {
	now, err := window.cohort(levels)
	if err != nil {
		return nil, err
	}
	var before cohort
	if earlier != nil {
		if before, err = earlier.cohort(levels); err != nil {
			return nil, err
		}
	}
	bins := r.bins(before)
	rows := make([]Row, 0, len(before.all)+len(now.all))
	for _, s := range before.all {
		rows = append(rows, before.row(s, bins))
		rows[len(rows)-1].Earlier = true
	}
	for _, s := range now.all {
		row := now.row(s, bins)
		if r.Forecast != nil && s.Rated {
			row.Predicted = r.Forecast.Model.Probability(s.Score)
			row.Group = r.Calibration.group(row.Predicted)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (c cohort) row(s Supplier, bins []binning) Row {
	s.Outcomes = c.within(s)
	return Row{Supplier: s, Predicted: math.NaN(), Values: s.placed(bins)}
}

// binning is how the values of one stability index fall into bins.
type binning struct {
	of    string
	edges []float64
}

// bins are those of every index of the report, the score's first.
func (r *Report) bins(before cohort) (all []binning) {
	add := func(of string, baseline []float64) {
		if edges, err := BaselineEdges(baseline); err == nil {
			all = append(all, binning{of, edges})
		}
	}
	if r.Score != nil {
		add("", before.scores)
	}
	for _, s := range r.Inputs {
		add(s.Of, before.input(s.Of))
	}
	return all
}

// placed are the values of a rated supplier in their bins; nil for an unrated one.
func (s Supplier) placed(bins []binning) (all []PlacedValue) {
	if !s.Rated {
		return nil
	}
	for _, b := range bins {
		value := s.Score
		if b.of != "" {
			value = s.value(b.of)
		}
		all = append(all, PlacedValue{b.of, value, binNames(b.edges)[binOf(b.edges, value)]})
	}
	return all
}

// group is in which group a prediction lies, from 1: the first whose end it does not pass.
func (c *Calibration) group(predicted float64) int {
	return 1 + slices.IndexFunc(c.Groups, func(g CalibrationGroup) bool { return predicted <= g.High })
}
