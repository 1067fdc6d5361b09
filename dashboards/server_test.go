package dashboards

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pingxin/dashboards/locale"
)

// pagePaths are the pages that the tests look at, each in some state of its filters.
var pagePaths = slices.Concat(workPaths, figurePaths, processPaths, planPaths, publicPaths, settlePaths)

// workPaths are pages to work on, which show no figure of a run.
var workPaths = []string{"/", "/design", "/catalogue/versions", "/account", "/account/password", "/views", "/holidays", "/assignments?free=yes", "/uploads", "/uploads/new"}

// figurePaths are pages with figures.
var figurePaths = append([]string{
	"/evaluators", "/evaluators?party=3&flag=top_to_all&sort=scores&dir=desc", "/evaluators/" + url.PathEscape(slashRater), "/evaluators/R04", "/evaluators/E001",
	"/flags", "/flags?flag=parties_apart&sort=statistic", "/runs/3?cause=new_evidence",
	"/overview", "/evaluations", "/evaluations?grade=fair&sort=value&dir=desc&year=2024", "/evaluations?q=%E5%B1%85%E5%AE%B6&type=social_organisation", "/evaluations?cols=contract,grade,amount&year=2099",
	"/evaluations/" + url.PathEscape(slashContract), "/evaluations/" + cappedContract, "/evaluations/" + heldContract,
	"/evaluations/" + plainContract, "/evaluations/" + plainContract + "?indicator=overall&party=2&page=2&facts=yes",
	"/suppliers", "/suppliers?level=AA&candidate=yes", "/suppliers/S05", "/suppliers/S02", "/suppliers/S09", "/budget", "/budget?by=item", "/budget?by=contract&grade=fair", "/budget?pool=neutral&floor=80", "/budget/scenarios", "/budget/compare",
	"/departments", "/departments?year=2024&sort=name&q=%E5%B1%80", "/departments?group=B00", "/departments/P00", "/departments/P09?year=2023", "/items", "/items?sort=mean&dir=desc", "/items/B01", "/items/B08?year=2024",
	"/market", "/market?of=department&reading=high&sort=suppliers", "/catalogue", "/catalogue?version=2024&listing=negative", "/catalogue/changes", "/catalogue/advice", "/catalogue/advice?action=keep",
	"/register", "/register?state=active&sort=contracts&dir=desc",
	"/assessments", "/assessments/S05", "/commendations", "/effects", "/repairs", "/suppliers/S05/sheet", "/public/credit", "/public/credit?q=%E4%B8%AD%E5%BF%83", "/public/check", "/methods/credit_repair", "/methods/check_code",
	"/runs", "/runs/3", "/runs/1", "/blacklist", "/validation", "/validation/suppliers?of=conduct", "/validation/suppliers?most=70&outcome=with&sort=score&dir=desc", "/methods", "/methods/trimmed_mean", "/methods/standard_error", "/methods/credit_rating",
}, cluePaths...)

// fetch returns the status, headers and body of an address.
func fetch(t *testing.T, address string) (int, http.Header, string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(body)
}

func inLanguage(path, lang string) string {
	if strings.Contains(path, "?") {
		return path + "&lang=" + lang
	}
	return path + "?lang=" + lang
}

var dataBlock = regexp.MustCompile(`(?s)<script type="application/json" id="([a-z-]+)-option">(.*?)</script>`)

