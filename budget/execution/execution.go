// Package execution follows purchased services from plan to payment: whether a contract was ready to be signed, whether it
// was bought in a way that its amount allows, whether its money came in time and not before the evaluation, and what became
// of plan, budget, contracts and payments together. It decides which of these is worth a look and says why; it moves no
// money, and whom to ask about it is left to people.
package execution

import (
	"fmt"
	"slices"
	"time"

	"pingxin/scoring"
)

// Policy is the [execution] table of a policy file.
type Policy struct {
	LateDays            int        `toml:"late_days"`             // after its due day that a payment is still in time
	EarlyDays           int        `toml:"early_days"`            // before its due day that a payment is still in time
	BeforeEvaluationPct float64    `toml:"before_evaluation_pct"` // of a contract's amount that may be paid before its evaluation
	Heard               []string   `toml:"heard_before"`          // sources of targets that are heard before a contract is signed
	Limits              []Limit    `toml:"limit"`                 // by the year from which they hold, rising
	Tenders             []string   `toml:"tender_methods"`        // ways of purchase that any amount may take
	Reasoned            []string   `toml:"reasoned_methods"`      // ways of purchase that need a reason in writing
	Dispersed           string     `toml:"dispersed_method"`      // the way of purchase below the limit of procedure
	SingleSource        string     `toml:"single_source_method"`  // the way of purchase whose share is watched
	SingleSourcePct     float64    `toml:"single_source_pct"`     // of a group's money; above it the group is named
	LeastContracts      int        `toml:"least_contracts"`       // of a group for its share to be shown
	Negative            []Boundary `toml:"boundary"`              // what may not be bought
	Stages              []Stage    `toml:"stage"`                 // of the roll-out, by the year in which they begin, rising
}

// Limit is the amounts that decide on the way of purchase from a year on.
type Limit struct {
	FromYear      int   `toml:"from_year"`
	TenderYuan    int64 `toml:"tender_yuan"`    // from which a purchase is tendered
	ProcedureYuan int64 `toml:"procedure_yuan"` // from which a purchase takes one of the procedures of the procurement law
}

// Boundary is one kind of what may not be bought, with the words of a project's name that point to it.
type Boundary struct {
	ID    string       `toml:"id"`
	Name  scoring.Name `toml:"name"`
	Words []string     `toml:"words"`
}

// Stage is one step of the roll-out with what it aims at; a share of 0 is no aim.
type Stage struct {
	ID             string       `toml:"id"`
	Name           scoring.Name `toml:"name"`
	FromYear       int          `toml:"from_year"`
	DepartmentsPct float64      `toml:"departments_pct"` // of the departments that buy
	ItemsPct       float64      `toml:"items_pct"`       // of the catalogue's items that are bought
	EvaluatedPct   float64      `toml:"evaluated_pct"`   // of the contracts' money that is evaluated
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *Policy) Check() []error {
	var faults []error
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("execution."+key+": found "+format, args...))
	}
	if p.LateDays < 0 || p.EarlyDays < 0 {
		wrong("late_days and early_days", "%d and %d, expected 0 or more", p.LateDays, p.EarlyDays)
	}
	if p.LeastContracts < 1 {
		wrong("least_contracts", "%d, expected 1 or more", p.LeastContracts)
	}
	for key, pct := range map[string]float64{"before_evaluation_pct": p.BeforeEvaluationPct, "single_source_pct": p.SingleSourcePct} {
		if !share(pct) {
			wrong(key, "%g, expected 0 to 100", pct)
		}
	}
	for _, s := range p.Heard {
		if !slices.Contains(Sources, s) {
			wrong("heard_before", "%q, expected one of %v", s, Sources)
		}
	}
	return append(append(faults, p.checkLimits()...), p.checkStages()...)
}

func share(pct float64) bool { return pct >= 0 && pct <= 100 }

// checkLimits: there is a limit, each comes after the one before, and a tender is asked of more money than a procedure.
func (p *Policy) checkLimits() []error {
	if len(p.Limits) == 0 {
		return []error{fmt.Errorf("execution.limit: found none, expected the amounts of at least one year")}
	}
	var faults []error
	for i, l := range p.Limits {
		if i > 0 && l.FromYear <= p.Limits[i-1].FromYear {
			faults = append(faults, fmt.Errorf("execution.limit[%d].from_year: found %d, expected a year after %d", i, l.FromYear, p.Limits[i-1].FromYear))
		}
		if l.ProcedureYuan <= 0 || l.TenderYuan < l.ProcedureYuan {
			faults = append(faults, fmt.Errorf("execution.limit[%d]: found tender_yuan %d and procedure_yuan %d, expected more than 0 and the tender's not below the other",
				i, l.TenderYuan, l.ProcedureYuan))
		}
	}
	return faults
}

func (p *Policy) checkStages() []error {
	var faults []error
	for i, s := range p.Stages {
		if i > 0 && s.FromYear <= p.Stages[i-1].FromYear {
			faults = append(faults, fmt.Errorf("execution.stage[%d].from_year: found %d, expected a year after %d", i, s.FromYear, p.Stages[i-1].FromYear))
		}
		if !share(s.DepartmentsPct) || !share(s.ItemsPct) || !share(s.EvaluatedPct) {
			faults = append(faults, fmt.Errorf("execution.stage[%d]: found aims of %g, %g and %g percent, expected 0 to 100", i, s.DepartmentsPct, s.ItemsPct, s.EvaluatedPct))
		}
	}
	return faults
}

// Contract is a contract with what was planned for it, agreed in it and paid for it.
type Contract struct {
	No, Purchaser, Item, Method string
	Year                        int
	AmountFen                   int64
	SignedOn, StartOn, EndOn    time.Time // SignedOn may be zero: not known
	Plan                        string    // number of its plan item; empty: it has none
	Contents                    Contents
	Targets                     int       // performance targets
	Heard                       []string  // sources of the targets, each once
	TargetsOn                   time.Time // day on which the last target was set; zero: not known
	Payments                    []Payment
	Evaluated                   bool      // it has a grade
	EvaluatedOn                 time.Time // day of the last evidence of that; zero without a grade
}

// Payment is one stage of paying a contract.
type Payment struct {
	Stage         string
	DueOn, PaidOn time.Time // zero: not agreed, not paid
	AmountFen     int64
}

// PaidFen is what was paid until a day.
func (c *Contract) PaidFen(asOf time.Time) int64 {
	var sum int64
	for _, p := range c.Payments {
		if p.paid(asOf) {
			sum += p.AmountFen
		}
	}
	return sum
}

func (p *Payment) paid(asOf time.Time) bool { return !p.PaidOn.IsZero() && !p.PaidOn.After(asOf) }
