package dashboards

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// registerIncidents lists the routes by which it is noted what went wrong in a service, and how it ended.
func (s *Server) registerIncidents() {
	s.still("/incidents", access.ReadResults, s.incidentsPage)
	s.form("/incidents", access.RecordIncident, s.recordIncident, s.incidentsPage)
	s.form("/incidents/end", access.RecordIncident, s.endIncident, s.incidentsPage)
	s.export("incidents", access.ReadResults, s.exportIncidents)
}

// incidentsData is the list of incidents, with the form that notes one.
type incidentsData struct {
	*basis
	Answer     []string
	Figures    []stat
	Filters    filters
	Open       []incidentView
	Others     table
	Pages      pages
	Subject    string // number of the contract that the address asks about; empty: all
	Kinds      []store.Choice
	Severities []store.Choice
	Today      string
}

// incidentView is an open incident as the page shows it.
type incidentView struct {
	store.Incident
	Title, Effect, Since string
	Class                string
}

// openShown is how many open incidents stand above the list; more would be a catastrophe, and are counted.
const openShown = 50

func (s *Server) incidentsPage(r *http.Request, b *base) (string, any, error) {
	b.name("incidents", b.T("asks.incidents"))
	p := &incidentsData{basis: b.basis, Subject: b.query.Get("contract"), Today: day(store.DayOf(s.config.Now())), Kinds: b.namedChoices("incident.kind", store.IncidentKinds),
		Severities: b.namedChoices("incident.severity", store.IncidentSeverities)}
	page, err := b.pageOf()
	if err != nil {
		return "", nil, err
	}
	err = s.view(r.Context(), b, func(ctx context.Context, v *store.View) error { return p.read(ctx, v, page) })
	if errors.Is(err, store.ErrUnpublished) {
		err = nil
	}
	return "incidents.html", p, err
}

func (p *incidentsData) read(ctx context.Context, v *store.View, page int) error {
	f := p.base.incidentFilter()
	totals, err := v.IncidentTotals(ctx, f)
	if err != nil {
		return err
	}
	p.answer(totals)
	p.Filters = p.base.incidentFilters()
	open := f
	open.Status, open.Limit = store.IncidentOpen, openShown
	if f.Status == "" || f.Status == store.IncidentOpen {
		all, err := v.Incidents(ctx, open)
		if err != nil {
			return err
		}
		p.Open = p.base.incidentViews(all)
	}
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	rows, err := v.Incidents(ctx, f)
	if err != nil {
		return err
	}
	p.Pages = p.base.paging(page, totals.All)
	p.Others = p.base.incidentTable(rows)
	return nil
}

// answer says in words what is open.
func (p *incidentsData) answer(t store.IncidentTotals) {
	p.Answer = []string{p.T("incident.answer", "N", t.Open, "Shown", p.CountInt(t.Open), "All", p.CountInt(t.All))}
	for _, severity := range store.IncidentSeverities {
		p.Figures = append(p.Figures, stat{Value: p.CountInt(t.BySeverity[severity]), Label: p.base.named("incident.severity", severity), URL: p.Toggle("gravity", severity)})
	}
}

func (b *base) incidentFilter() store.IncidentFilter {
	q := b.query
	return store.IncidentFilter{Search: q.Get("q"), Contract: q.Get("contract"), Status: q.Get("state"), Severity: q.Get("gravity"), Kind: q.Get("incident")}
}

func (b *base) incidentFilters() filters {
	return b.newFilters(field{Name: "q"}, field{Name: "state", Choices: b.namedChoices("incident.status", []string{store.IncidentOpen, store.IncidentClosed, store.IncidentUnfounded})},
		field{Name: "gravity", Choices: b.namedChoices("incident.severity", store.IncidentSeverities)}, field{Name: "incident", Choices: b.namedChoices("incident.kind", store.IncidentKinds)})
}

