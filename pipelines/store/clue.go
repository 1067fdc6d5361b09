package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"pingxin/pipelines/clues"
)

// ClueJudged is the action of a verdict in the audit log.
const ClueJudged = "clue_judged"

// ErrClueChanged says that a clue's figures are no longer those that somebody looked at.
var ErrClueChanged = errors.New("the figures of the clue have changed since")

// ClueVerdict is what somebody found of a clue.
type ClueVerdict struct {
	ID      int // 1, 2, 3 ... in the order in which they were given
	Clue    string
	Verdict clues.Verdict
	Reason  string
	Run     int    // that was published then
	Hash    string // of the clue's figures that were looked at
	GivenBy string // name of the account
	GivenAt time.Time
}

// SeenClue is a clue with the hash of the figures that somebody looked at.
type SeenClue struct{ ID, Hash string }

// JudgeClues keeps one verdict on each of some clues, beside those that were given before: on all of them or on none. It is
// refused with ErrClueChanged when the figures looked at are no longer a clue's, and with ErrNotInRun when there never was
// such a clue. Who gives it is who acts in the context.
func (s *Store) JudgeClues(ctx context.Context, seen []SeenClue, verdict clues.Verdict, reason string) error {
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		for _, one := range seen {
			if err := w.judge(ctx, one, verdict, reason, s.now().UTC()); err != nil {
				return err
			}
		}
		return nil
	})
}

// judge keeps a verdict on one clue, with its entry in the audit log.
func (w *Writer) judge(ctx context.Context, seen SeenClue, verdict clues.Verdict, reason string, at time.Time) error {
	var rule, latest string
	var run, number int
	err := w.Scan(ctx, []any{&rule, &latest, &run, &number}, `SELECT any_value(rule), arg_max(row_hash, from_run), (SELECT run_id FROM published),
		(SELECT coalesce(max(verdict_id), 0) + 1 FROM clue_verdict) FROM clue WHERE clue_id = ? GROUP BY clue_id`, seen.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("clue %s: %w", seen.ID, ErrNotInRun)
	}
	if err != nil {
		return fmt.Errorf("read clue %s: %w", seen.ID, err)
	}
	if latest != seen.Hash {
		return fmt.Errorf("clue %s: %w", seen.ID, ErrClueChanged)
	}
	if _, err := w.Exec(ctx, `INSERT INTO clue_verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, int32(number), seen.ID, rule, string(verdict), reason, int32(run), latest,
		actorOf(ctx).Name, at); err != nil {
		return fmt.Errorf("keep a verdict on clue %s: %w", seen.ID, err)
	}
	return w.Audit(ctx, AuditEntry{Action: ClueJudged, Subject: "clue:" + seen.ID, Detail: fmt.Sprintf("%s, rule %s, run %d, figures %s", verdict, rule, run, latest)})
}

// ClueVerdicts lists the verdicts on a clue, the latest first.
func (v *View) ClueVerdicts(ctx context.Context, id string) ([]ClueVerdict, error) {
	return list(ctx, v, "verdicts", `SELECT verdict_id, clue_id, verdict, reason, run_id, row_hash, `+nameOf("given_by")+`, given_at FROM clue_verdict
		WHERE clue_id = ? ORDER BY verdict_id DESC`, []any{id}, func(rows *sql.Rows, c *ClueVerdict) error {
		return rows.Scan(&c.ID, &c.Clue, &c.Verdict, &c.Reason, &c.Run, &c.Hash, &c.GivenBy, &c.GivenAt)
	})
}

// RuleRecord is what became of the clues of a rule.
type RuleRecord struct {
	Rule clues.Rule
	clues.Record
	Found     int   // that hold for the run
	Open      int   // of these, without a verdict
	AmountFen int64 // of those that hold
}

// RuleRecords reads what became of the clues of every rule that ever found one. A verdict counts for its rule whether or
// not the clue still holds; of several on one clue the last.
func (v *View) RuleRecords(ctx context.Context) (map[clues.Rule]RuleRecord, error) {
	rows, err := list(ctx, v, "records of rules", `WITH last AS (SELECT clue_id, any_value(rule) AS rule, arg_max(verdict, verdict_id) AS verdict FROM clue_verdict GROUP BY clue_id),
judged AS (SELECT rule, count(*) FILTER (verdict = 'confirmed') AS confirmed, count(*) FILTER (verdict = 'explained') AS explained,
	count(*) FILTER (verdict = 'unclear') AS unclear FROM last GROUP BY rule),
found AS (SELECT clue.rule, count(*) AS found, count(*) FILTER (last.clue_id IS NULL) AS open, sum(amount_fen)::BIGINT AS amount_fen
	FROM clue LEFT JOIN last USING (clue_id) WHERE `+holds(v.Run.ID)+` GROUP BY clue.rule)
SELECT rule, coalesce(confirmed, 0), coalesce(explained, 0), coalesce(unclear, 0), coalesce(found, 0), coalesce(open, 0), coalesce(amount_fen, 0)
FROM judged FULL JOIN found USING (rule)`, nil, func(rows *sql.Rows, r *RuleRecord) error {
		return rows.Scan(&r.Rule, &r.Confirmed, &r.Explained, &r.Unclear, &r.Found, &r.Open, &r.AmountFen)
	})
	records := make(map[clues.Rule]RuleRecord, len(rows))
	for _, r := range rows {
		records[r.Rule] = r
	}
	return records, err
}
