package challenger

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The expected numbers in testdata/cases come from R 4.2.2, as the README of each case says.

// readCase returns the columns of a case's input as text and decodes its expected numbers.
func readCase(t *testing.T, name string, expected any) map[string][]string {
	t.Helper()
	dir := filepath.Join("testdata", "cases", name)
	f, err := os.Open(filepath.Join(dir, "input.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, row := range rows[1:] {
		for i, cell := range row {
			columns[rows[0][i]] = append(columns[rows[0][i]], cell)
		}
	}
	readExpected(t, name, expected)
	return columns
}

func readExpected(t *testing.T, name string, expected any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "cases", name, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, expected); err != nil {
		t.Fatal(err)
	}
}

func floats(t *testing.T, cells []string) []float64 {
	t.Helper()
	values := make([]float64, len(cells))
	for i, cell := range cells {
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			t.Fatal(err)
		}
		values[i] = v
	}
	return values
}

func ones(cells []string) []bool {
	bad := make([]bool, len(cells))
	for i, cell := range cells {
		bad[i] = cell == "1"
	}
	return bad
}

// near compares relative to the wanted number.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: got %.15g, want %.15g", what, got, want)
	}
}

func TestEvidenceAgainstR(t *testing.T) {
	var want struct {
		Bins map[string]struct {
			Good, Bad int
			WOE       float64
		}
		IV float64
	}
	columns := readCase(t, "woe-iv", &want)
	b, warnings, err := Categories("x", columns["x"], ones(columns["bad"]))
	if err != nil || len(warnings) > 0 || len(b.Bins) != len(want.Bins) {
		t.Fatalf("%v, %v, %d bins", err, warnings, len(b.Bins))
	}
	for _, bin := range b.Bins {
		w := want.Bins[bin.Name]
		if bin.Good != w.Good || bin.Bad != w.Bad {
			t.Errorf("%s: got %d good and %d bad, want %d and %d", bin.Name, bin.Good, bin.Bad, w.Good, w.Bad)
		}
		near(t, bin.Name, bin.WOE, w.WOE, 1e-12)
	}
	near(t, "information value", b.IV, want.IV, 1e-12)
}

func TestEvidenceAgainstSecondSet(t *testing.T) {
	var want struct {
		IV   float64
		Bins []struct {
			Bin       string
			Good, Bad int
			WOE, IV   float64
			Adjusted  bool
		}
	}
	columns := readCase(t, "woe-iv-second", &want)
	b, _, err := Categories("bin", columns["bin"], ones(columns["bad"]))
	if err != nil || len(b.Bins) != len(want.Bins) || len(b.Bins) == 0 {
		t.Fatalf("%v, %d bins", err, len(b.Bins))
	}
	const tolerance = 1e-12 // absolute
	for i, w := range want.Bins {
		got := b.Bins[i]
		if got.Name != w.Bin || got.Good != w.Good || got.Bad != w.Bad || got.Adjusted != w.Adjusted || math.Abs(got.WOE-w.WOE) > tolerance || math.Abs(got.IV-w.IV) > tolerance {
			t.Errorf("got %+v, want %+v", got, w)
		}
	}
	if math.Abs(b.IV-want.IV) > tolerance {
		t.Errorf("information value: got %.15g, want %.15g", b.IV, want.IV)
	}
}

// glm is what R prints of a regression.
type glm struct {
	Coef, SE, Z, P map[string]float64
	Deviance       float64
	NullDeviance   float64 `json:"null_deviance"`
	AIC            float64
}

func (want glm) check(t *testing.T, r *Regression, coefficient, deviance float64) {
	t.Helper()
	if len(r.Coefficients) != len(want.Coef) || len(want.Coef) == 0 || r.Ridge != 0 {
		t.Fatalf("%d coefficients with ridge %g, want %d without", len(r.Coefficients), r.Ridge, len(want.Coef))
	}
	for _, c := range r.Coefficients {
		near(t, c.Name, c.Value, want.Coef[c.Name], coefficient)
		near(t, c.Name+" standard error", c.SE, want.SE[c.Name], coefficient)
	}
	near(t, "deviance", r.Deviance, want.Deviance, deviance)
	near(t, "null deviance", r.NullDeviance, want.NullDeviance, deviance)
	near(t, "AIC", r.AIC, want.AIC, deviance)
}

