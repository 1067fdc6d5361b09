package raters

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// crossed returns n values of raters on objects at random, with standard deviations of 4 (rater), 6 (object) and
// 5 (residual) around 80, rounded to a tenth.
func crossed(seed uint64, raters, objects, n int) []Cell {
	r := rand.New(rand.NewPCG(seed, 0))
	severity, worth := make([]float64, raters), make([]float64, objects)
	for i := range severity {
		severity[i] = 4 * r.NormFloat64()
	}
	for i := range worth {
		worth[i] = 6 * r.NormFloat64()
	}
	cells := make([]Cell, n)
	for i := range cells {
		a, b := r.IntN(raters), r.IntN(objects)
		v := 80 + severity[a] + worth[b] + float64(5*r.NormFloat64())
		cells[i] = Cell{int32(a), int32(b), math.Round(v*10) / 10}
	}
	return cells
}

// Growth, seconds of processor time on two cores under load, raters = objects = cells/10, which run side by side for
// nine tenths of it:
//
//	cells      time   memory at its highest
//	10,000     0.05   
//	100,000    0.7    
//	1,000,000  11     220 MB
//
// It is linear in the cells times the passes (20 to 40), until the kept side no longer fits the processor's cache: 64
// bytes a level. Memory is linear.
func BenchmarkFitSeverity(b *testing.B) {
	for _, n := range []int{1e4, 1e5, 1e6} {
		for _, objects := range []int{n / 50, n / 10, n / 5} {
			cells := crossed(1, n/10, objects, n)
			b.Run(fmt.Sprintf("cells=%d/objects=%d", n, objects), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s, err := FitSeverity(cells)
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(s.Steps), "steps")
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/cell")
			})
		}
	}
}

func BenchmarkKrippendorffAlpha(b *testing.B) {
	for _, metric := range []struct {
		name string
		Metric
	}{{"nominal", Nominal}, {"ordinal", Ordinal}, {"interval", Interval}, {"ratio", Ratio}} {
		for _, n := range []int{1e4, 1e5, 1e6} {
			cells := crossed(1, n/10, n/10, n)
			for i := range cells {
				cells[i].Rater = int32(i) // no rater twice on one object
				cells[i].Value = math.Abs(cells[i].Value)
			}
			b.Run(fmt.Sprintf("%s/cells=%d", metric.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := KrippendorffAlpha(cells, metric.Metric); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/cell")
			})
		}
	}
}
