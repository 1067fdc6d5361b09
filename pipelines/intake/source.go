package intake

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// source hands out the rows of a file as text.
type source interface {
	// next returns the cells of the next row and its number as a spreadsheet shows it; io.EOF after the last. The
	// cells are good until the next call.
	next() (cells []string, row int64, err error)
	header() []string
	notes() []string
}

// parquetMagic begins every Parquet file.
const parquetMagic = "PAR1"

// openSource looks at the first bytes of a file and opens it as what it is.
func openSource(ctx context.Context, f *os.File) (source, error) {
	head := make([]byte, len(parquetMagic))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty: expected a header line and rows")
		}
		return nil, err
	}
	if string(head[:n]) == parquetMagic {
		return openParquet(ctx, f)
	}
	if strings.HasPrefix(string(head[:n]), "PK") {
		return nil, errors.New("found a zip or XLSX file, expected CSV or Parquet: save the sheet as CSV")
	}
	if strings.HasPrefix(string(head[:n]), utf16BigEnd) || strings.HasPrefix(string(head[:n]), utf16LittleEnd) {
		return nil, errors.New("found UTF-16 text, expected UTF-8: save it as CSV UTF-8")
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return openCSV(f)
}

// What may stand at the beginning of a text file.
const (
	byteOrderMark  = "\ufeff"
	utf16BigEnd    = "\xfe\xff"
	utf16LittleEnd = "\xff\xfe"
)

// lineMax bounds a line of CSV, so that a file without line ends cannot fill the memory.
const lineMax = 64 << 10

// csvSource reads CSV in UTF-8 or GB18030.
type csvSource struct {
	rows    *csv.Reader
	columns []string
	said    []string
}

func openCSV(f *os.File) (source, error) {
	s := &csvSource{}
	utf, err := isUTF8(f)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(f, 1<<20)
	if head, err := buffered.Peek(len(byteOrderMark)); err == nil && string(head) == byteOrderMark {
		if _, err := buffered.Discard(len(byteOrderMark)); err != nil {
			return nil, err
		}
	}
	var text io.Reader = buffered
	if !utf {
		text = simplifiedchinese.GB18030.NewDecoder().Reader(text)
		s.said = append(s.said, "the file is not UTF-8; it was read as GB18030")
	}
	s.rows = csv.NewReader(&lines{src: text, strict: !utf})
	s.rows.ReuseRecord = true
	if s.columns, err = s.rows.Read(); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty: expected a header line and rows")
		}
		return nil, err
	}
	s.columns = append([]string(nil), s.columns...)
	return s, nil
}

// isUTF8 reads the file once to know its encoding, and goes back to its beginning.
func isUTF8(f *os.File) (bool, error) {
	defer f.Seek(0, io.SeekStart)
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

func (s *csvSource) header() []string { return s.columns }
func (s *csvSource) notes() []string  { return s.said }

func (s *csvSource) next() ([]string, int64, error) {
	cells, err := s.rows.Read()
	if errors.Is(err, csv.ErrFieldCount) {
		line, _ := s.rows.FieldPos(0)
		return nil, int64(line), fmt.Errorf("row %d: found %d cells, expected the %d of the header: look for a comma inside a cell that needs quotes", line, len(cells), len(s.columns))
	}
	if err != nil {
		return nil, 0, err
	}
	line, _ := s.rows.FieldPos(0)
	return cells, int64(line), nil
}

// lines watches a text on its way into the CSV reader: it makes every line end a LF, and refuses NUL, over-long lines
// and, where the encoding was guessed, characters that do not exist.
type lines struct {
	src    io.Reader
	strict bool
	length int
	number int
	lastCR bool
	seen   int // bytes of a replacement character seen
}

// replacement is what a decoder puts for bytes that are no character.
const replacement = string(utf8.RuneError)

func (l *lines) Read(p []byte) (int, error) {
	n, err := l.src.Read(p)
	kept := 0
	for _, c := range p[:n] {
		if c == '\n' && l.lastCR {
			l.lastCR = false
			continue
		}
		if l.lastCR = c == '\r'; l.lastCR {
			c = '\n'
		}
		if fault := l.check(c); fault != nil {
			return 0, fault
		}
		p[kept] = c
		kept++
	}
	return kept, err
}

// check looks at the next byte of the text.
func (l *lines) check(c byte) error {
	l.length++
	switch {
	case c == 0:
		return fmt.Errorf("line %d: found a NUL byte, expected text: this is not a CSV file", l.number+1)
	case c == '\n':
		l.number, l.length = l.number+1, 0
	case l.length > lineMax:
		return fmt.Errorf("line %d: longer than %d KiB: look for a missing line end or quote", l.number+1, lineMax>>10)
	}
	if !l.strict {
		return nil
	}
	if c != replacement[l.seen] {
		l.seen = 0
	}
	if c == replacement[l.seen] {
		l.seen++
	}
	if l.seen == len(replacement) {
		return fmt.Errorf("line %d: the file is neither UTF-8 nor GB18030: save it as UTF-8 CSV", l.number+1)
	}
	return nil
}

// parquetSource reads a Parquet file, each value as the text it would have in a CSV file.
type parquetSource struct {
	batches pqarrow.RecordReader
	batch   arrow.RecordBatch
	columns []string
	cells   []string
	at      int
	row     int64
}

func openParquet(ctx context.Context, f *os.File) (source, error) {
	p, err := file.NewParquetReader(f)
	if err != nil {
		return nil, fmt.Errorf("the Parquet file cannot be read: %w", err)
	}
	const batchRows = 64 << 10
	arrowReader, err := pqarrow.NewFileReader(p, pqarrow.ArrowReadProperties{BatchSize: batchRows}, memory.DefaultAllocator)
	if err != nil {
		return nil, fmt.Errorf("the Parquet file cannot be read: %w", err)
	}
	batches, err := arrowReader.GetRecordReader(ctx, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("the Parquet file cannot be read: %w", err)
	}
	s := &parquetSource{batches: batches, row: 1}
	for _, field := range batches.Schema().Fields() {
		s.columns = append(s.columns, field.Name)
	}
	s.cells = make([]string, len(s.columns))
	return s, nil
}

func (s *parquetSource) header() []string { return s.columns }
func (s *parquetSource) notes() []string  { return nil }

func (s *parquetSource) next() ([]string, int64, error) {
	for s.batch == nil || s.at == int(s.batch.NumRows()) {
		if !s.batches.Next() {
			if err := s.batches.Err(); err != nil && !errors.Is(err, io.EOF) {
				return nil, 0, fmt.Errorf("the Parquet file cannot be read: %w", err)
			}
			return nil, 0, io.EOF
		}
		s.batch, s.at = s.batches.RecordBatch(), 0
	}
	for c := range s.cells {
		s.cells[c] = ""
		if column := s.batch.Column(c); !column.IsNull(s.at) {
			s.cells[c] = column.ValueStr(s.at)
		}
	}
	s.at++
	s.row++
	return s.cells, s.row, nil
}
