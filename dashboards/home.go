package dashboards

import (
	"context"
	"errors"
	"net/http"
	"time"

	"pingxin/budget"
	"pingxin/budget/execution"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/tracking"
)

// todoRows is how many contracts of a list of things to do are shown; the rest is counted.
const todoRows = 12

// homeData is the page with which a day begins: what waits for who is asking, and how fresh the numbers are.
type homeData struct {
	*basis
	Greeting string
	Answer   string // how much waits
	Alarm    *alarm // open incidents; nil: none
	Todos    []todo
	Lists    []todoList
	Fresh    *store.Freshness // nil: no run is published
	Results  []stat

	words viewWords
}

// todo is one thing that waits, with where to do it.
type todo struct {
	Text, URL string
	Late      bool
}

// todoList is a list of contracts that wait.
type todoList struct {
	Title, Note string
	Rows        table
}

// SavedViews are the views that the asker saved, each under the page that it opens.
func (p *homeData) SavedViews() []viewRow {
	var rows []viewRow
	for i := range p.saved {
		v := &p.saved[i]
		rows = append(rows, viewRow{Name: v.Name, URL: p.base.viewURL(v), Page: p.base.pageName(v.Page), Says: p.base.stateSaid(v.Page, v.State, p.words)})
	}
	return rows
}

// home is the page with which the asker's day begins.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	var p *homeData
	b, err := s.recall(r, access.From(r.Context()).Scope(), func(ctx context.Context, v *store.View, b *base) error {
		p = newHome(b)
		return p.ofRun(ctx, v, s)
	})
	if errors.Is(err, store.ErrUnpublished) {
		p, err = newHome(b), nil
	}
	if err == nil {
		ofRun := *p
		err = s.config.Store.Recall(r.Context(), func(ctx context.Context, r *store.Reader) error {
			*p = ofRun
			return p.todos(ctx, r, s)
		})
		p.count()
	}
	s.answer(w, r, "home.html", p, err)
}

func newHome(b *base) *homeData {
	b.name("home", b.T("asks.home"))
	greeting := b.RoleName() // which an administrator may be called as well
	if b.Who.Name != greeting {
		greeting = b.T("home.greeting", "Name", b.Who.Name, "Role", greeting)
	}
	return &homeData{basis: b.basis, Greeting: greeting}
}

// ofRun finds what the published run and the facts behind it leave to do, and what they came to.
func (p *homeData) ofRun(ctx context.Context, v *store.View, s *Server) error {
	fresh, err := v.Freshness(ctx)
	if err != nil {
		return err
	}
	p.Fresh = &fresh
	if p.words, err = s.viewWords(ctx, v, p.base, p.saved); err != nil {
		return err
	}
	credit := func(ctx context.Context, v *store.View) error { return p.creditTodos(ctx, v, s) }
	for _, find := range []func(context.Context, *store.View) error{p.processTodos, p.inquiryTodos, credit, p.waitingClues, p.waitingServices, p.waitingDrafts, p.results} {
		if err := find(ctx, v); err != nil {
			return err
		}
	}
	p.Alarm, err = p.base.alarm(ctx, v)
	return err
}

// count says how many kinds of things wait, and how many of them are late.
func (p *homeData) count() {
	late := 0
	for _, t := range p.Todos {
		if t.Late {
			late++
		}
	}
	if n := len(p.Todos) + len(p.Lists); n > 0 {
		p.Answer = p.T("home.answer", "N", n, "Shown", p.CountInt(n)) + p.T("home.answer.late", "N", late)
	}
}

// todos finds what waits for the asker's role.
func (p *homeData) todos(ctx context.Context, r *store.Reader, s *Server) error {
	today := dayOf(s.config.Access.Now())
	if p.May(access.Administer) {
		p.waitingAccounts(s.config.Access.Accounts())
	}
	if p.May(access.Assign) {
		if err := p.waitingAssignments(ctx, r, today); err != nil {
			return err
		}
	}
	if err := p.waitingCases(ctx, r, s, today); err != nil {
		return err
	}
	switch p.Who.Role {
	case access.Purchaser:
		return p.unscored(ctx, r, today)
	case access.Evaluator:
		return p.assigned(ctx, r, today)
	}
	return nil
}

