package raters_test

import (
	"fmt"

	"pingxin/scoring/raters"
)

// Three raters, the second of whom is strict.
func ExampleFitSeverity() {
	var cells []raters.Cell
	for r, row := range [][]float64{{90, 94, 72, 85}, {80, 85, 61, 77}, {91, 93, 74, 84}} {
		for o, v := range row {
			cells = append(cells, raters.Cell{Rater: int32(r), Object: int32(o), Value: v})
		}
	}
	s, err := raters.FitSeverity(cells)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range s.Raters {
		fmt.Printf("rater %d: %.1f ± %.1f\n", r.ID, r.Severity, r.SE)
	}
	// Output:
	// rater 0: 3.0 ± 3.2
	// rater 1: -6.3 ± 3.2
	// rater 2: 3.3 ± 3.2
}
