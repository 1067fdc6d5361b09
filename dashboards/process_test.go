package dashboards

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring/dueprocess"
)

// processPaths are the pages of the way to the public and of the public's questions.
var processPaths = []string{"/process", "/process?state=draft&q=%E5%B1%85%E5%AE%B6", "/process/changes", "/process/announce", "/process/finalise?year=2025", "/process/publish",
	"/process/contracts/" + cappedContract, "/inquiries", "/inquiries/note", "/public/questions", "/public/questions/ask", "/public/questions/own"}

// processFiles are the lists of them.
var processFiles = []string{"/process.csv", "/process.xlsx", "/process-changes.csv", "/process-changes.xlsx", "/inquiries.csv", "/inquiries.xlsx"}

// processRoutes are those that the tests of this file ask.
var processRoutes = []string{"POST /process/announce", "POST /process/finalise", "POST /process/publish", "GET /process/contracts/{contract}/notice",
	"POST /process/contracts/{contract}/comment", "POST /process/contracts/{contract}/objection", "POST /process/contracts/{contract}/decision",
	"POST /process/contracts/{contract}/withdrawal", "GET /process/objections/{objection}/evidence/{place}", "GET /inquiries/{inquiry}", "POST /inquiries/{inquiry}/route",
	"POST /inquiries/{inquiry}/decline", "POST /inquiries/{inquiry}/answer", "POST /inquiries/{inquiry}/return", "POST /inquiries/{inquiry}/release", "POST /inquiries/{inquiry}/keep",
	"POST /inquiries/note", "POST /public/questions/ask", "POST /public/questions/own"}

// stage is a server on which people of several roles act, at a time that the test sets.
type stage struct {
	t        *testing.T
	s        *Server
	web      *httptest.Server
	at       time.Time
	contract store.EvaluationRow // rated, its service over
}

