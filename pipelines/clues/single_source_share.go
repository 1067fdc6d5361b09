package clues

import (
	"strconv"

	"pingxin/budget/execution"
)

// SingleSource takes over which departments execution.Policy.Conspicuous names: those of whose money of a year a single
// source had more than a share. Its numbers, the least sample among them, stand in [execution].
type SingleSource struct {
	Use bool `toml:"use"`
}

// Find returns one clue for each purchaser and year. Seen and Line are shares of the money; N is the number of contracts
// of the year; the evidence are those with a single source. The line is the same for all, so that it needs no distribution
// to be compared with.
func (r SingleSource) Find(f *Facts) (all []Clue) {
	if !r.Use {
		return nil
	}
	for _, g := range grouped(f.chosen(everyone), func(c *Contract) [3]string { return [3]string{c.Purchaser, strconv.Itoa(c.Year)} }) {
		share := f.Execution.SingleSourceIn(plain(g.contracts))
		if !f.Execution.Conspicuous(share) {
			continue
		}
		c := onPurchaser(SingleSourceShare, g.key[0], r.alone(f, g), g.key[1])
		c.Year, c.N = g.contracts[0].Year, share.Of
		c.Seen, c.Line = share.Pct()/percent, f.Execution.SingleSourcePct/percent
		all = append(all, c)
	}
	return all
}

// percent are the percent of the whole.
const percent = 100

// everyone looks at every contract.
func everyone(*Contract) bool { return true }

// plain are contracts as package execution takes them.
func plain(contracts []*Contract) []execution.Contract {
	all := make([]execution.Contract, len(contracts))
	for i, c := range contracts {
		all[i] = c.Contract
	}
	return all
}

// alone are the contracts of a group with a single source.
func (r SingleSource) alone(f *Facts, g group) (alone []*Contract) {
	for _, c := range g.contracts {
		if c.Method == f.Execution.SingleSource {
			alone = append(alone, c)
		}
	}
	return alone
}
