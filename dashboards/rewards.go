package dashboards

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"pingxin/credit"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// registerRewards lists the routes of commendations and of the table of effects.
func (s *Server) registerRewards() {
	s.page("GET /commendations", access.ReadCredit, "commendations.html", s.commendations)
	s.form("/commendations", access.Commend, s.commend, s.onRun("commendations.html", s.commendations))
	s.export("commendations", access.ReadCredit, s.exportCommendations)
	s.page("GET /effects", access.ReadPublic, "effects.html", s.effectTable)
	s.export("effects", access.ReadPublic, s.exportEffects)
}

// commendationsPage lists who was commended, and who may be proposed.
type commendationsPage struct {
	*basis
	Said      string
	Rule      string // who may be proposed, by the policy; empty: it does not say
	Worthy    table  // the first of them
	Deserving int
	List      table
	Pages     pages
	Filters   filters
	Form      bool
	Chosen    string
	Today     string
	Authority string
}

func (s *Server) commendations(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("commendations", b.T("asks.commendations"))
	p := &commendationsPage{basis: b.basis, Form: b.May(access.Commend), Chosen: b.query.Get("supplier"), Today: day(s.today())}
	if b.query.Get("done") != "" {
		b.Done = b.T("creditfile.commended")
	}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	f, err := b.commendationFilter()
	if err != nil {
		return nil, err
	}
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	all, total, err := v.Commendations(ctx, f)
	if err != nil {
		return nil, err
	}
	p.Pages, p.Filters = b.paging(page, total), b.newFilters(field{Name: "q"}, field{Name: "year"})
	p.List = b.commendationTable(all)
	if err := p.worthy(ctx, v); err != nil {
		return nil, err
	}
	p.Said = b.T("creditfile.commendations.said", "N", total, "Shown", b.CountInt(total), "Worthy", b.CountInt(p.Deserving))
	return p, nil
}

func (b *base) commendationFilter() (store.CommendationFilter, error) {
	year, err := wholeOf(b.query, "year")
	return store.CommendationFilter{Search: strings.TrimSpace(b.query.Get("q")), Year: year}, err
}

func (b *base) commendationTable(all []store.Commendation) table {
	t := table{Caption: b.T("nav.commendations"), Empty: b.T("creditfile.commendations.none"), Head: b.columns("col.supplier", "creditfile.col.on", "creditfile.col.what",
		"event.authority", "event.document", "col.level?credit_rating")}
	for _, c := range all {
		t.Rows = append(t.Rows, []cell{{Text: c.Supplier, Sub: c.USCC, URL: b.Supplier(c.SupplierID)}, text(day(c.OccurredOn)), {Text: b.named("kind", c.Kind), Sub: c.ID},
			text(c.Authority), text(c.DocumentNo), b.level(c.Level)})
	}
	return t
}

// worthyShown is how many of those who may be proposed are shown, those with the most contracts of the grade.
const worthyShown = 20

// worthy lists the suppliers that may be proposed for a commendation by the policy.
func (p *commendationsPage) worthy(ctx context.Context, v *store.View) error {
	rule := p.rules.Reward
	if rule == nil {
		return nil
	}
	p.Rule = p.T("creditfile.worthy.rule", "Levels", strings.Join(rule.Levels, p.T("creditfile.or")), "Grade", p.Grade(rule.Grade), "N", rule.Contracts, "Clean", p.CountInt(rule.CleanDays), "Rest", p.CountInt(rule.RestDays))
	p.Worthy = table{Caption: p.T("creditfile.worthy"), Empty: p.T("creditfile.worthy.none"), Head: p.base.columns("col.supplier", "col.level", "#creditfile.col.excellent", "creditfile.col.last_praise")}
	merits, err := v.Merits(ctx, rule.Levels, rule.Grade)
	if err != nil {
		return err
	}
	for _, m := range merits {
		if !rule.Deserves(m.Merit, v.Run.AsOf) {
			continue
		}
		if p.Deserving++; p.Deserving > worthyShown {
			continue
		}
		name := cell{Text: m.Name, Sub: m.USCC, URL: p.Supplier(m.Supplier)}
		if p.Form {
			name.URL = p.To("/commendations", "supplier", m.Supplier) + "#commend"
		}
		p.Worthy.Rows = append(p.Worthy.Rows, []cell{name, p.base.level(m.Level), text(p.CountInt(m.Contracts)), text(day(m.LastPraise))})
	}
	return nil
}

func (s *Server) exportCommendations(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	f, err := b.commendationFilter()
	if err != nil {
		return nil, err
	}
	f.Limit = allRows
	all, _, err := v.Commendations(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.commendations"), About: b.about(b.T("nav.commendations"), b.newFilters(field{Name: "q"}, field{Name: "year"})), Head: b.titles("col.supplier_id",
		"col.supplier", "supplier.uscc", "creditfile.col.event", "creditfile.col.on", "creditfile.col.what", "event.authority", "event.document", "col.level")}
	for _, c := range all {
		out.Rows = append(out.Rows, []any{c.SupplierID, c.Supplier, c.USCC, c.ID, day(c.OccurredOn), b.named("kind", c.Kind), c.Authority, c.DocumentNo, c.Level})
	}
	return out, nil
}

