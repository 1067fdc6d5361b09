package dashboards

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"

	"pingxin/dashboards/access"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// uploadRoutes are what the tests of this file and of templates ask beside the pages that are looked at.
var uploadRoutes = []string{"POST /uploads", "GET /uploads/{id}", "POST /uploads/{id}/choice", "POST /uploads/{id}/commit", "POST /uploads/{id}/drop", "GET /uploads/{id}/marked",
	"GET /uploads/{id}/refused", "POST /uploads/begin", "PUT /uploads/{id}/bytes", "GET /uploads/{id}/state", "GET /receipts/{number}", "GET /receipts/{number}/entry.json", "GET /receipts/{number}/rows/{row}",
	"GET /receipts/{number}/withdraw", "POST /receipts/{number}/withdraw", "GET /templates/{file}"}

// person uses the pages as a browser without script does: it sends forms, follows where they lead and reads pages.
type person struct {
	t    *testing.T
	web  *httptest.Server
	at   string // path of the page
	page string
	code int
}

func (d *uploadDesk) person(who access.Identity) *person {
	return &person{t: d.t, web: d.serve(who)}
}

func (p *person) take(response *http.Response, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.at, p.page, p.code = response.Request.URL.RequestURI(), string(body), response.StatusCode
}

func (p *person) get(path string) {
	p.t.Helper()
	p.take(http.Get(p.web.URL + path))
}

func (p *person) post(path string, form url.Values) {
	p.t.Helper()
	p.take(http.PostForm(p.web.URL+path, form))
}

// send sends files by the form of the page for uploads.
func (p *person) send(files map[string][]byte) {
	p.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, content := range files {
		part, err := w.CreateFormFile("file", name)
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.take(http.Post(p.web.URL+"/uploads", w.FormDataContentType(), &body))
}

var (
	selected = regexp.MustCompile(`(?s)<select name="([^"]+)"[^>]*>(.*?)</select>`)
	chosen   = regexp.MustCompile(`<option value="([^"]*)" selected>`)
)

// check sends the form that says what the file is, as it stands, with some of its fields changed.
func (p *person) check(changed ...string) {
	p.t.Helper()
	form := url.Values{"then": {"check"}}
	for _, s := range selected.FindAllStringSubmatch(p.page, -1) {
		if m := chosen.FindStringSubmatch(s[2]); m != nil {
			form.Set(s[1], m[1])
		}
	}
	for i := 0; i+1 < len(changed); i += 2 {
		form.Set(changed[i], changed[i+1])
	}
	p.post(p.action("choice"), form)
}

// action is the address of a form of the upload's page.
func (p *person) action(what string) string {
	path, _, _ := strings.Cut(p.at, "?")
	return path + "/" + what
}

func (p *person) must(said ...string) {
	p.t.Helper()
	for _, want := range said {
		if !strings.Contains(p.page, want) {
			p.t.Fatalf("%s (%d) does not say %q:\n%s", p.at, p.code, want, textOf(p.page))
		}
	}
}

var tags = regexp.MustCompile(`(?s)<head>.*?</head>|<[^>]*>|\n\s*\n`)

func textOf(page string) string { return tags.ReplaceAllString(page, " ") }

// Each format comes in by forms alone, from the file to the receipt, and nothing is stored before the last step.
func TestUploadWithoutScript(t *testing.T) {
	d := newUploadDesk(t)
	for _, c := range []struct {
		name    string
		content []byte
		format  string
		rows    int
	}{
		{"评分.csv", chineseScores(t), "CSV 文本", 2},
		{"scores.jsonl", []byte(jsonScores), "JSON 行", 1},
		{"评分.xlsx", workbookOf(t, [][]any{{"合同编号", "指标", "评价方", "评价人编号", "评分", "评分日期"}, {"HT2025-0003", "quality_professional", "第三方", "E01", 88, "2025-12-01"}}), "Excel 工作簿", 1},
		{"评分.parquet", parquetScores(t), "Parquet", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := d.scores()
			p := &person{t: t, web: d.serve(wangMin)}
			p.get("/uploads/new")
			p.must("multipart/form-data", "选择文件", "/templates/score.xlsx")
			p.send(map[string][]byte{c.name: c.content})
			p.must("这是什么文件", c.format, c.name)
			p.check()
			p.must("检查通过", "提交全部 "+strconv.Itoa(c.rows)+" 行")
			if d.scores() != before {
				t.Fatal("something was stored before the commit")
			}
			p.post(p.action("commit"), nil)
			p.must("已提交", "查看并打印回执", c.name)
			if d.scores() != before+c.rows {
				t.Errorf("%d scores, want %d more than %d", d.scores(), c.rows, before)
			}
		})
	}
	if d.log.Len() > 0 {
		t.Errorf("logged:\n%s", d.log.String())
	}
}

