package policy

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var (
	keyLine  = regexp.MustCompile(`^([a-z_0-9]+) *=`)
	identity = map[string]bool{"id": true, "parent": true, "name": true} // told by the comment above their block
)

// TestEveryKeyIsDocumented asks of each key of the default policy a comment beside it or on the line above; what only
// identifies an indicator, band or cap may be told by the comment above its block.
func TestEveryKeyIsDocumented(t *testing.T) {
	lines := strings.Split(load(t, "jiangbei-2015").Text, "\n")
	told := false // whether the comment above the block told what it is
	for i, line := range lines {
		above := i > 0 && strings.HasPrefix(lines[i-1], "#")
		if strings.HasPrefix(line, "[") {
			if told = above; !told {
				t.Errorf("line %d: %s has no comment above", i+1, line)
			}
		}
		key := keyLine.FindStringSubmatch(line)
		if key == nil || above || strings.Contains(line, " # ") || told && identity[key[1]] {
			continue
		}
		t.Errorf("line %d: %s has no comment beside it or above", i+1, line)
	}
}

// TestEveryPossibleKeyIsMentioned asks that the default policy uses each key that a file may have, or explains it.
func TestEveryPossibleKeyIsMentioned(t *testing.T) {
	text := load(t, "jiangbei-2015").Text
	var visit func(reflect.Type)
	visit = func(table reflect.Type) {
		for f := range table.Fields() {
			key := f.Tag.Get("toml")
			if key == "" || key == "-" {
				continue
			}
			if !regexp.MustCompile(`\b` + key + `\b`).MatchString(text) {
				t.Errorf("the key %s of %s is neither used nor explained", key, table)
			}
			if inner := within(f.Type); inner.Kind() == reflect.Struct {
				visit(inner)
			}
		}
	}
	visit(reflect.TypeFor[Policy]())
}
