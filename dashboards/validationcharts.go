package dashboards

import (
	"math"
	"slices"
	"strconv"

	"pingxin/credit/validation"
	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// draw makes the figures of the page; what the report does not have has none.
func (p *validationPage) draw() (err error) {
	r := &p.Kept.Report
	if p.Levels, err = p.levelFigure(r); err != nil {
		return err
	}
	if p.ROC, err = p.rocFigure(r); err != nil {
		return err
	}
	if p.Calibration, err = p.calibrationFigure(r); err != nil {
		return err
	}
	if p.Transition, err = p.transitionFigure(r); err != nil {
		return err
	}
	p.Shift, err = p.shiftFigure(r)
	return err
}

// suppliers leads to those of the validation that pass some filters, given in pairs as to To.
func (p *validationPage) suppliers(pairs ...string) string {
	return p.To(validatedPath, append(pairs, "id", whole(int64(p.Kept.ID)))...)
}

// levelFigure shows how many suppliers of each level had an outcome.
func (p *validationPage) levelFigure(r *validation.Report) (*figure, error) {
	data := table{Head: p.base.columns("col.level?credit_rating", "#col.suppliers", "#col.with_outcome", "#col.rate", "#col.interval95?wilson")}
	var names []string
	var bands []charts.Band
	for _, l := range r.Levels {
		rate, between := math.NaN(), ""
		band := charts.Band{Low: math.NaN(), High: math.NaN()}
		if l.Rate != nil {
			rate, between = *l.Rate, percent(l.Interval.Low, 1)+" – "+percent(l.Interval.High, 1)
			band.Low, band.High = 100*l.Interval.Low, 100*l.Interval.High
		}
		url := p.suppliers("level", l.Level)
		band.Point = charts.Point{Value: 100 * rate, URL: url, Color: "@" + p.LevelClass(l.Level), Label: percent(rate, 0),
			Tip: l.Level + "\n" + p.T("validation.of", "Events", p.CountInt(l.Events), "N", p.CountInt(l.N)) + "\n" + percent(rate, 1) + " (" + between + ")"}
		if l.Rate == nil {
			band.Label = ""
		}
		names, bands = append(names, l.Level), append(bands, band)
		data.Rows = append(data.Rows, []cell{p.base.level(l.Level), {Text: p.CountInt(l.N), URL: url},
			{Text: p.CountInt(l.Events), URL: p.suppliers("level", l.Level, "outcome", store.WithOutcome)}, text(percent(rate, 1)), text(between)})
	}
	if r.Unrated.N > 0 {
		data.Rows = append(data.Rows, []cell{text(p.T("level.unrated")), {Text: p.CountInt(r.Unrated.N), URL: p.suppliers("level", store.Unrated)},
			text(p.CountInt(r.Unrated.Events)),
			text(percent(*r.Unrated.Rate, 1)), text(percent(r.Unrated.Interval.Low, 1) + " – " + percent(r.Unrated.Interval.High, 1))})
	}
	summary := p.T("validation.levels.summary")
	option, err := charts.Ranges(summary, names, "%", bands)
	f, err := p.base.newFigure("outcomes", p.T("validation.levels"), summary, "medium", option, err, data)
	return f.noted(summary), err
}

// rocFigure is the ROC curve with the line of chance.
func (p *validationPage) rocFigure(r *validation.Report) (*figure, error) {
	data := table{Head: p.base.columns("#col.score_at_most", "#col.hits?auc", "#col.false_alarms?ks")}
	curve := charts.Path{Name: p.T("validation.roc"), Color: "@accent", Line: true, Marks: true, Spots: []charts.Spot{{}}}
	for _, at := range r.ROC {
		url := p.suppliers("most", decimal(at.At))
		curve.Spots = append(curve.Spots, charts.Spot{X: wholePercent * at.FalseAlarms, Y: wholePercent * at.Hits, URL: url, Tip: p.T("validation.roc.tip", "Score", number(at.At, 2), "Hits",
			percent(at.Hits, 0), "Alarms", percent(at.FalseAlarms, 0))})
		data.Rows = append(data.Rows, []cell{link(number(at.At, 2), url), text(percent(at.Hits, 1)), text(percent(at.FalseAlarms, 1))})
	}
	summary := p.T("validation.roc.summary")
	option, err := charts.Plane(summary, p.T("validation.roc.x"), p.T("validation.roc.y"), wholePercent, wholePercent, []charts.Path{diagonal(wholePercent), curve})
	f, err := p.base.newFigure("roc", p.T("validation.roc"), summary, "medium", option, err, data)
	return f.noted(summary), err
}

// diagonal is the line from the origin on which both numbers are the same.
func diagonal(end float64) charts.Path {
	return charts.Path{Color: "@muted", Line: true, Faint: true, Spots: []charts.Spot{{}, {X: end, Y: end}}}
}

// calibrationFigure sets the share of outcomes beside what was predicted, in groups of similar predictions.
func (p *validationPage) calibrationFigure(r *validation.Report) (*figure, error) {
	data := table{Head: p.base.columns("#col.predicted?hosmer_lemeshow", "#col.observed?brier", "#col.interval95?wilson", "#col.suppliers", "#col.with_outcome")}
	if r.Calibration == nil {
		return nil, nil
	}
	end, within := 0.0, 0
	groups := charts.Path{Name: p.T("validation.calibration_plot"), Color: "@accent", Marks: true}
	var paths []charts.Path
	for i, g := range r.Calibration.Groups {
		end = max(end, g.Predicted, g.Interval.High)
		if g.Interval.Low <= g.Predicted && g.Predicted <= g.Interval.High {
			within++
		}
		between := percent(g.Interval.Low, 1) + " – " + percent(g.Interval.High, 1)
		paths = append(paths, charts.Path{Color: "@accent", Line: true, Faint: true, Spots: []charts.Spot{{X: wholePercent * g.Predicted, Y: wholePercent * g.Interval.Low},
			{X: wholePercent * g.Predicted, Y: wholePercent * g.Interval.High}}})
		url := p.suppliers("group", strconv.Itoa(i+1))
		groups.Spots = append(groups.Spots, charts.Spot{X: wholePercent * g.Predicted, Y: wholePercent * g.Observed, URL: url, Tip: p.T("validation.calibration.tip", "Predicted",
			percent(g.Predicted, 1), "Observed", percent(g.Observed, 1), "Between", between)})
		data.Rows = append(data.Rows, []cell{text(percent(g.Predicted, 1)), text(percent(g.Observed, 1)), text(between), link(p.CountInt(g.N), url),
			text(p.CountInt(g.Events))})
	}
	end = wholePercent * min(1, math.Ceil(5*end)/5) // so that quarters of the axis are short numbers
	summary := p.T("validation.calibration.summary")
	option, err := charts.Plane(summary, p.T("validation.calibration.x"), p.T("validation.calibration.y"), end, end,
		append(append([]charts.Path{diagonal(end)}, paths...), groups))
	f, err := p.base.newFigure("calibration", p.T("validation.calibration_plot"), summary, "medium", option, err, data)
	return f.noted(p.T("validation.calibration.answer", "Within", p.CountInt(within), "N", p.CountInt(len(r.Calibration.Groups))) + p.T("validation.source."+r.Forecast.Source)), err
}

// transitionFigure is the matrix of levels at both ends as shades.
func (p *validationPage) transitionFigure(r *validation.Report) (*figure, error) {
	t := r.Transition
	if t == nil {
		return nil, nil
	}
	columns, after := append(slices.Clone(t.Levels), p.T("validation.unrated_short")), append(slices.Clone(t.Levels), store.Unrated)
	data := table{Head: p.base.columns("col.level_before?transition_matrix")}
	for _, name := range columns {
		data.Head = append(data.Head, head{Label: name, Number: true})
	}
	cells := make([][]charts.Point, len(t.Levels))
	for i, from := range t.Levels {
		row := []cell{p.base.level(from)}
		for j, n := range append(append([]int{}, t.Counts[i]...), t.Withdrawn[i]) {
			share := 0.0
			if t.Shares[i] != nil && j < len(t.Shares[i]) {
				share = t.Shares[i][j]
			}
			point := charts.Point{Value: share}
			if n > 0 {
				point.Label, point.URL = p.CountInt(n), p.suppliers("level", from, "after", after[j])
				point.Tip = from + " → " + columns[j] + "\n" + p.T("validation.suppliers", "N", n) + "\n" + percent(share, 1)
			}
			cells[i], row = append(cells[i], point), append(row, cell{Text: p.CountInt(n), URL: point.URL})
		}
		data.Rows = append(data.Rows, row)
	}
	summary := p.T("validation.transition.summary")
	option, err := charts.Heat(summary, t.Levels, columns, cells)
	f, err := p.base.newFigure("transition", p.T("validation.transition"), summary, "medium", option, err, data)
	return f.noted(p.T("reading.moves", "Up", p.CountInt(t.Mobility.Up), "Same", p.CountInt(t.Mobility.Same), "Down", p.CountInt(t.Mobility.Down)) + " " + summary), err
}

// shiftColors are the colours of the verdicts on a shift.
var shiftColors = map[string]string{validation.Stable: "@g0", validation.Moderate: "@g2", validation.Shifted: "@g4"}

// shiftFigure shows how far the score and each input have moved from their baseline.
func (p *validationPage) shiftFigure(r *validation.Report) (*figure, error) {
	data := table{Head: p.base.columns("col.input", "#col.psi?psi", "#col.psi_chance?psi", "col.verdict")}
	var names []string
	var points []charts.Point
	shifted := 0
	add := func(id, name string, s validation.Shift) {
		names = append(names, name)
		if s.Verdict == validation.Shifted {
			shifted++
		}
		url := p.suppliers("of", id)
		points = append(points, charts.Point{Value: s.PSI, URL: url, Label: number(s.PSI, 2), Color: shiftColors[s.Verdict],
			Tip: name + "\n" + number(s.PSI, 3) + " " + p.base.named("verdict", s.Verdict)})
		data.Rows = append(data.Rows, []cell{link(name, url), text(number(s.PSI, 3)), text(number(s.Chance, 3)), text(p.base.named("verdict", s.Verdict))})
	}
	if r.Score != nil {
		add(ofScore, p.T("input.score"), *r.Score)
	}
	for _, s := range r.Inputs {
		add(s.Of, p.base.named("input", s.Of), s)
	}
	summary := p.T("validation.shift.summary")
	option, err := charts.Lying(summary, names, points, []float64{validation.StableBelow, validation.ShiftedFrom})
	f, err := p.base.newFigure("shift", p.T("validation.shift"), summary, "medium", option, err, data)
	return f.noted(p.T("validation.shift.answer", "N", p.CountInt(shifted), "All", p.CountInt(len(names))) + summary), err
}
