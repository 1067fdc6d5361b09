package intake

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// openText opens CSV or JSON lines in the encoding that was chosen or else is found.
func openText(f *os.File, c Choice, seen *Inspection) (source, error) {
	text, err := decoded(f, c, seen)
	if err != nil {
		return nil, err
	}
	first, err := text.Peek(1)
	if len(first) == 0 && errors.Is(err, io.EOF) {
		return nil, errEmpty
	}
	switch {
	case len(first) > 0 && first[0] == '{':
		seen.Format = FormatJSON
		return openJSONLines(f, text, c)
	case len(first) > 0 && first[0] == '[':
		return nil, refuse("json_array", 0, nil, "found a JSON array, expected JSON lines: write one object a line, without brackets and commas around them")
	}
	seen.Format = FormatCSV
	return openCSV(text, seen)
}

// watched is a text on its way in, with what was noticed of it.
type watched struct {
	*bufio.Reader
	lines *lines
	said  []Note
}

// decoded reads a file as UTF-8 text with LF at its line ends.
func decoded(f *os.File, c Choice, seen *Inspection) (*watched, error) {
	head, err := magic(f)
	if err != nil {
		return nil, err
	}
	w := &watched{}
	if err := findEncoding(f, head, c, seen); err != nil {
		return nil, err
	}
	var src io.Reader = bufio.NewReaderSize(f, 1<<20)
	switch seen.Encoding {
	case GB18030:
		src = simplifiedchinese.GB18030.NewDecoder().Reader(src)
		w.said = append(w.said, say("read_as_gb18030", nil, "the file is not UTF-8; it was read as GB18030"))
	case UTF16:
		src = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(src)
		w.said = append(w.said, say("read_as_utf16", nil, "the file was read as UTF-16"))
	}
	w.lines = &lines{src: src, encoding: seen.Encoding}
	w.Reader = bufio.NewReaderSize(w.lines, lineMax+1)
	if r, _, err := w.ReadRune(); err == nil && string(r) != byteOrderMark {
		return w, w.UnreadRune()
	}
	return w, nil
}

// findEncoding decides how the bytes are read: a byte order mark says it, or the person, or whether they are UTF-8.
func findEncoding(f *os.File, head string, c Choice, seen *Inspection) error {
	seen.Encoding, seen.EncodingWhy = UTF8, "valid_utf8"
	switch {
	case strings.HasPrefix(head, utf16BigEnd), strings.HasPrefix(head, utf16Little):
		seen.Encoding, seen.EncodingWhy = UTF16, "byte_order_mark"
		return nil
	case strings.HasPrefix(head, byteOrderMark):
		seen.EncodingWhy = "byte_order_mark"
	case c.Encoding == UTF8:
		seen.EncodingWhy = "chosen"
	}
	valid, err := isUTF8(f)
	switch {
	case err == nil && valid && c.Encoding == GB18030 && seen.EncodingWhy == "valid_utf8": // against what the bytes say
		seen.Encoding, seen.EncodingWhy = GB18030, "chosen"
		return nil
	case err != nil || valid:
		return err
	case seen.EncodingWhy != "valid_utf8":
		return refuse("bad_encoding", 0, nil, "the file says that it is UTF-8, or was said to be, and is not: save it as UTF-8 CSV")
	}
	seen.Encoding, seen.EncodingWhy = GB18030, "not_utf8"
	return nil
}

// notes are those of the text, whole at its end.
func (w *watched) notes() []Note {
	var kinds []string
	for _, k := range []struct {
		n    int
		name string
	}{{w.lines.crlf, "CRLF"}, {w.lines.lf, "LF"}, {w.lines.cr, "CR"}} {
		if k.n > 0 {
			kinds = append(kinds, fmt.Sprintf("%s %d", k.name, k.n))
		}
	}
	if len(kinds) < 2 {
		return w.said
	}
	found := strings.Join(kinds, ", ")
	return append(w.said, say("mixed_line_ends", params{"found": found}, "the lines end in different ways (%s); all were taken as line ends", found))
}

// lineMax bounds a line of text, so that a file without line ends cannot fill the memory.
const lineMax = 64 << 10

// rowMax bounds a row of CSV, whose cells may hold line ends: one quote that is never closed would swallow the file.
const rowMax = 1 << 20

// csvSource reads CSV.
type csvSource struct {
	rows    *csv.Reader
	text    *watched
	columns []string
	said    []Note
}

func openCSV(text *watched, seen *Inspection) (source, error) {
	text.lines.csv = true
	s := &csvSource{text: text, rows: csv.NewReader(text.Reader)}
	s.rows.Comma = delimiter(text)
	if seen.Delimiter = string(s.rows.Comma); seen.Delimiter != "," {
		name := map[rune]string{'\t': "tab", ';': "semicolon"}[s.rows.Comma]
		s.said = append(s.said, say("delimiter", params{"delimiter": name}, "the cells are separated by a %s", name))
	}
	s.rows.ReuseRecord = true
	s.rows.FieldsPerRecord = -1
	columns, err := s.rows.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errEmpty
		}
		return nil, csvError(err)
	}
	s.columns = append([]string(nil), columns...)
	return s, nil
}

