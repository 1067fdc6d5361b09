package dashboards

import (
	"context"
	"math"
	"slices"

	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// spread is a row of a chart of boxes: values under a name, and where it leads.
type spread struct {
	Name, URL string
	Values    []float64 // in any order; those without a number are left out
}

// quartiles cut sorted values into quarters: the least, the quartiles and the greatest.
var quartiles = [5]float64{0, 0.25, 0.5, 0.75, 1}

// leastSpread is the fewest values whose quartiles say something of them.
const leastSpread = 5

// spreadFigure draws a box for each row that has enough values, over a table of all of them; nil where none has.
func (b *base) spreadFigure(id, title, note, unit string, rows []spread) (*figure, error) {
	data := table{Head: b.columns("col.spread_of", "#col.values", "#col.least", "#col.lower?quantile", "#col.middle?median", "#col.upper?quantile", "#col.most")}
	var boxes []charts.Box
	for _, r := range rows {
		sorted := slices.Sorted(slices.Values(slices.DeleteFunc(slices.Clone(r.Values), math.IsNaN)))
		line, tip := []cell{{Text: r.Name, URL: r.URL}, text(b.CountInt(len(sorted)))}, r.Name+"\n"+b.T("tip.values", "N", len(sorted))
		var at [len(quartiles)]float64
		for i, p := range quartiles {
			at[i] = scoring.Quantile(sorted, p)
			line = append(line, text(number(at[i], 2)))
			tip += "\n" + data.Head[i+2].Label + " " + number(at[i], 2)
		}
		data.Rows = append(data.Rows, line)
		if len(sorted) >= leastSpread {
			boxes = append(boxes, charts.Box{Name: b.T("spread.name", "Name", r.Name, "N", b.CountInt(len(sorted))), Least: at[0], Lower: at[1], Middle: at[2], Upper: at[3], Most: at[4], Tip: tip, URL: r.URL})
		}
	}
	if len(boxes) == 0 {
		return nil, nil
	}
	option, err := charts.Boxes(note, unit, boxes)
	f, err := b.newFigure(id, title, note, "small", option, err, data)
	if f != nil {
		f.Note = note
	}
	return f, err
}

// raterSpreads draw how severities and means lie among the raters of each party. The raters can be compared.
func (p *evaluatorsPage) raterSpreads(raters []store.RaterRow) (err error) {
	var severities, means []spread
	for _, party := range []scoring.Party{scoring.Purchaser, scoring.ThirdParty} {
		row := spread{Name: p.Party(party), URL: p.To("/evaluators", "calibration", p.query.Get("calibration"), "party", whole(int64(party)))}
		severity := row
		for _, r := range raters {
			if r.Party == party {
				row.Values, severity.Values = append(row.Values, r.Mean), append(severity.Values, r.Severity)
			}
		}
		means, severities = append(means, row), append(severities, severity)
	}
	if p.Severities, err = p.base.spreadFigure("severity-boxes", p.T("evaluators.severities"), p.T("spread.note.raters"), p.T("unit.points"), severities); err != nil {
		return err
	}
	p.Means, err = p.base.spreadFigure("mean-boxes", p.T("evaluators.means"), p.T("spread.note.raters"), p.T("unit.points"), means)
	return err
}

// scoredSpread draws what the rater gave beside what the contracts are worth.
func (p *evaluatorPage) scoredSpread(ctx context.Context, v *store.View) error {
	all, _, err := v.Scored(ctx, store.ScoredFilter{Rater: p.ID, Limit: allRows})
	if err != nil {
		return err
	}
	given, worth := spread{Name: p.T("evaluator.spread.given")}, spread{Name: p.T("evaluator.spread.worth")}
	for _, c := range all {
		given.Values, worth.Values = append(given.Values, c.Mean), append(worth.Values, c.Value)
	}
	p.Spread, err = p.base.spreadFigure("boxes", p.T("evaluator.spread"), p.T("spread.note.contracts"), p.T("unit.points"), []spread{given, worth})
	return err
}
