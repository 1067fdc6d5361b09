package store

import (
	"context"
	"errors"
	"slices"
	"testing"

	"pingxin/pipelines/clues"
)

// TestVerdictsAreKept: a verdict stands beside those before it, the last one counts, and none is given on figures that are
// no longer the clue's.
func TestVerdictsAreKept(t *testing.T) {
	s := scoped(t, Everything) // holds the clue K1, found by run 2, with one verdict
	ctx := As(t.Context(), Actor{Name: "wang", Role: "supervision", Request: "r1"})
	before := len(entries(t, s))
	for name, c := range map[string]struct {
		id, figures string
		want        error
	}{"other figures": {"K1", "before", ErrClueChanged}, "unknown": {"K9", "h", ErrNotInRun}} {
		if err := s.JudgeClues(ctx, []SeenClue{{"K1", "h"}, {c.id, c.figures}}, clues.Confirmed, "x"); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if n := len(entries(t, s)); n != before {
		t.Errorf("a refused verdict left %d entries in the audit log", n-before)
	}
	if err := s.JudgeClues(ctx, []SeenClue{{"K1", "h"}}, clues.Confirmed, "合同拆分，已责成改正"); err != nil {
		t.Fatal(err)
	}
	verdicts := viewed(t, s, func(ctx context.Context, v *View) ([]ClueVerdict, error) { return v.ClueVerdicts(ctx, "K1") })
	if len(verdicts) != 2 || verdicts[0].Verdict != clues.Confirmed || verdicts[0].GivenBy != "wang" || verdicts[0].Run != 2 || verdicts[1].Verdict != clues.Explained {
		t.Errorf("%+v", verdicts)
	}
	records := viewed(t, s, func(ctx context.Context, v *View) (map[clues.Rule]RuleRecord, error) { return v.RuleRecords(ctx) })
	if r := records[clues.SplitContracts]; r.Record != (clues.Record{Confirmed: 1}) || r.Found != 1 || r.Open != 0 || r.AmountFen != 10 {
		t.Errorf("%+v, want one clue, confirmed", r)
	}
	if last := entries(t, s); last[len(last)-1].Action != ClueJudged || last[len(last)-1].Subject != "clue:K1" || last[len(last)-1].Actor != "wang" {
		t.Errorf("%+v", last[len(last)-1])
	}
}

// TestClueFilter: every filter leaves what it names.
func TestClueFilter(t *testing.T) {
	s := scoped(t, Everything)
	err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		_, err := w.Exec(ctx, `INSERT INTO clue VALUES (2, 2147483647, 'K2', 'evaluation_missing', 'contract', 'C2', 'P2', 'S2', 'A1', 2024, 1, 0, NULL, NULL, 90, '[]', 'h2'),
			(1, 2, 'K3', 'evaluation_missing', 'contract', 'C1', 'P1', 'S1', 'A1', 2025, 1, 0, NULL, NULL, 90, '[]', 'h3'),
			(1, 2147483647, 'K4', 'mostly_one_supplier', 'rater', 'E1', NULL, 'S1', NULL, 0, 9, 0.9, 0.5, 0.001, 0, '[]', 'h4')`)
		if err == nil {
			_, err = w.Exec(ctx, `INSERT INTO clue_verdict VALUES (2, 'K4', 'mostly_one_supplier', 'unclear', 'x', 1, 'other', 'a1', '2026-01-02')`)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		filter ClueFilter
		want   []string
	}{
		"all: those without a verdict first, then most money": {ClueFilter{}, []string{"K2", "K1", "K4"}},
		"a rule":               {ClueFilter{Rule: "evaluation_missing"}, []string{"K2"}},
		"a purchaser":          {ClueFilter{Purchaser: "P1"}, []string{"K1"}},
		"an item":              {ClueFilter{Item: "A1"}, []string{"K2", "K1"}},
		"a year":               {ClueFilter{Year: 2025}, []string{"K1"}},
		"a subject":            {ClueFilter{Subject: "E1"}, []string{"K4"}},
		"but one":              {ClueFilter{Except: "K2"}, []string{"K1", "K4"}},
		"without rules":        {ClueFilter{Without: []clues.Rule{"evaluation_missing", "split_contracts"}}, []string{"K4"}},
		"without a verdict":    {ClueFilter{State: ClueOpen}, []string{"K2"}},
		"changed since":        {ClueFilter{State: ClueChanged}, []string{"K4"}},
		"explained":            {ClueFilter{State: "explained"}, []string{"K1"}},
		"by name":              {ClueFilter{Search: " Contract C2"}, []string{"K2"}},
		"by id":                {ClueFilter{Search: "k4"}, []string{"K4"}},
		"by number of cases":   {ClueFilter{Sort: "n", Descending: true}, []string{"K4", "K1", "K2"}},
		"by when it was found": {ClueFilter{Sort: "since"}, []string{"K4", "K2", "K1"}},
	} {
		totals := viewed(t, s, func(ctx context.Context, v *View) (ClueTotals, error) { return v.ClueTotals(ctx, c.filter) })
		c.filter.Limit = 99
		rows := viewed(t, s, func(ctx context.Context, v *View) ([]ClueRow, error) { return v.Clues(ctx, c.filter) })
		var got []string
		for _, r := range rows {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, c.want) || totals.Clues != len(c.want) {
			t.Errorf("%s: %v of %d, want %v", name, got, totals.Clues, c.want)
		}
	}
	gone := viewed(t, s, func(ctx context.Context, v *View) (ClueRow, error) { return v.Clue(ctx, "K3") })
	if gone.Ended != 2 || gone.FirstRun != 1 || gone.State() != ClueOpen {
		t.Errorf("a clue that is no longer found: %+v", gone)
	}
}
