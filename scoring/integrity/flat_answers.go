package integrity

import "math"

// FlatAnswers looks for answers that hardly differ from one another, in whatever order.
type FlatAnswers struct {
	MinN int     `toml:"min_n"`          // answered items; 0 turns the rule off
	Most float64 `toml:"most_sd_points"` // highest standard deviation of the answers, in points
}

// Variability is the intra-individual response variability: the standard deviation (n-1) of the answered items, in the
// unit of the answers (Dunn, Heggestad, Shanock and Theilgard 2018). It is NaN for fewer than two.
func Variability(answers []int32) float64 {
	n, sum := 0, 0.0
	for _, v := range answers {
		if v != Missing {
			n++
			sum += float64(v)
		}
	}
	if n < 2 {
		return math.NaN()
	}
	mean, squares := sum/float64(n), 0.0
	for _, v := range answers {
		if v != Missing {
			d := float64(v) - mean
			squares += float64(d * d)
		}
	}
	return math.Sqrt(squares / float64(n-1))
}

// Flags finds the sheets whose answers vary by no more than the policy's points. Statistic and Threshold are points; N
// is the number of answered items.
func (r FlatAnswers) Flags(sheets []Sheet) ([]Flag, error) {
	if err := unsound(r.check); err != nil || r.MinN == 0 {
		return nil, err
	}
	return flagSheets(RuleFlatAnswers, sheets, r.MinN, func(_ Sheet, answered []int32) (Flag, bool) {
		sd := Variability(answered) / PerPoint
		return Flag{Statistic: sd, Threshold: r.Most}, sd <= r.Most
	})
}

func (r FlatAnswers) check(c *checker) {
	const key = "integrity.flat_answers"
	if c.enabled(key, r.MinN, 2) { // a deviation needs two
		c.between(key+".most_sd_points", r.Most, 0, math.MaxFloat64)
	}
}
