package clues

// SingleSource looks for purchasers whose share of money spent without any competition lies beyond that of the others.
type SingleSource struct {
	MinN       int     `toml:"min_n"`          // contracts of a purchaser; 0 turns the rule off
	Purchasers int     `toml:"min_purchasers"` // to compare
	Years      int     `toml:"years"`          // budget years looked at, that of the day included
	Method     string  `toml:"method"`         // that counts as no competition
	Fence      float64 `toml:"fence"`          // interquartile ranges beyond the upper quartile
	Share      float64 `toml:"min_share"`      // of the money at least, so that a little is not a sign where the others have none
}

// Find returns one clue for each purchaser whose share is above the fence and reaches the policy's share. Seen and Line
// are shares of money: the purchaser's, and the larger of the two lines. N is the number of its contracts; the evidence
// are those without competition.
func (r SingleSource) Find(f *Facts) (all []Clue) {
	if r.MinN == 0 {
		return nil
	}
	recent := f.chosen(func(c *Contract) bool { return f.within(c.Year, r.Years) && c.AmountFen > 0 })
	var of []group
	var shares []float64
	for _, g := range grouped(recent, func(c *Contract) [3]string { return [3]string{c.Purchaser} }) {
		if len(g.contracts) >= r.MinN {
			of = append(of, g)
			shares = append(shares, float64(group{contracts: r.alone(g)}.amountFen())/float64(g.amountFen()))
		}
	}
	line := aboveFence(shares, r.Fence, r.Purchasers)
	for i, g := range of {
		if !(shares[i] > line) || shares[i] < r.Share {
			continue
		}
		c := onPurchaser(SingleSourceShare, g.key[0], r.alone(g))
		c.N, c.Seen, c.Line = len(g.contracts), shares[i], max(line, r.Share)
		all = append(all, c)
	}
	return all
}

// alone are the contracts of a group that were bought without competition.
func (r SingleSource) alone(g group) (alone []*Contract) {
	for _, c := range g.contracts {
		if c.Method == r.Method {
			alone = append(alone, c)
		}
	}
	return alone
}

func (r SingleSource) check(c *checker) {
	const key = "single_source_share"
	if c.enabled(key, r.MinN, 2) {
		c.atLeast(key+".min_purchasers", r.Purchasers, 4) // quartiles of fewer are the values themselves
		c.atLeast(key+".years", r.Years, 1)
		c.between(key+".fence", r.Fence, 1, 10)
		c.between(key+".min_share", r.Share, 0, 1)
		c.filled(key+".method", r.Method)
	}
}
