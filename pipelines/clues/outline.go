package clues

import (
	"iter"
	"sync"
)

// outline is what contracts are grouped by and weighed by first. Those of all lie next to each other in a few bytes each: most
// contracts are looked at no further, and to reach each where it lies in memory is most of what a rule would cost.
type outline struct {
	purchaser, supplier, item int32 // ids of the names: those of equal names of one kind are equal
	year                      int32
	fen                       int64
}

// outlines are those of the contracts of Facts, at the same places.
type outlines struct {
	all        []outline
	purchasers []group // the contracts of each, by its id
	suppliers  []group
	items      int
}

// outlined gives the names of contracts their ids.
func outlined(contracts []*Contract) outlines {
	o := outlines{all: make([]outline, len(contracts))}
	for i, c := range contracts {
		o.all[i].year, o.all[i].fen = int32(c.Year), c.AmountFen
	}
	var naming sync.WaitGroup
	naming.Go(func() {
		o.purchasers = named(contracts, func(c *Contract) string { return c.Purchaser }, func(i, id int32) { o.all[i].purchaser = id })
	})
	naming.Go(func() {
		o.suppliers = named(contracts, func(c *Contract) string { return c.Supplier }, func(i, id int32) { o.all[i].supplier = id })
	})
	naming.Go(func() {
		o.items = len(named(contracts, func(c *Contract) string { return c.Item }, func(i, id int32) { o.all[i].item = id }))
	})
	naming.Wait()
	return o
}

// named groups contracts by their names and tells the id of each contract's name, which is the place of its group.
func named(contracts []*Contract, name func(*Contract) string, tell func(contract, id int32)) []group {
	all := grouped(len(contracts), func(i int) string { return name(contracts[i]) })
	for id, g := range all {
		for _, i := range g {
			tell(i, int32(id))
		}
	}
	return all
}

// group are the places of contracts with something in common, in order.
type group []int32

// grouped puts the places up to n together that have the same key, and hands out the groups in the order of their first places.
// All of them share one array: a district has nearly as many groups as contracts.
func grouped[K comparable](n int, key func(int) K) []group {
	at, of, sizes := make(map[K]int32), make([]int32, n), []int32(nil)
	for i := range n {
		k := key(i)
		g, known := at[k]
		if !known {
			g = int32(len(sizes))
			at[k], sizes = g, append(sizes, 0)
		}
		of[i] = g
		sizes[g]++
	}
	all, rest := make([]group, len(sizes)), make([]int32, n)
	for g, size := range sizes {
		all[g], rest = rest[:0:size], rest[size:]
	}
	for i, g := range of {
		all[g] = append(all[g], int32(i))
	}
	return all
}

// by puts the contracts of a group together that have the same key.
func by[K comparable](o *outlines, g group, key func(*outline) K) []group {
	all := grouped(len(g), func(i int) K { return key(&o.all[g[i]]) })
	for _, part := range all {
		for i, place := range part {
			part[i] = g[place]
		}
	}
	return all
}

// ofPurchasers hands out the contracts of one purchaser after the other, put together by a further key.
func ofPurchasers[K comparable](o *outlines, key func(*outline) K) iter.Seq[group] {
	return func(yield func(group) bool) {
		for _, contracts := range o.purchasers {
			for _, g := range by(o, contracts, key) {
				if !yield(g) {
					return
				}
			}
		}
	}
}

// fen is what the contracts of a group are worth together.
func (o *outlines) fen(g group) (sum int64) {
	for _, i := range g {
		sum += o.all[i].fen
	}
	return sum
}
