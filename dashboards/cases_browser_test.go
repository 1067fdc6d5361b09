package dashboards

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"pingxin/dashboards/access"
	"pingxin/dashboards/locale"
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
	themes := [2]string{"light", "dark"}
	for _, who := range []struct {
		role  access.Role
		org   string
		paths []string
	}{
		{access.Supervision, "", []string{"/", "/blacklist", "/blacklist?list=candidate", "/blacklist?list=watch", "/blacklist?list=listed", "/blacklist?list=external", casePath, casePath + "/papers/notice-S05"}},
		{access.Supplier, "S05", []string{"/", "/cases", "/cases/H2026-0001"}},
	} {
		d.as("first", who.role, who.org)
		for n, width := range []int64{1440, 390} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
				t.Fatal(err)
			}
			for i, path := range who.paths {
				for j, lang := range locale.Languages {
					if err := theme(ctx, themes[(n+j)%2]); err != nil {
						t.Fatal(err)
					}
					heard.visit(ctx, t, d.web.URL, inLanguage(path, lang), width)
					savePicture(ctx, t, fmt.Sprintf("cases-%s-%d-%d-%s.png", who.role, i, width, lang))
				}
			}
		}
	}
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

// caseRoutes are the routes of cases, which the tests of this part ask.
var caseRoutes = []string{"GET /blacklist.csv", "GET /blacklist.xlsx", "POST /blacklist", "POST /blacklist/watch", "GET /blacklist/{case}", "POST /blacklist/{case}",
	"GET /blacklist/{case}/documents/{document}", "GET /blacklist/{case}/papers/{paper}", "GET /cases", "GET /cases/{case}", "POST /cases/{case}",
	"GET /cases/{case}/documents/{document}", "GET /cases/{case}/papers/{paper}"}
