package clues

import "time"

// Prepaid takes over what execution.Policy.AheadOfEvaluation finds: contracts of which more was paid before the evaluation
// than may be, so that little or nothing was left to settle by it. How much stands in [execution]; a clue is of those alone
// where the evaluation was still some days away.
type Prepaid struct {
	Use  bool `toml:"use"`
	Days int  `toml:"days"` // by which a payment may come before the last score
}

// Find returns one clue for each such contract. Seen is the share of the amount that had been paid with the payment named
// in the evidence, and Line the share that may be; N is the number of contracts, one: the day of a payment is no matter of
// luck.
func (r Prepaid) Find(f *Facts) (all []Clue) {
	if !r.Use {
		return nil
	}
	for _, c := range f.Contracts {
		if c.AmountFen <= 0 {
			continue
		}
		pay, paidFen, ahead := f.Execution.AheadOfEvaluation(&c.Contract, f.AsOf)
		if !ahead || !pay.PaidOn.AddDate(0, 0, r.Days).Before(f.evaluatedOn(c)) {
			continue
		}
		clue := onContract(PaidBeforeEvaluation, c, Evidence{Kind: "payment", ID: c.No, Note: pay.Stage, On: pay.PaidOn, Fen: paidFen})
		clue.Seen, clue.Line = float64(paidFen)/float64(c.AmountFen), f.Execution.BeforeEvaluationPct/percent
		all = append(all, clue)
	}
	return all
}

// evaluatedOn is the day of the last score of an evaluation, and the day of the run while there is none.
func (f *Facts) evaluatedOn(c *Contract) time.Time {
	if c.Evaluated {
		return c.EvaluatedOn
	}
	return f.AsOf
}

func (r Prepaid) check(c *checker) {
	if r.Use {
		c.atLeast("paid_before_evaluation.days", r.Days, 0)
	}
}
