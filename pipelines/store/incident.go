package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"
)

// What the audit log says of incidents that somebody entered on a page.
const (
	IncidentRecorded = "incident_recorded"
	IncidentEnded    = "incident_ended" // closed, or found to be none
)

// The states of an incident.
const (
	IncidentOpen      = "open"
	IncidentClosed    = "closed"
	IncidentUnfounded = "unfounded"
)

// EnterIncident enters what went wrong in a service, or how it ended; a run counts it from then on. cells are those of a row
// of kind incident, checked before by package intake.
func (s *Store) EnterIncident(ctx context.Context, cells map[string]string, reason string) error {
	action := IncidentRecorded
	if cells["status"] != IncidentOpen {
		action = IncidentEnded
	}
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		if err := w.Enter(ctx, "incident", cells, reason); err != nil {
			return err
		}
		return w.Audit(ctx, AuditEntry{Action: action, Subject: "contract:" + cells["contract_no"], Detail: cells["incident_id"]})
	})
}

// Incident is what went wrong in a service, by the latest that was accepted.
type Incident struct {
	ContractNo, Name            string
	PurchaserName, SupplierName string
	SupplierID                  string
	ID, Kind, Severity, Status  string
	OccurredOn, ClosedOn        time.Time // ClosedOn is zero while it is open
	Summary, Measures           string
	Grade, Uncapped             string // of the contract in the published run; empty: none
	Counted                     bool   // the published run knows this of it
	EnteredBy                   string // who brought what was accepted last
	batch                       int32
}

// IncidentFilter says which incidents to list; the zero value lists the first none: set Limit.
type IncidentFilter struct {
	Search        string // part of the contract's number or name, of a party's name, or of the incident's number
	Contract      string // exactly this contract
	ID            string // exactly this incident of it
	Status        string
	Severity      string
	Kind          string
	Limit, Offset int
}

// incidents is the named query for the latest word on every incident of the scope, to follow those of View.with. Unlike
// results it does not stop at the run: what goes wrong has to show at once.
const incidents = `, incidents AS (SELECT * FROM incident QUALIFY row_number() OVER (PARTITION BY contract_key, incident_id ORDER BY batch_id DESC, row_no DESC) = 1)`

const incidentFrom = ` FROM incidents i LEFT JOIN (SELECT * FROM e WHERE contract_key IN (SELECT contract_key FROM incident)) e USING (contract_key) LEFT JOIN (SELECT contract_key, arg_max(contract_no, batch_id) AS contract_no, arg_max(name, batch_id) AS name,
	arg_max(purchaser_id, batch_id) AS purchaser_id, arg_max(supplier_id, batch_id) AS supplier_id FROM contract WHERE contract_key IN (SELECT contract_key FROM incident) GROUP BY contract_key) c USING (contract_key)
	LEFT JOIN org p ON p.org_id = c.purchaser_id LEFT JOIN org s ON s.org_id = c.supplier_id WHERE `

