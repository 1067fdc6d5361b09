package access

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"pingxin/pipelines/store"
)

// Client is where a request comes from.
type Client struct {
	Address string // of the network, without the port
	Agent   string // what the browser calls itself
}

// longestAgent is how much of a browser's name is kept.
const longestAgent = 200

// Outcome is what a sign-in, or a step of it, led to.
type Outcome struct {
	Secret     string // of the session, for its cookie
	NeedsCode  bool   // the second factor is awaited
	Incomplete bool   // the account may only enrol its second factor or change its password
}

// SignIn begins a session by name and password. It is ErrCredentials whatever was wrong, in the same time, and a
// *ThrottledError when too many attempts went before.
func (k *Keeper) SignIn(ctx context.Context, login, password string, from Client) (Outcome, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	if wait := k.throttle.begin(login, from.Address); wait > 0 {
		return Outcome{}, &ThrottledError{wait}
	}
	a, known := k.byLogin(login)
	right, err := k.hasher.matches(ctx, password, a.Password)
	if err != nil {
		return Outcome{}, err
	}
	if !known || !right || a.Disabled {
		return Outcome{}, k.failed(ctx, login, known)
	}
	k.throttle.succeed(login, from.Address)
	if k.hasher.outdated(a.Password) {
		if err := k.rehash(ctx, a, password); err != nil {
			return Outcome{}, err
		}
	}
	return k.begin(ctx, a, "password", from)
}

// failed records an attempt that did not succeed. What was typed is kept only where it is the name of an account:
// people type their password into the field above.
func (k *Keeper) failed(ctx context.Context, login string, known bool) error {
	if !known {
		login = "unknown"
	}
	if err := k.store.Audit(ctx, store.AuditEntry{Action: AuditSignInFailed, Subject: "account:" + login, Detail: "password"}); err != nil {
		return err
	}
	return ErrCredentials
}

// rehash keeps a right password at today's cost.
func (k *Keeper) rehash(ctx context.Context, a store.Account, password string) error {
	return k.change(ctx, a.ID, AuditPassword, func(a *store.Account) (detail string, err error) {
		a.Password, err = k.hasher.hash(ctx, password)
		return "hashed anew", err
	})
}

// begin makes the session of an account whose owner proved to be it by how; a second factor is asked for where there is
// one.
func (k *Keeper) begin(ctx context.Context, a store.Account, how string, from Client) (Outcome, error) {
	if a.Factor != "" {
		secret, err := k.session(a, factor, false, from)
		return Outcome{Secret: secret, NeedsCode: true}, err
	}
	return k.enter(ctx, a, how, false, from)
}

// enter makes a whole session and records it.
func (k *Keeper) enter(ctx context.Context, a store.Account, how string, shown bool, from Client) (Outcome, error) {
	if err := k.store.Audit(ctx, store.AuditEntry{Action: AuditSignIn, Subject: "account:" + a.Login, Detail: how}); err != nil {
		return Outcome{}, err
	}
	secret, err := k.session(a, whole, shown, from)
	return Outcome{Secret: secret, Incomplete: !shown && incomplete(a)}, err
}

func (k *Keeper) session(a store.Account, at stage, shown bool, from Client) (secret string, err error) {
	secret, now := rand.Text(), k.now().UTC()
	if len(from.Agent) > longestAgent {
		from.Agent = from.Agent[:longestAgent]
	}
	err = k.sessions.begin(&session{ID: newID(), Hash: hashOf(secret), Account: a.ID, Stage: at, Shown: shown, CreatedAt: now, SeenAt: now,
		Address: from.Address, Agent: strings.ToValidUTF8(from.Agent, "�")}, now)
	return secret, err
}

// incomplete says whether the account has to change its password or enrol a second factor before it may do anything else.
func incomplete(a store.Account) bool {
	return a.PasswordDue || Role(a.Role) == Admin && a.Factor == ""
}

