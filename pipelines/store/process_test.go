package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pingxin/scoring/dueprocess"
)

// The people of these tests.
var (
	clerk      = dueprocess.Person{Account: "f1", Name: "Clerk", Role: "finance"}
	colleague  = dueprocess.Person{Account: "f2", Name: "Colleague", Role: "finance"}
	supervisor = dueprocess.Person{Account: "v1", Name: "Supervisor", Role: "supervision"}
	voice      = dueprocess.Person{Account: "s1", Name: "Supplier", Role: "supplier"}
)

var (
	announcedOn = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	closesOn    = time.Date(2026, 1, 14, 0, 0, 0, 0, time.UTC)
	reviewBy    = time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)
)

// drafts is the district of the tests of scopes before anything happened on the way to the public.
func drafts(t *testing.T) *Store {
	t.Helper()
	s := scoped(t, Everything)
	for _, table := range []string{"announcement", "announcement_step", "process_comment", "objection_filing", "objection_evidence", "objection_decision", "objection"} {
		write(t, s, `DELETE FROM `+table)
	}
	return s
}

// bulk does an act with what its preview showed on a day.
func bulk(t *testing.T, s *Store, act dueprocess.Act, f EvaluationFilter, on time.Time) (int64, error) {
	t.Helper()
	p := viewed(t, s, func(ctx context.Context, v *View) (BulkPreview, error) { v.Today = on; return v.Preview(ctx, act, f) })
	return s.Perform(t.Context(), Bulk{Act: act, Filter: f, Seen: p.Digest, ClosesOn: closesOn, Reason: "as ordered", By: clerk, At: on})
}

func state(t *testing.T, s *Store, contract string, on time.Time) dueprocess.State {
	t.Helper()
	return viewed(t, s, func(ctx context.Context, v *View) (Standing, error) { v.Today = on; return v.Standing(ctx, contract) }).State
}

// refusedAs checks that an act was refused for a reason.
func refusedAs(t *testing.T, err error, code string) {
	t.Helper()
	var refused *dueprocess.RefusedError
	if !errors.As(err, &refused) || refused.Code != code {
		t.Errorf("found %v, expected to be refused for %s", err, code)
	}
}

func object(s *Store, t *testing.T, on time.Time) (string, error) {
	return s.Object(t.Context(), Filing{ContractNo: "C1", Grounds: "the visits of March are missing", By: voice, Scope: Scope{Supplier: "S1"}, At: on, ReviewBy: reviewBy,
		Evidence: []Evidence{{FileName: "visits.pdf", MediaType: "application/pdf", Bytes: 9, SHA256: "abc"}}})
}

// TestFromDraftToPublic: announced, open until the last day, then due, final and public; every act before its time or a
// second time is refused.
func TestFromDraftToPublic(t *testing.T) {
	s := drafts(t)
	after := closesOn.AddDate(0, 0, 1)
	if got := state(t, s, "C1", announcedOn); got != dueprocess.Draft {
		t.Fatalf("found %s, expected a draft", got)
	}
	_, err := bulk(t, s, dueprocess.Finalise, EvaluationFilter{Contract: "C1"}, announcedOn)
	refusedAs(t, err, "not_announced")
	n, err := bulk(t, s, dueprocess.Announce, EvaluationFilter{Supplier: "S1"}, announcedOn)
	if n != 2 || err != nil { // C1 and C4
		t.Fatalf("announced %d, %v, expected the two of S1", n, err)
	}
	for _, c := range []struct {
		on   time.Time
		want dueprocess.State
	}{{announcedOn, dueprocess.Open}, {closesOn, dueprocess.Open}, {after, dueprocess.Due}} {
		if got := state(t, s, "C1", c.on); got != c.want {
			t.Errorf("on %s: found %s, expected %s", c.on.Format(time.DateOnly), got, c.want)
		}
	}
	_, err = bulk(t, s, dueprocess.Finalise, EvaluationFilter{Contract: "C1"}, closesOn)
	refusedAs(t, err, "window_open")
	_, err = bulk(t, s, dueprocess.Announce, EvaluationFilter{Contract: "C1"}, closesOn)
	refusedAs(t, err, "announced_already")
	_, err = bulk(t, s, dueprocess.Publish, EvaluationFilter{Contract: "C1"}, after)
	refusedAs(t, err, "not_final")
	_, err = object(s, t, after)
	refusedAs(t, err, "window_over")
	if n, err = bulk(t, s, dueprocess.Finalise, EvaluationFilter{}, after); n != 2 || err != nil {
		t.Fatalf("made %d final, %v, expected two", n, err)
	}
	if n, err = bulk(t, s, dueprocess.Publish, EvaluationFilter{Contract: "C1"}, after); n != 1 || err != nil {
		t.Fatalf("published %d, %v, expected one", n, err)
	}
	_, err = bulk(t, s, dueprocess.Publish, EvaluationFilter{Contract: "C1"}, after)
	refusedAs(t, err, "public_already")
	counts := viewed(t, s, func(ctx context.Context, v *View) (map[dueprocess.State]int, error) { return v.StateCounts(ctx) })
	if counts[dueprocess.Public] != 1 || counts[dueprocess.Final] != 1 || counts[dueprocess.Draft] != 3 {
		t.Errorf("found %v, expected one public, one final, three drafts", counts)
	}
}

