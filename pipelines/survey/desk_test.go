package survey

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// Files of a small district: two purchasers, three contracts of which one does not say how many it serves.
var files = []struct{ kind, text string }{
	{"organisation", "org_id,name,kind\nP1,区民政局,purchaser\nP2,区教委,purchaser\nS1,阳光社工中心,supplier\n"},
	{"catalog_item", "item_code,name,purchasable\nA1,居家养老服务,true\n"},
	{"contract", `contract_no,name,purchaser_id,supplier_id,item_code,method,amount_yuan,start_on,end_on,budget_year,recipients
HT-1,居家养老服务采购,P1,S1,A1,open_tender,860000,2025-02-01,2025-12-20,2025,40
HT-2,,P1,S1,A1,open_tender,120000,2025-02-01,2025-12-20,2025,
HT/3,课后托管,P2,S1,A1,open_tender,90000,2025-02-01,2025-12-20,2025,300
`},
}

// clock is a clock that moves when told to.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

// noon is noon in China on 1 December 2025.
func noon() *clock { return &clock{time.Date(2025, 12, 1, 4, 0, 0, 0, time.UTC)} }

// office is where a test asks.
type office struct {
	*Desk
	t     *testing.T
	clock *clock
	dir   string
}

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, clock: noon(), dir: t.TempDir()}
	st := openStore(t, o.dir)
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	var err error
	if o.Desk, err = openDesk(t.Context(), st, o.clock.now); err != nil {
		t.Fatal(err)
	}
	return o
}

func openStore(t *testing.T, dir string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), dir, smallOptions)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

var smallOptions = store.Options{Threads: 2, MemoryLimit: "512MB", Readers: 4}

// openDesk imports the files and opens a desk by the default policy.
func openDesk(ctx context.Context, st *store.Store, now func() time.Time) (*Desk, error) {
	for _, f := range files {
		kind, err := intake.KindOf(f.kind)
		if err != nil {
			return nil, err
		}
		path := filepath.Join(st.Dir(), "tmp", f.kind+".csv")
		if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
			return nil, err
		}
		if _, err := intake.Import(ctx, st, kind, path, intake.Options{}); err != nil {
			return nil, err
		}
	}
	p, err := policy.Load("jiangbei-2015")
	if err != nil {
		return nil, err
	}
	return Open(st, p, now)
}

// issue makes links for the contract.
func (o *office) issue(contract string, links int) Issued {
	o.t.Helper()
	all, err := o.Issue(o.t.Context(), store.Everything, "li", []Request{{ContractNo: contract, Channel: "paper", Links: links}})
	if err != nil {
		o.t.Fatal(err)
	}
	return all[0]
}

// all chooses one step for every question.
func all(d *Desk, code string) map[string]string {
	chosen := map[string]string{}
	for _, q := range d.Questions() {
		chosen[q.Indicator] = code
	}
	return chosen
}

func (o *office) answer(token, code string) {
	o.t.Helper()
	if err := o.Answer(o.t.Context(), token, all(o.Desk, code)); err != nil {
		o.t.Fatal(err)
	}
}

// look is what became of a link.
func (o *office) look(token string) error {
	_, err := o.Look(o.t.Context(), token)
	return err
}

// query reads a table of texts.
func (o *office) query(text string) [][]string {
	o.t.Helper()
	rows, err := table(o.t.Context(), o.store, text)
	if err != nil {
		o.t.Fatalf("%s: %v", text, err)
	}
	return rows
}

func table(ctx context.Context, st *store.Store, text string) (all [][]string, err error) {
	err = st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		rows, err := r.Query(ctx, text)
		if err != nil {
			return err
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		for rows.Next() {
			values, places := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				places[i] = &values[i]
			}
			if err := rows.Scan(places...); err != nil {
				return err
			}
			row := make([]string, len(values))
			for i, v := range values {
				row[i] = fmt.Sprint(v)
			}
			all = append(all, row)
		}
		return rows.Err()
	})
	return all, err
}

func TestALinkWorksOnce(t *testing.T) {
	o := openOffice(t)
	token := o.issue("HT-1", 1).Tokens[0]
	sheet, err := o.Look(t.Context(), token)
	if err != nil || sheet.Contract != "居家养老服务采购" || sheet.Supplier != "阳光社工中心" || len(sheet.Questions) != 3 {
		t.Fatalf("sheet %+v, %v", sheet, err)
	}
	if err := o.Answer(t.Context(), token, map[string]string{"quality_attitude": "fair"}); err == nil || o.look(token) != nil {
		t.Errorf("half a sheet: %v, and the link %v; expected what is missing, and the link still open", err, o.look(token))
	}
	o.answer(token, "satisfied")
	if err := o.Answer(t.Context(), token, all(o.Desk, "very_dissatisfied")); !errors.Is(err, ErrUsed) {
		t.Errorf("the second answer: %v, expected that the link was used", err)
	}
	if rows := o.query(`SELECT indicator, score_e4 FROM survey_answer ORDER BY indicator`); len(rows) != 3 || rows[0][1] != "800000" {
		t.Errorf("stored %v, expected the first answer's 80 points three times", rows)
	}
}

