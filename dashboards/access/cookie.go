package access

import (
	"net/http"
)

// The names of the session's cookie. Under TLS the prefix makes browsers refuse one that another host or an open
// connection tried to plant; a loopback address without TLS cannot have it.
const (
	secureCookie = "__Host-pingxin"
	openCookie   = "pingxin"
)

func cookieName(secure bool) string {
	if secure {
		return secureCookie
	}
	return openCookie
}

// SetCookie hands a session's secret to the browser for as long as that runs. SameSite is Lax, not Strict: the way back
// from a single sign-on and a link in a message come from elsewhere; what changes anything is asked for by POST and
// guarded against other sites besides. secure: the request came through TLS.
func SetCookie(w http.ResponseWriter, secret string, secure bool) {
	http.SetCookie(w, &http.Cookie{Name: cookieName(secure), Value: secret, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
}

// ClearCookie takes the session's secret off the browser.
func ClearCookie(w http.ResponseWriter, secure bool) {
	http.SetCookie(w, &http.Cookie{Name: cookieName(secure), Path: "/", MaxAge: -1, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
}

// Secret is the session's secret that a request brings; empty: none.
func Secret(r *http.Request, secure bool) string {
	cookie, err := r.Cookie(cookieName(secure))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Recognise puts who is asking into the context of each request, by its session's cookie; Anyone without one. secure
// says whether a request came through TLS.
func (k *Keeper) Recognise(secure func(*http.Request) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			who := Anyone
			if secret := Secret(r, secure(r)); secret != "" {
				who = k.recognised(secret)
			}
			next.ServeHTTP(w, r.WithContext(With(r.Context(), who)))
		})
	}
}
