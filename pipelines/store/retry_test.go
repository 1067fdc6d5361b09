package store

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// TestRetriedUploadExactlyOnce: whatever fails, whoever sends at the same time and however often a file is sent again, it
// is one batch with one receipt, and everybody who was answered was given that receipt.
func TestRetriedUploadExactlyOnce(t *testing.T) {
	var failing atomic.Bool
	o := smallOptions
	o.fault = func() error {
		if failing.CompareAndSwap(true, false) {
			return errors.New("FATAL Error: the database has been invalidated")
		}
		return nil
	}
	s, err := Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	acceptBase(t, s)
	given := map[int]Receipt{}
	var mu sync.Mutex
	rapid.Check(t, func(rt *rapid.T) {
		sends := rapid.SliceOfN(rapid.IntRange(0, 30), 1, 4).Draw(rt, "files sent at once")
		failing.Store(rapid.IntRange(0, 9).Draw(rt, "fails") == 0)
		var at sync.WaitGroup
		for _, n := range sends {
			at.Go(func() {
				in, err := looseScores(100+n, 5).acceptInto(t.Context(), s)
				if err != nil {
					return // not answered: it will be sent again
				}
				mu.Lock()
				defer mu.Unlock()
				if before, known := given[n]; known && before != in.Receipt {
					rt.Errorf("file %d got the receipt %+v and before %+v", n, in.Receipt, before)
				}
				given[n] = in.Receipt
			})
		}
		at.Wait()
	})
	failing.Store(false)
	receipts := sound(t, s)
	if stored := len(receipts) - len(base); stored < len(given) || stored > 31 {
		t.Errorf("%d batches of 31 files, of which %d were answered", stored, len(given))
	}
	if n := number(t, s, `SELECT count(*) FROM (SELECT 1 FROM batch GROUP BY kind, sha256 HAVING count(*) > 1)`); n != 0 {
		t.Errorf("%d files were stored twice", n)
	}
}
