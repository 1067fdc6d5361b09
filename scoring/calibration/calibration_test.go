package calibration

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pingxin/scoring"
	"pingxin/scoring/integrity"
)

func testPolicy() *Policy {
	return &Policy{WindowDays: 1095, MinScores: 2, Integrity: integrity.Default()}
}

// panel is a small world: contracts scored by purchasers p0.. and third parties t0.., rater r being severity[r] points off
// on two indicators that differ by ten points.
func panel(contracts int, severity map[string]float64) ([]Score, Names) {
	var names Names
	for c := range contracts {
		names.Contracts = append(names.Contracts, Contract{No: "C" + string(rune('a'+c/26)) + string(rune('a'+c%26)), Supplier: "S" + string(rune('0'+c%5)), Peer: "care/2025", StartDay: 0, EndDay: 300})
	}
	for r := range severity {
		names.Raters = append(names.Raters, r)
	}
	slices.Sort(names.Raters)
	names.Indicators = []string{"quality", "safety"}
	rng := rand.New(rand.NewPCG(7, 109))
	var scores []Score
	for c := range contracts {
		worth := 75 + 8*math.Sin(float64(c))
		for i, r := range names.Raters {
			party := scoring.ThirdParty
			if strings.HasPrefix(r, "p") {
				party = scoring.Purchaser
			}
			if (c+i)%3 == 0 {
				continue // not everybody sees every contract
			}
			for indicator := range int16(2) {
				v := worth + severity[r] + 10*float64(indicator) + rng.NormFloat64()
				scores = append(scores, Score{Contract: int32(c), Rater: int32(i), Indicator: indicator, Party: party, Value: int32(math.Round(min(v, 100) * perPoint)), Day: int32(100 + c)})
			}
		}
	}
	return scores, names
}

var fiveRaters = map[string]float64{"p0": 1, "p1": -1, "t0": -6, "t1": 4, "t2": 2}

// TestRatersOfAPanel: the severities that the panel was made with come back, less what they have in common, within half a
// point; a rater's own figures are plain sums.
func TestRatersOfAPanel(t *testing.T) {
	scores, names := panel(40, fiveRaters)
	all, s, err := testPolicy().Raters(scores, names)
	if err != nil || !s.Estimated || s.Components != 1 || !s.Exact {
		t.Fatalf("got %+v, %v", s, err)
	}
	for _, r := range all {
		if want := fiveRaters[r.ID]; math.Abs(r.Severity-want) > 0.5 || !r.Comparable || !(r.SE > 0) {
			t.Errorf("%s: severity %.2f (error %.2f, comparable %t), made with %g", r.ID, r.Severity, r.SE, r.Comparable, want)
		}
		n, contracts := 0, map[int32]bool{}
		for _, s := range scores {
			if names.Raters[s.Rater] == r.ID {
				n++
				contracts[s.Contract] = true
			}
		}
		if r.N != n || r.Contracts != len(contracts) || r.LastDay == 0 {
			t.Errorf("%s: %d scores of %d contracts, last on %d; want %d of %d", r.ID, r.N, r.Contracts, r.LastDay, n, len(contracts))
		}
	}
}

// TestOrderDoesNotMatter: scores in any order give the same bytes.
func TestOrderDoesNotMatter(t *testing.T) {
	scores, names := panel(30, fiveRaters)
	p := testPolicy()
	type everything struct {
		raters     []Rater
		severities Severities
		flags      []integrity.Flag
		agreements []Agreement
	}
	estimate := func() (e everything) {
		var err error
		if e.raters, e.severities, err = p.Raters(scores, names); err != nil {
			t.Fatal(err)
		}
		if e.flags, err = p.NamedFlags(scores, e.raters, names, scoring.Scale{Low: 0, High: 100}); err != nil {
			t.Fatal(err)
		}
		if e.agreements, err = Agreements(scores, names); err != nil {
			t.Fatal(err)
		}
		return e
	}
	want := estimate()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		rng.Shuffle(len(scores), func(i, k int) { scores[i], scores[k] = scores[k], scores[i] })
		if got := estimate(); !reflect.DeepEqual(got, want) {
			t.Fatalf("in another order:\ngot  %+v\nwant %+v", got, want)
		}
	}
}

