package raters

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Intraclass holds the six intraclass correlations of Shrout and Fleiss (1979) with the mean squares behind them.
type Intraclass struct {
	Objects, Raters int // in the complete table
	Dropped         int // objects left out because a value was missing
	MSObject        float64
	MSWithin        float64 // within objects
	MSRater         float64
	MSResidual      float64
	Single          Forms // reliability of one rater's value
	Average         Forms // of the mean over all raters
}

// Forms are the three designs: each object has its own raters; all objects have the same raters, who stand for others;
// all objects have these raters and no others count.
type Forms struct {
	OneWay       Coefficient // ICC(1)
	TwoWayRandom Coefficient // ICC(2), absolute agreement
	TwoWayMixed  Coefficient // ICC(3), consistency
}

// Coefficient is one correlation with its F test against 0 and its interval. Perfect agreement has F infinite; F is NaN
// where objects and residual do not vary; the interval of ICC(2) is NaN where its error has no degrees of freedom.
type Coefficient struct {
	Value, F, DF1, DF2, P float64
	Low, High             float64
}

// IntraclassCorrelations computes the six coefficients from a table of one row per object and one column per rater, with
// intervals of the given confidence in (0,1). NaN is a missing value: its object is dropped and counted. It needs two
// complete objects, two raters, and values that vary. Rows or columns in another order give the same bits. Formulas:
// Shrout and Fleiss (1979); the interval of ICC(2) by Satterthwaite's degrees of freedom as McGraw and Wong (1996).
func IntraclassCorrelations(table [][]float64, confidence float64) (Intraclass, error) {
	if !(confidence > 0 && confidence < 1) {
		return Intraclass{}, fmt.Errorf("found %g, expected more than 0 and less than 1, such as 0.95: %w", confidence, ErrConfidence)
	}
	if err := checkTable(table, true); err != nil {
		return Intraclass{}, err
	}
	var complete [][]float64
	for _, row := range table {
		if !slices.ContainsFunc(row, math.IsNaN) {
			complete = append(complete, row)
		}
	}
	if len(complete) < 2 {
		return Intraclass{}, fmt.Errorf("found %d objects without a missing value, expected at least 2: %w", len(complete), ErrTooFewObjects)
	}
	if values := slices.Concat(complete...); slices.Min(values) == slices.Max(values) {
		return Intraclass{}, fmt.Errorf("all %d values are %g: %w", len(values), values[0], ErrNoVariation)
	}
	c := Intraclass{Objects: len(complete), Raters: len(complete[0]), Dropped: len(table) - len(complete)}
	c.analyse(complete)
	upper := 0.5 + confidence/2
	c.oneWay(upper)
	c.random(upper)
	c.mixed(upper)
	return c, nil
}

// Balanced returns the values of the objects that have the most frequent number of values from 2, of equally frequent
// numbers the largest: a row for each object, ascending within it, the rows in no order. Where raters differ from object to
// object it is the table from which IntraclassCorrelations gives the one-way form, to which it is nothing which rater gave
// which value. It is empty when no object has two values.
func Balanced(cells []Cell) (table [][]float64) {
	values := map[int32][]float64{}
	for _, c := range cells {
		values[c.Object] = append(values[c.Object], c.Value)
	}
	objects, most := map[int]int{}, 0 // objects by their number of values
	for _, row := range values {
		objects[len(row)]++
	}
	for k, n := range objects {
		if k >= 2 && (n > objects[most] || n == objects[most] && k > most) {
			most = k
		}
	}
	for _, row := range values {
		if len(row) == most {
			slices.Sort(row)
			table = append(table, row)
		}
	}
	return table
}

// analyse fills the mean squares of the two-way table.
func (c *Intraclass) analyse(table [][]float64) {
	n, k := float64(c.Objects), float64(c.Raters)
	rows, columns := make([]float64, c.Objects), make([]float64, c.Raters)
	column := make([]float64, c.Objects)
	for j := range columns {
		for i, row := range table {
			column[i] = row[j]
		}
		columns[j] = sum(column) / n
	}
	for i, row := range table {
		rows[i] = sum(slices.Clone(row)) / k
	}
	mean := sum(slices.Clone(rows)) / n
	var within, residual, object, rater []float64
	for i, row := range table {
		for j, v := range row {
			within = append(within, v-rows[i])
			residual = append(residual, (v-rows[i])-(columns[j]-mean))
		}
		object = append(object, rows[i]-mean)
	}
	for _, v := range columns {
		rater = append(rater, v-mean)
	}
	c.MSObject = k * sumOfSquares(object) / (n - 1)
	c.MSWithin = sumOfSquares(within) / (n * (k - 1))
	c.MSRater = n * sumOfSquares(rater) / (k - 1)
	c.MSResidual = sumOfSquares(residual) / ((n - 1) * (k - 1))
}

