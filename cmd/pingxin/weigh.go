package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pingxin/dashboards/plain"
	"pingxin/pipelines/policy"
	"pingxin/scoring"
	"pingxin/scoring/weights"
)

// nearestFlips is how many contracts nearest to another grade are printed; --json has all.
const nearestFlips = 5

// weigher holds the flags of `policy weigh`.
type weigher struct {
	settings           *settings
	method             string
	judgements         string
	policy             string
	parent             string
	out, id            string
	decimals           int
	draws              int
	seed               uint64
	spreadPct          float64
	acceptInconsistent bool
	asJSON             bool
}

func newWeigh(s *settings) *cobra.Command {
	w := &weigher{settings: s}
	cmd := &cobra.Command{
		Use:   "weigh --method ahp|entropy|critic",
		Short: "propose weights of indicators, and show what hangs on them",
		Long: `weigh proposes weights for the dimensions of a policy, or for the indicators below
--parent, and shows them beside the present ones with what would change.

ahp takes judgements of pairs from a CSV file with the columns a, b, ratio and, with
several judges, judge: a is ratio times as important as b, from 1/9 to 9, every pair once.
Contradicting judgements are refused, with the one that fits the others least.
entropy and critic look at the dimensions' values in the published run: by how much they
differ between contracts, critic also by how little they repeat each other.

Nothing is adopted: --out writes a policy file with another id, which a person may put
into use.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return w.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&w.method, "method", "", "ahp, entropy or critic")
	f.StringVar(&w.judgements, "judgements", "", "CSV file of judgements, for ahp")
	f.StringVar(&w.policy, "policy", defaultPolicy, "shipped policy or policy file")
	f.StringVar(&w.parent, "parent", "", "dimension whose indicators to weigh (default: the dimensions themselves)")
	f.StringVar(&w.out, "out", "", "policy file to write, new (default: none)")
	f.StringVar(&w.id, "id", "", "id of the policy written (default: the present id with what was weighed)")
	f.IntVar(&w.decimals, "decimals", 1, "decimals of the percentages, which add up to exactly 100")
	f.IntVar(&w.draws, "draws", weights.DefaultDraws, "draws of weights around the proposed ones; four bytes of memory for each and contract")
	f.Uint64Var(&w.seed, "seed", 1, "seed of the draws; the same seed gives the same result")
	f.Float64Var(&w.spreadPct, "spread-pct", 100*weights.DefaultSpread, "how far each weight is moved in the draws, percent of itself")
	f.BoolVar(&w.acceptInconsistent, "accept-inconsistent", false, "go on although the judgements contradict each other")
	f.BoolVar(&w.asJSON, "json", false, "print as JSON, with every contract")
	return cmd
}

func (w *weigher) run(ctx context.Context, out io.Writer) error {
	p, err := policy.Load(w.policy)
	if err != nil {
		return err
	}
	group, err := w.check(p)
	if err != nil {
		return err
	}
	result := &weighing{Policy: p.ID, Parent: w.parent, Method: w.method}
	if err := w.propose(ctx, p, group, result); err != nil {
		return err
	}
	if w.out != "" {
		if err := w.write(p, result); err != nil {
			return err
		}
	}
	if w.asJSON {
		return writeJSON(out, plain.Value(*result))
	}
	return printWeighing(out, result)
}

// check looks at the flags and finds the indicators to weigh.
func (w *weigher) check(p *policy.Policy) ([]scoring.Indicator, error) {
	if !slices.Contains([]string{"ahp", "entropy", "critic"}, w.method) {
		return nil, fmt.Errorf("--method: found %q, expected ahp, entropy or critic", w.method)
	}
	if (w.method == "ahp") != (w.judgements != "") {
		return nil, fmt.Errorf("--judgements: found %q with --method %s, expected a file of judgements with ahp and none with the others", w.judgements, w.method)
	}
	if w.id != "" && w.out == "" {
		return nil, fmt.Errorf("--id: found %q without --out, expected the file to write it to", w.id)
	}
	if _, err := os.Stat(w.out); w.out != "" && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--out: found %s there already, expected a new file; choose another name or take it away", w.out)
	}
	if p.Evaluation.Combine == "steps" {
		return nil, fmt.Errorf("policy %s: found combine %q, expected arithmetic or geometric: steps have no weights", p.ID, p.Evaluation.Combine)
	}
	var group []scoring.Indicator
	var parents []string
	for _, n := range p.Evaluation.Indicators {
		if n.Parent == w.parent {
			group = append(group, n)
		}
		if n.Kind == "" {
			parents = append(parents, n.ID)
		}
	}
	if len(group) == 0 {
		return nil, fmt.Errorf("--parent: found %q, expected a dimension of policy %s: %s", w.parent, p.ID, strings.Join(parents, ", "))
	}
	if len(group) == 1 {
		return nil, fmt.Errorf("--parent: found one indicator below %q, whose weight is 100, expected two or more to weigh against each other", w.parent)
	}
	return group, nil
}

// weighing is what was found out; --json prints it as it stands.
type weighing struct {
	Policy, Parent, Method string
	Source                 string // what the weights rest on
	Indicators             []weighed
	Consistency            *consistency        // of ahp
	Constant               []string            // indicators that tell no contracts apart, of entropy and critic
	Notes                  []string            // what could not be worked out, and why
	CrossCheck             *weights.CrossCheck // of the weighted mean by TOPSIS, on the published run
	Contracts              *sensitivity        // of the published run
	Written                *written
}

// weighed is one indicator with its weights in percent.
type weighed struct {
	ID                string
	Name              scoring.Name
	Present, Proposed float64
	Unrounded         float64
}

// written is the policy file that came of it.
type written struct{ File, Policy, Hash string }

// propose finds the weights and, from the published run, what hangs on them.
func (w *weigher) propose(ctx context.Context, p *policy.Policy, group []scoring.Indicator, result *weighing) error {
	var proposed []float64
	if w.method == "ahp" { // before the data: a file that is refused needs none
		var err error
		if proposed, err = w.judge(group, result); err != nil {
			return err
		}
	}
	data, err := w.published(ctx, p, group)
	switch {
	case err == nil:
	case w.method == "ahp" && errors.Is(err, errNoOutcomes):
		result.Notes = append(result.Notes, "what would change for the contracts is left out: "+err.Error())
	default:
		return err
	}
	if w.method != "ahp" {
		if proposed, err = w.observe(data, group, result); err != nil {
			return err
		}
	}
	percent, err := weights.Percent(proposed, w.decimals)
	if err != nil {
		return fmt.Errorf("--decimals: %w", err)
	}
	for i, n := range group {
		result.Indicators = append(result.Indicators, weighed{n.ID, n.Name, n.Weight, percent[i], 100 * proposed[i]})
	}
	if data == nil {
		return nil
	}
	if err := w.crossCheck(data, group, proposed, result); err != nil {
		return err
	}
	if p.Evaluation.Combine != "arithmetic" {
		result.Notes = append(result.Notes, fmt.Sprintf("what would change for the contracts is left out: it is worked out for the arithmetic mean, and this policy's is %s", p.Evaluation.Combine))
		return nil
	}
	if p.Evaluation.Shrinkage.Use == scoring.UseApply {
		result.Notes = append(result.Notes, "the policy draws values toward those of their peers; what would change is shown of the values before that")
	}
	result.Contracts, err = w.study(p, data, result.Indicators)
	return err
}

// crossCheck holds the order that the weights give against that of TOPSIS; contracts without a difference give none.
func (w *weigher) crossCheck(data *outcomes, group []scoring.Indicator, proposed []float64, result *weighing) error {
	table, err := data.table(group)
	if errors.Is(err, weights.ErrSize) {
		return nil // fewer than two contracts have a value for each
	}
	if err != nil {
		return err
	}
	c, err := table.CrossCheck(proposed)
	if errors.Is(err, weights.ErrNoDifference) {
		return nil
	}
	result.CrossCheck = &c
	return err
}

// observe takes the weights from the spread of the contracts' values.
func (w *weigher) observe(data *outcomes, group []scoring.Indicator, result *weighing) ([]float64, error) {
	table, err := data.table(group)
	if err != nil {
		return nil, fmt.Errorf("weigh by %s: %w", w.method, err)
	}
	result.Source = fmt.Sprintf("run %d for %s, %s contracts with a value for each", data.run.ID, data.run.AsOf.Format(time.DateOnly), grouped(int64(data.complete)))
	result.Notes = append(result.Notes, "these weights say by what the contracts differ, not what matters; a person has to judge that")
	if w.method == "entropy" {
		e, err := table.Entropy()
		result.Constant = e.Constant
		return e.Weights, asWeighing(w.method, err)
	}
	c, err := table.Critic()
	result.Constant = c.Constant
	return c.Weights, asWeighing(w.method, err)
}

func asWeighing(method string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("weigh by %s: %w; weigh by judgements instead (--method ahp)", method, err)
}

// write writes the policy with the proposed weights.
func (w *weigher) write(p *policy.Policy, result *weighing) error {
	id := w.id
	if id == "" {
		id = strings.Join(slices.DeleteFunc([]string{p.ID, w.parent, w.method}, func(word string) bool { return word == "" }), "-")
	}
	reason := fmt.Sprintf("proposed by %s, %s", w.method, result.Source)
	if c := result.Consistency; c != nil {
		reason += fmt.Sprintf(", consistency ratio %.3f", c.Group.CR)
		if w.acceptInconsistent && len(c.unfit()) > 0 {
			reason += " (contradictions accepted)"
		}
	}
	var changes []policy.Weight
	for _, n := range result.Indicators {
		if n.Proposed == 0 {
			return fmt.Errorf("--out: the weight of %s comes out as 0 percent, expected more than 0 in a policy; ask for more --decimals, or take the indicator out of the policy first", n.ID)
		}
		changes = append(changes, policy.Weight{Indicator: n.ID, Percent: n.Proposed, Reason: reason})
	}
	reweighed, err := p.Reweighed(id, changes)
	if err != nil {
		return err
	}
	result.Written = &written{w.out, reweighed.ID, reweighed.Hash}
	return writeTo(w.out, nil, func(file io.Writer) error {
		_, err := io.WriteString(file, reweighed.Text)
		return err
	})
}
