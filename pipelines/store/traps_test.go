package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// The traps are numbered as in the design of the storage; trap 5 is in lock_test.go.

// TestEveryConnectionHasTheSettings is trap 1 and 8: without the disabled optimizer a plan may answer by statistics of
// its birth, in silence.
func TestEveryConnectionHasTheSettings(t *testing.T) {
	s := openAt(t, t.TempDir())
	want := map[string]string{"disabled_optimizers": "statistics_propagation", "lock_configuration": "true", "enable_external_access": "false",
		"storage_compatibility_version": "v1.5.0", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
	check := func(ctx context.Context, who string, r *Reader) error {
		for name, value := range want {
			var found string
			if err := r.Scan(ctx, []any{&found}, `SELECT value FROM duckdb_settings() WHERE name = ?`, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if found != value {
				t.Errorf("%s has %s = %q, expected %q", who, name, found, value)
			}
		}
		return nil
	}
	err := errors.Join(
		s.ReadMany(t.Context(), 3, func(ctx context.Context, readers []*Reader) error {
			if len(readers) != 3 {
				t.Errorf("%d readers, expected 3", len(readers))
			}
			var errs []error
			for i, r := range readers {
				errs = append(errs, check(ctx, fmt.Sprintf("reader %d", i), r))
			}
			return errors.Join(errs...)
		}),
		s.Write(t.Context(), func(ctx context.Context, w *Writer) error { return check(ctx, "the writer", &w.Reader) }))
	if err != nil {
		t.Fatal(err)
	}
}

// versionedRows is how many rows version v of the table in TestReadsEqualOneVersion has.
func versionedRows(v int64) int64 { return 50 + v%7*100 }

// TestReadsEqualOneVersion is trap 1: while a writer commits, each read equals one committed version, none older than
// what was committed when the read began and none newer than what was under way when it ended.
func TestReadsEqualOneVersion(t *testing.T) {
	s := openAt(t, t.TempDir())
	write(t, s, `CREATE TABLE versioned (v BIGINT NOT NULL, x BIGINT NOT NULL)`, `INSERT INTO versioned SELECT 0, i FROM range(50) t(i)`)
	const commits, readers = 150, 3
	var begun, committed atomic.Int64
	var reads [readers]int64
	var wg sync.WaitGroup
	for k := range readers {
		wg.Go(func() {
			for committed.Load() < commits {
				before := committed.Load()
				var seen int64
				err := s.Read(t.Context(), func(ctx context.Context, r *Reader) (err error) {
					seen, err = oneVersion(ctx, r)
					return err
				})
				if after := begun.Load(); err == nil && (seen < before || seen > after) {
					err = fmt.Errorf("read version %d, but %d was committed before and %d begun after", seen, before, after)
				}
				if err != nil {
					t.Error(err)
					return
				}
				reads[k]++
			}
		})
	}
	for v := int64(1); v <= commits; v++ {
		begun.Store(v)
		write(t, s, `DELETE FROM versioned`, fmt.Sprintf(`INSERT INTO versioned SELECT %d, i FROM range(%d) t(i)`, v, versionedRows(v)))
		committed.Store(v)
	}
	wg.Wait()
	t.Logf("%d commits beside %v reads", commits, reads)
}

// oneVersion reads the version by several queries, literals outside the statistics of older versions among them.
func oneVersion(ctx context.Context, r *Reader) (int64, error) {
	var low, high, rows, byLiteral, tail int64
	if err := r.Scan(ctx, []any{&low, &high, &rows}, `SELECT min(v), max(v), count(*) FROM versioned`); err != nil {
		return 0, err
	}
	if err := r.Scan(ctx, []any{&byLiteral}, fmt.Sprintf(`SELECT count(*) FROM versioned WHERE v = %d`, high)); err != nil {
		return 0, err
	}
	if err := r.Scan(ctx, []any{&tail}, `SELECT max(x) + 1 FROM versioned`); err != nil {
		return 0, err
	}
	if want := versionedRows(high); low != high || rows != want || byLiteral != want || tail != want {
		return 0, fmt.Errorf("a read mixed versions %d to %d: %d rows, %d by the literal, %d by the last, expected %d", low, high, rows, byLiteral, tail, want)
	}
	return high, nil
}

// TestNoSecondaryIndex is trap 2: an index loses entries after a crash.
func TestNoSecondaryIndex(t *testing.T) {
	s := openAt(t, t.TempDir())
	if found := texts(t, s, `SELECT table_name || '.' || index_name FROM duckdb_indexes()`); len(found) > 0 {
		t.Errorf("found secondary indexes %v, expected none", found)
	}
	small := []string{"batch", "calibration", "clue_verdict", "indicator", "published", "release", "repair_application", "repair_decision", "run", "saved_view", "scenario", "scenario_adoption", "schema_migration",
		"validation"} // tables of at most a row per file, indicator, night, calibration, validation or act of a person
	keyed := texts(t, s, `SELECT DISTINCT table_name FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY') ORDER BY 1`)
	if !slices.Equal(keyed, small) {
		t.Errorf("found keys on %v, expected them only on the small %v", keyed, small)
	}
}

// constant is a default that cannot keep a file from opening.
var constant = regexp.MustCompile(`^(NULL|-?\d+(\.\d+)?|'[^']*'|true|false|CAST\('[^']*' AS [A-Z]+\))$`)

// TestDefaultsAreConstant is trap 3: a change of a table with a function as default or check, or with a generated
// column, keeps the file from opening after a kill.
func TestDefaultsAreConstant(t *testing.T) {
	s := openAt(t, t.TempDir())
	if n := number(t, s, `SELECT count(*) FROM duckdb_columns() WHERE NOT internal`); n < 100 {
		t.Fatalf("found %d columns in all: the tables are not there", n)
	}
	for _, found := range texts(t, s, `SELECT table_name || '.' || column_name || '=' || column_default FROM duckdb_columns() WHERE NOT internal AND column_default IS NOT NULL`) {
		if _, value, _ := strings.Cut(found, "="); !constant.MatchString(value) {
			t.Errorf("the default of %s is no constant", found)
		}
	}
	if found := texts(t, s, `SELECT table_name || ': ' || sql FROM duckdb_tables() WHERE NOT internal AND regexp_matches(sql, '(?i)\bGENERATED\b|\bAS\s*\(')`); len(found) > 0 {
		t.Errorf("found generated columns: %v", found)
	}
	if found := texts(t, s, `SELECT table_name || ': ' || constraint_text FROM duckdb_constraints() WHERE constraint_type = 'CHECK'`); len(found) > 0 {
		t.Errorf("found checks: %v", found)
	}
}

// TestReopensAfterMigrationWithoutClose is trap 3: a process that migrates and dies leaves a file that opens.
func TestReopensAfterMigrationWithoutClose(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		if code, stderr := runChild(t, "leave-by-kill", dir); code != -1 {
			t.Fatalf("the child ended with %d and said %q, expected a kill", code, stderr)
		}
	}
	s := openAt(t, dir)
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	if n := number(t, s, `SELECT count(*) FROM schema_migration`); n != int64(len(all)) {
		t.Errorf("%d steps are applied, expected %d", n, len(all))
	}
	acceptBase(t, s)
	sound(t, s)
}

// TestSwallowedErrorKeepsNothing is trap 4: DuckDB answers COMMIT of an aborted transaction with success and keeps
// nothing, and after other errors it keeps the half that worked. Write must report both and keep neither.
func TestSwallowedErrorKeepsNothing(t *testing.T) {
	tooBig := sheet{columns: "small:whole", rows: [][]any{{300}}}
	for name, fail := range map[string]func(ctx context.Context, w *Writer) error{
		"constraint": func(ctx context.Context, w *Writer) error {
			_, err := w.Exec(ctx, `INSERT INTO kept VALUES (NULL)`)
			return err
		},
		"conversion": func(ctx context.Context, w *Writer) error {
			_, err := w.Exec(ctx, `INSERT INTO kept SELECT CAST('x' || i AS INTEGER) FROM range(3) t(i)`)
			return err
		},
		"unknown table": func(ctx context.Context, w *Writer) error {
			_, err := w.Exec(ctx, `INSERT INTO absent VALUES (1)`)
			return err
		},
		"syntax": func(ctx context.Context, w *Writer) error {
			_, err := w.Exec(ctx, `INSERT INTO INTO kept VALUES (1)`)
			return err
		},
		"query": func(ctx context.Context, w *Writer) error {
			rows, err := w.Query(ctx, `SELECT absent FROM kept`)
			if err == nil {
				return errors.Join(rows.Err(), rows.Close())
			}
			return err
		},
		"scan": func(ctx context.Context, w *Writer) error {
			var n int
			return w.Scan(ctx, []any{&n}, `SELECT error('no')`)
		},
		"insert": func(ctx context.Context, w *Writer) error {
			_, err := w.Insert(ctx, "kept", tooBig.reader())
			return err
		},
		"cancelled": func(ctx context.Context, w *Writer) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			_, err := w.Exec(ctx, `INSERT INTO kept VALUES (3)`)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openAt(t, t.TempDir())
			write(t, s, `CREATE TABLE kept (small UTINYINT NOT NULL)`)
			err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
				if _, err := w.Exec(ctx, `INSERT INTO kept VALUES (1)`); err != nil {
					return err
				}
				if err := fail(ctx, w); err == nil {
					t.Error("the statement that was to fail did not")
				}
				return nil // swallowed
			})
			if err == nil {
				t.Error("Write said nothing of the statement that failed")
			}
			if n := number(t, s, `SELECT count(*) FROM kept`); n != 0 {
				t.Errorf("%d rows were kept, expected none", n)
			}
			write(t, s, `INSERT INTO kept VALUES (2)`)
			if n := number(t, s, `SELECT count(*) FROM kept`); n != 1 {
				t.Errorf("after the failure %d rows could be written, expected 1", n)
			}
		})
	}
}

