package credit

import (
	"fmt"
	"slices"
	"time"

	"pingxin/scoring"
)

// ReassessmentPolicy is the [reassessment] table: what happens to a grade after the assessment. A grade is lowered or
// withdrawn by a decision of the registration authority alone, which is recorded as a credit event of one of these kinds.
type ReassessmentPolicy struct {
	RemindMonths     int      `toml:"remind_months"`     // before a grade ends, from when it is to be assessed again
	Downgraded       []string `toml:"downgrade_kinds"`   // events that are a decision to lower the grade by one
	Withdrawn        []string `toml:"withdrawal_kinds"`  // events that are a decision to take it away
	DowngradedYears  int      `toml:"downgraded_years"`  // after a lowering, in which none is assessed again
	WithdrawnYears   int      `toml:"withdrawn_years"`   // likewise after a withdrawal
	WithdrawalCauses []string `toml:"withdrawal_causes"` // events for which a withdrawal is to be considered
}

// Withdrawn is the status of a grade that was taken away by a decision.
const Withdrawn AssessmentStatus = "withdrawn"

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *ReassessmentPolicy) Check() []error {
	var faults []error
	if p.RemindMonths < 1 || p.DowngradedYears < 0 || p.WithdrawnYears < 0 {
		faults = append(faults, fmt.Errorf("reassessment.remind_months: found %d with downgraded_years %d and withdrawn_years %d, expected months from 1 and years from 0",
			p.RemindMonths, p.DowngradedYears, p.WithdrawnYears))
	}
	for _, kind := range p.Downgraded {
		if slices.Contains(p.Withdrawn, kind) {
			faults = append(faults, fmt.Errorf("reassessment.downgrade_kinds: found %q among withdrawal_kinds too, expected one meaning of a decision", kind))
		}
	}
	return faults
}

// Apply brings the decisions that were made since the assessment into it: each lowering takes one grade, a withdrawal takes
// it away. An assessment without a grade stays as it is.
func (p *ReassessmentPolicy) Apply(grades *AssessmentPolicy, a Assessment, events []Event, asOf time.Time) Assessment {
	if a.Status != Graded {
		return a
	}
	for _, e := range inOrder(events, func(e *Event) string { return e.ID }) {
		if e.OccurredOn.After(asOf) || !e.OccurredOn.After(a.AssessedOn) || a.Status != Graded {
			continue
		}
		switch {
		case slices.Contains(p.Withdrawn, e.Kind):
			a.Status, a.Grade = Withdrawn, ""
			a.Reasons = append(a.Reasons, scoring.Note{Code: "assessment_withdrawn", Ref: e.ID})
		case slices.Contains(p.Downgraded, e.Kind):
			a.Reasons = append(a.Reasons, scoring.Note{Code: "assessment_downgraded", Ref: e.ID})
			if a.Grade = grades.below(a.Grade); a.Grade == "" {
				a.Status = BelowGrade
			}
		}
	}
	return a
}

// Assess grades one organisation and brings the decisions that were made since into it; nil obeys none.
func (p *ReassessmentPolicy) Assess(grades *AssessmentPolicy, ev AssessmentEvidence, asOf time.Time) Assessment {
	a := grades.Assess(ev, asOf)
	if p == nil {
		return a
	}
	return p.Apply(grades, a, ev.Events, asOf)
}

// below is the next lower grade; empty below the lowest.
func (p *AssessmentPolicy) below(grade string) string {
	at := slices.IndexFunc(p.Grades, func(g AssessmentGrade) bool { return g.ID == grade })
	if at < 0 || at+1 == len(p.Grades) {
		return ""
	}
	return p.Grades[at+1].ID
}

// Ground is a cause for which the registration authority has to decide on a grade.
type Ground struct {
	Withdraw bool // a withdrawal is to be considered, else a lowering
	Note     scoring.Note
}

// Grounds lists the causes to lower or withdraw the grade that the organisation was given: what keeps it from being
// assessed today, and the events since that a withdrawal is considered for. nil: none, or nothing was assessed.
func (p *ReassessmentPolicy) Grounds(grades *AssessmentPolicy, ev AssessmentEvidence, asOf time.Time) []Ground {
	a := grades.Assess(ev, asOf)
	if a.Status == NotAssessed || a.Status == Expired {
		return nil
	}
	var found []Ground
	for _, e := range inOrder(ev.Events, func(e *Event) string { return e.ID }) {
		if slices.Contains(p.WithdrawalCauses, e.Kind) && !e.OccurredOn.After(asOf) && e.OccurredOn.After(a.AssessedOn) {
			found = append(found, Ground{true, scoring.Note{Code: "withdrawal_cause", Ref: e.ID}})
		}
	}
	for _, n := range grades.exclusions(ev, asOf) {
		if n.Code != "registered_too_recently" { // which held when it was assessed
			found = append(found, Ground{false, n})
		}
	}
	return found
}

// BarredUntil is the first day on which an organisation may be assessed again after the decisions against its grade; zero
// when nothing bars it.
func (p *ReassessmentPolicy) BarredUntil(events []Event, asOf time.Time) time.Time {
	var until time.Time
	for _, e := range events {
		if e.OccurredOn.After(asOf) {
			continue
		}
		years := 0
		switch {
		case slices.Contains(p.Withdrawn, e.Kind):
			years = p.WithdrawnYears
		case slices.Contains(p.Downgraded, e.Kind):
			years = p.DowngradedYears
		}
		if end := e.OccurredOn.AddDate(years, 0, 0); end.After(asOf) && end.After(until) {
			until = end
		}
	}
	return until
}

// RemindOn is the day from which a grade that ends on a day is to be assessed again.
func (p *ReassessmentPolicy) RemindOn(validUntil time.Time) time.Time {
	return validUntil.AddDate(0, -p.RemindMonths, 0)
}

// Sections adds up the points of each section of the items known on the day, as Assess does before it scales them; in the
// order of their ids. Item is empty and On the latest day.
func (p *AssessmentPolicy) Sections(items []Item, asOf time.Time) []Item {
	var all []Item
	for _, i := range latestItems(items, asOf) {
		if len(all) == 0 || all[len(all)-1].Section != i.Section {
			all = append(all, Item{Section: i.Section})
		}
		s := &all[len(all)-1]
		s.Points, s.MaxPoints = scoring.Round(s.Points+i.Points, decimals), scoring.Round(s.MaxPoints+i.MaxPoints, decimals)
		if i.On.After(s.On) {
			s.On = i.On
		}
	}
	return all
}
