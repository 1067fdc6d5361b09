package intake

import (
	"context"
	"errors"
	"fmt"

	"pingxin/pipelines/store"
)

// Original is a row of an accepted file as it stands there, with the header of the file. A row may have fewer cells than the
// header, or more.
type Original struct{ Header, Cells []string }

// ErrNoRow says that a file has no row of that number.
var ErrNoRow = errors.New("intake: the file has no such row")

// errFound ends the reading of a file at the row that was looked for.
var errFound = errors.New("found")

// OriginalOf reads one row of the archived file of a receipt, by its number as a spreadsheet shows it, as the file was read when
// it was accepted. It reads the file up to that row. ErrNoRow where there is no such row, which is so of every withdrawal.
func OriginalOf(ctx context.Context, st *store.Store, r store.Receipt, number int64) (Original, error) {
	if _, err := KindOf(r.Kind); err != nil {
		return Original{}, ErrNoRow // a withdrawal has no file of rows
	}
	reading, err := ReadingOf(st, r)
	if err != nil {
		return Original{}, err
	}
	var o Original
	err = again(ctx, File{Name: r.FileName, Path: st.ArchivePath(r.SHA256)}, Options{Choice: reading.Choice}, func(header []string) error {
		o.Header = header
		return nil
	}, func(cells []string, row int64) error {
		if row != number {
			return nil
		}
		o.Cells = append([]string{}, cells...) // good until the next row
		return errFound
	})
	switch {
	case errors.Is(err, errFound):
		return o, nil
	case err != nil:
		return Original{}, fmt.Errorf("row %d of the file of receipt %d: %w", number, r.Number, err)
	}
	return Original{}, ErrNoRow
}
