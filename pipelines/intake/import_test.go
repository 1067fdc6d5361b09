package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"golang.org/x/text/encoding/simplifiedchinese"

	"pingxin/pipelines/store"
)

// desk is a store with something in it, and files to bring.
type desk struct {
	t  *testing.T
	st *store.Store
}

// newDesk opens an empty store and imports the examples of every kind before the score's.
func newDesk(t *testing.T) *desk {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &desk{t, st}
	for _, name := range []string{"organisation", "catalog_item", "contract"} {
		d.mustImport(name, "en.csv", Template(d.kind(name), "en"))
	}
	return d
}

func (d *desk) kind(name string) Kind {
	d.t.Helper()
	k, err := KindOf(name)
	if err != nil {
		d.t.Fatal(err)
	}
	return k
}

func (d *desk) file(name string, content []byte) string {
	d.t.Helper()
	path := filepath.Join(d.t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// asked is what a small policy asks: quality of the third party and recipients, satisfaction of recipients alone.
func asked(id string) ([]string, bool, string) {
	switch id {
	case "quality_professional":
		return []string{"recipient", "third_party"}, true, ""
	case "satisfaction_service":
		return []string{"recipient"}, true, ""
	}
	return nil, false, "one of: quality_professional, satisfaction_service"
}

func (d *desk) bring(kind, name string, content []byte) (Result, error) {
	d.t.Helper()
	return Import(d.t.Context(), d.st, d.kind(kind), d.file(name, content), Options{Indicators: asked})
}

func (d *desk) mustImport(kind, name string, content []byte) Result {
	d.t.Helper()
	r, err := d.bring(kind, name, content)
	if err != nil {
		d.t.Fatalf("import %s: %v", kind, err)
	}
	return r
}

// count answers a query for one number.
func (d *desk) count(query string, args ...any) (n int64) {
	d.t.Helper()
	err := d.st.Read(d.t.Context(), func(ctx context.Context, r *store.Reader) error { return r.Scan(ctx, []any{&n}, query, args...) })
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

const scoreHeader = "contract_no,indicator,party,evaluator_id,score,scored_on\n"

// row is a good row of scores by one evaluator.
func row(evaluator, score string) string {
	return "HT2025-0001,quality_professional,third_party," + evaluator + "," + score + ",2025-12-01\n"
}

func TestEveryTemplateImportsInBothLanguages(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		d := newDesk(t)
		for _, k := range Kinds() {
			if k.Name == "listing" { // nobody is listed by a file: TestNobodyIsListedByAFile
				continue
			}
			if r, err := d.bring(k.Name, lang+".csv", Template(k, lang)); err != nil || r.Receipt.Rows < 1 {
				t.Errorf("%s template of %s: %d rows, %v", lang, k.Name, r.Receipt.Rows, err)
			}
		}
	}
}

// Each case is a file of scores that is refused: what is wrong, where, and what the message must say.
func TestBadFilesAreRefusedWithPlaceAndRemedy(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          []string
	}{
		{"score over 100", scoreHeader + row("E1", "100.5"), []string{"row 2, score", `"100.5"`, "a score from 0 to 100"}},
		{"negative score", scoreHeader + row("E1", "-1"), []string{"row 2, score", `"-1"`}},
		{"exponent", scoreHeader + row("E1", "1e2"), []string{"row 2, score", `"1e2"`}},
		{"unit in the cell", scoreHeader + row("E1", "90分"), []string{"row 2, score", `"90分"`}},
		{"not a number", scoreHeader + row("E1", "NaN"), []string{"row 2, score", `"NaN"`}},
		{"hexadecimal", scoreHeader + row("E1", "0x50"), []string{"row 2, score", `"0x50"`}},
		{"thousands separator", scoreHeader + row("E1", `"1,000"`), []string{"row 2, score", `"1,000"`}},
		{"five decimals", scoreHeader + row("E1", "80.12345"), []string{"row 2, score", "four decimals"}},
		{"point without decimals", scoreHeader + row("E1", "80."), []string{"row 2, score"}},
		{"empty cell", scoreHeader + row("E1", "80") + row("E2", ""), []string{"row 3, score", `found ""`, "fill the cell in"}},
		{"impossible date", scoreHeader + strings.Replace(row("E1", "80"), "2025-12-01", "2025-02-30", 1), []string{"row 2, scored_on", `"2025-02-30"`, "date of the calendar"}},
		{"unknown party", scoreHeader + strings.Replace(row("E1", "80"), "third_party", "auditor", 1), []string{"row 2, party", `"auditor"`, "purchaser (购买主体)"}},
		{"unknown indicator", scoreHeader + strings.Replace(row("E1", "80"), "quality_professional", "beauty", 1), []string{"row 2, indicator", `"beauty"`, "quality_professional"}},
		{"party that the policy does not ask", scoreHeader + strings.Replace(row("E1", "80"), "quality_professional", "satisfaction_service", 1),
			[]string{"row 2, party", `"third_party"`, "recipient"}},
		{"unknown contract", scoreHeader + strings.Replace(row("E1", "80"), "HT2025-0001", "HT2025-0009", 1),
			[]string{"row 2, contract_no", `"HT2025-0009"`, "accepted contract", "import what it names first"}},
		{"one evaluator twice", scoreHeader + row("E1", "80") + row("E1", "81"), []string{"row 3", "which row 2 has too", "one row for each contract_no, indicator, party, evaluator_id"}},
		{"header twice", "contract_no,indicator,party,evaluator_id,score,合同编号\n", []string{"header", `"合同编号" twice`}},
		{"unknown header", "contract_no,indicator,party,evaluator_id,score,scored_on,weather\n" + row("E1", "80"), []string{"header", `"weather"`, "--map"}},
		{"missing column", "contract_no,indicator,party,evaluator_id,score\n", []string{"found no column scored_on (评分日期)", "pingxin template score"}},
		{"ragged row", scoreHeader + row("E1", "80") + "HT2025-0001,quality_professional\n", []string{"row 3: found 2 cells, expected the 6 cells of the header"}},
		{"NUL byte", scoreHeader + "HT\x00\n", []string{"line 2", "NUL byte"}},
		{"endless line", scoreHeader + strings.Repeat("x", lineMax+1), []string{"line 2: longer than 64 KiB"}},
		{"open quote", scoreHeader + "\"HT2025-0001,quality\n", []string{"nothing of it was stored"}},
		{"neither UTF-8 nor GB18030", scoreHeader + "\xff\xff,a,b,c,d,e\n", []string{"neither UTF-8 nor GB18030"}},
		{"UTF-16 with half a character", "\xff\xfec\x00\x00\xd8", []string{"neither UTF-8 nor GB18030"}},
		{"zip", "PK\x03\x04something", []string{"zip or XLSX file is damaged or cut off"}},
		{"empty file", "", []string{"the file is empty"}},
		{"header alone", scoreHeader, []string{"a header and no rows"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			before := d.count(`SELECT count(*) FROM batch`)
			r, err := d.bring("score", "bad.csv", []byte(c.content))
			if err == nil {
				t.Fatalf("accepted with receipt %+v", r.Receipt)
			}
			for _, want := range append(c.want, "bad.csv") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message does not say %q:\n%v", want, err)
				}
			}
			if d.count(`SELECT count(*) FROM score`) != 0 || d.count(`SELECT count(*) FROM batch`) != before {
				t.Error("something of a refused file was stored")
			}
		})
	}
}

