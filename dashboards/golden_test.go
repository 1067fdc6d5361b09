package dashboards

import (
	"flag"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/locale"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// The slips of four contracts, one for each state that an evaluation can be in, as they are in the golden files; only what stands in the page
// itself, without the navigation and the addresses of assets. What a page said that differs stands beside the file as .got.
func TestSlipsAreGolden(t *testing.T) {
	s, web := newServer(t, districtStore(t), io.Discard)
	s.config.Now = func() time.Time { return on("2026-04-02") }
	for name, contract := range map[string]string{"plain": plainContract, "capped": cappedContract, "held": heldContract, "slash": slashContract} {
		for _, lang := range locale.Languages {
			_, _, body := fetch(t, web.URL+inLanguage("/evaluations/"+url.PathEscape(contract), lang))
			golden(t, filepath.Join("testdata", "golden", "slip-"+name+"-"+lang+".html"), mainOf(body))
		}
	}
}

var assetHash = regexp.MustCompile(`/static/[0-9a-f]+/`)

// mainOf is what stands in a page's main element, a line for each line that is not empty.
func mainOf(body string) string {
	from, to := strings.Index(body, "<main"), strings.LastIndex(body, "</main>")
	if from < 0 || to < from {
		return body
	}
	var lines []string
	for line := range strings.Lines(assetHash.ReplaceAllString(body[from:to], "/static/HASH/")) {
		if line = strings.TrimRight(line, " \t\r\n"); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// golden compares a text with a file, or writes the file where -update asks for that.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; `go test ./dashboards -run %s -update` writes it", err, t.Name())
	}
	if string(want) == got {
		return
	}
	beside := strings.TrimSuffix(path, ".html") + ".got.html"
	if err := os.WriteFile(beside, []byte(got), 0o644); err != nil {
		t.Error(err)
	}
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wanted) || line != wanted[i] {
			t.Errorf("%s differs from line %d on, see %s:\n got %.200s\nwant %.200s", path, i+1, beside, line, strings.Join(wanted[min(i, len(wanted)):min(i+1, len(wanted))], ""))
			return
		}
	}
	t.Errorf("%s goes on where the page ends, see %s", path, beside)
}
