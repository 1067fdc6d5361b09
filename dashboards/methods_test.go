package dashboards

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pingxin/dashboards/locale"
	"pingxin/pipelines/policy"
	"pingxin/scoring"
)

// book returns what the pages have in one language.
func book(t *testing.T, lang string) *base {
	t.Helper()
	k, err := theKit()
	if err != nil {
		t.Fatal(err)
	}
	return baseOf(basis{Texts: k.texts[lang], labels: &labels{}, methods: k.methods, Unit: wan})
}

// Every method has a heading of the index, a formula, and all its texts in both languages, and no file is left over.
func TestMethodsAreComplete(t *testing.T) {
	files, err := fs.Glob(embedded, "templates/methods/*.html")
	if err != nil || len(files) != len(methods) {
		t.Errorf("%d files for %d methods, error %v", len(files), len(methods), err)
	}
	for _, lang := range locale.Languages {
		b := book(t, lang)
		for _, m := range methods {
			if !slices.Contains(methodGroups, m.Group) {
				t.Errorf("%s is of the group %q, which has no heading", m.ID, m.Group)
			}
			names := []string{"formula", lang + " title", lang + " short"}
			for _, section := range methodSections {
				names = append(names, lang+" "+section)
			}
			for _, name := range names {
				text, err := b.methodText(m.ID, name)
				if err != nil || text == "" && !strings.HasSuffix(name, " policy") {
					t.Errorf("%s: text %q is %q, error %v", m.ID, name, text, err)
				}
				if strings.Contains(string(text), "<no value>") || strings.Contains(string(text), " style=") {
					t.Errorf("%s: text %q holds a style or a missing value", m.ID, name)
				}
			}
			if formula, err := b.methodText(m.ID, "formula"); err != nil || !strings.HasPrefix(strings.TrimSpace(string(formula)), "<math ") {
				t.Errorf("%s: the formula is no MathML", m.ID)
			}
		}
	}
}

// keyInText finds the keys of a policy that a text names.
var keyInText = regexp.MustCompile(`\{\{\.Key "([a-z0-9_.]+)"\}\}`)

// Every key that a page names is one that a policy file may have.
func TestMethodKeysExist(t *testing.T) {
	for _, m := range methods {
		text, err := embedded.ReadFile("templates/methods/" + m.ID + ".html")
		if err != nil {
			t.Fatal(err)
		}
		keys := slices.Clone(m.Keys)
		for _, found := range keyInText.FindAllStringSubmatch(string(text), -1) {
			keys = append(keys, found[1])
		}
		for _, key := range keys {
			if !isPolicyKey(reflect.TypeFor[policy.Policy](), strings.Split(key, ".")) {
				t.Errorf("%s names the key %s, which no policy can have", m.ID, key)
			}
		}
	}
}

// isPolicyKey follows a key through the tables of the policy.
func isPolicyKey(table reflect.Type, path []string) bool {
	for table.Kind() == reflect.Pointer || table.Kind() == reflect.Slice {
		table = table.Elem()
	}
	if len(path) == 0 {
		return true
	}
	if table.Kind() != reflect.Struct {
		return false
	}
	for field := range table.Fields() {
		if field.Tag.Get("toml") == path[0] {
			return isPolicyKey(field.Type, path[1:])
		}
	}
	return false
}

var (
	methodInTemplate = regexp.MustCompile(`\.(?:Method|Methods|See) ((?:"[a-z_0-9]+" ?|\.BudgetMethod )+)`)
	methodInCode     = regexp.MustCompile(`\.how\("([a-z_0-9]+)"\)|"[#$]*col\.[a-z_]+\?([a-z_0-9]+)"`)
	quoted           = regexp.MustCompile(`"([a-z_0-9]+)"`)
)

