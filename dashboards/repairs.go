package dashboards

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pingxin/credit"
	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
	"pingxin/scoring/workdays"
)

// registerRepairs lists the routes of applications for repair.
func (s *Server) registerRepairs() {
	s.page("GET /repairs", access.ReadCredit, "repairs.html", s.repairs)
	s.page("GET /repairs/new", access.ApplyRepair, "repairnew.html", s.newRepair)
	s.page("GET /repairs/{application}", access.ReadCredit, "repair.html", s.repair)
	s.bulky("POST /repairs/new", access.ApplyRepair, mostProofs*proofBytes+smallBody, s.posted(s.applyRepair, s.onRun("repairnew.html", s.newRepair)))
	s.form("/repairs/{application}", access.DecideRepair, s.decideRepair, s.onRun("repair.html", s.repair))
	s.bulky("GET /repairs/{application}/proof/{place}", access.ReadCredit, smallBody, s.proof)
	s.export("repairs", access.ReadCredit, s.exportRepairs)
}

// longestStatement is the most characters of what a supplier says was put right: two pages.
const longestStatement = 2000

// refusedForm says why a form is refused, in the reader's language.
type refusedForm struct{ sentence string }

func (e *refusedForm) Error() string { return e.sentence }

// repairsPage lists the applications for repair.
type repairsPage struct {
	*basis
	Said    string
	List    table
	Pages   pages
	Filters filters
}

func (s *Server) repairs(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("repairs", b.T("asks.repairs"))
	if b.query.Get("done") != "" {
		b.Done = b.T("creditfile.repair.applied")
	}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	f, err := b.repairFilter()
	if err != nil {
		return nil, err
	}
	_, waiting, err := v.Repairs(ctx, store.RepairFilter{State: store.RepairWaiting})
	if err != nil {
		return nil, err
	}
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	all, total, err := v.Repairs(ctx, f)
	if err != nil {
		return nil, err
	}
	p := &repairsPage{basis: b.basis, Said: b.T("creditfile.repairs.said", "N", waiting, "Shown", b.CountInt(waiting)), List: b.repairTable(all), Pages: b.paging(page, total)}
	p.Filters = b.newFilters(b.repairFields()...)
	return p, nil
}

func (b *base) repairFields() []field {
	states := make([]store.Choice, len(store.RepairStates))
	for i, state := range store.RepairStates {
		states[i] = store.Choice{ID: state, Name: b.T("creditfile.state." + state)}
	}
	return []field{{Name: "q"}, {Name: "state", Choices: states}}
}

func (b *base) repairFilter() (store.RepairFilter, error) {
	f := store.RepairFilter{Search: strings.TrimSpace(b.query.Get("q")), State: b.query.Get("state")}
	if f.State != "" && !slices.Contains(store.RepairStates, f.State) {
		return f, &badFilter{Name: "state", Found: f.State, Expected: "state"}
	}
	return f, nil
}

// repairTable lists applications with what became of each.
func (b *base) repairTable(all []store.Repair) table {
	t := table{Caption: b.T("nav.repairs"), Empty: b.T("creditfile.repairs.none"), Head: b.columns("creditfile.col.application", "col.supplier", "creditfile.col.offence",
		"creditfile.col.applied", "creditfile.col.decide_by", "col.state")}
	for _, r := range all {
		by := text(day(r.DecideBy))
		if !r.Decided && !r.DecideBy.IsZero() {
			by.Strong = true
		}
		state := cell{Text: b.T("creditfile.state." + r.State()), Sub: r.Reason}
		t.Rows = append(t.Rows, []cell{link(b.T("creditfile.number", "No", r.ID), b.repairPage(r.ID)), link(r.Supplier, b.Supplier(r.SupplierID)),
			{Text: b.named("kind", r.Offence.Kind), Sub: r.EventID + " · " + b.named("severity", r.Offence.Severity) + " · " + day(r.Offence.OccurredOn)},
			text(b.Moment(r.AppliedAt)), by, state})
	}
	return t
}

func (s *Server) exportRepairs(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	f, err := b.repairFilter()
	if err != nil {
		return nil, err
	}
	f.Limit = allRows
	all, _, err := v.Repairs(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.repairs"), About: b.about(b.T("nav.repairs"), b.newFilters(b.repairFields()...)), Head: b.titles("creditfile.col.application", "col.supplier_id",
		"col.supplier", "creditfile.col.event", "creditfile.col.what", "creditfile.col.severity", "creditfile.col.on", "creditfile.col.applied", "creditfile.col.decide_by", "col.state",
		"creditfile.col.decided", "creditfile.col.decided_by", "creditfile.col.reason", "event.repaired")}
	for _, r := range all {
		out.Rows = append(out.Rows, []any{int64(r.ID), r.SupplierID, r.Supplier, r.EventID, b.named("kind", r.Offence.Kind), b.named("severity", r.Offence.Severity),
			dayOrEmpty(r.Offence.OccurredOn), b.Moment(r.AppliedAt), dayOrEmpty(r.DecideBy), b.T("creditfile.state." + r.State()), b.Moment(r.DecidedAt), r.DecidedBy, r.Reason,
			dayOrEmpty(r.RepairedOn)})
	}
	return out, nil
}

