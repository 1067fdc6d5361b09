package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"pingxin/credit/challenger"
)

func newChallenger(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "challenger",
		Short: "fit a statistical scorecard and set it beside the rule score",
		Long: `challenger fits a scorecard to cases of the past whose outcome is known, and sets it beside
the rule score on cases of its own. It changes no rating: a challenger is shown next to the
rule score or not at all. The cases are those of a file, or with --as-of the suppliers of the
store as validate compares them.`,
		Args: cobra.NoArgs,
		RunE: help,
	}
	cmd.AddCommand(newChallengerFit(s), newChallengerCompare(s))
	return cmd
}

func newChallengerFit(s *settings) *cobra.Command {
	cases := caseSource{settings: s}
	var out string
	var asJSON bool
	p := challenger.DefaultPolicy()
	cmd := &cobra.Command{
		Use:   "fit [FILE.csv]",
		Short: "fit a scorecard to cases of the past",
		Long: `fit cuts every column into bins, weighs them by the outcome, fits a logistic regression to
the weights and writes the points of every bin to a model file. A column of numbers is cut
into ranges in which the share of bad cases only rises or only falls; every text of a column
of texts is a bin; empty cells are a bin of their own. With --as-of the cases are the suppliers
rated on that day and the outcome is what came within the horizon.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := cases.fit(cmd.Context(), args, p)
			if err != nil {
				return fmt.Errorf("challenger fit: %w", err)
			}
			text, err := m.Encode()
			if err != nil {
				return fmt.Errorf("challenger fit: %w", err)
			}
			if err := writeTo(out, nil, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
				return err
			}
			if asJSON {
				_, err = cmd.OutOrStdout().Write(text)
				return err
			}
			return printModel(cmd.OutOrStdout(), m, out)
		},
	}
	cases.add(cmd, "outcome", "bad")
	cmd.Flags().StringSliceVar(&cases.roles.Ignore, "ignore", nil, "columns that are no inputs")
	cmd.Flags().StringSliceVar(&cases.roles.Categories, "category", nil, "columns of numbers that are categories all the same")
	cmd.Flags().Float64Var(&p.BaseScore, "base-score", p.BaseScore, "points at the base odds")
	cmd.Flags().Float64Var(&p.BaseOdds, "base-odds", p.BaseOdds, "good cases for one bad at the base score")
	cmd.Flags().Float64Var(&p.PDO, "pdo", p.PDO, "points that double the odds")
	cmd.Flags().StringVar(&out, "out", "", "model file to write (required)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the model as JSON")
	cobra.CheckErr(cmd.MarkFlagRequired("out"))
	return cmd
}

func newChallengerCompare(s *settings) *cobra.Command {
	cases := caseSource{settings: s}
	var model string
	var shown int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare [FILE.csv]",
		Short: "set a scorecard beside the rule score on the same cases",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if shown < 0 {
				return fmt.Errorf("--show: found %d, expected a number from 0", shown)
			}
			c, err := cases.compare(cmd.Context(), args, model)
			if err != nil {
				return fmt.Errorf("challenger compare: %w", err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), c)
			}
			return printComparison(cmd.OutOrStdout(), c, shown)
		},
	}
	cases.add(cmd, "outcome", "bad", "rule")
	cmd.Flags().StringVar(&model, "model", "", "model file that fit wrote (required)")
	cmd.Flags().IntVar(&shown, "show", 10, "how many cases to print on which the two scores differ most")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the comparison as JSON, with every case")
	cobra.CheckErr(cmd.MarkFlagRequired("model"))
	return cmd
}
