package dashboards

import (
	"context"
	"math"
	"strings"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// calibrate says what the calibration of the run makes of the value, what the policy does with that, and which signs
// concern the contract.
func (p *evaluationPage) calibrate(ctx context.Context, v *store.View) error {
	if p.Run.Calibration == 0 {
		return nil
	}
	id := whole(int64(p.Run.Calibration))
	p.Judged = &cell{Text: p.T("calibration.number", "Number", id), URL: p.base.open(access.ReadRaters, p.To("/evaluators", "calibration", id))}
	p.Estimates = p.estimatesInWords()
	if !p.May(access.ReadRaters) { // whom a sign is about is not for those who are judged
		return nil
	}
	flags, err := v.FlagsOn(ctx, &p.E)
	p.Flags = p.base.flagTable(flags)
	p.Flags.Empty = p.T("evaluation.no_flag")
	return err
}

// estimatesInWords says the value as it was given, adjusted and shrunken, as far as each is known, and what is used.
func (p *evaluationPage) estimatesInWords() (sentences []string) {
	e := &p.E
	switch {
	case math.IsNaN(e.Raw):
	case math.IsNaN(e.Adjusted):
		sentences = append(sentences, p.T("evaluation.raw", "Raw", number(e.Raw, 2)))
	default:
		sentences = append(sentences, p.T("evaluation.adjusted", "Raw", number(e.Raw, 2), "Adjusted", number(e.Adjusted, 2), "Change", signed(e.Adjusted-e.Raw, 2))+
			" "+p.base.severityUse())
	}
	if !math.IsNaN(e.Shrunken) {
		sentences = append(sentences, p.T("evaluation.shrunken", "Shrunken", number(e.Shrunken, 2), "Own", percent(e.Reliability, 1), "Peers", percent(1-e.Reliability, 1))+
			" "+p.base.shrinkageUse())
	}
	if len(sentences) == 0 {
		sentences = []string{p.T("evaluation.no_estimate")}
	}
	return append(sentences, p.base.flagUse())
}

func (b *base) severityUse() string {
	if b.severity.Use == scoring.UseApply {
		return b.T("evaluation.severity.applied", "Limit", brief(b.severity.Limit))
	}
	return b.T("evaluation.severity.shown")
}

func (b *base) shrinkageUse() string {
	if b.shrinkage.Use == scoring.UseApply {
		return b.T("evaluation.shrinkage.applied")
	}
	return b.T("evaluation.shrinkage.shown")
}

// flagUse says whether a flag changes what a score counts.
func (b *base) flagUse() string {
	if len(b.flagRules) == 0 {
		return b.T("evaluation.flags.shown")
	}
	var rules []string
	for _, r := range b.flagRules {
		rules = append(rules, b.named("rule", r.Flag)+" "+percent(r.Weight, 0))
	}
	return b.T("evaluation.flags.applied", "Rules", strings.Join(rules, b.T("list.comma")))
}

// evaluatorCell leads from a score to the rater.
func (b *base) evaluatorCell(id string) cell {
	if id == "" {
		return text("")
	}
	return link(id, b.Evaluator(id))
}
