package intake

import (
	"archive/zip"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// openZipped opens a workbook; another zip is refused here, as its files are brought one by one.
func openZipped(f *os.File, c Choice, seen *Inspection) (source, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(f, info.Size())
	if err != nil {
		seen.Format = FormatZip
		return nil, zipDamaged(err)
	}
	if !isWorkbook(archive) {
		seen.Format = FormatZip
		return nil, refuse("zip_whole", 0, nil, "found a zip of several files, expected one file: bring the files in it, or the zip to the upload page")
	}
	seen.Format = FormatXLSX
	if err := checkSizes(archive.File, unzipMax, partsMax, "xlsx_too_large"); err != nil {
		return nil, err
	}
	w, err := openWorkbook(archive)
	if err != nil {
		return nil, err
	}
	return w.openSheet(c, seen)
}

func isWorkbook(archive *zip.Reader) bool {
	return slices.ContainsFunc(archive.File, func(f *zip.File) bool { return strings.TrimPrefix(f.Name, "/") == "xl/workbook.xml" })
}

// sheetSource reads the rows of a sheet.
type sheetSource struct {
	w       *workbook
	part    io.ReadCloser
	xml     *xml.Decoder
	columns []string
	places  []int // of each column in the sheet
	cells   []string
	numbers []bool
	row     int64
	sheetRow
	said             []Note
	hidden, formulas int
}

// openSheet opens the sheet that was chosen, or the first that has a row.
func (w *workbook) openSheet(c Choice, seen *Inspection) (source, error) {
	for _, ref := range w.sheets {
		seen.Sheets = append(seen.Sheets, ref.name)
	}
	if c.Sheet != "" && !slices.Contains(seen.Sheets, c.Sheet) {
		names := strings.Join(seen.Sheets, ", ")
		return nil, refuse("xlsx_sheet", 0, params{"found": c.Sheet, "sheets": names}, "found no sheet %q, expected one of %s", c.Sheet, names)
	}
	for _, ref := range w.sheets {
		if c.Sheet != "" && ref.name != c.Sheet {
			continue
		}
		s, err := w.sheet(ref)
		if errors.Is(err, io.EOF) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if seen.Sheet = ref.name; len(w.sheets) > 1 {
			s.said = append(s.said, say("other_sheets", params{"sheet": ref.name}, "the sheet %s was read, the others were not", ref.name))
		}
		return s, nil
	}
	return nil, refuse("xlsx_empty", 0, nil, "the sheet is empty: expected a header line and rows")
}

// sheet opens one sheet and reads its header; io.EOF when it has no row.
func (w *workbook) sheet(ref sheetRef) (*sheetSource, error) {
	part, err := w.open(ref.part)
	if err != nil {
		return nil, err
	}
	s := &sheetSource{w: w, part: part, xml: xml.NewDecoder(part)}
	if err := s.read(); err != nil {
		return nil, err
	}
	for at, title := range s.texts {
		if strings.TrimSpace(title) != "" {
			s.columns, s.places = append(s.columns, title), append(s.places, at)
		}
	}
	s.cells, s.numbers = make([]string, len(s.columns)), make([]bool, len(s.columns))
	return s, nil
}

func (s *sheetSource) header() []string { return s.columns }

func (s *sheetSource) notes() []Note {
	all := slices.Clone(s.said)
	if s.hidden > 0 {
		all = append(all, say("hidden_rows", params{"rows": itoa(s.hidden)}, "%d hidden rows were read like the others", s.hidden))
	}
	if s.formulas > 0 {
		all = append(all, say("formulas", params{"cells": itoa(s.formulas)}, "%d cells hold formulas; their last computed values were read", s.formulas))
	}
	return all
}

// isNumber says whether a cell of the current row is a number in the workbook, and no date.
func (s *sheetSource) isNumber(i int) bool { return s.numbers[i] }

// asDay is the day that a number of a column of days means, when it can be one.
func (s *sheetSource) asDay(cell string) (string, bool) {
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil || !isDayNumber(v) {
		return "", false
	}
	return s.w.dayText(v), true
}

func (s *sheetSource) next() ([]string, int64, error) {
	if err := s.read(); err != nil {
		if errors.Is(err, io.EOF) {
			s.w.shared = sharedTexts{} // the database, whose work begins now, needs the memory
		}
		return nil, 0, err
	}
	clear(s.cells)
	clear(s.numbers)
	beside := 0
	for at, text := range s.texts {
		i, ours := slices.BinarySearch(s.places, at)
		switch {
		case ours:
			s.cells[i], s.numbers[i] = text, s.plain[at]
		case strings.TrimSpace(text) != "":
			beside++
		}
	}
	if beside > 0 {
		return s.cells, s.row, cellCount(len(s.columns)+beside, len(s.columns))
	}
	return s.cells, s.row, nil
}

// sheetRow is the row that was read last, its cells by their places; plain says of those that are numbers.
type sheetRow struct {
	texts []string
	plain []bool
}

// read reads the next row that has a cell with text.
func (s *sheetSource) read() error {
	for {
		t, err := s.xml.RawToken()
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		if err != nil {
			return xlsxDamaged(err)
		}
		e, ok := t.(xml.StartElement)
		if !ok || e.Name.Local != "row" {
			continue
		}
		if err := s.readRow(&e); err != nil {
			return xlsxDamaged(err)
		}
		if !slices.ContainsFunc(s.texts, func(text string) bool { return strings.TrimSpace(text) != "" }) {
			continue
		}
		if attribute(&e, "hidden") == "1" {
			s.hidden++
		}
		return nil
	}
}

// readRow reads the cells of a row up to its end.
func (s *sheetSource) readRow(row *xml.StartElement) error {
	s.texts, s.plain = s.texts[:0], s.plain[:0]
	s.row++
	if r := attribute(row, "r"); r != "" {
		n, err := strconv.ParseInt(r, 10, 64)
		if err != nil || n < s.row || n > sheetRowsMax {
			return refuse("xlsx_damaged", 0, nil, "the rows of the sheet are not numbered in order")
		}
		s.row = n
	}
	for {
		t, err := s.xml.RawToken()
		if err != nil {
			return cmp.Or(noEOF(err), err)
		}
		switch e := t.(type) {
		case xml.StartElement:
			if e.Name.Local == "c" {
				if err := s.readCell(&e); err != nil {
					return err
				}
			}
		case xml.EndElement:
			if e.Name.Local == "row" {
				return nil
			}
		}
	}
}

// noEOF makes an error of an end that comes too early.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readCell reads a cell up to its end and puts it into its place.
func (s *sheetSource) readCell(c *xml.StartElement) error {
	at := len(s.texts)
	if r := attribute(c, "r"); r != "" {
		if at = columnPlace(r); at < len(s.texts) || at >= columnsMax {
			return refuse("header_columns", s.row, params{"found": r, "most": itoa(columnsMax)}, "the cell %s lies outside of the first %d columns, or is there twice", r, columnsMax)
		}
	}
	var text strings.Builder
	depth, inText, reading := 1, false, 0 // reading: depth of the reading of a Chinese character, which is not its text
	for depth > 0 {
		t, err := s.xml.RawToken()
		if err != nil {
			return noEOF(err)
		}
		switch e := t.(type) {
		case xml.StartElement:
			depth++
			switch e.Name.Local {
			case "v", "t":
				inText = reading == 0
			case "f":
				s.formulas++
			case "rPh":
				reading = depth
			}
		case xml.EndElement:
			if depth--; depth < reading {
				reading = 0
			}
			inText = false
		case xml.CharData:
			if inText {
				text.Write(e)
			}
			if text.Len() > cellMax {
				return refuse("xlsx_too_large", s.row, params{"most": "0"}, "a cell of row %d holds more than %d KiB of text", s.row, cellMax>>10)
			}
		}
	}
	value, number, err := s.value(attribute(c, "t"), attribute(c, "s"), text.String())
	if err != nil {
		return err
	}
	for len(s.texts) < at {
		s.texts, s.plain = append(s.texts, ""), append(s.plain, false)
	}
	s.texts, s.plain = append(s.texts, value), append(s.plain, number)
	return nil
}

// value is the text of a cell by its type and style.
func (s *sheetSource) value(typ, style, stored string) (text string, number bool, err error) {
	switch typ {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(stored))
		text, known := s.w.shared.at(i)
		if err != nil || !known {
			return "", false, errors.New("a cell refers to a text that is not there")
		}
		return text, false, nil
	case "", "n":
		if stored == "" {
			return "", false, nil
		}
		at, _ := strconv.Atoi(style) // without one it is the first
		var means cellStyle
		if at >= 0 && at < len(s.w.styles) {
			means = s.w.styles[at]
		}
		text, number = s.w.numberText(strings.TrimSpace(stored), means)
		return text, number, nil
	}
	return stored, false, nil // texts, words and what a formula could not compute
}

// columnPlace is the place of a cell in its row, counted from 0, by a name such as AB12; -1 for no such name.
func columnPlace(name string) int {
	place := 0
	for i := range len(name) {
		c := name[i]
		if c < 'A' || c > 'Z' || place > columnsMax {
			break
		}
		place = place*26 + int(c-'A') + 1
	}
	return place - 1
}
