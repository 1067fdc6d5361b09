package integrity

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// MostlyOneSupplier looks for evaluators most of whose contracts are one supplier's. Under the null hypothesis the
// contracts of an evaluator are drawn at random, without replacement, from those of the same peers; so an evaluator who
// works on one kind of service is compared with the suppliers of that kind.
type MostlyOneSupplier struct {
	MinN       int     `toml:"min_n"`      // contracts of the evaluator; 0 turns the rule off
	Share      float64 `toml:"share"`      // of the evaluator's contracts that is passed; at least a half
	Alpha      float64 `toml:"alpha"`      // highest p-value, after adjustment over evaluators and suppliers
	Adjustment string  `toml:"adjustment"` // "bonferroni" or "benjamini_hochberg"
}

// Assignment is one contract given to one evaluator.
type Assignment struct {
	Contract  string
	Evaluator string
	Supplier  string // or the group of affiliated suppliers
	Peers     string // contracts it is compared with, such as those of a catalogue item; may be empty
}

// Flags finds the pairs of evaluator (Subject) and supplier (Ref) whose contracts are more than the share of the
// evaluator's and more than chance would bring. The p-value is P(X >= k) for the sum X, over the groups of peers, of
// hypergeometric counts with the margins observed (Fisher's exact test, one-sided; over several groups the exact test
// that goes with Mantel and Haenszel 1959). Adjustment is over all pairs of an evaluator with enough contracts and a
// supplier. Statistic and Threshold are shares of the evaluator's contracts; N is their number.
func (r MostlyOneSupplier) Flags(assignments []Assignment) ([]Flag, error) {
	if err := unsound(r.check); err != nil || r.MinN == 0 {
		return nil, err
	}
	rows, err := inOrderOfEvaluators(assignments)
	if err != nil {
		return nil, err
	}
	all := marginsOf(rows)
	var tested []Flag
	var p []float64
	for start, end := 0, 0; start < len(rows); start = end {
		for end < len(rows) && rows[end].Evaluator == rows[start].Evaluator {
			end++
		}
		own := rows[start:end]
		if len(own) < r.MinN {
			continue
		}
		supplier, k := mostFrequent(own)
		tested = append(tested, Flag{Rule: RuleMostlyOneSupplier, Subject: own[0].Evaluator, Ref: supplier,
			Statistic: float64(k) / float64(len(own)), Threshold: r.Share, N: len(own)})
		p = append(p, all.tail(own, supplier, k))
	}
	adjusted := adjust(r.Adjustment, p, len(p)*all.suppliers)
	return surprising(tested, adjusted, r.Alpha, func(f Flag) bool { return f.Statistic > r.Share }), nil
}

// inOrderOfEvaluators returns the assignments in the order of evaluator, supplier and contract.
func inOrderOfEvaluators(assignments []Assignment) ([]Assignment, error) {
	rows := slices.Clone(assignments)
	slices.SortFunc(rows, func(a, b Assignment) int {
		return cmp.Or(strings.Compare(a.Evaluator, b.Evaluator), strings.Compare(a.Supplier, b.Supplier), strings.Compare(a.Contract, b.Contract))
	})
	seen := map[[2]string]bool{}
	for _, a := range rows {
		pair := [2]string{a.Contract, a.Evaluator}
		switch {
		case a.Contract == "" || a.Evaluator == "" || a.Supplier == "":
			return nil, fmt.Errorf("assignment of contract %q, supplier %q, to evaluator %q: found an empty key, expected all three: %w", a.Contract, a.Supplier, a.Evaluator, ErrNoKey)
		case seen[pair]:
			return nil, fmt.Errorf("assignment of contract %q to evaluator %q: found it twice, expected it once: %w", a.Contract, a.Evaluator, ErrRepeated)
		}
		seen[pair] = true
	}
	return rows, nil
}

// mostFrequent is the supplier of the most of some assignments, which come in the order of suppliers; of several the
// first. It returns their number besides.
func mostFrequent(own []Assignment) (supplier string, most int) {
	run := 0
	for i, a := range own {
		if i > 0 && own[i-1].Supplier != a.Supplier {
			run = 0
		}
		if run++; run > most {
			supplier, most = a.Supplier, run
		}
	}
	return supplier, most
}

// margins counts all assignments, in each group of peers.
type margins struct {
	all       map[string]int
	supplied  map[[2]string]int // by peers and supplier
	suppliers int               // different ones
}

func marginsOf(rows []Assignment) margins {
	m := margins{all: map[string]int{}, supplied: map[[2]string]int{}}
	suppliers := map[string]bool{}
	for _, a := range rows {
		m.all[a.Peers]++
		m.supplied[[2]string{a.Peers, a.Supplier}]++
		suppliers[a.Supplier] = true
	}
	m.suppliers = len(suppliers)
	return m
}

// tail is the probability that k or more of an evaluator's own assignments are the supplier's.
func (m margins) tail(own []Assignment, supplier string, k int) float64 {
	drawn := map[string]int{}
	for _, a := range own {
		drawn[a.Peers]++
	}
	count := []float64{1} // the probabilities of 0, 1, ... contracts of the supplier
	for _, peers := range slices.Sorted(maps.Keys(drawn)) {
		count = convolve(count, hypergeometric(m.all[peers], m.supplied[[2]string{peers, supplier}], drawn[peers]))
	}
	var tail float64
	for _, p := range slices.Backward(count[k:]) { // the least first, for the last digits
		tail += p
	}
	return min(1, tail)
}

func (r MostlyOneSupplier) check(c *checker) {
	const key = "integrity.mostly_one_supplier"
	if c.enabled(key, r.MinN, 2) {
		c.between(key+".share", r.Share, 0.5, 1) // more than a half, so that it can be one supplier alone
		c.chance(key+".alpha", r.Alpha)
		c.oneOf(key+".adjustment", r.Adjustment, AdjustBonferroni, AdjustBenjamini)
	}
}