func (b *base) incidentViews(all []store.Incident) []incidentView {
	views := make([]incidentView, len(all))
	for i, one := range all {
		views[i] = incidentView{Incident: one, Title: b.named("incident.severity", one.Severity) + " · " + b.named("incident.kind", one.Kind), Effect: b.incidentEffect(&one),
			Since: b.T("incident.since", "Day", day(one.OccurredOn)), Class: incidentClass(one.Severity)}
	}
	return views
}

// incidentEffect says what an open incident does to the grade of its contract.
func (b *base) incidentEffect(i *store.Incident) string {
	switch most := b.grades.CapOf(scoring.IncidentCause(i.Severity)); {
	case !i.Counted:
		return b.T("incident.effect.waiting")
	case i.Status != store.IncidentOpen:
		return b.T("incident.effect.ended")
	case most == "":
		return b.T("incident.effect.none")
	case i.Uncapped != "" && i.Uncapped != i.Grade:
		return b.T("incident.effect.lowered", "Most", b.Grade(most), "From", b.Grade(i.Uncapped), "To", b.Grade(i.Grade))
	default:
		return b.T("incident.effect.capped", "Most", b.Grade(most))
	}
}

// incidentClass is the colour class of a severity.
func incidentClass(severity string) string {
	if severity == "general" {
		return "g2"
	}
	return "g4"
}

func (b *base) incidentTable(rows []store.Incident) table {
	t := table{Caption: b.T("incident.list"), Empty: b.T("incident.empty"), Head: b.columns("col.incident_id", "col.contract", "col.supplier", "col.incident_severity", "col.incident_occurred",
		"col.incident_status", "col.incident_summary", "col.effect?caps")}
	t.Head[occurredColumn].Name = true
	for i := range rows {
		r := &rows[i]
		t.Rows = append(t.Rows, []cell{{Text: r.ID, Strong: true}, {Text: orText(r.Name, r.ContractNo), Sub: r.ContractNo + " · " + r.PurchaserName, URL: b.Contract(r.ContractNo)},
			link(r.SupplierName, b.Supplier(r.SupplierID)), {Text: b.named("incident.severity", r.Severity), Sub: b.named("incident.kind", r.Kind), Class: incidentClass(r.Severity)},
			text(day(r.OccurredOn)), {Text: b.named("incident.status", r.Status), Sub: dayOrEmpty(r.ClosedOn)}, {Text: r.Summary, Sub: r.Measures}, text(b.incidentEffect(r))})
	}
	return t
}

// occurredColumn is the place of the day, which must not be broken.
const occurredColumn = 4

// incidentFields are the fields of the form that notes an incident, by the columns of the kind of file.
var incidentFields = []string{"contract_no", "kind", "severity", "occurred_on", "summary", "measures"}

// recordIncident notes what went wrong.
func (s *Server) recordIncident(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	cells := map[string]string{"incident_id": s.incidentID(), "status": store.IncidentOpen}
	for _, name := range incidentFields {
		cells[name] = strings.TrimSpace(r.PostFormValue(name))
	}
	if err := s.past(cells["occurred_on"]); err != nil {
		return "", inField("occurred_on", err)
	}
	return b.done("/incidents", "incident_recorded"), s.enterIncident(r.Context(), b, cells, cells["summary"])
}

// incidentID is a new number: the day in the district and four random characters, so that two who note incidents at once
// do not get the same.
func (s *Server) incidentID() string {
	return "SJ" + store.DayOf(s.config.Now()).Format("20060102") + "-" + rand.Text()[:4]
}

