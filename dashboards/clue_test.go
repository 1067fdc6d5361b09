package dashboards

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pingxin/dashboards/access"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
)

// cluePaths are the pages of clues, each in some state of its filters; clueFiles their lists as files, and cluePosts the
// route by which a verdict is given, which the tests of this file ask.
var (
	cluePaths = []string{"/clues", "/clues?clue=split_contracts&state=open&purchaser=P01&sort=amount&dir=desc&year=2025", "/clues/rules", "/clues/groups", "/clues?clue=parties_apart&pick=all", "/clues/" + string(clues.SplitContracts),
		"/clues/" + string(clues.SharedContact), "/clues/mostly_one_supplier", "/clues/parties_apart"}
	clueFiles = []string{"/clues.csv", "/clues.xlsx?state=open", "/clue-rules.csv", "/clue-rules.xlsx", "/clue-groups.csv?state=waiting", "/clue-groups.xlsx"}
	cluePosts = []string{"POST /clues", "POST /clues/{id}", "POST /clues/{id}/case"}
)

// clues adds one clue of each rule, by the id of the rule, to the last run, and what some of them rest on.
func (d *district) clues() {
	d.insert("organisation_contact", 1, 9001, "R04", "phone", "（023）6700 1234", nil)
	d.insert("organisation_contact", 1, 9002, "S02", "phone", "023-67001234", nil)
	for i, rule := range clues.Rules() {
		about, subject, purchaser, item, year := clues.AboutContract, plainContract, any("P03"), any("B01"), 2025
		var seen, line, p any = 31.5, 17.25, nil
		evidence := []clues.Evidence{{Kind: clues.AboutContract, ID: plainContract, On: on("2025-01-10"), Fen: 120_000_000}}
		switch rule {
		case clues.SplitContracts, clues.SingleSourceShare, clues.SupplierConcentration, clues.BoughtAndStaffed:
			about, subject, purchaser, seen, line = clues.AboutPurchaser, "P01", "P01", 0.84, 0.8
		case clues.EvaluationMissing:
			line = nil
		case clues.SharedContact:
			about, subject, purchaser, item, year, line = clues.AboutRater, "R04", nil, nil, 0, nil
			evidence = append(evidence, clues.Evidence{Kind: "organisation_contact", ID: "R04", Note: "phone"}, clues.Evidence{Kind: "organisation_contact", ID: "S02", Note: "phone"},
				clues.Evidence{Kind: "payment", ID: plainContract, Note: "1", On: on("2025-03-01"), Fen: 1}, clues.Evidence{Kind: "complaint", ID: "T1"})
		case "top_to_all", "unusual_value", "mostly_one_supplier":
			about, subject, purchaser, item, year, p = clues.AboutRater, "R04", nil, nil, 0, 0.00002
			evidence = []clues.Evidence{{Kind: clues.AboutRater, ID: "R04"}}
		}
		d.insert("clue", 3, store.OpenEnded, string(rule), string(rule), about, subject, purchaser, "S02", item, year, 5+i, seen, line, p, 120_000_000*(1-i%3/2), asJSON(evidence), "figures")
	}
	d.insert("clue_verdict", 1, "parties_apart", "parties_apart", "explained", "双方看的是不同的月份", 2, "earlier figures", "li", on("2026-03-05"))
}

// clueServer serves a store of its own with clues to somebody of a role.
func clueServer(t *testing.T, role access.Role) (*store.Store, string) {
	t.Helper()
	st := emptyStore(t)
	insertInto(t, st, func(d *district) {
		d.facts()
		d.runs()
		for i := range 8 {
			d.contract(i)
		}
		d.clues()
	})
	return st, budgetServer(t, st, role).URL
}

var figuresOf = regexp.MustCompile(`name="figures" value="([^"]+)"`)