func TestPages(t *testing.T) {
	var log bytes.Buffer
	_, web := newServer(t, districtStore(t), &log)
	for _, lang := range []string{"zh", "en"} {
		for _, path := range pagePaths {
			status, header, body := fetch(t, web.URL+inLanguage(path, lang))
			if status != http.StatusOK {
				t.Errorf("%s in %s: status %d", path, lang, status)
			}
			if got := header.Get("Content-Security-Policy"); got != policyOfContent {
				t.Errorf("%s: content security policy %q", path, got)
			}
			if strings.Contains(body, "<script>") || strings.Contains(body, " style=") || strings.Contains(body, "ZgotmplZ") {
				t.Errorf("%s in %s: the page holds inline code or style, or a value that the template refused", path, lang)
			}
			for _, chart := range dataBlock.FindAllStringSubmatch(body, -1) {
				if tip := leadsNowhere(t, chart[2]); tip != "" && marksWithoutRows[chart[1]] == "" {
					t.Errorf("%s: the mark %q of the chart %s leads nowhere", path, tip, chart[1])
				}
			}
			if key := regexp.MustCompile(`>(nav|col|note|evaluation|overview|supplier|budget|run|filter|rule|flag|flags|evaluators?|calibration|moved|cause|process|inquiry|question)\.[a-z_.]+<`).FindString(body); key != "" && !strings.HasPrefix(path, "/methods/") { // which name keys of the policy
				t.Errorf("%s in %s: shows the key %s", path, lang, key)
			}
		}
	}
	if log.Len() > 0 {
		t.Errorf("logged:\n%s", log.String())
	}
}

