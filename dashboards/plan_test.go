package dashboards

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/budget/execution"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// planRoutes are the routes of deciding on plans, which the tests of this file ask.
var planRoutes = []string{"POST /plans/{plan}"}

// planPaths are the pages from plan to payment, each in some state of its filters.
var planPaths = []string{"/execution", "/execution?by=item&year=2024&sort=rate&dir=desc", "/execution?by=contract&purchaser=P00", "/readiness", "/readiness?lack=no_plan_item", "/payments", "/payments?state=overdue",
	"/purchase", "/purchase?year=2023", "/rollout", "/plans", "/plans?year=2025&status=approved&sort=amount", "/plans/JH2026-0002"}

// executionPolicy is what the policy of the district says from plan to payment.
const executionPolicy = `
[execution]
late_days = 14
early_days = 10
before_evaluation_pct = 90
heard_before = ["recipients"]
tender_methods = ["open_tender"]
reasoned_methods = ["single_source"]
dispersed_method = "dispersed"
single_source_method = "single_source"
single_source_pct = 30
least_contracts = 2
limit = [{ from_year = 2015, tender_yuan = 2_000_000, procedure_yuan = 500_000 }]
boundary = [{ id = "staff", name = { zh = "用工", en = "staff" }, words = ["劳务派遣"] }]
stage = [{ id = "complete", name = { zh = "制度完善", en = "complete" }, from_year = 2020, departments_pct = 100, items_pct = 80, evaluated_pct = 99.5 }]
`

// plans writes a plan item for every contract of 2025, and four for 2026: two that wait, of which one may not be bought, one
// returned, one cancelled. Every contract is paid half in time, and half not at all.
func (d *district) plans() {
	for i := 2; i < 96; i += 3 { // of 2025
		no, plan := contractNo(i), fmt.Sprintf("JH2025-%04d", i)
		purchaser, item := fmt.Sprintf("P%02d", i%len(departmentNames)), fmt.Sprintf("B%02d", i%len(itemNames)+1)
		d.insert("plan_item", 1, i, plan, 2025, purchaser, item, itemNames[i%len(itemNames)]+"项目", int64(20_000_000_00), "open_tender", nil, "submitted", on("2024-12-10"))
		d.insert("plan_review", 1, i, plan, 1, "approved", int64(19_000_000_00), "与部门预算一致", on("2024-12-20"), "预算科")
		d.insert("contract_plan", 1, i, no, plan)
		d.insert("contract_content", 1, i, no, "一", "二", "三", "四", "五", "六", "七", nil)
		d.insert("target_source", 1, i, no, "quantity", "recipients", nil, on("2024-12-01"))
		d.insert("budget_line", 1, i, 2025, purchaser, item, "special_fund", int64(30_000_000_00))
	}
	for i, p := range []struct {
		item, project, method, status string
	}{{"B01", "养老", "inquiry", "submitted"}, {"B00", "劳务派遣", "single_source", "submitted"}, {"B02", "矫正", "inquiry", "submitted"}, {"B03", "托管", "inquiry", "cancelled"}} {
		d.insert("plan_item", 1, 900+i, fmt.Sprintf("JH2026-%04d", i+1), 2026, "P00", p.item, p.project+"项目", int64(1_000_000_00), p.method, nil, p.status, on("2025-12-10"))
	}
	d.insert("plan_review", 1, 900, "JH2026-0003", 1, "returned", nil, "请补充需求调查", on("2025-12-20"), "预算科")
	for i := range departmentNames {
		d.insert("department_budget", 1, i, 2024, fmt.Sprintf("P%02d", i), int64(900_000_000_00))
		d.insert("department_budget", 1, 100+i, 2025, fmt.Sprintf("P%02d", i), int64(900_000_000_00))
	}
	d.insert("staffed_function", 1, 1, 2025, "P02", "矫正值守", "B03", 4, int64(400_000_00))
	for _, text := range []string{
		`INSERT INTO payment SELECT 1, row_no, contract_key, '1', '2025-06-30', '2025-07-01', amount_fen // 2 FROM contract`,
		`INSERT INTO payment_schedule SELECT 1, row_no, contract_no, '2', '2025-12-10', amount_fen - amount_fen // 2, 'evaluation' FROM contract`,
		`INSERT INTO target SELECT 1, row_no, contract_key, 'quantity', 100, NULL, 'higher' FROM contract`,
	} {
		if _, err := d.w.Exec(d.ctx, text); err != nil {
			d.t.Fatal(err)
		}
	}
}

