package dashboards

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// chainKept is how long the outcome of a check of the audit log is shown again: the check reads the whole log.
const chainKept = time.Minute

// chainMemo keeps the last check of the audit log. It is safe for concurrent use.
type chainMemo struct {
	mu    sync.Mutex
	at    time.Time
	state store.AuditState
}

// check checks the chain of the audit log, unless that was just done; it returns when.
func (m *chainMemo) check(ctx context.Context, st *store.Store, now time.Time) (store.AuditState, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at.IsZero() || now.Sub(m.at) >= chainKept {
		state, err := st.CheckAudit(ctx)
		if err != nil {
			return state, now, err
		}
		m.state, m.at = state, now
	}
	return m.state, m.at, nil
}

// registerAudit lists the routes of the audit log.
func (s *Server) registerAudit() {
	s.handle("GET /audit", access.ReadAudit, s.audit)
	s.files("audit", access.ReadAudit, s.exportAudit)
}

// auditPage lists who did what, when, and says whether the list is whole.
type auditPage struct {
	*basis
	Holds   bool
	Verdict string
	Head    [][2]string
	List    table
	Pages   pages
	Filters filters
}

func (s *Server) audit(w http.ResponseWriter, r *http.Request) {
	b := s.newBase(r)
	b.name("audit", b.T("asks.audit"))
	p := &auditPage{basis: b.basis}
	err := p.read(r.Context(), s)
	s.answer(w, r, "audit.html", p, err)
}

func (p *auditPage) read(ctx context.Context, s *Server) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	page, err := p.base.pageOf()
	if err != nil {
		return err
	}
	f, err := p.base.auditFilter()
	if err != nil {
		return err
	}
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	if err := p.chain(ctx, s); err != nil {
		return err
	}
	return s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		actors, actions, err := store.AuditChoices(ctx, r)
		if err != nil {
			return err
		}
		entries, total, err := store.AuditLog(ctx, r, f)
		p.Filters = p.base.auditFilters(actors, actions)
		p.List, p.Pages = p.base.auditTable(entries), p.base.paging(page, total)
		return err
	})
}

// chain says whether the chain of the log holds, or where it is broken.
func (p *auditPage) chain(ctx context.Context, s *Server) error {
	state, at, err := s.chain.check(ctx, s.config.Store, s.config.Now())
	if err != nil {
		return err
	}
	p.Holds = state.Broken == nil
	p.Verdict = p.T("audit.holds", "Shown", p.Count(state.Entries))
	if broken := state.Broken; broken != nil {
		p.Verdict = p.T("audit.broken."+broken.Cause, "Number", p.Count(broken.Number), "Found", broken.Found, "Expected", broken.Expected)
	}
	p.Head = [][2]string{{p.T("audit.checked"), p.Moment(at)}, {p.T("audit.anchors"), p.CountInt(state.Anchors)}, {p.T("audit.last"), p.Count(state.Number)},
		{p.T("audit.head"), orNone(state.Chain)}}
	return nil
}

// auditFilter reads the filters of the address; days are those of the district.
func (b *base) auditFilter() (f store.AuditFilter, err error) {
	f = store.AuditFilter{Actor: b.query.Get("actor"), Action: b.query.Get("act"), Subject: strings.TrimSpace(b.query.Get("about"))}
	if f.From, err = b.dayOf("from"); err != nil {
		return f, err
	}
	if f.Until, err = b.dayOf("until"); err == nil && !f.Until.IsZero() {
		f.Until = f.Until.AddDate(0, 0, 1) // the day is meant with all its hours
	}
	return f, err
}

// dayOf reads a day of the district from the address, the zero time when it is not there.
func (b *base) dayOf(key string) (time.Time, error) {
	text := b.query.Get(key)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, &badFilter{Name: key, Found: text, Expected: "day"}
	}
	return at, nil
}

func (b *base) auditFilters(actors, actions []store.Choice) filters {
	for i := range actions {
		actions[i].Name = b.auditAction(actions[i].ID)
	}
	return b.newFilters(field{Name: "actor", Choices: actors}, field{Name: "act", Choices: actions}, field{Name: "about"},
		field{Name: "from", Day: true}, field{Name: "until", Day: true})
}

// auditAction is an action in words; one without words is shown by its code.
func (b *base) auditAction(code string) string {
	if key := "audit.action." + code; b.Has(key) {
		return b.T(key)
	}
	return code
}

// auditTable lists entries; a click on who, what or what about filters by it.
func (b *base) auditTable(entries []store.AuditEntry) table {
	t := table{Caption: b.T("nav.audit"), Empty: b.T("audit.empty"),
		Head: b.columns("#col.entry", "col.moment", "col.actor", "col.act", "col.subject", "col.detail", "col.request")}
	for i := range 5 {
		t.Head[i].Name = true
	}
	for _, e := range entries {
		who := cell{Text: b.T("audit.program")}
		if e.Actor != "" {
			who = cell{Text: e.Actor, URL: b.Toggle("actor", e.Actor), Sub: b.auditRole(e.Role)}
		}
		about := text(e.Subject)
		if e.Subject != "" {
			about.URL = b.Toggle("about", e.Subject)
		}
		t.Rows = append(t.Rows, []cell{text(b.Count(e.Number)), text(b.Moment(e.At)), who, link(b.auditAction(e.Action), b.Toggle("act", e.Action)), about,
			{Text: e.Detail, Sub: brokenHash(e.Chain)}, {Text: e.Request}})
	}
	return t
}

// auditRole is a role in words; one without words is shown by its code.
func (b *base) auditRole(code string) string {
	if key := "role." + code; b.Has(key) {
		return b.T(key)
	}
	return code
}

// exportAudit is the log as a file, with the whole chain of each entry.
func (s *Server) exportAudit(ctx context.Context, b *base) (*sheet, string, error) {
	f, err := b.auditFilter()
	if err != nil {
		return nil, "", err
	}
	f.Limit = allRows
	out := &sheet{Name: b.T("nav.audit"), Head: b.titles("col.entry", "col.moment", "col.actor", "col.role", "col.act", "col.subject", "col.detail", "col.request",
		"col.previous", "col.chain")}
	out.About = [][2]string{{b.T("export.title"), out.Name}, {b.T("export.filters"), orText(b.auditFilters(nil, nil).said(), b.T("export.unfiltered"))}}
	err = s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		entries, _, err := store.AuditLog(ctx, r, f)
		for _, e := range entries {
			out.Rows = append(out.Rows, []any{e.Number, e.At.Format(time.RFC3339Nano), e.Actor, e.Role, e.Action, e.Subject, e.Detail, e.Request, e.Previous, e.Chain})
		}
		return err
	})
	return out, "audit", err
}
