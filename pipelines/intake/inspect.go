package intake

import (
	"context"
	"errors"

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
}

// Preview says what a commit would do, without anything of it done.
type Preview struct {
	Rows        int64          `json:"rows"`
	New         int64          `json:"new"`                 // rows that say something of which nothing was known
	Same        int64          `json:"same"`                // rows that say what is stored already
	Superseding int64          `json:"superseding"`         // rows that replace an earlier version
	ReplacesOwn int64          `json:"replaces_own"`        // of these, those whose earlier version the same account uploaded
	Refused     int64          `json:"refused"`             // rows with at least one fault
	Touched     int64          `json:"touched"`             // contracts that the rows say something of
	Contracts   []string       `json:"contracts,omitempty"` // numbers of the first MaxTouched of them
	Replaced    int64          `json:"replaced"`            // contracts of which an earlier version is replaced
	Total       int            `json:"total"`               // faults
	Causes      map[string]int `json:"causes,omitempty"`    // faults by cause
	Faults      []store.Fault  `json:"faults,omitempty"`    // the first store.MaxFaults, in the order of rows
	Notes       []Note         `json:"notes,omitempty"`
	WholeFile   bool           `json:"whole_file"`         // a fault is of the file as a whole (Row 0): no row of it can be accepted
	Repeated    *store.Receipt `json:"repeated,omitempty"` // the receipt that the same bytes have already
}

// MaxTouched is how many contract numbers a preview lists.
const MaxTouched = 50

var errNotYet = errors.New("not built yet")

// Look says how to inspect a file.
type Look struct {
	Choice
	Remembered map[string]string // what its uploader said of such headers before
}

// Inspect looks at the beginning of a file and guesses what it is. A file that cannot be read has Refused set; the error
// is for what went wrong in looking.
func Inspect(ctx context.Context, path string, l Look) (Inspection, error) {
	return Inspection{}, errNotYet
}
