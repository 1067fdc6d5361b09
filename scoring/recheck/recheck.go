// Package recheck computes an evaluation a second time, from the policy and the evidence alone and in exact arithmetic, and
// says where the first one differs. It shares no arithmetic with package scoring, so that a slip in either shows. It
// decides nothing: what to do about a difference is left to the caller.
package recheck

import (
	"fmt"
	"time"

	"pingxin/scoring"
)

// Evaluation recomputes the evaluation of the evidence by a policy that its Check finds sound, on the day asOf, and compares
// it with got: status, value, interval, standard error, plain value, grades, caps, counts and missing parties. A float
// agrees within 1e-9 relative; a rounded value must be the exact one rounded half up, unless that lies within 1e-9 of the
// line between two. It changes nothing.
//
// The error is nil when all agree, an *exact.DifferenceError when not, and ErrNotFinite, ErrTwice or ErrNegative where policy and
// evidence cannot be computed.
func Evaluation(p *scoring.Policy, ev scoring.Evidence, asOf time.Time, got scoring.Evaluation) error {
	if err := checkNumbers(p, &ev); err != nil {
		return fmt.Errorf("contract %q: %w", ev.Contract, err)
	}
	if err := checkOnce(&ev); err != nil {
		return fmt.Errorf("contract %q: %w", ev.Contract, err)
	}
	r, err := reckon(p, &ev, asOf)
	if err != nil {
		return fmt.Errorf("contract %q: %w", ev.Contract, err)
	}
	return r.compare(&got).Err(fmt.Sprintf("evaluation of contract %q", ev.Contract))
}
