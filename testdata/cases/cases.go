// Package cases reads the reference cases of the statistics for the tests of their packages. It decides how a case is laid
// out; what is compared, and how closely, is each test's.
package cases

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Read returns the header and the rows of testdata/cases/NAME/input.csv of the package under test, and decodes its
// expected.json.
func Read(t testing.TB, name string, expected any) (header []string, rows [][]string) {
	t.Helper()
	dir := filepath.Join("testdata", "cases", name)
	f, err := os.Open(filepath.Join(dir, "input.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, expected); err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

// ReadMaps is Read with the rows as maps by column.
func ReadMaps(t testing.TB, name string, expected any) (rows []map[string]string) {
	t.Helper()
	header, lines := Read(t, name, expected)
	for _, line := range lines {
		row := map[string]string{}
		for i, cell := range line {
			row[header[i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}
