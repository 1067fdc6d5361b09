package clues

import (
	"strconv"

	"pingxin/budget/execution"
)

// Twice looks for services that a department buys while it keeps staff for them, which execution.Kept finds: 禁止一边购买
// 服务，一边养人办事 (一(二)4 of the document).
type Twice struct {
	MinN  int `toml:"min_n"`     // contracts; 0 turns the rule off
	Staff int `toml:"min_staff"` // people of the function: one without people does no work
}

// Find returns one clue for each item that a department bought in a year for which it kept staff. Seen is the number of
// people and Line the policy's; N is the number of contracts.
func (r Twice) Find(f *Facts) (all []Clue) {
	if r.MinN == 0 || len(f.Functions) == 0 {
		return nil
	}
	for places := range ofPurchasers(&f.outlines, func(c *outline) [2]int32 { return [2]int32{c.item, c.year} }) {
		g := f.of(places)
		first := g[0]
		kept := execution.Kept(f.Functions, first.Purchaser, first.Item, first.Year)
		staff := 0
		for _, k := range kept {
			staff += k.Staff
		}
		if len(kept) == 0 || staff < r.Staff || len(g) < r.MinN {
			continue
		}
		c := onPurchaser(BoughtAndStaffed, first.Purchaser, g, first.Item, strconv.Itoa(first.Year))
		c.Item, c.Year, c.Supplier, c.Seen, c.Line = first.Item, first.Year, onlySupplier(g), float64(staff), float64(r.Staff)
		for _, k := range kept {
			c.Evidence = append(c.Evidence, Evidence{Kind: "staffed_function", ID: k.Name, Note: k.Purchaser + "/" + strconv.Itoa(k.Year), Fen: k.CostFen})
		}
		all = append(all, c)
	}
	return all
}

func (r Twice) check(c *checker) {
	const key = "bought_and_staffed"
	if c.enabled(key, r.MinN, 1) {
		c.atLeast(key+".min_staff", r.Staff, 1)
	}
}
