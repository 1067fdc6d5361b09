package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"pingxin/pipelines/policy"
)

func newPolicy(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "check, show and weigh the files of numbers that a run judges by", Args: cobra.NoArgs, RunE: help}
	cmd.AddCommand(
		newWeigh(s),
		&cobra.Command{Use: "list", Short: "list the shipped policies", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range policy.Shipped() {
				p, err := policy.Load(name)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%-16s %s / %s\n", name, p.Name.ZH, p.Name.EN)
			}
			return nil
		}},
		&cobra.Command{Use: "show NAME|FILE", Short: "print a policy, with the reason of every number", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				p, err := policy.Load(args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), strings.TrimRight(p.Text, "\n"))
				return err
			}},
		&cobra.Command{Use: "check FILE", Short: "check a policy file and print its hash", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				p, err := policy.Load(args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "policy %s is sound; hash %s\n", p.ID, p.Hash)
				return err
			}},
	)
	return cmd
}