// TestNoSeverities: what cannot be estimated is said by name, and the raters are still described.
func TestNoSeverities(t *testing.T) {
	for reason, raters := range map[string]map[string]float64{"too_few_raters": {"p0": 0}} {
		scores, names := panel(10, raters)
		all, s, err := testPolicy().Raters(scores, names)
		if err != nil || s.Estimated || s.Reason != reason || len(all) != 1 || !math.IsNaN(all[0].Severity) || all[0].Comparable {
			t.Errorf("got %+v, %+v, %v; want the reason %s", all, s, err, reason)
		}
	}
	if all, s, err := testPolicy().Raters(nil, Names{}); err != nil || s.Estimated || s.Reason == "" || len(all) != 0 {
		t.Errorf("no scores: got %+v, %+v, %v", all, s, err)
	}
}

// TestTwoWorldsAreNotCompared: raters without a common contract; those of the larger part are comparable.
func TestTwoWorldsAreNotCompared(t *testing.T) {
	scores, names := panel(30, fiveRaters)
	names.Raters = append(names.Raters, "x0", "x1")
	for c := range int32(4) {
		names.Contracts = append(names.Contracts, Contract{No: "X" + string(rune('0'+c)), Peer: "care/2025"})
		for r := range int32(2) {
			for i := range int16(2) {
				scores = append(scores, Score{Contract: 30 + c, Rater: 5 + r, Indicator: i, Party: scoring.ThirdParty, Value: 700_000 + 10_000*(3*c+r+int32(i)*c), Day: 10})
			}
		}
	}
	all, s, err := testPolicy().Raters(scores, names)
	if err != nil || s.Components != 2 || !slices.Contains(s.Warnings, "disconnected") {
		t.Fatalf("got %+v, %v", s, err)
	}
	for _, r := range all {
		if r.Comparable == strings.HasPrefix(r.ID, "x") {
			t.Errorf("%s: comparable %t", r.ID, r.Comparable)
		}
	}
}

// TestNamedFlagsFindWhatIsPlanted: a purchaser who gives the top to all.
func TestNamedFlagsFindWhatIsPlanted(t *testing.T) {
	scores, names := panel(40, fiveRaters)
	for i := range scores {
		if names.Raters[scores[i].Rater] == "p0" {
			scores[i].Value = 100 * perPoint
		}
	}
	flags, err := testPolicy().NamedFlags(scores, Describe(scores, names), names, scoring.Scale{Low: 0, High: 100})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(flags, func(f integrity.Flag) bool { return f.Rule == integrity.RuleTopToAll && f.Subject == "p0" }) {
		t.Errorf("got %+v, want a flag on p0", flags)
	}
}

// TestDifference by hand: of quality 90 and 80 against 70, of safety 60 against 61; cost only the purchaser scored.
// ((85-70) + (60-61)) / 2 = 7.
func TestDifference(t *testing.T) {
	score := func(party scoring.Party, indicator int16, points int32) Score {
		return Score{Party: party, Indicator: indicator, Value: points * perPoint}
	}
	got, both := difference([]Score{score(scoring.Purchaser, 0, 90), score(scoring.Purchaser, 0, 80), score(scoring.ThirdParty, 0, 70),
		score(scoring.Purchaser, 1, 60), score(scoring.ThirdParty, 1, 61), score(scoring.Purchaser, 2, 5)})
	if !both || got != 7 {
		t.Errorf("got %g, %t; want 7", got, both)
	}
	if _, both := difference([]Score{score(scoring.Purchaser, 0, 90), score(scoring.ThirdParty, 1, 70)}); both {
		t.Error("two parties without a common indicator have no difference")
	}
}

// recipients are answers of many recipients on contract 0, each on ten items, on days spread over the service.
func recipients(n int, answer func(r, item int) int32, day func(r int) int32) ([]Score, Names) {
	names := Names{Contracts: []Contract{{No: "C0", Peer: "care/2025", StartDay: 0, EndDay: 299}}}
	for item := range 10 {
		names.Indicators = append(names.Indicators, "item"+string(rune('0'+item)))
	}
	var scores []Score
	for r := range n {
		names.Raters = append(names.Raters, "R"+string(rune('a'+r/26))+string(rune('a'+r%26)))
		for item := range 10 {
			scores = append(scores, Score{Rater: int32(r), Indicator: int16(item), Party: scoring.Recipient, Value: answer(r, item) * perPoint, Day: day(r)})
		}
	}
	return scores, names
}

