package dashboards

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"pingxin/credit"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// registerAssessments lists the routes of the grade assessment of social organisations.
func (s *Server) registerAssessments() {
	s.page("GET /assessments", access.ReadCredit, "assessments.html", s.assessments)
	s.page("GET /assessments/{supplier}", access.ReadCredit, "assessment.html", s.assessmentOf)
	s.form("/assessments/{supplier}", access.DecideAssessment, s.decideAssessment, s.onRun("assessment.html", s.assessmentOf))
	s.export("assessments", access.ReadCredit, s.exportAssessments)
}

// assessmentsPage lists the grade assessments, those that end first in front.
type assessmentsPage struct {
	*basis
	Said    string
	Grades  []levelCount
	List    table
	Pages   pages
	Filters filters
}

func (s *Server) assessments(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("assessments", b.T("asks.assessments"))
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	f, err := b.assessmentFilter()
	if err != nil {
		return nil, err
	}
	grades, err := v.AssessmentGrades(ctx)
	if err != nil {
		return nil, err
	}
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	all, total, err := v.Assessments(ctx, f)
	if err != nil {
		return nil, err
	}
	due := 0
	if b.rules.Reassessment != nil {
		if _, due, err = v.Assessments(ctx, b.dueFilter()); err != nil {
			return nil, err
		}
	}
	p := &assessmentsPage{basis: b.basis, Pages: b.paging(page, total), List: b.assessmentTable(all, f)}
	p.Said = b.T("creditfile.assessments.said", "Graded", b.CountInt(graded(grades, b)), "Due", b.CountInt(due), "N", due)
	b.nameAll("assessment", grades)
	p.Grades = b.assessmentCounts(grades)
	p.Filters, err = b.assessmentFilters(ctx, v)
	return p, err
}

func (b *base) assessmentFilters(ctx context.Context, v *store.View) (filters, error) {
	grades, err := v.AssessmentGrades(ctx)
	if err != nil {
		return filters{}, err
	}
	types, err := v.AssessmentTypes(ctx)
	if err != nil {
		return filters{}, err
	}
	b.nameAll("assessment", grades)
	b.nameAll("supplier_type", types)
	return b.newFilters(field{Name: "q"}, field{Name: "grade", Choices: grades}, field{Name: "type", Choices: types},
		field{Name: "due", Choices: []store.Choice{{ID: "yes", Name: b.T("creditfile.due")}}}), nil
}

// graded is how many organisations hold a grade.
func graded(grades []store.Choice, b *base) (n int) {
	for _, g := range grades {
		if b.rules.Assessment != nil && slices.ContainsFunc(b.rules.Assessment.Grades, func(known credit.AssessmentGrade) bool { return known.ID == g.ID }) {
			n += g.Count
		}
	}
	return n
}

func (b *base) assessmentCounts(grades []store.Choice) []levelCount {
	most := 1
	for _, g := range grades {
		most = max(most, g.Count)
	}
	counts := make([]levelCount, len(grades))
	for i, g := range grades {
		counts[i] = levelCount{Name: g.Name, Class: "gx", URL: b.Toggle("grade", g.ID), Count: b.CountInt(g.Count), Length: max(g.Count*1000/most, 4), Set: b.query.Get("grade") == g.ID}
	}
	return counts
}

func (b *base) assessmentFilter() (store.AssessmentFilter, error) {
	f := store.AssessmentFilter{}
	if b.query.Get("due") != "" && b.rules.Reassessment != nil {
		f = b.dueFilter()
	}
	f.Search, f.Grade, f.Type = strings.TrimSpace(b.query.Get("q")), b.query.Get("grade"), b.query.Get("type")
	var err error
	f.Sort, f.Descending, err = sortOf(b.query, store.AssessmentSorts)
	return f, err
}

// dueFilter finds the grades that are to be assessed again: those that end within the months of the reminder, as seen on the
// day of the run, to which their states belong too.
func (b *base) dueFilter() store.AssessmentFilter {
	return store.AssessmentFilter{EndsFrom: b.Run.AsOf, EndsBefore: b.Run.AsOf.AddDate(0, b.rules.Reassessment.RemindMonths, 1)}
}

func (b *base) assessmentTable(all []store.AssessmentRow, f store.AssessmentFilter) table {
	t := table{Caption: b.T("nav.assessments"), Empty: b.T("creditfile.assessments.none"), Head: b.columns("col.supplier", "supplier.type", "col.assessment?assessment", "#assessment.points",
		"assessment.on", "assessment.until", "creditfile.col.reasons")}
	for i, key := range []string{"name", "", "", "points", "assessed", "until", ""} {
		if key != "" {
			b.sortable(&t.Head[i], key, f.Sort, direction(f.Descending), "asc")
		}
	}
	for _, a := range all {
		until := text(day(a.ValidUntil))
		if a.Status == string(credit.Graded) {
			until = b.until(a.ValidUntil, b.Run.AsOf)
		}
		t.Rows = append(t.Rows, []cell{{Text: a.Supplier, Sub: a.USCC, URL: b.assessmentPage(a.SupplierID), Strong: true}, text(b.named("supplier_type", a.Type)),
			text(b.named("assessment", orText(a.Grade, a.Status))), text(number(a.Points, 1)), text(day(a.AssessedOn)), until, {List: b.Notes(a.Reasons)}})
	}
	return t
}

