package intake

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
)

// source hands out the rows of a file as text.
type source interface {
	// next returns the cells of the next row and its number as a spreadsheet shows it; io.EOF after the last. A
	// *rowError is of this row alone. The cells are good until the next call.
	next() (cells []string, row int64, err error)
	header() []string
	// notes says what was read otherwise than it stands in the file; whole when next has returned io.EOF.
	notes() []Note
}

// What files begin with.
const (
	parquetMagic  = "PAR1"
	zipMagic      = "PK"
	compoundMagic = "\xd0\xcf\x11\xe0" // of .xls and of encrypted workbooks
	byteOrderMark = "\ufeff"
	utf16BigEnd   = "\xfe\xff"
	utf16Little   = "\xff\xfe"
)

// otherMagic begins files that people send by mistake: PDF, PNG, JPEG, GIF, RAR, 7z, gzip, RTF.
var otherMagic = []string{"%PDF", "\x89PNG", "\xff\xd8\xff", "GIF8", "Rar!", "7z\xbc\xaf", "\x1f\x8b", "{\\rt"}

// columnsMax bounds the columns of a file: no kind has twenty, and a header of a million is no header.
const columnsMax = 256

// openSource looks at the first bytes of a file and opens it as what it is and as c says; what it finds out on the way is
// entered in seen.
func openSource(ctx context.Context, f *os.File, c Choice, seen *Inspection) (source, error) {
	head, err := magic(f)
	if err != nil {
		return nil, err
	}
	var src source
	switch {
	case strings.HasPrefix(head, parquetMagic):
		seen.Format = FormatParquet
		src, err = openParquet(ctx, f)
	case strings.HasPrefix(head, zipMagic):
		src, err = openZipped(f, c, seen)
	case strings.HasPrefix(head, compoundMagic):
		return nil, refuse("old_or_encrypted", 0, nil, "found an old .xls or an encrypted workbook, expected XLSX or CSV: save it as .xlsx without a password")
	case slices.ContainsFunc(otherMagic, func(m string) bool { return strings.HasPrefix(head, m) }):
		return nil, refuse("not_text", 0, nil, "found a PDF, a picture or another program's file, expected CSV, XLSX, Parquet or JSON lines: export the table from where it was made")
	default:
		src, err = openText(f, c, seen)
	}
	if err != nil {
		return nil, err
	}
	if n := len(src.header()); n > columnsMax {
		return nil, refuse("header_columns", 1, params{"found": itoa(n), "most": itoa(columnsMax)}, "header: found %d columns, expected at most %d: is this the right file?", n, columnsMax)
	}
	seen.Header = src.header()
	return src, nil
}

// magic returns the first bytes of a file and goes back to its beginning.
func magic(f *os.File) (string, error) {
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return "", errEmpty
	case err != nil && !errors.Is(err, io.EOF):
		return "", err
	}
	_, err = f.Seek(0, io.SeekStart)
	return string(head[:n]), err
}

var errEmpty = refuse("file_empty", 0, nil, "the file is empty: expected a header line and rows")
