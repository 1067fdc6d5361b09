package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/weights"
)

const (
	judgementHead = "a,b,ratio\n"
	// By hand, all others following from target attainment as much as service quality, twice use of funds and satisfaction:
	// weights 1/3, 1/6, 1/3, 1/6.
	soundJudgements = judgementHead + `target_attainment,use_of_funds,2
target_attainment,service_quality,1
satisfaction,target_attainment,1/2
use_of_funds,service_quality,0.5
use_of_funds,satisfaction,1
service_quality,satisfaction,2
`
)

// weighingOut is what these tests use of `policy weigh --json`.
type weighingOut struct {
	Policy, Parent, Method, Source string
	Indicators                     []struct {
		ID                           string
		Present, Proposed, Unrounded float64
	}
	Consistency *struct {
		Group  struct{ CR float64 }
		Judges []struct {
			Judge string
			CR    float64
		}
	}
	Constant  []string
	Notes     []string
	Contracts *struct {
		Run, Contracts int
		LeftOut        int `json:"left_out"`
		Adoption       struct {
			Changed int
			Moves   []struct {
				From, To string
				Outcomes int
			}
		}
		Stability struct {
			Seed, Draws int
			Spread      float64
			OrderKept   *float64 `json:"order_kept"`
			GradesKept  float64  `json:"grades_kept"`
			Outcomes    []struct{ ID, Grade string }
		}
		Flips []struct {
			ID, Criterion string
			From, To      *float64
		}
	}
	Written *struct{ File, Policy, Hash string }
}

func weighed4(t *testing.T, w weighingOut, want ...float64) {
	t.Helper()
	for i, v := range want {
		if len(w.Indicators) != len(want) || w.Indicators[i].Proposed != v {
			t.Fatalf("got %+v, want the weights %v", w.Indicators, want)
		}
	}
}

func TestWeighByJudgements(t *testing.T) {
	nowhere, path := filepath.Join(t.TempDir(), "none"), file(t, t.TempDir(), "j.csv", soundJudgements)
	got := decode[weighingOut](t, must(t, "--data", nowhere, "policy", "weigh", "--method", "ahp", "--judgements", path, "--json"))
	weighed4(t, got, 33.3, 16.7, 33.3, 16.7)
	if got.Consistency.Group.CR > 1e-9 || len(got.Consistency.Judges) != 1 || got.Contracts != nil || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "found no data directory") {
		t.Errorf("got %+v", got)
	}
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("weighing by judgements made a data directory")
	}
	text := must(t, "--data", nowhere, "policy", "weigh", "--method", "ahp", "--judgements", path)
	wants(t, text, `judgements of one judge in "j.csv" (sha256 `, "consistency ratio 0.000, below 0.1", "目标实现程度", "+3.3", "left out: ")
}

// TestSeveralJudges: by hand, 2 and 8 together are 4, and weights 4/5 and 1/5.
func TestSeveralJudges(t *testing.T) {
	path := file(t, t.TempDir(), "j.csv", "\ufeffjudge,ratio,b,a\n王,2,funds_compliance,funds_execution\n\n李,1/8,funds_execution,funds_compliance\n")
	args := []string{"--data", filepath.Join(t.TempDir(), "none"), "policy", "weigh", "--method", "ahp", "--judgements", path, "--parent", "use_of_funds"}
	got := decode[weighingOut](t, must(t, append(args, "--json")...))
	weighed4(t, got, 80, 20)
	wants(t, must(t, args...), "judge 李: consistency ratio 0.000; farthest off: funds_execution against funds_compliance, judged 8, where all together imply 8")
}

func TestContradictionsAreRefused(t *testing.T) {
	dir := t.TempDir()
	path := file(t, dir, "j.csv", strings.Replace(soundJudgements, "satisfaction,target_attainment,1/2", "satisfaction,target_attainment,7", 1))
	args := []string{"--data", filepath.Join(dir, "none"), "policy", "weigh", "--method", "ahp", "--judgements", path, "--out", filepath.Join(dir, "w.toml")}
	wants(t, refused(t, args...), path+": the judgements contradict each other: found a consistency ratio of 0.", "expected less than 0.1",
		"look first at satisfaction against target_attainment, judged 7, where all together imply ", "--accept-inconsistent")
	if _, err := os.Stat(filepath.Join(dir, "w.toml")); err == nil {
		t.Error("a policy was written")
	}
	wants(t, must(t, append(args, "--accept-inconsistent")...), "not below 0.1: the judgements contradict each other, accepted", "wrote ")
	wants(t, readFile(t, filepath.Join(dir, "w.toml")), "(contradictions accepted); before 30: with quality the heaviest")

	hidden := "a,b,ratio,judge\n" // five who agree hide in the mean one who does not
	for _, line := range strings.Split(strings.TrimSpace(soundJudgements), "\n")[1:] {
		for judge := range 5 {
			hidden += line + fmt.Sprintf(",%d\n", judge)
		}
		hidden += strings.Replace(line, "satisfaction,target_attainment,1/2", "satisfaction,target_attainment,7", 1) + ",odd\n"
	}
	args[7] = file(t, dir, "hidden.csv", hidden)
	wants(t, refused(t, args[:8]...), "hidden.csv: the judgements of judge odd contradict each other", "judged 7")
	wants(t, must(t, append(args[:8], "--accept-inconsistent")...), "below 0.1: the judgements go together", "judge odd: consistency ratio 0.", "not below 0.1, accepted")
}

