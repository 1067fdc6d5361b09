package calibration

import (
	"errors"
	"fmt"

	"pingxin/scoring"
	"pingxin/scoring/raters"
)

// Agreement is how well the third parties agree on one indicator.
type Agreement struct {
	Indicator string  `json:"indicator"`
	Alpha     float64 `json:"alpha"` // Krippendorff's alpha, interval metric
	N         int     `json:"n"`     // scores of contracts that at least two raters scored
	Contracts int     `json:"contracts"`
}

// Agreements measures how well the third parties agree, for every indicator on which at least two of them scored a common
// contract and did not all give the same, in the order of indicators. Scores come in any order.
func Agreements(scores []Score, names Names) (all []Agreement, err error) {
	byIndicator := make([][]raters.Cell, len(names.Indicators))
	for _, s := range scores {
		if s.Party == scoring.ThirdParty {
			byIndicator[s.Indicator] = append(byIndicator[s.Indicator], raters.Cell{Rater: s.Rater, Object: s.Contract, Value: float64(s.Value) / perPoint})
		}
	}
	for i, cells := range byIndicator {
		a, err := raters.KrippendorffAlpha(cells, raters.Interval)
		switch {
		case errors.Is(err, raters.ErrNotPairable), errors.Is(err, raters.ErrNoVariation):
		case err != nil:
			return nil, fmt.Errorf("agreement on %s: %w", names.Indicators[i], err)
		default:
			all = append(all, Agreement{Indicator: names.Indicators[i], Alpha: a.Value, N: a.Values, Contracts: a.Objects})
		}
	}
	return all, nil
}
