// Package access decides who is asking, which role they hold, what that role may do and which rows they may see. It
// keeps no page: the server asks it at the door of every route, and hands its scope to the store, which answers only
// within it.
package access

import (
	"cmp"
	"context"

	"pingxin/pipelines/store"
)

// Role is what an account is, and the public without one.
type Role string

// The roles.
const (
	Admin       Role = "admin"
	Finance     Role = "finance"
	Purchaser   Role = "purchaser"
	Evaluator   Role = "evaluator"
	Supervision Role = "supervision" // civil affairs and audit
	Supplier    Role = "supplier"
	Public      Role = "public"
)

// Roles lists every role in the order of the printed table.
var Roles = []Role{Admin, Finance, Purchaser, Evaluator, Supervision, Supplier, Public}

// Identity is who is asking. The zero value is nobody and may do nothing; Anyone is the public.
type Identity struct {
	Account string // id of the account; empty: the public
	Login   string // by which it signs in, and by which the audit log names it
	Name    string // as pages show it
	Role    Role
	Org     string // organisation that a purchaser, evaluator or supplier acts for

	session string // id of the session; empty: none, as with a token
	limited bool   // the account is not complete: it may only be completed
}

// Anyone is whoever did not sign in.
var Anyone = Identity{Role: Public}

// Scope is what the identity may see of the contracts.
func (i Identity) Scope() store.Scope {
	switch i.Role {
	case Admin, Finance, Supervision:
		return store.Everything
	case Purchaser:
		return store.Scope{Purchaser: i.Org}
	case Evaluator:
		return store.Scope{Evaluator: i.Org}
	case Supplier:
		return store.Scope{Supplier: i.Org}
	}
	return store.Scope{}
}

// Actor is how the audit log names the identity in a request of that id.
func (i Identity) Actor(request string) store.Actor {
	return store.Actor{Name: cmp.Or(i.Login, string(Public)), Role: string(i.Role), Request: request}
}

type identityKey struct{}

// With returns a context in which From finds the identity.
func With(ctx context.Context, i Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, i)
}

// From is who is asking in this request; nobody where no door set it.
func From(ctx context.Context) Identity {
	i, _ := ctx.Value(identityKey{}).(Identity)
	return i
}
