package validation

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The sizes of the benchmarks; a country has some hundred thousand suppliers.
var sizes = []int{1e4, 1e5, 1e6}

// population draws probabilities without ties, and events that follow them.
func population(n int) (p []float64, events []bool) {
	random := rand.New(rand.NewPCG(1, 2))
	for range n {
		v := random.Float64()
		p, events = append(p, v), append(events, random.Float64() < v)
	}
	return p, events
}

// benchmark reports the time for each observation beside that of the whole: it grows with the logarithm.
func benchmark(b *testing.B, run func(p []float64, events []bool) error) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p, events := population(n)
			b.ReportAllocs()
			for b.Loop() {
				if err := run(p, events); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/observation")
		})
	}
}

func BenchmarkDiscriminate(b *testing.B) {
	benchmark(b, func(p []float64, events []bool) error { _, err := Discriminate(p, events, Confidence); return err })
}

func BenchmarkHosmerLemeshow(b *testing.B) {
	benchmark(b, func(p []float64, events []bool) error {
		_, err := GoodnessOfFit(p, events, tenths, 0)
		return err
	})
}

func BenchmarkBrier(b *testing.B) {
	benchmark(b, func(p []float64, events []bool) error { _, err := Brier(p, events, tenths); return err })
}

func BenchmarkStability(b *testing.B) {
	benchmark(b, func(p []float64, _ []bool) error { _, err := Stability(p, p, nil); return err })
}

func BenchmarkFitLogistic(b *testing.B) {
	benchmark(b, func(p []float64, events []bool) error { _, err := FitLogistic(p, events); return err })
}

func BenchmarkValidate(b *testing.B) {
	for _, n := range []int{1e3, 1e4, 1e5} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w, earlier := district(n, 1, asOf, until), district(n, 2, asOf.AddDate(-1, 0, 0), asOf)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Validate(threeLevels, w, &earlier); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/observation")
		})
	}
}
