package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// parquetSource reads a Parquet file, each value as the text it would have in a CSV file.
type parquetSource struct {
	batches pqarrow.RecordReader
	batch   arrow.RecordBatch
	columns []string
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
	const batchRows = 64 << 10
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
		s.columns = append(s.columns, field.Name)
	}
	s.cells = make([]string, len(s.columns))
	return s, nil
}

func (s *parquetSource) header() []string { return s.columns }
func (s *parquetSource) notes() []Note    { return nil }

func (s *parquetSource) next() (_ []string, _ int64, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = parquetError(fmt.Errorf("%v", r))
		}
	}()
	for s.batch == nil || s.at == int(s.batch.NumRows()) {
		if !s.batches.Next() {
			if err := s.batches.Err(); err != nil && !errors.Is(err, io.EOF) {
				return nil, 0, parquetError(err)
			}
			return nil, 0, io.EOF
		}
		s.batch, s.at = s.batches.RecordBatch(), 0
	}
	for c := range s.cells {
		s.cells[c] = ""
		if column := s.batch.Column(c); !column.IsNull(s.at) {
			s.cells[c] = column.ValueStr(s.at)
		}
	}
	s.at++
	s.row++
	return s.cells, s.row, nil
}
