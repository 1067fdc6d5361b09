package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"pingxin/pipelines/store"
)

// SSO is the single sign-on that accounts may be linked to, by OpenID Connect.
type SSO struct {
	Issuer       string // address under which the issuer describes itself
	ClientID     string
	ClientSecret string // empty: the issuer knows us without
	Redirect     string // address of CallbackPath here, as the browser reaches it
	Name         string // on the button
}

// CallbackPath is where the issuer sends the browser back to.
const CallbackPath = "/sign-in/sso/callback"

// Limits of a single sign-on under way.
const (
	// flowLimit is how long somebody may be at the issuer's page.
	flowLimit = 10 * time.Minute
	// maxFlows bounds the memory; beyond it the oldest ones are forgotten.
	maxFlows = 1000
	// issuerTimeout bounds what one question to the issuer may take.
	issuerTimeout = 15 * time.Second
)

// flow is a single sign-on under way: what ties the answer to this browser and to this question.
type flow struct {
	state, nonce, verifier string
	next                   string
	since                  time.Time
}

// signOn speaks to the issuer. The issuer is asked to describe itself at first use, so that the server starts without it.
type signOn struct {
	config SSO
	now    func() time.Time

	mu       sync.Mutex
	provider *oidc.Provider
	flows    map[string]flow // by the hash of the browser's secret
}

func newSignOn(config SSO, now func() time.Time) *signOn {
	return &signOn{config: config, now: now, flows: map[string]flow{}}
}

// SSOName is what the button of the single sign-on says; empty: there is none.
func (k *Keeper) SSOName() string {
	if k.sso == nil {
		return ""
	}
	return k.sso.config.Name
}

// discovered is the issuer as it describes itself.
func (s *signOn) discovered(ctx context.Context) (*oidc.Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider == nil {
		provider, err := oidc.NewProvider(patient(ctx), s.config.Issuer) // which keeps the context to renew its keys
		if err != nil {
			return nil, fmt.Errorf("ask the issuer %s: %w", s.config.Issuer, err)
		}
		s.provider = provider
	}
	return s.provider, nil
}

// patient is a context in which the issuer is asked for a bounded time, and not cut off when the browser leaves.
func patient(ctx context.Context) context.Context {
	return oidc.ClientContext(context.WithoutCancel(ctx), &http.Client{Timeout: issuerTimeout})
}

func (s *signOn) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: s.config.ClientID, ClientSecret: s.config.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: s.config.Redirect,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
}

// BeginSSO returns the issuer's address to send the browser to, and a secret for a cookie that ties the way back to it.
// next is where the sign-in leads.
func (k *Keeper) BeginSSO(ctx context.Context, next string) (address, secret string, err error) {
	if k.sso == nil {
		return "", "", ErrUnknown
	}
	provider, err := k.sso.discovered(ctx)
	if err != nil {
		return "", "", errors.Join(refuse("sso_failed"), err)
	}
	f := flow{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), next: next, since: k.now()}
	secret = rand.Text()
	k.sso.keep(hashOf(secret), f)
	return k.sso.oauth(provider).AuthCodeURL(f.state, oidc.Nonce(f.nonce), oauth2.S256ChallengeOption(f.verifier)), secret, nil
}

// keep remembers a flow and forgets those that nobody came back from.
func (s *signOn) keep(key string, f flow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest, found := "", f.since
	for key, old := range s.flows {
		if f.since.Sub(old.since) > flowLimit {
			delete(s.flows, key)
		} else if old.since.Before(found) {
			oldest, found = key, old.since
		}
	}
	if len(s.flows) >= maxFlows {
		delete(s.flows, oldest)
	}
	s.flows[key] = f
}

// take hands out a flow once.
func (s *signOn) take(key string) (f flow, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok = s.flows[key]
	delete(s.flows, key)
	return f, ok && s.now().Sub(f.since) <= flowLimit
}

// claims are what is read of an identity.
type claims struct {
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
}

// EndSSO completes a single sign-on: the code is exchanged, what the issuer signed is checked, and the account that is
// linked to it, or has its verified e-mail address, is signed in. next is where that leads.
func (k *Keeper) EndSSO(ctx context.Context, secret, state, code string, from Client) (o Outcome, next string, err error) {
	if k.sso == nil {
		return o, "", ErrUnknown
	}
	f, ok := k.sso.take(hashOf(secret))
	if !ok || subtle.ConstantTimeCompare([]byte(f.state), []byte(state)) != 1 || code == "" {
		return o, "", refuse("sso_failed")
	}
	token, c, err := k.sso.exchange(ctx, f, code)
	if err != nil {
		return o, "", errors.Join(refuse("sso_failed"), err)
	}
	a, err := k.linked(ctx, token, c)
	if err != nil {
		return o, "", err
	}
	o, err = k.begin(ctx, a, "single sign-on", from)
	return o, f.next, err
}

// exchange trades the code for what the issuer signed.
func (s *signOn) exchange(ctx context.Context, f flow, code string) (*oidc.IDToken, claims, error) {
	var c claims
	provider, err := s.discovered(ctx)
	if err != nil {
		return nil, c, err
	}
	answer, err := s.oauth(provider).Exchange(patient(ctx), code, oauth2.VerifierOption(f.verifier))
	if err != nil {
		return nil, c, fmt.Errorf("exchange the code: %w", err)
	}
	raw, ok := answer.Extra("id_token").(string)
	if !ok {
		return nil, c, errors.New("the issuer's answer holds no ID token")
	}
	token, err := provider.Verifier(&oidc.Config{ClientID: s.config.ClientID, Now: s.now}).Verify(patient(ctx), raw)
	if err != nil {
		return nil, c, fmt.Errorf("check the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(f.nonce)) != 1 {
		return nil, c, errors.New("the ID token answers another question")
	}
	return token, c, token.Claims(&c)
}

// linked finds the account of an identity. An account that an admin gave the identity's verified address is linked to it
// now; after that the address no longer counts.
func (k *Keeper) linked(ctx context.Context, token *oidc.IDToken, c claims) (store.Account, error) {
	a, found := k.find(func(a store.Account) bool { return a.Issuer == token.Issuer && a.Subject == token.Subject })
	if !found && c.Verified && c.Email != "" {
		email := strings.ToLower(c.Email)
		a, found = k.find(func(a store.Account) bool { return a.Email == email && a.Issuer == "" && !a.Disabled })
		if found {
			err := k.change(ctx, a.ID, AuditAccountEdit, func(a *store.Account) (string, error) {
				a.Issuer, a.Subject, a.PasswordDue = token.Issuer, token.Subject, false
				return "linked to the single sign-on", nil
			})
			if err != nil {
				return a, err
			}
			return k.account(a.ID)
		}
	}
	if !found || a.Disabled {
		if err := k.store.Audit(ctx, store.AuditEntry{Action: AuditSignInFailed, Subject: "account:unknown", Detail: "single sign-on"}); err != nil {
			return a, err
		}
		return a, refuse("sso_unlinked")
	}
	return a, nil
}
