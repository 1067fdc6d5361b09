package dashboards

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pingxin/dashboards/locale"
	"pingxin/dashboards/pdf"
)

// longestAct is how long something that is done on a page may take, on a machine that has other work.
const longestAct = time.Minute

// TestListControlsInBrowser: columns are left out and moved, a chip is taken away, a filter is chosen by keys alone, the way back
// leads back to what was chosen and to where the page stood, escape closes what was opened, a view is saved, made the default, and
// deleted, as a person does it at a desk and on a phone.
func TestListControlsInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser: left out of the short tests")
	}
	ctx := browser(t)
	var heard complaints
	if err := chromedp.Do(ctx); err != nil { // opens the tab
		t.Fatal(err)
	}
	go heard.listen(chromedp.Console(ctx))
	s, web := newServer(t, freshDistrict(t), io.Discard)
	s.config.Printer = pdf.Find()
	do := func(what string, actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		ctx, cancel := context.WithTimeout(ctx, longestAct)
		defer cancel()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	focus := func(element string) { // also on a page that came back, of whose nodes the driver knows none
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](element+`.focus({preventScroll: true})`)); err != nil {
			t.Fatal(err)
		}
	}
	back := func() {
		t.Helper()
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(setTimeout(() => history.back()), true)`)); err != nil {
			t.Fatal(err)
		}
	}
	at := func(want string) {
		t.Helper()
		address, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname + decodeURIComponent(location.search)`))
		if err != nil || address != want {
			t.Errorf("the browser is at %q, %v, want %q", address, err, want)
		}
	}
	for _, as := range []seat{{1440, 900, locale.Chinese, "light"}, {390, 844, locale.English, "dark"}} {
		as.sit(ctx, t)
		lang := map[string]string{locale.Chinese: "", locale.English: "&lang=en"}[as.lang]
		heard.visit(ctx, t, web.URL, "/evaluations?year=2024"+lang, as.width)
		do("open the columns by keys", chromedp.Focus(`.columns summary`), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`#columns`))
		do("close them", chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Escape))
		until(ctx, t, `!document.querySelector(".columns").open && document.activeElement.matches(".columns > summary")`)
		do("open the columns", chromedp.Click(`.columns summary`), chromedp.WaitVisible(`#columns`))
		accessible(ctx, t, "the open columns")
		do("leave out two", chromedp.Click(`#columns input[value=purchaser]`), chromedp.Click(`#columns input[value=item]`),
			chromedp.Click(`#columns .columns-act button`), chromedp.WaitVisible(`#columns .columns-act a`))
		at("/evaluations?cols=contract,supplier,year,amount,value,grade,answers" + lang + "&year=2024")
		do("move one", chromedp.Click(`#columns button[value="year-"]`))
		until(ctx, t, `decodeURIComponent(location.search).includes("contract,year,supplier")`)
		do("take the filter away", chromedp.Click(`.chip`), chromedp.WaitNotPresent(`.chip`))
		at("/evaluations?cols=contract,year,supplier,amount,value,grade,answers" + lang)
		back()
		until(ctx, t, `location.search.includes("year=2024")`) // a page that comes back from the browser's memory tells of no load
		focus(`document.querySelector(".filters [name=grade]")`)
		do("choose by keys", chromedp.KeyEvent(kb.ArrowDown))
		until(ctx, t, `document.activeElement.value !== "" && !location.search.includes("grade=")`) // an arrow is a choice on the way to another
		focus(`document.querySelector(".filters button")`)
		do("send it", chromedp.KeyEvent(kb.Enter))
		until(ctx, t, `location.search.includes("grade=") && document.readyState === "complete" && document.querySelectorAll(".chip").length === 2`)
		back()
		until(ctx, t, `!location.search.includes("grade=") && document.querySelector(".filters [name=grade]").value === "" && document.querySelectorAll(".chip").length === 1`)
		do("go down", chromedp.Evaluate[chromedp.Void](`scrollTo(0, 300)`))
		until(ctx, t, `scrollY === 300`)
		focus(`[...document.querySelectorAll("tbody th a")].find(a => a.getBoundingClientRect().top > 0)`)
		do("open what is there", chromedp.KeyEvent(kb.Enter))
		until(ctx, t, `location.pathname.startsWith("/evaluations/") && document.readyState === "complete"`)
		back()
		until(ctx, t, `location.search.includes("year=2024") && scrollY === 300`)
		do("look anew", chromedp.Reload(), chromedp.WaitVisible(`.chip`))
		do("save the view", chromedp.Click(`.view-keep summary`), chromedp.WaitVisible(`.view-keep input[name=name]`), chromedp.SetValue(`.view-keep input[name=name]`, "我的 2024"),
			chromedp.Click(`.view-keep input[name=default]`))
		accessible(ctx, t, "the form that saves a view")
		until(ctx, t, `document.documentElement.scrollWidth <= innerWidth`)
		do("keep it", chromedp.Click(`.view-keep button`), chromedp.WaitVisible(`.view-links a[aria-current]`))
		do("open the page anew", chromedp.Navigate(web.URL+"/evaluations"+strings.Replace(lang, "&", "?", 1)), chromedp.WaitVisible(`.view-links a[aria-current] .view-default`))
		do("without the default", chromedp.Click(`.view-links a`), chromedp.WaitNotPresent(`.chip`))
		heard.visit(ctx, t, web.URL, "/views"+strings.Replace(lang, "&", "?", 1), as.width)
		do("see the link", chromedp.WaitVisible(`.share + .copy`))
		do("delete it", chromedp.Click(`form[action*="/drop"] button`), chromedp.WaitNotPresent(`.saved`))
		heard.visit(ctx, t, web.URL, "/evaluations?year=2099"+lang, as.width)
		do("the way out", chromedp.Click(`.no-rows a`), chromedp.WaitVisible(`.table-box`))
	}
	if said := heard.take(); len(said) > 0 {
		t.Errorf("the browser says %v", said)
	}
}
