package store

import (
	"context"
	"strings"
	"testing"
)

// No error of the database (but one made by its function error, which no query of ours calls) brings a value of a row along, on its way into a log.
func TestErrorsHoldNoValues(t *testing.T) {
	const canary, number = "Kanarienvogel", "987654"
	s := openAt(t, t.TempDir())
	setUp := func(ctx context.Context, w *Writer) error {
		_, err := w.Exec(ctx, `CREATE TABLE cage (id VARCHAR PRIMARY KEY, n INTEGER CHECK (n > 0), d DECIMAL(5,2)); INSERT INTO cage VALUES ('Kanarienvogel', 987654, 1)`)
		return err
	}
	if err := s.Write(t.Context(), setUp); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`SELECT id::INTEGER FROM cage`, `SELECT id::DATE FROM cage`, `SELECT (id || ''' or "' || id || '" it''s')::DOUBLE FROM cage`, `SELECT n::UTINYINT FROM cage`,
		`SELECT (n / 10.0)::DECIMAL(3,2) FROM cage`, `SELECT n::DECIMAL(3,2) FROM cage`, `SELECT n * n FROM cage`,
		`INSERT INTO cage SELECT * FROM cage`, `INSERT INTO cage SELECT 'x', -n, 1 FROM cage`, `UPDATE cage SET d = n`,
		`SELECT strptime(id, '%Y-%m-%d') FROM cage`, `SELECT json_extract(id, '$.a') FROM cage`, `SELECT '{"a": Kanarienvogel 987654}'::JSON`,
	} {
		err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error { _, err := w.Exec(ctx, statement); return err })
		if err == nil {
			t.Errorf("%s is no error", statement)
		} else if strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), number) {
			t.Errorf("%s: the error holds a value: %v", statement, err)
		}
	}
}
