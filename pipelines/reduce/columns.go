package reduce

import (
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// columns reads typed cells, or whole columns, of one record batch. A column of another type than the query's is a
// mistake in the query, found by its first test: these panic on it. What they hand out as slices is the database's
// memory and ends with the batch.
type columns struct {
	arrow.RecordBatch
	texts []string // copies of the columns of texts, made when first asked for
}

func newColumns(b arrow.RecordBatch) columns { return columns{b, make([]string, b.NumCols())} }

func (b columns) int16s(c int) []int16      { return b.Column(c).(*array.Int16).Int16Values() }
func (b columns) int32s(c int) []int32      { return b.Column(c).(*array.Int32).Int32Values() }
func (b columns) uint8s(c int) []uint8      { return b.Column(c).(*array.Uint8).Uint8Values() }
func (b columns) days(c int) []arrow.Date32 { return b.Column(c).(*array.Date32).Date32Values() }
func (b columns) int16(c, i int) int16      { return b.int16s(c)[i] }
func (b columns) int32(c, i int) int32      { return b.int32s(c)[i] }
func (b columns) int64(c, i int) int64      { return b.Column(c).(*array.Int64).Value(i) }
func (b columns) float(c, i int) float64    { return b.Column(c).(*array.Float64).Value(i) }
func (b columns) bool(c, i int) bool        { return b.Column(c).(*array.Boolean).Value(i) }

// view is the cell in the database's memory.
func (b columns) view(c, i int) string { return b.Column(c).(*array.String).Value(i) }

// text is the cell, cut from one copy of its column: a copy of each cell would be most of the work of reading results.
func (b columns) text(c, i int) string {
	column := b.Column(c).(*array.String)
	if b.texts[c] == "" {
		b.texts[c] = string(column.ValueBytes())
	}
	from := column.ValueOffset(i) - column.ValueOffset(0)
	return b.texts[c][from : from+len(column.Value(i))]
}

// day is the zero time for a missing date.
func (b columns) day(c, i int) time.Time {
	if b.Column(c).IsNull(i) {
		return time.Time{}
	}
	return timeOf(b.days(c)[i])
}

// timeOf is the midnight with which a day begins. Counting its seconds costs a tenth of what Date32.ToTime does, which adds days
// in the calendar.
func timeOf(day arrow.Date32) time.Time {
	const seconds = 24 * 60 * 60
	return time.Unix(int64(day)*seconds, 0).UTC()
}
