package main

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"pingxin/budget"
	"pingxin/credit/blacklist"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/district"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring/dueprocess"
	"pingxin/scoring/tracking"
)

// notShown are those of which a sample district cannot have one, each with its reason.
var notShown = map[string]string{
	"clue alike_answers":             "the tree asks recipients three things, and fewer than eight answers agree too easily (calibration.integrity.alike_answers)",
	"signal missed":                  "only services that run are followed; the evaluation says what was reached in the end",
	"signal early":                   "on the last night every service of the sample has a tenth of its time behind it",
	"settlement settle_without_rule": "the shipped policy has a share for every grade",
	"process correcting":             "an objection is upheld with its correction, which a run shows within a minute",
}

// TestDemoShowsEverything: on the demonstration, each rule of clues, signal of tracking, reason and advice of settlement,
// ground of a case, state of a case and state on the way to the public is seen at least once, and what the manifest lists is
// where it says. It has a third of the size, which all rules find enough in.
func TestDemoShowsEverything(t *testing.T) {
	data := filepath.Join(t.TempDir(), "demo")
	must(t, "--data", data, "demo", "--no-serve", "--departments", "20", "--suppliers", "150", "--contracts", "1200", "--scores", "110000", "--evaluators", "12")
	seen := seenOnDemo(t, data)
	for _, want := range everything() {
		reason, excused := notShown[want]
		switch {
		case seen[want] == nil && !excused:
			t.Errorf("nothing shows %s", want)
		case seen[want] != nil && excused:
			t.Errorf("%s is shown after all: %s", want, reason)
		}
	}
	planted := map[string]string{}
	for _, p := range decode[district.Manifest](t, readFile(t, filepath.Join(data, "sample", "manifest.json"))).Planted {
		planted[p.Situation] = p.ID
	}
	for situation, found := range map[string]string{"rise_before_renewal": "clue rise_before_renewal", "late_answers": "clue late_answers", "dense_answers": "clue dense_answers",
		"mostly_one_supplier": "clue mostly_one_supplier", "shared_contact": "clue shared_contact", "complaint_unanswered": "clue content_yet_complaints", "staff_kept": "clue bought_and_staffed", "alike_narratives": "clue alike_narratives",
		"single_source": "clue single_source_share", "one_supplier": "clue supplier_concentration", "far_behind": "signal far_behind", "behind": "signal behind", "no_target": "signal no_target", "target_reached": "signal attained",
		"settled_without_target": "settlement settle_no_targets", "target_unread": "settlement settle_target_unread", "objection_on_paper": "settlement settle_in_dispute",
		"collusion": "ground article_77", "conduct_lost": "ground conduct", "serious_unrepaired": "ground serious_unrepaired", "false_claim": "ground fraud", "poor_two_years": "ground poor_years"} {
		if !slices.Contains(seen[found], planted[situation]) {
			t.Errorf("%s is planted in %q and not among %s: %v", situation, planted[situation], found, seen[found])
		}
	}
}

// everything is each kind of thing that a demonstration has to show.
func everything() (all []string) {
	add := func(kind, id string) { all = append(all, kind+" "+id) }
	for _, rule := range clues.Rules() {
		add("clue", string(rule))
	}
	for _, signal := range tracking.Signals() {
		add("signal", string(signal))
	}
	for _, reason := range budget.SettlementReasons() {
		add("settlement", reason)
	}
	for _, action := range budget.SettlementActions() {
		add("advice", action)
	}
	for _, ground := range blacklist.Grounds() {
		add("ground", ground)
	}
	for _, state := range blacklist.States() {
		add("case", string(state))
	}
	for _, state := range dueprocess.States {
		add("process", string(state))
	}
	return all
}

// seenOnDemo is where each of them is seen, by ids.
func seenOnDemo(t *testing.T, data string) map[string][]string {
	t.Helper()
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	seen := map[string][]string{}
	add := func(kind, id, where string) { seen[kind+" "+id] = append(seen[kind+" "+id], where) }
	err = st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err != nil {
			return err
		}
		v.Today = v.Run.AsOf // by the clock of the demonstration
		found, err := v.Clues(ctx, store.ClueFilter{Limit: 10_000})
		if err != nil {
			return err
		}
		for _, c := range found {
			add("clue", string(c.Rule), c.Subject)
		}
		services, err := v.Tracked(ctx, store.TrackingFilter{})
		if err != nil {
			return err
		}
		for _, s := range services {
			var findings []tracking.Finding
			for _, target := range s.Targets {
				findings = append(findings, p.Tracking.Look(target, s.StartOn, s.EndOn, v.Run.AsOf))
			}
			add("signal", string(tracking.Worst(findings)), s.ContractNo)
		}
		advice, err := v.Settlements(ctx, store.SettlementFilter{Limit: 10_000})
		if err != nil {
			return err
		}
		for _, a := range advice {
			add("advice", a.Action, a.Contract)
			for _, reason := range a.Reasons {
				add("settlement", reason.Code, a.Contract)
			}
		}
		candidates, err := v.Candidates(ctx, "")
		if err != nil {
			return err
		}
		for _, c := range candidates {
			add("ground", c.Ground, c.SupplierID)
		}
		states, err := v.StateCounts(ctx)
		if err != nil {
			return err
		}
		for state := range states {
			add("process", string(state), "")
		}
		cases, err := store.Cases(ctx, r)
		for _, c := range cases {
			add("case", string(c.State(v.Today)), c.No)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen
}
