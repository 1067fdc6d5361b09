// Package api is the HTTP interface for programs: what the pages show as JSON, results as files, and uploads that go on
// after a broken connection. It decides which operations there are, who may call them, how lists are cut into pages and
// how errors are told; it describes itself as OpenAPI 3.1. What an answer holds is read from the store within the scope
// of who asks, and uploads are the desk's; there is no rule here.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pingxin/dashboards/access"
	"pingxin/dashboards/limit"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
)

// Prefix is where the interface is mounted.
const Prefix = "/api/v1"

// Version is that of the interface, which changes when an answer or a parameter does.
const Version = "1.0.0"

// Limits of what one client may ask, each with its reason.
const (
	// readTimeout is how long one answer may read; a page of a district of a million contracts takes well below a second.
	readTimeout = 20 * time.Second
	// jsonMax bounds a body of JSON: a mapping of headers is the longest there is.
	jsonMax = 64 << 10
	// MaxBody bounds every body, which is that of one PATCH: enough for a fast line, little to lose with a broken one.
	MaxBody = 64 << 20
	// directMax bounds a file that is sent in one request: larger ones should be able to go on after a broken connection.
	directMax = 16 << 20
)

// The rates at which one token, and one address, may ask. A program that turns pages as fast as it can stays below
// the first; the second lets several of them share an address and slows down whoever guesses tokens from one.
var (
	tokenRate   = limit.Rate{Burst: 60, Every: 50 * time.Millisecond}
	addressRate = limit.Rate{Burst: 120, Every: 20 * time.Millisecond}
)

// limitedKeys is how many tokens or addresses are remembered: more than a district has programs.
const limitedKeys = 10_000

// Config connects the interface with the rest of the program. Only Store is required.
type Config struct {
	Store  *store.Store
	Desk   *desk.Desk   // nil: uploads are not offered
	Logger *slog.Logger // nil: slog.Default()
	Now    func() time.Time
	// Authenticate finds who holds a token, and which actions the token is for; an error refuses it, whatever it says.
	// Without it no token is valid.
	Authenticate func(ctx context.Context, bearer string) (access.Identity, []access.Action, error)
	// TokenRate and AddressRate limit how often one token and one address may ask; zero: the defaults.
	TokenRate, AddressRate limit.Rate
}

// API is the interface as a handler for the addresses below Prefix. Make it with New. Who mounts it bounds the time that
// a body may take, and says in the context from which address a request comes.
type API struct {
	config            Config
	mux               *http.ServeMux
	huma              huma.API
	routes            []Route
	tokens, addresses *limit.Limiter
}

// Route is one operation, and what it needs of who calls it.
type Route struct {
	Method, Path string // below Prefix
	Action       access.Action
}

// New returns the interface.
func New(config Config) (*API, error) {
	if config.Store == nil {
		return nil, errors.New("api: no store given")
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Now == nil {
		config.Now = config.Store.Now
	}
	if config.TokenRate == (limit.Rate{}) {
		config.TokenRate = tokenRate
	}
	if config.AddressRate == (limit.Rate{}) {
		config.AddressRate = addressRate
	}
	a := &API{config: config, mux: http.NewServeMux(), tokens: limit.New(config.TokenRate, limitedKeys, config.Now),
		addresses: limit.New(config.AddressRate, limitedKeys, config.Now)}
	a.huma = humago.NewWithPrefix(a.mux, Prefix, a.description())
	a.register()
	return a, a.registerDescription()
}

// description is what the interface says of itself as a whole. The router's own pages stay off: they load scripts from
// elsewhere.
func (a *API) description() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "评信 pingxin", Version: Version, License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
				Description: "Evaluations of public services that a government buys: runs, evaluations and where they come from, ratings, exports, uploads and their receipts. docs/api.md shows it with examples."},
			Components: &huma.Components{
				Schemas:         huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "A token of `pingxin token`, or of the page of one's account"}},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.rewrite},
	}
}

// register lists every operation.
func (a *API) register() {
	a.registerResults()
	a.registerFiles()
	a.registerKinds()
	a.registerReceipts()
	a.registerUploads()
}

// Routes are all operations, in the order in which they were registered.
func (a *API) Routes() []Route { return a.routes }

// ServeHTTP answers a request; a panic is an internal error like another.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer a.survive(w, r)
	if r.ContentLength == 0 {
		r.Body = http.NoBody // asking a connection for what will not come would start its clock
	}
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Add("Vary", "Authorization, Cookie")
	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.nowhere(w, r)
		return
	}
	a.mux.ServeHTTP(w, r)
}
