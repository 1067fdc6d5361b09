package dashboards

import (
	archive "archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/pipelines/survey"
)

const publicAddress = "https://pj.example.gov.cn"

// surveyPaths and surveyPosts are the routes that the tests of this file ask.
var (
	surveyPaths = []string{"/surveys", "/surveys/X", "/surveys/issued/X", "/surveys/issued/X/sheet", "/surveys/issued/X/links.csv", "/surveys/issued/X/links.zip", "/s/X", "/s/thanks"}
	surveyPosts = []string{"POST /s/{token}", "POST /surveys/links", "POST /surveys/{contract}/replace", "POST /surveys/{contract}/remind", "POST /surveys/{contract}/close"}
)

func surveyDesk(t testing.TB, st *store.Store, now func() time.Time) *survey.Desk {
	t.Helper()
	p, err := policy.Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	desk, err := survey.Open(st, p, now)
	if err != nil {
		t.Fatal(err)
	}
	return desk
}

// surveyed is a server with two contracts, one of whose numbers has a slash and whose supplier tries to be code.
type surveyed struct {
	t      *testing.T
	server *Server
	web    *httptest.Server
	desk   *survey.Desk
	now    time.Time
	log    bytes.Buffer
}

func newSurveyed(t *testing.T) *surveyed {
	t.Helper()
	s := &surveyed{t: t, now: time.Now()}
	st := emptyStore(t)
	insertInto(t, st, func(d *district) {
		d.insert("organisation", 1, 1, "P01", "区民政局", "purchaser")
		d.insert("organisation", 1, 2, "P02", "区教育委员会", "purchaser")
		d.insert("organisation", 1, 3, "S01", "江北区阳光社会工作服务中心", "supplier")
		d.insert("organisation", 1, 4, "S02", hostileScript, "supplier")
		d.insert("contract", 1, 1, 104857600, "HT2025-0001", "居家养老服务采购（观音桥街道、华新街街道、五里店街道）", "P01", "S01", "B01", "open_tender", 86_000_000, on("2025-01-10"), on("2025-02-01"), on("2025-12-20"), 2025, 320)
		d.insert("contract", 1, 2, 104857601, "JB/2025/0002 甲", nil, "P02", "S02", "B02", "open_tender", 12_000_000, on("2025-01-10"), on("2025-02-01"), on("2025-12-20"), 2025, nil)
	})
	s.desk = surveyDesk(t, st, func() time.Time { return s.now })
	s.server, s.web = newServer(t, st, io.Discard)
	s.server.config.Survey = s.desk
	s.server.config.Logger = slog.New(slog.NewTextHandler(&s.log, nil))
	return s
}

// tokens makes links for the first contract.
func (s *surveyed) tokens(n int) survey.Issued {
	s.t.Helper()
	issued, err := s.desk.Issue(s.t.Context(), store.Everything, "a1", []survey.Request{{ContractNo: "HT2025-0001", Channel: "paper", Links: n}})
	if err != nil {
		s.t.Fatal(err)
	}
	return issued[0]
}

// reply is what came back, without following where it leads.
type reply struct {
	status int
	header http.Header
	body   string
}

func (s *surveyed) do(method, path string, form url.Values) reply {
	s.t.Helper()
	request, err := http.NewRequest(method, s.web.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(body)}
}

func (s *surveyed) get(path string) reply { return s.do(http.MethodGet, path, nil) }

// filled is a sheet with one step on each question.
func (s *surveyed) filled(step string) url.Values {
	form := url.Values{}
	for _, q := range s.desk.Questions() {
		form.Set("q-"+q.Indicator, step)
	}
	return form
}

