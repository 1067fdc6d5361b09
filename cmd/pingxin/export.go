package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pingxin/pipelines/store"
)

func newExport(s *settings) *cobra.Command {
	var format, out string
	last := len(store.ExportFormats) - 1
	formats := strings.Join(store.ExportFormats[:last], ", ") + " or " + store.ExportFormats[last]
	cmd := &cobra.Command{
		Use:   "export TABLE",
		Short: "write a result table of the published run to a file",
		Long:  "export writes a table of the published run. Tables: " + strings.Join(store.Exports(), ", ") + ".",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(store.ExportFormats, format) {
				return fmt.Errorf("--format: found %q, expected %s", format, formats)
			}
			return s.with(cmd.Context(), func(st *store.Store) error {
				return st.Read(cmd.Context(), func(ctx context.Context, r *store.Reader) error {
					rows, err := store.Export(ctx, r, store.Everything, args[0])
					if err != nil {
						return err
					}
					defer rows.Release()
					return writeTo(out, cmd.OutOrStdout(), func(w io.Writer) error { return store.WriteExport(w, format, rows) })
				})
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "csv", formats)
	cmd.Flags().StringVar(&out, "out", "", "file to write (default: standard output)")
	return cmd
}

// writeTo writes to a new file, which appears under its name only when it is whole, or to stdout when path is empty.
func writeTo(path string, stdout io.Writer, write func(io.Writer) error) (err error) {
	if path == "" {
		return write(stdout)
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		return fmt.Errorf("write: %w; choose another --out", err)
	}
	b := bufio.NewWriter(f)
	err = errors.Join(write(b), b.Flush(), f.Sync())
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path+".part"))
	}
	if err := os.Rename(path+".part", path); err != nil {
		return errors.Join(fmt.Errorf("write: %w; choose another --out", err), os.Remove(path+".part"))
	}
	return nil
}
