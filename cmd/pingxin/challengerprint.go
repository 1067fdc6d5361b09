package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"pingxin/credit/challenger"
)

// columnGap is the least distance of printed columns.
const columnGap = 3

// printModel prints the scorecard: each characteristic with its coefficient, each bin with its points.
func printModel(out io.Writer, m *challenger.Model, path string) error {
	r := m.Regression
	fmt.Fprintf(out, "fitted to %s cases, %s bad (%s)\n", grouped(int64(r.Records)), grouped(int64(r.Bad)), m.Outcome)
	fmt.Fprintf(out, "deviance %.6g, without inputs %.6g; %g points at odds of %g to 1, %g more double the odds\n\n",
		r.Deviance, r.NullDeviance, m.Policy.BaseScore, m.Policy.BaseOdds, m.Policy.PDO)
	w := tabwriter.NewWriter(out, 0, 0, columnGap, ' ', 0)
	fmt.Fprintln(w, "input\tinformation value\tcoefficient\tstandard error\tp")
	for i, b := range m.Characteristics {
		c := r.Coefficients[i+1]
		fmt.Fprintf(w, "%s\t%.4f\t%.4f\t%.4f\t%.2g\n", b.Name, b.IV, c.Value, c.SE, c.P)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	fmt.Fprintln(w, "input\tbin\tgood\tbad\tbad share\tweight of evidence\tpoints")
	for _, b := range m.Characteristics {
		for _, bin := range b.Bins {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.1f%%\t%+.4f\t%g\n", b.Name, bin.Name, grouped(int64(bin.Good)), grouped(int64(bin.Bad)),
				100*float64(bin.Bad)/float64(bin.Good+bin.Bad), bin.WOE, bin.Points)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nrounding the points of a bin moves a score by at most %.3g points\n", m.RoundingError)
	printWarnings(out, m.Warnings)
	_, err := fmt.Fprintf(out, "wrote %s, hash %s\n", path, m.Hash)
	return err
}

func printWarnings(out io.Writer, warnings []challenger.Warning) {
	for _, w := range warnings {
		fmt.Fprintln(out, "note:", w)
	}
}

// printComparison prints both scores side by side, then the cases on which their ranks differ most.
func printComparison(out io.Writer, c *challenger.Comparison, shown int) error {
	fmt.Fprintf(out, "%s cases, %s bad (the model calls bad: %s), model %.12s\n\n", grouped(int64(c.Records)), grouped(int64(c.Bad)), c.Outcome, c.Model)
	w := tabwriter.NewWriter(out, 0, 0, columnGap, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\trule score\tchallenger\t")
	fmt.Fprintf(w, "AUC\t%.6f\t%.6f\t\n", c.Rule.AUC, c.Challenger.AUC)
	fmt.Fprintf(w, "KS\t%.6f\t%.6f\t\n", c.Rule.KS, c.Challenger.KS)
	fmt.Fprintf(w, "Brier of the stated probability\t%s\t%s\t\n", orNone(c.Rule.Brier), orNone(c.Challenger.Brier))
	fmt.Fprintf(w, "Brier calibrated on these cases\t%s\t%s\t\n", orNone(c.Rule.Calibrated), orNone(c.Challenger.Calibrated))
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nrank correlation of the two scores: %s\n", orNone(c.RankCorrelation))
	printWarnings(out, c.Warnings)
	unseen := 0
	for _, k := range c.Cases {
		if len(k.Warnings) > 0 {
			unseen++
		}
	}
	if unseen > 0 {
		fmt.Fprintf(out, "note: %s cases have values that the fit never saw, which count as neither good nor bad; --json names them\n", grouped(int64(unseen)))
	}
	return printApart(out, c.Cases, shown)
}

// printApart prints the cases whose ranks differ most, the first by id of equal ones.
func printApart(out io.Writer, cases []challenger.Case, shown int) error {
	cases = slices.Clone(cases)
	apart := func(k challenger.Case) float64 { return math.Abs(k.RuleRank - k.ChallengerRank) }
	slices.SortStableFunc(cases, func(a, b challenger.Case) int { return cmp.Compare(apart(b), apart(a)) })
	cases = cases[:min(shown, len(cases))]
	if len(cases) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\nwhere the two differ most (rank 1 is the worst):\n")
	w := tabwriter.NewWriter(out, 0, 0, columnGap, ' ', 0)
	fmt.Fprintln(w, "id\toutcome\trule score\trank\tchallenger\trank\tchance of bad\tpoints lost by")
	for _, k := range cases {
		outcome := "good"
		if k.Bad {
			outcome = "bad"
		}
		var reasons []string
		for _, r := range k.Reasons {
			reasons = append(reasons, fmt.Sprintf("%s %s (%g)", r.Input, r.Bin, r.Lost))
		}
		fmt.Fprintf(w, "%s\t%s\t%g\t%g\t%g\t%g\t%.1f%%\t%s\n", k.ID, outcome, k.Rule, k.RuleRank, k.Points, k.ChallengerRank, 100*k.Probability, strings.Join(reasons, ", "))
	}
	return w.Flush()
}

// orNone prints a number, or a dash where there is none.
func orNone(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.6f", *v)
}
