package dashboards

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring/workdays"
)

// casePageData is one case: how it stands, what runs, what can be done, and its whole history.
type casePageData struct {
	*basis
	C        *blacklist.Case
	State    string
	Lead     string
	Own      bool // the page of a party; false: of the bureau
	Facts    [][2]string
	Evidence []cell
	Grounds  []string
	Clocks   table
	Parties  table
	Papers   []tab
	Barred   string // why who is asking cannot decide; empty: they can, or nothing is to be decided
	Missing  string // why some clocks cannot be told
	Forms    []caseForm
	History  []caseEntry
	Decision [][2]string

	today time.Time
	names map[string]string
	rules blacklist.Rules
}

// caseEntry is one step of the history.
type caseEntry struct {
	Number      string
	Title, When string
	Who         string
	Lines       [][2]string
	Documents   []cell
}

func (s *Server) bureauCase(r *http.Request, b *base) (string, any, error) {
	b.name("blacklist", r.PathValue("case"))
	return s.caseView(r, b, false)
}

func (s *Server) ownCase(r *http.Request, b *base) (string, any, error) {
	b.name("cases", r.PathValue("case"))
	return s.caseView(r, b, true)
}

func (s *Server) caseView(r *http.Request, b *base, own bool) (string, any, error) {
	c, err := s.readCase(r)
	if err != nil {
		return "", nil, err
	}
	if err := s.withRun(r.Context(), b, noView); err != nil {
		return "", nil, err
	}
	p := &casePageData{basis: b.basis, C: &c, Own: own, today: store.DayOf(s.config.Now())}
	if err := p.read(r.Context(), s); err != nil {
		return "", nil, err
	}
	return "case.html", p, nil
}

// read fills the page.
func (p *casePageData) read(ctx context.Context, s *Server) error {
	var clues []store.ClueRow
	err := s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) (err error) {
		if clues, err = store.CluesOf(ctx, r, store.CluesAmong(p.C.Evidence)); err != nil {
			return err
		}
		var ids []string
		for _, party := range p.C.Parties {
			ids = append(ids, party.Supplier)
		}
		if p.names, err = store.OrgNames(ctx, r, ids); err != nil {
			return err
		}
		p.rules, err = store.CaseRules(ctx, r, s.casePolicy(p.base), p.C)
		return err
	})
	if err != nil {
		return err
	}
	state := p.C.State(p.today)
	p.State = p.base.named("case.state", string(state))
	p.Lead = p.T("case.say."+string(state), "Supplier", p.names[p.C.Supplier], "Until", p.Day(p.C.WindowsEnd()))
	if party := p.C.Party(p.Who.Org); p.Own && party != nil && state == blacklist.AwaitsStatement && !p.today.After(party.Until) {
		p.Lead = p.T("case.own.window", "Until", p.Day(party.Until))
	}
	p.Title = p.T("case.title", "No", p.C.No, "Supplier", p.names[p.C.Supplier])
	p.Facts = [][2]string{{p.T("col.case"), p.C.No}, {p.T("col.case_state"), p.State}, {p.T("col.opened_on"), p.Day(p.C.OpenedOn)}}
	p.Grounds = p.base.groundNames(p.C.Grounds)
	p.Evidence = p.base.evidence(store.Candidate{SupplierID: p.C.Supplier, Evidence: p.C.Evidence})
	p.clueEvidence(clues)
	for i := range p.Evidence {
		if p.Own && p.C.Supplier != p.Who.Org { // an affiliate may not open what is another's
			p.Evidence[i].URL = ""
		}
	}
	p.partyTable()
	if err := p.clockTable(); err != nil {
		return err
	}
	steps := p.C.Steps
	if p.Own {
		steps = p.C.SeenBy(p.Who.Org)
	}
	for _, step := range slices.Backward(steps) {
		p.History = append(p.History, p.entry(step))
	}
	if p.C.Decided != nil {
		p.Decision = p.decisionLines(p.C.Decided.Decision)
	}
	p.ended()
	p.papers()
	return p.offer()
}

