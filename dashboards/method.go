package dashboards

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"pingxin/dashboards/locale"
)

// methodPage explains one method.
type methodPage struct {
	*basis
	Group    methodGroup
	Short    template.HTML
	Sections []methodSection
	Keys     table
}

// methodSection is one part of the explanation.
type methodSection struct {
	ID, Heading string
	Formula     template.HTML // stands before the text of its section
	Note        string        // stands below the heading; may be empty
	Text        template.HTML
}

// methodSections are the parts of every explanation, in order. The names of the texts follow the language, as in
// "en answers"; the formula is the same in every language.
var methodSections = []string{"answers", "symbols", "example", "limits", "source", "policy"}

func (s *Server) method(b *base) (any, error) {
	m, known := methodByID(b.pathValue("/methods/"))
	if !known {
		return nil, errNoPage
	}
	p := &methodPage{basis: b.basis}
	title, err := b.methodText(m.ID, b.Language+" title")
	if err != nil {
		return nil, err
	}
	b.name("methods", string(title))
	if p.Short, err = b.methodText(m.ID, b.Language+" short"); err != nil {
		return nil, err
	}
	if p.Group, err = b.methodGroup(m.Group, m.ID); err != nil {
		return nil, err
	}
	for _, id := range methodSections {
		section := methodSection{ID: id, Heading: b.T("method." + id)}
		if section.Text, err = b.methodText(m.ID, b.Language+" "+id); err != nil {
			return nil, err
		}
		switch id {
		case "symbols":
			if section.Formula, err = b.methodText(m.ID, "formula"); err != nil {
				return nil, err
			}
		case "example":
			section.Note = b.T("method.example.note", "Policy", defaultPolicy)
		}
		p.Sections = append(p.Sections, section)
	}
	p.Keys, err = b.keyTable(m.Keys)
	return p, err
}

// keyTable shows the keys of a method with the default and the value in the policy of the run.
func (b *base) keyTable(keys []string) (table, error) {
	t := table{Caption: b.T("method.policy"), Head: b.columns("col.key"), Empty: b.T("method.no_key")}
	t.Head = append(t.Head, head{Label: b.T("method.by_default", "Policy", defaultPolicy)})
	var current policyTable
	if b.Run != nil {
		t.Head = append(t.Head, head{Label: b.T("method.in_run", "Policy", b.Run.PolicyID, "Run", b.Run.ID)})
		var err error
		if current, err = readPolicyTable(b.Run.PolicyText); err != nil {
			return t, fmt.Errorf("policy of run %d: %w", b.Run.ID, err)
		}
	}
	for _, key := range keys {
		row := []cell{text(key), text(b.valueOf(b.methods.defaults, key))}
		if b.Run != nil {
			row = append(row, text(b.valueOf(current, key)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// valueOf writes what a policy has under a key, or says that it has none or too many values to list.
func (b *base) valueOf(p policyTable, key string) string {
	if value := p.value(key); value != "" {
		return value
	}
	if len(p.values(key)) == 0 {
		return b.T("method.unset")
	}
	return b.T("method.many")
}

// policyTable is the text of a policy as tables within tables, read without knowing its keys: a page must show a run
// made under a policy that this version of the program would no longer accept.
type policyTable map[string]any

func readPolicyTable(text string) (policyTable, error) {
	var p policyTable
	err := toml.Unmarshal([]byte(text), &p)
	return p, err
}

// listedValues is how many values of one key a line can hold.
const listedValues = 8

// value writes what stands under a key such as "evaluation.location.trim", each entry of a list with its name; empty
// when that is nothing or too much to list.
func (p policyTable) value(key string) string {
	values := p.values(key)
	if len(values) > listedValues {
		return ""
	}
	return strings.Join(values, " / ")
}

func (p policyTable) values(key string) []string {
	written := groupedValue
	if strings.HasSuffix(key, "year") {
		written = fmt.Sprint
	}
	return valuesUnder(map[string]any(p), strings.Split(key, "."), "", written)
}

// groupedValue writes a value of a policy, an integer with thousands separated.
func groupedValue(v ...any) string {
	if n, whole := v[0].(int64); whole {
		return locale.Count(n)
	}
	return fmt.Sprint(v...)
}

// valuesUnder follows a path through tables and lists; name is that of the list's entry above.
func valuesUnder(at any, path []string, name string, written func(...any) string) []string {
	switch node := at.(type) {
	case nil:
		return nil
	case map[string]any:
		if len(path) > 0 {
			return valuesUnder(node[path[0]], path[1:], name, written)
		}
		var pairs []string
		for _, key := range slices.Sorted(maps.Keys(node)) {
			pairs = append(pairs, key+" "+written(node[key]))
		}
		return []string{strings.TrimSpace(name + " " + strings.Join(pairs, ", "))}
	case []any:
		var all []string
		for _, entry := range node {
			all = append(all, valuesUnder(entry, path, nameOfEntry(entry, len(node)), written)...)
		}
		return all
	default:
		if len(path) > 0 {
			return nil
		}
		value := written(node)
		if name == value {
			name = ""
		}
		return []string{strings.TrimSpace(name + " " + value)}
	}
}

// nameOfEntry is by what an entry of a list is told from the others; empty when there are none.
func nameOfEntry(entry any, entries int) string {
	fields, isTable := entry.(map[string]any)
	if !isTable || entries < 2 {
		return ""
	}
	for _, key := range []string{"id", "party", "grade", "stars"} {
		if name, there := fields[key]; there {
			return fmt.Sprint(name)
		}
	}
	return ""
}
