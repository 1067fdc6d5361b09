package api

import (
	"encoding"
	"encoding/json"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pingxin/dashboards/plain"
)

// body is what an operation answers, written as package plain writes it.
type body[T any] struct{ text []byte }

// MarshalJSON returns the text.
func (b body[T]) MarshalJSON() ([]byte, error) { return b.text, nil }

// Schema describes T as package plain writes it.
func (body[T]) Schema(r huma.Registry) *huma.Schema { return schemaOf(r, reflect.TypeFor[T](), true) }

var (
	timeType    = reflect.TypeFor[time.Time]()
	rawType     = reflect.TypeFor[json.RawMessage]()
	textType    = reflect.TypeFor[encoding.TextMarshaler]()
	problemType = reflect.TypeFor[Problem]()
)

// kindsOfSchema are the words of JSON Schema for what needs no looking into.
var kindsOfSchema = map[reflect.Kind]string{
	reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Int32: "integer", reflect.Int64: "integer",
	reflect.Float64: "number", reflect.Float32: "number",
}

// schemaOf describes a type; day says that a time is a day. Structs become components of the registry.
func schemaOf(r huma.Registry, t reflect.Type, day bool) *huma.Schema {
	switch {
	case t == timeType:
		return nullable(&huma.Schema{Type: "string", Format: map[bool]string{true: "date", false: "date-time"}[day]})
	case t == rawType:
		return &huma.Schema{}
	case t.Implements(textType):
		return &huma.Schema{Type: "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(schemaOf(r, t.Elem(), day))
	case reflect.Slice, reflect.Array:
		return &huma.Schema{Type: "array", Items: schemaOf(r, t.Elem(), day)}
	case reflect.Map:
		return &huma.Schema{Type: "object", AdditionalProperties: schemaOf(r, t.Elem(), day)}
	case reflect.Struct:
		return component(r, t)
	case reflect.Float64, reflect.Float32: // NaN is null
		return &huma.Schema{Type: "number", Nullable: true}
	}
	return &huma.Schema{Type: kindsOfSchema[t.Kind()]}
}

// component describes a struct once and refers to it.
func component(r huma.Registry, t reflect.Type) *huma.Schema {
	name := componentName(t)
	ref := &huma.Schema{Ref: "#/components/schemas/" + name}
	if _, known := r.Map()[name]; known {
		return ref
	}
	s := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	r.Map()[name] = s // before its fields, which may hold the type again
	for _, f := range plain.Fields(t) {
		field := schemaOf(r, f.Type, f.Day)
		if f.Doc != "" && field.Ref == "" {
			field.Description = f.Doc
		}
		s.Properties[f.Name] = field
		s.Required = append(s.Required, f.Name)
	}
	return ref
}

// componentName is the type's name, with its package where that is not this one.
func componentName(t reflect.Type) string {
	name := t.Name()
	if outer, inner, generic := strings.Cut(strings.TrimSuffix(name, "]"), "["); generic {
		return outer + "Of" + inner[strings.LastIndexAny(inner, "./")+1:]
	}
	if pkg := path.Base(t.PkgPath()); pkg != "api" {
		return strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	return name
}

func nullable(s *huma.Schema) *huma.Schema {
	if s.Ref != "" {
		return &huma.Schema{AnyOf: []*huma.Schema{s, {Type: "null"}}}
	}
	s.Nullable = true
	return s
}
