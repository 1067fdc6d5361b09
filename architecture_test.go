package pingxin_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var rules = []string{"scoring", "scoring/splitmix", "scoring/workdays", "scoring/dueprocess", "scoring/tracking", "scoring/raters", "scoring/integrity", "scoring/weights", "scoring/calibration", "scoring/recheck", "scoring/recheck/exact",
	"credit", "credit/blacklist", "credit/validation", "credit/challenger", "credit/recheck", "budget", "budget/execution", "credit/register", "budget/market", "budget/catalogue", "credit/uscc", "credit/checkcode", "pipelines/clues"}

// mayImport is the table of the architecture: what each package may import of ours. "*" is anything.
var mayImport = map[string][]string{
	".":                   {},
	"cmd/pingxin":         {"*"},
	"scoring":             {},
	"scoring/workdays":    {},
	"scoring/tracking":    {"scoring"},
	"scoring/dueprocess":  {"scoring/workdays"},
	"scoring/raters":      {"scoring"},
	"scoring/splitmix":    {},
	"scoring/integrity":   {"scoring", "scoring/splitmix"},
	"scoring/weights":     {"scoring"},
	"scoring/recheck":     {"scoring", "scoring/recheck/exact"},
	"scoring/calibration": {"scoring", "scoring/raters", "scoring/integrity"},
	"credit":              {"scoring", "scoring/workdays"},
	"credit/uscc":         {},
	"credit/checkcode":    {},
	"credit/blacklist":    {"scoring", "scoring/workdays", "credit"},
	"credit/validation":   {"scoring"},
	"credit/challenger":   {"scoring", "credit/validation"},
	"credit/recheck":      {"scoring", "credit", "scoring/recheck", "scoring/recheck/exact"},
	"credit/register":     {"scoring"},
	"budget/market":       {},
	"budget/catalogue":    {"scoring"},
	"budget":              {"scoring", "credit", "credit/blacklist"},
	"pipelines/clues":     {"scoring", "scoring/splitmix", "scoring/integrity", "budget/execution"},
	"budget/execution":    {"scoring"},
	"pipelines/policy":    rules,
	"pipelines/store":     append([]string{"pipelines/backstage"}, rules...),
	"pipelines/intake":    {"pipelines/store", "credit/uscc"},
	"pipelines/reduce":    append([]string{"pipelines/store"}, rules...),
	"pipelines/nightly":   {},
	"pipelines/backstage": {},
	"pipelines/survey":    {"pipelines/policy", "pipelines/store", "pipelines/intake", "scoring"},
	"pipelines/cohort":    {"credit/challenger", "scoring/raters"},
	"pipelines/programme": {"pipelines/policy", "pipelines/cohort", "credit/challenger", "credit/validation"},
	"pipelines/district":  {},
	"pipelines/ocds":      {},
	"pipelines":           append([]string{"pipelines/policy", "pipelines/backstage", "pipelines/store", "pipelines/intake", "pipelines/reduce"}, rules...),
	"dashboards":          append([]string{"pipelines/policy", "pipelines/backstage", "pipelines/store", "pipelines/intake", "pipelines/intake/desk", "pipelines/survey", "dashboards/access", "dashboards/api", "dashboards/client", "dashboards/limit", "dashboards/plain", "dashboards/charts", "dashboards/drawing", "dashboards/locale", "dashboards/pdf"}, rules...),
	"dashboards/api":      append([]string{"pipelines/store", "pipelines/intake", "pipelines/intake/desk", "dashboards/access", "dashboards/client", "dashboards/limit", "dashboards/plain"}, rules...),
	"dashboards/plain":    {},
	"dashboards/access":   {"pipelines/store", "dashboards/client", "dashboards/limit"},
	"dashboards/client":   {},
	"dashboards/limit":    {},
	"dashboards/metrics":  {"pipelines/store"},
	"dashboards/publish":  append([]string{"pipelines/ocds", "pipelines/policy", "pipelines/store", "pipelines/reduce", "dashboards", "dashboards/locale"}, rules...),
	"dashboards/charts":   append([]string{"dashboards/locale"}, rules...),
	"dashboards/drawing":  {},
	"dashboards/locale":   {},
	"dashboards/hostile":  {"pipelines/store"},
	"dashboards/pdf":      {},

	"dashboards/api/uploader": {"dashboards/api", "pipelines/intake", "pipelines/intake/desk"},
	"pipelines/intake/desk":   {"pipelines/store", "pipelines/intake"},

	"scoring/recheck/exact": {},

	"tools/compare": {"pipelines/policy", "scoring"},
	"tools/growth":  {"dashboards/drawing"},
}

