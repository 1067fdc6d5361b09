package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"pingxin/scoring"
)

// The causes of what is new, which has no parts.
const (
	NewContract = "new_contract"
	NewSupplier = "new_supplier"
)

// MovementCauses are the causes that a difference is split by, in the order in which they are taken.
var MovementCauses = [6]string{"program", "correction", "ageing", "new_evidence", "calibration", "policy"}

// Movement is what a run changed for one contract or supplier.
type Movement struct {
	Subject     string // "contract" or "supplier"
	ID, Name    string
	Cause       string // the main one
	Before      float64
	After       float64
	Parts       [len(MovementCauses)]float64 // add up to After - Before; NaN where there is no difference of values
	GradeBefore string
	GradeAfter  string
	AmountFen   int64  // of the contract
	Objection   string // number of the upheld objection whose correction the run was the first to see; empty: none
}

// MovementDecimals is how finely parts are kept, and the difference that they add up to: as the finest official value, of
// which they are differences.
const MovementDecimals = 9

// Difference is by how much the value moved; NaN where there was or is none.
func (m Movement) Difference() float64 { return scoring.Round(m.After-m.Before, MovementDecimals) }

// MovementFilter says which movements of a run to list.
type MovementFilter struct {
	Run           int
	Subject       string // empty: both
	Cause         string // empty: all
	Before, After string // grade or level; empty: all
	Limit, Offset int
}

func (f MovementFilter) where() (string, []any) {
	text, args := "m.run_id = ?", []any{int32(f.Run)}
	if f.Subject != "" {
		text, args = text+" AND m.subject = ?", append(args, f.Subject)
	}
	if f.Cause != "" {
		text, args = text+" AND m.cause = ?", append(args, f.Cause)
	}
	if f.Before != "" {
		text, args = text+" AND m.grade_before = ?", append(args, f.Before)
	}
	if f.After != "" {
		text, args = text+" AND m.grade_after = ?", append(args, f.After)
	}
	return text, args
}

// movementOrder puts those with another grade or level first, then the largest.
const movementOrder = ` ORDER BY coalesce(m.grade_before <> m.grade_after, false) DESC, abs(coalesce(m.after, 0) - coalesce(m.before, m.after, 0)) DESC,
		m.subject, m.id`

// movements is the query for the movements that a condition selects; page cuts out some of them.
func (v *View) movements(where, page string) string {
	parts := ""
	for _, cause := range MovementCauses {
		parts += "coalesce(m.by_" + cause + ", 'NaN'::DOUBLE), "
	}
	// The page is cut out before the names are joined, each by one equality: anything else compares all with all.
	return v.with() + `, m AS (SELECT *, CASE subject WHEN 'contract' THEN id END AS contract_id, CASE subject WHEN 'supplier' THEN id END AS supplier_id
		FROM movement m WHERE ` + where + movementOrder + page + `),
		corrected AS (SELECT run.run_id, d.contract_no, max(d.objection_no) AS objection_no FROM objection_decision d JOIN run ON d.batch_id <= run.watermark
			AND d.batch_id > coalesce((SELECT max(watermark) FROM run earlier WHERE earlier.run_id < run.run_id), 0) WHERE d.outcome IN ('upheld', 'partly') GROUP BY ALL)
		SELECT m.subject, m.id, coalesce(e.name, org.name, ''), m.cause, coalesce(m.before, 'NaN'::DOUBLE), coalesce(m.after, 'NaN'::DOUBLE), ` + parts + `
		coalesce(m.grade_before, ''), coalesce(m.grade_after, ''), coalesce(e.amount_fen, 0), coalesce(k.objection_no, '')
		FROM m LEFT JOIN corrected k ON k.contract_no = m.contract_id AND k.run_id = m.run_id LEFT JOIN e ON e.contract_no = m.contract_id LEFT JOIN org ON org.org_id = m.supplier_id` + movementOrder
}

func scanMovement(rows *sql.Rows, m *Movement) error {
	to := []any{&m.Subject, &m.ID, &m.Name, &m.Cause, &m.Before, &m.After}
	for i := range m.Parts {
		to = append(to, &m.Parts[i])
	}
	return rows.Scan(append(to, &m.GradeBefore, &m.GradeAfter, &m.AmountFen, &m.Objection)...)
}

