// Package catalogue advises what to change in the guidance catalogue of services that may be bought, from how the
// contracts of each item were evaluated: add an item, drop it, or move it into or out of the procurement catalogue. It
// also says what changed between two versions. What is advised has no force: a version is adopted by a person.
package catalogue

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"pingxin/scoring"
)

// Policy is the [catalogue] table of a policy file.
type Policy struct {
	Years         int     `toml:"years"`         // the last so many budget years are looked at
	MinContracts  int     `toml:"min_contracts"` // with a value in them; fewer say too little
	AddFrom       float64 `toml:"add_from"`      // an item bought outside the catalogue is added where its mean is certainly not below
	AddSuppliers  int     `toml:"add_suppliers"`
	DropBelow     float64 `toml:"drop_below"` // an item is dropped where its mean is certainly below
	IdleYears     int     `toml:"idle_years"` // or where nobody bought it for so long
	MoveFrom      float64 `toml:"move_from"`  // an item moves into the procurement catalogue where its mean is certainly not below
	MoveSuppliers int     `toml:"move_suppliers"`
	MoveYuan      int64   `toml:"move_yuan"`  // in every year
	LeaveYuan     int64   `toml:"leave_yuan"` // an item leaves the procurement catalogue where no year came to so much
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *Policy) Check() []error {
	var faults []error
	for _, n := range []struct {
		key          string
		found, least int
	}{{"years", p.Years, 1}, {"min_contracts", p.MinContracts, 2}, {"add_suppliers", p.AddSuppliers, 1}, {"idle_years", p.IdleYears, 1}, {"move_suppliers", p.MoveSuppliers, 1}} {
		if n.found < n.least {
			faults = append(faults, fmt.Errorf("catalogue.%s: found %d, expected %d or more", n.key, n.found, n.least))
		}
	}
	if p.LeaveYuan < 0 || p.LeaveYuan > p.MoveYuan {
		faults = append(faults, fmt.Errorf("catalogue.leave_yuan: found %d, expected 0 or more and at most move_yuan, so that no item moves to and fro", p.LeaveYuan))
	}
	if !(p.DropBelow <= p.AddFrom && p.DropBelow <= p.MoveFrom) {
		faults = append(faults, fmt.Errorf("catalogue.drop_below: found %g, expected at most add_from %g and move_from %g", p.DropBelow, p.AddFrom, p.MoveFrom))
	}
	return faults
}

// Listing is what a version says of an item.
type Listing string

// The listings.
const (
	Unlisted    Listing = ""            // the version does not know it
	Guidance    Listing = "guidance"    // it may be bought
	Procurement Listing = "procurement" // it may be bought, by the ways of the procurement catalogue
	Negative    Listing = "negative"    // it may not be bought
)

// Action is what is advised.
type Action string

// The actions.
const (
	Keep    Action = "keep"
	Add     Action = "add"
	Drop    Action = "drop"
	MoveIn  Action = "move_in"  // into the procurement catalogue
	MoveOut Action = "move_out" // out of it, back to guidance alone
	Stop    Action = "stop"     // it is bought although it may not be
)

// Item is what is known of one code.
type Item struct {
	Code      string
	Listing   Listing
	Forbidden int    // contracts signed while the version then in force said that it may not be bought
	Years     []Year // of the item, in order, without gaps up to the last year of the data; nil: never bought
}

// Year is one budget year of an item.
type Year struct {
	Year, Contracts, Suppliers int
	AmountFen                  int64
	Values                     []float64 // of the contracts that have one, in the order of contracts
}

// Advice is what is advised for an item, with what it rests on.
type Advice struct {
	Code            string
	Listing         Listing
	Action          Action
	Contracts       int // of the years looked at, as the other figures
	Rated           int
	AmountFen       int64
	Suppliers       int // of the year with the fewest
	Mean, Low, High float64
	Reasons         []scoring.Note
}

// Next is what the next version says of the item where the advice is followed.
func (a *Advice) Next() Listing {
	switch a.Action {
	case Add, MoveOut:
		return Guidance
	case Drop:
		return Unlisted
	case MoveIn:
		return Procurement
	}
	return a.Listing
}

// confidence is that of the interval of an item's mean, as of every interval of an evaluation.
const confidence = 0.9

const fenPerYuan = 100

// Advise advises on one item; first and last are the first and last year of the data. An item that is listed and whose
// line is not clear keeps its place: advice to change rests on an interval that lies beyond the line as a whole.
func (p *Policy) Advise(i Item, first, last int) Advice {
	a := Advice{Code: i.Code, Listing: i.Listing, Action: Keep}
	looked := p.window(i.Years, last)
	a.sum(looked)
	switch {
	case i.Listing == Negative:
		p.forbidden(&a, i.Forbidden)
	case i.Listing != Unlisted && p.idle(&a, i.Years, first, last):
	case a.Rated < p.MinContracts:
		a.because(scoring.Note{Code: "catalogue_few", Have: float64(a.Rated), Need: float64(p.MinContracts)})
	case i.Listing == Unlisted:
		p.addable(&a)
	case a.High < p.DropBelow:
		a.Action = Drop
		a.because(scoring.Note{Code: "catalogue_below", Have: a.High, Need: p.DropBelow})
	case i.Listing == Guidance:
		p.intoProcurement(&a, looked)
	default:
		p.outOfProcurement(&a, looked)
	}
	return a
}