func TestRegressionAgainstR(t *testing.T) {
	var want struct {
		glm
		Scores []float64 `json:"pdo_score_first5"`
	}
	cells := readCase(t, "logistic", &want)
	var columns []Column
	for _, name := range []string{"months", "amount", "rate", "age"} {
		columns = append(columns, Column{name, floats(t, cells[name])})
	}
	r, err := Regress(columns, ones(cells["bad"]), 1)
	if err != nil {
		t.Fatal(err)
	}
	want.check(t, r, 1e-8, 1e-8)
	odds, err := r.LogOdds(columns, len(cells["bad"]))
	if err != nil {
		t.Fatal(err)
	}
	points := Policy{BaseScore: 600, BaseOdds: 20, PDO: 20} // as the case says
	for i, score := range want.Scores {
		near(t, "score", points.Score(odds[i]), score, 1e-8)
	}
	if len(want.Scores) != 5 {
		t.Errorf("%d scores in the case, want 5", len(want.Scores))
	}
}

func TestRegressionAgainstSecondSet(t *testing.T) {
	var want struct {
		glm
		Probability []float64 `json:"p"`
		Score       []float64
		Scaling     struct{ Factor, Offset float64 }
	}
	cells := readCase(t, "logistic-pdo", &want)
	columns := []Column{{"hours", floats(t, cells["hours"])}}
	r, err := Regress(columns, ones(cells["bad"]), 1)
	if err != nil {
		t.Fatal(err)
	}
	want.check(t, r, 1e-9, 1e-11)
	for _, c := range r.Coefficients {
		near(t, c.Name+" z", c.Z, want.Z[c.Name], 1e-9)
	}
	p := DefaultPolicy()
	near(t, "factor", p.factor(), want.Scaling.Factor, 1e-14)
	near(t, "offset", p.offset(), want.Scaling.Offset, 1e-14)
	odds, err := r.LogOdds(columns, len(cells["bad"]))
	if err != nil || len(want.Score) != len(odds) {
		t.Fatalf("%v, %d scores in the case, want %d", err, len(want.Score), len(odds))
	}
	for i, score := range want.Score {
		if math.Abs(p.Score(odds[i])-score) > 1e-8 {
			t.Errorf("record %d: got %.12g points, want %.12g", i+1, p.Score(odds[i]), score)
		}
		near(t, "probability", Probability(odds[i]), want.Probability[i], 1e-9)
	}
}

// germanInputs are the attributes of the German credit data; those of germanNumbers are numbers.
var (
	germanInputs = strings.Fields("checking months history purpose amount savings employed rate status debtors residence property age plans housing credits job liable telephone foreign")
	germanNumber = strings.Fields("months amount rate residence age credits liable")
)

// german reads the 1,000 applicants; class 2 is bad. The rule score is a stand-in: minus the months.
func german(t testing.TB) (Design, []Record) {
	t.Helper()
	text, err := os.ReadFile("../../testdata/programmes/german/german.data")
	if err != nil {
		t.Fatal(err)
	}
	design := make(Design, len(germanInputs))
	for i, name := range germanInputs {
		design[i] = Input{name, Category}
		if slices.Contains(germanNumber, name) {
			design[i].Kind = Number
		}
	}
	var records []Record
	for line := range strings.Lines(string(text)) {
		cells := strings.Fields(line)
		r := Record{ID: strconv.Itoa(len(records) + 1), Bad: cells[len(design)] == "2", Values: make([]Value, len(design))}
		for i, input := range design {
			r.Values[i].Label = cells[i]
			if input.Kind == Number {
				v, err := strconv.ParseFloat(cells[i], 64)
				if err != nil {
					t.Fatal(err)
				}
				r.Values[i] = Value{Number: v}
			}
		}
		r.Rule = -r.Values[1].Number
		records = append(records, r)
	}
	return design, records
}

func TestAllAttributesAgainstR(t *testing.T) {
	var want glm
	readExpected(t, "logistic-german", &want)
	design, records := german(t)
	columns, err := Contrasts(design, records)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Regress(columns, outcomes(records), 1)
	if err != nil {
		t.Fatal(err)
	}
	want.check(t, r, 1e-9, 1e-11)
	for _, c := range r.Coefficients {
		near(t, c.Name+" p", c.P, want.P[c.Name], 1e-7)
	}
	if len(r.Warnings) > 0 {
		t.Errorf("warnings %v", r.Warnings)
	}
}
