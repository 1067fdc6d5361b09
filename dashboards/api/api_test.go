package api_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/access"
	"pingxin/dashboards/api"
	"pingxin/dashboards/limit"
	"pingxin/pipelines/store"
)

var update = flag.Bool("update", false, "write docs/openapi.json anew")

const description = "../../docs/openapi.json"

// TestDescription: the interface is what docs/openapi.json says; `make refresh-openapi` writes it anew.
func TestDescription(t *testing.T) {
	s := newServer(t, api.Config{Store: emptyStore(t)})
	served := s.get(t, "", "/openapi.json")
	if *update {
		if err := os.WriteFile(description, served.body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if string(served.body) != string(readFile(t, description)) {
		t.Error("docs/openapi.json is not what the server says of itself: run `make refresh-openapi` and look at what changed")
	}
	yaml := s.get(t, "", "/openapi.yaml")
	if yaml.status != http.StatusOK || !strings.Contains(string(yaml.body), "openapi: 3.1.0") || yaml.header.Get("Content-Type") != "application/yaml" {
		t.Errorf("the YAML is %d %s\n%.200s", yaml.status, yaml.header, yaml.body)
	}
	if again := s.get(t, "", "/openapi.json", "If-None-Match", served.header.Get("ETag")); again.status != http.StatusNotModified || len(again.body) > 0 {
		t.Errorf("asked again: %d with %d bytes", again.status, len(again.body))
	}
	if docs := s.get(t, "admin", "/docs"); docs.status != http.StatusNotFound {
		t.Errorf("a page of documentation is served: %d", docs.status)
	}
}

// exampleOf fills in the parts of a path.
var exampleOf = strings.NewReplacer("{run}", "1", "{contract}", contract, "{supplier}", supplier, "{file}", "evaluation.csv", "{kind}", "score", "{number}", "1", "{id}", "nothing")

// TestOperationsByRole asks every operation as every role: it is let in exactly where the matrix says so.
func TestOperationsByRole(t *testing.T) {
	s := newServer(t, api.Config{Store: districtStore(t)})
	for _, route := range s.api.Routes() {
		for _, role := range access.Roles {
			token := string(role)
			if role == access.Public {
				token = ""
			}
			want := 0
			if !slices.Contains(route.Action.Roles(), role) {
				want = http.StatusForbidden
				if role == access.Public {
					want = http.StatusUnauthorized
				}
			}
			a := s.ask(t, token, route.Method, exampleOf.Replace(route.Path), jsonBody("{}"), "Content-Type", "application/json")
			let := a.status != http.StatusForbidden && a.status != http.StatusUnauthorized
			if want == 0 && !let || want != 0 && a.status != want || a.status == http.StatusInternalServerError {
				t.Errorf("%s %s as %s: status %d, want %d (0: let in)\n%s", route.Method, route.Path, role, a.status, want, a.body)
			}
			if a.status == http.StatusUnauthorized && a.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s: 401 without WWW-Authenticate", route.Method, route.Path)
			}
		}
	}
}

// TestTokenIsForItsActions: a token lets in only to what it was made for, whatever the role may.
func TestTokenIsForItsActions(t *testing.T) {
	s := newServer(t, api.Config{Store: districtStore(t)})
	for _, route := range s.api.Routes() {
		a := s.ask(t, "admin:read_results", route.Method, exampleOf.Replace(route.Path), jsonBody("{}"), "Content-Type", "application/json")
		let := route.Action == access.ReadResults || route.Action == access.ReadPublic
		if (a.status == http.StatusForbidden) == let {
			t.Errorf("%s %s, which is %s, with a token for read_results: status %d", route.Method, route.Path, route.Action, a.status)
		}
	}
	me := got[map[string]any](t, s.get(t, "admin:read_results", "/me"), http.StatusOK)
	if fmt.Sprint(me["actions"]) != "[read_public read_results]" || me["role"] != "admin" || me["contracts"] != "all" {
		t.Errorf("me is %v", me)
	}
}

// TestBadTokens: a token that is not valid never falls back to what is public.
func TestBadTokens(t *testing.T) {
	s := newServer(t, api.Config{Store: emptyStore(t)})
	for _, header := range []string{"Bearer nobody", "Bearer ", "Bearer", "Basic YTpi", "admin"} {
		problemOf(t, s.get(t, "", "/kinds", "Authorization", header), http.StatusUnauthorized, "token-needed")
	}
	if strings.Contains(s.log.String(), "nobody") {
		t.Errorf("the log holds a token:\n%s", s.log)
	}
}

type page struct {
	Run, Total, Page int
	PerPage          int `json:"per_page"`
	Items            []struct {
		ContractNo  string   `json:"contract_no"`
		PurchaserID string   `json:"purchaser_id"`
		SupplierID  string   `json:"supplier_id"`
		ID          string   `json:"id"`
		Value       *float64 `json:"value"`
		Grounds     *int     `json:"grounds"`
	}
}

// linkTo finds the address of a relation in a Link header.
func linkTo(header, rel string) string {
	for part := range strings.SplitSeq(header, ", ") {
		if target, is, _ := strings.Cut(part, "; "); is == `rel="`+rel+`"` {
			return strings.TrimPrefix(strings.Trim(target, "<>"), api.Prefix)
		}
	}
	return ""
}

// TestPages: following the links gives every row once, whatever the order.
func TestPages(t *testing.T) {
	s := newServer(t, api.Config{Store: districtStore(t)})
	for _, query := range []string{"", "&sort=value&order=desc", "&sort=purchaser", "&sort=year"} {
		seen := map[string]bool{}
		pages := 0
		for at := "/evaluations?per_page=7" + query; at != ""; pages++ {
			a := s.get(t, "finance", at)
			p := got[page](t, a, http.StatusOK)
			if p.Total != 90 || p.Page != pages+1 || p.PerPage != 7 {
				t.Fatalf("page %d of %s: %+v", pages+1, query, p)
			}
			for _, row := range p.Items {
				if seen[row.ContractNo] {
					t.Errorf("%s: %s comes twice", query, row.ContractNo)
				}
				seen[row.ContractNo] = true
			}
			at = linkTo(a.header.Get("Link"), "next")
		}
		if len(seen) != 90 || pages != 13 {
			t.Errorf("%s: %d rows on %d pages, want 90 on 13", query, len(seen), pages)
		}
	}
	last := s.get(t, "finance", linkTo(s.get(t, "finance", "/evaluations?per_page=7").header.Get("Link"), "last"))
	if p := got[page](t, last, http.StatusOK); len(p.Items) != 6 || linkTo(last.header.Get("Link"), "next") != "" || linkTo(last.header.Get("Link"), "prev") == "" {
		t.Errorf("the last page has %d rows and the links %s", len(p.Items), last.header.Get("Link"))
	}
	beyond := got[page](t, s.get(t, "finance", "/evaluations?per_page=7&page=99"), http.StatusOK)
	if len(beyond.Items) != 0 || beyond.Total != 90 {
		t.Errorf("beyond the last page: %+v", beyond)
	}
}

// TestPagesOfOneRun: a run that is published between two pages is told.
func TestPagesOfOneRun(t *testing.T) {
	st := districtStore(t)
	s := newServer(t, api.Config{Store: st})
	first := s.get(t, "finance", "/evaluations?per_page=50")
	run(t, st, firstDay.AddDate(0, 0, 1))
	problemOf(t, s.get(t, "finance", linkTo(first.header.Get("Link"), "next")), http.StatusConflict, "run-changed")
	if again := s.get(t, "finance", "/evaluations?per_page=50", "If-None-Match", first.header.Get("ETag")); again.status != http.StatusOK {
		t.Errorf("the first page after another run: status %d, want it anew", again.status)
	}
	runs := got[struct{ Total int }](t, s.get(t, "finance", "/runs"), http.StatusOK)
	if runs.Total != 2 {
		t.Errorf("%d runs, want 2", runs.Total)
	}
}

// TestNothingPublished: before the first run the interface says so.
func TestNothingPublished(t *testing.T) {
	s := newServer(t, api.Config{Store: emptyStore(t)})
	for _, path := range []string{"/runs", "/evaluations", "/ratings", "/exports/evaluation.csv"} {
		problemOf(t, s.get(t, "finance", path), http.StatusConflict, "not-published")
	}
}

// TestScopes: purchasers, evaluators and suppliers read their own, and another's is as if it were not there.
func TestScopes(t *testing.T) {
	s := newServer(t, api.Config{Store: districtStore(t)})
	all := got[page](t, s.get(t, "finance", "/evaluations?per_page=500"), http.StatusOK)
	own := map[string]func(i int) bool{
		"purchaser": func(i int) bool { return all.Items[i].PurchaserID == purchaser },
		"supplier":  func(i int) bool { return all.Items[i].SupplierID == supplier },
		"evaluator": func(i int) bool { return all.Items[i].ContractNo == contract },
	}
	for role, mine := range own {
		var want []string
		other := ""
		for i, row := range all.Items {
			if mine(i) {
				want = append(want, row.ContractNo)
			} else {
				other = row.ContractNo
			}
		}
		var have []string
		p := got[page](t, s.get(t, role, "/evaluations?per_page=500"), http.StatusOK)
		for _, row := range p.Items {
			have = append(have, row.ContractNo)
		}
		if !slices.Equal(have, want) || p.Total != len(want) || len(want) == 0 {
			t.Errorf("%s sees %d of %d: %v, want %v", role, len(have), p.Total, have, want)
		}
		problemOf(t, s.get(t, role, "/evaluations/"+other), http.StatusNotFound, "not-found")
		if a := s.get(t, role, "/evaluations/"+want[0]); a.status != http.StatusOK {
			t.Errorf("%s does not see its own: %d %s", role, a.status, a.body)
		}
	}
	if p := got[page](t, s.get(t, "supplier", "/ratings"), http.StatusOK); p.Total != 1 || p.Items[0].ID != supplier || p.Items[0].Grounds != nil {
		t.Errorf("the supplier sees the ratings %+v", p)
	}
	problemOf(t, s.get(t, "supplier", "/suppliers/S0002"), http.StatusNotFound, "not-found")
	problemOf(t, s.get(t, "supplier", "/ratings?candidates=true"), http.StatusForbidden, "not-allowed")
	if p := got[page](t, s.get(t, "finance", "/ratings"), http.StatusOK); p.Items[0].Grounds == nil {
		t.Error("finance does not see the grounds for the blacklist")
	}
}

type slip struct {
	Evaluation struct {
		ContractNo string `json:"contract_no"`
		Value      *float64
	}
	Parts []struct {
		Contribution  *float64
		Parent, Party string
	}
	Sources []struct {
		Evaluator string
		ScoreE4   int64 `json:"score_e4"`
	}
	Scores int
}

// TestExplanation: the terms of a slip add up, and who gave a score is told to whoever may read raters alone.
func TestExplanation(t *testing.T) {
	s := newServer(t, api.Config{Store: districtStore(t)})
	e := got[slip](t, s.get(t, "finance", "/evaluations/"+contract+"?scores=3"), http.StatusOK)
	sum := 0.0
	for _, p := range e.Parts {
		if p.Parent == "" && p.Party == "" && p.Contribution != nil {
			sum += *p.Contribution
		}
	}
	if e.Evaluation.ContractNo != contract || e.Evaluation.Value == nil || sum-*e.Evaluation.Value > 0.005 || *e.Evaluation.Value-sum > 0.005 || len(e.Sources) != 3 || e.Scores < 4 {
		t.Errorf("got %+v, the terms add up to %v", e, sum)
	}
	for _, role := range []string{"purchaser", "supplier", "evaluator", "finance:read_results"} {
		if e := got[slip](t, s.get(t, role, "/evaluations/"+contract+"?scores=3"), http.StatusOK); len(e.Sources) != 0 || len(e.Parts) == 0 {
			t.Errorf("%s sees %d scores with who gave them, and %d terms", role, len(e.Sources), len(e.Parts))
		}
	}
}

// TestConditional: what has not changed is not sent again, and what somebody else may see is another answer.
func TestConditional(t *testing.T) {
	s := newServer(t, api.Config{Store: districtStore(t)})
	for _, path := range []string{"/evaluations", "/evaluations/" + contract, "/runs", "/ratings", "/suppliers/" + supplier, "/kinds", "/exports/rating.csv"} {
		first := s.get(t, "finance", path)
		again := s.get(t, "finance", path, "If-None-Match", `"other", W/`+first.header.Get("ETag"))
		if first.status != http.StatusOK || again.status != http.StatusNotModified || len(again.body) != 0 || again.header.Get("ETag") != first.header.Get("ETag") {
			t.Errorf("%s: %d with %s, then %d with %s", path, first.status, first.header.Get("ETag"), again.status, again.header.Get("ETag"))
		}
		if !strings.Contains(first.header.Get("Vary"), "Authorization") || first.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: Vary %q, Cache-Control %q", path, first.header.Get("Vary"), first.header.Get("Cache-Control"))
		}
	}
	tag := s.get(t, "finance", "/evaluations").header.Get("ETag")
	if !strings.HasPrefix(tag, `"1-`) {
		t.Errorf("the tag %s does not name the run", tag)
	}
	if a := s.get(t, "purchaser", "/evaluations", "If-None-Match", tag); a.status != http.StatusOK {
		t.Errorf("a purchaser with the tag of finance: status %d", a.status)
	}
}

