package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// replayOf brings the given sheets in again, as the checker of files does with those of the archive.
func replayOf(sheets ...sheet) Replay {
	return func(ctx context.Context, s *Store, f Again) error {
		for _, sheet := range sheets {
			a := sheet.acceptance()
			if a.Kind == f.Receipt.Kind && a.File.SHA256 == f.Receipt.SHA256 {
				a.FileName, a.Again = f.Receipt.FileName, &f.Receipt
				_, err := s.Accept(ctx, a, sheet.reader())
				return err
			}
		}
		return fmt.Errorf("no sheet has the SHA-256 %s", f.Receipt.SHA256)
	}
}

// damageFiles are what the store of the damage table accepted, in order; the last two came after its last checkpoint, so
// that they are in its log alone.
var (
	damageFiles  = append(append([]sheet{}, base...), numberedScores(0), numberedScores(4), numberedScores(1), numberedScores(2))
	damageLogged = 2
)

// damages is the table of docs/durability.md: what happened to which file, and what the opening does about it. rungs are
// the codes of Recovery that are right, of which the first is expected; "sound" needs nothing, "refused" is a sentence.
var damages = []struct {
	name   string
	damage func(dir string) error
	rung   string
	backup string   // rung where there is a backup; empty: the same
	says   []string // of a refusal
}{
	{"nothing", func(string) error { return nil }, "sound", "", nil},
	{"log deleted", func(dir string) error { return os.Remove(inDir(dir, ".wal")) }, "kept", "", nil},
	{"log cut in its first entry", cutLog(0.01), "kept", "", nil},
	{"log cut in its middle", cutLog(0.5), "kept", "", nil},
	{"log cut ten bytes before its end", cutLog(1), "kept", "", nil},
	{"rubbish behind the log", func(dir string) error { return appendTo(inDir(dir, ".wal"), bytes.Repeat([]byte{0xa5}, 1000)) }, "sound", "", nil},
	{"zeros behind the log", func(dir string) error { return appendTo(inDir(dir, ".wal"), make([]byte, 1000)) }, "cut", "", nil},
	{"byte of the log changed", func(dir string) error { return flipAt(inDir(dir, ".wal"), -500) }, "cut", "", nil},
	{"byte of the main header changed", func(dir string) error { return flipAt(inDir(dir, ""), 100) }, "replayed", "backup", nil},
	{"byte of the database header in use changed", flipHeader(0), "unlogged", "backup", nil},
	{"byte of the other database header changed", flipHeader(1), "mended", "", nil},
	{"both database headers changed", func(dir string) error {
		return errors.Join(flipAt(inDir(dir, ""), headerBytes+20), flipAt(inDir(dir, ""), 2*headerBytes+20))
	}, "replayed", "backup", nil},
	{"metadata block torn by a checkpoint", tearMetadata, "mended", "", nil},
	{"byte of every block of data changed", flipData, "replayed", "backup", nil},
	{"database cut short", func(dir string) error { return os.Truncate(inDir(dir, ""), firstBlock+100_000) }, "replayed", "backup", nil},
	{"database emptied", func(dir string) error { return os.Truncate(inDir(dir, ""), 0) }, "replayed", "backup", nil},
	{"database deleted", func(dir string) error { return os.Remove(inDir(dir, "")) }, "replayed", "backup", nil},
	{"database and log deleted", func(dir string) error { return errors.Join(os.Remove(inDir(dir, "")), os.Remove(inDir(dir, ".wal"))) }, "replayed", "backup", nil},
	{"older database beside the newer log", func(dir string) error { return copyFile(filepath.Join(dir, "older"), inDir(dir, "")) }, "unlogged", "backup", nil},
	{"older database without a log", func(dir string) error {
		return errors.Join(copyFile(filepath.Join(dir, "older"), inDir(dir, "")), os.Remove(inDir(dir, ".wal")))
	}, "kept", "backup", nil},
	{"journal deleted", func(dir string) error { return os.Remove(filepath.Join(dir, journalFile)) }, "sound", "", nil},
	{"end of the journal cut off", func(dir string) error { return rewrite(filepath.Join(dir, journalFile), dropLine(-1)) }, "sound", "", nil},
	{"line of the journal changed", func(dir string) error {
		return rewrite(filepath.Join(dir, journalFile), replaced(`"rows":3,`, `"rows":4,`))
	},
		"refused", "", []string{"line 3", "chain is broken", "backup"}},
	{"database and journal deleted", func(dir string) error {
		return errors.Join(os.Remove(inDir(dir, "")), os.Remove(inDir(dir, ".wal")), os.Remove(filepath.Join(dir, journalFile)))
	}, "refused", "", []string{"both the database and the journal", "pingxin restore"}},
	{"file missing from the archive", func(dir string) error { return os.Remove(archivedPath(dir, 5)) }, "sound", "", nil},
	{"log deleted and its file missing from the archive", func(dir string) error {
		return errors.Join(os.Remove(inDir(dir, ".wal")), os.Remove(archivedPath(dir, 6)))
	}, "refused", "", []string{"receipt 7", "the archive lacks its bytes"}},
	{"log deleted and its file changed in the archive", func(dir string) error {
		return errors.Join(os.Remove(inDir(dir, ".wal")), appendTo(archivedPath(dir, 6), []byte("x")))
	}, "refused", "", []string{"receipt 7", "other bytes than were receipted"}},
	{"lock file left behind", func(dir string) error { return os.WriteFile(filepath.Join(dir, "lock"), []byte("4194304"), 0o640) }, "sound", "", nil},
	{"files of a checkpoint left behind", func(dir string) error {
		return errors.Join(os.WriteFile(inDir(dir, ".wal.checkpoint"), nil, 0o640), os.WriteFile(inDir(dir, ".wal.recovery"), []byte("rubbish"), 0o640))
	}, "sound", "", nil},
}

