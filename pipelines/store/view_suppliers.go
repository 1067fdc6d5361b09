package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"time"

	"pingxin/credit"
	"pingxin/scoring"
)

// SupplierFilter says which suppliers to list; the zero value lists none: set Limit.
type SupplierFilter struct {
	Search        string // part of the name, id or social credit code
	Level         string // a level; or a status for suppliers without one
	Type          string
	Candidates    bool   // only those with a ground for the blacklist
	Sort          string // a key of SupplierSorts; else: score, best first
	Descending    bool
	Limit, Offset int
}

// SupplierRow is one supplier in a list.
type SupplierRow struct {
	ID, Name, Type, USCC string
	RegisteredOn         time.Time
	Status, Level        string // of the credit rating
	Uncapped             string
	Stars                int
	Score                float64
	Performance, Conduct float64
	Evaluations          int // that the rating stands on
	Cases                int64
	Assessment           string // grade of the grade assessment, or its status
	Grounds              int    // grounds for the blacklist
	Contracts            int    // all evaluations of the run
	AmountFen            int64
}

const supplierFrom = `, c AS (SELECT supplier_id, count(*) AS contracts, sum(amount_fen)::BIGINT AS money FROM e GROUP BY supplier_id),
	ground AS (SELECT supplier_id, count(*) AS grounds FROM blacklist_candidate WHERE %[1]s GROUP BY supplier_id),
	rated AS (SELECT * FROM rating WHERE %[1]s), assessed AS (SELECT * FROM assessment_grade WHERE %[1]s),
	supplier AS (SELECT org_id, org.name, supplier_type, uscc, registered_on, coalesce(rated.status, '') AS status, coalesce(level, '') AS level,
		coalesce(uncapped_level, '') AS uncapped_level, coalesce(stars, 0) AS stars, score, performance, conduct, coalesce(n_evaluations, 0) AS n_evaluations,
		coalesce(n_cases, 0) AS n_cases, coalesce(nullif(assessed.grade, ''), assessed.status, '') AS assessment, coalesce(grounds, 0) AS grounds,
		coalesce(contracts, 0) AS contracts, coalesce(money, 0) AS money
		FROM org LEFT JOIN rated ON rated.supplier_id = org_id LEFT JOIN assessed ON assessed.supplier_id = org_id
		LEFT JOIN ground ON ground.supplier_id = org_id LEFT JOIN c ON c.supplier_id = org_id WHERE org.kind = 'supplier')
`

// suppliers are the named queries of View.with, and supplier: the suppliers with what the run found of them. Of a part of the
// district it counts what is in that part, and so is put together anew.
func (v *View) suppliers() string {
	if kept, ok := v.kept("prepared_supplier"); ok && v.scope.All {
		return v.with() + `, supplier AS NOT MATERIALIZED (` + kept + `)
`
	}
	return v.with() + v.supplierQuery()
}

func (v *View) supplierQuery() string { return fmt.Sprintf(supplierFrom, holds(v.Run.ID)) }

const supplierColumns = `SELECT org_id, name, supplier_type, uscc, registered_on, status, level, uncapped_level, stars, coalesce(score, 'NaN'::DOUBLE),
	coalesce(performance, 'NaN'::DOUBLE), coalesce(conduct, 'NaN'::DOUBLE), n_evaluations, n_cases, assessment, grounds, contracts, money FROM supplier WHERE `

func scanSupplier(rows *sql.Rows, s *SupplierRow) error {
	var registered sql.NullTime
	err := rows.Scan(&s.ID, &s.Name, &s.Type, &s.USCC, &registered, &s.Status, &s.Level, &s.Uncapped, &s.Stars, &s.Score, &s.Performance, &s.Conduct,
		&s.Evaluations, &s.Cases, &s.Assessment, &s.Grounds, &s.Contracts, &s.AmountFen)
	s.RegisteredOn = registered.Time
	return err
}

