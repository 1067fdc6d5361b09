package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/credit/challenger"
)

// germanFiles writes the German credit data as CSV: 700 applicants to fit to and 300 to compare on. Fewer months stand
// in for a rule score.
func germanFiles(t *testing.T) (past, later string) {
	t.Helper()
	text := readFile(t, filepath.Join(programmes, "german", "german.data"))
	const header = "applicant,checking,months,history,purpose,amount,savings,employed,rate,status,debtors,residence,property,age,plans,housing,credits,job,liable,telephone,foreign,class,rule\n"
	var files [2]strings.Builder
	files[0].WriteString(header)
	files[1].WriteString(header)
	n := 0
	for line := range strings.Lines(text) {
		cells := strings.Fields(line)
		fmt.Fprintf(&files[n/700], "%04d,%s,-%s\n", n+1, strings.Join(cells, ","), cells[1])
		n++
	}
	dir := t.TempDir()
	return file(t, dir, "past.csv", files[0].String()), file(t, dir, "later.csv", files[1].String())
}

// roles are the flags for these files.
func roles(args ...string) []string {
	return append([]string{"challenger"}, append(args, "--outcome", "class", "--bad", "2", "--id", "applicant", "--rule", "rule")...)
}

// TestChallenger: a scorecard is fitted, written, and set beside the rule score on later cases; twice the same bytes.
func TestChallenger(t *testing.T) {
	past, later := germanFiles(t)
	model := filepath.Join(t.TempDir(), "model.json")
	out := must(t, roles("fit", past, "--out", model)...)
	wants(t, out, "fitted to 700 cases, 207 bad (class = 2)", "checking", "A14", "[16, 36)", "note: residence: tells nothing", "rounding the points", "wrote "+model)
	text := readFile(t, model)
	if m, err := challenger.Decode([]byte(text)); err != nil || m.Regression.Records != 700 || !strings.Contains(out, m.Hash) {
		t.Errorf("%v, the model is %+v", err, m)
	}
	if again := must(t, roles("fit", past, "--out", model, "--json")...); again != text || readFile(t, model) != text {
		t.Error("a second fit gives another model")
	}
	out = must(t, roles("compare", later, "--model", model, "--show", "2")...)
	wants(t, out, "300 cases, 93 bad", "AUC", "KS", "Brier", "rank correlation", "where the two differ most", "points lost by")
	if strings.Contains(out, "flatters") {
		t.Errorf("later cases are taken for those of the fit:\n%s", out)
	}
	wants(t, must(t, roles("compare", past, "--model", model, "--show", "0")...), "note: these are the records that the model was fitted on")
	var c challenger.Comparison
	if err := json.Unmarshal([]byte(must(t, roles("compare", later, "--model", model, "--json")...)), &c); err != nil || c.Records != 300 || len(c.Cases) != 300 || c.Challenger.AUC <= c.Rule.AUC {
		t.Errorf("%v, %d cases, AUC %g against %g", err, len(c.Cases), c.Challenger.AUC, c.Rule.AUC)
	}
}

// TestChallengerUnseen: a label that the fit never saw is counted, not refused.
func TestChallengerUnseen(t *testing.T) {
	past, later := germanFiles(t)
	dir := t.TempDir()
	model := filepath.Join(dir, "model.json")
	must(t, roles("fit", past, "--out", model)...)
	odd := file(t, dir, "odd.csv", strings.Replace(readFile(t, later), "A11", "A19", 1))
	wants(t, must(t, roles("compare", odd, "--model", model)...), "note: 1 cases have values that the fit never saw")
}

// TestChallengerRefuses: every bad file, column and flag says where, what was found and what was expected.
func TestChallengerRefuses(t *testing.T) {
	past, later := germanFiles(t)
	dir := t.TempDir()
	model := filepath.Join(dir, "model.json")
	must(t, roles("fit", past, "--out", model)...)
	broken := file(t, dir, "broken.json", strings.Replace(readFile(t, model), `"pdo": 20`, `"pdo": 40`, 1))
	mixed := file(t, dir, "mixed.csv", strings.Replace(readFile(t, past), "0002,A12,48,", "0002,A12,4 8,", 1))
	single := file(t, dir, "single.csv", "applicant,x,class,rule\n1,5,1,3\n2,6,1,4\n")
	twice := file(t, dir, "twice.csv", "applicant,x,class,rule\n1,5,1,3\n1,6,2,4\n")
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"mixed column", roles("fit", mixed, "--out", model), []string{"mixed.csv: ", "row 3, column months: found \"4 8\"", "--category"}},
		{"single class", roles("fit", single, "--out", model), []string{"single.csv: ", "column class: found only \"1\"", "\"2\" (bad, --bad)"}},
		{"id twice", roles("fit", twice, "--out", model), []string{"twice.csv: ", "row 3, column applicant: found \"1\", expected an id of its own; row 2 has it too"}},
		{"no such column", []string{"challenger", "fit", past, "--outcome", "grade", "--bad", "2", "--out", model}, []string{"past.csv: ", "found no column \"grade\" for the outcome", "checking"}},
		{"no such file", roles("fit", filepath.Join(dir, "none.csv"), "--out", model), []string{"none.csv"}},
		{"no points", roles("fit", past, "--out", model, "--pdo", "0"), []string{"challenger.pdo: found 0, expected a number above 0"}},
		{"nowhere to write", roles("fit", past, "--out", filepath.Join(dir, "none", "model.json")), []string{"choose another --out"}},
		{"no out", roles("fit", past), []string{"out"}},
		{"no bad", []string{"challenger", "fit", past, "--outcome", "class", "--out", model}, []string{"bad"}},
		{"no rule", []string{"challenger", "compare", later, "--outcome", "class", "--bad", "2", "--model", model}, []string{"rule"}},
		{"changed model", roles("compare", later, "--model", broken), []string{"broken.json: ", "changed after the fit"}},
		{"no model", roles("compare", later, "--model", filepath.Join(dir, "none.json")), []string{"none.json"}},
		{"columns of the model", roles("compare", single, "--model", model), []string{"single.csv: ", "found no column \"checking\" for an input"}},
		{"show", roles("compare", later, "--model", model, "--show", "-1"), []string{"--show: found -1"}},
		{"unknown word", []string{"challenger", "train"}, []string{"train"}},
	} {
		t.Run(c.name, func(t *testing.T) { wants(t, refused(t, c.args...), c.want...) })
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 5 {
		t.Errorf("%v, files left: %v, want the five of the test", err, left)
	}
}
