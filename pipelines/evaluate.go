package pipelines

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"pingxin/credit"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// slotContracts bounds the contracts that one worker holds at a time, and so the memory of a run: with some 500 scores
// a contract a slot is two million scores.
const slotContracts = 4096

// slot is a stretch of contracts that one worker reduces and judges, and what came of it.
type slot struct {
	which     reduce.Contracts
	standings []reduce.Standing
	rows      *store.Rows[evaluation]
	unused    map[string]int // scores that the policy has no leaf for, by indicator and party
}

// cut divides contracts into slots in the order of their keys: of a full run several for every worker, so that none
// waits long for the last; of an ordinary night one, because each reads around its contracts.
func cut(keys []int32, full bool, workers int) []slot {
	share := workers
	if full {
		share = 4 * workers
	}
	size := max(1, min(slotContracts, (len(keys)+share-1)/share))
	var slots []slot
	for part := range slices.Chunk(keys, size) {
		which := reduce.Contracts{Low: part[0], High: part[len(part)-1]}
		if !full {
			which.Keys = part
		}
		slots = append(slots, slot{which: which})
	}
	return slots
}

// evaluate judges the contracts of all slots. The outcome does not depend on the number of readers: each contract is
// judged alone, and the slots are put together in the order of their keys.
func (n *night) evaluate(ctx context.Context, readers []*store.Reader) error {
	events, err := n.contractEvents(ctx, readers[0])
	if err != nil {
		return err
	}
	held := make(map[string]bool, len(n.before))
	for i := range n.before {
		held[n.before[i].Hash] = true
	}
	var next, done int
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range readers {
		group.Go(func() error {
			for {
				mu.Lock()
				at := next
				next++
				mu.Unlock()
				if at >= len(n.slots) {
					return nil
				}
				if err := n.fill(ctx, r, &n.slots[at], events, held); err != nil {
					return err
				}
				mu.Lock()
				done++
				if n.Progress != nil {
					n.Progress(done, len(n.slots))
				}
				mu.Unlock()
			}
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	n.merge()
	n.step("reduce and evaluate", len(n.result.standings))
	return nil
}

// contractEvents reads the suppliers and turns their credit events into what may cap a contract.
func (n *night) contractEvents(ctx context.Context, r *store.Reader) (map[string][]credit.Event, error) {
	var err error
	if n.suppliers, err = reduce.Suppliers(ctx, r, n.AsOf); err != nil {
		return nil, err
	}
	events := make(map[string][]credit.Event)
	for _, s := range n.suppliers {
		if len(s.Events) > 0 {
			events[s.ID] = s.Events
		}
	}
	n.step("read suppliers", len(n.suppliers))
	return events, nil
}

// fill judges the contracts of a slot and keeps the rows that the published run does not hold already.
func (n *night) fill(ctx context.Context, r *store.Reader, s *slot, events map[string][]credit.Event, held map[string]bool) error {
	s.rows, s.unused = store.NewRows(&evaluations), map[string]int{}
	return reduce.Evidence(ctx, r, s.which, n.AsOf, n.names, func(c *reduce.Contract) error {
		c.Evidence.Events = eventsOf(c.Evidence.Contract, events[c.Supplier])
		n.countUnused(s, c)
		row := newEvaluation(n.id, c, n.judge.Evaluate(c.Evidence, n.AsOf))
		s.standings = append(s.standings, row.standing())
		if !held[row.hash] {
			s.rows.Add(&row)
		}
		return nil
	})
}

// eventsOf picks the events of a supplier that concern a contract: those recorded against it and those against none.
func eventsOf(contract string, all []credit.Event) []scoring.Event {
	var events []scoring.Event
	for _, e := range all {
		if e.Contract != "" && e.Contract != contract {
			continue
		}
		events = append(events, scoring.Event{ID: e.ID, Kind: e.Kind, OccurredOn: e.OccurredOn, EndsOn: e.EndsOn, RepairedOn: e.RepairedOn,
			Contract: e.Contract == contract})
	}
	return events
}

// countUnused counts scores on indicators that the policy does not have, so that none is dropped in silence.
func (n *night) countUnused(s *slot, c *reduce.Contract) {
	for _, cell := range c.Evidence.Cells {
		if leaf, known := n.judge.Leaf(cell.Indicator); !known || leaf.Parties[cell.Party.String()] == 0 {
			s.unused[cell.Indicator] += len(cell.Values)
		}
	}
}

// merge puts the newly judged contracts among those that keep their published evaluation, in the order of contract
// numbers.
func (n *night) merge() {
	all := make([]reduce.Standing, 0, n.contracts)
	for i := range n.slots {
		all = append(all, n.slots[i].standings...)
	}
	n.result.judged = len(all)
	if !n.full {
		for _, s := range n.before {
			if _, again := slices.BinarySearch(n.touched, s.Key); !again {
				all = append(all, s)
			}
		}
	}
	slices.SortFunc(all, byContract)
	n.result.standings = all
}
