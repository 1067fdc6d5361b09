package intake

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of workbooks and zips: what is unpacked may be far larger than what was sent.
const (
	// unzipMax bounds what a workbook unpacks to: a sheet of 500,000 rows takes about as much.
	unzipMax = 128 << 20
	// sharedMax bounds the texts that cells share, which are held in memory.
	sharedMax = 64 << 20
	// ratioMax bounds how many bytes one packed byte may unpack to; sheets of equal rows come to about 50.
	ratioMax = 200
	// ratioFrom is from which size on the ratio tells anything.
	ratioFrom = 1 << 20
	// partsMax bounds the parts of a workbook.
	partsMax = 4096
	// cellMax bounds the text of a cell: a workbook holds at most 32,767 characters in one.
	cellMax = 256 << 10
	// sheetRowsMax is what a sheet can hold.
	sheetRowsMax = 1 << 20
)

// The reader of spreadsheets that writes them for us does not say, row by row, whether a cell is a number or a text that
// looks like one, nor whether a number is a date; on that depends whether a code has lost its zeros. So a sheet's XML is
// read here, one row at a time.

// workbook is an XLSX file with what its sheets refer to.
type workbook struct {
	parts    map[string]*zip.File
	left     int64 // bytes that may still be unpacked
	sheets   []sheetRef
	shared   sharedTexts
	styles   []cellStyle // of cells by their style number
	date1904 bool
}

// sharedTexts are the texts that cells share by their numbers, one behind the other: of half a million none is an object of
// its own.
type sharedTexts struct {
	text []byte
	ends []uint32
}

func (s *sharedTexts) add(text string) {
	s.text = append(s.text, text...)
	s.ends = append(s.ends, uint32(len(s.text)))
}

// at is the text of a number, and whether there is one.
func (s *sharedTexts) at(i int) (string, bool) {
	switch {
	case i < 0 || i >= len(s.ends):
		return "", false
	case i == 0:
		return string(s.text[:s.ends[0]]), true
	}
	return string(s.text[s.ends[i-1]:s.ends[i]]), true
}

// sheetRef is a sheet by its name and the part that holds it.
type sheetRef struct{ name, part string }

// cellStyle is what a number in a cell of a style means.
type cellStyle uint8

const (
	plainNumber cellStyle = iota
	dateNumber
	percentNumber
)

func openWorkbook(archive *zip.Reader) (*workbook, error) {
	w := &workbook{parts: map[string]*zip.File{}, left: unzipMax}
	for _, part := range archive.File {
		w.parts[strings.TrimPrefix(part.Name, "/")] = part
	}
	for _, read := range []func() error{w.readSheets, w.readStyles, w.readShared} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// checkSizes refuses an archive by what it says of itself, before anything is unpacked.
func checkSizes(files []*zip.File, most uint64, tooMany int, cause string) error {
	var total uint64
	if len(files) > tooMany {
		return refuse("zip_too_many", 0, params{"found": itoa(len(files)), "most": itoa(tooMany)}, "found %d files inside, expected at most %d", len(files), tooMany)
	}
	for _, f := range files {
		total += f.UncompressedSize64
		if total > most || f.UncompressedSize64 > most || f.UncompressedSize64 > ratioFrom && f.UncompressedSize64/max(f.CompressedSize64, 1) > ratioMax {
			return tooLarge(cause, most)
		}
		if f.Flags&1 != 0 {
			return refuse("zip_encrypted", 0, params{"found": f.Name}, "%s is encrypted: send it without a password", f.Name)
		}
	}
	return nil
}

func tooLarge(cause string, most uint64) error {
	return refuse(cause, 0, params{"most": strconv.FormatUint(most>>20, 10)}, "the file unpacks to more than %d MiB, or far more than its size: send it as CSV, or in parts", most>>20)
}

func xlsxDamaged(err error) error {
	var ours *FileError
	if errors.As(err, &ours) {
		return ours
	}
	return refuse("xlsx_damaged", 0, nil, "the workbook cannot be read: %v; open it, save it again as .xlsx, and look whether it is whole", err)
}

// open unpacks a part; nil when the workbook has none of that name.
func (w *workbook) open(name string) (io.ReadCloser, error) {
	part := w.parts[name]
	if part == nil {
		return nil, nil
	}
	r, err := part.Open()
	if err != nil {
		return nil, xlsxDamaged(err)
	}
	return &unpacking{r, w, int64(part.UncompressedSize64), 0}, nil
}

// unpacking watches over what is unpacked: in all, and between two tags, which the reader of XML holds in memory.
type unpacking struct {
	io.ReadCloser
	w    *workbook
	left int64 // bytes that the part may still have, by what it says of itself
	run  int
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	u.left -= int64(n)
	if u.w.left -= int64(n); u.w.left < 0 || u.left < 0 {
		return 0, tooLarge("xlsx_too_large", unzipMax)
	}
	if slices.Contains(p[:n], '<') {
		u.run = 0
	} else if u.run += n; u.run > cellMax {
		return 0, refuse("xlsx_too_large", 0, params{"most": "0"}, "a cell of the workbook holds more than %d KiB of text", cellMax>>10)
	}
	return n, err
}

// elements calls start for every element of a part, with a function that reads the rest of it into a struct.
func (w *workbook) elements(name string, start func(e xml.StartElement, into func(any) error) error) error {
	r, err := w.open(name)
	if err != nil || r == nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(r)
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return xlsxDamaged(err)
		}
		if e, ok := t.(xml.StartElement); ok {
			if err := start(e, func(v any) error { return d.DecodeElement(v, &e) }); err != nil {
				return xlsxDamaged(err)
			}
		}
	}
}