// endIncident notes that an incident was closed, or that it was none.
func (s *Server) endIncident(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	var known store.Incident
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) (err error) {
		known, err = v.Incident(ctx, r.PostFormValue("contract_no"), r.PostFormValue("incident_id"))
		return err
	})
	if err != nil {
		return "", err
	}
	if known.Status != store.IncidentOpen {
		return "", &access.Refusal{Code: "incident_ended", Found: known.ID}
	}
	measures := strings.TrimSpace(r.PostFormValue("measures"))
	if n := utf8.RuneCountInString(measures); n == 0 || n > longestReason {
		return "", &access.Refusal{Code: "incident_measures", Expected: strconv.Itoa(longestReason)}
	}
	cells := map[string]string{"contract_no": known.ContractNo, "incident_id": known.ID, "kind": known.Kind, "severity": known.Severity, "occurred_on": day(known.OccurredOn),
		"summary": known.Summary, "status": r.PostFormValue("status"), "closed_on": strings.TrimSpace(r.PostFormValue("closed_on")), "measures": measures}
	if err := s.past(cells["closed_on"]); err != nil {
		return "", inField("closed_on", err)
	}
	return b.done("/incidents", "incident_ended"), s.enterIncident(r.Context(), b, cells, measures)
}

// past refuses a day that has not come yet; what is no day is left to the check of the kind of file.
func (s *Server) past(text string) error {
	on, err := time.Parse(time.DateOnly, text)
	if today := store.DayOf(s.config.Now()); err == nil && on.After(today) {
		return &access.Refusal{Code: "incident_future", Found: text, Expected: day(today)}
	}
	return nil
}

// enterIncident checks and enters a row of kind incident, and asks for the run that shows what follows.
func (s *Server) enterIncident(ctx context.Context, b *base, cells map[string]string, reason string) error {
	as := intake.As{Uploader: store.Uploader{Account: b.Who.Account, Name: b.Who.Name}, Scope: b.Who.Scope(), Reason: reason}
	err := intake.CheckEntry(ctx, s.config.Store, "incident", cells, as)
	if err == nil {
		err = s.config.Store.EnterIncident(ctx, cells, reason)
	}
	if err != nil {
		return err
	}
	return s.bringIn(ctx)
}

func (s *Server) exportIncidents(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	f := b.incidentFilter()
	f.Limit = allRows
	rows, err := v.Incidents(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.incidents"), About: b.about(b.T("nav.incidents"), b.incidentFilters()), Head: b.titles("col.incident_id", "col.contract_no", "col.contract", "col.purchaser", "col.supplier",
		"col.incident_kind", "col.incident_severity", "col.incident_occurred", "col.incident_status", "col.incident_closed", "col.incident_summary", "col.incident_measures", "col.effect")}
	for i := range rows {
		r := &rows[i]
		out.Rows = append(out.Rows, []any{r.ID, r.ContractNo, r.Name, r.PurchaserName, r.SupplierName, b.named("incident.kind", r.Kind), b.named("incident.severity", r.Severity), day(r.OccurredOn),
			b.named("incident.status", r.Status), dayOrEmpty(r.ClosedOn), r.Summary, r.Measures, b.incidentEffect(r)})
	}
	return out, nil
}

// alarm says in one line which incidents are open in the scope of who is asking; nil: none.
type alarm struct{ Text, URL string }

func (b *base) alarm(ctx context.Context, v *store.View) (*alarm, error) {
	t, err := v.IncidentTotals(ctx, store.IncidentFilter{Status: store.IncidentOpen})
	if err != nil || t.Open == 0 {
		return nil, err
	}
	var parts []string
	for _, severity := range store.IncidentSeverities {
		if n := t.BySeverity[severity]; n > 0 {
			parts = append(parts, b.named("incident.severity", severity)+" "+b.CountInt(n))
		}
	}
	latest, err := v.Incidents(ctx, store.IncidentFilter{Status: store.IncidentOpen, Limit: 1})
	if err != nil || len(latest) == 0 {
		return nil, err
	}
	return &alarm{URL: b.To("/incidents", "state", store.IncidentOpen), Text: b.T("incident.alarm", "N", t.Open, "Shown", b.CountInt(t.Open), "Parts", strings.Join(parts, b.T("list.comma")),
		"Contract", orText(latest[0].Name, latest[0].ContractNo), "Summary", latest[0].Summary)}, nil
}