// Every method that a page, a column or a line of the slip leads to exists.
func TestMethodLinksExist(t *testing.T) {
	found := 0
	check := func(file, id string) {
		found++
		if _, known := methodByID(id); !known {
			t.Errorf("%s leads to the method %q, which does not exist", file, id)
		}
	}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(file, "_test.go") {
			return err
		}
		text, err := os.ReadFile(file)
		switch filepath.Ext(file) {
		case ".html":
			for _, m := range methodInTemplate.FindAllStringSubmatch(string(text), -1) {
				for _, id := range quoted.FindAllStringSubmatch(m[1], -1) {
					check(file, id[1])
				}
			}
		case ".go":
			for _, m := range methodInCode.FindAllStringSubmatch(string(text), -1) {
				if m[1]+m[2] != "" {
					check(file, m[1]+m[2])
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []map[string]string{locationMethods, noteMethods} {
		for _, id := range words {
			check("labels.go", id)
		}
	}
	if found < 60 {
		t.Errorf("found only %d links to methods: the search is broken", found)
	}
}

// methodHref finds the links to methods in a page.
var methodHref = regexp.MustCompile(`href="(/methods/[a-z_0-9]+)(?:\?[^"#]*)?"`)

// Every page with figures leads to a method, every link leads to a page, and every page is reached from the index.
func TestEveryFigureIsExplained(t *testing.T) {
	_, web := newServer(t, districtStore(t), os.Stderr)
	asked := map[string]bool{}
	for _, path := range append([]string{"/methods"}, figurePaths...) {
		for _, lang := range locale.Languages {
			_, _, body := fetch(t, web.URL+inLanguage(path, lang))
			links := methodHref.FindAllStringSubmatch(body, -1)
			if len(links) == 0 {
				t.Errorf("%s in %s leads to no method", path, lang)
			}
			for _, link := range links {
				asked[inLanguage(link[1], lang)] = true
			}
		}
	}
	if want := len(methods) * len(locale.Languages); len(asked) != want {
		t.Errorf("%d pages of methods are linked, want %d", len(asked), want)
	}
	for path := range asked {
		status, _, body := fetch(t, web.URL+path)
		if status != http.StatusOK || strings.Contains(body, "ZgotmplZ") {
			t.Errorf("%s: status %d, or a value that the template refused", path, status)
		}
		for _, link := range methodHref.FindAllStringSubmatch(body, -1) {
			if _, known := methodByID(strings.TrimPrefix(link[1], "/methods/")); !known {
				t.Errorf("%s leads to %s, which does not exist", path, link[1])
			}
		}
	}
}

// The pages about methods are there before the first run.
func TestMethodsBeforeTheFirstRun(t *testing.T) {
	_, web := newServer(t, emptyStore(t), os.Stderr)
	for _, path := range []string{"/methods", "/methods/median"} {
		for lang, want := range map[string]string{"zh": "中位数", "en": "Median"} {
			if status, _, body := fetch(t, web.URL+inLanguage(path, lang)); status != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("%s in %s: status %d, want %q on it", path, lang, status, want)
			}
		}
	}
	if status, _, _ := fetch(t, web.URL+"/methods/alchemy"); status != http.StatusNotFound {
		t.Errorf("an unknown method: status %d, want 404", status)
	}
}

// The default and the values of a policy as the pages write them.
func TestPolicyTable(t *testing.T) {
	p, err := readPolicyTable("a = 1\n[t]\nlist = [{id = \"x\", v = 2}, {id = \"y\", v = 3}]\nwords = [\"u\", \"w\"]\none = [{party = \"p\", v = true}]\nmap = {k = 4}")
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"a": "1", "t.list.v": "x 2 / y 3", "t.list.id": "x / y", "t.words": "u / w", "t.one.v": "true", "t.map": "k 4",
		"t.none": "", "a.deeper": "", "t.map.k": "4"} {
		if got := p.value(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

// Each line of a slip leads to the method that the policy names for it, and the budget to the policy's way.
func TestMethodOfALine(t *testing.T) {
	l := &labels{combine: "arithmetic", locations: []scoring.Location{{Party: "recipient", Method: "trimmed", From: 20}},
		indicators: map[string]scoring.Indicator{"a": {Kind: scoring.KindAttainment}, "m": {Kind: scoring.KindMoney}, "r": {Kind: scoring.KindRate},
			"s": {Kind: scoring.KindScore}}}
	for _, c := range []struct {
		part scoring.Part
		want string
	}{
		{scoring.Part{Indicator: "a", Parent: "d"}, "attainment"}, {scoring.Part{Indicator: "m", Parent: "d"}, "money_execution"},
		{scoring.Part{Indicator: "r", Party: scoring.Recipient, N: 50}, "wilson"}, {scoring.Part{Indicator: "s", Party: scoring.Recipient, N: 20}, "trimmed_mean"},
		{scoring.Part{Indicator: "s", Party: scoring.Recipient, N: 19}, "mean"}, {scoring.Part{Indicator: "s", Party: scoring.Purchaser, N: 50}, "mean"},
		{scoring.Part{Indicator: "s", Parent: "d"}, "weighted_mean"}, {scoring.Part{Indicator: "d"}, "weighted_mean"},
	} {
		if _, known := methodByID(c.want); !known || l.methodOf(c.part) != c.want {
			t.Errorf("%+v: %s, want %s, which exists: %v", c.part, l.methodOf(c.part), c.want, known)
		}
	}
	l.combine, l.budget = "steps", "linear_exchange"
	if got := l.methodOf(scoring.Part{Indicator: "d"}); got != "evaluation" {
		t.Errorf("a dimension of a policy of steps: %s, want evaluation", got)
	}
	if _, known := methodByID(l.BudgetMethod()); !known || l.BudgetMethod() != "linear_exchange" {
		t.Errorf("budget: %s, want linear_exchange", l.BudgetMethod())
	}
}