// TestVerdictsAreGiven as a person would: the page is read, the form sent, the page read again.
func TestVerdictsAreGiven(t *testing.T) {
	st, web := clueServer(t, access.Supervision)
	page := web + "/clues/shared_contact"
	_, _, body := fetch(t, page)
	figures := figuresOf.FindStringSubmatch(body)
	if figures == nil || !strings.Contains(body, "（023）6700 1234") {
		t.Fatalf("the page has no form, or hides how the two are reached:\n%s", body)
	}
	form := func(verdict, reason, figures string) url.Values {
		return url.Values{"verdict": {verdict}, "reason": {reason}, "figures": {figures}}
	}
	for name, c := range map[string]struct {
		form url.Values
		page string
		want int
	}{
		"another word":      {form("guilty", "x", figures[1]), page, http.StatusUnprocessableEntity},
		"no reason":         {form("explained", "  ", figures[1]), page, http.StatusUnprocessableEntity},
		"a long reason":     {form("explained", strings.Repeat("长", longestReason+1), figures[1]), page, http.StatusUnprocessableEntity},
		"figures of before": {form("explained", "x", "other"), page, http.StatusConflict},
		"no such clue":      {form("explained", "x", figures[1]), web + "/clues/nothing", http.StatusNotFound},
	} {
		if status, _, _ := post(t, c.page, c.form); status != c.want {
			t.Errorf("%s: status %d, want %d", name, status, c.want)
		}
	}
	_, _, body = post(t, page, form("unclear", " ", figures[1]))
	if !strings.Contains(body, `value="unclear" required="" checked=""`) || strings.Count(body, `class="unfit"`) != 1 {
		t.Error("a refused verdict is not shown again as it was sent, with the reason beside the field")
	}
	if entries := auditOf(t, st, store.ClueJudged); entries != 0 {
		t.Errorf("refused verdicts left %d entries in the audit log", entries)
	}
	for _, verdict := range []string{"unclear", "explained"} {
		status, to, _ := post(t, page, form(verdict, "总机电话 "+verdict, figures[1]))
		if status != http.StatusSeeOther {
			t.Fatalf("%s: status %d", verdict, status)
		}
		if _, _, body = fetch(t, web+to); !strings.Contains(body, "总机电话 "+verdict) || !strings.Contains(body, `class="done"`) {
			t.Errorf("%s is not on the page", verdict)
		}
	}
	if !strings.Contains(body, "总机电话 unclear") {
		t.Error("the earlier verdict is gone")
	}
	if entries := auditOf(t, st, store.ClueJudged); entries != 2 {
		t.Errorf("%d entries in the audit log, want 2", entries)
	}
	if _, _, body = fetch(t, web+"/clues?state=explained"); !strings.Contains(body, "/clues/shared_contact") || strings.Contains(body, "/clues/split_contracts") {
		t.Error("the list does not show the explained clue, or others with it")
	}
	if _, _, body = fetch(t, web+"/clues?state=changed"); !strings.Contains(body, "/clues/parties_apart") {
		t.Error("the clue whose figures changed since its verdict is not listed")
	}
}

// auditOf counts the entries of an action.
func auditOf(t *testing.T, st *store.Store, action string) (n int) {
	t.Helper()
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&n}, `SELECT count(*) FROM audit WHERE action = ?`, action)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWhoSeesClues: finance reads them without the form and without how people are reached; those whom they may be about do
// not see them at all.
func TestWhoSeesClues(t *testing.T) {
	_, web := clueServer(t, access.Finance)
	status, _, body := fetch(t, web+"/clues/shared_contact")
	if status != http.StatusOK || figuresOf.MatchString(body) || strings.Contains(body, "6700") {
		t.Errorf("finance: status %d, with the form %v, with the telephone %v", status, figuresOf.MatchString(body), strings.Contains(body, "6700"))
	}
	if status, _, _ := post(t, web+"/clues/shared_contact", url.Values{"verdict": {"explained"}, "reason": {"x"}, "figures": {"figures"}}); status != http.StatusForbidden {
		t.Errorf("a verdict by finance: status %d", status)
	}
	for _, role := range []access.Role{access.Purchaser, access.Evaluator, access.Supplier} {
		_, web := clueServer(t, role)
		for _, path := range []string{"/clues", "/clues/rules", "/clues/shared_contact", "/clues.csv", "/clue-rules.xlsx"} {
			if status, _, _ := fetch(t, web+path); status != http.StatusForbidden {
				t.Errorf("%s as %s: status %d", path, role, status)
			}
		}
	}
}

