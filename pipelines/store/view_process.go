package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
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

// standing are the named queries that say where each evaluation stands whose contract meets a condition, to follow those of
// View.with. They read the evaluations themselves and not e, so that a query for one contract reads one row of each. What
// was announced is compared only where something was: the text of a result is dear.
func (v *View) standing(condition string) string {
	var states []string
	for _, s := range dueprocess.Table() {
		states = append(states, quote(string(s)))
	}
	return fmt.Sprintf(`, announced AS (SELECT contract_no, max_by(a, announcement_id) AS a FROM announcement a GROUP BY contract_no),
stepped AS (SELECT announcement_id, bool_or(step = 'finalise') AS final, bool_or(step = 'publish') AS public FROM announcement_step GROUP BY announcement_id),
upheld AS (SELECT DISTINCT announcement_id FROM objection_filing JOIN objection_decision USING (objection_no) WHERE outcome IN ('upheld', 'partly')),
disputed AS (SELECT contract_no, min(review_by) AS review_by FROM (%s) GROUP BY contract_no),
stands AS (SELECT e.contract_key, e.contract_no, a.announcement_id, a.announced_at, a.closes_on, d.review_by, CASE WHEN a.announcement_id IS NULL THEN false ELSE a.result = %s END AS same,
	([%s])[1 + same::INTEGER + 2 * (d.contract_no IS NOT NULL)::INTEGER + 4 * (u.announcement_id IS NOT NULL)::INTEGER
		+ 8 * coalesce(a.closes_on < DATE '%s', false)::INTEGER + 16 * coalesce(final, false)::INTEGER + 32 * coalesce(public, false)::INTEGER] AS state
	FROM (SELECT contract_key, contract_no, status, value, low, high, grade, uncapped_grade FROM evaluation WHERE %s AND (%s)) e LEFT JOIN announced USING (contract_no) LEFT JOIN stepped s ON s.announcement_id = a.announcement_id
	LEFT JOIN upheld u ON u.announcement_id = a.announcement_id LEFT JOIN disputed d ON d.contract_no = e.contract_no)
`, openFilings, officialResult, strings.Join(states, ", "), v.Today.Format(time.DateOnly), holds(v.Run.ID), condition)
}

// Standing is where the evaluation of a contract stands on its way to the public.
type Standing struct {
	State        dueprocess.State
	Announcement int       // the latest; 0: it was never announced
	Superseded   bool      // it announced another result than the one that is shown
	AnnouncedAt  time.Time // zero: never, as ClosesOn
	ClosesOn     time.Time // last day for comments and objections
	ReviewDueOn  time.Time // of the open objection; zero: there is none, or no day is known
}

// Until is the day by which something is to happen: the review of the open objection, or the end of the window. It is
// zero where nothing is awaited of anybody.
func (s *Standing) Until() time.Time {
	switch s.State {
	case dueprocess.Disputed:
		return s.ReviewDueOn
	case dueprocess.Open:
		return s.ClosesOn
	}
	return time.Time{}
}

const standingColumns = `stands.state, coalesce(stands.announcement_id, 0), stands.announcement_id IS NOT NULL AND NOT stands.same, stands.announced_at, stands.closes_on, stands.review_by`

func (s *Standing) dest() (dest []any, set func()) {
	var announced, closes, review sql.NullTime
	return []any{&s.State, &s.Announcement, &s.Superseded, &announced, &closes, &review},
		func() { s.AnnouncedAt, s.ClosesOn, s.ReviewDueOn = announced.Time, closes.Time, review.Time }
}

// Standing reads where one evaluation stands, or ErrNotInRun.
func (v *View) Standing(ctx context.Context, contractNo string) (Standing, error) {
	keys, err := v.keyOf(ctx, contractNo)
	if err != nil {
		return Standing{}, err
	}
	rows, err := list(ctx, v, "standing of "+contractNo, v.with()+v.standing(keyed("contract_key", keys))+`SELECT `+standingColumns+` FROM stands`, nil,
		func(rows *sql.Rows, s *Standing) error {
			dest, set := s.dest()
			err := rows.Scan(dest...)
			set()
			return err
		})
	return one(rows, err, "contract", contractNo)
}

