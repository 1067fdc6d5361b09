package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"pingxin/dashboards"
	"pingxin/dashboards/publish"
	"pingxin/pipelines/store"
)

// defaultPublisher is how a publication names who publishes where nobody says it.
const defaultPublisher = "区财政局"

func newPublish(s *settings) *cobra.Command {
	o := publish.Options{Program: program()}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "publish --out DIR",
		Short: "write the results that are public as pages and open data that anyone can check",
		Long: `publish writes a folder of pages in Chinese and English that open without a server or a
script, and of open data as CSV, Parquet and JSON: the results of the published run that are
public, and the evidence from which 'pingxin verify DIR' computes them again. Answers of
fewer than five recipients are left out, and so is every number that would tell them. Each
release names the hash of the one before. The same run gives the same bytes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Reason = strings.TrimSpace(o.Reason); o.Reason == "" {
				return fmt.Errorf("--reason: found nothing, expected why the results are released, for the audit log")
			}
			return s.existing(cmd.Context(), func(st *store.Store) error {
				o.Publisher = s.publisher
				result, err := publish.Publish(cmd.Context(), st, o)
				if err == nil {
					err = publish.Keep(st, o.Out)
				}
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(cmd.OutOrStdout(), result)
				}
				return printRelease(cmd.OutOrStdout(), result, o.Out)
			})
		},
	}
	cmd.Flags().StringVar(&o.Out, "out", "", "folder to write, which must not exist")
	cmd.Flags().StringVar(&o.URL, "url", "", "address under which the folder will be read, for the OCDS files (empty: one that is nobody's)")
	cmd.Flags().StringVar(&o.OCIDPrefix, "ocid-prefix", "", "prefix of contracting processes that the Open Contracting Partnership gave (empty: one that is nobody's)")
	cmd.Flags().StringVar(&o.Reason, "reason", "", "why the results are released")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	_ = cmd.MarkFlagRequired("out") // the flag is there
	return cmd
}

// releaser publishes from within the server in the name of a publisher.
func releaser(st *store.Store, publisher string) func(ctx context.Context, reason string) error {
	return func(ctx context.Context, reason string) error {
		result, err := publish.Here(ctx, st, publish.Options{Publisher: publisher, Program: program(), Reason: reason})
		switch {
		case errors.Is(err, publish.ErrNotReproduced):
			return fmt.Errorf("%w: %w", dashboards.ErrNotReproduced, err)
		case errors.Is(err, publish.ErrNothingPublic):
			return dashboards.ErrNothingPublic
		case err == nil && result.Repeated:
			return dashboards.ErrNothingNew
		}
		return err
	}
}

func printRelease(w io.Writer, r publish.Result, out string) error {
	word := "published"
	if r.Repeated {
		word = "nothing new since; written again:"
	}
	_, err := fmt.Fprintf(w, "%s release %d of run %d in %s\n  evaluations  %s, of %s the numbers are withheld\n  ratings      %s, of %s the numbers are withheld\n  hash         %s\n  previous     %s\n",
		word, r.Number, r.Run, out, grouped(int64(r.Evaluations)), grouped(int64(r.Withheld)), grouped(int64(r.Ratings)), grouped(int64(r.RatingsWithheld)), r.Hash, orNothing(r.Previous))
	return err
}

// verifyBundle checks a published folder and prints what came of it.
func verifyBundle(ctx context.Context, w io.Writer, dir, previous string, asJSON bool) error {
	v, err := publish.Verify(ctx, dir, previous)
	if err != nil {
		return fmt.Errorf("%s does not hold: %w", dir, err)
	}
	if asJSON {
		return writeJSON(w, v)
	}
	chain := "follows " + orNothing(v.Previous) + ", which was not looked at (--previous)"
	if v.PreviousChecked {
		chain = "follows " + previous + ", which has that hash"
	}
	_, err = fmt.Fprintf(w, `identical: release %d as of %s, hash %s
  files        %s, each with its checksum; every form of a table says the same
  evaluations  %s computed again and identical, of them %s without answers that are withheld; %s withheld
  ratings      %s computed again and identical; %s withheld
  grades       %s of the grade assessment computed again and identical
  chain        %s
`, v.Release, v.AsOf, v.Hash, grouped(int64(v.Files)), grouped(int64(v.Evaluations)), grouped(int64(v.EvaluationsPartly)), grouped(int64(v.EvaluationsWithout)),
		grouped(int64(v.Ratings)), grouped(int64(v.RatingsWithout)), grouped(int64(v.Assessments)), chain)
	return err
}
