package dashboards

import (
	"context"
	"math"

	"pingxin/pipelines/store"
	"pingxin/scoring/calibration"
)

// Krippendorff's lines (Content Analysis, 2004, p. 241): from the upper on scores are reliable, below the lower they are
// not, in between they allow tentative conclusions.
const (
	reliableAlpha  = 0.8
	tentativeAlpha = 0.667
)

// agreementInWords says the range over the indicators of how far third parties agree, and of how reliable they are.
func (p *evaluatorsPage) agreementInWords() []string {
	all := p.C.Said.Agreements
	if len(all) == 0 {
		return []string{p.T("evaluators.agreement.none")}
	}
	low, high, reliable := math.Inf(1), math.Inf(-1), 0
	for _, a := range all {
		low, high = min(low, a.Alpha), max(high, a.Alpha)
		if a.Alpha >= reliableAlpha {
			reliable++
		}
	}
	said := []string{p.T("evaluators.agreement.answer", "N", len(all), "Shown", p.CountInt(len(all)), "Low", number(low, 2), "High", number(high, 2), "Reliable",
		p.CountInt(reliable), "Line", brief(reliableAlpha))}
	return append(said, p.reliabilityInWords()...)
}

func (p *evaluatorsPage) reliabilityInWords() []string {
	one, mean, n := [2]float64{math.Inf(1), math.Inf(-1)}, [2]float64{math.Inf(1), math.Inf(-1)}, 0
	for _, a := range p.C.Said.Agreements {
		if i := a.Intraclass; i != nil {
			one[0], one[1] = min(one[0], i.Single.Value), max(one[1], i.Single.Value)
			mean[0], mean[1] = min(mean[0], i.Mean.Value), max(mean[1], i.Mean.Value)
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []string{p.T("evaluators.reliability.answer", "N", n, "Shown", p.CountInt(n), "Low", number(one[0], 2), "High", number(one[1], 2),
		"MeanLow", number(mean[0], 2), "MeanHigh", number(mean[1], 2))}
}

// reading says what an alpha allows.
func (b *base) reading(alpha float64) string {
	switch {
	case alpha >= reliableAlpha:
		return b.T("agreement.reliable")
	case alpha >= tentativeAlpha:
		return b.T("agreement.tentative")
	}
	return b.T("agreement.unreliable")
}

func (p *evaluatorsPage) agreementTable() table {
	t := table{Caption: p.T("evaluators.agreement"), Empty: p.T("evaluators.agreement.none"),
		Head: p.base.columns("col.indicator", "#col.alpha?krippendorff_alpha", "col.agreement", "#col.scores", "#col.contracts", "#col.icc_one?icc", "#col.icc_mean?icc",
			"#col.icc_raters", "#col.icc_contracts")}
	for _, a := range p.C.Said.Agreements {
		row := []cell{text(p.Indicator(a.Indicator)), text(number(a.Alpha, 3)), text(p.base.reading(a.Alpha)), text(p.CountInt(a.N)), text(p.CountInt(a.Contracts))}
		if i := a.Intraclass; i != nil {
			row = append(row, p.base.reliability(i.Single), p.base.reliability(i.Mean), text(p.CountInt(i.Raters)), text(p.CountInt(i.Contracts)))
		} else {
			row = append(row, text(""), text(""), text(""), text(""))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// reliability is a correlation above its interval.
func (b *base) reliability(r calibration.Reliability) cell {
	return cell{Text: number(r.Value, 3), Sub: b.T("evaluators.reliability.interval", "Low", number(r.Low, 3), "High", number(r.High, 3))}
}

// exportAgreement is the agreement of third parties as a file.
func (s *Server) exportAgreement(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	c, err := b.calibration(ctx, v)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("evaluators.agreement"), Head: b.titles("col.id", "col.indicator", "col.alpha", "col.agreement", "col.scores", "col.contracts", "col.icc_one",
		"col.low", "col.high", "col.icc_mean", "col.low", "col.high", "col.confidence", "col.icc_raters", "col.icc_contracts")}
	out.About = c.about(out.Name, b.newFilters(c.calibrationField()...))
	if c.C == nil {
		return out, nil
	}
	for _, a := range c.C.Said.Agreements {
		row := []any{a.Indicator, b.Indicator(a.Indicator), a.Alpha, b.reading(a.Alpha), int64(a.N), int64(a.Contracts)}
		if i := a.Intraclass; i != nil {
			row = append(row, i.Single.Value, i.Single.Low, i.Single.High, i.Mean.Value, i.Mean.Low, i.Mean.High, i.Confidence, int64(i.Raters), int64(i.Contracts))
		} else {
			row = append(row, "", "", "", "", "", "", "", "", "")
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}
