package validation

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"pingxin/scoring"
)

// tie is all observations with one value.
type tie struct {
	value          float64
	events, others int
}

// sample is a set of observations that has forgotten their order: ties in ascending order of value.
type sample struct {
	ties           []tie
	events, others int
}

// tally sorts observations into ties; it refuses lists of different length, no observations, and values that are not
// finite. It takes n log n steps.
func tally(values []float64, events []bool) (sample, error) {
	if len(values) != len(events) {
		return sample{}, at(ErrLength, "%d values and %d events", len(values), len(events))
	}
	if len(values) == 0 {
		return sample{}, ErrEmpty
	}
	var s sample
	for i, v := range values {
		if !finite(v) {
			return sample{}, at(ErrNotFinite, "value %d is %g", i, v)
		}
		if events[i] {
			s.events++
		}
	}
	s.others = len(values) - s.events
	with, without := make([]float64, 0, s.events), make([]float64, 0, s.others)
	for i, v := range values {
		if events[i] {
			with = append(with, v+0) // minus nothing becomes nothing
		} else {
			without = append(without, v+0)
		}
	}
	slices.Sort(with)
	slices.Sort(without)
	s.ties = merge(with, without)
	return s, nil
}

// merge makes ties of two ascending lists.
func merge(with, without []float64) []tie {
	ties := make([]tie, 0, len(with)+len(without))
	for len(with) > 0 || len(without) > 0 {
		var t tie
		if len(without) == 0 || len(with) > 0 && with[0] <= without[0] {
			t.value = with[0]
		} else {
			t.value = without[0]
		}
		for t.events < len(with) && with[t.events] == t.value {
			t.events++
		}
		for t.others < len(without) && without[t.others] == t.value {
			t.others++
		}
		with, without = with[t.events:], without[t.others:]
		ties = append(ties, t)
	}
	return ties
}

// size is the number of observations.
func (s sample) size() int { return s.events + s.others }

// oneClass says whether there are only events or none.
func (s sample) oneClass() bool { return s.events == 0 || s.others == 0 }

// values lists the value of every observation in ascending order.
func (s sample) values() []float64 {
	all := make([]float64, 0, s.size())
	for _, t := range s.ties {
		for range t.events + t.others {
			all = append(all, t.value)
		}
	}
	return all
}

// probabilities is a tally of values that have to lie in 0..1.
func probabilities(p []float64, events []bool) (sample, error) {
	s, err := tally(p, events)
	if err != nil {
		return s, err
	}
	if low, high := s.ties[0].value, s.ties[len(s.ties)-1].value; low < 0 || high > 1 {
		return s, at(ErrNotProbability, "the values run from %g to %g", low, high)
	}
	return s, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// quantile is the quantile of type 7 (Hyndman and Fan 1996) of ascending values at k/parts. The place (n-1)k/parts is
// reckoned in whole numbers, so that a quantile that is an observation is that observation to the bit.
func quantile(sorted []float64, k, parts int) float64 {
	low, rest := (len(sorted)-1)*k/parts, (len(sorted)-1)*k%parts
	if rest == 0 {
		return sorted[low]
	}
	return sorted[low] + float64(float64(rest)/float64(parts)*(sorted[low+1]-sorted[low]))
}

// Interval is a confidence interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// normalQuantile is how many standard errors an interval of some confidence reaches to each side.
func normalQuantile(confidence float64) (float64, error) {
	if !(confidence > 0 && confidence < 1) {
		return 0, at(ErrConfidence, "found %g", confidence)
	}
	return distuv.UnitNormal.Quantile(0.5 + confidence/2), nil
}

// wilson is Wilson's interval, which begins at 0 for nobody and ends at 1 for everybody, whatever rounding makes of it.
func wilson(k, n int, confidence float64) Interval {
	low, high := scoring.WilsonInterval(k, n, confidence)
	if k == 0 {
		low = 0
	}
	if k == n {
		high = 1
	}
	return Interval{low, high}
}
