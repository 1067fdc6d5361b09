package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// When scores are put into the order of contracts.
const (
	// looseShare is the share of scores out of contract order from which the whole table is put into order again: below it a
	// run still reads mostly neighbouring rows, and rewriting the table costs about as much as a run.
	looseShare = 0.05
	// mixedShare is the share of the loose scores out of order among themselves from which these alone are put into order: a
	// full run reads the table in stretches of contracts, and leaves out only rows that the database keeps together. Of ten
	// million scores 400,000 loose ones made a run a fifth dearer; put into order, which cost a seventh of a run, a
	// twentieth.
	mixedShare = 0.2
	// mixedRows is how many loose scores are left as they came.
	mixedRows = rowsTogether
)

// CompactReport says what a compaction did.
type CompactReport struct {
	Rewritten bool  // the whole table was put into order
	Ordered   bool  // the loose rows were put into order among themselves, at their own cost alone
	Rows      int64 // in the table
	Loose     int64 // rows that had come since the table was last put into order
}

// Compact puts the scores into the order of contracts when enough of them lie out of it: all of them, or those that came
// since. The content stays the same, which is checked before the commit; a crash leaves the table as it was.
func (s *Store) Compact(ctx context.Context) (CompactReport, error) {
	var report CompactReport
	text, err := s.textOfScores(ctx)
	if err != nil {
		return report, err
	}
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		whole, err := lastCompaction(ctx, w, "loose_only IS NOT TRUE")
		if err != nil {
			return err
		}
		last, err := lastCompaction(ctx, w, "true")
		if err != nil {
			return err
		}
		var mixed int64
		err = w.Scan(ctx, []any{&report.Rows, &report.Loose, &mixed}, `SELECT (SELECT count(*) FROM score), coalesce(sum(row_count) FILTER (batch_id > ?), 0)::BIGINT,
			coalesce(sum(row_count) FILTER (batch_id > ?), 0)::BIGINT FROM batch WHERE kind = 'score'`, whole, last)
		switch {
		case err != nil:
			return err
		case float64(report.Loose) > looseShare*float64(report.Rows):
			report.Rewritten = true
			return rewriteScores(ctx, w, text)
		case mixed > mixedRows && float64(mixed) > mixedShare*float64(report.Loose):
			report.Ordered = true
			return orderLoose(ctx, w, whole)
		}
		return nil
	})
	if err != nil {
		return CompactReport{}, fmt.Errorf("put the scores into contract order: %w", err)
	}
	if !report.Rewritten && !report.Ordered {
		return report, nil
	}
	if err := s.Checkpoint(ctx); err != nil && !errors.Is(err, errBusy) {
		return report, err
	}
	return report, nil
}

// lastCompaction is the last batch of the compactions that meet a condition, 0 for none.
func lastCompaction(ctx context.Context, w *Writer, condition string) (batch int32, err error) {
	err = w.Scan(ctx, []any{&batch}, `SELECT coalesce(max(batch_id), 0) FROM compaction WHERE `+condition)
	return batch, err
}

// contractOrder is the order of the table. Scores are in order within a cell, too, so that a run finds them sorted.
const contractOrder = ` ORDER BY contract_key, indicator_key, party, score_e4, batch_id, row_no`

// contentOf is a fingerprint of all rows of a table of scores that does not depend on their order.
const contentOf = `SELECT count(*), coalesce(sum(hash(contract_key, indicator_key, party, rater_key, score_e4, scored_on, batch_id, row_no) % 1000000007), 0)::BIGINT FROM `

// scoreContent is the fingerprint of some scores.
type scoreContent struct{ rows, hash int64 }

func contentOfScores(ctx context.Context, w *Writer, from string) (c scoreContent, err error) {
	err = w.Scan(ctx, []any{&c.rows, &c.hash}, contentOf+from)
	return c, err
}

var errCopyDiffers = errors.New("the ordered copy differs from the table; nothing was changed: run `pingxin doctor`")

// orderLoose puts the rows that came after a batch into order, behind all others. The others are not touched.
func orderLoose(ctx context.Context, w *Writer, batch int32) error {
	loose := fmt.Sprintf("score WHERE batch_id > %d", batch)
	before, err := contentOfScores(ctx, w, loose)
	if err != nil {
		return err
	}
	var last int64 // row of them: the copies get higher numbers
	if err := w.Scan(ctx, []any{&last}, `SELECT max(rowid) FROM `+loose); err != nil {
		return err
	}
	if _, err := w.Exec(ctx, `INSERT INTO score SELECT * FROM `+loose+contractOrder); err != nil {
		return err
	}
	if _, err := w.Exec(ctx, fmt.Sprintf(`DELETE FROM %s AND rowid <= %d`, loose, last)); err != nil {
		return err
	}
	after, err := contentOfScores(ctx, w, loose)
	if err != nil {
		return err
	}
	if before != after {
		return errCopyDiffers
	}
	_, err = w.Exec(ctx, `INSERT INTO compaction SELECT max(batch_id), ?, true FROM batch`, after.rows)
	return err
}

// textOfScores is the text that makes the table of scores. It is read by itself: who lists tables holds those of a copy that a backup
// is making, too, and a compaction would for as long as it writes.
func (s *Store) textOfScores(ctx context.Context) (text string, err error) {
	err = s.Read(ctx, func(ctx context.Context, r *Reader) error {
		return r.Scan(ctx, []any{&text}, `SELECT sql FROM duckdb_tables() WHERE database_name = current_database() AND table_name = 'score'`)
	})
	return text, err
}

// rewriteScores puts the whole table into order. The copy is made by the table's own text, because a table made of a query forgets its
// NOT NULL.
func rewriteScores(ctx context.Context, w *Writer, text string) error {
	before, err := contentOfScores(ctx, w, "score")
	if err != nil {
		return err
	}
	for _, text := range []string{strings.Replace(text, "CREATE TABLE score(", "CREATE TABLE score_ordered(", 1), `INSERT INTO score_ordered SELECT * FROM score` + contractOrder} {
		if _, err := w.Exec(ctx, text); err != nil {
			return err
		}
	}
	after, err := contentOfScores(ctx, w, "score_ordered")
	if err != nil {
		return err
	}
	if before != after {
		return errCopyDiffers
	}
	for _, text := range []string{
		`DROP TABLE score`,
		`ALTER TABLE score_ordered RENAME TO score`,
		`INSERT INTO compaction SELECT max(batch_id), (SELECT count(*) FROM score), false FROM batch`,
	} {
		if _, err := w.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}
