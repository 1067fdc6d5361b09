package intake

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pingxin/pipelines/store"
)

// fuzzFile checks what has to be so of any bytes: the file is read whole or refused with a sentence and a known cause, the
// rows it hands out and those it refuses are all the rows there are, an inspection agrees that it can be read, and nothing
// takes long.
func fuzzFile(t *testing.T, kind Kind, content []byte) {
	t.Helper()
	started := time.Now()
	path := filepath.Join(t.TempDir(), "fuzz")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	seen, err := Inspect(t.Context(), path, Look{Choice: Choice{Kind: kind.Name}})
	if err != nil {
		t.Fatalf("inspect: %v", err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := newParser(t.Context(), f, kind, Options{Indicators: asked}, int64(len(content)))
	if err != nil {
		known(t, err)
		return
	}
	b, rows := p.batches(t.Context()), int64(0)
	for b.Next() {
		rows += b.RecordBatch().NumRows()
	}
	if b.Err() != nil {
		known(t, b.Err())
		return
	}
	if seen.Refused != nil && seen.Refused.Row == 0 {
		t.Errorf("the inspection refuses with %+v what can be read", seen.Refused)
	}
	if rows+int64(len(p.found.Rows)) != int64(b.rows) || b.rows == 0 {
		t.Errorf("%d rows handed out and %d refused of %d", rows, len(p.found.Rows), b.rows)
	}
	for _, fault := range p.found.Faults {
		knownFault(t, fault)
	}
	if took := time.Since(started); took > 2*time.Second*patience {
		t.Errorf("%d bytes took %v", len(content), took)
	}
}

func known(t *testing.T, err error) {
	t.Helper()
	refused, ok := err.(*FileError)
	if !ok {
		t.Fatalf("refused without a cause: %T %v", err, err)
	}
	knownFault(t, refused.Fault)
}

func knownFault(t *testing.T, f store.Fault) {
	t.Helper()
	if !slices.Contains(Causes, f.Cause) || f.Expected == "" {
		t.Errorf("a fault %+v of no known cause, or without a sentence", f)
	}
}

func scoreKind(f *testing.F) Kind {
	kind, err := KindOf("score")
	if err != nil {
		f.Fatal(err)
	}
	return kind
}

func FuzzCSV(f *testing.F) {
	kind := scoreKind(f)
	good := scoreHeader + row("E1", "80")
	for _, seed := range []string{good, "\ufeff" + strings.ReplaceAll(good, "\n", "\r\n"), "合同编号,\xff\xfe\r\r\n\"\"", scoreHeader + "\"", strings.ReplaceAll(good, ",", "\t"), "\xff\xfec\x00,\x00",
		scoreHeader + row("E1", "８８．５"), scoreHeader + row("E1", "=1+1"), "a,a\n1", scoreHeader + "\x00", "PAR1", "%PDF-1.7"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) { fuzzFile(t, kind, content) })
}

func FuzzJSONLines(f *testing.F) {
	kind := scoreKind(f)
	good := `{"contract_no":"HT2025-0001","indicator":"quality_professional","party":"third_party","evaluator_id":"E1","score":80,"scored_on":"2025-12-01"}`
	for _, seed := range []string{good, good + "\n" + good, `{"a":1,"a":2}`, `{"a":[1]}`, `{`, `{"score":1e9}`, "{}\n{}", good + "\r\n\r" + good, `{"合同编号":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) { fuzzFile(t, kind, append([]byte("{"), content...)) })
}

// FuzzXLSX puts a sheet and its shared texts, which the fuzzer makes, into a workbook that is well otherwise; random bytes
// hardly ever make a zip.
func FuzzXLSX(f *testing.F) {
	kind := scoreKind(f)
	parts := map[string][]byte{}
	good := workbookOf(f, "a", [][]any{sheetHeader, sheetRowOf("E1", 80, "2025-12-01")})
	r, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		f.Fatal(err)
	}
	for _, part := range r.File {
		in, err := part.Open()
		if err != nil {
			f.Fatal(err)
		}
		if parts[part.Name], err = io.ReadAll(in); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(parts["xl/worksheets/sheet1.xml"], parts["xl/sharedStrings.xml"], parts["xl/styles.xml"])
	for _, sheet := range []string{`<worksheet><sheetData><row r="9"><c r="ZZZ9"><v>1</v></c></row></sheetData></worksheet>`, `<row><c t="s"><v>99</v></c></row>`, `<row><c><v>1e400</v></c>`,
		`<row r="2"/><row r="1"/>`, `<row><c t="inlineStr"><is><r><t>a</t></r><rPh><t>b</t></rPh></is></c></row>`, `<row><c r="B1"/><c r="A1"/></row>`, `<row><c s="-1"><v>45000.5</v></c></row>`} {
		f.Add([]byte(sheet), []byte(`<sst><si><t>x</t></si></sst>`), []byte(`<styleSheet><numFmts><numFmt numFmtId="200" formatCode="[h]:mm"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>`))
	}
	f.Fuzz(func(t *testing.T, sheet, shared, styles []byte) {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for name, content := range parts {
			switch name {
			case "xl/worksheets/sheet1.xml":
				content = sheet
			case "xl/sharedStrings.xml":
				content = shared
			case "xl/styles.xml":
				content = styles
			}
			out, err := w.Create(name)
			if err == nil {
				_, err = out.Write(content)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		fuzzFile(t, kind, b.Bytes())
	})
}

func FuzzZip(f *testing.F) {
	kind := scoreKind(f)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"a.csv", "b/c.csv"} {
		out, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(out, scoreHeader+row("E1", "80"))
		}
		if err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()-10])
	f.Add(bytes.ReplaceAll(b.Bytes(), []byte("b/c.csv"), []byte("../.csv")))
	f.Add(workbookOf(f, "a", [][]any{sheetHeader}))
	f.Fuzz(func(t *testing.T, content []byte) {
		content = append([]byte("PK"), content...)
		fuzzFile(t, kind, content)
		path := filepath.Join(t.TempDir(), "fuzz.zip")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		z, err := OpenZip(path)
		if err != nil {
			known(t, err)
			return
		}
		if z == nil {
			return
		}
		defer z.Close()
		for _, m := range z.Members {
			if strings.Contains("/"+m.Name+"/", "/../") || strings.HasPrefix(m.Name, "/") {
				t.Errorf("a member is named %q", m.Name)
			}
			var out bytes.Buffer
			if err := z.Unpack(t.Context(), m, &out); err != nil {
				known(t, err)
			}
			if int64(out.Len()) > m.Size+1 {
				t.Errorf("%d bytes of a member of %d", out.Len(), m.Size)
			}
		}
	})
}

// FuzzParquet damages a good file at a place, and cuts it.
func FuzzParquet(f *testing.F) {
	kind := scoreKind(f)
	good := parquetScores(f, 3)
	for _, at := range []int{0, 4, len(good) / 2, len(good) - 9} {
		f.Add(at, []byte{0xff, 0}, 0)
		f.Add(at, []byte{}, len(good)-at)
	}
	f.Fuzz(func(t *testing.T, at int, with []byte, cut int) {
		content := bytes.Clone(good)
		if at < 0 || at > len(content) || cut < 0 || cut > len(content) {
			return
		}
		copy(content[at:], with)
		fuzzFile(t, kind, content[:len(content)-cut])
	})
}

// FuzzMapping: whatever the headers, every header gets one guess, no column is guessed twice, a guess names a column, and
// what a person said stands.
func FuzzMapping(f *testing.F) {
	f.Add("合同号,得分,评价人,日期,x", "得分", "score")
	f.Add("score,SCORE,评分,Score ", "score", "-")
	f.Add(strings.Repeat("合,", 100), "合", "contract_no")
	f.Fuzz(func(t *testing.T, headers, said, meant string) {
		if !utf8.ValidString(headers) || len(headers) > 2000 {
			return
		}
		header := strings.Split(headers, ",")
		l := Look{Choice: Choice{Mapping: map[string]string{said: meant}}, Remembered: map[string]string{said: "score"}}
		for i := range kinds {
			taken := map[string]bool{}
			guesses := guessMapping(&kinds[i], header, l)
			if len(guesses) != len(header) {
				t.Fatalf("%d guesses for %d headers", len(guesses), len(header))
			}
			for at, g := range guesses {
				if g.Header != header[at] || (g.Column == "") != (g.How == "none") || g.Column != "" && g.Column != LeftOut && kinds[i].columnOf(g.Column, nil) < 0 {
					t.Errorf("guess %+v for %q", g, header[at])
				}
				if g.Column != "" && g.Column != LeftOut && taken[g.Column] {
					t.Errorf("the column %s was guessed twice", g.Column)
				}
				taken[g.Column] = true
			}
		}
		for _, k := range guessKinds(header, l) {
			if k.Score < 0 || k.Score > 1 {
				t.Errorf("%+v", k)
			}
		}
	})
}
