package dashboards

import (
	"net/http"
	"net/url"
	"strings"

	"pingxin/dashboards/access"
)

// refusedAction says that somebody asked for what their role does not allow.
type refusedAction struct{ action access.Action }

func (e *refusedAction) Error() string { return "the role does not allow " + string(e.action) }

// door lets a request through to h when who is asking may do the action. Who has not signed in is led to the sign-in and
// back; who has is told which roles may.
func (s *Server) door(action access.Action, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := access.From(r.Context())
		switch {
		case who.May(action):
			h(w, r)
		case who.Account == "":
			s.leadToSignIn(w, r)
		default:
			s.fail(w, r, &refusedAction{action})
		}
	}
}

// leadToSignIn sends somebody who has not signed in to the sign-in, which leads back here.
func (s *Server) leadToSignIn(w http.ResponseWriter, r *http.Request) {
	b := s.newBase(r)
	next := ""
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		next = r.URL.RequestURI()
	}
	http.Redirect(w, r, b.To("/sign-in", "next", next), http.StatusSeeOther)
}

// ownPath is where a form leads back to: a path of this server, or the home page for anything else.
func ownPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/"
	}
	return next
}

// home leads to the page with which the asker's day begins.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, s.newBase(r).To("/overview"), http.StatusSeeOther)
}