func TestRefusedJudgements(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"header: EOF; expected a CSV file with the columns a, b, ratio"}},
		{"no rows", judgementHead, []string{"found a header and no rows"}},
		{"missing column", "a,b\nx,y\n", []string{"header: found no column ratio"}},
		{"unknown column", "a,b,ratio,weight\n", []string{`header: found "weight"`}},
		{"column twice", "a,b,ratio,a\n", []string{`header: found "a"`}},
		{"cells", judgementHead + "use_of_funds,satisfaction,1,2\n", []string{"row 2: found 4 cells, expected the 3 of the header"}},
		{"no number", judgementHead + "\nuse_of_funds,satisfaction,three\nuse_of_funds,satisfaction,1/x\n", []string{`row 3, ratio: found "three", expected a number such as 3 or a fraction such as 1/3`, `row 4, ratio: found "1/x"`}},
		{"no judge", "a,b,ratio,judge\nuse_of_funds,satisfaction,1,\n", []string{"row 2, judge: found nothing"}},
		{"broken quotes", judgementHead + "\"use_of_funds,satisfaction,1\n", []string{"expected CSV"}},
		{"not UTF-8", judgementHead + "\xff\xfe,satisfaction,1\n", []string{"no UTF-8"}},
		{"unknown id", strings.Replace(soundJudgements, "use_of_funds,satisfaction", "funds,satisfaction", 1), []string{`row 6 (funds against satisfaction), column a: found "funds", expected one of ["target_attainment"`, "found none of use_of_funds against satisfaction, expected one; add it"}},
		{"ratio off the scale", strings.Replace(soundJudgements, "1/2", "1/0", 1), []string{"row 4 (satisfaction against target_attainment), column ratio: found +Inf, expected 1 (equal) to 9"}},
		{"pair twice", soundJudgements + "satisfaction,use_of_funds,1\n", []string{"row 8 (satisfaction against use_of_funds): found the pair again after row 6 (use_of_funds against satisfaction)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := file(t, dir, "bad.csv", c.text)
			message := refused(t, "--data", filepath.Join(dir, "none"), "policy", "weigh", "--method", "ahp", "--judgements", path)
			wants(t, message, append(c.want, path+" was refused; mend what follows\n"+path+": ")...)
		})
	}
}

func TestRefusedWeighings(t *testing.T) {
	dir := t.TempDir()
	path, data := file(t, dir, "j.csv", soundJudgements), filepath.Join(dir, "none")
	ahp := []string{"--method", "ahp", "--judgements", path}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no method", nil, `--method: found "", expected ahp, entropy or critic`},
		{"no judgements", ahp[:2], `--judgements: found ""`},
		{"judgements for entropy", []string{"--method", "entropy", "--judgements", path}, "none with the others"},
		{"judgements that are not there", []string{"--method", "ahp", "--judgements", filepath.Join(dir, "no.csv")}, "no such file"},
		{"id without out", append(ahp[:4:4], "--id", "x"), `--id: found "x" without --out`},
		{"out that exists", append(ahp[:4:4], "--out", path), "--out: found " + path + " there already"},
		{"out nowhere", append(ahp[:4:4], "--out", filepath.Join(dir, "no", "w.toml")), "choose another --out"},
		{"same id", append(ahp[:4:4], "--out", filepath.Join(dir, "w.toml"), "--id", defaultPolicy), `policy id: found "jiangbei-2015"`},
		{"unknown parent", append(ahp[:4:4], "--parent", "quality"), "--parent: found \"quality\", expected a dimension of policy jiangbei-2015: target_attainment, use_of_funds"},
		{"leaf as parent", append(ahp[:4:4], "--parent", "quality_safety"), "expected a dimension of policy"},
		{"lonely child", append(ahp[:4:4], "--policy", "hvbp-2024", "--parent", "efficiency"), "found one indicator below"},
		{"steps", append(ahp[:4:4], "--policy", "five-star-2019"), `found combine "steps"`},
		{"decimals", append(ahp[:4:4], "--decimals", "7"), "--decimals: unusable setting: found 7 decimals, expected 0 to 6"},
		{"no data", []string{"--method", "critic"}, "found no data directory " + data},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"--data", data, "policy", "weigh"}, c.args...)
			wants(t, refused(t, args...), c.want)
		})
	}
}

