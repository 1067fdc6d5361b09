package dashboards

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pingxin/budget"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// budgetRoutes are the routes of deciding, which the tests of this file ask.
var budgetRoutes = []string{"POST /budget/scenarios", "GET /budget/scenarios/{id}/adopt", "POST /budget/scenarios/{id}/adopt"}

// budgetDistrict opens a store of its own with the district in it, for tests that save and adopt.
func budgetDistrict(t *testing.T) *store.Store {
	t.Helper()
	st := emptyStore(t)
	insertInto(t, st, func(d *district) {
		d.facts()
		d.runs()
		for i := range 96 {
			d.contract(i)
		}
		d.proposals()
		d.suppliers()
	})
	return st
}

// asking is a client that follows no redirect.
var asking = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// post sends a form from the server's own pages, and returns status, place to go and page.
func post(t *testing.T, address string, form url.Values) (int, string, string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	response, err := asking.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Location"), string(body)
}

// budgetServer serves a store to whoever asks as to somebody of a role.
func budgetServer(t *testing.T, st *store.Store, role access.Role) *httptest.Server {
	t.Helper()
	s, _ := newServer(t, st, io.Discard)
	s.recognise = as(access.Identity{Account: "a-" + string(role), Login: string(role) + ".li", Name: string(role), Role: role})
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	return web
}

// sumsOf are the figures that the page reconciles.
var sumsOf = regexp.MustCompile(`<dd>([0-9,.]+)</dd>`)

func sums(t *testing.T, body string) []string {
	t.Helper()
	_, rest, found := strings.Cut(body, `class="reconciled"`)
	if !found {
		t.Fatal("the page does not reconcile its sums")
	}
	rest, _, _ = strings.Cut(rest, "</dl>")
	var all []string
	for _, m := range sumsOf.FindAllStringSubmatch(rest, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestUntouchedPageIsWhatWasPublished: the same contracts with the same money, said so, and reconciled with the store.
func TestUntouchedPageIsWhatWasPublished(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	status, _, body := fetch(t, web.URL+"/budget?lang=en")
	if status != http.StatusOK || !strings.Contains(body, "It is what was published, contract by contract, to the fen.") {
		t.Fatalf("status %d; the page does not say that it is what was published", status)
	}
	var total int64
	err := districtStore(t).Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&total}, `SELECT sum(base_fen + change_fen)::BIGINT FROM budget_proposal WHERE until_run = ?`, int32(store.OpenEnded))
	})
	if err != nil {
		t.Fatal(err)
	}
	want := exactYuan(total)
	if got := sums(t, body); len(got) != 3 || slices.ContainsFunc(got, func(s string) bool { return s != want }) {
		t.Errorf("the page adds up to %v, the store to %s", got, want)
	}
}

// TestScenarioPages: what is asked is said in the page's chips, reconciled, and refused with both numbers where it is
// impossible.
func TestScenarioPages(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	for _, c := range []struct {
		name, query string
		says        []string
		sums        int
	}{
		{"neutral", "pool=neutral", []string{"As this year, all given out", "times what is proposed, up to the limits"}, 4},
		{"limit above what is proposed", "pool=at_most&total=999999999", []string{"of the limit are not given out"}, 4},
		{"a total alone is meant", "total=148,000,000.55", []string{"148,000,000.55"}, 4},
		{"floor", "floor=90", []string{"at its floor: 90 percent"}, 3},
		{"gate and quality floor", "gate=no&gain=fair", []string{"Not looked at", "Fair or better may gain"}, 3},
		{"exchange", "method=linear_exchange&withhold=5", []string{"Linear exchange", "5 %"}, 3},
		{"grade table", "from.fair=-5&to.fair=0", []string{"Fair: percent at the low line"}, 3},
		{"disputed", "dispute=JB-2025-0009&value=99", []string{"JB-2025-0009", "replaced here"}, 3},
		{"held", "dispute=JB-2025-0009&verdict=held", []string{"no grade for now"}, 3},
		{"too little", "pool=exactly&total=1", []string{"It cannot be shared: the total is 1.00 yuan", "What is shown below is the policy unchanged"}, 3},
		{"too much", "pool=exactly&total=999999999", []string{"It cannot be given out: the total is 999,999,999.00 yuan"}, 3},
		{"no number", "floor=abc", []string{"Found abc, expected a number from 0 to 100"}, 3},
		{"out of range", "ceiling=99", []string{"Found 99, expected a number from 100 to 300"}, 3},
		{"no choice", "pool=sea", []string{"Found sea, expected one of the choices"}, 3},
		{"no amount", "total=1e9", []string{"Found 1e9, expected an amount in yuan"}, 3},
		{"no such contract", "dispute=X1&value=80", []string{"No proposal is for a contract X1"}, 3},
		{"no value", "dispute=JB-2025-0009", []string{"Say which value replaces it"}, 3},
		{"hostile", "floor=" + url.QueryEscape(`"><script>alert(1)</script>`), []string{"&lt;script&gt;"}, 3},
	} {
		status, _, body := fetch(t, web.URL+"/budget?lang=en&by=contract&"+c.query)
		if status != http.StatusOK {
			t.Errorf("%s: status %d", c.name, status)
			continue
		}
		for _, sentence := range c.says {
			if !strings.Contains(body, sentence) {
				t.Errorf("%s: the page does not say %q", c.name, sentence)
			}
		}
		if got := sums(t, body); len(got) != c.sums || strings.Contains(body, "The sums do not agree") {
			t.Errorf("%s: the page adds up to %v", c.name, got)
		}
		if strings.Contains(body, "<script>alert") {
			t.Errorf("%s: the page holds code", c.name)
		}
	}
}

