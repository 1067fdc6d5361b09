package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pingxin/dashboards"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// TestUserCommands: an account is added with a password that is printed once and really signs in, given another role and
// another password, disabled and enabled; the last administrator stays.
func TestUserCommands(t *testing.T) {
	data := imported(t, "organisation")
	text := must(t, "--data", data, "user", "add", "Li", "--role", "finance", "--name", "李会计")
	first := regexp.MustCompile(`first password: (\S+)\n`).FindStringSubmatch(text)
	if first == nil || !strings.HasPrefix(text, "li is added as finance") {
		t.Fatalf("printed %q", text)
	}
	signsIn := func(password string) bool {
		t.Helper()
		st, err := store.Open(t.Context(), data, store.Options{Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		keeper, err := access.Open(t.Context(), st, access.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = keeper.SignIn(context.Background(), "li", password, access.Client{Address: "127.0.0.1"})
		return err == nil
	}
	if !signsIn(first[1]) || signsIn("another password") {
		t.Error("the printed password does not sign in, or another one does")
	}
	must(t, "--data", data, "user", "role", "li", "purchaser", "--org", "P001")
	if list := must(t, "--data", data, "user", "list"); !strings.Contains(list, "李会计") || !strings.Contains(list, "purchaser") || !strings.Contains(list, "P001") ||
		!strings.Contains(list, "first password not changed") || strings.Contains(list, first[1]) {
		t.Errorf("the list is\n%s", list)
	}
	var out, errs bytes.Buffer
	if code := run([]string{"--data", data, "user", "password", "li", "--stdin"}, strings.NewReader("brass owl under ice\n"), &out, &errs); code != 0 || strings.Contains(out.String(), "owl") {
		t.Fatalf("exit code %d, printed %q %q", code, out.String(), errs.String())
	}
	if !signsIn("brass owl under ice") || signsIn(first[1]) {
		t.Error("the password from the input does not sign in, or the old one still does")
	}
	must(t, "--data", data, "user", "disable", "li")
	if signsIn("brass owl under ice") {
		t.Error("a disabled account signs in")
	}
	must(t, "--data", data, "user", "disable", "li", "--undo")
	must(t, "--data", data, "user", "add", "root", "--role", "admin")
	wants(t, refused(t, "--data", data, "user", "disable", "root"), "last admin")
	wants(t, refused(t, "--data", data, "user", "add", "wang", "--role", "supplier"), "organisation")
	wants(t, refused(t, "--data", data, "user", "add", "wang", "--role", "boss"), `"boss"`, "evaluator")
	wants(t, refused(t, "--data", data, "user", "role", "nobody", "finance"), `"nobody"`, "pingxin user list")
	log := must(t, "--data", data, "audit", "list")
	wants(t, log, "account_added", "account:li", "finance -> purchaser of P001", "password_changed")
	if strings.Contains(log, first[1]) || strings.Contains(log, "brass") {
		t.Error("the audit log holds a password")
	}
}

// TestTokenCommands: a token is printed once, listed without its secret, and revoked.
func TestTokenCommands(t *testing.T) {
	data := imported(t, "organisation")
	must(t, "--data", data, "user", "add", "li", "--role", "finance")
	wants(t, refused(t, "--data", data, "token", "create", "li", "--label", "x", "--action", "administer"), `"administer"`)
	text := must(t, "--data", data, "token", "create", "li", "--label", "nightly upload", "--action", "upload,read_uploads", "--days", "30")
	bearer, rest, _ := strings.Cut(text, "\n")
	id := regexp.MustCompile(`token (\S+) of li`).FindStringSubmatch(rest)
	if !strings.HasPrefix(bearer, "pingxin_") || id == nil {
		t.Fatalf("printed %q", text)
	}
	if list := must(t, "--data", data, "token", "list"); strings.Contains(list, bearer) || !strings.Contains(list, id[1]) || !strings.Contains(list, "upload read_uploads") {
		t.Errorf("the list is\n%s", list)
	}
	must(t, "--data", data, "token", "revoke", id[1])
	wants(t, refused(t, "--data", data, "token", "revoke", "none"), `"none"`, "pingxin token list")
}

func TestSSOFlags(t *testing.T) {
	secret := file(t, t.TempDir(), "secret", "hush\n")
	for name, c := range map[string]struct {
		o     ssoOptions
		wants string
	}{
		"none":             {ssoOptions{}, ""},
		"without a client": {ssoOptions{issuer: "https://sso.example"}, "--sso-client"},
		"another path":     {ssoOptions{issuer: "https://sso.example", client: "x", redirect: "https://pingxin.example/back"}, access.CallbackPath},
		"no such file":     {ssoOptions{issuer: "https://sso.example", client: "x", redirect: "https://pingxin.example" + access.CallbackPath, secretFile: secret + "x"}, "--sso-secret-file"},
	} {
		if _, err := c.o.check(); (err == nil) != (c.wants == "") || err != nil && !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%s: %v", name, err)
		}
	}
	sso, err := ssoOptions{issuer: "https://sso.example", client: "x", redirect: "https://pingxin.example" + access.CallbackPath, secretFile: secret}.check()
	if err != nil || sso.ClientSecret != "hush" {
		t.Errorf("%+v, %v", sso, err)
	}
}

// TestDemoAccounts: the demonstration has an account of every role, of organisations that exist, and its evaluator has
// contracts to declare and to score; the server greets with what is needed to sign in.
func TestDemoAccounts(t *testing.T) {
	data := filepath.Join(t.TempDir(), "demo")
	must(t, "--data", data, "demo", "--no-serve", "--departments", "4", "--suppliers", "12", "--contracts", "30", "--scores", "600", "--evaluators", "2")
	err := (&settings{data: data, threads: 2}).with(t.Context(), func(st *store.Store) error {
		keeper, err := access.Open(t.Context(), st, access.Options{})
		if err != nil {
			return err
		}
		for _, role := range access.Roles {
			if role == access.Public {
				continue
			}
			a, err := keeper.ByLogin(dashboards.DemoLogin(role))
			if err != nil || a.Role != role || role.ActsForOrg() && a.Org == "" {
				t.Errorf("account of %s: %+v, %v", role, a, err)
			}
		}
		var greeting bytes.Buffer
		if err := greet(&greeting, keeper, true); err != nil || !strings.Contains(greeting.String(), "choose whom to be") {
			t.Errorf("greets with %q, %v", greeting.String(), err)
		}
		return st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
			n, err := store.CountAssignments(ctx, r, keeper.Now())
			if n.Undeclared == 0 {
				t.Error("the evaluator has nothing to declare")
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(empty, 0o750); err != nil {
		t.Fatal(err)
	}
	err = (&settings{data: empty, threads: 2}).with(t.Context(), func(st *store.Store) error {
		keeper, err := access.Open(t.Context(), st, access.Options{})
		if err != nil {
			return err
		}
		var greeting bytes.Buffer
		err = greet(&greeting, keeper, false)
		if !regexp.MustCompile(`one-time code [A-Z2-7]{4}(-[A-Z2-7]{4}){3} `).MatchString(greeting.String()) {
			t.Errorf("without an account greets with %q", greeting.String())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestClosing: scores for a contract whose evaluation is closed are refused until it is open again; both need a reason and are
// in the audit log.
func TestClosing(t *testing.T) {
	data, dir := imported(t, "organisation", "catalog_item", "contract"), t.TempDir()
	wants(t, refused(t, "--data", data, "contract", "close", "HT2025-00090"), "needs a reason")
	wants(t, refused(t, "--data", data, "contract", "close", "HT1999-1", "--reason", "over"), "HT1999-1")
	wants(t, must(t, "--data", data, "contract", "close", "HT2025-00090", "--reason", "the year is settled"), "1 of 1 contracts is now closed")
	path := file(t, dir, "late.csv", scoreHeader+goodScore)
	wants(t, refused(t, "--data", data, "import", "score", path), "a contract whose evaluation is open")
	wants(t, must(t, "--data", data, "contract", "reopen", "HT2025-00090", "--reason", "a file was late"), "1 of 1 contracts is now open again")
	must(t, "--data", data, "import", "score", path)
	wants(t, must(t, "--data", data, "audit", "list"), "evaluation_closed", "evaluation_reopened", "HT2025-00090")
}
