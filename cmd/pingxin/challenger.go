package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"pingxin/credit/challenger"
	"pingxin/pipelines/cohort"
)

func newChallenger() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "challenger",
		Short: "fit a statistical scorecard and set it beside the rule score",
		Long: `challenger fits a scorecard to cases of the past whose outcome is known, and sets it beside
the rule score on cases of its own. It changes no rating: a challenger is shown next to the
rule score or not at all.`,
		Args: cobra.NoArgs, // with a run of its own, or an unknown word would print the help as if all were well
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newChallengerFit(), newChallengerCompare())
	return cmd
}

// addRoles adds the flags that say what the columns of a file of cases are.
func addRoles(cmd *cobra.Command, roles *cohort.Roles) {
	cmd.Flags().StringVar(&roles.Outcome, "outcome", "", "column of what came after (required)")
	cmd.Flags().StringVar(&roles.Bad, "bad", "", "its cells that are bad; all others have to be alike (required)")
	cmd.Flags().StringVar(&roles.ID, "id", "", "column of a key (default: the number of the row)")
	cmd.Flags().StringVar(&roles.Rule, "rule", "", "column of the rule score, higher is better")
	cobra.CheckErr(errors.Join(cmd.MarkFlagRequired("outcome"), cmd.MarkFlagRequired("bad")))
}

func newChallengerFit() *cobra.Command {
	var roles cohort.Roles
	var out string
	var asJSON bool
	p := challenger.DefaultPolicy()
	cmd := &cobra.Command{
		Use:   "fit FILE.csv",
		Short: "fit a scorecard to cases of the past",
		Long: `fit cuts every column into bins, weighs them by the outcome, fits a logistic regression to
the weights and writes the points of every bin to a model file. A column of numbers is cut
into ranges in which the share of bad cases only rises or only falls; every text of a column
of texts is a bin; empty cells are a bin of their own.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := fitFile(args[0], roles, p)
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
	addRoles(cmd, &roles)
	cmd.Flags().StringSliceVar(&roles.Ignore, "ignore", nil, "columns that are no inputs")
	cmd.Flags().StringSliceVar(&roles.Categories, "category", nil, "columns of numbers that are categories all the same")
	cmd.Flags().Float64Var(&p.BaseScore, "base-score", p.BaseScore, "points at the base odds")
	cmd.Flags().Float64Var(&p.BaseOdds, "base-odds", p.BaseOdds, "good cases for one bad at the base score")
	cmd.Flags().Float64Var(&p.PDO, "pdo", p.PDO, "points that double the odds")
	cmd.Flags().StringVar(&out, "out", "", "model file to write (required)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the model as JSON")
	cobra.CheckErr(cmd.MarkFlagRequired("out"))
	return cmd
}

func newChallengerCompare() *cobra.Command {
	var roles cohort.Roles
	var model string
	var shown int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare FILE.csv",
		Short: "set a scorecard beside the rule score on the same cases",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if shown < 0 {
				return fmt.Errorf("--show: found %d, expected a number from 0", shown)
			}
			c, err := compareFile(args[0], roles, model)
			if err != nil {
				return fmt.Errorf("challenger compare: %w", err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), c)
			}
			return printComparison(cmd.OutOrStdout(), c, shown)
		},
	}
	addRoles(cmd, &roles)
	cmd.Flags().StringVar(&model, "model", "", "model file that fit wrote (required)")
	cmd.Flags().IntVar(&shown, "show", 10, "how many cases to print on which the two scores differ most")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the comparison as JSON, with every case")
	cobra.CheckErr(errors.Join(cmd.MarkFlagRequired("model"), cmd.MarkFlagRequired("rule")))
	return cmd
}

// readCases reads a file of cases.
func readCases(path string) (t *cohort.Table, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return cohort.ReadCSV(f, filepath.Base(path))
}

func fitFile(path string, roles cohort.Roles, p challenger.Policy) (*challenger.Model, error) {
	table, err := readCases(path)
	if err != nil {
		return nil, err
	}
	design, err := table.Design(roles)
	if err != nil {
		return nil, err
	}
	records, err := table.Records(design, roles)
	if err != nil {
		return nil, err
	}
	m, err := challenger.Fit(p, roles.Outcome+" = "+roles.Bad, design, records)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", table.Name, err)
	}
	return m, nil
}

func compareFile(path string, roles cohort.Roles, model string) (*challenger.Comparison, error) {
	text, err := os.ReadFile(model)
	if err != nil {
		return nil, err
	}
	m, err := challenger.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(model), err)
	}
	table, err := readCases(path)
	if err != nil {
		return nil, err
	}
	records, err := table.Records(m.Design(), roles)
	if err != nil {
		return nil, err
	}
	c, err := challenger.Compare(m, records)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", table.Name, err)
	}
	return c, nil
}
