package dashboards

import (
	archive "archive/zip"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// Who asks in the tests of uploads: an evaluator with three of four contracts, a purchaser with two, and those who see all.
var (
	wangMin = access.Identity{Account: "wang", Name: "王敏", Role: access.Evaluator, Org: "E01"}
	liQiang = access.Identity{Account: "li", Name: "李强", Role: access.Purchaser, Org: "P001"}
	other   = access.Identity{Account: "zhao", Name: "赵六", Role: access.Evaluator, Org: "E02"}
	finance = access.Identity{Account: "fin", Name: "财政", Role: access.Finance}
	reader  = access.Identity{Account: "s1", Name: "承接", Role: access.Supplier, Org: "S0001"}
)

// uploadFacts are the facts on which uploads build: by kind, in the order of import.
var uploadFacts = []struct{ kind, csv string }{
	{"organisation", "org_id,name,kind\nP001,江北区民政局,purchaser\nP002,江北区教委,purchaser\nS0001,阳光社工服务中心,supplier\nE01,渝北评估事务所,evaluator\nE02,两江评估中心,evaluator\n"},
	{"catalog_item", "item_code,name,purchasable\nA0101,居家养老服务,true\n"},
	{"contract", "contract_no,name,purchaser_id,supplier_id,item_code,method,amount_yuan,start_on,end_on,budget_year\n" +
		"HT2025-0001,居家养老服务采购,P001,S0001,A0101,open_tender,860000.00,2025-01-01,2025-12-31,2025\n" +
		"HT2025-0002,社区助餐服务采购,P001,S0001,A0101,open_tender,520000.00,2025-01-01,2025-12-31,2025\n" +
		"HT2025-0003,课后托管服务采购,P002,S0001,A0101,open_tender,300000.00,2025-01-01,2025-12-31,2025\n" +
		"HT2025-0004,校园心理服务采购,P002,S0001,A0101,open_tender,120000.00,2025-01-01,2025-12-31,2025\n"},
	{"target", "contract_no,indicator,target,unit,direction\nHT2025-0001,target_quantity,1200,人次,higher\n"},
}

// uploadDesk is a district to upload to.
type uploadDesk struct {
	t      *testing.T
	store  *store.Store
	desk   *desk.Desk
	policy *policy.Policy
	log    bytes.Buffer
}

func newUploadDesk(t *testing.T) *uploadDesk {
	t.Helper()
	p, err := policy.Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	d := &uploadDesk{t: t, store: emptyStore(t), policy: p}
	for _, f := range uploadFacts {
		d.mustImport(f.kind, f.csv)
	}
	err = d.store.Write(t.Context(), func(ctx context.Context, w *store.Writer) error {
		now := on("2025-11-01")
		numbers := []string{"HT2025-0001", "HT2025-0002", "HT2025-0003"}
		if _, err := store.Assign(ctx, w, "E01", numbers, time.Time{}, "fin", now); err != nil {
			return err
		}
		_, err := store.Declare(ctx, w, "E01", numbers, store.NoConflict, "", "wang", now)
		return err
	})
	if err == nil {
		d.desk, err = desk.Open(d.store, filepath.Join(d.store.Dir(), "uploads"), desk.Options{Indicators: d.indicators})
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *uploadDesk) mustImport(kind, content string) {
	d.t.Helper()
	k, err := intake.KindOf(kind)
	path := filepath.Join(d.t.TempDir(), kind+".csv")
	if err == nil {
		err = os.WriteFile(path, []byte(content), 0o600)
	}
	if err == nil {
		_, err = intake.Import(d.t.Context(), d.store, k, path, intake.Options{Indicators: d.indicators})
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// indicators are those of the policy, as the program hands them to the desk.
func (d *uploadDesk) indicators(id string) ([]string, bool, string) {
	for _, i := range d.policy.Evaluation.Indicators {
		if i.ID == id && len(i.Parties) > 0 {
			var parties []string
			for party := range i.Parties {
				parties = append(parties, party)
			}
			return parties, true, ""
		}
	}
	return nil, false, "an indicator of the policy"
}

// serve serves the district to one who asks.
func (d *uploadDesk) serve(who access.Identity) *httptest.Server {
	d.t.Helper()
	keeper, err := access.Open(d.t.Context(), d.store, access.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	s, err := New(Config{Store: d.store, Access: keeper, Desk: d.desk, Policy: d.policy, Now: func() time.Time { return on("2025-12-02") },
		Logger: slog.New(slog.NewTextHandler(&d.log, nil)), Version: "test"})
	if err != nil {
		d.t.Fatal(err)
	}
	s.recognise = as(who)
	web := httptest.NewServer(s.Handler())
	d.t.Cleanup(web.Close)
	return web
}

// scores counts the scores that are stored.
func (d *uploadDesk) scores() (n int) {
	d.t.Helper()
	err := d.store.Read(d.t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&n}, `SELECT count(*) FROM score`)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

// The files of the tests. Each is named after what is special about it.
const (
	scoreHeadZH = "合同编号,指标,评价方,评价人编号,评分,评分日期\n"
	scoreHead   = "contract_no,indicator,party,evaluator_id,score,scored_on\n"
)

// chineseScores is CSV in GB18030 with Chinese headers and words.
func chineseScores(t testing.TB) []byte {
	return inGB18030(t, scoreHeadZH+"HT2025-0001,quality_professional,第三方,E01,87.5,2025-12-01\nHT2025-0002,quality_professional,第三方,E01,91,2025-12-01\n")
}

// plainScores is CSV with one score for each of the contracts.
func plainScores(party, who string, score float64, contracts ...string) []byte {
	var b strings.Builder
	b.WriteString(scoreHead)
	for _, no := range contracts {
		fmt.Fprintf(&b, "%s,quality_professional,%s,%s,%g,2025-12-01\n", no, party, who, score)
	}
	return []byte(b.String())
}

// zipOf packs files by their names.
func zipOf(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := archive.NewWriter(&out)
	for name, content := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// manyErrors is CSV with so many scores over 100, each of a rater of its own, after one good row.
func manyErrors(n int) []byte {
	var b strings.Builder
	b.WriteString(scoreHead + "HT2025-0001,quality_professional,third_party,E01,80,2025-12-01\n")
	for i := range n {
		fmt.Fprintf(&b, "HT2025-0002,quality_professional,third_party,E01-%04d,%d,2025-12-01\n", i, 101+i%50)
	}
	return []byte(b.String())
}

// foreignHeaders is CSV whose titles nobody but its author knows, with a column that is not wanted.
const foreignHeaders = "项目代号,打分项,谁打的,打分员,几分,哪天,备注\nHT2025-0003,quality_professional,第三方,E01,77.5,2025-12-01,现场核查\n"

// jsonScores is one score as JSON lines.
const jsonScores = `{"contract_no": "HT2025-0003", "indicator": "target_outcome", "party": "third_party", "evaluator_id": "E01", "score": 82, "scored_on": "2025-12-01"}` + "\n"

// parquetScores is one score as Parquet.
func parquetScores(t testing.TB) []byte {
	t.Helper()
	columns := []string{"contract_no", "indicator", "party", "evaluator_id", "score", "scored_on"}
	values := []string{"HT2025-0003", "target_timeliness", "third_party", "E01", "84.5", "2025-12-01"}
	var fields []arrow.Field
	for _, name := range columns {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String})
	}
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i, v := range values {
		b.Field(i).(*array.StringBuilder).Append(v)
	}
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &out, nil, pqarrow.DefaultWriterProps())
	if err == nil {
		err = w.Write(b.NewRecordBatch())
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// inGB18030 is a text as Chinese Windows writes it.
func inGB18030(t testing.TB, text string) []byte {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(out)
}

// workbookOf is a workbook of one sheet with the rows.
func workbookOf(t testing.TB, rows [][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// proxyTo passes requests on to a server.
func proxyTo(t testing.TB, address string) http.Handler {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return httputil.NewSingleHostReverseProxy(target)
}
