package dashboards

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/dashboards/access"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// caseDesk is a server with one case: H2026-0001 against S05, opened on 2 March 2026 by an officer without account, noticed
// on the same day, with S02 as an affiliate that has no notice yet. Its window ran out long ago.
type caseDesk struct {
	t   *testing.T
	s   *Server
	st  *store.Store
	web *httptest.Server
}

const casePath = "/blacklist/H2026-0001"

func newCaseDesk(t *testing.T) *caseDesk {
	t.Helper()
	p, err := policy.Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	st := freshDistrict(t)
	s, web := newServer(t, st, io.Discard)
	s.config.Policy = p
	clerk := blacklist.Person{Account: "clerk", Name: "王敏", Role: string(access.Finance)}
	day := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	c, err := st.OpenCase(t.Context(), p.Blacklist.Case, blacklist.Step{Kind: blacklist.Opened, By: clerk, At: day, Party: "S05", Reason: "内部理由", Grounds: []string{"fraud"},
		Evidence: []string{"credit_event:X1"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []blacklist.Step{
		{Kind: blacklist.Noticed, By: clerk, At: day, Party: "S05", Service: "direct", DocumentNo: "江北财告〔2026〕1号", Reason: "已送达"},
		{Kind: blacklist.PartyAdded, By: clerk, At: day, Party: "S02", Relation: "branch", Reason: "分支机构"},
	} {
		if _, err := st.TakeStep(t.Context(), p.Blacklist.Case, c.No, step); err != nil {
			t.Fatal(err)
		}
	}
	return &caseDesk{t, s, st, web}
}

// as makes whoever asks an account of that id.
func (d *caseDesk) as(account string, role access.Role, org string) {
	d.s.recognise = as(access.Identity{Account: account, Login: account, Name: account, Role: role, Org: org})
	d.web.Config.Handler = d.s.Handler()
}

func (d *caseDesk) get(path string) (int, string) {
	status, _, body := fetch(d.t, d.web.URL+inLanguage(path, "en"))
	return status, body
}

// post sends the form of a step with a document, and returns the status and where it leads.
func (d *caseDesk) post(path string, file []byte, pairs ...string) (int, string) {
	d.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = w.WriteField(pairs[i], pairs[i+1])
	}
	if file != nil {
		part, err := w.CreateFormFile("documents", "证明.pdf")
		if err != nil {
			d.t.Fatal(err)
		}
		_, _ = part.Write(file)
	}
	_ = w.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Post(d.web.URL+inLanguage(path, "en"), w.FormDataContentType(), &body)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// proposal is the form of a decision to list S05 for two years.
func proposal(changes ...string) []string {
	form := map[string]string{"step": "proposed", "outcome": "list", "parties": "S05", "until": time.Now().AddDate(2, 0, 0).Format(time.DateOnly), "standard": "conclusive",
		"findings": "the facts", "document_no": "no 2", "reason": "because"}
	for i := 0; i+1 < len(changes); i += 2 {
		form[changes[i]] = changes[i+1]
	}
	var pairs []string
	for name, value := range form {
		pairs = append(pairs, name, value)
	}
	return pairs
}

// TestADecisionTakesTwo: what the forms of a case refuse, to whom and with which sentence, and what follows from a decision.
func TestADecisionTakesTwo(t *testing.T) {
	d := newCaseDesk(t)
	for _, try := range []struct {
		account string
		role    access.Role
		form    []string
		status  int
		says    string
	}{
		{"kuaiji", access.Finance, proposal(), http.StatusForbidden, ""},
		{"gys", access.Supplier, proposal(), http.StatusForbidden, ""},
		{"clerk", access.Supervision, proposal(), http.StatusUnprocessableEntity, "opened the case"},
		{"first", access.Supervision, proposal("parties", "S02"), http.StatusUnprocessableEntity, "was not served its notice"},
		{"first", access.Supervision, proposal("until", time.Now().AddDate(0, 11, 0).Format(time.DateOnly)), http.StatusUnprocessableEntity, "outside one to three years"},
		{"first", access.Supervision, proposal("until", time.Now().AddDate(3, 0, 2).Format(time.DateOnly)), http.StatusUnprocessableEntity, "outside one to three years"},
		{"first", access.Supervision, proposal("standard", "preponderance"), http.StatusUnprocessableEntity, "does not carry a listing"},
		{"first", access.Supervision, proposal("findings", strings.Repeat("字", longestStanding+1)), http.StatusUnprocessableEntity, "too long"},
		{"first", access.Supervision, proposal("step", "listed"), http.StatusUnprocessableEntity, ""},
		{"first", access.Supervision, proposal(), http.StatusSeeOther, ""},
		{"first", access.Supervision, []string{"step", "confirmed", "reason", "r"}, http.StatusUnprocessableEntity, "Another person"},
		{"second", access.Supervision, []string{"step", "confirmed", "reason", "r"}, http.StatusSeeOther, ""},
	} {
		d.as(try.account, try.role, "S05")
		if status, body := d.post(casePath, nil, try.form...); status != try.status || !strings.Contains(body, try.says) {
			t.Errorf("%s as %s: status %d, want %d saying %q", try.account, try.role, status, try.status, try.says)
		}
	}
	d.as("first", access.Supervision, "")
	if _, body := d.get("/blacklist?list=listed"); !strings.Contains(body, "H2026-0001") {
		t.Error("the blacklist does not show who was listed")
	}
	err := d.st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		var listed int
		err := r.Scan(ctx, []any{&listed}, `SELECT count(*) FROM listing WHERE supplier_id = 'S05' AND ended_on IS NULL`)
		if listed != 1 {
			t.Errorf("the decision left %d facts of kind listing", listed)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAPartySeesItsOwn: a supplier sees its case after its notice only, without what is the bureau's, answers it with a
// document, and reads nobody else's.
func TestAPartySeesItsOwn(t *testing.T) {
	d := newCaseDesk(t)
	pdf := []byte("%PDF-1.4\n%of this test\n")
	d.as("gys5", access.Supplier, "S05")
	if status, body := d.get("/cases/H2026-0001"); status != http.StatusOK || strings.Contains(body, "内部理由") || strings.Contains(body, "分支机构") {
		t.Errorf("its own case: status %d; it must not hold what others are told", status)
	}
	if status, body := d.post("/cases/H2026-0001", []byte("<html><script>"), "step", "stated", "reason", "view"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "PDF, JPEG or PNG") {
		t.Errorf("a page as a document: status %d", status)
	}
	if status, body := d.post("/cases/H2026-0001", pdf, "step", "stated", "reason", "our view"); status != http.StatusSeeOther {
		t.Errorf("a statement: status %d: %s", status, body)
	}
	if status, _ := d.post("/cases/H2026-0001", nil, "step", "proposed", "reason", "r"); status != http.StatusForbidden {
		t.Errorf("a supplier decides: status %d", status)
	}
	_, body := d.get("/cases/H2026-0001")
	at := strings.Index(body, "/documents/")
	if at < 0 {
		t.Fatal("its document is not listed")
	}
	document := "/cases/H2026-0001/documents/" + body[at+len("/documents/"):at+len("/documents/")+64]
	status, header, content := fetch(t, d.web.URL+document)
	if status != http.StatusOK || content != string(pdf) || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
		t.Errorf("its document: status %d, %q, %d bytes", status, header.Get("Content-Disposition"), len(content))
	}
	d.as("gys2", access.Supplier, "S02") // a party without notice
	for _, path := range []string{"/cases/H2026-0001", document, "/cases/H2026-0001/papers/notice-S05", "/cases/H2026-0001/papers/notice-S02"} {
		if status, _ := d.get(path); status != http.StatusNotFound {
			t.Errorf("before its notice it opens %s: status %d", path, status)
		}
	}
	if status, _ := d.post("/cases/H2026-0001", nil, "step", "stated", "reason", "r"); status != http.StatusUnprocessableEntity && status != http.StatusNotFound {
		t.Errorf("it answers a case of which it was not told: status %d", status)
	}
}

// TestCasePages: the pages and papers of a case are there, in both languages, also for lists with filters and as files.
func TestCasePages(t *testing.T) {
	d := newCaseDesk(t)
	d.as("first", access.Supervision, "")
	for path, want := range map[string]string{
		"/blacklist": "H2026-0001", "/blacklist?state=awaits_notice": "H2026-0001", "/blacklist?state=listed": "No case matches", "/blacklist?q=nobody": "No case matches",
		"/blacklist?list=candidate": "Case opened: ", "/blacklist?list=watch": "Watch a supplier", "/blacklist?list=external": "No entry of an external list", "/blacklist.csv?list=cases": "H2026-0001",
		"/blacklist.csv?list=candidate": "S05", casePath: "History", casePath + "/papers/notice-S05": "江北财告〔2026〕1号", casePath + "/papers/notice-S02": "〔    〕    号",
	} {
		if status, body := d.get(path); status != http.StatusOK || !strings.Contains(body, want) && !(path == "/blacklist.csv?list=candidate" && len(body) > 100) {
			t.Errorf("%s: status %d, without %q", path, status, want)
		}
	}
	for _, path := range []string{"/blacklist/H2026-0009", casePath + "/papers/decision", casePath + "/papers/notice-S09", casePath + "/documents/x"} {
		if status, _ := d.get(path); status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, status)
		}
	}
}

// TestWatching: the watch list takes a reason and an end within its bounds, from those who keep cases.
func TestWatching(t *testing.T) {
	d := newCaseDesk(t)
	form := func(pairs ...string) int {
		values := url.Values{"supplier": {"S09"}, "watched": {"yes"}, "reason": {"complaints"}, "until": {time.Now().AddDate(0, 6, 0).Format(time.DateOnly)}}
		for i := 0; i+1 < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		response, err := client.PostForm(d.web.URL+"/blacklist/watch", values)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	for _, try := range []struct {
		role   access.Role
		pairs  []string
		status int
	}{
		{access.Admin, nil, http.StatusForbidden},
		{access.Supervision, []string{"reason", ""}, http.StatusUnprocessableEntity},
		{access.Supervision, []string{"until", time.Now().AddDate(2, 0, 0).Format(time.DateOnly)}, http.StatusUnprocessableEntity},
		{access.Supervision, []string{"until", "2020-01-01"}, http.StatusUnprocessableEntity},
		{access.Supervision, []string{"supplier", "P001"}, http.StatusUnprocessableEntity},
		{access.Supervision, nil, http.StatusSeeOther},
		{access.Finance, nil, http.StatusUnprocessableEntity}, // is watched already
		{access.Finance, []string{"watched", "no"}, http.StatusSeeOther},
	} {
		d.as("a", try.role, "")
		if status := form(try.pairs...); status != try.status {
			t.Errorf("%s %v: status %d, want %d", try.role, try.pairs, status, try.status)
		}
	}
}
