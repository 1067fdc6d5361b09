package dashboards

import (
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
		kept, err := s.archivePaper(r.Context(), f)
		if errors.Is(err, errPaperType) {
			return nil, &evidenceError{code: "evidence_type", name: kept.name}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, store.Evidence{FileName: kept.name, MediaType: kept.kind, Bytes: kept.Bytes, SHA256: kept.SHA256})
	}
	return all, nil
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
