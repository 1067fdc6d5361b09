package challenger

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func germanModel(t testing.TB) (*Model, Design, []Record) {
	t.Helper()
	design, records := german(t)
	m, err := Fit(DefaultPolicy(), "class 2", design, records)
	if err != nil {
		t.Fatal(err)
	}
	return m, design, records
}

// chosen are records with only the inputs of the model.
func chosen(m *Model, design Design, records []Record) []Record {
	some := slices.Clone(records)
	for i, r := range records {
		some[i].Values = nil
		for _, input := range m.Design() {
			some[i].Values = append(some[i].Values, r.Values[slices.Index(design, input)])
		}
	}
	return some
}

// TestFitRowOrder: any order of the records gives the same file to the byte.
func TestFitRowOrder(t *testing.T) {
	m, design, records := germanModel(t)
	want, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	rand.New(rand.NewPCG(5, 5)).Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	again, err := Fit(DefaultPolicy(), "class 2", design, records)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Encode(); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, the files differ", err)
	}
}

// TestModelFile: a model comes back from its file as it was, and any change of the file is refused.
func TestModelFile(t *testing.T) {
	m, _, _ := germanModel(t)
	text, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(text)
	if err != nil || !reflect.DeepEqual(back, m) {
		t.Fatalf("%v, got %+v, want %+v", err, back, m)
	}
	for _, c := range []struct{ name, old, new, says string }{
		{"other number", `"pdo": 20`, `"pdo": 21`, "changed after the fit"},
		{"unknown key", `"pdo": 20`, `"pdo": 20, "extra": 1`, "extra"},
		{"other format", `"format": 1`, `"format": 2`, "found format 2, expected 1"},
		{"text for number", `"pdo": 20`, `"pdo": "20"`, "line 7: "},
		{"cut off", `"hash"`, "", "line "},
	} {
		changed := strings.Replace(string(text), c.old, c.new, 1)
		if c.new == "" {
			changed = string(text[:bytes.Index(text, []byte(c.old))])
		}
		if _, err := Decode([]byte(changed)); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.says)
		}
	}
	if _, err := Decode(append(text, text...)); !errors.Is(err, ErrModel) {
		t.Errorf("two models: got %v", err)
	}
}

// TestForgedModel: a model with a hash that fits and content that no fit makes is refused too.
func TestForgedModel(t *testing.T) {
	for name, forge := range map[string]func(*Model){
		"policy":       func(m *Model) { m.Policy.PDO = 0 },
		"coefficient":  func(m *Model) { m.Regression.Coefficients[1].Name = "other" },
		"too few":      func(m *Model) { m.Regression.Coefficients = m.Regression.Coefficients[1:] },
		"name twice":   func(m *Model) { m.Characteristics[0].Name = m.Characteristics[1].Name },
		"kind":         func(m *Model) { m.Characteristics[0].Kind = "colour" },
		"cuts":         func(m *Model) { m.Characteristics[1].Cuts = m.Characteristics[1].Cuts[1:] },
		"order":        func(m *Model) { slices.Reverse(m.Characteristics[1].Cuts) },
		"missing":      func(m *Model) { m.Characteristics[0].Bins[0].Missing = true },
		"without bins": func(m *Model) { m.Characteristics[0].Bins = nil },
	} {
		m, _, _ := germanModel(t)
		forge(m)
		var err error
		if m.Hash, err = m.hash(); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(text); !errors.Is(err, ErrModel) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
}

// TestPointsAddUp: a record's score is the sum of its points, which is what its log odds say, and rounding moves it by
// no more than the model states; its probability is that of a fit to weights of evidence.
func TestPointsAddUp(t *testing.T) {
	m, design, records := germanModel(t)
	var expected, bad float64
	for _, r := range chosen(m, design, records) {
		s, err := m.Score(r.Values)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "points of the log odds", s.Exact, m.Policy.Score(s.LogOdds), 1e-9)
		if s.Points != math.Round(s.Points) || math.Abs(s.Points-s.Exact) > m.RoundingError {
			t.Errorf("record %s: %g points, %g before rounding, stated error %g", r.ID, s.Points, s.Exact, m.RoundingError)
		}
		for i, reason := range s.Reasons {
			if reason.Lost <= 0 || i > 0 && reason.Lost > s.Reasons[i-1].Lost {
				t.Errorf("record %s: reasons %+v", r.ID, s.Reasons)
			}
		}
		expected += s.Probability
		if r.Bad {
			bad++
		}
	}
	near(t, "sum of probabilities", expected, bad, 1e-9) // the intercept sees to it
}

// TestScoredAlone: one record gets the same score alone as in the comparison of all.
func TestScoredAlone(t *testing.T) {
	m, design, records := germanModel(t)
	all := chosen(m, design, records)
	c, err := Compare(m, all)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range c.Cases {
		at := slices.IndexFunc(all, func(r Record) bool { return r.ID == k.ID })
		s, err := m.Score(all[at].Values)
		if err != nil || s.Points != k.Points || s.Probability != k.Probability || !reflect.DeepEqual(s.Reasons, k.Reasons) {
			t.Fatalf("%v: alone %+v, together %+v", err, s, k)
		}
	}
}

// small are 40 records of one category and one number, the number without meaning.
func small() (Design, []Record) {
	design := Design{{"grade", Category}, {"size", Number}}
	var records []Record
	for i := range 40 {
		label, bad := "good", i%10 == 0
		if i >= 20 {
			label, bad = "poor", i%4 != 0
		}
		records = append(records, Record{ID: string(rune('A' + i)), Values: []Value{{Label: label}, {Number: 3}}, Bad: bad, Rule: float64(i % 7)})
	}
	return design, records
}

