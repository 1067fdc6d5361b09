package dashboards

import (
	"errors"
	"fmt"
	"net/http"

	"pingxin/dashboards/access"
	"pingxin/dashboards/client"
)

// DemoLogin is the name by which the demonstration's account of a role signs in.
func DemoLogin(role access.Role) string { return "demo-" + string(role) }

// colleague is whom the demonstration offers beside the roles: a second person of supervision, as decisions on cases take two.
const colleague access.Role = "supervision-2"

// DemoColleague is the name by which that second person signs in.
const DemoColleague = "demo-" + string(colleague)

// flowCookie ties the way back from the single sign-on to the browser that set out.
const flowCookie = "pingxin-sso"

// registerSignIn lists the routes by which somebody becomes known, and the home page that follows.
func (s *Server) registerSignIn() {
	s.handle("GET /{$}", access.OwnAccount, s.home)
	s.still("/sign-in", access.ReadPublic, s.signInPage)
	s.form("/sign-in", access.ReadPublic, s.signIn, s.signInPage)
	s.still("/sign-in/code", access.ReadPublic, s.codePage)
	s.form("/sign-in/code", access.ReadPublic, s.enterCode, s.codePage)
	s.form("/sign-in/demo", access.ReadPublic, s.chooseDemo, s.signInPage)
	s.handle("GET /sign-in/sso", access.ReadPublic, s.beginSSO)
	s.handle("GET "+access.CallbackPath, access.ReadPublic, s.endSSO)
	s.form("/sign-out", access.Enrol, s.signOut, s.signInPage)
	s.still("/setup", access.ReadPublic, s.setupPage)
	s.form("/setup", access.ReadPublic, s.setUp, s.setupPage)
}

// signInData is the page on which somebody signs in, enters a code or makes the first account.
type signInData struct {
	*basis
	SSO   string // name of the single sign-on; empty: none
	Next  string // where the sign-in leads; empty: home
	Roles []demoRole
	Setup bool // there is no account yet
}

// demoRole is one whom the demonstration lets somebody be.
type demoRole struct{ ID, Name, About string }

func (s *Server) signInPage(r *http.Request, b *base) (string, any, error) {
	b.name("sign-in", b.T("access.sign_in"))
	p := &signInData{basis: b.basis, SSO: s.config.Access.SSOName(), Next: b.query.Get("next"), Setup: s.config.Access.Empty()}
	if s.showsDemo(r) {
		for _, role := range access.Roles {
			if role != access.Public {
				p.Roles = append(p.Roles, demoRole{string(role), b.named("role", string(role)), b.named("access.about", string(role))})
			}
		}
		p.Roles = append(p.Roles, demoRole{string(colleague), b.T("access.colleague"), b.T("access.colleague.about")})
	}
	return "signin.html", p, nil
}

// showsDemo says whether the browser may choose whom to be: in the demonstration, on this machine.
func (s *Server) showsDemo(r *http.Request) bool {
	return s.config.Demo && client.From(r.Context()).Local()
}

// entered gives the browser its session and leads on.
func (s *Server) entered(w http.ResponseWriter, r *http.Request, b *base, o access.Outcome, next string) string {
	access.SetCookie(w, o.Secret, underTLS(r))
	switch {
	case o.NeedsCode:
		return b.To("/sign-in/code", "next", next)
	case o.Incomplete:
		return b.To("/account/complete")
	case ownPath(next) == "/":
		return b.To("/")
	}
	return ownPath(next)
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	if err := s.leave(w, r); err != nil {
		return "", err
	}
	o, err := s.config.Access.SignIn(r.Context(), r.PostFormValue("login"), r.PostFormValue("password"), caller(r))
	if err != nil {
		return "", err
	}
	return s.entered(w, r, b, o, b.query.Get("next")), nil
}

// leave ends the session that the browser brings, before another begins or for good.
func (s *Server) leave(w http.ResponseWriter, r *http.Request) error {
	secret := access.Secret(r, underTLS(r))
	if secret == "" {
		return nil
	}
	access.ClearCookie(w, underTLS(r))
	return s.config.Access.SignOut(r.Context(), secret)
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	return b.done("/sign-in", "signed_out"), s.leave(w, r)
}

