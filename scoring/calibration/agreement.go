package calibration

import (
	"errors"
	"fmt"
	"slices"

	"pingxin/scoring"
	"pingxin/scoring/raters"
)

// confidence is that of the intervals of intraclass correlations: 95 in 100, as Shrout and Fleiss (1979) and those after
// them state theirs.
const confidence = 0.95

// Agreement is how well the third parties agree on one indicator.
type Agreement struct {
	Indicator  string      `json:"indicator"`
	Alpha      float64     `json:"alpha"` // Krippendorff's alpha, interval metric
	N          int         `json:"n"`     // scores of contracts that at least two raters scored
	Contracts  int         `json:"contracts"`
	Intraclass *Intraclass `json:"intraclass,omitempty"` // nil where it is not estimable, and in calibrations before it was estimated
}

// Intraclass is the reliability of third parties in the one-way form, the right one where raters differ from contract to
// contract: a rater's severity then counts as error. It rests on the contracts that have exactly Raters third parties.
type Intraclass struct {
	Raters     int         `json:"raters"` // the most frequent number from 2; of equally frequent ones the largest
	Contracts  int         `json:"contracts"`
	Confidence float64     `json:"confidence"` // of the intervals
	Single     Reliability `json:"single"`     // ICC(1): of one third party's score
	Mean       Reliability `json:"mean"`       // ICC(k): of the mean of Raters of them
}

// Reliability is an intraclass correlation with its interval: 1 where all differences are those of contracts, 0 or less
// where scores tell contracts apart no better than chance.
type Reliability struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Agreements measures how well the third parties agree, for every indicator on which at least two of them scored a common
// contract and did not all give the same, in the order of indicators. Scores come in any order.
func Agreements(scores []Score, names Names) (all []Agreement, err error) {
	byIndicator := make([][]raters.Cell, len(names.Indicators)) // in ten-thousandths: whole numbers add up exactly, and no measure has a unit
	for _, s := range scores {
		if s.Party == scoring.ThirdParty {
			byIndicator[s.Indicator] = append(byIndicator[s.Indicator], raters.Cell{Rater: s.Rater, Object: s.Contract, Value: float64(s.Value)})
		}
	}
	for i, cells := range byIndicator {
		a, err := raters.KrippendorffAlpha(cells, raters.Interval)
		if errors.Is(err, raters.ErrNotPairable) || errors.Is(err, raters.ErrNoVariation) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("agreement on %s: %w", names.Indicators[i], err)
		}
		reliability, err := intraclass(cells)
		if err != nil {
			return nil, fmt.Errorf("reliability on %s: %w", names.Indicators[i], err)
		}
		all = append(all, Agreement{names.Indicators[i], a.Value, a.Values, a.Objects, reliability})
	}
	return all, nil
}

// intraclass is nil where fewer than two contracts have the most frequent number of raters, where their values do not vary,
// or where their means do not, so that the reliability of a mean has no bound below.
func intraclass(cells []raters.Cell) (*Intraclass, error) {
	table := raters.Balanced(cells)
	if !slices.ContainsFunc(table, func(row []float64) bool { return total(row) != total(table[0]) }) {
		return nil, nil
	}
	c, err := raters.IntraclassCorrelations(table, confidence)
	if err != nil {
		return nil, err
	}
	one, mean := c.Single.OneWay, c.Average.OneWay
	return &Intraclass{c.Raters, c.Objects, confidence, Reliability{one.Value, one.Low, one.High}, Reliability{mean.Value, mean.Low, mean.High}}, nil
}

// total is exact, since scores are whole numbers.
func total(row []float64) (sum float64) {
	for _, v := range row {
		sum += v
	}
	return sum
}
