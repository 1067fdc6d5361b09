package api_test

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/api"
)

// spec is the checked-in description, read without the library that wrote it.
type spec struct {
	OpenAPI    string `json:"openapi"`
	Paths      map[string]map[string]described
	Components struct{ Schemas map[string]schema }
}

type described struct {
	OperationID string `json:"operationId"`
	Summary     string
	Action      string `json:"x-action"`
	Security    []map[string][]string
	Responses   map[string]struct {
		Content map[string]struct{ Schema schema }
	}
}

// schema is what the description uses of JSON Schema.
type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format               string
	Properties           map[string]schema
	AdditionalProperties any `json:"additionalProperties"`
	Required             []string
	Items                *schema
	AnyOf                []schema `json:"anyOf"`
	Enum                 []any
}

func loadSpec(t *testing.T) *spec {
	t.Helper()
	var s spec
	if err := json.Unmarshal(readFile(t, description), &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// faults lists where a value is not what the schema says.
func (s *spec) faults(at string, rule schema, v any) []string {
	if name, ok := strings.CutPrefix(rule.Ref, "#/components/schemas/"); ok {
		target, known := s.Components.Schemas[name]
		if !known {
			return []string{at + ": refers to " + name + ", which is not there"}
		}
		return s.faults(at, target, v)
	}
	if len(rule.AnyOf) > 0 {
		var all []string
		for _, one := range rule.AnyOf {
			found := s.faults(at, one, v)
			if len(found) == 0 {
				return nil
			}
			all = append(all, found...)
		}
		return all
	}
	if rule.Type != nil && !typeFits(rule.Type, v) {
		return []string{fmt.Sprintf("%s: found %v, expected %v", at, v, rule.Type)}
	}
	if len(rule.Enum) > 0 && !slices.Contains(rule.Enum, v) {
		return []string{fmt.Sprintf("%s: found %v, expected one of %v", at, v, rule.Enum)}
	}
	switch v := v.(type) {
	case string:
		return formatFault(at, rule.Format, v)
	case []any:
		var all []string
		for i, element := range v {
			if rule.Items != nil {
				all = append(all, s.faults(fmt.Sprintf("%s[%d]", at, i), *rule.Items, element)...)
			}
		}
		return all
	case map[string]any:
		return s.objectFaults(at, rule, v)
	}
	return nil
}

func (s *spec) objectFaults(at string, rule schema, v map[string]any) (all []string) {
	for _, name := range rule.Required {
		if _, there := v[name]; !there {
			all = append(all, at+": has no "+name)
		}
	}
	for name, value := range v {
		property, known := rule.Properties[name]
		switch further := rule.AdditionalProperties.(type) {
		case bool:
			if !known && !further {
				all = append(all, at+": has "+name+", which is not described")
			}
		case map[string]any:
			if !known {
				text, _ := json.Marshal(further)
				_ = json.Unmarshal(text, &property)
			}
		}
		all = append(all, s.faults(at+"."+name, property, value)...)
	}
	return all
}

func typeFits(types, v any) bool {
	names, several := types.([]any)
	if !several {
		names = []any{types}
	}
	for _, name := range names {
		number, isNumber := v.(float64)
		fits := false
		switch name {
		case "null":
			fits = v == nil
		case "string":
			_, fits = v.(string)
		case "boolean":
			_, fits = v.(bool)
		case "number":
			fits = isNumber
		case "integer":
			fits = isNumber && number == float64(int64(number))
		case "array":
			_, fits = v.([]any)
		case "object":
			_, fits = v.(map[string]any)
		}
		if fits {
			return true
		}
	}
	return false
}

func formatFault(at, format, text string) []string {
	layout := map[string]string{"date": time.DateOnly, "date-time": time.RFC3339Nano}[format]
	if layout == "" {
		return nil
	}
	if _, err := time.Parse(layout, text); err != nil {
		return []string{at + ": " + err.Error()}
	}
	return nil
}

// check holds an answer against the description of its operation.
func (s *spec) check(t *testing.T, method, path string, a answer) {
	t.Helper()
	op, known := s.Paths[path][strings.ToLower(method)]
	if !known {
		t.Errorf("%s %s is not described", method, path)
		return
	}
	response, known := op.Responses[fmt.Sprint(a.status)]
	if !known {
		response = op.Responses["default"]
	}
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if len(a.body) == 0 && len(response.Content) == 0 {
		return
	}
	content, known := response.Content[kind]
	if err != nil || !known {
		t.Errorf("%s %s: answer %d is %q, which is not described", method, path, a.status, a.header.Get("Content-Type"))
		return
	}
	if content.Schema.Format == "binary" {
		return
	}
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return
	}
	for _, fault := range s.faults("answer", content.Schema, v) {
		t.Errorf("%s %s, answer %d: %s", method, path, a.status, fault)
	}
}

// TestEveryOperationIsDescribed: the description lists exactly the operations, each with what it needs.
func TestEveryOperationIsDescribed(t *testing.T) {
	s, d := newServer(t, api.Config{Store: emptyStore(t)}), loadSpec(t)
	if d.OpenAPI != "3.1.0" {
		t.Errorf("the description is of OpenAPI %s", d.OpenAPI)
	}
	described := 0
	for _, path := range d.Paths {
		described += len(path)
	}
	for _, r := range s.api.Routes() {
		op, known := d.Paths[r.Path][strings.ToLower(r.Method)]
		if !known || op.Summary == "" || op.OperationID == "" || op.Action != string(r.Action) || len(op.Responses) < 2 || (len(op.Security) == 0) != (r.Action == "read_public") {
			t.Errorf("%s %s is described as %+v", r.Method, r.Path, op)
		}
	}
	if described != len(s.api.Routes()) {
		t.Errorf("%d operations are described, there are %d", described, len(s.api.Routes()))
	}
}

// TestAnswersFollowTheDescription holds answers, good and bad, against the checked-in description.
func TestAnswersFollowTheDescription(t *testing.T) {
	s, d := newServer(t, api.Config{Store: districtStore(t)}), loadSpec(t)
	for _, route := range s.api.Routes() {
		if route.Method != http.MethodGet {
			continue
		}
		for _, token := range []string{"finance", "supplier", "evaluator", ""} {
			d.check(t, route.Method, route.Path, s.get(t, token, exampleOf.Replace(route.Path)))
		}
		d.check(t, route.Method, route.Path, s.get(t, "finance", exampleOf.Replace(route.Path)+"?nothing=1"))
	}
	held := s.get(t, "finance", "/evaluations?status=held")
	if p := got[page](t, held, http.StatusOK); p.Total == 0 || p.Items[0].Value != nil {
		t.Errorf("the sample has no contract without a value: %+v", p)
	}
	d.check(t, http.MethodGet, "/evaluations", held)
	for _, row := range got[page](t, s.get(t, "finance", "/evaluations?per_page=500"), http.StatusOK).Items {
		d.check(t, http.MethodGet, "/evaluations/{contract}", s.get(t, "finance", "/evaluations/"+row.ContractNo))
	}
	for _, row := range got[page](t, s.get(t, "finance", "/ratings"), http.StatusOK).Items {
		d.check(t, http.MethodGet, "/suppliers/{supplier}", s.get(t, "finance", "/suppliers/"+row.ID))
	}
}
