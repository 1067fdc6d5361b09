package store

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// ExportFormats are the forms in which an export can be written.
var ExportFormats = []string{"csv", "parquet", "json"}

// WriteExport writes the rows of an export in one of the ExportFormats.
func WriteExport(w io.Writer, format string, rows array.RecordReader) error {
	switch format {
	case "csv":
		return writeCSV(w, rows)
	case "parquet":
		return writeParquet(w, rows)
	case "json":
		return writeRowsJSON(w, rows)
	}
	return fmt.Errorf("export: found format %q, expected one of %s", format, strings.Join(ExportFormats, ", "))
}

// writeCSV writes UTF-8 with a byte order mark, by which spreadsheets know Chinese text. A text that a spreadsheet
// would take for a formula gets an apostrophe in front.
func writeCSV(w io.Writer, rows array.RecordReader) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	var line []string
	for _, f := range rows.Schema().Fields() {
		line = append(line, f.Name)
	}
	if err := c.Write(line); err != nil {
		return err
	}
	err := EachRow(rows, func(record arrow.RecordBatch, i int) error {
		line = line[:0]
		for _, column := range record.Columns() {
			line = append(line, cellText(column, i))
		}
		return c.Write(line)
	})
	c.Flush()
	return errors.Join(err, c.Error())
}

// cellText is the empty text for a missing value.
func cellText(column arrow.Array, i int) string {
	if column.IsNull(i) {
		return ""
	}
	if money, ok := column.(*array.Decimal128); ok {
		return decimalText(money, i)
	}
	text := column.ValueStr(i)
	if column.DataType().ID() == arrow.STRING {
		return Harmless(text)
	}
	return text
}

// decimalText prints all decimals of the column, so that money always shows its fen.
func decimalText(column *array.Decimal128, i int) string {
	return column.Value(i).ToString(column.DataType().(*arrow.Decimal128Type).Scale)
}

// jsonValue is a cell for JSON; a decimal is a number there, and Arrow would make it a text.
func jsonValue(column arrow.Array, i int) any {
	if money, ok := column.(*array.Decimal128); ok && !column.IsNull(i) {
		return json.Number(decimalText(money, i))
	}
	return column.GetOneForMarshal(i)
}

// writeRowsJSON writes one array with an object per row, numbers as numbers and missing values as null.
func writeRowsJSON(w io.Writer, rows array.RecordReader) error {
	separator := "[\n"
	err := EachRow(rows, func(record arrow.RecordBatch, i int) error {
		object := make(map[string]any, record.NumCols())
		for c, column := range record.Columns() {
			object[record.ColumnName(c)] = jsonValue(column, i)
		}
		text, err := json.Marshal(object)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s%s", separator, text)
		separator = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	if separator == "[\n" {
		_, err = io.WriteString(w, "[]\n")
	} else {
		_, err = io.WriteString(w, "\n]\n")
	}
	return err
}

// EachRow calls f with every row of an export, as its record batch and its place in it.
func EachRow(rows array.RecordReader, f func(record arrow.RecordBatch, i int) error) error {
	for rows.Next() {
		record := rows.RecordBatch()
		for i := range int(record.NumRows()) {
			if err := f(record, i); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

func writeParquet(w io.Writer, rows array.RecordReader) error {
	p, err := pqarrow.NewFileWriter(rows.Schema(), w, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd)), pqarrow.DefaultWriterProps())
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := p.WriteBuffered(rows.RecordBatch()); err != nil {
			return errors.Join(err, p.Close())
		}
	}
	return errors.Join(rows.Err(), p.Close())
}
