package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// entries reads the whole audit log, the first entry first.
func entries(t *testing.T, s *Store) []AuditEntry {
	t.Helper()
	var all []AuditEntry
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) (err error) {
		all, _, err = AuditLog(ctx, r, AuditFilter{Limit: 100_000})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(all)
	return all
}

func audit(t *testing.T, s *Store, subjects ...string) {
	t.Helper()
	for _, subject := range subjects {
		if err := s.Audit(t.Context(), AuditEntry{Action: "tested", Subject: subject}); err != nil {
			t.Fatal(err)
		}
	}
}

func checkAudit(t *testing.T, s *Store) AuditState {
	t.Helper()
	state, err := s.CheckAudit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// The entry tells who acted by the context, when by the store's clock, and follows the one before.
func TestAuditEntry(t *testing.T) {
	at := time.Date(2026, 3, 31, 2, 0, 0, 123_456_789, time.FixedZone("Asia/Shanghai", 8*3600))
	o := smallOptions
	o.Now = func() time.Time { return at }
	s, err := Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	ctx := As(t.Context(), Actor{Name: "li", Role: "finance", Request: "ABC"})
	if err := s.Audit(ctx, AuditEntry{Action: "tested", Subject: "run:1", Detail: "two\nlines\xff"}); err != nil {
		t.Fatal(err)
	}
	audit(t, s, strings.Repeat("字", 1000))
	if err := s.Audit(ctx, AuditEntry{Subject: "no action"}); err == nil {
		t.Error("an entry without an action is taken")
	}
	all := entries(t, s)
	if len(all) != 2 {
		t.Fatalf("%d entries, want 2", len(all))
	}
	first, second := all[0], all[1]
	want := AuditEntry{Number: 1, At: time.Date(2026, 3, 30, 18, 0, 0, 123_456_000, time.UTC), Actor: "li", Role: "finance", Action: "tested", Subject: "run:1",
		Detail: "two\ufffdlines\ufffd", Request: "ABC", Chain: first.Chain}
	if first != want || first.Chain != first.chain() {
		t.Errorf("first entry %+v, want %+v", first, want)
	}
	if second.Number != 2 || second.Previous != first.Chain || second.Actor != "" || len(second.Subject) != 999+len("…") {
		t.Errorf("second entry %+v", second)
	}
	if state := checkAudit(t, s); state.Broken != nil || state.Entries != 2 || state.Anchors != 2 || state.Chain != second.Chain {
		t.Errorf("state %+v", state)
	}
}

// An entry is kept exactly when the transaction is that it belongs to.
func TestAuditGoesWithItsTransaction(t *testing.T) {
	s := openAt(t, t.TempDir())
	gone := errors.New("gone")
	err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		return errors.Join(w.Audit(ctx, AuditEntry{Action: "tested", Subject: "lost"}), gone)
	})
	if !errors.Is(err, gone) {
		t.Fatal(err)
	}
	err = s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		return errors.Join(w.Audit(ctx, AuditEntry{Action: "tested", Subject: "a"}), w.Audit(ctx, AuditEntry{Action: "tested", Subject: "b"}))
	})
	if err != nil {
		t.Fatal(err)
	}
	if all := entries(t, s); len(all) != 2 || all[0].Subject != "a" || all[1].Number != 2 {
		t.Errorf("entries %+v", all)
	}
	if state := checkAudit(t, s); state.Broken != nil || state.Anchors != 1 { // one for both
		t.Errorf("state %+v", state)
	}
}

