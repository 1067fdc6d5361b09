package dashboards

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"pingxin/pipelines/store"
	"pingxin/scoring/dueprocess"
)

// evidenceTypes are the files that an objection may bring, known by their first bytes and never by what they call
// themselves: scans and photographs, which carry no program.
var evidenceTypes = []struct{ start, media string }{
	{"%PDF-", "application/pdf"},
	{"\x89PNG\r\n\x1a\n", "image/png"},
	{"\xff\xd8\xff", "image/jpeg"},
}

// longestFileName is the most characters that are kept of a file's name.
const longestFileName = 100

// evidenceError says that a file cannot be taken, and which.
type evidenceError struct {
	code, name string
	most       int // of what there may be no more; 0: it is not that
}

func (e *evidenceError) Error() string { return "evidence refused: " + e.code }

// archiveEvidence takes the files of a form into the archive; all of them or, when one cannot be taken, none is used.
func (s *Server) archiveEvidence(r *http.Request, p *dueprocess.Policy) ([]store.Evidence, error) {
	if r.MultipartForm == nil {
		return nil, nil
	}
	var files []*multipart.FileHeader
	var total int64
	for _, f := range r.MultipartForm.File["evidence"] {
		if f.Size == 0 && f.Filename == "" {
			continue // a form without a file sends an empty one
		}
		if f.Size > p.EvidenceBytes() {
			return nil, &evidenceError{"evidence_large", fileName(f.Filename), p.EvidenceMB}
		}
		files, total = append(files, f), total+f.Size
	}
	if len(files) > p.EvidenceFiles {
		return nil, &evidenceError{"evidence_many", "", p.EvidenceFiles}
	}
	if err := s.config.Store.Room(total); err != nil {
		return nil, err
	}
	all := make([]store.Evidence, 0, len(files))
	for _, f := range files {
		e, err := s.archiveFile(r.Context(), f)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func (s *Server) archiveFile(ctx context.Context, header *multipart.FileHeader) (e store.Evidence, err error) {
	file, err := header.Open()
	if err != nil {
		return e, fmt.Errorf("read evidence: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	e.FileName = fileName(header.Filename)
	start := make([]byte, 8)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return e, fmt.Errorf("read evidence: %w", err)
	}
	if e.MediaType = mediaType(start[:n]); e.MediaType == "" {
		return e, &evidenceError{code: "evidence_type", name: e.FileName}
	}
	archived, err := s.config.Store.Archive(ctx, io.MultiReader(bytes.NewReader(start[:n]), file))
	e.Bytes, e.SHA256 = archived.Bytes, archived.SHA256
	return e, err
}

// mediaType is what a file is by its first bytes; empty: none of those that are taken.
func mediaType(start []byte) string {
	for _, t := range evidenceTypes {
		if strings.HasPrefix(string(start), t.start) {
			return t.media
		}
	}
	return ""
}

// fileName is the name of a file without its path, as it is kept.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Bidi_Control, r) {
			return '_'
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > longestFileName {
		ending := []rune(path.Ext(name))
		if len(ending) > longestFileName/2 {
			ending = nil
		}
		name = string(runes[:longestFileName-len(ending)]) + string(ending)
	}
	return name
}

// evidenceFile hands out a file of an objection to whoever may see the contract: always as a file to keep, never as a
// page, and never as what it says it is.
func (s *Server) evidenceFile(w http.ResponseWriter, r *http.Request) {
	place, err := strconv.Atoi(r.PathValue("place"))
	if err != nil {
		s.fail(w, r, errNoPage)
		return
	}
	var found *store.Evidence
	err = s.view(r.Context(), s.newBase(r), func(ctx context.Context, v *store.View) error {
		all, err := v.Evidence(ctx, r.PathValue("objection"))
		for _, e := range all {
			if e.Place == place {
				found = &e
			}
		}
		return err
	})
	if err == nil && found == nil {
		err = store.ErrNotInRun
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	file, err := os.Open(s.config.Store.ArchivePath(found.SHA256))
	if err != nil {
		s.fail(w, r, fmt.Errorf("evidence of %s: %w", r.PathValue("objection"), err))
		return
	}
	defer file.Close()
	attach(w, "application/octet-stream", found.FileName)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("Content-Length", strconv.FormatInt(found.Bytes, 10))
	_, _ = io.Copy(w, file) // the reader has gone: nobody is left to tell
}