// TestExports: every table in every form is the file that the store writes.
func TestExports(t *testing.T) {
	s := newServer(t, api.Config{Store: districtStore(t)})
	for _, table := range store.Exports() {
		for _, format := range store.ExportFormats {
			a := s.get(t, "finance", "/exports/"+table+"."+format)
			if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Disposition"), `attachment; filename="`+table+"-run1."+format) && table != "validation" {
				t.Errorf("%s.%s: status %d, %s\n%.200s", table, format, a.status, a.header, a.body)
			}
			if rows := []any{}; format == "json" && (json.Unmarshal(a.body, &rows) != nil || table == "evaluation" && len(rows) != 90) {
				t.Errorf("%s.json is no JSON, or has %d rows", table, len(rows))
			}
		}
	}
	whole := s.get(t, "finance", "/exports/rating.csv").body
	if part := s.get(t, "finance", "/exports/rating.csv", "Range", "bytes=3-10"); part.status != http.StatusPartialContent || string(part.body) != string(whole[3:11]) {
		t.Errorf("a range of bytes: %d %q", part.status, part.body)
	}
	for _, name := range []string{"rating", "rating.xlsx", "account.csv", "..%2Frating.csv"} {
		problemOf(t, s.get(t, "finance", "/exports/"+name), http.StatusNotFound, "not-found")
	}
}

// TestProblems: what cannot be read is answered with where, what was found and what was expected.
func TestProblems(t *testing.T) {
	s := newServer(t, api.Config{Store: districtStore(t)})
	for _, c := range []struct{ path, where string }{
		{"/evaluations?per_page=501", "query.per_page"}, {"/evaluations?page=0", "query.page"}, {"/evaluations?page=two", "query.page"}, {"/evaluations?sort=rating", "query.sort"},
		{"/evaluations?order=down", "query.order"}, {"/evaluations?grad=good", "query.grad"}, {"/evaluations?missing=nobody", "query.missing"}, {"/runs/one", "path.run"}, {"/ratings?candidates=perhaps", "query.candidates"},
		{"/kinds/score/template?lang=fr", "query.lang"},
	} {
		p := problemOf(t, s.get(t, "finance", c.path), http.StatusUnprocessableEntity, "invalid-request")
		if len(p.Errors) != 1 || p.Errors[0].Where != c.where || p.Errors[0].Message == "" {
			t.Errorf("%s: got %+v, want it to name %s", c.path, p.Errors, c.where)
		}
	}
	for _, path := range []string{"/runs/99", "/evaluations/HT1999-00001", "/suppliers/P001", "/kinds/grade/schema", "/problems/none", "/nowhere", "/"} {
		problemOf(t, s.get(t, "finance", path), http.StatusNotFound, "not-found")
	}
	a := s.ask(t, "finance", http.MethodDelete, "/runs", nil)
	problemOf(t, a, http.StatusMethodNotAllowed, "method-not-allowed")
	if a.header.Get("Allow") != "HEAD, GET" {
		t.Errorf("Allow is %q", a.header.Get("Allow"))
	}
	if s.log.Len() > 0 {
		t.Errorf("logged:\n%s", s.log)
	}
}

// TestInternalErrors: what went wrong inside is told to the log alone.
func TestInternalErrors(t *testing.T) {
	st := emptyStore(t)
	s := newServer(t, api.Config{Store: st})
	if err := os.WriteFile(st.Dir()+"/receipts.jsonl", []byte("{\"number\": 李四}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := problemOf(t, s.get(t, "finance", "/receipts/1"), http.StatusInternalServerError, "internal")
	if text, _ := json.Marshal(p); strings.Contains(string(text), "李四") || strings.Contains(string(text), st.Dir()) || strings.Contains(string(text), ".go") {
		t.Errorf("the problem says %s", text)
	}
	if !strings.Contains(s.log.String(), "journal of receipts") {
		t.Errorf("the log does not know more:\n%s", s.log)
	}
	if err := os.Remove(st.Dir() + "/receipts.jsonl"); err != nil {
		t.Fatal(err)
	}
}

// TestProblemTypes: the address of every kind of error explains it.
func TestProblemTypes(t *testing.T) {
	s := newServer(t, api.Config{Store: emptyStore(t)})
	guide := string(readFile(t, "../../docs/api.md"))
	for _, p := range got[[]api.ProblemType](t, s.get(t, "", "/problems"), http.StatusOK) {
		if one := got[api.ProblemType](t, s.get(t, "", "/problems/"+p.ID), http.StatusOK); one != p || p.Title == "" || p.Mend == "" || p.Status < 400 {
			t.Errorf("%+v is explained by %+v", p, one)
		}
		if !strings.Contains(guide, fmt.Sprintf("| `%s` | %d | %s | %s |", p.ID, p.Status, p.Title, p.Mend)) {
			t.Errorf("docs/api.md has no line | `%s` | %d | %s | %s |", p.ID, p.Status, p.Title, p.Mend)
		}
	}
}

// TestRates: a token, and an address, that asks too often is told when to ask again.
func TestRates(t *testing.T) {
	now := firstDay
	slow := limit.Rate{Burst: 3, Every: 10 * time.Second}
	for name, c := range map[string]api.Config{
		"token":   {TokenRate: slow, AddressRate: limit.Rate{Burst: 1000, Every: time.Second}},
		"address": {TokenRate: limit.Rate{Burst: 1000, Every: time.Second}, AddressRate: slow},
	} {
		c.Store, c.Now = emptyStore(t), func() time.Time { return now }
		s := newServer(t, c)
		for range 3 {
			if a := s.get(t, "finance", "/me"); a.status != http.StatusOK {
				t.Fatalf("%s: status %d", name, a.status)
			}
		}
		a := s.get(t, "finance", "/me")
		problemOf(t, a, http.StatusTooManyRequests, "too-many-requests")
		if a.header.Get("Retry-After") != "10" {
			t.Errorf("%s: Retry-After is %q", name, a.header.Get("Retry-After"))
		}
		if other := s.get(t, "purchaser", "/me"); (other.status == http.StatusOK) != (name == "token") {
			t.Errorf("%s: another token gets %d", name, other.status)
		}
		now = now.Add(10 * time.Second)
		if a := s.get(t, "finance", "/me"); a.status != http.StatusOK {
			t.Errorf("%s: after waiting: status %d", name, a.status)
		}
	}
}

// TestSorts: the interface sorts by what the store can sort by.
func TestSorts(t *testing.T) {
	s := newServer(t, api.Config{Store: districtStore(t)})
	for path, sorts := range map[string][]string{"/evaluations": slices.Collect(maps.Keys(store.EvaluationSorts)), "/ratings": slices.Collect(maps.Keys(store.SupplierSorts))} {
		for _, key := range sorts {
			if a := s.get(t, "finance", path+"?sort="+key); a.status != http.StatusOK {
				t.Errorf("%s by %s: status %d", path, key, a.status)
			}
		}
	}
}
