package dashboards

import (
	"github.com/pelletier/go-toml/v2"

	"pingxin/credit"
)

// creditRules are the tables of a run's policy by which suppliers are judged. A table that the policy does not have, or that
// this version of the program would not accept, is nil: what rests on it is then left out of the pages.
type creditRules struct {
	Credit       *credit.Policy             `toml:"credit"`
	Assessment   *credit.AssessmentPolicy   `toml:"assessment"`
	Repair       *credit.RepairPolicy       `toml:"repair"`
	Reward       *credit.RewardPolicy       `toml:"reward"`
	Reassessment *credit.ReassessmentPolicy `toml:"reassessment"`
	Effects      *credit.EffectPolicy       `toml:"effects"`
}

// readCreditRules reads the tables of a policy's text as it was stored with a run.
func readCreditRules(text []byte) (creditRules, error) {
	var r creditRules
	if err := toml.Unmarshal(text, &r); err != nil {
		return creditRules{}, err
	}
	if r.Credit != nil && len(r.Credit.Check()) > 0 {
		r.Credit = nil
	}
	if r.Assessment != nil && len(r.Assessment.Check()) > 0 {
		r.Assessment = nil
	}
	if r.Repair != nil && len(r.Repair.Check()) > 0 {
		r.Repair = nil
	}
	if r.Reassessment != nil && len(r.Reassessment.Check()) > 0 {
		r.Reassessment = nil
	}
	return r, nil
}