// Two phones, or a nervous finger: of many answers at once one is kept.
func TestManyAnswersAtOnceAreOne(t *testing.T) {
	o := openOffice(t)
	token := o.issue("HT-1", 1).Tokens[0]
	const hands = 12
	results := make(chan error, hands)
	for i := range hands {
		go func() { results <- o.Answer(t.Context(), token, all(o.Desk, Steps[i%5].Code)) }()
	}
	kept := 0
	for range hands {
		switch err := <-results; {
		case err == nil:
			kept++
		case !errors.Is(err, ErrUsed):
			t.Error(err)
		}
	}
	if rows := o.query(`SELECT count(*), count(DISTINCT evaluator_id), count(DISTINCT score_e4) FROM survey_answer`); kept != 1 || !slices.Equal(rows[0], []string{"3", "1", "1"}) {
		t.Errorf("%d were told that it was kept, and rows, sheets and scores are %v; expected one sheet of 3 rows", kept, rows)
	}
}

func TestRefusals(t *testing.T) {
	o := openOffice(t)
	first, second := o.issue("HT-1", 3), o.issue("HT-2", 2)
	used, void := first.Tokens[0], first.Tokens[1]
	o.answer(used, "fair")
	if n, err := o.TakeBack(t.Context(), store.Everything, "HT-1", first.ID); n != 2 || err != nil {
		t.Fatalf("took back %d links, %v; expected 2", n, err)
	}
	late := o.issue("HT-1", 1).Tokens[0]
	expect := func(when string, want map[string]error) {
		t.Helper()
		for token, err := range want {
			if got := o.look(token); !errors.Is(got, err) {
				t.Errorf("%s: %v, expected %v", when, got, err)
			}
			if err == nil {
				continue
			}
			if got := o.Answer(t.Context(), token, all(o.Desk, "fair")); !errors.Is(got, err) {
				t.Errorf("%s: answering gives %v, expected %v", when, got, err)
			}
		}
	}
	expect("at once", map[string]error{used: ErrUsed, void: ErrVoid, late: nil, newToken(): ErrUnknown, "x": ErrUnknown, "": ErrUnknown, strings.Repeat("é", 13): ErrUnknown})
	if n, err := o.Close(t.Context(), store.Everything, "HT-2"); n != 2 || err != nil {
		t.Fatalf("closed %d links, %v; expected 2", n, err)
	}
	expect("after closing", map[string]error{second.Tokens[0]: ErrClosed})
	o.clock.Time = time.Date(2025, 12, 30, 15, 59, 59, 0, time.UTC) // the last second of the thirtieth day in China
	expect("on the last day", map[string]error{late: nil})
	o.clock.Time = o.clock.Add(time.Second)
	expect("a day later", map[string]error{late: ErrExpired, used: ErrUsed, void: ErrVoid, second.Tokens[0]: ErrClosed})
}

// A purchaser issues and reads for its own contracts only.
func TestScope(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	own := store.Scope{Purchaser: "P1"}
	o.issue("HT/3", 2)
	for name, f := range map[string]func(no string) error{
		"issue": func(no string) error {
			_, err := o.Issue(ctx, own, "li", []Request{{ContractNo: no, Channel: "sms", Links: 1}})
			return err
		},
		"read":   func(no string) error { _, err := o.Contract(ctx, own, no); return err },
		"close":  func(no string) error { _, err := o.Close(ctx, own, no); return err },
		"remind": func(no string) error { return ignore(o.Remind(ctx, own, no, 99), ErrNoIssue) },
		"take":   func(no string) error { _, err := o.TakeBack(ctx, own, no, 99); return ignore(err, ErrNoIssue) },
		"again":  func(no string) error { _, err := o.Replace(ctx, own, "li", no, 99); return ignore(err, ErrNoIssue) },
	} {
		if err := f("HT-1"); err != nil {
			t.Errorf("%s within the scope: %v", name, err)
		}
		for _, foreign := range []string{"HT/3", "nowhere"} {
			if err := f(foreign); !errors.Is(err, ErrNoContract) {
				t.Errorf("%s of %s: %v, expected that there is no such contract", name, foreign, err)
			}
		}
	}
	for _, c := range []struct {
		scope store.Scope
		total int
	}{{store.Everything, 3}, {own, 2}, {store.Scope{Purchaser: "P2"}, 1}, {store.Scope{}, 0}} {
		all, total, err := o.Contracts(ctx, store.SurveyQuery{Scope: c.scope, Limit: 1})
		if err != nil || total != c.total || len(all) != min(1, c.total) {
			t.Errorf("scope %+v: %d of %d contracts, %v; expected %d", c.scope, len(all), total, err, c.total)
		}
	}
	if _, total, err := o.Contracts(ctx, store.SurveyQuery{Scope: store.Everything, Search: "教委"}); total != 1 || err != nil {
		t.Errorf("a search for a purchaser finds %d contracts, %v", total, err)
	}
	for _, c := range []struct {
		scope     store.Scope
		purchaser string
		total     int
	}{{store.Everything, "P1", 2}, {store.Everything, "P2", 1}, {store.Everything, "S1", 0}, {own, "P1", 2}, {own, "P2", 0}} {
		if _, total, err := o.Contracts(ctx, store.SurveyQuery{Scope: c.scope, Purchaser: c.purchaser}); total != c.total || err != nil {
			t.Errorf("scope %+v finds %d contracts of %s, %v; expected %d", c.scope, total, c.purchaser, err, c.total)
		}
	}
	if all, err := o.Purchasers(ctx, store.Everything); err != nil || !slices.Equal(all, []store.Choice{{ID: "P2", Name: "区教委", Count: 1}, {ID: "P1", Name: "区民政局", Count: 2}}) {
		t.Errorf("purchasers to choose from are %+v, %v", all, err)
	}
	if all, err := o.Purchasers(ctx, own); err != nil || !slices.Equal(all, []store.Choice{{ID: "P1", Name: "区民政局", Count: 2}}) {
		t.Errorf("a purchaser can choose from %+v, %v", all, err)
	}
}