// delimiter is the sign that the header has most of outside quotes; a comma where it has none.
func delimiter(text *watched) rune {
	head, _ := text.Peek(lineMax) // a fault of the text comes again when its rows are read
	counts, quoted := map[rune]int{}, false
	for _, r := range string(head) {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted {
			counts[r]++
		}
		if counts['\n'] > 0 {
			break
		}
	}
	best := ','
	for _, r := range []rune{'\t', ';'} {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

func (s *csvSource) header() []string { return s.columns }
func (s *csvSource) notes() []Note    { return append(s.said, s.text.notes()...) }

func (s *csvSource) next() ([]string, int64, error) {
	cells, err := s.rows.Read()
	if err != nil {
		return nil, 0, csvError(err)
	}
	line, _ := s.rows.FieldPos(0)
	if len(cells) != len(s.columns) {
		return cells, int64(line), cellCount(len(cells), len(s.columns))
	}
	return cells, int64(line), nil
}

// cellCount is the fault of a row with another number of cells than the header.
func cellCount(found, want int) *rowError {
	return &rowError{itoa(found) + " cells", trouble{cause: "cell_count", expected: fmt.Sprintf("the %d cells of the header", want), mend: "look for a comma inside a cell that needs quotes",
		params: params{"found": itoa(found), "want": itoa(want)}}}
}

func (e *rowError) Error() string { return e.cause + ": expected " + e.expected }

// csvError makes a sentence of what the CSV reader says.
func csvError(err error) error {
	var syntax *csv.ParseError
	var ours *FileError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &syntax):
		return refuse("bad_quotes", int64(syntax.StartLine), params{"line": itoa(syntax.Line)},
			"line %d: the quotes of the row that begins at line %d do not fit: write a cell with a comma or a quote as \"...\", and a quote in it twice", syntax.Line, syntax.StartLine)
	}
	return err
}

// isUTF8 reads the file once to know its encoding, and goes back to its beginning.
func isUTF8(f *os.File) (valid bool, err error) {
	defer func() {
		_, back := f.Seek(0, io.SeekStart)
		err = errors.Join(err, back)
	}()
	buf, kept := make([]byte, 1<<20), 0
	for {
		n, err := f.Read(buf[kept:])
		chunk := buf[:kept+n]
		kept = 0
		for cutoff := len(chunk) - 1; err == nil && cutoff >= 0 && cutoff > len(chunk)-utf8.UTFMax; cutoff-- { // a character across chunks
			if utf8.RuneStart(chunk[cutoff]) {
				if !utf8.FullRune(chunk[cutoff:]) {
					kept = copy(buf, chunk[cutoff:])
					chunk = chunk[:len(chunk)-kept]
				}
				break
			}
		}
		if !utf8.Valid(chunk) {
			return false, nil
		}
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// lines watches a text on its way into a reader of rows: it makes every line end a LF, counts them by their kind, and
// refuses NUL, over-long lines and, where the encoding is not known to fit, characters that do not exist.
type lines struct {
	src          io.Reader
	encoding     Encoding
	csv          bool
	failed       error // once said, always said: a reader in front may ask again
	length, row  int   // bytes of the line and of the row of CSV so far
	quoted       bool
	number       int64
	lastCR       bool
	seen         int // bytes of a replacement character seen
	lf, cr, crlf int
}

// replacement is what a decoder puts for bytes that are no character.
const replacement = string(utf8.RuneError)

func (l *lines) Read(p []byte) (int, error) {
	if l.failed != nil {
		return 0, l.failed
	}
	n, err := l.src.Read(p)
	kept := 0
	for _, c := range p[:n] {
		if c == '\n' && l.lastCR {
			l.lastCR, l.cr, l.crlf = false, l.cr-1, l.crlf+1
			continue
		}
		switch l.lastCR = c == '\r'; {
		case l.lastCR:
			c, l.cr = '\n', l.cr+1
		case c == '\n':
			l.lf++
		}
		if l.failed = l.check(c); l.failed != nil {
			return kept, l.failed
		}
		p[kept] = c
		kept++
	}
	return kept, err
}

// check looks at the next byte of the text.
func (l *lines) check(c byte) error {
	l.length++
	l.row++
	switch {
	case c == '"':
		l.quoted = !l.quoted
	case c == 0:
		return l.refuse("nul_byte", "found a NUL byte, expected text: this is not a CSV file")
	case c == '\n':
		l.number, l.length = l.number+1, 0
		if !l.quoted {
			l.row = 0
		}
	case l.length > lineMax:
		return l.refuse("long_line", "longer than %d KiB: look for a missing line end or quote", lineMax>>10)
	case l.csv && l.row > rowMax:
		return l.refuse("bad_quotes", "a cell goes on over more than %d KiB: look for a quote that is not closed", rowMax>>10)
	}
	if l.encoding == UTF8 {
		return nil
	}
	if c != replacement[l.seen] {
		l.seen = 0
	}
	if c == replacement[l.seen] {
		l.seen++
	}
	if l.seen == len(replacement) {
		return l.refuse("bad_encoding", "the file is neither UTF-8 nor GB18030: save it as UTF-8 CSV")
	}
	return nil
}

// refuse says what is wrong with the text at the line that is being read.
func (l *lines) refuse(cause, text string, args ...any) error {
	line := l.number + 1
	return refuse(cause, line, params{"line": strconv.FormatInt(line, 10)}, "line %d: "+text, append([]any{line}, args...)...)
}

func itoa(n int) string { return strconv.Itoa(n) }
