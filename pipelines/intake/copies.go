package intake

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"pingxin/pipelines/store"
)

// Say is how a copy of a file says what is wrong in the language of its reader: the sentence of a fault, and the title of
// a text of the copy by its code, one of CopyTitles.
type Say struct {
	Fault func(f store.Fault) string
	Title func(code string) string
}

// CopyTitles are the codes of the titles in a copy of a file.
var CopyTitles = []string{"sheet_rows", "sheet_faults", "column_row", "column_column", "column_cause", "column_found", "column_what", "column_count", "column_reasons"}

// InEnglish says faults as the command line does.
var InEnglish = Say{
	Fault: func(f store.Fault) string {
		return fmt.Sprintf("%s: found %q, expected %s; %s", cmp.Or(f.Column, "row"), f.Found, f.Expected, f.Mend)
	},
	Title: func(code string) string {
		_, word, _ := strings.Cut(code, "_")
		return word
	},
}

// commentRows is up to which size a marked copy has comments at its cells: behind them a spreadsheet holds the whole sheet
// in memory. The sentences stand in the last column of every copy.
const commentRows = 20_000

// again opens a file as it was checked and calls f for each row.
func again(ctx context.Context, file File, o Options, header func([]string) error, f func(cells []string, row int64) error) error {
	src, err := os.Open(file.Path)
	if err != nil {
		return err
	}
	defer src.Close()
	rows, err := openSource(ctx, src, o.Choice, &Inspection{})
	if err != nil {
		return err
	}
	if err := header(rows.header()); err != nil {
		return err
	}
	for {
		cells, row, err := rows.next()
		var bad *rowError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.As(err, &bad):
			return err
		}
		if err := cmp.Or(ctx.Err(), f(cells, row)); err != nil {
			return err
		}
	}
}

// RefusedRows writes the rows of a file that have a fault as CSV in the columns of the file, with one more for the reasons.
// The file is checked again in doing so.
func RefusedRows(ctx context.Context, st *store.Store, kind Kind, file File, o Options, as As, say Say, w io.Writer) error {
	reasons := map[int64][]*store.Fault{}
	kinds := map[string]*store.Fault{} // of many faults that differ in row and cell only one is held
	_, err := Check(ctx, st, kind, file, o, as, func(f store.Fault) {
		row := f.Row
		f.Row, f.Found = 0, ""
		key := f.Column + "\x00" + f.Cause + "\x00" + f.Expected
		if kinds[key] == nil {
			kinds[key] = &f
		}
		reasons[row] = append(reasons[row], kinds[key])
	})
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	var columns map[string]int
	err = again(ctx, file, o, func(header []string) error {
		columns = placesOf(kind, header, o.Mapping)
		_, err := io.WriteString(w, byteOrderMark) // by which spreadsheets know Chinese text
		return cmp.Or(err, out.Write(escaped(append(slices.Clone(header), say.Title("column_reasons")))))
	}, func(cells []string, row int64) error {
		faults := reasons[row]
		if len(faults) == 0 {
			return nil
		}
		said := make([]string, len(faults))
		for i, f := range faults {
			found := *f
			found.Row = row
			if at, ok := columns[f.Column]; ok && at < len(cells) {
				found.Found = cells[at]
			}
			said[i] = say.Fault(found)
		}
		return out.Write(escaped(append(slices.Clone(cells), strings.Join(said, " | "))))
	})
	out.Flush()
	return cmp.Or(err, out.Error())
}

// placesOf is where the columns of a kind stand in a file.
func placesOf(kind Kind, header []string, mapping map[string]string) map[string]int {
	places := map[string]int{}
	for i, title := range header {
		if at := kind.columnOf(strings.TrimSpace(title), mapping); at >= 0 {
			places[kind.Columns[at].Name] = i
		}
	}
	return places
}

// escaped takes the power from cells that a spreadsheet would compute.
func escaped(cells []string) []string {
	for i, cell := range cells {
		cells[i] = store.Harmless(cell)
	}
	return cells
}

// marked is a copy that is being written.
type marked struct {
	book    *excelize.File
	rows    *excelize.StreamWriter
	say     Say
	at      int // row of the copy
	bad     int // style of a bad cell
	head    int
	places  map[string]int
	byRow   map[int64][]store.Fault
	comment []excelize.Comment
}

