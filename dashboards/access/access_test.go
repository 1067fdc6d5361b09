package access

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"pingxin/pipelines/store"
)

// clock is a time that a test moves.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func (c *clock) pass(d time.Duration) { c.Time = c.Add(d) }

// keep opens a keeper on an empty store, with a hash that costs nothing to wait for.
func keep(t *testing.T) (*Keeper, *clock) {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Threads: 2, MemoryLimit: "256MB"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	at := &clock{time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)}
	return again(t, st, at, nil), at
}

// again opens a keeper on a store, as after a restart.
func again(t *testing.T, st *store.Store, at *clock, sso *SSO) *Keeper {
	t.Helper()
	k, err := Open(t.Context(), st, Options{Now: at.now, Cost: Cost{KiB: 64, Passes: 1, Lanes: 1}, SSO: sso})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const good = "brass owl under ice"

var desk = Client{Address: "10.0.0.1", Agent: "a browser"}

// account adds an account with the good password.
func account(t *testing.T, k *Keeper, login string, role Role) Account {
	t.Helper()
	a, _, err := k.Add(t.Context(), Draft{Login: login, Name: "somebody", Role: role, Email: login + "@example.gov.cn"})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.SetPassword(t.Context(), a.ID, good); err != nil {
		t.Fatal(err)
	}
	return a
}

func signIn(t *testing.T, k *Keeper, login string) Outcome {
	t.Helper()
	o, err := k.SignIn(t.Context(), login, good, desk)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// code says why something was refused.
func code(err error) string {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestPasswordRules(t *testing.T) {
	a := &store.Account{Login: "wang.li", Name: "王丽华同志", Email: "caiwu@example.gov.cn", Org: "P001"}
	for password, want := range map[string]string{
		good: "", "四只懒惰的苍鹭站在冰上": "password_short", "四只懒惰的苍鹭静静站在冰上": "", "short": "password_short", strings.Repeat("long1", 30): "password_long",
		"my wang.li pass": "password_own", "王丽华同志2026年的密码": "password_own", "CAIWU-caiwu-12": "password_own", "zzP001zzzyyyxx": "password_own",
		"123456789012": "password_common", "Password1234": "password_common", "woaizhongguo2026!": "password_common", "aaaabbbbaaaabbbb": "password_common",
	} {
		if got := code(checkPassword(password, a)); got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
}

// TestHash: the default cost is that of RFC 9106's second option, a hash compares only with its password, and one of
// another cost still does but is made again.
func TestHash(t *testing.T) {
	h, err := newHasher(Cost{})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := h.hash(t.Context(), good)
	if err != nil || !strings.HasPrefix(kept, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Fatalf("kept as %.32s, error %v", kept, err)
	}
	cheap := &hasher{cost: Cost{KiB: 64, Passes: 1, Lanes: 1}, slots: h.slots, dummy: h.dummy}
	for password, want := range map[string]bool{good: true, "brass owl under icE": false, "": false, strings.Repeat("x", 1000): false} {
		if got, err := cheap.matches(t.Context(), password, kept); got != want || err != nil {
			t.Errorf("%.30q matches: %v, %v", password, got, err)
		}
	}
	if got, err := h.matches(t.Context(), good, ""); got || err != nil {
		t.Errorf("an account without a password: %v, %v", got, err)
	}
	if !cheap.outdated(kept) || h.outdated(kept) {
		t.Error("outdated does not go by the cost")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range hashesAtOnce {
		h.slots <- struct{}{}
	}
	if _, err := h.matches(ctx, good, kept); !errors.Is(err, context.Canceled) {
		t.Errorf("without a free slot: %v", err)
	}
}

// TestOneAnswer: an unknown account, a wrong password and a disabled account get the same answer after the same work.
func TestOneAnswer(t *testing.T) {
	k, _ := keep(t)
	account(t, k, "li", Finance)
	gone := account(t, k, "gone", Finance)
	if err := k.Disable(t.Context(), gone.ID, true); err != nil {
		t.Fatal(err)
	}
	for login, password := range map[string]string{"li": "wrong", "gone": good, "nobody": good, "": ""} {
		if _, err := k.SignIn(t.Context(), login, password, desk); !errors.Is(err, ErrCredentials) || err.Error() != ErrCredentials.Error() {
			t.Errorf("%q: %v", login, err)
		}
	}
}

// TestThrottle: typing errors are free, then the wait doubles up to a limit, ends by itself, and whoever guesses elsewhere
// does not keep the owner out of the place where it signs in.
func TestThrottle(t *testing.T) {
	at := &clock{time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)}
	th := newThrottle(at.now)
	th.succeed("li", "10.0.0.1") // the owner's desk
	var waits []time.Duration
	for range freeByPair + 12 {
		for {
			wait := th.begin("li", "10.0.0.1")
			if wait == 0 {
				break
			}
			waits = append(waits, wait)
			at.pass(wait)
		}
	}
	if waits[0] != firstWait || waits[1] != 2*firstWait || slices.Max(waits) != maxWait {
		t.Errorf("waits %v", waits)
	}
	at.pass(forgetAfter + maxWait)
	if wait := th.begin("li", "10.0.0.1"); wait != 0 {
		t.Errorf("after a quiet hour: wait %s", wait)
	}
	for i := range 1000 { // from everywhere
		th.begin("li", "192.0.2."+string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	if wait := th.begin("li", "198.51.100.1"); wait == 0 {
		t.Error("a new address does not wait while the account is guessed at from everywhere")
	}
	if wait := th.begin("li", "10.0.0.1"); wait != 0 {
		t.Errorf("the owner at its desk waits %s", wait)
	}
	for range freeByAddress + 1 {
		th.begin(time.Now().String(), "203.0.113.9")
	}
	if wait := th.begin("somebody", "203.0.113.9"); wait == 0 {
		t.Error("an address that tries many accounts does not wait")
	}
}

// TestThrottleAtOnce: attempts that come at the same time are counted before any of them is known to be wrong.
func TestThrottleAtOnce(t *testing.T) {
	th := newThrottle(time.Now)
	let := make(chan bool, 100)
	for range cap(let) {
		go func() { let <- th.begin("li", "10.0.0.1") == 0 }()
	}
	through := 0
	for range cap(let) {
		if <-let {
			through++
		}
	}
	if through > freeByPair+1 {
		t.Errorf("%d attempts at once got through, want at most %d", through, freeByPair+1)
	}
}

func TestThrottleMemory(t *testing.T) {
	at := &clock{time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)}
	th := newThrottle(at.now)
	for i := range maxKeys {
		th.failed[string(rune(i))] = &failures{last: at.Time}
	}
	th.begin("li", "10.0.0.1")
	if len(th.failed) > maxKeys+2 {
		t.Errorf("%d keys are remembered", len(th.failed))
	}
}

// TestSession: idle and whole limits, hashed at rest, there after a restart, rotated by a change of the password, ended
// one by one and all together.
func TestSession(t *testing.T) {
	k, at := keep(t)
	a := account(t, k, "li", Finance)
	first := signIn(t, k, "li")
	if who := k.recognised(first.Secret); who.Account != a.ID || who.Role != Finance || !who.May(ReadProgramme) {
		t.Fatalf("recognised %+v", who)
	}
	text, err := os.ReadFile(filepath.Join(k.store.Dir(), sessionFile))
	if err != nil || strings.Contains(string(text), first.Secret) || !strings.Contains(string(text), hashOf(first.Secret)) {
		t.Errorf("the file of sessions holds the secret, or not its hash (%v)", err)
	}
	if info, err := os.Stat(filepath.Join(k.store.Dir(), sessionFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	if who := again(t, k.store, at, nil).recognised(first.Secret); who.Account != a.ID {
		t.Error("a restart ends the session")
	}
	at.pass(idleLimit - time.Minute)
	if k.recognised(first.Secret).Account == "" {
		t.Error("ended before the idle limit")
	}
	at.pass(idleLimit + time.Minute)
	if k.recognised(first.Secret).Account != "" {
		t.Error("goes on after the idle limit")
	}
	second := signIn(t, k, "li")
	for range int(wholeLimit/idleLimit) * 2 {
		at.pass(idleLimit / 2)
		k.recognised(second.Secret)
	}
	at.pass(time.Minute)
	if k.recognised(second.Secret).Account != "" {
		t.Error("goes on after the whole limit, though never idle")
	}
	one, two := signIn(t, k, "li"), signIn(t, k, "li")
	who := k.recognised(one.Secret)
	if all := k.Sessions(who); len(all) != 2 || one.Secret == two.Secret {
		t.Errorf("%d sessions, want 2 of different secrets", len(all))
	}
	changed, err := k.ChangePassword(t.Context(), who, good, "seven lazy herons", desk)
	if err != nil {
		t.Fatal(err)
	}
	if k.recognised(one.Secret).Account != "" || k.recognised(two.Secret).Account != "" || k.recognised(changed.Secret).Account == "" {
		t.Error("a change of the password does not end the other sessions and rotate this one")
	}
	if again(t, k.store, at, nil).recognised(one.Secret).Account != "" {
		t.Error("a restart brings an ended session back")
	}
	other, err := k.SignIn(t.Context(), "li", "seven lazy herons", desk)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.EndSession(t.Context(), k.recognised(changed.Secret), ""); err != nil || k.recognised(other.Secret).Account != "" || k.recognised(changed.Secret).Account == "" {
		t.Errorf("signing out all others: %v", err)
	}
	if err := k.SignOut(t.Context(), changed.Secret); err != nil || k.recognised(changed.Secret).Account != "" {
		t.Errorf("signing out: %v", err)
	}
}

func TestManySessions(t *testing.T) {
	k, at := keep(t)
	account(t, k, "li", Finance)
	first := signIn(t, k, "li")
	for range maxSessions {
		at.pass(time.Second)
		signIn(t, k, "li")
	}
	if all := k.sessions.byHash; len(all) != maxSessions || k.recognised(first.Secret).Account != "" {
		t.Errorf("%d sessions, want the latest %d", len(all), maxSessions)
	}
}

// TestSecondFactor: an admin may do nothing before it; a code works once, a recovery code works once, drift of one period
// is borne, and the secret of the sign-in changes.
func TestSecondFactor(t *testing.T) {
	k, at := keep(t)
	a := account(t, k, "root", Admin)
	o := signIn(t, k, "root")
	who := k.recognised(o.Secret)
	for _, action := range Actions {
		if want := action == Enrol || action == ReadPublic; who.May(action) != want || !o.Incomplete {
			t.Errorf("an admin without a second factor may %s: %v", action, who.May(action))
		}
	}
	offer := k.OfferFactor(who)
	if !strings.HasPrefix(offer.Address, "otpauth://totp/Pingxin:root?") || !strings.Contains(offer.Address, "secret="+offer.Secret) {
		t.Errorf("the offer is %q", strings.ReplaceAll(offer.Address, offer.Secret, "…"))
	}
	if _, _, err := k.ConfirmFactor(t.Context(), who, offer.Secret, "000000", desk); code(err) != "code_wrong" {
		t.Errorf("a wrong first code: %v", err)
	}
	recovery, rotated, err := k.ConfirmFactor(t.Context(), who, offer.Secret, otpAt(t, offer.Secret, at.Time), desk)
	if err != nil || len(recovery) != recoveryCodes || rotated.Secret == o.Secret || k.recognised(o.Secret).Account != "" {
		t.Fatalf("confirmed: %v, %d recovery codes", err, len(recovery))
	}
	if !k.recognised(rotated.Secret).May(Administer) {
		t.Error("an admin with a second factor may not administer")
	}
	if kept, _ := k.account(a.ID); slices.ContainsFunc(recovery, func(c string) bool {
		return strings.Contains(strings.Join(kept.Recovery, " "), strings.ReplaceAll(c, "-", ""))
	}) {
		t.Error("a recovery code is kept as it is")
	}
	enter := func(code string) error {
		t.Helper()
		half := signIn(t, k, "root")
		if !half.NeedsCode || !k.AwaitsCode(half.Secret) || k.recognised(half.Secret).Account != "" {
			t.Fatal("the password alone signs in")
		}
		done, err := k.SecondFactor(t.Context(), half.Secret, code, desk)
		if err == nil && (done.Secret == half.Secret || k.AwaitsCode(half.Secret) || k.recognised(done.Secret).Account != a.ID) {
			t.Error("the session did not rotate")
		}
		return err
	}
	used := otpAt(t, offer.Secret, at.Time)
	if err := enter(used); code(err) != "code_wrong" {
		t.Errorf("the code of the enrolment again: %v", err)
	}
	at.pass(2 * factorPeriod * time.Second)
	if err := enter(otpAt(t, offer.Secret, at.Add(-factorPeriod*time.Second))); err != nil {
		t.Errorf("the code of the period before: %v", err)
	}
	if err := enter(otpAt(t, offer.Secret, at.Add(-3*factorPeriod*time.Second))); code(err) != "code_wrong" {
		t.Errorf("a code of three periods ago: %v", err)
	}
	if err := enter(strings.ToUpper(recovery[3])); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	if err := enter(recovery[3]); code(err) != "code_wrong" {
		t.Errorf("a recovery code again: %v", err)
	}
	if _, err := k.DropFactor(t.Context(), k.recognised(rotated.Secret), "000000", desk); code(err) != "factor_needed" {
		t.Errorf("an admin gives its second factor up: %v", err)
	}
	half := signIn(t, k, "root")
	at.pass(halfLimit + time.Second)
	if _, err := k.SecondFactor(t.Context(), half.Secret, otpAt(t, offer.Secret, at.Time), desk); !errors.Is(err, ErrCredentials) {
		t.Errorf("a code that comes too late: %v", err)
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

// TestSetup: the code of the console makes one admin, once, within an hour, and never where there is an account.
func TestSetup(t *testing.T) {
	k, at := keep(t)
	d := Draft{Login: "root", Name: "Li"}
	if _, err := k.SetUp(t.Context(), "", d, good, desk); code(err) != "code_wrong" {
		t.Errorf("before any code: %v", err)
	}
	first, until := k.SetupCode()
	if until.Sub(at.Time) != setupLimit {
		t.Errorf("good until %s", until)
	}
	second, _ := k.SetupCode()
	if _, err := k.SetUp(t.Context(), first, d, good, desk); code(err) != "code_wrong" {
		t.Errorf("a code that was replaced: %v", err)
	}
	if _, err := k.SetUp(t.Context(), second, d, "short", desk); code(err) != "password_short" {
		t.Errorf("a short password: %v", err)
	}
	at.pass(setupLimit)
	if _, err := k.SetUp(t.Context(), second, d, good, desk); code(err) != "code_wrong" {
		t.Errorf("an expired code: %v", err)
	}
	third, _ := k.SetupCode()
	o, err := k.SetUp(t.Context(), strings.ToLower(strings.ReplaceAll(third, "-", " ")), d, good, desk)
	if err != nil || !o.Incomplete || k.Accounts()[0].Role != Admin {
		t.Fatalf("set up: %v", err)
	}
	if _, err := k.SetUp(t.Context(), third, Draft{Login: "two", Name: "Li"}, good, desk); code(err) != "setup_closed" {
		t.Errorf("the code again: %v", err)
	}
	if code, _ := k.SetupCode(); code != "" {
		t.Error("a code is made where there is an account")
	}
}

func TestAccountRefusals(t *testing.T) {
	k, _ := keep(t)
	root := account(t, k, "root", Admin)
	for want, d := range map[string]Draft{
		"login_form": {Login: "two words", Name: "x", Role: Finance}, "login_taken": {Login: " ROOT ", Name: "x", Role: Finance},
		"name_missing": {Login: "a1", Role: Finance}, "role_unknown": {Login: "a1", Name: "x", Role: Public}, "email_form": {Login: "a1", Name: "x", Role: Finance, Email: "no"},
		"email_taken": {Login: "a1", Name: "x", Role: Finance, Email: "Root@example.gov.cn"}, "org_missing": {Login: "a1", Name: "x", Role: Supplier},
		"org_unknown": {Login: "a1", Name: "x", Role: Supplier, Org: "S99"},
	} {
		if _, _, err := k.Add(t.Context(), d); code(err) != want {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if err := k.Disable(t.Context(), root.ID, true); code(err) != "last_admin" {
		t.Errorf("the last admin is disabled: %v", err)
	}
	if err := k.Edit(t.Context(), root.ID, Draft{Login: "root", Name: "x", Role: Finance}); code(err) != "last_admin" {
		t.Errorf("the last admin is made another: %v", err)
	}
	if _, err := k.Account("nobody"); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown account: %v", err)
	}
}

// TestToken: shown once, hashed at rest, limited to its actions and its days, dead with its account, revoked for good.
func TestToken(t *testing.T) {
	k, at := keep(t)
	a := account(t, k, "li", Finance)
	for want, c := range map[string]struct {
		label   string
		actions []Action
		days    int
	}{"label_missing": {"", []Action{Upload}, 9}, "actions_missing": {"x", nil, 9}, "action_unknown": {"x", []Action{Administer}, 9}, "expiry_range": {"x", []Action{Upload}, 9999}} {
		if _, _, err := k.AddToken(t.Context(), a.ID, c.label, c.actions, c.days); code(err) != want {
			t.Errorf("%s: got %v", want, err)
		}
	}
	bearer, made, err := k.AddToken(t.Context(), a.ID, "nightly upload", []Action{Upload, ReadUploads}, 30)
	if err != nil {
		t.Fatal(err)
	}
	who, grant, err := k.Token(t.Context(), bearer)
	if err != nil || who.Account != a.ID || grant.ID != made.ID || !slices.Equal(grant.Actions, []Action{Upload, ReadUploads}) || !strings.HasPrefix(bearer, tokenPrefix) || made.Hash == bearer {
		t.Errorf("the token is of %+v, grant %+v, error %v", who, grant, err)
	}
	restarted := again(t, k.store, at, nil)
	if _, _, err := restarted.Token(t.Context(), bearer); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	at.pass(30 * 24 * time.Hour)
	if _, _, err := k.Token(t.Context(), bearer); !errors.Is(err, ErrToken) {
		t.Errorf("after its days: %v", err)
	}
	bearer, made, err = k.AddToken(t.Context(), a.ID, "another", []Action{Upload}, 30)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Disable(t.Context(), a.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Token(t.Context(), bearer); !errors.Is(err, ErrToken) {
		t.Errorf("of a disabled account: %v", err)
	}
	if err := k.Disable(t.Context(), a.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := k.RevokeToken(t.Context(), "somebody else", made.ID); !errors.Is(err, ErrUnknown) {
		t.Errorf("revoked by another account: %v", err)
	}
	if err := k.RevokeToken(t.Context(), a.ID, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := again(t, k.store, at, nil).Token(t.Context(), bearer); !errors.Is(err, ErrToken) {
		t.Errorf("revoked: %v", err)
	}
}

// othersToSay are the actions that an admin has no say in.
var othersToSay = []Action{Declare, DecideBudget, Announce, Object, ReviewObjections, RouteInquiries, AnswerInquiries, PublishRelease, AdoptCatalogue,
	ApplyRepair, DecideRepair, Commend, DecideAssessment, KeepCases, DecideCases, AnswerCase, ReviewPlans, JudgeClues}

// TestMatrix: every action is of somebody and printed, every role may sign out, and only people administer. An admin may all
// but what is another's to say, as to declare, to apply and to decide.
func TestMatrix(t *testing.T) {
	if len(Actions) != len(matrix) {
		t.Errorf("%d actions are listed, the matrix has %d", len(Actions), len(matrix))
	}
	for _, a := range Actions {
		if !a.Known() || !slices.Contains(a.Roles(), Admin) && !slices.Contains(othersToSay, a) {
			t.Errorf("%s is of %v", a, a.Roles())
		}
	}
	if (Identity{}).May(ReadPublic) || !Anyone.May(ReadPublic) || Anyone.May(OwnAccount) {
		t.Error("nobody and the public are not told apart")
	}
	for _, role := range Roles {
		if all := (Identity{Role: role, Org: "X"}).Scope(); all.All != slices.Contains([]Role{Admin, Finance, Supervision}, role) {
			t.Errorf("%s sees %+v", role, all)
		}
	}
	if (Identity{Role: Supplier}).Scope() != (store.Scope{}) {
		t.Error("a supplier without an organisation sees something")
	}
}

// TestNothingSecretIsAudited: the audit log holds none of the passwords, codes and tokens that went through.
func TestNothingSecretIsAudited(t *testing.T) {
	k, _ := keep(t)
	a := account(t, k, "li", Finance)
	o := signIn(t, k, "li")
	bearer, _, err := k.AddToken(t.Context(), a.ID, "x", []Action{Upload}, 3)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = k.SignIn(t.Context(), "hunter2hunter2", "also secret!", desk) // the password in the field of the name
	var text string
	err = k.store.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		entries, _, err := store.AuditLog(ctx, r, store.AuditFilter{Limit: 99})
		all, _ := json.Marshal(entries)
		text = string(all)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{good, bearer, o.Secret, "hunter2", "also secret"} {
		if strings.Contains(text, secret) {
			t.Error("the audit log holds a secret")
		}
	}
	for _, action := range []string{AuditAccountAdded, AuditPassword, AuditSignIn, AuditTokenAdded, AuditSignInFailed} {
		if !strings.Contains(text, `"`+action+`"`) {
			t.Errorf("the audit log has no %s", action)
		}
	}
}

// TestRecogniseWithoutCookie: a request without or with a made-up cookie is the public's.
func TestRecogniseWithoutCookie(t *testing.T) {
	k, _ := keep(t)
	handler := k.Recognise(func(*http.Request) bool { return false })(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, string(From(r.Context()).Role))
	}))
	for _, value := range []string{"", "made-up"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if value != "" {
			r.AddCookie(&http.Cookie{Name: openCookie, Value: value})
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Body.String() != string(Public) {
			t.Errorf("cookie %q: recognised as %s", value, w.Body.String())
		}
	}
}
