package challenger

import "math"

// How separation is told. Where it holds, Newton's steps do not shrink: each moves the records that are divided by
// about one in log odds, in a direction that comes to divide them, while all others come to rest.
const (
	firstLook = 10   // steps before the direction of a step is looked at
	moving    = 0.5  // largest move in log odds from which a step counts as not shrinking
	resting   = 1e-6 // move, of the largest, below which a record counts as at rest
	taking    = 0.1  // standardised coefficient, of the largest, from which a column counts as part of the direction
)

// separation is a direction in which the likelihood rises without end.
type separation struct {
	complete bool // no record is left at rest
	columns  []string
}

func (s *separation) degree() string {
	if s.complete {
		return "complete"
	}
	return "quasi-complete"
}

// separates looks whether a step is a direction that moves no bad record to better odds and no good one to worse, and
// some of them on: that proves that the classes separate along it. nil when it does not, or where there is no step yet.
func (p *patterns) separates(step []float64) *separation {
	if step == nil {
		return nil
	}
	moves := make([]float64, len(p.records))
	var far float64
	for i := range moves {
		moves[i] = dot(p.row(i), step)
		far = max(far, math.Abs(moves[i]))
	}
	if far < moving {
		return nil
	}
	found := &separation{complete: true}
	for i, move := range moves {
		good := p.records[i] > p.bad[i]
		if p.bad[i] > 0 && move < -resting*far || good && move > resting*far {
			return nil
		}
		found.complete = found.complete && math.Abs(move) > resting*far
	}
	size := largest(step[1:])
	for j, v := range step[1:] {
		if math.Abs(v) > taking*size {
			found.columns = append(found.columns, p.names[j+1])
		}
	}
	return found
}
