package pipelines

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"pingxin/budget"
	"pingxin/credit"
	"pingxin/credit/blacklist"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// outcome is all that a run found, before it is published.
type outcome struct {
	standings   []reduce.Standing // every contract, in the order of numbers
	judged      int               // of them, judged in this run
	ratings     settled[rating]
	assessments settled[assessment]
	candidates  settled[candidate]
	proposals   settled[proposal]
	movements   []movement
	notes       []scoring.Note
}

func byContract(a, b reduce.Standing) int { return cmp.Compare(a.Contract, b.Contract) }

// conclude rates the suppliers, finds the candidates and proposes next year's budget from the evaluations.
func (n *night) conclude(ctx context.Context) error {
	candidates, err := n.rateAll(ctx)
	if err != nil {
		return err
	}
	n.step("rate suppliers", len(n.suppliers))
	if err := n.propose(candidates); err != nil {
		return err
	}
	n.step("propose budget", len(n.result.proposals.all))
	n.settleAll()
	return nil
}

// conclusion is what follows for one supplier.
type conclusion struct {
	fault      error // what the second computation of the rating found
	rating     rating
	assessment assessment
	candidates []candidate
}

// rateAll rates and assesses every supplier, each alone, and returns the set of those with a ground for the blacklist.
func (n *night) rateAll(ctx context.Context) (map[string]bool, error) {
	n.bySupplier = make(map[string][]*reduce.Standing, len(n.suppliers))
	for i := range n.result.standings {
		s := &n.result.standings[i]
		n.bySupplier[s.Supplier] = append(n.bySupplier[s.Supplier], s)
	}
	conclusions := make([]conclusion, len(n.suppliers))
	n.inParts(len(n.suppliers), func(i int) {
		conclusions[i] = n.concludeOn(&n.suppliers[i], n.bySupplier[n.suppliers[i].ID])
	})
	flagged := map[string]bool{}
	for i := range conclusions {
		c := &conclusions[i]
		if c.fault != nil {
			return nil, c.fault
		}
		if n.Policy.Credit != nil {
			n.result.ratings.all = append(n.result.ratings.all, c.rating)
		}
		if n.Policy.Assessment != nil {
			n.result.assessments.all = append(n.result.assessments.all, c.assessment)
		}
		n.result.candidates.all = append(n.result.candidates.all, c.candidates...)
		if len(c.candidates) > 0 {
			flagged[n.suppliers[i].ID] = true
		}
	}
	return flagged, ctx.Err()
}

// inParts calls f for 0 to count-1, shared among the run's workers.
func (n *night) inParts(count int, f func(i int)) {
	var group sync.WaitGroup
	share := (count + n.Workers - 1) / n.Workers
	for from := 0; from < count; from += share {
		group.Go(func() {
			for i := from; i < min(from+share, count); i++ {
				f(i)
			}
		})
	}
	group.Wait()
}

func (n *night) concludeOn(s *reduce.Supplier, standings []*reduce.Standing) conclusion {
	var c conclusion
	var rated credit.Rating
	if p := n.Policy.Credit; p != nil {
		rated, c.fault = n.rate(creditEvidence(s.ID, standings, s.Events))
		c.rating = newRating(n.id, rated)
	}
	if p := n.Policy.Assessment; p != nil {
		c.assessment = newAssessment(n.id, p.Assess(credit.AssessmentEvidence{Supplier: s.ID, SupplierType: s.Type, RegisteredOn: s.RegisteredOn,
			Items: s.Items, Inspections: s.Inspections, Events: s.Events}, n.AsOf))
	}
	if p := n.Policy.Blacklist; p != nil && n.Policy.Credit != nil {
		for _, found := range p.Candidates(blacklistEvidence(s, standings, rated), n.AsOf) {
			c.candidates = append(c.candidates, newCandidate(n.id, found))
		}
	}
	return c
}

// creditEvidence gives a rating only final evaluations: a provisional one may still change before the service ends.
func creditEvidence(supplier string, standings []*reduce.Standing, events []credit.Event) credit.Evidence {
	e := credit.Evidence{Supplier: supplier, Events: events, Evaluations: make([]credit.Evaluated, 0, len(standings))}
	for _, v := range standings {
		if v.Status == scoring.Rated {
			e.Evaluations = append(e.Evaluations, credit.Evaluated{Contract: v.Contract, Value: v.Value, Grade: v.Grade, On: v.LastOn,
				AmountFen: v.AmountFen, Cases: v.Cases})
		}
	}
	return e
}

