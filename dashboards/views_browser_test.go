package dashboards

import (
	"io"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"pingxin/dashboards/locale"
	"pingxin/dashboards/pdf"
)

// TestListControlsInBrowser: columns are left out and moved, a chip is taken away, the way back leads back, a view is saved,
// made the default, and deleted, as a person does it at a desk and on a phone.
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
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
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
		do("open the columns", chromedp.Click(`.columns summary`), chromedp.WaitVisible(`#columns`))
		accessible(ctx, t, "the open columns")
		do("leave out two", chromedp.Click(`#columns input[value=purchaser]`), chromedp.Click(`#columns input[value=item]`),
			chromedp.Click(`#columns .columns-act button`), chromedp.WaitVisible(`#columns .columns-act a`))
		at("/evaluations?cols=contract,supplier,year,amount,value,grade,answers" + lang + "&year=2024")
		do("move one", chromedp.Click(`#columns button[value="year-"]`))
		until(ctx, t, `decodeURIComponent(location.search).includes("contract,year,supplier")`)
		do("take the filter away", chromedp.Click(`.chip`), chromedp.WaitNotPresent(`.chip`))
		at("/evaluations?cols=contract,year,supplier,amount,value,grade,answers" + lang)
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(setTimeout(() => history.back()), true)`)); err != nil {
			t.Fatal(err)
		}
		until(ctx, t, `location.search.includes("year=2024")`) // a page that comes back from the browser's memory tells of no load
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
