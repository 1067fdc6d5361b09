package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestChain: each receipt carries the hash of itself and of the one before, computed here a second time.
func TestChain(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	acceptBase(t, s)
	text, err := os.ReadFile(filepath.Join(dir, "receipts.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	previous := ""
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) != len(base) {
		t.Fatalf("%d lines for %d files", len(lines), len(base))
	}
	for i, line := range lines {
		var r Receipt
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(strings.Replace(line, `"chain":"`+r.Chain+`"`, `"chain":""`, 1)))
		if r.Chain != hex.EncodeToString(sum[:]) || r.Previous != previous || r.Number != i+1 {
			t.Errorf("line %d does not chain: %s", i+1, line)
		}
		previous = r.Chain
	}
}

// copyDir copies the files of a closed data directory.
func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// dropLine removes the n-th line; negative: from the end.
func dropLine(n int) func(text []byte) []byte {
	return func(text []byte) []byte {
		lines := bytes.SplitAfter(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
		if n < 0 {
			n += len(lines)
		}
		return append(bytes.TrimSuffix(bytes.Join(slices.Delete(lines, n, n+1), nil), []byte("\n")), '\n')
	}
}

// replaced replaces the last occurrence.
func replaced(old, by string) func(text []byte) []byte {
	return func(text []byte) []byte {
		at := bytes.LastIndex(text, []byte(old))
		return slices.Concat(text[:at], []byte(by), text[at+len(old):])
	}
}

// TestDamagedJournal: whatever happened to the journal is either healed to the same bytes or named at the opening.
func TestDamagedJournal(t *testing.T) {
	origin := t.TempDir()
	s := openAt(t, origin)
	acceptBase(t, s)
	accept(t, s, scores(score("C1", "E1", 100_000, "2025-03-01")))
	closeStore(t, s)
	journal, err := os.ReadFile(filepath.Join(origin, "receipts.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		damage func(text []byte) []byte
		says   []string // none: healed
	}{
		{"the whole file removed", func([]byte) []byte { return nil }, nil},
		{"last line removed", dropLine(-1), nil},
		{"last line torn in half", func(text []byte) []byte { return text[:len(text)-150] }, nil},
		{"last line without its end", func(text []byte) []byte { return text[:len(text)-1] }, nil},
		{"zeros behind the last line", func(text []byte) []byte { return append(slices.Clone(text), make([]byte, 100)...) }, nil},
		{"last line tampered", replaced(`"rows":1,`, `"rows":2,`), []string{"line 4", "chain is broken", "backup"}},
		{"middle line tampered", replaced(`"rows":3,`, `"rows":4,`), []string{"line 3", "chain is broken", "backup"}},
		{"middle line removed", dropLine(1), []string{"line 2", "chain is broken", "backup"}},
		{"first line removed", dropLine(0), []string{"line 1", "chain is broken", "backup"}},
		{"a line that is no receipt", func(text []byte) []byte { return append(slices.Clone(text), "hello\n"...) }, []string{"line 5", "backup"}},
		{"a line without end", func(text []byte) []byte {
			return slices.Concat(text, bytes.Repeat([]byte("x"), 100_000), []byte("\n"))
		}, []string{"line 5", "backup"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			copyDir(t, origin, dir)
			path := filepath.Join(dir, "receipts.jsonl")
			if err := os.WriteFile(path, c.damage(slices.Clone(journal)), 0o640); err != nil {
				t.Fatal(err)
			}
			damaged, err := Open(t.Context(), dir, smallOptions)
			if len(c.says) > 0 {
				if err == nil {
					_ = damaged.Close() // the test fails anyhow
				}
				says(t, err, append(c.says, dir)...)
				if _, err := takeLock(filepath.Join(dir, "lock")); err != nil {
					t.Errorf("the refused directory is still locked: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer damaged.Close()
			sound(t, damaged)
			if healed, err := os.ReadFile(path); err != nil || !bytes.Equal(healed, journal) {
				t.Errorf("healed to (%v)\n%s\nexpected\n%s", err, healed, journal)
			}
			if in := accept(t, damaged, scores(score("C1", "E1", 100_000, "2025-03-01"))); !in.Repeated {
				t.Error("a file of before the damage was stored a second time")
			}
		})
	}
}

// TestDatabaseBehindItsReceipts: a database that lacks what was receipted is not served; the files that are missing
// are named, with where they lie.
func TestDatabaseBehindItsReceipts(t *testing.T) {
	lost := scores(score("C1", "E1", 100_000, "2025-03-01"))
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, dir, older string) error
		says   []string
	}{
		{"an older copy was put back", func(t *testing.T, dir, older string) error {
			return errors.Join(copyFile(filepath.Join(older, databaseFile), filepath.Join(dir, databaseFile)), os.Remove(filepath.Join(dir, databaseFile+".wal")))
		}, []string{"receipt 4: score file score.csv, 1 rows"}},
		{"the database was removed", func(t *testing.T, dir, older string) error {
			return errors.Join(os.Remove(filepath.Join(dir, databaseFile)), os.Remove(filepath.Join(dir, databaseFile+".wal")))
		}, []string{"receipt 1: organisation file organisation.csv, 2 rows", "receipt 2: catalog_item", "receipt 3: contract file contract.csv, 3 rows", "receipt 4: score"}},
		{"the log was removed", func(t *testing.T, dir, older string) error {
			return os.Remove(filepath.Join(dir, databaseFile+".wal"))
		}, []string{"receipt 4: score file score.csv, 1 rows"}},
		{"the log was cut short", func(t *testing.T, dir, older string) error {
			info, err := os.Stat(filepath.Join(dir, databaseFile+".wal"))
			if err != nil {
				return err
			}
			return os.Truncate(filepath.Join(dir, databaseFile+".wal"), info.Size()-10)
		}, []string{"receipt 4: score file score.csv, 1 rows"}},
		{"another database with other files", func(t *testing.T, dir, older string) error {
			other := filepath.Join(t.TempDir(), "other")
			s := openAt(t, other)
			acceptBase(t, s)
			accept(t, s, scores(score("C2", "E9", 100_000, "2025-03-01")))
			closeStore(t, s)
			return errors.Join(copyFile(filepath.Join(other, databaseFile), filepath.Join(dir, databaseFile)), os.Remove(filepath.Join(dir, databaseFile+".wal")))
		}, []string{"receipt 4: score file score.csv, 1 rows"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			s := openAt(t, dir)
			acceptBase(t, s)
			closeStore(t, s)
			older := filepath.Join(t.TempDir(), "older")
			copyDir(t, dir, older)
			s = openAt(t, dir)
			accept(t, s, lost)
			asKilled := filepath.Join(t.TempDir(), "killed")
			copyDir(t, dir, asKilled) // of an open store, whose log is not yet in the file; it costs the store its lock, which nobody else wants here
			closeStore(t, s)
			if err := c.damage(t, asKilled, older); err != nil {
				t.Fatal(err)
			}
			served, err := Open(t.Context(), asKilled, smallOptions)
			if err == nil {
				_ = served.Close() // the test fails anyhow
			}
			if !errors.Is(err, ErrReceiptsMissing) {
				t.Fatalf("opened with %v, expected ErrReceiptsMissing", err)
			}
			says(t, err, append(c.says, asKilled, filepath.Join(asKilled, "archive"))...)
			if n := strings.Count(err.Error(), "\nreceipt "); n != len(c.says) {
				t.Errorf("%d receipts are named, expected %d: %v", n, len(c.says), err)
			}
		})
	}
}

// TestReceiptNeedsItsBatch is trap 4: a batch that cannot be read back gets no receipt.
func TestReceiptNeedsItsBatch(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	receipts := sound(t, s)
	for name, change := range map[string]func(r *Receipt){
		"another batch":   func(r *Receipt) { r.Batch = 99 },
		"another kind":    func(r *Receipt) { r.Kind = "score" },
		"other bytes":     func(r *Receipt) { r.SHA256 = "00" },
		"more rows":       func(r *Receipt) { r.Rows++ },
		"other rows":      func(r *Receipt) { r.ContentHash = "00" },
		"no batch at all": func(r *Receipt) { *r = Receipt{} },
	} {
		t.Run(name, func(t *testing.T) {
			r := receipts[0]
			change(&r)
			if _, err := s.AppendReceipt(t.Context(), r); !errors.Is(err, ErrNotStored) {
				t.Errorf("got %v, expected ErrNotStored", err)
			}
		})
	}
	if again, err := s.AppendReceipt(t.Context(), receipts[0]); err != nil || again != receipts[0] {
		t.Errorf("a batch that has a receipt got %+v (%v)", again, err)
	}
	if after := sound(t, s); !slices.Equal(after, receipts) {
		t.Errorf("the journal changed from %v to %v", receipts, after)
	}
}
