package dashboards

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	markedClass = regexp.MustCompile(`class="((?:[^"{]|\{\{.*?\}\})*)"`)
	templated   = regexp.MustCompile(`\{\{.*?\}\}`)
	anyWord     = regexp.MustCompile(`[a-z][a-z0-9-]*`)
)

// samplesFile shows every class, and so says nothing of what is used.
const samplesFile = "templates/shared/samples.html"

// classesOf are the classes that the style sheets have a rule for.
func classesOf(t *testing.T) map[string]bool {
	t.Helper()
	defined := map[string]bool{}
	for _, sheet := range filesOf(t, "static/*.css") {
		for _, class := range classesIn(sheet) {
			defined[class] = true
		}
	}
	return defined
}

// filesOf are the contents of the files that patterns name.
func filesOf(t *testing.T, patterns ...string) (all []string) {
	t.Helper()
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") && name != samplesFile {
				all = append(all, string(content))
			}
		}
	}
	return all
}

// madeClasses are the beginnings of classes that are put together: by the size of a chart, a depth, a colour, a verdict.
var madeClasses = []string{"plot-", "drawn-", "indent-", "size-", "token-", "tile-", "severity-"}

// Every class of a template has a rule in a style sheet, and every rule is of a class that something carries.
func TestClassesHaveRules(t *testing.T) {
	defined, templates := classesOf(t), filesOf(t, "templates/*.html", "templates/*/*.html")
	words := map[string]bool{}
	for _, text := range append(filesOf(t, "*.go", "*/*.go", "static/*.js"), templates...) {
		for _, word := range anyWord.FindAllString(text, -1) {
			words[word] = true
		}
	}
	for _, text := range templates {
		for _, m := range markedClass.FindAllStringSubmatch(text, -1) {
			for _, class := range strings.Fields(templated.ReplaceAllString(m[1], " ")) {
				if !defined[class] && !strings.HasSuffix(class, "-") {
					t.Errorf("a template gives the class %s, for which no style sheet has a rule", class)
				}
			}
		}
	}
	for class := range defined {
		made := false
		for _, begin := range madeClasses {
			made = made || strings.HasPrefix(class, begin) && words[begin]
		}
		if !words[class] && !made {
			t.Errorf("a style sheet has a rule for the class %s, which nothing carries", class)
		}
	}
}

// The page about the style sheet lists each class once, under a part of the sheet that has words.
func TestDesignListsEveryClass(t *testing.T) {
	sheet, err := os.ReadFile("static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range partsOf(string(sheet)) {
		if i >= len(sheetParts) || !strings.HasPrefix(part[0], sheetParts[i].begins) {
			t.Fatalf("part %d of the style sheet, %q, is none of those that the page about it knows in that place", i+1, part[0])
		}
	}
	s, _ := newServer(t, emptyStore(t), io.Discard)
	listed := map[string]int{}
	for _, row := range s.classParts(s.newBase(httptest.NewRequest(http.MethodGet, "/design?lang=en", nil))).Rows {
		if row[0].Text == "" || strings.Contains(row[0].Text, "design.part") {
			t.Errorf("a part is called %q", row[0].Text)
		}
		for _, class := range strings.Fields(row[1].Text) {
			listed[class]++
		}
	}
	for class := range classesOf(t) {
		if listed[class] != 1 {
			t.Errorf("the page lists the class %s %d times", class, listed[class])
		}
	}
}

// shownByState are the classes that no sample can wear: the script gives them to the document, the wall screen to its page.
var shownByState = []string{"js", "wall"}

// The page about the style sheet shows each class of the pages in use, and none that has no rule.
func TestDesignShowsEveryClass(t *testing.T) {
	s, _ := newServer(t, emptyStore(t), io.Discard)
	data, err := s.design(s.newBase(httptest.NewRequest(http.MethodGet, "/design?lang=en", nil)))
	if err != nil {
		t.Fatal(err)
	}
	page, err := Fill(s.templates["design.html"], "layout", data)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, m := range markedClass.FindAllSubmatch(page, -1) {
		for _, class := range strings.Fields(string(m[1])) {
			shown[class] = true
		}
	}
	rules := classesIn(string(s.assets.files["app.css"].plain))
	for _, class := range rules {
		if !shown[class] && !slices.Contains(shownByState, class) {
			t.Errorf("the page shows no sample of the class %s", class)
		}
	}
	plain := []string{"plot-medium", "indent-0", "size-body", "size-lead"} // of a family, as everything else is
	for class := range shown {
		if !slices.Contains(rules, class) && !slices.Contains(plain, class) {
			t.Errorf("the page shows the class %s, for which the style sheet has no rule", class)
		}
	}
}
