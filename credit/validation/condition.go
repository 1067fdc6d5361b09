package validation

import "fmt"

// Condition is a named reason why a number cannot be computed. Every error of this package wraps one, so that errors.Is
// finds the condition and errors.As its Code.
type Condition struct {
	Code string // key of a note, as in scoring.Note
	text string
}

// Error says what was found and what was expected.
func (c *Condition) Error() string { return c.text }

// The conditions.
var (
	ErrLength           = &Condition{"length", "the lists differ in length, expected one event for each value"}
	ErrEmpty            = &Condition{"empty", "found no observations, expected at least one"}
	ErrNotFinite        = &Condition{"not_finite", "found NaN or infinity, expected a finite number"}
	ErrNotProbability   = &Condition{"not_probability", "found a number outside 0 to 1, expected a probability"}
	ErrOneClass         = &Condition{"one_class", "found only events or only suppliers without one, expected both"}
	ErrSeparation       = &Condition{"separation", "one value divides events from the others without overlap, so no finite slope fits; use a longer horizon or more suppliers"}
	ErrConstant         = &Condition{"constant", "all values are equal, expected at least two different ones"}
	ErrNoConvergence    = &Condition{"no_convergence", "the logistic fit did not settle; the values lie too far apart or all but separate the events"}
	ErrTooFewGroups     = &Condition{"too_few_groups", "found fewer than three groups of different predictions, expected at least three"}
	ErrCertain          = &Condition{"certain_prediction", "a group predicted with probability 0 or 1 turned out otherwise, so the statistic is infinite"}
	ErrEdges            = &Condition{"edges", "expected finite edges, each above the one before"}
	ErrCount            = &Condition{"count", "expected a count of 0 or more"}
	ErrGroups           = &Condition{"groups", "expected at least one group"}
	ErrConfidence       = &Condition{"confidence", "expected a confidence between 0 and 1"}
	ErrConstantBaseline = &Condition{"baseline_constant", "all values of the baseline are equal, so its quantiles make no bins; give edges"}
	ErrLevels           = &Condition{"levels", "expected at least one level, each named once and not empty"}
	ErrUnknownLevel     = &Condition{"unknown_level", "found a level that is not in the list of levels"}
	ErrSpell            = &Condition{"spell", "expected times from 0 to the end, each state of one subject at its own time"}
	ErrNotGenerator     = &Condition{"not_generator", "expected a square matrix with rates of 0 or more beside the diagonal and rows that add up to 0"}
	ErrHorizon          = &Condition{"horizon", "expected a time of 0 or more, with at most a million jumps in it"}
	ErrSupplier         = &Condition{"supplier", "expected each supplier once, with an id"}
	ErrScore            = &Condition{"score", "expected a score from 0 to 100 for a rated supplier"}
	ErrStatus           = &Condition{"status", "expected a level for a rated supplier and none for an unrated one"}
	ErrWindow           = &Condition{"window", "expected a window that ends after it begins, the earlier one before the later one begins"}
)

// at wraps a condition with the place and what was found there.
func at(condition *Condition, format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), condition)
}
