package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"pingxin/pipelines/district"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// nightReport is what these tests use of `run --json`.
type nightReport struct {
	Run       int            `json:"run"`
	AsOf      time.Time      `json:"as_of"`
	Full      bool           `json:"full"`
	Contracts int            `json:"contracts"`
	Touched   int            `json:"touched"`
	Hash      string         `json:"hash"`
	Grades    map[string]int `json:"grades"`
	Levels    map[string]int `json:"levels"`
	BaseFen   int64          `json:"base_fen"`
	ChangeFen int64          `json:"change_fen"`
	Moved     int            `json:"moved"`
}

func decode[T any](t *testing.T, text string) (v T) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in\n%s", err, text[:min(len(text), 500)])
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("something follows the JSON: %v", err)
	}
	return v
}

func sampleManifest(t *testing.T) district.Manifest {
	t.Helper()
	return decode[district.Manifest](t, readFile(t, filepath.Join(sample, "manifest.json")))
}

// receiptOf is the number of the receipt that the file of a night and kind gets, when all are imported in order.
func receiptOf(m district.Manifest, night int, kind string) int {
	return 1 + slices.IndexFunc(m.Files, func(f district.File) bool { return f.Night == night && f.Kind == kind })
}

// importNight imports the files of a night and returns what was printed.
func importNight(t *testing.T, data string, m district.Manifest, night int) (printed string) {
	t.Helper()
	for _, f := range m.Files {
		if f.Night == night {
			printed += must(t, "--data", data, "import", f.Kind, filepath.Join(sample, f.Path))
		}
	}
	return printed
}

// TestNights imports the sample and runs its nights, the last of them again, in full and with one thread.
func TestNights(t *testing.T) {
	m, data := sampleManifest(t), filepath.Join(t.TempDir(), "data")
	var last nightReport
	for i, night := range m.Nights {
		printed := importNight(t, data, m, i+1)
		if i == 2 && !strings.Contains(printed, fmt.Sprintf("accepted: score score.csv, 4 rows, receipt %d, ", receiptOf(m, 3, "score"))) || i == 2 && !strings.Contains(printed, "\n  1 earlier rows replaced\n") {
			t.Errorf("the third night has a correction; printed\n%s", printed)
		}
		last = decode[nightReport](t, must(t, "--data", data, "run", "--as-of", night.AsOf.Format(time.DateOnly), "--json"))
		if last.Run != i+1 || !last.AsOf.Equal(night.AsOf) || last.Contracts != 90 || last.Full != (i == 0) || (last.Moved > 0) != (i > 0) {
			t.Errorf("night %d: got %+v", i+1, last)
		}
		graded := 0
		for _, n := range last.Grades {
			graded += n
		}
		if graded != last.Contracts {
			t.Errorf("night %d: the grades %v are of %d contracts, want %d", i+1, last.Grades, graded, last.Contracts)
		}
	}
	profiled := filepath.Join(t.TempDir(), "profile")
	for _, args := range [][]string{{}, {"--full"}, {"--full", "--threads", "1"}, {"--full", "--profile", profiled}} {
		again := decode[nightReport](t, must(t, append([]string{"--data", data, "run", "--as-of", "2026-02-28", "--json"}, args...)...))
		if again.Hash != last.Hash || again.Moved != 0 || again.Full != (len(args) > 0) || !maps.Equal(again.Grades, last.Grades) || !maps.Equal(again.Levels, last.Levels) {
			t.Errorf("run again with %v: got %+v, want the outcome of %+v", args, again, last)
		}
	}
	for name, held := range map[string]string{"cpu.pprof": "", "heap.pprof": "", "queries.txt": "one row per score of a day up to $1", "queries.json": `"OPERATOR_NAME"`} {
		if found, err := os.ReadFile(filepath.Join(profiled, name)); err != nil || len(found) == 0 || !strings.Contains(string(found), held) {
			t.Errorf("profile: %s has %d bytes without %q, %v", name, len(found), held, err)
		}
	}
	text := must(t, "--data", data, "run", "--as-of", "2026-02-28")
	for _, words := range []string{"run 8 for 2026-02-28, policy jiangbei-2015: ordinary night, 0 of 90 contracts judged", "moved         0 since the last published run", "run hash      " + last.Hash + "\n"} {
		if !strings.Contains(text, words) {
			t.Errorf("want %q in\n%s", words, text)
		}
	}
	if doctor := must(t, "--data", data, "doctor"); !strings.HasPrefix(doctor, fmt.Sprintf("%s is sound: %d receipts, all batches whole\n", data, len(m.Files))) {
		t.Errorf("the doctor says %q", doctor)
	}
	again := must(t, "--data", data, "import", "score", filepath.Join(sample, "night1", "score.csv"))
	if !strings.HasPrefix(again, "already accepted: score score.csv, 6,263 rows, receipt 7, sha256 ") {
		t.Errorf("the same file again: printed %q", again)
	}
	if receipt := decode[intake.Result](t, must(t, "--data", data, "import", "score", filepath.Join(sample, "night1", "score.csv"), "--json")); !receipt.Repeated || receipt.Receipt.Number != 7 || receipt.Receipt.Rows != 6263 {
		t.Errorf("the same file again as JSON: got %+v", receipt)
	}
}