// TestRecipientFlagsFindWhatIsPlanted: one who answers the same throughout, and answers that all came in three days.
func TestRecipientFlagsFindWhatIsPlanted(t *testing.T) {
	varied := func(r, item int) int32 { return 60 + int32((r*7+item*13)%8)*5 }
	scores, names := recipients(40, func(r, item int) int32 {
		if r == 3 {
			return 80
		}
		return varied(r, item)
	}, func(r int) int32 { return int32(r * 7) })
	flags, err := testPolicy().RecipientFlags(scores, names, 400)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(flags, func(f integrity.Flag) bool {
		return f.Rule == integrity.RuleSameAnswerRun && f.Subject == "Rad" && f.Ref == "C0" && f.Statistic == 1 && f.N == 10
	}) {
		t.Errorf("got %+v, want same_answer_run on Rad", flags)
	}
	if slices.ContainsFunc(flags, func(f integrity.Flag) bool {
		return f.Rule == integrity.RuleDenseAnswers || f.Rule == integrity.RuleLateAnswers
	}) {
		t.Errorf("answers spread over the service were taken for a burst: %+v", flags)
	}
	scores, names = recipients(40, varied, func(r int) int32 { return 150 + int32(r%3) })
	if flags, err = testPolicy().RecipientFlags(scores, names, 400); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(flags, func(f integrity.Flag) bool { return f.Rule == integrity.RuleDenseAnswers && f.Subject == "C0" }) {
		t.Errorf("got %+v, want dense_answers on C0", flags)
	}
}

// TestPeers: groups in the order of their ids; one of three members is too small; members of a value without a spread have
// variance 0.
func TestPeers(t *testing.T) {
	var members []Member
	for i := range 12 {
		members = append(members, Member{"b", 70 + float64(i), 2}, Member{"a", 80, 1})
	}
	for range 3 {
		members = append(members, Member{"c", 50, 1})
	}
	peers, small, err := Peers(members)
	if err != nil || small != 1 || len(peers) != 2 || peers[0].ID != "a" || peers[1].ID != "b" {
		t.Fatalf("got %+v, %d small, %v", peers, small, err)
	}
	// of b: mean 75.5, variance of 70..81 is 13; less the error of 4 leaves 9, exactly so with equal errors
	if a, b := peers[0], peers[1]; a.Mean != 80 || a.Variance != 0 || a.N != 12 || math.Abs(b.Mean-75.5) > 1e-9 || math.Abs(b.Variance-9) > 1e-6 {
		t.Errorf("got %+v and %+v", a, b)
	}
	if _, _, err := Peers([]Member{{"a", math.NaN(), 1}}); err == nil {
		t.Error("a value that is no number was taken")
	}
}

func TestPolicyIsChecked(t *testing.T) {
	for want, change := range map[string]func(*Policy){
		"calibration.window_days":          func(p *Policy) { p.WindowDays = 0 },
		"calibration.min_scores":           func(p *Policy) { p.MinScores = 0 },
		"calibration.integrity.top_to_all": func(p *Policy) { p.Integrity.TopToAll.Share = 2 },
	} {
		p := testPolicy()
		if faults := p.Check(); len(faults) > 0 {
			t.Fatalf("the policy as it is: %v", faults)
		}
		change(p)
		if faults := p.Check(); len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), want) {
			t.Errorf("got %v, want a fault of %s", faults, want)
		}
	}
}

// scored are scores of third parties on one indicator, a row for each contract and in it one for each rater.
func scored(points ...[]float64) ([]Score, Names) {
	var scores []Score
	for c, row := range points {
		for r, v := range row {
			scores = append(scores, Score{Contract: int32(c), Rater: int32(10*c + r), Party: scoring.ThirdParty, Value: int32(math.Round(v * perPoint))})
		}
	}
	return scores, Names{Indicators: []string{"quality"}}
}

