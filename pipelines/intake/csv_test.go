package intake

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzCSVCells: of a text without NUL the reader of CSV finds the rows that the standard library's finds, cell by cell and
// with their lines, or an error where that finds one; what is read in one go or byte by byte is the same.
func FuzzCSVCells(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a,b\r\n\"1\r\n2\",\"\"\"\"\r\n", "a\rb\r\rc", "a,\"b", "a,b\"c", "\"a\"b", "\"a\",\n,\n", "\n\n,\n\"\n\n\"", "a\r\n\rb", "\"a\rb\"\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, 0) || len(text) > lineMax {
			return
		}
		plain := strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
		want, wantErr := standardRows(plain)
		for _, src := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			s := &csvSource{text: &lines{src: src, encoding: UTF8}, comma: ','}
			got, err := csvRows(func() ([]string, int64, error) {
				row, err := s.record()
				return s.cells, row, err
			})
			if (err == nil) != (wantErr == nil) || !slices.EqualFunc(got, want, csvRow.equal) {
				t.Fatalf("%q: found %v, %v; expected %v, %v", text, got, err, want, wantErr)
			}
		}
	})
}

type csvRow struct {
	line  int64
	cells []string
}

func (r csvRow) equal(o csvRow) bool { return r.line == o.line && slices.Equal(r.cells, o.cells) }

func standardRows(text string) ([]csvRow, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	return csvRows(func() ([]string, int64, error) {
		cells, err := r.Read()
		if err != nil {
			return nil, 0, err
		}
		line, _ := r.FieldPos(0)
		return cells, int64(line), nil
	})
}

// csvRows are the rows up to the end or an error.
func csvRows(next func() ([]string, int64, error)) (all []csvRow, err error) {
	for {
		cells, line, err := next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, csvRow{line, slices.Clone(cells)})
	}
}

// TestNothingIsMadeForACell: lines, cells and their values need no memory of their own, whatever the number of rows.
func TestNothingIsMadeForACell(t *testing.T) {
	line := "HT2025-0001,quality_professional,third_party,E1,87.5,2025-12-01\n"
	const rows = 10_000
	s := &csvSource{text: &lines{src: strings.NewReader(strings.Repeat(line, rows)), encoding: UTF8}, comma: ','}
	kind, err := KindOf("score")
	if err != nil {
		t.Fatal(err)
	}
	s.text.fill() // a block is one copy
	perRow := testing.AllocsPerRun(rows/10, func() {
		if _, err := s.record(); err != nil {
			t.Fatal(err)
		}
		for i, cell := range s.cells {
			plain, _ := narrow(cell)
			if _, trouble := kind.Columns[i].parse(plain); trouble != nil {
				t.Fatal(trouble)
			}
		}
	})
	if perRow != 0 {
		t.Errorf("%v allocations a row, expected none", perRow)
	}
}

// TestLinesOverBlocks: a text longer than several blocks comes out line by line as it went in, whatever ends the lines.
func TestLinesOverBlocks(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r"} {
		var text strings.Builder
		var want []string
		for i := 0; text.Len() < 3*blockSize; i++ {
			want = append(want, strings.Repeat("x", i*7919%lineMax))
			text.WriteString(want[i] + end)
		}
		l := &lines{src: strings.NewReader(text.String()), encoding: UTF8}
		for i, w := range want {
			if got, err := l.next(); err != nil || got != w {
				t.Fatalf("%q: line %d has %d bytes, %v; expected %d", end, i+1, len(got), err, len(w))
			}
		}
		if _, err := l.next(); !errors.Is(err, io.EOF) {
			t.Errorf("%q: %v behind the last line", end, err)
		}
	}
}

// TestCharactersOverBlocks: a text is UTF-8 wherever its characters fall into what is read at once, which holds a whole number
// of bytes and not of characters; and one that is not UTF-8 at its very end is not.
func TestCharactersOverBlocks(t *testing.T) {
	for shift := range 4 {
		text := strings.Repeat("x", shift) + strings.Repeat("养老服务", 3*blockSize/12)
		for good, end := range map[bool]string{true: "。", false: "\xe5\x85"} {
			path := filepath.Join(t.TempDir(), "text")
			if err := os.WriteFile(path, []byte(text+end), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if valid, err := isUTF8(f); err != nil || valid != good {
				t.Errorf("shifted by %d bytes: valid %t, %v; expected %t", shift, valid, err, good)
			}
		}
	}
}
