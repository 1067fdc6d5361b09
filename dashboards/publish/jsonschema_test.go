package publish_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// validate holds a release package against the schemas of OCDS 1.1.5 in the testdata of package ocds. It knows what those
// two use of JSON Schema draft 4, and fails on a keyword that it does not know.
func validate(t *testing.T, text []byte) {
	t.Helper()
	s := schemas{T: t, files: map[string]map[string]any{}}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var document any
	if err := d.Decode(&document); err != nil {
		t.Fatal(err)
	}
	s.check("release-package-schema.json", s.file("release-package-schema.json"), document, "")
}

type schemas struct {
	*testing.T
	files map[string]map[string]any
}

func (s schemas) file(name string) map[string]any {
	if s.files[name] == nil {
		text, err := os.ReadFile(filepath.Join("..", "..", "pipelines", "ocds", "testdata", "schema", name))
		if err != nil {
			s.Fatal(err)
		}
		var schema map[string]any
		if err := json.Unmarshal(text, &schema); err != nil {
			s.Fatal(err)
		}
		s.files[name] = schema
	}
	return s.files[name]
}

// resolve finds what a reference names, and the file that it stands in.
func (s schemas) resolve(file, ref string) (string, map[string]any) {
	at, pointer, _ := strings.Cut(ref, "#")
	if at != "" {
		file = at[strings.LastIndex(at, "/")+1:]
	}
	var schema any = s.file(file)
	for _, step := range strings.Split(strings.Trim(pointer, "/"), "/") {
		if step != "" {
			schema = schema.(map[string]any)[step]
		}
	}
	return file, schema.(map[string]any)
}

// silent are the keywords that ask nothing of a document.
var silent = []string{"title", "description", "deprecated", "codelist", "openCodelist", "mergeStrategy", "wholeListMerge", "omitWhenMerged", "versionId", "$schema", "id", "definitions", "propertyOrder", "minProperties", "patternProperties", "default"}

func (s schemas) check(file string, schema map[string]any, v any, path string) {
	if ref, ok := schema["$ref"].(string); ok {
		file, schema = s.resolve(file, ref)
	}
	for keyword, want := range schema {
		switch keyword {
		case "type":
			s.checkType(want, v, path)
		case "enum":
			if !slices.Contains(want.([]any), v) {
				s.Errorf("%s: found %v, expected one of %v", path, v, want)
			}
		case "required":
			object, _ := v.(map[string]any)
			for _, name := range want.([]any) {
				if _, there := object[name.(string)]; object != nil && !there {
					s.Errorf("%s: %s is required", path, name)
				}
			}
		case "properties":
			object, _ := v.(map[string]any)
			for name, below := range want.(map[string]any) {
				if value, there := object[name]; there {
					s.check(file, below.(map[string]any), value, path+"/"+name)
				}
			}
		case "items":
			list, _ := v.([]any)
			for i, element := range list {
				s.check(file, want.(map[string]any), element, fmt.Sprintf("%s/%d", path, i))
			}
		case "minItems", "uniqueItems", "minLength":
			s.checkSize(keyword, want, v, path)
		case "format":
			s.checkFormat(want.(string), v, path)
		case "pattern":
			if text, ok := v.(string); ok && !regexp.MustCompile(want.(string)).MatchString(text) {
				s.Errorf("%s: found %q, expected %s", path, text, want)
			}
		default:
			if !slices.Contains(silent, keyword) {
				s.Errorf("%s: the schema uses %s, which this test does not know", path, keyword)
			}
		}
	}
}

func (s schemas) checkType(want, v any, path string) {
	found := ""
	switch v := v.(type) {
	case nil:
		found = "null"
	case string:
		found = "string"
	case bool:
		found = "boolean"
	case json.Number:
		found = "number"
		if !strings.ContainsAny(v.String(), ".eE") {
			found = "integer"
		}
	case []any:
		found = "array"
	case map[string]any:
		found = "object"
	}
	types, many := want.([]any)
	if !many {
		types = []any{want}
	}
	if !slices.Contains(types, any(found)) && !(found == "integer" && slices.Contains(types, any("number"))) {
		s.Errorf("%s: found a %s, expected %v", path, found, types)
	}
}

func (s schemas) checkSize(keyword string, want, v any, path string) {
	list, isList := v.([]any)
	text, isText := v.(string)
	switch {
	case keyword == "minItems" && isList && float64(len(list)) < want.(float64):
		s.Errorf("%s: %d items, expected at least %v", path, len(list), want)
	case keyword == "minLength" && isText && float64(len(text)) < want.(float64):
		s.Errorf("%s: found %q, expected at least %v characters", path, text, want)
	case keyword == "uniqueItems" && isList && want == true:
		seen := map[string]bool{}
		for _, element := range list {
			text, _ := json.Marshal(element)
			if seen[string(text)] {
				s.Errorf("%s: holds %s twice", path, text)
			}
			seen[string(text)] = true
		}
	}
}

var formats = map[string]*regexp.Regexp{
	"uri":       regexp.MustCompile(`^[a-z][a-z0-9+.-]*:[^\s]+$`),
	"date-time": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$`),
}

func (s schemas) checkFormat(format string, v any, path string) {
	text, ok := v.(string)
	if ok && (formats[format] == nil || !formats[format].MatchString(text)) {
		s.Errorf("%s: found %q, expected a %s", path, text, format)
	}
}
