package store

import (
	"fmt"
	"slices"
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
	numbers := n.numbers(b.NewStringArray())
	if !numbers.IsNull(0) || numbers.Value(1) != 0 {
		t.Errorf("a null and an empty name are %v, expected null and 0", numbers)
	}
	for i := range 2 * distinct {
		if got, want := numbers.Value(i+2), int32(i%distinct+1); got != want {
			t.Fatalf("name %d has the number %d, expected %d", i, got, want)
		}
	}
	sparse := array.NewStringBuilder(memory.DefaultAllocator) // nulls at the beginning of every stretch that is hashed at once
	for i := range 10 * hashedAhead {
		if i%hashedAhead < 3 {
			sparse.AppendNull()
			continue
		}
		sparse.Append(fmt.Sprint("E", distinct-1-i))
	}
	for i, numbers := 0, n.numbers(sparse.NewStringArray()); i < numbers.Len(); i++ {
		if null := i%hashedAhead < 3; numbers.IsNull(i) != null || !null && numbers.Value(i) != int32(distinct-i) {
			t.Fatalf("row %d beside nulls has the number %d, expected %d", i, numbers.Value(i), distinct-i)
		}
	}
	reader := n.reader()
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

// TestNamesInOrder: names are put into the order of their bytes, also where they differ behind more bytes than are looked at
// first, where one begins another, and where the byte that follows is a zero.
func TestNamesInOrder(t *testing.T) {
	want := []string{"", "E", "E\x00", "E\x000", "E00000000", "E000000001", "E000000001a", "E000000001b", "E00000001", "E9", "Ea", "张三", "李四"}
	for _, all := range [][]string{want, want[1:], want[4:9], want[:1], nil} {
		n := newNames("evaluator_id")
		var numbers []int32
		for i := range all {
			numbers = append(numbers, n.number(all[(i*5+3)%len(all)]))
		}
		slices.Sort(numbers)
		n.sort(slices.Compact(numbers))
		var got []string
		for _, number := range numbers[:n.count] {
			got = append(got, string(n.name(int(number))))
		}
		var sorted []string
		for number := range n.count {
			sorted = append(sorted, string(n.name(number)))
		}
		if slices.Sort(sorted); !slices.Equal(got, sorted) {
			t.Errorf("got %q, expected %q", got, sorted)
		}
	}
}
