package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
)

// state is what a user can see of a data directory.
type state struct{ receipts, doctor, evaluations, policy string }

func stateOf(t *testing.T, data string) state {
	t.Helper()
	return state{readFile(t, filepath.Join(data, "receipts.jsonl")), must(t, "--data", data, "doctor"), must(t, "--data", data, "export", "evaluation"),
		must(t, "--data", data, "explain", "supplier", "S0001")}
}

const scoreHeader = "contract_no,indicator,party,evaluator_id,score,scored_on\n"

// goodScore is a row that would be accepted.
const goodScore = "HT2025-00090,quality_attitude,purchaser,P002-02,88,2025-12-01\n"

// TestRefusedFiles: every bad file says where, what was found, what was expected and how to mend it, and changes nothing.
func TestRefusedFiles(t *testing.T) {
	data := imported(t, "organisation", "catalog_item", "contract", "score")
	must(t, "--data", data, "run", "--as-of", sampleDay)
	before, dir := stateOf(t, data), t.TempDir()
	for _, c := range []struct {
		name, kind, text string
		lines            int // of the message
		want             []string
	}{
		{"wrong cell", "score", scoreHeader + goodScore + "HT2025-00090,quality_attitude,purchaser,P002-03,101,2025-12-01\n", 2,
			[]string{"nothing of it was stored", "row 3, score: found \"101\"", "expected a score from 0 to 100", "bring the score to the scale of 100"}},
		{"two wrong cells of a row", "score", scoreHeader + "HT2025-00090,quality_attitude,purchaser,P002-03,-1,2025-13-01\n" + goodScore, 5,
			[]string{"2 faults", "1 x bad_score", "1 x bad_date", "row 2, score: found \"-1\"", "row 2, scored_on: found \"2025-13-01\", expected a date of the calendar such as 2025-03-31"}},
		{"empty cell", "contract", "contract_no,purchaser_id,supplier_id,item_code,method,amount_yuan,start_on,end_on,budget_year\nHT1,P001,S0001,A0101,open_tender,,2025-01-01,2025-12-31,2025\n", 2,
			[]string{"row 2, amount_yuan: found \"\", expected a value; fill the cell in"}},
		{"wrong check digit", "organisation", "org_id,name,kind,uscc\nS1,a,supplier,91330100799655058C\n", 2, []string{"row 2, uscc: found \"91330100799655058C\"", "ends in B"}},
		{"end before start", "contract", "contract_no,purchaser_id,supplier_id,item_code,method,amount_yuan,start_on,end_on,budget_year\nHT1,P001,S0001,A0101,open_tender,1,2025-02-01,2025-01-31,2025\n", 2,
			[]string{"row 2, end_on: found \"2025-01-31\", expected a day on or after the start 2025-02-01"}},
		{"unknown contract", "score", scoreHeader + goodScore + "HT1999-00001,quality_attitude,purchaser,P002-02,88,2025-12-01\n", 2,
			[]string{"row 3, contract_no: found \"HT1999-00001\", expected the number of an accepted contract; correct it, or import what it names first"}},
		{"unknown supplier", "inspection", "supplier_id,year,result\nP001,2025,passed\n", 2, []string{"row 2, supplier_id: found \"P001\", expected the id of an accepted supplier"}},
		{"unknown indicator", "score", scoreHeader + "HT2025-00090,quality,purchaser,P002-02,88,2025-12-01\n", 2, []string{"row 2, indicator: found \"quality\", expected one of: ", "quality_attitude"}},
		{"party that is not asked", "score", scoreHeader + "HT2025-00090,satisfaction_service,purchaser,P002-02,88,2025-12-01\n", 2,
			[]string{"row 2, party: found \"purchaser\", expected one of recipient for the indicator satisfaction_service"}},
		{"row twice", "score", scoreHeader + goodScore + goodScore, 3, []string{"row 2, ", "which row 3 has too", "row 3, ", "which row 2 has too", "keep the right one of the rows"}},
		{"duplicate header", "score", "contract_no,indicator,party,evaluator_id,score,scored_on,score\n" + goodScore, 1,
			[]string{"bad.csv was refused, nothing of it was stored: header: found \"score\" twice, expected each column once: take one out"}},
		{"unknown header", "score", "contract_no,indicator,party,evaluator_id,points,scored_on\n" + goodScore, 1, []string{"header: found \"points\"", "score (评分)", "--map \"points\"=COLUMN"}},
		{"missing column", "score", "contract_no,indicator,party,evaluator_id,scored_on\n" + goodScore, 1, []string{"header: found no column score (评分)", "add it", "pingxin template score"}},
		{"comma too many", "score", scoreHeader + "HT2025-00090,quality_attitude,purchaser,P002-02,88,5,2025-12-01\n", 2, []string{"row 2: found 7 cells, expected the 6 cells of the header"}},
		{"empty file", "score", "", 1, []string{"the file is empty: expected a header line and rows"}},
		{"no rows", "score", scoreHeader, 1, []string{"the file has a header and no rows"}},
		{"workbook that was cut off", "score", "PK\x03\x04rest", 1, []string{"damaged or cut off", "send it again, or make it anew"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := file(t, dir, "bad.csv", c.text)
			message := refused(t, "--data", data, "import", c.kind, path)
			wants(t, message, append(c.want, "bad.csv was refused, nothing of it was stored")...)
			if lines := strings.Count(message, "\n"); lines != c.lines {
				t.Errorf("the message has %d lines, want %d:\n%s", lines, c.lines, message)
			}
			if stateOf(t, data) != before {
				t.Error("the data directory is not as it was")
			}
		})
	}
	t.Run("good rows alone", func(t *testing.T) { // what was refused above was not refused for these
		if out := must(t, "--data", data, "import", "score", file(t, dir, "good.csv", scoreHeader+goodScore)); !strings.HasPrefix(out, "accepted: score good.csv, 1 rows, receipt 5") {
			t.Errorf("printed %q", out)
		}
		if stateOf(t, data) == before {
			t.Error("an accepted file leaves no trace: this test cannot tell")
		}
	})
}

