package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"pingxin/pipelines/store"
)

// defaultBackups is the directory of backups when nothing else is said.
const defaultBackups = "./pingxin-backups"

func newBackup(s *settings) *cobra.Command {
	var to string
	var keep int
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "copy a data directory into a directory of backups, verified",
		Long: `backup copies the database, the archive of uploads, the receipts, the audit anchors and
the keys into a directory of their own below --to, opens the copy and compares every table.
Files of the archive that the backup before has already take no more room. A running server
makes a backup after each night by itself with 'serve --backup-dir'. Keep backups on
another disk: the archive and the database are as readable there as here.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if keep < 0 {
				return fmt.Errorf("--keep: found %d, expected a number from 1", keep)
			}
			s.backups = to
			return s.with(cmd.Context(), func(st *store.Store) error {
				b, err := st.Backup(cmd.Context(), keep)
				if err != nil {
					return err
				}
				return printBackup(cmd.OutOrStdout(), b)
			})
		},
	}
	cmd.PersistentFlags().StringVar(&to, "to", defaultBackups, "directory of the backups")
	cmd.Flags().IntVar(&keep, "keep", store.KeepBackups, "backups to keep; the oldest beyond are removed")
	cmd.AddCommand(newBackupList(&to), newBackupVerify(s, &to))
	return cmd
}

func printBackup(w io.Writer, b store.Backup) error {
	var bytes int64
	for _, p := range b.Parts {
		bytes += p.Bytes
	}
	_, err := fmt.Fprintf(w, "%s: %s receipts, run %d, %s files, %s MiB, every table compared\n", b.Path, grouped(int64(b.Receipts)), b.Run, grouped(int64(len(b.Parts))), grouped(bytes>>20))
	return err
}

func newBackupList(to *string) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "list the backups, the latest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		all, err := store.Backups(*to)
		if err == nil && len(all) == 0 {
			err = fmt.Errorf("%s: found no backup in it", *to)
		}
		for _, b := range all {
			if err == nil {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s  %s receipts, run %d  %s\n", b.At.Format(time.RFC3339), grouped(int64(b.Receipts)), b.Run, b.Path)
			}
		}
		return err
	}}
}

func newBackupVerify(s *settings, to *string) *cobra.Command {
	var in string
	cmd := &cobra.Command{
		Use:   "verify [BACKUP]",
		Short: "drill: restore a backup beside, compute its published run again, compare, and remove it",
		Long: `verify restores the backup, or the latest one below --to, into a temporary directory,
compares every part and every table, opens it, compares the receipts with the batches, and
computes the published run in full: it must come out with the hash with which it was
published. Nothing of it stays.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := store.OpenBackup(append(args, *to)[0])
			if err != nil {
				return err
			}
			return drill(cmd.Context(), *s, b, in, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&in, "in", "", "directory in which the temporary one is made, with room for the whole backup (empty: the system's)")
	return cmd
}

// drill restores a backup into a temporary directory and computes its published run again.
func drill(ctx context.Context, s settings, b store.Backup, in string, out io.Writer) (err error) {
	home, err := os.MkdirTemp(in, "pingxin-drill-")
	if err != nil {
		return fmt.Errorf("drill: %w; choose another --in", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	s.data, s.backups = filepath.Join(home, "data"), ""
	if err := s.restore(ctx, b); err != nil {
		return err
	}
	return s.with(ctx, func(st *store.Store) error {
		if r := st.Recovery(); r != nil {
			return fmt.Errorf("drill of %s: %v", b.Path, r)
		}
		if b.Run == 0 {
			_, err := fmt.Fprintf(out, "%s is good: %s receipts, every table compared; no run was published yet\n", b.Path, grouped(int64(b.Receipts)))
			return err
		}
		v, err := verifyRun(ctx, st, b.Run)
		if err != nil {
			return err
		}
		if !v.Holds || v.Hash != b.RunHash {
			return fmt.Errorf("drill of %s: run %d comes out as %s and was published as %s%s", b.Path, b.Run, v.Again, b.RunHash, otherProgram(v.Program))
		}
		_, err = fmt.Fprintf(out, "%s is good: %s receipts, every table compared; run %d computed in full comes out as published, %s\n", b.Path, grouped(int64(b.Receipts)), b.Run, v.Again)
		return err
	})
}

// restore copies a backup into the data directory, which must be new.
func (s *settings) restore(ctx context.Context, b store.Backup) error {
	o, err := s.options()
	if err != nil {
		return err
	}
	return store.Restore(ctx, b, s.data, o)
}

func newRestore(s *settings) *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "restore",
		Short: "restore a backup into a new data directory",
		Long: `restore copies a backup, or the latest one of a directory of backups, into the directory
of --data, which must be new or empty. Every file is compared with the backup's manifest and
every table with what it held, then the store is opened and compared with its receipts.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := store.OpenBackup(from)
			if err != nil {
				return err
			}
			if err := s.restore(cmd.Context(), b); err != nil {
				return err
			}
			return s.with(cmd.Context(), func(st *store.Store) error {
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s holds the backup of %s: %s receipts, run %d, every file and table compared\n", s.data, b.At.Format(time.RFC3339), grouped(int64(b.Receipts)), b.Run)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", defaultBackups, "a backup, or the directory of the backups")
	return cmd
}

func newReplay(s *settings) *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "import every archived file again into a new data directory, by the receipts",
		Long: `replay takes the archive and the receipts of a data directory (or of a backup), whose
database it does not read, and imports every file again into the directory of --data, in
the order and in the way in which it was accepted. Each must come to the batch, the rows and
the content that its receipt says, otherwise replay stops and names the file. What is no
upload does not come back: runs, calibrations, accounts, survey links and the audit log.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" {
				return errors.New("--from: expected the data directory whose archive is to be imported again")
			}
			if err := store.CopyUploads(cmd.Context(), from, s.data); err != nil {
				return err
			}
			return s.with(cmd.Context(), func(st *store.Store) error {
				receipts, err := st.Receipts()
				if err != nil {
					return err
				}
				if _, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s files were imported again, each as its receipt says\n", s.data, grouped(int64(len(receipts)))); err != nil {
					return err
				}
				if r := st.Recovery(); r != nil && r.Missing != "" {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "  missing: %s\n", r.Missing)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "data directory or backup whose archive is imported")
	return cmd
}