// TestEveryGroupingReconciles: by whatever the money is grouped, filtered or not, the page's sums agree and its list adds up.
func TestEveryGroupingReconciles(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	for _, by := range budgetTabs() {
		for _, more := range []string{"", "&pool=neutral", "&grade=fair&pool=neutral", "&q=nothing-has-this-name"} {
			status, _, body := fetch(t, web.URL+"/budget?lang=en&unit=yuan&by="+by+more)
			if got := sums(t, body); status != http.StatusOK || slices.ContainsFunc(got, func(s string) bool { return s != got[0] }) {
				t.Errorf("%s%s: status %d, sums %v", by, more, status, got)
			}
		}
	}
}

// TestScenariosAreSavedComparedAndAdopted walks the way of a decision: save, compare, look at the effect, adopt, export.
func TestScenariosAreSavedComparedAndAdopted(t *testing.T) {
	st := budgetDistrict(t)
	web := budgetServer(t, st, access.Finance)
	save := func(name, question string) {
		t.Helper()
		status, to, _ := post(t, web.URL+"/budget/scenarios?lang=en", url.Values{"name": {name}, "question": {question}})
		if status != http.StatusSeeOther || !strings.HasPrefix(to, "/budget/scenarios?") {
			t.Fatalf("save %s: status %d to %q", name, status, to)
		}
	}
	save(`中性 <b>`, "pool=neutral")
	save("紧缩", "pool=neutral&floor=70&most=30")
	if status, _, body := post(t, web.URL+"/budget/scenarios", url.Values{"name": {" "}, "question": {"pool=neutral"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, `class="unfit"`) || !strings.Contains(body, `value="pool=neutral"`) {
		t.Errorf("a scenario without a name: status %d, want 422 and its page with the same question", status)
	}
	if status, _, body := post(t, web.URL+"/budget/scenarios?lang=en", url.Values{"name": {"impossible"}, "question": {"pool=exactly&total=1"}}); status != http.StatusConflict || !strings.Contains(body, "has no amounts") {
		t.Errorf("an infeasible scenario: status %d, want 409", status)
	}
	_, _, body := fetch(t, web.URL+"/budget/scenarios?lang=en")
	for _, sentence := range []string{"中性 &lt;b&gt;", "紧缩", "No scenario is adopted.", "/budget/scenarios/1/adopt", "Saved by finance.li,", "As this year"} {
		if !strings.Contains(body, sentence) {
			t.Errorf("the list does not say %q", sentence)
		}
	}
	status, _, body := fetch(t, web.URL+"/budget/compare?lang=en&a=1&b=2&by=grade")
	if status != http.StatusOK || !strings.Contains(body, "紧缩") || !strings.Contains(body, "Second less first") {
		t.Errorf("compare: status %d", status)
	}
	if status, _, _ := fetch(t, web.URL+"/budget/compare?a=7"); status != http.StatusBadRequest {
		t.Errorf("compare with an unknown one: status %d, want 400", status)
	}
	status, _, body = fetch(t, web.URL+"/budget/scenarios/1/adopt?lang=en")
	for _, sentence := range []string{"Adopt 中性 &lt;b&gt;?", "Reconciled to the fen", "Division", "500105003"} {
		if status != http.StatusOK || !strings.Contains(body, sentence) {
			t.Errorf("the page of the adoption: status %d, does not say %q", status, sentence)
		}
	}
	if status, _, body := post(t, web.URL+"/budget/scenarios/1/adopt", url.Values{"reason": {""}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, `class="unfit"`) {
		t.Errorf("adopted without a reason: status %d, want 422 and its page", status)
	}
	if status, _, body := post(t, web.URL+"/budget/scenarios/1/adopt", url.Values{"reason": {"常务会议定"}}); status != http.StatusSeeOther {
		t.Fatalf("adopt: status %d\n%s", status, body)
	}
	if status, _, _ := post(t, web.URL+"/budget/scenarios/1/adopt", url.Values{"reason": {"again"}}); status != http.StatusConflict {
		t.Errorf("adopted twice: status %d, want 409", status)
	}
	_, _, body = fetch(t, web.URL+"/budget/scenarios?lang=en")
	if !strings.Contains(body, "In force is 中性 &lt;b&gt;") || !strings.Contains(body, "常务会议定") {
		t.Error("the list does not say what is in force")
	}
	checkPlan(t, web.URL)
	publishAgain(t, st)
	if status, _, body := post(t, web.URL+"/budget/scenarios/2/adopt?lang=en", url.Values{"reason": {"late"}}); status != http.StatusConflict || !strings.Contains(body, "out of date") {
		t.Errorf("a scenario of an earlier run: status %d, want 409 with the reason", status)
	}
	_, _, body = fetch(t, web.URL+"/budget/scenarios?lang=en")
	if strings.Contains(body, "/budget/scenarios/2/adopt") || !strings.Contains(body, "cannot be adopted") {
		t.Error("the list offers a scenario of an earlier run for adoption")
	}
}

// checkPlan reads the plan of what is in force back, as an upload would, and compares it with what the page says.
func checkPlan(t *testing.T, server string) {
	t.Helper()
	_, _, body := fetch(t, server+"/budget-plan.csv?adopted=yes")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, byteOrderMark))).ReadAll()
	if err != nil || len(rows) < 2 || !slices.Equal(rows[0], planHead) {
		t.Fatalf("the plan has %d rows beginning with %v, error %v", len(rows), rows[:min(1, len(rows))], err)
	}
	var total int64
	for _, row := range rows[1:] {
		amount, ok := fenOf(row[4])
		if !ok || row[0] != "2026" || row[6] != decided {
			t.Errorf("the plan has the line %v", row)
		}
		total += amount
	}
	_, _, body = fetch(t, server+"/budget?pool=neutral")
	if got := sums(t, body)[0]; got != exactYuan(total) {
		t.Errorf("the plan adds up to %s, the page to %s", exactYuan(total), got)
	}
}

