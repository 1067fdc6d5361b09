package calibration

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"pingxin/scoring"
	"pingxin/scoring/integrity"
	"pingxin/scoring/raters"
)

// perPoint is how many of the scores' units make a point.
const perPoint = integrity.PerPoint

// Rater is what the scores of one named rater, a purchaser or a third party, say of them.
type Rater struct {
	ID        string
	Number    int32 // of the rater in the names
	Party     scoring.Party
	N         int // scores
	Contracts int
	Mean, SD  float64 // of the scores, in points; SD is NaN for one
	LastDay   int32   // of the latest score, since 1970
	Severity  float64 // in points, negative is strict; NaN when none was estimated
	SE        float64
	// Comparable says that the severity can be compared with those of most raters: they are joined by common contracts.
	Comparable bool
}

// Severities says how the severities of all raters came about.
type Severities struct {
	Estimated   bool     `json:"estimated"`
	Reason      string   `json:"reason,omitempty"` // why not, as a key of the reader's language
	VarRater    float64  `json:"var_rater"`        // variances in squared points
	VarContract float64  `json:"var_contract"`
	VarResidual float64  `json:"var_residual"`
	Cells       int      `json:"cells"` // pairs of a rater and a contract
	Components  int      `json:"components"`
	Exact       bool     `json:"exact"` // the likelihood was maximised without sampling
	Warnings    []string `json:"warnings,omitempty"`
}

// Raters describes every rater among the scores, in the order of their names, and estimates their severities: a cell is
// what a rater gave a contract on average, over the indicators, beside what all raters give on these indicators. Scores
// come in any order.
func (p *Policy) Raters(scores []Score, names Names) ([]Rater, Severities, error) {
	scores = slices.SortedFunc(slices.Values(scores), byRater)
	all := Describe(scores, names)
	s, err := p.sever(scores, all)
	return all, s, err
}

// byRater orders scores by all that is estimated from.
func byRater(a, b Score) int {
	return cmp.Or(cmp.Compare(a.Rater, b.Rater), cmp.Compare(a.Contract, b.Contract), cmp.Compare(a.Indicator, b.Indicator), cmp.Compare(a.Value, b.Value))
}

// Describe sums scores up by rater, without severities, in the order of the raters' names. Scores come in any order.
func Describe(scores []Score, names Names) (all []Rater) {
	scores = slices.SortedFunc(slices.Values(scores), byRater)
	for from := 0; from < len(scores); {
		r := Rater{ID: names.Raters[scores[from].Rater], Number: scores[from].Rater, Party: scores[from].Party, Severity: math.NaN(), SE: math.NaN()}
		var values []float64
		contract := int32(-1)
		for ; from < len(scores) && scores[from].Rater == r.Number; from++ {
			values = append(values, float64(scores[from].Value))
			r.LastDay = max(r.LastDay, scores[from].Day)
			if scores[from].Contract != contract {
				contract = scores[from].Contract
				r.Contracts++
			}
		}
		slices.Sort(values)
		r.N, r.Mean, r.SD = len(values), scoring.Mean(values)/perPoint, math.Sqrt(scoring.Variance(values))/perPoint
		all = append(all, r)
	}
	return all
}

// cells are the averages of each rater on each contract, in points beside the means of the indicators.
func (p *Policy) cells(scores []Score, described []Rater) []raters.Cell {
	sums, counts := map[int16]int64{}, map[int16]int64{}
	for _, s := range scores {
		sums[s.Indicator] += int64(s.Value)
		counts[s.Indicator]++
	}
	enough := map[int32]bool{}
	for _, r := range described {
		enough[r.Number] = r.N >= p.MinScores
	}
	var cells []raters.Cell
	for from := 0; from < len(scores); {
		first, sum, n := scores[from], int64(0), int64(0)
		for ; from < len(scores) && scores[from].Rater == first.Rater && scores[from].Contract == first.Contract; from++ {
			s := scores[from]
			sum += int64(s.Value) - sums[s.Indicator]/counts[s.Indicator] // to a ten-thousandth of a point: enough, and exact in any order
			n++
		}
		if enough[first.Rater] {
			cells = append(cells, raters.Cell{Rater: first.Rater, Object: first.Contract, Value: float64(sum) / float64(n) / perPoint})
		}
	}
	return cells
}

// unestimable are the conditions under which there are no severities, and the keys of the reader's language for them.
var unestimable = []struct {
	err error
	key string
}{
	{raters.ErrTooFewRaters, "too_few_raters"}, {raters.ErrTooFewObjects, "too_few_contracts"}, {raters.ErrNoVariation, "no_variation"},
	{raters.ErrNoReplication, "no_common_contracts"}, {raters.ErrNoResidual, "no_residual"}, {raters.ErrNotConverged, "not_converged"},
}

// sever estimates the severities and enters them; where they cannot be estimated the reason is said.
func (p *Policy) sever(scores []Score, all []Rater) (Severities, error) {
	cells := p.cells(scores, all)
	s := Severities{Cells: len(cells)}
	fit, err := raters.FitSeverity(cells)
	for _, u := range unestimable {
		if errors.Is(err, u.err) {
			s.Reason = u.key
			return s, nil
		}
	}
	if err != nil {
		return s, err
	}
	s.Estimated, s.Exact, s.Components = true, fit.Exact, fit.Components
	s.VarRater, s.VarContract, s.VarResidual = fit.VarRater, fit.VarObject, fit.VarResidual
	for _, w := range fit.Warnings {
		s.Warnings = append(s.Warnings, string(w))
	}
	largest := largestComponent(fit.Raters, fit.Components)
	at := 0
	for _, r := range fit.Raters { // both in ascending order of numbers
		for all[at].Number != r.ID {
			at++
		}
		all[at].Severity, all[at].SE, all[at].Comparable = r.Severity, r.SE, r.Component == largest
	}
	return s, nil
}

// largestComponent is the component with the most raters, the first of equals.
func largestComponent(all []raters.Rater, components int) int {
	counts := make([]int, components)
	for _, r := range all {
		counts[r.Component]++
	}
	return slices.Index(counts, slices.Max(counts))
}