func (s *Server) exportAssessments(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	f, err := b.assessmentFilter()
	if err != nil {
		return nil, err
	}
	said, err := b.assessmentFilters(ctx, v)
	if err != nil {
		return nil, err
	}
	f.Limit = allRows
	all, _, err := v.Assessments(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.assessments"), About: b.about(b.T("nav.assessments"), said),
		Head: b.titles("col.supplier_id", "col.supplier", "supplier.uscc", "supplier.type", "col.assessment", "assessment.points", "assessment.on", "assessment.until", "creditfile.col.reasons")}
	for _, a := range all {
		out.Rows = append(out.Rows, []any{a.SupplierID, a.Supplier, a.USCC, b.named("supplier_type", a.Type), b.named("assessment", orText(a.Grade, a.Status)), a.Points,
			dayOrEmpty(a.AssessedOn), dayOrEmpty(a.ValidUntil), strings.Join(b.Notes(a.Reasons), " ")})
	}
	return out, nil
}

// assessmentPage is the grade assessment of one organisation.
type assessmentPage struct {
	*basis
	S           store.SupplierRow
	Grade       string
	Answer      string
	Facts       [][2]string
	Reasons     []string
	Sections    *figure
	Items       table
	Inspections table
	Uninspected string // says that nobody's inspection of the year is known that is to be judged; empty: there is one
	Grounds     table
	Decisions   table
	Form        bool
	Today       string
	Back        string
}

func (s *Server) assessmentOf(ctx context.Context, v *store.View, b *base) (any, error) {
	p := &assessmentPage{basis: b.basis, Form: b.May(access.DecideAssessment) && b.rules.Reassessment != nil, Today: day(s.today())}
	var err error
	if p.S, err = v.Supplier(ctx, b.pathValue("/assessments/")); err != nil {
		return nil, err
	}
	b.name("assessments", b.T("creditfile.assessment.title", "Name", p.S.Name))
	p.Back = b.Supplier(p.S.ID)
	if b.query.Get("done") != "" {
		b.Done = b.T("creditfile.assessment.decided")
	}
	a, ok, err := v.Assessment(ctx, p.S.ID)
	if err != nil {
		return nil, err
	}
	if !ok || a.Status == string(credit.NotAssessed) {
		p.Form = false
		p.Answer = b.T("creditfile.assessment.never")
		return p, nil
	}
	ev, err := v.AssessmentEvidence(ctx, p.S.ID)
	if err != nil {
		return nil, err
	}
	p.Grade, p.Reasons = b.named("assessment", orText(a.Grade, a.Status)), b.Notes(a.Reasons)
	p.words(a, ev, v.Run.AsOf)
	p.items(ev)
	if err := p.sections(ev, v.Run.AsOf); err != nil {
		return nil, err
	}
	p.after(ev, v.Run.AsOf)
	return p, nil
}

// words says how the assessment stands and what is due.
func (p *assessmentPage) words(a store.Assessment, ev credit.AssessmentEvidence, asOf time.Time) {
	p.Answer = p.T("creditfile.assessment.answer", "Grade", p.Grade, "Points", number(a.Points, 1), "On", day(a.AssessedOn), "Until", day(a.ValidUntil))
	p.Facts = [][2]string{{p.T("supplier.uscc"), orNone(p.S.USCC)}, {p.T("supplier.type"), p.base.named("supplier_type", p.S.Type)}, {p.T("supplier.registered"), day(p.S.RegisteredOn)},
		{p.T("assessment.points"), number(a.Points, 1)}, {p.T("assessment.on"), day(a.AssessedOn)}, {p.T("assessment.until"), day(a.ValidUntil)}}
	after := p.rules.Reassessment
	if after == nil {
		return
	}
	remind := after.RemindOn(a.ValidUntil)
	p.Facts = append(p.Facts, [2]string{p.T("creditfile.assessment.again_from"), day(remind)})
	if barred := after.BarredUntil(ev.Events, asOf); !barred.IsZero() {
		p.Facts = append(p.Facts, [2]string{p.T("creditfile.assessment.barred_until"), day(barred)})
	}
	switch {
	case !asOf.Before(a.ValidUntil):
		p.Answer += p.T("creditfile.assessment.over", "N", daysBetween(a.ValidUntil, asOf))
	case !asOf.Before(remind):
		p.Answer += p.T("creditfile.assessment.due", "N", daysBetween(asOf, a.ValidUntil))
	}
}

