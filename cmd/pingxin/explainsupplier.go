package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"pingxin/dashboards/plain"
	"pingxin/pipelines/store"
)

func explainSupplier(ctx context.Context, v *store.View, id string, _ int, asJSON bool, w io.Writer) error {
	file, err := v.CreditFile(ctx, id)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(w, plain.Value(file))
	}
	return printRating(w, v.Run, file)
}

func printRating(w io.Writer, run store.Run, s store.CreditFile) error {
	var b strings.Builder
	r := s.Supplier
	fmt.Fprintf(&b, "supplier %s  %s\n  run %d for %s, policy %s\n", r.ID, r.Name, run.ID, run.AsOf.Format(time.DateOnly), run.PolicyID)
	fmt.Fprintf(&b, "  score %s  level %s (by the score alone %s)  %s; performance %s, conduct %s, %d evaluations\n", number(r.Score, 2), orDash(r.Level),
		orDash(r.Uncapped), r.Status, number(r.Performance, 2), number(r.Conduct, 2), r.Evaluations)
	b.WriteString(movementText(s.Movement))
	for _, c := range s.Notes.Caps {
		fmt.Fprintf(&b, "  cap %s: at most %s%s%s\n", c.Rule, c.Grade, prefixed(", event ", c.Event), prefixed(", until ", day(c.Until)))
	}
	for _, n := range s.Notes.Reasons {
		fmt.Fprintf(&b, "  cost %s\n", noteText(n))
	}
	for _, n := range s.Notes.Lift {
		fmt.Fprintf(&b, "  lift %s\n", noteText(n))
	}
	for _, n := range s.Notes.Warnings {
		fmt.Fprintf(&b, "  warning %s\n", noteText(n))
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"term", "of", "value", "age in days", "weight", "share", "contribution", "note"})
	for _, p := range s.Terms {
		t.AppendRow(table.Row{p.Term, p.Ref, number(p.Value, 2), p.AgeDays, number(p.Weight, 4), number(p.Share, 4), number(p.Contribution, 4), p.Note})
	}
	b.WriteString(t.Render())
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}
