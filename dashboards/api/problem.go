package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
)

// ProblemType is one kind of error that the interface answers with: the last part of the address under which it is
// explained, its status, and what whoever meets it can do.
type ProblemType struct {
	ID     string `json:"id"`
	Status int    `json:"status"`
	Title  string `json:"title"`
	Mend   string `json:"mend"`
}

// The kinds of error, each with what to do about it.
var (
	badRequest     = ProblemType{"invalid-request", http.StatusUnprocessableEntity, "A parameter or the body cannot be read", "correct what errors names"}
	unsigned       = ProblemType{"token-needed", http.StatusUnauthorized, "No valid token was given", "send Authorization: Bearer with a token that has not expired or been revoked; `pingxin token create` makes one"}
	forbidden      = ProblemType{"not-allowed", http.StatusForbidden, "The role or the token does not allow this", "ask an administrator for the role, or make a token with the action"}
	missing        = ProblemType{"not-found", http.StatusNotFound, "Nothing is there, or it is not yours to see", "check the id; what was imported since the last run shows after the next"}
	wrongMethod    = ProblemType{"method-not-allowed", http.StatusMethodNotAllowed, "The address is there, but not for this method", "use a method that the header Allow names"}
	unpublished    = ProblemType{"not-published", http.StatusConflict, "No run has been published yet", "wait for the night, or start a run"}
	runChanged     = ProblemType{"run-changed", http.StatusConflict, "Another run was published while you were turning pages", "begin again at the first page"}
	offsetDiffers  = ProblemType{"offset-conflict", http.StatusConflict, "The bytes do not begin where those received end", "go on at received"}
	uploadState    = ProblemType{"upload-state", http.StatusConflict, "The upload is in another state", "read its state and do what comes next"}
	uploadBusy     = ProblemType{"upload-busy", http.StatusConflict, "The upload is being checked or written already", "wait for Retry-After and ask for its state"}
	bytesDiffer    = ProblemType{"sha256-mismatch", http.StatusUnprocessableEntity, "The bytes are not those that were announced", "announce the file again and send it again"}
	refused        = ProblemType{"file-refused", http.StatusUnprocessableEntity, "The file was refused, nothing of it was stored", "mend the cells that faults lists and send the file again"}
	kindNeeded     = ProblemType{"kind-needed", http.StatusUnprocessableEntity, "The kind of the file could not be guessed", "send kind with the check"}
	wrongKind      = ProblemType{"kind-not-allowed", http.StatusForbidden, "The account may not bring this kind of file", "`GET /api/v1/me` lists the kinds that it may bring"}
	reasonNeeded   = ProblemType{"reason-needed", http.StatusUnprocessableEntity, "A reason is needed", "send reason, which is kept for ever"}
	withdrawnTwice = ProblemType{"withdrawn-already", http.StatusConflict, "The batch is withdrawn already", "nothing is left to do"}
	onlyScores     = ProblemType{"not-withdrawable", http.StatusConflict, "Only a batch of scores can be withdrawn", "correct other facts by a new file that replaces them"}
	tooLarge       = ProblemType{"too-large", http.StatusRequestEntityTooLarge, "More bytes than are accepted", "send smaller chunks, or split the file"}
	tooMany        = ProblemType{"too-many-uploads", http.StatusConflict, "Too much is under way already", "commit or delete some of it first"}
	tooFast        = ProblemType{"too-many-requests", http.StatusTooManyRequests, "Too many requests", "wait for Retry-After"}
	slow           = ProblemType{"timeout", http.StatusServiceUnavailable, "The answer took too long", "try again later, or ask for less"}
	noRoom         = ProblemType{"no-room", http.StatusInsufficientStorage, "The server's disk is too full", "nothing was stored: tell the operator, and send it again when there is room"}
	notOffered     = ProblemType{"not-offered", http.StatusNotImplemented, "This server does not take uploads", "ask the bureau for its upload server"}
	internal       = ProblemType{"internal", http.StatusInternalServerError, "Internal error", "tell the operator the request's id, under which the log knows more"}
	problemTypes   = []ProblemType{badRequest, unsigned, forbidden, missing, wrongMethod, unpublished, runChanged, offsetDiffers, uploadState, uploadBusy, bytesDiffer, refused, kindNeeded, wrongKind, reasonNeeded, withdrawnTwice, onlyScores, tooLarge, tooMany, tooFast, slow, noRoom, notOffered, internal}
	problemAddress = Prefix + "/problems/"
)

// Problem is an error as RFC 9457 writes it, with what a program needs to mend it.
type Problem struct {
	Type     string         `json:"type" doc:"Address that explains this kind of error"`
	Title    string         `json:"title"`
	Status   int            `json:"status"`
	Detail   string         `json:"detail,omitempty" doc:"What happened this time"`
	Mend     string         `json:"mend,omitempty" doc:"What to do about it"`
	Request  string         `json:"request,omitempty" doc:"Id of the request in the server's log"`
	Received *int64         `json:"received,omitempty" doc:"Bytes of the upload that the server has"`
	Errors   []Violation    `json:"errors,omitempty" doc:"Parameters and fields of the body that cannot be read"`
	Total    int            `json:"total,omitempty" doc:"Number of faults of the file; faults lists the first of them"`
	Causes   map[string]int `json:"causes,omitempty" doc:"Number of faults by cause"`
	Faults   []store.Fault  `json:"faults,omitempty" doc:"Faults of the file with row, column, found, expected and mend"`

	headers http.Header
}