func (s *Server) codePage(r *http.Request, b *base) (string, any, error) {
	b.name("sign-in", b.T("access.code.title"))
	return "signincode.html", b, nil
}

func (s *Server) enterCode(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	secret := access.Secret(r, underTLS(r))
	if !s.config.Access.AwaitsCode(secret) { // it took too long
		return b.To("/sign-in", "next", b.query.Get("next")), nil
	}
	o, err := s.config.Access.SecondFactor(r.Context(), secret, r.PostFormValue("code"), caller(r))
	if err != nil {
		return "", err
	}
	return s.entered(w, r, b, o, b.query.Get("next")), nil
}

// chooseDemo signs in as the demonstration's account of a role.
func (s *Server) chooseDemo(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	if !s.showsDemo(r) {
		return "", errNoPage
	}
	if err := s.leave(w, r); err != nil {
		return "", err
	}
	o, err := s.config.Access.SignInShown(r.Context(), DemoLogin(access.Role(r.PostFormValue("role"))), caller(r))
	if err != nil {
		return "", err
	}
	return s.entered(w, r, b, o, b.query.Get("next")), nil
}

// beginSSO sends the browser to the issuer. It is a link and no form, since a form may lead to this server only.
func (s *Server) beginSSO(w http.ResponseWriter, r *http.Request) {
	b := s.newBase(r)
	address, secret, err := s.config.Access.BeginSSO(r.Context(), b.query.Get("next"))
	if err != nil {
		s.failSSO(w, r, b, err)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: flowCookie, Value: secret, Path: access.CallbackPath, HttpOnly: true, Secure: underTLS(r), SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// endSSO is where the issuer sends the browser back to.
func (s *Server) endSSO(w http.ResponseWriter, r *http.Request) {
	b, secret := s.newBase(r), ""
	if cookie, err := r.Cookie(flowCookie); err == nil {
		secret = cookie.Value
	}
	http.SetCookie(w, &http.Cookie{Name: flowCookie, Path: access.CallbackPath, MaxAge: -1, HttpOnly: true, Secure: underTLS(r), SameSite: http.SameSiteLaxMode})
	o, next, err := s.config.Access.EndSSO(r.Context(), secret, b.query.Get("state"), b.query.Get("code"), caller(r))
	if err != nil {
		s.failSSO(w, r, b, err)
		return
	}
	b.query = nil
	http.Redirect(w, r, s.entered(w, r, b, o, next), http.StatusSeeOther)
}

// failSSO shows the sign-in with the reason; what only the operator can mend goes into the log.
func (s *Server) failSSO(w http.ResponseWriter, r *http.Request, b *base, err error) {
	var refusal *access.Refusal
	status := b.refused(w, err)
	if status == 0 {
		s.fail(w, r, err)
		return
	}
	if errors.As(err, &refusal) && err != error(refusal) {
		s.config.Logger.WarnContext(r.Context(), "single sign-on failed", "request", requestID(r.Context()), "error", err)
	}
	b.path, b.query = "/sign-in", nil
	s.show(w, r, b, status, s.signInPage)
}

func (s *Server) setupPage(_ *http.Request, b *base) (string, any, error) {
	b.name("sign-in", b.T("access.setup.title"))
	return "setup.html", &signInData{basis: b.basis, Setup: s.config.Access.Empty()}, nil
}

func (s *Server) setUp(w http.ResponseWriter, r *http.Request, b *base) (string, error) {
	draft := access.Draft{Login: r.PostFormValue("login"), Name: r.PostFormValue("name")}
	o, err := s.config.Access.SetUp(r.Context(), r.PostFormValue("code"), draft, r.PostFormValue("password"), caller(r))
	if err != nil {
		return "", fmt.Errorf("set up: %w", err)
	}
	return s.entered(w, r, b, o, ""), nil
}
