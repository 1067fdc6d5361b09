package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// The traps of DuckDB 1.5 that this package is built around, each by its number in the list of the package's design:
// what would come back if a rule of the package were broken.

// Trap 1: a plan built on the statistics of its birth answers wrongly after a commit. Every batch of 100 numbers adds up
// to 0, so that any committed version does, and any mixture or stale plan shows.
func TestTrap1ReadersSeeOneCommittedVersion(t *testing.T) {
	s := open(t, t.TempDir())
	var optimizers string
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		return r.Scan(ctx, []any{&optimizers}, `SELECT value FROM duckdb_settings() WHERE name = 'disabled_optimizers'`)
	})
	if err != nil || optimizers != "statistics_propagation" {
		t.Fatalf("disabled optimizers %q, %v", optimizers, err)
	}
	write := func(ctx context.Context, text string, args ...any) error {
		return s.Write(ctx, func(ctx context.Context, w *Writer) error { _, err := w.Exec(ctx, text, args...); return err })
	}
	if err := write(t.Context(), `CREATE TABLE sums (batch INTEGER, v BIGINT)`); err != nil {
		t.Fatal(err)
	}
	group, ctx := errgroup.WithContext(t.Context())
	done := make(chan struct{})
	group.Go(func() error {
		defer close(done)
		for i := range 150 {
			if err := write(ctx, `INSERT INTO sums SELECT ?, CASE WHEN i = 99 THEN -99 * 49 ELSE i END FROM range(100) t(i)`, int32(i)); err != nil {
				return err
			}
		}
		return nil
	})
	for range 3 {
		group.Go(func() error {
			for {
				select {
				case <-done:
					return nil
				default:
				}
				err := s.Read(ctx, func(ctx context.Context, r *Reader) error {
					var rows, sum, most int64
					if err := r.Scan(ctx, []any{&rows, &sum, &most}, `SELECT count(*), coalesce(sum(v), 0)::BIGINT, coalesce(max(batch), -1) FROM sums`); err != nil {
						return err
					}
					var filtered int64
					if err := r.Scan(ctx, []any{&filtered}, `SELECT count(*) FROM sums WHERE batch <= 1000000`); err != nil {
						return err
					}
					if sum != 0 || rows != (most+1)*100 || filtered != rows {
						return errors.New("a reader saw no committed version")
					}
					return nil
				})
				if err != nil {
					return err
				}
			}
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// Trap 2: an index made by CREATE INDEX loses entries after a crash.
func TestTrap2NoSecondaryIndex(t *testing.T) {
	s := open(t, t.TempDir())
	if n := number(t, s, `SELECT count(*) FROM duckdb_indexes()`); n != 0 {
		t.Errorf("%d secondary indexes, expected none", n)
	}
}

// Trap 3: a table with a computed default, check or column may not open after ALTER and a crash.
func TestTrap3NothingComputedInTables(t *testing.T) {
	s := open(t, t.TempDir())
	if n := number(t, s, `SELECT count(*) FROM duckdb_constraints() WHERE constraint_type = 'CHECK'`); n != 0 {
		t.Errorf("%d CHECK constraints, expected none", n)
	}
	if n := number(t, s, `SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND (contains(column_default, '(') OR contains(column_default, 'AS'))`); n != 0 {
		t.Errorf("%d computed defaults or generated columns, expected none", n)
	}
}

// Trap 4: COMMIT of an aborted transaction answers with success and keeps nothing.
func TestTrap4ASwallowedErrorIsNoSuccess(t *testing.T) {
	s := open(t, t.TempDir())
	err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		if _, err := w.Exec(ctx, `INSERT INTO indicator VALUES (1, 'kept?')`); err != nil {
			return err
		}
		_, _ = w.Exec(ctx, `INSERT INTO no_such_table VALUES (1)`) // swallowed on purpose
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "nothing is kept") {
		t.Errorf("a write with a failed statement answered %v", err)
	}
	if kept := number(t, s, `SELECT count(*) FROM indicator`); kept != 0 {
		t.Errorf("%d rows of it were kept", kept)
	}
	err = s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		_, err := w.Exec(ctx, `INSERT INTO indicator VALUES (2, 'after')`)
		return err
	})
	if err != nil || number(t, s, `SELECT count(*) FROM indicator WHERE indicator_key = 2`) != 1 {
		t.Errorf("the next write: %v", err)
	}
}

// Trap 5: opening and closing the database file inside the process drops DuckDB's lock, so only DuckDB may open it.
func TestTrap5NobodyOpensTheDatabaseFile(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	opens := regexp.MustCompile(`os\.(Open|OpenFile|ReadFile|Create)\([^)]*(databaseFile|databasePath|pingxin\.db)`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := opens.Find(text); found != nil && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s: %s", name, found)
		}
	}
}

// Trap 6: values that a column cannot hold become other values in silence.
func TestTrap6NothingIsCoerced(t *testing.T) {
	s := open(t, t.TempDir())
	for name, c := range map[string]struct {
		column, typ string
		value       any
	}{
		"300 as UTINYINT":        {"v:i", "UTINYINT", 300},
		"70000 as SMALLINT":      {"v:l", "SMALLINT", 70000},
		"bytes that are no text": {"v:s", "VARCHAR", "a\xffb"},
		"text as a number":       {"v:s", "INTEGER", "12"},
		"text as a date":         {"v:s", "DATE", "2025-01-01"},
		"a day as a number":      {"v:d", "INTEGER", 20000},
	} {
		err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
			if _, err := w.Exec(ctx, `CREATE OR REPLACE TABLE narrow (v `+c.typ+`, row_no BIGINT)`); err != nil {
				return err
			}
			_, err := w.Insert(ctx, "narrow", table(c.column, []any{c.value}))
			return err
		})
		if err == nil {
			t.Errorf("%s was stored", name)
		}
	}
}

// An error of the database may quote a row; what reaches a log must not.
func TestErrorsDoNotQuoteRows(t *testing.T) {
	s := open(t, t.TempDir())
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		var n int
		return r.Scan(ctx, []any{&n}, `SELECT CAST('张三 13800000000' AS INTEGER)`)
	})
	if err == nil || strings.Contains(err.Error(), "张三") || strings.Contains(err.Error(), "\n") {
		t.Errorf("found %v", err)
	}
}
