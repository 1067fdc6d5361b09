package dashboards

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"pingxin/pipelines/store"
)

// The limits of an application: an administrative decision, its proof of payment and a few photographs.
const (
	mostProofs = 5
	proofBytes = 10 << 20 // a scan of some fifty pages
)

// proofsOf puts the files of the form into the archive.
func (s *Server) proofsOf(r *http.Request, b *base) ([]store.Proof, error) {
	var proofs []store.Proof
	if r.MultipartForm == nil {
		return nil, inField("proof", &refusedForm{b.T("creditfile.repair.proofs", "Least", b.rules.Repair.Proofs, "Most", mostProofs)})
	}
	files := r.MultipartForm.File["proof"]
	if len(files) < b.rules.Repair.Proofs || len(files) > mostProofs {
		return nil, inField("proof", &refusedForm{b.T("creditfile.repair.proofs", "Least", b.rules.Repair.Proofs, "Most", mostProofs)})
	}
	for _, header := range files {
		if header.Size > proofBytes {
			return nil, inField("proof", &refusedForm{b.T("creditfile.repair.proof_large", "Name", header.Filename, "Most", proofBytes>>20)})
		}
		kept, err := s.archivePaper(r.Context(), header)
		if errors.Is(err, errPaperType) {
			return nil, inField("proof", &refusedForm{b.T("creditfile.repair.proof_type", "Name", kept.name)})
		}
		if err != nil {
			return nil, err
		}
		proofs = append(proofs, store.Proof{FileName: kept.name, MediaType: kept.kind, Bytes: kept.Bytes, SHA256: kept.SHA256})
	}
	return proofs, nil
}

// proof hands out a file that came with an application, to be kept, never to be shown within a page of this server.
func (s *Server) proof(w http.ResponseWriter, r *http.Request) {
	b := s.newBase(r)
	id, idErr := strconv.Atoi(r.PathValue("application"))
	place, placeErr := strconv.Atoi(r.PathValue("place"))
	var found store.Proof
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
		all, err := v.Proofs(ctx, id)
		at := slices.IndexFunc(all, func(p store.Proof) bool { return p.Place == place })
		if err != nil || idErr != nil || placeErr != nil || at < 0 {
			return errors.Join(err, errNoPage)
		}
		found = all[at]
		return nil
	})
	var file *os.File
	if err == nil {
		file, err = os.Open(s.config.Store.ArchivePath(found.SHA256))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer file.Close()
	w.Header().Set("Content-Type", found.MediaType)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="repair-%d-%d%s"`, id, place, map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}[found.MediaType]))
	http.ServeContent(w, r, "", time.Time{}, file)
}
