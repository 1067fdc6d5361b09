package dashboards

import (
	"context"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// publicPaths are the pages for everybody, and the one from which results are released.
var publicPaths = []string{"/public", "/public/results", "/public/results?q=JB&sort=value&dir=desc&grade=fair", "/public/plans", "/public/catalogue", "/public/changes", "/public/data", "/releases"}

// publicRoutes are their routes for forms and files, which the tests of this file ask.
var publicRoutes = []string{"GET /public/results.csv", "GET /public/results.xlsx", "GET /public/files/{file...}", "POST /releases"}

// fillRelease releases some results of the district, one of which withholds its numbers and one of which has a hostile name.
func fillRelease(ctx context.Context, st *store.Store) error {
	nan := math.NaN()
	err := st.PublishRelease(ctx, store.Publication{Release: store.Release{Number: 1, Run: districtRuns, RunHash: "run", AsOf: on("2026-03-31"), Hash: strings.Repeat("ab", 32), Content: "c",
		Evaluations: 3, Withheld: 1, Ratings: 2, Reason: "按季公开"},
		Contracts: []store.PublicContract{
			{ContractNo: cappedContract, Name: hostileScript, PurchaserID: "P01", Purchaser: "民政局", SupplierID: "S02", Supplier: hostileFormula, ItemCode: "A0101", Item: "居家养老", Year: 2025, AmountFen: 12_345_600, Status: "rated", Grade: "fair", Value: 75.5, Low: 70, High: 81},
			{ContractNo: plainContract, Name: "康复", PurchaserID: "P02", Purchaser: "卫健委", SupplierID: "S05", Supplier: "阳光", ItemCode: "A0102", Item: "助餐", Year: 2024, AmountFen: 99_00, Status: "rated", Grade: "good", Value: nan, Low: nan, High: nan, Withheld: "few_answers_count"},
			{ContractNo: heldContract, Name: "", PurchaserID: "P02", Purchaser: "卫健委", SupplierID: "S05", Supplier: "阳光", ItemCode: "A0102", Item: "助餐", Year: 2025, AmountFen: 1, Status: "held", Value: nan, Low: nan, High: nan, Withheld: "few_answers"}},
		Suppliers: []store.PublicSupplier{{ID: "S02", Name: hostileFormula, Status: "rated", Level: "AA", Stars: 4, Score: 85, Evaluations: 3}, {ID: "S05", Name: "阳光", Status: "unrated", Score: nan}},
		Changes: []store.PublicChange{{Subject: "contract", ID: cappedContract, Change: store.Changed, Cause: "correction,policy", GradeBefore: "good", GradeAfter: "fair", Before: 81, After: 75.5},
			{Subject: "supplier", ID: "S05", Change: store.Removed, GradeBefore: "A", Before: 71, After: nan}}})
	if err != nil {
		return err
	}
	dir := filepath.Join(st.Dir(), PublicDir, "current", "data")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "rating.csv"), []byte("supplier_id\nS02\n"), 0o600)
}

// TestThePublicReads: whoever has not signed in reads the last release, its numbers but the withheld ones, its files and
// nothing beside them.
func TestThePublicReads(t *testing.T) {
	s, web := newServer(t, districtStore(t), io.Discard)
	s.recognise = as(access.Anyone)
	web.Config.Handler = s.Handler()
	for path, wants := range map[string][]string{
		"/public/results?lang=en":              {"3 contracts", "75.50", "Fewer than 5 answers count in the result"},
		"/public/results?lang=en&year=2024":    {"1 contract "},
		"/public/changes?lang=en":              {"2 changes", "correction of a score, change of policy", "removed"},
		"/public/catalogue":                    {"居家养老"},
		"/public/data?lang=en":                 {"data/rating.csv", strings.Repeat("ab", 32)},
		"/public/files/data/rating.csv":        {"supplier_id\nS02"},
		"/public/results.csv?grade=good&unit=": {plainContract},
	} {
		status, _, body := fetch(t, web.URL+path)
		if status != http.StatusOK {
			t.Errorf("%s: status %d", path, status)
		}
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q", path, want)
			}
		}
		if strings.Contains(body, hostileScript) {
			t.Errorf("%s holds a name as code", path)
		}
	}
	for _, path := range []string{"/public/files/../../pingxin.db", "/public/files/%2e%2e/%2e%2e/lock", "/public/files/data", "/public/files/none.csv"} {
		if status, _, _ := fetch(t, web.URL+path); status == http.StatusOK {
			t.Errorf("%s: status %d, want none of our files", path, status)
		}
	}
}

// TestNothingIsReleasedYet: before the first release every page says so.
func TestNothingIsReleasedYet(t *testing.T) {
	_, web := newServer(t, emptyStore(t), io.Discard)
	for _, path := range publicPaths {
		if status, _, body := fetch(t, web.URL+inLanguage(path, "en")); status != http.StatusOK || !strings.Contains(body, "released") {
			t.Errorf("%s: status %d, or it does not say that nothing is released", path, status)
		}
	}
	if status, _, _ := fetch(t, web.URL+"/public/results.csv"); status != http.StatusNotFound {
		t.Errorf("a file of no release: status %d, want 404", status)
	}
}

// TestReleaseNeedsAReason: the form hands the reason on, and is refused without one; where the public would see nothing new, no
// release is said to stand.
func TestReleaseNeedsAReason(t *testing.T) {
	s, web := newServer(t, districtStore(t), io.Discard)
	var reasons []string
	s.config.PublishRelease = func(_ context.Context, reason string) error {
		if reasons = append(reasons, reason); len(reasons) > 1 {
			return ErrNothingNew
		}
		return nil
	}
	for reason, want := range map[string]int{" ": http.StatusUnprocessableEntity, strings.Repeat("长", 301): http.StatusUnprocessableEntity, " 按季公开 ": http.StatusSeeOther} {
		if got := release(t, web, reason); got != want {
			t.Errorf("%q: status %d, want %d", reason, got, want)
		}
	}
	if len(reasons) != 1 || reasons[0] != "按季公开" {
		t.Errorf("reasons: %q", reasons)
	}
	if got := release(t, web, "再次公开"); got != http.StatusConflict {
		t.Errorf("nothing new: status %d, want 409", got)
	}
}

func release(t *testing.T, web *httptest.Server, reason string) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, web.URL+"/releases", strings.NewReader(url.Values{"reason": {reason}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", web.URL)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}
