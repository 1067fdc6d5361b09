package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
)

// TestGenerate makes the checked-in district and says so.
func TestGenerate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "district")
	out := must(t, "generate", "--seed", "7", "--departments", "6", "--suppliers", "24", "--contracts", "90", "--scores", "6000", "--evaluators", "4", "--out", dir)
	m := sampleManifest(t)
	for _, f := range m.Files {
		if readFile(t, filepath.Join(dir, f.Path)) != readFile(t, filepath.Join(sample, f.Path)) {
			t.Errorf("%s differs from the checked-in one", f.Path)
		}
		if !strings.Contains(out, grouped(f.Rows)+"  "+f.Path+"\n") {
			t.Errorf("the output does not name %s with %d rows", f.Path, f.Rows)
		}
	}
	for _, p := range m.Planted {
		if !regexp.MustCompile(`(?m)^  ` + p.Situation + ` +` + p.Kind + ` ` + p.ID + ` `).MatchString(out) {
			t.Errorf("the output does not name %s %s", p.Situation, p.ID)
		}
	}
}

// TestTemplatesFitTogether: the templates of all kinds, in either language, go into an empty store in their order.
func TestTemplatesFitTogether(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		data, dir := filepath.Join(t.TempDir(), "data"), t.TempDir()
		for _, kind := range kindNames() {
			text := must(t, "template", kind, "--lang", lang)
			if kind == "listing" { // which a decision makes, and no file
				wants(t, refused(t, "--data", data, "import", kind, file(t, dir, kind+".csv", text)), "nobody is listed by a file")
				continue
			}
			out := must(t, "--data", data, "import", kind, file(t, dir, kind+".csv", text))
			if !strings.HasPrefix(out, "accepted: "+kind+" "+kind+".csv, ") {
				t.Errorf("template %s in %s: printed %q", kind, lang, out)
			}
		}
		if report := decode[nightReport](t, must(t, "--data", data, "run", "--as-of", sampleDay, "--json")); report.Contracts != 1 || report.Touched != 1 {
			t.Errorf("%s: the run of the templates is %+v, want one contract", lang, report)
		}
		wants(t, must(t, "--data", data, "doctor"), fmt.Sprintf("%d receipts", len(kindNames())-1))
	}
}

// TestMappedHeader: a header of somebody else is read as the column that it is said to be.
func TestMappedHeader(t *testing.T) {
	data := imported(t, "organisation", "catalog_item", "contract")
	path := file(t, t.TempDir(), "theirs.csv", strings.Replace(scoreHeader, "score,", "分数,", 1)+goodScore)
	refused(t, "--data", data, "import", "score", path)
	wants(t, must(t, "--data", data, "import", "score", path, "--map", "分数=score"), "accepted: score theirs.csv, 1 rows")
}

// TestPartialImport: the good rows of a file are accepted, and the others come back in a file of their own, which is
// accepted when they are mended.
func TestPartialImport(t *testing.T) {
	data, dir := imported(t, "organisation", "catalog_item", "contract"), t.TempDir()
	bad := strings.Replace(goodScore, "P002-02", "P002-03", 1)
	bad = bad[:strings.LastIndex(bad, ",")] + ",2025-13-01\n"
	path, rest := file(t, dir, "mixed.csv", scoreHeader+goodScore+bad), filepath.Join(dir, "rest.csv")
	refused(t, "--data", data, "import", "score", path)
	refused(t, "--data", data, "import", "score", path, "--rest", rest)
	wants(t, must(t, "--data", data, "import", "score", path, "--partial", "--rest", rest), "accepted: score mixed.csv, 1 rows", "1 rows were left out, 1 faults")
	left := readFile(t, rest)
	wants(t, left, "scored_on,reasons", "2025-13-01", "a date of the calendar")
	mended := file(t, dir, "mended.csv", strings.ReplaceAll(left, "2025-13-01", "2025-12-01"))
	wants(t, must(t, "--data", data, "import", "score", mended, "--map", "reasons=-"), "accepted: score mended.csv, 1 rows", "left out as you said: the columns reasons")
	wants(t, must(t, "--data", data, "doctor"), "5 receipts")
}

