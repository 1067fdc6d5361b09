package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/spf13/cobra"

	"pingxin/pipelines"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/programme"
	"pingxin/pipelines/store"
)

// defaultProgrammes is where the source tree keeps the published tables.
const defaultProgrammes = "testdata/programmes"

// everyProgramme is the word that stands for all programmes of a folder.
const everyProgramme = "all"

// shownDifferences is how many disagreements of a programme are printed for a person; --json lists all.
const shownDifferences = 20

func newReproduce() *cobra.Command {
	var from string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "reproduce [NAME...|all]",
		Short: "recompute the published results of real programmes and compare",
		Long: `reproduce takes the published tables of a real programme through the same import, run and
policy as a bureau's own files, in a data directory of its own, and compares every result
with the published one. Of a study, a table of cases with published statistics, it computes
every statistic anew. Any disagreement is printed by name and ends with exit code 1.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return reproduce(cmd.Context(), cmd.OutOrStdout(), args, from, asJSON)
		},
	}
	cmd.Flags().StringVar(&from, "from", defaultProgrammes, "directory with a folder for each programme")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the comparison as JSON, every disagreement with it")
	return cmd
}

// reproduction is what became of one programme or study: results for a programme, figures for a study.
type reproduction struct {
	Programme string `json:"programme"`
	*Results
	Figures []programme.FoundFigure `json:"figures,omitempty"`
}

// Results are those of a programme.
type Results struct {
	Policy  string `json:"policy"`
	Facts   int64  `json:"imported_rows"`
	RunHash string `json:"run_hash"`
	programme.Comparison
}

// reproduce recomputes the named programmes of the directory from, all when none is named, and prints how they agree
// with what was published. Any disagreement is an error.
func reproduce(ctx context.Context, out io.Writer, names []string, from string, asJSON bool) error {
	names, err := programmeNames(names, from)
	if err != nil {
		return fmt.Errorf("reproduce: %w", err)
	}
	var done []reproduction
	for _, name := range names {
		reproduceOne := reproduceProgramme
		if programme.IsStudy(filepath.Join(from, name)) {
			reproduceOne = reproduceStudy
		}
		r, err := reproduceOne(ctx, filepath.Join(from, name))
		if err != nil {
			return fmt.Errorf("reproduce %s: %w", name, err)
		}
		done = append(done, r)
	}
	if asJSON {
		err = writeJSON(out, done)
	} else {
		err = printReproductions(out, done)
	}
	return errors.Join(err, disagreement(done))
}

// programmeNames are the programmes asked for, each of which has to be there.
func programmeNames(asked []string, from string) ([]string, error) {
	known, err := programme.List(from)
	if err != nil {
		return nil, err
	}
	if len(asked) == 0 || slices.Contains(asked, everyProgramme) {
		return known, nil
	}
	for _, name := range asked {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("found no programme %q in %s, expected %s or %s", name, from, strings.Join(known, ", "), everyProgramme)
		}
	}
	return asked, nil
}

// reproduceStudy computes the figures of the study in a folder.
func reproduceStudy(_ context.Context, folder string) (reproduction, error) {
	study, err := programme.LoadStudy(folder)
	if err != nil {
		return reproduction{}, err
	}
	figures, err := study.Reproduce()
	return reproduction{Programme: study.ID, Figures: figures}, err
}

// reproduceProgramme takes the programme in a folder through the whole machinery, in a directory that is removed
// afterwards.
func reproduceProgramme(ctx context.Context, folder string) (r reproduction, err error) {
	p, err := programme.Load(folder)
	if err != nil {
		return r, err
	}
	published, err := p.Results()
	if err != nil {
		return r, err
	}
	dir, err := os.MkdirTemp("", "pingxin-reproduce-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	files, err := p.Convert(dir)
	if err != nil {
		return r, err
	}
	r = reproduction{Programme: p.ID, Results: &Results{Policy: p.Policy}}
	s := &settings{data: filepath.Join(dir, "data")}
	err = s.with(ctx, func(st *store.Store) error {
		if r.Facts, err = importProgramme(ctx, st, p, files); err != nil {
			return err
		}
		report, err := runNight(ctx, st, pipelines.Options{AsOf: p.AsOf.AsTime(time.UTC), Policy: p.Rules})
		if err != nil {
			return err
		}
		r.RunHash = report.Hash
		computed, err := publishedValues(ctx, st)
		r.Comparison = p.Compare(published, computed)
		return err
	})
	return r, err
}

// importProgramme imports the converted files and returns how many rows were accepted.
func importProgramme(ctx context.Context, st *store.Store, p *programme.Programme, files []programme.File) (rows int64, err error) {
	for _, f := range files {
		kind, err := intake.KindOf(f.Kind)
		if err != nil {
			return rows, err
		}
		accepted, err := importFile(ctx, st, kind, f.Path, p.Rules, nil, io.Discard)
		if err != nil {
			return rows, err
		}
		rows += accepted.Receipt.Rows
	}
	return rows, nil
}

// publishedValues reads the values of the published run by contract; a contract without one is left out.
func publishedValues(ctx context.Context, st *store.Store) (map[string]float64, error) {
	values := map[string]float64{}
	err := st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		rows, err := store.Export(ctx, r, store.Everything, "evaluation")
		if err != nil {
			return err
		}
		defer rows.Release()
		return store.EachRow(rows, func(record arrow.RecordBatch, i int) error {
			contract, value, err := contractAndValue(record)
			if err == nil && value.IsValid(i) {
				values[strings.Clone(contract.Value(i))] = value.Value(i) // the batch's own memory goes with it
			}
			return err
		})
	})
	return values, err
}

// contractAndValue finds the two columns of the export that the comparison needs.
func contractAndValue(record arrow.RecordBatch) (*array.String, *array.Float64, error) {
	var contract *array.String
	var value *array.Float64
	for i, column := range record.Columns() {
		switch record.ColumnName(i) {
		case "contract_no":
			contract, _ = column.(*array.String)
		case "value":
			value, _ = column.(*array.Float64)
		}
	}
	if contract == nil || value == nil {
		return nil, nil, errors.New("the export of evaluations has no contract_no as text or no value as number")
	}
	return contract, value, nil
}

// disagreement is the error that ends a reproduction that found a difference.
func disagreement(done []reproduction) error {
	var differ []string
	for _, r := range done {
		if r.Results != nil && len(r.Differing) > 0 {
			differ = append(differ, fmt.Sprintf("%s on %s contracts", r.Programme, grouped(int64(len(r.Differing)))))
		}
		for _, f := range r.Figures {
			if !f.Agrees {
				differ = append(differ, fmt.Sprintf("%s on %s", r.Programme, figureName(f)))
			}
		}
	}
	if len(differ) == 0 {
		return nil
	}
	return fmt.Errorf("reproduce: what was computed differs from what was published: %s", strings.Join(differ, ", "))
}

// printReproductions prints a line for each programme, then the disagreements by name, then the figures of studies.
func printReproductions(out io.Writer, done []reproduction) error {
	programmes := slices.DeleteFunc(slices.Clone(done), func(r reproduction) bool { return r.Results == nil })
	studies := slices.DeleteFunc(slices.Clone(done), func(r reproduction) bool { return r.Results != nil })
	err := printProgrammes(out, programmes)
	if len(programmes) > 0 && len(studies) > 0 {
		fmt.Fprintln(out)
	}
	return errors.Join(err, printStudies(out, studies))
}

func printProgrammes(out io.Writer, done []reproduction) error {
	if len(done) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "programme\trows imported\tpublished results\tagree\tpublished as unrated\tagree\tlargest difference\ttolerance")
	for _, r := range done {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%.2g\t%.2g\n", r.Programme, grouped(r.Facts), grouped(int64(r.Published)), grouped(int64(r.Agreed)),
			grouped(int64(r.Unrated)), grouped(int64(r.AsUnrated)), r.Largest, r.Tolerance)
	}
	err := w.Flush()
	for _, r := range done {
		err = errors.Join(err, printDifferences(out, r))
	}
	return err
}

// printStudies prints a line for each figure. A difference within half of the last published digit agrees.
func printStudies(out io.Writer, done []reproduction) error {
	if len(done) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "study\tfigure\tpublished\tfound\tdifference\t")
	for _, r := range done {
		for _, f := range r.Figures {
			verdict := "agrees"
			if !f.Agrees {
				verdict = "DIFFERS"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%.10g\t%+.1e\t%s\n", r.Programme, figureName(f), f.Published, f.Found, f.Difference, verdict)
		}
	}
	return w.Flush()
}

// figureName is a figure in words, "information value of checking".
func figureName(f programme.FoundFigure) string {
	name := strings.ReplaceAll(f.Statistic, "_", " ")
	if f.Input != "" {
		name += " of " + f.Input
	}
	return name
}

func printDifferences(out io.Writer, r reproduction) error {
	var b strings.Builder
	for _, d := range r.Differing[:min(shownDifferences, len(r.Differing))] {
		fmt.Fprintf(&b, "%s: %s %s: published %s, computed %s\n", r.Programme, d.Contract, d.Name, orUnrated(d.Published), orUnrated(d.Computed))
	}
	if more := len(r.Differing) - shownDifferences; more > 0 {
		fmt.Fprintf(&b, "%s: and %s more; --json lists all\n", r.Programme, grouped(int64(more)))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func orUnrated(value *float64) string {
	if value == nil {
		return "no value"
	}
	return fmt.Sprintf("%.12g", *value)
}
