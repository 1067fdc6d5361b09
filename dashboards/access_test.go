package dashboards

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// accessRoutes are the routes of accounts and assignments, which the tests of this file ask.
var accessRoutes = []string{"GET /sign-in", "POST /sign-in", "GET /sign-in/code", "POST /sign-in/code", "POST /sign-in/demo", "GET /sign-in/sso",
	"GET /sign-in/sso/callback", "POST /sign-out", "GET /setup", "POST /setup", "GET /account/complete", "POST /account/password", "GET /account/factor",
	"POST /account/factor", "POST /account/factor/drop", "POST /account/sessions/end", "POST /account/tokens", "POST /account/tokens/revoke", "GET /accounts",
	"POST /accounts", "GET /accounts/{id}", "POST /accounts/{id}", "POST /accounts/{id}/{step}", "POST /tokens/{id}/revoke", "GET /roles", "GET /assignments",
	"POST /assignments", "POST /assignments/end", "POST /assignments/close", "GET /declarations", "POST /declarations"}

// cheap makes hashing a password cost nothing that a test would wait for.
var cheap = access.Cost{KiB: 64, Passes: 1, Lanes: 1}

// clock is a time that a test moves.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

// office is a server with its keeper of accounts, as it serves.
type office struct {
	*Server
	keeper *access.Keeper
	web    *httptest.Server
	at     *clock
}

// newOffice serves the small district with real sign-in. The evaluators and organisations of the accounts are accepted.
func newOffice(t *testing.T, st *store.Store, o Config) *office {
	t.Helper()
	at := &clock{time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)}
	keeper, err := access.Open(t.Context(), st, access.Options{Now: at.now, Cost: cheap})
	if err != nil {
		t.Fatal(err)
	}
	o.Store, o.Access = st, keeper
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	return &office{s, keeper, web, at}
}

// visitor is a browser without a screen: it keeps cookies and follows nothing.
type visitor struct {
	t    *testing.T
	at   string
	http http.Client
}

func (o *office) visitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, o.web.URL, http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// get asks for a page in English and returns its status, where it leads and its text.
func (v *visitor) get(path string) (status int, to, body string) {
	v.t.Helper()
	response, err := v.http.Get(v.at + inLanguage(path, "en"))
	return v.read(response, err)
}

// post sends a form.
func (v *visitor) post(path string, pairs ...string) (status int, to, body string) {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	response, err := v.http.PostForm(v.at+inLanguage(path, "en"), form)
	return v.read(response, err)
}

func (v *visitor) read(response *http.Response, err error) (int, string, string) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Location"), string(body)
}

// secret is the session's cookie.
func (v *visitor) secret() string {
	u, _ := url.Parse(v.at)
	for _, c := range v.http.Jar.Cookies(u) {
		if c.Name == "pingxin" {
			return c.Value
		}
	}
	return ""
}

// concrete is an address of a route's pattern.
func concrete(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.ReplaceAll(path, "{$}", "")
	if pattern == "GET /" {
		path = "/nowhere"
	}
	return method, regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "x")
}

