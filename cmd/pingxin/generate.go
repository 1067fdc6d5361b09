package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"pingxin/pipelines/district"
)

func newGenerate() *cobra.Command {
	size := district.Default()
	var out string
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "make a synthetic district of any size, the same for the same seed",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			manifest, err := district.Generate(out, size, progressOn(cmd.ErrOrStderr(), "rows"))
			if err != nil {
				return err
			}
			for _, f := range manifest.Files {
				fmt.Fprintf(cmd.OutOrStdout(), "%12s  %s\n", grouped(f.Rows), f.Path)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "planted situations:\n")
			for _, p := range manifest.Planted {
				fmt.Fprintf(cmd.OutOrStdout(), "  %-28s %s %s  %s\n", p.Situation, p.Kind, p.ID, p.Note)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&out, "out", "./district", "directory to write to")
	f.Uint64Var(&size.Seed, "seed", size.Seed, "seed")
	f.IntVar(&size.Departments, "departments", size.Departments, "purchasing departments")
	f.IntVar(&size.Suppliers, "suppliers", size.Suppliers, "suppliers")
	f.IntVar(&size.Contracts, "contracts", size.Contracts, "contracts over all budget years")
	f.IntVar(&size.Scores, "scores", size.Scores, "scores, about")
	f.IntVar(&size.Evaluators, "evaluators", size.Evaluators, "third-party evaluators")
	return cmd
}
