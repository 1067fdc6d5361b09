package intake

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// parquetTable is a Parquet file of rows of texts, in columns of these types; an empty text is a null.
func parquetTable(t *testing.T, header []string, types []arrow.DataType, rows [][]string) []byte {
	t.Helper()
	var fields []arrow.Field
	for i, name := range header {
		fields = append(fields, arrow.Field{Name: name, Type: types[i], Nullable: true})
	}
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for _, row := range rows {
		for i, cell := range row {
			if cell == "" {
				b.Field(i).AppendNull()
			} else if err := b.Field(i).AppendValueFromString(cell); err != nil {
				t.Fatal(err)
			}
		}
	}
	var file bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &file, parquet.NewWriterProperties(parquet.WithMaxRowGroupLength(9_000)), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(b.NewRecordBatch()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// rowSource hides that a source has columns.
type rowSource struct{ source }

// readAs reads a file to its end and returns its rows as text.
func readAs(t *testing.T, kind string, file []byte, byRow bool) (rows []string, p *parser) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.parquet")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	k, err := KindOf(kind)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = newParser(t.Context(), f, k, Options{Indicators: asked}, int64(len(file))); err != nil {
		t.Fatal(err)
	}
	if src := p.src; byRow {
		p.src = rowSource{src}
	}
	b := p.batches(t.Context())
	for b.Next() {
		batch := b.RecordBatch()
		for i := range int(batch.NumRows()) {
			var row strings.Builder
			for c, column := range batch.Columns() {
				fmt.Fprintf(&row, "%s=%s|", batch.ColumnName(c), column.ValueStr(i))
			}
			rows = append(rows, row.String())
		}
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return rows, p
}

// TestColumnsAsRows: what is read by columns is what is read row by row: the rows, the faults in their order, the notes.
func TestColumnsAsRows(t *testing.T) {
	const rows = batchRows + 300
	text, whole, real, day := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float64, arrow.FixedWidthTypes.Date32
	texts := func(n int) []arrow.DataType { return slices.Repeat([]arrow.DataType{text}, n) }
	score := []string{"contract_no", "indicator", "party", "evaluator_id", "score", "scored_on"}
	scoreRow := func(i int) []string {
		return []string{fmt.Sprint("HT", i%700), []string{"quality_professional", "satisfaction_service"}[i%2], "recipient", fmt.Sprint("E", i), fmt.Sprint(i % 101), "2025-03-31"}
	}
	with := func(at, column int, cell string) func(i int) []string {
		return func(i int) []string {
			row := scoreRow(i)
			if i == at {
				row[column] = cell
			}
			return row
		}
	}
	for _, c := range []struct {
		name, kind string
		header     []string
		types      []arrow.DataType
		row        func(i int) []string
	}{
		{"texts", "score", score, texts(6), scoreRow},
		{"whole numbers and days", "score", score, []arrow.DataType{text, text, text, text, whole, day}, scoreRow},
		{"real numbers", "score", score, []arrow.DataType{text, text, text, text, real, day}, with(7, 4, "87.25")},
		{"many real numbers", "score", score, []arrow.DataType{text, text, text, text, real, text}, func(i int) []string {
			row := scoreRow(i)
			row[4] = fmt.Sprint(float64(i%1_000_001) / 10_000)
			return row
		}},
		{"large texts", "score", score, []arrow.DataType{arrow.BinaryTypes.LargeString, text, text, arrow.BinaryTypes.LargeString, whole, day}, scoreRow},
		{"columns by turns", "score", []string{"scored_on", "评分", "evaluator_id", "party", "indicator", "合同编号"}, []arrow.DataType{day, real, text, text, text, text},
			func(i int) []string { row := scoreRow(i); slices.Reverse(row); return row }},
		{"a score above the scale", "score", score, []arrow.DataType{text, text, text, text, whole, day}, with(batchRows+3, 4, "101")},
		{"full-width digits and spaces", "score", score, texts(6), func(i int) []string {
			row := scoreRow(i)
			if i%5000 == 0 {
				row[4], row[3], row[2] = "８７．５", " Ｅ"+row[3], "服务对象"
			}
			return row
		}},
		{"spaces around a rater", "score", score, texts(6), with(batchRows+9, 3, " E 1 ")},
		{"raters who repeat behind many who do not", "score", score, texts(6), func(i int) []string {
			row := scoreRow(i)
			if i >= batchRows {
				row[3] = fmt.Sprint(" E"[i/200%2:], i%10) // some with a space in front
			}
			return row
		}},
		{"no rater among those who repeat", "score", score, texts(6), func(i int) []string {
			row := scoreRow(i)
			if i >= batchRows {
				row[3] = []string{"E1", "E2", "E3", ""}[i%100/33]
			}
			return row
		}},
		{"no rater", "score", score, texts(6), with(5, 3, "")},
		{"an unknown indicator", "score", score, texts(6), with(rows-1, 1, "cheapness")},
		{"a party that is not asked", "score", score, texts(6), with(11, 2, "purchaser")},
		{"a word that is none", "score", score, texts(6), with(11, 2, "neighbour")},
		{"a bad day", "score", score, texts(6), with(batchRows+1, 5, "2025-02-30")},
		{"amounts and empty cells", "payment", []string{"contract_no", "stage", "due_on", "paid_on", "amount_yuan"}, []arrow.DataType{text, whole, day, day, real}, func(i int) []string {
			paid := ""
			if i%3 > 0 {
				paid = "2025-07-01"
			}
			return []string{fmt.Sprint("HT", i), fmt.Sprint(i % 4), "2025-06-30", paid, fmt.Sprint(float64(i) / 4)}
		}},
		{"contracts that end before they start", "contract",
			[]string{"contract_no", "purchaser_id", "supplier_id", "item_code", "method", "amount_yuan", "start_on", "end_on", "budget_year"}, texts(9), func(i int) []string {
				return []string{fmt.Sprint("HT", i), "P1", "S1", "A1", "询价", "1000.50", "2025-01-10", fmt.Sprintf("2025-01-%02d", 9+i%3), "2025"}
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := make([][]string, rows)
			for i := range table {
				table[i] = c.row(i)
			}
			file := parquetTable(t, c.header, c.types, table)
			got, by := readAs(t, c.kind, file, false)
			want, row := readAs(t, c.kind, file, true)
			if len(got) == 0 || len(got) != len(want) {
				t.Fatalf("%d rows, %d read one by one", len(got), len(want))
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("row %d is %s, read one by one %s", i, got[i], want[i])
				}
			}
			if !reflect.DeepEqual(by.found, row.found) {
				t.Errorf("found %+v, row by row %+v", by.found, row.found)
			}
			if !reflect.DeepEqual(by.notes(), row.notes()) {
				t.Errorf("noted %+v, row by row %+v", by.notes(), row.notes())
			}
		})
	}
}

