package dashboards

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pingxin/budget"
	"pingxin/credit"
	"pingxin/dashboards/access"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/calibration"
)

// A small district, inserted by hand: results as a run would have left them, and the facts that the pages trace them
// back to. Two supplier names try to be code.
const (
	hostileScript   = `</script><script>alert(1)</script>`
	hostileFunction = `__f__(function(){alert(2)})__f__`
	hostileFormula  = `=HYPERLINK("http://example.com")`
	slashContract   = `JB/2025/0001 甲`
	cappedContract  = "JB-2025-0002"
	heldContract    = "JB-2025-0003"
	plainContract   = "JB-2024-0004"
	slashRater      = `甲/1?"<b>`
	districtRuns    = 3
)

const districtPolicy = `
id = "test"
name = { zh = "测试方案", en = "Test policy" }
[evaluation]
scale = { low = 0, high = 100 }
[evaluation.severity]
use = "show"
parties = ["purchaser", "third_party"]
limit = 5
[evaluation.shrinkage]
use = "apply"
[[evaluation.flag_rule]]
flag = "top_to_all"
weight = 0.5
[[evaluation.indicator]]
id = "target_attainment"
weight_pct = 30
name = { zh = "目标完成", en = "Attainment of targets" }
[[evaluation.indicator]]
id = "use_of_funds"
weight_pct = 20
name = { zh = "资金使用", en = "Use of funds" }
[[evaluation.indicator]]
id = "service_quality"
weight_pct = 30
name = { zh = "服务质量", en = "Service quality" }
[[evaluation.indicator]]
id = "satisfaction"
weight_pct = 20
name = { zh = "公众满意", en = "Satisfaction" }
[[evaluation.indicator]]
id = "output"
parent = "target_attainment"
weight_pct = 100
name = { zh = "产出完成", en = "Output" }
[[evaluation.indicator]]
id = "payment"
parent = "use_of_funds"
weight_pct = 100
name = { zh = "支付进度", en = "Payment" }
[[evaluation.indicator]]
id = "conduct_of_service"
parent = "service_quality"
weight_pct = 60
name = { zh = "服务规范", en = "Conduct of service" }
[[evaluation.indicator]]
id = "timeliness"
parent = "service_quality"
weight_pct = 40
name = { zh = "响应及时", en = "Timeliness" }
[[evaluation.indicator]]
id = "overall"
parent = "satisfaction"
weight_pct = 100
name = { zh = "总体满意", en = "Overall satisfaction" }
[[evaluation.band]]
id = "excellent"
from = 90
name = { zh = "优", en = "Excellent" }
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
[[evaluation.cap]]
id = "safety"
name = { zh = "安全事故", en = "Safety incident" }
[budget]
method = "grade_table"
withhold_pct = 2
largest_move_pct = 20
no_gain_grades = ["fair", "poor"]
clear_interval = true
grade = [
  { grade = "excellent", action = "raise", from_pct = 0, to_pct = 10 },
  { grade = "good", action = "keep", from_pct = 0, to_pct = 0 },
  { grade = "fair", action = "cut", from_pct = -30, to_pct = -10 },
  { grade = "poor", action = "pause", from_pct = -100, to_pct = -100, exempt = true },
]
[market]
min_contracts = 5
moderate_from = 1000
high_from = 1800
[catalogue]
years = 2
min_contracts = 5
add_from = 80
add_suppliers = 2
drop_below = 60
idle_years = 3
move_from = 80
move_suppliers = 3
move_yuan = 1000000
leave_yuan = 100000
[register]
notice_days = 180
[[credit.level]]
id = "AAA"
[[credit.level]]
id = "AA"
[[credit.level]]
id = "A"
[[credit.level]]
id = "BBB"
[[credit.level]]
id = "D"
[process]
comment = { days = 7, unit = "working" }
review = { days = 7, unit = "working" }
route = { days = 5, unit = "working" }
answer = { days = 20, unit = "working" }
evidence_files = 2
evidence_mb = 1
[clue.retirement]
min_n = 20
below = 0.1
confidence = 0.9
[clue.split_contracts]
use = true
`

// district writes rows one statement at a time and stops at the first error.
type district struct {
	t   testing.TB
	ctx context.Context
	w   *store.Writer

	items []budget.Item // for which money is proposed
}

