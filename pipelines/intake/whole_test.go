package intake

import (
	"bytes"
	"fmt"
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
