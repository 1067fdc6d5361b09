package hostile

import "testing"

// Both sides of what the walk looks for.
func TestWhatIsObeyedIsSeen(t *testing.T) {
	for _, c := range []struct {
		kind, body string
		obeyed     bool
	}{
		{"text/html", `<a href="/x" title="&#34; onerror=1">&lt;script&gt;</a>`, false},
		{"text/html", `<img src="/x" onerror=alert(1)>`, true},
		{"text/html", `<a href=" javascript:alert(1)">x</a>`, true},
		{"text/html", `<a href="//` + Mark + `.example">x</a>`, true},
		{"text/html", `<td>` + Texts[0] + `</td>`, true},
		{"text/html", "<td>1\u202e2</td>", true},
		{"text/csv", "'=1+" + Mark + "\n", false},
		{"text/csv", "=1+" + Mark + "\n", true},
		{"application/json", `{"a":"` + Mark + `"}`, false},
		{"application/json", `{"a":"` + Mark, true},
		{"image/svg+xml", `<svg><text>&lt;b></text></svg>`, false},
		{"image/svg+xml", `<svg onload="x"/>`, true},
		{"image/svg+xml", `<svg><text><b></text></svg>`, true},
	} {
		if said := Obeyed(c.kind, c.body); (said != "") != c.obeyed {
			t.Errorf("%s %q: got %q, want a finding: %v", c.kind, c.body, said, c.obeyed)
		}
	}
}
