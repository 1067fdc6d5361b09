package execution

import (
	"slices"
	"strings"
	"time"

	"pingxin/scoring"
)

// Status is where a plan item stands on its way through the bureau's review.
type Status string

// The statuses.
const (
	Submitted Status = "submitted" // waits for the review
	Approved  Status = "approved"
	Returned  Status = "returned" // to be mended and submitted again
	Rejected  Status = "rejected"
	Cancelled Status = "cancelled" // by the purchaser
)

// Statuses are all of them, what waits first.
var Statuses = []Status{Submitted, Returned, Approved, Rejected, Cancelled}

// Decisions are what a review can come to.
var Decisions = []Status{Approved, Returned, Rejected}

// PlanItem is one project of a department's plan of a year.
type PlanItem struct {
	No, Purchaser, Item, Project, Method, Reason string // Reason of the way of purchase; may be empty
	Year                                         int
	AmountFen                                    int64
	SubmittedAs                                  Status    // as the file says
	SubmittedOn                                  time.Time // zero: not known
	Purchasable                                  bool      // the catalogue lets the item be bought
	Changed                                      bool      // it was changed or sent again since the last decision
	Reviews                                      []Review  // in their order
}

// Review is one decision of the bureau.
type Review struct {
	No          int // 1, 2, 3 ...
	Decision    Status
	ApprovedFen int64 // for Approved
	Reason      string
	On          time.Time
	By          string
}

// Status is where the item stands. The last decision counts, unless the item was changed since: then it waits for the next
// one. One that the purchaser cancelled is cancelled.
func (i *PlanItem) Status() Status {
	if i.SubmittedAs == Cancelled || len(i.Reviews) == 0 {
		return i.SubmittedAs
	}
	if i.Changed {
		return Submitted
	}
	return i.Reviews[len(i.Reviews)-1].Decision
}

// PlannedFen is the amount that counts: what was approved, and before that what was submitted; nothing of what is not to be
// bought.
func (i *PlanItem) PlannedFen() int64 {
	switch i.Status() {
	case Rejected, Cancelled:
		return 0
	case Approved:
		if n := len(i.Reviews); n > 0 && i.Reviews[n-1].Decision == Approved {
			return i.Reviews[n-1].ApprovedFen
		}
	}
	return i.AmountFen
}

// ApprovedFen is the amount that the bureau approved; 0 while it has not.
func (i *PlanItem) ApprovedFen() int64 {
	if i.Status() != Approved {
		return 0
	}
	return i.PlannedFen()
}

// Function is something that a department keeps staff for.
type Function struct {
	Purchaser, Item, Name string
	Year, Staff           int
	CostFen               int64
}

// Kept are the functions for which a department keeps staff and which it also buys as this item in this year. Paying twice is
// forbidden (江北府办〔2015〕109号, 一(二)4: 禁止一边购买服务，一边养人办事).
func Kept(functions []Function, purchaser, item string, year int) []Function {
	var all []Function
	for _, f := range functions {
		if f.Purchaser == purchaser && f.Item == item && f.Year == year {
			all = append(all, f)
		}
	}
	return all
}

// Forbidden is the first boundary to which a project's name points, with the word; nil: to none. The word only points: a
// person reads what is to be bought.
func (p *Policy) Forbidden(project string) (*Boundary, string) {
	for i := range p.Negative {
		for _, word := range p.Negative[i].Words {
			if strings.Contains(project, word) {
				return &p.Negative[i], word
			}
		}
	}
	return nil, ""
}

// Barred says whether an item cannot be approved: the catalogue says that it may not be bought.
func (i *PlanItem) Barred() bool { return !i.Purchasable }

// Examine lists what the bureau should look at before it decides on an item: what may not be bought, a way of purchase that
// does not go with the amount, staff kept for the same, and a budget that does not reach. budgetFen is the department's
// budget for the item in the year, plannedFen what all its plan items come to; functions may be of all departments.
func (p *Policy) Examine(i *PlanItem, functions []Function, budgetFen, plannedFen int64) []scoring.Note {
	var all []scoring.Note
	if i.Barred() {
		all = append(all, scoring.Note{Code: "item_not_purchasable", Ref: i.Item})
	}
	if b, word := p.Forbidden(i.Project); b != nil {
		all = append(all, scoring.Note{Code: "boundary_word", Ref: word})
	}
	all = append(all, p.Method(i.Year, i.Method, i.AmountFen, i.Reason != "")...)
	for _, f := range Kept(functions, i.Purchaser, i.Item, i.Year) {
		all = append(all, scoring.Note{Code: "staff_kept", Ref: f.Name, Have: float64(f.Staff)})
	}
	switch {
	case budgetFen == 0:
		all = append(all, scoring.Note{Code: "no_budget"})
	case plannedFen > budgetFen:
		all = append(all, scoring.Note{Code: "plan_above_budget", Have: yuan(plannedFen), Need: yuan(budgetFen)})
	}
	return all
}

// Known says whether a decision is one that a review can come to.
func (s Status) Known() bool { return slices.Contains(Decisions, s) }
