package dashboards

import (
	"context"
	"net/http"
	"strings"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// registerAccounts lists the routes of one's own account and of administering others.
func (s *Server) registerAccounts() {
	s.still("/account", access.OwnAccount, s.accountPage)
	s.handle("GET /account/complete", access.Enrol, s.completeAccount)
	s.still("/account/password", access.Enrol, s.passwordPage)
	s.form("/account/password", access.Enrol, s.changePassword, s.passwordPage)
	s.still("/account/factor", access.Enrol, s.factorPage)
	s.form("/account/factor", access.Enrol, s.confirmFactor, s.factorPage)
	s.form("/account/factor/drop", access.OwnAccount, s.dropFactor, s.accountPage)
	s.form("/account/sessions/end", access.OwnAccount, s.endSessions, s.accountPage)
	s.form("/account/tokens", access.OwnAccount, s.addToken, s.accountPage)
	s.form("/account/tokens/revoke", access.OwnAccount, s.revokeOwnToken, s.accountPage)
	s.still("/accounts", access.Administer, s.accountsPage)
	s.form("/accounts", access.Administer, s.addAccount, s.accountsPage)
	s.still("/accounts/{id}", access.Administer, s.editPage)
	s.form("/accounts/{id}", access.Administer, s.editAccount, s.editPage)
	s.form("/accounts/{id}/{step}", access.Administer, s.stepAccount, s.editPage)
	s.form("/tokens/{id}/revoke", access.Administer, s.revokeToken, s.accountsPage)
	s.still("/roles", access.Administer, s.rolesPage)
}

// accountsData are the pages of administering accounts.
type accountsData struct {
	*basis
	Answer   []string
	List     table
	Tokens   []tokenRow
	Account  access.Account
	Roles    []choiceOf
	Orgs     []store.Organisation
	Login    string // whose password it is
	Password string // a new password, shown once
	Own      bool   // the account is of who is asking
}

func (s *Server) accountsPage(r *http.Request, b *base) (string, any, error) {
	b.name("accounts", b.T("asks.accounts"))
	p := &accountsData{basis: b.basis, Tokens: s.tokenRows(b, "")}
	p.List = table{Caption: b.Title, Head: b.columns("col.login", "col.account", "col.role", "col.org", "col.state", "col.last_seen")}
	all := s.config.Access.Accounts()
	p.Answer = b.accountsInWords(all, p.Tokens)
	for _, a := range all {
		p.List.Rows = append(p.List.Rows, []cell{link(a.Login, b.To("/accounts/"+a.ID)), text(a.Name), text(b.named("role", string(a.Role))), text(a.Org),
			text(b.stateOf(a)), text(b.Moment(a.SeenAt))})
	}
	return "accounts.html", p, s.fillChoices(r.Context(), p)
}

// stateOf says what is to know of an account at a glance.
// accountsInWords says how many may sign in, whose account waits for its owner, and how many programs have a token.
func (b *base) accountsInWords(all []access.Account, tokens []tokenRow) []string {
	open, unused, alive := 0, 0, 0
	for i := range all {
		if all[i].Disabled {
			continue
		}
		open++
		if all[i].SeenAt.IsZero() {
			unused++
		}
	}
	for i := range tokens {
		if tokens[i].Alive {
			alive++
		}
	}
	return []string{b.T("accounts.answer", "N", open, "Open", b.CountInt(open), "Disabled", b.CountInt(len(all)-open), "Unused", b.CountInt(unused), "Tokens", b.CountInt(alive))}
}

func (b *base) stateOf(a access.Account) string {
	switch {
	case a.Disabled:
		return b.T("access.state.disabled")
	case a.PasswordDue:
		return b.T("access.state.password_due")
	case a.Role == access.Admin && !a.HasFactor:
		return b.T("access.state.factor_due")
	case a.HasFactor:
		return b.T("access.state.factor")
	case a.SSO != "":
		return b.T("access.state.sso")
	}
	return b.T("access.state.active")
}

// fillChoices lists the roles and the organisations from which an account's are chosen.
func (s *Server) fillChoices(ctx context.Context, p *accountsData) error {
	for _, role := range access.Roles {
		if role != access.Public {
			p.Roles = append(p.Roles, choiceOf{string(role), p.base.named("role", string(role)), role == p.Account.Role})
		}
	}
	return s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) (err error) {
		p.Orgs, err = store.Organisations(ctx, r)
		return err
	})
}

