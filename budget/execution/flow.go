package execution

import (
	"math"
	"time"
)

// Flow is what became of the money of a group: planned, budgeted, contracted, paid, evaluated. All amounts are fen.
type Flow struct {
	PlanItems, Contracts, Evaluated       int
	BudgetFen, PlanFen                    int64
	ContractFen, UnplannedFen             int64 // of contracts; of those without a plan item
	PaidFen, EvaluatedFen                 int64 // of contracts; amount of those that are evaluated
	UnpaidFen, PaidEvaluatedFen           int64 // what contracts still have to be paid; what was paid for those that are evaluated
	Unready                               int   // contracts that were not ready when they were signed
	Late, Early, Overdue, AheadOfJudgment int   // payments; contracts paid before their evaluation
}

// AddContract adds a contract as it stands on a day.
func (f *Flow) AddContract(p *Policy, c *Contract, asOf time.Time) {
	f.Contracts++
	f.ContractFen += c.AmountFen
	paid := c.PaidFen(asOf)
	f.PaidFen += paid
	f.UnpaidFen += max(0, c.AmountFen-paid)
	if c.Plan == "" {
		f.UnplannedFen += c.AmountFen
	}
	if c.Evaluated {
		f.Evaluated++
		f.EvaluatedFen += c.AmountFen
		f.PaidEvaluatedFen += paid
	}
	if len(p.Readiness(c)) > 0 {
		f.Unready++
	}
	for _, pay := range c.Payments {
		switch timing, _ := p.Timing(pay, asOf); timing {
		case Late:
			f.Late++
		case Early:
			f.Early++
		case Overdue:
			f.Overdue++
		}
	}
	if _, _, ahead := p.AheadOfEvaluation(c, asOf); ahead {
		f.AheadOfJudgment++
	}
}

// AddPlan adds a plan item.
func (f *Flow) AddPlan(i *PlanItem) {
	if fen := i.PlannedFen(); fen > 0 {
		f.PlanItems++
		f.PlanFen += fen
	}
}

// Add adds another flow.
func (f *Flow) Add(o *Flow) {
	f.PlanItems, f.Contracts, f.Evaluated = f.PlanItems+o.PlanItems, f.Contracts+o.Contracts, f.Evaluated+o.Evaluated
	f.BudgetFen, f.PlanFen = f.BudgetFen+o.BudgetFen, f.PlanFen+o.PlanFen
	f.ContractFen, f.UnplannedFen = f.ContractFen+o.ContractFen, f.UnplannedFen+o.UnplannedFen
	f.PaidFen, f.EvaluatedFen = f.PaidFen+o.PaidFen, f.EvaluatedFen+o.EvaluatedFen
	f.UnpaidFen, f.PaidEvaluatedFen = f.UnpaidFen+o.UnpaidFen, f.PaidEvaluatedFen+o.PaidEvaluatedFen
	f.Unready += o.Unready
	f.Late, f.Early, f.Overdue, f.AheadOfJudgment = f.Late+o.Late, f.Early+o.Early, f.Overdue+o.Overdue, f.AheadOfJudgment+o.AheadOfJudgment
}

// PlannedFen is the contracts' money that has a plan item.
func (f *Flow) PlannedFen() int64 { return f.ContractFen - f.UnplannedFen }

// ExecutionRate is what was paid of the budget, as a share of one; NaN without a budget.
func (f *Flow) ExecutionRate() float64 { return ratio(f.PaidFen, f.BudgetFen) }

// ContractRate is what was contracted of the plan, as a share of one; NaN without a plan.
func (f *Flow) ContractRate() float64 { return ratio(f.PlannedFen(), f.PlanFen) }

// PaymentRate is what was paid of the contracts, as a share of one; NaN without a contract.
func (f *Flow) PaymentRate() float64 { return ratio(f.PaidFen, f.ContractFen) }

// EvaluatedRate is the contracts' money that was evaluated, as a share of one; NaN without a contract.
func (f *Flow) EvaluatedRate() float64 { return ratio(f.EvaluatedFen, f.ContractFen) }

func ratio(part, of int64) float64 {
	if of == 0 {
		return math.NaN()
	}
	return float64(part) / float64(of)
}