// TestUntouchedCells: what is passed over without being read, reading finds nothing in and leaves as it is; and what it finds
// anything in is not passed over.
func TestUntouchedCells(t *testing.T) {
	cells := []string{"", "E1", "007", "~", "a b", " a", "a ", "a\t", "\x00", "\x7f", "é", "Ｅ1", "评", strings.Repeat("x", textMax), strings.Repeat("x", textMax+1)}
	passed := 0
	for _, kind := range Kinds() {
		for _, c := range kind.Columns {
			for _, cell := range cells {
				v := c.look(cell)
				asItIs := v.given && v.trouble == nil && !v.narrowed && v.text == cell
				if c.untouched(cell) {
					if passed++; !asItIs {
						t.Errorf("%s.%s: %.20q is passed over, and reading makes %+v of it", kind.Name, c.Name, cell, v)
					}
				}
			}
		}
	}
	if passed == 0 {
		t.Error("no cell is passed over")
	}
}

// TestTextsOfPages: the texts of a column are those of its rows, in whatever way the pages hold them, across pages and groups of rows,
// with nulls and without, empty, many alike and none.
func TestTextsOfPages(t *testing.T) {
	const rows = 2*batchRows + 100
	type row func(i int) string // "" is a null
	for name, of := range map[string]row{
		"few":            func(i int) string { return fmt.Sprint("HT", i%50) },
		"few with nulls": func(i int) string { return []string{"", "a", "b", ""}[i/3%4] },
		"nulls":          func(int) string { return "" },
		"each its own":   func(i int) string { return fmt.Sprint("E", i) },
		"each its own, and nulls": func(i int) string {
			if i%7 == 0 {
				return ""
			}
			return fmt.Sprint("E", i)
		},
		"some twice":           func(i int) string { return fmt.Sprint("E", i/2*7919%rows) },
		"few with like ends":   func(i int) string { return fmt.Sprintf("%d-same", i%300) },
		"first few, then many": func(i int) string { return fmt.Sprint("E", max(i%10, i-rows/2)) },
	} {
		for _, plain := range []bool{false, true} {
			for _, required := range []bool{false, true} {
				b := array.NewStringBuilder(memory.DefaultAllocator)
				want := make([]string, rows)
				for i := range rows {
					if want[i] = of(i); want[i] == "" && !required {
						b.AppendNull()
						want[i] = array.NullValueStr
						continue
					}
					b.Append(want[i])
				}
				schema := arrow.NewSchema([]arrow.Field{{Name: "text", Type: arrow.BinaryTypes.String, Nullable: !required}}, nil)
				var content bytes.Buffer
				w, err := pqarrow.NewFileWriter(schema, &content, parquet.NewWriterProperties(parquet.WithMaxRowGroupLength(20_000), parquet.WithDataPageSize(5000), parquet.WithDictionaryDefault(!plain)), pqarrow.DefaultWriterProps())
				if err == nil {
					err = w.Write(array.NewRecordBatch(schema, []arrow.Array{b.NewArray()}, rows))
				}
				if err == nil {
					err = w.Close()
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := textsIn(t, content.Bytes()); !slices.Equal(got, want) {
					t.Errorf("%s (plain %t, required %t): the %d rows are not those of the %d that were written", name, plain, required, len(got), len(want))
				}
			}
		}
	}
}

// TestColumnsOfOneLength: a file whose columns have more or fewer rows than it says it has is damaged, and says so again.
func TestColumnsOfOneLength(t *testing.T) {
	for _, types := range [][]arrow.DataType{{arrow.BinaryTypes.String}, {arrow.PrimitiveTypes.Int64}} {
		file := parquetTable(t, []string{"score"}, types, slices.Repeat([][]string{{"80"}}, 100))
		for _, says := range []int64{99, 100, 101} {
			s := openTable(t, file).(*parquetSource)
			s.left = says
			var err error
			for err == nil {
				_, _, err = s.next()
			}
			if _, _, again := s.next(); (err == io.EOF) != (says == 100) || again != err {
				t.Errorf("%d rows of %s where the file says %d: %v, and then %v", 100, types[0], says, err, again)
			}
		}
	}
}

// openTable opens a Parquet file.
func openTable(t *testing.T, content []byte) source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "texts.parquet")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	s, err := openParquet(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// textsIn are the texts of the first column of a Parquet file.
func textsIn(t *testing.T, content []byte) (all []string) {
	t.Helper()
	s := openTable(t, content)
	src := s.(columnSource)
	for columns, _ := src.columns(); columns != nil; columns, _ = src.columns() {
		for i := range columns[0].Len() {
			all = append(all, columns[0].ValueStr(i))
		}
		src.skip()
	}
	if _, _, err := s.next(); err != io.EOF {
		t.Fatal(err)
	}
	return all
}
