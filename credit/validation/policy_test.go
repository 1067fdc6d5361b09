package validation

import (
	"strings"
	"testing"
)

func sound() Policy {
	return Policy{Severities: []string{"general", "serious"}, PoorGrades: []string{"poor"}, HorizonDays: 365, MinEvents: 10}
}

func TestPolicyCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Policy)
		want   []string // of each fault, its beginning
	}{
		"sound":              {func(*Policy) {}, nil},
		"only evaluations":   {func(p *Policy) { p.Severities = nil }, nil},
		"only offences":      {func(p *Policy) { p.PoorGrades = nil }, nil},
		"praise":             {func(p *Policy) { p.Severities = []string{"commendation"} }, []string{`validation.severities: found "commendation"`}},
		"nothing counts":     {func(p *Policy) { p.Severities, p.PoorGrades = nil, nil }, []string{"validation.severities: found none"}},
		"kinds alone":        {func(p *Policy) { p.Severities, p.Kinds = nil, []string{"x"} }, []string{"validation.kinds: found 1 without severities"}},
		"no time":            {func(p *Policy) { p.HorizonDays = 0 }, []string{"validation.horizon_days: found 0"}},
		"too long":           {func(p *Policy) { p.HorizonDays = 36500 }, []string{"validation.horizon_days: found 36500"}},
		"no minimum":         {func(p *Policy) { p.MinEvents = 0 }, []string{"validation.min_events: found 0"}},
		"two faults at once": {func(p *Policy) { p.HorizonDays, p.MinEvents = -1, -1 }, []string{"validation.horizon_days", "validation.min_events"}},
	} {
		p := sound()
		c.change(&p)
		faults := p.Check()
		if len(faults) != len(c.want) {
			t.Errorf("%s: %v, want %d faults", name, faults, len(c.want))
			continue
		}
		for i, fault := range faults {
			if !strings.HasPrefix(fault.Error(), c.want[i]) {
				t.Errorf("%s: %v, want %q", name, fault, c.want[i])
			}
		}
	}
}

func TestPolicyCounts(t *testing.T) {
	p := sound()
	if !p.Counts("late_report", "general") || p.Counts("praise", "commendation") {
		t.Error("every offence counts and nothing else does, without a list of kinds")
	}
	p.Kinds = []string{"termination"}
	if p.Counts("late_report", "general") || !p.Counts("termination", "serious") {
		t.Error("with a list of kinds only those count")
	}
}
