package pipelines_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pingxin/credit/validation"
	"pingxin/pipelines"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// A cohort that can be reckoned by hand: one purchaser, one score a contract, a rating of 60 percent performance and 40
// percent conduct. It is rated as of 30 June 2024 and watched for 100 days, up to and with 8 October.

const cohortPolicy = `
id = "by-hand"
version = "1"
name = { zh = "手算", en = "By hand" }
description = { zh = "手算", en = "By hand" }
effective_on = 2020-01-01
[evaluation]
scale = { low = 0, high = 100 }
decimals = 2
confidence = 0.9
combine = "arithmetic"
rater_error = { sd = 5, df = 4 }
missing_party = { one = "hold", two = "hold" }
[[evaluation.indicator]]
id = "quality"
name = { zh = "质量", en = "Quality" }
weight_pct = 100
kind = "score"
parties = { purchaser = 100 }
[[evaluation.band]]
id = "good"
from = 80
name = { zh = "良", en = "Good" }
[[evaluation.band]]
id = "fair"
from = 60
name = { zh = "中", en = "Fair" }
[[evaluation.band]]
id = "poor"
from = 0
name = { zh = "差", en = "Poor" }
[credit]
min_evaluations = 1
min_cases = 1
performance_pct = 60
conduct_pct = 40
ageing = "day"
window_days = 1095
amount_unit_yuan = 10000
largest_share = 1
conduct_start = 100
general_offence = 5
serious_offence = 50
general_days = 1095
commendation = 2
commendation_max = 6
repair_days = 180
stale_days = 730
stale_cap = "A"
serious_cap = "B"
listed_cap = "C"
level = [{ id = "A", from = 80 }, { id = "B", from = 60 }, { id = "C", from = 0 }]
star = [{ stars = 1, from = 0, bid_points = 0 }]
[validation]
severities = ["general", "serious"]
poor_grades = ["poor"]
weak_grades = ["fair", "poor"]
horizon_days = 100
min_events = 1
`

// cohortFiles are the facts; the name of each supplier's second contract ends in b.
var cohortFiles = [][2]string{
	{"organisation", `org_id,name,kind,uscc,supplier_type,division,registered_on
P1,Department,purchaser,,,500105,1995-01-01
S1,One,supplier,,enterprise,500105,2015-01-01
S2,Two,supplier,,enterprise,500105,2015-01-01
S3,Three,supplier,,enterprise,500105,2015-01-01
S4,Four,supplier,,enterprise,500105,2015-01-01
S5,Five,supplier,,enterprise,500105,2015-01-01
S6,Six,supplier,,enterprise,500105,2015-01-01
S7,Registered later,supplier,,enterprise,500105,2024-07-15
S8,Without a contract,supplier,,enterprise,500105,2015-01-01
`},
	{"catalog_item", "item_code,name,parent_code,nature,purchasable\nA1,Care,,public_service,true\n"},
	{"contract", `contract_no,name,purchaser_id,supplier_id,item_code,method,amount_yuan,signed_on,start_on,end_on,budget_year,recipients
C1,x,P1,S1,A1,open_tender,100000.00,2022-12-20,2023-01-01,2023-12-31,2023,
C2,x,P1,S2,A1,open_tender,100000.00,2022-12-20,2023-01-01,2023-12-31,2023,
C3,x,P1,S3,A1,open_tender,100000.00,2022-12-20,2023-01-01,2023-12-31,2023,
C4,x,P1,S4,A1,open_tender,100000.00,2022-12-20,2023-01-01,2023-12-31,2023,
C4b,ends on the day,P1,S4,A1,open_tender,100000.00,2023-12-20,2024-01-01,2024-06-30,2024,
C5,x,P1,S5,A1,open_tender,100000.00,2022-12-20,2023-01-01,2023-12-31,2023,
C5b,final on the last day,P1,S5,A1,open_tender,100000.00,2023-12-20,2024-07-01,2024-10-07,2024,
C6,x,P1,S6,A1,open_tender,100000.00,2022-12-20,2023-01-01,2023-12-31,2023,
C6b,final a day too late,P1,S6,A1,open_tender,100000.00,2023-12-20,2024-07-01,2024-10-08,2024,
`},
	{"score", `contract_no,indicator,party,evaluator_id,score,scored_on
C1,quality,purchaser,P1-01,90,2023-12-20
C2,quality,purchaser,P1-01,80,2023-12-20
C3,quality,purchaser,P1-01,70,2023-12-20
C4,quality,purchaser,P1-01,60,2023-12-20
C4b,quality,purchaser,P1-01,40,2024-06-15
C5,quality,purchaser,P1-01,50,2023-12-20
C5b,quality,purchaser,P1-01,30,2024-09-01
C6,quality,purchaser,P1-01,85,2023-12-20
C6b,quality,purchaser,P1-01,30,2024-09-01
`},
	{"credit_event", `supplier_id,event_id,kind,severity,occurred_on,authority,document_no,ends_on,repaired_on,contract_no
S1,E1,late_report,general,2024-06-30,,,,,
S1,E2,late_report,general,2024-07-01,,,,,
S2,E3,contract_breach,general,2024-10-08,,,,,
S3,E4,contract_breach,general,2024-10-09,,,,,
S3,E5,commendation,commendation,2024-08-01,,,,,
S7,E6,contract_breach,general,2024-08-01,,,,,
S8,E7,fraud,serious,2024-08-01,,,2025-08-01,,
`},
}