func TestFaultsBeyondTheListAreCounted(t *testing.T) {
	d := newDesk(t)
	var b strings.Builder
	b.WriteString(scoreHeader)
	for i := range store.MaxFaults + 500 {
		b.WriteString(row(fmt.Sprintf("E%d", i), "101"))
	}
	b.WriteString(row("", "80"))
	_, err := d.bring("score", "many.csv", []byte(b.String()))
	var faults *FaultsError
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	if faults.Total != store.MaxFaults+501 || len(faults.Faults) != store.MaxFaults || faults.Causes["score_over_100"] != store.MaxFaults+500 || faults.Causes["empty"] != 1 {
		t.Errorf("found %d faults, %d listed, by cause %v", faults.Total, len(faults.Faults), faults.Causes)
	}
}

// The same three scores in every form in which a file may come; each must store the same ten-thousandths.
func TestFormsOfAFile(t *testing.T) {
	plain := scoreHeader + row("E1", "80") + row("E2", "87.25") + row("007", "0.0001")
	chinese := strings.Replace(plain, scoreHeader, "合同编号,指标,评价方,评价人编号,评分,评分日期\n", 1)
	chinese = strings.ReplaceAll(chinese, "third_party", "第三方")
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(chinese)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, content, note string }{
		{"plain", plain, ""},
		{"byte order mark", "\ufeff" + plain, ""},
		{"byte order mark and quoted header", "\ufeff" + strings.Replace(plain, "contract_no,", `"contract_no",`, 1), ""},
		{"CRLF", strings.ReplaceAll(plain, "\n", "\r\n"), ""},
		{"CR alone", strings.ReplaceAll(plain, "\n", "\r"), ""},
		{"no line end at the end", strings.TrimSuffix(plain, "\n"), ""},
		{"blank lines", strings.ReplaceAll(plain, "\n", "\n\n"), ""},
		{"Chinese", chinese, ""},
		{"GB18030", gb, "read as GB18030"},
		{"spaces around cells", strings.ReplaceAll(plain, ",", " , "), ""},
		{"full-width digits", strings.Replace(plain, "87.25", "８７．２５", 1), "full-width"},
		{"other dates", strings.Replace(strings.Replace(plain, "2025-12-01", "2025/12/1", 1), "2025-12-01", "2025年12月1日", 1), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			r := d.mustImport("score", "scores.csv", []byte(c.content))
			if n := d.count(`SELECT count(*) FROM score WHERE scored_on = DATE '2025-12-01' AND party = 3`); n != 3 || r.Receipt.Rows != 3 {
				t.Errorf("%d rows stored, %d on the receipt, expected 3", n, r.Receipt.Rows)
			}
			if sum := d.count(`SELECT sum(score_e4) FROM score`); sum != 800_000+872_500+1 {
				t.Errorf("the scores add up to %d ten-thousandths, expected 1672501", sum)
			}
			if d.count(`SELECT count(*) FROM rater WHERE evaluator_id = '007'`) != 1 {
				t.Error("the leading zeros of 007 are gone")
			}
			if notes := textOf(r.Notes); !strings.Contains(notes, c.note) || c.note == "" && notes != "" {
				t.Errorf("notes %q, expected %q", notes, c.note)
			}
		})
	}
}

