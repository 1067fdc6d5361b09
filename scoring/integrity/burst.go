package integrity

import (
	"fmt"
	"slices"
	"strconv"
)

// Burst looks for answers that came within few days of a long collection window. It serves two rules: late_answers for
// the last days, dense_answers for the busiest. Under the null hypothesis each answer comes on any day of the window with
// the same probability, independently of the others. Invitations, visits and deadlines bring honest bursts; hence the
// share that is asked besides.
type Burst struct {
	MinN       int     `toml:"min_n"`      // answers of the contract; 0 turns the rule off
	MinDays    int     `toml:"min_days"`   // length of the collection window, more than Days
	Days       int     `toml:"days"`       // days of the burst
	Share      float64 `toml:"share"`      // of the answers that came in those days at least
	Alpha      float64 `toml:"alpha"`      // highest p-value, after adjustment over the contracts
	Adjustment string  `toml:"adjustment"` // "bonferroni" or "benjamini_hochberg"
}

// Arrivals is when the answers on one contract came.
type Arrivals struct {
	Contract string // occurs once among the arrivals of a call
	Days     int    // length of the collection window
	On       []int  // day of each answer in any order, the first day of the window being 0
}

// LateFlags finds the contracts of whose answers an unusual share came in the last days of the window. The p-value is
// P(X >= k), X of Binomial(n, days/length). Statistic and Threshold are shares of the answers; N is their number; Ref is
// the first day of the burst, counted from 0.
func (r Burst) LateFlags(contracts []Arrivals) ([]Flag, error) {
	return r.flags(RuleLateAnswers, contracts, func(_ []int, length int) (first, tests int) {
		return length - r.Days, 1
	})
}

// DenseFlags finds the contracts of whose answers an unusual share came in some days that follow one another. The
// p-value is bounded from above by (length-days+1) * P(X >= k), X of Binomial(n, days/length): the first Bonferroni
// inequality for the scan statistic (Glaz, Naus and Wallenstein 2001, Scan Statistics; their approximations are sharper,
// but not bounds). The result is as that of LateFlags. A burst at the very end of the window is left to that rule.
func (r Burst) DenseFlags(contracts []Arrivals) ([]Flag, error) {
	found, err := r.flags(RuleDenseAnswers, contracts, func(on []int, length int) (first, tests int) {
		return r.busiest(on, length), length - r.Days + 1
	})
	last := map[string]string{} // by contract: where a burst at the very end begins
	for _, c := range contracts {
		last[c.Contract] = strconv.Itoa(c.Days - r.Days)
	}
	return slices.DeleteFunc(found, func(f Flag) bool { return f.Ref == last[f.Subject] }), err
}

// flags tests every contract with enough answers in a long enough window on the burst that window chooses: its first
// day, and among how many windows it chose.
func (r Burst) flags(rule Rule, contracts []Arrivals, window func(on []int, length int) (first, tests int)) ([]Flag, error) {
	if err := unsound(func(c *checker) { r.check(c, "integrity."+string(rule)) }); err != nil || r.MinN == 0 {
		return nil, err
	}
	order, err := inOrder("contract", len(contracts), func(i int) string { return contracts[i].Contract })
	if err != nil {
		return nil, err
	}
	var tested []Flag
	var p []float64
	for _, at := range order {
		c := contracts[at]
		on := slices.Sorted(slices.Values(c.On))
		if n := len(on); n > 0 && (on[0] < 0 || on[n-1] >= c.Days) {
			return nil, fmt.Errorf("contract %q: found answers on days %d to %d, expected days 0 to %d of its window: %w", c.Contract, on[0], on[n-1], c.Days-1, ErrOutsideWindow)
		}
		if len(on) < r.MinN || c.Days < r.MinDays {
			continue
		}
		first, windows := window(on, c.Days)
		k := within(on, first, r.Days)
		tested = append(tested, Flag{Rule: rule, Subject: c.Contract, Ref: strconv.Itoa(first),
			Statistic: float64(k) / float64(len(on)), Threshold: r.Share, N: len(on)})
		p = append(p, min(1, float64(windows)*BinomialTail(k, len(on), float64(r.Days)/float64(c.Days))))
	}
	return surprising(tested, adjust(r.Adjustment, p, len(p)), r.Alpha, func(f Flag) bool { return f.Statistic >= r.Share }), nil
}

// within counts the answers, in ascending order, on some days from the first.
func within(on []int, first, days int) int {
	from, _ := slices.BinarySearch(on, first)
	to, _ := slices.BinarySearch(on, first+days)
	return to - from
}

// busiest is the first day of the window with the most answers, the earliest of several.
func (r Burst) busiest(on []int, length int) (first int) {
	most := 0
	for _, day := range on { // some busiest window starts with an answer, or at the last day on which one can start
		day = min(day, length-r.Days)
		if k := within(on, day, r.Days); k > most {
			first, most = day, k
		}
	}
	return first
}

// surprising keeps the flags whose adjusted p-value is at most alpha and that pass the line.
func surprising(tested []Flag, p []float64, alpha float64, passes func(Flag) bool) []Flag {
	var kept []Flag
	for i, f := range tested {
		if p[i] <= alpha && passes(f) {
			f.PValue = &p[i]
			kept = append(kept, f)
		}
	}
	return kept
}

func (r Burst) check(c *checker, key string) {
	if !c.enabled(key, r.MinN, 2) {
		return
	}
	if r.Days < 1 || r.MinDays <= r.Days {
		c.fault(key+".days", "found %d with min_days %d, expected 1 or more, and less than min_days", r.Days, r.MinDays)
	}
	c.between(key+".share", r.Share, 0, 1)
	c.chance(key+".alpha", r.Alpha)
	c.oneOf(key+".adjustment", r.Adjustment, AdjustBonferroni, AdjustBenjamini)
}
