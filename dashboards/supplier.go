package dashboards

import (
	"context"
	"math"

	"pingxin/credit"
	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// supplierPage is the credit file of one supplier.
type supplierPage struct {
	*basis
	S           store.SupplierRow
	Facts       [][2]string
	Sentence    string
	LevelCell   cell
	ScoreText   string
	Reasons     []string
	Lift        []string
	Warnings    []string
	Moved       string // what the published run changed, in words; empty: nothing
	Caps        table
	Terms       table
	Events      []event
	Evaluations table
	More        string // address of all evaluations
	Assessment  *assessmentView
	Candidates  []candidateView
	Trace       *figure
	Means       *figure // of its contracts by year; nil: none has a value
	Register    *registration
	deeper
}

// event is one entry of the timeline of conduct.
type event struct {
	On, Kind, Severity, Class string
	Details                   []string
	Source                    cell // file and row
}

// assessmentView is the grade assessment.
type assessmentView struct {
	Grade, Points, On, Until string
	Reasons                  []string
}

// fileRows is how many evaluations a credit file shows.
const fileRows = 30

func (s *Server) supplier(ctx context.Context, v *store.View, b *base) (any, error) {
	p := &supplierPage{basis: b.basis}
	var err error
	if p.S, err = v.Supplier(ctx, b.pathValue("/suppliers/")); err != nil {
		return nil, err
	}
	b.name("suppliers", p.S.Name)
	if p.Moved, err = b.moved(ctx, v, "supplier", p.S.ID, b.level); err != nil {
		return nil, err
	}
	if p.Register, err = b.registration(ctx, v, p.S.ID); err != nil {
		return nil, err
	}
	for _, read := range []func(context.Context, *store.View) error{p.rating, func(ctx context.Context, v *store.View) error { return s.conduct(ctx, v, p) }, p.evaluations, p.assessment, p.candidates, p.trace, p.means, p.deepen} {
		if err := read(ctx, v); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *supplierPage) rating(ctx context.Context, v *store.View) error {
	s := &p.S
	notes, err := v.RatingNotes(ctx, s.ID)
	if err != nil {
		return err
	}
	p.Reasons, p.Lift, p.Warnings = p.Notes(notes.Reasons), p.Notes(notes.Lift), p.Notes(notes.Warnings)
	p.Caps = p.base.capTable(notes.Caps, func(level string) string { return p.base.named("level", level) })
	p.Facts = [][2]string{{p.T("supplier.id"), s.ID}, {p.T("supplier.uscc"), orNone(s.USCC)}, {p.T("supplier.type"), p.base.named("supplier_type",
		s.Type)},
		{p.T("supplier.registered"), day(s.RegisteredOn)}, {p.T("supplier.evaluations"), p.CountInt(s.Evaluations)}, {p.T("supplier.cases"),
			p.Count(s.Cases)},
		{p.T("col.contracts"), p.CountInt(s.Contracts)}, {p.InUnitOf(p.T("col.amount")), p.Money(s.AmountFen)}, {p.T("evaluation.run"),
			whole(int64(notes.FromRun))}}
	p.LevelCell, p.ScoreText = p.base.ratingCell(*s), number(s.Score, 1)
	p.Sentence = p.T("supplier.unrated")
	if s.Level != "" {
		p.Sentence = p.T("supplier.sentence", "Score", number(s.Score, 1), "Level", p.base.named("level", s.Level), "Performance",
			number(s.Performance, 1), "Conduct", number(s.Conduct, 1))
	}
	terms, err := v.RatingTerms(ctx, s.ID)
	p.Terms = p.termTable(terms)
	return err
}

func (p *supplierPage) termTable(terms []credit.Part) table {
	t := table{Caption: p.T("supplier.terms"), Head: p.base.columns("col.term", "col.ref", "#col.value", "#col.age", "#col.weight_plain",
		"#col.share?credit_rating", "#col.contribution", "col.note")}
	for _, term := range terms {
		ref := text(term.Ref)
		if term.Term == "evaluation" {
			ref.URL = p.Contract(term.Ref)
		}
		age := none
		if term.AgeDays != 0 {
			age = p.CountInt(term.AgeDays)
		}
		note := ""
		if term.Note != "" {
			note = p.base.named("part", term.Note)
		}
		t.Rows = append(t.Rows, []cell{text(p.base.named("term", term.Term)), ref, text(number(term.Value, 2)), text(age), text(number(term.Weight,
			3)), text(percent(term.Share, 1)),
			text(number(term.Contribution, 2)), {Text: note}})
	}
	return t
}

// conduct lists what was recorded, each entry with the row of its file.
func (s *Server) conduct(ctx context.Context, v *store.View, p *supplierPage) error {
	events, err := v.Conduct(ctx, p.S.ID)
	if err != nil || len(events) == 0 {
		return err
	}
	receipts, err := s.receiptsByBatch(p.base)
	for _, c := range events {
		e := event{On: day(c.OccurredOn), Kind: p.base.named("kind", c.Kind), Severity: p.base.named("severity", c.Severity),
			Class: "severity-" + severityClass(c.Severity)}
		e.Details = p.base.conductDetails(c)
		e.Source = p.base.fileRow(p.T("event.source", "File", c.File, "Row", p.CountInt(c.Row)), c.Batch, c.Row, receipts)
		p.Events = append(p.Events, e)
	}
	return err
}

// conductDetails are what else is recorded of an entry.
func (b *base) conductDetails(c store.Conduct) []string {
	var details []string
	for _, d := range [][2]string{{b.T("event.authority"), c.Authority}, {b.T("event.document"), c.DocumentNo}, {b.T("event.contract"), c.ContractNo},
		{b.T("event.ends"), dayOrEmpty(c.EndsOn)}, {b.T("event.repaired"), dayOrEmpty(c.RepairedOn)}} {
		if d[1] != "" {
			details = append(details, d[0]+" "+d[1])
		}
	}
	return details
}

// severityClass keeps what comes from a file out of class names.
func severityClass(severity string) string {
	switch severity {
	case "commendation", "general", "serious":
		return severity
	default:
		return "unknown"
	}
}

func (p *supplierPage) evaluations(ctx context.Context, v *store.View) error {
	f := store.EvaluationFilter{Supplier: p.S.ID, Sort: "year", Descending: true, Limit: fileRows}
	rows, err := v.Evaluations(ctx, f)
	if err != nil {
		return err
	}
	p.Evaluations = table{Caption: p.T("nav.evaluations"), Empty: p.T("evaluations.empty"),
		Head: p.base.columns("col.contract", "col.purchaser", "col.item", "#col.year", "$col.amount", "#col.value?evaluation", "col.grade?grade_bands")}
	for _, r := range rows {
		c := p.base.evaluationCells(r)
		p.Evaluations.Rows = append(p.Evaluations.Rows, []cell{c[0], c[2], c[3], c[4], c[5], c[6], c[7]})
	}
	if p.S.Contracts > fileRows {
		p.More = p.To("/evaluations", "supplier", p.S.ID)
	}
	return nil
}

func (p *supplierPage) assessment(ctx context.Context, v *store.View) error {
	a, ok, err := v.Assessment(ctx, p.S.ID)
	if ok && a.Status != string(credit.NotAssessed) {
		p.Assessment = &assessmentView{Grade: p.base.named("assessment", orText(a.Grade, a.Status)), Points: number(a.Points, 1),
			On: day(a.AssessedOn), Until: day(a.ValidUntil), Reasons: p.Notes(a.Reasons)}
	}
	return err
}

func (p *supplierPage) candidates(ctx context.Context, v *store.View) error {
	all, err := v.Candidates(ctx, p.S.ID)
	p.Candidates = p.base.candidateViews(all)
	return err
}

// historyReasons says why a rating was what it was: what moved it, what capped it, and what cost most.
func (p *supplierPage) historyReasons(h store.RatingAt) (reasons []string) {
	if h.Cause != "" {
		reasons = append(reasons, p.base.named("cause", h.Cause))
	}
	for _, c := range h.Caps {
		if c.Bites {
			reasons = append(reasons, p.base.named("cap", c.Rule))
		}
	}
	return append(reasons, p.Notes(h.Reasons)...)
}

// trace draws the rating over the runs when there is more than one.
func (p *supplierPage) trace(ctx context.Context, v *store.View) error {
	history, err := v.RatingHistory(ctx, p.S.ID)
	if err != nil || len(history) < 2 {
		return err
	}
	data := table{Head: p.base.columns("#col.run", "col.as_of", "#col.score?credit_rating", "col.level", "creditfile.col.reasons")}
	moments, bands := make([]string, len(history)), make([]charts.Band, len(history))
	for i, h := range history {
		data.Rows = append(data.Rows, []cell{link(whole(int64(h.FromRun)), p.RunPage(h.FromRun)), text(day(h.AsOf)), text(number(h.Score, 1)),
			p.base.level(h.Level), {List: p.historyReasons(h)}})
		moments[i] = day(h.AsOf) + " #" + whole(int64(h.FromRun))
		bands[i] = charts.Band{Low: math.NaN(), High: math.NaN(), Point: charts.Point{Value: h.Score, Label: number(h.Score, 1),
			URL: p.RunPage(h.FromRun),
			Tip: day(h.AsOf) + "\n" + number(h.Score, 2) + "  " + p.base.named("level", h.Level)}}
	}
	summary := p.T("supplier.trace.summary", "N", len(history))
	option, err := charts.History(summary, moments, p.T("unit.points"), bands)
	p.Trace, err = p.base.newFigure("trace", p.T("supplier.trace"), summary, "small", option, err, data)
	return err
}

// means draws how its contracts did over the years.
func (p *supplierPage) means(ctx context.Context, v *store.View) (err error) {
	p.Means, err = p.base.meansOf(ctx, v, store.BySupplier, p.S.ID, "supplier")
	return err
}
