package execution

import "math"

// Year is how far the roll-out has come in one year.
type Year struct {
	Year                       int
	Departments, OfDepartments int // that buy; that there are
	Items, OfItems             int // of the catalogue that are bought; that may be bought
	Contracts, Evaluated       int
	ContractFen, EvaluatedFen  int64
	PurchasedFen, BudgetFen    int64 // purchased services and whole budget of the departments whose budget is known
}

// PurchasedShare is the part of the departments' budgets that went into purchased services, as a share of one; NaN where no
// budget is known.
func (y *Year) PurchasedShare() float64 { return ratio(y.PurchasedFen, y.BudgetFen) }

// Aim is one aim of a stage held against a year.
type Aim struct {
	ID       string // departments, items or evaluated
	Have     float64
	Need     float64 // both in percent; Have is NaN of nothing
	Attained bool
}

// StageOf is the stage of the roll-out in which a year lies; nil before the first, or where the policy has none.
func (p *Policy) StageOf(year int) *Stage {
	var held *Stage
	for i := range p.Stages {
		if p.Stages[i].FromYear <= year {
			held = &p.Stages[i]
		}
	}
	return held
}

// Aims holds a year against the aims of its stage; nil where there are none.
func (p *Policy) Aims(y *Year) []Aim {
	s := p.StageOf(y.Year)
	if s == nil {
		return nil
	}
	var all []Aim
	add := func(id string, part, of int64, need float64) {
		if need == 0 {
			return
		}
		have := ratio(part, of) * 100
		all = append(all, Aim{ID: id, Have: have, Need: need, Attained: !math.IsNaN(have) && have >= need})
	}
	add("departments", int64(y.Departments), int64(y.OfDepartments), s.DepartmentsPct)
	add("items", int64(y.Items), int64(y.OfItems), s.ItemsPct)
	add("evaluated", y.EvaluatedFen, y.ContractFen, s.EvaluatedPct)
	return all
}

// Rising says whether the share of purchased services rose from one year to the next, as the opinion asks
// (江北府办〔2015〕109号, 二(六)1: 逐步增加政府购买服务资金的比例); known is false where one of the years has no share.
func Rising(before, after *Year) (rising, known bool) {
	a, b := before.PurchasedShare(), after.PurchasedShare()
	return b > a, !math.IsNaN(a) && !math.IsNaN(b)
}
