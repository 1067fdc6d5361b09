package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
)

// OwnerOf is who brings files when somebody asks, in a browser or by a program: within the kinds, the party and the
// contracts of their role.
func OwnerOf(i access.Identity) desk.Owner {
	return desk.Owner{Account: i.Account, Name: i.Name, Kinds: i.Kinds(), Party: i.Party(), Scope: i.Scope(), All: i.May(access.ManageUploads)}
}

// desk is where uploads are kept, or the problem that there is none.
func (a *API) desk() (*desk.Desk, error) {
	if a.config.Desk == nil {
		return nil, problem(notOffered, "")
	}
	return a.config.Desk, nil
}

// UploadPath names an upload.
type UploadPath struct {
	ID string `path:"id" maxLength:"100" doc:"Id of the upload"`
}

type beginIn struct {
	Body struct {
		Name   string `json:"name" minLength:"1" maxLength:"255" doc:"Name of the file"`
		Size   int64  `json:"size" minimum:"1" doc:"Bytes of the file"`
		SHA256 string `json:"sha256,omitempty" pattern:"^[0-9a-f]{64}$" doc:"SHA-256 of the bytes; with it a broken upload is found again"`
	}
}

// choiceIn is what the uploader says of a file; what is empty is left to the guess.
type choiceIn struct {
	Kind     string            `json:"kind,omitempty" maxLength:"100" doc:"Kind of file"`
	Sheet    string            `json:"sheet,omitempty" maxLength:"100" doc:"Sheet of a workbook; without it, the first that has rows"`
	Encoding string            `json:"encoding,omitempty" enum:"utf-8,gb18030" doc:"Encoding of a text"`
	Mapping  map[string]string `json:"mapping,omitempty" doc:"Header of the file to name of a column, or - to leave it out"`
}

type checkIn struct {
	UploadPath
	Body *choiceIn
}

type commitIn struct {
	UploadPath
	Body *struct {
		Partial bool   `json:"partial,omitempty" doc:"Accept the good rows and leave the others out"`
		Reason  string `json:"reason,omitempty" maxLength:"1000" doc:"Why earlier rows are replaced; kept for ever"`
	}
}

// uploadAnswer is the state of an upload.
type uploadAnswer struct {
	Location string `header:"Location" doc:"Address of the upload"`
	Offset   string `header:"Upload-Offset" doc:"Bytes that the server has"`
	Length   string `header:"Upload-Length" doc:"Bytes announced"`
	Body     body[desk.Upload]
}

func answerUpload(u desk.Upload, err error) (*uploadAnswer, error) {
	if err != nil {
		return nil, err
	}
	out, err := written(u)
	return &uploadAnswer{Location: Prefix + "/uploads/" + url.PathEscape(u.ID), Offset: strconv.FormatInt(u.Received, 10), Length: strconv.FormatInt(u.Size, 10), Body: out}, err
}

// resultAnswer is what became of an upload.
type resultAnswer struct {
	Location string `header:"Location" doc:"Address of the receipt"`
	Body     body[intake.Result]
}

func answerResult(r intake.Result, err error) (*resultAnswer, error) {
	if err != nil {
		return nil, err
	}
	out, err := written(r)
	return &resultAnswer{Location: receiptAddress(r.Receipt), Body: out}, err
}

// registerUploads lists the operations on files on their way in.
func (a *API) registerUploads() {
	handle(a, a.operation(access.Upload, "list-uploads", http.MethodGet, "/uploads", "One's own uploads under way, the latest first"), a.uploads)
	op := a.operation(access.Upload, "begin-upload", http.MethodPost, "/uploads", "Announce a file; the same file announced again while it is under way is the same upload")
	op.DefaultStatus = http.StatusCreated
	handle(a, op, a.begin)
	handle(a, a.operation(access.Upload, "get-upload", http.MethodGet, "/uploads/{id}", "State of an upload; HEAD answers its headers alone"),
		func(ctx context.Context, in *UploadPath) (*uploadAnswer, error) {
			return withDesk(a, ctx, func(d *desk.Desk, o desk.Owner) (*uploadAnswer, error) { return answerUpload(d.Upload(ctx, o, in.ID)) })
		})
	a.registerChunks()
	handle(a, a.operation(access.Upload, "check-upload", http.MethodPost, "/uploads/{id}/check", "Check the whole file and say what a commit would do; nothing is written"), a.check)
	handle(a, a.operation(access.Upload, "get-preview", http.MethodGet, "/uploads/{id}/preview", "What the last check found"), a.preview)
	handle(a, a.operation(access.Upload, "commit-upload", http.MethodPost, "/uploads/{id}/commit", "Accept the file; the same bytes again give the receipt that they have, with repeated"), a.commit)
	handle(a, a.operation(access.Upload, "drop-upload", http.MethodDelete, "/uploads/{id}", "Throw an upload away; what was committed stays"),
		func(ctx context.Context, in *UploadPath) (*struct{}, error) {
			return withDesk(a, ctx, func(d *desk.Desk, o desk.Owner) (*struct{}, error) { return nil, d.Drop(ctx, o, in.ID) })
		})
}

