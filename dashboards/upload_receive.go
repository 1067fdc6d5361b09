package dashboards

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pingxin/dashboards/locale"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/intake/desk"
)

// formMemory is how much of a form without script is held in memory; the rest waits in a temporary file.
const formMemory = 1 << 20

// acceptedEndings are what the file chooser offers.
const acceptedEndings = ".csv,.txt,.xlsx,.parquet,.jsonl,.ndjson,.json,.zip"

// receiver is the form that takes files. Says are the sentences of the script, in which %name stands for a value.
type receiver struct {
	Action, Begin, Query         string
	Invite, Button, Plain        string // Plain is what the button says without script
	Accepts, Accept, Open, Other string
	ID                           string // of the upload that goes on; empty: a new one
	Size                         int64
	SHA256                       string // that was announced; empty: none was
	Says                         map[string]string
}

func (s *Server) receiver(v *visit, u *desk.Upload) *receiver {
	_, query, _ := strings.Cut(v.To("/"), "?")
	if query != "" {
		query = "?" + query
	}
	f := &receiver{Action: v.To("/uploads"), Begin: v.To("/uploads/begin"), Query: query, Invite: v.T("upload.drop.invite"), Button: v.T("upload.drop.choose"),
		Plain: v.T("upload.drop.send"), Accepts: v.T("upload.drop.accepts", "Max", bytesOf(s.config.Desk.MaxBytes())), Open: v.T("upload.drop.open"), Accept: acceptedEndings, Says: map[string]string{
			"waiting": v.T("upload.say.waiting"), "sending": v.T("upload.say.sending"), "paused": v.T("upload.say.paused"), "broken": v.T("upload.say.broken"),
			"failed": v.T("upload.say.failed"), "done": v.T("upload.say.done"), "pause": v.T("upload.say.pause"), "goon": v.T("upload.say.goon")}}
	if u != nil {
		f.ID, f.Size, f.SHA256, f.Invite = u.ID, u.Size, u.SHA256, v.T("upload.resume.invite", "File", u.Name)
		f.Other = v.T("upload.resume.other", "File", u.Name, "Size", bytesOf(u.Size))
	}
	return f
}

// bytesOf writes the size of a file.
func bytesOf(n int64) string {
	const kilo, mega = 1 << 10, 1 << 20
	if n >= mega {
		return strings.TrimSuffix(number(float64(n)/mega, 1), ".0") + " MB"
	}
	return locale.Count(max(1, (n+kilo/2)/kilo)) + " KB"
}

// newUploadPage takes files and hands out templates.
type newUploadPage struct {
	*basis
	Steps    []step
	Receiver *receiver
	Kinds    []templateRow
	Corrects string // sentence; empty: it is no correction
}

// templateRow is one kind of file that the reader may bring.
type templateRow struct{ Label, About, XLSX, CSV string }

func (s *Server) newUpload(w http.ResponseWriter, r *http.Request, v *visit) error {
	v.base.name("uploads", v.T("upload.new"))
	p := &newUploadPage{basis: v.basis, Steps: v.steps(stepFile, nil), Receiver: s.receiver(v, nil)}
	if number := v.query.Get("corrects"); number != "" {
		h, _, err := s.receiptOf(r.Context(), v.owner, number)
		if err != nil {
			return err
		}
		v.Title = v.T("upload.correct.title")
		p.Corrects = v.T("upload.correct.lead", "Number", h.receipt, "File", h.FileName)
	}
	for _, k := range intake.Kinds() { // in the order in which they build on one another
		if slices.Contains(v.owner.Kinds, k.Name) {
			p.Kinds = append(p.Kinds, templateRow{v.base.kind(k.Name), v.T("upload.about." + k.Name), v.To("/templates/" + k.Name + ".xlsx"), v.To("/templates/" + k.Name + ".csv")})
		}
	}
	return s.render(w, http.StatusOK, "uploadnew.html", p)
}

// errNoFile says that a form came without a file.
var errNoFile = errors.New("no file was chosen")

// receiveForm takes the files of a form that was sent without script.
func (s *Server) receiveForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := r.ParseMultipartForm(formMemory); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	defer r.MultipartForm.RemoveAll()
	files := r.MultipartForm.File["file"]
	if len(files) == 0 {
		return errNoFile
	}
	id := ""
	for _, file := range files {
		u, err := s.receiveWhole(r, v.owner, file)
		if err != nil {
			return err
		}
		id = u.ID
	}
	if len(files) == 1 {
		return v.see(w, r, uploadPath(id))
	}
	return v.see(w, r, "/uploads")
}

// errForm says that a form could not be read: mostly the connection broke.
var errForm = errors.New("read the form")

// receiveWhole brings a file that is here already; one whose sending broke off before goes on where it stopped.
func (s *Server) receiveWhole(r *http.Request, owner desk.Owner, file *multipart.FileHeader) (desk.Upload, error) {
	content, err := file.Open()
	if err != nil {
		return desk.Upload{}, err
	}
	defer content.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return desk.Upload{}, err
	}
	u, err := s.config.Desk.Begin(r.Context(), owner, file.Filename, file.Size, hex.EncodeToString(sum.Sum(nil)))
	if err != nil || u.State != desk.Receiving { // an empty file has nothing to send
		return u, err
	}
	if _, err := content.Seek(u.Received, io.SeekStart); err != nil {
		return desk.Upload{}, err
	}
	return s.config.Desk.Append(r.Context(), owner, u.ID, u.Received, content)
}

// beginUpload announces a file whose bytes come in pieces.
func (s *Server) beginUpload(r *http.Request, owner desk.Owner) (desk.Upload, error) {
	size, err := strconv.ParseInt(r.PostFormValue("size"), 10, 64)
	if err != nil || size < 0 {
		return desk.Upload{}, &badFilter{Name: "size", Found: r.PostFormValue("size"), Expected: "number"}
	}
	name, sum := r.PostFormValue("name"), r.PostFormValue("sha256")
	if sum == "" {
		if err := s.dropUnsure(r.Context(), owner, name, size); err != nil {
			return desk.Upload{}, err
		}
	}
	return s.config.Desk.Begin(r.Context(), owner, name, size, sum)
}

// dropUnsure throws away what arrived of a file of the same name and size that was announced without its sum: it may have
// been changed since, and two halves of different files must never become one.
func (s *Server) dropUnsure(ctx context.Context, owner desk.Owner, name string, size int64) error {
	all, err := s.config.Desk.List(ctx, owner)
	if err != nil {
		return err
	}
	for _, u := range all {
		if u.Account == owner.Account && u.State == desk.Receiving && u.Name == name && u.Size == size && u.SHA256 == "" {
			if err := s.config.Desk.Drop(ctx, owner, u.ID); err != nil && !errors.Is(err, desk.ErrUnknown) {
				return err
			}
		}
	}
	return nil
}

// receivePiece adds the next bytes of a file.
func (s *Server) receivePiece(r *http.Request, owner desk.Owner) (desk.Upload, error) {
	offset, err := strconv.ParseInt(r.URL.Query().Get("offset"), 10, 64)
	if err != nil || offset < 0 {
		return desk.Upload{}, &badFilter{Name: "offset", Found: r.URL.Query().Get("offset"), Expected: "number"}
	}
	return s.config.Desk.Append(r.Context(), owner, r.PathValue("id"), offset, r.Body)
}

func (s *Server) uploadState(r *http.Request, owner desk.Owner) (desk.Upload, error) {
	return s.config.Desk.Upload(r.Context(), owner, r.PathValue("id"))
}