// newRepairPage is the form with which a supplier applies.
type newRepairPage struct {
	*basis
	Offences           []store.Choice // that may be applied for, by id
	Not                table          // those that may not, with the reason
	Event, Today       string
	Statement          string
	MostFiles, MostMiB int
	Rules              []string
}

func (s *Server) newRepair(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("repairs", b.T("creditfile.repair.new"))
	p := &newRepairPage{basis: b.basis, Event: b.query.Get("event"), Today: day(s.today()), MostFiles: mostProofs, MostMiB: proofBytes >> 20}
	if b.rules.Repair == nil {
		return nil, errNoPage
	}
	r := b.rules.Repair
	p.Rules = []string{b.T("creditfile.repair.rule.wait", "General", r.GeneralWaitDays, "Serious", r.SeriousWaitDays), b.T("creditfile.repair.rule.decide", "N", r.Decide.Days,
		"Unit", b.T("creditfile.unit."+string(r.Decide.Unit))), b.T("creditfile.repair.rule.again", "N", r.AgainDays)}
	recorded, err := v.Conduct(ctx, b.Who.Org)
	if err != nil {
		return nil, err
	}
	p.Not = table{Caption: b.T("creditfile.repair.not"), Head: b.columns("creditfile.col.what", "creditfile.col.on", "creditfile.col.reason")}
	for _, c := range recorded {
		if severityClass(c.Severity) == "commendation" {
			continue
		}
		notes, err := s.admits(ctx, v, b, c.ID)
		if err != nil {
			return nil, err
		}
		name := b.named("kind", c.Kind) + " · " + day(c.OccurredOn) + " · " + c.ID
		if len(notes) == 0 {
			p.Offences = append(p.Offences, store.Choice{ID: c.ID, Name: name})
			continue
		}
		p.Not.Rows = append(p.Not.Rows, []cell{{Text: b.named("kind", c.Kind), Sub: c.ID}, text(day(c.OccurredOn)), {List: notes}})
	}
	return p, nil
}

// today is the day in the district.
func (s *Server) today() time.Time { return dayOf(s.config.Now()) }

// admits says in words why an offence may not be applied for now; none: it may.
func (s *Server) admits(ctx context.Context, v *store.View, b *base, event string) ([]string, error) {
	o, err := v.Offence(ctx, event)
	if err != nil {
		return nil, err
	}
	before, _, err := v.Repairs(ctx, store.RepairFilter{Event: event, Limit: allRows})
	if err != nil {
		return nil, err
	}
	earlier := make([]credit.Application, len(before))
	for i, r := range before {
		earlier[i] = credit.Application{On: dayOf(r.AppliedAt), Accepted: r.Accepted}
		if r.Decided {
			earlier[i].DecidedOn = dayOf(r.DecidedAt)
		}
	}
	return b.Notes(b.rules.Repair.Admit(credit.Event{ID: o.ID, Kind: o.Kind, Severity: o.Severity, OccurredOn: o.OccurredOn, EndsOn: o.EndsOn, RepairedOn: o.RepairedOn}, earlier, s.today())), nil
}

// applyRepair takes an application.
func (s *Server) applyRepair(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	var a store.Repair
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) (err error) {
		a, err = s.applicationOf(ctx, v, b, r)
		return err
	})
	var proofs []store.Proof
	if err == nil {
		proofs, err = s.proofsOf(r, b)
	}
	if err == nil {
		_, err = s.config.Store.ApplyRepair(r.Context(), a, proofs)
	}
	if errors.Is(err, store.ErrRepairWaits) {
		err = &refusedForm{b.T("note.repair_waiting", "Ref", a.EventID)}
	}
	return b.To("/repairs", "done", "yes"), err
}

