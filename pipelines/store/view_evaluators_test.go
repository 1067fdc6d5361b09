package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pingxin/scoring"
)

// calibrated fills a store with three contracts, a run that judged two of them, a calibration of three raters, its flags
// and the movements of the run. E2's id holds what JSON writes in another way.
func calibrated(t *testing.T) *Store {
	t.Helper()
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	accept(t, s, scores(score("C1", "E1", 80_0000, "2025-03-01"), score("C1", `E"<2`, 60_0000, "2025-03-01"), score("C2", "E1", 91_0000, "2025-04-01")))
	accept(t, s, scores(score("C2", "E1", 50_0000, "2025-04-01"))) // corrected after the run
	const results = `2147483647, %d, 'C%d', 'name %d', 'P1', 'S1', 'A1', 2025, 10000, '2025-01-01', '2025-12-20', NULL, 'rated', 75.5, 70, 80, 2, 75, 'good', 'good',
		1, 1, 1, '[]', '[]', '[]', NULL, NULL, '', 'h%d', 75.5, 77.25, 76.0, 0.75, NULL`
	key := 25 * 4194304
	for i := 1; i <= 2; i++ {
		write(t, s, fmt.Sprintf(`INSERT INTO evaluation SELECT 1, `+results, key+i-1, i, i, i))
	}
	write(t, s,
		`INSERT INTO run VALUES (1, '2026-01-01', 'p', 'ph', '', 4, true, 2, 2, 'h', 'x', '2026-01-01', '2026-01-01', '[]', '[]', 1, 'ch', NULL)`,
		`INSERT INTO published VALUES (1, 1, '2026-01-01')`,
		`INSERT INTO calibration VALUES (1, '2025-12-31', 4, 'p', 'ph', 'ch', 'x', '2026-01-01', '{"raters": 2, "flag_counts": {"parties_apart": 1}, "agreements": [{"indicator": "quality", "alpha": 0.8, "n": 4, "contracts": 2}]}')`,
		`INSERT INTO calibration_rater VALUES (1, 'E1', 0, 3, 2, 2, 85.5, 5.5, '2025-04-01', -1.25, 0.5, true, '["top_to_all"]'),
			(1, 'P1', 9, 1, 3, 1, 90, 0, '2025-04-01', 1.25, 0.5, true, '[]'), (1, 'E"<2', 1, 2, 1, 1, 60, NULL, '2025-03-01', NULL, NULL, false, '["alike_answers"]')`,
		`INSERT INTO calibration_flag VALUES (1, 'top_to_all', 'E1', '', '[]', 1, 1, 12, NULL), (1, 'parties_apart', 'C2', '', '[]', -12, -10, 40, NULL),
			(1, 'alike_answers', 'E0', 'C1', '["E\"\u003c2"]', 2, 3, 40, 0.001), (1, 'mostly_one_supplier', 'E1', 'S9', '[]', 0.8, 0.5, 5, 0.002)`,
		`INSERT INTO movement VALUES (1, 'contract', 'C1', 'policy', 70, 75.5, 'fair', 'good', 0, -1, 0.5, 0, 0, 6), (1, 'contract', 'C2', 'new_contract', NULL, 75.5, NULL, 'good', NULL, NULL, NULL, NULL, NULL, NULL),
			(1, 'supplier', 'S1', 'ageing', 80, 79.5, 'A', 'A', 0, 0, 0, -0.5, 0, 0)`)
	return s
}

