package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// namedRaters is how many raters are named; --json names all.
const namedRaters = 8

// printAgreement prints the table in one line and every measure in one of its own.
func printAgreement(out io.Writer, r *agreementReport) error {
	names := r.Raters[:min(len(r.Raters), namedRaters)]
	more := ""
	if left := len(r.Raters) - len(names); left > 0 {
		more = fmt.Sprintf(" and %s more", grouped(int64(left)))
	}
	fmt.Fprintf(out, "%s: %s objects, %s raters (%s%s)\n%s values, %s missing; %s objects rated by all\n", r.File, grouped(int64(r.Objects)),
		grouped(int64(len(r.Raters))), strings.Join(names, ", "), more, grouped(int64(r.Values)), grouped(int64(r.Missing)), grouped(int64(r.Complete)))
	if r.Note != "" {
		fmt.Fprintln(out, "note:", r.Note)
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, columnGap, ' ', 0)
	fmt.Fprintf(w, "measure\tvalue\t%g%% interval\tobjects\traters\ttest or reason\n", 100*r.Confidence)
	for _, m := range r.Measures {
		interval := "-"
		if m.Low != nil {
			interval = fmt.Sprintf("%.6f to %.6f", *m.Low, *m.High)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", m.Name, orNone(m.Value), interval, countOrNone(m.Objects), countOrNone(m.Raters), m.said())
	}
	return w.Flush()
}

// said is the test, the standard error, or why there is none.
func (m agreementMeasure) said() string {
	var all []string
	if t := m.Test; t != nil {
		df, statistic := fmt.Sprintf("%g", t.DF), "infinite"
		if t.DF2 > 0 {
			df += fmt.Sprintf(", %g", t.DF2)
		}
		if t.Statistic != nil {
			statistic = fmt.Sprintf("%.6g", *t.Statistic)
		}
		all = append(all, fmt.Sprintf("%s(%s) = %s, p = %.3g", t.Kind, df, statistic, t.P))
	}
	if m.SE != nil {
		all = append(all, fmt.Sprintf("standard error %.6f", *m.SE))
	}
	if m.Reason != "" {
		all = append(all, m.Reason)
	}
	return strings.Join(all, "; ")
}

func countOrNone(n int) string {
	if n == 0 {
		return "-"
	}
	return grouped(int64(n))
}
