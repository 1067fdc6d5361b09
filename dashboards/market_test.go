package dashboards

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/access"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// marketServer serves a store as somebody of a role, on a day; soon counts the runs that were asked for.
func marketServer(t *testing.T, st *store.Store, role access.Role, today string, soon *int) *httptest.Server {
	t.Helper()
	keeper, err := access.Open(t.Context(), st, access.Options{Cost: cheap})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Store: st, Access: keeper, Now: func() time.Time { return on(today) }, RunSoon: func() { *soon++ }})
	if err != nil {
		t.Fatal(err)
	}
	s.recognise = as(access.Identity{Account: "someone", Login: "someone", Name: "someone", Role: role, Org: map[access.Role]string{access.Purchaser: "P00", access.Supplier: "S00", access.Evaluator: "E000"}[role]})
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	return web
}

// theDraft adopts the version 2027 of the district.
func theDraft(from string) url.Values {
	return url.Values{"version_id": {"2027"}, "title": {"catalogue of 2027"}, "in_force_on": {from}, "authority": {"江北区人民政府"}, "document_no": {""}, "reason": {"by the results"}}
}

// TestAdoptingAVersion: the act of the finance bureau, on the day itself at the earliest, is a fact with a receipt and two
// entries in the audit log; it asks for a run, and can be repeated by nobody.
func TestAdoptingAVersion(t *testing.T) {
	st, soon := freshDistrict(t), 0
	for _, role := range access.Roles {
		if role == access.Finance {
			continue
		}
		web := marketServer(t, st, role, "2026-04-10", &soon)
		status, to, _ := post(t, web.URL+"/catalogue/versions", theDraft("2027-01-01"))
		if status != http.StatusForbidden && !(role == access.Public && strings.HasPrefix(to, "/sign-in")) {
			t.Errorf("%s: status %d to %q, want 403", role, status, to)
		}
		if _, _, body := fetch(t, web.URL+"/catalogue/versions"); strings.Contains(body, `name="in_force_on"`) {
			t.Errorf("%s is offered the form", role)
		}
	}
	web := marketServer(t, st, access.Finance, "2026-04-10", &soon)
	nothing := theDraft("2027-01-01")
	nothing.Set("reason", " ")
	unknown := theDraft("2027-01-01")
	unknown.Set("version_id", "2031")
	for name, form := range map[string]url.Values{"yesterday": theDraft("2026-04-09"), "no day": theDraft("soon"), "without a reason": nothing, "a version without entries": unknown, "the first day of another": theDraft("2025-01-01")} {
		status, _, body := post(t, web.URL+"/catalogue/versions?lang=en", form)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) || !strings.Contains(body, `value="catalogue of 2027"`) {
			t.Errorf("%s: status %d, or the form does not come back with its reason", name, status)
		}
	}
	if soon != 0 {
		t.Fatalf("a refused act asked for %d runs", soon)
	}
	if status, to, body := post(t, web.URL+"/catalogue/versions?lang=en", theDraft("2026-04-10")); status != http.StatusSeeOther || !strings.Contains(to, "done=catalogue_adopted") {
		t.Fatalf("adopted with status %d to %q: %s", status, to, body)
	}
	if soon != 1 {
		t.Errorf("%d runs were asked for, want one", soon)
	}
	if _, _, body := fetch(t, web.URL+"/catalogue/versions?lang=en"); !strings.Contains(body, "Version 2027 was adopted, in force from 2026-04-10") || strings.Contains(body, `<option value="2027"`) {
		t.Error("the page does not say that the adoption is under way, or offers it again")
	}
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		var rows, entries int
		if err := r.Scan(ctx, []any{&rows}, `SELECT count(*) FROM catalog_adoption JOIN batch USING (batch_id) WHERE version_id = '2027' AND in_force_on = '2026-04-10' AND kind = 'catalog_adoption'`); err != nil {
			return err
		}
		err := r.Scan(ctx, []any{&entries}, `SELECT count(*) FROM audit WHERE action IN ('catalogue_adopted', 'fact_entered', 'upload_accepted') AND actor <> ''`)
		if err == nil && (rows != 1 || entries < 3) {
			t.Errorf("%d rows with a batch, %d entries of the audit log, want 1 and 3", rows, entries)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The words above the charts: what the district of the tests comes to, and what a department sees of it.
func TestMarketInWords(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	for path, want := range map[string][]string{
		"/departments":         {"The district: \\d+ of \\d+ contracts of 2025 are Poor \\(below 60\\); money at stake", "(more|fewer) than in 2024|as many as in 2024"},
		"/departments/P00":     {"区民政局: \\d+ of \\d+ contracts of 2025 are Poor"},
		"/items":               {"The district: \\d+ of \\d+ contracts of 2025 are Poor"},
		"/items/B01":           {"居家养老服务: \\d+ of \\d+ contracts", "Procurement catalogue", "指导性目录（2025年版）", "from 2025-01-01", "2024-01-01 to 2024-12-31"},
		"/market":              {"In 2025 \\d+ suppliers perform \\d+ contracts", "of those of 2024 left|are new", "markets by Catalogue item"},
		"/catalogue":           {"指导性目录（2025年版）, from 2025-01-01: 8 items may be bought, 1 of them through the procurement catalogue; 1 are on the negative list"},
		"/catalogue/changes":   {"2025 against 2024: added 1, moved 1"},
		"/catalogue/advice":    {"against version 2025", "Advice has no force"},
		"/register":            {"Suppliers on record: 12; active: 1; dissolved or revoked: 1; without a registration: 10"},
		"/suppliers/S01":       {"dissolved", "The registration has ended"},
		"/market?reading=high": {"Concentration"},
	} {
		status, _, body := fetch(t, web.URL+inLanguage(path, "en"))
		if status != http.StatusOK {
			t.Errorf("%s: status %d", path, status)
		}
		for _, w := range want {
			if !regexp.MustCompile(w).MatchString(body) {
				t.Errorf("%s does not say %q", path, w)
			}
		}
	}
	soon := 0
	own := marketServer(t, districtStore(t), access.Purchaser, "2026-04-10", &soon)
	if _, _, body := fetch(t, own.URL+"/departments?lang=en"); !strings.Contains(body, "The contracts that you may see: ") || strings.Contains(body, departmentNames[1]) {
		t.Error("a purchaser is told of the district, or sees another department")
	}
	if _, _, body := fetch(t, own.URL+"/items/B01?lang=en"); strings.Contains(body, "suppliers of one size") {
		t.Error("a purchaser is told how concentrated the whole market is")
	}
	for path, want := range map[string]int{"/departments/P99": http.StatusNotFound, "/items/X": http.StatusNotFound, "/catalogue?version=1999": http.StatusNotFound, "/market?of=town": http.StatusBadRequest,
		"/register?state=x": http.StatusBadRequest, "/departments?sort=x": http.StatusBadRequest, "/items?year=1": http.StatusOK, "/departments/P01": http.StatusOK, "/catalogue/changes?from=1": http.StatusNotFound} {
		if status, _, _ := fetch(t, web.URL+path); status != want {
			t.Errorf("%s: status %d, want %d", path, status, want)
		}
	}
}

// Total and rows of a list are the same money, and the number of poor contracts is that of the list that it leads to.
func TestPoorContractsLeadToTheirList(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	_, _, list := fetch(t, web.URL+"/departments/P03?lang=en")
	said := regexp.MustCompile(`: (\d+) of (\d+) contracts of 2025`).FindStringSubmatch(list)
	if said == nil {
		t.Fatal("the page does not answer")
	}
	for query, want := range map[string]string{"purchaser=P03&year=2025&grade=poor": said[1], "purchaser=P03&year=2025": said[2]} {
		_, _, body := fetch(t, web.URL+"/evaluations?lang=en&"+query)
		if !strings.Contains(body, ">"+want+" contract") {
			t.Errorf("the page says %s, the list of %s does not", want, query)
		}
	}
}

// The draft of the next version can be submitted as it is.
func TestNextVersionComesIn(t *testing.T) {
	st := freshDistrict(t)
	_, web := newServer(t, st, io.Discard)
	status, _, body := fetch(t, web.URL+"/catalogue-next.csv")
	if status != http.StatusOK || !strings.HasPrefix(body, byteOrderMark+"version_id,item_code,listing") || !strings.Contains(body, "2026,N01,negative,,应当由政府直接履职") {
		t.Fatalf("status %d:\n%s", status, body)
	}
	kind, err := intake.KindOf("catalog_entry")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "next.csv")
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := intake.Import(t.Context(), st, kind, path, intake.Options{})
	if rows := int64(strings.Count(body, "\n") - 1); err != nil || in.Receipt.Rows != rows {
		t.Errorf("%d rows came in of %d: %v", in.Receipt.Rows, rows, err)
	}
}

// Whatever the rules can say of the market, the catalogue and the register has its words in both languages.
func TestMarketHasWords(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, action := range adviceActions {
		keys = append(keys, "catalogue.action."+string(action))
	}
	for _, state := range registerStates {
		keys = append(keys, "register.state."+orText(state, "all"))
		if state != "" && store.RegisterStates[state] == "" {
			t.Errorf("the store knows no state %q", state)
		}
	}
	if len(store.RegisterStates) != len(registerStates)-1 {
		t.Error("a state of the store has no tab")
	}
	for _, listing := range []string{store.Guidance, store.Procurement, store.Negative, "unlisted"} {
		keys = append(keys, "catalogue.listing."+listing)
	}
	for _, by := range marketsBy {
		keys = append(keys, "market.by."+by)
	}
	for _, lang := range locale.Languages {
		for _, key := range keys {
			if !texts[lang].Has(key) {
				t.Errorf("%s is not in %s", key, lang)
			}
		}
	}
	if slices.Contains(registerStates[1:], "") {
		t.Error("a state has no name")
	}
}
