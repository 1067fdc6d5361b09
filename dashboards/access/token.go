package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pingxin/pipelines/store"
)

// tokenPrefix marks a token of this program, so that whoever searches for leaked secrets finds it.
const tokenPrefix = "pingxin_"

// Lifetimes of a token in days: a season by default, at most a year, so that a forgotten one ends.
const (
	DefaultTokenDays = 90
	MaxTokenDays     = 366
)

// Grantable are the actions that a token can allow: those of a program. Accounts, assignments and declarations are for
// people.
var Grantable = []Action{ReadResults, ReadCredit, ReadProgramme, ReadRaters, ReadCases, Upload, ReadUploads, RunNight}

// Grant is what an API token allows beside what its account's role allows.
type Grant struct {
	ID        string // of the token
	Actions   []Action
	ExpiresAt time.Time
}

// Token returns who asks with a bearer token of the API, and what it was granted: an action needs both the identity's
// role and the grant. It is ErrToken for a token that is not valid.
func (k *Keeper) Token(_ context.Context, bearer string) (Identity, Grant, error) {
	k.mu.RLock()
	t, known := k.tokens[hashOf(bearer)]
	a, has := k.accounts[t.Account]
	k.mu.RUnlock()
	if !known || !has || a.Disabled || !t.RevokedAt.IsZero() || !k.now().Before(t.ExpiresAt) {
		return Identity{}, Grant{}, ErrToken
	}
	g := Grant{ID: t.ID, ExpiresAt: t.ExpiresAt}
	for _, action := range t.Actions {
		g.Actions = append(g.Actions, Action(action))
	}
	return identity(a), g, nil
}

// longestLabel is the most letters of a token's name.
const longestLabel = 60

// AddToken makes a token of an account, which is shown once. Actions must be among Grantable and what its role may do.
func (k *Keeper) AddToken(ctx context.Context, account, label string, actions []Action, days int) (bearer string, t store.Token, err error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	a, err := k.account(account)
	if err != nil {
		return "", t, err
	}
	label = strings.TrimSpace(label)
	switch {
	case label == "" || utf8.RuneCountInString(label) > longestLabel:
		return "", t, refuse("label_missing")
	case len(actions) == 0:
		return "", t, refuse("actions_missing")
	case days < 1 || days > MaxTokenDays:
		return "", t, &Refusal{Code: "expiry_range", Found: fmt.Sprint(days), Expected: fmt.Sprintf("1-%d", MaxTokenDays)}
	}
	now := k.now().UTC()
	bearer = tokenPrefix + strings.ToLower(rand.Text())
	t = store.Token{ID: newID(), Account: a.ID, Label: label, Hash: hashOf(bearer), CreatedAt: now, ExpiresAt: now.AddDate(0, 0, days)}
	for _, action := range actions {
		if !slices.Contains(Grantable, action) || !identity(a).May(action) {
			return "", t, &Refusal{Code: "action_unknown", Found: string(action)}
		}
		t.Actions = append(t.Actions, string(action))
	}
	err = k.putToken(ctx, t, store.AuditEntry{Action: AuditTokenAdded, Subject: "token:" + t.ID, Detail: a.Login + ": " + strings.Join(t.Actions, " ")})
	return bearer, t, err
}

// RevokeToken ends a token of an account, or of anybody for the empty account.
func (k *Keeper) RevokeToken(ctx context.Context, account, id string) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	all := k.Tokens(account)
	at := slices.IndexFunc(all, func(t store.Token) bool { return t.ID == id })
	if at < 0 {
		return ErrUnknown
	}
	if t := all[at]; t.RevokedAt.IsZero() {
		t.RevokedAt = k.now().UTC()
		return k.putToken(ctx, t, store.AuditEntry{Action: AuditTokenRevoked, Subject: "token:" + t.ID})
	}
	return nil
}

func (k *Keeper) putToken(ctx context.Context, t store.Token, entry store.AuditEntry) error {
	return k.keep(ctx, entry, func(ctx context.Context, w *store.Writer) error { return store.PutToken(ctx, w, t) }, func() { k.tokens[t.Hash] = t })
}
