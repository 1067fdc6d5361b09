package reduce

import (
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// A column of another type than the query's is a mistake in the query, found by its first test: these panic on it.

func (b columns) int16(c, i int) int16 { return b.Column(c).(*array.Int16).Value(i) }
func (b columns) int32(c, i int) int32 { return b.Column(c).(*array.Int32).Value(i) }
func (b columns) int64(c, i int) int64 { return b.Column(c).(*array.Int64).Value(i) }
func (b columns) uint8(c, i int) uint8 { return b.Column(c).(*array.Uint8).Value(i) }

func (b columns) float(c, i int) float64 { return b.Column(c).(*array.Float64).Value(i) }
func (b columns) bool(c, i int) bool     { return b.Column(c).(*array.Boolean).Value(i) }

// text copies the cell: the batch's memory is the database's and ends with the batch.
func (b columns) text(c, i int) string { return strings.Clone(b.Column(c).(*array.String).Value(i)) }

// day is the zero time for a missing date.
func (b columns) day(c, i int) time.Time {
	if b.Column(c).IsNull(i) {
		return time.Time{}
	}
	return b.Column(c).(*array.Date32).Value(i).ToTime().UTC()
}

// int32List is a view into the batch, valid as long as the batch is.
func (b columns) int32List(c, i int) []int32 {
	list := b.Column(c).(*array.List)
	from, to := list.ValueOffsets(i)
	return list.ListValues().(*array.Int32).Int32Values()[from:to]
}
