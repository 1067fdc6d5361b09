package pipelines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pingxin/credit/validation"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// ValidateOptions say which ratings are looked back on. Policy and AsOf are required.
type ValidateOptions struct {
	Options     // AsOf is the day of the ratings; Full does not matter: everything is judged anew
	Horizon int // days after it in which outcomes count; 0: those of the policy
	// Watermark is the last batch of which the ratings know; 0: all accepted ones. What counts for a rating is the day of a
	// fact, and a fact that was accepted late is part of what a rating of that day says now. With a watermark the ratings
	// are those that could have been given then. Outcomes are always those known today.
	Watermark int
}

// The reasons for which nothing can be validated.
var (
	ErrNoValidation = errors.New("the policy has no table [validation]: it does not say what counts against a rating; add it, or choose another --policy")
	ErrNoDay        = errors.New("no day was given whose ratings are looked back on")
	ErrHorizonOpen  = errors.New("the horizon has not ended yet: choose an earlier --as-of or a shorter --horizon")
	ErrNoSuchBatch  = errors.New("no batch of that number has been accepted")
)

// quietDays is how long before the end of a horizon the last fact may lie without a note: a district has scores in every
// month, so that a longer silence shows that facts are still to come (ours).
const quietDays = 31

// Validate rates every supplier as of a past day on what is dated up to it and compares the ratings with what is dated
// after it, up to the end of the horizon. The ratings of the day one horizon earlier, held against what came until the
// day, are the baseline. It publishes and keeps nothing; everything is read from one snapshot of the store.
func Validate(ctx context.Context, st *store.Store, o ValidateOptions) (store.KeptValidation, error) {
	v, err := watch(ctx, st, o, true)
	if err == nil {
		err = v.compare()
	}
	if err != nil {
		return store.KeptValidation{}, fmt.Errorf("validate ratings of %s: %w", o.AsOf.Format(time.DateOnly), err)
	}
	return v.result, nil
}

// Keep keeps a validation, so that the pages show it, and returns its number.
func Keep(ctx context.Context, st *store.Store, v store.KeptValidation) (id int, err error) {
	err = st.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		id, err = store.KeepValidation(ctx, w, v)
		return err
	})
	return id, err
}

// validating is one validation in the making.
type validating struct {
	ValidateOptions
	earlier, day, end *night // as of the three days; earlier is nil when it was not asked for
	facts             time.Time
	result            store.KeptValidation
}

// watch judges everything as of the days that a validation compares.
func watch(ctx context.Context, st *store.Store, o ValidateOptions, withEarlier bool) (*validating, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o.Options = o.of(st)
	o.Policy = ratingsOnly(o.Policy)
	v := &validating{ValidateOptions: o}
	v.day = v.nightOf(0)
	v.end = v.nightOf(v.Horizon)
	if !v.end.AsOf.Before(newNight(Options{Now: o.Now}).AsOf) {
		return nil, fmt.Errorf("%w: it ends on %s", ErrHorizonOpen, v.end.AsOf.Format(time.DateOnly))
	}
	if withEarlier {
		v.earlier = v.nightOf(-v.Horizon)
	}
	return v, st.ReadMany(ctx, v.day.Workers, v.judge)
}

// check asks for what cannot be left open, and fills in the horizon.
func (o *ValidateOptions) check() error {
	switch {
	case o.Policy == nil || o.Policy.Validation == nil:
		return ErrNoValidation
	case o.AsOf.IsZero():
		return ErrNoDay
	case o.Horizon < 0:
		return fmt.Errorf("horizon: found %d, expected a number of days above 0", o.Horizon)
	}
	if o.Horizon == 0 {
		o.Horizon = o.Policy.Validation.HorizonDays
	}
	return nil
}

// ratingsOnly is the policy without the steps on which no rating rests.
func ratingsOnly(p *policy.Policy) *policy.Policy {
	bare := *p
	bare.Assessment, bare.Blacklist, bare.Budget = nil, nil, nil
	return &bare
}

// nightOf is the night so many days after the day of the ratings.
func (v *validating) nightOf(days int) *night {
	o := v.Options
	o.AsOf = o.AsOf.AddDate(0, 0, days)
	return newNight(o)
}