// TestSQLAsksTheRule: the state that the database looks up is the rule's, for each of its facts.
func TestSQLAsksTheRule(t *testing.T) {
	s := drafts(t)
	after := closesOn.AddDate(0, 0, 1)
	if _, err := bulk(t, s, dueprocess.Announce, EvaluationFilter{Contract: "C1"}, announcedOn); err != nil {
		t.Fatal(err)
	}
	var number string
	steps := []struct {
		what  string
		do    func()
		facts dueprocess.Facts
	}{
		{"announced", func() {}, dueprocess.Facts{Announced: true}},
		{"objected", func() { number, _ = object(s, t, announcedOn) }, dueprocess.Facts{Announced: true, Disputed: true}},
		{"upheld", func() {
			write(t, s, fmt.Sprintf(`INSERT INTO objection_decision VALUES (%s, 'C1', 'partly', 'r', 11, 'v1', 'V', 'supervision', '2026-01-06', '2026-01-06')`, quote(number)))
		}, dueprocess.Facts{Announced: true, Upheld: true}},
		{"final", func() {
			write(t, s, `DELETE FROM objection_decision`, `DELETE FROM objection_filing`, `INSERT INTO announcement_step VALUES (1, 1, 'C1', 'finalise', '', 'f1', 'F', '2026-01-15')`)
		}, dueprocess.Facts{Announced: true, Final: true}},
		{"public", func() {
			write(t, s, `INSERT INTO announcement_step VALUES (2, 1, 'C1', 'publish', '', 'f1', 'F', '2026-01-15')`)
		}, dueprocess.Facts{Announced: true, Final: true, Public: true}},
		{"another result, of another run", func() {
			write(t, s, `UPDATE evaluation SET value = 12 WHERE contract_no = 'C1'`, `UPDATE run SET hash = 'another'`)
		}, dueprocess.Facts{Final: true, Public: true}},
	}
	for _, step := range steps {
		step.do()
		for _, on := range []time.Time{closesOn, after} {
			step.facts.Over = on.After(closesOn)
			if got, want := state(t, s, "C1", on), step.facts.State(); got != want {
				t.Errorf("%s, on %s: found %s, expected %s", step.what, on.Format(time.DateOnly), got, want)
			}
		}
	}
}

// TestOnlyAnotherResultStartsAnew: a run that changes what is shown beside the result leaves the announcement standing.
func TestOnlyAnotherResultStartsAnew(t *testing.T) {
	s := drafts(t)
	if _, err := bulk(t, s, dueprocess.Announce, EvaluationFilter{Contract: "C1"}, announcedOn); err != nil {
		t.Fatal(err)
	}
	write(t, s, `UPDATE evaluation SET row_hash = 'other', adjusted = 1, warnings = '["x"]' WHERE contract_no = 'C1'`)
	if got := state(t, s, "C1", announcedOn); got != dueprocess.Open {
		t.Errorf("with another adjusted value: found %s, expected open", got)
	}
	write(t, s, `UPDATE evaluation SET high = 91 WHERE contract_no = 'C1'`)
	st := viewed(t, s, func(ctx context.Context, v *View) (Standing, error) { return v.Standing(ctx, "C1") })
	if st.State != dueprocess.Draft || !st.Superseded {
		t.Errorf("with another interval: found %+v, expected a draft after an announcement", st)
	}
}