// registerChunks lists the operations whose body is a file.
func (a *API) registerChunks() {
	chunk := a.operation(access.Upload, "append-upload", http.MethodPatch, "/uploads/{id}", fmt.Sprintf("Bytes of the file from Upload-Offset on, at most %d MiB at once; what arrives before the connection breaks is kept", MaxBody>>20))
	chunk.Parameters = []*huma.Param{
		{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}},
		{Name: "Upload-Offset", In: "header", Required: true, Description: "Where the bytes begin: as many as the server has", Schema: &huma.Schema{Type: "integer"}},
	}
	chunk.RequestBody = fileBody()
	chunk.Responses["204"] = &huma.Response{Description: "The bytes were kept", Headers: map[string]*huma.Param{"Upload-Offset": {Description: "Bytes that the server has", Schema: &huma.Schema{Type: "integer"}}}}
	a.stream(chunk, a.append)
	direct := a.operation(access.Upload, "upload", http.MethodPost, "/uploads:direct", fmt.Sprintf("A file of at most %d MiB in one request: announced, sent, checked and committed", directMax>>20))
	direct.Parameters = []*huma.Param{
		{Name: "name", In: "query", Required: true, Description: "Name of the file", Schema: &huma.Schema{Type: "string"}},
		{Name: "kind", In: "query", Description: "Kind of file; without it, it is guessed", Schema: &huma.Schema{Type: "string"}},
		{Name: "partial", In: "query", Description: "Accept the good rows and leave the others out", Schema: &huma.Schema{Type: "boolean"}},
	}
	direct.RequestBody = fileBody()
	direct.Responses["200"] = &huma.Response{Description: "The receipt", Content: map[string]*huma.MediaType{"application/json": {Schema: body[intake.Result]{}.Schema(a.huma.OpenAPI().Components.Schemas)}}}
	a.stream(direct, a.direct)
}

func fileBody() *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}
}

// withDesk calls f with the desk and who asks.
func withDesk[T any](a *API, ctx context.Context, f func(*desk.Desk, desk.Owner) (T, error)) (none T, err error) {
	d, err := a.desk()
	if err != nil {
		return none, err
	}
	return f(d, OwnerOf(access.From(ctx)))
}

func (a *API) uploads(ctx context.Context, _ *struct{}) (*answer[[]desk.Upload], error) {
	return withDesk(a, ctx, func(d *desk.Desk, o desk.Owner) (*answer[[]desk.Upload], error) {
		all, err := d.List(ctx, o)
		if err != nil {
			return nil, err
		}
		return write(ctx, 0, slices.DeleteFunc(all, func(u desk.Upload) bool { return u.Account != o.Account }))
	})
}

func (a *API) begin(ctx context.Context, in *beginIn) (*uploadAnswer, error) {
	return withDesk(a, ctx, func(d *desk.Desk, o desk.Owner) (*uploadAnswer, error) {
		return answerUpload(d.Begin(ctx, o, in.Body.Name, in.Body.Size, in.Body.SHA256))
	})
}

