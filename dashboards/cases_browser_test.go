package dashboards

import (
	"testing"

	"github.com/chromedp/chromedp"

	"pingxin/dashboards/access"
)

// TestCasesInBrowser looks at the pages of a case as the bureau and as a party sees them, on a desk and on a phone, in both
// languages, light and dark.
func TestCasesInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("looks at pages in a browser: left out of the short tests")
	}
	ctx := browser(t)
	if err := chromedp.Do(ctx); err != nil { // opens the tab
		t.Fatal(err)
	}
	var heard complaints
	go heard.listen(chromedp.Console(ctx))
	d := newCaseDesk(t)
	for _, who := range []struct {
		role  access.Role
		org   string
		paths []string
	}{
		{access.Supervision, "", []string{"/", "/blacklist", "/blacklist?list=candidate", "/blacklist?list=watch", "/blacklist?list=listed", "/blacklist?list=external", casePath, casePath + "/papers/notice-S05"}},
		{access.Supplier, "S05", []string{"/", "/cases", "/cases/H2026-0001"}},
	} {
		d.as("first", who.role, who.org)
		heard.tour(ctx, t, d.web.URL, "cases-"+string(who.role), who.paths)
	}
}

// caseRoutes are the routes of cases, which the tests of this part ask.
var caseRoutes = []string{"GET /blacklist.csv", "GET /blacklist.xlsx", "POST /blacklist", "POST /blacklist/watch", "GET /blacklist/{case}", "POST /blacklist/{case}",
	"GET /blacklist/{case}/documents/{document}", "GET /blacklist/{case}/papers/{paper}", "GET /cases", "GET /cases/{case}", "POST /cases/{case}",
	"GET /cases/{case}/documents/{document}", "GET /cases/{case}/papers/{paper}"}