// TestRefusedFileAsJSON: a program gets the faults on its standard output, a person still the message.
func TestRefusedFileAsJSON(t *testing.T) {
	data := imported(t, "organisation", "catalog_item", "contract")
	path := file(t, t.TempDir(), "bad.csv", scoreHeader+"HT2025-00090,quality_attitude,purchaser,P002-02,88.55555,2025-12-01\n"+goodScore)
	code, out, errs := px("--data", data, "import", "score", path, "--json")
	var got intake.FaultsError
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	if code != 1 || got.File != "bad.csv" || got.Total != 1 || got.Causes["bad_score"] != 1 || len(got.Faults) != 1 || got.Faults[0].Row != 2 || got.Faults[0].Found != "88.55555" {
		t.Errorf("exit code %d, got %+v", code, got)
	}
	wants(t, errs, "pingxin: bad.csv was refused", "row 2, score")
	if receipts := strings.Count(readFile(t, filepath.Join(data, "receipts.jsonl")), "\n"); receipts != 3 {
		t.Errorf("%d receipts, want the 3 of before", receipts)
	}
}

// TestSecondFileRefused: of several files those before the bad one stay accepted, those behind it are not looked at.
func TestSecondFileRefused(t *testing.T) {
	data, dir := imported(t, "organisation", "catalog_item", "contract"), t.TempDir()
	good, bad := file(t, dir, "good.csv", scoreHeader+goodScore), file(t, dir, "bad.csv", scoreHeader)
	behind := file(t, dir, "behind.csv", scoreHeader+strings.Replace(goodScore, "P002-02", "P002-04", 1))
	code, out, errs := px("--data", data, "import", "score", good, bad, behind)
	if code != 1 || strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "accepted: score good.csv") {
		t.Errorf("exit code %d, printed %q", code, out)
	}
	wants(t, errs, "bad.csv was refused")
	wants(t, must(t, "--data", data, "doctor"), "4 receipts")
}

