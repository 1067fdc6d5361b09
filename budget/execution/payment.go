package execution

import (
	"cmp"
	"slices"
	"time"
)

// Timing is whether a payment came when it was due.
type Timing string

// The timings.
const (
	InTime  Timing = "in_time"
	Early   Timing = "early"
	Late    Timing = "late"
	Overdue Timing = "overdue" // not paid, and its time is over
	Pending Timing = "pending" // not paid, and its time has not come
	NoDue   Timing = "no_due"  // paid, and no day was agreed
)

// Timings are all of them, what needs somebody first.
var Timings = []Timing{Overdue, Late, Early, InTime, Pending, NoDue}

// Timing says on a day whether a payment came when it was due, and by how many days it was after that day (before it:
// negative); days are 0 where there is nothing to count.
func (p *Policy) Timing(pay Payment, asOf time.Time) (Timing, int) {
	paid := pay.paid(asOf)
	switch {
	case pay.DueOn.IsZero() && paid:
		return NoDue, 0
	case pay.DueOn.IsZero():
		return Pending, 0
	}
	until := asOf
	if paid {
		until = pay.PaidOn
	}
	days := daysBetween(pay.DueOn, until)
	switch {
	case days > p.LateDays && paid:
		return Late, days
	case days > p.LateDays:
		return Overdue, days
	case !paid:
		return Pending, min(days, 0)
	case days < -p.EarlyDays:
		return Early, days
	}
	return InTime, days
}

// daysBetween is the days from one day to another; both are midnights.
func daysBetween(from, to time.Time) int {
	const day = 24 * time.Hour
	return int(to.Sub(from) / day)
}

// AheadOfEvaluation is the payment with which more was paid than the policy allows before the evaluation, and how much had
// been paid with it; false where no payment was. The result settles the fee (江北府办〔2015〕109号, 二(五)5), so what is paid
// before leaves nothing to settle. A contract that is not evaluated is so on no day.
func (p *Policy) AheadOfEvaluation(c *Contract, asOf time.Time) (Payment, int64, bool) {
	before := func(pay *Payment) bool { return pay.paid(asOf) && (!c.Evaluated || pay.PaidOn.Before(c.EvaluatedOn)) }
	tooMuch := func(fen int64) bool { return float64(fen)*100 > p.BeforeEvaluationPct*float64(c.AmountFen) }
	var most int64 // that any of them can have come to
	for i := range c.Payments {
		if pay := &c.Payments[i]; before(pay) {
			most += max(0, pay.AmountFen)
		}
	}
	if !tooMuch(most) { // nearly all contracts
		return Payment{}, 0, false
	}
	var paid []Payment
	for _, pay := range c.Payments {
		if before(&pay) {
			paid = append(paid, pay)
		}
	}
	slices.SortStableFunc(paid, func(a, b Payment) int { return cmp.Or(a.PaidOn.Compare(b.PaidOn), cmp.Compare(a.Stage, b.Stage)) })
	var sum int64
	for _, pay := range paid {
		if sum += pay.AmountFen; tooMuch(sum) {
			return pay, sum, true
		}
	}
	return Payment{}, 0, false
}
