package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// manyBatches is a transaction of as many rows as a large commit has.
var manyBatches = fmt.Sprintf(`INSERT INTO batch SELECT 1000000 + n + i, 'score', 'sha' || 1000000 + n + i, 'f', 1, '', 0, TIMESTAMP '2026-01-01' FROM range(%d) t(i), (SELECT count(*) AS n FROM batch)`, relayedRows)

// relaying opens a store whose commits ask meanwhile what a test wants to know; pages says whether somebody asks for pages of it.
func relaying(t *testing.T, pages bool) (s *Store, meanwhile *atomic.Pointer[func() error]) {
	t.Helper()
	meanwhile = &atomic.Pointer[func() error]{}
	o := smallOptions
	o.Readers = 3
	o.fault = func() error {
		if ask := meanwhile.Swap(nil); ask != nil {
			return (*ask)()
		}
		return nil
	}
	s, err := Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	read := s.Read
	if pages {
		read = s.Recall
	}
	if err := read(t.Context(), func(ctx context.Context, r *Reader) error { return r.begin(ctx) }); err != nil {
		t.Fatal(err)
	}
	return s, meanwhile
}

func batches(ctx context.Context, s *Store) (n int, err error) {
	err = s.Read(ctx, func(ctx context.Context, r *Reader) error {
		return r.Scan(ctx, []any{&n}, "SELECT count(*) FROM batch")
	})
	return n, err
}

// While a large commit is under way readers go on with transactions that began before it, and hand them on; afterwards there is none left.
func TestReadersHandOnWhileACommitIsUnderWay(t *testing.T) {
	s, meanwhile := relaying(t, true)
	asked := func() error {
		if spare := s.relay.spare(); spare != 3 {
			t.Errorf("%d transactions wait for 3 readers", spare)
		}
		for range 3 {
			err := s.Read(t.Context(), func(ctx context.Context, one *Reader) error {
				return s.Read(ctx, func(ctx context.Context, another *Reader) error {
					if spare := s.relay.spare(); spare != 1 {
						t.Errorf("with two reading %d transactions wait", spare)
					}
					return errors.Join(one.Scan(ctx, []any{new(int)}, "SELECT count(*) FROM batch"), another.Scan(ctx, []any{new(int)}, "SELECT count(*) FROM batch"))
				})
			})
			if err != nil {
				t.Error(err)
			}
		}
		n, err := batches(t.Context(), s)
		if n != 0 {
			t.Errorf("%d batches before the commit ended", n)
		}
		return err
	}
	meanwhile.Store(&asked)
	write(t, s, manyBatches)
	if meanwhile.Load() != nil {
		t.Fatal("nobody asked while the commit was under way")
	}
	if n, err := batches(t.Context(), s); n != relayedRows || err != nil {
		t.Errorf("after the commit %d batches, %v", n, err)
	}
	if s.relay.spare() != 0 || len(s.reading) != 0 || s.db.Stats().InUse != 1 {
		t.Errorf("left over: %d transactions, %d places, %d connections beside the writer's", s.relay.spare(), len(s.reading), s.db.Stats().InUse-1)
	}
}

// A reader who began before a commit and ends while it is under way hands on what is of the last version, and nothing else.
func TestOnlyTheLastVersionIsHandedOn(t *testing.T) {
	s, meanwhile := relaying(t, true)
	for _, c := range []struct {
		name string
		then func() // after the reader began
		want int    // transactions that wait
	}{
		{"the last version", func() {}, 3},
		{"an older version", func() { write(t, s, anotherBatch) }, 2},
	} {
		began, end, ended := make(chan struct{}), make(chan struct{}), make(chan error)
		go func() {
			ended <- s.Read(t.Context(), func(context.Context, *Reader) error {
				close(began)
				<-end
				return nil
			})
		}()
		<-began
		c.then()
		asked := func() error {
			close(end)
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if spare := s.relay.spare(); spare != c.want {
				t.Errorf("%s: %d transactions wait, expected %d", c.name, spare, c.want)
			}
			return nil
		}
		meanwhile.Store(&asked)
		write(t, s, manyBatches)
	}
}

// A transaction whose statement was cut off is not read in any more.
func TestACutOffTransactionIsNotHandedOn(t *testing.T) {
	s, meanwhile := relaying(t, true)
	asked := func() error {
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			err := s.Read(ctx, func(ctx context.Context, r *Reader) error {
				rows, err := r.Query(ctx, "SELECT count(*) FROM range(1000000000) a, range(1000) b")
				if err != nil {
					return err
				}
				defer rows.Close()
				for rows.Next() {
				}
				return rows.Err()
			})
			cancel()
			if err == nil {
				t.Error("a question of minutes was answered")
			}
			if _, err := batches(t.Context(), s); err != nil {
				t.Error("the next reader", err)
			}
		}
		return nil
	}
	meanwhile.Store(&asked)
	write(t, s, manyBatches)
	if s.relay.spare() != 0 || len(s.reading) != 0 || s.db.Stats().InUse != 1 {
		t.Errorf("left over: %d transactions, %d places, %d connections beside the writer's", s.relay.spare(), len(s.reading), s.db.Stats().InUse-1)
	}
}

// Where nobody asks for pages, or little is written, a commit begins no transactions. One that fails leaves none behind.
func TestCommitsThatNobodyWaitsFor(t *testing.T) {
	for _, c := range []struct {
		name   string
		pages  bool
		writes string
		fails  error
		want   int
	}{
		{"large, with pages", true, manyBatches, nil, 3}, {"large, without", false, manyBatches, nil, 0}, {"small", true, anotherBatch, nil, 0},
		{"large and failing", true, manyBatches, errors.New("the disk is full"), 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, meanwhile := relaying(t, c.pages)
			asked := func() error {
				if spare := s.relay.spare(); spare != c.want {
					t.Errorf("%d transactions wait, expected %d", spare, c.want)
				}
				return c.fails
			}
			meanwhile.Store(&asked)
			err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
				_, err := w.Exec(ctx, c.writes)
				return err
			})
			if (err == nil) != (c.fails == nil) || s.relay.spare() != 0 || len(s.reading) != 0 {
				t.Errorf("%v, %d transactions and %d places left", err, s.relay.spare(), len(s.reading))
			}
		})
	}
}

// After a large commit the log is moved into the database file, although readers were in transactions that began before it.
func TestTheLogIsShortenedAfterALargeCommit(t *testing.T) {
	s, _ := relaying(t, true)
	write(t, s, `CREATE TABLE wide (a VARCHAR)`)
	write(t, s, `INSERT INTO wide SELECT repeat(md5(i::VARCHAR), 40) FROM range(30000) t(i)`) // 38 MB that do not compress
	m, err := s.Measure(t.Context())
	if err != nil || m.LogBytes >= logBytes {
		t.Errorf("the log has %d bytes, %v", m.LogBytes, err)
	}
}
