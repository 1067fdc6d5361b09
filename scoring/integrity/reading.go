package integrity

import (
	"fmt"
	"math"
	"slices"
)

// Reading is one value to be compared with those of others of its kind.
type Reading struct {
	Subject string  // occurs once among the readings of a call
	Ref     string  // what it concerns beside the subject; may be empty
	Value   float64 // NaN when there is none
}

// present returns the readings that have a value, in the order of their subjects, and the values in ascending order.
func present(readings []Reading) ([]Reading, []float64, error) {
	order, err := inOrder("reading", len(readings), func(i int) string { return readings[i].Subject })
	if err != nil {
		return nil, nil, err
	}
	kept := make([]Reading, 0, len(readings))
	values := make([]float64, 0, len(readings))
	for _, at := range order {
		r := readings[at]
		if math.IsInf(r.Value, 0) {
			return nil, nil, fmt.Errorf("reading %q: found %g, expected a number, or NaN for none: %w", r.Subject, r.Value, ErrNotFinite)
		}
		if !math.IsNaN(r.Value) {
			kept = append(kept, r)
			values = append(values, r.Value)
		}
	}
	slices.Sort(values)
	return kept, values, nil
}
