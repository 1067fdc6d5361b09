package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"pingxin/pipelines"
	"pingxin/pipelines/store"
)

// listedDifferences is how many differing results are printed; the JSON form has all.
const listedDifferences = 20

func newVerify(s *settings) *cobra.Command {
	var run int
	var asJSON bool
	var previous string
	cmd := &cobra.Command{
		Use:   "verify [BUNDLE]",
		Short: "compute a published run, or a published folder, again and compare every result",
		Long: `verify BUNDLE checks a folder that 'pingxin publish' wrote, from that folder alone: the
checksum of every file, that all forms of a table say the same, and that every published
evaluation, rating and grade follows from the published evidence by the published policy. With
--previous it makes sure that the release follows the one in another folder. The first thing
that is not as it should be is named, and the command exits with 1.

Without a folder, verify computes a run again from what it was made of: the day it was for, the policy and
the calibration that were kept with it, and the batches that had been accepted by then, as
they stood then. Every result must come out with the same hash. It publishes nothing, and
exits with 1 on any difference.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && cmd.Flags().Changed("run"):
				return errors.New("--run: found beside a folder, expected one of the two")
			case len(args) == 1:
				return verifyBundle(cmd.Context(), cmd.OutOrStdout(), args[0], previous, asJSON)
			case previous != "":
				return errors.New("--previous: found without a folder to verify, expected one: pingxin verify BUNDLE --previous DIR")
			}
			if run < 0 {
				return fmt.Errorf("--run: found %d, expected the number of a run from 1, or 0 for the published one", run)
			}
			return s.existing(cmd.Context(), func(st *store.Store) error {
				v, err := verifyRun(cmd.Context(), st, run)
				if err != nil {
					return err
				}
				if asJSON {
					err = writeJSON(cmd.OutOrStdout(), v)
				} else {
					err = printVerification(cmd.OutOrStdout(), v)
				}
				if err == nil && !v.Holds {
					err = fmt.Errorf("run %d does not come out as it was published: %d results differ%s", v.ID, len(v.Differences), otherProgram(v.Program))
				}
				return err
			})
		},
	}
	cmd.Flags().IntVar(&run, "run", 0, "number of the run (0: the published one)")
	cmd.Flags().StringVar(&previous, "previous", "", "folder of the release before the one in BUNDLE")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.AddCommand(newVerifySheet())
	return cmd
}

// otherProgram says that a run was made by another version of the program than this one.
func otherProgram(made string) string {
	if made == program() {
		return ""
	}
	return fmt.Sprintf("; it was made by %s and this is %s, which may judge otherwise: verify it with the version that made it", made, program())
}

// verifyRun verifies a run, the published one for 0.
func verifyRun(ctx context.Context, st *store.Store, run int) (pipelines.Verification, error) {
	if run == 0 {
		err := st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
			last, published, err := store.LatestPublished(ctx, r)
			if err == nil && !published {
				err = store.ErrNoRun
			}
			run = last.ID
			return err
		})
		if err != nil {
			return pipelines.Verification{}, fmt.Errorf("verify: %w", err)
		}
	}
	return pipelines.Verify(ctx, st, run, pipelines.Options{Program: program()})
}

func printVerification(w io.Writer, v pipelines.Verification) error {
	verdict := "holds: every result comes out the same"
	if !v.Holds {
		verdict = fmt.Sprintf("DOES NOT HOLD: %d results differ", len(v.Differences))
	}
	_, err := fmt.Fprintf(w, "run %d for %s, policy %s, batches up to %d, made by %s\n  published   %s\n  computed    %s\n  %s\n",
		v.ID, v.AsOf.Format(time.DateOnly), v.PolicyID, v.Watermark, v.Program, v.Hash, v.Again, verdict)
	for i, d := range v.Differences {
		if err != nil || i == listedDifferences {
			break
		}
		_, err = fmt.Fprintf(w, "    %s %s: published %s, computed %s\n", d.Table, d.ID, d.Published, d.Again)
	}
	return err
}
