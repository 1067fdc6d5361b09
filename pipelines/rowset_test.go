package pipelines

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// numbers are the 1,024 numbers of a set.
func numbers(s *rowSet) []uint16 {
	var all []uint16
	for _, word := range s {
		for range 4 {
			all = append(all, uint16(word))
			word >>= 16
		}
	}
	return all
}

// TestRowSetAddsUp: the numbers of a set are the sums of those of its rows, each modulo 2^16.
func TestRowSetAddsUp(t *testing.T) {
	var both, one, other rowSet
	both.add("rating", "a", "b")
	one.add("rating", "a")
	other.add("rating", "b")
	for i, n := range numbers(&both) {
		if want := numbers(&one)[i] + numbers(&other)[i]; n != want {
			t.Fatalf("number %d: got %d, want %d", i, n, want)
		}
	}
	both.remove("rating", "a")
	if both != other {
		t.Error("what is taken out leaves a trace")
	}
	var elsewhere rowSet
	if elsewhere.add("evaluation", "b"); elsewhere == other {
		t.Error("a row is the same in every table")
	}
}

// TestRowSetOrder: rows come and go in any order.
func TestRowSetOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfNDistinct(rapid.StringMatching(`[0-9a-f]{8}`), 1, 20, rapid.ID).Draw(t, "rows")
		gone := rapid.IntRange(0, len(rows)).Draw(t, "of them taken out")
		var want, got rowSet
		want.add("t", rows[gone:]...)
		for _, r := range rapid.Permutation(rows).Draw(t, "order") {
			got.add("t", r)
		}
		got.remove("t", rapid.Permutation(rows[:gone]).Draw(t, "other order")...)
		if got != want {
			t.Fatal("the order shows")
		}
		kept, ok := rowSetOf(got.bytes())
		if !ok || kept != want {
			t.Fatal("the set does not come back as it was kept")
		}
	})
	if _, ok := rowSetOf(nil); ok {
		t.Error("nothing is taken for a set")
	}
}

func BenchmarkRowSet(b *testing.B) {
	hashes := make([]string, 1000)
	for i := range hashes {
		hashes[i] = fmt.Sprintf("%032x", i)
	}
	var s rowSet
	for b.Loop() {
		s.add("evaluation", hashes...)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(hashes)), "ns/row")
}