// TestIntraclass by hand: contracts with two raters 80, 82; 85, 88; 90, 94 beside one with three and one with one. Means 81,
// 86.5, 92 lie 5.5, 0, 5.5 from 86.5: mean square of contracts 2 x 60.5 / 2 = 60.5; within 2 + 4.5 + 8 = 14.5 over 3 is 29/6.
// ICC(1) = (60.5 - 29/6) / (60.5 + 29/6) = 334/392, ICC(2 raters) = 1 - (29/6)/60.5 = 334/363. F(2,3) at 0.975 is 16.0441,
// F(3,2) 39.1655, so that ICC(1) lies from (363/29 - 16.0441)/(363/29 + 16.0441) to (363/29 x 39.1655 - 1)/(... + 1).
func TestIntraclass(t *testing.T) {
	all, err := Agreements(scored([]float64{80, 82}, []float64{70, 75, 80}, []float64{85, 88}, []float64{60}, []float64{90, 94}))
	if err != nil || len(all) != 1 || all[0].Intraclass == nil {
		t.Fatalf("got %+v, %v", all, err)
	}
	got, ratio := *all[0].Intraclass, 363.0/29
	if got.Raters != 2 || got.Contracts != 3 || got.Confidence != 0.95 || all[0].Contracts != 4 {
		t.Errorf("got %+v of %d contracts", got, all[0].Contracts)
	}
	for what, c := range map[string][2]float64{
		"ICC(1)": {got.Single.Value, 334.0 / 392}, "its low": {got.Single.Low, (ratio - 16.0441) / (ratio + 16.0441)},
		"its high": {got.Single.High, (ratio*39.1655 - 1) / (ratio*39.1655 + 1)},
		"ICC(k)":   {got.Mean.Value, 334.0 / 363}, "low of ICC(k)": {got.Mean.Low, 1 - 16.0441/ratio}, "high of ICC(k)": {got.Mean.High, 1 - 1/(39.1655*ratio)},
	} {
		if math.Abs(c[0]-c[1]) > 1e-5 { // the quantiles are rounded
			t.Errorf("%s: got %.7f, want %.7f", what, c[0], c[1])
		}
	}
}

// TestIntraclassOfShroutAndFleiss: table 2 of Shrout and Fleiss (1979) with raters of each object's own, 0.17 and 0.44; all
// digits and intervals by R 4.2.2, psych 2.2.9.
func TestIntraclassOfShroutAndFleiss(t *testing.T) {
	all, err := Agreements(scored([]float64{9, 2, 5, 8}, []float64{6, 1, 3, 2}, []float64{8, 4, 6, 8}, []float64{7, 1, 2, 6}, []float64{10, 5, 6, 9}, []float64{6, 2, 4, 7}))
	if err != nil || len(all) != 1 || all[0].Intraclass == nil {
		t.Fatalf("got %+v, %v", all, err)
	}
	got := all[0].Intraclass
	for _, c := range [][2]float64{{got.Single.Value, 0.165741768405476}, {got.Single.Low, -0.132932324874751}, {got.Single.High, 0.722560062328121},
		{got.Mean.Value, 0.442797133679269}, {got.Mean.Low, -0.884442155238119}, {got.Mean.High, 0.912415420340776}} {
		if math.Abs(c[0]-c[1]) > 1e-10 {
			t.Errorf("got %.15g, want %.15g", c[0], c[1])
		}
	}
}

// TestNoIntraclass: where it cannot be estimated alpha stands alone, and the JSON of it has no field.
func TestNoIntraclass(t *testing.T) {
	for name, points := range map[string][][]float64{
		"one contract of each number":    {{80, 82}, {70, 75, 80}},
		"the frequent ones all the same": {{80, 80}, {80, 80}, {70, 75, 80}},
		"means alike":                    {{70, 90}, {75, 85}, {79.7, 80.3}, {79.9, 80.1}},
	} {
		all, err := Agreements(scored(points...))
		if err != nil || len(all) != 1 || all[0].Intraclass != nil {
			t.Errorf("%s: got %+v, %v; want alpha alone", name, all, err)
			continue
		}
		if text, err := json.Marshal(all); err != nil || strings.Contains(string(text), "intraclass") {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
	all, err := Agreements(scored([]float64{80, 81}, []float64{70, 72}, []float64{60, 61, 62}, []float64{50, 51, 52}))
	if err != nil || len(all) != 1 || all[0].Intraclass == nil || all[0].Intraclass.Raters != 3 {
		t.Errorf("of equally frequent numbers the larger: got %+v, %v", all, err)
	}
}
