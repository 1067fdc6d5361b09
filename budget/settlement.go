package budget

import (
	"fmt"
	"math"
	"slices"

	"pingxin/scoring"
)

// What a settlement advice says is to be done. It is advice: money is paid by a person, through the treasury.
const (
	Pay     = "pay"     // the rest of the whole amount
	Reduce  = "reduce"  // the rest of less than the whole amount
	Recover = "recover" // more was paid than is payable: take it off what is still to come, or ask it back
	Settled = "settled" // what is payable has been paid
	Interim = "interim" // the service runs: pay by its progress, up to the share that is allowed before an evaluation
	PaidUp  = "paid_up" // the whole amount was paid while a reason to wait stands: nothing is left to hold
	// Hold, beside these: nothing until the reasons are gone.
)

// SettlementActions lists what an advice can say, in the order in which readers see it.
func SettlementActions() []string {
	return []string{Pay, Reduce, Interim, Hold, PaidUp, Recover, Settled}
}

// The reasons of a settlement advice: those that make the share, and those that hold the money back.
const (
	SettleByGrade   = "settle_by_grade"      // Ref: the grade; Have: percent of the amount
	SettleByTargets = "settle_by_targets"    // Have: percent of the targets attained; Need: percent of the amount
	SettleInterim   = "settle_interim"       // Have: percent of the amount
	SettleUnclear   = "settle_not_clear"     // the interval reaches a better grade, Ref
	SettlePaidAhead = "settle_paid_ahead"    // Have: yuan paid; Need: yuan that might have been
	SettleMissing   = "settle_party_missing" // a party that has to score did not
	SettleDispute   = "settle_in_dispute"    // Ref: the oldest open objection
	SettleUngraded  = "settle_not_graded"    // Ref: the state of the evaluation
	SettleUnruled   = "settle_without_rule"  // Ref: a grade of which the policy says nothing
	SettleUnread    = "settle_target_unread" // Have: targets whose attainment is not known
	SettleNoTargets = "settle_no_targets"    // so the grade alone decides
)

const fenPerYuan = 100

// SettlementReasons lists all reasons, each of which has its clause in a policy.
func SettlementReasons() []string {
	return []string{SettleByGrade, SettleByTargets, SettleInterim, SettleUnclear, SettlePaidAhead, SettleMissing, SettleDispute, SettleUngraded,
		SettleUnruled, SettleUnread, SettleNoTargets}
}

// Settlement is the [settlement] table of a policy file.
type Settlement struct {
	Grades   []GradeShare    `toml:"grade"`
	Attained []AttainedShare `toml:"attained"` // best first, the last from 0; empty: targets do not count
	// InterimPct is the share of the amount that may be paid while there is no final evaluation.
	InterimPct float64  `toml:"interim_pct"`
	Clauses    []Clause `toml:"clause"`
}

// GradeShare is the share of the amount that a grade makes payable.
type GradeShare struct {
	Grade      string  `toml:"grade"`
	PayablePct float64 `toml:"payable_pct"`
}

// AttainedShare is the share of the amount that is payable from so many percent of the targets on.
type AttainedShare struct {
	FromPct    float64 `toml:"from_pct"`
	PayablePct float64 `toml:"payable_pct"`
}

// Clause is what a reason rests on: article and document, as it is cited in print.
type Clause struct {
	Reasons []string     `toml:"reasons"`
	Cite    scoring.Name `toml:"cite"`
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *Settlement) Check() []error {
	var faults []error
	for i, g := range p.Grades {
		faults = append(faults, percentage(fmt.Sprintf("settlement.grade[%d].payable_pct", i), g.PayablePct)...)
	}
	faults = append(faults, percentage("settlement.interim_pct", p.InterimPct)...)
	for i, a := range p.Attained {
		faults = append(faults, percentage(fmt.Sprintf("settlement.attained[%d].payable_pct", i), a.PayablePct)...)
		if i > 0 && a.FromPct >= p.Attained[i-1].FromPct {
			faults = append(faults, fmt.Errorf("settlement.attained[%d].from_pct: found %g, expected less than the %g before it", i, a.FromPct, p.Attained[i-1].FromPct))
		}
	}
	if last := len(p.Attained) - 1; last >= 0 && p.Attained[last].FromPct != 0 {
		faults = append(faults, fmt.Errorf("settlement.attained[%d].from_pct: found %g in the last row, expected 0, so that every attainment has a row", last, p.Attained[last].FromPct))
	}
	return append(faults, p.checkClauses()...)
}

