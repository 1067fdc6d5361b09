package clues

import "pingxin/scoring"

// Missing looks for services that ended without an evaluation.
type Missing struct {
	MinN int `toml:"min_n"` // 1: a single contract is enough, because a day that has passed is no matter of luck; 0 turns the rule off
	Days int `toml:"days"`  // after the end by which the evaluation is expected
}

// Find returns one clue for each contract that has no evaluation on the day of the run though its service ended more than
// the policy's days before. Seen is the number of scores that there are; there is no line. The evidence names the day by
// which the evaluation was expected.
func (r Missing) Find(f *Facts) (all []Clue) {
	if r.MinN == 0 {
		return nil
	}
	for _, c := range f.chosen(func(c *Contract) bool {
		return c.Status != scoring.Rated && c.EndOn.AddDate(0, 0, r.Days).Before(f.AsOf)
	}) {
		clue := onContract(EvaluationMissing, c)
		clue.Seen, clue.Evidence[0].On = float64(c.Scores), c.EndOn.AddDate(0, 0, r.Days)
		all = append(all, clue)
	}
	return all
}

func (r Missing) check(c *checker) {
	const key = "evaluation_missing"
	if c.enabled(key, r.MinN, 1) {
		c.atLeast(key+".days", r.Days, 0)
	}
}