// TestZeroIsNotWritten: a policy has no place for a weight of 0.
func TestZeroIsNotWritten(t *testing.T) {
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		t.Fatal(err)
	}
	w, out := weigher{method: "critic"}, filepath.Join(t.TempDir(), "w.toml")
	w.out = out
	err = w.write(p, &weighing{Indicators: []weighed{{ID: "use_of_funds", Proposed: 0}}})
	if _, missing := os.Stat(out); err == nil || missing == nil {
		t.Fatalf("got %v, and a file", err)
	}
	wants(t, err.Error(), "the weight of use_of_funds comes out as 0 percent", "--decimals")
}

func TestWeighNeedsARun(t *testing.T) {
	data := imported(t, "organisation")
	wants(t, refused(t, "--data", data, "policy", "weigh", "--method", "entropy"), "no run has been published yet; start one with `pingxin run`")
	data = imported(t, "organisation", "catalog_item", "contract")
	must(t, "--data", data, "run", "--as-of", sampleDay)
	wants(t, refused(t, "--data", data, "policy", "weigh", "--method", "critic"), "found none with a value in run 1")
	path := file(t, t.TempDir(), "j.csv", soundJudgements)
	wants(t, must(t, "--data", data, "policy", "weigh", "--method", "ahp", "--judgements", path), "left out: no contracts to try the weights on: found none with a value in run 1")
}

// TestWeighThePublishedRun looks at one published run in many ways.
func TestWeighThePublishedRun(t *testing.T) {
	data, _ := firstNight(t)
	t.Run("needs a run by the same policy", func(t *testing.T) { weighNeedsItsRun(t, data) })
	t.Run("prints", func(t *testing.T) { weighPrints(t, data) })
	for _, parent := range []string{"", "target_attainment", "use_of_funds", "service_quality", "satisfaction"} {
		t.Run("outcomes below "+parent, func(t *testing.T) { outcomesAreTheEvaluations(t, data, parent) })
	}
	for _, args := range [][]string{{"--method", "entropy"}, {"--method", "critic", "--decimals", "0", "--id", "ours-2026"}, {"--method", "critic", "--parent", "satisfaction", "--decimals", "3"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) { adoptedWeightsDoWhatWasSaid(t, data, args) })
		must(t, "--data", data, "run", "--as-of", sampleDay) // by the policy of before
	}
}

// weighNeedsItsRun: weights are tried on contracts that were judged by the same policy.
func weighNeedsItsRun(t *testing.T, data string) {
	path := file(t, t.TempDir(), "j.csv", soundJudgements)
	own := file(t, t.TempDir(), "own.toml", strings.Replace(must(t, "policy", "show", defaultPolicy), "confidence = 0.9 ", "confidence = 0.8 ", 1))
	wants(t, refused(t, "--data", data, "policy", "weigh", "--method", "entropy", "--policy", own), "found run 1 by policy jiangbei-2015 (hash ", "give that policy with --policy")
	wants(t, must(t, "--data", data, "policy", "weigh", "--method", "ahp", "--judgements", path, "--policy", own), "left out: no contracts to try the weights on: found run 1 by policy")
	wants(t, refused(t, "--data", data, "policy", "weigh", "--method", "entropy", "--draws", "0"), "found 0 draws")
	wants(t, refused(t, "--data", data, "policy", "weigh", "--method", "entropy", "--spread-pct", "100"), "found a spread of 1")
}

