package recheck

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"
	"time"

	"pingxin/scoring"
)

// comparison collects the differences.
type comparison struct{ differences []Difference }

func (c *comparison) differ(field string, got, want any) {
	c.differences = append(c.differences, Difference{field, fmt.Sprint(got), fmt.Sprint(want)})
}

func equal[T comparable](c *comparison, field string, got, want T) {
	if got != want {
		c.differ(field, got, want)
	}
}

func (c *comparison) compare(r *reckoning, got *scoring.Evaluation) {
	want := &r.result
	equal(c, "contract", got.Contract, r.ev.Contract)
	equal(c, "status", got.Status, want.status)
	equal(c, "counts", got.Counts, r.counts)
	if !slices.Equal(got.Missing, want.missing) {
		c.differ("missing parties", got.Missing, want.missing)
	}
	c.float("plain value", got.Plain, want.plain)
	if want.value == nil {
		equal(c, "grade", got.Grade, "")
		equal(c, "uncapped grade", got.Uncapped, "")
		equal(c, "number of caps", len(got.Caps), 0)
		return
	}
	c.float("standard error", got.SE, want.se)
	official := c.official("value", got.Value, want.value, r.policy.Decimals)
	c.official("low", got.Low, want.low, r.policy.Decimals)
	c.official("high", got.High, want.high, r.policy.Decimals)
	uncapped := r.gradeOf(official)
	caps, grade := r.caps(uncapped)
	equal(c, "uncapped grade", got.Uncapped, uncapped)
	equal(c, "grade", got.Grade, grade)
	c.caps(got.Caps, caps)
}

// float compares a number before rounding; NaN stands for none.
func (c *comparison) float(field string, got float64, want number) {
	if want == nil {
		if !math.IsNaN(got) {
			c.differ(field, got, "none")
		}
		return
	}
	if !finite(got) {
		c.differ(field, got, shown(want))
		return
	}
	off := minus(new(big.Rat).SetFloat64(got), want)
	if want.Sign() == 0 && math.Abs(got) <= nothing {
		return
	}
	if below(times(tolerance, new(big.Rat).Abs(want)), off.Abs(off)) {
		c.differ(field, got, shown(want))
	}
}

// official compares a rounded number and returns the one on which the grade rests: got where it may be official.
func (c *comparison) official(field string, got float64, want number, decimals int) number {
	exact := rounded(want, decimals)
	lowest, highest := exact, exact
	if !tie(want, decimals) { // at a tie half up is the rule, near it the last bits of a float decide
		lowest, highest = rounded(minus(want, tolerance), decimals), rounded(plus(want, tolerance), decimals)
	}
	if finite(got) {
		if read := decimal(got); rounded(read, decimals).Cmp(read) == 0 && !below(read, lowest) && !below(highest, read) {
			return read
		}
	}
	c.differ(field, got, fmt.Sprintf("%s (exactly %s)", exact.FloatString(decimals), shown(want)))
	return exact
}

// tie says whether a number lies exactly between two rounded ones.
func tie(x number, decimals int) bool {
	return rounded(x, decimals).Cmp(plus(x, over(ratio(1, 2), power(10, decimals)))) == 0
}

// shownDecimals are enough to see what differs.
const shownDecimals = 15

func shown(x number) string { return x.FloatString(shownDecimals) }

// gradeOf is the best grade whose line an official value reaches.
func (r *reckoning) gradeOf(value number) string {
	for _, b := range r.policy.Bands {
		if !below(value, decimal(b.From)) {
			return b.ID
		}
	}
	return r.policy.Bands[len(r.policy.Bands)-1].ID
}

// caps lists the caps that stand on the day and the grade that they leave.
func (r *reckoning) caps(uncapped string) ([]scoring.Cap, string) {
	var standing []scoring.Cap
	if r.missingRule() == "cap" {
		standing = append(standing, scoring.Cap{Rule: "missing_party", Grade: r.policy.Missing.Cap})
	}
	for _, rule := range r.policy.Caps {
		for _, e := range r.ev.Events {
			if c := (scoring.Cap{Rule: rule.ID, Event: e.ID, Grade: rule.Grade, From: e.OccurredOn}); e.Kind == rule.Cause && r.stands(&c, rule.While, e) {
				standing = append(standing, c)
			}
		}
	}
	grade := uncapped
	for i := range standing {
		standing[i].Bites = r.rank(standing[i].Grade) > r.rank(uncapped)
		if r.rank(standing[i].Grade) > r.rank(grade) {
			grade = standing[i].Grade
		}
	}
	return standing, grade
}

func (r *reckoning) rank(grade string) int {
	return slices.IndexFunc(r.policy.Bands, func(b scoring.Band) bool { return b.ID == grade })
}

// stands says whether a cap stands on the day, and notes until when. An event counts against the contract it was recorded
// for, and against one of its supplier's whose service it fell into.
func (r *reckoning) stands(c *scoring.Cap, while string, e scoring.Event) bool {
	inService := e.OccurredOn.Compare(r.ev.StartOn) >= 0 && e.OccurredOn.Compare(r.ev.EndOn) <= 0
	if !e.Contract && !inService || e.OccurredOn.After(r.asOf) {
		return false
	}
	if while == "always" {
		return true
	}
	for _, day := range []time.Time{e.EndsOn, e.RepairedOn} {
		if !day.IsZero() && (c.Until.IsZero() || day.Before(c.Until)) {
			c.Until = day
		}
	}
	return c.Until.IsZero() || r.asOf.Before(c.Until)
}

func (c *comparison) caps(got, want []scoring.Cap) {
	byKey := func(a, b scoring.Cap) int { return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Event, b.Event)) }
	got, want = slices.SortedStableFunc(slices.Values(got), byKey), slices.SortedStableFunc(slices.Values(want), byKey)
	same := func(a, b scoring.Cap) bool {
		return a.Rule == b.Rule && a.Event == b.Event && a.Grade == b.Grade && a.Bites == b.Bites && a.From.Equal(b.From) && a.Until.Equal(b.Until)
	}
	if !slices.EqualFunc(got, want, same) {
		c.differ("caps", got, want)
	}
}
