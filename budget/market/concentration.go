package market

import "math"

// Concentration is how much of a market's money few suppliers hold: the Herfindahl-Hirschman index, the sum of the squared
// percentages of the suppliers, from near 0 to 10,000 for one supplier alone (Hirschman 1964, "The paternity of an index").
// NaN where there is no money.
type Concentration struct {
	Index     float64
	Least     float64 // that these contracts allow: each with a supplier of its own
	Low, High float64 // the least and the most that the index is with all contracts or without any one of them; NaN below two
}

// Effective is the number of suppliers of equal size that would have this index.
func (c Concentration) Effective() float64 { return Monopoly / c.Index }

// concentrate computes the index of contracts whose suppliers are paid so much. Sums of squares are kept as whole
// numbers of fen in floating point, added in the order of the contracts: 2^53 fen is more than a district spends.
func concentrate(deals []Deal, paid map[string]int64) Concentration {
	none := Concentration{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
	var total, bySupplier, byContract float64
	seen := make(map[string]bool, len(paid))
	for _, d := range deals {
		amount := float64(d.AmountFen)
		total += amount
		byContract += amount * amount
		if !seen[d.Supplier] {
			seen[d.Supplier] = true
			bySupplier += float64(paid[d.Supplier]) * float64(paid[d.Supplier])
		}
	}
	if total == 0 {
		return none
	}
	c := none
	c.Index, c.Least = Monopoly*bySupplier/(total*total), Monopoly*byContract/(total*total)
	if len(deals) < 2 {
		return c
	}
	c.Low, c.High = c.Index, c.Index
	for _, d := range deals {
		amount, all := float64(d.AmountFen), float64(paid[d.Supplier])
		rest := total - amount
		if rest <= 0 {
			continue // the others are worth nothing
		}
		without := Monopoly * (bySupplier - all*all + (all-amount)*(all-amount)) / (rest * rest)
		c.Low, c.High = min(c.Low, without), max(c.High, without)
	}
	return c
}

// Band is how an index is read.
type Band string

// The bands.
const (
	TooFew   Band = "too_few" // contracts to read it
	Low      Band = "low"
	Moderate Band = "moderate"
	High     Band = "high"
)

// Read is the band of a market's index, and whether it is certain: whether it would be the same without any one of the
// contracts. Below the least number of contracts it is TooFew.
func (p *Policy) Read(y *Year) (band Band, certain bool) {
	if y.Contracts < p.MinContracts || math.IsNaN(y.Index) {
		return TooFew, false
	}
	band = p.bandOf(y.Index)
	return band, band == p.bandOf(y.Low) && band == p.bandOf(y.High)
}

func (p *Policy) bandOf(index float64) Band {
	switch {
	case index >= p.HighFrom:
		return High
	case index >= p.ModerateFrom:
		return Moderate
	}
	return Low
}
