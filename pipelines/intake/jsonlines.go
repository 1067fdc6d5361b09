package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// jsonSource reads JSON lines: each an object whose members are the cells of a row. The columns are all names that occur,
// in the order of their first occurrence, for which the file is read once before its rows.
type jsonSource struct {
	text    *lines
	columns []string
	cells   []string
	line    int64
	raw     string // the line itself
}

func openJSONLines(f *os.File, text *lines, c Choice) (source, error) {
	s := &jsonSource{}
	first := &jsonSource{text: text}
	for {
		members, err := first.object()
		var row *rowError
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.As(err, &row) {
			return nil, err
		}
		for _, m := range members {
			if !slices.Contains(s.columns, m.name) {
				s.columns = append(s.columns, m.name)
			}
		}
		if len(s.columns) > columnsMax {
			break // which the header says
		}
	}
	if len(s.columns) == 0 {
		return nil, refuse("json_syntax", first.line, params{"found": ""}, "line %d: expected a JSON object such as {\"contract_no\": \"HT2025-0001\", ...}", max(first.line, 1))
	}
	again, err := decoded(f, c, &Inspection{})
	if err != nil {
		return nil, err
	}
	s.text, s.cells = again, make([]string, len(s.columns))
	return s, nil
}

func (s *jsonSource) header() []string { return s.columns }
func (s *jsonSource) notes() []Note    { return s.text.notes() }

func (s *jsonSource) next() ([]string, int64, error) {
	members, err := s.object()
	clear(s.cells)
	var bad *rowError
	if errors.As(err, &bad) {
		s.cells[0] = s.raw // so that nothing of the line is lost where it is handed back
	}
	if err != nil {
		return s.cells, s.line, err
	}
	for _, m := range members {
		s.cells[slices.Index(s.columns, m.name)] = m.text
	}
	return s.cells, s.line, nil
}

// member is one name of an object with its value as the text that it would be in CSV.
type member struct{ name, text string }

// object reads the next line that is not empty.
func (s *jsonSource) object() ([]member, error) {
	for {
		line, err := s.text.next()
		if err != nil {
			return nil, err
		}
		s.line++
		if line = strings.TrimSpace(line); line != "" {
			s.raw = line
			return members(line)
		}
	}
}

// members reads an object token by token, as a decoder into a map would drop one of two members of one name in silence.
func members(line string) ([]member, error) {
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, jsonError("json_syntax", "", "a JSON object such as {\"contract_no\": \"HT2025-0001\", ...}", "write one object a line")
	}
	var all []member
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, jsonError("json_syntax", "", "a JSON object", "look for a missing quote or comma")
		}
		m := member{name: fmt.Sprint(name)}
		if slices.ContainsFunc(all, func(o member) bool { return o.name == m.name }) {
			return all, jsonError("json_twice", m.name, "each name once", "take one out")
		}
		switch v, err := d.Token(); v := v.(type) {
		case json.Delim:
			return all, jsonError("json_nested", m.name, "a text, a number, true, false or null for "+m.name, "write the value without brackets")
		case nil:
			if err != nil {
				return all, jsonError("json_syntax", m.name, "a value for "+m.name, "look for a missing quote or comma")
			}
		default:
			m.text = fmt.Sprint(v)
		}
		all = append(all, m)
		if len(all) > columnsMax {
			break
		}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return all, jsonError("json_syntax", "", "the end of the object", "look for a missing bracket")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return all, jsonError("json_syntax", "", "nothing behind the object", "write one object a line")
	}
	return all, nil
}

func jsonError(cause, found, expected, mend string) *rowError {
	return &rowError{found, trouble{cause: cause, expected: expected, mend: mend, params: params{"name": found}}}
}