// SupplierTypes counts suppliers by type.
func (v *View) SupplierTypes(ctx context.Context) ([]Choice, error) {
	return list(ctx, v.ofRun(), "types", v.with()+`SELECT supplier_type, count(*) FROM org WHERE kind = 'supplier' AND supplier_type <> '' GROUP BY supplier_type ORDER BY supplier_type`, nil,
		func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Count) })
}

// RatingNotes are the lists that a rating carries. Caps and lifts keep the JSON of the credit package's types as notes
// do: a code with what fills its sentence.
type RatingNotes struct {
	FromRun                 int
	Caps                    []scoring.Cap
	Reasons, Lift, Warnings []scoring.Note
}

// ratingFound is a rating with its terms.
type ratingFound struct {
	RatingNotes
	packed []byte // the terms
}

// rating reads the rating of a supplier; one without a rating has the zero value.
func (v *View) rating(ctx context.Context, id string) (ratingFound, error) {
	rows, err := list(ctx, v, "rating of "+id, `SELECT from_run, caps, reasons, lift, warnings, parts FROM rating WHERE supplier_id = `+quote(id)+` AND `+holds(v.Run.ID), nil, scanRating)
	if err != nil || len(rows) == 0 {
		return ratingFound{}, err
	}
	return rows[0], nil
}

func scanRating(rows *sql.Rows, r *ratingFound) (err error) {
	var caps, reasons, lift, warnings string
	if err = rows.Scan(&r.FromRun, &caps, &reasons, &lift, &warnings, &r.packed); err != nil {
		return err
	}
	if r.Caps, err = fromJSON[scoring.Cap]("caps", caps); err != nil {
		return err
	}
	for _, notes := range []struct {
		into *[]scoring.Note
		what string
		text string
	}{{&r.Reasons, "reasons", reasons}, {&r.Lift, "lift", lift}, {&r.Warnings, "warnings", warnings}} {
		if *notes.into, err = fromJSON[scoring.Note](notes.what, notes.text); err != nil {
			return err
		}
	}
	return nil
}

// RatingNotes reads the reasons of a supplier's rating; a supplier without a rating has none.
func (v *View) RatingNotes(ctx context.Context, id string) (RatingNotes, error) {
	r, err := v.rating(ctx, id)
	return r.RatingNotes, err
}

// RatingTerms reads the terms of a supplier's rating.
func (v *View) RatingTerms(ctx context.Context, id string) ([]credit.Part, error) {
	r, err := v.rating(ctx, id)
	if err != nil || r.packed == nil {
		return nil, err
	}
	terms, err := RatingTerms.Unpack(r.packed)
	if err != nil {
		return nil, fmt.Errorf("read terms of %s: %w", id, err)
	}
	return terms, nil
}

// Conduct is one credit event of a supplier.
type Conduct struct {
	ID, Kind, Severity             string
	OccurredOn, EndsOn, RepairedOn time.Time // zero: none
	Authority, DocumentNo          string
	ContractNo                     string
	Batch, Row                     int
	File                           string
}

// Conduct lists the credit events of a supplier that the run saw, latest first.
func (v *View) Conduct(ctx context.Context, id string) ([]Conduct, error) {
	if there, err := v.among(ctx, id, suppliersIn("credit_event")); err != nil || !there {
		return nil, err
	}
	return list(ctx, v, "conduct of "+id, `SELECT event_id, c.kind, severity, occurred_on, ends_on, repaired_on, coalesce(authority, ''), coalesce(document_no, ''),
		coalesce(contract_no, ''), c.batch_id, row_no, file_name FROM (SELECT * FROM credit_event WHERE batch_id <= ?
			AND event_id IN (SELECT event_id FROM credit_event WHERE supplier_id = ?) QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY batch_id DESC, row_no DESC) = 1) c
		JOIN batch USING (batch_id) WHERE supplier_id = ? ORDER BY occurred_on DESC, event_id`, []any{int32(v.Run.Watermark), id, id},
		func(rows *sql.Rows, c *Conduct) error {
			var ends, repaired sql.NullTime
			err := rows.Scan(&c.ID, &c.Kind, &c.Severity, &c.OccurredOn, &ends, &repaired, &c.Authority, &c.DocumentNo, &c.ContractNo, &c.Batch, &c.Row, &c.File)
			c.EndsOn, c.RepairedOn = ends.Time, repaired.Time
			return err
		})
}

