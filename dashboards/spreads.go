package dashboards

import (
	"context"
	"math"
	"slices"

	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// spread is a row of a chart of boxes: how values lie under a name, and where it leads.
type spread struct {
	Name, URL string
	Short     string // in place of a long name beside the box; empty: the name
	Others    bool   // those that the row above or below is compared with
	scoring.Box
}

// leastSpread is the fewest values whose quartiles say something of them.
const leastSpread = 5

// spreadOf is the row of values in any order; those without a number are left out.
func spreadOf(name, url string, values []float64) spread {
	return spread{Name: name, URL: url, Box: scoring.BoxOf(slices.Sorted(slices.Values(slices.DeleteFunc(slices.Clone(values), math.IsNaN))))}
}

// spreadFigure draws a box for each row that has enough values, over a table of all of them; nil where none has.
func (b *base) spreadFigure(id, title, note, size string, rows []spread) (*figure, error) {
	unit := b.T("unit.points")
	data := table{Head: b.columns("col.spread_of", "#col.values", "#col.least", "#col.whisker_low?tukey_fence", "#col.lower?quantile", "#col.middle?median", "#col.upper?quantile",
		"#col.whisker_high?tukey_fence", "#col.most", "#col.outside?tukey_fence")}
	var boxes []charts.Box
	for _, r := range rows {
		line, tip := []cell{{Text: r.Name, URL: r.URL}, text(b.CountInt(r.N))}, r.Name+"\n"+b.T("tip.values", "N", r.N)
		for i, value := range []float64{r.Least, r.Low, r.Lower, r.Median, r.Upper, r.High, r.Most} {
			line = append(line, text(number(value, 2)))
			tip += "\n" + data.Head[i+2].Label + " " + number(value, 2)
		}
		data.Rows = append(data.Rows, append(line, text(b.CountInt(r.Outside))))
		if name := orText(r.Short, r.Name); r.N >= leastSpread {
			if !r.Others {
				name = b.T("spread.name", "Name", name, "N", b.CountInt(r.N))
			}
			boxes = append(boxes, charts.Box{Name: name, Low: r.Low, Lower: r.Lower, Middle: r.Median, Upper: r.Upper, High: r.High, Others: r.Others,
				Tip: tip, URL: r.URL})
		}
	}
	if len(boxes) == 0 {
		return nil, nil
	}
	note += b.T("spread.rule")
	option, err := charts.Boxes(note, unit, boxes)
	f, err := b.newFigure(id, title, note, size, option, err, data)
	if f != nil {
		f.Note = note
	}
	return f, err
}

// raterSpreads draw how severities and means lie among the raters of each party. The raters can be compared.
func (p *evaluatorsPage) raterSpreads(raters []store.RaterRow) (err error) {
	var severities, means []spread
	for _, party := range []scoring.Party{scoring.Purchaser, scoring.ThirdParty} {
		var mean, severity []float64
		for _, r := range raters {
			if r.Party == party {
				mean, severity = append(mean, r.Mean), append(severity, r.Severity)
			}
		}
		name, url := p.Party(party), p.base.ratersOf(party)
		means, severities = append(means, spreadOf(name, url, mean)), append(severities, spreadOf(name, url, severity))
	}
	if p.Severities, err = p.base.spreadFigure("severity-boxes", p.T("evaluators.severities"), p.T("spread.note.raters"), "small", severities); err != nil {
		return err
	}
	p.Means, err = p.base.spreadFigure("mean-boxes", p.T("evaluators.means"), p.T("spread.note.raters"), "small", means)
	return err
}

// scoredSpread draws what the rater gave beside what the contracts are worth.
func (p *evaluatorPage) scoredSpread(ctx context.Context, v *store.View) error {
	all, _, err := v.Scored(ctx, store.ScoredFilter{Rater: p.ID, Limit: allRows})
	if err != nil {
		return err
	}
	var given, worth []float64
	for _, c := range all {
		given, worth = append(given, c.Mean), append(worth, c.Value)
	}
	rows := []spread{spreadOf(p.T("evaluator.spread.given"), p.scoredBy("mean"), given), spreadOf(p.T("evaluator.spread.worth"), p.scoredBy("value"), worth)}
	p.Spread, err = p.base.spreadFigure("boxes", p.T("evaluator.spread"), p.T("spread.note.contracts"), "small", rows)
	return err
}