// TestSchema: the schema of every kind lists the columns of its template, in order.
func TestSchema(t *testing.T) {
	for _, kind := range intake.Kinds() {
		got := decode[struct {
			Name   string `json:"name"`
			Fields []struct {
				Name  string `json:"name"`
				Title string `json:"title"`
				Type  string `json:"type"`
			} `json:"fields"`
			PrimaryKey []string `json:"primaryKey"`
		}](t, must(t, "schema", kind.Name))
		var names, titles []string
		for _, f := range got.Fields {
			names, titles = append(names, f.Name), append(titles, f.Title)
			if f.Type == "" {
				t.Errorf("%s: %s has no type", kind.Name, f.Name)
			}
		}
		if got.Name != kind.Name || len(got.PrimaryKey) == 0 {
			t.Errorf("%s: got %+v", kind.Name, got)
		}
		for lang, want := range map[string][]string{"zh": titles, "en": names} {
			if header, _, _ := strings.Cut(must(t, "template", kind.Name, "--lang", lang), "\n"); header != "\ufeff"+strings.Join(want, ",") {
				t.Errorf("%s in %s: the template begins %q, the schema has %v", kind.Name, lang, header, want)
			}
		}
	}
}

func TestPolicyCommands(t *testing.T) {
	list := must(t, "policy", "list")
	if lines := strings.Count(list, "\n"); lines != len(policy.Shipped()) {
		t.Errorf("%d policies are listed, want %d", lines, len(policy.Shipped()))
	}
	for _, name := range policy.Shipped() {
		p, err := policy.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?m)^` + name + ` +` + regexp.QuoteMeta(p.Name.ZH+" / "+p.Name.EN) + `$`).MatchString(list) {
			t.Errorf("%s is not listed with its names", name)
		}
		shown := must(t, "policy", "show", name)
		if shown != strings.TrimRight(p.Text, "\n")+"\n" {
			t.Errorf("%s is not shown as it is", name)
		}
		path := file(t, t.TempDir(), "own.toml", shown)
		if checked := must(t, "policy", "check", path); checked != "policy "+p.ID+" is sound; hash "+p.Hash+"\n" {
			t.Errorf("%s: the check says %q, want the hash %s", name, checked, p.Hash)
		}
	}
}

// TestOwnPolicy: a run by a policy file is a run by that file.
func TestOwnPolicy(t *testing.T) {
	data := imported(t, "organisation", "catalog_item", "contract", "score")
	first := decode[nightReport](t, must(t, "--data", data, "run", "--as-of", sampleDay, "--json"))
	text := strings.Replace(must(t, "policy", "show", defaultPolicy), `id = "jiangbei-2015"`, `id = "ours-2026"`, 1)
	path := file(t, t.TempDir(), "own.toml", strings.Replace(text, "confidence = 0.9 ", "confidence = 0.8 ", 1))
	out := must(t, "--data", data, "run", "--as-of", sampleDay, "--policy", path)
	wants(t, out, "policy ours-2026: full run, 90 of 90 contracts judged")
	if strings.Contains(out, first.Hash) {
		t.Error("another policy gives the same hash")
	}
}

// TestDoctorFindsDamage: a receipt that was changed is found at the door; sound directories are told apart from it.
func TestDoctorFindsDamage(t *testing.T) {
	data := imported(t, "organisation")
	journal := filepath.Join(data, "receipts.jsonl")
	text := readFile(t, journal)
	file(t, data, "receipts.jsonl", strings.Replace(text, `"rows":`, `"rows":1`, 1))
	wants(t, refused(t, "--data", data, "doctor"), journal+", line 1: the chain is broken", "restore it from a backup")
	file(t, data, "receipts.jsonl", text)
	wants(t, must(t, "--data", data, "doctor"), "is sound: 1 receipts")
}

// TestDemo makes a small demonstration, and shows it again instead of making another.
func TestDemo(t *testing.T) {
	data := filepath.Join(t.TempDir(), "demo")
	args := []string{"--data", data, "demo", "--no-serve", "--departments", "4", "--suppliers", "12", "--contracts", "30", "--scores", "600", "--evaluators", "2"}
	out := must(t, args...)
	for _, words := range []string{"run 1 for 2025-12-31", "run 2 for 2026-01-31", "run 3 for 2026-02-28", "planted in the sample", "strict_evaluator         evaluator E01"} {
		if !strings.Contains(out, words) {
			t.Errorf("want %q in\n%s", words, out)
		}
	}
	if again := must(t, args...); again != data+" holds a published run already; showing that\n" {
		t.Errorf("a second demo printed\n%s", again)
	}
	code, _, errs := px(append(args, "--day", "2026-02-27")...)
	if code != 1 {
		t.Errorf("a day that is over: exit code %d", code)
	}
	wants(t, errs, "--day: found 2026-02-27, expected 2026-02-28 or later")
}

// TestBench measures next to nothing, to see that all figures are there.
func TestBench(t *testing.T) {
	dir, samples := t.TempDir(), filepath.Join(t.TempDir(), "bench.txt")
	code, out, errs := px("bench", "--scores", "2000", "--csv-rows", "500", "--xlsx-rows", "500", "--repeat", "2", "--json", "--dir", dir, "--samples", samples, "--serve=600ms")
	if code != 0 {
		t.Fatal(errs)
	}
	got := decode[map[string]any](t, out)
	for _, figure := range []string{"bare_group_by_s", "full_run_s", "ordinary_night_s", "ordinary_night_contracts", "peak_resident_mib"} {
		if v, ok := got[figure].(json.Number); !ok || strings.HasPrefix(v.String(), "-") || v == "0" {
			t.Errorf("%s is %v", figure, got[figure])
		}
	}
	if imports, ok := got["imports"].([]any); !ok || len(imports) != 3 {
		t.Errorf("CSV, Parquet and XLSX were to be imported, found %v", got["imports"])
	}
	pages, ok := got["served"].(map[string]any)
	if !ok || pages["p99_ms"] == json.Number("0") || pages["busy_p99_ms"] == json.Number("0") || pages["first_load_gzipped_kb"] == json.Number("0") {
		t.Errorf("the pages were measured as %v", got["served"])
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err != nil {
		t.Errorf("a given directory is left to its owner: %v", err)
	}
	text := readFile(t, samples)
	for _, name := range []string{"bare_GROUP_BY", "full_run", "ordinary_night", "read_csv", "import_csv", "read_parquet", "import_parquet", "import_xlsx"} {
		if n := strings.Count(text, "BenchmarkPingxin/scores=2000/"+name+" 1 "); n != 2 {
			t.Errorf("%d measurements of %s, want 2, in\n%s", n, name, text)
		}
	}
}

// TestServe shows the pages on a free port of this machine until it is told to stop.
func TestServe(t *testing.T) {
	data, _ := firstNight(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	root, ended := newRoot(), make(chan error, 1)
	said, says := io.Pipe()
	root.SetOut(says)
	root.SetArgs([]string{"--data", data, "serve", "--addr", "127.0.0.1:0", "--schedule", ""})
	go func() {
		err := root.ExecuteContext(ctx)
		says.CloseWithError(errors.Join(err, io.EOF))
		ended <- err
	}()
	lines := bufio.NewReader(said)
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, lines) // serve goes on when what it says is read
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
	if address == "" || !strings.Contains(line, "this machine only") {
		t.Fatalf("serve said %q", line)
	}
	response, err := http.Get(address + "/")
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(page), "</html>") {
		t.Errorf("the first page: %s, %d bytes, %v", response.Status, len(page), err)
	}
	wants(t, refused(t, "--data", data, "doctor"), "another pingxin has it open")
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serve ended with %v", err)
	}
	wants(t, must(t, "--data", data, "doctor"), "is sound")
}
