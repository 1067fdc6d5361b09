package clues

import (
	"slices"
	"strconv"
)

// Splitting looks for purchases of one item that a purchaser made in one budget year otherwise than by open tender, each
// below the limit for open tender and together above it: article 28 of the Regulation on the Implementation of the
// Government Procurement Law calls that avoiding the tender, unless the budget was changed or the other way was approved.
type Splitting struct {
	MinN   int      `toml:"min_n"`  // contracts; 0 turns the rule off
	Exempt []string `toml:"exempt"` // methods that the limit does not concern
}

// Find returns one clue for each purchaser, item and year. Seen is what the contracts are worth together and Line the
// limit, both in yuan; N is the number of contracts.
func (r Splitting) Find(f *Facts) (all []Clue) {
	if r.MinN == 0 || f.TenderFen == nil {
		return nil
	}
	below := f.chosen(func(c *Contract) bool {
		return c.AmountFen < f.TenderFen(c.Year) && c.Year <= f.AsOf.Year() && !slices.Contains(r.Exempt, c.Method)
	})
	for _, g := range grouped(below, func(c *Contract) [3]string { return [3]string{c.Purchaser, c.Item, strconv.Itoa(c.Year)} }) {
		first := g.contracts[0]
		limit, sum := f.TenderFen(first.Year), g.amountFen()
		if len(g.contracts) < r.MinN || sum < limit {
			continue
		}
		c := onPurchaser(SplitContracts, first.Purchaser, g.contracts, g.key[1:]...)
		c.Item, c.Year, c.Supplier = first.Item, first.Year, onlySupplier(g.contracts)
		c.Seen, c.Line = yuan(sum), yuan(limit)
		all = append(all, c)
	}
	return all
}

// onlySupplier is the supplier of all contracts; empty when they are several.
func onlySupplier(contracts []*Contract) string {
	for _, c := range contracts {
		if c.Supplier != contracts[0].Supplier {
			return ""
		}
	}
	return contracts[0].Supplier
}

// fenPerYuan turns fen into yuan.
const fenPerYuan = 100

func yuan(fen int64) float64 { return float64(fen) / fenPerYuan }

func (r Splitting) check(c *checker) {
	c.enabled("split_contracts", r.MinN, 2) // one contract is not split
}