// ended adds to the history that a term has run out by itself: nobody took that step.
func (p *casePageData) ended() {
	for _, party := range p.C.Parties {
		l := party.Listing
		if l.From.IsZero() || l.Cause != "" || p.today.Before(l.Until) || p.Own && party.Supplier != p.Who.Org {
			continue
		}
		p.History = slices.Insert(p.History, 0, caseEntry{Number: none, Title: p.T("case.term_over"), When: p.Day(l.Until), Who: p.T("case.by_itself"),
			Lines: [][2]string{{p.T("col.case_party"), p.names[party.Supplier]}}})
	}
}

// shownParties are those that who is asking may see: a party itself, the bureau all.
func (p *casePageData) shownParties() []blacklist.Party {
	if !p.Own {
		return p.C.Parties
	}
	return slices.DeleteFunc(slices.Clone(p.C.Parties), func(party blacklist.Party) bool { return party.Supplier != p.Who.Org })
}

func (p *casePageData) partyTable() {
	p.Parties = table{Caption: p.T("case.parties"), Head: p.base.columns("col.case_party", "col.relation", "col.noticed_on", "col.window_until", "col.hearing", "#col.statements", "col.listing")}
	for _, party := range p.shownParties() {
		name := link(p.names[party.Supplier], p.Supplier(party.Supplier))
		name.Sub = party.Supplier
		p.Parties.Rows = append(p.Parties.Rows, []cell{name, text(p.base.named("case.relation", orText(party.Relation, "itself"))), text(p.Day(party.NoticedOn)), text(p.Day(party.Until)),
			text(p.hearing(party.Hearing)), text(p.CountInt(party.Statements)), text(p.listing(party.Listing))})
	}
}

func (p *casePageData) hearing(h blacklist.Hearing) string {
	switch {
	case !h.Requested:
		return p.T("case.hearing.none")
	case h.Closed:
		return p.T("case.hearing.closed")
	case h.On.IsZero():
		return p.T("case.hearing.asked")
	}
	return p.T("case.hearing.set", "Day", p.Day(h.On))
}

func (p *casePageData) listing(l blacklist.Listing) string {
	switch {
	case l.From.IsZero():
		return p.T("case.listing.none")
	case l.Cause == blacklist.Revoked:
		return p.T("case.listing.revoked")
	case l.Cause == blacklist.RepairGranted:
		return p.T("case.listing.repaired", "From", p.Day(l.From), "Day", p.Day(l.EndedOn))
	}
	return p.T("case.listing.term", "From", p.Day(l.From), "Until", p.Day(l.Until))
}

func (p *casePageData) clockTable() error {
	p.Clocks = table{Caption: p.T("case.clocks"), Head: p.base.columns("col.clock", "col.case_party", "col.deadline", "col.counted_in"), Empty: p.T("case.clocks.none")}
	clocks, err := p.rules.Clocks(p.C, p.today)
	var missing *workdays.MissingYearError
	if err != nil && !errors.As(err, &missing) {
		return err
	}
	if missing != nil && !p.Own {
		p.Missing = p.base.missingYear(missing)
	}
	for _, c := range clocks {
		if p.Own && c.Party != p.Who.Org {
			continue
		}
		on := p.base.until(c.On, p.today)
		if c.What == blacklist.StatementClock || c.What == blacklist.HearingClock {
			on.Strong = false // a right that was not used is not late
		}
		p.Clocks.Rows = append(p.Clocks.Rows, []cell{text(p.T("case.clock." + c.What)), text(orText(p.names[c.Party], p.T("case.whole"))), on, text(p.counted(c.What))})
	}
	return nil
}

// counted says how a clock counts its days.
func (p *casePageData) counted(what string) string {
	policy := p.rules.Policy
	window, known := map[string]workdays.Window{blacklist.StatementClock: policy.Statement, blacklist.HearingClock: policy.HearingAsked, blacklist.DecisionClock: policy.Decision,
		blacklist.PublicationClock: policy.Publication}[what]
	if !known {
		return ""
	}
	return p.T("case.unit."+string(window.Unit), "N", window.Days)
}

