package publish_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/dashboards/publish"
	"pingxin/pipelines"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/dueprocess"
)

// deal is a contract of the district of these tests: how many people it serves, and how many of them answered.
type deal struct {
	no, supplier    string
	served, answers int
	base            int // points that everybody gives, more or less
	name            string
}

// deals are of one catalogue item and year, so that they are peers. C3 has four recipients who all answered: by the rule of
// full coverage they count, and its numbers would tell them. C2 has three answers of a hundred, which count for nothing.
var deals = []deal{{"C1", "S1", 6, 6, 80, "居家养老"}, {"C2", "S1", 100, 3, 85, "=SUM(A1)"}, {"C3", "S2", 4, 4, 75, "助餐"}, {"C4", "S3", 200, 40, 90, "'=康复"}, {"C5", "S3", 7, 7, 95, "line\r\nbreak"}}

var (
	asOf   = time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)
	bureau = dueprocess.Person{Account: "a1", Name: "bureau", Role: "finance"}
)

// district is a store with the deals, a calibration and a run.
type district struct {
	*testing.T
	st     *store.Store
	policy *policy.Policy
	deals  []deal
}

func newDistrict(t *testing.T) district {
	t.Helper()
	return districtOf(t, deals)
}

func districtOf(t *testing.T, deals []deal) district {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	p, err := policy.Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	d := district{t, st, p, deals}
	d.bring("organisation", "org_id,name,kind,uscc,supplier_type\nP1,民政局,purchaser,,\nS1,阳光,supplier,91350100M000100Y43,enterprise\nS2,和悦,supplier,,foundation\nS3,=1+1,supplier,,enterprise\n")
	d.bring("catalog_item", "item_code,name,parent_code,nature,purchasable\nA1,养老,,,true\nA2,执法,,,false\n")
	contracts := [][]string{{"contract_no", "name", "purchaser_id", "supplier_id", "item_code", "method", "amount_yuan", "signed_on", "start_on", "end_on", "budget_year", "recipients"}}
	payments := [][]string{{"contract_no", "stage", "due_on", "paid_on", "amount_yuan"}}
	for _, c := range deals {
		contracts = append(contracts, []string{c.no, c.name, "P1", c.supplier, "A1", "open_tender", "100000.00", "2025-01-10", "2025-02-01", "2025-12-20", "2025", strconv.Itoa(c.served)})
		payments = append(payments, []string{c.no, "1", "2025-06-30", "2025-07-05", "60000.00"}, []string{c.no, "2", "2026-06-30", "", "40000.00"})
	}
	d.bring("contract", d.table(contracts))
	d.bring("payment", d.table(payments))
	d.bring("credit_event", "supplier_id,event_id,kind,severity,occurred_on,authority,document_no,ends_on,repaired_on,contract_no\nS1,X1,late_report,general,2025-05-20,民政局,1号,,,\nS1,X2,late_report,general,2027-05-20,民政局,2号,,,\n")
	d.bring("inspection", "supplier_id,year,result\nS2,2024,passed\nS2,2025,passed\n")
	d.bring("assessment_item", "supplier_id,section,item,points,max_points,assessed_on\nS2,basic_conditions,章程,400,500,2024-05-10\nS2,internal_governance,理事会,480.5,500,2024-05-10\n")
	d.bring("score", d.table(d.scores()))
	d.run()
	if _, err := pipelines.Calibrate(t.Context(), st, pipelines.Options{AsOf: asOf, Policy: p, Program: "test"}); err != nil {
		t.Fatal(err)
	}
	d.run()
	return d
}

// scores are those of every party on every leaf that asks it.
func (d district) scores() [][]string {
	judge, err := scoring.Compile(d.policy.Evaluation, nil)
	if err != nil {
		d.Fatal(err)
	}
	rows := [][]string{{"contract_no", "indicator", "party", "evaluator_id", "score", "scored_on"}}
	for _, c := range d.deals {
		for i, leaf := range judge.Leaves() {
			for party, weight := range leaf.Parties {
				n := 1
				if party == "recipient" {
					n = c.answers
				}
				for k := range n {
					if weight > 0 {
						rows = append(rows, []string{c.no, leaf.ID, party, fmt.Sprintf("who-scored-%s-%s-%d", c.no, party, k), fmt.Sprintf("%d.5", c.base+(3*k+i)%5), fmt.Sprintf("2026-01-%02d", 10+k%9)})
					}
				}
			}
		}
	}
	return rows
}

