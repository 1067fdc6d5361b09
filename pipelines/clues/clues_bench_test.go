package clues_test

import (
	"fmt"
	"testing"

	"pingxin/budget/execution"
	"pingxin/pipelines/clues"
)

// BenchmarkFind asks every rule about a district of 20,000 contracts, as every night does, however few contracts it judges.
func BenchmarkFind(b *testing.B) {
	const contracts, purchasers, suppliers, items = 20_000, 266, 2_666, 60
	var f clues.Facts
	f.AsOf, f.Execution = today, bought
	for i := range contracts {
		f.Contracts = append(f.Contracts, contract(fmt.Sprintf("C%05d", i), purchaser(fmt.Sprintf("P%03d", i%purchasers)), supplier(fmt.Sprintf("S%04d", i%suppliers)),
			year(2023+i%3), func(c *clues.Contract) {
				c.Item = fmt.Sprintf("A%02d", i%items)
				if i%20 == 0 { // one in twenty was paid too early, as in the benchmark of whole runs
					c.Payments = []execution.Payment{{Stage: "1", AmountFen: c.AmountFen, PaidOn: day(2025, 3, 1)}}
				}
			}))
	}
	b.ReportAllocs()
	for b.Loop() {
		if found := rules.Find(&f); len(found) < contracts/20 {
			b.Fatalf("%d clues", len(found))
		}
	}
}
