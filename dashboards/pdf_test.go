package dashboards

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"pingxin/dashboards/access"
	"pingxin/dashboards/pdf"
)

// fetched finds what a document would fetch, or run.
var fetched = regexp.MustCompile(`(?i)<(script|img|iframe|object|embed|link)\b|url\([^#]|@import|\ssrc=`)

// drawnPlot is a chart that stands in a document.
var drawnPlot = regexp.MustCompile(`<div class="plot-drawn drawn-[a-z]+"><svg`)

// sheetOf begins what a PDF says of one of its sheets.
var sheetOf = regexp.MustCompile(`/Type /Page\b`)

// TestStandalonePages: what is handed to Chromium fetches and runs nothing, holds its charts and styles, and names its run at
// the foot of each sheet.
func TestStandalonePages(t *testing.T) {
	s, web := newServer(t, districtStore(t), io.Discard)
	for path, charts := range map[string]int{"/overview": 3, "/evaluations/" + plainContract: 2, "/suppliers/S02": 1, "/evaluations?q=x": 0, "/suppliers/S05/sheet": 0} {
		_, _, body := fetch(t, web.URL+path)
		request := httptest.NewRequest(http.MethodGet, path, nil)
		document, err := s.standalone(request, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		text := string(document)
		if found := fetched.FindString(text); found != "" {
			at := strings.Index(text, found)
			t.Errorf("%s: the document holds %q in %q", path, found, text[max(0, at-60):min(len(text), at+120)])
		}
		if n := len(drawnPlot.FindAllString(text, -1)); n < charts {
			t.Errorf("%s: %d charts are drawn, want at least %d", path, n, charts)
		}
		for _, want := range []string{offline, "<style>", `<base href="http://example.com">`} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the document does not hold %q", path, want)
			}
		}
		if !strings.Contains(path, "sheet") && !strings.Contains(text, `@bottom-left { content: "第 3 次运行`) {
			t.Errorf("%s: the foot does not name the run", path)
		}
	}
}

// TestFootIsNoStyle: a line with quotes, a tag or a line's end stays the text of the foot.
func TestFootIsNoStyle(t *testing.T) {
	got := pageFoot("a\"b</style>\\c\nd", `e"`)
	if want := `@page { @bottom-left { content: "a\22 b\3c /style>\5c c d"; font-size: 7.5pt; color: #444; } @bottom-center { content: "e\22 "; font-size: 8pt; width: 62mm; } } .foot { display: none; } main > .table-box { --rest: 2pt !important; }`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestPDF: with a Chromium a page offers itself as PDF, of the page alone; without one it does not.
func TestPDF(t *testing.T) {
	s, web := newServer(t, districtStore(t), io.Discard)
	if _, _, body := fetch(t, web.URL+"/evaluations"); strings.Contains(body, "pdf=on") {
		t.Error("a PDF is offered where no Chromium is")
	}
	if status, _, body := fetch(t, web.URL+"/evaluations?pdf=on&lang=en"); status != http.StatusNotFound || !strings.Contains(body, "No Chromium is installed") {
		t.Errorf("a PDF without Chromium: status %d", status)
	}
	if s.config.Printer = pdf.Find(); s.config.Printer == nil {
		t.Skip("no Chromium is installed")
	}
	if _, _, body := fetch(t, web.URL+"/evaluations?year=2024"); !strings.Contains(body, `href="/evaluations?pdf=on&amp;year=2024" download>PDF`) {
		t.Error("no PDF is offered")
	}
	status, header, body := fetch(t, web.URL+"/evaluations/"+plainContract+"?pdf=on")
	if status != http.StatusOK || header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(body, "%PDF-") ||
		!strings.HasSuffix(header.Get("Content-Disposition"), `.pdf"`) || header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("status %d, %v, %.40q", status, header, body)
	}
	// 50 rows fill two sheets of A4 across and a third in part; nothing stands on a fourth.
	if _, _, body := fetch(t, web.URL+"/evaluations?pdf=on"); len(sheetOf.FindAllString(body, -1)) > 3 {
		t.Errorf("a list of 50 contracts takes %d sheets", len(sheetOf.FindAllString(body, -1)))
	}
	s.recognise = as(access.Anyone)
	web.Config.Handler = s.Handler()
	if _, _, body := fetch(t, web.URL+"/overview?pdf=on"); strings.HasPrefix(body, "%PDF-") {
		t.Error("nobody gets the overview as PDF")
	}
}
