package api

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// exportTimeout is how long an export may read: a million contracts take some seconds, a busy machine more.
const exportTimeout = 5 * time.Minute

// exportTypes are the content types of the forms of an export.
var exportTypes = map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": "application/vnd.apache.parquet"}

// Exports is what can be exported.
type Exports struct {
	Tables  []string `doc:"Tables; each is there as /exports/TABLE.FORMAT"`
	Formats []string
}

// registerFiles lists the operations that answer whole tables.
func (a *API) registerFiles() {
	handle(a, a.operation(access.ReadProgramme, "list-exports", http.MethodGet, "/exports", "Tables that can be exported"),
		func(ctx context.Context, _ *struct{}) (*answer[Exports], error) {
			return write(ctx, 0, Exports{Tables: store.Exports(), Formats: store.ExportFormats})
		})
	op := a.operation(access.ReadProgramme, "export", http.MethodGet, "/exports/{file}", "A whole table of the published run as a file; ranges of bytes may be asked for")
	var files []any
	for _, table := range store.Exports() {
		for _, format := range store.ExportFormats {
			files = append(files, table+"."+format)
		}
	}
	op.Parameters = []*huma.Param{{Name: "file", In: "path", Required: true, Description: "Table and format", Schema: &huma.Schema{Type: "string", Enum: files}}}
	fileAnswer(&op, "text/csv", "application/json", "application/vnd.apache.parquet")
	a.stream(op, a.export)
}

// export writes the table to a file beside the database before the first byte is sent, so that an error is still told as
// one and a slow client holds no snapshot.
func (a *API) export(w http.ResponseWriter, r *http.Request) (err error) {
	name := r.PathValue("file")
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || !slices.Contains(store.Exports(), name[:dot]) || exportTypes[name[dot+1:]] == "" {
		return problem(missing, fmt.Sprintf("found %q, expected a table of /exports with one of .%s", shortened(name), strings.Join(store.ExportFormats, ", .")))
	}
	f, err := a.spoolFile("export")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	run, tag, err := a.spool(r.Context(), f, name[:dot], name[dot+1:])
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", exportTypes[name[dot+1:]])
	h.Set("ETag", tag)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-run%d%s"`, name[:dot], run, name[dot:]))
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// spoolFile makes a file that is gone when it is closed, or when the program ends.
func (a *API) spoolFile(what string) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Join(a.config.Store.Dir(), "tmp"), what+"-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// spool writes a table of the published run and returns the run and the file's tag.
func (a *API) spool(ctx context.Context, f *os.File, table, format string) (run int, tag string, err error) {
	ctx, cancel := context.WithTimeout(ctx, exportTimeout)
	defer cancel()
	sum := sha256.New()
	err = a.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		published, ok, err := store.LatestPublished(ctx, r)
		if err != nil {
			return err
		}
		if !ok {
			return store.ErrUnpublished
		}
		run = published.ID
		rows, err := store.Export(ctx, r, access.From(ctx).Scope(), table)
		if err != nil {
			return err
		}
		defer rows.Release()
		out := bufio.NewWriter(io.MultiWriter(f, sum))
		return errors.Join(store.WriteExport(out, format, rows), out.Flush())
	})
	return run, fmt.Sprintf(`"%d-%s"`, run, hex.EncodeToString(sum.Sum(nil)[:12])), err
}
