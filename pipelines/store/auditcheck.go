package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// AuditFilter chooses entries of the audit log; empty fields choose all.
type AuditFilter struct {
	Actor   string
	Action  string
	Subject string // a part of it
	From    time.Time
	Until   time.Time // before it
	Limit   int
	Offset  int
}

// where is the filter as a condition with its arguments.
func (f AuditFilter) where() (string, []any) {
	conditions, args := []string{"true"}, []any{}
	add := func(condition string, value any, set bool) {
		if set {
			conditions, args = append(conditions, condition), append(args, value)
		}
	}
	add("actor = ?", f.Actor, f.Actor != "")
	add("action = ?", f.Action, f.Action != "")
	add("contains(subject, ?)", f.Subject, f.Subject != "")
	add("happened_at >= ?", f.From.UTC(), !f.From.IsZero())
	add("happened_at < ?", f.Until.UTC(), !f.Until.IsZero())
	return strings.Join(conditions, " AND "), args
}

const auditFields = `number, happened_at, actor, role, action, subject, detail, request, previous, chain`

func scanEntry(rows *sql.Rows) (e AuditEntry, err error) {
	err = rows.Scan(&e.Number, &e.At, &e.Actor, &e.Role, &e.Action, &e.Subject, &e.Detail, &e.Request, &e.Previous, &e.Chain)
	e.At = e.At.UTC()
	return e, err
}

// AuditLog reads the entries that a filter chooses, the latest first, and how many there are in all.
func AuditLog(ctx context.Context, r *Reader, f AuditFilter) (entries []AuditEntry, total int, err error) {
	where, args := f.where()
	if err := r.Scan(ctx, []any{&total}, `SELECT count(*) FROM audit WHERE `+where, args...); err != nil {
		return nil, 0, fmt.Errorf("read the audit log: %w", err)
	}
	rows, err := r.Query(ctx, fmt.Sprintf(`SELECT %s FROM audit WHERE %s ORDER BY number DESC LIMIT %d OFFSET %d`, auditFields, where, f.Limit, f.Offset), args...)
	if err != nil {
		return nil, 0, fmt.Errorf("read the audit log: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, 0, fmt.Errorf("read the audit log: %w", err)
		}
		entries = append(entries, e)
	}
	return entries, total, rows.Err()
}

// AuditChain is the chain of the entry of that number, empty when there is none.
func AuditChain(ctx context.Context, r *Reader, number int64) (chain string, err error) {
	if err := r.Scan(ctx, []any{&chain}, `SELECT coalesce(max(chain), '') FROM audit WHERE number = ?`, number); err != nil {
		return "", fmt.Errorf("read the audit log: %w", err)
	}
	return chain, nil
}

