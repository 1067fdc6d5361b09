package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pingxin/pipelines/store"
)

func newDoctor(s *settings) *cobra.Command {
	return &cobra.Command{Use: "doctor", Short: "check a data directory: receipts against batches, batches against rows, keys against names", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd.Context(), func(st *store.Store) error {
				receipts, err := st.Receipts()
				if err != nil {
					return err
				}
				var findings []string
				err = st.Read(cmd.Context(), func(ctx context.Context, r *store.Reader) error {
					findings, err = store.Examine(ctx, r, receipts)
					return err
				})
				if err != nil {
					return err
				}
				for _, f := range findings {
					fmt.Fprintln(cmd.OutOrStdout(), f)
				}
				if len(findings) > 0 {
					return fmt.Errorf("doctor: %d findings in %s; stop the server and import the named files again from the archive, or restore a backup", len(findings), s.data)
				}
				if _, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is sound: %d receipts, all batches whole\n", s.data, len(receipts)); err != nil {
					return err
				}
				return printLastBackup(cmd.OutOrStdout(), st, time.Now())
			})
		}}
}

// printLastBackup says when the last good backup was made.
func printLastBackup(w io.Writer, st *store.Store, now time.Time) error {
	path, at, ok, err := st.LastBackup()
	switch {
	case err != nil:
		return err
	case !ok:
		_, err = fmt.Fprintln(w, "no backup was made yet: `pingxin backup --to DIR`, or `pingxin serve --backup-dir DIR` for one after each night")
	default:
		_, err = fmt.Fprintf(w, "last good backup: %s, %.1f days ago, %s\n", at.Format(time.RFC3339), now.Sub(at).Hours()/24, path)
		if _, gone := os.Stat(path); gone != nil && err == nil {
			_, err = fmt.Fprintln(w, "  it does not lie there any more")
		}
	}
	return err
}