// wan is an amount in ten thousand yuan (万元), as reasons give money.
func wan(yuan int64) float64 { return scoring.Round(float64(yuan)/10_000, 2) }

func (a *Advice) because(n scoring.Note) { a.Reasons = append(a.Reasons, n) }

// window is the part of the years that is looked at.
func (p *Policy) window(years []Year, last int) []Year {
	for i, y := range years {
		if y.Year > last-p.Years {
			return years[i:]
		}
	}
	return nil
}

// sum adds up the years and estimates the mean value of a contract with its interval by Student's t.
func (a *Advice) sum(years []Year) {
	var values []float64
	for i, y := range years {
		a.Contracts += y.Contracts
		a.AmountFen += y.AmountFen
		if i == 0 || y.Suppliers < a.Suppliers {
			a.Suppliers = y.Suppliers
		}
		values = append(values, y.Values...)
	}
	a.Rated = len(values)
	a.Mean, a.Low, a.High = math.NaN(), math.NaN(), math.NaN()
	if a.Rated > 0 {
		slices.Sort(values)
		a.Mean = scoring.Round(scoring.Mean(values), 2)
	}
	if n := float64(a.Rated); n > 1 {
		half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.5+confidence/2) * stat.StdErr(stat.StdDev(values, nil), n)
		a.Low, a.High = scoring.Round(a.Mean-half, 2), scoring.Round(a.Mean+half, 2)
	}
}

func (p *Policy) forbidden(a *Advice, contracts int) {
	if contracts > 0 {
		a.Action = Stop
		a.because(scoring.Note{Code: "catalogue_forbidden", Have: float64(contracts)})
	}
}

// idle advises to drop what nobody bought for long; the data have to reach back so far.
func (p *Policy) idle(a *Advice, years []Year, first, last int) bool {
	bought := first - 1
	for _, y := range years {
		if y.Contracts > 0 {
			bought = y.Year
		}
	}
	if last-bought < p.IdleYears {
		return false
	}
	a.Action = Drop
	a.because(scoring.Note{Code: "catalogue_idle", Have: float64(last - bought), Need: float64(p.IdleYears)})
	return true
}

// addable advises to add what is bought outside the catalogue, well and from several.
func (p *Policy) addable(a *Advice) {
	a.because(scoring.Note{Code: "catalogue_unlisted", Have: float64(a.Contracts)})
	few, low := a.Suppliers < p.AddSuppliers, !(a.Low >= p.AddFrom)
	if few {
		a.because(scoring.Note{Code: "catalogue_suppliers", Have: float64(a.Suppliers), Need: float64(p.AddSuppliers)})
	}
	if low {
		a.because(scoring.Note{Code: "catalogue_unclear", Have: a.Low, Need: p.AddFrom})
	}
	if !few && !low {
		a.Action = Add
		a.because(scoring.Note{Code: "catalogue_well", Have: a.Low, Need: p.AddFrom})
	}
}

// least is what the poorest of the years had: money and suppliers. A year without a contract had none.
func (p *Policy) least(a *Advice, looked []Year) (yuan int64, suppliers int) {
	if len(looked) < p.Years {
		return 0, 0
	}
	yuan = looked[0].AmountFen / fenPerYuan
	for _, y := range looked {
		yuan = min(yuan, y.AmountFen/fenPerYuan)
	}
	return yuan, a.Suppliers
}

// intoProcurement advises to move an item that is bought much, from several and well in every year.
func (p *Policy) intoProcurement(a *Advice, looked []Year) {
	yuan, suppliers := p.least(a, looked)
	switch {
	case yuan < p.MoveYuan:
		a.because(scoring.Note{Code: "catalogue_money", Have: wan(yuan), Need: wan(p.MoveYuan)})
	case suppliers < p.MoveSuppliers:
		a.because(scoring.Note{Code: "catalogue_suppliers", Have: float64(suppliers), Need: float64(p.MoveSuppliers)})
	case !(a.Low >= p.MoveFrom):
		a.because(scoring.Note{Code: "catalogue_unclear", Have: a.Low, Need: p.MoveFrom})
	default:
		a.Action = MoveIn
		a.because(scoring.Note{Code: "catalogue_money", Have: wan(yuan), Need: wan(p.MoveYuan)})
		a.because(scoring.Note{Code: "catalogue_suppliers", Have: float64(suppliers), Need: float64(p.MoveSuppliers)})
		a.because(scoring.Note{Code: "catalogue_well", Have: a.Low, Need: p.MoveFrom})
	}
}

// outOfProcurement advises to move an item back that was bought too little, or from too few to compete, in every year.
func (p *Policy) outOfProcurement(a *Advice, looked []Year) {
	if len(looked) < p.Years {
		return
	}
	var yuan int64
	suppliers := 0
	for _, y := range looked {
		yuan, suppliers = max(yuan, y.AmountFen/fenPerYuan), max(suppliers, y.Suppliers)
	}
	if yuan < p.LeaveYuan {
		a.Action = MoveOut
		a.because(scoring.Note{Code: "catalogue_money", Have: wan(yuan), Need: wan(p.LeaveYuan)})
	}
	if suppliers < p.MoveSuppliers {
		a.Action = MoveOut
		a.because(scoring.Note{Code: "catalogue_suppliers", Have: float64(suppliers), Need: float64(p.MoveSuppliers)})
	}
}