// onlyIn says which packages alone may import a module.
var onlyIn = map[string][]string{
	"github.com/duckdb/duckdb-go":      {"pipelines/store"},
	"github.com/go-echarts/go-echarts": {"dashboards/charts"},
	"github.com/dop251/goja":           {"dashboards/drawing"},
	"github.com/coreos/go-oidc":        {"dashboards/access"},
	"golang.org/x/oauth2":              {"dashboards/access"},
	"golang.org/x/crypto":              {"dashboards/access"},
	"github.com/pquerna/otp":           {"dashboards/access"},
	"github.com/skip2/go-qrcode":       {"dashboards"},
	"github.com/xuri/excelize":         {"pipelines/intake", "dashboards"},
}

// longFile is the most lines a file may have; a flat table may have more, with its reason.
const longFile = 500

// goFile is one source file of the module that is not a test.
type goFile struct {
	path, pkg string
	ast       *ast.File
	lines     int
}

func sources(t *testing.T) []goFile {
	t.Helper()
	var all []goFile
	set := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "testdata" || d.Name() == "bin" || d.Name() == "build") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, goFile{filepath.ToSlash(name), path.Dir(filepath.ToSlash(name)), f, set.File(f.Pos()).LineCount()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func imports(f goFile) []string {
	var all []string
	for _, i := range f.ast.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			panic(err) // the parser took it
		}
		all = append(all, name)
	}
	return all
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range sources(t) {
		allowed, known := mayImport[f.pkg]
		if !known {
			t.Errorf("%s: package %s is not in the table of the architecture; give it a row", f.path, f.pkg)
		}
		seen[f.pkg] = true
		for _, name := range imports(f) {
			if ours, ok := strings.CutPrefix(name, "pingxin/"); ok && !slices.Contains(allowed, ours) && !slices.Contains(allowed, "*") {
				t.Errorf("%s imports %s, which %s may not", f.path, ours, f.pkg)
			}
			for module, packages := range onlyIn {
				if strings.HasPrefix(name, module) && !slices.Contains(packages, f.pkg) {
					t.Errorf("%s imports %s, which only %v may", f.path, module, packages)
				}
			}
		}
	}
	for pkg := range mayImport {
		if !seen[pkg] {
			t.Errorf("the table of the architecture has a row for %s, which does not exist", pkg)
		}
	}
}

// TestRulesArePure: the rules know no clock, file, storage or network, and of other modules only gonum.
func TestRulesArePure(t *testing.T) {
	for _, f := range sources(t) {
		if !slices.Contains(rules, f.pkg) {
			continue
		}
		for _, name := range imports(f) {
			foreign := strings.Contains(name, ".") && !strings.HasPrefix(name, "gonum.org/")
			if foreign || slices.Contains([]string{"os", "net", "net/http", "database/sql", "io/fs"}, name) {
				t.Errorf("%s imports %s; a rule is a pure function", f.path, name)
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && s.Sel.Name == "Now" {
					t.Errorf("%s reads the clock; a rule takes asOf", f.path)
				}
			}
			return true
		})
	}
}

func TestFiles(t *testing.T) {
	documented := map[string]bool{}
	packages := map[string]bool{}
	for _, f := range sources(t) {
		packages[f.pkg] = true
		documented[f.pkg] = documented[f.pkg] || f.ast.Doc != nil
		if f.lines > longFile {
			t.Errorf("%s has %d lines, more than %d", f.path, f.lines, longFile)
		}
		for _, word := range []string{"util", "common", "helper", "manager"} {
			if strings.Contains(f.path, word) {
				t.Errorf("%s: the name says nothing of what the file decides", f.path)
			}
		}
	}
	for pkg := range packages {
		if !documented[pkg] {
			t.Errorf("package %s has no package comment", pkg)
		}
	}
}

// TestPagesEmbedTheirBasis: a type that embeds base gets a function of its own for every method of base, as a value and by its
// pointer. With seventy pages these were sixty thousand functions, and a build took a minute and three gigabytes.
func TestPagesEmbedTheirBasis(t *testing.T) {
	for _, f := range sources(t) {
		if f.pkg != "dashboards" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if s, ok := n.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					if star, ok := field.Type.(*ast.StarExpr); ok && len(field.Names) == 0 {
						if x, ok := star.X.(*ast.Ident); ok && x.Name == "base" {
							t.Errorf("%s: a struct embeds *base; embed *basis, and call what is made by p.base", f.path)
						}
					}
				}
			}
			return true
		})
	}
}
