package dashboards

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"pingxin/dashboards/locale"
)

// chromium is the one browser of all tests, started by the first that needs it.
var chromium browserOfAll

type browserOfAll struct {
	once  sync.Once
	ctx   context.Context
	stops []context.CancelFunc // last started first to stop
	dir   string
	err   error
}

func (b *browserOfAll) start(path string) {
	if b.dir, b.err = os.MkdirTemp("", "pingxin-browser"); b.err != nil {
		return
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(b.dir), chromedp.Headless}
	for _, flag := range []string{"no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
		"disable-component-update", "disable-sync", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, leave := chromedp.NewContext(allocated)
	b.ctx, b.stops = ctx, []context.CancelFunc{leave, stop}
	b.err = chromedp.Do(ctx) // starts it
}

func (b *browserOfAll) close() {
	for _, stop := range b.stops {
		stop()
	}
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}

// browser opens a tab for the test, which shares no cookie with another one's, or skips the test when there is no browser.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium is installed: `apt-get install chromium fonts-noto-cjk` adds it, then this test looks at every page")
	}
	chromium.once.Do(func() { chromium.start(path) })
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	ctx, leave := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(leave)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute) // with the machine to itself a test takes one
	t.Cleanup(cancel)
	return ctx
}

// complaints collects what the browser complains of: errors on its console, refused resources, uncaught exceptions.
type complaints struct {
	sync.Mutex
	all      []string
	operated map[string]int // controls that were used, by kind
	spent    time.Duration  // on them
}

// listen hears what the tab says until the context ends.
func (c *complaints) listen(console iter.Seq2[chromedp.ConsoleMessage, error]) {
	for message, err := range console {
		if err != nil {
			return // the tab is closed
		}
		switch message.Type {
		case chromedp.ConsoleError, chromedp.ConsoleWarning, chromedp.ConsoleException:
			c.Lock()
			c.all = append(c.all, fmt.Sprintf("%s: %s", message.Type, message.Text))
			c.Unlock()
		}
	}
}

func (c *complaints) take() []string {
	c.Lock()
	defer c.Unlock()
	all := c.all
	c.all = nil
	return all
}

// mustHear makes sure that complaints arrive at all: a page is made to break the content security policy.
func (c *complaints) mustHear(ctx context.Context, t *testing.T, address string) {
	t.Helper()
	broken := `document.body.appendChild(Object.assign(document.createElement("script"), {textContent: "1"})).tagName`
	err := chromedp.Do(ctx, chromedp.Navigate(address))
	if err == nil {
		_, err = chromedp.Run(ctx, chromedp.Evaluate[string](broken))
	}
	if err != nil {
		t.Fatal(err)
	}
	const patience = 50
	for range patience {
		if len(c.take()) > 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the browser refused an inline script and the test did not hear of it")
}

// look is what the test asks of a page once it is loaded.
const look = `(() => ({
	charts: document.querySelectorAll("[data-chart]").length,
	undrawn: [...document.querySelectorAll("[data-chart]")].filter(c => !c.querySelector("svg path, svg text")).map(c => c.id),
	silent: [...document.querySelectorAll("[data-chart]")].filter(c => {
		const press = key => c.dispatchEvent(new KeyboardEvent("keydown", {key, cancelable: true}));
		press("ArrowRight");
		const said = document.getElementById(c.id + "-said").textContent;
		press("Escape");
		return !said || document.getElementById(c.id + "-said").textContent;
	}).map(c => c.id),
	overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
	wide: [...document.querySelectorAll("body *")].filter(e => !e.closest("svg, .data, .nav, .formula, [data-chart], .skip, caption, thead") && e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(e => e.tagName + "." + e.getAttribute("class")),
}))()`

type seen struct {
	Charts   int      `json:"charts"`
	Undrawn  []string `json:"undrawn"`
	Silent   []string `json:"silent"` // charts that the arrow keys cannot walk
	Overflow int      `json:"overflow"`
	Wide     []string `json:"wide"`
}

// seat is how somebody looks at pages.
type seat struct {
	width, height int64
	lang, theme   string
}

// readers are how people look at pages: in both languages, at a desk and on a phone, in the light and in the dark theme.
var readers = []seat{{1440, 900, locale.Chinese, "light"}, {390, 844, locale.English, "dark"}, {1440, 900, locale.English, "dark"}, {390, 844, locale.Chinese, "light"}}

// reads says whether the reader looks at a page: by default each page has one of the readers, by its address, so that a
// new page changes nothing for the others; with PINGXIN_LONG=1 or for pictures it has all.
func (s seat) reads(path string) bool {
	if os.Getenv("PINGXIN_LONG") != "" || os.Getenv("PINGXIN_SCREENSHOTS") != "" {
		return true
	}
	h := fnv.New32a()
	_, _ = io.WriteString(h, path) // a hash takes everything
	return readers[h.Sum32()%uint32(len(readers))] == s
}

// sit makes the browser one of such a reader.
func (s seat) sit(ctx context.Context, t *testing.T) {
	t.Helper()
	if err := errors.Join(chromedp.Do(ctx, chromedp.EmulateViewport(s.width, s.height)), theme(ctx, s.theme)); err != nil {
		t.Fatal(err)
	}
}

// Every page, in both languages, on a desk and on a phone, in both themes: no complaint of the browser, nothing wider than
// the screen, every chart drawn, no barrier that axe finds. PINGXIN_SCREENSHOTS names a directory that receives a picture of each.
func TestPagesInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("looks at every page in a browser: left out of the short tests")
	}
	ctx := browser(t)
	var heard complaints
	if err := chromedp.Do(ctx); err != nil { // opens the tab
		t.Fatal(err)
	}
	go heard.listen(chromedp.Console(ctx))
	s, web := newServer(t, districtStore(t), io.Discard)
	heard.mustHear(ctx, t, web.URL)
	if heard.tour(ctx, t, web.URL, "page", append(slices.Clone(pagePaths), pagesOf(t, s, web.URL, pagePaths)...)) == 0 {
		t.Error("no page had a chart")
	}
	heard.mustHaveOperated(t, "save a chart", "print", "theme", "expander", "chip", "sort", "page", "tab", "language", "unit", "method", "filter", "way out")
	clickMarks(ctx, t, web.URL)
	if pictures := os.Getenv("PINGXIN_SCREENSHOTS"); pictures != "" {
		if err := otherPictures(ctx, web.URL, pictures); err != nil {
			t.Error(err)
		}
	}
}

