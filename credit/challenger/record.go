package challenger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// What can be wrong with records; errors of this package wrap one of them and say which record and input.
var (
	ErrNoRecords     = errors.New("no records")
	ErrShape         = errors.New("values do not fit the inputs")
	ErrDuplicate     = errors.New("twice the same name")
	ErrNotFinite     = errors.New("not a finite number")
	ErrSingleClass   = errors.New("only one class of outcome")
	ErrNoInformation = errors.New("no input tells good from bad")
	ErrNoConvergence = errors.New("the regression does not converge")
)

// Kind says how an input is read.
type Kind string

// The kinds of input.
const (
	Number   Kind = "number"   // binned by size; NaN is missing
	Category Kind = "category" // each label a bin; the empty label is missing
)

// Input is one thing that is known of a record.
type Input struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Design lists the inputs of records, in the order of their values.
type Design []Input

// Value is the value of one input: Number or Label, as its kind says.
type Value struct {
	Number float64
	Label  string
}

// missing says whether there is no value.
func (v Value) missing(kind Kind) bool {
	return kind == Number && math.IsNaN(v.Number) || kind == Category && v.Label == ""
}

// Record is one case: what was known of it on the day, and what came after.
type Record struct {
	ID     string // its own
	Values []Value
	Bad    bool    // the outcome
	Rule   float64 // score by the rules, higher is better; only Compare looks at it
}

// check names the first fault of the inputs.
func (d Design) check() error {
	for i, input := range d {
		if input.Name == "" || slices.IndexFunc(d, func(other Input) bool { return other.Name == input.Name }) != i {
			return fmt.Errorf("input %d: %w: found the name %q, expected one of its own", i+1, ErrDuplicate, input.Name)
		}
		if input.Kind != Number && input.Kind != Category {
			return fmt.Errorf("input %s: %w: found the kind %q, expected %s or %s", input.Name, ErrShape, input.Kind, Number, Category)
		}
	}
	return nil
}

// checkValues names the first value that does not fit.
func (d Design) checkValues(values []Value) error {
	if len(values) != len(d) {
		return fmt.Errorf("%w: found %d values, expected the %d of the design", ErrShape, len(values), len(d))
	}
	for i, v := range values {
		if d[i].Kind == Number && math.IsInf(v.Number, 0) {
			return fmt.Errorf("input %s: %w: found %g, expected a number, or NaN where it is missing", d[i].Name, ErrNotFinite, v.Number)
		}
	}
	return nil
}

// checkRecords names the first record that does not fit, or what the records lack as a whole.
func (d Design) checkRecords(records []Record) error {
	if err := d.check(); err != nil {
		return err
	}
	seen := make(map[string]bool, len(records))
	for _, r := range records {
		if seen[r.ID] {
			return fmt.Errorf("record %q: %w: expected an id of its own", r.ID, ErrDuplicate)
		}
		seen[r.ID] = true
		if err := d.checkValues(r.Values); err != nil {
			return fmt.Errorf("record %q: %w", r.ID, err)
		}
	}
	return checkClasses(outcomes(records))
}

// checkClasses asks for records of both outcomes.
func checkClasses(bad []bool) error {
	if len(bad) == 0 {
		return fmt.Errorf("%w: expected records with good and bad outcomes", ErrNoRecords)
	}
	if n := countBad(bad); n == 0 || n == len(bad) {
		return fmt.Errorf("%w: found %d bad of %d records, expected some of each", ErrSingleClass, n, len(bad))
	}
	return nil
}

func outcomes(records []Record) []bool {
	bad := make([]bool, len(records))
	for i, r := range records {
		bad[i] = r.Bad
	}
	return bad
}

func countBad(bad []bool) (n int) {
	for _, b := range bad {
		if b {
			n++
		}
	}
	return n
}

// population is a fingerprint of who was looked at with which outcome, whatever the order of the records.
func population(records []Record) string {
	lines := make([]string, len(records))
	for i, r := range records {
		lines[i] = fmt.Sprintf("%q %t\n", r.ID, r.Bad)
	}
	slices.Sort(lines)
	h := sha256.New()
	io.WriteString(h, strings.Join(lines, "")) // a hash never fails
	return hex.EncodeToString(h.Sum(nil))
}
