package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pingxin/dashboards/access"
	"pingxin/dashboards/plain"
	"pingxin/pipelines/store"
)

// operation describes an operation that needs the action, and lists its route.
func (a *API) operation(action access.Action, id, method, path, summary string) huma.Operation {
	a.routes = append(a.routes, Route{Method: method, Path: path, Action: action})
	group, _, _ := strings.Cut(strings.TrimLeft(path, "/"), "/")
	group, _, _ = strings.Cut(group, ":")
	op := huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{group}, MaxBodyBytes: jsonMax, BodyReadTimeout: -1,
		Middlewares: huma.Middlewares{a.door(action)}, Extensions: map[string]any{"x-action": string(action)},
		Responses: map[string]*huma.Response{"default": {Description: "An error, as RFC 9457 writes it",
			Content: map[string]*huma.MediaType{"application/problem+json": {Schema: huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, problemType)}}}}}
	if action != access.ReadPublic {
		op.Security = []map[string][]string{{"token": {}}}
	}
	return op
}

// answer is what most operations answer.
type answer[T any] struct {
	ETag string `header:"ETag" doc:"Changes with the answer; send it back as If-None-Match"`
	Body body[T]
}

// write makes an answer of a value; one that the client has already is not sent again.
func write[T any](ctx context.Context, run int, value T) (*answer[T], error) {
	out, err := written(value)
	if err != nil {
		return nil, err
	}
	tag := etag(run, out.text)
	if matches(requestOf(ctx).etag, tag) {
		return nil, unchanged(tag)
	}
	return &answer[T]{ETag: tag, Body: out}, nil
}

// written makes a body of a value.
func written[T any](value T) (body[T], error) {
	text, err := plain.JSON(value)
	return body[T]{text}, err
}

// etag names an answer by the run that it was read from, 0 for none, and its content: a scope may change without a run.
func etag(run int, text []byte) string {
	sum := sha256.Sum256(text)
	return fmt.Sprintf(`"%d-%s"`, run, hex.EncodeToString(sum[:12]))
}

// matches says whether an If-None-Match holds the tag.
func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimPrefix(strings.TrimSpace(part), "W/"); part == tag || part == "*" {
			return true
		}
	}
	return false
}

// unchanged says that the client has the answer with this tag.
type unchanged string

func (u unchanged) Error() string { return "not modified" }

// GetStatus and GetHeaders are what the router asks of an error.
func (u unchanged) GetStatus() int { return http.StatusNotModified }

// GetHeaders returns the tag.
func (u unchanged) GetHeaders() http.Header { return http.Header{"Etag": {string(u)}} }

// read registers an operation that reads one snapshot of the published run.
func read[I, T any](a *API, op huma.Operation, f func(context.Context, *store.View, *I) (T, error)) {
	handle(a, op, func(ctx context.Context, in *I) (out *answer[T], err error) {
		err = a.view(ctx, func(ctx context.Context, v *store.View) error {
			value, err := f(ctx, v, in)
			if err == nil {
				out, err = write(ctx, v.Run.ID, value)
			}
			return err
		})
		return out, err
	})
}

// handle registers an operation; its errors are told as problems.
func handle[I, O any](a *API, op huma.Operation, f func(context.Context, *I) (*O, error)) {
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err == nil {
			return out, nil
		}
		var same unchanged
		if errors.As(err, &same) {
			return nil, same
		}
		return nil, a.describe(ctx, err)
	})
}

// stream registers an operation that reads or writes bytes which do not fit into memory.
func (a *API) stream(op huma.Operation, f func(http.ResponseWriter, *http.Request) error) {
	a.huma.OpenAPI().AddOperation(&op)
	a.huma.Adapter().Handle(&op, op.Middlewares.Handler(func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		r = r.WithContext(hc.Context())
		if err := f(w, r); err != nil {
			a.fail(w, r, err)
		}
	}))
}

// fileAnswer describes an answer that is a file.
func fileAnswer(op *huma.Operation, types ...string) {
	content := map[string]*huma.MediaType{}
	for _, t := range types {
		content[t] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	op.Responses["200"] = &huma.Response{Description: "The file", Content: content}
}
