package validation

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"pingxin/testdata/cases"
)

// The expected numbers in testdata/cases come from R 4.2.2 with pROC 1.18.0 and expm 0.999-7, or a published table, as the
// README of each case says.

// rows returns the input of a case without its heading, and decodes its expected numbers.
func rows(t *testing.T, name string, expected any) [][]string {
	t.Helper()
	_, all := cases.Read(t, name, expected)
	return all
}

func number(t *testing.T, cell string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// relative says whether a number is as near as a share of what was expected.
func relative(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: got %.16g, want %.16g", what, got, want)
	}
}

// absolute says whether a number is as near as a distance.
func absolute(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.16g, want %.16g", what, got, want)
	}
}

// must hands out a result that cannot fail.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestDiscriminationAgainstR(t *testing.T) {
	var want struct {
		AUC, Gini, KS, Brier float64
		Low                  float64 `json:"delong_low"`
		High                 float64 `json:"delong_high"`
		HL                   float64 `json:"hosmer_lemeshow"`
		HLP                  float64 `json:"hosmer_lemeshow_p"`
		Predicted            float64 `json:"mean_predicted"`
		Observed             float64 `json:"mean_observed"`
	}
	var p []float64
	var events []bool
	for _, row := range rows(t, "discrimination", &want) {
		p, events = append(p, number(t, row[0])), append(events, row[1] == "1")
	}
	d := must(Discriminate(p, events, 0.95))(t)
	relative(t, "AUC", d.AUC, want.AUC, 1e-10)
	relative(t, "Gini", d.Gini, want.Gini, 1e-10)
	relative(t, "KS", d.KS, want.KS, 1e-10)
	relative(t, "DeLong low", d.DeLong.AUC.Low, want.Low, 1e-10)
	relative(t, "DeLong high", d.DeLong.AUC.High, want.High, 1e-10)
	relative(t, "Brier", must(Brier(p, events, 10))(t).Score, want.Brier, 1e-10)
	h := must(GoodnessOfFit(p, events, 10, 2))(t)
	relative(t, "Hosmer-Lemeshow", h.Statistic, want.HL, 1e-10)
	relative(t, "its p", h.P, want.HLP, 1e-10)
	line := must(FitCalibration(p, events))(t)
	relative(t, "mean predicted", line.MeanExpected, want.Predicted, 1e-10)
	relative(t, "mean observed", line.MeanObserved, want.Observed, 1e-10)
}