// TestEveryRouteByEveryRole walks every route of the server as every role and as nobody, and holds what the door does
// against the matrix. A workbook, which takes longest to make and stands behind the door of its CSV, is asked by the first
// role that may.
func TestEveryRouteByEveryRole(t *testing.T) {
	s, web := newServer(t, districtStore(t), io.Discard)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	asked, made := 0, map[string]bool{}
	for _, role := range access.Roles {
		who := access.Identity{Account: "a1", Role: role, Name: "x", Login: "x", Org: "S01"}
		if role == access.Public {
			who = access.Anyone
		}
		s.recognise = as(who)
		web.Config.Handler = s.Handler()
		for _, route := range s.routes {
			method, path := concrete(route.pattern)
			asked++
			if strings.HasSuffix(path, ".xlsx") && who.May(route.action) {
				if made[path] {
					continue
				}
				made[path] = true
			}
			request, err := http.NewRequest(method, web.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			toSignIn := response.StatusCode == http.StatusSeeOther && strings.HasPrefix(response.Header.Get("Location"), "/sign-in")
			switch may := who.May(route.action); {
			case role == access.Public && !may && !toSignIn:
				t.Errorf("nobody asks %s: status %d to %q, want the sign-in", route.pattern, response.StatusCode, response.Header.Get("Location"))
			case role != access.Public && !may && response.StatusCode != http.StatusForbidden:
				t.Errorf("%s asks %s: status %d, want 403", role, route.pattern, response.StatusCode)
			case may && (response.StatusCode == http.StatusForbidden || toSignIn && route.pattern != "POST /sign-out" && !strings.HasPrefix(path, "/sign-in")):
				t.Errorf("%s asks %s, which it may: status %d to %q", role, route.pattern, response.StatusCode, response.Header.Get("Location"))
			}
		}
	}
	if want := len(s.routes) * len(access.Roles); asked != want || len(s.routes) < 50 {
		t.Errorf("asked %d times, want %d", asked, want)
	}
}

// TestOneWayToRegister: routes reach the mux only through handle and bulky, which put them behind the door; a route whose
// action the matrix does not know keeps the server from starting.
func TestOneWayToRegister(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	for _, name := range names {
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name == "handle" || fn.Name.Name == "bulky" {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if call, ok := n.(*ast.SelectorExpr); ok && (call.Sel.Name == "HandleFunc" || call.Sel.Name == "Handle") && !strings.HasSuffix(name, "_test.go") {
					t.Errorf("%s: %s registers a route past the door", set.Position(n.Pos()), fn.Name.Name)
				}
				return true
			})
		}
	}
	s, _ := newServer(t, emptyStore(t), io.Discard)
	s.handle("GET /forgotten", "", s.healthz)
	if err := s.checkRoutes(); err == nil || !strings.Contains(err.Error(), "/forgotten") {
		t.Errorf("a route without an action: %v", err)
	}
}

// TestRefusalNamesTheRoles: who is refused learns who may, in both languages.
func TestRefusalNamesTheRoles(t *testing.T) {
	s, web := newServer(t, districtStore(t), io.Discard)
	s.recognise = as(access.Identity{Account: "a1", Role: access.Supplier, Org: "S01"})
	web.Config.Handler = s.Handler()
	for lang, want := range map[string]string{"zh": "系统管理员、财政部门、监督部门", "en": "Administrator, Finance, Supervision"} {
		if status, _, body := fetch(t, web.URL+inLanguage("/budget", lang)); status != http.StatusForbidden || !strings.Contains(body, want) {
			t.Errorf("in %s: status %d, the page does not name %q", lang, status, want)
		}
	}
}

// TestPagesStayWithinTheScope: an evaluator without an assignment sees no contract, and a supplier no file but its own.
func TestPagesStayWithinTheScope(t *testing.T) {
	st := districtStore(t)
	s, web := newServer(t, st, io.Discard)
	for _, role := range []access.Role{access.Supplier, access.Purchaser, access.Evaluator} {
		org := map[access.Role]string{access.Supplier: "S05", access.Purchaser: "P01", access.Evaluator: "nobody"}[role]
		s.recognise = as(access.Identity{Account: "a1", Role: role, Org: org, Name: "x"})
		web.Config.Handler = s.Handler()
		_, _, all := fetch(t, web.URL+"/evaluations?lang=en")
		if role == access.Evaluator && strings.Contains(all, "/evaluations/JB") {
			t.Error("an evaluator without an assignment sees contracts")
		}
		if role == access.Supplier {
			if status, _, _ := fetch(t, web.URL+"/suppliers/S02"); status != http.StatusNotFound {
				t.Errorf("a supplier asks for another one's file: status %d, want 404", status)
			}
			if status, _, _ := fetch(t, web.URL+"/suppliers/S05"); status != http.StatusOK {
				t.Errorf("a supplier asks for its own file: status %d", status)
			}
		}
	}
}

