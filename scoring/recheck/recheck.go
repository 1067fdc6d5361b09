// Package recheck computes an evaluation a second time, from the policy and the evidence alone and in exact arithmetic, and
// says where the first one differs. It shares no arithmetic with package scoring, so that a slip in either shows. It
// decides nothing: what to do about a difference is left to the caller.
package recheck

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"pingxin/scoring"
)

// Difference is one field of an evaluation that is not what the policy makes of the evidence.
type Difference struct{ Field, Got, Want string }

// DifferenceError lists every difference of one evaluation.
type DifferenceError struct {
	Contract    string
	Differences []Difference
}

// Error names every difference.
func (e *DifferenceError) Error() string {
	var all []string
	for _, d := range e.Differences {
		all = append(all, fmt.Sprintf("%s: found %s, expected %s", d.Field, d.Got, d.Want))
	}
	return fmt.Sprintf("evaluation of contract %q: %s", e.Contract, strings.Join(all, "; "))
}

// tolerance is how far a float may be from the exact number: relative before rounding, and absolute to the line between two
// rounded values, nearer to which either may be official.
var tolerance = big.NewRat(1, 1_000_000_000)

// nothing is how large the float of a number may be that is exactly 0.
const nothing = 1e-12

// Evaluation recomputes the evaluation of the evidence by a policy that its Check finds sound, on the day asOf, and compares
// it with got: status, value, interval, standard error, plain value, grades, caps, counts and missing parties. A float
// agrees within 1e-9 relative; a rounded value must be the exact one rounded half up, unless that lies within 1e-9 of the
// line between two. It changes nothing.
//
// The error is nil when all agree, a *DifferenceError when not, and ErrNotFinite, ErrTwice or ErrNegative where policy and
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
	c := &comparison{}
	c.compare(r, &got)
	if len(c.differences) > 0 {
		return &DifferenceError{ev.Contract, c.differences}
	}
	return nil
}
