package policy

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// refusal joins the faults of a file, each with the name of the file.
func refusal(name string, faults []error) error {
	lines := make([]error, len(faults))
	for i, f := range faults {
		lines[i] = fmt.Errorf("%s: %w", name, f)
	}
	return fmt.Errorf("policy %s was refused; mend what follows (%d in all) and try `pingxin policy check %s`\n%w", name, len(faults), name, errors.Join(lines...))
}

// misread says where the decoder stumbled, and what was expected there.
func misread(err error) []error {
	if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		faults := make([]error, len(unknown.Errors))
		for i := range unknown.Errors {
			row, column := unknown.Errors[i].Position()
			key := unknown.Errors[i].Key()
			faults[i] = fmt.Errorf("line %d, column %d: found the unknown key %q, %s", row, column, strings.Join(key, "."), advice(key))
		}
		return faults
	}
	if d, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, column := d.Position()
		where := fmt.Sprintf("line %d, column %d", row, column)
		if key := d.Key(); len(key) > 0 {
			where += fmt.Sprintf(", key %q", strings.Join(key, "."))
		}
		return []error{fmt.Errorf("%s: %s; mend it after the example of `pingxin policy show jiangbei-2015`", where, strings.TrimPrefix(d.Error(), "toml: "))}
	}
	return []error{err}
}

// advice names the nearest known key beside an unknown one, or all of them when none is near.
func advice(key []string) string {
	table, last := key[:len(key)-1], key[len(key)-1]
	t, known := tableAt(table)
	if !known {
		return "expected no keys below " + strings.Join(table, ".") + "; take it out"
	}
	far := func(path string) int { return distance(last, path[strings.LastIndex(path, ".")+1:]) }
	nearest := slices.MinFunc(below(t, ""), func(a, b string) int { return far(a) - far(b) })
	if far(nearest) <= len(last)/2 {
		return fmt.Sprintf("expected perhaps %q; correct it or take it out", strings.Join(append(slices.Clone(table), nearest), "."))
	}
	return "expected one of " + listed(tags(t)) + "; correct it or take it out"
}

// tableAt finds the type of the table of that name.
func tableAt(table []string) (t reflect.Type, known bool) {
	t = reflect.TypeFor[Policy]()
	for _, key := range table {
		at := slices.IndexFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return f.Tag.Get("toml") == key })
		if at < 0 {
			return nil, false
		}
		if t = within(t.Field(at).Type); t.Kind() != reflect.Struct {
			return nil, false
		}
	}
	return t, true
}

// below lists the paths of all keys of a table, its own before those of the lists and tables in it: the decoder does
// not say in which list of a table an unknown key stands.
func below(t reflect.Type, prefix string) (paths []string) {
	for _, key := range tags(t) {
		paths = append(paths, prefix+key)
	}
	for f := range t.Fields() {
		if inner, key := within(f.Type), f.Tag.Get("toml"); inner.Kind() == reflect.Struct && key != "" && key != "-" {
			paths = append(paths, below(inner, prefix+key+".")...)
		}
	}
	return paths
}

// within is the type of a table behind pointers and lists.
func within(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}

// tags lists the keys of a struct in the order of its fields.
func tags(t reflect.Type) (keys []string) {
	for f := range t.Fields() {
		if key := f.Tag.Get("toml"); key != "" && key != "-" {
			keys = append(keys, key)
		}
	}
	return keys
}

// distance is the number of letters to insert, delete or replace to turn a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}

func listed(words []string) string { return strings.Join(words, ", ") }

// infinite finds the numbers that TOML can write and no rule can use: nan and inf.
func infinite(p *Policy) []error {
	var faults []error
	var visit func(key string, v reflect.Value)
	visit = func(key string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Float64:
			if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
				faults = append(faults, fmt.Errorf("%s: found %g, expected a number with digits", key, f))
			}
		case reflect.Pointer:
			if !v.IsNil() {
				visit(key, v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				visit(fmt.Sprintf("%s[%d]", key, i), v.Index(i))
			}
		case reflect.Map:
			for _, k := range v.MapKeys() {
				visit(key+"."+k.String(), v.MapIndex(k))
			}
		case reflect.Struct:
			for f, field := range v.Fields() {
				visit(strings.TrimPrefix(key+"."+f.Tag.Get("toml"), "."), field)
			}
		}
	}
	visit("", reflect.ValueOf(p))
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) }) // maps have no order
	return faults
}
