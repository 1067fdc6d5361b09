package weights

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"pingxin/scoring"
)

// Outcome is an object whose value hangs on the weights: Rest + Share * (weighted mean of Values). For the top of an
// indicator tree Rest is 0 and Share 1; for the indicators below one dimension Share is the dimension's share of the
// whole and Rest what the other dimensions add.
type Outcome struct {
	ID     string
	Values []float64 // one per criterion; NaN where there is none: its weight goes to the others in proportion
	Rest   float64
	Share  float64 // in (0, 1]
}

// nano is a value in thousand-millionths, to which scoring.Round first takes a value: at this precision two ways of
// computing the same value agree, so that ties are ties and a grade here is the grade that an evaluation gets.
type nano int64

const (
	nanos      = 1e9
	largest    = 9e9 // largest value, either way, that a nano holds
	nanoPlaces = 9   // decimals
)

func toNano(v float64) nano { return nano(math.Round(v * nanos)) }

// Study is a set of outcomes under base weights, ordered by base value from the best, equal ones by id.
type Study struct {
	criteria []string
	weights  []float64
	outcomes []Outcome
	base     []nano
	bands    []scoring.Band
	lines    []nano // by band, best first: the least value that rounds up to the band's line
	decimals int
	ties     [][2]int // ranges of two and more outcomes of equal base value
	pairs    int64    // of unequal base value
}

// NewStudy takes the outcomes in any order, each with at least one value, the weights by which they stand now, and how a
// value becomes a grade: it is rounded half up to decimals (0 to 9) and graded by bands, best first, the last one taking
// all that is left. Caps on grades and the ends of the scale are not looked at. Errors name the outcome and match
// ErrSize, ErrIdentity, ErrValue, ErrWeights or ErrSetting.
func NewStudy(criteria []string, weights []float64, outcomes []Outcome, bands []scoring.Band, decimals int) (*Study, error) {
	if len(criteria) == 0 || len(outcomes) == 0 || len(bands) == 0 {
		return nil, fmt.Errorf("%w: found %d criteria, %d outcomes and %d bands, expected at least one of each", ErrSize, len(criteria), len(outcomes), len(bands))
	}
	if decimals < 0 || decimals > nanoPlaces {
		return nil, fmt.Errorf("%w: found %d decimals, expected 0 to %d", ErrSetting, decimals, nanoPlaces)
	}
	if err := checkIDs("criterion", criteria); err != nil {
		return nil, err
	}
	if err := checkWeights(len(criteria), weights); err != nil {
		return nil, err
	}
	s := &Study{criteria: slices.Clone(criteria), weights: slices.Clone(weights), bands: slices.Clone(bands), decimals: decimals}
	s.outcomes = slices.SortedFunc(slices.Values(outcomes), func(a, b Outcome) int { return cmp.Compare(a.ID, b.ID) })
	for i := range s.outcomes {
		if err := s.checkOutcome(i); err != nil {
			return nil, err
		}
	}
	s.drawLines()
	s.order()
	return s, nil
}

func (s *Study) checkOutcome(i int) error {
	o := &s.outcomes[i]
	if o.ID == "" || i > 0 && o.ID == s.outcomes[i-1].ID {
		return fmt.Errorf("%w: an outcome has the id %q, expected one of its own", ErrIdentity, o.ID)
	}
	if len(o.Values) != len(s.criteria) {
		return fmt.Errorf("%w: outcome %q has %d values, expected one for each of the %d criteria", ErrSize, o.ID, len(o.Values), len(s.criteria))
	}
	if !(o.Share > 0 && o.Share <= 1) || !(math.Abs(o.Rest) <= largest) {
		return fmt.Errorf("%w: outcome %q: found share %g and rest %g, expected a share from 0 to 1 and a finite rest", ErrValue, o.ID, o.Share, o.Rest)
	}
	for j, v := range o.Values {
		if math.Abs(v)+math.Abs(o.Rest) > largest {
			return fmt.Errorf("%w: outcome %q, criterion %q: found %g, expected a number within %g either way", ErrValue, o.ID, s.criteria[j], v, largest)
		}
	}
	if o.present(s.weights) == 0 {
		return fmt.Errorf("%w: outcome %q has no value of positive weight, expected at least one", ErrValue, o.ID)
	}
	return nil
}

// drawLines finds for every band the least value that rounds up to its line.
func (s *Study) drawLines() {
	points := math.Pow10(s.decimals)
	unit := nano(math.Pow10(nanoPlaces - s.decimals))
	for _, b := range s.bands {
		whole := math.Ceil(b.From * points)
		if (whole-1)/points >= b.From { // the product was off in its last bit
			whole--
		}
		s.lines = append(s.lines, nano(whole)*unit-unit/2)
	}
}

// order sorts the outcomes by base value and finds the ties.
func (s *Study) order() {
	values := make([]nano, len(s.outcomes))
	s.values(s.weights, values)
	at := make([]int, len(values))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(values[b], values[a]) }) // the ids were in order
	sorted := make([]Outcome, len(at))
	s.base = make([]nano, len(at))
	for i, from := range at {
		sorted[i], s.base[i] = s.outcomes[from], values[from]
	}
	s.outcomes = sorted
	n := int64(len(at))
	s.pairs = n * (n - 1) / 2
	for i := 0; i < len(at); {
		end := i + 1
		for end < len(at) && s.base[end] == s.base[i] {
			end++
		}
		if tied := int64(end - i); tied > 1 {
			s.ties = append(s.ties, [2]int{i, end})
			s.pairs -= tied * (tied - 1) / 2
		}
		i = end
	}
}

// values fills in the value of every outcome under other weights.
func (s *Study) values(weights []float64, values []nano) {
	for k := range s.outcomes {
		o := &s.outcomes[k]
		var sum, total float64
		for j, v := range o.Values {
			if v == v { // a number
				sum += float64(weights[j] * v)
				total += weights[j]
			}
		}
		values[k] = toNano(o.Rest + float64(o.Share*(sum/total)))
	}
}

// band is the place of the grade that a value earns.
func (s *Study) band(v nano) int {
	for i, line := range s.lines {
		if v >= line {
			return i
		}
	}
	return len(s.lines) - 1
}

func (s *Study) rounded(v nano) float64 { return scoring.Round(float64(v)/nanos, s.decimals) }
