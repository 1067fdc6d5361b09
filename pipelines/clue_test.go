package pipelines_test

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pingxin/pipelines"
	"pingxin/pipelines/store"
)

// firstScored is the first contract of the sample that a third party scored, its supplier and who scored it.
func firstScored(t *testing.T) (contract, supplier, evaluator string) {
	t.Helper()
	for _, row := range rowsOf(t, "night1/score.csv") {
		if row["party"] == "third_party" {
			contract, evaluator = row["contract_no"], row["evaluator_id"]
			break
		}
	}
	for _, row := range rowsOf(t, "night1/contract.csv") {
		if row["contract_no"] == contract {
			return contract, row["supplier_id"], evaluator
		}
	}
	t.Fatal("the sample has no contract that a third party scored")
	return "", "", ""
}

func rowsOf(t *testing.T, path string) (all []map[string]string) {
	t.Helper()
	f, err := os.Open(filepath.Join(sample, path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = row[i]
		}
		all = append(all, cells)
	}
	return all
}

// cluesOn counts the clues of a rule about a subject that hold.
func cluesOn(t *testing.T, st *store.Store, rule, subject string) (n int) {
	t.Helper()
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&n}, `SELECT count(*) FROM clue WHERE rule = ? AND subject = ? AND until_run = ?`, rule, subject, int32(store.OpenEnded))
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// narrative is one of more letters than the rule of narratives needs.
var narrative = "服务台账逐人登记，抽查资料齐全；全年按约定频次完成上门探访，个别月份记录偏简，承接方当周补正。夜间时段的安排略显不足，建议下一年度写进合同。" +
	"新进人员尚需带教，双方约定按月通报。与街道保持了协调，活动组织覆盖到各个社区，少数对象联系不上，已列入整改清单，拟在下次检查时再看，相关资料附后。"

// TestCluesComeAndGo: what comes in makes a clue the same night, and what ends it takes it away, though the night judges no
// contract of it.
func TestCluesComeAndGo(t *testing.T) {
	m := sampleNights(t)
	st := openStore(t, 2)
	importNight(t, st, m, 1)
	contract, supplier, evaluator := firstScored(t)
	runFor(t, st, pipelines.Options{AsOf: m.Nights[0].AsOf})
	const narratives = "contract_no,party,author_id,written_on,narrative\n"
	const contacts, complaints, functions = "org_id,contact,value,until_on\n", "complaint_no,contract_no,received_on,subject,channel,outcome,answered_on\n", "year,purchaser_id,function,item_code,staff,cost_yuan\n"
	bought := rowsOf(t, "night1/contract.csv")[0]
	for i, c := range []struct {
		what, kind, text string
		after            int // days after the first night
		rule, subject    string
		want             int
	}{
		{"nothing of the kind", "", "", 1, "shared_contact", evaluator, 0},
		{"a telephone in common", "organisation_contact", contacts + supplier + ",phone,023-67001234,\n" + evaluator + ",phone,（023）67001234,\n", 2, "shared_contact", evaluator, 1},
		{"it is given up", "organisation_contact", contacts + evaluator + ",phone,（023）67001234," + m.Nights[0].AsOf.AddDate(0, 0, 4).Format(time.DateOnly) + "\n", 3, "shared_contact", evaluator, 1},
		{"nothing but the day after", "", "", 5, "shared_contact", evaluator, 0},
		{"staff for what is bought", "staffed_function", functions + bought["budget_year"] + "," + bought["purchaser_id"] + ",热线," + bought["item_code"] + ",3,\n", 6, "bought_and_staffed", bought["purchaser_id"], 1},
		{"the staff has gone", "staffed_function", functions + bought["budget_year"] + "," + bought["purchaser_id"] + ",热线," + bought["item_code"] + ",0,\n", 7, "bought_and_staffed", bought["purchaser_id"], 0},
		{"two narratives alike", "narrative", narratives + contract + ",third_party," + evaluator + ",2025-06-01," + narrative + "\n" + contract + ",third_party,E99," + m.Nights[0].AsOf.AddDate(0, 0, 9).Format(time.DateOnly) + "," + narrative + "\n", 8, "alike_narratives", contract, 0},
		{"nothing but the day on which the second was written", "", "", 9, "alike_narratives", contract, 1},
		{"nothing of either", "", "", 10, "alike_narratives", contract, 1},
		{"it is written anew", "narrative", narratives + contract + ",third_party,E99,2025-12-01,别的意见\n", 11, "alike_narratives", contract, 0},
		{"a complaint on answers that are too few", "complaint", complaints + "T1," + contract + ",2025-06-01,quality,,,\n", 12, "content_yet_complaints", contract, 0},
	} {
		if c.kind != "" {
			importText(t, st, c.kind, c.text)
		}
		report := runFor(t, st, pipelines.Options{AsOf: m.Nights[0].AsOf.AddDate(0, 0, c.after)})
		if got := cluesOn(t, st, c.rule, c.subject); got != c.want {
			t.Errorf("%d, %s: %d clues of %s about %s, want %d", i, c.what, got, c.rule, c.subject, c.want)
		}
		if report.Full || report.Clues == 0 {
			t.Errorf("%s: %+v", c.what, report)
		}
		if v, err := pipelines.Verify(t.Context(), st, report.ID, pipelines.Options{}); err != nil || !v.Holds || len(v.Differences) > 0 {
			t.Errorf("%s: verified: %+v, %v", c.what, v.Differences, err)
		}
	}
}
