package pipelines

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"pingxin/budget"
	"pingxin/credit"
	"pingxin/credit/blacklist"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// outcome is all that a run found, before it is published.
type outcome struct {
	standings   []reduce.Standing // every contract of the suppliers that the night looks at, in the order of numbers
	judged      int               // of them, judged in this run
	evaluations difference
	endedKeys   []int32 // of the contracts of evaluations.ended
	rows        rowSet  // all rows that hold for this run
	ratings     settled[rating]
	assessments settled[assessment]
	candidates  settled[candidate]
	proposals   settled[proposal]
	clues       settled[clue]
	settlements settled[settlement] // of the contracts judged
	movements   []movement
	notes       []scoring.Note
}

func byContract(a, b reduce.Standing) int { return cmp.Compare(a.Contract, b.Contract) }

// conclude rates the suppliers, finds the candidates, proposes next year's budget and finds the clues from the evaluations.
func (n *night) conclude(ctx context.Context, readers []*store.Reader) error {
	barred, err := n.rateAll(ctx)
	if err != nil {
		return err
	}
	n.step("rate suppliers", len(n.suppliers))
	if err := n.propose(barred); err != nil {
		return err
	}
	n.step("propose budget", len(n.result.proposals.all))
	if err := n.findClues(ctx, readers); err != nil {
		return err
	}
	n.step("find clues", len(n.result.clues.all))
	n.settleAll()
	n.step("sum up", len(n.result.standings))
	return nil
}

// conclusion is what follows for one supplier.
type conclusion struct {
	fault      error // what the second computation of the rating found
	rating     rating
	assessment assessment
	candidates []candidate
}

// standing says of a supplier what keeps its contracts from getting more.
type standing struct{ candidate, listed bool }

// rateAll rates and assesses every supplier, each alone, and returns those with a ground for the blacklist or a place on it.
func (n *night) rateAll(ctx context.Context) (map[string]standing, error) {
	n.bySupplier = make(map[string][]*reduce.Standing, len(n.suppliers))
	for i := range n.result.standings {
		s := &n.result.standings[i]
		n.bySupplier[s.Supplier] = append(n.bySupplier[s.Supplier], s)
	}
	conclusions := make([]conclusion, len(n.suppliers))
	n.inParts(len(n.suppliers), func(i int) {
		conclusions[i] = n.concludeOn(&n.suppliers[i], n.bySupplier[n.suppliers[i].ID])
	})
	barred := map[string]standing{}
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
		listed := slices.ContainsFunc(n.suppliers[i].Listings, func(l credit.Listing) bool { return l.Holds(n.AsOf) })
		if s := (standing{len(c.candidates) > 0, listed}); s != (standing{}) {
			barred[n.suppliers[i].ID] = s
		}
	}
	return barred, ctx.Err()
}