// percentage is a fault when a number is no share of an amount.
func percentage(key string, found float64) []error {
	if found >= 0 && found <= 100 {
		return nil
	}
	return []error{fmt.Errorf("%s: found %g, expected 0 to 100", key, found)}
}

// checkClauses asks of every reason one clause in both languages.
func (p *Settlement) checkClauses() []error {
	var faults []error
	cited := map[string]int{}
	for i, c := range p.Clauses {
		for _, r := range c.Reasons {
			if cited[r]++; !slices.Contains(SettlementReasons(), r) {
				faults = append(faults, fmt.Errorf("settlement.clause[%d].reasons: found %q, expected some of %q", i, r, SettlementReasons()))
			}
		}
		if c.Cite.ZH == "" || c.Cite.EN == "" {
			faults = append(faults, fmt.Errorf("settlement.clause[%d].cite: found %+v, expected a text in both languages", i, c.Cite))
		}
	}
	for _, r := range SettlementReasons() {
		if cited[r] != 1 {
			faults = append(faults, fmt.Errorf("settlement.clause: found %d clauses for the reason %s, expected 1", cited[r], r))
		}
	}
	return faults
}

// ClauseOf is what a reason rests on; empty for a reason that the policy does not know.
func (p *Settlement) ClauseOf(reason string) scoring.Name {
	for _, c := range p.Clauses {
		if slices.Contains(c.Reasons, reason) {
			return c.Cite
		}
	}
	return scoring.Name{}
}

// Service is a contract whose fee is to be settled, as it stands on a day.
type Service struct {
	Contract, Purchaser, Supplier, ItemCode string
	AmountFen                               int64
	PaidFen                                 int64 // up to the day
	Ended                                   bool  // the last day of the service has passed
	Status                                  scoring.Status
	Grade                                   string
	Better                                  string  // better grade that the interval reaches; empty: none
	MissingParty                            bool    // a party that should have scored did not
	Attained                                float64 // percent of the targets; NaN: no target has a share
	Targets, Unread                         int     // and how many of them have no share
	Dispute                                 string  // oldest open objection to the evaluation; empty: none
}

// Advice is what may be paid for a contract, and why. Of the amount PayableFen is payable in all; DueFen of it is to be
// paid now. With Hold and PaidUp nothing is, and PayableFen says what would be payable if nothing held it back.
type Advice struct {
	Contract, Purchaser, Supplier, ItemCode string
	AmountFen, PaidFen                      int64
	PayablePct                              float64 // share of the amount that PayableFen is
	PayableFen, DueFen                      int64
	Attained                                float64 // percent of the targets; NaN: no target has a share
	Action                                  string
	Reasons                                 []scoring.Note
	Final                                   bool // a final evaluation decided, not the share allowed without one
}

// ReducedFen is what is taken off the amount for good.
func (a *Advice) ReducedFen() int64 {
	if !a.Final {
		return 0
	}
	return a.AmountFen - a.PayableFen
}

// OverpaidFen is what was paid beyond what is payable. With Recover it is to be had back; with PaidUp only once the reasons
// are gone, and as much of it as the result then takes off.
func (a *Advice) OverpaidFen() int64 { return max(0, a.PaidFen-a.PayableFen) }

// HeldFen is what would be due if nothing held it back.
func (a *Advice) HeldFen() int64 {
	if a.Action != Hold {
		return 0
	}
	return max(0, a.PayableFen-a.PaidFen)
}

// Holds says whether a reason holds money back, rather than saying how much is payable.
func Holds(reason string) bool {
	return slices.Contains([]string{SettlePaidAhead, SettleMissing, SettleDispute, SettleUngraded, SettleUnruled, SettleUnread}, reason)
}