// publishAgain publishes another run with the same results.
func publishAgain(t *testing.T, st *store.Store) {
	t.Helper()
	err := st.Write(t.Context(), func(ctx context.Context, w *store.Writer) error {
		if _, err := w.Exec(ctx, `INSERT INTO run SELECT * REPLACE (4 AS run_id) FROM run WHERE run_id = 3`); err != nil {
			return err
		}
		_, err := w.Exec(ctx, `UPDATE published SET run_id = 4`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOnlyFinanceDecides: who supervises looks on; nobody else comes in.
func TestOnlyFinanceDecides(t *testing.T) {
	st := budgetDistrict(t)
	form := url.Values{"name": {"x"}, "question": {""}, "reason": {"y"}}
	for _, role := range access.Roles {
		web := budgetServer(t, st, role)
		reads := slices.Contains(access.ReadProgramme.Roles(), role)
		if status, _, body := fetch(t, web.URL+"/budget"); role != access.Public && (status == http.StatusOK) != reads || strings.Contains(body, `name="question"`) != (role == access.Finance) {
			t.Errorf("%s: the page has status %d", role, status)
		}
		for _, path := range []string{"/budget/scenarios", "/budget/scenarios/1/adopt"} {
			if role == access.Finance {
				continue
			}
			if status, to, _ := post(t, web.URL+path, form); status != http.StatusForbidden && !(role == access.Public && strings.HasPrefix(to, "/sign-in")) {
				t.Errorf("%s: %s has status %d to %q, want 403", role, path, status, to)
			}
		}
	}
}

// TestBudgetFiles: the shown scenario as a file says what it assumes, and holds the same money as the page.
func TestBudgetFiles(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	_, _, body := fetch(t, web.URL+"/budget.csv?lang=en&pool=neutral&grade=good&sort=next&dir=desc")
	for _, said := range []string{"As this year, all given out", "Grade Good", "policyhash"} {
		if !strings.Contains(body, said) {
			t.Errorf("the file does not say %q", said)
		}
	}
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, byteOrderMark)))
	reader.Comment, reader.FieldsPerRecord = '#', -1
	rows, err := reader.ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, error %v", len(rows), err)
	}
	last := int64(1 << 62)
	for _, row := range rows[1:] {
		base, _ := fenOf(row[7])
		next, ok := fenOf(row[9])
		change, _ := fenOf(strings.TrimPrefix(row[10], "-"))
		if strings.HasPrefix(row[10], "-") {
			change = -change
		}
		if !ok || base+change != next || next > last {
			t.Errorf("the line %v does not add up or is out of order", row)
		}
		last = next
	}
	if status, _, _ := fetch(t, web.URL+"/budget.csv?pool=exactly&total=1"); status != http.StatusConflict {
		t.Errorf("a file of an infeasible scenario: status %d, want 409", status)
	}
	_, _, body = fetch(t, web.URL+"/budget-plan.xlsx?lang=en")
	f, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if cells, err := f.GetRows(f.GetSheetName(0)); err != nil || len(cells) < 2 || !slices.Equal(cells[0], planHead) {
		t.Errorf("the plan has %v, error %v", cells[:min(2, len(cells))], err)
	}
	if status, _, _ := fetch(t, web.URL+"/budget-plan.csv?adopted=yes"); status != http.StatusNotFound {
		t.Errorf("the plan of what is in force, while nothing is: status %d, want 404", status)
	}
}

