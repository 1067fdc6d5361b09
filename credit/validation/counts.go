package validation

import (
	"errors"
	"maps"
	"slices"

	"pingxin/scoring"
)

// note adds a warning.
func (r *Report) note(n scoring.Note) { r.Warnings = append(r.Warnings, n) }

// missing turns the condition of an error into a warning; other errors are handed back.
func (r *Report) missing(n scoring.Note, err error) error {
	var c *Condition
	if !errors.As(err, &c) {
		return err
	}
	n.Ref = c.Code
	r.note(n)
	return nil
}

// count fills the numbers of suppliers, outcomes and events, and says whether they are enough.
func (r *Report) count(c cohort) {
	r.Suppliers, r.Rated, r.Kinds = len(c.all), len(c.rated), c.kinds()
	unratedEvents := 0
	for _, s := range c.all {
		inside := c.inside(s)
		r.Outcomes += inside
		switch {
		case inside == 0:
		case s.Rated:
			r.Events++
		default:
			unratedEvents++
		}
	}
	r.Unrated = levelOutcome("", r.Suppliers-r.Rated, unratedEvents, Confidence)
	if outside := c.outside(); outside > 0 {
		r.note(scoring.Note{Code: NoteOutside, Have: float64(outside)})
	}
	if r.Unrated.N > 0 {
		r.note(scoring.Note{Code: NoteUnrated, Have: float64(r.Unrated.N)})
	}
	r.enough()
}

// enough warns where events, or suppliers without one, are too few.
func (r *Report) enough() {
	switch fewer := min(r.Events, r.Rated-r.Events); {
	case fewer == 0:
		r.note(scoring.Note{Code: NoteOneClass, Have: float64(r.Events)})
	case fewer < MinEvents:
		r.note(scoring.Note{Code: NoteTooFewEvents, Have: float64(fewer), Need: MinEvents})
	case fewer < ComfortableEvents:
		r.note(scoring.Note{Code: NoteFewEvents, Have: float64(fewer), Need: ComfortableEvents})
	}
}

// kinds counts the outcomes in the window by kind, in the order of the kinds.
func (c cohort) kinds() []KindCount {
	counts := map[string]*KindCount{}
	for _, s := range c.all {
		own := map[string]int{}
		for _, o := range s.Outcomes {
			if c.holds(o) {
				own[o.Kind]++
			}
		}
		for kind, outcomes := range own {
			k := counts[kind]
			if k == nil {
				k = &KindCount{Kind: kind}
				counts[kind] = k
			}
			k.Outcomes += outcomes
			k.Suppliers++
			if s.Rated {
				k.Rated++
			}
		}
	}
	all := make([]KindCount, 0, len(counts))
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, *counts[kind])
	}
	return all
}