// TestSmallModel by hand: grade good has 18 good and 2 bad, poor 5 good and 15 bad. One characteristic fits both bins
// exactly, so that the log odds of being bad are ln(2/18) and ln(15/5), and the points 487.1229 - 28.8539 times them:
// 550.52 and 455.42, rounded 551 and 455, off by 0.48 at most. A poor record loses 96. A label that the fit never saw has
// the odds of the intercept, ln(17/23): 495.84.
func TestSmallModel(t *testing.T) {
	design, records := small()
	m, err := Fit(DefaultPolicy(), "later offence", design, records)
	if err != nil {
		t.Fatal(err)
	}
	want := []Warning{{Code: OneBin, Input: "size"}}
	if !slices.Equal(m.Warnings, want) {
		t.Errorf("warnings %v, want %v", m.Warnings, want)
	}
	for label, score := range map[string]Score{
		"good": {Points: 551, Exact: 550.52, LogOdds: math.Log(2. / 18), Probability: 0.1},
		"poor": {Points: 455, Exact: 455.42, LogOdds: math.Log(3), Probability: 0.75, Reasons: []Reason{{"grade", "poor", 455, 96}}},
		"new":  {Points: 496, Exact: 495.84, LogOdds: math.Log(17. / 23), Probability: 17. / 40, Reasons: []Reason{{"grade", `"new"`, 496, 55}}},
	} {
		got, err := m.Score([]Value{{Label: label}})
		if err != nil || got.Points != score.Points || math.Abs(got.Exact-score.Exact) > 0.005 || !slices.Equal(got.Reasons, score.Reasons) {
			t.Errorf("%s: %v, got %+v, want %+v", label, err, got, score)
		}
		near(t, label, got.LogOdds, score.LogOdds, 1e-10)
		near(t, label, got.Probability, score.Probability, 1e-10)
		if unseen := len(got.Warnings) == 1; unseen != (label == "new") {
			t.Errorf("%s: warnings %v", label, got.Warnings)
		}
	}
	if math.Abs(m.RoundingError-0.48) > 0.005 {
		t.Errorf("rounding error %g, want 0.48", m.RoundingError)
	}
}

// TestFitWarnings: separation, thin bins, few bad records and signs that turn are said in the model.
func TestFitWarnings(t *testing.T) {
	design, records := small()
	records[0].Values[0].Label = "odd"
	for i := range records {
		records[i].Values[1].Number = float64(i)
		records[i].Bad = i >= 20
	}
	m, err := Fit(DefaultPolicy(), "later offence", design, records)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, w := range m.Warnings {
		said[w.Code] = true
		if w.String() == w.Code {
			t.Errorf("no sentence for %s", w.Code)
		}
	}
	for _, code := range []string{Separation, EmptyClass, ThinBin} {
		if !said[code] {
			t.Errorf("no warning %s among %v", code, m.Warnings)
		}
	}
	if m.Regression.Ridge != 1 {
		t.Errorf("ridge %g, want 1", m.Regression.Ridge)
	}
	german, _, _ := germanModel(t)
	if !slices.ContainsFunc(german.Warnings, func(w Warning) bool { return w.Code == OneBin }) {
		t.Errorf("warnings %v, want inputs that tell nothing", german.Warnings)
	}
}

func TestRefusedRecords(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(Design, []Record)
		want   error
		says   string
	}{
		{"id twice", func(_ Design, r []Record) { r[1].ID = r[0].ID }, ErrDuplicate, `record "A"`},
		{"too few values", func(_ Design, r []Record) { r[3].Values = nil }, ErrShape, `record "D"`},
		{"infinite", func(_ Design, r []Record) { r[2].Values[1].Number = math.Inf(1) }, ErrNotFinite, `record "C": input size`},
		{"one class", func(_ Design, r []Record) {
			for i := range r {
				r[i].Bad = true
			}
		}, ErrSingleClass, "40 bad of 40"},
		{"name twice", func(d Design, _ []Record) { d[1].Name = "grade" }, ErrDuplicate, "grade"},
		{"kind", func(d Design, _ []Record) { d[1].Kind = "" }, ErrShape, "size"},
		{"nothing to tell", func(_ Design, r []Record) {
			for i := range r {
				r[i].Values[0].Label = "same"
			}
		}, ErrNoInformation, "of 2 inputs none"},
	} {
		design, records := small()
		c.change(design, records)
		if _, err := Fit(DefaultPolicy(), "later offence", design, records); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %v with %q", c.name, err, c.want, c.says)
		}
	}
	design, records := small()
	if _, err := Fit(Policy{}, "later offence", design, records); err == nil || !strings.Contains(err.Error(), "challenger.pdo") {
		t.Errorf("got %v, want the faults of the policy", err)
	}
	if _, err := Fit(DefaultPolicy(), "later offence", design, nil); !errors.Is(err, ErrNoRecords) {
		t.Errorf("got %v, want %v", err, ErrNoRecords)
	}
	m, err := Fit(DefaultPolicy(), "later offence", design, records)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Score(nil); !errors.Is(err, ErrShape) {
		t.Errorf("got %v, want %v", err, ErrShape)
	}
	records[0].Values = nil
	if _, err := Contrasts(design, records); !errors.Is(err, ErrShape) {
		t.Errorf("got %v, want %v", err, ErrShape)
	}
	records[0].Values = []Value{{}, {Number: 1}}
	if _, err := Contrasts(design, records); !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "input grade") {
		t.Errorf("got %v, want a missing value named", err)
	}
}
