package dashboards

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pingxin/dashboards/locale"
)

var (
	keyInTemplate = regexp.MustCompile(`\.T "([^"]+)"`)
	keyInCode     = regexp.MustCompile(`\.T\("([^"]+)"`)
	columnKey     = regexp.MustCompile(`"[#$]*(col\.[a-z_0-9]+|supplier\.(?:uscc|type|evaluations|cases))(?:\?[a-z_]*)?"`)
	noteCode      = regexp.MustCompile(`Code: +"([a-z_0-9]+)"`)
	partNote      = regexp.MustCompile(`(?:[nN]ote|note) ?(?:=|:) +(?:0, )?"([a-z_0-9]+)"|note = [^"\n]*"([a-z_0-9]+)"`)
	fieldName     = regexp.MustCompile(`field\{Name: "([a-z]+)"|\{Name: "([a-z]+)"(?:, Choices|\})`)
	problemName   = regexp.MustCompile(`Expected: "([a-z]+)"`)
)

// usedKeys lists the keys that templates and code ask for, each with where it was found.
func usedKeys(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	add := func(file, text, prefix string, pattern *regexp.Regexp) {
		for _, m := range pattern.FindAllStringSubmatch(text, -1) {
			for _, key := range m[1:] {
				if key != "" && !strings.HasSuffix(key, ".") {
					used[prefix+key] = file
				}
			}
		}
	}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		switch filepath.Ext(path) {
		case ".html":
			add(path, string(text), "", keyInTemplate)
		case ".go":
			add(path, string(text), "", keyInCode)
			add(path, string(text), "", columnKey)
			add(path, string(text), "filter.", fieldName)
			add(path, string(text), "expected.", problemName)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func TestEveryUsedKeyHasASentence(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	used := usedKeys(t)
	if len(used) < 200 {
		t.Fatalf("found only %d keys in templates and code: the search is broken", len(used))
	}
	for key, file := range used {
		for _, lang := range locale.Languages {
			if !texts[lang].Has(key) {
				t.Errorf("%s asks for %s, which %s does not have", file, key, lang)
			}
		}
	}
}

// families are keys made of a prefix and an id that comes with the data: fixed sets that need a sentence each.
var families = []string{"note.", "part.", "action.", "ground.", "kind.", "term.", "step.", "cause.", "subject.", "status.", "level.", "grade.",
	"severity.", "supplier_type.", "assessment.", "cap.", "condition.", "input.", "metric.", "verdict.", "validation.answer.", "validation.source."}

func TestNoSentenceIsUnused(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	used := usedKeys(t)
	dynamic := slices.Concat(families, []string{"filter.", "budget.by.", "unit.", "expected.", "overview.by_", "method."})
	for key := range texts[locale.Chinese].Keys() {
		if _, found := used[key]; found {
			continue
		}
		if !slices.ContainsFunc(dynamic, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			t.Errorf("nothing asks for %s", key)
		}
	}
}

// capRule finds the caps that the rules set by themselves; those of a policy file have their names there.
var capRule = regexp.MustCompile(`Cap\{Rule: "([a-z_0-9]+)"`)

// Every note and cap that the rules can give has a sentence in both languages.
func TestEveryNoteHasASentence(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"../scoring", "../credit", "../budget", "../pipelines"} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			var keys []string
			for _, m := range noteCode.FindAllStringSubmatch(string(text), -1) {
				keys = append(keys, "note."+m[1])
			}
			for _, m := range partNote.FindAllStringSubmatch(string(text), -1) {
				keys = append(keys, "part."+m[1]+m[2])
			}
			for _, m := range capRule.FindAllStringSubmatch(string(text), -1) {
				keys = append(keys, "cap."+m[1])
			}
			for _, key := range keys {
				for _, lang := range locale.Languages {
					if !texts[lang].Has(key) {
						t.Errorf("%s gives a note, but %s is not in %s", path, key, lang)
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