// pagesOf are the pages of routes without a parameter that no path of a list leads to and that the reader may open: a new page is
// looked at before anybody adds it to a list.
func pagesOf(t *testing.T, s *Server, server string, listed []string) (paths []string) {
	t.Helper()
	known := map[string]bool{"GET /sign-out": true}
	for _, path := range listed {
		r, err := http.NewRequest(http.MethodGet, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, pattern := s.mux.Handler(r)
		known[pattern] = true
	}
	for _, r := range s.routes {
		path := strings.TrimSuffix(strings.TrimPrefix(r.pattern, "GET "), "{$}")
		if known[r.pattern] || !strings.HasPrefix(r.pattern, "GET ") || strings.Contains(path, "{") || path == "/" {
			continue
		}
		if status, header, _ := fetch(t, server+path); status == http.StatusOK && strings.HasPrefix(header.Get("Content-Type"), "text/html") {
			paths = append(paths, path)
		}
	}
	t.Logf("pages that stand in no list: %v", paths)
	return paths
}

// tour has pages of a server looked at by their readers, saves the pictures under a name, and returns the number of charts. Controls are
// used by the first reader of a page; with PINGXIN_LONG=1 all of them, by each.
func (c *complaints) tour(ctx context.Context, t *testing.T, server, name string, paths []string) (charts int) {
	t.Helper()
	toured := map[string]bool{}
	for _, as := range readers {
		sat := false
		for i, path := range paths {
			if !as.reads(path) {
				continue
			}
			if !sat {
				as.sit(ctx, t)
				sat = true
			}
			charts += c.visit(ctx, t, server, inLanguage(path, as.lang), as.width)
			if all := os.Getenv("PINGXIN_LONG") != ""; all || !toured[path] {
				c.operate(ctx, t, fmt.Sprintf("%s at %d pixels", inLanguage(path, as.lang), as.width), all)
			}
			toured[path] = true
			savePicture(ctx, t, fmt.Sprintf("%s-%02d-%d-%s.png", name, i, as.width, as.lang))
		}
	}
	return charts
}

// visit loads a page, reports what is wrong with it and returns the number of its charts.
func (c *complaints) visit(ctx context.Context, t *testing.T, server, address string, width int64) int {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(server+address)); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	page, err := chromedp.Run(ctx, chromedp.Evaluate[seen](look))
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	if said := c.take(); len(said) > 0 {
		t.Errorf("%s at %d pixels: the browser says %s", address, width, strings.Join(said, "; "))
	}
	if page.Overflow > 0 || len(page.Wide) > 0 {
		t.Errorf("%s at %d pixels: %d pixels too wide: %v", address, width, page.Overflow, page.Wide)
	}
	if len(page.Undrawn) > 0 {
		t.Errorf("%s at %d pixels: not drawn: %v", address, width, page.Undrawn)
	}
	if len(page.Silent) > 0 {
		t.Errorf("%s at %d pixels: say nothing to the arrow keys: %v", address, width, page.Silent)
	}
	accessible(ctx, t, fmt.Sprintf("%s at %d pixels", address, width))
	return page.Charts
}

// picture saves a picture of the whole page.
func picture(ctx context.Context, name string) error {
	if err := chromedp.Do(ctx, chromedp.Sleep(350*time.Millisecond)); err != nil {
		return err
	}
	content, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return fmt.Errorf("picture %s: %w", name, err)
	}
	return os.WriteFile(name, content, 0o644)
}

// savePicture saves a picture of the page where PINGXIN_SCREENSHOTS asks for it.
func savePicture(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	if dir := os.Getenv("PINGXIN_SCREENSHOTS"); dir != "" {
		if err := picture(ctx, filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// otherPictures saves pictures of some pages as a reader who prefers dark sees them, and as they are printed.
func otherPictures(ctx context.Context, address, pictures string) error {
	const paper = 794 // pixels across A4
	var errs []error
	for name, look := range map[string]struct {
		media emulation.SetEmulatedMediaParams
		width int64
	}{
		"dark":  {emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}, 1440},
		"print": {emulation.SetEmulatedMediaParams{Media: "print"}, paper},
	} {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, look.media)
		errs = append(errs, err)
		for i, path := range []string{"/", "/evaluations/" + cappedContract, "/budget", "/suppliers/S05"} {
			errs = append(errs, chromedp.Do(ctx, chromedp.EmulateViewport(look.width, 1000), chromedp.Navigate(address+path)),
				picture(ctx, filepath.Join(pictures, fmt.Sprintf("%s-%d.png", name, i))))
		}
	}
	return errors.Join(errs...)
}

// comesTrue waits until an expression holds on the page; false when it does not within ten seconds.
func comesTrue(ctx context.Context, condition string) bool {
	const patience = 500
	for range patience {
		if said, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`Boolean(`+condition+`)`)); err == nil && said {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

// until fails where an expression does not come true on the page.
func until(ctx context.Context, t *testing.T, condition string) {
	t.Helper()
	if !comesTrue(ctx, condition) {
		t.Fatalf("never: %s", condition)
	}
}
