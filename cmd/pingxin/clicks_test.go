package main

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Links that somebody follows from a figure down to a row, as they stand on the pages. What stands in the table of a chart is hidden.
const (
	toSlip    = `main .table:not(.data *) a[href^="/evaluations/"]`
	toParty   = `#slip a[href*="party="]`
	toFacts   = `#sources a[href*="facts=yes"]`
	toRow     = `#sources .table a[href*="/rows/"]`
	toAmount  = `main .stats a[href*="sort=amount"]`
	toMean    = `main .stats a[href*="sort=value"]`
	toPoor    = `main .table:not(.data *) a[href*="grade=poor"]`
	toAll     = `main .table:not(.data *) a[href^="/evaluations?"]`
	toMarket  = `main .table:not(.data *) a[href^="/items/"]`
	toUnpaid  = `main .stats a[href*="money=unevaluated"]`
	toCredit  = `main .table:not(.data *) a[href^="/suppliers/"]`
	toNextPay = `main .tabs a[href*="by=contract"]`
)

// walks are eight figures with the page that each stands on and what is clicked from there: the way of somebody who asks where the
// number comes from.
var walks = map[string][]string{
	"money at stake in the overview":    {"/overview", toAmount, toSlip, toFacts, toRow},
	"a department's contracts below 60": {"/departments", toPoor, toSlip, toParty, toRow},
	"an item's mean":                    {"/items", toMarket, toMean, toSlip, toParty, toRow},
	"a supplier's rating":               {"/suppliers", toCredit, toSlip, toParty, toRow},
	"a slip's weighted score":           {"/evaluations", toSlip, toParty, toRow},
	"what was paid without evaluation":  {"/execution", toUnpaid, toSlip, toFacts, toRow},
	"a contract's proposed budget":      {"/budget", toNextPay, toSlip, toFacts, toRow},
	"a market's concentration":          {"/market", toMarket, toAll, toSlip, toFacts, toRow},
}

// followFigures goes from each figure to the row of a file by clicks in a browser, without an address but the first.
func followFigures(t *testing.T, server string) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium is installed: `apt-get install chromium fonts-noto-cjk` adds it, then figures are followed by clicks")
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true)}
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	defer stop()
	ctx, leave := chromedp.NewContext(ctx)
	defer leave()
	ctx, late := context.WithTimeout(ctx, 2*time.Minute)
	defer late()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(server+"/sign-in")); err != nil {
		t.Fatal(err)
	}
	if _, err := click(ctx, `button[value="finance"]`); err != nil {
		t.Fatal(err)
	}
	for figure, walk := range walks {
		if err := chromedp.Do(ctx, chromedp.Navigate(server+walk[0])); err != nil {
			t.Fatal(err)
		}
		contract, at := "", walk[0]
		for _, link := range walk[1:] {
			from := at
			if at, err = click(ctx, link); err != nil {
				t.Errorf("%s: %s does not lead on from %s: %v", figure, link, from, err)
				break
			}
			if slip, on := strings.CutPrefix(at, "/evaluations/"); on {
				contract = slip
			}
		}
		cells, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("main tbody td")].map(cell => cell.textContent.trim())`))
		if said := strings.Join(cells, "\n"); err != nil || !strings.Contains(at, "/rows/") || contract == "" || !strings.Contains(said, contract) {
			t.Errorf("%s ends on %s with %q, which is no row of the contract %q (%v)", figure, at, cells, contract, err)
		}
	}
}

// click follows the first link of a selector with the mouse, and returns the path of the page to which it leads.
func click(ctx context.Context, selector string) (string, error) {
	const patience = 10 * time.Second
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	before := `document.documentElement.dataset.left = "no"` // gone with the page
	err := chromedp.Do(short, chromedp.WaitVisible(selector), chromedp.Evaluate[chromedp.Void](before), chromedp.Click(selector))
	for err == nil {
		arrived, _ := chromedp.Run(short, chromedp.Evaluate[string](`document.readyState === "complete" && !document.documentElement.dataset.left ? location.pathname : ""`)) // fails while the page is being left
		if arrived != "" {
			return arrived, nil
		}
		if err = short.Err(); err == nil {
			time.Sleep(20 * time.Millisecond)
		}
	}
	return "", err
}
