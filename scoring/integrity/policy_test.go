package integrity

import (
	"math"
	"strings"
	"testing"

	"pingxin/scoring"
)

func TestDefaultIsSound(t *testing.T) {
	p := Default()
	if faults := p.Check(); faults != nil {
		t.Errorf("got %v", faults)
	}
}

// TestEmptyPolicyIsOff: a policy without numbers is sound and flags nothing.
func TestEmptyPolicyIsOff(t *testing.T) {
	var p Policy
	if faults := p.Check(); faults != nil {
		t.Errorf("got %v", faults)
	}
	sheets := unlike(50, 12, 1)
	copyTo(sheets, 0, 1, 2, 3)
	for rule, flags := range everyRule(p, sheets) {
		if found, err := flags(); found != nil || err != nil {
			t.Errorf("%s: got %v, %v, want nothing", rule, found, err)
		}
	}
}

// everyRule applies each rule of a policy to sheets, and to little else.
func everyRule(p Policy, sheets []Sheet) map[Rule]func() ([]Flag, error) {
	return map[Rule]func() ([]Flag, error){
		RuleSameAnswerRun:     func() ([]Flag, error) { return p.SameAnswerRun.Flags(sheets) },
		RuleFlatAnswers:       func() ([]Flag, error) { return p.FlatAnswers.Flags(sheets) },
		RuleTopToAll:          func() ([]Flag, error) { return p.TopToAll.Flags(sheets, scoring.Scale{High: 100}) },
		RuleUnusualValue:      func() ([]Flag, error) { return p.UnusualValue.Flags(readings(1, 2, 3)) },
		RuleAlikeAnswers:      func() ([]Flag, error) { return p.AlikeAnswers.Flags(sheets) },
		RuleLateAnswers:       func() ([]Flag, error) { return p.LateAnswers.LateFlags([]Arrivals{{"c", 9, nil}}) },
		RuleDenseAnswers:      func() ([]Flag, error) { return p.DenseAnswers.DenseFlags([]Arrivals{{"c", 9, nil}}) },
		RuleMostlyOneSupplier: func() ([]Flag, error) { return p.MostlyOneSupplier.Flags(assign(nil, "e", "s", "", 9)) },
		RulePartiesApart:      func() ([]Flag, error) { return p.PartiesApart.Flags(readings(1, 2, 3)) },
	}
}

// TestFaults changes one number at a time, and asks for one fault that begins with its key, from the check and from the
// rule itself.
func TestFaults(t *testing.T) {
	for key, change := range map[string]func(*Policy){
		"same_answer_run.min_n":          func(p *Policy) { p.SameAnswerRun.MinN = -1 },
		"same_answer_run.share":          func(p *Policy) { p.SameAnswerRun.Share = 1.1 },
		"flat_answers.min_n":             func(p *Policy) { p.FlatAnswers.MinN = 1 },
		"flat_answers.most_sd_points":    func(p *Policy) { p.FlatAnswers.Most = -1 },
		"top_to_all.min_n":               func(p *Policy) { p.TopToAll.MinN = -5 },
		"top_to_all.share":               func(p *Policy) { p.TopToAll.Share = 0.4 },
		"unusual_value.min_n":            func(p *Policy) { p.UnusualValue.MinN = 2 },
		"unusual_value.cutoff":           func(p *Policy) { p.UnusualValue.Cutoff = math.NaN() },
		"unusual_value.min_points":       func(p *Policy) { p.UnusualValue.Apart = -1 },
		"alike_answers.min_n":            func(p *Policy) { p.AlikeAnswers.MinN = 1 },
		"alike_answers.min_answered":     func(p *Policy) { p.AlikeAnswers.MinAnswered = 0 },
		"alike_answers.min_distinct":     func(p *Policy) { p.AlikeAnswers.MinDistinct = 65 },
		"alike_answers.min_group":        func(p *Policy) { p.AlikeAnswers.MinGroup = 1 },
		"alike_answers.share":            func(p *Policy) { p.AlikeAnswers.Share = 0 },
		"alike_answers.bands":            func(p *Policy) { p.AlikeAnswers.Bands = 0 },
		"alike_answers.margin":           func(p *Policy) { p.AlikeAnswers.Margin = math.Inf(1) },
		"alike_answers.alpha":            func(p *Policy) { p.AlikeAnswers.Alpha = 0 },
		"late_answers.min_n":             func(p *Policy) { p.LateAnswers.MinN = 1 },
		"late_answers.days":              func(p *Policy) { p.LateAnswers.Days = 0 },
		"dense_answers.days":             func(p *Policy) { p.DenseAnswers.MinDays = p.DenseAnswers.Days },
		"dense_answers.share":            func(p *Policy) { p.DenseAnswers.Share = -0.1 },
		"late_answers.alpha":             func(p *Policy) { p.LateAnswers.Alpha = 1 },
		"late_answers.adjustment":        func(p *Policy) { p.LateAnswers.Adjustment = "none" },
		"mostly_one_supplier.min_n":      func(p *Policy) { p.MostlyOneSupplier.MinN = 1 },
		"mostly_one_supplier.share":      func(p *Policy) { p.MostlyOneSupplier.Share = 0.3 },
		"mostly_one_supplier.alpha":      func(p *Policy) { p.MostlyOneSupplier.Alpha = math.NaN() },
		"mostly_one_supplier.adjustment": func(p *Policy) { p.MostlyOneSupplier.Adjustment = "" },
		"parties_apart.min_n":            func(p *Policy) { p.PartiesApart.MinN = 3 },
		"parties_apart.fence":            func(p *Policy) { p.PartiesApart.Fence = 0 },
		"parties_apart.min_points":       func(p *Policy) { p.PartiesApart.Apart = math.NaN() },
	} {
		p := Default()
		change(&p)
		faults := p.Check()
		if len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), "integrity."+key+": found ") {
			t.Errorf("%s: got %v, want one fault of that key", key, faults)
			continue
		}
		rule, _, _ := strings.Cut(key, ".")
		if _, err := everyRule(p, nil)[Rule(rule)](); err == nil || err.Error() != faults[0].Error() {
			t.Errorf("%s: the rule gave %v, want %v", key, err, faults[0])
		}
	}
}
