package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"pingxin/credit/challenger"
	"pingxin/pipelines"
	"pingxin/pipelines/cohort"
	"pingxin/pipelines/store"
)

// caseSource is where the cases of a scorecard come from: a file, whose columns the roles name, or the ratings of a past
// day in the store.
type caseSource struct {
	settings *settings
	roles    cohort.Roles
	back     lookBack
}

// add adds the flags; a file needs all those named, and those of one source do not go with the other.
func (c *caseSource) add(cmd *cobra.Command, ofFile ...string) {
	cmd.Flags().StringVar(&c.roles.Outcome, "outcome", "", "column of what came after (required with a file)")
	cmd.Flags().StringVar(&c.roles.Bad, "bad", "", "its cells that are bad; all others have to be alike (required with a file)")
	cmd.Flags().StringVar(&c.roles.ID, "id", "", "column of a key (default: the number of the row)")
	cmd.Flags().StringVar(&c.roles.Rule, "rule", "", "column of the rule score, higher is better")
	c.back.add(cmd)
	cmd.MarkFlagsRequiredTogether(ofFile...)
	cmd.MarkFlagsOneRequired("outcome", "as-of")
	for _, role := range []string{"outcome", "bad", "id", "rule"} {
		for _, day := range []string{"as-of", "horizon", "policy", "batches"} {
			cmd.MarkFlagsMutuallyExclusive(role, day)
		}
	}
}

// ofStore says whether the cases are those of the store; a file beside --as-of, or none without it, is an error.
func (c *caseSource) ofStore(args []string) (bool, error) {
	if fromStore := c.back.asOf != ""; fromStore == (len(args) == 0) {
		return fromStore, nil
	}
	return false, errors.New("expected either a FILE.csv with --outcome and --bad, or --as-of and no file for the suppliers of the store")
}

// fit fits a scorecard to the cases.
func (c *caseSource) fit(ctx context.Context, args []string, p challenger.Policy) (*challenger.Model, error) {
	fromStore, err := c.ofStore(args)
	if err != nil {
		return nil, err
	}
	if !fromStore {
		return fitFile(args[0], c.roles, p)
	}
	cases, err := c.suppliers(ctx)
	if err != nil {
		return nil, err
	}
	return challenger.Fit(p, cases.Outcome, cases.Design, cases.Records)
}

// compare sets a model beside the rule score on the cases.
func (c *caseSource) compare(ctx context.Context, args []string, model string) (*challenger.Comparison, error) {
	fromStore, err := c.ofStore(args)
	if err != nil {
		return nil, err
	}
	m, err := readModel(model)
	if err != nil {
		return nil, err
	}
	if !fromStore {
		return compareFile(args[0], c.roles, m)
	}
	cases, err := c.suppliers(ctx)
	if err != nil {
		return nil, err
	}
	records, err := cases.For(m)
	if err != nil {
		return nil, err
	}
	return challenger.Compare(m, records)
}

// suppliers are the cases of the store.
func (c *caseSource) suppliers(ctx context.Context) (cases pipelines.ScorecardCases, err error) {
	o, err := c.back.options()
	if err != nil {
		return cases, err
	}
	err = c.settings.existing(ctx, func(st *store.Store) error {
		cases, err = pipelines.Cases(ctx, st, o)
		return err
	})
	return cases, err
}

func readModel(path string) (*challenger.Model, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := challenger.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return m, nil
}

// readTable reads a CSV file.
func readTable(path string) (t *cohort.Table, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return cohort.ReadCSV(f, filepath.Base(path))
}

func fitFile(path string, roles cohort.Roles, p challenger.Policy) (*challenger.Model, error) {
	table, err := readTable(path)
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

func compareFile(path string, roles cohort.Roles, m *challenger.Model) (*challenger.Comparison, error) {
	table, err := readTable(path)
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
