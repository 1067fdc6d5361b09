package reduce

import (
	"cmp"
	"context"

	"pingxin/pipelines/store"
)

// scanVersions runs a named query that hands out every accepted version of some facts, those of one fact behind one
// another with the latest last, and the batch of each in column 1; of a fact the latest version counts. It calls f for each
// version, again being true when it replaces the version before. Facts that no batch up to s.Known described are left out
// when s.Known is not 0.
//
// The choice is made here and not by the database, because a query with a window function takes it three times as long to
// begin with, which is most of what an ordinary night asks.
func scanVersions[K comparable](ctx context.Context, r *store.Reader, name string, s scope, args []any, key func(b columns, i int) K, f func(b columns, i int, again bool)) error {
	var last K
	seen, leftOut := false, false
	return scan(ctx, r, name, s, args, func(b columns, i int) {
		k := key(b, i)
		again := seen && k == last
		if !again {
			last, seen = k, true
			leftOut = s.Known > 0 && int(b.int32(1, i)) > s.Known
		}
		if !leftOut {
			f(b, i, again)
		}
	})
}

// described says where an accepted description of a fact stands: of several the latest counts.
type described struct{ batch, row int32 }

func (d described) compare(other described) int {
	return cmp.Or(cmp.Compare(d.batch, other.batch), cmp.Compare(d.row, other.row))
}