// TestSignIn walks the whole way of the first admin: setup by the code, second factor, an account for somebody else, whose
// first password has to be changed, sessions that rotate and end.
func TestSignIn(t *testing.T) {
	o := newOffice(t, freshDistrict(t), Config{})
	code, _ := o.keeper.SetupCode()
	admin := o.visitor(t)
	if _, to, _ := admin.get("/"); to != "/sign-in?lang=en" {
		t.Errorf("home without an account leads to %q", to)
	}
	if status, _, body := admin.post("/setup", "code", "AAAA-AAAA-AAAA-AAAA", "login", "root", "name", "Li", "password", "seven lazy herons"); status != 422 || !strings.Contains(body, "wrong") {
		t.Errorf("a wrong code: status %d", status)
	}
	if status, to, _ := admin.post("/setup", "code", code, "login", "root", "name", "Li", "password", "seven lazy herons"); status != 303 || !strings.HasPrefix(to, "/account/complete") {
		t.Fatalf("setup: status %d to %q", status, to)
	}
	if status, to, _ := admin.get("/accounts"); status != 303 || !strings.HasPrefix(to, "/account/complete") {
		t.Errorf("an admin without a second factor opens the accounts: status %d to %q", status, to)
	}
	_, _, page := admin.get("/account/factor")
	secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`).FindStringSubmatch(page)[1]
	before := admin.secret()
	status, _, page := admin.post("/account/factor", "secret", secret, "code", otpAt(t, secret, o.at.Time))
	if status != 200 || strings.Count(page, "<code>") != 10 || admin.secret() == before {
		t.Fatalf("the second factor: status %d, session rotated: %v", status, admin.secret() != before)
	}
	if status, _, _ := admin.get("/accounts"); status != 200 {
		t.Fatalf("the accounts: status %d", status)
	}
	status, _, page = admin.post("/accounts", "login", "wang", "name", "Wang", "role", "supplier", "org", "S05")
	if status != 200 {
		t.Fatalf("an account: status %d %s", status, page)
	}
	first := regexp.MustCompile(`secret-text">([^<]+)<`).FindStringSubmatch(page)[1]
	wang := o.visitor(t)
	if status, to, _ := wang.post("/sign-in?next=%2Fsuppliers%2FS05", "login", "Wang", "password", first); status != 303 || !strings.HasPrefix(to, "/account/complete") {
		t.Fatalf("the first sign-in: status %d to %q", status, to)
	}
	if _, to, _ := wang.get("/evaluations"); !strings.HasPrefix(to, "/account/complete") {
		t.Errorf("with the first password the evaluations lead to %q", to)
	}
	old := wang.secret()
	if status, to, _ := wang.post("/account/password", "present", first, "next", "brass owl under ice"); status != 303 || wang.secret() == old || !strings.HasPrefix(to, "/account?done=password") {
		t.Errorf("the change of the password: status %d to %q, rotated %v", status, to, wang.secret() != old)
	}
	if status, _, _ := wang.get("/evaluations"); status != 200 {
		t.Errorf("after it the evaluations: status %d", status)
	}
	if got := o.keeper.Accounts()[1]; got.PasswordDue {
		t.Error("the password is still due")
	}
	admin.post("/accounts/" + o.keeper.Accounts()[1].ID + "/disable")
	if _, to, _ := wang.get("/evaluations"); !strings.HasPrefix(to, "/sign-in") {
		t.Errorf("a disabled account goes on: led to %q", to)
	}
	if status, _, body := wang.post("/sign-in", "login", "wang", "password", "brass owl under ice"); status != 422 || !strings.Contains(body, "The name or the password is wrong") {
		t.Errorf("a disabled account signs in: status %d", status)
	}
	admin.post("/sign-out")
	if _, to, _ := admin.get("/accounts"); !strings.HasPrefix(to, "/sign-in") {
		t.Errorf("after signing out the accounts lead to %q", to)
	}
	o.at.Time = o.at.Add(time.Minute)
	if _, to, _ := admin.post("/sign-in", "login", "root", "password", "seven lazy herons"); !strings.HasPrefix(to, "/sign-in/code") {
		t.Fatalf("an admin's password leads to %q, want the code", to)
	}
	if _, to, _ := admin.get("/accounts"); !strings.HasPrefix(to, "/sign-in") {
		t.Errorf("before the code the accounts lead to %q", to)
	}
	if status, to, _ := admin.post("/sign-in/code?next=%2Froles", "code", otpAt(t, secret, o.at.Time)); status != 303 || to != "/roles" {
		t.Errorf("the code: status %d to %q", status, to)
	}
	if status, _, body := admin.get("/roles"); status != 200 || strings.Count(body, "●") < 40 {
		t.Errorf("the printed matrix: status %d, %d marks", status, strings.Count(body, "●"))
	}
}

func otpAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestDemoOnlyOnLoopback: the accounts of the demonstration are chosen without a password, in a demonstration, by a
// browser on this machine; anywhere else there is no such way.
func TestDemoOnlyOnLoopback(t *testing.T) {
	st := freshDistrict(t)
	o := newOffice(t, st, Config{Demo: true})
	for _, role := range []access.Role{access.Admin, access.Supplier} {
		if _, _, err := o.keeper.Add(t.Context(), access.Draft{Login: DemoLogin(role), Name: "x", Role: role, Org: "S05"}); err != nil {
			t.Fatal(err)
		}
	}
	guest := o.visitor(t)
	if _, _, page := guest.get("/sign-in"); !strings.Contains(page, `value="supplier"`) {
		t.Error("the sign-in of the demonstration offers no roles")
	}
	if status, to, _ := guest.post("/sign-in/demo", "role", "admin"); status != 303 || !strings.HasPrefix(to, "/?") {
		t.Fatalf("an admin of the demonstration: status %d to %q", status, to)
	}
	if status, _, _ := guest.get("/accounts"); status != 200 {
		t.Errorf("its accounts: status %d", status)
	}
	from := func(remote string, s http.Handler) int {
		request := httptest.NewRequest(http.MethodPost, "http://localhost/sign-in/demo", strings.NewReader("role=admin"))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.RemoteAddr = remote
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, request)
		return answer.Code
	}
	if got := from("192.0.2.7:1234", o.Handler()); got == http.StatusSeeOther {
		t.Error("somebody elsewhere chooses whom to be")
	}
	plain := newOffice(t, emptyStore(t), Config{})
	if got := from("127.0.0.1:1234", plain.Handler()); got != http.StatusNotFound {
		t.Errorf("outside of a demonstration: status %d, want 404", got)
	}
}

// TestThrottlePage: after too many attempts the page says how long to wait, and the right password has to wait as well.
func TestThrottlePage(t *testing.T) {
	o := newOffice(t, emptyStore(t), Config{})
	v := o.visitor(t)
	status, body := 0, ""
	for range 8 {
		status, _, body = v.post("/sign-in", "login", "li", "password", "wrong")
	}
	if status != http.StatusTooManyRequests || !strings.Contains(body, "Too many attempts") {
		t.Errorf("the eighth attempt: status %d", status)
	}
}

