package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"pingxin/dashboards/access"
)

func newContract(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "contract", Short: "close the evaluation of contracts, or open it again", Args: cobra.NoArgs, RunE: help}
	cmd.AddCommand(newClosing(s, "close", "take no more scores and answers for contracts; what was accepted stays", true, "closed"),
		newClosing(s, "reopen", "take scores and answers for contracts again", false, "open again"))
	return cmd
}

// newClosing is the command that closes the evaluation of contracts, or the one that opens it.
func newClosing(s *settings, verb, short string, closed bool, state string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{Use: verb + " NUMBER...", Short: short, Args: cobra.MinimumNArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return s.withKeeper(cmd.Context(), func(keeper *access.Keeper) error {
			changed, err := keeper.Close(cmd.Context(), access.Identity{}, args, closed, reason)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "the evaluation of %d of %d contracts is now %s\n", changed, len(args), state)
			return err
		})
	}}
	cmd.Flags().StringVar(&reason, "reason", "", "why, which stays with it (required)")
	return cmd
}