// Movements lists movements and says how many match: those with another grade or level first, then by size.
func (v *View) Movements(ctx context.Context, f MovementFilter) ([]Movement, int, error) {
	where, args := f.where()
	var total int
	if err := v.scan(ctx, []any{&total}, `SELECT count(*) FROM movement m WHERE `+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count movements: %w", err)
	}
	rows, err := list(ctx, v, "movements", v.movements(where, " LIMIT ? OFFSET ?"), append(args, f.Limit, f.Offset), scanMovement)
	return rows, total, err
}

// MovementOf reads what the published run changed for one contract or supplier; ok is false when nothing.
func (v *View) MovementOf(ctx context.Context, subject, id string) (m Movement, ok bool, err error) {
	there, err := v.among(ctx, id, `SELECT DISTINCT id FROM movement WHERE run_id = ? AND subject = ? ORDER BY id`, int32(v.Run.ID), subject)
	if err != nil || !there {
		return Movement{}, false, err
	}
	rows, err := list(ctx, v, "movement of "+id, v.movements("m.run_id = ? AND m.subject = ? AND m.id = ?", ""), []any{int32(v.Run.ID), subject, id}, scanMovement)
	if err != nil || len(rows) == 0 {
		return Movement{}, false, err
	}
	return rows[0], true, nil
}

// MovementCount is the number of movements of one kind in a run.
type MovementCount struct {
	Subject, Cause string
	Count, Changed int // Changed: of them, with another grade or level
}

// MovementCounts counts the movements of a run by subject and main cause.
func (v *View) MovementCounts(ctx context.Context, run int) ([]MovementCount, error) {
	return list(ctx, v.ofRun(), "movements", `SELECT subject, cause, count(*), count(*) FILTER (grade_before IS NOT NULL AND grade_before <> coalesce(grade_after, ''))
		FROM movement WHERE run_id = ? GROUP BY subject, cause ORDER BY subject, count(*) DESC, cause`, []any{int32(run)},
		func(rows *sql.Rows, m *MovementCount) error {
			return rows.Scan(&m.Subject, &m.Cause, &m.Count, &m.Changed)
		})
}

// MovementGrades counts what a run moved of a subject by its grade or level before and after.
func (v *View) MovementGrades(ctx context.Context, run int, subject string) ([]Transition, error) {
	return list(ctx, v, "grades that moved", `SELECT coalesce(grade_before, ''), coalesce(grade_after, ''), count(*) FROM movement WHERE run_id = ? AND subject = ? GROUP BY 1, 2 ORDER BY 1, 2`,
		[]any{int32(run), subject}, func(rows *sql.Rows, t *Transition) error { return rows.Scan(&t.Before, &t.After, &t.Count) })
}

// MovementPart is what one cause added, in points, to all results of one kind in a run.
type MovementPart struct {
	Subject, Cause string
	Count          int     // results with a part that is not 0
	Up, Down       float64 // sums of the parts above and below 0
}

// Of says whether the part is that of the counted kind of movements.
func (p MovementPart) Of(c MovementCount) bool { return p.Subject == c.Subject && p.Cause == c.Cause }

// MovementParts sums up the parts of a run's movements by subject and cause, in the order of MovementCauses; causes that
// moved nothing are left out.
func (v *View) MovementParts(ctx context.Context, run int) ([]MovementPart, error) {
	var parts []string
	for i, cause := range MovementCauses {
		parts = append(parts, fmt.Sprintf("SELECT subject, '%s' AS cause, %d AS place, by_%s AS part FROM movement WHERE run_id = $1", cause, i, cause))
	}
	return list(ctx, v.ofRun(), "parts of movements", `SELECT subject, cause, count(*), coalesce(sum(part) FILTER (part > 0), 0), coalesce(sum(part) FILTER (part < 0), 0)
		FROM (`+strings.Join(parts, " UNION ALL ")+`) WHERE part <> 0 GROUP BY subject, cause, place ORDER BY subject, place`, []any{int32(run)},
		func(rows *sql.Rows, p *MovementPart) error {
			return rows.Scan(&p.Subject, &p.Cause, &p.Count, &p.Up, &p.Down)
		})
}
