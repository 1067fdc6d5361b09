package pipelines_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pingxin/pipelines"
	"pingxin/pipelines/store"
)

// TestNightsSeeWhomTheyConcern: whatever comes in, an ordinary night that looks only at the suppliers that it concerns ends
// where a full run ends. The dates come of age on some of the days without anything new.
func TestNightsSeeWhomTheyConcern(t *testing.T) {
	ordinary, full := filledStore(t, 2), filledStore(t, 2)
	day := time.Date(2027, 3, 2, 0, 0, 0, 0, time.UTC)
	runFor(t, ordinary, pipelines.Options{AsOf: day})
	for _, c := range []struct {
		what string
		on   string // day of the night
		kind string // of the file that has come; empty: none
		text string
	}{
		{"nothing new on the next day", "2027-03-03", "", ""},
		{"a score", "2027-03-04", "score", "contract_no,indicator,party,evaluator_id,score,scored_on\nHT2023-00001,target_timeliness,third_party,E01,11,2027-03-01\n"},
		{"a score of a day to come", "2027-03-05", "score", "contract_no,indicator,party,evaluator_id,score,scored_on\nHT2023-00002,target_timeliness,third_party,E09,22,2027-03-09\n"},
		{"an offence", "2027-03-06", "credit_event", "supplier_id,event_id,kind,severity,occurred_on,ends_on\nS0003,Y1,fine,serious,2027-03-05,2027-03-12\n"},
		{"an offence to come", "2027-03-07", "credit_event", "supplier_id,event_id,kind,severity,occurred_on,ends_on\nS0005,Y2,fine,general,2027-03-09,\n"},
		{"nothing but the score and the offence of that day", "2027-03-09", "", ""},
		{"nothing but the end of a sanction", "2027-03-12", "", ""},
		{"the offence was another's", "2027-03-13", "credit_event", "supplier_id,event_id,kind,severity,occurred_on,ends_on\nS0006,Y1,fine,serious,2027-03-05,\n"},
		{"an inspection", "2027-03-14", "inspection", "supplier_id,year,result\nS0001,2026,failed\n"},
		{"the first inspections of a year before, of another organisation", "2027-03-14", "inspection", "supplier_id,year,result\nS0004,2021,passed\n"},
		{"an assessment to come", "2027-03-15", "assessment_item", "supplier_id,section,item,points,max_points,assessed_on\nS0002,basic_conditions,年度检查,1,40,2027-03-17\n"},
		{"nothing but the day of the assessment", "2027-03-17", "", ""},
		{"another kind of organisation", "2027-03-18", "organisation", "org_id,name,kind,uscc,supplier_type,division,registered_on\nS0002,改制公司,supplier,,enterprise,500105,2001-01-01\n"},
		{"a contract under another supplier", "2027-03-19", "contract", "contract_no,name,purchaser_id,supplier_id,item_code,method,amount_yuan,signed_on,start_on,end_on,budget_year,recipients\n" +
			"HT2023-00002,困境儿童关爱采购（2023）,P005,S0004,A0201,open_tender,7167400.00,2023-01-30,2023-02-14,2023-12-11,2023,141\n"},
		{"a new supplier", "2027-03-20", "organisation", "org_id,name,kind,uscc,supplier_type,division,registered_on\nS9999,新社,supplier,,social_group,500105,2026-01-01\n"},
		{"its first contract, of the budget year that has begun", "2027-03-21", "contract", "contract_no,name,purchaser_id,supplier_id,item_code,method,amount_yuan,signed_on,start_on,end_on,budget_year,recipients\n" +
			"HT2027-00001,新合同,P005,S9999,A0201,open_tender,100000.00,2027-01-30,2027-02-14,2027-12-11,2027,10\n"},
		{"a contract moved to another budget year", "2027-03-22", "contract", "contract_no,name,purchaser_id,supplier_id,item_code,method,amount_yuan,signed_on,start_on,end_on,budget_year,recipients\n" +
			"HT2027-00001,新合同,P005,S9999,A0201,open_tender,100000.00,2027-01-30,2027-02-14,2027-12-11,2026,10\n"},
		{"a target", "2027-03-22", "target", "contract_no,indicator,target,unit,direction\nHT2027-00001,target_quantity,10,人次,higher\n"},
		{"a reading", "2027-03-22", "progress", "contract_no,indicator,actual,as_of_on\nHT2027-00001,target_quantity,7,2027-03-20\n"},
		{"a payment to come", "2027-03-22", "payment", "contract_no,stage,due_on,paid_on,amount_yuan\nHT2027-00001,first,2027-03-24,2027-03-24,80000.00\n"},
		{"nothing but the day of the payment", "2027-03-24", "", ""},
		{"an incident", "2027-03-25", "incident", "contract_no,incident_id,kind,severity,occurred_on,status,closed_on,summary\nHT2023-00003,SJ1,safety,large,2027-03-24,open,,跌倒\n"},
		{"an incident to come", "2027-03-25", "incident", "contract_no,incident_id,kind,severity,occurred_on,status,closed_on,summary\nHT2023-00004,SJ1,funds,major,2027-03-27,closed,2027-03-28,延误\n"},
		{"nothing but the day of the incident", "2027-03-27", "", ""},
		{"nothing but its end", "2027-03-28", "", ""},
		{"an incident that was none", "2027-03-28", "incident", "contract_no,incident_id,kind,severity,occurred_on,status,closed_on,summary\nHT2023-00003,SJ1,safety,large,2027-03-24,unfounded,2027-03-28,误报\n"},
		{"an objection", "2027-03-29", "objection", "objection_no,contract_no,filed_on,outcome,decided_on\nYY1,HT2023-00003,2027-03-29,,\n"},
		{"an objection to come", "2027-03-29", "objection", "objection_no,contract_no,filed_on,outcome,decided_on\nYY2,HT2023-00005,2027-03-31,,\n"},
		{"nothing but the day of the objection", "2027-03-31", "", ""},
		{"the objection was to another contract", "2027-03-31", "objection", "objection_no,contract_no,filed_on,outcome,decided_on\nYY2,HT2023-00006,2027-03-31,,\n"},
		{"a decision of a day to come", "2027-03-31", "objection", "objection_no,contract_no,filed_on,outcome,decided_on\nYY1,HT2023-00003,2027-03-29,rejected,2027-04-01\n"},
		{"nothing but the day of the decision", "2027-04-01", "", ""},
		{"a supplier no longer", "2027-04-01", "organisation", "org_id,name,kind,uscc,supplier_type,division,registered_on\nS0007,退出,evaluator,,,500105,2001-01-01\n"},
		{"a telephone in common", "2027-04-05", "organisation_contact", "org_id,contact,value,until_on\nE01,phone,023-67001234,2027-04-07\nS0004,phone,02367001234,\nS0001,phone,02367001234,\n"},
		{"nothing but the day after it is given up", "2027-04-08", "", ""},
		{"a complaint", "2027-04-09", "complaint", "complaint_no,contract_no,received_on,subject,channel,outcome,answered_on\nT1,HT2023-00002,2027-03-01,quality,,,\n"},
		{"a narrative", "2027-04-09", "narrative", "contract_no,party,author_id,written_on,narrative\nHT2023-00002,third_party,E01,2027-04-01," + narrative + "\nHT2023-00003,third_party,E02,2027-04-11," + narrative + "\n"},
		{"nothing but the day on which its like was written", "2027-04-11", "", ""},
		{"staff for what is bought", "2027-04-12", "staffed_function", "year,purchaser_id,function,item_code,staff,cost_yuan\n2023,P005,热线,A0201,3,\n"},
		{"an assessment long ago, of a year of which no inspection was known", "2027-04-13", "assessment_item", "supplier_id,section,item,points,max_points,assessed_on\nS9999,basic_conditions,年度检查,39,40,2022-05-05\n"},
		{"the first inspections of the year before it, of another organisation", "2027-04-14", "inspection", "supplier_id,year,result\nS0004,2020,passed\n"},
		{"nothing but a new month", "2027-05-03", "", ""},
		{"a contract of the year that is to be the base", "2027-06-30", "contract", "contract_no,name,purchaser_id,supplier_id,item_code,method,amount_yuan,signed_on,start_on,end_on,budget_year,recipients\n" +
			"HT2027-00002,新合同,P005,S9999,A0201,open_tender,100000.00,2027-06-01,2027-06-14,2027-12-11,2027,10\n"},
		{"nothing but the month in which the budget is prepared", "2027-07-01", "", ""},
		{"nothing but a new year", "2028-01-02", "", ""},
		{"nothing but the day by which evaluations were expected", "2028-01-11", "", ""},
		{"all is paid without an evaluation", "2028-01-12", "payment", "contract_no,stage,due_on,paid_on,amount_yuan\nHT2027-00002,all,2028-01-12,2028-01-12,100000.00\n"},
		{"nothing but the day on which that was too early", "2028-01-27", "", ""},
	} {
		if c.kind != "" {
			importText(t, ordinary, c.kind, c.text)
			importText(t, full, c.kind, c.text)
		}
		on, err := time.Parse(time.DateOnly, c.on)
		if err != nil {
			t.Fatal(err)
		}
		a := runFor(t, ordinary, pipelines.Options{AsOf: on})
		b := runFor(t, full, pipelines.Options{AsOf: on, Full: true})
		if a.Full {
			t.Errorf("%s: every contract was judged", c.what)
		}
		if a.Hash != b.Hash {
			t.Errorf("%s: ordinary night %s (%d judged), full run %s", c.what, a.Hash, a.Touched, b.Hash)
		}
		if v, err := pipelines.Verify(t.Context(), ordinary, a.ID, pipelines.Options{}); err != nil || !v.Holds || len(v.Differences) > 0 {
			t.Errorf("%s: verified: %+v, %v", c.what, v.Differences, err)
		}
	}
}

