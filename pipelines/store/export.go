package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
)

//go:embed exports/*.sql
var exportFiles embed.FS

// ErrNoRun says that no run has been published.
var ErrNoRun = errors.New("no run has been published yet: start one with `pingxin run`")

// Exports lists the tables that can be exported, by name.
func Exports() []string {
	entries, err := exportFiles.ReadDir("exports")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".sql"))
	}
	return names
}

// keptByItself is the export that belongs to no run.
const keptByItself = "validation"

// Export reads a result table of the published run, or the latest validation, as far as the scope goes; the caller releases
// the reader within the transaction of r. Money comes as decimal yuan; lists come as JSON.
func Export(ctx context.Context, r *Reader, scope Scope, table string) (array.RecordReader, error) {
	text, err := exportFiles.ReadFile("exports/" + table + ".sql")
	if err != nil {
		return nil, fmt.Errorf("export: found table %q, expected one of %s", table, strings.Join(Exports(), ", "))
	}
	if table == keptByItself {
		return r.Arrow(ctx, scope.within(string(text)))
	}
	run, published, err := LatestPublished(ctx, r)
	if err != nil {
		return nil, err
	}
	if !published {
		return nil, ErrNoRun
	}
	rows, err := r.Arrow(ctx, scope.within(string(text)), int32(run.ID))
	if unpack, packed := unpacked[table]; packed && err == nil {
		rows = unpack(rows)
	}
	return rows, err
}

// unpacked are the exports whose query ends in packed terms.
var unpacked = map[string]func(array.RecordReader) array.RecordReader{
	"evaluation_part": func(rows array.RecordReader) array.RecordReader { return newTermRows(rows, &SlipTerms) },
	"rating_part":     func(rows array.RecordReader) array.RecordReader { return newTermRows(rows, &RatingTerms) },
}
