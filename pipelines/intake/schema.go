package intake

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
)

// tableSchema and field are the parts of Frictionless Table Schema that are used.
type tableSchema struct {
	Name          string   `json:"name"`
	Title         string   `json:"title"`
	Fields        []field  `json:"fields"`
	PrimaryKey    []string `json:"primaryKey"`
	MissingValues []string `json:"missingValues"`
}

type field struct {
	Name        string         `json:"name"`
	Title       string         `json:"title"`
	Type        string         `json:"type"`
	Example     string         `json:"example,omitempty"`
	Constraints map[string]any `json:"constraints,omitempty"`
}

// frictionlessTypes gives each type its name there and the constraint that every cell meets.
var frictionlessTypes = map[Type]struct {
	name       string
	constraint map[string]any
}{
	Text: {"string", nil}, Prose: {"string", nil}, Code: {"string", nil}, Enum: {"string", nil}, Date: {"date", nil}, Boolean: {"boolean", nil},
	USCC:    {"string", map[string]any{"pattern": "^[0-9A-HJ-NPQRTUWXY]{18}$"}},
	Yuan:    {"number", map[string]any{"pattern": `^\d{1,13}(\.\d{1,2})?$`}},
	Score:   {"number", map[string]any{"pattern": `^\d{1,3}(\.\d{1,4})?$`, "minimum": 0, "maximum": 100}},
	Integer: {"integer", map[string]any{"minimum": 0}},
	Year:    {"integer", map[string]any{"minimum": yearFirst, "maximum": yearLast}},
	Number:  {"number", nil},
}

// Schema is the Frictionless Table Schema of a kind as JSON.
func Schema(kind Kind) []byte {
	s := tableSchema{Name: kind.Name, Title: kind.ZH, PrimaryKey: kind.Key, MissingValues: []string{""}}
	for _, c := range kind.Columns {
		t := frictionlessTypes[c.Type]
		f := field{Name: c.Name, Title: c.ZH, Type: t.name, Example: c.Example, Constraints: map[string]any{}}
		for key, value := range t.constraint {
			f.Constraints[key] = value
		}
		if c.Required {
			f.Constraints["required"] = true
		}
		var words []string
		for _, w := range c.Words {
			words = append(words, w.Value)
		}
		if len(words) > 0 {
			f.Constraints["enum"] = words
		}
		s.Fields = append(s.Fields, f)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // plain values only
	}
	return append(text, '\n')
}

// Template is an example file of a kind; the templates of all kinds, imported in their order, fit together. It has a Chinese header unless lang is "en".
func Template(kind Kind, lang string) []byte {
	var header, example []string
	for _, c := range kind.Columns {
		title := c.ZH
		if lang == "en" {
			title = c.Name
		}
		header, example = append(header, title), append(example, c.Example)
	}
	var b bytes.Buffer
	b.WriteString("\ufeff") // by which spreadsheets know Chinese text
	w := csv.NewWriter(&b)
	if err := w.WriteAll(append([][]string{header, example}, kind.More...)); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}
