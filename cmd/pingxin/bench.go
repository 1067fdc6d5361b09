package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"pingxin/pipelines"
)

func newBench(s *settings) *cobra.Command {
	var o benchOptions
	var asJSON bool
	var samples, growth string
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "measure a run, an ordinary night and an import against bare DuckDB in the same process",
		Long: `bench makes N scores of a synthetic district in a directory of its own, then measures in
one process: the bare GROUP BY of all scores, a full run, an ordinary night after 0.1
percent of the contracts got new scores, and the import of files as CSV, Parquet and XLSX
against DuckDB's own read_csv and read_parquet. With --serve it lets 64 readers read the
pages, alone and while full runs compute. Only the ratios mean something on another
machine. With --growth it measures instead what a full run costs over sizes, and a
calibration over raters, in seconds of all processors: 100,000 scores and more up to N,
and contracts and raters alone.`,
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
			o.log, o.threads, o.memory = cmd.ErrOrStderr(), s.threads, s.memory
			if growth != "" {
				return grow(cmd.Context(), o, growth)
			}
			result, err := measure(cmd.Context(), o)
			if err != nil {
				return fmt.Errorf("bench: %w", err)
			}
			if err := saveSamples(samples, result); err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), result)
			}
			return printBench(cmd.OutOrStdout(), result)
		},
	}
	cmd.Flags().IntVar(&o.scores, "scores", 1_000_000, "scores to make")
	cmd.Flags().IntVar(&o.contracts, "contracts", 0, "contracts that they are of (0: one for 500 scores)")
	cmd.Flags().IntVar(&o.suppliers, "suppliers", 0, "suppliers that are registered (0: those that have contracts, two for fifteen)")
	cmd.Flags().DurationVar(&o.serving, "serve", 0, "measure the pages, too, twice for so long")
	cmd.Flags().Lookup("serve").NoOptDefVal = servedFor
	cmd.Flags().IntVar(&o.csvRows, "csv-rows", 1_000_000, "rows of the CSV and Parquet files that are imported")
	cmd.Flags().IntVar(&o.sheetRows, "xlsx-rows", 100_000, "rows of the workbook that is imported")
	cmd.Flags().IntVar(&o.repeat, "repeat", 3, "times each measurement is repeated; the median counts")
	cmd.Flags().StringVar(&o.dir, "dir", "", "directory to work in (default: a temporary one, removed afterwards)")
	cmd.Flags().StringVar(&samples, "samples", "", "file for every measurement in Go's benchmark format, for benchstat")
	cmd.Flags().StringVar(&growth, "growth", "", "measure how the cost grows instead, into a file with a line of JSON for each size")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the figures as JSON")
	return cmd
}

func printBench(w io.Writer, r benchResult) error {
	_, err := fmt.Fprintf(w, `%s scores of %s contracts, medians of %d
  bare GROUP BY            %8.3f s
  full run                 %8.3f s   %6.3f of the bare GROUP BY
  of all processors        %8.3f s   and %.3f s for the bare GROUP BY
  ordinary night           %8.3f s   %6.3f of the full run (%d contracts judged)
  peak resident memory     %8d MiB
`, grouped(int64(r.Scores)), grouped(int64(r.Contracts)), r.Repeat, r.BareSeconds, r.FullSeconds, r.FullOverBare, r.FullProcessor, r.BareProcessor, r.NightSeconds, r.NightOverFull,
		r.NightTouched, r.PeakMiB)
	if err != nil {
		return err
	}
	for _, i := range r.Imports {
		if err := i.print(w); err != nil {
			return err
		}
	}
	for _, run := range []struct {
		name  string
		steps []pipelines.Step
	}{{"full run", r.FullSteps}, {"ordinary night", r.NightSteps}} {
		for _, s := range run.steps {
			if _, err := fmt.Fprintf(w, "    %-16s%-32s %6d ms %12s rows\n", run.name+":", s.Name, s.MS, grouped(s.Rows)); err != nil {
				return err
			}
		}
	}
	if r.Served == nil {
		return nil
	}
	return r.Served.print(w)
}

// writeSamples writes every measurement as a line of Go's benchmark format, which benchstat compares, by the clock and by the
// processors, together with the ratios that the product promises.
func writeSamples(w io.Writer, r benchResult) error {
	prefix := fmt.Sprintf("BenchmarkPingxin/scores=%d/", r.Scores)
	var b strings.Builder
	for _, s := range r.Samples {
		for i, seconds := range s.Seconds {
			fmt.Fprintf(&b, "%s%s 1 %.0f ns/op %.0f processor-ns/op\n", prefix, strings.ReplaceAll(s.Name, " ", "_"), seconds*1e9, s.Processor[i]*1e9)
		}
	}
	fmt.Fprintf(&b, "%sratios 1 %.4f full/bare %.4f night/full", prefix, r.FullOverBare, r.NightOverFull)
	for _, i := range r.Imports {
		if i.Alone > 0 {
			fmt.Fprintf(&b, " %.4f import/%s %.4f processor-import/%s", i.SpeedShare, i.Against, i.Processor, i.Against)
		}
	}
	fmt.Fprintf(&b, " %d MiB\n", r.PeakMiB)
	_, err := io.WriteString(w, b.String())
	return err
}

// saveSamples writes them to a file; the empty path is none.
func saveSamples(path string, r benchResult) (err error) {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("--samples: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return writeSamples(f, r)
}
