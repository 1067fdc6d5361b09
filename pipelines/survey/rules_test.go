package survey

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

func TestTokens(t *testing.T) {
	seen := map[string]bool{}
	for range 20_000 {
		token := newToken()
		if plain, ok := plainToken(token); !ok || plain != token || seen[token] {
			t.Fatalf("token of %d characters: read back %v, drawn before %v", len(token), ok, seen[token])
		}
		seen[token] = true
	}
}

// A token that is typed from paper, with the slips that its alphabet lets us mend, is the token.
func TestTypedTokens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.StringMatching(`[a-z2-7]{26}`).Draw(t, "token")
		text := Spaced(token)
		if rapid.Bool().Draw(t, "digits") {
			text = strings.NewReplacer("O", "0", "I", "1", "B", "8").Replace(text)
		}
		if rapid.Bool().Draw(t, "spaces") {
			text = " " + strings.ReplaceAll(text, "-", " ") + " "
		}
		if got, ok := plainToken(text); !ok || got != token {
			t.Fatalf("%q reads as %q, expected %q", text, got, token)
		}
	})
}

// A pseudonym follows from its link, and from nothing that another link or contract shares with it.
func TestPseudonyms(t *testing.T) {
	key := authenticate([]byte("a key"), "for the test")
	text := rapid.StringMatching(`[A-Za-z0-9/-]{1,30}`)
	rapid.Check(t, func(t *rapid.T) {
		contract, token, nonce := text.Draw(t, "contract"), text.Draw(t, "token"), text.Draw(t, "nonce")
		p := pseudonym(key, contract, token, nonce)
		if p != pseudonym(key, contract, token, nonce) {
			t.Fatal("a link has two pseudonyms")
		}
		if !strings.HasPrefix(p, PseudonymPrefix) || len(p) != len(PseudonymPrefix)+pseudonymLength {
			t.Fatalf("pseudonym %q", p)
		}
		for _, other := range []string{
			pseudonym(key, contract+"x", token, nonce), pseudonym(key, contract, token+"x", nonce), pseudonym(key, contract, token, nonce+"x"),
			pseudonym(key, contract, token, ""), pseudonym(authenticate(key, "another"), contract, token, nonce), pseudonym(key, token, contract, nonce+"x"),
		} {
			if other == p {
				t.Fatal("two links have one pseudonym")
			}
		}
	})
}

func TestPseudonymsAreUnique(t *testing.T) {
	key := []byte("key")
	seen := map[string]bool{}
	for range 20_000 {
		p := pseudonym(key, "HT-1", newToken(), newNonce())
		if seen[p] {
			t.Fatal("two links have one pseudonym")
		}
		seen[p] = true
	}
}

// HMAC-SHA256 of "a\x00b" with the key "key", by Python's hmac module.
const authenticated = "FHC7B3VC2CSRWZQRSOZ2KYMRDEVSQYPVIPVAJGNH7FZF67TQML6A"

func TestAuthenticate(t *testing.T) {
	if got := base32Plain.EncodeToString(authenticate([]byte("key"), "a", "b")); got != authenticated {
		t.Errorf("%s, expected %s", got, authenticated)
	}
}

// Expected values by hand: frames of labels add up, batches of one label share one, the latest word on it counts.
func TestResponse(t *testing.T) {
	today := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	later, before := today.AddDate(0, 0, 1), today.AddDate(0, 0, -1)
	for name, c := range map[string]struct {
		issues           []store.SurveyIssue
		want             Response
		rate, returnRate float64
	}{
		"none": {nil, Response{}, math.NaN(), math.NaN()},
		"one": {[]store.SurveyIssue{{Frame: 40, Links: 20, Used: 8, Open: 10, Void: 2, ExpiresOn: today}},
			Response{Asked: 18, Answered: 8, Waiting: 10, Frame: 40}, 0.2, 8. / 18},
		"lost and replaced": {[]store.SurveyIssue{{Frame: 40, Links: 20, Used: 4, Void: 16, ExpiresOn: later}, {Frame: 50, Links: 16, Used: 6, Open: 10, ExpiresOn: before}},
			Response{Asked: 20, Answered: 10, Expired: 10, Frame: 50}, 0.2, 0.5},
		"two streets": {[]store.SurveyIssue{{Label: "east", Frame: 30, Links: 10, Used: 5, Open: 5, ExpiresOn: later}, {Label: "west", Frame: 70, Links: 10, Used: 5, Closed: 5}},
			Response{Asked: 20, Answered: 10, Waiting: 5, Frame: 100}, 0.1, 0.5},
		"one street not known": {[]store.SurveyIssue{{Label: "east", Frame: 30, Links: 10, Used: 5, Open: 5}, {Label: "west", Links: 10}},
			Response{Asked: 20, Answered: 5, Expired: 5}, math.NaN(), 0.25},
	} {
		got := ResponseTo(c.issues, today)
		if got != c.want || !same(got.Rate(), c.rate) || !same(got.Return(), c.returnRate) {
			t.Errorf("%s: %+v, rate %g, return %g; expected %+v, %g, %g", name, got, got.Rate(), got.Return(), c.want, c.rate, c.returnRate)
		}
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestKey(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, KeyFile)
	key, err := loadKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || len(key) != keyBytes {
		t.Fatalf("%d bytes, %v, %v; expected %d bytes that only we read", len(key), info.Mode(), err, keyBytes)
	}
	if again, err := loadKey(dir); err != nil || string(again) != string(key) {
		t.Errorf("read again: another key, or %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := loadKey(dir); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others read: %v, expected how to mend it", err)
	}
	if err := os.WriteFile(path, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadKey(dir); err == nil || strings.Contains(err.Error(), "short") || !strings.Contains(err.Error(), "backup") {
		t.Errorf("half a key: %v, expected how to mend it, without the key", err)
	}
}

// Every indicator that a shipped policy asks recipients about has a question, and no question is of another.
func TestQuestions(t *testing.T) {
	all, err := wordings()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range policy.Shipped() {
		p, err := policy.Load(id)
		if err != nil {
			t.Fatal(err)
		}
		asked := map[string]bool{}
		for _, i := range p.Evaluation.Indicators {
			if i.Parties[scoring.Recipient.String()] > 0 {
				asked[i.ID] = true
				if _, worded := all[id][i.ID]; !worded {
					t.Errorf("%s: no question for %s", id, i.ID)
				}
			}
		}
		for indicator, text := range all[id] {
			if !asked[indicator] || (text.ZH == "") != (text.EN == "") {
				t.Errorf("%s: a question for %s, in Chinese %q and English %q", id, indicator, text.ZH, text.EN)
			}
		}
	}
	own := policy.Policy{ID: "own", Evaluation: scoring.Policy{Indicators: []scoring.Indicator{
		{ID: "taste", Name: scoring.Name{ZH: "饭菜口味", EN: "Taste"}, Parties: map[string]float64{"recipient": 100}}, {ID: "books", Parties: map[string]float64{"purchaser": 100}}}}}
	questions, err := questionsOf(&own)
	if err != nil || len(questions) != 1 || questions[0].Text.ZH != "您对“饭菜口味”满意吗？" {
		t.Errorf("a policy of the bureau's own: %+v, %v", questions, err)
	}
}
