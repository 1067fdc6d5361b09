package access

import (
	"context"
	"crypto/rand"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pingxin/pipelines/store"
)

// The actions that this package records in the audit log.
const (
	AuditSignIn       = "sign_in"
	AuditSignInFailed = "sign_in_failed"
	AuditSignOut      = "sign_out"
	AuditSignedOut    = "sessions_ended"
	AuditAccountAdded = "account_added"
	AuditAccountEdit  = "account_changed"
	AuditPassword     = "password_changed"
	AuditFactor       = "factor_changed"
	AuditTokenAdded   = "token_added"
	AuditTokenRevoked = "token_revoked"
	AuditAssigned     = "assigned"
	AuditUnassigned   = "assignment_ended"
	AuditClosed       = "evaluation_closed"
	AuditReopened     = "evaluation_reopened"
	AuditDeclared     = "declared"
)

// Options are how a Keeper works; the zero value is good.
type Options struct {
	Now  func() time.Time // nil: that of the store
	Cost Cost             // of a password's hash; zero: the default
	SSO  *SSO             // nil: no single sign-on
}

// Keeper keeps accounts, sessions and tokens. The data directory has one program at a time, so all of it is held in
// memory and written through: accounts and tokens to the store, sessions to a file beside it, since a session is worth
// no place in a backup. No request waits for the database to learn who is asking. It is safe for concurrent use.
//
// Sessions are kept here and not by a library of sessions: those keep a bag of values per visitor under a plain token,
// while what is needed is a list by account of hashed tokens that can be shown, limited in stages and ended.
type Keeper struct {
	store    *store.Store
	now      func() time.Time
	hasher   *hasher
	throttle *throttle
	sso      *signOn // nil: none

	changing sync.Mutex // held while accounts or tokens change, so that what was checked still holds when it is written
	mu       sync.RWMutex
	accounts map[string]store.Account // by id
	tokens   map[string]store.Token   // by hash
	sessions sessions
	setup    setupCode
}

// Open reads what is kept of accounts, sessions and tokens.
func Open(ctx context.Context, st *store.Store, o Options) (*Keeper, error) {
	if o.Now == nil {
		o.Now = st.Now
	}
	h, err := newHasher(o.Cost)
	if err != nil {
		return nil, err
	}
	k := &Keeper{store: st, now: o.Now, hasher: h, throttle: newThrottle(o.Now), accounts: map[string]store.Account{}, tokens: map[string]store.Token{}}
	if o.SSO != nil {
		k.sso = newSignOn(*o.SSO, o.Now)
	}
	err = st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		accounts, err := store.Accounts(ctx, r)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			k.accounts[a.ID] = a
		}
		tokens, err := store.Tokens(ctx, r)
		for _, t := range tokens {
			k.tokens[t.Hash] = t
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	k.sessions, err = openSessions(filepath.Join(st.Dir(), sessionFile))
	return k, err
}

// Now is the time by the keeper's clock.
func (k *Keeper) Now() time.Time { return k.now() }

// byLogin finds an account by what is typed to sign in.
func (k *Keeper) byLogin(login string) (store.Account, bool) {
	login = strings.ToLower(strings.TrimSpace(login))
	return k.find(func(a store.Account) bool { return a.Login == login })
}

func (k *Keeper) find(match func(store.Account) bool) (store.Account, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, a := range k.accounts {
		if match(a) {
			return a, true
		}
	}
	return store.Account{}, false
}

// account finds an account by its id.
func (k *Keeper) account(id string) (store.Account, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	a, known := k.accounts[id]
	if !known {
		return store.Account{}, ErrUnknown
	}
	return a, nil
}

// Empty says whether there is no account yet.
func (k *Keeper) Empty() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return len(k.accounts) == 0
}

// put keeps an account.
func (k *Keeper) put(ctx context.Context, a store.Account, entry store.AuditEntry) error {
	a.ChangedAt = k.now().UTC()
	entry.Subject = "account:" + a.Login
	return k.keep(ctx, entry, func(ctx context.Context, w *store.Writer) error { return store.PutAccount(ctx, w, a) }, func() { k.accounts[a.ID] = a })
}

// keep writes something with its entry in the audit log, both or neither, and only then lets it hold.
func (k *Keeper) keep(ctx context.Context, entry store.AuditEntry, write func(context.Context, *store.Writer) error, hold func()) error {
	err := k.store.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		if err := write(ctx, w); err != nil {
			return err
		}
		return w.Audit(ctx, entry)
	})
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	hold()
	return nil
}

// Account is an account as its pages show it, without its secrets.
type Account struct {
	ID, Login, Name string
	Role            Role
	Org, Email      string
	Disabled        bool
	HasPassword     bool
	PasswordDue     bool
	HasFactor       bool
	Recovery        int    // recovery codes left
	SSO             string // issuer to which it is linked
	CreatedAt       time.Time
	SeenAt          time.Time // of its latest session; zero: none
}

func (k *Keeper) shown(a store.Account) Account {
	return Account{ID: a.ID, Login: a.Login, Name: a.Name, Role: Role(a.Role), Org: a.Org, Email: a.Email, Disabled: a.Disabled, HasPassword: a.Password != "",
		PasswordDue: a.PasswordDue, HasFactor: a.Factor != "", Recovery: len(a.Recovery), SSO: a.Issuer, CreatedAt: a.CreatedAt, SeenAt: k.sessions.seen(a.ID)}
}

// Accounts lists every account by its login.
func (k *Keeper) Accounts() []Account {
	k.mu.RLock()
	defer k.mu.RUnlock()
	all := make([]Account, 0, len(k.accounts))
	for _, a := range k.accounts {
		all = append(all, k.shown(a))
	}
	slices.SortFunc(all, func(a, b Account) int { return strings.Compare(a.Login, b.Login) })
	return all
}

// Account is one account, or ErrUnknown.
func (k *Keeper) Account(id string) (Account, error) {
	a, err := k.account(id)
	if err != nil {
		return Account{}, err
	}
	return k.shown(a), nil
}

// ByLogin is the account that signs in with a name, or ErrUnknown.
func (k *Keeper) ByLogin(login string) (Account, error) {
	a, known := k.byLogin(login)
	if !known {
		return Account{}, ErrUnknown
	}
	return k.shown(a), nil
}

// identity is who an account is.
func identity(a store.Account) Identity {
	return Identity{Account: a.ID, Login: a.Login, Name: a.Name, Role: Role(a.Role), Org: a.Org}
}

// newID makes an id that is never used again.
func newID() string { return strings.ToLower(rand.Text()[:12]) }

// Tokens lists the tokens of an account, or of all for the empty one, latest first.
func (k *Keeper) Tokens(account string) []store.Token {
	k.mu.RLock()
	defer k.mu.RUnlock()
	all := slices.DeleteFunc(slices.Collect(maps.Values(k.tokens)), func(t store.Token) bool { return account != "" && t.Account != account })
	slices.SortFunc(all, func(a, b store.Token) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return all
}