// test returns a coefficient with its F test of the objects' mean square against an error's.
func (c *Intraclass) test(value, meanSquare, df2 float64) Coefficient {
	t := Coefficient{Value: value, F: c.MSObject / meanSquare, DF1: float64(c.Objects - 1), DF2: df2, P: math.NaN()}
	if !math.IsNaN(t.F) {
		t.P = mathext.RegIncBeta(df2/2, t.DF1/2, df2/(df2+float64(t.DF1*t.F)))
	}
	return t
}

// ratio fills the single and the average form that rest on one error mean square alone.
func (c *Intraclass) ratio(meanSquare, df2, upper float64) (single, average Coefficient) {
	k, between := float64(c.Raters), c.MSObject
	reliability := func(factor float64) float64 { // of one rater, the error taken factor times
		e := float64(factor * meanSquare)
		return (between - e) / (between + float64((k-1)*e))
	}
	df1 := float64(c.Objects - 1)
	low := distuv.F{D1: df1, D2: df2}.Quantile(upper)
	high := 1 / distuv.F{D1: df2, D2: df1}.Quantile(upper)
	single = c.test(reliability(1), meanSquare, df2)
	single.Low, single.High = reliability(low), reliability(high)
	average = c.test(1-meanSquare/between, meanSquare, df2)
	average.Low, average.High = 1-float64(low*meanSquare)/between, 1-float64(high*meanSquare)/between
	return single, average
}

func (c *Intraclass) oneWay(upper float64) {
	c.Single.OneWay, c.Average.OneWay = c.ratio(c.MSWithin, float64(c.Objects*(c.Raters-1)), upper)
}

func (c *Intraclass) mixed(upper float64) {
	c.Single.TwoWayMixed, c.Average.TwoWayMixed = c.ratio(c.MSResidual, float64((c.Objects-1)*(c.Raters-1)), upper)
}

func (c *Intraclass) random(upper float64) {
	n, k := float64(c.Objects), float64(c.Raters)
	b, j, e := c.MSObject, c.MSRater, c.MSResidual
	df2 := (n - 1) * (k - 1)
	single := c.test((b-e)/(b+float64((k-1)*e)+float64(k*(j-e))/n), e, df2)
	average := c.test((b-e)/(b+(j-e)/n), e, df2)
	low, high := math.NaN(), math.NaN()
	if v := c.satterthwaite(single.Value); v > 0 {
		low = distuv.F{D1: n - 1, D2: v}.Quantile(upper)
		high = distuv.F{D1: v, D2: n - 1}.Quantile(upper)
	}
	noise := float64(k*j) + float64((n*k-k-n)*e)
	single.Low = n * (b - float64(low*e)) / (float64(low*noise) + float64(n*b))
	b = float64(high * b)
	single.High = n * (b - e) / (noise + float64(n*b))
	average.Low = single.Low * k / (1 + float64(single.Low*(k-1)))
	average.High = single.High * k / (1 + float64(single.High*(k-1)))
	c.Single.TwoWayRandom, c.Average.TwoWayRandom = single, average
}

// satterthwaite is the degrees of freedom of the error of ICC(2,1) = r; multiplied out so that a residual of 0 does no
// harm (its limit is k-1).
func (c *Intraclass) satterthwaite(r float64) float64 {
	n, k := float64(c.Objects), float64(c.Raters)
	if c.MSResidual == 0 {
		return k - 1
	}
	byRater := float64(k*r) * c.MSRater
	byResidual := (float64(n*(1+float64((k-1)*r))) - float64(k*r)) * c.MSResidual
	both := byRater + byResidual
	return (k - 1) * (n - 1) * float64(both*both) / (float64((n-1)*byRater*byRater) + float64(byResidual*byResidual))
}
