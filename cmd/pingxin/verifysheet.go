package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"pingxin/credit/checkcode"
	"pingxin/dashboards/publish"
)

func newVerifySheet() *cobra.Command {
	var bundle string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "sheet CODE --bundle DIR",
		Short: "say whether the check code of a printed credit sheet is of what was published",
		Long: `sheet looks up in a folder that 'pingxin publish' wrote what was published of the supplier
that a code names, and computes the code again: only what was published has that code. It
needs the folder alone, no server and no secret. It prints what was published, to be compared
with the paper: any difference means that the paper was changed. Compare the printed hash
of the folder with that of somebody else who kept it. It exits with 1 when the code is not
genuine.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := checkcode.Parse(args[0])
			if err != nil {
				return fmt.Errorf("found %q: %w", args[0], err)
			}
			if bundle == "" {
				return errors.New("--bundle: found nothing, expected the folder of the release that the sheet names")
			}
			v, err := publish.CheckSheet(bundle, ref)
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), v)
			} else {
				err = printSheetVerdict(cmd.OutOrStdout(), v)
			}
			return errors.Join(err, refusedSheet(v, ref))
		},
	}
	cmd.Flags().StringVar(&bundle, "bundle", "", "folder that 'pingxin publish' wrote")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// refusedSheet says why a code is not genuine; nil when it is.
func refusedSheet(v publish.SheetVerdict, ref checkcode.Reference) error {
	switch {
	case !v.Published:
		return fmt.Errorf("release %d rates no supplier with the id %q: the sheet is not of what was published", v.Release, ref.Supplier)
	case !v.Genuine:
		return fmt.Errorf("the code is not of what release %d published of %s: the sheet was changed, or its code was copied wrongly", v.Release, ref.Supplier)
	}
	return nil
}

func printSheetVerdict(w io.Writer, v publish.SheetVerdict) error {
	if !v.Published {
		return nil
	}
	verdict := "genuine: compare the paper with this"
	if !v.Genuine {
		verdict = "NOT GENUINE: this is what was published"
	}
	s := v.Statement
	_, err := fmt.Fprintf(w, "release %d of run %d for %s, SHA-256 of its list of checksums %s\n%s\n", v.Release, s.Run, s.AsOf, v.Hash, verdict)
	for _, line := range [][2]string{{"name", s.Name}, {"code", s.USCC}, {"id", s.Supplier}, {"type", s.Type}, {"status", s.Status}, {"level", s.Level}, {"stars", s.Stars}, {"score", s.Score},
		{"evaluations", s.Evaluations}, {"grade", s.Grade}, {"grade until", s.GradeUntil}, {"record", s.Record}} {
		if line[1] == "" {
			line[1] = "none published"
		}
		if err == nil {
			_, err = fmt.Fprintf(w, "  %-12s %s\n", line[0], line[1])
		}
	}
	return err
}
