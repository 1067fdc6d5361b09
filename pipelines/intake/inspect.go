package intake

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"pingxin/pipelines/store"
)

// Format is what a file is by its first bytes.
type Format string

// The formats.
const (
	FormatCSV     Format = "csv"
	FormatXLSX    Format = "xlsx"
	FormatParquet Format = "parquet"
	FormatJSON    Format = "jsonl" // one JSON object a line
	FormatZip     Format = "zip"   // of files of the others
)

// Encoding is how the bytes of a text file are read.
type Encoding string

// The encodings.
const (
	UTF8    Encoding = "utf-8"
	GB18030 Encoding = "gb18030"
	UTF16   Encoding = "utf-16" // only with its byte order mark
)

// Choice is what a person says of a file; what is empty is left to the guess.
type Choice struct {
	Kind     string            `json:"kind,omitempty"`
	Sheet    string            `json:"sheet,omitempty"`    // of a workbook; empty: the first that has rows
	Encoding Encoding          `json:"encoding,omitempty"` // of a text
	Mapping  map[string]string `json:"mapping,omitempty"`  // header of the file: name of a column, or LeftOut
}

// LeftOut in a mapping says that a column of the file is not read. Nothing is left out unless a person says so.
const LeftOut = "-"

// Inspection is what a look at a file shows before it is checked. All that it guesses is there to be shown and corrected.
type Inspection struct {
	Format      Format        `json:"format"`
	Sheets      []string      `json:"sheets,omitempty"` // names of a workbook's visible sheets, in their order
	Sheet       string        `json:"sheet,omitempty"`  // the one that was read
	Encoding    Encoding      `json:"encoding,omitempty"`
	EncodingWhy string        `json:"encoding_why,omitempty"` // code: byte_order_mark, valid_utf8, not_utf8, chosen
	Delimiter   string        `json:"delimiter,omitempty"`    // of CSV: comma, semicolon or tab character
	Header      []string      `json:"header,omitempty"`
	Sample      [][]string    `json:"sample,omitempty"`  // the first SampleRows rows, as they stand in the file
	Kinds       []KindGuess   `json:"kinds,omitempty"`   // best first
	Mapping     []ColumnGuess `json:"mapping,omitempty"` // one for each header, for the kind chosen or else the best guess
	Missing     []string      `json:"missing,omitempty"` // required columns of that kind that no header maps to
	Members     []string      `json:"members,omitempty"` // names of the files in a zip
	Notes       []Note        `json:"notes,omitempty"`
	Refused     *store.Fault  `json:"refused,omitempty"` // why the file cannot be read at all; Row 0
}

// SampleRows is how many rows an inspection shows: enough to see what a column holds, few enough for a phone.
const SampleRows = 8

// KindGuess says how well the headers of a file fit a kind.
type KindGuess struct {
	Kind  string  `json:"kind"`
	Score float64 `json:"score"` // 0 to 1: share of the kind's required columns that were found, less the headers that fit none
}

// ColumnGuess says which column a header of the file is taken for, and why.
type ColumnGuess struct {
	Header string `json:"header"`
	Column string `json:"column"` // empty: none was found
	How    string `json:"how"`    // exact, title, synonym, near, remembered, chosen, or none
}

// Note is something about a file that was read otherwise than it stands there, or that somebody should know.
type Note struct {
	Code   string            `json:"code"`
	Params map[string]string `json:"params,omitempty"`
	Text   string            `json:"text"` // in English, for the command line
}

// Look says how to inspect a file.
type Look struct {
	Choice
	Remembered map[string]string // what its uploader said of such headers before
}

// headerMax bounds the characters of a header that are compared with ours.
const headerMax = 100

// Inspect looks at the beginning of a file and guesses what it is. A file that cannot be read has Refused set; the error
// is for what went wrong in looking.
func Inspect(ctx context.Context, path string, l Look) (seen Inspection, err error) {
	f, err := os.Open(path)
	if err != nil {
		return seen, err
	}
	defer f.Close()
	err = seen.look(ctx, f, l)
	var refused *FileError
	if errors.As(err, &refused) {
		seen.Refused = &refused.Fault
		return seen, nil
	}
	return seen, err
}

func (seen *Inspection) look(ctx context.Context, f *os.File, l Look) error {
	src, err := openSource(ctx, f, l.Choice, seen)
	if err != nil {
		return err
	}
	for i, title := range seen.Header {
		if runes := []rune(title); len(runes) > headerMax {
			seen.Header[i] = string(runes[:headerMax])
		}
	}
	for len(seen.Sample) < SampleRows {
		cells, _, err := src.next()
		var bad *rowError
		switch {
		case errors.Is(err, io.EOF):
			seen.Notes = src.notes()
			seen.guess(l)
			return nil
		case errors.As(err, &bad):
			continue
		case err != nil:
			return err
		}
		seen.Sample = append(seen.Sample, sampleOf(cells))
	}
	seen.Notes = src.notes()
	seen.guess(l)
	return nil
}

// sampleOf copies the cells of a row, long ones cut.
func sampleOf(cells []string) []string {
	row := make([]string, len(cells))
	for i, cell := range cells {
		if runes := []rune(cell); len(runes) > foundMax {
			cell = string(runes[:foundMax]) + "…"
		}
		row[i] = strings.Clone(cell)
	}
	return row
}

// guess fills in what the headers say.
func (seen *Inspection) guess(l Look) {
	seen.Kinds = guessKinds(seen.Header, l)
	name := l.Kind
	if name == "" && len(seen.Kinds) > 0 {
		name = seen.Kinds[0].Kind
	}
	kind, err := KindOf(name)
	if err != nil {
		return // nothing fits, which an empty mapping says
	}
	seen.Mapping = guessMapping(&kind, seen.Header, l)
	for _, c := range kind.Columns {
		if c.Required && !slices.ContainsFunc(seen.Mapping, func(g ColumnGuess) bool { return g.Column == c.Name }) {
			seen.Missing = append(seen.Missing, c.Name)
		}
	}
}

// Sure says whether a guess rests on a name or title of ours or on what a person said, and not on likeness.
func (g ColumnGuess) Sure() bool { return g.How != "synonym" && g.How != "near" && g.How != "none" }
