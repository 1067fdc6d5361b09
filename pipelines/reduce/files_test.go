package reduce

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// queriesInUse lists the names of queries that this package's code asks for, by the first text in the call.
func queriesInUse(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); !ok || !slices.Contains([]string{"scan", "scanVersions", "batches", "keyList", "query"}, f.Name) {
				return true
			}
			for _, arg := range call.Args {
				if text, ok := arg.(*ast.BasicLit); ok && text.Kind == token.STRING {
					name, err := strconv.Unquote(text.Value)
					if err != nil {
						t.Fatal(err)
					}
					names[name] = true
					break
				}
			}
			return true
		})
	}
	return names
}

func TestEveryQueryIsUsedAndSaysItsGrain(t *testing.T) {
	inUse := queriesInUse(t)
	entries, err := fs.ReadDir(files, "sql")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".sql")
		there[name] = true
		if !inUse[name] {
			t.Errorf("sql/%s is not used by any call", e.Name())
		}
		text, err := files.ReadFile("sql/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		if !strings.HasPrefix(first, "-- grain: one row") {
			t.Errorf("sql/%s begins with %q, want its grain", e.Name(), first)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(inUse)) {
		if !there[name] {
			t.Errorf("a call asks for sql/%s.sql, which does not exist", name)
		}
	}
}

func TestUnknownQuery(t *testing.T) {
	if _, err := query("nothing", scope{}); err == nil || !strings.Contains(err.Error(), "query nothing") {
		t.Errorf("got %v, want an error that names the query", err)
	}
}

func TestCondition(t *testing.T) {
	for want, which := range map[string]Contracts{
		"contract_key BETWEEN 3 AND 9":                          {Low: 3, High: 9},
		"contract_key BETWEEN 0 AND 0":                          {},
		"contract_key IN (SELECT unnest('[7]'::INTEGER[]))":     {Low: 7, High: 7, Keys: []int32{7}},
		"contract_key IN (SELECT unnest('[3,5,9]'::INTEGER[]))": {Low: 3, High: 9, Keys: []int32{3, 5, 9}},
	} {
		if got := which.condition(); got != want {
			t.Errorf("%+v: got %q, want %q", which, got, want)
		}
		if each := which.each(); len(each) != max(1, len(which.Keys)) || len(which.Keys) == 0 && each[0] != want || len(which.Keys) > 0 && each[0] != fmt.Sprint("contract_key = ", which.Keys[0]) {
			t.Errorf("%+v: got the parts %q", which, each)
		}
	}
}
