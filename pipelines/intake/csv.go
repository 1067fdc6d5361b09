package intake

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// rowMax bounds a row of CSV, whose cells may hold line ends: one quote that is never closed would swallow the file.
const rowMax = 1 << 20

// csvSource reads CSV by RFC 4180: cells between quotes may hold the delimiter, line ends and quotes written twice, a quote
// elsewhere is an error, and empty lines are none.
type csvSource struct {
	text    *lines
	comma   byte
	columns []string
	cells   []string
	size    int // bytes of the row so far, of one with quotes
	said    []Note
}

func openCSV(text *lines, seen *Inspection) (source, error) {
	s := &csvSource{text: text, comma: delimiter(text)}
	if seen.Delimiter = string(s.comma); seen.Delimiter != "," {
		name := map[byte]string{'\t': "tab", ';': "semicolon"}[s.comma]
		s.said = append(s.said, say("delimiter", params{"delimiter": name}, "the cells are separated by a %s", name))
	}
	if _, err := s.record(); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errEmpty
		}
		return nil, err
	}
	s.columns = append(s.columns, s.cells...)
	return s, nil
}

// delimiter is the sign that the header has most of outside quotes; a comma where it has none.
func delimiter(text *lines) byte {
	counts, quoted := [256]int{}, false
	for _, c := range []byte(text.peek(lineMax)) {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted {
			if c == '\n' || c == '\r' {
				break
			}
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{'\t', ';'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

func (s *csvSource) header() []string { return s.columns }
func (s *csvSource) notes() []Note    { return append(s.said, s.text.notes()...) }

func (s *csvSource) next() ([]string, int64, error) {
	row, err := s.record()
	if err != nil {
		return nil, 0, err
	}
	if len(s.cells) != len(s.columns) {
		return s.cells, row, cellCount(len(s.cells), len(s.columns))
	}
	return s.cells, row, nil
}

// cellCount is the fault of a row with another number of cells than the header.
func cellCount(found, want int) *rowError {
	return &rowError{itoa(found) + " cells", trouble{cause: "cell_count", expected: fmt.Sprintf("the %d cells of the header", want), mend: "look for a comma inside a cell that needs quotes",
		params: params{"found": itoa(found), "want": itoa(want)}}}
}

func (e *rowError) Error() string { return e.cause + ": expected " + e.expected }

// record reads the cells of the next row and the number of its first line.
func (s *csvSource) record() (row int64, err error) {
	var line string
	for line == "" {
		if line, err = s.text.next(); err != nil {
			return 0, err
		}
	}
	row, s.cells = s.text.number, s.cells[:0]
	if strings.IndexByte(line, '"') >= 0 {
		return row, s.quoted(line)
	}
	for {
		at := strings.IndexByte(line, s.comma)
		if at < 0 {
			s.cells = append(s.cells, line)
			return row, nil
		}
		s.cells, line = append(s.cells, line[:at]), line[at+1:]
	}
}

// quoted reads the cells of a row that has a quote.
func (s *csvSource) quoted(line string) error {
	first := s.text.number
	s.size = 0
	for {
		var cell string
		var err error
		if strings.HasPrefix(line, `"`) {
			if cell, line, err = s.between(line[1:], first); err != nil {
				return err
			}
		} else {
			at := strings.IndexByte(line, s.comma)
			if at < 0 {
				at = len(line)
			}
			if cell, line = line[:at], line[at:]; strings.IndexByte(cell, '"') >= 0 {
				return badQuotes(first, s.text.number)
			}
		}
		if s.cells = append(s.cells, cell); line == "" {
			return nil
		}
		line = line[1:] // behind the delimiter
	}
}

// between reads a cell that began with a quote, over as many lines as it has, and returns it with what stands behind its
// closing quote: nothing, or the delimiter and more.
func (s *csvSource) between(line string, first int64) (cell, rest string, err error) {
	var b strings.Builder
	for {
		at := strings.IndexByte(line, '"')
		switch {
		case at < 0:
			b.WriteString(line)
			b.WriteByte('\n')
			if s.size += len(line) + 1; s.size > rowMax {
				return "", "", s.text.refuse("bad_quotes", "a cell goes on over more than %d KiB: look for a quote that is not closed", rowMax>>10)
			}
			if line, err = s.text.next(); errors.Is(err, io.EOF) {
				return "", "", badQuotes(first, s.text.number-1)
			} else if err != nil {
				return "", "", err
			}
			continue
		case strings.HasPrefix(line[at+1:], `"`):
			b.WriteString(line[:at+1])
			line = line[at+2:]
			continue
		}
		b.WriteString(line[:at])
		if rest = line[at+1:]; rest != "" && rest[0] != s.comma {
			return "", "", badQuotes(first, s.text.number)
		}
		return b.String(), rest, nil
	}
}

// badQuotes is what is wrong with a row that begins at a line when the quotes at another do not fit.
func badQuotes(first, line int64) error {
	return refuse("bad_quotes", first, params{"line": fmt.Sprint(line)},
		"line %d: the quotes of the row that begins at line %d do not fit: write a cell with a comma or a quote as \"...\", and a quote in it twice", line, first)
}
