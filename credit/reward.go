package credit

import (
	"fmt"
	"slices"
	"time"
)

// RewardPolicy is the [reward] table: who may be proposed for a commendation (守信激励, 表彰). A commendation is given by a
// person; the table only finds whom to look at.
type RewardPolicy struct {
	Levels    []string `toml:"levels"`     // of the credit rating
	Grade     string   `toml:"grade"`      // of evaluations that count for it
	Contracts int      `toml:"contracts"`  // with that grade, at least
	CleanDays int      `toml:"clean_days"` // without an offence, repaired or not
	RestDays  int      `toml:"rest_days"`  // since the last commendation
}

// Check returns everything that is wrong with the policy; nil means that it is sound. levels and grades are those of the
// other tables.
func (p *RewardPolicy) Check(levels, grades []string) []error {
	var faults []error
	for _, l := range p.Levels {
		if !slices.Contains(levels, l) {
			faults = append(faults, fmt.Errorf("reward.levels: found %q, expected levels of [credit]: %v", l, levels))
		}
	}
	if len(p.Levels) == 0 {
		faults = append(faults, fmt.Errorf("reward.levels: found none, expected at least one level"))
	}
	if !slices.Contains(grades, p.Grade) {
		faults = append(faults, fmt.Errorf("reward.grade: found %q, expected a band of the evaluation: %v", p.Grade, grades))
	}
	if p.Contracts < 1 || p.CleanDays < 0 || p.RestDays < 0 {
		faults = append(faults, fmt.Errorf("reward.contracts: found %d with clean_days %d and rest_days %d, expected a number from 1 with days from 0", p.Contracts, p.CleanDays, p.RestDays))
	}
	return faults
}

// Merit is what speaks for one supplier on a day.
type Merit struct {
	Supplier    string
	Level       string
	Contracts   int       // final evaluations with the policy's grade
	LastOffence time.Time // zero: none was ever recorded
	LastPraise  time.Time // likewise
}

// Deserves says whether the supplier may be proposed on the day asOf.
func (p *RewardPolicy) Deserves(m Merit, asOf time.Time) bool {
	return slices.Contains(p.Levels, m.Level) && m.Contracts >= p.Contracts && passed(m.LastOffence, p.CleanDays, asOf) && passed(m.LastPraise, p.RestDays, asOf)
}

// passed says whether so many days have passed since a day; no day is long ago.
func passed(day time.Time, days int, asOf time.Time) bool {
	return day.IsZero() || !asOf.Before(day.AddDate(0, 0, days))
}