// applicationOf reads the form of an application, for an offence of the supplier that may be applied for.
func (s *Server) applicationOf(ctx context.Context, v *store.View, b *base, r *http.Request) (store.Repair, error) {
	a := store.Repair{SupplierID: b.Who.Org, EventID: r.PostFormValue("event"), Statement: strings.TrimSpace(r.PostFormValue("statement"))}
	if b.rules.Repair == nil {
		return a, errNoPage
	}
	o, err := v.Offence(ctx, a.EventID)
	if err != nil {
		return a, err
	}
	no, err := s.admits(ctx, v, b, a.EventID)
	if err != nil {
		return a, err
	}
	if len(no) > 0 {
		return a, &refusedForm{strings.Join(no, " ")}
	}
	if n := utf8.RuneCountInString(a.Statement); n == 0 || n > longestStatement {
		return a, &refusedForm{b.T("creditfile.repair.statement_length", "Found", n, "Most", longestStatement)}
	}
	if a.MendedOn, err = b.dayIn(r, "mended", o.OccurredOn, s.today()); err != nil {
		return a, err
	}
	a.DecideBy, err = s.decideBy(ctx, b.rules.Repair.Decide)
	return a, err
}

// decideBy is the last day of a window from today; zero while the holidays of a year that it needs are not known.
func (s *Server) decideBy(ctx context.Context, window workdays.Window) (by time.Time, err error) {
	err = s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		calendar, err := store.Calendar(ctx, r)
		if err == nil {
			by, err = calendar.LastDay(s.today(), window)
		}
		return err
	})
	var missing *workdays.MissingYearError
	if errors.As(err, &missing) {
		return time.Time{}, nil
	}
	return by, err
}

// dayIn reads a day of a form that has to lie between two days.
func (b *base) dayIn(r *http.Request, name string, from, to time.Time) (time.Time, error) {
	on, err := time.Parse(time.DateOnly, r.PostFormValue(name))
	if err != nil || on.Before(from) || on.After(to) {
		return on, inField(name, &refusedForm{b.T("creditfile.day_range", "Found", r.PostFormValue(name), "From", day(from), "To", day(to))})
	}
	return on, nil
}

// repairPage is one application with its proof, the curve and the decision.
type repairPage struct {
	*basis
	R         store.Repair
	Answer    string
	Facts     [][2]string
	Proofs    []proofLink
	Course    *figure
	Decide    bool   // the asker may decide now
	Barred    string // why not, of whoever else might; empty: nothing bars them
	Today     string
	OfferedOn string // day from which the form offers to take it as repaired, and from which the curve is drawn
	Earlier   table
	Decisions [][2]string
}

type proofLink struct{ Name, URL, About string }

// courseMonths is how many months after a repair a curve shows at least: as long as it fades, and half as long again. It
// goes on to the day of the reader.
const courseMonths = 9

func (s *Server) repair(ctx context.Context, v *store.View, b *base) (any, error) {
	id, err := strconv.Atoi(b.pathValue("/repairs/"))
	if err != nil {
		return nil, errNoPage
	}
	p := &repairPage{basis: b.basis, Today: day(s.today())}
	if p.R, err = v.Repair(ctx, id); err != nil {
		return nil, err
	}
	b.name("repairs", b.T("creditfile.repair.title", "No", id, "Supplier", p.R.Supplier))
	if b.query.Get("done") != "" {
		b.Done = b.T("creditfile.repair.decided")
	}
	p.OfferedOn = day(p.repairedOn())
	if p.Decide = !p.R.Decided && b.May(access.DecideRepair); p.Decide {
		if err := s.barRecorder(ctx, p); err != nil {
			return nil, err
		}
	}
	p.words()
	proofs, err := v.Proofs(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, f := range proofs {
		p.Proofs = append(p.Proofs, proofLink{Name: f.FileName, URL: b.repairPage(id) + "/proof/" + strconv.Itoa(f.Place),
			About: b.T("creditfile.proof.about", "Type", f.MediaType, "KiB", b.Count((f.Bytes+1023)/1024), "Hash", f.SHA256)})
	}
	if b.rules.Credit != nil {
		if p.Course, err = p.course(ctx, v, s.today()); err != nil {
			return nil, err
		}
	}
	before, _, err := v.Repairs(ctx, store.RepairFilter{Event: p.R.EventID, Limit: fileRows})
	p.Earlier = b.repairTable(slices.DeleteFunc(before, func(r store.Repair) bool { return r.ID == id }))
	return p, err
}

// barRecorder says before anything is typed that whoever recorded the offence does not decide.
func (s *Server) barRecorder(ctx context.Context, p *repairPage) error {
	return s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		recorders, err := store.Recorders(ctx, r, p.R.EventID)
		if p.Who.Account != "" && slices.Contains(recorders, p.Who.Account) {
			p.Decide, p.Barred = false, p.T("creditfile.repair.recorder")
		}
		return err
	})
}

