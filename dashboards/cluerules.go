package dashboards

import (
	"context"
	"math"

	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
	"pingxin/scoring/integrity"
)

// clueRulesPage shows every rule with what became of its clues.
type clueRulesPage struct {
	*basis
	Tabs   []tab
	Answer string
	Rules  table
	Left   []string // what no rule looks at, and why
}

// precision is how a rule's record is measured by the policy of the run.
func (b *base) precision(record clues.Record) clues.Precision {
	if b.clueNumbers == nil {
		return clues.Precision{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	}
	return b.clueNumbers.Retirement.Of(record)
}

// The states of a rule.
const (
	ruleOff     = "off"     // by the policy
	ruleRetired = "retired" // by its record
	ruleWaiting = "waiting" // for enough verdicts to be measured
	ruleInUse   = "in_use"
)

// ruleState is the state of a rule under the policy of the run.
func (b *base) ruleState(rule clues.Rule, p clues.Precision) string {
	switch {
	case b.clueNumbers == nil || !b.ruleOn(rule):
		return ruleOff
	case p.Retired:
		return ruleRetired
	case p.N < b.clueNumbers.Retirement.MinN:
		return ruleWaiting
	}
	return ruleInUse
}

// ruleOn says whether the policy of the run uses a rule. A sign is looked for by the calibration.
func (b *base) ruleOn(rule clues.Rule) bool {
	if _, own := clueRules[rule]; !own {
		return b.signNumbers != nil && b.signNumbers.Uses(integrity.Rule(rule))
	}
	return b.clueNumbers.Uses(rule)
}

func (s *Server) clueRules(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("clues", b.T("clue.tab.rules"))
	records, err := v.RuleRecords(ctx)
	if err != nil {
		return nil, err
	}
	p := &clueRulesPage{basis: b.basis, Tabs: b.clueTabs(), Left: []string{b.T("clue.left.recipients"), b.T("clue.left.groups")},
		Rules: table{Caption: b.T("clue.tab.rules"), Head: b.columns("clue.col.rule", "clue.col.rule_state", "#clue.col.found", "#clue.col.open", "#clue.col.confirmed", "#clue.col.explained",
			"#clue.col.unclear", "#clue.col.precision?clue_precision")}}
	p.Rules.Head[0].Name = true
	retired, judged := 0, 0
	for _, rule := range clues.Rules() {
		r := records[rule]
		measured := b.precision(r.Record)
		state := b.ruleState(rule, measured)
		if state == ruleRetired {
			retired++
		}
		judged += measured.N
		p.Rules.Rows = append(p.Rules.Rows, []cell{{Text: b.ClueRule(rule), URL: b.To("/clues", "clue", string(rule)), How: b.how(shownRule(rule).Method)},
			{Text: b.named("clue.rule_state", state), Strong: state == ruleRetired}, text(b.CountInt(r.Found)), text(b.CountInt(r.Open)), text(b.CountInt(r.Confirmed)),
			text(b.CountInt(r.Explained)), text(b.CountInt(r.Unclear)), b.precisionCell(measured)})
	}
	p.Answer = b.T("clue.rules.answer", "N", len(clues.Rules()), "Judged", b.CountInt(judged), "Retired", retired)
	return p, nil
}

// precisionCell is a precision with its interval; a dash before the first verdict of yes or no.
func (b *base) precisionCell(p clues.Precision) cell {
	if p.N == 0 {
		return text("")
	}
	return cell{Text: percent(p.Value, 0), Sub: b.T("clue.interval", "Low", percent(p.Low, 0), "High", percent(p.High, 0), "N", p.N), Bar: shareSpan(p.Value, p.Low, p.High)}
}

// shareSpan places an interval of shares.
func shareSpan(value, low, high float64) *span {
	const scale = 1000
	place := func(v float64) int { return int(math.Round(v * scale)) }
	return &span{From: place(low), Length: max(place(high)-place(low), 1), At: min(place(value), scale-1)}
}

func (s *Server) exportClueRules(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	records, err := v.RuleRecords(ctx)
	out := &sheet{Name: b.T("clue.tab.rules"), Head: b.titles("clue.col.rule_id", "clue.col.rule", "clue.col.rule_state", "clue.col.found", "clue.col.open", "clue.col.confirmed",
		"clue.col.explained", "clue.col.unclear", "clue.col.precision", "clue.col.low", "clue.col.high")}
	out.About = b.about(out.Name, filters{})
	for _, rule := range clues.Rules() {
		r := records[rule]
		p := b.precision(r.Record)
		out.Rows = append(out.Rows, []any{string(rule), b.ClueRule(rule), b.named("clue.rule_state", b.ruleState(rule, p)), int64(r.Found), int64(r.Open), int64(r.Confirmed),
			int64(r.Explained), int64(r.Unclear), p.Value, p.Low, p.High})
	}
	return out, err
}
