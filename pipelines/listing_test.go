package pipelines_test

import (
	"context"
	"testing"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/pipelines"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// at is ten in the morning of a day in the district.
func at(text string) time.Time {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return day.Add(2 * time.Hour)
}

// list takes a case against a supplier to its decision on 3 February 2026, which lists it until 3 February 2027.
func list(t *testing.T, st *store.Store, supplier string) (no string) {
	t.Helper()
	p := loadPolicy(t).Blacklist.Case
	person := func(account string) blacklist.Person {
		return blacklist.Person{Account: account, Name: account, Role: "supervision"}
	}
	c, err := st.OpenCase(t.Context(), p, blacklist.Step{Kind: blacklist.Opened, By: person("opener"), At: at("2025-12-01"), Party: supplier, Reason: "r", Grounds: []string{"fraud"},
		Evidence: []string{"credit_event:X0005"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []blacklist.Step{
		{Kind: blacklist.Noticed, By: person("opener"), At: at("2025-12-02"), Party: supplier, Service: "direct", DocumentNo: "n1"},
		{Kind: blacklist.Proposed, By: person("first"), At: at("2026-01-20"), Decision: &blacklist.Decision{List: true, Parties: []string{supplier}, Until: at("2027-02-03").Truncate(24 * time.Hour),
			Standard: blacklist.Conclusive, Findings: "f", DocumentNo: "n2"}},
		{Kind: blacklist.Confirmed, By: person("second"), At: at("2026-02-03")},
	} {
		s.Reason = "r"
		takeStep(t, st, c.No, s)
	}
	return c.No
}

// takeStep takes a step and brings in the facts that follow.
func takeStep(t *testing.T, st *store.Store, no string, s blacklist.Step) {
	t.Helper()
	if _, err := st.TakeStep(t.Context(), loadPolicy(t).Blacklist.Case, no, s); err != nil {
		t.Fatal(err)
	}
	if _, err := intake.Collect(t.Context(), st); err != nil {
		t.Fatal(err)
	}
}

// levelOf is the level of a supplier in the published run, and the one by its score alone.
func levelOf(t *testing.T, st *store.Store, supplier string) (level, uncapped string) {
	t.Helper()
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err != nil {
			return err
		}
		s, err := v.Supplier(ctx, supplier)
		level, uncapped = s.Level, s.Uncapped
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return level, uncapped
}

// TestTheNightObeysADecision: from the day of the decision to the night of its end the level is D, whichever way the run is
// made; the days before it stay as they were, and so does every run that was published.
func TestTheNightObeysADecision(t *testing.T) {
	const supplier = "S0002"
	ordinary, full := filledStore(t, 2), filledStore(t, 2)
	day := func(text string) time.Time { return at(text).Truncate(24 * time.Hour) }
	before := runFor(t, ordinary, pipelines.Options{AsOf: day("2026-02-02")})
	if level, _ := levelOf(t, ordinary, supplier); level == "D" {
		t.Fatal("the supplier is at D before anybody decided")
	}
	no := list(t, ordinary, supplier)
	list(t, full, supplier)
	for _, night := range []struct {
		on     string
		listed bool
	}{{"2026-02-03", true}, {"2026-02-04", true}, {"2027-02-02", true}, {"2027-02-03", false}} {
		a := runFor(t, ordinary, pipelines.Options{AsOf: day(night.on)})
		b := runFor(t, full, pipelines.Options{AsOf: day(night.on), Full: true})
		if a.Full || a.Hash != b.Hash {
			t.Errorf("%s: ordinary night %s (full: %v), full run %s", night.on, a.Hash, a.Full, b.Hash)
		}
		level, uncapped := levelOf(t, ordinary, supplier)
		if (level == "D") != night.listed || uncapped == "D" {
			t.Errorf("%s: level %s, by the score %s; listed %v", night.on, level, uncapped, night.listed)
		}
	}
	runFor(t, ordinary, pipelines.Options{AsOf: day("2026-02-02"), Full: true})
	if level, _ := levelOf(t, ordinary, supplier); level == "D" {
		t.Error("the day before the decision is rated as if it had been taken")
	}
	if v, err := pipelines.Verify(t.Context(), ordinary, before.ID, pipelines.Options{}); err != nil || !v.Holds {
		t.Errorf("the run that was published before: %+v, %v", v.Differences, err)
	}
	third := blacklist.Person{Account: "third", Name: "third", Role: "supervision"}
	takeStep(t, ordinary, no, blacklist.Step{Kind: blacklist.Revoked, By: third, At: at("2026-03-02"), Party: supplier, Reason: "set aside on review", DocumentNo: "n3",
		Documents: []blacklist.Document{{Name: "review.pdf"}}})
	runFor(t, ordinary, pipelines.Options{AsOf: day("2026-02-04")})
	if level, _ := levelOf(t, ordinary, supplier); level == "D" {
		t.Error("what was set aside holds for a day before that")
	}
}
