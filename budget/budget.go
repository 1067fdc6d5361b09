// Package budget turns evaluations into proposals for next year's money, exact to the fen. It decides how far a grade
// moves a contract's base, which guards hold a move back, and how a total that is given is shared; a proposal is adopted by
// a person, never by the program.
package budget

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"time"

	"pingxin/scoring"
)

// The methods by which money is proposed.
const (
	GradeTable = "grade_table"
	Exchange   = "linear_exchange"
)

// The actions of proposals that the rules name themselves; those of the grade table come from the policy.
const (
	Hold  = "hold" // the base stays, whatever there is to share
	Raise = "raise"
	Keep  = "keep"
	Cut   = "cut"

	exchanged = "exchange"
)

// prepared is the month from which departments prepare the budget of the next year (部门预算“一上”) from what runs under the
// contracts of this one. Until then the year before counts, whose evaluations come in by then: the first contracts of a new year
// are no measure of what a district buys.
const prepared = time.July

// BaseYear is the latest budget year from whose contracts money is proposed on a day.
func BaseYear(day time.Time) int {
	if day.Month() < prepared {
		return day.Year() - 1
	}
	return day.Year()
}

// Policy is the [budget] table of a policy file.
type Policy struct {
	Method        string   `toml:"method"` // GradeTable or Exchange
	Rows          []Row    `toml:"grade"`
	Withhold      float64  `toml:"withhold_pct"`     // linear exchange: share of every base that goes into the pool
	LargestMove   float64  `toml:"largest_move_pct"` // of the base in one year
	NoGain        []string `toml:"no_gain_grades"`   // quality floor: grades that never gain
	ClearInterval bool     `toml:"clear_interval"`   // money moves only where the whole interval lies in the band
}

// Row is what a grade does to the base: from FromPct at the lower line of its band to ToPct at the upper.
type Row struct {
	Grade   string  `toml:"grade"`
	Action  string  `toml:"action"`
	FromPct float64 `toml:"from_pct"`
	ToPct   float64 `toml:"to_pct"`
	Exempt  bool    `toml:"exempt"` // not held by the largest move: a person decides anyway
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *Policy) Check() []error {
	var faults []error
	if p.Method != GradeTable && p.Method != Exchange {
		faults = append(faults, fmt.Errorf("budget.method: found %q, expected grade_table or linear_exchange", p.Method))
	}
	if p.LargestMove <= 0 || p.LargestMove > 100 {
		faults = append(faults, fmt.Errorf("budget.largest_move_pct: found %g, expected more than 0 and at most 100", p.LargestMove))
	}
	if p.Method == Exchange && (p.Withhold <= 0 || p.Withhold >= 100) {
		faults = append(faults, fmt.Errorf("budget.withhold_pct: found %g, expected more than 0 and less than 100", p.Withhold))
	}
	for i, r := range p.Rows {
		if !movable(r.FromPct) || !movable(r.ToPct) || r.Action == "" {
			faults = append(faults, fmt.Errorf("budget.grade[%d]: found %g to %g and action %q, expected percentages from -100 to %d and an action", i, r.FromPct,
				r.ToPct, r.Action, LargestPct))
		}
	}
	return faults
}

// LargestPct is the most that a rule can add to a base: what trebles a contract's money is taken for a mistyped number.
const LargestPct = 200

func movable(pct float64) bool { return pct >= -100 && pct <= LargestPct }

// Item is a contract whose money is proposed for next year.
type Item struct {
	Contract, Purchaser, Supplier, ItemCode string
	BaseFen                                 int64
	Value, Low, High                        float64
	Grade                                   string
	Status                                  scoring.Status
	MissingParty                            bool    // a party that should have scored did not
	Candidate                               bool    // the supplier is a candidate for the blacklist
	Listed                                  bool    // the supplier is on the blacklist
	Dispute                                 string  // number of the oldest open objection to the evaluation; empty: none
	BandLow, BandHigh                       float64 // lines of the grade's band
}

// Proposal is what a contract might get next year: BaseFen + ChangeFen.
type Proposal struct {
	Contract, Purchaser, Supplier, ItemCode string
	BaseFen, ChangeFen                      int64
	Action                                  string
	Reasons                                 []scoring.Note
}

// NextFen is the proposed amount.
func (p *Proposal) NextFen() int64 { return p.BaseFen + p.ChangeFen }

