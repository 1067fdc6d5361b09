package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"pingxin/scoring/weights"
)

// printWeighing prints what was found out.
func printWeighing(w io.Writer, r *weighing) error {
	var b strings.Builder
	fmt.Fprintf(&b, "weights of %s in policy %s, proposed by %s\n  from %s\n", orDefault(r.Parent, "the dimensions"), r.Policy, r.Method, r.Source)
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"indicator", "name", "present %", "proposed %", "change"})
	for _, n := range r.Indicators {
		t.AppendRow(table.Row{n.ID, n.Name.ZH + " / " + n.Name.EN, plainNumber(n.Present), plainNumber(n.Proposed), fmt.Sprintf("%+.4g", n.Proposed-n.Present)})
	}
	b.WriteString(t.Render())
	b.WriteByte('\n')
	if r.Consistency != nil {
		printConsistency(&b, r.Consistency)
	}
	for _, id := range r.Constant {
		fmt.Fprintf(&b, "  %s is the same for all contracts and tells none apart: its weight comes out as 0\n", id)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "  note: %s\n", note)
	}
	if c := r.CrossCheck; c != nil {
		fmt.Fprintf(&b, "  cross-check: TOPSIS orders the %s contracts with a value for each by these weights, with a rank correlation of %.4f;\n    farthest apart %s: rank %s by the weighted mean, %s by TOPSIS\n",
			grouped(int64(c.Objects)), c.RankCorrelation, c.Farthest, plainNumber(c.ByMean), plainNumber(c.ByTOPSIS))
	}
	if r.Contracts != nil {
		printSensitivity(&b, r.Contracts)
	}
	if r.Written != nil {
		fmt.Fprintf(&b, "wrote %s: policy %s, hash %s; nothing is in use until a person runs by it\n", r.Written.File, r.Written.Policy, r.Written.Hash)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// plainNumber prints a number as it was written.
func plainNumber(v float64) string { return fmt.Sprintf("%.10g", v) }

func printConsistency(b *strings.Builder, c *consistency) {
	verdict := fmt.Sprintf("below %g: the judgements go together", c.Limit)
	if !c.Group.Consistent() {
		verdict = fmt.Sprintf("not below %g: the judgements contradict each other, accepted by --accept-inconsistent", c.Limit)
	}
	fmt.Fprintf(b, "  consistency ratio %.3f, %s\n", c.Group.CR, verdict)
	for _, o := range c.Judges {
		if o.Judge == "" {
			continue
		}
		accepted := ""
		if !o.Consistent() {
			accepted = fmt.Sprintf(", not below %g, accepted", c.Limit)
		}
		fmt.Fprintf(b, "  judge %s: consistency ratio %.3f%s; farthest off: %s\n", o.Judge, o.CR, accepted, misfit(o.Worst))
	}
	fmt.Fprintf(b, "  farthest off: %s\n", misfit(c.Group.Worst))
	var apart float64
	for i, mean := range c.Group.RowMeans {
		apart = max(apart, math.Abs(mean-c.Group.Weights[i]))
	}
	fmt.Fprintf(b, "  cross-check: the geometric means of the rows give weights within %.2f points\n", 100*apart)
}

func printSensitivity(b *strings.Builder, c *sensitivity) {
	fmt.Fprintf(b, "on the %s contracts of run %d with a value%s (by the value alone, caps on grades aside):\n", grouped(int64(c.Contracts)), c.Run,
		leftOutText(c.LeftOut))
	a := c.Adoption
	fmt.Fprintf(b, "  if adopted: %s contracts (%s) change their grade%s; %s of the pairs of contracts change places\n", grouped(int64(a.Changed)),
		percentOf(float64(a.Changed), float64(a.Outcomes)), moves(a.Moves), percentOf(float64(a.Swapped), float64(a.Pairs)))
	s := c.Stability
	shaky := 0
	for _, o := range s.Outcomes {
		if o.GradeKept < shakyBelow {
			shaky++
		}
	}
	fmt.Fprintf(b, "  if each proposed weight were up to %g%% of itself off (%s draws, seed %d): %s of the pairs keep their order (at worst %s), %s of the grades stay;\n"+
		"    %s contracts lose their grade in more than one draw in ten\n", 100*s.Spread, grouped(int64(s.Draws)), s.Seed, percentOf(s.OrderKept, 1), percentOf(s.OrderWorst, 1),
		percentOf(s.GradesKept, 1), grouped(int64(shaky)))
	printFlips(b, c)
}

// shakyBelow is the share of draws with the base grade below which a contract's grade is said to hang on the weights.
const shakyBelow = 0.9

func leftOutText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %s others having none for these indicators", grouped(int64(n)))
}

func moves(all []weights.Move) string {
	var texts []string
	for _, m := range all {
		texts = append(texts, fmt.Sprintf("%s from %s to %s", grouped(int64(m.Outcomes)), m.From, m.To))
	}
	return prefixed(": ", strings.Join(texts, ", "))
}

func percentOf(part, whole float64) string {
	if whole == 0 || math.IsNaN(part) {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*part/whole)
}

// printFlips prints the contracts whose grade the smallest change of one weight would turn.
func printFlips(b *strings.Builder, c *sensitivity) {
	standings := map[string]weights.Standing{}
	for _, o := range c.Stability.Outcomes {
		standings[o.ID] = o
	}
	flips := slices.DeleteFunc(slices.Clone(c.Flips), func(f weights.Flip) bool { return f.Criterion == "" })
	slices.SortFunc(flips, func(x, y weights.Flip) int {
		return cmp.Or(cmp.Compare(x.Change(), y.Change()), cmp.Compare(x.ID, y.ID))
	})
	fmt.Fprintf(b, "  one weight alone, the others rescaled in proportion, could turn the grade of %s contracts; nearest to it:\n", grouped(int64(len(flips))))
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"contract", "value", "grade", "rank", "9 draws in 10", "weight of", "from %", "to %", "then"})
	for _, f := range flips[:min(nearestFlips, len(flips))] {
		o := standings[f.ID]
		t.AppendRow(table.Row{f.ID, o.Value, o.Grade, o.Rank, fmt.Sprintf("%d to %d", o.Best, o.Worst), f.Criterion, plainNumber(100 * f.From), number(100*f.To, 3), f.Grade})
	}
	b.WriteString(t.Render())
	b.WriteByte('\n')
}
