package survey

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeyFile is the name of the secret key in the data directory. It belongs into backups: without it somebody who answers
// again after a restore would be counted twice.
const KeyFile = "survey.key"

// keyBytes is the size of the key: that of the hash it is used with.
const keyBytes = 32

// loadKey reads the key, and makes it when there is none. It refuses one that others on the machine can read.
func loadKey(dir string) ([]byte, error) {
	path := filepath.Join(dir, KeyFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key of the survey: %w", err)
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		return nil, fmt.Errorf("key of the survey %s: found the mode %04o, expected 0600, so that only this program reads it; run chmod 600 on it", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("key of the survey: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("key of the survey %s: found %d bytes of text, expected %d hexadecimal digits; restore it from a backup", path, len(text), 2*keyBytes)
	}
	return key, nil
}

// makeKey draws a key and returns it once it is on the disk. The store's lock keeps a second program away meanwhile.
func makeKey(path string) ([]byte, error) {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // ends the program where it cannot read
	temp, err := os.CreateTemp(filepath.Dir(path), KeyFile+"-*")
	if err != nil {
		return nil, fmt.Errorf("make the key of the survey: %w", err)
	}
	defer os.Remove(temp.Name()) // gone already when all went well
	_, err = fmt.Fprintln(temp, hex.EncodeToString(key))
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return nil, fmt.Errorf("make the key of the survey: %w", err)
	}
	return key, nil
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