// TestNightsSeeRenewals: scores that raise the evaluation of a contract before it was renewed make a clue, which rests on all renewals
// of the district, in an ordinary night as in a full run.
func TestNightsSeeRenewals(t *testing.T) {
	m := sampleNights(t)
	ordinary, full := openStore(t, 2), openStore(t, 2)
	like, _, _ := firstScored(t)
	contracts, scores := renewals(t, like)
	const header = "contract_no,indicator,party,evaluator_id,score,scored_on\n"
	first := header + scores(0, 1, "60") + scores(0, 2, "95")
	for i := 1; i < chains; i++ {
		first += scores(i, 1, "60") + scores(i, 2, "60")
	}
	for _, st := range []*store.Store{ordinary, full} {
		importNight(t, st, m, 1)
		importText(t, st, "contract", contracts)
		importText(t, st, "score", first)
	}
	on := m.Nights[0].AsOf.AddDate(0, 0, 1) // in a year that the next night is in, too
	runFor(t, ordinary, pipelines.Options{AsOf: on})
	const rule = "rise_before_renewal"
	if before, after := cluesOn(t, ordinary, rule, "X00-2"), cluesOn(t, ordinary, rule, "X01-2"); before != 1 || after != 0 {
		t.Fatalf("%d clues on the renewal that was planted and %d on another", before, after)
	}
	for _, st := range []*store.Store{ordinary, full} {
		importText(t, st, "score", header+scores(1, 2, "95"))
	}
	on = on.AddDate(0, 0, 1)
	a, b := runFor(t, ordinary, pipelines.Options{AsOf: on}), runFor(t, full, pipelines.Options{AsOf: on, Full: true})
	if a.Full || a.Hash != b.Hash {
		t.Errorf("ordinary night %s (full: %t), full run %s", a.Hash, a.Full, b.Hash)
	}
	if n := cluesOn(t, ordinary, rule, "X01-2"); n != 1 {
		t.Errorf("%d clues on the renewal whose evaluation rose, want 1", n)
	}
}

