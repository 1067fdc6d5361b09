package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/pipelines/clues"
)

// TestAClueIsAGroundOnceConfirmed: a case rests on a clue only after a person confirmed it by the figures that it has, is
// found by it, and is decided neither by that person nor by who scored a contract of the clue.
func TestAClueIsAGroundOnceConfirmed(t *testing.T) {
	s := scoped(t, Everything) // holds the clue K1 on contract C1, explained by somebody
	write(t, s, `INSERT INTO batch_upload VALUES (11, 'a2', 'n', '', '', 0)`)
	opening := blacklist.Step{Kind: blacklist.Opened, By: officer("opener"), At: caseDay, Party: "S1", Reason: "r", Grounds: []string{"article_77"}, Evidence: []string{ClueEvidence("K1")}}
	refused := func(when string, step blacklist.Step) {
		t.Helper()
		_, err := s.OpenCase(t.Context(), caseRule, step)
		if refusal := (*blacklist.Refusal)(nil); !errors.As(err, &refusal) || refusal.Rule != "clue_unconfirmed" {
			t.Errorf("%s: %v, want it refused", when, err)
		}
	}
	refused("explained", opening)
	as := As(t.Context(), Actor{Name: "checker", Role: "supervision"})
	if err := s.JudgeClues(as, []SeenClue{{"K1", "h"}}, clues.Confirmed, "核实"); err != nil {
		t.Fatal(err)
	}
	unknown := opening
	unknown.Evidence = []string{ClueEvidence("K1"), ClueEvidence("K9")}
	refused("with one that nobody found", unknown)
	c, err := s.OpenCase(t.Context(), caseRule, opening)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		found, err := CasesOnClue(ctx, r, "K1")
		if err != nil || len(found) != 1 || found[0].No != c.No {
			t.Errorf("by its clue: %v, %v", found, err)
		}
		if other, err := CasesOnClue(ctx, r, "K"); err != nil || len(other) != 0 {
			t.Errorf("by a part of its id: %v, %v", other, err)
		}
		rules, err := CaseRules(ctx, r, caseRule, &c)
		for _, want := range []blacklist.Involvement{{Account: "checker", How: blacklist.VerifiedIt, Ref: "clue:K1"}, {Account: "a2", How: blacklist.ScoredIt, Ref: "batch:11"}} {
			if !slices.Contains(rules.Involved, want) {
				t.Errorf("involved are %+v, want %+v among them", rules.Involved, want)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.TakeStep(t.Context(), caseRule, c.No, listingStep(blacklist.Noticed, "opener", caseDay)); err != nil {
		t.Fatal(err)
	}
	_, err = s.TakeStep(t.Context(), caseRule, c.No, listingStep(blacklist.Proposed, "checker", caseDay.Add(40*24*time.Hour)))
	if refusal := (*blacklist.Refusal)(nil); !errors.As(err, &refusal) || refusal.Rule != "duty_verified" {
		t.Errorf("who confirmed the clue proposes the decision: %v", err)
	}
	write(t, s, `UPDATE clue SET row_hash = 'other' WHERE clue_id = 'K1'`)
	again := opening
	again.Party = "S2"
	refused("by other figures", again)
}