// entry is a step as the history shows it.
func (p *casePageData) entry(s blacklist.Step) caseEntry {
	e := caseEntry{Number: whole(int64(s.Number)), Title: p.base.named("case.step", string(s.Kind)), When: p.Moment(s.At), Who: s.By.Name}
	if s.By.Role != "" {
		e.Who = orText(s.By.Name, s.By.Account) + " · " + p.base.named("role", s.By.Role)
	}
	add := func(key, value string) {
		if value != "" && value != none {
			e.Lines = append(e.Lines, [2]string{p.T(key), value})
		}
	}
	if s.Party != "" {
		add("col.case_party", p.names[s.Party])
	}
	if !s.On.Equal(s.Day) {
		add("case.field.on", p.Day(s.On))
	}
	add("col.relation", p.base.named("case.relation", s.Relation))
	add("case.field.service", p.base.named("case.service", s.Service))
	add("col.document_no", s.DocumentNo)
	if s.Kind == blacklist.Noticed {
		add("col.window_until", p.Day(s.Until))
		add("case.clock.hearing", p.Day(s.HearingUntil))
	} else if s.Kind == blacklist.HearingSet {
		add("case.clock.hearing_day", p.Day(s.Until))
	}
	add("case.field.place", s.Place)
	add("col.case_grounds", strings.Join(p.base.groundNames(s.Grounds), "；"))
	if s.OnPaper {
		e.Lines = append(e.Lines, [2]string{p.T("case.on_paper"), p.T("case.on_paper.yes")})
	}
	if party := p.C.Party(s.Party); s.Kind == blacklist.Stated && party != nil && !party.Until.IsZero() && s.On.After(party.Until) {
		e.Lines = append(e.Lines, [2]string{p.T("case.late"), p.T("case.late.yes")})
	}
	if s.Kind == blacklist.Proposed {
		e.Lines = append(e.Lines, p.decisionLines(s.Decision)...)
	}
	add("col.reason", s.Reason)
	for _, d := range s.Documents {
		base := "/blacklist/"
		if p.Own {
			base = "/cases/"
		}
		e.Documents = append(e.Documents, cell{Text: d.Name, URL: p.To(base + p.C.No + "/documents/" + d.SHA256), Sub: p.Count(max(d.Bytes>>10, 1)) + " KB"})
	}
	return e
}

// decisionLines is a decision in words.
func (p *casePageData) decisionLines(d *blacklist.Decision) [][2]string {
	outcome := p.T("case.outcome.drop")
	if d.List {
		var listed []string
		for _, supplier := range d.Parties {
			listed = append(listed, p.names[supplier])
		}
		outcome = p.T("case.outcome.list_until", "Parties", strings.Join(listed, p.T("list.comma")), "Until", p.Day(d.Until))
	}
	lines := [][2]string{{p.T("case.field.outcome"), outcome}, {p.T("case.field.standard"), p.base.named("case.standard", d.Standard)}, {p.T("case.field.findings"), d.Findings}}
	if d.Answer != "" {
		lines = append(lines, [2]string{p.T("case.field.answer"), d.Answer})
	}
	lines = append(lines, [2]string{p.T("case.field.mitigating"), p.factors(d.Mitigating)}, [2]string{p.T("case.field.aggravating"), p.factors(d.Aggravating)})
	return append(lines, [2]string{p.T("col.document_no"), d.DocumentNo})
}

func (p *casePageData) factors(all []string) string {
	var names []string
	for _, factor := range all {
		names = append(names, p.base.named("case.factor", factor))
	}
	return orText(strings.Join(names, "；"), p.T("case.factor_none"))
}

// papers lists the documents that can be printed: the notice to each party, and the decision.
func (p *casePageData) papers() {
	base := "/blacklist/"
	if p.Own {
		base = "/cases/"
	}
	for _, party := range p.shownParties() {
		label := p.T("case.paper.notice", "Party", p.names[party.Supplier])
		if party.Until.IsZero() {
			label = p.T("case.paper.draft", "Party", p.names[party.Supplier])
		}
		p.Papers = append(p.Papers, tab{Label: label, URL: p.To(base + p.C.No + "/papers/" + noticePaper + party.Supplier)})
	}
	if p.C.Decided != nil {
		p.Papers = append(p.Papers, tab{Label: p.T("case.paper.decision"), URL: p.To(base + p.C.No + "/papers/" + decisionPaper)})
	}
}

