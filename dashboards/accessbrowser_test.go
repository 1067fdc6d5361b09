package dashboards

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"pingxin/dashboards/access"
)

// walks are the pages that each role looks at first, on its way through the demonstration.
var walks = []struct {
	role  access.Role
	org   string
	paths []string
}{
	{access.Admin, "", []string{"/", "/accounts", "/accounts/{id}", "/roles", "/account"}},
	{access.Finance, "", []string{"/", "/assignments", "/overview"}},
	{access.Purchaser, "P01", []string{"/", "/evaluations", "/evaluations/" + cappedContract}},
	{access.Evaluator, "E001", []string{"/", "/declarations", "/evaluations"}},
	{access.Supervision, "", []string{"/", "/flags"}},
	{access.Supplier, "S05", []string{"/", "/suppliers/S05", "/account/factor", "/account/password"}},
}

// Each role signs in through the page of the demonstration and walks through its pages, in both languages, on a desk and
// on a phone: no complaint of the browser, nothing wider than the screen. PINGXIN_SCREENSHOTS names a directory that
// receives a picture of each.
func TestRolesInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("looks at every page in a browser: left out of the short tests")
	}
	ctx := browser(t)
	o := newOffice(t, freshDistrict(t), Config{Demo: true})
	admin := ""
	for _, w := range walks {
		a, _, err := o.keeper.Add(t.Context(), access.Draft{Login: DemoLogin(w.role), Name: map[access.Role]string{access.Purchaser: "区卫生健康委员会", access.Supplier: "江北区阳光残疾人康复中心"}[w.role] + "王明", Role: w.role, Org: w.org})
		if err != nil {
			t.Fatal(err)
		}
		if w.role == access.Admin {
			admin = a.ID
			if _, _, err := o.keeper.AddToken(t.Context(), a.ID, "夜间上传", []access.Action{access.Upload, access.ReadUploads}, 30); err != nil {
				t.Fatal(err)
			}
		}
	}
	judge := access.Identity{Role: access.Evaluator, Org: "E001"}
	if _, err := o.keeper.Assign(t.Context(), judge, "E001", []string{plainContract, cappedContract, heldContract}, o.at.AddDate(0, 0, 14)); err != nil {
		t.Fatal(err)
	}
	if _, err := o.keeper.Declare(t.Context(), judge, []string{plainContract}, false, ""); err != nil {
		t.Fatal(err)
	}
	var heard complaints
	if err := chromedp.Do(ctx); err != nil { // opens the tab
		t.Fatal(err)
	}
	go heard.listen(chromedp.Console(ctx))
	heard.tour(ctx, t, o.web.URL, "sign-in", []string{"/sign-in"})
	for _, w := range walks {
		choose(ctx, t, o.web.URL+"/sign-in", w.role)
		paths := slices.Clone(w.paths)
		for i := range paths {
			paths[i] = strings.Replace(paths[i], "{id}", admin, 1)
		}
		heard.tour(ctx, t, o.web.URL, string(w.role), paths)
	}
}

// choose signs in as a role on the page of the demonstration, as a person would.
func choose(ctx context.Context, t *testing.T, address string, role access.Role) {
	t.Helper()
	err := chromedp.Do(ctx, chromedp.Navigate(address), chromedp.Click(fmt.Sprintf(`button[name=role][value=%s]`, role)), chromedp.WaitVisible(`.answer`))
	if err != nil {
		t.Fatalf("sign in as %s: %v", role, err)
	}
}
