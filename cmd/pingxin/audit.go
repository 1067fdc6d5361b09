package main

import (
	"context"
	"fmt"
	"io"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pingxin/pipelines/store"
)

// listedEntries is how many entries of the audit log are listed unless more are asked for.
const listedEntries = 50

// console is who acts when a command is run: the user of the operating system.
func console() store.Actor {
	a := store.Actor{Name: "console", Role: "console"}
	if u, err := user.Current(); err == nil { // a machine without a name for the user has a console all the same
		a.Name = u.Username
	}
	return a
}

func newAudit(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "check and list the audit log: who did what, when", Args: cobra.NoArgs, RunE: help}
	cmd.AddCommand(newAuditVerify(s), newAuditList(s))
	return cmd
}

func newAuditVerify(s *settings) *cobra.Command {
	var head string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "check that no entry was changed, removed or added behind the program's back",
		Long: `verify computes the chain of the audit log again, compares it with the anchors that lie
beside the database, and names the first entry that is not as it was written. Whoever can
write to the data directory could change both: note the printed head somewhere else from
time to time, and hand it back with --head. It exits with 1 when the chain is broken.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.existing(cmd.Context(), func(st *store.Store) error {
				state, err := st.CheckAudit(cmd.Context())
				if err == nil && head != "" {
					err = compareHead(cmd.Context(), st, head)
				}
				if err != nil {
					return err
				}
				if asJSON {
					err = writeJSON(cmd.OutOrStdout(), state)
				} else {
					err = printAuditState(cmd.OutOrStdout(), state)
				}
				if b := state.Broken; err == nil && b != nil {
					err = fmt.Errorf("the audit log is broken at %d (%s): found %s, expected %s; find out who could write to %s, and compare with a backup", b.Number, b.Cause, b.Found, b.Expected, s.data)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&head, "head", "", "head that an earlier check printed, as NUMBER:CHAIN")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// compareHead looks for an entry that was noted outside the data directory.
func compareHead(ctx context.Context, st *store.Store, head string) error {
	text, chain, _ := strings.Cut(head, ":")
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 1 || chain == "" {
		return fmt.Errorf("--head: found %q, expected NUMBER:CHAIN as an earlier check printed it", head)
	}
	return st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		kept, err := store.AuditChain(ctx, r, number)
		if err == nil && kept != chain {
			err = fmt.Errorf("entry %d of the audit log is not the one that was noted: found chain %s, expected %s", number, orNothing(kept), chain)
		}
		return err
	})
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

func printAuditState(w io.Writer, state store.AuditState) error {
	verdict := "the chain holds"
	if state.Broken != nil {
		verdict = "THE CHAIN IS BROKEN; whole until here"
	}
	_, err := fmt.Fprintf(w, "%s: %s entries, %s anchors\n  head  %d:%s\n", verdict, grouped(state.Entries), grouped(int64(state.Anchors)), state.Number, state.Chain)
	return err
}

func newAuditList(s *settings) *cobra.Command {
	f := store.AuditFilter{}
	var from, until string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "list entries of the audit log, the latest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if f.From, err = parseDay("from", from); err != nil {
				return err
			}
			if f.Until, err = parseDay("until", until); err != nil {
				return err
			}
			if f.Limit < 1 {
				return fmt.Errorf("--limit: found %d, expected a number from 1", f.Limit)
			}
			if !f.Until.IsZero() {
				f.Until = f.Until.AddDate(0, 0, 1) // the day is meant with all its hours
			}
			return s.existing(cmd.Context(), func(st *store.Store) error {
				return st.Read(cmd.Context(), func(ctx context.Context, r *store.Reader) error {
					entries, total, err := store.AuditLog(ctx, r, f)
					switch {
					case err != nil:
						return err
					case asJSON:
						return writeJSON(cmd.OutOrStdout(), entries)
					}
					return printEntries(cmd.OutOrStdout(), entries, total)
				})
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Actor, "actor", "", "only of this account or user")
	flags.StringVar(&f.Action, "action", "", "only this action, for example "+store.UploadAccepted)
	flags.StringVar(&f.Subject, "subject", "", "only where the subject holds this text, for example batch:12")
	flags.StringVar(&from, "from", "", "only from this day (UTC), for example 2026-03-01")
	flags.StringVar(&until, "until", "", "only until this day (UTC), with it")
	flags.IntVar(&f.Limit, "limit", listedEntries, "most entries to list")
	flags.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func printEntries(w io.Writer, entries []store.AuditEntry, total int) error {
	for _, e := range entries {
		who := e.Actor
		if who == "" {
			who = "(program)"
		} else if e.Role != "" {
			who += " (" + e.Role + ")"
		}
		if _, err := fmt.Fprintf(w, "%6d  %s  %-20s  %-18s  %-14s  %s\n", e.Number, e.At.Format(time.RFC3339), who, e.Action, e.Subject, e.Detail); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d of %d entries\n", len(entries), total)
	return err
}