func TestCalibrationAgainstR(t *testing.T) {
	type numbers struct {
		N     int
		AUC   *float64
		SE    float64    `json:"auc_se_delong"`
		CI    [2]float64 `json:"auc_ci_delong"`
		Gini  *float64
		KS    *float64
		KSAt  float64 `json:"ks_at"`
		Brier float64
		Ref   float64 `json:"brier_reference"`
		HL    *struct {
			Groups   int
			Cuts     []float64 `json:"cut_points"`
			N        []int
			Observed []int
			Expected []float64
			Chisq, P float64
			DF       int
		} `json:"hosmer_lemeshow"`
		MeanDiff  float64 `json:"citl_mean_diff"`
		Ratio     float64 `json:"observed_expected_ratio"`
		InLarge   float64 `json:"citl_intercept"`
		Intercept float64 `json:"calibration_intercept"`
		Slope     float64 `json:"calibration_slope"`
		LineN     int     `json:"calibration_n"`
	}
	var want map[string]numbers
	p, events := map[string][]float64{}, map[string][]bool{}
	for _, row := range rows(t, "discrimination-calibration", &want) {
		p[row[0]], events[row[0]] = append(p[row[0]], number(t, row[2])), append(events[row[0]], row[1] == "1")
	}
	ten := want["ten"]
	d := must(Discriminate(p["ten"], events["ten"], 0.95))(t)
	absolute(t, "AUC", d.AUC, *ten.AUC, 1e-12)
	absolute(t, "SE", d.DeLong.SE, ten.SE, 1e-10)
	absolute(t, "DeLong low", d.DeLong.AUC.Low, ten.CI[0], 1e-10)
	absolute(t, "DeLong high", d.DeLong.AUC.High, ten.CI[1], 1e-10)
	absolute(t, "Gini", d.Gini, *ten.Gini, 1e-12)
	absolute(t, "KS", d.KS, *ten.KS, 1e-12)
	absolute(t, "KS at", d.KSAt, ten.KSAt, 0)
	b := must(Brier(p["ten"], events["ten"], 10))(t)
	absolute(t, "Brier", b.Score, ten.Brier, 1e-12)
	absolute(t, "reference", b.Reference, ten.Ref, 1e-12)
	h := must(GoodnessOfFit(p["ten"], events["ten"], 10, 2))(t)
	if h.Groups != ten.HL.Groups || h.DF != ten.HL.DF {
		t.Errorf("Hosmer-Lemeshow: got %d groups, %d df, want %d, %d", h.Groups, h.DF, ten.HL.Groups, ten.HL.DF)
	}
	relative(t, "Hosmer-Lemeshow", h.Statistic, ten.HL.Chisq, 1e-9)
	relative(t, "its p", h.P, ten.HL.P, 1e-9)
	for i, g := range must(CalibrationGroups(p["ten"], events["ten"], 10, 0.95))(t) {
		if g.N != ten.HL.N[i] || g.Events != ten.HL.Observed[i] {
			t.Errorf("group %d: got %+v, want %d of %d", i, g, ten.HL.Observed[i], ten.HL.N[i])
		}
		absolute(t, "expected", g.Predicted*float64(g.N), ten.HL.Expected[i], 1e-12)
		for _, edge := range []float64{g.Low, g.High} {
			if !slices.ContainsFunc(ten.HL.Cuts, func(cut float64) bool { return math.Abs(cut-edge) < 1e-12 }) {
				t.Errorf("group %d is cut at %g, which is none of %v", i, edge, ten.HL.Cuts)
			}
		}
	}
	line := must(FitCalibration(p["ten"], events["ten"]))(t)
	absolute(t, "mean difference", line.MeanObserved-line.MeanExpected, ten.MeanDiff, 1e-12)
	absolute(t, "ratio", line.MeanObserved/line.MeanExpected, ten.Ratio, 1e-12)
	relative(t, "in the large", line.InTheLarge, ten.InLarge, 1e-8)
	relative(t, "intercept", line.Intercept, ten.Intercept, 1e-8)
	relative(t, "slope", line.Slope, ten.Slope, 1e-8)
	if line.N != ten.LineN {
		t.Errorf("line: got n %d, want %d", line.N, ten.LineN)
	}
	if _, err := Discriminate(p["oneclass"], events["oneclass"], 0.95); !isCondition(err, ErrOneClass) {
		t.Errorf("one class: got %v", err)
	}
	absolute(t, "Brier of one class", must(Brier(p["oneclass"], events["oneclass"], 10))(t).Score, want["oneclass"].Brier, 1e-12)
}

func TestLogisticAgainstR(t *testing.T) {
	var want struct {
		Coef, SE map[string]float64
		P        []float64
	}
	var hours []float64
	var events []bool
	for _, row := range rows(t, "logistic", &want) {
		hours, events = append(hours, number(t, row[0])), append(events, row[1] == "1")
	}
	l := must(FitLogistic(hours, events))(t)
	relative(t, "intercept", l.Intercept, want.Coef["(Intercept)"], 1e-9)
	relative(t, "slope", l.Slope, want.Coef["hours"], 1e-9)
	relative(t, "SE of the intercept", l.InterceptSE, want.SE["(Intercept)"], 1e-9)
	relative(t, "SE of the slope", l.SlopeSE, want.SE["hours"], 1e-9)
	for i, p := range want.P {
		relative(t, "probability", l.Probability(hours[i]), p, 1e-9)
	}
}

func TestPSIAgainstR(t *testing.T) {
	var want struct{ PSI float64 }
	var counts []BinCount
	for _, row := range rows(t, "psi", &want) {
		counts = append(counts, BinCount{row[0], int(number(t, row[1])), int(number(t, row[2]))})
	}
	relative(t, "PSI", must(PSI(counts))(t).PSI, want.PSI, 1e-12)
}

func TestPSIWithEmptyBinsAgainstR(t *testing.T) {
	var want map[string]struct {
		PSI      float64
		Terms    []float64
		Expected []float64 `json:"expected_share"`
		Actual   []float64 `json:"actual_share"`
		Floored  []bool
		Verdict  string
	}
	counts := map[string][]BinCount{}
	for _, row := range rows(t, "psi-empty-bin", &want) {
		counts[row[0]] = append(counts[row[0]], BinCount{row[1], int(number(t, row[2])), int(number(t, row[3]))})
	}
	for name, w := range want {
		s := must(PSI(counts[name]))(t)
		absolute(t, name, s.PSI, w.PSI, 1e-12)
		if s.Verdict != w.Verdict {
			t.Errorf("%s: got %s, want %s", name, s.Verdict, w.Verdict)
		}
		for i, b := range s.Bins {
			absolute(t, name+" term", b.Term, w.Terms[i], 1e-12)
			absolute(t, name+" baseline share", b.BaselineShare, w.Expected[i], 1e-12)
			absolute(t, name+" current share", b.CurrentShare, w.Actual[i], 1e-12)
			if b.Floored != w.Floored[i] {
				t.Errorf("%s, bin %s: got floored %t, want %t", name, b.Name, b.Floored, w.Floored[i])
			}
		}
	}
}

