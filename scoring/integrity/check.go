package integrity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// checker collects what is wrong with a policy.
type checker struct{ faults []error }

// fault records one fault: where, what was found, what was expected.
func (c *checker) fault(key, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
}

// enabled says whether a rule is on, and records a fault when its minimum is neither 0 nor at least the least that the
// rule can work with. The other numbers of a rule that is off do not matter.
func (c *checker) enabled(key string, minN, least int) bool {
	if minN != 0 && minN < least {
		c.fault(key+".min_n", "found %d, expected %d or more, or 0 to turn the rule off", minN, least)
	}
	return minN != 0
}

// between records a fault when a number does not lie from low to high.
func (c *checker) between(key string, found, low, high float64) {
	if !(found >= low && found <= high) {
		c.fault(key, "found %g, expected a number from %g to %g", found, low, high)
	}
}

// chance records a fault when a level of significance is none.
func (c *checker) chance(key string, found float64) {
	if !(found > 0 && found < 1) {
		c.fault(key, "found %g, expected more than 0 and less than 1, such as 0.01", found)
	}
}

// oneOf records a fault when a word is not among those allowed.
func (c *checker) oneOf(key, found string, allowed ...string) {
	if !slices.Contains(allowed, found) {
		c.fault(key, "found %q, expected one of %s", found, strings.Join(allowed, ", "))
	}
}

// unsound joins what one rule's check finds; nil when it finds nothing.
func unsound(check func(*checker)) error {
	var c checker
	check(&c)
	return errors.Join(c.faults...)
}
