package store

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// rowsPerRecord is how many rows are kept in one record batch. Columns that grow to all rows of a run would be copied to
// twice their size again and again, and be held until the last row is written; much shorter batches cost more to hand over.
const rowsPerRecord = 512

// Rows collects rows of a table as Arrow columns; make it with NewRows. It is not safe for concurrent use.
type Rows[T any] struct {
	table    *Table[T]
	schema   *arrow.Schema
	builders []array.Builder
	n        int                 // rows in the builders
	full     []arrow.RecordBatch // of rowsPerRecord rows each
}

// NewRows returns an empty collection of rows for the table.
func NewRows[T any](t *Table[T]) *Rows[T] {
	r := &Rows[T]{table: t, builders: make([]array.Builder, len(t.Columns))}
	fields := make([]arrow.Field, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = arrow.Field{Name: c.Name, Type: c.typ, Nullable: true}
		r.builders[i] = array.NewBuilder(memory.DefaultAllocator, c.typ)
	}
	r.schema = arrow.NewSchema(fields, nil)
	return r
}

// Add appends a row, of which it keeps nothing but copies.
func (r *Rows[T]) Add(row *T) {
	for i := range r.table.Columns {
		r.table.Columns[i].append(r.builders[i], row)
	}
	if r.n++; r.n == rowsPerRecord {
		r.full = append(r.full, r.record(rowsPerRecord))
	}
}

// record hands the collected columns over and begins with empty ones. What is to come is expected to be as long as what is
// handed over; rows are how many rows are expected, 0 for none.
func (r *Rows[T]) record(rows int) arrow.RecordBatch {
	columns := make([]arrow.Array, len(r.builders))
	for i, b := range r.builders {
		columns[i] = b.NewArray()
		defer columns[i].Release() // the record holds it
		b.Reserve(rows)
		if texts, ok := b.(interface{ ReserveData(bytes int) }); ok && rows > 0 {
			texts.ReserveData(len(columns[i].(array.BinaryLike).ValueBytes()))
		}
	}
	n := int64(r.n)
	r.n = 0
	return array.NewRecordBatch(r.schema, columns, n)
}

// records hands everything over and empties the collection.
func (r *Rows[T]) records() []arrow.RecordBatch {
	all := r.full
	if r.n > 0 {
		all = append(all, r.record(0))
	}
	r.full = nil
	return all
}

// Insert writes the collected rows to their table and empties the collections. All collections are of one table.
func Insert[T any](ctx context.Context, w *Writer, parts ...*Rows[T]) (int64, error) {
	var records []arrow.RecordBatch
	for _, p := range parts {
		records = append(records, p.records()...)
	}
	if len(records) == 0 {
		return 0, nil
	}
	reader, err := array.NewRecordReader(records[0].Schema(), records)
	if err != nil {
		return 0, fmt.Errorf("table %s: %w", parts[0].table.Name, err)
	}
	defer reader.Release()
	for _, r := range records { // the reader holds them, each until it was read
		r.Release()
	}
	return w.Insert(ctx, parts[0].table.Name, reader)
}
