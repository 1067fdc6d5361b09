package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"pingxin/pipelines/store"
)

// Limits of a password. Length is what resists guessing; there is no rule on kinds of characters, which makes people add
// a 1 and an exclamation mark.
const (
	// minPassword is what OWASP ASVS 2.1.1 asks for.
	minPassword = 12
	// maxPassword is enough for any passphrase and bounds what one attempt costs.
	maxPassword = 128
	// ownPart is how long a piece of the account's own data has to be to make a password guessable.
	ownPart = 4
	// fewCharacters: a password of fewer different characters is a repetition.
	fewCharacters = 5
)

// Cost is what one argon2id hash costs. The zero value is defaultCost.
type Cost struct {
	KiB    uint32 // of memory
	Passes uint32
	Lanes  uint8
}

// defaultCost is the second recommended option of RFC 9106, section 4, for where memory is shared with other work.
var defaultCost = Cost{KiB: 64 * 1024, Passes: 3, Lanes: 4}

const (
	saltBytes, keyBytes = 16, 32 // RFC 9106: 128 bits of salt, 256 of tag
	// hashesAtOnce bounds what attempts cost together: 128 MiB, beside a database that takes most of the machine.
	hashesAtOnce = 2
)

//go:embed common.txt
var commonText string

// common are passwords and words that are tried first, in lower case.
var common = func() map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(commonText) {
		all[word] = true
	}
	return all
}()

// checkPassword refuses a password that is short, guessable from the account or among the first to be tried.
func checkPassword(password string, a *store.Account) error {
	length := utf8.RuneCountInString(password)
	switch {
	case length < minPassword:
		return &Refusal{Code: "password_short", Expected: fmt.Sprint(minPassword)}
	case length > maxPassword:
		return &Refusal{Code: "password_long", Expected: fmt.Sprint(maxPassword)}
	}
	lower := strings.ToLower(password)
	mailbox, _, _ := strings.Cut(a.Email, "@")
	for _, own := range []string{a.Login, a.Name, a.Org, mailbox} {
		if utf8.RuneCountInString(own) >= ownPart && strings.Contains(lower, strings.ToLower(own)) {
			return refuse("password_own")
		}
	}
	different := map[rune]bool{}
	for _, c := range lower {
		different[c] = true
	}
	word := strings.TrimFunc(lower, func(c rune) bool { return !unicode.IsLetter(c) })
	if common[lower] || common[word] || len(different) < fewCharacters {
		return refuse("password_common")
	}
	return nil
}

// hasher hashes and compares passwords, a few at a time.
type hasher struct {
	cost  Cost
	slots chan struct{}
	dummy string // hash that no password has, compared with where there is no account
}

func newHasher(cost Cost) (*hasher, error) {
	if cost == (Cost{}) {
		cost = defaultCost
	}
	h := &hasher{cost: cost, slots: make(chan struct{}, hashesAtOnce)}
	var err error
	h.dummy, err = h.hash(context.Background(), rand.Text())
	return h, err
}

// key derives the key of a password, waiting for its turn.
func (h *hasher) key(ctx context.Context, password string, salt []byte, c Cost) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to compare a password: %w", ctx.Err())
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), salt, c.Passes, c.KiB, c.Lanes, keyBytes), nil
}

const hashForm = "$argon2id$v=19$m=%d,t=%d,p=%d$"

// hash makes the text that is kept of a password: its parameters, salt and key.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	key, err := h.key(ctx, password, salt, h.cost)
	if err != nil {
		return "", err
	}
	text := base64.RawStdEncoding
	return fmt.Sprintf(hashForm, h.cost.KiB, h.cost.Passes, h.cost.Lanes) + text.EncodeToString(salt) + "$" + text.EncodeToString(key), nil
}

// matches compares a password with what is kept of one, in the same time for none: kept may be empty.
func (h *hasher) matches(ctx context.Context, password, kept string) (bool, error) {
	known := kept != ""
	if !known {
		kept = h.dummy
	}
	if utf8.RuneCountInString(password) > maxPassword {
		known, password = false, ""
	}
	var c Cost
	if _, err := fmt.Sscanf(kept, hashForm, &c.KiB, &c.Passes, &c.Lanes); err != nil {
		return false, fmt.Errorf("the kept hash of a password cannot be read: %w", err)
	}
	parts := strings.Split(kept, "$")
	salt, err := base64.RawStdEncoding.DecodeString(parts[len(parts)-2])
	if err != nil {
		return false, fmt.Errorf("the kept hash of a password cannot be read: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil {
		return false, fmt.Errorf("the kept hash of a password cannot be read: %w", err)
	}
	got, err := h.key(ctx, password, salt, c)
	return err == nil && known && subtle.ConstantTimeCompare(got, want) == 1, err
}

// outdated says whether a kept hash was made at another cost than today's, to be made again at the next sign-in.
func (h *hasher) outdated(kept string) bool {
	return !strings.HasPrefix(kept, fmt.Sprintf(hashForm, h.cost.KiB, h.cost.Passes, h.cost.Lanes))
}
