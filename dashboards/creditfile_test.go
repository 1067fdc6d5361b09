package dashboards

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pingxin/credit/checkcode"
	"pingxin/dashboards/access"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// creditRoutes are those that the tests below ask beside the pages.
var creditRoutes = []string{"GET /repairs/new", "POST /repairs/new", "GET /repairs/{application}", "POST /repairs/{application}", "GET /repairs/{application}/proof/{place}",
	"GET /repairs.csv", "GET /repairs.xlsx", "GET /commendations.csv", "GET /commendations.xlsx", "POST /commendations", "GET /effects.csv", "GET /effects.xlsx",
	"GET /assessments.csv", "GET /assessments.xlsx", "POST /assessments/{supplier}", "GET /public/credit/{key}", "GET /public/credit/{key}/sheet"}

// creditDesk is a district under the shipped policy, whose results were released, and somebody who asks.
type creditDesk struct {
	*testing.T
	st  *store.Store
	srv *Server
	web *httptest.Server
}

// goodCode is a valid unified social credit code (GB 32100-2015).
const goodCode = "91350100M000100Y43"

func newCreditDesk(t *testing.T) *creditDesk {
	st := freshDistrict(t)
	shipped, err := policy.Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	err = st.Write(t.Context(), func(ctx context.Context, w *store.Writer) error {
		for _, q := range []string{
			`UPDATE run SET policy_text = '` + strings.ReplaceAll(shipped.Text, "'", "''") + `', policy_hash = 'shipped'`,
			`INSERT INTO organisation VALUES (1, 800, 'N1', '江北区阳光社会工作服务中心', 'supplier', '` + goodCode + `', 'private_non_enterprise', NULL, '2015-06-01')`,
			`INSERT INTO organisation VALUES (1, 801, 'N2', '江北区阳光社会工作服务中心', 'supplier', NULL, 'private_non_enterprise', NULL, NULL)`,
			`INSERT INTO supplier_registration VALUES (1, 1, 'N2', '江北区民政局', 'dissolved', '2025-06-30', NULL, NULL, NULL)`,
			`INSERT INTO rating SELECT * REPLACE ('N1' AS supplier_id, 'AA' AS level, 85.5 AS score) FROM rating WHERE supplier_id = 'S05' AND until_run > 3`,
			`INSERT INTO rating SELECT * REPLACE ('N2' AS supplier_id, 'A' AS level, 75.0 AS score) FROM rating WHERE supplier_id = 'S05' AND until_run > 3`,
			`INSERT INTO credit_event VALUES (1, 900, 'N1', 'X1', 'late_report', 'general', '2025-01-02', '江北区民政局', '江北民〔2025〕1号', NULL, NULL, NULL)`,
			`INSERT INTO credit_event VALUES (1, 901, 'N1', 'X2', 'commendation', 'commendation', '2025-02-02', '江北区人民政府', '江北府〔2025〕2号', NULL, NULL, NULL)`,
			`DELETE FROM release`, `DELETE FROM public_supplier`,
			`INSERT INTO release SELECT 1, run_id, hash, as_of, 'bundle', '', 'content', 0, 0, 2, 0, 'test', 'a', '2026-04-01' FROM run WHERE run_id = 3`,
			`INSERT INTO public_supplier VALUES (1, 'N1', '` + goodCode + `', '江北区阳光社会工作服务中心', 'private_non_enterprise', 'rated', 'AA', 4, 85.5, 5, ''),
				(1, 'N2', '', '江北区阳光社会工作服务中心', 'private_non_enterprise', 'rated', 'A', 3, NULL, 0, 'rests_on_withheld')`,
		} {
			if _, err := w.Exec(ctx, q); err != nil {
				return fmt.Errorf("%.60s: %w", q, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &creditDesk{T: t, st: st}
	d.srv, d.web = newServer(t, st, io.Discard)
	return d
}

func (d *creditDesk) as(role access.Role, account, org string) {
	d.srv.recognise = as(access.Identity{Account: account, Login: account, Name: account, Role: role, Org: org})
	d.web.Config.Handler = d.srv.Handler()
}

func (d *creditDesk) get(path string, want int, texts ...string) string {
	d.Helper()
	response, err := http.Get(d.web.URL + path)
	if err != nil {
		d.Fatal(err)
	}
	return d.read(path, response, want, texts...)
}

func (d *creditDesk) read(path string, response *http.Response, want int, texts ...string) string {
	d.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		d.Fatal(err)
	}
	page := html.UnescapeString(string(body))
	if response.StatusCode != want {
		d.Errorf("%s: status %d, want %d", path, response.StatusCode, want)
	}
	for _, text := range texts {
		if !strings.Contains(page, text) {
			d.Errorf("%s does not say %q", path, text)
		}
	}
	return page
}

func (d *creditDesk) post(path, kind string, body io.Reader, want int, texts ...string) {
	d.Helper()
	request, err := http.NewRequest(http.MethodPost, d.web.URL+path, body)
	if err != nil {
		d.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		d.Fatal(err)
	}
	d.read("POST "+path, response, want, texts...)
}

func (d *creditDesk) form(path string, want int, pairs url.Values, texts ...string) {
	d.Helper()
	d.post(path, "application/x-www-form-urlencoded", strings.NewReader(pairs.Encode()), want, texts...)
}

// apply posts an application with one file.
func (d *creditDesk) apply(event, mended, name, content string, want int, texts ...string) {
	d.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for field, value := range map[string]string{"event": event, "mended": mended, "statement": "已补报，并缴清滞纳金。"} {
		if err := m.WriteField(field, value); err != nil {
			d.Fatal(err)
		}
	}
	if name != "" {
		part, err := m.CreateFormFile("proof", name)
		if err == nil {
			_, err = part.Write([]byte(content))
		}
		if err != nil {
			d.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		d.Fatal(err)
	}
	d.post("/repairs/new", m.FormDataContentType(), &body, want, texts...)
}

// A supplier applies with proof, supervision decides, nobody else; a refusal stays, an acceptance becomes a fact.
func TestRepairByPages(t *testing.T) {
	d := newCreditDesk(t)
	const pdf = "%PDF-1.7\nreceipt"
	d.as(access.Supplier, "sun", "N1")
	d.get("/repairs/new", http.StatusOK, "X1")
	d.apply("X1", "2025-03-01", "", "", http.StatusUnprocessableEntity, "请附 1 至 5 个证明文件")
	d.apply("X1", "2025-03-01", "a.pdf", "MZ program", http.StatusUnprocessableEntity, "不是 PDF")
	d.apply("X1", "2024-12-31", "a.pdf", pdf, http.StatusUnprocessableEntity, "2024-12-31")
	d.apply("X2", "2025-03-01", "a.pdf", pdf, http.StatusUnprocessableEntity, "不是失信记录")
	d.apply("EV1", "2025-03-01", "a.pdf", pdf, http.StatusNotFound) // of another supplier
	d.apply("X1", "2025-03-01", "a.pdf", pdf, http.StatusSeeOther)
	d.apply("X1", "2025-03-01", "a.pdf", pdf, http.StatusUnprocessableEntity, "已有一份申请等待决定")
	accept := url.Values{"decision": {"accept"}, "repaired": {"2025-03-01"}, "reason": {"滞纳金已缴清"}}
	d.form("/repairs/1", http.StatusForbidden, accept)
	d.as(access.Finance, "chen", "")
	d.form("/repairs/1", http.StatusForbidden, accept)
	d.get("/repairs/1", http.StatusOK, "等待决定", "已补报，并缴清滞纳金。")
	d.as(access.Supplier, "other", "S05")
	d.get("/repairs/1", http.StatusNotFound)
	d.get("/repairs/1/proof/1", http.StatusNotFound)

	d.as(access.Supervision, "shen", "")
	if got := d.get("/repairs/1/proof/1", http.StatusOK); got != pdf {
		t.Errorf("the proof came back as %q", got)
	}
	d.form("/repairs/1", http.StatusUnprocessableEntity, url.Values{"decision": {"accept"}, "repaired": {"2025-03-01"}}, "理由应为")
	d.form("/repairs/1", http.StatusUnprocessableEntity, url.Values{"reason": {"x"}}, "请选择")
	d.form("/repairs/1", http.StatusUnprocessableEntity, url.Values{"decision": {"accept"}, "repaired": {"2024-01-01"}, "reason": {"x"}}, "2024-01-01")
	d.form("/repairs/1", http.StatusSeeOther, url.Values{"decision": {"refuse"}, "reason": {"缺少缴款凭证"}})
	d.get("/repairs/1", http.StatusOK, "不予修复", "缺少缴款凭证")
	d.form("/repairs/1", http.StatusUnprocessableEntity, accept, "已经作出决定")

	d.as(access.Supplier, "sun", "N1")
	d.apply("X1", "2025-03-01", "a.pdf", pdf, http.StatusUnprocessableEntity, "上次申请未获同意")
	write(d, `INSERT INTO repair_application VALUES (2, 'N1', 'X1', 'again', '2025-03-01', NULL, 'sun', '2026-01-01')`, `INSERT INTO batch_upload VALUES (1, 'shen', 'S', '', '', 0)`)
	d.as(access.Supervision, "shen", "")
	d.form("/repairs/2", http.StatusUnprocessableEntity, accept, "您记录过该失信")
	d.as(access.Supervision, "luo", "")
	d.form("/repairs/2", http.StatusSeeOther, accept)
	d.get("/repairs/2", http.StatusOK, "视为已修复", `id="course-option"`)
	d.get("/repairs.csv", http.StatusOK, "缺少缴款凭证", "同意修复")
	d.get("/repairs.xlsx", http.StatusOK)
	var repaired string
	err := d.st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&repaired}, `SELECT repaired_on::VARCHAR FROM credit_event WHERE event_id = 'X1' ORDER BY batch_id DESC LIMIT 1`)
	})
	if err != nil || repaired != "2025-03-01" {
		t.Errorf("the fact says repaired on %q, %v", repaired, err)
	}
}

func write(d *creditDesk, statements ...string) {
	d.Helper()
	err := d.st.Write(d.Context(), func(ctx context.Context, w *store.Writer) error {
		for _, q := range statements {
			if _, err := w.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.Fatal(err)
	}
}

// The public looks up by name and code; a mistyped code is explained, and namesakes, the dissolved and those without a code
// are told apart.
func TestLookup(t *testing.T) {
	d := newCreditDesk(t)
	d.as(access.Public, "", "")
	name := url.QueryEscape("江北阳光社工")
	d.get("/public/credit?q="+name, http.StatusOK, "江北区阳光社会工作服务中心", goodCode, "已注销或者撤销", "没有统一社会信用代码", "另有 1 家同名主体")
	d.get("/public/credit?q="+goodCode, http.StatusOK, "对应 1 家主体")
	d.get("/public/credit?q="+url.QueryEscape("９１３５０１００Ｍ０００１００Ｙ４３"), http.StatusOK, "对应 1 家主体")
	d.get("/public/credit?q="+goodCode[:17]+"4", http.StatusOK, "代码有误", "应为“3”", goodCode)
	d.get("/public/credit?q="+strings.Replace(goodCode, "0", "O", 1), http.StatusOK, "很可能应为“0”", goodCode)
	d.get("/public/credit?q="+goodCode[1:], http.StatusOK, "有 17 位", goodCode)
	d.get("/public/credit?q="+url.QueryEscape("没有这个机构"), http.StatusOK, "没有名称符合")
	d.get("/public/credit?q="+strings.Repeat("x", longestLookup+1), http.StatusBadRequest)
	file := d.get("/public/credit/"+goodCode, http.StatusOK, "信用等级 AA", "江北民〔2025〕1号", "另有同名主体", "同等条件下优先选择")
	if strings.Contains(file, "怎样可以提高") || strings.Contains(file, plainContract) {
		t.Error("the public file says more than it should")
	}
	d.get("/public/credit/N2", http.StatusOK, "注销", "没有统一社会信用代码", "不公布得分")
	d.get("/public/credit/S05", http.StatusNotFound) // not in the release
	if found := d.get("/public/credit?q=S05", http.StatusOK, "最近一期公布没有该主体的评级"); strings.Contains(found, "/public/credit/S05") {
		t.Error("the look-up links to a file that the release lacks")
	}
	d.get("/suppliers/N1", http.StatusOK, "登录") // where who did not sign in is led to
}

// A sheet's code is genuine until one character of the paper or of the code is another.
func TestSheetCode(t *testing.T) {
	d := newCreditDesk(t)
	d.as(access.Public, "", "")
	sheet := d.get("/public/credit/"+goodCode+"/sheet", http.StatusOK, "政府购买服务承接主体信用查询单", `class="qr"`)
	code := regexp.MustCompile(`class="code">([^<]+)<`).FindStringSubmatch(sheet)
	if code == nil {
		t.Fatal("the sheet has no code")
	}
	d.get("/public/check?code="+url.QueryEscape(code[1]), http.StatusOK, "校验码有效", "85.50", "2025-01-02", "逾期报送")
	d.get("/public/check?code="+url.QueryEscape(strings.ToLower(code[1][5:])), http.StatusOK, "这不是校验码")
	last := code[1][:len(code[1])-1]
	d.get("/public/check?code="+url.QueryEscape(last+"U"), http.StatusOK, "校验码无效")
	forged := checkcode.Statement{Release: 1, Supplier: "N1", Level: "AAA"}
	d.get("/public/check?code="+url.QueryEscape(forged.Code()), http.StatusOK, "校验码无效", "不是由第 1 期公布的内容得出的", "AA")
	forged.Release = 7
	d.get("/public/check?code="+url.QueryEscape(forged.Code()), http.StatusOK, "没有第 7 期")
	forged.Release, forged.Supplier = 1, "S99"
	d.get("/public/check?code="+url.QueryEscape(forged.Code()), http.StatusOK, "没有编号为“S99”的主体")
	d.as(access.Supervision, "shen", "")
	if own := d.get("/suppliers/N1/sheet", http.StatusOK); !strings.Contains(own, code[1]) {
		t.Error("the sheet for those who sign in has another code than the public's")
	}
	d.get("/suppliers/S05/sheet", http.StatusOK, "尚未公布")
}

// Who looks up too often has to wait.
func TestLookupIsLimited(t *testing.T) {
	d := newCreditDesk(t)
	d.as(access.Public, "", "")
	for range lookupBurst {
		d.get("/public/check", http.StatusOK)
	}
	d.get("/public/check", http.StatusTooManyRequests, "查询过于频繁")
}

// Commendations and decisions on grades are facts, entered by supervision alone, with authority, document and reason.
func TestFactsOfRewardAndGrade(t *testing.T) {
	d := newCreditDesk(t)
	good := url.Values{"supplier": {"N1"}, "on": {"2025-05-04"}, "authority": {"江北区人民政府"}, "document": {"江北府〔2025〕9号"}, "reason": {"服务成效突出"}}
	d.as(access.Finance, "chen", "")
	d.form("/commendations", http.StatusForbidden, good)
	d.form("/assessments/S05", http.StatusForbidden, good)
	d.as(access.Supervision, "shen", "")
	d.form("/commendations", http.StatusSeeOther, good)
	for field, says := range map[string]string{"supplier": "", "on": "日期", "authority": "机关和文号", "document": "机关和文号", "reason": "理由应为"} {
		bad := url.Values{}
		for k, v := range good {
			bad[k] = v
		}
		bad.Set(field, "")
		if field == "supplier" {
			bad.Set(field, "S99")
		}
		d.form("/commendations", http.StatusUnprocessableEntity, bad, says)
	}
	d.form("/assessments/S05", http.StatusUnprocessableEntity, good, "请选择")
	good.Set("decision", "downgrade")
	d.form("/assessments/S05", http.StatusSeeOther, good)
	good.Set("on", "2024-09-01") // the day of the assessment
	d.form("/assessments/S05", http.StatusUnprocessableEntity, good, "2024-09-02")
	d.form("/assessments/N1", http.StatusNotFound, good)
	var kinds string
	err := d.st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		return r.Scan(ctx, []any{&kinds}, `SELECT string_agg(kind || ' ' || supplier_id, ', ' ORDER BY kind) FROM credit_event WHERE batch_id > 3`)
	})
	if err != nil || kinds != "assessment_downgraded S05, commendation N1" {
		t.Errorf("entered %q, %v", kinds, err)
	}
	for _, path := range []string{"/commendations.csv", "/commendations.xlsx", "/effects.csv", "/effects.xlsx", "/assessments.csv", "/assessments.xlsx"} {
		d.get(path, http.StatusOK)
	}
}
