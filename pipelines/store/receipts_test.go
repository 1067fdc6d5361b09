package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// journalOf makes a data directory with three receipted batches, closed again, and returns its journal.
func journalOf(t *testing.T, dir string) []byte {
	t.Helper()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"A", "B", "C"} {
		mustAccept(t, s, "organisation", name, organisations(name, 2))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "receipts.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What may have happened to the journal while nobody looked, and what opening says or does.
func TestDamagedJournals(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func([]byte) []byte
		want   string // part of the message; empty: healed
	}{
		{"nothing", func(j []byte) []byte { return j }, ""},
		{"a digit changed", func(j []byte) []byte { return bytes.Replace(j, []byte(`"rows":2`), []byte(`"rows":3`), 1) }, "line 1: the chain is broken"},
		{"the middle line gone", func(j []byte) []byte {
			l := bytes.SplitAfter(j, []byte("\n"))
			return append(bytes.Clone(l[0]), l[2]...)
		}, "line 2: the chain is broken"},
		{"two lines exchanged", func(j []byte) []byte {
			l := bytes.SplitAfter(j, []byte("\n"))
			return bytes.Join([][]byte{l[1], l[0], l[2]}, nil)
		}, "line 1: the chain is broken"},
		{"a line of something else", func(j []byte) []byte { return append([]byte("hello\n"), j...) }, "line 1"},
		{"the last line gone", func(j []byte) []byte { l := bytes.SplitAfter(j, []byte("\n")); return bytes.Join(l[:2], nil) }, ""},
		{"the last line torn", func(j []byte) []byte { return j[:len(j)-40] }, ""},
		{"all gone", func([]byte) []byte { return nil }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			before := journalOf(t, dir)
			if err := os.WriteFile(filepath.Join(dir, "receipts.jsonl"), c.damage(before), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), dir, Options{})
			if c.want != "" {
				if err == nil {
					_ = s.Close()
					t.Fatal("it opened")
				}
				if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "backup") {
					t.Errorf("found %v, expected %q and what to do", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			after, err := os.ReadFile(filepath.Join(dir, "receipts.jsonl"))
			if err != nil || !bytes.Equal(before, after) {
				t.Errorf("the journal was not healed to what it was (%v):\n%s\n%s", err, before, after)
			}
		})
	}
}

// A database that is older than its journal lost batches: every one of them is named.
func TestADatabaseThatLostBatchesDoesNotOpen(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	journalOf(t, dir)
	s, err := Open(t.Context(), other, Options{}) // an empty database in place of the full one
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(other, databaseFile), filepath.Join(dir, databaseFile)); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), dir, Options{})
	if !errors.Is(err, ErrReceiptsMissing) {
		t.Fatalf("found %v", err)
	}
	for _, want := range []string{"A.csv", "B.csv", "C.csv", "archive"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the message does not name %s: %v", want, err)
		}
	}
}

func TestNoReceiptWithoutReadBack(t *testing.T) {
	s := open(t, t.TempDir())
	_, err := s.AppendReceipt(t.Context(), Receipt{Batch: 7, Kind: "organisation", SHA256: "nowhere", Rows: 1})
	if !errors.Is(err, ErrNotStored) {
		t.Errorf("found %v", err)
	}
	if all, err := s.Receipts(); err != nil || len(all) != 0 {
		t.Errorf("receipts %v, %v", all, err)
	}
}

func TestSameBytesSameReceipt(t *testing.T) {
	s := open(t, t.TempDir())
	first := mustAccept(t, s, "organisation", "A", organisations("A", 3))
	again := mustAccept(t, s, "organisation", "A", organisations("A", 3))
	if !again.Repeated || again.Receipt != first.Receipt || number(t, s, `SELECT count(*) FROM organisation`) != 3 {
		t.Errorf("first %+v, again %+v", first, again)
	}
}

// A write that is cut off keeps nothing, and the store goes on.
func TestACutOffWriteKeepsNothing(t *testing.T) {
	s := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Write(ctx, func(ctx context.Context, w *Writer) error {
		if _, err := w.Exec(ctx, `INSERT INTO indicator VALUES (1, 'half')`); err != nil {
			return err
		}
		cancel()
		_, err := w.Exec(ctx, `INSERT INTO indicator SELECT i, i::VARCHAR FROM range(2, 1000000) t(i)`)
		return err
	})
	if !errors.Is(err, context.Canceled) || number(t, s, `SELECT count(*) FROM indicator`) != 0 {
		t.Errorf("found %v", err)
	}
	mustAccept(t, s, "organisation", "A", organisations("A", 1))
}
