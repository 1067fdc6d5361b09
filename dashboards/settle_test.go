package dashboards

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pingxin/budget"
	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// settlePaths are the pages of settlement, tracking, incidents and selection.
var settlePaths = []string{"/settlement", "/settlement?advice=hold&hold=settle_party_missing&sort=due&dir=desc", "/settlement?q=%E5%B1%85%E5%AE%B6&year=2025",
	"/settlement/" + plainContract, "/settlement/" + heldContract, "/settlement/" + cappedContract, "/tracking", "/tracking?signal=behind&q=a", "/incidents", "/incidents?state=open&gravity=large",
	"/incidents?state=closed", "/selection", "/selection?q=B01", "/selection/B01"}

// settleFiles are the lists of them.
var settleFiles = []string{"/settlement.csv", "/settlement.xlsx", "/tracking.csv", "/tracking.xlsx", "/incidents.csv", "/incidents.xlsx", "/selection.csv?item=B01", "/selection.xlsx?item=B01"}

// settleRoutes are those that the tests of this file ask.
var settleRoutes = []string{"POST /incidents", "POST /incidents/end"}

// settlements writes what a policy with two shares advises on the district's contracts, all of which were paid 70 percent,
// and an open incident of one of them.
func (d *district) settlements() {
	p := budget.Settlement{InterimPct: 70, Grades: []budget.GradeShare{{Grade: "excellent", PayablePct: 100}, {Grade: "good", PayablePct: 100}, {Grade: "fair", PayablePct: 90},
		{Grade: "poor", PayablePct: 60}}}
	for i := range 96 {
		value := 58 + float64((i*37)%41)
		s := budget.Service{Contract: contractNo(i), Purchaser: "P0" + whole(int64(i%10)), Supplier: "S" + pad(int64((i+4)%12)), ItemCode: "B0" + whole(int64(i%8+1)), AmountFen: int64(1_234_567_89 + i*7_654_321),
			Ended: true, Status: scoring.Rated, Grade: gradeOfDistrict(value)}
		s.PaidFen = s.AmountFen * 7 / 10
		if i == 2 {
			s.Status, s.Grade, s.MissingParty = scoring.Held, "", true
		}
		a := p.Advise(s)
		d.insert("settlement_advice", districtRuns, int32(store.OpenEnded), int32(100_663_296+i), a.Contract, a.Purchaser, a.Supplier, a.ItemCode, a.AmountFen, a.PaidFen, a.PayablePct, a.PayableFen, a.DueFen, nil,
			a.Action, a.Final, asJSON(a.Reasons), "s-"+whole(int64(i)))
	}
	d.insert("incident", 1, 900, int32(100_663_296+3), "SJ20251101-001", "safety", "large", on("2025-11-01"), "open", nil, "活动室漏水", nil)
	d.insert("incident", 1, 901, int32(100_663_296+1), "SJ20250601-001", "quality", "general", on("2025-06-01"), "closed", on("2025-06-09"), "餐食不合格", "更换供餐单位")
}

func pad(n int64) string {
	if n < 10 {
		return "0" + whole(n)
	}
	return whole(n)
}

func gradeOfDistrict(value float64) string {
	return (&labels{bands: []scoring.Band{{ID: "excellent", From: 90}, {ID: "good", From: 80}, {ID: "fair", From: 60}, {ID: "poor", From: 0}}}).gradeOf(value)
}

// TestSettlementSheet: the sheet of a good contract says what is payable, due and taken off, to the fen and in words, and
// leads to the slip. Of contract 3 (value 87, good) 146,419,752 fen were agreed and seven tenths paid.
func TestSettlementSheet(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	status, _, body := fetch(t, web.URL+"/settlement/"+plainContract)
	for _, want := range []string{"政府购买服务费用结算建议书", "1,464,197.52", "1,024,938.26", "439,259.26", "人民币肆拾叁万玖仟贰佰伍拾玖元贰角陆分", "购买主体经办人", "/evaluations/" + plainContract} {
		if !strings.Contains(body, want) {
			t.Errorf("status %d: the sheet does not say %s", status, want)
		}
	}
	_, _, held := fetch(t, web.URL+"/settlement/"+heldContract+"?lang=en")
	if !strings.Contains(held, "Nothing is paid for now") || !strings.Contains(held, "A party that has to score did not") {
		t.Error("the sheet of a held contract does not say that it is held, and why")
	}
}

// incidentServer serves a district to somebody of a role; the channel hears when a run is asked for.
func incidentServer(t *testing.T, st *store.Store, role access.Role, org string) (string, chan bool) {
	t.Helper()
	s, _ := newServer(t, st, io.Discard)
	s.recognise = as(access.Identity{Account: "a-" + string(role), Login: string(role) + ".li", Name: string(role), Role: role, Org: org})
	s.config.Now = func() time.Time { return time.Date(2026, 4, 1, 2, 0, 0, 0, time.UTC) }
	asked := make(chan bool, 9)
	s.config.RunSoon = func() { asked <- true }
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	return web.URL, asked
}