func (f IncidentFilter) where() (string, []any) {
	conditions, args := []string{"true"}, []any{}
	add := func(given bool, condition string, values ...any) {
		if given {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	s := strings.ToLower(strings.TrimSpace(f.Search))
	add(s != "", `(contains(lower(c.contract_no), ?) OR contains(lower(coalesce(c.name, '')), ?) OR contains(lower(coalesce(p.name, '')), ?)
		OR contains(lower(coalesce(s.name, '')), ?) OR contains(lower(i.incident_id), ?))`, s, s, s, s, s)
	add(f.Contract != "", "c.contract_no = ?", f.Contract)
	add(f.ID != "", "i.incident_id = ?", f.ID)
	add(f.Status != "", "i.status = ?", f.Status)
	add(f.Severity != "", "i.severity = ?", f.Severity)
	add(f.Kind != "", "i.kind = ?", f.Kind)
	return strings.Join(conditions, " AND "), args
}

// severityOrder puts the gravest incident first.
const severityOrder = `CASE i.severity WHEN 'grave' THEN 0 WHEN 'major' THEN 1 WHEN 'large' THEN 2 ELSE 3 END`

// Incidents lists incidents of the scope, the open ones first, of these the gravest, of these the latest.
func (v *View) Incidents(ctx context.Context, f IncidentFilter) ([]Incident, error) {
	where, args := f.where()
	all, err := list(ctx, v, "incidents", v.with()+incidents+` SELECT coalesce(c.contract_no, ''), coalesce(c.name, ''), coalesce(p.name, c.purchaser_id, ''), coalesce(s.name, c.supplier_id, ''),
		coalesce(c.supplier_id, ''), i.incident_id, i.kind, i.severity, i.status, i.occurred_on, i.closed_on, i.summary, coalesce(i.measures, ''), coalesce(e.grade, ''),
		coalesce(e.uncapped_grade, ''), i.batch_id <= ?, i.batch_id`+incidentFrom+where+` ORDER BY i.status <> 'open', `+severityOrder+`, i.occurred_on DESC, i.incident_id LIMIT ? OFFSET ?`,
		append(append([]any{int32(v.Run.Watermark)}, args...), f.Limit, f.Offset), func(rows *sql.Rows, i *Incident) error {
			var closed sql.NullTime
			err := rows.Scan(&i.ContractNo, &i.Name, &i.PurchaserName, &i.SupplierName, &i.SupplierID, &i.ID, &i.Kind, &i.Severity, &i.Status, &i.OccurredOn, &closed, &i.Summary, &i.Measures,
				&i.Grade, &i.Uncapped, &i.Counted, &i.batch)
			i.ClosedOn = closed.Time
			return err
		})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return v.enteredBy(ctx, slices.Clone(all))
}

// enteredBy adds who brought what is known of incidents. It is asked apart, so that who brought other files leaves the rest remembered.
func (v *View) enteredBy(ctx context.Context, all []Incident) ([]Incident, error) {
	batches := make([]int32, len(all))
	for i := range all {
		batches[i] = all[i].batch
	}
	slices.Sort(batches)
	type brought struct {
		batch int32
		by    string
	}
	uploads, err := list(ctx, v, "who brought incidents", `SELECT batch_id, coalesce(name, '') FROM batch_upload WHERE `+keyed("batch_id", slices.Compact(batches)), nil,
		func(rows *sql.Rows, b *brought) error { return rows.Scan(&b.batch, &b.by) })
	by := map[int32]string{}
	for _, u := range uploads {
		by[u.batch] = u.by
	}
	for i := range all {
		all[i].EnteredBy = by[all[i].batch]
	}
	return all, err
}

// Incident reads one incident, or ErrNotInRun.
func (v *View) Incident(ctx context.Context, contractNo, id string) (Incident, error) {
	rows, err := v.Incidents(ctx, IncidentFilter{Contract: contractNo, ID: id, Limit: 1})
	return one(rows, err, "incident", id)
}

// IncidentTotals counts incidents of the scope.
type IncidentTotals struct {
	All, Open  int
	Contracts  int            // with an open incident, counted once for each severity
	BySeverity map[string]int // open ones
}

// IncidentTotals counts what the filter matches, whatever its limit.
func (v *View) IncidentTotals(ctx context.Context, f IncidentFilter) (IncidentTotals, error) {
	where, args := f.where()
	t := IncidentTotals{BySeverity: map[string]int{}}
	type group struct {
		IncidentTotals
		severity string
	}
	groups, err := list(ctx, v, "numbers of incidents", v.with()+incidents+` SELECT i.severity, count(*), count(*) FILTER (i.status = 'open'), count(DISTINCT contract_key) FILTER (i.status = 'open')`+
		incidentFrom+where+` GROUP BY i.severity`, args, func(rows *sql.Rows, g *group) error { return rows.Scan(&g.severity, &g.All, &g.Open, &g.Contracts) })
	for _, g := range groups {
		t.All, t.Open, t.Contracts = t.All+g.All, t.Open+g.Open, t.Contracts+g.Contracts
		t.BySeverity[g.severity] = g.Open
	}
	return t, err
}

// IncidentSeverities are the four levels, the gravest first.
var IncidentSeverities = []string{"grave", "major", "large", "general"}

// IncidentKinds are the kinds of incident, as the kind of file has them.
var IncidentKinds = []string{"safety", "interruption", "quality", "funds", "other"}
