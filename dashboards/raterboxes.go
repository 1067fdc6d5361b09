package dashboards

import (
	"context"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// boxedRaters is how many raters a chart draws a box of, so that each keeps its name.
const boxedRaters = 18

// ratersOf leads to the raters of a party.
func (b *base) ratersOf(party scoring.Party) string {
	return b.open(access.ReadRaters, b.To("/evaluators", "calibration", b.query.Get("calibration"), "party", whole(int64(party))))
}

// partySpread is the row of all raters of a party.
func (b *base) partySpread(s store.RaterSpread) spread {
	return spread{Name: b.T("spread.party", "Party", b.Party(s.Party)), URL: b.ratersOf(s.Party), Others: true, Box: s.Box}
}

// raterBoxes draws a box for each of the first raters that a filter lists, below those of all of their parties. Single
// recipients have none: what one of them gave is nobody's business.
func (b *base) raterBoxes(ctx context.Context, v *store.View, title, note string, f store.RaterFilter) (*figure, error) {
	f.Limit = boxedRaters
	all, err := v.RaterSpreads(ctx, f, false)
	if err != nil {
		return nil, err
	}
	var rows []spread
	for _, s := range all {
		if s.Rater == "" {
			rows = append(rows, b.partySpread(s))
		} else {
			rows = append(rows, spread{Name: orText(s.Name, s.Rater), Short: s.Rater, URL: b.Evaluator(s.Rater), Box: s.Box})
		}
	}
	return b.spreadFigure("rater-boxes", title, note, heightOf(len(rows)), rows)
}

// heightOf is the height that so many rows of a chart need.
func heightOf(rows int) string {
	switch {
	case rows <= 6:
		return "small"
	case rows <= 11:
		return "medium"
	}
	return "tall"
}

// departmentRaters draws what the raters of a department gave; nil for whoever may not know and where none scored.
func (b *base) departmentRaters(ctx context.Context, v *store.View, organisation string) (*figure, error) {
	if !b.May(access.ReadRaters) {
		return nil, nil
	}
	c, err := b.calibration(ctx, v)
	if err != nil || c.C == nil {
		return nil, err
	}
	return b.raterBoxes(ctx, v, b.T("department.boxes"), b.T("spread.note.department"), store.RaterFilter{Calibration: c.C.ID, Organisation: organisation, Sort: "rater"})
}

// scoredBy leads to the contracts that the rater scored, in an order.
func (p *evaluatorPage) scoredBy(sort string, pairs ...string) string {
	return p.Here(append([]string{"sort", sort, "dir", "desc"}, pairs...)...) + "#scored"
}

// boxes draw what the rater gave on each indicator beside what all raters of the party gave, and say it of all indicators
// together. Nothing is drawn of a recipient.
func (p *evaluatorPage) boxes(ctx context.Context, v *store.View) error {
	all, err := v.RaterSpreads(ctx, store.RaterFilter{Calibration: p.C.ID, ID: p.ID, Limit: allRows}, true)
	if err != nil || len(all) == 0 {
		return err
	}
	type place struct {
		party     scoring.Party
		indicator string
	}
	others := map[place]store.RaterSpread{}
	own := map[string][]store.RaterSpread{}
	for _, s := range all {
		if s.Rater == "" {
			others[place{s.Party, s.Indicator}] = s
		} else {
			own[s.Indicator] = append(own[s.Indicator], s)
		}
	}
	var rows []spread
	for _, indicator := range append([]string{""}, p.labels.order...) {
		for _, s := range own[indicator] {
			name := p.T("spread.all_indicators")
			if indicator != "" {
				name = p.Indicator(indicator)
				p.indicators = append(p.indicators, store.Choice{ID: indicator, Name: name})
			}
			beside := others[place{s.Party, indicator}]
			rows = append(rows, spread{Name: name, URL: p.scoredBy("mean", "indicator", indicator), Box: s.Box}, p.base.partySpread(beside))
			if indicator == "" {
				p.Answer = append(p.Answer, p.T("evaluator.half", "N", p.CountInt(s.N), "Low", number(s.Lower, 1), "High", number(s.Upper, 1), "Median", number(s.Median, 1),
					"Party", p.Party(s.Party), "OthersLow", number(beside.Lower, 1), "OthersHigh", number(beside.Upper, 1), "Others", number(beside.Median, 1)))
			}
		}
	}
	p.Boxes, err = p.base.spreadFigure("rater-boxes", p.T("evaluator.boxes"), p.T("spread.note.rater"), heightOf(len(rows)), rows)
	return err
}