// table is the content of a CSV file.
func (d district) table(rows [][]string) string {
	d.Helper()
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		d.Fatal(err)
	}
	return b.String()
}

func (d district) bring(kind, content string) {
	d.Helper()
	path := filepath.Join(d.TempDir(), kind+".csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		d.Fatal(err)
	}
	k, err := intake.KindOf(kind)
	if err != nil {
		d.Fatal(err)
	}
	all := func(string) ([]string, bool, string) {
		return []string{"purchaser", "recipient", "third_party"}, true, ""
	}
	if _, err := intake.Import(d.Context(), d.st, k, path, intake.Options{Indicators: all}); err != nil {
		d.Fatal(err)
	}
}

func (d district) run() {
	d.Helper()
	if _, err := pipelines.Run(d.Context(), d.st, pipelines.Options{AsOf: asOf, Policy: d.policy, Program: "test"}); err != nil {
		d.Fatal(err)
	}
}

// makePublic takes evaluations the whole way to the public.
func (d district) makePublic(contracts ...string) {
	d.Helper()
	for _, no := range contracts {
		for i, act := range []dueprocess.Act{dueprocess.Announce, dueprocess.Finalise, dueprocess.Publish} {
			at := asOf.AddDate(0, 0, 40*i)
			do := store.Bulk{Act: act, Filter: store.EvaluationFilter{Contract: no}, Reason: "test", By: bureau, At: at, ClosesOn: at.AddDate(0, 0, 30)}
			err := d.st.Read(d.Context(), func(ctx context.Context, r *store.Reader) error {
				v, err := store.NewView(ctx, r, store.Everything)
				if err != nil {
					return err
				}
				v.Today = at
				preview, err := v.Preview(ctx, act, do.Filter)
				do.Seen = preview.Digest
				return err
			})
			if err == nil {
				_, err = d.st.Perform(d.Context(), do)
			}
			if err != nil {
				d.Fatalf("%s %s: %v", act, no, err)
			}
		}
	}
}

func (d district) publish(reason string) (dir string, result publish.Result) {
	d.Helper()
	return d.publishAs("财政局", reason)
}

func (d district) publishAs(publisher, reason string) (dir string, result publish.Result) {
	d.Helper()
	dir = filepath.Join(d.TempDir(), "out")
	result, err := publish.Publish(d.Context(), d.st, publish.Options{Out: dir, Publisher: publisher, Program: "test", Reason: reason})
	if err != nil {
		d.Fatal(err)
	}
	return dir, result
}

// master is the folder of a release of C1, C3 and C4, which the first test that asks makes; empty before.
var master string

// folder is a copy of it, which the test may spoil.
func folder(t *testing.T) string {
	t.Helper()
	if master == "" {
		d := newDistrict(t)
		d.makePublic("C1", "C3", "C4")
		out, _ := d.publish("first")
		made, err := os.MkdirTemp("", "released-")
		if err == nil {
			err = os.CopyFS(made, os.DirFS(out))
		}
		if err != nil {
			t.Fatal(err)
		}
		master = made
	}
	dir := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(dir, os.DirFS(master)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(master)
	os.Exit(code)
}

// rows are those of a table of a folder by their first cells, each by the names of its columns.
func rows(t *testing.T, dir, table string) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "data", table+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]string{}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		found[cells[0]] = row
	}
	return found
}

