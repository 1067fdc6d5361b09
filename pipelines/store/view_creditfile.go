package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"pingxin/credit"
	"pingxin/credit/register"
	"pingxin/scoring"
)

// ViewOf returns the view of a run that was published, as somebody with that scope sees it: of the run of a release, for
// whoever may see what was released. Run 0 is the published one; ErrNotInRun when there is no such run.
func ViewOf(ctx context.Context, r *Reader, scope Scope, run int) (*View, error) {
	v, err := NewView(ctx, r, scope)
	if err != nil || v.Run.ID == run || run == 0 {
		return v, err
	}
	record, err := v.RunByID(ctx, run)
	v.Run = record.Run
	return v, err
}

// CreditEvidence reads what a supplier's rating rests on, as the run saw it: the same as the run handed to the rule.
func (v *View) CreditEvidence(ctx context.Context, id string) (credit.Evidence, error) {
	ev := credit.Evidence{Supplier: id}
	r, err := v.roll(ctx)
	if err != nil {
		return ev, err
	}
	ev.Evaluations = r.evaluated(r.of(BySupplier, id))
	listed, err := v.Listed(ctx, id)
	if err != nil {
		return ev, err
	}
	for _, l := range listed {
		ev.Listings = append(ev.Listings, credit.Listing{Case: l.Case, From: l.From, Until: l.Until})
	}
	ev.Events, err = v.events(ctx, id)
	return ev, err
}

// events reads the credit events of a supplier that the run saw, as the rules take them.
func (v *View) events(ctx context.Context, id string) ([]credit.Event, error) {
	recorded, err := v.Conduct(ctx, id)
	events := make([]credit.Event, len(recorded))
	for i, c := range recorded {
		events[i] = credit.Event{ID: c.ID, Kind: c.Kind, Severity: c.Severity, OccurredOn: c.OccurredOn, EndsOn: c.EndsOn, RepairedOn: c.RepairedOn, Authority: c.Authority,
			DocumentNo: c.DocumentNo, Contract: c.ContractNo}
	}
	return events, err
}

// AssessmentEvidence reads what a supplier's grade assessment rests on, as the run saw it.
func (v *View) AssessmentEvidence(ctx context.Context, id string) (credit.AssessmentEvidence, error) {
	s, err := v.Supplier(ctx, id)
	ev := credit.AssessmentEvidence{Supplier: id, SupplierType: s.Type, RegisteredOn: s.RegisteredOn}
	if err != nil {
		return ev, err
	}
	ev.Items, err = list(ctx, v, "assessment items of "+id, `SELECT section, item, points, max_points, assessed_on FROM assessment_item WHERE supplier_id = ? AND batch_id <= ?
		QUALIFY row_number() OVER (PARTITION BY section, item, assessed_on ORDER BY batch_id DESC, row_no DESC) = 1 ORDER BY section, item, assessed_on`,
		[]any{id, int32(v.Run.Watermark)}, func(rows *sql.Rows, i *credit.Item) error {
			return rows.Scan(&i.Section, &i.Item, &i.Points, &i.MaxPoints, &i.On)
		})
	if err != nil {
		return ev, err
	}
	ev.Inspections, err = list(ctx, v, "inspections of "+id, `SELECT year, result FROM inspection WHERE supplier_id = ? AND batch_id <= ?
		QUALIFY row_number() OVER (PARTITION BY year ORDER BY batch_id DESC, row_no DESC) = 1 ORDER BY year`, []any{id, int32(v.Run.Watermark)},
		func(rows *sql.Rows, i *credit.Inspection) error { return rows.Scan(&i.Year, &i.Result) })
	if err != nil {
		return ev, err
	}
	if ev.Inspected, err = v.inspected(ctx); err != nil {
		return ev, err
	}
	ev.Events, err = v.events(ctx, id)
	return ev, err
}