// Separate says that the proposal of a contract follows from that contract alone, not from what others get.
func (p *Policy) Separate() bool { return p.Method != Exchange }

// Propose makes a proposal for every item, in the order of contracts whatever the order they come in.
func (p *Policy) Propose(items []Item) ([]Proposal, error) {
	items = inOrder(items)
	for i := range items {
		if items[i].BaseFen < 0 {
			return nil, fmt.Errorf("contract %s: found a base of %d fen, expected 0 or more", items[i].Contract, items[i].BaseFen)
		}
	}
	if !p.Separate() {
		return p.exchange(items), nil
	}
	proposals, reasons := make([]Proposal, len(items)), make([]scoring.Note, mostReasons*len(items))
	for i := range items {
		proposals[i] = p.byGrade(&items[i], reasons[mostReasons*i:mostReasons*i:mostReasons*(i+1)])
	}
	return proposals, nil
}

// inOrder are the items in the order of contracts.
func inOrder(items []Item) []Item {
	for i := 1; i < len(items); i++ {
		if items[i].Contract < items[i-1].Contract {
			return slices.SortedFunc(slices.Values(items), func(a, b Item) int { return cmp.Compare(a.Contract, b.Contract) })
		}
	}
	return items
}

func proposal(i *Item, action string, change int64, reasons ...scoring.Note) Proposal {
	return Proposal{i.Contract, i.Purchaser, i.Supplier, i.ItemCode, i.BaseFen, change, action, reasons}
}

// mostReasons is how many reasons a proposal by the grade table has: its grade, and what held it back.
const mostReasons = 2

// byGrade applies the grade table and its guards to one contract; the reasons are appended to an empty slice.
func (p *Policy) byGrade(i *Item, reasons []scoring.Note) Proposal {
	if i.Status != scoring.Rated && i.Status != scoring.Provisional {
		return proposal(i, Hold, 0, append(reasons, scoring.Note{Code: "not_rated", Ref: string(i.Status)})...)
	}
	row := p.row(i.Grade)
	if row == nil {
		return proposal(i, Hold, 0, append(reasons, scoring.Note{Code: "grade_without_rule", Ref: i.Grade})...)
	}
	pct := row.between(i)
	reasons = append(reasons, scoring.Note{Code: "by_grade", Ref: i.Grade, Have: scoring.Round(pct, 4)})
	if note, held := p.guard(i, pct); held {
		return proposal(i, Hold, 0, append(reasons, note)...)
	}
	if limited := min(max(pct, -p.LargestMove), p.LargestMove); limited != pct && !row.Exempt {
		reasons = append(reasons, scoring.Note{Code: "largest_move", Have: scoring.Round(pct, 4), Need: p.LargestMove})
		pct = limited
	}
	return proposal(i, row.Action, percentOf(i.BaseFen, pct), reasons...)
}

// between is the percentage at the value's place in its band. A grade lowered by a cap counts at the upper line of the
// band that it was lowered to.
func (r *Row) between(i *Item) float64 {
	span := i.BandHigh - i.BandLow
	if !(span > 0) {
		return r.FromPct
	}
	place := min(max((i.Value-i.BandLow)/span, 0), 1)
	return r.FromPct + float64((r.ToPct-r.FromPct)*place)
}

// guard says whether a move is held back, and why. Up or down, no money follows from a result that is under review.
func (p *Policy) guard(i *Item, pct float64) (scoring.Note, bool) {
	if pct != 0 && i.Dispute != "" {
		return scoring.Note{Code: "in_dispute", Ref: i.Dispute}, true
	}
	if note, held := p.noGain(i); held && pct > 0 {
		return note, true
	}
	if pct != 0 && p.ClearInterval && !i.clear() {
		return scoring.Note{Code: "interval_not_clear"}, true
	}
	return scoring.Note{}, false
}

// noGain says whether a contract may not get more than its base, and why.
func (p *Policy) noGain(i *Item) (scoring.Note, bool) {
	switch {
	case slices.Contains(p.NoGain, i.Grade):
		return scoring.Note{Code: "quality_floor", Ref: i.Grade}, true
	case i.MissingParty:
		return scoring.Note{Code: "no_gain_party_missing"}, true
	case i.Listed:
		return scoring.Note{Code: "no_gain_listed"}, true
	case i.Candidate:
		return scoring.Note{Code: "no_gain_candidate"}, true
	}
	return scoring.Note{}, false
}

