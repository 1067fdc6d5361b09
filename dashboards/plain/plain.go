// Package plain decides how a value of ours is written as JSON, for programs that read it: on the command line and in
// the HTTP API alike. Names are in snake case, a missing number (NaN) or day is null, a day is written without a time
// and a moment with it, a list is never null. What the values mean is left to those who make them.
package plain

import (
	"encoding"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode"
)

// Value turns a value into maps, lists and what JSON has words for.
func Value(v any) any { return valueOf(reflect.ValueOf(v), false) }

// JSON is the text of a value; it fails on what no value of ours holds, such as a channel.
func JSON(v any) ([]byte, error) { return json.Marshal(Value(v)) }

var (
	timeType = reflect.TypeFor[time.Time]()
	textType = reflect.TypeFor[encoding.TextMarshaler]()
	jsonType = reflect.TypeFor[json.Marshaler]()
)

// valueOf writes one value; day says that a time is a day.
func valueOf(v reflect.Value, day bool) any {
	if !v.IsValid() {
		return nil
	}
	switch {
	case v.Type() == timeType:
		return moment(v.Interface().(time.Time), day)
	case v.Type().Implements(jsonType), v.Type().Implements(textType):
		return v.Interface()
	}
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		if math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0) {
			return nil
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return valueOf(v.Elem(), day)
	case reflect.Slice, reflect.Array:
		all := make([]any, v.Len())
		for i := range all {
			all[i] = valueOf(v.Index(i), day)
		}
		return all
	case reflect.Map:
		all := make(map[string]any, v.Len())
		for _, key := range v.MapKeys() {
			all[key.String()] = valueOf(v.MapIndex(key), day)
		}
		return all
	case reflect.Struct:
		fields := map[string]any{}
		for _, f := range Fields(v.Type()) {
			fields[f.Name] = valueOf(v.FieldByIndex(f.Index), f.Day)
		}
		return fields
	}
	return v.Interface()
}

func moment(t time.Time, day bool) any {
	switch {
	case t.IsZero():
		return nil
	case day:
		return t.Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// Field is one field of a struct as it is written.
type Field struct {
	Name  string
	Day   bool // whether a time in it is a day
	Doc   string
	Type  reflect.Type
	Index []int // as reflect.Value.FieldByIndex takes it
}

// Fields are the fields of a struct in order, those of embedded structs among them. A json tag names a field, or takes
// it out; without one the name comes from ours. By the convention of the tables, a time whose name ends in "at" is a
// moment and any other is a day.
func Fields(t reflect.Type) []Field {
	var all []Field
	for _, f := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || tag == "-" || f.Anonymous && f.Type.Kind() == reflect.Struct {
			continue
		}
		name := tag
		if name == "" {
			name = Snake(f.Name)
		}
		all = append(all, Field{Name: name, Day: name != "at" && !strings.HasSuffix(name, "_at"), Doc: f.Tag.Get("doc"), Type: f.Type, Index: f.Index})
	}
	return all
}

// Snake writes a Go name in snake case: ContractNo becomes contract_no, SHA256 sha256 and ScoreE4 score_e4.
func Snake(name string) string {
	letters := []rune(name)
	var b strings.Builder
	for i, c := range letters {
		if i > 0 && unicode.IsUpper(c) && (!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
