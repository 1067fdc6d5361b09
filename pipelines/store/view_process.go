package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"pingxin/scoring/dueprocess"
)

// officialResult is what an announcement announces of a row e of evaluation: two rows with the same text are the same
// version, whatever else a run shows beside it.
const officialResult = `concat_ws('|', e.status, e.value, e.low, e.high, e.grade, e.uncapped_grade)`

// openFilings are the objections that wait for their review: those raised here, and those that only a file knows.
const openFilings = `SELECT objection_no, contract_no, filed_on, review_by FROM objection_filing WHERE objection_no NOT IN (SELECT objection_no FROM objection_decision)
	UNION ALL SELECT objection_no, contract_no, filed_on, NULL FROM (SELECT * FROM objection WHERE objection_no NOT IN (SELECT objection_no FROM objection_filing)
		QUALIFY row_number() OVER (PARTITION BY objection_no ORDER BY batch_id DESC, row_no DESC) = 1) WHERE outcome IS NULL`

// standing are the named queries that say where each evaluation e stands, to follow those of View.with; over is the day
// on which a window is over when its last day lies before.
func (v *View) standing() string {
	var states []string
	for _, s := range dueprocess.Table() {
		states = append(states, quote(string(s)))
	}
	return fmt.Sprintf(`, announced AS (SELECT contract_no, max_by(a, announcement_id) AS a FROM announcement a GROUP BY contract_no),
stepped AS (SELECT announcement_id, bool_or(step = 'finalise') AS final, bool_or(step = 'publish') AS public FROM announcement_step GROUP BY announcement_id),
upheld AS (SELECT DISTINCT announcement_id FROM objection_filing JOIN objection_decision USING (objection_no) WHERE outcome IN ('upheld', 'partly')),
disputed AS (SELECT contract_no, count(*) AS objections, min(review_by) AS review_by FROM (%s) GROUP BY contract_no),
stands AS (SELECT e.contract_no, a.announcement_id, a.announced_at, a.closes_on, d.review_by, a.result IS NOT DISTINCT FROM %s AS same,
	([%s])[1 + same::INTEGER + 2 * (d.contract_no IS NOT NULL)::INTEGER + 4 * (u.announcement_id IS NOT NULL)::INTEGER
		+ 8 * coalesce(a.closes_on < DATE '%s', false)::INTEGER + 16 * coalesce(final, false)::INTEGER + 32 * coalesce(public, false)::INTEGER] AS state
	FROM e LEFT JOIN announced USING (contract_no) LEFT JOIN stepped s ON s.announcement_id = a.announcement_id
	LEFT JOIN upheld u ON u.announcement_id = a.announcement_id LEFT JOIN disputed d ON d.contract_no = e.contract_no)
`, openFilings, officialResult, strings.Join(states, ", "), v.Today.Format(time.DateOnly))
}

// Standing is where the evaluation of a contract stands on its way to the public.
type Standing struct {
	ContractNo   string
	State        dueprocess.State
	Announcement int       // the latest; 0: it was never announced
	Superseded   bool      // it announced another result than the one that is shown
	AnnouncedAt  time.Time // zero: never, as ClosesOn
	ClosesOn     time.Time // last day for comments and objections
	ReviewBy     time.Time // of the open objection; zero: there is none, or no day is known
}

const standingColumns = `stands.state, coalesce(stands.announcement_id, 0), stands.announcement_id IS NOT NULL AND NOT stands.same, stands.announced_at, stands.closes_on, stands.review_by`

func (s *Standing) dest() (dest []any, set func()) {
	var announced, closes, review sql.NullTime
	return []any{&s.State, &s.Announcement, &s.Superseded, &announced, &closes, &review},
		func() { s.AnnouncedAt, s.ClosesOn, s.ReviewBy = announced.Time, closes.Time, review.Time }
}

// Standing reads where one evaluation stands, or ErrNotInRun.
func (v *View) Standing(ctx context.Context, contractNo string) (Standing, error) {
	rows, err := v.standings(ctx, "stands.contract_no = ?", contractNo)
	return one(rows, err, "contract", contractNo)
}

// Standings reads where every evaluation of the scope stands that is not a draft, in the order of contracts.
func (v *View) Standings(ctx context.Context) ([]Standing, error) {
	return v.standings(ctx, "stands.state <> 'draft'")
}

func (v *View) standings(ctx context.Context, where string, args ...any) ([]Standing, error) {
	return list(ctx, v, "standings", v.with()+v.standing()+`SELECT stands.contract_no, `+standingColumns+` FROM stands WHERE `+where+` ORDER BY stands.contract_no`, args,
		func(rows *sql.Rows, s *Standing) error {
			dest, set := s.dest()
			err := rows.Scan(append([]any{&s.ContractNo}, dest...)...)
			set()
			return err
		})
}

// StateCounts counts the evaluations of the scope by state.
func (v *View) StateCounts(ctx context.Context) (map[dueprocess.State]int, error) {
	type count struct {
		state dueprocess.State
		n     int
	}
	all, err := list(ctx, v, "states of evaluations", v.with()+v.standing()+`SELECT state, count(*) FROM stands GROUP BY state`, nil,
		func(rows *sql.Rows, c *count) error { return rows.Scan(&c.state, &c.n) })
	counts := map[dueprocess.State]int{}
	for _, c := range all {
		counts[c.state] = c.n
	}
	return counts, err
}
