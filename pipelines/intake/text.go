package intake

import (
	"bufio"
	"errors"
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
	switch first := text.peek(1); {
	case first == "" && errors.Is(text.ended, io.EOF):
		return nil, errEmpty
	case strings.HasPrefix(first, "{"):
		seen.Format = FormatJSON
		return openJSONLines(f, text, c)
	case strings.HasPrefix(first, "["):
		return nil, refuse("json_array", 0, nil, "found a JSON array, expected JSON lines: write one object a line, without brackets and commas around them")
	}
	seen.Format = FormatCSV
	return openCSV(text, seen)
}

// decoded reads a file as UTF-8 text.
func decoded(f *os.File, c Choice, seen *Inspection) (*lines, error) {
	head, err := magic(f)
	if err != nil {
		return nil, err
	}
	if err := findEncoding(f, head, c, seen); err != nil {
		return nil, err
	}
	l := &lines{src: f, encoding: seen.Encoding}
	switch seen.Encoding {
	case GB18030:
		l.src = simplifiedchinese.GB18030.NewDecoder().Reader(bufio.NewReaderSize(f, blockSize))
		l.said = append(l.said, say("read_as_gb18030", nil, "the file is not UTF-8; it was read as GB18030"))
	case UTF16:
		l.src = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(bufio.NewReaderSize(f, blockSize))
		l.said = append(l.said, say("read_as_utf16", nil, "the file was read as UTF-16"))
	}
	if l.peek(len(byteOrderMark)) == byteOrderMark {
		l.block = l.block[len(byteOrderMark):]
	}
	return l, nil
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
		whole := len(chunk)
		if err == nil {
			whole -= cutCharacter(chunk)
		}
		if !utf8.Valid(chunk[:whole]) {
			return false, nil
		}
		kept = copy(buf, chunk[whole:])
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// cutCharacter is how many bytes at the end of a piece of text begin a character that goes on behind it.
func cutCharacter(piece []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(piece); n++ {
		if tail := piece[len(piece)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

func itoa(n int) string { return strconv.Itoa(n) }