// Every route of the server is asked by some test of this file.
func TestRoutesAreCovered(t *testing.T) {
	s, _ := newServer(t, emptyStore(t), io.Discard)
	var want []string
	for _, path := range slices.Concat(pagePaths, exportPaths, clueFiles, settleFiles, evaluatorFiles, otherPaths, auditPaths, surveyPaths, processFiles) {
		request, err := http.NewRequest(http.MethodGet, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, pattern := s.mux.Handler(request)
		want = append(want, pattern)
	}
	want = append(want, "POST /runs")                                         // TestStartRun
	want = append(want, "POST /api/v1/", "PATCH /api/v1/", "DELETE /api/v1/") // TestInterfaceIsMounted
	want = append(want, accessRoutes...)                                      // TestEveryRouteByEveryRole and those beside it
	want = append(want, uploadRoutes...)                                      // TestUploadWithoutScript and those beside it
	want = append(want, surveyPosts...)
	want = append(want, publicRoutes...)            // TestThePublicReads and those beside it
	want = append(want, processRoutes...)           // TestDueProcess and those beside it
	want = append(want, budgetRoutes...)            // TestScenariosAreSavedComparedAndAdopted
	want = append(want, planRoutes...)              // TestPlanIsDecided
	want = append(want, "POST /catalogue/versions") // TestAdoptingAVersion
	want = append(want, caseRoutes...)              // TestADecisionTakesTwo and those beside it
	want = append(want, creditRoutes...)            // TestRepairByPages and those beside it
	want = append(want, viewRoutes...)              // TestSavedViewsByPages
	want = append(want, cluePosts...)               // TestVerdictsAreGiven
	want = append(want, reviewPosts...)             // TestAClueIsAskedAbout
	want = append(want, settleRoutes...)            // TestIncidents
	want = append(want, "POST /holidays")           // TestHolidaysAreEntered
	for _, route := range s.routes {
		if !slices.Contains(want, route.pattern) {
			t.Errorf("no test asks %s", route.pattern)
		}
	}
}

var (
	exportPaths = []string{"/overview.xlsx", "/evaluations.csv", "/evaluations.xlsx", "/suppliers.csv", "/suppliers.xlsx", "/budget.csv", "/budget.xlsx", "/budget-plan.csv", "/budget-plan.xlsx", "/validation.csv", "/validation.xlsx", "/validation-suppliers.csv?of=score", "/validation-suppliers.xlsx",
		"/execution.csv", "/execution.xlsx", "/readiness.csv", "/readiness.xlsx", "/payments.csv", "/payments.xlsx", "/purchase.csv", "/purchase.xlsx", "/rollout.csv", "/rollout.xlsx", "/plans.csv", "/plans.xlsx",
		"/departments.csv", "/departments.xlsx", "/items.csv", "/items.xlsx", "/market.csv", "/market.xlsx?of=department", "/register.csv", "/register.xlsx", "/catalogue.csv", "/catalogue.xlsx",
		"/catalogue-changes.csv", "/catalogue-changes.xlsx", "/catalogue-advice.csv", "/catalogue-advice.xlsx", "/catalogue-next.csv", "/catalogue-next.xlsx"}
	otherPaths = []string{"/healthz", "/readyz", "/static/0/app.css", "/nowhere", "/api/v1/kinds"}
)

func TestProblems(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	for _, c := range []struct {
		path   string
		status int
		zh, en string
	}{
		{"/nowhere", 404, "没有这个页面", "There is no such page"},
		{"/evaluations/none", 404, "已发布的结果中没有这一项", "Not in the published run"},
		{"/suppliers/none", 404, "已发布的结果中没有这一项", "Not in the published run"},
		{"/runs/99", 404, "已发布的结果中没有这一项", "Not in the published run"},
		{"/runs/x", 404, "没有这个页面", "There is no such page"},
		{"/evaluations?year=abc", 400, "应为正整数", "expected a whole number"},
		{"/evaluations?page=0", 400, "应为从 1 开始的页码", "expected a page number"},
		{"/evaluations?sort=shoe", 400, "应为表头中可排序的列", "expected a column"},
		{"/evaluations?sort=value&dir=up", 400, "asc", "expected asc or desc"},
		{"/evaluations/" + plainContract + "?party=7", 400, "购买主体", "1 (purchaser)"},
		{"/evaluations?missing=4", 400, "服务对象", "2 (recipients)"},
		{"/budget?by=moon", 400, "purchaser、item、type", "purchaser, item, type"},
		{"/budget.csv?by=moon", 400, "purchaser、item、type", "purchaser, item, type"},
		{"/evaluators/nobody", 404, "已发布的结果中没有这一项", "Not in the published run"},
		{"/evaluators?calibration=7", 400, "已有校准的编号", "the number of a calibration"},
		{"/evaluators?party=9", 400, "购买主体", "1 (purchaser)"},
		{"/flags?sort=shoe", 400, "应为表头中可排序的列", "expected a column"},
		{"/flags.csv?calibration=x", 400, "应为正整数", "expected a whole number"},
		{"/movements.csv?run=99", 404, "已发布的结果中没有这一项", "Not in the published run"},
		{"/static/0/app.css", 404, "没有这个页面", "There is no such page"},
	} {
		for lang, want := range map[string]string{"zh": c.zh, "en": c.en} {
			status, header, body := fetch(t, web.URL+inLanguage(c.path, lang))
			if status != c.status || !strings.Contains(body, want) {
				t.Errorf("%s in %s: status %d, want %d with %q", c.path, lang, status, c.status, want)
			}
			if header.Get("Content-Security-Policy") != policyOfContent {
				t.Errorf("%s: no content security policy", c.path)
			}
		}
	}
}

// A store that fails is an internal error: the reader gets a number, the log gets the cause.
func TestInternalError(t *testing.T) {
	var log bytes.Buffer
	st := emptyStore(t)
	_, web := newServer(t, st, &log)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	status, header, body := fetch(t, web.URL+"/?lang=en")
	id := header.Get("X-Request-Id")
	if status != http.StatusInternalServerError || !strings.Contains(body, id) || !strings.Contains(log.String(), id) {
		t.Errorf("status %d, request id %q in page: %v, in log: %v", status, id, strings.Contains(body, id), strings.Contains(log.String(), id))
	}
}

func TestBeforeTheFirstRun(t *testing.T) {
	_, web := newServer(t, emptyStore(t), io.Discard)
	for lang, want := range map[string]string{"zh": "还没有可以查看的结果", "en": "There is nothing to show yet"} {
		for _, path := range []string{"/", "/evaluations", "/runs", "/suppliers/S01"} {
			if status, _, body := fetch(t, web.URL+inLanguage(path, lang)); status != 200 || !strings.Contains(body, want) {
				t.Errorf("%s in %s: status %d, want the page that says what to do", path, lang, status)
			}
		}
	}
	if status, _, _ := fetch(t, web.URL+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("readyz without a run: status %d, want 503", status)
	}
	if status, _, _ := fetch(t, web.URL+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz: status %d, want 200", status)
	}
}

func TestReadyAndStatic(t *testing.T) {
	s, web := newServer(t, districtStore(t), io.Discard)
	if status, _, _ := fetch(t, web.URL+"/readyz"); status != http.StatusOK {
		t.Errorf("readyz: status %d, want 200", status)
	}
	for _, path := range []string{"/", "/evaluations.csv", "/nowhere"} {
		response, err := http.Get(web.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if !response.Uncompressed { // the client had to unzip it
			t.Errorf("%s does not come zipped", path)
		}
	}
	for name := range s.assets.files {
		request, _ := http.NewRequest(http.MethodGet, web.URL+s.assets.address(name), nil)
		request.Header.Set("Accept-Encoding", "gzip")
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		h := response.Header
		if response.StatusCode != 200 || h.Get("Content-Encoding") != "gzip" || !strings.Contains(h.Get("Cache-Control"),
			"immutable") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: status %d, headers %v", name, response.StatusCode, h)
		}
	}
}

func TestStartRun(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for i, c := range []struct {
		site string
		want int
	}{{"same-origin", http.StatusSeeOther}, {"cross-site", http.StatusForbidden}, {"same-origin", http.StatusConflict}} {
		request, _ := http.NewRequest(http.MethodPost, web.URL+"/runs?lang=en", nil)
		request.Header.Set("Sec-Fetch-Site", c.site)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.want {
			t.Errorf("request %d, %s, to start a run: status %d, want %d", i, c.site, response.StatusCode, c.want)
		}
	}
}

// TestStartRunThatFails: the page of runs says that it failed, what holds and what to do, and the log why.
func TestStartRunThatFails(t *testing.T) {
	var log strings.Builder
	s, web := newServer(t, districtStore(t), &log)
	failed := false
	s.config.StartRun = func(context.Context) error {
		failed = true
		return errors.New("the recomputation differs")
	}
	s.config.Status = func() RunStatus {
		if failed {
			return RunStatus{LastAt: on("2026-04-02"), LastError: "the recomputation differs"}
		}
		return RunStatus{}
	}
	status, _, _ := post(t, web.URL+"/runs?lang=en", nil)
	_, _, body := fetch(t, web.URL+"/runs?lang=en")
	if status != http.StatusSeeOther || !strings.Contains(body, "The last run failed and published nothing") || !strings.Contains(body, "failed. These pages show run 3") {
		t.Errorf("status %d, or the page does not say that the run failed:\n%s", status, body)
	}
	if strings.Contains(body, "recomputation") || !strings.Contains(log.String(), "run failed") || !strings.Contains(log.String(), "the recomputation differs") {
		t.Errorf("why it failed stands on the page and not in the log:\n%s", log.String())
	}
}

// TestStartRunWithoutContracts: the district is empty, which is no internal error.
func TestStartRunWithoutContracts(t *testing.T) {
	s, web := newServer(t, emptyStore(t), io.Discard)
	s.config.StartRun = func(context.Context) error { return ErrNothingToRun }
	if status, _, body := post(t, web.URL+"/runs?lang=en", nil); status != http.StatusConflict || !strings.Contains(body, "no contract has been accepted") {
		t.Errorf("status %d\n%s", status, body)
	}
}

func TestForeignHostIsRefused(t *testing.T) {
	_, web := newServer(t, emptyStore(t), io.Discard)
	for host, want := range map[string]int{"evil.example": http.StatusMisdirectedRequest, "localhost": http.StatusOK, "[::1]:80": http.StatusOK,
		"127.0.0.1": http.StatusOK} {
		request, _ := http.NewRequest(http.MethodGet, web.URL+"/healthz", nil)
		request.Host = host
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("host %s: status %d, want %d", host, response.StatusCode, want)
		}
	}
}

