package validation

import (
	"fmt"
	"slices"
)

// Policy is the [validation] table of a policy file: what counts against a rating, and from how much of it on figures
// are worth looking at.
type Policy struct {
	Severities  []string `toml:"severities"`   // of credit events that count
	Kinds       []string `toml:"kinds"`        // of credit events that count; empty: every kind
	PoorGrades  []string `toml:"poor_grades"`  // of an evaluation that becomes final: counts; empty: evaluations do not
	WeakGrades  []string `toml:"weak_grades"`  // whose share among a supplier's evaluations is one of the inputs
	HorizonDays int      `toml:"horizon_days"` // watched after the day, where nothing else is asked for
	MinEvents   int      `toml:"min_events"`   // suppliers with an outcome, and without, that a statistical scorecard needs
}

// severities are those of credit events that can count: a commendation speaks for a supplier.
var severities = []string{"general", "serious"}

// longestHorizon is ten years: a mistyped number of days is longer.
const longestHorizon = 3653

// Check returns everything that is wrong with the policy; nil means that it is sound. Whether the grades exist is for
// whoever knows the bands.
func (p *Policy) Check() []error {
	var faults []error
	fault := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("validation.%s: %s", key, fmt.Sprintf(format, args...)))
	}
	for _, s := range p.Severities {
		if !slices.Contains(severities, s) {
			fault("severities", "found %q, expected some of general and serious", s)
		}
	}
	if len(p.Severities) == 0 && len(p.PoorGrades) == 0 {
		fault("severities", "found none beside no poor_grades, expected at least one thing that counts against a rating")
	}
	if len(p.Severities) == 0 && len(p.Kinds) > 0 {
		fault("kinds", "found %d without severities, expected the severities of these events too", len(p.Kinds))
	}
	if p.HorizonDays < 1 || p.HorizonDays > longestHorizon {
		fault("horizon_days", "found %d, expected 1 to %d days", p.HorizonDays, longestHorizon)
	}
	if p.MinEvents < 1 {
		fault("min_events", "found %d, expected 1 or more", p.MinEvents)
	}
	return faults
}

// Counts says whether a credit event counts against a rating.
func (p *Policy) Counts(kind, severity string) bool {
	return slices.Contains(p.Severities, severity) && (len(p.Kinds) == 0 || slices.Contains(p.Kinds, kind))
}