// firstNight is a data directory with the first night imported and run.
func firstNight(t *testing.T) (data string, report nightReport) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	importNight(t, data, sampleManifest(t), 1)
	return data, decode[nightReport](t, must(t, "--data", data, "run", "--as-of", sampleDay, "--json"))
}

// scoreLines are the lines of the file of scores of the first night; the header is line 0, row 1 of a spreadsheet.
func scoreLines(t *testing.T) [][]string {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(readFile(t, filepath.Join(sample, "night1", "score.csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// explained is what these tests use of `explain contract --json`.
type explained struct {
	Evaluation struct {
		Status, Grade string
		ContractNo    string `json:"contract_no"`
		SupplierID    string `json:"supplier_id"`
		Value         *float64
		ThirdParties  int `json:"third_parties"`
		Missing       []string
	}
	Process    struct{ State string }
	Settlement struct{ Action string }
	Parts      []struct {
		Indicator, Parent, Party, Note string
		N                              int
		Share, Contribution            *float64
	}
	Sources []struct {
		Indicator, Party, Evaluator, File, SHA256 string
		ScoreE4                                   int64  `json:"score_e4"`
		ScoredOn                                  string `json:"scored_on"`
		Row, Batch                                int
	}
	Scores int
}

func TestExplain(t *testing.T) {
	data, _ := firstNight(t)
	lines := scoreLines(t)
	behind := map[string]int{} // scores by contract
	for _, line := range lines[1:] {
		behind[line[0]]++
	}
	sum := sha256.Sum256([]byte(readFile(t, filepath.Join(sample, "night1", "score.csv"))))
	hash := hex.EncodeToString(sum[:])

	t.Run("contract as JSON", func(t *testing.T) {
		const id = "HT2025-00063"
		got := decode[explained](t, must(t, "--data", data, "explain", "contract", id, "--json", "--rows", "1000"))
		if got.Process.State != "draft" || got.Settlement.Action == "" {
			t.Errorf("process %q and settlement %q, want a draft with advice", got.Process.State, got.Settlement.Action)
		}
		if got.Evaluation.ContractNo != id || got.Evaluation.SupplierID != "S0003" || got.Evaluation.Value == nil || got.Scores != behind[id] || len(got.Sources) != behind[id] {
			t.Errorf("got %+v and %d of %d scores, want %d", got.Evaluation, len(got.Sources), got.Scores, behind[id])
		}
		for _, s := range got.Sources {
			score, err := strconv.ParseFloat(lines[s.Row-1][4], 64)
			if want := []string{id, s.Indicator, s.Party, s.Evaluator, lines[s.Row-1][4], s.ScoredOn}; err != nil || !slices.Equal(lines[s.Row-1], want) ||
				score*1e4 != float64(s.ScoreE4) || s.File != "score.csv" || s.SHA256 != hash {
				t.Errorf("%+v is not row %d of the file: %v", s, s.Row, lines[s.Row-1])
			}
		}
		value, top := 0.0, 0
		for _, p := range got.Parts {
			if p.Parent == "" && p.Party == "" {
				value, top = value+*p.Contribution, top+1
			}
		}
		if d := value - *got.Evaluation.Value; top != 4 || d > 0.005 || d < -0.005 {
			t.Errorf("the contributions of %d dimensions add up to %.4f, the value is %.2f", top, value, *got.Evaluation.Value)
		}
	})
	t.Run("contract without a value", func(t *testing.T) {
		got := decode[explained](t, must(t, "--data", data, "explain", "contract", "HT2025-00090", "--json"))
		if got.Evaluation.Status != "held" || got.Evaluation.Value != nil || got.Evaluation.ThirdParties != 0 || !slices.Contains(got.Evaluation.Missing, "third_party") || len(got.Sources) != 20 {
			t.Errorf("got %+v and %d scores, want a held contract without third party and the first 20 scores", got.Evaluation, len(got.Sources))
		}
	})
	t.Run("contract as text", func(t *testing.T) {
		text := must(t, "--data", data, "explain", "contract", "HT2025-00063", "--rows", "30")
		for _, words := range []string{"contract HT2025-00063", "supplier S0003", "run 1 for 2025-12-31, policy jiangbei-2015", "quality_safety", "30 of " + strconv.Itoa(behind["HT2025-00063"]) + " scores behind it",
			"process draft", "settlement ", "payable "} {
			if !strings.Contains(text, words) {
				t.Errorf("want %q in\n%s", words, text)
			}
		}
		rows := regexp.MustCompile(`(?m)^│ *(\S+) *│ *(\S+) *│ *(\S+) *│ *(\S+) *│ *(\S+) *│ score\.csv *│ *(\d+) *│ *7 *│ *`+hash[:12]+` *│$`).FindAllStringSubmatch(text, -1)
		if len(rows) != 30 {
			t.Fatalf("%d rows lead to the file, want 30:\n%s", len(rows), text)
		}
		for _, r := range rows {
			at, err := strconv.Atoi(r[6])
			if err != nil {
				t.Fatal(err)
			}
			line := lines[at-1]
			score, err := strconv.ParseFloat(line[4], 64)
			if err != nil || line[0] != "HT2025-00063" || !slices.Equal(r[1:4], line[1:4]) || r[4] != fmt.Sprintf("%.4f", score) || r[5] != line[5] {
				t.Errorf("%v is not row %d of the file: %v", r[1:], at, line)
			}
		}
	})
	t.Run("supplier", func(t *testing.T) {
		text := must(t, "--data", data, "explain", "supplier", "S0005")
		for _, words := range []string{"supplier S0005", "run 1 for 2025-12-31", "level", "X0004"} { // the event of the false report
			if !strings.Contains(text, words) {
				t.Errorf("want %q in\n%s", words, text)
			}
		}
		got := decode[struct {
			Supplier struct {
				ID, Level string
				Score     *float64
			}
			Terms []struct {
				Term, Ref string
				Value     *float64
			}
		}](t, must(t, "--data", data, "explain", "supplier", "S0005", "--json"))
		if got.Supplier.ID != "S0005" || got.Supplier.Score == nil || len(got.Terms) < 2 {
			t.Errorf("got %+v", got)
		}
	})
}

// fixed are the columns that every later version keeps; others may join them.
var fixed = map[string][]string{
	"evaluation":          {"contract_no", "value", "low", "high", "grade", "uncapped_grade", "status", "n_purchaser", "n_recipient", "n_third_party"},
	"rating":              {"supplier_id", "score", "level", "status"},
	"budget_proposal":     {"contract_no", "base_yuan", "change_yuan", "reason"},
	"blacklist_candidate": {"supplier_id", "ground", "evidence"},
	"settlement_advice":   {"contract_no", "action", "payable_yuan", "due_yuan", "reason"},
	"clue":                {"rule", "clue_id", "about", "subject", "n", "seen", "line", "evidence", "verdict"},
}

// exported is one table as columns and texts; a missing value is empty, a number as few digits as say it.
type exported struct {
	columns []string
	rows    []map[string]string
}

// plain makes numbers of different writers comparable.
func plainText(text string) string {
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return text
}

func fromCSV(t *testing.T, text string) (e exported) {
	t.Helper()
	text, marked := strings.CutPrefix(text, "\ufeff")
	if !marked {
		t.Error("the CSV file has no byte order mark")
	}
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	e.columns = lines[0]
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[e.columns[i]] = plainText(cell)
		}
		e.rows = append(e.rows, row)
	}
	return e
}

func fromJSON(t *testing.T, text string) (e exported) {
	t.Helper()
	for _, object := range decode[[]map[string]any](t, text) {
		row := map[string]string{}
		for name, value := range object {
			switch v := value.(type) {
			case nil:
				row[name] = ""
			case json.Number:
				row[name] = plainText(v.String())
			case string:
				if number := plainText(v); number != v && strings.HasSuffix(name, "_yuan") {
					t.Errorf("%s is the text %q, want a number", name, v)
				}
				row[name] = plainText(v)
			default:
				t.Errorf("%s is %T", name, v)
			}
		}
		e.rows = append(e.rows, row)
	}
	return e
}

func fromParquet(t *testing.T, text string) (e exported) {
	t.Helper()
	table, err := pqarrow.ReadTable(t.Context(), bytes.NewReader([]byte(text)), parquet.NewReaderProperties(memory.DefaultAllocator), pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	for _, f := range table.Schema().Fields() {
		e.columns = append(e.columns, f.Name)
	}
	reader := array.NewTableReader(table, 0)
	defer reader.Release()
	for reader.Next() {
		record := reader.RecordBatch()
		for i := range int(record.NumRows()) {
			row := map[string]string{}
			for c, name := range e.columns {
				if row[name] = ""; !record.Column(c).IsNull(i) {
					row[name] = plainText(record.Column(c).ValueStr(i))
				}
			}
			e.rows = append(e.rows, row)
		}
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestExport writes every table in every format, to a file and to the standard output, and reads it back.
func TestExport(t *testing.T) {
	data, report := firstNight(t)
	importNight(t, data, sampleManifest(t), 2)
	report = decode[nightReport](t, must(t, "--data", data, "run", "--as-of", "2026-01-31", "--json"))
	must(t, "--data", data, "validate", "--as-of", "2024-12-31", "--save")
	rows := map[string]int{"evaluation": 90, "rating": 24, "movement": report.Moved, "budget_proposal": 30, "settlement_advice": 90}
	tables := map[string]exported{}
	for _, table := range store.Exports() {
		t.Run(table, func(t *testing.T) {
			formats := map[string]exported{}
			for format, read := range map[string]func(*testing.T, string) exported{"csv": fromCSV, "json": fromJSON, "parquet": fromParquet} {
				path := filepath.Join(t.TempDir(), "out."+format)
				if said := must(t, "--data", data, "export", table, "--format", format, "--out", path); said != "" {
					t.Errorf("an export to a file printed %q", said)
				}
				text := readFile(t, path)
				if printed := must(t, "--data", data, "export", table, "--format", format); printed != text {
					t.Errorf("%s to a file and to the standard output differ", format)
				}
				if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
					t.Errorf("%s: %d files were left, %v", format, len(left), err)
				}
				formats[format] = read(t, text)
			}
			tables[table] = formats["csv"]
			agree(t, formats, fixed[table])
			if want, known := rows[table]; known && len(formats["csv"].rows) != want {
				t.Errorf("%d rows, want %d", len(formats["csv"].rows), want)
			}
			if len(formats["csv"].rows) == 0 {
				t.Error("no row was exported: the sample tests nothing")
			}
		})
	}
	outcome(t, tables, report)
}

// agree checks that the formats hold the same rows, and the fixed columns.
func agree(t *testing.T, formats map[string]exported, columns []string) {
	t.Helper()
	want := formats["csv"]
	for _, name := range columns {
		if !slices.Contains(want.columns, name) {
			t.Errorf("there is no column %s among %v", name, want.columns)
		}
	}
	for _, format := range []string{"json", "parquet"} {
		got := formats[format]
		if len(got.rows) != len(want.rows) || format == "parquet" && !slices.Equal(got.columns, want.columns) {
			t.Errorf("%s has %d rows of %v, CSV has %d of %v", format, len(got.rows), got.columns, len(want.rows), want.columns)
			continue
		}
		for i, row := range got.rows {
			if !maps.Equal(row, want.rows[i]) {
				t.Errorf("row %d: %s has\n%v, CSV has\n%v", i+1, format, row, want.rows[i])
				break
			}
		}
	}
}

// outcome compares tables with the report of the run and with what was planted.
func outcome(t *testing.T, tables map[string]exported, report nightReport) {
	t.Helper()
	graded := map[string]int{}
	for _, e := range tables["evaluation"].rows {
		graded[orDefault(e["grade"], e["status"])]++
		if e["contract_no"] == "HT2025-00090" && (e["n_third_party"] != "0" || e["status"] != "held" || e["value"] != "") {
			t.Errorf("the contract without third party: got %v", e)
		}
	}
	if !maps.Equal(graded, report.Grades) {
		t.Errorf("exported grades %v, reported %v", graded, report.Grades)
	}
	levels := map[string]int{}
	for _, r := range tables["rating"].rows {
		levels[orDefault(r["level"], r["status"])]++
	}
	if !maps.Equal(levels, report.Levels) {
		t.Errorf("exported levels %v, reported %v", levels, report.Levels)
	}
	var base, change float64
	for _, p := range tables["budget_proposal"].rows {
		for column, sum := range map[string]*float64{"base_yuan": &base, "change_yuan": &change} {
			v, err := strconv.ParseFloat(p[column], 64)
			if err != nil {
				t.Error(err)
			}
			*sum += v
		}
		if p["reason"] == "" || p["reason"] == "[]" {
			t.Errorf("%s has no reason", p["contract_no"])
		}
	}
	if fen := func(yuan float64) int64 { return int64(yuan*100 + 0.5*sign(yuan)) }; fen(base) != report.BaseFen || fen(change) != report.ChangeFen {
		t.Errorf("exported %.2f and %.2f yuan, reported %d and %d fen", base, change, report.BaseFen, report.ChangeFen)
	}
	var candidates []string
	for _, c := range tables["blacklist_candidate"].rows {
		candidates = append(candidates, c["supplier_id"])
	}
	for _, id := range []string{"S0005", "S0009"} { // a false report; poor two years running
		if !slices.Contains(candidates, id) {
			t.Errorf("%s is not among the candidates %v", id, candidates)
		}
	}
}

func sign(v float64) float64 {
	if v < 0 {
		return -1
	}
	return 1
}

// TestMoneyShowsItsFen: whatever the format, an amount has two decimals.
func TestMoneyShowsItsFen(t *testing.T) {
	data, _ := firstNight(t)
	for format, pattern := range map[string]string{"csv": `(?m)^HT2025-\d+,\d+\.\d\d,-?\d+\.\d\d,`, "json": `"base_yuan":\d+\.\d\d,"change_yuan":-?\d+\.\d\d,"contract_no"`} {
		text := must(t, "--data", data, "export", "budget_proposal", "--format", format)
		if n := len(regexp.MustCompile(pattern).FindAllString(text, -1)); n != 30 {
			t.Errorf("%s: %d of 30 rows show the fen:\n%s", format, n, text[:500])
		}
	}
}
