package dashboards

import (
	"context"
	"math"
	"net/url"

	"pingxin/pipelines/store"
)

// evaluatorPage shows what is known of one rater.
type evaluatorPage struct {
	calibrated
	ID      string
	Answer  []string
	Figures table
	Flags   table
	Boxes   *figure // what was given beside what others gave; nil: too few scores, or a recipient's
	Spread  *figure // nil: too few contracts
	Scored  table
	Pages   pages
	Filters filters

	indicators []store.Choice // that the rater scored
}

func (s *Server) evaluator(ctx context.Context, v *store.View, b *base) (any, error) {
	p := &evaluatorPage{ID: b.pathValue("/evaluators/")}
	name, err := v.RaterName(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	b.name("evaluators", orText(name, p.ID))
	if p.calibrated, err = b.calibration(ctx, v); err != nil {
		return nil, err
	}
	if err := p.figures(ctx, v); err != nil {
		return nil, err
	}
	if err := p.scoredSpread(ctx, v); err != nil {
		return nil, err
	}
	return p, p.listScored(ctx, v)
}

// figures are what the calibration says of the rater.
func (p *evaluatorPage) figures(ctx context.Context, v *store.View) error {
	if p.C == nil {
		p.Answer = []string{p.T("calibration.none")}
		return nil
	}
	rows, _, err := v.Raters(ctx, store.RaterFilter{Calibration: p.C.ID, ID: p.ID, Limit: allRows})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		p.Answer = []string{p.T("evaluator.unseen")}
	}
	for _, r := range rows {
		p.Answer = append(p.Answer, p.base.raterInWords(r))
	}
	p.Figures = p.base.raterTable(rows, 0)
	flags, _, err := v.Flags(ctx, store.FlagFilter{Calibration: p.C.ID, Rater: p.ID, Limit: allRows})
	p.Flags = p.base.flagTable(flags)
	p.Flags.Empty = p.T("evaluator.no_flag")
	if err != nil {
		return err
	}
	return p.boxes(ctx, v)
}

func (b *base) raterInWords(r store.RaterRow) string {
	gave := b.T("evaluator.gave", "Party", b.Party(r.Party), "Scores", b.CountInt(r.N), "Contracts", b.CountInt(r.Contracts), "Mean", number(r.Mean, 2)) + " "
	by, reach := number(math.Abs(r.Severity), 2), number(errorReach*r.SE, 2)
	switch {
	case math.IsNaN(r.Severity):
		return gave + b.T("evaluator.no_severity")
	case !r.Comparable:
		return gave + b.T("evaluator.not_comparable")
	case math.Abs(r.Severity) <= errorReach*r.SE:
		return gave + b.T("evaluator.as_others", "Severity", signed(r.Severity, 2), "Reach", reach)
	case r.Severity < 0:
		return gave + b.T("evaluator.strict", "By", by, "Reach", reach)
	default:
		return gave + b.T("evaluator.lenient", "By", by, "Reach", reach)
	}
}

// listScored lists the contracts of the run that the rater scored.
func (p *evaluatorPage) listScored(ctx context.Context, v *store.View) error {
	page, err := p.base.pageOf()
	if err != nil {
		return err
	}
	f := store.ScoredFilter{Rater: p.ID, Indicator: p.query.Get("indicator"), Limit: pageSize, Offset: (page - 1) * pageSize}
	if f.Sort, f.Descending, err = sortOf(p.query, store.ScoredSorts); err != nil {
		return err
	}
	rows, total, err := v.Scored(ctx, f)
	if err != nil {
		return err
	}
	p.Pages = p.base.paging(page, total)
	p.Filters = p.base.newFilters(field{Name: "indicator", Choices: p.indicators})
	p.Scored = table{Caption: p.T("evaluator.scored"), Empty: p.T("evaluator.scored.none"),
		Head: p.base.columns("col.contract", "col.party", "#col.scores", "#col.mean_score?mean", "#col.value?evaluation", "#col.difference", "col.grade?grade_bands", "col.latest")}
	for i, key := range []string{"contract", "", "scores", "mean", "value", "difference"} {
		if key != "" {
			p.base.sortable(&p.Scored.Head[i], key, f.Sort, direction(f.Descending), "desc")
		}
	}
	for _, c := range rows {
		p.Scored.Rows = append(p.Scored.Rows, []cell{p.base.contractCell(c.ContractNo, c.Name), text(p.Party(c.Party)),
			link(p.CountInt(c.N), p.base.given(c, f.Indicator)), text(number(c.Mean, 2)),
			text(number(c.Value, 2)), text(signed(c.Mean-c.Value, 2)), p.base.grade(c.Grade), text(day(c.LastOn))})
	}
	return nil
}

// given leads to the scores of a contract among which those of a rater are, with their files and rows.
func (b *base) given(c store.ScoredContract, indicator string) string {
	return b.To("/evaluations/"+url.PathEscape(c.ContractNo), "party", whole(int64(c.Party)), "indicator", indicator) + "#sources"
}

// contractCell leads to a contract by its name, or by its number where it has none.
func (b *base) contractCell(no, name string) cell {
	if name == "" {
		return link(no, b.Contract(no))
	}
	return cell{Text: name, Sub: no, URL: b.Contract(no)}
}
