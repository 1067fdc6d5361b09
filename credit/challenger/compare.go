package challenger

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"pingxin/credit/validation"
	"pingxin/scoring"
)

// Comparison sets the challenger beside the rule score on the same records.
type Comparison struct {
	Model           string    `json:"model"` // its hash
	Outcome         string    `json:"outcome"`
	Records         int       `json:"records"`
	Bad             int       `json:"bad"`
	Rule            Side      `json:"rule"`
	Challenger      Side      `json:"challenger"`
	RankCorrelation *float64  `json:"rank_correlation"` // of the two scores (Spearman 1904); nil where one of them never varies
	Cases           []Case    `json:"cases"`            // by id
	Warnings        []Warning `json:"warnings"`
}

// Side is how well one of the two scores told the outcome.
type Side struct {
	AUC float64 `json:"auc"`
	KS  float64 `json:"ks"`
	// Brier is of the probability that the score itself states; nil for the rule score, which states none.
	Brier *float64 `json:"brier"`
	// Calibrated is Brier's score after a logistic regression of the outcome on the score over these same records, which
	// puts both on one footing; nil where there is none because the score all but separates the outcomes or never varies.
	Calibrated *float64 `json:"brier_calibrated"`
}

// Case is one record with both scores. Ranks go from 1 for the worst, ties sharing the mean of theirs.
type Case struct {
	ID             string    `json:"id"`
	Bad            bool      `json:"bad"`
	Rule           float64   `json:"rule"`
	Points         float64   `json:"points"`
	Probability    float64   `json:"probability"`
	RuleRank       float64   `json:"rule_rank"`
	ChallengerRank float64   `json:"challenger_rank"`
	Reasons        []Reason  `json:"reasons"`
	Warnings       []Warning `json:"warnings,omitempty"`
	logOdds        float64
}

// How the measures of package validation are asked for: of both only the point estimate is used here.
const (
	confidence  = 0.95
	brierGroups = 10
)

// Compare scores the records, whose values come in the order of the model's design, and sets the outcome beside both
// scores. Records without a rule score (NaN) are left out with a warning. The order of the records does not matter.
//
// It fails on records that do not fit the model, and when those with a rule score do not have both outcomes.
func Compare(m *Model, records []Record) (*Comparison, error) {
	if err := m.Design().checkRecords(records); err != nil {
		return nil, err
	}
	c := &Comparison{Model: m.Hash, Outcome: m.Outcome, Cases: []Case{}, Warnings: []Warning{}}
	if population(records) == m.Population {
		c.Warnings = append(c.Warnings, Warning{Code: InSample})
	}
	if err := c.score(m, records); err != nil {
		return nil, err
	}
	c.rank()
	return c, c.judge()
}

// score makes the cases.
func (c *Comparison) score(m *Model, records []Record) error {
	unrated := 0
	for _, r := range records {
		if math.IsInf(r.Rule, 0) {
			return fmt.Errorf("record %q: %w: found the rule score %g, expected a number, or NaN where there is none", r.ID, ErrNotFinite, r.Rule)
		}
		if math.IsNaN(r.Rule) {
			unrated++
			continue
		}
		s, err := m.Score(r.Values)
		if err != nil {
			return fmt.Errorf("record %q: %w", r.ID, err)
		}
		c.Cases = append(c.Cases, Case{ID: r.ID, Bad: r.Bad, Rule: r.Rule, Points: s.Points, Probability: s.Probability, Reasons: s.Reasons, Warnings: s.Warnings, logOdds: s.LogOdds})
	}
	if unrated > 0 {
		c.Warnings = append(c.Warnings, Warning{Code: Unrated, Have: float64(unrated), Need: float64(len(records))})
	}
	slices.SortFunc(c.Cases, func(a, b Case) int { return strings.Compare(a.ID, b.ID) })
	return nil
}

// rank ranks both scores; the challenger by its log odds, which rounding has not tied.
func (c *Comparison) rank() {
	rule := scoring.MidRanks(c.column(func(k Case) float64 { return k.Rule }))
	challenger := scoring.MidRanks(c.column(func(k Case) float64 { return -k.logOdds }))
	for i := range c.Cases {
		c.Cases[i].RuleRank, c.Cases[i].ChallengerRank = rule[i], challenger[i]
	}
	c.RankCorrelation = correlation(rule, challenger)
}

func (c *Comparison) column(of func(Case) float64) []float64 {
	values := make([]float64, len(c.Cases))
	for i, k := range c.Cases {
		values[i] = of(k)
	}
	return values
}

// correlation is Pearson's of two lists of ranks, whose mean is known; nil where one never varies.
func correlation(x, y []float64) *float64 {
	mean := float64(len(x)+1) / 2
	var xx, yy, xy float64
	for i := range x {
		a, b := x[i]-mean, y[i]-mean
		xx, yy, xy = xx+float64(a*a), yy+float64(b*b), xy+float64(a*b)
	}
	if xx == 0 || yy == 0 {
		return nil
	}
	r := xy / (math.Sqrt(xx) * math.Sqrt(yy))
	return &r
}

// judge measures both sides.
func (c *Comparison) judge() (err error) {
	bad := make([]bool, len(c.Cases))
	for i, k := range c.Cases {
		bad[i] = k.Bad
	}
	c.Records, c.Bad = len(bad), countBad(bad)
	if err := checkClasses(bad); err != nil {
		return fmt.Errorf("records with a rule score: %w", err)
	}
	if c.Rule, err = side(c.column(func(k Case) float64 { return -k.Rule }), bad); err != nil {
		return fmt.Errorf("rule score: %w", err)
	}
	risk := c.column(func(k Case) float64 { return k.Probability })
	if c.Challenger, err = side(c.column(func(k Case) float64 { return k.logOdds }), bad); err != nil {
		return fmt.Errorf("challenger: %w", err)
	}
	brier, err := validation.Brier(risk, bad, brierGroups)
	if err != nil {
		return fmt.Errorf("challenger: %w", err)
	}
	c.Challenger.Brier = &brier.Score
	return nil
}

// side measures a risk without a scale.
func side(risk []float64, bad []bool) (Side, error) {
	d, err := validation.Discriminate(risk, bad, confidence)
	if err != nil {
		return Side{}, err
	}
	s := Side{AUC: d.AUC, KS: d.KS}
	line, err := validation.FitLogistic(risk, bad)
	if errors.Is(err, validation.ErrSeparation) || errors.Is(err, validation.ErrNoConvergence) || errors.Is(err, validation.ErrConstant) {
		return s, nil
	}
	if err != nil {
		return Side{}, err
	}
	p := make([]float64, len(risk))
	for i, x := range risk {
		p[i] = line.Probability(x)
	}
	brier, err := validation.Brier(p, bad, brierGroups)
	s.Calibrated = &brier.Score
	return s, err
}
