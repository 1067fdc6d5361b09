package weights

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pingxin/testdata/cases"
)

// The expected numbers in testdata/cases come from R 4.2.2, as the README of each case says, with its tolerances.

// readCase returns the header and the rows of a case's input and decodes its expected numbers.
func readCase(t *testing.T, name string, expected any) (header []string, rows [][]string) {
	t.Helper()
	return cases.Read(t, name, expected)
}

func float(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.17g, want %.17g", what, got, want)
	}
}

func nearAll(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
	for i := range got {
		near(t, what+" "+strconv.Itoa(i+1), got[i], want[i], tolerance)
	}
}

func squareCase(t *testing.T, name string, expected any) *Matrix {
	t.Helper()
	header, rows := readCase(t, name, expected)
	cells := make([][]float64, len(rows))
	for i, row := range rows {
		for _, cell := range row {
			cells[i] = append(cells[i], float(t, cell))
		}
	}
	m, err := NewMatrix(header, cells)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAHPAgainstR(t *testing.T) {
	var want struct {
		Weights   []float64
		LambdaMax float64 `json:"lambda_max"`
		CI, CR    float64
	}
	p := squareCase(t, "ahp", &want).Priorities()
	nearAll(t, "weight", p.Weights, want.Weights, 1e-11) // 1e-10 relative
	near(t, "lambda", p.LambdaMax, want.LambdaMax, 1e-10*want.LambdaMax)
	near(t, "CI", p.CI, want.CI, 1e-10*want.CI)
	near(t, "CR", p.CR, want.CR, 1e-10*want.CR)
}

func TestAHPOfSevenAgainstR(t *testing.T) {
	var want struct {
		Weights      []float64
		RowMeans     []float64 `json:"geometric_mean_weights"`
		LambdaMax    float64   `json:"lambda_max"`
		CI, CR       float64
		WorstRow     int     `json:"worst_row"`
		WorstColumn  int     `json:"worst_column"`
		WorstImplied float64 `json:"worst_implied"`
	}
	m := squareCase(t, "ahp-seven", &want)
	p := m.Priorities()
	nearAll(t, "weight", p.Weights, want.Weights, 1e-12)
	nearAll(t, "row mean", p.RowMeans, want.RowMeans, 1e-12)
	near(t, "lambda", p.LambdaMax, want.LambdaMax, 1e-12*want.LambdaMax)
	near(t, "CI", p.CI, want.CI, 1e-10)
	near(t, "CR", p.CR, want.CR, 1e-10)
	if a, b := m.ids[want.WorstRow-1], m.ids[want.WorstColumn-1]; p.Worst.A != a || p.Worst.B != b {
		t.Errorf("the worst judgement is %+v, want %s against %s", p.Worst, a, b)
	}
	near(t, "implied", p.Worst.Implied, want.WorstImplied, 1e-12)
}

func TestAHPSetsAgainstR(t *testing.T) {
	var want map[string]struct {
		N              int
		Weights        []float64
		LambdaMax      float64 `json:"lambda_max"`
		CI, RI, CR     float64
		Consistent     bool
		GeometricMeans []float64 `json:"geometric_mean_weights"`
	}
	_, rows := readCase(t, "ahp-second", &want)
	judged := map[string][]Comparison{}
	for _, row := range rows {
		if row[2] != row[3] {
			judged[row[0]] = append(judged[row[0]], Comparison{A: row[2], B: row[3], Ratio: float(t, row[4]) / float(t, row[5])})
		}
	}
	for name, w := range want {
		ids := []string{"1", "2", "3", "4"}[:w.N]
		m, err := FromComparisons(ids, judged[name])
		if err != nil {
			t.Fatal(name, err)
		}
		p := m.Priorities()
		nearAll(t, name, p.Weights, w.Weights, 1e-12)
		nearAll(t, name+" row mean", p.RowMeans, w.GeometricMeans, 1e-12)
		near(t, name+" lambda", p.LambdaMax, w.LambdaMax, 1e-12*w.LambdaMax)
		near(t, name+" CI", p.CI, w.CI, 1e-10)
		near(t, name+" RI", p.RI, w.RI, 0)
		near(t, name+" CR", p.CR, w.CR, 1e-10)
		if p.Consistent() != w.Consistent {
			t.Errorf("%s: consistent %t", name, p.Consistent())
		}
	}
}

// tableCase reads a table with ids in the first column and directions at the end of the headers.
func tableCase(t *testing.T, name string, expected any) *Table {
	t.Helper()
	header, rows := readCase(t, name, expected)
	var criteria []Criterion
	for _, h := range header[1:] {
		criteria = append(criteria, Criterion{ID: h[:len(h)-1], Cost: strings.HasSuffix(h, "-")})
	}
	var objects []Object
	for _, row := range rows {
		o := Object{ID: row[0]}
		for _, cell := range row[1:] {
			o.Values = append(o.Values, float(t, cell))
		}
		objects = append(objects, o)
	}
	table, err := NewTable(criteria, objects)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestObjectiveWeightsAgainstR(t *testing.T) {
	var want struct {
		Entropy   []float64 `json:"entropy_weights"`
		Critic    []float64 `json:"critic_weights"`
		Closeness []float64 `json:"topsis_closeness"`
	}
	header, rows := readCase(t, "objective-weights", &want)
	var criteria []Criterion
	for _, h := range header {
		criteria = append(criteria, Criterion{ID: h})
	}
	var objects []Object
	for i, row := range rows {
		o := Object{ID: strconv.Itoa(i)}
		for _, cell := range row {
			o.Values = append(o.Values, float(t, cell))
		}
		objects = append(objects, o)
	}
	table, err := NewTable(criteria, objects)
	if err != nil {
		t.Fatal(err)
	}
	e, c := mustWeigh(t, table)
	nearAll(t, "entropy", e.Weights, want.Entropy, 1e-13) // 1e-12 relative
	nearAll(t, "CRITIC", c.Weights, want.Critic, 1e-13)
	nearAll(t, "closeness", closeness(t, table, e.Weights), want.Closeness, 1e-13)
}

func mustWeigh(t *testing.T, table *Table) (Entropy, Critic) {
	t.Helper()
	e, err := table.Entropy()
	if err != nil {
		t.Fatal(err)
	}
	c, err := table.Critic()
	if err != nil {
		t.Fatal(err)
	}
	return e, c
}

func closeness(t *testing.T, table *Table, weights []float64) (all []float64) {
	t.Helper()
	for _, p := range mustPlace(t, table, weights) {
		all = append(all, p.Closeness)
	}
	return all
}

func mustPlace(t *testing.T, table *Table, weights []float64) []Place {
	t.Helper()
	places, err := table.TOPSIS(weights)
	if err != nil {
		t.Fatal(err)
	}
	return places
}

// topsisCase is what R expects of TOPSIS.
type topsisCase struct {
	ToBest    []float64 `json:"d_best"`
	ToWorst   []float64 `json:"d_worst"`
	Closeness []float64
	Rank      []int
}

func (want topsisCase) check(t *testing.T, name string, places []Place) {
	t.Helper()
	for i, p := range places {
		near(t, name+" closeness of "+p.ID, p.Closeness, want.Closeness[i], 1e-12)
		if p.Rank != want.Rank[i] {
			t.Errorf("%s: %s has rank %d, want %d", name, p.ID, p.Rank, want.Rank[i])
		}
		if want.ToBest != nil {
			near(t, name+" to the best of "+p.ID, p.ToBest, want.ToBest[i], 1e-12)
			near(t, name+" to the worst of "+p.ID, p.ToWorst, want.ToWorst[i], 1e-12)
		}
	}
}

func TestObjectiveWeightsWithCostAgainstR(t *testing.T) {
	var want struct {
		Entropy        []float64
		EntropyWeights []float64  `json:"entropy_weights"`
		Deviation      []float64  `json:"critic_sd"`
		Information    []float64  `json:"critic_C"`
		CriticWeights  []float64  `json:"critic_weights"`
		Equal          topsisCase `json:"topsis_equal"`
		ByEntropy      topsisCase `json:"topsis_entropy"`
		ByCritic       topsisCase `json:"topsis_critic"`
	}
	table := tableCase(t, "objective-weights-second", &want)
	e, c := mustWeigh(t, table)
	nearAll(t, "entropy", e.Entropy, want.Entropy, 1e-12)
	nearAll(t, "entropy weight", e.Weights, want.EntropyWeights, 1e-12)
	nearAll(t, "deviation", c.Deviation, want.Deviation, 1e-12)
	nearAll(t, "information", c.Information, want.Information, 1e-12)
	nearAll(t, "CRITIC weight", c.Weights, want.CriticWeights, 1e-12)
	want.Equal.check(t, "equal", mustPlace(t, table, []float64{0.25, 0.25, 0.25, 0.25}))
	want.ByEntropy.check(t, "entropy", mustPlace(t, table, e.Weights))
	want.ByCritic.check(t, "CRITIC", mustPlace(t, table, c.Weights))
}

func TestDegenerateColumnsAgainstR(t *testing.T) {
	var want struct {
		Entropy        []float64
		EntropyWeights []float64  `json:"entropy_weights"`
		CriticWeights  []float64  `json:"critic_weights"`
		ByCritic       topsisCase `json:"topsis_critic"`
	}
	table := tableCase(t, "objective-degenerate", &want)
	e, c := mustWeigh(t, table)
	nearAll(t, "entropy", e.Entropy, want.Entropy, 1e-12)
	nearAll(t, "entropy weight", e.Weights, want.EntropyWeights, 1e-12)
	nearAll(t, "CRITIC weight", c.Weights, want.CriticWeights, 1e-12)
	want.ByCritic.check(t, "CRITIC", mustPlace(t, table, c.Weights))
	if len(e.Constant) != 1 || e.Constant[0] != "c2" || len(c.Constant) != 1 || c.Constant[0] != "c2" || e.Weights[1] != 0 || c.Weights[1] != 0 {
		t.Errorf("constant criteria: %v, %v", e.Constant, c.Constant)
	}
}
