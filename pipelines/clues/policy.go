package clues

import (
	"fmt"
)

// Policy is the [clue] table of a policy file: every number by which clues are found, and by which rules are retired. A
// rule whose min_n is 0 or left out, or that is not to be used, is off. The numbers of the signs in answers stand in
// [calibration.integrity], those of purchases and payments in [execution], which therefore has to be there.
type Policy struct {
	Retirement            Retirement    `toml:"retirement"`
	SplitContracts        Splitting     `toml:"split_contracts"`
	SingleSourceShare     SingleSource  `toml:"single_source_share"`
	SupplierConcentration Concentration `toml:"supplier_concentration"`
	BoughtAndStaffed      Twice         `toml:"bought_and_staffed"`
	PaidBeforeEvaluation  Prepaid       `toml:"paid_before_evaluation"`
	EvaluationMissing     Missing       `toml:"evaluation_missing"`
	RiseBeforeRenewal     Rise          `toml:"rise_before_renewal"`
	SharedContact         Reach         `toml:"shared_contact"`
	ContentYetComplaints  Content       `toml:"content_yet_complaints"`
	AlikeNarratives       Alike         `toml:"alike_narratives"`
}

// Uses says whether the policy looks by a rule of this package's own.
func (p *Policy) Uses(rule Rule) bool {
	return map[Rule]bool{SplitContracts: p.SplitContracts.Use, SingleSourceShare: p.SingleSourceShare.Use, SupplierConcentration: p.SupplierConcentration.MinN > 0,
		BoughtAndStaffed: p.BoughtAndStaffed.MinN > 0, PaidBeforeEvaluation: p.PaidBeforeEvaluation.Use, EvaluationMissing: p.EvaluationMissing.MinN > 0,
		RiseBeforeRenewal: p.RiseBeforeRenewal.MinN > 0, SharedContact: p.SharedContact.MinN > 0, ContentYetComplaints: p.ContentYetComplaints.MinN > 0,
		AlikeNarratives: p.AlikeNarratives.MinN > 0}[rule]
}

// Check returns everything that is wrong with the policy, each with the key, what was found and what was expected; nil
// means that it is sound.
func (p *Policy) Check() []error {
	c := &checker{}
	for _, check := range []func(*checker){p.Retirement.check, p.SupplierConcentration.check, p.BoughtAndStaffed.check, p.PaidBeforeEvaluation.check, p.EvaluationMissing.check, p.RiseBeforeRenewal.check, p.SharedContact.check,
		p.ContentYetComplaints.check, p.AlikeNarratives.check} {
		check(c)
	}
	return c.faults
}

// checker collects what is wrong with a policy; keys are those below [clue].
type checker struct{ faults []error }

// fault records one fault: where, what was found, what was expected.
func (c *checker) fault(key, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("clue.%s: %s", key, fmt.Sprintf(format, args...)))
}

// enabled says whether a rule is on, and records a fault when its minimum is neither 0 nor at least the least that the
// rule can work with. The other numbers of a rule that is off do not matter.
func (c *checker) enabled(rule string, minN, least int) bool {
	if minN != 0 && minN < least {
		c.fault(rule+".min_n", "found %d, expected %d or more, or 0 to turn the rule off", minN, least)
	}
	return minN != 0
}

func (c *checker) atLeast(key string, found, least int) {
	if found < least {
		c.fault(key, "found %d, expected %d or more", found, least)
	}
}

func (c *checker) between(key string, found, low, high float64) {
	if !(found >= low && found <= high) {
		c.fault(key, "found %g, expected a number from %g to %g", found, low, high)
	}
}
