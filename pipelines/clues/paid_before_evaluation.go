package clues

import "pingxin/scoring"

// Prepaid takes over what execution.Policy.AheadOfEvaluation finds: contracts of which more was paid before the evaluation
// than may be, so that little or nothing was left to settle by it. Its number stands in [execution].
type Prepaid struct {
	Use bool `toml:"use"`
}

// Find returns one clue for each such contract. Seen is the share of the amount that had been paid with the payment named
// in the evidence, and Line the share that may be; N is the number of contracts, one: the day of a payment is no matter of
// luck.
func (r Prepaid) Find(f *Facts) (all []Clue) {
	if !r.Use {
		return nil
	}
	for _, c := range f.chosen(func(c *Contract) bool { return c.AmountFen > 0 }) {
		c.Evaluated = c.Status == scoring.Rated // a provisional evaluation settles nothing yet
		pay, paidFen, ahead := f.Execution.AheadOfEvaluation(&c.Contract, f.AsOf)
		if !ahead {
			continue
		}
		clue := onContract(PaidBeforeEvaluation, c, Evidence{Kind: "payment", ID: c.No, Note: pay.Stage, On: pay.PaidOn, Fen: paidFen})
		clue.Seen, clue.Line = float64(paidFen)/float64(c.AmountFen), f.Execution.BeforeEvaluationPct/percent
		all = append(all, clue)
	}
	return all
}
