package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// parquetSource reads a Parquet file, each value as the text it would have in a CSV file.
type parquetSource struct {
	titles []string
	pages  []*textPages         // of the columns of texts, by column; nil: others has it
	others pqarrow.RecordReader // of all other columns in their order; nil: there are none
	left   int64                // rows that were not read
	failed error                // why nothing is read any more, io.EOF at the end

	batch arrow.RecordBatch
	texts []func(at int) string // of the batch, by column
	cells []string
	at    int
	row   int64
}

func parquetError(err error) error {
	return refuse("parquet_damaged", 0, nil, "the Parquet file cannot be read: %v", err)
}

// openParquet opens a Parquet file. A damaged one may make its reader panic, which is the same to us as an error.
func openParquet(ctx context.Context, f *os.File) (_ source, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = parquetError(fmt.Errorf("%v", r))
		}
	}()
	p, err := file.NewParquetReader(f)
	if err != nil {
		return nil, parquetError(err)
	}
	arrowReader, err := pqarrow.NewFileReader(p, pqarrow.ArrowReadProperties{BatchSize: batchRows}, memory.DefaultAllocator)
	if err != nil {
		return nil, parquetError(err)
	}
	s := &parquetSource{left: p.NumRows(), row: 1}
	others, all := s.split(p, arrowReader.Manifest.Fields)
	if len(others) > 0 || all {
		if s.others, err = arrowReader.GetRecordReader(ctx, others, nil); err != nil {
			return nil, parquetError(err)
		}
	}
	s.cells = make([]string, len(s.titles))
	return s, nil
}

// split divides the columns into those of texts and the others, by their numbers in the file. All are others where any has columns
// of its own.
func (s *parquetSource) split(p *file.Reader, fields []pqarrow.SchemaField) (others []int, all bool) {
	all = len(fields) != p.MetaData().Schema.NumColumns()
	for at, field := range fields {
		s.titles, s.pages = append(s.titles, field.Field.Name), append(s.pages, nil)
		if all {
			continue
		}
		if s.pages[at] = textPagesOf(p, field); s.pages[at] == nil {
			others = append(others, at)
		}
	}
	return others, all
}

func (s *parquetSource) header() []string { return s.titles }
func (s *parquetSource) notes() []Note    { return nil }

func (s *parquetSource) next() (_ []string, _ int64, err error) {
	defer s.damaged(&err)
	if s.at == s.size() {
		if err := s.load(); err != nil {
			return nil, 0, err
		}
	}
	if s.at == 0 {
		s.texts = s.texts[:0]
		for _, column := range s.batch.Columns() {
			s.texts = append(s.texts, textsOf(column))
		}
	}
	for c := range s.cells {
		s.cells[c] = ""
		if !s.batch.Column(c).IsNull(s.at) {
			s.cells[c] = s.texts[c](s.at)
		}
	}
	s.at++
	s.row++
	return s.cells, s.row, nil
}

func (s *parquetSource) columns() ([]arrow.Array, int64) {
	if s.at < s.size() || s.load() != nil {
		return nil, 0
	}
	return s.batch.Columns(), s.row + 1
}

func (s *parquetSource) skip() {
	s.row += int64(s.size() - s.at)
	s.at = s.size()
}

// size is how many rows the batch has.
func (s *parquetSource) size() int {
	if s.batch == nil {
		return 0
	}
	return int(s.batch.NumRows())
}

// load goes on to the next batch that has rows. After an error, io.EOF at the end, it gives the same again.
func (s *parquetSource) load() error {
	for s.failed == nil && s.at == s.size() {
		s.failed = s.advance()
	}
	return s.failed
}

// advance reads the rows that come next in all columns.
func (s *parquetSource) advance() (err error) {
	defer s.damaged(&err)
	if s.left <= 0 {
		return s.end()
	}
	rows, columns := int(min(s.left, batchRows)), make([]arrow.Array, len(s.titles))
	if s.others != nil {
		if !s.others.Next() {
			return parquetError(cmp.Or(s.others.Err(), io.ErrUnexpectedEOF))
		}
		rows = int(s.others.RecordBatch().NumRows())
	}
	var fields []arrow.Field
	others := 0
	for at, pages := range s.pages {
		if pages == nil {
			columns[at] = s.others.RecordBatch().Column(others)
			others++
		} else if columns[at], err = pages.next(rows); err != nil {
			return parquetError(err)
		}
		fields = append(fields, arrow.Field{Name: s.titles[at], Type: columns[at].DataType()})
	}
	s.batch, s.at, s.left = array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, int64(rows)), 0, s.left-int64(rows)
	return nil
}

// end is io.EOF if no column has more rows than the file.
func (s *parquetSource) end() error {
	more := s.left < 0 || s.others != nil && s.others.Next()
	for _, pages := range s.pages {
		if pages == nil {
			continue
		}
		rows, err := pages.more()
		if err != nil {
			return parquetError(err)
		}
		more = more || rows
	}
	if more {
		return parquetError(errors.New("a column has more rows than the file"))
	}
	return io.EOF
}

// damaged makes an error of what the reader of a damaged file panics with.
func (s *parquetSource) damaged(err *error) {
	if r := recover(); r != nil {
		*err = parquetError(fmt.Errorf("%v", r))
	}
}

// textsOf is how the values of a column are written. Texts are those of the file's own pages, and numbers and days, which
// repeat, are written once each.
func textsOf(column arrow.Array) func(at int) string {
	switch c := column.(type) {
	case *array.String:
		return c.Value
	case *array.LargeString:
		return c.Value
	case *array.Int32:
		return repeated(c, func(at int) uint64 { return uint64(c.Value(at)) })
	case *array.Int64:
		return repeated(c, func(at int) uint64 { return uint64(c.Value(at)) })
	case *array.Float64:
		return repeated(c, func(at int) uint64 { return math.Float64bits(c.Value(at)) })
	case *array.Date32:
		return repeated(c, func(at int) uint64 { return uint64(c.Value(at)) })
	}
	return column.ValueStr
}

// repeated remembers how values are written by what they are, the last of each place: as many as there are scores with one
// decimal, of which a file has few others.
func repeated(column arrow.Array, value func(at int) uint64) func(at int) string {
	const places = 1 << 10
	var known [places]struct {
		value uint64
		text  string
	}
	return func(at int) string {
		v := value(at)
		k := &known[(v^v>>43)%places]
		if k.text == "" || k.value != v {
			k.value, k.text = v, column.ValueStr(at)
		}
		return k.text
	}
}
