package execution

import (
	"time"

	"pingxin/scoring"
)

// Findings lists everything about a contract that is worth a look on a day: what it lacked when it was signed, a way of
// purchase that does not go with its amount, and payments that were late, are overdue, came before the evaluation or come to
// more than the contract. Nil: nothing. A contract's reason for its way of purchase stands in its plan, so none is missed here.
func (p *Policy) Findings(c *Contract, asOf time.Time) []scoring.Note {
	all := append(p.Readiness(c), p.Method(c.Year, c.Method, c.AmountFen, true)...)
	for _, pay := range c.Payments {
		switch timing, days := p.Timing(pay, asOf); timing {
		case Late:
			all = append(all, scoring.Note{Code: "payment_late", Ref: pay.Stage, Have: float64(days)})
		case Overdue:
			all = append(all, scoring.Note{Code: "payment_overdue", Ref: pay.Stage, Have: float64(days)})
		}
	}
	if _, paid, ahead := p.AheadOfEvaluation(c, asOf); ahead {
		all = append(all, scoring.Note{Code: "paid_before_evaluation", Have: yuan(paid), Need: p.BeforeEvaluationPct})
	}
	if paid := c.PaidFen(asOf); paid > c.AmountFen {
		all = append(all, scoring.Note{Code: "paid_above_contract", Have: yuan(paid), Need: yuan(c.AmountFen)})
	}
	return all
}