// Scores that came in after the run are not shown: 70 of the 71 that the contract has were seen by it.
func TestSourcesStopAtTheWatermark(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	_, _, body := fetch(t, web.URL+"/evaluations/"+plainContract+"?lang=en")
	if !strings.Contains(body, "1–50 of 71") {
		t.Error("the list of scores does not hold 71 rows")
	}
}

func TestExports(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	_, header, body := fetch(t, web.URL+"/suppliers.csv?lang=en&q=HYPERLINK")
	if !strings.HasPrefix(body, byteOrderMark) || !strings.Contains(header.Get("Content-Disposition"), "suppliers-run3.csv") {
		t.Errorf("no byte order mark, or disposition %q", header.Get("Content-Disposition"))
	}
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, byteOrderMark)))
	reader.Comment, reader.FieldsPerRecord = '#', -1
	rows, err := reader.ReadAll()
	if err != nil || len(rows) != 2 || rows[1][1] != "'"+hostileFormula {
		t.Errorf("rows %q, error %v: want the title and one supplier whose name is no formula", rows, err)
	}
	for _, said := range []string{"HYPERLINK", "policyhash", "# Run"} {
		if !strings.Contains(body, said) {
			t.Errorf("the file does not say %q", said)
		}
	}
	for path, said := range map[string]string{"/evaluations.csv?type=social_organisation&missing=2": "Supplier type Social organisation; Missing party Recipients", "/settlement.csv?grade=fair": "# Filters,Grade Fair",
		"/suppliers.csv?type=social_organisation&candidate=yes": "Supplier type Social organisation; ",
		"/assessments.csv?type=social_organisation":             "Supplier type Social organisation"} {
		if _, _, body := fetch(t, web.URL+path+"&lang=en"); !strings.Contains(body, said) {
			t.Errorf("%s does not say %q in its first lines: %.600s", path, said, body)
		}
	}
	_, _, body = fetch(t, web.URL+"/evaluations.xlsx?grade=fair")
	f, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheetRows, err := f.GetRows("评价")
	if err != nil || len(sheetRows) < 2 || !slices.Contains(sheetRows[1], "中") {
		t.Errorf("rows of the sheet %v, error %v", sheetRows, err)
	}
	for _, path := range slices.Concat(exportPaths, evaluatorFiles) {
		if status, _, _ := fetch(t, web.URL+path); status != http.StatusOK {
			t.Errorf("%s: status %d", path, status)
		}
	}
}