// TestRefusedWords: wrong arguments of every command, each with what to do.
func TestRefusedWords(t *testing.T) {
	data := imported(t, "organisation", "catalog_item", "contract", "score")
	must(t, "--data", data, "run", "--as-of", sampleDay)
	before, dir := stateOf(t, data), t.TempDir()
	score := filepath.Join(sample, "night2", "score.csv")
	missing, out := filepath.Join(dir, "missing.csv"), filepath.Join(dir, "out")
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"missing file", []string{"import", "score", missing}, []string{missing + ": no such file: check the path"}},
		{"directory", []string{"import", "score", dir}, []string{dir + ": found a directory, expected a file"}},
		{"unknown kind", []string{"import", "scores", score}, []string{"found kind \"scores\", expected one of organisation, ", "score, "}},
		{"unknown kind of schema", []string{"schema", "scores"}, []string{"found kind \"scores\", expected one of organisation, "}},
		{"unknown kind of template", []string{"template", "scores"}, []string{"found kind \"scores\", expected one of organisation, "}},
		{"unknown language", []string{"template", "score", "--lang", "fr"}, []string{"--lang: found \"fr\", expected zh or en"}},
		{"unknown policy", []string{"import", "score", score, "--policy", "jiangbei"}, []string{"found no file \"jiangbei\"", "jiangbei-2015"}},
		{"policy of a run", []string{"run", "--policy", missing}, []string{missing, "give the path of a policy file or one of"}},
		{"bad day", []string{"run", "--as-of", "31.12.2025"}, []string{"--as-of: found \"31.12.2025\", expected a date such as 2026-03-31"}},
		{"unknown table", []string{"export", "evaluations"}, []string{"export: found table \"evaluations\", expected one of ", "evaluation, "}},
		{"unknown table with a file", []string{"export", "evaluations", "--out", out}, []string{"found table \"evaluations\""}},
		{"unknown format", []string{"export", "rating", "--format", "xlsx"}, []string{"--format: found \"xlsx\", expected csv, parquet or json"}},
		{"no folder to export to", []string{"export", "rating", "--out", filepath.Join(dir, "no", "out.csv")}, []string{"choose another --out"}},
		{"folder to export to", []string{"export", "rating", "--out", dir}, []string{dir, "choose another --out"}},
		{"unknown contract", []string{"explain", "contract", "HT1999-00001"}, []string{"contract \"HT1999-00001\": not in the published run", "check the id", "pingxin export evaluation"}},
		{"unknown contract as JSON", []string{"explain", "contract", "HT1999-00001", "--json"}, []string{"contract \"HT1999-00001\": not in the published run"}},
		{"unknown supplier", []string{"explain", "supplier", "P001"}, []string{"supplier \"P001\": not in the published run", "pingxin export rating"}},
		{"unknown subject", []string{"explain", "purchaser", "P001"}, []string{"found \"purchaser\", expected contract or supplier"}},
		{"negative rows", []string{"explain", "contract", "HT2025-00090", "--rows", "-1"}, []string{"--rows: found -1, expected a number from 0"}},
		{"limit of memory", []string{"--memory", "much", "doctor"}, []string{"limit of memory: found \"much\", expected a size such as 3GB"}},
		{"threads", []string{"--threads", "-1", "doctor"}, []string{"--threads: found -1, expected a number from 0"}},
		// An address that was let through would fail at the policy that is not there, instead of serving for ever.
		{"every address", []string{"serve", "--addr", "0.0.0.0:8080", "--policy", missing}, []string{"--addr: found \"0.0.0.0:8080\"", "must not pass in the open", "--tls-cert", "--behind-proxy", "use 127.0.0.1:8080 or another loopback address"}},
		{"address by default", []string{"serve", "--addr", ":8080", "--policy", missing}, []string{"--addr: found \":8080\"", "use 127.0.0.1:8080"}},
		{"every address of six", []string{"serve", "--addr", "[::]:8080", "--policy", missing}, []string{"--addr: found \"[::]:8080\"", "use 127.0.0.1:8080"}},
		{"name of a machine", []string{"serve", "--addr", "pingxin.example:80", "--policy", missing}, []string{"--addr: found \"pingxin.example:80\"", "use 127.0.0.1:8080"}},
		{"demo for everybody", []string{"demo", "--no-serve", "--addr", "10.0.0.1:8080"}, []string{"--addr: found \"10.0.0.1:8080\"", "use 127.0.0.1:8080"}},
		{"day of a demo", []string{"demo", "--no-serve", "--day", "tomorrow"}, []string{"--day: found \"tomorrow\"", "expected a date such as"}},
		{"port alone", []string{"serve", "--addr", "8080", "--policy", missing}, []string{"--addr: found \"8080\", expected an address such as 127.0.0.1:8080"}},
		{"measures for everybody", []string{"serve", "--addr", "127.0.0.1:0", "--metrics", "0.0.0.0:9090"}, []string{"--metrics: found \"0.0.0.0:9090\"", "127.0.0.1:9090"}},
		{"schedule", []string{"serve", "--addr", "127.0.0.1:0", "--schedule", "nightly"}, []string{"schedule \"nightly\"", "such as \"0 2 * * *\""}},
		{"too small a district", []string{"generate", "--suppliers", "3", "--out", out}, []string{"at least 4 departments, 10 suppliers", "found 40, 3, "}},
		{"policy to check", []string{"policy", "check", missing}, []string{"found no file", "jiangbei-2015"}},
		{"programme", []string{"reproduce", "--from", dir}, []string{"found no programme in", "--from"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			message := refused(t, append([]string{"--data", data}, c.args...)...)
			wants(t, message, c.want...)
			if strings.Count(message, "\n") != 1 {
				t.Errorf("want one sentence, got\n%s", message)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("%v was left in the directory of the test, %v", left, err)
			}
		})
	}
	if _, err := os.Stat(dir + ".part"); err == nil {
		t.Error("half an export was left behind")
	}
	if stateOf(t, data) != before {
		t.Error("the data directory is not as it was")
	}
}

