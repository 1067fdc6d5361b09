package weights

import "math"

// Flip is the smallest change of one weight that gives an outcome another grade, while the other weights keep their
// proportions to each other.
type Flip struct {
	ID        string
	Criterion string  // whose weight changes; empty when no single weight can change the grade
	From, To  float64 // weight now and at the line; NaN without a criterion
	Grade     string  // on the other side of the line
}

// Change is how far the weight moves, either way; NaN without a criterion.
func (f *Flip) Change() float64 { return math.Abs(f.To - f.From) }

// Flips finds for every outcome, from the best, the smallest such change, exactly: a value is a fraction of linear
// functions of one weight, so that the weight at which it meets a grade's line has a closed form. At To the value is the
// least that rounds up to the better of the two grades; a weight moved down to a worse grade has to go past To by any
// amount. Criteria of which the outcome has no value cannot change it. Of equal changes the first criterion counts, and
// of its two directions the better grade.
func (s *Study) Flips() []Flip {
	flips := make([]Flip, len(s.outcomes))
	for i := range s.outcomes {
		flips[i] = s.flip(i)
	}
	return flips
}

// sameChange is how much smaller a change has to be to count as smaller: of two criteria the weights mirror each other,
// and rounding must not choose between them.
const sameChange = 1e-12

func (s *Study) flip(i int) Flip {
	o, now := &s.outcomes[i], s.band(s.base[i])
	least := Flip{ID: o.ID, From: math.NaN(), To: math.NaN()}
	for j := range s.criteria {
		for _, next := range []int{now - 1, now + 1} {
			if next < 0 || next >= len(s.bands) {
				continue
			}
			line := (float64(s.lines[min(now, next)]) - 0.5) / nanos // half a nano below rounds up to it
			to := s.weightAt(o, j, (line-o.Rest)/o.Share)
			if f := (Flip{o.ID, s.criteria[j], s.weights[j], to, s.bands[next].ID}); to >= 0 && to <= 1 && !(f.Change() >= least.Change()-sameChange) {
				least = f
			}
		}
	}
	return least
}

// weightAt is the weight of criterion j at which the weighted mean of an outcome's values meets a target; NaN when there
// is none.
//
// With t the weight, x the value, m the weighted mean of the other values that are present, and c the share that these
// have of all the other weights, the mean is (t x + (1-t) c m) / (t + (1-t) c). Set equal to T and solved for t:
// t = c (T-m) / (c (T-m) + x-T).
func (s *Study) weightAt(o *Outcome, j int, target float64) float64 {
	x := o.Values[j]
	var sum, present, others float64
	for k, v := range o.Values {
		if k == j {
			continue
		}
		others += s.weights[k]
		if !math.IsNaN(v) {
			present += s.weights[k]
			sum += float64(s.weights[k] * v)
		}
	}
	if math.IsNaN(x) || present == 0 {
		return math.NaN()
	}
	rise := float64(present / others * (target - sum/present))
	return rise / (rise + x - target)
}

// present is the weight of the criteria of which the outcome has a value.
func (o *Outcome) present(weights []float64) (sum float64) {
	for j, v := range o.Values {
		if !math.IsNaN(v) {
			sum += weights[j]
		}
	}
	return sum
}
