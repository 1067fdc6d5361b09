package pipelines_test

import (
	"context"
	"database/sql"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/pipelines"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// stageColumns are the parts of a movement in their order.
var stageColumns = []string{"by_program", "by_correction", "by_new_evidence", "by_ageing", "by_calibration", "by_policy"}

// moved is one movement as it was published.
type moved struct {
	subject, id, cause string
	before, after      float64
	parts              map[string]float64 // by the name of the cause
}

// movementsOf reads what a run moved.
func movementsOf(t *testing.T, st *store.Store, run int) (all []moved) {
	t.Helper()
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		rows, err := r.Query(ctx, `SELECT subject, id, cause, before, after, `+strings.Join(stageColumns, ", ")+` FROM movement WHERE run_id = ? ORDER BY subject, id`, int32(run))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			m := moved{parts: map[string]float64{}}
			numbers := make([]sql.NullFloat64, 2+len(stageColumns))
			dest := []any{&m.subject, &m.id, &m.cause}
			for i := range numbers {
				dest = append(dest, &numbers[i])
			}
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			number := func(i int) float64 {
				if !numbers[i].Valid {
					return math.NaN()
				}
				return numbers[i].Float64
			}
			m.before, m.after = number(0), number(1)
			for i, c := range stageColumns {
				m.parts[strings.TrimPrefix(c, "by_")] = number(2 + i)
			}
			all = append(all, m)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// importText imports one file written here.
func importText(t *testing.T, st *store.Store, kindName, text string) {
	t.Helper()
	kind, err := intake.KindOf(kindName)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), kindName+".csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := intake.Import(t.Context(), st, kind, path, intake.Options{Indicators: anyIndicator}); err != nil {
		t.Fatal(err)
	}
}

// strict is the default policy with another weight.
func otherPolicy(t *testing.T) *policy.Policy {
	t.Helper()
	text := loadPolicy(t).Text
	for _, c := range [][2]string{{"weight_pct = 30 # with quality", "weight_pct = 40 # with quality"}, {"weight_pct = 20 # less than results: money", "weight_pct = 10 # less than results: money"},
		{`performance_pct = 60`, `performance_pct = 70`}, {`conduct_pct = 40`, `conduct_pct = 30`}} {
		if !strings.Contains(text, c[0]) {
			t.Fatalf("the default policy does not contain %q", c[0])
		}
		text = strings.Replace(text, c[0], c[1], 1)
	}
	p, err := policy.Parse("other", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// checkParts makes sure that the parts of every movement add up to it, and returns what each cause moved in all.
func checkParts(t *testing.T, all []moved) map[string]float64 {
	t.Helper()
	sizes := map[string]float64{}
	for _, m := range all {
		whole := m.after - m.before
		var sum float64
		for cause, part := range m.parts {
			sum += part
			if !math.IsNaN(part) {
				sizes[m.subject+" "+cause] += math.Abs(part)
			}
		}
		if math.IsNaN(whole) != math.IsNaN(sum) || math.Abs(whole-sum) > 1e-9 {
			t.Errorf("%s %s moved by %g and its parts %v add up to %g", m.subject, m.id, whole, m.parts, sum)
		}
	}
	return sizes
}

// TestPartsAddUp: three nights, then a night of corrections, of new evidence, of a new day and of a new policy all at
// once: every movement is split without a rest, and each cause moves something.
func TestPartsAddUp(t *testing.T) {
	m := sampleNights(t)
	st := openStore(t, 2)
	for i, night := range m.Nights {
		importNight(t, st, m, i+1)
		report := runFor(t, st, pipelines.Options{AsOf: night.AsOf})
		sizes := checkParts(t, movementsOf(t, st, report.ID))
		if i > 0 && sizes["supplier ageing"] == 0 {
			t.Errorf("night %d: no rating moved by ageing: %v", i+1, sizes)
		}
		for _, none := range []string{"contract policy", "supplier policy", "contract program", "contract calibration"} {
			if sizes[none] != 0 {
				t.Errorf("night %d: %s moved something: %v", i+1, none, sizes)
			}
		}
	}
	var contract, indicator, party, rater, day string
	var score int32
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&contract, &indicator, &party, &rater, &day, &score}, `SELECT e.contract_no, indicator, ['', 'purchaser', 'recipient', 'third_party'][party + 1], evaluator_id,
			strftime(scored_on, '%Y-%m-%d'), score_e4 FROM score JOIN indicator USING (indicator_key)
			JOIN rater USING (rater_key) JOIN evaluation e USING (contract_key) WHERE party = 3 AND e.status = 'rated' AND e.until_run > 1000 ORDER BY ALL LIMIT 1`)
	})
	if err != nil {
		t.Fatal(err)
	}
	header := "contract_no,indicator,party,evaluator_id,score,scored_on\n"
	importText(t, st, "score", header+strings.Join([]string{contract, indicator, party, rater, "1", day}, ",")+"\n")      // a correction
	importText(t, st, "score", header+strings.Join([]string{contract, indicator, party, "another", "99", day}, ",")+"\n") // new evidence
	last := m.Nights[len(m.Nights)-1].AsOf.AddDate(0, 2, 0)
	report, err := pipelines.Run(t.Context(), st, pipelines.Options{AsOf: last, Policy: otherPolicy(t)})
	if err != nil {
		t.Fatal(err)
	}
	all := movementsOf(t, st, report.ID)
	sizes := checkParts(t, all)
	for _, some := range []string{"contract correction", "contract new_evidence", "contract policy", "supplier correction", "supplier new_evidence", "supplier ageing", "supplier policy"} {
		if sizes[some] == 0 {
			t.Errorf("%s moved nothing: %v", some, sizes)
		}
	}
	for _, v := range all {
		if v.id == contract && (v.parts["correction"] >= 0 || v.parts["new_evidence"] <= 0) {
			t.Errorf("contract %s got 1 point for %d and 99 beside it: got the parts %v", contract, score/10000, v.parts)
		}
	}
	for id := 1; id <= report.ID; id++ {
		v, err := pipelines.Verify(t.Context(), st, id, pipelines.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !v.Holds || len(v.Differences) > 0 {
			t.Errorf("run %d was published as %s and is computed as %s: %v", id, v.Hash, v.Again, v.Differences)
		}
	}
}