func ignore(err, known error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}

func TestRequests(t *testing.T) {
	o := openOffice(t)
	for _, c := range []struct {
		q     Request
		field string // empty: it is taken
		links int
	}{
		{Request{ContractNo: "HT-1", Channel: "paper"}, "", 40},            // no more than the frame
		{Request{ContractNo: "HT-2", Channel: "sms"}, "", DefaultLinks},    // of a frame that is not known
		{Request{ContractNo: "HT-1", Channel: "paper", Frame: 60}, "", 60}, // given
		{Request{ContractNo: "HT-1", Channel: "paper", Links: 41}, "links", 0},
		{Request{ContractNo: "HT-2", Channel: "paper", Links: MaxLinks + 1}, "links", 0},
		{Request{ContractNo: "HT-2", Channel: "paper", Links: -1}, "links", 0},
		{Request{ContractNo: "HT-1", Channel: "pigeon"}, "channel", 0},
		{Request{ContractNo: "HT-1", Channel: "paper", Days: MaxDays + 1}, "days", 0},
		{Request{ContractNo: "HT-1", Channel: "paper", Frame: -1}, "frame", 0},
		{Request{ContractNo: "HT-1", Channel: "paper", Label: strings.Repeat("街", maxLabel+1)}, "label", 0},
	} {
		got, err := o.Issue(t.Context(), store.Everything, "li", []Request{{ContractNo: "HT/3", Channel: "other", Links: 1}, c.q})
		var invalid *InvalidError
		switch errors.As(err, &invalid); {
		case c.field == "" && (err != nil || got[1].Links != c.links || len(got[1].Tokens) != c.links):
			t.Errorf("%+v: %v, %v; expected %d links", c.q, got, err, c.links)
		case c.field != "" && (invalid == nil || invalid.Field != c.field):
			t.Errorf("%+v: %v, expected that %s cannot be", c.q, err, c.field)
		}
	}
	if rows := o.query(`SELECT count(*) FROM survey_issue`); rows[0][0] != "6" {
		t.Errorf("%v batches of links, expected two for each of three requests: what is refused leaves nothing", rows)
	}
}

func TestReplace(t *testing.T) {
	o := openOffice(t)
	old := o.issue("HT-1", 5)
	o.answer(old.Tokens[0], "fair")
	again, err := o.Replace(t.Context(), store.Everything, "wang", "HT-1", old.ID)
	if err != nil || again.Links != 4 || again.Frame != 40 || again.Channel != "paper" {
		t.Fatalf("%+v, %v; expected the 4 unused links anew", again.SurveyIssue, err)
	}
	if err := o.look(old.Tokens[1]); !errors.Is(err, ErrVoid) {
		t.Errorf("an old link: %v, expected that it was taken back", err)
	}
	s, err := o.Contract(t.Context(), store.Everything, "HT-1")
	if err != nil || s.Asked != 5 || s.Answered != 1 || s.Waiting != 4 || s.Frame != 40 {
		t.Errorf("response %+v, %v; expected 1 of 5 asked, of a frame of 40", s.Response, err)
	}
	if _, err := o.Replace(t.Context(), store.Everything, "wang", "HT-1", old.ID); err == nil {
		t.Error("a batch without unused links was replaced")
	}
}