// By hand: half a hundredth of ten thousand yuan rounds away from zero.
func TestMoney(t *testing.T) {
	b := baseOf(basis{Unit: wan})
	for fen, want := range map[int64]string{0: "0.00", 5_000: "0.01", 4_999: "0.00", -5_000: "−0.01", 123_456_789_012: "123,456.79"} {
		if got := b.Money(fen); got != want {
			t.Errorf("%d fen in ten thousand yuan: %s, want %s", fen, got, want)
		}
	}
	b.Unit = yuan
	for fen, want := range map[int64]string{1: "0.01", -123_456: "−1,234.56", 100_000_000: "1,000,000.00"} {
		if got := b.Money(fen); got != want {
			t.Errorf("%d fen in yuan: %s, want %s", fen, got, want)
		}
	}
}

// Every chart of every page is drawn without a browser, too: well-formed, with every word that its option shows, no script.
func TestDrawings(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	drawn := 0
	for i, path := range pagePaths {
		lang := locale.Languages[i%2]
		_, _, body := fetch(t, web.URL+inLanguage(path, lang))
		for _, m := range regexp.MustCompile(`<img class="drawn" src="([^"]+)" alt="([^"]+)"`).FindAllStringSubmatch(body, -1) {
			status, header, svg := fetch(t, web.URL+html.UnescapeString(m[1]))
			if status != http.StatusOK || header.Get("Content-Type") != "image/svg+xml; charset=utf-8" {
				t.Errorf("%s: status %d, %s", m[1], status, header.Get("Content-Type"))
				continue
			}
			var read struct {
				Paths []struct{} `xml:"path"`
				Texts []struct{} `xml:"text"`
			}
			if err := xml.Unmarshal([]byte(svg), &read); err != nil || strings.Contains(svg, "<script") || strings.Contains(svg, "NaN") {
				t.Errorf("%s: %v, or a script or a place that is no number, in\n%.300s", m[1], err, svg)
			}
			drawn++
		}
	}
	if drawn < 20 {
		t.Errorf("%d charts were drawn, expected those of the pages", drawn)
	}
	if status, _, _ := fetch(t, web.URL+"/overview?drawing=none"); status != http.StatusNotFound {
		t.Errorf("a chart that the page does not have: status %d", status)
	}
}

