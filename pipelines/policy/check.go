package policy

import (
	"fmt"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"pingxin/credit"
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
	if p.Tracking != nil {
		faults = append(faults, p.Tracking.Check()...)
	}
	if p.Settlement != nil {
		faults = append(faults, p.checkSettlement()...)
	}
	if p.Calibration != nil {
		faults = append(faults, p.Calibration.Check()...)
	}
	if p.Clues != nil {
		faults = append(faults, p.Clues.Check()...)
		if p.Execution == nil {
			faults = append(faults, fmt.Errorf("clue: found no table [execution], by which purchases and payments are judged, expected one; add it, or take [clue] out"))
		}
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
	if p.Process != nil {
		faults = append(faults, p.Process.Check()...)
	}
	if p.Execution != nil {
		faults = append(faults, p.Execution.Check()...)
	}
	faults = append(faults, p.checkCreditFile()...)
	return faults
}

// checkCreditFile checks what follows from a rating and a grade assessment, each with the table that it rests on.
func (p *Policy) checkCreditFile() []error {
	var faults []error
	without := func(table, needed string, is bool) {
		if is {
			faults = append(faults, fmt.Errorf("%s: found no table [%s], on which it rests, expected one; add it, or take [%s] out", table, needed, table))
		}
	}
	if p.Repair != nil {
		faults = append(faults, p.Repair.Check()...)
		without("repair", "credit", p.Credit == nil)
	}
	if p.Reward != nil {
		faults = append(faults, p.Reward.Check(p.levels(), p.grades())...)
	}
	if p.Reassessment != nil {
		faults = append(faults, p.Reassessment.Check()...)
		without("reassessment", "assessment", p.Assessment == nil)
	}
	if p.Effects != nil {
		faults = append(faults, p.Effects.Check(map[string][]string{credit.OnLevel: p.levels(), credit.OnGrade: p.grades(), credit.OnAssessment: p.assessed()})...)
	}
	return faults
}

// levels, grades and assessed are the ids of the policy's credit levels, bands and grades of the grade assessment; none
// where it has no such table.
func (p *Policy) levels() (ids []string) {
	if p.Credit != nil {
		for _, l := range p.Credit.Levels {
			ids = append(ids, l.ID)
		}
	}
	return ids
}

func (p *Policy) grades() (ids []string) {
	for _, b := range p.Evaluation.Bands {
		ids = append(ids, b.ID)
	}
	return ids
}

func (p *Policy) assessed() (ids []string) {
	if p.Assessment != nil {
		for _, g := range p.Assessment.Grades {
			ids = append(ids, g.ID)
		}
	}
	return ids
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

// checkSettlement checks the settlement table and that its grades are those of the evaluation, each ruled once.
func (p *Policy) checkSettlement() []error {
	faults := p.Settlement.Check()
	rules := map[string]int{}
	for _, g := range p.Settlement.Grades {
		faults = append(faults, p.knownGrade("settlement.grade", g.Grade)...)
		rules[g.Grade]++
	}
	for _, b := range p.Evaluation.Bands {
		if rules[b.ID] != 1 {
			faults = append(faults, fmt.Errorf("settlement.grade: found %d rows for the grade %q, expected 1", rules[b.ID], b.ID))
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
	known := p.grades()
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