// Violation is one parameter or field that cannot be read.
type Violation struct {
	Where   string `json:"where"`
	Found   string `json:"found,omitempty"`
	Message string `json:"message"`
}

func problem(t ProblemType, detail string) *Problem {
	return &Problem{Type: problemAddress + t.ID, Title: t.Title, Status: t.Status, Detail: detail, Mend: t.Mend}
}

// with adds a header of the response.
func (p *Problem) with(name, value string) *Problem {
	if p.headers == nil {
		p.headers = http.Header{}
	}
	p.headers.Set(name, value)
	return p
}

func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

// GetStatus, GetHeaders and ContentType are what the router asks of an error.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns the headers that belong to the error.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// busyRetry is how many seconds a client waits before it asks for an upload that is being checked: a check of a million
// rows takes a few.
const busyRetry = "2"

// sentinels are the errors that need nothing but their kind.
var sentinels = []struct {
	err error
	ProblemType
}{
	{store.ErrUnpublished, unpublished}, {store.ErrNoRun, unpublished}, {store.ErrNotInRun, missing}, {desk.ErrUnknown, missing}, {desk.ErrTooLarge, tooLarge},
	{desk.ErrTooMany, tooMany}, {desk.ErrState, uploadState}, {desk.ErrMismatch, bytesDiffer}, {desk.ErrKind, wrongKind}, {desk.ErrReason, reasonNeeded},
	{store.ErrNoBatch, missing}, {store.ErrWithdrawn, withdrawnTwice}, {store.ErrOnlyScores, onlyScores},
	{context.DeadlineExceeded, slow},
}

// describe finds the problem of an error. What it does not know is internal: only the log learns what it says.
func (a *API) describe(ctx context.Context, err error) *Problem {
	var known *Problem
	var offset *desk.OffsetError
	var faults *intake.FaultsError
	var unreadable *intake.FileError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &offset):
		p := problem(offsetDiffers, offset.Error())
		p.Received = &offset.Received
		return p.with("Upload-Offset", fmt.Sprint(offset.Received))
	case errors.As(err, &faults):
		return fileRefused(faults.Total, faults.Causes, faults.Faults)
	case errors.As(err, &unreadable):
		return fileRefused(1, map[string]int{unreadable.Fault.Cause: 1}, []store.Fault{unreadable.Fault})
	case errors.As(err, &large):
		return problem(tooLarge, fmt.Sprintf("at most %d bytes are accepted here", large.Limit))
	case errors.Is(err, desk.ErrBusy):
		return problem(uploadBusy, "").with("Retry-After", busyRetry)
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return problem(s.ProblemType, s.err.Error())
		}
	}
	r := requestOf(ctx)
	a.config.Logger.ErrorContext(ctx, "api failed", "request", r.id, "operation", r.operation, "error", err)
	if errors.Is(err, store.ErrNoRoom) {
		return problem(noRoom, "")
	}
	return problem(internal, "")
}

// fileRefused says what is wrong with a file.
func fileRefused(total int, causes map[string]int, faults []store.Fault) *Problem {
	p := problem(refused, fmt.Sprintf("faults: %d", total))
	p.Total, p.Causes, p.Faults = total, causes, faults
	return p
}

// rewrite turns the router's own errors, of parameters and bodies that it cannot read, into problems.
func (a *API) rewrite(ctx huma.Context, _ string, v any) (any, error) {
	if p, ok := v.(*Problem); ok {
		p.Request = requestOf(ctx.Context()).id
		return p, nil
	}
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	t := badRequest
	if e.Status == http.StatusRequestEntityTooLarge {
		t = tooLarge
	}
	p := problem(t, e.Detail)
	p.Status = e.Status
	p.Request = requestOf(ctx.Context()).id
	for _, d := range e.Errors {
		violation := Violation{Where: d.Location, Message: d.Message}
		if text, ok := d.Value.(string); ok {
			violation.Found = shortened(text)
		}
		p.Errors = append(p.Errors, violation)
	}
	return p, nil
}

// foundMax is how much of what somebody sent a problem repeats.
const foundMax = 80

func shortened(text string) string {
	if letters := []rune(text); len(letters) > foundMax {
		return string(letters[:foundMax]) + "…"
	}
	return text
}

// refusal says which of the two is wanted of somebody who may not: a token, or another role.
func refusal(i access.Identity, action access.Action) *Problem {
	if i.Account == "" {
		return problem(unsigned, "").with("WWW-Authenticate", `Bearer realm="pingxin"`)
	}
	return problem(forbidden, fmt.Sprintf("needed: %s", strings.ReplaceAll(string(action), "_", " ")))
}