// TestBulkDoesWhatWasShown: between preview and act, nothing may change.
func TestBulkDoesWhatWasShown(t *testing.T) {
	s := drafts(t)
	write(t, s, `UPDATE evaluation SET status = 'provisional' WHERE contract_no = 'C2'`, `UPDATE evaluation SET grade = NULL, status = 'held' WHERE contract_no = 'C3'`)
	p := viewed(t, s, func(ctx context.Context, v *View) (BulkPreview, error) {
		return v.Preview(ctx, dueprocess.Announce, EvaluationFilter{})
	})
	if p.Ready != 3 || p.Running != 1 || p.Ungraded != 1 || p.Suppliers != 2 || p.AmountFen != 100_000 || p.Grades["good"] != 3 { // C1, C4 and C5: 10, 40 and 50 thousand fen
		t.Errorf("found %+v, expected three that are ready", p)
	}
	write(t, s, `UPDATE evaluation SET row_hash = 'new', value = 1 WHERE contract_no = 'C5'`)
	_, err := s.Perform(t.Context(), Bulk{Act: dueprocess.Announce, Seen: p.Digest, ClosesOn: closesOn, By: clerk, At: announcedOn})
	if !errors.Is(err, ErrChanged) {
		t.Errorf("found %v, expected ErrChanged", err)
	}
	_, err = bulk(t, s, dueprocess.Announce, EvaluationFilter{Contract: "C2"}, announcedOn)
	refusedAs(t, err, "service_running")
	_, err = bulk(t, s, dueprocess.Announce, EvaluationFilter{Contract: "C3"}, announcedOn)
	refusedAs(t, err, "ungraded")
	_, err = bulk(t, s, dueprocess.Announce, EvaluationFilter{Contract: "none"}, announcedOn)
	refusedAs(t, err, "none_found")
	if n := number(t, s, `SELECT count(*) FROM announcement`); n != 0 {
		t.Errorf("%d were announced although all was refused", n)
	}
}

// TestObjection: raised by its supplier within the window, decided by somebody above who scored, with the batch that
// corrected.
func TestObjection(t *testing.T) {
	s := drafts(t)
	_, err := object(s, t, announcedOn)
	refusedAs(t, err, "not_announced")
	if _, err := bulk(t, s, dueprocess.Announce, EvaluationFilter{Contract: "C1"}, announcedOn); err != nil {
		t.Fatal(err)
	}
	_, err = s.Object(t.Context(), Filing{ContractNo: "C1", Grounds: "x", By: voice, Scope: Scope{Supplier: "S2"}, At: announcedOn, ReviewBy: reviewBy})
	if !errors.Is(err, ErrNotInRun) {
		t.Errorf("another supplier: found %v, expected ErrNotInRun", err)
	}
	_, err = s.Object(t.Context(), Filing{ContractNo: "C1", Grounds: "x", By: clerk, Scope: Everything, At: announcedOn, ReviewBy: reviewBy})
	refusedAs(t, err, "not_the_supplier")
	no, err := object(s, t, closesOn)
	if err != nil || no != "YY2026-0001" {
		t.Fatalf("found %q, %v, expected YY2026-0001 on the last day", no, err)
	}
	_, err = object(s, t, closesOn)
	refusedAs(t, err, "objected_already")
	_, err = bulk(t, s, dueprocess.Finalise, EvaluationFilter{Contract: "C1"}, reviewBy)
	refusedAs(t, err, "in_dispute")

	write(t, s, `INSERT INTO account VALUES ('e1', 'e1', 'Evaluator', 'evaluator', 'E1', '', '', false, '', 0, '[]', '', '', false, '2025-01-01', '2025-01-01')`,
		`INSERT INTO batch_upload VALUES (11, 'e1', 'Evaluator', '', '', 0)`)
	ruling := Ruling{ObjectionNo: no, Outcome: dueprocess.Upheld, Reasons: "the visits are proven", Batch: 200, At: closesOn}
	for code, by := range map[string]dueprocess.Person{"reviewer_announced": clerk, "reviewer_objected": voice, "reviewer_scored": {Account: "e1", Role: "evaluator"},
		"reviewer_not_above": {Account: "e9", Role: "evaluator"}} {
		ruling.By = by
		refusedAs(t, s.Rule(t.Context(), ruling), code)
	}
	ruling.By = colleague
	if err := s.Rule(t.Context(), ruling); !errors.Is(err, ErrNoCorrection) {
		t.Errorf("a batch that is not there: found %v, expected ErrNoCorrection", err)
	}
	write(t, s, `INSERT INTO batch VALUES (200, 'score', 'sha200', 'corrected.csv', 1, 'ch', 1, '2030-01-01')`, `INSERT INTO batch_contract VALUES (200, 1, NULL)`,
		`INSERT INTO score_superseded VALUES (1, 1, 3, 1, 600000, '2025-06-01', 11, 3, 200)`)
	if err := s.Rule(t.Context(), ruling); err != nil {
		t.Fatal(err)
	}
	refusedAs(t, s.Rule(t.Context(), ruling), "decided_already")
	if got := state(t, s, "C1", reviewBy); got != dueprocess.Correcting {
		t.Errorf("found %s, expected that the correction is awaited", got)
	}
	_, err = bulk(t, s, dueprocess.Announce, EvaluationFilter{Contract: "C1"}, reviewBy)
	refusedAs(t, err, "correction_awaited") // run 2 saw batches up to 99
	write(t, s, `UPDATE run SET watermark = 200 WHERE run_id = 2`)
	if n, err := bulk(t, s, dueprocess.Announce, EvaluationFilter{Contract: "C1"}, announcedOn); n != 1 || err != nil {
		t.Errorf("after the correction: found %d, %v, expected that it is announced anew", n, err)
	}
	if got := state(t, s, "C1", announcedOn); got != dueprocess.Open {
		t.Errorf("announced anew: found %s, expected open", got)
	}
	entered := texts(t, s, `SELECT cells FROM entry ORDER BY entry_id`)
	if len(entered) != 2 || !strings.Contains(entered[1], `"outcome":"upheld"`) || !strings.Contains(entered[1], `"correction_batch":"200"`) || strings.Contains(entered[0], "visits") {
		t.Errorf("found the facts %v, expected the objection and its outcome without a word of its grounds", entered)
	}
}

