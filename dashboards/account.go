package dashboards

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// accountData is the page of one's own account, and the pages that complete one.
type accountData struct {
	*basis
	Account   access.Account
	Sessions  []access.Session
	Tokens    []tokenRow
	Actions   []store.Choice // that a token of this account can allow
	Days      int
	Bearer    string // a new token, shown once
	Enrolment access.Enrolment
	Picture   template.HTML
	Recovery  []string // new recovery codes, shown once
}

// choiceOf is one thing to tick.
type choiceOf struct {
	ID, Name string
	Chosen   bool
}

// tokenRow is a token as its owner or an admin sees it.
type tokenRow struct {
	store.Token
	Owner, Allows, State string
	Alive                bool
}

func (s *Server) accountPage(r *http.Request, b *base) (string, any, error) {
	b.name("account", b.T("access.account"))
	account, err := s.config.Access.Account(b.Who.Account)
	if err != nil {
		return "", nil, err
	}
	p := &accountData{basis: b.basis, Account: account, Sessions: s.config.Access.Sessions(b.Who), Tokens: s.tokenRows(b, b.Who.Account), Days: access.DefaultTokenDays}
	for _, action := range access.Grantable {
		if b.May(action) {
			p.Actions = append(p.Actions, store.Choice{ID: string(action), Name: b.named("access.action", string(action))})
		}
	}
	return "account.html", p, nil
}

func (s *Server) tokenRows(b *base, account string) []tokenRow {
	var rows []tokenRow
	for _, t := range s.config.Access.Tokens(account) {
		row := tokenRow{Token: t, State: b.T("access.token.until", "Day", b.Day(t.ExpiresAt)), Alive: t.RevokedAt.IsZero() && s.config.Access.Now().Before(t.ExpiresAt)}
		if owner, err := s.config.Access.Account(t.Account); err == nil {
			row.Owner = owner.Login
		}
		for i, action := range t.Actions {
			if i > 0 {
				row.Allows += b.T("list.comma")
			}
			row.Allows += b.named("access.action", action)
		}
		switch {
		case !t.RevokedAt.IsZero():
			row.State = b.T("access.token.revoked", "Day", b.Day(t.RevokedAt))
		case !row.Alive:
			row.State = b.T("access.token.expired", "Day", b.Day(t.ExpiresAt))
		}
		rows = append(rows, row)
	}
	return rows
}

// browsers and systems are found in what a browser calls itself by the first of these words that it holds.
var (
	browsers = [][2]string{{"Edg/", "Edge"}, {"MicroMessenger/", "微信"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems  = [][2]string{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}}
)

// Browser is a browser's name for people; what cannot be recognised is shown as it calls itself.
func (b *basis) Browser(agent string) string {
	find := func(words [][2]string) string {
		at := slices.IndexFunc(words, func(w [2]string) bool { return strings.Contains(agent, w[0]) })
		if at < 0 {
			return ""
		}
		return words[at][1]
	}
	if name, system := find(browsers), find(systems); name != "" && system != "" {
		return name + " · " + system
	}
	return orText(agent, none)
}

// completeAccount leads to what an account needs before it may do anything else, and home when it needs nothing.
func (s *Server) completeAccount(w http.ResponseWriter, r *http.Request) {
	b := s.newBase(r)
	account, err := s.config.Access.Account(b.Who.Account)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	next := "/"
	switch {
	case account.PasswordDue:
		next = "/account/password"
	case b.Who.Incomplete():
		next = "/account/factor"
	}
	http.Redirect(w, r, b.To(next), http.StatusSeeOther)
}

func (s *Server) passwordPage(_ *http.Request, b *base) (string, any, error) {
	b.name("account", b.T("access.password.title"))
	return "password.html", b, nil
}

func (s *Server) changePassword(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	o, err := s.config.Access.ChangePassword(r.Context(), b.Who, r.PostFormValue("present"), r.PostFormValue("next"), caller(r))
	if err != nil {
		return "", err
	}
	access.SetCookie(w, o.Secret, underTLS(r))
	if o.Incomplete {
		return b.To("/account/complete"), nil
	}
	return b.done("/account", "password"), nil
}

// factorPage offers a second factor; after a wrong code the same one, so that the telephone need not scan again.
func (s *Server) factorPage(r *http.Request, b *base) (string, any, error) {
	b.name("account", b.T("access.factor.title"))
	p := &accountData{basis: b.basis, Enrolment: s.config.Access.OfferFactor(b.Who)}
	if secret := r.PostFormValue("secret"); secret != "" {
		p.Enrolment = s.config.Access.AgainFactor(b.Who, secret)
	}
	var err error
	if p.Account, err = s.config.Access.Account(b.Who.Account); err != nil {
		return "", nil, err
	}
	p.Picture, err = qrSVG(p.Enrolment.Address, b.T("access.factor.picture"))
	return "factor.html", p, err
}

// confirmFactor keeps a second factor and shows its recovery codes, once.
func (s *Server) confirmFactor(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	codes, o, err := s.config.Access.ConfirmFactor(r.Context(), b.Who, r.PostFormValue("secret"), r.PostFormValue("code"), caller(r))
	if err != nil {
		return "", err
	}
	access.SetCookie(w, o.Secret, underTLS(r))
	b.name("account", b.T("access.recovery.title"))
	return "", s.render(w, http.StatusOK, "recovery.html", &accountData{basis: b.basis, Recovery: codes})
}

func (s *Server) dropFactor(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	o, err := s.config.Access.DropFactor(r.Context(), b.Who, r.PostFormValue("code"), caller(r))
	if err != nil {
		return "", err
	}
	access.SetCookie(w, o.Secret, underTLS(r))
	return b.done("/account", "factor_dropped"), nil
}

// endSessions ends one session of one's own, or all others.
func (s *Server) endSessions(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	return b.done("/account", "sessions"), s.config.Access.EndSession(r.Context(), b.Who, r.PostFormValue("session"))
}

// addToken makes a token and shows it, once.
func (s *Server) addToken(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	var actions []access.Action
	for _, action := range r.PostForm["action"] {
		actions = append(actions, access.Action(action))
	}
	days, err := strconv.Atoi(r.PostFormValue("days"))
	if err != nil {
		days = 0 // which is out of range
	}
	bearer, _, err := s.config.Access.AddToken(r.Context(), b.Who.Account, r.PostFormValue("label"), actions, days)
	if err != nil {
		return "", err
	}
	r.PostForm = nil
	name, data, err := s.accountPage(r, b)
	if err != nil {
		return "", err
	}
	data.(*accountData).Bearer = bearer
	return "", s.render(w, http.StatusOK, name, data)
}

func (s *Server) revokeOwnToken(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	return b.done("/account", "token_revoked"), s.config.Access.RevokeToken(r.Context(), b.Who.Account, r.PostFormValue("token"))
}
