package validation

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// cohort is a window that has been checked, its suppliers in the order of their ids.
type cohort struct {
	Window
	all    []Supplier
	rated  []Supplier
	scores []float64 // of the rated
	events []bool    // of the rated: at least one outcome in the window
}

// holds says whether an outcome lies in the window.
func (w Window) holds(o Outcome) bool { return o.On.After(w.AsOf) && !o.On.After(w.Until) }

// within are the outcomes of a supplier that lie in the window.
func (w Window) within(s Supplier) (all []Outcome) {
	for _, o := range s.Outcomes {
		if w.holds(o) {
			all = append(all, o)
		}
	}
	return all
}

// inside is how many outcomes of a supplier lie in the window.
func (w Window) inside(s Supplier) int { return len(w.within(s)) }

// outside is how many outcomes of all suppliers do not.
func (w Window) outside() (n int) {
	for _, s := range w.Suppliers {
		n += len(s.Outcomes) - w.inside(s)
	}
	return n
}

// days is how long the window lasts.
func (w Window) days() float64 { return math.Round(w.Until.Sub(w.AsOf).Hours() / 24) }

// cohort checks a window and puts it in order.
func (w Window) cohort(levels []string) (cohort, error) {
	if !w.Until.After(w.AsOf) {
		return cohort{}, at(ErrWindow, "found %s to %s", w.AsOf.Format(dayFormat), w.Until.Format(dayFormat))
	}
	c := cohort{Window: w, all: slices.SortedFunc(slices.Values(w.Suppliers), func(a, b Supplier) int { return strings.Compare(a.ID, b.ID) })}
	for i, s := range c.all {
		if s.ID == "" || i > 0 && s.ID == c.all[i-1].ID {
			return cohort{}, at(ErrSupplier, "found id %q on %s", s.ID, w.AsOf.Format(dayFormat))
		}
		if err := s.check(levels); err != nil {
			return cohort{}, err
		}
		if s.Rated {
			c.rated = append(c.rated, s)
			c.scores = append(c.scores, s.Score)
			c.events = append(c.events, w.inside(s) > 0)
		}
	}
	return c, nil
}

// check refuses what cannot be a supplier of a cohort.
func (s Supplier) check(levels []string) error {
	if s.Rated != (s.Level != "") {
		return at(ErrStatus, "supplier %q, rated %t, has level %q", s.ID, s.Rated, s.Level)
	}
	for _, level := range []string{s.Level, s.LevelAfter} {
		if level != "" && !slices.Contains(levels, level) {
			return at(ErrUnknownLevel, "supplier %q has %q", s.ID, level)
		}
	}
	if s.Rated && !(s.Score >= 0 && s.Score <= scoreTop) {
		return at(ErrScore, "supplier %q has %g", s.ID, s.Score)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Inputs)) {
		if math.IsInf(s.Inputs[name], 0) {
			return at(ErrNotFinite, "supplier %q, input %q is %g", s.ID, name, s.Inputs[name])
		}
	}
	return nil
}

// input lists an input of the rated suppliers, NaN where it is missing.
func (c cohort) input(name string) []float64 {
	values := make([]float64, len(c.rated))
	for i, s := range c.rated {
		values[i] = s.value(name)
	}
	return values
}

// value is an input of a supplier, NaN where it is missing.
func (s Supplier) value(name string) float64 {
	if v, known := s.Inputs[name]; known {
		return v
	}
	return math.NaN()
}
