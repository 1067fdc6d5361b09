// Package market decides how a market is read, which is what a department or a catalogue item buys in a year: how many
// suppliers it has, which came and which went, how many are social organisations, and how concentrated its money is. It
// leaves to others which contracts belong to a market, and what to do about one.
package market

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// Policy is the [market] table of a policy file.
type Policy struct {
	MinContracts int     `toml:"min_contracts"` // of a market and year, below which its concentration is not read
	ModerateFrom float64 `toml:"moderate_from"` // of the index, on its scale to 10,000
	HighFrom     float64 `toml:"high_from"`
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *Policy) Check() []error {
	var faults []error
	if p.MinContracts < 2 {
		faults = append(faults, fmt.Errorf("market.min_contracts: found %d, expected 2 or more, as one contract is always one supplier's", p.MinContracts))
	}
	if !(p.ModerateFrom > 0 && p.ModerateFrom < p.HighFrom && p.HighFrom < Monopoly) {
		faults = append(faults, fmt.Errorf("market.moderate_from and high_from: found %g and %g, expected more than 0, in this order and below %d", p.ModerateFrom, p.HighFrom, Monopoly))
	}
	return faults
}

// Monopoly is the index of a market with one supplier.
const Monopoly = 10_000

// Unknown stands for a count that the data cannot tell.
const Unknown = -1

// Deal is one contract of a market.
type Deal struct {
	Supplier  string
	Social    bool // the supplier is a social organisation
	Year      int  // budget year
	AmountFen int64
}

// Year is a market in one year.
type Year struct {
	Year, Contracts int
	AmountFen       int64
	Suppliers       int
	Entrants        int // suppliers that had no contract of this market before; Unknown in the first year of the data
	Exits           int // suppliers of the year before that have none; Unknown there, and before the year has ended
	Social          int // suppliers that are social organisations
	SocialFen       int64
	Largest         string // supplier with most money; of several the first by its id
	LargestFen      int64
	Concentration
}

// PerSupplier is the number of contracts that a supplier has on average.
func (y *Year) PerSupplier() float64 { return share(int64(y.Contracts), int64(y.Suppliers)) }

// SocialShare and LargestShare are shares of the money; NaN where there is none.
func (y *Year) SocialShare() float64  { return share(y.SocialFen, y.AmountFen) }
func (y *Year) LargestShare() float64 { return share(y.LargestFen, y.AmountFen) }

func share(part, whole int64) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return float64(part) / float64(whole)
}

// Years describes a market in every year from its first contract to the last year with one anywhere, in order. first is
// the first year of the data, whatever the market; last is the last; asOf is the day up to which contracts are known.
func Years(deals []Deal, first, last int, asOf time.Time) []Year {
	byYear := map[int][]Deal{}
	for _, d := range deals {
		byYear[d.Year] = append(byYear[d.Year], d)
	}
	if len(byYear) == 0 {
		return nil
	}
	known, before := map[string]bool{}, map[string]bool{}
	var all []Year
	for year := slices.Min(slices.Collect(maps.Keys(byYear))); year <= last; year++ {
		y, now := describe(byYear[year])
		y.Year, y.Entrants, y.Exits = year, Unknown, Unknown
		if year > first {
			y.Entrants = missingFrom(now, known)
			if ended := time.Date(year, time.December, 31, 0, 0, 0, 0, time.UTC); !asOf.Before(ended) {
				y.Exits = missingFrom(before, now)
			}
		}
		maps.Copy(known, now)
		before = now
		all = append(all, y)
	}
	return all
}

// missingFrom counts what is in the first set and not in the second.
func missingFrom(these, those map[string]bool) (n int) {
	for id := range these {
		if !those[id] {
			n++
		}
	}
	return n
}

// describe sums up the contracts of one year, and names their suppliers.
func describe(deals []Deal) (Year, map[string]bool) {
	y, paid, suppliers := Year{Contracts: len(deals)}, map[string]int64{}, map[string]bool{}
	for _, d := range deals {
		y.AmountFen += d.AmountFen
		paid[d.Supplier] += d.AmountFen
		if d.Social {
			y.SocialFen += d.AmountFen
			if !suppliers[d.Supplier] {
				y.Social++
			}
		}
		suppliers[d.Supplier] = true
	}
	y.Suppliers = len(paid)
	for _, id := range slices.SortedFunc(maps.Keys(paid), func(a, b string) int { return cmp.Or(cmp.Compare(paid[b], paid[a]), cmp.Compare(a, b)) }) {
		y.Largest, y.LargestFen = id, paid[id]
		break
	}
	y.Concentration = concentrate(deals, paid)
	return y, suppliers
}
