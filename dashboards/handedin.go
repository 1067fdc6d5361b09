package dashboards

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"

	"pingxin/pipelines/store"
)

// paperTypes are the kinds of papers that come with a form: what every office can open, and nothing that runs.
var paperTypes = map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}

// sniffed is how many bytes of a paper the standard library looks at to tell what it is.
const sniffed = 512

// handedIn is a paper of a form, in the archive.
type handedIn struct {
	store.Archived
	name, kind string // as it is kept; what its first bytes say it is
}

// errPaperType says that a paper is none of paperTypes; its name and kind are told with it.
var errPaperType = errors.New("the paper is of another type")

// archivePaper takes a file of a form into the archive if it is a paper by its first bytes, whatever its name says.
func (s *Server) archivePaper(ctx context.Context, header *multipart.FileHeader) (p handedIn, err error) {
	file, err := header.Open()
	if err != nil {
		return p, fmt.Errorf("read a paper: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	start := make([]byte, sniffed)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return p, fmt.Errorf("read a paper: %w", err)
	}
	p.name, p.kind = fileName(header.Filename), http.DetectContentType(start[:n])
	if paperTypes[p.kind] == "" {
		return p, errPaperType
	}
	p.Archived, err = s.config.Store.Archive(ctx, io.MultiReader(bytes.NewReader(start[:n]), file))
	return p, err
}
