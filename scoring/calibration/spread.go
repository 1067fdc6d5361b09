package calibration

import (
	"cmp"
	"slices"

	"pingxin/scoring"
)

// Spread is how the scores lie that one rater gave, or all raters of a party.
type Spread struct {
	Rater     string // empty: all raters of the party
	Indicator string // empty: all indicators alike
	Party     scoring.Party
	scoring.Box
}

// Spreads describes the scores of every rater beside those of all raters of the party, over all indicators and by each, in
// points. Nothing is judged by it. Scores come in any order.
func Spreads(scores []Score, names Names) (all []Spread) {
	const every = -1 // as the number of a rater or an indicator
	for _, of := range []struct{ rater, indicator bool }{{}, {indicator: true}, {rater: true}, {rater: true, indicator: true}} {
		grouped := slices.Clone(scores)
		for i := range grouped {
			if !of.rater {
				grouped[i].Rater = every
			}
			if !of.indicator {
				grouped[i].Indicator = every
			}
		}
		slices.SortFunc(grouped, func(a, b Score) int { return cmp.Or(bySpread(a, b), cmp.Compare(a.Value, b.Value)) })
		for len(grouped) > 0 {
			first, end := grouped[0], 0
			var points []float64
			for ; end < len(grouped) && bySpread(first, grouped[end]) == 0; end++ {
				points = append(points, float64(grouped[end].Value)/perPoint)
			}
			s := Spread{Party: first.Party, Box: scoring.BoxOf(points)}
			if of.rater {
				s.Rater = names.Raters[first.Rater]
			}
			if of.indicator {
				s.Indicator = names.Indicators[first.Indicator]
			}
			all, grouped = append(all, s), grouped[end:]
		}
	}
	return all
}

// bySpread orders scores by the spread that they are of.
func bySpread(a, b Score) int {
	return cmp.Or(cmp.Compare(a.Party, b.Party), cmp.Compare(a.Rater, b.Rater), cmp.Compare(a.Indicator, b.Indicator))
}