// TestSmallCells: what fewer than five recipients said is nowhere in a folder, nor anything that tells it.
func TestSmallCells(t *testing.T) {
	d := newDistrict(t)
	d.makePublic("C1", "C2", "C3", "C4", "C5")
	dir, result := d.publish("first")
	if result.Evaluations != 5 || result.Withheld != 1 || result.RatingsWithheld != 1 {
		t.Errorf("%+v; want 5 evaluations and withheld numbers of one and of the supplier's rating", result)
	}
	evaluations, contracts := rows(t, dir, "evaluation"), rows(t, dir, "contract")
	for no, want := range map[string]string{"C1": "", "C2": "few_answers", "C3": "few_answers_count", "C4": "", "C5": ""} {
		if got := evaluations[no]["withheld"]; got != want {
			t.Errorf("%s: withheld %q, want %q", no, got, want)
		}
	}
	for column, cell := range evaluations["C3"] {
		if cell != "" && !slices.Contains([]string{"contract_no", "status", "grade", "uncapped_grade", "withheld"}, column) {
			t.Errorf("C3 shows %s %q, which rests on four answers", column, cell)
		}
	}
	if evaluations["C3"]["grade"] == "" || contracts["C3"]["recipients"] != "" || contracts["C1"]["recipients"] != "6" {
		t.Errorf("C3 has grade %q and %q recipients, C1 %q recipients", evaluations["C3"]["grade"], contracts["C3"]["recipients"], contracts["C1"]["recipients"])
	}
	if got := evaluations["C2"]; got["value"] == "" || got["n_recipient"] != "0" {
		t.Errorf("C2, whose three answers do not count: value %q from %q answers, want a value from none", got["value"], got["n_recipient"])
	}
	if peers := rows(t, dir, "peer"); len(peers) != 0 {
		t.Errorf("the mean of C3's peer group is published, from which its value follows: %v", peers)
	}
	if parts := rows(t, dir, "evaluation_part"); parts["C3"] != nil {
		t.Error("terms of C3 are published")
	}
	answers, err := os.ReadFile(filepath.Join(dir, "data", "answer.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(answers), "\n") {
		if strings.Contains(line, ",recipient,") && (strings.HasPrefix(line, "C2") || strings.HasPrefix(line, "C3")) {
			t.Errorf("answers are published: %s", line)
		}
	}
	if v, err := publish.Verify(t.Context(), dir, ""); err != nil || v.Evaluations != 4 || v.EvaluationsPartly != 1 || v.EvaluationsWithout != 1 {
		t.Errorf("verify: %+v, %v; want 4 computed, 1 of them in part, and 1 withheld", v, err)
	}
}

// rawKey is the key of a sentence that a page shows because there is none.
var rawKey = regexp.MustCompile(`>(public|col|nav|plan|cause|status|pager)\.[a-z_.]+<`)

// TestNobodyIsNamed: no rater is named in any file, and no page shows the key of a missing sentence.
func TestNobodyIsNamed(t *testing.T) {
	dir := folder(t)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte("who-scored")) {
			t.Errorf("%s names a rater", path)
		}
		if key := rawKey.Find(text); key != nil && filepath.Ext(path) == ".html" {
			t.Errorf("%s shows the key %s", path, key)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOnlyThePublicIsReleased: an evaluation that has not gone the whole way is in no file, and counts in no rating.
func TestOnlyThePublicIsReleased(t *testing.T) {
	d := newDistrict(t)
	if _, err := publish.Publish(t.Context(), d.st, publish.Options{Out: filepath.Join(t.TempDir(), "none"), Reason: "x"}); !errors.Is(err, publish.ErrNothingPublic) {
		t.Errorf("nothing is public: got %v", err)
	}
	d.makePublic("C1", "C4")
	dir, _ := d.publish("first")
	if got := rows(t, dir, "evaluation"); len(got) != 2 || got["C5"] != nil {
		t.Errorf("found %d evaluations, want C1 and C4", len(got))
	}
	if got := rows(t, dir, "rating")["S3"]["evaluations"]; got != "1" {
		t.Errorf("S3 is rated by %s evaluations, want 1: C5 may still be contested", got)
	}
	if got := rows(t, dir, "credit_event"); got["S1"]["event_id"] != "X1" {
		t.Errorf("events: %v, want X1 and not X2, which lies ahead", got)
	}
	if _, err := publish.Verify(t.Context(), dir, ""); err != nil {
		t.Error(err)
	}
}

// TestGradesAreReleased: of 1,000 points 880.5 were given, which is 3A, for five years from the day of the assessment; whoever has
// the folder comes to the same.
func TestGradesAreReleased(t *testing.T) {
	dir := folder(t)
	got := rows(t, dir, "assessment_grade")
	if len(got) != 1 || got["S2"]["grade"] != "3A" || got["S2"]["points"] != "880.5" || got["S2"]["valid_until"] != "2029-05-10" {
		t.Errorf("grades %v, want S2 with 3A for 880.5 points until 2029-05-10", got)
	}
	if v, err := publish.Verify(t.Context(), dir, ""); err != nil || v.Assessments != 1 {
		t.Errorf("verify: %+v, %v; want one grade computed again", v, err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "zh", "credit-1.html"))
	if err != nil || !bytes.Contains(page, []byte("有效期至 2029-05-10")) {
		t.Errorf("the page of suppliers does not show the grade (%v)", err)
	}
}

// TestADecisionIsPublicWhenPublished: a supplier that was listed by a decision which nobody published yet is in the folder as if
// it had not been; after the publication the folder has the listing and what follows from it.
func TestADecisionIsPublicWhenPublished(t *testing.T) {
	d := newDistrict(t)
	on := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 2, 0, 0, 0, time.UTC) }
	by := func(account string) blacklist.Person {
		return blacklist.Person{Account: account, Name: account, Role: "supervision"}
	}
	p := d.policy.Blacklist.Case
	c, err := d.st.OpenCase(t.Context(), p, blacklist.Step{Kind: blacklist.Opened, Party: "S3", Reason: "found", Grounds: []string{"fraud"}, Evidence: []string{"credit_event:X1"}, By: by("clerk"),
		At: time.Date(2025, 12, 1, 2, 0, 0, 0, time.UTC)})
	take := func(s blacklist.Step) {
		if err == nil {
			_, err = d.st.TakeStep(t.Context(), p, c.No, s)
		}
	}
	take(blacklist.Step{Kind: blacklist.Noticed, Party: "S3", Reason: "served", Service: "direct", DocumentNo: "1", By: by("clerk"), At: time.Date(2025, 12, 2, 2, 0, 0, 0, time.UTC)})
	take(blacklist.Step{Kind: blacklist.Proposed, Reason: "proved", By: by("first"), At: on(1, 20), Decision: &blacklist.Decision{List: true, Parties: []string{"S3"}, Until: on(1, 1).AddDate(2, 0, 30).Truncate(24 * time.Hour),
		Standard: blacklist.Conclusive, Findings: "facts", DocumentNo: "2"}})
	take(blacklist.Step{Kind: blacklist.Confirmed, Reason: "agreed", By: by("second"), At: on(1, 21)})
	if err == nil {
		_, err = intake.Collect(t.Context(), d.st)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.run()
	d.makePublic("C4", "C5")
	before, _ := d.publish("decided")
	take(blacklist.Step{Kind: blacklist.Published, Reason: "served", DocumentNo: "3", By: by("clerk"), At: on(1, 22)})
	if err != nil {
		t.Fatal(err)
	}
	after, _ := d.publish("published")
	for _, f := range []struct {
		dir      string
		listings int
		level    string
	}{{before, 0, ""}, {after, 1, "D"}} {
		rating := rows(t, f.dir, "rating")["S3"]
		if n := len(rows(t, f.dir, "listing")); n != f.listings || f.level != "" && rating["level"] != f.level && rating["status"] == "rated" || f.level == "" && rating["level"] == "D" {
			t.Errorf("%s: %d listings and level %s, want %d and %q", f.dir, n, rating["level"], f.listings, f.level)
		}
		if _, err := publish.Verify(t.Context(), f.dir, ""); err != nil {
			t.Error(err)
		}
	}
}

// TestReleasesAreAChain: the same run gives the same bytes and no new release; another gives the next, which names the one
// before and what changed.
func TestReleasesAreAChain(t *testing.T) {
	d := newDistrict(t)
	d.makePublic("C1", "C4")
	first, one := d.publish("first")
	again, repeated := d.publish("again")
	if !repeated.Repeated || repeated.Hash != one.Hash {
		t.Errorf("the same again: got %+v, want the first release", repeated)
	}
	same(t, first, again)
	d.makePublic("C5")
	second, two := d.publish("second")
	if two.Number != 2 || two.Previous != one.Hash {
		t.Errorf("the second release: number %d after %s, want 2 after %s", two.Number, two.Previous, one.Hash)
	}
	if v, err := publish.Verify(t.Context(), second, first); err != nil || !v.PreviousChecked {
		t.Errorf("the chain: %+v, %v", v, err)
	}
	if _, err := publish.Verify(t.Context(), first, second); err == nil {
		t.Error("the first release is said to follow the second")
	}
	err := d.st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		changes, err := store.PublicChanges(ctx, r, 2)
		if len(changes) != 2 || changes[0].ID != "C5" || changes[0].Change != store.Added || changes[1].Subject != "supplier" {
			t.Errorf("changes: %+v, want C5 added and the rating of S3 changed", changes)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// same compares all files of two folders.
func same(t *testing.T, a, b string) {
	t.Helper()
	err := filepath.WalkDir(a, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(a, path)
		one, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		other, err := os.ReadFile(filepath.Join(b, name))
		if !bytes.Equal(one, other) {
			t.Errorf("%s differs", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEveryByteIsWatched: a changed byte in any file is found, and the file is named.
func TestEveryByteIsWatched(t *testing.T) {
	dir := folder(t)
	var names []string
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, path)
		}
		return err
	})
	for _, path := range names {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Clone(text)
		changed[len(changed)/2] ^= 1
		write(t, path, changed)
		name, _ := filepath.Rel(dir, path)
		if _, err := publish.Verify(t.Context(), dir, ""); err == nil || !strings.Contains(err.Error(), filepath.ToSlash(name)) && filepath.Base(path) != "SHA256SUMS" {
			t.Errorf("a byte of %s was changed: %v", name, err)
		}
		write(t, path, text)
	}
	extra := filepath.Join(dir, "data", "more.csv")
	write(t, extra, []byte("x"))
	if _, err := publish.Verify(t.Context(), dir, ""); err == nil || !strings.Contains(err.Error(), "more.csv") {
		t.Errorf("a file too many: %v", err)
	}
	if err := os.Remove(extra); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "policy.toml")); err != nil {
		t.Fatal(err)
	}
	if _, err := publish.Verify(t.Context(), dir, ""); err == nil || !strings.Contains(err.Error(), "policy.toml") {
		t.Errorf("a file too few: %v", err)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestForgedResultsAreFound: whoever changes a result, or what it rests on, and writes the checksums anew is found out by
// computing it, with the table, the row, the column and both values.
func TestForgedResultsAreFound(t *testing.T) {
	for name, forge := range map[string]struct{ table, old, new, want string }{
		"a value":    {"evaluation", ",rated,", ",held,", "evaluation.csv, row 1 (C1), column status: published held, computed rated"},
		"an answer":  {"answer", ",purchaser,,1,", ",purchaser,,2,", "answer.csv, row"},
		"a rating":   {"rating", "S1,unrated", "S1,rated", "rating.csv, row 1 (S1), column status: published rated, computed unrated"},
		"an event":   {"credit_event", "S1,X1,late_report,general", "S1,X1,late_report,serious", "rating.csv, row 1 (S1)"},
		"an item":    {"assessment_item", "2024-05-10,400,500", "2024-05-10,480,500", "assessment_grade.csv, row 1 (S2), column grade: published 3A, computed 5A"},
		"a row less": {"evaluation_part", "C1,3,", "C0,3,", "evaluation_part.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t)
			path := filepath.Join(dir, "data", forge.table+".csv")
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, []byte(forge.old)) {
				t.Fatalf("%s holds no %q:\n%s", path, forge.old, text)
			}
			publish.Forge(t, dir, forge.table, bytes.Replace(text, []byte(forge.old), []byte(forge.new), 1))
			if _, err = publish.Verify(t.Context(), dir, ""); err == nil || !strings.Contains(err.Error(), forge.want) {
				t.Errorf("got %v, want %s", err, forge.want)
			}
		})
	}
}

// TestOCDSFollowsTheSchema: the release package validates against the schema of OCDS 1.1.5 as it is published, and comes
// back as the rows that it was made of.
func TestOCDSFollowsTheSchema(t *testing.T) {
	dir := folder(t)
	text, err := os.ReadFile(filepath.Join(dir, "ocds", "release-package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Releases []struct {
			Contracts []struct {
				ID         string
				Evaluation map[string]any
			}
		}
	}
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Releases) != 3 {
		t.Fatalf("%d releases, want 3", len(p.Releases))
	}
	if e := p.Releases[1].Contracts[0].Evaluation; e["value"] != nil || e["grade"] == nil || e["withheld"] != "few_answers_count" {
		t.Errorf("C3 in OCDS: %v, want a grade without a value", e)
	}
	validate(t, text)
}
