package publish

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"pingxin/pipelines/store"
)

// kind is what the cells of a column hold. A cell is its text in the CSV file, the empty text where there is nothing.
type kind string

const (
	text  kind = "text"
	list  kind = "list"  // JSON array
	whole kind = "whole" // integer
	real  kind = "real"  // shortest decimal that reads back as the same binary64
	yuan  kind = "yuan"  // two decimals
	truth kind = "truth" // true or false
	day   kind = "day"   // 2025-12-31
)

// column is one column of a table. Its meaning stands in the texts under "public.column." and its name.
type column struct {
	name string
	kind kind
}

// table is one table of the open data; the first keys columns tell its rows apart, and it is written in their order.
type table struct {
	name    string
	keys    int
	columns []column
}

// at is the place of a column.
func (t *table) at(name string) int {
	for i, c := range t.columns {
		if c.name == name {
			return i
		}
	}
	panic("table " + t.name + " has no column " + name) // a mistake in the program
}

// Rows of a Parquet row group: what is held in memory before it is written.
const groupRows = 1 << 16

// The forms in which every table is written, as the ends of file names.
var forms = []string{".csv", ".json", ".parquet"}

// tableWriter writes the rows of a table in all forms at once. It holds no more than one row group.
type tableWriter struct {
	*table
	csv     *csv.Writer
	json    *bufio.Writer
	parquet *pqarrow.FileWriter
	group   *array.RecordBuilder
	rows    int
}

// newTableWriter writes to one writer for each form, in the order of forms.
func newTableWriter(t *table, to [3]io.Writer) (*tableWriter, error) {
	fields := make([]arrow.Field, len(t.columns))
	head := make([]string, len(t.columns))
	for i, c := range t.columns {
		fields[i] = arrow.Field{Name: c.name, Type: c.kind.arrow(), Nullable: true}
		head[i] = c.name
	}
	schema := arrow.NewSchema(fields, nil)
	p, err := pqarrow.NewFileWriter(schema, to[2], parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd)), pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", t.name, err)
	}
	w := &tableWriter{table: t, json: bufio.NewWriter(to[1]), parquet: p, group: array.NewRecordBuilder(memory.DefaultAllocator, schema)}
	plain := bufio.NewWriter(to[0])
	_, _ = plain.WriteString("\ufeff") // by which spreadsheets know Chinese text; Close says whether anything failed
	w.csv = csv.NewWriter(plain)
	_ = w.csv.Write(head)
	_, _ = w.json.WriteString("[")
	return w, nil
}

// add writes a row.
func (w *tableWriter) add(cells []string) error {
	if len(cells) != len(w.columns) {
		panic(fmt.Sprintf("table %s: a row of %d cells, and %d columns", w.name, len(cells), len(w.columns))) // a mistake in the program
	}
	harmless := make([]string, len(cells))
	for i := range cells { // a reader of CSV may take one for the other
		cells[i] = strings.ReplaceAll(cells[i], "\r\n", "\n")
	}
	separator := ",\n{"
	if w.rows == 0 {
		separator = "\n{"
	}
	_, _ = w.json.WriteString(separator)
	for i, c := range w.columns {
		harmless[i] = c.kind.harmless(cells[i])
		if i > 0 {
			_ = w.json.WriteByte(',')
		}
		_, _ = w.json.WriteString(strconv.Quote(c.name) + ":" + c.kind.json(cells[i]))
		if err := c.kind.append(w.group.Field(i), cells[i]); err != nil {
			return fmt.Errorf("table %s, row %d, column %s: %w", w.name, w.rows+1, c.name, err)
		}
	}
	_ = w.json.WriteByte('}')
	if err := w.csv.Write(harmless); err != nil {
		return err
	}
	if w.rows++; w.rows%groupRows == 0 {
		return w.flush()
	}
	return nil
}

// flush writes the collected rows as one row group.
func (w *tableWriter) flush() error {
	record := w.group.NewRecordBatch()
	defer record.Release()
	if record.NumRows() == 0 {
		return nil
	}
	return w.parquet.Write(record)
}

// close ends the files and says whether anything failed.
func (w *tableWriter) close() error {
	end := "\n]\n"
	if w.rows == 0 {
		end = "]\n"
	}
	_, _ = w.json.WriteString(end)
	defer w.group.Release()
	w.csv.Flush()
	return errors.Join(w.flush(), w.csv.Error(), w.json.Flush(), w.parquet.Close())
}

func (k kind) arrow() arrow.DataType {
	switch k {
	case whole:
		return arrow.PrimitiveTypes.Int64
	case real:
		return arrow.PrimitiveTypes.Float64
	case yuan:
		return moneyType
	case truth:
		return arrow.FixedWidthTypes.Boolean
	case day:
		return arrow.FixedWidthTypes.Date32
	}
	return arrow.BinaryTypes.String
}

// moneyType holds every amount of whole fen.
var moneyType = &arrow.Decimal128Type{Precision: 20, Scale: 2}

// harmless is a cell as a spreadsheet may open it; plain takes it back. Numbers and days begin with no sign that matters but
// minus, which is theirs.
func (k kind) harmless(cell string) string {
	if k == text && tempts(cell) {
		return "'" + cell
	}
	return cell
}

func (k kind) plain(cell string) string {
	if rest, quoted := strings.CutPrefix(cell, "'"); k == text && quoted && tempts(rest) {
		return rest
	}
	return cell
}

// tempts says whether a spreadsheet would take a text for a formula, or plain for one that harmless had changed.
func tempts(text string) bool {
	text = strings.TrimLeft(text, "'")
	return store.Harmless(text) != text
}

// json is a cell as JSON.
func (k kind) json(cell string) string {
	switch {
	case cell == "":
		return "null"
	case k == text || k == day:
		quoted, _ := json.Marshal(cell) // a string always can be
		return string(quoted)
	}
	return cell
}

// append puts a cell into a column of a row group.
func (k kind) append(b array.Builder, cell string) (err error) {
	if cell == "" {
		b.AppendNull()
		return nil
	}
	switch k {
	case whole:
		var n int64
		n, err = strconv.ParseInt(cell, 10, 64)
		b.(*array.Int64Builder).Append(n)
	case real:
		var v float64
		v, err = strconv.ParseFloat(cell, 64)
		b.(*array.Float64Builder).Append(v)
	case yuan:
		var n int64
		n, err = parseFen(cell)
		b.(*array.Decimal128Builder).Append(decimal128.FromI64(n))
	case truth:
		var v bool
		v, err = strconv.ParseBool(cell)
		b.(*array.BooleanBuilder).Append(v)
	case day:
		var d time.Time
		d, err = time.Parse(time.DateOnly, cell)
		b.(*array.Date32Builder).Append(arrow.Date32FromTime(d))
	default:
		b.(*array.StringBuilder).Append(cell)
	}
	return err
}

// The cells of values, and values of cells.

func wholeCell[T int | int32 | int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// positive leaves the cell of nothing empty.
func positive(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func realCell(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	if v == 0 {
		return "0" // there is one zero only
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func yuanCell(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

func dayCell(d time.Time) string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// listCell is the JSON of a list; the cell of an empty one is empty.
func listCell[E any](all []E) string {
	if len(all) == 0 {
		return ""
	}
	return store.JSONList(all)
}

func parseFen(cell string) (int64, error) {
	units, cents, ok := strings.Cut(cell, ".")
	n, err := strconv.ParseInt(units+cents, 10, 64)
	if !ok || len(cents) != 2 || err != nil {
		return 0, fmt.Errorf("found %q, expected an amount in yuan with two decimals", cell)
	}
	return n, nil
}