func attribute(e *xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// readSheets finds the visible sheets in their order.
func (w *workbook) readSheets() error {
	targets := map[string]string{}
	err := w.elements("xl/_rels/workbook.xml.rels", func(e xml.StartElement, _ func(any) error) error {
		if e.Name.Local == "Relationship" {
			target := attribute(&e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join("xl", target)
			}
			targets[attribute(&e, "Id")] = strings.TrimPrefix(target, "/")
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = w.elements("xl/workbook.xml", func(e xml.StartElement, _ func(any) error) error {
		switch e.Name.Local {
		case "workbookPr":
			w.date1904 = attribute(&e, "date1904") == "1" || attribute(&e, "date1904") == "true"
		case "sheet":
			part := targets[attribute(&e, "id")]
			if state := attribute(&e, "state"); (state == "" || state == "visible") && w.parts[part] != nil && strings.Contains(part, "worksheets") {
				w.sheets = append(w.sheets, sheetRef{attribute(&e, "name"), part})
			}
		}
		return nil
	})
	if err == nil && len(w.sheets) == 0 {
		err = refuse("xlsx_damaged", 0, nil, "the workbook has no visible sheet")
	}
	return err
}

// The formats of numbers that are built in and mean days or times, by ECMA-376 18.8.30; the later ones are those of
// Chinese and Japanese editions.
func builtIn(id int) cellStyle {
	switch {
	case id == 9 || id == 10:
		return percentNumber
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 45 && id <= 47, id >= 50 && id <= 58:
		return dateNumber
	}
	return plainNumber
}

// formatOf is what a format that somebody wrote means: letters of days and times outside of quotes, brackets and escapes.
func formatOf(code string) cellStyle {
	var bare strings.Builder
	quoted, bracket, escaped := false, false, false
	for _, r := range code {
		switch {
		case escaped:
			escaped = false
		case r == '\\' || r == '_' || r == '*':
			escaped = true
		case r == '"':
			quoted = !quoted
		case !quoted && r == '[':
			bracket = true
		case bracket:
			bracket = r != ']'
		case !quoted:
			bare.WriteRune(r)
		}
	}
	switch {
	case strings.Contains(bare.String(), "%"):
		return percentNumber
	case strings.EqualFold(bare.String(), "general"):
		return plainNumber
	case strings.ContainsAny(strings.ToLower(bare.String()), "ymdhs"):
		return dateNumber
	}
	return plainNumber
}

func (w *workbook) readStyles() error {
	custom, inCells := map[int]cellStyle{}, false
	return w.elements("xl/styles.xml", func(e xml.StartElement, _ func(any) error) error {
		id, _ := strconv.Atoi(attribute(&e, "numFmtId")) // without one it is 0, a plain number
		switch e.Name.Local {
		case "numFmt":
			custom[id] = formatOf(attribute(&e, "formatCode"))
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if style, ok := custom[id]; inCells && ok {
				w.styles = append(w.styles, style)
			} else if inCells {
				w.styles = append(w.styles, builtIn(id))
			}
		}
		return nil
	})
}

// richText is a text of a cell: plain, or in runs; readings of Chinese characters are not part of it.
type richText struct {
	T string `xml:"t"`
	R []struct {
		T string `xml:"t"`
	} `xml:"r"`
}

func (t *richText) text() string {
	if len(t.R) == 0 {
		return t.T
	}
	var b strings.Builder
	for _, r := range t.R {
		b.WriteString(r.T)
	}
	return b.String()
}

func (w *workbook) readShared() error {
	return w.elements("xl/sharedStrings.xml", func(e xml.StartElement, into func(any) error) error {
		if e.Name.Local != "si" {
			return nil
		}
		var t richText
		if err := into(&t); err != nil {
			return err
		}
		if w.shared.add(t.text()); len(w.shared.text)+4*len(w.shared.ends) > sharedMax {
			return tooLarge("xlsx_too_large", sharedMax)
		}
		return nil
	})
}

// significantDigits are those of a number that a spreadsheet keeps; a stored 87.700000000000003 is 87.7.
const significantDigits = 15

// numberText is the text of a stored number: what was typed, not what a format makes of it; a day as its date, and a share
// with its percent sign, so that 88.5% is not taken for 0.885 points.
func (w *workbook) numberText(stored string, style cellStyle) (text string, plain bool) {
	v, err := strconv.ParseFloat(stored, 64)
	if err != nil || v >= 1e15 || v <= -1e15 { // of so large a number digits are lost already
		return stored, true
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', significantDigits, 64), 64)
	if err != nil {
		return stored, true
	}
	switch {
	case style == percentNumber:
		return strconv.FormatFloat(rounded*100, 'g', significantDigits, 64) + "%", true
	case style == dateNumber && isDayNumber(rounded):
		return w.dayText(rounded), false
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64), true
}

// firstDayNumber is 2000-01-01 where days are counted from 1900, and lastDayNumber 2100-12-31: the years of our files.
const firstDayNumber, lastDayNumber = 36526, 73415

// isDayNumber says whether a number may be a day; counted from 1904 the numbers are 1462 smaller.
func isDayNumber(v float64) bool { return v >= firstDayNumber-1462 && v < lastDayNumber+1 }

// dayText is the day that a spreadsheet counts as v, with its time where it has one.
func (w *workbook) dayText(v float64) string {
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC) // with the day that 1900 did not have
	if w.date1904 {
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	const day = 24 * 60 * 60
	t := first.Add(time.Duration(v*day+0.5) * time.Second)
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.DateTime)
}