// SecondFactor completes a sign-in by a code of the authenticator or a recovery code, under a new secret.
func (k *Keeper) SecondFactor(ctx context.Context, secret, code string, from Client) (Outcome, error) {
	s, ok := k.sessions.find(hashOf(secret), k.now())
	if !ok || s.Stage != factor {
		return Outcome{}, ErrCredentials
	}
	a, err := k.account(s.Account)
	if err != nil || a.Disabled {
		return Outcome{}, ErrCredentials
	}
	if wait := k.throttle.begin(a.Login, from.Address); wait > 0 {
		return Outcome{}, &ThrottledError{wait}
	}
	if err := k.useCode(ctx, a.ID, code); err != nil {
		if _, refused := errors.AsType[*Refusal](err); refused {
			err = errors.Join(err, k.store.Audit(ctx, store.AuditEntry{Action: AuditSignInFailed, Subject: "account:" + a.Login, Detail: "code"}))
		}
		return Outcome{}, err
	}
	k.throttle.succeed(a.Login, from.Address)
	if err := k.sessions.end(func(one *session) bool { return one.Hash == s.Hash }); err != nil {
		return Outcome{}, err
	}
	return k.enter(ctx, a, "password and code", false, from)
}

// useCode takes a code off an account, so that it works once.
func (k *Keeper) useCode(ctx context.Context, id, code string) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	a, err := k.account(id)
	if err != nil {
		return err
	}
	left := len(a.Recovery)
	if !useFactor(&a, code, k.now()) {
		return refuse("code_wrong")
	}
	detail := "code used"
	if len(a.Recovery) < left {
		detail = "recovery code used"
	}
	return k.put(ctx, a, store.AuditEntry{Action: AuditFactor, Detail: detail})
}

// SignInShown begins a session of an account of the demonstration without a password; the caller makes sure that it is
// one, on this machine.
func (k *Keeper) SignInShown(ctx context.Context, login string, from Client) (Outcome, error) {
	a, known := k.byLogin(login)
	if !known || a.Disabled {
		return Outcome{}, ErrCredentials
	}
	return k.enter(ctx, a, "demonstration", true, from)
}

// SignOut ends the session of a secret.
func (k *Keeper) SignOut(ctx context.Context, secret string) error {
	hash := hashOf(secret)
	s, ok := k.sessions.find(hash, k.now())
	if !ok {
		return nil
	}
	if err := k.sessions.end(func(one *session) bool { return one.Hash == hash }); err != nil {
		return err
	}
	a, err := k.account(s.Account)
	if err != nil {
		return err
	}
	return k.store.Audit(ctx, store.AuditEntry{Action: AuditSignOut, Subject: "account:" + a.Login})
}

// recognised is who holds the secret of a session; Anyone without one, or before its second factor.
func (k *Keeper) recognised(secret string) Identity {
	s, ok := k.sessions.find(hashOf(secret), k.now())
	if !ok || s.Stage != whole {
		return Anyone
	}
	a, err := k.account(s.Account)
	if err != nil || a.Disabled {
		return Anyone
	}
	who := identity(a)
	who.session, who.limited = s.ID, !s.Shown && incomplete(a)
	return who
}

// AwaitsCode says whether the secret is that of a sign-in whose second factor is awaited.
func (k *Keeper) AwaitsCode(secret string) bool {
	s, ok := k.sessions.find(hashOf(secret), k.now())
	return ok && s.Stage == factor
}

// Session is one sign-in as its owner sees it.
type Session struct {
	ID                string
	Address, Agent    string
	CreatedAt, SeenAt time.Time
	Current           bool
}

// Sessions lists the sessions of who is asking, latest first.
func (k *Keeper) Sessions(who Identity) []Session {
	var all []Session
	for _, s := range k.sessions.of(who.Account, k.now()) {
		all = append(all, Session{s.ID, s.Address, s.Agent, s.CreatedAt, s.SeenAt, s.ID == who.session})
	}
	return all
}

// EndSession ends one session of who is asking, or all others for the empty id.
func (k *Keeper) EndSession(ctx context.Context, who Identity, id string) error {
	detail := "one"
	if id == "" {
		detail = "all others"
	}
	err := k.sessions.end(func(s *session) bool {
		return s.Account == who.Account && (s.ID == id || id == "" && s.ID != who.session)
	})
	if err != nil {
		return err
	}
	return k.store.Audit(ctx, store.AuditEntry{Action: AuditSignedOut, Subject: "account:" + who.Login, Detail: detail})
}