// AuditChoices are the actors and the actions that the audit log knows, each with its number of entries.
func AuditChoices(ctx context.Context, r *Reader) (actors, actions []Choice, err error) {
	read := func(column string) (all []Choice, err error) {
		rows, err := r.Query(ctx, fmt.Sprintf(`SELECT %s, count(*) FROM audit WHERE %s <> '' GROUP BY ALL ORDER BY ALL`, column, column))
		if err != nil {
			return nil, fmt.Errorf("read the audit log: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var c Choice
			if err := rows.Scan(&c.ID, &c.Count); err != nil {
				return nil, fmt.Errorf("read the audit log: %w", err)
			}
			c.Name = c.ID
			all = append(all, c)
		}
		return all, rows.Err()
	}
	if actors, err = read("actor"); err != nil {
		return nil, nil, err
	}
	actions, err = read("action")
	return actors, actions, err
}

// What may be wrong with the audit log.
const (
	AuditChanged    = "changed"    // the entry's content does not have the hash that was kept with it
	AuditMissing    = "missing"    // entries between two, or at the end, are gone
	AuditRepeated   = "repeated"   // a number occurs twice
	AuditUnlinked   = "unlinked"   // the entry does not follow the one before
	AuditRewritten  = "rewritten"  // the entry is not the one that was anchored when it was committed
	AuditUnreadable = "unreadable" // a line of the file of anchors is none
)

// AuditBreak is the first thing that is wrong with the audit log.
type AuditBreak struct {
	Number   int64  `json:"number"` // of the entry; of a line of the file of anchors when that is unreadable
	Cause    string `json:"cause"`
	Found    string `json:"found"`
	Expected string `json:"expected"`
}

// AuditState is what a check of the audit log found.
type AuditState struct {
	Entries int64       `json:"entries"` // read until the end or the break
	Number  int64       `json:"number"`  // of the last of them; 0: none
	Chain   string      `json:"chain"`   // of the last of them
	Anchors int         `json:"anchors"`
	Broken  *AuditBreak `json:"broken"` // nil: the chain holds
}

// CheckAudit reads the whole audit log, the file of its anchors beside it, and stops at the first break.
func (s *Store) CheckAudit(ctx context.Context) (AuditState, error) {
	anchors, unreadable, err := s.trail.read() // before the entries, so that none of them is ahead of what is read
	if err != nil {
		return AuditState{}, err
	}
	c := newChainCheck(anchors, unreadable)
	err = s.Read(ctx, func(ctx context.Context, r *Reader) error {
		rows, err := r.Query(ctx, `SELECT `+auditFields+` FROM audit ORDER BY number`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for c.state.Broken == nil && rows.Next() {
			e, err := scanEntry(rows)
			if err != nil {
				return err
			}
			c.add(e)
		}
		return rows.Err()
	})
	if err != nil {
		return AuditState{}, fmt.Errorf("check the audit log: %w", err)
	}
	c.end()
	return c.state, nil
}

// chainCheck follows the entries in the order of their numbers, and the anchors beside them.
type chainCheck struct {
	state   AuditState
	anchors []anchor // not yet passed, by number
}

func newChainCheck(anchors []anchor, unreadable int) *chainCheck {
	slices.SortStableFunc(anchors, func(a, b anchor) int { return cmp.Compare(a.Number, b.Number) })
	c := &chainCheck{state: AuditState{Anchors: len(anchors)}, anchors: anchors}
	if unreadable > 0 {
		c.broken(int64(unreadable), AuditUnreadable, "a line of "+auditFile+" that cannot be read", "the number and the chain of an entry")
	}
	return c
}

func (c *chainCheck) broken(number int64, cause, found, expected string) {
	c.state.Broken = &AuditBreak{Number: number, Cause: cause, Found: found, Expected: expected}
}

// add checks the next entry.
func (c *chainCheck) add(e AuditEntry) {
	next := c.state.Number + 1
	switch computed := e.chain(); {
	case e.Number > next:
		c.broken(next, AuditMissing, fmt.Sprintf("entry %d", e.Number), fmt.Sprintf("entry %d", next))
		return
	case e.Number < next:
		c.broken(e.Number, AuditRepeated, fmt.Sprintf("entry %d again", e.Number), fmt.Sprintf("entry %d", next))
		return
	case e.Previous != c.state.Chain:
		c.broken(e.Number, AuditUnlinked, "previous "+e.Previous, "previous "+c.state.Chain)
		return
	case e.Chain != computed:
		c.broken(e.Number, AuditChanged, "chain "+e.Chain, "chain "+computed)
		return
	}
	for len(c.anchors) > 0 && c.anchors[0].Number <= e.Number {
		if a := c.anchors[0]; a.Number == e.Number && a.Chain != e.Chain {
			c.broken(e.Number, AuditRewritten, "chain "+e.Chain, "chain "+a.Chain)
			return
		}
		c.anchors = c.anchors[1:]
	}
	c.state.Entries++
	c.state.Number, c.state.Chain = e.Number, e.Chain
}

// end compares the end of the table with the last anchor.
func (c *chainCheck) end() {
	if n := len(c.anchors); n > 0 && c.state.Broken == nil {
		c.broken(c.state.Number+1, AuditMissing, "no further entry", fmt.Sprintf("entries up to %d, chain %s", c.anchors[n-1].Number, c.anchors[n-1].Chain))
	}
}
