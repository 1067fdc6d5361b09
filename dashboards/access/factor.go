package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"pingxin/pipelines/store"
)

// The second factor: codes of an authenticator by RFC 6238, in the form that every one of them reads.
const (
	factorPeriod = 30 // seconds
	// factorDrift is how many periods a telephone's clock may be off, either way (RFC 6238, section 5.2: one).
	factorDrift = 1
	// factorSecret is the length of the shared secret in bytes: that of the hash (RFC 4226, section 4).
	factorSecret = 20
	// recoveryCodes is how many codes stand in for a lost telephone, each once; recoveryLetters of 32 make 50 bits each.
	recoveryCodes, recoveryLetters = 10, 10
)

var factorOptions = totp.ValidateOpts{Period: factorPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// newFactor makes a shared secret.
func newFactor() string {
	secret := make([]byte, factorSecret)
	_, _ = rand.Read(secret) // never fails
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// factorAddress is what an authenticator scans.
func factorAddress(issuer, login, secret string) string {
	query := url.Values{"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {fmt.Sprint(factorPeriod)}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+login) + "?" + query.Encode()
}

// factorStepOf finds the time step whose code it is, later than the last one used; ok is false when there is none.
func factorStepOf(secret, code string, last int64, now time.Time) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	at := now.Unix() / factorPeriod
	for step := max(at-factorDrift, last+1); step <= at+factorDrift; step++ {
		want, err := totp.GenerateCodeCustom(secret, time.Unix(step*factorPeriod, 0), factorOptions)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// newRecovery makes recovery codes, to be shown once, and the hashes that are kept of them.
func newRecovery() (codes, hashes []string) {
	for range recoveryCodes {
		code := strings.ToLower(rand.Text()[:recoveryLetters])
		codes, hashes = append(codes, code[:recoveryLetters/2]+"-"+code[recoveryLetters/2:]), append(hashes, hashOf(code))
	}
	return codes, hashes
}

// useFactor takes a code of the authenticator or a recovery code off the account, and says whether it was good.
func useFactor(a *store.Account, code string, now time.Time) bool {
	if step, ok := factorStepOf(a.Factor, code, a.FactorStep, now); ok {
		a.FactorStep = step
		return true
	}
	letters := strings.ToLower(strings.Map(func(c rune) rune {
		if c == '-' || c == ' ' {
			return -1
		}
		return c
	}, code))
	if at := slices.Index(a.Recovery, hashOf(letters)); at >= 0 {
		a.Recovery = slices.Delete(slices.Clone(a.Recovery), at, at+1)
		return true
	}
	return false
}

// hashOf is what is kept of a secret that was drawn at random: it needs no slow hash.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
