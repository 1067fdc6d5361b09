package blacklist

import (
	"fmt"
	"slices"
	"strings"

	"pingxin/scoring/workdays"
)

// CasePolicy is the [blacklist.case] table of a policy file: the clocks of a case and the bounds of its decision. That a
// decision takes two persons who had no part in the case is no key: it is not for a bureau to waive.
type CasePolicy struct {
	Statement         workdays.Window `toml:"statement"`           // from the notice: within it the supplier states its view
	HearingAsked      workdays.Window `toml:"hearing_asked"`       // from the notice: within it a hearing can be asked for
	HearingAhead      workdays.Window `toml:"hearing_ahead"`       // between telling the day of the hearing and that day
	Decision          workdays.Window `toml:"decision"`            // from the end of the last statement window
	Publication       workdays.Window `toml:"publication"`         // from the decision
	TermMinYears      int             `toml:"term_min_years"`      // of a listing
	TermMaxYears      int             `toml:"term_max_years"`      // likewise
	RepairAfterMonths int             `toml:"repair_after_months"` // of the term, before which no repair is granted
	WatchMaxMonths    int             `toml:"watch_max_months"`    // longest time on the watch list by one entry
	Sufficient        []string        `toml:"sufficient_proof"`    // standards of proof that carry a listing
	Authority         string          `toml:"authority"`           // the office that issues notice and decision
}

// Standards of proof, from the strongest to the weakest.
const (
	FinalDocument = "final_document" // a judgment or penalty that can no longer be appealed
	Conclusive    = "conclusive"     // the facts are clear and the evidence conclusive
	Preponderance = "preponderance"  // more likely than not
	Insufficient  = "insufficient"   // not proved
)

// Standards lists the standards of proof.
func Standards() []string { return []string{FinalDocument, Conclusive, Preponderance, Insufficient} }

// Mitigating lists the circumstances that speak for a shorter term or none (Administrative Penalty Law, articles 32, 33).
func Mitigating() []string {
	return []string{"harm_undone", "disclosed_itself", "helped_inquiry", "coerced", "first_and_minor", "subjective_fault_absent"}
}

// Aggravating lists the circumstances that speak for a longer term.
func Aggravating() []string {
	return []string{"repeated", "concealed_evidence", "large_amount", "recipients_harmed", "refused_correction"}
}

// Check returns everything that is wrong with the table; nil means that it is sound.
func (p *CasePolicy) Check() []error {
	const table = "blacklist.case."
	faults := slices.Concat(p.Statement.Check(table+"statement"), p.HearingAsked.Check(table+"hearing_asked"), p.HearingAhead.Check(table+"hearing_ahead"),
		p.Decision.Check(table+"decision"), p.Publication.Check(table+"publication"))
	if p.TermMinYears < 1 || p.TermMaxYears < p.TermMinYears {
		faults = append(faults, fmt.Errorf("%sterm_min_years and term_max_years: found %d and %d, expected 1 or more and not less than the first", table, p.TermMinYears, p.TermMaxYears))
	}
	if p.RepairAfterMonths < 0 || p.RepairAfterMonths > monthsPerYear*p.TermMinYears {
		faults = append(faults, fmt.Errorf("%srepair_after_months: found %d, expected 0 to the %d of the shortest term", table, p.RepairAfterMonths, monthsPerYear*p.TermMinYears))
	}
	if p.WatchMaxMonths < 1 {
		faults = append(faults, fmt.Errorf("%swatch_max_months: found %d, expected 1 or more", table, p.WatchMaxMonths))
	}
	if p.Authority == "" {
		faults = append(faults, fmt.Errorf("%sauthority: found nothing, expected the name of the office that issues the documents", table))
	}
	if len(p.Sufficient) == 0 {
		faults = append(faults, fmt.Errorf("%ssufficient_proof: found none, expected one or more of %s", table, strings.Join(Standards(), ", ")))
	}
	for _, standard := range p.Sufficient {
		if !slices.Contains(Standards(), standard) || standard == Insufficient {
			faults = append(faults, fmt.Errorf("%ssufficient_proof: found %q, expected %s, %s or %s", table, standard, FinalDocument, Conclusive, Preponderance))
		}
	}
	return faults
}

const monthsPerYear = 12