// TestIncidents: an incident is noted and ended on the page; each asks for a run, stands in the audit log and becomes a batch.
func TestIncidents(t *testing.T) {
	st := freshDistrict(t)
	address, asked := incidentServer(t, st, access.Supervision, "")
	form := url.Values{"contract_no": {plainContract}, "kind": {"safety"}, "severity": {"major"}, "occurred_on": {"2026-03-30"}, "summary": {"屋顶漏水"}}
	if status, to, _ := post(t, address+"/incidents", form); status != http.StatusSeeOther || !strings.HasPrefix(to, "/incidents?done=incident_recorded") || len(asked) != 1 {
		t.Fatalf("status %d to %q, %d runs asked for", status, to, len(asked))
	}
	_, _, body := fetch(t, address+"/incidents?lang=en")
	_, rest, found := strings.Cut(body, "SJ20260401-")
	if !found || !strings.Contains(body, "屋顶漏水") {
		t.Fatal("the page does not show the incident")
	}
	end := url.Values{"contract_no": {plainContract}, "incident_id": {"SJ20260401-" + rest[:4]}, "status": {"unfounded"}, "closed_on": {"2026-04-01"}, "measures": {"经核查不属实"}}
	if status, to, body := post(t, address+"/incidents/end", end); status != http.StatusSeeOther || !strings.HasPrefix(to, "/incidents?done=incident_ended") || len(asked) != 2 {
		t.Fatalf("status %d to %q, %d runs asked for: %s", status, to, len(asked), body)
	}
	if status, _, body := post(t, address+"/incidents/end?lang=en", end); status != http.StatusUnprocessableEntity || !strings.Contains(body, "was ended already") {
		t.Errorf("ended twice: status %d", status)
	}
	var rows, audits int
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&rows, &audits}, `SELECT (SELECT count(*) FROM incident WHERE batch_id > 3),
			(SELECT count(*) FROM audit WHERE action IN ('incident_recorded', 'incident_ended') AND actor = 'supervision.li')`)
	})
	if err != nil || rows != 2 || audits != 2 {
		t.Errorf("%d rows in batches and %d entries in the audit log, %v; want 2 and 2", rows, audits, err)
	}
}

// TestIncidentsRefused: what cannot be is refused with what would be right, and nothing is entered.
func TestIncidentsRefused(t *testing.T) {
	st := freshDistrict(t)
	address, asked := incidentServer(t, st, access.Purchaser, "P00")
	good := url.Values{"contract_no": {contractNo(10)}, "kind": {"safety"}, "severity": {"major"}, "occurred_on": {"2026-03-30"}, "summary": {"屋顶漏水"}}
	with := func(name, value string) url.Values {
		form := url.Values{}
		for key, values := range good {
			form[key] = values
		}
		form.Set(name, value)
		return form
	}
	for _, c := range []struct {
		name, path string
		form       url.Values
		says       string
	}{
		{"a day to come", "/incidents", with("occurred_on", "2026-04-02"), "has not come yet"},
		{"no day", "/incidents", with("occurred_on", "soon"), "Nothing was recorded"},
		{"another's contract", "/incidents", with("contract_no", plainContract), "Nothing was recorded"},
		{"no contract of that number", "/incidents", with("contract_no", "none"), "Nothing was recorded"},
		{"no severity of that name", "/incidents", with("severity", "bad"), "Nothing was recorded"},
		{"nothing said", "/incidents", with("summary", " "), "Nothing was recorded"},
	} {
		if status, _, body := post(t, address+c.path+"?lang=en", c.form); status != http.StatusUnprocessableEntity || !strings.Contains(body, c.says) {
			t.Errorf("%s: status %d, want a refusal that says %q", c.name, status, c.says)
		}
	}
	if len(asked) != 0 {
		t.Error("a run was asked for")
	}
	if waiting, err := intake.Collect(t.Context(), st); err != nil || len(waiting) != 0 {
		t.Errorf("%d facts were entered, %v", len(waiting), err)
	}
}

// TestAlarm: the bureau's pages begin with the open incidents, and a supplier does not see those of others.
func TestAlarm(t *testing.T) {
	st := districtStore(t)
	address, _ := incidentServer(t, st, access.Finance, "")
	for _, path := range []string{"/", "/overview"} {
		_, _, body := fetch(t, address+path)
		main := body[strings.Index(body, "<main"):]
		if at, first := strings.Index(main, `class="alarm"`), strings.Index(main, "<section"); at < 0 || at > first {
			t.Errorf("%s does not begin with the open incident", path)
		}
	}
	other, _ := incidentServer(t, st, access.Supplier, "S00")
	if _, _, body := fetch(t, other+"/"); strings.Contains(body, `class="alarm"`) {
		t.Error("a supplier sees the incident of another's contract")
	}
}