// dayOf is the day of a time in the district, as days are kept.
func dayOf(t time.Time) time.Time {
	year, month, day := t.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func (p *homeData) add(n int, late bool, key, url string) {
	if n > 0 {
		p.Todos = append(p.Todos, todo{Text: p.T(key, "N", n, "Shown", p.CountInt(n)), URL: url, Late: late})
	}
}

// waitingAccounts counts accounts that somebody has not completed.
func (p *homeData) waitingAccounts(all []access.Account) {
	due := 0
	for _, a := range all {
		if !a.Disabled && a.PasswordDue {
			due++
		}
	}
	p.add(due, false, "home.todo.accounts_due", p.To("/accounts"))
}

// waitingClues counts the clues that nobody has looked into, but those of retired rules.
func (p *homeData) waitingClues(ctx context.Context, v *store.View) error {
	if !p.May(access.JudgeClues) {
		return nil
	}
	records, err := v.RuleRecords(ctx)
	if err != nil {
		return err
	}
	open := 0
	for _, r := range records {
		if !p.base.precision(r.Record).Retired {
			open += r.Open
		}
	}
	p.add(open, false, "home.todo.clues", p.To("/clues/groups", "state", store.ClueOpen))
	return nil
}

// waitingAssignments counts what waits for whoever assigns.
func (p *homeData) waitingAssignments(ctx context.Context, r *store.Reader, today time.Time) error {
	n, err := store.CountAssignments(ctx, r, today)
	if err != nil {
		return err
	}
	p.add(n.Conflicts, true, "home.todo.conflicts", p.To("/assignments", "state", store.InConflict))
	p.add(n.Overdue, true, "home.todo.overdue", p.To("/assignments", "state", store.AwaitsScores))
	p.add(n.Undeclared, false, "home.todo.undeclared", p.To("/assignments", "state", store.AwaitsDeclaration))
	p.add(n.Free, false, "home.todo.free", p.To("/assignments", "free", "yes"))
	return nil
}

// waitingServices counts the running services that are behind, and the fees that can be settled, for who acts on them.
func (p *homeData) waitingServices(ctx context.Context, v *store.View) error {
	if !p.May(access.RecordIncident) || p.Who.Role == access.Admin {
		return nil
	}
	services, err := p.base.follow(ctx, v)
	if err != nil {
		return err
	}
	far, behind := 0, 0
	for i := range services {
		switch services[i].Signal {
		case tracking.FarBehind:
			far++
		case tracking.Behind:
			behind++
		}
	}
	p.add(far, true, "home.todo.far_behind", p.To("/tracking", "signal", string(tracking.FarBehind)))
	p.add(behind, false, "home.todo.behind", p.To("/tracking", "signal", string(tracking.Behind)))
	totals, err := v.SettlementTotals(ctx, store.SettlementFilter{})
	p.add(totals.Due, false, "home.todo.settle", p.To("/settlement", "sort", "due", "dir", "desc"))
	p.add(totals.Held, false, "home.todo.held", p.To("/settlement", "advice", budget.Hold))
	return err
}

// waitingDrafts counts the drafts of the catalogue that can be adopted.
func (p *homeData) waitingDrafts(ctx context.Context, v *store.View) error {
	if !p.May(access.AdoptCatalogue) {
		return nil
	}
	drafts, _, err := drafts(ctx, v)
	p.add(len(drafts), false, "home.todo.drafts", p.To("/catalogue/versions"))
	return err
}

// unscored lists a purchaser's contracts without its own scores, the earliest ending first.
func (p *homeData) unscored(ctx context.Context, r *store.Reader, today time.Time) error {
	rows, total, err := store.Unscored(ctx, r, p.Who.Scope(), scoring.Purchaser, today, todoRows)
	if err != nil || total == 0 {
		return err
	}
	list := todoList{Title: p.T("home.unscored"), Note: p.T("home.unscored.note", "N", total, "Shown", p.CountInt(total)),
		Rows: table{Caption: p.T("home.unscored"), Head: p.base.columns("col.contract", "col.end_on")}}
	for _, c := range rows {
		list.Rows.Rows = append(list.Rows.Rows, []cell{{Text: orText(c.Name, c.ContractNo), URL: p.Contract(c.ContractNo), Sub: c.ContractNo}, p.base.until(c.EndOn, today)})
	}
	p.Lists = append(p.Lists, list)
	return nil
}

// assigned lists an evaluator's contracts to declare and to score, those due first in front.
func (p *homeData) assigned(ctx context.Context, r *store.Reader, today time.Time) error {
	_, undeclared, err := store.Assignments(ctx, r, store.AssignmentFilter{Evaluator: p.Who.Org, State: store.AwaitsDeclaration, Limit: 1})
	if err != nil {
		return err
	}
	p.add(undeclared, false, "home.todo.to_declare", p.To("/declarations"))
	waiting, total, err := store.Assignments(ctx, r, store.AssignmentFilter{Evaluator: p.Who.Org, State: store.AwaitsScores, Limit: todoRows})
	if err != nil || total == 0 {
		return err
	}
	list := todoList{Title: p.T("home.to_score"), Note: p.T("home.to_score.note", "N", total, "Shown", p.CountInt(total)),
		Rows: table{Caption: p.T("home.to_score"), Head: p.base.columns("col.contract", "col.purchaser", "col.deadline")}}
	for _, a := range waiting {
		list.Rows.Rows = append(list.Rows.Rows, []cell{{Text: orText(a.Name, a.ContractNo), URL: p.Contract(a.ContractNo), Sub: a.ContractNo}, text(a.Purchaser),
			p.base.until(a.DueOn, today)})
	}
	p.Lists = append(p.Lists, list)
	return nil
}

// until is a deadline with the days to it; it stands out when it is past.
func (b *base) until(day, today time.Time) cell {
	if day.IsZero() {
		return text("")
	}
	days := int(day.Sub(today).Hours() / 24)
	c := cell{Text: b.Day(day), Sub: b.T("home.days_left", "N", days)}
	if days == 0 {
		c.Sub = b.T("home.days_today")
	}
	if days < 0 {
		c.Strong, c.Sub = true, b.T("home.days_over", "N", -days)
	}
	return c
}

// results are the numbers of one's own that a role begins with.
func (p *homeData) results(ctx context.Context, v *store.View) error {
	if p.Who.Role == access.Supplier {
		return p.ownFile(ctx, v)
	}
	if p.May(access.ReviewPlans) {
		if err := p.waitingPlans(ctx, v); err != nil {
			return err
		}
	}
	totals, err := v.EvaluationTotals(ctx, store.EvaluationFilter{})
	if err != nil {
		return err
	}
	p.Results = append(p.Results, stat{Value: p.CountInt(totals.Rated), Unit: "/ " + p.CountInt(totals.Contracts), Label: p.T("overview.stat.graded"), URL: p.To("/evaluations")})
	if p.May(access.ReadCases) {
		candidates, err := v.Candidates(ctx, "")
		if err != nil {
			return err
		}
		p.Results = append(p.Results, stat{Value: p.CountInt(len(candidates)), Label: p.T("case.list.candidate"), URL: p.To("/blacklist", "list", candidateList)})
	}
	if p.May(access.ReadRaters) && v.Run.Calibration != 0 {
		_, flags, err := v.Flags(ctx, store.FlagFilter{Calibration: v.Run.Calibration})
		if err != nil {
			return err
		}
		p.Results = append(p.Results, stat{Value: p.CountInt(flags), Label: p.T("home.flags"), URL: p.To("/flags")})
	}
	return nil
}

// waitingPlans counts the plan items that wait for the bureau.
func (p *homeData) waitingPlans(ctx context.Context, v *store.View) error {
	items, err := v.PlanItems(ctx)
	n := 0
	for i := range items {
		if items[i].Status() == execution.Submitted {
			n++
		}
	}
	p.add(n, false, "home.todo.plans", p.To("/plans", "status", string(execution.Submitted)))
	return err
}

// ownFile leads a supplier to its own credit file.
func (p *homeData) ownFile(ctx context.Context, v *store.View) error {
	supplier, err := v.Supplier(ctx, p.Who.Org)
	if errors.Is(err, store.ErrNotInRun) {
		return nil
	}
	if err != nil {
		return err
	}
	level := supplier.Level
	if level == "" {
		level = supplier.Status
	}
	p.Results = []stat{{Value: p.base.named("level", level), Label: p.T("home.own_file"), URL: p.Supplier(supplier.ID)},
		{Value: p.CountInt(supplier.Contracts), Label: p.T("home.own_contracts"), URL: p.To("/evaluations")}}
	return nil
}
