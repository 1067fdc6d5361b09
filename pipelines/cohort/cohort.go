// Package cohort reads a table of cases, each with what was known of it and what became of it, into the records of a
// scorecard, and a table of ratings into the cells of a measure of agreement. It decides which cells are numbers, which are
// categories, and what a fault in a cell is called; fitting and comparing are package challenger's, measuring agreement is
// package raters'.
package cohort

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pingxin/credit/challenger"
)

// ErrTable is wrapped by every error about a table.
var ErrTable = errors.New("table refused")

// Table is a table of texts.
type Table struct {
	Name     string // of the file, for messages
	Header   []string
	Rows     [][]string // as many cells each as the header
	FirstRow int        // number of the first row for messages: 2 below a header
}

// Roles says what the columns are; those that are not named are inputs.
type Roles struct {
	Outcome    string   // the column of what came after
	Bad        string   // its cells that are bad; all others have to be alike
	ID         string   // the column of a key; empty: the number of the row
	Rule       string   // the column of the rule score; empty: there is none
	Ignore     []string // columns that are no inputs
	Categories []string // inputs of numbers that are categories all the same
}

// ReadCSV reads a CSV file with a header; name is for messages.
func ReadCSV(r io.Reader, name string) (*Table, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrTable, err)
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("%s: %w: found %d rows, expected a header and rows below it", name, ErrTable, len(rows))
	}
	rows[0][0] = strings.TrimPrefix(rows[0][0], "\ufeff")
	for i, header := range rows[0] {
		if header == "" || slices.Index(rows[0], header) != i {
			return nil, fmt.Errorf("%s: %w: header: found %q in column %d, expected a name of its own", name, ErrTable, header, i+1)
		}
	}
	return &Table{Name: name, Header: rows[0], Rows: rows[1:], FirstRow: 2}, nil
}

// fault says what is wrong with a cell.
func (t *Table) fault(row int, column, expected string) error {
	return fmt.Errorf("%s: %w: row %d, column %s: found %q, expected %s", t.Name, ErrTable, t.FirstRow+row, column, t.cell(row, column), expected)
}

func (t *Table) cell(row int, column string) string {
	return t.Rows[row][slices.Index(t.Header, column)]
}

// known asks that the columns are there; role is for the message.
func (t *Table) known(role string, columns ...string) error {
	for _, column := range columns {
		if !slices.Contains(t.Header, column) {
			return fmt.Errorf("%s: %w: found no column %q for %s, expected one of %s", t.Name, ErrTable, column, role, strings.Join(t.Header, ", "))
		}
	}
	return nil
}

// number is how a number is written: digits, perhaps with a sign, a point and an exponent.
var number = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// Design lists the inputs of the table in the order of its columns. A column whose cells are all numbers is one, unless
// the roles say that it is a category; a column without any number is a category; a mixed one is a fault, since it may
// be a slip of the pen.
func (t *Table) Design(roles Roles) (challenger.Design, error) {
	if err := errors.Join(t.known("inputs left out", roles.Ignore...), t.known("categories", roles.Categories...)); err != nil {
		return nil, err
	}
	taken := append([]string{roles.Outcome, roles.ID, roles.Rule}, roles.Ignore...)
	var design challenger.Design
	for _, column := range t.Header {
		if slices.Contains(taken, column) {
			continue
		}
		kind := challenger.Category
		if !slices.Contains(roles.Categories, column) {
			var err error
			if kind, err = t.kind(column); err != nil {
				return nil, err
			}
		}
		design = append(design, challenger.Input{Name: column, Kind: kind})
	}
	if len(design) == 0 {
		return nil, fmt.Errorf("%s: %w: found no column beside the outcome, id and rule score, expected inputs", t.Name, ErrTable)
	}
	return design, nil
}