// words says what the application is about and how it stands.
func (p *repairPage) words() {
	r := &p.R
	p.Answer = p.T("creditfile.repair.answer."+r.State(), "Kind", p.base.named("kind", r.Offence.Kind), "Severity", p.base.named("severity", r.Offence.Severity), "Day", day(r.Offence.OccurredOn),
		"By", day(r.DecideBy), "On", day(r.RepairedOn))
	p.Facts = [][2]string{{p.T("col.supplier"), r.Supplier + " (" + r.SupplierID + ")"}, {p.T("creditfile.col.event"), r.EventID}, {p.T("event.authority"), orNone(r.Offence.Authority)},
		{p.T("event.document"), orNone(r.Offence.DocumentNo)}, {p.T("creditfile.col.applied"), p.Moment(r.AppliedAt)}, {p.T("creditfile.col.applied_by"), orNone(r.AppliedBy)},
		{p.T("creditfile.col.mended"), day(r.MendedOn)}, {p.T("creditfile.col.decide_by"), day(r.DecideBy)}}
	if r.Decided {
		p.Decisions = [][2]string{{p.T("col.state"), p.T("creditfile.state." + r.State())}, {p.T("creditfile.col.reason"), r.Reason}, {p.T("creditfile.col.decided"), p.Moment(r.DecidedAt)},
			{p.T("creditfile.col.decided_by"), orNone(r.DecidedBy)}, {p.T("event.repaired"), day(r.RepairedOn)}}
	}
}

// repairedOn is the day from which the offence counts as repaired: as decided, else the day on which it was put right.
func (p *repairPage) repairedOn() time.Time {
	if p.R.Accepted {
		return p.R.RepairedOn
	}
	return p.R.MendedOn
}

// course draws the supplier's conduct with and without this repair: as decided, or as it would be if it were accepted as the
// form offers.
func (p *repairPage) course(ctx context.Context, v *store.View, today time.Time) (*figure, error) {
	ev, err := v.CreditEvidence(ctx, p.R.SupplierID)
	if err != nil {
		return nil, err
	}
	repaired := p.repairedOn()
	var days []time.Time
	for month := -1; month <= courseMonths || !repaired.AddDate(0, month, 0).After(today); month++ {
		days = append(days, repaired.AddDate(0, month, 0))
	}
	standing, mended := p.rules.Credit.Course(ev.Events, p.R.EventID, repaired, days)
	return p.base.courseFigure(repaired, standing, mended)
}

// decideRepair decides an application for the reason that the form gives.
func (s *Server) decideRepair(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	var d store.RepairDecision
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) (err error) {
		d, err = s.repairDecision(ctx, v, b, r)
		return err
	})
	if err == nil {
		err = s.config.Store.DecideRepair(r.Context(), d)
	}
	if err == nil && d.Accepted {
		err = s.bringIn(r.Context())
	}
	switch {
	case errors.Is(err, store.ErrRecorder):
		err = &refusedForm{b.T("creditfile.repair.recorder")}
	case errors.Is(err, store.ErrRepairDecided):
		err = &refusedForm{b.T("creditfile.repair.decided_before")}
	}
	return b.To(r.URL.Path, "done", "yes"), err
}

// repairDecision reads the form of a decision, and checks the fact that it would enter.
func (s *Server) repairDecision(ctx context.Context, v *store.View, b *base, r *http.Request) (store.RepairDecision, error) {
	d := store.RepairDecision{Reason: strings.TrimSpace(r.PostFormValue("reason")), Account: b.Who.Account}
	var err error
	if d.ID, err = strconv.Atoi(r.PathValue("application")); err != nil {
		return d, errNoPage
	}
	application, err := v.Repair(ctx, d.ID)
	if err != nil {
		return d, err
	}
	if n := utf8.RuneCountInString(d.Reason); n == 0 || n > longestReason {
		return d, &refusedForm{b.T("creditfile.reason_length", "Found", n, "Most", longestReason)}
	}
	switch r.PostFormValue("decision") {
	case "accept":
		d.Accepted = true
	case "refuse":
		return d, nil
	default:
		return d, &refusedForm{b.T("creditfile.repair.choose")}
	}
	if d.RepairedOn, err = b.dayIn(r, "repaired", application.Offence.OccurredOn, s.today()); err != nil {
		return d, err
	}
	application.Offence.RepairedOn = d.RepairedOn
	return d, s.checkFact(ctx, b, "credit_event", application.Offence.Cells())
}

// checkFact asks whether a fact that a form would enter can be kept as a row of its kind of file.
func (s *Server) checkFact(ctx context.Context, b *base, kind string, cells map[string]string) error {
	return intake.CheckEntry(ctx, s.config.Store, kind, cells, intake.As{Uploader: store.Uploader{Account: b.Who.Account, Name: b.Who.Name}, Scope: store.Everything})
}