// viewing runs f on the view of the published run.
func viewing(t *testing.T, s *Store, f func(ctx context.Context, v *View) error) {
	t.Helper()
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		v, err := NewView(ctx, r, Everything)
		if err != nil {
			return err
		}
		return f(ctx, v)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestViewCalibrations: this one was kept before intraclass correlations were estimated.
func TestViewCalibrations(t *testing.T) {
	viewing(t, calibrated(t), func(ctx context.Context, v *View) error {
		all, err := v.Calibrations(ctx)
		if len(all) != 1 || all[0].ID != v.Run.Calibration || all[0].Said.Flags["parties_apart"] != 1 || all[0].Said.Agreements[0].Alpha != 0.8 || all[0].Said.Agreements[0].Intraclass != nil {
			t.Errorf("found %+v", all)
		}
		return err
	})
}

func TestViewRaters(t *testing.T) {
	viewing(t, calibrated(t), func(ctx context.Context, v *View) error {
		for name, c := range map[string]struct {
			filter RaterFilter
			want   string
		}{
			"strictest first, without a severity last": {RaterFilter{}, `E1 P1 E"<2`},
			"most scores first":                        {RaterFilter{Sort: "scores", Descending: true}, `P1 E1 E"<2`},
			"one party":                                {RaterFilter{Party: scoring.Purchaser}, "P1"},
			"a rule":                                   {RaterFilter{Flag: "alike_answers"}, `E"<2`},
			"a name":                                   {RaterFilter{Search: "PURCHASER one"}, "P1"},
			"an id":                                    {RaterFilter{ID: "E1"}, "E1"},
			"comparable":                               {RaterFilter{Comparable: true}, "E1 P1"},
			"an organisation's":                        {RaterFilter{Organisation: "P1"}, "P1"},
			"an organisation of a shorter id":          {RaterFilter{Organisation: "P"}, ""},
			"another calibration":                      {RaterFilter{Calibration: 2}, ""},
		} {
			c.filter.Limit = 10
			if c.filter.Calibration == 0 {
				c.filter.Calibration = 1
			}
			rows, total, err := v.Raters(ctx, c.filter)
			var ids []string
			for _, r := range rows {
				ids = append(ids, r.ID)
			}
			if got := strings.Join(ids, " "); err != nil || got != c.want || total != len(rows) {
				t.Errorf("%s: %q, want %q; %d in all, error %v", name, got, c.want, total, err)
			}
		}
		rows, _, err := v.Raters(ctx, RaterFilter{Calibration: 1, ID: `E"<2`, Limit: 1})
		if r := rows[0]; !math.IsNaN(r.Severity) || !math.IsNaN(r.SD) || r.Comparable || r.Mean != 60 || r.Flags[0] != "alike_answers" || r.Party != scoring.Recipient {
			t.Errorf("found %+v", r)
		}
		return err
	})
}

// Those of a party stand before its raters, in the raters' order: E1 is stricter than P1. E"<2 is a recipient without a spread.
func TestViewRaterSpreads(t *testing.T) {
	s := calibrated(t)
	const numbers = `, 4, 1, 50, 60, 70, 80, 85, 90, 100)`
	write(t, s, `INSERT INTO calibration_spread VALUES (1, 'P1', '', 1`+numbers+`, (1, 'P1', 'quality', 1`+numbers+`, (1, '', '', 1`+numbers+`, (1, 'E1', '', 3`+numbers+`, (1, '', '', 3`+numbers+`, (2, 'E1', '', 3`+numbers)
	viewing(t, s, func(ctx context.Context, v *View) error {
		for name, c := range map[string]struct {
			filter      RaterFilter
			byIndicator bool
			want        string
		}{
			"all":             {RaterFilter{Calibration: 1, Limit: 9}, false, "1 3 3E1 1P1"},
			"the strictest":   {RaterFilter{Calibration: 1, Limit: 1}, false, "3 3E1"},
			"an organisation": {RaterFilter{Calibration: 1, Limit: 9, Organisation: "P1"}, true, "1 1P1 1P1quality"},
			"a recipient":     {RaterFilter{Calibration: 1, Limit: 9, ID: `E"<2`}, true, ""},
		} {
			all, err := v.RaterSpreads(ctx, c.filter, c.byIndicator)
			var got []string
			for _, r := range all {
				got = append(got, fmt.Sprintf("%d%s%s", r.Party, r.Rater, r.Indicator))
			}
			if strings.Join(got, " ") != c.want || err != nil {
				t.Errorf("%s: %v, want %s; error %v", name, got, c.want, err)
			}
			if len(all) > 0 && (all[0].N != 4 || all[0].Outside != 1 || all[0].Low != 60 || all[0].Median != 80 || all[0].High != 90) {
				t.Errorf("%s: found %+v", name, all[0])
			}
		}
		return nil
	})
}

// By hand: E1 had given C1 80 and C2 91 when the run saw them; both are worth 75.5, so C2 is farther off.
func TestViewScored(t *testing.T) {
	viewing(t, calibrated(t), func(ctx context.Context, v *View) error {
		rows, total, err := v.Scored(ctx, ScoredFilter{Rater: "E1", Sort: "difference", Descending: true, Limit: 10})
		if err != nil {
			return err
		}
		if total != 2 || rows[0].ContractNo != "C2" || rows[0].Mean != 91 || rows[0].N != 1 || rows[1].Mean != 80 || rows[0].Value != 75.5 || rows[0].Grade != "good" {
			t.Errorf("%d in all: %+v", total, rows)
		}
		if _, total, err := v.Scored(ctx, ScoredFilter{Rater: "E1", Indicator: "nothing", Limit: 10}); err != nil || total != 0 {
			t.Errorf("by an indicator that nobody scored: %d contracts, error %v", total, err)
		}
		if name, err := v.RaterName(ctx, "E1"); err != nil || name != "" {
			t.Errorf("name %q, error %v", name, err)
		}
		if _, err := v.RaterName(ctx, "nobody"); !errors.Is(err, ErrNotInRun) {
			t.Errorf("nobody: error %v, want ErrNotInRun", err)
		}
		return nil
	})
}

func TestViewFlags(t *testing.T) {
	viewing(t, calibrated(t), func(ctx context.Context, v *View) error {
		for name, c := range map[string]struct {
			filter FlagFilter
			want   string
		}{
			"by rule":                {FlagFilter{}, "E0 E1 C2 E1"},
			"a rule":                 {FlagFilter{Rule: "parties_apart"}, "C2"},
			"a rater":                {FlagFilter{Rater: "E1"}, "E1 E1"},
			"one of the others":      {FlagFilter{Rater: `E"<2`}, "E0"},
			"a contract is no rater": {FlagFilter{Rater: "C2"}, ""},
			"the name of a contract": {FlagFilter{Search: "NAME 2"}, "C2"},
			"by statistic":           {FlagFilter{Sort: "statistic"}, "C2 E1 E1 E0"},
		} {
			c.filter.Calibration, c.filter.Limit = 1, 10
			rows, total, err := v.Flags(ctx, c.filter)
			var subjects []string
			for _, r := range rows {
				subjects = append(subjects, r.Subject)
			}
			if got := strings.Join(subjects, " "); err != nil || got != c.want || total != len(rows) {
				t.Errorf("%s: %q, want %q; %d in all, error %v", name, got, c.want, total, err)
			}
		}
		rows, _, err := v.Flags(ctx, FlagFilter{Calibration: 1, Rule: "alike_answers", Limit: 1})
		if err == nil && (*rows[0].PValue != 0.001 || rows[0].RefName != "name 1" || rows[0].Others[0] != `E"<2`) {
			t.Errorf("found %+v", rows[0])
		}
		return err
	})
}

// A contract is concerned by signs about itself, about sheets on it, and about those who scored it; that E1 works mostly
// for S9 says nothing of a contract of S1.
func TestViewFlagsOnContract(t *testing.T) {
	viewing(t, calibrated(t), func(ctx context.Context, v *View) error {
		for no, want := range map[string]string{"C1": "alike_answers top_to_all", "C2": "parties_apart top_to_all"} {
			e, err := v.Evaluation(ctx, no)
			if err != nil {
				return err
			}
			if e.Raw != 75.5 || e.Adjusted != 77.25 || e.Shrunken != 76 || e.Reliability != 0.75 {
				t.Errorf("%s: found %+v", no, e)
			}
			rows, err := v.FlagsOn(ctx, &e)
			if err != nil {
				return err
			}
			var rules []string
			for _, r := range rows {
				rules = append(rules, string(r.Rule))
			}
			if got := strings.Join(rules, " "); got != want {
				t.Errorf("%s: %q, want %q", no, got, want)
			}
		}
		return nil
	})
}

func TestViewMovements(t *testing.T) {
	viewing(t, calibrated(t), func(ctx context.Context, v *View) error {
		m, ok, err := v.MovementOf(ctx, "contract", "C1")
		if err != nil || !ok || m.Name != "name 1" || m.Parts != [6]float64{0, -1, 0, 0.5, 0, 6} {
			t.Errorf("C1: %+v, %v, error %v", m, ok, err)
		}
		if m, ok, err := v.MovementOf(ctx, "contract", "C2"); err != nil || !ok || !math.IsNaN(m.Parts[0]) {
			t.Errorf("C2: %+v, %v, error %v", m, ok, err)
		}
		if _, ok, err := v.MovementOf(ctx, "supplier", "C1"); err != nil || ok {
			t.Errorf("no supplier C1: %v, error %v", ok, err)
		}
		parts, err := v.MovementParts(ctx, 1)
		if got, want := fmt.Sprint(parts), "[{contract correction 1 0 -1} {contract new_evidence 1 0.5 0} {contract policy 1 6 0} {supplier ageing 1 0 -0.5}]"; got != want {
			t.Errorf("found %s, want %s", got, want)
		}
		return err
	})
}
