package clues

// Concentration looks for purchasers that buy an item, again and again, from one supplier although others offer it.
type Concentration struct {
	MinN   int     `toml:"min_n"`      // contracts of the purchaser for the item; 0 turns the rule off
	Years  int     `toml:"years"`      // budget years looked at, that of the day included
	Share  float64 `toml:"share"`      // of the money that one supplier has at least
	Others int     `toml:"min_others"` // other suppliers of the item in the district: with fewer there is nobody else to buy from
}

// Find returns one clue for each purchaser and item of which one supplier has the share. Seen and Line are shares of
// money; N is the number of contracts; the evidence are those of the supplier.
func (r Concentration) Find(f *Facts) (all []Clue) {
	if r.MinN == 0 {
		return nil
	}
	recent := f.chosen(func(c *Contract) bool { return f.within(c.Year, r.Years) && c.AmountFen > 0 })
	offering := suppliersByItem(recent)
	for _, g := range grouped(recent, func(c *Contract) [3]string { return [3]string{c.Purchaser, c.Item} }) {
		if len(g.contracts) < r.MinN || len(offering[g.key[1]])-1 < r.Others {
			continue
		}
		largest := largestOf(grouped(g.contracts, func(c *Contract) [3]string { return [3]string{c.Supplier} }))
		share := float64(largest.amountFen()) / float64(g.amountFen())
		if share < r.Share {
			continue
		}
		c := onPurchaser(SupplierConcentration, g.key[0], largest.contracts, g.key[1], largest.key[0])
		c.Item, c.Supplier, c.N, c.Seen, c.Line = g.key[1], largest.key[0], len(g.contracts), share, r.Share
		all = append(all, c)
	}
	return all
}

// suppliersByItem are those who hold a contract for each item.
func suppliersByItem(contracts []*Contract) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, c := range contracts {
		if all[c.Item] == nil {
			all[c.Item] = map[string]bool{}
		}
		all[c.Item][c.Supplier] = true
	}
	return all
}

// largestOf is the group that is worth most; of equal ones the first.
func largestOf(groups []group) (largest group) {
	for _, g := range groups {
		if largest.contracts == nil || g.amountFen() > largest.amountFen() {
			largest = g
		}
	}
	return largest
}

func (r Concentration) check(c *checker) {
	const key = "supplier_concentration"
	if c.enabled(key, r.MinN, 2) {
		c.atLeast(key+".years", r.Years, 1)
		c.between(key+".share", r.Share, 0.5, 1) // more than a half, so that it can be one supplier alone
		c.atLeast(key+".min_others", r.Others, 1)
	}
}