// TestTakenBack: who objected may take it back, after which the evaluation goes on.
func TestTakenBack(t *testing.T) {
	s := drafts(t)
	if _, err := bulk(t, s, dueprocess.Announce, EvaluationFilter{Contract: "C1"}, announcedOn); err != nil {
		t.Fatal(err)
	}
	no, err := object(s, t, announcedOn)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.TakeBack(t.Context(), Scope{Supplier: "S2"}, Ruling{ObjectionNo: no, By: voice, At: announcedOn}); !errors.Is(err, ErrNotInRun) {
		t.Errorf("another supplier: found %v, expected ErrNotInRun", err)
	}
	refusedAs(t, s.TakeBack(t.Context(), Everything, Ruling{ObjectionNo: no, By: supervisor, At: announcedOn}), "not_the_supplier")
	if err := s.TakeBack(t.Context(), Scope{Supplier: "S1"}, Ruling{ObjectionNo: no, Reasons: "settled", By: voice, At: announcedOn}); err != nil {
		t.Fatal(err)
	}
	if got := state(t, s, "C1", announcedOn); got != dueprocess.Open {
		t.Errorf("found %s, expected open", got)
	}
}

// TestDisputesOfADay: a run sees of an objection what was accepted and had happened by its day.
func TestDisputesOfADay(t *testing.T) {
	s := drafts(t)
	write(t, s, `INSERT INTO objection VALUES (50, 1, 'Y1', 'C1', '2026-01-05', NULL, NULL, NULL), (60, 1, 'Y1', 'C1', '2026-01-05', 'rejected', '2026-01-09', NULL),
		(50, 2, 'Y2', 'C2', '2026-01-08', NULL, NULL, NULL)`)
	for _, c := range []struct {
		mark int
		day  int
		want string
	}{{49, 31, ""}, {50, 4, ""}, {50, 5, "Y1"}, {50, 8, "Y1Y2"}, {60, 8, "Y1Y2"}, {60, 9, "Y2"}} {
		on, found := time.Date(2026, 1, c.day, 0, 0, 0, 0, time.UTC), ""
		err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
			disputes, err := OpenDisputes(ctx, r, c.mark, on)
			if err != nil {
				return err
			}
			for _, d := range disputes {
				found += d.ObjectionNo
			}
			return nil
		})
		if err != nil || found != c.want {
			t.Errorf("batches to %d, day %d: found %q, %v, expected %q", c.mark, c.day, found, err, c.want)
		}
	}
}

// TestContradictoryOutcomesAreRefused: an outcome without a day, a day without an outcome, a decision before the objection.
func TestContradictoryOutcomesAreRefused(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	contract := texts(t, s, `SELECT min(contract_no) FROM contract`)[0]
	file := sheet{"objection", "objection_no:text contract_no:text filed_on:day outcome:text decided_on:day correction_batch:small", [][]any{
		{"Y1", contract, "2026-01-05", nil, nil, nil}, {"Y2", contract, "2026-01-05", "upheld", nil, nil}, {"Y3", contract, "2026-01-05", nil, "2026-01-09", nil},
		{"Y4", contract, "2026-01-05", "rejected", "2026-01-04", nil}, {"Y5", contract, "2026-01-05", "rejected", "2026-01-05", nil}}}
	_, err := file.acceptInto(t.Context(), s)
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Causes["outcome_without_day"] != 2 || refused.Causes["days_order"] != 1 || refused.Total != 3 {
		t.Errorf("found %v, expected two outcomes without a day and one day before the objection", refused)
	}
}