func textOf(notes []Note) string {
	var all []string
	for _, n := range notes {
		all = append(all, n.Text)
	}
	return strings.Join(all, "; ")
}

// Line ends and characters that fall on the border of a read must not be lost.
func TestBordersOfReads(t *testing.T) {
	d := newDesk(t)
	var b strings.Builder
	b.WriteString("合同编号,指标,评价方,评价人编号,评分,评分日期\r")
	const rows = 40_000 // 2.6 MB: more than two reads
	for i := range rows {
		fmt.Fprintf(&b, "HT2025-0001,quality_professional,第三方,评%d,80,2025-12-01\r", i)
	}
	if r := d.mustImport("score", "long.csv", []byte(b.String())); r.Receipt.Rows != rows {
		t.Errorf("%d rows, expected %d", r.Receipt.Rows, rows)
	}
	if n := d.count(`SELECT count(*) FROM rater WHERE evaluator_id LIKE '评%'`); n != rows {
		t.Errorf("%d raters, expected %d", n, rows)
	}
}

func TestSameBytesSameReceipt(t *testing.T) {
	d := newDesk(t)
	content := []byte(scoreHeader + row("E1", "80"))
	first := d.mustImport("score", "one.csv", content)
	again := d.mustImport("score", "another-name.csv", content)
	if first.Repeated || !again.Repeated || first.Receipt != again.Receipt {
		t.Errorf("first %+v, again %+v", first, again)
	}
	if n := d.count(`SELECT count(*) FROM score`); n != 1 {
		t.Errorf("%d scores, expected 1", n)
	}
}

func TestACorrectedScoreReplacesAndIsKept(t *testing.T) {
	d := newDesk(t)
	d.mustImport("score", "first.csv", []byte(scoreHeader+row("E1", "80")+row("E2", "70")))
	r := d.mustImport("score", "second.csv", []byte(scoreHeader+row("E1", "85")))
	if r.Superseded != 1 {
		t.Errorf("%d rows superseded, expected 1", r.Superseded)
	}
	if sum := d.count(`SELECT sum(score_e4) FROM score`); sum != 850_000+700_000 {
		t.Errorf("the scores add up to %d, expected those of 85 and 70", sum)
	}
	if old := d.count(`SELECT sum(score_e4) FROM score_superseded`); old != 800_000 {
		t.Errorf("set aside %d, expected the 80", old)
	}
}

