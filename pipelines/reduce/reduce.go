// Package reduce reads every score once and hands out one record per contract with all its evidence. It decides how
// the facts are grouped and which of several accepted versions of a fact counts (the latest); what a value means is
// left to the rules. Robust locations need every score of a cell, and lists made by the database cost more than the
// scores themselves: it hands them out as they lie, and they are put into cells here. Each query is one named file below sql/, its grain in the first line; nothing else in the product
// costs more as scores grow, so this is the part that another SQL engine would take over.
package reduce

import (
	"context"
	"embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pingxin/pipelines/store"
	"pingxin/scoring"
)

//go:embed sql/*.sql
var files embed.FS

// Contracts says which contracts a query reads: the keys from Low to High, both included, or the listed Keys.
type Contracts struct {
	Low, High int32
	Keys      []int32 // not empty: only these
}

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

// Evidence reads the contracts asked for, in the order of their keys, with all evidence of days up to asOf, and hands
// them out one by one. indicators names the keys of the score table. All contracts asked for are in memory at a time:
// the caller bounds it by asking for few.
func Evidence(ctx context.Context, r *store.Reader, which Contracts, asOf time.Time, indicators map[int16]string, f func(*Contract) error) error {
	facts, err := contractFacts(ctx, r, which, asOf)
	if err != nil {
		return err
	}
	if err := addScores(ctx, r, which, asOf, indicators, facts); err != nil {
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
func contractFacts(ctx context.Context, r *store.Reader, which Contracts, asOf time.Time) ([]Contract, error) {
	var facts []Contract
	err := scan(ctx, r, "contracts", which, nil, func(b columns, i int) {
		c := Contract{Key: b.int32(0, i), Name: b.text(2, i), Purchaser: b.text(3, i), Supplier: b.text(4, i), Item: b.text(5, i), Year: int(b.int32(6, i))}
		c.Evidence = scoring.Evidence{Contract: b.text(1, i), AmountFen: b.int64(7, i), StartOn: b.day(8, i), EndOn: b.day(9, i), Recipients: int(b.int32(10, i))}
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
	err = scan(ctx, r, "attainments", which, []any{asOf}, func(b columns, i int) {
		c := find(b.int32(0, i))
		c.Evidence.Attainments = append(c.Evidence.Attainments, scoring.Attainment{Indicator: b.text(1, i), Target: b.float(2, i),
			Actual: b.float(3, i), Reached: b.bool(4, i), Higher: b.bool(5, i)})
	})
	if err != nil {
		return nil, err
	}
	at = 0
	err = scan(ctx, r, "payments", which, []any{asOf}, func(b columns, i int) {
		c := find(b.int32(0, i))
		c.Evidence.Payments, c.Evidence.PaidFen = int(b.int64(1, i)), b.int64(2, i)
	})
	if err == nil && stray >= 0 {
		err = fmt.Errorf("target or payment rows refer to contract key %d, which no contract has: run `pingxin doctor`", stray)
	}
	return facts, err
}

// Keys lists every contract key in order.
func Keys(ctx context.Context, r *store.Reader) ([]int32, error) {
	return keyList(ctx, r, "keys", nil)
}

// Since is the published run that an ordinary night starts from.
type Since struct {
	Run       int
	Watermark int
	AsOf      time.Time
}

// Touched lists, in order, the contracts that have to be judged again on asOf: those with facts accepted or coming of
// age since the published run (evidence holds these alone), and those whose published evaluation ends by itself on or
// before asOf.
func Touched(ctx context.Context, r *store.Reader, since Since, asOf time.Time) (all, evidence []int32, err error) {
	args := []any{int32(since.Watermark), since.AsOf, asOf, int32(since.Run)}
	err = scan(ctx, r, "touched", Contracts{}, args, func(b columns, i int) {
		all = append(all, b.int32(0, i))
		if b.bool(1, i) {
			evidence = append(evidence, b.int32(0, i))
		}
	})
	return all, evidence, err
}

func keyList(ctx context.Context, r *store.Reader, name string, args []any) ([]int32, error) {
	var keys []int32
	err := scan(ctx, r, name, Contracts{}, args, func(b columns, i int) { keys = append(keys, b.int32(0, i)) })
	return keys, err
}

// query returns the text of a named file with its condition on contracts filled in.
func query(name string, which Contracts) (string, error) {
	text, err := files.ReadFile("sql/" + name + ".sql")
	if err != nil {
		return "", fmt.Errorf("query %s: %w", name, err)
	}
	return strings.ReplaceAll(string(text), "{{contracts}}", which.condition()), nil
}

// condition is SQL over contract_key; it holds integers only, so it needs no quoting.
func (c Contracts) condition() string {
	if len(c.Keys) == 0 {
		return fmt.Sprintf("contract_key BETWEEN %d AND %d", c.Low, c.High)
	}
	var b strings.Builder
	b.WriteString("contract_key IN (")
	for i, k := range c.Keys {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(int(k)))
	}
	b.WriteByte(')')
	return b.String()
}

// batches runs a named query and hands out its record batches.
func batches(ctx context.Context, r *store.Reader, name string, which Contracts, args []any, f func(b columns, rows int) error) error {
	text, err := query(name, which)
	if err != nil {
		return err
	}
	return stream(ctx, r, name, text, args, f)
}

// stream runs a query by its text; name is for error messages.
func stream(ctx context.Context, r *store.Reader, name, text string, args []any, f func(b columns, rows int) error) error {
	rows, err := r.Arrow(ctx, text, args...)
	if err != nil {
		return fmt.Errorf("query %s: %w", name, err)
	}
	defer rows.Release()
	for rows.Next() {
		record := rows.RecordBatch()
		if err := f(columns{record}, int(record.NumRows())); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("query %s: %w", name, err)
	}
	return nil
}

// scan calls f for every row of a named query.
func scan(ctx context.Context, r *store.Reader, name string, which Contracts, args []any, f func(b columns, i int)) error {
	return batches(ctx, r, name, which, args, func(b columns, rows int) error {
		for i := range rows {
			f(b, i)
		}
		return nil
	})
}
