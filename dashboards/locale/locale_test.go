package locale

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func load(t *testing.T) map[string]*Texts {
	t.Helper()
	texts, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestEveryKeyInBothLanguages(t *testing.T) {
	texts := load(t)
	for _, lang := range Languages {
		for _, other := range Languages {
			for key := range texts[lang].Keys() {
				if !texts[other].Has(key) {
					t.Errorf("%s is in %s and not in %s", key, lang, other)
				}
			}
		}
	}
}

// A sentence names the same values in both languages, but that English may write a number where Chinese writes none.
func TestSameValuesInBothLanguages(t *testing.T) {
	value := regexp.MustCompile(`\{\{\.(\w+)\}\}`)
	read := func(lang string) map[string][]string {
		text, err := os.ReadFile("active." + lang + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		found := map[string][]string{}
		for line := range strings.Lines(string(text)) {
			key, sentence, isSentence := strings.Cut(line, " = ")
			if !isSentence || strings.HasPrefix(line, "#") {
				continue
			}
			names := map[string]bool{}
			for _, m := range value.FindAllStringSubmatch(sentence, -1) {
				names[m[1]] = true
			}
			found[key] = slices.Sorted(maps.Keys(names))
		}
		return found
	}
	chinese, english := read(Chinese), read(English)
	for key, names := range chinese {
		if !slices.Equal(names, english[key]) {
			t.Errorf("%s fills in %v in Chinese and %v in English", key, names, english[key])
		}
	}
}

func TestPluralAndMissing(t *testing.T) {
	texts := load(t)
	for _, c := range []struct {
		lang string
		n    int
		want string
	}{{English, 1, "1 contract"}, {English, 2, "2 contracts"}, {English, 0, "0 contracts"}, {Chinese, 1, "1 份合同"}} {
		if got := texts[c.lang].T("tip.contracts", "N", c.n); got != c.want {
			t.Errorf("%d in %s: %q, want %q", c.n, c.lang, got, c.want)
		}
	}
	if got := texts[English].T("no.such.key"); got != "no.such.key" {
		t.Errorf("a key without a sentence came back as %q", got)
	}
}

// A count is written with thousands separated, in a sentence, too, whose plural form it chooses.
func TestCounts(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -999: "−999", -1000: "−1,000", 1234567: "1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{1: "1 contract", 2688: "2,688 contracts"} {
		if got := all[English].T("tip.contracts", "N", n); got != want {
			t.Errorf("%d contracts are %q, want %q", n, got, want)
		}
	}
}