// What is dropped is gone, and nothing of it was stored.
func TestDropUpload(t *testing.T) {
	p := newUploadDesk(t).person(wangMin)
	p.send(map[string][]byte{"误选.csv": chineseScores(t)})
	p.must("丢弃这次上传")
	upload := p.at
	p.post(p.action("drop"), nil)
	if strings.Contains(p.page, "误选.csv") {
		t.Error("the upload is still listed")
	}
	if p.get(upload); p.code != http.StatusNotFound {
		t.Errorf("the upload after it was dropped: status %d", p.code)
	}
}

// A file that cannot be read says why in the reader's language, and how to mend it.
func TestUnreadableFiles(t *testing.T) {
	p := newUploadDesk(t).person(wangMin)
	for name, c := range map[string]struct {
		content []byte
		says    []string
	}{
		"空.csv":   {nil, []string{"文件是空的"}},
		"断.zip":   {zipOf(t, map[string][]byte{"一.csv": chineseScores(t)})[:60], []string{"压缩包已损坏", "重新压缩"}},
		"数组.json": {[]byte("[" + jsonScores + "]"), []string{"JSON 数组", "每行一个对象"}},
	} {
		p.send(map[string][]byte{name: c.content})
		if strings.Contains(p.page, "检查文件") {
			p.check("kind", "score")
		}
		p.must(append(c.says, "这个文件读不了", "还没有写入任何数据")...)
	}
}

// Of two columns with one title the second has to be settled by its owner; nothing is guessed.
func TestUploadWithDuplicateHeaders(t *testing.T) {
	p := newUploadDesk(t).person(wangMin)
	p.send(map[string][]byte{"重复.csv": []byte(strings.Replace(scoreHead, "score,", "score,score,", 1) + "HT2025-0001,quality_professional,third_party,E01,80,90,2025-12-01\n")})
	p.check()
	p.must("还有列没有对应好")
	p.check("column.5", "-")
	if strings.Contains(p.page, "检查通过") {
		t.Error("one of two columns with the same title was taken without a word")
	}
}

// A zip becomes one upload for each of its files.
func TestUploadZip(t *testing.T) {
	p := newUploadDesk(t).person(wangMin)
	p.send(map[string][]byte{"两份.zip": zipOf(t, map[string][]byte{"一.csv": chineseScores(t), "二.csv": plainScores("third_party", "E01", 80, "HT2025-0003")})})
	p.must("压缩包里的文件", "一.csv", "二.csv")
	for _, link := range regexp.MustCompile(`<a href="(/uploads/[^"/]+)">[一二].csv`).FindAllStringSubmatch(p.page, -1) {
		p.get(link[1])
		p.check()
		p.post(p.action("commit"), nil)
		p.must("已提交")
	}
	p.get("/uploads")
	p.must("您已提交 2 批数据")
}

