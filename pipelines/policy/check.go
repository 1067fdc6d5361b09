package policy

import (
	"fmt"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"pingxin/scoring"
)

// fullMarks is the top of the scale in which credit levels and the linear exchange reckon.
const fullMarks = 100

// check asks the head, every table, and then how the tables fit together.
func (p *Policy) check() []error {
	faults := p.checkHead()
	faults = append(faults, p.Evaluation.Check()...)
	if p.Credit != nil {
		faults = append(faults, p.Credit.Check()...)
		faults = append(faults, p.hundredPoints("credit")...)
	}
	if p.Assessment != nil {
		faults = append(faults, p.Assessment.Check()...)
	}
	if p.Blacklist != nil {
		faults = append(faults, p.Blacklist.Check()...)
		faults = append(faults, p.knownGrade("blacklist.poor_grade", p.Blacklist.PoorGrade)...)
		if p.Credit == nil {
			faults = append(faults, fmt.Errorf("blacklist: found no table [credit], whose conduct it looks at, expected one; add it, or take [blacklist] out"))
		}
	}
	if p.Budget != nil {
		faults = append(faults, p.checkBudget()...)
	}
	if p.Calibration != nil {
		faults = append(faults, p.Calibration.Check()...)
	}
	if p.Validation != nil {
		faults = append(faults, p.checkValidation()...)
	}
	if p.Market != nil {
		faults = append(faults, p.Market.Check()...)
	}
	if p.Catalogue != nil {
		faults = append(faults, p.Catalogue.Check()...)
	}
	if p.Register != nil {
		faults = append(faults, p.Register.Check()...)
	}
	if p.Execution != nil {
		faults = append(faults, p.Execution.Check()...)
	}
	return faults
}

// checkHead checks what identifies the policy.
func (p *Policy) checkHead() []error {
	var faults []error
	for _, text := range []struct{ key, found string }{
		{"id", p.ID}, {"version", p.Version}, {"name.zh", p.Name.ZH}, {"name.en", p.Name.EN},
		{"description.zh", p.Description.ZH}, {"description.en", p.Description.EN},
	} {
		if text.found == "" {
			faults = append(faults, fmt.Errorf("%s: found nothing, expected a text", text.key))
		}
	}
	if p.EffectiveOn == (toml.LocalDate{}) {
		faults = append(faults, fmt.Errorf("effective_on: found nothing, expected a date without quotes, such as 2026-01-01"))
	}
	return faults
}

// checkBudget checks the budget table and that its grades are those of the evaluation, each ruled once.
func (p *Policy) checkBudget() []error {
	faults := p.Budget.Check()
	rules := map[string]int{}
	for _, r := range p.Budget.Rows {
		faults = append(faults, p.knownGrade("budget.grade", r.Grade)...)
		rules[r.Grade]++
	}
	for _, g := range p.Budget.NoGain {
		faults = append(faults, p.knownGrade("budget.no_gain_grades", g)...)
	}
	if p.Budget.Method == "linear_exchange" {
		return append(faults, p.hundredPoints("budget")...)
	}
	for _, b := range p.Evaluation.Bands {
		if rules[b.ID] != 1 {
			faults = append(faults, fmt.Errorf("budget.grade: found %d rows for the grade %q, expected 1", rules[b.ID], b.ID))
		}
	}
	return faults
}

// checkValidation checks what counts against a rating, and that its grades are those of the evaluation.
func (p *Policy) checkValidation() []error {
	faults := p.Validation.Check()
	for _, g := range p.Validation.PoorGrades {
		faults = append(faults, p.knownGrade("validation.poor_grades", g)...)
	}
	for _, g := range p.Validation.WeakGrades {
		faults = append(faults, p.knownGrade("validation.weak_grades", g)...)
	}
	if p.Credit == nil {
		faults = append(faults, fmt.Errorf("validation: found no table [credit], whose ratings it looks back on, expected one; add it, or take [validation] out"))
	}
	return faults
}

// knownGrade is a fault when the evaluation has no such grade.
func (p *Policy) knownGrade(key, id string) []error {
	var known []string
	for _, b := range p.Evaluation.Bands {
		known = append(known, b.ID)
	}
	if slices.Contains(known, id) {
		return nil
	}
	return []error{fmt.Errorf("%s: found %q, expected the id of a band of the evaluation: %s", key, id, listed(known))}
}

// hundredPoints is a fault when a table that reckons in points of a hundred stands beside another scale.
func (p *Policy) hundredPoints(table string) []error {
	if p.Evaluation.Scale == (scoring.Scale{Low: 0, High: fullMarks}) {
		return nil
	}
	return []error{fmt.Errorf("%s: found the scale %g to %g in [evaluation], expected 0 to 100, in which this table reckons; change the scale, or take [%s] out",
		table, p.Evaluation.Scale.Low, p.Evaluation.Scale.High, table)}
}
