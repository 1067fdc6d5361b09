package store

import (
	"context"
	"errors"
	"fmt"
)

// looseShare is the share of scores out of contract order from which they are put into order again: below it a run
// still reads mostly neighbouring rows, and rewriting the table costs about as much as a run.
const looseShare = 0.05

// CompactReport says what a compaction did.
type CompactReport struct {
	Rewritten bool
	Rows      int64 // in the table
	Loose     int64 // rows that had come since the last compaction
}

// Compact puts the scores into the order of contracts when enough of them lie out of it. The content stays the same,
// which is checked before the commit; a crash leaves the table as it was.
func (s *Store) Compact(ctx context.Context) (CompactReport, error) {
	var report CompactReport
	err := s.Write(ctx, func(ctx context.Context, w *Writer) error {
		var last int
		err := w.Scan(ctx, []any{&report.Rows, &last, &report.Loose}, `SELECT (SELECT count(*) FROM score), coalesce((SELECT max(batch_id) FROM compaction), 0),
			coalesce((SELECT sum(row_count) FROM batch WHERE kind = 'score' AND batch_id > coalesce((SELECT max(batch_id) FROM compaction), 0)), 0)::BIGINT`)
		if err != nil || float64(report.Loose) <= looseShare*float64(report.Rows) {
			return err
		}
		report.Rewritten = true
		return rewriteScores(ctx, w)
	})
	if err != nil {
		return CompactReport{}, fmt.Errorf("put the scores into contract order: %w", err)
	}
	if !report.Rewritten {
		return report, nil
	}
	if err := s.Checkpoint(ctx); err != nil && !errors.Is(err, errBusy) {
		return report, err
	}
	return report, nil
}

// contentOf is a fingerprint of all rows of a table of scores that does not depend on their order.
const contentOf = `SELECT count(*), coalesce(sum(hash(contract_key, indicator_key, party, rater_key, score_e4, scored_on, batch_id, row_no) % 1000000007), 0)::BIGINT FROM `

func rewriteScores(ctx context.Context, w *Writer) error {
	var rows, content, newRows, newContent int64
	if err := w.Scan(ctx, []any{&rows, &content}, contentOf+"score"); err != nil {
		return err
	}
	// The copy is made by the table's own text, because a table made of a query forgets its NOT NULL.
	var text string
	if err := w.Scan(ctx, []any{&text}, `SELECT replace(sql, 'CREATE TABLE score(', 'CREATE TABLE score_ordered(') FROM duckdb_tables() WHERE table_name = 'score'`); err != nil {
		return err
	}
	if _, err := w.Exec(ctx, text); err != nil {
		return err
	}
	// In the order of scores within a cell, so that a run finds them sorted.
	if _, err := w.Exec(ctx, `INSERT INTO score_ordered SELECT * FROM score ORDER BY contract_key, indicator_key, party, score_e4, batch_id, row_no`); err != nil {
		return err
	}
	if err := w.Scan(ctx, []any{&newRows, &newContent}, contentOf+"score_ordered"); err != nil {
		return err
	}
	if rows != newRows || content != newContent {
		return errors.New("the ordered copy differs from the table; nothing was changed: run `pingxin doctor`")
	}
	for _, text := range []string{
		`DROP TABLE score`,
		`ALTER TABLE score_ordered RENAME TO score`,
		`INSERT INTO compaction SELECT max(batch_id), (SELECT count(*) FROM score) FROM batch`,
	} {
		if _, err := w.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
