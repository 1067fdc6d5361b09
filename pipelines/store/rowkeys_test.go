package store

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// keysOf takes in rows whose keys are two numbers.
func keysOf(batches ...[2][]int32) *rowKeys {
	k := &rowKeys{}
	for _, b := range batches {
		k.add([]*array.Int32{int32s(b[0]).(*array.Int32), int32s(b[1]).(*array.Int32)})
	}
	return k
}

// TestRowKeys: two rows with one key are seen wherever they stand, and keys that differ in one number, or have theirs
// exchanged, are two.
func TestRowKeys(t *testing.T) {
	const rows = 200_000
	first, second := make([]int32, rows), make([]int32, rows)
	for i := range rows {
		first[i], second[i] = int32(i%400), int32(i/400)
	}
	if !keysOf([2][]int32{first, second}).distinct() {
		t.Error("rows with different keys are taken for such with the same")
	}
	for _, again := range []int{0, 77_777, rows - 1} {
		if keysOf([2][]int32{first, second}, [2][]int32{first[again : again+1], second[again : again+1]}).distinct() {
			t.Errorf("row %d again is not seen", again)
		}
	}
	if !keysOf([2][]int32{{1, 2}, {2, 1}}).distinct() || keysOf([2][]int32{{1, 1}, {2, 2}}).distinct() || !keysOf().distinct() {
		t.Error("few rows are told apart wrongly")
	}
}