func inDir(dir, ending string) string { return filepath.Join(dir, databaseFile+ending) }

// archivedPath is where the n-th of damageFiles lies.
func archivedPath(dir string, n int) string {
	sum := damageFiles[n].acceptance().File.SHA256
	return filepath.Join(dir, archiveDir, sum[:2], sum)
}

func rewrite(path string, change func([]byte) []byte) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, change(text), 0o640)
}

func appendTo(path string, more []byte) error {
	return rewrite(path, func(text []byte) []byte { return append(text, more...) })
}

// flipAt changes one byte; negative: from the end.
func flipAt(path string, at int) error {
	return rewrite(path, func(text []byte) []byte {
		if at < 0 {
			at += len(text)
		}
		text[at] ^= 0x40
		return text
	})
}

// flipHeader changes the database header that counts, or the other one.
func flipHeader(other int) func(dir string) error {
	return func(dir string) error {
		return rewrite(inDir(dir, ""), func(text []byte) []byte {
			place := other
			if parseHeader(text[headerBytes:]).iteration < parseHeader(text[2*headerBytes:]).iteration {
				place = 1 - other
			}
			text[(1+place)*headerBytes+20] ^= 0x40
			return text
		})
	}
}

// cutLog keeps a share of the log, and at most all but ten bytes.
func cutLog(share float64) func(dir string) error {
	return func(dir string) error {
		info, err := os.Stat(inDir(dir, ".wal"))
		if err != nil {
			return err
		}
		return os.Truncate(inDir(dir, ".wal"), min(info.Size()-10, int64(share*float64(info.Size()))))
	}
}

// blocksOf tells the blocks of a database file apart: whether one holds metadata, or is in use for data.
func blocksOf(dir string) (h databaseHeader, list freeList, err error) {
	f, err := os.Open(inDir(dir, ""))
	if err != nil {
		return h, list, err
	}
	defer f.Close()
	text := make([]byte, firstBlock)
	if _, err := f.ReadAt(text, 0); err != nil {
		return h, list, err
	}
	h = parseHeader(text[headerBytes:])
	if two := parseHeader(text[2*headerBytes:]); two.iteration > h.iteration {
		h = two
	}
	list, err = readFreeList(f, h)
	return h, list, err
}

// tearMetadata does to a block of metadata what a kill between two pages of its writing does: the beginning, with the
// checksum, is that of another version of the block, of which only pieces not in use differ.
func tearMetadata(dir string) error {
	h, list, err := blocksOf(dir)
	if err != nil {
		return err
	}
	for id := range list.metadata {
		return rewrite(inDir(dir, ""), func(text []byte) []byte {
			at := firstBlock + id*h.blockBytes
			binary.LittleEndian.PutUint64(text[at:], 0x1234567890)
			return text
		})
	}
	return errors.New("the database has no metadata")
}

func flipData(dir string) error {
	h, list, err := blocksOf(dir)
	if err != nil {
		return err
	}
	flipped := 0
	for id := range h.blockCount {
		if list.free[id] || list.metadata[id] {
			continue
		}
		if err := flipAt(inDir(dir, ""), int(firstBlock+id*h.blockBytes+1000)); err != nil {
			return err
		}
		flipped++
	}
	if flipped == 0 {
		return errors.New("the database has no data")
	}
	return nil
}

