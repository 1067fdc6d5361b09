// Package recheck computes an evaluation a second time, from the policy and the evidence alone and in exact arithmetic, and
// says where the first one differs. It shares no arithmetic with package scoring, so that a slip in either shows. It
// decides nothing: what to do about a difference is left to the caller.
package recheck

import (
	"fmt"
	"time"

	"pingxin/scoring"
)

// Evaluation recomputes the evaluation of the evidence by a policy that its Check finds sound and a calibration, nil for none,
// on the day asOf, and compares it with got: status, value, interval, standard error, the readings beside the value,
// grades, caps, counts and missing parties. A float agrees within 1e-9 relative; a rounded value must be the exact one
// rounded half up, unless that lies within 1e-9 of the line between two. It changes nothing.
//
// The error is nil when all agree, an *exact.DifferenceError when not, and ErrNotFinite, ErrTwice, ErrNegative,
// ErrNegativeVariance or ErrNegativeSpread where the inputs cannot be computed with.
func Evaluation(p *scoring.Policy, c *scoring.Calibration, ev scoring.Evidence, asOf time.Time, got scoring.Evaluation) error {
	r := &reckoning{policy: p, calibration: c, ev: &ev, asOf: asOf}
	for _, step := range []func() error{r.checkNumbers, r.checkOnce, r.reckon} {
		if err := step(); err != nil {
			return fmt.Errorf("contract %q: %w", ev.Contract, err)
		}
	}
	return r.compare(&got).Err(fmt.Sprintf("evaluation of contract %q", ev.Contract))
}
