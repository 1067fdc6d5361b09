package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pingxin/dashboards/api"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
)

// uploads serves a district with its contracts, and a desk.
func uploads(t *testing.T) (*server, *store.Store) {
	t.Helper()
	st := districtStore(t)
	return deskServer(t, st), st
}

const scoreHeader = "contract_no,indicator,party,evaluator_id,score,scored_on\n"

// scores is a file of so many scores of one contract, by raters whose names begin with who.
func scores(who string, rows int) string {
	var b strings.Builder
	b.WriteString(scoreHeader)
	for i := range rows {
		fmt.Fprintf(&b, "%s,quality_professional,third_party,%s-%d,%d,2025-12-01\n", contract, who, i, 60+i%40)
	}
	return b.String()
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// begun announces a file and returns the address of its upload.
func (s *server) begun(t *testing.T, token, text string) string {
	t.Helper()
	a := s.ask(t, token, http.MethodPost, "/uploads", jsonBody(`{"name": "scores.csv", "size": %d, "sha256": "%s"}`, len(text), hashOf(text)), "Content-Type", "application/json")
	if a.status != http.StatusCreated {
		t.Fatalf("announced: %d %s", a.status, a.body)
	}
	return strings.TrimPrefix(a.header.Get("Location"), api.Prefix)
}

func (s *server) patch(t *testing.T, token, upload string, offset int, text string) answer {
	t.Helper()
	return s.ask(t, token, http.MethodPatch, upload, strings.NewReader(text), "Upload-Offset", fmt.Sprint(offset), "Content-Type", "application/octet-stream")
}

func (s *server) post(t *testing.T, token, path, body string) answer {
	t.Helper()
	return s.ask(t, token, http.MethodPost, path, strings.NewReader(body), "Content-Type", "application/json")
}

// TestUploadStepByStep goes the whole way, with what may go wrong on it; each answer is as described.
func TestUploadStepByStep(t *testing.T) {
	s, st := uploads(t)
	d := loadSpec(t)
	before, err := st.Receipts()
	if err != nil {
		t.Fatal(err)
	}
	text := scores("e", 20)
	upload := s.begun(t, "finance", text)
	if again := s.begun(t, "finance", text); again != upload {
		t.Errorf("announced again: %s, want %s", again, upload)
	}
	if a := s.patch(t, "finance", upload, 0, text[:100]); a.status != http.StatusNoContent || a.header.Get("Upload-Offset") != "100" {
		t.Errorf("the first bytes: %d %s", a.status, a.body)
	}
	for _, offset := range []int{0, 99, 101, 5000} {
		a := s.patch(t, "finance", upload, offset, text[100:])
		d.check(t, http.MethodPatch, "/uploads/{id}", a)
		if p := problemOf(t, a, http.StatusConflict, "offset-conflict"); p.Received == nil || *p.Received != 100 || a.header.Get("Upload-Offset") != "100" {
			t.Errorf("bytes at %d: %+v", offset, p)
		}
	}
	problemOf(t, s.post(t, "finance", upload+"/check", `{}`), http.StatusConflict, "upload-state")
	problemOf(t, s.get(t, "finance", upload+"/preview"), http.StatusConflict, "upload-state")
	for _, offset := range []string{"", "-1", "many"} {
		a := s.ask(t, "finance", http.MethodPatch, upload, strings.NewReader("x"), "Upload-Offset", offset)
		problemOf(t, a, http.StatusUnprocessableEntity, "invalid-request")
	}
	if a := s.patch(t, "finance", upload, 100, text[100:]); a.status != http.StatusNoContent {
		t.Errorf("the other bytes: %d %s", a.status, a.body)
	}
	if p := problemOf(t, s.patch(t, "finance", upload, 100, text[100:]), http.StatusConflict, "offset-conflict"); *p.Received != int64(len(text)) {
		t.Errorf("the same bytes again: %+v", p)
	}
	head := s.ask(t, "finance", http.MethodHead, upload, nil)
	if head.status != http.StatusOK || head.header.Get("Upload-Offset") != fmt.Sprint(len(text)) || head.header.Get("Upload-Length") != fmt.Sprint(len(text)) || len(head.body) > 0 {
		t.Errorf("HEAD: %d %s", head.status, head.header)
	}
	state := s.get(t, "finance", upload)
	d.check(t, http.MethodGet, "/uploads/{id}", state)
	if u := got[desk.Upload](t, state, http.StatusOK); u.State != desk.Received || u.Kind != "score" {
		t.Errorf("the upload is %+v", u)
	}
	checked := s.post(t, "finance", upload+"/check", `{"kind": "score"}`)
	d.check(t, http.MethodPost, "/uploads/{id}/check", checked)
	if p := got[intake.Preview](t, checked, http.StatusOK); p.Rows != 20 || p.New != 20 || p.Total != 0 || p.Touched != 1 {
		t.Errorf("the preview is %+v", p)
	}
	d.check(t, http.MethodGet, "/uploads/{id}/preview", s.get(t, "finance", upload+"/preview"))
	d.check(t, http.MethodGet, "/uploads", s.get(t, "finance", "/uploads"))
	if now, err := st.Receipts(); err != nil || len(now) != len(before) {
		t.Errorf("%d receipts before the commit, want %d", len(now), len(before))
	}
	committed := s.post(t, "finance", upload+"/commit", `{}`)
	d.check(t, http.MethodPost, "/uploads/{id}/commit", committed)
	first := got[intake.Result](t, committed, http.StatusOK)
	if first.Repeated || first.Receipt.Rows != 20 || first.Receipt.SHA256 != hashOf(text) || first.Receipt.Number != len(before)+1 {
		t.Errorf("the result is %+v", first)
	}
	if again := got[intake.Result](t, s.post(t, "finance", upload+"/commit", `{}`), http.StatusOK); again.Receipt != first.Receipt {
		t.Errorf("committed again: %+v, want %+v", again.Receipt, first.Receipt)
	}
	direct := s.ask(t, "finance", http.MethodPost, "/uploads:direct?name=other.csv&kind=score", strings.NewReader(text))
	d.check(t, http.MethodPost, "/uploads:direct", direct)
	if again := got[intake.Result](t, direct, http.StatusOK); !again.Repeated || again.Receipt != first.Receipt {
		t.Errorf("the same bytes again: %+v", again)
	}
	if a := s.ask(t, "finance", http.MethodDelete, upload, nil); a.status != http.StatusNoContent {
		t.Errorf("dropped: %d %s", a.status, a.body)
	}
	problemOf(t, s.get(t, "finance", upload), http.StatusNotFound, "not-found")
	if now, err := st.Receipts(); err != nil || len(now) != len(before)+1 {
		t.Errorf("%d receipts, want %d", len(now), len(before)+1)
	}
}

// TestUploadsAreTheirOwners: nobody reads, continues, commits or drops another's upload, or sees another's receipts.
func TestUploadsAreTheirOwners(t *testing.T) {
	s, _ := uploads(t)
	text := scores("E01-own", 3)
	upload := s.begun(t, "evaluator", text)
	for _, a := range []answer{s.get(t, "purchaser", upload), s.patch(t, "purchaser", upload, 0, text), s.post(t, "purchaser", upload+"/check", `{}`), s.post(t, "purchaser", upload+"/commit", `{}`),
		s.get(t, "purchaser", upload+"/preview"), s.ask(t, "purchaser", http.MethodDelete, upload, nil)} {
		problemOf(t, a, http.StatusNotFound, "not-found")
	}
	if list := got[[]desk.Upload](t, s.get(t, "purchaser", "/uploads"), http.StatusOK); len(list) != 0 {
		t.Errorf("the purchaser sees %d uploads", len(list))
	}
	s.patch(t, "evaluator", upload, 0, text)
	receipt := got[intake.Result](t, s.post(t, "evaluator", upload+"/commit", `{}`), http.StatusOK).Receipt
	path := fmt.Sprintf("/receipts/%d", receipt.Number)
	if r := got[api.Receipt](t, s.get(t, "evaluator", path), http.StatusOK); r.Receipt != receipt {
		t.Errorf("got %+v, want %+v", r.Receipt, receipt)
	}
	problemOf(t, s.get(t, "purchaser", path), http.StatusNotFound, "not-found")
	problemOf(t, s.post(t, "purchaser", path+"/withdrawal", `{"reason": "not mine"}`), http.StatusNotFound, "not-found")
	problemOf(t, s.get(t, "evaluator", "/receipts/1"), http.StatusNotFound, "not-found") // of the operator
	if r := got[api.Receipt](t, s.get(t, "finance", path), http.StatusOK); r.Receipt != receipt {
		t.Errorf("finance got %+v", r.Receipt)
	}
}

// TestRefusals: what is wrong with a file is told cell by cell, and nothing of it is stored.
func TestRefusals(t *testing.T) {
	s, st := uploads(t)
	d := loadSpec(t)
	before, _ := st.Receipts()
	send := func(token, query, text string) answer {
		a := s.ask(t, token, http.MethodPost, "/uploads:direct?"+query, strings.NewReader(text))
		d.check(t, http.MethodPost, "/uploads:direct", a)
		return a
	}
	bad := strings.Replace(scores("bad", 3), ",61,", ",101,", 1)
	p := problemOf(t, send("finance", "name=bad.csv", bad), http.StatusUnprocessableEntity, "file-refused")
	if len(p.Faults) != 1 || p.Total != 1 || p.Faults[0].Row != 3 || p.Faults[0].Column != "score" || p.Faults[0].Found != "101" || p.Faults[0].Expected == "" || p.Faults[0].Mend == "" || p.Faults[0].Cause == "" {
		t.Errorf("got %+v", p)
	}
	problemOf(t, send("evaluator", "name=foreign.csv", strings.ReplaceAll(scores("f", 2), contract, "HT2023-00002")), http.StatusUnprocessableEntity, "file-refused")
	problemOf(t, send("evaluator", "name=contract.csv&kind=contract", string(readFile(t, sample+"/night1/contract.csv"))), http.StatusForbidden, "kind-not-allowed")
	problemOf(t, send("finance", "name=what.csv", "a,b\n1,2\n"), http.StatusUnprocessableEntity, "kind-needed")
	problemOf(t, send("finance", "name=empty.csv&kind=score", "\xff\xfe\x00"), http.StatusUnprocessableEntity, "file-refused")
	problemOf(t, send("finance", "name=large.csv&kind=score", strings.Repeat("x", 17<<20)), http.StatusRequestEntityTooLarge, "too-large")
	problemOf(t, s.post(t, "finance", "/uploads", `{"name": "`+strings.Repeat("x", 70<<10)+`", "size": 1}`), http.StatusRequestEntityTooLarge, "too-large")
	for _, body := range []string{`{"size": 1}`, `{"name": "x"}`, `{"name": "x", "size": 0}`, `{"name": "x", "size": "one"}`, `{"name": "x", "size": 1, "sha256": "abc"}`, `{"name": "x", "size": 1, "more": 1}`, `{`, ``} {
		if a := s.post(t, "finance", "/uploads", body); a.status != http.StatusUnprocessableEntity && a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		} else {
			problemOf(t, a, a.status, "invalid-request")
		}
	}
	text := scores("mismatch", 2)
	upload := s.begun(t, "finance", text)
	problemOf(t, s.patch(t, "finance", upload, 0, strings.Replace(text, "60", "61", 1)), http.StatusUnprocessableEntity, "sha256-mismatch")
	if now, _ := st.Receipts(); len(now) != len(before) {
		t.Errorf("%d receipts, want %d", len(now), len(before))
	}
	partial := got[intake.Result](t, send("finance", "name=bad.csv&partial=true", bad), http.StatusOK)
	if partial.Receipt.Rows != 2 || partial.Receipt.LeftOut != 1 {
		t.Errorf("in part: %+v", partial)
	}
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("logged:\n%s", s.log)
	}
}

