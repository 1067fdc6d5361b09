package pingxin_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	codeSpan    = regexp.MustCompile("`([^`\n]+)`")
	testName    = regexp.MustCompile(`^(Test|Fuzz)\w+$`)
	fileName    = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+$|^\w+\.(go|md|sum)$|^Makefile$`)
	testDefined = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	asvsItem    = regexp.MustCompile(`(?m)^\| \d+\.\d+`)
)

// TestPagesAreTrue: every test, file and folder that the pages about security and about the systems name exists.
func TestPagesAreTrue(t *testing.T) {
	tests := definedTests(t)
	for _, page := range []string{"docs/security.md", "SECURITY.md", "docs/systems.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if page == "docs/security.md" && len(asvsItem.FindAll(text, -1)) < 50 {
			t.Errorf("%s lists only %d items", page, len(asvsItem.FindAll(text, -1)))
		}
		for _, span := range codeSpan.FindAllStringSubmatch(string(text), -1) {
			switch name := span[1]; {
			case testName.MatchString(name):
				if !slices.Contains(tests, name) {
					t.Errorf("%s names the test %s, which there is not", page, name)
				}
			case fileName.MatchString(name):
				if _, err := os.Stat(name); err != nil {
					t.Errorf("%s names %s: %v", page, name, err)
				}
			}
		}
	}
}

// definedTests are the names of all tests of the module.
func definedTests(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range testDefined.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// writers are the files that write tables for spreadsheets, each with the reason when it does not go through
// store.Harmless.
var writers = map[string]string{
	"dashboards/export.go":            "",
	"pipelines/store/export_write.go": "",
	"pipelines/intake/copies.go":      "",
	"pipelines/intake/schema.go":      "examples of ours",
	"dashboards/template_files.go":    "cells of the type text, which go back into intake as they are",
	"pipelines/survey/collect.go":     "a file that only intake reads",
	"pipelines/intake/entry.go":       "a file that only intake reads",
	"pipelines/programme/convert.go":  "published tables into files of ours, for import",
	"dashboards/publish/table.go":     "",
	"cmd/pingxin/importocds.go":       "files that only intake reads",
}

// TestFormulasAreEscaped: whatever writes CSV or XLSX keeps texts from being formulas, by the one rule.
func TestFormulasAreEscaped(t *testing.T) {
	for _, f := range sources(t) {
		text, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "csv.NewWriter(") && !strings.Contains(string(text), ".NewStreamWriter(") {
			continue
		}
		reason, known := writers[f.path]
		if harmless := strings.Contains(string(text), "Harmless("); !known || harmless != (reason == "") {
			t.Errorf("%s writes tables; it goes through store.Harmless: %v; it is listed: %v", f.path, harmless, known)
		}
	}
}
