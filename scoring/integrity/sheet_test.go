package integrity

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"pingxin/scoring"
)

// points turns whole points into answers; a negative one is Missing.
func points(values ...int32) []int32 {
	answers := make([]int32, len(values))
	for i, v := range values {
		answers[i] = v * PerPoint
		if v < 0 {
			answers[i] = Missing
		}
	}
	return answers
}

var hundred = scoring.Scale{Low: 0, High: 100}

func TestSameAnswerRun(t *testing.T) {
	sheets := []Sheet{
		{"all", "c1", points(80, 80, 80, 80, 80, 80, 80, 80, 80, 80)},
		{"but one", "c1", points(80, 80, 80, 80, 80, 80, 80, 80, 80, 90)}, // 9 of 10, exactly the share
		{"broken", "c1", points(80, 80, 80, 80, 90, 80, 80, 80, 80, 80)},  // 5 of 10
		{"gap", "c2", points(80, 80, 80, 80, -1, 80, 80, 80, 80, 80)},     // 5 of 9: a gap breaks the run
		{"few", "c2", points(80, 80, 80, 80, 80, 80, 80, -1, -1, -1)},     // 7 answers are too few
	}
	flags, err := Default().SameAnswerRun.Flags(sheets)
	wantSubjects(t, flags, err, "all", "but one")
	if want := (Flag{Rule: RuleSameAnswerRun, Subject: "but one", Ref: "c1", Statistic: 0.9, Threshold: 0.9, N: 10}); !reflect.DeepEqual(flags[1], want) {
		t.Errorf("got %+v, want %+v", flags[1], want)
	}
}

func TestFlatAnswers(t *testing.T) {
	sheets := []Sheet{
		// Mean 80.5, ten deviations of 0.5: sd = sqrt(10*0.25/9) = 0.527 points.
		{"flat", "", points(80, 81, 80, 81, 80, 81, 80, 81, 80, 81)},
		// Mean 82.5, ten deviations of 2.5: sd = sqrt(10*6.25/9) = 2.635 points.
		{"lively", "", points(80, 85, 80, 85, 80, 85, 80, 85, 80, 85)},
		{"nine", "", points(80, 80, 80, 80, 80, 80, 80, 80, 80, -1)},
	}
	flags, err := Default().FlatAnswers.Flags(sheets)
	wantSubjects(t, flags, err, "flat")
	near(t, "sd", flags[0].Statistic, new(math.Sqrt(10*0.25/9)), 1e-12)
}

func TestTopToAll(t *testing.T) {
	raters := []Sheet{
		{"b", "", points(100, 100, 100, 100, 100, 100, 100, 100, 100, 100)},
		{"a", "", points(100, -1, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100)}, // 11 answers
		{"c", "", points(100, 100, 100, 100, 100, 100, 100, 100, 100, 99)},
		{"d", "", points(100, 100, 100, 100, 100, 100, 100, 100, 100)}, // 9 are too few
		{"e", "", points(90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90)},  // alike, but not the top
	}
	flags, err := Default().TopToAll.Flags(raters, hundred)
	wantSubjects(t, flags, err, "a", "b")
	if flags[0].N != 11 {
		t.Errorf("got n %d, want 11", flags[0].N)
	}
	if _, err := Default().TopToAll.Flags(raters, scoring.Scale{High: math.NaN()}); !errors.Is(err, ErrNotFinite) {
		t.Errorf("a scale without top: got %v", err)
	}
}

func TestLongestRunOfNothing(t *testing.T) {
	if got := LongestRun(nil); got != 0 {
		t.Errorf("got %d, want 0", got)
	}
	if got := Variability(nil); !math.IsNaN(got) {
		t.Errorf("got %g, want NaN", got)
	}
}

// sheetRules are the rules that look at each sheet by itself.
var sheetRules = map[Rule]func([]Sheet) ([]Flag, error){
	RuleSameAnswerRun: Default().SameAnswerRun.Flags,
	RuleFlatAnswers:   Default().FlatAnswers.Flags,
	RuleTopToAll:      func(s []Sheet) ([]Flag, error) { return Default().TopToAll.Flags(s, hundred) },
}

// TestHonestSheets: of contented respondents who answer item by item, few have the same answer throughout, or
// give the top to all but those who think so highly that the scale ends below them. Each rule may flag one in a hundred.
func TestHonestSheets(t *testing.T) {
	const bound = 0.01
	p := survey
	p.respondents = 10_000
	sheets := p.sheets(11)
	for rule, flags := range sheetRules {
		found, err := flags(sheets)
		if err != nil {
			t.Fatal(err)
		}
		if share := float64(len(found)) / float64(len(sheets)); share > bound {
			t.Errorf("%s: flagged %g of honest sheets, want at most %g", rule, share, bound)
		}
	}
}

// TestSheetProperties: the order of rows does not matter, flags follow a respondent under another name, other
// respondents change nothing, and asking twice gives the same bytes.
func TestSheetProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := survey
		p.respondents, p.step, p.level = rapid.IntRange(2, 40).Draw(t, "n"), 20, 15
		sheets := p.sheets(rapid.Uint64().Draw(t, "seed"))
		half := sheets[:len(sheets)/2]
		for rule, flags := range sheetRules {
			all, err := flags(sheets)
			if err != nil {
				t.Fatal(err)
			}
			some, _ := flags(half)
			if !reflect.DeepEqual(all[:len(some)], some) && len(some) > 0 {
				t.Fatalf("%s: others changed a flag: %v, %v", rule, some, all)
			}
			moved := slices.Clone(sheets)
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(moved), func(i, j int) { moved[i], moved[j] = moved[j], moved[i] })
			again, _ := flags(moved)
			if a, b := encoded(t, all), encoded(t, again); a != b {
				t.Fatalf("%s: another order gave %s, want %s", rule, b, a)
			}
			for i := range moved {
				moved[i].Respondent = "x" + moved[i].Respondent
			}
			renamed, _ := flags(moved)
			for i := range renamed {
				if renamed[i].Subject != "x"+all[i].Subject || renamed[i].Statistic != all[i].Statistic {
					t.Fatalf("%s: renamed, got %v, want %v", rule, renamed[i], all[i])
				}
			}
		}
	})
}

// encoded is flags as they are stored.
func encoded(t interface{ Fatal(...any) }, flags []Flag) string {
	text, err := json.Marshal(flags)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBadSheets(t *testing.T) {
	rules := map[Rule]func([]Sheet) ([]Flag, error){RuleAlikeAnswers: Default().AlikeAnswers.Flags}
	for rule, flags := range sheetRules {
		rules[rule] = flags
	}
	for rule, flags := range rules {
		if _, err := flags([]Sheet{{"a", "", points(1)}, {"b", "", points(1)}, {"a", "", points(2)}}); !errors.Is(err, ErrRepeated) {
			t.Errorf("%s: a respondent twice: got %v", rule, err)
		}
		if _, err := flags([]Sheet{{"", "", points(1)}}); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: no respondent: got %v", rule, err)
		}
		if found, err := flags(nil); found != nil || err != nil {
			t.Errorf("%s: no sheets: got %v, %v", rule, found, err)
		}
		if found, err := flags([]Sheet{{"a", "", nil}}); found != nil || err != nil {
			t.Errorf("%s: a sheet without items: got %v, %v", rule, found, err)
		}
	}
}
