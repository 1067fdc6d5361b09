package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring/dueprocess"
	"pingxin/scoring/workdays"
)

// bulkData shows what an act would be done with before it is done: a bureau has thousands of evaluations.
type bulkData struct {
	*basis
	Act      dueprocess.Act
	Lead     string
	Preview  store.BulkPreview
	Grades   table
	LeftOut  table
	ClosesOn time.Time // last day of the window that begins; zero: none does
	Filters  filters
}

// bulkPage is the page of an act with many evaluations.
func (s *Server) bulkPage(act dueprocess.Act) shown {
	return func(r *http.Request, b *base) (string, any, error) {
		b.name("process", b.T("process.act."+string(act)))
		p := &bulkData{basis: b.basis, Act: act}
		err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
			filter, err := b.bulkFilter()
			if err != nil {
				return err
			}
			if p.Preview, err = v.Preview(ctx, act, filter); err != nil {
				return err
			}
			p.Filters, err = b.processFilters(ctx, v)
			return err
		})
		if err == nil && act == dueprocess.Announce {
			if p.ClosesOn, err = s.commentsUntil(r.Context(), b); err != nil && b.refusedInProcess(err) {
				err = nil // said as a problem; nothing can be announced then
			}
		}
		p.describe()
		return "processbulk.html", p, err
	}
}

// bulkFilter reads which evaluations are meant: by the filters of the list, or one contract.
func (b *base) bulkFilter() (store.EvaluationFilter, error) {
	f, err := b.processFilter()
	f.State, f.Contract = "", b.query.Get("contract")
	return f, err
}

// describe says in words and numbers what the act would do.
func (p *bulkData) describe() {
	p.Lead = p.T("process.bulk."+string(p.Act), "N", p.Preview.Ready, "Shown", p.CountInt(p.Preview.Ready), "Suppliers", p.CountInt(p.Preview.Suppliers), "Day", p.Day(p.ClosesOn))
	p.Grades = table{Caption: p.T("process.bulk.grades"), Head: p.base.columns("col.grade", "#col.contracts")}
	for _, g := range p.gradesOf() {
		if n := p.Preview.Grades[g]; n > 0 {
			p.Grades.Rows = append(p.Grades.Rows, []cell{p.base.grade(g), text(p.CountInt(n))})
		}
	}
	p.LeftOut = table{Caption: p.T("process.bulk.left_out"), Head: p.base.columns("process.col.reason", "#col.contracts")}
	leave := func(n int, why string) {
		if n > 0 {
			p.LeftOut.Rows = append(p.LeftOut.Rows, []cell{text(why), text(p.CountInt(n))})
		}
	}
	leave(p.Preview.Running, p.T("process.bulk.running"))
	leave(p.Preview.Ungraded, p.T("process.bulk.ungraded"))
	leave(p.Preview.Awaiting, p.T("process.bulk.awaiting"))
	for _, state := range dueprocess.States {
		leave(p.Preview.States[state], p.T("process.bulk.in_state", "State", p.State(state)))
	}
}

// commentsUntil is the last day for comments on what is announced today.
func (s *Server) commentsUntil(ctx context.Context, b *base) (time.Time, error) {
	return s.lastDay(ctx, b.process, func(p *dueprocess.Policy) workdays.Window { return p.Comment })
}

// performBulk does an act with the evaluations whose preview was shown.
func (s *Server) performBulk(act dueprocess.Act) func(http.ResponseWriter, *http.Request, *base) (string, error) {
	return func(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
		do := store.Bulk{Act: act, Seen: r.PostFormValue("seen"), By: b.signer(), At: s.config.Now()}
		var err error
		if do.Filter, err = b.bulkFilter(); err != nil {
			return "", err
		}
		if do.Reason, err = wording(r, "reason"); err != nil {
			return "", err
		}
		err = s.view(r.Context(), b, func(context.Context, *store.View) error { return nil }) // for the policy of the published run
		if err == nil && act == dueprocess.Announce {
			do.ClosesOn, err = s.commentsUntil(r.Context(), b)
		}
		if err != nil {
			return "", err
		}
		n, err := s.config.Store.Perform(r.Context(), do)
		if err != nil {
			return "", err
		}
		next := "/process"
		if do.Filter.Contract != "" {
			next += "/contracts/" + url.PathEscape(do.Filter.Contract)
		}
		switch act {
		case dueprocess.Announce:
			return b.done(next, "announced", n), nil
		case dueprocess.Finalise:
			return b.done(next, "made_final", n), nil
		}
		return b.done(next, "made_public", n), nil
	}
}

// processTodos lists what waits on the way of evaluations to the public for who is asking.
func (p *homeData) processTodos(ctx context.Context, v *store.View) error {
	n, err := v.ProcessWork(ctx)
	if err != nil {
		return err
	}
	at := func(state dueprocess.State) string { return p.To("/process", "state", string(state)) }
	if p.May(access.ReviewObjections) {
		p.add(n.Overdue, true, "process.todo.overdue", at(dueprocess.Disputed))
		p.addUntil(n.Disputed-n.Overdue, n.ReviewDueOn, false, "process.todo.review", "process.todo.review_undated", at(dueprocess.Disputed))
	}
	if p.May(access.Announce) {
		p.add(n.Ready, false, "process.todo.announce", p.To("/process/announce"))
		p.add(n.Due, false, "process.todo.finalise", p.To("/process/finalise"))
		p.add(n.Final, false, "process.todo.publish", p.To("/process/publish"))
	}
	if p.May(access.Object) {
		p.addUntil(n.Open, n.ClosesOn, n.ClosesOn.Sub(v.Today) <= lastDays, "process.todo.comment", "process.todo.comment_undated", at(dueprocess.Open))
	}
	if !p.May(access.ReviewObjections) {
		p.add(n.Disputed, false, "process.todo.disputed", at(dueprocess.Disputed))
	}
	return nil
}

// addUntil adds what waits with the first day by which some of it is due; undated says it where the day is zero: none is known.
func (p *homeData) addUntil(n int, day time.Time, late bool, key, undated, url string) {
	if day.IsZero() {
		p.add(n, late, undated, url)
	} else if n > 0 {
		p.Todos = append(p.Todos, todo{Text: p.T(key, "N", n, "Shown", p.CountInt(n), "Day", p.Day(day)), URL: url, Late: late})
	}
}

// lastDays is how long before its end a window stands out: time enough to write an objection.
const lastDays = 2 * 24 * time.Hour
