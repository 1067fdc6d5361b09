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
	o, recent := &f.outlines, func(c *outline) bool { return f.within(int(c.year), r.Years) && c.fen > 0 }
	offering := o.suppliersByItem(recent)
	for g := range ofPurchasers(o, func(c *outline) int32 { return c.item }) {
		g = slices.DeleteFunc(g, func(i int32) bool { return !recent(&o.all[i]) })
		if len(g) < r.MinN || offering[o.all[g[0]].item]-1 < r.Others {
			continue
		}
		most := f.largestOf(by(o, g, func(c *outline) int32 { return c.supplier }))
		share := float64(o.fen(most)) / float64(o.fen(g))
		if share < r.Share {
			continue
		}
		first, largest := f.Contracts[g[0]], f.of(most)
		supplier := largest[0].Supplier
		c := onPurchaser(SupplierConcentration, first.Purchaser, largest, first.Item, supplier)
		c.Item, c.Supplier, c.N, c.Seen, c.Line = first.Item, supplier, len(g), share, r.Share
		all = append(all, c)
	}
	return all
}

// suppliersByItem is how many hold a contract for each item, by its id, of the contracts that count.
func (o *outlines) suppliersByItem(counts func(*outline) bool) []int {
	all, latest := make([]int, o.items), make([]int, o.items)
	for id, g := range o.suppliers {
		for _, i := range g {
			if c := &o.all[i]; latest[c.item] != id+1 && counts(c) {
				latest[c.item] = id + 1
				all[c.item]++
			}
		}
	}
	return all
}

// largestOf is the group that is worth most; of equal ones that of the first supplier by id.
func (f *Facts) largestOf(groups []group) group {
	return slices.MinFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(f.outlines.fen(b), f.outlines.fen(a)), cmp.Compare(f.Contracts[a[0]].Supplier, f.Contracts[b[0]].Supplier))
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
