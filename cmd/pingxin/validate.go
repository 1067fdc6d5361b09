package main

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pingxin/credit/validation"
	"pingxin/dashboards"
	"pingxin/dashboards/locale"
	"pingxin/pipelines"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// lookBack are the flags that say which ratings are looked back on.
type lookBack struct {
	asOf, policy string
	horizon      int
	watermark    int
}

// add adds the flags to a command.
func (l *lookBack) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.asOf, "as-of", "", "day of the ratings, for example 2024-12-31")
	cmd.Flags().IntVar(&l.horizon, "horizon", 0, "days after it in which outcomes count (0: as the policy says)")
	cmd.Flags().StringVar(&l.policy, "policy", defaultPolicy, "shipped policy or policy file")
	cmd.Flags().IntVar(&l.watermark, "batches", 0, "last batch of which the ratings know (0: all; what counts is the day of a fact)")
}

// options reads the flags.
func (l *lookBack) options() (o pipelines.ValidateOptions, err error) {
	if o.AsOf, err = parseDay("as-of", l.asOf); err != nil {
		return o, err
	}
	if o.Policy, err = policy.Load(l.policy); err != nil {
		return o, err
	}
	if l.horizon < 0 {
		return o, fmt.Errorf("--horizon: found %d, expected a number of days from 1, or 0 for that of the policy", l.horizon)
	}
	o.Horizon, o.Watermark, o.Program = l.horizon, l.watermark, program()
	return o, nil
}

func newValidate(s *settings) *cobra.Command {
	var l lookBack
	var asJSON, save bool
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "hold the ratings of a past day against what came after",
		Long: `validate rates every supplier as of a past day on what is dated up to it, and compares with
what is dated after it, up to the end of the horizon: later offences and poor evaluations, as
the table [validation] of the policy says. The ratings one horizon earlier give the baseline
and the predictions. It publishes nothing; --save keeps the report for the page /validation
and for pingxin export validation.

Facts count by their day, also those that were accepted late. With --batches the ratings
know only the batches up to that one.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := l.options()
			if err != nil {
				return err
			}
			return s.existing(cmd.Context(), func(st *store.Store) error {
				v, err := pipelines.Validate(cmd.Context(), st, o)
				if err == nil && save {
					v.ID, err = pipelines.Keep(cmd.Context(), st, v)
				}
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(cmd.OutOrStdout(), v)
				}
				return printValidation(cmd.OutOrStdout(), v)
			})
		},
	}
	l.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	cmd.Flags().BoolVar(&save, "save", false, "keep the report for the pages")
	cobra.CheckErr(cmd.MarkFlagRequired("as-of"))
	return cmd
}

// printValidation prints the report: who was watched, the figures, and what to know about them.
func printValidation(out io.Writer, v store.KeptValidation) error {
	r := &v.Report
	fmt.Fprintf(out, "ratings of %s held against what came until %s (%d days), policy %s, ratings know batches up to %d\n", r.AsOf.Format(time.DateOnly),
		r.Until.Format(time.DateOnly), v.HorizonDays, v.PolicyID, v.Watermark)
	fmt.Fprintf(out, "%s suppliers, %s rated, %s of these with an outcome\n", grouped(int64(r.Suppliers)), grouped(int64(r.Rated)), grouped(int64(r.Events)))
	err := cmp.Or(printKinds(out, r), printLevels(out, r), printFigures(out, r), printShifts(out, r), printTransition(out, r.Transition), printNotes(out, r))
	if err != nil {
		return err
	}
	if v.ID != 0 {
		fmt.Fprintf(out, "kept as validation %d\n", v.ID)
	}
	_, err = fmt.Fprintf(out, "hash %s\n", v.Hash)
	return err
}

// columns prints a table of texts with a blank line above.
func columns(out io.Writer, rows [][]string) error {
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, columnGap, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

func printKinds(out io.Writer, r *validation.Report) error {
	rows := [][]string{{"outcome", "times", "suppliers", "rated"}}
	for _, k := range r.Kinds {
		rows = append(rows, []string{k.Kind, strconv.Itoa(k.Outcomes), strconv.Itoa(k.Suppliers), strconv.Itoa(k.Rated)})
	}
	return columns(out, rows)
}

func printLevels(out io.Writer, r *validation.Report) error {
	rows := [][]string{{"level", "suppliers", "with outcome", "rate", "95% interval"}}
	for _, l := range append(append([]validation.LevelOutcome{}, r.Levels...), r.Unrated) {
		row := []string{cmp.Or(l.Level, "unrated"), strconv.Itoa(l.N), strconv.Itoa(l.Events), "-", "-"}
		if l.Rate != nil {
			row[3], row[4] = inPercent(*l.Rate), inPercent(l.Interval.Low)+" to "+inPercent(l.Interval.High)
		}
		rows = append(rows, row)
	}
	return columns(out, rows)
}

func inPercent(v float64) string { return fmt.Sprintf("%.1f%%", 100*v) }

func printFigures(out io.Writer, r *validation.Report) error {
	rows := [][]string{{"figure", "value", "95% interval", ""}}
	add := func(name string, value float64, between, remark string) {
		rows = append(rows, []string{name, fmt.Sprintf("%.4f", value), between, remark})
	}
	if d := r.Discrimination; d != nil {
		auc, gini := "-", "-"
		if d.DeLong != nil {
			i := d.DeLong.Logit
			auc, gini = fmt.Sprintf("%.4f to %.4f", i.Low, i.High), fmt.Sprintf("%.4f to %.4f", 2*i.Low-1, 2*i.High-1)
		}
		add("AUC", d.AUC, auc, "0.5 is a coin")
		add("Gini", d.Gini, gini, "")
		add("KS", d.KS, "", fmt.Sprintf("at a score of %g", d.KSAt))
	}
	if c := r.Calibration; c != nil {
		add("Brier", c.Brier.Score, "", fmt.Sprintf("%.4f by always predicting the rate of all", c.Brier.Reference))
		if h := c.HosmerLemeshow; h != nil {
			add("Hosmer-Lemeshow", h.Statistic, "", fmt.Sprintf("%d degrees of freedom, p = %.4f", h.DF, h.P))
		}
		if l := c.Line; l != nil {
			add("calibration slope", l.Slope, "", "1 is best")
		}
	}
	return columns(out, rows)
}

func printShifts(out io.Writer, r *validation.Report) error {
	if r.Score == nil && len(r.Inputs) == 0 {
		return nil
	}
	rows := [][]string{{"stability of", "PSI", "by chance up to", "verdict"}}
	add := func(name string, s validation.Shift) {
		rows = append(rows, []string{name, fmt.Sprintf("%.4f", s.PSI), fmt.Sprintf("%.4f", s.Chance), s.Verdict})
	}
	if r.Score != nil {
		add("score", *r.Score)
	}
	for _, s := range r.Inputs {
		add(s.Of, s)
	}
	return columns(out, rows)
}

func printTransition(out io.Writer, t *validation.Transition) error {
	if t == nil {
		return nil
	}
	rows := [][]string{append(append([]string{"from \\ to"}, t.Levels...), "unrated")}
	for i, level := range t.Levels {
		row := []string{level}
		for _, n := range append(append([]int{}, t.Counts[i]...), t.Withdrawn[i]) {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return columns(out, rows)
}

// printNotes prints the warnings as the sentences of the pages.
func printNotes(out io.Writer, r *validation.Report) error {
	texts, err := locale.Load()
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, sentence := range dashboards.ValidationSentences(texts[locale.English], r.Warnings) {
		fmt.Fprintln(out, "note:", sentence)
	}
	return nil
}