// TestCookie: the session's cookie is closed to scripts, and under TLS bound to the host.
func TestCookie(t *testing.T) {
	o := newOffice(t, emptyStore(t), Config{Hosts: []string{"pingxin.example"}})
	if _, _, err := o.keeper.Add(t.Context(), access.Draft{Login: "li", Name: "Li", Role: access.Finance}); err != nil {
		t.Fatal(err)
	}
	account, _ := o.keeper.ByLogin("li")
	if err := o.keeper.SetPassword(t.Context(), account.ID, "brass owl under ice"); err != nil {
		t.Fatal(err)
	}
	secure := httptest.NewTLSServer(o.Handler())
	defer secure.Close()
	client := secure.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.PostForm(secure.URL+"/sign-in", url.Values{"login": {"li"}, "password": {"brass owl under ice"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	set := response.Header.Get("Set-Cookie")
	for _, part := range []string{"__Host-pingxin=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(set, part) {
			t.Errorf("the cookie %q does not say %s", regexp.MustCompile(`=\w{20,}`).ReplaceAllString(set, "=…"), part)
		}
	}
}

func TestOwnPath(t *testing.T) {
	for next, want := range map[string]string{"": "/", "/suppliers/S05?lang=en": "/suppliers/S05?lang=en", "//evil.example": "/", "https://evil.example/": "/",
		"/\\evil.example": "/", "javascript:alert(1)": "/", "evaluations": "/", "/a\r\nb": "/"} {
		if got := ownPath(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

// TestAssignments: finance assigns, the evaluator sees a contract only after it declared no conflict, a conflict takes it
// away and finance is told.
func TestAssignments(t *testing.T) {
	st := freshDistrict(t)
	o := newOffice(t, st, Config{})
	identity := func(login string, role access.Role, org string) *visitor {
		t.Helper()
		account, _, err := o.keeper.Add(t.Context(), access.Draft{Login: login, Name: login, Role: role, Org: org})
		if err != nil {
			t.Fatal(err)
		}
		if err := o.keeper.SetPassword(t.Context(), account.ID, "brass owl under ice"); err != nil {
			t.Fatal(err)
		}
		v := o.visitor(t)
		if status, _, _ := v.post("/sign-in", "login", login, "password", "brass owl under ice"); status != 303 {
			t.Fatalf("%s cannot sign in: status %d", login, status)
		}
		return v
	}
	finance, judge := identity("cai", access.Finance, ""), identity("ping", access.Evaluator, "E001")
	if status, _, body := finance.post("/assignments", "which", "listed", "numbers", plainContract+"\nnone", "evaluator", "E001"); status != 422 || !strings.Contains(body, "“none”") {
		t.Errorf("an unknown contract: status %d", status)
	}
	for _, no := range []string{plainContract, cappedContract} {
		if status, to, _ := finance.post("/assignments", "which", "ticked", "contract", no, "evaluator", "E001", "due", "2026-05-01"); status != 303 || !strings.Contains(to, "n=1") {
			t.Fatalf("assign %s: status %d to %q", no, status, to)
		}
	}
	if status, _, _ := judge.get("/evaluations/" + plainContract); status != http.StatusNotFound {
		t.Errorf("before the declaration the contract answers %d, want 404", status)
	}
	if _, _, home := judge.get("/"); !strings.Contains(home, "2 contracts wait for your declaration") {
		t.Error("home does not tell of the declarations")
	}
	if status, _, _ := judge.post("/declarations", "contract", plainContract, "declared", "none"); status != 303 {
		t.Errorf("no conflict: status %d", status)
	}
	if status, _, _ := judge.get("/evaluations/" + plainContract); status != http.StatusOK {
		t.Errorf("after the declaration the contract answers %d", status)
	}
	if status, _, body := judge.post("/declarations", "contract", cappedContract, "declared", "conflict"); status != 422 || !strings.Contains(body, "Say what the conflict is") {
		t.Errorf("a conflict without a word: status %d", status)
	}
	judge.post("/declarations", "contract", cappedContract, "declared", "conflict", "reason", "our chairman's firm")
	if status, _, _ := judge.get("/evaluations/" + cappedContract); status != http.StatusNotFound {
		t.Errorf("a contract in conflict answers %d, want 404", status)
	}
	if _, _, home := finance.get("/"); !strings.Contains(home, "1 contract was given back for a conflict") {
		t.Error("finance is not told of the conflict")
	}
	if _, to, _ := finance.post("/assignments", "which", "ticked", "contract", cappedContract, "evaluator", "E001"); !strings.Contains(to, "n=0") {
		t.Errorf("the contract in conflict is assigned again: %q", to)
	}
	if status, to, _ := finance.post("/assignments/end", "contract", plainContract, "evaluator", "E001"); status != 303 || !strings.Contains(to, "n=1") {
		t.Errorf("taken away: status %d to %q", status, to)
	}
	if status, _, _ := judge.get("/evaluations/" + plainContract); status != http.StatusNotFound {
		t.Errorf("a contract taken away answers %d, want 404", status)
	}
	if _, to, _ := finance.post("/assignments?lang=en", "which", "filtered", "evaluator", "E001"); !strings.Contains(to, "assigned") {
		t.Errorf("all that the filter finds: %q", to)
	}
	if status, _, body := finance.post("/assignments/close", "which", "ticked", "contract", plainContract, "evaluation", "closed"); status != 422 || !strings.Contains(body, "needs a reason") {
		t.Errorf("closed without a reason: status %d", status)
	}
	for _, c := range [][3]string{{"closed", "done=closed", "Evaluation closed on"}, {"open", "done=reopened", ""}} {
		if status, to, _ := finance.post("/assignments/close", "which", "ticked", "contract", plainContract, "evaluation", c[0], "reason", "settled"); status != 303 || !strings.Contains(to, c[1]) || !strings.Contains(to, "n=1") {
			t.Errorf("%s: status %d to %q", c[0], status, to)
		}
		if _, _, page := finance.get("/evaluations/" + plainContract); strings.Contains(page, "Evaluation closed on") != (c[2] != "") {
			t.Errorf("%s: the slip does not say so", c[0])
		}
	}
	audited(t, st, access.AuditSignIn, access.AuditAccountAdded, access.AuditPassword, access.AuditAssigned, access.AuditDeclared, access.AuditUnassigned)
}

// audited makes sure that the audit log holds the actions, and none of the secrets of these tests.
func audited(t *testing.T, st *store.Store, actions ...string) {
	t.Helper()
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		entries, _, err := store.AuditLog(ctx, r, store.AuditFilter{Limit: 1000})
		text := fmt.Sprintf("%+v", entries)
		for _, action := range actions {
			if !strings.Contains(text, "Action:"+action+" ") {
				t.Errorf("the audit log has no entry of %s", action)
			}
		}
		for _, secret := range []string{"brass owl", "chairman"} {
			if strings.Contains(text, secret) {
				t.Errorf("the audit log holds %q", secret)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
