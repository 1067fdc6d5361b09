package dashboards

import (
	"context"
	"strconv"
	"time"

	"pingxin/pipelines/store"
)

// runsPage lists the runs.
type runsPage struct {
	*base
	Runs     table
	Pages    pages
	Fresh    store.Freshness
	CanStart bool
}

func (s *Server) runs(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("runs", b.T("nav.runs"))
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	p := &runsPage{base: b, CanStart: s.config.StartRun != nil}
	runs, total, err := v.Runs(ctx, pageSize, (page-1)*pageSize)
	if err != nil {
		return nil, err
	}
	p.Pages = b.paging(page, total)
	p.Runs = table{Caption: b.T("nav.runs"), Head: b.columns("#col.run", "col.as_of", "col.finished", "#col.took", "#col.contracts",
		"#col.judged", "#col.moved?movement", "col.policy", "col.hash?as_of")}
	for i := range runs {
		p.Runs.Rows = append(p.Runs.Rows, b.runRow(&runs[i]))
	}
	p.Fresh, err = v.Freshness(ctx)
	return p, err
}

func (b *base) runRow(r *store.RunRecord) []cell {
	number := link(whole(int64(r.ID)), b.RunPage(r.ID))
	if r.ID == b.Run.ID {
		number.Sub = b.T("run.published")
	}
	kind := b.T("run.ordinary")
	if r.Full {
		kind = b.T("run.full")
	}
	return []cell{number, text(day(r.AsOf)), text(b.Moment(r.FinishedAt)), text(took(r.FinishedAt.Sub(r.StartedAt))), text(b.Count(r.Contracts)),
		{Text: b.Count(r.Touched), Sub: kind}, text(b.CountInt(r.Moved)), text(r.PolicyID), {Text: brokenHash(r.Hash)}}
}

// took writes a duration in seconds.
func took(d time.Duration) string { return number(d.Seconds(), 2) + " s" }

// brokenHash is the beginning of a hash, enough to compare two by eye.
func brokenHash(hash string) string {
	const shown = 12
	if len(hash) <= shown {
		return hash
	}
	return hash[:shown] + "…"
}

// runPage shows one run and what it moved.
type runPage struct {
	*base
	Shown     store.RunRecord
	Facts     [][2]string
	Steps     table
	Notes     []string
	Counts    table
	Movements table
	Pages     pages
	Filters   filters
}

func (s *Server) run(ctx context.Context, v *store.View, b *base) (any, error) {
	id, err := strconv.Atoi(b.pathValue("/runs/"))
	if err != nil || id < 1 || id > 1<<31-1 {
		return nil, errNoPage
	}
	p := &runPage{base: b}
	if p.Shown, err = v.RunByID(ctx, id); err != nil {
		return nil, err
	}
	b.name("runs", b.T("run.title", "Run", whole(int64(id))))
	b.labels = s.labelsOf(&p.Shown.Run)
	p.Facts = b.runFacts(&p.Shown)
	p.Notes = b.Notes(p.Shown.NoteList)
	p.Steps = table{Caption: b.T("run.steps"), Head: b.columns("col.step", "#col.ms", "#col.rows")}
	for _, step := range p.Shown.StepList {
		p.Steps.Rows = append(p.Steps.Rows, []cell{text(b.named("step", step.Name)), text(b.Count(step.MS)), text(b.Count(step.Rows))})
	}
	return p, p.listMovements(ctx, v, id)
}

func (b *base) runFacts(r *store.RunRecord) [][2]string {
	kind := b.T("run.ordinary")
	if r.Full {
		kind = b.T("run.full")
	}
	return [][2]string{
		{b.T("col.as_of"), day(r.AsOf)}, {b.T("run.kind"), kind}, {b.T("col.policy"), r.PolicyID}, {b.T("run.policy_hash"), r.PolicyHash},
		{b.T("run.watermark"), b.CountInt(r.Watermark)}, {b.T("col.contracts"), b.Count(r.Contracts)}, {b.T("col.judged"), b.Count(r.Touched)},
		{b.T("run.started"), b.Moment(r.StartedAt)}, {b.T("col.finished"), b.Moment(r.FinishedAt)}, {b.T("col.took"),
			took(r.FinishedAt.Sub(r.StartedAt))},
		{b.T("run.program"), r.Program}, {b.T("col.hash"), r.Hash},
	}
}

func (p *runPage) listMovements(ctx context.Context, v *store.View, id int) error {
	page, err := p.pageOf()
	if err != nil {
		return err
	}
	counts, err := v.MovementCounts(ctx, id)
	if err != nil {
		return err
	}
	p.Counts = table{Caption: p.T("run.movements"), Head: p.columns("col.subject", "col.cause", "#col.moved", "#col.grade_changed"),
		Empty: p.T("run.unmoved")}
	var subjects, causes []store.Choice
	for _, c := range counts {
		p.Counts.Rows = append(p.Counts.Rows, []cell{text(p.named("subject", c.Subject)), link(p.named("cause", c.Cause), p.Here("subject",
			c.Subject, "cause", c.Cause)),
			text(p.CountInt(c.Count)), text(p.CountInt(c.Changed))})
		subjects = addChoice(subjects, c.Subject, p.named("subject", c.Subject), c.Count)
		causes = addChoice(causes, c.Cause, p.named("cause", c.Cause), c.Count)
	}
	p.Filters = p.newFilters(field{Name: "subject", Choices: subjects}, field{Name: "cause", Choices: causes})
	f := store.MovementFilter{Run: id, Subject: p.query.Get("subject"), Cause: p.query.Get("cause"), Limit: pageSize, Offset: (page - 1) * pageSize}
	rows, total, err := v.Movements(ctx, f)
	if err != nil {
		return err
	}
	p.Pages = p.paging(page, total)
	p.Movements = p.movementTable(rows)
	return nil
}

// addChoice counts one more group under an id.
func addChoice(choices []store.Choice, id, name string, n int) []store.Choice {
	for i := range choices {
		if choices[i].ID == id {
			choices[i].Count += n
			return choices
		}
	}
	return append(choices, store.Choice{ID: id, Name: name, Count: n})
}

func (b *base) movementTable(rows []store.Movement) table {
	t := table{Caption: b.T("run.movements"), Empty: b.T("run.unmoved"),
		Head: b.columns("col.moved_what", "#col.before", "#col.after", "#col.difference", "col.grade_before", "col.grade_after", "col.cause")}
	for _, m := range rows {
		name := cell{Text: orNone(m.Name), Sub: m.ID, URL: b.Contract(m.ID)}
		before, after := b.grade(m.GradeBefore), b.grade(m.GradeAfter)
		if m.Subject == "supplier" {
			name.URL, before, after = b.Supplier(m.ID), b.level(m.GradeBefore), b.level(m.GradeAfter)
		}
		if m.Name == "" {
			name.Text, name.Sub = m.ID, ""
		}
		t.Rows = append(t.Rows, []cell{name, text(number(m.Before, 2)), text(number(m.After, 2)), text(signed(m.After-m.Before, 2)), before,
			after, text(b.named("cause", m.Cause))})
	}
	return t
}