func TestAuditOfManyAtOnce(t *testing.T) {
	s := openAt(t, t.TempDir())
	const writers, each = 8, 5
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				if err := s.Audit(t.Context(), AuditEntry{Action: "tested", Subject: fmt.Sprintf("%d/%d", w, i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if state := checkAudit(t, s); state.Broken != nil || state.Entries != writers*each {
		t.Errorf("state %+v", state)
	}
}

// Whatever is done to the table behind the program's back is named by the first entry that it breaks.
func TestAuditBreaks(t *testing.T) {
	for _, c := range []struct {
		name, statement, cause string
		number                 int64
	}{
		{"nothing", `SELECT 1`, "", 0},
		{"a word changed", `UPDATE audit SET detail = 'nothing happened' WHERE number = 3`, AuditChanged, 3},
		{"a time changed", `UPDATE audit SET happened_at = happened_at + INTERVAL 1 MICROSECOND WHERE number = 1`, AuditChanged, 1},
		{"one removed", `DELETE FROM audit WHERE number = 2`, AuditMissing, 2},
		{"the first removed", `DELETE FROM audit WHERE number = 1`, AuditMissing, 1},
		{"the end cut off", `DELETE FROM audit WHERE number > 3`, AuditMissing, 4},
		{"everything removed", `DELETE FROM audit`, AuditMissing, 1},
		{"one twice", `INSERT INTO audit SELECT * FROM audit WHERE number = 4`, AuditRepeated, 4},
		{"two exchanged", `UPDATE audit SET number = 9 - number WHERE number IN (4, 5)`, AuditUnlinked, 4},
		{"closed up", `DELETE FROM audit WHERE number = 2; UPDATE audit SET number = number - 1 WHERE number > 2`, AuditUnlinked, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openAt(t, t.TempDir())
			audit(t, s, "a", "b", "c", "d", "e")
			if err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error { _, err := w.Exec(ctx, c.statement); return err }); err != nil {
				t.Fatal(err)
			}
			broken := checkAudit(t, s).Broken
			if c.cause == "" && broken != nil || c.cause != "" && (broken == nil || broken.Cause != c.cause || broken.Number != c.number) {
				t.Errorf("found %+v, want %s of entry %d", broken, c.cause, c.number)
			}
		})
	}
}

// A chain that was computed anew from some entry on holds by itself; the anchors tell.
func TestAuditRewritten(t *testing.T) {
	s := openAt(t, t.TempDir())
	audit(t, s, "a", "b", "c")
	all := entries(t, s)
	err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		all[1].Subject = "innocent"
		for i := 1; i < len(all); i++ {
			all[i].Previous = all[i-1].Chain
			all[i].Chain = all[i].chain()
			if _, err := w.Exec(ctx, `UPDATE audit SET subject = ?, previous = ?, chain = ? WHERE number = ?`, all[i].Subject, all[i].Previous, all[i].Chain, all[i].Number); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if broken := checkAudit(t, s).Broken; broken == nil || broken.Cause != AuditRewritten || broken.Number != 2 {
		t.Errorf("found %+v", broken)
	}
}

// A cut stays visible: numbers that were given once are not given again, also after a new start.
func TestAuditCutStaysVisible(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	audit(t, s, "a", "b", "c")
	if err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		_, err := w.Exec(ctx, `DELETE FROM audit WHERE number = 3`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	s = openAt(t, dir)
	audit(t, s, "d")
	if all := entries(t, s); all[len(all)-1].Number != 4 {
		t.Errorf("after the cut entry %d was written, want 4", all[len(all)-1].Number)
	}
	if broken := checkAudit(t, s).Broken; broken == nil || broken.Cause != AuditMissing || broken.Number != 3 {
		t.Errorf("found %+v", broken)
	}
}

// What a crash may leave of the anchors is mended at the next start; what somebody else left is a finding.
func TestAuditAnchors(t *testing.T) {
	for _, c := range []struct {
		name  string
		left  func(whole string) string
		cause string
	}{
		{"a torn line", func(whole string) string { return whole + `{"number":4,"ch` }, ""},
		{"no last line", func(whole string) string { return whole[:strings.LastIndex(whole[:len(whole)-1], "\n")+1] }, ""},
		{"no file", func(string) string { return "" }, ""}, // as of a directory before anchors: nothing to compare with
		{"nonsense", func(whole string) string { return "hello\n" + whole }, AuditUnreadable},
		{"another chain", func(whole string) string { return whole + "{\"number\":2,\"chain\":\"00\"}\n" }, AuditRewritten},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := openAt(t, dir)
			audit(t, s, "a", "b", "c")
			closeStore(t, s)
			path := filepath.Join(dir, auditFile)
			whole, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, []byte(c.left(string(whole))), 0o640)
			}
			if err != nil {
				t.Fatal(err)
			}
			s = openAt(t, dir)
			audit(t, s, "d")
			state := checkAudit(t, s)
			if c.cause == "" && (state.Broken != nil || state.Entries != 4) || c.cause != "" && (state.Broken == nil || state.Broken.Cause != c.cause) {
				t.Errorf("state %+v, broken %+v; want %q", state, state.Broken, c.cause)
			}
		})
	}
}

