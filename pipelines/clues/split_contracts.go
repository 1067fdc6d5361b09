package clues

import "strconv"

// Splitting takes over what execution.Policy.Splits finds: purchases of one item that a purchaser made in one budget year
// otherwise than by tender, each below the limit for a tender and together above it. Its numbers stand in [execution].
type Splitting struct {
	Use bool `toml:"use"`
}

// Find returns one clue for each purchaser, item and year. Seen is what the contracts are worth together and Line the
// limit, both in yuan; N is the number of contracts, two at least.
func (r Splitting) Find(f *Facts) (all []Clue) {
	if !r.Use {
		return nil
	}
	for _, split := range f.Execution.Splits(bought(f.Contracts)) {
		contracts := f.numbered(split.Contracts)
		c := onPurchaser(SplitContracts, split.Purchaser, contracts, split.Item, strconv.Itoa(split.Year))
		c.Item, c.Year, c.Supplier = split.Item, split.Year, onlySupplier(contracts)
		c.Seen, c.Line = yuan(split.SumFen), yuan(split.LimitFen)
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
