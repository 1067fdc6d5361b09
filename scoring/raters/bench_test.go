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
	return drawnCells(seed, raters, objects, n, 5, func(_ int, r *rand.Rand) int { return r.IntN(objects) })
}

// drawnCells is crossed with another residual deviation, and the object chosen by a function of the rater.
func drawnCells(seed uint64, raters, objects, n int, residual float64, object func(rater int, r *rand.Rand) int) []Cell {
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
		a := r.IntN(raters)
		b := object(a, r)
		v := 80 + severity[a] + worth[b] + float64(residual*r.NormFloat64())
		cells[i] = Cell{int32(a), int32(b), math.Round(v*10) / 10}
	}
	return cells
}

// Growth, in seconds of processor time (nine tenths of it are split over the processors) and megabytes at the highest
// that the process held, by the number of objects:
//
//	cells      raters   objects  seconds  megabytes
//	10,000     1,000    1,000    0.1      45
//	100,000    10,000   10,000   0.7      45
//	1,000,000  100,000  20,000   6        170
//	1,000,000  100,000  100,000  13       220
//	1,000,000  100,000  200,000  13       250
//
// It is linear in the cells times the passes over them, some 20 to 40 a system, with a step where the kept side, 64
// bytes a level, outgrows the processor's cache. Memory is linear.
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

// Growth: about 0.2 to 0.8 microseconds and 50 to 90 bytes a cell at every size; the ratio metric besides grows with
// the square of the distinct values, of which these have under 1,000.
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