// inspected are the years of which the inspection of any supplier is known. Within every scope they are those of the whole
// district: which years they are is no secret, and whoever lacks one has to see the same as the bureau.
func (v *View) inspected(ctx context.Context) ([]int, error) {
	return list(ctx, v, "inspected years", `SELECT DISTINCT year FROM main.inspection WHERE batch_id <= ? ORDER BY year`, []any{int32(v.Run.Watermark)},
		func(rows *sql.Rows, year *int) error { return rows.Scan(year) })
}

// SupplierPeers are the suppliers beside one: those that deliver the catalogue item on which most of its money lies.
type SupplierPeers struct {
	ItemCode, Item string
	Levels         []Choice  // peers by level, those without one by status; the supplier is one of them
	Scores         []float64 // of the rated ones, best first
	Place          int       // of the supplier among them, ties sharing the best; 0: it is not rated
}

// Namesake is another supplier of the same name.
type Namesake struct{ ID, USCC string }

// namesakes are the suppliers whose names read the same as those of others, by what they read, in the order of ids.
type namesakes map[string][]Namesake

// Namesakes lists the other suppliers whose name reads the same when width, case and spaces do not count.
func (v *View) Namesakes(ctx context.Context, id, name string) ([]Namesake, error) {
	lasting := v.ofRun()
	text := lasting.with() + `SELECT org_id, uscc, name FROM org WHERE kind = 'supplier' ORDER BY org_id`
	all, err := ofDistrict(ctx, lasting, text, func(m *recall) *PerRun[namesakes] { return &m.namesakes }, func() (namesakes, error) { return lasting.namesakes(ctx, text) })
	if err != nil {
		return nil, err
	}
	var others []Namesake
	for _, n := range all[foldName(name)] {
		if n.ID != id {
			others = append(others, n)
		}
	}
	return others, nil
}

func (v *View) namesakes(ctx context.Context, text string) (namesakes, error) {
	type folded struct {
		Namesake
		name string
	}
	rows, err := v.query(ctx, text)
	suppliers, err := collect(rows, err, "names of suppliers", func(rows *sql.Rows, n *folded) error {
		err := rows.Scan(&n.ID, &n.USCC, &n.name)
		n.name = foldName(n.name)
		return err
	})
	first, all := make(map[string]int, len(suppliers)), namesakes{}
	for i := range suppliers {
		n := &suppliers[i]
		at, again := first[n.name]
		switch {
		case !again:
			first[n.name] = i
			continue
		case len(all[n.name]) == 0:
			all[n.name] = []Namesake{suppliers[at].Namesake}
		}
		all[n.name] = append(all[n.name], n.Namesake)
	}
	return all, err
}

// RegisterState is what the register says of a supplier's existence. The zero value: it says nothing.
type RegisterState struct {
	Status    string // active, dissolved or revoked
	Registrar string
	EndedOn   time.Time // of what is no more
}

// Ended says whether the supplier is no more.
func (s RegisterState) Ended() bool { return s.Status != "" && s.Status != register.Active }

// RegisterState reads what the register says of a supplier, as the run saw it.
func (v *View) RegisterState(ctx context.Context, id string) (RegisterState, error) {
	if there, err := v.among(ctx, id, suppliersIn("supplier_registration")); err != nil || !there {
		return RegisterState{}, err
	}
	rows, err := list(ctx, v, "registration of "+id, `SELECT status, registrar, ended_on FROM supplier_registration WHERE supplier_id = ? AND batch_id <= ?
		ORDER BY batch_id DESC, row_no DESC LIMIT 1`, []any{id, int32(v.Run.Watermark)}, func(rows *sql.Rows, s *RegisterState) error {
		var ended sql.NullTime
		err := rows.Scan(&s.Status, &s.Registrar, &ended)
		s.EndedOn = ended.Time
		return err
	})
	if err != nil || len(rows) == 0 {
		return RegisterState{}, err
	}
	return rows[0], nil
}

// Merit is what speaks for a supplier, with its name and code.
type Merit struct {
	credit.Merit
	Name, USCC string
}

