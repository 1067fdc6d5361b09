package access

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// issuer is a single sign-on on this machine: it describes itself, knows one question at a time, and answers with what a
// test makes of the claims.
type issuer struct {
	t         *testing.T
	web       *httptest.Server
	key       *rsa.PrivateKey
	at        *clock
	challenge string         // of PKCE, from the question
	nonce     string         // from the question
	claims    map[string]any // over the usual ones
	signer    *rsa.PrivateKey
}

func newIssuer(t *testing.T, at *clock) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key, signer: key, at: at}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.answer(w, map[string]any{"issuer": i.web.URL, "authorization_endpoint": i.web.URL + "/authorize", "token_endpoint": i.web.URL + "/token", "jwks_uri": i.web.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		i.answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": encoded(key.N.Bytes()),
			"e": encoded(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", i.token)
	i.web = httptest.NewServer(mux)
	t.Cleanup(i.web.Close)
	return i
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (i *issuer) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		i.t.Error(err)
	}
}

// token exchanges the code, for whoever knows the verifier of the question.
func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if r.PostFormValue("code") != "code" || encoded(sum[:]) != i.challenge {
		w.WriteHeader(http.StatusBadRequest)
		i.answer(w, map[string]any{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{"iss": i.web.URL, "aud": "pingxin", "sub": "subject-1", "nonce": i.nonce, "iat": i.at.Unix(), "exp": i.at.Add(time.Minute).Unix(),
		"email": "Li@example.gov.cn", "email_verified": true}
	maps.Copy(claims, i.claims)
	body, err := json.Marshal(claims)
	if err != nil {
		i.t.Error(err)
	}
	text := encoded([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + encoded(body)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.signer, crypto.SHA256, digest[:])
	if err != nil {
		i.t.Error(err)
	}
	i.answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": text + "." + encoded(signature)})
}

// ask begins a sign-on and reads the question, as the issuer's page would.
func (i *issuer) ask(k *Keeper) (secret, state string) {
	i.t.Helper()
	address, secret, err := k.BeginSSO(i.t.Context(), "/suppliers")
	if err != nil {
		i.t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		i.t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != "https://pingxin.example"+CallbackPath || q.Get("response_type") != "code" {
		i.t.Errorf("the question is %v", q)
	}
	i.challenge, i.nonce = q.Get("code_challenge"), q.Get("nonce")
	return secret, q.Get("state")
}

// TestSingleSignOn: an account is found by the verified address that an admin entered, is linked to the subject, and then
// by that alone; nothing that is not signed, fresh, ours and an answer to this browser's question signs in.
func TestSingleSignOn(t *testing.T) {
	plain, at := keep(t)
	i := newIssuer(t, at)
	k := again(t, plain.store, at, &SSO{Issuer: i.web.URL, ClientID: "pingxin", Redirect: "https://pingxin.example" + CallbackPath, Name: "Unity"})
	if k.SSOName() != "Unity" || plain.SSOName() != "" {
		t.Error("the button's name")
	}
	li := account(t, k, "li", Finance)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		claims map[string]any
		signer *rsa.PrivateKey
		want   string
	}{
		"another question":      {map[string]any{"nonce": "another"}, i.key, "sso_failed"},
		"another audience":      {map[string]any{"aud": "another"}, i.key, "sso_failed"},
		"another issuer":        {map[string]any{"iss": "https://evil.example"}, i.key, "sso_failed"},
		"expired":               {map[string]any{"exp": at.Add(-time.Hour).Unix()}, i.key, "sso_failed"},
		"signed by a stranger":  {nil, stranger, "sso_failed"},
		"an unverified address": {map[string]any{"email_verified": false}, i.key, "sso_unlinked"},
		"an unknown address":    {map[string]any{"email": "x@example.gov.cn"}, i.key, "sso_unlinked"},
	} {
		i.claims, i.signer = c.claims, c.signer
		secret, state := i.ask(k)
		if _, _, err := k.EndSSO(t.Context(), secret, state, "code", desk); code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	i.claims, i.signer = nil, i.key
	secret, state := i.ask(k)
	if _, _, err := k.EndSSO(t.Context(), "another browser", state, "code", desk); code(err) != "sso_failed" {
		t.Errorf("another browser comes back: %v", err)
	}
	if _, _, err := k.EndSSO(t.Context(), secret, "another state", "code", desk); code(err) != "sso_failed" {
		t.Errorf("another state: %v", err)
	}
	if _, _, err := k.EndSSO(t.Context(), secret, state, "code", desk); code(err) != "sso_failed" {
		t.Errorf("a flow that was used up: %v", err)
	}
	secret, state = i.ask(k)
	at.pass(flowLimit + time.Second)
	if _, _, err := k.EndSSO(t.Context(), secret, state, "code", desk); code(err) != "sso_failed" {
		t.Errorf("a flow that took too long: %v", err)
	}
	signOn := func(want string) {
		t.Helper()
		secret, state := i.ask(k)
		o, next, err := k.EndSSO(t.Context(), secret, state, "code", desk)
		if code(err) != want || want == "" && (next != "/suppliers" || k.recognised(o.Secret).Account != li.ID) {
			t.Errorf("signed on to %q: %v, want %q", next, err, want)
		}
	}
	signOn("")
	i.claims = map[string]any{"email": "moved@example.gov.cn"} // by the subject now
	signOn("")
	i.claims = map[string]any{"sub": "subject-2"} // the address was given to somebody else
	signOn("sso_unlinked")
	i.claims = nil
	if err := k.Disable(t.Context(), li.ID, true); err != nil {
		t.Fatal(err)
	}
	signOn("sso_unlinked")
}

// TestSingleSignOnIsDown: an issuer that does not answer keeps nobody from a page that says so.
func TestSingleSignOnIsDown(t *testing.T) {
	plain, at := keep(t)
	i := newIssuer(t, at)
	i.web.Close()
	k := again(t, plain.store, at, &SSO{Issuer: i.web.URL, ClientID: "pingxin"})
	if _, _, err := k.BeginSSO(t.Context(), ""); code(err) != "sso_failed" {
		t.Errorf("got %v", err)
	}
	for n := range maxFlows + 10 {
		k.sso.keep(string(rune(n)), flow{since: at.Add(time.Duration(n) * time.Millisecond)})
	}
	if len(k.sso.flows) > maxFlows {
		t.Errorf("%d flows are remembered", len(k.sso.flows))
	}
}