// outcomesAreTheEvaluations: with the present weights the outcomes have the published values and grades, whichever
// weights are looked at.
func outcomesAreTheEvaluations(t *testing.T, data, parent string) {
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		t.Fatal(err)
	}
	s := &settings{data: data}
	w := weigher{settings: s, parent: parent, method: "critic"}
	group, err := w.check(p)
	if err != nil {
		t.Fatal(err)
	}
	read, err := w.published(t.Context(), p, group)
	if err != nil {
		t.Fatal(err)
	}
	var shares []float64
	for _, n := range group {
		shares = append(shares, n.Weight/100)
	}
	study, err := weights.NewStudy(idsOf(group), shares, read.all, p.Evaluation.Bands, p.Evaluation.Decimals)
	if err != nil {
		t.Fatal(err)
	}
	stood, err := study.Perturb(weights.Perturbation{Draws: 1, Spread: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	evaluations := evaluationsOf(t, s)
	if len(stood.Outcomes)+read.leftOut != len(evaluations) || len(stood.Outcomes) < len(evaluations)/3 {
		t.Errorf("%d contracts and %d without a value, of %d", len(stood.Outcomes), read.leftOut, len(evaluations))
	}
	for _, o := range stood.Outcomes {
		if e := evaluations[o.ID]; math.Abs(e.Value-min(o.Value, p.Evaluation.Scale.High)) > 1e-9 || e.Uncapped != o.Grade {
			t.Errorf("%s is %g, %s; its evaluation says %g, %s", o.ID, o.Value, o.Grade, e.Value, e.Uncapped)
		}
	}
}

// evaluationsOf are the evaluations with a value.
func evaluationsOf(t *testing.T, s *settings) map[string]store.EvaluationRow {
	t.Helper()
	all := map[string]store.EvaluationRow{}
	err := s.with(t.Context(), func(st *store.Store) error {
		return st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
			v, err := store.NewView(ctx, r, store.Everything)
			if err != nil {
				return err
			}
			rows, err := v.Evaluations(ctx, store.EvaluationFilter{Limit: 1000})
			for _, row := range rows {
				if row.Status == scoring.Rated || row.Status == scoring.Provisional {
					all[row.ContractNo] = row
				}
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// adoptedWeightsDoWhatWasSaid: a run by the written policy moves exactly the grades that were foretold.
func adoptedWeightsDoWhatWasSaid(t *testing.T, data string, args []string) {
	out := filepath.Join(t.TempDir(), "w.toml")
	args = append([]string{"--data", data, "policy", "weigh", "--draws", "200", "--json", "--out", out}, args...)
	foretold := decode[weighingOut](t, must(t, args...))
	checkWritten(t, foretold, out)
	before := gradesOf(t, data)
	must(t, "--data", data, "run", "--as-of", sampleDay, "--policy", out)
	after := gradesOf(t, data)
	changed := 0
	for id, grade := range before {
		if after[id] != grade {
			changed++
		}
	}
	if changed != foretold.Contracts.Adoption.Changed {
		t.Errorf("%d contracts changed their grade, foretold were %d", changed, foretold.Contracts.Adoption.Changed)
	}
	if changed == 0 && foretold.Parent == "" {
		t.Error("nothing changed: the test shows nothing")
	}
	for _, o := range foretold.Contracts.Stability.Outcomes {
		if after[o.ID] != o.Grade {
			t.Errorf("%s has the grade %s, foretold was %s", o.ID, after[o.ID], o.Grade)
		}
	}
}

// checkWritten compares the file with what was printed of it.
func checkWritten(t *testing.T, w weighingOut, path string) {
	t.Helper()
	p, err := policy.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if p.ID != w.Written.Policy || p.Hash != w.Written.Hash || p.ID == w.Policy {
		t.Errorf("the file holds %s, hash %s; printed %+v", p.ID, p.Hash, w.Written)
	}
	var sum float64
	for _, n := range w.Indicators {
		sum += n.Proposed
		for _, in := range p.Evaluation.Indicators {
			if in.ID == n.ID && in.Weight != n.Proposed {
				t.Errorf("%s weighs %g in the file, %g was printed", n.ID, in.Weight, n.Proposed)
			}
		}
	}
	if math.Abs(sum-100) > 1e-9 {
		t.Errorf("the weights add up to %.17g", sum)
	}
	wants(t, p.Text, fmt.Sprintf("# proposed by %s, %s; before ", w.Method, w.Source))
}

// gradesOf are the grades by value alone of the published run.
func gradesOf(t *testing.T, data string) map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(must(t, "--data", data, "export", "evaluation"), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	grades := map[string]string{}
	for _, row := range rows[1:] {
		grades[row[column["contract_no"]]] = row[column["uncapped_grade"]]
	}
	return grades
}

// weighPrints looks at the page that a person reads.
func weighPrints(t *testing.T, data string) {
	path := file(t, t.TempDir(), "j.csv", soundJudgements)
	args := []string{"--data", data, "policy", "weigh", "--method", "ahp", "--judgements", path, "--draws", "100", "--seed", "7"}
	text := must(t, args...)
	wants(t, text, "weights of the dimensions in policy jiangbei-2015, proposed by ahp", "if adopted: ", " contracts (", "of the pairs of contracts change places",
		"up to 20% of itself off (100 draws, seed 7): ", "of the grades stay", "could turn the grade of ", "9 DRAWS IN 10")
	if must(t, args...) != text {
		t.Error("the same seed prints something else")
	}
	wants(t, must(t, "--data", data, "policy", "weigh", "--method", "entropy", "--parent", "service_quality"), "weights of service_quality in policy", "not what matters")
}
