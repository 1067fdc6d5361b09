package weights

import (
	"cmp"
	"slices"
)

// placed is an outcome, by its place in the study, with its value under drawn weights.
type placed struct {
	value nano
	at    int32
}

// drawing looks at one set of weights after the other, in memory of its own.
type drawing struct {
	study  *Study
	values []nano // by place in the study
	sorted []placed
	spare  []placed
}

func newDrawing(s *Study) *drawing {
	n := len(s.outcomes)
	return &drawing{s, make([]nano, n), make([]placed, n), make([]placed, n)}
}

// reversed sorts the outcomes by d.values, best first, into d.sorted and returns how many pairs of unequal base value
// turned round. Outcomes that tie at the base are put into order first: between them there was none to turn round.
func (d *drawing) reversed() int64 {
	for i, v := range d.values {
		d.sorted[i] = placed{v, int32(i)}
	}
	for _, tie := range d.study.ties {
		slices.SortStableFunc(d.sorted[tie[0]:tie[1]], func(a, b placed) int { return cmp.Compare(b.value, a.value) })
	}
	var turned int64
	for width := 1; width < len(d.sorted); width *= 2 {
		for from := 0; from < len(d.sorted); from += 2 * width {
			middle, end := min(from+width, len(d.sorted)), min(from+2*width, len(d.sorted))
			turned += merge(d.spare[from:end], d.sorted[from:middle], d.sorted[middle:end])
		}
		d.sorted, d.spare = d.spare, d.sorted
	}
	return turned
}

// merge merges two runs, best first, and counts the pairs of which the later run has the better one.
func merge(into, a, b []placed) (turned int64) {
	for i := range into {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].value >= b[0].value:
			into[i], a = a[0], a[1:]
		default:
			into[i], b = b[0], b[1:]
			turned += int64(len(a))
		}
	}
	return turned
}

// ranks calls f with every outcome and its rank, from 1, ties sharing the best, after reversed.
func (d *drawing) ranks(f func(at int32, rank int32)) {
	rank := int32(1)
	for i, p := range d.sorted {
		if i > 0 && p.value < d.sorted[i-1].value {
			rank = int32(i + 1)
		}
		f(p.at, rank)
	}
}