func cohortStore(t *testing.T) *store.Store {
	t.Helper()
	st := openStore(t, 1)
	for _, f := range cohortFiles {
		importText(t, st, f[0], f[1])
	}
	return st
}

// cohortOptions look back on 30 June 2024 from the end of 2025.
func cohortOptions(t *testing.T) pipelines.ValidateOptions {
	t.Helper()
	p, err := policy.Parse("by-hand", []byte(cohortPolicy))
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2025, 12, 31, 8, 0, 0, 0, time.UTC) }
	return pipelines.ValidateOptions{Options: pipelines.Options{Policy: p, AsOf: time.Date(2024, 6, 30, 0, 0, 0, 0, time.UTC), Now: now, Program: "test"}}
}

// TestValidateByHand. Scores on the day are 0.6 performance + 0.4 conduct: S1 0.6*90+0.4*95 = 92 (its offence of the day
// itself is known), S2 88, S3 82, S4 76 (C4b runs until the day and is not final), S5 70, S6 91. What counts after it: an
// offence of the first day (S1) and of the last (S2), a poor evaluation that becomes final on the first day (C4b) and on
// the last (C5b). What does not: the offence of the day itself, that of the day after the last and the commendation (S3),
// C6b, final on the day after the last, and C5, poor and final before. S7 was not registered yet; S8 is unrated.
//
// Of the pairs of S1, S2, S4, S5 with S3, S6 the first is lower in S2-S6, S4-S3, S4-S6, S5-S3, S5-S6: AUC 5/8.
func TestValidateByHand(t *testing.T) {
	v, err := pipelines.Validate(t.Context(), cohortStore(t), cohortOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	r := v.Report
	if r.Suppliers != 7 || r.Rated != 6 || r.Events != 4 || r.Outcomes != 5 || r.Unrated.N != 1 || r.Unrated.Events != 1 {
		t.Errorf("%d suppliers, %d rated, %d with an outcome, %d outcomes, unrated %+v; want 7, 6, 4, 5 and one unrated with one", r.Suppliers, r.Rated, r.Events, r.Outcomes, r.Unrated)
	}
	if want := []validation.KindCount{{Kind: "contract_breach", Outcomes: 1, Suppliers: 1, Rated: 1}, {Kind: "fraud", Outcomes: 1, Suppliers: 1}, {Kind: "late_report", Outcomes: 1, Suppliers: 1, Rated: 1},
		{Kind: "poor_evaluation", Outcomes: 2, Suppliers: 2, Rated: 2}}; !reflect.DeepEqual(r.Kinds, want) {
		t.Errorf("kinds %+v, want %+v", r.Kinds, want)
	}
	for i, want := range []struct {
		level     string
		n, events int
	}{{"A", 4, 2}, {"B", 2, 2}, {"C", 0, 0}} {
		if l := r.Levels[i]; l.Level != want.level || l.N != want.n || l.Events != want.events {
			t.Errorf("level %+v, want %+v", l, want)
		}
	}
	if r.Discrimination == nil || r.Discrimination.AUC != 0.625 {
		t.Errorf("discrimination %+v, want an AUC of 5/8", r.Discrimination)
	}
	// At the end S4 has 60 and 40, S5 50 and 30; S1 falls to 0.6*90+0.4*90 = 90, S2 to 86, S3 has praise: both stay A.
	if r.Transition == nil || r.Transition.Counts[0][0] != 4 || r.Transition.Counts[1][0]+r.Transition.Counts[1][1]+r.Transition.Counts[1][2] != 2 {
		t.Errorf("transition %+v, want four that stay A and two of B", r.Transition)
	}
	if v.HorizonDays != 100 || v.Watermark != 5 || v.OutcomeWatermark != 5 || r.Until != time.Date(2024, 10, 8, 0, 0, 0, 0, time.UTC) || v.PolicyID != "by-hand" || v.Hash == "" {
		t.Errorf("head %+v until %s", v.Validation, r.Until)
	}
}

// valuesOf are the inputs of the cases by supplier and name, with the rule score.
func valuesOf(c pipelines.ScorecardCases) (values map[string]map[string]float64, bad map[string]bool) {
	values, bad = map[string]map[string]float64{}, map[string]bool{}
	for _, r := range c.Records {
		values[r.ID] = map[string]float64{"score": r.Rule}
		for i, input := range c.Design {
			values[r.ID][input.Name] = r.Values[i].Number
		}
		bad[r.ID] = r.Bad
	}
	return values, bad
}

func cases(t *testing.T, st *store.Store, o pipelines.ValidateOptions) (map[string]map[string]float64, map[string]bool) {
	t.Helper()
	c, err := pipelines.Cases(t.Context(), st, o)
	if err != nil {
		t.Fatal(err)
	}
	return valuesOf(c)
}

// TestInputsByHand: 20 December 2023 lies 193 days before 30 June 2024 (11 + 31 + 29 + 31 + 30 + 31 + 30).
func TestInputsByHand(t *testing.T) {
	values, bad := cases(t, cohortStore(t), cohortOptions(t))
	for id, want := range map[string]map[string]float64{
		"S1": {"score": 92, "performance": 90, "conduct": 95, "evaluations": 1, "cases": 1, "newest_evaluation_days": 193, "offences_last_year": 1, "weak_share": 0, "log_amount": math.Log1p(100000)},
		"S5": {"score": 70, "performance": 50, "conduct": 100, "evaluations": 1, "cases": 1, "newest_evaluation_days": 193, "offences_last_year": 0, "weak_share": 1, "log_amount": math.Log1p(100000)},
	} {
		if !reflect.DeepEqual(values[id], want) {
			t.Errorf("%s: got %v, want %v", id, values[id], want)
		}
	}
	if want := map[string]bool{"S1": true, "S2": true, "S3": false, "S4": true, "S5": true, "S6": false}; !reflect.DeepEqual(bad, want) {
		t.Errorf("outcomes %v, want %v", bad, want)
	}
}

// TestNothingLeaksBack: facts of later days, accepted later, change what came after and nothing of what was known.
func TestNothingLeaksBack(t *testing.T) {
	st := cohortStore(t)
	before, badBefore := cases(t, st, cohortOptions(t))
	importText(t, st, "contract", `contract_no,name,purchaser_id,supplier_id,item_code,method,amount_yuan,signed_on,start_on,end_on,budget_year,recipients
C3b,later,P1,S3,A1,open_tender,900000.00,2024-06-30,2024-07-01,2024-07-31,2024,
`)
	importText(t, st, "score", `contract_no,indicator,party,evaluator_id,score,scored_on
C3b,quality,purchaser,P1-01,10,2024-07-20
C6,quality,purchaser,P1-02,20,2024-07-01
C4b,quality,purchaser,P1-02,90,2024-07-01
`)
	importText(t, st, "credit_event", `supplier_id,event_id,kind,severity,occurred_on,authority,document_no,ends_on,repaired_on,contract_no
S6,E8,fraud,serious,2024-07-01,,,2026-07-01,,
S2,E9,commendation,commendation,2024-07-01,,,,,
`)
	after, badAfter := cases(t, st, cohortOptions(t))
	if !reflect.DeepEqual(after, before) {
		t.Errorf("ratings or inputs of the day changed:\n%v\nwere\n%v", after, before)
	}
	// C3b and E8 come after; C4b is no longer poor with a mean of 65. C6 was final before and does not count.
	if want := map[string]bool{"S1": true, "S2": true, "S3": true, "S4": false, "S5": true, "S6": true}; reflect.DeepEqual(badAfter, badBefore) || !reflect.DeepEqual(badAfter, want) {
		t.Errorf("outcomes %v, want %v", badAfter, want)
	}
}

// TestWatermark: an offence of before the day that was accepted late counts by its day, unless the ratings are to know
// only what had been accepted.
func TestWatermark(t *testing.T) {
	st, o := cohortStore(t), cohortOptions(t)
	importText(t, st, "credit_event", `supplier_id,event_id,kind,severity,occurred_on,authority,document_no,ends_on,repaired_on,contract_no
S3,E8,tax_violation,general,2024-05-01,,,,,
S6,E9,tax_violation,general,2024-08-01,,,,,
`)
	now, _ := cases(t, st, o)
	o.Watermark = 5
	then, bad := cases(t, st, o)
	if now["S3"]["score"] != 80 || now["S3"]["conduct"] != 95 || then["S3"]["score"] != 82 || then["S3"]["conduct"] != 100 || then["S3"]["offences_last_year"] != 0 {
		t.Errorf("S3 is %v with all batches and %v with five, want 80 and 82", now["S3"], then["S3"])
	}
	if bad["S3"] || !bad["S6"] {
		t.Errorf("outcomes %v: what came after the day counts whenever it was accepted, and nothing of before", bad)
	}
	o.Watermark = 7
	if _, err := pipelines.Validate(t.Context(), st, o); !errors.Is(err, pipelines.ErrNoSuchBatch) {
		t.Errorf("got %v, want ErrNoSuchBatch", err)
	}
}

// TestValidateRefuses asks for what cannot be validated.
func TestValidateRefuses(t *testing.T) {
	st := cohortStore(t)
	for name, c := range map[string]struct {
		change func(*pipelines.ValidateOptions)
		want   error
	}{
		"no table": {func(o *pipelines.ValidateOptions) { o.Policy.Validation = nil }, pipelines.ErrNoValidation},
		"no day":   {func(o *pipelines.ValidateOptions) { o.AsOf = time.Time{} }, pipelines.ErrNoDay},
		"ends today": {func(o *pipelines.ValidateOptions) {
			o.AsOf, o.Horizon = time.Date(2025, 12, 30, 0, 0, 0, 0, time.UTC), 1
		}, pipelines.ErrHorizonOpen},
		"few": {func(o *pipelines.ValidateOptions) { o.Policy.Validation.MinEvents = 3 }, pipelines.ErrTooFewOutcomes},
	} {
		o := cohortOptions(t)
		c.change(&o)
		if _, err := pipelines.Cases(t.Context(), st, o); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	o := cohortOptions(t)
	o.Policy.Validation.MinEvents = 3
	if _, err := pipelines.Cases(t.Context(), st, o); err == nil || !strings.Contains(err.Error(), "of 6 suppliers rated on 2024-06-30, 4 had an outcome until 2024-10-08 and 2 had none, expected at least 3 of each") {
		t.Errorf("the refusal says %v", err)
	}
	if _, err := pipelines.Validate(t.Context(), openStore(t, 1), cohortOptions(t)); !errors.Is(err, pipelines.ErrNothing) {
		t.Errorf("an empty store: got %v, want ErrNothing", err)
	}
}

// TestFactsThatEndEarly: the last fact is of 9 October 2024, so that at the end of 2024 83 days are silent.
func TestFactsThatEndEarly(t *testing.T) {
	o := cohortOptions(t)
	o.Horizon = 184 // until 31 December 2024
	v, err := pipelines.Validate(t.Context(), cohortStore(t), o)
	if err != nil {
		t.Fatal(err)
	}
	want := scoring.Note{Code: "validation_facts_end", Ref: "2024-10-09", Have: 83}
	if last := v.Report.Warnings[len(v.Report.Warnings)-1]; last != want {
		t.Errorf("last warning %+v, want %+v", last, want)
	}
}

// TestValidationOfTheSample: the same bytes with any number of workers and threads; kept twice it is one; a validation
// publishes nothing, and a run does not change it.
func TestValidationOfTheSample(t *testing.T) {
	m := sampleNights(t)
	o := pipelines.ValidateOptions{Options: pipelines.Options{Policy: loadPolicy(t), AsOf: time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC)}}
	hash := ""
	for _, threads := range []int{1, 2} {
		st := filledStore(t, threads)
		o.Workers = threads
		first, err := pipelines.Validate(t.Context(), st, o)
		if err != nil {
			t.Fatal(err)
		}
		runFor(t, st, pipelines.Options{AsOf: m.Nights[2].AsOf})
		second, err := pipelines.Validate(t.Context(), st, o)
		if err != nil {
			t.Fatal(err)
		}
		if first.Hash != second.Hash || hash != "" && hash != first.Hash {
			t.Errorf("%d threads: hashes %s and %s, before %s", threads, first.Hash, second.Hash, hash)
		}
		hash = first.Hash
		for range 2 {
			if id, err := pipelines.Keep(t.Context(), st, first); err != nil || id != 1 {
				t.Errorf("kept as %d, %v; want 1 both times", id, err)
			}
		}
		err = st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
			view, err := store.NewView(ctx, r, store.Everything)
			if err != nil {
				return err
			}
			kept, err := view.Validation(ctx, 1)
			if kept.Hash != hash || !reflect.DeepEqual(kept.Report.Figures(), first.Report.Figures()) {
				t.Error("what is read back is not what was kept")
			}
			if err == nil {
				err = rowsAddUp(t, ctx, view, &kept.Report)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// rowsAddUp holds the kept rows of the first validation against its report.
func rowsAddUp(t *testing.T, ctx context.Context, view *store.View, r *validation.Report) error {
	most, score := r.ROC[0].At, ""
	for name, c := range map[string]struct {
		filter store.ValidatedFilter
		want   store.ValidatedTotals
	}{
		"all":     {store.ValidatedFilter{}, store.ValidatedTotals{Suppliers: r.Suppliers, Events: r.Events + r.Unrated.Events}},
		"unrated": {store.ValidatedFilter{Level: store.Unrated}, store.ValidatedTotals{Suppliers: r.Unrated.N, Events: r.Unrated.Events}},
		"a level": {store.ValidatedFilter{Level: r.Levels[0].Level}, store.ValidatedTotals{Suppliers: r.Levels[0].N, Events: r.Levels[0].Events}},
		"a kind":  {store.ValidatedFilter{Outcome: r.Kinds[0].Kind}, store.ValidatedTotals{Suppliers: r.Kinds[0].Suppliers, Events: r.Kinds[0].Suppliers}},
		"a group": {store.ValidatedFilter{Group: 1}, store.ValidatedTotals{Suppliers: r.Calibration.Groups[0].N, Events: r.Calibration.Groups[0].Events}},
		"scored":  {store.ValidatedFilter{Of: &score}, store.ValidatedTotals{Suppliers: r.Rated, Events: r.Events}},
		"before":  {store.ValidatedFilter{Of: &score, Earlier: true, Outcome: store.WithoutOutcome, Level: "none"}, store.ValidatedTotals{}},
		"the first corner": {store.ValidatedFilter{Most: &most, Outcome: store.WithOutcome}, store.ValidatedTotals{Suppliers: int(math.Round(r.ROC[0].Hits * float64(r.Events))),
			Events: int(math.Round(r.ROC[0].Hits * float64(r.Events)))}},
	} {
		c.filter.Validation, c.filter.Limit = 1, 99
		rows, totals, err := view.Validated(ctx, c.filter)
		if err != nil {
			return err
		}
		if totals != c.want || len(rows) != c.want.Suppliers {
			t.Errorf("%s: %d rows, %+v, want %+v", name, len(rows), totals, c.want)
		}
	}
	return nil
}

// TestRowsAreKeptLater: a validation that was kept before its rows were gets them when it is kept again.
func TestRowsAreKeptLater(t *testing.T) {
	st := cohortStore(t)
	v, err := pipelines.Validate(t.Context(), st, cohortOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	bare := v
	bare.Rows = nil
	for _, kept := range []store.KeptValidation{bare, v, v} {
		if id, err := pipelines.Keep(t.Context(), st, kept); err != nil || id != 1 {
			t.Fatalf("kept as %d, %v", id, err)
		}
	}
	rows := 0
	err = st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&rows}, `SELECT count(*) FROM validation_supplier WHERE NOT earlier`)
	})
	if err != nil || rows != 7 {
		t.Errorf("%d rows, %v; want those of the seven suppliers once", rows, err)
	}
}

// TestCalibrationOfTheTime: ratings of a day know the calibration made for it or for a day before, not a later one.
func TestCalibrationOfTheTime(t *testing.T) {
	m, st := sampleNights(t), openStore(t, 1)
	importNight(t, st, m, 1)
	day := func(year int) time.Time { return time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC) }
	p := loadPolicy(t)
	for _, year := range []int{2023, 2025} {
		if _, err := pipelines.Calibrate(t.Context(), st, pipelines.Options{Policy: p, AsOf: day(year)}); err != nil {
			t.Fatal(err)
		}
	}
	for year, want := range map[int]int{2023: 1, 2024: 1, 2025: 2} {
		v, err := pipelines.Validate(t.Context(), st, pipelines.ValidateOptions{Options: pipelines.Options{Policy: p, AsOf: day(year)}, Horizon: 60})
		if err != nil || v.Calibration != want {
			t.Errorf("%d: calibration %d, %v; want %d", year, v.Calibration, err, want)
		}
	}
}