// ownCasesPage lists the cases in which a supplier is a party.
type ownCasesPage struct {
	*basis
	Lead  string
	Table table
}

func (s *Server) ownCases(r *http.Request, b *base) (string, any, error) {
	b.name("cases", b.T("asks.cases"))
	if err := s.withRun(r.Context(), b, noView); err != nil {
		return "", nil, err
	}
	p := &ownCasesPage{basis: b.basis, Table: table{Caption: b.T("nav.cases"), Empty: b.T("case.own.none"), Head: b.columns("col.case", "col.case_grounds", "col.case_state", "col.noticed_on", "col.window_until")}}
	today, open := store.DayOf(s.config.Now()), 0
	err := s.config.Store.Read(r.Context(), func(ctx context.Context, reader *store.Reader) error {
		cases, err := store.CasesOf(ctx, reader, b.Who.Org)
		for _, c := range cases {
			party := c.Party(b.Who.Org)
			if c.SeenBy(b.Who.Org) == nil {
				continue
			}
			state := c.State(today)
			if !state.Over() {
				open++
			}
			p.Table.Rows = append(p.Table.Rows, []cell{{Text: c.No, URL: b.To("/cases/" + c.No), Strong: true}, {List: b.groundNames(c.Grounds)}, text(b.named("case.state", string(state))),
				text(b.Day(party.NoticedOn)), b.until(party.Until, today)})
		}
		return err
	})
	p.Lead = b.T("case.own.lead", "N", open, "Shown", b.CountInt(open))
	return "cases.html", p, err
}

// waitingCases adds to the home page what waits in cases: for the bureau notices, decisions, publications and requests; for
// a supplier the statement that it may still make.
func (p *homeData) waitingCases(ctx context.Context, r *store.Reader, s *Server, today time.Time) error {
	if p.May(access.AnswerCase) {
		cases, err := store.CasesOf(ctx, r, p.Who.Org)
		for _, c := range cases {
			party := c.Party(p.Who.Org)
			if !party.Until.IsZero() && !today.After(party.Until) && c.Decided == nil && c.Closed == "" {
				p.Todos = append(p.Todos, todo{Text: p.T("home.case_statement", "No", c.No, "Day", p.Day(party.Until)), URL: p.To("/cases/" + c.No), Late: party.Statements == 0})
			}
		}
		return err
	}
	if !p.May(access.KeepCases) {
		return nil
	}
	cases, err := store.Cases(ctx, r)
	if err != nil {
		return err
	}
	d := &board{today: today}
	if err := d.place(ctx, r, cases, s.casePolicy(p.base)); err != nil {
		return err
	}
	counts, late := map[blacklist.State]int{}, 0
	repairs := 0
	for i := range d.cases {
		c := &d.cases[i]
		counts[c.state]++
		if c.late() {
			late++
		}
		if slices.ContainsFunc(c.Parties, func(party blacklist.Party) bool { return party.Repair != 0 && party.Listing.Holds(today) }) {
			repairs++
		}
	}
	p.add(late, true, "home.todo.cases_late", p.To("/blacklist"))
	for _, state := range []blacklist.State{blacklist.AwaitsNotice, blacklist.AwaitsDecision, blacklist.AwaitsSecond, blacklist.AwaitsPublic} {
		n := counts[state]
		if n > 0 {
			p.Todos = append(p.Todos, todo{Text: p.T("home.cases."+string(state), "N", n, "Shown", p.CountInt(n)), URL: p.To("/blacklist", "state", string(state))})
		}
	}
	p.add(repairs, false, "home.todo.case_repairs", p.To("/blacklist", "state", string(blacklist.InTerm)))
	return nil
}