// said is the text of a page without its tags.
func said(page string) string {
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")), " ")
}

// TestPlanPagesAnswer holds what the pages say against what the district was filled with: 32 contracts of 2025, all of them
// half paid, overdue with the other half, without liability and planned.
func TestPlanPagesAnswer(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	for _, c := range []struct{ path, want string }{
		{"/execution?lang=en", "In 2025, 96,000.00 wan yuan was budgeted and 60,800.00 wan yuan planned. 32 contracts came to"},
		{"/execution?lang=en", "32 contracts lacked something when they were signed, 0 payments were late, 32 are overdue"},
		{"/readiness?lang=en", "Of 32 contracts of 2025, 0 (0.0%) were ready when they were signed; 32 lacked something."},
		{"/readiness?lang=en&year=2024", "no place in the plan"},
		{"/payments?lang=en", "Of 64 payments due under contracts of 2025, 50.0% came in time; late: 0; overdue: 32"},
		{"/purchase?lang=en", "Of the money of 32 contracts of 2025, 100.0% was tendered openly and 0.0% had a single source."},
		{"/purchase?lang=en", "矫正值守"},
		{"/rollout?lang=en", "In 2025, 10 of 10 departments bought 8 of 8 items of the catalogue"},
		{"/rollout?lang=en", "Of the 3 aims of the stage “complete”, 2 are attained."},
		{"/plans?lang=en", "The plan of 2026 has 4 items of 400.00 wan yuan; approved: 0; waiting for a decision: 2 (200.00 wan yuan)."},
		{"/plans/JH2026-0002?lang=en", "The catalogue says that B00 may not be bought; it cannot be approved."},
		{"/plans/JH2026-0002?lang=en", "Its name says “劳务派遣”"},
		{"/plans/JH2026-0003?lang=en", "请补充需求调查"},
	} {
		status, _, body := fetch(t, web.URL+c.path)
		if text := said(body); status != http.StatusOK || !strings.Contains(text, c.want) {
			t.Errorf("%s: status %d, does not say %q:\n%.1200s", c.path, status, c.want, text)
		}
	}
	for path, status := range map[string]int{"/plans/none": 404, "/execution?year=x": 400, "/execution?by=none": 400, "/payments?state=none": 400, "/plans?status=none": 400, "/execution?sort=none": 400} {
		if got, _, _ := fetch(t, web.URL+path); got != status {
			t.Errorf("%s: status %d, expected %d", path, got, status)
		}
	}
}

