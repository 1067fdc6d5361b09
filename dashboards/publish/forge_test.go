package publish

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Forge writes a table of a folder with other content in every form, and the checksums anew, as somebody would who knows
// how a folder is made.
func Forge(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	path := filepath.Join(dir, "data", name+".csv")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	listed, err := readSums(filepath.Join(dir, sumsName))
	if err != nil {
		t.Fatal(err)
	}
	f := &folder{dir: dir, sums: listed, counts: map[string]int{}}
	var rows [][]string
	r, err := openReader(dir, tableOf(name))
	if err != nil {
		t.Fatal(err)
	}
	for !r.ended {
		rows = append(rows, r.kept())
		if r.cells, err = r.csv.Read(); err != nil {
			break
		}
		r.cells = append([]string(nil), r.cells...)
	}
	r.close()
	if err := f.rows(tableOf(name), rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, sumsName), f.list(func(string) bool { return true }), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tableOf finds a table by its name; nil for none.
func tableOf(name string) *table {
	at := slices.IndexFunc(tables, func(t *table) bool { return t.name == name })
	if at < 0 {
		return nil
	}
	return tables[at]
}
