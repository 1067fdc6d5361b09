package dashboards

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"time"

	"pingxin/dashboards/drawing"
	"pingxin/dashboards/locale"
)

// pdfKey asks in the address of a page for the page as PDF.
const pdfKey = "pdf"

// pdfTimeout is how long the answer may take: the wait for one's turn, the charts and the printing.
const pdfTimeout = 2 * time.Minute

// errNoPrinter says that nothing is installed here that makes a PDF.
var errNoPrinter = errors.New("no Chromium is installed")

// PDF is the address of this page as PDF; empty where none can be made.
func (b *basis) PDF() string {
	if !b.pdf {
		return ""
	}
	return b.base.samePage(pdfKey, "on")
}

// printed answers with a page as PDF. It is made of what the page itself carries, so that it cannot show anything else.
func (s *Server) printed(w http.ResponseWriter, r *http.Request, name string, data any) error {
	if s.config.Printer == nil {
		return errNoPrinter
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(pdfTimeout)) // a writer without deadlines, as in a test, waits
	var page bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&page, "layout", data); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	document, err := s.standalone(r, page.Bytes())
	if err != nil {
		return err
	}
	content, err := s.config.Printer.Print(r.Context(), document)
	if err != nil {
		return fmt.Errorf("page %s as PDF: %w", name, err)
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.pdf"`, fileStem(r.URL.Path)))
	_, _ = w.Write(content) // the reader has gone: nobody is left to tell
	return nil
}

// notInNames is what some file system minds in a name.
var notInNames = regexp.MustCompile(`[^A-Za-z0-9]+`)

// fileStem is a file's name of the path of a page.
func fileStem(path string) string {
	stem := strings.Trim(notInNames.ReplaceAllString(path, "-"), "-")
	return orText(stem, "page")
}

// What a page that stands alone is made of: it has no script, its styles inside, and fetches nothing.
var (
	styleLink     = regexp.MustCompile(`<link rel="stylesheet" href="/static/[^/"]+/([^"]+)">`)
	pageScript    = regexp.MustCompile(`(?s)<script\b.*?</script>`)
	iconLink      = regexp.MustCompile(`<link rel="icon"[^>]*>`)
	drawnFallback = regexp.MustCompile(`(?s)<noscript>.*?</noscript>`)
)

// offline is the policy of a page that stands alone.
const offline = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`

// standalone makes of a page a document that needs nothing but itself: its charts are drawn, its style sheets stand in it, and
// the foot of each sheet of paper says what it is of.
func (s *Server) standalone(r *http.Request, page []byte) ([]byte, error) {
	page, err := s.withDrawings(r, page)
	if err != nil {
		return nil, err
	}
	page = drawnFallback.ReplaceAll(page, nil)
	page = pageScript.ReplaceAll(page, nil)
	page = iconLink.ReplaceAll(page, nil)
	page = styleLink.ReplaceAllFunc(page, func(link []byte) []byte {
		sheet := s.assets.files[string(styleLink.FindSubmatch(link)[1])]
		return []byte("<style>" + string(sheet.plain) + "</style>")
	})
	head := offline + `<base href="` + html.EscapeString(origin(r)) + `">`
	page = bytes.Replace(page, []byte("<head>"), []byte("<head>"+head), 1)
	return bytes.Replace(page, []byte("</head>"), []byte("<style>"+pageFoot(lineOf(runLine, page), signatureOf(page))+"</style></head>"), 1), nil
}

// withDrawings puts the drawing of each chart into its place.
func (s *Server) withDrawings(r *http.Request, page []byte) ([]byte, error) {
	var out bytes.Buffer
	rest := 0
	for _, m := range figureBlock.FindAllSubmatchIndex(page, -1) {
		size := string(page[m[2]:m[3]])
		svg, err := s.studio.Draw(r.Context(), page[m[6]:m[7]], drawing.Frame{Width: drawingWidth, Height: drawingHeights[size],
			English: r.URL.Query().Get("lang") == locale.English, Tokens: s.assets.tokens})
		if err != nil {
			return nil, err
		}
		out.Write(page[rest:m[0]])
		fmt.Fprintf(&out, `<div class="plot-drawn drawn-%s">%s</div>`, size, svg)
		rest = m[1]
	}
	out.Write(page[rest:])
	return out.Bytes(), nil
}

// runLine finds what the foot of a page says of its run.
var runLine = regexp.MustCompile(`(?s)<p class="run-line">(.*?)</p>`)

// signatureLine finds the line below which a page is signed, ownSignature a page that has more lines to sign than one.
var (
	signatureLine = regexp.MustCompile(`(?s)<p class="signature">(.*?)</p>`)
	ownSignature  = regexp.MustCompile(`class="[^"]*\bsigning"`)
)

// lineOf is the text of a line of a page; empty where the page has none.
func lineOf(line *regexp.Regexp, page []byte) string {
	m := line.FindSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(string(m[1]))
}

// signatureOf is the line to sign each sheet on.
func signatureOf(page []byte) string {
	if ownSignature.Match(page) {
		return ""
	}
	return lineOf(signatureLine, page)
}

// cssText writes a text so that it stays one within the quotes of a style.
var cssText = strings.NewReplacer(`\`, `\5c `, `"`, `\22 `, "<", `\3c `, "\n", " ", "\r", " ")

// pageFoot is the style that writes the run and the line to sign on at the foot of each sheet, in place of the page's own foot:
// that would stand on a sheet of its own where a list fills the last one, and a list need leave no room for it.
func pageFoot(run, signature string) string {
	return `@page { @bottom-left { content: "` + cssText.Replace(run) + `"; font-size: 7.5pt; color: #444; } ` +
		`@bottom-center { content: "` + cssText.Replace(signature) + `"; font-size: 8pt; width: 62mm; } } .foot { display: none; } main > .table-box { --rest: 2pt !important; }`
}