// items lists what the assessors gave, and the annual inspections.
func (p *assessmentPage) items(ev credit.AssessmentEvidence) {
	p.Items = table{Caption: p.T("creditfile.assessment.items"), Head: p.base.columns("creditfile.col.section", "creditfile.col.item", "#assessment.points", "#creditfile.col.most", "creditfile.col.on")}
	for _, i := range ev.Items {
		p.Items.Rows = append(p.Items.Rows, []cell{{Text: p.base.named("creditfile.section", i.Section)}, {Text: i.Item}, text(brief(i.Points)), text(brief(i.MaxPoints)), text(day(i.On))})
	}
	p.Inspections = table{Caption: p.T("creditfile.inspections"), Empty: p.T("creditfile.inspections.none"), Head: p.base.columns("col.year", "creditfile.col.result")}
	if year, unknown := ev.NotInspected(p.Run.AsOf); unknown {
		p.Uninspected = p.Note(scoring.Note{Code: "inspections_unknown", Have: float64(year)})
	}
	for _, i := range slices.Backward(ev.Inspections) {
		p.Inspections.Rows = append(p.Inspections.Rows, []cell{text(whole(int64(i.Year))), text(p.base.named("creditfile.inspection", i.Result))})
	}
}

// after lists the causes to decide on the grade, and what was decided.
func (p *assessmentPage) after(ev credit.AssessmentEvidence, asOf time.Time) {
	rule, grades := p.rules.Reassessment, p.rules.Assessment
	if rule == nil || grades == nil {
		return
	}
	p.Grounds = table{Caption: p.T("creditfile.grounds"), Empty: p.T("creditfile.grounds.none"), Head: p.base.columns("creditfile.col.ground", "creditfile.col.consider")}
	for _, g := range rule.Grounds(grades, ev, asOf) {
		consider := p.T("creditfile.consider.downgrade")
		if g.Withdraw {
			consider = p.T("creditfile.consider.withdrawal")
		}
		p.Grounds.Rows = append(p.Grounds.Rows, []cell{{Text: p.Note(g.Note)}, {Text: consider}})
	}
	p.Decisions = table{Caption: p.T("creditfile.decisions"), Empty: p.T("creditfile.decisions.none"), Head: p.base.columns("creditfile.col.on", "creditfile.col.what", "event.authority", "event.document")}
	for _, e := range ev.Events {
		if slices.Contains(rule.Downgraded, e.Kind) || slices.Contains(rule.Withdrawn, e.Kind) {
			p.Decisions.Rows = append(p.Decisions.Rows, []cell{text(day(e.OccurredOn)), {Text: p.base.named("kind", e.Kind), Sub: e.ID}, text(e.Authority), text(e.DocumentNo)})
		}
	}
}

// decideAssessment records a decision to lower or withdraw a grade: a fact that the next run obeys.
func (s *Server) decideAssessment(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	var e store.Offence
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) (err error) {
		e, err = s.gradeDecision(ctx, v, b, r)
		return err
	})
	if err == nil {
		err = s.enterEvent(r, b, "A", e, store.AssessmentDecided)
	}
	return b.To(r.URL.EscapedPath(), "done", "yes"), err
}

// gradeDecision reads which decision the form asks for, of an organisation that holds a grade.
func (s *Server) gradeDecision(ctx context.Context, v *store.View, b *base, r *http.Request) (store.Offence, error) {
	rule := b.rules.Reassessment
	if rule == nil {
		return store.Offence{}, errNoPage
	}
	e := store.Offence{SupplierID: r.PathValue("supplier"), Severity: "general"}
	a, ok, err := v.Assessment(ctx, e.SupplierID)
	if err == nil && (!ok || a.Status == string(credit.NotAssessed)) {
		err = store.ErrNotInRun
	}
	switch decision := r.PostFormValue("decision"); {
	case err != nil:
	case decision == "downgrade" && len(rule.Downgraded) > 0:
		e.Kind = rule.Downgraded[0]
	case decision == "withdraw" && len(rule.Withdrawn) > 0:
		e.Kind = rule.Withdrawn[0]
	default:
		err = &refusedForm{b.T("creditfile.assessment.choose")}
	}
	on, parsed := time.Parse(time.DateOnly, r.PostFormValue("on"))
	if err == nil && parsed == nil && !on.After(a.AssessedOn) {
		err = inField("on", &refusedForm{b.T("creditfile.day_range", "Found", day(on), "From", day(a.AssessedOn.AddDate(0, 0, 1)), "To", day(s.today()))})
	}
	return e, err
}

// creditTodos finds what waits for the asker of what follows from credit files.
func (p *homeData) creditTodos(ctx context.Context, v *store.View, s *Server) error {
	if !p.May(access.ReadCredit) {
		return nil
	}
	waiting, n, err := v.Repairs(ctx, store.RepairFilter{State: store.RepairWaiting, Limit: 1})
	if err != nil {
		return err
	}
	if n > 0 && p.May(access.DecideRepair) {
		late := !waiting[0].DecideBy.IsZero() && s.today().After(waiting[0].DecideBy)
		p.add(n, late, "creditfile.todo.repairs", p.To("/repairs", "state", store.RepairWaiting))
	}
	if p.rules.Reassessment == nil || !p.May(access.DecideAssessment) && p.Who.Role != access.Supplier {
		return nil
	}
	_, due, err := v.Assessments(ctx, p.base.dueFilter())
	p.add(due, false, "creditfile.todo.assessments", p.To("/assessments", "due", "yes"))
	return err
}
