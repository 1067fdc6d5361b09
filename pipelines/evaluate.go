package pipelines

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"pingxin/credit"
	"pingxin/pipelines/backstage"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
)

// slotContracts bounds the contracts that one worker holds at a time, and so the memory of a run: with some 500 scores
// a contract a slot is two million scores.
const slotContracts = 4096

// slot is a stretch of contracts that one worker reduces and judges, and what came of it.
type slot struct {
	which    reduce.Contracts
	judged   []reduce.Standing
	advised  []settlement
	outlooks []outlook
	rows     *store.Rows[evaluation] // of the contracts judged, what the published run does not hold already
	unused   map[string]int          // scores that the policy has no leaf for, by indicator and party
}

// cut divides contracts into slots in the order of their keys. A full run has several for every worker, so that none
// waits long for the last; an ordinary night one each, because each reads around its contracts.
func cut(keys []int32, full bool, workers int) []slot {
	slots := workers
	if full {
		slots *= 4
	}
	size := max(1, min(slotContracts, (len(keys)+slots-1)/slots))
	var all []slot
	for part := range slices.Chunk(keys, size) {
		which := reduce.Contracts{Low: part[0], High: part[len(part)-1]}
		if !full {
			which.Keys = part
		}
		all = append(all, slot{which: which})
	}
	return all
}

// evaluate judges the contracts of all slots. The outcome does not depend on the number of readers: each contract is
// judged alone, and all are put together by their numbers.
func (n *night) evaluate(ctx context.Context, readers []*store.Reader) error {
	events := make(map[string][]credit.Event)
	for _, s := range n.suppliers {
		if len(s.Events) > 0 {
			events[s.ID] = s.Events
		}
	}
	var jobs []job
	var done int
	var telling sync.Mutex
	for i := range n.slots {
		jobs = append(jobs, func(ctx context.Context, r *store.Reader) error {
			if err := n.fill(ctx, r, &n.slots[i], events); err != nil || n.Progress == nil {
				return err
			}
			telling.Lock()
			defer telling.Unlock()
			done++
			n.Progress(done, len(n.slots))
			return nil
		})
	}
	if err := work(ctx, readers, jobs); err != nil {
		return err
	}
	n.merge()
	n.step("reduce and evaluate", len(n.result.standings))
	return nil
}

// job is a part of a step that needs a reader of its own.
type job func(context.Context, *store.Reader) error

// work does the jobs in their order, one at a time on each reader.
func work(ctx context.Context, readers []*store.Reader, jobs []job) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range readers {
		group.Go(func() error {
			backstage.Join(ctx)
			for at := next.Add(1) - 1; at < int64(len(jobs)); at = next.Add(1) - 1 {
				if err := jobs[at](ctx, r); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// fill judges the contracts of a slot.
func (n *night) fill(ctx context.Context, r *store.Reader, s *slot, events map[string][]credit.Event) error {
	s.unused, s.rows = map[string]int{}, store.NewRows(&evaluations)
	row := evaluation{run: n.id}
	q := reduce.Question{Snapshot: n.snapshot(), Contracts: s.which, Indicators: n.names, Raters: n.asksRaters(), Lent: true}
	return reduce.Evidence(ctx, r, q, func(c *reduce.Contract) error {
		c.Evidence.Events = append(credit.EventsOn(c.Evidence.Contract, events[c.Supplier]), c.Evidence.Events...)
		n.countUnused(s, c)
		e, err := n.judged(c, row.Parts)
		if err != nil {
			return err
		}
		if n.Policy.Settlement != nil {
			s.advised = append(s.advised, newSettlement(n.id, c.Key, n.advise(c, &e)))
		}
		row.set(c, e)
		s.keep(&row, n.publishedOf(e.Contract))
		if look := n.lookBack(c); look != (outlook{key: c.Key}) {
			s.outlooks = append(s.outlooks, look)
		}
		return nil
	})
}

// asksRaters says whether any judge that evidence is read for has to know who gave a score.
func (n *night) asksRaters() bool {
	return n.judge.AsksRaters() || n.was.judge != nil && (n.was.judge.AsksRaters() || n.was.recalibrated.AsksRaters())
}

// keep keeps what the rest of the run uses of an evaluation, and its row unless it is that of the published run.
func (s *slot) keep(row *evaluation, was *reduce.Standing) {
	s.judged = append(s.judged, row.standing())
	if was == nil || was.Hash != row.hash {
		s.rows.Add(row)
	}
}

// countUnused counts scores on indicators that the policy does not have, so that none is dropped in silence.
func (n *night) countUnused(s *slot, c *reduce.Contract) {
	for _, cell := range c.Evidence.Cells {
		if leaf, known := n.judge.Leaf(cell.Indicator); !known || leaf.Parties[cell.Party.String()] == 0 {
			s.unused[cell.Indicator] += len(cell.Values)
		}
	}
}

// publishedOf is the published evaluation of a contract, nil when it has none.
func (n *night) publishedOf(contract string) *reduce.Standing {
	at, found := slices.BinarySearchFunc(n.before, contract, func(s reduce.Standing, no string) int { return cmp.Compare(s.Contract, no) })
	if !found {
		return nil
	}
	return &n.before[at]
}

// merge puts the newly judged contracts among those that keep their published evaluation, in the order of contract
// numbers.
func (n *night) merge() {
	judged := make([]reduce.Standing, 0, len(n.keys))
	for i := range n.slots {
		judged = append(judged, n.slots[i].judged...)
		n.result.settlements.all = append(n.result.settlements.all, n.slots[i].advised...)
		n.slots[i].judged, n.slots[i].advised = nil, nil
	}
	slices.SortFunc(judged, byContract)
	n.result.judged, n.result.standings = len(judged), judged
	if n.full {
		return
	}
	all := make([]reduce.Standing, 0, n.contracts)
	for i := range n.before {
		for len(judged) > 0 && judged[0].Contract < n.before[i].Contract {
			all, judged = append(all, judged[0]), judged[1:]
		}
		if len(judged) == 0 || judged[0].Contract != n.before[i].Contract {
			all = append(all, n.before[i])
		}
	}
	n.result.standings = append(all, judged...)
}

// changed calls f for every contract whose evaluation differs from the published one; was is nil for a new contract.
func (n *night) changed(f func(was, now *reduce.Standing)) {
	before := n.before
	for i := range n.result.standings {
		now := &n.result.standings[i]
		for len(before) > 0 && before[0].Contract < now.Contract {
			before = before[1:]
		}
		switch {
		case len(before) == 0 || before[0].Contract != now.Contract:
			f(nil, now)
		case before[0].Hash != now.Hash:
			f(&before[0], now)
		}
	}
}
