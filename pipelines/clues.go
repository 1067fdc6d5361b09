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

// gatherForClues reads what the rules of clues look at: the facts of the whole district, or, where it is enough to look at
// some contracts, those that say at which.
func (n *night) gatherForClues() []job {
	if n.Policy.Clues == nil {
		return nil
	}
	n.facts.AsOf, n.facts.Execution = n.AsOf, n.Policy.Execution
	if n.someClues {
		return []job{n.findContacts, n.findComplaints}
	}
	return append(n.gatherDistrict(), n.findContacts, n.findComplaints)
}

// gatherDistrict reads what the rules look at that compare the contracts of the whole district with each other.
func (n *night) gatherDistrict() []job {
	return []job{
		func(ctx context.Context, r *store.Reader) (err error) {
			published := 0 // in a full run, which judges all contracts itself
			if !n.full {
				published = n.last.ID
			}
			n.clueContracts, err = reduce.ClueContractsOf(ctx, r, n.snapshot(), reduce.Every, published, n.contracts)
			return err
		},
		func(ctx context.Context, r *store.Reader) (err error) {
			n.cluePayments, err = reduce.PaymentsOf(ctx, r, n.snapshot(), reduce.Every, paymentsEach*n.contracts)
			return err
		},
		func(ctx context.Context, r *store.Reader) (err error) {
			n.facts.Signs, err = reduce.Signs(ctx, r, n.basis.ID)
			return err
		},
		n.findAlike,
		func(ctx context.Context, r *store.Reader) (err error) {
			n.facts.Functions, err = reduce.Functions(ctx, r, n.snapshot())
			return err
		},
	}
}

// findContacts reads how organisations are reached, and who scored the suppliers that have a contact in common with somebody.
func (n *night) findContacts(ctx context.Context, r *store.Reader) (err error) {
	if n.facts.Contacts, err = reduce.Contacts(ctx, r, n.snapshot()); err != nil {
		return err
	}
	if suppliers := n.touchingSuppliers(); len(suppliers) > 0 {
		n.facts.Scored, err = reduce.ScoredFor(ctx, r, n.snapshot(), suppliers)
	}
	return err
}

// touchingSuppliers are those that have a contact in common with somebody who scores.
func (n *night) touchingSuppliers() (suppliers []string) {
	for _, t := range n.Policy.Clues.SharedContact.Touching(n.facts.Contacts) {
		if !slices.Contains(suppliers, t.Supplier) {
			suppliers = append(suppliers, t.Supplier)
		}
	}
	return suppliers
}

// findComplaints reads complaints, and what the recipients of the contracts said of which they wait for an answer.
func (n *night) findComplaints(ctx context.Context, r *store.Reader) (err error) {
	if n.facts.Complaints, err = reduce.Complaints(ctx, r, n.snapshot()); err != nil {
		return err
	}
	if complained := n.complained(); len(complained) > 0 {
		n.facts.Answers, err = reduce.RecipientsOn(ctx, r, n.snapshot(), complained)
	}
	return err
}

// complained are the contracts of which complaints wait for an answer.
func (n *night) complained() []string {
	return n.Policy.Clues.ContentYetComplaints.Complained(n.facts.Complaints, n.AsOf)
}

// findAlike finds which narratives are alike. An ordinary night on which none came in or came of age takes the groups that
// the published run found: looking through all of them is longer than such a night.
func (n *night) findAlike(ctx context.Context, r *store.Reader) (err error) {
	rule := n.Policy.Clues.AlikeNarratives
	if rule.MinN == 0 {
		return nil
	}
	if !n.full && !n.written {
		n.facts.Alike, err = reduce.PublishedAlike(ctx, r, n.last.ID, n.snapshot())
		return err
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
func (n *night) findClues(ctx context.Context, readers []*store.Reader) error {
	if n.Policy.Clues == nil {
		return nil
	}
	n.paid.Wait()
	find := n.Policy.Clues.Find
	switch same := n.someClues && n.sameRenewals(); {
	case same:
		find = n.Policy.Clues.FindOfSome
	case n.someClues:
		if err := n.lookAtAll(ctx, readers); err != nil {
			return err
		}
	}
	enterEvaluations(n.facts.Contracts, n.result.standings)
	found := find(&n.facts)
	n.result.clues.all = make([]clue, len(found))
	n.inParts(len(found), func(i int) { n.result.clues.all[i] = newClue(n.id, found[i]) })
	n.facts = clues.Facts{} // a district's contracts, which nobody needs while the rows are written
	return nil
}

// enterEvaluations gives contracts their evaluations, where there are any; both are in the order of numbers.
func enterEvaluations(contracts []*clues.Contract, evaluated []reduce.Standing) {
	looked := following{evaluated}
	for _, c := range contracts {
		if now := looked.at(c.No); now != nil {
			c.Status, c.Value, c.Low, c.High, c.Grade = now.Status, now.Value, now.Low, now.High, now.Grade
			c.Scores, c.EvaluatedOn = now.Cases, now.LastOn
		}
	}
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