// append keeps the bytes of a request.
func (a *API) append(w http.ResponseWriter, r *http.Request) error {
	d, err := a.desk()
	if err != nil {
		return err
	}
	offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		p := problem(badRequest, "")
		p.Errors = []Violation{{Where: "header.Upload-Offset", Found: shortened(r.Header.Get("Upload-Offset")), Message: "expected a whole number from 0"}}
		return p
	}
	u, err := d.Append(r.Context(), OwnerOf(access.From(r.Context())), r.PathValue("id"), offset, http.MaxBytesReader(w, r.Body, MaxBody))
	if errors.Is(err, desk.ErrState) && offset != u.Received {
		err = &desk.OffsetError{Received: u.Received} // all of it is there already
	}
	if err != nil {
		return err
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(u.Received, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) check(ctx context.Context, in *checkIn) (*answer[intake.Preview], error) {
	return withDesk(a, ctx, func(d *desk.Desk, o desk.Owner) (*answer[intake.Preview], error) {
		u, err := describe(ctx, d, o, in.ID, in.Body)
		if err != nil {
			return nil, err
		}
		if err := checkable(u); err != nil {
			return nil, err
		}
		p, err := d.Check(ctx, o, in.ID, nil)
		if err != nil {
			return nil, err
		}
		return write(ctx, 0, p)
	})
}

// describe keeps what the uploader says of a file, where it says anything.
func describe(ctx context.Context, d *desk.Desk, o desk.Owner, id string, c *choiceIn) (desk.Upload, error) {
	if c == nil || c.Kind == "" && c.Sheet == "" && c.Encoding == "" && len(c.Mapping) == 0 {
		return d.Upload(ctx, o, id)
	}
	return d.Describe(ctx, o, id, intake.Choice{Kind: c.Kind, Sheet: c.Sheet, Encoding: intake.Encoding(c.Encoding), Mapping: c.Mapping})
}

// checkable says why an upload whose bytes are all there cannot be checked; nil where the desk knows better.
func checkable(u desk.Upload) error {
	switch i := u.Inspection; {
	case i == nil:
		return nil
	case i.Refused != nil:
		return &intake.FileError{Fault: *i.Refused}
	case i.Format == intake.FormatZip:
		return problem(uploadState, "it is a zip: check and commit its members")
	case u.Kind == "":
		return problem(kindNeeded, "")
	}
	return nil
}

func (a *API) preview(ctx context.Context, in *UploadPath) (*answer[intake.Preview], error) {
	return withDesk(a, ctx, func(d *desk.Desk, o desk.Owner) (*answer[intake.Preview], error) {
		u, err := d.Upload(ctx, o, in.ID)
		if err != nil {
			return nil, err
		}
		if u.Preview == nil {
			return nil, problem(uploadState, "it was not checked yet")
		}
		return write(ctx, 0, *u.Preview)
	})
}

func (a *API) commit(ctx context.Context, in *commitIn) (*resultAnswer, error) {
	return withDesk(a, ctx, func(d *desk.Desk, o desk.Owner) (*resultAnswer, error) {
		var options desk.CommitOptions
		if in.Body != nil {
			options = desk.CommitOptions{Partial: in.Body.Partial, Reason: in.Body.Reason}
		}
		return answerResult(d.Commit(ctx, o, in.ID, options))
	})
}

// direct takes a small file in one request.
func (a *API) direct(w http.ResponseWriter, r *http.Request) error {
	d, err := a.desk()
	if err != nil {
		return err
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, directMax))
	if err != nil {
		return err
	}
	ctx, query := r.Context(), r.URL.Query()
	result, err := bring(ctx, d, OwnerOf(access.From(ctx)), query.Get("name"), content, query.Get("kind"), query.Get("partial") == "true")
	if err != nil {
		return err
	}
	out, err := written(result)
	if err != nil {
		return err
	}
	w.Header().Set("Location", receiptAddress(result.Receipt))
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(out.text) // the reader has gone: nobody is left to tell
	return nil
}

// bring takes a file through all steps. What was refused does not stay on the desk.
func bring(ctx context.Context, d *desk.Desk, o desk.Owner, name string, content []byte, kind string, partial bool) (intake.Result, error) {
	sum := sha256.Sum256(content)
	begun, err := d.Begin(ctx, o, name, int64(len(content)), hex.EncodeToString(sum[:]))
	if err != nil {
		return intake.Result{}, err
	}
	result, err := finish(ctx, d, o, begun, content, kind, partial)
	if err != nil {
		_ = d.Drop(context.WithoutCancel(ctx), o, begun.ID) // the desk sweeps it away later
	}
	return result, err
}

// finish takes an announced file through the other steps.
func finish(ctx context.Context, d *desk.Desk, o desk.Owner, u desk.Upload, content []byte, kind string, partial bool) (intake.Result, error) {
	if _, err := d.Append(ctx, o, u.ID, u.Received, bytes.NewReader(content[u.Received:])); err != nil {
		return intake.Result{}, err
	}
	u, err := describe(ctx, d, o, u.ID, &choiceIn{Kind: kind})
	if err != nil {
		return intake.Result{}, err
	}
	if err := checkable(u); err != nil {
		return intake.Result{}, err
	}
	return d.Commit(ctx, o, u.ID, desk.CommitOptions{Partial: partial})
}

func receiptAddress(r store.Receipt) string { return fmt.Sprintf("%s/receipts/%d", Prefix, r.Number) }
