package store

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// TestNames: every name has one number, counted from 0 as names occur, over more names than the first table and the first
// blocks hold; an empty name is a name, a null is none, and the reader gives back what went in.
func TestNames(t *testing.T) {
	const distinct = 3*blockNames + 5
	n := newNames("evaluator_id")
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendNull()
	b.Append("")
	for range 2 {
		for i := range distinct {
			b.Append(fmt.Sprint("E", i))
		}
	}
	numbers := n.numbers(b.NewStringArray()).(*array.Int32)
	if !numbers.IsNull(0) || numbers.Value(1) != 0 {
		t.Errorf("a null and an empty name are %v, expected null and 0", numbers)
	}
	for i := range 2 * distinct {
		if got, want := numbers.Value(i+2), int32(i%distinct+1); got != want {
			t.Fatalf("name %d has the number %d, expected %d", i, got, want)
		}
	}
	reader, err := n.reader()
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range int(batch.NumRows()) {
			want := ""
			if at > 0 {
				want = fmt.Sprint("E", at-1)
			}
			if number, name := batch.Column(0).(*array.Int32).Value(i), batch.Column(1).(*array.String).Value(i); int(number) != at || name != want {
				t.Fatalf("number %d is %q, expected %d and %q", number, name, at, want)
			}
			at++
		}
	}
	if at != distinct+1 {
		t.Errorf("%d names, expected %d", at, distinct+1)
	}
}
