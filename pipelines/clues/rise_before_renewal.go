package clues

import (
	"math"
	"slices"
	"time"

	"pingxin/scoring"
)

// Rise looks for suppliers whose evaluation rose, far more than that of others in the same position, just before the
// purchaser renewed with them.
type Rise struct {
	MinN   int     `toml:"min_n"`      // renewals to compare; 0 turns the rule off
	Days   int     `toml:"days"`       // from the last score before a renewal to its signature at most: "just before"
	Fence  float64 `toml:"fence"`      // interquartile ranges beyond the upper quartile of all rises
	Points float64 `toml:"min_points"` // of the rise at least
}

// renewal is a contract that followed, shortly after its evaluation, on one of the same purchaser, supplier and item,
// which had followed on an earlier one.
type renewal struct{ earlier, rated, renewed *Contract }

// atRenewal is how many contracts there are then.
const atRenewal = 3

// rise is by how many points the evaluation before the renewal lies above the earlier one.
func (r renewal) rise() float64 { return r.rated.Value - r.earlier.Value }

// Find returns one clue for each renewal before which the evaluation rose beyond the fence by the policy's points or more,
// with intervals that do not touch and a grade that is another. Seen is the rise and Line the larger of the two lines, in
// points; N is the number of renewals compared.
func (r Rise) Find(f *Facts) (all []Clue) {
	if r.MinN == 0 {
		return nil
	}
	renewals := r.renewals(f)
	rises := make([]float64, len(renewals))
	for i, one := range renewals {
		rises[i] = one.rise()
	}
	line := aboveFence(rises, r.Fence, r.MinN)
	for i, one := range renewals {
		if !(rises[i] > line) || rises[i] < r.Points || one.rated.Low <= one.earlier.High || one.rated.Grade == one.earlier.Grade {
			continue
		}
		c := onContract(RiseBeforeRenewal, one.rated, one.earlier.evidence(), one.renewed.evidence())
		c.N, c.Seen, c.Line = len(renewals), rises[i], max(line, r.Points)
		all = append(all, c)
	}
	return all
}

// renewals are those of which both evaluations are there. Signing is taken to be on the first day of the service where the
// file does not say when.
func (r Rise) renewals(f *Facts) (all []renewal) {
	for places := range ofPurchasers(&f.outlines, func(c *outline) [2]int32 { return [2]int32{c.supplier, c.item} }) {
		if len(places) < atRenewal {
			continue
		}
		g := f.of(places)
		slices.SortStableFunc(g, func(a, b *Contract) int { return a.StartOn.Compare(b.StartOn) })
		for i := atRenewal - 1; i < len(g); i++ {
			one := renewal{g[i-2], g[i-1], g[i]}
			if one.earlier.Status != scoring.Rated || one.rated.Status != scoring.Rated || math.IsNaN(one.rise()) {
				continue
			}
			if wait := one.renewed.signed().Sub(one.rated.EvaluatedOn); wait >= 0 && wait <= time.Duration(r.Days)*24*time.Hour {
				all = append(all, one)
			}
		}
	}
	return all
}

// signed is the day of the signature.
func (c *Contract) signed() time.Time {
	if c.SignedOn.IsZero() {
		return c.StartOn
	}
	return c.SignedOn
}

func (r Rise) check(c *checker) {
	const key = "rise_before_renewal"
	if c.enabled(key, r.MinN, 4) { // quartiles of fewer are the values themselves
		c.atLeast(key+".days", r.Days, 1)
		c.between(key+".fence", r.Fence, 1, 10)
		c.between(key+".min_points", r.Points, 0, math.MaxFloat64)
	}
}