// chains are as many renewals as the policy compares at least.
const chains = 20

// renewals are, for each chain, three contracts of one purchaser, supplier and item, the last signed a month after the others were scored,
// and what makes scores of one of them: as many as a contract of the sample was given, all of one value.
func renewals(t *testing.T, like string) (contracts string, scores func(chain, nth int, score string) string) {
	var given []map[string]string
	last := ""
	for _, row := range rowsOf(t, "night1/score.csv") {
		if row["contract_no"] == like {
			given, last = append(given, row), max(last, row["scored_on"])
		}
	}
	scored, err := time.Parse(time.DateOnly, last)
	if err != nil {
		t.Fatal(err)
	}
	day := func(after int) string { return scored.AddDate(0, 0, after).Format(time.DateOnly) }
	contracts = "contract_no,name,purchaser_id,supplier_id,item_code,method,amount_yuan,signed_on,start_on,end_on,budget_year,recipients\n"
	for i := range chains {
		for nth, begins := range []int{-300, -200, 30} {
			contracts += fmt.Sprintf("X%02d-%d,采购,P%03d,S%04d,A0201,open_tender,100000.00,%s,%[5]s,%[6]s,2023,10\n", i, nth+1, 1+i%4, 1+i/4, day(begins), day(begins+90))
		}
	}
	return contracts, func(chain, nth int, score string) (rows string) {
		for _, row := range given {
			rows += strings.Join([]string{fmt.Sprintf("X%02d-%d", chain, nth), row["indicator"], row["party"], row["evaluator_id"], score, row["scored_on"]}, ",") + "\n"
		}
		return rows
	}
}