// TestAmountsInYuan: what a form may hold.
func TestAmountsInYuan(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "1": 100, "1.5": 150, "1.05": 105, "1,234,567.89": 123_456_789, "9999999999999.99": 999_999_999_999_999} {
		if got, ok := fenOf(text); !ok || got != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-1", "1e3", "1.234", "12,34", "1.", ".5", "10000000000000000", "１"} {
		if got, ok := fenOf(text); ok {
			t.Errorf("%q: got %d, want a refusal", text, got)
		}
	}
}

// BenchmarkBudgetPage answers a question about 20,000 contracts, from the request to the last byte.
func BenchmarkBudgetPage(b *testing.B) {
	const contracts = 20_000
	st := districtStore(b)
	s, web := newServer(b, st, io.Discard)
	l, err := readLabels([]byte(districtPolicy))
	if err != nil {
		b.Fatal(err)
	}
	p := &programme{year: 2025, rules: l.proposals, grades: l.grades, sizes: map[string]string{}}
	if err := st.Read(b.Context(), func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err == nil {
			_, err = s.budgets.Of(ctx, v, func() (*programme, error) { return p, nil })
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	for i := range contracts {
		value := float64(i*7919%10001) / 100
		row := store.BudgetItem{Item: budget.Item{Contract: contractNo(i + 10), Purchaser: departmentNames[i%len(departmentNames)], Supplier: contractNo(i % 3000),
			ItemCode: itemNames[i%len(itemNames)], BaseFen: int64(i*104729%50_000_000) + 1, Value: value, Low: max(value-1, 0), High: min(value+1, 100),
			Grade: l.grades.GradeOf(value), Status: "rated"}, Name: "采购项目", PurchaserName: departmentNames[i%len(departmentNames)], Division: "500105"}
		row.BandLow, row.BandHigh = l.grades.BandOf(row.Grade)
		p.sizes[row.Supplier] = sizes[i%len(sizes)].id
		p.rows = append(p.rows, row)
		p.baseFen += row.BaseFen
	}
	slices.SortFunc(p.rows, func(a, b store.BudgetItem) int { return strings.Compare(a.Contract, b.Contract) })
	for i := range p.rows {
		p.items = append(p.items, p.rows[i].Item)
	}
	p.index()
	for name, path := range map[string]string{"groups": "/budget?pool=at_most&total=30000000", "contracts": "/budget?by=contract&pool=at_most&total=30000000"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				response, err := http.Get(web.URL + path)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
					b.Fatal(response.Status, err)
				}
				response.Body.Close()
			}
		})
	}
}