// TestExecutionAddsUp: the sums of departments, of items and of contracts are the same money, and a department's contracts
// come to its line.
func TestExecutionAddsUp(t *testing.T) {
	st := districtStore(t)
	s, _ := newServer(t, st, io.Discard)
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err != nil {
			return err
		}
		book, err := s.bookOf(ctx, v, s.labelsOf(&v.Run))
		if err != nil {
			return err
		}
		w := wanted{year: 2025}
		whole := book.flow(w)
		for _, by := range []string{"purchaser", "item"} {
			sum := book.flow(wanted{year: 1999})
			for _, g := range book.flows(w, by) {
				sum.Add(&g.Flow)
				part := w
				if by == "purchaser" {
					part.purchaser = g.ID
				} else {
					part.item = g.ID
				}
				if one := book.flow(part); one != g.Flow {
					t.Errorf("%s %s: %+v in the list, %+v by itself", by, g.ID, g.Flow, one)
				}
			}
			if sum != whole {
				t.Errorf("by %s the sum is %+v, the whole %+v", by, sum, whole)
			}
		}
		sums := map[string]int64{}
		for _, step := range book.flowSteps(w) {
			if step.fen < 0 {
				t.Errorf("%s to %s flows %d", step.from, step.to, step.fen)
			}
			sums[step.from], sums[step.to] = sums[step.from]-step.fen, sums[step.to]+step.fen
		}
		for node, fen := range sums { // what flows in flows out, but at the ends of the way
			if (node == "plan.node.plan" || node == "plan.node.contract" || node == "plan.node.paid") && fen != 0 {
				t.Errorf("%d stay in %s", fen, node)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAPageOpensInAYearThatHasBegun: a contract of the year to come does not turn the pages to it before it begins.
func TestAPageOpensInAYearThatHasBegun(t *testing.T) {
	for _, c := range []struct {
		years []int
		day   string
		want  int
	}{{[]int{2027, 2026, 2025}, "2026-12-31", 2026}, {[]int{2027, 2026}, "2027-01-01", 2027}, {[]int{2025, 2024}, "2027-01-15", 2025}, {[]int{2028, 2027}, "2026-12-31", 2027}, {nil, "2026-12-31", 0}} {
		if got := begun(c.years, on(c.day)); got != c.want {
			t.Errorf("of %v on %s: %d, want %d", c.years, c.day, got, c.want)
		}
	}
}

// TestFilesSayTheirYear: a file without a year in its address is of the year in which the page opens, and says so.
func TestFilesSayTheirYear(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	for path, want := range map[string]string{"/execution.csv?lang=en": "# Year,2025", "/readiness.csv?lang=en&year=2024&lack=no_plan_item": "no place in the plan", "/payments.csv?lang=en&state=overdue": "overdue", "/plans.csv?lang=en": "# Year,2026"} {
		if _, _, body := fetch(t, web.URL+path); !strings.Contains(body, want) {
			t.Errorf("%s does not say %q:\n%.400s", path, want, body)
		}
	}
}

// TestMoneyFlowsWithinItsItem by hand: A1 has 100 of budget left over and A2 planned 30 beyond its own; of A2 a contract is paid
// with 5 too much and another not at all, so that 5 flow in from outside and 40 stay unpaid; only the unpaid one is evaluated.
func TestMoneyFlowsWithinItsItem(t *testing.T) {
	paid := func(fen int64) []execution.Payment {
		return []execution.Payment{{Stage: "1", PaidOn: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC), AmountFen: fen}}
	}
	contract := func(item string, fen int64) store.ExecutionContract {
		return store.ExecutionContract{Contract: execution.Contract{Purchaser: "P", Item: item, Year: 2025, AmountFen: fen, Plan: "J"}}
	}
	one, other, first := contract("A2", 60), contract("A2", 40), contract("A1", 200)
	one.Payments, first.Payments, other.Evaluated = paid(65), paid(200), true
	plan := func(item string, fen int64) store.PlanItem {
		return store.PlanItem{PlanItem: execution.PlanItem{Purchaser: "P", Item: item, Year: 2025, AmountFen: fen, SubmittedAs: execution.Approved}}
	}
	k := executionBook{asOf: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), rules: &execution.Policy{BeforeEvaluationPct: 90}, contracts: []store.ExecutionContract{one, other, first},
		plans: []store.PlanItem{plan("A1", 200), plan("A2", 100)}, budgets: []store.BudgetLine{{Year: 2025, Purchaser: "P", Item: "A1", Fen: 300}, {Year: 2025, Purchaser: "P", Item: "A2", Fen: 70}}}
	got := map[string]int64{}
	for _, s := range k.flowSteps(wanted{year: 2025}) {
		if s.fen != 0 {
			got[strings.ReplaceAll(s.from+" "+s.to, "plan.node.", "")] = s.fen
		}
	}
	want := map[string]int64{"budget plan": 270, "budget unplanned_budget": 100, "above_budget plan": 30, "plan contract": 300, "contract paid": 260, "contract unpaid": 40, "above_contract paid": 5,
		"paid unevaluated": 265}
	if !maps.Equal(got, want) {
		t.Errorf("flows %v, expected %v", got, want)
	}
	for _, s := range k.flowSteps(wanted{year: 2025, search: "x"}) {
		if s.from != "plan.node.contract" && s.from != "plan.node.paid" {
			t.Errorf("a search begins with %s", s.from)
		}
	}
	for state, want := range map[string][]int{unevaluated: {0, 2}, unpaid: {1}, "": {0, 1, 2}} { // paid and not judged; nothing paid of 40
		if got := k.wanted(wanted{year: 2025, money: state}); !slices.Equal(got, want) {
			t.Errorf("contracts of the state %q: %v, expected %v", state, got, want)
		}
	}
}

// TestPlanIsDecided: the finance bureau decides with a reason, what it decides is a receipted fact and stands in the history; what
// is no decision, late, barred or not its own is refused on the page, and other roles at the door.
func TestPlanIsDecided(t *testing.T) {
	st := freshDistrict(t)
	web := budgetServer(t, st, access.Finance)
	decide := func(plan, review, decision, approved, reason string) (int, string, string) {
		return post(t, web.URL+"/plans/"+plan+"?lang=en", url.Values{"review": {review}, "decision": {decision}, "approved": {approved}, "reason": {reason}})
	}
	for _, c := range []struct{ name, plan, review, decision, approved, reason, want string }{
		{"no reason", "JH2026-0001", "1", "approved", "", " ", "Give a reason"},
		{"too long a reason", "JH2026-0001", "1", "approved", "", strings.Repeat("长", 301), "at most 300 characters"},
		{"no decision", "JH2026-0001", "1", "", "", "r", "Choose to approve"},
		{"another word", "JH2026-0001", "1", "submitted", "", "r", "Choose to approve"},
		{"what may not be bought", "JH2026-0002", "1", "approved", "", "r", "may not be bought, so it cannot be approved"},
		{"cancelled", "JH2026-0004", "1", "approved", "", "r", "cancelled this plan item"},
		{"decided by another meanwhile", "JH2026-0003", "1", "approved", "", "r", "Somebody decided on this plan item"},
		{"more than asked for", "JH2026-0001", "1", "approved", "1000000.01", "r", "More is approved than was asked for"},
		{"no amount", "JH2026-0001", "1", "approved", "much", "r", "expected is"},
	} {
		status, _, body := decide(c.plan, c.review, c.decision, c.approved, c.reason)
		if text := said(body); status != http.StatusUnprocessableEntity || !strings.Contains(text, c.want) {
			t.Errorf("%s: status %d, does not say %q: %.600s", c.name, status, c.want, text)
		}
	}
	status, to, body := decide("JH2026-0001", "1", "approved", "900000.00", "as the council asked")
	if status != http.StatusSeeOther || !strings.Contains(to, "done=plan_reviewed") {
		t.Fatalf("approve: status %d to %s: %.600s", status, to, said(body))
	}
	_, _, body = fetch(t, web.URL+to)
	for _, want := range []string{"kept with a receipt", "approved", "90.00", "as the council asked", "finance"} {
		if !strings.Contains(said(body), want) {
			t.Errorf("after the decision the page does not say %q", want)
		}
	}
	var receipts, entries int
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&receipts, &entries}, `SELECT (SELECT count(*) FROM batch WHERE kind = 'plan_review'), (SELECT count(*) FROM audit WHERE action = 'plan_reviewed')`)
	})
	if err != nil || receipts != 1 || entries != 1 {
		t.Errorf("%d batches and %d entries of the audit log, expected 1 and 1: %v", receipts, entries, err)
	}
	for _, role := range []access.Role{access.Admin, access.Purchaser, access.Supervision, access.Evaluator, access.Supplier} {
		other := budgetServer(t, st, role)
		if status, _, _ := post(t, other.URL+"/plans/JH2026-0002", url.Values{"review": {"1"}, "decision": {"rejected"}, "reason": {"r"}}); status != http.StatusForbidden {
			t.Errorf("%s decided on a plan: status %d", role, status)
		}
	}
}

// TestPurchaserSeesItsOwn: a department sees its own plans and contracts, and no others.
func TestPurchaserSeesItsOwn(t *testing.T) {
	s, served := newServer(t, districtStore(t), io.Discard)
	s.recognise = as(access.Identity{Account: "p", Login: "p", Name: "p", Role: access.Purchaser, Org: "P02"})
	served.Config.Handler = s.Handler()
	web := served.URL
	_, _, body := fetch(t, web+"/execution?lang=en")
	if text := said(body); !strings.Contains(text, departmentNames[2]) || strings.Contains(text, departmentNames[1]) {
		t.Errorf("the page of P02 names others: %.800s", text)
	}
	if status, _, _ := fetch(t, web+"/plans/JH2026-0001"); status != http.StatusNotFound {
		t.Errorf("another's plan item: status %d", status)
	}
	if _, _, body := fetch(t, web+"/plans/JH2025-0002?lang=en"); strings.Contains(body, `name="decision"`) {
		t.Error("a purchaser is offered to decide")
	}
}
