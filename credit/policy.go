// Package credit turns a supplier's evaluations and conduct over time into a credit score, a level and the reasons for
// it, and the item scores of its assessors into a grade from 5A to 1A. It decides how evidence ages, what offences and
// commendations are worth, and when there is too little to say anything. It never lists anybody: see package blacklist.
package credit

import (
	"fmt"
	"slices"
	"time"
)

// Policy is the [credit] table of a policy file; each key has its reason and source in the shipped file.
type Policy struct {
	MinEvaluations int     `toml:"min_evaluations"` // a supplier with fewer, and fewer cases than MinCases, is unrated
	MinCases       int64   `toml:"min_cases"`
	PerformancePct float64 `toml:"performance_pct"`
	ConductPct     float64 `toml:"conduct_pct"`
	WindowDays     int     `toml:"window_days"`      // age at which an evaluation counts for nothing
	Ageing         string  `toml:"ageing"`           // ByMonth or ByDay: when everything grows older
	AmountUnitYuan float64 `toml:"amount_unit_yuan"` // weight of an amount: ln(1 + amount/unit)
	LargestShare   float64 `toml:"largest_share"`    // of one contract in the performance, where there are several

	ConductStart    float64 `toml:"conduct_start"`
	General         float64 `toml:"general_offence"` // points off
	Serious         float64 `toml:"serious_offence"`
	GeneralDays     int     `toml:"general_days"` // how long a general offence counts
	Commendation    float64 `toml:"commendation"` // points on
	CommendationMax float64 `toml:"commendation_max"`
	RepairDays      int     `toml:"repair_days"` // over which a repaired offence loses its weight

	StaleDays  int     `toml:"stale_days"` // newest evaluation older than this caps the level
	StaleCap   string  `toml:"stale_cap"`
	SeriousCap string  `toml:"serious_cap"` // while a serious offence is open
	ListedCap  string  `toml:"listed_cap"`
	Levels     []Level `toml:"level"` // best first
	Stars      []Star  `toml:"star"`  // most first
}

// When evaluations and conduct grow older.
const (
	ByDay   = "day"
	ByMonth = "month" // on the first of each month, by as many days as have passed: between, a rating moves only on news
)

// Level is one credit level: scores from From up to the next better level.
type Level struct {
	ID   string  `toml:"id"`
	From float64 `toml:"from"`
}

// Star is the local scale beside the levels, with its advice to those who compare bids.
type Star struct {
	Stars     int     `toml:"stars"`
	From      float64 `toml:"from"`
	BidPoints float64 `toml:"bid_points"` // of 100, added to a bid's score
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *Policy) Check() []error {
	var faults []error
	fault := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("credit.%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if p.PerformancePct+p.ConductPct != 100 {
		fault("performance_pct", "found %g beside conduct_pct %g, expected a sum of 100", p.PerformancePct, p.ConductPct)
	}
	if p.Ageing != ByDay && p.Ageing != ByMonth {
		fault("ageing", "found %q, expected %q or %q", p.Ageing, ByMonth, ByDay)
	}
	for key, days := range map[string]int{"window_days": p.WindowDays, "general_days": p.GeneralDays, "repair_days": p.RepairDays, "stale_days": p.StaleDays} {
		if days <= 0 {
			fault(key, "found %d, expected a number of days above 0", days)
		}
	}
	if p.AmountUnitYuan <= 0 || !(p.LargestShare >= 0.5 && p.LargestShare <= 1) { // below a half, the rest could push another contract over it
		fault("largest_share", "found %g with amount_unit_yuan %g, expected a share from 0.5 to 1 and a unit above 0", p.LargestShare, p.AmountUnitYuan)
	}
	for i, l := range p.Levels {
		if i > 0 && l.From >= p.Levels[i-1].From {
			fault("level", "%s begins at %g, expected less than the better level's %g", l.ID, l.From, p.Levels[i-1].From)
		}
	}
	if len(p.Levels) == 0 || p.Levels[len(p.Levels)-1].From != 0 {
		fault("level", "expected levels from the best to the worst, the worst from 0")
	}
	for key, id := range map[string]string{"stale_cap": p.StaleCap, "serious_cap": p.SeriousCap, "listed_cap": p.ListedCap} {
		if p.rank(id) < 0 {
			fault(key, "found %q, expected the id of a level", id)
		}
	}
	if len(p.Stars) == 0 || p.Stars[len(p.Stars)-1].From != 0 {
		fault("star", "expected stars from the most to the fewest, the fewest from 0")
	}
	slices.SortFunc(faults, func(a, b error) int { return compareText(a.Error(), b.Error()) }) // maps have no order
	return faults
}

// agedOn is the day to which ages are counted on the day asOf.
func (p *Policy) agedOn(asOf time.Time) time.Time {
	if p.Ageing == ByMonth {
		return time.Date(asOf.Year(), asOf.Month(), 1, 0, 0, 0, 0, asOf.Location())
	}
	return asOf
}

// agesNext is the first day after asOf on which anything is older than on asOf.
func (p *Policy) agesNext(asOf time.Time) time.Time {
	if p.Ageing == ByMonth {
		return p.agedOn(asOf).AddDate(0, 1, 0)
	}
	return asOf.AddDate(0, 0, 1)
}

// age is how many days old something of a day that has come counts as on the day asOf; from 0.
func (p *Policy) age(asOf, day time.Time) int {
	return max(0, int(p.agedOn(asOf).Sub(day)/dayLength))
}

// rank is the place of a level, 0 for the best; -1 for an unknown one.
func (p *Policy) rank(id string) int {
	return slices.IndexFunc(p.Levels, func(l Level) bool { return l.ID == id })
}

// levelOf is the level of a rounded score.
func (p *Policy) levelOf(score float64) string {
	for _, l := range p.Levels {
		if score >= l.From {
			return l.ID
		}
	}
	return p.Levels[len(p.Levels)-1].ID
}

// starsOf is the number of stars of a rounded score.
func (p *Policy) starsOf(score float64) int {
	for _, s := range p.Stars {
		if score >= s.From {
			return s.Stars
		}
	}
	return p.Stars[len(p.Stars)-1].Stars
}