func TestHeadersCanBeMapped(t *testing.T) {
	d := newDesk(t)
	content := strings.Replace(scoreHeader, "score,", "得分,", 1) + row("E1", "80")
	if _, err := d.bring("score", "mapped.csv", []byte(content)); err == nil {
		t.Fatal("an unknown header was accepted")
	}
	_, err := Import(t.Context(), d.st, d.kind("score"), d.file("mapped.csv", []byte(content)), Options{Indicators: asked, Choice: Choice{Mapping: map[string]string{"得分": "score"}}})
	if err != nil {
		t.Error(err)
	}
}

func TestContractMustNotEndBeforeItStarts(t *testing.T) {
	d := newDesk(t)
	content := bytes.Replace(Template(d.kind("contract"), "en"), []byte("2025-02-01"), []byte("2025/12/21"), 1)
	_, err := d.bring("contract", "late.csv", content)
	if err == nil || !strings.Contains(err.Error(), "a day on or after the start 2025/12/21") {
		t.Errorf("found %v", err)
	}
}

// parquetScores is a Parquet file of scores, each by an evaluator of its own, whose number is a number there.
func parquetScores(t testing.TB, scores ...float64) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "contract_no", Type: arrow.BinaryTypes.String}, {Name: "indicator", Type: arrow.BinaryTypes.String},
		{Name: "party", Type: arrow.BinaryTypes.String}, {Name: "evaluator_id", Type: arrow.PrimitiveTypes.Int64}, {Name: "score", Type: arrow.PrimitiveTypes.Float64},
		{Name: "scored_on", Type: arrow.FixedWidthTypes.Date32}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i, score := range scores {
		b.Field(0).(*array.StringBuilder).Append("HT2025-0001")
		b.Field(1).(*array.StringBuilder).Append("quality_professional")
		b.Field(2).(*array.StringBuilder).Append("第三方")
		b.Field(3).(*array.Int64Builder).Append(int64(i))
		b.Field(4).(*array.Float64Builder).Append(score)
		b.Field(5).(*array.Date32Builder).Append(20423) // 2025-12-01: 20,423 days after 1970-01-01
	}
	var file bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &file, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(b.NewRecordBatch()), w.Close()); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// Numbers, dates and words of a Parquet file keep their values whatever their types.
func TestParquet(t *testing.T) {
	d := newDesk(t)
	file := parquetScores(t, 80, 87.25, 0.0001, 100)
	d.mustImport("score", "scores.parquet", file)
	if sum := d.count(`SELECT sum(score_e4) FROM score WHERE scored_on = DATE '2025-12-01'`); sum != 800_000+872_500+1+1_000_000 {
		t.Errorf("the scores add up to %d, expected 2672501", sum)
	}
	if _, err := d.bring("score", "cut.parquet", file[:len(file)/2]); err == nil || !strings.Contains(err.Error(), "Parquet file cannot be read") {
		t.Errorf("half a Parquet file: %v", err)
	}
	// numbers that share a place in what is remembered of their texts: 1024 whole numbers and more
	var many []float64
	for i := range 3000 {
		many = append(many, float64(i%1000)/10)
	}
	d.mustImport("score", "many.parquet", parquetScores(t, many...))
	if sum := d.count(`SELECT sum(score_e4) FROM score JOIN rater USING (rater_key) WHERE batch_id = (SELECT max(batch_id) FROM batch)
		AND score_e4 = evaluator_id::INTEGER % 1000 * 1000`); sum != 3*999*1000/2*1000 {
		t.Errorf("the scores that fit their evaluators add up to %d, expected 1498500000", sum)
	}
}

func TestMissingFileAndDirectory(t *testing.T) {
	d := newDesk(t)
	for path, want := range map[string]string{filepath.Join(t.TempDir(), "none.csv"): "no such file", t.TempDir(): "found a directory, expected a file"} {
		if _, err := Import(t.Context(), d.st, d.kind("score"), path, Options{Indicators: asked}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", path, err, want)
		}
	}
}
