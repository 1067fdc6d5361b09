// Package uscc checks unified social credit codes (统一社会信用代码, GB 32100-2015) and says what is wrong with a mistyped one.
// It decides whether a text can be such a code at all; whether somebody bears it is left to the register of suppliers.
package uscc

import (
	"fmt"
	"slices"
	"strings"
)

// The standard's alphabet, modulus and length. Letters that are easily taken for digits are left out.
const (
	Alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	Length   = 18
	modulus  = 31
	base     = 3 // weights are its powers
)

// The ways in which a text is no code.
const (
	WrongLength    = "length"      // not 18 characters
	WrongCharacter = "character"   // a character that no code has
	WrongCheck     = "check_digit" // the last character is not the one that the others ask for
)

// FaultError says what is wrong with a text that should be a code.
type FaultError struct {
	Kind     string // WrongLength, WrongCharacter or WrongCheck
	At       int    // place of the character from 1; 0 for WrongLength
	Found    string // the character, or the number of characters
	Expected string // what stands there in a right code; empty where nobody can say
}

func (e *FaultError) Error() string {
	return fmt.Sprintf("unified social credit code: wrong %s at %d: found %q, expected %q", e.Kind, e.At, e.Found, e.Expected)
}

// lookalikes are characters that no code has, with the one that was probably meant.
var lookalikes = map[rune]string{'I': "1", 'O': "0", 'S': "5", 'V': "U", 'Z': "2"}

// Check returns nil for a code whose check character is right, else a *FaultError with the first fault. The text must be
// tidy: see Tidy.
func Check(code string) error {
	at := 0
	for _, c := range code {
		if at++; !strings.ContainsRune(Alphabet, c) {
			return &FaultError{Kind: WrongCharacter, At: at, Found: string(c), Expected: lookalikes[c]}
		}
	}
	if at != Length {
		return &FaultError{Kind: WrongLength, Found: fmt.Sprint(at), Expected: fmt.Sprint(Length)}
	}
	if want := checkOf(code); code[Length-1] != want {
		return &FaultError{Kind: WrongCheck, At: Length, Found: code[Length-1:], Expected: string(want)}
	}
	return nil
}

// checkOf is the 18th character that the first 17 ask for.
func checkOf(code string) byte {
	sum, weight := 0, 1
	for i := range Length - 1 {
		sum += strings.IndexByte(Alphabet, code[i]) * weight
		weight = weight * base % modulus
	}
	return Alphabet[(modulus-sum%modulus)%modulus]
}

// Tidy brings a text as it is typed or pasted to the form of a code: full-width characters narrow, letters large, without
// spaces, points and dashes. It corrects nothing.
func Tidy(text string) string {
	return strings.Map(func(c rune) rune {
		const fullWidth = 'Ａ' - 'A'
		if c >= '！' && c <= '～' {
			c -= fullWidth
		}
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c <= ' ' || strings.ContainsRune("-.·—–_\u00a0\u3000\u200b\ufeff", c):
			return -1
		}
		return c
	}, text)
}

// Like says whether a tidy text looks as if a code was meant: only digits and capital letters, at least half of them digits,
// and about as long.
func Like(text string) bool {
	const slack = 3 // characters that may be missing or too many
	digits := 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c < 'A' || c > 'Z':
			return false
		}
	}
	return len(text) >= Length-slack && len(text) <= Length+slack && 2*digits >= len(text)
}

// Near lists the right codes that one slip of the hand turns into the text, in alphabetical order: one character mistyped,
// left out or added, or two neighbours exchanged. The text must be tidy.
func Near(text string) []string {
	var found []string
	try := func(code string) {
		if len(code) == Length && Check(code) == nil && code != text && !slices.Contains(found, code) {
			found = append(found, code)
		}
	}
	if strings.Trim(text, " ") == "" || len(text) < Length-1 || len(text) > Length+1 {
		return nil
	}
	for i := range len(text) + 1 {
		for _, c := range Alphabet {
			try(text[:i] + string(c) + text[i:])
			if i < len(text) {
				try(text[:i] + string(c) + text[i+1:])
			}
		}
		if i < len(text) {
			try(text[:i] + text[i+1:])
		}
		if i+1 < len(text) {
			try(text[:i] + text[i+1:i+2] + text[i:i+1] + text[i+2:])
		}
	}
	slices.Sort(found)
	return found
}