// TestMapping: a header of somebody else is read as the column that it is said to be.
func TestMapping(t *testing.T) {
	s, _ := uploads(t)
	text := strings.Replace(scores("map", 2), ",score,", ",分数值,", 1)
	upload := s.begun(t, "finance", text)
	s.patch(t, "finance", upload, 0, text)
	if p := got[intake.Preview](t, s.post(t, "finance", upload+"/check", `{"kind": "score"}`), http.StatusOK); p.Total == 0 {
		t.Errorf("without a mapping: %+v", p)
	}
	if p := got[intake.Preview](t, s.post(t, "finance", upload+"/check", `{"kind": "score", "mapping": {"分数值": "score"}}`), http.StatusOK); p.Total != 0 || p.New != 2 {
		t.Errorf("with a mapping: %+v", p)
	}
}

// TestReceipts: following the links gives every receipt once, the latest first; a batch of scores is taken back once.
func TestReceipts(t *testing.T) {
	s, st := uploads(t)
	d := loadSpec(t)
	for i := range 3 {
		got[intake.Result](t, s.ask(t, "finance", http.MethodPost, "/uploads:direct?name=s.csv", strings.NewReader(scores(fmt.Sprint("r", i), 2))), http.StatusOK)
	}
	all, err := st.Receipts()
	if err != nil {
		t.Fatal(err)
	}
	next := len(all)
	for at := "/receipts?limit=2"; at != ""; {
		a := s.get(t, "finance", at)
		d.check(t, http.MethodGet, "/receipts", a)
		for _, r := range got[api.Receipts](t, a, http.StatusOK).Items {
			if r.Number != next || r.Receipt != all[next-1] {
				t.Errorf("got receipt %+v, want %+v", r.Receipt, all[next-1])
			}
			next--
		}
		at = linkTo(a.header.Get("Link"), "next")
	}
	if next != 0 {
		t.Errorf("%d receipts are missing", next)
	}
	path := fmt.Sprintf("/receipts/%d", len(all))
	d.check(t, http.MethodGet, "/receipts/{number}", s.get(t, "finance", path))
	problemOf(t, s.post(t, "finance", path+"/withdrawal", `{"reason": ""}`), http.StatusUnprocessableEntity, "invalid-request")
	problemOf(t, s.post(t, "finance", path+"/withdrawal", `{"reason": "  "}`), http.StatusUnprocessableEntity, "reason-needed")
	withdrawn := s.post(t, "finance", path+"/withdrawal", `{"reason": "sent by mistake"}`)
	d.check(t, http.MethodPost, "/receipts/{number}/withdrawal", withdrawn)
	if r := got[store.Receipt](t, withdrawn, http.StatusCreated); r.Number != len(all)+1 || withdrawn.header.Get("Location") != fmt.Sprintf("%s/receipts/%d", api.Prefix, r.Number) {
		t.Errorf("the withdrawal has the receipt %+v", r)
	}
	problemOf(t, s.post(t, "finance", path+"/withdrawal", `{"reason": "again"}`), http.StatusConflict, "withdrawn-already")
	problemOf(t, s.post(t, "finance", "/receipts/1/withdrawal", `{"reason": "organisations"}`), http.StatusConflict, "not-withdrawable")
	if r := got[api.Receipt](t, s.get(t, "finance", path), http.StatusOK); r.WithdrawnBy == 0 {
		t.Errorf("the receipt does not say that its batch was withdrawn: %+v", r)
	}
}