// standings are where evaluations stand that are no plain drafts, by the keys of their contracts.
type standings map[int32]Standing

// of is where the evaluation of a contract stands.
func (s standings) of(key int32) Standing {
	if stands, moved := s[key]; moved {
		return stands
	}
	return Standing{State: dueprocess.Table()[0]} // nothing was done
}

// fewContracts is up to how many contracts are looked up one by one.
const fewContracts = 1000

// standingsOf reads where rows of a roll stand. Few contracts were ever announced or objected to while their result is a draft:
// about the others nothing is asked.
func (v *View) standingsOf(ctx context.Context, r *roll, places []int32) (standings, error) {
	moved, err := list(ctx, v, "contracts on their way", `SELECT contract_no FROM announcement UNION SELECT contract_no FROM (`+openFilings+`) ORDER BY contract_no`, nil,
		func(rows *sql.Rows, no *string) error { return rows.Scan(no) })
	if err != nil || len(moved) == 0 {
		return nil, err
	}
	var keys []int32
	for _, at := range places {
		if _, there := slices.BinarySearch(moved, r.rows[at].number); there {
			keys = append(keys, r.rows[at].key)
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	condition := "true"
	if len(keys) <= fewContracts {
		slices.Sort(keys)
		condition = keyed("contract_key", keys)
	}
	type keyedStanding struct {
		key int32
		Standing
	}
	all, err := list(ctx, v, "standings", v.with()+v.standing(condition)+`SELECT contract_key, `+standingColumns+` FROM stands`, nil, func(rows *sql.Rows, s *keyedStanding) error {
		dest, set := s.dest()
		err := rows.Scan(append([]any{&s.key}, dest...)...)
		set()
		return err
	})
	stands := make(standings, len(all))
	for _, s := range all {
		stands[s.key] = s.Standing
	}
	return stands, err
}

// inState is whether the evaluation of the contract with a key is in a state.
func (v *View) inState(ctx context.Context, state dueprocess.State) (func(key int32) bool, error) {
	keys, err := v.keys(ctx, v.with()+v.standing("true")+`SELECT contract_key FROM stands WHERE state = ? ORDER BY contract_key`, string(state))
	return func(key int32) bool {
		_, in := slices.BinarySearch(keys, key)
		return in
	}, err
}

// Standings reads where every evaluation of the scope stands that is not a draft, by contract.
func (v *View) Standings(ctx context.Context) (map[string]Standing, error) {
	type named struct {
		contract string
		Standing
	}
	all, err := list(ctx, v, "standings", v.with()+v.standing("true")+`SELECT stands.contract_no, `+standingColumns+` FROM stands WHERE stands.state <> 'draft'`, nil,
		func(rows *sql.Rows, s *named) error {
			dest, set := s.dest()
			err := rows.Scan(append([]any{&s.contract}, dest...)...)
			set()
			return err
		})
	of := make(map[string]Standing, len(all))
	for _, s := range all {
		of[s.contract] = s.Standing
	}
	return of, err
}

// StateCounts counts the evaluations of the scope by state.
func (v *View) StateCounts(ctx context.Context) (map[dueprocess.State]int, error) {
	type count struct {
		state dueprocess.State
		n     int
	}
	all, err := list(ctx, v, "states of evaluations", v.with()+v.standing("true")+`SELECT state, count(*) FROM stands GROUP BY state`, nil,
		func(rows *sql.Rows, c *count) error { return rows.Scan(&c.state, &c.n) })
	counts := map[dueprocess.State]int{}
	for _, c := range all {
		counts[c.state] = c.n
	}
	return counts, err
}

// ProcessWork is what waits on the way of the scope's evaluations to the public.
type ProcessWork struct {
	Ready, Open, Due, Disputed, Final int
	Overdue                           int       // disputes whose review was due before today
	ClosesOn                          time.Time // the first end of an open window; zero: none is open
	ReviewDueOn                       time.Time // the first day of a review that is not overdue; zero: none is known
}

// ProcessWork counts what waits. Ready are drafts with a grade whose service is over.
func (v *View) ProcessWork(ctx context.Context) (n ProcessWork, err error) {
	var closes, review sql.NullTime
	err = v.scan(ctx, []any{&n.Ready, &n.Open, &n.Due, &n.Disputed, &n.Final, &n.Overdue, &closes, &review}, v.with()+v.standing("true")+`SELECT
		count(*) FILTER (state = 'draft' AND e.status = 'rated' AND e.grade IS NOT NULL), count(*) FILTER (state = 'open'), count(*) FILTER (state = 'due'),
		count(*) FILTER (state = 'disputed'), count(*) FILTER (state = 'final'), count(*) FILTER (state = 'disputed' AND review_by < $1), min(closes_on) FILTER (state = 'open'),
		min(review_by) FILTER (state = 'disputed' AND review_by >= $1) FROM stands JOIN e USING (contract_no)`, v.Today)
	n.ClosesOn, n.ReviewDueOn = closes.Time, review.Time
	if err != nil {
		return n, fmt.Errorf("count what waits: %w", err)
	}
	return n, nil
}

// ChangedResult is an announced result of an evaluation that was replaced by another: the next that was announced, or,
// of the latest, the one that the run shows.
type ChangedResult struct {
	ContractNo, Name string
	AnnouncedAt      time.Time // of what was replaced
	WasPublic        bool
	Before, After    float64
	GradeBefore      string
	GradeAfter       string
	Objection        string // number of the upheld objection to what was replaced; empty: none was
}

// ChangedResults lists announced results that have changed since, the latest announced first, and says how many there
// are: the change log of what suppliers and, where it was public, everybody was told.
func (v *View) ChangedResults(ctx context.Context, limit, offset int) ([]ChangedResult, int, error) {
	text := v.with() + `, told AS (SELECT a.*, lead(result) OVER later AS next_result, lead(value) OVER later AS next_value, lead(grade) OVER later AS next_grade
			FROM announcement a WINDOW later AS (PARTITION BY contract_no ORDER BY announcement_id)),
		changed AS (SELECT t.*, e.name AS contract, coalesce(next_value, e.value) AS now_value, coalesce(next_grade, e.grade, '') AS now_grade FROM told t JOIN e USING (contract_no)
			WHERE t.result <> coalesce(next_result, ` + officialResult + `))
	SELECT contract_no, coalesce(contract, ''), announced_at, announcement_id IN (SELECT announcement_id FROM announcement_step WHERE step = 'publish'), coalesce(value, 'NaN'::DOUBLE),
		coalesce(now_value, 'NaN'::DOUBLE), grade, now_grade, coalesce((SELECT max(f.objection_no) FROM objection_filing f JOIN objection_decision d USING (objection_no)
			WHERE f.announcement_id = changed.announcement_id AND d.outcome IN ('upheld', 'partly')), ''), count(*) OVER ()
	FROM changed ORDER BY announced_at DESC, contract_no LIMIT ? OFFSET ?`
	type counted struct {
		ChangedResult
		total int
	}
	page, err := list(ctx, v, "changed results", text, []any{limit, offset}, func(rows *sql.Rows, c *counted) error {
		return rows.Scan(&c.ContractNo, &c.Name, &c.AnnouncedAt, &c.WasPublic, &c.Before, &c.After, &c.GradeBefore, &c.GradeAfter, &c.Objection, &c.total)
	})
	total, all := 0, make([]ChangedResult, 0, len(page))
	for _, c := range page {
		total, all = c.total, append(all, c.ChangedResult)
	}
	return all, total, err
}
