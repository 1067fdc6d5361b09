// Package integrity finds signs in how somebody answered that a person should look at: the same answer again and again,
// answers like those of many others, answers that all came at once, an evaluator with one supplier, a value far from
// all others. It decides what is unusual enough to be shown, with the number it saw, the number it compared with and how
// much it had to go by. It never judges, removes or weighs an answer, and a flag says what was seen, not why: a contented
// recipient gives full marks throughout, too. Who looks, what they found, and the sentences shown are left to others.
//
// Each rule is a table of the policy with its numbers and a method Flags. Flags come in the order of their subjects,
// whatever the order of the input.
package integrity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rule names a rule. The word is also the key of the sentence that readers see; it says what was seen and accuses nobody.
type Rule string

// The rules, each in the file that bears its name.
const (
	RuleSameAnswerRun     Rule = "same_answer_run"
	RuleFlatAnswers       Rule = "flat_answers"
	RuleTopToAll          Rule = "top_to_all"
	RuleUnusualValue      Rule = "unusual_value"
	RuleAlikeAnswers      Rule = "alike_answers"
	RuleLateAnswers       Rule = "late_answers"
	RuleDenseAnswers      Rule = "dense_answers"
	RuleMostlyOneSupplier Rule = "mostly_one_supplier"
	RulePartiesApart      Rule = "parties_apart"
)

// Flag is one sign for a person to look at. Statistic and Threshold are in the unit that the rule's Flags method names.
type Flag struct {
	Rule      Rule     `json:"rule"`
	Subject   string   `json:"subject"`          // key of whom or what was unusual: a respondent, evaluator or contract
	Ref       string   `json:"ref,omitempty"`    // what it concerns beside the subject, as the rule says
	Others    []string `json:"others,omitempty"` // the other members of a group, in ascending order
	Statistic float64  `json:"statistic"`        // what was seen
	Threshold float64  `json:"threshold"`        // the line that it reached or passed
	N         int      `json:"n"`                // answers, contracts or respondents that it rests on
	// PValue is the probability of something at least as unusual by chance, after adjustment for the number of
	// tests; nil for a rule that makes no test.
	PValue *float64 `json:"p_value,omitempty"`
}

// What can be wrong with the input. An error that Flags returns wraps one of them and names the place.
var (
	ErrNoKey         = errors.New("a row without a key")
	ErrRepeated      = errors.New("a key that occurs twice")
	ErrUneven        = errors.New("sheets of different length")
	ErrTooManyItems  = errors.New("more items than a band can hold")
	ErrNotFinite     = errors.New("an infinite value")
	ErrOutsideWindow = errors.New("a day outside the collection window")
)

// inOrder returns the places of n rows in ascending order of their keys. Every key must be there, once.
func inOrder(what string, n int, key func(int) string) ([]int32, error) {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	byKey := func(a, b int32) int { return strings.Compare(key(int(a)), key(int(b))) }
	if !slices.IsSortedFunc(order, byKey) { // rows from a query are
		slices.SortFunc(order, byKey)
	}
	for i, at := range order {
		if key(int(at)) == "" {
			return nil, fmt.Errorf("%s: found an empty key, expected one of its own for each row: %w", what, ErrNoKey)
		}
		if i > 0 && key(int(order[i-1])) == key(int(at)) {
			return nil, fmt.Errorf("%s %q: found it twice, expected one row for each: %w", what, key(int(at)), ErrRepeated)
		}
	}
	return order, nil
}

// OfRaters says whether the subject of the rule's flags is somebody who answered; otherwise it is a contract.
func (r Rule) OfRaters() bool {
	return r != RuleLateAnswers && r != RuleDenseAnswers && r != RulePartiesApart
}