// TestVerifyFindsTampering: a changed score, behind the back of the program, is found and its contract named.
func TestVerifyFindsTampering(t *testing.T) {
	m := sampleNights(t)
	st := openStore(t, 2)
	importNight(t, st, m, 1)
	report := runFor(t, st, pipelines.Options{AsOf: m.Nights[0].AsOf})
	var contract string
	err := st.Write(t.Context(), func(ctx context.Context, w *store.Writer) error {
		if err := w.Scan(ctx, []any{&contract}, `SELECT contract_no FROM evaluation WHERE status = 'rated' AND n_third_party > 0 ORDER BY contract_no LIMIT 1`); err != nil {
			return err
		}
		_, err := w.Exec(ctx, `UPDATE score SET score_e4 = 10000 WHERE party = 3 AND contract_key = (SELECT contract_key FROM contract WHERE contract_no = ? LIMIT 1)`, contract)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := pipelines.Verify(t.Context(), st, report.ID, pipelines.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if v.Holds || len(v.Differences) == 0 || v.Differences[0].ID != contract {
		t.Errorf("got holds %t and %+v, want contract %s to differ first", v.Holds, v.Differences, contract)
	}
	if _, err := pipelines.Verify(t.Context(), st, 99, pipelines.Options{}); err == nil || !strings.Contains(err.Error(), store.ErrNoSuchRun.Error()) {
		t.Errorf("run 99: got %v", err)
	}
}

// TestNewProgramJudgesAgain: another version of the program judges every contract again; where it judges alike nothing moves.
func TestNewProgramJudgesAgain(t *testing.T) {
	m := sampleNights(t)
	st := openStore(t, 2)
	importNight(t, st, m, 1)
	first := runFor(t, st, pipelines.Options{AsOf: m.Nights[0].AsOf, Program: "one"})
	importNight(t, st, m, 2)
	second := runFor(t, st, pipelines.Options{AsOf: m.Nights[1].AsOf, Program: "two"})
	if !second.Full {
		t.Error("another program did not judge every contract again")
	}
	sizes := checkParts(t, movementsOf(t, st, second.ID))
	if sizes["contract program"] != 0 || sizes["supplier program"] != 0 || sizes["contract new_evidence"] == 0 {
		t.Errorf("parts of the night after run %d: %v; want new evidence and nothing by the program", first.ID, sizes)
	}
	if sizes["contract ageing"] != 0 {
		t.Errorf("evaluations moved %g points by ageing alone; only caps and dates can, and these move no value", sizes["contract ageing"])
	}
}
