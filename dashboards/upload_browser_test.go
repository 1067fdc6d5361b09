package dashboards

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"pingxin/dashboards/access"
	"pingxin/dashboards/locale"
)

// user is a tab of a browser in which somebody uses the wizard.
type user struct {
	*testing.T
	ctx      context.Context
	heard    *complaints
	server   string
	lang     string
	width    int64
	pictures string // directory; empty: none are taken
	shot     int
}

// open opens a page of the server.
func (b *user) open(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.server + inLanguage(path, b.lang)))
}

func (b *user) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

func (b *user) eval(script string) string {
	b.Helper()
	said, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		b.Fatalf("%s: %v", script, err)
	}
	return said
}

// wait waits until the page says all of the texts, and looks at it.
func (b *user) wait(texts ...string) {
	b.Helper()
	const patience = time.Minute // on a machine that has other work, whose disk makes each piece wait
	said := ""
	for began := time.Now(); time.Since(began) < patience; {
		seen, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.readyState === "complete" ? document.body.innerText : ""`))
		if err == nil {
			said = seen
		}
		missing := false
		for _, text := range texts {
			missing = missing || !strings.Contains(said, text)
		}
		if !missing {
			b.look()
			return
		}
		time.Sleep(40 * time.Millisecond)
	}
	b.snap("failed")
	b.Fatalf("the page does not say %q, but:\n%s", texts, said)
}

// look reports what is wrong with the page as it stands.
func (b *user) look() {
	b.Helper()
	now, err := chromedp.Run(b.ctx, chromedp.Evaluate[seen](look))
	if err != nil {
		b.Fatal(err)
	}
	if now.Overflow > 0 || len(now.Wide) > 0 {
		b.Errorf("%d pixels too wide: %v", now.Overflow, now.Wide)
	}
	if said := b.heard.take(); len(said) > 0 {
		b.Errorf("the browser says %s", strings.Join(said, "; "))
	}
	accessible(b.ctx, b.T, b.eval("location.pathname"))
}

// snap saves a picture of the page.
func (b *user) snap(name string) {
	b.Helper()
	if b.pictures == "" {
		return
	}
	b.shot++
	if err := picture(b.ctx, filepath.Join(b.pictures, fmt.Sprintf("upload-%d-%s-%02d-%s.png", b.width, b.lang, b.shot, name))); err != nil {
		b.Error(err)
	}
}

// choose hands a file to the page's chooser.
func (b *user) choose(name string, content []byte) {
	b.Helper()
	b.do(chromedp.SetUploadFiles("#files", []string{b.file(name, content)}))
}

func (b *user) file(name string, content []byte) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// drop drops files on the page as a mouse would.
func (b *user) drop(paths ...string) {
	b.Helper()
	b.do(chromedp.ScrollIntoView("[data-zone]"))
	for _, kind := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
		_, err := chromedp.Call(b.ctx, input.DispatchDragEvent, input.DispatchDragEventParams{Type: kind, X: float64(b.width) / 2, Y: 460,
			Data: &input.DragData{Items: []*input.DragDataItem{}, Files: paths, DragOperationsMask: 1}})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// click clicks the first button or link that matches.
func (b *user) click(selector string) {
	b.Helper()
	b.do(chromedp.ScrollIntoView(selector), chromedp.Click(selector))
}

const (
	checkButton  = `form[data-choose] button[value=check]`
	commitButton = `form[data-busy] button[type=submit]`
)

// words are what the pages say in a language at the points that the test waits for.
type words struct{ choose, good, done, bad, listed, mapping, members, broken, resume, part, reason, receipt string }

var wordsOf = map[string]words{
	locale.Chinese: {"这是什么文件", "检查通过", "已提交", "处需要修改", "这里列出前 1,000 处", "还有列没有对应好", "压缩包里的文件", "连接断开", "接着传完这个文件", "只提交无误的行", "为什么更正", "数据接收回执"},
	locale.English: {"What is this file", "The file is in order", "Submitted", "to be mended", "the first 1,000 are listed", "not settled yet", "Files in the archive", "connection broke",
		"Finish this upload", "Submit only the rows", "Why is it corrected", "Receipt of data"},
}

// The wizard from the drop to the receipt with each of the files that people bring, as evaluator and as purchaser, on a
// desk and on a phone, in both languages. PINGXIN_SCREENSHOTS names a directory for pictures; PINGXIN_LONG=1 looks at
// every combination instead of two.
func TestWizardInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("uses the wizard in a browser: left out of the short tests")
	}
	ctx := browser(t)
	if err := chromedp.Do(ctx); err != nil { // opens the tab
		t.Fatal(err)
	}
	var heard complaints
	go heard.listen(chromedp.Console(ctx))
	for i, c := range []struct {
		width int64
		lang  string
		who   access.Identity
	}{{1440, locale.Chinese, wangMin}, {390, locale.English, liQiang}, {390, locale.Chinese, wangMin}, {1440, locale.English, liQiang}} {
		if i > 1 && os.Getenv("PINGXIN_LONG") == "" {
			break
		}
		t.Run(fmt.Sprintf("%s at %d in %s", c.who.Role, c.width, c.lang), func(t *testing.T) {
			d := newUploadDesk(t)
			b := &user{T: t, ctx: ctx, heard: &heard, server: d.serve(c.who).URL, lang: c.lang, width: c.width, pictures: os.Getenv("PINGXIN_SCREENSHOTS")}
			b.do(chromedp.EmulateViewport(c.width, 900))
			b.bringChinese(c.who)
			b.bringBadWorkbook(c.who)
			b.bringZip(c.who)
			b.bringManyErrors(c.who)
			b.bringForeignHeaders(c.who)
			b.correctAndWithdraw(c.who)
			if d.log.Len() > 0 {
				t.Errorf("logged:\n%s", d.log.String())
			}
		})
	}
}

// mine writes an evaluator's file as the purchaser's where the purchaser asks.
func mine(who access.Identity, text string) string {
	if who.Role != access.Purchaser {
		return text
	}
	return strings.NewReplacer("第三方", "购买主体", "third_party", "purchaser", "E01", who.Org, "HT2025-0003,quality_professional", "HT2025-0002,target_timeliness").Replace(text)
}

func (b *user) bringChinese(who access.Identity) {
	w := wordsOf[b.lang]
	b.open("/uploads/new")
	b.wait("ZIP")
	b.snap("new")
	text := mine(who, "HT2025-0001,quality_professional,第三方,E01,87.5,2025-12-01\nHT2025-0002,quality_professional,第三方,E01,91,2025-12-01\n")
	b.drop(b.file("评分.csv", inGB18030(b, scoreHeadZH+text)))
	b.wait(w.choose, "GB18030")
	b.snap("choose")
	b.click(checkButton)
	b.wait(w.good, "HT2025-0001")
	b.snap("good")
	b.click(commitButton)
	b.wait(w.done, "评分.csv")
	b.snap("done")
	b.click(`a.button[href*="/receipts/"]`)
	b.wait(w.receipt, "sha256sum")
	b.snap("receipt")
	b.printed()
}

// pdfPage begins a page of a PDF file.
var pdfPage = regexp.MustCompile(`/Type\s*/Page\b`)

// printed looks at the receipt as it comes out of a printer: on one sheet of A4.
func (b *user) printed() {
	b.Helper()
	printed, err := chromedp.Call(b.ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
	if err != nil {
		b.Fatal(err)
	}
	if sheets := pdfPage.FindAll(printed.Data, -1); len(sheets) != 1 {
		b.Errorf("the receipt takes %d sheets of paper, want 1", len(sheets))
	}
	if b.pictures != "" {
		b.shot++
		name := fmt.Sprintf("upload-%d-%s-%02d-receipt.pdf", b.width, b.lang, b.shot)
		if err := os.WriteFile(filepath.Join(b.pictures, name), printed.Data, 0o644); err != nil {
			b.Error(err)
		}
	}
}

func (b *user) bringBadWorkbook(who access.Identity) {
	w := wordsOf[b.lang]
	b.open("/uploads/new")
	b.choose("一格有误.xlsx", workbookOf(b, [][]any{{"合同编号", "指标", "评价方", "评价人编号", "评分", "评分日期"},
		{"HT2025-0001", "target_outcome", mine(who, "第三方"), mine(who, "E01"), 88, "2025-12-01"}, {"HT2025-0002", "target_outcome", mine(who, "第三方"), mine(who, "E01"), "90分", "2025-12-01"}}))
	b.wait(w.choose)
	b.click(checkButton)
	b.wait(w.bad, "90分")
	b.snap("bad")
}

func (b *user) bringZip(who access.Identity) {
	w := wordsOf[b.lang]
	b.open("/uploads/new")
	one := mine(who, scoreHead+"HT2025-0001,target_timeliness,third_party,E01,80,2025-12-01\n")
	two := mine(who, scoreHead+"HT2025-0002,funds_compliance,third_party,E01,82,2025-12-01\n")
	b.choose("两份.zip", zipOf(b, map[string][]byte{"一.csv": []byte(one), "二.csv": []byte(two)}))
	b.wait(w.members, "一.csv", "二.csv")
	b.snap("zip")
	b.click(`.table a`)
	b.wait(w.choose)
	b.click(checkButton)
	b.wait(w.good)
	b.click(commitButton)
	b.wait(w.done)
}

func (b *user) bringManyErrors(who access.Identity) {
	w := wordsOf[b.lang]
	b.open("/uploads/new")
	b.choose("多错.csv", []byte(mine(who, strings.ReplaceAll(string(manyErrors(1200)), "quality_professional", "target_outcome"))))
	b.wait(w.choose)
	b.click(checkButton)
	b.wait("1,200", w.listed)
	b.snap("many")
	b.click(`.choose summary`)
	b.wait(w.part)
	b.click(`details[open] form[data-busy] button`)
	b.wait(w.done, "1,200")
	b.snap("part")
}

func (b *user) bringForeignHeaders(who access.Identity) {
	w := wordsOf[b.lang]
	b.open("/uploads/new")
	b.choose("自定.csv", []byte(mine(who, foreignHeaders)))
	b.wait(w.choose)
	b.eval(`(() => { const kind = document.querySelector("select[name=kind]"); kind.value = "score"; kind.dispatchEvent(new Event("change", {bubbles: true})); return ""; })()`)
	b.wait(w.choose, "项目代号")
	b.click(checkButton)
	b.wait(w.mapping)
	b.snap("mapping")
	b.eval(`(() => { ["contract_no", "indicator", "party", "evaluator_id", "score", "scored_on", "-"].forEach((c, i) => { document.querySelector("select[name='column." + i + "']").value = c; }); return ""; })()`)
	b.click(checkButton)
	b.wait(w.good)
	b.click(commitButton)
	b.wait(w.done)
}

func (b *user) correctAndWithdraw(who access.Identity) {
	w := wordsOf[b.lang]
	b.open("/uploads/new?corrects=5")
	b.choose("更正.csv", []byte(mine(who, scoreHead+"HT2025-0001,quality_professional,third_party,E01,70,2025-12-01\n")))
	b.wait(w.choose)
	b.click(checkButton)
	b.wait(w.good, w.reason)
	b.snap("correct")
	b.do(chromedp.SetValue(`textarea[name=reason]`, "录入有误，已与原表核对"))
	b.click(commitButton)
	b.wait(w.done, "录入有误")
	b.click(`a.button[href*="/receipts/"]`)
	b.wait(w.receipt)
	b.click(`a[href*="/withdraw"]`)
	b.wait("更正.csv")
	b.snap("withdraw")
	b.do(chromedp.SetValue(`textarea[name=reason]`, "误报"))
	b.click(`button.danger`)
	b.wait(w.receipt, "误报")
	b.snap("withdrawn")
	b.open("/uploads")
	b.wait("更正.csv", "一格有误.xlsx")
	b.snap("history")
}

// twice is a server behind a line that sends every piece again whose answer was lost on it.
func twice(t *testing.T, behind string) *httptest.Server {
	t.Helper()
	next := proxyTo(t, behind)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			piece, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			r.Body = io.NopCloser(bytes.NewReader(piece))
			next.ServeHTTP(httptest.NewRecorder(), r)
			r.Body = io.NopCloser(bytes.NewReader(piece))
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	return web
}

// behind is somebody who uploads through a bad line to a server of his own.
func behind(t *testing.T, line func(t *testing.T, server string) *httptest.Server) *user {
	t.Helper()
	if testing.Short() {
		t.Skip("uses the wizard in a browser: left out of the short tests")
	}
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900)); err != nil {
		t.Fatal(err)
	}
	return &user{T: t, ctx: ctx, heard: &complaints{}, server: line(t, newUploadDesk(t).serve(wangMin).URL).URL, lang: locale.Chinese, width: 1440, pictures: os.Getenv("PINGXIN_SCREENSHOTS")}
}

// A piece that arrives twice, because the answer to the first was lost, leaves the upload where the server has it.
func TestRepeatedPieceInBrowser(t *testing.T) {
	b := behind(t, twice)
	b.open("/uploads/new")
	b.choose("评分.csv", []byte(scoreHead+"HT2025-0001,quality_professional,third_party,E01,70,2025-12-01\n"))
	b.wait(wordsOf[b.lang].choose)
}

// flaky is a server whose connection breaks in the middle of a file while down is set.
func flaky(t *testing.T, behind string, down *atomic.Bool) *httptest.Server {
	t.Helper()
	next := proxyTo(t, behind)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() && r.Method == http.MethodPut && r.URL.Query().Get("offset") != "0" {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	return web
}

// An upload whose connection breaks says so, goes on by itself when it is back, and goes on from its page after the browser
// was closed; nothing that was sent is sent again.
func TestInterruptedUploadInBrowser(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	b := behind(t, func(t *testing.T, server string) *httptest.Server { return flaky(t, server, &down) })
	w := wordsOf[b.lang]
	large := manyErrors(40_000) // more than two pieces
	b.open("/uploads/new")
	path := b.file("很大.csv", large)
	b.do(chromedp.SetUploadFiles("#files", []string{path}))
	b.wait(w.broken)
	b.snap("broken")
	down.Store(false)
	b.wait(w.choose)

	down.Store(true)
	b.open("/uploads/new")
	again := b.file("很大二.csv", append(bytes.Clone(large), '\n'))
	b.do(chromedp.SetUploadFiles("#files", []string{again}))
	b.wait(w.broken)
	b.open("/uploads") // as if the browser had been closed
	b.wait("很大二.csv")
	b.eval(`(() => { for (const a of document.querySelectorAll("a")) if (a.textContent === "很大二.csv") { location.assign(a.href); break; } return ""; })()`)
	b.wait(w.resume, "1 MB")
	b.snap("resume")
	down.Store(false)
	b.do(chromedp.SetUploadFiles("#files", []string{path})) // another file: it is not taken
	b.wait("这不是同一个文件")
	b.do(chromedp.SetUploadFiles("#files", []string{again}))
	b.wait(w.choose)
}

// held is a server that lets no piece of a file but the first one through before it is told to.
func held(t *testing.T, behind string, release <-chan struct{}) *httptest.Server {
	t.Helper()
	next := proxyTo(t, behind)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && r.URL.Query().Get("offset") != "0" {
			select {
			case <-release:
			case <-r.Context().Done():
				return
			}
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	return web
}

// An upload stops when it is told to pause and goes on when it is told to, and a long check says how far it is.
func TestPauseAndProgressInBrowser(t *testing.T) {
	release := make(chan struct{})
	b := behind(t, func(t *testing.T, server string) *httptest.Server { return held(t, server, release) })
	b.open("/uploads/new")
	b.choose("很长.csv", manyErrors(2_000_000)) // whose check takes longer than a look at it
	b.until(`document.querySelector("[data-state]")?.dataset.state === "sending" && document.querySelector("[data-state] progress").value > 0`)
	b.click(`[data-state=sending] button`)
	b.until(`document.querySelector("[data-state]").dataset.state === "paused"`)
	b.snap("paused")
	sent := b.eval(`String(document.querySelector("[data-state] progress").value)`)
	close(release) // what is let through now would arrive
	time.Sleep(300 * time.Millisecond)
	if now := b.eval(`document.querySelector("[data-state]").dataset.state + " " + document.querySelector("[data-state] progress").value`); now != "paused "+sent {
		t.Errorf("after a pause at %s the upload is %s", sent, now)
	}
	b.click(`[data-state=paused] button`)
	b.wait(wordsOf[b.lang].choose)
	b.eval(`(() => { const said = document.querySelector("[data-progress] [data-said]"); new MutationObserver(() => sessionStorage.setItem("said", said.textContent)).observe(said, {childList: true}); return ""; })()`)
	b.click(checkButton)
	b.wait("2,000,000", wordsOf[b.lang].listed)
	if said := b.eval(`sessionStorage.getItem("said") || ""`); !someDone.MatchString(said) {
		t.Errorf("while it was checked the page said %q, want how far it is", said)
	}
}

// someDone says how far something is.
var someDone = regexp.MustCompile(`[1-9][0-9]*%`)

// until waits until an expression holds on the page.
func (b *user) until(condition string) {
	b.Helper()
	if !comesTrue(b.ctx, condition) {
		b.snap("failed")
		b.Fatalf("never: %s", condition)
	}
}
