package recheck

import (
	"cmp"
	"slices"
	"time"

	"pingxin/scoring"
	"pingxin/scoring/recheck/exact"
)

// compare finds where an evaluation differs from the reckoning.
func (r *reckoning) compare(got *scoring.Evaluation) *exact.Comparison {
	c, want := &exact.Comparison{}, &r.result
	exact.Equal(c, "contract", got.Contract, r.ev.Contract)
	exact.Equal(c, "status", got.Status, want.status)
	exact.Equal(c, "counts", got.Counts, r.counts)
	if !slices.Equal(got.Missing, want.missing) {
		c.Differ("missing parties", got.Missing, want.missing)
	}
	c.Float("plain value", got.Plain, want.plain)
	decimals := r.policy.Decimals
	c.Official("raw value", got.Raw, want.raw, decimals)
	c.Official("adjusted value", got.Adjusted, want.adjusted, decimals)
	c.Official("shrunken value", got.Shrunken, want.shrunken, decimals)
	c.Float("reliability", got.Reliability, want.reliability)
	if want.value == nil {
		exact.Equal(c, "grade", got.Grade, "")
		exact.Equal(c, "uncapped grade", got.Uncapped, "")
		exact.Equal(c, "number of caps", len(got.Caps), 0)
		return c
	}
	c.Float("standard error", got.SE, want.se)
	official := c.Official("value", got.Value, want.value, decimals)
	c.Official("low", got.Low, want.low, decimals)
	c.Official("high", got.High, want.high, decimals)
	uncapped := r.gradeOf(official)
	caps, grade := r.caps(uncapped)
	exact.Equal(c, "uncapped grade", got.Uncapped, uncapped)
	exact.Equal(c, "grade", got.Grade, grade)
	CompareCaps(c, got.Caps, caps)
	return c
}

// gradeOf is the best grade whose line an official value reaches.
func (r *reckoning) gradeOf(value exact.Number) string {
	for _, b := range r.policy.Bands {
		if !exact.Below(value, exact.Decimal(b.From)) {
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

// CompareCaps compares the caps of an evaluation or a rating, in any order.
func CompareCaps(c *exact.Comparison, got, want []scoring.Cap) {
	byKey := func(a, b scoring.Cap) int { return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Event, b.Event)) }
	got, want = slices.SortedStableFunc(slices.Values(got), byKey), slices.SortedStableFunc(slices.Values(want), byKey)
	same := func(a, b scoring.Cap) bool {
		return a.Rule == b.Rule && a.Event == b.Event && a.Grade == b.Grade && a.Bites == b.Bites && a.From.Equal(b.From) && a.Until.Equal(b.Until)
	}
	if !slices.EqualFunc(got, want, same) {
		c.Differ("caps", got, want)
	}
}