// inParts calls f for 0 to count-1, shared among the run's workers.
func (n *night) inParts(count int, f func(i int)) {
	var group sync.WaitGroup
	share := (count + n.Workers - 1) / n.Workers
	for from := 0; from < count; from += share {
		group.Go(func() {
			n.join()
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
	var goodUntil time.Time
	if p := n.Policy.Assessment; p != nil {
		c.assessment = newAssessment(n.id, n.Policy.Reassessment.Assess(p, s.AssessmentEvidence(n.inspected), n.AsOf))
		goodUntil = c.assessment.GoodUntil
	}
	if p := n.Policy.Credit; p != nil {
		rated, c.fault = n.rate(creditEvidence(s, standings))
		c.rating = newRating(n.id, rated, credit.Sooner(goodUntil, rated.GoodUntil, n.AsOf))
	}
	if p := n.Policy.Blacklist; p != nil && n.Policy.Credit != nil {
		for _, found := range p.Candidates(blacklistEvidence(s, standings, rated), n.AsOf) {
			c.candidates = append(c.candidates, newCandidate(n.id, found))
		}
	}
	return c
}

// creditEvidence gives a rating only the evaluations that count in it.
func creditEvidence(s *reduce.Supplier, standings []*reduce.Standing) credit.Evidence {
	e := credit.Evidence{Supplier: s.ID, Events: s.Events, Listings: s.Listings, Evaluations: make([]credit.Evaluated, 0, len(standings))}
	for _, v := range standings {
		if credit.Counts(v.Status) {
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

// propose makes next year's proposals from the contracts of the latest budget year that counts as their base.
func (n *night) propose(barred map[string]standing) error {
	p := n.Policy.Budget
	if p == nil {
		return nil
	}
	year := n.year
	if n.among == nil { // all standings are at hand
		year = n.latestYear()
	}
	items := make([]budget.Item, 0, len(n.result.standings))
	for i := range n.result.standings {
		s := &n.result.standings[i]
		if s.Year != year {
			continue
		}
		low, high := n.judge.BandOf(s.Grade)
		items = append(items, budget.Item{Contract: s.Contract, Purchaser: s.Purchaser, Supplier: s.Supplier, ItemCode: s.Item, BaseFen: s.AmountFen,
			Value: s.Value, Low: s.Low, High: s.High, Grade: s.Grade, Status: s.Status, MissingParty: s.MissingParty, Candidate: barred[s.Supplier].candidate,
			Listed: barred[s.Supplier].listed, Dispute: n.disputes[s.Contract], BandLow: low, BandHigh: high})
	}
	proposals, err := p.Propose(items)
	if err != nil {
		return fmt.Errorf("budget proposals for the year after %d: %w", year, err)
	}
	n.result.proposals.all = make([]proposal, len(proposals))
	n.inParts(len(proposals), func(i int) { n.result.proposals.all[i] = newProposal(n.id, proposals[i]) })
	return nil
}

// latestYear is the latest budget year of any contract that may be the base.
func (n *night) latestYear() (year int) {
	base := budget.BaseYear(n.AsOf)
	for i := range n.result.standings {
		if y := n.result.standings[i].Year; y <= base {
			year = max(year, y)
		}
	}
	return year
}

// difference is how the rows of one result table differ from those of the published run, by their hashes.
type difference struct {
	hashes []string // of all rows that were found
	added  []string // of those that the published run does not hold
	ended  []string // of those that only the published run holds
}

// settled is all rows of one result table that were found, and what of them has to be written.
type settled[T any] struct {
	all []T
	difference
	fresh []*store.Rows[T] // those of added
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
			fresh, s.added = append(fresh, &s.all[i]), append(s.added, h)
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
	for i := range o.standings {
		o.evaluations.hashes = append(o.evaluations.hashes, o.standings[i].Hash)
	}
	n.changed(func(was, now *reduce.Standing) {
		o.evaluations.added = append(o.evaluations.added, now.Hash)
		if was != nil {
			o.evaluations.ended, o.endedKeys = append(o.evaluations.ended, was.Hash), append(o.endedKeys, was.Key)
		}
	})
	settle(n, &ratings, &o.ratings, func(v *rating) string { return v.hash })
	settle(n, &assessments, &o.assessments, func(v *assessment) string { return v.hash })
	settle(n, &candidates, &o.candidates, func(v *candidate) string { return v.hash })
	settle(n, &proposals, &o.proposals, func(v *proposal) string { return v.hash })
	settle(n, &clueRows, &o.clues, func(v *clue) string { return v.hash })
	settle(n, &settlements, &o.settlements, func(v *settlement) string { return v.hash })
	n.sumUp()
}

// differences are those of all result tables, by name.
func (o *outcome) differences() map[string]*difference {
	return map[string]*difference{evaluations.Name: &o.evaluations, ratings.Name: &o.ratings.difference, assessments.Name: &o.assessments.difference,
		candidates.Name: &o.candidates.difference, proposals.Name: &o.proposals.difference, settlements.Name: &o.settlements.difference,
		clueRows.Name: &o.clues.difference}
}

// hash is the hash of the whole run: of the day, the policy, the calibration and the set of all rows of its results.
func (n *night) hash() string {
	head := fmt.Sprintf("pingxin run 4\n%s\n%s\n%s\n", n.AsOf.Format(time.DateOnly), n.Policy.Hash, n.basis.Hash)
	return store.Hash(append([]byte(head), n.result.rows.bytes()...))
}

// sumUp finds the set of all rows: in a full run from the rows themselves, else from the set of the published run and what
// differs.
func (n *night) sumUp() {
	o := &n.result
	for table, d := range o.differences() {
		if n.full {
			n.addAll(table, d.hashes)
			continue
		}
		o.rows.add(table, d.added...)
		o.rows.remove(table, d.ended...)
	}
}

// addAll adds many rows to the set, shared among the run's workers.
func (n *night) addAll(table string, hashes []string) {
	parts := slices.Collect(slices.Chunk(hashes, max(1, (len(hashes)+n.Workers-1)/n.Workers)))
	sets := make([]rowSet, len(parts))
	n.inParts(len(parts), func(i int) { sets[i].add(table, parts[i]...) })
	for i := range sets {
		n.result.rows.merge(&sets[i])
	}
}
