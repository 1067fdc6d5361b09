package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// placeKept takes the database as it is, where it opened and only lacked batches; unless a backup has more of them.
func (s *Store) placeKept(_ context.Context, l *ladder) error {
	var lost *missingError
	if !errors.As(l.first, &lost) {
		return errNotMendable
	}
	all, err := s.knownBackups(l.o.Backups)
	if err != nil {
		l.o.Logger.Warn("look for backups", "error", err)
	}
	for _, b := range all {
		if b.Receipts > lost.of-len(lost.receipts) && b.checkPart(databaseFile) == nil {
			return errNotMendable
		}
	}
	l.Missing = missingEnd
	return s.copyBack(l)
}

// placeRescued rewrites a database whose log does not replay, by the way that worked in every trial: the file is attached
// to an empty one in memory and checkpointed.
func (s *Store) placeRescued(ctx context.Context, l *ladder) error {
	if errors.Is(l.first, ErrReceiptsMissing) {
		return errNotMendable
	}
	if err := s.copyBack(l); err != nil {
		return err
	}
	return rescue(ctx, s.databasePath(), l.o)
}

// placeMended repairs what a torn write left in a copy of the file.
func (s *Store) placeMended(_ context.Context, l *ladder) error {
	if err := s.copyBack(l); err != nil {
		return err
	}
	_, err := os.Stat(s.databasePath() + ".wal")
	l.Did, err = mend(s.databasePath(), err == nil)
	return err
}

// badPosition finds where the database says that a log is damaged.
var badPosition = regexp.MustCompile(`(\.wal(?:\.checkpoint|\.recovery)?)".*entry at byte position (\d+)`)

// entryHead is the size and the checksum before an entry of the log, which the position that is named lies behind.
const entryHead = 16

// placeCut cuts the log of a copy before the entry that does not have its checksum. What was committed after it is lost.
func (s *Store) placeCut(_ context.Context, l *ladder) error {
	found := badPosition.FindStringSubmatch(rawText(l.first))
	if found == nil {
		return errNotMendable
	}
	at, err := strconv.ParseInt(found[2], 10, 64)
	if err != nil {
		return err
	}
	if err := s.copyBack(l); err != nil {
		return err
	}
	l.Missing = missingEnd
	l.Did = []string{fmt.Sprintf("%s was cut at byte %d", databaseFile+found[1], max(0, at-entryHead))}
	return os.Truncate(s.databasePath()+found[1], max(0, at-entryHead))
}

// rawText is an error with what clean took out of sight, to look for positions in it; it is never shown.
func rawText(err error) string {
	var c *cleanError
	if errors.As(err, &c) {
		return c.cause.Error()
	}
	return err.Error()
}

// placeBackup copies the database out of the last good backup.
func (s *Store) placeBackup(_ context.Context, l *ladder) error {
	all, err := s.knownBackups(l.o.Backups)
	if err != nil || len(all) == 0 {
		return errors.Join(err, errNotMendable)
	}
	var bad []error
	for _, b := range all {
		if err := b.checkPart(databaseFile); err != nil {
			bad = append(bad, err)
			continue
		}
		l.Did = []string{fmt.Sprintf("that of %s in %s", b.At.Format(time.RFC3339), b.Path)}
		l.Missing = fmt.Sprintf(missingFrom, b.At.Format(time.RFC3339))
		return copyFile(filepath.Join(b.Path, databaseFile), s.databasePath())
	}
	return errors.Join(bad...)
}

// knownBackups are those of the directory that was named, or else of the one that the last backup went into.
func (s *Store) knownBackups(dir string) ([]Backup, error) {
	if dir == "" {
		path, _, ok, err := s.LastBackup()
		if err != nil || !ok {
			return nil, err
		}
		dir = filepath.Dir(path)
	}
	return Backups(dir)
}

// placeUnlogged takes the database file without its log, which its headers say belongs to another version of the file.
func (s *Store) placeUnlogged(_ context.Context, l *ladder) error {
	if err := s.copyBack(l); err != nil {
		return err
	}
	var err error
	if l.Did, err = mend(s.databasePath(), true); err != nil && !errors.Is(err, errNotMendable) {
		return err
	}
	l.Missing = missingEnd
	for _, end := range endings[1:] {
		if err := os.Remove(s.databasePath() + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// placeNothing begins with an empty database. Without a receipt there is nothing to compare it with, so where an archive
// has files it does not begin.
func (s *Store) placeNothing(_ context.Context, l *ladder) error {
	receipts, err := s.Receipts()
	if err != nil {
		return err
	}
	if archived, err := filepath.Glob(filepath.Join(s.dir, "archive", "??", "*")); err != nil || len(receipts) == 0 && len(archived) > 0 {
		return errors.Join(err, errNotMendable)
	}
	if len(receipts) > 0 {
		l.Missing = missingAll
	}
	return nil
}

// rescue attaches the database at path to an empty one in memory and checkpoints it.
func rescue(ctx context.Context, path string, o Options) error {
	connector, err := duckdb.NewConnector(dsn("", o), nil)
	if err != nil {
		return clean(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return clean(err)
	}
	defer conn.Close()
	for _, text := range []string{"ATTACH " + quote(path) + " AS damaged", "CHECKPOINT damaged", "DETACH damaged"} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return clean(err)
		}
	}
	return nil
}

// named lists receipts in one line.
func named(receipts []Receipt) string {
	var all []string
	for _, r := range receipts {
		all = append(all, fmt.Sprintf("receipt %d: %s file %s, %d rows", r.Number, r.Kind, r.FileName, r.Rows))
	}
	return strings.Join(all, "; ")
}