// TestRefusedPolicies: a policy file with a fault stops the run and publishes nothing.
func TestRefusedPolicies(t *testing.T) {
	data, dir := imported(t, "organisation", "catalog_item", "contract"), t.TempDir()
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, text, want string }{
		{"weights", "weight_pct = 30 #", "weight_pct = 31 #", "evaluation.indicator.weight_pct: the weights below "},
		{"unknown key", "confidence = 0.9", "confidenze = 0.9", "found the unknown key \"evaluation.confidenze\", expected perhaps \"evaluation.confidence\"; correct it or take it out"},
		{"no number", "confidence = 0.9", "confidence = \"high\"", "confidence"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := strings.Replace(p.Text, c.old, c.text, 1)
			if changed == p.Text {
				t.Fatalf("the shipped policy has no %q", c.old)
			}
			path := file(t, dir, "changed.toml", changed)
			for _, args := range [][]string{{"run", "--policy", path}, {"policy", "check", path}, {"import", "score", filepath.Join(sample, "night1", "score.csv"), "--policy", path},
				{"serve", "--addr", "127.0.0.1:0", "--policy", path}} {
				wants(t, refused(t, append([]string{"--data", data}, args...)...), "policy "+path+" was refused; mend what follows", "(1 in all)", "pingxin policy check "+path, path+": ", c.want)
			}
			if c.name == "weights" {
				wants(t, refused(t, "policy", "check", path), "add up to 101, expected 100")
			}
		})
	}
	wants(t, refused(t, "--data", data, "export", "evaluation"), "no run has been published yet: start one with `pingxin run`")
	wants(t, must(t, "--data", data, "doctor"), "3 receipts")
}

// TestEmptyStore: without facts there is nothing to run, and without a run nothing to show.
func TestEmptyStore(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	wants(t, refused(t, "--data", data, "run", "--as-of", sampleDay), "run for 2025-12-31: no contract has been accepted yet", "pingxin import")
	for _, args := range [][]string{{"export", "evaluation"}, {"explain", "contract", "HT2025-00090"}, {"explain", "supplier", "S0001", "--json"}} {
		wants(t, refused(t, append([]string{"--data", data}, args...)...), "no run has been published yet: start one with `pingxin run`")
	}
	wants(t, must(t, "--data", data, "doctor"), "0 receipts")
	path := file(t, t.TempDir(), "file", "")
	wants(t, refused(t, "--data", path, "doctor"), path, "choose another with --data")
}

// TestHeldDirectory: while another process has the data directory open, every command says so and changes nothing.
func TestHeldDirectory(t *testing.T) {
	data := imported(t, "organisation", "catalog_item", "contract")
	receipts := readFile(t, filepath.Join(data, "receipts.jsonl"))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(os.Environ(), holdVariable+"="+data)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	for _, args := range [][]string{{"import", "score", filepath.Join(sample, "night1", "score.csv")}, {"run", "--as-of", sampleDay}, {"export", "evaluation"}, {"doctor"},
		{"explain", "contract", "HT2025-00090"}, {"serve", "--addr", "127.0.0.1:0"}, {"user", "list"}, {"token", "list"}, {"demo", "--no-serve"}} {
		message := refused(t, append([]string{"--data", data}, args...)...)
		wants(t, message, "data directory "+data, "another pingxin has it open (process ", "stop it, for example the server", "then try again")
		if pid, err := json.Marshal(child.Process.Pid); err != nil || !strings.Contains(message, "(process "+string(pid)+")") {
			t.Errorf("%q does not name the process %s", message, pid)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, filepath.Join(data, "receipts.jsonl")); got != receipts {
		t.Error("something was receipted while another process had the directory open")
	}
	wants(t, must(t, "--data", data, "doctor"), "is sound: 3 receipts") // the lock ended with the child
}

// TestMistypedDirectory: a command that only makes sense on a data directory refuses a name under which there is none, and
// makes none.
func TestMistypedDirectory(t *testing.T) {
	data := filepath.Join(t.TempDir(), "pingxin-dta")
	for _, args := range [][]string{{"run"}, {"calibrate"}, {"doctor"}, {"export", "evaluation"}, {"explain", "contract", "HT1"}, {"explain", "supplier", "S1"},
		{"validate", "--as-of", "2024-12-31"}, {"verify", "--run", "1"}, {"audit", "list"}, {"audit", "verify"}, {"backup", "--to", t.TempDir()}, {"survey", "status"}} {
		wants(t, refused(t, append([]string{"--data", data}, args...)...), "does not exist", "correct --data")
		if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("%v made the directory", args)
		}
	}
}
