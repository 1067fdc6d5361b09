package desk

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// spool is the directory of the uploads: one directory for each, with its bytes as far as they came and its state, and
// one file for each account of what it said of headers. A state is replaced as a whole, so that it is always one that was.
type spool struct{ dir string }

const (
	stateFile   = "state.json"
	bytesFile   = "bytes"
	rememberDir = "remembered"
)

// validID is how ids look; nothing else becomes part of a path.
var validID = regexp.MustCompile(`^[0-9a-f]{32}$`)

func newID() string {
	b := make([]byte, 16)
	rand.Read(b) //nolint:errcheck // it never fails
	return hex.EncodeToString(b)
}

func (s spool) path(id, name string) string { return filepath.Join(s.dir, id, name) }

// load reads an upload, with no more bytes received than are there: after a power cut the state may know of more.
func (s spool) load(id string) (Upload, error) {
	var u Upload
	if !validID.MatchString(id) {
		return u, ErrUnknown
	}
	text, err := os.ReadFile(s.path(id, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return u, ErrUnknown
	}
	if err == nil {
		err = json.Unmarshal(text, &u)
	}
	if err != nil {
		return u, fmt.Errorf("upload %s: %w", id, err)
	}
	if u.State == Receiving {
		info, err := os.Stat(s.path(id, bytesFile))
		if err != nil {
			return u, fmt.Errorf("upload %s: %w", id, err)
		}
		u.Received = min(u.Received, info.Size())
	}
	return u, nil
}

// save replaces the state of an upload and returns after it is on the disk.
func (s spool) save(u Upload) error {
	text, err := json.Marshal(u)
	if err == nil {
		err = replace(s.path(u.ID, stateFile), text)
	}
	if err != nil {
		return fmt.Errorf("upload %s: %w", u.ID, err)
	}
	return nil
}

// create makes the directory of a new upload.
func (s spool) create(u Upload) error {
	if err := os.Mkdir(filepath.Join(s.dir, u.ID), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(s.path(u.ID, bytesFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return cmp.Or(errors.Join(f.Sync(), f.Close()), s.save(u), syncDir(s.dir))
}

func (s spool) remove(id string) error { return os.RemoveAll(filepath.Join(s.dir, id)) }

// all reads every upload, the latest first; what a crash left without a state is removed.
func (s spool) all() ([]Upload, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var all []Upload
	for _, e := range entries {
		if !validID.MatchString(e.Name()) {
			continue
		}
		u, err := s.load(e.Name())
		switch {
		case err == nil:
			all = append(all, u)
		case !errors.Is(err, ErrUnknown):
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b Upload) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

// hash is the SHA-256 of the bytes of an upload.
func (s spool) hash(id string) (string, error) {
	f, err := os.Open(s.path(id, bytesFile))
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// remembered are the mappings of an account: for each set of headers what it said of them.
func (s spool) remembered(account string) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	text, err := os.ReadFile(s.rememberPath(account))
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	return all, err
}

// rememberedMax bounds the sets of headers that are remembered of an account.
const rememberedMax = 200

func (s spool) remember(account, headers string, mapping map[string]string) error {
	all, err := s.remembered(account)
	if err != nil {
		return err
	}
	if _, known := all[headers]; !known && len(all) >= rememberedMax {
		clear(all)
	}
	all[headers] = mapping
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return replace(s.rememberPath(account), text)
}

func (s spool) rememberPath(account string) string {
	sum := sha256.Sum256([]byte(account))
	return filepath.Join(s.dir, rememberDir, hex.EncodeToString(sum[:16])+".json")
}

// replace writes a file beside the one of that name and puts it in its place.
func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
