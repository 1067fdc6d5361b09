package store

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// An error of the database may hold values of a row: between quotes, from the first to the last because a value may hold
// quotes itself, and in errors about values as bare numbers.
var (
	quoted     = regexp.MustCompile(`["'].*["']`)
	ofValues   = regexp.MustCompile(`^(Conversion|Out of Range|Constraint|Invalid Input) Error`)
	bareNumber = regexp.MustCompile(`(^|[^\w.])[-+]?[0-9][0-9.,:eE+-]*`)
)

// cleanError is an error of the database without the data it quoted.
type cleanError struct {
	text  string
	cause error
	fatal bool // the database answers nothing any more until it is opened again
	full  bool // the disk is
}

func (e *cleanError) Error() string { return e.text }

// Is lets errors.Is find the few causes that callers ask for; the original text stays out of sight.
func (e *cleanError) Is(target error) bool {
	return errors.Is(e.cause, target) || e.full && target == ErrNoRoom
}

// clean cuts an error of the database to its first line and takes out what it quotes, because that may be a row of
// data on its way into a log. nil stays nil.
func clean(err error) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	text = quoted.ReplaceAllString(text, "…")
	if ofValues.MatchString(text) {
		text = bareNumber.ReplaceAllString(text, "$1…")
	}
	e := &cleanError{text: text, cause: err, full: strings.Contains(text, "No space left") || strings.Contains(text, "max_temp_directory_size")}
	if e.full {
		e.text += " (free disk space in the data directory and try again; nothing accepted is lost)"
	}
	var typed *duckdb.Error
	e.fatal = strings.Contains(text, "database has been invalidated") || errors.As(err, &typed) && typed.Type == duckdb.ErrorTypeFatal
	return e
}

// quote makes a SQL text literal of a path.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// quoteDirectory is a directory as an entry of a SQL list; nothing for none. DuckDB compares by the beginning, so the
// separator at the end keeps neighbours out.
func quoteDirectory(path string) string {
	if path == "" {
		return ""
	}
	return quote(strings.TrimRight(path, "/") + "/")
}
