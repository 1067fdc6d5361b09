package dashboards

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
)

// reviewPosts are the routes of reviews, which the tests of this file ask.
var reviewPosts = []string{"POST /clues/{id}/review", "POST /inquiries/{inquiry}/ask-again", "POST /inquiries/{inquiry}/conclude"}

var todoLink = regexp.MustCompile(`href="(/inquiries\?[^"]*kind=review[^"]*)"`)

// TestAClueIsAskedAbout: the supervision office asks the purchaser of a clue that concerns no supplier alone, who finds it on
// the home page and answers; the office asks again, and closes it with the verdict that stands on the clue.
func TestAClueIsAskedAbout(t *testing.T) {
	g := newStage(t)
	clue := "/clues/" + string(clues.SingleSourceShare) // about P01
	order := func(pairs ...string) []string {
		all := []string{"whom", "P01", "way", "in_writing", "due", "2026-05-20", "wording", "Please say why one source was chosen."}
		for i := 0; i < len(pairs); i += 2 {
			for j := 0; j < len(all); j += 2 {
				if all[j] == pairs[i] {
					all[j+1] = pairs[i+1]
				}
			}
		}
		return all
	}
	for _, role := range []access.Role{access.Admin, access.Finance, access.Purchaser, access.Supplier, access.Evaluator} {
		g.be("x", role, "P01")
		if status, _ := g.post(clue+"/review", order()...); status != http.StatusForbidden {
			t.Errorf("%s orders a review: status %d", role, status)
		}
	}
	g.be("v1", access.Supervision, "")
	if form := `action="` + clue + `/review?lang=en"`; !strings.Contains(g.get(clue+"?lang=en"), form) {
		t.Errorf("the English page of the clue has no form with %s", form)
	}
	g.refuses("review_whom", clue+"/review", order("whom", "P03")...)
	g.refuses("review_way", clue+"/review", order("way", "by pigeon")...)
	for _, due := range []string{"2026-05-06", "2026-11-03", "soon"} { // today, and 181 days from it
		g.refuses("review_due", clue+"/review", order("due", due)...)
	}
	g.refuses("text_missing", clue+"/review", order("wording", " ")...)
	path := strings.SplitN(g.does(clue+"/review", order()...), "?", 2)[0]
	g.refuses("review_open", clue+"/review", order()...)
	g.refuses("review_waits", path+"/conclude", "verdict", "explained", "wording", "x", "figures", "figures")
	if body := g.get(clue); !strings.Contains(body, path) {
		t.Error("the clue does not list its review")
	}

	for _, c := range []struct {
		role access.Role
		org  string
		want int
	}{{access.Purchaser, "P02", http.StatusNotFound}, {access.Supplier, "P02", http.StatusNotFound}, {access.Finance, "", http.StatusOK}, {access.Evaluator, "E01", http.StatusNotFound}} {
		g.be("x", c.role, c.org)
		if status, _, _ := fetch(t, g.web.URL+path); status != c.want {
			t.Errorf("%s of %s reads the review: status %d, want %d", c.role, c.org, status, c.want)
		}
	}
	g.be("f1", access.Finance, "")
	g.refuses("not_routed_to_you", path+"/answer", "wording", "x")
	g.be("p1", access.Purchaser, "P01")
	home := todoLink.FindStringSubmatch(g.get("/"))
	if home == nil {
		t.Fatal("the purchaser's home page has no link to the review")
	}
	if list := g.get(strings.ReplaceAll(home[1], "&amp;", "&")); !strings.Contains(list, path) {
		t.Error("the list behind it does not show the review")
	}
	if body := g.get(path); strings.Contains(body, "/clues/") || !strings.Contains(body, "why one source was chosen") {
		t.Error("whom it asks sees the clue, or not the question")
	}
	g.does(path+"/answer", "wording", "Only one has the licence.")
	for _, step := range []string{"/conclude", "/ask-again"} {
		if status, _ := g.post(path+step, "wording", "x", "verdict", "explained"); status != http.StatusForbidden {
			t.Errorf("whom it asks takes the step %s: status %d", step, status)
		}
	}
	g.be("f1", access.Finance, "")
	g.refuses("inquiry_other_office", path+"/release", "wording", "x", "published", "x")
	g.refuses("inquiry_other_office", path+"/keep", "wording", "x")

	g.be("v1", access.Supervision, "")
	if todoLink.FindStringSubmatch(g.get("/")) == nil {
		t.Error("the supervision's home page has no link to the answer")
	}
	g.does(path+"/ask-again", "wording", "Please name the licence.")
	g.be("p1", access.Purchaser, "P01")
	g.does(path+"/answer", "wording", "Licence 7 of 2024.")
	g.be("v1", access.Supervision, "")
	g.refuses("no_outcome", path+"/conclude", "verdict", "guilty", "wording", "x", "figures", "figures")
	if status, _ := g.post(path+"/conclude", "verdict", "explained", "wording", "x", "figures", "others"); status != http.StatusConflict {
		t.Errorf("figures that nobody looked at: status %d", status)
	}
	g.does(path+"/conclude", "verdict", "explained", "wording", "The licence is what it says.", "figures", "figures")
	if body := g.get(clue); !strings.Contains(body, "The licence is what it says.") || !strings.Contains(body, g.s.texts["en"].T("clue.state.explained")) {
		t.Error("the verdict does not stand on the clue")
	}
	g.be("p1", access.Purchaser, "P01")
	body := g.get(path)
	for _, said := range []string{"Only one has the licence.", "Please name the licence.", "Licence 7 of 2024.", "The licence is what it says."} {
		if !strings.Contains(body, said) {
			t.Errorf("the history lacks %q", said)
		}
	}
	st := g.s.config.Store
	if asked, stepped, judged := auditOf(t, st, store.InquiryReceived), auditOf(t, st, store.InquiryStepped), auditOf(t, st, store.ClueJudged); asked != 1 || stepped != 5 || judged != 1 {
		t.Errorf("the audit log has %d orders, %d steps and %d verdicts, want 1, 5 and 1", asked, stepped, judged)
	}
}

// TestASupplierIsAskedAbout: the same of a supplier, who lets the day pass.
func TestASupplierIsAskedAbout(t *testing.T) {
	g := newStage(t)
	clue := "/clues/" + string(clues.EvaluationMissing) // on a contract of P03 and S02
	g.be("v1", access.Supervision, "")
	path := strings.SplitN(g.does(clue+"/review", "whom", "S02", "way", "on_site", "due", "2026-05-08", "wording", "We come to see the records."), "?", 2)[0]
	g.be("s1", access.Supplier, "S02")
	if todoLink.FindStringSubmatch(g.get("/")) == nil || !strings.Contains(g.get(path), "We come to see the records.") {
		t.Error("the supplier does not find the review")
	}
	g.be("s2", access.Supplier, "S03")
	if status, _, _ := fetch(t, g.web.URL+path); status != http.StatusNotFound {
		t.Errorf("another supplier reads it: status %d", status)
	}
	g.be("v1", access.Supervision, "")
	g.at = g.at.Add(48 * time.Hour) // the last day itself
	g.refuses("review_waits", path+"/conclude", "verdict", "unclear", "wording", "x", "figures", "figures")
	g.at = g.at.Add(24 * time.Hour)
	g.does(path+"/conclude", "verdict", "unclear", "wording", "No answer within the time.", "figures", "figures")
	g.be("s1", access.Supplier, "S02")
	g.refuses("inquiry_closed", path+"/answer", "wording", "x")
}
