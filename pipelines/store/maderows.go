package store

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// madeRows hands out rows in batches of blockNames, each made when it is asked for. Memory is the collector's, so there is
// nothing to count.
type madeRows struct {
	schema *arrow.Schema
	rows   int
	make   func(from, to int) []arrow.Array // the columns of these rows
	at     int
	batch  arrow.RecordBatch
}

func (p *madeRows) Next() bool {
	if p.at == p.rows {
		return false
	}
	to := min(p.at+blockNames, p.rows)
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

// int32s is a column of these numbers, which it does not copy.
func int32s(numbers []int32) arrow.Array {
	values := []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(numbers))}
	return array.NewInt32Data(array.NewData(arrow.PrimitiveTypes.Int32, len(numbers), values, nil, 0, 0))
}

// numbersFrom is a column of the numbers from one to another, which it does not have.
func numbersFrom(from, to int) arrow.Array {
	numbers := make([]int32, to-from)
	for i := range numbers {
		numbers[i] = int32(from + i)
	}
	return int32s(numbers)
}