// Merits reads what speaks for every supplier with one of the levels: its evaluations with a grade, and the days of its last
// offence and commendation, as the run saw them; those with the most such evaluations first.
func (v *View) Merits(ctx context.Context, levels []string, grade string) ([]Merit, error) {
	return list(ctx, v, "merits", v.with()+`, r AS (SELECT supplier_id, level FROM rating WHERE `+holds(v.Run.ID)+` AND list_contains(string_split(?, chr(10)), level)),
		c AS (SELECT supplier_id, count(*) AS n FROM e WHERE grade = ? AND status = ? GROUP BY supplier_id),
		o AS (SELECT supplier_id, max(occurred_on) FILTER (severity <> 'commendation') AS offence, max(occurred_on) FILTER (severity = 'commendation') AS praise
			FROM (SELECT * FROM credit_event WHERE batch_id <= ? QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY batch_id DESC, row_no DESC) = 1)
			WHERE occurred_on <= ? GROUP BY supplier_id)
		SELECT supplier_id, coalesce(org.name, supplier_id), coalesce(org.uscc, ''), level, coalesce(n, 0), offence, praise
		FROM r LEFT JOIN org ON org_id = supplier_id LEFT JOIN c USING (supplier_id) LEFT JOIN o USING (supplier_id) ORDER BY coalesce(n, 0) DESC, supplier_id`,
		[]any{joined(levels), grade, string(scoring.Rated), int32(v.Run.Watermark), v.Run.AsOf}, func(rows *sql.Rows, m *Merit) error {
			var offence, praise sql.NullTime
			err := rows.Scan(&m.Supplier, &m.Name, &m.USCC, &m.Level, &m.Contracts, &offence, &praise)
			m.LastOffence, m.LastPraise = offence.Time, praise.Time
			return err
		})
}

// CommendationFilter says which commendations to list; the zero value lists none: set Limit.
type CommendationFilter struct {
	Search        string // part of the supplier's name, id or code, or of the authority
	Year          int    // of the commendation; 0: all
	Limit, Offset int
}

// Commendation is one commendation with the supplier's present level.
type Commendation struct {
	Conduct
	SupplierID, Supplier, USCC string
	Level                      string // or the status without one
}

// Commendations lists the commendations that the run saw, latest first, and says how many match.
func (v *View) Commendations(ctx context.Context, f CommendationFilter) ([]Commendation, int, error) {
	from := v.with() + `, c AS (SELECT * FROM credit_event WHERE batch_id <= ? QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY batch_id DESC, row_no DESC) = 1),
		praise AS (SELECT c.*, coalesce(org.name, supplier_id) AS name, coalesce(uscc, '') AS uscc, coalesce(nullif(r.level, ''), r.status, '') AS level
			FROM c LEFT JOIN org ON org_id = supplier_id LEFT JOIN (SELECT * FROM rating WHERE ` + holds(v.Run.ID) + `) r USING (supplier_id)
			WHERE severity = 'commendation' AND occurred_on <= ? AND (? = 0 OR year(occurred_on) = ?)
			AND contains(lower(name || chr(10) || supplier_id || chr(10) || uscc || chr(10) || coalesce(authority, '')), lower(?)))`
	args := []any{int32(v.Run.Watermark), v.Run.AsOf, int32(f.Year), int32(f.Year), f.Search}
	var total int
	if err := v.scan(ctx, []any{&total}, from+`SELECT count(*) FROM praise`, args...); err != nil {
		return nil, 0, fmt.Errorf("count commendations: %w", err)
	}
	all, err := list(ctx, v, "commendations", from+`SELECT event_id, p.kind, occurred_on, coalesce(authority, ''), coalesce(document_no, ''), p.batch_id, row_no, file_name, supplier_id,
		name, uscc, level FROM praise p JOIN batch USING (batch_id) ORDER BY occurred_on DESC, event_id LIMIT ? OFFSET ?`, append(args, f.Limit, f.Offset),
		func(rows *sql.Rows, c *Commendation) error {
			c.Severity = "commendation"
			return rows.Scan(&c.ID, &c.Kind, &c.OccurredOn, &c.Authority, &c.DocumentNo, &c.Batch, &c.Row, &c.File, &c.SupplierID, &c.Supplier, &c.USCC, &c.Level)
		})
	return all, total, err
}
