package intake

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/unicode"

	"pingxin/pipelines/store"
)

// workbookOf makes an XLSX file by another's hand: each sheet a name and its rows.
func workbookOf(t testing.TB, sheets ...any) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	for i := 0; i < len(sheets); i += 2 {
		name := sheets[i].(string)
		if i == 0 {
			if err := book.SetSheetName("Sheet1", name); err != nil {
				t.Fatal(err)
			}
		} else if _, err := book.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for r, row := range sheets[i+1].([][]any) {
			for c, value := range row {
				cell, err := excelize.CoordinatesToCellName(c+1, r+1)
				if err == nil {
					err = book.SetCellValue(name, cell, value)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// styled sets the number format of cells.
func styled(t testing.TB, content []byte, format string, cells ...string) []byte {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	style, err := book.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range cells {
		if err := book.SetCellStyle(book.GetSheetName(0), cell, cell, style); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var sheetHeader = []any{"合同编号", "指标", "评价方", "评价人编号", "评分", "评分日期"}

func sheetRowOf(evaluator, score, day any) []any {
	return []any{"HT2025-0001", "quality_professional", "第三方", evaluator, score, day}
}

// The cells of a workbook keep what was typed: numbers without what a format or a binary fraction makes of them, dates as
// days, texts that look like numbers, and codes whose zeros may be lost are told of.
func TestWorkbookCells(t *testing.T) {
	d := newDesk(t)
	day := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	content := workbookOf(t, "评分", [][]any{sheetHeader, sheetRowOf("007", 88.5, day), sheetRowOf("E2", "87.25", "2025-12-01"), nil, sheetRowOf(8, 0.0001, "2025/12/1"),
		sheetRowOf("E4", 0.1+0.2, 45992), sheetRowOf("E5", 100, "2025年12月1日")})
	content = styled(t, content, "0", "E2")          // 88.5 shown as 89
	content = styled(t, content, "yyyy\"年\"m", "F2") // a day shown as its month
	r := d.mustImport("score", "scores.xlsx", content)
	if n := d.count(`SELECT count(*) FROM score WHERE scored_on = DATE '2025-12-01'`); n != 5 || r.Receipt.Rows != 5 {
		t.Errorf("%d rows of that day, %d on the receipt, expected 5", n, r.Receipt.Rows)
	}
	if sum := d.count(`SELECT sum(score_e4) FROM score`); sum != 885_000+872_500+1+3_000+1_000_000 {
		t.Errorf("the scores add up to %d ten-thousandths, expected 2760501", sum)
	}
	if d.count(`SELECT count(*) FROM rater WHERE evaluator_id IN ('007', '8')`) != 2 {
		t.Error("the code written as text lost its zeros")
	}
	var codes []string
	for _, n := range r.Notes {
		codes = append(codes, n.Code)
	}
	if !slices.Equal(codes, []string{"numbers_in_codes", "day_numbers"}) {
		t.Errorf("notes %v", r.Notes)
	}
	if got := d.count(`SELECT max(row_no) FROM score`); got != 7 {
		t.Errorf("the last row is %d, expected 7 as the spreadsheet counts", got)
	}
}

func TestWorkbookFaults(t *testing.T) {
	for _, c := range []struct {
		name    string
		content []byte
		choice  Choice
		want    string
	}{
		{"a share of a hundred", styled(t, workbookOf(t, "a", [][]any{sheetHeader, sheetRowOf("E1", 0.885, "2025-12-01")}), "0.0%", "E2"), Choice{}, `row 2, score: found "88.5%"`},
		{"a day with a time", workbookOf(t, "a", [][]any{sheetHeader, sheetRowOf("E1", 80, time.Date(2025, 12, 1, 12, 30, 0, 0, time.UTC))}), Choice{}, `found "2025-12-01 12:30:00"`},
		{"a cell beside the table", workbookOf(t, "a", [][]any{sheetHeader, append(sheetRowOf("E1", 80, "2025-12-01"), "remark")}), Choice{}, "row 2: found 7 cells"},
		{"a sheet that is not there", workbookOf(t, "a", [][]any{sheetHeader}, "b", [][]any{}), Choice{Sheet: "c"}, `found no sheet "c", expected one of a, b`},
		{"an empty workbook", workbookOf(t, "a", [][]any{}), Choice{}, "the sheet is empty"},
		{"a header alone", workbookOf(t, "a", [][]any{sheetHeader}), Choice{}, "a header and no rows"},
		{"cut off", workbookOf(t, "a", [][]any{sheetHeader})[:2000], Choice{}, "damaged or cut off"},
		{"an old workbook", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Choice{}, "old .xls or an encrypted workbook"},
		{"a bomb", bombOf(t), Choice{}, "unpacks to more than 128 MiB"},
		{"a lying bomb", liar(bombOf(t)), Choice{}, "bad.xlsx was refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			started := time.Now()
			_, err := Import(t.Context(), d.st, d.kind("score"), d.file("bad.xlsx", c.content), Options{Indicators: asked, Choice: c.choice})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("found %v, expected %q", err, c.want)
			}
			if took := time.Since(started); took > 2*time.Second*patience {
				t.Errorf("refused after %v", took)
			}
		})
	}
}

// patience is for machines on which much else is running.
const patience = 4

// bombOf is a workbook whose sheet unpacks to a gigabyte.
func bombOf(t testing.TB) []byte {
	t.Helper()
	good := workbookOf(t, "a", [][]any{sheetHeader})
	r, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, part := range r.File {
		out, err := w.Create(part.Name)
		if err != nil {
			t.Fatal(err)
		}
		in, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		if part.Name == "xl/worksheets/sheet1.xml" {
			fmt.Fprint(out, `<worksheet><sheetData><row>`)
			for _, title := range sheetHeader {
				fmt.Fprintf(out, `<c t="inlineStr"><is><t>%s</t></is></c>`, title)
			}
			fmt.Fprint(out, `</row>`)
			row := []byte(strings.Repeat(`<row><c t="inlineStr"><is><t>x</t></is></c></row>`, 1000))
			for range 4000 {
				if _, err := out.Write(row); err != nil {
					t.Fatal(err)
				}
			}
			continue
		}
		if _, err := io.Copy(out, in); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// liar makes the directory of a zip say of every file of more than a megabyte that it has a few bytes.
func liar(content []byte) []byte {
	content = bytes.Clone(content)
	for at := 0; ; {
		next := bytes.Index(content[at:], []byte("PK\x01\x02"))
		if next < 0 {
			return content
		}
		at += next
		if size := content[at+24 : at+28]; size[3] > 0 || size[2] > 0x10 {
			copy(size, []byte{0, 0, 8, 0})
		}
		at += 4
	}
}

// Of a workbook with several sheets the chosen one is read; the same bytes read otherwise are not taken for the same file.
func TestSheetsOfOneWorkbook(t *testing.T) {
	d := newDesk(t)
	content := workbookOf(t, "一季度", [][]any{sheetHeader, sheetRowOf("E1", 80, "2025-03-01")}, "二季度", [][]any{sheetHeader, sheetRowOf("E1", 90, "2025-06-01")})
	bring := func(sheet string) (Result, error) {
		return Import(t.Context(), d.st, d.kind("score"), d.file("two.xlsx", content), Options{Indicators: asked, Choice: Choice{Sheet: sheet}})
	}
	r, err := bring("二季度")
	if err != nil || d.count(`SELECT sum(score_e4) FROM score`) != 900_000 {
		t.Fatalf("%+v, %v", r, err)
	}
	reading, err := ReadingOf(d.st, r.Receipt)
	if err != nil || reading.Sheet != "二季度" {
		t.Errorf("the receipt remembers %+v, %v", reading, err)
	}
	if again, err := bring("二季度"); err != nil || !again.Repeated {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := bring("一季度"); err == nil || !strings.Contains(err.Error(), "another sheet, encoding or mapping") {
		t.Errorf("the other sheet of the same file: %v", err)
	}
	if _, err := d.st.Withdraw(t.Context(), r.Receipt.Batch, store.Uploader{}, "wrong sheet"); err != nil {
		t.Fatal(err)
	}
	if _, err := bring("二季度"); err == nil || !strings.Contains(err.Error(), "was withdrawn") {
		t.Errorf("the withdrawn file again: %v", err)
	}
}

func TestJSONLines(t *testing.T) {
	good := `{"contract_no":"HT2025-0001","indicator":"quality_professional","party":"third_party","evaluator_id":"007","score":88.5,"scored_on":"2025-12-01"}`
	d := newDesk(t)
	r := d.mustImport("score", "scores.jsonl", []byte(good+"\n\n"+strings.Replace(good, `"007","score":88.5`, `"E2","score":"1"`, 1)))
	if r.Receipt.Rows != 2 || d.count(`SELECT sum(score_e4) FROM score`) != 895_000 || d.count(`SELECT max(row_no) FROM score`) != 3 {
		t.Errorf("%+v", r)
	}
	for name, c := range map[string]struct{ content, want string }{
		"cut":             {good + "\n" + good[:40], "row 2: found"},
		"twice":           {good + "\n" + strings.Replace(good, `"party"`, `"score"`, 1), "each name once"},
		"nested":          {good + "\n" + strings.Replace(good, `"007"`, `{"a":1}`, 1), "without brackets"},
		"an array":        {"[" + good + "]", "JSON array"},
		"something after": {good + " x", "nothing behind the object"},
		"exponent":        {strings.Replace(good, "88.5", "8e1", 1), `row 1, score: found "8e1"`},
		"a list":          {"{}\n{}", "expected a JSON object"},
	} {
		if _, err := d.bring("score", "bad.jsonl", []byte(c.content)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: found %v, expected %q", name, err, c.want)
		}
	}
}

// What a text may come as besides; each gives the same score.
func TestTextForms(t *testing.T) {
	plain := scoreHeader + row("E1", "80") + row("E2", "87.25")
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(plain, ",", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, content, note string }{
		{"tabs", strings.ReplaceAll(plain, ",", "\t"), "separated by a tab"},
		{"semicolons", strings.ReplaceAll(plain, ",", ";"), "separated by a semicolon"},
		{"UTF-16 with tabs, as spreadsheets write Unicode text", utf16, "read as UTF-16"},
		{"mixed line ends", strings.Replace(plain, "\n", "\r\n", 1), "CRLF 1, LF 2"},
	} {
		d := newDesk(t)
		r := d.mustImport("score", "scores.txt", []byte(c.content))
		if sum := d.count(`SELECT sum(score_e4) FROM score`); sum != 1_672_500 {
			t.Errorf("%s: the scores add up to %d", c.name, sum)
		}
		if said := textOf(r.Notes); !strings.Contains(said, c.note) {
			t.Errorf("%s: notes %q, expected %q", c.name, said, c.note)
		}
	}
}

// An encoding that does not fit is refused with its place, whoever chose it.
func TestChosenEncoding(t *testing.T) {
	d := newDesk(t)
	path := d.file("gb.csv", []byte(scoreHeader+"\xba\xcf,quality_professional,third_party,E1,80,2025-12-01\n"))
	seen, err := Inspect(t.Context(), path, Look{Choice: Choice{Encoding: UTF8}})
	if err != nil || seen.Refused == nil || seen.Refused.Cause != "bad_encoding" {
		t.Errorf("%+v, %v", seen.Refused, err)
	}
	if seen, err = Inspect(t.Context(), path, Look{}); err != nil || seen.Encoding != GB18030 || seen.Sample[0][0] != "合" {
		t.Errorf("%+v, %v", seen, err)
	}
}

// The guesses say why they were made, and rest on a person's word before anything else.
func TestGuesses(t *testing.T) {
	d := newDesk(t)
	path := d.file("odd.csv", []byte("合同号,评价指标,评价方,评分人编号,得分,scored_no,备注\nHT2025-0001,quality_professional,第三方,E1,80,2025-12-01,x\n"))
	seen, err := Inspect(t.Context(), path, Look{})
	if err != nil {
		t.Fatal(err)
	}
	if seen.Kinds[0].Kind != "score" || seen.Kinds[0].Score >= 1 || len(seen.Missing) != 0 {
		t.Errorf("kinds %v, missing %v", seen.Kinds, seen.Missing)
	}
	var got []string
	for _, g := range seen.Mapping {
		got = append(got, g.Column+" "+g.How)
	}
	if want := []string{"contract_no synonym", "indicator synonym", "party title", "evaluator_id synonym", "score synonym", "scored_on near", " none"}; !slices.Equal(got, want) {
		t.Errorf("guessed %v, expected %v", got, want)
	}
	seen, err = Inspect(t.Context(), path, Look{Remembered: map[string]string{"得分": "contract_no", "备注": LeftOut}, Choice: Choice{Kind: "score", Mapping: map[string]string{"合同号": "score"}}})
	if err != nil {
		t.Fatal(err)
	}
	if g := seen.Mapping; g[0].Column != "score" || g[0].How != "chosen" || g[4].Column != "contract_no" || g[4].How != "remembered" || g[6].Column != LeftOut || !g[6].Sure() {
		t.Errorf("guessed %+v", g)
	}
}

// Faults of cells and those beside what is stored come together, in the order of rows, all counted.
func TestFaultsComeTogether(t *testing.T) {
	d := newDesk(t)
	content := scoreHeader + row("E1", "101") + strings.Replace(row("E2", "80"), "HT2025-0001", "HT9", 1) + row("E3", "80") + row("E3", "81") + row("E4", "x")
	var heard []string
	p, err := Check(t.Context(), d.st, d.kind("score"), File{"a.csv", d.file("a.csv", []byte(content))}, Options{Indicators: asked}, Operator, func(f store.Fault) { heard = append(heard, f.Cause) })
	if err != nil {
		t.Fatal(err)
	}
	if p.Rows != 5 || p.Refused != 5 || p.Total != 5 || p.New != 0 || len(p.Causes) != 4 || len(heard) != 5 {
		t.Errorf("%+v, heard %v", p, heard)
	}
	for i, f := range p.Faults {
		if f.Row != int64(i+2) {
			t.Errorf("fault %d is of row %d", i, f.Row)
		}
	}
	_, err = d.bring("score", "a.csv", []byte(content))
	var faults *FaultsError
	if !errors.As(err, &faults) || faults.Total != p.Total || fmt.Sprint(faults.Faults) != fmt.Sprint(p.Faults) {
		t.Errorf("the check says %v and the import %v", p.Faults, err)
	}
}

// A million bad cells are counted in bounded memory.
func TestAMillionFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("a million rows")
	}
	d := newDesk(t)
	path := d.file("bad.csv", []byte(scoreHeader+strings.Repeat(row("E1", "101"), 1_000_000)))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	started := time.Now()
	p, err := Check(t.Context(), d.st, d.kind("score"), File{"bad.csv", path}, Options{Indicators: asked}, Operator, nil)
	if err != nil || p.Total != 1_000_000 || p.Refused != 1_000_000 || len(p.Faults) != store.MaxFaults {
		t.Fatalf("%d faults, %d rows, %v", p.Total, p.Refused, err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("a million faults in %v", time.Since(started))
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 50<<20 {
		t.Errorf("%d MiB are held", held>>20)
	}
}

// The copies of a file that was refused: its bad cells marked, its refused rows alone, and nothing that a spreadsheet
// would compute.
func TestCopiesOfARefusedFile(t *testing.T) {
	d := newDesk(t)
	content := scoreHeader + row("E1", "101") + row("=cmd()", "x") + row("E3", "80") + strings.Replace(row("E4", "80"), "HT2025-0001", "HT9", 1)
	file, o := File{"a.csv", d.file("a.csv", []byte(content))}, Options{Indicators: asked}
	p, err := Check(t.Context(), d.st, d.kind("score"), file, o, Operator, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := RefusedRows(t.Context(), d.st, d.kind("score"), file, o, Operator, InEnglish, &b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 4 || !strings.HasSuffix(lines[0], "scored_on,reasons") || !strings.Contains(lines[1], `found ""101""`) || !strings.Contains(lines[2], "'=cmd()") || !strings.Contains(lines[3], "HT9") {
		t.Errorf("the refused rows:\n%s", b.String())
	}
	b.Reset()
	if err := MarkedCopy(t.Context(), d.kind("score"), file, o, p, InEnglish, &b); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("rows")
	if err != nil || len(rows) != 5 || rows[1][4] != "101" || !strings.Contains(rows[1][6], "a score from 0 to 100") || len(rows[3]) > 6 && rows[3][6] != "" {
		t.Errorf("the marked copy: %v, %v", rows, err)
	}
	marked, err := book.GetCellStyle("rows", "E2")
	plain, err2 := book.GetCellStyle("rows", "E4")
	if err != nil || err2 != nil || marked == 0 || plain != 0 {
		t.Errorf("styles %d and %d, %v, %v", marked, plain, err, err2)
	}
	if comments, err := book.GetComments("rows"); err != nil || len(comments) != 3 || comments[0].Cell != "E2" {
		t.Errorf("comments %+v, %v", comments, err)
	}
	if listed, err := book.GetRows("faults"); err != nil || len(listed) != 9 {
		t.Errorf("the list of faults: %v, %v", listed, err)
	}
}

// A file that was accepted in part, by a mapping, gives the same rows again from the archive and its receipt.
func TestReadingBringsTheSameRowsAgain(t *testing.T) {
	content := strings.Replace(scoreHeader, "score,", "得分,", 1) + row("E1", "80") + row("E2", "101") + row("E3", "90")
	o := Options{Indicators: asked, Choice: Choice{Mapping: map[string]string{"得分": "score"}}}
	d := newDesk(t)
	as := Operator
	as.Partial = true
	r, err := Accept(t.Context(), d.st, d.kind("score"), File{"a.csv", d.file("a.csv", []byte(content))}, o, as)
	if err != nil || r.Receipt.Rows != 2 || r.Receipt.LeftOut != 1 || r.LeftOut.Total != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	reading, err := ReadingOf(d.st, r.Receipt)
	if err != nil || len(reading.LeftOut) != 1 || reading.LeftOut[0] != (Rows{3, 3}) || reading.Mapping["得分"] != "score" {
		t.Fatalf("%+v, %v", reading, err)
	}
	f, err := os.Open(d.st.ArchivePath(r.Receipt.SHA256))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := newParser(t.Context(), f, d.kind("score"), Options{Indicators: asked, Choice: reading.Choice}, 0)
	if err != nil {
		t.Fatal(err)
	}
	p.passed = reading.LeftOut
	rows, b := int64(0), p.batches(t.Context())
	for b.Next() {
		rows += b.RecordBatch().NumRows()
	}
	if rows != r.Receipt.Rows || p.found.Total != 0 || b.Err() != nil {
		t.Errorf("%d rows with %d faults, %v; expected the %d of the receipt", rows, p.found.Total, b.Err(), r.Receipt.Rows)
	}
}

// TestCauses: every cause and every note that the sources name is in the lists that pages have sentences for, and none
// besides.
func TestCauses(t *testing.T) {
	named := map[string]bool{}
	for _, pattern := range []string{"*.go", "../store/*.go", "desk/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			causesIn(t, name, named)
		}
	}
	for _, c := range []string{"unknown_contract_no", "unknown_supplier_id", "unknown_purchaser_id", "unknown_item_code", "unknown_version_id", "unknown_plan_no"} {
		named[c] = true // made of the column's name
	}
	listed := slices.Concat(Causes, NoteCodes)
	for code := range named {
		if !slices.Contains(listed, code) {
			t.Errorf("%s is not in the lists", code)
		}
	}
	for _, code := range listed {
		if !named[code] {
			t.Errorf("no source names %s", code)
		}
	}
}

// causesIn collects the causes that a source names: in literals of faults and troubles, and as what these functions take.
func causesIn(t *testing.T, name string, named map[string]bool) {
	t.Helper()
	f, err := goparser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && !strings.Contains(s, "unknown_") || s == "unknown_indicator" {
				named[s] = true
			}
		}
	}
	at := map[string]int{"say": 0, "refuse": 0, "jsonError": 0, "decimal": 3, "tooLarge": 0, "checkSizes": 3}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Cause" || key.Name == "cause") {
				text(n.Value)
			}
		case *ast.CallExpr:
			called := ""
			switch fun := n.Fun.(type) {
			case *ast.Ident:
				called = fun.Name
			case *ast.SelectorExpr:
				called = fun.Sel.Name
			}
			if i, ok := at[called]; ok && i < len(n.Args) {
				text(n.Args[i])
			}
		}
		return true
	})
}

// XLSX of 200,000 rows in bounded memory; by hand, as it takes a while.
func TestLargeWorkbook(t *testing.T) {
	if os.Getenv("PINGXIN_LONG") == "" {
		t.Skip("PINGXIN_LONG is not set")
	}
	book := excelize.NewFile()
	w, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	const rows = 200_000
	for i := range rows + 1 {
		cells := sheetHeader
		if i > 0 {
			cells = sheetRowOf(fmt.Sprintf("E%d", i), 80.5, "2025-12-01")
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "large.xlsx")
	if err := errors.Join(w.Flush(), book.SaveAs(path), book.Close()); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	runtime.GC()
	started := time.Now()
	r, err := Import(t.Context(), d.st, d.kind("score"), path, Options{Indicators: asked})
	if err != nil || r.Receipt.Rows != rows {
		t.Fatalf("%+v, %v", r, err)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%v, %d MiB from the system", time.Since(started), m.Sys>>20)
	if m.Sys > 300<<20 {
		t.Errorf("%d MiB", m.Sys>>20)
	}
}
