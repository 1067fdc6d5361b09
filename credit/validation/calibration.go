package validation

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// CalibrationGroup is the observations whose predictions lie in (Low, High], in the first group in [Low, High].
type CalibrationGroup struct {
	Low       float64  `json:"low"`
	High      float64  `json:"high"`
	N         int      `json:"n"`
	Events    int      `json:"events"`
	Predicted float64  `json:"predicted"` // mean probability
	Observed  float64  `json:"observed"`  // share of events
	Interval  Interval `json:"interval"`  // Wilson, for Observed
}

// CalibrationGroups cuts the predictions at their quantiles of type 7 at 0, 1/groups, ..., 1. Equal predictions are never
// parted: equal quantiles cut once, so that there may be fewer groups; a group that the cuts leave empty is left out.
//
// Errors: ErrLength, ErrEmpty, ErrNotFinite, ErrNotProbability, ErrGroups, ErrConfidence.
func CalibrationGroups(p []float64, events []bool, groups int, confidence float64) ([]CalibrationGroup, error) {
	if _, err := normalQuantile(confidence); err != nil {
		return nil, err
	}
	s, err := probabilities(p, events)
	if err != nil {
		return nil, err
	}
	parts, err := s.groups(groups)
	if err != nil {
		return nil, err
	}
	table := make([]CalibrationGroup, len(parts))
	for i, g := range parts {
		table[i] = CalibrationGroup{
			Low: g.low, High: g.high, N: g.size(), Events: g.events,
			Predicted: g.predicted() / float64(g.size()), Observed: g.rate(), Interval: wilson(g.events, g.size(), confidence),
		}
	}
	return table, nil
}

// group is the part of a sample between two edges.
type group struct {
	low, high float64
	sample
}

// groups parts a sample at the quantiles of its values.
func (s sample) groups(n int) ([]group, error) {
	if n < 1 {
		return nil, at(ErrGroups, "found %d", n)
	}
	values := s.values()
	edges := make([]float64, n+1)
	for k := range edges {
		edges[k] = quantile(values, k, n)
	}
	if edges = slices.Compact(edges); len(edges) == 1 {
		return []group{{edges[0], edges[0], s}}, nil
	}
	var all []group
	rest := s.ties
	for i, high := range edges[1:] {
		end, _ := slices.BinarySearchFunc(rest, high, func(t tie, edge float64) int {
			if t.value <= edge {
				return -1
			}
			return 1
		})
		g := group{edges[i], high, sample{ties: rest[:end]}}
		for _, t := range g.ties {
			g.events, g.others = g.events+t.events, g.others+t.others
		}
		if end > 0 {
			all = append(all, g)
		}
		rest = rest[end:]
	}
	return all, nil
}

// predicted is the number of events that the values foretell.
func (s sample) predicted() (sum float64) {
	for _, t := range s.ties {
		sum += float64(float64(t.events+t.others) * t.value)
	}
	return sum
}

// rate is the share of events.
func (s sample) rate() float64 { return float64(s.events) / float64(s.size()) }

// BrierScore is the mean squared error of predictions and its parts over groups of similar predictions:
// Score = Reliability - Resolution + Reference + Within.
type BrierScore struct {
	Score       float64 `json:"score"`
	Reference   float64 `json:"reference"`   // rate(1-rate), the score of always predicting the rate; the uncertainty
	Reliability float64 `json:"reliability"` // distance of groups' predictions from their rates; 0 is best
	Resolution  float64 `json:"resolution"`  // distance of groups' rates from the rate of all; more is better
	Within      float64 `json:"within"`      // what is left inside the groups; 0 where each holds one prediction
}

// Brier is the score of Brier (1950) for probabilities, decomposed as by Murphy (1973) over the groups of
// CalibrationGroups, with the terms inside groups of Stephenson, Coelho and Jolliffe (2008) as Within.
// One class only is allowed. Errors: ErrLength, ErrEmpty, ErrNotFinite, ErrNotProbability, ErrGroups.
func Brier(p []float64, events []bool, groups int) (BrierScore, error) {
	s, err := probabilities(p, events)
	if err != nil {
		return BrierScore{}, err
	}
	parts, err := s.groups(groups)
	if err != nil {
		return BrierScore{}, err
	}
	rate := s.rate()
	b := BrierScore{Reference: float64(rate * (1 - rate))}
	for _, g := range parts {
		share, mean := float64(g.size())/float64(s.size()), g.predicted()/float64(g.size())
		b.Reliability += float64(share * float64((mean-g.rate())*(mean-g.rate())))
		b.Resolution += float64(share * float64((g.rate()-rate)*(g.rate()-rate)))
		for _, t := range g.ties {
			miss := float64(float64(t.events)*float64((1-t.value)*(1-t.value))) + float64(float64(t.others)*float64(t.value*t.value))
			b.Score += miss
			// variance of the predictions less twice their covariance with the outcomes
			d := t.value - mean
			b.Within += float64(float64(t.events+t.others)*float64(d*d)) - 2*float64(d*(float64(t.events)-float64(float64(t.events+t.others)*g.rate())))
		}
	}
	b.Score /= float64(s.size())
	b.Within /= float64(s.size())
	return b, nil
}

