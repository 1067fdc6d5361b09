package api

import (
	"context"
	"encoding/json"
	"net/http"

	"pingxin/dashboards/access"
)

type problemIn struct {
	ID string `path:"id" maxLength:"100" doc:"Last part of a problem's type"`
}

// registerDescription adds the operations by which the interface explains itself, the last of all: the description is
// fixed from then on.
func (a *API) registerDescription() error {
	handle(a, a.operation(access.ReadPublic, "list-problems", http.MethodGet, "/problems", "Every kind of error, and what to do about it"),
		func(ctx context.Context, _ *struct{}) (*answer[[]ProblemType], error) {
			return write(ctx, 0, problemTypes)
		})
	handle(a, a.operation(access.ReadPublic, "get-problem", http.MethodGet, "/problems/{id}", "One kind of error; its address is the type of such problems"),
		func(ctx context.Context, in *problemIn) (*answer[ProblemType], error) {
			for _, t := range problemTypes {
				if t.ID == in.ID {
					return write(ctx, 0, t)
				}
			}
			return nil, problem(missing, "no problem has this id")
		})
	a.describedAs("json", "application/json", false)
	a.describedAs("yaml", "application/yaml", true)
	_, err := a.OpenAPI(false)
	return err
}

// describedAs registers the description in one format.
func (a *API) describedAs(format, contentType string, yaml bool) {
	op := a.operation(access.ReadPublic, "describe-"+format, http.MethodGet, "/openapi."+format, "This description")
	fileAnswer(&op, contentType)
	a.stream(op, func(w http.ResponseWriter, r *http.Request) error {
		text, err := a.OpenAPI(yaml)
		if err == nil {
			send(w, r, contentType, text)
		}
		return err
	})
}

// OpenAPI is the description of the interface as indented JSON, or as YAML.
func (a *API) OpenAPI(yaml bool) ([]byte, error) {
	if yaml {
		return a.huma.OpenAPI().YAML()
	}
	text, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	return append(text, '\n'), err
}

// send answers a text that is the same for everybody.
func send(w http.ResponseWriter, r *http.Request, contentType string, text []byte) {
	tag := etag(0, text)
	w.Header().Set("ETag", tag)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(text) // the reader has gone: nobody is left to tell
}
