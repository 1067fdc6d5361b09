package integrity

import (
	"fmt"
	"math"

	"pingxin/scoring"
)

// TopToAll looks for a rater who gives the top of the scale to everybody.
type TopToAll struct {
	MinN  int     `toml:"min_n"` // answers of the rater; 0 turns the rule off
	Share float64 `toml:"share"` // of the answers that lie at the top at least; 1 is a variability of 0
}

// Flags finds the raters whose answers, over all that they rated, lie at the top of the scale to at least the policy's
// share. A sheet holds all answers of one rater. Statistic and Threshold are shares; N is the number of answers.
func (r TopToAll) Flags(raters []Sheet, scale scoring.Scale) ([]Flag, error) {
	if err := unsound(r.check); err != nil || r.MinN == 0 {
		return nil, err
	}
	if math.IsNaN(scale.High) || math.IsInf(scale.High, 0) {
		return nil, fmt.Errorf("scale: found the top %g, expected a number: %w", scale.High, ErrNotFinite)
	}
	top := math.Round(scale.High * PerPoint)
	return flagSheets(RuleTopToAll, raters, r.MinN, func(_ Sheet, answered []int32) (Flag, bool) {
		at := 0
		for _, v := range answered {
			if float64(v) >= top {
				at++
			}
		}
		share := float64(at) / float64(len(answered))
		return Flag{Statistic: share, Threshold: r.Share}, share >= r.Share
	})
}

func (r TopToAll) check(c *checker) {
	const key = "integrity.top_to_all"
	if c.enabled(key, r.MinN, 1) {
		c.between(key+".share", r.Share, 0.5, 1) // below a half it would not be "to all"
	}
}
