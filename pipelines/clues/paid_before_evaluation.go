package clues

import (
	"math"

	"pingxin/scoring"
)

// Prepaid looks for contracts that were paid in full before their evaluation was there to settle by.
type Prepaid struct {
	MinN int `toml:"min_n"` // 1: a single contract is enough, because a day is no matter of luck; 0 turns the rule off
	Days int `toml:"days"`  // by which the last payment may come before the last score: the papers cross
}

// Find returns one clue for each contract whose payments reached its amount before the last score of its evaluation, or
// while there is none. Seen is by how many days, NaN while there is no evaluation; Line are the days that may pass.
func (r Prepaid) Find(f *Facts) (all []Clue) {
	if r.MinN == 0 {
		return nil
	}
	for _, c := range f.chosen(func(c *Contract) bool { return c.AmountFen > 0 && c.PaidFen >= c.AmountFen && !c.PaidOn.After(f.AsOf) }) {
		early := math.NaN()
		if c.Status == scoring.Rated {
			early = c.LastOn.Sub(c.PaidOn).Hours() / 24
			if early <= float64(r.Days) {
				continue
			}
		}
		clue := onContract(PaidBeforeEvaluation, c, Evidence{Kind: "payment", ID: c.No, On: c.PaidOn, Fen: c.PaidFen})
		clue.Seen, clue.Line = early, float64(r.Days)
		all = append(all, clue)
	}
	return all
}

func (r Prepaid) check(c *checker) {
	const key = "paid_before_evaluation"
	if c.enabled(key, r.MinN, 1) {
		c.atLeast(key+".days", r.Days, 0)
	}
}
