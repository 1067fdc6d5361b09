package weights

import "fmt"

// Move counts the outcomes that went from one grade to another.
type Move struct {
	From, To string
	Outcomes int
}

// Shift says what other weights would change.
type Shift struct {
	Outcomes int
	Changed  int    // outcomes whose grade is another one
	Moves    []Move // by the old grade, then the new one, best first
	Pairs    int64  // pairs of unequal value
	Swapped  int64  // of them, those whose order turns round
}

// Shift compares the base with other weights. ErrWeights for unusable ones, also when an outcome has values only where
// the weight would be 0.
func (s *Study) Shift(to []float64) (Shift, error) {
	if err := checkWeights(len(s.criteria), to); err != nil {
		return Shift{}, err
	}
	for i := range s.outcomes {
		if s.outcomes[i].present(to) == 0 {
			return Shift{}, fmt.Errorf("%w: outcome %q has no value of positive weight, expected at least one", ErrWeights, s.outcomes[i].ID)
		}
	}
	d := newDrawing(s)
	s.values(to, d.values)
	moves := make([]int, len(s.bands)*len(s.bands))
	for i, v := range d.values {
		moves[s.band(s.base[i])*len(s.bands)+s.band(v)]++
	}
	shift := Shift{Outcomes: len(s.outcomes), Pairs: s.pairs, Swapped: d.reversed()}
	for i, n := range moves {
		if from, to := i/len(s.bands), i%len(s.bands); from != to && n > 0 {
			shift.Changed += n
			shift.Moves = append(shift.Moves, Move{s.bands[from].ID, s.bands[to].ID, n})
		}
	}
	return shift, nil
}
