package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"pingxin/dashboards/plain"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

func newExplain(s *settings) *cobra.Command {
	var asJSON bool
	var rows int
	cmd := &cobra.Command{
		Use:   "explain contract|supplier ID",
		Short: "print where a published number comes from, down to the file and the row",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			explain, known := explainers[args[0]]
			if !known {
				return fmt.Errorf("explain: found %q, expected contract or supplier", args[0])
			}
			if rows < 0 {
				return fmt.Errorf("--rows: found %d, expected a number from 0", rows)
			}
			err := s.existing(cmd.Context(), func(st *store.Store) error {
				return st.Read(cmd.Context(), func(ctx context.Context, r *store.Reader) error {
					v, err := store.NewView(ctx, r, store.Everything)
					if err != nil {
						return err
					}
					return explain(ctx, v, args[1], rows, asJSON, cmd.OutOrStdout())
				})
			})
			return advised(err, args[0])
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.Flags().IntVar(&rows, "rows", 20, "scores of a contract to print with their file and row")
	return cmd
}

var explainers = map[string]func(ctx context.Context, v *store.View, id string, rows int, asJSON bool, w io.Writer) error{
	"contract": explainContract, "supplier": explainSupplier,
}

// advised adds to an error of a missing run or id what to do about it.
func advised(err error, subject string) error {
	table := map[string]string{"contract": "evaluation", "supplier": "rating"}[subject]
	switch {
	case errors.Is(err, store.ErrUnpublished):
		return fmt.Errorf("%w: start one with `pingxin run`", err)
	case errors.Is(err, store.ErrNotInRun):
		return fmt.Errorf("%w: check the id, or run again if it was imported since; `pingxin export %s` lists what is there", err, table)
	}
	return err
}

func explainContract(ctx context.Context, v *store.View, id string, rows int, asJSON bool, w io.Writer) error {
	slip, err := explainedContract(ctx, v, id, rows)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(w, plain.Value(slip))
	}
	return printSlip(w, v.Run, slip)
}

// contractSlip is a slip with what follows from the evaluation: where it stands on its way to the public today, and what is
// advised on its settlement; nil: nothing is.
type contractSlip struct {
	store.Slip
	Process    store.Standing
	Settlement *store.SettlementRow
}

func explainedContract(ctx context.Context, v *store.View, id string, rows int) (s contractSlip, err error) {
	if s.Slip, err = v.Slip(ctx, id, rows); err != nil {
		return s, err
	}
	v.Today = store.DayOf(time.Now())
	if s.Process, err = v.Standing(ctx, id); err != nil {
		return s, err
	}
	advice, err := v.Settlement(ctx, id)
	if errors.Is(err, store.ErrNotInRun) { // the policy advises on none
		return s, nil
	}
	s.Settlement = &advice
	return s, err
}

// processText says where an evaluation stands on its way to the public.
func processText(s *store.Standing) string {
	text := "  process " + string(s.State) + prefixed(", announced ", day(s.AnnouncedAt)) + prefixed(", window until ", day(s.ClosesOn)) + prefixed(", review due ", day(s.ReviewDueOn))
	if s.Superseded {
		text += "; the result that was announced is another one"
	}
	return text + "\n"
}

// settlementText says what is advised on paying for a contract; empty for no advice.
func settlementText(a *store.SettlementRow) string {
	if a == nil {
		return ""
	}
	text := fmt.Sprintf("  settlement %s: payable %s yuan (%s%% of %s), paid %s, due %s\n", a.Action, yuan(a.PayableFen), number(a.PayablePct, 2), yuan(a.AmountFen), yuan(a.PaidFen), yuan(a.DueFen))
	for _, n := range a.Reasons {
		text += "    " + noteText(n) + "\n"
	}
	return text
}