// Faults are grouped with the way to mend them; all are counted and a thousand listed. The file comes back marked, the
// refused rows alone, and the good rows are accepted only when that is chosen.
func TestUploadWithFaults(t *testing.T) {
	d := newUploadDesk(t)
	p := d.person(wangMin)
	p.send(map[string][]byte{"多错.csv": manyErrors(1200)})
	p.check()
	p.must("有 1,200 处需要修改", "分数超过 100", "换算成百分制", "0 到 100 之间的分数", "第 3 行", "共 1,200 处，这里列出前 1,000 处", "只提交无误的 1 行")
	upload := strings.SplitN(p.at, "?", 2)[0]
	p.get(upload + "?cause=score_over_100&page=20")
	p.must("951–1,000")
	p.get(upload + "?cause=score_over_100&page=20&lang=en")
	p.must("The score is over 100", "Bring it to the scale of 100", "a score from 0 to 100")
	p.get(upload + "/marked")
	f, err := excelize.OpenReader(strings.NewReader(p.page))
	if err != nil {
		t.Fatalf("the marked copy is no workbook: %v", err)
	}
	if sheets := f.GetSheetList(); len(sheets) < 2 || !slices.Contains(sheets, "需要修改的地方") {
		t.Errorf("sheets %v, want the file and a list of its faults", sheets)
	}
	f.Close()
	p.get(upload + "/refused")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.page, byteOrderMark))).ReadAll()
	if err != nil || len(rows) != 1201 || !strings.Contains(rows[1][len(rows[1])-1], "分数超过 100") {
		t.Errorf("%d refused rows with error %v, want 1200 and a head, each with its reason", len(rows), err)
	}
	if d.scores() != 0 {
		t.Fatal("something was stored before the commit")
	}
	p.post(upload+"/commit", url.Values{"part": {"yes"}})
	p.must("已提交", "没有写入", "1,200 行")
	if d.scores() != 1 {
		t.Errorf("%d scores, want the good one", d.scores())
	}
}

// Headers that are not known have to be settled before the check; what was chosen is remembered for the next file.
func TestUploadWithForeignHeaders(t *testing.T) {
	p := newUploadDesk(t).person(wangMin)
	p.send(map[string][]byte{"自定.csv": []byte(foreignHeaders)})
	p.check("kind", "score")
	p.must("还有列没有对应好")
	p.check("column.0", "contract_no", "column.1", "indicator", "column.2", "party", "column.3", "evaluator_id", "column.4", "score", "column.5", "scored_on", "column.6", "-")
	p.must("检查通过")
	p.post(p.action("commit"), nil)
	p.must("已提交")
	p.send(map[string][]byte{"自定二.csv": []byte(strings.Replace(foreignHeaders, "77.5", "78", 1))})
	p.must("按您上次的选择")
	p.check()
	p.must("更正", "为什么更正")
}

// A correction takes the place of the first value with its reason on the receipt; a withdrawal brings the first back.
func TestSupersedeAndWithdraw(t *testing.T) {
	d := newUploadDesk(t)
	p := d.person(wangMin)
	p.bring("一.csv", plainScores("third_party", "E01", 80, "HT2025-0001"))
	number := receiptNumber(t, p)
	p.get(fmt.Sprintf("/receipts/%d", number))
	p.must("上传更正", "撤回这一批")
	p.get(fmt.Sprintf("/uploads/new?corrects=%d", number))
	p.must(fmt.Sprintf("更正第 %d 号回执", number))
	p.send(map[string][]byte{"更正.csv": plainScores("third_party", "E01", 85, "HT2025-0001")})
	p.check()
	p.must("为什么更正")
	result := p.at
	if p.post(p.action("commit"), nil); p.code != http.StatusUnprocessableEntity || d.scores() != 1 {
		t.Errorf("a correction without a reason: status %d, %d scores", p.code, d.scores())
	}
	p.get(result)
	p.post(p.action("commit"), url.Values{"reason": {"录入有误"}})
	p.must("已提交", "录入有误", "更正原有数据", "1 行")
	corrected := receiptNumber(t, p)
	p.get(fmt.Sprintf("/receipts/%d/withdraw", corrected))
	p.must("撤回之后", "不再计入", "恢复为原来的值")
	p.post(fmt.Sprintf("/receipts/%d/withdraw", corrected), nil)
	p.must("请写明原因")
	p.post(fmt.Sprintf("/receipts/%d/withdraw", corrected), url.Values{"reason": {"误报"}})
	p.must("这是一次撤回的回执", "误报", fmt.Sprintf("撤回第 %d 号回执", corrected), "恢复原来的值")
	p.get(fmt.Sprintf("/receipts/%d", corrected))
	p.must("这一批数据已撤回")
	p.get("/uploads?state=withdrawn")
	p.must("更正.csv", "已撤回")
}

