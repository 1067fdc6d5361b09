// Package reduce reads every score once and hands out one record per contract with all its evidence. It decides how
// the facts are grouped and which of several accepted versions of a fact counts (the latest); what a value means is
// left to the rules. Robust locations need every score of a cell, and lists made by the database cost more than the
// scores themselves: it hands them out as they lie, and they are put into cells here. Each query is one named file below sql/, its grain in the first line; nothing else in the product
// costs more as scores grow, so this is the part that another SQL engine would take over.
package reduce

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// Contract is one contract with all its evidence on the day asked for.
type Contract struct {
	Key       int32
	Name      string
	Purchaser string
	Supplier  string
	Item      string
	Year      int
	Evidence  scoring.Evidence // whose Events are the incidents of the contract; others belong to the supplier
}

// MismatchError says that the scores handed out are not those that the database counts and adds up itself.
type MismatchError struct {
	What           string
	Read, Database int64
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("the %s of the scores read is %d and %d by the database; nothing was published: run `pingxin doctor` and restore a backup if it finds damage",
		e.What, e.Read, e.Database)
}

// Question says what to read of contracts.
type Question struct {
	Snapshot
	Contracts
	Indicators map[int16]string // names of the keys of the score table
	Raters     bool             // whether to say who gave each score
	Lent       bool             // whether the caller keeps nothing of the cells, whose memory is then used again
}

// Evidence reads the contracts asked for, in the order of their keys, with all their evidence, and hands them out one by
// one. All contracts asked for are in memory at a time: the caller bounds it by asking for few.
func Evidence(ctx context.Context, r *store.Reader, q Question, f func(*Contract) error) error {
	facts, err := contractFacts(ctx, r, q)
	if err != nil {
		return err
	}
	m := new(memory)
	if q.Lent {
		m = idle.Get().(*memory)
		defer m.giveBack()
	}
	if err := addScores(ctx, r, q, m, facts); err != nil {
		return err
	}
	for i := range facts {
		if err := f(&facts[i]); err != nil {
			return err
		}
	}
	return nil
}

// contractFacts reads all that is known of the contracts but their scores.
func contractFacts(ctx context.Context, r *store.Reader, q Question) ([]Contract, error) {
	var facts []Contract
	contractKey := func(b columns, i int) int32 { return b.int32(0, i) }
	err := scanVersions(ctx, r, "contracts", q.scope(q.Contracts), nil, contractKey, func(b columns, i int, again bool) {
		c := Contract{Key: b.int32(0, i), Name: b.text(3, i), Purchaser: b.text(4, i), Supplier: b.text(5, i), Item: b.text(6, i), Year: int(b.int32(7, i))}
		c.Evidence = scoring.Evidence{Contract: b.text(2, i), Peer: PeerGroup(c.Item, c.Year), AmountFen: b.int64(8, i), StartOn: b.day(9, i), EndOn: b.day(10, i),
			Recipients: int(b.int32(11, i))}
		if again {
			facts = facts[:len(facts)-1]
		}
		facts = append(facts, c)
	})
	if err != nil {
		return nil, err
	}
	f := factsOf{facts: facts, stray: -1}
	for _, read := range []func(context.Context, *store.Reader, Question) error{f.targets, f.progress, f.payments, f.incidents} {
		f.at = 0
		if err := read(ctx, r, q); err != nil {
			return nil, err
		}
	}
	if f.stray >= 0 && q.Known == 0 { // what was not known then may have been known of contracts that were
		return nil, fmt.Errorf("target, payment or incident rows refer to contract key %d, which no contract has: run `pingxin doctor`", f.stray)
	}
	return facts, nil
}

// factsOf puts facts into their contracts; both sides come in the order of keys.
type factsOf struct {
	facts []Contract
	at    int
	stray int32 // key of a fact whose contract does not exist; -1 for none
}

// find returns the evidence of the contract with a key.
func (f *factsOf) find(key int32) *scoring.Evidence {
	for f.at < len(f.facts) && f.facts[f.at].Key < key {
		f.at++
	}
	if f.at == len(f.facts) || f.facts[f.at].Key != key {
		f.stray = key
		return &scoring.Evidence{}
	}
	return &f.facts[f.at].Evidence
}

// factKey is a contract with what else tells its facts apart.
type factKey struct {
	contract int32
	what     string
	day      arrow.Date32
}