// RatingAt is a supplier's rating as one run wrote it.
type RatingAt struct {
	FromRun int
	AsOf    time.Time
	Score   float64
	Level   string         // or the status without a level
	Reasons []scoring.Note // the terms that cost most
	Caps    []scoring.Cap  // that lowered the level or would have
	Cause   string         // of what that run moved; empty: it was the first, or nothing moved
}

// RatingHistory lists the ratings of a supplier in the order of the runs that wrote them.
func (v *View) RatingHistory(ctx context.Context, id string) ([]RatingAt, error) {
	all, err := list(ctx, v, "history of "+id, `SELECT from_run, as_of, coalesce(score, 'NaN'::DOUBLE), coalesce(nullif(level, ''), status), reasons, caps
		FROM rating JOIN run ON run.run_id = from_run WHERE supplier_id = `+quote(id)+` AND from_run <= `+strconv.Itoa(v.Run.ID)+` ORDER BY from_run`, nil, scanRatingAt)
	if err != nil || len(all) < 2 { // nothing moved
		return all, err
	}
	type moved struct {
		run   int
		cause string
	}
	causes, err := list(ctx, v, "movements of "+id, `SELECT run_id, cause FROM movement WHERE subject = 'supplier' AND id = `+quote(id), nil, func(rows *sql.Rows, m *moved) error { return rows.Scan(&m.run, &m.cause) })
	for i := range all {
		if at := slices.IndexFunc(causes, func(m moved) bool { return m.run == all[i].FromRun }); at >= 0 {
			all[i].Cause = causes[at].cause
		}
	}
	return all, err
}

func scanRatingAt(rows *sql.Rows, r *RatingAt) (err error) {
	var reasons, caps string
	if err = rows.Scan(&r.FromRun, &r.AsOf, &r.Score, &r.Level, &reasons, &caps); err != nil {
		return err
	}
	if r.Reasons, err = fromJSON[scoring.Note]("reasons", reasons); err == nil {
		r.Caps, err = fromJSON[scoring.Cap]("caps", caps)
	}
	return err
}

// Transition is how many went from one grade, level or status to another.
type Transition struct {
	Before, After string // empty: there was or is none
	Count         int
}

// Earlier is the run that the published one is compared with: of the runs of earlier days, the one nearest to a year before.
// Its ID is 0 where there is none.
type Earlier struct {
	ID   int
	AsOf time.Time
}

// EarlierRun finds the run that the published one is compared with.
func (v *View) EarlierRun(ctx context.Context) (Earlier, error) {
	rows, err := list(ctx, v, "an earlier run", `SELECT run_id, as_of FROM run WHERE run_id < $1 AND as_of < $2::DATE
		ORDER BY abs(date_diff('day', as_of, ($2::DATE - INTERVAL 1 YEAR)::DATE)), run_id DESC LIMIT 1`,
		[]any{int32(v.Run.ID), v.Run.AsOf}, func(rows *sql.Rows, e *Earlier) error { return rows.Scan(&e.ID, &e.AsOf) })
	if err != nil || len(rows) == 0 {
		return Earlier{}, err
	}
	return rows[0], nil
}

