package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counted asks for the number of batches as pages ask, and counts how often the database was read for it.
func counted(ctx context.Context, r *Reader, reads *atomic.Int64) (int, error) {
	return remembered(ctx, r, r.stand("SELECT count(*) FROM batch"), "SELECT count(*) FROM batch", nil, func() (n int, err error) {
		reads.Add(1)
		return n, r.Scan(ctx, []any{&n}, "SELECT count(*) FROM batch")
	})
}

const anotherBatch = `INSERT INTO batch SELECT count(*) + 1, 'score', 'sha' || count(*), 'f', 1, '', 0, TIMESTAMP '2026-01-01' FROM batch`

func TestAnswersEndWithTheVersion(t *testing.T) {
	s, ctx := openAt(t, t.TempDir()), t.Context()
	var reads atomic.Int64
	ask := func() (n int) {
		t.Helper()
		err := s.Read(ctx, func(ctx context.Context, r *Reader) (err error) {
			n, err = counted(ctx, r, &reads)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for round := range 3 {
		for range 3 {
			if n := ask(); n != round {
				t.Errorf("after %d commits %d batches", round, n)
			}
		}
		if int(reads.Load()) != round+1 {
			t.Errorf("%d readings of %d versions", reads.Load(), round+1)
		}
		write(t, s, anotherBatch)
	}
}

// A reader that began before a commit is answered by what it sees, and does not answer those who began after it.
func TestAnOldReaderKeepsItsVersion(t *testing.T) {
	s, ctx := openAt(t, t.TempDir()), t.Context()
	var reads atomic.Int64
	err := s.Read(ctx, func(ctx context.Context, old *Reader) error {
		write(t, s, anotherBatch)
		return s.Read(ctx, func(ctx context.Context, latest *Reader) error {
			for _, c := range []struct {
				r    *Reader
				want int
			}{{old, 0}, {latest, 1}, {old, 0}} {
				if n, err := counted(ctx, c.r, &reads); err != nil || n != c.want {
					t.Errorf("%d batches, want %d (%v)", n, c.want, err)
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Many readers beside a writer: each is answered by the version that its transaction sees.
func TestAnswersBesideCommits(t *testing.T) {
	s, ctx := openAt(t, t.TempDir()), t.Context()
	var reads atomic.Int64
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 40 {
				err := s.Read(ctx, func(ctx context.Context, r *Reader) error {
					n, err := counted(ctx, r, &reads)
					var sees int
					if err := errors.Join(err, r.Scan(ctx, []any{&sees}, "SELECT count(*) FROM batch")); err != nil || n != sees {
						return fmt.Errorf("answered %d, the database says %d (%w)", n, sees, err)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 20 {
		write(t, s, anotherBatch)
	}
	readers.Wait()
}

// A reader that begins beside a commit knows by the number that it reads whether it sees what is committed.
func TestVersionsBesideACommit(t *testing.T) {
	var c committed
	if c.latest() != nil {
		t.Error("versions are known before anybody read")
	}
	first := c.numbered(7)
	if first == nil || c.latest() != first || c.numbered(7) != first {
		t.Fatalf("the first reader sees %v, the last commit made %v", first, c.latest())
	}
	c.begins(map[string]bool{"batch": true})
	if c.latest() != first || c.numbered(7) != first {
		t.Error("a commit under way changed what is committed")
	}
	coming := c.numbered(8)
	if coming == nil || coming.of([]string{"batch"}) == first.of([]string{"batch"}) || coming.of([]string{"run"}) != first.of([]string{"run"}) {
		t.Errorf("who sees the commit sees %v", coming)
	}
	c.ends(nil)
	if c.latest() != coming || c.numbered(8) != coming || c.numbered(7) != first || c.numbered(6) != nil {
		t.Error("after the commit: other versions than it made")
	}
	c.begins(map[string]bool{"run": true})
	c.ends(errors.New("no space left"))
	if c.latest() != nil {
		t.Error("versions are known after a commit that failed")
	}
	again := c.numbered(8)
	for _, tables := range [][]string{{"batch"}, {"payment"}, everyTable} {
		if again.of(tables) == coming.of(tables) {
			t.Errorf("%v: what was remembered before a commit failed is still found", tables)
		}
	}
}

// While a commit is under way readers begin, and remember what they read.
func TestReadersBesideACommit(t *testing.T) {
	s, ctx := openAt(t, t.TempDir()), t.Context()
	var reads atomic.Int64
	s.recall.current.begins(map[string]bool{"batch": true})
	for range 3 {
		err := s.Recall(ctx, func(ctx context.Context, r *Reader) error { _, err := counted(ctx, r, &reads); return err })
		if err != nil || reads.Load() != 1 {
			t.Errorf("%d readings, expected 1 (%v)", reads.Load(), err)
		}
	}
}

func TestErrorsAreNotRemembered(t *testing.T) {
	r := &Reader{recall: newRecall(), versions: &versions{}}
	asks := 0
	ask := func() (int, error) {
		return remembered(t.Context(), r, r.stand("question"), "question", nil, func() (int, error) {
			if asks++; asks == 1 {
				return 0, sql.ErrConnDone
			}
			return asks, nil
		})
	}
	if _, err := ask(); !errors.Is(err, sql.ErrConnDone) {
		t.Errorf("the first answer is %v", err)
	}
	for range 2 {
		if n, err := ask(); n != 2 || err != nil {
			t.Errorf("then %d, %v", n, err)
		}
	}
}

// Those who wait read for themselves when who reads for them panics, or is cancelled.
func TestWaitingForAnAnswerThatDoesNotCome(t *testing.T) {
	r := &Reader{recall: newRecall(), versions: &versions{}}
	reading, waited := make(chan struct{}), make(chan int)
	go func() {
		defer func() { _ = recover() }()
		_, _ = remembered(context.Background(), r, "run", "question", nil, func() (int, error) {
			close(reading)
			panic("a mistake in the program")
		})
	}()
	<-reading
	go func() {
		n, _ := remembered(context.Background(), r, "run", "question", nil, func() (int, error) { return 7, nil })
		waited <- n
	}()
	if n := <-waited; n != 7 {
		t.Errorf("answered %d", n)
	}
}

func TestRecallIsBounded(t *testing.T) {
	r := &Reader{recall: newRecall(), versions: &versions{}}
	m, asked := r.recall, 0
	ask := func(size int) {
		asked++
		_, err := remembered(t.Context(), r, "run", "question", []any{asked}, func() ([]byte, error) { return make([]byte, size), nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	const pages = 100
	for range pages {
		ask(largeBytes / 2)
	}
	for range 40 {
		ask(recallBytes / 10)
		if m.few.bytes > recallBytes {
			t.Fatalf("%d bytes are kept", m.few.bytes)
		}
	}
	if kept := m.few.latest.Len(); kept < 8 || kept > 10 || len(m.answers) != kept+pages {
		t.Errorf("%d answers of a tenth are kept, and %d in all beside %d of pages", kept, len(m.answers), pages)
	}
	ask(recallBytes / 2)
	if kept := m.few.latest.Len(); kept < 8 {
		t.Errorf("one very large answer left %d", kept)
	}
	for range 2 * recallBytes / largeBytes {
		ask(largeBytes)
	}
	if kept, fit := m.many.latest.Len(), recallBytes/largeBytes; m.many.bytes > recallBytes || kept > fit || kept < fit-1 {
		t.Errorf("%d small answers of %d bytes are kept, expected nearly %d", kept, m.many.bytes, fit)
	}
}

// What differs in any part is another question.
func TestQuestionsDiffer(t *testing.T) {
	questions := map[question]string{}
	for _, q := range []struct {
		holds, text string
		args        []any
	}{{"run 1", "a", nil}, {"run 2", "a", nil}, {"run 1", "b", nil}, {"run 1", "a", []any{"x", "y"}}, {"run 1", "a", []any{`x"string"y`}}, {"run 1", "a", []any{"xy"}},
		{"run 1", "a", []any{int32(1)}}, {"run 1", "a", []any{"1"}}, {"run 1a", "", nil}} {
		key := questionOf(q.holds, q.text, q.args)
		if other, known := questions[key]; known {
			t.Errorf("%v is the same question as %s", q, other)
		}
		questions[key] = fmt.Sprint(q)
	}
}

// putTogether asks for something as a page does that is put together from several answers, and counts how often it is.
func putTogether(t *testing.T, s *Store, made *atomic.Int64, read func(ctx context.Context, v *View) (int, error)) (n int) {
	t.Helper()
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		v, err := NewView(ctx, r, Everything)
		if err != nil {
			return err
		}
		n, err = Remember(ctx, v, "page", nil, func() (int, error) {
			made.Add(1)
			return read(ctx, v)
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What is put together holds until a table is written that it was read from, whoever else writes.
func TestAnswersOutliveOtherCommits(t *testing.T) {
	s := scoped(t, Everything)
	var made atomic.Int64
	disputes := func(ctx context.Context, v *View) (n int, err error) {
		err = v.scan(ctx, []any{&n}, `SELECT count(*) FROM objection_filing JOIN evaluation USING (contract_no) WHERE until_run > 2`)
		return n, err
	}
	first := putTogether(t, s, &made, disputes)
	for _, c := range []struct {
		statement string
		made      int64
	}{
		{`INSERT INTO saved_view VALUES (7, 'a', '/', 'n', '', false, false, TIMESTAMP '2026-01-01')`, 1},
		{anotherBatch, 1},
		{`UPDATE evaluation SET until_run = 3 WHERE until_run = 3`, 1}, // as the next run does
		{`INSERT INTO objection_filing SELECT * REPLACE ('another' AS objection_no) FROM objection_filing LIMIT 1`, 2},
		{`DELETE FROM objection_filing WHERE objection_no = 'another'`, 3},
		{`WITH none AS (SELECT 1) DELETE FROM saved_view`, 4}, // which does not say at once what it writes
	} {
		write(t, s, c.statement)
		for range 2 {
			putTogether(t, s, &made, disputes)
		}
		if made.Load() != c.made {
			t.Errorf("after %s it was put together %d times, expected %d", c.statement, made.Load(), c.made)
		}
	}
	if last := putTogether(t, s, &made, disputes); last != first {
		t.Errorf("%d at last, %d at first", last, first)
	}
}

// An answer within another counts for it too, remembered or not.
func TestAnswersStandOnThoseWithin(t *testing.T) {
	s := scoped(t, Everything)
	var outer, inner atomic.Int64
	ask := func() int {
		return putTogether(t, s, &outer, func(ctx context.Context, v *View) (int, error) {
			return Remember(ctx, v, "part", nil, func() (n int, err error) {
				inner.Add(1)
				err = v.scan(ctx, []any{&n}, `SELECT count(*) FROM saved_view`)
				return n, err
			})
		})
	}
	before := ask()
	write(t, s, `INSERT INTO clue_verdict BY NAME SELECT 9 AS verdict_id, 'c' AS clue_id, 'r' AS rule, 'unclear' AS verdict, '' AS reason, 1 AS run_id, 'h' AS row_hash, 'a' AS given_by, TIMESTAMP '2026-01-01' AS given_at`)
	ask()
	write(t, s, `INSERT INTO saved_view VALUES (8, 'a', '/', 'n', '', false, false, TIMESTAMP '2026-01-01')`)
	if after := ask(); after != before+1 || outer.Load() != 2 || inner.Load() != 2 {
		t.Errorf("%d views, then %d; put together %d times, the part %d times", before, after, outer.Load(), inner.Load())
	}
}

// What an accepted file wrote is known by the tables, its staging tables among them: else it threw every answer away.
func TestAFileSaysWhatItWrites(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	before := s.recall.current.latest()
	accept(t, s, scores(score("C1", "E1", 100_000, "2025-03-01")))
	after := s.recall.current.latest()
	if after.unknown != before.unknown || after.tables["score"] == before.tables["score"] {
		t.Errorf("of unknown tables %d after %d, of scores %d after %d", after.unknown, before.unknown, after.tables["score"], before.tables["score"])
	}
}

// A statement is known by the table that it writes, or as one that may have written any.
func TestTableWritten(t *testing.T) {
	for statement, want := range map[string]string{
		"INSERT INTO batch VALUES (1)": "batch", "insert into batch(batch_id) SELECT 1": "batch", "\n UPDATE entry SET a = 1": "entry", "DELETE FROM score USING t": "score",
		"SELECT 1": "", "BEGIN TRANSACTION": "", "COMMIT": "", "CREATE OR REPLACE TEMP TABLE touched AS SELECT 1": "",
		"DROP TABLE temp.staging": "", "DROP TABLE IF EXISTS temp.staging": "", "DROP TABLE staging": unknownTable, "DROP TABLE temporary": unknownTable,
		"ALTER TABLE score ADD COLUMN a INTEGER": unknownTable, "CREATE TABLE x (a INTEGER)": unknownTable, "INSERT OR REPLACE INTO batch VALUES (1)": unknownTable,
		"WITH a AS (SELECT 1) DELETE FROM batch": unknownTable, "UPDATE main.entry SET a = 1": unknownTable, "DELETE FROM a; DELETE FROM b": unknownTable, "DELETE FROM batch;": "batch",
	} {
		if got := tableWritten(statement); got != want {
			t.Errorf("%q writes %q, found %q", statement, want, got)
		}
	}
}

// What is remembered is answered without a place among the readers, what is not waits for one.
func TestRecallNeedsNoPlace(t *testing.T) {
	o := smallOptions
	o.Readers = 1
	s, err := Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	var reads atomic.Int64
	ask := func(ctx context.Context) error {
		return s.Recall(ctx, func(ctx context.Context, r *Reader) error {
			_, err := counted(ctx, r, &reads)
			return err
		})
	}
	if err := ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(ctx context.Context, _ *Reader) error {
		if err := ask(ctx); err != nil {
			t.Errorf("what is remembered: %v", err)
		}
		soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		err := s.Recall(soon, func(ctx context.Context, r *Reader) error {
			var n int
			return r.Scan(ctx, []any{&n}, "SELECT count(*) FROM run")
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("what is not remembered: %v, expected that it waits", err)
		}
		return nil
	})
	if err != nil || reads.Load() != 1 {
		t.Errorf("%d readings, expected 1 (%v)", reads.Load(), err)
	}
}

// Where a commit comes between what was remembered and the first reading, everything is asked again of the version that is read.
func TestRecallIsOfOneVersion(t *testing.T) {
	s, ctx := openAt(t, t.TempDir()), t.Context()
	var reads atomic.Int64
	if err := s.Recall(ctx, func(ctx context.Context, r *Reader) error { _, err := counted(ctx, r, &reads); return err }); err != nil {
		t.Fatal(err)
	}
	calls, remembered, sees := 0, 0, 0
	err := s.Recall(ctx, func(ctx context.Context, r *Reader) (err error) {
		if remembered, err = counted(ctx, r, &reads); err != nil {
			return err
		}
		if calls++; calls == 1 {
			write(t, s, anotherBatch)
		}
		_ = r.Scan(ctx, []any{&sees}, "SELECT count(*) FROM batch") // an error that f swallows is none of the answer's
		return nil
	})
	if err != nil || calls != 2 || remembered != 1 || sees != 1 {
		t.Errorf("%d calls, remembered %d, sees %d (%v); expected 2, 1 and 1", calls, remembered, sees, err)
	}
}

// Many who ask the same at once, more than there are places, all get their answer: who reads it for the others has a place.
func TestRecallOfManyAtOnce(t *testing.T) {
	o := smallOptions
	o.Readers = 2
	s, err := Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	var asking sync.WaitGroup
	for i := range 16 {
		asking.Go(func() {
			for round := range 30 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				err := s.Recall(ctx, func(ctx context.Context, r *Reader) error {
					var n int
					for question := range 4 {
						text := fmt.Sprintf("SELECT count(*) + %d FROM batch", question+round)
						if err := scanFrom(ctx, r, []any{&n}, text); err != nil {
							return err
						}
					}
					return nil
				})
				cancel()
				if err != nil {
					t.Errorf("reader %d, round %d: %v", i, round, err)
				}
				if i == 0 && round%10 == 0 {
					write(t, s, anotherBatch)
				}
			}
		})
	}
	asking.Wait()
}

// The words of a text that may be tables; what is certainly a column or a text is none.
func TestNamedIn(t *testing.T) {
	r := &Reader{recall: newRecall()}
	for _, table := range []string{"entry", "published", "release", "contract"} {
		r.recall.tables[table] = true
	}
	for text, want := range map[string]string{
		"SELECT a FROM entry": "[entry]", "SELECT t.entry FROM contract t": "[contract]", "SELECT entry FROM contract": "[contract entry]", "FROM main.contract": "[contract]",
		"SELECT contract.entry": "[contract]", "a = 'release'": "[]", "a = 'x'||release||'y'": "[release]", "(published, t.entry)": "[published]", "published": "[published]",
		"entry.published": "[entry]", "SELECT '合同' FROM contract": "[contract]", "": "[]", "a . entry": "[entry]",
	} {
		if got := fmt.Sprint(r.namedIn(text)); got != want {
			t.Errorf("%q names %s, expected %s", text, got, want)
		}
	}
}
