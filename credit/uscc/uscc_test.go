package uscc

import (
	"errors"
	"slices"
	"testing"
)

// example is the code that GB 32100-2015 is usually explained with.
const example = "91350100M000100Y43"

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       *FaultError
	}{
		{"right", example, nil},
		{"one too short", example[:17], &FaultError{WrongLength, 0, "17", "18"}},
		{"one too long", example + "3", &FaultError{WrongLength, 0, "19", "18"}},
		{"nothing", "", &FaultError{WrongLength, 0, "0", "18"}},
		{"letter O for a zero", "9135O100M000100Y43", &FaultError{WrongCharacter, 5, "O", "0"}},
		{"letter S for a five", "913S0100M000100Y43", &FaultError{WrongCharacter, 4, "S", "5"}},
		{"what no code has", "91350100m000100Y43", &FaultError{WrongCharacter, 9, "m", ""}},
		{"another check character", "91350100M000100Y44", &FaultError{WrongCheck, 18, "4", "3"}},
		{"two neighbours exchanged", "91530100M000100Y43", &FaultError{WrongCheck, 18, "3", "8"}}, // the exchange takes 2*27-2*9 = 36 from the sum, and (3+36) mod 31 = 8
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Check(c.code)
			var fault *FaultError
			if !errors.As(err, &fault) {
				if err != nil || c.want != nil {
					t.Fatalf("got %v, want %v", err, c.want)
				}
				return
			}
			if c.want == nil || *fault != *c.want {
				t.Fatalf("got %+v, want %+v", *fault, c.want)
			}
		})
	}
}

func TestTidy(t *testing.T) {
	for given, want := range map[string]string{
		"９１３５０１００Ｍ０００１００Ｙ４３":       example,
		" 9135 0100-m000 100y43\n": example,
		"阳光　中心":                    "阳光中心",
		"I0":                       "I0",
	} {
		if got := Tidy(given); got != want {
			t.Errorf("Tidy(%q) = %q, want %q", given, got, want)
		}
	}
}

// Whatever slip of one hand movement is made in a right code, the code is among the near ones.
func TestNearFindsTheSlip(t *testing.T) {
	slips := []string{example[1:], example[:8] + example[9:], example + "3", "9" + example, "93150100M000100Y43", "91350100M000100Y34", "91350100M0001O0Y43"}
	for i := range Length {
		slips = append(slips, example[:i]+"7"+example[i+1:])
	}
	for _, slip := range slips {
		if slip != example && !slices.Contains(Near(slip), example) {
			t.Errorf("Near(%q) does not hold %s: %v", slip, example, Near(slip))
		}
	}
	for _, far := range []string{"", "9135", example + "33"} {
		if got := Near(far); got != nil {
			t.Errorf("Near(%q) = %v, want nothing", far, got)
		}
	}
}

func TestLike(t *testing.T) {
	for text, want := range map[string]bool{example: true, example[:15]: true, example[:14]: false, "S0001": false, "江北区阳光社会工作服务中心": false, "SUNSHINEFOUNDATION": false} {
		if got := Like(text); got != want {
			t.Errorf("Like(%q) = %v, want %v", text, got, want)
		}
	}
}
