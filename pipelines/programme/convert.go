package programme

import (
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// scoreKind is the kind of file that Scores become.
const scoreKind = "score"

// scoreColumns are the columns of a score file.
var scoreColumns = []string{"contract_no", "indicator", "party", "evaluator_id", "score", "scored_on"}

// File is a file in our form.
type File struct {
	Kind   string
	Path   string
	Rows   int
	Absent int // published cells that say that there is no value, and so became no row
}

// converter reads each published table once.
type converter struct {
	*Programme
	tables map[string]*table
}

// Convert writes the programme's facts as CSV files into the folder out, one for each kind, and lists them in the order
// in which they can be imported: as the description names the kinds, scores last. Any cell that cannot be read is an
// error with its table, row and column.
func (p *Programme) Convert(out string) ([]File, error) {
	c := &converter{Programme: p, tables: map[string]*table{}}
	var files []File
	for i, r := range p.Rows {
		if slices.ContainsFunc(p.Rows[:i], func(earlier Rows) bool { return earlier.Kind == r.Kind }) {
			continue // written with the first of its kind
		}
		file, err := c.facts(out, r.Kind)
		if err != nil {
			return nil, fmt.Errorf("programme %s: %w", p.ID, err)
		}
		files = append(files, file)
	}
	scores, err := c.scores(out)
	if err != nil {
		return nil, fmt.Errorf("programme %s: %w", p.ID, err)
	}
	return append(files, scores), nil
}

// table reads a published table, unless it was read before.
func (c *converter) table(name string) (*table, error) {
	if t, read := c.tables[name]; read {
		return t, nil
	}
	t, err := readTable(c.dir, name)
	if err != nil {
		return nil, err
	}
	c.tables[name] = t
	return t, nil
}

// facts writes the file of one kind other than score.
func (c *converter) facts(out, kind string) (File, error) {
	used := map[string]bool{}
	for _, r := range c.Rows {
		if r.Kind == kind {
			for column := range r.Cells {
				used[column] = true
			}
		}
	}
	columns := slices.Sorted(maps.Keys(used))
	return writeFile(out, kind, columns, func(add func([]string) error) (absent int, err error) {
		for i, r := range c.Rows {
			if r.Kind != kind {
				continue
			}
			if err := c.rows(r, columns, add); err != nil {
				return 0, fmt.Errorf("row[%d]: %w", i, err)
			}
		}
		return 0, nil
	})
}

// rows writes what one entry describes; columns that it does not name stay empty.
func (c *converter) rows(r Rows, columns []string, add func([]string) error) error {
	t := &table{rows: [][]string{nil}} // a single row
	var source *table
	if r.Each != "" {
		var err error
		if t, err = c.table(r.Each); err != nil {
			return err
		}
		source = t
	}
	texts := make([]text, len(columns))
	for i, column := range columns {
		var err error
		if texts[i], err = textOf(source, r.Cells[column]); err != nil {
			return fmt.Errorf("cells.%s: %w", column, err)
		}
	}
	line := make([]string, len(columns))
	for _, row := range t.rows {
		for i := range texts {
			line[i] = texts[i].fill(row)
		}
		if err := add(line); err != nil {
			return err
		}
	}
	return nil
}

// scores writes the score file.
func (c *converter) scores(out string) (File, error) {
	return writeFile(out, scoreKind, scoreColumns, func(add func([]string) error) (absent int, err error) {
		for i, s := range c.Scores {
			missed, err := c.wide(s, add)
			if err != nil {
				return 0, fmt.Errorf("score[%d]: %w", i, err)
			}
			absent += missed
		}
		return absent, nil
	})
}

// wide writes the scores that stand side by side in the rows of a published table, one row each.
func (c *converter) wide(s Scores, add func([]string) error) (absent int, err error) {
	t, err := c.table(s.File)
	if err != nil {
		return 0, err
	}
	contract, err := textOf(t, s.Contract)
	if err != nil {
		return 0, fmt.Errorf("contract: %w", err)
	}
	evaluator, err := textOf(t, s.Evaluator)
	if err != nil {
		return 0, fmt.Errorf("evaluator: %w", err)
	}
	format := c.Formats[s.Format].reader()
	for _, indicator := range slices.Sorted(maps.Keys(s.Columns)) {
		column, err := t.at(s.Columns[indicator])
		if err != nil {
			return 0, err
		}
		for i, row := range t.rows {
			score, present, err := format.score(row[column])
			if err != nil {
				return 0, fmt.Errorf("%s, row %d, column %q: %w", t.name, rowNumber(i), s.Columns[indicator], err)
			}
			if !present {
				absent++
				continue
			}
			if err := add([]string{contract.fill(row), indicator, s.Party, evaluator.fill(row), score, s.ScoredOn.String()}); err != nil {
				return 0, err
			}
		}
	}
	return absent, nil
}

// score reads a cell and writes it as a score of ours.
func (n *numbers) score(cell string) (written string, present bool, err error) {
	value, present, err := n.value(cell)
	if err != nil || !present {
		return "", false, err
	}
	written, err = scoreText(value)
	return written, true, err
}

// writeFile writes a CSV file with the rows that fill adds; fill returns how many cells were absent.
func writeFile(out, kind string, columns []string, fill func(add func([]string) error) (absent int, err error)) (file File, err error) {
	file = File{Kind: kind, Path: filepath.Join(out, kind+".csv")}
	f, err := os.Create(file.Path)
	if err != nil {
		return File{}, fmt.Errorf("write %s: %w", kind, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	if err := w.Write(columns); err != nil {
		return File{}, fmt.Errorf("write %s: %w", kind, err)
	}
	file.Absent, err = fill(func(line []string) error {
		file.Rows++
		return w.Write(line)
	})
	w.Flush()
	if err := errors.Join(err, w.Error()); err != nil {
		return File{}, fmt.Errorf("write %s: %w", kind, err)
	}
	return file, nil
}