func printSlip(w io.Writer, run store.Run, s contractSlip) error {
	e := &s.Evaluation
	var b strings.Builder
	fmt.Fprintf(&b, "contract %s  %s\n  purchaser %s %s, supplier %s %s\n", e.ContractNo, e.Name, e.PurchaserID, e.PurchaserName, e.SupplierID, e.SupplierName)
	fmt.Fprintf(&b, "  run %d for %s, policy %s; judged in run %d\n", run.ID, run.AsOf.Format(time.DateOnly), run.PolicyID, e.FromRun)
	fmt.Fprintf(&b, "  value %s [%s, %s]  grade %s (by the value alone %s)  status %s\n", number(e.Value, 2), number(e.Low, 2), number(e.High, 2),
		orDash(e.Grade), orDash(e.Uncapped), e.Status)
	if !math.IsNaN(e.Adjusted) || !math.IsNaN(e.Shrunken) {
		fmt.Fprintf(&b, "  as scored %s, without the severity of raters %s, drawn toward its peers %s (its own evidence weighs %s)\n", number(e.Raw, 2),
			number(e.Adjusted, 2), number(e.Shrunken, 2), number(e.Reliability, 3))
	}
	b.WriteString(movementText(s.Movement) + processText(&s.Process) + settlementText(s.Settlement))
	for _, c := range e.Caps {
		fmt.Fprintf(&b, "  cap %s: at most %s%s%s\n", c.Rule, c.Grade, prefixed(", event ", c.Event), prefixed(", until ", day(c.Until)))
	}
	for _, n := range e.Warnings {
		fmt.Fprintf(&b, "  warning %s\n", noteText(n))
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"indicator", "party", "n", "plain", "raw", "adjusted", "value", "se", "weight %", "share", "contribution", "note"})
	for _, p := range s.Parts {
		t.AppendRow(table.Row{indent(p) + p.Indicator, p.Party, p.N, number(p.Plain, 2), number(p.Raw, 2), number(p.Adjusted, 2), number(p.Value, 2), number(p.SE, 2),
			number(p.Weight, 2), number(p.Share, 4), number(p.Contribution, 4), p.Note})
	}
	b.WriteString(t.Render())
	fmt.Fprintf(&b, "\n%d of %d scores behind it:\n", len(s.Sources), s.Scores)
	t = table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"indicator", "party", "evaluator", "score", "scored on", "file", "row", "batch", "sha256"})
	for _, src := range s.Sources {
		t.AppendRow(table.Row{src.Indicator, src.Party, src.Evaluator, number(float64(src.ScoreE4)/1e4, 4), day(src.ScoredOn), src.File, src.Row, src.Batch, src.SHA256[:min(12, len(src.SHA256))]})
	}
	b.WriteString(t.Render())
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// movementText says by how much something moved since the run before, and what made it move.
func movementText(m *store.Movement) string {
	if m == nil {
		return ""
	}
	text := fmt.Sprintf("  moved from %s %s to %s %s: %s", number(m.Before, 2), orDash(m.GradeBefore), number(m.After, 2), orDash(m.GradeAfter), m.Cause)
	for i, part := range m.Parts {
		if !math.IsNaN(part) && part != 0 {
			text += fmt.Sprintf(", %+g by %s", part, store.MovementCauses[i])
		}
	}
	return text + "\n"
}

// indent shows the depth in the tree: dimension, leaf, party.
func indent(p scoring.Part) string {
	switch {
	case p.Party != scoring.None:
		return "    "
	case p.Parent != "":
		return "  "
	default:
		return ""
	}
}

// number prints at most so many decimals, and a dash for a missing number.
func number(v float64, decimals int) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.*f", decimals, v)
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func orDash(text string) string { return orDefault(text, "-") }

func orDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// noteText prints a note for a terminal; the pages have the sentences.
func noteText(n scoring.Note) string {
	text := n.Code + prefixed(" of ", n.Indicator) + prefixed(" by ", n.Party.String()) + prefixed(": ", n.Ref)
	if n.Have != 0 || n.Need != 0 {
		text += fmt.Sprintf(" (found %g, needs %g)", n.Have, n.Need)
	}
	return text
}
