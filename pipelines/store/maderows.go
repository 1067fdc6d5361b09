package store

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// madeRows hands out rows in batches of so many, each made when it is asked for. Memory is the collector's, so there is
// nothing to count.
type madeRows struct {
	schema *arrow.Schema
	rows   int
	step   int                              // rows of a batch
	make   func(from, to int) []arrow.Array // the columns of these rows
	at     int
	batch  arrow.RecordBatch
}

func (p *madeRows) Next() bool {
	if p.at == p.rows {
		return false
	}
	to := min(p.at+p.step, p.rows)
	p.batch = array.NewRecordBatch(p.schema, p.make(p.at, to), int64(to-p.at))
	p.at = to
	return true
}

func (p *madeRows) Schema() *arrow.Schema          { return p.schema }
func (p *madeRows) RecordBatch() arrow.RecordBatch { return p.batch }
func (p *madeRows) Record() arrow.RecordBatch      { return p.batch }
func (p *madeRows) Err() error                     { return nil }
func (p *madeRows) Retain()                        {}
func (p *madeRows) Release()                       {}

// rowsTogether is how many rows the database keeps together in a table, and reads all of or none. Handed in so many at once
// they are stored as they come; fewer it would put together first, which is a copy.
const rowsTogether = 122_880

// columnOf is a column of these values, which it does not copy; they are as wide as the type.
func columnOf[T int8 | int16 | int32](typ arrow.DataType, values []T) arrow.Array {
	buffers := []*memory.Buffer{nil, memory.NewBufferBytes(arrow.GetBytes(values))}
	return array.MakeFromData(array.NewData(typ, len(values), buffers, nil, 0, 0))
}

// int32s is a column of these numbers.
func int32s(numbers []int32) arrow.Array { return columnOf(arrow.PrimitiveTypes.Int32, numbers) }

// numbersFrom is a column of the numbers from one to another, which it does not have.
func numbersFrom(from, to int) arrow.Array {
	numbers := make([]int32, to-from)
	for i := range numbers {
		numbers[i] = int32(from + i)
	}
	return int32s(numbers)
}