// MarkedCopy writes a file as XLSX, with the cells of the listed faults filled and their sentences beside them and, in a
// file that is not too long, in comments; a second sheet lists the faults grouped by cause. Rows stand where they stood as
// far as a file without blank rows goes.
func MarkedCopy(ctx context.Context, kind Kind, file File, o Options, p Preview, say Say, w io.Writer) (err error) {
	m := &marked{book: excelize.NewFile(), say: say, byRow: map[int64][]store.Fault{}}
	defer func() { err = errors.Join(err, m.book.Close()) }()
	for _, f := range p.Faults {
		m.byRow[f.Row] = append(m.byRow[f.Row], f)
	}
	sheet := say.Title("sheet_rows")
	if err := m.prepare(sheet); err != nil {
		return err
	}
	err = again(ctx, file, o, func(header []string) error {
		m.places = placesOf(kind, header, o.Mapping)
		return m.write(append(slices.Clone(header), say.Title("column_reasons")), nil)
	}, func(cells []string, row int64) error { return m.writeRow(cells, row, p.Rows <= commentRows) })
	if err != nil {
		return err
	}
	if err := m.rows.Flush(); err != nil {
		return err
	}
	for _, c := range m.comment {
		if err := m.book.AddComment(sheet, c); err != nil {
			return err
		}
	}
	if err := m.list(p); err != nil {
		return err
	}
	return m.book.Write(w)
}

func (m *marked) prepare(sheet string) (err error) {
	if err := m.book.SetSheetName(m.book.GetSheetName(0), sheet); err != nil {
		return err
	}
	if m.bad, err = m.book.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFC7CE"}}, Font: &excelize.Font{Color: "9C0006", Bold: true}}); err != nil {
		return err
	}
	if m.head, err = m.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return err
	}
	m.rows, err = m.book.NewStreamWriter(sheet)
	return err
}

// writeRow writes a row of the file with what is wrong with it.
func (m *marked) writeRow(cells []string, row int64, comments bool) error {
	faults := m.byRow[row]
	bad := map[int]bool{}
	var said []string
	for _, f := range faults {
		sentence := m.say.Fault(f)
		said = append(said, sentence)
		for column := range strings.SplitSeq(f.Column, ", ") { // a key may be of several
			at, ok := m.places[column]
			if !ok {
				continue
			}
			if bad[at] = true; comments {
				m.note(at, sentence)
			}
		}
	}
	if len(faults) > 0 {
		bad[len(cells)] = true
	}
	return m.write(append(slices.Clone(cells), strings.Join(said, " | ")), bad)
}

// note puts a sentence into the comment of a cell of the row that comes next.
func (m *marked) note(at int, sentence string) {
	cell, err := excelize.CoordinatesToCellName(at+1, m.at+1)
	if err != nil {
		return // a place that no sheet has holds no cell
	}
	if last := len(m.comment) - 1; last >= 0 && m.comment[last].Cell == cell {
		m.comment[last].Text += "\n" + sentence
		return
	}
	m.comment = append(m.comment, excelize.Comment{Cell: cell, Author: "pingxin", Text: sentence})
}

// write writes the next row of the copy; texts stay texts, so that no spreadsheet computes them.
func (m *marked) write(cells []string, bad map[int]bool) error {
	m.at++
	name, err := excelize.CoordinatesToCellName(1, m.at)
	if err != nil {
		return err
	}
	row := make([]any, len(cells))
	for i, cell := range cells {
		c := excelize.Cell{Value: cell}
		switch {
		case m.at == 1:
			c.StyleID = m.head
		case bad[i]:
			c.StyleID = m.bad
		}
		row[i] = c
	}
	return m.rows.SetRow(name, row)
}

// list writes the second sheet: how many faults of each cause, and then each that is listed.
func (m *marked) list(p Preview) error {
	sheet := m.say.Title("sheet_faults")
	if _, err := m.book.NewSheet(sheet); err != nil {
		return err
	}
	rows, err := m.book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	at := 0
	write := func(cells ...any) error {
		at++
		return rows.SetRow(fmt.Sprintf("A%d", at), cells)
	}
	title := m.say.Title
	causes := slices.SortedFunc(maps.Keys(p.Causes), func(x, y string) int { return cmp.Or(p.Causes[y]-p.Causes[x], cmp.Compare(x, y)) })
	err = write(title("column_cause"), title("column_count"))
	for _, cause := range causes {
		err = cmp.Or(err, write(cause, p.Causes[cause]))
	}
	err = cmp.Or(err, write(), write(title("column_cause"), title("column_row"), title("column_column"), title("column_found"), title("column_what")))
	for _, cause := range causes {
		for _, f := range p.Faults {
			if f.Cause == cause {
				err = cmp.Or(err, write(cause, f.Row, f.Column, f.Found, m.say.Fault(f)))
			}
		}
	}
	return cmp.Or(err, rows.Flush())
}
