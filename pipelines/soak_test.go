package pipelines_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pingxin/pipelines"
	"pingxin/pipelines/store"
)

// How long readers, uploads and nights go on together, and the variable that says otherwise, as 30m.
const (
	soakTime     = 20 * time.Second
	longSoakTime = 10 * time.Minute
	soakVariable = "PINGXIN_SOAK"
	soakReaders  = 50
	soakMemoryMB = 512 + 300 // limit of the database and what the rest may take
)

// answer is what a reader saw in one transaction. Of answers with the same batches and run every other part has to agree.
type answer struct{ batches, run int }

type seen struct {
	scores, superseded int64
	runHash, results   string
}

// history is everything that readers saw, and what was written.
type history struct {
	mu    sync.Mutex
	seen  map[answer]seen
	runs  map[int]string // digest of the results by run
	after map[int]int64  // scores that there are in all, after each batch
	reads atomic.Int64
}

// read takes one answer and checks what holds within it.
func (h *history) read(ctx context.Context, st *store.Store) (a answer, s seen, err error) {
	err = st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		var last int
		var rows int64
		for _, q := range []struct {
			dest []any
			text string
		}{
			{[]any{&a.batches, &last, &rows}, `SELECT count(*), max(batch_id), coalesce(sum(row_count) FILTER (kind = 'score'), 0)::BIGINT FROM batch`},
			{[]any{&s.scores}, `SELECT count(*) FROM score`},
			{[]any{&s.superseded}, `SELECT count(*) FROM score_superseded`},
			{[]any{&a.run, &s.runHash}, `SELECT run_id, hash FROM run JOIN published USING (run_id)`},
		} {
			if err := r.Scan(ctx, q.dest, q.text); err != nil {
				return err
			}
		}
		if last != a.batches || rows != s.scores+s.superseded {
			return fmt.Errorf("%d batches up to number %d with %d rows, and %d scores and %d corrected ones", a.batches, last, rows, s.scores, s.superseded)
		}
		return r.Scan(ctx, []any{&s.results}, fmt.Sprintf(`SELECT count(*) || ' ' || coalesce(bit_xor(hash(contract_no, value, grade, row_hash)), 0) FROM evaluation
			WHERE from_run <= %d AND until_run > %d`, a.run, a.run))
	})
	return a, s, err
}

// check compares an answer with all before, and with what was written.
func (h *history) check(a answer, s seen) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reads.Add(1)
	if before, known := h.seen[a]; known && before != s {
		return fmt.Errorf("%+v was answered with %+v and with %+v", a, before, s)
	}
	h.seen[a] = s
	if digest, known := h.runs[a.run]; known && digest != s.results {
		return fmt.Errorf("run %d was answered with the results %s and %s", a.run, digest, s.results)
	}
	h.runs[a.run] = s.results
	if want, known := h.after[a.batches]; known && want != s.scores+s.superseded {
		return fmt.Errorf("after batch %d there are %d scores, expected %d", a.batches, s.scores+s.superseded, want)
	}
	return nil
}

// TestSoak lets readers, uploads, nights and backups go on together: every answer equals one committed version, no reader
// ever goes back, and the memory stays bounded.
func TestSoak(t *testing.T) {
	span := soakTime
	if os.Getenv(longVariable) == "1" {
		span = longSoakTime
	}
	if text := os.Getenv(soakVariable); text != "" {
		var err error
		if span, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "data")
	durableStore(t, dir)
	st, err := store.Open(t.Context(), dir, durableOptions(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	runFor(t, st, pipelines.Options{AsOf: durableDay})
	h := &history{seen: map[answer]seen{}, runs: map[int]string{}, after: map[int]int64{}}
	a, s, err := h.read(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	var all sync.WaitGroup
	for range soakReaders {
		all.Go(func() { soakReader(ctx, t, st, h) })
	}
	all.Go(func() { soakUploads(ctx, t, st, h, s.scores+s.superseded) })
	all.Go(func() {
		for n := 0; ctx.Err() == nil && !t.Failed(); n++ {
			o := pipelines.Options{AsOf: durableDay.AddDate(0, 0, n%40), Policy: loadPolicy(t), Full: n%7 == 6}
			if _, err := pipelines.Run(ctx, st, o); err != nil && ctx.Err() == nil {
				t.Errorf("night %d: %v", n, err)
			}
			if n%10 == 4 {
				if _, err := st.Backup(ctx, 2); err != nil && ctx.Err() == nil {
					t.Errorf("backup: %v", err)
				}
			}
		}
	})
	all.Wait()
	t.Logf("%v: %d answers of %d versions, from %d batches and run %d on, %d runs", span, h.reads.Load(), len(h.seen), a.batches, a.run, len(h.runs))
	if len(h.seen) < 10 || len(h.runs) < 3 || h.reads.Load() < 100 {
		t.Errorf("too little happened to say anything")
	}
	checkMemory(t)
}

// soakReader reads until the end; what it sees never goes back.
func soakReader(ctx context.Context, t *testing.T, st *store.Store, h *history) {
	var last answer
	for ctx.Err() == nil && !t.Failed() {
		a, s, err := h.read(ctx, st)
		if err == nil {
			err = h.check(a, s)
		}
		if err != nil {
			if ctx.Err() == nil {
				t.Error(err)
			}
			return
		}
		if a.batches < last.batches || a.run < last.run {
			t.Errorf("a reader saw %+v after %+v", a, last)
			return
		}
		last = a
	}
}

// soakUploads brings one file after the other, each also a second time, and compacts now and then.
func soakUploads(ctx context.Context, t *testing.T, st *store.Store, h *history, scores int64) {
	for n := 0; ctx.Err() == nil && !t.Failed(); n++ {
		in, err := bring(ctx, st, n)
		if err != nil {
			if ctx.Err() == nil {
				t.Errorf("file %d: %v", n, err)
			}
			return
		}
		scores += in.Receipt.Rows
		h.mu.Lock()
		h.after[in.Receipt.Batch] = scores
		h.mu.Unlock()
		if again, err := bring(ctx, st, n); err == nil && (!again.Repeated || again.Receipt != in.Receipt) {
			t.Errorf("file %d sent again got %+v after %+v", n, again.Receipt, in.Receipt)
		}
		if n%5 == 4 {
			if _, err := st.Compact(ctx); err != nil && ctx.Err() == nil {
				t.Errorf("compact: %v", err)
			}
		}
	}
}

// checkMemory looks how much memory the process has on the machine.
func checkMemory(t *testing.T) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Logf("resident size unknown here: %v", err)
		return
	}
	var kb int64
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			if _, err := fmt.Sscan(rest, &kb); err != nil {
				t.Error(err)
			}
		}
	}
	t.Logf("at most %d MB were resident", kb>>10)
	if kb>>10 > soakMemoryMB {
		t.Errorf("%d MB were resident, expected at most %d", kb>>10, soakMemoryMB)
	}
}
