package intake

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// lineMax bounds a line of text, so that a file without line ends cannot fill the memory.
const lineMax = 64 << 10

// blockSize is how much of a text is taken in at once: many lines, and little beside what a batch of rows holds.
const blockSize = 1 << 20

// lines cuts a text into its lines, whatever ends them, counts the ends by their kind, and refuses NUL, over-long lines and,
// where the encoding is not known to fit, characters that do not exist. A line is a piece of the block that it was read in:
// nothing is copied and nothing made for it.
type lines struct {
	src      io.Reader
	encoding Encoding
	said     []Note

	buf   []byte
	block string // what was read and not handed out yet
	ended error  // what the source said after the block; nil: there may be more
	// what the block may hold at all, so that most lines are not looked through for it
	returns, nuls, missing bool

	number       int64 // of the line that was handed out last, counted from 1
	lf, cr, crlf int
}

// replacement is what a decoder puts for bytes that are no character.
const replacement = string(utf8.RuneError)

// fill reads on behind the block; at its end it changes nothing but ended.
func (l *lines) fill() {
	if l.buf == nil {
		l.buf = make([]byte, blockSize+lineMax+2)
	}
	n := copy(l.buf, l.block)
	for l.ended == nil && n < len(l.buf) {
		var more int
		more, l.ended = l.src.Read(l.buf[n:])
		n += more
	}
	l.block = string(l.buf[:n])
	l.returns, l.nuls = strings.IndexByte(l.block, '\r') >= 0, strings.IndexByte(l.block, 0) >= 0
	l.missing = l.encoding != UTF8 && strings.Contains(l.block, replacement)
}

// peek is the beginning of what comes next, n bytes (at most lineMax) or as many as there are.
func (l *lines) peek(n int) string {
	if len(l.block) < n && l.ended == nil {
		l.fill()
	}
	return l.block[:min(n, len(l.block))]
}

// next hands out the next line without its end; io.EOF after the last.
func (l *lines) next() (string, error) {
	end, size := l.end()
	if size == 0 && l.ended == nil && len(l.block) <= lineMax+1 {
		l.fill()
		end, size = l.end()
	}
	l.number++
	line := l.block[:end]
	switch {
	case end > lineMax:
		return "", l.refuse("long_line", "longer than %d KiB: look for a missing line end or quote", lineMax>>10)
	case size == 0 && !errors.Is(l.ended, io.EOF):
		return "", l.ended
	case size == 0 && line == "":
		return "", io.EOF
	case l.nuls && strings.IndexByte(line, 0) >= 0:
		return "", l.refuse("nul_byte", "found a NUL byte, expected text: this is not a CSV file")
	case l.missing && strings.Contains(line, replacement):
		return "", l.refuse("bad_encoding", "the file is neither UTF-8 nor GB18030: save it as UTF-8 CSV")
	}
	l.count(l.block[end : end+size])
	l.block = l.block[end+size:]
	return line, nil
}

// end finds where the line at the beginning of the block ends, and how long its end is; 0 where the block has none, or none
// of which it can be told, within the length of a line.
func (l *lines) end() (at, size int) {
	head := l.block[:min(len(l.block), lineMax+1)]
	at = strings.IndexByte(head, '\n')
	if at >= 0 {
		head, size = head[:at], 1
	} else {
		at = len(head)
	}
	if !l.returns {
		return at, size
	}
	switch r := strings.IndexByte(head, '\r'); {
	case r < 0:
		return at, size
	case r+1 < len(l.block) && l.block[r+1] == '\n':
		return r, 2
	case r+1 == len(l.block) && l.ended == nil: // what follows decides
		return r, 0
	default:
		return r, 1
	}
}

func (l *lines) count(end string) {
	switch end {
	case "\n":
		l.lf++
	case "\r":
		l.cr++
	case "\r\n":
		l.crlf++
	}
}

// notes are those of the text, whole at its end.
func (l *lines) notes() []Note {
	var kinds []string
	for _, k := range []struct {
		n    int
		name string
	}{{l.crlf, "CRLF"}, {l.lf, "LF"}, {l.cr, "CR"}} {
		if k.n > 0 {
			kinds = append(kinds, fmt.Sprintf("%s %d", k.name, k.n))
		}
	}
	if len(kinds) < 2 {
		return l.said
	}
	found := strings.Join(kinds, ", ")
	return append(l.said, say("mixed_line_ends", params{"found": found}, "the lines end in different ways (%s); all were taken as line ends", found))
}

// refuse says what is wrong with the text at the line that is being read.
func (l *lines) refuse(cause, text string, args ...any) error {
	return refuse(cause, l.number, params{"line": strconv.FormatInt(l.number, 10)}, "line %d: "+text, append([]any{l.number}, args...)...)
}