// TestNoRowsIsNoFailure: a question without an answer is not a failed statement.
func TestNoRowsIsNoFailure(t *testing.T) {
	s := openAt(t, t.TempDir())
	err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		var n int
		if err := w.Scan(ctx, []any{&n}, `SELECT run_id FROM published`); err == nil {
			t.Error("a query without rows filled a value")
		}
		_, err := w.Exec(ctx, `INSERT INTO published VALUES (1, 1, TIMESTAMP '2026-01-01')`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := number(t, s, `SELECT count(*) FROM published`); n != 1 {
		t.Errorf("%d rows were kept, expected 1", n)
	}
}

// endingContext ends after it was asked a number of times whether it has.
type endingContext struct {
	context.Context
	questions atomic.Int64
	done      chan struct{}
	once      sync.Once
}

func (c *endingContext) Err() error {
	if c.questions.Add(-1) >= 0 {
		return nil
	}
	c.once.Do(func() { close(c.done) })
	return context.Canceled
}

func (c *endingContext) Done() <-chan struct{} { return c.done }

// TestWriterSurvivesCancelAnywhere: wherever a cancel falls, the begin and the commit included, Write either kept all
// and said so or nothing, and the next one works.
func TestWriterSurvivesCancelAnywhere(t *testing.T) {
	s := openAt(t, t.TempDir())
	write(t, s, `CREATE TABLE kept (n INTEGER NOT NULL)`)
	whole := false
	for questions := int64(0); !whole; questions++ {
		ctx := &endingContext{Context: t.Context(), done: make(chan struct{})}
		ctx.questions.Store(questions)
		before := number(t, s, `SELECT count(*) FROM kept`)
		err := s.Write(ctx, func(ctx context.Context, w *Writer) error {
			for range 2 {
				if _, err := w.Exec(ctx, `INSERT INTO kept VALUES (1)`); err != nil {
					return err
				}
			}
			return nil
		})
		whole = err == nil && ctx.questions.Load() >= 0
		kept := number(t, s, `SELECT count(*) FROM kept`) - before
		if err == nil && kept != 2 || err != nil && kept != 0 {
			t.Fatalf("cancelled at question %d: error %v and %d rows kept", questions, err, kept)
		}
		write(t, s, `INSERT INTO kept VALUES (2)`)
		if questions > 1000 {
			t.Fatal("Write does not end")
		}
	}
}

// TestReadersSurviveCancelAnywhere: wherever a cancel falls, the reader goes back to the pool without a transaction.
func TestReadersSurviveCancelAnywhere(t *testing.T) {
	s := openAt(t, t.TempDir())
	for questions := int64(0); ; questions++ {
		ctx := &endingContext{Context: t.Context(), done: make(chan struct{})}
		ctx.questions.Store(questions)
		err := s.ReadMany(ctx, 2, func(ctx context.Context, readers []*Reader) error {
			var n int
			return readers[0].Scan(ctx, []any{&n}, `SELECT count(*) FROM batch`)
		})
		for range smallOptions.Readers {
			number(t, s, `SELECT count(*) FROM batch`)
		}
		if err == nil {
			break
		}
		if questions > 1000 {
			t.Fatal("ReadMany does not end")
		}
	}
	if len(s.reading) != 0 || len(s.writing) != 0 {
		t.Errorf("%d readers and %d writers are still taken", len(s.reading), len(s.writing))
	}
}

// TestPanicInWriteKeepsNothing: a panic in f passes through, keeps nothing and leaves a store that works.
func TestPanicInWriteKeepsNothing(t *testing.T) {
	s := openAt(t, t.TempDir())
	write(t, s, `CREATE TABLE kept (n INTEGER NOT NULL)`)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not pass through")
			}
		}()
		_ = s.Write(t.Context(), func(ctx context.Context, w *Writer) error { // it panics
			if _, err := w.Exec(ctx, `INSERT INTO kept VALUES (1)`); err != nil {
				return err
			}
			panic("a bug")
		})
	}()
	write(t, s, `INSERT INTO kept VALUES (2)`)
	if n := number(t, s, `SELECT sum(n)::BIGINT FROM kept`); n != 2 {
		t.Errorf("the rows sum to %d, expected 2", n)
	}
}