// kind is what the cells of a column are; one without any value counts as a number that is missing.
func (t *Table) kind(column string) (challenger.Kind, error) {
	numbers, texts, first := 0, 0, 0
	for row := range t.Rows {
		switch cell := t.cell(row, column); {
		case cell == "":
		case number.MatchString(cell):
			numbers++
		default:
			if texts == 0 {
				first = row
			}
			texts++
		}
	}
	switch {
	case texts == 0:
		return challenger.Number, nil
	case numbers == 0:
		return challenger.Category, nil
	}
	return "", t.fault(first, column, fmt.Sprintf("a number as in %d rows; mend the cell, or name the column as a category (--category) if all %d texts are meant", numbers, texts))
}

// Records reads the rows as records with the inputs of the design. An empty cell of an input or of the rule score is
// missing; every other cell that does not fit is an error with its row, column, what was found and what was expected.
func (t *Table) Records(design challenger.Design, roles Roles) ([]challenger.Record, error) {
	err := t.known("the outcome", roles.Outcome)
	for _, input := range design {
		err = errors.Join(err, t.known("an input", input.Name))
	}
	if roles.ID != "" {
		err = errors.Join(err, t.known("the id", roles.ID))
	}
	if roles.Rule != "" {
		err = errors.Join(err, t.known("the rule score", roles.Rule))
	}
	if err != nil {
		return nil, err
	}
	records := make([]challenger.Record, len(t.Rows))
	seen := make(map[string]int, len(t.Rows))
	for row := range t.Rows {
		if records[row], err = t.record(row, design, roles); err != nil {
			return nil, err
		}
		if earlier, twice := seen[records[row].ID]; twice {
			return nil, t.fault(row, roles.ID, fmt.Sprintf("an id of its own; row %d has it too", t.FirstRow+earlier))
		}
		seen[records[row].ID] = row
	}
	return records, t.outcomes(records, roles)
}

func (t *Table) record(row int, design challenger.Design, roles Roles) (r challenger.Record, err error) {
	r = challenger.Record{ID: strconv.Itoa(t.FirstRow + row), Values: make([]challenger.Value, len(design)), Rule: math.NaN()}
	if roles.ID != "" {
		if r.ID = t.cell(row, roles.ID); r.ID == "" {
			return r, t.fault(row, roles.ID, "an id")
		}
	}
	if roles.Rule != "" {
		if r.Rule, err = t.number(row, roles.Rule); err != nil {
			return r, err
		}
	}
	for i, input := range design {
		if input.Kind == challenger.Category {
			r.Values[i].Label = t.cell(row, input.Name)
			continue
		}
		if r.Values[i].Number, err = t.number(row, input.Name); err != nil {
			return r, err
		}
	}
	return r, nil
}

// number is NaN for an empty cell.
func (t *Table) number(row int, column string) (float64, error) {
	cell := t.cell(row, column)
	if cell == "" {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil || !number.MatchString(cell) {
		return 0, t.fault(row, column, "a number such as 12.5, or an empty cell where it is missing")
	}
	return v, nil
}

// outcomes reads what became of the records: bad as the roles say, and one other word for good; both have to occur.
func (t *Table) outcomes(records []challenger.Record, roles Roles) error {
	good := ""
	for row := range records {
		switch cell := t.cell(row, roles.Outcome); {
		case cell == roles.Bad:
			records[row].Bad = true
		case cell == "":
			return t.fault(row, roles.Outcome, "an outcome; take the row out if none is known")
		case good == "":
			good = cell
		case cell != good:
			return t.fault(row, roles.Outcome, fmt.Sprintf("%q (good, as in a row above) or %q (bad, --bad)", good, roles.Bad))
		}
	}
	if bad := slices.ContainsFunc(records, func(r challenger.Record) bool { return r.Bad }); !bad || good == "" {
		return fmt.Errorf("%s: %w: column %s: found only %q, expected cells %q (bad, --bad) and others (good)", t.Name, ErrTable, roles.Outcome, t.cell(0, roles.Outcome), roles.Bad)
	}
	return nil
}
