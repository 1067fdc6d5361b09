package intake

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// batchRows is how many rows are handed over at once; up to three batches are held. The database takes them in by 2,048.
const batchRows = 16 << 10

// rowsMax bounds the rows of a file, so that row numbers fit what stores them with room to spare.
const rowsMax = 50_000_000

// batches hands the checked rows out as Arrow batches, and leaves out those with a fault. It reads the whole file, so that
// every fault is found, and one batch ahead of who takes them, in a goroutine of its own: cells are checked while the
// database stores the rows before them. What the parser found may be looked at when the rows have ended or were stopped.
type batches struct {
	*parser
	ctx    context.Context // of the reading
	cancel context.CancelFunc
	begun  sync.Once
	made   chan arrow.RecordBatch
	kept   []int64 // numbers of the rows of the batch
	batch  arrow.RecordBatch
	rows   int
	cut    error // why the reading was stopped; nil: it was not
}

func (p *parser) batches(ctx context.Context) *batches {
	b := &batches{parser: p, made: make(chan arrow.RecordBatch, 1)}
	b.ctx, b.cancel = context.WithCancel(ctx)
	return b
}

// Next waits for the next batch; it is false at the end and where the file cannot be read on.
func (b *batches) Next() (more bool) {
	b.begun.Do(func() { go b.read() })
	b.batch, more = <-b.made
	return more
}

// stop ends the reading, which whoever makes batches must see to, and returns when it has ended.
func (b *batches) stop() {
	b.cancel()
	b.begun.Do(func() { close(b.made) })
	for range b.made {
	}
}

// read reads the file to its end, or until it is stopped.
func (b *batches) read() {
	defer close(b.made)
	b.look()
	for more := true; more && b.cut == nil; {
		if b.whole() {
			b.look()
			continue
		}
		if more = b.row(); b.rows%batchRows == 0 {
			b.look()
		}
		if len(b.kept) == batchRows {
			b.hand()
		}
	}
	if b.failed == nil && b.cut == nil && len(b.kept) > 0 {
		b.hand()
	}
}

// look says how far the reading has come, and whether it is to go on.
func (b *batches) look() {
	if b.Progress != nil {
		b.Progress(b.position(), b.size)
	}
	b.cut = b.ctx.Err()
}

// hand hands over the rows that were kept.
func (b *batches) hand() {
	columns := make([]arrow.Array, len(b.schema.Fields()))
	for _, f := range b.columns {
		if f != nil {
			columns[f.place] = f.array()
		}
	}
	b.send(columns, b.kept)
	b.kept = b.kept[:0]
}

// send hands over columns, by their places in the schema before that of the row's number; nil for one that the file does not
// have.
func (b *batches) send(columns []arrow.Array, rows []int64) {
	fields := b.schema.Fields()
	numbers := array.NewInt64Builder(memory.DefaultAllocator)
	numbers.AppendValues(rows, nil)
	columns[len(columns)-1] = numbers.NewArray()
	for at, c := range columns {
		if c == nil {
			columns[at] = array.MakeArrayOfNull(memory.DefaultAllocator, fields[at].Type, len(rows))
		}
		fields[at].Type = columns[at].DataType() // a dictionary where the store takes one
	}
	select {
	case b.made <- array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, int64(len(rows))):
	case <-b.ctx.Done():
		b.cut = b.ctx.Err()
	}
}

// row reads one row; it is false when none follows.
func (b *batches) row() (more bool) {
	cells, row, err := b.src.next()
	var bad *rowError
	if err != nil && !errors.As(err, &bad) {
		b.finish(err)
		return false
	}
	if b.rows++; b.rows > rowsMax {
		b.failed = refuse("too_many_rows", row, params{"most": itoa(rowsMax)}, "the file has more than %d rows: send it in parts", rowsMax)
		return false
	}
	switch {
	case b.passes(row):
	case bad != nil:
		b.fault(row, "", bad.found, &bad.trouble)
	case b.check(cells, row):
		b.keep(row)
	}
	return true
}

// passes says whether a row is passed over; rows are asked for in their order.
func (p *parser) passes(row int64) bool {
	for len(p.passed) > 0 && p.passed[0].Last < row {
		p.passed = p.passed[1:]
	}
	return len(p.passed) > 0 && p.passed[0].First <= row
}

// keep takes the current row into the batch.
func (b *batches) keep(row int64) {
	for _, f := range b.columns {
		if f != nil {
			f.keep()
		}
	}
	b.kept = append(b.kept, row)
}

// finish notes how the file ended.
func (b *batches) finish(err error) {
	switch {
	case !errors.Is(err, io.EOF):
		b.failed = err
	case b.rows == 0:
		b.failed = refuse("file_no_rows", 0, nil, "the file has a header and no rows")
	}
}

// The rest of array.RecordReader; memory is the collector's, so there is nothing to count.

func (b *batches) Schema() *arrow.Schema          { return b.schema }
func (b *batches) RecordBatch() arrow.RecordBatch { return b.batch }
func (b *batches) Record() arrow.RecordBatch      { return b.batch }
func (b *batches) Err() error                     { return cmp.Or(b.failed, b.cut) }
func (b *batches) Retain()                        {}
func (b *batches) Release()                       {}