// Advise says what may be paid for a service. The grade and the attained targets each make a share payable, and the lower
// one counts: what was not delivered is not paid for, however well the rest was done. While there is no final evaluation a
// fixed share may be paid.
func (p *Settlement) Advise(s Service) Advice {
	a := Advice{Contract: s.Contract, Purchaser: s.Purchaser, Supplier: s.Supplier, ItemCode: s.ItemCode, AmountFen: s.AmountFen, PaidFen: s.PaidFen,
		Attained: scoring.Round(s.Attained, shareDecimals), PayablePct: p.InterimPct}
	share, ruled := p.shareOf(s.Grade)
	if a.Final = s.Status == scoring.Rated && ruled; a.Final {
		a.PayablePct = share
		a.reason(scoring.Note{Code: SettleByGrade, Ref: s.Grade, Have: share})
		p.byTargets(&a, &s)
		if s.Better != "" && a.PayablePct < 100 {
			a.reason(scoring.Note{Code: SettleUnclear, Ref: s.Better})
		}
	} else {
		a.reason(scoring.Note{Code: SettleInterim, Have: p.InterimPct})
	}
	a.PayableFen = percentOf(s.AmountFen, a.PayablePct)
	a.act(p.holds(&a, &s))
	return a
}

// shareDecimals is how exactly an attainment is kept: a hundredth of a percent of the contract.
const shareDecimals = 2

func (a *Advice) reason(n scoring.Note) { a.Reasons = append(a.Reasons, n) }

// shareOf is the share of a grade; ruled is false when the policy says nothing of it.
func (p *Settlement) shareOf(grade string) (pct float64, ruled bool) {
	at := slices.IndexFunc(p.Grades, func(g GradeShare) bool { return g.Grade == grade })
	if at < 0 {
		return 0, false
	}
	return p.Grades[at].PayablePct, true
}

// byTargets lowers the share to what the attained targets make payable.
func (p *Settlement) byTargets(a *Advice, s *Service) {
	if len(p.Attained) == 0 {
		return
	}
	if s.Targets == 0 {
		a.reason(scoring.Note{Code: SettleNoTargets})
		return
	}
	if math.IsNaN(a.Attained) { // which holds the money back
		return
	}
	at := slices.IndexFunc(p.Attained, func(r AttainedShare) bool { return a.Attained >= r.FromPct }) // the last is from 0
	a.reason(scoring.Note{Code: SettleByTargets, Have: a.Attained, Need: p.Attained[at].PayablePct})
	a.PayablePct = min(a.PayablePct, p.Attained[at].PayablePct)
}

// holds are the reasons to pay nothing for now.
func (p *Settlement) holds(a *Advice, s *Service) (reasons []scoring.Note) {
	hold := func(when bool, n scoring.Note) {
		if when {
			reasons = append(reasons, n)
		}
	}
	hold(s.Dispute != "", scoring.Note{Code: SettleDispute, Ref: s.Dispute})
	rated := s.Status == scoring.Rated || s.Status == scoring.Provisional
	hold(s.Ended && !rated, scoring.Note{Code: SettleUngraded, Ref: string(s.Status)})
	hold(s.Ended && s.MissingParty, scoring.Note{Code: SettleMissing})
	hold(s.Status == scoring.Rated && !a.Final, scoring.Note{Code: SettleUnruled, Ref: s.Grade})
	hold(a.Final && len(p.Attained) > 0 && s.Unread > 0, scoring.Note{Code: SettleUnread, Have: float64(s.Unread)})
	hold(!a.Final && s.PaidFen > a.PayableFen, a.paidAhead())
	return reasons
}

func (a *Advice) paidAhead() scoring.Note {
	return scoring.Note{Code: SettlePaidAhead, Have: float64(a.PaidFen) / fenPerYuan, Need: float64(a.PayableFen) / fenPerYuan}
}

// act decides what is to be done now.
func (a *Advice) act(holds []scoring.Note) {
	a.Reasons = append(a.Reasons, holds...)
	rest := a.PayableFen - a.PaidFen
	switch {
	case len(holds) > 0 && a.PaidFen >= a.AmountFen:
		a.Action = PaidUp
		return
	case len(holds) > 0:
		a.Action = Hold
		return
	case !a.Final:
		a.Action = Interim
	case rest < 0:
		a.Action = Recover
		a.reason(a.paidAhead())
	case rest == 0:
		a.Action = Settled
	case a.PayableFen < a.AmountFen:
		a.Action = Reduce
	default:
		a.Action = Pay
	}
	a.DueFen = max(0, rest)
}
