package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"
)

// FactEntered is the action of the audit log: somebody entered a fact on a page.
const FactEntered = "fact_entered"

// Entry is a fact that somebody entered on a page, and that no batch holds yet.
type Entry struct {
	ID     int
	Kind   string            // of file
	Cells  map[string]string // column in English -> text, as a cell of a file would have it
	Mark   string            // random, so that no two entries are the same bytes
	Reason string
	By     Uploader
}

// Enter takes a fact that an act implies into the transaction of the act: what somebody decides on a page changes a number
// only as a row of a kind of file, with archive, receipt and batch like every other. cells are the cells of that row by the
// English names of their columns. Package intake checks it before and makes the batch after.
func (w *Writer) Enter(ctx context.Context, kind string, cells map[string]string, reason string) error {
	if _, known := factKinds[kind]; !known || kind == "score" {
		return fmt.Errorf("found kind %q, expected one of the fact tables without the scores", kind)
	}
	var id int
	if err := w.Scan(ctx, []any{&id}, `SELECT coalesce(max(entry_id), 0) + 1 FROM entry`); err != nil {
		return fmt.Errorf("number an entry: %w", err)
	}
	if _, err := w.Exec(ctx, `INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, 0, '')`, int32(id), kind, JSON(cells), rand.Text(), reason, actorOf(ctx).Name, w.trail.now().UTC()); err != nil {
		return fmt.Errorf("enter a fact: %w", err)
	}
	return w.Audit(ctx, AuditEntry{Action: FactEntered, Subject: "entry:" + strconv.Itoa(id), Detail: kind})
}

// EnterFact takes a fact that somebody enters for its own sake, as a row of a kind of file; see Writer.Enter.
func (s *Store) EnterFact(ctx context.Context, kind string, cells map[string]string, reason string) error {
	return s.Write(ctx, func(ctx context.Context, w *Writer) error { return w.Enter(ctx, kind, cells, reason) })
}

// Entries reads what was entered and no batch holds yet, in the order of entering; what no batch can take is left out.
func (r *Reader) Entries(ctx context.Context) ([]Entry, error) {
	rows, err := r.Query(ctx, `SELECT entry_id, kind, cells, mark, reason,
		coalesce((SELECT any_value(account_id) FROM account WHERE login = entered_by), ''), `+nameOf("entered_by")+`
		FROM entry WHERE batch_id = 0 AND refused = '' ORDER BY entry_id`)
	if err != nil {
		return nil, fmt.Errorf("read what was entered: %w", err)
	}
	defer rows.Close()
	var all []Entry
	for rows.Next() {
		var e Entry
		var cells string
		if err := rows.Scan(&e.ID, &e.Kind, &cells, &e.Mark, &e.Reason, &e.By.Account, &e.By.Name); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(cells), &e.Cells); err != nil {
			return nil, fmt.Errorf("read entry %d: %w", e.ID, err)
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// HoldEntry notes the batch that holds an entry.
func (w *Writer) HoldEntry(ctx context.Context, id, batch int) error {
	_, err := w.Exec(ctx, `UPDATE entry SET batch_id = ? WHERE entry_id = ?`, int32(batch), int32(id))
	return err
}

// RefuseEntry notes why no batch can take an entry any more; `pingxin doctor` tells it.
func (w *Writer) RefuseEntry(ctx context.Context, id int, why string) error {
	_, err := w.Exec(ctx, `UPDATE entry SET refused = ? WHERE entry_id = ?`, why, int32(id))
	return err
}

// refusedEntries are findings of Examine.
func refusedEntries(ctx context.Context, r *Reader) (findings []string, err error) {
	rows, err := r.Query(ctx, `SELECT entry_id, kind, refused FROM entry WHERE refused <> '' ORDER BY entry_id`)
	if err != nil {
		return nil, fmt.Errorf("read what was entered: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		var kind, why string
		if err := rows.Scan(&id, &kind, &why); err != nil {
			return nil, err
		}
		findings = append(findings, fmt.Sprintf("entry %d (%s) was made on a page and could not be brought in: %s", id, kind, why))
	}
	return findings, rows.Err()
}