func TestTransitionAgainstR(t *testing.T) {
	var want struct {
		Levels      []string
		Counts      [][]int
		Probability [][]float64
	}
	var moves []Move
	for _, row := range rows(t, "transition", &want) {
		moves = append(moves, Move{row[0], row[1]})
	}
	m := must(Cohort(want.Levels, moves, 0.95))(t)
	for i, row := range want.Counts {
		if !slices.Equal(m.Counts[i], row) {
			t.Errorf("counts of %s: got %v, want %v", want.Levels[i], m.Counts[i], row)
		}
		for j, share := range m.Shares[i] { // none for a level without suppliers, which the case gives as zeros
			relative(t, "share", share, want.Probability[i][j], 1e-12)
		}
	}
}

func TestGeneratorAgainstR(t *testing.T) {
	var want struct {
		One   [][]float64 `json:"one_year"`
		Three [][]float64 `json:"three_years"`
	}
	var generator [][]float64
	for _, row := range rows(t, "generator", &want) {
		generator = append(generator, []float64{number(t, row[0]), number(t, row[1]), number(t, row[2])})
	}
	for years, probabilities := range map[float64][][]float64{1: want.One, 3: want.Three} {
		sameMatrix(t, must(TransitionProbabilities(generator, years))(t), probabilities, 1e-12)
	}
}

func sameMatrix(t *testing.T, got, want [][]float64, tolerance float64) {
	t.Helper()
	for i, row := range want {
		for j, v := range row {
			absolute(t, "row "+strconv.Itoa(i)+", column "+strconv.Itoa(j), got[i][j], v, tolerance)
		}
	}
}

func TestDurationsAgainstR(t *testing.T) {
	var want struct {
		Params struct{ T float64 }
		Cohort struct {
			States    []string
			Counts    [][]int
			Withdrawn []int
			P         [][]*float64
		}
		Method struct {
			States      []string
			Transitions [][]int
			Exposure    []float64
			Generator   [][]float64
			P           map[string][][]float64
		} `json:"generator_method"`
	}
	var spells []Spell
	ends := map[string]*Move{}
	for _, row := range rows(t, "transition-durations", &want) {
		s := Spell{row[0], number(t, row[1]), row[2]}
		spells = append(spells, s)
		if ends[s.Subject] == nil {
			ends[s.Subject] = &Move{From: s.State}
		}
		ends[s.Subject].To = s.State
	}
	var moves []Move
	for _, m := range ends {
		moves = append(moves, *m)
	}
	c := must(Cohort(want.Cohort.States, moves, 0.95))(t)
	if !slices.Equal(c.Withdrawn, want.Cohort.Withdrawn) {
		t.Errorf("withdrawn: got %v, want %v", c.Withdrawn, want.Cohort.Withdrawn)
	}
	for i, row := range want.Cohort.Counts {
		if !slices.Equal(c.Counts[i], row) {
			t.Errorf("cohort row %d: got %v, want %v", i, c.Counts[i], row)
		}
		for j, p := range want.Cohort.P[i] {
			if (p == nil) != (c.Shares[i] == nil) {
				t.Errorf("cohort row %d: got %v", i, c.Shares[i])
			} else if p != nil {
				absolute(t, "share", c.Shares[i][j], *p, 1e-12)
			}
		}
	}
	g := must(EstimateGenerator(want.Method.States, spells, want.Params.T))(t)
	for i, row := range want.Method.Transitions {
		if !slices.Equal(g.Transitions[i], row) {
			t.Errorf("transitions of %d: got %v, want %v", i, g.Transitions[i], row)
		}
		relative(t, "exposure", g.Exposure[i], want.Method.Exposure[i], 1e-12)
		for j, rate := range want.Method.Generator[i] {
			relative(t, "rate", g.Rates[i][j], rate, 1e-12)
		}
	}
	for years, p := range want.Method.P {
		sameMatrix(t, must(TransitionProbabilities(g.Rates, number(t, years)))(t), p, 1e-12)
	}
}
