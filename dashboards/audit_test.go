package dashboards

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// auditPaths are the addresses of the audit log, each in some state of its filters.
var auditPaths = []string{"/audit", "/audit?actor=li&act=upload_accepted&from=2026-01-01", "/audit.csv", "/audit.xlsx?about=run"}

// auditStore is a store without a run whose log has some entries, one of them by somebody whose name tries to be code.
func auditStore(t *testing.T) *store.Store {
	t.Helper()
	st := emptyStore(t)
	for i := range 60 {
		entry := store.AuditEntry{At: on("2026-03-01").AddDate(0, 0, i%30), Actor: "li", Role: "purchaser", Action: store.UploadAccepted, Subject: fmt.Sprintf("batch:%d", i+1),
			Detail:  "score, 1234 rows, 0 replaced, sha256 0f343b0931126a20f133d67c2b018a3b5f33d67c2b018a3b0f343b0931126a20, file 评分 三月.csv",
			Request: "ABCDEFGHIJ"}
		switch i % 5 {
		case 1:
			entry = store.AuditEntry{Action: store.RunPublished, Subject: "run:7", Detail: "for 2026-03-31, batches up to 12, policy jiangbei-2015 0f343b09, hash 5f33d67c2b018a3b"}
		case 2:
			entry.Actor, entry.Role, entry.Action, entry.Detail = hostileScript, "finance", "of_another_part", hostileFormula
		}
		if err := st.Audit(t.Context(), entry); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

// auditServer serves a store to somebody of the supervision.
func auditServer(t *testing.T, st *store.Store) *httptest.Server {
	t.Helper()
	s, web := newServer(t, st, io.Discard)
	s.recognise = as(access.Identity{Account: "a2", Name: "审计", Role: access.Supervision})
	web.Config.Handler = s.Handler()
	return web
}

func TestAuditPage(t *testing.T) {
	web := auditServer(t, auditStore(t))
	for path, want := range map[string][]string{
		"/audit?lang=en":                           {"The log is whole. It has 61 entries", "1–50 of 61", "Results published", "of_another_part", "(the program)"},
		"/audit?page=2":                            {"记录完整：共 61 条", "接收上传", "batch:1<"},
		"/audit?lang=en&about=run":                 {"1–12 of 12"},
		"/audit?lang=en&from=2026-03-31":           {"1–13 of 13"}, // of today: what the program did, and the account of the test
		"/audit?lang=en&actor=wang":                {"There is no such entry."},
		"/audit?from=tomorrow&lang=en":             {"expected a date such as 2026-03-01"},
		"/audit?lang=en&actor=li&page=1&unit=yuan": {"1–36 of 36"},
	} {
		_, _, body := fetch(t, web.URL+path)
		for _, words := range want {
			if !strings.Contains(body, words) {
				t.Errorf("%s does not say %q", path, words)
			}
		}
		if strings.Contains(body, hostileScript) {
			t.Errorf("%s holds a name as code", path)
		}
	}
	_, header, body := fetch(t, web.URL+"/audit.csv?lang=en&about=batch%3A3")
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, byteOrderMark)))
	reader.Comment, reader.FieldsPerRecord = '#', -1
	rows, err := reader.ReadAll()
	if err != nil || len(rows) != 10 || rows[9][6] != "'"+hostileFormula || rows[9][0] != "3" || len(rows[9][9]) != 64 {
		t.Errorf("%d rows, error %v: %q", len(rows), err, rows)
	}
	if header.Get("Content-Disposition") != `attachment; filename="audit.csv"` {
		t.Errorf("disposition %q", header.Get("Content-Disposition"))
	}
}

// A log that was tampered with says so on the page, in both languages.
func TestAuditPageTellsABreak(t *testing.T) {
	st := auditStore(t)
	if err := st.Write(t.Context(), func(ctx context.Context, w *store.Writer) error {
		_, err := w.Exec(ctx, `DELETE FROM audit WHERE number = 17`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	web := auditServer(t, st)
	for lang, want := range map[string]string{"zh": "第 17 条缺失：找到 entry 18，应为 entry 17", "en": "Entry 17 is missing"} {
		if _, _, body := fetch(t, web.URL+"/audit?lang="+lang); !strings.Contains(body, want) {
			t.Errorf("in %s the page does not say %q", lang, want)
		}
	}
}

// The log is for those who supervise and administer.
func TestAuditIsForItsReaders(t *testing.T) {
	s, web := newServer(t, emptyStore(t), io.Discard)
	for _, role := range access.Roles {
		s.recognise = as(access.Identity{Account: "a", Role: role})
		web.Config.Handler = s.Handler()
		may := role == access.Admin || role == access.Supervision
		for _, path := range auditPaths {
			request, err := http.NewRequest(http.MethodGet, web.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.DefaultTransport.RoundTrip(request) // which follows nowhere
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if (response.StatusCode == http.StatusOK) != may {
				t.Errorf("%s for %s: status %d", path, role, response.StatusCode)
			}
		}
	}
}

// The page on a desk and on a phone; PINGXIN_SCREENSHOTS receives the pictures.
func TestAuditInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("looks at the page in a browser: left out of the short tests")
	}
	ctx := browser(t)
	var heard complaints
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	go heard.listen(chromedp.Console(ctx))
	web := auditServer(t, auditStore(t))
	heard.mustHear(ctx, t, web.URL+"/audit")
	heard.tour(ctx, t, web.URL, "audit", []string{"/audit?actor=li"})
}
