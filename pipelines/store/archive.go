package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// spareBytes is what stays free on the disk: a commit that cannot finish its checkpoint invalidates the open database.
const spareBytes = 64 << 20

// archiveDir holds the uploaded files in a data directory, each below the first two digits of its SHA-256.
const archiveDir = "archive"

// ArchivePath is where the archive keeps the content of a SHA-256 (hex), whether it has it or not.
func (s *Store) ArchivePath(sha256 string) string {
	return filepath.Join(s.dir, archiveDir, sha256[:2], sha256)
}

// Archived is an uploaded file as it lies in the archive, under the hash of its content.
type Archived struct {
	SHA256 string
	Bytes  int64
	Path   string
}

// Archive copies src into the archive and returns only after the bytes are on the disk. The same content again is the
// same file.
func (s *Store) Archive(ctx context.Context, src io.Reader) (_ Archived, err error) {
	temp, err := os.CreateTemp(filepath.Join(s.dir, archiveDir), "incoming-*")
	if err != nil {
		return Archived{}, fmt.Errorf("archive: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("archive: %w", err), temp.Close(), os.Remove(temp.Name()))
		}
	}()
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(temp, hash), readerWithContext{ctx, src})
	if err != nil {
		return Archived{}, err
	}
	if err := temp.Sync(); err != nil {
		return Archived{}, err
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	a := Archived{SHA256: sum, Bytes: n, Path: s.ArchivePath(sum)}
	if err := os.MkdirAll(filepath.Dir(a.Path), 0o750); err != nil {
		return Archived{}, err
	}
	if err := os.Rename(temp.Name(), a.Path); err != nil {
		return Archived{}, err
	}
	if err := errors.Join(syncDir(filepath.Dir(a.Path)), syncDir(filepath.Join(s.dir, archiveDir))); err != nil {
		return Archived{}, err
	}
	return a, temp.Close()
}

// ErrNoRoom says that the disk has no room for what was asked; it is what the system says where a write finds that out.
var ErrNoRoom error = syscall.ENOSPC

// noRoomError is an ErrNoRoom with the figures, which are for whoever runs the machine.
type noRoomError struct {
	dir        string
	free, need int64
}

func (e *noRoomError) Error() string {
	return fmt.Sprintf("the disk of %s has %d MiB free and this needs about %d MiB: free some space and try again; nothing was written", e.dir, e.free>>20, e.need>>20)
}

func (e *noRoomError) Is(target error) bool { return target == ErrNoRoom }

// Room refuses work that the disk has no room for with ErrNoRoom, before anything is written.
func (s *Store) Room(need int64) error {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(s.dir, &stat); err != nil {
		return fmt.Errorf("ask for free disk space: %w", err)
	}
	free := int64(stat.Bavail) * stat.Bsize
	if free < need+spareBytes {
		return &noRoomError{s.dir, free, need + spareBytes}
	}
	return nil
}

// readerWithContext ends with the context's error when that comes first.
type readerWithContext struct {
	ctx context.Context
	src io.Reader
}

func (r readerWithContext) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// copyFile copies a file that nobody has open. A new copy is for the same readers: a key in a backup is its owner's alone.
func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	dst, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Sync(), dst.Close())
}

// writeFile replaces a file as a whole: whoever reads it sees the old or the new one, also after a crash.
func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(0o640), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// hashFile is the SHA-256 of a file that nobody has open, in hex.
func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
