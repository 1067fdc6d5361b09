package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// smallDisk mounts a disk in memory of that size for the test.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// listing is each file of a directory with its size.
func listing(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			found[path] = info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestTooBigForTheDisk: what the disk has no room for is refused by a sentence before anything is written.
func TestTooBigForTheDisk(t *testing.T) {
	for _, c := range []struct {
		name, size string
		bytes      int64
	}{
		{"less than the spare room is free", "24m", 10},
		{"the file does not fit beside the spare room", "128m", 32 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := smallDisk(t, c.size)
			s, err := Open(t.Context(), dir, smallOptions)
			if err != nil {
				t.Fatal(err)
			}
			defer closeStore(t, s)
			before := listing(t, dir)
			a := base[0].acceptance()
			a.File.Bytes = c.bytes
			_, err = s.Accept(t.Context(), a, base[0].reader())
			says(t, err, dir, "MiB free", "free some space", "nothing was written")
			if !errors.Is(err, ErrNoRoom) {
				t.Errorf("%v is not told as a disk without room", err)
			}
			after := listing(t, dir)
			for path := range before {
				if after[path] != before[path] {
					t.Errorf("%s grew from %d to %d bytes", path, before[path], after[path])
				}
			}
			if len(after) != len(before) {
				t.Errorf("files %v, before %v", after, before)
			}
			if n := number(t, s, `SELECT count(*) FROM batch`); n != 0 {
				t.Errorf("%d batches, expected none", n)
			}
		})
	}
}

// ballast fills the disk to its last block.
func ballast(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Error(err)
		return
	}
	block := make([]byte, 1<<20)
	for size := len(block); size > 0; {
		if _, err = f.Write(block[:size]); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Error(err)
			return
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// fillingReader fills the disk when the first rows are asked for: after Accept found room enough.
type fillingReader struct {
	array.RecordReader
	fill func()
}

func (r *fillingReader) Next() bool {
	r.fill()
	r.fill = func() {}
	return r.RecordReader.Next()
}

// TestDiskFullWhileAccepting: when the disk fills up under a file on its way in, Accept fails by a sentence; once space
// is free and the store was opened again it works, and nothing that was receipted is lost.
func TestDiskFullWhileAccepting(t *testing.T) {
	for _, c := range []struct {
		name  string
		file  sheet
		fails bool
	}{
		{"a row, which may fit into a block begun", scores(score("C1", "E1", 1, "2025-01-01")), false},
		{"a thousand rows", looseScores(1, 1000), true},
		{"many rows", looseScores(1, 100_000), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := smallDisk(t, "160m")
			data := filepath.Join(dir, "data")
			s, err := Open(t.Context(), data, smallOptions)
			if err != nil {
				t.Fatal(err)
			}
			acceptBase(t, s)
			accept(t, s, looseScores(0, 1000))
			given := sound(t, s)

			full := filepath.Join(dir, "ballast")
			small := c.file.acceptance()
			small.File.Bytes = 100 // so that Room lets it pass
			in, err := s.Accept(t.Context(), small, &fillingReader{c.file.reader(), func() { ballast(t, full) }})
			switch {
			case err == nil && c.fails:
				t.Error("the file was accepted on a full disk")
			case err == nil:
				given = append(given, in.Receipt)
			default:
				says(t, err, "free disk space")
				if !errors.Is(err, ErrNoRoom) {
					t.Errorf("%v is not told as a disk without room", err)
				}
				if strings.Contains(err.Error(), "\n") {
					t.Errorf("more than a sentence: %v", err)
				}
			}
			if _, err := s.Archive(t.Context(), strings.NewReader(strings.Repeat("x", 1<<20))); err == nil {
				t.Error("the file was archived on a full disk")
			} else {
				says(t, err, "archive: ", "no space left")
				if !errors.Is(err, ErrNoRoom) {
					t.Errorf("%v is not told as a disk without room", err)
				}
			}
			if left, err := filepath.Glob(filepath.Join(data, "archive", "incoming-*")); err != nil || len(left) > 0 {
				t.Errorf("the archive keeps %v (%v)", left, err)
			}
			if err := s.Close(); err != nil {
				t.Logf("close: %v", err) // whatever it says, the directory has to open again
			}
			if err := os.Remove(full); err != nil {
				t.Fatal(err)
			}

			s, err = Open(t.Context(), data, smallOptions)
			if err != nil {
				t.Fatalf("after space was freed: %v", err)
			}
			defer closeStore(t, s)
			kept := sound(t, s)
			if len(kept) < len(given) {
				t.Fatalf("%d receipts, %d were given", len(kept), len(given))
			}
			for i := range given {
				if kept[i] != given[i] {
					t.Errorf("receipt %+v became %+v", given[i], kept[i])
				}
			}
			in = accept(t, s, c.file)
			if in.Repeated != (len(kept) > len(base)+1) || in.Receipt.Rows != int64(len(c.file.rows)) {
				t.Errorf("sent again the file was accepted as %+v beside %d receipts of before", in, len(kept))
			}
			if n := number(t, s, `SELECT count(*) FROM score`); n != 1000+int64(len(c.file.rows)) {
				t.Errorf("%d scores, expected %d", n, 1000+len(c.file.rows))
			}
			sound(t, s)
		})
	}
}

// TestOpenOnFullDisk: a full disk does not cost anything either when the store is opened on it.
func TestOpenOnFullDisk(t *testing.T) {
	dir := smallDisk(t, "160m")
	data := filepath.Join(dir, "data")
	s, err := Open(t.Context(), data, smallOptions)
	if err != nil {
		t.Fatal(err)
	}
	acceptBase(t, s)
	given := sound(t, s)
	closeStore(t, s)
	ballast(t, filepath.Join(dir, "ballast"))
	if s, err := Open(t.Context(), data, smallOptions); err != nil {
		t.Logf("on the full disk: %v", err)
	} else {
		err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
			var n int64
			err := r.Scan(ctx, []any{&n}, `SELECT count(*) FROM batch`)
			if n != int64(len(base)) {
				t.Errorf("%d batches on the full disk, expected %d", n, len(base))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Logf("close on the full disk: %v", err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	s, err = Open(t.Context(), data, smallOptions)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	if kept := sound(t, s); len(kept) != len(given) {
		t.Errorf("%d receipts, %d were given", len(kept), len(given))
	}
}