func TestAnswering(t *testing.T) {
	s := newSurveyed(t)
	token := s.tokens(1).Tokens[0]
	page := s.get("/s/" + token)
	for _, want := range []string{"居家养老服务采购", "阳光社会工作", "第 3 题，共 3 题", "非常满意", "不清楚，或没用到", `lang="zh-CN"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the sheet does not say %q", want)
		}
	}
	if page.status != http.StatusOK || page.header.Get("Cache-Control") != "private, no-store" || page.header.Get("Set-Cookie") != "" || strings.Contains(page.body, "<script") {
		t.Errorf("status %d, headers %v; expected a page without script and cookie that nobody keeps", page.status, page.header)
	}
	english := s.get("/s/" + survey.Spaced(token) + "?lang=en")
	if english.status != http.StatusOK || !strings.Contains(english.body, "Very satisfied") {
		t.Errorf("typed from paper, in English: status %d", english.status)
	}
	half := s.filled("satisfied")
	half.Del("q-satisfaction_outcome")
	if r := s.do(http.MethodPost, "/s/"+token, half); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "还有 1 个问题没有选") || strings.Count(r.body, " checked") != 2 {
		t.Errorf("half a sheet: status %d, %d answers kept; expected 422 with the two that were chosen", r.status, strings.Count(r.body, " checked"))
	}
	if r := s.do(http.MethodPost, "/s/"+token+"?lang=en", s.filled("satisfied")); r.status != http.StatusSeeOther || r.header.Get("Location") != "/s/thanks?lang=en" {
		t.Errorf("handed in: status %d to %q", r.status, r.header.Get("Location"))
	}
	for lang, want := range map[string]string{"zh": "已经收到您的答卷", "en": "We have your answers"} {
		if r := s.get("/s/" + token + "?lang=" + lang); r.status != http.StatusGone || !strings.Contains(r.body, want) {
			t.Errorf("the way back in %s: status %d, expected 410 with %q", lang, r.status, want)
		}
		if r := s.do(http.MethodPost, "/s/"+token+"?lang="+lang, s.filled("fair")); r.status != http.StatusGone || !strings.Contains(r.body, want) {
			t.Errorf("sent again in %s: status %d, expected 410 with %q", lang, r.status, want)
		}
	}
	if r := s.get("/s/thanks"); r.status != http.StatusOK || !strings.Contains(r.body, "谢谢") {
		t.Errorf("thanks: status %d", r.status)
	}
}

// Each way in which a link does not work has its page; a link that never was and what cannot be one are the same.
func TestRefusedLinks(t *testing.T) {
	s := newSurveyed(t)
	lost, left := s.tokens(1), s.tokens(1)
	if _, err := s.desk.TakeBack(t.Context(), store.Everything, "HT2025-0001", lost.ID); err != nil {
		t.Fatal(err)
	}
	check := func(name, token string, status int, zh, en string) {
		t.Helper()
		for lang, want := range map[string]string{"zh": zh, "en": en} {
			for _, r := range []reply{s.get("/s/" + token + "?lang=" + lang), s.do(http.MethodPost, "/s/"+token+"?lang="+lang, s.filled("fair"))} {
				if r.status != status || !strings.Contains(r.body, want) || strings.Contains(r.body, "居家养老") {
					t.Errorf("%s in %s: status %d, expected %d with %q and without the contract", name, lang, r.status, status, want)
				}
			}
		}
	}
	check("taken back", lost.Tokens[0], http.StatusGone, "已经换新", "was replaced")
	check("unknown", strings.Repeat("a", 26), http.StatusNotFound, "打不开这份问卷", "cannot be opened")
	check("no token", "nonsense", http.StatusNotFound, "打不开这份问卷", "cannot be opened")
	strip := func(r reply, token string) string { return strings.ReplaceAll(r.body, token, "") }
	if a, b := s.get("/s/"+strings.Repeat("a", 26)), s.get("/s/nonsense"); strip(a, strings.Repeat("a", 26)) != strip(b, "nonsense") {
		t.Error("a link that might have been differs from one that never could")
	}
	s.now = s.now.AddDate(0, 0, survey.DefaultDays)
	check("expired", left.Tokens[0], http.StatusGone, "已经过期", "has run out")
	s.now = s.now.AddDate(0, 0, -survey.DefaultDays)
	if _, err := s.desk.Close(t.Context(), store.Everything, "HT2025-0001"); err != nil {
		t.Fatal(err)
	}
	check("closed", left.Tokens[0], http.StatusGone, "已经结束", "has ended")
}

// What a phone loads for a sheet, unzipped: the page and its style.
func TestASheetIsLight(t *testing.T) {
	s := newSurveyed(t)
	page := s.get("/s/" + s.tokens(1).Tokens[0])
	weight := len(page.body) + len(s.server.assets.files["survey.css"].plain) + len(s.server.assets.files["icon.svg"].plain)
	const most = 30 << 10
	if weight > most {
		t.Errorf("a sheet weighs %d bytes, expected %d at most", weight, most)
	}
}

// Guessing slows the one who guesses down, and nobody behind the same address who has a link.
func TestGuessingIsSlow(t *testing.T) {
	s := newSurveyed(t)
	token := s.tokens(1).Tokens[0]
	statuses := map[int]int{}
	for i := range strangeBurst + 5 {
		r := s.get(fmt.Sprintf("/s/guess%d", i))
		statuses[r.status]++
		if r.status == http.StatusTooManyRequests && r.header.Get("Retry-After") == "" {
			t.Error("too many requests, but not for how long")
		}
	}
	if statuses[http.StatusNotFound] != strangeBurst || statuses[http.StatusTooManyRequests] != 5 {
		t.Errorf("statuses %v, expected %d guesses and then too many", statuses, strangeBurst)
	}
	if r := s.get("/s/" + token); r.status != http.StatusOK {
		t.Errorf("a neighbour with a link: status %d", r.status)
	}
}

// A neighbourhood behind one address: 80 people open a sheet and hand it in at once.
func TestANeighbourhoodIsNotLockedOut(t *testing.T) {
	s := newSurveyed(t)
	const people = 80
	results := make(chan int, people)
	for _, token := range s.tokens(people).Tokens {
		go func() {
			if r := s.get("/s/" + token); r.status != http.StatusOK {
				results <- r.status
				return
			}
			results <- s.do(http.MethodPost, "/s/"+token, s.filled("satisfied")).status
		}()
	}
	statuses := map[int]int{}
	for range people {
		statuses[<-results]++
	}
	if statuses[http.StatusSeeOther] != people {
		t.Errorf("statuses %v, expected all %d to be handed in", statuses, people)
	}
}

// A sheet that fails tells its reader to come back, and the log what happened, without the token.
func TestNoTokenInTheLog(t *testing.T) {
	s := newSurveyed(t)
	token := s.tokens(1).Tokens[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request := httptest.NewRequest(http.MethodGet, "http://localhost/s/"+token, nil).WithContext(ctx)
	request.RemoteAddr = "127.0.0.1:50000"
	answer := httptest.NewRecorder()
	s.server.Handler().ServeHTTP(answer, request)
	if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" || !strings.Contains(answer.Body.String(), "系统正忙") {
		t.Errorf("status %d, expected that the system is busy", answer.Code)
	}
	s.server.fail(httptest.NewRecorder(), request, io.ErrUnexpectedEOF)
	if s.log.Len() == 0 || strings.Contains(s.log.String(), token) {
		t.Errorf("the log holds nothing, or the token:\n%s", s.log.String())
	}
}

// From the list to the paper: links for two contracts, as a sheet, a list and a folder each; then they are gone.
func TestIssuing(t *testing.T) {
	s := newSurveyed(t)
	if r := s.get("/surveys"); r.status != http.StatusOK || !strings.Contains(r.body, `value="JB/2025/0002 甲"`) {
		t.Fatalf("the list: status %d", r.status)
	}
	if r := s.get("/surveys?purchaser=P01"); strings.Contains(r.body, `value="JB/2025/0002 甲"`) || !strings.Contains(r.body, `value="HT2025-0001"`) || !strings.Contains(r.body, "<span>购买主体</span> 区民政局") {
		t.Errorf("the list of one department: status %d", r.status)
	}
	made := s.do(http.MethodPost, "/surveys/links", url.Values{"contract": {"HT2025-0001", "JB/2025/0002 甲"}, "links": {"9"}, "days": {"14"}, "channel": {"paper"}, "label": {"=华新街"}})
	where := made.header.Get("Location")
	if made.status != http.StatusSeeOther || !strings.HasPrefix(where, "/surveys/issued/") {
		t.Fatalf("made: status %d to %q: %s", made.status, where, made.body)
	}
	if r := s.get(where); r.status != http.StatusOK || !strings.Contains(r.body, "2 份合同，共 18 个链接") || r.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("handed out: status %d", r.status)
	}
	sheet := s.get(where + "/sheet")
	if strings.Count(sheet.body, `<svg class="qr"`) != 18 || strings.Contains(sheet.body, hostileScript) || !strings.Contains(sheet.body, "pj.example.gov.cn/s/") {
		t.Errorf("the paper has %d codes, expected 18", strings.Count(sheet.body, `<svg class="qr"`))
	}
	file := s.get(where + "/links.csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.body, byteOrderMark))).ReadAll()
	if err != nil || len(rows) != 19 || rows[1][4] != "'=华新街" {
		t.Fatalf("the list has %d lines, %v; expected 19", len(rows), err)
	}
	for _, row := range rows[1:] {
		token, ok := strings.CutPrefix(row[5], publicAddress+"/s/")
		if r := s.get("/s/" + token); !ok || r.status != http.StatusOK || !strings.Contains(sheet.body, survey.Spaced(token)) {
			t.Errorf("link %s: status %d, or not on the paper", row[5], r.status)
		}
	}
	links, err := ReadLinks(strings.NewReader(strings.TrimPrefix(file.body, byteOrderMark)))
	if err != nil || len(links) != 18 || links[0].Label != "=华新街" || links[17].Supplier != hostileScript {
		t.Errorf("the list reads back as %d links, %v", len(links), err)
	}
	checkFolders(t, s.get(where+"/links.zip").body)
	if page := s.get("/surveys/" + url.PathEscape("JB/2025/0002 甲")); page.status != http.StatusOK || !strings.Contains(page.body, "=华新街") || !strings.Contains(page.body, "9 个链接") {
		t.Errorf("the contract's survey: status %d", page.status)
	}
	s.server.issued.all = nil // as after half an hour
	for _, path := range []string{"", "/sheet", "/links.csv", "/links.zip"} {
		if r := s.get(where + path); r.status != http.StatusGone || !strings.Contains(r.body, "作废并重发") {
			t.Errorf("%s later: status %d, expected 410 with what to do", path, r.status)
		}
	}
}

func checkFolders(t *testing.T, content string) {
	t.Helper()
	files, err := archive.NewReader(strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), `<svg class="qr"`); strings.HasSuffix(f.Name, "sheet.html") && (n != 9 || !strings.Contains(string(text), "@page")) {
			t.Errorf("%s: %d codes, expected 9, and its own style", f.Name, n)
		}
	}
	if want := []string{"001-HT2025-0001/links.csv", "001-HT2025-0001/sheet.html", "002-JB_2025_0002 甲/links.csv", "002-JB_2025_0002 甲/sheet.html"}; !slices.Equal(names, want) {
		t.Errorf("folders %v, expected %v", names, want)
	}
}

func TestIssuingIsRefused(t *testing.T) {
	s := newSurveyed(t)
	form := func(pairs ...string) url.Values {
		v := url.Values{"contract": {"HT2025-0001"}, "channel": {"paper"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	for _, c := range []struct {
		form   url.Values
		status int
		says   string
	}{
		{form("links", "321"), 422, "链接数为 321，应为 1 至 320"},
		{form("links", "many"), 422, "链接数为 many"},
		{form("days", "181"), 422, "有效天数为 181，应为 1 至 180"},
		{form("frame", "-3"), 422, "抽样框人数为 -3"},
		{form("channel", "pigeon"), 422, "发放方式为"},
		{form("label", strings.Repeat("街", 81)), 422, "抽样框名称有 81 个字"},
		{form("contract", "none"), 404, "没有这份合同"},
		{url.Values{"channel": {"paper"}}, 422, "没有选择合同"},
	} {
		if r := s.do(http.MethodPost, "/surveys/links", c.form); r.status != c.status || !strings.Contains(r.body, c.says) {
			t.Errorf("%v: status %d, expected %d with %q", c.form, r.status, c.status, c.says)
		}
	}
	if page := s.get("/surveys/HT2025-0001"); !strings.Contains(page.body, "还没有生成过链接") {
		t.Error("what was refused left links behind")
	}
}

// What is done to a survey on its page: remind, replace, close.
func TestRunningASurvey(t *testing.T) {
	s := newSurveyed(t)
	first := s.tokens(4)
	if r := s.do(http.MethodPost, "/s/"+first.Tokens[0], s.filled("fair")); r.status != http.StatusSeeOther {
		t.Fatalf("handed in: status %d", r.status)
	}
	issue := url.Values{"issue": {fmt.Sprint(first.ID)}}
	if r := s.do(http.MethodPost, "/surveys/HT2025-0001/remind", issue); r.status != http.StatusSeeOther || r.header.Get("Location") != "/surveys/HT2025-0001" {
		t.Errorf("reminded: status %d to %s", r.status, r.header.Get("Location"))
	}
	if r := s.do(http.MethodPost, "/surveys/HT2025-0001/replace", issue); r.status != http.StatusSeeOther || !strings.HasPrefix(r.header.Get("Location"), "/surveys/issued/") {
		t.Errorf("replaced: status %d to %s", r.status, r.header.Get("Location"))
	}
	page := s.get("/surveys/HT2025-0001").body
	for _, want := range []string{"0.3%", "/ 320 人", "25.0%", "<dt>提醒次数</dt><dd>1</dd>", "<dt>已作废</dt><dd>3</dd>"} { // 1 of 320 people, 1 of the 4 valid links
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	closed := s.do(http.MethodPost, "/surveys/HT2025-0001/close", nil)
	if r := s.get(closed.header.Get("Location")); closed.status != http.StatusSeeOther || !strings.Contains(r.body, "3 个没用过的链接已失效") {
		t.Errorf("closed: status %d to %s", closed.status, closed.header.Get("Location"))
	}
	for _, path := range []string{"/remind", "/replace"} {
		if r := s.do(http.MethodPost, "/surveys/HT2025-0001"+path, url.Values{"issue": {"77"}}); r.status != http.StatusNotFound {
			t.Errorf("%s of a batch that is not there: status %d", path, r.status)
		}
	}
}

// A purchaser sees and sends out its own surveys alone, an evaluator none, and nobody fetches another's links.
func TestSurveysWithinTheScope(t *testing.T) {
	s := newSurveyed(t)
	own := s.do(http.MethodPost, "/surveys/links", url.Values{"contract": {"HT2025-0001"}, "links": {"2"}, "channel": {"sms"}}).header.Get("Location")
	foreign := url.PathEscape("JB/2025/0002 甲")
	s.server.recognise = as(access.Identity{Account: "b2", Role: access.Purchaser, Org: "P01"})
	web := httptest.NewServer(s.server.Handler())
	defer web.Close()
	s.web = web
	if r := s.get("/surveys"); r.status != http.StatusOK || !strings.Contains(r.body, "HT2025-0001") || strings.Contains(r.body, "JB/2025/0002") {
		t.Errorf("the list of a purchaser: status %d, or more or less than its own", r.status)
	}
	for path, form := range map[string]url.Values{"/surveys/" + foreign + "/close": nil, "/surveys/" + foreign + "/remind": {"issue": {"1"}}, "/surveys/" + foreign + "/replace": {"issue": {"1"}},
		"/surveys/links": {"contract": {"JB/2025/0002 甲"}, "channel": {"sms"}}} {
		if r := s.do(http.MethodPost, path, form); r.status != http.StatusNotFound {
			t.Errorf("%s of another's contract: status %d, expected 404", path, r.status)
		}
	}
	if r := s.get("/surveys/" + foreign); r.status != http.StatusNotFound {
		t.Errorf("another's survey: status %d, expected 404", r.status)
	}
	if r := s.get(own + "/links.csv"); r.status != http.StatusGone {
		t.Errorf("another account's links: status %d, expected 410", r.status)
	}
	s.server.recognise = as(access.Identity{Account: "e1", Role: access.Evaluator, Org: "E01"})
	evaluators := httptest.NewServer(s.server.Handler())
	defer evaluators.Close()
	s.web = evaluators
	if r := s.get("/surveys"); r.status == http.StatusOK {
		t.Error("an evaluator sees the surveys")
	}
}

// The sheet needs no cookie and sets none: a jar stays empty.
func TestAnsweringNeedsNoCookie(t *testing.T) {
	s := newSurveyed(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	token := s.tokens(1).Tokens[0]
	client := &http.Client{Jar: jar}
	response, err := client.PostForm(s.web.URL+"/s/"+token, s.filled("none"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	home, err := url.Parse(s.web.URL)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Request.URL.Path != "/s/thanks" || len(jar.Cookies(home)) > 0 {
		t.Errorf("status %d at %s with cookies %v", response.StatusCode, response.Request.URL.Path, jar.Cookies(home))
	}
}
