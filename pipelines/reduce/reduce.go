// Package reduce reads every score once and hands out one record per contract with all its evidence. It decides how
// the facts are grouped and which of several accepted versions of a fact counts (the latest); what a value means is
// left to the rules. Robust locations need every score of a cell, and lists made by the database cost more than the
// scores themselves: it hands them out as they lie, and they are put into cells here. Each query is one named file below sql/, its grain in the first line; nothing else in the product
// costs more as scores grow, so this is the part that another SQL engine would take over.
package reduce

import (
	"context"
	"fmt"
	"time"

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
	Evidence  scoring.Evidence // without Events, which belong to the supplier
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
}

// Evidence reads the contracts asked for, in the order of their keys, with all their evidence, and hands them out one by
// one. All contracts asked for are in memory at a time: the caller bounds it by asking for few.
func Evidence(ctx context.Context, r *store.Reader, q Question, f func(*Contract) error) error {
	facts, err := contractFacts(ctx, r, q)
	if err != nil {
		return err
	}
	if err := addScores(ctx, r, q, facts); err != nil {
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
	within := q.scope(q.Contracts)
	var facts []Contract
	err := scan(ctx, r, "contracts", within, nil, func(b columns, i int) {
		c := Contract{Key: b.int32(0, i), Name: b.text(2, i), Purchaser: b.text(3, i), Supplier: b.text(4, i), Item: b.text(5, i), Year: int(b.int32(6, i))}
		c.Evidence = scoring.Evidence{Contract: b.text(1, i), Peer: PeerGroup(c.Item, c.Year), AmountFen: b.int64(7, i), StartOn: b.day(8, i), EndOn: b.day(9, i), Recipients: int(b.int32(10, i))}
		facts = append(facts, c)
	})
	if err != nil {
		return nil, err
	}
	at, stray := 0, int32(-1)
	find := func(key int32) *Contract { // both sides come in the order of their keys
		for at < len(facts) && facts[at].Key < key {
			at++
		}
		if at == len(facts) || facts[at].Key != key {
			stray = key
			return &Contract{}
		}
		return &facts[at]
	}
	err = scan(ctx, r, "attainments", within, []any{q.AsOf}, func(b columns, i int) {
		c := find(b.int32(0, i))
		c.Evidence.Attainments = append(c.Evidence.Attainments, scoring.Attainment{Indicator: b.text(1, i), Target: b.float(2, i),
			Actual: b.float(3, i), Reached: b.bool(4, i), Higher: b.bool(5, i)})
	})
	if err != nil {
		return nil, err
	}
	at = 0
	err = scan(ctx, r, "payments", within, []any{q.AsOf}, func(b columns, i int) {
		c := find(b.int32(0, i))
		c.Evidence.Payments, c.Evidence.PaidFen = int(b.int64(1, i)), b.int64(2, i)
	})
	if err == nil && stray >= 0 {
		err = fmt.Errorf("target or payment rows refer to contract key %d, which no contract has: run `pingxin doctor`", stray)
	}
	return facts, err
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

// Touched is one contract that may have to be judged otherwise than by the published run.
type Touched struct {
	Key      int32
	Evidence bool // facts of it were accepted since, or came of age; else only a date has come on which its judgement ends by itself
	Day      bool // some of its evidence lies between the days of the two runs
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
		all = append(all, Touched{Key: b.int32(0, i), Evidence: b.bool(1, i), Day: b.bool(2, i)})
	})
	return all, err
}
