package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"pingxin/pipelines/store"
)

// loginForm: what can be typed on any keyboard and stands in a log as one word.
var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{1,63}$`)

// longestName is the most letters of a name or e-mail address.
const longestName = 100

// Draft is what an admin enters of an account.
type Draft struct {
	Login, Name string
	Role        Role
	Org         string // needed by purchasers, evaluators and suppliers; ignored for others
	Email       string // empty: none
}

// orgKinds are the kind of organisation that a role acts for; roles without one act for the district.
var orgKinds = map[Role]string{Purchaser: "purchaser", Evaluator: "evaluator", Supplier: "supplier"}

// ActsForOrg says whether the role acts for an organisation.
func (r Role) ActsForOrg() bool { return orgKinds[r] != "" }

// check brings a draft into its form and refuses what cannot be kept. id is the account's own; empty: a new one.
func (k *Keeper) check(ctx context.Context, id string, d *Draft) error {
	d.Login, d.Email, d.Name, d.Org = strings.ToLower(strings.TrimSpace(d.Login)), strings.ToLower(strings.TrimSpace(d.Email)), strings.TrimSpace(d.Name), strings.TrimSpace(d.Org)
	if !d.Role.ActsForOrg() {
		d.Org = ""
	}
	taken := func(same func(store.Account) bool) bool {
		_, found := k.find(func(a store.Account) bool { return a.ID != id && same(a) })
		return found
	}
	switch {
	case !loginForm.MatchString(d.Login):
		return &Refusal{Code: "login_form", Found: d.Login}
	case taken(func(a store.Account) bool { return a.Login == d.Login }):
		return &Refusal{Code: "login_taken", Found: d.Login}
	case d.Name == "" || len([]rune(d.Name)) > longestName:
		return refuse("name_missing")
	case d.Role == Public || !slices.Contains(Roles, d.Role):
		return &Refusal{Code: "role_unknown", Found: string(d.Role), Expected: fmt.Sprint(Roles[:len(Roles)-1])}
	case d.Email != "" && !isAddress(d.Email):
		return &Refusal{Code: "email_form", Found: d.Email}
	case d.Email != "" && taken(func(a store.Account) bool { return a.Email == d.Email }):
		return &Refusal{Code: "email_taken", Found: d.Email}
	case d.Role.ActsForOrg() && d.Org == "":
		return refuse("org_missing")
	}
	return k.checkOrg(ctx, d)
}

// checkOrg refuses an organisation that the role cannot act for.
func (k *Keeper) checkOrg(ctx context.Context, d *Draft) error {
	if d.Org == "" {
		return nil
	}
	known := false
	err := k.store.Read(ctx, func(ctx context.Context, r *store.Reader) (err error) {
		known, err = store.OrganisationIs(ctx, r, d.Org, orgKinds[d.Role])
		return err
	})
	if err == nil && !known {
		return &Refusal{Code: "org_unknown", Found: d.Org}
	}
	return err
}

func isAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text && len(text) <= longestName
}

// temporary makes a password that somebody else reads out: three groups of five letters.
func temporary() string {
	text := strings.ToLower(rand.Text())
	return text[:5] + "-" + text[5:10] + "-" + text[10:15]
}

// Add makes an account with a password that is shown once and has to be changed at the first sign-in.
func (k *Keeper) Add(ctx context.Context, d Draft) (a Account, password string, err error) {
	password = temporary()
	a, err = k.add(ctx, d, password, true)
	return a, password, err
}

func (k *Keeper) add(ctx context.Context, d Draft, password string, due bool) (Account, error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	if err := k.check(ctx, "", &d); err != nil {
		return Account{}, err
	}
	now := k.now().UTC()
	a := store.Account{ID: newID(), Login: d.Login, Name: d.Name, Role: string(d.Role), Org: d.Org, Email: d.Email, PasswordDue: due, CreatedAt: now}
	if err := checkPassword(password, &a); err != nil {
		return Account{}, err
	}
	var err error
	if a.Password, err = k.hasher.hash(ctx, password); err != nil {
		return Account{}, err
	}
	if err := k.put(ctx, a, store.AuditEntry{Action: AuditAccountAdded, Detail: describe(d.Role, d.Org)}); err != nil {
		return Account{}, err
	}
	return k.shown(a), nil
}

func describe(role Role, org string) string {
	if org == "" {
		return string(role)
	}
	return string(role) + " of " + org
}

// Edit changes an account. Its sessions go on under the new role and organisation from the next request.
func (k *Keeper) Edit(ctx context.Context, id string, d Draft) error {
	return k.change(ctx, id, AuditAccountEdit, func(a *store.Account) (string, error) {
		if err := k.check(ctx, id, &d); err != nil {
			return "", err
		}
		before := describe(Role(a.Role), a.Org)
		if d.Email != a.Email { // the link was made by the old address
			a.Issuer, a.Subject = "", ""
		}
		a.Login, a.Name, a.Role, a.Org, a.Email = d.Login, d.Name, string(d.Role), d.Org, d.Email
		return before + " -> " + describe(d.Role, d.Org), nil
	})
}

// Disable keeps an account from signing in and ends its sessions, or allows it again. Its tokens do not work meanwhile.
func (k *Keeper) Disable(ctx context.Context, id string, disabled bool) error {
	err := k.change(ctx, id, AuditAccountEdit, func(a *store.Account) (string, error) {
		a.Disabled = disabled
		if disabled {
			return "disabled", nil
		}
		return "enabled", nil
	})
	if err != nil || !disabled {
		return err
	}
	return k.sessions.end(func(s *session) bool { return s.Account == id })
}

// change applies an edit to an account, unless it would leave nobody who can administer. edit returns what the audit
// log says of it.
func (k *Keeper) change(ctx context.Context, id, action string, edit func(*store.Account) (string, error)) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	a, err := k.account(id)
	if err != nil {
		return err
	}
	was := isActiveAdmin(a)
	detail, err := edit(&a)
	if err != nil {
		return err
	}
	if was && !isActiveAdmin(a) {
		if _, another := k.find(func(b store.Account) bool { return b.ID != id && isActiveAdmin(b) }); !another {
			return refuse("last_admin")
		}
	}
	return k.put(ctx, a, store.AuditEntry{Action: action, Detail: detail})
}

func isActiveAdmin(a store.Account) bool { return Role(a.Role) == Admin && !a.Disabled }

// ResetPassword gives an account a password that is shown once and has to be changed at the next sign-in, and ends its
// sessions.
func (k *Keeper) ResetPassword(ctx context.Context, id string) (password string, err error) {
	password = temporary()
	if err := k.setPassword(ctx, id, password, true); err != nil {
		return "", err
	}
	return password, k.sessions.end(func(s *session) bool { return s.Account == id })
}

// SetPassword gives an account a password chosen for it, as from the console, and ends its sessions.
func (k *Keeper) SetPassword(ctx context.Context, id, password string) error {
	if err := k.setPassword(ctx, id, password, false); err != nil {
		return err
	}
	return k.sessions.end(func(s *session) bool { return s.Account == id })
}

func (k *Keeper) setPassword(ctx context.Context, id, password string, due bool) error {
	return k.change(ctx, id, AuditPassword, func(a *store.Account) (string, error) {
		if err := checkPassword(password, a); err != nil {
			return "", err
		}
		hash, err := k.hasher.hash(ctx, password)
		a.Password, a.PasswordDue = hash, due
		if due {
			return "reset", err
		}
		return "", err
	})
}

// ResetFactor takes an account's second factor away, as when the telephone is lost, and ends its sessions.
func (k *Keeper) ResetFactor(ctx context.Context, id string) error {
	err := k.change(ctx, id, AuditFactor, func(a *store.Account) (string, error) {
		a.Factor, a.FactorStep, a.Recovery = "", 0, nil
		return "reset", nil
	})
	if err != nil {
		return err
	}
	return k.sessions.end(func(s *session) bool { return s.Account == id })
}
