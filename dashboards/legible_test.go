package dashboards

import (
	"html/template"
	"testing"
)

// A name can neither turn the figures beside it nor hide a part of itself; one of signs that are read from right to left is
// a name like any other.
func TestNamesStayLegible(t *testing.T) {
	page := template.Must(template.New("layout").Parse("<td title=\"{{.}}\">{{.}}</td>\n\t"))
	for name, want := range map[string]string{
		"惠民中心":                         "惠民中心",
		"مركز":                         "مركز",
		"100\u202e5.00\u2066":          "100\ufffd5.00\ufffd",
		"a\u200fb\u061cc\u200bd\ufeff": "a\ufffdb\ufffdc\ufffdd\ufffd",
		"a\x01\x1b[31m\x7f":            "a\ufffd\ufffd[31m\ufffd",
		"क्‍ष":                         "क्‍ष", // whose joiner is part of how it is written
	} {
		got, err := Fill(page, "layout", name)
		if want := "<td title=\"" + want + "\">" + want + "</td>\n\t"; err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}