// HosmerLemeshow is the goodness-of-fit test of Hosmer and Lemeshow (1980).
type HosmerLemeshow struct {
	Groups    int     `json:"groups"` // that hold a prediction
	Statistic float64 `json:"statistic"`
	DF        int     `json:"df"`
	P         float64 `json:"p"`
}

// minGroups is the fewest groups that leave the test a degree of freedom when two coefficients were fitted.
const minGroups = 3

// GoodnessOfFit sums (observed-expected)^2/expected over events and others of the groups of CalibrationGroups and
// compares it with a chi-square of groups-fitted degrees of freedom. Fitted is how many coefficients of the predictions
// were estimated from these same observations: 2 for a logistic model of one variable, 0 for predictions from an
// earlier cohort (Hosmer and Lemeshow 2000).
//
// Errors: ErrLength, ErrEmpty, ErrNotFinite, ErrNotProbability, ErrGroups, ErrTooFewGroups (below three, whatever was
// fitted), ErrCertain.
func GoodnessOfFit(p []float64, events []bool, groups, fitted int) (HosmerLemeshow, error) {
	s, err := probabilities(p, events)
	if err != nil {
		return HosmerLemeshow{}, err
	}
	parts, err := s.groups(groups)
	if err != nil {
		return HosmerLemeshow{}, err
	}
	h := HosmerLemeshow{Groups: len(parts), DF: len(parts) - fitted}
	if len(parts) < minGroups || h.DF < 1 {
		return h, at(ErrTooFewGroups, "%d groups, %d coefficients fitted", len(parts), fitted)
	}
	for _, g := range parts {
		expected := g.predicted()
		h.Statistic += surprise(float64(g.events), expected) + surprise(float64(g.others), float64(g.size())-expected)
	}
	if math.IsInf(h.Statistic, 1) {
		return h, ErrCertain
	}
	h.P = distuv.ChiSquared{K: float64(h.DF)}.Survival(h.Statistic)
	return h, nil
}

// surprise is a term of chi-square; what was held impossible and did not happen is no surprise.
func surprise(observed, expected float64) float64 {
	if observed == expected {
		return 0
	}
	return float64((observed-expected)*(observed-expected)) / expected
}

// CalibrationLine says whether predictions are too high or too low on the whole, and too far apart or too close.
type CalibrationLine struct {
	N            int     `json:"n"`             // predictions other than 0 and 1, on which the line rests
	InTheLarge   float64 `json:"in_the_large"`  // a in logit P = a + logit p; 0 is best, above 0 predictions are too low
	Intercept    float64 `json:"intercept"`     // a in logit P = a + b logit p
	Slope        float64 `json:"slope"`         // b; 1 is best, below 1 predictions are too far apart
	MeanObserved float64 `json:"mean_observed"` // of all
	MeanExpected float64 `json:"mean_expected"`
}

// FitCalibration is the recalibration of Cox (1958): a logistic regression of the events on the logit of their
// predictions, once with the slope held at 1. Predictions of exactly 0 or 1 have no logit and take part in the means alone.
//
// Errors: ErrLength, ErrEmpty, ErrNotFinite, ErrNotProbability and those of FitLogistic.
func FitCalibration(p []float64, events []bool) (CalibrationLine, error) {
	s, err := probabilities(p, events)
	if err != nil {
		return CalibrationLine{}, err
	}
	c := CalibrationLine{MeanObserved: s.rate(), MeanExpected: s.predicted() / float64(s.size())}
	var logits sample
	for _, t := range s.ties {
		if t.value > 0 && t.value < 1 {
			logits.ties = append(logits.ties, tie{logit(t.value), t.events, t.others})
			logits.events, logits.others = logits.events+t.events, logits.others+t.others
		}
	}
	line, err := logits.fit()
	if err != nil {
		return c, err
	}
	if c.InTheLarge, err = logits.fitIntercept(); err != nil {
		return c, err
	}
	c.N, c.Intercept, c.Slope = line.N, line.Intercept, line.Slope
	return c, nil
}
