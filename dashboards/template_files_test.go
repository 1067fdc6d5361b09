package dashboards

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

func (p *person) csv(path string) [][]string {
	p.t.Helper()
	p.get(path)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.page, byteOrderMark))).ReadAll()
	if err != nil || p.code != http.StatusOK {
		p.t.Fatalf("%s: status %d, %v", path, p.code, err)
	}
	return rows
}

// The form of scores has one row for each contract of one's own and each indicator that the policy asks of one's party:
// of an evaluator the assigned contracts, of a purchaser its own.
func TestScoreTemplate(t *testing.T) {
	d := newUploadDesk(t)
	for _, c := range []struct {
		who       access.Identity
		party     string
		contracts []string
	}{{wangMin, "第三方", []string{"HT2025-0001", "HT2025-0002", "HT2025-0003"}}, {liQiang, "购买主体", []string{"HT2025-0001", "HT2025-0002"}}} {
		asked := 0
		for _, i := range d.policy.Evaluation.Indicators {
			if i.Parties[c.who.Party()] > 0 {
				asked++
			}
		}
		rows := d.person(c.who).csv("/templates/score.csv")
		if len(rows) != 1+asked*len(c.contracts) || asked == 0 {
			t.Fatalf("%s: %d rows, want %d indicators of %d contracts", c.who.Name, len(rows)-1, asked, len(c.contracts))
		}
		if want := []string{"合同编号", "指标", "评价方", "评价人编号", "评分", "评分日期"}; !slices.Equal(rows[0], want) {
			t.Errorf("head %v, want %v", rows[0], want)
		}
		for _, row := range rows[1:] {
			if !slices.Contains(c.contracts, row[0]) || row[2] != c.party || row[3] != c.who.Org || row[4] != "" || row[5] != "2025-12-02" {
				t.Errorf("%s: row %v", c.who.Name, row)
			}
		}
	}
}

// A contract whose evaluation is closed takes no scores, so its rows are not in the form.
func TestScoreTemplateLeavesClosedContractsOut(t *testing.T) {
	d := newUploadDesk(t)
	err := d.store.Write(t.Context(), func(ctx context.Context, w *store.Writer) error {
		n, err := store.CloseContracts(ctx, w, store.Closing{Contracts: []string{"HT2025-0002"}, On: on("2025-12-01"), Reason: "评价已结束", At: on("2025-12-01")})
		if n != 1 {
			t.Errorf("closed %d contracts, want 1", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, row := range d.person(wangMin).csv("/templates/score.csv")[1:] {
		named[row[0]] = true
	}
	if len(named) != 2 || named["HT2025-0002"] {
		t.Errorf("the form asks for %v, want the two contracts that are open", named)
	}
}

// A filled form comes in as it is: its workbook is read at the first sheet, with the lists and notes beside it.
func TestFilledTemplateComesIn(t *testing.T) {
	d := newUploadDesk(t)
	p := d.person(wangMin)
	p.get("/templates/score.xlsx")
	f, err := excelize.OpenReader(strings.NewReader(p.page))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	checks, err := f.GetDataValidations("评分")
	if err != nil || len(checks) != 4 { // contract, indicator, party, score
		t.Errorf("%d checks of cells, %v; want 4", len(checks), err)
	}
	rows, err := f.GetRows("评分")
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if names, err := f.GetRows("名称对照"); err != nil || names[1][1] != "居家养老服务采购" || names[1][2] != "阳光社工服务中心" {
		t.Errorf("names %v, %v", names, err)
	}
	for i := range rows[1:] {
		cell, err := excelize.CoordinatesToCellName(5, i+2)
		if err == nil {
			err = f.SetCellValue("评分", cell, 80+i%20)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	p.bring("填好.xlsx", bytes.Clone(out.Bytes()))
	if d.scores() != len(rows)-1 {
		t.Errorf("%d scores, want %d", d.scores(), len(rows)-1)
	}
}

// Every kind that a role may bring has a form with the kind's own columns, in both languages and both formats.
func TestTemplatesOfEveryKind(t *testing.T) {
	d := newUploadDesk(t)
	for _, who := range []access.Identity{wangMin, liQiang, finance} {
		p := d.person(who)
		for _, name := range who.Kinds() {
			kind, err := intake.KindOf(name)
			if err != nil {
				t.Fatal(err)
			}
			rows := p.csv("/templates/" + name + ".csv?lang=en")
			for i, c := range kind.Columns {
				if rows[0][i] != c.Name {
					t.Errorf("%s of %s: column %d is %s, want %s", name, who.Role, i, rows[0][i], c.Name)
				}
			}
			p.get("/templates/" + name + ".xlsx")
			if f, err := excelize.OpenReader(strings.NewReader(p.page)); err != nil {
				t.Errorf("%s of %s: %v", name, who.Role, err)
			} else {
				f.Close()
			}
		}
	}
	p := d.person(liQiang)
	if rows := p.csv("/templates/progress.csv"); len(rows) != 2 || rows[1][0] != "HT2025-0001" || rows[1][1] != "target_quantity" {
		t.Errorf("progress: %v, want the one target", rows)
	}
	if p.get("/templates/score.pdf"); p.code != http.StatusNotFound {
		t.Errorf("a template as PDF: status %d", p.code)
	}
}
