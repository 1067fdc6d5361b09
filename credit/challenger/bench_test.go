package challenger

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// synthetic makes records of numbers that each move the odds a little.
func synthetic(records, width int) ([]Column, []bool) {
	random := rand.New(rand.NewPCG(7, uint64(records)))
	columns := make([]Column, width)
	odds := make([]float64, records)
	for j := range columns {
		columns[j] = Column{fmt.Sprintf("x%d", j), make([]float64, records)}
		for i := range records {
			v := random.NormFloat64()
			columns[j].Values[i] = v
			odds[i] += v / float64(j+2)
		}
	}
	bad := make([]bool, records)
	for i := range bad {
		bad[i] = random.Float64() < Probability(odds[i]-1)
	}
	return columns, bad
}

var sizes = []int{1e4, 1e5, 1e6}

// BenchmarkRegress fits twenty columns without equal rows, the dearest case. It reports the time for each record.
func BenchmarkRegress(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			columns, bad := synthetic(n, 20)
			for b.Loop() {
				if _, err := Regress(columns, bad, 1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
		})
	}
}

// BenchmarkMonotone bins one number without equal values.
func BenchmarkMonotone(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			columns, bad := synthetic(n, 1)
			for b.Loop() {
				if _, _, err := DefaultPolicy().Monotone("x", columns[0].Values, bad); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
		})
	}
}