// The overview as a workbook: a sheet for each of its parts, whose money adds up to the same total, the movements, and what it
// is about.
func TestOverviewBook(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	for lang, want := range map[string][]string{"zh": {"等级", "年度", "目录项目", "部门", "变动明细", "说明"}, "en": {"Grades", "Years", "Items", "Departments", "Movements", "About"}} {
		_, _, body := fetch(t, web.URL+"/overview.xlsx?lang="+lang)
		f, err := excelize.OpenReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.GetSheetList(); !slices.Equal(got, want) {
			t.Fatalf("sheets %v, want %v", got, want)
		}
		totals := map[string]float64{}
		for _, name := range want[:4] {
			rows, err := f.GetRows(name, excelize.Options{RawCellValue: true})
			if err != nil {
				t.Fatal(err)
			}
			money := slices.IndexFunc(rows[0], func(title string) bool { return strings.Contains(title, "元") || strings.Contains(title, "yuan") })
			for _, row := range rows[1:] {
				amount, err := strconv.ParseFloat(row[money], 64)
				if err != nil {
					t.Fatal(err)
				}
				totals[name] += math.Round(100 * amount)
			}
		}
		if total := totals[want[0]]; total == 0 || totals[want[1]] != total || totals[want[2]] != total || totals[want[3]] != total {
			t.Errorf("the sheets add up to %v fen", totals)
		}
	}
}

// A wall screen goes round the pages that its reader may open, and leaves out what there is to click on.
func TestWallScreen(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	next := regexp.MustCompile(`<meta http-equiv="refresh" content="60;url=([^"]+)">`)
	var round []string
	for path := "/overview?wall=on&lang=en"; len(round) <= len(wallPaths); {
		round = append(round, path)
		status, _, body := fetch(t, web.URL+path)
		m := next.FindStringSubmatch(body)
		if status != http.StatusOK || m == nil || !strings.Contains(body, `<body class="wall">`) {
			t.Fatalf("%s: status %d, next %v", path, status, m)
		}
		path = html.UnescapeString(m[1])
	}
	if last := round[len(round)-1]; last != "/overview?lang=en&wall=on" {
		t.Errorf("the round is %v", round)
	}
	if _, _, body := fetch(t, web.URL+"/overview"); next.MatchString(body) {
		t.Error("a page at a desk goes away by itself")
	}
}

// The contrast of colours, against values that WCAG 2.2 defines: black on white is 21, equal colours are 1, and #767676 is
// the lightest grey that reaches 4.5 on white, as the understanding of criterion 1.4.3 says.
func TestContrast(t *testing.T) {
	for _, c := range []struct {
		a, b      string
		low, high float64
	}{{"#000000", "#ffffff", 21, 21}, {"#2b4a7f", "#2b4a7f", 1, 1}, {"#767676", "#ffffff", 4.5, 4.6}, {"#777777", "#ffffff", 4.4, 4.5}} {
		if got := contrast(c.a, c.b); got < c.low-1e-9 || got > c.high+1e-9 {
			t.Errorf("%s on %s is %g, want %g to %g", c.a, c.b, got, c.low, c.high)
		}
	}
	if got := contrast("currentColor", "#ffffff"); !math.IsNaN(got) {
		t.Errorf("what is no colour has contrast %g", got)
	}
}

// Every style sheet is whole: a brace that is missing hides what follows it without a word.
func TestStyleSheetsAreWhole(t *testing.T) {
	sheets, err := filepath.Glob("static/*.css")
	if err != nil || len(sheets) < 3 {
		t.Fatalf("found %v, %v", sheets, err)
	}
	for _, name := range sheets {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if left := strings.Count(string(text), "{") - strings.Count(string(text), "}"); left != 0 {
			t.Errorf("%s opens %d braces more than it closes", name, left)
		}
	}
}
