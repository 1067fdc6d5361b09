package publish

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sumsName is the list of checksums, in the form that sha256sum -c reads. Its own hash is the hash of the release.
const sumsName = "SHA256SUMS"

// writeSize is how many bytes are written at a time.
const writeSize = 1 << 16

// folder is a bundle in the making: its files with their checksums by path, with slashes.
type folder struct {
	dir    string // empty: only the checksums are wanted
	sums   map[string]string
	counts map[string]int // rows by table
}

// file is one of them while it is written.
type file struct {
	*bufio.Writer
	to   io.Closer // nil: only the checksum is wanted
	hash hash.Hash
	name string
	in   *folder
}

// create begins a file, in place of one of that name.
func (f *folder) create(name string) (*file, error) {
	h := sha256.New()
	if f.dir == "" {
		return &file{Writer: bufio.NewWriterSize(h, writeSize), hash: h, name: name, in: f}, nil
	}
	path := filepath.Join(f.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	to, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &file{bufio.NewWriterSize(io.MultiWriter(to, h), writeSize), to, h, name, f}, nil
}

// close ends a file and enters its checksum.
func (w *file) close() error {
	err := w.Flush()
	if w.to != nil {
		err = errors.Join(err, w.to.Close())
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", w.name, err)
	}
	w.in.sums[w.name] = hex.EncodeToString(w.hash.Sum(nil))
	return nil
}

// write writes a whole file.
func (f *folder) write(name string, content []byte) error {
	w, err := f.create(name)
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return errors.Join(err, w.close())
}

// forget takes the files whose names begin so out of the bundle; create writes them anew.
func (f *folder) forget(prefix string) {
	maps.DeleteFunc(f.sums, func(name, _ string) bool { return strings.HasPrefix(name, prefix) })
}

// openTable is a table that is written to its files.
type openTable struct {
	*tableWriter
	files [3]*file
}

func (f *folder) table(t *table) (*openTable, error) {
	o := &openTable{}
	var to [3]io.Writer
	for i, form := range forms {
		w, err := f.create("data/" + t.name + form)
		if err != nil {
			return nil, err
		}
		o.files[i], to[i] = w, w
	}
	var err error
	o.tableWriter, err = newTableWriter(t, to)
	return o, err
}

func (o *openTable) close() error {
	err := o.tableWriter.close()
	o.files[0].in.counts[o.name] = o.tableWriter.rows
	for _, w := range o.files {
		err = errors.Join(err, w.close())
	}
	return err
}

// rows writes a whole table.
func (f *folder) rows(t *table, rows [][]string) error {
	o, err := f.table(t)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := o.add(row); err != nil {
			return errors.Join(err, o.close())
		}
	}
	return o.close()
}

// list is the list of checksums of the files for which keep answers true, in the order of their names.
func (f *folder) list(keep func(name string) bool) []byte {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.sums)) {
		if keep(name) {
			fmt.Fprintf(&b, "%s  %s\n", f.sums[name], name)
		}
	}
	return []byte(b.String())
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
