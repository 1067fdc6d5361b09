package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func newBench() *cobra.Command {
	var o benchOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "measure a run, an ordinary night and an import against bare DuckDB in the same process",
		Long: `bench makes N scores of a synthetic district in a directory of its own, then measures in
one process: the bare GROUP BY of all scores, a full run, an ordinary night after 0.1
percent of the contracts got new scores, and the import of a CSV file against DuckDB's
own read_csv. Only the ratios mean something on another machine.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.dir == "" {
				temp, err := os.MkdirTemp("", "pingxin-bench-")
				if err != nil {
					return err
				}
				defer os.RemoveAll(temp)
				o.dir = temp
			}
			o.log = cmd.ErrOrStderr()
			result, err := measure(cmd.Context(), o)
			if err != nil {
				return fmt.Errorf("bench: %w", err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), result)
			}
			return printBench(cmd.OutOrStdout(), result)
		},
	}
	cmd.Flags().IntVar(&o.scores, "scores", 1_000_000, "scores to make")
	cmd.Flags().IntVar(&o.csvRows, "csv-rows", 1_000_000, "rows of the CSV file that is imported")
	cmd.Flags().IntVar(&o.repeat, "repeat", 3, "times each measurement is repeated; the median counts")
	cmd.Flags().StringVar(&o.memory, "memory-limit", "", "memory limit of the database, for example 3GB")
	cmd.Flags().StringVar(&o.dir, "dir", "", "directory to work in (default: a temporary one, removed afterwards)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the figures as JSON")
	return cmd
}

func printBench(w io.Writer, r benchResult) error {
	_, err := fmt.Fprintf(w, `%s scores of %s contracts, medians of %d
  bare GROUP BY            %8.3f s
  full run                 %8.3f s   %6.3f of the bare GROUP BY
  ordinary night           %8.3f s   %6.3f of the full run (%d contracts judged)
  read_csv, %s rows %8.3f s
  import of the same file  %8.3f s   %6.3f of the speed of read_csv
  peak resident memory     %8d MiB
`, grouped(int64(r.Scores)), grouped(int64(r.Contracts)), r.Repeat, r.BareSeconds, r.FullSeconds, r.FullOverBare, r.NightSeconds, r.NightOverFull,
		r.NightTouched, grouped(int64(r.CSVRows)), r.ReadCSVSeconds, r.ImportSeconds, r.ImportSpeedShare, r.PeakMiB)
	if err != nil {
		return err
	}
	for _, s := range r.FullSteps {
		if _, err := fmt.Fprintf(w, "    full run: %-32s %6d ms %12s rows\n", s.Name, s.MS, grouped(s.Rows)); err != nil {
			return err
		}
	}
	return nil
}
