package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"pingxin/pipelines"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring/calibration"
)

// printedRaters is how many of the strictest and of the most lenient raters are printed.
const printedRaters = 5

func newCalibrate(s *settings) *cobra.Command {
	var asOf, policyName string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "calibrate",
		Short: "estimate from everybody what runs take as given: peer groups, severities of raters, signs to look at",
		Long: `calibrate estimates, from all accepted scores up to a day, the spread of comparable
contracts, how strict or lenient each purchaser and third party is, how well third
parties agree, and in which answers there is a sign that a person should look at. The
outcome is kept under the next number and is an input of the runs from then on, so that one
new score does not move every other contract a little each night. A run is never
calibrated by itself: once a month, or when raters have changed, is often enough.`,
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
			return s.existing(cmd.Context(), func(st *store.Store) error {
				c, err := pipelines.Calibrate(cmd.Context(), st, pipelines.Options{AsOf: day, Policy: p, Program: program()})
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(cmd.OutOrStdout(), c)
				}
				return printCalibration(cmd.OutOrStdout(), c)
			})
		},
	}
	cmd.Flags().StringVar(&asOf, "as-of", "", "day to estimate for, for example 2026-03-31 (default: today in China)")
	cmd.Flags().StringVar(&policyName, "policy", defaultPolicy, "shipped policy or policy file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func printCalibration(w io.Writer, c pipelines.Calibration) error {
	fmt.Fprintf(w, "calibration %d for %s, policy %s, batches up to %d\n", c.ID, c.AsOf.Format(time.DateOnly), c.PolicyID, c.Watermark)
	fmt.Fprintf(w, "  peer groups   %d estimated from %s contracts, %d too small\n", len(c.PeerList), grouped(int64(c.Contracts)), c.SmallGroups)
	s := c.Severities
	if !s.Estimated {
		fmt.Fprintf(w, "  severities    not estimated: %s\n", s.Reason)
	} else {
		fmt.Fprintf(w, "  severities    of %d raters from %s pairs of rater and contract: sd %.2f points between raters, %.2f between contracts, %.2f within; %d connected parts\n",
			c.Raters, grouped(int64(s.Cells)), math.Sqrt(s.VarRater), math.Sqrt(s.VarContract), math.Sqrt(s.VarResidual), s.Components)
	}
	for _, a := range c.Agreements {
		fmt.Fprintf(w, "  agreement     %-22s alpha %6.3f of %s scores\n", a.Indicator, a.Alpha, grouped(int64(a.N)))
	}
	for _, a := range c.Agreements {
		fmt.Fprintf(w, "  reliability   %-22s %s\n", a.Indicator, reliabilityText(a.Intraclass))
	}
	fmt.Fprintf(w, "  signs         %s\n", counts(c.Flags, nil))
	printExtremes(w, c.RaterList)
	_, err := fmt.Fprintf(w, "  hash          %s\n", c.Hash)
	return err
}

// reliabilityText says how reliable the score of one third party is, and the mean of k of them.
func reliabilityText(c *calibration.Intraclass) string {
	if c == nil {
		return "intraclass correlation not estimable"
	}
	return fmt.Sprintf("ICC(1) %.3f (%g%% interval %.3f to %.3f), ICC(k) %.3f (%.3f to %.3f) of %s contracts with k = %d third parties", c.Single.Value, 100*c.Confidence,
		c.Single.Low, c.Single.High, c.Mean.Value, c.Mean.Low, c.Mean.High, grouped(int64(c.Contracts)), c.Raters)
}

// printExtremes lists the strictest and the most lenient raters whose severity can be compared.
func printExtremes(w io.Writer, all []calibration.Rater) {
	all = slices.DeleteFunc(slices.Clone(all), func(r calibration.Rater) bool { return !r.Comparable })
	slices.SortStableFunc(all, func(a, b calibration.Rater) int {
		return int(math.Copysign(1, a.Severity-b.Severity))
	})
	if len(all) > 2*printedRaters {
		all = slices.Delete(all, printedRaters, len(all)-printedRaters)
	}
	if len(all) == 0 {
		return
	}
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.AppendHeader(table.Row{"rater", "party", "scores", "contracts", "mean", "severity", "error"})
	for _, r := range all {
		t.AppendRow(table.Row{r.ID, r.Party, r.N, r.Contracts, fmt.Sprintf("%.2f", r.Mean), fmt.Sprintf("%+.2f", r.Severity), fmt.Sprintf("%.2f", r.SE)})
	}
	t.Render()
}