// LevelsSince counts the suppliers by their level, or status without one, in an earlier run and in the published one.
func (v *View) LevelsSince(ctx context.Context, earlier int) ([]Transition, error) {
	const level = `coalesce(nullif(level, ''), status)`
	return list(ctx, v, "levels since an earlier run", `SELECT coalesce(b.level, ''), a.level, count(*) FROM (SELECT supplier_id, `+level+` AS level FROM rating WHERE `+holds(v.Run.ID)+`) a
		LEFT JOIN (SELECT supplier_id, `+level+` AS level FROM rating WHERE `+holds(earlier)+`) b USING (supplier_id) GROUP BY 1, 2 ORDER BY 1, 2`, nil,
		func(rows *sql.Rows, t *Transition) error { return rows.Scan(&t.Before, &t.After, &t.Count) })
}

// Assessment is a supplier's grade assessment.
type Assessment struct {
	Status, Grade          string
	Points                 float64
	AssessedOn, ValidUntil time.Time
	Reasons                []scoring.Note
}

// Assessment reads the grade assessment of a supplier; ok is false when the run made none.
func (v *View) Assessment(ctx context.Context, id string) (a Assessment, ok bool, err error) {
	rows, err := list(ctx, v, "grade assessment of "+id, `SELECT status, coalesce(grade, ''), coalesce(points, 'NaN'::DOUBLE), assessed_on, valid_until, reasons
		FROM assessment_grade WHERE supplier_id = `+quote(id)+` AND `+holds(v.Run.ID), nil,
		func(rows *sql.Rows, a *Assessment) error { return scanAssessmentInto(rows, nil, a) })
	if err != nil || len(rows) == 0 {
		return Assessment{}, false, err
	}
	return rows[0], true, nil
}

// scanAssessmentInto scans a row that begins with other columns and ends with those of an assessment.
func scanAssessmentInto(rows *sql.Rows, before []any, a *Assessment) error {
	var on, until sql.NullTime
	var reasons string
	err := rows.Scan(append(before, &a.Status, &a.Grade, &a.Points, &on, &until, &reasons)...)
	a.AssessedOn, a.ValidUntil = on.Time, until.Time
	if err == nil {
		a.Reasons, err = fromJSON[scoring.Note]("reasons", reasons)
	}
	return err
}

// Candidate is a supplier with a ground for the blacklist, and its evidence.
type Candidate struct {
	SupplierID, SupplierName string
	Ground                   string
	Evidence                 []string // ids such as credit_event:E12
	Level                    string   // credit level or status
	FromRun                  int
	SinceOn                  time.Time // as-of day of the run that found it
}

// Candidates lists the candidates for the blacklist; with an id, those of one supplier.
func (v *View) Candidates(ctx context.Context, supplier string) ([]Candidate, error) {
	if supplier != "" {
		if there, err := v.among(ctx, supplier, suppliersIn("blacklist_candidate")); err != nil || !there {
			return nil, err
		}
	}
	return list(ctx, v, "candidates", v.with()+`SELECT b.supplier_id, coalesce(org.name, b.supplier_id), ground, evidence, coalesce(nullif(r.level, ''), r.status, ''),
		b.from_run, run.as_of
		FROM blacklist_candidate b JOIN run ON run.run_id = b.from_run LEFT JOIN org ON org_id = b.supplier_id
		LEFT JOIN (SELECT * FROM rating WHERE `+holds(v.Run.ID)+`) r ON r.supplier_id = b.supplier_id
		WHERE b.from_run <= ? AND b.until_run > ? AND (? = '' OR b.supplier_id = ?) ORDER BY 2, 1, ground`,
		[]any{int32(v.Run.ID), int32(v.Run.ID), supplier, supplier},
		func(rows *sql.Rows, c *Candidate) error {
			var evidence string
			err := rows.Scan(&c.SupplierID, &c.SupplierName, &c.Ground, &evidence, &c.Level, &c.FromRun, &c.SinceOn)
			if err == nil {
				c.Evidence, err = fromJSON[string]("evidence", evidence)
			}
			return err
		})
}