func blacklistEvidence(s *reduce.Supplier, standings []*reduce.Standing, rated credit.Rating) blacklist.Evidence {
	e := blacklist.Evidence{Supplier: s.ID, Events: s.Events, Rating: rated}
	for _, v := range standings {
		if v.Status == scoring.Rated {
			e.Evaluations = append(e.Evaluations, blacklist.Evaluated{Contract: v.Contract, Year: v.Year, Grade: v.Grade})
		}
	}
	return e
}

// propose makes next year's proposals from the contracts of the latest budget year that is under way.
func (n *night) propose(candidates map[string]bool) error {
	p := n.Policy.Budget
	if p == nil {
		return nil
	}
	year := 0
	for _, s := range n.result.standings {
		if s.Year <= n.AsOf.Year() {
			year = max(year, s.Year)
		}
	}
	items := make([]budget.Item, 0, len(n.result.standings))
	for i := range n.result.standings {
		s := &n.result.standings[i]
		if s.Year != year {
			continue
		}
		low, high := n.judge.BandOf(s.Grade)
		items = append(items, budget.Item{Contract: s.Contract, Purchaser: s.Purchaser, Supplier: s.Supplier, ItemCode: s.Item, BaseFen: s.AmountFen,
			Value: s.Value, Low: s.Low, High: s.High, Grade: s.Grade, Status: s.Status, MissingParty: s.MissingParty, Candidate: candidates[s.Supplier],
			BandLow: low, BandHigh: high})
	}
	proposals, err := p.Propose(items)
	if err != nil {
		return fmt.Errorf("budget proposals for the year after %d: %w", year, err)
	}
	n.result.proposals.all = make([]proposal, len(proposals))
	n.inParts(len(proposals), func(i int) { n.result.proposals.all[i] = newProposal(n.id, proposals[i]) })
	return nil
}

// settled is all rows of one result table, and what of them has to be written.
type settled[T any] struct {
	all    []T
	hashes []string         // of all rows
	fresh  []*store.Rows[T] // those that the published run does not hold
	ended  []string         // hashes of rows of the published run that no longer hold
}

// settle compares rows with those that the published run holds.
func settle[T any](n *night, t *store.Table[T], s *settled[T], hash func(*T) string) {
	held := n.heldBefore[t.Name]
	var fresh []*T
	s.hashes = make([]string, 0, len(s.all))
	for i := range s.all {
		h := hash(&s.all[i])
		s.hashes = append(s.hashes, h)
		if held[h] {
			delete(held, h)
		} else {
			fresh = append(fresh, &s.all[i])
		}
	}
	s.fresh = collect(n, t, fresh)
	s.ended = slices.Sorted(maps.Keys(held))
}

// collect makes columns of rows, shared among the run's workers.
func collect[T any](n *night, t *store.Table[T], rows []*T) []*store.Rows[T] {
	parts := slices.Collect(slices.Chunk(rows, max(1, (len(rows)+n.Workers-1)/n.Workers)))
	collected := make([]*store.Rows[T], len(parts))
	n.inParts(len(parts), func(i int) {
		collected[i] = store.NewRows(t)
		for _, row := range parts[i] {
			collected[i].Add(row)
		}
	})
	return collected
}

func (n *night) settleAll() {
	o := &n.result
	settle(n, &ratings, &o.ratings, func(v *rating) string { return v.hash })
	settle(n, &assessments, &o.assessments, func(v *assessment) string { return v.hash })
	settle(n, &candidates, &o.candidates, func(v *candidate) string { return v.hash })
	settle(n, &proposals, &o.proposals, func(v *proposal) string { return v.hash })
}

// hash is the hash of the whole run: the day, the policy, the calibration and the hash of every result, in the order of
// contract numbers and supplier ids.
func (n *night) hash() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pingxin run 2\n%s\n%s\n%s\n", n.AsOf.Format("2006-01-02"), n.Policy.Hash, n.basis.Hash)
	list := func(table string, hashes []string) {
		fmt.Fprintf(&b, "%s %d\n", table, len(hashes))
		for _, h := range hashes {
			b.WriteString(h)
			b.WriteByte('\n')
		}
	}
	standing := make([]string, len(n.result.standings))
	for i, s := range n.result.standings {
		standing[i] = s.Hash
	}
	list(evaluations.Name, standing)
	list(ratings.Name, n.result.ratings.hashes)
	list(assessments.Name, n.result.assessments.hashes)
	list(candidates.Name, n.result.candidates.hashes)
	list(proposals.Name, n.result.proposals.hashes)
	return store.Hash([]byte(b.String()))
}