// bring brings a file from the form to its receipt.
func (p *person) bring(name string, content []byte) {
	p.t.Helper()
	p.send(map[string][]byte{name: content})
	p.check()
	p.post(p.action("commit"), nil)
	p.must("已提交")
}

func receiptNumber(t *testing.T, p *person) int {
	t.Helper()
	m := regexp.MustCompile(`href="/receipts/(\d+)"`).FindStringSubmatch(p.page)
	if m == nil {
		t.Fatalf("no receipt on the page:\n%s", textOf(p.page))
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The entry of the journal can be checked by hand in the way that the page says.
func TestReceiptEntryHoldsTheChain(t *testing.T) {
	p := newUploadDesk(t).person(wangMin)
	content := plainScores("third_party", "E01", 80, "HT2025-0001")
	p.bring("一.csv", content)
	path := fmt.Sprintf("/receipts/%d", receiptNumber(t, p))
	p.get(path)
	page := p.page
	p.get(path + "/entry.json")
	var r store.Receipt
	if err := json.Unmarshal([]byte(p.page), &r); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(regexp.MustCompile(`"chain":"[0-9a-f]*"`).ReplaceAllString(p.page, `"chain":""`)))
	if hex.EncodeToString(sum[:]) != r.Chain || !strings.Contains(page, r.Chain) {
		t.Errorf("the sum of the entry is %x, the page says %s", sum, r.Chain)
	}
	if file := sha256.Sum256(content); hex.EncodeToString(file[:]) != r.SHA256 || !strings.Contains(page, r.SHA256) {
		t.Errorf("the sum of the file is %x, the receipt says %s", file, r.SHA256)
	}
}

// Nobody sees or touches what another brought, but who sees all; a role without uploads has no page of them.
func TestUploadsAreTheirOwners(t *testing.T) {
	d := newUploadDesk(t)
	p := d.person(wangMin)
	p.bring("一.csv", plainScores("third_party", "E01", 80, "HT2025-0001"))
	receipt := fmt.Sprintf("/receipts/%d", receiptNumber(t, p))
	p.send(map[string][]byte{"二.csv": plainScores("third_party", "E01", 70, "HT2025-0002")})
	upload := strings.SplitN(p.at, "?", 2)[0]
	stranger := d.person(other)
	for _, path := range []string{upload, receipt, receipt + "/entry.json", receipt + "/withdraw", upload + "/marked", upload + "/refused", upload + "/state"} {
		if stranger.get(path); stranger.code != http.StatusNotFound {
			t.Errorf("%s for another evaluator: status %d, want 404", path, stranger.code)
		}
	}
	for _, path := range []string{upload + "/choice", upload + "/commit", upload + "/drop", receipt + "/withdraw"} {
		if stranger.post(path, url.Values{"reason": {"x"}, "kind": {"score"}}); stranger.code != http.StatusNotFound {
			t.Errorf("POST %s for another evaluator: status %d, want 404", path, stranger.code)
		}
	}
	if stranger.get("/uploads"); strings.Contains(stranger.page, "一.csv") || strings.Contains(stranger.page, "二.csv") {
		t.Error("the history of another evaluator shows what is not its own")
	}
	bureau := d.person(finance)
	bureau.get("/uploads")
	bureau.must("一.csv", "二.csv", "王敏")
	bureau.get(receipt)
	bureau.must("一.csv")
	supplier := d.person(reader)
	for _, path := range []string{"/uploads", "/uploads/new", receipt, "/templates/score.csv"} {
		if supplier.get(path); supplier.code != http.StatusForbidden {
			t.Errorf("%s for a supplier: status %d, want 403", path, supplier.code)
		}
	}
	if p.get("/templates/contract.csv"); p.code != http.StatusForbidden {
		t.Errorf("a template of contracts for an evaluator: status %d, want 403", p.code)
	}
}

// A file of contracts that are another's is refused row by row, with a word of whom to ask.
func TestUploadOutsideTheScope(t *testing.T) {
	d := newUploadDesk(t)
	for _, c := range []struct {
		who      access.Identity
		party    string
		contract string
	}{{wangMin, "third_party", "HT2025-0004"}, {liQiang, "purchaser", "HT2025-0003"}} {
		p := d.person(c.who)
		p.send(map[string][]byte{"越权.csv": plainScores(c.party, c.who.Org, 80, c.contract)})
		p.check()
		p.must("不是您负责的", "联系财政部门")
	}
	if d.scores() != 0 {
		t.Error("a score of another's contract was stored")
	}
}

// Two who commit the same file at once get one receipt.
func TestTwoTabsOneReceipt(t *testing.T) {
	d := newUploadDesk(t)
	first, second := d.person(wangMin), d.person(wangMin)
	content := map[string][]byte{"一.csv": plainScores("third_party", "E01", 80, "HT2025-0001")}
	for _, p := range []*person{first, second} {
		p.send(content)
		p.check()
	}
	var both sync.WaitGroup
	for _, p := range []*person{first, second, first} {
		path := p.web.URL + p.action("commit")
		both.Go(func() {
			response, err := http.PostForm(path, nil)
			if err == nil {
				err = response.Body.Close()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	first.get(first.at)
	second.get(second.at)
	if a, b := receiptNumber(t, first), receiptNumber(t, second); a != b || d.scores() != 1 {
		t.Errorf("receipts %d and %d, %d scores; want one receipt and one score", a, b, d.scores())
	}
}

// The script's addresses take a file in pieces, say where to go on after a break, and answer errors with a sentence.
func TestUploadInPieces(t *testing.T) {
	d := newUploadDesk(t)
	web := d.serve(wangMin)
	content := chineseScores(t)
	begun := askJSON(t, http.MethodPost, web.URL+"/uploads/begin", url.Values{"name": {"评分.csv"}, "size": {strconv.Itoa(len(content))}}.Encode(), http.StatusOK)
	at := web.URL + "/uploads/" + begun.ID
	askJSON(t, http.MethodPut, at+"/bytes?offset=0", string(content[:50]), http.StatusOK)
	if said := askJSON(t, http.MethodPut, at+"/bytes?offset=0", string(content[:50]), http.StatusConflict); said.Received != 50 {
		t.Errorf("after a piece came twice: %d received, want 50", said.Received)
	}
	web.Close() // the connection breaks, the server starts again
	web = d.serve(wangMin)
	at = web.URL + "/uploads/" + begun.ID
	p := &person{t: t, web: web}
	p.get("/uploads/" + begun.ID)
	p.must("接着传完这个文件", `data-size="`+strconv.Itoa(len(content))+`"`)
	if said := askJSON(t, http.MethodGet, at+"/state", "", http.StatusOK); said.Received != 50 {
		t.Errorf("after the break: %d received, want 50", said.Received)
	}
	askJSON(t, http.MethodPut, at+"/bytes?offset=50", string(content[50:]), http.StatusOK)
	p.get("/uploads/" + begun.ID)
	p.check()
	p.must("检查通过")
	if said := askJSON(t, http.MethodGet, web.URL+"/uploads/none/state?lang=en", "", http.StatusNotFound); !strings.Contains(said.Sentence, "Uploads and receipts") {
		t.Errorf("an unknown upload is answered %q", said.Sentence)
	}
	askJSON(t, http.MethodPut, at+"/bytes?offset=x", "", http.StatusBadRequest)
	askJSON(t, http.MethodPost, web.URL+"/uploads/begin", "name=a&size=-1", http.StatusBadRequest)
}

// A file announced anew without its sum begins anew: the half that was sent before may be of another file of its name and size.
func TestHalvesOfTwoFilesNeverMeet(t *testing.T) {
	web := newUploadDesk(t).serve(wangMin)
	announced := url.Values{"name": {"评分.csv"}, "size": {"100"}}
	first := askJSON(t, http.MethodPost, web.URL+"/uploads/begin", announced.Encode(), http.StatusOK)
	askJSON(t, http.MethodPut, web.URL+"/uploads/"+first.ID+"/bytes?offset=0", strings.Repeat("a", 50), http.StatusOK)
	if second := askJSON(t, http.MethodPost, web.URL+"/uploads/begin", announced.Encode(), http.StatusOK); second.ID == first.ID || second.Received != 0 {
		t.Errorf("the second file goes on at %d of the first", second.Received)
	}
	askJSON(t, http.MethodGet, web.URL+"/uploads/"+first.ID+"/state", "", http.StatusNotFound)
	announced.Set("sha256", strings.Repeat("0", 64))
	known := askJSON(t, http.MethodPost, web.URL+"/uploads/begin", announced.Encode(), http.StatusOK)
	askJSON(t, http.MethodPut, web.URL+"/uploads/"+known.ID+"/bytes?offset=0", strings.Repeat("a", 50), http.StatusOK)
	if again := askJSON(t, http.MethodPost, web.URL+"/uploads/begin", announced.Encode(), http.StatusOK); again.ID != known.ID || again.Received != 50 {
		t.Errorf("the same file by its sum is %s at %d, want %s at 50", again.ID, again.Received, known.ID)
	}
}

func askJSON(t *testing.T, method, address, body string, want int) (said pieceAnswer) {
	t.Helper()
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil || response.StatusCode != want {
		t.Fatalf("%s %s: status %d, want %d; %v", method, address, response.StatusCode, want, err)
	}
	return said
}

// Every cause and every note of the checker, and every kind of file and of column, has its sentences in both languages, and
// no sentence is of one that is no more.
func TestEveryFaultHasItsSentences(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var kinds, types []string
	for _, k := range intake.Kinds() {
		kinds = append(kinds, k.Name)
		for _, c := range k.Columns {
			types = append(types, string(c.Type))
		}
	}
	for _, lang := range locale.Languages {
		for _, family := range []struct {
			prefix string
			ids    []string
			all    bool
		}{{"upload.fault.", intake.Causes, true}, {"upload.mend.", intake.Causes, true}, {"upload.expected.", intake.Causes, false}, {"upload.note.", intake.NoteCodes, true},
			{"upload.about.", kinds, true}, {"upload.kind.", append(kinds, "withdrawal"), true}, {"upload.holds.", types, true}} {
			for _, id := range family.ids {
				if family.all && !texts[lang].Has(family.prefix+id) {
					t.Errorf("%s%s is not in %s", family.prefix, id, lang)
				}
			}
			for key := range texts[lang].Keys() {
				if id, of := strings.CutPrefix(key, family.prefix); of && !slices.Contains(family.ids, id) {
					t.Errorf("%s is in %s, but the checker does not say %q", key, lang, id)
				}
			}
		}
	}
}

// Every error that a reader can do something about has its sentence and its status.
func TestPlainProblems(t *testing.T) {
	s, _ := newServer(t, emptyStore(t), io.Discard)
	for _, c := range slices.Concat(plainProblems, uploadProblems) {
		r := httptest.NewRequest(http.MethodGet, "/uploads?lang=en", nil)
		status, p := s.describe(r, s.newBase(r), fmt.Errorf("wrapped: %w", c.err))
		if status != c.status || strings.HasPrefix(p.Title, "problem.") || strings.HasPrefix(p.Sentence, "problem.") || p.RequestID != "" {
			t.Errorf("%v: status %d, %q, %q", c.err, status, p.Title, p.Sentence)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/uploads?lang=en", nil)
	if status, _ := s.describe(r, s.newBase(r), errors.New("another")); status != http.StatusInternalServerError {
		t.Errorf("another error is answered with %d", status)
	}
}
