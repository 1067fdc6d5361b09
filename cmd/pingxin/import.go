package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	var asJSON, partial bool
	var rest, profileDir string
	choice := intake.Choice{}
	cmd := &cobra.Command{
		Use:   "import KIND FILE...",
		Short: "check files and accept them, all or nothing",
		Long: `import checks every cell of each file, and accepts the whole file or nothing of it.
An accepted file is archived, stored and receipted; the same bytes again give the same
receipt. Files may be CSV, XLSX, Parquet or JSON lines. With --partial the rows without a
fault are accepted and the others left out, which the receipt says; --rest writes them to
a file with the reasons. Kinds: ` + strings.Join(kindNames(), ", ") + `.
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
			if rest != "" && (!partial || len(args) > 2) {
				return errors.New("--rest: expected --partial and one file, whose left out rows are written")
			}
			o, err := importOptions(p, choice)
			if err != nil {
				return err
			}
			return s.profiled(profileDir, func() error {
				return s.with(cmd.Context(), func(st *store.Store) error {
					for _, path := range args[1:] {
						o.Progress = progressOn(cmd.ErrOrStderr(), path)
						result, err := acceptFile(cmd.Context(), st, kind, path, o, partial, rest)
						if err != nil {
							return asFaults(cmd.OutOrStdout(), err, asJSON)
						}
						if err := printReceipt(cmd.OutOrStdout(), result, asJSON); err != nil {
							return err
						}
					}
					return nil
				})
			})
		},
	}
	cmd.Flags().StringVar(&policyName, "policy", defaultPolicy, "policy whose indicators the scores name")
	cmd.Flags().StringToStringVar(&choice.Mapping, "map", nil, "what a header of the file means, as HEADER=COLUMN, or HEADER=- to leave it out; may be repeated")
	cmd.Flags().StringVar(&choice.Sheet, "sheet", "", "sheet of a workbook (empty: the first that has rows)")
	cmd.Flags().BoolVar(&partial, "partial", false, "accept the rows without a fault and leave the others out")
	cmd.Flags().StringVar(&rest, "rest", "", "file to write the rows to that --partial left out, with the reasons")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print receipts, or faults, as JSON")
	cmd.Flags().StringVar(&profileDir, "profile", "", profileUsage)
	cmd.AddCommand(newImportOCDS(s))
	return cmd
}

func kindNames() []string {
	var names []string
	for _, k := range intake.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// importOptions are how files are checked under a policy.
func importOptions(p *policy.Policy, choice intake.Choice) (intake.Options, error) {
	judge, err := scoring.Compile(p.Evaluation, nil)
	if err != nil {
		return intake.Options{}, fmt.Errorf("policy %s: %w", p.ID, err)
	}
	return intake.Options{Indicators: indicatorsOf(judge, p.Evaluation), Choice: choice}, nil
}

// importFile imports one whole file, with a progress bar for a person who waits for a long one.
func importFile(ctx context.Context, st *store.Store, kind intake.Kind, path string, p *policy.Policy, mapping map[string]string, stderr io.Writer) (intake.Result, error) {
	o, err := importOptions(p, intake.Choice{Mapping: mapping})
	if err != nil {
		return intake.Result{}, err
	}
	o.Progress = progressOn(stderr, path)
	return intake.Import(ctx, st, kind, path, o)
}

// acceptFile imports one file for the operator, whole or in part; what is left out of it goes to the file rest, which
// must be new.
func acceptFile(ctx context.Context, st *store.Store, kind intake.Kind, path string, o intake.Options, partial bool, rest string) (result intake.Result, err error) {
	as, file := intake.Operator, intake.File{Name: filepath.Base(path), Path: path}
	as.Partial = partial
	result, err = intake.Accept(ctx, st, kind, file, o, as)
	if err != nil || rest == "" || result.LeftOut == nil {
		return result, err
	}
	w, err := os.OpenFile(rest, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return result, fmt.Errorf("%d rows were accepted with receipt %d, and the others could not be written: %w", result.Receipt.Rows, result.Receipt.Number, err)
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return result, intake.RefusedRows(ctx, st, kind, file, o, as, intake.InEnglish, w)
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
	if err == nil && r.LeftOut != nil {
		_, err = fmt.Fprintf(w, "  %s rows were left out, %d faults\n", grouped(r.Receipt.LeftOut), r.LeftOut.Total)
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
			if err := checkLanguage(lang); err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(intake.Template(kind, lang))
			return err
		}}
	cmd.Flags().StringVar(&lang, "lang", "zh", "language of the header: zh or en")
	return cmd
}
