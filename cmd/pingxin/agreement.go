package main

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"pingxin/pipelines/cohort"
	"pingxin/scoring/raters"
)

// mostCategories is how many different values are still taken for categories: a scale from 0 to 10 has eleven (ours).
const mostCategories = 11

// defaultConfidence is that of the intervals unless another is asked for: 95 in 100, as Shrout and Fleiss (1979).
const defaultConfidence = 0.95

// agreementCommand holds the flags of `agreement`.
type agreementCommand struct {
	columns    cohort.RatingColumns
	named      bool // --object was given
	wide       bool
	confidence float64
	asJSON     bool
}

func newAgreement() *cobra.Command {
	a := &agreementCommand{}
	cmd := &cobra.Command{
		Use:   "agreement FILE.csv",
		Short: "measure how well raters agree, from a table of ratings",
		Long: `agreement measures how well raters agree, from a CSV file with a header. The file has one
rating a row, with the columns object, rater and value (other names by flags), or with
--wide one object a row and one rater a column. An empty cell is a missing value.

It prints every measure that the table allows, and of the others why not:

  ICC(1), ICC(1,k)     intraclass correlation of one rater and of the mean of k, where each
                       object has raters of its own: strictness counts as error. From the
                       objects with the most frequent number k of values.
  ICC(2,1), ICC(2,k)   the same raters for all objects, standing for others: strictness
                       counts as error. From the objects that all raters rated, as below.
  ICC(3,1), ICC(3,k)   the same raters for all objects and no others: strictness left out.
  Krippendorff alpha   for nominal, ordinal, interval and ratio values; gaps are allowed.
  Kendall's W          whether raters rank the objects alike, with its test.
  Cohen's kappa        of two raters on categories: unweighted, linear, quadratic weights.
  Fleiss' kappa        of several raters on categories, as many ratings of each object.

Values are taken for categories when at most 11 different ones occur; weights go by
their place in ascending order. The data directory is not read.`,
		Example: `  pingxin agreement ratings.csv
  pingxin agreement 评分.csv --object 合同号 --rater 评价人 --value 分数
  pingxin agreement judges.csv --wide --confidence 0.9 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.named = cmd.Flags().Changed("object")
			report, err := a.run(args[0])
			if err != nil {
				return fmt.Errorf("agreement: %w", err)
			}
			if a.asJSON {
				return writeJSON(cmd.OutOrStdout(), report)
			}
			return printAgreement(cmd.OutOrStdout(), report)
		},
	}
	cmd.Flags().StringVar(&a.columns.Object, "object", "object", "column of the rated object; with --wide its rows are the objects when there is no such column")
	cmd.Flags().StringVar(&a.columns.Rater, "rater", "rater", "column of the rater")
	cmd.Flags().StringVar(&a.columns.Value, "value", "value", "column of the value")
	cmd.Flags().BoolVar(&a.wide, "wide", false, "one object a row, one rater a column; every column but that of the object is a rater")
	cmd.Flags().Float64Var(&a.confidence, "confidence", defaultConfidence, "confidence of the intervals, more than 0 and less than 1")
	cmd.Flags().BoolVar(&a.asJSON, "json", false, "print as JSON")
	cmd.MarkFlagsMutuallyExclusive("wide", "rater")
	cmd.MarkFlagsMutuallyExclusive("wide", "value")
	return cmd
}

func (a *agreementCommand) run(path string) (*agreementReport, error) {
	if !(a.confidence > 0 && a.confidence < 1) {
		return nil, fmt.Errorf("--confidence: found %g, expected more than 0 and less than 1, such as %g", a.confidence, defaultConfidence)
	}
	table, err := readTable(path)
	if err != nil {
		return nil, err
	}
	unnamed := a.wide && !a.named && !slices.Contains(table.Header, a.columns.Object)
	ratings, err := a.ratings(table, unnamed)
	if err != nil {
		return nil, err
	}
	report, err := newAgreementReport(table.Name, ratings, a.confidence)
	if err == nil && unnamed {
		report.Note = fmt.Sprintf("there is no column %q: every row is an object and every column a rater; --object names the column of objects", a.columns.Object)
	}
	return report, err
}

// ratings reads the table; unnamed says that it is wide without a column of objects.
func (a *agreementCommand) ratings(table *cohort.Table, unnamed bool) (*cohort.Ratings, error) {
	switch {
	case unnamed:
		return table.WideRatings("")
	case a.wide:
		return table.WideRatings(a.columns.Object)
	}
	return table.LongRatings(a.columns)
}

// agreementReport is what was found out; --json prints it as it stands.
type agreementReport struct {
	File       string             `json:"file"`
	Objects    int                `json:"objects"`
	Raters     []string           `json:"raters"`
	Values     int                `json:"values"`
	Missing    int                `json:"missing"`  // pairs of object and rater without a value
	Complete   int                `json:"complete"` // objects that all raters rated
	Confidence float64            `json:"confidence"`
	Note       string             `json:"note,omitempty"` // how the table was read
	Measures   []agreementMeasure `json:"measures"`
}

// agreementMeasure is one measure of agreement; a number that is not known is not there.
type agreementMeasure struct {
	ID      string      `json:"id"`
	Name    string      `json:"-"`
	Value   *float64    `json:"value,omitempty"`
	Low     *float64    `json:"low,omitempty"`
	High    *float64    `json:"high,omitempty"`
	SE      *float64    `json:"standard_error,omitempty"`
	Objects int         `json:"objects,omitempty"` // that it rests on
	Raters  int         `json:"raters,omitempty"`  // of each of them; 0: differs
	Test    *chanceTest `json:"test,omitempty"`
	Reason  string      `json:"reason,omitempty"` // why a number is missing
}

// chanceTest is a test of no agreement.
type chanceTest struct {
	Kind      string   `json:"kind"`
	Statistic *float64 `json:"statistic,omitempty"` // not there: infinite
	DF        float64  `json:"df"`
	DF2       float64  `json:"df2,omitempty"`
	P         float64  `json:"p"`
}

// What keeps this command from a measure, beside the conditions of package raters.
var (
	errNotTwo     = errors.New("not two raters")
	errCategories = errors.New("more different values than are taken for categories")
	errAlike      = errors.New("the objects hardly differ")
)

// reasons are the conditions in words.
var reasons = []struct {
	condition error
	words     string
}{
	{raters.ErrTooFewRaters, "fewer than two raters"},
	{raters.ErrTooFewObjects, "fewer than two objects have all the values that it needs"},
	{raters.ErrNotPairable, "no object has values of two raters"},
	{raters.ErrNoVariation, "the values do not vary, so that nothing could have disagreed"},
	{raters.ErrUnequal, "the objects have different numbers of values; nominal alpha allows that"},
	{raters.ErrNegative, "a value lies below 0, expected values from 0 on a ratio scale"},
	{raters.ErrTooMany, "too many different values; round them, or take interval alpha"},
	{errNotTwo, "it is for two raters"},
	{errCategories, fmt.Sprintf("more than %d different values, expected categories", mostCategories)},
	{errAlike, "the means of the objects differ no more than chance has it, so that it has no meaning"},
}

// without says why a measure cannot be computed; a condition that has no words is a fault of the program.
func (m agreementMeasure) without(err error) (agreementMeasure, error) {
	for _, r := range reasons {
		if errors.Is(err, r.condition) {
			m.Reason = r.words
			return m, nil
		}
	}
	return m, fmt.Errorf("%s: %w", m.Name, err)
}

// known is nil for a number that there is not.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func newAgreementReport(file string, ratings *cohort.Ratings, confidence float64) (*agreementReport, error) {
	complete := ratings.Complete()
	r := &agreementReport{File: file, Objects: len(ratings.Objects), Raters: ratings.Raters, Values: len(ratings.Cells), Complete: len(complete), Confidence: confidence}
	r.Missing = r.Objects*len(r.Raters) - r.Values
	for _, measured := range []func() ([]agreementMeasure, error){
		func() ([]agreementMeasure, error) {
			return intraclasses(raters.Balanced(ratings.Cells), confidence, oneWay)
		},
		func() ([]agreementMeasure, error) { return intraclasses(complete, confidence, twoWay) },
		func() ([]agreementMeasure, error) { return alphas(ratings.Cells) },
		func() ([]agreementMeasure, error) { return concordance(complete) },
		func() ([]agreementMeasure, error) { return cohen(ratings) },
		func() ([]agreementMeasure, error) { return fleiss(ratings) },
	} {
		some, err := measured()
		if err != nil {
			return nil, err
		}
		r.Measures = append(r.Measures, some...)
	}
	return r, nil
}

// form is one intraclass correlation and where it stands among those computed.
type form struct {
	id, name string
	of       func(raters.Intraclass) raters.Coefficient
}

var (
	oneWay = []form{
		{"icc_1", "ICC(1)", func(c raters.Intraclass) raters.Coefficient { return c.Single.OneWay }},
		{"icc_1_k", "ICC(1,k)", func(c raters.Intraclass) raters.Coefficient { return c.Average.OneWay }},
	}
	twoWay = []form{
		{"icc_2_1", "ICC(2,1)", func(c raters.Intraclass) raters.Coefficient { return c.Single.TwoWayRandom }},
		{"icc_2_k", "ICC(2,k)", func(c raters.Intraclass) raters.Coefficient { return c.Average.TwoWayRandom }},
		{"icc_3_1", "ICC(3,1)", func(c raters.Intraclass) raters.Coefficient { return c.Single.TwoWayMixed }},
		{"icc_3_k", "ICC(3,k)", func(c raters.Intraclass) raters.Coefficient { return c.Average.TwoWayMixed }},
	}
)

func intraclasses(table [][]float64, confidence float64, forms []form) (all []agreementMeasure, err error) {
	c, failed := raters.IntraclassCorrelations(table, confidence)
	for _, f := range forms {
		m := agreementMeasure{ID: f.id, Name: f.name}
		if failed != nil {
			m, err = m.without(failed)
		} else {
			m.Objects, m.Raters = c.Objects, c.Raters
			m, err = m.correlated(f.of(c))
		}
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// correlated fills in a correlation. Objects that do not differ make some forms infinite, 0/0 or more than 1.
func (m agreementMeasure) correlated(c raters.Coefficient) (agreementMeasure, error) {
	if !(c.Value <= 1) || math.IsInf(c.Value, -1) {
		return m.without(errAlike)
	}
	m.Value, m.Low, m.High = &c.Value, known(c.Low), known(c.High)
	if m.Low == nil || m.High == nil {
		m.Low, m.High, m.Reason = nil, nil, "no interval: its error has no degrees of freedom, or the confidence is too near 1"
	}
	if !math.IsNaN(c.P) {
		m.Test = &chanceTest{Kind: "F", Statistic: known(c.F), DF: c.DF1, DF2: c.DF2, P: c.P}
	}
	return m, nil
}

func alphas(cells []raters.Cell) (all []agreementMeasure, err error) {
	for _, scale := range []struct {
		name   string
		metric raters.Metric
	}{{"nominal", raters.Nominal}, {"ordinal", raters.Ordinal}, {"interval", raters.Interval}, {"ratio", raters.Ratio}} {
		m := agreementMeasure{ID: "alpha_" + scale.name, Name: "Krippendorff alpha, " + scale.name}
		a, failed := raters.KrippendorffAlpha(cells, scale.metric)
		if failed != nil {
			if m, err = m.without(failed); err != nil {
				return nil, err
			}
		} else {
			m.Value, m.Objects = &a.Value, a.Objects
		}
		all = append(all, m)
	}
	return all, nil
}

func concordance(complete [][]float64) ([]agreementMeasure, error) {
	m := agreementMeasure{ID: "kendall_w", Name: "Kendall's W"}
	c, err := raters.KendallW(complete)
	if err != nil {
		m, err = m.without(err)
		return []agreementMeasure{m}, err
	}
	m.Value, m.Objects, m.Raters = &c.W, len(complete), len(complete[0])
	m.Test = &chanceTest{Kind: "chi-square", Statistic: &c.ChiSquare, DF: float64(c.DF), P: c.P}
	return []agreementMeasure{m}, nil
}

func cohen(ratings *cohort.Ratings) (all []agreementMeasure, err error) {
	table, failed := crossed(ratings)
	for _, weights := range []struct {
		name string
		of   raters.Disagreement
	}{{"unweighted", raters.Unweighted}, {"linear", raters.Linear}, {"quadratic", raters.Quadratic}} {
		m := agreementMeasure{ID: "cohen_kappa_" + weights.name, Name: "Cohen's kappa, " + weights.name}
		failed, k := failed, raters.Kappa{}
		if failed == nil {
			k, failed = raters.CohenKappa(table, weights.of)
		}
		if failed != nil {
			if m, err = m.without(failed); err != nil {
				return nil, err
			}
		} else {
			m.Value, m.SE, m.Objects, m.Raters = &k.Value, known(k.SE), k.N, len(ratings.Raters)
		}
		all = append(all, m)
	}
	return all, nil
}

// crossed counts the pairs of values of two raters.
func crossed(ratings *cohort.Ratings) ([][]int, error) {
	if len(ratings.Raters) != 2 {
		return nil, errNotTwo
	}
	var a, b []float64
	for _, row := range ratings.Complete() {
		a, b = append(a, row[0]), append(b, row[1])
	}
	table, _, err := raters.CrossTable(a, b, nil)
	switch {
	case err != nil:
		return nil, err
	case len(a) == 0:
		return nil, raters.ErrTooFewObjects
	case len(table) > mostCategories:
		return nil, errCategories
	}
	return table, nil
}

func fleiss(ratings *cohort.Ratings) ([]agreementMeasure, error) {
	m := agreementMeasure{ID: "fleiss_kappa", Name: "Fleiss' kappa"}
	counts, err := counted(ratings)
	var k raters.Kappa
	if err == nil {
		k, err = raters.FleissKappa(counts)
	}
	if err != nil {
		m, err = m.without(err)
		return []agreementMeasure{m}, err
	}
	m.Value, m.Objects, m.Raters = &k.Value, k.N, len(ratings.Cells)/len(counts)
	return []agreementMeasure{m}, nil
}

// counted counts how often each object was given each value that occurs.
func counted(ratings *cohort.Ratings) ([][]int, error) {
	var categories []float64
	for _, c := range ratings.Cells {
		categories = append(categories, c.Value)
	}
	slices.Sort(categories)
	if categories = slices.Compact(categories); len(categories) > mostCategories {
		return nil, errCategories
	}
	counts := make([][]int, len(ratings.Objects))
	for i := range counts {
		counts[i] = make([]int, len(categories))
	}
	for _, c := range ratings.Cells {
		at, _ := slices.BinarySearch(categories, c.Value)
		counts[c.Object][at]++
	}
	return counts, nil
}