func (f *factsOf) targets(ctx context.Context, r *store.Reader, q Question) error {
	key := func(b columns, i int) factKey { return factKey{contract: b.int32(0, i), what: b.text(2, i)} }
	return scanVersions(ctx, r, "targets", q.scope(q.Contracts), nil, key, func(b columns, i int, again bool) {
		e := f.find(b.int32(0, i))
		if again {
			e.Attainments = e.Attainments[:len(e.Attainments)-1]
		}
		e.Attainments = append(e.Attainments, scoring.Attainment{Indicator: b.text(2, i), Target: b.float(3, i), Higher: b.bool(4, i)})
	})
}

// progress enters the readings of indicators that have a target: the latest day counts.
func (f *factsOf) progress(ctx context.Context, r *store.Reader, q Question) error {
	key := func(b columns, i int) factKey { return factKey{b.int32(0, i), b.text(2, i), b.days(3)[i]} }
	return scanVersions(ctx, r, "progress", q.scope(q.Contracts), []any{q.AsOf}, key, func(b columns, i int, _ bool) {
		e, indicator := f.find(b.int32(0, i)), b.view(2, i)
		at := slices.IndexFunc(e.Attainments, func(a scoring.Attainment) bool { return a.Indicator == indicator })
		if at >= 0 {
			e.Attainments[at].Actual, e.Attainments[at].Reached = b.float(4, i), true
		}
	})
}

func (f *factsOf) payments(ctx context.Context, r *store.Reader, q Question) error {
	key := func(b columns, i int) factKey { return factKey{contract: b.int32(0, i), what: b.text(2, i)} }
	var last int64 // paid by the version before
	return scanVersions(ctx, r, "payments", q.scope(q.Contracts), []any{q.AsOf}, key, func(b columns, i int, again bool) {
		e, paid := f.find(b.int32(0, i)), b.int64(3, i)
		if again {
			e.PaidFen -= last
		} else {
			e.Payments++
		}
		e.PaidFen += paid
		last = paid
	})
}

// incidents enters what went wrong during the service as events of the contract, of which the policy's caps know the
// severity.
func (f *factsOf) incidents(ctx context.Context, r *store.Reader, q Question) error {
	key := func(b columns, i int) factKey { return factKey{contract: b.int32(0, i), what: b.text(2, i)} }
	added := false // whether the version before was an incident
	return scanVersions(ctx, r, "incidents", q.scope(q.Contracts), nil, key, func(b columns, i int, again bool) {
		e := f.find(b.int32(0, i))
		if again && added {
			e.Events = e.Events[:len(e.Events)-1]
		}
		if added = !b.bool(6, i); added {
			e.Events = append(e.Events, scoring.Event{ID: b.text(2, i), Kind: scoring.IncidentCause(b.view(3, i)), OccurredOn: b.day(4, i), EndsOn: b.day(5, i), Contract: true})
		}
	})
}

// Count counts the contracts that a batch up to the watermark described. It tells those described before by their keys, in a
// tenth of the time that the database takes to.
func Count(ctx context.Context, r *store.Reader, watermark int) (n int, err error) {
	var counted places
	err = batches(ctx, r, "count", scope{Watermark: watermark}, nil, func(b columns, rows int) error {
		for _, key := range b.int32s(0)[:rows] {
			if _, known := counted.of(key); !known {
				counted.put(key, int32(n))
				n++
			}
		}
		return nil
	})
	return n, err
}

// Keys lists, in order, every contract that a batch up to the watermark described.
func Keys(ctx context.Context, r *store.Reader, watermark int) ([]int32, error) {
	return keyList(ctx, r, "keys", scope{Watermark: watermark}, nil)
}

// Since is the published run that a night starts from.
type Since struct {
	Run       int
	Watermark int
	AsOf      time.Time
}

// Touched is one contract that may have to be judged otherwise than by the published run, and why.
type Touched struct {
	Key      int32
	Evidence bool // a batch since says something of it
	Day      bool // some of what earlier batches said is of a day between those of the two runs
	Date     bool // a day has come on which its judgement ends by itself
}

// TouchedSince lists, in order, the contracts that have to be judged again on asOf: those with facts accepted or coming of
// age since the published run, and those whose published evaluation ends by itself on or before asOf.
func TouchedSince(ctx context.Context, r *store.Reader, since Since, asOf time.Time) (all []Touched, err error) {
	earlier := since.AsOf
	if asOf.Before(earlier) {
		earlier = asOf
	}
	args := []any{int32(since.Watermark), earlier, asOf, int32(since.Run)}
	err = scan(ctx, r, "touched", scope{}, args, func(b columns, i int) {
		all = append(all, Touched{Key: b.int32(0, i), Evidence: b.bool(1, i), Day: b.bool(2, i), Date: b.bool(3, i)})
	})
	return all, err
}
