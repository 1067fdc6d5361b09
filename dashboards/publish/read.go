package publish

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// FaultError says what of a folder is not as it was published, or not what its own evidence comes to.
type FaultError struct {
	File      string // with slashes
	Row       int    // of the table, from 1; 0: the file as a whole
	Key       string // by which the row is known
	Column    string
	Published string
	Computed  string
	Sentence  string // what is wrong; empty: what was computed is not what was published
}

func (e *FaultError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Row > 0 {
		fmt.Fprintf(&b, ", row %d (%s)", e.Row, e.Key)
	}
	if e.Column != "" {
		b.WriteString(", column " + e.Column)
	}
	if e.Sentence != "" {
		return b.String() + ": " + e.Sentence
	}
	fmt.Fprintf(&b, ": published %s, computed %s", shown(e.Published), shown(e.Computed))
	return b.String()
}

func shown(cell string) string {
	if cell == "" {
		return "nothing"
	}
	return cell
}

// readManifest reads what a folder says it is, and the hash by which the next release names it.
func readManifest(dir string) (m manifest, hash string, err error) {
	sums, err := os.ReadFile(filepath.Join(dir, sumsName))
	if err != nil {
		return m, "", fmt.Errorf("%w: %w", err, errNoManifest)
	}
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return m, "", fmt.Errorf("%w: %w", err, errNoManifest)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, "", &FaultError{File: manifestName, Sentence: err.Error()}
	}
	if m.Format != format {
		return m, "", &FaultError{File: manifestName, Sentence: fmt.Sprintf("found the form %q, and this program reads %q", m.Format, format)}
	}
	return m, hashOf(sums), nil
}

// checkSums compares every file of a folder with the list of checksums: the first that differs, is missing or is not on
// the list is named.
func checkSums(dir string) (files int, err error) {
	listed, err := readSums(filepath.Join(dir, sumsName))
	if err != nil {
		return 0, err
	}
	found := map[string]bool{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if name = filepath.ToSlash(name); err != nil || name == sumsName {
			return err
		}
		want, known := listed[name]
		if !known {
			return &FaultError{File: name, Sentence: "is not on the list of checksums"}
		}
		found[name] = true
		sum, err := sumOf(path)
		if err == nil && sum != want {
			err = &FaultError{File: name, Sentence: fmt.Sprintf("was changed after it was published: its SHA-256 is %s, and %s stands in %s", sum, want, sumsName)}
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	for name := range listed {
		if !found[name] {
			return 0, &FaultError{File: name, Sentence: "is on the list of checksums and missing"}
		}
	}
	return len(found), nil
}

func readSums(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, errNoManifest)
	}
	sums, before := map[string]string{}, ""
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		sum, name, ok := strings.Cut(line, "  ")
		if bytes, err := hex.DecodeString(sum); !ok || err != nil || len(bytes) != sha256.Size || name <= before || strings.ToLower(sum) != sum {
			return nil, &FaultError{File: sumsName, Row: i + 1, Key: line, Sentence: "expected a SHA-256 in small letters, two spaces and the name of a file, in the order of names"}
		}
		sums[name], before = sum, name
	}
	return sums, nil
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
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

// tableReader reads the rows of a table of a folder, in their order.
type tableReader struct {
	rowReader
	file   *os.File
	csv    *csv.Reader
	ended  bool
	before string // first cell of the row before
}

func openReader(dir string, t *table) (*tableReader, error) {
	name := "data/" + t.name + ".csv"
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(f, 1<<16)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3)
	}
	r := &tableReader{rowReader: rowReader{table: t}, file: f, csv: csv.NewReader(buffered)}
	r.csv.ReuseRecord = true
	head, err := r.csv.Read()
	if err == nil {
		for i, c := range t.columns {
			if i >= len(head) || head[i] != c.name {
				err = &FaultError{File: name, Sentence: fmt.Sprintf("expected column %d to be %s", i+1, c.name)}
				break
			}
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return r, r.next()
}

// next moves to the next row; ended says that there is none.
func (r *tableReader) next() error {
	if r.ended {
		return nil
	}
	if r.row > 0 {
		r.before = strings.Clone(r.cells[0])
	}
	cells, err := r.csv.Read()
	if err == io.EOF {
		r.ended, r.cells = true, nil
		return nil
	}
	r.row++
	if err != nil {
		return &FaultError{File: "data/" + r.name + ".csv", Row: r.row, Sentence: err.Error()}
	}
	for i, c := range r.columns {
		cells[i] = c.kind.plain(cells[i])
	}
	r.cells = cells
	if cells[0] < r.before {
		return &FaultError{File: "data/" + r.name + ".csv", Row: r.row, Key: r.key(), Sentence: "stands before the row above it in the order of keys"}
	}
	return nil
}

// of calls f for the rows that begin with a key; what stands before them belongs to nothing.
func (r *tableReader) of(key string, f func(*rowReader)) error {
	for !r.ended && r.cells[0] <= key {
		if r.cells[0] < key {
			return &FaultError{File: "data/" + r.name + ".csv", Row: r.row, Key: r.key(), Sentence: "belongs to nothing that is published"}
		}
		f(&r.rowReader)
		if r.err != nil {
			return r.err
		}
		if err := r.next(); err != nil {
			return err
		}
	}
	return nil
}

// end makes sure that no row is left.
func (r *tableReader) end() error {
	if r.ended {
		return nil
	}
	return &FaultError{File: "data/" + r.name + ".csv", Row: r.row, Key: r.key(), Sentence: "belongs to nothing that is published"}
}

func (r *tableReader) close() { _ = r.file.Close() }

// eachRow calls f for every row of a table of a folder.
func eachRow(dir string, t *table, f func(*rowReader)) error {
	r, err := openReader(dir, t)
	if err != nil {
		return err
	}
	defer r.close()
	for !r.ended {
		f(&r.rowReader)
		if r.err != nil {
			return r.err
		}
		if err := r.next(); err != nil {
			return err
		}
	}
	return nil
}

// same compares rows that follow from the evidence with those that are published under a key.
func (r *tableReader) same(key string, computed [][]string) error {
	at := 0
	err := r.of(key, func(row *rowReader) {
		if at >= len(computed) {
			row.err = &FaultError{File: "data/" + r.name + ".csv", Row: r.row, Key: r.key(), Sentence: "does not follow from the evidence"}
			return
		}
		row.err = row.differs(computed[at])
		at++
	})
	if err == nil && at < len(computed) {
		err = &FaultError{File: "data/" + r.name + ".csv", Key: key, Row: r.row, Sentence: fmt.Sprintf("%s follows from the evidence and is missing", strings.Join(computed[at][:r.keys], " "))}
	}
	return err
}

// differs is the first cell of the row that is not the one that was computed; nil for none.
func (r *rowReader) differs(computed []string) error {
	for i, c := range r.columns {
		if r.cells[i] != computed[i] {
			return &FaultError{File: "data/" + r.name + ".csv", Row: r.row, Key: r.key(), Column: c.name, Published: r.cells[i], Computed: computed[i]}
		}
	}
	return nil
}

// cells of a row that outlive the next one.
func (r *rowReader) kept() []string {
	kept := slices.Clone(r.cells)
	for i := range kept {
		kept[i] = strings.Clone(kept[i])
	}
	return kept
}