// fixed says whether a contract keeps its base whatever is proposed for the others, because nothing that would move it is
// certain: it is not rated, its grade has no rule, its evaluation is in dispute, or its interval does not clear the lines of its grade.
func (p *Policy) fixed(i *Item) bool {
	if i.Dispute != "" || p.ClearInterval && !i.clear() {
		return true
	}
	if p.Method == Exchange {
		return i.Status != scoring.Rated
	}
	return i.Status != scoring.Rated && i.Status != scoring.Provisional || p.row(i.Grade) == nil
}

// row is the rule of a grade; nil when there is none.
func (p *Policy) row(grade string) *Row {
	at := slices.IndexFunc(p.Rows, func(r Row) bool { return r.Grade == grade })
	if at < 0 {
		return nil
	}
	return &p.Rows[at]
}

// clear says whether the interval lies in the band of the grade; for a grade lowered by a cap, whatever the value.
func (i *Item) clear() bool {
	if i.Value >= i.BandHigh && i.High > i.BandHigh { // full marks on the upper line of the best band lie within it
		return true
	}
	return i.Low >= i.BandLow && i.High <= i.BandHigh
}

// percentOf is pct percent of an amount, rounded to the fen half away from zero. pct counts to six decimals and is at most
// LargestPct either way.
func percentOf(fen int64, pct float64) int64 {
	const unit = 1_000_000
	const whole = 100 * unit
	times := int64(math.Round(pct * unit))
	high, low := bits.Mul64(magnitude(fen), magnitude(times))
	low, carry := bits.Add64(low, whole/2, 0)
	amount, _ := bits.Div64(high+carry, low, whole) // of two times the largest number at most, which fits
	if (fen < 0) != (times < 0) {
		return -int64(amount)
	}
	return int64(amount)
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// exchange pays a share of every base into a pool and pays the pool out by value; the sum of all changes is zero to
// the fen. Whoever would gain and may not is taken out, and the others exchange anew: the mean sinks with every round, so
// nobody is taken out who would have to pay in the end. After US 42 CFR 412.162 (hospital value-based purchasing).
func (p *Policy) exchange(items []Item) []Proposal {
	proposals := make([]Proposal, len(items))
	var moved []int
	for i := range items {
		if items[i].Status != scoring.Rated {
			proposals[i] = proposal(&items[i], Hold, 0, scoring.Note{Code: "not_rated", Ref: string(items[i].Status)})
		} else if note, held := p.guard(&items[i], -1); held {
			proposals[i] = proposal(&items[i], Hold, 0, note)
		} else {
			moved = append(moved, i)
		}
	}
	for {
		bases, values := make([]int64, len(moved)), make([]float64, len(moved))
		for k, i := range moved {
			bases[k], values[k] = items[i].BaseFen, items[i].Value
		}
		var stay []int
		for k, change := range LinearExchange(bases, values, p.Withhold/100) {
			i := moved[k]
			if note, held := p.guard(&items[i], float64(change)); held {
				proposals[i] = proposal(&items[i], Hold, 0, note)
				continue
			}
			proposals[i] = proposal(&items[i], exchanged, change, scoring.Note{Code: "linear_exchange", Have: items[i].Value})
			stay = append(stay, i)
		}
		if len(stay) == len(moved) {
			return proposals
		}
		moved = stay
	}
}

// LinearExchange returns base*p*(value/100*slope - 1) for every base, slope = sum(base)/sum(base*value/100), rounded to
// fen by the largest remainder so that the changes add up to zero; ties go to the earlier item. Bases in fen, values
// 0..100. All zero values, or no items, change nothing.
func LinearExchange(bases []int64, values []float64, p float64) []int64 {
	var total, weighted float64
	for i, b := range bases {
		total += float64(b)
		weighted += float64(float64(b)*values[i]) / 100
	}
	changes := make([]int64, len(bases))
	if weighted == 0 {
		return changes
	}
	slope := total / weighted
	rests := make([]float64, len(bases))
	var sum int64
	for i, b := range bases {
		exact := float64(b) * p * (float64(values[i]/100*slope) - 1)
		floor := math.Floor(exact)
		changes[i], rests[i] = int64(floor), exact-floor
		sum += changes[i]
	}
	order := make([]int, len(bases))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(rests[b], rests[a]), cmp.Compare(a, b)) })
	for k := 0; sum < 0; k++ { // every floor is below its exact value by less than a fen, so one round is enough
		changes[order[k%len(order)]]++
		sum++
	}
	return changes
}