// damageStore makes the store that is damaged: as a kill leaves it, with an older copy of its database beside it, and a
// backup of the time before its last file.
func damageStore(t *testing.T) (dir, backups string) {
	t.Helper()
	home := t.TempDir()
	origin, backups := filepath.Join(home, "origin"), filepath.Join(home, "backups")
	o := smallOptions
	o.Backups = backups
	s, err := Open(t.Context(), origin, o)
	if err != nil {
		t.Fatal(err)
	}
	early, late := damageFiles[:len(damageFiles)-damageLogged], damageFiles[len(damageFiles)-damageLogged:]
	for _, f := range early[:len(early)-1] {
		accept(t, s, f)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	older := filepath.Join(home, "older")
	if err := copyFile(inDir(origin, ""), older); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), origin, o); err != nil {
		t.Fatal(err)
	}
	accept(t, s, early[len(early)-1])
	if err := s.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	for _, f := range late {
		accept(t, s, f)
	}
	dir = filepath.Join(home, "killed")
	copyDir(t, origin, dir) // of an open store, whose log is not yet in the file
	closeStore(t, s)
	if err := os.Rename(older, filepath.Join(dir, "older")); err != nil {
		t.Fatal(err)
	}
	return dir, backups
}

// TestDamages damages a store in every way of the table and looks what the opening makes of it: it serves every receipted
// row, or it says why not. Nothing that was found is deleted.
func TestDamages(t *testing.T) {
	killed, backups := damageStore(t)
	for _, c := range damages {
		for _, with := range []string{"", backups} {
			name, rung := c.name, c.rung
			if with != "" {
				if c.backup == "" {
					continue
				}
				name, rung = name+", with a backup", c.backup
			}
			t.Run(name, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "data")
				copyDir(t, killed, dir)
				if with == "" {
					if err := os.Remove(filepath.Join(dir, lastBackupFile)); err != nil {
						t.Fatal(err)
					}
				}
				if err := c.damage(dir); err != nil {
					t.Fatal(err)
				}
				o := smallOptions
				o.Backups, o.Replay = with, replayOf(damageFiles...)
				checkDamage(t, dir, o, rung, c.says)
			})
		}
	}
}

// checkDamage opens a damaged store and compares what came of it with the table.
func checkDamage(t *testing.T, dir string, o Options, rung string, refusal []string) {
	t.Helper()
	before := listing(t, dir)
	s, err := Open(t.Context(), dir, o)
	if rung == "refused" {
		if err == nil {
			closeStore(t, s)
		}
		says(t, err, append(refusal, dir)...)
		for path, size := range before {
			if after := listing(t, dir); strings.HasPrefix(filepath.Base(path), databaseFile) && after[path] == 0 && size > 0 {
				t.Errorf("%s is gone after a refusal", path)
			}
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	did := "sound"
	if r := s.Recovery(); r != nil {
		did = r.Rung
		t.Log(r)
		if found, err := os.ReadDir(r.Aside); err != nil || len(found) == 0 && !strings.Contains(t.Name(), "deleted") {
			t.Errorf("%s holds %v (%v), expected the damaged files", r.Aside, found, err)
		}
		if r.Missing == "" && (did == "backup" || did == "replayed" || did == "cut" || did == "kept") {
			t.Error("the recovery does not say what is missing")
		}
	}
	if did != rung {
		t.Errorf("the opening came to %q, expected %q", did, rung)
	}
	receipts := sound(t, s)
	if len(receipts) != len(damageFiles) {
		t.Fatalf("%d receipts, expected %d", len(receipts), len(damageFiles))
	}
	for i, f := range damageFiles {
		if a := f.acceptance(); receipts[i].SHA256 != a.File.SHA256 || receipts[i].Rows != int64(len(f.rows)) {
			t.Errorf("receipt %d is %+v", i+1, receipts[i])
		}
		if in := accept(t, s, f); !in.Repeated {
			t.Errorf("file %d was stored a second time", i+1)
		}
	}
}

// TestDamagesAreDocumented: the table of the documentation is the table of the test.
func TestDamagesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/durability.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range damages {
		rung := "`" + c.rung + "`"
		if c.backup != "" {
			rung = "`" + c.backup + "`, else " + rung
		}
		line := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(c.name) + ` \| ` + regexp.QuoteMeta(rung) + ` \|`)
		if !line.Match(text) {
			t.Errorf("docs/durability.md has no line | %s | %s |", c.name, rung)
		}
	}
}
