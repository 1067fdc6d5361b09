package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// copyOthers copies what else lies in the data directory, such as keys.
func (s *Store) copyOthers(b *Backup, dir string) error {
	return filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(s.dir, path)
		switch {
		case err != nil || name == ".":
			return err
		case notKept[name] && d.IsDir():
			return filepath.SkipDir
		case notKept[name] || d.IsDir() || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), "."):
			return nil
		}
		if err := copyPart(path, filepath.Join(dir, name)); err != nil {
			return err
		}
		return b.add(dir, name)
	})
}

// copyArchive takes over every file of the archive: as a second name of the same file of the backup before, where that
// has it, and else as a copy, of which it is made sure that it is what its name says.
func (s *Store) copyArchive(ctx context.Context, b *Backup, dir string) error {
	before := ""
	if all, err := Backups(filepath.Dir(dir)); err != nil {
		return err
	} else if len(all) > 0 {
		before = all[0].Path
	}
	paths, err := filepath.Glob(filepath.Join(s.dir, archiveDir, "??", "*"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		name, err := filepath.Rel(s.dir, path)
		if err != nil {
			return err
		}
		if err := b.addArchived(path, dir, name, before); err != nil {
			return err
		}
	}
	return nil
}

// addArchived takes one file of the archive over; its name is its SHA-256.
func (b *Backup) addArchived(from, dir, name, before string) error {
	sum := filepath.Base(name)
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	to := filepath.Join(dir, name)
	if old, err := os.Stat(filepath.Join(before, name)); before != "" && err == nil && old.Size() == info.Size() {
		if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
			return err
		}
		if os.Link(filepath.Join(before, name), to) == nil { // a disk without links gets a copy
			b.Parts = append(b.Parts, Part{filepath.ToSlash(name), info.Size(), sum})
			return nil
		}
	}
	if err := copyPart(from, to); err != nil {
		return err
	}
	if err := b.add(dir, name); err != nil {
		return err
	}
	if got := b.Parts[len(b.Parts)-1].SHA256; got != sum {
		return fmt.Errorf("the archive is damaged: %s holds other bytes than its name says; take the file from an earlier backup", from)
	}
	return nil
}

// copyPart copies a file into a directory that may not exist yet.
func copyPart(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	return copyFile(from, to)
}

// checkTables opens a copy of a database for itself and compares its tables with what they should hold.
func checkTables(ctx context.Context, path string, want map[string]TableHash, o Options) error {
	var db *sql.DB
	_, err := whileRefused(ctx, openRefused, func(context.Context) error {
		connector, err := duckdb.NewConnector(dsn(path, o)+"&access_mode=READ_ONLY", nil)
		if err == nil {
			db = sql.OpenDB(connector)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("the copy does not open: %w", clean(err))
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return clean(err)
	}
	defer conn.Close()
	got, err := hashTables(ctx, &Reader{conn: conn})
	if err != nil {
		return fmt.Errorf("read the copy: %w", err)
	}
	var differing []string
	for name := range want {
		if got[name] != want[name] {
			differing = append(differing, fmt.Sprintf("%s has %d rows, expected %d", name, got[name].Rows, want[name].Rows))
		}
	}
	for name := range got {
		if _, known := want[name]; !known {
			differing = append(differing, name+" should not be there")
		}
	}
	if slices.Sort(differing); len(differing) > 0 {
		return fmt.Errorf("the copy of the database differs from what it was made of: %s", strings.Join(differing, "; "))
	}
	return nil
}

// checkPart makes sure that a part of the backup is what the manifest says.
func (b *Backup) checkPart(name string) error {
	for _, p := range b.Parts {
		if p.Name != name {
			continue
		}
		info, err := os.Stat(filepath.Join(b.Path, name))
		if err != nil {
			return fmt.Errorf("backup %s: %w", b.Path, err)
		}
		sum, err := hashFile(filepath.Join(b.Path, name))
		if err == nil && (sum != p.SHA256 || info.Size() != p.Bytes) {
			err = fmt.Errorf("backup %s: %s has changed since it was made; take another backup", b.Path, name)
		}
		return err
	}
	return fmt.Errorf("backup %s has no %s", b.Path, name)
}

// Restore copies a backup into a new data directory, verifying every part on the way and every table at the end. A
// directory that holds anything is refused; one that was begun and failed is removed.
func Restore(ctx context.Context, b Backup, dir string, o Options) (err error) {
	if err := refuseFull(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	for _, p := range b.Parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !filepath.IsLocal(p.Name) {
			return fmt.Errorf("backup %s: its manifest names %q, which lies elsewhere", b.Path, p.Name)
		}
		if err := b.checkPart(p.Name); err != nil {
			return err
		}
		if err := copyPart(filepath.Join(b.Path, p.Name), filepath.Join(dir, p.Name)); err != nil {
			return err
		}
	}
	return checkTables(ctx, filepath.Join(dir, databaseFile), b.Tables, o)
}

// refuseFull refuses a directory that holds anything.
func refuseFull(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := d.Readdirnames(1); !errors.Is(err, io.EOF) {
		return errors.Join(fmt.Errorf("%s is not empty: nothing is restored over what is there; choose a new directory with --data", dir), err)
	}
	return nil
}

// CopyUploads copies the archive and the journal of receipts of a data directory, whose database may be gone, into a new
// one; opening that with Options.Replay brings every file in again. The other directory is only read.
func CopyUploads(ctx context.Context, from, dir string) error {
	if err := refuseFull(dir); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(from, journalFile)); err != nil {
		return fmt.Errorf("%s: found no journal of receipts in it (%w); expected a data directory or a backup", from, err)
	}
	paths, err := filepath.Glob(filepath.Join(from, archiveDir, "??", "*"))
	if err != nil {
		return err
	}
	for _, path := range append(paths, filepath.Join(from, journalFile)) {
		name, err := filepath.Rel(from, path)
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = copyPart(path, filepath.Join(dir, name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