// insert fills the first columns of a table; what later migrations added stays empty.
func (d *district) insert(table string, values ...any) {
	d.t.Helper()
	var columns string
	if err := d.w.Scan(d.ctx, []any{&columns}, `SELECT string_agg(column_name, ', ' ORDER BY column_index) FROM duckdb_columns()
		WHERE table_name = ? AND column_index <= ?`, table, int32(len(values))); err != nil {
		d.t.Fatalf("columns of %s: %v", table, err)
	}
	marks := ""
	for i := range values {
		if i > 0 {
			marks += ", "
		}
		marks += "?"
	}
	if _, err := d.w.Exec(d.ctx, "INSERT INTO "+table+" ("+columns+") VALUES ("+marks+")", values...); err != nil {
		d.t.Fatalf("insert into %s: %v", table, err)
	}
}

func on(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// emptyStore opens a store without any run.
func emptyStore(t testing.TB) *store.Store {
	t.Helper()
	return openStore(t, t.TempDir())
}

// openStore opens the store of a directory for as long as the test runs.
func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), dir, smallStore)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// smallStore keeps a test's database to two threads and little memory.
var smallStore = store.Options{Threads: 2, MemoryLimit: "512MB"}

// shared is the district, filled once: a store that all tests read, and the directory from which those that write have
// their copies. TestMain closes and removes them.
var shared struct {
	once  sync.Once
	dir   string
	store *store.Store
}

func TestMain(m *testing.M) {
	code := m.Run()
	chromium.close()
	if shared.store != nil {
		if err := shared.store.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	_ = os.RemoveAll(shared.dir)
	os.Exit(code)
}

// districtStore opens the store with the district in it. Nobody may write to it or close it.
func districtStore(t testing.TB) *store.Store {
	t.Helper()
	shared.once.Do(func() {
		if err := fillShared(t); err != nil {
			t.Fatal(err)
		}
	})
	return shared.store
}

// filledDir is the data directory of the district, whose store was closed.
func filledDir() string { return filepath.Join(shared.dir, "filled") }

func fillShared(t testing.TB) (err error) {
	ctx := context.Background()
	if shared.dir, err = os.MkdirTemp("", "pingxin-dashboards"); err != nil {
		return err
	}
	st, err := store.Open(ctx, filledDir(), smallStore)
	if err != nil {
		return err
	}
	if err := errors.Join(fillDistrict(ctx, t, st), st.Close()); err != nil {
		return err
	}
	read := filepath.Join(shared.dir, "read")
	if err := os.CopyFS(read, os.DirFS(filledDir())); err != nil {
		return err
	}
	shared.store, err = store.Open(ctx, read, smallStore)
	return err
}

// freshDistrict is a store of its own with the district in it, for a test that writes.
func freshDistrict(t testing.TB) *store.Store {
	t.Helper()
	districtStore(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filledDir())); err != nil {
		t.Fatal(err)
	}
	return openStore(t, dir)
}

