package challenger

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Column is one term of a regression: one number for each record.
type Column struct {
	Name   string
	Values []float64
}

// Intercept is the name of the first coefficient.
const Intercept = "(Intercept)"

// Coefficient is one term of a fitted regression, of the log odds of being bad. Its standard error is taken at
// convergence from the inverse information; P is two-sided by the normal distribution of Z.
type Coefficient struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	SE    float64 `json:"se"`
	Z     float64 `json:"z"`
	P     float64 `json:"p"`
}

// Regression is a fitted logistic regression of being bad. Columns that had to be left out stand in the warnings.
type Regression struct {
	Coefficients []Coefficient `json:"coefficients"` // the intercept first, then in the order of the columns
	Records      int           `json:"records"`
	Bad          int           `json:"bad"`
	Deviance     float64       `json:"deviance"`      // -2 sum(y ln p + (1-y) ln(1-p)), without the penalty
	NullDeviance float64       `json:"null_deviance"` // with the intercept alone
	AIC          float64       `json:"aic"`           // deviance + 2 * coefficients
	Ridge        float64       `json:"ridge"`         // 0: maximum likelihood
	Steps        int           `json:"steps"`
	Warnings     []Warning     `json:"warnings,omitempty"`
}

// Regress fits a logistic regression by iteratively reweighted least squares (Nelder and Wedderburn 1972; Newton's
// method), each step by Cholesky's decomposition of the weighted normal equations of the standardised columns. Rows are
// sorted and equal rows counted together before anything is summed, so that the order of the records cannot change a
// bit of the result.
//
// A column that never varies, and one whose variance earlier columns explain but for one part in 10^9, is left out with
// a warning. Where a combination of columns divides good from bad, wholly or but for ties (Albert and Anderson 1984), no
// maximum exists: the fit is then penalised by ridge/2 times the sum of squares of the standardised coefficients, the
// intercept free (le Cessie and van Houwelingen 1992), with a warning that names the columns. Standard errors of a
// penalised fit are those of the penalised information, and its coefficients depend on the number of records.
//
// It fails on columns of different lengths or the same name, on a number that is not finite, without records of both
// outcomes, and where no maximum is found.
func Regress(columns []Column, bad []bool, ridge float64) (*Regression, error) {
	if err := checkColumns(columns, bad); err != nil {
		return nil, err
	}
	if !(ridge > 0) || math.IsInf(ridge, 1) {
		return nil, fmt.Errorf("ridge: %w: found %g, expected a number above 0", ErrNotFinite, ridge)
	}
	p := newPatterns(columns, bad)
	r := &Regression{Records: len(bad), Bad: countBad(bad), NullDeviance: nullDeviance(countBad(bad), len(bad))}
	r.Warnings = p.reduce()
	fit, apart, err := p.newton(0)
	if apart != nil {
		r.Ridge = ridge
		r.Warnings = append(r.Warnings, Warning{Code: Separation, Bin: apart.degree(), Detail: strings.Join(apart.columns, ", "), Have: ridge})
		fit, _, err = p.newton(ridge)
	}
	if err != nil {
		return nil, err
	}
	r.Deviance, r.Steps = fit.deviance, fit.steps
	r.Coefficients = p.coefficients(fit)
	r.AIC = r.Deviance + 2*float64(len(r.Coefficients))
	return r, nil
}

// largestValue of a column, so that its square and the sum of squares stay finite.
const largestValue = 1e100

func checkColumns(columns []Column, bad []bool) error {
	for i, c := range columns {
		if c.Name == "" || c.Name == Intercept || slices.IndexFunc(columns, func(other Column) bool { return other.Name == c.Name }) != i {
			return fmt.Errorf("column %d: %w: found the name %q, expected one of its own", i+1, ErrDuplicate, c.Name)
		}
		if len(c.Values) != len(bad) {
			return fmt.Errorf("column %s: %w: found %d values for %d outcomes", c.Name, ErrShape, len(c.Values), len(bad))
		}
		for row, v := range c.Values {
			if !(math.Abs(v) <= largestValue) {
				return fmt.Errorf("column %s, record %d: %w: found %g, expected a number within %g of 0", c.Name, row+1, ErrNotFinite, v, largestValue)
			}
		}
	}
	return checkClasses(bad)
}

// nullDeviance is the deviance of the intercept alone, which has a closed form.
func nullDeviance(bad, records int) float64 {
	b, g, n := float64(bad), float64(records-bad), float64(records)
	return -2 * (float64(b*math.Log(b/n)) + float64(g*math.Log(g/n)))
}

// LogOdds are the log odds of being bad of each record of the columns, in their order; columns without a coefficient
// are not looked at. It fails when the column of a coefficient is missing.
func (r *Regression) LogOdds(columns []Column, records int) ([]float64, error) {
	odds := make([]float64, records)
	for i := range odds {
		odds[i] = r.Coefficients[0].Value
	}
	for _, c := range r.Coefficients[1:] {
		at := slices.IndexFunc(columns, func(column Column) bool { return column.Name == c.Name })
		if at < 0 || len(columns[at].Values) != records {
			return nil, fmt.Errorf("column %s: %w: expected it with %d values", c.Name, ErrShape, records)
		}
		for i, v := range columns[at].Values {
			odds[i] += float64(c.Value * v)
		}
	}
	return odds, nil
}

// Probability is the logistic function, exact in both tails.
func Probability(logOdds float64) float64 {
	if logOdds >= 0 {
		return 1 / (1 + math.Exp(-logOdds))
	}
	e := math.Exp(logOdds)
	return e / (1 + e)
}

// coefficients brings the solution back from standardised columns to the columns as they were given.
func (p *patterns) coefficients(fit solution) []Coefficient {
	k := p.width
	all := make([]Coefficient, k)
	weights := make([]float64, k) // of the standardised coefficients in the intercept
	weights[0] = 1
	intercept := fit.beta[0]
	for j := 1; j < k; j++ {
		weights[j] = -p.mean[j] / p.deviation[j]
		intercept += float64(weights[j] * fit.beta[j])
		all[j] = coefficient(p.names[j], fit.beta[j]/p.deviation[j], math.Sqrt(fit.covariance[j*k+j])/p.deviation[j])
	}
	var variance float64
	for i := range k {
		for j := range k {
			variance += float64(float64(weights[i]*weights[j]) * fit.covariance[i*k+j])
		}
	}
	all[0] = coefficient(Intercept, intercept, math.Sqrt(variance))
	return all
}

func coefficient(name string, value, se float64) Coefficient {
	z := value / se
	return Coefficient{Name: name, Value: value, SE: se, Z: z, P: math.Erfc(math.Abs(z) / math.Sqrt2)}
}