// What is accepted and published is in the log, by whom, and never a cell of it.
func TestAcceptAndPublishAreAudited(t *testing.T) {
	s := openAt(t, t.TempDir())
	ctx := As(t.Context(), Actor{Name: "wang", Role: "purchaser"})
	acceptOne(t, s, ctx)
	for _, run := range []Run{{ID: 1, PolicyID: "p", PolicyHash: "h1"}, {ID: 2, PolicyID: "p", PolicyHash: "h2"}} {
		run.AsOf, run.StartedAt, run.FinishedAt = time.Now(), time.Now(), time.Now()
		if err := s.Write(ctx, func(ctx context.Context, w *Writer) error { return Publish(ctx, w, run) }); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, e := range entries(t, s) {
		if e.Actor != "wang" || e.Role != "purchaser" || strings.Contains(e.Detail, "Canary") {
			t.Errorf("entry %+v", e)
		}
		got = append(got, e.Action+" "+e.Subject)
	}
	if want := []string{"upload_accepted batch:1", "run_published run:1", "policy_changed policy:p", "run_published run:2"}; !slices.Equal(got, want) {
		t.Errorf("audited %q, want %q", got, want)
	}
}

// acceptOne accepts one small file.
func acceptOne(t *testing.T, s *Store, ctx context.Context) {
	t.Helper()
	file := sheet{"organisation", "org_id:text name:text kind:text uscc:text supplier_type:text division:text registered_on:day",
		[][]any{{"D1", "Canary", "purchaser", nil, nil, nil, nil}}}
	archived, err := s.Archive(ctx, strings.NewReader("one"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(ctx, Acceptance{Kind: file.kind, FileName: "one.csv", File: archived, Scope: Everything}, file.reader()); err != nil {
		t.Fatal(err)
	}
}

func TestAuditFilter(t *testing.T) {
	s := openAt(t, t.TempDir())
	day := func(d int) time.Time { return time.Date(2026, 3, d, 0, 0, 0, 0, time.UTC) }
	for i, e := range []AuditEntry{{Actor: "li", Action: "x", Subject: "run:1"}, {Actor: "wang", Action: "y", Subject: "run:2"}, {Actor: "li", Action: "y", Subject: "batch:1"}} {
		e.At = day(i + 1)
		if err := s.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		filter AuditFilter
		want   []int64
		total  int
	}{
		{AuditFilter{}, []int64{3, 2, 1}, 3},
		{AuditFilter{Actor: "li"}, []int64{3, 1}, 2},
		{AuditFilter{Action: "y", Subject: "run"}, []int64{2}, 1},
		{AuditFilter{From: day(2), Until: day(3)}, []int64{2}, 1},
		{AuditFilter{Subject: "' OR true --"}, nil, 0},
	} {
		var got []int64
		err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
			c.filter.Limit = 10
			all, total, err := AuditLog(ctx, r, c.filter)
			for _, e := range all {
				got = append(got, e.Number)
			}
			if total != c.total {
				t.Errorf("%+v: total %d, want %d", c.filter, total, c.total)
			}
			return err
		})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: entries %v, error %v; want %v", c.filter, got, err, c.want)
		}
	}
}
