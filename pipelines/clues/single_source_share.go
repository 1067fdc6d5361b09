package clues

import "strconv"

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
	for places := range ofPurchasers(&f.outlines, func(c *outline) int32 { return c.year }) {
		g := f.of(places)
		share := f.Execution.SingleSourceIn(bought(g))
		if !f.Execution.Conspicuous(share) {
			continue
		}
		first := g[0]
		c := onPurchaser(SingleSourceShare, first.Purchaser, r.alone(f, g), strconv.Itoa(first.Year))
		c.Year, c.N = first.Year, share.Of
		c.Seen, c.Line = share.Pct()/percent, f.Execution.SingleSourcePct/percent
		all = append(all, c)
	}
	return all
}

// percent are the percent of the whole.
const percent = 100

// alone are the contracts of a group with a single source.
func (r SingleSource) alone(f *Facts, g []*Contract) (alone []*Contract) {
	for _, c := range g {
		if c.Method == f.Execution.SingleSource {
			alone = append(alone, c)
		}
	}
	return alone
}
