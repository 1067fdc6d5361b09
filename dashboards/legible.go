package dashboards

import (
	"bytes"
	"html/template"
	"strings"
	"unicode/utf8"
)

// Fill executes a template of the set and returns the page. A sign that rearranges the line in which it stands, or that no reader can see, is shown as
// the replacement character: a name from a file can neither turn the figures beside it nor hide a part of itself. Files
// that leave the program keep every sign.
func Fill(t *template.Template, name string, data any) ([]byte, error) {
	var page bytes.Buffer
	if err := t.ExecuteTemplate(&page, name, data); err != nil {
		return nil, err
	}
	if bytes.IndexFunc(page.Bytes(), func(r rune) bool { return legible(r) != r }) < 0 {
		return page.Bytes(), nil
	}
	return bytes.Map(legible, page.Bytes()), nil
}

// Legible is a text as a page shows it, for what is read elsewhere than on a page and by no program, as on a terminal.
func Legible(text string) string { return strings.Map(legible, text) }

// legible is a character as a page shows it. Those replaced are the marks of direction of Unicode's bidirectional algorithm
// (UAX 9, table 2), what has no width, and control characters that HTML does not allow.
func legible(r rune) rune {
	switch {
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c,
		r == 0x200b, r == 0x2060, r == 0xfeff,
		r < ' ' && r != '\n' && r != '\t' && r != '\r', r >= 0x7f && r <= 0x9f:
		return utf8.RuneError
	}
	return r
}
