package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/scoring/workdays"
)

var (
	window30  = workdays.Window{Days: 30, Unit: workdays.CalendarDays}
	fiveDays  = workdays.Window{Days: 5, Unit: workdays.WorkingDays}
	caseRule  = &blacklist.CasePolicy{Statement: window30, HearingAsked: fiveDays, HearingAhead: fiveDays, Decision: window30, Publication: fiveDays, TermMinYears: 1, TermMaxYears: 3, RepairAfterMonths: 6, WatchMaxMonths: 12, Sufficient: []string{blacklist.Conclusive}, Authority: "a"}
	caseDay   = time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	afterward = caseDay.AddDate(0, 0, 32)
)

func officer(account string) blacklist.Person {
	return blacklist.Person{Account: account, Name: account, Role: "supervision"}
}

// openAgainst opens a case against S1 for the event EVS1, which the account "a1" uploaded, and the contract C1, which "a2"
// scored.
func openAgainst(t *testing.T, s *Store) blacklist.Case {
	t.Helper()
	c, err := s.OpenCase(t.Context(), caseRule, blacklist.Step{Kind: blacklist.Opened, By: officer("opener"), At: caseDay, Party: "S1", Reason: "r", Grounds: []string{"fraud"},
		Evidence: []string{"credit_event:EVS1", "evaluation:C1"}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func listingStep(kind blacklist.StepKind, by string, at time.Time) blacklist.Step {
	s := blacklist.Step{Kind: kind, By: officer(by), At: at, Reason: "r", Service: "direct", DocumentNo: "n"}
	switch kind {
	case blacklist.Noticed:
		s.Party = "S1"
	case blacklist.Proposed:
		s.Decision = &blacklist.Decision{List: true, Parties: []string{"S1"}, Until: DayOf(at).AddDate(2, 0, 0), Standard: blacklist.Conclusive, Findings: "f", DocumentNo: "n"}
	}
	return s
}

// TestCasesAreKept: a case is what its steps say, is read as it was kept, enters its listing as a fact once, and is audited.
func TestCasesAreKept(t *testing.T) {
	s := scoped(t, Everything)
	write(t, s, `INSERT INTO batch_upload VALUES (31, 'a1', 'n', '', '', 0), (11, 'a2', 'n', '', '', 0)`)
	c := openAgainst(t, s)
	if c.No != "H2026-0001" {
		t.Errorf("the first case is %s", c.No)
	}
	if _, err := s.OpenCase(t.Context(), caseRule, blacklist.Step{Kind: blacklist.Opened, By: officer("x"), At: caseDay, Party: "S1", Reason: "r", Grounds: []string{"fraud"}, Evidence: []string{"e"}}); !errors.Is(err, ErrCaseOpen) {
		t.Errorf("a second case at once: %v", err)
	}
	for _, step := range []struct {
		blacklist.Step
		refused string
	}{
		{listingStep(blacklist.Noticed, "opener", caseDay), ""},
		{listingStep(blacklist.Proposed, "a1", afterward), "duty_uploaded"},
		{listingStep(blacklist.Proposed, "a2", afterward), "duty_scored"},
		{listingStep(blacklist.Proposed, "opener", afterward), "duty_opened"},
		{listingStep(blacklist.Proposed, "first", afterward), ""},
		{listingStep(blacklist.Confirmed, "first", afterward), "second_person"},
		{listingStep(blacklist.Confirmed, "a1", afterward), "duty_uploaded"},
		{listingStep(blacklist.Confirmed, "second", afterward), ""},
	} {
		_, err := s.TakeStep(t.Context(), caseRule, c.No, step.Step)
		var refused *blacklist.Refusal
		if errors.As(err, &refused); (refused == nil) != (step.refused == "") || refused != nil && refused.Rule != step.refused {
			t.Errorf("%s by %s: %v, want %q", step.Kind, step.By.Account, err, step.refused)
		}
	}
	var kept blacklist.Case
	var waiting []Entry
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) (err error) {
		if kept, err = CaseOf(ctx, r, c.No); err == nil {
			waiting, err = r.Entries(ctx)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(kept.Steps) != 4 || kept.State(DayOf(afterward)) != blacklist.AwaitsPublic {
		t.Errorf("kept %d steps, state %s", len(kept.Steps), kept.State(DayOf(afterward)))
	}
	if len(waiting) != 1 || waiting[0].Kind != "listing" || waiting[0].Cells["listed_on"] != "2026-04-03" || waiting[0].Cells["until_on"] != "2028-04-03" {
		t.Errorf("the decision entered %+v", waiting)
	}
	steps := 0
	for _, e := range entries(t, s) {
		if e.Action == CaseStep && e.Subject == "case:"+c.No {
			steps++
		}
	}
	if steps != 4 {
		t.Errorf("the audit log has %d of 4 steps; a refused one leaves nothing", steps)
	}
}

// TestWhoFlaggedDoesNotDecide: the watch list bars who put a party on it, also after it was taken off.
func TestWhoFlaggedDoesNotDecide(t *testing.T) {
	s := scoped(t, Everything)
	now := s.now()
	watch := WatchEntry{SupplierID: "S1", Watched: true, UntilOn: DayOf(now).AddDate(0, 1, 0), Reason: "r", Account: "watcher", Name: "w"}
	if err := s.Watch(t.Context(), watch); err != nil {
		t.Fatal(err)
	}
	if err := s.Watch(t.Context(), watch); !errors.Is(err, ErrWatched) {
		t.Errorf("watched twice: %v", err)
	}
	watch.Watched = false
	if err := s.Watch(t.Context(), watch); err != nil {
		t.Fatal(err)
	}
	c := openAgainst(t, s)
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		rules, err := CaseRules(ctx, r, caseRule, &c)
		if !slices.Contains(rules.Involved, blacklist.Involvement{Account: "watcher", How: blacklist.FlaggedIt, Ref: "watch:1"}) {
			t.Errorf("involved are %+v", rules.Involved)
		}
		left, listing := Watched(ctx, r, DayOf(now))
		if len(left) != 0 || listing != nil {
			t.Errorf("still watched: %+v, %v", left, listing)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCalendarIsExtended: a notice that the bureau imports makes its year known, whatever batch it came with.
func TestCalendarIsExtended(t *testing.T) {
	s := openAt(t, t.TempDir())
	write(t, s, `INSERT INTO holiday SELECT 1, 1, d, d, 'off', o, 'T' FROM (VALUES (DATE '2027-01-01', 'new_year'), (DATE '2027-02-06', 'spring_festival'), (DATE '2027-04-05', 'qingming'),
		(DATE '2027-05-01', 'labour'), (DATE '2027-06-09', 'dragon_boat'), (DATE '2027-09-15', 'mid_autumn')) t(d, o)`)
	last := func() (time.Time, error) {
		var c *workdays.Calendar
		err := s.Read(t.Context(), func(ctx context.Context, r *Reader) (err error) {
			c, err = Calendar(ctx, r)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return c.LastDay(time.Date(2026, 12, 28, 0, 0, 0, 0, time.UTC), fiveDays)
	}
	var missing *workdays.MissingYearError
	if day, err := last(); !errors.As(err, &missing) {
		t.Errorf("with a part of the notice: %s, %v", day, err)
	}
	write(t, s, `INSERT INTO holiday VALUES (2, 1, '2027-10-01', '2027-10-07', 'off', 'national', 'T')`)
	if day, err := last(); err != nil || day.Format(time.DateOnly) != "2027-01-05" { // 29, 30, 31 December, 4 and 5 January
		t.Errorf("with the whole notice: %s, %v", day, err)
	}
}
