package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestReadManySeeOneVersion: all readers of one ReadMany see one version while a writer commits all the time, also those
// that begin to read long after the first.
func TestReadManySeeOneVersion(t *testing.T) {
	s := openAt(t, t.TempDir())
	write(t, s, `CREATE TABLE versioned (v BIGINT NOT NULL)`, `INSERT INTO versioned VALUES (0)`)
	const rounds, readers = 60, 3
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			write(t, s, `UPDATE versioned SET v = v + 1`)
		}
	})
	seen := map[int64]bool{}
	for range rounds {
		err := s.ReadMany(t.Context(), readers, func(ctx context.Context, rs []*Reader) error {
			if len(rs) != readers {
				return fmt.Errorf("%d readers, expected %d", len(rs), readers)
			}
			versions := make([]int64, 0, 2*readers)
			for range 2 {
				for _, r := range rs {
					var v int64
					if err := r.Scan(ctx, []any{&v}, `SELECT v FROM versioned`); err != nil {
						return err
					}
					versions = append(versions, v)
				}
			}
			if slices.Min(versions) != slices.Max(versions) {
				return fmt.Errorf("the readers see versions %v", versions)
			}
			seen[versions[0]] = true
			return nil
		})
		if err != nil {
			t.Error(err)
			break
		}
	}
	stop()
	wg.Wait()
	if len(seen) < 2 {
		t.Errorf("the writer did not commit between the reads: %d versions", len(seen))
	}
}

// TestReadManyLeavesOneForThePages: a big read takes what is free but one, and gives all back.
func TestReadManyLeavesOneForThePages(t *testing.T) {
	s := openAt(t, t.TempDir())
	for _, c := range []struct{ ask, get int }{{1, 1}, {2, 2}, {3, 3}, {4, 3}, {100, 3}} {
		err := s.ReadMany(t.Context(), c.ask, func(ctx context.Context, rs []*Reader) error {
			if len(rs) != c.get {
				t.Errorf("asked for %d readers and got %d, expected %d", c.ask, len(rs), c.get)
			}
			return s.Read(ctx, func(ctx context.Context, r *Reader) error {
				var n int
				return r.Scan(ctx, []any{&n}, `SELECT count(*) FROM batch`)
			})
		})
		if err != nil {
			t.Errorf("%d readers: %v", c.ask, err)
		}
	}
	if len(s.reading) != 0 {
		t.Errorf("%d readers were not given back", len(s.reading))
	}
}

const hours = `SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3`

// TestReadsEndInTime: a read that runs into its deadline, or is cancelled, or finds no free reader, is an error, and its
// reader serves the next one.
func TestReadsEndInTime(t *testing.T) {
	s := openAt(t, t.TempDir())
	for k := range 2 * smallOptions.Readers { // more often than there are readers
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		err := s.ReadMany(ctx, 1+k%3, func(ctx context.Context, rs []*Reader) error {
			var n int64
			return rs[len(rs)-1].Scan(ctx, []any{&n}, hours)
		})
		cancel()
		if err == nil {
			t.Fatal("a read of hours ended without an error")
		}
	}
	for k := range 2 * smallOptions.Readers {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Read(ctx, func(ctx context.Context, r *Reader) error {
			cancel()
			if k%2 == 0 { // Arrow ends by the context too
				rows, err := r.Arrow(ctx, hours)
				if err == nil {
					rows.Release()
				}
				return err
			}
			var n int64
			return r.Scan(ctx, []any{&n}, hours)
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled read gave %v", err)
		}
	}
	if len(s.reading) != 0 || len(s.writing) != 0 {
		t.Errorf("%d readers and %d writers were not given back", len(s.reading), len(s.writing))
	}
	if n := number(t, s, `SELECT count(*) FROM range(5)`); n != 5 {
		t.Errorf("read %d after the cancels, expected 5", n)
	}
}

// TestWaitingEndsInTime: who waits for a reader or the writer gives up at the deadline, without taking anything.
func TestWaitingEndsInTime(t *testing.T) {
	s := openAt(t, t.TempDir())
	for name, c := range map[string]struct {
		tokens chan struct{}
		wait   func(ctx context.Context) error
	}{
		"reader": {s.reading, func(ctx context.Context) error {
			return s.Read(ctx, func(context.Context, *Reader) error { return errors.New("read without a free reader") })
		}},
		"writer": {s.writing, func(ctx context.Context) error {
			return s.Write(ctx, func(context.Context, *Writer) error { return errors.New("wrote beside another writer") })
		}},
		"snapshot of many": {s.writing, func(ctx context.Context) error {
			return s.ReadMany(ctx, 2, func(context.Context, []*Reader) error { return errors.New("began to read beside a commit") })
		}},
		"checkpoint": {s.writing, s.Checkpoint},
	} {
		t.Run(name, func(t *testing.T) {
			for range cap(c.tokens) {
				c.tokens <- struct{}{}
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			err := c.wait(ctx)
			says(t, err, "wait for the store")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, expected the deadline", err)
			}
			for range cap(c.tokens) {
				<-c.tokens
			}
			if len(s.reading) != 0 || len(s.writing) != 0 {
				t.Errorf("%d readers and %d writers are taken", len(s.reading), len(s.writing))
			}
		})
	}
}
