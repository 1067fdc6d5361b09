package pipelines

import (
	"context"
	"slices"

	"pingxin/pipelines/clues"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
)

// compareDistrict finds out what has changed of the facts for which the rules of clues have to look at the whole district.
func (n *night) compareDistrict(ctx context.Context, r *store.Reader) (err error) {
	if n.full || n.Policy.Clues == nil {
		return nil
	}
	if n.written, err = reduce.NarrativesSince(ctx, r, n.since(), n.snapshot()); err != nil {
		return err
	}
	n.agreed, err = reduce.AgreedSince(ctx, r, n.since(), n.snapshot())
	return err
}

// looksAtSome says whether the rules of clues may do with some contracts: what clues.Policy.FindOfSome does not ask for stays as
// it was found, but for renewals, of which the night knows once it has judged.
func (n *night) looksAtSome() bool {
	return n.Policy.Clues != nil && n.some && !n.written && !n.agreed && n.AsOf.Year() == n.last.AsOf.Year()
}

// gatherSomeForClues reads the contracts that the rules of clues look at: those of the suppliers that the night looks at, those
// that other facts name, and those of which a day has come.
func (n *night) gatherSomeForClues(ctx context.Context, readers []*store.Reader) error {
	p := n.Policy.Clues
	keys, err := reduce.ClueKeys(ctx, readers[0], n.last.ID, n.snapshot(), reduce.LookedAt{Numbers: n.complained(), Suppliers: n.touchingSuppliers(),
		Ended: p.EvaluationMissing.Ended(n.last.AsOf, n.AsOf), Paid: p.PaidBeforeEvaluation.Paid(n.last.AsOf, n.AsOf)})
	if err != nil {
		return err
	}
	var which reduce.Contracts
	evaluated := make(map[int32]bool, len(n.before))
	for i := range n.before {
		evaluated[n.before[i].Key] = true
		which.Keys = append(which.Keys, n.before[i].Key)
	}
	others := slices.DeleteFunc(keys, func(key int32) bool { return evaluated[key] })
	which.Keys = append(which.Keys, others...)
	return work(ctx, readers, []job{
		func(ctx context.Context, r *store.Reader) (err error) {
			if n.clueContracts, err = reduce.ClueContractsAmong(ctx, r, n.snapshot(), n.last.ID, n.before, others); err != nil {
				return err
			}
			return n.holdClues(ctx, r, n.clueContracts.Numbers())
		},
		func(ctx context.Context, r *store.Reader) (err error) {
			if len(which.Keys) > 0 {
				n.cluePayments, err = reduce.PaymentsOf(ctx, r, n.snapshot(), which, paymentsEach*len(which.Keys))
			}
			return err
		},
	})
}

// holdClues reads which clues the published run holds: those on some contracts, or all where about is nil.
func (n *night) holdClues(ctx context.Context, r *store.Reader, about []string) (err error) {
	n.heldBefore[clueRows.Name], err = reduce.HeldClues(ctx, r, n.last.ID, about)
	return err
}

// sameRenewals says whether the renewals of contracts are, after what the night judged, what they were for the published run.
func (n *night) sameRenewals() bool {
	now := clues.Facts{Contracts: make([]*clues.Contract, len(n.facts.Contracts))}
	for i, c := range n.facts.Contracts {
		copied := *c
		now.Contracts[i] = &copied
	}
	enterEvaluations(now.Contracts, n.result.standings)
	return n.Policy.Clues.SameRenewals(&n.facts, &now)
}

// lookAtAll reads what the rules look at of the whole district after all.
func (n *night) lookAtAll(ctx context.Context, readers []*store.Reader) error {
	n.someClues = false
	jobs := append(n.gatherDistrict(), func(ctx context.Context, r *store.Reader) error { return n.holdClues(ctx, r, nil) })
	if err := work(ctx, readers, jobs); err != nil {
		return err
	}
	n.putPaid()
	n.paid.Wait()
	return nil
}
