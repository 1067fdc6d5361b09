package store

import (
	"context"
	"database/sql"

	"pingxin/credit/blacklist"
	"pingxin/pipelines/clues"
)

// ClueGroup is what one rule found that concerns one purchaser; of clues that concern none, what they are about.
type ClueGroup struct {
	Rule                          clues.Rule
	About, ID, Name               string // whom it concerns: clues.AboutPurchaser or another; Name is empty where none is on record
	Clues, Waiting                int    // Waiting: nobody has looked, or the figures are others since
	Confirmed, Explained, Unclear int    // by the last verdict, on the figures as they are
	AmountFen                     int64  // of their contracts, each clue for itself
}

// Add adds the counts and the money of another group.
func (g *ClueGroup) Add(other ClueGroup) {
	g.Clues, g.Waiting, g.Confirmed = g.Clues+other.Clues, g.Waiting+other.Waiting, g.Confirmed+other.Confirmed
	g.Explained, g.Unclear, g.AmountFen = g.Explained+other.Explained, g.Unclear+other.Unclear, g.AmountFen+other.AmountFen
}

// ClueGroups groups the clues that match, whatever the page: those in front of which most waits.
func (v *View) ClueGroups(ctx context.Context, f ClueFilter) ([]ClueGroup, error) {
	where, args := f.where()
	text := v.namedClues(holds(v.Run.ID)) + `, grouped AS (SELECT rule, CASE WHEN purchaser_id IS NULL THEN about ELSE 'purchaser' END AS whom, coalesce(purchaser_id, subject) AS id,
	any_value(CASE WHEN purchaser_id IS NULL THEN subject_name ELSE purchaser_name END) AS name, count(*) AS clues, count(*) FILTER (` + waiting + `) AS waiting,
	count(*) FILTER (verdict = 'confirmed' AND NOT (` + waiting + `)) AS confirmed, count(*) FILTER (verdict = 'explained' AND NOT (` + waiting + `)) AS explained,
	count(*) FILTER (verdict = 'unclear' AND NOT (` + waiting + `)) AS unclear, sum(amount_fen)::BIGINT AS amount_fen FROM found WHERE ` + where + ` GROUP BY rule, whom, id)
SELECT rule, whom, id, name, clues, waiting, confirmed, explained, unclear, amount_fen FROM grouped ORDER BY waiting DESC, amount_fen DESC, rule, id`
	return list(ctx, v, "groups of clues", text, args, func(rows *sql.Rows, g *ClueGroup) error {
		return rows.Scan(&g.Rule, &g.About, &g.ID, &g.Name, &g.Clues, &g.Waiting, &g.Confirmed, &g.Explained, &g.Unclear, &g.AmountFen)
	})
}

// CasesOnClue reads the cases that rest on a clue, those opened last in front; none for who does not see the whole district.
func (v *View) CasesOnClue(ctx context.Context, clue string) ([]blacklist.Case, error) {
	if !v.scope.All {
		return nil, nil
	}
	return CasesOnClue(ctx, v.r, clue)
}
