package api

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pingxin/dashboards/access"
	"pingxin/dashboards/client"
	"pingxin/dashboards/limit"
	"pingxin/pipelines/store"
)

// request is what a handler has to know of the request beside its parameters.
type request struct {
	id        string // as the server's log knows it; empty: the server gave none
	operation string
	url       url.URL
	etag      string          // If-None-Match
	granted   []access.Action // what the token is for; nil: all that the role may
}

type requestKey struct{}

func requestOf(ctx context.Context) request {
	r, _ := ctx.Value(requestKey{}).(request)
	return r
}

// may says whether who asks may do the action, by the role and by the token.
func may(ctx context.Context, action access.Action) bool {
	granted := requestOf(ctx).granted
	return access.From(ctx).May(action) && (granted == nil || action == access.ReadPublic || slices.Contains(granted, action))
}

// door lets a request in that may do the action: within its rate, with a token that is for it or as whoever signed in
// to the server, in a role that may.
func (a *API) door(action access.Action) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(hc)
		asked := request{id: w.Header().Get("X-Request-Id"), operation: hc.Operation().OperationID, url: *r.URL, etag: r.Header.Get("If-None-Match")}
		ctx := context.WithValue(r.Context(), requestKey{}, asked)
		identity, granted, err := a.admit(ctx, r)
		if err == nil {
			asked.granted = granted
			ctx = access.With(context.WithValue(ctx, requestKey{}, asked), identity)
			ctx = store.As(ctx, identity.Actor(asked.id))
			if !may(ctx, action) {
				err = refusal(identity, action)
			}
		}
		if err != nil {
			a.fail(w, r.WithContext(ctx), err)
			return
		}
		next(huma.WithContext(hc, ctx))
	}
}

// admit finds who asks, and slows down whoever asks too often.
func (a *API) admit(ctx context.Context, r *http.Request) (access.Identity, []access.Action, error) {
	if err := within(a.addresses, limit.Address(client.From(ctx).Address)); err != nil {
		return access.Identity{}, nil, err
	}
	identity, granted, err := a.identity(ctx, r)
	if err == nil && identity.Account != "" {
		err = within(a.tokens, identity.Account)
	}
	return identity, granted, err
}

// identity is whoever holds the token, and the actions that it is for; without a token, whoever signed in to the server,
// who may do all that the role may (nil), or else the public.
func (a *API) identity(ctx context.Context, r *http.Request) (access.Identity, []access.Action, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		if i := access.From(ctx); i.Role != "" {
			return i, nil, nil
		}
		return access.Anyone, nil, nil
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" || a.config.Authenticate == nil {
		return access.Identity{}, nil, refusal(access.Identity{}, "")
	}
	identity, granted, err := a.config.Authenticate(ctx, strings.TrimSpace(token))
	if err != nil {
		a.config.Logger.InfoContext(ctx, "token refused", "request", requestOf(ctx).id, "error", err)
		return access.Identity{}, nil, refusal(access.Identity{}, "")
	}
	if granted == nil {
		granted = []access.Action{}
	}
	return identity, granted, nil
}

func within(l *limit.Limiter, key string) error {
	ok, wait := l.Allow(key)
	if ok {
		return nil
	}
	seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
	return problem(tooFast, "").with("Retry-After", seconds)
}

// view runs f on one snapshot of the published run, within the scope of who asks.
func (a *API) view(ctx context.Context, f func(context.Context, *store.View) error) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return a.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, access.From(ctx).Scope())
		if err != nil {
			return err
		}
		v.Today = store.DayOf(a.config.Now())
		return f(ctx, v)
	})
}

// fail writes an error outside the router's own way.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := a.describe(r.Context(), err)
	p.Request = w.Header().Get("X-Request-Id")
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the reader has gone: nobody is left to tell
}

// Refuse answers a request below Prefix that did not get as far as an operation, in the way of the others: whoever mounts
// the interface has reasons of its own. detail says what to do.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, status int, title, detail string) {
	a.fail(w, r, &Problem{Type: "about:blank", Title: title, Status: status, Detail: detail})
}

// Methods are those that an operation may have; where there is GET there is HEAD.
var Methods = []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete}

// nowhere answers for an address without an operation, or without this method.
func (a *API) nowhere(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range append([]string{http.MethodHead}, Methods...) {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		a.fail(w, r, problem(wrongMethod, r.Method).with("Allow", strings.Join(allowed, ", ")))
		return
	}
	a.fail(w, r, problem(missing, "no operation has this address"))
}

func (a *API) survive(w http.ResponseWriter, r *http.Request) {
	switch cause := recover(); cause {
	case nil:
	case http.ErrAbortHandler:
		panic(cause)
	default:
		a.fail(w, r, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
	}
}