// TestTwoAtOnce: the same file committed by two at the same time is one batch.
func TestTwoAtOnce(t *testing.T) {
	s, st := uploads(t)
	before, _ := st.Receipts()
	text := scores("twice", 500)
	var committed [2]chan answer
	for i, token := range []string{"finance", "admin"} {
		upload := s.begun(t, token, text)
		s.patch(t, token, upload, 0, text)
		committed[i] = make(chan answer, 1)
		go func() { committed[i] <- s.post(t, token, upload+"/commit", `{}`) }()
	}
	first, second := got[intake.Result](t, <-committed[0], http.StatusOK), got[intake.Result](t, <-committed[1], http.StatusOK)
	if now, _ := st.Receipts(); len(now) != len(before)+1 || first.Receipt != second.Receipt || first.Repeated == second.Repeated {
		t.Errorf("%d receipts, want one more than %d; %+v and %+v", len(now), len(before), first, second)
	}
}

// TestBrokenBody: what arrives before a connection breaks is kept.
func TestBrokenBody(t *testing.T) {
	s, _ := uploads(t)
	text := scores("broken", 400)
	upload := s.begun(t, "finance", text)
	r, err := http.NewRequest(http.MethodPatch, s.URL+api.Prefix+upload, &breaking{text: bytes.NewReader([]byte(text[:9000]))})
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = int64(len(text))
	r.Header.Set("Authorization", "Bearer finance")
	r.Header.Set("Upload-Offset", "0")
	if response, err := http.DefaultClient.Do(r); err == nil {
		t.Errorf("the body broke and the answer is %d", response.StatusCode)
		_ = response.Body.Close()
	}
	var u desk.Upload
	for range 200 { // the server notices a little later
		if u = got[desk.Upload](t, s.get(t, "finance", upload), http.StatusOK); u.Received > 0 {
			break
		}
	}
	if u.Received != 9000 {
		t.Errorf("%d bytes were kept, want 9000", u.Received)
	}
}

// breaking is a body that breaks at its end.
type breaking struct{ text *bytes.Reader }

func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.text.Read(p)
	if err != nil {
		err = http.ErrBodyReadAfterClose
	}
	return n, err
}