// commend records a commendation: a fact, like one that a file brings.
func (s *Server) commend(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	e := store.Offence{SupplierID: strings.TrimSpace(r.PostFormValue("supplier")), Kind: "commendation", Severity: "commendation"}
	return b.To("/commendations", "done", "yes"), s.enterEvent(r, b, "C", e, store.Commended)
}

// enterEvent enters a credit event of the day, authority and document that a form gives, with its reason, and notes the act.
func (s *Server) enterEvent(r *http.Request, b *base, prefix string, e store.Offence, action string) error {
	ctx := r.Context()
	var err error
	if e.OccurredOn, err = b.dayIn(r, "on", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), s.today()); err != nil {
		return err
	}
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if n := utf8.RuneCountInString(reason); n == 0 || n > longestReason {
		return &refusedForm{b.T("creditfile.reason_length", "Found", n, "Most", longestReason)}
	}
	e.Authority, e.DocumentNo = strings.TrimSpace(r.PostFormValue("authority")), strings.TrimSpace(r.PostFormValue("document"))
	if e.Authority == "" || e.DocumentNo == "" {
		return &refusedForm{b.T("creditfile.document_missing")}
	}
	e.ID = prefix + e.OccurredOn.Format("20060102") + "-" + rand.Text()[:6]
	if err := s.checkFact(ctx, b, "credit_event", e.Cells()); err != nil {
		return err
	}
	err = s.config.Store.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		if err := w.Enter(ctx, "credit_event", e.Cells(), reason); err != nil {
			return err
		}
		return w.Audit(ctx, store.AuditEntry{Action: action, Subject: "supplier:" + e.SupplierID, Detail: "credit event " + e.ID})
	})
	if err != nil {
		return err
	}
	return s.bringIn(ctx)
}

// effectsPage is the whole table of effects.
type effectsPage struct {
	*basis
	Said   string
	Tables []table
	Stars  table
}

func (s *Server) effectTable(_ context.Context, _ *store.View, b *base) (any, error) {
	b.name("effects", b.T("asks.effects"))
	p := &effectsPage{basis: b.basis, Said: b.T("creditfile.effects.none_at_all")}
	if b.rules.Effects != nil {
		p.Said = b.T("creditfile.effects.said", "N", len(b.rules.Effects.Effects))
		for _, area := range credit.EffectAreas {
			p.Tables = append(p.Tables, b.effectsIn(area))
		}
	}
	if c := b.rules.Credit; c != nil {
		p.Stars = table{Caption: b.T("creditfile.stars"), Head: b.columns("#creditfile.col.stars", "#creditfile.col.from_score", "#creditfile.col.bid_points")}
		for _, star := range c.Stars {
			p.Stars.Rows = append(p.Stars.Rows, []cell{text(b.CountInt(star.Stars)), text(brief(star.From)), text(signed(star.BidPoints, 0))})
		}
	}
	return p, nil
}

// effectsIn are the effects of one area.
func (b *base) effectsIn(area string) table {
	t := table{Caption: b.T("creditfile.area." + area), Empty: b.T("creditfile.effects.none_here"), Head: b.columns("creditfile.col.on_what", "creditfile.col.effect", "creditfile.col.clause")}
	for _, e := range b.rules.Effects.Effects {
		if e.Area == area {
			cells := b.effectCells(e)
			t.Rows = append(t.Rows, []cell{{Text: b.effectValues(e), Sub: b.T("creditfile.on." + e.On)}, {Text: cells[1].Text, Sub: cells[0].Sub}, cells[2]})
		}
	}
	return t
}

// effectValues are the values that an effect depends on, in words.
func (b *base) effectValues(e credit.Effect) string {
	names := make([]string, len(e.Values))
	for i, v := range e.Values {
		switch e.On {
		case credit.OnGrade:
			names[i] = b.Grade(v)
		case credit.OnAssessment:
			names[i] = b.named("assessment", v)
		case credit.OnLevel:
			names[i] = b.named("level", v)
		default:
			names[i] = b.named("creditfile.holds", v)
		}
	}
	return strings.Join(names, b.T("creditfile.or"))
}

func (s *Server) exportEffects(_ context.Context, _ *store.View, b *base) (*sheet, error) {
	out := &sheet{Name: b.T("nav.effects"), About: b.about(b.T("nav.effects"), filters{}), Head: b.titles("creditfile.col.area", "creditfile.col.on_what", "creditfile.col.values",
		"creditfile.col.effect", "creditfile.col.kind", "creditfile.col.clause")}
	if b.rules.Effects == nil {
		return out, nil
	}
	for _, e := range b.rules.Effects.Effects {
		cells := b.effectCells(e)
		out.Rows = append(out.Rows, []any{cells[0].Text, b.T("creditfile.on." + e.On), b.effectValues(e), cells[1].Text, cells[0].Sub, cells[2].Text})
	}
	return out, nil
}
