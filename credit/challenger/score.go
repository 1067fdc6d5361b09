package challenger

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"pingxin/scoring"
)

// reasonsMax is the number of reasons that a person can keep in mind.
const reasonsMax = 3

// Score is what a record gets by a model.
type Score struct {
	Points      float64   // sum of the rounded points of its bins
	Exact       float64   // the same before rounding
	LogOdds     float64   // of being bad
	Probability float64   // of being bad
	Reasons     []Reason  // the characteristics that cost most, at most three
	Warnings    []Warning // of values that the fit never saw
}

// Reason is one characteristic on which a record loses points against the best bin.
type Reason struct {
	Input  string  `json:"input"`
	Bin    string  `json:"bin"`
	Points float64 `json:"points"`
	Lost   float64 `json:"lost"`
}

// Score scores one record by its values, in the order of the model's design. A record scored alone gets the same score
// as in a batch, to the last bit. A value that the fit never saw counts as neither good nor bad, with a warning. It fails
// on values that do not fit the design.
func (m *Model) Score(values []Value) (Score, error) {
	if len(values) != len(m.Characteristics) {
		return Score{}, fmt.Errorf("%w: found %d values, expected the %d of the model", ErrShape, len(values), len(m.Characteristics))
	}
	if err := m.Design().checkValues(values); err != nil {
		return Score{}, err
	}
	s := Score{LogOdds: m.Regression.Coefficients[0].Value, Reasons: []Reason{}}
	for i, v := range values {
		b := &m.Characteristics[i]
		bin := Bin{Name: v.text(b.Kind)}
		if at, seen := b.find(v); seen {
			bin = b.Bins[at]
		} else {
			bin.Exact, bin.Points = m.points(i, 0)
			s.Warnings = append(s.Warnings, Warning{Code: Unseen, Input: b.Name, Bin: bin.Name})
		}
		s.LogOdds += float64(m.slope(i) * bin.WOE)
		s.Points += bin.Points
		s.Exact += bin.Exact
		if lost := b.best() - bin.Points; lost > 0 {
			s.Reasons = append(s.Reasons, Reason{b.Name, bin.Name, bin.Points, lost})
		}
	}
	s.Points = scoring.Round(s.Points, m.Policy.Decimals) // decimals add up to a float beside the decimal
	s.Probability = Probability(s.LogOdds)
	slices.SortStableFunc(s.Reasons, func(a, b Reason) int { return cmp.Compare(b.Lost, a.Lost) })
	s.Reasons = s.Reasons[:min(reasonsMax, len(s.Reasons))]
	return s, nil
}

// text is a value for a message.
func (v Value) text(kind Kind) string {
	switch {
	case v.missing(kind):
		return missingName
	case kind == Number:
		return strconv.FormatFloat(v.Number, 'g', -1, 64)
	}
	return strconv.Quote(v.Label)
}

// best is the most points that a characteristic gives.
func (b *Binning) best() float64 {
	return slices.MaxFunc(b.Bins, func(x, y Bin) int { return cmp.Compare(x.Points, y.Points) }).Points
}