// TestRetiredRulesAreShown: 25 explained clues retire a rule, whose clues then are left out of the list and of what waits,
// and shown where they are asked for.
func TestRetiredRulesAreShown(t *testing.T) {
	st, web := clueServer(t, access.Supervision)
	insertInto(t, st, func(d *district) {
		for i := range 25 {
			d.insert("clue_verdict", 10+i, fmt.Sprintf("gone %d", i), "split_contracts", "explained", "另经批准", 2, "h", "li", on("2026-03-05"))
		}
	})
	const one = `href="/clues/split_contracts"`
	for path, want := range map[string]bool{"/clues": false, "/clues?retired=yes": true, "/clues?clue=split_contracts": true, "/clues?state=open": false} {
		if _, _, body := fetch(t, web+path); strings.Contains(body, one) != want {
			t.Errorf("%s lists the retired rule's clue: %v", path, !want)
		}
	}
	_, _, rules := fetch(t, web+"/clues/rules?lang=en")
	if !strings.Contains(rules, "Retired") || !strings.Contains(rules, "0% to 10%") {
		t.Error("the page of rules does not show the retired rule with its figures")
	}
	waiting := len(clues.Rules()) - 2 // but the retired one and the one with a verdict
	if _, _, home := fetch(t, web+"/?lang=en"); !strings.Contains(home, fmt.Sprintf("%d clues wait", waiting)) {
		t.Errorf("home does not say that %d clues wait", waiting)
	}
}

// TestClueFiles: the list as a file has every clue that the page lists, with its evidence.
func TestClueFiles(t *testing.T) {
	_, web := clueServer(t, access.Supervision)
	response, err := http.Get(web + "/clues.csv?lang=en&purchaser=P01")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "contract:"+plainContract); n != 4 || !strings.Contains(string(text), "P01") {
		t.Errorf("%d clues of the department in the file, want 4:\n%s", n, text)
	}
}

// TestCluesAreGrouped: one line for a rule, which opens to whom it concerns and leads to its clues; ticked there, they get one verdict.
func TestCluesAreGrouped(t *testing.T) {
	st, web := clueServer(t, access.Supervision)
	_, _, groups := fetch(t, web+"/clues/groups?lang=en")
	line := regexp.MustCompile(`/clues\?[^"]*clue=evaluation_missing[^"]*purchaser=P03`)
	if !line.MatchString(groups) || !strings.Contains(groups, fmt.Sprintf("%d clues make", len(clues.Rules()))) {
		t.Fatalf("the groups do not lead to what they hold:\n%s", groups)
	}
	if n := strings.Count(groups, "<details"); n < len(clues.Rules()) || strings.Contains(groups, "<details open") {
		t.Errorf("%d rules can be opened, or some are open from the start", n)
	}
	for _, address := range []string{"/clues/groups?open=all", "/clues/groups?clue=evaluation_missing"} {
		if _, _, opened := fetch(t, web+address); !strings.Contains(opened, "<details open") || strings.Contains(opened, "<details><summary><strong class=\"rule-name") {
			t.Errorf("%s has rules that are shut", address)
		}
	}
	_, _, list := fetch(t, web+"/clues?state=waiting&pick=all")
	picks := regexp.MustCompile(`name="pick" value="([^"]+)"[^>]* checked`).FindAllStringSubmatch(list, -1)
	if len(picks) != len(clues.Rules()) { // the one whose figures changed waits, too
		t.Fatalf("%d boxes are ticked, want %d", len(picks), len(clues.Rules()))
	}
	form := url.Values{"verdict": {"explained"}, "reason": {"同一批次录入所致"}}
	for name, pick := range map[string][]string{"none": nil, "without figures": {"shared_contact"}, "too many": make([]string, pageSize+1)} {
		form["pick"] = pick
		if status, _, _ := post(t, web+"/clues", form); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", name, status)
		}
	}
	form["pick"] = []string{"shared_contact figures", "split_contracts earlier figures"}
	if status, _, _ := post(t, web+"/clues", form); status != http.StatusConflict || auditOf(t, st, store.ClueJudged) != 0 {
		t.Errorf("one of two clues has other figures: status %d, %d verdicts", status, auditOf(t, st, store.ClueJudged))
	}
	form["pick"] = []string{"shared_contact figures", "split_contracts figures"}
	status, to, _ := post(t, web+"/clues?state=waiting", form)
	if status != http.StatusSeeOther || auditOf(t, st, store.ClueJudged) != 2 {
		t.Fatalf("status %d, %d verdicts, want 2", status, auditOf(t, st, store.ClueJudged))
	}
	if _, _, list = fetch(t, web+to); strings.Contains(list, `href="/clues/shared_contact`) || !strings.Contains(list, `href="/clues/parties_apart`) || !strings.Contains(list, `class="done"`) {
		t.Error("the list that waits holds what was given a verdict, or lacks what was not")
	}
	_, web = clueServer(t, access.Finance)
	if _, _, list = fetch(t, web+"/clues"); strings.Contains(list, `name="pick"`) {
		t.Error("finance can tick clues")
	}
	if status, _, _ := post(t, web+"/clues", form); status != http.StatusForbidden {
		t.Errorf("verdicts by finance: status %d", status)
	}
}

