package pipelines_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/pipelines"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// imputing is the default policy with one leaf, which purchaser and third party score alike, that imputes a missing party.
func imputing(t *testing.T) *policy.Policy {
	t.Helper()
	text := loadPolicy(t).Text
	from, to := strings.Index(text, "[[evaluation.indicator]]"), strings.Index(text, "[[evaluation.band]]")
	text = text[:from] + `[[evaluation.indicator]]
id = "care"
name = { zh = "照料", en = "Care" }
weight_pct = 100
kind = "score"
parties = { purchaser = 50, third_party = 50 }

` + text[to:]
	text = strings.Replace(text, `missing_party = { one = "cap", two = "hold", cap = "good" }`, `missing_party = { one = "impute", two = "hold" }`, 1)
	p, err := policy.Parse("imputing", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if p.Evaluation.Missing.One != "impute" {
		t.Fatal("the default policy no longer says what becomes of missing parties in the words replaced here")
	}
	return p
}

// imputeStore holds six contracts of one item and year, to five of which third parties gave 60 to 100, and one contract
// that has no peers; to C6 and to the one without peers no third party gave anything.
func imputeStore(t *testing.T) *store.Store {
	t.Helper()
	st := openStore(t, 2)
	importText(t, st, "organisation", "org_id,name,kind,uscc,supplier_type,division,registered_on\nP1,Bureau,purchaser,,,500105,1995-01-01\nS1,Supplier,supplier,,enterprise,500105,2010-01-01\n")
	importText(t, st, "catalog_item", "item_code,name,parent_code,nature,purchasable\nA1,Care,,public_service,true\nA2,Food,,public_service,true\n")
	contracts := "contract_no,name,purchaser_id,supplier_id,item_code,method,amount_yuan,signed_on,start_on,end_on,budget_year,recipients\n"
	scores := "contract_no,indicator,party,evaluator_id,score,scored_on\n"
	for i := range 7 {
		item := "A1"
		if i == 6 {
			item = "A2"
		}
		contracts += fmt.Sprintf("C%d,x,P1,S1,%s,open_tender,100000.00,2024-12-20,2025-01-01,2025-10-31,2025,\n", i+1, item)
		scores += fmt.Sprintf("C%d,care,purchaser,P1-01,90,2025-09-20\n", i+1)
		if i < 5 {
			scores += fmt.Sprintf("C%d,care,third_party,E%d,%d,2025-09-21\n", i+1, i%2, 60+10*i)
		}
	}
	importText(t, st, "contract", contracts)
	importText(t, st, "score", scores)
	return st
}

// evaluationOf reads what is published of a contract.
func evaluationOf(t *testing.T, st *store.Store, contract string) (e store.Evaluation) {
	t.Helper()
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err == nil {
			e, err = v.Evaluation(ctx, contract)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestMissingPartyIsImputed: the lower quartile of 60, 70, 80, 90 and 100 is 70, so that C6 is worth (90 + 70)/2 = 80, from
// the first run on that has a calibration; the contract without peers stays held. A correction of a contract beside them
// moves neither, until the next calibration: then third parties gave 60 to 90 and 60, of which the quartile is 60.
func TestMissingPartyIsImputed(t *testing.T) {
	st, p := imputeStore(t), imputing(t)
	o := pipelines.Options{AsOf: time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC), Policy: p, Workers: 2}
	run := func(full bool) pipelines.Report {
		t.Helper()
		o := o
		o.Full = full
		report, err := pipelines.Run(t.Context(), st, o)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	run(false)
	expect := func(contract string, status scoring.Status, value float64, code string) {
		t.Helper()
		e := evaluationOf(t, st, contract)
		if e.Status != status || status == scoring.Rated && e.Value != value || !slices.ContainsFunc(e.Warnings, func(n scoring.Note) bool { return n.Code == code && n.Party == scoring.ThirdParty }) {
			t.Errorf("%s: got %s %g with %+v, want %s %g with %s", contract, e.Status, e.Value, e.Warnings, status, value, code)
		}
		if !slices.Equal(e.Missing, []scoring.Party{scoring.ThirdParty}) {
			t.Errorf("%s: missing %v", contract, e.Missing)
		}
	}
	expect("C6", scoring.Held, 0, "nothing_to_impute")

	first := calibrate(t, st, o)
	if q := first.QuartileList; len(q) != 2 || q[0].Party != scoring.Purchaser || q[0].N != 6 || q[1].Value != 70 || q[1].N != 5 {
		t.Errorf("the calibration keeps %+v, want the purchasers' 90 and the third parties' 70", q)
	}
	run(false)
	expect("C6", scoring.Rated, 80, "party_imputed")
	expect("C7", scoring.Held, 0, "nothing_to_impute")

	importText(t, st, "score", "contract_no,indicator,party,evaluator_id,score,scored_on\nC5,care,third_party,E0,60,2025-09-21\n")
	ordinary := run(false)
	expect("C6", scoring.Rated, 80, "party_imputed")
	if full := run(true); ordinary.Full || ordinary.Hash != full.Hash {
		t.Errorf("an ordinary night (full %t) gives %s, a full one %s", ordinary.Full, ordinary.Hash, full.Hash)
	}
	second := calibrate(t, st, o)
	last := run(false)
	expect("C6", scoring.Rated, 75, "party_imputed")
	if first.Hash == second.Hash {
		t.Error("another quartile leaves the hash of the calibration as it was")
	}
	for id := 1; id <= last.ID; id++ {
		if v, err := pipelines.Verify(t.Context(), st, id, pipelines.Options{}); err != nil || !v.Holds {
			t.Errorf("run %d does not come out again: %+v, %v", id, v, err)
		}
	}
}

// TestOnlyImputingKeepsQuartiles: under a policy that does not impute, a calibration keeps none.
func TestOnlyImputingKeepsQuartiles(t *testing.T) {
	st, p := imputeStore(t), imputing(t)
	other := *p
	other.Evaluation.Missing = scoring.Missing{One: "renormalise", Two: "hold"}
	if c := calibrate(t, st, pipelines.Options{AsOf: time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC), Policy: &other}); len(c.QuartileList) != 0 {
		t.Errorf("got %+v, want none", c.QuartileList)
	}
}
