package challenger

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"pingxin/scoring"
)

// Fit makes a scorecard of records of the past: every input is binned, the outcome is regressed on the weights of
// evidence, and the coefficients become points. Inputs that tell nothing are left out with a warning. The order of the
// records does not matter. outcome says in words what is bad; it is kept with the model. Standard errors take the bins as
// given, although the same records chose them, and are somewhat too small for that.
//
// It fails on an unsound policy, on records that do not fit the design or do not have both outcomes, when no input is
// left, and when the regression does not converge.
func Fit(p Policy, outcome string, design Design, records []Record) (*Model, error) {
	if faults := p.Check(); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if err := design.checkRecords(records); err != nil {
		return nil, err
	}
	m := &Model{Format: Format, Outcome: outcome, Policy: p, Population: population(records), Warnings: []Warning{}}
	if err := m.bin(design, records); err != nil {
		return nil, err
	}
	if err := m.regress(design, records); err != nil {
		return nil, err
	}
	if len(m.Characteristics) == 0 {
		return nil, fmt.Errorf("%w: of %d inputs none is left; see to more records or other inputs", ErrNoInformation, len(design))
	}
	m.award()
	m.warn()
	var err error
	m.Hash, err = m.hash()
	return m, err
}

// bin cuts every input and keeps those with more than one bin.
func (m *Model) bin(design Design, records []Record) error {
	bad := outcomes(records)
	for i, input := range design {
		b, warnings, err := m.Policy.binning(input, records, i, bad)
		if err != nil {
			return err
		}
		if len(b.Bins) == 1 {
			m.Warnings = append(m.Warnings, Warning{Code: OneBin, Input: input.Name})
			continue
		}
		m.Warnings = append(m.Warnings, warnings...)
		m.Warnings = append(m.Warnings, b.thin(m.Policy.MinShare, len(records))...)
		b.shorten()
		m.Characteristics = append(m.Characteristics, b)
	}
	return nil
}

func (p Policy) binning(input Input, records []Record, i int, bad []bool) (Binning, []Warning, error) {
	if input.Kind == Number {
		return p.Monotone(input.Name, numbers(records, i), bad)
	}
	return Categories(input.Name, labels(records, i), bad)
}

// digits of the numbers of a model: more than a fit is sure of, and few enough that the last bits, in which processors
// differ, do not show.
const digits = 12

// shortened is a number to the digits of a model.
func shortened(v float64) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil {
		return v // out of the range of numbers by the rounding
	}
	return short
}

func (b *Binning) shorten() {
	b.IV = shortened(b.IV)
	for i := range b.Bins {
		b.Bins[i].WOE, b.Bins[i].IV = shortened(b.Bins[i].WOE), shortened(b.Bins[i].IV)
	}
}

// evidence makes a column of weights of evidence for each characteristic.
func (m *Model) evidence(design Design, records []Record) []Column {
	columns := make([]Column, len(m.Characteristics))
	for c := range m.Characteristics {
		b := &m.Characteristics[c]
		at := slices.Index(design, b.Input)
		columns[c] = Column{b.Name, make([]float64, len(records))}
		for i, r := range records {
			bin, _ := b.find(r.Values[at]) // it was binned with these values
			columns[c].Values[i] = b.Bins[bin].WOE
		}
	}
	return columns
}

// regress fits the coefficients and drops the characteristics that got none.
func (m *Model) regress(design Design, records []Record) error {
	r, err := Regress(m.evidence(design, records), outcomes(records), m.Policy.Ridge)
	if err != nil {
		return err
	}
	for i, c := range r.Coefficients {
		r.Coefficients[i] = Coefficient{c.Name, shortened(c.Value), shortened(c.SE), shortened(c.Z), shortened(c.P)}
	}
	r.Deviance, r.NullDeviance, r.AIC = shortened(r.Deviance), shortened(r.NullDeviance), shortened(r.AIC)
	m.Warnings, r.Warnings = append(m.Warnings, r.Warnings...), nil
	m.Regression = *r
	m.Characteristics = slices.DeleteFunc(m.Characteristics, func(b Binning) bool {
		return !slices.ContainsFunc(r.Coefficients, func(c Coefficient) bool { return c.Name == b.Name })
	})
	return nil
}

// award gives every bin its points. Rounding them moves a score by at most the sum of each characteristic's largest
// rounding.
func (m *Model) award() {
	for i := range m.Characteristics {
		var rounding float64
		for j := range m.Characteristics[i].Bins {
			bin := &m.Characteristics[i].Bins[j]
			bin.Exact, bin.Points = m.points(i, bin.WOE)
			rounding = max(rounding, math.Abs(bin.Points-bin.Exact))
		}
		m.RoundingError += rounding
	}
	m.RoundingError = shortened(m.RoundingError)
}

// slope is the coefficient of a characteristic.
func (m *Model) slope(characteristic int) float64 {
	return m.Regression.Coefficients[characteristic+1].Value
}

// points are those of a weight of evidence: -factor*(b*woe + b0/k) + offset/k for k characteristics, so that the points
// of all add up to the score (Siddiqi 2006).
func (m *Model) points(characteristic int, woe float64) (exact, rounded float64) {
	k := float64(len(m.Characteristics))
	share := float64(m.slope(characteristic)*woe) + m.Regression.Coefficients[0].Value/k
	exact = shortened(m.Policy.offset()/k - float64(m.Policy.factor()*share))
	return exact, scoring.Round(exact, m.Policy.Decimals)
}

// warn looks at the fit as a whole.
func (m *Model) warn() {
	for i, b := range m.Characteristics {
		if slope := m.slope(i); slope > 0 {
			m.Warnings = append(m.Warnings, Warning{Code: ReversedSign, Input: b.Name, Have: slope})
		}
	}
	rarer := min(m.Regression.Bad, m.Regression.Records-m.Regression.Bad)
	if have := float64(rarer) / float64(len(m.Characteristics)); have < m.Policy.BadPerTerm {
		m.Warnings = append(m.Warnings, Warning{Code: FewBad, Have: shortened(have), Need: m.Policy.BadPerTerm})
	}
}
