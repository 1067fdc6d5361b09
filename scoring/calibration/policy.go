// Package calibration estimates what a run takes as given: how the values of comparable contracts are spread, how severe
// each rater is, and which raters answered in a way that a person should look at. It decides what is estimated from
// which scores; the estimators themselves are those of scoring, scoring/raters and scoring/integrity, and what an
// evaluation makes of it is decided by scoring and the policy.
package calibration

import (
	"fmt"

	"pingxin/scoring"
	"pingxin/scoring/integrity"
)

// Policy is the [calibration] table of a policy file; each key has its reason and source in the shipped file.
type Policy struct {
	WindowDays int              `toml:"window_days"` // older scores say nothing of how a rater is now
	MinScores  int              `toml:"min_scores"`  // a rater with fewer gets no severity
	Integrity  integrity.Policy `toml:"integrity"`
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *Policy) Check() []error {
	var faults []error
	if p.WindowDays <= 0 {
		faults = append(faults, fmt.Errorf("calibration.window_days: found %d, expected a number of days above 0", p.WindowDays))
	}
	if p.MinScores < 1 {
		faults = append(faults, fmt.Errorf("calibration.min_scores: found %d, expected 1 or more", p.MinScores))
	}
	for _, fault := range p.Integrity.Check() {
		faults = append(faults, fmt.Errorf("calibration.%w", fault))
	}
	return faults
}

// Score is one score and who gave it. Contract, Rater and Indicator count in the order of their names, so that what is
// estimated does not depend on the order in which names arrived.
type Score struct {
	Contract, Rater int32
	Indicator       int16
	Party           scoring.Party
	Value           int32 // ten-thousandths of a point
	Day             int32 // since 1970
}

// Contract is what is known of a contract beside its scores.
type Contract struct {
	No, Supplier, Peer string
	StartDay, EndDay   int32 // of the service, since 1970
}

// Names are what the numbers in scores stand for, each list in ascending order of names.
type Names struct {
	Contracts  []Contract
	Raters     []string
	Indicators []string
}
