package intake

import (
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
	batches pqarrow.RecordReader
	batch   arrow.RecordBatch
	titles  []string
	texts   []func(at int) string // of the batch, by column
	cells   []string
	at      int
	row     int64
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
	batches, err := arrowReader.GetRecordReader(ctx, nil, nil)
	if err != nil {
		return nil, parquetError(err)
	}
	s := &parquetSource{batches: batches, row: 1}
	for _, field := range batches.Schema().Fields() {
		s.titles = append(s.titles, field.Name)
	}
	s.cells = make([]string, len(s.titles))
	return s, nil
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
func (s *parquetSource) load() (err error) {
	defer s.damaged(&err)
	for s.at == s.size() {
		if !s.batches.Next() {
			if err := s.batches.Err(); err != nil && !errors.Is(err, io.EOF) {
				return parquetError(err)
			}
			return io.EOF
		}
		s.batch, s.at = s.batches.RecordBatch(), 0
	}
	return nil
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