func newStage(t *testing.T) *stage {
	s, web := newServer(t, freshDistrict(t), io.Discard)
	g := &stage{t: t, s: s, web: web, at: time.Date(2026, 5, 6, 2, 0, 0, 0, time.UTC)}
	s.config.Now = func() time.Time { return g.at }
	err := s.config.Store.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err != nil {
			return err
		}
		rows, err := v.Evaluations(ctx, store.EvaluationFilter{Status: "rated", Limit: allRows})
		at := slices.IndexFunc(rows, func(e store.EvaluationRow) bool { return e.Grade != "" && !strings.Contains(e.ContractNo, "/") })
		g.contract = rows[at]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// be makes the next requests come from somebody.
func (g *stage) be(account string, role access.Role, org string) {
	who := access.Identity{Account: account, Role: role, Name: account, Login: account, Org: org}
	if role == access.Public {
		who = access.Anyone
	}
	g.s.recognise = as(who)
	g.web.Config.Handler = g.s.Handler()
}

func (g *stage) get(path string) string {
	g.t.Helper()
	status, _, body := fetch(g.t, g.web.URL+inLanguage(path, "en"))
	if status != http.StatusOK {
		g.t.Fatalf("%s: status %d", path, status)
	}
	return body
}

// post hands a form in and returns its status and what it says or where it leads.
func (g *stage) post(path string, pairs ...string) (int, string) {
	g.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return g.send(path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (g *stage) send(path, kind string, body io.Reader) (int, string) {
	g.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Post(g.web.URL+inLanguage(path, "en"), kind, body)
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Location") + string(text)
}

// does checks that a form is done.
func (g *stage) does(path string, pairs ...string) string {
	g.t.Helper()
	status, to := g.post(path, pairs...)
	if status != http.StatusSeeOther {
		g.t.Fatalf("%s: status %d: %s", path, status, problemOn(to))
	}
	return to
}

// refuses checks that a form is refused with a sentence.
func (g *stage) refuses(key, path string, pairs ...string) {
	g.t.Helper()
	status, body := g.post(path, pairs...)
	if want := g.s.texts["en"].T("process.refused." + key); status != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
		g.t.Errorf("%s: status %d, says %q, expected %q", path, status, problemOn(body), want)
	}
}

var problemShown = regexp.MustCompile(`role="alert">([^<]*)<`)

func problemOn(body string) string {
	if m := problemShown.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

// perform does an act with one contract by its page, as its preview shows it.
func (g *stage) perform(act string) string {
	g.t.Helper()
	path := "/process/" + act + "?contract=" + g.contract.ContractNo
	seen := regexp.MustCompile(`name="seen" value="([0-9a-f]+)"`).FindStringSubmatch(g.get(path))
	if seen == nil {
		g.t.Fatalf("%s: there is nothing to do", path)
	}
	return g.does(path, "seen", seen[1], "reason", "as ordered")
}

// withFile is a form with a file.
func withFile(t *testing.T, field, name, content string, pairs ...string) (kind string, body io.Reader) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.CreateFormFile(field, name)
	if err == nil {
		_, err = io.WriteString(f, content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), &b
}

// TestDueProcess walks an evaluation from the draft to the public, with an objection on the way: each by its role, each
// refusal in words.
func TestDueProcess(t *testing.T) {
	g := newStage(t)
	path := "/process/contracts/" + g.contract.ContractNo
	supplier := func() { g.be("s1", access.Supplier, g.contract.SupplierID) }

	supplier()
	g.refuses("not_announced", path+"/comment", "wording", "too early")
	g.be("f1", access.Finance, "")
	g.refuses("text_missing", "/process/announce?contract="+g.contract.ContractNo, "seen", "x")
	g.refuses("changed", "/process/announce?contract="+g.contract.ContractNo, "seen", "x", "reason", "as ordered")
	if to := g.perform("announce"); !strings.HasPrefix(to, path+"?") {
		t.Errorf("the announcement leads to %s", to)
	}
	g.refuses("window_open", "/process/finalise?contract="+g.contract.ContractNo, "seen", "x", "reason", "early")
	if notice := g.get(path + "/notice"); !strings.Contains(notice, g.contract.SupplierName) || !strings.Contains(notice, "2026年5月14日") { // seven working days after May 6, of which Saturday the 9th is one
		t.Error("the notice names neither its supplier nor the last day 2026年5月14日")
	}

	supplier()
	if body := g.get("/"); !strings.Contains(body, "1 evaluation is open for your comments until 2026-05-14") {
		t.Error("the supplier's home does not say until when it may comment")
	}
	g.does(path+"/comment", "wording", "the visits of <March> are missing")
	if body := g.get(path); !strings.Contains(body, "visits of &lt;March&gt;") {
		t.Error("the comment is not shown as text")
	}
	g.evidence(path)
	g.refuses("objected_already", path+"/objection", "grounds", "once more")

	g.be("f2", access.Finance, "")
	g.refuses("in_dispute", "/process/finalise?contract="+g.contract.ContractNo, "seen", "x", "reason", "early")
	number := regexp.MustCompile(`name="objection" value="(YY2026-[0-9]+)"`).FindStringSubmatch(g.get(path))[1]
	for _, page := range []string{"/evaluations/" + g.contract.ContractNo, "/evaluations?q=" + g.contract.ContractNo, "/suppliers/" + g.contract.SupplierID, "/process?state=disputed", "/overview", "/evaluations.csv?state=disputed"} {
		if !strings.Contains(g.get(page), "In dispute") && !strings.Contains(g.get(page), "in dispute") {
			t.Errorf("%s does not say that the evaluation is in dispute", page)
		}
	}
	g.rule(path, number)

	g.at = g.at.AddDate(0, 0, 20)
	g.be("f1", access.Finance, "")
	if body := g.get("/"); !strings.Contains(body, "1 evaluation can be made final") {
		t.Error("the bureau's home does not say that one can be made final")
	}
	g.perform("finalise")
	supplier()
	g.refuses("window_over", path+"/objection", "grounds", "too late")
	g.be("f1", access.Finance, "")
	g.perform("publish")
	if body := g.get(path); !strings.Contains(body, "Public.") {
		t.Error("the page does not say that the evaluation is public")
	}
}

// evidence raises an objection: only files of the known types are taken, and they come back as files.
func (g *stage) evidence(path string) {
	g.t.Helper()
	for name, content := range map[string]string{"page.pdf": "<html><script>alert(1)</script>", "empty.pdf": ""} {
		kind, body := withFile(g.t, "evidence", name, content, "grounds", "see the file")
		if status, text := g.send(path+"/objection", kind, body); status != http.StatusUnprocessableEntity || !strings.Contains(text, "is no PDF, PNG or JPEG") {
			g.t.Errorf("%s: status %d, %q", name, status, problemOn(text))
		}
	}
	kind, body := withFile(g.t, "evidence", "large.pdf", "%PDF-"+strings.Repeat("x", 1<<20), "grounds", "see the file")
	if status, text := g.send(path+"/objection", kind, body); status != http.StatusUnprocessableEntity || !strings.Contains(text, "has more than 1 MB") {
		g.t.Errorf("a large file: status %d, %q", status, problemOn(text))
	}
	kind, body = withFile(g.t, "evidence", `C:\records\服务"记录".pdf`, "%PDF-1.4 records", "grounds", "see the file", "indicator", "")
	if status, text := g.send(path+"/objection", kind, body); status != http.StatusSeeOther {
		g.t.Fatalf("the objection: status %d, %q", status, problemOn(text))
	}
	link := regexp.MustCompile(`/process/objections/YY2026-0001/evidence/1`).FindString(g.get(path))
	status, header, text := fetch(g.t, g.web.URL+link)
	if status != http.StatusOK || text != "%PDF-1.4 records" || header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
		g.t.Errorf("the evidence: status %d, %v", status, header)
	}
	g.be("s2", access.Supplier, "S-other")
	if status, _, _ := fetch(g.t, g.web.URL+link); status != http.StatusNotFound {
		g.t.Errorf("another supplier gets the evidence: status %d", status)
	}
	g.be("s1", access.Supplier, g.contract.SupplierID)
}

// rule decides the objection, by somebody else than who announced.
func (g *stage) rule(path, number string) {
	g.t.Helper()
	decision := []string{"objection", number, "outcome", "rejected", "reasons", "the records were counted"}
	for _, c := range []struct {
		account string
		role    access.Role
		key     string
	}{{"f1", access.Finance, "reviewer_announced"}} {
		g.be(c.account, c.role, "")
		g.refuses(c.key, path+"/decision", decision...)
		if body := g.get(path); !strings.Contains(body, g.s.texts["en"].T("process.refused."+c.key)) || strings.Contains(body, "/decision\"") {
			g.t.Errorf("%s sees the form although refused", c.account)
		}
	}
	for _, role := range []access.Role{access.Purchaser, access.Evaluator, access.Supplier, access.Admin} {
		g.be("x", role, g.contract.PurchaserID)
		if status, _ := g.post(path+"/decision", decision...); status != http.StatusForbidden {
			g.t.Errorf("%s decides: status %d", role, status)
		}
	}
	g.be("v1", access.Supervision, "")
	g.refuses("no_outcome", path+"/decision", "objection", number, "reasons", "so")
	g.refuses("no_correction", path+"/decision", "objection", number, "outcome", "upheld", "reasons", "so")
	g.does(path+"/decision", decision...)
	g.refuses("decided_already", path+"/decision", decision...)
}

// TestObjectionTakenBack: by its supplier alone.
func TestObjectionTakenBack(t *testing.T) {
	g := newStage(t)
	path := "/process/contracts/" + g.contract.ContractNo
	g.be("f1", access.Finance, "")
	g.perform("announce")
	g.be("s1", access.Supplier, g.contract.SupplierID)
	g.does(path+"/objection", "grounds", "wrong", "indicator", "")
	g.be("f2", access.Finance, "")
	if status, _ := g.post(path+"/withdrawal", "objection", "YY2026-0001", "reasons", "x"); status != http.StatusForbidden {
		t.Errorf("the bureau takes an objection back: status %d", status)
	}
	g.be("s1", access.Supplier, g.contract.SupplierID)
	g.does(path+"/withdrawal", "objection", "YY2026-0001", "reasons", "settled with the purchaser")
	if body := g.get(path); !strings.Contains(body, "took objection YY2026-0001 back") {
		t.Error("the page does not say that the objection was taken back")
	}
}

// TestQuestionsOfThePublic: asked without an account, routed, answered, checked by another, published without what was
// taken out.
func TestQuestionsOfThePublic(t *testing.T) {
	g := newStage(t)
	g.be("", access.Public, "")
	g.refuses("no_kind", "/public/questions/ask", "wording", "x")
	g.refuses("no_contract", "/public/questions/ask", "kind", "complaint", "subject", "quality", "contract", "HT-none", "wording", "x")
	asked := []string{"kind", "complaint", "subject", "quality", "contract", g.contract.ContractNo, "wording", "Nobody came in March. Zhang San, 13900000000"}
	status, body := g.post("/public/questions/ask", asked...)
	receipt := regexp.MustCompile(`class="code">([^<]+)<`).FindAllStringSubmatch(body, 2)
	if status != http.StatusOK || len(receipt) != 2 {
		t.Fatalf("asking: status %d, %q", status, problemOn(body))
	}
	number, code := receipt[0][1], receipt[1][1]
	for range askBurst {
		status, _ = g.post("/public/questions/ask", asked...)
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("the %dth question of one address: status %d", askBurst+1, status)
	}
	g.refuses("unknown_code", "/public/questions/own", "number", number, "code", "wrong")
	path := "/inquiries/" + number

	g.be("f1", access.Finance, "")
	g.refuses("inquiry_not_release", path+"/release", "wording", "x", "published", "x")
	g.refuses("no_purchaser", path+"/route", "wording", "x", "purchaser", "P-none")
	g.does(path+"/route", "purchaser", g.contract.PurchaserID, "wording", "please answer")
	g.be("p2", access.Purchaser, "P-other")
	if status, _, _ := fetch(t, g.web.URL+path); status != http.StatusNotFound {
		t.Errorf("another purchaser reads the complaint: status %d", status)
	}
	g.be("p1", access.Purchaser, g.contract.PurchaserID)
	g.refuses("no_outcome", path+"/answer", "wording", "we will look")
	g.does(path+"/answer", "wording", "The visits are made up for.", "outcome", "founded")
	g.be("", access.Public, "")
	if _, body := g.post("/public/questions/own", "number", number, "code", code); strings.Contains(body, "made up for") {
		t.Error("the answer is shown before it was checked")
	}
	g.be("f1", access.Finance, "")
	g.does(path+"/return", "wording", "say when")
	g.be("p1", access.Purchaser, g.contract.PurchaserID)
	g.does(path+"/answer", "wording", "The visits are made up for in May.", "outcome", "founded")
	g.be("p1", access.Finance, "") // the same account, as if it had changed its role
	g.refuses("checker_answered", path+"/release", "wording", "good", "published", "Nobody came in March.")
	g.be("f1", access.Finance, "")
	g.does(path+"/release", "wording", "good", "published", "Nobody came in March.")
	g.refuses("inquiry_closed", path+"/keep", "wording", "x")

	g.be("", access.Public, "")
	list := g.get("/public/questions")
	if !strings.Contains(list, "Nobody came in March.") || !strings.Contains(list, "made up for in May") || strings.Contains(list, "Zhang San") {
		t.Error("the public list lacks what was published, or shows what was taken out")
	}
	if strings.Contains(g.get("/public/questions?q=Zhang"), "Nobody came") {
		t.Error("the public finds a question by what was taken out of it")
	}
	if _, body := g.post("/public/questions/own", "number", number, "code", code); !strings.Contains(body, "made up for in May") || !strings.Contains(body, "Zhang San") {
		t.Error("whoever asked does not see the own text with its answer")
	}
	g.facts(number)
}

// facts checks that the complaint is a fact, without a word of what was written.
func (g *stage) facts(number string) {
	g.t.Helper()
	err := g.s.config.Store.Read(g.t.Context(), func(ctx context.Context, r *store.Reader) error {
		var rows int
		var outcome string
		if err := r.Scan(ctx, []any{&rows, &outcome}, `SELECT count(*), coalesce(arg_max(outcome, batch_id), '') FROM complaint WHERE complaint_no = ?`, number); err != nil {
			return err
		}
		if rows != 2 || outcome != "founded" {
			g.t.Errorf("found %d rows of the complaint with the outcome %q, expected two and founded", rows, outcome)
		}
		return nil
	})
	if err != nil {
		g.t.Error(err)
	}
}

// TestOtherWaysOfInquiries: noted by the bureau, declined, settled without publishing.
func TestOtherWaysOfInquiries(t *testing.T) {
	g := newStage(t)
	g.be("f1", access.Finance, "")
	g.refuses("no_channel", "/inquiries/note", "kind", "question", "subject", "other", "wording", "x")
	note := func() string {
		to := g.does("/inquiries/note", "kind", "question", "subject", "other", "wording", "When?", "channel", "hotline")
		return strings.SplitN(to, "?", 2)[0]
	}
	declined := note()
	g.does(declined+"/decline", "wording", "not ours")
	kept := note()
	g.does(kept+"/route", "purchaser", "", "wording", "we answer ourselves")
	g.be("p1", access.Purchaser, g.contract.PurchaserID)
	if status, _ := g.post(kept+"/answer", "wording", "x"); status != http.StatusNotFound {
		t.Errorf("a purchaser answers what is the bureau's: status %d", status)
	}
	g.be("f2", access.Finance, "")
	g.does(kept+"/answer", "wording", "In June.")
	g.be("f1", access.Finance, "")
	g.does(kept+"/keep", "wording", "good")
	if body := g.get("/inquiries?kind=question&state=kept"); !strings.Contains(body, "Settled, not published") {
		t.Error("the list does not show what was settled")
	}
}

// Every code of a refusal has a sentence.
func TestEveryRefusalOfTheProcessHasASentence(t *testing.T) {
	s, _ := newServer(t, districtStore(t), io.Discard)
	var codes []string
	for _, act := range []dueprocess.Act{dueprocess.Announce, dueprocess.Comment, dueprocess.Object, dueprocess.Review, dueprocess.Finalise, dueprocess.Publish} {
		for _, state := range dueprocess.States {
			codes = appendCode(codes, state.Allows(act))
		}
	}
	for _, step := range dueprocess.InquirySteps {
		for _, state := range dueprocess.InquiryStates {
			_, err := state.After(step)
			codes = appendCode(codes, err)
		}
	}
	for _, dir := range []string{"../scoring/dueprocess/*.go", "../pipelines/store/*.go", "*.go"} {
		codes = append(codes, idsOf(t, dir, nil, regexp.MustCompile(`(?:Refuse\([a-zA-Z.()]+, |refuse\(|evidenceError\{(?:code: )?)"((?:[a-z]+_)+[a-z]+|ungraded)"`))...)
	}
	if len(codes) < 40 {
		t.Fatalf("found only %v: the search is broken", codes)
	}
	for _, code := range codes {
		for lang, texts := range s.texts {
			if !texts.Has("process.refused."+code) && !texts.Has("access.refused."+code) { // package access has refusals of its own
				t.Errorf("process.refused.%s is not in %s", code, lang)
			}
		}
	}
}

func appendCode(codes []string, err error) []string {
	if refused, ok := err.(*dueprocess.RefusedError); ok {
		return append(codes, refused.Code)
	}
	return codes
}
