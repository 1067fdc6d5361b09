package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pingxin/pipelines"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/pipelines/survey"
)

// defaultPolicy is the shipped policy that a district starts with.
const defaultPolicy = "jiangbei-2015"

func newRun(s *settings) *cobra.Command {
	var asOf, policyName, profileDir string
	var full, asJSON bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "compute one night and publish it",
		Long: `run reduces the accepted scores, judges every contract and supplier by a policy and
publishes the outcome in one transaction. Only contracts with new evidence or a date
that has come are judged again; --full judges all. Either way, and whatever the number
of threads, the same inputs give the same run hash.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			day, err := parseDay("as-of", asOf)
			if err != nil {
				return err
			}
			p, err := policy.Load(policyName)
			if err != nil {
				return err
			}
			return s.profiled(profileDir, func() error {
				return s.existing(cmd.Context(), func(st *store.Store) error {
					report, err := runNight(cmd.Context(), st, pipelines.Options{AsOf: day, Policy: p, Full: full})
					if err != nil {
						return err
					}
					if asJSON {
						return writeJSON(cmd.OutOrStdout(), report)
					}
					return printReport(cmd.OutOrStdout(), p, report)
				})
			})
		},
	}
	cmd.Flags().StringVar(&asOf, "as-of", "", "day to judge for, for example 2026-03-31 (default: today in China)")
	cmd.Flags().StringVar(&policyName, "policy", defaultPolicy, "shipped policy or policy file")
	cmd.Flags().BoolVar(&full, "full", false, "judge every contract again")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	cmd.Flags().StringVar(&profileDir, "profile", "", profileUsage)
	return cmd
}

// runNight brings in what recipients answered and what was entered on pages, puts the scores into order and computes a
// night.
func runNight(ctx context.Context, st *store.Store, o pipelines.Options) (pipelines.Report, error) {
	if _, err := survey.Collect(ctx, st); err != nil {
		return pipelines.Report{}, err
	}
	if _, err := intake.Collect(ctx, st); err != nil {
		return pipelines.Report{}, err
	}
	if _, err := st.Compact(ctx); err != nil {
		return pipelines.Report{}, fmt.Errorf("put the scores into order: %w", err)
	}
	o.Program = program()
	return pipelines.Run(ctx, st, o)
}

func printReport(w io.Writer, p *policy.Policy, r pipelines.Report) error {
	kind := "ordinary night"
	if r.Full {
		kind = "full run"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "run %d for %s, policy %s: %s, %s of %s contracts judged, %s in all\n", r.ID, r.AsOf.Format("2006-01-02"), r.PolicyID, kind,
		grouped(r.Touched), grouped(r.Contracts), r.FinishedAt.Sub(r.StartedAt).Round(1e6))
	fmt.Fprintf(&b, "  evaluations   %s\n", counts(r.Grades, gradeOrder(p)))
	if len(r.Levels) > 0 {
		fmt.Fprintf(&b, "  ratings       %s\n", counts(r.Levels, levelOrder(p)))
		fmt.Fprintf(&b, "  candidates    %d\n", r.Candidates)
	}
	if p.Clues != nil {
		fmt.Fprintf(&b, "  clues         %s\n", grouped(int64(r.Clues)))
	}
	if r.BaseFen > 0 {
		fmt.Fprintf(&b, "  next year     %s yuan now, proposed change %s yuan\n", yuan(r.BaseFen), yuan(r.ChangeFen))
	}
	fmt.Fprintf(&b, "  moved         %s since the last published run\n", grouped(int64(r.Moved)))
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "  note          %s: %s %g\n", n.Code, n.Indicator, n.Have)
	}
	fmt.Fprintf(&b, "  run hash      %s\n", r.Hash)
	_, err := io.WriteString(w, b.String())
	return err
}

func gradeOrder(p *policy.Policy) []string {
	var ids []string
	for _, band := range p.Evaluation.Bands {
		ids = append(ids, band.ID)
	}
	return ids
}

func levelOrder(p *policy.Policy) []string {
	var ids []string
	if p.Credit != nil {
		for _, level := range p.Credit.Levels {
			ids = append(ids, level.ID)
		}
	}
	return ids
}

// counts prints the counts in the given order, then the rest by name.
func counts(n map[string]int, order []string) string {
	rest := maps.Clone(n)
	var parts []string
	add := func(id string) {
		if rest[id] > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", id, grouped(int64(rest[id]))))
		}
		delete(rest, id)
	}
	for _, id := range order {
		add(id)
	}
	for _, id := range slices.Sorted(maps.Keys(rest)) {
		add(id)
	}
	return strings.Join(parts, ", ")
}