// TestACaseRestsOnAClue: confirmed by one person, made a ground by another, seen from both pages; that neither of them
// decides is TestAClueIsAGroundOnceConfirmed of the store.
func TestACaseRestsOnAClue(t *testing.T) {
	d := newCaseDesk(t)
	const clue = "/clues/split_contracts"
	ground := []string{"supplier", "S02", "ground", "article_77", "reason", "拆分合同规避招标"}
	d.as("clerk", access.Finance, "")
	if _, page := d.get(clue); strings.Contains(page, `name="ground"`) {
		t.Error("a clue that nobody confirmed has the form")
	}
	if status, body := d.post(clue+"/case", nil, ground...); status != http.StatusUnprocessableEntity || !strings.Contains(body, "has not been confirmed") {
		t.Errorf("a ground that nobody confirmed: status %d", status)
	}
	d.as("checker", access.Supervision, "")
	if status, _ := d.post(clue, nil, "verdict", "confirmed", "reason", "核实", "figures", "figures"); status != http.StatusSeeOther {
		t.Fatalf("verdict: status %d", status)
	}
	d.as("clerk", access.Finance, "")
	if _, page := d.get(clue); !strings.Contains(page, `name="ground"`) {
		t.Error("a confirmed clue has no form")
	}
	for name, form := range map[string][]string{"no reason": {"supplier", "S02", "ground", "article_77"}, "no ground": {"supplier", "S02", "reason", "x"}, "nobody": {"supplier", "S99", "ground", "article_77", "reason", "x"}} {
		if status, _ := d.post(clue+"/case", nil, form...); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", name, status)
		}
	}
	if status, body := d.post(clue+"/case", nil, ground...); status != http.StatusSeeOther {
		t.Fatalf("opening: status %d\n%s", status, body)
	}
	if _, page := d.get(clue); !strings.Contains(page, "/blacklist/H2026-0002") || strings.Contains(page, `name="ground"`) {
		t.Error("the clue does not lead to its case, or can be made its ground again")
	}
	if _, page := d.get("/blacklist/H2026-0002"); !strings.Contains(page, clue) || !strings.Contains(page, "without a tender") {
		t.Errorf("the case does not show its ground:\n%s", page)
	}
	d.as("supplier", access.Supplier, "S02")
	if status, _ := d.post(clue+"/case", nil, ground...); status != http.StatusForbidden {
		t.Errorf("a supplier makes a clue a ground: status %d", status)
	}
	d.as("clerk", access.Finance, "") // S05 has a case: the clue is added to it
	if status, _ := d.post(clue+"/case", nil, "supplier", "S05", "ground", "article_77", "reason", "同一情形"); status != http.StatusSeeOther {
		t.Errorf("added to a case: status %d", status)
	}
	if _, page := d.get(casePath); !strings.Contains(page, clue) {
		t.Error("the case of S05 does not show the clue that was added")
	}
}