// TestInsertNeverCoerces is trap 6: a value that the column cannot hold is an error, and nothing of the rows is stored.
func TestInsertNeverCoerces(t *testing.T) {
	s := openAt(t, t.TempDir())
	write(t, s, `CREATE TABLE narrow (row_no INTEGER NOT NULL, tiny UTINYINT, small SMALLINT, name VARCHAR, num DOUBLE, day DATE, yes BOOLEAN)`)
	for _, c := range []struct {
		name, columns string
		good, bad     any
	}{
		{"300 into UTINYINT", "tiny:whole", 255, 300},
		{"negative into UTINYINT", "tiny:whole", 0, -1},
		{"32768 into SMALLINT", "small:small", 32767, 32768},
		{"row number beyond INTEGER", "row_no:whole", math.MaxInt32, math.MaxInt32 + 1},
		{"null into NOT NULL", "row_no:whole", 1, nil},
		{"bad UTF-8", "name:text", "江北 ok", "江\xe6\xb1"},
		{"bad UTF-8 alone", "name:text", "", "\xff"},
		{"fraction into an integer", "tiny:real", nil, 1.5},
		{"whole fraction into an integer", "tiny:real", nil, 2.0},
		{"NaN into an integer", "small:real", nil, math.NaN()},
		{"text into a number", "num:text", nil, "1.50"},
		{"text into a date", "day:text", nil, "2025-01-01"},
		{"number into a text", "name:whole", nil, 7},
		{"number into a boolean", "yes:whole", nil, 7},
		{"unknown column", "absent:whole", nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			insert := func(values ...any) error {
				f := sheet{columns: c.columns}
				for _, v := range values {
					f.rows = append(f.rows, []any{v})
				}
				rows := f.reader()
				if strings.HasPrefix(c.columns, "row_no") {
					rows = withoutLast(rows)
				}
				return s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
					_, err := w.Insert(ctx, "narrow", rows)
					return err
				})
			}
			if c.good != nil {
				if err := insert(c.good, c.good); err != nil {
					t.Fatalf("a good value was refused: %v", err)
				}
			}
			before := number(t, s, `SELECT count(*) FROM narrow`)
			if err := insert(c.bad, c.bad, c.bad); err == nil {
				t.Error("the value was stored")
			} else if bad := fmt.Sprint(c.bad); len(bad) > 2 && strings.Contains(err.Error(), "'"+bad) {
				t.Errorf("the error quotes the value: %v", err)
			}
			if after := number(t, s, `SELECT count(*) FROM narrow`); after != before {
				t.Errorf("%d rows were stored beside the error", after-before)
			}
		})
	}
}

// withoutLast leaves the sheet's own row numbers out.
func withoutLast(rows array.RecordReader) array.RecordReader {
	rows.Next()
	batch := rows.RecordBatch()
	fields := batch.Schema().Fields()
	schema := arrow.NewSchema(fields[:len(fields)-1], nil)
	reader, err := array.NewRecordReader(schema, []arrow.RecordBatch{array.NewRecordBatch(schema, batch.Columns()[:len(fields)-1], batch.NumRows())})
	if err != nil {
		panic(err) // one schema for both
	}
	return reader
}
