package pipelines

import (
	"context"
	"slices"
	"strings"

	"pingxin/pipelines/clues"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
)

// clue is one row of the table clue.
type clue struct {
	clues.Clue
	run  int
	hash string
}

func newClue(run int, c clues.Clue) clue {
	row := clue{Clue: c, run: run}
	row.hash = clueRows.Hash(&row)
	return row
}

func digestEvidence(d *store.Digest, e *clues.Evidence) {
	d.Text(e.Kind)
	d.Text(e.ID)
	d.Text(e.Note)
	d.Whole(e.On.Unix())
	d.Whole(e.Fen)
}

var clueRows = store.Table[clue]{Name: "clue", Columns: []store.Column[clue]{
	store.Whole("from_run", func(c *clue) int64 { return int64(c.run) }).Outside(),
	store.Whole("until_run", func(*clue) int64 { return store.OpenEnded }).Outside(),
	store.Text("clue_id", false, func(c *clue) string { return c.ID }),
	store.Text("rule", false, func(c *clue) string { return string(c.Rule) }),
	store.Text("about", false, func(c *clue) string { return c.About }),
	store.Text("subject", false, func(c *clue) string { return c.Subject }),
	store.Text("purchaser_id", true, func(c *clue) string { return c.Purchaser }),
	store.Text("supplier_id", true, func(c *clue) string { return c.Supplier }),
	store.Text("item_code", true, func(c *clue) string { return c.Item }),
	store.Whole("budget_year", func(c *clue) int64 { return int64(c.Year) }),
	store.Whole("n", func(c *clue) int64 { return int64(c.N) }),
	store.Real("seen", func(c *clue) float64 { return c.Seen }),
	store.Real("line", func(c *clue) float64 { return c.Line }),
	store.Real("p_value", func(c *clue) float64 { return c.PValue }),
	store.Whole("amount_fen", func(c *clue) int64 { return c.AmountFen }),
	store.List("evidence", func(c *clue) []clues.Evidence { return c.Evidence }, digestEvidence),
	store.Text("row_hash", false, func(c *clue) string { return c.hash }).Outside(),
}}

// paymentsEach is how many payments a contract usually has: room is made for so many before they are read.
const paymentsEach = 2

// gatherForClues reads what the rules of clues look at. Whatever night it is they look at the whole district, because most
// of them compare its contracts with each other: a night that judges few contracts then finds what a full run finds.
func (n *night) gatherForClues() []func(context.Context, *store.Reader) error {
	p := n.Policy.Clues
	if p == nil {
		return nil
	}
	f := &n.facts
	f.AsOf, f.Execution = n.AsOf, n.Policy.Execution
	return []func(context.Context, *store.Reader) error{
		func(ctx context.Context, r *store.Reader) (err error) {
			published := 0 // in a full run, which judges all contracts itself
			if !n.full {
				published = n.last.ID
			}
			n.clueContracts, err = reduce.ClueContractsOf(ctx, r, n.snapshot(), published, n.contracts)
			return err
		},
		func(ctx context.Context, r *store.Reader) (err error) {
			n.cluePayments, err = reduce.PaymentsOf(ctx, r, n.mark, paymentsEach*n.contracts)
			return err
		},
		func(ctx context.Context, r *store.Reader) (err error) {
			f.Signs, err = reduce.Signs(ctx, r, n.basis.ID)
			return err
		},
		func(ctx context.Context, r *store.Reader) (err error) {
			if f.Contacts, err = reduce.Contacts(ctx, r, n.snapshot()); err != nil {
				return err
			}
			f.Scored, err = n.scoredByTouching(ctx, r)
			return err
		},
		func(ctx context.Context, r *store.Reader) (err error) {
			if f.Complaints, err = reduce.Complaints(ctx, r, n.snapshot()); err != nil {
				return err
			}
			if complained := p.ContentYetComplaints.Complained(f.Complaints, n.AsOf); len(complained) > 0 {
				f.Answers, err = reduce.RecipientsOn(ctx, r, n.snapshot(), complained)
			}
			return err
		},
		n.findAlike,
		func(ctx context.Context, r *store.Reader) (err error) {
			f.Functions, err = reduce.Functions(ctx, r, n.snapshot())
			return err
		},
	}
}

// scoredByTouching reads who scored the suppliers that have a contact in common with somebody.
func (n *night) scoredByTouching(ctx context.Context, r *store.Reader) ([]clues.Scored, error) {
	var suppliers []string
	for _, t := range n.Policy.Clues.SharedContact.Touching(n.facts.Contacts) {
		if !slices.Contains(suppliers, t.Supplier) {
			suppliers = append(suppliers, t.Supplier)
		}
	}
	if len(suppliers) == 0 {
		return nil, nil
	}
	return reduce.ScoredFor(ctx, r, n.snapshot(), suppliers)
}

// findAlike finds which narratives are alike. An ordinary night on which none came in or came of age takes the groups that
// the published run found: looking through all of them is longer than such a night.
func (n *night) findAlike(ctx context.Context, r *store.Reader) error {
	rule := n.Policy.Clues.AlikeNarratives
	if rule.MinN == 0 {
		return nil
	}
	if !n.full {
		written, err := reduce.NarrativesSince(ctx, r, n.since(), n.snapshot())
		if err != nil {
			return err
		}
		if !written {
			n.facts.Alike, err = reduce.PublishedAlike(ctx, r, n.last.ID, n.snapshot())
			return err
		}
	}
	all, err := reduce.Narratives(ctx, r, n.snapshot())
	if err == nil {
		n.facts.Alike = rule.Groups(all)
	}
	return err
}

// putPaid begins to put contracts and payments together, beside the judging of contracts, which waits for the database.
func (n *night) putPaid() {
	if n.Policy.Clues == nil {
		return
	}
	n.paid.Go(func() {
		n.join()
		n.facts.Contracts = n.clueContracts.Paid(n.cluePayments, n.AsOf)
		n.clueContracts, n.cluePayments = nil, nil
	})
}

// findClues asks the rules, once every contract has its evaluation.
func (n *night) findClues() {
	if n.Policy.Clues == nil {
		return
	}
	n.paid.Wait()
	looked := following{n.result.standings}
	for _, c := range n.facts.Contracts {
		if now := looked.at(c.No); now != nil {
			c.Status, c.Value, c.Low, c.High, c.Grade = now.Status, now.Value, now.Low, now.High, now.Grade
			c.Scores, c.EvaluatedOn = now.Cases, now.LastOn
		}
	}
	found := n.Policy.Clues.Find(&n.facts)
	n.result.clues.all = make([]clue, len(found))
	n.inParts(len(found), func(i int) { n.result.clues.all[i] = newClue(n.id, found[i]) })
	n.facts = clues.Facts{} // a district's contracts, which nobody needs while the rows are written
}

// following finds, in a list in the order of contract numbers, the contracts of another such list one after the other.
type following struct{ rest []reduce.Standing }

func (f *following) at(no string) *reduce.Standing {
	for len(f.rest) > 0 && strings.Compare(f.rest[0].Contract, no) < 0 {
		f.rest = f.rest[1:]
	}
	if len(f.rest) == 0 || f.rest[0].Contract != no {
		return nil
	}
	return &f.rest[0]
}
