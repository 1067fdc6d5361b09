package dashboards

import (
	"net/http"
	"strings"

	"pingxin/dashboards/access"
)

// refusedAction says that somebody asked for what their role does not allow.
type refusedAction struct{ action access.Action }

func (e *refusedAction) Error() string { return "the role does not allow " + string(e.action) }

// door lets a request through to h when who is asking may do the action. Who has not signed in is led to the sign-in and
// back, whose account is not complete to what completes it; anybody else is told which roles may.
func (s *Server) door(action access.Action, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, b := access.From(r.Context()), s.newBase(r)
		switch {
		case who.May(action):
			h(w, r)
		case who.Account == "":
			http.Redirect(w, r, b.To("/sign-in", "next", wayBack(r)), http.StatusSeeOther)
		case who.Incomplete():
			http.Redirect(w, r, b.To("/account/complete"), http.StatusSeeOther)
		default:
			s.config.Logger.WarnContext(r.Context(), "refused", "request", requestID(r.Context()), "route", r.Pattern, "account", who.Login, "role", who.Role, "action", action)
			s.fail(w, r, &refusedAction{action})
		}
	}
}

// wayBack is where the sign-in leads: to the page that was asked for, home for anything else.
func wayBack(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == "/" {
		return ""
	}
	return r.URL.RequestURI()
}

// roles are the names of the roles that may do an action, in a sentence.
func (b *base) roles(action access.Action) string {
	var names []string
	for _, role := range action.Roles() {
		names = append(names, b.named("role", string(role)))
	}
	return strings.Join(names, b.T("list.comma"))
}