// draftOf is an account as a form has it.
func draftOf(r *http.Request) access.Draft {
	return access.Draft{Login: r.PostFormValue("login"), Name: r.PostFormValue("name"), Role: access.Role(r.PostFormValue("role")), Org: r.PostFormValue("org"),
		Email: r.PostFormValue("email")}
}

// addAccount makes an account and shows its password, once.
func (s *Server) addAccount(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	account, password, err := s.config.Access.Add(r.Context(), draftOf(r))
	if err != nil {
		return "", err
	}
	return "", s.showPassword(w, b, account, password)
}

func (s *Server) showPassword(w http.ResponseWriter, b *base, account access.Account, password string) error {
	b.name("accounts", b.T("access.new_password.title", "Name", account.Name))
	return s.render(w, http.StatusOK, "newpassword.html", &accountsData{basis: b.basis, Login: account.Login, Password: password})
}

func (s *Server) editPage(r *http.Request, b *base) (string, any, error) {
	account, err := s.config.Access.Account(r.PathValue("id"))
	if err != nil {
		return "", nil, err
	}
	b.name("accounts", account.Name)
	p := &accountsData{basis: b.basis, Account: account, Own: account.ID == b.Who.Account}
	return "accountedit.html", p, s.fillChoices(r.Context(), p)
}

func (s *Server) editAccount(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	return b.done("/accounts/"+r.PathValue("id"), "account"), s.config.Access.Edit(r.Context(), r.PathValue("id"), draftOf(r))
}

// stepAccount does one thing to an account that is more than an edit.
func (s *Server) stepAccount(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	keeper, id := s.config.Access, r.PathValue("id")
	back := b.done("/accounts/"+id, "account")
	switch r.PathValue("step") {
	case "disable":
		return back, keeper.Disable(r.Context(), id, true)
	case "enable":
		return back, keeper.Disable(r.Context(), id, false)
	case "factor":
		return back, keeper.ResetFactor(r.Context(), id)
	case "password":
		account, err := keeper.Account(id)
		if err != nil {
			return "", err
		}
		password, err := keeper.ResetPassword(r.Context(), id)
		if err != nil {
			return "", err
		}
		return "", s.showPassword(w, b, account, password)
	}
	return "", errNoPage
}

func (s *Server) revokeToken(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	return b.done("/accounts", "token_revoked"), s.config.Access.RevokeToken(r.Context(), "", r.PathValue("id"))
}

// rolesData is the matrix of roles, actions, scopes and kinds of file, to be read and printed.
type rolesData struct {
	*basis
	Matrix, Scopes table
}

// rolesPage prints the matrix that the doors go by; nothing of it is written down twice.
func (s *Server) rolesPage(_ *http.Request, b *base) (string, any, error) {
	b.name("accounts", b.T("access.roles.title"))
	p := &rolesData{basis: b.basis, Matrix: table{Caption: b.Title, Head: b.columns("col.access_action")},
		Scopes: table{Caption: b.T("access.roles.scopes"), Head: b.columns("col.role", "col.scope", "col.kinds", "col.party")}}
	for _, role := range access.Roles {
		p.Matrix.Head = append(p.Matrix.Head, head{Label: b.named("role", string(role))})
		who := access.Identity{Role: role}
		var kinds []string
		for _, kind := range who.Kinds() {
			kinds = append(kinds, b.named("access.kind", kind))
		}
		p.Scopes.Rows = append(p.Scopes.Rows, []cell{text(b.named("role", string(role))), text(b.named("access.scope", string(role))), text(strings.Join(kinds, b.T("list.comma"))),
			text(b.named("access.party", who.Party()))})
	}
	for _, action := range access.Actions {
		row := []cell{text(b.named("access.action", string(action)))}
		for _, role := range access.Roles {
			mark := cell{}
			if (access.Identity{Role: role}).May(action) {
				mark = cell{Text: "●"}
			}
			row = append(row, mark)
		}
		p.Matrix.Rows = append(p.Matrix.Rows, row)
	}
	return "roles.html", p, nil
}
