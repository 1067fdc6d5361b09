package programme

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// table is a published table: a CSV file with a header, perhaps compressed.
type table struct {
	name   string
	column map[string]int
	rows   [][]string
}

// readTable reads a CSV file, compressed if its name ends in .gz.
func readTable(dir, name string) (t *table, err error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("published table: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("published table %s: %w", name, err)
		}
	}
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("published table %s: %w", name, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("published table %s: found nothing, expected a header", name)
	}
	t = &table{name: name, column: make(map[string]int, len(rows[0])), rows: rows[1:]}
	for i, header := range rows[0] {
		header = strings.TrimPrefix(header, "\ufeff")
		if _, twice := t.column[header]; twice {
			return nil, fmt.Errorf("published table %s: found the column %q twice, expected each once", name, header)
		}
		t.column[header] = i
	}
	return t, nil
}

// at finds a column by its header.
func (t *table) at(header string) (int, error) {
	i, found := t.column[header]
	if !found {
		return 0, fmt.Errorf("published table %s: found no column %q; take the name from the table's header", t.name, header)
	}
	return i, nil
}

// rowNumber is the number of a row as a spreadsheet counts: the header is row 1.
func rowNumber(i int) int { return i + 2 }

// text is a cell of ours in the making: pieces of fixed text, each followed by the cell of a published column.
type text struct {
	pieces  []string
	columns []int // after each piece but the last
}

var braced = regexp.MustCompile(`\{([^{}]*)\}`)

// textOf reads a text in which "{Column}" stands for a cell of the table; t is nil where there is no table.
func textOf(t *table, written string) (text, error) {
	var out text
	end := 0
	for _, m := range braced.FindAllStringSubmatchIndex(written, -1) {
		if t == nil {
			return text{}, fmt.Errorf("found %q, expected no braces in a row that belongs to no table", written)
		}
		column, err := t.at(written[m[2]:m[3]])
		if err != nil {
			return text{}, err
		}
		out.pieces = append(out.pieces, written[end:m[0]])
		out.columns = append(out.columns, column)
		end = m[1]
	}
	out.pieces = append(out.pieces, written[end:])
	return out, nil
}

// fill puts the cells of a row in.
func (x *text) fill(row []string) string {
	var b strings.Builder
	for i, piece := range x.pieces {
		b.WriteString(piece)
		if i < len(x.columns) {
			b.WriteString(row[x.columns[i]])
		}
	}
	return b.String()
}