// insertInto puts rows into a store.
func insertInto(t testing.TB, st *store.Store, rows func(d *district)) {
	t.Helper()
	err := st.Write(t.Context(), func(ctx context.Context, w *store.Writer) error {
		rows(&district{t: t, ctx: ctx, w: w})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func fillDistrict(ctx context.Context, t testing.TB, st *store.Store) error {
	err := st.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		d := &district{t: t, ctx: ctx, w: w}
		d.facts()
		d.runs()
		d.calibration()
		for i := range 96 {
			d.contract(i)
		}
		d.proposals()
		d.settlements()
		d.suppliers()
		d.clues()
		if _, err := store.KeepValidation(ctx, w, keptValidation(t)); err != nil {
			return err
		}
		d.deals()
		d.plans()
		return nil
	})
	if err != nil {
		return err
	}
	return fillRelease(ctx, st)
}

var (
	departmentNames = []string{"区民政局", "区卫生健康委员会", "区教育委员会", "区人力资源和社会保障局", "区司法局", "区残疾人联合会",
		"区文化和旅游发展委员会", "团区委", "区城市管理局", "观音桥街道办事处"}
	itemNames = []string{"居家养老服务", "社区矫正辅助", "青少年课后托管", "残疾人康复服务", "公共法律服务", "就业技能培训",
		"公共文化活动", "健康体检服务"}
	supplierNames = []string{"江北区惠民社会工作服务中心", "重庆安颐养老服务有限公司", hostileScript, hostileFunction, hostileFormula,
		"江北区阳光残疾人康复中心", "重庆启航职业培训学校", "江北区法律援助志愿者协会",
		"重庆童心教育咨询有限公司", "江北区和睦社区服务社", "重庆康宁健康管理有限公司", "江北区银龄关爱协会"}
)

func (d *district) facts() {
	d.insert("batch", 1, "score", "sha-of-scores-0123456789abcdef", "评分 2025.csv", 5000, "c1", 0, on("2026-03-01"))
	d.insert("batch", 2, "credit_event", "sha-of-events-0123456789abcdef", "信用事件.csv", 3, "c2", 0, on("2026-03-02"))
	d.insert("batch", 3, "score", "sha-of-later-0123456789abcdef", "补充评分.csv", 10, "c3", 0, on("2026-04-02"))
	for i, name := range departmentNames {
		division := "500105"
		if i == len(departmentNames)-1 { // the street's office
			division = "500105003"
		}
		d.insert("organisation", 1, i+1, fmt.Sprintf("P%02d", i), name, "purchaser", nil, nil, division, nil)
	}
	for i, name := range supplierNames {
		d.insert("organisation", 1, i+100, fmt.Sprintf("S%02d", i), name, "supplier", fmt.Sprintf("5250010500000%04dX", i),
			"social_organisation", "500105", on("2012-05-01"))
	}
	d.insert("catalog_item", 1, 1, "B00", "社会管理性服务", nil, "service", false)
	for i, name := range itemNames {
		d.insert("catalog_item", 1, i+2, fmt.Sprintf("B%02d", i+1), name, "B00", "service", true)
	}
	d.market()
	d.insert("indicator", 1, "conduct_of_service")
	d.insert("indicator", 2, "overall")
	for i := range 70 {
		d.insert("rater", i, fmt.Sprintf("E%03d", i))
	}
	d.insert("rater", 70, slashRater)
	d.insert("credit_event", 2, 1, "S05", "EV1", "safety_incident", "serious", on("2025-11-03"), "区应急管理局", "江北应急〔2025〕12 号",
		on("2027-11-03"), nil, cappedContract)
	d.insert("credit_event", 2, 2, "S05", "EV2", "late_report", "general", on("2024-06-11"), "区民政局", nil, nil, on("2024-12-01"), nil)
	d.insert("credit_event", 2, 3, "S00", "EV3", "award", "commendation", on("2025-02-11"), "区民政局", nil, nil, nil, nil)
}

// market fills two versions of the catalogue, a draft of a third, and the register.
func (d *district) market() {
	d.insert("catalog_item", 1, 90, "N01", "行政执法", "", "", false)
	for version, from := range map[string]string{"2024": "2024-01-01", "2025": "2025-01-01"} {
		d.insert("catalog_adoption", 1, 1, version, "指导性目录（"+version+"年版）", on(from), "江北区人民政府", "江北府办〔"+version+"〕1号", "年度调整")
	}
	for _, version := range []string{"2024", "2025", "2027"} {
		for i := range itemNames {
			listing := "guidance"
			if version != "2024" && i == 0 {
				listing = "procurement"
			}
			if version == "2024" && i == len(itemNames)-1 {
				continue
			}
			d.insert("catalog_entry", 1, i, version, fmt.Sprintf("B%02d", i+1), listing, "上门服务", nil, nil)
		}
		d.insert("catalog_entry", 1, 90, version, "N01", "negative", nil, "应当由政府直接履职", "江北府办〔2015〕109号一（二）1")
	}
	d.insert("supplier_registration", 1, 1, "S00", "江北区民政局", "active", nil, on("2026-08-01"), on("2023-01-01"), on("2027-12-31"))
	d.insert("supplier_registration", 1, 2, "S01", "江北区市场监督管理局", "dissolved", on("2024-03-01"), nil, nil, nil)
	d.insert("supplier_training", 1, 1, "S00", on("2025-11-20"), "政府购买服务绩效管理", "孵化园", 8.0, 3)
}

func (d *district) runs() {
	steps := asJSON([]store.RunStep{{Name: "plan", MS: 12, Rows: 96}, {Name: "reduce and evaluate", MS: 840, Rows: 96}, {Name: "write", MS: 77,
		Rows: 96}})
	notes := asJSON([]scoring.Note{{Code: "scores_without_indicator", Indicator: "left_over", Have: 12}})
	for run := 1; run <= districtRuns; run++ {
		asOf := on("2026-01-31").AddDate(0, run, -run)
		calibration, calibrationHash := 0, ""
		if run == districtRuns {
			calibration, calibrationHash = 1, "calibrationhash"
		}
		d.insert("run", run, asOf, "test", "policyhash", districtPolicy+executionPolicy, 2, run == 1, 96, 96/run, fmt.Sprintf("%064d", run), "pingxin test",
			asOf.Add(18*time.Hour), asOf.Add(18*time.Hour+1500*time.Millisecond), steps, notes, calibration, calibrationHash)
	}
	d.insert("published", 1, districtRuns, on("2026-04-01"))
	d.insert("movement", districtRuns, "contract", cappedContract, "new_evidence", 91.2, 84.6, "excellent", "fair", 0.0, 0.5, -8.1, 0.0, 1.0, 0.0)
	d.insert("movement", districtRuns, "contract", plainContract, "correction", 71.0, 66.4, "fair", "fair", 0.0, -4.6, 0.0, 0.0, 0.0, 0.0)
	d.insert("movement", districtRuns, "contract", slashContract, "new_contract", nil, 88.0, nil, "good", nil, nil, nil, nil, nil, nil)
	d.insert("movement", districtRuns, "contract", heldContract, "ageing", nil, nil, "no_evidence", "held", nil, nil, nil, nil, nil, nil)
	d.insert("movement", districtRuns, "supplier", "S05", "new_evidence", 81.0, 64.0, "AA", "BBB", 0.0, 0.0, -17.0, 0.0, 0.0, 0.0)
	d.insert("movement", districtRuns, "supplier", "S09", "policy", 70.0, 70.0, "A", "AA", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
}

// calibration writes one calibration with purchasers and third parties, some recipients with a flag, and a flag of every
// rule.
func (d *district) calibration() {
	d.insert("calibration", 1, on("2026-01-30"), 2, "test", "policyhash", "calibrationhash", "pingxin test", on("2026-01-31"), asJSON(store.CalibrationSummary{
		Contracts: 90, Raters: 40, Flags: map[string]int{"top_to_all": 1, "unusual_value": 1, "mostly_one_supplier": 1, "flat_answers": 1, "alike_answers": 1,
			"same_answer_run": 1, "late_answers": 1, "dense_answers": 1, "parties_apart": 2},
		Severities: calibration.Severities{Estimated: true, VarRater: 9, VarContract: 36, VarResidual: 1, Cells: 400, Components: 2, Exact: true,
			Warnings: []string{"disconnected"}},
		Agreements: []calibration.Agreement{{Indicator: "conduct_of_service", Alpha: 0.83, N: 120, Contracts: 60,
			Intraclass: &calibration.Intraclass{Raters: 2, Contracts: 58, Confidence: 0.95, Single: calibration.Reliability{Value: 0.812, Low: 0.7, High: 0.885},
				Mean: calibration.Reliability{Value: 0.896, Low: 0.824, High: 0.939}}}, {Indicator: "timeliness", Alpha: 0.71, N: 110,
			Contracts: 55}, {Indicator: "overall", Alpha: 0.2, N: 20, Contracts: 9}}}))
	for i := range 40 {
		id, key, flags, severity := fmt.Sprintf("R%02d", i), 100+i, []string{}, float64((i*17)%40)/2-9.75
		var known, se any = severity, 0.4 + float64(i%3)/5
		switch i {
		case 0:
			id, key, flags = slashRater, 70, []string{"top_to_all", "unusual_value"}
		case 1:
			known, se = nil, nil
		}
		if i > 0 {
			d.insert("rater", key, id)
		}
		d.insert("calibration_rater", 1, id, key, 1+2*(i%2), 50+i, 10+i, 80+severity, 6.0, on("2026-01-15"), known, se, i > 2, asJSON(flags))
	}
	for _, of := range []struct{ rater, indicator string }{{}, {indicator: "overall"}, {rater: "R04"}, {rater: "R04", indicator: "overall"}, {rater: "R05"}} {
		for party := 1; party <= 3; party += 2 {
			d.insert("calibration_spread", 1, of.rater, of.indicator, party, 50, 2, 40.0, 62.5, 74.25, 80.0, 86.75, 99.0, 100.0)
		}
	}
	d.insert("calibration_rater", 1, "E003", 3, 2, 1, 1, 88.0, nil, on("2026-01-15"), nil, nil, false, asJSON([]string{"flat_answers"}))
	for _, f := range []struct {
		rule, subject, ref, others string
		statistic, threshold       float64
		n                          int
		p                          any
	}{
		{"top_to_all", slashRater, "", "[]", 1, 1, 50, nil}, {"unusual_value", slashRater, "third_party", "[]", 4.2, 3.5, 20, nil},
		{"mostly_one_supplier", "R04", "S02", "[]", 0.8, 0.5, 12, 0.00002}, {"flat_answers", "E003", plainContract, "[]", 0.2, 1, 12, nil},
		{"alike_answers", "E004", plainContract, asJSON([]string{"E005", "E006"}), 3, 3, 60, 0.004},
		{"same_answer_run", "E007", slashContract, "[]", 0.95, 0.9, 10, nil}, {"late_answers", plainContract, "17", "[]", 0.7, 0.5, 40, 0.001},
		{"dense_answers", slashContract, "3", "[]", 0.6, 0.5, 30, 0.009}, {"parties_apart", plainContract, "", "[]", -21.5, -14.25, 80, nil},
		{"parties_apart", cappedContract, "", "[]", 18, 14.25, 80, nil},
	} {
		d.insert("calibration_flag", 1, f.rule, f.subject, f.ref, f.others, f.statistic, f.threshold, f.n, f.p)
	}
}

// contractNo names the planted contracts, and counts the others.
func contractNo(i int) string {
	switch i {
	case 0:
		return slashContract
	case 1:
		return cappedContract
	case 2:
		return heldContract
	case 3:
		return plainContract
	}
	return fmt.Sprintf("JB-%d-%04d", 2023+i%3, i+1)
}

// contract writes one contract's evaluations, slip and proposal; its value is a made-up function of i.
func (d *district) contract(i int) {
	no, key := contractNo(i), int32(100_663_296+i)
	value := 58 + float64((i*37)%41)
	grade := (&labels{bands: []scoring.Band{{ID: "excellent", From: 90}, {ID: "good", From: 80}, {ID: "fair", From: 60}, {ID: "poor",
		From: 0}}}).gradeOf(value)
	amount := int64(1_234_567_89 + i*7_654_321)
	year, status, uncapped, caps, warnings, missing := 2023+i%3, "rated", grade, "[]", "[]", "[]"
	var known any = value
	var gradeOrNull any = grade
	switch i {
	case 1:
		uncapped, gradeOrNull = "excellent", "fair"
		caps = asJSON([]scoring.Cap{{Rule: "safety", Event: "EV1", Grade: "fair", From: on("2025-11-03"), Bites: true}})
		warnings = asJSON([]scoring.Note{{Code: "interval_crosses_band", Ref: "good", Have: 88, Need: 90}, {Code: "never_heard_of", Have: 3}})
	case 2:
		status, known, gradeOrNull, uncapped = "held", nil, nil, ""
		missing = asJSON([]scoring.Party{scoring.Recipient, scoring.ThirdParty})
	case 5:
		status = "provisional"
	}
	for run := 1; run <= districtRuns; run += 2 {
		until := int32(store.OpenEnded)
		if run == 1 {
			until = 3
		}
		var shown, low, high, raw, adjusted, shrunken, reliability any
		if known != nil {
			raw, adjusted, shrunken, reliability = value-1, value+1.5, value, 0.82
			shown, low, high = value-2+float64(run)*2/3, value-5, min(value+3, 100)
		}
		d.insert("evaluation", run, until, key, no, fmt.Sprintf("%s采购项目（%d）", itemNames[i%len(itemNames)], i), fmt.Sprintf("P%02d",
			i%len(departmentNames)), fmt.Sprintf("S%02d", (i+4)%len(supplierNames)),
			fmt.Sprintf("B%02d", i%len(itemNames)+1), year, amount, on("2025-01-01"), on("2025-12-31"), 400, status, shown, low, high, 2.1, shown, gradeOrNull, uncapped, 2, 68, 3, missing, caps, warnings,
			on("2026-01-15"), nil, slip(known != nil, value), fmt.Sprintf("hash-%d-%d", i, run),
			raw, adjusted, shrunken, reliability)
	}
	if year == 2025 {
		item := budget.Item{Contract: no, Purchaser: fmt.Sprintf("P%02d", i%len(departmentNames)), Supplier: fmt.Sprintf("S%02d", (i+4)%len(supplierNames)),
			ItemCode: fmt.Sprintf("B%02d", i%len(itemNames)+1), BaseFen: amount, Value: value, Low: value - 5, High: min(value+3, 100), Grade: grade,
			Status: scoring.Status(status), MissingParty: missing != "[]"}
		if known == nil {
			item.Value, item.Low, item.High, item.Grade = math.NaN(), math.NaN(), math.NaN(), ""
		}
		d.items = append(d.items, item)
	}
	if i == 3 {
		d.scores(key)
	}
}

// proposals writes what the policy proposes for the contracts of 2025.
func (d *district) proposals() {
	l, err := readLabels([]byte(districtPolicy))
	if err != nil {
		d.t.Fatal(err)
	}
	for at := range d.items {
		i := &d.items[at]
		i.Candidate = i.Supplier == "S05" || i.Supplier == "S02"
		i.BandLow, i.BandHigh = l.grades.BandOf(i.Grade)
	}
	proposals, err := l.proposals.Propose(d.items)
	if err != nil {
		d.t.Fatal(err)
	}
	for k, p := range proposals {
		d.insert("budget_proposal", districtRuns, int32(store.OpenEnded), p.Contract, p.Purchaser, p.Supplier, p.ItemCode, p.BaseFen, p.ChangeFen, p.Action,
			asJSON(p.Reasons), fmt.Sprintf("b-%d", k))
	}
}

// slip packs a slip whose parties' contributions add up to the value, more or less; an empty one where none is known.
func slip(known bool, value float64) []byte {
	if !known {
		return store.SlipTerms.Pack(nil)
	}
	type row struct {
		id, parent string
		party, n   int
		weight     float64
		share      float64
	}
	rows := []row{{"target_attainment", "", 0, 0, 30, .3}, {"output", "target_attainment", 0, 0, 100, .3}, {"use_of_funds", "", 0, 0, 20, .2},
		{"payment", "use_of_funds", 0, 0, 100, .2},
		{"service_quality", "", 0, 0, 30, .3}, {"conduct_of_service", "service_quality", 0, 0, 60, .18}, {"conduct_of_service",
			"service_quality", 1, 2, 40, .072}, {"conduct_of_service", "service_quality", 2, 68, 30, .054},
		{"conduct_of_service", "service_quality", 3, 3, 30, .054}, {"timeliness", "service_quality", 0, 0, 40, .12}, {"timeliness",
			"service_quality", 2, 68, 100, .12},
		{"satisfaction", "", 0, 0, 20, .2}, {"overall", "satisfaction", 0, 0, 100, .2}, {"overall", "satisfaction", 2, 68, 100, .2}}
	var parts []scoring.Part
	for seq, r := range rows {
		v := value + float64(seq%5) - 2
		p := scoring.Part{Indicator: r.id, Parent: r.parent, Party: scoring.Party(r.party), N: r.n, NEffective: float64(r.n), Plain: v, Value: v, SE: 1.2,
			Weight: r.weight, Share: r.share, Contribution: r.share * v,
			Raw: math.NaN(), Adjusted: math.NaN()}
		if r.party == 1 || r.party == 3 {
			p.Raw, p.Adjusted = v, v+1.25
		}
		if r.party == 2 {
			p.Note = "below_full_weight"
		}
		parts = append(parts, p)
	}
	return store.SlipTerms.Pack(parts)
}

// scores writes 68 recipients', two purchasers' and one third party's scores of one contract.
func (d *district) scores(key int32) {
	for i := range 68 {
		d.insert("score", key, 2, 2, i, 600_000+i*5_000, on("2026-01-15"), 1, i+2)
	}
	for i := range 2 {
		d.insert("score", key, 1, 1, i, 905_000, on("2026-01-15"), 1, i+100)
	}
	d.insert("score", key, 1, 3, 70, 880_000, on("2026-01-15"), 1, 200)
	d.insert("score", key, 1, 1, 5, 0, on("2026-04-02"), 3, 2) // came in after the run: must not be shown
}

// deals writes the facts behind the evaluations, from which scopes and assignments go, and an evaluator to assign them to.
func (d *district) deals() {
	for _, text := range []string{
		`INSERT INTO contract SELECT 1, row_number() OVER (ORDER BY contract_key), contract_key, contract_no, name, purchaser_id, supplier_id, item_code, 'open_tender',
			amount_fen, NULL, start_on, end_on, budget_year, recipients FROM evaluation QUALIFY row_number() OVER (PARTITION BY contract_no ORDER BY from_run DESC) = 1`,
		`INSERT INTO organisation (batch_id, row_no, org_id, name, kind) VALUES (1, 900, 'E001', '重庆公正社会评估中心', 'evaluator')`,
	} {
		if _, err := d.w.Exec(d.ctx, text); err != nil {
			d.t.Fatal(err)
		}
	}
}

func (d *district) suppliers() {
	levels := []string{"AAA", "AA", "A", "BBB", "D"}
	for i := range supplierNames {
		id, score := fmt.Sprintf("S%02d", i), 95-float64(i*5)
		var level any = levels[min(i/2, 4)]
		status := "rated"
		var scored any = score
		if i == 9 {
			level, status, scored = nil, "unrated", nil
		}
		terms := store.RatingTerms.Pack([]credit.Part{
			{Term: "evaluation", Ref: plainContract, Value: 88, AgeDays: 120, Weight: 0.9, Share: 0.5, Contribution: 44},
			{Term: "conduct", Ref: "EV1", Value: -50, AgeDays: 150, Weight: math.NaN(), Share: math.NaN(), Contribution: -20}})
		reasons := asJSON([]scoring.Note{{Code: "never_heard_of", Ref: "EV1", Have: 5}})
		for run := 1; run <= districtRuns; run += 2 {
			until := int32(store.OpenEnded)
			if run == 1 {
				until = 3
			}
			d.insert("rating", run, until, id, status, scored, level, level, 4, score, 90.0, 5, 340, "[]", reasons, reasons, "[]",
				terms, fmt.Sprintf("r-%d-%d", i, run))
		}
		d.insert("assessment_grade", districtRuns, int32(store.OpenEnded), id, "graded", "4A", 932.0, on("2024-09-01"), on("2029-08-31"), "[]",
			fmt.Sprintf("a-%d", i))
	}
	d.insert("blacklist_candidate", districtRuns, int32(store.OpenEnded), "S05", "serious_unrepaired",
		asJSON([]string{"credit_event:EV1"}), "k-1")
	d.insert("blacklist_candidate", districtRuns, int32(store.OpenEnded), "S02", "poor_twice", asJSON([]string{hostileScript}), "k-2")
}

// newServer serves a store in a test, to whoever asks as to somebody of finance; its log goes to out.
func newServer(t testing.TB, st *store.Store, out io.Writer) (*Server, *httptest.Server) {
	t.Helper()
	started := false
	start := func(context.Context) error { // the first one runs for ever
		if started {
			return ErrRunUnderWay
		}
		started = true
		return nil
	}
	keeper, err := access.Open(t.Context(), st, access.Options{Cost: cheap})
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := desk.Open(st, t.TempDir(), desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Store: st, Access: keeper, Desk: uploads, Survey: surveyDesk(t, st, time.Now), Public: publicAddress, Logger: slog.New(slog.NewTextHandler(out, nil)), Version: "test", StartRun: start,
		Status: func() RunStatus { return RunStatus{NextAt: on("2026-04-02")} }})
	if err != nil {
		t.Fatal(err)
	}
	s.recognise = as(financeOf(t, keeper))
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	return s, web
}

// financeOf is somebody of finance with an account.
func financeOf(t testing.TB, keeper *access.Keeper) access.Identity {
	t.Helper()
	account, err := keeper.ByLogin("caizheng")
	if err != nil {
		if account, _, err = keeper.Add(t.Context(), access.Draft{Login: "caizheng", Name: "陈会计", Role: access.Finance}); err != nil {
			t.Fatal(err)
		}
	}
	return access.Identity{Account: account.ID, Login: account.Login, Name: account.Name, Role: account.Role}
}

// as stands in for the recognition of sessions: whoever asks is who.
func as(who access.Identity) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(access.With(r.Context(), who)))
		})
	}
}
