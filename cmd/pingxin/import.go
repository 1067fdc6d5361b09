package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

func newImport(s *settings) *cobra.Command {
	var policyName string
	var asJSON bool
	var mapping map[string]string
	cmd := &cobra.Command{
		Use:   "import KIND FILE...",
		Short: "check files and accept them, all or nothing",
		Long: `import checks every cell of each file, and accepts the whole file or nothing of it.
An accepted file is archived, stored and receipted; the same bytes again give the same
receipt. Kinds: ` + strings.Join(kindNames(), ", ") + `.
'pingxin template KIND' prints an example file, 'pingxin schema KIND' its description.`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := intake.KindOf(args[0])
			if err != nil {
				return err
			}
			p, err := policy.Load(policyName)
			if err != nil {
				return err
			}
			return s.with(cmd.Context(), func(st *store.Store) error {
				for _, path := range args[1:] {
					result, err := importFile(cmd.Context(), st, kind, path, p, mapping, cmd.ErrOrStderr())
					if err != nil {
						return asFaults(cmd.OutOrStdout(), err, asJSON)
					}
					if err := printReceipt(cmd.OutOrStdout(), result, asJSON); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&policyName, "policy", defaultPolicy, "policy whose indicators the scores name")
	cmd.Flags().StringToStringVar(&mapping, "map", nil, "what a header of the file means, as HEADER=COLUMN; may be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print receipts, or faults, as JSON")
	return cmd
}

func kindNames() []string {
	var names []string
	for _, k := range intake.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// importFile imports one file, with a progress bar for a person who waits for a long one.
func importFile(ctx context.Context, st *store.Store, kind intake.Kind, path string, p *policy.Policy, mapping map[string]string, stderr io.Writer) (intake.Result, error) {
	judge, err := scoring.Compile(p.Evaluation, nil)
	if err != nil {
		return intake.Result{}, fmt.Errorf("policy %s: %w", p.ID, err)
	}
	return intake.Import(ctx, st, kind, path, intake.Options{Indicators: indicatorsOf(judge, p.Evaluation), Choice: intake.Choice{Mapping: mapping}, Progress: progressOn(stderr, path)})
}

// indicatorsOf tells the checker which indicators may be scored, by which parties.
func indicatorsOf(judge *scoring.Judge, tree scoring.Policy) func(id string) (parties []string, ok bool, hint string) {
	return func(id string) ([]string, bool, string) {
		leaf, ok := judge.Leaf(id)
		if !ok || len(leaf.Parties) == 0 {
			return nil, false, scoreable(tree, id)
		}
		var parties []string
		for _, p := range []scoring.Party{scoring.Purchaser, scoring.Recipient, scoring.ThirdParty} {
			if leaf.Parties[p.String()] > 0 {
				parties = append(parties, p.String())
			}
		}
		return parties, true, ""
	}
}

// scoreable names the leaves that a score may name: those below a dimension that was named instead, or all.
func scoreable(tree scoring.Policy, id string) string {
	var below, all []string
	for _, i := range tree.Indicators {
		if len(i.Parties) == 0 {
			continue
		}
		all = append(all, i.ID)
		if i.Parent == id {
			below = append(below, i.ID)
		}
	}
	if len(below) > 0 {
		return id + " is a dimension; score one of its leaves: " + strings.Join(below, ", ")
	}
	return "one of: " + strings.Join(all, ", ")
}

// progressOn draws a progress bar when stderr is a terminal, and nothing otherwise.
func progressOn(stderr io.Writer, name string) func(done, total int64) {
	file, ok := stderr.(*os.File)
	if !ok {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(done, total int64) {
		if bar == nil {
			bar = progressbar.DefaultBytes(total, name)
		}
		_ = bar.Set64(done) // a bar that cannot be drawn is no reason to stop
	}
}

// asFaults prints a refused file's faults for a program; for a person the error says it all.
func asFaults(w io.Writer, err error, asJSON bool) error {
	var faults *intake.FaultsError
	if !asJSON || !errors.As(err, &faults) {
		return err
	}
	if writing := writeJSON(w, faults); writing != nil {
		return writing
	}
	return err
}

func printReceipt(w io.Writer, r intake.Result, asJSON bool) error {
	if asJSON {
		return writeJSON(w, r)
	}
	word := "accepted"
	if r.Repeated {
		word = "already accepted"
	}
	_, err := fmt.Fprintf(w, "%s: %s %s, %s rows, receipt %d, sha256 %s\n", word, r.Receipt.Kind, r.Receipt.FileName, grouped(r.Receipt.Rows), r.Receipt.Number, r.Receipt.SHA256)
	if err == nil && r.Superseded > 0 {
		_, err = fmt.Fprintf(w, "  %s earlier rows replaced\n", grouped(r.Superseded))
	}
	for _, note := range r.Notes {
		if err == nil {
			_, err = fmt.Fprintf(w, "  note: %s\n", note.Text)
		}
	}
	return err
}

func newSchema() *cobra.Command {
	return &cobra.Command{Use: "schema KIND", Short: "print the Frictionless Table Schema of a kind of file", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := intake.KindOf(args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(intake.Schema(kind))
			return err
		}}
}

func newTemplate() *cobra.Command {
	var lang string
	cmd := &cobra.Command{Use: "template KIND", Short: "print an example file of a kind", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := intake.KindOf(args[0])
			if err != nil {
				return err
			}
			if lang != "zh" && lang != "en" {
				return fmt.Errorf("--lang: found %q, expected zh or en", lang)
			}
			_, err = cmd.OutOrStdout().Write(intake.Template(kind, lang))
			return err
		}}
	cmd.Flags().StringVar(&lang, "lang", "zh", "language of the header: zh or en")
	return cmd
}
