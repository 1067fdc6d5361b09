package dashboards

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"pingxin/dashboards/access"
)

// reads the address that the browser has come to, once it holds the given text.
func arrived(ctx context.Context, t *testing.T, want string) {
	t.Helper()
	const patience = 100
	address := ""
	for range patience {
		var err error
		address, err = chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState === "complete" ? location.pathname + location.search : ""`))
		if err == nil && strings.Contains(address, want) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the browser is at %s, not at an address with %s", address, want)
}

// does runs a script in the page.
func does(ctx context.Context, t *testing.T, script string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("(() => {"+script+"; return true})()")); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
}

// TestDecisionInBrowser walks the way of a decision with the page's script: a slider, a field, a grade, a disputed contract,
// back, save, compare, adopt. PINGXIN_SCREENSHOTS names a directory that receives pictures on the way.
func TestDecisionInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("drives a browser: left out of the short tests")
	}
	ctx := browser(t)
	web := budgetServer(t, budgetDistrict(t), access.Finance)
	var heard complaints
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900)); err != nil {
		t.Fatal(err)
	}
	go heard.listen(chromedp.Console(ctx))
	heard.mustHear(ctx, t, web.URL)
	shoot := func(string) {}
	if pictures := os.Getenv("PINGXIN_SCREENSHOTS"); pictures != "" {
		shoot = func(name string) {
			if err := picture(ctx, filepath.Join(pictures, name+".png")); err != nil {
				t.Error(err)
			}
		}
	}
	open := func(path string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.Navigate(web.URL+path)); err != nil {
			t.Fatal(err)
		}
	}
	change := func(name, value string) {
		t.Helper()
		does(ctx, t, `const f = document.querySelector('[data-whatif] [name="`+name+`"]'); f.value = "`+value+`"; f.dispatchEvent(new Event("change", {bubbles: true}))`)
	}
	open("/budget")
	shoot("budget-1440-zh")
	does(ctx, t, `const s = document.querySelector('input[type=range]'); s.value = 85; s.dispatchEvent(new Event("input", {bubbles: true})); s.dispatchEvent(new Event("change", {bubbles: true}))`)
	arrived(ctx, t, "?floor=85")
	change("pool", "neutral")
	arrived(ctx, t, "?pool=neutral&floor=85")
	does(ctx, t, `if (document.querySelectorAll(".chips .chip").length !== 2) throw new Error("chips")`)
	change("from.fair", "-10")
	arrived(ctx, t, "from.fair=-10")
	does(ctx, t, `history.back()`)
	arrived(ctx, t, "?pool=neutral&floor=85")
	open("/budget?floor=85&pool=neutral&by=contract")
	shoot("budget-contracts-1440-zh")
	does(ctx, t, `[...document.querySelectorAll("td a")].find(a => a.textContent === "若暂不评级").click()`)
	arrived(ctx, t, "verdict=held")
	open("/budget?pool=exactly&total=1000")
	shoot("budget-infeasible-1440-zh")
	open("/budget?pool=neutral")
	does(ctx, t, `document.querySelector('form[action^="/budget/scenarios"] [name="name"]').value = "总额不变"; document.querySelector('form[action^="/budget/scenarios"]').requestSubmit()`)
	arrived(ctx, t, "/budget/scenarios?saved=yes")
	open("/budget?pool=neutral&floor=70&most=30")
	does(ctx, t, `document.querySelector('form[action^="/budget/scenarios"] [name="name"]').value = "总额不变，幅度放宽"; document.querySelector('form[action^="/budget/scenarios"]').requestSubmit()`)
	arrived(ctx, t, "/budget/scenarios?saved=yes")
	shoot("scenarios-1440-zh")
	does(ctx, t, `document.querySelector('select[name=a]').value = "1"; document.querySelector('select[name=b]').value = "2"; document.querySelector('form.filters').requestSubmit()`)
	arrived(ctx, t, "/budget/compare?a=1&b=2")
	shoot("compare-1440-zh")
	open("/budget/scenarios/2/adopt")
	shoot("adopt-1440-zh")
	does(ctx, t, `document.querySelector("textarea").value = "常务会议定"; document.querySelector("textarea").form.requestSubmit()`)
	arrived(ctx, t, "/budget/scenarios?adopted=yes")
	does(ctx, t, `if (!document.body.textContent.includes("现行方案是")) throw new Error("nothing is in force")`)
	shoot("adopted-1440-zh")
	if said := heard.take(); len(said) > 0 {
		t.Errorf("the browser says %s", strings.Join(said, "; "))
	}
	heard.tour(ctx, t, web.URL, "budget", []string{"/budget?pool=neutral&dispute=JB-2025-0009&verdict=held", "/budget?by=contract", "/budget?pool=exactly&total=1",
		"/budget/scenarios", "/budget/compare?a=1&b=2&by=contract", "/budget/scenarios/1/adopt"})
	if os.Getenv("PINGXIN_SCREENSHOTS") != "" {
		dark := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}
		if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, dark); err != nil {
			t.Fatal(err)
		}
		for width, name := range map[int64]string{1440: "budget-dark-1440", 390: "budget-dark-390"} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(web.URL+"/budget?pool=neutral&floor=85")); err != nil {
				t.Fatal(err)
			}
			shoot(name)
		}
	}
}