// judge judges the nights. What is known of the end of the horizon is all that was accepted; what the ratings know may be
// less.
func (v *validating) judge(ctx context.Context, readers []*store.Reader) error {
	if err := readers[0].Scan(ctx, []any{&v.end.mark}, `SELECT coalesce(max(batch_id), 0) FROM batch`); err != nil {
		return fmt.Errorf("read the number of the last batch: %w", err)
	}
	if v.Watermark < 0 || v.Watermark > v.end.mark {
		return fmt.Errorf("watermark: found %d and %d accepted batches: %w", v.Watermark, v.end.mark, ErrNoSuchBatch)
	}
	if v.Watermark == 0 {
		v.Watermark = v.end.mark
	}
	v.day.mark = v.Watermark
	nights := []*night{v.end, v.day}
	if v.earlier != nil {
		v.earlier.mark = v.Watermark
		nights = append(nights, v.earlier)
	}
	for _, n := range nights {
		if err := n.judgePast(ctx, readers); err != nil {
			return fmt.Errorf("as of %s: %w", n.AsOf.Format(time.DateOnly), err)
		}
	}
	v.facts = v.end.lastFact()
	return nil
}

// judgePast judges a past day by the calibration that there was for it.
func (n *night) judgePast(ctx context.Context, readers []*store.Reader) (err error) {
	if n.basis, err = store.CalibrationBefore(ctx, readers[0], n.AsOf, n.mark); err != nil {
		return err
	}
	err = n.judgeAnew(ctx, readers)
	n.slots = nil // the rows that a run would write, of which three nights would be kept in memory
	return err
}

// lastFact is the day of the latest score or offence up to the night's.
func (n *night) lastFact() (last time.Time) {
	for i := range n.result.standings {
		if on := n.result.standings[i].LastOn; on.After(last) {
			last = on
		}
	}
	for i := range n.suppliers {
		for _, e := range n.suppliers[i].Events {
			if e.OccurredOn.After(last) && !e.OccurredOn.After(n.AsOf) {
				last = e.OccurredOn
			}
		}
	}
	return last
}

// compare makes the report and its head.
func (v *validating) compare() (err error) {
	var levels []string
	for _, l := range v.Policy.Credit.Levels {
		levels = append(levels, l.ID)
	}
	var earlier *validation.Window
	if w := window(v.earlier, v.day, v.Policy.Validation); hasRated(w) { // a day before the first ratings is no baseline
		earlier = &w
	}
	o := &v.result
	if o.Report, err = validation.Validate(levels, window(v.day, v.end, v.Policy.Validation), earlier); err != nil {
		return err
	}
	if o.Rows, err = o.Report.Rows(levels, window(v.day, v.end, v.Policy.Validation), earlier); err != nil {
		return err
	}
	if silent := int(v.end.AsOf.Sub(v.facts).Hours() / 24); silent > quietDays {
		o.Report.Warnings = append(o.Report.Warnings, scoring.Note{Code: "validation_facts_end", Ref: v.facts.Format(time.DateOnly), Have: float64(silent)})
	}
	o.Validation = store.Validation{AsOf: v.day.AsOf, HorizonDays: v.Horizon, PolicyID: v.Policy.ID, PolicyHash: v.Policy.Hash, Watermark: v.day.mark,
		OutcomeWatermark: v.end.mark, Calibration: v.day.basis.ID, CalibrationHash: v.day.basis.Hash, Program: v.Program, MadeAt: v.day.Now().UTC()}
	o.Hash = store.Hash(fmt.Appendf(nil, "pingxin validation 1\n%s %d\n%s\n%d %d\n%s\n%s\n", o.AsOf.Format(time.DateOnly), o.HorizonDays, o.PolicyHash,
		o.Watermark, o.OutcomeWatermark, o.CalibrationHash, store.JSON(o.Report)))
	return nil
}

func hasRated(w validation.Window) bool {
	return slices.ContainsFunc(w.Suppliers, func(s validation.Supplier) bool { return s.Rated })
}
