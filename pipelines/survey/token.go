package survey

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

// tokenLength is the length of a token in characters of 5 bits: 130 bits, of which 128 are what OWASP asks of a token
// that stands for a right. So a plain hash keeps it: there is nothing to guess that salt or slowness would protect.
const tokenLength = 26

// pseudonymLength is the length of a pseudonym in characters of 5 bits. With 80 bits, a hundred million sheets collide
// with a probability of 1 in 200 million.
const pseudonymLength = 16

// PseudonymPrefix begins the evaluator id of every answer that came through the survey.
const PseudonymPrefix = "R-"

// nonceBytes is the size of a link's nonce: as hard to guess as the token.
const nonceBytes = 16

// base32Plain has letters and the digits 2 to 7 only, so that none is mistaken for another on paper.
var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// newToken draws a token.
func newToken() string { return strings.ToLower(rand.Text()[:tokenLength]) }

// newNonce draws a nonce.
func newNonce() string {
	nonce := make([]byte, nonceBytes)
	_, _ = rand.Read(nonce) // ends the program where it cannot read
	return hex.EncodeToString(nonce)
}

// typed are characters that no token has, with the one that somebody who copied it from paper meant.
var typed = strings.NewReplacer("-", "", " ", "", "0", "o", "1", "i", "8", "b")

// plainToken reads a token as people type it: with capitals, hyphens and spaces, and digits for letters. ok is false for
// what cannot be one.
func plainToken(text string) (token string, ok bool) {
	token = typed.Replace(strings.ToLower(text))
	return token, len(token) == tokenLength && strings.Trim(token, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// Spaced is a token in capitals and groups of four, as it is copied from paper with the fewest mistakes.
func Spaced(token string) string {
	token = strings.ToUpper(token)
	var groups []string
	for len(token) > 4 {
		groups, token = append(groups, token[:4]), token[4:]
	}
	return strings.Join(append(groups, token), "-")
}

// hashOf is what the store keeps of a token.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// pseudonym is the evaluator id of the answer that came by a link. It is the same whenever the same link is used, and
// another in every contract.
func pseudonym(key []byte, contractNo, token, nonce string) string {
	ofContract := authenticate(key, "contract", contractNo)
	return PseudonymPrefix + base32Plain.EncodeToString(authenticate(ofContract, "sheet", token, nonce))[:pseudonymLength]
}

// authenticate is HMAC-SHA256 of the texts, none of which may hold a zero byte.
func authenticate(key []byte, texts ...string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.Join(texts, "\x00")))
	return mac.Sum(nil)
}
