package clues

import (
	"cmp"
	"slices"
)

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
	for _, g := range grouped(recent, func(c *Contract) [2]int32 { return [2]int32{c.ids.purchaser, c.ids.item} }) {
		first := g[0]
		if len(g) < r.MinN || offering[first.ids.item]-1 < r.Others {
			continue
		}
		largest := largestOf(grouped(g, func(c *Contract) int32 { return c.ids.supplier }))
		share := float64(largest.amountFen()) / float64(g.amountFen())
		if share < r.Share {
			continue
		}
		supplier := largest[0].Supplier
		c := onPurchaser(SupplierConcentration, first.Purchaser, largest, first.Item, supplier)
		c.Item, c.Supplier, c.N, c.Seen, c.Line = first.Item, supplier, len(g), share, r.Share
		all = append(all, c)
	}
	return all
}

// suppliersByItem is how many hold a contract for each item.
func suppliersByItem(contracts []*Contract) map[int32]int {
	seen, all := map[[2]int32]bool{}, map[int32]int{}
	for _, c := range contracts {
		if held := [2]int32{c.ids.item, c.ids.supplier}; !seen[held] {
			seen[held] = true
			all[c.ids.item]++
		}
	}
	return all
}

// largestOf is the group that is worth most; of equal ones that of the first supplier by id.
func largestOf(groups []group) group {
	return slices.MinFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(b.amountFen(), a.amountFen()), cmp.Compare(a[0].Supplier, b[0].Supplier))
	})
}

func (r Concentration) check(c *checker) {
	const key = "supplier_concentration"
	if c.enabled(key, r.MinN, 2) {
		c.atLeast(key+".years", r.Years, 1)
		c.between(key+".share", r.Share, 0.5, 1) // more than a half, so that it can be one supplier alone
		c.atLeast(key+".min_others", r.Others, 1)
	}
}
